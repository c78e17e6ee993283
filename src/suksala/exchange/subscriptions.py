"""Subscriptions: a change is told to those who asked for it and may see it, in order, with numbers that show a gap.

A write fills the outbox in its own transaction. `dispatch` gives each change its number at every subscription whose
filters find it under the client's permit of that moment. `deliver` sends what was not answered yet, tries again with
growing pauses for as long as events are kept, and sends nothing to a client whose token has ended.
Source: Subscriptions R5 Backport 1.1; decision 0068.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import orjson

from suksala import consent, signin
from suksala.consent import Permit
from suksala.foundation import SuksalaError, clock, database, jobs, log, settings

from . import conditions, dates, exact, query, reads, topics
from . import subscription_storage as storage
from .conditions import At, open_rows
from .domain import NUMBER, PUBLIC_PERSON
from .predicate import Clause, opened
from .subscription_storage import Change, Event, State
from .topics import Wanted
from .writes import Resource, Writer, gone, refused

DELIVER = "exchange.deliver"
TYPE = "Subscription"
MOST_EVENTS = 100  # in one notification
TRIES = 5  # failures in a row until a subscription is in error; it is tried on
LONGEST_PAUSE = 3600  # seconds
TIMEOUT = 5.0
DEADLINE = 10.0  # of a whole delivery
_STATUS = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-subscription-status-r4"
_log = log.get("exchange")


# ---- asking for it --------------------------------------------------------------------------------------------------


def check(writer: Writer, resource: Resource) -> None:
    """Refuse a Subscription that cannot be carried out, or asks for what its client may not read; seal its headers.
    Raises WriteProblem and SearchProblem.
    """
    client = writer.permit.reader.removeprefix("client:")
    wanted = topics.read(resource, client, settings.current().webhook_hosts)
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
            changes = storage.take()
            # A receiver that does not answer is tried by its own pauses, not by every change.
            due = [s.rid for s in storage.states(lock=True) if _number(s, changes) and not s.failures]
            for rid in due:
                jobs.enqueue(DELIVER, lock=f"subscription-{rid}", once=True, subscription=rid)
        count += len(changes)
        if len(changes) < storage.MOST_TAKEN:
            storage.forget(clock.now() - storage.KEPT)
            return count


def _number(state: State, changes: Sequence[Change]) -> int:
    of_type = [change for change in changes if change.rtype == state.rtype]
    permit = _permit(state)
    if not of_type or permit is None:
        return 0
    try:
        found = _concerning(permit, _wanted(state), of_type)
    except SuksalaError:  # its host is not allowed any more, or its filter not known: the others go on
        storage.failed(state, "cannot-be-read", 1)
        return 0
    if found:
        storage.add_events(state, found)
    return len(found)


def _permit(state: State) -> Permit | None:
    """What the client may see now; None when none of its tokens counts any more, or it lost the right to read."""
    client = signin.client_named(state.client)
    if client is None or not all(signin.has_scope(client.scopes, state.rtype, right) for right in "rs"):
        return None
    return consent.permit_for_client(client, clock.now())


_BODY = (
    "SELECT r.body FROM locator l JOIN resource r ON r.person = l.person AND r.rtype = l.rtype AND r.rid = l.rid "
    "WHERE l.rtype = %s AND l.rid = %s AND l.person = %s"
)


def _wanted(state: State) -> Wanted:
    [(body,)] = database.rows(_BODY, [NUMBER[TYPE], state.rid, PUBLIC_PERSON])
    return topics.read(exact.loads(bytes(body)), state.client, settings.current().webhook_hosts)


def _concerning(permit: Permit, wanted: Wanted, changes: Sequence[Change]) -> list[Change]:
    """The changes that the filters find under the permit. Of a deletion only its person is left, so it is told where
    nothing else is asked for.
    """
    living = {change.rid for change in changes if not change.deleted}
    found = _found(permit, wanted, living) if living else set()
    by_person = not any(name not in ("patient", "subject") for pairs in wanted.filters for name, _ in pairs)
    ended = {change.rid for change in changes if change.deleted}
    gone = _found(permit, wanted, ended, tombstones=True) if ended and by_person else set()
    return [change for change in changes if change.rid in (gone if change.deleted else found)]


_LOCATED = (
    "(r.person, r.rtype, r.rid) IN (SELECT person, rtype, rid FROM locator WHERE rtype = %s AND rid = ANY(%s::text[]))"
)


def _found(permit: Permit, wanted: Wanted, rids: set[str], *, tombstones: bool = False) -> set[str]:
    at = At(permit, wanted.rtype)
    where = Clause("r.rtype = %s AND r.deleted", (NUMBER[wanted.rtype],)) & opened(permit, "r", wanted.rtype)
    where = where if tombstones else open_rows(at)
    for pairs in wanted.filters:
        for test in query.read(wanted.rtype, pairs).tests:
            where &= conditions.condition(at, test)
    where &= Clause(_LOCATED, (NUMBER[wanted.rtype], sorted(rids)))
    return {rid for (rid,) in database.rows(f"SELECT r.rid FROM resource r WHERE {where.sql}", where.values)}


# ---- sending --------------------------------------------------------------------------------------------------------


def deliver(rid: str) -> str | None:
    """Send a subscription what its receiver has not answered yet; a first time a handshake. Safe to repeat: a receiver
    may get a notification twice, and knows it by its numbers. Returns the status that the subscription has then.
    """
    while True:
        found = storage.states([rid])
        if not found or found[0].status == "off" or not _send(found[0]):
            return next((state.status for state in storage.states([rid])), None)


def present(rid: str) -> Resource | None:
    """The Subscription as it stands, for its status to be written; None when it was deleted."""
    found = database.rows(_BODY, [NUMBER[TYPE], rid, PUBLIC_PERSON])
    return exact.loads(bytes(found[0][0])) if found and found[0][0] else None


def _send(state: State) -> bool:
    """Send one notification. False when there is nothing to send, or it could not be sent."""
    permit = _permit(state)
    if permit is None:
        storage.failed(state, "no-permit", 1)
        return False
    try:
        wanted = _wanted(state)
    except SuksalaError:
        storage.failed(state, "cannot-be-read", 1)
        return False
    waiting = storage.events(state.rid, state.delivered, state.last, MOST_EVENTS)
    kind = "handshake" if state.status == "requested" else "event-notification"
    if not wanted.endpoint:
        storage.delivered(state, state.delivered, handshake=True)
        return False
    if kind == "event-notification" and not waiting:
        return False
    told = waiting if kind == "event-notification" else []
    error = _post(wanted, _bundle(permit, state, wanted, told, kind))
    if error is None:
        number = told[-1].number if told else state.delivered
        storage.delivered(state, number, handshake=kind == "handshake")
        return True
    return _try_again(state, error)


def _try_again(state: State, error: str) -> bool:
    """Count a failure and ask for the next try. True: it was written meanwhile, so what it says now is looked at."""
    failures = storage.failed(state, error, TRIES)
    if not failures:
        return True
    _log.warning("subscription.not-delivered", subscription=state.rid, reason=error, failures=failures)
    pause = min(2**failures, LONGEST_PAUSE)
    jobs.enqueue(DELIVER, lock=f"subscription-{state.rid}", once=True, after=pause, subscription=state.rid)
    return False


def _post(wanted: Wanted, body: bytes) -> str | None:
    """POST a notification; what went wrong as a stable word, None when it was taken. Redirects are not followed."""
    url = urlsplit(wanted.endpoint)
    host = url.hostname or ""
    line: http.client.HTTPConnection = (
        http.client.HTTPSConnection(host, url.port, timeout=TIMEOUT, context=ssl.create_default_context())
        if url.scheme == "https"
        else http.client.HTTPConnection(host, url.port, timeout=TIMEOUT)
    )
    late = threading.Event()
    timer = threading.Timer(DEADLINE, _hang_up, [line, late])
    timer.start()
    try:
        target = url.path + (f"?{url.query}" if url.query else "") or "/"
        line.request("POST", target, body, {"Content-Type": "application/fhir+json", **dict(wanted.headers)})
        status = line.getresponse().status
    except TimeoutError:
        return "timeout"
    except (OSError, http.client.HTTPException):
        return "timeout" if late.is_set() else "unreachable"
    finally:
        timer.cancel()
        line.close()
    if late.is_set():  # what had come until then reads like a short answer
        return "timeout"
    return None if 200 <= status < 300 else f"answered-{status}"


def _hang_up(line: http.client.HTTPConnection, late: threading.Event) -> None:
    """A receiver that answers a letter a second would hold the worker: the time-out is of each reading only."""
    late.set()
    with suppress(OSError):
        if line.sock:
            line.sock.shutdown(socket.SHUT_RDWR)


# ---- being asked ----------------------------------------------------------------------------------------------------


def status(permit: Permit, rid: str) -> bytes:
    """`$status`: how the subscription is, and its newest number. Raises WriteProblem when it is not there."""
    state, wanted = _own(permit, rid)
    return orjson.dumps(_whole([_parameters(state, wanted, [], "query-status")]))


def events(permit: Permit, rid: str, after: int, until: int | None) -> bytes:
    """`$events`: events again, by their numbers, to close a gap; at most 100. Raises WriteProblem."""
    state, wanted = _own(permit, rid)
    found = storage.events(rid, after, state.last if until is None else until, MOST_EVENTS)
    return _bundle(permit, state, wanted, found, "query-event")


def _own(permit: Permit, rid: str) -> tuple[State, Wanted]:
    """A subscription of this client. Anybody else's is not there."""
    for state in storage.states([rid]):
        if permit.reader == f"client:{state.client}" and state.status != "off":
            return state, _wanted(state)
    raise gone()


