"""What a page shows of a question, drawn from what was stored when the pair was weighed: nothing is weighed anew.

And of a record: which registrations are in it by probability alone, and how probable that is.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from itertools import combinations
from typing import NamedTuple

from suksala import audit

from . import desk, desk_storage, edges, modelling, storage
from .components import pair
from .desk import Facilities
from .desk_storage import Details
from .domain import Registration, guard
from .edges import Edge
from .errors import NoSuchPerson, NoSuchQuestion
from .judging import DISPUTED, Question
from .matching.model import Model


class Step(NamedTuple):
    """What one comparison added to the weight.

    comparison, level  in the words of matching.comparisons; "unknown" where one side says nothing
    bits               the weight of the level, the rarity of the value included
    one_in             of how many registrations one bears the agreeing value; None where that does not count
    """

    comparison: str
    level: str
    bits: float
    one_in: int | None = None


@dataclass(frozen=True, slots=True)
class WeighedPair:
    """Where the weight of a pair comes from: prior + all steps = weight.

    threshold  bits from which such a pair joins by itself
    veto       why the weight does not decide, or ""; model: its number, population: whom it weighs
    """

    prior: float
    steps: tuple[Step, ...]
    weight: float
    threshold: float
    veto: str
    model: int
    population: str


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two humans of a question.

    asked          the registration that the question is about
    registrations  of the human, at facilities that the reviewer serves; `asked` is the first
    details        of those, where anything is known
    elsewhere      how many more there are at other facilities
    """

    asked: int
    registrations: tuple[Registration, ...] = field(repr=False)
    details: dict[int, Details] = field(repr=False)
    elsewhere: int


@dataclass(frozen=True, slots=True)
class Shown:
    """One question with all that it is judged by.

    waterfall  None where nothing was weighed: the number alone asks
    words      what the citizen wrote who doubts; disputed: the registration that they doubt
    """

    question: Question
    one: Side
    other: Side
    waterfall: WeighedPair | None
    words: str = field(default="", repr=False)
    disputed: int | None = None


class ByWeight(NamedTuple):
    """A registration that nobody and no number confirmed: bits of the best pair that holds it in the human."""

    person: int
    hospcode: str
    bits: float


def show(
    kind: str,
    one: int,
    other: int,
    facilities: Facilities = None,
    *,
    actor: str,
    humans: Collection[int] = frozenset(),
) -> Shown:
    """Open a question for a reviewer; that it was looked at is a fact about both.

    humans  whom the reviewer is: nobody opens a question about themselves
    Raises NoSuchQuestion.
    """
    asked = desk.question(kind, one, other, facilities)
    if not set(storage.humans([asked.person, asked.other]).values()).isdisjoint(humans):
        raise NoSuchQuestion
    both = (asked.person, asked.other)
    for person in sorted(set(both)):
        detail = {"kind": kind}
        audit.record("identity.question-seen", actor=actor, purpose=desk.PURPOSE, person=person, detail=detail)
    found = desk_storage.edge(both)
    is_dispute = kind == DISPUTED
    return Shown(
        asked,
        _side(asked.person, facilities),
        _side(asked.other, facilities),
        waterfall=_waterfall(found) if found else None,
        words=desk_storage.words_of_dispute(both) if is_dispute else "",
        disputed=desk_storage.disputed([one]).get(both) if is_dispute else None,
    )


def _side(person: int, facilities: Facilities) -> Side:
    every = storage.select_registrations(storage.persons_like(person))
    served = [one for one in every if facilities is None or one.hospcode in facilities]
    served.sort(key=lambda one: (one.person != person, one.hospcode, one.pid))
    details = desk_storage.details([one.person for one in served])
    return Side(person, tuple(served), details, len(every) - len(served))


def _waterfall(found: Edge) -> WeighedPair:
    standing = modelling.numbered(found.model)
    model = standing.model
    steps = tuple(_step(model, place, found) for place in range(len(model.comparisons)))
    return WeighedPair(model.prior, steps, found.weight, standing.threshold, found.veto, found.model, found.population)


def _step(model: Model, place: int, found: Edge) -> Step:
    (comparison, weights), level, rarity = model.comparisons[place], found.levels[place], found.rarities[place]
    if level < 0:
        return Step(comparison.name, "unknown", 0.0)
    said = comparison.levels[level]
    one_in = round(2 ** (rarity - weights.exact)) if said.term and weights.exact is not None else None
    return Step(comparison.name, said.name, weights.levels[level] + rarity, one_in)


def linked_by_weight(person: int) -> list[ByWeight]:
    """Registrations of this person's human that are in it by probability alone, as seen from this registration: neither
    a common number with a name or date that fits, nor a reviewer, ties them to it. Raises NoSuchPerson.
    """
    persons = storage.persons_like(person)
    if not persons:
        raise NoSuchPerson
    if len(persons) == 1:
        return []
    confirmed = _confirmed(person, persons)
    doubtful = [one for one in persons if one not in confirmed]
    bits: dict[int, float] = {}
    for edge in edges.between(persons):
        for one in (edge.person, edge.other):
            bits[one] = max(bits.get(one, edge.weight), edge.weight)
    found = storage.select_registrations(doubtful)
    return sorted(ByWeight(one.person, one.hospcode, bits.get(one.person, 0.0)) for one in found)


def _confirmed(person: int, persons: Collection[int]) -> set[int]:
    """Those that numbers and reviewers tie to a person, in any number of steps."""
    must, _ = storage.decisions(sorted(persons))
    members = storage.members(sorted(persons))
    ties = {pair(a.person, b.person) for a, b in combinations(members, 2) if a.number and a.number == b.number
            and guard(a.evidence, b.evidence)} | must  # fmt: skip
    reached, fresh = {person}, {person}
    while fresh:
        near = {one for both in ties for one in both if not fresh.isdisjoint(both)}
        fresh = near & set(persons) - reached
        reached |= fresh
    return reached
