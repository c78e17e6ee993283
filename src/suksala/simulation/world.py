"""One chunk of people under way: who is registered where, running numbers, and the one door to the outbox."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Final

from . import resending
from .calendar import CUT
from .ledger import Known
from .mistakes import Desk
from .outbox import Outbox, Row
from .people import Household, Person
from .places import District, Facility

BLOCK: Final = 4000  # running numbers of one chunk: more than a chunk has registrations in one facility
PROVIDERS: Final = 5  # practitioners of a unit; a hospital has three times as many


@dataclass(slots=True, eq=False)
class Registration:
    """One human in the register of one facility: HOSPCODE and PID."""

    person: Person
    facility: Facility
    pid: str
    hid: str
    typearea: str
    since: int
    desk: Desk
    placeholder: bool = False  # the newborn's first record
    true: Known = field(default_factory=Known)
    wrong: Known | None = None  # what will be known, once that differs from the truth
    days: set[int] = field(default_factory=set)  # days of visits: one visit a day at one facility
    logins: list[int] = field(default_factory=list)  # days of own logins to the record, demonstrations left out
    registered: list[int] = field(default_factory=list)
    once: set[str] = field(default_factory=set)  # files of which one row is enough

    @property
    def sent(self) -> Known:
        """What a receiver knows: the truth, as long as nothing was wrong."""
        return self.true if self.wrong is None else self.wrong

    def note(self, file: str, row: Row, kept: Row | None) -> None:
        """Take in a row as it truly is, and as a receiver keeps it (None: not at all)."""
        if self.wrong is None and kept is not row:
            self.wrong = self.true.copy()
        self.true.note(file, row)
        if self.wrong is not None and kept is not None:
            self.wrong.note(file, kept)


@dataclass(slots=True)
class World:
    """What the makers of events share while one household passes."""

    chunk: int
    district: District
    districts: tuple[District, ...]
    rng: Random
    outbox: Outbox
    home: Household
    registrations: dict[int, list[Registration]] = field(default_factory=dict)  # by id(person)
    pids: dict[int, int] = field(default_factory=dict)  # running PID by facility number
    visits: int = 0
    stays: int = 0
    referrals: int = 0
    people: int = 0
    households: int = 0

    def next_pid(self, facility: Facility) -> str:
        """The next free PID of a facility in this chunk, seven digits with leading zeros."""
        n = self.pids.get(facility.number, 0) + 1
        self.pids[facility.number] = n
        return f"{self.chunk * BLOCK + n:07d}"

    def of(self, person: Person) -> list[Registration]:
        """All registrations of a person, the catchment facility's first."""
        return self.registrations.get(id(person), [])

    def at(self, person: Person, facility: Facility) -> Registration | None:
        """The registration of a person at a facility."""
        return next((r for r in self.of(person) if r.facility is facility and not r.placeholder), None)

    def put(self, registration: Registration, file: str, row: Row, day: int, *, updated: int = 0, clean: bool = False,
            note: bool = True) -> Row | None:  # fmt: skip
        """Send one row about a person, and note what is true and what will be known."""
        row["PID"] = registration.pid
        row["CID"] = registration.desk.number
        if resending.RECENT < day <= CUT and file in resending.FILES and self.rng.random() < resending.SHARE:
            kept: Row | None = resending.twice(self.rng, self.outbox, registration.facility, file, row, day)
        else:
            kept = self.outbox.send(registration.facility, file, row, day, updated=updated, clean=clean)
        if note:
            registration.note(file, row, kept)
        return kept

    def provider(self, facility: Facility, n: int) -> str:
        """The code of a practitioner of a facility."""
        return f"P{n % (PROVIDERS * 3 if facility.kind == 'hospital' else PROVIDERS) + 1:03d}"
