"""Prefixes of dates against every precision of what is stored, row by row (S2.48, S4.23).

The same questions are asked of a date in the type's own columns (Procedure.performed) and of one beside them
(Task.executionPeriod). A day is a Bangkok day. Made-up things.
Source of the sentences: FHIR R4 (4.0.1), Search, date and prefixes, https://hl7.org/fhir/R4/search.html, shortened.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pytest_django import DjangoDbBlocker

from suksala import exchange
from tests.record import keep, of_facility, resources, rolled_back

pytestmark = pytest.mark.django_db

PERFORMED: dict[str, dict[str, Any]] = {
    "day": {"performedDateTime": "2026-03-10"},
    "month": {"performedDateTime": "2026-03"},
    "year": {"performedDateTime": "2026"},
    "moment": {"performedDateTime": "2026-03-10T08:00:00+07:00"},
    "zulu": {"performedDateTime": "2026-03-09T20:00:00Z"},  # 03:00 of the 10th in Bangkok
    "period": {"performedPeriod": {"start": "2026-03-05", "end": "2026-03-15"}},
    "begun": {"performedPeriod": {"start": "2026-03-12"}},
    "ended": {"performedPeriod": {"end": "2026-03-08"}},
    "undated": {},
}
PERIODS = {
    "period": {"start": "2026-03-05", "end": "2026-03-15"},
    "begun": {"start": "2026-03-12"},
    "ended": {"end": "2026-03-08"},
    "inside": {"start": "2026-03-10T08:00:00+07:00", "end": "2026-03-10T09:00:00+07:00"},
}


@pytest.fixture(scope="module", autouse=True)
def record(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Written once; nobody changes it."""
    nobody = {"subject": {"display": "ไม่มีใคร"}}
    with django_db_blocker.unblock(), rolled_back():
        for rid, performed in PERFORMED.items():
            keep({"resourceType": "Procedure", "id": rid, "status": "completed", **nobody, **performed}, hospcode=None)
        for rid, period in PERIODS.items():
            task = {"resourceType": "Task", "id": rid, "status": "requested", "intent": "order"}
            keep({**task, "executionPeriod": period}, hospcode=None)
        yield


def found(rtype: str, *asked: tuple[str, str]) -> set[str]:
    """The ids of what a search finds."""
    return {r["id"] for r in resources(exchange.search(of_facility(None), rtype, asked))}


WITHIN = "eq: the range of the value asked fully contains the range stored"
OUTSIDE = "ne: it does not fully contain it"
ABOVE = "gt: the range above the value asked overlaps the range stored"
BELOW = "lt: the range below the value asked overlaps the range stored"
FROM = "ge: gt or eq"
TO = "le: lt or eq"
AFTER = "sa: the range stored starts after the value asked"
BEFORE = "eb: the range stored ends before the value asked"

