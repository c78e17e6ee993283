"""A made-up month of two hospitals' staff: who opened whose record, work and snooping, with the truth beside it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from suksala.privacy.snooping import Known, Opening, Traits

TODAY = date(2026, 11, 20)
HOSPITALS = ("99801", "99802")
READERS_EACH = 60
NIGHT_SHIFT = 0.15  # of the staff
PATIENTS = 6_000
SURNAMES = 2_500  # a Thai surname belongs to one family; a few old ones are common
HOUSES, PHONES = 2_400, 4_500
NORMAL, SNOOPING = 1_000, 50
NO_VISIT = 0.04  # of normal openings: a letter, a telephone call, the wrong line of a list
NORMAL_PROTECTED = 20  # protected persons are patients too


@dataclass
class StaffLog:
    """A day's openings, what is known beside them, and which of them were snooping: (reader, human) -> the pattern."""

    openings: list[Opening]
    known: Known
    snooping: dict[tuple[str, int], str] = field(default_factory=dict)


class _Town:
    """People, their families, houses and telephones, and the staff of two hospitals, who live among them."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.people = {human: self._traits(human) for human in range(1, PATIENTS + 1)}
        self.care: dict[tuple[int, str], list[date]] = {}
        self.readers: dict[str, Traits] = {}
        self.works_at: dict[str, str] = {}
        self.nights: set[str] = set()
        self._strangers: dict[str, list[int]] = {}
        for hospital in HOSPITALS:
            for number in range(READERS_EACH):
                self._hire(f"account:{hospital}-{number}", hospital)
        self.names = sorted(self.readers)
        self.protected = frozenset(self.rng.sample(sorted(self.people), 60))
        self.visited = {hospital: self._visits(hospital) for hospital in HOSPITALS}

    def _traits(self, human: int) -> Traits:
        common = self.rng.random() < 0.02
        surname = self.rng.randrange(5) if common else self.rng.randrange(5, SURNAMES)
        house, phone = self.rng.randrange(HOUSES), self.rng.randrange(PHONES)
        return Traits(human, surname, frozenset({house}), frozenset({phone}))

    def _hire(self, reader: str, hospital: str) -> None:
        own = self.rng.choice(sorted(self.people))
        known = self.rng.random()
        traits = self.people[own]
        if known < 0.2:  # of some only the name is known
            traits = Traits(surname=traits.surname)
        self.readers[reader], self.works_at[reader] = traits, hospital
        if self.rng.random() < NIGHT_SHIFT:
            self.nights.add(reader)

    def _visits(self, hospital: str) -> list[int]:
        """Who was seen there of late, up to the 30th day, on either side of today."""
        seen = self.rng.sample(sorted(self.people), 1_500)
        for human in seen:
            day = TODAY + timedelta(days=self.rng.randint(-30, 30))
            self.care.setdefault((human, hospital), []).append(day)
        return seen

    def strangers(self, hospital: str) -> list[int]:
        if hospital not in self._strangers:
            self._strangers[hospital] = [human for human in self.people if (human, hospital) not in self.care]
        return self._strangers[hospital]

    def hours(self, reader: str) -> frozenset[int]:
        return frozenset({self.rng.choice([23, 0, 2, 4]) if reader in self.nights else self.rng.randint(8, 17)})


def made(seed: int) -> StaffLog:
    """One day of 1,000 normal openings and 50 patterns of snooping, and the month before it."""
    town = _Town(seed)
    normal = [_normal(town, protected=n < NORMAL_PROTECTED) for n in range(NORMAL)]
    log = StaffLog(normal, Known({}, {}, {}))
    earlier = [replace(_normal(town), on=TODAY - timedelta(days=town.rng.randint(1, 29))) for _ in range(6_000)]
    for opening, pattern, before in _snooping(town):
        log.openings.append(opening)
        log.snooping[opening.reader, opening.human] = pattern
        earlier += before
    town.rng.shuffle(log.openings)
    log.known = Known(town.readers, town.people, town.care, town.protected, earlier)
    return log


def _normal(town: _Town, *, protected: bool = False) -> Opening:
    reader = town.rng.choice(town.names)
    hospital = town.works_at[reader]
    visited = [h for h in town.visited[hospital] if h in town.protected] if protected else town.visited[hospital]
    human = _another(town, visited, reader)
    if not protected and town.rng.random() < NO_VISIT:
        human = _another(town, town.strangers(hospital), reader)
    return Opening(reader, human, hospital, TODAY, town.hours(reader))


def _another(town: _Town, among: list[int], reader: str) -> int:
    """Not the reader's own record."""
    human = town.rng.choice(among)
    return human if human != town.readers[reader].human else _another(town, among, reader)


Told = Iterator[tuple[Opening, str, list[Opening]]]


def _snooping(town: _Town) -> Told:
    """50 patterns: 14 relatives, 9 of the same house, 4 by telephone, 8 protected, 4 themselves, 5 again and again, 3
    who leaf through strangers, 3 who look once at somebody they have nothing in common with.
    """
    for number, (pattern, count) in enumerate(_PATTERNS.items()):
        for turn in range(count):
            reader = _reader(town, number * 20 + turn)
            yield from _one(town, pattern, reader)


_PATTERNS = {"kin": 14, "house": 9, "phone": 4, "protected": 8, "own": 4, "again": 5, "leafing": 3, "once": 3}


def _reader(town: _Town, number: int) -> str:
    """Another one each time, of whom it is known who they are."""
    able = [reader for reader in sorted(town.readers) if town.readers[reader].human]
    return able[(number * 7) % len(able)]


def _one(town: _Town, pattern: str, reader: str) -> Told:
    hospital, own = town.works_at[reader], town.readers[reader]
    strangers = [human for human in town.strangers(hospital) if human != own.human]
    human = town.rng.choice(strangers)
    if pattern == "own":
        human = own.human or 0
    elif pattern == "protected":
        human = town.rng.choice([h for h in strangers if h in town.protected])
    elif pattern in {"kin", "house", "phone"}:
        shared = {"kin": "surname", "house": "addresses", "phone": "phones"}[pattern]
        town.people[human] = replace(town.people[human], **{shared: getattr(own, shared)})
    before = []
    if pattern == "again":
        before = [Opening(reader, human, hospital, TODAY - timedelta(days=ago), town.hours(reader)) for ago in (3, 11)]
    if pattern == "leafing":
        before = []
        for other in town.rng.sample(strangers, 25):
            yield Opening(reader, other, hospital, TODAY, town.hours(reader)), pattern, []
        return
    yield Opening(reader, human, hospital, TODAY, town.hours(reader)), pattern, before
