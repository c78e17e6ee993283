"""Chores that recur: one process at a time, and none stops the others."""

from __future__ import annotations

import threading

import psycopg
import pytest

from suksala.foundation import database, keys, ticks
from suksala.foundation.ticks import Chore

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_chore_is_done() -> None:
    """And says so."""
    done: list[int] = []
    assert ticks.once(Chore("made-up", 1.0, lambda: done.append(1)))
    assert done == [1]


def test_a_chore_that_another_process_does_is_left() -> None:
    """Its lock is held over there; free again, it is done here."""
    done: list[int] = []
    chore = Chore("made-up", 1.0, lambda: done.append(1))
    number = keys.keyed_int("ticks", "made-up")
    with psycopg.connect(database.connection().info.dsn) as other:
        other.execute("SELECT pg_advisory_lock(%s)", [number])
        assert not ticks.once(chore)
        assert done == []
        other.execute("SELECT pg_advisory_unlock(%s)", [number])
    assert ticks.once(chore)
    assert done == [1]


def test_a_chore_that_fails_is_tried_again() -> None:
    """It raises nothing, leaves no lock, and its next time works."""

    def fail() -> None:
        raise RuntimeError

    assert not ticks.once(Chore("made-up", 1.0, fail))
    done: list[int] = []
    assert ticks.once(Chore("made-up", 1.0, lambda: done.append(1)))
    assert done == [1]


def test_the_chores_of_the_house_recur(monkeypatch: pytest.MonkeyPatch) -> None:
    """Until they are told to stop; one that waits holds up no other."""
    times: list[int] = []
    enough = threading.Event()

    def count() -> None:
        times.append(1)
        if len(times) == 3:
            enough.set()

    def wait() -> None:
        enough.wait(10)  # as for a far node that does not answer

    chores = [Chore("made-up", 0.0, count), Chore("another", 0.0, wait)]
    monkeypatch.setattr(ticks, "_chores", {chore.name: chore for chore in chores})
    stopped = ticks.start()
    assert enough.wait(5)
    stopped.set()
    assert [chore.name for chore in ticks.registered()] == ["another", "made-up"]