ROWS = [
    # --- a day
    ("2026-03-10", "day moment zulu", "inside", WITHIN),
    ("eq2026-03-10", "day moment zulu", "inside", WITHIN),
    ("ne2026-03-10", "month year period begun ended", "period begun ended", OUTSIDE),
    ("gt2026-03-10", "month year period begun", "period begun", ABOVE),
    ("lt2026-03-10", "month year period ended", "period ended", BELOW),
    ("ge2026-03-10", "day moment zulu month year period begun", "period begun inside", FROM),
    ("le2026-03-10", "day moment zulu month year period ended", "period ended inside", TO),
    ("sa2026-03-10", "begun", "begun", AFTER),
    ("eb2026-03-10", "ended", "ended", BEFORE),
    # --- the days at the edges
    ("sa2026-03-11", "begun", "begun", "the 12th starts where the 11th ends"),
    ("sa2026-03-12", "", "", "and not after itself"),
    ("eb2026-03-09", "ended", "ended", "the 8th ends where the 9th starts"),
    ("eb2026-03-08", "", "", "and not before itself"),
    ("gt2026-03-15", "month year begun", "begun", "a period to the 15th has nothing above it"),
    ("gt2026-03-14", "month year period begun", "period begun", "but above the 14th"),
    ("lt2026-03-05", "month year ended", "ended", "a period from the 5th has nothing below it"),
    ("lt2026-03-06", "month year period ended", "period ended", "but below the 6th"),
    # --- a month
    ("2026-03", "day month moment zulu period", "period inside", WITHIN),
    ("ne2026-03", "year begun ended", "begun ended", OUTSIDE),
    ("gt2026-03", "year begun", "begun", ABOVE),
    ("lt2026-03", "year ended", "ended", BELOW),
    ("ge2026-03", "day month moment zulu period year begun", "period inside begun", FROM),
    ("le2026-03", "day month moment zulu period year ended", "period inside ended", TO),
    ("sa2026-03", "", "", AFTER),
    ("eb2026-03", "", "", BEFORE),
    ("sa2026-02", "day month moment zulu period begun", "period inside begun", "all of March is after February"),
    ("eb2026-04", "day month moment zulu period ended", "period inside ended", "and before April"),
    ("gt2026-02", "day month moment zulu period year begun ended", "period inside begun ended", ABOVE),
    ("lt2026-04", "day month moment zulu period year begun ended", "period inside begun ended", BELOW),
    # --- a year
    ("2026", "day month year moment zulu period", "period inside", WITHIN),
    ("ne2026", "begun ended", "begun ended", OUTSIDE),
    ("gt2026", "begun", "begun", ABOVE),
    ("lt2026", "ended", "ended", BELOW),
    ("sa2025", "day month year moment zulu period begun", "period inside begun", AFTER),
    ("eb2027", "day month year moment zulu period ended", "period inside ended", BEFORE),
    # --- a moment
    ("2026-03-10T08:00:00+07:00", "moment", "", WITHIN),
    ("2026-03-10T01:00:00Z", "moment", "", "the same moment in another zone"),
    ("2026-03-10T08:00", "moment", "", "without a zone it is Bangkok's; a minute holds the second"),
    ("2026-03-10T03:00", "zulu", "", "20:00 Z is 03:00 in Bangkok"),
    ("2026-03-10T08:01", "", "", "the next minute"),
    ("gt2026-03-10T08:00:00+07:00", "day month year period begun", "period begun inside", ABOVE),
    ("lt2026-03-10T08:00:00+07:00", "day month year zulu period ended", "period ended", BELOW),
    ("sa2026-03-10T08:00:00+07:00", "begun", "begun", AFTER),
    ("sa2026-03-10T07:59:59+07:00", "moment begun", "begun inside", "a second before, it starts after"),
    ("eb2026-03-10T08:00:00+07:00", "zulu ended", "ended", BEFORE),
    ("eb2026-03-10T08:00:01+07:00", "zulu moment ended", "ended", "a second after, it has ended"),
]


@pytest.mark.parametrize(("asked", "performed", "periods", "sentence"), ROWS, ids=[row[0] for row in ROWS])
def test_a_date_in_columns(asked: str, performed: str, periods: str, sentence: str) -> None:
    """Procedure.performed is in the columns of the row."""
    assert found("Procedure", ("date", asked)) == set(performed.split()), sentence


@pytest.mark.parametrize(("asked", "performed", "periods", "sentence"), ROWS, ids=[row[0] for row in ROWS])
def test_a_date_beside_them(asked: str, performed: str, periods: str, sentence: str) -> None:
    """Task.executionPeriod is in a table of its own; the rule is the same."""
    assert found("Task", ("period", asked)) == set(periods.split()), sentence


TOGETHER = [
    ([("date", "ge2026-03-10"), ("date", "lt2026-03-11")], "day moment zulu month year period", "repeated: AND"),
    ([("date", "2026-03-10,2026-03-12")], "day moment zulu", "a comma: OR"),
    ([("date", "sa2026-03-10,eb2026-03-10")], "begun ended", "OR of prefixes"),
    ([("date", "sa2026-03-01"), ("date", "eb2026-03-11")], "day moment zulu", "between: nothing that reaches out"),
    ([("date:missing", "true")], "undated", ":missing=true"),
    ([("date:missing", "false")], "day month year moment zulu period begun ended", ":missing=false"),
    ([("date", "ge1900"), ("date:missing", "true")], "", "what has no date is at no date"),
]


@pytest.mark.parametrize(("asked", "expected", "sentence"), TOGETHER, ids=[str(row[0]) for row in TOGETHER])
def test_dates_together(asked: list[tuple[str, str]], expected: str, sentence: str) -> None:
    """Several conditions on one date."""
    assert found("Procedure", *asked) == set(expected.split()), sentence
