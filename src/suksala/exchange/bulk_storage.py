"""SQL of bulk jobs: what was asked, where the work stands, which files are finished."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple

from psycopg.types.json import Jsonb

from suksala.foundation import database

Kind = Literal["export", "import"]
State = Literal["waiting", "running", "done", "failed", "cancelled"]
OPEN: tuple[State, ...] = ("waiting", "running")
_COLUMNS = "id, kind, client, hospcode, state, at, moment, base, request, wish, place, total, failures, problem, until"


@dataclass(frozen=True)
class BulkTask:
    """One bulk export or import.

    client   who asked; None: the command line
    moment   transactionTime: every change until then is in the export
    wish     what was asked, as `exporting` or `loading` wrote it
    place    where the work stands, as they wrote it; it changes in the step that it tells of
    total    pages to write, or bytes to read; None until that is known
    problem  what stopped it
    until    when it and its files are removed
    """

    id: str
    kind: Kind
    client: str | None
    hospcode: str | None
    state: State
    at: datetime
    moment: datetime
    base: str
    request: str
    wish: Mapping[str, Any]
    place: Mapping[str, Any]
    total: int | None
    failures: int
    problem: Mapping[str, Any] | None
    until: datetime

    @property
    def is_open(self) -> bool:
        """Whether there is work left."""
        return self.state in OPEN


class File(NamedTuple):
    """A finished file: lines of one type."""

    name: str
    n: int
    kind: Literal["output", "deleted", "error"]
    rtype: str
    lines: int
    bytes: int


def add(job: BulkTask) -> None:
    """Keep a new job."""
    values = [
        Jsonb(value) if isinstance(value, Mapping) else value
        for value in (getattr(job, name) for name in _COLUMNS.split(", "))
    ]
    database.execute(f"INSERT INTO bulk_job ({_COLUMNS}) VALUES ({', '.join(['%s'] * len(values))})", values)


def find(job: str) -> BulkTask | None:
    """The job of this id."""
    found = database.rows(f"SELECT {_COLUMNS} FROM bulk_job WHERE id = %s", [job])
    return BulkTask(*found[0]) if found else None


def open_jobs(client: str | None, kind: Kind) -> list[BulkTask]:
    """The jobs of a client that are not over."""
    sql = f"SELECT {_COLUMNS} FROM bulk_job WHERE client IS NOT DISTINCT FROM %s AND kind = %s AND state = ANY(%s)"
    return [BulkTask(*row) for row in database.rows(sql, [client, kind, list(OPEN)])]


def queued_jobs() -> list[BulkTask]:
    """The jobs of workers that are not over."""
    sql = f"SELECT {_COLUMNS} FROM bulk_job WHERE base <> '' AND state = ANY(%s)"
    return [BulkTask(*row) for row in database.rows(sql, [list(OPEN)])]


def advance(job: BulkTask, place: Mapping[str, Any], files: Iterable[File] = (), *, total: int | None = None) -> bool:
    """Say that the work stands at `place` now, within the transaction of the step that brought it there. False, and
    nothing is changed, when the job is over or somebody else did this step.
    """
    moved = database.execute(
        "UPDATE bulk_job SET state = 'running', failures = 0, place = %s, total = coalesce(%s, total) "
        "WHERE id = %s AND place = %s AND state = ANY(%s)",
        [Jsonb(place), total, job.id, Jsonb(job.place), list(OPEN)],
    )
    if not moved:
        return False
    for file in files:
        sql = "INSERT INTO bulk_file (job, name, n, kind, rtype, lines, bytes) VALUES (%s, %s, %s, %s, %s, %s, %s)"
        database.execute(sql, [job.id, *file])
    return True


def hold(job: BulkTask) -> bool:
    """Lock the job until the transaction ends. False when it is over, or stands elsewhere than `job` says."""
    sql = "SELECT FROM bulk_job WHERE id = %s AND place = %s AND state = ANY(%s) FOR UPDATE"
    return database.execute(sql, [job.id, Jsonb(job.place), list(OPEN)]) == 1


def close(job: str, state: State, until: datetime, problem: Mapping[str, Any] | None = None) -> bool:
    """End an open job; its list of pages is not needed any more. False when it was over already."""
    with database.transaction():
        moved = database.execute(
            "UPDATE bulk_job SET state = %s, until = %s, problem = %s WHERE id = %s AND state = ANY(%s)",
            [state, until, Jsonb(problem) if problem else None, job, list(OPEN)],
        )
        database.execute("DELETE FROM bulk_page WHERE job = %s", [job])
    return bool(moved)


def fail_once(job: str) -> int:
    """Count a failure of the job; how many there were in a row."""
    found = database.rows("UPDATE bulk_job SET failures = failures + 1 WHERE id = %s RETURNING failures", [job])
    return int(found[0][0]) if found else 0


def files(job: str) -> list[File]:
    """The finished files, in the order of the manifest."""
    sql = "SELECT name, n, kind, rtype, lines, bytes FROM bulk_file WHERE job = %s ORDER BY n, name"
    return [File(*row) for row in database.rows(sql, [job])]


def forget(job: str) -> None:
    """Leave nothing of a job in the database."""
    with database.transaction():
        for table, column in (("bulk_page", "job"), ("bulk_file", "job"), ("bulk_job", "id")):
            database.execute(f"DELETE FROM {table} WHERE {column} = %s", [job])


def ended(now: datetime) -> list[tuple[str, Kind]]:
    """Id and kind of the jobs whose time is over."""
    return [(job, kind) for job, kind in database.rows("SELECT id, kind FROM bulk_job WHERE until <= %s", [now])]


def settled_until(now: datetime) -> datetime:
    """The moment before which no writer at work began: what is written from then on may still be on its way."""
    sql = (
        "SELECT least(%s::timestamptz, min(xact_start)) FROM pg_stat_activity "
        "WHERE datname = current_database() AND backend_xid IS NOT NULL AND pid <> pg_backend_pid()"
    )
    [(moment,)] = database.rows(sql, [now])
    return moment  # type: ignore[no-any-return]
