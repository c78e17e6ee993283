"""SQL of how rows are tied: blocking keys, weighed pairs, decisions of callers, models, daily reports."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from suksala.foundation import database, keys
from suksala.identity import LINE_JOINS, LineLink, too_many_bearers

LARGEST_BLOCK = 500  # rows: a key that more share says nothing, and would cost their square
_LOCK = "lists"  # one linking at a time: rows that come together must see each other


def lock() -> None:
    """Hold all linking until the present transaction ends."""
    database.rows("SELECT pg_advisory_xact_lock(%s)", [keys.keyed_int(_LOCK, "linking")])


def forget_weights(rows: Collection[int]) -> None:
    """Forget what these rows weighed with any."""
    database.execute("DELETE FROM lists_edge WHERE a = ANY(%s) OR b = ANY(%s)", [[*rows], [*rows]])


def replace_keys(found: Mapping[int, Sequence[int]]) -> None:
    """Keep the keys of rows anew."""
    database.execute("DELETE FROM lists_key WHERE row = ANY(%s)", [[*found]])
    pairs = [(key, row) for row, own in found.items() for key in own]
    columns = [list(column) for column in zip(*pairs, strict=True)] if pairs else [[], []]
    database.execute(
        "INSERT INTO lists_key (key, row) SELECT key, row FROM unnest(%s::bigint[], %s::bigint[]) AS t (key, row)",
        columns,
    )


class PhoneOf(NamedTuple):
    """What a row says that counts for its telephone: keyed hashes of the telephone and the given name."""

    key: int
    birth_year: int | None
    given: int | None


def replace_phones(rows: Collection[int], found: Mapping[int, PhoneOf]) -> set[int]:
    """Keep anew which telephones these rows give. Returns the other rows that give one that only now many share, or
    that few give again: what these weigh rests on it.
    """
    left = {key for (key,) in database.rows("SELECT DISTINCT key FROM lists_phone WHERE row = ANY(%s)", [[*rows]])}
    phones = left | {one.key for one in found.values()}
    before = _shared(phones)
    database.execute("DELETE FROM lists_phone WHERE row = ANY(%s)", [[*rows]])
    columns = [list(column) for column in zip(*found.values(), strict=True)] if found else [[], [], []]
    database.execute(
        "INSERT INTO lists_phone (row, key, birth_year, given) SELECT * FROM "
        "unnest(%s::bigint[], %s::bigint[], %s::smallint[], %s::bigint[])",
        [[*found], *columns],
    )
    crossed = before ^ _shared(phones)
    givers = database.rows("SELECT row FROM lists_phone WHERE key = ANY(%s)", [[*crossed]]) if crossed else []
    return {int(row) for (row,) in givers} - set(rows)


_SHARED = (
    "SELECT p.key FROM phones p CROSS JOIN LATERAL (SELECT birth_year, given FROM lists_phone o WHERE o.key = p.key "
    f"LIMIT {LARGEST_BLOCK}) AS few GROUP BY p.key HAVING {too_many_bearers('birth_year', 'given')}"
)


def _shared(keys: Collection[int]) -> set[int]:
    """Of these telephones those that more give than one household."""
    sql = f"WITH phones AS (SELECT unnest(%s::bigint[]) AS key) {_SHARED}"
    return {int(key) for (key,) in database.rows(sql, [[*keys]], own_plan=True)}


def with_shared_phone(rows: Collection[int]) -> set[int]:
    """Of these rows those whose telephone more give than one household."""
    sql = (
        "WITH mine AS MATERIALIZED (SELECT row, key FROM lists_phone WHERE row = ANY(%s)), "
        f"phones AS (SELECT DISTINCT key FROM mine), shared AS MATERIALIZED ({_SHARED}) "
        "SELECT row FROM mine JOIN shared USING (key)"
    )
    return {int(row) for (row,) in database.rows(sql, [[*rows]], own_plan=True)}


def forget() -> None:
    """Forget all keys and weights; decisions of callers stand."""
    database.execute("DELETE FROM lists_key")
    database.execute("DELETE FROM lists_edge")


def candidates(rows: Collection[int]) -> list[tuple[int, int]]:
    """The pairs of these rows with any that share a key, the older row first; crowded keys say nothing."""
    found = database.rows(
        "WITH mine AS MATERIALIZED (SELECT DISTINCT key FROM lists_key WHERE row = ANY(%(rows)s)), "
        "shared AS MATERIALIZED (SELECT k.key FROM lists_key k JOIN mine USING (key) GROUP BY k.key "
        "HAVING count(*) BETWEEN 2 AND %(most)s) "
        "SELECT DISTINCT least(a.row, b.row), greatest(a.row, b.row) FROM shared "
        "JOIN lists_key a USING (key) JOIN lists_key b USING (key) WHERE a.row = ANY(%(rows)s) AND a.row <> b.row",
        {"rows": [*rows], "most": LARGEST_BLOCK},
        own_plan=True,
    )
    return [(a, b) for a, b in found]


def insert_links(links: Collection[LineLink]) -> None:
    """Keep what pairs weigh."""
    columns = [list(column) for column in zip(*links, strict=True)] if links else [[], [], [], []]
    database.execute(
        "INSERT INTO lists_edge (a, b, weight, veto, asked) SELECT a, b, weight, veto, false FROM "
        "unnest(%s::bigint[], %s::bigint[], %s::float8[], %s::text[]) AS t (a, b, weight, veto)",
        columns,
    )


_STANDING = "SELECT DISTINCT ON (a, b) a, b, same FROM lists_decision ORDER BY a, b, id DESC"


def tied(rows: Collection[int]) -> set[int]:
    """All rows that weights, decisions or the present persons tie to these, in any number of steps: each step by the
    indices of what it comes from, so that one row more costs the same however long the lists are.
    """
    sql = f"""
