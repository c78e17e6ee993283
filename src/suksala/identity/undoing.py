"""Taking an event back, exactly, and keeping it taken back.

Undoing puts every person of the event into the human it had before, and writes decisions that say so: pairs that must,
or cannot, be one human. Later evaluations obey them, so the humans stay a function of demographics and decisions.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from . import changes, desk_storage, edges, modelling, storage, weighing
from .components import Member, Pair, pair
from .domain import guard
from .errors import LaterEvents, NoSuchEvent, NotUndoable
from .linking import closed_pool, evaluated, settle


def take_back(seq: int, actor: str) -> int:
    """Undo event `seq`; returns the number of the undoing event, which can be undone itself. Call under the lock."""
    found = changes.event(seq)
    if found is None:
        raise NoSuchEvent
    kind, undone = found
    judgement = changes.judgement_of(seq)
    if judgement is not None and not undone:
        return _take_back_judgement(seq, judgement, actor)
    moved = changes.touched(seq)
    if kind == "new" or undone or not moved:
        raise NotUndoable
    _require_last(seq, moved)
    wanted = {person: before for person, (before, _) in moved.items()}
    pool = {m.person: m for m in closed_pool(sorted(moved))}
    must, cannot = storage.decisions(sorted(pool))
    tied = weighing.tied(edges.between(sorted(pool)), modelling.standing())
    undoing = changes.add_event("undo", actor, {"persons": len(moved)}, undoes=seq)
    changes.decide(needed_decisions(wanted, pool, must, cannot, tied), undoing)
    changes.move([(p, before, undoing) for p, (before, after) in sorted(moved.items()) if before != after])
    changes.decide(_still_apart(wanted), undoing)
    settle(sorted(pool), actor, because=undoing)  # questions about these pairs are answered now
    return undoing


def _take_back_judgement(seq: int, judgement: int, actor: str) -> int:
    """A reviewer's decision counts no more: humans are again what they are without it, and the question comes back. Or
    what took it back counts no more: it holds again, and nobody has to answer.
    """
    before, later = changes.decided_by(seq)
    if later:
        raise LaterEvents(later)
    pool = sorted(m.person for m in closed_pool(sorted({person for both in before for person in both})))
    undoing = changes.add_event("undo", actor, {"decisions": len(before)}, undoes=seq)
    changes.decide(before, undoing)
    asked = desk_storage.not_asked_by_itself(judgement)
    if asked and changes.stands(judgement):
        for question in asked:
            changes.settle_question(*question)
    elif asked:
        changes.open_questions(asked)
    settle(pool, actor, because=undoing, before=_stood(seq, pool))
    return undoing


def _stood(seq: int, pool: Sequence[int]) -> dict[int, int]:
    """Whom each person stands with when judgement `seq` is taken back: what followed from it alone did not happen, and
    who became one since, for whatever reason, is not one because of that.
    """
    now, then = storage.humans(pool), changes.humans_before(seq, pool)
    taken_back = changes.before_what_followed(seq, pool)
    since: dict[tuple[int, int | None], int] = {}
    return {
        person: taken_back.get(person)
        or (human if then.get(person) == human else since.setdefault((human, then.get(person)), -person))
        for person, human in now.items()
    }


def _still_apart(wanted: Mapping[int, int]) -> dict[Pair, str]:
    """What is to be decided beside so that `wanted` holds: two humans of an evaluation who are to be one are apart by
    what no pair tells, as two numbers of their own at one facility.
    """
    pool = closed_pool(sorted(wanted))
    found = evaluated(pool).human_of
    apart: dict[int, dict[int, int]] = defaultdict(dict)
    for member in sorted(pool, key=lambda m: m.person):
        apart[wanted.get(member.person, member.human)].setdefault(found[member.person], member.person)
    return {
        pair(first, other): "must"
        for first, *others in (list(each.values()) for each in apart.values())
        for other in others
    }


def _require_last(seq: int, moved: Mapping[int, tuple[int, int]]) -> None:
    humans = {human for both in moved.values() for human in both}
    later = changes.later_events(seq, sorted(moved), sorted(humans))
    if later:
        raise LaterEvents(later)


def needed_decisions(
    wanted: Mapping[int, int],
    pool: Mapping[int, Member],
    must: Collection[Pair],
    cannot: Collection[Pair],
    tied: Collection[Pair] = (),
) -> dict[Pair, str]:
    """The decisions that make an evaluation of the pool give `wanted` for the persons named there, and no others.

    tied  pairs that their weight, or the rule for newborns, may join
    """
    found: dict[Pair, str] = {}
    for person, human in wanted.items():
        for other, member in pool.items():
            both = pair(person, other)
            if other == person or both in found:
                continue
            together = wanted.get(other, member.human) == human
            joined = both in must or both in tied or _rule(pool[person], member)
            if together and (not joined or both in cannot):
                found[both] = "must"
            elif not together and joined and both not in cannot:
                found[both] = "cannot"
    return found


def _rule(a: Member, b: Member) -> bool:
    return a.number is not None and a.number == b.number and guard(a.evidence, b.evidence) is not None
