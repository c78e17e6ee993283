"""Accidents in the emergency room, and people sent on to a bigger hospital with all the referral files."""

from __future__ import annotations

from typing import Final

from .calendar import END, START, YEAR, office_day, ymd
from .outbox import Row
from .people import Person
from .visits import DRUGS, Visit, open_visit
from .world import Registration, World

_ACCIDENTS_PER_YEAR: Final = 0.022
_REFERRED_PER_YEAR: Final = 0.012
_ACCIDENTS: Final = (
    (("S829", "V299"), "01", "02", 40), (("S019", "V289"), "01", "02", 24), (("S610", "W269"), "03", "", 18),
    (("S720", "W019"), "02", "", 12), (("T300", "X119"), "09", "", 6),
)  # fmt: skip
_REASONS: Final = (
    ("I209", "เจ็บแน่นหน้าอก"),
    ("N189", "บวม ปัสสาวะน้อย"),
    ("K358", "ปวดท้องด้านขวาล่าง"),
    ("E116", "น้ำตาลสูง ซึม"),
)


def have_accident(world: World, person: Person) -> None:
    """Accidents of three years, treated in the hospital's emergency room."""
    rng, reg = world.rng, world.at(person, world.district.hospital)
    if reg is None or not 3 < person.age(START) < 80:
        return
    day = max(START, reg.since) + int(rng.expovariate(_ACCIDENTS_PER_YEAR * 2.2 / YEAR))
    if day <= END:
        _accident(world, reg, day)


def _accident(world: World, reg: Registration, day: int) -> None:
    rng = world.rng
    codes, kind, vehicle, _ = rng.choices(_ACCIDENTS, [weight for *_, weight in _ACCIDENTS])[0]
    ems = rng.random() < 0.2
    cells = {"TYPEIN": "4" if ems else "1"}
    visit = open_visit(world, reg, day, codes, clinic="01200", drugs=("paracetamol",), cells=cells)
    if visit is None:
        return
    hour = f"{ymd(day)}{rng.randrange(6, 20):02d}"
    row: Row = {
        "SEQ": visit.seq, "DATETIME_SERV": f"{hour}4500", "DATETIME_AE": f"{hour}1000", "AETYPE": kind,
        "AEPLACE": "07" if vehicle else "01", "TYPEIN_AE": "3" if ems else "1",
        "ALCOHOL": rng.choices("12", (15, 85))[0],
        "NACROTIC_DRUG": "2", "AIRWAY": "3", "STOPBLEED": "3", "SPLINT": "3", "FLUID": "3",
        "URGENCY": rng.choices("2345", (6, 34, 40, 20))[0], "COMA_EYE": "4", "COMA_SPEAK": "5", "COMA_MOVEMENT": "6",
    }  # fmt: skip
    if vehicle:
        row |= {
            "TRAFFIC": rng.choices("123", (70, 24, 6))[0],
            "VEHICLE": vehicle,
            "BELT": "9",
            "HELMET": rng.choice("12"),
        }
    world.put(reg, "ACCIDENT", row, day)
    dressing = visit.row(CLINIC=visit.clinic, PROCEDCODE="8659", SERVICEPRICE="200.00")
    world.put(reg, "PROCEDURE_OPD", dressing, day)


def be_referred(world: World, person: Person) -> None:
    """From the catchment unit to the district hospital; both ends record it."""
    rng, here = world.rng, world.of(person)[0]
    hospital = world.district.hospital
    if here.facility is hospital or person.age(START) < 30 or rng.random() > _REFERRED_PER_YEAR * 3:
        return
    there = world.at(person, hospital)
    day = office_day(START + rng.randrange(END - START - 5))
    code, words = rng.choice(_REASONS)
    if there is None or (code == "E116" and not (person.dm and person.dm <= day)):
        return
    cells = {"CHIEFCOMP": words, "TYPEOUT": "3", "REFEROUTHOSP": hospital.hospcode, "CAUSEOUT": "1"}
    sent = open_visit(world, here, day, (code,), cells=cells)
    if sent is not None:
        _papers(world, sent, code, words)
        _answer(world, there, sent, code)


def _papers(world: World, visit: Visit, code: str, words: str) -> None:
    """REFER_HISTORY and its five companions."""
    world.referrals += 1
    reg, day = visit.registration, visit.day
    number, moment = refer_number(world), f"{ymd(day)}10"
    head = {"REFERID": number}
    history = head | {
        "PID": reg.pid, "SEQ": visit.seq, "DATETIME_SERV": f"{moment}0000", "DATETIME_REFER": f"{moment}4000",
        "CLINIC_REFER": visit.clinic, "HOSP_DESTINATION": world.district.hospital.hospcode, "CHIEFCOMP": words,
        "PHYSICALEXAM": "รู้สึกตัวดี", "DIAGFIRST": code, "DIAGLAST": code, "PSTATUS": "คงที่", "PTYPE": "1",
        "EMERGENCY": world.rng.choice("345"), "PTYPEDIS": "99", "CAUSEOUT": "1", "REQUEST": "ตรวจรักษาต่อ",
        "PROVIDER": visit.provider,
    }  # fmt: skip
    if world.put(reg, "REFER_HISTORY", history, day) is None:
        return
    drug = DRUGS["aspirin"]
    companions: tuple[tuple[str, Row], ...] = (
        ("CARE_REFER", {"CARETYPE": "6"}),
        ("CLINICAL_REFER", {"DATETIME_ASSESS": f"{moment}0500", "CLINICALCODE": "000001", "CLINICALNAME": "SBP",
                            "CLINICALVAULE": "148.00", "CLINICALRESULT": "สูงเล็กน้อย"}),
        ("DRUG_REFER", {"DATETIME_DSTART": f"{moment}1000", "DIDSTD": drug.code, "DNAME": drug.name,
                        "DDESCRIPTION": "1 เม็ด ทันที"}),
        ("INVESTIGATION_REFER", {"DATETIME_INVEST": f"{moment}1500", "INVESTCODE": "000002", "INVESTNAME": "DTX",
                                 "DATETIME_REPORT": f"{moment}2000", "INVESTVALUE": "132.00", "INVESTRESULT": "ปกติ"}),
        ("PROCEDURE_REFER", {"TIMESTART": f"{moment}2000", "TIMEFINISH": f"{moment}2500", "PROCEDURENAME": "ECG",
                             "PROCEDCODE": "8952", "PDESCRIPTION": "12 leads", "PROCEDRESULT": "ปกติ",
                             "PROVIDER": visit.provider}),
    )  # fmt: skip
    for file, row in companions:
        world.outbox.send(reg.facility, file, head | row, day)


def refer_number(world: World) -> str:
    """REFERID of ten characters, unique in the run."""
    return f"R{world.chunk:03d}{world.referrals:06d}"


def _answer(world: World, there: Registration, sent: Visit, code: str) -> None:
    day = sent.day
    cells = {"TYPEIN": "3", "REFERINHOSP": sent.registration.facility.hospcode, "CAUSEIN": "1"}
    visit = open_visit(world, there, day, (code,), cells=cells)
    row = {
        "REFERID_SOURCE": refer_number(world),
        "HOSP_SOURCE": sent.registration.facility.hospcode,
        "REFER_RESULT": "1" if visit else "4",
        "DATETIME_IN": f"{ymd(day)}123000",
        "PID_IN": there.pid if visit else "",
        "REASON": "" if visit else "ไม่พบผู้ป่วย",
    }
    world.outbox.send(there.facility, "REFER_RESULT", row, day)
