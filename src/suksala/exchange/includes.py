"""What a page is asked to bring along: `_include` and `_revinclude`, read and listed.

Source: FHIR R4 search, including other resources in result.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from .domain import SearchProblem
from .own_parameters import remembered
from .parameters import BESIDE, STORED, Link, link_of, references

DIRECTIVES = ("_include", "_include:iterate", "_revinclude", "_revinclude:iterate")
PROVENANCE = "Provenance:target"  # made from the resource itself, so it comes along without a join


MOST_STEPS = 40  # of one search: a reference that may lead to many types is as many
ANY = "*"  # any reference


class Include(NamedTuple):
    """From rows of the types `starts` along a reference, forwards or backwards, to rows of `targets`, which come along.

    name   the reference parameter, of the start forwards, of the target backwards; `*` for all
    link   what both ends share; None where only `resource_reference` knows
    again  from rows that came along too, until nothing new comes (:iterate)
    named  the search named the one type that comes along, or there is but one
    """

    starts: tuple[str, ...]
    name: str
    link: Link | None
    targets: tuple[str, ...]
    again: bool
    back: bool
    named: bool = True


def read_include(rtype: str, name: str, value: str) -> list[Include]:
    """Read `_include=Observation:patient` and its like for a search of `rtype`; `*` is every reference of the type.

    Raises SearchProblem.
    """
    directive, _, modifier = name.partition(":")
    back, again = directive == "_revinclude", modifier == "iterate"
    if value == "*" and not back:
        value = f"{rtype}:*"
    source, _, rest = value.partition(":")
    parameter, _, wanted = rest.partition(":")
    known = references(source) if source in STORED else {}
    if (
        not known
        or (parameter != "*" and parameter not in known)
        or (wanted and wanted not in known.get(parameter, ()))
    ):
        raise _refused(rtype, directive)
    found: dict[Include, None] = {}
    for one in known if parameter == "*" else (parameter,):
        ends = _ends(known[one], wanted, rtype if back and not again else None)
        found.update(dict.fromkeys(_steps(source, one, ends, again=again, back=back, every=parameter == "*")))
    if not found or (not again and not any(rtype in step.starts for step in found)):
        raise _refused(rtype, directive)
    return list(found)


def _ends(known: tuple[str, ...], wanted: str, only: str | None) -> tuple[str, ...]:
    """The types at the far end of a reference that are meant: the one that is named; backwards, the one searched."""
    return tuple(target for target in known if target in STORED and wanted in {"", target} and only in {None, target})


def _steps(source: str, name: str, ends: tuple[str, ...], *, again: bool, back: bool, every: bool) -> Iterator[Include]:
    """One step for whatever both ends share, and one for whatever else the reference leads to."""
    linked = {end: link for end in ends if (link := link_of(source, name, end))}
    others = tuple(end for end in ends if end not in linked or linked[end] in BESIDE)
    for end, link in linked.items():
        yield _step(source, name, link, (end,), again=again, back=back)
    if others:
        step = _step(source, ANY if every else name, None, others, again=again, back=back)
        yield step._replace(named=len(ends) == 1)


def _step(source: str, name: str, link: Link | None, ends: tuple[str, ...], *, again: bool, back: bool) -> Include:
    if back:
        return Include(ends, name, link, (source,), again, back)
    return Include((source,), name, link, ends, again, back)


def _refused(rtype: str, directive: str) -> SearchProblem:
    known = ", ".join((forwards(rtype) if directive == "_include" else backwards(rtype))[:MOST_STEPS]) or "-"
    return SearchProblem(
        f"{directive} ของ {rtype} ใช้ได้: {known} ถ้าเริ่มจากชนิดที่ถูกดึงมาด้วยให้ใช้ {directive}:iterate",
        f"{directive} of {rtype} takes {known}; from a type that comes along, {directive}:iterate",
        issue="not-supported",
    )


def forwards(rtype: str) -> list[str]:
    """What `_include` takes in a search of this type."""
    return [f"{rtype}:{name}" for name in references(rtype)]


@remembered(256)
def backwards(rtype: str) -> list[str]:
    """What `_revinclude` takes in a search of this type."""
    return [f"{other}:{name}" for other in STORED for name, targets in references(other).items() if rtype in targets]


MOST_TOLD = 20  # types that a reference leads to and that are told one by one


@remembered(256)
def told_backwards(rtype: str) -> list[str]:
    """As `backwards`, without the references that lead to nearly every type: each type would list them all."""
    return [name for name in backwards(rtype) if name == PROVENANCE or not _leads_anywhere(name)]


def _leads_anywhere(name: str) -> bool:
    rtype, _, parameter = name.partition(":")
    return len(references(rtype)[parameter]) >= MOST_TOLD


def types_of(includes: Iterable[Include]) -> set[str]:
    """The types that come along for certain; of several that a reference may lead to, the reader's own are served."""
    return {target for include in includes if include.named for target in include.targets}


def narrowed(includes: Iterable[Include], may: Callable[[str], bool]) -> list[Include]:
    """The same without types that came to be meant only because a reference may lead to them."""
    found = []
    for include in includes:
        kept = include.targets if include.named else tuple(target for target in include.targets if may(target))
        found += [include._replace(targets=kept)] if kept else []
    return found


def refused_many(rtype: str) -> SearchProblem:
    """The refusal of more steps than one statement should hold."""
    return SearchProblem(
        f"_include ของ {rtype} มากเกินไป ระบุพารามิเตอร์และชนิด เช่น [type]:[parameter]:[target]",
        f"more than {MOST_STEPS} references to follow from {rtype}; name them as [type]:[parameter]:[target]",
        issue="too-costly",
    )
