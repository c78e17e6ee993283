"""Notifications for whoever holds a WebSocket open: which subscriptions a socket is bound to, and what is new to it.

A socket begins at the number that its handshake tells; older events stand in `$events`. Nothing of a socket is kept, so
a server that dies loses nothing: the next handshake tells the newest number, and the numbers between are asked for.
Every look asks again what the client may see: a right that is withdrawn ends the binding before another byte is told.
Source: Subscriptions R5 Backport 1.1, channels, websockets; decision 0078.
"""

from __future__ import annotations

import base64
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import orjson
from cryptography.exceptions import InvalidTag

from suksala import audit, signin
from suksala.consent import Permit
from suksala.foundation import SuksalaError, clock, keys, settings
from suksala.signin import Client

from . import dates, notifications
from . import subscription_storage as storage
from .subscription_storage import State
from .writes import gone, refused

TOKEN_SECONDS = 60  # to bind with it; the binding itself lasts as long as the client's rights
MOST_BOUND = 20  # subscriptions of one token
_PURPOSE = "websocket-binding"


class Position(NamedTuple):
    """How far a socket was told of one subscription.

    number  the newest event that it knows of
    begun   how often the Subscription had been written then
    """

    rid: str
    client: str
    number: int
    begun: int


class News(NamedTuple):
    """What a socket gets for one of its positions: a notification and where it stands then, or why it is ended."""

    was: Position
    now: Position | None
    body: bytes = b""
    ended: str = ""


def require_open() -> None:
    """Refuse where no WebSocket is served. Raises WriteProblem."""
    if not settings.current().websocket_port:
        raise refused(
            422,
            "not-supported",
            "ผู้ดูแลยังไม่ได้เปิด WebSocket (SUKSALA_WEBSOCKET_PORT)",
            "the operator has not opened WebSockets (SUKSALA_WEBSOCKET_PORT)",
            "Subscription.channel.type",
        )


# ---- the token that binds -------------------------------------------------------------------------------------------


def binding_token(client: Client, permit: Permit, rids: Collection[str], base: str) -> bytes:
    """`$get-ws-binding-token`: a token for subscriptions of this client; for all of its own when none is named.

    base  the address of the API as the client knows it
    Raises WriteProblem when one is not there, is not the client's, or is not told over WebSockets.
    """
    require_open()
    chosen = [_of_websocket(permit, rid) for rid in sorted(set(rids))] or _all_own(client)
    if not 0 < len(chosen) <= MOST_BOUND:
        raise (
            gone()
            if not chosen
            else refused(422, "too-costly", f"ไม่เกิน {MOST_BOUND} รายการต่อโทเค็น", f"a token binds at most {MOST_BOUND}")
        )
    until = clock.now() + timedelta(seconds=TOKEN_SECONDS)
    sealed = keys.seal(f"{_PURPOSE} {int(until.timestamp())} {client.name} {' '.join(chosen)}")
    told: list[dict[str, Any]] = [
        {"name": "token", "valueString": base64.urlsafe_b64encode(sealed).decode()},
        {"name": "expiration", "valueDateTime": dates.instant(until)},
        *({"name": "subscription", "valueString": rid} for rid in chosen),
        {"name": "websocket-url", "valueUrl": websocket_url(base)},
    ]
    return orjson.dumps({"resourceType": "Parameters", "parameter": told})


def websocket_url(base: str) -> str:
    """Where a client connects to: through the proxy of the public address, which has the port's certificate, or at the
    port itself.
    """
    url = urlsplit(base)
    public = settings.current().public_url
    if public:
        return f"{public.replace('http', 'ws', 1)}/websocket"
    return f"ws://{url.hostname or 'localhost'}:{settings.current().websocket_port}/websocket"


def _of_websocket(permit: Permit, rid: str) -> str:
    _, wanted = notifications.own(permit, rid)
    if wanted.channel != "websocket":
        raise refused(
            422, "business-rule", "channel.type ของรายการนี้ไม่ใช่ websocket", "its channel.type is not websocket"
        )
    return rid


def _all_own(client: Client) -> list[str]:
    own = [state for state in storage.states() if state.client == client.name]
    return [state.rid for state in own if notifications.channel_of(state) == "websocket"]


def _opened(token: str, now: datetime) -> tuple[str, list[str]] | None:
    """The client and the subscriptions of a binding token, None for one that is not ours or has ended."""
    try:
        text = keys.unseal(base64.urlsafe_b64decode(token.encode()))
    except (InvalidTag, ValueError):
        return None
    purpose, _, rest = text.partition(" ")
    if purpose != _PURPOSE:  # something else that was sealed
        return None
    until, client, *rids = rest.split(" ")
    return (client, rids) if now.timestamp() < int(until) else None


# ---- what a socket is told ------------------------------------------------------------------------------------------


def bind(token: str) -> list[News]:
    """Begin to tell a socket of the subscriptions of a token: the handshake of each. Empty: it does not count."""
    opened = _opened(token, clock.now())
    if opened is None:
        return []
    client, rids = opened
    found = [_told(state, _start(state), "handshake") for state in storage.states(rids) if state.client == client]
    begun = [one for one in found if one and one.now]
    if begun:
        audit.record("subscription.bound", actor=f"client:{client}", detail={"subscriptions": len(begun)})
    return [one for one in found if one]


def news(positions: Iterable[Position]) -> list[News]:
    """What is new to sockets that stand at these positions; of those to which nothing is new, nothing."""
    asked = list(positions)
    states = {state.rid: state for state in storage.states({position.rid for position in asked})}
    reading = {client: signin.client_named(client) is not None for client in {position.client for position in asked}}
    found = [_new(position, states.get(position.rid), reading=reading[position.client]) for position in asked]
    return [one for one in found if one]


def _new(position: Position, state: State | None, *, reading: bool) -> News | None:
    if state is None or state.status == "off" or state.begun != position.begun:
        return News(position, None, ended="changed")  # the client binds again, to what it says now
    if not reading or notifications.permit_of(state) is None:
        return News(position, None, ended="no-permit")
    return _told(state, position, "event-notification") if state.last > position.number else None


def _start(state: State) -> Position:
    return Position(state.rid, state.client, state.last, state.begun)


def _told(state: State, position: Position, kind: str) -> News | None:
    """The next notification of a position. What was numbered and may not be seen any more is passed over by number."""
    permit = notifications.permit_of(state)
    if permit is None or state.status == "off":
        return News(position, None, ended="no-permit")
    try:
        wanted = notifications.wanted_of(state)
    except SuksalaError:
        return News(position, None, ended="cannot-be-read")
    if wanted.channel != "websocket":
        return News(position, None, ended="changed")
    waiting = storage.events(state.rid, position.number, state.last, notifications.MOST_EVENTS)
    found = notifications.seen(permit, wanted, waiting)
    told, _ = notifications.within_budget(state, found)
    if found and not told:
        return None  # the hour holds no more people for this client: what is new waits
    number = waiting[-1].number if waiting else state.last
    if len(told) < len(found):
        number = told[-1].event.number
    body = notifications.bundle(permit, state, wanted, told, kind)
    return News(position, position._replace(number=number), body)
