"""Puts the clock of every process of a served Suksala into a test's hands: this folder stands first in PYTHONPATH.

SUKSALA_TEST_CLOCK names a file with the moment at which the clock stands; while there is none, it goes as ever. What
the machine counts by itself since its start stands too: beside it, a clock that stood for half a minute would be one
that was set back (consent.grants_clock), and every emergency opening over.
"""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from suksala.foundation import clock

_MOMENT = Path(os.environ["SUKSALA_TEST_CLOCK"])
_true, _counting = clock.now, time.clock_gettime
_STARTED = datetime(2026, 1, 1, tzinfo=UTC)  # the machine
_SINCE_START = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def _now() -> datetime:
    try:
        return datetime.fromisoformat(_MOMENT.read_text())
    except FileNotFoundError:
        return _true()


def _counted(of: int, /) -> float:
    return (_now() - _STARTED) / timedelta(seconds=1) if of == _SINCE_START else _counting(of)


clock.now, time.clock_gettime = _now, _counted
