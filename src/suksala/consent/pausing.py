"""What came back with a copy of the database: consents and representations that may have been ended since it was made.

A restore pauses them in its own transaction (operations.closing); here that is written among the decisions, and told.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime

from suksala.foundation import database

from . import consents_storage, proxies_storage
from .consents import Consent

_MOST_AT_ONCE = 500


def note_what_was_paused() -> tuple[int, int]:
    """Keep the versions that a restore wrote in the histories; how many of consents and of representations. Safe to
    repeat.
    """
    with database.transaction():
        return consents_storage.note_paused(), proxies_storage.note_paused()


def all_paused() -> Iterator[Consent]:
    """Every paused consent of everybody, page by page."""
    person, number = 0, 0
    while page := consents_storage.paused_after(person, number, _MOST_AT_ONCE):
        yield from page
        person, number = page[-1].person, page[-1].id


def paused_consents(persons: Collection[int], now: datetime) -> list[Consent]:
    """Consents of these registrations that open nothing until the person gives them again, oldest first."""
    return consents_storage.paused(persons, now) if persons else []
