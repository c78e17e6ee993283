"""Print HL7's FHIRPath Patch cases as JSON: `python tools/convert_patch_cases.py fhir-patch-tests.xml > cases.json`.

From FHIR/fhir-test-cases (r4/patch/fhir-patch-tests.xml, Apache-2.0); the JSON is tests/data/fhir_patch/cases.json.
"""

from __future__ import annotations

import json
import sys
import xml.etree.ElementTree as ET
from typing import Any

from suksala.standards.fhir import fhirpath

FHIR, XHTML = "{http://hl7.org/fhir}", "{http://www.w3.org/1999/xhtml}"


def converted(element: ET.Element, type_: str) -> tuple[Any, Any]:
    """An element as JSON, and the shadow of a primitive."""
    if element.tag == XHTML + "div":
        ET.register_namespace("", XHTML[1:-1])
        return ET.tostring(element, encoding="unicode").strip(), None
    members = fhirpath.members(type_)
    if members is None:
        return primitive(element, type_)
    found: dict[str, Any] = {name: element.attrib[name] for name in ("id", "url") if name in element.attrib}
    names = {key: (name, key, kind) for name, options in members.items() for key, kind in options}
    for child in element:
        name, key, kind = names[child.tag.removeprefix(FHIR).removeprefix(XHTML)]
        value, shadow = converted(child, kind)
        if fhirpath.is_many(type_, name):
            found.setdefault(key, []).append(value)
        elif value is not None:
            found[key] = value
        if shadow is not None:
            found["_" + key] = shadow
    return found, None


def primitive(element: ET.Element, type_: str) -> tuple[Any, Any]:
    """A primitive value and its shadow."""
    text = element.get("value")
    shadow: dict[str, Any] = {"id": element.attrib["id"]} if "id" in element.attrib else {}
    extensions = [converted(child, "Extension")[0] for child in element]
    if extensions:
        shadow["extension"] = extensions
    value: Any = text
    if type_ == "boolean":
        value = text == "true"
    elif type_ in ("integer", "positiveInt", "unsignedInt") and text is not None:
        value = int(text)
    return value, shadow or None


def resource(holder: ET.Element | None) -> Any:
    """The resource inside an element of a case."""
    if holder is None:
        return None
    [inner] = list(holder)
    kind = inner.tag.removeprefix(FHIR)
    return {"resourceType": kind, **converted(inner, kind)[0]}


def main() -> None:
    """Print every case: name, input, diff and output, or the error that is expected."""
    cases = []
    for case in ET.parse(sys.argv[1]).getroot():  # noqa: S314
        found = {"name": case.get("name"), **{part: resource(case.find(part)) for part in ("input", "diff", "output")}}
        error = case.find("error")
        cases.append({**found, "error": error.get("msg")} if error is not None else found)
    print(json.dumps(cases, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
