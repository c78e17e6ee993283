"""How two registrations compare: what is read of them, which level of agreement holds, which keys they share."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from suksala.identity import LineRow, line_keys, line_model, read_line, weigh_lines
from suksala.identity.domain import PersonRow
from suksala.identity.matching import blocking, comparisons, demographics
from suksala.identity.matching.comparisons import COMPARISONS, LINE_LIST, POPULATIONS, Comparison
from suksala.identity.matching.demographics import Demographics
from tests.people import number

SENT = date(2026, 1, 1)
CHILDS = number(7, 1)  # class 1: born since 1984


def read(**changes: Any) -> Demographics:
    """Mali Jaidee, born 5 May 1970 in Ban Lao 12/3, with any field changed."""
    fields: dict[str, Any] = {
        "number": number(1), "given": "มาลี", "family": "ใจดี", "birth": date(1970, 5, 5), "sex": "2",
        "phone": "000 836 2957", "area": "130101", "house": "12/3",
    }  # fmt: skip
    return demographics.read(PersonRow("1", **{**fields, **changes}), SENT)


def level(comparison: Comparison, a: Demographics, b: Demographics) -> str:
    """The name of the level that holds; the same from both sides."""
    places = {comparison.level(a, b), comparison.level(b, a)}
    assert len(places) == 1
    place = places.pop()
    return "unknown" if place < 0 else comparison.levels[place].name


def of(name: str) -> Comparison:
    """A comparison of any population by its name."""
    return next(c for kind in POPULATIONS.values() for c in kind if c.name == name)


MISTYPED = number(1)[:6] + str((int(number(1)[6]) + 1) % 10) + number(1)[7:]
TWICE = MISTYPED[:8] + str((int(MISTYPED[8]) + 1) % 10) + MISTYPED[9:]


@pytest.mark.parametrize(
    ("name", "change", "expected"),
    [
        ("number", {}, "equal"),
        ("number", {"number": MISTYPED}, "mistyped"),
        ("number", {"number": TWICE}, "mistyped"),
        ("number", {"number": number(555)[:12] + "x"}, "fails"),
        ("number", {"number": number(2)}, "differs"),
        ("number", {"number": None}, "unknown"),
        ("number", {"number": CHILDS}, "unknown"),  # nobody born in 1970 holds a class 1: it is somebody else's
        ("number", {"number": "1111111111119"}, "unknown"),
        ("given", {}, "equal"),
        ("given", {"given": "ใจดี", "family": "มาลี"}, "swapped"),
        ("family", {"given": "ใจดี", "family": "มาลี"}, "swapped"),
        ("given", {"given": "นางมาลี"}, "reading"),
        ("given", {"given": "มาลีย์"}, "near"),
        ("given", {"given": "หมาลี"}, "near"),
        ("given", {"given": "มะลิ"}, "sounds"),
        ("given", {"given": "มาลัย"}, "differs"),  # Jaro-Winkler .848
        ("given", {"given": "สมชาย"}, "differs"),
        ("given", {"given": "-"}, "unknown"),
        ("family", {"family": "ไจดี"}, "sounds"),
        ("family", {"family": "-"}, "unknown"),
        ("birth", {}, "equal"),
        ("birth", {"birth": date(2513, 5, 5)}, "equal"),
        ("birth", {"birth": date(1970, 1, 1)}, "year-known"),
        ("birth", {"birth": date(1970, 5, 6)}, "two-parts"),
        ("birth", {"birth": date(1971, 5, 5)}, "two-parts"),
        ("birth", {"birth": date(1971, 5, 6)}, "near"),
        ("birth", {"birth": date(1972, 5, 6)}, "differs"),
        ("birth", {"birth": date(1970, 6, 6)}, "differs"),
        ("birth", {"birth": None}, "unknown"),
        ("birth", {"birth": date(2026, 1, 2)}, "unknown"),  # nobody is born after the row was sent
        ("sex", {"sex": "1"}, "differs"),
        ("sex", {"sex": "3"}, "unknown"),
        ("phone", {"phone": "+66 00 836 2957"}, "equal"),
        ("phone", {"phone": "0008362958"}, "differs"),
        ("phone", {"phone": "0999999999"}, "unknown"),
        ("address", {}, "house"),
        ("address", {"house": None}, "area"),
        ("address", {"area": "130102"}, "district"),
        ("address", {"area": "130201"}, "differs"),
        ("address", {"area": "130199"}, "unknown"),
    ],
)
def test_the_level_that_holds(name: str, change: dict[str, Any], expected: str) -> None:
    assert level(of(name), read(), read(**change)) == expected


@pytest.mark.parametrize(
    ("name", "change", "expected"),
    [
        ("birth_year", {}, "equal"),
        ("birth_year", {"birth_year": 1979}, "near"),
        ("birth_year", {"birth_year": 1977}, "close"),
        ("birth_year", {"birth_year": 1976}, "differs"),
        ("birth_year", {"birth_year": None}, "unknown"),
        ("district", {}, "equal"),
        ("district", {"district": "1902"}, "differs"),
        ("district", {"district": None}, "unknown"),
        ("given", {"given": "อองจ่อ"}, "differs"),
        ("given", {"given": "AUNG KYAW"}, "unknown"),  # two scripts say nothing of each other
        ("family", {"family": "KYAW"}, "unknown"),
        ("given", {"given": "มาลีใจดี", "family": ""}, "reading"),  # both names in one field
        ("given", {"given": "มาลี ใจดี", "family": ""}, "equal"),  # which is taken apart at its blank
    ],
)
def test_the_level_that_holds_for_rows_of_line_lists(name: str, change: dict[str, Any], expected: str) -> None:
    comparison = next(c for c in COMPARISONS[LINE_LIST] if c.name == name)
    row = LineRow("มาลี", "ใจดี", number(1), None, "0008362957", 1980, "1901")
    assert level(comparison, read_line(row), read_line(row._replace(**change))) == expected


def test_rows_of_line_lists_find_each_other_by_what_they_know() -> None:
    """A telephone alone is a key, so that a caller can ask; to join is another matter."""
    row = LineRow("มาลี", "ใจดี", None, None, "0008362957", 1980, "1901")
    keys = set(line_keys(read_line(row)))
    assert keys & set(line_keys(read_line(LineRow("สมชาย", "รักไทย", phone="0008362957"))))
    assert not keys & set(line_keys(read_line(LineRow("สมชาย", "รักไทย", phone="0008362958", birth_year=1980))))
    assert {column for rule in blocking.LINE_RULES.values() for column in rule} <= set(Demographics._fields)


@pytest.mark.parametrize(
    ("change", "veto"),
    [
        ({}, None),
        ({"given": "สมชาย", "number": None}, "household"),
        ({"given": None, "number": None}, "household"),
        ({"given": "AUNG KYAW", "number": None}, "household"),
        ({"given": "สมชาย", "number": None, "passport": "AB123456"}, None),
        ({"given": "สมชาย"}, None),  # the number is the same: weight and the rule of one number decide
    ],
)
def test_a_telephone_and_an_address_join_nobody(change: dict[str, Any], veto: str | None) -> None:
    row = LineRow("มาลี", "ใจดี", number(1), "AB123456" if "passport" in change else None, "0008362957", 1980, "1901")
    assert weigh_lines(line_model(), read_line(row), read_line(row._replace(**change)))[1] == veto


def test_names_of_many_equal_letters_are_alike() -> None:
    """Jaro-Winkler .910, and no sound in common: as two sisters are called."""
    assert level(of("given"), read(given="จิรายา"), read(given="จิรามาศ")) == "alike"


def test_a_swapped_day_and_month_needs_both_to_be_possible() -> None:
    """5 June and 6 May of one year; 5 May is its own twin and stays equal."""
    assert level(of("birth"), read(birth=date(1970, 6, 5)), read(birth=date(1970, 5, 6))) == "swapped"
    assert level(of("birth"), read(birth=date(1970, 6, 5)), read(birth=date(1971, 5, 6))) == "differs"


def test_two_numbers_that_pass_are_equal_or_not() -> None:
    """Twins' numbers follow each other; nearness says nothing there."""
    first, second = read(number=number(41)), read(number=number(42))
    assert sum(a != b for a, b in zip(number(41), number(42), strict=True)) <= 3
    assert level(of("number"), first, second) == "differs"


