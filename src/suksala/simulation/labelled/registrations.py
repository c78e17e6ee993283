"""The registrations of five hospitals, each row with the human it truly belongs to: what linkage is measured on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from random import Random
from typing import Final, NamedTuple

from ..calendar import END
from ..mistakes import Desk
from ..output import require_people
from . import desk as desks
from .population import HOSPITALS, SINCE, Household, Human, Population

HOSPITALS_OF_A_PERSON: Final = ((1, 2, 3, 4, 5), (36, 33, 18, 9, 4))
OF_A_FOREIGNER: Final = ((1, 2, 3, 4, 5), (52, 27, 13, 6, 2))  # the insurance of migrants is bound to one hospital
SECOND_HN: Final = 0.03  # of registrations: the same person again in the same hospital
BIRTH_RECORD: Final = 0.55  # of Thai children born since 2016
MOTHER_AT_BIRTH, PARENTS_LATER = 0.60, 0.25
_PIDS, _STRIDE = 10_000_000, 6_180_339


class LabelledRow(NamedTuple):
    """One registration as a hospital sent it, and whose it truly is.

    human          the truth: one id for each human
    hospcode, pid  the registration
    number         the thirteen digits as sent: blank, wrong, a dummy, the mother's, the hospital's own
    title, given, family  as typed, or as the machine read them from the card
    birth          YYYYMMDD as sent: blank, or wrong by day, year or era
    sex            1 male, 2 female
    phone, house, village, tambon  as sent; tambon is the code of six digits
    mother_number, father_number, passport  blank when not asked
    nation         099 Thai, else the code of the 43 files
    card_read      by machine
    newborn        the truth: this is a record of a birth, made before the child had a name
    twin_of        the truth: the human id of the twin, or blank
    day            when the row was sent
    """

    human: str
    hospcode: str
    pid: str
    number: str
    title: str
    given: str
    family: str
    birth: str
    sex: str
    phone: str
    house: str
    village: str
    tambon: str
    mother_number: str
    father_number: str
    passport: str
    nation: str
    card_read: bool
    newborn: bool
    twin_of: str
    day: date


class _Shown(NamedTuple):
    """What one visit to a desk brought beside the names."""

    mother: str = ""
    father: str = ""
    passport: str = ""
    card_read: bool = False
    newborn: bool = False


class Registered(NamedTuple):
    """A row, the human behind it, and the mistakes of its desk as (column, kind)."""

    human: Human
    row: LabelledRow
    mistakes: list[tuple[str, str]]


def labelled_registrations(people: int, seed: int) -> Iterator[LabelledRow]:
    """Registrations of made-up people in five hospitals, to measure on how well they are joined again.

    people  humans in all, 100 to 3,000,000; a little over 2.2 rows each
    seed    the same seed gives the same rows

    The rows of a household follow each other, so their order must not be used by what is measured. Numbers are of
    the made-up range. Raises TooFewPeople. Source: the distribution table of docs/reference/simulation.md.
    """
    require_people(people)
    return (registered.row for registered in registrations(people, seed))


def registrations(people: int, seed: int) -> Iterator[Registered]:
    """The same rows with the human behind each and what its desk did wrong."""
    registry = _Registry(people, seed)
    for home in registry.population.households():
        for human in home.members:
            yield from registry.of(human, home)


class _Registry:
    def __init__(self, people: int, seed: int) -> None:
        self.population = Population(people, seed)
        self.areas = [tambon for _, tambon in self.population.areas]
        # a stream of its own: the people stay the same whatever the desks do
        self.rng = Random(f"{seed}/labelled desks")
        self.issued = 0

    def of(self, human: Human, home: Household) -> Iterator[Registered]:
        """All registrations of one human, the record of the birth first."""
        rng = self.rng
        if human.mother is not None and human.birth >= SINCE and rng.random() < BIRTH_RECORD:
            yield self._birth(human, home)
        for hospital in self._hospitals(human, home):
            yield self._row(human, home, HOSPITALS[hospital])
            if rng.random() < SECOND_HN:
                yield self._row(human, home, HOSPITALS[hospital])

    def _hospitals(self, human: Human, home: Household) -> list[int]:
        count = self.rng.choices(*(HOSPITALS_OF_A_PERSON if human.nation == "099" else OF_A_FOREIGNER))[0]
        others = [n for n in range(len(HOSPITALS)) if n != home.hospital]
        return [home.hospital, *(self.rng.sample(others, count - 1) if count > 1 else ())]

    def _birth(self, child: Human, home: Household) -> Registered:
        rng = self.rng
        day = min(END, child.birth + int(rng.random() * 4))
        desk = desks.newborn(rng, child, day)
        mother = child.mother.number if child.mother and rng.random() < MOTHER_AT_BIRTH else ""
        return self._sent(child, home, HOSPITALS[home.hospital], day, desk, _Shown(mother, newborn=True))

    def _row(self, human: Human, home: Household, hospcode: str) -> Registered:
        rng = self.rng
        first = max(SINCE, human.birth)
        day = first + int(rng.random() * (END - first + 1))
        if human.nation != "099":
            desk, passport = desks.foreigner(rng, human, hospcode, day)
            return self._sent(human, home, hospcode, day, desk, _Shown(passport=passport))
        mother = father = ""
        if human.mother is not None and human.father is not None:
            mother = human.mother.number if rng.random() < PARENTS_LATER else ""
            father = human.father.number if rng.random() < PARENTS_LATER else ""
        card = human.age(day) >= desks.CARD_FROM and rng.random() < desks.CARD_READ[hospcode]
        desk = desks.card(human, day) if card else desks.typed(rng, human, day)
        return self._sent(human, home, hospcode, day, desk, _Shown(mother, father, card_read=card))

    def _sent(self, human: Human, home: Household, hospcode: str, day: int, desk: Desk, shown: _Shown) -> Registered:
        desks.every_row(self.rng, desk, human)
        phone, house, village, tambon = desks.phone_and_place(self.rng, desk, human, home, self.areas)
        self.issued += 1
        # running numbers scattered: neighbours in a register must not be kin
        pid = f"{self.issued * _STRIDE % _PIDS:07d}"
        row = LabelledRow(
            human.id, hospcode, pid, desk.number, desk.title, desk.given, desk.family, desk.birth, desk.sex,
            phone, house, village, tambon, shown.mother, shown.father, shown.passport, human.nation, shown.card_read,
            shown.newborn,
            human.twin.id if human.twin else "", date.fromordinal(day),
        )  # fmt: skip
        return Registered(human, row, desk.mistakes)
