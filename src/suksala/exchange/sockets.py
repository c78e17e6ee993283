"""The WebSocket door: an ASGI application of its own process, so that a socket held open holds no worker of the pages.

A client sends `bind-with-token: <token>`, gets a handshake for each subscription and then notifications until it hangs
up or its rights end. One thread does what needs the database; all sockets together ask it twice a second what is new,
and none when nobody is bound.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

import psycopg
from django.db import connection

from suksala import signin
from suksala.foundation import log, settings

from . import live
from .live import News, Position

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
_Found = TypeVar("_Found")

LOOK_SECONDS = 0.5
MOST_SOCKETS = 1000
MOST_PER_CLIENT = 20  # bindings of one client, over all of its sockets
BIND_SECONDS = 10.0  # an open socket that binds to nothing is closed
SEND_SECONDS = 10.0  # a client that takes nothing in for so long is hung up on; `$events` has what it missed
MOST_MESSAGE = 4096
BIND = "bind-with-token:"
# RFC 6455, 7.4.1
_GOING_AWAY, _POLICY, _TOO_BIG, _TRY_LATER = 1001, 1008, 1009, 1013
_log = log.get("exchange")
_database = ThreadPoolExecutor(1, "websocket-database")


class Hangup(Exception):
    """Why a socket is closed: a code of RFC 6455 and a stable word."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


@dataclass(eq=False)
class Socket:
    """One open socket.

    positions  how far it was told, by subscription
    busy       a notification is on its way: the next one waits for it
    ending     why it is to be closed, as soon as somebody knows: the close frame goes out when its own task ends
    """

    receive: Receive
    send: Send
    positions: dict[str, Position] = field(default_factory=dict)
    busy: bool = False
    closed: bool = False
    ending: asyncio.Future[Hangup] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    async def hear(self, patience: float | None) -> Message:
        """The next message. Raises Hangup when none comes in so many seconds, or it is to be closed."""
        heard = asyncio.ensure_future(self.receive())
        both: set[asyncio.Future[Any]] = {heard, self.ending}
        await asyncio.wait(both, timeout=patience, return_when=asyncio.FIRST_COMPLETED)
        if heard.done():
            return heard.result()
        heard.cancel()
        raise self.ending.result() if self.ending.done() else Hangup(_POLICY, "not-bound")

    def end(self, why: Hangup) -> None:
        """Have it closed."""
        self.positions.clear()
        if not self.ending.done():
            self.ending.set_result(why)

    async def tell(self, found: News) -> None:
        """Send one notification; the position moves when it was sent. Raises Hangup."""
        if found.now is None:
            self.positions.pop(found.was.rid, None)
            raise Hangup(_POLICY, found.ended)
        try:
            await asyncio.wait_for(self.send({"type": "websocket.send", "text": found.body.decode()}), SEND_SECONDS)
        except (TimeoutError, OSError, RuntimeError) as error:
            raise Hangup(_POLICY, "too-slow") from error
        self.positions[found.was.rid] = found.now

    async def close(self, why: Hangup) -> None:
        """Close it, once."""
        if not self.closed:
            self.closed = True
            with suppress(Exception):
                await self.send({"type": "websocket.close", "code": why.code, "reason": why.reason})


