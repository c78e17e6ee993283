"""What `make check` runs of the threat table."""

from __future__ import annotations

from pathlib import Path

from tools.prove_threats import named


def test_each_named_test_once_and_journeys_apart(tmp_path: Path) -> None:
    table = tmp_path / "threats.csv"
    table.write_text(
        "threat,title,status,tests,reason\n"
        "T01,a,test,tests/unit/test_a.py::test_one tests/journeys/test_b.py,\n"
        "T02,b,test,tests/unit/test_a.py::test_one tests/spec/test_c.py::test_two,\n"
        "T03,c,open,,for a reason\n",
        encoding="utf-8",
    )
    assert named(table) == (
        ["tests/journeys/test_b.py"],
        ["tests/spec/test_c.py::test_two", "tests/unit/test_a.py::test_one"],
    )
