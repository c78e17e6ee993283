"""The definitions as data: elements of every resource, data type and part, codes of the bindings that can be listed.

Vendored from HL7's public-domain definitions by tools/reduce_structures.py.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import orjson

FOLDER = Path(__file__).parent
MIME_TYPES = "http://hl7.org/fhir/ValueSet/mimetypes"
CURRENCIES = "http://hl7.org/fhir/ValueSet/currencies"


class Element(NamedTuple):
    """One element of a node.

    name        as in the definition; a choice ends in [x]
    most        None for no limit
    types       names of types, `#path` for a part, Reference:A|B for a reference to A or B
    codes       the canonical of the value set of a required or extensible binding
    extensible  another code may be used where the set has none of the same meaning
    """

    name: str
    least: int
    most: int | None
    types: tuple[str, ...]
    codes: str | None
    extensible: bool

    @property
    def many(self) -> bool:
        """Whether it is an array in JSON."""
        return self.most is None or self.most > 1

    @property
    def keys(self) -> dict[str, str]:
        """Its names in JSON, each with its type: several for a choice."""
        if not self.name.endswith("[x]"):
            return {self.name: self.types[0]}
        stem = self.name.removesuffix("[x]")
        return {stem + _suffix(kind): kind for kind in self.types}


def _suffix(kind: str) -> str:
    """How a choice of this type ends: SimpleQuantity is a profile of Quantity and is written so."""
    plain = "Quantity" if kind in {"SimpleQuantity", "MoneyQuantity"} else kind.partition(":")[0]
    return plain[0].upper() + plain[1:]


@cache
def _structures() -> dict[str, Any]:
    table: dict[str, Any] = orjson.loads((FOLDER / "structures.json").read_bytes())
    return table


@cache
def resource_types() -> frozenset[str]:
    """The R4 resource types that can stand alone."""
    return frozenset(_structures()["resources"])


@cache
def modifier_extensions() -> frozenset[str]:
    """The official extensions that change the meaning of what they stand in."""
    return frozenset(_structures()["modifiers"])


def is_node(name: str) -> bool:
    """Whether a name is that of an object with elements."""
    return name in _structures()["nodes"]


@cache
def elements(node: str) -> tuple[Element, ...]:
    """The elements of a resource, a data type or a part such as Observation.component."""
    return tuple(_element(name, row) for name, row in _structures()["nodes"][node]["elements"].items())


def _element(name: str, row: list[Any]) -> Element:
    least, _, most = row[0].partition("..")
    codes = row[2] if len(row) > 2 else None
    return Element(name, int(least), None if most == "*" else int(most), tuple(row[1]), codes, len(row) > 3)


@cache
def keys_of(node: str) -> tuple[tuple[str, str, bool], ...]:
    """Every key that a resource, a data type or a part has in JSON: its name, the node or primitive that stands there,
    and whether there are many.
    """
    return tuple((key, _plain(kind), one.many) for one in elements(node) for key, kind in one.keys.items())


def _plain(kind: str) -> str:
    """Without the targets of a Reference, and without the mark of a part."""
    return kind.removeprefix("#").partition(":")[0]


@cache
def invariants(node: str) -> tuple[str, ...]:
    """The keys of the rules that HL7 states for a node."""
    return tuple(_structures()["nodes"][node]["invariants"])


@cache
def node_names() -> tuple[str, ...]:
    """Every node there is."""
    return tuple(_structures()["nodes"])


@cache
def _sets() -> dict[str, dict[str, list[str]]]:
    table: dict[str, dict[str, list[str]]] = orjson.loads((FOLDER / "codes.json").read_bytes())["sets"]
    return table


@cache
def codes_of(value_set: str) -> dict[str, frozenset[str]] | None:
    """System -> codes of a value set; None for one that is not kept here."""
    found = _sets().get(value_set)
    return None if found is None else {system: frozenset(codes) for system, codes in found.items()}


def bound_sets(*, extensible: bool = False) -> tuple[str, ...]:
    """The value sets of required bindings, or of extensible ones, whose codes are kept."""
    bound = (one for node in node_names() for one in elements(node) if one.extensible is extensible)
    return tuple(sorted({one.codes for one in bound if one.codes} & _sets().keys()))
