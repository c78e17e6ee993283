"""Audited reads: every statement here writes who read whose record before it gives a row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from suksala import audit
from suksala.consent import Permit
from suksala.foundation import database

from . import usage
from .domain import NUMBER, Version
from .predicate import Clause, names_persons, opened, permitted

_BY_ID = """
SELECT r.person, r.vid, r.upd, r.body, r.deleted FROM locator l
JOIN resource r ON r.person = l.person AND r.rtype = l.rtype AND r.rid = l.rid
WHERE l.rtype = %s AND l.rid = %s AND """
# whose it may be is said already: the index of a person's resources finds it alone
_BY_ID_OF_PERSONS = """
SELECT r.person, r.vid, r.upd, r.body, r.deleted FROM resource r WHERE r.rtype = %s AND r.rid = %s AND """


def audited(  # noqa: PLR0913 - what is told of a reading, by name
    permit: Permit,
    page: Clause,
    outer: Clause,
    *,
    rtype: str | None = None,
    rid: str | None = None,
    detail: dict[str, Any] | None = None,
    own_plan: bool = False,
    counts: bool = True,
    one_row: bool = False,
) -> list[tuple[Any, ...]]:
    """Run `page` (a SELECT with a column person), log its persons, and return `outer` (a SELECT from page): one
    statement.

    own_plan  planned for these values (foundation.database.rows)
    counts  whether its rows are resources, for the usage of who asks
    one_row  whether the page has one row at most, whose person is the last column of `outer`: cheaper than to ask the
             page for those of all rows
    """
    log = audit.page_cte(durable=database.in_transaction(), one_row=one_row)
    why: dict[str, Any] = {"purpose": str(permit.purpose), "facility": permit.facility}
    why["detail"] = {**(detail or {}), "consents": permit.consents} if permit.consents else detail
    values = audit.page_values(permit.reader, rtype=rtype, rid=rid, **why)
    told = usage.counts_people(permit) and not one_row
    last = f"SELECT told.*, ARRAY(SELECT DISTINCT person FROM page) FROM ({outer.sql}) told" if told else outer.sql
    sql = f"WITH page AS ({page.sql}), {log} {last}"
    found = database.rows(sql, [*page.values, *values, *outer.values], own_plan=own_plan)
    if told and found:
        usage.reached(permit, found[0][-1])  # before any of it leaves
        found = [row[:-1] for row in found]
    elif one_row:
        usage.reached(permit, [row[-1] for row in found])
    if counts:
        usage.disclosed(len(found))
    return found


def by_id(permit: Permit, rtype: str, rid: str) -> Version | None:
    """One living resource; None when it is not there, or not for this reader: nobody can tell which."""
    return _present(permit, rtype, rid, permitted(permit, "r", rtype, one_row=True))


def by_id_or_deleted(permit: Permit, rtype: str, rid: str) -> Version | None:
    """As `by_id`; what this reader could read until it was deleted is given as its deletion."""
    return _present(permit, rtype, rid, opened(permit, "r", rtype, one_row=True))


def _present(permit: Permit, rtype: str, rid: str, allowed: Clause) -> Version | None:
    select = _BY_ID_OF_PERSONS if names_persons(permit, rtype) else _BY_ID
    page = Clause(select + allowed.sql, (NUMBER[rtype], rid, *allowed.values))
    found = audited(
        permit,
        page,
        Clause("SELECT vid, upd, body, deleted, person FROM page"),
        rtype=rtype,
        rid=rid,
        one_row=True,
    )
    return Version.of(found[0]) if found else None


_RECORD = """
SELECT r.person, r.id, r.rtype, r.rid, r.upd, r.date, r.org, r.body FROM resource r WHERE """


def record(
    permit: Permit, rtypes: Sequence[str], narrower: Clause, *, order: str, limit: int, detail: dict[str, Any]
) -> list[tuple[Any, ...]]:
    """Resources of several types (none named: of all) of the permitted persons, in `order`, as (rtype, rid, upd, date,
    org, id, person, body).
    """
    where = permitted(permit) & narrower
    if rtypes:
        where &= Clause("r.rtype = ANY(%s::smallint[])", ([NUMBER[name] for name in rtypes],))
    page = Clause(f"{_RECORD}{where.sql} ORDER BY {order} LIMIT %s", (*where.values, limit))
    outer = Clause(f"SELECT rtype, rid, upd, date, org, id, person, body FROM page r ORDER BY {order}")
    return audited(permit, page, outer, detail=detail)