WITH RECURSIVE pool (row) AS (SELECT unnest(%(rows)s::bigint[]) UNION SELECT n.row FROM pool p CROSS JOIN LATERAL (
    SELECT e.b FROM lists_edge e WHERE e.a = p.row AND e.weight >= %(joins)s AND e.veto IS NULL
    UNION ALL SELECT e.a FROM lists_edge e WHERE e.b = p.row AND e.weight >= %(joins)s AND e.veto IS NULL
    UNION ALL SELECT d.b FROM ({_STANDING}) d WHERE d.a = p.row AND d.same
    UNION ALL SELECT d.a FROM ({_STANDING}) d WHERE d.b = p.row AND d.same
    UNION ALL SELECT r.human FROM lists_row r WHERE r.id = p.row
    UNION ALL SELECT r.id FROM lists_row r WHERE r.human = p.row) n (row))
SELECT row FROM pool"""
    return {int(row) for (row,) in database.rows(sql, {"joins": LINE_JOINS, "rows": [*rows]}, own_plan=True)}


def links_among(rows: Collection[int]) -> list[LineLink]:
    """What pairs of these rows weigh."""
    found = database.rows(
        "SELECT a, b, weight, veto FROM lists_edge WHERE a = ANY(%s) AND b = ANY(%s)", [[*rows], [*rows]], own_plan=True
    )
    return [LineLink(*row) for row in found]


def decisions(rows: Collection[int]) -> tuple[set[tuple[int, int]], set[tuple[int, int]]]:
    """What callers said of these rows that still stands: pairs that are one person, pairs that are two."""
    sql = f"SELECT a, b, same FROM ({_STANDING}) d WHERE a = ANY(%s) OR b = ANY(%s)"
    found = database.rows(sql, [[*rows], [*rows]])
    return {(a, b) for a, b, same in found if same}, {(a, b) for a, b, same in found if not same}


class Said(NamedTuple):
    """A caller's standing word on two rows."""

    a: int
    b: int
    caller: str
    at: datetime


def said_same(human: int) -> list[Said]:
    """What callers said that ties rows of a person, the oldest first; pairs of one answer share caller and moment."""
    sql = (
        "SELECT d.a, d.b, d.caller, d.at FROM (SELECT DISTINCT ON (a, b) * FROM lists_decision ORDER BY a, b, id DESC) "
        "d JOIN lists_row x ON x.id = d.a JOIN lists_row y ON y.id = d.b "
        "WHERE d.same AND x.human = %(human)s AND y.human = %(human)s ORDER BY d.at, d.a, d.b"
    )
    return [Said(*row) for row in database.rows(sql, {"human": human})]