def _bundle(permit: Permit, state: State, wanted: Wanted, told: Sequence[Event], kind: str) -> bytes:
    seen = _open_now(permit, wanted.rtype, told) if told else set()
    told = [event for event in told if event.rid in seen]
    entries = [_parameters(state, wanted, told, kind)]
    if wanted.content != "empty":
        entries += [_entry(permit, event, whole=wanted.content == "full-resource") for event in told]
    return orjson.dumps(_whole(entries))


def _open_now(permit: Permit, rtype: str, told: Sequence[Event]) -> set[str]:
    """Of what was numbered under the rights of then, what the client may see now; deletions among it."""
    located = Clause(_LOCATED, (NUMBER[rtype], sorted({event.rid for event in told})))
    where = opened(permit, "r", rtype) & located
    return {rid for (rid,) in database.rows(f"SELECT r.rid FROM resource r WHERE {where.sql}", where.values)}


def _whole(entries: list[dict[str, Any]]) -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": "history", "timestamp": dates.instant(clock.now()), "entry": entries}


def _entry(permit: Permit, event: Event, *, whole: bool) -> dict[str, Any]:
    """One changed resource; its content as it is now, read under the permit and logged, or only its address."""
    address = f"{event.rtype}/{event.rid}"
    base = f"{settings.current().public_url or ''}/fhir"
    method, code = ("DELETE", "204") if event.deleted else ("PUT", "201" if event.vid == 1 else "200")
    made: dict[str, Any] = {
        "fullUrl": f"{base}/{address}",
        "request": {"method": method, "url": address},
        "response": {"status": code, "lastModified": dates.instant(event.at)},
    }
    found = reads.by_id(permit, event.rtype, event.rid) if whole and not event.deleted else None
    return {**made, "resource": orjson.Fragment(found.body)} if found else made


