"""References, contained resources and the extensions that change meaning."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from . import tables
from .issues import Problems, joined, under
from .primitives import bad
from .scope import Scope

if TYPE_CHECKING:
    from .nodes import Handler, Node

_ID = r"[A-Za-z0-9.-]{1,64}"
_LITERAL = re.compile(rf"(https?://[^\s?#]+/)?([A-Z][A-Za-z]{{2,60}})/{_ID}(/_history/{_ID})?(#{_ID})?").fullmatch
_QUERY = re.compile(r"([A-Z][A-Za-z]{2,60})\?[^\s]+").fullmatch  # a conditional reference of a transaction
_OTHER = re.compile(r"(urn:(uuid|oid):[0-9A-Fa-f.-]+|[a-z][a-z0-9+.-]*:[^\s]+)", re.IGNORECASE).fullmatch
_TARGETS = {"th": "ชี้ไปยังชนิดที่ใช้ที่นี่ไม่ได้ ใช้ได้: {}", "en": "leads to a type that is not allowed here; allowed: {}"}


def checker(targets: str, reference: Node) -> Handler:
    """A Reference to one of these types (A|B); to any when there are none."""
    allowed = frozenset(targets.split("|")) if targets else None
    listed = ", ".join(sorted(allowed or ()))
    shape = reference.check

    def check(value: Any, scope: Scope, owner: dict[str, Any]) -> Problems:
        out = shape(value, scope, owner)
        if out:
            return out
        literal = value.get("reference")
        kind = None
        if literal is not None:
            kind, out = _literal(literal, scope)
        declared = value.get("type")
        if declared is not None and kind is not None and declared.rpartition("/")[2] != kind:
            th, en = "type ไม่ตรงกับ reference", "type and reference name different types; make them agree"
            out = joined(out, under("type", bad("reference-type", th, en, "value")))
        for name in (kind, declared):
            if name is not None and allowed is not None and name in tables.resource_types() and name not in allowed:
                th, en = _TARGETS["th"].format(listed), _TARGETS["en"].format(listed)
                return joined(out, under("reference" if kind else "type", bad("reference-target", th, en, "value")))
        return out

    return check


def _literal(literal: str, scope: Scope) -> tuple[str | None, Problems]:
    """The type that a reference leads to, when it says so, and what is wrong with it."""
    if literal[:1] == "#":
        return _local(literal[1:], scope)
    found = _LITERAL(literal)
    kind = found and found[2]
    if kind is None:
        query = _QUERY(literal)
        kind = query and query[1]
    if kind in tables.resource_types():
        return kind, None
    if _OTHER(literal):
        return None, None
    th = "ต้องเป็น ชนิด/id, http(s)://…, urn:uuid:… หรือ #id"
    return None, under("reference", bad("reference", th, "must be Type/id, http(s)://…, urn:uuid:… or #id", "value"))


def _local(name: str, scope: Scope) -> tuple[str | None, Problems]:
    """A reference into `contained`, or from there to what contains it (`#` alone)."""
    if not name:
        scope.used.add(scope.inside or "")
        return None, None
    if name not in scope.kinds:
        th, en = "ไม่มีทรัพยากรนี้ใน contained ให้ใส่หรือแก้", "nothing of this id is contained; contain it, or correct it"
        return None, under("reference", bad("ref-1", th, en, "not-found"))
    if name != scope.inside:
        scope.used.add(name)
    return scope.kinds[name], None


def literal_type(reference: dict[str, Any]) -> str | None:
    """The type that a reference itself tells, by its address or its `type`."""
    literal = reference.get("reference")
    found = _LITERAL(literal) if isinstance(literal, str) else None
    kind = found[2] if found else reference.get("type")
    return kind if kind in tables.resource_types() else None


def resource(name: str, node: Callable[[str], Node]) -> Handler:
    """A resource inside another: contained, or an entry of a Bundle or a parameter, which stands alone."""
    return _contained(node) if name == "contained" else _entry(node)


def alone(value: Any, rtype: str, node: Callable[[str], Node]) -> Problems:
    """What is wrong with a resource that stands alone."""
    scope = Scope(value)
    out = node(rtype).check(value, scope, value)
    if scope.kinds:
        out = joined(out, _unused(value, scope))
    return out


def _unused(value: dict[str, Any], scope: Scope) -> Problems:
    """dom-3: what is contained must be used."""
    out: Problems = None
    for position, one in enumerate(value["contained"]):
        if isinstance(one, dict) and isinstance(one.get("id"), str) and one["id"] not in scope.used:
            th, en = "ไม่มีสิ่งใดอ้างถึง ให้อ้างถึงหรือตัดออก", "nothing refers to it; refer to it, or leave it out"
            out = joined(out, under("contained", under(f"[{position}]", bad("dom-3", th, en, "invariant"))))
    return out


def type_of(value: Any) -> tuple[str | None, Problems]:
    """The type that a resource names, or what is wrong with that."""
    if type(value) is not dict:
        return None, bad("type", "ต้องเป็นวัตถุ JSON { }", "must be a JSON object { }", "structure")
    rtype = value.get("resourceType")
    if type(rtype) is not str or rtype not in tables.resource_types():
        th, en = "ต้องเป็นชื่อชนิดทรัพยากรของ FHIR R4", "must name a resource type of FHIR R4"
        return None, under("resourceType", bad("resource-type", th, en, "structure"))
    return rtype, None


def _entry(node: Callable[[str], Node]) -> Handler:
    def check(value: Any, scope: Scope, owner: dict[str, Any]) -> Problems:
        rtype, wrong = type_of(value)
        return wrong if rtype is None else alone(value, rtype, node)

    return check


def _contained(node: Callable[[str], Node]) -> Handler:
    def check(value: Any, scope: Scope, owner: dict[str, Any]) -> Problems:
        rtype, out = type_of(value)
        if rtype is None:
            return out
        inside, scope.inside = scope.inside, value["id"] if isinstance(value.get("id"), str) else None
        out = node(rtype).check(value, scope, owner)
        scope.inside = inside
        if "contained" in value:
            th, en = "ของที่อยู่ใน contained ห้ามมี contained อีก", "what is contained may not contain more"
            out = joined(out, under("contained", bad("dom-2", th, en, "invariant")))
        if not isinstance(value.get("id"), str):
            th, en = "ของใน contained ต้องมี id", "what is contained needs an id"
            out = joined(out, under("id", bad("contained-id", th, en, "required")))
        return joined(out, _forbidden_meta(value))

    return check


def _forbidden_meta(value: dict[str, Any]) -> Problems:
    """dom-4 and dom-5: a contained resource has no life of its own."""
    meta = value.get("meta")
    given = {"versionId", "lastUpdated", "security"} & meta.keys() if isinstance(meta, dict) else set()
    out: Problems = None
    for name in sorted(given):
        th, en = "ของใน contained ห้ามมีส่วนนี้ ให้ตัดออก", "what is contained may not have this; leave it out"
        rule = "dom-5" if name == "security" else "dom-4"
        out = joined(out, under("meta", under(name, bad(rule, th, en, "invariant"))))
    return out


def modifier(extension: Node) -> Handler:
    """An extension that may change the meaning: one that this server does not know cannot be kept safely."""

    def check(value: Any, scope: Scope, owner: dict[str, Any]) -> Problems:
        out = extension.check(value, scope, owner)
        if out or value["url"] in tables.modifier_extensions():
            return out
        th = "ระบบไม่รู้จัก modifierExtension นี้ จึงเก็บโดยไม่เปลี่ยนความหมายไม่ได้ ให้ตัดออก"
        en = "this modifierExtension is not known here, so the meaning cannot be kept; leave it out"
        return bad("modifier-extension", th, en, "extension")

    return check
