"""What recurs in the citizens' part."""

from __future__ import annotations

from suksala.foundation import clock, ticks

from . import showing


@ticks.every(60.0, "phr.show-consents")
def show_recent() -> None:
    """Show decisions that are not shown yet as Consents of the record."""
    showing.show_recent(clock.now())
