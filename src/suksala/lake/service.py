"""The use cases of the lake: merge what was accepted, read it, name its state, rebuild a part of it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from suksala.standards.file43 import FILES

from . import domain, engine, storage, withdrawals
from .merging import Merger, names

CORRECTIONS = "DATA_CORRECT"
BATCH_ROWS = 65_536


def merge(
    file: str,
    hospcode: str,
    staged: Path,
    deposit: int,
    exported_at: datetime | None = None,
    *,
    first_line: int = 2,
    corrections: Sequence[withdrawals.Withdrawal] | None = None,
) -> domain.Merge:
    """Merge the accepted rows of one staged file into the facility's partition, in one atomic step.

    Merging the same rows again changes nothing, so a crash is answered by doing it once more.
    The caller holds the facility's lock: two merges of one facility at a time would lose one of them.

    corrections  the facility's corrections, where the caller has read them already (`corrections_of`)
    """
    source = domain.Staged(staged, deposit, exported_at, first_line)
    known = corrections_of(hospcode) if corrections is None else corrections
    present = storage.present(file, hospcode)
    small = staged.stat().st_size + (present.stat().st_size if present else 0) < engine.SMALL
    return _merge(Merger(engine.session(small=small), file, hospcode, present, (source,)), known)


def rebuild(file: str, hospcode: str, staged: Sequence[domain.Staged]) -> domain.Merge:
    """Make the partition anew from these staged files alone, as if no other deposit had ever come."""
    return _merge(Merger(engine.session(), file, hospcode, None, tuple(staged)), corrections_of(hospcode), anew=True)


def rewithdraw(file: str, hospcode: str) -> domain.Merge:
    """Apply the facility's corrections to rows that are already in the lake (a DATA_CORRECT came later)."""
    merger = Merger(engine.session(), file, hospcode, storage.present(file, hospcode), ())
    return _merge(merger, corrections_of(hospcode))


def _merge(merger: Merger, known: Sequence[withdrawals.Withdrawal], *, anew: bool = False) -> domain.Merge:
    corrections = [w for w in known if w.file == merger.file]
    if merger.present is None and not corrections and merger.sources:
        rows = merger.first_load()
        if rows is not None:
            _put(merger, rows, merger.write_all)
            return domain.Merge(rows, rows)
    decision = merger.decide(corrections)
    counts = decision.counts
    new, replaced, withdrawn = counts.get("i", 0), counts.get("r", 0), counts.get("w", 0)
    rows = merger.rows_present() + new - withdrawn
    if anew or new or replaced or withdrawn or counts.get("b"):
        _put(merger, rows, merger.write)
    same = counts.get("s", 0) + counts.get("b", 0)
    return domain.Merge(rows, new + replaced, withdrawn, same, counts.get("k", 0), decision.duplicates)


def _put(merger: Merger, rows: int, write: Callable[[Path], None]) -> None:
    """Write the new data file and make it the partition; a facility without rows has no file."""
    if rows == 0:
        if storage.present(merger.file, merger.hospcode):
            storage.replace(merger.file, merger.hospcode, None, 0)
        return
    target = storage.new_file(merger.file, merger.hospcode)
    write(target)
    storage.replace(merger.file, merger.hospcode, target, rows)


def corrections_of(hospcode: str) -> list[withdrawals.Withdrawal]:
    """Every usable correction that this facility has sent."""
    path = storage.present(CORRECTIONS, hospcode)
    if path is None:
        return []
    found = engine.session().execute(f"SELECT tablename, data_correct, d_update FROM {engine.parquet(path)}").fetchall()
    parsed = (withdrawals.parse(str(t), str(body), until) for t, body, until in found)
    return [w for w in parsed if w]


def rows(
    file: str,
    hospcode: str,
    deposit: int | None = None,
    pids: Collection[str] | None = None,
    columns: Sequence[str] | None = None,
) -> pa.RecordBatchReader:
    """Rows of one facility's partition as Arrow batches, HOSPCODE included.

    deposit  only rows that this deposit brought and that still win
    pids     only rows of these PIDs
    columns  only these columns
    """
    schema = storage.arrow_schema(file)
    wanted = columns or schema.names
    path = storage.present(file, hospcode)
    if path is None:
        return pa.RecordBatchReader.from_batches(pa.schema([schema.field(name) for name in wanted]), [])
    condition = None if deposit is None else ds.field("_deposit") == deposit
    if pids is not None:
        among = ds.field("pid").isin(pa.array(sorted(pids), pa.string()))
        condition = among if condition is None else condition & among
    chosen = {name: pc.scalar(hospcode) if name == "hospcode" else ds.field(name) for name in wanted}
    scanner = ds.dataset(path, format="parquet").scanner(
        columns=chosen, filter=condition, batch_size=BATCH_ROWS, batch_readahead=2, use_threads=False
    )
    found: pa.RecordBatchReader = scanner.to_reader()
    return found


def orphans(
    hospcode: str, staged: Mapping[str, domain.Staged], samples: int = 5
) -> dict[str, tuple[int, list[tuple[int, str]]]]:
    """By file: how many accepted rows have a PID without a PERSON row of the facility, and (line, PID) of the first.

    staged  file -> its staged rows; files without a PID do not belong here
    """
    if not staged:
        return {}
    parts = [
        f"SELECT {engine.quoted(file)} AS file, file_row_number + {source.first_line} AS line, pid "
        f"FROM {engine.parquet(source.path, rows=True)} WHERE NOT _refused"
        for file, source in staged.items()
    ]
    persons = storage.present("PERSON", hospcode)
    known = f"SELECT pid FROM {engine.parquet(persons)}" if persons else "SELECT NULL::VARCHAR WHERE false"
    found = (
        engine.session()
        .execute(
            f"SELECT file, count(*), min_by({{'l': line, 'p': pid}}, line, {samples}) "
            f"FROM ({' UNION ALL '.join(parts)}) WHERE pid NOT IN ({known}) GROUP BY file"
        )
        .fetchall()
    )
    return {file: (int(count), [(s["l"], s["p"]) for s in first]) for file, count, first in found}


def connect(files: Collection[str] | None = None) -> duckdb.DuckDBPyConnection:
    """A DuckDB connection with one view per file (lower-case names), all of one moment; close it after use."""
    con = engine.fresh()
    for file in files or FILES:
        con.execute(f'CREATE VIEW "{file.lower()}" AS {_view(file)}').fetchall()
    return con


def _view(file: str) -> str:
    """One scan over all facilities: HOSPCODE comes from the folder name, as text. Typed and empty without a row."""
    found = storage.files(file)
    if not found:
        empty = ", ".join(f'NULL::{c.sql_type} AS "{c.name}"' for c in domain.stored(file))
        return f"SELECT NULL::VARCHAR AS hospcode, {empty} WHERE false"
    paths = ", ".join(engine.quoted(found[code]) for code in sorted(found))
    stored = names([c.name for c in domain.stored(file)])
    scan = f"read_parquet([{paths}], hive_partitioning=true, hive_types={{'hospcode': VARCHAR}})"
    return f"SELECT hospcode, {stored} FROM {scan}"


def snapshot(files: Collection[str] | None = None) -> domain.Snapshot:
    """Name the present state: equal ids mean equal data. Only tables that exist count."""
    versions = {}
    for file in sorted(files or FILES):
        found = storage.table(file)
        if found is not None:
            versions[file] = int(found.version())
    text = " ".join(f"{file}={version}" for file, version in versions.items())
    return domain.Snapshot(hashlib.blake2b(text.encode(), digest_size=8).hexdigest(), versions)
