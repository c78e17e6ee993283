"""Telling of an emergency opening: officers on their page, the patient on theirs and by SMS or LINE, in words that say
nothing of illness, place or person.

Each addressee and each channel has a notice of its own. What pages of officers tell is told with the opening itself, in
the same transaction; what the patient's page tells, when it was read; what goes out is tried channel by channel, so one
that fails keeps nothing from anybody else and repeats nothing that was told.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from time import monotonic
from typing import Final, Protocol

from suksala.foundation import clock, database, log

from . import grants_storage as storage
from .grants import Grant
from .grants_storage import Notice

TEXT: Final = "มีการเปิดดูข้อมูลฉุกเฉิน เข้าแอปเพื่อดู"
AT_ONCE = 100
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=5), timedelta(minutes=15)
FAILING_SECONDS = 10.0  # at a time: a channel that spends more on failing is left alone until the next time

_log = log.get("grants")


class NoticeChannel(Protocol):
    """A way to reach a patient outside the pages, such as SMS or LINE; it finds the address by itself."""

    @property
    def name(self) -> str:
        """By which it is known for ever what it has told: sms, line."""

    def tell(self, person: int, text: str, name: str) -> None:
        """Send the text to whoever owns this person's record; nothing when they left no address.

        name  the same each time this text is tried: who took it already need not send it twice

        Gives up within seconds. Whatever it raises, it is tried again later.
        """


class Collected:
    """A channel that keeps in memory what it would send: for tests and trials."""

    def __init__(self, name: str = "collected") -> None:
        self.name = name
        self.told: list[tuple[int, str]] = []

    def tell(self, person: int, text: str, name: str) -> None:  # noqa: ARG002 - tests look at whom and what
        """Remember it."""
        self.told.append((person, text))


CHANNELS: Final[list[NoticeChannel]] = []
"""The channels of this installation, filled at its start; the pages of the citizen tell without any."""


def queue(grant: Grant) -> None:
    """Have everybody told of an opening who is to know of it, within the transaction that opens."""
    at = grant.began
    storage.queue_notice(grant, "citizen", at)  # their page tells; told when the page has been read
    for channel in CHANNELS:
        storage.queue_notice(grant, "citizen", at, channel=channel.name)
    storage.queue_notice(grant, "facility-officer", at, facility=grant.facility, told=True)
    if grant.flags:
        storage.queue_notice(grant, "exchange-officer", at, told=True)


def deliver_notices() -> int:
    """Tell patients what is due by the channels; returns how many notices were taken.

    One that was not taken is tried again after a pause that grows, and stands in nobody's way meanwhile.
    """
    now, told, lost = clock.now(), 0, dict.fromkeys((channel.name for channel in CHANNELS), 0.0)
    for _ in range(AT_ONCE):
        began = monotonic()
        tried = _deliver_next([channel for channel in CHANNELS if lost[channel.name] < FAILING_SECONDS], now)
        if tried is None:
            break
        notice, taken = tried
        told += taken
        lost[notice.channel] += 0 if taken else monotonic() - began
    return told


def _deliver_next(channels: Sequence[NoticeChannel], now: datetime) -> tuple[Notice, bool] | None:
    """Try one notice; None when none is due for these channels."""
    ways = {channel.name: channel for channel in channels}
    with database.transaction():
        notice = storage.next_notice(sorted(ways), now)
        if notice is None:
            return None
        taken = _tell(ways[notice.channel], notice)
        if taken:
            storage.sent(notice, now)
        else:
            storage.try_again(notice, now + min(FIRST_PAUSE * 2 ** min(notice.tries, 20), LONGEST_PAUSE))
    return notice, taken


def _tell(channel: NoticeChannel, notice: Notice) -> bool:
    try:
        with database.transaction():  # what an adapter breaks in the database stays its own
            channel.tell(notice.person, TEXT, f"notice-{notice.id.hex}")
    except Exception as error:  # whatever an adapter raises, the others go on
        _log.warning("a notice was not taken", error_type=type(error).__name__)
        return False
    return True
