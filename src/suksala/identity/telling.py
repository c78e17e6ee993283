"""What the layers above are told of who is one human: each event that moved somebody, once; and what was taken back.

An event waits to be told since the transaction that made it. Its number does not say that everything before it was
told: two linkings under different locks take numbers in one order and commit in another.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from suksala.foundation import database

from . import changes
from .arrays import column, ints

MOST_PARTINGS = 50


class Move(NamedTuple):
    """How an event changed with whom a registration is one human.

    others  the registrations that it was joined with, or parted from, by the event
    """

    event: int
    at: datetime
    person: int
    others: frozenset[int]


@dataclass(frozen=True, slots=True)
class Parting:
    """An event that took apart what other events had put together, or the other way round.

    events  that one, and those that followed from it; joins: the events whose effect it took back
    since   when the oldest of these was; at: when it was taken back
    sides   the registrations concerned, by the humans that they are after it; one where nobody was parted
    """

    events: tuple[int, ...]
    at: datetime
    joins: tuple[int, ...]
    since: datetime
    sides: tuple[frozenset[int], ...]


def take_moves(limit: int) -> list[Move]:
    """Take up at most `limit` events that nobody was told of, oldest first; they count as told when the transaction
    commits.
    """
    return moves_of(
        column(
            "DELETE FROM identity_untold WHERE event IN (SELECT event FROM identity_untold ORDER BY event LIMIT %s) "
            "RETURNING event",
            [limit],
        )
    )


def forget_moves() -> None:
    """Nobody wants to be told of what waits."""
    database.execute("DELETE FROM identity_untold")


def moves_wait() -> bool:
    """Whether an event waits to be told."""
    return bool(database.rows("SELECT 1 FROM identity_untold LIMIT 1"))


def waiting_moves() -> list[int]:
    """The events that wait to be told, as far as they are committed."""
    return column("SELECT event FROM identity_untold", [])


def moves_of(events: Collection[int]) -> list[Move]:
    """How these events changed who is one human, in their order; a registration that stayed with the same ones is left
    out.
    """
    if not events:
        return []
    sql = "SELECT seq, at FROM identity_event WHERE seq = ANY(%s::bigint[])"
    when: dict[int, datetime] = dict(database.rows(sql, [ints(events)]))
    found = []
    for event, touched in sorted(changes.touched_by(events).items()):
        for person, (before, after) in sorted(touched.items()):
            others = {o for o, (b, a) in touched.items() if (b == before) != (a == after)}
            if others:
                found.append(Move(event, when[event], person, frozenset(others)))
    return found


def parting(event: int) -> Parting | None:
    """What an event, and what followed from it, took back; None where it took nothing back."""
    found = _partings([event])
    return found[0] if found else None


def partings(
    since: datetime, facilities: Collection[str] | None = None, before: int | None = None, limit: int = MOST_PARTINGS
) -> tuple[list[Parting], int | None]:
    """What was taken apart since a moment, the newest first, of `limit` events; and the event before which to go on,
    None where that was all.

    facilities  whose registrations moved; None: all. What followed from another event is told with that one.
    """
    served = (
        "AND NOT EXISTS (SELECT FROM identity_membership m JOIN identity_registration r USING (person) "
        "WHERE m.opened_by = e.seq AND r.hospcode <> ALL(%s)) "
    )
    found = database.rows(
        f"SELECT seq, coalesce({_CAUSE}, seq) FROM identity_event e WHERE kind IN ('unlink', 'correct', 'undo') "
        f"AND at >= %s AND (%s::bigint IS NULL OR seq < %s) {'' if facilities is None else served}"
        f"AND NOT EXISTS (SELECT FROM identity_event f WHERE f.evidence ? 'because' "
        f"AND (f.evidence ->> 'because')::bigint = coalesce({_CAUSE}, e.seq) AND f.seq > e.seq "
        "AND f.kind IN ('unlink', 'correct', 'undo')) ORDER BY seq DESC LIMIT %s",
        [since, before, before, *([] if facilities is None else [sorted(facilities)]), limit],
    )
    parted = [one for one in _partings([root for _, root in found]) if len(one.sides) > 1]
    return parted, found[-1][0] if len(found) == limit else None


_CAUSE = "(e.evidence ->> 'because')::bigint"


class _Spell(NamedTuple):
    """A registration was of a human from one event until another."""

    person: int
    human: int
    opened_by: int
    closed_by: int | None
    kind: str
    at: datetime


def _partings(roots: Sequence[int]) -> list[Parting]:
    """What these events, each with what followed from it, took back; by as many statements for many as for one."""
    if not roots:
        return []
    groups = {root: [root] for root in roots}
    following = (
        "SELECT seq, (evidence ->> 'because')::bigint FROM identity_event "
        "WHERE evidence ? 'because' AND (evidence ->> 'because')::bigint = ANY(%s::bigint[]) ORDER BY seq"
    )
    for seq, root in database.rows(following, [ints(roots)]):
        groups[root].append(seq)
    every = [seq for group in groups.values() for seq in group]
    touched = changes.touched_by(every)
    sql = "SELECT seq, at FROM identity_event WHERE seq = ANY(%s::bigint[])"
    when: dict[int, datetime] = dict(database.rows(sql, [ints(every)]))
    spells = _spells({person for moved in touched.values() for person in moved})
    found = []
    for group in groups.values():
        sides = _sides(touched[seq] for seq in group)
        known = [spell for side in sides for person in side for spell in spells[person]]
        joins = _joins(sides, known, group[0]) or {
            spell.opened_by: spell.at for spell in known if spell.closed_by in group and spell.kind != "new"
        }
        if joins:
            at = max(when[seq] for seq in group if touched[seq])
            found.append(Parting(tuple(group), at, tuple(sorted(joins)), min(joins.values()), tuple(sides)))
    return found


def _spells(persons: Collection[int]) -> dict[int, list[_Spell]]:
    found: dict[int, list[_Spell]] = {person: [] for person in persons}
    sql = (
        "SELECT m.person, m.human, m.opened_by, m.closed_by, e.kind, e.at FROM identity_membership m "
        "JOIN identity_event e ON e.seq = m.opened_by WHERE m.person = ANY(%s::bigint[]) ORDER BY m.opened_by"
    )
    for row in database.rows(sql, [ints(persons)]):
        found[row[0]].append(_Spell(*row))
    return found


def _joins(sides: Sequence[frozenset[int]], spells: Sequence[_Spell], parted: int) -> dict[int, datetime]:
    """The events, with their moments, that made registrations of several sides one human, as they were until they
    parted: from that event back, those that were together are told apart by what they were before each event.
    """
    side_of = {person: number for number, side in enumerate(sides) for person in side}
    human = {
        s.person: s.human for s in spells if s.opened_by < parted and (s.closed_by is None or s.closed_by >= parted)
    }
    earlier = {(s.person, s.closed_by): s.human for s in spells}
    by_event: dict[int, list[_Spell]] = {}
    for spell in spells:
        if spell.opened_by < parted:
            by_event.setdefault(spell.opened_by, []).append(spell)
    together = [{p for p, h in human.items() if h == one} for one in set(human.values())]
    together = [group for group in together if len({side_of[p] for p in group}) > 1]
    found = {}
    for event in sorted(by_event, reverse=True):
        for spell in by_event[event]:
            human[spell.person] = earlier.get((spell.person, event), -spell.person)
        left = []
        for group in together:
            parts = [{p for p in group if human[p] == one} for one in {human[p] for p in group}]
            if len(parts) > 1 and by_event[event][0].kind != "new":
                found[event] = by_event[event][0].at
            left += [part for part in parts if len({side_of[p] for p in part}) > 1]
        together = left
        if not together:
            break
    return found


def _sides(events: Iterable[Mapping[int, tuple[int, int]]]) -> list[frozenset[int]]:
    """The persons whose humans these events changed, by the human that each was after the last of them."""
    after = {person: human for touched in events for person, (_, human) in touched.items()}
    humans: dict[int, set[int]] = {}
    for person, human in after.items():
        humans.setdefault(human, set()).add(person)
    return [frozenset(humans[human]) for human in sorted(humans)]
