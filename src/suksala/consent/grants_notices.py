"""Telling the patient outside the pages: by SMS or LINE, in words that say nothing of illness, place or person."""

from __future__ import annotations

from typing import Final, Protocol

from suksala.foundation import clock, database, log

from . import grants_storage as storage

TEXT: Final = "มีการเปิดดูข้อมูลฉุกเฉิน เข้าแอปเพื่อดู"
AT_ONCE = 100

_log = log.get("grants")


class NoticeChannel(Protocol):
    """A way to reach a patient outside the pages, such as SMS or LINE; it finds the address by itself."""

    def tell(self, person: int, text: str) -> None:
        """Send the text to whoever owns this person's record; nothing when they left no address. Raises OSError."""


class Collected:
    """A channel that keeps in memory what it would send: for tests and trials."""

    def __init__(self) -> None:
        self.told: list[tuple[int, str]] = []

    def tell(self, person: int, text: str) -> None:
        """Remember it."""
        self.told.append((person, text))


CHANNELS: Final[list[NoticeChannel]] = []
"""The channels of this installation, filled at its start; the pages of the citizen tell without any."""


def deliver_notices() -> int:
    """Tell what is due; returns how many notices. One that a channel does not take is tried again at the next time."""
    now, told = clock.now(), 0
    with database.transaction():
        for notice in storage.due_notices(now, AT_ONCE):
            if notice.receiver != "citizen" or _tell(notice.person):
                storage.sent(notice, now)
                told += 1
    return told


def _tell(person: int) -> bool:
    try:
        for channel in CHANNELS:
            channel.tell(person, TEXT)
    except OSError as error:
        _log.warning("a notice was not taken", error_type=type(error).__name__)
        return False
    return True
