"""FHIR dates as spans of time, in Bangkok where no zone is given.

A day is [00:00, 24:00) in Asia/Bangkok: `date=2026-01-01` finds what happened on that Thai day, not on a UTC day.
Source: FHIR R4 search, section 3.1.1.4.6 (date) and 3.1.1.4.5 (prefixes).
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from functools import lru_cache

from suksala.foundation.clock import BANGKOK

_FORM = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)?)?)?)?", re.ASCII
)
LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)
FAR_AHEAD = datetime(9999, 12, 31, tzinfo=UTC)


@lru_cache(maxsize=1 << 16)
def span(text: str) -> tuple[datetime, datetime]:
    """The first moment of a FHIR date or dateTime and the first moment after it.

    Raises ValueError for another form. A time without a zone is in Bangkok.

    >>> [moment.isoformat() for moment in span("2026-02")]
    ['2026-02-01T00:00:00+07:00', '2026-03-01T00:00:00+07:00']
    """
    found = _FORM.fullmatch(text)
    if found is None:
        raise ValueError("not a FHIR date")
    year, month, day, hour, minute, second, fraction, zone = found.groups()
    if hour is None:
        return _days(int(year), month, day)
    start = datetime.combine(
        date(int(year), int(month), int(day)), time(int(hour), int(minute), int(second or 0)), _zone(zone)
    )
    if second is None:
        return start, start + timedelta(minutes=1)
    if fraction is None:
        return start, start + timedelta(seconds=1)
    start += timedelta(microseconds=int(fraction[1:7].ljust(6, "0")))
    return start, start + timedelta(microseconds=10 ** max(0, 7 - len(fraction)))


def _days(year: int, month: str | None, day: str | None) -> tuple[datetime, datetime]:
    if month is None:
        return _midnight(date(year, 1, 1)), _midnight(date(year + 1, 1, 1))
    if day is None:
        first = date(year, int(month), 1)
        return _midnight(first), _midnight((first + timedelta(days=32)).replace(day=1))
    only = date(year, int(month), int(day))
    return _midnight(only), _midnight(only + timedelta(days=1))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), BANGKOK)


def _zone(text: str | None) -> tzinfo:
    if text is None:
        return BANGKOK
    if text == "Z":
        return UTC
    sign = -1 if text[0] == "-" else 1
    return timezone(sign * timedelta(hours=int(text[1:3]), minutes=int(text[4:6])))


def instant(moment: datetime) -> str:
    """A moment as FHIR `instant` in Bangkok's offset, to the millisecond."""
    return moment.astimezone(BANGKOK).isoformat(timespec="milliseconds")
