"""Runs the tests that docs/reference/threats.csv names: a threat whose test fails, fails `make check`.

Journeys keep a world in their database for all of their pages, so they run in a process of their own (Makefile, test).
"""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def named(table: Path) -> tuple[list[str], list[str]]:
    """The tests of the table's rows, each once: journeys, and all others."""
    with table.open(encoding="utf-8", newline="") as lines:
        tests = sorted({test for row in csv.DictReader(lines) for test in row["tests"].split()})
    journeys = [test for test in tests if test.startswith("tests/journeys/")]
    return journeys, [test for test in tests if test not in journeys]


def main() -> None:
    """Exits with 1 where one of them fails."""
    journeys, others = named(ROOT / "docs" / "reference" / "threats.csv")
    for tests, spread in ((others, "loadgroup"), (journeys, "loadfile")):
        asked = [sys.executable, "-m", "pytest", "-q", "-n", "2", "--dist", spread, *tests]
        if subprocess.run(asked, cwd=ROOT, check=False).returncode:
            sys.exit(1)


if __name__ == "__main__":
    main()
