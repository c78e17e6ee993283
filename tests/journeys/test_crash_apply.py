"""kill -9 in the middle of applying, then again: the end is as if nothing had happened (promise 2; F01, F02)."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from suksala import simulation
from suksala.operations import Cluster

pytestmark = pytest.mark.journey

PEOPLE = 150
KILLS = 2
STATES = """
SELECT count(*) FILTER (WHERE state = 'applied'), count(*) FILTER (WHERE state = 'applying') FROM ingest_deposit"""
PATIENCE_SECONDS = 120.0


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One made-up district: 6 facilities, 12 zips."""
    out = tmp_path_factory.mktemp("world")
    simulation.simulate(people=PEOPLE, districts=1, seed=11, out=out)
    return out


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty data folder with its own embedded cluster, as an operator would have it."""
    monkeypatch.delenv("DATABASE_URL", raising=False)
    folder = Path(tempfile.mkdtemp(prefix="suksala-crash-"))
    folder.chmod(0o755)
    yield folder
    for cluster in map(Cluster, folder.iterdir()):
        if cluster.running():
            cluster.start().stop()
    shutil.rmtree(folder, ignore_errors=True)


def run(module: str, *arguments: str | Path) -> str:
    """Run a program of ours to its end; its standard output."""
    command = [sys.executable, "-m", module, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def state(site: Path) -> dict[str, str]:
    """Digests of lake, record, humans and receipts, computed in a fresh process."""
    found: dict[str, str] = json.loads(run("tests.journeys.state", site))
    return found


def ingest(world: Path, site: Path) -> subprocess.Popen[bytes]:
    """Start `suksala ingest` and come back while it works."""
    command = [sys.executable, "-m", "suksala", "ingest", str(world / "zips"), "--data", str(site), "--json"]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def family(process: int) -> list[int]:
    """The process and all that it started, children first."""
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return [one for child in children for one in family(int(child))] + [process]


def applied(site: Path) -> tuple[int, int]:
    """How many deposits are done, and how many are in the middle of it."""
    try:
        with psycopg.connect(Cluster(site).url) as connection:
            row = connection.execute(STATES).fetchone()
    except psycopg.Error:  # the database is not up, or not made yet
        return 0, 0
    assert row is not None
    return int(row[0]), int(row[1])


def kill_in_the_middle(world: Path, site: Path, moment: random.Random) -> None:
    """Start applying, wait until a deposit is in the middle and a little more, kill -9 everything that works on it."""
    done, _ = applied(site)
    running = ingest(world, site)
    until = time.monotonic() + PATIENCE_SECONDS
    while running.poll() is None and time.monotonic() < until:
        now, busy = applied(site)
        if busy and now >= done:
            break
        time.sleep(0.02)
    time.sleep(moment.uniform(0.0, 0.6))
    for process in family(running.pid) if running.poll() is None else []:
        os.kill(process, signal.SIGKILL)
    running.wait()


def copy(site: Path, start: Path) -> Path:
    """A stopped data folder again, owners and rights as they are: the same keys give the same FHIR ids."""
    subprocess.run(["cp", "-a", start, site], check=True)
    return site


def test_killed_ingest_ends_like_an_undisturbed_one(world: Path, site: Path) -> None:
    """Two kills of the command and its workers, the second of the database too; then a quiet run finishes the work."""
    start = site / "start"
    run("suksala", "registry", "import", world / "facilities.csv", "--data", start)

    calm = copy(site / "calm", start)
    run("suksala", "ingest", world / "zips", "--data", calm, "--json")
    wanted = state(calm)
    assert int(wanted["receipts"].split()[0]) == 12
    assert int(wanted["resources"].split()[0]) > 500

    storm = copy(site / "storm", start)
    moment = random.Random(11)
    for kill in range(1, KILLS + 1):
        kill_in_the_middle(world, storm, moment)
        assert applied(storm)[0] < 12, "the kill came too late to prove anything"
        if kill == KILLS:
            os.kill(int((storm / "postgres" / "data" / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
    run("suksala", "ingest", world / "zips", "--data", storm, "--json")
    assert state(storm) == wanted
