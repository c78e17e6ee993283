"""Bulk jobs: asked for, carried out step by step, told of, taken away.

A job goes on under what its client may do at that moment: an ended client or token, another facility or a lost scope
stops it. A step and the place where it leaves the work are one transaction, so a job that was killed goes on after its
last step. Files are served to the same client only, for 24 hours.
Source: HL7 Bulk Data Access 2.0.0; decision 0064.
"""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

from suksala import consent, signin
from suksala.consent import NoPermit, Permit
from suksala.foundation import SuksalaError, clock, database, jobs, log, settings

from . import bulk_storage as storage
from .bulk_storage import BulkTask, Kind

KEPT = timedelta(hours=24)  # files, after the job is over
LONGEST = timedelta(days=7)  # a job that is not over by then is given up
MOST_FAILURES = 5
MOST_OPEN = 5  # jobs of one client and kind at a time
KINDS: tuple[Kind, ...] = ("export", "import")
SLICE_SECONDS = 30.0  # then other jobs have their turn
MARGIN = timedelta(seconds=10)  # a batch of a deposit has its moment before its transaction begins
_log = log.get("exchange")


class BulkProblem(SuksalaError):
    """A bulk export or import that cannot be done; nothing was started, or it was stopped."""

    code = "SKL-BULK-001"
    http_status = 400

    def __init__(self, th: str, en: str, *, issue: str = "invalid", status: int = 400) -> None:
        super().__init__(th, en)
        self.issue = issue
        self.http_status = status


@dataclass(frozen=True)
class Acting:
    """In whose name a job works at this moment."""

    permit: Permit
    hospcode: str | None
    allows: Callable[[str, str], bool]  # type, SMART right
    scopes: frozenset[str] = frozenset()
    lenient: bool = False
    most_rows: int = 0  # in one export; 0: no bound

    def same_rights(self, other: Acting) -> bool:
        """Whether the other may do the same and is treated the same."""
        return (self.scopes, self.lenient) == (other.scopes, other.lenient)


@dataclass(frozen=True)
class LocalOperator:
    """Whoever runs a command on the machine itself: they may do what a system of the exchange, or a facility's, may."""

    hospcode: str | None
    actor: str = "system:cli"
    purpose: str = "HSYSADMIN"


def acting(job: BulkTask) -> Acting:
    """What the client of a job may do now. Raises NoPermit when it was ended or sees another facility's data now."""
    if job.client is None:
        operator = LocalOperator(job.hospcode)
        return Acting(consent.permit_for_client(operator, clock.now()), job.hospcode, lambda _, __: True)
    client = signin.client_named(job.client)
    if client is None or client.hospcode != job.hospcode:
        raise NoPermit("โทเค็นหรือสิทธิของระบบนี้สิ้นสุดแล้ว", "the token of this system has ended, or its rights have changed")

    def allows(rtype: str, right: str) -> bool:
        return signin.has_scope(client.scopes, rtype, right)

    permit = consent.permit_for_client(client, clock.now())
    return Acting(permit, client.hospcode, allows, client.scopes, client.lenient, client.budget.rows)


@dataclass(frozen=True)
class Asker:
    """Who asks for a job, and how.

    client    a client's name; None: the command line
    hospcode  the facility for which it is done; None: the exchange itself
    base      what the addresses of the answer begin with; empty: whoever asks does the job too
    request   the address asked
    """

    client: str | None
    hospcode: str | None
    base: str = ""
    request: str = ""


def begin(
    kind: Kind, wish: Mapping[str, Any], by: Asker, *, job: str | None = None, total: int | None = None
) -> BulkTask:
    """Keep a job and have a worker do it.

    job    its id, where files were made before
    total  how much there is to do, where that is known
    """
    now = clock.now()
    moment = storage.settled_until(now) - MARGIN
    made = BulkTask(
        job or new_id(), kind, by.client, by.hospcode, "waiting", now, moment, by.base, by.request, wish, {}, total, 0,
        None, now + LONGEST,
    )  # fmt: skip
    with database.transaction():
        storage.add(made)
        if by.base:
            ask(made)
    return made


