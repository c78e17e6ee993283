"""Disclosure control: which counts may be shown to people who may not see whom they count. Pure rules (T20).

Areas form a tree: facility, district, province, country. Each has counts of people that exclude one another (in A; in B
and not in A), and an area's counts are the sums of those below it. A count is small when it is 1 to 4 people, or 1 to 9
of a sensitive topic, where "none" and "all" are small as well: they say it of everybody.

An area with a small count is not shown, none of its counts, as their sum would give the small one. More areas stay
hidden until whoever subtracts what is shown can only tell a range of at least as many people, even with the exact
figures of one other area in hand, as its own staff have. The range is found by passing bounds along the tree, which is
exact because sums over a tree meet nowhere twice. It holds although the attacker is given what is shown to the last
person; what is shown is rounded besides, so that two dates or two ways to cut a country differ by nothing or by more.
Source: Hundepool et al., Statistical Disclosure Control (2012), chapter 4; decision 0186.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import inf

from .domain import SMALL_CELL

SENSITIVE_MINIMUM = 10  # topics that standards.fhir.sensitive knows (security T20)
PERCENT_FROM = 20  # times the minimum: rounding moves a percentage of 100 people by 4 points at most, one of 20 by 17

Range = tuple[float, float]


@dataclass(frozen=True)
class AreaCounts:
    """Counts of people over a tree of areas, small enough to hold in memory: a country has ten thousand facilities.

    above    each area's next wider one; the widest is not a key
    leaves   counts of the narrowest areas, one for each column; the other areas are their sums
    """

    above: Mapping[str, str]
    leaves: Mapping[str, tuple[int, ...]]

    @cached_property
    def counts(self) -> Mapping[str, tuple[int, ...]]:
        """The counts of every area."""
        found: dict[str, tuple[int, ...]] = {}
        for leaf, counts in self.leaves.items():
            area: str | None = leaf
            while area is not None:
                found[area] = tuple(map(sum, zip(found[area], counts, strict=True))) if area in found else counts
                area = self.above.get(area)
        return found

    @cached_property
    def below(self) -> Mapping[str, tuple[str, ...]]:
        """The areas directly below each, in order of code."""
        found: dict[str, list[str]] = {area: [] for area in self.counts}
        for area in sorted(self.counts):
            if area in self.above:
                found[self.above[area]].append(area)
        return {area: tuple(parts) for area, parts in found.items()}

    def within(self, area: str) -> list[str]:
        """An area and all inside it."""
        return [area, *(other for part in self.below[area] for other in self.within(part))]

    def siblings(self, area: str) -> list[str]:
        """The other areas of the next wider one."""
        return [other for other in self.below[self.above[area]] if other != area] if area in self.above else []


def hidden(
    areas: AreaCounts, minimum: int = SMALL_CELL, *, everybody: bool = False, unnamed: frozenset[str] = frozenset()
) -> frozenset[str]:
    """The areas of which nothing is shown, so that no small count can be told from the others.

    minimum    people from which a count is not small, and the least width of the range that an attacker is left with
    everybody  "none" and "all" of an area count as small too: for sensitive topics
    unnamed    areas that are never shown and count in wider ones all the same

    Hiding more never narrows a range, so every small count is looked at once.
    """
    small = [
        (area, column)
        for area in sorted(areas.counts)
        for column, people in enumerate(areas.counts[area])
        if 0 < people < minimum or (everybody and people == 0 and any(areas.counts[area]))
    ]
    gone = {area for area, _ in small} | unnamed
    for area, column in small:
        while weakest(areas, gone, area, column) < minimum:
            gone.update(_to_hide(areas, gone, area, column, minimum))
    return frozenset(gone)


def weakest(areas: AreaCounts, gone: set[str], area: str, column: int) -> float:
    """How wide the range of a hidden count is for whoever can tell it best: anybody, or the staff of one other area."""
    widths = []
    for known in (None, *_hidden_beside(areas, gone, area)):
        low, high = told(areas, gone - {known} if known else gone, area, column)
        widths.append(high - low)
    return min(widths)


def told(areas: AreaCounts, gone: set[str], area: str, column: int) -> Range:
    """The least and the most that a count of an area can be for whoever knows every area that is not `gone`."""
    inside, outside = _from_below(areas, gone, area, column), _from_above(areas, gone, area, column)
    return max(inside[0], outside[0]), min(inside[1], outside[1])


def rounded(people: int, minimum: int = SMALL_CELL) -> int:
    """A count to the nearest multiple of the minimum, halves up: two releases differ by 0 or by the minimum at least.

    >>> [rounded(n) for n in (0, 5, 7, 8, 12, 13)]
    [0, 5, 5, 10, 10, 15]
    """
    return (people + minimum // 2) // minimum * minimum


def shown(people: int, minimum: int = SMALL_CELL) -> int | None:
    """One count that stands alone, rounded; None when it is small."""
    return None if 0 < people < minimum else rounded(people, minimum)


def _from_below(areas: AreaCounts, gone: set[str], area: str, column: int) -> Range:
    """What the shown areas inside say of an area."""
    if area not in gone:
        people = areas.counts[area][column]
        return people, people
    parts = [_from_below(areas, gone, part, column) for part in areas.below[area]]
    return (sum(low for low, _ in parts), sum(high for _, high in parts)) if parts else (0, inf)


def _from_above(areas: AreaCounts, gone: set[str], area: str, column: int) -> Range:
    """What the wider area and those beside it say of an area."""
    if area not in areas.above:
        return 0, inf
    wider = areas.above[area]
    low, high = (_from_below if wider not in gone else _from_above)(areas, gone, wider, column)
    beside = [_from_below(areas, gone, other, column) for other in areas.siblings(area)]
    return max(0, low - sum(most for _, most in beside)), max(0, high - sum(least for least, _ in beside))


def _hidden_beside(areas: AreaCounts, gone: set[str], area: str) -> Iterator[str]:
    """Hidden areas beside an area and beside the hidden ones around it: whoever knows one of them knows the most."""
    at: str | None = area
    while at in gone:
        yield from (other for other in areas.siblings(at) if other in gone)
        at = areas.above.get(at)


def _to_hide(areas: AreaCounts, gone: set[str], area: str, column: int, minimum: int) -> list[str]:
    """What to hide next to widen the range of a count: an area beside it or beside the hidden ones around it, where all
    of those would do, else the next wider one that is shown; and with an area one inside it, whose parts would tell it.
    """
    at, found = area, []
    while True:
        beside = _useful(areas, gone, areas.siblings(at), column)
        if weakest(areas, gone.union(*map(areas.within, beside)), area, column) >= minimum:
            break
        at = areas.above[at]  # with the widest area hidden nothing bounds a range from above, and none is weak
        if at not in gone:
            return [at]
    while beside:
        found.append(_best(areas, beside, column, minimum))
        inside = areas.below[found[-1]]
        beside = [] if any(part in gone for part in inside) else _useful(areas, gone, inside, column)
    return found


def _useful(areas: AreaCounts, gone: set[str], among: Iterable[str], column: int) -> list[str]:
    """Areas that are shown and add something to a hidden sum."""
    return [area for area in among if area not in gone and areas.counts[area][column]]


def _best(areas: AreaCounts, among: Iterable[str], column: int, minimum: int) -> str:
    """The area with the fewest people of those that add enough, else the one that adds most."""
    return min(among, key=lambda area: (-min(areas.counts[area][column], minimum), sum(areas.counts[area]), area))
