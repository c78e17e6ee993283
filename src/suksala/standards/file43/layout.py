"""Which column of a text file is which field."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from .errors import FileRefused
from .model import Field, FileSpec
from .tables import VERSIONS

DELIMITER = "|"
_HOSPCODE = re.compile(r"[0-9]{5}\Z", re.ASCII)


@dataclass(frozen=True)
class Layout:
    """How to read the rows of one file.

    columns     for each cell of a row the field it holds, None for a column to leave out
    has_header  the first line is a header, not a row
    missing     names of fields the file does not have, in the standard's order
    unknown     header cells that are no field, as they were written
    repeated    fields named twice; the first column counts
    missing_keys  key fields among the missing: without them no row of the file can be kept
    """

    columns: tuple[Field | None, ...]
    has_header: bool
    missing: tuple[str, ...]
    unknown: tuple[str, ...]
    repeated: tuple[str, ...]
    missing_keys: tuple[str, ...]

    @cached_property
    def version(self) -> str:
        """The oldest version of the standard that has every column found here."""
        newest = max((VERSIONS.index(f.since_version) for f in self.columns if f), default=0)
        return VERSIONS[newest]

    def position(self, name: str) -> int | None:
        """0-based cell of a field in each row, or None."""
        return next((i for i, f in enumerate(self.columns) if f and f.name == name), None)


def read_layout(first_line: str, spec: FileSpec) -> Layout:
    """Read the first line of a file of this kind.

    A header names its columns in any order, any case, with blanks around; fields may be missing. A first line whose
    first cell is a facility code is a row: then the newest version with that many fields is taken.
    Raises FileRefused: empty, another delimiter, neither a header nor a row that fits a version.
    """
    line = first_line.removeprefix("\ufeff").rstrip("\r\n")
    if not line.strip():
        raise FileRefused(
            f"แฟ้ม {spec.name} ว่างเปล่า ถ้าไม่มีข้อมูลให้ตัดแฟ้มนี้ออกหรือส่งเฉพาะบรรทัดหัวคอลัมน์",
            f"{spec.name} is empty. Leave the file out, or send the header line alone.",
            code="SKL-FILE-008",
        )
    cells = line.split(DELIMITER)
    named = [spec.field(cell) for cell in cells]
    if _is_header(cells, named):
        return _by_name(cells, named, spec)
    if not _HOSPCODE.match(cells[0].strip()) or len(cells) == 1:
        raise _not_a_layout(line, spec)
    return _by_position(len(cells), spec, trailing=not cells[-1].strip())


def _is_header(cells: list[str], named: list[Field | None]) -> bool:
    """Half of the cells are field names: a row of data never is, a header with a few odd columns always."""
    known = sum(f is not None for f in named)
    return len(cells) > 1 and known * 2 >= len(cells)


def _by_name(cells: list[str], named: list[Field | None], spec: FileSpec) -> Layout:
    columns: list[Field | None] = []
    repeated: list[str] = []
    for found in named:
        twice = found is not None and found in columns
        columns.append(None if twice else found)
        if found and twice:
            repeated.append(found.name)
    unknown = tuple(c.strip() for c, f in zip(cells, named, strict=True) if f is None and c.strip())
    return _layout(columns, spec, has_header=True, unknown=unknown, repeated=tuple(repeated))


def _by_position(width: int, spec: FileSpec, *, trailing: bool) -> Layout:
    for version in reversed(VERSIONS):
        known = VERSIONS[: VERSIONS.index(version) + 1]
        fields: list[Field | None] = [f for f in spec.fields if f.since_version in known]
        if len(fields) == width:
            return _layout(fields, spec, has_header=False)
        if trailing and len(fields) == width - 1:  # every row ends with a delimiter
            return _layout([*fields, None], spec, has_header=False)
    raise FileRefused(
        f"แฟ้ม {spec.name} ไม่มีบรรทัดหัวคอลัมน์ และจำนวน {width} คอลัมน์ไม่ตรงกับรุ่นใดของมาตรฐาน ให้ใส่ชื่อคอลัมน์ในบรรทัดแรก",
        f"{spec.name} has no header, and {width} columns fit no version of the standard. "
        "Put the column names in the first line.",
        code="SKL-FILE-006",
    )


def _layout(
    columns: list[Field | None],
    spec: FileSpec,
    *,
    has_header: bool,
    unknown: tuple[str, ...] = (),
    repeated: tuple[str, ...] = (),
) -> Layout:
    held = {f.name for f in columns if f}
    missing = tuple(f.name for f in spec.fields if f.name not in held)
    missing_keys = tuple(name for name in spec.key if name not in held)
    return Layout(tuple(columns), has_header, missing, unknown, repeated, missing_keys)


def _not_a_layout(line: str, spec: FileSpec) -> FileRefused:
    for mark, th, en in (("\t", "แท็บ", "tabs"), (",", "จุลภาค", "commas"), (";", "อัฒภาค", "semicolons")):
        if line.count(mark) > max(line.count(DELIMITER), 1):
            return FileRefused(
                f"แฟ้ม {spec.name} คั่นคอลัมน์ด้วย{th} มาตรฐานใช้ขีดตั้ง | ให้ส่งออกใหม่เป็น .txt",
                f"{spec.name} separates its columns with {en}; the standard uses |. Export it again as .txt.",
                code="SKL-FILE-007",
            )
    return FileRefused(
        f"บรรทัดแรกของแฟ้ม {spec.name} ไม่ใช่หัวคอลัมน์และไม่ใช่ข้อมูล (ช่องแรกต้องเป็น HOSPCODE 5 หลัก)",
        f"The first line of {spec.name} is neither a header nor a row (its first cell must be a 5-digit HOSPCODE).",
        code="SKL-FILE-006",
    )
