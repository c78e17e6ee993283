"""Use cases of governance."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import timedelta

from suksala import audit
from suksala.foundation import clock, database

from . import reporting, storage
from .breaches import Breach, BreachProblem, require_sound
from .processing import PROCESSING, Processing, covering

PERSONAL = frozenset({"direct", "sensitive", "quasi"})
MOST_FACTS = 50_000


@dataclass(frozen=True)
class Stored:
    """What the database keeps for a purpose.

    tables   the tables that keep personal data for it
    classes  the privacy classes of their columns: direct, quasi, sensitive, key, technical
    """

    tables: tuple[str, ...]
    classes: tuple[str, ...]


def stored_by() -> dict[str, Stored]:
    """What the database keeps for each purpose, by its code; read from the catalogue, not from memory."""
    held: dict[str, list[str]] = {record.code: [] for record in PROCESSING}
    known = storage.classes()
    for table, classes in known.items():
        record = covering(table)
        if record and not PERSONAL.isdisjoint(classes):
            held[record.code].append(table)
    return {
        code: Stored(tuple(tables), tuple(sorted({c for table in tables for c in known[table]} - {""})))
        for code, tables in held.items()
    }


def uncovered() -> list[str]:
    """Tables that keep personal data for no recorded purpose; there is none, a test sees to it."""
    return [t for t, classes in storage.classes().items() if not PERSONAL.isdisjoint(classes) and covering(t) is None]


def record_of(purpose: str) -> Processing | None:
    """The record that covers a purpose of permits (HL7 ActReason)."""
    return next((record for record in PROCESSING if purpose in record.purposes), None)


def register_breach(breach: Breach, *, actor: str) -> Breach:
    """Keep a breach: its clock of 72 hours runs from when it was noticed. Raises BreachProblem."""
    require_sound(breach, clock.now())
    with database.transaction():
        kept = replace(breach, id=storage.add(breach))
        _record("governance.breach", kept, actor)
    return kept


def tell_breach(breach: Breach, *, actor: str) -> Breach:
    """Keep what is known now of a breach, such as whom was told when. Raises BreachProblem.

    When it was noticed does not change any more: the clock runs from what was said first.
    """
    with database.transaction():
        before = storage.breach(breach.id, lock=True)
        if before is None:
            raise BreachProblem("ไม่มีเหตุละเมิดเลขที่นี้", "there is no breach of this number")
        now_known = replace(breach, noticed_at=before.noticed_at)
        require_sound(now_known, clock.now())
        storage.save(now_known)
        _record("governance.breach-told", now_known, actor)
    return now_known


def _record(kind: str, breach: Breach, actor: str) -> None:
    detail = {
        "breach": breach.id,
        "risk": breach.risk.value,
        "office": breach.office_told_at is not None,
        "persons": breach.persons_told_at is not None,
    }
    audit.record(kind, actor=actor, facility=breach.facility or None, detail=detail)


def breaches(facility: str | None = None) -> list[Breach]:
    """Every breach, or those of one facility, newest first."""
    return [found for found in storage.breaches() if facility in {None, found.facility}]


def breach(number: int) -> Breach | None:
    """The breach of this number."""
    return storage.breach(number)


def overdue() -> list[Breach]:
    """Breaches of which the Office should have been told by now."""
    return [found for found in storage.breaches() if found.clock(clock.now()).is_overdue]


def draft_report(breach: Breach) -> str:
    """A draft, in Thai, of the notice to the Office, with what the audit log tells of the time and the doer."""
    since = breach.began_at or breach.noticed_at - timedelta(days=1)
    until = (breach.ended_at or breach.noticed_at) + timedelta(seconds=1)
    wanted = audit.Wanted(
        facility=breach.facility or None, actor=breach.actor or None, since=since, until=until, limit=MOST_FACTS
    )
    facts = audit.facts_wanted(wanted) if breach.actor or breach.facility else []
    told = reporting.Told(
        since,
        until,
        Counter(fact.kind for fact in facts),
        len({fact.person for fact in facts if fact.person is not None}),
        len(facts) == MOST_FACTS,
    )
    return reporting.draft(breach, told, clock.now())
