"""Which registrations of a human numbers and reviewers tie together, and which are there by probability alone."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection
from itertools import combinations
from typing import NamedTuple

from . import edges, storage
from .components import Member, is_dummy, pair
from .domain import guard
from .errors import NoSuchPerson


class ByWeight(NamedTuple):
    """A registration that nobody and no number confirmed: bits of the best pair that holds it in the human."""

    person: int
    hospcode: str
    bits: float


def linked_by_weight(person: int) -> list[ByWeight]:
    """Registrations of this person's human that are in it by probability alone, as seen from this registration: neither
    a common number with a name or date that fits, nor a reviewer, ties them to it. Raises NoSuchPerson.
    """
    persons = storage.persons_like(person)
    if not persons:
        raise NoSuchPerson
    if len(persons) == 1:
        return []
    confirmed = confirmed_with(person, persons)
    doubtful = [one for one in persons if one not in confirmed]
    bits: dict[int, float] = {}
    for edge in edges.between(persons):
        for one in (edge.person, edge.other):
            bits[one] = max(bits.get(one, edge.weight), edge.weight)
    found = storage.select_registrations(doubtful)
    return sorted(ByWeight(one.person, one.hospcode, bits.get(one.person, 0.0)) for one in found)


def confirmed_with(person: int, persons: Collection[int]) -> set[int]:
    """Those of these that numbers and reviewers tie to a person, in any number of steps."""
    must, _ = storage.decisions(sorted(persons))
    members = storage.members(sorted(persons))
    nobodys = _dummies(members)
    ties = {pair(a.person, b.person) for a, b in combinations(members, 2) if a.number and a.number == b.number
            and a.number not in nobodys and guard(a.evidence, b.evidence)} | must  # fmt: skip
    reached, fresh = {person}, {person}
    while fresh:
        near = {one for both in ties for one in both if not fresh.isdisjoint(both)}
        fresh = near & set(persons) - reached
        reached |= fresh
    return reached


def _dummies(members: Collection[Member]) -> set[int]:
    """The numbers that several of these share and that are nobody's, by all who bear them."""
    shared = {number for number, count in Counter(m.number for m in members).items() if number and count > 1}
    bearers: dict[int | None, list[Member]] = defaultdict(list)
    for member in storage.members(storage.bearers(shared)) if shared else ():
        bearers[member.number].append(member)
    return {number for number in shared if is_dummy(bearers[number])}
