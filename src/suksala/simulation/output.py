"""Where a simulation writes, and how large it may be; both are looked at before anything is made."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

from suksala.foundation.errors import SuksalaError

MOST_PEOPLE: Final = 3_000_000


class TooFewPeople(SuksalaError):
    """The number of people cannot be simulated."""

    code = "SKL-SIM-002"


class OutputInUse(SuksalaError):
    """The output folder holds something that is not ours to overwrite."""

    code = "SKL-SIM-003"


def require_people(people: int) -> None:
    """100 to 3,000,000. Raises TooFewPeople."""
    if not 100 <= people <= MOST_PEOPLE:
        raise TooFewPeople(
            f"จำลองได้ 100 ถึง {MOST_PEOPLE:,} คน กรุณาใส่จำนวนในช่วงนี้",
            f"between 100 and {MOST_PEOPLE:,} people can be simulated; give a number in that range",
        )


def clear(out: Path, *, known: set[str]) -> None:
    """Make room: what an earlier run made (`known`) is removed, anything else left alone. Raises OutputInUse."""
    if out.exists() and (not out.is_dir() or {path.name for path in out.iterdir()} - known):
        raise OutputInUse(
            "โฟลเดอร์ปลายทางมีไฟล์อื่นอยู่ กรุณาเลือกโฟลเดอร์ว่าง",
            "the output folder holds other files; choose an empty folder",
        )
    for name in known:
        path = out / name
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    out.mkdir(parents=True, exist_ok=True)
