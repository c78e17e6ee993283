"""`suksala up`: the database, the web server and the workers, kept running together and stopped in order."""

from __future__ import annotations

import errno
import fcntl
import http.client
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import FrameType

from suksala.foundation import copies, log, settings

from .cluster import Cluster
from .errors import AlreadyServing, PortTaken, ServerFailed
from .processes import Child

READY_SECONDS = 60.0
TICK_SECONDS = 0.2
CLUSTER_CHECK_SECONDS = 2.0
HOUSE_SECONDS = 10.0
LOG_CHECK_SECONDS = 300.0
COPIES_CHECK_SECONDS = 3600.0
WEB_STOP_SECONDS = 12.0
WORKER_STOP_SECONDS = 30.0  # a job is safe to redo, but finishing it is cheaper
DEATHS_BEFORE_READY = 3

_log = log.get("operations")


@dataclass(frozen=True)
class Server:
    """What to serve and where.

    data         the data folder
    host, port   the address to listen on
    web_workers  web server processes, default one per core
    job_workers  background worker processes
    demo         made-up data: demo sign-in is open
    websocket_port  where subscribers hold WebSockets open; 0: nowhere
    """

    data: Path
    host: str = "127.0.0.1"
    port: int = 8000
    web_workers: int = 0
    job_workers: int = 1
    demo: bool = False
    websocket_port: int = 0

    @property
    def address(self) -> str:
        """Where a browser finds it."""
        return f"http://{'localhost' if self.host in {'127.0.0.1', '0.0.0.0', '::'} else self.host}:{self.port}"  # noqa: S104


def up(
    server: Server,
    cluster: Cluster | None,
    ready: Callable[[], None],
    *,
    keep_house: Callable[[], None] | None = None,
    web_database: str | None = None,
) -> None:
    """Serve until SIGTERM or SIGINT; the database must be up and migrated (operations.database).

    cluster  the embedded cluster, started again if it dies; None with DATABASE_URL
    ready    called once, when the first page was answered
    web_database  how processes that answer requests reach the database (least_rights.limit_web); None: as we do
    keep_house  called every ten seconds while it serves; must not raise
    Raises PortTaken, AlreadyServing, and ServerFailed when the web server cannot start.
    """
    for port in filter(None, (server.port, server.websocket_port)):
        refuse_taken_port(server.host, port)
    with _only_server(server.data), _stop_signals() as stopped:
        children = _children(server, web_database)
        try:
            for child in children:
                child.start()
            _wait_until_ready(server, children[0], stopped)
            if not stopped:
                _log.info("serving", port=server.port, workers=server.job_workers)
                ready()
            _watch(_chores(children, cluster, keep_house), stopped)
        finally:
            for child in children:  # the web server first: nobody is answered by half a house
                child.stop(WEB_STOP_SECONDS if child.name == "web" else WORKER_STOP_SECONDS)
            _log.info("stopped")


