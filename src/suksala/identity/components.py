"""Which persons are one human: a pure function of their demographics and of the decisions that stand.

Order plays no part: edges are taken by kind and then by (hospcode, pid), so every order of deposits gives one result.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import NamedTuple

from .domain import DUMMY_BIRTHS, DUMMY_LOOKS, Evidence, guard

Pair = tuple[int, int]  # (older person, younger person)
_RANK = {"must": 0, "birth": 1, "given-spelling": 2, "given-sound": 3, "year-family": 4}


class Member(NamedTuple):
    """One registration in the pool. `number` is the keyed hash of a trusted number, or None."""

    person: int
    key: tuple[str, str]
    number: int | None
    evidence: Evidence
    human: int


class Edge(NamedTuple):
    """Two persons that a rule joins; sorts by rule, then by registration."""

    rank: int
    keys: tuple[tuple[str, str], tuple[str, str]]
    a: int
    b: int
    rule: str


@dataclass(slots=True)
class Outcome:
    """human_of: each person's human. rules: why each joined human is one. doubts: pairs to review. dummies: numbers."""

    human_of: dict[int, int] = field(default_factory=dict)
    rules: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    doubts: set[tuple[str, int, int]] = field(default_factory=set)
    dummies: set[int] = field(default_factory=set)


def pair(a: int, b: int) -> Pair:
    """Two persons, the older first."""
    return (a, b) if a < b else (b, a)


def evaluate(members: Iterable[Member], must: Collection[Pair] = (), cannot: Collection[Pair] = ()) -> Outcome:
    """Humans of a closed pool: every registration with one of its numbers, and all that decisions tie to it.

    must, cannot  decisions of people about pairs; they go before every rule, `cannot` also through third persons
    """
    pool = {m.person: m for m in members}
    forbidden = _partners(cannot)
    outcome = Outcome()
    edges, failures = _edges(pool.values(), forbidden, outcome)
    edges += [_edge(pool[a], pool[b], "must") for a, b in must if a in pool and b in pool]
    union = _Union(pool, forbidden)
    for edge in sorted(edges):
        union.join(edge)
    union.tell(outcome)
    for first, second in failures:
        if outcome.human_of[first] != outcome.human_of[second] and second not in forbidden.get(first, ()):
            outcome.doubts.add(("whose-card", *pair(first, second)))
    return outcome


def _edges(pool: Iterable[Member], forbidden: dict[int, set[int]], outcome: Outcome) -> tuple[list[Edge], list[Pair]]:
    groups: dict[int, list[Member]] = defaultdict(list)
    for member in pool:
        if member.number is not None:
            groups[member.number].append(member)
    edges: list[Edge] = []
    failures: list[Pair] = []
    for number, group in groups.items():
        if len(group) < 2:
            continue
        if _is_dummy(group):
            oldest = min(m.person for m in group)
            outcome.dummies.add(number)
            outcome.doubts.add(("dummy-number", oldest, oldest))
            continue
        for a, b in _pairs(sorted(group, key=lambda m: m.key), forbidden):
            rule = guard(a.evidence, b.evidence)
            if rule:
                edges.append(_edge(a, b, rule))
            else:
                failures.append((a.person, b.person))
    return edges, failures


def _is_dummy(group: Sequence[Member]) -> bool:
    births = {m.evidence.birth for m in group if m.evidence.birth}
    return len(births) > DUMMY_BIRTHS or len({m.evidence for m in group}) > DUMMY_LOOKS


def _pairs(group: Sequence[Member], forbidden: dict[int, set[int]]) -> Iterator[tuple[Member, Member]]:
    """The pairs to look at: all of them where a decision stands, else each against its like and one of each kind."""
    if any(m.person in forbidden for m in group):
        yield from combinations(group, 2)
        return
    alike: dict[Evidence, Member] = {}
    for member in group:
        first = alike.setdefault(member.evidence, member)
        if first is not member:
            yield first, member
    yield from combinations(alike.values(), 2)


def _edge(a: Member, b: Member, rule: str) -> Edge:
    first, second = (a, b) if a.key <= b.key else (b, a)
    return Edge(_RANK[rule], (first.key, second.key), first.person, second.person, rule)


def _partners(pairs: Collection[Pair]) -> dict[int, set[int]]:
    found: dict[int, set[int]] = defaultdict(set)
    for a, b in pairs:
        found[a].add(b)
        found[b].add(a)
    return dict(found)


class _Union:
    """Union-find that refuses to bring two forbidden persons under one roof."""

    def __init__(self, persons: Iterable[int], forbidden: dict[int, set[int]]) -> None:
        self._root = {person: person for person in persons}
        self._members: dict[int, set[int]] = {}
        self._rules: dict[int, set[str]] = defaultdict(set)
        self._forbidden = forbidden

    def _find(self, person: int) -> int:
        while self._root[person] != person:
            self._root[person] = person = self._root[self._root[person]]
        return person

    def join(self, edge: Edge) -> None:
        """Join the two sides of an edge, the older root stays; nothing happens if a decision forbids it."""
        keep, give = sorted((self._find(edge.a), self._find(edge.b)))
        if keep == give:
            self._rules[keep].add(edge.rule)
            return
        kept, given = self._members.get(keep, {keep}), self._members.get(give, {give})
        if any(not self._forbidden.get(person, set()).isdisjoint(kept) for person in given):
            return
        self._root[give] = keep
        self._members[keep] = kept | given
        self._rules[keep] |= self._rules.pop(give, set()) | {edge.rule}

    def tell(self, outcome: Outcome) -> None:
        """Write each person's human, named by its oldest person, and the rules that made it."""
        for person in self._root:
            outcome.human_of[person] = self._find(person)
        outcome.rules = self._rules
