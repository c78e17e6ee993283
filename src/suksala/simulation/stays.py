"""Hospital stays: ADMISSION and the inpatient files, with the outpatient visit that led to them."""

from __future__ import annotations

from typing import Final, NamedTuple

from .calendar import END, START, YEAR, ymd
from .people import Person
from .visits import DRUGS, open_visit
from .world import Registration, World

_WARD: Final = "10100"  # 1 inpatient, 01 internal medicine
_PER_YEAR: Final = ((15, 0.05), (60, 0.035), (200, 0.12))
_CAUSES: Final = (
    (("J189",), 22), (("A099",), 16), (("E119", "N390"), 12), (("I10", "I500"), 12), (("J449",), 10), (("K922",), 8),
    (("N390",), 10), (("I639", "I10"), 6), (("S720", "W010"), 4),
)  # fmt: skip


class Stay(NamedTuple):
    """A finished stay: the outpatient SEQ it began with, and its AN."""

    seq: str
    an: str
    discharged: int


def fall_severely_ill(world: World, person: Person) -> None:
    """The stays of one person in the district hospital, for reasons other than a delivery."""
    reg, rng = world.at(person, world.district.hospital), world.rng
    if reg is None:
        return
    rate = next(rate for limit, rate in _PER_YEAR if person.age(START) < limit) * 2.1  # these have a hospital file
    day = max(START, reg.since) + int(rng.expovariate(rate / YEAR))
    while day <= END - 12:
        codes = rng.choices([c for c, _ in _CAUSES], [w for _, w in _CAUSES])[0]
        if _fits(person, codes, day):
            admit(world, reg, day, codes, nights=rng.randint(1, 9))
        day += 20 + int(rng.expovariate(rate / YEAR))


def _fits(person: Person, codes: tuple[str, ...], day: int) -> bool:
    """Only people who have the disease are admitted with it, and only elders break a hip."""
    if any(code.startswith("E1") for code in codes):
        return bool(person.dm and person.dm <= day)
    if any(code.startswith("I10") for code in codes):
        return bool(person.ht and person.ht <= day)
    return codes[0] not in {"S720", "J449", "K922"} or person.age(day) > 45


def admit(
    world: World,
    reg: Registration,
    day: int,
    codes: tuple[str, ...],
    *,
    nights: int,
    procedure: str = "",
    typein: str = "1",
) -> Stay | None:
    """One stay; None when the person cannot come that day."""
    visit = open_visit(world, reg, day, codes[:1], cells={"TYPEOUT": "2", "TYPEIN": typein})
    if visit is None:
        return None
    world.stays += 1
    person, rng = reg.person, world.rng
    an = f"{int(ymd(day)[:4]) + 543 - 2500}{world.chunk:03d}{world.stays:04d}"
    out = min(day + nights, END, person.died or END)
    begin = {"AN": an, "DATETIME_ADMIT": f"{ymd(day)}{9 + world.stays % 9:02d}3000"}
    dead = bool(person.died and person.died == out)
    price = 1800.0 + nights * 1450
    row = begin | {
        "SEQ": visit.seq,
        "WARDADMIT": _WARD,
        "INSTYPE": person.insurance,
        "TYPEIN": typein,
        "ADMITWEIGHT": f"{person.weight:.1f}",
        "ADMITHEIGHT": str(person.height),
        "DATETIME_DISCH": f"{ymd(out)}{19 if out == day else 10 + world.stays % 5:02d}1500",
        "WARDDISCH": _WARD,
        "DISCHSTATUS": "9" if dead else "2",
        "DISCHTYPE": "9" if dead else "1",
        "COST": f"{price * 0.8:.2f}",
        "PRICE": f"{price:.2f}",
        "PAYPRICE": "0.00",
        "ACTUALPAY": "0.00",
        "PROVIDER": visit.provider,
        "DRG": f"{rng.randrange(1, 27):02d}{rng.randrange(10, 99)}0",
        "RW": f"{rng.uniform(0.3, 2.2):.4f}",
        "ADJRW": f"{rng.uniform(0.3, 2.2):.4f}",
        "ERROR": "0",
        "WARNING": "0",
        "ACTLOS": str(out - day),
        "GROUPER_VERSION": "6.3",
    }
    world.put(reg, "ADMISSION", row, out)
    _details(world, reg, begin | {"PROVIDER": visit.provider}, (day, out), codes, procedure)
    return Stay(visit.seq, an, out)


def _details(
    world: World,
    reg: Registration,
    begin: dict[str, str],
    days: tuple[int, int],
    codes: tuple[str, ...],
    procedure: str,
) -> None:
    day, out = days
    for place, code in enumerate(codes):
        kind = "5" if code[0] in "VWXY" else "1" if place == 0 else "2"
        world.put(reg, "DIAGNOSIS_IPD", begin | {"WARDDIAG": _WARD, "DIAGTYPE": kind, "DIAGCODE": code}, out)
    for name, typedrug in (("saline", "1"), ("cefazolin", "1"), ("paracetamol", "2")):
        drug = DRUGS[name]
        row = begin | {
            "WARDSTAY": _WARD, "TYPEDRUG": typedrug, "DIDSTD": drug.code, "DNAME": drug.name, "DATESTART": ymd(day),
            "DATEFINISH": ymd(out), "AMOUNT": str(drug.amount), "UNIT": drug.unit, "DRUGPRICE": f"{drug.price:.2f}",
            "DRUGCOST": f"{drug.price * 0.8:.2f}",
        }  # fmt: skip
        world.put(reg, "DRUG_IPD", row, out)
    if procedure:
        row = begin | {"WARDSTAY": _WARD, "PROCEDCODE": procedure, "TIMESTART": f"{ymd(day)}110000",
                       "TIMEFINISH": f"{ymd(day)}113500", "SERVICEPRICE": "3500.00"}  # fmt: skip
        world.put(reg, "PROCEDURE_IPD", row, out)
    for item, price in (("01", 400.0 * max(1, out - day)), ("12", 300.0)):
        row = begin | {"WARDSTAY": _WARD, "CHARGEITEM": item, "CHARGELIST": "000000", "QUANTITY": "1",
                       "INSTYPE": reg.person.insurance, "COST": f"{price:.2f}", "PRICE": f"{price:.2f}",
                       "PAYPRICE": "0.00"}  # fmt: skip
        world.put(reg, "CHARGE_IPD", row, out)
