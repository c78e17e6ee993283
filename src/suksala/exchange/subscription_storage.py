"""SQL of subscriptions: the outbox that writes fill, the numbered events of each subscription, how far it was told.

A write and its outbox row are one transaction, so no change is untold. Numbers are given by one dispatcher at a time
under a lock, so a subscription's events have no gap.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from suksala import identity
from suksala.foundation import database, jobs

from .domain import NAME, NUMBER

DISPATCH = "exchange.dispatch"
LOCK = 0x53554B_53  # one dispatcher over all processes
KEPT = timedelta(days=30)
MOST_TAKEN = 2000  # rows of the outbox in one transaction


class Change(NamedTuple):
    """One row of the outbox, or what changed about a Patient by who is one human.

    cause   the event of identity that it tells of; the Patient itself did not change then
    others  the registrations that it was joined with or parted from: who sees none of them is told nothing
    """

    seq: int
    rtype: str
    rid: str
    vid: int
    deleted: bool
    at: datetime
    cause: int | None = None
    others: frozenset[int] = frozenset()


class State(NamedTuple):
    """How a subscription is.

    last       number of its newest event
    delivered  number up to which the receiver has answered
    error      what went wrong the last time, a stable word
    begun      how often it was written: what was sent before counts not for what was asked since
    earlier_changes, earlier_moves  of the outbox and of identity: what waited when it began, and is not told to it
    """

    rid: str
    client: str
    rtype: str
    status: str
    last: int
    delivered: int
    failures: int
    error: str | None
    begun: int
    earlier_changes: frozenset[int] = frozenset()
    earlier_moves: frozenset[int] = frozenset()

    def began_before(self, change: Change) -> bool:
        """Whether a change was made known only after it began."""
        if change.cause is None:
            return change.seq not in self.earlier_changes
        return change.cause not in self.earlier_moves


class Event(NamedTuple):
    """One change that a subscription is told of; the meaning of `cause` stands at `Change`."""

    number: int
    at: datetime
    rtype: str
    rid: str
    vid: int
    deleted: bool
    cause: int | None = None


_STATE = "rid, client, rtype, status, last, delivered, failures, error, begun, earlier_changes, earlier_moves"


def note(changes: Sequence[tuple[int, int, str, int, bool]], at: datetime) -> None:
    """Put changes of watched types into the outbox, within the transaction that makes them: (person, type number, id,
    version, deleted) of each.
    """
    told_of = watched(change[1] for change in changes)
    told = [change for change in changes if change[1] in told_of]
    if told:
        put_out(told, at)
        database.on_commit(lambda: jobs.enqueue(DISPATCH, once=True))


def sweep() -> None:
    """Ask for the dispatcher when changes wait: a process may die between a commit and what it asks for after it, and
    identity, which knows nothing of subscriptions, asks for nothing.
    """
    if database.rows("SELECT 1 FROM subscription_outbox LIMIT 1") or identity.moves_wait():
        jobs.enqueue(DISPATCH, once=True)


def watched(numbers: Iterable[int]) -> set[int]:
    """Which of these types (by number) some subscription watches."""
    asked = sorted(set(numbers))
    sql = "SELECT DISTINCT rtype FROM subscription WHERE status <> 'off' AND rtype = ANY(%s::smallint[])"
    return {number for (number,) in database.rows(sql, [asked])}


def put_out(changes: Sequence[tuple[int, int, str, int, bool]], at: datetime) -> None:
    """Fill the outbox: (person, type number, id, version, deleted) of each change."""
    columns = [list(column) for column in zip(*changes, strict=True)]
    database.execute(
        "INSERT INTO subscription_outbox (person, seq, rtype, rid, vid, deleted, at) "
        "SELECT c.person, nextval('subscription_seq'), c.rtype, c.rid, c.vid, c.deleted, %s FROM unnest("
        "%s::bigint[], %s::smallint[], %s::text[], %s::int[], %s::boolean[]) AS c (person, rtype, rid, vid, deleted)",
        [at, *columns],
    )


def take(most: int = MOST_TAKEN) -> list[Change]:
    """Take the oldest changes out; they are gone when the transaction commits."""
    found = database.rows(
        "DELETE FROM subscription_outbox WHERE seq IN (SELECT seq FROM subscription_outbox ORDER BY seq LIMIT %s) "
        "RETURNING seq, rtype, rid, vid, deleted, at",
        [most],
    )
    return sorted(Change(seq, NAME[rtype], rid, vid, deleted, at) for seq, rtype, rid, vid, deleted, at in found)


def save(rid: str, client: str, rtype: str, status: str) -> None:
    """A subscription begins, changes or ends; its numbers go on where they were.

    Of one that begins, or begins to watch another type, what waits now is noted: it came before. By what this
    transaction sees, for neither moments nor numbers tell what is committed already.
    """
    begins = "subscription.status = 'off' OR subscription.rtype <> excluded.rtype"
    earlier = ", ".join(
        f"{name} = CASE WHEN {begins} THEN excluded.{name} ELSE subscription.{name} END"
        for name in ("earlier_changes", "earlier_moves")
    )
    database.execute(
        "INSERT INTO subscription (rid, client, rtype, status, earlier_changes, earlier_moves) "
        "VALUES (%s, %s, %s, %s, nullif(ARRAY(SELECT seq FROM subscription_outbox), '{}'), nullif(%s::bigint[], '{}')) "
        "ON CONFLICT (rid) DO UPDATE SET "
        "client = excluded.client, rtype = excluded.rtype, status = excluded.status, failures = 0, error = NULL, "
        f"begun = subscription.begun + 1, {earlier}",
        [rid, client, NUMBER[rtype], status, identity.waiting_moves()],
    )


def forget_earlier(states: Iterable[State]) -> None:
    """What came before these began is looked at and told to others: it comes no more."""
    told = [state.rid for state in states if state.earlier_changes or state.earlier_moves]
    if told:
        database.execute(
            "UPDATE subscription SET earlier_changes = NULL, earlier_moves = NULL WHERE rid = ANY(%s::text[]) "
            "AND NOT EXISTS (SELECT FROM subscription_outbox o WHERE o.seq = ANY(earlier_changes)) "
            "AND NOT (coalesce(earlier_moves, '{}') && %s::bigint[])",
            [told, identity.waiting_moves()],
        )


def states(rids: Collection[str] | None = None, *, lock: bool = False) -> list[State]:
    """Subscriptions by id, or all that are not off."""
    where = "rid = ANY(%s::text[])" if rids is not None else "status <> 'off'"
    values = [sorted(rids)] if rids is not None else []
    found = database.rows(f"SELECT {_STATE} FROM subscription WHERE {where} ORDER BY rid{' FOR UPDATE' * lock}", values)
    return [
        State(row[0], row[1], NAME[row[2]], *row[3:-2])._replace(
            earlier_changes=frozenset(row[-2] or ()), earlier_moves=frozenset(row[-1] or ())
        )
        for row in found
    ]


def add_events(state: State, changes: Sequence[Change]) -> None:
    """Number these changes for a subscription, without a gap."""
    rows = [(state.last + n, c) for n, c in enumerate(changes, start=1)]
    database.execute(
        "INSERT INTO subscription_event (subscription, number, at, rtype, rid, vid, deleted, cause) "
        "SELECT %s, * FROM unnest("
        "%s::bigint[], %s::timestamptz[], %s::smallint[], %s::text[], %s::int[], %s::boolean[], %s::bigint[])",
        [
            state.rid,
            [number for number, _ in rows],
            [c.at for _, c in rows],
            [NUMBER[c.rtype] for _, c in rows],
            [c.rid for _, c in rows],
            [c.vid for _, c in rows],
            [c.deleted for _, c in rows],
            [c.cause for _, c in rows],
        ],
    )
    database.execute("UPDATE subscription SET last = last + %s WHERE rid = %s", [len(rows), state.rid])


def events(rid: str, after: int, until: int, most: int) -> list[Event]:
    """Events with numbers in (after, until], oldest first."""
    found = database.rows(
        "SELECT number, at, rtype, rid, vid, deleted, cause FROM subscription_event "
        "WHERE subscription = %s AND number > %s AND number <= %s ORDER BY number LIMIT %s",
        [rid, after, until, most],
    )
    return [Event(number, at, NAME[rtype], *rest) for number, at, rtype, *rest in found]


def delivered(state: State, number: int, *, handshake: bool) -> None:
    """The receiver has answered up to this event. A subscription that was written meanwhile still waits for a handshake
    of its own: the one that was under way went to the endpoint of before.
    """
    database.execute(
        "UPDATE subscription SET delivered = greatest(delivered, %(number)s), failures = 0, error = NULL, "
        "status = CASE WHEN status = 'requested' AND NOT (%(handshake)s AND begun = %(begun)s) "
        "THEN status ELSE 'active' END WHERE rid = %(rid)s AND status <> 'off'",
        {"number": number, "handshake": handshake, "begun": state.begun, "rid": state.rid},
    )


def failed(state: State, error: str, tries: int) -> int:
    """The receiver has not answered; in error after `tries` times in a row, but one that waits for its handshake waits
    on. Returns how many times it was; 0 when the subscription was written meanwhile: that may name another receiver.
    """
    found = database.rows(
        "UPDATE subscription SET failures = failures + 1, error = %s, "
        "status = CASE WHEN failures + 1 >= %s AND status <> 'requested' THEN 'error' ELSE status END "
        "WHERE rid = %s AND begun = %s AND status <> 'off' RETURNING failures",
        [error, tries, state.rid, state.begun],
    )
    return int(found[0][0]) if found else 0


def forget(before: datetime) -> int:
    """Drop events older than this; a receiver that comes later finds the gap by their numbers. Who was told that two
    are one human is kept: it may have to be corrected years later.
    """
    return database.execute("DELETE FROM subscription_event WHERE at < %s AND cause IS NULL", [before])


class Told(NamedTuple):
    """A subscription whose client was told of an event of identity.

    numbers   of its events that told it; answered: the receiver has taken the last of them
    """

    client: str
    subscription: str
    cause: int
    numbers: tuple[int, ...]
    answered: bool


def told_of(causes: Collection[int]) -> list[Told]:
    """Who was told of these events of identity, by client and subscription."""
    found = database.rows(
        "SELECT s.client, s.rid, e.cause, array_agg(e.number ORDER BY e.number), max(e.number) <= s.delivered "
        "FROM subscription_event e JOIN subscription s ON s.rid = e.subscription WHERE e.cause = ANY(%s::bigint[]) "
        "GROUP BY s.client, s.rid, e.cause, s.delivered ORDER BY s.client, s.rid, e.cause",
        [sorted(causes)],
    )
    return [Told(client, rid, cause, tuple(numbers), answered) for client, rid, cause, numbers, answered in found]
