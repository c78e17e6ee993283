"""Lake rows as the mappings want them: official column names, dates as text, whatever is absent or doubted left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from suksala.standards.file43 import FILES

PLACE = ("_deposit", "_line", "_errs")  # columns of the lake that are not the sender's
BATCH_ROWS = 2000  # some 3 MB of staged resources; small enough that a stopped import repeats little


class LakeRow(NamedTuple):
    """One row with where it stands: deposit number, line in the text file."""

    deposit: int
    line: int
    fields: dict[str, Any]


Rows: TypeAlias = pa.Table | pa.RecordBatchReader | pa.RecordBatch


def batches(rows: Rows, file: str, columns: Sequence[str]) -> Iterator[list[LakeRow]]:
    """The rows in lists of at most BATCH_ROWS."""
    for batch in _record_batches(rows):
        for start in range(0, batch.num_rows, BATCH_ROWS):
            yield _rows(batch.slice(start, BATCH_ROWS), file, columns)


def _record_batches(rows: Rows) -> Iterator[pa.RecordBatch]:
    if isinstance(rows, pa.RecordBatch):
        yield rows
    elif isinstance(rows, pa.Table):
        yield from rows.to_batches(max_chunksize=BATCH_ROWS)
    else:
        yield from rows


def _rows(batch: pa.RecordBatch, file: str, columns: Sequence[str]) -> list[LakeRow]:
    names = [name for name in columns if name in batch.schema.names and name not in PLACE]
    lists = [_texts(batch.column(name)) for name in names]
    deposits = _numbers(batch, "_deposit")
    lines = _numbers(batch, "_line")
    faults = _numbers(batch, "_errs")
    found = []
    for deposit, line, errs, *values in zip(deposits, lines, faults, *lists, strict=True):
        fields = {name: value for name, value in zip(names, values, strict=True) if value is not None and value != ""}
        if errs:
            for name in doubted(file, errs):
                fields.pop(name, None)
        found.append(LakeRow(deposit, line, fields))
    return found


def _numbers(batch: pa.RecordBatch, name: str) -> list[int]:
    if name not in batch.schema.names:
        return [0] * batch.num_rows
    values: list[int] = pc.fill_null(batch.column(name), 0).to_pylist()
    return values


def _texts(column: pa.Array) -> list[Any]:
    if pa.types.is_date(column.type):
        column = column.cast(pa.string())
    elif pa.types.is_timestamp(column.type):
        # Bangkok local time without a zone in the lake; Thailand has had no other offset since 1920.
        column = pc.strftime(column.cast(pa.timestamp("s"), safe=False), "%Y-%m-%dT%H:%M:%S+07:00")
    values: list[Any] = column.to_pylist()
    return values


@lru_cache(maxsize=4096)
def doubted(file: str, errs: int) -> frozenset[str]:
    """Columns whose bit says that the value is faulty, key fields excepted: without those there is no row.

    errs  bit i is field i in the standard's order, from 0
    """
    spec = FILES[file]
    return frozenset(f.column for i, f in enumerate(spec.fields) if errs >> i & 1 and f.name not in spec.key)
