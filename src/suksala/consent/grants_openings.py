"""What was opened in an emergency, for those who ask afterwards: the patient, the officer, the reader of the log."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, time, timedelta

from suksala import audit, identity
from suksala.foundation import clock

from . import grants_storage as storage
from .grants import Grant
from .permits import Purpose


def openings_of(persons: Collection[int], limit: int = 50) -> list[Grant]:
    """Emergency openings of somebody's record that they may know of by now, newest first, for themselves to read."""
    found = storage.of_persons(persons, limit) if persons else []
    hidden = storage.delayed([g.id for g in found], clock.now()) if found else set()
    return [g for g in found if g.id not in hidden]


def opening_behind(reader: str, person: int, on: date) -> Grant | None:
    """The emergency opening under which an account may have read somebody on a day in Bangkok; None: there was none.

    person  any registration of the human
    """
    first = datetime.combine(on, time(), clock.BANGKOK)
    persons = {person}.union(*(identity.persons_of(human) for human in identity.humans_of([person]).values()))
    found = storage.of_account(reader, persons)
    return next((g for g in found if g.began < first + timedelta(days=1) and g.until > first), None)


def veils_of(persons: Collection[int]) -> tuple[audit.Veil, ...]:
    """What of the log tells of openings that `openings_of` leaves out: their readers' reads, and every step of them.
    Of another opening by the same reader, of which the patient was told, nothing is left out.
    """
    found = storage.delayed_of_persons(persons, clock.now()) if persons else []
    return tuple(audit.Veil(g.reader, Purpose.EMERGENCY, g.began, g.ended_at or g.until, str(g.id)) for g in found)
