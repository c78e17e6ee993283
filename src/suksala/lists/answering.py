"""The use case of a call: what the caller found out is kept; "same" and "different" make and part persons at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import product
from typing import NamedTuple

from suksala import audit
from suksala.foundation import clock, database

from . import call_rules, calling, domain, link_storage, linking, storage
from .call_rules import Answer
from .domain import PURPOSE, ListProblem

Pair = tuple[int, int]


def answer(person: str, said: str, pair: Sequence[str] = (), *, actor: str, district: str | None = None) -> None:
    """Keep what a caller found out about a person.

    said  same or different: about `pair`, or about the weak link where none is named; reached, unreachable, or
          do-not-call: reached, and asked for no more calls
    pair  the ids of the two rows that the page showed beside each other, one of them or both the person's: of a
          candidate, of the weak link, or of a caller's "same" that ties them. What was said of other rows stands.
    "Different" parts the rows for good and puts whoever is in nobody's care on top at once; it takes back a "same" that
    stands, as "same" takes back a "different": the last answer stands. Raises ListProblem: nothing was kept.
    """
    try:
        told = Answer(said)
    except ValueError:
        raise ListProblem("เลือกคำตอบก่อนบันทึก", "choose an answer", code="SKL-LST-202") from None
    with database.transaction():
        link_storage.lock()
        own, found = calling.person_of(person, district)  # under the lock: another answer may just have moved the rows
        now = clock.now()
        if told == Answer.SAME:
            called = _join(_sides(own, pair), actor, now)
        elif told == Answer.DIFFERENT:
            called = _part(_sides(own, pair), actor, now)
        else:
            called = [own.human]
            if status := call_rules.noted_by(told, found.standing):
                storage.add_statuses({own.human: [domain.StatusAt(status, now)]}, actor, now)
        for row in called:
            storage.add_call(row, told, actor, now)
        storage.release(own.human, actor)
        audit.record(
            "lists.answered", actor=actor, purpose=PURPOSE, detail={"person": found.public, "answer": told.value}
        )


class _Sides(NamedTuple):
    """What an answer is about: two rows, and those that stand on either side with them.

    joined  one person bears both rows, by these pairs of which a caller said "same", or by weight where there is none;
            None: they are two persons, or tied by the weak link, and it is known who of them was called
    """

    pair: Pair
    mine: list[int]
    theirs: list[int]
    joined: list[Pair] | None = None


def _sides(own: storage.Named, pair: Sequence[str]) -> _Sides:
    """Raises ListProblem where nothing is there to answer about."""
    weak = calling.doubtful_link(own.human)
    if not pair and weak is None:
        raise ListProblem("ไม่มีลิงก์ที่ต้องถามของบุคคลนี้", "no link of this person is to be asked about", code="SKL-LST-203")
    if weak is not None and (not pair or sorted(pair) == sorted(weak.pair)):
        return _Sides(weak.link, [*weak.mine], [*weak.theirs])
    rows = {found.row: found for one in pair if (found := storage.named(one))}
    humans = {found.human for found in rows.values()}
    if not (len(pair) == len(rows) == 2 and own.human in humans):
        raise ListProblem("ไม่พบผู้ที่นำมาเทียบ", "there is no such candidate", code="SKL-LST-204")
    a, b = rows.values()
    if len(humans) == 1:
        return _Sides((a.row, b.row), [a.row], [b.row], _said_with(own.human, {a.row, b.row}))
    [other] = humans - {own.human}
    return _Sides((a.row, b.row), storage.rows_of_human(own.human), storage.rows_of_human(other))


def _said_with(human: int, pair: set[int]) -> list[Pair]:
    """The pairs of the one answer "same" that ties this pair of the person's rows."""
    said = link_storage.said_same(human)
    answers = {(one.caller, one.at) for one in said if {one.a, one.b} == pair}
    return [(one.a, one.b) for one in said if (one.caller, one.at) in answers]


def _join(sides: _Sides, caller: str, now: datetime) -> list[int]:
    """Make one person of both sides; whom the caller called. What was said against it stands no more."""
    _, cannot = link_storage.decisions([*sides.mine, *sides.theirs])
    overruled = cannot & {(min(pair), max(pair)) for pair in product(sides.mine, sides.theirs)}
    pairs = {*(sides.joined or [sides.pair]), *overruled}
    link_storage.decide(pairs, same=True, caller=caller, at=now)
    linking.settle([*sides.mine, *sides.theirs])
    return [min(sides.mine)]


def _part(sides: _Sides, caller: str, now: datetime) -> list[int]:
    """Make two persons, and no row of one will ever be one with a row of the other; whom the caller called."""
    _say_different(sides.joined or product(sides.mine, sides.theirs), caller, now)
    if sides.joined is None:
        return [min(sides.mine)]
    a, b = (storage.human_of(row) for row in sides.pair)
    _say_different(
        product(storage.rows_of_human(a), storage.rows_of_human(b)), caller, now
    )  # weight keeps some by them
    return [one.human for one in storage.persons([a, b]) if not one.standing.care] or [a]


def _say_different(pairs: Iterable[Pair], caller: str, now: datetime) -> None:
    told = list(pairs)
    link_storage.decide(told, same=False, caller=caller, at=now)
    linking.settle({row for pair in told for row in pair})
