"""Former versions: one of them (vread), and the history of a resource, a type or everything, newest first.

A page goes on after (moment, row, version) of its last entry. No version ever changes these three, whichever table
it stands in, so writes between two pages neither repeat nor hide one.
Source: FHIR R4 http, sections vread and history; decision 0039.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import urlencode

import orjson

from suksala.consent import Permit
from suksala.foundation import database

from . import dates, reads, searching, usage
from .domain import NAME, NUMBER, SearchProblem, Version
from .formats import is_format
from .predicate import Clause, opened, opened_former
from .query import DEFAULT_COUNT, MOST_COUNT, read_cursor, write_cursor

_TABLES = ("resource", "resource_history")
_COLUMNS = "v.person, v.id, v.rtype, v.rid, v.vid, v.upd, v.deleted, v.body"
_NEWEST_FIRST = "v.upd DESC, v.id DESC, v.vid DESC"
_ORDER = "_history"  # what its cursors are a place in
MOST_VERSION = 2**31 - 1


class Mark(NamedTuple):
    """The last entry of the page before."""

    at: datetime
    id: int
    vid: int


@dataclass
class History:
    """What is asked: of one resource, of one type (no rid), or of everything (no rtype either)."""

    rtype: str | None = None
    rid: str | None = None
    count: int = DEFAULT_COUNT
    since: datetime | None = None
    during: tuple[datetime, datetime] | None = None
    mark: Mark | None = None
    asked: list[tuple[str, str]] = field(default_factory=list)

    @property
    def address(self) -> str:
        """Its address below the base."""
        return "/".join(part for part in (self.rtype, self.rid, "_history") if part)


def read(rtype: str | None, rid: str | None, pairs: Iterable[tuple[str, str]]) -> History:
    """Read a history from its decoded parameters: _count, _since, _at, _cursor. Raises SearchProblem."""
    wish = History(rtype, rid)
    seen: set[str] = set()
    for name, value in pairs:
        if name in seen:
            raise SearchProblem(f"{name} มีมากกว่าหนึ่งครั้ง", f"{name} is given more than once")
        if not is_format(name, value):
            _add(wish, name, value)
            seen.add(name)
        if name != "_cursor":
            wish.asked.append((name, value))
    return wish


def _add(wish: History, name: str, value: str) -> None:
    if name == "_count":
        wish.count = _count(value)
    elif name == "_since":
        wish.since = _span(name, value)[0]
    elif name == "_at":
        wish.during = _span(name, value)
    elif name == "_cursor":
        wish.mark = read_mark(value)
    else:
        raise SearchProblem(
            "_history ใช้ได้เฉพาะ _count, _since, _at", "_history takes _count, _since and _at", issue="not-supported"
        )


def _count(value: str) -> int:
    if not (value.isascii() and value.isdigit() and 0 < len(value) < 10 and int(value)):
        raise SearchProblem("_count ต้องเป็นจำนวนเต็มตั้งแต่ 1", "_count is a whole number from 1")
    return min(int(value), MOST_COUNT)


def _span(name: str, value: str) -> tuple[datetime, datetime]:
    try:
        return dates.span(value.replace(" ", "+"))  # a plus sign that became a blank in the address
    except (ValueError, OverflowError) as error:
        raise SearchProblem(f"{name} ไม่ใช่วันเวลา", f"{name} is not a date or dateTime") from error


def write_mark(mark: Mark) -> str:
    """The cursor of the page after this entry: sealed, for the row's number tells how many there are of everybody."""
    return write_cursor(mark.at, mark.id, mark.vid, order=_ORDER)


def read_mark(text: str) -> Mark:
    """What `write_mark` wrote. Raises SearchProblem."""
    at, number, vid = read_cursor(text, _ORDER)
    return Mark(at, number, vid)


