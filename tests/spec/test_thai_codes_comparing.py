"""What makes telephone numbers, birth dates and names comparable (identity design, section 2)."""

from __future__ import annotations

from datetime import date

import pytest

from suksala.standards.thai_codes import Birth, dates, one_byte, phones

SEEN = date(2026, 1, 1)


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("0008362957", "0008362957"),
        ("000-836 2957", "0008362957"),
        ("(000) 836.2957", "0008362957"),
        ("+66 00 836 2957", "0008362957"),
        ("0066008362957", "0008362957"),
        ("๐๐๐๘๓๖๒๙๕๗", "0008362957"),
        ("0008362957, 0007654320", "0008362957"),
        ("000836295 ต่อ 12", "000836295"),
        ("812345670", "0812345670"),  # a spreadsheet dropped the nought
        ("00083629", ""),
        ("00083629571", ""),
        ("1669", ""),
        ("0000000000", ""),
        ("0999999999", ""),
        ("0812345678", ""),
        ("0812345679", "0812345679"),
        ("-", ""),
        ("", ""),
    ],
)
def test_telephone_numbers(written: str, number: str) -> None:
    assert phones.normalise(written) == number


@pytest.mark.parametrize(
    ("written", "birth"),
    [
        (date(1970, 5, 5), Birth(date(1970, 5, 5))),
        (date(2513, 5, 5), Birth(date(1970, 5, 5), repaired=True)),
        (date(1427, 5, 5), Birth(date(1970, 5, 5), repaired=True)),
        (date(1970, 1, 1), Birth(date(1970, 1, 1), year_only=True)),
        (date(1970, 7, 1), Birth(date(1970, 7, 1), year_only=True)),
        (date(2513, 1, 1), Birth(date(1970, 1, 1), year_only=True, repaired=True)),
        (date(2026, 1, 1), Birth(date(2026, 1, 1), year_only=True)),
        (date(2026, 1, 2), None),  # after the day it was seen
        (date(1906, 1, 2), Birth(date(1906, 1, 2))),  # 120 years
        (date(1905, 12, 31), None),
        (date(2300, 5, 5), None),  # no era makes it a birth date of somebody alive
        (date(1700, 5, 5), None),
        (None, None),
    ],
)
def test_birth_dates(written: date | None, birth: Birth | None) -> None:
    assert dates.read_birth(written, SEEN) == birth


def test_each_thai_sign_is_one_byte_of_its_own() -> None:
    """73 signs, 73 codes; none of them a letter, a digit, a blank, a hyphen or an apostrophe of a normalised name."""
    signs = [chr(point) for point in (*range(0x0E01, 0x0E3B), *range(0x0E40, 0x0E4F))]
    codes = [one_byte(sign) for sign in signs]
    assert len(signs) == len(set(codes)) == 73
    assert all(len(code.encode()) == 1 and code != "\0" for code in codes)
    assert not set(codes) & set("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 -'")
    assert one_byte("O'NEIL-2 A") == "O'NEIL-2 A"
