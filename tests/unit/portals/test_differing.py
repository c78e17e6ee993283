"""What differs between two spellings, sign by sign."""

from __future__ import annotations

import pytest

from suksala.portals import charts
from suksala.portals.differing import Part, differing


@pytest.mark.parametrize(
    ("one", "other", "first", "second"),
    [
        ("มาลี", "มาลี", [("มาลี", False)], [("มาลี", False)]),
        ("สมศรี", "สมศรีี", [("สมศ", False), ("รี", True)], [("สมศ", False), ("รีี", True)]),
        ("ใจดี", "ใจ", [("ใจ", False), ("ดี", True)], [("ใจ", False)]),
        ("ก่อน", "กอน", [("ก่", True), ("อน", False)], [("ก", True), ("อน", False)]),
        ("", "มาลี", [], [("มาลี", False)]),
        ("", "", [], []),
    ],
)
def test_a_consonant_keeps_its_vowels_and_tones(one: str, other: str, first: list[Part], second: list[Part]) -> None:
    assert differing(one, other) == (first, second)


def test_a_waterfall_writes_each_value_on_its_bar() -> None:
    drawn = str(charts.waterfall(("before", -16.0), [("<given>", 10.0), ("number", -8.0)], "14 bits"))
    assert [value for value in ("-16.0", "+10.0", "-8.0") if value not in drawn] == []
    assert "&lt;given&gt;" in drawn
    assert drawn.count("<rect") == 3
