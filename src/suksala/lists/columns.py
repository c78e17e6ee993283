"""How a row of a list, as cells by the names of its columns, becomes a `Line` or is answered. Pure.

A cell that is wrong never costs a sick person the place on the list: a row is set aside only where nobody could be
found by it or nothing is known to have happened. All else is left out of the row and told to its sender.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import NamedTuple

from suksala.foundation.clock import BANGKOK
from suksala.standards.thai_codes import addresses

from .domain import Line, LineProblem, ListProblem, Status, StatusAt

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "row": ("row", "id", "row_id", "รหัส", "ลำดับ", "ลำดับที่"),
    "given": ("given", "first_name", "name", "ชื่อ", "ชื่อ-นามสกุล", "ชื่อ-สกุล"),
    "family": ("family", "last_name", "นามสกุล", "สกุล"),
    "number": ("number", "cid", "เลขประจำตัวประชาชน", "เลขบัตรประชาชน", "เลขบัตร"),
    "passport": ("passport", "หนังสือเดินทาง", "เลขหนังสือเดินทาง"),
    "phone": ("phone", "tel", "telephone", "โทรศัพท์", "เบอร์โทร", "เบอร์โทรศัพท์"),
    "age": ("age", "อายุ"),
    "birth_year": ("birth_year", "ปีเกิด"),
    "district": ("district", "รหัสอำเภอ", "รหัสเขต"),
    "risk": ("risk", "กลุ่มเสี่ยง"),
    "status": ("status", "สถานะ"),
    "at": ("at", "status_at", "วันเวลา", "วันที่"),
    "history": ("history", "ประวัติสถานะ"),
}
_NAMES = {alias: column for column, aliases in COLUMNS.items() for alias in aliases}
STATUSES: Mapping[str, Status] = {
    **{status.value: status for status in Status},
    "พบเชื้อ": Status.POSITIVE,
    "ผลบวก": Status.POSITIVE,
    "รอรับการรักษา": Status.WAITING,
    "รอเตียง": Status.WAITING,
    "มอบหมายหน่วยแล้ว": Status.ASSIGNED,
    "ส่งรถแล้ว": Status.VEHICLE_SENT,
    "hi": Status.HOME_ISOLATION,
    "กักตัวที่บ้าน": Status.HOME_ISOLATION,
    "ci": Status.COMMUNITY_ISOLATION,
    "ศูนย์พักคอย": Status.COMMUNITY_ISOLATION,
    "admit": Status.IN_HOSPITAL,
    "รักษาในโรงพยาบาล": Status.IN_HOSPITAL,
    "หายแล้ว": Status.RECOVERED,
    "เสียชีวิต": Status.DEAD,
    "ติดต่อไม่ได้": Status.UNREACHABLE,
}
_YES = frozenset({"1", "y", "yes", "true", "ใช่", "เสี่ยง"})
_ARABIC = str.maketrans("๐๑๒๓๔๕๖๗๘๙", "0123456789")
_ISO = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?:[T ](.+))?", re.ASCII)
_THAI = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})(?:[ ,]+(.+?)(?: ?น\.?)?)?", re.ASCII)
_BUDDHIST, _BUDDHIST_FROM = 543, 2400
OLDEST, LONGEST_CELL, CLOCKS_APART = 120, 500, timedelta(hours=1)


class Numbered(NamedTuple):
    """A row of a file: its line there, and its cells by the names of the header."""

    line: int
    cells: Mapping[str, str]


def known_columns(header: Iterable[str]) -> dict[str, str]:
    """The columns of a header that are known: as written -> ours.

    Raises ListProblem where a row could not be found again, nobody could be found by it, or nothing happened.
    """
    found = {name: _NAMES[name.strip().lower()] for name in header if name.strip().lower() in _NAMES}
    ours = set(found.values())
    missing = [name for name in ("row", "given") if name not in ours]
    if not ({"status", "at"} <= ours or "history" in ours):
        missing += ["status", "at"]
    if missing:
        told = ", ".join(missing)
        raise ListProblem(
            f"รายชื่อขาดคอลัมน์ {told} (ใช้ได้: {', '.join(COLUMNS)}) ยังไม่มีแถวใดถูกบันทึก",
            f"the list lacks the columns {told}; it may have {', '.join(COLUMNS)}. No row was kept",
            code="SKL-LST-002",
        )
    return found


def read(rows: Iterable[Numbered], columns: Mapping[str, str], now: datetime) -> Iterator[Line | LineProblem]:
    """Each row as a line, its problems before it; a row that is set aside is its problem alone."""
    for number, cells in rows:
        told = {ours: " ".join((cells.get(name) or "").split())[:LONGEST_CELL] for name, ours in columns.items()}
        if any(told.values()):
            yield from _Reader(number, told, now).read()


class _Reader:
    """One row on its way to a line; `problems` gathers what its sender is told."""

    def __init__(self, line: int, cells: Mapping[str, str], now: datetime) -> None:
        self.line, self.cells, self.now = line, cells, now
        self.problems: list[LineProblem] = []

    def read(self) -> Iterator[Line | LineProblem]:
        history = tuple(sorted(self._history(), key=lambda one: one.at))
        if not self.cell("row"):
            self._aside("row", "101", "ต้องมีรหัสแถวของหน่วยงาน", "needs the agency's own id of the row")
        if not (self.cell("given") or self.cell("number") or self.cell("passport")):
            self._aside("given", "102", "ต้องมีชื่อ เลขประจำตัว หรือหนังสือเดินทาง", "needs a name, a number or a passport")
        if not history and all(found.is_in for found in self.problems):
            self._aside(
                "status", "103", "ต้องมีสถานะและวันเวลาอย่างน้อยหนึ่งรายการ", "needs at least one status with its time"
            )
        year = self._birth_year(history[0].at.year if history else self.now.year)
        district = self._district()
        yield from self.problems
        if all(found.is_in for found in self.problems):
            texts = {name: self.cell(name) for name in ("row", "given", "family", "number", "passport", "phone")}
            risk = self.cell("risk").lower() in _YES
            yield Line(**texts, birth_year=year, district=district, risk=risk, history=history)

    def cell(self, name: str) -> str:
        return self.cells.get(name, "")

    def _history(self) -> Iterator[StatusAt]:
        told = [entry.strip().partition(" ")[::2] for entry in self.cell("history").split(";") if entry.strip()]
        column = "history" if told else "status"
        if self.cell("status") or self.cell("at"):
            told.append((self.cell("status"), self.cell("at")))
        for word, moment in told:
            status, at = STATUSES.get(word.lower()), read_moment(moment)
            if status is None:
                known = ", ".join(Status)
                self._aside(column, "104", f"สถานะต้องเป็นหนึ่งใน {known}", f"a status is one of {known}")
            elif at is None:
                self._aside(
                    column, "105", "วันเวลาเขียนแบบ 2026-07-01 08:00 หรือ 1/7/2569 08:00",
                    "a time is written 2026-07-01 08:00 or 1/7/2569 08:00",
                )  # fmt: skip
            elif at > self.now + CLOCKS_APART:
                self._aside(column, "106", "วันเวลาอยู่ในอนาคต", "the time is in the future")
            else:
                yield StatusAt(status, at)

    def _birth_year(self, noted: int) -> int | None:
        age, year = (self.cell(name).translate(_ARABIC) for name in ("age", "birth_year"))
        if year:
            found = _gregorian(int(year)) if re.fullmatch("[0-9]{4}", year, re.ASCII) else 0
            if noted - OLDEST <= found <= noted:
                return found
            self._left_out(
                "birth_year", "108", "ปีเกิดเป็นปี 4 หลัก พ.ศ. หรือ ค.ศ.", "a birth year has 4 digits, of either era"
            )
        if age:
            if re.fullmatch("[0-9]{1,3}", age, re.ASCII) and int(age) <= OLDEST:
                return noted - int(age)
            self._left_out("age", "107", f"อายุเป็นปีเต็ม 0 ถึง {OLDEST}", f"an age is whole years, 0 to {OLDEST}")
        return None

    def _district(self) -> str:
        code = self.cell("district").translate(_ARABIC)
        if not code:
            return ""
        if re.fullmatch("[0-9]{4}|[0-9]{6}", code, re.ASCII) and addresses.district(code[:4]):
            return code[:4]
        self._left_out(
            "district", "109", "ต้องเป็นรหัสอำเภอ 4 หลัก เช่น 1901", "needs a district's code of 4 digits, such as 1901"
        )
        return ""

    def _aside(self, column: str, code: str, th: str, en: str) -> None:
        self._tell(
            column, code, f"{th} พักแถวนี้ไว้ แก้แล้วส่งใหม่ได้", f"{en}; the row is set aside, send it again", is_in=False
        )

    def _left_out(self, column: str, code: str, th: str, en: str) -> None:
        self._tell(column, code, f"{th} รับแถวแล้วโดยเว้นช่องนี้", f"{en}; the row is in, without this cell", is_in=True)

    def _tell(self, column: str, code: str, th: str, en: str, *, is_in: bool) -> None:
        where_th, where_en = f"แถว {self.line} ช่อง {column}: ", f"row {self.line} {column}: "
        self.problems.append(LineProblem(self.line, column, f"SKL-LST-{code}", where_th + th, where_en + en, is_in))


def read_moment(text: str) -> datetime | None:
    """A moment as agencies write it, in Bangkok unless it says otherwise; a Buddhist year is taken as one.

    None for anything else. A day alone is its first minute.

    >>> read_moment("1/7/2569 8:30").isoformat(), read_moment("2026-07-01T08:30:00+00:00").isoformat()
    ('2026-07-01T08:30:00+07:00', '2026-07-01T08:30:00+00:00')
    """
    text = text.strip().translate(_ARABIC)
    if found := _ISO.fullmatch(text):
        year, month, day, clock = found.groups()
    elif found := _THAI.fullmatch(text):
        day, month, year, clock = found.groups()
    else:
        return None
    try:
        on = date(_gregorian(int(year)), int(month), int(day))
        at = datetime.fromisoformat(f"{on.isoformat()}T{_two_digits(clock or '00:00')}")
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=BANGKOK)


def _two_digits(clock: str) -> str:
    clock = (
        clock.strip().replace(".", ":", 1) if re.fullmatch(r"[0-9]{1,2}\.[0-9]{2}", clock.strip()) else clock.strip()
    )
    return clock if clock[1:2].isdigit() else f"0{clock}"


def _gregorian(year: int) -> int:
    return year - _BUDDHIST if year > _BUDDHIST_FROM else year
