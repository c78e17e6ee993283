"""Dates as people read them: Buddhist era in Thai, Gregorian in English, Bangkok time."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime

from suksala.foundation.clock import BANGKOK
from suksala.standards.thai_codes import english_date, thai_date

from .texts import ENGLISH, language

BUDDHIST_ERA = 543
_NBSP = "\u00a0"  # a date is not broken over two lines


def read(text: str) -> date | None:
    """The day in Bangkok that a FHIR date or dateTime tells; a year or month counts from its first day."""
    with suppress(ValueError):
        if "T" in text:
            at = datetime.fromisoformat(text)
            return (at.astimezone(BANGKOK) if at.tzinfo else at).date()
        return date.fromisoformat((text + "-01-01")[:10])
    return None


def day(on: date | datetime | None) -> str:
    """21 พ.ย. 2569 on a Thai page, 21 Nov 2026 on an English one; an en dash when unknown."""
    if on is None:
        return "–"
    if isinstance(on, datetime) and on.tzinfo is not None:
        on = on.astimezone(BANGKOK)
    text = english_date(on) if language() == ENGLISH else thai_date(on)
    return text.replace(" ", _NBSP)


def moment(at: datetime | None) -> str:
    """The day and the time in Bangkok: 21 พ.ย. 2569 14:05 น."""
    if at is None:
        return "–"
    if at.tzinfo is not None:
        at = at.astimezone(BANGKOK)
    suffix = "" if language() == ENGLISH else f"{_NBSP}น."
    return f"{day(at)} {at:%H:%M}{suffix}"


def year(gregorian: int) -> int:
    """The year as the reader counts it: 2569 in Thai, 2026 in English."""
    return gregorian if language() == ENGLISH else gregorian + BUDDHIST_ERA


def iso(on: date | datetime | None) -> str:
    """For the `datetime` attribute of <time>."""
    return "" if on is None else on.isoformat()
