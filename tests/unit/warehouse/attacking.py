"""Somebody who reads what was published and wants to know more: every whole number that a hidden count may still be.

Written apart from what is attacked, and exact: the set of values that a count can take, not only its bounds, by adding
sets up the tree and taking them off again on the way down. A set is the bits of a number.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import reduce
from operator import or_


class Attacker:
    """Solves one column of counts over a tree of areas.

    above      each area's next wider one
    published  the values that a count may have by what is published or known of it; an area that is absent is hidden
    most       more people than any area holds
    """

    def __init__(self, above: Mapping[str, str], published: Mapping[str, Iterable[int]], most: int) -> None:
        self.any = (1 << most + 1) - 1
        self.above = above
        self.published = {area: sum(1 << v for v in set(values)) & self.any for area, values in published.items()}
        self.found: dict[str, int] = {}
        self.below: dict[str, list[str]] = {}
        for area, wider in above.items():
            self.below.setdefault(wider, []).append(area)

    def possible(self, area: str) -> list[int]:
        """Every value that the count of an area can have."""
        return list(_values(self._from_below(area) & self._from_above(area)))

    def _from_below(self, area: str) -> int:
        """By what is known of the area and inside it."""
        if area not in self.found:
            inside = [self._from_below(part) for part in self.below.get(area, [])]
            found = reduce(self._added, inside) if inside else self.any
            self.found[area] = self.published.get(area, self.any) & found
        return self.found[area]

    def _from_above(self, area: str) -> int:
        """By what is known of the wider area and beside it."""
        wider = self.above.get(area)
        if wider is None:
            return self.any
        beside = [self._from_below(other) for other in self.below[wider] if other != area]
        whole = self.published.get(wider, self.any) & self._from_above(wider)
        return _taken(whole, reduce(self._added, beside, 1))

    def _added(self, one: int, other: int) -> int:
        few, many = sorted((one, other), key=int.bit_count)
        return reduce(or_, (many << value for value in _values(few)), 0) & self.any


def _taken(whole: int, part: int) -> int:
    return reduce(or_, (whole >> value for value in _values(part)), 0)


def _values(bits: int) -> Iterator[int]:
    while bits:
        lowest = bits & -bits
        yield lowest.bit_length() - 1
        bits ^= lowest
