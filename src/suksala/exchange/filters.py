"""What one parameter of a search asks: a test of the resource itself, or of one that a reference leads to.

Source: FHIR R4 search (hl7.org/fhir/R4/search.html), modifiers, chained parameters, reverse chaining.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, cast

from . import addresses
from .definitions import resource_types
from .domain import SearchProblem
from .parameters import IN_BODIES, STORED, Link, answered, link_of, references, stored

MOST_VALUES = 100
MOST_TARGETS = 8  # types that one step of a chain leads to, where the search names none
MOST_LINKS = 3  # references that one parameter may follow, forwards and backwards together

Kind = Literal[
    "id",
    "updated",
    "source",
    "list",
    "text",
    "content",
    "near",
    "token",
    "date",
    "string",
    "reference",
    "uri",
    "quantity",
    "number",
    "composite",
]
MODIFIERS: dict[Kind, tuple[str, ...]] = {
    "id": (),
    "updated": (),
    "source": ("below",),
    "list": (),
    "text": (),
    "content": (),
    "near": ("missing",),
    "token": ("not", "text", "in", "not-in", "above", "below", "missing"),
    "date": ("missing",),
    "string": ("contains", "exact", "missing"),
    "reference": ("identifier", "missing"),  # and every type that it may lead to
    "uri": ("above", "below", "missing"),
    "quantity": ("missing",),
    "number": ("missing",),
    "composite": ("missing",),
}
_ESCAPED = {"token", "quantity", "composite", "near"}  # their values have parts of their own
_COSTLY = {"not", "missing", "exact", "contains", "text", "in", "not-in", "above", "below", "of-type"}
_FROM_BODIES = {"composite", "source", "near", "text", "content"}

_ID = re.compile(r"[A-Za-z0-9.-]{1,64}")
_ADDRESS = re.compile(r"(?:https?://|urn:)[^\s]{1,500}")
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

    The reference `name` may be one's own (a chain) or the other's (_has, `back`).
    link  what is the same at both ends, mostly a column; `human`: that, or what a sender said; None where only
          `resource_reference` knows
    """

    rtype: str
    name: str
    link: Link | None
    then: Test
    back: bool = False


@dataclass(frozen=True)
class Together:
    """Several tests: all of them, any of them, or not the one (`_filter`)."""

    how: Literal["and", "or", "not"]
    parts: tuple[Test, ...]


@dataclass(frozen=True)
class OfType:
    """The resource is of this type and passes `then`: in a search of several types, whose parameters differ."""

    rtype: str
    then: Test


Test = Filter | Related | Together | OfType


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
    if isinstance(test, Related):
        yield test.rtype
        yield from types_of(test.then)
    elif isinstance(test, Together):
        for part in test.parts:
            yield from types_of(part)
    elif isinstance(test, OfType):
        yield from types_of(test.then)
    elif test.kind == "list":
        yield "List"


def is_costly(test: Test) -> bool:
    """Whether the test may have to look at much more than it finds: it leads elsewhere, excludes, or reads bodies."""
    if not isinstance(test, Filter):
        return True
    read = test.kind in _FROM_BODIES or any(value.endswith("|") or "||" in value for value in test.values)
    return read or test.modifier in _COSTLY or test.name.startswith("component-value-")


def _chain(rtype: str, name: str, value: str, links: int) -> Test:
    """Along a reference to whatever type it may lead to that answers the rest; a type that is named is the only one."""
    head, _, rest = name.partition(".")
    own, _, target = head.partition(":")
    targets = references(rtype).get(own)
    if targets is None or (target and target not in targets) or target not in {"", *STORED}:
        raise unknown(rtype, name)
    _require_links(links)
    found = [
        Related(other, own, link_of(rtype, own, other), test)
        for other in ((target,) if target else targets)
        if other in STORED and (test := _answered(other, rest, value, links - 1, only=target or len(targets) == 1))
    ]
    if not found:
        raise unknown(rtype, name)
    return _any(found[:MOST_TARGETS])


def _any(tests: Sequence[Test]) -> Test:
    return tests[0] if len(tests) == 1 else Together("or", tuple(tests))


