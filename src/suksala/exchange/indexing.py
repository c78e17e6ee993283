"""From a resource to its index columns: one compiled function per type."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import lru_cache
from typing import Any

from suksala.standards.thai_codes import folded

from . import dates, tokens
from .domain import STATUS_NUMBER, Index
from .parameters import STORED, answered
from .walkers import Walker, compile_expression

Indexer = Callable[[str, dict[str, Any]], Index]


@lru_cache(maxsize=64)
def indexer(rtype: str) -> Indexer:
    """The function that reads the index columns of a resource of `rtype` from its id and content."""
    stored = STORED[rtype]
    known = answered(rtype)
    walk = {name: compile_expression(definition.expression) for name, definition in known.items()}
    code = walk.get(stored.code or "")
    status = walk.get(stored.status or "")
    encounter = walk.get(stored.encounter or "")
    date_walks = [(name, walk[name]) for name in stored.dates]
    token_walks = [(name, walk[name]) for name in stored.tokens]
    code_name = stored.code or ""
    first_string = walk.get(stored.strings[0]) if stored.strings else None
    own_encounter = rtype == "Encounter"

    def index(rid: str, resource: dict[str, Any]) -> Index:
        toks: list[int] = []
        number = None
        if code:
            number = _first_code(code_name, code(resource), toks)
        for name, walker in token_walks:
            for value in walker(resource):
                toks.extend(token_numbers(name, value))
        low, high = _date(date_walks, resource, toks)
        enc = None
        if own_encounter:
            enc = tokens.reference("Encounter/" + rid)
        elif encounter:
            found = encounter(resource)
            enc = tokens.reference(found[0]["reference"]) if found else None
        return Index(number, low, high, enc, _status(status, resource), _string(first_string, resource), toks)

    return index


def _first_code(name: str, values: list[Any], toks: list[int]) -> int | None:
    number = None
    for value in values:
        for coding in value.get("coding", ()):
            exact, loose = tokens.coding(name, coding.get("system", ""), coding.get("code", ""))
            if number is None:
                number = exact
            else:
                toks.append(exact)
            toks.append(loose)
    return number


def _date(
    walks: list[tuple[str, Walker]], resource: dict[str, Any], toks: list[int]
) -> tuple[datetime, datetime | None]:
    for name, walker in walks:
        for value in walker(resource):
            if len(walks) > 1:
                toks.append(tokens.token("has", "", name))
            return span_of(value)
    return dates.LONG_AGO, None


def span_of(value: Any) -> tuple[datetime, datetime]:
    """The span of a FHIR date, dateTime, instant or Period; an open end reaches for ever."""
    if isinstance(value, dict):
        low = dates.span(value["start"])[0] if "start" in value else dates.LONG_AGO
        high = dates.span(value["end"])[1] if "end" in value else dates.FAR_AHEAD
        return low, high
    return dates.span(value)


def _status(walker: Walker | None, resource: dict[str, Any]) -> int | None:
    for value in walker(resource) if walker else ():
        code = value["coding"][0]["code"] if isinstance(value, dict) else value
        return STATUS_NUMBER.get(code)
    return None


def _string(walker: Walker | None, resource: dict[str, Any]) -> str | None:
    for value in walker(resource) if walker else ():
        return fold(value)
    return None


_KEPT: dict[tuple[str, int], tuple[Any, tuple[int, ...]]] = {}
_MOST_KEPT = 1 << 15


def token_numbers(name: str, value: Any) -> tuple[int, ...]:
    """The numbers under which one value of a token parameter is found.

    Concepts are shared objects (mapping.concepts), so those of a concept are kept by identity; the entry holds the
    object alive.
    """
    if not (isinstance(value, dict) and "coding" in value):
        return tuple(_numbers(name, value))
    kept = _KEPT.get((name, id(value)))
    if kept is None:
        if len(_KEPT) >= _MOST_KEPT:
            _KEPT.clear()
        kept = _KEPT[name, id(value)] = (value, tuple(_numbers(name, value)))
    return kept[1]


def _numbers(name: str, value: Any) -> Iterator[int]:
    if isinstance(value, str):
        yield from tokens.coding(name, "", value)
    elif isinstance(value, bool):
        yield from tokens.coding(name, "", "true" if value else "false")
    elif "coding" in value:
        for coding in value["coding"]:
            yield from tokens.coding(name, coding.get("system", ""), coding.get("code", ""))
    elif "value" in value:  # Identifier, ContactPoint: as many as people, so not worth a cache
        yield tokens.token(name, value.get("system", "") if name == "identifier" else "", value["value"])
        yield tokens.token(name, tokens.ANY, value["value"])
    elif "code" in value:
        yield from tokens.coding(name, value.get("system", ""), value["code"])


def words(rtype: str, resource: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The folded words of the string parameters: (parameter, word)."""
    known = answered(rtype)
    for name in STORED[rtype].strings:
        for value in compile_expression(known[name].expression)(resource):
            for part in _string_parts(value):
                yield name, fold(part)


def _string_parts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
        return
    for key in ("family", "text"):
        if value.get(key):
            yield value[key]
    for key in ("given", "prefix", "suffix"):
        yield from value.get(key, ())


def fold(text: str) -> str:
    """A text as string search compares it: without regard to case, accents, spacing and Thai look-alikes."""
    return folded(text)
