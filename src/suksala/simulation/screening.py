"""NCDSCREEN: yearly screening of everybody from 35 who is not known to have the disease."""

from __future__ import annotations

from random import Random
from typing import Final

from .calendar import FISCAL_YEARS, YEAR, fiscal_start, office_day, ymd
from .outbox import Row
from .people import Person
from .world import Registration, World

COVERAGE: Final = 0.86


def screen(world: World, person: Person) -> None:
    """The screenings of one person over the three fiscal years, most of them between November and March."""
    reg = world.of(person)[0]
    if person.typearea == "2" or person.nation != "099":
        return
    for year in FISCAL_YEARS:
        start = fiscal_start(year)
        if person.age(start) < 35 or (person.dm and person.ht and max(person.dm, person.ht) < start):
            continue
        if world.rng.random() < COVERAGE * reg.facility.zeal:
            _screening(world, reg, person, office_day(start + int(world.rng.triangular(20, 355, 90))))


def _screening(world: World, reg: Registration, person: Person, day: int) -> None:
    if day < reg.since or not person.here(day) or day >= fiscal_start(2570):
        return
    rng = world.rng
    systolic, diastolic = round(rng.gauss(person.sbp, 7)), round(rng.gauss(person.dbp, 5))
    if person.ht and day < person.ht < day + 200:
        systolic = max(systolic, 142)
    row: Row = {
        "DATE_SERV": ymd(day),
        "SERVPLACE": "2" if rng.random() < 0.6 else "1",
        "SMOKE": "4" if person.smokes else "1",
        "ALCOHOL": rng.choices("1234", (72, 14, 10, 4))[0],
        "DMFAMILY": rng.choices("129", (24, 66, 10))[0],
        "HTFAMILY": rng.choices("129", (30, 60, 10))[0],
        "WEIGHT": f"{person.weight:.1f}",
        "HEIGHT": str(person.height),
        "WAIST_CM": str(int(person.height * 0.49 + (person.weight - 55) * 0.35)),
        "SBP_1": str(max(84, systolic)),
        "DBP_1": str(min(max(48, diastolic), max(84, systolic) - 10)),
        "SCREENPLACE": reg.facility.hospcode,
        "PROVIDER": world.provider(reg.facility, day),
    }
    if systolic >= 140:
        row |= {"SBP_2": str(max(84, systolic - rng.randint(0, 9))), "DBP_2": row["DBP_1"]}
    row |= _sugar(rng, person, day)
    world.put(reg, "NCDSCREEN", row, day)


def _sugar(rng: Random, person: Person, day: int) -> Row:
    if rng.random() < 0.05:
        return {"BSTEST": "9"}
    level = (
        rng.gauss(94, 9) + max(0.0, person.age(day) - 45) * 0.15 + (30 if person.dm and person.dm < day + YEAR else 0)
    )
    return {"BSLEVEL": f"{max(62.0, level):.0f}", "BSTEST": rng.choices("1324", (12, 78, 2, 8))[0]}