def said_different(human: int) -> list[Said]:
    """What callers said that keeps rows of a person (a) from rows of others (b), the newest first."""
    sql = (
        "SELECT own.id, other.id, d.caller, d.at FROM lists_row own CROSS JOIN LATERAL (SELECT DISTINCT ON (a, b) * "
        "FROM lists_decision WHERE own.id IN (a, b) ORDER BY a, b, id DESC) d "
        "JOIN lists_row other ON other.id = d.a + d.b - own.id "
        "WHERE own.human = %(human)s AND other.human <> %(human)s AND NOT d.same ORDER BY d.at DESC, own.id, other.id"
    )
    return [Said(*row) for row in database.rows(sql, {"human": human})]


def joined_since(since: datetime) -> dict[int, tuple[str, datetime]]:
    """Persons whom a caller's standing "same" made since then: who said so last, and when."""
    found = database.rows(
        "SELECT DISTINCT ON (x.human) x.human, d.caller, d.at FROM (SELECT DISTINCT ON (a, b) * FROM lists_decision "
        "ORDER BY a, b, id DESC) d JOIN lists_row x ON x.id = d.a JOIN lists_row y ON y.id = d.b "
        "WHERE d.same AND d.at >= %s AND x.human = y.human ORDER BY x.human, d.at DESC",
        [since],
    )
    return {human: (caller, at) for human, caller, at in found}


def decide(pairs: Iterable[tuple[int, int]], *, same: bool, caller: str, at: datetime) -> None:
    """Keep what a caller said of pairs of rows."""
    ordered = sorted({(min(pair), max(pair)) for pair in pairs})
    database.execute(
        "INSERT INTO lists_decision (a, b, same, caller, at) SELECT a, b, %s, %s, %s "
        "FROM unnest(%s::bigint[], %s::bigint[]) AS t (a, b)",
        [same, caller, at, [a for a, _ in ordered], [b for _, b in ordered]],
    )


def save_humans(human_of: Mapping[int, int]) -> int:
    """Keep whose rows are whose; how many rows changed their person."""
    return database.execute(
        "UPDATE lists_row r SET human = t.human FROM unnest(%s::bigint[], %s::bigint[]) AS t (row, human) "
        "WHERE r.id = t.row AND r.human <> t.human",
        [[*human_of.keys()], [*human_of.values()]],
    )


def candidates_in_care(human: int, care: Collection[str]) -> list[LineLink]:
    """Pairs of a person's rows (a) with rows of others that care (b), the heaviest first, vetoed ones last; without
    those that a caller said are two.
    """
    sql = (
        "SELECT w.own, w.other, w.weight, w.veto FROM (SELECT a AS own, b AS other, weight, veto FROM lists_edge "
        "UNION ALL SELECT b, a, weight, veto FROM lists_edge) w "
        "JOIN lists_row o ON o.id = w.own JOIN lists_row c ON c.id = w.other "
        "WHERE o.human = %(human)s AND c.human <> o.human "
        "AND EXISTS (SELECT FROM lists_row r JOIN lists_status s ON s.row = r.id WHERE r.human = c.human "
        "AND s.status = ANY(%(care)s)) "
        f"AND NOT EXISTS (SELECT FROM ({_STANDING}) d WHERE NOT d.same AND d.a = least(w.own, w.other) "
        "AND d.b = greatest(w.own, w.other)) ORDER BY w.veto IS NOT NULL, w.weight DESC, w.own, w.other"
    )
    return [LineLink(*row) for row in database.rows(sql, {"human": human, "care": [*care]})]


# ---- links that took somebody off a list -----------------------------------------------------------------------------


def standing_links(humans: Collection[int] | None = None) -> tuple[list[LineLink], set[tuple[int, int]]]:
    """The links between rows of one person, and the pairs that callers said are one."""
    where = "AND x.human = ANY(%(humans)s)" if humans is not None else ""
    values: dict[str, Any] = {"joins": LINE_JOINS, **({"humans": [*humans]} if humans is not None else {})}
    links = database.rows(
        "SELECT e.a, e.b, e.weight, e.veto FROM lists_edge e "
        "JOIN lists_row x ON x.id = e.a JOIN lists_row y ON y.id = e.b "
        f"WHERE x.human = y.human AND e.weight >= %(joins)s AND e.veto IS NULL {where}",
        values,
        own_plan=True,
    )
    same = database.rows(
        f"SELECT d.a, d.b FROM ({_STANDING}) d JOIN lists_row x ON x.id = d.a JOIN lists_row y ON y.id = d.b "
        f"WHERE d.same AND x.human = y.human {where}",
        values,
        own_plan=True,
    )
    return [LineLink(*row) for row in links], {(a, b) for a, b in same}


