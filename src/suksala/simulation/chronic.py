"""Diabetes and hypertension: register, visits, pressure, blood tests, drugs; outcomes drift and units differ."""

from __future__ import annotations

from random import Random
from typing import Final

from .calendar import CUT, END, START, YEAR, office_day, ymd
from .outbox import Row
from .people import Person
from .places import Facility
from .visits import Visit, open_visit
from .world import Registration, World

EVERY_DAYS: Final = 112  # between two visits of the clinic
AT_HOSPITAL: Final = 0.34  # of those who have a file there too
_LOST: Final = 0.06
TELEMEDICINE: Final = 0.04  # of follow-up visits (SERVICE.TYPEIN 5)


def follow(world: World, person: Person) -> None:
    """Everything the clinics record about one person with diabetes or hypertension."""
    if not person.dm and not person.ht:
        return
    reg = _clinic(world, person)
    onset = min(day for day in (person.dm, person.ht) if day)
    _register(world, reg, person)
    lost = world.rng.random() < _LOST
    day = max(START, onset, reg.since) + world.rng.randrange(EVERY_DAYS)
    last = day + world.rng.randrange(300) if lost else END
    while day <= min(last, END):
        _visit(world, reg, person, office_day(day))
        day += int(EVERY_DAYS * world.rng.uniform(0.7, 1.45) / reg.facility.zeal)


def _clinic(world: World, person: Person) -> Registration:
    """Where the person goes: the catchment unit, or the hospital."""
    regs = world.of(person)
    hospital = world.at(person, world.district.hospital)
    if hospital is not None and (person.typearea == "2" or world.rng.random() < AT_HOSPITAL):
        return hospital
    return regs[0]


def _register(world: World, reg: Registration, person: Person) -> None:
    rng = world.rng
    for onset, codes in (
        (person.dm, ("E119", "E119", "E119", "E112", "E114")),
        (person.ht, ("I10", "I10", "I10", "I10", "I119")),
    ):
        if not onset or onset > END:
            continue
        # one in ten of the newly found has a row in both registers; some registers forget a person
        regs = [reg] + [other for other in world.of(person)[:1] if other is not reg and rng.random() < 0.5]
        if onset < START and rng.random() < 0.03:
            continue
        for where in regs:
            _chronic_row(world, where, person, onset, rng.choice(codes))


def _chronic_row(world: World, reg: Registration, person: Person, onset: int, code: str) -> None:
    asof = max(onset, reg.since)
    row: Row = {
        "DATE_DIAG": ymd(onset),
        "CHRONIC": code,
        "HOSP_DX": world.district.hospital.hospcode,
        "HOSP_RX": reg.facility.hospcode,
        "TYPEDISCH": "03",
    }
    if person.died:
        row |= {"TYPEDISCH": "02", "DATE_DISCH": ymd(person.died)}
        asof = max(asof, person.died)
    elif person.moved_out:
        row |= {"TYPEDISCH": "10", "DATE_DISCH": ymd(person.moved_out)}
        asof = max(asof, person.moved_out)
    world.put(
        reg, "CHRONIC", row, max(asof, START - 200) if asof > CUT else min(asof, CUT), updated=max(asof, START - 200)
    )


def _visit(world: World, reg: Registration, person: Person, day: int) -> None:
    rng = world.rng
    dm, ht = bool(person.dm and person.dm <= day), bool(person.ht and person.ht <= day)
    codes = tuple(code for code, has in (("E119", dm), ("I10", ht)) if has)
    systolic, diastolic = _pressure(rng, reg.facility, person, day)
    remote = rng.random() < TELEMEDICINE
    cells = {"TYPEIN": "5" if remote else "2", "CHIEFCOMP": "ติดตามโรคเรื้อรัง"}
    if not remote:
        cells |= {"SBP": str(systolic), "DBP": str(diastolic), "PR": str(rng.randint(64, 96))}
    visit = open_visit(world, reg, day, codes, drugs=_drugs(rng, person, dm, ht), cells=cells)
    if visit is None or remote:
        return
    if rng.random() < 0.8:
        _followup(world, visit, person, systolic, diastolic, dm)
    _tests(world, visit, person, dm)
    if rng.random() < 0.25:
        _appointment(world, visit, codes[0])


