"""From a resource to its index columns: one compiled function per type."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

from . import addresses, dates, quantities, tokens
from .derived import MOST_LETTERS, derived
from .domain import STATUS_NUMBER, Index, Side
from .own_parameters import remembered
from .parameters import NUMBER_OF, answered, stored
from .values import fold, span_of, token_numbers, unit_numbers
from .walkers import Walker, begins, compile_expression

Indexer = Callable[..., Index]


class _Begun(NamedTuple):
    """The walks of a type that begin in resources of one shape (their keys): the others would find nothing."""

    code: Walker | None
    dates: list[tuple[str, Walker]]
    tokens: list[tuple[str, Walker]]
    encounter: Walker | None
    status: Walker | None
    text: Walker | None


@remembered(1 << 12)
def _begun(rtype: str, shape: tuple[str, ...]) -> _Begun:
    layout, known = stored(rtype), answered(rtype)

    def walks(*names: str | None) -> list[tuple[str, Walker]]:
        found = [(name, known[name].expression) for name in names if name]
        return [(name, compile_expression(text)) for name, text in found if begins(text, shape)]

    def walk(name: str | None) -> Walker | None:
        return next((walker for _, walker in walks(name)), None)

    return _Begun(
        walk(layout.code),
        walks(*layout.dates),
        walks(*layout.tokens),
        walk(layout.encounter),
        walk(layout.status),
        walk(layout.strings[0] if layout.strings else None),
    )


@remembered(256)
def indexer(rtype: str) -> Indexer:
    """The function that reads the index columns of a resource of `rtype` from its id, its content and the number of
    its sender.
    """
    layout = stored(rtype)
    quantity_key = "valueQuantity" if layout.quantity else None  # samples have no one value
    code_name = layout.code or ""
    several_dates = len(layout.dates) > 1
    own_encounter = rtype == "Encounter"
    more = derived(rtype)

    def index(rid: str, resource: dict[str, Any], sender: int | None = None) -> Index:
        toks: list[int] = []
        shape = tuple(resource)
        begun = _begun(rtype, shape)
        number = _first_code(code_name, begun.code(resource), toks) if begun.code else None
        for name, walker in begun.tokens:
            for value in walker(resource):
                toks.extend(token_numbers(name, value))
        low, high, beside = _date(begun.dates, resource, toks, several=several_dates)
        enc = None
        if own_encounter:
            enc = tokens.reference("Encounter/" + rid)
        elif begun.encounter:
            enc = _visit(begun.encounter(resource))
        elif "encounter" in shape or "context" in shape:
            enc = _visit(_recorded_at(resource))
        measure = unit = None
        if quantity_key in shape:
            measure, unit = _quantity(resource[quantity_key], toks)
        side = more(resource, shape, sender, toks)
        if beside:
            side = side or Side([], [], [], [])
            side.spans.extend(beside)
        text = _string(begun.text, resource)
        return Index(number, low, high, enc, _status(begun.status, resource), text, toks, measure, unit, side)

    return index


def _recorded_at(resource: dict[str, Any]) -> list[Any]:
    """The visit of a type that is not searched through the column: it bears the labels of its visit all the same."""
    found = resource.get("encounter") or resource.get("context")
    if isinstance(found, dict) and isinstance(found.get("encounter"), list):
        found = next(iter(found["encounter"]), None)  # DocumentReference.context
    return [found] if isinstance(found, dict) and isinstance(found.get("reference"), str) else []


def _visit(values: list[Any]) -> int | None:
    if not values:
        return None
    address = values[0].get("reference", "")
    if address.startswith("Encounter/") and "/_history/" not in address:
        return tokens.reference(address)
    found = addresses.of(values[0])
    return tokens.reference(found) if found else None


def _quantity(value: dict[str, Any], toks: list[int]) -> tuple[float | None, int | None]:
    number, system, code, text = (
        value.get("value"),
        value.get("system", ""),
        value.get("code", ""),
        value.get("unit", ""),
    )
    if type(number) is not float:  # as those of deposits
        found = quantities.measured(value)
        if found is None:
            return None, None
        number, _, system, code, text = found
    unit, read = unit_numbers(system, code, text)
    toks.extend(read)
    return number, unit


def _first_code(name: str, values: list[Any], toks: list[int]) -> int | None:
    number = None
    for value in values:
        if not (isinstance(value, dict) and "coding" in value):  # a Coding or a code, in types that define others
            plain = token_numbers(name, value)
            number = plain[0] if plain and number is None else number
            toks.extend(plain[1:])
            continue
        for coding in value["coding"]:
            exact, loose = tokens.coding(name, coding.get("system", ""), coding.get("code", ""))
            if number is None:
                number = exact
            else:
                toks.append(exact)
            toks.append(loose)
    return number


def _date(
    walks: list[tuple[str, Walker]], resource: dict[str, Any], toks: list[int], *, several: bool
) -> tuple[datetime, datetime | None, list[tuple[int, datetime, datetime]]]:
    """The span in the columns, and those beside it: of a second date that shares them, all of a date with several.

    several  the type has several dates in these columns, so a token tells which it is
    """
    if not walks:
        return dates.LONG_AGO, None, []
    if not several:
        values = walks[0][1](resource)
        if not values:
            return dates.LONG_AGO, None, []
        if len(values) == 1:
            return *(span_of(values[0]) or (dates.LONG_AGO, None)), []
    first: tuple[datetime, datetime] | None = None
    beside: list[tuple[int, datetime, datetime]] = []
    for name, walker in walks:
        values = walker(resource)
        span = next((span for value in values if (span := span_of(value))), None)
        if span is None:
            continue
        if first is not None or len(values) > 1:
            toks.append(tokens.beside(name))
            beside += [(NUMBER_OF[name], *one) for value in values if (one := span_of(value))]
        if first is None:
            first = span
            if several:
                toks.append(tokens.has(name))
    low, high = first or (dates.LONG_AGO, None)
    return low, high, beside


def _status(walker: Walker | None, resource: dict[str, Any]) -> int | None:
    for value in walker(resource) if walker else ():
        if not isinstance(value, dict):
            return STATUS_NUMBER.get(value)
        for coding in value.get("coding", ()):
            if coding.get("code") in STATUS_NUMBER:
                return STATUS_NUMBER[coding["code"]]
    return None


def _string(walker: Walker | None, resource: dict[str, Any]) -> str | None:
    for value in walker(resource) if walker else ():
        return fold(value)[:MOST_LETTERS]
    return None
