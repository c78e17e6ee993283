"""What recurs in consent."""

from __future__ import annotations

from suksala.foundation import clock, ticks

from . import giving


@ticks.every(60.0, "consent.ends")
def write_down_ends() -> None:
    """Record the ends that have come; they count from their moment on without this."""
    giving.write_down_ends(clock.now())
