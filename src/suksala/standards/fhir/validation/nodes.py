"""The compiler: each node of the tables becomes one dictionary from JSON names to checks, made when it is first met.

A check takes (value, scope, the object it stands in) and answers None or the problems. Nothing is built on the way
down; a problem collects its place on the way up.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Any

from . import bindings, references, tables
from .invariants import Rule, rules_of
from .issues import Problems, joined, under
from .primitives import CHECKS, Check, bad
from .scope import Scope

Handler = Callable[[Any, Scope, dict[str, Any]], Problems]

_MIME = re.compile(r"[A-Za-z0-9!#$&^_.+*-]+(/[A-Za-z0-9!#$&^_.+*-]+)?( *; *[A-Za-z0-9-]+=[^\s;]+)*").fullmatch
_CURRENCY = re.compile(r"[A-Z]{3}").fullmatch
_CODED = {"Coding", "CodeableConcept"}


class Node:
    """An object with elements: a resource, a data type, or a part such as Observation.component."""

    __slots__ = (
        "choice_keys",
        "choices",
        "elements",
        "is_resource",
        "known",
        "must_choose",
        "name",
        "required",
        "rules",
    )

    def __init__(self, name: str) -> None:
        self.name = name
        self.is_resource = name in tables.resource_types()
        self.known: dict[str, Handler] | None = None
        self.required: frozenset[str] = frozenset()
        self.choices: tuple[tables.Element, ...] = ()
        self.choice_keys: frozenset[str] = frozenset()
        self.must_choose: tuple[frozenset[str], ...] = ()
        self.rules: tuple[Rule, ...] = ()

    def check(self, value: Any, scope: Scope, owner: dict[str, Any]) -> Problems:  # noqa: ARG002 - a Handler
        """Everything that is wrong with one object of this kind."""
        known = self.known if self.known is not None else self._compiled()
        if type(value) is not dict or not value:
            return _no_object(value)
        out: Problems = None
        for key, item in value.items():
            handler = known.get(key)
            found = _unknown() if handler is None else handler(item, scope, value)
            if found:
                out = joined(out, under(key, found))
        if not self.required <= value.keys():
            out = joined(out, self._missing(value))
        if self.choices:
            out = joined(out, self._wrong_choice(value))
        for rule in self.rules:
            try:
                holds = rule.test(value)
            except (ArithmeticError, AttributeError, IndexError, KeyError, TypeError, ValueError):
                continue  # the object is of another shape than the rule speaks of, and that has been told
            if not holds:
                out = joined(out, [rule.problem()])
        if len(value) == 1 and "id" in value and not self.is_resource:
            out = joined(
                out, bad("ele-1", "ต้องมีค่าหรือ extension ด้วย", "must have a value or an extension too", "invariant")
            )
        return out

    def _compiled(self) -> dict[str, Handler]:
        elements = tables.elements(self.name)
        known: dict[str, Handler] = {}
        for element in elements:
            for key, kind in element.keys.items():
                _add(known, key, element, _value_check(kind, element))
        if self.is_resource:
            known["resourceType"] = _fine
        self.required = frozenset(e.name for e in elements if e.least and not e.name.endswith("[x]"))
        self.choices = tuple(element for element in elements if element.name.endswith("[x]"))
        stems = [key for element in self.choices for key in element.keys]
        self.choice_keys = frozenset({*stems, *("_" + key for key in stems)})
        self.must_choose = tuple(frozenset(choice.keys) for choice in self.choices if choice.least)
        self.rules = rules_of(self.name)
        self.known = known
        return known

    def _missing(self, value: dict[str, Any]) -> Problems:
        """Required elements that are not there; a primitive may have an extension in the place of its value."""
        out: Problems = None
        for name in sorted(self.required - value.keys()):
            if "_" + name not in value:
                found = bad("required", "ต้องมีส่วนนี้ ให้เติม", "is required; add it", "required")
                out = joined(out, under(name, found))
        return out

    def _wrong_choice(self, value: dict[str, Any]) -> Problems:
        """Two types of one choice, or none where one must be. Most objects give one, and need no closer look."""
        given = [key for key in value if key in self.choice_keys]
        if len(given) < 2 and not any(keys.isdisjoint(given) for keys in self.must_choose):
            return None
        out: Problems = None
        for choice in self.choices:
            given = [key for key in choice.keys if key in value or "_" + key in value]
            if len(given) > 1:
                th, en = "ใส่ได้เพียงชนิดเดียว ให้เหลือไว้ค่าเดียว", "takes a value of one type only; keep one of them"
                out = joined(out, under(choice.name.removesuffix("[x]"), bad("choice", th, en, "structure")))
            elif choice.least and not given:
                found = bad("required", "ต้องมีส่วนนี้ชนิดหนึ่ง ให้เติม", "is required, of one of its types; add it", "required")
                out = joined(out, under(choice.name.removesuffix("[x]"), found))
        return out


@cache
def node(name: str) -> Node:
    """The one node of a name."""
    return Node(name)


def _fine(value: Any, scope: Scope, owner: dict[str, Any]) -> Problems:
    return None


def _unknown() -> Problems:
    th = "FHIR R4 ไม่มีส่วนนี้ที่นี่ ตรวจตัวสะกด หรือใช้ extension"
    return bad("unknown", th, "FHIR R4 has no such element here; check the spelling, or use an extension", "structure")


def _no_object(value: Any) -> Problems:
    if value == {}:
        return bad("empty", "ห้ามเป็นวัตถุว่าง ให้ตัดออก", "must not be an empty object; leave it out", "structure")
    return bad("type", "ต้องเป็นวัตถุ JSON { }", "must be a JSON object { }", "structure")


def _add(known: dict[str, Handler], key: str, element: tables.Element, one: Handler | Check) -> None:
    """The handlers of one JSON name: its value or values, and for a primitive its `_` shadow."""
    primitive = element.keys[key] in CHECKS
    if element.most == 0:
        known[key] = _refused
        return
    if primitive:
        check: Check = one
        known[key] = _primitives(check, "_" + key) if element.many else check
        known["_" + key] = _shadows(key) if element.many else _shadow
        if key == "id":
            del known["_id"]
    else:
        known[key] = _many(one) if element.many else one


def _refused(value: Any, scope: Scope, owner: dict[str, Any]) -> Problems:
    return bad("forbidden", "ส่วนนี้ใช้ที่นี่ไม่ได้ ให้ตัดออก", "may not be used here; leave it out", "structure")


def _value_check(kind: str, element: tables.Element) -> Handler | Check:
    if kind in CHECKS:
        return _bound(element.codes, CHECKS[kind]) if element.codes and not element.extensible else _local(kind)
    if kind.startswith("Reference"):
        return references.checker(kind.partition(":")[2], node("Reference"))
    if kind == "Resource":
        return references.resource(element.name, node)
    if kind == "Extension":
        return (
            references.modifier(node("Extension")) if element.name == "modifierExtension" else node("Extension").check
        )
    inner = node(kind.removeprefix("#"))
    sets = tables.codes_of(element.codes) if element.codes and kind in _CODED else None
    if sets is None:
        return inner.check
    return _suggested(sets, inner) if element.extensible else _coded(kind, sets, inner)


def _local(kind: str) -> Check:
    """A plain value. What points into `contained` is remembered: a canonical or an address may be `#id` too."""
    plain = CHECKS[kind]
    if kind not in {"canonical", "uri", "url"}:
        return plain

    def check(value: object, scope: Scope, _owner: object = None) -> Problems:
        if type(value) is str and value[:1] == "#":
            scope.used.add(value[1:])
        return plain(value)

    return check


def _bound(value_set: str, plain: Check) -> Check:
    """A code of a required binding."""
    th, en = "ต้องเป็นรหัสในชุดค่าที่ FHIR กำหนด", "must be a code of the value set that FHIR requires here"
    if value_set == tables.MIME_TYPES:
        return _matching(
            _MIME, plain, "ต้องเป็นชนิดสื่อ เช่น application/pdf", "must be a media type, such as application/pdf"
        )
    if value_set == tables.CURRENCIES:
        return _matching(
            _CURRENCY, plain, "ต้องเป็นรหัสเงินตรา ISO 4217 เช่น THB", "must be a currency of ISO 4217, such as THB"
        )
    sets = tables.codes_of(value_set)
    if sets is None:
        return plain
    codes = frozenset().union(*sets.values())
    if len(codes) <= 12:
        listed = " ".join(sorted(codes))
        th, en = f"ต้องเป็นรหัสหนึ่งใน: {listed}", f"must be one of: {listed}"

    def check(value: object, _scope: object = None, _owner: object = None) -> Problems:
        if type(value) is str and value in codes:
            return None
        return plain(value) or bad("binding", th, en, "code-invalid")

    return check


def _matching(match: Callable[[str], object], plain: Check, th: str, en: str) -> Check:
    def check(value: object, _scope: object = None, _owner: object = None) -> Problems:
        if type(value) is str and match(value):
            return None
        return plain(value) or bad("binding", th, en, "code-invalid")

    return check


def _coded(kind: str, sets: bindings.Sets, inner: Node) -> Handler:
    """A Coding or a concept of a required binding: one coding must be of the set."""

    def check(value: Any, scope: Scope, owner: dict[str, Any]) -> Problems:
        out = inner.check(value, scope, owner)
        if out:
            return out
        codings = [value] if kind == "Coding" else value.get("coding", [])
        if bindings.has(codings, sets) or not codings:
            return None  # a concept in words only, or one with an extension: HL7's own examples do it
        th, en = "ต้องมี coding หนึ่งที่อยู่ในชุดค่าที่ FHIR กำหนด", "one coding must be of the value set that FHIR requires here"
        return bad("binding", th, en, "code-invalid")

    return check


def _suggested(sets: bindings.Sets, inner: Node) -> Handler:
    """A Coding or a concept of an extensible binding."""

    def check(value: Any, scope: Scope, owner: dict[str, Any]) -> Problems:
        out = inner.check(value, scope, owner)
        return [bindings.stray()] if not out and bindings.strays(value, sets) else out

    return check


def _many(one: Handler) -> Handler:
    """An array of objects."""

    def check(value: Any, scope: Scope, owner: dict[str, Any]) -> Problems:
        if type(value) is not list or not value:
            return _no_array(value)
        out: Problems = None
        for position, item in enumerate(value):
            found = one(item, scope, owner)
            if found:
                out = joined(out, under(f"[{position}]", found))
        return out

    return check


def _no_array(value: Any) -> Problems:
    if value == []:
        return bad("empty", "ห้ามเป็นอาร์เรย์ว่าง ให้ตัดออก", "must not be an empty array; leave it out", "structure")
    return bad("type", "มีได้หลายค่า ต้องเป็นอาร์เรย์ JSON [ ]", "may repeat, and must be a JSON array [ ]", "structure")


def _primitives(one: Check, shadow: str) -> Handler:
    """An array of primitive values; a null needs an extension at the same place of the shadow."""

    def check(value: Any, scope: Scope, owner: dict[str, Any]) -> Problems:
        if type(value) is not list or not value:
            return _no_array(value)
        out: Problems = None
        for position, item in enumerate(value):
            found = one(item, scope, owner) if item is not None else _null(owner.get(shadow), position)
            if found:
                out = joined(out, under(f"[{position}]", found))
        return out

    return check


def _null(shadows: Any, position: int) -> Problems:
    if isinstance(shadows, list) and position < len(shadows) and shadows[position] is not None:
        return None
    th, en = "null ใช้ได้เฉพาะเมื่อมี extension ในตำแหน่งเดียวกัน", "null needs an extension at the same place of the _ array"
    return bad("null", th, en, "structure")


_ELEMENT = "Element"


def _shadow(value: Any, scope: Scope, owner: dict[str, Any]) -> Problems:
    """id and extensions of a primitive value."""
    return node(_ELEMENT).check(value, scope, owner)


def _shadows(key: str) -> Handler:
    def check(value: Any, scope: Scope, owner: dict[str, Any]) -> Problems:
        if type(value) is not list or not value:
            return _no_array(value)
        values = owner.get(key)
        out: Problems = None
        if isinstance(values, list) and len(values) != len(value):
            th, en = "ต้องยาวเท่ากับอาร์เรย์ของค่า เติม null", "must be as long as the array of values; fill with null"
            out = bad("null", th, en, "structure")
        if all(item is None for item in value):
            out = joined(out, bad("empty", "มีแต่ null ให้ตัดออก", "holds nothing but null; leave it out", "structure"))
        for position, item in enumerate(value):
            found = None if item is None else _shadow(item, scope, owner)
            if found:
                out = joined(out, under(f"[{position}]", found))
        return out

    return check
