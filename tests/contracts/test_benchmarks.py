"""`make bench` is told whole: each suite can be run by itself and stands in docs/reference/performance.md."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.__main__ import SUITES

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("suite", SUITES)
def test_a_suite_can_be_run_by_itself_and_its_bars_are_told(suite: str) -> None:
    """As the page says: python -m benchmarks SUITE."""
    assert '__name__ == "__main__"' in (ROOT / "benchmarks" / f"{suite}.py").read_text(encoding="utf-8")
    assert f"python -m benchmarks {suite}" in (ROOT / "docs/reference/performance.md").read_text(encoding="utf-8")
