"""Secrets come from files that a store of secrets writes, closed to others, and are never repeated (ASVS V13.3.1)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from suksala.foundation.secret_files import LONGEST, BadSecretFile, read_into

SECRET = "postgresql://suksala:made-up-password@db.example/suksala?sslmode=verify-full"


def kept(folder: Path, text: str = f"{SECRET}\n", mode: int = 0o400) -> Path:
    """A secret as systemd leaves it."""
    file = folder / "database-url"
    file.write_text(text)
    file.chmod(mode)
    return file


@pytest.mark.parametrize("mode", [0o400, 0o600, 0o640])
def test_a_closed_file_is_taken(tmp_path: Path, mode: int) -> None:
    """Its user's, or a group's; the line's end is no part of it."""
    env = {"DATABASE_URL_FILE": str(kept(tmp_path, mode=mode))}
    read_into(env)
    assert env["DATABASE_URL"] == SECRET


@pytest.mark.parametrize("mode", [0o404, 0o444, 0o644, 0o602])
def test_a_file_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    """Nothing is taken, not from the other files either, and the secret is not repeated."""
    key = tmp_path / "key"
    key.write_text("AAAA")
    key.chmod(0o400)
    env = {"DATABASE_URL_FILE": str(kept(tmp_path, mode=mode)), "SUKSALA_MASTER_KEY_FILE": str(key)}
    with pytest.raises(BadSecretFile) as caught:
        read_into(env)
    assert "made-up-password" not in f"{caught.value} {caught.value.th} {caught.value.en}"
    assert "chmod 600" in caught.value.th
    assert set(env) == {"DATABASE_URL_FILE", "SUKSALA_MASTER_KEY_FILE"}


@pytest.mark.parametrize("text", ["", "\n \n", "x" * (LONGEST + 1)])
def test_a_file_without_a_secret_is_refused(tmp_path: Path, text: str) -> None:
    """Empty or endless; one byte less is taken."""
    with pytest.raises(BadSecretFile):
        read_into({"DATABASE_URL_FILE": str(kept(tmp_path, text))})
    (tmp_path / "database-url").chmod(0o600)
    env = {"SUKSALA_MASTER_KEY_FILE": str(kept(tmp_path, "x" * LONGEST))}
    read_into(env)
    assert len(env["SUKSALA_MASTER_KEY"]) == LONGEST


def test_two_that_differ_are_refused(tmp_path: Path) -> None:
    """Nobody guesses which one counts; the same twice is no doubt, as a process finds that was started by ours."""
    file = kept(tmp_path)
    with pytest.raises(BadSecretFile):
        read_into({"DATABASE_URL_FILE": str(file), "DATABASE_URL": "postgresql:///other"})
    read_into({"DATABASE_URL_FILE": str(file), "DATABASE_URL": SECRET})


def test_a_missing_file_is_told_by_the_command_line(tmp_path: Path) -> None:
    """Exit code 2, one sentence, no traceback, no path."""
    env = {**os.environ, "SUKSALA_MASTER_KEY_FILE": str(tmp_path / "nowhere"), "SUKSALA_DATA": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-m", "suksala", "doctor"], env=env, capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, "SKL-SET-012" in done.stderr, "Traceback" in done.stderr) == (2, True, False)
    assert str(tmp_path) not in done.stderr


def test_without_such_a_variable_nothing_changes() -> None:
    """Empty counts as none."""
    env = {"DATABASE_URL": SECRET, "SUKSALA_MASTER_KEY_FILE": ""}
    read_into(env)
    assert env == {"DATABASE_URL": SECRET, "SUKSALA_MASTER_KEY_FILE": ""}
