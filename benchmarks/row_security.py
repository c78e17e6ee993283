"""What row-level security would cost a point read: CPU of the backend and of the client, best of four rounds.

Runs on a throw-away cluster, on made-up rows: `python -m benchmarks.row_security`. Decision 0096 goes by its figures.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg

from benchmarks import exchange

READ = """
SELECT r.person, r.vid, r.upd, r.body, r.deleted FROM locator l
JOIN resource r ON r.person = l.person AND r.rtype = l.rtype AND r.rid = l.rid
WHERE l.rtype = %s AND l.rid = %s AND NOT r.deleted AND r.org = %s::bigint
"""
SET = "SELECT set_config('suksala.org', %s, {local})"
WALL = (
    "ALTER TABLE resource ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE resource FORCE ROW LEVEL SECURITY",
    "CREATE POLICY wall ON resource USING (org = nullif(current_setting('suksala.org', true), '')::bigint)",
)
ROUNDS, READS = 4, 6000
Row = tuple[Any, ...]


def main() -> None:
    """Print one line per way of telling PostgreSQL who reads."""
    with exchange.cluster():
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        exchange.imports(exchange.make_persons())
        connection = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)
        connection.execute("ANALYZE")
        rows = connection.execute("SELECT rtype, rid, org FROM resource WHERE person <> 0 LIMIT 2000").fetchall()
        measure(connection, "no policy", read, rows)
        for statement in WALL:
            connection.execute(statement)
        connection.execute(SET.format(local="false"), [str(rows[0][2])])
        measure(connection, "policy, the setting stands", read, rows)
        measure(connection, "policy, set for each read", set_and_read, rows)
        measure(connection, "policy, SET LOCAL in a transaction for each read", set_local_and_read, rows)


def read(cursor: psycopg.Cursor[Row], row: Row) -> None:
    """One read by id."""
    cursor.execute(READ, row, prepare=True, binary=True)
    assert cursor.fetchall()


def set_and_read(cursor: psycopg.Cursor[Row], row: Row) -> None:
    """The reader is told for the session, then one read."""
    cursor.execute(SET.format(local="false"), [str(row[2])], prepare=True)
    read(cursor, row)


def set_local_and_read(cursor: psycopg.Cursor[Row], row: Row) -> None:
    """The reader is told for the transaction of one read."""
    with cursor.connection.transaction():
        cursor.execute(SET.format(local="true"), [str(row[2])], prepare=True)
        read(cursor, row)


def measure(
    connection: psycopg.Connection[Row], name: str, work: Callable[[psycopg.Cursor[Row], Row], None], rows: list[Row]
) -> None:
    """Print the CPU of one read, the least of some rounds."""
    cursor = psycopg.Cursor(connection)
    for row in rows[:200]:
        work(cursor, row)
    backend, client = min(_round(cursor, work, rows) for _ in range(ROUNDS))
    print(f"{name}: PostgreSQL {backend:.0f} µs, client {client:.0f} µs")


def _round(
    cursor: psycopg.Cursor[Row], work: Callable[[psycopg.Cursor[Row], Row], None], rows: list[Row]
) -> tuple[float, float]:
    process = cursor.connection.info.backend_pid
    before, began = _cpu(process), time.process_time()
    for number in range(READS):
        work(cursor, rows[number % len(rows)])
    return (_cpu(process) - before) / READS * 1e6, (time.process_time() - began) / READS * 1e6


def _cpu(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
