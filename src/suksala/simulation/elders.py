"""People of 60 and over: daily activities, home visits, disability, rehabilitation; teeth of old and young."""

from __future__ import annotations

from typing import Final

from .calendar import END, FISCAL_YEARS, START, fiscal_start, office_day, ymd
from .people import Person
from .visits import Visit, open_visit
from .world import Registration, World

_COVERAGE: Final = 0.78
_BARTHEL: Final = (("1B1280", "18"), ("1B1281", "9"), ("1B1282", "3"))  # active, at home, in bed
_REHAB: Final = ("9375811", "9375815", "9375818")


def grow_old(world: World, person: Person) -> None:
    """Yearly assessment, and what frail people get besides."""
    if person.age(END) < 60 or person.typearea == "2":
        return
    reg = world.of(person)[0]
    for year in FISCAL_YEARS:
        day = office_day(fiscal_start(year) + world.rng.randrange(30, 300))
        if person.age(day) >= 60 and world.rng.random() < _COVERAGE * reg.facility.zeal:
            _assess(world, reg, person, day)
    if person.frail:
        _frail(world, reg, person)


def _assess(world: World, reg: Registration, person: Person, day: int) -> None:
    visit = open_visit(world, reg, day, ("Z136",), cells={"SERVPLACE": "2" if person.frail else "1"})
    if visit is None:
        return
    place = reg.facility.hospcode
    codes = [_BARTHEL[person.frail][0], "1B1200" if world.rng.random() < 0.85 else "1B1202"]
    if world.rng.random() < 0.4:
        codes.append("1B1260")
    for code in codes:
        world.put(reg, "SPECIALPP", visit.row(SERVPLACE="1", PPSPECIAL=code, PPSPLACE=place), day)
    if world.rng.random() < 0.12:
        _dental_row(world, visit, "4")


def _frail(world: World, reg: Registration, person: Person) -> None:
    rng = world.rng
    day = office_day(START + rng.randrange(300))
    while day <= END:
        visit = open_visit(world, reg, day, ("Z748",), cells={"SERVPLACE": "2"})
        if visit is not None:
            row = visit.row(COMSERVICE="1A430" if person.spouse is None else "1A431")
            world.put(reg, "COMMUNITY_SERVICE", row, day)
        day = office_day(day + rng.randrange(150, 260))
    if person.frail == 2:
        _disability(world, reg, person)
    hospital = world.at(person, world.district.hospital)
    if hospital is not None:
        _rehabilitation(world, hospital, person)


def _disability(world: World, reg: Registration, person: Person) -> None:
    detected = max(reg.since, START - 500)
    row = {
        "DISABID": f"D{reg.pid}",
        "DISABTYPE": "3",
        "DISABCAUSE": "3",
        "DIAGCODE": "I694",
        "DATE_DETECT": ymd(detected),
        "DATE_DISAB": ymd(detected),
    }
    if person.here(detected):
        world.put(reg, "DISABILITY", row, max(detected, START))


def _rehabilitation(world: World, reg: Registration, person: Person) -> None:
    rng = world.rng
    for _ in range(rng.randint(1, 3)):
        day = office_day(START + rng.randrange(END - START - 10))
        visit = open_visit(world, reg, day, ("Z501",), clinic="01300")
        if visit is None:
            continue
        score = (18, 9, 3)[person.frail]
        row = visit.row(FUNCTIONAL_TEST="01", TESTRESULT=str(score), DEPENDENT=str(person.frail + 1))
        world.put(reg, "FUNCTIONAL", row, day)
        rehab = visit.row(REHABCODE=rng.choice(_REHAB), REHABPLACE=reg.facility.hospcode)
        world.put(reg, "REHABILITATION", rehab, day)
        world.put(reg, "PROCEDURE_OPD", visit.row(CLINIC=visit.clinic, PROCEDCODE="9339", SERVICEPRICE="150.00"), day)
        world.put(reg, "ICF", visit.row(DISABID=f"D{reg.pid}", ICF="d465", QUALIFIER=str(person.frail + 1)), day)


def dental(world: World, reg: Registration, day: int, group: str) -> None:
    """A dental visit with its chart. `group` is DENTTYPE: 1 pregnant, 2 to five, 3 school, 4 elder, 5 other."""
    visit = open_visit(world, reg, day, ("K029",) if world.rng.random() < 0.5 else ("Z012",))
    if visit is None:
        return
    _dental_row(world, visit, group)
    row = visit.row(CLINIC=visit.clinic, PROCEDCODE="2387010", SERVICEPRICE="100.00")
    world.put(reg, "PROCEDURE_OPD", row, day)


def _dental_row(world: World, visit: Visit, group: str) -> None:
    rng = world.rng
    adult = group in "45"
    row = visit.row(
        DENTTYPE=group, SERVPLACE="1", PTEETH=str(rng.randint(12, 30) if adult else rng.randint(4, 24)),
        PCARIES=str(rng.randrange(4)), PFILLING=str(rng.randrange(3)), PEXTRACT="0",
        DTEETH="0" if adult else str(rng.randrange(12)), DCARIES="0" if adult else str(rng.randrange(5)), DFILLING="0",
        DEXTRACT="0", NEED_FLUORIDE="2" if adult else "1", NEED_SCALING=rng.choice("12"), NEED_SEALANT="0",
        NEED_PFILLING=str(rng.randrange(3)), NEED_DFILLING="0", NEED_PEXTRACT="0", NEED_DEXTRACT="0",
        NPROSTHESIS=rng.choice("1444") if group == "4" else "4", GUM=rng.choice("0012"),
        SCHOOLTYPE="2" if group == "3" else "", CLASS=str(rng.randint(1, 6)) if group == "3" else "",
    )  # fmt: skip
    world.put(visit.registration, "DENTAL", row, visit.day)