def _parameters(state: State, wanted: Wanted, told: Sequence[Event], kind: str) -> dict[str, Any]:
    """The status of a notification, as the back-port's profile on Parameters."""
    parts: list[dict[str, Any]] = [
        {"name": "subscription", "valueReference": {"reference": f"Subscription/{state.rid}"}},
        {"name": "topic", "valueCanonical": wanted.topic},
        {"name": "status", "valueCode": state.status},
        {"name": "type", "valueCode": kind},
        {"name": "events-since-subscription-start", "valueString": str(state.last)},
    ]
    parts += [{"name": "notification-event", "part": _event(event, wanted)} for event in told]
    if state.error:
        parts.append({"name": "error", "valueCodeableConcept": {"text": state.error}})
    body = {"resourceType": "Parameters", "meta": {"profile": [_STATUS]}, "parameter": parts}
    request = {"method": "GET", "url": f"Subscription/{state.rid}/$status"}
    return {"resource": body, "request": request, "response": {"status": "200"}}


def _event(event: Event, wanted: Wanted) -> list[dict[str, Any]]:
    parts: list[dict[str, Any]] = [
        {"name": "event-number", "valueString": str(event.number)},
        {"name": "timestamp", "valueInstant": dates.instant(event.at)},
    ]
    if wanted.content != "empty":
        parts.append({"name": "focus", "valueReference": {"reference": f"{event.rtype}/{event.rid}"}})
    return parts
