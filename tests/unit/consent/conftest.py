"""Clocks that tests turn."""

from __future__ import annotations

from pathlib import Path

import pytest

from suksala.consent import grants_moment, grants_storage
from suksala.foundation import clock

from .emergency import Turned


@pytest.fixture
def turned(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Turned:
    """The clocks stand at BEGAN; keys lie beside an empty data folder."""
    clocks = Turned()
    monkeypatch.setenv("SUKSALA_EPOCH_KEYS", str(data_dir / "epoch-keys"))
    from suksala.foundation import settings

    settings.forget()
    monkeypatch.setattr(clock, "now", lambda: clocks.wall)
    monkeypatch.setattr(grants_storage, "database_now", lambda: clocks.database)
    monkeypatch.setattr(grants_moment, "uptime", lambda: clocks.up)
    return clocks
