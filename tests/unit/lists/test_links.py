"""Which links took somebody off a list, how many people they are expected to hide, and which are asked about."""

from __future__ import annotations

import pytest

from suksala.identity import LineLink
from suksala.lists.links import doubt, expected_hidden, taken_off, weakest

CARE = {1: False, 2: False, 3: True, 4: True}


def test_a_link_counts_when_it_brings_rows_under_care() -> None:
    """1 and 2 are one call; the link of 2 and 3 takes both off the list, that of 3 and 4 nobody."""
    links = [LineLink(1, 2, 20.0), LineLink(2, 3, 9.0), LineLink(1, 3, 8.0), LineLink(3, 4, 30.0)]
    [off] = taken_off(CARE, links)
    assert (off.link.a, off.link.b, off.rows) == (2, 3, frozenset({1, 2}))
    assert off.hidden == doubt(9.0) == pytest.approx(1 / 513)


def test_each_link_that_takes_somebody_off_counts() -> None:
    """2 is in care through 3 before 1 joins it by a weaker link: that one hides 1, if it is wrong."""
    found = taken_off(CARE, [LineLink(1, 2, 9.5), LineLink(2, 3, 15.0)])
    assert [(one.link.a, one.link.b, set(one.rows)) for one in found] == [(2, 3, {2}), (1, 2, {1})]
    assert expected_hidden(found) == pytest.approx(doubt(9.5) + doubt(15.0))


def test_what_a_caller_said_hides_nobody() -> None:
    [off] = taken_off(CARE, [LineLink(2, 3, 9.0)], {(2, 3)})
    assert off.hidden == 0.0


def test_the_weakest_are_asked_about_until_the_others_hide_few_enough() -> None:
    links = [LineLink(row, row + 1, weight) for row, weight in ((1, 0.0), (3, 1.0), (5, 2.0))]
    off = taken_off({row: row % 2 == 0 for row in range(1, 7)}, links)
    assert expected_hidden(off) == pytest.approx(0.5 + 1 / 3 + 0.2)
    assert weakest(off, most=1.04) == []
    assert [one.link.a for one in weakest(off, most=1.03)] == [1]
    assert [one.link.a for one in weakest(off, most=0.3)] == [1, 3]
    assert [one.link.a for one in weakest(off, most=0.0)] == [1, 3, 5]
