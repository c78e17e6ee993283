"""SQL of published figures, and the Parquet files with the rows behind them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

from psycopg.types.json import Jsonb

from suksala.foundation import database, settings

from .domain import FacilityCount, Run

_RUN = "code, version, period, definition_hash, snapshot, as_of, id, identity_event"


def add(run: Run, counts: Iterable[FacilityCount]) -> int | None:
    """Publish a run with the counts of its facilities. Returns its number, or None when it stands already."""
    found = database.rows(
        "INSERT INTO warehouse_run (code, version, period, definition_hash, snapshot, as_of, identity_event) "
        "VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING RETURNING id",
        [run.code, run.version, run.period, run.definition_hash, run.snapshot, run.as_of, run.identity_event],
    )
    if not found:
        return None
    number: int = found[0][0]
    rows = [(number, c.hospcode, Jsonb(dict(c.counts)), Jsonb(dict(c.excluded)), c.contested) for c in counts]
    with database.cursor() as cur:
        cur.executemany(
            "INSERT INTO warehouse_result (run_id, hospcode, counts, excluded, contested) VALUES (%s, %s, %s, %s, %s)",
            rows,
        )
    return number


def times_run(definition_hash: str, period: str, snapshot: str) -> int:
    """How often this very state was published before; it can come back when a merge is undone."""
    return int(
        database.rows(
            "SELECT count(*) FROM warehouse_run "
            "WHERE definition_hash = %s AND period = %s AND split_part(snapshot, '.', 1) = %s",
            [definition_hash, period, snapshot],
        )[0][0]
    )


def newest(code: str, period: str) -> Run | None:
    """The run whose figures are shown for a measure and period."""
    found = database.rows(
        f"SELECT {_RUN} FROM warehouse_run WHERE code = %s AND period = %s ORDER BY id DESC LIMIT 1", [code, period]
    )
    return Run(*found[0]) if found else None


def standing_on(code: str, period: str, moment: datetime) -> Run | None:
    """The newest run from before a moment, else the first one after it."""
    found = database.rows(
        f"SELECT {_RUN} FROM warehouse_run WHERE code = %(code)s AND period = %(period)s "
        "ORDER BY as_of >= %(moment)s, CASE WHEN as_of < %(moment)s THEN -id ELSE id END LIMIT 1",
        {"code": code, "period": period, "moment": moment},
    )
    return Run(*found[0]) if found else None


def newest_of_each_period(code: str) -> list[Run]:
    """The run shown for each period of a measure, oldest period first."""
    found = database.rows(
        f"SELECT DISTINCT ON (period) {_RUN} FROM warehouse_run WHERE code = %s ORDER BY period, id DESC", [code]
    )
    return [Run(*row) for row in found]


def counts(runs: Sequence[int], facilities: Sequence[str] | None = None) -> dict[int, list[FacilityCount]]:
    """The counts of these runs by facility, all or only these facilities."""
    found = database.rows(
        "SELECT run_id, hospcode, counts, excluded, contested FROM warehouse_result "
        "WHERE run_id = ANY(%s) AND (%s::text[] IS NULL OR hospcode = ANY(%s::text[])) ORDER BY run_id, hospcode",
        [list(runs), facilities, facilities],
    )
    result: dict[int, list[FacilityCount]] = {run: [] for run in runs}
    for run, hospcode, numbers, excluded, contested in found:
        result[run].append(FacilityCount(hospcode, numbers, excluded, contested))
    return result


def periods() -> list[str]:
    """Periods with a published figure, oldest first."""
    return [row[0] for row in database.rows("SELECT DISTINCT period FROM warehouse_run ORDER BY period")]


def rows_file(run: int) -> Path:
    """Where the rows behind a run lie, one per human; the folder is closed to other users."""
    folder = settings.current().data_dir / "warehouse"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder / f"{run}.parquet"


def forget_rows_before(code: str, period: str, run: int) -> None:
    """Delete the rows behind older runs of the measure and period; their sums stay."""
    older = database.rows(
        "SELECT id FROM warehouse_run WHERE code = %s AND period = %s AND id < %s", [code, period, run]
    )
    for (number,) in older:
        rows_file(number).unlink(missing_ok=True)