class Sockets:
    """All sockets of this process, as an ASGI application."""

    def __init__(self) -> None:
        self.open: set[Socket] = set()
        self._looking: asyncio.Task[None] | None = None
        self._telling: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "websocket":
            await self._serve(Socket(receive, send), str(scope["path"]), await may_ask(scope))
        else:
            await send({"type": "http.response.start", "status": 426, "headers": [(b"upgrade", b"websocket")]})
            await send({"type": "http.response.body", "body": b""})

    async def _live(self, receive: Receive, send: Send) -> None:
        for phase in ("startup", "shutdown"):
            await receive()
            if phase == "shutdown":
                for one in self.open:
                    one.end(Hangup(_GOING_AWAY, "restarting"))
                await asyncio.sleep(0)  # their tasks close them
            await send({"type": f"lifespan.{phase}.complete"})

    async def _serve(self, socket: Socket, path: str, is_from_here: bool) -> None:
        await socket.receive()  # websocket.connect
        if not is_from_here:
            await socket.close(Hangup(_POLICY, "origin-not-allowed"))
            return
        if path != "/websocket":
            await socket.close(Hangup(_POLICY, "no-such-address"))
            return
        await socket.send({"type": "websocket.accept"})
        self.open.add(socket)
        try:
            await self._talk(socket)
        except Hangup as why:
            await socket.close(why)
        finally:
            socket.closed = True
            self.open.discard(socket)

    async def _talk(self, socket: Socket) -> None:
        if len(self.open) > MOST_SOCKETS:
            raise Hangup(_TRY_LATER, "too-many")
        while await self._next(socket):
            pass

    async def _next(self, socket: Socket) -> bool:
        """Take one message of a client; False when it has hung up. Raises Hangup."""
        message = await socket.hear(None if socket.positions else BIND_SECONDS)
        if message["type"] != "websocket.receive":
            return False
        text = message.get("text") or ""
        if len(text) > MOST_MESSAGE:
            raise Hangup(_TOO_BIG, "too-long")
        if not text.startswith(BIND):
            raise Hangup(_POLICY, "not-understood")
        await self._bind(socket, text.removeprefix(BIND).strip())
        return True

    async def _bind(self, socket: Socket, token: str) -> None:
        found = await asked(live.bind, token)
        if found is None:
            raise Hangup(_TRY_LATER, "not-ready")
        if not any(one.now for one in found):
            raise Hangup(_POLICY, "token-does-not-count")
        client = found[0].was.client
        if self._bound(client) + len(found) > MOST_PER_CLIENT:
            raise Hangup(_TRY_LATER, "too-many")
        for one in found:
            if one.now:
                await socket.tell(one)
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())

    def _bound(self, client: str) -> int:
        return sum(position.client == client for socket in self.open for position in socket.positions.values())

    async def _look(self) -> None:
        """Ask what is new for as long as anybody is bound."""
        while any(socket.positions for socket in self.open):
            await asyncio.sleep(LOOK_SECONDS)
            standing = {p: None for s in self.open if not s.busy for p in s.positions.values()}
            found = {one.was: one for one in await asked(live.news, list(standing)) or ()}
            for socket in [s for s in self.open if not s.busy]:
                mine = [found[position] for position in socket.positions.values() if position in found]
                if mine:
                    self._start_telling(socket, mine)

    def _start_telling(self, socket: Socket, mine: list[News]) -> None:
        socket.busy = True
        task = asyncio.create_task(self._tell_all(socket, mine))
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    async def _tell_all(self, socket: Socket, mine: list[News]) -> None:
        """Each socket at its own pace: a slow one makes no other wait."""
        try:
            for one in mine:
                await socket.tell(one)
        except Hangup as why:
            socket.end(why)
        finally:
            socket.busy = False


async def may_ask(scope: Message) -> bool:
    """Whether a page of the asking browser may hold a socket: ours, or a registered app's. Programs name no origin.

    Browsers ask nobody before they open a WebSocket to another site, and say from where (RFC 6455, 10.2).
    """
    origins = [value.decode("latin-1") for name, value in scope.get("headers", ()) if name == b"origin"]
    if len(origins) != 1:
        return not origins
    return origins[0] in settings.current().form_origins or bool(await asked(_is_of_an_app, origins[0]))


def _is_of_an_app(origin: str) -> bool:
    return origin in signin.app_origins()


async def asked(question: Callable[[Any], _Found], about: Any) -> _Found | None:
    """Ask in the thread of the database; None while it is away: the sockets stay, and are told when it is back."""
    return await asyncio.get_running_loop().run_in_executor(_database, _answered, question, about)


def _answered(question: Callable[[Any], _Found], about: Any) -> _Found | None:
    try:
        return question(about)
    except psycopg.OperationalError:
        connection.close()
        _log.warning("websocket.database-unavailable")
        return None
    except Exception as error:  # one that fails for one client must not end the telling of all
        _log.error("websocket.failed", error_type=type(error).__name__)
        return None


websocket_application = Sockets()