def _answered(rtype: str, rest: str, value: str, links: int, *, only: object) -> Test | None:
    """The rest of a chain for one type; None where it is one of several that the reference may lead to, and does not
    know it.
    """
    try:
        return read_test(rtype, rest, value, links=links)
    except UnknownParameter:
        if only:
            raise
        return None


def _has(rtype: str, name: str, value: str, links: int) -> Test:
    _, other, own, rest = [*name.split(":", 3), "", "", ""][:4]
    targets = references(other).get(own) if other in STORED else None
    if targets is None or rtype not in targets or not rest:
        raise unknown(rtype, name)
    _require_links(links)
    then = read_test(other, rest, value, links=links - 1)
    return Related(other, own, link_of(other, own, rtype), then, back=True)


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
    if modifier and modifier not in modifiers_of(rtype, plain):
        raise SearchProblem(
            f"{plain} ใช้ตัวขยาย :{_shown(modifier)} ไม่ได้",
            f"{plain} does not take the modifier :{_shown(modifier)}",
            issue="not-supported",
        )
    values = tuple(part if kind in _ESCAPED else unescaped(part) for part in split(value, ","))
    if not all(values):
        raise SearchProblem(f"{plain} ไม่มีค่า", f"{plain} has an empty value")
    if len(values) > MOST_VALUES:
        raise SearchProblem(f"{plain} มีค่ามากเกินไป", f"{plain} has more than {MOST_VALUES} values", issue="too-costly")
    if modifier == "missing" and values not in {("true",), ("false",)}:
        raise SearchProblem(f"{plain}:missing ต้องเป็น true หรือ false", f"{plain}:missing is true or false")
    return Filter(plain, kind, modifier, values)


_KIND_OF: dict[str, Kind] = {"_id": "id", "_lastUpdated": "updated", "_source": "source", "_list": "list"}
_KIND_OF |= {"_text": "text", "_content": "content"}
_WITHOUT_NARRATIVE = {"Binary", "Bundle", "Parameters"}


def kind_of(rtype: str, name: str) -> Kind | None:
    """How a parameter of a type is searched; None when the type does not answer it."""
    if name in _KIND_OF and not (name == "_text" and rtype in _WITHOUT_NARRATIVE):
        return _KIND_OF[name]
    known = answered(rtype).get(name)
    if known is None:
        return None
    return "near" if known.kind == "special" else cast(Kind, known.kind)


def modifiers_of(rtype: str, name: str) -> tuple[str, ...]:
    """The modifiers that a parameter of a type takes."""
    kind = kind_of(rtype, name)
    if kind is None:
        return ()
    if kind == "reference":
        targets = references(rtype)[name]
        return (*MODIFIERS[kind], *targets)
    if (rtype, name) in IN_BODIES:
        return ("not", "missing") if kind == "token" else ("missing",)
    if kind == "token" and (name == "identifier" or name == stored(rtype).status):
        return (*MODIFIERS[kind], "of-type") if name == "identifier" else ("not", "missing")
    return MODIFIERS[kind]


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


def targets_of(rtype: str, filter_: Filter, value: str) -> list[str]:
    """The addresses that a reference value may mean: `id` of any type that the parameter leads to, `Type/id`, or an
    address of another server. Raises SearchProblem for a type that it does not lead to.
    """
    known = references(rtype)[filter_.name]
    targets = (filter_.modifier,) if filter_.modifier in resource_types() else known
    if _ADDRESS.fullmatch(value):
        local = addresses.within(value)
        # Without a public address every server may be this one.
        return list(dict.fromkeys([addresses.compared(value), *([local] if local else ())]))
    found = addresses.local(value)
    if found and found[0] in targets:
        return [f"{found[0]}/{found[1]}"]
    if found or not _ID.fullmatch(value):
        several = "|".join(targets) if len(targets) < 6 else "Type"
        raise SearchProblem(
            f"{filter_.name} ต้องเป็น {several}/id หรือ id",
            f"{filter_.name} takes {several}/id or an id",
            issue="not-supported",
        )
    return [f"{target}/{value}" for target in targets]


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
