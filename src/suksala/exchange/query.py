"""A FHIR search read from its parameters: what is asked, in our terms, before any SQL.

Strict by default: an unknown parameter or form is an error, because a search that silently ignores a part answers
another question.
Source: FHIR R4 search (hl7.org/fhir/R4/search.html).
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NamedTuple

import orjson

from .domain import SearchProblem
from .parameters import STORED, answered

DEFAULT_COUNT = 20
MOST_COUNT = 1000
MOST_VALUES = 100
MOST_PARAMETERS = 50

Kind = Literal["id", "updated", "token", "date", "string", "patient", "encounter", "organization"]

_REFERENCE = re.compile(r"(?:(?:https?://[^\s]+/)?([A-Z][A-Za-z]+)/)?([A-Za-z0-9.-]{1,64})")
_PREFIXED = re.compile(r"(eq|ne|gt|lt|ge|le|sa|eb|ap)?(\d{4}.*)", re.DOTALL)
_MODIFIERS: dict[str, tuple[str, ...]] = {"token": ("not",), "string": ("contains",), "patient": ("Patient",)}
_JSON = {"json", "application/json", "application/fhir+json"}


class Filter(NamedTuple):
    """One parameter with its values, of which any may match."""

    name: str
    kind: Kind
    modifier: str
    values: tuple[str, ...]


class Sort(NamedTuple):
    """The order of the answer; ids break ties, so the order is total and paging loses nothing."""

    by: Literal["date", "upd"]
    descending: bool


NEWEST_FIRST = Sort("date", True)


class Cursor(NamedTuple):
    """The last row of the page before."""

    at: datetime
    id: int


@dataclass
class Query:
    """A search of one type."""

    rtype: str
    filters: list[Filter] = field(default_factory=list)
    count: int = DEFAULT_COUNT
    sort: Sort = NEWEST_FIRST
    total: bool = False
    only_count: bool = False
    cursor: Cursor | None = None
    asked: list[tuple[str, str]] = field(default_factory=list)  # as given, for the links


def read(rtype: str, pairs: Iterable[tuple[str, str]], *, lenient: bool = False) -> Query:
    """Read a search from its decoded parameters in order.

    lenient  `Prefer: handling=lenient`: unknown parameters are left out of the search and of the self link
    Raises SearchProblem.
    """
    query = Query(rtype)
    seen: set[str] = set()
    for name, value in pairs:
        if len(query.asked) >= MOST_PARAMETERS:
            raise _problem("พารามิเตอร์มากเกินไป", f"more than {MOST_PARAMETERS} parameters", "too-costly")
        if "\x00" in name or "\x00" in value:
            raise _problem("มีอักขระ NUL", "a parameter contains the character NUL")
        if name in _CONTROLS:
            if name in seen:
                raise _problem(f"{name} มีมากกว่าหนึ่งครั้ง", f"{name} is given more than once")
            _CONTROLS[name](query, value)
        elif not _add_filter(query, name, value):
            if not lenient:
                raise unknown(rtype, name)
            continue
        seen.add(name)
        query.asked.append((name, value))
    return query


def _add_filter(query: Query, name: str, value: str) -> bool:
    plain, _, modifier = name.partition(":")
    kind = kind_of(query.rtype, plain)
    if kind is None:
        return False
    if modifier and modifier not in _MODIFIERS.get(kind, ()):
        raise _problem(
            f"{plain} ใช้ตัวขยาย :{modifier[:20]} ไม่ได้",
            f"{plain} does not take the modifier :{modifier[:20]}",
            "not-supported",
        )
    values = tuple(split(value, ","))
    if not all(values):
        raise _problem(f"{plain} ไม่มีค่า", f"{plain} has an empty value")
    if len(values) > MOST_VALUES:
        raise _problem(f"{plain} มีค่ามากเกินไป", f"{plain} has more than {MOST_VALUES} values", "too-costly")
    query.filters.append(Filter(plain, kind, modifier, values))
    return True


def kind_of(rtype: str, name: str) -> Kind | None:
    """How a parameter of a type is searched; None when the type does not answer it."""
    if name not in answered(rtype):
        return None
    stored = STORED[rtype]
    known: dict[str, Kind] = {"_id": "id", "_lastUpdated": "updated"}
    known.update(dict.fromkeys(stored.dates, "date"))
    known.update(dict.fromkeys(stored.patients, "patient"))
    known.update(dict.fromkeys(stored.strings, "string"))
    if stored.encounter:
        known[stored.encounter] = "encounter"
    if stored.organization:
        known[stored.organization] = "organization"
    return known.get(name, "token")


def split(text: str, separator: str) -> Iterator[str]:
    """The parts of a value; a backslash takes the meaning from a separator or a backslash after it.

    >>> list(split(r"a\\,b,c", ","))
    ['a,b', 'c']
    """
    part, escaped = "", False
    for letter in text:
        if escaped:
            part += letter if letter in r"\,|$" else "\\" + letter
            escaped = False
        elif letter == "\\":
            escaped = True
        elif letter == separator:
            yield part
            part = ""
        else:
            part += letter
    yield part + ("\\" if escaped else "")


def prefix(value: str) -> tuple[str, str]:
    """The prefix of a date value, `eq` where none is given, and the date. A `+` that became a blank in the address
    is put back.
    """
    found = _PREFIXED.fullmatch(value)
    if found is None:
        raise _problem("วันที่ไม่ถูกรูปแบบ", "not a date; write [prefix]YYYY[-MM[-DD[Thh:mm[:ss][zone]]]]")
    return found[1] or "eq", found[2].replace(" ", "+")


def reference(filter_: Filter, value: str, target: str) -> str:
    """The id in a reference value `id`, `Type/id` or an address ending so. Raises SearchProblem for another type."""
    found = _REFERENCE.fullmatch(value)
    if found is None or (found[1] or target) != target:
        raise _problem(
            f"{filter_.name} ต้องเป็น {target}/id หรือ id", f"{filter_.name} takes {target}/id or an id", "not-supported"
        )
    return found[2]


def unknown(rtype: str, name: str) -> SearchProblem:
    """The refusal of a parameter that this type does not answer."""
    shown = re.sub(r"[^\w.:-]", "?", name)[:60]
    known = ", ".join(answered(rtype))
    return _problem(
        f"ไม่รู้จักพารามิเตอร์ {shown} ของ {rtype} ใช้ได้: {known}",
        f"unknown parameter {shown} of {rtype}; it answers: {known}",
        "not-supported",
    )


def _problem(th: str, en: str, issue: str = "invalid") -> SearchProblem:
    return SearchProblem(th, en, issue=issue)


def _count(query: Query, value: str) -> None:
    if not (value.isascii() and value.isdigit() and len(value) < 10):
        raise _problem("_count ต้องเป็นจำนวนเต็มไม่ติดลบ", "_count is a whole number from 0")
    query.count = min(int(value), MOST_COUNT)
    query.only_count = query.only_count or query.count == 0


def _sort(query: Query, value: str) -> None:
    name = value.removeprefix("-")
    if name == "_lastUpdated":
        query.sort = Sort("upd", value.startswith("-"))
    elif name in STORED[query.rtype].dates:
        query.sort = Sort("date", value.startswith("-"))
    else:
        able = ", ".join([*STORED[query.rtype].dates, "_lastUpdated"])
        raise _problem(
            f"เรียงลำดับได้เฉพาะ {able}", f"_sort takes one of {able}, with - before it for newest first", "not-supported"
        )


def _total(query: Query, value: str) -> None:
    if value not in {"none", "estimate", "accurate"}:
        raise _problem("_total ต้องเป็น none, estimate หรือ accurate", "_total is none, estimate or accurate")
    query.total = value != "none"


def _summary(query: Query, value: str) -> None:
    if value not in {"count", "false"}:
        raise _problem("_summary รองรับเฉพาะ count และ false", "_summary takes count and false", "not-supported")
    query.only_count = value == "count"


def _format(_: Query, value: str) -> None:
    if value not in _JSON:
        raise _problem("รองรับเฉพาะ JSON", "only JSON is served", "not-supported")


def _pretty(_: Query, value: str) -> None:
    if value not in {"true", "false"}:
        raise _problem("_pretty ต้องเป็น true หรือ false", "_pretty is true or false")


def _cursor(query: Query, value: str) -> None:
    query.cursor = read_cursor(value)


_CONTROLS = {
    "_count": _count,
    "_sort": _sort,
    "_total": _total,
    "_summary": _summary,
    "_format": _format,
    "_pretty": _pretty,
    "_cursor": _cursor,
}


def write_cursor(at: datetime, number: int) -> str:
    """The cursor of the page after this row."""
    return base64.urlsafe_b64encode(orjson.dumps([at.isoformat(), number])).decode().rstrip("=")


def read_cursor(text: str) -> Cursor:
    """What `write_cursor` wrote. Raises SearchProblem; a made-up cursor only ever turns to rows the permit opens."""
    try:
        at, number = orjson.loads(base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4)))
        moment = datetime.fromisoformat(at)
        known = moment.tzinfo is not None and type(number) is int and -(2**63) <= number < 2**63
    except (ValueError, TypeError):
        known = False
    if not known:
        raise _problem("ตัวชี้หน้าถัดไปไม่ถูกต้อง", "this page cursor is not one of ours")
    return Cursor(moment, number)
