"""Who is registered where: PERSON, HOME, ADDRESS and CARD rows, with what the desks made of names and numbers."""

from __future__ import annotations

from random import Random
from typing import Final

from . import mistakes, numbers
from .calendar import CUT, END, START, ymd
from .ledger import person_row
from .mistakes import Desk
from .outbox import HISTORY, LATER, Row
from .people import Person, title
from .places import Facility
from .world import Registration, World

AT_HOSPITAL: Final = 0.42
CONTESTED: Final = 0.055  # of the hospital's registrations: it claims somebody else's resident
ELSEWHERE: Final = 0.03  # a unit or clinic of the same district
OTHER_DISTRICT: Final = 0.02
SECOND_FILE: Final = 0.029  # a second HN in the same hospital
PLACEHOLDERS: Final = 0.55  # of births in a hospital: a first record without a name
CORRECTED: Final = 0.5  # refused PERSON rows that are put right in the later zip
UNCHANGED_AGAIN: Final = 0.02  # rows that come again without a reason


def register_household(world: World) -> None:
    """Give numbers, choose facilities, and send the registers of a household."""
    home = world.home
    facility = world.district.facilities[home.catchment]
    world.households += 1
    hid = f"{world.chunk:03d}{world.households:05d}"
    for person in home.members:
        world.people += 1
        person.number = _number(world, person)
    for person in home.members:
        _register_person(world, person, facility, hid)
    _send_home(world, facility, hid)


def _number(world: World, person: Person) -> str:
    n, rng = world.chunk * 10_000 + world.people, world.rng
    if person.nation == "099":
        return numbers.national(n, _birth_year(person), rng)
    draw = rng.random()
    if draw < 0.62:
        return numbers.foreign(n, 0)
    if draw < 0.70:
        return numbers.foreign(n, rng.choice((6, 7)))
    if draw < 0.87:
        person.passport = f"XX{n:07d}"
    return ""


def _birth_year(person: Person) -> int:
    return int(ymd(person.birth)[:4])


def _register_person(world: World, person: Person, facility: Facility, hid: str) -> None:
    rng, hospital = world.rng, world.district.hospital
    list_ = world.registrations.setdefault(id(person), [])
    list_.append(_new(world, person, facility, hid, person.typearea))
    if facility is not hospital and (person.births or rng.random() < AT_HOSPITAL):
        claim = rng.choices("13", (55, 45))[0] if rng.random() < CONTESTED else "4"
        list_.append(_new(world, person, hospital, "", claim))
    if rng.random() < ELSEWHERE:
        other = rng.choice([f for f in world.district.facilities[1:] if f is not facility])
        list_.append(_new(world, person, other, "", "4"))
    if len(world.districts) > 1 and rng.random() < OTHER_DISTRICT:
        other = rng.choice([d.hospital for d in world.districts if d is not world.district])
        list_.append(_new(world, person, other, "", "4"))
    if len(list_) > 1 and rng.random() < SECOND_FILE:
        list_.append(_new(world, person, hospital, "", "4"))
    if person.birth >= START and person.mother and rng.random() < PLACEHOLDERS:
        first = _new(world, person, hospital, "", "4")
        first.desk, first.placeholder = mistakes.newborn(rng, person, person.mother), True
        list_.append(first)
    for registration in list_:
        _send_person(world, registration)


def _new(world: World, person: Person, facility: Facility, hid: str, typearea: str) -> Registration:
    rng = world.rng
    since = max(person.birth, person.moved_in if hid else 0, START - rng.randrange(4000))
    if hid == "" and since < START and rng.random() < 0.4:
        since = START + rng.randrange(200)
    since = min(max(since, person.birth), END - 20)
    since = max(since, person.birth)
    if person.nation != "099" and typearea == "1":
        typearea = "3"
    desk = mistakes.typed(rng, person, title(person, since), facility.kind, since)
    if mistakes.clash(desk, [reg.desk for reg in world.of(person)]):
        desk = mistakes.exact(person, title(person, since))
    _foreign_number(rng, person, facility, desk)
    return Registration(person, facility, world.next_pid(facility), hid, typearea, since, desk)


def _foreign_number(rng: Random, person: Person, facility: Facility, desk: Desk) -> None:
    """Hospitals give their own thirteen characters to a foreigner who shows no number."""
    if person.nation == "099" or (desk.number and rng.random() >= 0.18):
        return
    if rng.random() < 0.6:
        desk.number = f"0{facility.hospcode}{rng.randrange(10_000_000):07d}"
        desk.wrong("CID", "hospital-issued")
    else:
        desk.number = ""
        desk.wrong("CID", "missing")


def _send_person(world: World, reg: Registration) -> None:
    """The PERSON row in the history zip, and again in the later zip when something changed."""
    person, rng = reg.person, world.rng
    changed = max(person.died, person.moved_out, person.married_on)
    kept = None
    if reg.since <= CUT:
        told = changed if changed <= CUT else 0
        updated = max(reg.since, START - 300, told) + rng.randrange(20)
        kept = _send_state(world, reg, told or CUT, min(updated, CUT), HISTORY)
    fixed = kept is None and reg.since <= CUT and rng.random() < CORRECTED
    if fixed:
        reg.desk = mistakes.exact(person, title(person, CUT))
    if changed > CUT or reg.since > CUT or fixed or rng.random() < UNCHANGED_AGAIN:
        _send_state(world, reg, END, max(CUT + 1, changed, reg.since) + rng.randrange(5), LATER)
    _send_card(world, reg)


