"""The usage log of an application through which citizens open their own record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from suksala.foundation import SuksalaError
from suksala.foundation.clock import BANGKOK

# KPI sheet 068.1: "through a channel that meets the standard", an application that the ministry provides or
# approves (S1.40, S1.41).
APPROVED_CHANNELS = ("suksala", "moph-app")
KINDS = ("register", "login")
COLUMNS = ("hospcode", "pid", "kind", "at", "demonstration")
_YES_NO = {"1": True, "0": False, "true": True, "false": False, "y": True, "n": False, "": False}


class UsageLogProblem(SuksalaError):
    """A usage log cannot be taken in; nothing of it was."""

    code = "SKL-PHR-001"


@dataclass(frozen=True, slots=True)
class Use:
    """One registration or login of a citizen.

    hospcode, pid  where the citizen is registered (PERSON), so that the same human is one over all units
    demonstration  staff showed how it works: the first, guided login, which KPI 068.2 does not count (S1.59)
    channel        the approved application
    """

    hospcode: str
    pid: str
    kind: str
    at: datetime
    demonstration: bool
    channel: str


def read_uses(header: Sequence[str] | None, rows: Iterator[Mapping[str, str]], channel: str) -> list[Use]:
    """The uses of a CSV log, or UsageLogProblem that names line and column.

    channel  the application whose log it is, unless the log has a column of that name
    """
    missing = [column for column in COLUMNS if column not in (header or ())]
    if missing:
        raise UsageLogProblem(
            f"บันทึกการใช้งานขาดคอลัมน์ {', '.join(missing)} (ต้องมี {', '.join(COLUMNS)})",
            f"the usage log lacks the columns {', '.join(missing)}; it needs {', '.join(COLUMNS)}",
        )
    return [_use(line, {"channel": channel, **row}) for line, row in enumerate(rows, start=2)]


def _use(line: int, row: Mapping[str, str]) -> Use:
    hospcode, pid, kind, at, demonstration, channel = ((row[c] or "").strip() for c in (*COLUMNS, "channel"))
    if len(hospcode) != 5 or not hospcode.isalnum():
        raise _problem(line, "hospcode", "ต้องเป็นรหัสสถานบริการ 5 หลัก", "must be a 5-digit facility code")
    if not pid:
        raise _problem(line, "pid", "ต้องไม่ว่าง", "must not be empty")
    if kind not in KINDS:
        raise _problem(line, "kind", "ต้องเป็น register หรือ login", "must be register or login")
    if demonstration.lower() not in _YES_NO:
        raise _problem(line, "demonstration", "ต้องเป็น 1 หรือ 0", "must be 1 or 0")
    if channel not in APPROVED_CHANNELS:
        raise _problem(
            line,
            "channel",
            f"ไม่ใช่แอปพลิเคชันที่ได้รับอนุมัติ ({', '.join(APPROVED_CHANNELS)})",
            f"is not an approved application ({', '.join(APPROVED_CHANNELS)})",
        )
    return Use(hospcode, pid, kind, _moment(line, at), _YES_NO[demonstration.lower()], channel)


def _moment(line: int, text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise _problem(
            line, "at", "ต้องเป็นวันเวลาแบบ 2026-01-31T09:30:00", "must be a moment such as 2026-01-31T09:30:00"
        ) from error
    return at if at.tzinfo else at.replace(tzinfo=BANGKOK)


def _problem(line: int, column: str, th: str, en: str) -> UsageLogProblem:
    return UsageLogProblem(
        f"บันทึกการใช้งาน บรรทัด {line} คอลัมน์ {column}: {th} ยังไม่มีแถวใดถูกบันทึก แก้แล้วนำเข้าใหม่ได้",
        f"usage log, line {line}, column {column}: {en}; no line was stored, correct it and import again",
    )
