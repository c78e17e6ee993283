"""Dates of the files, the Thai fiscal year, and dates as people write them.

Files carry Gregorian YYYYMMDD and YYYYMMDDHHMMSS; screens show the Buddhist year. A Buddhist year in a file is a
fault with a suggestion, never a silent conversion. The fiscal year runs from 1 October to 30 September.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

BUDDHIST = 543  # years between the Buddhist and the Gregorian count
BUDDHIST_FROM = 2400  # a year in a file above this is a Buddhist one
OLDEST = 1850  # nobody in a register was born before
_EIGHT = re.compile(r"[0-9]{8}", re.ASCII)
_FOURTEEN = re.compile(r"[0-9]{14}", re.ASCII)
_PERIOD = re.compile(r"(2[45][0-9]{2})(?:Q([1-4])|-(0[1-9]|1[0-2]))?", re.ASCII)

_TH_SHORT = ("ม.ค.", "ก.พ.", "มี.ค.", "เม.ย.", "พ.ค.", "มิ.ย.", "ก.ค.", "ส.ค.", "ก.ย.", "ต.ค.", "พ.ย.", "ธ.ค.")
_TH_LONG = (
    "มกราคม", "กุมภาพันธ์", "มีนาคม", "เมษายน", "พฤษภาคม", "มิถุนายน",
    "กรกฎาคม", "สิงหาคม", "กันยายน", "ตุลาคม", "พฤศจิกายน", "ธันวาคม",
)  # fmt: skip
_EN_LONG = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip

Reason = Literal["form", "zero", "calendar", "buddhist-year", "future", "too-old"]


@dataclass(frozen=True)
class Fault:
    """Why a text is no date of the standard.

    rule        the rule of the receipt: date, buddhist-year or future
    reason      finer: form (not digits, wrong length), zero (00000000), calendar (30 February), too-old ...
    suggestion  the date probably meant, to be asked about, never taken over
    """

    rule: Literal["date", "buddhist-year", "future"]
    reason: Reason
    suggestion: date | None = None


def parse_date(text: str, *, not_after: date | None = None) -> date | Fault | None:
    """A YYYYMMDD of a file; None when blank.

    not_after  the newest day allowed (the day of export or receipt); later ones are faults of rule "future"

    >>> parse_date("20251101"), parse_date("25320415").suggestion
    (datetime.date(2025, 11, 1), datetime.date(1989, 4, 15))
    """
    text = text.strip(" ")
    if not text:
        return None
    if not _EIGHT.fullmatch(text):
        return Fault("date", "form")
    return _checked(text, not_after)


def parse_datetime(text: str, *, not_after: date | None = None) -> datetime | Fault | None:
    """A YYYYMMDDHHMMSS of a file, in Bangkok local time; None when blank. Faults as in `parse_date`."""
    text = text.strip(" ")
    if not text:
        return None
    if not _FOURTEEN.fullmatch(text):
        return Fault("date", "form")
    day = _checked(text[:8], not_after)
    if isinstance(day, Fault):
        return day
    try:
        return datetime.combine(day, time(int(text[8:10]), int(text[10:12]), int(text[12:])))
    except ValueError:
        return Fault("date", "calendar")


OLDEST_AGE = 120  # years that nobody has lived longer than
_LAST_BUDDHIST, _FIRST_GREGORIAN = 2300, 1700
_YEAR_ONLY = {(1, 1), (7, 1)}


@dataclass(frozen=True)
class Birth:
    """A birth date as far as it is known.

    day        the date, its year Gregorian
    year_only  1 January, which the 43-file standard writes for an unknown day (1 July in older registers)
    repaired   the year was written 543 too high or too low
    """

    day: date
    year_only: bool = False
    repaired: bool = False


def read_birth(written: date | None, seen_on: date) -> Birth | None:
    """What a written birth date says to whoever compares people; None for none, or one that nobody seen that day has.

    For comparing only: a record keeps the date as it was sent.

    >>> read_birth(date(2513, 5, 5), date(2026, 1, 1))
    Birth(day=datetime.date(1970, 5, 5), year_only=False, repaired=True)
    """
    if written is None:
        return None
    shift = -BUDDHIST if written.year > _LAST_BUDDHIST else BUDDHIST if written.year < _FIRST_GREGORIAN else 0
    found = _day(written.year + shift, written.month, written.day)
    if found is None or found > seen_on or seen_on.year - found.year > OLDEST_AGE:
        return None
    return Birth(found, (found.month, found.day) in _YEAR_ONLY, bool(shift))


def _checked(digits: str, not_after: date | None) -> date | Fault:
    year, month, day = int(digits[:4]), int(digits[4:6]), int(digits[6:])
    if not year + month + day:
        return Fault("date", "zero")
    if year > BUDDHIST_FROM:
        return Fault("buddhist-year", "buddhist-year", _day(year - BUDDHIST, month, day))
    found = _day(year, month, day)
    if found is None:
        return Fault("date", "calendar")
    if year < OLDEST:
        return Fault("date", "too-old", _day(year + BUDDHIST, month, day))
    if not_after and found > not_after:
        return Fault("future", "future")
    return found


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


@dataclass(frozen=True)
class Period:
    """A fiscal year (quarter and month None), a quarter of it, or a calendar month (quarter None); first and last day.

    fiscal_year is Buddhist: 2569 runs from 2025-10-01 to 2026-09-30.
    """

    fiscal_year: int
    quarter: int | None
    start: date
    end: date
    month: int | None = None

    def __str__(self) -> str:
        """The text `period` reads back: 2568, 2568Q4 or 2568-09."""
        if self.month:
            return f"{self.start.year + BUDDHIST}-{self.month:02d}"
        return f"{self.fiscal_year}Q{self.quarter}" if self.quarter else str(self.fiscal_year)


def period(text: str) -> Period:
    """A period as the command line and the pages write it. Raises ValueError.

    "2568" fiscal year · "2568Q4" its last quarter (July to September 2025) · "2568-09" September of the Buddhist
    calendar year 2568, which lies in fiscal year 2568 (and "2568-10" in 2569).

    >>> period("2568Q4").end, period("2568").start
    (datetime.date(2025, 9, 30), datetime.date(2024, 10, 1))
    """
    found = _PERIOD.fullmatch(text.strip().upper())
    if found is None:
        raise ValueError('a period is written "2568", "2568Q4" or "2568-09" (Buddhist years)')
    year, q, month = int(found[1]), found[2], found[3]
    if month:
        return month_of(date(year - BUDDHIST, int(month), 1))
    if q:
        return Period(year, int(q), _quarter_start(year, int(q)), quarter_end(year, int(q)))
    return Period(year, None, _quarter_start(year, 1), quarter_end(year, 4))


def month_of(day: date) -> Period:
    """The calendar month that holds this day, as a period."""
    start = day.replace(day=1)
    after = (start + timedelta(days=31)).replace(day=1)
    return Period(fiscal_year(start), None, start, after - timedelta(days=1), start.month)


def fiscal_year(day: date) -> int:
    """Thai fiscal year, Buddhist: 1 October 2025 begins 2569.

    >>> fiscal_year(date(2025, 9, 30)), fiscal_year(date(2025, 10, 1))
    (2568, 2569)
    """
    return day.year + BUDDHIST + (day.month >= 10)


def quarter(day: date) -> tuple[int, int]:
    """Fiscal year and quarter: Q1 October-December, Q2 January-March, Q3 April-June, Q4 July-September."""
    return fiscal_year(day), (day.month + 2) // 3 % 4 + 1


def quarter_end(year: int, q: int) -> date:
    """Last day of a quarter of a Buddhist fiscal year. Raises ValueError unless q is 1 to 4."""
    if q not in (1, 2, 3, 4):
        raise ValueError("a quarter is 1, 2, 3 or 4")
    return _quarter_start(*((year, q + 1) if q < 4 else (year + 1, 1))) - timedelta(days=1)


def _quarter_start(year: int, q: int) -> date:
    gregorian = year - BUDDHIST
    return date(gregorian - 1, 10, 1) if q == 1 else date(gregorian, 3 * q - 5, 1)


def thai_date(day: date, *, long: bool = False) -> str:
    """As a Thai reader writes it, Buddhist year.

    >>> thai_date(date(2026, 11, 21)), thai_date(date(2026, 11, 21), long=True)
    ('21 พ.ย. 2569', '21 พฤศจิกายน 2569')
    """
    months = _TH_LONG if long else _TH_SHORT
    return f"{day.day} {months[day.month - 1]} {day.year + BUDDHIST}"


def english_date(day: date, *, long: bool = False) -> str:
    """The English twin, Gregorian year: 21 Nov 2026, 21 November 2026."""
    month = _EN_LONG[day.month - 1]
    return f"{day.day} {month if long else month[:3]} {day.year}"


def thai_month(day: date, *, long: bool = False) -> str:
    """Month and Buddhist year: พ.ย. 2569."""
    months = _TH_LONG if long else _TH_SHORT
    return f"{months[day.month - 1]} {day.year + BUDDHIST}"
