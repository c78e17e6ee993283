"""Subscriptions over WebSockets: who binds, what is told when, what ends it, and that nothing is lost (S4.23; 0078)."""

from __future__ import annotations

import asyncio
import concurrent.futures
import os
import queue
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import orjson
import pytest
from django.db import connection

from suksala import audit, signin
from suksala.exchange import live, service, sockets, subscription_storage, subscriptions
from suksala.foundation import clock, database, settings
from tests.record import HOSPITAL, UNIT, Called
from tests.unit.exchange.test_subscriptions import SINCE, event_numbers, parameters, weight
from tests.unit.exchange.test_writing import MALI, post, put
from tests.unit.operations.test_supervise import free_port

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def port(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """The operator opened WebSockets."""
    found = free_port()
    monkeypatch.setenv("SUKSALA_WEBSOCKET_PORT", str(found))
    settings.forget()
    yield found
    monkeypatch.undo()
    settings.forget()


@pytest.fixture
def token() -> str:
    """A system of the hospital that may do everything there."""
    return signin.issue_token("his", HOSPITAL, ["system/*.cruds"], 30)


def wanted(content: str = "id-only") -> dict[str, Any]:
    """A Subscription to Observations over a WebSocket."""
    url = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-payload-content"
    return {
        "resourceType": "Subscription",
        "status": "requested",
        "reason": "ทดสอบ",
        "criteria": "urn:suksala:topic:Observation",
        "channel": {
            "type": "websocket",
            "payload": "application/fhir+json",
            "_payload": {"extension": [{"url": url, "valueCode": content}]},
        },
    }


def subscribed(token: str, resource: dict[str, Any] | None = None) -> str:
    """Create a Subscription, which the worker makes active; its id."""
    made = post(token, resource or wanted())
    assert made.status == 201, made.raw
    service.deliver(made.json["id"])
    return str(made.json["id"])


def binding(token: str, rid: str = "") -> Called:
    """Ask for a token to bind with."""
    return Called("GET", f"/fhir/Subscription/{rid}/$get-ws-binding-token".replace("//$", "/$"), token=token)


def values(called: Called) -> dict[str, Any]:
    """Name to value of a Parameters resource."""
    assert called.status == 200, called.raw
    return {p["name"]: next(v for k, v in p.items() if k != "name") for p in called.json["parameter"]}


Run = Callable[[Callable[[sockets.Sockets], Awaitable[None]]], None]


class Line:
    """One client of the application, in this process: what it gets, and how it ended."""

    def __init__(self, app: sockets.Sockets, path: str = "/websocket", origins: tuple[bytes, ...] = ()) -> None:
        self.app = app
        self.inbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.got: list[dict[str, Any]] = []
        self.ended: tuple[int, str] | None = None
        self.inbox.put_nowait({"type": "websocket.connect"})
        scope = {"type": "websocket", "path": path, "headers": [(b"origin", origin) for origin in origins]}
        self.task = asyncio.create_task(app(scope, self.inbox.get, self._take))

    async def _take(self, message: Any) -> None:
        if message["type"] == "websocket.send":
            self.got.append(orjson.loads(message["text"]))
        elif message["type"] == "websocket.close":
            self.ended = (message["code"], message["reason"])
            self.inbox.put_nowait({"type": "websocket.disconnect"})

    def say(self, text: str) -> None:
        """Send a text."""
        self.inbox.put_nowait({"type": "websocket.receive", "text": text})

    async def until(self, there: Callable[[], Any]) -> None:
        """Wait until something is so."""
        for _ in range(400):
            if there():
                return
            await asyncio.sleep(0.005)
        raise AssertionError(self.got, self.ended)

    @property
    def numbers(self) -> list[str]:
        """The numbers that came."""
        return [number for bundle in self.got for number in event_numbers(bundle)]

    @property
    def kinds(self) -> list[str]:
        """What kinds of notification came."""
        return [parameters(bundle)["type"] for bundle in self.got]


_QUESTIONS: queue.Queue[tuple[Callable[[], Any], concurrent.futures.Future[Any]] | None] = queue.Queue()


async def do(function: Callable[..., Any], *arguments: Any) -> Any:
    """Call a function in the thread of the test, which holds the transaction that everybody must see."""
    answer: concurrent.futures.Future[Any] = concurrent.futures.Future()
    _QUESTIONS.put((lambda: function(*arguments), answer))
    return await asyncio.wrap_future(answer)


def beside(conversation: Callable[[], Awaitable[Any]]) -> Any:
    """Run a conversation in another thread while this one answers what it asks by `do`."""

    async def whole() -> Any:
        try:
            return await asyncio.wait_for(conversation(), 120)
        finally:
            _QUESTIONS.put(None)

    with concurrent.futures.ThreadPoolExecutor(1) as other:
        ended = other.submit(asyncio.run, whole())
        while (next_ := _QUESTIONS.get()) is not None:
            question, answer = next_
            if not answer.set_running_or_notify_cancel():
                continue  # the conversation is over
            try:
                answer.set_result(question())
            except BaseException as error:
                answer.set_exception(error)
        return ended.result()


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a conversation beside this thread, which answers what the sockets ask the database."""

    async def asked(question: Callable[[Any], list[live.News]], about: Any) -> list[live.News] | None:
        found: list[live.News] | None = await do(sockets._answered, question, about)
        return found

    monkeypatch.setattr(sockets, "asked", asked)
    monkeypatch.setattr(sockets, "LOOK_SECONDS", 0.01)

    def run(conversation: Callable[[sockets.Sockets], Awaitable[None]]) -> None:
        beside(lambda: conversation(sockets.Sockets()))

    return run


async def bound(app: sockets.Sockets, token: str, rid: str) -> Line:
    """A socket that has shaken hands."""
    line = Line(app)
    asked = await do(binding, token, rid)
    line.say(f"bind-with-token: {values(asked)['token']}")
    await line.until(lambda: line.got or line.ended)
    return line


# ---- the token ------------------------------------------------------------------------------------------------------


def test_a_token_says_what_it_binds_and_where(token: str, port: int) -> None:
    """Of one Subscription, of those named, of all that are told over WebSockets; it counts for a minute."""
    one, two = subscribed(token), subscribed(token)
    asked = values(binding(token, one))
    assert (asked["subscription"], asked["websocket-url"]) == (one, f"ws://suksala.test:{port}/websocket")
    assert timedelta(seconds=50) < clock.now().fromisoformat(asked["expiration"]) - clock.now() < timedelta(minutes=1)
    named = Called("GET", f"/fhir/Subscription/$get-ws-binding-token?id={two}", token=token)
    every = binding(token)
    told = [[p["valueString"] for p in c.json["parameter"] if p["name"] == "subscription"] for c in (named, every)]
    assert told == [[two], sorted([one, two])]


@pytest.mark.parametrize(
    ("public", "told"),
    [
        ("https://health.example.go.th/hie", "wss://health.example.go.th/hie/websocket"),
        ("https://http.example.go.th:8443", "wss://http.example.go.th:8443/websocket"),
        ("http://health.example.go.th", "ws://health.example.go.th/websocket"),
    ],
)
def test_behind_a_public_address_its_proxy_passes_it_on(
    token: str, monkeypatch: pytest.MonkeyPatch, public: str, told: str
) -> None:
    """https becomes wss: who came by TLS is told no address without."""
    monkeypatch.setenv("SUKSALA_PUBLIC_URL", public)
    settings.forget()
    rid = subscribed(token)
    assert values(binding(token, rid))["websocket-url"] == told


def test_only_its_own_client_gets_a_token(token: str) -> None:
    """Another client of the same facility, and an id that is not there, get the same answer."""
    rid = subscribed(token)
    other = signin.issue_token("his2", HOSPITAL, ["system/*.cruds"], 30)
    hidden, absent = binding(other, rid), binding(other, "nothing")
    assert (hidden.status, hidden.raw) == (absent.status, absent.raw) == (404, absent.raw)
    assert binding(other).status == 404
    writes_only = signin.issue_token("his3", HOSPITAL, ["system/Subscription.c"], 30)
    assert binding(writes_only).status == 403


def test_no_header_is_a_token(token: str) -> None:
    """A client chooses what is sealed as its header, and has any name: that binds to nothing. A token is no header."""
    rid = subscribed(token)
    forger = signin.issue_token("websocket-binding", HOSPITAL, ["system/*.cruds"], 30)
    resource = {**wanted(), "channel": {"type": "rest-hook", "header": [f"A: 9999999999 his {rid}"]}}
    [header] = post(forger, resource).json["channel"]["header"]
    assert live.bind(header.removeprefix("A: sealed:")) == []
    resource["channel"] = {"type": "rest-hook", "header": [f"A: sealed:{values(binding(token, rid))['token']}"]}
    assert post(token, resource).status == 422


def test_a_websocket_channel_needs_an_open_port(token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without SUKSALA_WEBSOCKET_PORT, with an endpoint or with a header it is refused, and nothing is kept."""
    resource = wanted()
    for more in ({"endpoint": "http://127.0.0.1/"}, {"header": ["A: b"]}):
        assert post(token, {**resource, "channel": {**resource["channel"], **more}}).status == 422
    monkeypatch.delenv("SUKSALA_WEBSOCKET_PORT")
    settings.forget()
    refused = post(token, resource)
    assert (refused.status, refused.issue) == (422, "not-supported")
    assert binding(token).status == 422
    assert subscription_storage.states() == []


# ---- a socket -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "entries", "resources"), [("empty", 1, 1), ("id-only", 3, 1), ("full-resource", 3, 3)]
)
def test_a_socket_is_told(token: str, here: Run, content: str, entries: int, resources: int) -> None:
    """A handshake with the newest number, then each change once, with the content that was asked for; two sockets of
    one Subscription both get it, and what is read is in the log.
    """
    put(token, MALI)
    rid = subscribed(token, wanted(content))
    weight(token, "w0")
    subscriptions.dispatch()

    async def conversation(app: sockets.Sockets) -> None:
        first, second = await bound(app, token, rid), await bound(app, token, rid)
        assert [parameters(line.got[0])[SINCE] for line in (first, second)] == ["1", "1"]
        await do(weight, token, "w1")
        await do(weight, token, "w2")
        await do(subscriptions.dispatch)
        for line in (first, second):
            await line.until(lambda line=line: line.numbers)  # type: ignore[misc]
            assert (line.kinds, line.numbers) == (["handshake", "event-notification"], ["2", "3"])
            found = line.got[1]["entry"]
            assert (len(found), sum("resource" in entry for entry in found)) == (entries, resources)

    here(conversation)
    read = [fact.rid for fact in audit.facts("read") if fact.rtype == "Observation"]
    assert sorted(read) == (["w1", "w2"] if content == "full-resource" else [])  # read once for both
    assert [fact.actor for fact in audit.facts("subscription.bound")] == ["client:his", "client:his"]


