"""What one parameter of a search asks: a test of the resource itself, or of one that a reference leads to.

Source: FHIR R4 search (hl7.org/fhir/R4/search.html), modifiers, chained parameters, reverse chaining.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from .domain import SearchProblem
from .parameters import STORED, TARGET, Link, answered, references

MOST_VALUES = 100
MOST_LINKS = 3  # references that one parameter may follow, forwards and backwards together

Kind = Literal["id", "updated", "token", "date", "string", "patient", "encounter", "organization"]
MODIFIERS: dict[Kind, tuple[str, ...]] = {
    "id": (),
    "updated": (),
    "token": ("not", "missing"),
    "date": ("missing",),
    "string": ("contains", "exact", "missing"),
    "patient": ("Patient", "missing"),
    "encounter": ("Encounter", "missing"),
    "organization": ("Organization", "missing"),
}
_COSTLY = {"not", "missing", "exact", "contains"}

_REFERENCE = re.compile(r"(?:(?:https?://[^\s]+/)?([A-Z][A-Za-z]+)/)?([A-Za-z0-9.-]{1,64})")
_PREFIXED = re.compile(r"(eq|ne|gt|lt|ge|le|sa|eb|ap)?(\d{4}.*)", re.DOTALL)


@dataclass(frozen=True)
class Filter:
    """One parameter with its values, of which any may match."""

    name: str
    kind: Kind
    modifier: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Related:
    """There is a resource of `rtype` at the other end of a reference that passes `then`.

    The reference may be one's own (a chain) or the other's (_has): the table holds the same at both ends.
    """

    rtype: str
    link: Link
    then: Filter | Related


Test = Filter | Related


class UnknownParameter(SearchProblem):
    """A parameter that its type does not answer; left out when handling is lenient."""


def read_test(rtype: str, name: str, value: str, *, links: int = MOST_LINKS) -> Test:
    """Read one parameter of a type: `code`, `name:exact`, `patient.gender`, `_has:Observation:patient:code`.

    links  how many references may still be followed
    Raises SearchProblem.
    """
    if name.startswith("_has:"):
        return _has(rtype, name, value, links)
    if "." in name:
        return _chain(rtype, name, value, links)
    return _filter(rtype, name, value)


def types_of(test: Test) -> Iterator[str]:
    """The types that a test looks into besides the one searched."""
    while isinstance(test, Related):
        yield test.rtype
        test = test.then


def is_costly(test: Test) -> bool:
    """Whether the test may have to look at much more than it finds: it leads elsewhere, excludes, or reads bodies."""
    return isinstance(test, Related) or test.modifier in _COSTLY or any(value.endswith("|") for value in test.values)


def _chain(rtype: str, name: str, value: str, links: int) -> Related:
    head, _, rest = name.partition(".")
    own, _, target = head.partition(":")
    link = references(rtype).get(own)
    if link is None or target not in {"", TARGET[link]}:
        raise unknown(rtype, name)
    _require_links(links)
    return Related(TARGET[link], link, read_test(TARGET[link], rest, value, links=links - 1))


def _has(rtype: str, name: str, value: str, links: int) -> Related:
    _, other, own, rest = [*name.split(":", 3), "", "", ""][:4]
    link = references(other).get(own) if other in STORED else None
    if link is None or TARGET[link] != rtype or not rest:
        raise unknown(rtype, name)
    _require_links(links)
    return Related(other, link, read_test(other, rest, value, links=links - 1))


def _require_links(links: int) -> None:
    if links == 0:
        raise SearchProblem(
            f"เชื่อมต่อกันเกิน {MOST_LINKS} ทอด", f"a parameter follows at most {MOST_LINKS} references", issue="too-costly"
        )


def _filter(rtype: str, name: str, value: str) -> Filter:
    plain, _, modifier = name.partition(":")
    kind = kind_of(rtype, plain)
    if kind is None:
        raise unknown(rtype, name)
    if modifier and modifier not in MODIFIERS[kind]:
        raise SearchProblem(
            f"{plain} ใช้ตัวขยาย :{_shown(modifier)} ไม่ได้",
            f"{plain} does not take the modifier :{_shown(modifier)}",
            issue="not-supported",
        )
    values = tuple(part if kind == "token" else unescaped(part) for part in split(value, ","))
    if not all(values):
        raise SearchProblem(f"{plain} ไม่มีค่า", f"{plain} has an empty value")
    if len(values) > MOST_VALUES:
        raise SearchProblem(f"{plain} มีค่ามากเกินไป", f"{plain} has more than {MOST_VALUES} values", issue="too-costly")
    if modifier == "missing" and values not in {("true",), ("false",)}:
        raise SearchProblem(f"{plain}:missing ต้องเป็น true หรือ false", f"{plain}:missing is true or false")
    return Filter(plain, kind, modifier, values)


def kind_of(rtype: str, name: str) -> Kind | None:
    """How a parameter of a type is searched; None when the type does not answer it."""
    if name not in answered(rtype):
        return None
    stored = STORED[rtype]
    known: dict[str, Kind] = {"_id": "id", "_lastUpdated": "updated", **references(rtype)}
    known.update(dict.fromkeys(stored.dates, "date"))
    known.update(dict.fromkeys(stored.strings, "string"))
    return known.get(name, "token")


def split(text: str, separator: str) -> Iterator[str]:
    r"""The parts of a value as written; a backslash takes the meaning from a separator after it.

    >>> list(split(r"a\,b,c", ","))
    ['a\\,b', 'c']
    """
    part, escaped = "", False
    for letter in text:
        if letter == separator and not escaped:
            yield part
            part = ""
            continue
        part += letter
        escaped = letter == "\\" and not escaped
    yield part


def unescaped(part: str) -> str:
    r"""What a part says: a backslash before `,`, `|`, `$` or itself only takes their meaning.

    >>> unescaped(r"a\,b\c")
    'a,b\\c'
    """
    return re.sub(r"\\([\\,|$])", r"\1", part)


def prefix(value: str) -> tuple[str, str]:
    """The prefix of a date value, `eq` where none is given, and the date. A `+` that became a blank in the address
    is put back.
    """
    found = _PREFIXED.fullmatch(value)
    if found is None:
        raise SearchProblem("วันที่ไม่ถูกรูปแบบ", "not a date; write [prefix]YYYY[-MM[-DD[Thh:mm[:ss][zone]]]]")
    return found[1] or "eq", found[2].replace(" ", "+")


def reference(filter_: Filter, value: str, target: str) -> str:
    """The id in a reference value `id`, `Type/id` or an address ending so. Raises SearchProblem for another type."""
    found = _REFERENCE.fullmatch(value)
    if found is None or (found[1] or target) != target:
        raise SearchProblem(
            f"{filter_.name} ต้องเป็น {target}/id หรือ id",
            f"{filter_.name} takes {target}/id or an id",
            issue="not-supported",
        )
    return found[2]


def unknown(rtype: str, name: str) -> UnknownParameter:
    """The refusal of a parameter that this type does not answer."""
    known = ", ".join(answered(rtype))
    return UnknownParameter(
        f"ไม่รู้จักพารามิเตอร์ {_shown(name)} ของ {rtype} ใช้ได้: {known}",
        f"unknown parameter {_shown(name)} of {rtype}; it answers: {known}",
        issue="not-supported",
    )


def _shown(text: str) -> str:
    return re.sub(r"[^\w.:-]", "?", text)[:60]
