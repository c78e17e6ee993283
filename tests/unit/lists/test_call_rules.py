"""Whom to call first and when: turns, hours of the day, tries again, and what a call leaves behind (S4.30)."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from suksala.foundation.clock import BANGKOK
from suksala.lists import Answer, Calls, Held, Kind, Line, Missing, Status
from suksala.lists.call_rules import calls, first_to_call, is_calling_hour, next_try, noted_by, question
from suksala.lists.domain import standing
from tests.unit.lists.test_standing import NOW, history


def missing(person: str, hours: int, **more: object) -> Missing:
    return Missing(person, Kind.NO_UNIT, hours, **({"age": None, "risk": False, "lists": 1} | more))  # type: ignore[arg-type]


def order(*people: Missing) -> list[str]:
    return [one.person for one in first_to_call(people)]


def called(hours: float, answer: Answer = Answer.UNREACHABLE, **more: object) -> Calls:
    return Calls(answer, "account:a", NOW - timedelta(hours=hours), **more)  # type: ignore[arg-type]


def test_who_was_put_back_comes_first_then_risk_then_hours() -> None:
    assert order(
        missing("waits", 50),
        missing("old", 30, age=60),
        missing("not-old", 60, age=59),
        missing("ill", 31, risk=True),
        missing("back", 25, put_back=True),
    ) == ["back", "ill", "old", "not-old", "waits"]


def test_of_those_who_wait_as_long_whom_nobody_called_comes_first_then_the_oldest_call() -> None:
    assert order(
        missing("today", 50, calls=called(5)),
        missing("yesterday", 50, calls=called(25)),
        missing("never", 50),
        missing("longer", 51, calls=called(5)),
    ) == ["longer", "never", "yesterday", "today"]


def test_whom_two_agencies_care_for_comes_after_whom_none_does() -> None:
    twice = Missing("twice", Kind.TWO_AGENCIES, 90, 80, risk=True, lists=2)
    assert order(twice, missing("waits", 24)) == ["waits", "twice"]


def test_turns() -> None:
    """To call now; whom another caller is at; later, the sooner first; and who wants no calls, whatever the hour."""
    held = Held("account:b", NOW + timedelta(minutes=3))
    later, sooner = NOW + timedelta(hours=3), NOW + timedelta(hours=2)
    none = called(1, Answer.DO_NOT_CALL, do_not_call=True)
    people = [
        missing("no-calls", 99, risk=True, calls=none),
        missing("no-calls-either", 98, calls=none, next_try=later),
        missing("later", 99, risk=True, next_try=later),
        missing("sooner", 25, next_try=sooner, held=held),
        missing("held", 99, risk=True, held=held),
        missing("now", 24),
    ]
    assert [one.turn for one in people] == [3, 3, 2, 2, 1, 0]
    assert order(*people) == ["now", "held", "sooner", "later", "no-calls", "no-calls-either"]


# NOW is noon in Bangkok.
@pytest.mark.parametrize(
    ("answer", "ago", "hours"),
    [
        (Answer.UNREACHABLE, 0, 4),
        (Answer.UNREACHABLE, 3.9, 0.1),
        (Answer.UNREACHABLE, 4, 0),
        (Answer.REACHED, 20, 4),
        (Answer.REACHED, 24, 0),
        (Answer.DO_NOT_CALL, 20, 4),
        (Answer.DIFFERENT, 0, 0),
        (Answer.SAME, 0, 0),
    ],
)
def test_when_somebody_is_tried_again(answer: Answer, ago: float, hours: float) -> None:
    due = next_try(called(ago, answer), NOW, at_once=False, put_back=False)
    assert due == NOW + timedelta(hours=hours)


def at(hour: int, minute: int = 0, day: int = 10) -> datetime:
    return datetime(2026, 7, day, hour, minute, tzinfo=BANGKOK)


@pytest.mark.parametrize(
    ("now", "is_hour", "due"),
    [
        (at(7, 59), False, at(8)),
        (at(8), True, at(8)),
        (at(19, 59), True, at(19, 59)),
        (at(20), False, at(8, day=11)),
        (at(0), False, at(8)),
    ],
)
def test_nobody_is_rung_at_night_but_those_in_danger(now: datetime, is_hour: bool, due: datetime) -> None:
    assert is_calling_hour(now) is is_hour
    assert next_try(None, now, at_once=False, put_back=False) == due
    assert next_try(None, now, at_once=True, put_back=False) == now
    assert next_try(called(0), now, at_once=False, put_back=True) == now


def test_an_evenings_call_is_tried_again_in_the_morning() -> None:
    last = Calls(Answer.UNREACHABLE, "account:a", at(16, 1))
    assert next_try(last, at(16, 2), at_once=False, put_back=False) == at(8, day=11)
    assert next_try(last, at(16, 2), at_once=True, put_back=False) == at(20, 1)
    assert next_try(last._replace(at=at(15, 59)), at(16), at_once=False, put_back=False) == at(19, 59)


@pytest.mark.parametrize(
    ("answers", "attempts", "do_not_call"),
    [
        ("unreachable", 1, False),
        ("unreachable unreachable different", 2, False),
        ("unreachable reached", 0, False),
        ("unreachable reached unreachable", 1, False),
        ("reached do-not-call", 0, True),
        ("do-not-call same", 0, True),
        ("do-not-call unreachable", 1, True),
        ("do-not-call reached", 0, False),  # they were reached after all: they rang back
    ],
)
def test_what_the_calls_of_a_person_come_to(answers: str, attempts: int, do_not_call: bool) -> None:
    told = [Answer(one) for one in answers.split()]
    assert calls(told, "account:a", NOW) == (told[-1], "account:a", NOW, attempts, do_not_call)


@pytest.mark.parametrize(("seconds", "minutes"), [(1, 1), (60, 1), (61, 2), (599, 10), (600, 10)])
def test_minutes_that_another_caller_has_left(seconds: int, minutes: int) -> None:
    assert Held("account:b", NOW + timedelta(seconds=seconds)).minutes(NOW) == minutes


@pytest.mark.parametrize(
    ("text", "answer", "status"),
    [
        ("positive 30", Answer.REACHED, Status.WAITING),
        ("waiting 30", Answer.UNREACHABLE, Status.UNREACHABLE),
        ("home-isolation 50", Answer.REACHED, Status.HOME_ISOLATION),  # a report
        ("in-hospital 50, recovered 9", Answer.REACHED, None),  # a call makes nobody ill again
        ("positive 50, dead 9", Answer.UNREACHABLE, None),
        ("recovered 50, positive 9", Answer.REACHED, Status.WAITING),
        ("positive 30", Answer.DO_NOT_CALL, Status.WAITING),  # they were reached
    ],
)
def test_what_a_call_leaves_in_the_history(text: str, answer: Answer, status: Status | None) -> None:
    assert noted_by(answer, standing(history(text))) == status


def test_the_question_that_settles_it() -> None:
    """The end of a number that only the other row bears; else where they are registered."""
    other = Line("9", number="3199900000013")
    asked = question([Line("1"), Line("2")], other, "isolation", date(2026, 7, 1))
    assert asked.expects == "0013"
    assert "0013" not in asked.th + asked.en
    for own, candidate in (([Line("1", number="3199900000021")], other), ([Line("1")], Line("9", number="123"))):
        asked = question(own, candidate, "isolation", date(2026, 7, 1))
        assert "isolation ตั้งแต่ 1 ก.ค. 2569" in asked.th
        assert "isolation since 1 Jul 2026" in asked.en
        assert asked.expects == ""
