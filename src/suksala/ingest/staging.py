"""One file of a deposit: from packed bytes to typed, checked rows on disk, with what was wrong counted.

The staged Parquet file holds every line of the sender's file as one row: accepted, refused, blank or broken. It is
what the lake is merged from, now and when a deposit is voided.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from suksala import lake
from suksala.standards.file43 import Encoding, FileSpec, Layout, transcode

from . import compiler
from .containers import Entry, EntryReader
from .domain import Problem, Sample
from .errors import FileSetAside
from .limits import Limits
from .rules import Rule
from .sieve import COLUMNS, BrokenRow, Sieve

SAMPLES = 5  # lines shown per rule; all lines stand in the file of refused rows
REFUSED = pa.schema([("line", pa.int64()), ("rules", pa.list_(pa.string())), ("raw", pa.string())])
VALUE_SHOWN = 80  # characters of a value that an answer repeats


@dataclass(frozen=True)
class Staging:
    """A file after checking; counts are rows of data, blank lines left out.

    path      the staged Parquet, None when there is no row
    problems  broken rules with counts and first lines
    """

    path: Path | None
    encoding: Encoding
    layout: Layout
    first_line: int
    read: int
    refused: int
    flagged: int
    problems: tuple[Problem, ...]

    @property
    def accepted(self) -> int:
        """Rows that go to the lake."""
        return self.read - self.refused


@dataclass(frozen=True)
class Place:
    """Where one deposit's files go: `work` is emptied after use, `staged` and `refused` are kept."""

    work: Path
    staged: Path
    refused: Path


def stage(
    con: duckdb.DuckDBPyConnection,
    zip_path: Path,
    entry: Entry,
    spec: FileSpec,
    *,
    judge: compiler.Judge,
    place: Place,
    limits: Limits,
) -> Staging:
    """Check one entry of a zip. Raises FileRefused, FileSetAside or ZipRefused when no row of it can be used."""
    text = place.work / f"{spec.name}.txt"
    try:
        sieve, encoding = _clean(zip_path, entry, spec, text, limits)
        layout = sieve.layout
        assert layout is not None  # noqa: S101 - transcoding wrote at least one line
        _require_keys(layout)
        program = compiler.Program(spec.name, layout.columns)
        return _Checking(con, program, judge, sieve, place).run(encoding, text)
    finally:
        text.unlink(missing_ok=True)


