"""What makes a wrong answer of the review desk dangerous: whether a record holds an allergy, a late medicine, a visit
today. Never which: nothing clinical leaves this file, so it asks for no permit.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from suksala.foundation import clock, database
from suksala.identity import Signs

from .domain import NUMBER, STATUS_NUMBER

LATELY = timedelta(days=120)  # a medicine given since may still be taken
_ORDER = NUMBER["MedicationRequest"]  # its day tells when to take it, if it has one: it counts from when it was told
_MEDICINES = (_ORDER, NUMBER["MedicationDispense"], NUMBER["MedicationStatement"])
_VISITS = tuple(NUMBER[name] for name in ("Encounter", "Appointment"))
_OVER = tuple(STATUS_NUMBER[code] for code in ("entered-in-error", "cancelled", "inactive", "resolved", "noshow"))
_SIGNS = f"""
SELECT person, bool_or(rtype = {NUMBER["AllergyIntolerance"]}),
       bool_or(rtype = ANY(%(medicines)s::smallint[])
               AND CASE WHEN rtype = {_ORDER} THEN upd ELSE date END >= %(lately)s),
       bool_or(rtype = ANY(%(visits)s::smallint[]) AND date >= %(today)s AND date < %(tomorrow)s)
FROM resource WHERE person = ANY(%(persons)s::bigint[]) AND rtype = ANY(%(types)s::smallint[]) AND NOT deleted
  AND (status IS NULL OR status <> ALL(%(over)s::smallint[]))
GROUP BY person
"""


def dangers(persons: Collection[int]) -> dict[int, Signs]:
    """The signs of each of these registrations; those of which the record tells none are left out."""
    today = clock.now().astimezone(clock.BANGKOK).replace(hour=0, minute=0, second=0, microsecond=0)
    values = {
        "persons": sorted(persons),
        "medicines": list(_MEDICINES),
        "visits": list(_VISITS),
        "types": [NUMBER["AllergyIntolerance"], *_MEDICINES, *_VISITS],
        "over": list(_OVER),
        "lately": today - LATELY,
        "today": today,
        "tomorrow": today + timedelta(days=1),
    }
    found = database.rows(_SIGNS, values)
    return {person: Signs(*(bool(sign) for sign in signs)) for person, *signs in found}
