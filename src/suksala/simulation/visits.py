"""An outpatient visit: one SERVICE row and what belongs to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from .calendar import ymd
from .outbox import Row
from .world import Registration, World

_UNIT_CLINIC: Final = "00000"  # 0 outpatient, 00 health centre


@dataclass(frozen=True, slots=True)
class Drug:
    """A made-up drug of 24 digits beginning with 9, its name and the usual amount."""

    code: str
    name: str
    amount: int
    unit: str
    price: float


def _drug(n: int, name: str, amount: int, price: float) -> Drug:
    return Drug(f"9{n:03d}{'0' * 15}{n:05d}", name, amount, "001", price)


DRUGS: Final = {
    key: _drug(n + 1, name, amount, price)
    for n, (key, name, amount, price) in enumerate((
        ("metformin", "METFORMIN 500 MG TAB", 180, 0.5), ("glipizide", "GLIPIZIDE 5 MG TAB", 90, 0.4),
        ("insulin", "INSULIN NPH 100 IU/ML VIAL", 2, 92.0), ("amlodipine", "AMLODIPINE 5 MG TAB", 90, 0.5),
        ("enalapril", "ENALAPRIL 5 MG TAB", 90, 0.4), ("losartan", "LOSARTAN 50 MG TAB", 90, 1.2),
        ("hctz", "HYDROCHLOROTHIAZIDE 25 MG TAB", 45, 0.3), ("simvastatin", "SIMVASTATIN 20 MG TAB", 90, 0.6),
        ("paracetamol", "PARACETAMOL 500 MG TAB", 20, 0.4), ("amoxicillin", "AMOXICILLIN 500 MG CAP", 20, 1.5),
        ("cpm", "CHLORPHENIRAMINE 4 MG TAB", 20, 0.2), ("ors", "ORAL REHYDRATION SALT", 5, 3.0),
        ("ibuprofen", "IBUPROFEN 400 MG TAB", 20, 0.7), ("omeprazole", "OMEPRAZOLE 20 MG CAP", 28, 1.0),
        ("iron", "FERROUS FUMARATE 200 MG TAB", 60, 0.3), ("bromhexine", "BROMHEXINE 8 MG TAB", 20, 0.3),
        ("diclofenac", "DICLOFENAC GEL 20 G", 1, 18.0), ("aspirin", "ASPIRIN 81 MG TAB", 90, 0.4),
        ("cefazolin", "CEFAZOLIN 1 G INJ", 6, 28.0), ("saline", "NORMAL SALINE 1000 ML", 4, 32.0),
    ))
}  # fmt: skip


@dataclass(slots=True)
class Visit:
    """An open visit: other files hang on its SEQ."""

    registration: Registration
    seq: str
    day: int
    clinic: str
    provider: str

    def row(self, **cells: str) -> Row:
        """The start of a row of this visit."""
        return {"SEQ": self.seq, "DATE_SERV": ymd(self.day), "PROVIDER": self.provider, **cells}


def open_visit(
    world: World,
    reg: Registration,
    day: int,
    codes: tuple[str, ...],
    *,
    clinic: str = "",
    drugs: tuple[str, ...] = (),
    cells: Row | None = None,
) -> Visit | None:
    """A visit with its diagnoses, drugs and charge; None when the person was already here that day or is not here."""
    if day in reg.days or day < reg.since or not reg.person.here(day):
        return None
    reg.days.add(day)
    world.visits += 1
    clinic = clinic or ("01600" if reg.facility.kind == "hospital" else _UNIT_CLINIC)
    seq = f"{ymd(day)[2:]}{world.chunk:03d}{world.visits:05d}"
    visit = Visit(reg, seq, day, clinic, world.provider(reg.facility, world.visits))
    price = 50 + sum(DRUGS[name].price * DRUGS[name].amount for name in drugs)
    world.put(reg, "SERVICE", _service(world, visit, price) | (cells or {}), day)
    for place, code in enumerate(codes):
        world.put(
            reg, "DIAGNOSIS_OPD", visit.row(DIAGTYPE="1" if place == 0 else "4", DIAGCODE=code, CLINIC=clinic), day
        )
    for name in drugs:
        world.put(reg, "DRUG_OPD", _dispensed(visit, DRUGS[name]), day)
    if reg.facility.kind == "hospital":
        _charges(world, visit, price, bool(drugs))
    return visit


def _service(world: World, visit: Visit, price: float) -> Row:
    reg, n = visit.registration, world.visits
    return {
        "HN": reg.pid if reg.facility.kind == "hospital" else "",
        "SEQ": visit.seq,
        "DATE_SERV": ymd(visit.day),
        "TIME_SERV": f"{8 + n % 8:02d}{n * 7 % 60:02d}00",
        "LOCATION": "1" if reg.typearea in "13" else "2",
        "INTIME": "1",
        "INSTYPE": reg.person.insurance,
        "INSID": reg.desk.number,
        "MAIN": world.district.hospital.hospcode,
        "TYPEIN": "1",
        "SERVPLACE": "1",
        "TYPEOUT": "1",
        "COST": f"{price * 0.8:.2f}",
        "PRICE": f"{price:.2f}",
        "PAYPRICE": "0.00",
        "ACTUALPAY": "0.00",
        "HSUB": reg.facility.hospcode if reg.facility.kind != "hospital" else "",
    }


def _dispensed(visit: Visit, drug: Drug) -> Row:
    return visit.row(
        CLINIC=visit.clinic,
        DIDSTD=drug.code,
        DNAME=drug.name,
        AMOUNT=str(drug.amount),
        UNIT=drug.unit,
        DRUGPRICE=f"{drug.price:.2f}",
        DRUGCOST=f"{drug.price * 0.8:.2f}",
    )


def _charges(world: World, visit: Visit, price: float, with_drugs: bool) -> None:
    reg = visit.registration
    items = [("12", "50.00")] + ([("04", f"{price - 50:.2f}")] if with_drugs else [])
    for item, amount in items:
        row = visit.row(CLINIC=visit.clinic, CHARGEITEM=item, CHARGELIST="000000", QUANTITY="1",
                        INSTYPE=reg.person.insurance, COST=amount, PRICE=amount, PAYPRICE="0.00")  # fmt: skip
        world.put(reg, "CHARGE_OPD", row, visit.day)
