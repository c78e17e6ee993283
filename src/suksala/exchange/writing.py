"""Writes: create, update, patch and delete, alone or many in one transaction.

Everything is decided before anything is written: targets of conditional writes, ids, links (`naming`), whether each may
have its place (`placing`), what it says (`content`), whose record it belongs to (`whose`). Then it is kept and told
(`keeping`), all in one transaction.
Source: FHIR R4 http (create, update, patch, delete, conditional interactions, transaction); decision 0060.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import psycopg

from suksala.foundation import clock, database

from . import consenting, content, keeping, naming, placing, search_parameters, whose
from .outcome import Issue
from .plans import Entry, Plan
from .writes import Write, WriteProblem, Writer, Written, refused

MOST_TRIES = 3
RACES = (psycopg.errors.UniqueViolation, psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure)


def apply(writer: Writer, writes: Sequence[Write]) -> list[Written]:
    """Do all of these writes, or none of them.

    Raises WriteProblem with the place of the faulty write, and SearchProblem for criteria that cannot be searched.
    """
    for number, write in enumerate(writes):
        with Entry(number, Plan(write)):
            writer.require(write.rtype, _right(write))
    within = database.in_transaction()
    for attempt in range(1, MOST_TRIES + 1):
        try:
            with database.transaction():
                return _apply(writer, writes)
        except RACES as error:
            if within or attempt == MOST_TRIES:
                raise _raced() from error
    raise AssertionError("unreachable")  # pragma: no cover


def _apply(writer: Writer, writes: Sequence[Write]) -> list[Written]:
    plans = _placed(writer, writes)
    content.decide(writer, plans)
    whose.own(writer, plans)
    search_parameters.decide(writer, plans)
    consenting.decide(writer, plans)
    now = clock.now()
    keeping.store(writer, plans, now)
    return [keeping.answer(plan, now) for plan in plans]


def _placed(writer: Writer, writes: Sequence[Write]) -> list[Plan]:
    """Each write under its id, with what stands there locked. Where a target was lost between search and lock, the
    search is asked again: it sees what others have done meanwhile (READ COMMITTED), and nothing is written yet.
    """
    for _ in range(MOST_TRIES):
        plans = [Plan(write) for write in writes]
        naming.name(writer, plans)
        try:
            placing.lock(writer, plans)
        except placing.TargetLost:
            continue
        return plans
    raise _raced()


def _raced() -> WriteProblem:
    th = "มีผู้อื่นกำลังเขียนข้อมูลเดียวกัน ลองใหม่อีกครั้ง"
    return refused(409, "transient", th, "somebody else is writing the same; try again")


def _right(write: Write) -> str:
    return {"POST": "c", "DELETE": "d"}.get(write.method, "u")


# ---- the lines of a bulk import -------------------------------------------------------------------------------------


def prepare(writer: Writer, write: Write) -> list[Issue]:
    """The warnings of a write by its own id and without criteria, as far as it can be decided without the database.

    Raises WriteProblem and what `require` raises.
    """
    plan = apart(write, ())
    writer.require(write.rtype, _right(write))
    content.check(writer, plan)
    return plan.warnings


def apart(write: Write, warnings: Sequence[Issue]) -> Plan:
    """The plan of a write that was prepared, one line of many."""
    return Plan(write, write.rid or "", body=write.body, warnings=list(warnings), apart=True)


def apply_apart(writer: Writer, plans: Sequence[Plan], meanwhile: Callable[[], None] = keeping.nothing) -> None:
    """Do what was prepared, within the present transaction; no two of the same id. What cannot be done says so in its
    `problem`, and the others are done.

    meanwhile  called when only the database is left to work: what it starts in another thread costs no time
    """
    left = list(plans)
    for decide in (placing.lock, whose.own, search_parameters.decide, consenting.decide):
        decide(writer, left)
        left = [plan for plan in left if plan.problem is None]
    keeping.store(writer, left, clock.now(), meanwhile)
