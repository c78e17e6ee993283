"""Have waiting jobs done now by several processes, beside a running `up` or without one."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from suksala.foundation import jobs

from .processes import Child

TICK_SECONDS = 0.25
RESCUE_SECONDS = 5.0
PATIENCE_SECONDS = 20.0  # nothing runs and nothing got done: what waits is a failed job between two tries
STOP_SECONDS = 30.0
DEATHS_MAX = 3


def drain(data: Path, workers: int, pending: Callable[[], int]) -> int:
    """Run `workers` job processes until `pending()` is 0 or nothing moves any more. Returns what is still pending.

    pending  how many of the things waited for are not done yet; jobs of others may be done on the way
    """
    left = pending()
    if left == 0:
        return 0
    children = [_worker(data, number) for number in range(1, workers + 1)]
    try:
        for child in children:
            child.start()
        return _wait(children, pending, left)
    finally:
        for child in children:
            child.stop(STOP_SECONDS)


def _worker(data: Path, number: int) -> Child:
    name = f"ingest-{os.getpid()}-{number}"
    env = {**os.environ, "SUKSALA_PARENT": str(os.getpid())}
    command = [sys.executable, "-m", "suksala.operations", "worker", name]
    return Child(name, command, env, data / "logs" / f"ingest-{number}.log")


def _wait(children: list[Child], pending: Callable[[], int], left: int) -> int:
    moved = rescued = time.monotonic()
    while left:
        time.sleep(TICK_SECONDS)
        for child in children:
            child.watch()
        now, before, left = time.monotonic(), left, pending()
        if now - rescued > RESCUE_SECONDS:
            rescued = now
            jobs.rescue()
        if left != before or _at_work(children):
            moved = now
        elif now - moved > PATIENCE_SECONDS:
            break
    return left


def _at_work(children: list[Child]) -> bool:
    """Whether a job runs, or our workers are still on their way up."""
    health = jobs.health()
    starting = health.workers == 0 and all(child.quick_deaths < DEATHS_MAX for child in children)
    return health.running > 0 or starting
