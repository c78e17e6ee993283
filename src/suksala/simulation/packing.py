"""From lines to zips: header, line ends, names and clocks as each facility has them; the same bytes every time."""

from __future__ import annotations

import shutil
import zipfile
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final

from .calendar import HISTORY_SENT, LATER_SENT
from .outbox import COLUMNS, HISTORY
from .places import Facility

_KEEP: Final = 1 << 16  # bytes of one file kept before they go to disk
_BOM: Final = b"\xef\xbb\xbf"
Key = tuple[int, int, str]  # facility, zip, file


@dataclass(slots=True)
class Spool:
    """Text files growing on disk, one for each facility, zip and file."""

    folder: Path
    rows: dict[Key, int] = field(default_factory=lambda: defaultdict(int))
    _waiting: dict[Key, bytearray] = field(default_factory=lambda: defaultdict(bytearray))

    def add(self, key: Key, rows: int, text: bytes) -> None:
        """Append finished lines."""
        self.rows[key] += rows
        waiting = self._waiting[key]
        waiting += text
        if len(waiting) > _KEEP:
            self._write(key)

    def flush(self) -> None:
        """Everything to disk."""
        for key in list(self._waiting):
            self._write(key)

    def path(self, key: Key) -> Path:
        """Where the lines of a file wait."""
        return self.folder / f"{key[0]}-{key[1]}" / key[2]

    def _write(self, key: Key) -> None:
        path = self.path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab") as out:
            out.write(self._waiting.pop(key))


def header_lines(facility: Facility) -> int:
    """Lines before the first row."""
    return 0 if facility.habit.header == "none" else 1


def zip_name(facility: Facility, stage: int) -> str:
    """F43_<HOSPCODE>_<time>.zip; some programs write the time in the Buddhist year."""
    return f"F43_{facility.hospcode}_{_clock(facility, stage)}.zip"


def _clock(facility: Facility, stage: int) -> str:
    sent = date.fromordinal((HISTORY_SENT if stage == HISTORY else LATER_SENT) + facility.number % 3)
    year = sent.year + 543 if facility.habit.buddhist_clock else sent.year
    return (
        f"{year}{sent:%m%d}{9 + facility.number % 8:02d}{facility.number * 11 % 60:02d}{facility.number * 17 % 60:02d}"
    )


def pack(facility: Facility, stage: int, spool: Path, files: list[str], out: Path) -> Path:
    """Write one zip of the spooled files. The same input gives the same bytes."""
    path = out / zip_name(facility, stage)
    folder = f"{path.stem}/" if facility.habit.folder else ""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=5) as archive:
        for name in sorted(files):
            info = zipfile.ZipInfo(folder + _entry(facility, stage, name), (2026, 10, 1, 8, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            with archive.open(info, "w", force_zip64=True) as target, (spool / name).open("rb") as source:
                target.write(_head(facility, name))
                shutil.copyfileobj(source, target, 1 << 18)
    return path


def _entry(facility: Facility, stage: int, name: str) -> str:
    names = facility.habit.names
    if names == "lower":
        return f"{name.lower()}.txt"
    if names == "suffix":
        return f"{name.lower()}_{facility.hospcode}_{_clock(facility, stage)}.txt"
    return f"{name}.txt"


def _head(facility: Facility, name: str) -> bytes:
    habit = facility.habit
    mark = _BOM if habit.encoding == "utf-8-sig" else b""
    if habit.header == "none":
        return mark
    line = "|".join(COLUMNS[habit.version][name])
    if habit.header == "lower":
        line = line.lower()
    elif habit.header == "blank":
        line += " "
    return mark + (line + habit.newline).encode()
