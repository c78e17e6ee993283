"""From a resource to its index columns: one compiled function per type."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from . import addresses, dates, quantities, tokens
from .derived import MOST_LETTERS, derived
from .domain import STATUS_NUMBER, Index, Side
from .own_parameters import remembered
from .parameters import NUMBER_OF, answered, stored
from .values import fold, span_of, token_numbers, unit_numbers
from .walkers import Walker, compile_expression

Indexer = Callable[..., Index]


@remembered(256)
def indexer(rtype: str) -> Indexer:
    """The function that reads the index columns of a resource of `rtype` from its id, its content and the number of
    its sender.
    """
    layout = stored(rtype)
    known = answered(rtype)
    walk = {name: compile_expression(known[name].expression) for name in layout.named}
    code = walk.get(layout.code or "")
    status = walk.get(layout.status or "")
    encounter = walk.get(layout.encounter or "")
    quantity_key = "valueQuantity" if layout.quantity else None  # samples have no one value
    date_walks = [(name, walk[name]) for name in layout.dates]
    token_walks = [(name, walk[name]) for name in layout.tokens]
    code_name = layout.code or ""
    first_string = walk.get(layout.strings[0]) if layout.strings else None
    own_encounter = rtype == "Encounter"
    more = derived(rtype)

    def index(rid: str, resource: dict[str, Any], sender: int | None = None) -> Index:
        toks: list[int] = []
        number = None
        if code:
            number = _first_code(code_name, code(resource), toks)
        for name, walker in token_walks:
            for value in walker(resource):
                toks.extend(token_numbers(name, value))
        low, high, beside = _date(date_walks, resource, toks)
        enc = None
        if own_encounter:
            enc = tokens.reference("Encounter/" + rid)
        elif encounter:
            enc = _visit(encounter(resource))
        measure = unit = None
        if quantity_key in resource:
            measure, unit = _quantity(resource[quantity_key], toks)
        side = more(resource, sender, toks)
        if beside:
            side = side or Side([], [], [])
            side.spans.extend(beside)
        text = _string(first_string, resource)
        return Index(number, low, high, enc, _status(status, resource), text, toks, measure, unit, side)

    return index


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
    walks: list[tuple[str, Walker]], resource: dict[str, Any], toks: list[int]
) -> tuple[datetime, datetime | None, list[tuple[int, datetime, datetime]]]:
    """The span in the columns, and those beside it: of a second date that shares them, all of a date with several."""
    if len(walks) == 1:
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
            if len(walks) > 1:
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
