"""How far a demo has come survives a kill, and another world is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from suksala.commands.demo_state import DemoState, OtherDemo


def test_a_step_is_done_once_over_restarts(tmp_path: Path) -> None:
    """What failed is done again, what was done is not."""
    done: list[str] = []

    def fails() -> None:
        done.append("second")
        raise RuntimeError

    state = DemoState.of(tmp_path, None, None)
    state.step("first", lambda: done.append("first"))
    with pytest.raises(RuntimeError):
        state.step("second", fails)
    again = DemoState.of(tmp_path, None, None)
    again.step("first", lambda: done.append("first"))
    again.step("second", lambda: done.append("second"))
    assert done == ["first", "second", "second"]
    assert list(again.seconds) == ["first", "second"]


def test_the_world_is_remembered_and_another_one_refused(tmp_path: Path) -> None:
    """Options that were not given mean what lies there; other ones would mix two worlds."""
    DemoState.of(tmp_path, 500, 7).save()
    kept = DemoState.of(tmp_path, None, None)
    assert (kept.people, kept.seed, kept.begun) == (500, 7, True)
    assert DemoState.of(tmp_path, 500, 7).people == 500
    for people, seed in ((501, None), (None, 8), (None, 0)):
        with pytest.raises(OtherDemo, match="500 people"):
            DemoState.of(tmp_path, people, seed)
    assert json.loads((tmp_path / "demo.json").read_text()) == {"people": 500, "seed": 7, "seconds": {}}


def test_a_new_demo_has_thirty_thousand_people(tmp_path: Path) -> None:
    """And asking leaves nothing behind."""
    fresh = DemoState.of(tmp_path, None, None)
    assert (fresh.people, fresh.seed, fresh.begun) == (30_000, 1, False)
    assert list(tmp_path.iterdir()) == []
