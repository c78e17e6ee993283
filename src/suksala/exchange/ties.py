"""What the look for snooping asks of the record: on which days somebody was seen where, and keyed ties of a household.

Nothing clinical leaves this file: days of care, and values that are equal for equal addresses and telephone numbers and
mean nothing otherwise.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date, datetime
from typing import Any

import orjson

from suksala.consent import Permit
from suksala.foundation import database, keys

from .domain import NUMBER
from .predicate import permitted

_CARE = ("Encounter", "Appointment")  # seen, or expected


def days_of_care(
    permit: Permit, persons: Collection[int], since: datetime, until: datetime
) -> dict[tuple[int, int], list[date]]:
    """On which days each person was seen, or expected, at which facility (registry.org_number)."""
    allowed = permitted(permit)
    found = database.rows(
        "SELECT DISTINCT r.person, r.org, (r.date AT TIME ZONE 'Asia/Bangkok')::date FROM resource r "
        "WHERE r.person = ANY(%s) AND r.rtype = ANY(%s::smallint[]) AND r.date >= %s AND r.date < %s "
        f"AND r.org IS NOT NULL AND {allowed.sql}",
        [sorted(persons), [NUMBER[rtype] for rtype in _CARE], since, until, *allowed.values],
    )
    days: dict[tuple[int, int], list[date]] = defaultdict(list)
    for person, org, day in found:
        days[person, org].append(day)
    return dict(days)


def household_keys(permit: Permit, persons: Collection[int]) -> dict[int, tuple[frozenset[int], frozenset[int]]]:
    """Keyed addresses and keyed telephone numbers of each person, as their Patients tell."""
    allowed = permitted(permit)
    found = database.rows(
        f"SELECT r.person, r.body FROM resource r WHERE r.person = ANY(%s) AND r.rtype = %s AND {allowed.sql}",
        [sorted(persons), NUMBER["Patient"], *allowed.values],
    )
    ties = {}
    for person, raw in found:
        body = orjson.loads(bytes(raw))
        addresses = frozenset(filter(None, map(_address, body.get("address") or [])))
        phones = frozenset(_phone(one) for one in body.get("telecom") or [] if one.get("value"))
        ties[person] = (addresses, phones)
    return ties


def _address(address: dict[str, Any]) -> int | None:
    """A house: the line and the place; without a line it is a whole village, which ties nobody."""
    lines = " ".join(address.get("line") or ())
    place = " ".join(str(address.get(part, "")) for part in ("city", "district", "state"))
    return keys.keyed_int("exchange.address", f"{lines} {place}") if lines.strip() else None


def _phone(telecom: dict[str, Any]) -> int:
    digits = "".join(letter for letter in str(telecom["value"]) if letter.isdigit())
    return keys.keyed_int("exchange.phone", digits)
