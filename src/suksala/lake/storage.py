"""The Delta log of each lake table: which files hold which facility, replaced in one commit.

DuckDB writes the Parquet file, `deltalake` commits it: nothing is encoded twice, and a reader sees either the old or
the new file of a facility. A reader needs no DuckDB extension: the log is asked for file names.
"""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
from deltalake import DeltaTable
from deltalake.exceptions import CommitFailedError, DeltaError, TableNotFoundError
from deltalake.transaction import AddAction, RemoveAction

from suksala.foundation import settings

from . import domain

ARROW = {
    "VARCHAR": pa.string(),
    "BIGINT": pa.int64(),
    "INTEGER": pa.int32(),
    "DOUBLE": pa.float64(),
    "DATE": pa.date32(),
    "TIMESTAMP": pa.timestamp("us"),
}
COMMIT_ATTEMPTS = 20
CHECKPOINT_EVERY = 50  # commits; keeps reading the log short

_local = threading.local()


def table_path(file: str) -> Path:
    """Where the Delta table of a file lies."""
    return settings.current().data_dir / "lake" / file.lower()


def arrow_schema(file: str) -> pa.Schema:
    """The table's columns as Arrow and Delta know them."""
    fields = [("hospcode", pa.string()), *((c.name, ARROW[c.sql_type]) for c in domain.stored(file))]
    return pa.schema(fields)


def table(file: str, *, fresh: bool = True) -> DeltaTable | None:
    """The table, or None while nobody has sent this file.

    fresh  at its newest version; else as this thread saw it last, which is enough to try a commit
    """
    path = table_path(file)
    known: dict[Path, DeltaTable] = _local.__dict__.setdefault("tables", {})
    found = known.get(path)
    if found is not None:
        if fresh:
            found.update_incremental()
        return found
    if not (path / "_delta_log").is_dir():
        return None
    try:
        found = known[path] = DeltaTable(path)
    except TableNotFoundError:
        return None
    return found


def forget() -> None:
    """Drop the tables opened in this thread (tests that make a new lake)."""
    _local.__dict__.clear()


@contextmanager
def holding(hospcode: str) -> Iterator[None]:
    """Say that nobody else changes this facility's partitions (ingest holds its lock): each is looked up once."""
    _local.held = (hospcode, {})
    try:
        yield
    finally:
        _local.__dict__.pop("held", None)


def files(file: str) -> dict[str, Path]:
    """hospcode -> data file of the present version."""
    found = table(file)
    if found is None:
        return {}
    return {path.parent.name.removeprefix("hospcode="): path for path in map(Path, found.file_uris())}


def present(file: str, hospcode: str) -> Path | None:
    """The facility's data file of the present version; None when it has no row."""
    held = _held(hospcode)
    if held is None:
        return files(file).get(hospcode)
    if file not in held:
        held[file] = files(file).get(hospcode)
    return held[file]


def _held(hospcode: str) -> dict[str, Path | None] | None:
    """What is known of the facility's partitions while this thread holds it."""
    holder, known = getattr(_local, "held", ("", {}))
    return known if holder == hospcode else None


def new_file(file: str, hospcode: str) -> Path:
    """A name nobody uses, inside the facility's partition, for a data file that is about to be written."""
    folder = table_path(file) / f"hospcode={hospcode}"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"part-{uuid.uuid4()}.parquet"


def replace(file: str, hospcode: str, path: Path | None, rows: int) -> None:
    """Make `path` the only data file of a facility (None: the facility has no row left).

    Another facility may commit at the same moment: then the commit is tried again on the newer log. Only one process
    at a time writes one facility (ingest holds its lock), so trying again can lose nothing.
    """
    if table(file, fresh=False) is None:
        _create(file)
    present(
        file, hospcode
    )  # what stands there must be in this thread's view of the log, or it would stay beside the new
    for attempt in range(COMMIT_ATTEMPTS):
        target = table(file, fresh=attempt > 0)
        assert target is not None  # noqa: S101 - made above
        try:
            _commit(target, hospcode, path, rows)
        except CommitFailedError:
            if attempt == COMMIT_ATTEMPTS - 1:
                raise
            time.sleep(0.01 * attempt)
            continue
        held = _held(hospcode)
        if held is not None:
            held[file] = path
        if (int(target.version()) + 1) % CHECKPOINT_EVERY == 0:
            target.update_incremental()
            target.create_checkpoint()
        return
    raise AssertionError("the loop returns or raises")


def _create(file: str) -> None:
    try:
        DeltaTable.create(table_path(file), schema=arrow_schema(file), partition_by=["hospcode"], mode="ignore")
    except DeltaError:
        if table(file) is None:  # else another process was quicker, and its table is ours
            raise


def _commit(target: DeltaTable, hospcode: str, path: Path | None, rows: int) -> None:
    actions: list[AddAction | RemoveAction] = [] if path is None else [_added(hospcode, path, rows)]
    target.create_write_transaction(
        actions,
        mode="overwrite",
        schema=target.schema(),
        partition_by=["hospcode"],
        partition_filters=[("hospcode", "=", hospcode)],
    )


def _added(hospcode: str, path: Path, rows: int) -> AddAction:
    return AddAction(
        path=f"hospcode={hospcode}/{path.name}",
        size=path.stat().st_size,
        partition_values={"hospcode": hospcode},
        modification_time=int(time.time() * 1000),
        data_change=True,
        stats=json.dumps({"numRecords": rows}),
    )


def tidy(file: str, keep_hours: int = 168) -> int:
    """Delete data files that no version younger than `keep_hours` uses. Returns how many."""
    found = table(file)
    return len(found.vacuum(retention_hours=keep_hours, dry_run=False)) if found else 0
