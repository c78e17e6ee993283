"""`explain`: why two registrations are, or are not, one human."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from . import changes, edges, modelling, storage
from .components import Member, pair
from .domain import guard
from .errors import NoSuchPerson
from .grading import Waterfall
from .waterfalls import waterfall


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
    joins          that weight is enough, and its model may join pairs
    veto           why the weight of the pair does not decide, or ""
    registrations  human -> (hospcode, pid) of each of its registrations, for the humans of both
    """

    same_human: bool
    same_number: bool
    rule: str | None
    decision: str | None
    events: list[tuple[int, str]]
    waterfall: Waterfall | None = None
    joins: bool = False
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
    weighed, joins, veto = _weighed(a, b)
    return Explanation(
        same_human=first.human == second.human,
        same_number=_same_number(first, second),
        rule=guard(first.evidence, second.evidence),
        decision="must" if both in must else "cannot" if both in cannot else None,
        events=changes.events_of([a, b]),
        waterfall=weighed,
        joins=joins,
        veto=veto,
        registrations=_registrations({first.human, second.human}),
    )


def _same_number(a: Member, b: Member) -> bool:
    return a.number is not None and a.number == b.number


def _weighed(a: int, b: int) -> tuple[Waterfall | None, bool, str]:
    """The open edge of a pair, with the model that weighed it, which may have been replaced since."""
    found = edges.between([a, b])
    if not found:
        return None, False, ""
    [edge] = found
    standing = modelling.standing().get(edge.population)
    joins = standing is not None and standing.joins and edge.weight >= standing.threshold and not edge.veto
    return waterfall(edge), joins, edge.veto


def _registrations(humans: set[int]) -> dict[int, list[tuple[str, str]]]:
    found: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for one in storage.members(storage.persons_of_humans(humans)):
        found[one.human].append(one.key)
    return {human: sorted(found[human]) for human in sorted(found)}