def refuse_taken_port(host: str, port: int) -> None:
    """Raise PortTaken when another program listens there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            reason = "ถูกใช้อยู่แล้ว" if error.errno == errno.EADDRINUSE else "เปิดไม่ได้"
            raise PortTaken(
                f"พอร์ต {port} ที่ {host} {reason}: ปิดโปรแกรมนั้น หรือเลือกพอร์ตอื่นด้วย --port",
                f"port {port} on {host} is {'in use' if error.errno == errno.EADDRINUSE else 'not available'}: "
                "stop that program or choose another with --port",
            ) from None


def _children(server: Server, web_database: str | None = None) -> list[Child]:
    env = {**os.environ, "SUKSALA_PARENT": str(os.getpid()), "PYTHONUNBUFFERED": "1"}
    asked = {**env, "DATABASE_URL": web_database} if web_database else env
    logs = server.data / "logs"
    run = [sys.executable, "-m", "suksala.operations"]
    web = [*run, "web", server.host, str(server.port), str(server.web_workers or os.cpu_count() or 2)]
    workers = [
        Child(f"worker-{number}", [*run, "worker", f"worker-{number}"], env, logs / f"worker-{number}.log")
        for number in range(1, server.job_workers + 1)
    ]
    sockets = [*run, "sockets", server.host, str(server.websocket_port)]
    told = [Child("sockets", sockets, asked, logs / "sockets.log")] if server.websocket_port else []
    return [Child("web", web, asked, logs / "web.log"), *told, *workers]


def _wait_until_ready(server: Server, web: Child, stopped: list[int]) -> None:
    until = time.monotonic() + READY_SECONDS
    while not stopped and not _answers(server):
        web.watch()
        if web.quick_deaths >= DEATHS_BEFORE_READY or time.monotonic() > until:
            raise ServerFailed(
                f"เว็บเซิร์ฟเวอร์เริ่มทำงานไม่ได้: ดูสาเหตุใน {web.log_file}",
                f"the web server does not start: see {web.log_file}",
            )
        time.sleep(TICK_SECONDS)


def _answers(server: Server) -> bool:
    host = "127.0.0.1" if server.host == "0.0.0.0" else server.host  # noqa: S104
    connection = http.client.HTTPConnection(host, server.port, timeout=10)
    try:
        connection.request("GET", "/health", headers={"Host": "localhost"})
        return connection.getresponse().status < 500
    except OSError:
        return False
    finally:
        connection.close()


def _chores(
    children: list[Child], cluster: Cluster | None, keep_house: Callable[[], None] | None
) -> list[tuple[float, Callable[[], None]]]:
    """What to do how often, in seconds; the database first."""

    def each(do: Callable[[Child], None]) -> Callable[[], None]:
        def all_of_them() -> None:
            for child in children:
                do(child)

        return all_of_them

    def keep_cluster() -> None:
        if cluster is not None and cluster.ensure_running():
            _log.warning("database restarted")

    return [
        (CLUSTER_CHECK_SECONDS, keep_cluster),
        (TICK_SECONDS, each(Child.watch)),
        (HOUSE_SECONDS, surviving(keep_house or (lambda: None))),
        (LOG_CHECK_SECONDS, surviving(each(Child.keep_log_small))),
        (COPIES_CHECK_SECONDS, surviving(tell_old_copies)),
    ]


def surviving(do: Callable[[], None]) -> Callable[[], None]:
    """The same chore, whose errors go to the log: nothing that it looks at ends the service."""

    def done() -> None:
        try:
            do()
        except Exception as error:
            _log.error("a chore failed, it is done again in its time", error_type=type(error).__name__)

    return done


def tell_old_copies() -> None:
    """An error in the log while the newest copy, here or on the third machine, is older than it may be."""
    ours = settings.current()
    age = copies.age()
    if ours.backup_key is not None and not age.is_fresh(timedelta(hours=ours.backup_hours)):
        made, kept = (None if a is None else round(a.total_seconds() / 3600) for a in (age.made, age.kept))
        _log.error("the newest copy is too old", made_hours=made, kept_hours=kept)


def _watch(chores: list[tuple[float, Callable[[], None]]], stopped: list[int]) -> None:
    due = [time.monotonic() for _ in chores]
    while not stopped:
        now = time.monotonic()
        for number, (every, do) in enumerate(chores):
            if now >= due[number]:
                do()
                due[number] = now + every
        time.sleep(TICK_SECONDS)


@contextmanager
def _only_server(data: Path) -> Iterator[None]:
    with (data / "serving.lock").open("wb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyServing(
                f"มี suksala up ตัวอื่นให้บริการโฟลเดอร์ {data} อยู่แล้ว: หยุดตัวนั้นก่อน หรือใช้ --data อื่น",
                f"another `suksala up` serves {data} already: stop it first, or choose another --data",
            ) from None
        yield


@contextmanager
def _stop_signals() -> Iterator[list[int]]:
    """A list that is empty until a signal asks us to stop; the second signal of the terminal is ignored too."""
    stopped: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        stopped.append(number)

    signals = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    before = {number: signal.signal(number, note) for number in signals}
    try:
        yield stopped
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
