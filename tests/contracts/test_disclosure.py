"""Every surface on which people are counted is in docs/reference/disclosure.csv with the rule that it follows (T20).

`own people`: who reads may see the people; `released`: through warehouse.released or warehouse.shown (decision 0186);
`no people`: nothing of a group that somebody could be found in; `operator`: who holds the data and the keys anyway.
"""

from __future__ import annotations

import ast
import csv
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from tests.contracts.test_cli import VERBS
from tests.contracts.test_safeguards import trees

ROOT = Path(__file__).parents[2]
RULES = {"own people", "released", "no people", "operator"}
# What the warehouse gives as it counted it, and who may show that: pages of the people's own team, and the operator.
EXACT = {"measure", "breakdown", "trend", "quality", "members", "excluded"}
SHOWS_EXACT = {
    "commands/measuring.py": {"measure"},
    "portals/district/panel.py": {"members", "excluded"},
    "portals/district/web.py": {"measure", "breakdown", "trend"},
}
SHOWS_RELEASED = {
    "commands/measuring.py": {"released"},
    "portals/district/callers.py": {"shown"},
    "portals/district/figures.py": {"released"},
}


def rows() -> list[dict[str, str]]:
    with (ROOT / "docs" / "reference" / "disclosure.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def addresses(patterns: list[URLPattern | URLResolver] | None = None, before: str = "/") -> Iterator[str]:
    """Every address of a page."""
    for one in patterns if patterns is not None else get_resolver("suksala.portals.urls").url_patterns:
        route = before + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from addresses(one.url_patterns, route)
        else:
            yield route


def uses(names: set[str]) -> dict[str, set[str]]:
    """Which of these names of the warehouse each module outside it uses."""
    found: dict[str, set[str]] = {}
    for name, tree in trees().items():
        if not name.startswith("warehouse/"):
            attributes = (
                n for n in ast.walk(tree) if isinstance(n, ast.Attribute) and ast.unparse(n.value) == "warehouse"
            )
            if used := {n.attr for n in attributes} & names:
                found[name] = used
    return found


@pytest.mark.parametrize("surface", [*sorted(set(addresses())), "/fhir/Patient", *VERBS])
def test_every_page_and_command_is_listed(surface: str) -> None:
    """By its own row or that of its section; sections with figures have a row for each page."""
    assert [row["surface"] for row in rows() if fnmatchcase(surface, row["surface"].split(" (")[0])] != []


def test_pages_with_figures_are_listed_one_by_one() -> None:
    listed = {row["surface"] for row in rows()}
    assert {a for a in addresses() if a.startswith(("/district/", "/steward/")) and "/deposits/" not in a} <= listed


def test_no_row_is_of_a_page_that_is_gone() -> None:
    there = {*addresses(), "/fhir"}
    pages = [row["surface"].split(" (")[0] for row in rows() if row["surface"].startswith("/")]
    assert [page for page in pages if not any(fnmatchcase(a, page) for a in there)] == []


def test_every_row_has_a_rule() -> None:
    assert {row["rule"] for row in rows()} == RULES
    assert [row["surface"] for row in rows() if not (row["shows"] and row["readers"])] == []


def test_what_anybody_may_see_counts_nobody_or_is_released() -> None:
    assert {row["rule"] for row in rows() if row["readers"].startswith("anybody")} == {"no people", "released"}


def test_counts_as_they_are_are_shown_in_three_places() -> None:
    """Another module that shows them tells of people: it needs a row, and its readers a right to them."""
    assert uses(EXACT) == SHOWS_EXACT
    assert uses({"released", "shown"}) == SHOWS_RELEASED


def test_no_module_takes_names_out_of_the_warehouse() -> None:
    """`from suksala.warehouse import measure` would not be seen above."""
    taken = [
        name
        for name, tree in trees().items()
        if not name.startswith("warehouse/")
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("suksala.warehouse")
    ]
    assert taken == []
