"""What search parameters without a column of their own are found by: tokens, and rows of the side tables.

Whatever a typed column says already is left out, so that a resource of a deposit costs next to nothing here
(decision 0061).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any, NamedTuple

from suksala import registry

from . import addresses, quantities, tokens
from .domain import NUMBER, Side
from .own_parameters import remembered
from .parameters import IN_BODIES, NUMBER_OF, answered, stored
from .values import fold, span_of, texts_of, token_numbers
from .walkers import Walker, compile_expression, root_keys

MOST_LETTERS = 600  # of a word or an address that is searched: more does not fit an index


class Walk(NamedTuple):
    """One parameter: how its values are selected, and at which keys of a resource they begin (None: anywhere)."""

    name: str
    kind: str
    walker: Walker
    keys: frozenset[str] | None


def _walks(rtype: str, kinds: Iterable[tuple[str, str]]) -> list[Walk]:
    known = answered(rtype)
    found = [(name, kind, known[name].expression) for name, kind in kinds if known[name].expression]
    return [Walk(name, kind, compile_expression(text), root_keys(text)) for name, kind, text in found]


def _begun(walks: Iterable[Walk], shape: tuple[str, ...]) -> list[Walk]:
    return [walk for walk in walks if walk.keys is None or not walk.keys.isdisjoint(shape)]


@lru_cache(maxsize=1 << 14)
def _is_sender(sender: int, address: str) -> bool:
    kind, _, rid = address.partition("/")
    return kind == "Organization" and registry.org_number(rid) == sender


Adder = Callable[[dict[str, Any], tuple[str, ...], int | None, list[int]], Side | None]
_MOST_SHAPES = 4096


class Plan(NamedTuple):
    """What is looked at in resources of one shape.

    plain  references that a column says where they are ordinary: (key, the beginning of an ordinary one, walk)
    walks  everything else
    silent the sender's parameter begins nowhere in this shape
    """

    plain: list[tuple[str, str, Walk]]
    walks: list[Walk]
    silent: bool


@remembered(256)
def derived(rtype: str) -> Adder:
    """The function that adds the tokens of what has no column, and gives the rows of the side tables; None for no row.

    Only expressions that begin at a key of the resource are walked, and what a column says is passed over at once: a
    resource of a deposit costs 1 to 3 µs here.
    """
    walks = _all_walks(rtype)
    starts = _in_columns(rtype)
    organization = stored(rtype).organization
    plans: dict[tuple[str, ...], Plan] = {}

    def add(resource: dict[str, Any], shape: tuple[str, ...], sender: int | None, toks: list[int]) -> Side | None:
        plan = plans.get(shape)
        if plan is None:
            if len(plans) >= _MOST_SHAPES:
                plans.clear()
            plan = plans[shape] = _plan(_begun(walks, shape), starts, shape, organization)
        rows: Side | None = None
        sent = not plan.silent
        for key, start, walk in plan.plain:
            if not _is_plain(start, resource[key], sender):
                rows = rows or Side([], [], [], [])
                sent = _add_linked(_Told(rtype, walk.name, sender, toks, rows, resource), walk, starts) and sent
        for walk in plan.walks:
            values = walk.walker(resource)
            if values:
                rows = rows or Side([], [], [], [])
                _ADDERS[walk.kind](_Told(rtype, walk.name, sender, toks, rows, resource), values)
        if not sent:  # the column of the sender is no answer here
            toks.append(tokens.beside(organization or ""))
        return rows

    return add


def _plan(begun: list[Walk], starts: dict[str, str], shape: tuple[str, ...], organization: str | None) -> Plan:
    plain = []
    for walk in begun:
        if walk.name in starts:
            [key, *_] = [key for key in shape if key in (walk.keys or ())]
            plain.append((key, starts[walk.name], walk))
    silent = organization is not None and all(walk.name != organization for walk in begun)
    return Plan(plain, [walk for walk in begun if walk.name not in starts], silent)


def _add_linked(told: _Told, walk: Walk, starts: dict[str, str]) -> bool:
    """A reference that is not at once what the column says. False where the sender's column must not answer."""
    values = walk.walker(told.resource)
    start = starts[walk.name]
    if values and not (len(values) == 1 and _is_plain(start, values[0], told.sender)):
        _add_references(told, values)
    if start != "Organization/":
        return True
    return any(_is_plain(start, value, told.sender) for value in values)


