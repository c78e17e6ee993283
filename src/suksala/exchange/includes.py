"""What a page is asked to bring along: `_include` and `_revinclude`, read and listed.

Source: FHIR R4 search, including other resources in result.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from .domain import SearchProblem
from .parameters import STORED, TARGET, Link, references

DIRECTIVES = ("_include", "_include:iterate", "_revinclude", "_revinclude:iterate")
PROVENANCE = "Provenance:target"  # made from the resource itself, so it comes along without a join


class Include(NamedTuple):
    """From rows of the type `start` along a reference, forwards or backwards, to rows of `target`, which come along.

    again  from rows that came along too, until nothing new comes (:iterate)
    """

    start: str
    link: Link
    target: str
    again: bool


def read_include(rtype: str, name: str, value: str) -> Include:
    """Read `_include=Observation:patient` and its like for a search of `rtype`. Raises SearchProblem."""
    directive, _, modifier = name.partition(":")
    source, _, rest = value.partition(":")
    parameter, _, wanted = rest.partition(":")
    link = references(source).get(parameter) if source in STORED else None
    if link is None or wanted not in {"", TARGET[link]}:
        raise _refused(rtype, directive)
    forwards, again = directive == "_include", modifier == "iterate"
    start, target = (source, TARGET[link]) if forwards else (TARGET[link], source)
    if start != rtype and not again:
        raise _refused(rtype, directive)
    return Include(start, link, target, again)


def _refused(rtype: str, directive: str) -> SearchProblem:
    known = ", ".join(forwards(rtype) if directive == "_include" else backwards(rtype)) or "-"
    return SearchProblem(
        f"{directive} ของ {rtype} ใช้ได้: {known} ถ้าเริ่มจากชนิดที่ถูกดึงมาด้วยให้ใช้ {directive}:iterate",
        f"{directive} of {rtype} takes {known}; from a type that comes along, {directive}:iterate",
        issue="not-supported",
    )


def forwards(rtype: str) -> list[str]:
    """What `_include` takes in a search of this type."""
    return [f"{rtype}:{name}" for name in references(rtype)]


def backwards(rtype: str) -> list[str]:
    """What `_revinclude` takes in a search of this type."""
    found = [f"{other}:{name}" for other in STORED for name, link in references(other).items() if TARGET[link] == rtype]
    return found if rtype == "Organization" else [*found, PROVENANCE]


def types_of(includes: Iterable[Include]) -> set[str]:
    """The types that may come along."""
    return {include.target for include in includes}
