"""Carrying out what an evaluation found: humans are compared with what stands, and only the difference is written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from . import changes, edges, modelling, storage, viewing, weighing
from .components import Member, Outcome, Pair, Weighed, evaluate


class Effect(NamedTuple):
    """How many persons joined another human, left one, and how many questions and dummies are new."""

    linked: int = 0
    unlinked: int = 0
    reviews: int = 0
    dummies: int = 0


def settle(
    seeds: Sequence[int], actor: str, *, because: int | None = None, before: Mapping[int, int] | None = None
) -> Effect:
    """Make the humans around these persons what their numbers, weights and the standing decisions say.

    because  the event that asks for it: those that follow from it say so
    before   the humans of persons whom what counts no more had moved: that they are one now is no reason to stay one
    Call under the locks of these humans (locking).
    """
    pool = closed_pool(seeds)
    if not pool:
        return Effect()
    stood = before or {}
    outcome = evaluated([m._replace(human=stood.get(m.person, m.human)) for m in pool])
    linked, unlinked = _write(pool, outcome, actor, {} if because is None else {"because": because})
    return Effect(linked, unlinked, changes.ask(outcome, [m.person for m in pool]), len(outcome.dummies))


def settle_undivided(
    seeds: Sequence[int], actor: str, *, since: int, spoke: Collection[int] = ()
) -> tuple[Effect, int]:
    """As `settle`, but weights part nobody who was one human before: whoever they would part stays one human, and
    whether it is two is asked.

    since  the event before which they were: what the same run joined by a part of the weights others of them part again
    spoke  who says something else since they were joined: these weights are the first word on it
    Returns beside the effect how many such questions are new. For weights that are told anew without a new word of
    anybody.
    """
    pool = closed_pool(seeds)
    if not pool:
        return Effect(), 0
    standing = _standing(pool)
    proposed = set(standing.proposed)
    outcome = _outcome(standing, proposed)
    stood = _stood(pool, since, spoke)
    while fresh := _partings(stood, outcome) - proposed:
        proposed |= fresh
        outcome = _outcome(standing, proposed)
    linked, unlinked = _write(pool, outcome, actor, {})
    asked = changes.ask(outcome, [m.person for m in pool])
    return Effect(linked, unlinked, asked, len(outcome.dummies)), len(proposed - standing.proposed)


def _stood(pool: Sequence[Member], since: int, spoke: Collection[int]) -> dict[int, tuple[int, int]]:
    """Of each person the human that it was and is, those left out who said something else since."""
    was = viewing.humans_as_of([m.person for m in pool], since)
    return {m.person: (was[m.person], m.human) for m in pool if m.person in was and m.person not in spoke}


def _partings(stood: Mapping[int, tuple[int, int]], outcome: Outcome) -> set[Pair]:
    """Of each human that an outcome parts the oldest of its first part with the oldest of each other part."""
    parts: dict[tuple[int, int], dict[int, int]] = defaultdict(dict)
    for person, human in sorted(stood.items()):
        parts[human].setdefault(outcome.human_of[person], person)
    return {(first, other) for first, *others in (list(of.values()) for of in parts.values()) for other in others}


def parted(both: Pair) -> list[list[int]]:
    """Who goes with the one and who with the other of two registrations, if these are two humans."""
    human_of = evaluated(closed_pool(both), apart={both}).human_of
    return [[person for person, human in human_of.items() if human == human_of[end]] for end in both]


def evaluated(pool: Sequence[Member], apart: Collection[Pair] = ()) -> Outcome:
    """What a closed pool is by the numbers, weights, decisions and proposals that stand.

    apart  pairs that are taken for two humans beside
    """
    standing = _standing(pool, apart)
    return _outcome(standing, standing.proposed)


class _Standing(NamedTuple):
    """All that an evaluation of a closed pool takes; `proposed` are the pairs whose parting waits for an answer."""

    pool: list[Member]
    must: Collection[Pair]
    cannot: Collection[Pair]
    weighed: tuple[list[Weighed], list[Pair]]
    proposed: set[Pair]


def _standing(pool: Sequence[Member], apart: Collection[Pair] = ()) -> _Standing:
    persons = [m.person for m in pool]
    must, cannot = storage.decisions(persons)
    weighed = weighing.weighed(edges.between(persons), modelling.standing())
    return _Standing(_judged(pool, must), must, cannot.union(apart), weighed, changes.proposed(persons))


def _outcome(standing: _Standing, proposed: Collection[Pair]) -> Outcome:
    """What the pool is; whom a proposal is about is held together only where nothing else does."""
    told = (standing.pool, standing.must, standing.cannot, *standing.weighed)
    outcome = evaluate(*told)
    held = [(a, b) for a, b in proposed if outcome.human_of[a] != outcome.human_of[b]]
    return evaluate(*told, held=held) if held else outcome


def _judged(pool: Iterable[Member], must: Collection[Pair]) -> list[Member]:
    """Members who know whether people decided whom they are one with."""
    decided = {person for both in must for person in both}
    return [m._replace(cluster=m.cluster._replace(judged=True)) if m.person in decided else m for m in pool]


def closed_pool(seeds: Sequence[int]) -> list[Member]:
    """The persons that can become one human with one of these, in any number of steps."""
    return storage.members(sorted(reached(seeds)))


def reached(seeds: Sequence[int]) -> dict[int, int]:
    """The human of each person that can become one human with one of these, in any number of steps."""
    human_of: dict[int, int] = {}
    fresh = set(seeds)
    while fresh:
        near = storage.neighbours(sorted(fresh))
        fresh = near.keys() - human_of.keys() - fresh
        human_of |= near
    return human_of


def _write(pool: Iterable[Member], outcome: Outcome, actor: str, why: dict[str, int]) -> tuple[int, int]:
    before = {m.person: m.human for m in pool}
    groups = changed_groups(before, outcome.human_of)
    kinds = [_kind(group, before, outcome.human_of) for group in groups]
    rules = [sorted({r for p in group for r in outcome.rules.get(outcome.human_of[p], ())}) for group in groups]
    evidences = [{"persons": len(group), "rules": r, **why} for group, r in zip(groups, rules, strict=True)]
    linked = unlinked = 0
    moves = []
    numbers = changes.add_events(kinds, actor, evidences) if groups else []
    for seq, kind, group in zip(numbers, kinds, groups, strict=True):
        moving = [p for p in group if before[p] != outcome.human_of[p]]
        moves += [(p, outcome.human_of[p], seq) for p in moving]
        linked += len(moving) if kind != "unlink" else 0
        unlinked += len(moving) if kind != "link" else 0
    changes.move(moves)
    return linked, unlinked


def changed_groups(before: dict[int, int], after: dict[int, int]) -> list[list[int]]:
    """Persons whose humans changed together, each group whole: one event can tell of it, and one undo take it back."""
    parent = {human: human for human in {*before.values(), *after.values()}}

    def root(human: int) -> int:
        while parent[human] != human:
            parent[human] = human = parent[parent[human]]
        return human

    moved = [person for person in before if before[person] != after[person]]
    for person in moved:
        a, b = root(before[person]), root(after[person])
        if a != b:
            parent[max(a, b)] = min(a, b)
    changed = {root(before[person]) for person in moved}
    groups: dict[int, list[int]] = defaultdict(list)
    for person in sorted(before):
        if (top := root(before[person])) in changed:
            groups[top].append(person)
    return [groups[top] for top in sorted(groups)]


def _kind(group: Sequence[int], before: dict[int, int], after: dict[int, int]) -> str:
    old, new = {before[p] for p in group}, {after[p] for p in group}
    if len(new) == 1:
        return "link"
    return "unlink" if len(old) == 1 else "correct"