def test_another_facilitys_change_is_not_told(token: str, here: Run) -> None:
    """Not even as a number."""
    put(token, MALI)
    unit = signin.issue_token("unit", UNIT, ["system/*.cruds"], 30)
    rid = subscribed(unit)

    async def conversation(app: sockets.Sockets) -> None:
        line = await bound(app, unit, rid)
        await do(weight, token, "w1")
        await do(subscriptions.dispatch)
        await asyncio.sleep(0.1)
        assert (line.kinds, line.ended) == (["handshake"], None)

    here(conversation)


def _end_client(token: str, rid: str) -> None:
    signin.revoke_client("his", actor="test")


def _take_the_scope(token: str, rid: str) -> None:
    signin.issue_token("his", HOSPITAL, ["system/Subscription.rs"], 30)


def _switch_off(token: str, rid: str) -> None:
    put(token, {**wanted(), "id": rid, "status": "off"})


def _delete(token: str, rid: str) -> None:
    Called("DELETE", f"/fhir/Subscription/{rid}", token=token)


def _change(token: str, rid: str) -> None:
    put(token, {**wanted("empty"), "id": rid})


ENDS = [
    (_end_client, "no-permit"),
    (_take_the_scope, "no-permit"),
    (_switch_off, "changed"),
    (_delete, "changed"),
    (_change, "changed"),
]


