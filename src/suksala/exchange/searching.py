"""A search as SQL: ids first with LIMIT, bodies of the page only, everything through the permit's predicate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from suksala.consent import Permit
from suksala.foundation import database

from . import common, ordering, rare, tokens, usage
from .at import At, ends, open_among, open_rows
from .conditions import condition
from .domain import NUMBER, SearchProblem
from .filters import is_costly
from .guessing import is_one_number, people_asked_for
from .includes import Include
from .ordering import Key
from .predicate import Clause
from .query import Query
from .reads import audited

MOST_INCLUDED = 1000  # resources that one page brings along
MOST_MILLISECONDS = 20_000  # of a search that may have to look at much more than it finds


class Row(NamedTuple):
    """One found resource and what the next page begins after: its values of the order and its number."""

    rtype: int
    rid: str
    body: bytes
    last: tuple[Any, ...]


class Found(NamedTuple):
    """One page: at most `count` rows, whether more follow, and the total where it was asked for.

    included  what came along with them
    cut       more would have come along than is served
    """

    rows: list[Row]
    more: bool
    total: int | None
    included: Sequence[Row] = ()
    cut: bool = False


def run(permit: Permit, query: Query) -> Found:
    """Answer a search; the audit log holds a fact per person on the page before a row is given.

    Raises SearchProblem for one that takes too long: nothing was read, nothing is logged; signin.OverBudget.
    """
    if not usage.counts_people(permit):
        return _bounded(permit, query)
    with usage.asking(people_asked_for(query), one_number=is_one_number(query)):
        return _bounded(permit, query)


def _bounded(permit: Permit, query: Query) -> Found:
    """Within the time that a search may take."""
    if not (query.is_costly or any(is_costly(test) for test in query.tests)):
        return _run(permit, query)
    try:
        with database.time_limit(MOST_MILLISECONDS):
            return _run(permit, query)
    except database.TookTooLong as error:
        raise SearchProblem(
            f"ค้นนานเกิน {MOST_MILLISECONDS // 1000} วินาที จำกัดให้แคบลงด้วยผู้ป่วย รหัส หรือวันที่",
            f"the search took more than {MOST_MILLISECONDS // 1000} s; narrow it by patient, code or date",
            issue="too-costly",
        ) from error


def _run(permit: Permit, query: Query) -> Found:
    at = At(permit, query.rtype, among=query.among)
    where = open_rows(at)
    for test in query.tests:
        one = condition(at._replace(row_by_row=common.is_common(at, test)), test)
        where &= one.unindexed() if rare.is_number(test, at) else one  # the ranges say when to follow its index
    rows = _rows(where, rare.ranges(at, query.tests))
    detail: dict[str, object] = {"operation": "search", "parameters": sorted({name for name, _ in query.asked})}
    if query.only_count:
        return _count(permit, query, rows, detail)
    keys = ordering.keys(at, query.sort)
    page = _page(query, rows, keys)
    if query.includes:
        page = _with_included(permit, query, page)
    found = audited(permit, page, _bodies(query, rows, keys), rtype=query.type_asked, detail=detail, own_plan=True)
    matches = [row for row in found if not row[0]]
    brought = [row for row in found if row[0]]
    ahead, counted = matches[0][1:3] if matches else (0, 0)
    return Found(
        [_row(row) for row in matches],
        ahead > query.count,
        counted if query.total else None,
        [_row(row) for row in brought],
        bool(brought) and brought[0][1] > MOST_INCLUDED,
    )


def _row(found: tuple[Any, ...]) -> Row:
    _, _, _, rtype, rid, body, *last = found
    return Row(rtype, rid, bytes(body), tuple(last))


def _rows(where: Clause, ranges: Sequence[Clause] | None) -> Clause:
    """The rows that pass, as a table `r`.

    ranges  where few rows are, if somewhere: those are read first and put in order then, not the other way round
    """
    if ranges is None:
        return Clause(f"resource r WHERE {where.sql}", where.values)
    if not ranges:
        return Clause("resource r WHERE false")
    parts = [where & one for one in ranges]
    union = " UNION ALL ".join(f"SELECT r.* FROM resource r WHERE {part.sql}" for part in parts)
    return Clause(f"({union} OFFSET 0) r WHERE true", tuple(value for part in parts for value in part.values))


def _bodies(query: Query, rows: Clause, keys: Sequence[Key]) -> Clause:
    """What the page's ids stand for: brought along or not, rows ahead, total, type, id, body, and the place in the
    order."""
    total = Clause("NULL::bigint")
    if query.total:
        total = Clause(f"(SELECT count(*) FROM {rows.sql})", rows.values)
    return Clause(
        f"SELECT p.brought, p.ahead, {total.sql}, b.rtype, b.rid, b.body, {', '.join(_keys('p', query))}, p.id "
        "FROM page p JOIN resource b ON b.person = p.person AND b.id = p.id "
        f"ORDER BY p.brought, {ordering.order(keys, _keys('p', query), 'p.id')}",
        total.values,
    )


def _keys(alias: str, query: Query) -> list[str]:
    return [f"{alias}.k{n}" for n in range(len(query.sort))]


def _page(query: Query, rows: Clause, keys: Sequence[Key]) -> Clause:
    """The ids of a page and whether a row follows. The row ahead is nobody's business: only the page's persons are
    logged as read.
    """
    if not all(key.plain for key in keys):
        rows = _worked_out(rows, keys)
    if query.cursor:
        rows &= ordering.after(keys, query.cursor)
    columns = [ordering.column(key, n) for n, key in enumerate(keys)]
    listed = ", ".join(f"{name} AS k{n}" for n, name in enumerate(columns))
    order = ordering.order(keys, columns, "r.id")
    inner = f"SELECT r.person, r.id, {listed} FROM {rows.sql} ORDER BY {order} LIMIT %s"
    sql = (
        f"SELECT p.*, false AS brought FROM (SELECT q.*, count(*) OVER () AS ahead FROM ({inner}) q) p "
        f"ORDER BY {ordering.order(keys, _keys('p', query), 'p.id')} LIMIT %s"
    )
    return Clause(sql, (*rows.values, query.count + 1, query.count))


def _worked_out(rows: Clause, keys: Sequence[Key]) -> Clause:
    """The rows with the keys of the order that are no columns."""
    made = [(n, key.sql) for n, key in enumerate(keys) if not key.plain]
    listed = ", ".join(f"{sql.sql} AS k{n}" for n, sql in made)
    values = tuple(value for _, sql in made for value in sql.values)
    return Clause(f"(SELECT r.*, {listed} FROM {rows.sql} OFFSET 0) r WHERE true", values + rows.values)


def _with_included(permit: Permit, query: Query, page: Clause) -> Clause:
    """The page and what it brings along, each row once: the steps are taken from the matches, those that go on also
    from what came along, row by row until nothing new comes or the limit is reached.
    """
    steps = [_step(permit, include) for include in query.includes]
    taken = " UNION ALL ".join(f"({step.sql})" for step in steps)
    nothing = ", ".join(["NULL"] * len(query.sort))
    sql = (
        f"WITH RECURSIVE match AS MATERIALIZED ({page.sql}), found AS ("
        "SELECT b.person, b.id, b.rtype, b.rid, b.org, b.enc, true AS first "
        "FROM match m JOIN resource b ON b.person = m.person AND b.id = m.id "
        "UNION SELECT s.person, s.id, s.rtype, s.rid, s.org, s.enc, false "
        f"FROM found f CROSS JOIN LATERAL ({taken}) s) "
        f"SELECT m.person, m.id, {', '.join(_keys('m', query))}, m.ahead, m.brought FROM match m "
        f"UNION ALL (SELECT w.person, w.id, {nothing}, w.ahead, true FROM ("
        "SELECT v.*, count(*) OVER () AS ahead FROM (SELECT f.person, f.id FROM found f WHERE NOT f.first "
        "AND (f.person, f.id) NOT IN (SELECT m.person, m.id FROM match m) LIMIT %s) v) w LIMIT %s)"
    )
    values = [value for step in steps for value in step.values]
    return Clause(sql, (*page.values, *values, MOST_INCLUDED + 1, MOST_INCLUDED))


def _step(permit: Permit, include: Include) -> Clause:
    """The rows at the other end of a reference of `f`, the newest first: what is cut does not depend on chance."""
    numbers = [NUMBER[name] for name in include.starts]
    start = Clause(
        "f.rtype = ANY(%s::smallint[])" if include.again else "f.first AND f.rtype = ANY(%s::smallint[])", (numbers,)
    )
    source, target = ("t", "f") if include.back else ("f", "t")
    where = start & ends(include.name, include.link, source, target)
    if include.link == "organization":  # where the sender is not what the parameter names
        named = (
            f"SELECT FROM resource o WHERE o.person = {source}.person AND o.id = {source}.id AND o.toks @> %s::bigint[]"
        )
        where &= Clause(f"NOT EXISTS ({named})", ([tokens.beside(include.name)],))
    where &= open_among(permit, include.targets, "t")
    sql = (
        f"SELECT t.person, t.id, t.rtype, t.rid, t.org, t.enc FROM resource t WHERE {where.sql} "
        "ORDER BY t.date DESC, t.id DESC LIMIT %s"
    )
    return Clause(sql, (*where.values, MOST_INCLUDED + 1))


def _count(permit: Permit, query: Query, rows: Clause, detail: dict[str, object]) -> Found:
    nobody = Clause("SELECT NULL::bigint AS person WHERE false")
    outer = Clause(f"SELECT count(*) FROM {rows.sql}", rows.values)
    told = {**detail, "operation": "count"}
    found = audited(permit, nobody, outer, rtype=query.type_asked, detail=told, own_plan=True, counts=False)
    return Found([], False, found[0][0])
