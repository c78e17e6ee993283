"""A search as SQL: ids first with LIMIT, bodies of the page only, everything through the permit's predicate."""

from __future__ import annotations

from typing import Any, NamedTuple

from suksala.consent import Permit

from .conditions import At, condition, open_rows
from .predicate import Clause
from .query import Query, Sort
from .reads import audited


class Row(NamedTuple):
    """One found resource and what the next page begins after: its values of the order and its number."""

    rtype: int
    rid: str
    body: bytes
    last: tuple[Any, ...]


class Found(NamedTuple):
    """One page: at most `count` rows, whether more follow, and the total where it was asked for."""

    rows: list[Row]
    more: bool
    total: int | None


def run(permit: Permit, query: Query) -> Found:
    """Answer a search; the audit log holds a fact per person on the page before a row is given."""
    at = At(permit, query.rtype)
    where = open_rows(at)
    for test in query.tests:
        where &= condition(at, test)
    detail: dict[str, object] = {"operation": "search", "parameters": sorted({name for name, _ in query.asked})}
    if query.only_count:
        return _count(permit, query, where, detail)
    keys = ", ".join(f"p.k{n}" for n in range(len(query.sort)))
    total = Clause("NULL::bigint")
    if query.total:
        total = Clause(f"(SELECT count(*) FROM resource r WHERE {where.sql})", where.values)
    outer = Clause(
        f"SELECT b.rtype, b.rid, b.body, p.ahead, {total.sql}, {keys}, p.id FROM page p "
        f"JOIN resource b ON b.person = p.person AND b.id = p.id ORDER BY {_order(query.sort)}",
        total.values,
    )
    found = audited(permit, _page(query, where), outer, rtype=query.rtype, detail=detail)
    rows = [Row(rtype, rid, bytes(body), tuple(last)) for rtype, rid, body, _, _, *last in found]
    ahead, counted = found[0][3:5] if found else (0, 0)
    return Found(rows, ahead > query.count, counted if query.total else None)


def _page(query: Query, where: Clause) -> Clause:
    """The ids of a page and whether a row follows. The row ahead is nobody's business: only the page's persons are
    logged as read."""
    if query.cursor:
        where &= _after(query.sort, query.cursor)
    keys = ", ".join(f"r.{key.by} AS k{n}" for n, key in enumerate(query.sort))
    order = ", ".join(f"r.{key.by}{_way(key)}" for key in query.sort) + f", r.id{_way(query.sort[-1])}"
    inner = f"SELECT r.person, r.id, {keys} FROM resource r WHERE {where.sql} ORDER BY {order} LIMIT %s"
    sql = (
        f"SELECT p.* FROM (SELECT q.*, count(*) OVER () AS ahead FROM ({inner}) q) p "
        f"ORDER BY {_order(query.sort)} LIMIT %s"
    )
    return Clause(sql, (*where.values, query.count + 1, query.count))


def _order(sort: tuple[Sort, ...]) -> str:
    keys = [f"p.k{n}{_way(key)}" for n, key in enumerate(sort)]
    return ", ".join([*keys, f"p.id{_way(sort[-1])}"])


def _way(key: Sort) -> str:
    return " DESC" if key.descending else ""


def _after(sort: tuple[Sort, ...], last: tuple[Any, ...]) -> Clause:
    """The rows that follow `last` in the order. Keys of one direction compare as a row, which an index can follow."""
    columns = [*(f"r.{key.by}" for key in sort), "r.id"]
    signs = ["<" if key.descending else ">" for key in (*sort, sort[-1])]
    if len(set(signs)) == 1:
        marks = ", ".join(["%s"] * len(columns))
        return Clause(f"({', '.join(columns)}) {signs[0]} ({marks})", last)
    steps, values = [], []
    for n, column in enumerate(columns):
        same = [f"{before} = %s" for before in columns[:n]]
        steps.append(" AND ".join([*same, f"{column} {signs[n]} %s"]))
        values.extend(last[: n + 1])
    return Clause(f"({' OR '.join(steps)})", tuple(values))


def _count(permit: Permit, query: Query, where: Clause, detail: dict[str, object]) -> Found:
    nobody = Clause("SELECT NULL::bigint AS person WHERE false")
    outer = Clause(f"SELECT count(*) FROM resource r WHERE {where.sql}", where.values)
    found = audited(permit, nobody, outer, rtype=query.rtype, detail={**detail, "operation": "count"})
    return Found([], False, found[0][0])
