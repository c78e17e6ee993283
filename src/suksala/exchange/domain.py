"""The values the exchange speaks of: resource types as numbers, a deposit, what an import did, a line of the
timeline.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from suksala.foundation import SuksalaError

from .definitions import resource_types

NUMBER = {name: number for number, name in enumerate(resource_types())}  # stable: appended to, never reordered
NAME = resource_types()

PUBLIC_PERSON = 0  # resources about no person at all (Organization) live under this pseudo-person
PUBLIC_TYPES = frozenset({"Organization"})
# Of these types what the register of facilities and staff tells is open to every permit: it stands under no facility.
# What a facility's system wrote is that facility's.
REGISTER_TYPES = frozenset({"HealthcareService", "Location", "Practitioner", "PractitionerRole"})
OPEN_TYPES = PUBLIC_TYPES | REGISTER_TYPES

STATUSES = (
    # Appended to, never reordered: the position is what the column `status` holds.
    *(
        "active",
        "inactive",
        "resolved",
        "recurrence",
        "relapse",
        "remission",
    ),  # Condition, AllergyIntolerance clinical status
    *("final", "amended", "corrected", "preliminary", "registered", "cancelled", "entered-in-error", "unknown"),
    *("planned", "arrived", "triaged", "in-progress", "onleave", "finished"),  # Encounter
    *("completed", "not-done", "stopped", "on-hold", "preparation", "draft", "declined"),  # events and requests
    *("proposed", "pending", "booked", "fulfilled", "noshow", "checked-in", "waitlist"),  # Appointment
)
STATUS_NUMBER = {code: number for number, code in enumerate(STATUSES)}


@dataclass(frozen=True)
class DepositRef:
    """The deposit whose rows are imported: its number and the SHA-256 of the zip (64 hexadecimal digits)."""

    id: int
    sha256: str

    @property
    def source(self) -> str:
        """The start of `meta.source`; `#<FILE>/<line>` follows."""
        return f"urn:suksala:deposit:{self.sha256[:16]}"


@dataclass(frozen=True)
class ImportResult:
    """What an import did to the record: resources written (new or changed), left alone, deleted."""

    written: int = 0
    unchanged: int = 0
    deleted: int = 0

    def __add__(self, other: ImportResult) -> ImportResult:
        return ImportResult(
            self.written + other.written, self.unchanged + other.unchanged, self.deleted + other.deleted
        )


class Side(NamedTuple):
    """What a resource says to the side tables: rows without person and id.

    spans       (parameter, first moment, first moment after)
    quantities  (parameter, low, high, unit by system and code, unit by code alone, unit as read)
    references  (parameter, type number, id)
    words       (parameter, folded word, or an address)
    """

    spans: list[tuple[int, datetime, datetime]]
    quantities: list[tuple[int, float, float, int | None, int | None, int | None]]
    references: list[tuple[int, int, str]]
    words: list[tuple[int, str]]


class Index(NamedTuple):
    """What can be searched in one resource, already hashed and dated; one column each, and rows of the side tables."""

    code: int | None
    date: datetime | None
    date_hi: datetime | None
    enc: int | None
    status: int | None
    str: str | None
    toks: list[int]
    num: float | None = None
    unit: int | None = None
    side: Side | None = None


class Draft(NamedTuple):
    """One resource that a row gives: its type, its id, and its content without resourceType, id and meta."""

    rtype: str
    rid: str
    body: dict[str, object]


class Source(NamedTuple):
    """Where a resource came from, read from `meta.source`."""

    deposit: str  # first 16 hexadecimal digits of the zip's SHA-256
    file: str
    line: int


@dataclass(frozen=True)
class Entry:
    """One line of a person's timeline, ready to be shown.

    date      the moment or day it happened, ISO 8601, +07:00
    kind      visit, admission, diagnosis, chronic, drug, lab, vital, screening, vaccine, allergy, procedure,
              appointment,
              pregnancy, prevention, coverage, death
    value     the result with its unit, or empty
    facility  hospcode of the facility that sent it
    visit     id of the Encounter it belongs to, if any
    person    the registration whose data it is; 0 where a copy does not tell
    """

    date: str
    kind: str
    title_th: str
    title_en: str
    value: str
    facility: str
    source: Source | None
    rtype: str
    rid: str
    visit: str | None = None
    person: int = 0


@dataclass(frozen=True)
class Timeline:
    """One page of entries, newest first, and the cursor of the next page."""

    entries: tuple[Entry, ...]
    next: str | None = None


class PermitEnded(SuksalaError):
    """The permit's time is over; nothing was read."""

    code = "SKL-FHIR-403"
    http_status = 403


class Version(NamedTuple):
    """One version of a resource: a deletion is a version too, without a body.

    linked  a Patient shows, or once showed, others of the same human: what is served of one version differs then
    """

    vid: int
    changed: datetime
    body: bytes
    deleted: bool = False
    linked: bool = False

    @classmethod
    def of(cls, row: Sequence[Any]) -> Version:
        """From a row (vid, upd, body, deleted)."""
        return cls(row[0], row[1], bytes(row[2]), row[3])


class Deleted(SuksalaError):
    """The resource was there for this reader, and is not any more."""

    code = "SKL-FHIR-410"
    http_status = 410

    def __init__(self) -> None:
        super().__init__("ข้อมูลนี้ถูกลบแล้ว ดูรุ่นก่อนได้ที่ _history", "this was deleted; former versions are under _history")


class SearchProblem(SuksalaError):
    """A search that cannot be answered as asked; nothing was read."""

    code = "SKL-FHIR-400"
    http_status = 400

    def __init__(self, th: str, en: str, *, issue: str = "invalid") -> None:
        super().__init__(th, en)
        self.issue = issue


def split_source(text: str) -> Source | None:
    """Read `urn:suksala:deposit:<16 hex>#<FILE>/<line>`; None for another form.

    >>> split_source("urn:suksala:deposit:0123456789abcdef#SERVICE/42")
    Source(deposit='0123456789abcdef', file='SERVICE', line=42)
    """
    head, _, tail = text.partition("#")
    file, _, line = tail.partition("/")
    if not head.startswith("urn:suksala:deposit:") or not line.isdigit():
        return None
    return Source(head.rpartition(":")[2], file, int(line))
