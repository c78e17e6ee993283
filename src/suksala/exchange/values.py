"""What one value of a search parameter is found by: numbers of tokens, spans of dates, folded words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from typing import Any

from suksala.standards.thai_codes import folded

from . import dates, tokens
from .quantities import UCUM

_CONTACTS = frozenset({"phone", "fax", "email", "pager", "url", "sms", "other"})  # of ContactPoint, no code systems


def span_of(value: Any) -> tuple[datetime, datetime] | None:
    """The span of a FHIR date, dateTime, instant, Period or Timing; an open end reaches for ever. None for a text that
    is no date, which some elements may hold instead.
    """
    try:
        if not isinstance(value, dict):
            return dates.span(value)
        if "event" in value or "repeat" in value:
            return _timing(value)
        low = dates.span(value["start"])[0] if "start" in value else dates.LONG_AGO
        high = dates.span(value["end"])[1] if "end" in value else dates.FAR_AHEAD
    except (ValueError, OverflowError, TypeError):
        return None
    return low, high


def _timing(value: dict[str, Any]) -> tuple[datetime, datetime] | None:
    """From the first to the last of what is scheduled: R4 search, date, Timing: "the outer limits"."""
    spans = [dates.span(event) for event in value.get("event", ())]
    bounds = value.get("repeat", {}).get("boundsPeriod")
    outer = span_of(bounds) if bounds else None
    spans += [outer] if outer else []
    return (min(low for low, _ in spans), max(high for _, high in spans)) if spans else None


_KEPT: dict[tuple[str, int], tuple[Any, tuple[int, ...]]] = {}
_MOST_KEPT = 1 << 15


def token_numbers(name: str, value: Any) -> tuple[int, ...]:
    """The numbers under which one value of a token parameter is found.

    Concepts are shared objects (mapping.concepts), so those of a concept are kept by identity; the entry holds the
    object alive.
    """
    if not (isinstance(value, dict) and "coding" in value):
        return tuple(numbers_of(name, value))
    kept = _KEPT.get((name, id(value)))
    if kept is None:
        if len(_KEPT) >= _MOST_KEPT:
            _KEPT.clear()
        kept = _KEPT[name, id(value)] = (value, tuple(numbers_of(name, value)))
    return kept[1]


def numbers_of(name: str, value: Any) -> Iterator[int]:
    """As `token_numbers`, for values that do not come again."""
    if isinstance(value, str):
        yield from tokens.coding(name, "", value)
    elif isinstance(value, bool):
        yield from tokens.coding(name, "", "true" if value else "false")
    elif "coding" in value:
        for coding in value["coding"]:
            if "code" in coding:
                yield from tokens.coding(name, coding.get("system", ""), coding["code"])
    elif "value" in value:  # Identifier, ContactPoint: as many as people, so not worth a cache
        yield tokens.token(name, "" if value.get("system") in _CONTACTS else value.get("system", ""), value["value"])
        yield tokens.token(name, tokens.ANY, value["value"])
    elif "code" in value:
        yield from tokens.coding(name, value.get("system", ""), value["code"])


@lru_cache(maxsize=1 << 12)
def unit_numbers(system: str, code: str, text: str) -> tuple[int, tuple[int, ...]]:
    """The number of a unit, and the tokens of how else it is asked for without a system: by a code of another system
    than UCUM, or as people read it.
    """
    own = code or text
    said = {own} if system in {"", UCUM} else set()
    return tokens.unit(system, own), tuple(tokens.unit_read(one) for one in sorted({code, text} - said - {""}))


def texts_of(value: Any) -> Iterator[str]:
    """The texts of a string, a HumanName or an Address."""
    if isinstance(value, str):
        yield value
        return
    if not isinstance(value, dict):
        return
    for key in ("family", "text", "city", "district", "state", "postalCode", "country"):
        if isinstance(value.get(key), str):
            yield value[key]
    for key in ("given", "prefix", "suffix", "line"):
        yield from (part for part in value.get(key, ()) if part)


def fold(text: str) -> str:
    """A text as string search compares it: without regard to case, accents, spacing and Thai look-alikes."""
    return folded(text)
