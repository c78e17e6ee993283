"""What the validator says of a resource, row by row, both sides of each edge; the people are made up.

Source: FHIR R4 (4.0.1) datatypes, JSON format, and the invariants of the definitions (requirement S1.76).
"""
# ruff: noqa: E501 - a row of a table reads best on one line

from __future__ import annotations

import copy
import json
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import jiter
import pytest

from suksala.standards.fhir import validation

EXAMPLES = json.loads((Path(__file__).parents[1] / "data/fhir/examples.json").read_bytes())
LOINC = "http://loinc.org"
DIV = '<div xmlns="http://www.w3.org/1999/xhtml">{}</div>'
OBSERVATION: dict[str, Any] = {
    "resourceType": "Observation",
    "status": "final",
    "code": {"coding": [{"system": LOINC, "code": "8480-6"}]},
    "subject": {"reference": "Patient/somying"},
    "valueQuantity": {
        "value": Decimal("120.0"),
        "unit": "mmHg",
        "system": "http://unitsofmeasure.org",
        "code": "mm[Hg]",
    },
}
PATIENT: dict[str, Any] = {"resourceType": "Patient", "name": [{"text": "สมหญิง ทดสอบ"}], "birthDate": "1990-05-05"}


def told(resource: Any, **asked: Any) -> list[str]:
    """Where, which rule, how grave: without the sentences."""
    return [f"{i.expression} {i.rule} {i.severity}" for i in validation.check(resource, **asked)]


def changed(resource: dict[str, Any], **parts: Any) -> dict[str, Any]:
    """A copy with other parts; None takes one away."""
    found = {**copy.deepcopy(resource), **parts}
    return {name: part for name, part in found.items() if part is not None}


@pytest.mark.parametrize("resource", EXAMPLES, ids=lambda r: f"{r['resourceType']}-{r.get('id')}")
def test_examples_of_the_standard_pass(resource: dict[str, Any]) -> None:
    """Two dozen of HL7's own."""
    assert [issue for issue in validation.check(resource) if issue.severity == "error"] == []


