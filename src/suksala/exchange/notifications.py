"""Notifications of subscriptions as Bundles: numbered events, and of what they tell as much as the client may see now.

What sends them stands elsewhere: `delivering` to an endpoint, `live` over a WebSocket; `status` and `events`
answer who asks.
Source: Subscriptions R5 Backport 1.1; decision 0068.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import orjson

from suksala import consent, signin
from suksala.consent import Permit
from suksala.foundation import clock, database, settings

from . import alike, dates, exact, reads, topics, usage
from . import subscription_storage as storage
from .domain import NUMBER, PUBLIC_PERSON
from .predicate import Clause, opened
from .subscription_storage import Event, State
from .topics import Wanted
from .writes import Resource, gone

TYPE = "Subscription"
MOST_EVENTS = 100  # in one notification
_STATUS = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-subscription-status-r4"


def permit_of(state: State) -> Permit | None:
    """What the client may see now; None when none of its tokens counts any more, or it lost the right to read."""
    client = signin.client_named(state.client)
    if client is None or not all(signin.has_scope(client.scopes, state.rtype, right) for right in "rs"):
        return None
    return consent.permit_for_client(client, clock.now())


_BODY = (
    "SELECT r.body FROM locator l JOIN resource r ON r.person = l.person AND r.rtype = l.rtype AND r.rid = l.rid "
    "WHERE l.rtype = %s AND l.rid = %s AND l.person = %s"
)


def wanted_of(state: State) -> Wanted:
    """What a subscription asks for now. Raises SuksalaError when it cannot be carried out any more."""
    found = present(state.rid)
    if found is None:
        raise gone()
    return topics.read(found, state.client, settings.current().webhook_hosts)


def channel_of(state: State) -> str:
    """How a subscription tells, as it is written."""
    return str((present(state.rid) or {}).get("channel", {}).get("type"))


def present(rid: str) -> Resource | None:
    """The Subscription as it stands, for its status to be written; None when it was deleted."""
    found = database.rows(_BODY, [NUMBER[TYPE], rid, PUBLIC_PERSON])
    return exact.loads(bytes(found[0][0])) if found and found[0][0] else None


LOCATED = (
    "(r.person, r.rtype, r.rid) IN (SELECT person, rtype, rid FROM locator WHERE rtype = %s AND rid = ANY(%s::text[]))"
)


def status(permit: Permit, rid: str) -> bytes:
    """`$status`: how the subscription is, and its newest number. Raises WriteProblem when it is not there."""
    state, wanted = own(permit, rid)
    return orjson.dumps(_whole([_parameters(state, wanted, [], "query-status")]))


def events(permit: Permit, rid: str, after: int, until: int | None) -> bytes:
    """`$events`: events again, by their numbers, to close a gap; at most 100.

    Raises WriteProblem, signin.OverBudget.
    """
    state, wanted = own(permit, rid)
    found = seen(permit, wanted, storage.events(rid, after, state.last if until is None else until, MOST_EVENTS))
    usage.reached(permit, [one.person for one in found if one.person is not None])
    return bundle(permit, state, wanted, found, "query-event")


def own(permit: Permit, rid: str) -> tuple[State, Wanted]:
    """A subscription of this client. Anybody else's is not there."""
    for state in storage.states([rid]):
        if permit.reader == f"client:{state.client}" and state.status != "off":
            return state, wanted_of(state)
    raise gone()


class Seen(NamedTuple):
    """An event that the client may see now; `person` is whom it would be told of, None where it is told no address."""

    event: Event
    person: int | None


def seen(permit: Permit, wanted: Wanted, waiting: Sequence[Event]) -> list[Seen]:
    """Of these events those that the client may see now."""
    persons = _open_now(permit, wanted.rtype, waiting) if waiting else {}
    silent = wanted.content == "empty"
    told = alike.still_open(permit, [event for event in waiting if event.rid in persons])
    return [Seen(event, None if silent else persons[event.rid]) for event in told]


def within_budget(state: State, told: list[Seen]) -> tuple[list[Seen], float]:
    """As many of these events, in their order, as the client's hour of people holds; and after how many seconds more.

    What is pushed waits in the outbox: it is lost to nobody, and nobody is suspended for it.
    """
    client = signin.client_named(state.client)
    people = list(dict.fromkeys(one.person for one in told if one.person not in (None, PUBLIC_PERSON)))
    if client is None or not people:
        return told, 0.0
    fits, seconds = signin.pace(client, people)
    beyond = set(people[fits:])
    first = next((n for n, one in enumerate(told) if one.person in beyond), len(told))
    return told[:first], seconds


def bundle(permit: Permit, state: State, wanted: Wanted, found: Sequence[Seen], kind: str) -> bytes:
    """A notification of these events.

    kind  handshake, event-notification, query-status or query-event
    """
    told = [one.event for one in found]
    entries = [_parameters(state, wanted, told, kind)]
    if wanted.content != "empty":
        bodies = _bodies(permit, told) if wanted.content == "full-resource" else {}
        entries += [_entry(event, None if event.deleted else bodies.get(event.rid)) for event in told]
    return orjson.dumps(_whole(entries))


def _bodies(permit: Permit, told: Sequence[Event]) -> dict[str, bytes]:
    """The content of what changed as it is now, each read under the permit and logged."""
    living = {event.rid: event.rtype for event in told if not event.deleted}
    read = [(rtype, rid, found.body) for rid, rtype in living.items() if (found := reads.by_id(permit, rtype, rid))]
    return {rid: body for _, rid, body in alike.shown_rows(permit, read)}


def _open_now(permit: Permit, rtype: str, told: Sequence[Event]) -> dict[str, int]:
    """Of what was numbered under the rights of then, what the client may see now and whose it is; deletions too."""
    located = Clause(LOCATED, (NUMBER[rtype], sorted({event.rid for event in told})))
    where = opened(permit, "r", rtype) & located
    return dict(database.rows(f"SELECT r.rid, r.person FROM resource r WHERE {where.sql}", where.values))


def _whole(entries: list[dict[str, Any]]) -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": "history", "timestamp": dates.instant(clock.now()), "entry": entries}


def _entry(event: Event, body: bytes | None) -> dict[str, Any]:
    """One changed resource; its content, or only its address."""
    address = f"{event.rtype}/{event.rid}"
    base = f"{settings.current().public_url or ''}/fhir"
    created = event.vid == 1 and event.cause is None
    method, code = ("DELETE", "204") if event.deleted else ("PUT", "201" if created else "200")
    made: dict[str, Any] = {
        "fullUrl": f"{base}/{address}",
        "request": {"method": method, "url": address},
        "response": {"status": code, "lastModified": dates.instant(event.at)},
    }
    return {**made, "resource": orjson.Fragment(body)} if body is not None else made


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
