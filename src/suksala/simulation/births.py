"""Pregnancies that end inside the three years: antenatal visits, delivery, the newborn, both of them afterwards."""

from __future__ import annotations

from typing import Final

from .calendar import END, START, ymd
from .people import Person
from .stays import admit
from .visits import open_visit
from .world import Registration, World

TERM: Final = 273  # days from the last period
# weeks of the five antenatal appointments of fiscal 2564 on, and how many women come to each
_VISITS: Final = ((6, 12, 0.86), (14, 19, 0.9), (20, 25, 0.88), (27, 31, 0.88), (33, 38, 0.9))
_AFTER: Final = ((2, 7, 0.86), (8, 15, 0.82), (18, 42, 0.78))  # days after delivery


def expect(world: World, mother: Person) -> None:
    """Everything recorded about the pregnancies of one woman and the children born."""
    for day in mother.births:
        children = [p for p in world.home.members if p.mother is mother and p.birth == day]
        if not children or not mother.here(day):
            continue
        gravida = 1 + sum(1 for p in world.home.members if p.mother is mother and p.birth < day)
        lmp = day - TERM + world.rng.randint(-14, 9)
        _antenatal(world, mother, str(gravida), lmp, day)
        _delivery(world, mother, children, str(gravida), lmp)


def _antenatal(world: World, mother: Person, gravida: str, lmp: int, birth: int) -> None:
    rng, reg = world.rng, world.of(mother)[0]
    for number, (first, last, chance) in enumerate(_VISITS, 1):
        day = lmp + 7 * rng.randint(first, last)
        if day < START or day >= birth or rng.random() > chance:
            continue
        cells = {"SBP": str(round(rng.gauss(112, 9))), "DBP": str(round(rng.gauss(70, 6))), "TYPEIN": "2"}
        visit = open_visit(world, reg, day, ("Z340" if gravida == "1" else "Z348",), drugs=("iron",), cells=cells)
        if visit is None:
            continue
        if number == 1 or "PRENATAL" not in visit.registration.once:
            _prenatal(world, visit.registration, gravida, lmp, day)
        weight = f"{mother.weight + number * 2.1:.1f}"
        row = visit.row(GRAVIDA=gravida, ANCNO=str(number), GA=str((day - lmp) // 7), ANCRESULT="1",
                        ANCPLACE=reg.facility.hospcode, WEIGHT=weight)  # fmt: skip
        world.put(reg, "ANC", row, day)


def _prenatal(world: World, reg: Registration, gravida: str, lmp: int, day: int) -> None:
    reg.once.add("PRENATAL")
    rng = world.rng
    row = {
        "GRAVIDA": gravida,
        "LMP": ymd(lmp),
        "EDC": ymd(lmp + 280),
        "VDRL_RESULT": "1",
        "HB_RESULT": "1",
        "HIV_RESULT": "1",
        "DATE_HCT": ymd(day),
        "HCT_RESULT": str(round(rng.gauss(36, 2.5))),
        "THALASSEMIA": rng.choices("12", (85, 15))[0],
        "PROVIDER": world.provider(reg.facility, day),
        "HEIGHT": f"{reg.person.height:.1f}",
    }
    world.put(reg, "PRENATAL", row, day)


def _delivery(world: World, mother: Person, children: list[Person], gravida: str, lmp: int) -> None:
    rng, day = world.rng, children[0].birth
    reg = world.at(mother, world.district.hospital)
    if reg is None:
        return
    caesarean = rng.random() < 0.33
    codes = ("O820" if caesarean else "O800", "Z370")
    admit(world, reg, day, codes, nights=4 if caesarean else 2, procedure="741" if caesarean else "7359", typein="1")
    row = {
        "GRAVIDA": gravida,
        "LMP": ymd(lmp),
        "EDC": ymd(lmp + 280),
        "BDATE": ymd(day),
        "BRESULT": codes[0],
        "BPLACE": "1",
        "BHOSP": reg.facility.hospcode,
        "BTYPE": "2" if caesarean else "1",
        "BDOCTOR": "1" if caesarean else "2",
        "LBORN": str(len(children)),
        "SBORN": "0",
    }
    world.put(reg, "LABOR", row, day)
    for child in children:
        _newborn(world, child, reg, gravida, (day - lmp) // 7)
    _afterwards(world, mother, children, gravida, day)


def _newborn(world: World, child: Person, mother: Registration, gravida: str, weeks: int) -> None:
    rng = world.rng
    reg = next((r for r in world.of(child) if r.facility is mother.facility), None)
    if reg is None:
        return
    row = {
        "MPID": mother.pid,
        "GRAVIDA": gravida,
        "GA": str(weeks),
        "BDATE": ymd(child.birth),
        "BTIME": f"{rng.randrange(24):02d}{rng.randrange(60):02d}00",
        "BPLACE": "1",
        "BHOSP": reg.facility.hospcode,
        "BIRTHNO": str(child.twin + 1) if child.twin else "1",
        "BTYPE": "1",
        "BDOCTOR": "1",
        "BWEIGHT": str(int(max(1200, child.weight * 1000))),
        "ASPHYXIA": "10",
        "VITK": "1",
        "TSH": "1",
        "TSHRESULT": f"{rng.uniform(0.8, 9):.1f}",
        "LENGTH": f"{rng.gauss(50, 2):.1f}",
        "HEADCIRCUM": f"{rng.gauss(33.5, 1):.1f}",
    }
    world.put(reg, "NEWBORN", row, child.birth)


def _afterwards(world: World, mother: Person, children: list[Person], gravida: str, birth: int) -> None:
    rng, reg = world.rng, world.of(mother)[0]
    for first, last, chance in _AFTER:
        day = birth + rng.randint(first, last)
        if day > END or rng.random() > chance:
            continue
        visit = open_visit(world, reg, day, ("Z392",), cells={"SERVPLACE": "2"})
        if visit is None:
            continue
        cells = {"SEQ": visit.seq, "PROVIDER": visit.provider, "BDATE": ymd(birth)}
        place = reg.facility.hospcode
        row = cells | {"GRAVIDA": gravida, "PPCARE": ymd(day), "PPPLACE": place, "PPRESULT": "1"}
        world.put(reg, "POSTNATAL", row, day)
        for child in children:
            _newborn_care(world, child, day, place)


def _newborn_care(world: World, child: Person, day: int, place: str) -> None:
    reg = world.of(child)[0]
    visit = open_visit(world, reg, day, ("Z001",), cells={"SERVPLACE": "2"})
    if visit is None:
        return
    row = {"SEQ": visit.seq, "BDATE": ymd(child.birth), "BCARE": ymd(day), "BCPLACE": place, "BCARERESULT": "1",
           "FOOD": world.rng.choices("134", (70, 22, 8))[0], "PROVIDER": visit.provider}  # fmt: skip
    world.put(reg, "NEWBORNCARE", row, day)
