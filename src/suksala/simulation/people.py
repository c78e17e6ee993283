"""A household and the people in it: ages of a Thai district, families, names, jobs, diseases to come."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Final

from . import names
from .calendar import END, START, YEAR, ordinal

# heads of households by age: five-year bands from 20, shares per 1,000 (our own reading of an ageing district)
_HEAD_AGES: Final = ((20, 34), (25, 70), (30, 88), (35, 98), (40, 108), (45, 116), (50, 122), (55, 116), (60, 92),
                     (65, 62), (70, 36), (75, 18), (80, 10))  # fmt: skip
_HEAD_BANDS: Final = [low for low, _ in _HEAD_AGES]
_HEAD_SHARES: Final = [share for _, share in _HEAD_AGES]
FOREIGN_HOUSEHOLDS: Final = 0.055  # experiment.md section 2
_SINGLE: Final = 0.24
_CHILDREN: Final = ((0, 1, 2, 3), (12, 30, 43, 15))
_TWINS: Final = 0.011
_DM_PREVALENCE: Final = ((35, 0.004), (45, 0.035), (55, 0.085), (65, 0.145), (75, 0.19), (200, 0.19))
_HT_PREVALENCE: Final = ((35, 0.008), (45, 0.07), (55, 0.165), (65, 0.295), (75, 0.42), (200, 0.50))
_DEATHS_PER_YEAR: Final = ((1, 0.004), (40, 0.0008), (60, 0.004), (70, 0.013), (80, 0.035), (200, 0.11))


@dataclass(slots=True, eq=False)
class Person:
    """One human, as he or she truly is. Days are ordinals."""

    human: str
    sex: str  # 1 male, 2 female
    birth: int
    given: str
    family: str
    number: str = ""  # true thirteen digits; empty for a foreigner without one
    nation: str = "099"
    maiden: str = ""
    married_on: int = 0  # a marriage inside the simulated years
    marital: str = "1"
    title: str = "003"
    occupation: str = "9999"
    education: str = "02"
    religion: str = "01"
    labor: str = ""
    passport: str = ""
    role: str = "2"  # FSTATUS: 1 head, 2 resident
    mother: Person | None = None
    father: Person | None = None
    spouse: Person | None = None
    twin: int = 0  # 1 or 2
    typearea: str = "1"
    moved_in: int = 0
    moved_out: int = 0
    died: int = 0
    dm: int = 0  # day of diagnosis
    ht: int = 0
    a1c: float = 0.0
    sbp: float = 0.0
    dbp: float = 0.0
    weight: float = 0.0
    height: int = 0
    smokes: bool = False
    frail: int = 0  # 0 active, 1 at home, 2 in bed
    blood: str = "9"
    insurance: str = "0100"
    phone: str = ""
    births: list[int] = field(default_factory=list)  # deliveries inside the simulated years

    def age(self, day: int) -> float:
        """Years, with a fraction."""
        return (day - self.birth) / YEAR

    def here(self, day: int) -> bool:
        """Born, not dead, moved in and not moved out on that day."""
        return self.birth <= day and not (self.died and self.died < day) and self.moved_in <= day and not (
            self.moved_out and self.moved_out < day
        )  # fmt: skip


@dataclass(slots=True)
class Household:
    """People of one house, and the place of the house."""

    members: list[Person]
    catchment: int  # place of the facility in the district: 0 hospital, 1-4 units, 5 clinic
    house: str
    village: str
    phone: str
    foreign: bool


def household(rng: Random, prefix: str, limit: int) -> Household:
    """One household of at most `limit` people; `prefix` begins the human ids."""
    foreign = rng.random() < FOREIGN_HOUSEHOLDS
    members = _migrants(rng) if foreign else _family(rng)
    members = members[:limit]
    for place, person in enumerate(members):
        person.human = f"{prefix}-{place + 1}"
        _life(rng, person)
    if not foreign and len(members) < limit:
        _births(rng, members, prefix, limit)
    for person in members:
        _fate(rng, person)
    return Household(
        members=members,
        catchment=rng.choices((0, 1, 2, 3, 4, 5), (12, 24, 20, 17, 18, 9))[0],
        house=f"{rng.randint(1, 399)}" + (f"/{rng.randint(1, 60)}" if rng.random() < 0.4 else ""),
        village=f"{rng.randint(1, 9):02d}",
        phone=phone(rng),
        foreign=foreign,
    )


def phone(rng: Random) -> str:
    """A mobile number of a block that no operator serves: 000 and seven digits."""
    return f"000{rng.randrange(10_000_000):07d}"


def title(person: Person, day: int) -> str:
    """The title code of a day: child, Mr, Miss, Mrs after marriage; monks and ranks stay."""
    if person.title not in {"001", "002", "003", "004", "005"}:
        return person.title
    if person.age(day) < 15:
        return "001" if person.sex == "1" else "002"
    if person.sex == "1":
        return "003"
    married = person.marital in {"2", "3", "4", "5"} and not (person.married_on and day < person.married_on)
    return "005" if married and person.title == "005" else "004"


def _birth(rng: Random, age: float) -> int:
    day = START - int(age * YEAR) - rng.randrange(365)
    if age > 70 and rng.random() < 0.14:  # day unknown: 1 January is the written rule of the standard
        return ordinal(_year(day), 1, 1)
    return day


def head_age(rng: Random) -> float:
    """The age of the head of a household, in years."""
    return rng.choices(_HEAD_BANDS, _HEAD_SHARES)[0] + rng.random() * 5


def foreign_nation(rng: Random) -> str:
    """The nationality of a household of foreigners: Myanmar, Cambodia, Laos, China."""
    return rng.choices(("048", "057", "056", "044"), (68, 17, 11, 4))[0]


def _year(day: int) -> int:
    return int((day - 1) / 365.2425) + 1


def _adult(rng: Random, sex: str, age: float, family: str) -> Person:
    birth = _birth(rng, age)
    person = Person("", sex, birth, names.given(rng, sex, _year(birth)), family)
    person.occupation = rng.choice(("9000",) if age < 20 else ("6111", "9622", "5221", "9001", "9622", "8219", "4110"))
    person.education = rng.choice(("02", "02", "02", "03", "03") if age > 45 else ("02", "03", "03", "04", "05"))
    person.typearea = rng.choices(("1", "3", "2", "5"), (77, 14, 8, 1))[0]
    return person


def _family(rng: Random) -> list[Person]:
    age = head_age(rng)
    surname = names.family(rng)
    head = _adult(rng, "1" if rng.random() < 0.62 else "2", age, surname)
    head.role = "1"
    members = [head]
    if rng.random() < _SINGLE:
        head.marital = rng.choices("1345", (45, 30, 20, 5))[0]
        _rank(rng, head)
        return members + _grandparents(rng, head, 0.15)
    spouse = _adult(
        rng, "2" if head.sex == "1" else "1", max(18.0, age + (rng.gauss(-2.5, 4) if head.sex == "1" else 2)), surname
    )
    _marry(rng, head, spouse)
    members.append(spouse)
    wife, husband = (spouse, head) if head.sex == "1" else (head, spouse)
    members += _children(rng, wife, husband)
    return members + _grandparents(rng, head, 0.26)


def _rank(rng: Random, person: Person) -> None:
    if person.sex == "1" and rng.random() < 0.045:
        person.title = rng.choice(("220", "222", "218"))
    elif person.sex == "2" and person.marital != "1":
        person.title = "005"
    elif person.sex == "2":
        person.title = "004"


def _marry(rng: Random, head: Person, spouse: Person) -> None:
    for person, other in ((head, spouse), (spouse, head)):
        person.spouse, person.marital = other, "2"
        _rank(rng, person)
    wife, husband = (spouse, head) if head.sex == "1" else (head, spouse)
    wife.maiden = names.family(rng)
    if rng.random() < 0.72:  # the wife takes the name of the husband
        wife.family = husband.family
    else:
        wife.family = wife.maiden
    if wife.birth > ordinal(1966, 1, 1) and wife.family != wife.maiden and rng.random() < 0.14:
        wife.married_on = START + rng.randrange(90, END - START)
    wife.title = "005" if rng.random() < 0.85 else "004"


def _children(rng: Random, wife: Person, husband: Person) -> list[Person]:
    count = rng.choices(*_CHILDREN)[0]
    ages = []
    for _ in range(count):
        age = wife.age(START) - rng.triangular(18, 40, 25)
        if 0 <= age < 24 + 18 * (rng.random() < 0.28):
            ages.append(age)
    children: list[Person] = []
    for age in ages:
        children += _siblings(rng, wife, husband, age)
    return children


def _siblings(rng: Random, wife: Person, husband: Person, age: float) -> list[Person]:
    first = _child(rng, wife, husband, _birth(rng, age))
    if rng.random() >= _TWINS:
        return [first]
    second = _child(rng, wife, husband, first.birth)
    if rng.random() < 0.68:
        second.sex = first.sex
    if second.sex == first.sex and rng.random() < 0.6:  # twins often share the head of the name
        second.given = first.given[:4] + second.given[4:]
    first.twin, second.twin = 1, 2
    return [first, second]


def _child(rng: Random, wife: Person, husband: Person, birth: int) -> Person:
    sex = "1" if rng.random() < 0.515 else "2"
    child = Person("", sex, birth, names.given(rng, sex, 2015), husband.family, mother=wife, father=husband)
    child.typearea = wife.typearea
    child.occupation = "9000" if child.age(START) < 22 else rng.choice(("9622", "5221", "8219"))
    child.education = "01" if child.age(START) < 7 else "02" if child.age(START) < 13 else "03"
    child.title = "004" if sex == "2" else "003"
    return child


def _grandparents(rng: Random, head: Person, chance: float) -> list[Person]:
    age = head.age(START) + rng.triangular(19, 36, 26)
    if age > 97 or rng.random() >= chance:
        return []
    elder = _adult(rng, "2" if rng.random() < 0.66 else "1", age, head.maiden or head.family)
    elder.marital = rng.choices("23", (35, 65))[0]
    elder.title = "005" if elder.sex == "2" else "003"
    return [elder]


def _migrants(rng: Random) -> list[Person]:
    nation = foreign_nation(rng)
    members = []
    for place in range(rng.randint(1, 3)):
        sex = "1" if rng.random() < 0.56 else "2"
        age = rng.triangular(18, 48, 29) if place < 2 else rng.uniform(0, 9)
        birth = _birth(rng, age)
        if rng.random() < 0.45:
            birth = ordinal(_year(birth), 1, 1)
        given, family = names.migrant(rng)
        person = Person("", sex, birth, given, family, nation=nation, occupation="9622", education="09")
        person.typearea = "3" if rng.random() < 0.62 else "4"
        person.insurance, person.labor, person.religion = "8401", "12", "01"
        person.title = "003" if sex == "1" else "004"
        members.append(person)
    members[0].role = "1"
    return members


def _life(rng: Random, person: Person) -> None:
    """Body, habits, diseases and insurance of someone alive at the start."""
    age = person.age(START)
    adult = age >= 15
    person.height = (
        int(rng.gauss(167 if person.sex == "1" else 156, 6)) if adult else int(min(165, 50 + 24 * age**0.75))
    )
    person.weight = max(3.0, rng.gauss(24, 4) * (person.height / 100) ** 2) if adult else 3.2 + 2.6 * age
    person.smokes = adult and rng.random() < (0.33 if person.sex == "1" else 0.02)
    person.blood = rng.choice("1244244399")
    person.moved_in = START - rng.randrange(200, 4000) if person.typearea == "3" else 0
    if rng.random() < 0.012:
        person.moved_in = START + rng.randrange(END - START)
    person.phone = phone(rng) if 15 <= age <= 70 and rng.random() < 0.8 else ""
    person.sbp, person.dbp = rng.gauss(119 + max(0.0, age - 40) * 0.22, 9), rng.gauss(74, 6)
    if adult and person.nation == "099":
        person.insurance = _insurance(rng, person, age)
    _diseases(rng, person, age)
    if age >= 60:
        person.frail = rng.choices((0, 1, 2), (960, 30, 10) if age < 80 else (840, 120, 40))[0]


def _insurance(rng: Random, person: Person, age: float) -> str:
    if age < 60:
        return rng.choices(("0100", "4200", "1100", "2401"), (62, 30, 6, 2))[0]
    return rng.choices(("0100", "1200", "4200"), (84, 12, 4))[0]


def _rate(table: tuple[tuple[int, float], ...], age: float) -> float:
    return next(rate for limit, rate in table if age < limit)


def _diseases(rng: Random, person: Person, age: float) -> None:
    if age < 18:
        return
    heavier = 1.25 if person.weight > 25 * (person.height / 100) ** 2 else 0.85
    if rng.random() < _rate(_HT_PREVALENCE, age) * heavier:
        person.ht = _onset(rng)
        person.sbp, person.dbp = rng.gauss(135.5, 9.5), rng.gauss(78.5, 6.5)
    dm_chance = _rate(_DM_PREVALENCE, age) * heavier * (1.5 if person.ht else 0.85)
    if rng.random() < dm_chance * 0.86:
        person.dm = _onset(rng)
        person.a1c = 5.55 + rng.lognormvariate(0.25, 0.66)


def _onset(rng: Random) -> int:
    if rng.random() < 0.2:  # found inside the three years
        return START + rng.randrange(END - START - 60)
    return START - rng.randrange(30, 4800)


def _births(rng: Random, members: list[Person], prefix: str, limit: int) -> None:
    wife = next((p for p in members if p.sex == "2" and p.spouse and p.role in "12" and not p.mother), None)
    if wife is None or wife.spouse is None or wife.spouse not in members:
        return
    age = wife.age(START)
    if not 17 <= age <= 42 or rng.random() >= (0.42 if 21 <= age <= 33 else 0.2):
        return
    day = START + rng.randrange(20, END - START - 5)
    for child in _siblings(rng, wife, wife.spouse, 0):
        if len(members) >= limit:
            return
        child.birth, child.human = day, f"{prefix}-{len(members) + 1}"
        child.height, child.weight, child.blood = 50, rng.gauss(3.05, 0.4), "9"
        wife.births = [day]
        members.append(child)


def _fate(rng: Random, person: Person) -> None:
    """Deaths and moves of the three years."""
    first = max(START, person.birth)
    rate = _rate(_DEATHS_PER_YEAR, person.age((first + END) // 2)) * (1.5 if person.dm else 1.0)
    if rng.random() < rate * (END - first) / YEAR and person.birth < END - 40 and not person.births:
        person.died = rng.randrange(first + 8, END)
    elif rng.random() < 0.02 and person.moved_in < START:
        person.moved_out = rng.randrange(first + 8, END) if person.birth < END - 40 else 0
