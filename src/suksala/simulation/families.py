"""Registers of families: women and contraception, drug allergies, deaths."""

from __future__ import annotations

from typing import Final

from .calendar import END, START, ymd
from .people import Person
from .visits import DRUGS, open_visit
from .world import Registration, World

_ALLERGIC: Final = 0.022
_METHODS: Final = ("1257935", (34, 22, 12, 4, 10, 14, 4))


def keep_registers(world: World, person: Person) -> None:
    """What the family registers say about one person."""
    if person.sex == "2" and person.marital == "2" and 15 <= person.age(START) < 47 and person.typearea in "13":
        _woman(world, person)
    if person.age(START) > 8 and world.rng.random() < _ALLERGIC:
        _allergy(world, person)
    if person.died:
        _death(world, person)


def _woman(world: World, person: Person) -> None:
    rng, reg = world.rng, world.of(person)[0]
    children = sum(1 for p in world.home.members if p.mother is person)
    method = rng.choices(*_METHODS)[0]
    row = {
        "FPTYPE": method,
        "NOFPCAUSE": rng.choice("13") if method == "9" else "",
        "TOTALSON": str(children),
        "NUMBERSON": str(children),
        "ABORTION": "0",
        "STILLBIRTH": "0",
    }
    world.put(reg, "WOMEN", row, max(reg.since, START), updated=max(reg.since, START) + 30)
    if method not in "12" or person.births:
        return
    day = START + rng.randrange(85)
    while day <= min(END, START + 600):
        visit = open_visit(world, reg, day, ("Z304",))
        if visit is not None:
            world.put(reg, "FP", visit.row(FPTYPE=method, FPPLACE=reg.facility.hospcode), day)
        day += 180


def _allergy(world: World, person: Person) -> None:
    rng = world.rng
    reg = world.at(person, world.district.hospital) or world.of(person)[0]
    drug = DRUGS[rng.choice(("amoxicillin", "ibuprofen", "enalapril", "cefazolin", "simvastatin"))]
    day = max(reg.since, START - 900)
    if not person.here(day):
        return
    row = {
        "DATERECORD": ymd(day),
        "DRUGALLERGY": drug.code,
        "DNAME": drug.name,
        "TYPEDX": rng.choice("123"),
        "ALEVEL": rng.choices("1348", (78, 6, 12, 4))[0],
        "SYMPTOM": rng.choice(("23", "24", "27")),
        "INFORMANT": rng.choice("14"),
        "INFORMHOSP": reg.facility.hospcode,
        "PROVIDER": world.provider(reg.facility, day),
    }
    world.put(reg, "DRUGALLERGY", row, day)


def _death(world: World, person: Person) -> None:
    rng, reg = world.rng, world.of(person)[0]
    code = (
        "E119"
        if person.dm and rng.random() < 0.3
        else rng.choice(("I219", "I64", "C349", "J189", "N185", "R54", "C229"))
    )
    in_hospital = rng.random() < 0.45
    hospital = world.at(person, world.district.hospital)
    row = {
        "HOSPDEATH": world.district.hospital.hospcode if in_hospital else "",
        "DDEATH": ymd(person.died),
        "CDEATH_A": code,
        "CDEATH": code,
        "PDEATH": "1" if in_hospital else "2",
        "PROVIDER": world.provider(reg.facility, person.died),
    }
    for where in _recorders(reg, hospital, in_hospital=in_hospital):
        if where.since <= person.died:
            world.put(where, "DEATH", dict(row), person.died, updated=person.died + rng.randrange(2, 12))


def _recorders(reg: Registration, hospital: Registration | None, *, in_hospital: bool) -> list[Registration]:
    if in_hospital and hospital is not None and hospital is not reg:
        return [reg, hospital]
    return [reg]
