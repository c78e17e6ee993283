"""What a SearchParameter resource defines, read strictly: a parameter that could not be answered right is refused.

Its expression must be one that FHIRPath knows for the type (so a misspelt element is found here) and that the walkers
and SQL/JSON paths say alike: paths, `ofType`, `[0]`, `where(x='literal')`, `where(resolve() is T)`, `extension('url')`
and `|`. What it selects must be of a FHIR type that goes with the parameter's own.
Source: FHIR R4 SearchParameter; search, table of types; decision 0074.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from suksala.standards import fhir

from . import composites
from .definitions import Definition, parameters, resource_types
from .own_parameters import Own
from .walkers import Unsupported, compile_expression, json_paths
from .writes import Resource, WriteProblem, refused

TYPE = "SearchParameter"
MOST_EXPRESSION = 2000
MOST_COMPONENTS = 4
_CODE = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,63}")
_URL = re.compile(r"(?:https?://|urn:)[^\s|]{1,500}")
_EXTENSION = re.compile(r"(?<![\w'])extension\('([^']*)'\)")
_AS = re.compile(r"\((\w[\w.]*) as (\w+)\)|(\w[\w.]*) as (\w+)$")
_RESOLVES = re.compile(r"\.where\(resolve\(\) is \w+\)")
_TEXTS = ("string", "markdown")
_DATES = ("date", "dateTime", "instant", "Period", "Timing")
_URIS = ("uri", "url", "canonical", "oid", "uuid")
_AMOUNTS = ("Quantity", "SimpleQuantity", "Age", "Duration", "Count", "Distance", "Money", "MoneyQuantity", "Range")
# FHIR types that each type of parameter reads (R4 search).
READS: Mapping[str, tuple[str, ...]] = {
    "token": ("code", "id", "boolean", "Coding", "CodeableConcept", "Identifier", "ContactPoint", *_TEXTS, *_URIS),
    "string": (*_TEXTS, "HumanName", "Address"),
    "date": _DATES,
    "number": ("integer", "positiveInt", "unsignedInt", "decimal"),
    "quantity": _AMOUNTS,
    "reference": ("Reference", "canonical"),
    "uri": _URIS,
}
_OF_COMPONENT = {
    **dict.fromkeys(("code", "boolean", "Coding", "CodeableConcept", "Identifier"), "token"),
    **dict.fromkeys(_AMOUNTS[:-1], "quantity"),
    **dict.fromkeys(READS["number"], "number"),
    "Reference": "reference",
}


def is_in_force(resource: Resource | None) -> bool:
    """Whether a SearchParameter is to be answered: one in draft is kept like any resource and changes nothing."""
    return resource is not None and resource.get("status") == "active"


def read(resource: Resource) -> Own:
    """Read a SearchParameter that is to be answered. Raises WriteProblem."""
    code, url, kind = (str(resource.get(name, "")) for name in ("code", "url", "type"))
    if not _CODE.fullmatch(code):
        raise _wrong("code", "code ใช้ตัวอักษรละติน ตัวเลข และ -", "code is a letter, then letters, digits and -")
    if not _URL.fullmatch(url):
        raise _wrong("url", "url ต้องเป็นที่อยู่เต็ม", "url is an absolute address")
    if kind not in READS and kind != "composite":
        raise _wrong("type", f"type ใช้ได้: {', '.join(READS)}, composite", f"type is {', '.join(READS)} or composite")
    bases = resource.get("base") or []
    for base in bases:
        if base not in resource_types():
            raise _wrong("base", "base ต้องเป็นชนิดของ R4 ทีละชนิด", "base names concrete types of R4, one by one")
        if code in parameters(base):
            raise _wrong("code", f"{base} มีพารามิเตอร์ {code} อยู่แล้วใน R4", f"R4 has a parameter {code} of {base} already")
    by_type = {base: _definition(resource, base, kind) for base in bases}
    return Own(code, url, kind, by_type)


def _definition(resource: Resource, base: str, kind: str) -> Definition:
    expression = " | ".join(_alternatives(str(resource.get("expression", "")), base, resource.get("base") or []))
    components = tuple(_components(resource, base, expression)) if kind == "composite" else ()
    if kind != "composite":
        for part in expression.split(" | "):
            _require_kind(_type_of(part, base), kind, part)
    targets = tuple(resource.get("target") or ())
    if kind == "reference" and not targets:
        raise _wrong("target", "พารามิเตอร์ reference ต้องบอก target", "a parameter of type reference names its target")
    if not set(targets) <= set(resource_types()):
        raise _wrong("target", "target ต้องเป็นชนิดของ R4", "target names types of R4")
    return Definition(kind, expression, targets, components)


def _alternatives(text: str, base: str, bases: list[str]) -> Iterator[str]:
    """The parts of an expression that begin at a type, in the one form that walkers and SQL/JSON paths read."""
    if not text or len(text) > MOST_EXPRESSION or any("|" in quoted for quoted in re.findall(r"'[^']*'", text)):
        raise _expression(
            f"1 ถึง {MOST_EXPRESSION} ตัวอักษร", f"it has 1 to {MOST_EXPRESSION} characters and no | in a literal"
        )
    found = 0
    for part in text.split("|"):
        plain = _EXTENSION.sub(r"extension.where(url='\1')", part.strip())
        plain = _AS.sub(lambda m: f"{m[1] or m[3]}.ofType({m[2] or m[4]})", plain)
        while plain.startswith("(") and plain.endswith(")"):
            plain = plain[1:-1].strip()
        start = re.split(r"\W", plain, maxsplit=1)[0]
        if start not in bases:
            raise _expression("แต่ละส่วนต้องเริ่มด้วยชนิดใน base", "each part begins with a type of base")
        if start == base:
            found += 1
            yield plain
    if not found:
        raise _expression(f"ไม่มีส่วนของ {base}", f"no part of it is about {base}")


def _type_of(path: str, base: str, *, below: bool = False) -> str:
    """The FHIR type of everything that a path selects in a resource of `base`, or `below` an element of that type."""
    whole = f"E.{path}" if below else path
    try:
        found = fhir.fhirpath.Expression(_RESOLVES.sub("", path), base).type
        compile_expression(whole)
        json_paths(whole)
    except fhir.fhirpath.FhirPathProblem as problem:
        raise _expression(problem.th, problem.en) from problem
    except Unsupported as error:
        raise _expression(
            "ใช้ได้เฉพาะเส้นทาง ofType [0] where(x='...') where(resolve() is T) extension('url') และ |",
            "it is made of paths, ofType, [0], where(x='literal'), where(resolve() is T), extension('url') and |",
        ) from error
    if found is None:
        raise _expression(
            "บอกชนิดของค่าด้วย ofType() เช่น value.ofType(Quantity)",
            "say which type a choice is with ofType(), such as value.ofType(Quantity)",
        )
    return found


def _require_kind(found: str, kind: str, part: str) -> None:
    if found not in READS[kind]:
        able = ", ".join(READS[kind])
        raise _wrong("type", f"{part} เป็น {found} แต่ {kind} อ่านได้ {able}", f"{part} is {found}; {kind} reads {able}")


def _components(resource: Resource, base: str, expression: str) -> Iterator[tuple[str, str]]:
    """Kind and expression of each component: below one element, or, of a whole Observation, what R4's own have."""
    listed: list[Any] = resource.get("component") or []
    if not 2 <= len(listed) <= MOST_COMPONENTS or " | " in expression:
        raise _wrong(
            "component",
            f"composite มี 2 ถึง {MOST_COMPONENTS} ส่วนขององค์ประกอบเดียว",
            f"a composite has 2 to {MOST_COMPONENTS} components of one element",
        )
    element = base if expression == base else _type_of(expression, base)
    for one in listed:
        text = _AS.sub(lambda m: f"{m[1] or m[3]}.ofType({m[2] or m[4]})", str(one.get("expression", "")))
        if element == base and not composites.is_of_whole(base, text):
            raise _wrong(
                "component",
                "ส่วนของทั้งทรัพยากรต้องเป็นองค์ประกอบเดียวกัน เช่น Observation.component",
                "components are of one element, such as Observation.component; of a whole Observation: code and value",
            )
        kind = (
            composites.kind_of_whole(text)
            if element == base
            else _OF_COMPONENT.get(_type_of(text, element, below=True))
        )
        if kind is None:
            raise _wrong(
                "component",
                "ส่วนต้องเป็น token, quantity, number หรือ reference",
                "components are token, quantity, number or reference",
            )
        yield kind, text


def _expression(th: str, en: str) -> WriteProblem:
    return _wrong("expression", f"expression: {th}", f"expression: {en}")


def _wrong(path: str, th: str, en: str) -> WriteProblem:
    return refused(422, "not-supported", th, en, f"{TYPE}.{path}")
