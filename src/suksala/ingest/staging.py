"""One file of a deposit: from packed bytes to typed, checked rows on disk, with what was wrong counted.

The staged Parquet file holds every line of the sender's file as one row: accepted, refused, blank or broken. It is
what the lake is merged from, now and when a deposit is voided.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from suksala.standards.file43 import Encoding, FileSpec, Layout, transcode

from . import compiler
from .containers import Entry, EntryReader
from .domain import Problem, Sample
from .errors import FileSetAside
from .limits import Limits
from .rules import Rule
from .sieve import COLUMNS, BrokenRow, Sieve

SAMPLES = 5  # lines shown per rule; all lines stand in the file of refused rows
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
    sender: str,
    today: date,
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
        program = compiler.Program(spec.name, layout.columns, sender, today)
        return _checked(con, program, sieve, encoding, text, place)
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


def _checked(
    con: duckdb.DuckDBPyConnection,
    program: compiler.Program,
    sieve: Sieve,
    encoding: Encoding,
    text: Path,
    place: Place,
) -> Staging:
    layout, first = sieve.layout, sieve.first_line
    assert layout is not None  # noqa: S101
    read = sieve.rows - sieve.blank
    if read == 0:
        return Staging(None, encoding, layout, first, 0, 0, 0, ())
    path = place.staged / f"{program.file}.parquet"
    fresh = path.with_suffix(".part")
    con.execute(
        f"COPY ({compiler.staging(program, str(text))}) TO {compiler.literal(str(fresh))} (FORMAT parquet, COMPRESSION zstd)"
    ).fetchall()
    os.replace(fresh, path)  # noqa: PTH105 - atomic: a staged file is whole or absent
    faulty, refused = _counts(con, path)
    problems: list[Problem] = []
    if faulty:
        problems = _problems(con, program, path, sieve)
    if refused - sieve.blank:
        _keep_refused(con, program, path, sieve, place.refused / f"{program.file}.parquet")
    return Staging(path, encoding, layout, first, read, refused - sieve.blank, faulty - refused, tuple(problems))


def _counts(con: duckdb.DuckDBPyConnection, path: Path) -> tuple[int, int]:
    """(rows with any fault, rows refused), placeholders of blank and broken lines included."""
    row = con.execute(
        f"SELECT count(_raw), count(*) FILTER (WHERE _refused) FROM read_parquet({compiler.literal(str(path))})"
    ).fetchall()[0]
    return int(row[0]), int(row[1])


def _problems(con: duckdb.DuckDBPyConnection, program: compiler.Program, path: Path, sieve: Sieve) -> list[Problem]:
    found = con.execute(
        f"SELECT rule, count(*), min_by({{'l': line, 'v': value}}, line, {SAMPLES}) "
        f"FROM ({compiler.faulty(program, str(path), sieve.first_line)}) GROUP BY rule ORDER BY rule"
    ).fetchall()
    problems = _structural(program.file, sieve.broken)
    for number, count, samples in found:
        rule = program.rules[number]
        problems.append(Problem(rule, count, tuple(Sample(s["l"], _shown(s["v"])) for s in samples)))
    return problems


def _structural(file: str, broken: Sequence[BrokenRow]) -> list[Problem]:
    problems = []
    for kind in ("columns", "line"):
        rows = [row for row in broken if (row.why == COLUMNS) == (kind == "columns")]
        if rows:
            rule = Rule(file, "*", kind, "refuse")  # type: ignore[arg-type]
            problems.append(
                Problem(rule, len(rows), tuple(Sample(r.line, _shown(r.raw.decode())) for r in rows[:SAMPLES]))
            )
    return problems


def _shown(value: str | None) -> str:
    """A value as an answer may repeat it: short, and no character that a terminal or a page would obey."""
    text = value or ""
    cut = text if len(text) <= VALUE_SHOWN else text[: VALUE_SHOWN - 1] + "…"
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in cut)


def _keep_refused(
    con: duckdb.DuckDBPyConnection, program: compiler.Program, path: Path, sieve: Sieve, target: Path
) -> None:
    """Refused rows beside their reasons: line, rules (ids), raw text; what the sender gets back to correct."""
    ids = pa.table({"rule": pa.array(range(len(program.rules)), pa.int64()), "id": [r.id for r in program.rules]})
    con.register("rule_ids", ids)
    whole = f"read_parquet({compiler.literal(str(path))}, file_row_number=true)"
    found = con.sql(
        f"""SELECT r.file_row_number + {sieve.first_line} AS line, coalesce(f.rules, []) AS rules, r._raw AS raw
        FROM {whole} r LEFT JOIN (SELECT line, list(id ORDER BY rule) AS rules FROM
            ({compiler.faulty(program, str(path), sieve.first_line)}) JOIN rule_ids USING (rule) GROUP BY line) f
        ON f.line = r.file_row_number + {sieve.first_line}
        WHERE r._refused AND NOT starts_with(r._raw, chr(1)) ORDER BY line"""
    ).to_arrow_table()
    con.unregister("rule_ids")
    broken = pa.table(
        {
            "line": pa.array([b.line for b in sieve.broken], pa.int64()),
            "rules": pa.array(
                [[f"{program.file}.*.{'columns' if b.why == COLUMNS else 'line'}"] for b in sieve.broken],
                pa.list_(pa.string()),
            ),
            "raw": pa.array([b.raw.decode("utf-8", "replace") for b in sieve.broken], pa.string()),
        }
    )
    table = pa.concat_tables([found.cast(broken.schema), broken]).sort_by("line")
    table = table.replace_schema_metadata({"columns": "|".join(f.name if f else "" for f in program.cells)})
    pq.write_table(table, target, compression="zstd")
