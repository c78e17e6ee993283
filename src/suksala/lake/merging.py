"""Which row wins. One rule for every order of arrival, written once as SQL.

For one key the winner is the greatest (D_UPDATE, export time, content hash). A maximum does not care in which order it
is taken, so zips may arrive in any order, twice or late. A row that comes again letter for letter keeps the row that
is there (its deposit and line), so that sending again changes nothing; only the export time moves up.
DATA_CORRECT takes back the row of a key up to its own D_UPDATE, whether it comes before the row or after it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb

from . import domain, withdrawals
from .engine import parquet, quoted


def names(columns: Sequence[str], prefix: str = "") -> str:
    """A column list for SQL, every name quoted."""
    return ", ".join(f'{prefix}"{c}"' for c in columns)


def content(file: str) -> tuple[str, ...]:
    """Columns that make two rows the same row: all of the sender's, none of ours."""
    return tuple(c.name for c in domain.columns(file) if c.name != "hospcode")


class Merger:
    """Merges staged rows into one facility's partition of one file; writes nothing unless something differs.

    It works on narrow tables (key, D_UPDATE, hash, row number) and reads the wide rows once, when it writes.
    """

    def __init__(self, con: duckdb.DuckDBPyConnection, file: str, hospcode: str) -> None:
        self.con = con
        self.file = file
        self.hospcode = hospcode
        self.key = domain.key(file)
        self.on = " AND ".join(f'n."{k}" IS NOT DISTINCT FROM o."{k}"' for k in self.key)

    def run(self, sql: str) -> list[tuple[object, ...]]:
        """Execute and read everything: DuckDB 2.0 blocks on an unread result."""
        found: list[tuple[object, ...]] = self.con.execute(sql).fetchall()
        return found

    def one(self, sql: str) -> int:
        """The single whole number that a query returns."""
        return int(self.run(sql)[0][0] or 0)  # type: ignore[call-overload]

    def load_new(self, sources: Sequence[domain.Staged]) -> int:
        """Fill table n with the accepted rows of the sources; returns how many there are."""
        parts = [self._narrow(index, source) for index, source in enumerate(sources)]
        self.run("CREATE OR REPLACE TEMP TABLE n AS " + " UNION ALL ".join(parts))
        return self.one("SELECT count(*) FROM n")

    def _narrow(self, index: int, source: domain.Staged) -> str:
        moment = f"TIMESTAMP {quoted(source.exported_at.isoformat(' '))}" if source.exported_at else "NULL::TIMESTAMP"
        return (
            f"SELECT {index} AS src, file_row_number AS rn, {names(self.key)}, d_update, {moment} AS e, "
            f"{source.deposit}::BIGINT AS dep, hash({names(content(self.file))}) AS h "
            f"FROM {parquet(source.path, rows=True)} WHERE NOT _refused"
        )

    def keep_one_per_key(self, arrived: int) -> int:
        """Leave one row per key in n; returns how many lost. Skips the window when no key repeats."""
        distinct = self.one(f"SELECT count(*) FROM (SELECT 1 FROM n GROUP BY {names(self.key)})")
        if distinct == arrived:
            return 0
        # The export time of a repeated content is its latest one; its place is where it first stood.
        self.run(f"""CREATE OR REPLACE TEMP TABLE n AS SELECT src, rn, {names(self.key)}, d_update, top AS e, dep, h FROM (
            SELECT *, max(e) OVER (PARTITION BY {names(self.key)}, d_update, h) AS top FROM n)
            QUALIFY row_number() OVER (PARTITION BY {names(self.key)}
                ORDER BY d_update DESC, top DESC NULLS LAST, h DESC, dep, rn) = 1""")
        return arrived - distinct

    def load_old(self, present: Path | None) -> int:
        """Fill table o with the rows that are there; returns how many."""
        source = parquet(present, rows=True) if present else None
        columns = f"file_row_number AS rn, {names(self.key)}, d_update, _exported_at AS e"
        self.run(
            f"CREATE OR REPLACE TEMP TABLE o AS SELECT {columns}, hash({names(content(self.file))}) AS h FROM {source}"
            if source
            else "CREATE OR REPLACE TEMP TABLE o AS SELECT *, NULL::BIGINT AS x FROM n WHERE false"
        )
        return self.one("SELECT count(*) FROM o")

    def withdraw(self, corrections: Sequence[withdrawals.Withdrawal]) -> int:
        """Drop what DATA_CORRECT takes back, from arriving and present rows; returns how many present rows went."""
        for condition in withdrawals.conditions(self.con, corrections):
            self.run(f"DELETE FROM n USING w WHERE {condition.format(t='n')}")
            self.run(
                f"INSERT INTO act SELECT NULL, NULL, o.rn, 'w', NULL FROM o, w WHERE {condition.format(t='o')} "
                "AND o.rn NOT IN (SELECT orn FROM act WHERE what = 'w')"
            )
        self.run("DELETE FROM o WHERE rn IN (SELECT orn FROM act WHERE what = 'w')")
        return self.one("SELECT count(*) FROM act WHERE what = 'w'")

    def decide(self) -> None:
        """Fill table act: i(nsert), r(eplace), b(ump the export time), k(eep), s(ame)."""
        self.run(f"""INSERT INTO act SELECT n.src, n.rn, o.rn, CASE
            WHEN o.rn IS NULL THEN 'i'
            WHEN n.h = o.h AND n.d_update = o.d_update THEN
                CASE WHEN n.e IS NOT NULL AND (o.e IS NULL OR n.e > o.e) THEN 'b' ELSE 's' END
            WHEN n.d_update > o.d_update THEN 'r' WHEN n.d_update < o.d_update THEN 'k'
            WHEN n.e IS DISTINCT FROM o.e AND (o.e IS NULL OR n.e > o.e) THEN 'r'
            WHEN n.e IS DISTINCT FROM o.e THEN 'k'
            WHEN n.h > o.h THEN 'r' ELSE 'k' END, n.e
            FROM n LEFT JOIN o ON {self.on}""")

    def counts(self) -> dict[str, int]:
        """How many rows got each decision."""
        return {str(what): int(count) for what, count in self.run("SELECT what, count(*) FROM act GROUP BY 1")}  # type: ignore[call-overload]

    def write(self, target: Path, present: Path | None, sources: Sequence[domain.Staged], *, everything: bool) -> None:
        """Write the new data file: present rows that stay, then the arriving rows that won.

        everything  no key repeats, nothing was there: every accepted row goes in and no join is needed
        """
        parts = [self._present(present)] if present else []
        parts += [self._arriving(index, source, everything) for index, source in enumerate(sources)]
        self.run(
            f"COPY ({' UNION ALL '.join(parts)}) TO {quoted(target)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880)"
        )

    def _present(self, present: Path) -> str:
        body = names([c.name for c in domain.stored(self.file) if c.name != "_exported_at"], "p.")
        return f"""SELECT {body}, coalesce(b.e, p._exported_at) AS _exported_at
            FROM {parquet(present, rows=True)} p
            LEFT JOIN (SELECT orn, e FROM act WHERE what = 'b') b ON b.orn = p.file_row_number
            WHERE p.file_row_number NOT IN (SELECT orn FROM act WHERE what IN ('r', 'w'))"""

    def _arriving(self, index: int, source: domain.Staged, everything: bool) -> str:
        body = names([c.name for c in domain.columns(self.file) if c.name != "hospcode"], "s.")
        moment = f"TIMESTAMP {quoted(source.exported_at.isoformat(' '))}" if source.exported_at else "NULL::TIMESTAMP"
        select = (
            f"SELECT {body}, {source.deposit}::BIGINT AS _deposit, s.file_row_number + {source.first_line} AS _line, "
            f"s._errs::BIGINT AS _errs"
        )
        if everything:
            return f"{select}, {moment} AS _exported_at FROM {parquet(source.path, rows=True)} s WHERE NOT s._refused"
        return (
            f"{select}, a.e AS _exported_at FROM {parquet(source.path, rows=True)} s "
            f"JOIN (SELECT nrn, e FROM act WHERE src = {index} AND what IN ('i', 'r')) a ON a.nrn = s.file_row_number"
        )
