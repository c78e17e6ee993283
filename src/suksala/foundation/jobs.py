"""Background jobs: named functions with JSON arguments, kept in PostgreSQL, run by workers.

`enqueue` joins the present transaction: the job exists if and only if what asked for it was committed.
procrastinate lies behind this facade (retries, locks, heartbeats); nothing else in Suksala names it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from . import database

F = TypeVar("F", bound=Callable[..., None])

QUEUE = "suksala"
HEARTBEAT_SECONDS = 5.0
DEAD_AFTER_SECONDS = 20.0  # no heartbeat for so long: the worker was killed
RESCUES_MAX = 3  # a job that killed three workers is set aside, the others go on


def task(name: str, *, attempts: int = 5) -> Callable[[F], F]:
    """Register the decorated function as the job `name`; a failure is tried `attempts` times with growing pauses."""
    retry = RetryStrategy(max_attempts=attempts, exponential_wait=3)

    def register(function: F) -> F:
        app.task(name=name, queue=QUEUE, retry=retry)(function)
        return function

    return register


def enqueue(name: str, *, lock: str | None = None, once: bool = False, after: int = 0, **arguments: Any) -> int | None:
    """Ask for the job `name`. Returns its number.

    lock  jobs with one lock run one after another
    after  seconds until it is due
    once  nothing is asked for (None) while the same job waits already: it is due, and no job at work holds its lock;
          with `after`: while the same job is due later
    """
    if once and after and database.rows(_LATER, [QUEUE, name, json.dumps(arguments)]):
        return None
    if once and not after and database.rows(_WAITING, [QUEUE, name, json.dumps(arguments)]):
        return None  # two that ask in the same moment both may: every task is safe to redo
    due = {"seconds": after} if after else None
    return app.configure_task(name, lock=lock, queue=QUEUE, schedule_in=due).defer(**arguments)


def is_asked(lock: str) -> bool:
    """Whether a job with this lock waits or runs; not, when none was asked for or all have ended."""
    return bool(database.rows(_ASKED, [QUEUE, lock]))


def run_worker(*, until_empty: bool = False, name: str | None = None) -> None:
    """Run jobs in this process, one at a time; for ever, or until none is waiting."""
    with app.replace_connector(app.connector.get_worker_connector()) as worker_app:  # type: ignore[attr-defined]
        worker_app.run_worker(
            queues=[QUEUE],
            wait=not until_empty,
            concurrency=1,
            name=name,
            delete_jobs="successful",
            update_heartbeat_interval=HEARTBEAT_SECONDS,
            stalled_worker_timeout=DEAD_AFTER_SECONDS,
        )


def run_until_empty() -> None:
    """Run every waiting job in this process, then return."""
    run_worker(until_empty=True)


@dataclass(frozen=True)
class JobsHealth:
    """How the workers are: alive by heartbeat, jobs that wait or run or have failed, age of the oldest that waits."""

    workers: int
    waiting: int
    running: int
    failed: int
    oldest_waiting_seconds: float


def health() -> JobsHealth:
    """Facts for /health and `suksala doctor`, from the database alone."""
    row = database.rows(_HEALTH, [DEAD_AFTER_SECONDS, QUEUE])[0]
    return JobsHealth(*row)


def rescue() -> int:
    """Give the jobs of killed workers back to the queue. Returns how many.

    A job is redone from its start, so every task must be safe to redo. One rescued RESCUES_MAX times is failed.
    """
    return len(database.rows(_RESCUE, {"queue": QUEUE, "dead": DEAD_AFTER_SECONDS, "most": RESCUES_MAX}))


# A job that waits for its next try, or for a worker that was killed, is not one to rely on.
_WAITING = """
SELECT 1 FROM procrastinate_jobs j
WHERE status = 'todo' AND queue_name = %s AND task_name = %s AND args = %s::jsonb
  AND (scheduled_at IS NULL OR scheduled_at <= now())
  AND NOT EXISTS (SELECT FROM procrastinate_jobs held WHERE held.lock = j.lock AND held.status = 'doing')
LIMIT 1"""

_ASKED = "SELECT 1 FROM procrastinate_jobs WHERE queue_name = %s AND lock = %s AND status IN ('todo', 'doing') LIMIT 1"

_LATER = """
SELECT 1 FROM procrastinate_jobs
WHERE status = 'todo' AND queue_name = %s AND task_name = %s AND args = %s::jsonb AND scheduled_at > now() LIMIT 1"""

_HEALTH = """
SELECT (SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > now() - make_interval(secs => %s))::int,
       (count(*) FILTER (WHERE status = 'todo'))::int,
       (count(*) FILTER (WHERE status = 'doing'))::int,
       (count(*) FILTER (WHERE status = 'failed'))::int,
       coalesce(extract(epoch FROM now() - min(e.at) FILTER (WHERE status = 'todo')), 0)::float8
FROM procrastinate_jobs j
LEFT JOIN LATERAL (SELECT min(at) AS at FROM procrastinate_events WHERE job_id = j.id) e ON j.status = 'todo'
WHERE queue_name = %s"""

_RESCUE = """
WITH orphan AS (
    SELECT j.id, j.attempts FROM procrastinate_jobs j LEFT JOIN procrastinate_workers w ON w.id = j.worker_id
    WHERE j.status = 'doing' AND j.queue_name = %(queue)s
      AND (w.id IS NULL OR w.last_heartbeat < now() - make_interval(secs => %(dead)s))
    FOR UPDATE OF j SKIP LOCKED)
UPDATE procrastinate_jobs j
SET status = (CASE WHEN o.attempts >= %(most)s THEN 'failed' ELSE 'todo' END)::procrastinate_job_status,
    attempts = o.attempts + 1, scheduled_at = NULL, worker_id = NULL
FROM orphan o WHERE j.id = o.id
RETURNING j.id"""
