"""Devices of citizens: a new one may look at once, and change who sees the record only after a day (security T12)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

SETTLES_AFTER = timedelta(hours=24)  # time for the old devices' notice to be seen: stolen codes, swapped SIM cards
IN_PERSON = ("code", "demo")  # who was seen with their card a moment ago need not wait


@dataclass(frozen=True, slots=True)
class Device:
    """A browser in which a citizen has signed in.

    settled_at   from when it may change who sees the record
    answered     what another device said of it: "" nothing yet, "mine", "unknown"
    """

    id: int
    account: int
    name: str
    first_at: datetime
    settled_at: datetime
    answered: str


def settles_at(now: datetime, proof: str, *, is_first: bool) -> datetime:
    """When a device first seen now may change things: at once if it is the first or its holder was seen in person, else
    after 24 hours.
    """
    return now if is_first or proof in IN_PERSON else now + SETTLES_AFTER


def is_settled(device: Device, now: datetime) -> bool:
    """Whether the day is over, to the moment."""
    return device.answered != "unknown" and now >= device.settled_at
