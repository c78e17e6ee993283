"""The order of an answer: each key of `_sort` as a column or an expression of SQL, and the page after a row.

A date column, `_lastUpdated` and `_id` are columns that an index may follow. Every other key is worked out for the rows
that the search finds: words, second dates and numbers from the side tables, codes and references from the body. Of
several values the one that comes earliest in the order counts; what has none comes last in both directions.
Source: FHIR R4 search, sorting; decision 0075.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from suksala.foundation import database

from . import dates, quantities, tokens
from .at import At
from .domain import NUMBER, STATUSES, SearchProblem
from .filters import kind_of, unknown
from .parameters import IN_BODIES, NUMBER_OF, answered, stored
from .predicate import Clause
from .query import NEWEST_FIRST, Sort
from .referring import is_known
from .walkers import json_paths


class Key(NamedTuple):
    """One key of an order.

    sql     its value for a row of `r`
    plain   it is a column that is never null, so an index can follow it
    """

    sql: Clause
    descending: bool
    plain: bool = False


def keys(at: At, sort: Sequence[Sort]) -> list[Key]:
    """The keys of an order for rows of one type. Raises SearchProblem for a parameter that has none."""
    return [_key(at, one) for one in sort]


def _key(at: At, one: Sort) -> Key:
    if one == NEWEST_FIRST:
        return Key(Clause("r.date"), one.descending, plain=True)
    if one.by in _COLUMNS:
        return Key(Clause(_COLUMNS[one.by]), one.descending, plain=True)
    kind = kind_of(at.rtype, one.by)
    if kind is None:
        raise unknown(at.rtype, one.by)
    if kind == "date":
        return _date(at, one)
    if kind not in _MAKERS:
        raise _no_order(one.by)
    return Key(_MAKERS[kind](at, one.by, "max" if one.descending else "min"), one.descending)


_COLUMNS = {"_lastUpdated": "r.upd", "_id": "r.rid"}


def _no_order(name: str) -> SearchProblem:
    return SearchProblem(
        f"เรียงตาม {name} ไม่ได้ เพราะค่าไม่มีลำดับ",
        f"_sort does not take {name}: its values have no order",
        issue="not-supported",
    )


# ---- dates


def _date(at: At, one: Sort) -> Key:
    """The column itself where it is the whole answer: an index follows it."""
    names = stored(at.rtype).dates
    pick = "max" if one.descending else "min"
    if one.by not in names:
        return Key(_beside("resource_span", "low", one.by, pick), one.descending)
    several = len(names) > 1 or (stored(at.rtype).open and is_known([tokens.beside(one.by)]))
    if not several and (one.descending or not _any_without(at)):
        return Key(Clause("r.date"), one.descending, plain=True)
    here = Clause("r.date_hi IS NOT NULL")
    if len(names) > 1:  # they share the column; a token tells which it is
        here &= Clause("r.toks @> %s::bigint[]", ([tokens.has(one.by)],))
    own = Clause(f"CASE WHEN {here.sql} THEN r.date END", here.values)
    if not several:
        return Key(own, one.descending)
    rows = _beside("resource_span", "low", one.by, pick)
    return Key(Clause(f"coalesce({rows.sql}, {own.sql})", rows.values + own.values), one.descending)


def _any_without(at: At) -> bool:
    """Whether any resource of the type lacks the date. Tells nobody anything: it only lets an index be followed."""
    sql = "SELECT EXISTS (SELECT FROM resource r WHERE r.rtype = %s AND r.date = %s AND NOT r.deleted)"
    [(found,)] = database.rows(sql, [NUMBER[at.rtype], dates.LONG_AGO])
    return bool(found)


def _beside(table: str, column: str, name: str, pick: str) -> Clause:
    sql = f"(SELECT {pick}(t.{column}) FROM {table} t WHERE t.person = r.person AND t.id = r.id AND t.param = %s)"
    return Clause(sql, (NUMBER_OF[name],))


# ---- words


def _words(at: At, name: str, pick: str) -> Clause:
    """Folded words in the order of the Royal Institute's dictionary: a leading vowel is read after its consonant."""
    key = "regexp_replace(t.value, '([เแโใไ])([ก-ฮ])', '\\2\\1', 'g') COLLATE \"C\""
    sql = f"(SELECT {pick}({key}) FROM resource_string t WHERE t.person = r.person AND t.id = r.id AND t.param = %s)"
    return Clause(sql, (NUMBER_OF[name],))


def _uri(at: At, name: str, pick: str) -> Clause:
    return _beside("resource_string", "value", name, pick)


# ---- numbers


def _number(at: At, name: str, pick: str) -> Clause:
    """A number, a quantity in the first unit of its kind: 70 kg before 80,000 g."""
    layout = stored(at.rtype)
    if name in layout.unions:
        parts = [_number(at, part, pick) for part in layout.unions[name]]
        joined = ", ".join(part.sql for part in parts)
        return Clause(
            f"{'greatest' if pick == 'max' else 'least'}({joined})", tuple(v for part in parts for v in part.values)
        )
    units, factors, codes = _factors()
    if name == layout.quantity:
        return Clause(f"r.num * {_FACTOR.format('r.unit')}", (units, factors))
    if (at.rtype, name) in IN_BODIES:
        value = "(j.value ->> 'value')::float8"
        factor = (
            "coalesce((SELECT u.factor FROM unnest(%s::text[], %s::float8[]) AS u (code, factor) "
            "WHERE u.code = j.value ->> 'code' AND j.value ->> 'system' = %s), 1)"
        )
        return _of_body(pick, f"{value} * {factor}", _paths(at, name), (codes, factors, quantities.UCUM))
    sql = (
        f"(SELECT {pick}(t.low * {_FACTOR.format('t.unit')}) FROM resource_quantity t "
        "WHERE t.person = r.person AND t.id = r.id AND t.param = %s)"
    )
    return Clause(sql, (units, factors, NUMBER_OF[name]))


