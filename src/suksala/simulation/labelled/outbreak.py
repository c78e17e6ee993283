"""An outbreak on the lists of six agencies, with the truth of who is on which and who was never cared for.

Nobody writes a birth date in a hurry, and most write no number; whole households fall ill and share a phone.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Final, NamedTuple

from suksala.foundation import clock

from .. import names, numbers
from ..calendar import ordinal
from ..output import require_people
from ..people import phone
from . import desk as desks
from .population import Household, Human, Population

FIRST: Final = ordinal(2026, 7, 1)
DAYS: Final = 60  # from the first household to the last
LAB, CALL_CENTRE, EMS, ISOLATION, HOSPITAL, CIVIL = "LAB", "1330", "EMS", "ISOLATION", "HOSPITAL", "CIVIL"
INTAKE: Final = {LAB: 0.7996, CALL_CENTRE: 0.566, EMS: 0.208, CIVIL: 0.2042}  # of the people
# isolation at home or in the community, hospital, both one after the other, none: these are the missing
CARE: Final = (((ISOLATION,), (HOSPITAL,), (ISOLATION, HOSPITAL), ()), (4718, 842, 1166, 3274))
CALLED_TWICE: Final = 0.12  # of the callers
NUMBER_ASKED: Final = {LAB: 0.86, CALL_CENTRE: 0.66, EMS: 0.26, ISOLATION: 0.86, HOSPITAL: 0.98, CIVIL: 0.36}
NUMBER_SLIP: Final = 0.021
MISSPELT: Final = 0.035  # of given names, and of family names
PHONE_GIVEN, PHONE_OF_ANOTHER, PHONE_SLIP = 0.94, 0.12, 0.03
AGE_BLANK, AGE_OFF, DISTRICT_GIVEN = 0.15, 0.2, 0.8
_ROWS, _STRIDE = 10_000_000, 6_180_339


class CaseStatus(NamedTuple):
    """One line of the history of a case: positive, waiting, unreachable, vehicle-sent, home-isolation,
    community-isolation, in-hospital, recovered or dead, and since when."""

    status: str
    at: datetime


class LabelledCase(NamedTuple):
    """One row of an agency's line list, and whom it is truly about.

    human          the truth: the id that the same person has in labelled_registrations of the same seed
    agency         LAB, 1330 (call centre), EMS, ISOLATION (at home or in the community), HOSPITAL, CIVIL (groups)
    row            the agency's own id of the row
    given, family, number, phone, age, district  as written down; all but the names are often blank
    history        what the agency noted, oldest first
    truly_missing  the truth: on some list of LAB, 1330, EMS or CIVIL, and on none of those that care
    """

    human: str
    agency: str
    row: str
    given: str
    family: str
    number: str
    phone: str
    age: str
    district: str
    history: tuple[CaseStatus, ...]
    truly_missing: bool


def labelled_outbreak(people: int, seed: int) -> Iterator[LabelledCase]:
    """The line lists of six agencies in an outbreak, to measure how well one person is found on all of them.

    people  humans who fall ill, 100 to 3,000,000; about 2.7 rows each
    seed    the same seed gives the same rows, about the first people of labelled_registrations of that seed

    Raises TooFewPeople. Source: the table of the outbreak in docs/reference/simulation.md.
    """
    require_people(people)
    return _lists(people, seed)


def _lists(people: int, seed: int) -> Iterator[LabelledCase]:
    agencies = _Agencies(Random(f"{seed}/labelled outbreak"))
    for home in Population(people, seed).households():
        start = FIRST + int(agencies.rng.random() * DAYS)
        for human in home.members:
            # families fall ill within a week; a child must be born before
            yield from agencies.about(human, home, max(start + int(agencies.rng.random() * 7), human.birth + 3))


class _Agencies:
    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.rows = 0

    def about(self, human: Human, home: Household, onset: int) -> Iterator[LabelledCase]:
        """All rows about one person who fell ill on a day."""
        rng = self.rng
        care = rng.choices(*CARE)[0]
        intake = [agency for agency, rate in INTAKE.items() if rng.random() < rate]
        if not intake and not care:  # somebody must have seen whom all have lost
            intake.append(LAB)
        for agency in intake:
            yield self._row(agency, human, home, onset, care)
            if agency == CALL_CENTRE and rng.random() < CALLED_TWICE:
                yield self._row(agency, human, home, onset + 1, care)
        for agency in care:
            yield self._row(agency, human, home, onset, care)

    def _row(self, agency: str, human: Human, home: Household, onset: int, care: tuple[str, ...]) -> LabelledCase:
        self.rows += 1
        given, family = self._name(human, onset)
        return LabelledCase(
            human.id, agency, f"{self.rows * _STRIDE % _ROWS:07d}", given, family, self._number(agency, human),
            self._phone(human), self._age(human, onset), home.tambon[:4] if self.rng.random() < DISTRICT_GIVEN else "",
            tuple(_history(self.rng, agency, onset, care)), not care,
        )  # fmt: skip

    def _name(self, human: Human, day: int) -> tuple[str, str]:
        rng = self.rng
        if human.syllables:
            return names.written(rng, human.syllables, rng.choice(names.MIGRANT_SPELLINGS))
        given, family = human.names_on(day)
        if rng.random() < MISSPELT:
            given = desks.misspelt(rng, given)
        if rng.random() < MISSPELT:
            family = desks.misspelt(rng, family)
        return given, family

    def _number(self, agency: str, human: Human) -> str:
        if self.rng.random() >= NUMBER_ASKED[agency] or not human.number:
            return ""
        if human.number.isdigit() and self.rng.random() < NUMBER_SLIP:
            return desks.slip(self.rng, human.number)[0]
        return human.number

    def _phone(self, human: Human) -> str:
        rng = self.rng
        if rng.random() >= PHONE_GIVEN:
            return ""
        draw = rng.random()
        if draw < PHONE_OF_ANOTHER:
            return phone(rng)
        if draw < PHONE_OF_ANOTHER + PHONE_SLIP:
            return numbers.substituted(rng, human.phone, rng.randrange(3, 10))
        return human.phone

    def _age(self, human: Human, day: int) -> str:
        rng = self.rng
        if rng.random() < AGE_BLANK:
            return ""
        years = human.age(day)
        if rng.random() < AGE_OFF:
            years += rng.choice((-1, 1))
        return str(max(0, years))


def _history(rng: Random, agency: str, onset: int, care: tuple[str, ...]) -> Iterator[CaseStatus]:
    """What one agency notes: first contact, then what became of it as far as this agency saw."""
    at = _moment(rng, onset)
    if agency == LAB:
        yield CaseStatus("positive", at)
    elif agency in {CALL_CENTRE, CIVIL}:
        yield CaseStatus("waiting", at + timedelta(hours=12))
        if rng.random() < (0.1 if care else 0.25):
            yield CaseStatus("unreachable", at + timedelta(hours=36))
    elif agency == EMS:
        yield CaseStatus("waiting", at + timedelta(hours=18))
        if rng.random() < (0.8 if care else 0.3):
            yield CaseStatus("vehicle-sent", at + timedelta(hours=20))
    elif agency == ISOLATION:
        yield CaseStatus("home-isolation" if rng.random() < 0.7 else "community-isolation", at + timedelta(days=1))
        if HOSPITAL not in care:
            yield CaseStatus("recovered", at + timedelta(days=11))
    else:
        yield CaseStatus("in-hospital", at + timedelta(days=2 if ISOLATION not in care else 4))
        yield CaseStatus("dead" if rng.random() < 0.01 else "recovered", at + timedelta(days=13))


def _moment(rng: Random, day: int) -> datetime:
    """Some minute of a day, from seven to nineteen o'clock."""
    return datetime.fromordinal(day).replace(tzinfo=clock.BANGKOK) + timedelta(minutes=420 + int(rng.random() * 720))