def new_id() -> str:
    """An id that cannot be guessed."""
    return uuid.uuid4().hex


def ask(job: BulkTask) -> None:
    """Have a worker go on with a job."""
    jobs.enqueue(f"exchange.{job.kind}", lock=_lock(job), job=job.id)


def _lock(job: BulkTask) -> str:
    return f"bulk-{job.id}"


def give_up_lost() -> int:
    """Fail the jobs that no worker will go on with: each try killed its worker. Returns how many."""
    lost = [job for job in storage.queued_jobs() if not jobs.is_asked(_lock(job))]
    for job in lost:
        fail(job, _broken())
    return len(lost)


def _broken() -> BulkProblem:
    return BulkProblem("ระบบขัดข้อง กรุณาแจ้งผู้ดูแล", "the server failed; tell its operator", status=500)


def folder(job: str, kind: Kind) -> Path:
    """Where the files of a job lie."""
    return settings.current().data_dir / f"{kind}s" / job


def make_folder(job: str, kind: Kind) -> Path:
    """The folder, made and closed to others."""
    made = folder(job, kind)
    made.mkdir(parents=True, exist_ok=True, mode=0o700)
    sync_folder(made.parent)
    return made


def sync_folder(place: Path) -> None:
    """Have the names in a folder on the disk."""
    descriptor = os.open(place, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def durable(path: Path) -> Iterator[BinaryIO]:
    """Write a new file; when this is left, its bytes and its name are on the disk, or it is gone."""
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        sync_folder(path.parent)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def carry_on(job_id: str, step: Callable[[BulkTask], bool], *, seconds: float = SLICE_SECONDS) -> bool:
    """Do steps of a job until it is over (True) or the time is (False).

    step  does the next step and says whether it was the last; what it raises as SuksalaError ends the job
    """
    ends = clock.now() + timedelta(seconds=seconds)
    while True:
        job = storage.find(job_id)
        if job is None or not job.is_open:
            clean(job_id, job)
            return True
        if clock.now() >= ends:
            return False
        try:
            if step(job):
                finish(job)
                return True
        except SuksalaError as problem:
            fail(job, problem)
            return True
        except FileNotFoundError:
            if storage.find(job_id) == job:  # not taken away meanwhile: its folder is gone from under it
                raise


def clean(job_id: str, job: BulkTask | None) -> None:
    """Take away what a step left behind that was at work while its job was cancelled."""
    if job is None or job.state == "cancelled":
        for kind in KINDS:
            shutil.rmtree(folder(job_id, kind), ignore_errors=True)


def guarded(job_id: str, work: Callable[[], bool]) -> None:
    """A worker's turn at a job: asks for the next turn, counts what went wrong, gives up after MOST_FAILURES."""
    try:
        over = work()
    except Exception:
        if storage.fail_once(job_id) < MOST_FAILURES:
            raise
        job = storage.find(job_id)
        if job:
            fail(job, _broken())
        return
    job = storage.find(job_id)
    if not over and job:
        ask(job)


def finish(job: BulkTask) -> None:
    """The job is done; its files are kept for a while."""
    if storage.close(job.id, "done", clock.now() + KEPT):
        _log.info("bulk.done", kind=job.kind)


def fail(job: BulkTask, problem: SuksalaError) -> None:
    """The job cannot be finished: its client is told why."""
    told = {"code": problem.code, "th": problem.th, "en": problem.en, "status": problem.http_status}
    if storage.close(job.id, "failed", clock.now() + KEPT, told):
        _log.warning("bulk.failed", kind=job.kind, code=problem.code)


def cancel(job: BulkTask) -> None:
    """End a job and take its files away; what an import wrote stays."""
    with database.transaction():
        storage.close(job.id, "cancelled", clock.now() + KEPT)
        storage.forget(job.id)
    shutil.rmtree(folder(job.id, job.kind), ignore_errors=True)


def purge(now: datetime | None = None) -> int:
    """Take away jobs whose time is over, with their files. Returns how many."""
    gone = storage.ended(now or clock.now())
    for job, kind in gone:
        shutil.rmtree(folder(job, kind), ignore_errors=True)
        storage.forget(job)
    return len(gone)
