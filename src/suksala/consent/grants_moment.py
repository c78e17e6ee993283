"""Reading the clocks: the system's, what it would say had nobody set it, the database's, the mark beside the keys.

What it would say is counted from the start of the machine, so no end of a process interrupts it: the moment of that
start is kept beside the keys, and a clock by which it lies earlier than it did was set back.
"""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path

from suksala.foundation import clock

from . import grants_storage, vault_keys
from .grants_clock import Readings
from .vault_keys import Noted


def readings() -> Readings:
    """What all clocks say now."""
    return replace(readings_here(), database=grants_storage.database_now())


def readings_here() -> Readings:
    """What this machine's own clocks say now, the database unasked."""
    noted = vault_keys.noted()
    elapsed = noted.started + timedelta(seconds=uptime()) if noted and _is_this_run(noted) else None
    return Readings(clock.now(), elapsed, None, noted.mark if noted else None)


def note() -> None:
    """Note how late it is, so that no clock set back is believed, not even after a start."""
    now, noted = _present(), vault_keys.noted()
    if noted is not None:
        started = max(now.started, noted.started) if _is_this_run(noted) else now.started
        now = Noted(max(now.mark, noted.mark), now.run, started)
    vault_keys.note(now)


def forget() -> None:
    """Begin to count anew, in every process: the clock was set back, and what that put in doubt was ended."""
    vault_keys.note(_present())


def _present() -> Noted:
    now = clock.now()
    return Noted(now, run_of_machine(), now - timedelta(seconds=uptime()))


def _is_this_run(noted: Noted) -> bool:
    return bool(noted.run) and noted.run == run_of_machine()


def uptime() -> float:
    """Seconds since the machine was started, awake or asleep."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


@cache
def run_of_machine() -> str:
    """What names this run of the machine until its next start; "" where its system tells none: then the mark counts."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""
