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
from .matching.comparing import KEPT
from .matching.vetoes import TWO_CARDS, Cluster, of_clusters

SPLIT = "split"  # kind of the question whether who is one human is two
_BY_WEIGHT = frozenset({"weight", "newborn", "kept"})
PARTS_NOBODY = frozenset({TWO_CARDS, "dead", "decided"})  # who is one human already stays one
Pair = tuple[int, int]  # (older person, younger person)
_RULES = ("must", "birth", "given-spelling", "given-sound", "year-family", "held", "weight", "newborn", "kept")
_RANK = {rule: rank for rank, rule in enumerate(_RULES)}


class Member(NamedTuple):
    """One registration in the pool. `number` is the keyed hash of a trusted number, or None."""

    person: int
    key: tuple[str, str]
    number: int | None
    evidence: Evidence
    human: int
    cluster: Cluster = Cluster()


class Weighed(NamedTuple):
    """A pair that the model compared: bits, whether they are enough to join, and what vetoes it."""

    a: int
    b: int
    weight: float
    is_enough: bool
    veto: str | None = None


class Edge(NamedTuple):
    """Two persons that a rule or their weight joins; sorts by rule, then the heaviest first, then by registration.

    stands  they are one human already: a death, a decision or another card that is told of later does not part them,
            and fewer bits keep them than it takes to join
    """

    rank: int
    against: float
    keys: tuple[tuple[str, str], tuple[str, str]]
    a: int
    b: int
    rule: str
    stands: bool


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


def evaluate(
    members: Iterable[Member],
    must: Collection[Pair] = (),
    cannot: Collection[Pair] = (),
    weighed: Collection[Weighed] = (),
    newborns: Collection[Pair] = (),
    held: Collection[Pair] = (),
) -> Outcome:
    """Humans of a closed pool: each registration with one of its numbers, and all that decisions and weights tie to it.

    must, cannot  decisions of people about pairs; they go before every rule, `cannot` also through third persons
    weighed       pairs that the model compared, the heaviest joined first; a pair that is not enough, is vetoed, or
                  would make one human of two is a doubt. After all others, whom it does not join any more but who are
                  one human stay one: a doubt from below KEPT bits on, and where they bear two cards
    newborns      a newborn's placeholder and a registration that may be the same child: joined where it is the only
                  human that may be
    held          pairs of one human whom nobody parts until somebody answered whether they are two: a doubt each
    """
    pool = {m.person: m for m in members}
    forbidden = _partners(cannot)
    outcome = Outcome()
    edges, failures = _edges(pool.values(), forbidden, outcome)
    edges += [_edge(pool[a], pool[b], "must") for a, b in must if a in pool and b in pool]
    edges += [_edge(pool[w.a], pool[w.b], "weight", w.weight) for w in weighed if w.is_enough and not w.veto]
    edges += (held_edges := [edge for a, b in held if (edge := _edge(pool[a], pool[b], "held")).stands])
    union = _Union(pool, forbidden)
    refused = [(reason, edge.a, edge.b) for edge in sorted(edges) if (reason := union.join(edge))]
    refused += _join_newborns(newborns, pool, union)
    kept = [_edge(pool[w.a], pool[w.b], "kept", w.weight) for w in weighed if not (w.is_enough or w.veto)]
    outcome.doubts |= _keep((edge for edge in sorted(kept) if edge.stands), union)
    held_together = [edge for edge in held_edges if union.human(edge.a) == union.human(edge.b)]
    outcome.doubts |= {(SPLIT, *pair(edge.a, edge.b)) for edge in (*held_together, *union.with_two_cards)}
    union.tell(outcome)
    heaviest_first = sorted(weighed, key=lambda w: (-w.weight, pool[w.a].key, pool[w.b].key))
    refused += [(w.veto or "possible", w.a, w.b) for w in heaviest_first if w.veto or not w.is_enough]
    outcome.doubts |= _questions(refused, outcome.human_of, forbidden)
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
        if is_dummy(group):
            outcome.dummies.add(number)
            outcome.doubts |= {("dummy-number", oldest, oldest) for oldest in _oldest_of_each_facility(group)}
            continue
        for a, b in _pairs(sorted(group, key=lambda m: m.key), forbidden):
            rule = guard(a.evidence, b.evidence)
            if rule:
                edges.append(_edge(a, b, rule))
            else:
                failures.append((a.person, b.person))
    return edges, failures


def _oldest_of_each_facility(group: Iterable[Member]) -> set[int]:
    """Each facility that sent a number hears of it, by one of its own registrations."""
    oldest: dict[str, int] = {}
    for member in group:
        hospcode, _ = member.key
        oldest[hospcode] = min(member.person, oldest.get(hospcode, member.person))
    return set(oldest.values())


