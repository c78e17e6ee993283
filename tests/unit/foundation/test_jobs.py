"""Asking for a job once: not while the same job waits, but again when nothing would do it soon."""

from __future__ import annotations

import pytest

from suksala.foundation import database, jobs

pytestmark = pytest.mark.django_db

NAME = "ingest.apply"


def ask(**more: object) -> int | None:
    """Ask for the job of deposit 7 unless it waits."""
    return jobs.enqueue(NAME, **{"once": True, "deposit": 7, **more})


def test_what_waits_already_is_not_asked_for_again() -> None:
    """Another deposit, or one asked for without `once`, is another job."""
    first = ask(lock="facility-99901")
    assert first is not None
    assert (ask(), ask(lock="facility-99901")) == (None, None)
    others = {ask(deposit=8), jobs.enqueue("ingest.void", once=True, deposit=7), jobs.enqueue(NAME, deposit=7)}
    assert len(others - {None, first}) == 3


@pytest.mark.parametrize(
    ("change", "asked_again"),
    [
        ("status = 'failed'", True),
        ("status = 'doing'", True),  # perhaps by a worker that was killed
        ("scheduled_at = now() + interval '1 minute'", True),  # failed, waits for its next try
        ("scheduled_at = now()", False),
        ("attempts = 2", False),
    ],
)
def test_what_nothing_would_do_soon_is_asked_for_again(change: str, asked_again: bool) -> None:
    """A job that is there but does not wait to be taken at once; the second that was asked for is enough."""
    database.execute(f"UPDATE procrastinate_jobs SET {change} WHERE id = %s", [ask()])
    assert (ask() is not None) == asked_again
    assert ask() is None


def test_what_waits_for_a_lock_that_a_job_at_work_holds_is_asked_for_again() -> None:
    """The worker at work may be dead; a lock that nobody at work holds is no reason."""
    at_work = jobs.enqueue(NAME, lock="facility-99901", deposit=6)
    waits = ask(lock="facility-99901")
    assert ask() is None
    database.execute("UPDATE procrastinate_jobs SET status = 'doing' WHERE id = %s", [at_work])
    assert ask() not in {None, waits}
    assert ask() is None
