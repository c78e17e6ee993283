"""docs/how-to/add-an-indicator.md is run: its file is read, counts people, and judges them."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

from suksala.standards.thai_codes import dates
from suksala.warehouse import REASONS
from suksala.warehouse.definitions import OPTIONAL_COLUMNS, REQUIRED_COLUMNS, read
from suksala.warehouse.silver import MEASURE_TABLES
from tests.unit.warehouse.population import Population

PAGE = (Path(__file__).parents[3] / "docs" / "how-to" / "add-an-indicator.md").read_text(encoding="utf-8")


def test_the_example_counts_as_the_page_says() -> None:
    """9 is not above 9; a result outside the year does not count; the operator is `<=`."""
    found = re.search(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    measure = read("dm_very_high.toml", found[1])
    people = Population().people("a", "b", "c", "d", typearea="1").people("e", typearea="4")
    people.add(
        "chronic",
        "pid | dx3 | date_diag\n" + "\n".join(f"{pid} | E11 | 2020-01-01" for pid in "abcde"),
    ).add(
        "labfu",
        """
        pid | labtest | labnum | date_serv
        a   | 0531601 | 9.1    | 2026-03-01
        b   | 0531601 | 9.0    | 2026-03-01
        c   | 0531601 | 9.1    | 2025-09-30
        """,
    )
    period = dates.period("2569Q4")
    (facility,) = people.workbench().count(measure.version(2569), period)
    assert (facility.counts, facility.excluded) == ({"A": 1, "B": 4}, {"not-in-area": 1})
    assert measure.version(2569).passed(Decimal(25), 4) is False
    assert measure.version(2569).passed(Decimal(10), 4) is True


def test_the_page_names_what_there_is() -> None:
    """Every table and column that a measure may use stands on the page."""
    for table in MEASURE_TABLES:
        assert f"`{table}`" in PAGE
    for column in REQUIRED_COLUMNS + OPTIONAL_COLUMNS[3:]:
        assert f"`{column}`" in PAGE
    assert all(th and en for th, en in REASONS.values())
