"""`suksala up`: starts in order, tells when it is ready, keeps going, stops on a signal and leaves nothing behind."""

from __future__ import annotations

import dataclasses
import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from suksala.operations import processes, supervise
from suksala.operations.errors import AlreadyServing, PortTaken, ServerFailed
from suksala.operations.processes import Child
from suksala.operations.supervise import Server

WEB = (
    "import sys; from http.server import SimpleHTTPRequestHandler as H, test; "
    "test(H, port=int(sys.argv[1]), bind='127.0.0.1')"
)


def free_port() -> int:
    """A port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def server(tmp_path: Path) -> Server:
    """What to serve: a folder of its own and a free port."""
    return Server(tmp_path, port=free_port())


@pytest.fixture
def children(server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Child]]:
    """A small web server and a sleeping worker in the place of the real ones."""
    logs = server.data / "logs"
    made = [
        Child("web", [sys.executable, "-c", WEB, str(server.port)], os.environ, logs / "web.log"),
        Child("worker-1", [sys.executable, "-c", "import time; time.sleep(60)"], os.environ, logs / "worker-1.log"),
    ]
    monkeypatch.setattr(supervise, "_children", lambda *_: made)
    yield made
    for child in made:
        child.stop(0.1)


def signal_myself(after_seconds: float, number: signal.Signals = signal.SIGTERM) -> None:
    """What an operator or systemd does, a little later."""
    threading.Timer(after_seconds, os.kill, [os.getpid(), number]).start()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_it_serves_until_a_signal_and_stops_everything(
    server: Server, children: list[Child], number: signal.Signals
) -> None:
    """Ready is told once; afterwards no child lives, the port is free, and our own signal handlers are back."""
    before = signal.getsignal(number)
    told: list[list[int | None]] = []

    def ready() -> None:
        told.append([child.pid for child in children])
        signal_myself(0.3, number)

    supervise.up(server, None, ready)
    assert len(told) == 1
    assert all(pid for pid in told[0])
    assert [child.pid for child in children] == [None, None]
    supervise.refuse_taken_port("127.0.0.1", server.port)
    assert signal.getsignal(number) is before


def test_a_killed_worker_is_back_while_it_serves(
    server: Server, children: list[Child], monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the web server goes on meanwhile."""
    monkeypatch.setattr(processes, "FIRST_PAUSE_SECONDS", 0.05)
    first: list[int | None] = []

    def ready() -> None:
        first.extend(child.pid for child in children)
        assert children[1].pid is not None
        os.kill(children[1].pid, signal.SIGKILL)
        threading.Thread(target=stop_when_back).start()

    def stop_when_back() -> None:
        for _ in range(300):
            if children[1].pid not in {None, first[1]}:
                break
            threading.Event().wait(0.05)
        last.extend(child.pid for child in children)
        os.kill(os.getpid(), signal.SIGTERM)

    last: list[int | None] = []
    supervise.up(server, None, ready)
    assert last[0] == first[0]
    assert last[1] not in {None, first[1]}


def test_a_web_server_that_cannot_start_is_given_up_with_its_log(
    server: Server, children: list[Child], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three quick deaths before the first answer; the worker is stopped too and nobody was told that it serves."""
    monkeypatch.setattr(processes, "FIRST_PAUSE_SECONDS", 0.01)
    children[0]._command = [sys.executable, "-c", "raise SystemExit('no such module')"]
    with pytest.raises(ServerFailed, match=r"web\.log") as caught:
        supervise.up(server, None, lambda: pytest.fail("it does not serve"))
    assert caught.value.exit_code == 70
    assert children[0].log_file.read_text() == "no such module\n" * 3
    assert children[1].pid is None


def test_a_taken_port_is_refused_before_anything_starts(server: Server, children: list[Child]) -> None:
    """The commonest mistake: a second start. Both edges: taken, and free again."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", server.port))
        other.listen()
        with pytest.raises(PortTaken, match=f"port {server.port} .* in use.*--port"):
            supervise.up(server, None, lambda: None)
        assert not (server.data / "logs").exists()
    supervise.refuse_taken_port("127.0.0.1", server.port)


def test_websockets_have_a_process_where_they_are_opened(server: Server) -> None:
    """Between the web server and the workers; without a port there is none. A taken port is refused as any other."""
    names = [child.name for child in supervise._children(dataclasses.replace(server, websocket_port=free_port()))]
    assert names == ["web", "sockets", "worker-1"]
    assert [child.name for child in supervise._children(server)] == ["web", "worker-1"]
    with socket.create_server(("127.0.0.1", 0)) as taken:
        second = dataclasses.replace(server, websocket_port=taken.getsockname()[1])
        with pytest.raises(PortTaken):
            supervise.up(second, None, lambda: None)


def test_an_address_of_another_machine_is_refused() -> None:
    """203.0.113.1 is a documentation address (RFC 5737): no machine has it."""
    with pytest.raises(PortTaken, match="not available"):
        supervise.refuse_taken_port("203.0.113.1", free_port())


def test_two_servers_on_one_data_folder_are_refused(server: Server, children: list[Child]) -> None:
    """Two sets of workers would be fine, two supervisors of one log folder are not."""
    with supervise._only_server(server.data), pytest.raises(AlreadyServing, match=str(server.data)):
        supervise.up(server, None, lambda: None)
    assert [child.pid for child in children] == [None, None]


def test_the_address_is_one_a_browser_can_open() -> None:
    """Listening everywhere is reached as localhost."""
    assert Server(Path(), "127.0.0.1", 8000).address == "http://localhost:8000"
    assert Server(Path(), "0.0.0.0", 80).address == "http://localhost:80"  # noqa: S104
    assert Server(Path(), "192.0.2.7", 8000).address == "http://192.0.2.7:8000"