V3 = "http://terminology.hl7.org/CodeSystem/v3-"
ACT, MARRIED = V3 + "ActCode", V3 + "MaritalStatus"
THAI_MARRIED = {"system": "https://terms.sil-th.org/core/CodeSystem/cs-thcc-marital", "code": "2"}
VISIT: dict[str, Any] = {"resourceType": "Encounter", "status": "finished", "class": {"system": ACT, "code": "AMB"}}


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        (VISIT, []),
        (changed(VISIT, **{"class": {"system": ACT, "code": "ACUTE"}}), []),  # under IMP in the same branch
        (changed(VISIT, **{"class": {"system": ACT, "code": "HPOWATT"}}), ["Encounter.class binding-extensible warning"]),  # a code of ActCode, of another branch
        (changed(VISIT, **{"class": {"system": ACT, "code": "opd"}}), ["Encounter.class binding-extensible warning"]),
        (changed(VISIT, **{"class": {"system": "urn:hospital:visit", "code": "opd"}}), []),  # whether AMB means the same, people must judge
        (changed(VISIT, **{"class": {"system": ACT}}), []),  # no code, nothing to tell
        (changed(PATIENT, maritalStatus={"coding": [{"system": MARRIED, "code": "M"}]}), []),
        (changed(PATIENT, maritalStatus={"coding": [{"system": MARRIED, "code": "X"}]}), ["Patient.maritalStatus binding-extensible warning"]),
        (changed(PATIENT, maritalStatus={"coding": [{"system": MARRIED, "code": "X"}, {"system": MARRIED, "code": "M"}]}), []),  # one of them is enough
        (changed(PATIENT, maritalStatus={"coding": [THAI_MARRIED]}), []),
        (changed(PATIENT, maritalStatus={"coding": [THAI_MARRIED, {"system": MARRIED, "code": "X"}]}), ["Patient.maritalStatus binding-extensible warning"]),
        (changed(PATIENT, maritalStatus={"text": "สมรส"}), []),
        (changed(PATIENT, maritalStatus={"extension": [{"url": "urn:x", "valueCode": "X"}]}), []),
        (changed(OBSERVATION, interpretation=[{"coding": [{"system": V3 + "ObservationInterpretation", "code": "HH"}]}, {"coding": [{"system": V3 + "ObservationInterpretation", "code": "ZZ"}]}]), ["Observation.interpretation[1] binding-extensible warning"]),
        (changed(PATIENT, maritalStatus={"coding": [{"system": MARRIED, "code": ["X"]}]}), ["Patient.maritalStatus.coding[0].code type error"]),  # first of all it must be a code
    ],
)  # fmt: skip
def test_extensible_bindings(resource: dict[str, Any], expected: list[str]) -> None:
    """Where another code of a system that the value set draws on is used, the sender is told; it is no fault."""
    assert told(resource) == expected


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({}, []),
        ({"status": None}, ["Observation.status required error"]),
        ({"status": None, "_status": {"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}]}}, []),  # its extension stands for it
        ({"status": "finished"}, ["Observation.status binding error"]),
        ({"status": 1}, ["Observation.status type error"]),
        ({"status": ""}, ["Observation.status empty error"]),
        ({"status": ["final"]}, ["Observation.status type error"]),
        ({"code": [OBSERVATION["code"]]}, ["Observation.code type error"]),
        ({"category": {"text": "x"}}, ["Observation.category type error"]),
        ({"category": []}, ["Observation.category empty error"]),
        ({"note": [{}]}, ["Observation.note[0] empty error"]),
        ({"code": {"id": "a"}}, ["Observation.code ele-1 error"]),
        ({"valueString": "120"}, ["Observation.value choice error"]),
        ({"_valueString": {"id": "a"}}, ["Observation._valueString ele-1 error", "Observation.value choice error"]),
        ({"valueQuantity": None, "value": 120}, ["Observation.value unknown error"]),
        ({"valueQuantity": None, "valueDecimal": 120}, ["Observation.valueDecimal unknown error"]),  # not a type of this choice
        ({"valuequantity": {"value": 1}}, ["Observation.valuequantity unknown error"]),
        ({"meta": {"project": "x"}}, ["Observation.meta.project unknown error"]),  # of another server, never of R4
        ({"นามสกุล": 1}, ["Observation unknown error"]),  # what cannot be a name of an element is not repeated
        ({"subject": {"reference": "Practitioner/a"}}, ["Observation.subject.reference reference-target error"]),
        ({"subject": {"reference": "https://example.org/fhir/Patient/a/_history/2"}}, []),
        ({"subject": {"reference": "urn:uuid:6a1f6e3e-0d0e-4d59-8bb0-1f3d1f6d2a11"}}, []),
        ({"subject": {"reference": "Patient?identifier=a|b"}}, []),  # conditional, in a transaction
        ({"subject": {"reference": "somying"}}, ["Observation.subject.reference reference error"]),
        ({"subject": {"reference": "Person7/a"}}, ["Observation.subject.reference reference error"]),
        ({"subject": {"reference": "Patient/a", "type": "Group"}}, ["Observation.subject.type reference-type error"]),
        ({"subject": {"type": "Practitioner", "display": "x"}}, ["Observation.subject.type reference-target error"]),
        ({"subject": {"reference": "#p"}}, ["Observation.subject.reference ref-1 error"]),
        ({"subject": {"reference": "#p"}, "contained": [{"resourceType": "Patient", "id": "p"}]}, []),
        ({"subject": {"reference": "#p"}, "contained": [{"resourceType": "Practitioner", "id": "p"}]}, ["Observation.subject.reference reference-target error"]),
        ({"contained": [{"resourceType": "Patient", "id": "p"}]}, ["Observation.contained[0] dom-3 error"]),
        ({"contained": [{"resourceType": "Provenance", "id": "p", "recorded": "2026-01-01T00:00:00Z", "target": [{"reference": "#"}], "agent": [{"who": {"display": "x"}}]}]}, []),
        ({"focus": [{"reference": "#p"}], "contained": [{"resourceType": "Patient", "id": "p", "contained": [{"resourceType": "Patient", "id": "q"}]}]}, ["Observation.contained[0].contained dom-2 error"]),
        ({"focus": [{"reference": "#p"}], "contained": [{"resourceType": "Patient", "id": "p", "meta": {"versionId": "1", "security": [{"code": "R"}]}}]}, ["Observation.contained[0].meta.security dom-5 error", "Observation.contained[0].meta.versionId dom-4 error"]),
        ({"contained": [{"resourceType": "Patients"}]}, ["Observation.contained[0].resourceType resource-type error"]),
        ({"dataAbsentReason": {"text": "x"}}, ["Observation obs-6 error"]),
        ({"component": [{"code": OBSERVATION["code"]}]}, ["Observation obs-7 error"]),
        ({"referenceRange": [{"age": {"low": {"value": 1}}}]}, ["Observation.referenceRange[0] obs-3 error"]),
        ({"valueQuantity": {"value": 1, "code": "kg"}}, ["Observation.valueQuantity qty-3 error"]),
        ({"extension": [{"url": "https://example.org/unknown", "valueString": "x"}]}, []),
        ({"extension": [{"valueString": "x"}]}, ["Observation.extension[0].url required error"]),
        ({"extension": [{"url": "https://example.org/x"}]}, ["Observation.extension[0] ext-1 error"]),
        ({"extension": [{"url": "https://example.org/x", "valueCode": "a", "extension": [{"url": "b", "valueCode": "c"}]}]}, ["Observation.extension[0] ext-1 error"]),
        ({"modifierExtension": [{"url": "https://example.org/x", "valueBoolean": True}]}, ["Observation.modifierExtension[0] modifier-extension error"]),
        ({"effectivePeriod": {"start": "2026-02-02", "end": "2026-02-01"}}, ["Observation.effectivePeriod per-1 error"]),
        ({"effectivePeriod": {"start": "2026-02-02", "end": "2026-02"}}, []),  # within the month
        ({"effectivePeriod": {"start": "2026-02-02T00:30:00+07:00", "end": "2026-02-01T17:30:00Z"}}, []),  # the same moment
    ],
)  # fmt: skip
def test_structure_references_and_rules(parts: dict[str, Any], expected: list[str]) -> None:
    """One change to a sound Observation."""
    assert told(changed(OBSERVATION, **parts)) == expected


@pytest.mark.parametrize(
    ("name", "sound", "unsound"),
    [
        ("valueBoolean", [True, False], ["true", 1, None]),
        ("valueCode", ["a", "a b", "ก"], ["", " a", "a ", "a  b", "a\tb", 5]),
        ("valueDate", ["2026", "2026-02", "2026-02-28", "2024-02-29", "0001-01-01"], ["2026-02-29", "2026-13", "2026-1-1", "0000", "26-01-01", "2026-04-31", "๒๐๒๖", "2026-01-01T00:00:00Z"]),
        ("valueDateTime", ["2026-02-28T23:59:60Z", "2026-02-28T00:00:00.123+07:00", "2026-01"], ["2026-02-28T24:00:00Z", "2026-02-28T10:00Z", "2026-02-28T10:00:00", "2026-02-30T10:00:00Z", "2026-02-28T10:00:00+14:30"]),
        ("valueInstant", ["2026-02-28T10:00:00Z"], ["2026-02-28", "2026-02-29T10:00:00Z"]),
        ("valueTime", ["23:59:59", "00:00:00.5"], ["24:00:00", "10:00", "10:00:00Z"]),
        ("valueDecimal", [1, 1.5, -0.0, Decimal("0.10"), Decimal("1E+30")], ["1", True, float("nan"), float("inf"), Decimal("NaN")]),
        ("valueInteger", [0, -(2**31), 2**31 - 1], [2**31, -(2**31) - 1, 1.0, "1", False, Decimal(1)]),
        ("valueUnsignedInt", [0, 2**31 - 1], [-1]),
        ("valuePositiveInt", [1], [0]),
        ("valueId", ["a-1.B", "x" * 64], ["x" * 65, "a_b", "a b"]),
        ("valueOid", ["urn:oid:2.16.840"], ["2.16.840", "urn:oid:2.016", "urn:oid:3.1"]),
        ("valueUuid", ["urn:uuid:6a1f6e3e-0d0e-4d59-8bb0-1f3d1f6d2a11"], ["6a1f6e3e-0d0e-4d59-8bb0-1f3d1f6d2a11", "urn:uuid:6A1F6E3E-0D0E-4D59-8BB0-1F3D1F6D2A11"]),
        ("valueUri", ["urn:x", "https://example.org/ก"], ["https://example.org/a b", "a\n"]),
        ("valueBase64Binary", ["TWFu", "TWE=", "TQ==", "TW Fu\nTWFu"], ["TWF", "TQ=", "TW*u", " ", "=TQ="]),
        ("valueString", ["ก", "a\nb\tc", " "], ["", "a\x00", "\x1b", "\ud800", 7]),
        ("valueMarkdown", ["# ก"], ["\x07"]),
    ],
)  # fmt: skip
def test_primitives(name: str, sound: list[Any], unsound: list[Any]) -> None:
    """What each primitive type takes, and what it does not."""

    def issues(value: Any) -> list[str]:
        return told(
            changed(PATIENT, extension=[{"url": "https://example.org/x", name: value}]) if value is not None else {}
        )

    for value in sound:
        assert issues(value) == [], value
    for value in unsound:
        assert issues(value), value


def test_a_number_that_keeps_its_digits() -> None:
    """As the reader of writes gives it, whole or not."""
    lossless = jiter.from_json(b"[1.10, 12, 1e400, 2.0, 3]", float_mode="lossless-float")
    digits, whole, huge, fraction, three = lossless

    def issues(name: str, value: Any) -> list[str]:
        return told(changed(PATIENT, extension=[{"url": "https://example.org/x", name: value}]))

    assert [issues("valueDecimal", value) for value in (digits, whole, fraction)] == [[], [], []]
    assert issues("valueDecimal", huge) == ["Patient.extension[0].valueDecimal decimal error"]
    assert issues("valueInteger", three) == []
    assert issues("valueInteger", jiter.LosslessFloat(b"-5")) == []
    assert issues("valueInteger", jiter.LosslessFloat(b"9" * 5000)) == [
        "Patient.extension[0].valueInteger integer error"
    ]
    assert issues("valueInteger", fraction) == ["Patient.extension[0].valueInteger integer error"]


def test_a_buddhist_year_is_asked_about() -> None:
    """2533 is a real Gregorian year, and never meant: a warning, not an error."""
    assert told(changed(PATIENT, birthDate="2533-05-05")) == ["Patient.birthDate buddhist-year warning"]
    assert told(changed(PATIENT, birthDate="2399-12-31")) == []


def test_text_of_a_megabyte() -> None:
    """R4 ends a string at 1 MB."""
    assert told(changed(PATIENT, name=[{"text": "x" * 1024 * 1024}])) == []
    assert told(changed(PATIENT, name=[{"text": "x" * 1024 * 1024 + "x"}])) == ["Patient.name[0].text string error"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ({"given": ["a", None], "_given": [None, {"id": "b", "extension": [{"url": "u", "valueCode": "c"}]}]}, []),
        ({"given": ["a", None]}, ["Patient.name[0].given[1] null error"]),
        ({"given": ["a", None], "_given": [{"extension": [{"url": "u", "valueCode": "c"}]}, None]}, ["Patient.name[0].given[1] null error"]),
        ({"given": ["a", "b"], "_given": [{"extension": [{"url": "u", "valueCode": "c"}]}]}, ["Patient.name[0]._given null error"]),
        ({"given": ["a"], "_given": [None]}, ["Patient.name[0]._given empty error"]),
        ({"given": [None], "_given": [None]}, ["Patient.name[0].given[0] null error", "Patient.name[0]._given empty error"]),
        ({"family": None}, ["Patient.name[0].family type error"]),
        ({"_family": None}, ["Patient.name[0]._family type error"]),
        ({"_family": {"value": "x"}}, ["Patient.name[0]._family.value unknown error"]),
        ({"text": "x", "_period": {"id": "x"}}, ["Patient.name[0]._period unknown error"]),  # no primitive
    ],
)  # fmt: skip
def test_shadows_and_nulls(name: dict[str, Any], expected: list[str]) -> None:
    """A primitive's extensions stand beside it, place by place."""
    assert told(changed(PATIENT, name=[name])) == expected


