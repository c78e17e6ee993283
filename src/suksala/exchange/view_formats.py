"""Rows of a view as JSON, NDJSON, CSV or Parquet, written as they come: never all of them in memory.

Source: SQL on FHIR v2, ViewDefinition $run; OWASP on formulas in CSV; decision 0070.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from decimal import Context, Decimal, Inexact, InvalidOperation
from typing import IO, Any, Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from suksala.standards import fhir

from . import exact

Column = fhir.views.Column
Row = tuple[Any, ...]
MEDIA = {
    "json": "application/json",
    "ndjson": "application/x-ndjson",
    "csv": "text/csv; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
}
BATCH = 5000  # rows written at a time
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_WHOLE = frozenset({"integer", "positiveInt", "unsignedInt", "integer64"})
_SCALE = 12  # digits after the point of a decimal in Parquet; 26 stand before it
_FITTING = Context(prec=38, traps=[Inexact, InvalidOperation])


class Writer(Protocol):
    """Writes rows to a file."""

    def rows(self, rows: Sequence[Row]) -> None:
        """The next rows."""

    def end(self) -> None:
        """There are no more."""


class _Lines:
    """NDJSON, an object a line."""

    def __init__(self, out: IO[bytes], columns: Sequence[Column]) -> None:
        self.out = out
        self.names = [column.name for column in columns]

    def rows(self, rows: Sequence[Row]) -> None:
        for row in rows:
            self.out.write(self.printed(row) + b"\n")

    def printed(self, row: Row) -> bytes:
        return exact.dumps(dict(zip(self.names, row, strict=True)))

    def end(self) -> None:
        """Nothing follows the last line."""


class _Array(_Lines):
    """JSON, one array of objects."""

    mark = b"["

    def rows(self, rows: Sequence[Row]) -> None:
        for row in rows:
            self.out.write(self.mark + self.printed(row))
            self.mark = b",\n"

    def end(self) -> None:
        self.out.write(b"]" if self.mark != b"[" else b"[]")


class _Csv:
    """CSV, UTF-8, with a line of names unless it is not wanted."""

    def __init__(self, out: IO[bytes], columns: Sequence[Column], *, header: bool) -> None:
        self.text = io.TextIOWrapper(out, "utf-8", newline="", write_through=True)
        self.writer = csv.writer(self.text)
        if header:
            self.writer.writerow([column.name for column in columns])

    def rows(self, rows: Sequence[Row]) -> None:
        self.writer.writerows([_shown(cell) for cell in row] for row in rows)

    def end(self) -> None:
        self.text.detach()


def _shown(cell: Any) -> Any:
    """A cell of CSV: a text that a spreadsheet would compute begins with a quote; a list is told as JSON."""
    if isinstance(cell, str):
        return "'" + cell if cell.startswith(_FORMULA) else cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return exact.dumps(cell).decode() if isinstance(cell, list) else cell


class _Parquet:
    """Parquet, typed as the view says; a column without a type is text."""

    def __init__(self, out: IO[bytes], columns: Sequence[Column]) -> None:
        self.columns = columns
        self.schema = pa.schema([(column.name, _arrow(column)) for column in columns])
        self.writer = pq.ParquetWriter(out, self.schema, compression="zstd")

    def rows(self, rows: Sequence[Row]) -> None:
        if rows:
            arrays = [_array(column, [row[place] for row in rows]) for place, column in enumerate(self.columns)]
            self.writer.write_table(pa.Table.from_arrays(arrays, schema=self.schema))

    def end(self) -> None:
        self.writer.close()


def _arrow(column: Column) -> Any:
    kind = pa.string()
    if column.type == "boolean":
        kind = pa.bool_()
    elif column.type in _WHOLE:
        kind = pa.int64()
    elif column.type == "decimal":
        kind = pa.decimal128(38, _SCALE)
    return pa.list_(kind) if column.collection else kind


def _array(column: Column, cells: list[Any]) -> Any:
    fit = _fitted(column)
    fitted = [[fit(one) for one in cell] if column.collection else fit(cell) for cell in cells]
    try:
        return pa.array(fitted, _arrow(column))
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError) as error:
        raise _unfit(column) from error


def _fitted(column: Column) -> Callable[[Any], Any]:
    if column.type == "decimal":
        return lambda cell: None if cell is None else _decimal(column, cell)
    if column.type == "boolean" or column.type in _WHOLE:
        wanted = bool if column.type == "boolean" else int
        return lambda cell: cell if cell is None or type(cell) is wanted else _refuse(column)
    return lambda cell: cell if cell is None or isinstance(cell, str) else exact.dumps(cell).decode()


def _decimal(column: Column, cell: Any) -> Decimal:
    if isinstance(cell, bool) or not isinstance(cell, (int, Decimal)):
        raise _unfit(column)
    try:
        return Decimal(cell).quantize(Decimal(1).scaleb(-_SCALE), context=_FITTING)
    except (Inexact, InvalidOperation) as error:
        raise _unfit(column) from error


def _refuse(column: Column) -> Any:
    raise _unfit(column)


def _unfit(column: Column) -> fhir.views.ViewProblem:
    return fhir.views.ViewProblem(
        f"คอลัมน์ {column.name}: มีค่าที่ไม่ใช่ชนิด {column.type[:64]}",
        f"column {column.name}: a value is not of the type {column.type[:64]}",
    )


def writer(kind: str, out: IO[bytes], columns: Iterable[Column], *, header: bool = True) -> Writer:
    """What writes rows of these columns in a format of MEDIA."""
    listed = tuple(columns)
    if kind == "csv":
        return _Csv(out, listed, header=header)
    if kind == "parquet":
        return _Parquet(out, listed)
    return _Lines(out, listed) if kind == "ndjson" else _Array(out, listed)
