"""Files of agencies as rows of cells: CSV as spreadsheets write it, and XLSX."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, BinaryIO

from suksala.standards import file43

from .columns import Numbered
from .domain import ListProblem

MOST_BYTES = 64 << 20
MOST_UNPACKED = 512 << 20  # of an XLSX, which is a zip: one that unpacks to more is no list
MOST_ROWS, MOST_COLUMNS = 500_000, 200
_XLSX = b"PK\x03\x04"
_SEPARATORS = ",;\t|"


def rows(source: BinaryIO) -> tuple[list[str], Iterator[Numbered]]:
    """The header of a file and its rows, whichever of the two kinds it is; told apart by how it begins.

    source  seekable. CSV is UTF-8 or TIS-620, separated by comma, semicolon, tab or |; of XLSX the first sheet counts
    Raises ListProblem, file43.FileRefused.
    """
    if source.seek(0, io.SEEK_END) > MOST_BYTES:
        raise _problem(
            f"แฟ้มใหญ่เกิน {MOST_BYTES >> 20} MB แบ่งส่งเป็นหลายแฟ้ม",
            f"the file is larger than {MOST_BYTES >> 20} MB; send it in parts",
            "004",
        )
    source.seek(0)
    is_xlsx = source.read(len(_XLSX)) == _XLSX
    source.seek(0)
    lines = _sheet(source) if is_xlsx else _text(source)
    header = next(lines, (0, []))[1]
    if len(header) > MOST_COLUMNS:
        raise _problem(f"มีคอลัมน์เกิน {MOST_COLUMNS}", f"there are more than {MOST_COLUMNS} columns", "004")
    return header, _numbered(header, lines)


def _numbered(header: Sequence[str], lines: Iterator[tuple[int, list[str]]]) -> Iterator[Numbered]:
    for number, cells in islice(lines, MOST_ROWS):
        yield Numbered(number, dict(zip(header, cells, strict=False)))
    if next(lines, None) is not None:
        raise _problem(
            f"มีแถวเกิน {MOST_ROWS:,} แบ่งส่งเป็นหลายแฟ้ม",
            f"there are more than {MOST_ROWS:,} rows; send them in parts",
            "004",
        )


def _text(source: BinaryIO) -> Iterator[tuple[int, list[str]]]:
    decoded = io.BytesIO()
    file43.transcode(source, decoded)
    decoded.seek(0)
    text = io.TextIOWrapper(decoded, encoding="utf-8", newline="")
    head = text.readline()
    text.seek(0)
    separator = max(_SEPARATORS, key=head.count)
    reader = csv.reader(text, delimiter=separator)
    try:
        for cells in reader:
            yield reader.line_num, cells
    except csv.Error as error:
        raise _problem(
            "อ่าน CSV ไม่ได้ อาจมีเครื่องหมายคำพูดไม่ครบคู่", "this is no CSV that can be read; a quotation mark may be alone"
        ) from error


def _sheet(source: BinaryIO) -> Iterator[tuple[int, list[str]]]:
    import openpyxl  # a quarter of a second to load, for the few that send a workbook

    try:
        _require_small(source)
        book = openpyxl.load_workbook(source, read_only=True, data_only=True, keep_links=False)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # what a program wrote there may be wrong, and rows would be lost
        for number, cells in enumerate(sheet.iter_rows(values_only=True), start=1):
            yield number, [_cell(value) for value in cells]
    except ListProblem:
        raise
    except Exception as error:  # whatever a broken workbook does to the library, its sender hears one sentence
        raise _problem(
            "เปิดแฟ้ม Excel (.xlsx) นี้ไม่ได้ บันทึกใหม่แล้วส่งอีกครั้ง", "this workbook (.xlsx) cannot be opened; save it again"
        ) from error


def _require_small(source: BinaryIO) -> None:
    """By what the directory of the zip says, before anything is unpacked."""
    if sum(part.file_size for part in zipfile.ZipFile(source).infolist()) > MOST_UNPACKED:
        raise _problem("แฟ้ม Excel คลายแล้วใหญ่เกินไป", "the workbook unpacks to too much", "004")
    source.seek(0)


def _cell(value: Any) -> str:
    """A cell as text: numbers without what the spreadsheet added, days with their times."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return value.isoformat(" ") if isinstance(value, datetime) else str(value)


def _problem(th: str, en: str, code: str = "001") -> ListProblem:
    return ListProblem(th, en, code=f"SKL-LST-{code}")
