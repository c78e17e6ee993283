"""The 13-digit national number: classes T1 to T6, the check digit and its blind digit, made-up numbers."""

from __future__ import annotations

import random
from collections import Counter
from datetime import date

import duckdb
import pytest

from suksala.standards import file43
from suksala.standards.thai_codes import NumberClass, addresses, citizen_number

SAMPLE = [citizen_number.synthetic(n * 4_999_999 + 17, n % 9) for n in range(200)]


@pytest.mark.parametrize(
    ("number", "birth", "cls", "trusted"),
    [
        (citizen_number.synthetic(7, 1), None, "T1", True),
        (citizen_number.synthetic(7, 1), date(1984, 1, 1), "T1", True),  # numbers at birth began this day
        (citizen_number.synthetic(7, 1), date(1983, 12, 31), "T1", False),  # so this is another's
        (citizen_number.synthetic(7, 2), date(1983, 12, 31), "T1", False),
        (citizen_number.synthetic(7, 3), date(1984, 5, 31), "T1", True),  # the first listing ended this day
        (citizen_number.synthetic(7, 3), date(1984, 6, 1), "T1", False),
        (citizen_number.synthetic(7, 4), date(1984, 6, 1), "T1", False),
        (citizen_number.synthetic(7, 5), date(1990, 6, 1), "T1", True),  # added later: any birth date
        (citizen_number.synthetic(7, 8), date(1950, 6, 1), "T1", True),
        (citizen_number.synthetic(7, 6), None, "T2", True),
        (citizen_number.synthetic(7, 7), None, "T2", True),
        (citizen_number.synthetic(7, 0), None, "T2", True),
        ("G890000000001", None, "T3", True),
        ("g890000000001", None, "T3", True),
        ("1890000000002", None, "T5", False),  # check digit
        ("189000000000", None, "T5", False),  # a digit lost
        ("18900000000011", None, "T5", False),  # a digit too many
        ("9899999999997", None, "T5", False),  # no class 9
        ("ABC", None, "T5", False),
        ("", None, "T6", False),
        ("   ", None, "T6", False),
    ],
)
def test_classes(number: str, birth: date | None, cls: str, trusted: bool) -> None:
    """Each row is one way into a class, with both edges of the dates of 1984."""
    found = citizen_number.classify(number, birth)
    assert (found.cls, found.trusted) == (NumberClass[cls], trusted)


def test_a_class_9_number_with_a_good_check_digit_is_still_none() -> None:
    """Digit 1 goes from 0 to 8."""
    body = "989000000000"
    assert citizen_number.classify(f"{body}{citizen_number.check_digit(body)}").cls is NumberClass.T5


def test_a_number_of_the_hospitals_own() -> None:
    """ "0" and the code of a known facility: local, whatever its check digit; of an unknown one, as any other."""
    own = "0990010000017"
    assert citizen_number.classify(own, facilities={"99001"}).cls is NumberClass.T4
    assert citizen_number.classify(own, facilities={"99002"}).cls is NumberClass.T5
    assert citizen_number.classify(own, facilities={"99001"}).trusted is False


@pytest.mark.parametrize(
    "number",
    [
        "0000000000001",  # passes the check digit; printed as a sample in a specification
        "1111111111119",  # passes
        "9999999999994",  # passes
        "1234567890121",  # passes
        "1234567890123",
        "3434343434343",
        *(digit * 13 for digit in "0123456789"),
    ],
)
def test_placeholders(number: str) -> None:
    """Nobody's number, even when the check digit holds."""
    assert citizen_number.classify(number).cls is NumberClass.T6


def test_placeholders_that_pass_the_check_digit() -> None:
    """A list is needed: the check digit alone lets these through."""
    passing = ["0000000000001", "1111111111119", "9999999999994", "1234567890121"]
    assert [n for n in passing if not citizen_number.is_valid(n)] == []


