"""Reduce the profiles of the International Patient Summary to what the validator compiles.

Input   the folder of the npm package `hl7.fhir.uv.ips` (npm pack hl7.fhir.uv.ips; unpack; pass `package`).
Output  src/suksala/standards/fhir/validation/profiles_ips.json: each profile's differential, with what can be checked
        (cardinality, types, fixed and pattern values, required bindings, slicing, keys of invariants), and the codes of
        its required and extensible value sets. The content is HL7's (CC0).

    python tools/reduce_profiles.py PACKAGE_FOLDER
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

OUTPUT = Path(__file__).resolve().parent.parent / "src/suksala/standards/fhir/validation/profiles_ips.json"
NOTICE = "HL7 International Patient Summary 2.0.0, reduced; public domain (CC0 1.0). FHIR is a mark of HL7."
KEPT = ("id", "min", "max")
TYPE = ("code", "profile", "targetProfile")


def reduced(element: dict[str, Any]) -> dict[str, Any]:
    """What of an ElementDefinition is checked."""
    found = {key: value for key, value in element.items() if key in KEPT or key.startswith(("fixed", "pattern"))}
    if "type" in element:
        found["type"] = [{key: kind[key] for key in TYPE if key in kind} for kind in element["type"]]
    binding = element.get("binding", {})
    if binding.get("strength") in {"required", "extensible"}:
        found["binding"] = {key: binding[key] for key in ("strength", "valueSet")}
    if "slicing" in element:
        found["slicing"] = {key: element["slicing"][key] for key in ("discriminator", "rules")}
    if "constraint" in element:
        found["constraint"] = [{"key": rule["key"]} for rule in element["constraint"]]
    return found


def profile(definition: dict[str, Any]) -> dict[str, Any]:
    """A StructureDefinition of what is checked; an element that says nothing is left out."""
    elements = [reduced(element) for element in definition["differential"]["element"]]
    kept = {key: definition[key] for key in ("url", "name", "title", "type", "baseDefinition")}
    return {**kept, "differential": {"element": [element for element in elements if len(element) > 1]}}


def codes(value_set: dict[str, Any]) -> dict[str, list[str]]:
    """System -> codes of a value set that lists them, or takes a system of the base without some; else nothing."""
    found: dict[str, list[str]] = {}
    for include in value_set["compose"]["include"]:
        listed = [concept["code"] for concept in include.get("concept", ())] or of_system(include.get("system", ""))
        if not listed:
            return {}
        found.setdefault(include["system"], []).extend(listed)
    for exclude in value_set["compose"].get("exclude", ()):
        out = {condition["value"] for condition in exclude["filter"]}
        found[exclude["system"]] = [code for code in found[exclude["system"]] if code not in out]
    return found


def of_system(system: str) -> list[str]:
    """The codes of a system that a required binding of the base lists whole."""
    sets = json.loads(OUTPUT.with_name("codes.json").read_bytes())["sets"].values()
    return next((one[system] for one in sets if list(one) == [system]), [])


def main(package: str) -> None:
    """Write the reduced profiles."""
    files = [json.loads(path.read_bytes()) for path in sorted(Path(package).glob("*.json"))]
    wanted = [one for one in files if one.get("derivation") == "constraint" and one["kind"] != "logical"]
    sets = {one["url"]: codes(one) for one in files if one.get("resourceType") == "ValueSet"}
    profiles = [profile(one) for one in wanted]
    used = {e["binding"]["valueSet"] for p in profiles for e in p["differential"]["element"] if "binding" in e}
    table = {"notice": NOTICE, "profiles": profiles, "codes": {url: sets[url] for url in sorted(used) if sets.get(url)}}
    text = json.dumps(table, ensure_ascii=False, separators=(",", ":")) + "\n"
    OUTPUT.write_text(text, encoding="utf-8")
    print(f"{len(profiles)} profiles, {len(text):,} bytes; not listed: {sorted(u for u in used if not sets.get(u))}")


if __name__ == "__main__":
    main(sys.argv[1])
