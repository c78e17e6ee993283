"""Days as ordinals (int) and the text the 43 files want; three Thai fiscal years of made-up life."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

_BASE: Final = date(1900, 1, 1).toordinal()
_TEXT: Final = tuple((date(1900, 1, 1) + timedelta(n)).strftime("%Y%m%d") for n in range(366 * 135))
_DAYS: Final = {text: _BASE + n for n, text in enumerate(_TEXT)}

START: Final = date(2023, 10, 1).toordinal()  # first day of fiscal year BE 2567
END: Final = date(2026, 9, 30).toordinal()  # last day of fiscal year BE 2569, the last finished quarter
CUT: Final = date(2026, 6, 30).toordinal()  # the history zip reaches to here, the later zip carries on
HISTORY_SENT: Final = date(2026, 7, 6).toordinal()
LATER_SENT: Final = date(2026, 10, 9).toordinal()
FISCAL_YEARS: Final = (2567, 2568, 2569)
YEAR: Final = 365.25


def ymd(day: int) -> str:
    """YYYYMMDD of an ordinal between 1900 and 2034."""
    return _TEXT[day - _BASE]


def day_of(text: str) -> int | None:
    """The ordinal of YYYYMMDD, or of YYYYMMDDHHMMSS; None when the text is no day of 1900-2034."""
    return _DAYS.get(text[:8])


def ordinal(year: int, month: int, day: int) -> int:
    """The ordinal of a Gregorian day."""
    return date(year, month, day).toordinal()


def fiscal_start(fiscal_year: int) -> int:
    """1 October that opens the fiscal year of the Buddhist era: 2568 -> 2024-10-01."""
    return date(fiscal_year - 544, 10, 1).toordinal()


def quarter_end(fiscal_year: int, quarter: int) -> int:
    """Last day of a fiscal quarter: Q1 ends on 31 December, Q4 on 30 September."""
    year = fiscal_year - 543
    return (
        date(year - 1, 12, 31),
        date(year, 3, 31),
        date(year, 6, 30),
        date(year, 9, 30),
    )[quarter - 1].toordinal()


def age_on(birth: int, day: int) -> int:
    """Completed years; who is born on 29 February has the birthday on 1 March of a common year."""
    born, now = date.fromordinal(birth), date.fromordinal(day)
    return now.year - born.year - ((now.month, now.day) < (born.month, born.day))


def years_before(day: int, years: int) -> int:
    """The same day of an earlier year: whoever was born on it or before has that many completed years."""
    moment = date.fromordinal(day)
    return moment.replace(year=moment.year - years).toordinal()


def office_day(day: int) -> int:
    """The same day, or the Monday after a weekend."""
    weekday = (day + 6) % 7
    return day + (7 - weekday if weekday > 4 else 0)