def save_asked(pairs: Collection[tuple[int, int]]) -> None:
    """Which links callers are to ask about, and no others."""
    columns = [[a for a, _ in pairs], [b for _, b in pairs]]
    database.execute(
        "UPDATE lists_edge e SET asked = false WHERE asked AND NOT EXISTS (SELECT FROM "
        "unnest(%s::bigint[], %s::bigint[]) AS t (a, b) WHERE t.a = e.a AND t.b = e.b)",
        columns,
    )
    database.execute(
        "UPDATE lists_edge e SET asked = true FROM unnest(%s::bigint[], %s::bigint[]) AS t (a, b) "
        "WHERE e.a = t.a AND e.b = t.b AND NOT e.asked",
        columns,
    )


def humans_asked() -> set[int]:
    """Persons with a link that callers are to ask about and nobody has."""
    found = database.rows(
        "SELECT DISTINCT x.human FROM lists_edge e JOIN lists_row x ON x.id = e.a JOIN lists_row y ON y.id = e.b "
        "WHERE e.asked AND x.human = y.human "
        f"AND NOT EXISTS (SELECT FROM ({_STANDING}) d WHERE d.a = e.a AND d.b = e.b)"
    )
    return {int(human) for (human,) in found}


# ---- models and reports ----------------------------------------------------------------------------------------------


def newest_model() -> tuple[int, int, dict[str, Any]] | None:
    """The number of the newest model, of how many rows it is, and its file; None before the first."""
    found = database.rows("SELECT id, rows, told FROM lists_model ORDER BY id DESC LIMIT 1")
    return (found[0][0], found[0][1], json.loads(keys.unseal(found[0][2]))) if found else None


def newest_model_id() -> tuple[int, int]:
    """Number and rows of the newest model, or zeros."""
    found = database.rows("SELECT id, rows FROM lists_model ORDER BY id DESC LIMIT 1")
    return (found[0][0], found[0][1]) if found else (0, 0)


def save_model(told: Mapping[str, Any], rows: int, at: datetime) -> None:
    """Keep a model; it counts from now on."""
    sealed = keys.seal(json.dumps(told, ensure_ascii=False))
    database.execute("INSERT INTO lists_model (at, rows, told) VALUES (%s, %s, %s)", [at, rows, sealed])


@dataclass(frozen=True, slots=True)
class DailyReport:
    """What linking did and may have done wrong, on one day.

    rows, persons   of all lists
    calls_unlinked  rows in nobody's care: the calls that the lists would ask for if nobody linked them
    calls           persons in nobody's care and not closed
    hidden          people expected to be hidden by wrong links: the sum of 1 - p over the links that took somebody off
    asked           links that callers are asked about
    """

    on: date
    rows: int
    persons: int
    calls_unlinked: int
    calls: int
    hidden: float
    asked: int

    @property
    def avoided(self) -> int:
        """Calls that linking spared."""
        return self.calls_unlinked - self.calls


_REPORT = "on_day, rows, persons, calls_unlinked, calls, hidden, asked"


def save_report(one: DailyReport) -> None:
    """Keep the report of a day; the last of a day stands."""
    database.execute(
        f"INSERT INTO lists_report ({_REPORT}) VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT (on_day) DO UPDATE SET "
        "rows = excluded.rows, persons = excluded.persons, calls_unlinked = excluded.calls_unlinked, "
        "calls = excluded.calls, hidden = excluded.hidden, asked = excluded.asked",
        list(astuple(one)),
    )


def reports(most: int) -> list[DailyReport]:
    """The reports of the last days, the newest first."""
    found = database.rows(f"SELECT {_REPORT} FROM lists_report ORDER BY on_day DESC LIMIT %s", [most])
    return [DailyReport(*row) for row in found]
