"""Reading the clocks: the system's, what it would say had nobody set it, the database's, the mark beside the keys."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import NamedTuple

from suksala.foundation import clock

from . import grants_storage, vault_keys
from .grants_clock import Readings


class _Base(NamedTuple):
    """Where this process began to count: the clock, the monotonic clock, and how often clocks had been set back."""

    wall: datetime
    monotonic: float
    set_backs: int | None


_base = _Base(clock.now(), time.monotonic(), None)


def readings() -> Readings:
    """What all clocks say now."""
    elapsed = _counting().wall + timedelta(seconds=time.monotonic() - _base.monotonic)
    return Readings(clock.now(), elapsed, grants_storage.database_now(), vault_keys.mark())


def note() -> None:
    """Note how late it is, so that no clock set back is believed, not even after a start."""
    now, mark = clock.now(), vault_keys.mark()
    vault_keys.note(max(now, mark or now))


def forget() -> None:
    """Begin to count anew, in every process: the clock was set back, and what that put in doubt was ended."""
    vault_keys.note(clock.now())
    vault_keys.count_set_back()


def _counting() -> _Base:
    """The base of this process; a new one when another process has dealt with a clock that was set back."""
    global _base  # noqa: PLW0603 - one clock per process
    seen = vault_keys.set_backs()
    if _base.set_backs != seen:
        known = _base.set_backs is None
        _base = _Base(_base.wall, _base.monotonic, seen) if known else _Base(clock.now(), time.monotonic(), seen)
    return _base
