"""What recurs in sign-in."""

from __future__ import annotations

from suksala.foundation import ticks

from . import sms


@ticks.every(1.0, "signin.sms")
def send_texts() -> None:
    """Hand text messages over to the operator's gateway; nothing without one."""
    sms.send_due()
