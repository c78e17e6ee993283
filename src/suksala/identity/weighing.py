"""Weighing registrations against those that share a key with them, and what an evaluation makes of the weights."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date

from suksala.foundation import clock

from . import edges, modelling
from .components import Pair, Weighed, pair
from .edges import Edge
from .matching.comparing import REVIEW
from .matching.comparisons import population
from .matching.demographics import Demographics
from .matching.scoring import score
from .matching.vetoes import newborn_rule, of_pair
from .modelling import Standing


def weigh(persons: Collection[int]) -> set[int]:
    """Compare these persons with all that share a key, and keep the edges. Returns who lost one: they are to be
    evaluated anew, with the persons themselves. Without a model nothing happens.
    """
    models = modelling.standing()
    if not models or not persons:
        return set()
    today = clock.today()
    pairs = edges.candidates(persons)
    people = edges.people({*persons, *(person for pair in pairs for person in pair)}, today)
    return edges.replace(persons, compare(people, pairs, models, today))


def compare(
    people: Mapping[int, Demographics], pairs: Iterable[Pair], models: Mapping[str, Standing], today: date
) -> Iterator[Edge]:
    """The edges of pairs that weigh at least REVIEW, or that the rule for newborns may join."""
    for a, b in sorted(pairs):
        edge = compare_pair((a, people[a]), (b, people[b]), models, today)
        if edge.weight >= REVIEW or edge.newborn:
            yield edge


def compare_pair(
    one: tuple[int, Demographics], other: tuple[int, Demographics], models: Mapping[str, Standing], today: date
) -> Edge:
    """What the standing model says of two registrations."""
    (a, first), (b, second) = one, other
    kind = population(first, second, today)
    standing = models[kind]
    found = score(standing.model, first, second)
    veto = of_pair(first, second, found) or ""
    levels, rarities = tuple(part.place for part in found.parts), tuple(part.rarity for part in found.parts)
    return Edge(a, b, standing.number, kind, found.weight, levels, rarities, veto, newborn_rule(first, second))


def weighed(found: Iterable[Edge], models: Mapping[str, Standing]) -> tuple[list[Weighed], list[Pair]]:
    """Edges as an evaluation takes them: pairs with weights, and newborns' placeholders with whom they may be.

    A population whose model is in shadow has none.
    """
    pairs, newborns = [], []
    for edge in found:
        standing = models.get(edge.population)
        if standing is None or not standing.joins:
            continue
        if edge.veto == "newborn":
            newborns += [(edge.person, edge.other)] if edge.newborn else []
        elif edge.weight >= REVIEW:
            is_enough = edge.weight >= standing.threshold
            pairs.append(Weighed(edge.person, edge.other, edge.weight, is_enough, edge.veto or None))
    return pairs, newborns


def tied(found: Iterable[Edge], models: Mapping[str, Standing]) -> set[Pair]:
    """The pairs that may be joined by their weight or by the rule for newborns."""
    pairs, newborns = weighed(found, models)
    return {pair(w.a, w.b) for w in pairs if w.is_enough} | {pair(a, b) for a, b in newborns}
