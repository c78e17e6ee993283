"""How a person stands over all lists, and the six ways to be missing with both edges of their hours."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import permutations

import pytest

from suksala.foundation.clock import BANGKOK
from suksala.lists import Kind, ListProblem, Status, StatusAt, domain
from suksala.lists.domain import LIMITS, in_two_agencies, missing_kind, require_names, standing

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
    assert len(LIMITS) == 6


@pytest.mark.parametrize(
    ("isolation", "hospital", "hours"),
    [
        ("positive 90, home-isolation 80", "in-hospital 24", 24),
        ("positive 90, home-isolation 80", "in-hospital 23.9", None),  # to hand somebody over takes time
        ("home-isolation 80, home-isolation 2", "in-hospital 50, in-hospital 1", 50),  # since the second took them
        ("home-isolation 80, recovered 30", "in-hospital 50", None),
        ("home-isolation 80, vehicle-sent 51", "in-hospital 50", None),  # handed over
        ("home-isolation 80, positive 60, home-isolation 40", "in-hospital 90", 40),  # taken in anew
        ("home-isolation 400, home-isolation 335.9", "in-hospital 50", 50),
        ("home-isolation 336", "in-hospital 50", None),  # silence of 14 days is no care
        ("waiting 80", "in-hospital 50", None),
    ],
)
def test_in_the_care_of_two_agencies_at_once(isolation: str, hospital: str, hours: float | None) -> None:
    rows = [("system:isolation", history(isolation)), ("system:hospital", history(hospital))]
    expected = None if hours is None else NOW - timedelta(hours=hours)
    assert {in_two_agencies(told, NOW) for told in (rows, rows[::-1])} == {expected}


def test_two_rows_of_one_agency_are_one_agency() -> None:
    rows = [("system:hospital", history("in-hospital 80")), ("system:hospital", history("in-hospital 50"))]
    assert in_two_agencies(rows, NOW) is None


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
