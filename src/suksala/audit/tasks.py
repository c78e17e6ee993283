"""What recurs in the log."""

from __future__ import annotations

from suksala.foundation import ticks

from . import sealing, witnesses


@ticks.every(1.0, "audit.seal")
def seal() -> None:
    """Seal new facts."""
    sealing.seal()


@ticks.every(10.0, "audit.gather")
def gather() -> None:
    """Have the newest checkpoint co-signed."""
    witnesses.gather()


@ticks.every(3600.0, "audit.look-back")
def look_back() -> None:
    """Look again for facts that showed late."""
    sealing.look_back()
