"""Child processes: started again when they die, with growing pauses; stopped with all that they started."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from suksala.operations import processes
from suksala.operations.processes import Child

SLEEPER = "import time; time.sleep(60)"
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
)


@pytest.fixture
def child(tmp_path: Path) -> Iterator[Callable[[str], Child]]:
    """Makes children that run a line of Python; none outlives the test."""
    made: list[Child] = []

    def make(code: str) -> Child:
        one = Child("test", [sys.executable, "-c", code], os.environ, tmp_path / "logs" / "test.log")
        made.append(one)
        return one

    yield make
    for one in made:
        one.stop(0.1)


def eventually(true: Callable[[], bool], seconds: float = 15.0) -> bool:
    """Whether `true()` becomes true in time."""
    until = time.monotonic() + seconds
    while not true():
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


def alive(pid: int) -> bool:
    """Whether the process lives and is not a zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_output_goes_to_the_log(child: Callable[[str], Child]) -> None:
    """Both streams, appended: a restart does not lose what led to it."""
    one = child("import sys; print('out'); print('err', file=sys.stderr)")
    one.start()
    assert eventually(lambda: one.log_file.read_text() in {"out\nerr\n", "err\nout\n"})


def test_a_death_is_noticed_and_answered_after_a_pause(
    child: Callable[[str], Child], monkeypatch: pytest.MonkeyPatch
) -> None:
    """First death 0.05 s, second 0.1 s (a doubled pause), third would be 0.2 s: never a busy loop."""
    monkeypatch.setattr(processes, "FIRST_PAUSE_SECONDS", 0.05)
    one = child("raise SystemExit(3)")
    one.start()
    for death in (1, 2, 3):
        assert eventually(lambda: one.watch() is None and one.pid is None)
        assert one.quick_deaths == death
        before = time.monotonic()
        assert eventually(lambda: one.watch() is None and one.pid is not None)
        assert time.monotonic() - before >= 0.05 * 2 ** (death - 1) - 0.03


def test_pauses_do_not_grow_for_ever(child: Callable[[str], Child]) -> None:
    """After a hundred deaths the next try comes within half a minute."""
    one = child(SLEEPER)
    one.quick_deaths = 100
    one._process = subprocess.Popen([sys.executable, "-c", ""])
    one._started = time.monotonic()
    assert eventually(lambda: one.watch() is None and one.pid is None)
    assert one._start_again_at - time.monotonic() <= processes.LONGEST_PAUSE_SECONDS


def test_who_lived_long_starts_again_at_once(child: Callable[[str], Child]) -> None:
    """Both edges: 60 s of life forget earlier deaths, 59 s do not."""
    for lived, deaths in ((60.5, 0), (59.0, 6)):
        one = child("")
        one.quick_deaths = 5
        one.start()
        one._started -= lived
        assert eventually(lambda one=one: one.watch() is None and one.pid is None)
        assert one.quick_deaths == deaths


def test_stop_ends_the_process_and_what_it_started(child: Callable[[str], Child]) -> None:
    """A web server's own children would hold the port."""
    inner = (
        "import subprocess, sys; "
        f"p = subprocess.Popen([sys.executable, '-c', {SLEEPER!r}]); print(p.pid, flush=True); p.wait()"
    )
    one = child(inner)
    one.start()
    assert eventually(lambda: one.log_file.read_text().endswith("\n"))
    grandchild, pid = int(one.log_file.read_text()), one.pid
    one.stop(5)
    assert pid is not None
    assert eventually(lambda: not alive(pid) and not alive(grandchild))
    assert one.pid is None


def test_a_deaf_process_is_ended_after_the_patience(child: Callable[[str], Child]) -> None:
    """SIGTERM first, SIGKILL when the time is over."""
    one = child(STUBBORN)
    one.start()
    assert eventually(lambda: one.log_file.read_text() == "deaf\n")
    pid = one.pid
    assert pid is not None
    began = time.monotonic()
    one.stop(0.3)
    assert 0.25 <= time.monotonic() - began < 5
    assert eventually(lambda: not alive(pid))


def test_a_long_log_is_moved_aside(child: Callable[[str], Child], monkeypatch: pytest.MonkeyPatch) -> None:
    """At the limit nothing happens; one byte more and the log starts anew beside its copy."""
    monkeypatch.setattr(processes, "LOG_BYTES_MAX", 10)
    one = child(SLEEPER)
    one.start()
    one.log_file.write_text("x" * 10)
    one.keep_log_small()
    assert one.log_file.stat().st_size == 10
    one.log_file.write_text("x" * 11)
    one.keep_log_small()
    assert one.log_file.stat().st_size == 0
    assert one.log_file.with_suffix(".1.log").read_text() == "x" * 11


def test_children_end_with_a_killed_supervisor(tmp_path: Path) -> None:
    """kill -9 of `suksala up` leaves no web server on the port and no worker that nobody watches (Linux: prctl)."""
    inner = (
        "import os, sys, time; from suksala.operations.child import die_with; "
        "die_with(int(os.environ['SUKSALA_PARENT'])); print(os.getpid(), flush=True); time.sleep(60)"
    )
    outer = (
        "import os, subprocess, sys, time; os.environ['SUKSALA_PARENT'] = str(os.getpid()); "
        f"subprocess.Popen([sys.executable, '-c', {inner!r}]); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", outer], stdout=subprocess.PIPE) as supervisor:
        assert supervisor.stdout is not None
        pid = int(supervisor.stdout.readline())
        assert alive(pid)
        supervisor.kill()
    assert eventually(lambda: not alive(pid))
