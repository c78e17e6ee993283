"""What recurs in privacy."""

from __future__ import annotations

from suksala.foundation import ticks

from . import looking


@ticks.every(3600.0, "privacy.look")
def look() -> None:
    """Look at the day that is over, once; after midnight in Bangkok, or when the machine is on again."""
    looking.look_at_what_is_over()