def _pressure(rng: Random, facility: Facility, person: Person, day: int) -> tuple[int, int]:
    better = (day - START) / YEAR * 0.9
    mean = person.sbp + facility.skill * 6 - better
    systolic = max(86, round(rng.gauss(mean, 7.5)))
    diastolic = max(46, round(rng.gauss(person.dbp + facility.skill * 2 - better / 2, 5)))
    return systolic, min(diastolic, systolic - 12)


def _drugs(rng: Random, person: Person, dm: bool, ht: bool) -> tuple[str, ...]:
    chosen: list[str] = []
    if dm:
        chosen.append("insulin" if person.a1c > 9.5 else "metformin")
    if ht:
        chosen.append(("amlodipine", "enalapril", "losartan")[person.birth % 3])
    if rng.random() < 0.2:
        chosen.append("simvastatin")
    return tuple(chosen)


def _followup(world: World, visit: Visit, person: Person, systolic: int, diastolic: int, dm: bool) -> None:
    rng = world.rng
    checked = dm and rng.random() < 0.24
    row = visit.row(
        WEIGHT=f"{person.weight:.1f}",
        HEIGHT=str(person.height),
        WAIST_CM=str(int(person.height * 0.5 + (person.weight - 55) * 0.35)),
        SBP=str(systolic),
        DBP=str(diastolic),
        FOOT=rng.choices("13", (88, 12))[0] if checked else "2",
        RETINA=rng.choices("1234", (20, 60, 5, 15))[0] if checked else "8",
        CHRONICFUPLACE=visit.registration.facility.hospcode,
    )
    world.put(visit.registration, "CHRONICFU", row, visit.day)


def _tests(world: World, visit: Visit, person: Person, dm: bool) -> None:
    """A yearly round of tests near the same month, and fasting glucose at the diabetes visits."""
    rng = world.rng
    if dm:
        a1c = a1c_of(rng, visit.registration.facility, person, visit.day)
        if rng.random() < 0.55:
            _lab(world, visit, "0531101", str(max(58, round(28.7 * a1c - 46.7 + rng.gauss(0, 16)))))
        if rng.random() < 0.36 * visit.registration.facility.zeal:
            _lab(world, visit, "0531601", f"{a1c:.1f}")
    if rng.random() < 0.2:
        _lab(world, visit, "0581902", f"{max(0.5, rng.gauss(1.0, 0.25)):.2f}")
    if rng.random() < 0.16:
        _lab(world, visit, "0541402", str(max(40, round(rng.gauss(118, 30)))))
    if rng.random() < 0.12:
        _lab(world, visit, "0546602", str(max(45, round(rng.gauss(150, 55)))))


def a1c_of(rng: Random, facility: Facility, person: Person, day: int) -> float:
    """HbA1c of a day in percent, to one decimal."""
    years = (day - START) / YEAR
    return round(min(15.5, max(4.6, person.a1c + facility.skill * 0.8 - 0.10 * years + rng.gauss(0, 0.35))), 1)


def _lab(world: World, visit: Visit, test: str, result: str) -> None:
    row = visit.row(LABTEST=test, LABRESULT=result, LABPLACE=world.district.hospital.hospcode)
    world.put(visit.registration, "LABFU", row, visit.day)


def _appointment(world: World, visit: Visit, code: str) -> None:
    row = visit.row(CLINIC=visit.clinic, APDATE=ymd(office_day(visit.day + EVERY_DAYS)), APTYPE="161", APDIAG=code)
    world.put(visit.registration, "APPOINTMENT", row, visit.day)
