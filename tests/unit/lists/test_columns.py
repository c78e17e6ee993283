"""Cells of a list as agencies write them: what is taken, left out or set aside, and what the sender hears."""

from __future__ import annotations

from datetime import datetime

import pytest

from suksala.foundation.clock import BANGKOK
from suksala.lists import Line, LineProblem, ListProblem, Status
from suksala.lists.columns import COLUMNS, Numbered, known_columns, read, read_moment

NOW = datetime(2026, 7, 10, 12, tzinfo=BANGKOK)
MALI = {
    "row": "A-1", "given": "มาลี", "family": "ใจดี", "number": "", "phone": "081 234 5670", "age": "46",
    "district": "1901", "status": "waiting", "at": "2026-07-09 08:30",
}  # fmt: skip


def one(**changes: str) -> list[Line | LineProblem]:
    """What becomes of Mali's row with some cells changed."""
    cells = {**MALI, **changes}
    return list(read([Numbered(2, cells)], known_columns(cells), NOW))


def line(**changes: str) -> Line:
    found = one(**changes)[-1]
    assert isinstance(found, Line)
    return found


def test_a_row_as_it_is() -> None:
    found = line()
    assert (found.row, found.name, found.phone) == ("A-1", "มาลี ใจดี", "081 234 5670")
    assert (found.birth_year, found.district, found.risk) == (1980, "1901", False)
    assert [(s, at.isoformat()) for s, at in found.history] == [(Status.WAITING, "2026-07-09T08:30:00+07:00")]
    assert "มาลี" not in repr(found)


@pytest.mark.parametrize(
    ("change", "field", "value"),
    [
        ({"age": "๔๖"}, "birth_year", 1980),
        ({"age": "120"}, "birth_year", 1906),
        ({"age": ""}, "birth_year", None),
        ({"birth_year": "2523"}, "birth_year", 1980),  # a Buddhist year
        ({"birth_year": "1980", "age": "9"}, "birth_year", 1980),  # a year says more than an age
        ({"district": "190101"}, "district", "1901"),
        ({"risk": "ใช่"}, "risk", True),
        ({"risk": "0"}, "risk", False),
        ({"given": "  มาลี   ใจดี ", "family": ""}, "given", "มาลี ใจดี"),
    ],
)
def test_cells_in_other_forms(change: dict[str, str], field: str, value: object) -> None:
    assert getattr(line(**change), field) == value


@pytest.mark.parametrize(
    ("change", "code", "column"),
    [
        ({"age": "121"}, "SKL-LST-107", "age"),
        ({"age": "46 ปี"}, "SKL-LST-107", "age"),
        ({"birth_year": "2570"}, "SKL-LST-108", "birth_year"),  # next year
        ({"birth_year": "1905"}, "SKL-LST-108", "birth_year"),
        ({"district": "9999"}, "SKL-LST-109", "district"),
        ({"district": "บางกะปิ"}, "SKL-LST-109", "district"),
    ],
)
def test_a_wrong_cell_is_left_out_and_the_row_is_in(change: dict[str, str], code: str, column: str) -> None:
    """A sick person does not lose the place on the list for a typing slip in the age."""
    problem, found = one(**change)
    assert isinstance(problem, LineProblem)
    assert isinstance(found, Line)
    assert (problem.code, problem.column, problem.line, problem.is_in) == (code, column, 2, True)
    assert problem.th.startswith(f"แถว 2 ช่อง {column}: ")
    assert problem.en.startswith(f"row 2 {column}: ")
    assert next(iter(change.values())) not in problem.th + problem.en


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"row": " "}, "SKL-LST-101"),
        ({"given": "", "family": "ใจดี"}, "SKL-LST-102"),
        ({"status": "", "at": ""}, "SKL-LST-103"),
        ({"status": "ป่วย"}, "SKL-LST-104"),
        ({"at": "เมื่อวาน"}, "SKL-LST-105"),
        ({"at": "2026-02-30"}, "SKL-LST-105"),
        ({"at": "2026-07-10 13:01"}, "SKL-LST-106"),
    ],
)
def test_a_row_that_finds_nobody_or_tells_of_nothing_is_set_aside(change: dict[str, str], code: str) -> None:
    [problem] = one(**change)
    assert isinstance(problem, LineProblem)
    assert (problem.code, problem.is_in) == (code, False)
    assert "ส่งใหม่ได้" in problem.th


def test_a_clock_that_runs_ahead_by_an_hour_is_forgiven() -> None:
    assert line(at="2026-07-10 13:00").history[0].at == datetime(2026, 7, 10, 13, tzinfo=BANGKOK)


def test_a_number_or_a_passport_is_enough_to_find_somebody() -> None:
    assert line(given="", passport="XX123456").passport == "XX123456"
    assert line(given="", number="3199900000013").number == "3199900000013"


def test_a_history_in_one_cell() -> None:
    """As `suksala simulate --labelled` writes it; the latest event may stand first."""
    found = line(status="", at="", history="recovered 2026-07-08; positive 2026-07-01T08:00+07:00")
    assert [s for s, _ in found.history] == [Status.POSITIVE, Status.RECOVERED]


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("2026-07-01", "2026-07-01T00:00:00+07:00"),
        ("2026-07-01T08:00:00", "2026-07-01T08:00:00+07:00"),
        ("2026-07-01 08:00:00+00:00", "2026-07-01T08:00:00+00:00"),
        ("2569-07-01 08:00", "2026-07-01T08:00:00+07:00"),
        ("1/7/2569", "2026-07-01T00:00:00+07:00"),
        ("01/07/2026 8.05 น.", "2026-07-01T08:05:00+07:00"),
        ("๑/๗/๒๕๖๙ ๐๘:๐๕", "2026-07-01T08:05:00+07:00"),
        ("29/2/2567", "2024-02-29T00:00:00+07:00"),
    ],
)
def test_moments_of_either_era(written: str, read_as: str) -> None:
    found = read_moment(written)
    assert found is not None
    assert found.isoformat() == read_as


@pytest.mark.parametrize("written", ["", "7/1", "31/6/2569", "2026-07-01 25:00", "20260701", "1/7/69"])
def test_what_is_no_moment(written: str) -> None:
    assert read_moment(written) is None


def test_thai_headers_and_statuses() -> None:
    cells = {"รหัส": "1", "ชื่อ": "มาลี", "สถานะ": "รอเตียง", "วันเวลา": "9/7/2569 8:30", "หมายเหตุ": "-"}
    columns = known_columns(cells)
    assert set(columns.values()) == {"row", "given", "status", "at"}
    [found] = read([Numbered(2, cells)], columns, NOW)
    assert isinstance(found, Line)
    assert found.history[0].status == Status.WAITING


@pytest.mark.parametrize("left_out", ["row", "given", "status"])
def test_a_list_without_a_column_that_it_needs_is_refused(left_out: str) -> None:
    with pytest.raises(ListProblem, match=left_out) as refused:
        known_columns(name for name in MALI if name != left_out)
    assert refused.value.code == "SKL-LST-002"


def test_empty_rows_are_passed_over() -> None:
    assert list(read([Numbered(2, dict.fromkeys(MALI, " "))], known_columns(MALI), NOW)) == []


def test_no_two_columns_share_a_name() -> None:
    aliases = [alias for names in COLUMNS.values() for alias in names]
    assert len(set(aliases)) == len(aliases)
