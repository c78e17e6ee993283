"""Subscriptions: a change is told to those who asked for it and may see it, in order, with numbers that show a gap.

A write fills the outbox in its own transaction, and so does identity when it joins or parts people. `dispatch` gives
each change its number at every subscription whose filters find it under the client's permit of that moment.
`delivering` and `live` send what has a number, and nothing to a client whose token has ended.
Source: Subscriptions R5 Backport 1.1; decisions 0068, 0078, 0174.
"""

from __future__ import annotations

from collections.abc import Sequence

from suksala.consent import Permit
from suksala.foundation import SuksalaError, clock, database, jobs, settings

from . import alike, conditions, live, notifications, query, topics
from . import subscription_storage as storage
from .conditions import At, open_rows
from .domain import NUMBER
from .notifications import LOCATED, permit_of, wanted_of
from .predicate import Clause, opened
from .subscription_storage import Change, State
from .topics import Wanted
from .writes import Resource, Writer, refused

DELIVER = "exchange.deliver"
TYPE = notifications.TYPE


# ---- asking for it --------------------------------------------------------------------------------------------------


def check(writer: Writer, resource: Resource) -> None:
    """Refuse a Subscription that cannot be carried out, or asks for what its client may not read; seal its headers.
    Raises WriteProblem and SearchProblem.
    """
    client = writer.permit.reader.removeprefix("client:")
    wanted = topics.read(resource, client, settings.current().webhook_hosts)
    if wanted.channel == "websocket":
        live.require_open()
    for right in "rs":
        writer.require(wanted.rtype, right)
    for pairs in wanted.filters:
        for name in query.read(wanted.rtype, pairs).types:
            writer.require(name, "s")
    topics.seal(resource, client)


def require_own(permit: Permit, rid: str) -> None:
    """Refuse all but the client that a subscription tells: another one's rights must not reach its endpoint."""
    for state in storage.states([rid]):
        if permit.reader != f"client:{state.client}":
            raise refused(403, "forbidden", "แก้ได้เฉพาะระบบที่สร้างไว้", "only the client that made it may change it")


def begin(client: str, rid: str, resource: Resource | None) -> None:
    """Carry out what a written Subscription says, within its transaction. None: it was deleted."""
    if resource is None or resource.get("status") == "off":
        storage.save(rid, client, _watched(resource, client), "off")
        return
    storage.save(rid, client, _watched(resource, client), "requested")
    jobs.enqueue(DELIVER, lock=f"subscription-{rid}", subscription=rid)


def _watched(resource: Resource | None, client: str) -> str:
    return topics.read(resource, client, settings.current().webhook_hosts).rtype if resource else TYPE


# ---- from a change to events ----------------------------------------------------------------------------------------


def dispatch() -> int:
    """Number the changes in the outbox for every subscription that they concern. Returns how many were taken."""
    count = 0
    while True:
        with database.advisory_lock(storage.LOCK):
            taken = storage.take()
            moved = alike.changes()
            changes = [*taken, *moved]
            # A receiver that does not answer is tried by its own pauses, not by every change.
            states = storage.states(lock=True)
            due = [s.rid for s in states if _number(s, changes) and not s.failures]
            storage.forget_earlier(states)
            for rid in due:
                jobs.enqueue(DELIVER, lock=f"subscription-{rid}", once=True, subscription=rid)
        count += len(changes)
        if max(len(taken), len(moved)) < storage.MOST_TAKEN:
            storage.forget(clock.now() - storage.KEPT)
            return count


def _number(state: State, changes: Sequence[Change]) -> int:
    of_type = [change for change in changes if change.rtype == state.rtype and state.began_before(change)]
    permit = permit_of(state)
    if not of_type or permit is None:
        return 0
    try:
        found = _concerning(permit, wanted_of(state), of_type)
    except SuksalaError:  # its host is not allowed any more, or its filter not known: the others go on
        storage.failed(state, "cannot-be-read", 1)
        return 0
    if found:
        storage.add_events(state, found)
    return len(found)


def _concerning(permit: Permit, wanted: Wanted, changes: Sequence[Change]) -> list[Change]:
    """The changes that the filters find under the permit; of those of who is one human such as show a link, or showed
    one. Of a deletion only its person is left, so it is told where nothing else is asked for.
    """
    living = {change.rid for change in changes if not change.deleted}
    found = _found(permit, wanted, living) if living else set()
    by_person = not any(name not in ("patient", "subject") for pairs in wanted.filters for name, _ in pairs)
    ended = {change.rid for change in changes if change.deleted}
    gone = _found(permit, wanted, ended, tombstones=True) if ended and by_person else set()
    told = [change for change in changes if change.rid in (gone if change.deleted else found)]
    by_cause = alike.open_to(permit, [change for change in told if change.cause is not None])
    return [change for change in told if change.cause is None or (change.cause, change.rid) in by_cause]


def _found(permit: Permit, wanted: Wanted, rids: set[str], *, tombstones: bool = False) -> set[str]:
    at = At(permit, wanted.rtype)
    where = Clause("r.rtype = %s AND r.deleted", (NUMBER[wanted.rtype],)) & opened(permit, "r", wanted.rtype)
    where = where if tombstones else open_rows(at)
    for pairs in wanted.filters:
        for test in query.read(wanted.rtype, pairs).tests:
            where &= conditions.condition(at, test)
    where &= Clause(LOCATED, (NUMBER[wanted.rtype], sorted(rids)))
    return {rid for (rid,) in database.rows(f"SELECT r.rid FROM resource r WHERE {where.sql}", where.values)}
