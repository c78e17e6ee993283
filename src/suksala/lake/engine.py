"""The DuckDB connection that ingest and the lake share in one thread."""

from __future__ import annotations

import threading
from pathlib import Path

import duckdb

from suksala.foundation import settings

SMALL = 4 << 20  # bytes of text or Parquet up to which one thread is quicker
# Measured in benchmarks/ingest.py: 2 million rows stay under 700 MB of process memory with this.
MEMORY = "420MB"
THREADS = 2

# Level 1 writes 30 % faster than the default 3 and, on rows of the 43 files, 2 % larger; groups of 40,960 rows stay in
# the processor's cache: a tenth less CPU than the default 122,880 on wide files (benchmarks/ingest.py).
# A column with more than 2,000 values in a group gets no dictionary (the default counts to 8,192 before it gives up).
# No Bloom filters: every group of a hospital's rows holds nearly every code, so they would skip nothing.
PARQUET = (
    "(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE 40960, DICTIONARY_SIZE_LIMIT 2000, "
    "WRITE_BLOOM_FILTER false)"
)

_local = threading.local()


def fresh(*, memory: str = MEMORY, threads: int = THREADS) -> duckdb.DuckDBPyConnection:
    """A connection of its own, in memory, that neither loads nor fetches an extension."""
    spill = settings.current().data_dir / "tmp" / "duckdb"
    spill.mkdir(parents=True, exist_ok=True)
    return duckdb.connect(
        config={
            "threads": threads,
            "memory_limit": memory,
            "temp_directory": str(spill),
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "preserve_insertion_order": True,
        }
    )


def session(*, small: bool = False) -> duckdb.DuckDBPyConnection:
    """This thread's connection, made at the first use and kept: making one costs more than a small file.

    small  another one that runs in the calling thread alone and takes statements as they are written: for small files
           waking a second thread costs a fifth, and optimising the many rules of a row costs more than running them
    """
    name = "small" if small else "large"
    found: duckdb.DuckDBPyConnection | None = getattr(_local, name, None)
    if found is None:
        found = fresh(threads=1 if small else THREADS)
        if small:
            found.execute("PRAGMA disable_optimizer").fetchall()
        setattr(_local, name, found)
    return found


def quoted(text: str | Path) -> str:
    """A text as an SQL literal."""
    return "'" + str(text).replace("'", "''") + "'"


def parquet(*paths: str | Path, rows: bool = False) -> str:
    """The FROM item that reads these Parquet files; with `rows`, also the column file_row_number."""
    listed = ", ".join(quoted(p) for p in paths)
    return f"read_parquet([{listed}], hive_partitioning=false, file_row_number={str(rows).lower()})"
