"""The look for snooping against a made-up log whose truth is known: recall at least 90 %, at most 2 false alarms in
1,000 normal openings (T01).
"""

from __future__ import annotations

import pytest

from suksala.privacy import snooping
from tests.accuracy.staff_log import NORMAL, SNOOPING, StaffLog, made

SEEDS = (1, 2, 3, 4, 5, 6, 7, 8)


def caught(log: StaffLog) -> tuple[set[tuple[str, str, int]], int]:
    """Patterns that raised an alarm, each once, and how many alarms there were about work."""
    leafing = {reader for (reader, _), pattern in log.snooping.items() if pattern == "leafing"}
    patterns, false = set(), 0
    for found in snooping.suspicions(log.openings, log.known):
        reader, human = found.opening.reader, found.opening.human
        if found.is_of_the_day and reader in leafing:
            patterns.add(("leafing", reader, 0))
        elif (reader, human) in log.snooping:
            pattern = log.snooping[reader, human]
            patterns.add((pattern, reader, 0 if pattern == "leafing" else human))
        else:
            false += 1
    return patterns, false


@pytest.mark.parametrize("seed", SEEDS)
def test_snooping_is_found_and_work_is_left_alone(seed: int) -> None:
    patterns, false = caught(made(seed))
    assert len(patterns) >= 0.90 * SNOOPING, f"recall {len(patterns)} of {SNOOPING}"
    assert false <= 0.002 * NORMAL, f"{false} false alarms in {NORMAL}"


def test_what_leaves_no_trace_is_not_found() -> None:
    """Who looks once, in office hours, at somebody they share nothing with, looks like a telephone call."""
    patterns, _ = caught(made(1))
    assert not [one for one in patterns if one[0] == "once"]


def test_the_same_day_gives_the_same_alarms() -> None:
    assert caught(made(3)) == caught(made(3))
