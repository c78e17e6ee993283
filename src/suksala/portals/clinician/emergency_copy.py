"""The document of an emergency copy: who the patient is, and the lines of the record. All that its pages show."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import date, datetime

import orjson

from suksala import consent, exchange, identity
from suksala.portals.record import Reading, age, is_pressure, is_weight, place_in_time, readings
from suksala.portals.texts import Text

from .results import SEX, masked


@dataclass(frozen=True)
class Patient:
    """Who it is, as the emergency room compares it with the human before it."""

    name: str = field(repr=False)
    birth: date | None = field(repr=False)
    sex_code: str
    number: str = field(repr=False)

    @property
    def sex(self) -> Text | None:
        """The sex in words."""
        return SEX.get(self.sex_code)

    def years(self, today: date) -> int | None:
        """Completed years."""
        return age(self.birth, today)


def pull(grant: consent.Grant, permit: consent.Permit, now: datetime) -> bytes:
    """Read from the record, once, what the grant opens; sealed by the caller, and never read from the record again."""
    full = grant.extent is consent.Extent.FULL_RECORD
    lines = exchange.emergency_copy(permit, now, full=full)
    return orjson.dumps({"who": asdict(_patient(grant)), "lines": orjson.Fragment(lines)})


def read(document: bytes) -> tuple[Patient, list[exchange.Entry]]:
    """What `pull` wrote."""
    found = orjson.loads(document)
    who = found["who"]
    birth = date.fromisoformat(who["birth"]) if who["birth"] else None
    return Patient(**{**who, "birth": birth}), exchange.read_emergency_copy(orjson.dumps(found["lines"]))


def _patient(grant: consent.Grant) -> Patient:
    known = identity.registrations(grant.persons)
    named = next((r for r in known if r.name), known[0])
    name = " ".join(part for part in (named.title, named.name) if part)
    return Patient(name, named.birth, named.sex, masked(named.number))


def latest(entries: Iterable[exchange.Entry]) -> list[Reading]:
    """The newest result of each test, and of pressure and weight, newest first."""
    found = list(entries)
    newest: dict[str, Reading] = {}
    for reading in readings(found, lambda e: e.kind == "lab" or is_pressure(e) or is_weight(e)):
        newest[reading.entry.title_en or reading.entry.title_th] = reading
    return sorted(newest.values(), key=lambda r: r.on, reverse=True)


def medicines(entries: Iterable[exchange.Entry]) -> list[exchange.Entry]:
    """Each medicine once, as it was given last, newest first."""
    newest: dict[str, exchange.Entry] = {}
    for entry in sorted((e for e in entries if e.kind == "drug"), key=place_in_time):
        newest[entry.title_th] = entry
    return sorted(newest.values(), key=place_in_time, reverse=True)


def others(entries: Iterable[exchange.Entry]) -> list[exchange.Entry]:
    """Blood group, devices in the body, and documents such as an advance directive."""
    return [e for e in entries if e.kind in {"device", "document"} or e.title_en.startswith("Blood group")]


def problems(entries: Iterable[exchange.Entry]) -> list[exchange.Entry]:
    """Each long-term condition and diagnosis once, as it was told last: long-term ones first, then the newest."""
    newest: dict[str, exchange.Entry] = {}
    for entry in sorted((e for e in entries if e.kind in {"chronic", "diagnosis"}), key=_weight):
        newest[entry.title_th] = entry
    return sorted(newest.values(), key=_weight, reverse=True)


def _weight(entry: exchange.Entry) -> tuple[bool, date]:
    return entry.kind == "chronic", place_in_time(entry)
