"""Where registrations are weighed together: DuckDB in the memory of this process, or Spark on many machines.

Everything is said once, in DuckDB's words; another engine translates it.
"""

from __future__ import annotations

from typing import Any, Protocol

import duckdb
import pyarrow as pa


class Engine(Protocol):
    """Tables by name, and Splink's way to them.

    at_once  registrations whose pairs are weighed together
    """

    at_once: int

    def api(self) -> Any:
        """Splink's own access to these tables, a new one each time: it takes a name once."""

    def settings(self, told: dict[str, Any]) -> dict[str, Any]:
        """Splink's settings in the words of this engine."""

    def append(self, name: str, rows: pa.Table) -> None:
        """Add rows to a table, which is made where it is not there."""

    def put(self, name: str, rows: pa.Table) -> None:
        """Make a table of these rows, instead of one of this name."""

    def make(self, name: str, select: str) -> None:
        """Make a table of what a query finds, instead of one of this name; the query may read that one."""

    def fetch(self, select: str) -> pa.Table:
        """What a query finds."""

    def close(self) -> None:
        """Forget everything."""


class InMemory:
    """DuckDB in the memory of this process only: what spilled to disk would be names in clear."""

    at_once = 100_000  # a million pairs and half a gigabyte

    def __init__(self) -> None:
        self._con = duckdb.connect(":memory:", config={"temp_directory": "", "preserve_insertion_order": False})

    def api(self) -> Any:
        from splink import DuckDBAPI

        return DuckDBAPI(connection=self._con)

    def settings(self, told: dict[str, Any]) -> dict[str, Any]:
        return told

    def append(self, name: str, rows: pa.Table) -> None:
        self._with(
            rows, f"CREATE TABLE IF NOT EXISTS {name} AS FROM incoming LIMIT 0", f"INSERT INTO {name} FROM incoming"
        )

    def put(self, name: str, rows: pa.Table) -> None:
        self._with(rows, f"CREATE OR REPLACE TABLE {name} AS FROM incoming")

    def _with(self, rows: pa.Table, *statements: str) -> None:
        self._con.register("incoming", rows)
        for statement in statements:
            self._con.execute(statement)
        self._con.unregister("incoming")

    def make(self, name: str, select: str) -> None:
        self._con.execute(f"CREATE OR REPLACE TABLE {name} AS {select}")

    def fetch(self, select: str) -> pa.Table:
        found: pa.Table = self._con.execute(select).to_arrow_table()
        return found

    def close(self) -> None:
        self._con.close()
