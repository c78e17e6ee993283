"""The threat model and OWASP ASVS 5 (levels 1 and 2) as tables: each row is proven by tests that exist, does not apply
for a reason, or is open and says so. A threat without a test is never silent.
"""

from __future__ import annotations

import ast
import csv
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TABLES = {
    "threats.csv": ("threat", [f"T{number:02d}" for number in range(1, 26)]),
    "asvs.csv": ("requirement", []),
}
STATES = ("test", "not applicable", "open")
SHORTEST_REASON = 10


def rows(table: str) -> list[dict[str, str]]:
    with (ROOT / "docs" / "reference" / table).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


@cache
def functions_of(path: str) -> frozenset[str]:
    """The test functions of a file as pytest names them, Class::test of a class; none for a file that is not there."""
    file = ROOT / path
    is_test = path.startswith("tests/") and path.endswith(".py") and file.is_file()
    body = ast.parse(file.read_text(encoding="utf-8")).body if is_test else []
    found = [(node.name, "") for node in body if isinstance(node, ast.FunctionDef)]
    for group in (node for node in body if isinstance(node, ast.ClassDef)):
        found += [(node.name, f"{group.name}::") for node in group.body if isinstance(node, ast.FunctionDef)]
    return frozenset(f"{group}{name}" for name, group in found if name.startswith("test_"))


def missing(tests: str) -> list[str]:
    """Named tests that do not exist: a file with at least one test, or one function of it."""
    gone = []
    for one in tests.split():
        path, _, name = one.partition("::")
        there = functions_of(path)
        if not there or (name and name not in there):
            gone.append(one)
    return gone


@pytest.mark.parametrize("table", TABLES)
def test_every_row_has_its_test_or_says_why_not(table: str) -> None:
    key, _ = TABLES[table]
    faults = []
    for row in rows(table):
        reasoned = len(row["reason"]) >= SHORTEST_REASON
        proven = row["status"] == "test" and row["tests"] and not missing(row["tests"])
        told = row["status"] in STATES[1:] and reasoned and not missing(row["tests"])
        if not (proven or told):
            faults.append((row[key], row["status"], missing(row["tests"])))
    assert faults == []


@pytest.mark.parametrize("table", TABLES)
def test_every_row_is_there_once(table: str) -> None:
    key, wanted = TABLES[table]
    names = [row[key] for row in rows(table)]
    assert len(set(names)) == len(names)
    assert not wanted or names == wanted


def test_the_requirements_are_those_of_levels_one_and_two() -> None:
    """As many as ASVS 5.0.0 has in its chapters V1 to V17: 70 of level 1 and 183 of level 2."""
    found = rows("asvs.csv")
    assert Counter(row["level"] for row in found) == {"1": 70, "2": 183}
    assert {row["requirement"].split(".")[0] for row in found} == {f"V{chapter}" for chapter in range(1, 18)}


def test_the_check_bites() -> None:
    """A test that is gone is noticed, in a file that is there and in one that is not."""
    assert missing("tests/contracts/test_threats.py::test_the_check_bites") == []
    of_a_class = "tests/property/test_every_alias.py::EveryAlias::test_no_alias_is_without_a_permit"
    assert missing(of_a_class) == []
    gone = ["tests/contracts/test_threats.py::test_gone", "tests/contracts/test_gone.py", "docs/reference/threats.csv"]
    gone.append(of_a_class.replace("EveryAlias::", ""))  # pytest would run nothing
    assert missing(" ".join(gone)) == gone
