"""Dates of the files, fiscal periods (requirements S1.4, X3), and dates as people write them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from suksala.standards.thai_codes import (
    Fault,
    Period,
    dates,
    english_date,
    fiscal_year,
    period,
    quarter,
    quarter_end,
    thai_date,
)

TODAY = date(2026, 11, 21)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("20251101", date(2025, 11, 1)),
        ("20240229", date(2024, 2, 29)),
        ("18500101", date(1850, 1, 1)),
        ("20261121", TODAY),
        ("", None),
        ("        ", None),
        ("20261122", Fault("future", "future")),  # tomorrow
        ("25320415", Fault("buddhist-year", "buddhist-year", date(1989, 4, 15))),
        ("24010101", Fault("buddhist-year", "buddhist-year", date(1858, 1, 1))),
        ("25670230", Fault("buddhist-year", "buddhist-year", None)),  # no such day in either count
        ("00000000", Fault("date", "zero")),
        ("20250230", Fault("date", "calendar")),
        ("20230229", Fault("date", "calendar")),
        ("20251301", Fault("date", "calendar")),
        ("20250100", Fault("date", "calendar")),
        ("18491231", Fault("date", "too-old", date(2392, 12, 31))),
        ("14460415", Fault("date", "too-old", date(1989, 4, 15))),  # 543 taken off twice
        ("2025-11-01", Fault("date", "form")),
        ("01/11/2569", Fault("date", "form")),
        ("251101", Fault("date", "form")),
        ("๒๐๒๕๑๑๐๑", Fault("date", "form")),  # Python would read it as 20251101
        ("2025110²", Fault("date", "form")),
    ],
)
def test_a_date_of_a_file(text: str, read: date | Fault | None) -> None:
    """Strict: ASCII digits, Gregorian, a day that was. A suggestion is for asking, never for taking over."""
    assert dates.parse_date(text, not_after=TODAY) == read


def test_without_a_last_day_the_future_is_allowed() -> None:
    """An appointment lies ahead."""
    assert dates.parse_date("20991231") == date(2099, 12, 31)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("20251101235959", "2025-11-01T23:59:59"),
        ("20251101000000", "2025-11-01T00:00:00"),
        ("20251101240000", Fault("date", "calendar")),
        ("20251101106000", Fault("date", "calendar")),
        ("25681101103000", Fault("buddhist-year", "buddhist-year", date(2025, 11, 1))),
        ("20270101000000", Fault("future", "future")),
        ("00000000000000", Fault("date", "zero")),
        ("20251101", Fault("date", "form")),
        ("", None),
    ],
)
def test_a_moment_of_a_file(text: str, read: str | Fault | None) -> None:
    """Bangkok local time, without a zone in the file."""
    found = dates.parse_datetime(text, not_after=TODAY)
    assert (found.isoformat() if hasattr(found, "isoformat") else found) == read


@pytest.mark.parametrize(
    ("day", "year", "q"),
    [
        (date(2025, 9, 30), 2568, 4),
        (date(2025, 10, 1), 2569, 1),
        (date(2025, 12, 31), 2569, 1),
        (date(2026, 1, 1), 2569, 2),
        (date(2026, 3, 31), 2569, 2),
        (date(2026, 4, 1), 2569, 3),
        (date(2026, 7, 1), 2569, 4),
        (date(2018, 3, 31), 2561, 2),  # quarter 2 of the fiscal year of KPI 068.1
    ],
)
def test_the_fiscal_year_runs_from_october(day: date, year: int, q: int) -> None:
    """S1.4: fiscal 2561 is 1 October 2017 to 30 September 2018."""
    assert (fiscal_year(day), quarter(day)) == (year, (year, q))


def test_quarters_end_where_the_next_begins() -> None:
    """Over twelve years, without a gap."""
    for year in range(2560, 2572):
        for q in (1, 2, 3, 4):
            end = quarter_end(year, q)
            assert quarter(end) == (year, q)
            assert quarter(end + timedelta(days=1)) == ((year, q + 1) if q < 4 else (year + 1, 1))
    with pytest.raises(ValueError, match="1, 2, 3 or 4"):
        quarter_end(2569, 5)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("2561", Period(2561, None, date(2017, 10, 1), date(2018, 9, 30))),
        ("2568Q4", Period(2568, 4, date(2025, 7, 1), date(2025, 9, 30))),
        ("2568q1", Period(2568, 1, date(2024, 10, 1), date(2024, 12, 31))),
        ("2567Q2", Period(2567, 2, date(2024, 1, 1), date(2024, 3, 31))),
        ("2568-09", Period(2568, None, date(2025, 9, 1), date(2025, 9, 30), 9)),
        ("2568-10", Period(2569, None, date(2025, 10, 1), date(2025, 10, 31), 10)),  # a month of the next fiscal year
        ("2567-02", Period(2567, None, date(2024, 2, 1), date(2024, 2, 29), 2)),
        ("2568-12", Period(2569, None, date(2025, 12, 1), date(2025, 12, 31), 12)),
    ],
)
def test_periods(text: str, read: Period) -> None:
    """As the command line and the pages write them; printing gives the text back."""
    assert period(text) == read
    assert str(read) == text.upper()


@pytest.mark.parametrize("text", ["2025", "2025Q4", "2568Q5", "2568-13", "68Q4", "2568 Q4", "", "๒๕๖๘"])
def test_what_is_no_period(text: str) -> None:
    """Buddhist years only: 2025 would be a silent mistake of 543 years."""
    with pytest.raises(ValueError, match="2568Q4"):
        period(text)


def test_dates_for_readers() -> None:
    """Thai with the Buddhist year, English with the Gregorian."""
    assert (thai_date(TODAY), thai_date(TODAY, long=True)) == ("21 พ.ย. 2569", "21 พฤศจิกายน 2569")
    assert (english_date(TODAY), english_date(TODAY, long=True)) == ("21 Nov 2026", "21 November 2026")
    assert dates.thai_month(date(2026, 2, 1)) == "ก.พ. 2569"
    assert [thai_date(date(2026, m, 1)).split()[1] for m in (1, 3, 4, 6, 12)] == [
        "ม.ค.",
        "มี.ค.",
        "เม.ย.",
        "มิ.ย.",
        "ธ.ค.",
    ]
