"""SQL of weighing many: what stood when a run began, what it weighed, and the difference to the edges that hold.

Both lie in temporary tables of this session, so a run that is killed leaves nothing but the pieces it finished.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence

import pyarrow as pa
import pyarrow.compute
import pyarrow.csv

from suksala.foundation import clock, database

from .arrays import column, ints
from .matching.bulk import KEYS

_BYTES = 1 << 24  # of keys that are read together
_COLUMNS = "person, other, model, weight, levels, rarities, veto, newborn"
_SAME = (
    "(f.model, f.levels, f.veto, f.newborn) = (e.model, e.levels, e.veto, e.newborn) "
    "AND abs(f.weight - e.weight) < 1e-9"
)


def begin() -> None:
    """Remember what every registration says now: a pair is kept only if both still say so when it is written."""
    end()
    database.execute("CREATE TEMP TABLE seen AS SELECT person, content FROM identity_demographics")
    database.execute("CREATE INDEX ON seen (person)")
    database.execute(f"CREATE TEMP TABLE weighed AS SELECT {_COLUMNS} FROM identity_edge WITH NO DATA")
    database.execute("ANALYZE seen")


def end() -> None:
    """Forget it."""
    database.execute("DROP TABLE IF EXISTS pg_temp.seen, pg_temp.weighed")


def keys(*, of_waiting: bool) -> Iterator[pa.Table]:
    """Blocking keys with all who hold them: every one, or those that a waiting registration holds."""
    waiting = " WHERE key IN (SELECT key FROM identity_block_key JOIN identity_waiting USING (person))"
    sql = f"COPY (SELECT key, person FROM identity_block_key{waiting if of_waiting else ''}) TO STDOUT (FORMAT csv)"
    held = bytearray()
    with database.cursor() as cur, cur.copy(sql) as copy:
        for part in copy:
            held += part
            if len(held) >= _BYTES:  # each part ends with its line
                yield _keys(held)
                held.clear()
    if held:
        yield _keys(held)


def _keys(lines: bytearray) -> pa.Table:
    read = pyarrow.csv.ReadOptions(column_names=KEYS.names)
    types = pyarrow.csv.ConvertOptions(column_types=KEYS)
    return pyarrow.csv.read_csv(io.BytesIO(lines), read_options=read, convert_options=types)


def keep(edges: pa.Table) -> None:
    """Remember what was weighed."""
    written = io.BytesIO()
    columns = {
        name: _text(edges[name]) if pa.types.is_list(edges[name].type) else edges[name] for name in edges.column_names
    }
    options = pyarrow.csv.WriteOptions(include_header=False, quoting_style="needed")
    pyarrow.csv.write_csv(pa.table(columns), written, options)
    with (
        database.cursor() as cur,
        cur.copy(f"COPY weighed ({_COLUMNS}) FROM STDIN (FORMAT csv, FORCE_NOT_NULL (veto))") as copy,
    ):
        copy.write(written.getvalue())


def _text(lists: pa.ChunkedArray) -> pa.Array:
    """PostgreSQL's words for arrays; a number in as many digits as tell it from every other."""
    told = pa.compute.binary_join(lists.cast(pa.list_(pa.string())), ",")
    return pa.compute.binary_join_element_wise("{", told, "}", "")


def kept() -> None:
    """Everything was weighed: make it quick to look up."""
    database.execute("CREATE INDEX ON weighed (person)")
    database.execute("CREATE INDEX ON weighed (other)")
    database.execute("ANALYZE weighed")


def changed_since(persons: Sequence[int]) -> list[int]:
    """Of these, and of all they have or had an edge with, those who say something else than when the run began."""
    return column(
        "WITH given AS (SELECT unnest(%s::bigint[]) AS person), ends AS (SELECT person FROM given "
        "UNION SELECT w.other FROM weighed w JOIN given USING (person) "
        "UNION SELECT w.person FROM weighed w JOIN given g ON g.person = w.other "
        "UNION SELECT e.other FROM identity_edge e JOIN given USING (person) WHERE until IS NULL "
        "UNION SELECT e.person FROM identity_edge e JOIN given g ON g.person = e.other WHERE until IS NULL) "
        "SELECT person FROM ends LEFT JOIN seen s USING (person) LEFT JOIN identity_demographics d USING (person) "
        "WHERE s.content IS DISTINCT FROM d.content",
        [ints(persons)],
    )


def replace(persons: Sequence[int], changed: Sequence[int]) -> set[int]:
    """Make the open edges of these persons what was weighed, but for those of whoever changed since: they were weighed
    when they did. An edge that says the same stays. Returns the persons at both ends of those that were closed.
    """
    values = {"persons": ints(persons), "changed": ints(changed), "now": clock.now()}
    database.execute(
        f"CREATE TEMP TABLE fresh ON COMMIT DROP AS SELECT {_COLUMNS} FROM weighed "
        "WHERE (person = ANY(%(persons)s::bigint[]) OR other = ANY(%(persons)s::bigint[])) "
        "AND person <> ALL(%(changed)s::bigint[]) AND other <> ALL(%(changed)s::bigint[])",
        values,
    )
    closed = database.rows(
        "UPDATE identity_edge e SET until = %(now)s WHERE until IS NULL "
        "AND (person = ANY(%(persons)s::bigint[]) OR other = ANY(%(persons)s::bigint[])) "
        "AND person <> ALL(%(changed)s::bigint[]) AND other <> ALL(%(changed)s::bigint[]) "
        f"AND NOT EXISTS (SELECT FROM fresh f WHERE f.person = e.person AND f.other = e.other AND {_SAME}) "
        "RETURNING person, other",
        values,
    )
    database.execute(
        f"INSERT INTO identity_edge ({_COLUMNS}, seq, since) SELECT {_COLUMNS}, "
        "nextval(pg_get_serial_sequence('identity_event', 'seq')), %(now)s FROM fresh f WHERE NOT EXISTS "
        "(SELECT FROM identity_edge e WHERE e.until IS NULL AND e.person = f.person AND e.other = f.other)",
        values,
    )
    database.execute("DROP TABLE fresh")
    return {person for both in closed for person in both}
