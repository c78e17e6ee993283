"""How a line of a list of practitioners becomes a row. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from suksala.standards.file43 import code_table

from .practitioners import PractitionerProblem, ProviderRow, type_codes

COLUMNS = ("hospcode", "given_th", "family_th", "codes")
MORE_COLUMNS = (
    *("provider", "title", "given_en", "family_en", "number", "since", "until"),
    *("council", "licence", "licence_since", "licence_until"),
)
DAYS = ("since", "until", "licence_since", "licence_until")


def read_rows(
    header: Sequence[str] | None, rows: Iterable[Mapping[str, str]], now: datetime
) -> dict[str, list[ProviderRow]]:
    """Rows by facility, or PractitionerProblem that names line and column (and no value: lists hold numbers of people).

    now  names in a list are of this moment
    """
    missing = [column for column in COLUMNS if column not in (header or ())]
    if missing:
        raise PractitionerProblem(
            f"รายชื่อบุคลากรขาดคอลัมน์ {', '.join(missing)} (ใช้ได้: {', '.join((*COLUMNS, *MORE_COLUMNS))})",
            f"the list of practitioners lacks {', '.join(missing)}; it may have {', '.join((*COLUMNS, *MORE_COLUMNS))}",
        )
    found: dict[str, list[ProviderRow]] = {}
    for line, row in enumerate(rows, start=2):
        cells = {column: (row.get(column) or "").strip() for column in (*COLUMNS, *MORE_COLUMNS)}
        found.setdefault(cells["hospcode"], []).append(_row(line, cells, now))
    return found


def _row(line: int, cells: Mapping[str, str], now: datetime) -> ProviderRow:
    days = {column: _day(line, column, cells[column]) for column in DAYS}
    listed = cells["codes"].replace(";", ",").replace(" ", ",")
    codes = type_codes(listed)
    if not codes or len(codes) != len({c for c in listed.split(",") if c}):
        raise _problem(line, "codes", "ต้องเป็นรหัส PROVIDERTYPE เช่น 01", "must be codes of PROVIDERTYPE, such as 01")
    if not cells["given_th"]:
        raise _problem(line, "given_th", "ต้องไม่ว่าง", "must not be empty")
    texts = ("council", "licence", "number", "title", "given_th", "family_th", "given_en", "family_en")
    row = ProviderRow(cells["provider"], **{name: cells[name] for name in texts}, codes=codes, **days, named_at=now)  # type: ignore[arg-type]
    if row.licence and row.licensed is None:
        known = ", ".join(code_table("council").labels)
        raise _problem(
            line, "licence", f"ต้องมีสภาวิชาชีพ ({known}) และเลขที่", f"needs a council ({known}) and a licence's number"
        )
    for first, last in (("since", "until"), ("licence_since", "licence_until")):
        if days[first] and days[last] and days[last] < days[first]:  # type: ignore[operator]
            raise _problem(line, last, f"ต้องไม่ก่อน {first}", f"must not be before {first}")
    return row


def _day(line: int, column: str, text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise _problem(line, column, "ต้องเขียนวันแบบ 2026-01-31 (ค.ศ.)", "must be a day written 2026-01-31") from None


def _problem(line: int, column: str, th: str, en: str) -> PractitionerProblem:
    return PractitionerProblem(
        f"รายชื่อบุคลากร บรรทัด {line} คอลัมน์ {column}: {th} ยังไม่มีแถวใดถูกบันทึก แก้แล้วนำเข้าใหม่ได้",
        f"list of practitioners, line {line}, column {column}: {en}; no line was kept, correct it and import again",
    )
