"""How much of a resource is served, and how it is printed: `_summary`, `_elements`, `_pretty`, `_format`.

A body goes out as the bytes that are stored, unless something is to be left out of it.
Source: FHIR R4 search, summary and elements; http, general parameters.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from . import exact
from .definitions import elements
from .domain import SearchProblem
from .formats import is_format

NAMES = ("_summary", "_elements", "_pretty", "_format")

_SUMMARIES = ("true", "text", "data", "count", "false")
_ALWAYS = frozenset({"resourceType", "id", "meta"})
_TAG = {
    "system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue",
    "code": "SUBSETTED",
    "display": "subsetted",
}


@dataclass(frozen=True)
class Shape:
    """What is served of each resource."""

    summary: str = "false"
    elements: tuple[str, ...] = ()
    pretty: bool = False

    def cut(self, rtype: str, body: bytes, *, included: bool = False) -> bytes:
        """A body with only what was asked for, tagged SUBSETTED where something was left out.

        included  it only came along: `_elements` names elements of the type searched
        """
        kept = keys_kept(rtype, self.summary, () if included else self.elements)
        if kept is None:
            return body
        content = exact.loads(body)
        left = {key: value for key, value in content.items() if key.lstrip("_") in kept}
        if len(left) == len(content):
            return body
        meta = content.get("meta", {})
        return exact.dumps({**left, "meta": {**meta, "tag": [*meta.get("tag", ()), _TAG]}})

    def printed(self, answer: bytes) -> bytes:
        """The answer on one line, or indented for people."""
        return exact.dumps(exact.loads(answer, deepest=2 * exact.MOST_DEPTH), indented=True) if self.pretty else answer


@lru_cache(maxsize=512)
def keys_kept(rtype: str, summary: str, named: tuple[str, ...]) -> frozenset[str] | None:
    """The JSON keys that stay; None for all. What is mandatory, or changes the meaning of the rest, always stays."""
    if summary in {"false", "count"} and not named:
        return None
    kept = set(_ALWAYS)
    for name, element in elements(rtype).items():
        wanted = {
            "true": element.summary,
            "text": name == "text",
            "data": name != "text",
        }.get(summary, name in named)
        if wanted or element.mandatory or element.modifier:
            kept.update(element.keys)
    return frozenset(kept)


def read_shape(rtypes: Sequence[str], given: Mapping[str, str]) -> Shape:
    """Read the four parameters of a search of these types; others are not looked at. Raises SearchProblem."""
    for name, value in given.items():
        is_format(name, value)
    summary = given.get("_summary", "false")
    if summary not in _SUMMARIES:
        raise SearchProblem(f"_summary ใช้ได้: {', '.join(_SUMMARIES)}", f"_summary takes {', '.join(_SUMMARIES)}")
    if "_elements" in given and summary != "false":
        raise SearchProblem("ใช้ _summary หรือ _elements อย่างใดอย่างหนึ่ง", "ask for _summary or _elements, not for both")
    named = tuple(given["_elements"].split(",")) if "_elements" in given else ()
    every = [name for rtype in rtypes for name in elements(rtype)] if named else []
    if not set(named) <= set(every):
        rtype, known = (rtypes[0], ", ".join(every)) if len(rtypes) == 1 else ("_type", "...")
        raise SearchProblem(f"_elements ของ {rtype} ใช้ได้: {known}", f"_elements of {rtype} takes {known}")
    return Shape(summary, named, given.get("_pretty") == "true")


def of_read(rtype: str, pairs: Iterable[tuple[str, str]]) -> Shape:
    """Read the parameters of a read. Raises SearchProblem; `_summary=count` is for searches."""
    asked = list(pairs)
    given = dict(asked)
    if not set(given) <= set(NAMES) or len(given) < len(asked) or given.get("_summary") == "count":
        raise SearchProblem(
            f"การอ่านใช้ได้ {', '.join(NAMES)} อย่างละครั้ง (ไม่มี _summary=count)",
            f"a read takes {', '.join(NAMES)}, each once, and not _summary=count",
            issue="not-supported",
        )
    return read_shape((rtype,), given)
