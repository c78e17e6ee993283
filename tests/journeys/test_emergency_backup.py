"""After 72 hours nothing of a copy can be read: not in the data folder, not in the log, not in a backup, not restored
(T03).
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from suksala.operations import Cluster, binaries
from suksala.operations.server_user import server_user
from tests.journeys.emergency_life import CONTROL, COPIED, MARKER

pytestmark = pytest.mark.journey
ROOT = Path(__file__).parents[2]


@pytest.fixture
def home() -> Iterator[Path]:
    """A machine: data, keys beside them, a place for backups; the database's user may pass."""
    folder = Path(tempfile.mkdtemp(prefix="suksala-72h-"))
    folder.chmod(0o755)
    yield folder
    for data in (folder / "data", folder / "restored"):
        cluster = Cluster(data)
        if cluster.running():
            cluster.start().stop()
    shutil.rmtree(folder, ignore_errors=True)


def step(home: Path, name: str, hours: float, *, data: str = "data", keys: str = "keys") -> Any:
    """One step in a process of its own, so many hours after the opening."""
    env = {k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "SUKSALA_DEMO"}}
    env |= {
        "SUKSALA_DATA": str(home / data),
        "SUKSALA_EPOCH_KEYS": str(home / keys),
        "SUKSALA_TEST_HOURS": str(hours),
        "TMPDIR": str(home / "tmp"),
        "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}",
        "DJANGO_SETTINGS_MODULE": "suksala.foundation.django_settings",
    }
    (home / "tmp").mkdir(exist_ok=True)
    run = [sys.executable, "-m", "tests.journeys.emergency_life", name]
    done = subprocess.run(run, env=env, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


def take_backup(home: Path, to: str) -> None:
    """What an operator takes: a base backup with its log, and the data folder without the cluster. Never the keys."""
    cluster = Cluster(home / "data").start()
    programs = binaries.within_reach(binaries.find(cluster.made_by), cluster.user, cluster.home)
    try:
        with psycopg.connect(cluster.address("postgres", "postgres"), autocommit=True) as connection:
            connection.execute("CHECKPOINT")
        server_user(cluster.pgdata).own_folder(home / to)
        taken = cluster.user.run(
            [programs.folder / "pg_basebackup", "-h", cluster.socket_folder, "-U", "postgres", "-D", home / to / "data",
             "-X", "stream", "-c", "fast"]
        )  # fmt: skip
        assert taken.returncode == 0, taken.stderr
    finally:
        cluster.stop()


def hits(folder: Path, what: bytes) -> list[str]:
    """Files that hold these bytes."""
    return sorted(path.name for path in folder.rglob("*") if path.is_file() and what in path.read_bytes())


def restore(home: Path, backup: str) -> None:
    """The backup as a data folder of its own; the master key is the same, as SUKSALA_MASTER_KEY."""
    data = home / "restored"
    (data / "postgres").mkdir(parents=True, mode=0o711)
    data.chmod(0o711)
    (home / backup / "data").rename(data / "postgres" / "data")


def test_a_backup_of_hour_one_is_unreadable_after_72_hours(home: Path) -> None:
    """Opened, backed up in hour 1, read at 71:59:59, over at 72:00:00; looked for everywhere; restored and shut."""
    step(home, "open", 0)
    take_backup(home, "hour-1")
    assert MARKER.decode() in step(home, "read", 72 - 1 / 3600)
    assert step(home, "expire", 72) == 1
    assert step(home, "read", 72) == "SKL-GRANT-010"
    take_backup(home, "hour-72")

    everywhere = [home / name for name in ("data", "hour-1", "hour-72", "tmp", "keys")]
    for clear in (MARKER, zlib.compress(COPIED, 6)[2:30]):
        assert {folder.name: hits(folder, clear) for folder in everywhere} == {folder.name: [] for folder in everywhere}
    control = CONTROL.split()[0].encode()
    assert all(hits(folder, control) for folder in everywhere[:3])  # the reason stays: the look does find things
    assert [path.name for path in (home / "keys").iterdir()] == ["clock"]

    restore(home, "hour-1")
    assert step(home, "copies", 1, data="restored", keys="no-matter") == 1  # what was sealed did come back
    with_old_clock = step(home, "read", 1, data="restored")
    with_no_keys_at_all = step(home, "read", 1, data="restored", keys="other-machine")
    assert with_old_clock in {"SKL-GRANT-010", "SKL-GRANT-013"}
    assert with_no_keys_at_all in {"SKL-GRANT-010", "SKL-GRANT-013"}
