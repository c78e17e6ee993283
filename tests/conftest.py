"""One throw-away PostgreSQL cluster for the whole run; every worker gets its own database and data folder."""

from __future__ import annotations

import atexit
import base64
import os
import shutil
import tempfile
from pathlib import Path

import pytest

# Fixed, so that keyed ids in expected values are the same on every machine; made up, guards nothing.
TEST_KEY = base64.b64encode(bytes(range(64))).decode()


def pytest_configure(config: pytest.Config) -> None:
    """Prepare the environment before Django reads its settings."""
    if hasattr(config, "workerinput"):
        os.environ["SUKSALA_DATA"] = tempfile.mkdtemp(prefix="worker-", dir=os.environ["SUKSALA_TEST_ROOT"])
    else:
        _start_cluster()
    os.environ["DJANGO_SETTINGS_MODULE"] = "suksala.foundation.django_settings"
    import django

    django.setup()  # here and not by pytest-django's option, which would read the settings before the cluster runs
    from suksala.exchange.usage import Seconds

    Seconds.until_written = None  # its own thread would write beside the transaction that a test rolls back


def _start_cluster() -> None:
    from suksala.foundation import settings
    from suksala.operations.cluster import Cluster

    root = Path(tempfile.mkdtemp(prefix="suksala-test-"))
    # The unprivileged user of PostgreSQL must be able to pass through; what lies inside is closed by itself.
    root.chmod(0o755)
    os.environ.pop("SUKSALA_DEMO", None)
    os.environ.update(SUKSALA_TEST_ROOT=str(root), SUKSALA_DATA=str(root / "data"), SUKSALA_MASTER_KEY=TEST_KEY)
    os.environ["SUKSALA_BUDGETS"] = "off"  # tests ask faster than clients may; those of budgets set their own
    atexit.register(shutil.rmtree, root, True)  # registered first, so it runs after the cluster stopped
    if not os.environ.get("DATABASE_URL"):
        cluster = Cluster(root / "cluster")
        cluster.start()
        os.environ["DATABASE_URL"] = cluster.url
        atexit.register(cluster.stop)
    settings.forget()


@pytest.fixture
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty data folder for one test; the process's settings point to it."""
    from suksala.foundation import settings

    monkeypatch.setenv("SUKSALA_DATA", str(tmp_path))
    settings.forget()
    yield tmp_path
    monkeypatch.undo()
    settings.forget()
