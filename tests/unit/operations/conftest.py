"""Folders that the database's unprivileged user can reach, and clusters that are stopped whatever happens."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from suksala.operations import Cluster


@pytest.fixture
def reachable() -> Iterator[Path]:
    """An empty folder below /tmp that every user may pass (pytest's own folders are closed to nobody)."""
    folder = Path(tempfile.mkdtemp(prefix="suksala-ops-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A data folder with a stopped cluster, made once for the tests that only start it."""
    folder = Path(tempfile.mkdtemp(prefix="suksala-ops-"))
    folder.chmod(0o755)
    Cluster(folder).start().stop()
    yield folder
    cluster = Cluster(folder)
    if cluster.running():  # a test failed half way: attach as the last holder and stop it
        cluster.start().stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def without_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment of a machine where nothing is set."""
    for name in ("DATABASE_URL", "SUKSALA_PG_BIN", "SUKSALA_PG_USER"):
        if name in os.environ:
            monkeypatch.delenv(name)
