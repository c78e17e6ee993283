"""Coughs, aches and injuries: the everyday visits, and the cases that report 506 wants."""

from __future__ import annotations

from datetime import date
from typing import Final, NamedTuple

from .calendar import CUT, END, START, YEAR, ymd
from .localities import retract
from .outbox import HISTORY
from .people import Person
from .visits import Visit, open_visit
from .world import Registration, World


class Complaint(NamedTuple):
    """A reason to come: ICD-10, the patient's words, drugs, and how often in children, adults and elders."""

    code: str
    words: str
    drugs: tuple[str, ...]
    weights: tuple[int, int, int]


_COMPLAINTS: Final = (
    Complaint("J00", "ไข้ น้ำมูกไหล", ("paracetamol", "cpm"), (34, 16, 12)),
    Complaint("J029", "เจ็บคอ", ("amoxicillin", "paracetamol"), (18, 10, 6)),
    Complaint("J069", "ไอ มีเสมหะ", ("bromhexine",), (16, 10, 9)),
    Complaint("K30", "ปวดท้อง แน่นท้อง", ("omeprazole",), (3, 13, 12)),
    Complaint("M545", "ปวดหลัง", ("ibuprofen",), (0, 14, 14)),
    Complaint("M179", "ปวดเข่า", ("diclofenac",), (0, 4, 18)),
    Complaint("R51", "ปวดศีรษะ", ("paracetamol",), (4, 10, 7)),
    Complaint("L309", "ผื่นคัน", ("cpm",), (7, 7, 6)),
    Complaint("H109", "ตาแดง", (), (4, 3, 3)),
    Complaint("S610", "แผลที่นิ้วมือ", (), (5, 6, 3)),
    Complaint("R42", "เวียนศีรษะ", (), (0, 5, 9)),
    Complaint("Z480", "ทำแผล", (), (3, 4, 4)),
)
_WEIGHTS: Final = tuple([complaint.weights[group] for complaint in _COMPLAINTS] for group in range(3))
# code 506, ICD-10, complaint, weight in each month January-December (dengue in the rains, flu twice a year)
_NOTIFIABLE: Final = (
    ("02", "A099", "ถ่ายเหลว", (9, 9, 9, 8, 7, 6, 6, 6, 6, 7, 8, 9)),
    ("15", "J111", "ไข้สูง ปวดเมื่อย", (6, 7, 5, 2, 2, 3, 6, 8, 8, 6, 4, 4)),
    ("26", "A911", "ไข้สูงลอย จุดเลือดออก", (0, 0, 0, 1, 2, 4, 5, 5, 4, 2, 1, 0)),
    ("66", "A90", "ไข้สูง ปวดกระดูก", (1, 0, 0, 1, 2, 5, 6, 5, 4, 3, 1, 1)),
    ("71", "B084", "แผลในปาก ผื่นมือเท้า", (1, 1, 1, 0, 1, 5, 7, 5, 3, 1, 1, 1)),
    ("31", "J189", "ไอ หอบ", (4, 4, 3, 2, 2, 3, 4, 5, 5, 4, 3, 4)),
    ("17", "B019", "ผื่นตุ่มน้ำ", (2, 3, 3, 2, 1, 1, 1, 0, 0, 0, 1, 1)),
    ("03", "A059", "อาเจียน ปวดท้อง", (2, 2, 3, 3, 3, 2, 2, 2, 2, 2, 2, 2)),
    ("92", "U071", "ไข้ ไอ เจ็บคอ", (2, 2, 2, 4, 6, 6, 4, 2, 1, 1, 1, 2)),
)  # fmt: skip
_PER_YEAR: Final = {0: 1.05, 1: 0.55, 2: 0.62}  # visits of children, adults and elders outside special clinics
_NOTIFIED: Final = 0.05
_TAKEN_BACK: Final = 0.0008


def fall_ill(world: World, person: Person) -> None:
    """The acute visits of one person."""
    rng = world.rng
    regs = [r for r in world.of(person) if not r.placeholder]
    if person.typearea == "2":
        regs = regs[1:]
    if not regs:
        return
    group = 0 if person.age(START) < 15 else 1 if person.age(START) < 60 else 2
    gap = YEAR / _PER_YEAR[group]
    day = max(START, person.birth + 20) + int(rng.expovariate(1 / gap))
    while day <= END:
        reg = regs[0] if rng.random() < 0.6 else rng.choice(regs)
        if rng.random() < _NOTIFIED:
            _notifiable(world, reg, day)
        else:
            _complaint(world, reg, group, day)
        day += 1 + int(rng.expovariate(1 / gap))


def _complaint(world: World, reg: Registration, group: int, day: int) -> None:
    rng = world.rng
    complaint = rng.choices(_COMPLAINTS, _WEIGHTS[group])[0]
    cells = {"CHIEFCOMP": complaint.words}
    if group and rng.random() < 0.45:
        cells |= {
            "SBP": str(max(88, round(rng.gauss(reg.person.sbp, 9)))),
            "DBP": str(min(round(rng.gauss(reg.person.dbp, 6)), 86)),
        }
    if complaint.code.startswith("J"):
        cells["BTEMP"] = f"{rng.gauss(37.4, 0.6):.1f}"
    visit = open_visit(world, reg, day, (complaint.code,), drugs=complaint.drugs, cells=cells)
    if visit is not None and day <= CUT and rng.random() < _TAKEN_BACK:
        _wrong_patient(world, visit)


def _wrong_patient(world: World, visit: Visit) -> None:
    """A diagnosis written into the wrong record, and taken back with DATA_CORRECT in the later zip."""
    reg = visit.registration
    row = visit.row(DIAGTYPE="4", DIAGCODE="E119", CLINIC=visit.clinic)
    world.put(reg, "DIAGNOSIS_OPD", row, visit.day, clean=True, note=False)
    world.outbox.blame(reg.facility, HISTORY, "DIAGNOSIS_OPD", "*", ("wrong-patient", "retracted", ""))
    key = {"HOSPCODE": reg.facility.hospcode, "PID": reg.pid, "SEQ": visit.seq, "DATE_SERV": row["DATE_SERV"],
           "DIAGCODE": "E119"}  # fmt: skip
    retract(world.outbox, reg.facility, "DIAGNOSIS_OPD", key, single_quotes=reg.facility.habit.buddhist_clock)


def _notifiable(world: World, reg: Registration, day: int) -> None:
    month = date.fromordinal(day).month - 1
    code506, code, words, _ = world.rng.choices(_NOTIFIABLE, [item[3][month] for item in _NOTIFIABLE])[0]
    visit = open_visit(world, reg, day, (code,), drugs=("paracetamol",), cells={"CHIEFCOMP": words, "BTEMP": "38.4"})
    if visit is None:
        return
    home, area = world.home, world.district.area
    row = visit.row(
        DIAGCODE=code,
        CODE506=code506,
        ILLDATE=ymd(max(reg.person.birth, day - world.rng.randrange(5))),
        ILLHOUSE=home.house,
        ILLVILLAGE=home.village,
        ILLTAMBON=world.district.facilities[home.catchment].tambon,
        ILLAMPUR=area.code[2:],
        ILLCHANGWAT=area.code[:2],
        PTSTATUS="3",
    )
    world.put(reg, "SURVEILLANCE", row, day)