@pytest.mark.parametrize(("end", "reason"), ENDS)
def test_what_ends_a_binding(token: str, here: Run, end: Callable[[str, str], None], reason: str) -> None:
    """At the next look, with a reason; a change that waits is not told any more."""
    put(token, MALI)
    rid = subscribed(token)

    async def conversation(app: sockets.Sockets) -> None:
        line = await bound(app, token, rid)
        await do(weight, token, "w1")
        await do(end, token, rid)
        await do(subscriptions.dispatch)
        await line.until(lambda: line.ended)
        assert (line.ended, line.kinds, app.open) == ((1008, reason), ["handshake"], set())

    here(conversation)


def test_what_does_not_bind(token: str, here: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A token that ended, one made by somebody, something else that we sealed, no token, another address, silence."""
    rid = subscribed(token)
    now = clock.now()
    with monkeypatch.context() as before:
        before.setattr(clock, "now", lambda: now - timedelta(seconds=61))
        old = values(Called("GET", f"/fhir/Subscription/{rid}/$get-ws-binding-token", token=token))["token"]
    monkeypatch.setattr(sockets, "BIND_SECONDS", 0.05)

    async def conversation(app: sockets.Sockets) -> None:
        said = {
            f"bind-with-token: {old}": "token-does-not-count",
            "bind-with-token: AAAA": "token-does-not-count",
            "bind-with-token: ก": "token-does-not-count",
            "hello": "not-understood",
            "x" * 5000: "too-long",
            "": "not-bound",
        }
        for text, reason in said.items():
            line = Line(app)
            if text:
                line.say(text)
            await line.until(lambda line=line: line.ended)  # type: ignore[misc]
            assert (line.ended[1] if line.ended else "", line.got) == (reason, [])
        elsewhere = Line(app, "/fhir")
        await elsewhere.until(lambda: elsewhere.ended)
        assert app.open == set()

    here(conversation)
    assert list(audit.facts("subscription.bound")) == []


def test_a_page_of_another_site_holds_no_socket(
    token: str, here: Run, monkeypatch: pytest.MonkeyPatch, port: int
) -> None:
    """Browsers let any page open a WebSocket and say whose it is (RFC 6455, 10.2; ASVS V4.4.2): ours and apps' may."""
    rid = subscribed(token)
    words = str(values(binding(token, rid))["token"])
    monkeypatch.setenv("SUKSALA_PUBLIC_URL", "https://health.example.go.th")
    settings.forget()
    monkeypatch.setattr(signin, "app_origins", lambda: frozenset({"https://app.example"}))
    foreign = [
        (b"https://evil.example",),
        (b"null",),
        (b"http://health.example.go.th",),
        (b"https://health.example.go.th.evil.example",),
        (b"https://app.example", b"https://evil.example"),
    ]

    async def conversation(app: sockets.Sockets) -> None:
        for origins in foreign:
            line = Line(app, origins=origins)
            line.say(f"bind-with-token: {words}")
            await line.until(lambda line=line: line.ended)  # type: ignore[misc]
            assert (line.ended, line.got) == ((1008, "origin-not-allowed"), [])
        assert app.open == set()
        for origin in ((b"https://health.example.go.th",), (b"https://app.example",), ()):
            line = Line(app, origins=origin)
            line.say(f"bind-with-token: {words}")
            await line.until(lambda line=line: line.got)  # type: ignore[misc]

    here(conversation)


def test_the_most_that_a_client_holds(token: str, here: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """So many bindings of one client over all sockets, so many sockets of all clients; others are not disturbed."""
    monkeypatch.setattr(sockets, "MOST_PER_CLIENT", 2)
    monkeypatch.setattr(sockets, "MOST_SOCKETS", 3)
    rid = subscribed(token)

    async def conversation(app: sockets.Sockets) -> None:
        held = [await bound(app, token, rid) for _ in range(2)]
        third = await bound(app, token, rid)
        assert (third.ended, third.got) == ((1013, "too-many"), [])
        idle = Line(app)
        await asyncio.sleep(0.02)
        fourth = Line(app)
        await fourth.until(lambda: fourth.ended)
        assert fourth.ended == (1013, "too-many")
        assert [line.ended for line in (*held, idle)] == [None, None, None]

    here(conversation)


def test_a_slow_client_is_hung_up_on_alone(token: str, here: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever takes nothing in for ten seconds loses the socket and no event; the others are told meanwhile."""
    monkeypatch.setattr(sockets, "SEND_SECONDS", 0.2)
    put(token, MALI)
    rid = subscribed(token)

    async def conversation(app: sockets.Sockets) -> None:
        slow, quick = await bound(app, token, rid), await bound(app, token, rid)
        [stuck] = [one for one in app.open if one.send == slow._take]
        take = stuck.send

        async def never(message: Any) -> None:
            if message["type"] == "websocket.send":
                await asyncio.sleep(60)
            await take(message)

        stuck.send = never
        await do(weight, token, "w1")
        await do(subscriptions.dispatch)
        await quick.until(lambda: quick.numbers)
        assert slow.ended is None
        await slow.until(lambda: slow.ended)
        assert (slow.ended, slow.numbers, quick.ended) == ((1008, "too-slow"), [], None)

    here(conversation)
    again = Called("GET", f"/fhir/Subscription/{rid}/$events?eventsSinceNumber=1", token=token)
    assert event_numbers(again.json) == ["1"]


def test_a_database_that_goes_away_ends_no_socket(token: str, here: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was written meanwhile is told when it is back."""
    put(token, MALI)
    rid = subscribed(token)
    answer = live.news
    away = [True, True, True]

    def sometimes(positions: Any) -> list[live.News]:
        if away:
            away.pop()
            raise ValueError
        return answer(positions)

    monkeypatch.setattr(live, "news", sometimes)

    async def conversation(app: sockets.Sockets) -> None:
        line = await bound(app, token, rid)
        await do(weight, token, "w1")
        await do(subscriptions.dispatch)
        await line.until(lambda: line.numbers)
        assert (away, line.numbers) == ([], ["1"])

    here(conversation)


# ---- the process ----------------------------------------------------------------------------------------------------


@contextmanager
def serving(port: int) -> Iterator[subprocess.Popen[bytes]]:
    """The process that holds sockets, beside this test's database."""
    told = connection.settings_dict
    host = urlsplit(os.environ["DATABASE_URL"])
    url = os.environ["DATABASE_URL"].replace(f"/{host.path.lstrip('/')}", f"/{told['NAME']}", 1)
    env = {**os.environ, "DATABASE_URL": url, "SUKSALA_PARENT": str(os.getpid())}
    command = [sys.executable, "-m", "suksala.operations", "sockets", "127.0.0.1", str(port)]
    nowhere = subprocess.DEVNULL
    process = subprocess.Popen(command, env=env, stdout=nowhere, stderr=nowhere, start_new_session=True)
    try:
        yield process
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


async def connected(session: aiohttp.ClientSession, port: int, text: str) -> aiohttp.ClientWebSocketResponse:
    """A socket that has said this, as soon as the process answers."""
    until = time.monotonic() + 60
    while True:
        try:
            line = await session.ws_connect(f"ws://127.0.0.1:{port}/websocket")
            break
        except aiohttp.ClientError:
            if time.monotonic() > until:
                raise
            await asyncio.sleep(0.2)
    await line.send_str(text)
    return line


@pytest.mark.django_db(transaction=True)
def test_a_right_that_is_withdrawn_closes_the_line(token: str, port: int) -> None:
    """Over the wire, within a second or so: the client hears why."""
    rid = subscribed(token)

    async def hold() -> tuple[int | None, Any]:
        text = values(await do(binding, token, rid))["token"]
        async with aiohttp.ClientSession() as session:
            line = await connected(session, port, f"bind-with-token: {text}")
            await line.receive_str(timeout=60)
            await do(lambda: signin.revoke_client("his", actor="test"))
            ended = await line.receive(timeout=10)
            return line.close_code, ended.extra

    with serving(port):
        assert beside(hold) == (1008, "no-permit")


@pytest.mark.django_db(transaction=True)
def test_nothing_is_lost_when_the_process_is_killed(token: str, port: int) -> None:
    """An event on the socket, two while nobody serves, one on the next socket: its handshake shows the gap, $events
    closes it, and the numbers are 1, 2, 3, 4.
    """
    put(token, MALI)
    rid = subscribed(token)

    def told(number: int) -> None:
        weight(token, f"w{number}")
        subscriptions.dispatch()

    async def hold(before: Callable[[], None]) -> tuple[str, list[str]]:
        text = values(await do(binding, token, rid))["token"]
        async with aiohttp.ClientSession() as session:
            line = await connected(session, port, f"bind-with-token: {text}")
            handshake = orjson.loads(await line.receive_str(timeout=60))
            await do(before)
            news = orjson.loads(await line.receive_str(timeout=60))
            return parameters(handshake)[SINCE], event_numbers(news)

    with serving(port):
        assert beside(lambda: hold(lambda: told(1))) == ("0", ["1"])
    told(2)
    told(3)
    with serving(port):
        assert beside(lambda: hold(lambda: told(4))) == ("3", ["4"])
    gap = Called("GET", f"/fhir/Subscription/{rid}/$events?eventsSinceNumber=2&eventsUntilNumber=3", token=token)
    assert event_numbers(gap.json) == ["2", "3"]
    assert database.rows("SELECT last FROM subscription") == [(4,)]