@pytest.mark.parametrize(
    "inside",
    [
        "ก", "<p>a</p>", "<b>1 &lt; 2 &#3585; &amp;</b>", '<a href="#x">x</a>', '<a href="https://example.org">x</a>',
        '<img src="data:image/png;base64,AAAA"/>', '<p style="color: red">x</p>', "<table><tr><td>x</td></tr></table>", "<!-- c -->x",
    ],
)  # fmt: skip
def test_a_narrative_that_formats(inside: str) -> None:
    """Formatting, links and pictures stay."""
    assert told(changed(PATIENT, text={"status": "generated", "div": DIV.format(inside)})) == []


@pytest.mark.parametrize(
    "div",
    [
        DIV.format(""), DIV.format("  \n"), DIV.format("<script>x</script>"), DIV.format("<SCRIPT>x</SCRIPT>"),
        DIV.format('<p onclick="x">x</p>'), DIV.format('<a href="javascript:x">x</a>'), DIV.format('<a href="java&#10;script:x">x</a>'),
        DIV.format('<a href=" JaVaScRiPt:x">x</a>'), DIV.format('<img src="data:text/html;base64,AAAA"/>'), DIV.format("<style>p{}</style>x"),
        DIV.format('<p style="background: url(https://example.org/x)">x</p>'), DIV.format('<p style="width: expression(1)">x</p>'),
        DIV.format("<iframe/>x"), DIV.format("<form>x</form>"), DIV.format("<svg>x</svg>"), DIV.format("&nbsp;x"), DIV.format("a & b"),
        DIV.format("<p>x"), "<div>x</div>", "<p>x</p>", "x", '<?xml version="1.0"?>' + DIV.format("x"),
        '<!DOCTYPE div [<!ENTITY a "b">]>' + DIV.format("&a;"), DIV.format("<![CDATA[<script>]]>x"), DIV.format("x") + DIV.format("x"),
        DIV.format("&#0;"), DIV.format("\ud800"), DIV.format("<q:p>x</q:p>"),
    ],
)  # fmt: skip
def test_a_narrative_that_runs_loads_or_hides(div: str) -> None:
    """What a page must not carry is refused."""
    assert told(changed(PATIENT, text={"status": "generated", "div": div})) == ["Patient.text.div txt-1 error"]


