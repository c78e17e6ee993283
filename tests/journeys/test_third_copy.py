"""The server is lost with every copy that it could reach; the third machine brings it back (T23). This is the drill."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from suksala.operations import Cluster
from tests.journeys.emergency_life import MARKER

pytestmark = pytest.mark.journey
ROOT = Path(__file__).parents[2]
# What opens something on the server when the copy is made.
STANDS = {
    **dict.fromkeys(("clients", "tokens", "codes", "telephones", "texts", "devices"), 1),
    "consents": ["given", "refused"],
    "paused": [],
    "represented": ["counts"],
    "history": ["given", "refused"],
}


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """Three machines as folders: the server `a`, the third `c`, and a bare one `b`; a safe for the private key."""
    folder = Path(tempfile.mkdtemp(prefix="suksala-drill-"))
    folder.chmod(0o755)
    (folder / "safe").mkdir(mode=0o700)
    yield folder
    for data in (folder / name / "data" for name in "abe"):
        cluster = Cluster(data)
        if cluster.running():
            cluster.start().stop()
    shutil.rmtree(folder, ignore_errors=True)


def run(home: Path, *words: str, at: str = "a", code: int = 0) -> subprocess.CompletedProcess[str]:
    """A program on one machine."""
    env = {k: v for k, v in os.environ.items() if not k.startswith(("SUKSALA_", "DATABASE_URL"))}
    env |= {
        "SUKSALA_DATA": str(home / at / "data"),
        "SUKSALA_BACKUP_KEY": str(home / "public.pem"),
        "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}",
        "DJANGO_SETTINGS_MODULE": "suksala.foundation.django_settings",
    }
    done = subprocess.run(
        [sys.executable, "-m", *words], env=env, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == code, (done.stdout[-1000:], done.stderr[-3000:])
    return done


def told(home: Path, *words: str, **where: Any) -> Any:
    """What a command prints with --json."""
    return json.loads(run(home, "suksala", *words, "--json", **where).stdout)


def step(home: Path, name: str, at: str = "a") -> Any:
    return json.loads(run(home, "tests.journeys.backup_life", name, at=at).stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def copied(home: Path) -> dict[str, Any]:
    """The server lives, makes a copy for a key whose other half is in the safe, and the third machine fetches it."""
    private = home / "safe" / "private.pem"
    (home / "public.pem").write_text(run(home, "suksala", "backup", "key", "--out", str(private)).stdout)
    number = step(home, "live")
    assert step(home, "standing") == STANDS
    made = told(home, "backup", "copy")
    source, store = home / "a" / "data-backups", home / "c"
    kept = told(home, "backup", "keep", str(source), "--in", str(store))
    assert kept["fetched"] == [Path(made["file"]).name]
    left = {path.name for path in source.iterdir()}
    return {"number": number, "name": kept["fetched"][0], "left": left, **made}


@pytest.fixture(scope="module")
def restored(home: Path, copied: dict[str, Any]) -> dict[str, Any]:
    """Everything on the server is gone. Without the key nothing comes back, with it all does: what both said."""
    archive, private = str(home / "c" / copied["name"]), str(home / "safe" / "private.pem")
    shutil.rmtree(home / "a")
    words = ("suksala", "backup", "restore", archive, "--opens-with")
    refused = run(home, *words, str(home / "public.pem"), at="b", code=2)
    assert "SKL-BAK-001" in refused.stderr
    assert list((home / "b" / "data").iterdir()) == []
    done: dict[str, Any] = told(home, *words[1:], private, at="b")
    return done


def test_nothing_can_be_read_in_a_copy_and_nothing_was_left_beside_it(home: Path, copied: dict[str, Any]) -> None:
    """No word of what was said, no file by its name; the folder holds the archive and its label."""
    archive = (home / "c" / copied["name"]).read_bytes()
    for clear in (
        MARKER,
        b"CONTROL-in-the-reason",
        b"what was sent",
        b"PGDMP",
        b"master.key",
        copied["number"].encode(),
    ):
        assert clear not in archive
    assert copied["left"] == {".lock", copied["name"], f"{copied['name']}.json"}


def test_a_copy_is_looked_at_without_and_with_the_key(home: Path, copied: dict[str, Any]) -> None:
    archive = str(home / "c" / copied["name"])
    assert told(home, "backup", "verify", archive) == {"file": copied["name"], "sha256": copied["sha256"]}
    inside = told(home, "backup", "verify", archive, "--opens-with", str(home / "safe" / "private.pem"))
    assert inside["rows"] > 100  # codes and migrations too
    assert inside["files"] >= 3  # the deposit, the master key, the checkpoint


def test_what_was_lost_comes_back_from_the_third_machine(
    home: Path, copied: dict[str, Any], restored: dict[str, Any]
) -> None:
    """Rows, files, keys and the tree of the log are those of the copy; sessions have ended, and the emergency copy
    stays shut: its key was in no backup.
    """
    archive, private, done = str(home / "c" / copied["name"]), str(home / "safe" / "private.pem"), restored
    assert (done["made_at"], done["sessions_ended"]) == (copied["made_at"], 1)
    closed = {"systems": 1, "telephones": 1, "texts": 1, "devices": 1, "consents": 1, "representatives": 1}
    assert done["closed"] == {"sessions": 1, "apps": 0, "codes": 1, "tokens": 1, **closed}
    assert done["facts"] >= 3
    assert (home / "b" / "data" / "deposits" / "ab" / "abc.zip").read_bytes() == b"what was sent, as it was sent"
    assert step(home, "look", at="b") == {"people": 2, "number": copied["number"], "sessions": 0}
    assert (done["openings_ended"], step(home, "read", at="b")) == (1, "SKL-GRANT-010")
    assert told(home, "audit", "verify", at="b")["whole"] is True

    again = run(home, "suksala", "backup", "restore", archive, "--opens-with", private, at="b", code=2)
    assert "SKL-BAK-003" in again.stderr
    assert step(home, "look", at="b")["people"] == 2


@pytest.mark.usefixtures("restored")
def test_what_may_have_been_taken_back_opens_nothing_in_what_was_restored(home: Path) -> None:
    """Decision 0198: a consent withdrawn, a helper dismissed, a number given up or a system ended after the copy was
    made would stand again. A refusal stays; what was paused is told in the history as such.
    """
    assert step(home, "standing", at="b") == {
        **dict.fromkeys(("clients", "tokens", "codes", "telephones", "texts", "devices"), 0),
        "consents": ["refused"],
        "paused": [["paused", 2]],
        "represented": ["restored"],
        "history": ["given", "paused", "refused"],
    }


def test_after_a_planned_move_nobody_is_asked_again(home: Path, copied: dict[str, Any]) -> None:
    """By the operator's word, which the log keeps: only sessions, tokens and codes end, as each can be had anew."""
    archive, private = str(home / "c" / copied["name"]), str(home / "safe" / "private.pem")
    done = told(home, "backup", "restore", archive, "--opens-with", private, "--nothing-lost", at="e")
    assert done["closed"] == {"sessions": 1, "apps": 0, "codes": 1, "tokens": 1}
    assert step(home, "standing", at="e") == {**STANDS, "tokens": 0, "codes": 0}
    detail = step(home, "restored", at="e")
    assert (detail["nothing_lost"], detail["closed"]) == (True, done["closed"])


def test_a_changed_copy_restores_nothing(home: Path, copied: dict[str, Any]) -> None:
    """One bit in the middle: the folder is empty again, and no database was left in it."""
    changed = home / "changed"
    changed.mkdir()
    content = bytearray((home / "c" / copied["name"]).read_bytes())
    content[len(content) // 2] ^= 1
    (changed / copied["name"]).write_bytes(content)
    private = str(home / "safe" / "private.pem")
    words = ("suksala", "backup", "restore", str(changed / copied["name"]), "--opens-with", private)
    assert "SKL-BAK-002" in run(home, *words, at="d", code=2).stderr
    assert list((home / "d" / "data").iterdir()) == []
