"""The people behind the labelled rows: households as the distribution table of docs/reference/simulation.md has them.

Everybody is here as he or she truly is; what desks write of them is `desk`. One household after the other, so that
memory does not grow with the number of people.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from random import Random
from typing import Final

from suksala.standards.thai_codes import addresses, citizen_number

from .. import names, numbers
from ..calendar import END, YEAR, age_on, ordinal
from ..people import foreign_nation, head_age, phone
from . import naming

SINCE: Final = ordinal(2016, 1, 1)  # rows are sent from here to END; who is born inside has a birth record
REGISTERED: Final = ordinal(1984, 1, 1)  # numbers are given at birth since this day
HOSPITALS: Final = ("99131", "99132", "99133", "99134", "99135")
# nine districts of Phra Nakhon Si Ayutthaya, 99 sub-districts
DISTRICTS: Final = ("1402", "1403", "1405", "1409", "1410", "1412", "1413", "1414", "1415")
FOREIGN, SINGLE = 0.055, 0.26  # of households; all others are couples
CHILDREN: Final = ((0, 1, 2, 3), (20, 34, 34, 12))
TWINS, TWINS_OF_ONE_SEX, TWINS_NAMED_ALIKE = 0.011, 0.68, 0.6
OLDER: Final = 7  # years, than the heads of `people`: of all rows 1.7 % are to be records of births
TAKES_HIS_NAME, MARRIES_INSIDE, RENAMED, RANKED = 0.72, 0.14, 0.02, 0.045
DAY_UNKNOWN, FOREIGN_DAY_UNKNOWN = 0.14, 0.45
LOCAL_OFFICE: Final = 0.7
PHONE_OF_HOUSE: Final = 0.2  # of those of 15 to 70; younger and older people have no other
_OFFICES, _BLOCK, _BLOCKS, _STRIDE = 90, 20, 500_000, 309_017  # the stride has no divisor in common with _BLOCKS
_YOUNGEST_WIFE, _APART = 24.0, 300  # years, days
_RANKS: Final = ("จ.ส.อ.", "ร.ต.", "ส.ต.ต.", "ด.ต.", "พระ")
_FOREIGN_CLASSES: Final = (("0", "none", "passport", "678"), (62, 13, 12, 8))  # and 5 % G-codes, all of them children


@dataclass(slots=True, eq=False)
class Human:
    """One human as he or she truly is. Days are ordinals."""

    id: str
    sex: str  # 1 male, 2 female
    birth: int
    given: str = ""
    family: str = ""
    number: str = ""
    nation: str = "099"
    passport: str = ""
    rank: str = ""  # military, police, monks
    phone: str = ""
    day_unknown: bool = False
    wife: bool = False  # called นาง
    maiden: str = ""
    married_on: int = 0  # inside the years of the rows: before, the maiden name
    former_given: str = ""
    renamed_on: int = 0
    syllables: list[int] | None = None  # the name of a foreigner, written anew by each desk
    mother: Human | None = None
    father: Human | None = None
    twin: Human | None = None
    order: int = 0  # 1 or 2 of twins

    def age(self, day: int) -> int:
        """Completed years."""
        return age_on(self.birth, day)

    def names_on(self, day: int) -> tuple[str, str]:
        """Given and family name on a day."""
        given = self.former_given if day < self.renamed_on else self.given
        return given, self.maiden if day < self.married_on else self.family


@dataclass(slots=True, eq=False)
class Household:
    """People of one house, and where it stands."""

    members: list[Human]
    house: str
    village: str  # หมู่
    tambon: str
    phone: str
    hospital: int  # place in HOSPITALS


class Population:
    """The households of one seed, in a fixed order; they are the same for each thing that is made of them."""

    def __init__(self, people: int, seed: int) -> None:
        self.left = people
        self.rng = Random(f"{seed}/labelled people")
        self.areas = [(d, s.code) for d, code in enumerate(DISTRICTS) for s in addresses.subdistricts(code)]
        self.blocks = [0] * _OFFICES
        self.made = 0

    def households(self) -> Iterator[Household]:
        """One household after the other; the last is cut so that the number of people is exact."""
        while self.left:
            yield self._household()

    def _household(self) -> Household:
        rng = self.rng
        district, tambon = rng.choice(self.areas)
        draw = rng.random()
        if draw < FOREIGN:
            members = self._migrants()
        elif draw < FOREIGN + SINGLE:
            members = [self._single()]
        else:
            members = self._couple()
        members = _cut(members, self.left)
        self.left -= len(members)
        self.give_numbers(members, district)
        self.made += 1
        home = Household(members, house(rng), str(1 + int(rng.random() * 12)), tambon, phone(rng), district % 5)
        for place, human in enumerate(members):
            human.id = f"{self.made:07d}-{place + 1}"
            human.phone = home.phone if not 15 <= human.age(END) <= 70 or rng.random() < PHONE_OF_HOUSE else phone(rng)
        return home

    def _adult(self, sex: str, age: float, family: str) -> Human:
        rng = self.rng
        human = Human("", sex, END - int(age * YEAR), naming.given(sex).draw(rng), family)
        if human.birth < ordinal(1956, 1, 1) and rng.random() < DAY_UNKNOWN:
            human.day_unknown, human.birth = True, new_year(human.birth)
        _rank_and_rename(rng, human)
        return human

    def _single(self) -> Human:
        rng = self.rng
        human = self._adult("1" if rng.random() < 0.5 else "2", OLDER + head_age(rng), naming.family().draw(rng))
        human.wife = human.sex == "2" and rng.random() < 0.4  # widows and divorced women
        return human

    def _couple(self) -> list[Human]:
        rng = self.rng
        age = OLDER + head_age(rng)
        husband = self._adult("1", age, naming.family().draw(rng))
        wife = self._adult("2", max(_YOUNGEST_WIFE, age + rng.triangular(-10, 5, -2)), naming.family().draw(rng))
        _marry(rng, wife, husband)
        return [husband, wife, *self._children(wife, husband)]

    def _children(self, wife: Human, husband: Human) -> list[Human]:
        rng = self.rng
        children: list[Human] = []
        for _ in range(rng.choices(*CHILDREN)[0]):
            birth = _birth_of_child(rng, wife, children)
            children.append(self._child(wife, husband, birth, "1" if rng.random() < 0.515 else "2"))
            if rng.random() < TWINS:
                children.append(self._second(children[-1], wife, husband))
        return children

    def _child(self, wife: Human, husband: Human, birth: int, sex: str) -> Human:
        rng = self.rng
        child = Human("", sex, birth, naming.given(sex).draw(rng), husband.family, mother=wife, father=husband)
        if child.age(END) >= 20:
            _rank_and_rename(rng, child)
        return child

    def _second(self, first: Human, wife: Human, husband: Human) -> Human:
        rng = self.rng
        other = "2" if first.sex == "1" else "1"
        second = self._child(wife, husband, first.birth, first.sex if rng.random() < TWINS_OF_ONE_SEX else other)
        if rng.random() < TWINS_NAMED_ALIKE:
            second.given = naming.given(second.sex).alike(rng, first.given)
        first.twin, second.twin, first.order, second.order = second, first, 1, 2
        return second

    def _migrants(self) -> list[Human]:
        rng = self.rng
        nation = foreign_nation(rng)
        members = []
        for place in range(1 + int(rng.random() * 3)):
            age = rng.triangular(18, 48, 29) if place < 2 else rng.random() * 9
            human = Human("", "1" if rng.random() < 0.56 else "2", END - int(age * YEAR), nation=nation)
            human.syllables = names.syllables(rng)
            if rng.random() < FOREIGN_DAY_UNKNOWN:
                human.day_unknown, human.birth = True, new_year(human.birth)
            members.append(human)
        return members

    def give_numbers(self, members: list[Human], district: int) -> None:
        """Who was on one house register in 1984 has its number beside the others'; later ones come by birth."""
        listed = self._block(district) if any(h.birth < REGISTERED for h in members) else 0
        for place, human in enumerate(members):
            if human.nation != "099":
                self._foreign_number(human, place)
            elif human.birth < REGISTERED:
                human.number = numbers.national(listed + place, 1983, self.rng)
            elif human.order == 2 and human.twin is not None:
                before = human.twin.number
                human.number = citizen_number.synthetic(int(before[3:12]) + 1, int(before[0]))
            else:
                human.number = numbers.national(self._block(district), 1984, self.rng)

    def _foreign_number(self, human: Human, place: int) -> None:
        rng = self.rng
        if place == 2 and rng.random() < 0.3:  # children are one in six: 5 % of all
            human.number = f"G{citizen_number.synthetic(self._block(_OFFICES), 0)[1:]}"
            return
        kind = rng.choices(*_FOREIGN_CLASSES)[0]
        if kind == "passport":
            human.passport = f"XX{rng.randrange(10_000_000):07d}"  # XX is no country
        elif kind != "none":
            human.number = numbers.foreign(self._block(_OFFICES), int(rng.choice(kind)))

    def _block(self, district: int) -> int:
        """The first of twenty free numbers of a registry office: the district's own, or one elsewhere."""
        if district < len(DISTRICTS) and self.rng.random() < LOCAL_OFFICE:
            office = district
        else:
            office = len(DISTRICTS) + int(self.rng.random() * (_OFFICES - len(DISTRICTS)))
        self.blocks[office] += 1
        # no two households are neighbours in the register because they are neighbours here
        return office * 10_000_000 + self.blocks[office] * _STRIDE % _BLOCKS * _BLOCK


