"""The engine that runs the portable SQL: DuckDB on one machine; another engine needs only these four verbs."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import duckdb
import pyarrow as pa


class Engine(Protocol):
    """What the warehouse asks of a query engine. What a measure says is always in the portable subset."""

    def register(self, name: str, table: pa.Table) -> None:
        """Make an Arrow table readable under a name."""

    def make(self, name: str, sql: str) -> None:
        """Compute a statement once and keep its rows under a name, in place of what had it."""

    def view(self, name: str, sql: str) -> None:
        """Give a statement a name without computing it."""

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows of a statement."""


class DuckDbEngine:
    """DuckDB, in memory, over the views that the lake gives."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection

    def register(self, name: str, table: pa.Table) -> None:
        """See Engine. The rows are copied, so that joins know their number and types."""
        self.connection.register(f"{name}_arrow", table)
        self.make(name, f"SELECT * FROM {name}_arrow")
        self.connection.unregister(f"{name}_arrow")

    def make(self, name: str, sql: str) -> None:
        """See Engine."""
        self.connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {sql}").fetchall()

    def view(self, name: str, sql: str) -> None:
        """See Engine."""
        self.connection.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS {sql}").fetchall()

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """See Engine."""
        found: list[tuple[Any, ...]] = self.connection.execute(sql).fetchall()
        return found

    def export(self, sql: str, path: Path) -> None:
        """Write the rows of a statement to a Parquet file."""
        target = str(path).replace("'", "''")
        self.connection.execute(f"COPY ({sql}) TO '{target}' (FORMAT parquet, COMPRESSION zstd)").fetchall()

    def close(self) -> None:
        """Give the memory back."""
        self.connection.close()
