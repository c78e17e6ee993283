"""The official tests of SQL on FHIR v2, every one of them (tests/data/sql_on_fhir, MIT licence, see its README)."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from suksala.standards.fhir import views

FOLDER = Path(__file__).parents[1] / "data/sql_on_fhir"
SUITES = {path.stem: json.loads(path.read_bytes(), parse_float=Decimal) for path in sorted(FOLDER.glob("*.json"))}
CASES = [(name, test["title"]) for name, suite in SUITES.items() for test in suite["tests"]]


def run(view: Any, resources: list[dict[str, Any]]) -> tuple[list[str], list[dict[str, Any]]]:
    """The columns of a view and its rows over resources."""
    compiled = views.View(view)
    names = [column.name for column in compiled.columns]
    return names, [dict(zip(names, row, strict=True)) for one in resources for row in compiled.rows(one)]


def shown(rows: list[dict[str, Any]]) -> list[str]:
    """Rows in an order of their own: the tests say nothing about order."""
    return sorted(json.dumps(row, sort_keys=True, default=float) for row in rows)


def test_there_are_134_cases() -> None:
    """None is lost on the way."""
    assert (len(SUITES), len(CASES)) == (22, 134)


@pytest.mark.parametrize(("suite", "title"), CASES)
def test_official_case(suite: str, title: str) -> None:
    """The rows, or the refusal, that the case expects."""
    test = next(one for one in SUITES[suite]["tests"] if one["title"] == title)
    resources = SUITES[suite]["resources"]
    if test.get("expectError"):
        with pytest.raises(views.ViewProblem):
            run(test["view"], resources)
        return
    names, rows = run(test["view"], resources)
    assert shown(rows) == shown(test["expect"])
    if "expectColumns" in test:
        assert names == test["expectColumns"]