def entry(**parts: Any) -> dict[str, Any]:
    """An entry of a Bundle with a patient."""
    return {"resource": PATIENT, **parts}


POST = {"method": "POST", "url": "Patient"}


@pytest.mark.parametrize(
    ("bundle", "expected"),
    [
        ({"type": "transaction", "entry": [entry(request=POST)]}, []),
        ({"type": "transaction", "entry": [entry()]}, ["Bundle bdl-3 error"]),
        ({"type": "collection", "entry": [entry(request=POST)]}, ["Bundle bdl-3 error"]),
        ({"type": "batch-response", "entry": [{"response": {"status": "200"}}]}, []),
        ({"type": "collection", "entry": [entry(response={"status": "200"})]}, ["Bundle bdl-4 error"]),
        ({"type": "collection", "total": 1}, ["Bundle bdl-1 error"]),
        ({"type": "searchset", "total": 1, "entry": [entry(search={"mode": "match"})]}, []),
        ({"type": "collection", "entry": [entry(search={"mode": "match"})]}, ["Bundle bdl-2 error"]),
        ({"type": "collection", "entry": [entry(fullUrl="urn:x:1"), entry(fullUrl="urn:x:2")]}, []),
        ({"type": "collection", "entry": [entry(fullUrl="urn:x:1"), entry(fullUrl="urn:x:1")]}, ["Bundle bdl-7 error"]),
        ({"type": "collection", "entry": [entry(fullUrl="https://example.org/Patient/1/_history/1")]}, ["Bundle.entry[0] bdl-8 error"]),
        ({"type": "collection", "entry": [{"fullUrl": "urn:x:1"}]}, ["Bundle.entry[0] bdl-5 error"]),
        ({"type": "document", "entry": [entry()]}, ["Bundle bdl-9 error", "Bundle bdl-10 error", "Bundle bdl-11 error"]),
        ({"type": "message"}, ["Bundle bdl-12 error"]),
        ({"type": "collection", "entry": [entry(resource=changed(PATIENT, gender="man"))]}, ["Bundle.entry[0].resource.gender binding error"]),
        ({"type": "collection", "entry": [entry(resource={"resourceType": "Human"})]}, ["Bundle.entry[0].resource.resourceType resource-type error"]),
        ({"type": "collection", "entry": [entry(resource=changed(PATIENT, managingOrganization={"reference": "#o"}))]}, ["Bundle.entry[0].resource.managingOrganization.reference ref-1 error"]),
    ],
)  # fmt: skip
def test_bundles(bundle: dict[str, Any], expected: list[str]) -> None:
    """What the kind of a Bundle asks of its entries; each entry stands alone."""
    assert sorted(told({"resourceType": "Bundle", **bundle})) == sorted(expected)


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({"medicationCodeableConcept": {"text": "x"}, "effectiveDateTime": "2026"}, []),
        ({"medicationCodeableConcept": {"text": "x"}}, ["MedicationAdministration.effective required error"]),
        ({"effectiveDateTime": "2026"}, ["MedicationAdministration.medication required error"]),
        ({"effectiveDateTime": "2026", "effectivePeriod": {"start": "2026"}}, ["MedicationAdministration.effective choice error", "MedicationAdministration.medication required error"]),
        ({"medicationCodeableConcept": {"text": "x"}, "_effectiveDateTime": {"extension": [{"url": "u", "valueCode": "unknown"}]}}, []),
    ],
)  # fmt: skip
def test_two_choices_are_two(parts: dict[str, Any], expected: list[str]) -> None:
    """One that is there does not stand for the other."""
    given = {"resourceType": "MedicationAdministration", "status": "completed", "subject": {"reference": "Patient/a"}}
    assert sorted(told({**given, **parts})) == expected


