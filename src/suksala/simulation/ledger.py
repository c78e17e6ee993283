"""What a receiver can know about one registration, kept twice: as it truly was, and as it was sent.

The warehouse finds its figures with SQL over the lake. This is the other way, on purpose: plain Python over events,
so that the two can be compared.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

from .calendar import day_of
from .outbox import Row

HBA1C: Final = ("0531601", "05")


@dataclass(slots=True)
class PersonRow:
    """The PERSON row that stands: newest D_UPDATE."""

    number: str
    birth: int | None
    nation: str
    typearea: str
    discharge: str
    discharged: int | None
    moved_in: int | None
    updated: str


@dataclass(slots=True)
class Known:
    """Facts of one registration. Days are ordinals."""

    row: PersonRow | None = None
    dm: int | None = None
    ht: int | None = None
    care: list[int] = field(default_factory=list)  # CHRONIC rows of hypertension still under treatment
    a1c: list[tuple[int, float]] = field(default_factory=list)
    pressures: list[tuple[int, str, int, int]] = field(default_factory=list)  # day, HHMMSS, systolic, diastolic
    glucose: list[int] = field(default_factory=list)  # screened for diabetes with a value
    asked: list[int] = field(default_factory=list)  # screened by questions only
    cuff: list[int] = field(default_factory=list)  # screened for hypertension
    served: int | None = None
    died: int | None = None

    def copy(self) -> Known:
        """The same facts, to go another way from here."""
        return replace(
            self, care=[*self.care], a1c=[*self.a1c], pressures=[*self.pressures], glucose=[*self.glucose],
            asked=[*self.asked], cuff=[*self.cuff],
        )  # fmt: skip

    def note(self, file: str, row: Row) -> None:
        """Take in one row of `file`."""
        noter = _NOTERS.get(file)
        if noter is not None:
            noter(self, row)


def person_row(row: Row) -> PersonRow:
    """What figures need of a PERSON row."""
    return PersonRow(
        number=row.get("CID", ""),
        birth=day_of(row.get("BIRTH", "")),
        nation=row.get("NATION", ""),
        typearea=row.get("TYPEAREA", ""),
        discharge=row.get("DISCHARGE", ""),
        discharged=day_of(row.get("DDISCHARGE", "")),
        moved_in=day_of(row.get("MOVEIN", "")),
        updated=row["D_UPDATE"],
    )


def _person(known: Known, row: Row) -> None:
    if known.row is None or row["D_UPDATE"] > known.row.updated:
        known.row = person_row(row)


def _death(known: Known, row: Row) -> None:
    day = day_of(row["DDEATH"])
    if day is not None:
        known.died = min(day, known.died or day)


def _disease(known: Known, code: str, day: int | None) -> None:
    if day is None:
        return
    head = code[:3]
    if "E10" <= head <= "E14":
        known.dm = min(day, known.dm or day)
    elif "I10" <= head <= "I15":
        known.ht = min(day, known.ht or day)


def _chronic(known: Known, row: Row) -> None:
    day = day_of(row["DATE_DIAG"])
    _disease(known, row["CHRONIC"], day)
    if day is not None and "I10" <= row["CHRONIC"][:3] <= "I15" and row["TYPEDISCH"] in {"03", "05", "11"}:
        known.care.append(day)


def _diagnosis(known: Known, row: Row) -> None:
    if row["DIAGCODE"][:1] in "EI":
        _disease(known, row["DIAGCODE"], day_of(row["DATE_SERV"]))


def _stay(known: Known, row: Row) -> None:
    _disease(known, row["DIAGCODE"], day_of(row["DATETIME_ADMIT"]))


def _lab(known: Known, row: Row) -> None:
    if row["LABTEST"] in HBA1C and row["LABRESULT"]:
        day, value = day_of(row["DATE_SERV"]), float(row["LABRESULT"])
        if day is not None and 3.0 <= value <= 20.0:
            known.a1c.append((day, value))


def _pressure(known: Known, date: str, time: str, systolic: str, diastolic: str) -> bool:
    if not systolic or not diastolic:
        return False
    high, low, day = int(systolic), int(diastolic), day_of(date)
    if day is None or not (60 <= high <= 300 and 30 <= low <= 200 and high > low):
        return False
    known.pressures.append((day, time, high, low))
    return True


def _followup(known: Known, row: Row) -> None:
    _pressure(known, row["DATE_SERV"], "", row["SBP"], row["DBP"])


def _visit(known: Known, row: Row) -> None:
    day = day_of(row["DATE_SERV"])
    if day is not None:
        known.served = min(day, known.served or day)
    _pressure(known, row["DATE_SERV"], row.get("TIME_SERV", ""), row.get("SBP", ""), row.get("DBP", ""))


def _screen(known: Known, row: Row) -> None:
    day = day_of(row["DATE_SERV"])
    if day is None:
        return
    if _pressure(known, row["DATE_SERV"], "", row["SBP_1"], row["DBP_1"]):
        known.cuff.append(day)
    _pressure(known, row["DATE_SERV"], "", row.get("SBP_2", ""), row.get("DBP_2", ""))
    test, level = row.get("BSTEST", ""), row.get("BSLEVEL", "")
    if test in {"1", "2", "3", "4"} and level and 20 <= float(level) <= 1000:
        known.glucose.append(day)
    elif test == "9":
        known.asked.append(day)


_NOTERS: Final[dict[str, Callable[[Known, Row], None]]] = {
    "PERSON": _person,
    "DEATH": _death,
    "CHRONIC": _chronic,
    "DIAGNOSIS_OPD": _diagnosis,
    "DIAGNOSIS_IPD": _stay,
    "LABFU": _lab,
    "CHRONICFU": _followup,
    "SERVICE": _visit,
    "NCDSCREEN": _screen,
}
