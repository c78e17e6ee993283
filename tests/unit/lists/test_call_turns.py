"""The call list moves on: whoever was called makes room, and two callers do not ring one person (S4.30)."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import pytest

from suksala import lists
from suksala.foundation import clock, database
from suksala.lists import Kind, Status
from tests.unit.lists.test_callers import CALLER, row, send

pytestmark = pytest.mark.django_db
SECOND = "account:second"
NOON = datetime(2026, 11, 20, 12, tzinfo=clock.BANGKOK)
LETTERS = "กขคงจฉชซญดตถทธนบปผพฟมยรลวสหอ"


@pytest.fixture(autouse=True)
def at_noon(monkeypatch: pytest.MonkeyPatch) -> None:
    go_to(NOON, monkeypatch)


def go_to(moment: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: moment)


def missing(caller: str = CALLER) -> list[lists.Missing]:
    return lists.missing(actor=caller)


def waiting(count: int) -> None:
    """So many people who wait, the first the longest, with nothing in common."""
    send(
        "1330",
        *(
            row(
                str(n), "waiting", 100 - n, given=f"{LETTERS[n]}า", phone=f"08{n:02}999{n:02}1", rest=f"{20 + n},1901,"
            ).replace("ใจดี", f"{LETTERS[-n]}ี{LETTERS[n]}")
            for n in range(1, count + 1)
        ),
    )
    assert len(missing()) == count


def test_whoever_was_called_makes_room_and_comes_again_when_it_is_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Six people, three of them called: the others stand on top, until four hours have passed, or a day."""
    waiting(6)
    people = [one.person for one in missing()]
    for person, said in zip(people[:3], ("unreachable", "reached", "unreachable"), strict=True):
        lists.answer(person, said, actor=CALLER)
    assert [one.person for one in missing()] == [*people[3:], people[0], people[2], people[1]]
    found = {one.person: one for one in missing()}
    assert found[people[0]].next_try == NOON + timedelta(hours=4)
    assert found[people[1]].next_try == NOON + timedelta(days=1)
    assert found[people[3]].next_try is None
    go_to(NOON + timedelta(hours=4), monkeypatch)
    assert [one.person for one in missing()] == [people[0], *people[2:], people[1]]
    go_to(NOON + timedelta(days=1), monkeypatch)
    assert [one.person for one in missing()] == people


def test_at_night_only_those_in_danger_are_to_be_called(monkeypatch: pytest.MonkeyPatch) -> None:
    send("1330", row("1", "waiting", 50))
    send("lab", row("2", "positive", 30, given="สมศักดิ์", phone="", rest="80,1901,"))
    go_to(NOON + timedelta(hours=8), monkeypatch)
    assert [(one.is_at_risk, one.next_try) for one in missing()] == [
        (True, None),
        (False, datetime(2026, 11, 21, 8, tzinfo=clock.BANGKOK)),
    ]


