"""SQL of the log."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any

from psycopg.types.json import Jsonb

from suksala.foundation import clock, database

from . import origin
from .domain import Fact, Veil

COLUMNS = "at, kind, actor, purpose, person, facility, rtype, rid, detail, origin"
_CASTS = "%s::timestamptz, %s::text, %s::text, %s::text, %s::bigint, %s::text, %s::text, %s::text, %s::jsonb, %s::text"
_SELECT = f"SELECT {COLUMNS}, seq FROM audit"
_INSERT = f"INSERT INTO audit ({COLUMNS}) VALUES ({_CASTS})"

DURABLE_CTE = f"WITH audited AS (INSERT INTO audit ({COLUMNS}) SELECT {_CASTS} RETURNING 1) "
"""Begins a statement that keeps a fact and reads: DURABLE_CTE + 'SELECT ...'; its ten values: `read_values`."""

READ_CTE = (
    f"WITH audited AS (INSERT INTO audit ({COLUMNS}) SELECT {_CASTS} "
    "FROM set_config('synchronous_commit', 'off', true) RETURNING 1) "
)
"""As DURABLE_CTE, but its commit does not wait for the disk (measured 5,383 reads/s against 3,035; a power cut loses at
most 0.6 s of read facts, a crash of the process none). Only for a read that is its own transaction: inside a larger one
the setting would reach the other statements' commit too; use DURABLE_CTE there."""


_PAGE = (
    f"audited AS (INSERT INTO audit ({COLUMNS}) SELECT %s::timestamptz, %s::text, %s::text, %s::text, "
    "nullif(p.person, 0), %s::text, %s::text, %s::text, %s::jsonb, %s::text "
    "FROM {setting} LEFT JOIN {persons} p ON true) "
)
_SETTINGS = {False: "set_config('synchronous_commit', 'off', true)", True: "(SELECT 1) AS setting"}
_PERSONS = {False: "(SELECT DISTINCT person FROM page)", True: "page"}
_PAGES = {
    (durable, one_row): _PAGE.format(setting=setting, persons=persons)
    for durable, setting in _SETTINGS.items()
    for one_row, persons in _PERSONS.items()
}


def page_cte(*, durable: bool, one_row: bool) -> str:
    """For a read that only itself finds its persons: WITH page AS (SELECT person ...), then this, SELECT ... FROM page.

    One fact per person on the page, so that each can see it; one without person when the page is empty. Its nine values
    come from `page_values`.

    durable  the commit waits for the disk, as it must inside a larger transaction (see READ_CTE)
    one_row  the page has one row at most: nobody need look for those who stand on it twice
    """
    return _PAGES[durable, one_row]


def page_values(actor: str, *, kind: str = "read", **about: Any) -> list[Any]:
    """The nine values that `page_cte` expects after those of the page; `about` as for `read_values`, without person."""
    values = read_values(actor, kind=kind, **about)
    return values[:4] + values[5:]


def read_values(
    actor: str,
    *,
    kind: str = "read",
    purpose: str | None = None,
    person: int | None = None,
    facility: str | None = None,
    rtype: str | None = None,
    rid: str | None = None,
    detail: dict[str, Any] | None = None,
) -> list[Any]:
    """The ten values that READ_CTE and DURABLE_CTE expect, before those of the SELECT that follows."""
    told = Jsonb(detail) if detail else None
    return [clock.now(), kind, actor, purpose, person, facility, rtype, rid, told, origin.address()]


def insert(fact: Fact) -> None:
    """Keep one fact."""
    database.rows(_INSERT, _row(fact))


def _row(f: Fact) -> list[Any]:
    """The values of `COLUMNS`."""
    detail = Jsonb(dict(f.detail)) if f.detail else None
    came_from = f.origin or origin.address()
    return [f.at, f.kind, f.actor, f.purpose, f.person, f.facility, f.rtype, f.rid, detail, came_from]


def insert_all(facts: Sequence[Fact]) -> int:
    """Keep many facts in one COPY; one by a prepared statement, which costs two thirds of that."""
    if len(facts) == 1:
        insert(facts[0])
        return 1
    with database.cursor() as cur:
        return _copy(cur, "audit", facts)


def insert_once(facts: Iterable[Fact]) -> int:
    """Keep those of many facts that do not stand in the log yet."""
    with database.cursor() as cur:
        cur.execute("DROP TABLE IF EXISTS audit_incoming")
        cur.execute(f"CREATE TEMP TABLE audit_incoming ON COMMIT DROP AS SELECT {COLUMNS} FROM audit WITH NO DATA")
        _copy(cur, "audit_incoming", facts)
    return database.execute(
        f"INSERT INTO audit ({COLUMNS}) SELECT {COLUMNS} FROM (SELECT DISTINCT * FROM audit_incoming) i {_NOT_YET}"
    )


def _copy(cur: Any, table: str, facts: Iterable[Fact]) -> int:
    with cur.copy(f"COPY {table} ({COLUMNS}) FROM STDIN") as copy:
        for fact in facts:
            copy.write_row(_row(fact))
    return int(cur.rowcount)


# The kind index finds the month's facts of one kind; IS NOT DISTINCT FROM because person and facility may be NULL.
_NOT_YET = """
WHERE NOT EXISTS (
    SELECT FROM audit a
    WHERE a.kind = i.kind AND a.at = i.at AND a.actor = i.actor AND a.person IS NOT DISTINCT FROM i.person
      AND a.facility IS NOT DISTINCT FROM i.facility AND a.detail IS NOT DISTINCT FROM i.detail)"""


def ensure_months(first: date, last: date) -> Sequence[date]:
    """Make the partitions from the month of `first` to that of `last`; returns the months left in the default one."""
    found = database.rows(
        "SELECT m::date, audit_ensure_month(m::date) "
        "FROM generate_series(date_trunc('month', %s::date::timestamp), %s::date::timestamp, interval '1 month') m",
        [first, last],
    )
    return [month for month, made in found if not made]


def select(kind: str, since: datetime | None, until: datetime | None) -> Iterator[Fact]:
    """Facts of one kind in [since, until), oldest first."""
    bounds = "at >= coalesce(%s::timestamptz, '-infinity') AND at < coalesce(%s::timestamptz, 'infinity')"
    sql = f"{_SELECT} WHERE kind = %s AND {bounds} ORDER BY at, seq"
    for row in database.rows(sql, [kind, since, until]):
        yield fact_of_row(row)


def unveiling(veils: Sequence[Veil], alias: str = "audit") -> tuple[str, list[Any]]:
    """A test that a fact passes which none of the veils covers, and its values."""
    tests, values = ["true"], list[Any]()
    for veil in veils:
        tests.append(
            f"({alias}.detail->>'grant' = %s OR ({alias}.detail->>'grant' IS NULL AND {alias}.actor = %s "
            f"AND {alias}.purpose = %s AND {alias}.at >= %s AND {alias}.at < %s)) IS NOT TRUE"
        )
        values += [veil.matter, veil.actor, veil.purpose, veil.since, veil.until]
    return " AND ".join(tests), values


def fact_of_row(row: Sequence[Any]) -> Fact:
    """A fact from its columns, `seq` last."""
    at, kind, actor, purpose, person, facility, rtype, rid, detail, came_from, seq = row
    return Fact(at, kind, actor, purpose, person, facility, detail or {}, rtype, rid, seq, came_from)
