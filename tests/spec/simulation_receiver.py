"""A receiver of 43-file zips in plain Python: slow, small, and written apart from both simulator and platform."""

from __future__ import annotations

import ast
import csv
import re
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from suksala.standards import file43
from suksala.standards.thai_codes import citizen_number, dates

LAST_DAY = "20261121"  # nothing later has happened yet
_AHEAD = {"APDATE", "EXPIREDATE", "EDC"}
Place = tuple[str, str, int]  # zip, file, line


@dataclass
class Read:
    """One line of one file: its cells by column, and the rules it breaks (column, rule)."""

    place: Place
    row: dict[str, str]
    faults: set[tuple[str, str]]

    @property
    def refused(self) -> bool:
        """Must the whole row be set aside?"""
        spec = file43.FILES[self.place[1]]
        decisive = {*spec.key, "D_UPDATE"}
        return any(
            rule in {"columns", "hospcode", "key"}
            or (column in decisive and rule in {"date", "type", "buddhist-year", "required"})
            or (rule == "buddhist-year" and (f := spec.field(column)) is not None and f.required)
            for column, rule in self.faults
        )

    @property
    def kept(self) -> dict[str, str]:
        """The cells that could be typed; the others empty."""
        untyped = {column for column, rule in self.faults if rule in {"type", "date"}}
        return {name: "" if name in untyped else value for name, value in self.row.items()}


@dataclass
class Received:
    """All lines of all zips of a run, and the rows that stand in the end."""

    lines: list[Read] = field(default_factory=list)

    def standing(self, file: str) -> list[dict[str, str]]:
        """Accepted rows of a file: newest D_UPDATE of each key, without what DATA_CORRECT took back."""
        spec = file43.FILES[file]
        best: dict[tuple[str, ...], dict[str, str]] = {}
        for read in self.lines:
            if read.place[1] != file or read.refused:
                continue
            key = tuple(read.row.get(name, "") for name in spec.key)
            if key not in best or read.row["D_UPDATE"] >= best[key]["D_UPDATE"]:
                best[key] = read.kept
        gone = self._withdrawn(file)
        return [row for key, row in best.items() if gone.get(key, "") < row["D_UPDATE"]]

    def _withdrawn(self, file: str) -> dict[tuple[str, ...], str]:
        found: dict[tuple[str, ...], str] = {}
        for read in self.lines:
            if read.place[1] == "DATA_CORRECT" and read.row["TABLENAME"] == file:
                key = ast.literal_eval(read.row["DATA_CORRECT"])
                found[tuple(key[name] for name in file43.FILES[file].key)] = read.row["D_UPDATE"]
        return found


def receive(zips: Path) -> Received:
    """Read every line of every zip of a folder, oldest zip first."""
    received = Received()
    for path in sorted(zips.iterdir(), key=lambda p: str(file43.zip_name(p.name).exported_at)):
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                spec = file43.file_named(name)
                assert spec is not None, name
                received.lines += _lines(path.name, spec, archive.read(name))
    return received


def truth(folder: Path, name: str) -> list[dict[str, str]]:
    """The rows of a file of truth/."""
    with (folder / "truth" / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def listed(folder: Path) -> dict[Place, list[dict[str, str]]]:
    """truth/injected_errors.csv by place."""
    found: dict[Place, list[dict[str, str]]] = defaultdict(list)
    for row in truth(folder, "injected_errors.csv"):
        found[row["zip"], row["file"], int(row["line"])].append(row)
    return found


def decoded(raw: bytes) -> str:
    """Strict UTF-8 with or without a mark, else strict cp874."""
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp874")


def _lines(name: str, spec: file43.FileSpec, raw: bytes) -> Iterator[Read]:
    texts = decoded(raw).replace("\r\n", "\n").split("\n")
    assert texts.pop() == ""
    layout = file43.read_layout(texts[0], spec)
    hospcode = file43.zip_name(name).hospcode
    first = 1 if layout.has_header else 0
    for number, text in enumerate(texts[first:], first + 1):
        cells = text.split("|")
        if len(cells) != len(layout.columns):
            yield Read((name, spec.name, number), {}, {("*", "columns")})
            continue
        row = {f.name: cell for f, cell in zip(layout.columns, cells, strict=True) if f}
        faults = {fault for f in spec.fields if f.name in row for fault in _faults_of(f, row[f.name])}
        if row["HOSPCODE"] != hospcode:
            faults.add(("HOSPCODE", "hospcode"))
        yield Read((name, spec.name, number), row, faults)


@cache
def _faults_of(f: file43.Field, value: str) -> frozenset[tuple[str, str]]:
    """Most cells repeat: a code, a day, a facility."""
    return frozenset(_faults(f, value))


def _faults(f: file43.Field, value: str) -> Iterator[tuple[str, str]]:
    if not value:
        if f.is_key or f.required:
            yield f.name, "key" if f.is_key else "required"
        return
    if f.width and len(value) > f.width:
        yield f.name, "width"
    if f.type in {"num", "decimal"} and not re.fullmatch(r"\d+(\.\d+)?" if f.type == "decimal" else r"\d+", value):
        yield f.name, "type"
    if f.type in {"date", "datetime"}:
        yield from _date_faults(f, value)
    if f.code_table and (table := file43.code_table(f.code_table)).closed and value not in table:
        yield f.name, "code"
    if f.name == "CID" and not citizen_number.is_valid(value):
        yield f.name, "check-digit"


def _date_faults(f: file43.Field, value: str) -> Iterator[tuple[str, str]]:
    parsed = dates.parse_date(value) if f.type == "date" else dates.parse_datetime(value)
    if isinstance(parsed, dates.Fault):
        yield f.name, parsed.rule
    elif value[:8] > LAST_DAY and f.name not in _AHEAD:
        yield f.name, "future"
