"""Words, dates and numbers as Thai and English readers write them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.utils import translation

from suksala.portals import dates, numbers
from suksala.portals.texts import Text, t


def test_one_mechanism_gives_the_readers_language() -> None:
    both = Text("สวัสดี", "Good day")
    with translation.override("th"):
        assert (str(both), t("พบ {n} คน", "{n} found", n=3)) == ("สวัสดี", "พบ 3 คน")
    with translation.override("en"):
        assert (str(both), t("พบ {n} คน", "{n} found", n=3)) == ("Good day", "3 found")


def test_any_other_language_is_read_as_thai() -> None:
    with translation.override("fr"):
        assert t("ไทย", "English") == "ไทย"


def test_the_repetition_mark_never_starts_a_line() -> None:
    """Browsers break "ทุก ๆ" before the mark unless the space is U+00A0."""
    with translation.override("th"):
        assert t("ทุก ๆ วัน", "daily") == "ทุก\u00a0ๆ วัน"


def test_dates_are_buddhist_in_thai_and_gregorian_in_english() -> None:
    on = date(2026, 11, 21)
    with translation.override("th"):
        assert (dates.day(on), dates.year(2026)) == ("21\u00a0พ.ย.\u00a02569", 2569)
    with translation.override("en"):
        assert (dates.day(on), dates.year(2026)) == ("21\u00a0Nov\u00a02026", 2026)


def test_moments_are_told_in_bangkok() -> None:
    """17:30 UTC on the 20th is half past midnight of the 21st in Bangkok."""
    at = datetime(2026, 11, 20, 17, 30, tzinfo=UTC)
    with translation.override("th"):
        assert dates.moment(at) == "21\u00a0พ.ย.\u00a02569 00:30\u00a0น."
    with translation.override("en"):
        assert dates.moment(at) == "21\u00a0Nov\u00a02026 00:30"


def test_what_is_not_known_is_a_dash_and_never_a_zero() -> None:
    assert [dates.day(None), numbers.number(None), numbers.percent(None), numbers.decimal(None)] == ["–"] * 4


@pytest.mark.parametrize(
    ("value", "shown"), [(Decimal("0.8"), "0.80"), (Decimal("39.995"), "40.00"), (Decimal("39.994"), "39.99")]
)
def test_scores_have_two_decimals_half_up(value: Decimal, shown: str) -> None:
    assert numbers.percent(value) == shown


def test_counts_have_thousands_apart() -> None:
    assert (numbers.number(1234567), numbers.decimal(7.50), numbers.decimal(120.0)) == ("1,234,567", "7.5", "120")