_FACTOR = "coalesce((SELECT u.factor FROM unnest(%s::bigint[], %s::float8[]) AS u (unit, factor) WHERE u.unit = {}), 1)"


@lru_cache(maxsize=1)
def _factors() -> tuple[list[int], list[float], list[str]]:
    """Each UCUM unit with how many of the first unit of its kind one of it is."""
    table = quantities.factors()
    units = [tokens.unit(quantities.UCUM, code) for code in table]
    return units, [float(factor) for factor in table.values()], list(table)


# ---- codes and references


def _code(at: At, name: str, pick: str) -> Clause:
    """A code as it is written, whatever its system is."""
    if name == stored(at.rtype).status:
        return Clause('((%s::text[])[r.status + 1]) COLLATE "C"', (list(STATUSES),))
    return _text_of_body(at, name, pick, ("", ".code", ".coding.code", ".value"))


def _reference(at: At, name: str, pick: str) -> Clause:
    """Where it leads, as it is written."""
    return _text_of_body(at, name, pick, ("", ".reference"))


def _source(at: At, name: str, pick: str) -> Clause:
    return _text_of_body(at, name, pick, ("",))


def _text_of_body(at: At, name: str, pick: str, endings: Sequence[str]) -> Clause:
    """What stands in the body at one of these endings of the parameter's paths, letter for letter."""
    paths = [path + ending for path in _paths(at, name) for ending in endings]
    return _of_body(pick, "CASE WHEN jsonb_typeof(j.value) NOT IN ('object', 'array') THEN j.value #>> '{}' END", paths)


def _paths(at: At, name: str) -> list[str]:
    expression = answered(at.rtype)[name].expression
    if "exists()" in expression:  # a question, not an element
        raise _no_order(name)
    return list(json_paths(expression))


def _of_body(pick: str, value: str, paths: list[str], values: tuple[Any, ...] = ()) -> Clause:
    """From the body: no column holds it in an order."""
    found = f'{pick}(({value}) COLLATE "C")' if not values else f"{pick}({value})"
    sql = (
        f"(SELECT {found} FROM (SELECT convert_from(r.body, 'UTF8')::jsonb AS whole OFFSET 0) b, "
        "unnest(%s::text[]) AS p (path), LATERAL jsonb_path_query(b.whole, p.path::jsonpath) AS j (value))"
    )
    return Clause(sql, (*values, paths))


_MAKERS: dict[str, Callable[[At, str, str], Clause]] = {
    "string": _words,
    "uri": _uri,
    "number": _number,
    "quantity": _number,
    "token": _code,
    "reference": _reference,
    "source": _source,
}


# ---- pages


def after(found: Sequence[Key], last: Sequence[Any]) -> Clause:
    """The rows that follow one with these values of the keys and this number, where `r.k0`, `r.k1` ... hold the keys.
    Keys of one direction that are never null compare as a row, which an index can follow.
    """
    columns = [*(column(key, n) for n, key in enumerate(found)), "r.id"]
    signs = ["<" if key.descending else ">" for key in (*found, found[-1])]
    if len(set(signs)) == 1 and all(key.plain for key in found):
        marks = ", ".join(["%s"] * len(columns))
        return Clause(f"({', '.join(columns)}) {signs[0]} ({marks})", tuple(last))
    plain = [*(key.plain for key in found), True]
    steps: list[Clause] = []
    for n, value in enumerate(last):
        beyond = _beyond(columns[n], signs[n], value, plain=plain[n])
        same = [_same(name, before) for name, before in zip(columns[:n], last[:n], strict=True)]
        steps += [_all([*same, beyond])] if beyond else []
    joined = " OR ".join(f"({step.sql})" for step in steps)
    return Clause(f"({joined})", tuple(value for step in steps for value in step.values))


def _beyond(name: str, sign: str, value: Any, *, plain: bool) -> Clause | None:
    if value is None:
        return None  # what has none comes last
    return Clause(f"{name} {sign} %s" if plain else f"({name} {sign} %s OR {name} IS NULL)", (value,))


def _same(name: str, value: Any) -> Clause:
    return Clause(f"{name} IS NULL") if value is None else Clause(f"{name} = %s", (value,))


def _all(parts: Sequence[Clause]) -> Clause:
    return Clause(" AND ".join(part.sql for part in parts), tuple(value for part in parts for value in part.values))


def column(key: Key, number: int) -> str:
    """What a row of the search names the key: the column itself, or what was worked out for it."""
    return key.sql.sql if key.plain else f"r.k{number}"


def order(found: Sequence[Key], names: Sequence[str], identity: str) -> str:
    """ORDER BY these names of the keys, then by number: total, so paging loses nothing."""
    keys_ = [name + _way(key) for name, key in zip(names, found, strict=True)]
    return ", ".join([*keys_, identity + (" DESC" if found[-1].descending else "")])


def _way(key: Key) -> str:
    return (" DESC" if key.plain else " DESC NULLS LAST") if key.descending else ""