def test_the_type_is_told_once() -> None:
    """By the address and by the resource."""
    assert told(PATIENT, rtype="Patient") == []
    assert told(PATIENT, rtype="Observation") == ["Observation.resourceType resource-type error"]
    assert told({}, rtype="Patient") == ["Patient.resourceType resource-type error"]
    assert told([], rtype="Patient") == ["Patient type error"]
    assert told(None) == ["Resource type error"]


def test_fifty_issues_are_told_and_errors_first() -> None:
    """A hostile resource gets no longer answer; a warning does not hide an error."""
    names = [{"use": "x"} for _ in range(500)]
    issues = validation.check(changed(PATIENT, birthDate="2533", name=names))
    assert (len(issues), {issue.severity for issue in issues}) == (50, {"error"})


def test_warnings_hide_no_error() -> None:
    """However many come first."""
    names = [{"text": "x", "period": {"start": "2533"}} for _ in range(500)]
    issues = validation.check(changed(PATIENT, name=names, gender="x"))
    assert (len(issues), issues[0].rule, issues[0].severity) == (50, "binding", "error")


def test_no_value_is_repeated() -> None:
    """What a resource holds is personal: the sentences say what was expected, not what came."""
    secret = "3990000000017 สมหญิง"
    issues = validation.check(
        {"resourceType": "Patient", "gender": secret, "birthDate": secret, secret: 1, "id": secret, "name": secret}
    )
    assert len(issues) == 5
    assert secret not in repr(issues)


