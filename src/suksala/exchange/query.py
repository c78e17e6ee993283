"""A FHIR search read from its parameters: what is asked, in our terms, before any SQL.

Strict by default: an unknown parameter or form is an error, because a search that silently ignores a part answers
another question.
Source: FHIR R4 search (hl7.org/fhir/R4/search.html).
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

import orjson
from cryptography.exceptions import InvalidTag

from suksala.foundation import keys

from . import filters, includes, parameter_storage, shape
from .domain import SearchProblem
from .filter_language import read_filter
from .filters import OfType, Test, Together, UnknownParameter, read_test
from .includes import Include
from .parameters import COMMON, STORED, stored
from .shape import Shape

DEFAULT_COUNT = 20
MOST_COUNT = 1000
MOST_PARAMETERS = 50


MOST_TYPES = 20  # of a search by parameters that are not those of every type
TYPE = "_type"
MOST_KEYS = 5  # of an order


class Sort(NamedTuple):
    """One key of the order of the answer, a search parameter; ids break ties, so the order is total and paging loses
    nothing.
    """

    by: str
    descending: bool


NEWEST_FIRST = Sort("", True)  # by the first date of the type, when no order is asked for


def escaped(text: str) -> str:
    """A value as it stands in a search that programs make."""
    return text.replace("\\", "\\\\").replace(",", "\\,").replace("|", "\\|").replace("$", "\\$")


@dataclass
class Query:
    """A search of one type, or of several.

    rtype  COMMON for several
    among  which, where they are several
    """

    rtype: str
    among: tuple[str, ...] = ()
    tests: list[Test] = field(default_factory=list)
    count: int = DEFAULT_COUNT
    sort: tuple[Sort, ...] = (NEWEST_FIRST,)
    total: bool = False
    only_count: bool = False
    cursor: tuple[Any, ...] | None = None  # the values of `sort` and the number of the last row of the page before
    includes: list[Include] = field(default_factory=list)
    provenance: bool = False  # that of every match comes along
    shape: Shape = field(default_factory=Shape)
    asked: list[tuple[str, str]] = field(default_factory=list)  # as given, for the links

    @property
    def order(self) -> str:
        """What a cursor of this search is a place in."""
        return f"{self.rtype}?{','.join('-' * key.descending + key.by for key in self.sort)}"

    @property
    def type_asked(self) -> str | None:
        """The one type that is searched."""
        return None if self.among else self.rtype

    @property
    def is_costly(self) -> bool:
        """Whether more may have to be looked at than a page holds: to count, for several types, for an order that is
        worked out for every row that is found.
        """
        if self.total or self.only_count or self.among:
            return True
        columns = {"", "_id", "_lastUpdated", *stored(self.rtype).dates[:1]}
        return any(key.by not in columns for key in self.sort)

    @property
    def types(self) -> list[str]:
        """Every type that the answer depends on."""
        looked_into = {name for test in self.tests for name in filters.types_of(test)}
        made = {"Provenance"} if self.provenance else set()
        return sorted({*(self.among or (self.rtype,))} | looked_into | includes.types_of(self.includes) | made)


def read(rtype: str, pairs: Iterable[tuple[str, str]], *, lenient: bool = False, among: tuple[str, ...] = ()) -> Query:
    """Read a search from its decoded parameters in order.

    lenient  `Prefer: handling=lenient`: unknown parameters are left out of the search and of the self link
    Raises SearchProblem.
    """
    parameter_storage.look()
    given = list(pairs)
    try:
        return _read(rtype, given, lenient=lenient, among=among)
    except SearchProblem:  # perhaps of a parameter that another process put to work just now
        if not parameter_storage.look(now=True):
            raise
        return _read(rtype, given, lenient=lenient, among=among)


def read_all(pairs: Iterable[tuple[str, str]], *, lenient: bool = False) -> Query:
    """Read a search of the types that `_type` names, or of all. As `read`; a parameter is one of every type, or one
    that each of the named types has.
    """
    given = list(pairs)
    named = [value for name, value in given if name == TYPE]
    among = tuple(dict.fromkeys(named[0].split(","))) if named else tuple(STORED)
    if len(named) > 1 or not set(among) <= set(STORED):
        raise _problem(f"{TYPE} ต้องเป็นชนิดของ R4 คั่นด้วยจุลภาค", f"{TYPE} names types of R4, with commas, once")
    return read(COMMON, given, lenient=lenient, among=among)


def _read(rtype: str, pairs: Iterable[tuple[str, str]], *, lenient: bool, among: tuple[str, ...] = ()) -> Query:
    query = Query(rtype, among)
    if among:
        query.sort = (Sort("_lastUpdated", True),)
    for name, value in pairs:
        if len(query.asked) >= MOST_PARAMETERS:
            raise _problem("พารามิเตอร์มากเกินไป", f"more than {MOST_PARAMETERS} parameters", "too-costly")
        if "\x00" in name or "\x00" in value:
            raise _problem("มีอักขระ NUL", "a parameter contains the character NUL")
        if name in _ONCE and any(name == before for before, _ in query.asked):
            raise _problem(f"{name} มีมากกว่าหนึ่งครั้ง", f"{name} is given more than once")
        if name in includes.DIRECTIVES:
            _include(query, name, value)
        elif name in _REFUSED:
            th, en = _REFUSED[name]
            raise _problem(th, en, "not-supported")
        elif name not in _ONCE and not (name == TYPE and among):
            try:
                query.tests.append(_test(query, name, value))
            except UnknownParameter:
                if not lenient:
                    raise
                continue
        query.asked.append((name, value))
    _read_controls(query, dict(query.asked))
    return query


def _read_controls(query: Query, given: dict[str, str]) -> None:
    for name, control in _CONTROLS.items():
        if name in given:
            control(query, given[name])
    query.shape = shape.read_shape(query.among or (query.rtype,), given)
    query.only_count = query.only_count or query.shape.summary == "count"
    if query.shape.summary == "text" and (query.includes or query.provenance):
        raise _problem(
            "_summary=text ใช้กับ _include และ _revinclude ไม่ได้", "_summary=text does not go with _include or _revinclude"
        )


def _include(query: Query, name: str, value: str) -> None:
    if query.among:
        raise _problem(f"{name} ใช้เมื่อค้นทีละชนิด", f"{name} goes with a search of one type", "not-supported")
    if (name, value) == ("_revinclude", includes.PROVENANCE):  # also those that are made when they are asked for
        query.provenance = True
    query.includes += includes.read_include(query.rtype, name, value)
    if len(query.includes) > includes.MOST_STEPS:
        raise includes.refused_many(query.rtype)


def _test(query: Query, name: str, value: str) -> Test:
    """One parameter; in a search of several types, one of every type, else one that each of them has."""
    reading = _filter if name == "_filter" else read_test
    try:
        return reading(query.rtype, name, value)
    except UnknownParameter:
        if not query.among or len(query.among) > MOST_TYPES:
            raise
    return Together("or", tuple(OfType(rtype, reading(rtype, name, value)) for rtype in query.among))


def _filter(rtype: str, _: str, value: str) -> Test:
    return read_filter(rtype, value)


def _problem(th: str, en: str, issue: str = "invalid") -> SearchProblem:
    return SearchProblem(th, en, issue=issue)


def _count(query: Query, value: str) -> None:
    if not (value.isascii() and value.isdigit() and len(value) < 10):
        raise _problem("_count ต้องเป็นจำนวนเต็มไม่ติดลบ", "_count is a whole number from 0")
    query.count = min(int(value), MOST_COUNT)
    query.only_count = query.only_count or query.count == 0


def _sort(query: Query, value: str) -> None:
    query.sort = tuple(Sort(name.removeprefix("-"), name.startswith("-")) for name in value.split(","))
    names = {key.by for key in query.sort}
    if not all(names) or len(names) < len(query.sort) or len(names) > MOST_KEYS:
        raise _problem(
            f"_sort มีได้ {MOST_KEYS} พารามิเตอร์ อย่างละครั้ง",
            f"_sort takes up to {MOST_KEYS} search parameters, each once, with - before it for descending",
            "not-supported",
        )


def _total(query: Query, value: str) -> None:
    if value not in {"none", "estimate", "accurate"}:
        raise _problem("_total ต้องเป็น none, estimate หรือ accurate", "_total is none, estimate or accurate")
    query.total = value != "none"


def _cursor(query: Query, value: str) -> None:
    query.cursor = read_cursor(value, query.order)
    if len(query.cursor) != len(query.sort) + 1:
        raise _not_ours()


# In the order in which they are read: a cursor means something only in an order.
_CONTROLS = {
    "_count": _count,
    "_sort": _sort,
    "_total": _total,
    "_cursor": _cursor,
}


_REFUSED = {"_query": ("_query ไม่รองรับ ไม่มีคำค้นที่ตั้งชื่อไว้", "_query is not answered: there are no named queries here")}
_ONCE = frozenset({*_CONTROLS, *shape.NAMES})


def write_cursor(*last: Any, order: str = "") -> str:
    """The cursor of the page after the row with these values of an order, its number last: sealed, for the values may
    be a name or a diagnosis, and addresses are written into logs.
    """
    plain = [{"at": value.isoformat()} if isinstance(value, datetime) else value for value in last]
    return base64.urlsafe_b64encode(keys.seal(orjson.dumps([order, *plain]).decode())).decode().rstrip("=")


def read_cursor(text: str, order: str = "") -> tuple[Any, ...]:
    """What `write_cursor` wrote for this order. Raises SearchProblem."""
    try:
        sealed = base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
        own, *values = orjson.loads(keys.unseal(sealed))
    except (ValueError, InvalidTag):
        own, values = None, []
    if own != order or not values:
        raise _not_ours()
    return tuple(datetime.fromisoformat(value["at"]) if isinstance(value, dict) else value for value in values)


def _not_ours() -> SearchProblem:
    return _problem("ตัวชี้หน้าถัดไปไม่ถูกต้อง", "this page cursor is not one of ours, or of another search")
