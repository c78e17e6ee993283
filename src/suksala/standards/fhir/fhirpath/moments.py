"""Dates and times with the precision they were written with, compared as FHIRPath asks, and their boundaries.

A time without an offset is taken to be Bangkok's, as everywhere in the exchange.
Source: FHIRPath N1, date/time comparison, lowBoundary and highBoundary (FHIRPath 3.0.0 draft, used by SQL on FHIR).
"""

from __future__ import annotations

import calendar
import re
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

BANGKOK = 7 * 60
_FORM = re.compile(
    r"(\d{4})(?:-(\d{2})(?:-(\d{2})(?:T(?:(\d{2})(?::(\d{2})(?::(\d{2}(?:\.\d+)?))?)?(Z|[+-]\d{2}:\d{2})?)?)?)?)?T?",
    re.ASCII,
)
_TIME = re.compile(r"(\d{2})(?::(\d{2})(?::(\d{2}(?:\.\d+)?))?)?", re.ASCII)
_DIGITS = {4: 1, 6: 2, 8: 3, 10: 4, 12: 5, 14: 6, 17: 7}  # of a boundary's precision -> parts
_TIME_DIGITS = {2: 1, 4: 2, 6: 3, 9: 4}


class Moment(NamedTuple):
    """Year, month, day, hour, minute and second as far as they are given, and the offset in minutes."""

    parts: tuple[int | Decimal, ...]
    offset: int | None = None


@lru_cache(maxsize=1 << 12)
def moment(text: str) -> Moment | None:
    """A date or dateTime; None for what is none, the 31st of February too."""
    found = _FORM.fullmatch(text)
    if not found:
        return None
    given = [part for part in found.groups()[:5] if part is not None]
    parts: tuple[int | Decimal, ...] = tuple(int(part) for part in given)
    if found[6] is not None:
        parts += (Decimal(found[6]),)
    return Moment(parts, _offset(found[7])) if _stands(parts) else None


def _stands(parts: tuple[int | Decimal, ...]) -> bool:
    full = (*parts, *(1, 1, 1, 0, 0, 0)[len(parts) :])
    try:
        year, month, day, hour, minute, second = (int(part) for part in full)
        datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 - only whether the calendar has it
    except (ValueError, OverflowError):
        return False
    return True


def _offset(text: str | None) -> int | None:
    if not text or text == "Z":
        return 0 if text else None
    minutes = int(text[1:3]) * 60 + int(text[4:6])
    return -minutes if text[0] == "-" else minutes


@lru_cache(maxsize=1 << 10)
def clock_time(text: str) -> Moment | None:
    """A time of day."""
    found = _TIME.fullmatch(text)
    if not found or int(found[1]) > 23 or int(found[2] or 0) > 59 or Decimal(found[3] or 0) >= 60:
        return None
    parts = tuple(int(part) for part in found.groups()[:2] if part is not None)
    return Moment((*parts, Decimal(found[3])) if found[3] is not None else parts)


def compared(one: Moment, other: Moment) -> int | None:
    """-1, 0 or 1; None where one is less precise and they agree as far as it goes."""
    if one.offset != other.offset and (len(one.parts) > 3 or len(other.parts) > 3):
        one, other = _in_bangkok(one), _in_bangkok(other)
    for mine, theirs in zip(one.parts, other.parts, strict=False):
        if mine != theirs:
            return -1 if mine < theirs else 1
    return 0 if len(one.parts) == len(other.parts) else None


def _in_bangkok(found: Moment) -> Moment:
    if found.offset in (None, BANGKOK) or len(found.parts) < 4:
        return found
    given = len(found.parts)
    year, month, day, hour, minute = (int(part) for part in (*found.parts[:5], 0)[:5])
    try:
        here = datetime(year, month, day, hour, minute)  # noqa: DTZ001 - both sides are moved to one offset
        shifted = here + timedelta(minutes=BANGKOK - (found.offset or 0))
    except OverflowError:
        return found
    parts: tuple[int | Decimal, ...] = (shifted.year, shifted.month, shifted.day, shifted.hour)
    parts += (shifted.minute,) if given > 4 else ()
    return Moment(parts + found.parts[5:], BANGKOK)


def boundary(text: str, *, high: bool, is_date: bool, digits: int | None) -> str | None:
    """The earliest or latest moment that a date or dateTime can mean; None for a precision there is none of."""
    found = moment(text)
    count = _DIGITS.get(digits or (8 if is_date else 17))
    if found is None or count is None or (is_date and count > 3):
        return None
    parts = list(found.parts)
    if len(parts) < 2:
        parts.append(12 if high else 1)
    if len(parts) < 3:
        parts.append(calendar.monthrange(int(parts[0]), int(parts[1]))[1] if high else 1)
    for last in (23, 59):
        if len(parts) < (4 if last == 23 else 5):
            parts.append(last if high else 0)
    second, fraction = _second(parts[5] if len(parts) > 5 else None, high=high)
    shown = [f"{int(parts[0]):04d}", *(f"{int(part):02d}" for part in parts[1:5]), second, fraction]
    marks = ("", "-", "-", "T", ":", ":", ".")
    told = "".join(mark + part for mark, part in zip(marks[:count], shown[:count], strict=True))
    return told if count < 4 else told + _zone(text, found.offset, high=high)


def time_boundary(text: str, *, high: bool, digits: int | None) -> str | None:
    """As `boundary`, of a time of day."""
    found = clock_time(text)
    count = _TIME_DIGITS.get(digits or 9)
    if found is None or count is None:
        return None
    minute = int(found.parts[1]) if len(found.parts) > 1 else 59 if high else 0
    second, fraction = _second(found.parts[2] if len(found.parts) > 2 else None, high=high)
    shown = (f"{int(found.parts[0]):02d}", f":{minute:02d}", f":{second}", f".{fraction}")
    return "".join(shown[:count])


def _second(value: int | Decimal | None, *, high: bool) -> tuple[str, str]:
    """Seconds and thousandths."""
    if value is None:
        return ("59", "999") if high else ("00", "000")
    whole, _, fraction = str(value).partition(".")
    return whole.zfill(2), fraction[:3].ljust(3, "9" if high else "0")


def _zone(text: str, offset: int | None, *, high: bool) -> str:
    """The offset it has, or the one that makes the moment earliest or latest."""
    if offset is None:
        return "-12:00" if high else "+14:00"
    return "Z" if text.endswith("Z") else text[-6:]