def test_how_a_number_may_be_written() -> None:
    """Blanks, dashes and Thai digits are writing, not content."""
    assert citizen_number.classify("1-8900-00000-00-1 ").text == "1890000000001"
    assert citizen_number.classify("๑๘๙๐๐๐๐๐๐๐๐๐๑").cls is NumberClass.T1
    assert citizen_number.is_valid("๑๘๙๐๐๐๐๐๐๐๐๐๑") is False  # a field of a file holds ASCII digits


def test_the_third_digit_is_never_checked() -> None:
    """Its weight is 11: every wrong third digit passes; 1.8 % of wrong others pass, of the last none."""
    undetected = Counter(
        place
        for number in SAMPLE
        for place in range(13)
        for digit in "0123456789"
        if digit != number[place] and citizen_number.is_valid(number[:place] + digit + number[place + 1 :])
    )
    tries = len(SAMPLE) * 9
    assert undetected[2] == tries
    assert undetected[12] == 0
    others = [undetected[place] / tries for place in range(12) if place != 2]
    assert 0.010 < sum(others) / len(others) < 0.026


def test_one_random_number_in_ten_passes() -> None:
    """9.9 % in the long run: a number that passes is a claim, not a proof."""
    draw = random.Random(43)
    passed = sum(citizen_number.is_valid(f"{draw.randrange(10**13):013d}") for _ in range(20_000))
    assert 0.090 < passed / 20_000 < 0.108


def test_check_digit_wants_twelve_ascii_digits() -> None:
    """Thai digits would count as numbers in Python; here they are no digits."""
    assert citizen_number.check_digit("189000000000") == 1
    for wrong in ("18900000000", "1890000000001", "18900000000x", "๑๘๙๐๐๐๐๐๐๐๐๐"):
        with pytest.raises(ValueError, match="12 digits"):
            citizen_number.check_digit(wrong)


def test_made_up_numbers_are_valid_distinct_and_of_an_office_that_does_not_exist() -> None:
    """8 thousand million of them; the first digit chooses the class."""
    numbers = [citizen_number.synthetic(n, d) for d in range(1, 9) for n in (0, 1, 2, 10**9 - 1)]
    assert len(set(numbers)) == len(numbers)
    assert all(citizen_number.is_synthetic(n) and not citizen_number.is_dummy(n) for n in numbers)
    assert {n[1:3] for n in numbers} == {"89"}
    assert citizen_number.SYNTHETIC_COUNT * 8 >= 90_000_000
    for n, d in ((-1, 1), (10**9, 1), (0, 9)):
        with pytest.raises(ValueError, match="SYNTHETIC_COUNT"):
            citizen_number.synthetic(n, d)


def test_no_province_district_or_place_of_any_list_begins_with_89() -> None:
    """Digits 2-3 are the province of the office; 87 and 88 would be given before 89."""
    assert [code for code in file43.code_table("dopa_location").labels if code.startswith("89")] == []
    assert addresses.province("89") is None
    assert [code for code in range(8900, 9000) if addresses.district(str(code))] == []  # abolished ones included
    assert citizen_number.is_synthetic("1101000000001") is False


def test_the_check_digit_in_sql_says_the_same() -> None:
    """The same rule over a million rows in DuckDB: digits, lengths, blanks, other scripts, NULL."""
    draw = random.Random(7)
    odd = ["", " ", "189000000000", "18900000000011", "๑๘๙๐๐๐๐๐๐๐๐๐๑", "+189000000000", "1890000000001\n", "x" * 13]
    texts = [f"{draw.randrange(10**13):013d}" for _ in range(2_000)] + SAMPLE + odd
    with duckdb.connect() as db:
        sql = f"SELECT {citizen_number.check_digit_sql('t')} FROM (SELECT unnest(?::VARCHAR[]) AS t)"
        answers = [row[0] for row in db.execute(sql, [texts]).fetchall()]
        null = db.execute(f"SELECT {citizen_number.check_digit_sql('t')} FROM (SELECT NULL::VARCHAR AS t)").fetchone()
    assert answers == [citizen_number.is_valid(t) for t in texts]
    assert null == (False,)
