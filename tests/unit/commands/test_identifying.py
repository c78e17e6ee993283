"""What `suksala identity simulate-threshold` prints."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import pytest

from suksala import identity
from suksala.commands import identifying
from suksala.identity import ThresholdEffect

FILE = Path("registrations.csv")


@pytest.fixture(autouse=True)
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Path, tuple[float, ...]]]:
    """What the command asked for; each threshold joins 2,000 pairs, one of them wrongly."""
    seen: list[tuple[Path, tuple[float, ...]]] = []

    def simulate(file: Path, thresholds: Iterable[float]) -> list[ThresholdEffect]:
        seen.append((file, tuple(thresholds)))
        return [ThresholdEffect(threshold, 2000, 1, 51, 17) for threshold in seen[-1][1]]

    monkeypatch.setattr(identity, "simulate_thresholds", simulate)
    return seen


def test_a_line_for_each_threshold(
    capsys: pytest.CaptureFixture[str], asked: list[tuple[Path, tuple[float, ...]]]
) -> None:
    identifying.simulate_threshold(FILE, [10.0, 12.5], as_json=False)
    assert asked == [(FILE, (10.0, 12.5))]
    lines = capsys.readouterr().out.splitlines()
    assert [line.split() for line in lines[1:]] == [
        ["10.0", "0.99950", "0.9751", "1", "51", "17"],
        ["12.5", "0.99950", "0.9751", "1", "51", "17"],
    ]


def test_the_usual_thresholds_as_json(
    capsys: pytest.CaptureFixture[str], asked: list[tuple[Path, tuple[float, ...]]]
) -> None:
    identifying.simulate_threshold(FILE, [], as_json=True)
    assert asked == [(FILE, identity.USUAL_THRESHOLDS)]
    told = json.loads(capsys.readouterr().out)
    assert [one["threshold"] for one in told] == [4.0, 6.0, 8.0, 10.0, 12.0, 14.0]
    assert (told[0]["wrong"], told[0]["precision"]) == (1, 0.9995)
