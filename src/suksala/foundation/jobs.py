"""Background jobs: named functions with JSON arguments, kept in PostgreSQL, run by workers.

`enqueue` joins the present transaction: the job exists if and only if what asked for it was committed.
procrastinate lies behind this facade (retries, locks, heartbeats); nothing else in Suksala names it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

F = TypeVar("F", bound=Callable[..., None])

QUEUE = "suksala"


def task(name: str, *, attempts: int = 5) -> Callable[[F], F]:
    """Register the decorated function as the job `name`; a failure is tried `attempts` times with growing pauses."""
    retry = RetryStrategy(max_attempts=attempts, exponential_wait=3)

    def register(function: F) -> F:
        app.task(name=name, queue=QUEUE, retry=retry)(function)
        return function

    return register


def enqueue(name: str, *, lock: str | None = None, once: str | None = None, **arguments: Any) -> int:
    """Ask for the job `name`. Returns its number.

    lock  jobs with one lock run one after another
    once  while a job with this text waits, asking again is refused by procrastinate.exceptions.AlreadyEnqueued
    """
    deferrer = app.configure_task(name, lock=lock, queueing_lock=once, queue=QUEUE)
    return deferrer.defer(**arguments)


def run_worker(*, until_empty: bool = False, name: str | None = None) -> None:
    """Run jobs in this process, one at a time; for ever, or until none is waiting."""
    with app.replace_connector(app.connector.get_worker_connector()) as worker_app:  # type: ignore[attr-defined]
        worker_app.run_worker(queues=[QUEUE], wait=not until_empty, concurrency=1, name=name, delete_jobs="successful")


def run_until_empty() -> None:
    """Run every waiting job in this process, then return."""
    run_worker(until_empty=True)
