"""The copy of a record for an emergency: what of it an emergency grant opens, as lines, to be sealed and read later."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime, timedelta

import orjson

from suksala.consent import Permit

from . import lines, tokens
from .domain import NUMBER, Entry, Source
from .mapping.concepts import LOINC
from .predicate import Clause, either

LATELY = timedelta(days=365)
EMERGENCY_VISITS = 5
BLOOD_GROUPS = ("882-1", "883-9", "10331-7")  # ABO and Rh, ABO, Rh
_ALWAYS = ("AllergyIntolerance", "Condition", "Device", "DocumentReference", "Encounter", "MedicationDispense")


def emergency_copy(permit: Permit, now: datetime, *, full: bool) -> bytes:
    """The permitted record as one document, newest line first; the reading is a fact in the log, as any other.

    full  the whole record; otherwise the emergency set: of results the last 12 months and the blood group, of visits
          the last five
    """
    found = lines.read(permit, limit=lines.MOST, before=None if full else _set(now), types=lines.EMERGENCY_TYPES)
    return orjson.dumps([_row(entry) for entry in (found if full else _last_visits(found))])


def read_emergency_copy(document: bytes) -> list[Entry]:
    """The lines of a document of `emergency_copy`."""
    return [Entry(**{**row, "source": _source(row["source"])}) for row in orjson.loads(document)]


def _set(now: datetime) -> Clause:
    codes = [tokens.coding("code", LOINC, code)[0] for code in BLOOD_GROUPS]
    return either(
        [
            Clause("r.rtype = ANY(%s::smallint[])", ([NUMBER[name] for name in _ALWAYS],)),
            Clause("r.rtype = %s AND r.date >= %s", (NUMBER["Observation"], now - LATELY)),
            Clause("r.rtype = %s AND r.code = ANY(%s::bigint[])", (NUMBER["Observation"], codes)),
        ]
    )


def _last_visits(found: Iterable[Entry]) -> list[Entry]:
    visits, kept = 0, []
    for entry in found:
        visits += entry.rtype == "Encounter"
        if entry.rtype != "Encounter" or visits <= EMERGENCY_VISITS:
            kept.append(entry)
    return kept


def _row(entry: Entry) -> dict[str, object]:
    return {**asdict(entry), "source": list(entry.source) if entry.source else None}


def _source(row: list[str | int] | None) -> Source | None:
    return Source(str(row[0]), str(row[1]), int(row[2])) if row else None
