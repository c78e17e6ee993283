"""Weighing many registrations: read, weighed in bulk by Splink's SQL, and settled in pieces under the lock of all.

Reading and weighing take no lock: whoever links meanwhile goes on. A piece takes it for a second or two.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import NamedTuple

import pyarrow as pa

from suksala import audit
from suksala.foundation import clock, database, keys, memory

from . import bulk_edges, changes, edges, everybody, linking, locking, modelling, viewing
from .arrays import column
from .errors import AlreadyWeighing
from .matching import bulk
from .matching.engines import Engine
from .matching.spark import Spark

PIECE = 5000  # registrations that are settled together; who links waits meanwhile: 1 to 2 s
MOST_CHANGED = 0.005  # of humans that weighing everybody anew may change by itself


class Run(NamedTuple):
    """What weighing many did, or would do.

    weighed  registrations; later: that changed meanwhile and wait on
    linked, unlinked, reviews  as LinkResult
    humans   in all, before
    applied  nothing was changed if not
    partings of everybody weighed anew: humans of whom it is asked now whether they are two; nobody is parted
    """

    weighed: int = 0
    later: int = 0
    linked: int = 0
    unlinked: int = 0
    reviews: int = 0
    humans: int = 0
    applied: bool = True
    partings: int = 0

    @property
    def changes_too_many(self) -> bool:
        """More humans than a run may change without anybody looking."""
        return self.linked + self.unlinked + self.partings > MOST_CHANGED * self.humans


class _Over(Exception):
    """A rehearsal is."""


@contextmanager
def _taken_back() -> Iterator[None]:
    """Under the lock, and as if nothing had happened afterwards."""
    with suppress(_Over), locking.alone():
        yield
        raise _Over


def weigh_waiting(*, actor: str) -> Run:
    """Weigh the registrations that wait. Raises AlreadyWeighing. A run that is killed is taken up where it ended."""
    with _alone():
        told = _weigh(everyone=False)
        return _settle(told, actor) if told else Run(applied=False)


def weigh_everybody(*, actor: str, anyway: bool = False, spark: str | None = None) -> Run:
    """Weigh everybody anew, and see first what that would change: nothing is, where it is more than MOST_CHANGED of
    humans and nobody said to go on `anyway`. It joins, and parts nobody: nobody said anything new, so whom the weights
    do not hold together any more is asked about.

    spark  a folder: weigh on the Spark cluster that this machine is set up for, with the rows in this folder meanwhile
    Raises AlreadyWeighing, NoSpark.
    """
    engine = None if spark is None else Spark.of_this_machine(spark)
    with _alone():
        told = _weigh(everyone=True, engine=engine)
        if not told:
            return Run(applied=False)
        found = _settle(told, actor, rehearse=True)
        is_whole = found.weighed + found.later == len(told.persons)  # else another model was approved meanwhile
        if is_whole and (anyway or not found.changes_too_many):
            found = _settle(told, actor)
        audit.record("identity.weighed", actor=actor, detail=found._asdict() | {"crowded": edges.crowded()})
        return found


def rehearse_shadow(*, actor: str) -> Run:
    """What approving the models in shadow, and weighing everybody by them, would do. Raises AlreadyWeighing."""
    with _alone():
        told = _weigh(everyone=True, shadow=True)
        if not told:
            return Run(applied=False)
        return _settle(told, actor, rehearse=True, shadow=True)


@contextmanager
def _alone() -> Iterator[None]:
    """One run at a time over all processes; what it remembers is gone afterwards."""
    number = keys.keyed_int("identity.weighing", "many")
    [(mine,)] = database.rows("SELECT pg_try_advisory_lock(%s)", [number])
    if not mine:
        raise AlreadyWeighing
    try:
        bulk_edges.begin()
        yield
    finally:
        bulk_edges.end()
        database.rows("SELECT pg_advisory_unlock(%s)", [number])


def _waiting() -> list[int]:
    return column("SELECT person FROM identity_waiting ORDER BY person")


class _Weighed(NamedTuple):
    """Who was weighed, whether that is everybody, and which models stood when it began: what they say holds for no
    others.
    """

    persons: list[int]
    everyone: bool
    numbers: Mapping[str, tuple[int, bool]]


def _weigh(*, everyone: bool, shadow: bool = False, engine: Engine | None = None) -> _Weighed | None:
    """Weigh without a lock, into the session's table of what was weighed. None where no model stands."""
    numbers = _numbers()
    standing = modelling.in_shadow() if shadow else modelling.standing()
    if not standing:
        return None
    today = clock.today()
    wanted = column("SELECT person FROM seen ORDER BY person") if everyone else _waiting()
    files = {kind: bulk.Trained(one.number, modelling.told(one.number)[1]) for kind, one in standing.items()}
    with memory.collecting_paused(), bulk.Batch(files, engine) as batch:
        for table in bulk_edges.keys(of_waiting=not everyone):
            batch.add_keys(table)
        for piece in everybody.pieces(today, batch.holders()):
            batch.add(bulk.rows(((one.person, one.read) for one in piece), today))
        for found in batch.edges(pa.table({"person": pa.array(wanted, pa.int64())})):
            bulk_edges.keep(found)
    bulk_edges.kept()
    return _Weighed(wanted, everyone, numbers)


def _settle(told: _Weighed, actor: str, *, rehearse: bool = False, shadow: bool = False) -> Run:
    """Settle piece by piece, each in a transaction of its own; a rehearsal takes each back.

    shadow  as if the models in shadow were approved: for a rehearsal
    """
    persons = told.persons
    run, began = Run(humans=_humans(), applied=not rehearse), viewing.last_event()
    for first in range(0, len(persons), PIECE):
        if _numbers() != told.numbers:
            break  # another model was approved: what was weighed is not what it says
        with _taken_back() if rehearse else locking.alone():
            if shadow:
                modelling.approve(actor=actor)
            piece = persons[first : first + PIECE]
            changed, effect, partings = _piece(piece, actor, began=began if told.everyone else None)
        count = len(persons[first : first + PIECE])
        run = run._replace(
            weighed=run.weighed + count - changed, later=run.later + changed, linked=run.linked + effect.linked,
            unlinked=run.unlinked + effect.unlinked, reviews=run.reviews + effect.reviews,
            partings=run.partings + partings,
        )  # fmt: skip
    return run


def _piece(persons: Sequence[int], actor: str, *, began: int | None) -> tuple[int, linking.Effect, int]:
    """Returns how many changed since they were weighed, the effect, and the humans that are asked about: one or two?

    began  where everybody is weighed anew, the newest event before that; None where those who wait are weighed
    """
    changed = bulk_edges.changed_since(persons)
    those = set(changed)
    same = [person for person in persons if person not in those]
    seeds = sorted({*same, *bulk_edges.replace(same, changed)})
    spoke = edges.no_longer_waiting(same)
    changes.withdraw_proposals(spoke)
    if began is None:
        return len(persons) - len(same), linking.settle(seeds, actor), 0
    return len(persons) - len(same), *linking.settle_undivided(seeds, actor, since=began, spoke=set(spoke))


def _numbers() -> Mapping[str, tuple[int, bool]]:
    return {kind: (one.number, one.joins) for kind, one in modelling.standing().items()}


def _humans() -> int:
    [(count,)] = database.rows("SELECT count(DISTINCT human) FROM identity_membership WHERE closed_by IS NULL")
    return int(count)