def test_whoever_asks_for_no_calls_stays_on_the_list_as_the_last(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is hidden by it: somebody has to go there. Reached after that, they are called as others are."""
    waiting(3)
    [first, second, third] = [one.person for one in missing()]
    lists.answer(first, "do-not-call", actor=CALLER)
    go_to(NOON + timedelta(days=2), monkeypatch)
    assert [(one.person, one.turn) for one in missing()] == [(second, 0), (third, 0), (first, 3)]
    assert lists.sheet(first, actor=CALLER).rows[0].history[-1].status == Status.WAITING
    lists.answer(first, "unreachable", actor=CALLER)
    [*_, last] = missing()
    assert last.calls is not None
    assert (last.person, last.calls.do_not_call, last.calls.attempts) == (first, True, 1)
    lists.answer(first, "reached", actor=CALLER)
    go_to(NOON + timedelta(days=3), monkeypatch)
    assert (missing()[0].person, missing()[0].turn) == (first, 0)


# ---- two callers ----------------------------------------------------------------------------------------------------


def test_a_page_that_somebody_has_open_is_the_next_callers_last(monkeypatch: pytest.MonkeyPatch) -> None:
    """For ten minutes, with the name of who has it; for that caller it stays on top."""
    waiting(2)
    [first, second] = [one.person for one in missing()]
    assert lists.sheet(first, actor=CALLER).held is None
    assert [one.person for one in missing()] == [first, second]
    [top, other] = missing(SECOND)
    assert (top.person, top.held, other.person) == (second, None, first)
    assert other.held == (CALLER, NOON + timedelta(minutes=10))
    assert lists.sheet(first, actor=SECOND).held == (CALLER, NOON + timedelta(minutes=10))
    assert missing()[0].held is None  # whoever came second took it from nobody
    go_to(NOON + timedelta(minutes=9, seconds=59), monkeypatch)
    assert missing(SECOND)[1].held is not None
    go_to(NOON + timedelta(minutes=10), monkeypatch)
    assert [(one.person, one.held) for one in missing(SECOND)] == [(first, None), (second, None)]
    assert lists.sheet(first, actor=SECOND).held is None
    assert missing()[1].held == (SECOND, NOON + timedelta(minutes=20))


def test_opened_again_it_is_held_anew_and_an_answer_lets_go(monkeypatch: pytest.MonkeyPatch) -> None:
    waiting(1)
    [one] = missing()
    lists.sheet(one.person, actor=CALLER)
    go_to(NOON + timedelta(minutes=8), monkeypatch)
    lists.sheet(one.person, actor=CALLER)
    assert missing(SECOND)[0].held == (CALLER, NOON + timedelta(minutes=18))
    lists.answer(one.person, "reached", actor=CALLER)
    assert missing(SECOND)[0].held is None
    assert database.rows("SELECT count(*) FROM lists_held") == [(0,)]


def test_another_callers_answer_counts_and_leaves_the_page_to_who_has_it() -> None:
    """The lock is a word between people: what was found out is kept whoever says it."""
    waiting(1)
    [one] = missing()
    lists.sheet(one.person, actor=CALLER)
    lists.answer(one.person, "reached", actor=SECOND)
    [found] = missing(SECOND)
    assert (found.caller, found.call, found.held) == (SECOND, "reached", (CALLER, NOON + timedelta(minutes=10)))


def test_whoever_may_not_open_a_page_holds_nobody() -> None:
    waiting(1)
    [one] = missing()
    with pytest.raises(lists.ListProblem):
        lists.sheet(one.person, actor=CALLER, district="1902")
    with pytest.raises(lists.ListProblem):
        lists.sheet(str(UUID(int=0)), actor=CALLER)
    assert database.rows("SELECT count(*) FROM lists_held") == [(0,)]


# ---- two agencies ---------------------------------------------------------------------------------------------------


def test_in_the_care_of_two_agencies_at_once_is_on_the_list() -> None:
    send("isolation", row("I", "home-isolation", 40))
    assert missing() == []
    send("hospital", row("H", "in-hospital", 24))
    [one] = missing()
    assert (one.kind, one.hours, one.lists) == (Kind.TWO_AGENCIES, 24, 2)
    send("isolation", row("I", "recovered", 23))
    assert missing() == []


def test_a_call_makes_no_agency_of_the_list_that_it_is_noted_on() -> None:
    """Reached in care is a report of that care, and it stands on the oldest row: the laboratory cares for nobody."""
    send("lab", row("1", "positive", 90))
    send("isolation", row("I", "home-isolation", 60))
    [one] = missing()
    lists.answer(one.person, "reached", actor=CALLER)
    assert missing() == []
    later = lists.sheet(one.person, actor=CALLER)
    assert [told.status for told in later.rows[0].history] == [Status.POSITIVE, Status.HOME_ISOLATION]
    database.execute("UPDATE lists_status SET at = at - interval '30 hours'")
    database.execute("UPDATE lists_call SET at = at - interval '30 hours'")
    assert missing() == []
