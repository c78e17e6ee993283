"""CSV in either encoding and with any separator, XLSX, and files that are neither."""

from __future__ import annotations

import io
from datetime import datetime
from typing import Any

import pytest

from suksala.lists import ListProblem, files
from suksala.standards.file43 import FileRefused

TEXT = "row,given,phone\n1,มาลี,0812345670\n2,สมชาย,\n"


def rows(content: bytes) -> list[dict[str, str]]:
    header, found = files.rows(io.BytesIO(content))
    assert header[:2] == ["row", "given"]
    return [dict(one.cells) for one in found]


def book(*lines: list[Any]) -> bytes:
    """A workbook with these lines on its first sheet and another sheet behind."""
    import openpyxl

    made = openpyxl.Workbook()
    for cells in lines:
        made.active.append(cells)
    made.create_sheet("อื่น").append(["x"])
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


EXPECTED = [{"row": "1", "given": "มาลี", "phone": "0812345670"}, {"row": "2", "given": "สมชาย", "phone": ""}]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp874"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_csv_of_any_program(encoding: str, separator: str) -> None:
    assert rows(TEXT.replace(",", separator).encode(encoding)) == EXPECTED


def test_a_line_break_in_quotation_marks_stays_in_its_cell_and_lines_are_those_of_the_file() -> None:
    _, found = files.rows(io.BytesIO(b'row,given\n1,"a\nb"\n2,c\n'))
    assert [(one.line, one.cells["given"]) for one in found] == [(3, "a\nb"), (4, "c")]


def test_a_workbook() -> None:
    """Numbers stay as they are read, a moment is written out, other sheets are passed over."""
    at = datetime(2026, 7, 1, 8, 30)  # noqa: DTZ001 - a workbook knows no zones
    content = book(["row", "given", "phone", "at"], [1, "มาลี", 812345670.0, at], [None, None])
    header, found = files.rows(io.BytesIO(content))
    assert header == ["row", "given", "phone", "at"]
    first, empty = list(found)
    assert first == (2, {"row": "1", "given": "มาลี", "phone": "812345670", "at": "2026-07-01 08:30:00"})
    assert not any(empty.cells.values())


def test_a_workbook_that_cannot_be_opened() -> None:
    with pytest.raises(ListProblem) as refused:
        files.rows(io.BytesIO(book(["row", "given"])[:500]))
    assert refused.value.code == "SKL-LST-001"


def test_a_workbook_that_unpacks_to_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refused by what its directory says, before anything is unpacked."""
    monkeypatch.setattr(files, "MOST_UNPACKED", 100)
    with pytest.raises(ListProblem) as refused:
        files.rows(io.BytesIO(book(["row", "given"])))
    assert refused.value.code == "SKL-LST-004"


@pytest.mark.parametrize(("most", "refused"), [(2, False), (1, True)])
def test_too_many_rows(monkeypatch: pytest.MonkeyPatch, most: int, refused: bool) -> None:
    """Both edges; nothing of a list that is too long is to be kept, so the reading ends in the refusal."""
    monkeypatch.setattr(files, "MOST_ROWS", most)
    if not refused:
        assert len(rows(TEXT.encode())) == 2
        return
    with pytest.raises(ListProblem, match="more than 1 rows"):
        rows(TEXT.encode())


def test_too_large_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MOST_BYTES", len(TEXT.encode()) - 1)
    with pytest.raises(ListProblem, match="larger than"):
        files.rows(io.BytesIO(TEXT.encode()))


def test_what_is_no_text_is_refused_as_files_of_deposits_are() -> None:
    with pytest.raises(FileRefused) as refused:
        files.rows(io.BytesIO(TEXT.encode("utf-16")))
    assert refused.value.code == "SKL-FILE-001"


def test_an_empty_file_has_no_header() -> None:
    header, found = files.rows(io.BytesIO(b""))
    assert (header, list(found)) == ([], [])
