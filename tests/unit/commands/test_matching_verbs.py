"""What `suksala identity train`, `approve-model` and `weigh` print."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from suksala import identity
from suksala.commands import matching
from suksala.identity import Made, Run

DATA = Path("data")


@pytest.fixture(autouse=True)
def no_database(monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def none(_: Path) -> Iterator[None]:
        yield

    monkeypatch.setattr(matching, "quiet_database", none)


def answer(monkeypatch: pytest.MonkeyPatch, name: str, told: Any) -> list[dict[str, Any]]:
    """Let a use case answer; returns what it was asked."""
    asked: list[dict[str, Any]] = []
    monkeypatch.setattr(identity, name, lambda **given: (asked.append(given), told)[1])
    return asked


@pytest.mark.parametrize(("shipped", "why"), [(False, True), (True, False)])
def test_training_says_where_registrations_were_too_few(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], shipped: bool, why: bool
) -> None:
    asked = answer(monkeypatch, "make_model", [Made("adult", 4, 9000, True), Made("child", 5, 12, False)])
    matching.train(shipped=shipped, data=DATA, as_json=False)
    adult, child, _ = capsys.readouterr().out.splitlines()
    assert adult == "adult 4 (9,000): ฝึกจากข้อมูลที่นี่ · trained here"
    assert ("too few" in child) is why
    assert asked == [{"actor": "system:operator", "only_shipped": shipped}]


def test_approving_wants_yes(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Without it, only what would happen is told."""
    approved = answer(monkeypatch, "approve_model", [4, 5, 6])
    answer(monkeypatch, "rehearse_model", Run(20, 0, 3, 1, 2, 15, False))
    matching.approve_model(yes=False, data=DATA, as_json=False)
    told = "20 registrations, 3 joined, 1 parted, 2 new questions (0: one or two people?), 0 wait on; 15 humans"
    assert told in capsys.readouterr().out
    assert approved == []
    matching.approve_model(yes=True, data=DATA, as_json=True)
    assert json.loads(capsys.readouterr().out) == {"approved": [4, 5, 6]}


@pytest.mark.parametrize("yes", [True, False])
def test_where_no_model_waits_nothing_is_changed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], yes: bool
) -> None:
    answer(monkeypatch, "approve_model", [])
    answer(monkeypatch, "rehearse_model", Run(applied=False))
    matching.approve_model(yes=yes, data=DATA, as_json=False)
    assert "no model waits" in capsys.readouterr().out


def test_a_run_that_would_change_too_many_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = answer(monkeypatch, "weigh", Run(20, 0, 3, 1, 2, 15, False))
    matching.weigh(everybody=True, anyway=False, spark=None, data=DATA, as_json=False)
    told = capsys.readouterr().out
    assert ("nothing was changed" in told, "--anyway" in told) == (True, True)
    assert asked == [{"everybody": True, "anyway": False, "spark": None, "actor": "system:operator"}]


def test_on_spark_everybody_is_weighed(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = answer(monkeypatch, "weigh", Run())
    matching.weigh(everybody=False, anyway=False, spark="hdfs:///safe/suksala", data=DATA, as_json=True)
    assert [(one["everybody"], one["spark"]) for one in asked] == [(True, "hdfs:///safe/suksala")]
