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

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import inf
from typing import NamedTuple

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
    attack = _Attack(areas, {area for area, _ in small} | unnamed)
    for area, column in small:
        while attack.weakest(area, column) < minimum:
            attack.hide(_to_hide(attack, area, column, minimum))
    return frozenset(attack.gone)


def rounded(people: int, minimum: int = SMALL_CELL) -> int:
    """A count to the nearest multiple of the minimum, halves up: two releases differ by 0 or by the minimum at least.

    >>> [rounded(n) for n in (0, 5, 7, 8, 12, 13)]
    [0, 5, 5, 10, 10, 15]
    """
    return (people + minimum // 2) // minimum * minimum


def shown(people: int, minimum: int = SMALL_CELL) -> int | None:
    """One count that stands alone, rounded; None when it is small."""
    return None if 0 < people < minimum else rounded(people, minimum)


class _Ring(NamedTuple):
    """Bounds of the areas beside one, added up.

    least, most   people in them at least, and at most in those that have such a bound
    unbounded     how many have none
    """

    least: float
    most: float
    unbounded: int

    @classmethod
    def of(cls, ranges: Collection[Range]) -> _Ring:
        """The areas beside one, each with its range."""
        most = [high for _, high in ranges if high != inf]
        return cls(sum(low for low, _ in ranges), sum(most), len(ranges) - len(most))

    def knowing(self, told: Range, people: int) -> _Ring:
        """The same for whoever knows the people of one of them, told to others as a range."""
        low, high = told
        least = self.least - low + people
        if high == inf:
            return _Ring(least, self.most + people, self.unbounded - 1)
        return _Ring(least, self.most - high + people, self.unbounded)

    def left_of(self, whole: Range) -> Range:
        """What is left for the area that they are beside, of the range of the wider one."""
        low, high = whole
        return 0 if self.unbounded else max(0, low - self.most), max(0, high - self.least)


class _Attack:
    """What can be told of hidden counts, while more and more areas are hidden.

    gone  areas that are not shown; only `hide` adds to it

    The range of an area by what lies inside it is kept until something in there is hidden: of a country that is asked
    thousands of times, and little of it changes in between.
    """

    def __init__(self, areas: AreaCounts, gone: Iterable[str]) -> None:
        self.areas = areas
        self.gone = set(gone)
        self._inside: dict[tuple[str, int], Range] = {}

    def hide(self, among: Iterable[str]) -> None:
        """Show nothing of these areas either."""
        for area in among:
            self.gone.add(area)
            at: str | None = area
            while at is not None:
                for column in range(len(self.areas.counts[at])):
                    self._inside.pop((at, column), None)
                at = self.areas.above.get(at)

    def weakest(self, area: str, column: int, without: Collection[str] = ()) -> float:
        """How wide the range of a hidden count is for whoever can tell it best: anybody, or the staff of one other
        area. Whoever knows a hidden area beside it, or beside the hidden ones around it, knows the most.

        without  areas not inside it that are taken as hidden with all that is inside them
        """
        inside = self._by_inside(area, column)
        rings: list[_Ring] = []
        staff: list[tuple[int, _Ring]] = []  # of which ring, and what it is to them
        at = area
        while at in self.gone and at in self.areas.above:
            beside = self.areas.siblings(at)
            ranges = [(0, inf) if other in without else self._by_inside(other, column) for other in beside]
            ring = _Ring.of(ranges)
            staff.extend(
                (len(rings), ring.knowing(told, self.areas.counts[other][column]))
                for other, told in zip(beside, ranges, strict=True)
                if other in self.gone or other in without
            )
            rings.append(ring)
            at = self.areas.above[at]
        whole = (0, inf) if at in self.gone else self._by_inside(at, column)
        known = [rings] + [[*rings[:at_ring], ring, *rings[at_ring + 1 :]] for at_ring, ring in staff]
        return min(_width(inside, whole, one) for one in known)

    def _by_inside(self, area: str, column: int) -> Range:
        """What the shown areas inside say of an area."""
        if area not in self.gone:
            people = self.areas.counts[area][column]
            return people, people
        found = self._inside.get((area, column))
        if found is None:
            parts = [self._by_inside(part, column) for part in self.areas.below[area]]
            found = (sum(low for low, _ in parts), sum(high for _, high in parts)) if parts else (0, inf)
            self._inside[area, column] = found
        return found


def _width(inside: Range, whole: Range, rings: Sequence[_Ring]) -> float:
    """How wide the range of an area is, by what lies inside it, and by the wider areas and those beside it."""
    for ring in reversed(rings):
        whole = ring.left_of(whole)
    return min(inside[1], whole[1]) - max(inside[0], whole[0])


def _to_hide(attack: _Attack, area: str, column: int, minimum: int) -> list[str]:
    """What to hide next to widen the range of a count: an area beside it or beside the hidden ones around it, where all
    of those would do, else the next wider one that is shown; and with an area one inside it, whose parts would tell it.
    """
    areas, gone = attack.areas, attack.gone
    at, found = area, []
    while True:
        beside = _useful(areas, gone, areas.siblings(at), column)
        if attack.weakest(area, column, frozenset(beside)) >= minimum:
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
