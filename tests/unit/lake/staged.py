"""Staged files for tests of the lake: rows said by the columns that matter."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import duckdb

from suksala import lake

FILE, FACILITY = "SERVICE", "99901"
Row = tuple[str, str, datetime, str]  # PID, SEQ, D_UPDATE, chief complaint


def staged(path: Path, rows: Sequence[Row], file: str = FILE) -> Path:
    """Write accepted rows of a visit file as ingest would."""
    columns = [c for c in lake.columns(file) if c.name != "hospcode"]
    con = duckdb.connect()
    con.execute(
        f"CREATE TABLE s ({', '.join(f'{c.name} {c.sql_type}' for c in columns)}, _errs UBIGINT, _refused BOOLEAN)"
    )
    con.executemany(
        "INSERT INTO s (pid, seq, d_update, chiefcomp, _errs, _refused) VALUES (?, ?, ?, ?, 0, false)",
        [list(r) for r in rows],
    ) if rows else None
    con.execute(f"COPY s TO '{path}' (FORMAT parquet)")
    con.close()
    return path


def held(file: str = FILE, facility: str = FACILITY) -> list[tuple[object, ...]]:
    """What the lake holds, in the order of the key, without where it came from."""
    rows = lake.rows(file, facility).read_all().to_pylist()
    return sorted((r["pid"], r["seq"], r["d_update"], r["chiefcomp"], r["_exported_at"]) for r in rows)


def at(day: int) -> datetime:
    """A moment of October 2026."""
    return datetime(2026, 10, day, 12)  # noqa: DTZ001 - Bangkok local, as the files write it