def _clean(zip_path: Path, entry: Entry, spec: FileSpec, text: Path, limits: Limits) -> tuple[Sieve, Encoding]:
    with EntryReader(zip_path, entry) as packed, text.open("wb", buffering=0) as out:
        sieve = Sieve(spec, out, limits)
        encoding = transcode(packed, sieve)  # type: ignore[arg-type]
        if sieve.layout is None:
            sieve.write(b"\n")  # an empty file: the layout's own refusal says it best
    data = sieve.rows - sieve.blank
    if len(sieve.broken) > max(10, data // 2):
        raise FileSetAside("014")
    return sieve, encoding


def _require_keys(layout: Layout) -> None:
    if layout.missing_keys:
        raise FileSetAside("012", columns=", ".join(layout.missing_keys))
    if layout.position("D_UPDATE") is None:
        raise FileSetAside("013")


@dataclass(frozen=True)
class _Checking:
    """One file in its passes through DuckDB."""

    con: duckdb.DuckDBPyConnection
    program: compiler.Program
    judge: compiler.Judge
    sieve: Sieve
    place: Place

    @property
    def path(self) -> Path:
        """The staged file."""
        return self.place.staged / f"{self.program.file}.parquet"

    def run(self, encoding: Encoding, text: Path) -> Staging:
        """The fast pass over all rows; the slow one over faulty rows, if there are any."""
        sieve, layout = self.sieve, self.sieve.layout
        assert layout is not None  # noqa: S101 - a file without a first line was refused
        read = sieve.rows - sieve.blank
        if read == 0:
            return Staging(None, encoding, layout, sieve.first_line, 0, 0, 0, ())
        self._write(text)
        with_fault, refused = self._counts()
        problems = self._problems() if with_fault else ()
        if refused > sieve.blank:
            self._keep_refused()
        flagged = with_fault - refused
        return Staging(self.path, encoding, layout, sieve.first_line, read, refused - sieve.blank, flagged, problems)

    def _write(self, text: Path) -> None:
        fresh = self.path.with_suffix(".part")
        sql = compiler.staging(self.program, str(text), self.judge)
        self._all(f"COPY ({sql}) TO {compiler.literal(str(fresh))} {lake.PARQUET}")
        os.replace(fresh, self.path)  # noqa: PTH105 - atomic: a staged file is whole or absent

    def _all(self, sql: str) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = self.con.execute(sql).fetchall()
        return found

    def _counts(self) -> tuple[int, int]:
        """(rows with any fault, rows refused), placeholders of blank and broken lines included."""
        source = f"read_parquet({compiler.literal(str(self.path))})"
        row = self._all(f"SELECT count(_raw), count(*) FILTER (WHERE _refused) FROM {source}")[0]
        return int(row[0]), int(row[1])

    def _faulty(self) -> str:
        return compiler.faulty(self.program, str(self.path), self.judge)

    def _problems(self) -> tuple[Problem, ...]:
        found = self._all(
            f"SELECT rule, count(*), min_by({{'r': row, 'v': value}}, row, {SAMPLES}) "
            f"FROM ({self._faulty()}) GROUP BY rule ORDER BY rule"
        )
        first = self.sieve.first_line
        named = [
            Problem(self.program.rules[rule], count, tuple(Sample(s["r"] + first, shown(s["v"])) for s in samples))
            for rule, count, samples in found
        ]
        return (*_structural(self.program.file, self.sieve.broken), *named)

    def _keep_refused(self) -> None:
        """Refused rows beside their reasons (line, rules, raw): what the sender gets back to correct."""
        whole = f"read_parquet({compiler.literal(str(self.path))}, file_row_number=true)"
        found = self._all(
            f"""SELECT r.file_row_number, f.rules, r._raw FROM {whole} r
            LEFT JOIN (SELECT row, list(rule ORDER BY rule) AS rules FROM ({self._faulty()}) GROUP BY row) f
            ON f.row = r.file_row_number WHERE r._refused AND NOT starts_with(r._raw, chr(1))"""
        )
        ids = [rule.id for rule in self.program.rules]
        first = self.sieve.first_line
        rows = [(row + first, [ids[n] for n in rules or ()], raw) for row, rules, raw in found]
        rows += [
            (b.line, [_broken_rule(self.program.file, b).id], b.raw.decode("utf-8", "replace"))
            for b in self.sieve.broken
        ]
        rows.sort(key=lambda row: row[0])
        table = pa.table(dict(zip(REFUSED.names, zip(*rows, strict=True), strict=True)), schema=REFUSED)
        header = "|".join(f.name if f else "" for f in self.program.cells)
        pq.write_table(
            table.replace_schema_metadata({"columns": header}),
            self.place.refused / f"{self.program.file}.parquet",
            compression="zstd",
        )


def _broken_rule(file: str, row: BrokenRow) -> Rule:
    return Rule(file, "*", "columns" if row.why == COLUMNS else "line", "refuse")


def _structural(file: str, broken: Sequence[BrokenRow]) -> list[Problem]:
    by_rule: dict[Rule, list[BrokenRow]] = {}
    for row in broken:
        by_rule.setdefault(_broken_rule(file, row), []).append(row)
    return [
        Problem(rule, len(rows), tuple(Sample(r.line, shown(r.raw.decode("utf-8", "replace"))) for r in rows[:SAMPLES]))
        for rule, rows in by_rule.items()
    ]


def shown(value: str | None) -> str:
    """A value as an answer may repeat it: short, and no character that a terminal or a page would obey."""
    text = value or ""
    cut = text if len(text) <= VALUE_SHOWN else text[: VALUE_SHOWN - 1] + "…"
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in cut)
