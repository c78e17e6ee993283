"""Jobs of killed workers go back to the queue, a job that kills its workers is set aside (F20), and health tells it."""

from __future__ import annotations

import psycopg
import pytest

from suksala.foundation import database, jobs
from suksala.operations import database as operations_database
from suksala.operations import keep_house

pytestmark = pytest.mark.django_db

WORKER = "INSERT INTO procrastinate_workers(last_heartbeat) VALUES (now() - make_interval(secs => %s)) RETURNING id"
JOB = """
INSERT INTO procrastinate_jobs(queue_name, task_name, status, attempts, worker_id)
VALUES ('suksala', 'ingest.apply', %s::procrastinate_job_status, %s, %s) RETURNING id"""
STATE = "SELECT status::text, attempts, worker_id FROM procrastinate_jobs WHERE id = %s"


def worker(silent_seconds: float) -> int:
    """A worker whose last heartbeat was so long ago."""
    [[number]] = database.rows(WORKER, [silent_seconds])
    return int(number)


def job(status: str, attempts: int, worker_id: int | None) -> int:
    """A job in a state."""
    [[number]] = database.rows(JOB, [status, attempts, worker_id])
    return int(number)


@pytest.mark.parametrize(("silent", "given_back"), [(jobs.DEAD_AFTER_SECONDS - 1, 0), (jobs.DEAD_AFTER_SECONDS + 1, 1)])
def test_a_worker_is_dead_after_twenty_silent_seconds(silent: float, given_back: int) -> None:
    """Both edges of the heartbeat: a slow worker keeps its job, a silent one loses it."""
    at_work = worker(silent)
    number = job("doing", 0, at_work)
    assert jobs.rescue() == given_back
    [[status, attempts, holder]] = database.rows(STATE, [number])
    assert (status, attempts, holder) == (("todo", 1, None) if given_back else ("doing", 0, at_work))


def test_a_job_without_a_worker_is_given_back() -> None:
    """procrastinate forgets a dead worker; its job names nobody then."""
    number = job("doing", 0, None)
    assert jobs.rescue() == 1
    assert database.rows(STATE, [number])[0][0] == "todo"
    assert jobs.rescue() == 0


@pytest.mark.parametrize(("attempts", "status"), [(jobs.RESCUES_MAX - 1, "todo"), (jobs.RESCUES_MAX, "failed")])
def test_a_job_that_kills_its_workers_is_set_aside(attempts: int, status: str) -> None:
    """The others must go on."""
    number = job("doing", attempts, None)
    jobs.rescue()
    assert database.rows(STATE, [number])[0][0] == status


def test_health_counts_workers_and_jobs() -> None:
    """Silent workers do not count; the age is that of the oldest job that waits."""
    worker(0)
    worker(jobs.DEAD_AFTER_SECONDS + 1)
    oldest, *_ = [job(status, 0, None) for status in ("todo", "todo", "doing", "failed")]
    database.execute("UPDATE procrastinate_events SET at = at - interval '90 seconds' WHERE job_id = %s", [oldest])
    found = jobs.health()
    assert (found.workers, found.waiting, found.running, found.failed) == (1, 2, 1, 1)
    assert found.oldest_waiting_seconds == 90.0  # one transaction has one now()


def test_a_database_that_is_away_does_not_stop_the_house(monkeypatch: pytest.MonkeyPatch) -> None:
    """The broken connection is closed and the next call tries anew."""
    closed: list[bool] = []

    def away() -> int:
        raise psycopg.OperationalError

    monkeypatch.setattr(jobs, "rescue", away)
    monkeypatch.setattr(operations_database, "_disconnect", lambda: closed.append(True))
    keep_house()
    assert closed == [True]
