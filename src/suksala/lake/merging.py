"""Which row wins. One rule for every order of arrival, written once as SQL.

For one key the winner is the greatest (D_UPDATE, export time, content hash). A maximum does not care in which order it
is taken, so zips may arrive in any order, twice or late. A row that comes again letter for letter keeps the row that
is there (its deposit and line), so that sending again changes nothing; only the export time moves up.
DATA_CORRECT takes back the row of a key up to its own D_UPDATE, whether it comes before the row or after it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq

from . import domain, withdrawals
from .engine import PARQUET, parquet, quoted


def names(columns: Sequence[str], prefix: str = "") -> str:
    """A column list for SQL, every name quoted."""
    return ", ".join(f'{prefix}"{c}"' for c in columns)


def content(file: str) -> tuple[str, ...]:
    """Columns that make two rows the same row: all of the sender's, none of ours."""
    return tuple(c.name for c in domain.columns(file) if c.name != "hospcode")


def moment(source: domain.Staged) -> str:
    """The export time of a source as SQL."""
    return f"TIMESTAMP {quoted(source.exported_at.isoformat(' '))}" if source.exported_at else "NULL::TIMESTAMP"


# i(nsert), r(eplace), b(ump the export time), s(ame), k(eep the newer one that is there); w: withdrawn
_VERDICT = """CASE WHEN o.rn IS NULL THEN 'i'
    WHEN n.h = o.h AND n.d_update = o.d_update THEN
        CASE WHEN n.e IS NOT NULL AND (o.e IS NULL OR n.e > o.e) THEN 'b' ELSE 's' END
    WHEN n.d_update <> o.d_update THEN CASE WHEN n.d_update > o.d_update THEN 'r' ELSE 'k' END
    WHEN n.e IS DISTINCT FROM o.e THEN CASE WHEN o.e IS NULL OR n.e > o.e THEN 'r' ELSE 'k' END
    WHEN n.h > o.h THEN 'r' ELSE 'k' END"""


@dataclass(frozen=True)
class Decision:
    """How many rows got each verdict, and how many arriving rows lost to another arriving one with their key."""

    counts: Mapping[str, int]
    duplicates: int


def _any(conditions: Sequence[str], table: str) -> str:
    return " OR ".join(c.format(t=table) for c in conditions) or "false"