def one(permit: Permit, rtype: str, rid: str, vid: int) -> Version | None:
    """One version, present or former; None when it is not there or not for this reader: nobody can tell which."""
    parts = [_one_of(permit, table, (NUMBER[rtype], rid, vid), rtype) for table in _TABLES]
    page = Clause(" UNION ALL ".join(part.sql for part in parts), sum((part.values for part in parts), ()))
    found = reads.audited(
        permit,
        page,
        Clause("SELECT vid, upd, body, deleted FROM page"),
        rtype=rtype,
        rid=rid,
        detail={"operation": "vread", "version": vid},
    )
    return Version.of(found[0]) if found else None


def _one_of(permit: Permit, table: str, key: tuple[int, str, int], rtype: str) -> Clause:
    named = Clause(
        f"SELECT {_COLUMNS} FROM locator l JOIN {table} v ON v.person = l.person AND v.rtype = l.rtype "
        "AND v.rid = l.rid WHERE l.rtype = %s AND l.rid = %s AND v.vid = %s",
        key,
    )
    return named & _open(permit, table, "v", rtype)


def _open(permit: Permit, table: str, alias: str, rtype: str | None) -> Clause:
    """The versions in a table that the permit opens."""
    return opened(permit, alias, rtype) if table == "resource" else opened_former(permit, alias, rtype)


def answer(permit: Permit, base: str, wish: History) -> bytes | None:
    """A page of a history as a Bundle; None when the one resource asked for is not there or not for this reader.

    Raises SearchProblem for a type or everything that takes too long: nothing was read, nothing is logged.
    """
    if wish.rid is not None:
        return _answer(permit, base, wish)
    try:
        with database.time_limit(searching.MOST_MILLISECONDS):
            return _answer(permit, base, wish)
    except database.TookTooLong as error:
        raise SearchProblem(
            f"ใช้เวลาเกิน {searching.MOST_MILLISECONDS // 1000} วินาที จำกัดให้แคบลงด้วย _since หรือชนิด",
            f"this took more than {searching.MOST_MILLISECONDS // 1000} s; narrow it by _since or by type",
            issue="too-costly",
        ) from error


def _answer(permit: Permit, base: str, wish: History) -> bytes | None:
    detail = {"operation": "history", "parameters": sorted({name for name, _ in wish.asked})}
    outer = Clause(
        "SELECT v.rtype, v.rid, v.vid, v.upd, v.deleted, v.body, v.id, v.ahead FROM page v "
        "ORDER BY v.upd DESC NULLS LAST, v.id DESC, v.vid DESC"
    )
    page = _page(permit, wish)
    found = reads.audited(permit, page, outer, rtype=wish.rtype, rid=wish.rid, detail=detail, counts=False)
    if wish.rid is not None and not found:
        return None
    rows = [row for row in found if row[2] is not None]
    usage.disclosed(len(rows))
    links = [("self", _url(f"{base}/{wish.address}", wish.asked))]
    if rows and rows[0][-1] > wish.count:
        last = Mark(rows[-1][3], rows[-1][6], rows[-1][2])
        links.append(("next", _url(f"{base}/{wish.address}", [*wish.asked, ("_cursor", write_mark(last))])))
    return _bundle(links, [_entry(base, row) for row in rows])


def _page(permit: Permit, wish: History) -> Clause:
    """The versions of a page, and how many were found up to one more than it holds: that one is nobody's reading."""
    parts = [_versions(permit, table, wish) for table in _TABLES]
    both = Clause(" UNION ALL ".join(f"({part.sql})" for part in parts), sum((part.values for part in parts), ()))
    sql = (
        f"WITH found AS MATERIALIZED (SELECT * FROM ({both.sql}) v ORDER BY {_NEWEST_FIRST} LIMIT %s) "
        f"(SELECT v.*, (SELECT count(*) FROM found) AS ahead FROM found v ORDER BY {_NEWEST_FIRST} LIMIT %s)"
    )
    page = Clause(sql, (*both.values, wish.count + 1, wish.count))
    if wish.rtype is None or wish.rid is None:
        return page
    there = _there(permit, wish.rtype, wish.rid)
    return Clause(f"{page.sql} UNION ALL {there.sql}", page.values + there.values)


