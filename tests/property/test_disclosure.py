"""No small count can be computed from what is shown, nor by the staff of an area with their own figures."""

from __future__ import annotations

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from suksala.warehouse import disclosure
from suksala.warehouse.disclosure import AreaCounts
from tests.unit.warehouse.attacking import Attacker

PEOPLE = st.one_of(st.integers(0, 7), st.integers(0, 20))
MOST = 3 * 3 * 3 * 20 + 20  # more people than a country below holds


@st.composite
def countries(draw: st.DrawFn) -> AreaCounts:
    """One to three provinces of one to three districts of one to three facilities, with many small counts."""
    above: dict[str, str] = {}
    leaves: dict[str, tuple[int, ...]] = {}
    for province in range(draw(st.integers(1, 3))):
        above[f"{province}"] = "TH"
        for district in range(draw(st.integers(1, 3))):
            above[f"{province}{district}"] = f"{province}"
            for facility in range(draw(st.integers(1, 3))):
                code = f"{province}{district}{facility}"
                above[code], leaves[code] = f"{province}{district}", (draw(PEOPLE), draw(PEOPLE))
    return AreaCounts(above, leaves)


def small(areas: AreaCounts, minimum: int, *, everybody: bool) -> list[tuple[str, int]]:
    """What must not be told: the small counts, each by area and column."""
    return [
        (area, column)
        for area, counts in areas.counts.items()
        for column in (0, 1)
        if 1 <= counts[column] < minimum or (everybody and counts[column] == 0 < sum(counts))
    ]


def is_elsewhere(area: str, known: str | None) -> bool:
    """Whether neither area lies in the other: who knows an area's figures may know of the people inside it."""
    return known is None or not ("TH" in (area, known) or area.startswith(known) or known.startswith(area))


@settings(max_examples=60)
@given(areas=countries(), sensitive=st.booleans())
def test_small_counts_cannot_be_computed(areas: AreaCounts, sensitive: bool) -> None:
    """The attacker even gets what is shown to the last person, and the figures of any one area elsewhere."""
    minimum = 10 if sensitive else 5
    hidden = disclosure.hidden(areas, minimum, everybody=sensitive)
    secrets = small(areas, minimum, everybody=sensitive)
    assert {area for area, _ in secrets} <= hidden
    for known, column in itertools.product([None, *sorted(hidden)], (0, 1)):
        shown = {a: [c[column]] for a, c in areas.counts.items() if a not in hidden or a == known}
        attacker = Attacker(areas.above, shown, MOST)
        for area in [area for area, of in secrets if of == column and is_elsewhere(area, known)]:
            possible = attacker.possible(area)
            assert areas.counts[area][column] in possible
            assert len(possible) > minimum, (area, column, known, possible)


def test_what_is_hidden_beside_a_small_count() -> None:
    """Unit a1 has 3 people in A and is the only one of district a. Two districts go with it, so that neither's staff
    can tell; in each one unit goes too, as units add up to their district; everything else stays.
    """
    units = {"a1": (3, 40), "b1": (30, 60), "b2": (50, 90), "c1": (20, 60), "c2": (2000, 2000), "d1": (300, 300)}
    areas = AreaCounts({**{unit: unit[0] for unit in units}, **dict.fromkeys("abcd", "TH")}, units)
    assert disclosure.hidden(areas) == {"a", "a1", "b", "b1", "d", "d1"}


def test_an_area_that_adds_nothing_is_not_hidden_in_vain() -> None:
    """Nobody in A at two of five units: the other two protect the small count, nobody needs the two."""
    areas = AreaCounts(
        dict.fromkeys("abcde", "TH"), {"a": (3, 40), "b": (0, 9), "c": (9, 90), "d": (0, 8), "e": (8, 80)}
    )
    assert disclosure.hidden(areas) == {"a", "c", "e"}


def test_where_nothing_beside_it_helps_the_wider_area_is_hidden() -> None:
    """A district of one unit with a small count, in a province of its own."""
    areas = AreaCounts({"a": "P", "P": "TH", "b": "Q", "Q": "TH"}, {"a": (3, 40), "b": (90, 90)})
    assert disclosure.hidden(areas) == {"a", "P", "TH"}


@given(areas=countries())
def test_nothing_is_hidden_where_nothing_is_small(areas: AreaCounts) -> None:
    """Hiding is no habit."""
    assert bool(disclosure.hidden(areas)) == bool(small(areas, 5, everybody=False))


@given(st.integers(0, 2000), st.integers(0, 2000), st.sampled_from([5, 10]))
def test_two_releases_differ_by_nothing_or_by_enough(before: int, after: int, minimum: int) -> None:
    """Whatever happened between two dates, no number moves by 1 to 4 (1 to 9), and none is wrong by more than half."""
    change = abs(disclosure.rounded(before, minimum) - disclosure.rounded(after, minimum))
    assert change == 0 or change >= minimum
    assert abs(disclosure.rounded(after, minimum) - after) <= minimum // 2
