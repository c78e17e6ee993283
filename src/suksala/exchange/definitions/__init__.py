"""The R4 resource types, their root elements and search parameters, vendored from HL7's public-domain definitions by
tools/reduce_search_parameters.py and tools/reduce_elements.py.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import orjson

_FILE = Path(__file__).with_name("search_parameters.json")
_ELEMENTS = Path(__file__).with_name("elements.json")


class Definition(NamedTuple):
    """One search parameter of one resource type."""

    kind: str  # token, date, string, reference, uri, quantity, number, composite, special
    expression: str  # FHIRPath, the part that begins at the type
    targets: tuple[str, ...]  # of a reference
    components: tuple[tuple[str, str], ...] = ()  # of a composite: kind and expression, from an element of `expression`


class Element(NamedTuple):
    """One element at the root of a resource type."""

    keys: tuple[str, ...]  # its names in JSON: several for a choice, deceasedBoolean and deceasedDateTime
    summary: bool
    mandatory: bool
    modifier: bool  # it may change the meaning of the others


@lru_cache(maxsize=1)
def _element_table() -> dict[str, Any]:
    table: dict[str, Any] = orjson.loads(_ELEMENTS.read_bytes())
    return table


@lru_cache(maxsize=512)
def elements(rtype: str) -> dict[str, Element]:
    """The elements at the root of a type by name, a choice without its type."""
    rows = _element_table()["elements"][rtype]
    return {name: Element(tuple(keys), "s" in f, "m" in f, "!" in f) for name, (f, *keys) in rows.items()}


@lru_cache(maxsize=1)
def _table() -> dict[str, Any]:
    table: dict[str, Any] = orjson.loads(_FILE.read_bytes())
    return table


@lru_cache(maxsize=1)
def resource_types() -> tuple[str, ...]:
    """The R4 4.0.1 resource types in alphabetical order; the position of a type is its number in the database."""
    return tuple(_table()["types"])


@lru_cache(maxsize=512)
def parameters(rtype: str) -> dict[str, Definition]:
    """The search parameters of a type, those of every resource included."""
    table = _table()["parameters"]
    rows = {**table["Resource"], **table.get(rtype, {})}
    return {
        name: Definition(kind, expression, tuple(targets), tuple((k, e) for parts in more for k, e in parts))
        for name, (kind, expression, targets, *more) in rows.items()
    }


@lru_cache(maxsize=1)
def parameter_names() -> tuple[str, ...]:
    """The names of all search parameters of R4 in alphabetical order; R4 does not change, so neither do the places."""
    return tuple(sorted({name for rows in _table()["parameters"].values() for name in rows}))
