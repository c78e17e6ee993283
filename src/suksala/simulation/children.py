"""Children: the vaccination schedule, growth, development and school dental checks."""

from __future__ import annotations

from typing import Final

from .calendar import END, START, YEAR, office_day, ymd
from .elders import dental
from .people import Person
from .visits import open_visit
from .world import Registration, World

# months of age and vaccines of the national schedule of fiscal 2567
SCHEDULE: Final = (
    (0, ("010", "041")), (2, ("D21", "081", "R11")), (4, ("D22", "082", "401", "R12")), (6, ("D23", "083")),
    (9, ("061",)), (12, ("J11",)), (18, ("034", "084", "073")), (30, ("J12",)), (48, ("035", "085")),
)  # fmt: skip
_MONTH: Final = 30.44
_COVERAGE: Final = 0.93
_DEVELOPMENT: Final = {9, 18, 30}


def grow(world: World, child: Person) -> None:
    """Vaccines and growth of one child who is younger than five at some time of the three years."""
    if child.age(START) > 5 or child.typearea == "2":
        if 4 <= child.age(START) < 12:
            _school(world, child)
        return
    late = world.rng.random() < 0.08
    for months, vaccines in SCHEDULE:
        day = child.birth + int(months * _MONTH) + (world.rng.randrange(3, 25) if months else 1)
        day = office_day(day + (60 if late and months else 0))
        if START <= day <= END and world.rng.random() < _COVERAGE:
            _vaccinate(world, child, months, vaccines, day)


def _vaccinate(world: World, child: Person, months: int, vaccines: tuple[str, ...], day: int) -> None:
    reg = _at_birth(world, child) if months == 0 else world.of(child)[0]
    visit = open_visit(world, reg, day, ("Z238",), cells={"TYPEIN": "2"})
    if visit is None:
        return
    place = reg.facility.hospcode
    for code in vaccines:
        world.put(reg, "EPI", visit.row(VACCINETYPE=code, VACCINEPLACE=place), day)
    if months:
        _measure(world, reg, months, day, visit.seq)
    if months in _DEVELOPMENT:
        code = "1B260" if world.rng.random() < 0.82 else "1B261"
        world.put(reg, "SPECIALPP", visit.row(SERVPLACE="1", PPSPECIAL=code, PPSPLACE=place), day)


def _at_birth(world: World, child: Person) -> Registration:
    hospital = world.district.hospital
    return next((r for r in world.of(child) if r.facility is hospital), world.of(child)[0])


def _measure(world: World, reg: Registration, months: int, day: int, seq: str) -> None:
    rng = world.rng
    weight = 3.1 + 0.62 * min(months, 6) + 0.28 * max(0, min(months, 24) - 6) + 0.17 * max(0, months - 24)
    height = 50 + 2.6 * min(months, 6) + 1.25 * max(0, min(months, 24) - 6) + 0.6 * max(0, months - 24)
    row = {
        "SEQ": seq,
        "DATE_SERV": ymd(day),
        "NUTRITIONPLACE": reg.facility.hospcode,
        "WEIGHT": f"{max(2.5, rng.gauss(weight, weight * 0.09)):.1f}",
        "HEIGHT": f"{rng.gauss(height, 2.2):.1f}",
        "HEADCIRCUM": f"{min(52.0, 34 + months * 0.9):.1f}",
        "CHILDDEVELOP": rng.choices("123", (88, 10, 2))[0],
        "FOOD": "1" if months <= 6 and rng.random() < 0.5 else "5",
        "BOTTLE": rng.choice("12"),
        "PROVIDER": world.provider(reg.facility, day),
    }
    world.put(reg, "NUTRITION", row, day)


def _school(world: World, child: Person) -> None:
    if world.rng.random() < 0.45:
        day = office_day(START + world.rng.randrange(int(2.9 * YEAR)))
        dental(world, world.of(child)[0], day, "3" if child.age(day) < 13 else "5")