def test_a_newborns_placeholder_has_no_given_name_and_its_number_is_the_mothers() -> None:
    found = read(given="บุตร นางมาลี 2", family="ใจดี", number=number(1), birth=date(2025, 5, 5))
    assert (found.given, found.number, found.newborn, found.order) == (None, None, True, 2)
    assert found.family == read().family
    mothers = read(given="บุตร นางมาลี", number=None, mother=number(1), birth=date(2025, 5, 5))
    assert mothers.mother == number(1)


def test_the_mothers_number_is_not_the_childs() -> None:
    """Her card was shown for the child, and the same number asked for as hers: what is the child's own is not known."""
    child = {"given": "สิริชนก", "birth": date(2010, 5, 7), "number": number(5, 1)}
    assert read(**child).number == number(5, 1)
    assert read(**child, mother=number(6, 1)).number == number(5, 1)
    found = read(**child, mother=number(5, 1))
    assert (found.number, found.mother) == (None, number(5, 1))


@pytest.mark.parametrize(
    ("written", "kept"),
    [("ab 123456", "AB123456"), ("A1234", None), ("000000000", None), ("MMR-889001", "MMR889001"), ("", None)],
)
def test_passports_of_six_signs_and_more(written: str, kept: str | None) -> None:
    assert read(passport=written).passport == kept


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ({}, {}, "adult"),
        ({"birth": date(2012, 1, 1)}, {}, "child"),
        ({"birth": date(2011, 12, 31)}, {}, "adult"),
        ({"nation": "048"}, {"birth": date(2020, 1, 1)}, "foreigner"),
        ({"nation": "099"}, {}, "adult"),
        ({"number": number(3, 6)}, {}, "foreigner"),  # by the class of the number, where no nationality is told
        ({"given": "ทารก", "birth": None}, {}, "child"),
    ],
)
def test_the_population_of_a_pair(a: dict[str, Any], b: dict[str, Any], expected: str) -> None:
    assert comparisons.population(read(**a), read(**b), SENT) == expected
    assert comparisons.population(read(**b), read(**a), SENT) == expected


def test_keys_are_shared_by_what_is_alike_and_tell_nothing() -> None:
    """A misspelt name without a number still meets its like by the birth date; a stranger shares no key."""
    mine = set(blocking.block_keys(read()))
    assert mine & set(blocking.block_keys(read(number=None, given="มาลีย์", phone=None, house=None)))
    stranger = read(number=number(9), given="สมชาย", family="รักไทย", birth=date(1951, 2, 3), phone="0007654321")
    assert not mine & set(blocking.block_keys(stranger))
    assert blocking.block_keys(Demographics()) == []
    assert all(-(2**63) <= key < 2**63 for key in mine)
    assert blocking.block_keys(read()) == sorted(mine)


def test_keys_are_made_of_what_is_compared() -> None:
    assert {column for rule in blocking.RULES.values() for column in rule} <= set(Demographics._fields)
