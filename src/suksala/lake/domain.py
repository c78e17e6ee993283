"""What a row of the lake looks like: typed columns of the standard, a few derived ones, and where it came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

from suksala.standards.file43 import FILES

SQL_TYPES: Mapping[str, str] = {
    "char": "VARCHAR",
    "num": "BIGINT",
    "decimal": "DOUBLE",
    "date": "DATE",
    "datetime": "TIMESTAMP",  # without zone: Bangkok local, as the standard writes it
}

# Files whose diagnosis code gets a 3-character twin, so that indicator SQL needs no string function.
DIAGNOSIS_COLUMN: Mapping[str, str] = {"DIAGNOSIS_OPD": "diagcode", "DIAGNOSIS_IPD": "diagcode", "CHRONIC": "chronic"}


@dataclass(frozen=True)
class Column:
    """One column of a lake table: its name and its DuckDB type."""

    name: str
    sql_type: str


ORIGIN = (
    Column("_deposit", "BIGINT"),
    Column("_line", "BIGINT"),
    Column("_errs", "BIGINT"),
    Column("_exported_at", "TIMESTAMP"),
)


@dataclass(frozen=True)
class Staged:
    """The checked rows of one file of one deposit, as `ingest` wrote them, ready to be merged.

    path         Parquet with the official and derived columns, `_errs` and `_refused`, rows in the file's order
    deposit      number of the deposit
    exported_at  when the sender exported it (Bangkok local), from the zip's name; None when the name does not say
    first_line   line number of the first row in the sender's file: 2 under a header, 1 without
    """

    path: Path
    deposit: int
    exported_at: datetime | None = None
    first_line: int = 2


@dataclass(frozen=True)
class Merge:
    """What merging the rows of one file did to the facility's partition, in rows.

    rows        rows in the partition afterwards
    changed     rows that are new or whose content is another now
    withdrawn   rows that left because a DATA_CORRECT takes them back
    unchanged   arriving rows that were there already, letter for letter
    older       arriving rows that lost to a newer version in the lake
    duplicates  arriving rows that lost to another row of the same file with the same key
    """

    rows: int
    changed: int
    withdrawn: int = 0
    unchanged: int = 0
    older: int = 0
    duplicates: int = 0


@dataclass(frozen=True)
class Snapshot:
    """The state of the lake: `id` names it, `versions` gives each table's Delta version."""

    id: str
    versions: Mapping[str, int]


@cache
def columns(file: str) -> tuple[Column, ...]:
    """Official columns of a file in the standard's order, then the derived ones; HOSPCODE is the partition."""
    spec = FILES[file]
    official = [Column(f.column, SQL_TYPES[f.type]) for f in spec.fields]
    return (*official, *derived(file))


@cache
def derived(file: str) -> tuple[Column, ...]:
    """Columns that are not in the standard but that every measure needs, computed once."""
    found = []
    if FILES[file].service_date:
        found.append(Column("fy", "INTEGER"))
    if file == "LABFU":
        found.append(Column("labnum", "DOUBLE"))
    if file in DIAGNOSIS_COLUMN:
        found.append(Column("dx3", "VARCHAR"))
    return tuple(found)


@cache
def stored(file: str) -> tuple[Column, ...]:
    """Columns inside a data file of the lake: everything but the partition column."""
    return (*(c for c in columns(file) if c.name != "hospcode"), *ORIGIN)


@cache
def key(file: str) -> tuple[str, ...]:
    """Lower-case key columns without HOSPCODE; a file without a key of its own is keyed by its whole content."""
    named = tuple(name.lower() for name in FILES[file].key if name != "HOSPCODE")
    return named or tuple(f.column for f in FILES[file].fields if f.name not in {"HOSPCODE", "HOSPCODE9"})