def house(rng: Random) -> str:
    """A house number."""
    number = 1 + int(rng.random() * 399)
    return f"{number}/{1 + int(rng.random() * 60)}" if rng.random() < 0.4 else str(number)


def new_year(day: int) -> int:
    """1 January of the same year: how a birth is written whose day nobody knows."""
    return ordinal(date.fromordinal(day).year, 1, 1)


def _cut(members: list[Human], limit: int) -> list[Human]:
    members = members[:limit]
    last = members[-1]
    if last.order == 1:  # the other twin is cut off
        last.twin, last.order = None, 0
    return members


def _rank_and_rename(rng: Random, human: Human) -> None:
    if human.sex == "1" and rng.random() < RANKED:
        human.rank = rng.choice(_RANKS)
    if rng.random() < RENAMED:
        human.former_given = naming.given(human.sex).draw(rng)
        human.renamed_on = _day_of_grown_up(rng, human)


def _marry(rng: Random, wife: Human, husband: Human) -> None:
    wife.wife = rng.random() < 0.85
    if rng.random() >= TAKES_HIS_NAME:
        return
    wife.maiden, wife.family = wife.family, husband.family
    came_of_age = wife.birth + int(18 * YEAR)
    if came_of_age > SINCE or (wife.birth >= ordinal(1967, 1, 1) and rng.random() < MARRIES_INSIDE):
        wife.married_on = _day_of_grown_up(rng, wife)


def _day_of_grown_up(rng: Random, human: Human) -> int:
    first = max(SINCE, human.birth + int(18 * YEAR))
    return first + int(rng.random() * (END - first))


def _birth_of_child(rng: Random, wife: Human, others: list[Human]) -> int:
    """A day on which the mother is 18 to 42, not within ten months of another child; six years hold three of them."""
    oldest = min(42.0, (END - wife.birth) / YEAR)
    while True:
        birth = wife.birth + int(rng.triangular(18.01, oldest, min(25, oldest)) * YEAR)
        if all(abs(birth - other.birth) > _APART for other in others):
            return birth