def _versions(permit: Permit, table: str, wish: History) -> Clause:
    """The versions that one of the two tables has to give."""
    where = _open(permit, table, "v", wish.rtype) & _narrower(permit, wish)
    sql = f"SELECT {_COLUMNS} FROM {table} v WHERE {where.sql} ORDER BY {_NEWEST_FIRST} LIMIT %s"
    return Clause(sql, (*where.values, wish.count + 1))


def _narrower(permit: Permit, wish: History) -> Clause:
    where = Clause("true")
    if wish.rtype is not None:
        where &= Clause("v.rtype = %s", (NUMBER[wish.rtype],))
    if wish.rtype is not None and wish.rid is not None:
        located = "SELECT l.person, l.rtype, l.rid FROM locator l WHERE l.rtype = %s AND l.rid = %s"
        where &= Clause(f"(v.person, v.rtype, v.rid) IN ({located})", (NUMBER[wish.rtype], wish.rid))
    if wish.since:
        where &= Clause("v.upd >= %s", (wish.since,))
    if wish.during:
        where &= _current(permit, wish, *wish.during)
    if wish.mark:
        where &= Clause("(v.upd, v.id, v.vid) < (%s, %s, %s)", tuple(wish.mark))
    return where


def _current(permit: Permit, wish: History, low: datetime, high: datetime) -> Clause:
    """Versions that were the present one at some moment of [low, high): begun before its end, not followed by its
    beginning.
    """
    where = Clause("v.upd < %s", (high,))
    for table in _TABLES:
        later = _open(permit, table, "n", wish.rtype)
        where &= Clause(
            f"NOT EXISTS (SELECT FROM {table} n WHERE n.person = v.person AND n.rtype = v.rtype AND n.rid = v.rid "
            f"AND n.vid = v.vid + 1 AND n.upd <= %s AND {later.sql})",
            (low, *later.values),
        )
    return where


def _there(permit: Permit, rtype: str, rid: str) -> Clause:
    """A row without a version when this resource is there for this reader: an empty page is then no 404."""
    allowed = opened(permit, "v", rtype)
    blank = (
        'NULL::bigint, NULL::smallint, NULL::text COLLATE "C", NULL::int, NULL::timestamptz, NULL::boolean, NULL::bytea'
    )
    return Clause(
        f"(SELECT v.person, {blank}, NULL::bigint FROM locator l JOIN resource v ON v.person = l.person "
        f"AND v.rtype = l.rtype AND v.rid = l.rid WHERE l.rtype = %s AND l.rid = %s AND {allowed.sql})",
        (NUMBER[rtype], rid, *allowed.values),
    )


def _entry(base: str, row: tuple[Any, ...]) -> bytes:
    """One version. Deposits put resources under ids of their own, so a first version is a PUT that created."""
    number, rid, vid, changed, deleted, body, *_ = row
    address = f"{NAME[number]}/{rid}"
    method, status = ("DELETE", "204 No Content") if deleted else ("PUT", "201 Created" if vid == 1 else "200 OK")
    head = {
        "fullUrl": f"{base}/{address}",
        "request": {"method": method, "url": address},
        "response": {"status": status, "etag": f'W/"{vid}"', "lastModified": dates.instant(changed)},
    }
    raw = orjson.dumps(head)
    return raw if deleted else raw[:-1] + b',"resource":' + bytes(body) + b"}"


def _bundle(links: list[tuple[str, str]], entries: list[bytes]) -> bytes:
    head = {
        "resourceType": "Bundle",
        "type": "history",
        "link": [{"relation": relation, "url": url} for relation, url in links],
    }
    raw = orjson.dumps(head)
    return raw[:-1] + b',"entry":[' + b",".join(entries) + b"]}" if entries else raw


def _url(address: str, pairs: list[tuple[str, str]]) -> str:
    return f"{address}?{urlencode(pairs)}" if pairs else address
