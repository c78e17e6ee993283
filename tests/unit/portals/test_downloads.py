"""Tables that open in a spreadsheet: Thai is readable, no cell is run (security T15)."""

from __future__ import annotations

import csv
import io

import pytest

from suksala.portals import downloads


@pytest.mark.parametrize("cell", ["=1+1", "+66", "-1", "@x", "\tx", "\rx", "\0x"])
def test_a_cell_that_looks_like_a_formula_is_quoted(cell: str) -> None:
    assert downloads.harmless(cell) == "'" + cell


@pytest.mark.parametrize("cell", ["", "10661", "สมหมาย", "a=b", " =1"])
def test_any_other_cell_stays_as_it_is(cell: str) -> None:
    assert downloads.harmless(cell) == cell


def test_a_table_is_utf8_with_a_mark_and_a_safe_name() -> None:
    answer = downloads.table(("ก", "b"), [("ข", '=x"y'), (1, "a,b")], "suksala-1.csv")
    assert answer.content.startswith(b"\xef\xbb\xbf")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="suksala-1.csv"'
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
    assert rows == [["ก", "b"], ["ข", "'=x\"y"], ["1", "a,b"]]
