"""The GraphQL types of FHIR R4, made for one query: of 662 types and 146 resources only what its words can reach.

A schema of everything takes seconds to make and 65 MB to keep in each process; a query names a dozen elements. So each
type has those of its elements that the query names, and the library's own validation refuses what is not there.
Source: FHIR R4, Using GraphQL with FHIR; decision 0083.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLBoolean,
    GraphQLField,
    GraphQLInt,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLString,
    ValueNode,
)
from graphql.language import BooleanValueNode, EnumValueNode, FloatValueNode, IntValueNode, StringValueNode

from suksala.standards import fhir

from .definitions import resource_types
from .parameters import answered

Resolve = Callable[..., Any]
_TYPES = resource_types()
_RESULTS = ("_count", "_sort", "_filter")  # of a search, beside its parameters
_OF_EVERY = ("id", "resourceType")  # a type without a field is none
_PLAIN: dict[str, GraphQLScalarType] = {
    "boolean": GraphQLBoolean,
    "integer": GraphQLInt,
    "string": GraphQLString,
}
_VALUES = (StringValueNode, EnumValueNode, IntValueNode, FloatValueNode, BooleanValueNode)


def _word(node: ValueNode, _: Mapping[str, Any] | None = None) -> str:
    """A value of an argument, which the specification writes without quotation marks too: `use: official`."""
    if not isinstance(node, _VALUES):
        raise ValueError("a value is a text, a number, true or false")  # noqa: TRY004 - what the library expects
    return str(node.value).lower() if isinstance(node, BooleanValueNode) else str(node.value)


WORD = GraphQLScalarType("Word", parse_literal=_word, parse_value=str, serialize=str)
_WORDS = GraphQLArgument(GraphQLList(GraphQLNonNull(WORD)))
_WORD = GraphQLArgument(WORD)
_NUMBER = GraphQLArgument(GraphQLInt)


@dataclass(frozen=True)
class Resolvers:
    """What answers the fields that are more than an element of what was read."""

    element: Resolve
    read: Resolve
    referred: Resolve
    listed: Resolve
    connected: Resolve


class Types:
    """The types that a query can reach by its words.

    used  every name that stands in the query
    """

    def __init__(self, used: Container[str], resolvers: Resolvers) -> None:
        self._used = used
        self._by = resolvers
        self._made: dict[str, GraphQLObjectType] = {}
        self._scalars = dict(_PLAIN)

    def schema(self, rtype: str = "") -> GraphQLSchema:
        """The schema of a query about one resource of this type, or about the whole system."""
        root = self.of(rtype) if rtype else GraphQLObjectType("Query", lambda: dict(self._root()))
        named = [self.of(name) for name in _TYPES if name in self._used]
        return GraphQLSchema(root, types=[*named, self._other])

    def of(self, node: str) -> GraphQLObjectType:
        """The type of a resource, of a data type, or of a part such as Patient.contact."""
        if node not in self._made:
            name = "".join(part[0].upper() + part[1:] for part in node.split("."))
            interfaces = [self._resource] if node in _TYPES else []
            self._made[node] = GraphQLObjectType(name, lambda: dict(self._fields(node)), interfaces)
        return self._made[node]

    @cached_property
    def _resource(self) -> GraphQLInterfaceType:
        """Any resource: `... on Patient` says which."""

        def name_of(found: Any, *_: Any) -> str:
            return str(found["resourceType"]) if found["resourceType"] in self._used else self._other.name

        return GraphQLInterfaceType("Resource", self._every(), resolve_type=name_of)

    @cached_property
    def _other(self) -> GraphQLObjectType:
        """A resource of a type that the query does not name."""
        return GraphQLObjectType("OtherResource", self._every(), [self._resource])

    def _every(self) -> dict[str, GraphQLField]:
        return {"id": GraphQLField(self._scalar("id")), "resourceType": GraphQLField(GraphQLString)}

    def _root(self) -> Iterator[tuple[str, GraphQLField]]:
        yield "resourceType", GraphQLField(GraphQLString)
        for rtype in _TYPES:
            if rtype in self._used:
                asked = {"id": GraphQLArgument(GraphQLNonNull(WORD))}
                yield rtype, GraphQLField(self.of(rtype), asked, self._by.read)
            yield from self._searches(rtype, {})

    def _searches(self, rtype: str, more: dict[str, GraphQLArgument]) -> Iterator[tuple[str, GraphQLField]]:
        """PatientList and PatientConnection."""
        if f"{rtype}List" in self._used:
            asked = {**self._asked(rtype), **more}
            yield f"{rtype}List", GraphQLField(GraphQLList(self.of(rtype)), asked, self._by.listed)
        if f"{rtype}Connection" in self._used:
            asked = {**self._asked(rtype), **(more or {"_cursor": _WORD})}
            yield f"{rtype}Connection", GraphQLField(self._connection(rtype), asked, self._by.connected)

    def _asked(self, rtype: str) -> dict[str, GraphQLArgument]:
        """The search parameters of a type, a dash written as an underline."""
        found = {argument(name): _WORDS for name in answered(rtype) if argument(name) in self._used}
        return {**found, "_count": _NUMBER, "_sort": _WORD, "_filter": _WORD}

    def _connection(self, rtype: str) -> GraphQLObjectType:
        name = f"{rtype}Connection"
        if name not in self._made:
            self._made[name] = self._pages(rtype)
        return self._made[name]

    def _pages(self, rtype: str) -> GraphQLObjectType:
        edge = {
            "mode": GraphQLField(GraphQLString),
            "score": GraphQLField(self._scalar("decimal")),
            "resource": GraphQLField(self.of(rtype)),
        }
        fields = {
            **{name: GraphQLField(GraphQLInt) for name in ("count", "offset", "pagesize")},
            **{name: GraphQLField(GraphQLString) for name in ("first", "previous", "next", "last")},
            "edges": GraphQLField(GraphQLList(GraphQLObjectType(f"{rtype}Edge", edge))),
        }
        return GraphQLObjectType(f"{rtype}Connection", fields)

    def _fields(self, node: str) -> Iterator[tuple[str, GraphQLField]]:
        if node in _TYPES:
            yield "resourceType", GraphQLField(GraphQLString)
            for rtype in _TYPES:
                yield from self._searches(rtype, {"_reference": GraphQLArgument(GraphQLNonNull(WORD))})
        if node == "Reference" and "resource" in self._used:
            asked = {"optional": GraphQLArgument(GraphQLBoolean), "type": _WORDS}
            yield "resource", GraphQLField(self._resource, asked, self._by.referred)
        for name, kind, many in fhir.validation.keys_of(node):
            if name in self._used or name in _OF_EVERY:
                yield name, self._field(kind, many=many)
            if f"_{name}" in self._used and not self._is_node(kind):
                yield f"_{name}", self._field("Element", many=many)

    def _field(self, kind: str, *, many: bool) -> GraphQLField:
        made = self._output(kind)
        asked = self._selection(kind) if many and self._is_node(kind) else {}
        return GraphQLField(GraphQLList(made) if many else made, asked, self._by.element)

    def _output(self, kind: str) -> GraphQLOutputType:
        if kind == "Resource":
            return self._resource
        return self.of(kind) if self._is_node(kind) else self._scalar(kind)

    def _selection(self, kind: str) -> dict[str, GraphQLArgument]:
        """Which of many: those with this value in an element, from a place on, so many of them."""
        if kind == "Resource":
            return {"_offset": _NUMBER, "_count": _NUMBER}
        plain = [name for name, of, _ in fhir.validation.keys_of(kind) if not self._is_node(of) and name in self._used]
        return {**dict.fromkeys(plain, _WORD), "_offset": _NUMBER, "_count": _NUMBER}

    def _is_node(self, kind: str) -> bool:
        return kind == "Resource" or fhir.validation.is_node(kind)

    def _scalar(self, kind: str) -> GraphQLScalarType:
        if kind not in self._scalars:
            self._scalars[kind] = GraphQLScalarType(kind, serialize=lambda value: value)
        return self._scalars[kind]


def argument(parameter: str) -> str:
    """A search parameter as GraphQL can write it."""
    return parameter.replace("-", "_")


def parameter_of(rtype: str, name: str) -> str:
    """The search parameter of an argument."""
    return next((known for known in answered(rtype) if argument(known) == name), name)