@dataclass(frozen=True)
class Merger:
    """Merges staged rows into one facility's partition of one file; writes nothing unless something differs.

    It works on narrow tables (key, D_UPDATE, hash, row number) and reads the wide rows once, when it writes.
    present  the partition's data file, None when the facility has no row of this file
    """

    con: duckdb.DuckDBPyConnection
    file: str
    hospcode: str
    present: Path | None
    sources: tuple[domain.Staged, ...]

    @property
    def key(self) -> tuple[str, ...]:
        """Key columns."""
        return domain.key(self.file)

    def run(self, sql: str) -> list[tuple[Any, ...]]:
        """Execute and read everything: DuckDB 2.0 blocks on an unread result."""
        found: list[tuple[Any, ...]] = self.con.execute(sql).fetchall()
        return found

    def rows_present(self) -> int:
        """Rows of the partition as it is."""
        return int(pq.read_metadata(self.present).num_rows) if self.present else 0

    def first_load(self) -> int | None:
        """Rows that arrive, when no key repeats among them: then all of them win. None when a key repeats."""
        parts = [f"SELECT {names(self.key)} FROM {parquet(source.path)} WHERE NOT _refused" for source in self.sources]
        one_each = f"SELECT count(*) AS k FROM ({' UNION ALL '.join(parts)}) GROUP BY {names(self.key)}"
        rows, most = self.run(f"SELECT coalesce(sum(k), 0)::BIGINT, coalesce(max(k), 0) FROM ({one_each})")[0]
        return int(rows) if most <= 1 else None

    def decide(self, corrections: Sequence[withdrawals.Withdrawal]) -> Decision:
        """Fill table act with what becomes of each arriving row, and of each present row that is taken back."""
        taken = withdrawals.conditions(self.con, corrections)
        on = " AND ".join(f'n."{k}" IS NOT DISTINCT FROM o."{k}"' for k in self.key)
        self.run(f"""CREATE OR REPLACE TEMP TABLE act AS
            WITH n AS MATERIALIZED (SELECT * FROM ({self._new()}) n WHERE NOT ({_any(taken, "n")})),
            every AS MATERIALIZED (SELECT *, ({_any(taken, "o")}) AS gone FROM ({self._old()}) o),
            o AS (SELECT * FROM every WHERE NOT gone)
            SELECT n.src, n.rn AS nrn, o.rn AS orn, n.e, n.many, {_VERDICT} AS what FROM n LEFT JOIN o ON {on}
            UNION ALL SELECT NULL, NULL, rn, NULL, 1, 'w' FROM every WHERE gone""")
        counted = self.run("SELECT what, count(*), sum(many - 1) FROM act GROUP BY 1")
        counts = {what: int(count) for what, count, _ in counted}
        return Decision(counts, sum(int(lost) for _, _, lost in counted))

    def _new(self) -> str:
        """One row per key of the arriving rows, with how many there were."""
        parts = [self._narrow(index, source) for index, source in enumerate(self.sources)] or [self._nothing()]
        key = names(self.key)
        # The export time of a repeated content is its latest one; its place is where it first stood.
        return (
            f"SELECT src, rn, {key}, d_update, top AS e, h, many FROM (SELECT *, "
            f"count(*) OVER (PARTITION BY {key}) AS many, "
            f"max(e) OVER (PARTITION BY {key}, d_update, h) AS top FROM ({' UNION ALL '.join(parts)})) "
            f"QUALIFY row_number() OVER (PARTITION BY {key} "
            "ORDER BY d_update DESC, top DESC NULLS LAST, h DESC, dep, rn) = 1"
        )

    def _old(self) -> str:
        """The rows that are there."""
        if self.present is None:
            return self._nothing()
        return (
            f"SELECT file_row_number AS rn, {names(self.key)}, d_update, _exported_at AS e, "
            f"hash({names(content(self.file))}) AS h FROM {parquet(self.present, rows=True)}"
        )

    def _narrow(self, index: int, source: domain.Staged) -> str:
        return (
            f"SELECT {index} AS src, file_row_number AS rn, {names(self.key)}, d_update, {moment(source)} AS e, "
            f"{source.deposit}::BIGINT AS dep, hash({names(content(self.file))}) AS h "
            f"FROM {parquet(source.path, rows=True)} WHERE NOT _refused"
        )

    def _nothing(self) -> str:
        typed = {c.name: c.sql_type for c in domain.columns(self.file)}
        columns = ", ".join(f'NULL::{typed[k]} AS "{k}"' for k in self.key if k != "d_update")
        return (
            f"SELECT 0 AS src, 0::BIGINT AS rn, {columns}, NULL::TIMESTAMP AS d_update, NULL::TIMESTAMP AS e, "
            "0::BIGINT AS dep, 0::UBIGINT AS h WHERE false"
        )

    def write_all(self, target: Path) -> None:
        """Write every accepted arriving row: nothing was there and no key repeats."""
        parts = [
            f"{self._arriving(s)}, {moment(s)} AS _exported_at {_from(s)} WHERE NOT s._refused" for s in self.sources
        ]
        self._copy(parts, target)

    def write(self, target: Path) -> None:
        """Write the present rows that stay, then the arriving rows that won."""
        parts = [self._staying()] if self.present else []
        for index, source in enumerate(self.sources):
            won = f"(SELECT nrn, e FROM act WHERE src = {index} AND what IN ('i', 'r'))"
            parts.append(
                f"{self._arriving(source)}, a.e AS _exported_at {_from(source)} "
                f"JOIN {won} a ON a.nrn = s.file_row_number"
            )
        self._copy(parts, target)

    def _copy(self, parts: Sequence[str], target: Path) -> None:
        self.run(f"COPY ({' UNION ALL '.join(parts)}) TO {quoted(target)} {PARQUET}")

    def _staying(self) -> str:
        assert self.present is not None  # noqa: S101
        body = names([c.name for c in domain.stored(self.file) if c.name != "_exported_at"], "p.")
        return f"""SELECT {body}, coalesce(b.e, p._exported_at) AS _exported_at
            FROM {parquet(self.present, rows=True)} p
            LEFT JOIN (SELECT orn, e FROM act WHERE what = 'b') b ON b.orn = p.file_row_number
            WHERE p.file_row_number NOT IN (SELECT orn FROM act WHERE what IN ('r', 'w'))"""

    def _arriving(self, source: domain.Staged) -> str:
        body = names([c.name for c in domain.columns(self.file) if c.name != "hospcode"], "s.")
        return (
            f"SELECT {body}, {source.deposit}::BIGINT AS _deposit, "
            f"s.file_row_number + {source.first_line} AS _line, s._errs::BIGINT AS _errs"
        )


def _from(source: domain.Staged) -> str:
    return f"FROM {parquet(source.path, rows=True)} s"
