"""Packages are installed by hash from lists that name no place, and no secret stands in the repository (T25)."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LISTS = sorted((ROOT / "requirements").glob("*.txt"))
# Keys, and tokens that begin as their makers let them begin, so that they are found: ours, Amazon's, GitHub's, Slack's.
SECRETS = re.compile(
    rb"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----\s+[A-Za-z0-9+/]{40}|\bskl_[A-Za-z0-9_-]{43}\b|\bAKIA[0-9A-Z]{16}\b"
    rb"|\bgh[pousr]_[A-Za-z0-9]{36}\b|\bxox[baprs]-[0-9A-Za-z-]{20,}"
)


def entries(listed: str) -> list[str]:
    """The entries of a list, each on one line; comments left out."""
    joined = listed.replace("\\\n", " ")
    return [line.strip() for line in joined.splitlines() if line.strip() and not line.lstrip().startswith("#")]


@pytest.mark.parametrize("path", LISTS, ids=lambda path: path.name)
def test_every_package_is_pinned_by_version_and_hash(path: Path) -> None:
    """One version each, at least one SHA-256, and no option: an index, a link or an editable would be another door."""
    listed = entries(path.read_text())
    assert listed
    for entry in listed:
        assert re.match(r"[A-Za-z0-9._-]+(\[[a-z,]+\])?==[^ ;]+", entry), entry
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", entry), entry
        assert "://" not in entry, entry


def test_the_makefile_installs_by_hash_only() -> None:
    """Each `pip install` of a list asks for hashes."""
    lines = [line for line in (ROOT / "Makefile").read_text().splitlines() if "pip install" in line and " -r " in line]
    assert lines
    assert [line for line in lines if "--require-hashes" not in line] == []


def secrets_in(content: bytes) -> list[bytes]:
    """What looks like a secret."""
    return SECRETS.findall(content)


def test_no_secret_stands_in_the_repository() -> None:
    """Of every file that is kept."""
    kept = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, timeout=60).stdout
    names = [name for name in kept.decode().split("\0") if name and (ROOT / name).is_file()]
    assert len(names) > 500
    assert [name for name in names if secrets_in((ROOT / name).read_bytes())] == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (b"skl_" + b"a" * 43, True),
        (b"skl_" + b"a" * 20, False),
        (b"AKIA" + b"A" * 16, True),
        (b"ghp_" + b"a" * 36, True),
        (b"-----BEGIN PRIVATE KEY-----\n" + b"A" * 64, True),
        (b"-----BEGIN PUBLIC KEY-----\n" + b"A" * 64, False),
    ],
)
def test_what_looks_like_a_secret(text: bytes, found: bool) -> None:
    """Both sides: a token of full length and one that a page shows cut."""
    assert bool(secrets_in(text)) is found