def _send_state(world: World, reg: Registration, asof: int, updated: int, stage: int) -> Row | None:
    """One PERSON row: what the desk made of the person, with its mistakes noted in the list of errors."""
    person, desk = reg.person, reg.desk
    true = _person_row(world, reg, mistakes.exact(person, title(person, asof)), asof)
    row = true | _person_row(world, reg, desk, asof)
    refused = ("BIRTH", "buddhist-year") in desk.mistakes
    day = CUT if stage == HISTORY else END
    kept = world.put(reg, "PERSON", row, day, updated=updated, clean=refused, note=False)
    if kept is row:
        for column, kind in desk.mistakes:
            world.outbox.blame(reg.facility, stage, "PERSON", column, mistakes.verdict(column, kind))
    if refused:
        kept = None
    true["D_UPDATE"] = row["D_UPDATE"]
    same = kept is not None and person_row(kept) == person_row(true)
    reg.note("PERSON", true, true if same else kept)
    return kept


def _person_row(world: World, reg: Registration, desk: Desk, asof: int) -> Row:
    person, home = reg.person, world.home
    discharge, left = "9", 0
    if person.died and person.died <= asof:
        discharge, left = "1", person.died
    elif person.moved_out and person.moved_out <= asof and reg.hid:
        discharge, left = "2", person.moved_out
    return {
        "PID": reg.pid,
        "CID": desk.number,
        "HID": reg.hid,
        "PRENAME": desk.title,
        "NAME": desk.given,
        "LNAME": desk.family,
        "HN": reg.pid if reg.facility.kind == "hospital" else "",
        "SEX": desk.sex,
        "BIRTH": desk.birth,
        "MSTATUS": "6" if person.title == "830" else person.marital,
        "OCCUPATION_NEW": person.occupation,
        "RACE": person.nation,
        "NATION": person.nation,
        "RELIGION": person.religion,
        "EDUCATION": person.education,
        "FSTATUS": person.role,
        "FATHER": person.father.number if person.father else "",
        "MOTHER": person.mother.number if person.mother else "",
        "COUPLE": person.spouse.number if person.spouse else "",
        "VSTATUS": "5",
        "MOVEIN": ymd(person.moved_in) if person.moved_in and reg.hid else "",
        "DISCHARGE": discharge,
        "DDISCHARGE": ymd(left) if left else "",
        "ABOGROUP": person.blood,
        "RHGROUP": "1" if person.blood != "9" else "",
        "LABOR": person.labor,
        "PASSPORT": person.passport[:8] if reg.facility.habit.version != "2.4.1" else person.passport,
        "TYPEAREA": reg.typearea,
        "MOBILE": person.phone,
        "TELEPHONE": home.phone if reg.hid else "",
    }


def _send_card(world: World, reg: Registration) -> None:
    person, facility = reg.person, reg.facility
    main = world.district.hospital.hospcode
    row = {
        "INSTYPE_NEW": person.insurance,
        "INSID": reg.desk.number,
        "STARTDATE": ymd(max(person.birth, reg.since - 30)),
        "MAIN": main,
        "SUB": facility.hospcode if facility.kind != "hospital" else "",
    }
    world.put(reg, "CARD", row, min(reg.since, END))
    if not reg.hid:
        _send_address(world, reg)


def _send_address(world: World, reg: Registration) -> None:
    home, area = world.home, world.district.area
    row = {
        "ADDRESSTYPE": "2",
        "HOUSETYPE": "1",
        "HOUSENO": home.house,
        "VILLAGE": home.village,
        "TAMBON": world.district.facilities[home.catchment].tambon,
        "AMPUR": area.code[2:],
        "CHANGWAT": area.code[:2],
    }
    world.put(reg, "ADDRESS", row, min(reg.since, END))


def _send_home(world: World, facility: Facility, hid: str) -> None:
    home, area, rng = world.home, world.district.area, world.rng
    head = world.of(home.members[0])[0]
    row = {
        "HID": hid,
        "HOUSETYPE": rng.choices("1245", (70, 12, 10, 8))[0],
        "HOUSE": home.house,
        "VILLAGE": home.village,
        "TAMBON": facility.tambon,
        "AMPUR": area.code[2:],
        "CHANGWAT": area.code[:2],
        "TELEPHONE": home.phone,
        "LATITUDE": f"{area.latitude + rng.uniform(-0.04, 0.04):.6f}",
        "LONGITUDE": f"{area.longitude + rng.uniform(-0.04, 0.04):.6f}"[:10],
        "NFAMILY": "1",
        "LOCATYPE": "1" if home.catchment == 0 else "2",
        "HEADID": head.pid,
        "TOILET": rng.choice("1234"),
        "WATER": "1",
        "WATERTYPE": rng.choice("1266"),
        "GARBAGE": rng.choice("255"),
        "HOUSING": "1",
        "DURABILITY": "2",
        "CLEANLINESS": "1",
        "VENTILATION": "1",
        "LIGHT": "1",
        "WATERTM": "1",
        "MFOOD": "1",
        "BCONTROL": "1",
        "ACONTROL": "1",
        "CHEMICAL": "1",
    }
    world.outbox.send(facility, "HOME", row, START - rng.randrange(300), updated=START + rng.randrange(300))
