"""What recurs in consent."""

from __future__ import annotations

from suksala.foundation import clock, ticks

from . import giving, grants_notices, grants_review, grants_service, showing


@ticks.every(60.0, "consent.ends")
def write_down_ends() -> None:
    """Record the ends that have come; they count from their moment on without this."""
    giving.write_down_ends(clock.now())


@ticks.every(5.0, "consent.end-grants")
def end_grants() -> None:
    """End emergency grants whose time is over, and destroy their keys and copies."""
    grants_service.expire_grants()


@ticks.every(5.0, "consent.tell")
def tell() -> None:
    """Tell patients and officers of emergency openings."""
    grants_notices.deliver_notices()


@ticks.every(3600.0, "consent.lock-overdue")
def lock_overdue() -> None:
    """Lock facilities that leave openings unreviewed."""
    grants_review.lock_overdue()


@ticks.every(3600.0, "consent.codes")
def sweep_codes() -> None:
    """Take away codes of yesterday."""
    showing.sweep_codes(clock.now())
