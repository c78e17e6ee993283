"""Chores that recur by the second: done by one worker at a time, over all processes.

For what cannot wait for a minute's cron and must not be done twice at once: sealing the audit log, ending a grant.
A chore that fails is told in the log and tried again when it is due next; each has a thread of its own, so one that
waits for a far node never stops the others.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

import django.db

from . import database, keys, log

SHORTEST_SECONDS = 0.05  # between two times, whatever a chore asks for

_log = log.get("ticks")


@dataclass(frozen=True)
class Chore:
    """Something to do.

    name     how the log names it, and by which it is locked
    seconds  pause between two times
    do       what to do; safe to repeat
    """

    name: str
    seconds: float
    do: Callable[[], None]


_chores: dict[str, Chore] = {}


def every(seconds: float, name: str) -> Callable[[Callable[[], None]], Callable[[], None]]:
    """Register the decorated function as a chore."""

    def register(do: Callable[[], None]) -> Callable[[], None]:
        _chores[name] = Chore(name, seconds, do)
        return do

    return register


def registered() -> list[Chore]:
    """Every chore, by name."""
    return [_chores[name] for name in sorted(_chores)]


def start() -> threading.Event:
    """Do the chores in threads of this process until the returned event is set or the process ends."""
    stopped = threading.Event()
    for chore in registered():
        threading.Thread(target=run, args=(chore, stopped), name=f"ticks {chore.name}", daemon=True).start()
    return stopped


def run(chore: Chore, stopped: threading.Event) -> None:
    """Do the chore now and whenever it is due, until `stopped`."""
    while not stopped.is_set():
        once(chore)
        stopped.wait(max(chore.seconds, SHORTEST_SECONDS))
    django.db.connections.close_all()


def once(chore: Chore) -> bool:
    """Do a chore now. False: another process is at it, or it failed."""
    number = keys.keyed_int("ticks", chore.name)
    try:
        [(mine,)] = database.rows("SELECT pg_try_advisory_lock(%s)", [number])
        if not mine:
            return False
        try:
            chore.do()
        finally:
            database.rows("SELECT pg_advisory_unlock(%s)", [number])
    except Exception as error:  # whatever a chore raises, the others go on
        _log.error("chore failed", chore=chore.name, error=type(error).__name__)
        django.db.connections.close_all()  # a broken connection is opened anew; its locks end with it
        return False
    return True