def test_a_rule_over_a_wrong_value_is_no_failure() -> None:
    """A range whose low end is no number: that is told, and the comparison is left."""
    age = {
        "resourceType": "Goal",
        "lifecycleStatus": "active",
        "description": {"text": "x"},
        "subject": {"display": "x"},
    }
    measured = {"measure": {"text": "x"}, "detailRange": {"low": {"value": "a"}, "high": {"value": 2}}}
    assert told({**age, "target": [measured]}) == ["Goal.target[0].detailRange.low.value decimal error"]


def test_hostile_sizes_cost_no_minute() -> None:
    """Twenty thousand of a thing are read once each."""
    codings = [{"system": LOINC, "code": f"c{n}"} for n in range(20_000)]
    others = [{"system": LOINC, "code": f"d{n}"} for n in range(20_000)]
    contained = [{"resourceType": "Patient", "id": f"p{n}"} for n in range(20_000)]
    start = time.process_time()
    assert told(changed(OBSERVATION, code={"coding": codings}, component=[{"code": {"coding": others}}])) == []
    assert len(told(changed(OBSERVATION, contained=contained))) == 50
    assert len(told(changed(OBSERVATION, **{f"x{n}": 1 for n in range(20_000)}))) == 50
    assert time.process_time() - start < 10


def test_deep_nesting_is_an_issue() -> None:
    """And no failure of the server."""
    extension: dict[str, Any] = {"url": "u", "valueCode": "c"}
    for _ in range(5000):
        extension = {"url": "u", "extension": [extension]}
    assert told(changed(PATIENT, extension=[extension])) == ["Patient depth error"]
