"""FHIRPath Patch and JSON Patch: HL7's cases for R4, and our own for what they leave open."""

from __future__ import annotations

import copy
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from suksala.exchange import patching
from suksala.exchange.writes import WriteProblem

FOLDER = Path(__file__).parents[1] / "data/fhir_patch"
CASES = json.loads((FOLDER / "cases.json").read_bytes())
JSON_CASES = json.loads((FOLDER / "json_patch.json").read_bytes())
MALI: dict[str, Any] = {
    "resourceType": "Patient",
    "id": "mali",
    "active": True,
    "name": [{"family": "ใจดี", "given": ["มะลิ", "ลิลลี่"], "_given": [{"id": "g1"}, None]}, {"use": "nickname"}],
    "birthDate": "1970-05-05",
    "_birthDate": {"id": "b"},
    "deceasedBoolean": False,
    "contact": [{"name": {"text": "มานี"}}],
}
_KEYS = {"index": "valueInteger", "source": "valueInteger", "destination": "valueInteger", "type": "valueCode"}


def operation(kind: str, value: Any = None, **given: Any) -> dict[str, Any]:
    """One operation; `value` is a dict with value[x], or parts."""
    parts = [{"name": name, _KEYS.get(name, "valueString"): one} for name, one in {"type": kind, **given}.items()]
    if value is not None:
        parts.append({"name": "value", **({"part": value} if isinstance(value, list) else value)})
    return {"name": "operation", "part": parts}


def patched(*operations: dict[str, Any], resource: dict[str, Any] = MALI) -> dict[str, Any]:
    """A resource after operations; the one given is left as it is."""
    patch = patching.read({"resourceType": "Parameters", "parameter": list(operations)}, is_json_patch=False)
    return patch(copy.deepcopy(resource))


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_fhirpath_patch(case: dict[str, Any]) -> None:
    """HL7's 33 cases, told in XML there."""
    patch = patching.read(case["diff"], is_json_patch=False)
    if "error" in case:
        with pytest.raises(WriteProblem) as caught:
            patch(case["input"])
        assert caught.value.http_status == 422
    else:
        assert patch(case["input"]) == case["output"]


@pytest.mark.parametrize("case", JSON_CASES, ids=[case["comment"] for case in JSON_CASES])
def test_json_patch(case: dict[str, Any]) -> None:
    """HL7's 16 cases, those of RFC 6902, appendix A."""
    patch = patching.read(case["patch"], is_json_patch=True)
    if "error" in case:
        with pytest.raises(WriteProblem) as caught:
            patch(case["doc"])
        assert caught.value.http_status == 422
    else:
        assert patch(case["doc"]) == case["expected"]


@pytest.mark.parametrize(
    ("asked", "changed"),
    [
        (operation("add", {"valueCode": "female"}, path="Patient", name="gender"), {"gender": "female"}),
        (operation("replace", {"valueDateTime": "2026-01-01"}, path="Patient.deceased"),
         {"deceasedBoolean": None, "deceasedDateTime": "2026-01-01"}),  # another type of the choice
        (operation("replace", {"valueDate": "1971-05-05"}, path="Patient.birthDate"),
         {"birthDate": "1971-05-05", "_birthDate": None}),  # the whole element, with its extensions
        (operation("delete", path="Patient.birthDate"), {"birthDate": None, "_birthDate": None}),
        (operation("delete", path="Patient.contact[0].name.text"), {"contact": None}),  # nothing empty is left
        (operation("delete", path="Patient.maritalStatus"), {}),  # "if found"
        (operation("delete", path="name.where(use = 'nickname')"), {"name": MALI["name"][:1]}),
        (operation("insert", {"valueString": "ใหม่"}, path="name[0].given", index=1),
         {"name": [{**MALI["name"][0], "given": ["มะลิ", "ใหม่", "ลิลลี่"], "_given": [{"id": "g1"}, None, None]},
                   MALI["name"][1]]}),
        (operation("move", path="name[0].given", source=0, destination=1),
         {"name": [{**MALI["name"][0], "given": ["ลิลลี่", "มะลิ"], "_given": [None, {"id": "g1"}]}, MALI["name"][1]]}),
        (operation("add", [{"name": "relationship", "part": [{"name": "text", "valueString": "แม่"}]}],
                   path="Patient", name="contact"),
         {"contact": [*MALI["contact"], {"relationship": [{"text": "แม่"}]}]}),
    ],
)  # fmt: skip
def test_what_an_operation_changes(asked: dict[str, Any], changed: dict[str, Any]) -> None:
    """None stands for an element that is gone."""
    expected = {key: value for key, value in {**MALI, **changed}.items() if value is not None}
    assert patched(asked) == expected


@pytest.mark.parametrize(
    ("asked", "status", "told"),
    [
        (operation("replace", {"valueCode": "male"}, path="Patient.gender"), 422, "the path selects nothing"),
        (operation("replace", {"valueString": "x"}, path="name.given"), 422, "the path selects more than one element"),
        (operation("delete", path="Patient.name"), 422, "the path selects more than one element"),
        (operation("delete", path="Patient"), 422, "the path must select an element of the resource"),
        (operation("add", {"valueDate": "1980"}, path="Patient", name="birthDate"), 422,
         "the element has a value already; use replace"),
        (operation("add", {"valueDateTime": "2026"}, path="Patient", name="deceased"), 422,
         "the element has a value already; use replace"),
        (operation("add", {"valueString": "x"}, path="Patient", name="deceased"), 422,
         "deceased takes no value of this type"),
        (operation("add", {"valueString": "x"}, path="Patient", name="nonsense"), 422,
         "Patient has no element nonsense"),
        (operation("insert", {"valueString": "x"}, path="Patient.telecom", index=0), 422,
         "the path selects nothing; use add"),
        (operation("insert", {"valueString": "x"}, path="name[0].given", index=3), 422,
         "the index is outside the array"),
        (operation("insert", {"valueString": "x"}, path="name[0].given[0]", index=0), 422,
         "the path must select one whole array"),
        (operation("move", path="name.given", source=0, destination=5), 422,
         "source or destination is outside the array"),
        (operation("delete", path="Patient.nmae"), 422, "FHIRPath, character 9: Patient has no element nmae"),
        (operation("delete", path="Patient..name"), 422, "FHIRPath, character 9: this is not expected here"),
        (operation("fly", path="Patient"), 400, "type is add, insert, delete, replace or move"),
        (operation("add", path="Patient"), 400, "add needs name, value"),
        ({"name": "other", "part": [{}]}, 400, "is an operation with parts"),
        (operation("move", path="name", source="0", destination=1), 400, "source is of the wrong type"),
    ],
)  # fmt: skip
def test_what_is_refused(asked: dict[str, Any], status: int, told: str) -> None:
    """The sentence, the place of the operation; in Thai too."""
    with pytest.raises(WriteProblem) as caught:
        patched(operation("delete", path="Patient.active"), asked)
    [issue] = caught.value.issues
    assert (caught.value.http_status, issue.en, issue.expression) == (status, told, "Parameters.parameter[1]")
    assert any("\u0e00" <= sign <= "\u0e7f" for sign in issue.th)


def test_digits_are_kept() -> None:
    """What is not touched stays as it is, and a decimal keeps its digits."""
    weight = {"resourceType": "Observation", "valueQuantity": {"value": Decimal("72.50")}}
    asked = operation("add", {"valueString": "kg"}, path="Observation.value", name="unit")
    assert str(patched(asked, resource=weight)["valueQuantity"]["value"]) == "72.50"
