"""What recurs in identity."""

from __future__ import annotations

from suksala.foundation import clock, ticks

from . import nightly


@ticks.every(600.0, "identity.nightly")
def weigh() -> None:
    """Weigh who waits, at night; everybody on Sundays."""
    nightly.when_few_are_at_work(clock.now())
