"""What an expression moves over: values of a resource with their FHIR types and where they stand."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import cache
from typing import Any, TypeAlias

from ..validation import tables
from .problems import at

Owner: TypeAlias = dict[str, Any]


class Node:
    """One value.

    type    its FHIR type (Quantity, code, Observation.component) or that of a literal (System.String); "" if unknown
    shadow  id and extensions of a primitive value
    owner   the object that holds it, under `key`, at position `at` of an array; None for what was computed
    """

    __slots__ = ("at", "key", "owner", "shadow", "type", "value")

    def __init__(
        self,
        value: Any,
        type_: str,
        shadow: Owner | None = None,
        owner: Owner | None = None,
        key: str = "",
        at: int | None = None,
    ) -> None:
        self.value = value
        self.type = type_
        self.shadow = shadow
        self.owner = owner
        self.key = key
        self.at = at


Nodes: TypeAlias = list[Node]

FEW = 8  # so many values cost nothing against the most that an evaluation may look at

_TEXTS = ("string", "code", "id", "markdown", "uri", "url", "canonical", "oid", "uuid", "base64Binary", "xhtml")
KINDS = {
    "boolean": "Boolean",
    "decimal": "Decimal",
    "date": "Date",
    "dateTime": "DateTime",
    "instant": "DateTime",
    "time": "Time",
    **dict.fromkeys(_TEXTS, "String"),
    **dict.fromkeys(("integer", "unsignedInt", "positiveInt"), "Integer"),
    **dict.fromkeys(("Quantity", "Age", "Count", "Distance", "Duration"), "Quantity"),
    **{f"System.{kind}": kind for kind in ("Boolean", "String", "Integer", "Decimal", "Quantity")},
    **{f"System.{kind}": kind for kind in ("Date", "DateTime", "Time")},
}
PARENTS = {
    **dict.fromkeys(("code", "id", "markdown"), "string"),
    **dict.fromkeys(("url", "canonical", "oid", "uuid"), "uri"),
    **dict.fromkeys(("unsignedInt", "positiveInt"), "integer"),
    **dict.fromkeys(("Age", "Count", "Distance", "Duration"), "Quantity"),
}
PRIMITIVES = frozenset(name for name in KINDS if name[0].islower())
_PYTHON = {bool: "Boolean", int: "Integer", Decimal: "Decimal", float: "Decimal", str: "String"}
_BARE_RESOURCES = frozenset({"Binary", "Bundle", "Parameters"})  # not DomainResources


def kind_of(node: Node) -> str | None:
    """Boolean, String, Integer, Decimal, Date, DateTime, Time, Quantity; None for an object."""
    return KINDS.get(node.type) or _PYTHON.get(type(node.value))


def boolean(value: bool) -> Nodes:
    """A computed yes or no."""
    return [Node(value, "System.Boolean")]


@cache
def known_type(name: str) -> str | None:
    """The one name of a type as `is`, `as` and `ofType` name it; None for one that does not exist."""
    space, dot, plain = name.rpartition(".")
    if space == "System" or (not dot and f"System.{plain}" in KINDS and plain not in KINDS):
        return f"System.{plain}" if f"System.{plain}" in KINDS else None
    if space not in ("", "FHIR"):
        return None
    bare = plain in PRIMITIVES or plain in {"Resource", "DomainResource", "Element", "BackboneElement"}
    return plain if bare or tables.is_node(plain) else None


def is_of(node: Node, wanted: str) -> bool:
    """Whether a node is of a type (a name of `known_type`) or of one that descends from it."""
    found: str | None = node.type
    while found:
        if found == wanted:
            return True
        found = PARENTS.get(found)
    if wanted == "Quantity" and node.type == "System.Quantity":
        return True
    if wanted in ("Resource", "DomainResource"):
        resource = node.type in tables.resource_types()
        return resource and (wanted == "Resource" or node.type not in _BARE_RESOURCES)
    if wanted == "BackboneElement":
        return "." in node.type and not node.type.startswith("System.")
    return wanted == "Element" and node.type not in tables.resource_types() and not node.type.startswith("System.")


Option: TypeAlias = tuple[str, str]  # the name in JSON, the type
Step: TypeAlias = Callable[[Nodes, Any], Nodes]


@cache
def members(type_: str) -> dict[str, tuple[Option, ...]] | None:
    """Element -> where it may stand in JSON, with its type: several for a choice; None for a type without elements."""
    if not tables.is_node(type_):
        return None
    found = {}
    for element in tables.elements(type_):
        options = tuple((key, _plain(kind)) for key, kind in element.keys.items())
        found[element.name.removesuffix("[x]")] = options
    if type_ in tables.resource_types():
        found["resourceType"] = (("resourceType", "code"),)
    return found


@cache
def is_many(type_: str, name: str) -> bool:
    """Whether an element of a type is an array in JSON."""
    return any(one.many for one in tables.elements(type_) if one.name.removesuffix("[x]") == name)


def _plain(kind: str) -> str:
    name = kind.removeprefix("#").partition(":")[0]
    return "Quantity" if name in ("SimpleQuantity", "MoneyQuantity") else name


def step(type_: str | None, name: str, place: int, only: str | None = None) -> tuple[Step, str | None]:
    """How to go from nodes to their element `name`, and the type of what is found where all have one.

    type_  that of the nodes where it is known; then an element that the type does not have is refused
    only   of a choice, the one type that is wanted
    """
    known = members(type_) if type_ else None
    if known is None:
        return _dynamic(name), None
    options = known.get(name)
    if options is None:
        raise at(place, f"{type_} ไม่มี {name[:64]}", f"{type_} has no element {name[:64]}")
    if only is not None and len(options) > 1:
        options = tuple(option for option in options if option[1] == only)
    if len(options) != 1:
        return _chosen(options), None
    key, kind = options[0]
    return _single(key, kind), None if kind == "Resource" else kind


def _single(key: str, kind: str) -> Step:
    take = _take_primitive if kind in PRIMITIVES else _take_object

    def found(focus: Nodes, env: Any) -> Nodes:
        out: Nodes = []
        for node in focus:
            if type(node.value) is dict:
                take(out, node.value, key, kind)
        if len(out) > FEW:
            env.spend(len(out))
        return out

    return found


def _chosen(options: tuple[Option, ...]) -> Step:
    def found(focus: Nodes, env: Any) -> Nodes:
        out: Nodes = []
        for node in focus:
            _take_any(out, node, options)
        if len(out) > FEW:
            env.spend(len(out))
        return out

    return found


def _dynamic(name: str) -> Step:
    unknown: tuple[Option, ...] = ((name, ""),)
    shadowed = name in ("id", "extension")

    def found(focus: Nodes, env: Any) -> Nodes:
        out: Nodes = []
        for node in focus:
            if shadowed and node.type in PRIMITIVES:
                if type(node.shadow) is dict:
                    _take_any(out, Node(node.shadow, ""), ((name, "Extension" if name == "extension" else "string"),))
                continue
            known = members(node.type)
            _take_any(out, node, unknown if known is None else known.get(name, ()))
        if len(out) > FEW:
            env.spend(len(out))
        return out

    return found


def children(node: Node) -> Nodes:
    """Everything directly under a node, in the order of the definition."""
    out: Nodes = []
    value = node.value if type(node.value) is dict else node.shadow
    if type(value) is dict:
        known = members(node.type) or {key: ((key, ""),) for key in value if not key.startswith("_")}
        for name, options in known.items():
            if name != "resourceType":
                _take_any(out, Node(value, node.type), options)
    return out


def _take_any(out: Nodes, node: Node, options: tuple[Option, ...]) -> None:
    owner = node.value
    if type(owner) is dict:
        for key, kind in options:
            if key in owner or "_" + key in owner:
                (_take_primitive if kind in PRIMITIVES else _take_object)(out, owner, key, kind)


def _take_primitive(out: Nodes, owner: Owner, key: str, kind: str) -> None:
    value = owner.get(key)
    shadow = owner.get("_" + key)
    if type(value) is list or type(shadow) is list:
        values = value if type(value) is list else []
        shadows = shadow if type(shadow) is list else []
        for position in range(max(len(values), len(shadows))):
            one = values[position] if position < len(values) else None
            beside = shadows[position] if position < len(shadows) else None
            if one is not None or beside is not None:
                out.append(Node(one, kind, beside, owner, key, position))
    elif value is not None or shadow is not None:
        out.append(Node(value, kind, shadow, owner, key))


def _take_object(out: Nodes, owner: Owner, key: str, kind: str) -> None:
    value = owner.get(key)
    if type(value) is list:
        for position, one in enumerate(value):
            if one is not None:
                out.append(Node(one, _type_of(one, kind), None, owner, key, position))
    elif value is not None:
        out.append(Node(value, _type_of(value, kind), None, owner, key))


def _type_of(value: Any, kind: str) -> str:
    if kind == "Resource" or not kind:
        found = value.get("resourceType", "") if type(value) is dict else ""
        return found if type(found) is str else ""
    return kind