def _all_walks(rtype: str) -> list[Walk]:
    layout = stored(rtype)
    kinds: dict[str, str] = dict.fromkeys(layout.strings, "string")
    kinds |= {n: k for n, k in layout.derived.items() if k in _ADDERS and (rtype, n) not in IN_BODIES}
    kinds.pop("_source", None)  # in bodies only
    # Of two names of one element the one that is Patients only says nothing more.
    patients = [n for n in layout.patients if layout.open or n != "patient" or layout.patients == ("patient",)]
    kinds.update(dict.fromkeys((n for n in (*patients, layout.encounter, layout.organization) if n), "reference"))
    return _walks(rtype, kinds.items())


def _in_columns(rtype: str) -> dict[str, str]:
    """The references that a column says where they are one of this type."""
    layout = stored(rtype)
    found = dict.fromkeys(layout.patients, "Patient/")
    found.update({layout.encounter: "Encounter/"} if layout.encounter else {})
    return {**found, **({layout.organization: "Organization/"} if layout.organization else {})}


def _is_plain(start: str, value: Any, sender: int | None) -> bool:
    """One reference, or a list of one, and nothing more, to what the column says."""
    if type(value) is list and len(value) == 1:
        value = value[0]
        if type(value) is dict and "actor" in value:  # performer, as dispenses and procedures have it
            value = value["actor"]
    if type(value) is not dict or "identifier" in value:
        return False
    address = value.get("reference")
    if type(address) is not str:
        return False
    if start == "Organization/":
        return sender is not None and _is_sender(sender, address)
    return address.startswith(start)


class _Told(NamedTuple):
    """The resource that a parameter is read from, and what is said of it so far."""

    rtype: str
    name: str
    sender: int | None
    toks: list[int]
    rows: Side
    resource: dict[str, Any]


def _add_tokens(told: _Told, values: list[Any]) -> None:
    numbers = [number for value in values for number in token_numbers(told.name, value)]
    if numbers:
        told.toks.extend([*dict.fromkeys(numbers), tokens.has(told.name)])


def _add_references(told: _Told, values: list[Any]) -> None:
    """Tokens and rows of where references lead, one of several in a column too."""
    name = told.name
    for value in values:
        found = value.get("identifier") if isinstance(value, dict) else None
        if isinstance(found, dict) and "resourceType" not in value:
            told.toks.extend(tokens.coding(f"{name}:identifier", found.get("system", ""), found.get("value", "")))
        address = addresses.of(value)
        if address is None:
            continue
        told.toks.append(tokens.leads(name, address))
        target = addresses.local(address)
        if target:
            told.rows.references.append((NUMBER_OF[name], NUMBER[target[0]], target[1]))
    if values and name in stored(told.rtype).derived:
        told.toks.append(tokens.has(name))


def _add_words(told: _Told, values: list[Any]) -> None:
    """Texts, folded."""
    found = [part for value in values for part in texts_of(value)]
    told.rows.words.extend((NUMBER_OF[told.name], fold(part)[:MOST_LETTERS]) for part in found)


def _add_addresses(told: _Told, values: list[Any]) -> None:
    """Addresses of a uri parameter, as they are."""
    found = [part for value in values for part in texts_of(value)]
    told.rows.words.extend((NUMBER_OF[told.name], part[:MOST_LETTERS]) for part in found)


def _add_spans(told: _Told, values: list[Any]) -> None:
    told.rows.spans.extend((NUMBER_OF[told.name], *span) for value in values if (span := span_of(value)))


def _add_quantities(told: _Told, values: list[Any]) -> None:
    for value in values:
        found = quantities.measured(value)
        if found:
            exact = tokens.unit(found.system, found.code) if found.code else None
            loose = tokens.unit("", found.code) if found.code else None
            text = tokens.unit("", found.text) if found.text else None
            told.rows.quantities.append((NUMBER_OF[told.name], found.low, found.high, exact, loose, text))


def _add_places(told: _Told, values: list[Any]) -> None:
    """A place on earth: its latitude stands as the low, its longitude as the high of a quantity."""
    for value in values:
        found = [quantities.measured(value.get(end)) for end in ("latitude", "longitude")]
        if found[0] and found[1]:
            told.rows.quantities.append((NUMBER_OF[told.name], found[0].low, found[1].low, None, None, None))


_ADDERS: dict[str, Callable[[_Told, list[Any]], None]] = {
    "token": _add_tokens,
    "reference": _add_references,
    "date": _add_spans,
    "quantity": _add_quantities,
    "number": _add_quantities,
    "special": _add_places,
    "string": _add_words,
    "uri": _add_addresses,
}