def _questions(
    refused: Iterable[tuple[str, int, int]], human_of: dict[int, int], forbidden: dict[int, set[int]]
) -> set[tuple[str, int, int]]:
    """One question for each two humans, about the pair that came first; none where somebody decided."""
    asked: set[Pair] = set()
    found = set()
    for reason, a, b in refused:
        humans = pair(human_of[a], human_of[b])
        if humans[0] != humans[1] and humans not in asked and b not in forbidden.get(a, ()):
            asked.add(humans)
            found.add((reason, *pair(a, b)))
    return found


def _join_newborns(pairs: Collection[Pair], pool: dict[int, Member], union: _Union) -> list[tuple[str, int, int]]:
    """Join each placeholder to the only human that may be its child; where several may, nobody is. One that tells its
    order among twins is asked about: the only child may be the other twin.
    """
    children: dict[int, list[int]] = defaultdict(list)
    for a, b in pairs:
        placeholder, child = (a, b) if pool[a].evidence.newborn else (b, a)
        children[placeholder].append(child)
    refused = []
    for placeholder in sorted(children, key=lambda person: pool[person].key):
        possible = [child for child in children[placeholder] if not union.is_forbidden(placeholder, child)]
        by_human = {union.human(child): child for child in sorted(possible, key=lambda p: pool[p].key)}
        edges = [_edge(pool[placeholder], pool[child], "newborn") for child in by_human.values()]
        if len(edges) > 1 or any(pool[e.a].cluster.orders or pool[e.b].cluster.orders for e in edges):
            refused += [("newborn", edge.a, edge.b) for edge in edges]
        elif edges and (reason := union.join(edges[0])):
            refused.append((reason, edges[0].a, edges[0].b))
    return refused


def _keep(edges: Iterable[Edge], union: _Union) -> set[tuple[str, int, int]]:
    """Let who is one human stay one although it would not be joined today; asked about where little speaks for it."""
    asked = set()
    for edge in edges:
        if union.human(edge.a) == union.human(edge.b) or union.join(edge):
            continue
        if -edge.against < KEPT and union.human(edge.a) == union.human(edge.b):
            asked.add((SPLIT, *pair(edge.a, edge.b)))
    return asked


def is_dummy(group: Sequence[Member]) -> bool:
    """Whether the number that these bear is nobody's: more birth dates, or names with dates, than one human has."""
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


def _edge(a: Member, b: Member, rule: str, weight: float = 0.0) -> Edge:
    first, second = (a, b) if a.key <= b.key else (b, a)
    stands = first.human == second.human
    return Edge(_RANK[rule], -weight, (first.key, second.key), first.person, second.person, rule, stands)


def _partners(pairs: Collection[Pair]) -> dict[int, set[int]]:
    found: dict[int, set[int]] = defaultdict(set)
    for a, b in pairs:
        found[a].add(b)
        found[b].add(a)
    return dict(found)


class _Union:
    """Union-find that refuses to bring two forbidden persons under one roof."""

    def __init__(self, pool: dict[int, Member], forbidden: dict[int, set[int]]) -> None:
        self._root = {person: person for person in pool}
        self._cluster = {person: member.cluster for person, member in pool.items()}
        self._members: dict[int, set[int]] = {}
        self._rules: dict[int, set[str]] = defaultdict(set)
        self._forbidden = forbidden
        self.with_two_cards: list[Edge] = []  # who bears two cards and stays one: is it two?

    def _find(self, person: int) -> int:
        while self._root[person] != person:
            self._root[person] = person = self._root[self._root[person]]
        return person

    def human(self, person: int) -> int:
        """The human that a person is by now."""
        return self._find(person)

    def is_forbidden(self, a: int, b: int) -> bool:
        """Whether somebody decided that a person of one human is nobody of the other."""
        first, second = (self._members.get(root, {root}) for root in (self._find(a), self._find(b)))
        return any(not self._forbidden.get(person, set()).isdisjoint(first) for person in second)

    def join(self, edge: Edge) -> str | None:
        """Join the two sides of an edge, the older root stays. Nothing happens if a decision forbids it, nor if two
        humans by weight are two people after all: then why is returned.
        """
        keep, give = sorted((self._find(edge.a), self._find(edge.b)))
        if keep == give:
            self._rules[keep].add(edge.rule)
            return None
        if self.is_forbidden(keep, give):
            return None
        kept, given = self._members.get(keep, {keep}), self._members.get(give, {give})
        veto = of_clusters(self._cluster[keep], self._cluster[give])
        if veto and edge.rule in _BY_WEIGHT:
            if not (veto in PARTS_NOBODY and edge.stands):
                return veto
            self.with_two_cards += [edge] if veto == TWO_CARDS else []
        self._cluster[keep] = self._cluster[keep].with_(self._cluster[give])
        self._root[give] = keep
        self._members[keep] = kept | given
        self._rules[keep] |= self._rules.pop(give, set()) | {edge.rule}
        return None

    def tell(self, outcome: Outcome) -> None:
        """Write each person's human, named by its oldest person, and the rules that made it."""
        for person in self._root:
            outcome.human_of[person] = self._find(person)
        outcome.rules = self._rules
