"""What recurs in lists, and what a request leaves to a worker."""

from __future__ import annotations

from suksala.foundation import jobs, ticks

from . import service

LEARN = "lists.learn"  # web asks for it by this name


@jobs.task(LEARN)
def learn() -> None:
    """Train on the lists, when they have grown enough."""
    service.learn_if_due()


@ticks.every(3600.0, "lists.report")
def report() -> None:
    """Count what linking did; the last count of a day is that day's report."""
    service.report_if_any()
