"""`explain`: why two registrations are, or are not, one human."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Literal

from . import changes, edges, modelling, storage
from .components import PARTS_NOBODY, Member, pair
from .domain import guard
from .edges import Edge
from .errors import NoSuchPerson
from .grading import Waterfall
from .matching.vetoes import of_clusters
from .waterfalls import waterfall

Stays = Literal["", "kept", "asked"]


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why two persons are, or are not, one human.

    same_human     what stands now
    same_number    both carry the same trusted number
    rule           the rule of the guard that holds, or None
    decision       must, cannot or None: what somebody decided about this pair
    events         number and kind of the events that moved either of them; `undo` takes such a number
    waterfall      where the weight of the pair comes from, as the model said that weighed it; None where it weighs less
                   than 2 bits, or nothing was weighed
    joins          that weight is enough, its model may join pairs, and nothing that the two say is against it
    threshold      bits from which such a pair joins; 0.0 where nothing was weighed
    stays          why they are one human though nothing joins them today. kept: by fewer bits than it takes to join
                   (decision 0195); asked: until a reviewer answers whether they are two; "" where neither is so
    veto           why that weight does not decide: by the pair, or by what parts two humans (matching.vetoes); or ""
    registrations  human -> (hospcode, pid) of each of its registrations, for the humans of both
    """

    same_human: bool
    same_number: bool
    rule: str | None
    decision: str | None
    events: list[tuple[int, str]]
    waterfall: Waterfall | None = None
    joins: bool = False
    threshold: float = 0.0
    stays: Stays = ""
    veto: str = ""
    registrations: dict[int, list[tuple[str, str]]] = field(default_factory=dict)


def explain(a: int, b: int) -> Explanation:
    """Why persons `a` and `b` are or are not one human. Raises NoSuchPerson."""
    found = {m.person: m for m in storage.members([a, b])}
    if {a, b} - found.keys():
        raise NoSuchPerson
    first, second = found[a], found[b]
    must, cannot = storage.decisions([a])
    both = pair(a, b)
    found_edge = next(iter(edges.between([a, b])), None)  # by a model that may have been replaced since
    threshold, joins = _joining(found_edge)
    veto, stays = standing_of(first, second, found_edge, joins=joins, decided=both in must)
    return Explanation(
        same_human=first.human == second.human,
        same_number=_same_number(first, second),
        rule=guard(first.evidence, second.evidence),
        decision="must" if both in must else "cannot" if both in cannot else None,
        events=changes.events_of([a, b]),
        waterfall=waterfall(found_edge) if found_edge else None,
        joins=joins and not veto,
        threshold=threshold,
        stays=stays,
        veto=veto,
        registrations=_registrations({first.human, second.human}),
    )


def _same_number(a: Member, b: Member) -> bool:
    return a.number is not None and a.number == b.number


def _joining(edge: Edge | None) -> tuple[float, bool]:
    """Bits from which a pair as this joins today, and whether it has them."""
    standing = modelling.standing().get(edge.population) if edge else None
    if edge is None or standing is None:
        return 0.0, False
    return standing.threshold, standing.joins and edge.weight >= standing.threshold


def standing_of(one: Member, other: Member, edge: Edge | None, *, joins: bool, decided: bool) -> tuple[str, Stays]:
    """Why the weight of two registrations does not decide, and why they stay one human whom nothing joins today; ""
    where neither is so.

    edge     what they weigh, if anything; joins: that is enough
    decided  somebody decided that they are one
    """
    both = pair(one.person, other.person)
    is_one = one.human == other.human
    is_asked = is_one and both in changes.proposed(both)
    veto = edge.veto or of_clusters(one.cluster, other.cluster) or "" if edge else ""
    if is_one and not is_asked and veto in PARTS_NOBODY:
        veto = ""
    if is_asked:
        return veto, "asked"
    is_kept = is_one and edge is not None and not (joins or veto or decided or _is_tied_by_number(one, other))
    return veto, "kept" if is_kept else ""


def _is_tied_by_number(a: Member, b: Member) -> bool:
    return _same_number(a, b) and guard(a.evidence, b.evidence) is not None


def _registrations(humans: set[int]) -> dict[int, list[tuple[str, str]]]:
    found: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for one in storage.members(storage.persons_of_humans(humans)):
        found[one.human].append(one.key)
    return {human: sorted(found[human]) for human in sorted(found)}
