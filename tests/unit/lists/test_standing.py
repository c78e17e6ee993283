"""How a person stands over all lists, the five ways to be missing with both edges of their hours, who comes first."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import permutations

import pytest

from suksala.foundation.clock import BANGKOK
from suksala.lists import Answer, Kind, Line, ListProblem, Missing, Status, StatusAt, domain
from suksala.lists.domain import LIMITS, first_to_call, missing_kind, noted_by, question, require_names, standing

NOW = datetime(2026, 7, 10, 12, tzinfo=BANGKOK)


def history(text: str) -> list[StatusAt]:
    """`positive 30, home-isolation 2`: statuses with the hours that have passed since."""
    told = [entry.split() for entry in text.split(",")]
    return [StatusAt(Status(word), NOW - timedelta(hours=float(hours))) for word, hours in told]


@pytest.mark.parametrize(
    ("text", "kind", "hours"),
    [
        ("positive 24", Kind.NO_CONTACT, 24),
        ("positive 23.9", None, 0),
        ("positive 60, unreachable 1", Kind.NO_CONTACT, 60),  # a call that nobody answered is no contact
        ("positive 60, waiting 3", Kind.NO_UNIT, 60),  # and waits since the first note
        ("waiting 24", Kind.NO_UNIT, 24),
        ("waiting 30, unit-assigned 25", Kind.NOT_ACCEPTED, 30),
        ("waiting 30, vehicle-sent 29", Kind.NOT_RECEIVED, 30),
        ("positive 99, home-isolation 48", Kind.NO_REPORT, 48),
        ("positive 99, home-isolation 47", None, 0),
        ("positive 99, community-isolation 50, community-isolation 2", None, 0),  # a report
        ("positive 400, in-hospital 335.9", None, 0),  # a hospital has its own rounds, for two weeks less a bit
        ("positive 400, in-hospital 336", Kind.NO_REPORT, 336),  # whoever is asked about is not hidden
        ("in-hospital 9600", Kind.NO_REPORT, 9600),
        ("in-hospital 9600, in-hospital 300", None, 0),  # the hospital was heard of
        ("home-isolation 90, vehicle-sent 24", Kind.NOT_RECEIVED, 24),
        ("home-isolation 90, vehicle-sent 24, in-hospital 23", None, 0),
        ("home-isolation 40, unreachable 30, positive 20", None, 0),  # neither takes anybody out of care
        ("positive 99, recovered 50", None, 0),
        ("positive 99, dead 50", None, 0),
        ("recovered 60, home-isolation 50", Kind.NO_REPORT, 50),  # in care again
        (
            "positive 4400, recovered 4320, positive 120, waiting 110",
            Kind.NO_UNIT,
            120,
        ),  # ill again: since the first note
        ("positive 4400, recovered 4320, positive 23", None, 0),
        ("recovered 50, waiting 40", Kind.NO_UNIT, 40),
        ("recovered 50, waiting 50", None, 0),  # told with the recovery, not after it
        ("recovered 50, unreachable 40", None, 0),  # a call that nobody answered makes nobody ill
        ("recovered 50, waiting 40, recovered 30", None, 0),
        ("recovered 50, waiting 40, in-hospital 30", None, 0),
        ("in-hospital 90, recovered 50, positive 40, vehicle-sent 30", Kind.NOT_RECEIVED, 40),
        ("dead 50, positive 40", None, 0),  # a result that came too late: the family is not called
        ("dead 60, home-isolation 50", Kind.NO_REPORT, 50),  # but one in care is not dead
        ("in-hospital 376, positive 40", Kind.NO_CONTACT, 40),  # 14 days after care was last heard of: ill anew
        ("in-hospital 375.9, positive 40", Kind.NO_REPORT, 375.9),  # a test in the hospital
        ("home-isolation 376, positive 40", Kind.NO_CONTACT, 40),
        ("home-isolation 376, positive 40, recovered 30", None, 0),
    ],
)
def test_who_is_missing_and_since_when(text: str, kind: Kind | None, hours: float) -> None:
    found = missing_kind(standing(history(text)), NOW)
    assert found == (None if kind is None else (kind, NOW - timedelta(hours=hours)))


def test_the_order_in_which_lists_come_plays_no_part() -> None:
    told = history("positive 30, home-isolation 5, vehicle-sent 3")
    found = {standing(order) for order in permutations(told)}
    assert len(found) == 1
    assert next(iter(found)).status == Status.VEHICLE_SENT


@pytest.mark.parametrize(
    ("text", "care"),
    [
        ("waiting 3", "none"),
        ("waiting 3, in-hospital 1", "in-care"),
        ("in-hospital 335.9", "in-care"),
        ("in-hospital 336", "none"),
        ("positive 9, recovered 1", "closed"),
        ("positive 4400, recovered 4320, positive 5", "none"),
    ],
)
def test_what_an_agency_is_told(text: str, care: str) -> None:
    assert standing(history(text)).care_status(NOW) == care


def test_every_kind_but_the_doubtful_link_has_its_hours() -> None:
    assert set(LIMITS) == set(Kind) - {Kind.DOUBTFUL}
    assert len(LIMITS) == 5


def missing(person: str, hours: int, **more: object) -> Missing:
    return Missing(person, Kind.NO_UNIT, hours, **({"age": None, "risk": False, "lists": 1} | more))  # type: ignore[arg-type]


def test_who_was_put_back_comes_first_then_risk_then_hours() -> None:
    people = [
        missing("waits", 50),
        missing("old", 30, age=60),
        missing("not-old", 60, age=59),
        missing("ill", 31, risk=True),
        missing("back", 25, put_back=True),
    ]
    assert [one.person for one in first_to_call(people)] == ["back", "ill", "old", "not-old", "waits"]


@pytest.mark.parametrize(
    ("text", "answer", "status"),
    [
        ("positive 30", Answer.REACHED, Status.WAITING),
        ("waiting 30", Answer.UNREACHABLE, Status.UNREACHABLE),
        ("home-isolation 50", Answer.REACHED, Status.HOME_ISOLATION),  # a report
        ("in-hospital 50, recovered 9", Answer.REACHED, None),  # a call makes nobody ill again
        ("positive 50, dead 9", Answer.UNREACHABLE, None),
        ("recovered 50, positive 9", Answer.REACHED, Status.WAITING),
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


def test_agencies_and_lists_have_plain_names() -> None:
    assert require_names(" LAB ", "2026-11") == ("system:lab", "2026-11")
    given = ("99801", "9980", "998011", "system:99801", "Facility:99801")
    kept = ["facility:99801", "system:9980", "system:998011", "system:99801", "facility:99801"]
    assert [require_names(agency, "x")[0] for agency in given] == kept
    for agency, name in (("", "x"), ("a b", "x"), ("ห้องแล็บ", "x"), ("lab", "x" * 33), ("other:lab", "x"), ("x", "a:b")):
        with pytest.raises(ListProblem) as refused:
            require_names(agency, name)
        assert refused.value.code == "SKL-LST-003"


def test_statuses_of_care_and_closure_are_told_apart() -> None:
    assert {*domain.CARE, *domain.CLOSED, *domain.INTAKE} == set(Status)
    assert len(domain.CARE) + len(domain.CLOSED) + len(domain.INTAKE) == len(Status)
