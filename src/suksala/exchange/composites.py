"""Composite parameters: `8480-6$gt140`, both of one and the same element.

Where the element is the resource itself its parts are parameters of it. Else the body decides, after an index found
what has the first part at all.
Source: FHIR R4 search, composite.
"""

from __future__ import annotations

from collections.abc import Callable

from suksala.standards import fhir

from . import bodies, tokens
from .at import At, tagged
from .domain import SearchProblem
from .filters import Filter, Kind, Test, split, unescaped
from .measures import read_quantity
from .parameters import answered
from .predicate import Clause, either
from .quantities import read_number
from .walkers import json_paths

Condition = Callable[[At, Test], Clause]
_WHOLE = {  # what the parts of a composite of a whole Observation are called
    "code": ("code", "token"),
    "value.ofType(Quantity)": ("value-quantity", "quantity"),
    "value.ofType(CodeableConcept)": ("value-concept", "token"),
    "value.ofType(DateTime) | value.ofType(Period)": ("value-date", "date"),
    "value.ofType(string)": ("value-string", "string"),
}


def is_of_whole(rtype: str, expression: str) -> bool:
    """Whether a component of a whole resource is a parameter of it by itself."""
    return expression in _WHOLE and _WHOLE[expression][0] in answered(rtype)


def kind_of_whole(expression: str) -> str:
    """The type of parameter that a component of a whole resource is. Raises KeyError."""
    return _WHOLE[expression][1]


def composite(at: At, test: Filter, condition: Condition) -> Clause:
    """Any of the values, each of as many parts as the definition has components."""
    return either([_one(at, test, value, condition) for value in test.values])


def _one(at: At, test: Filter, value: str, condition: Condition) -> Clause:
    definition = answered(at.rtype)[test.name]
    parts = list(split(value, "$"))
    if len(parts) != len(definition.components) or not all(parts):
        asked = "$".join(kind for kind, _ in definition.components)
        raise SearchProblem(f"{test.name} ต้องเป็น {asked}", f"{test.name} takes {asked}")
    found = []
    for base in definition.expression.split(" | "):
        if base == at.rtype:
            found.append(_whole(at, definition.components, parts, condition))
        else:
            found.append(_within(at, test, base, definition.components, parts))
    return either(found)


def _whole(at: At, components: tuple[tuple[str, str], ...], parts: list[str], condition: Condition) -> Clause:
    every = None
    for (_, expression), part in zip(components, parts, strict=True):
        name, kind = _WHOLE[expression]
        text = part if kind in {"token", "quantity"} else unescaped(part)
        one = condition(at, Filter(name, _kind(kind), "", (text,)))
        every = one if every is None else every & one
    assert every is not None  # noqa: S101 - a composite has components
    return Clause(f"({every.sql})", every.values)


def _kind(kind: str) -> Kind:
    kinds: dict[str, Kind] = {"token": "token", "quantity": "quantity", "date": "date", "string": "string"}
    return kinds[kind]


def _within(at: At, test: Filter, base: str, components: tuple[tuple[str, str], ...], parts: list[str]) -> Clause:
    predicates = [
        _exists(expression, _predicate(test.name, kind, part))
        for (kind, expression), part in zip(components, parts, strict=True)
    ]
    body = bodies.passes(at.alias, base, [" && ".join(predicates)], marker=_marker(components, parts))
    if base == "Observation.component":
        first = components[0][0] == "token" and _token(test.name, parts[0])
        if first and first[1]:
            narrowed = tagged(at, [tokens.token("component-code", *first)])
            return Clause(f"({narrowed.sql} AND {body.sql})", narrowed.values + body.values)
    return body


def _exists(expression: str, predicate: str) -> str:
    """That an element below `@` passes; below the resource itself where the definition says so."""
    root = "$" if expression.startswith("%resource.") else "@"
    paths = json_paths("E." + expression.removeprefix("%resource.").replace(" | ", " | E."))
    return "(" + " || ".join(f"exists({root}{path.removeprefix('$')} ? ({predicate}))" for path in paths) + ")"


def _predicate(name: str, kind: str, part: str) -> str:
    if kind == "token":
        return _coded(*_token(name, part))
    if kind == "quantity":
        return bodies.quantity(*read_quantity(name, part))
    if kind == "number":
        return bodies.compared("@", read_number(name, part))
    if kind == "reference":
        text = bodies.literal(unescaped(part))
        return f"@ == {text} || @.reference == {text} || @.reference like_regex {_ending(unescaped(part))}"
    raise SearchProblem(f"{name} ยังค้นไม่ได้", f"{name} is not searched", issue="not-supported")


def _ending(rid: str) -> str:
    return bodies.literal("/" + "".join(letter if letter.isalnum() else f"\\{letter}" for letter in rid) + "$")


def _token(name: str, part: str) -> tuple[str, str]:
    pieces = [unescaped(piece) for piece in split(part, "|")]
    if len(pieces) > 2 or not any(pieces):
        raise SearchProblem(f"{name}: system|code", f"a part of {name} is code, system|code, |code or system|")
    return (tokens.ANY, pieces[0]) if len(pieces) == 1 else (fhir.canonical(pieces[0]), pieces[1])


def _coded(system: str, code: str) -> str:
    tests = [] if system in {tokens.ANY, ""} else [f"@.system == {bodies.literal(system)}"]
    tests += [f"(@.code == {bodies.literal(code)} || @.value == {bodies.literal(code)})"] if code else []
    if system == "":
        tests.append("!exists(@.system)")
    coding = " && ".join(tests)
    plain = f"@ == {bodies.literal(code)} || " if code and system in {tokens.ANY, ""} else ""
    true = f"@ == {code} || " if code in {"true", "false"} else ""
    return f"{plain}{true}exists(@.coding ? ({coding})) || ({coding})"


def coded_in_body(at: At, test: Filter) -> Clause:
    """A token of an element that no index holds."""
    expression = answered(at.rtype)[test.name].expression
    asked = [_token(test.name, value) for value in test.values]
    return either([bodies.passes(at.alias, expression, [_coded(*one)], marker=one[1] or one[0]) for one in asked])


def _marker(components: tuple[tuple[str, str], ...], parts: list[str]) -> str:
    """A text that every match holds: the code, where one is asked for."""
    for (kind, _), part in zip(components, parts, strict=True):
        code = unescaped(list(split(part, "|"))[-1])
        if kind == "token" and code and code not in {"true", "false"}:
            return code
    return ""


def has_composite(at: At, name: str) -> Clause:
    """Its element is there with all of its components."""
    definition = answered(at.rtype)[name]
    found = []
    for base in definition.expression.split(" | "):
        tests = " && ".join(_exists(expression, '@.type() != "null"') for _, expression in definition.components)
        found.append(bodies.passes(at.alias, base, [tests]))
    return either(found)
