"""Comparing many registrations at once: candidates by blocking keys, each pair weighed by its population's model."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import combinations
from typing import NamedTuple

from .blocking import block_keys
from .comparisons import population
from .demographics import Demographics
from .model import Model
from .scoring import Score, score
from .vetoes import newborn_rule, of_pair

LARGEST_BLOCK = 500  # registrations: a key that more share says nothing, and would cost their square
FAR_TOO_MANY = 20 * LARGEST_BLOCK  # what is read of one key, or telephone, at most for who may not see everybody
KEPT = 4.0  # bits below which somebody is asked whether who is one human is two: a correction costs a few bits
REVIEW = 2.0  # bits from which on a person may be asked about a pair
AUTOMATIC = {"adult": 10.0, "child": 10.0, "foreigner": 12.0}  # bits from which on a pair joins by itself

Models = Mapping[str, Model]


class Compared(NamedTuple):
    """A pair worth keeping: places in the sequence, the score, the population, the veto if there is one.

    may_be_newborn  the rule for newborns may join the pair, whatever its weight
    """

    a: int
    b: int
    score: Score
    population: str
    veto: str | None
    may_be_newborn: bool


def candidates(people: Sequence[Demographics]) -> set[tuple[int, int]]:
    """Pairs of places that share a key, each once; keys that too many share are left out."""
    blocks: dict[int, list[int]] = defaultdict(list)
    for place, one in enumerate(people):
        for key in block_keys(one):
            blocks[key].append(place)
    return {pair for block in blocks.values() if len(block) <= LARGEST_BLOCK for pair in combinations(block, 2)}


def compare(
    people: Sequence[Demographics], pairs: Iterable[tuple[int, int]], models: Models, today: date
) -> Iterator[Compared]:
    """The pairs that weigh at least REVIEW, or that the rule for newborns may join."""
    for a, b in pairs:
        first, second = people[a], people[b]
        kind = population(first, second, today)
        found = score(models[kind], first, second)
        is_newborn = newborn_rule(first, second)
        if found.weight >= REVIEW or is_newborn:
            yield Compared(a, b, found, kind, of_pair(first, second, found), is_newborn)
