"""Clocks that tests turn, and who is brought in."""

from __future__ import annotations

from pathlib import Path

import pytest

from suksala import identity
from suksala.consent import grants_moment, grants_storage
from suksala.foundation import clock
from tests.people import HOSPITAL, UNIT, mali, number

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


@pytest.fixture
def patient(turned: Turned) -> str:
    """Mali, known in two facilities, neither of them the doctor's; her national number."""
    identity.link(HOSPITAL, [mali("1")])
    identity.link(UNIT, [mali("7")])
    return number(1)
