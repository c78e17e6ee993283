"""What profiles add: IPS as HL7 publishes it, TH Core, the 43-file plus and MoPH-NCD on R4 (decisions 0063, 0081);
made-up people.

Source: hl7.fhir.uv.ips 2.0.0; SIL-TH th-core, 43fileplus-ig and mophncd-ig (requirements S1.76, S4.23).
"""
# ruff: noqa: E501 - a row of a table reads best on one line

from __future__ import annotations

import copy
import time
from typing import Any

import pytest

from suksala.standards.fhir import validation
from suksala.standards.fhir.validation.profiles import Profile
from suksala.standards.fhir.validation.slicing import Around

IPS = "http://hl7.org/fhir/uv/ips/StructureDefinition/"
TH = "https://fhir-ig.sil-th.org/th/core/StructureDefinition/th-core-"
PC = "https://fhir-ig.sil-th.org/mophpc/StructureDefinition/mophpc-"
NCD = "https://fhir-ig.sil-th.org/mophncd/StructureDefinition/mophncd-{}-base"
TYPES = "https://terms.sil-th.org/core/CodeSystem/cs-th-identifier-type"
LANGUAGE = "http://hl7.org/fhir/StructureDefinition/language"
CID = {
    "type": {"coding": [{"system": TYPES, "code": "cid"}]},
    "system": "https://terms.sil-th.org/id/th-cid",
    "value": "3990000000017",
}
HN = {
    "type": {"coding": [{"system": TYPES, "code": "localHn"}]},
    "system": "https://terms.sil-th.org/hcode/5/99001/HN",
    "value": "1",
}
THAI = {"text": "สมหญิง ทดสอบ", "extension": [{"url": LANGUAGE, "valueCode": "th"}]}
PATIENT: dict[str, Any] = {
    "resourceType": "Patient",
    "identifier": [CID, HN],
    "name": [THAI],
    "birthDate": "1990-05-05",
}


def told(resource: Any, *profiles: str) -> list[str]:
    """Where, which rule, how grave."""
    return [f"{i.expression} {i.rule} {i.severity}" for i in validation.check(resource, profiles=profiles)]


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({}, []),
        ({"identifier": [CID, CID]}, ["Patient.identifier profile-max error"]),
        ({"identifier": [CID | {"system": "https://www.dopa.go.th"}]}, ["Patient.identifier[0].system profile-fixed error"]),
        ({"identifier": [{k: v for k, v in CID.items() if k != "value"}]}, ["Patient.identifier[0].value profile-min error"]),
        ({"identifier": [{"system": "https://example.org", "value": "1"}]}, []),  # of no slice; the slicing is open
        ({"identifier": [HN, HN]}, []),  # a person may have many
        ({"name": [{"text": "x"}]}, []),
        ({"name": [THAI | {"extension": THAI["extension"] * 2}]}, ["Patient.name[0].extension profile-max error"]),
    ],
)  # fmt: skip
def test_th_core_patient(parts: dict[str, Any], expected: list[str]) -> None:
    """Slices by type of number and by language of name."""
    assert told(PATIENT | parts, TH + "patient") == expected


@pytest.mark.parametrize(
    ("resource", "profile", "expected"),
    [
        ({"resourceType": "Organization", "identifier": [{"type": {"coding": [{"system": TYPES, "code": "hcode"}]}, "system": "https://terms.sil-th.org/id/th-moph-hcode", "value": "99001"}]}, TH + "organization", []),
        ({"resourceType": "Organization", "identifier": [{"type": {"coding": [{"system": TYPES, "code": "hcode"}]}, "system": "https://bps.moph.go.th/hcode/5", "value": "99001"}]}, TH + "organization", ["Organization.identifier[0].system profile-fixed error"]),
        ({"resourceType": "Observation", "status": "final", "code": {"coding": [{"system": "http://loinc.org", "code": "2093-3"}]}}, PC + "observation-lab-chol", []),
        ({"resourceType": "Observation", "status": "final", "code": {"coding": [{"system": "http://loinc.org", "code": "2571-8"}]}}, PC + "observation-lab-chol", ["Observation.code profile-fixed error"]),
        ({"resourceType": "Observation", "status": "final", "code": {"text": "x"}, "valueString": "x"}, TH + "observation-lab", ["Observation.category profile-min error", "Observation.category profile-min error", "Observation.valueString profile-type error"]),
        ({"resourceType": "Encounter", "status": "finished", "class": {"code": "AMB"}, "subject": {"reference": "Group/1"}}, TH + "encounter", ["Encounter.subject profile-target error"]),
        (PATIENT, TH + "encounter", ["Patient profile-type error"]),
        (PATIENT, "https://example.org/none", ["Patient profile-unknown error"]),
        (PATIENT, "http://hl7.org/fhir/StructureDefinition/Patient", []),
        (PATIENT | {"meta": {"profile": ["https://example.org/none", TH + "patient|0.1.0"]}}, "", ["Patient.meta.profile[0] profile-unknown warning"]),
        (PATIENT | {"meta": {"profile": [TH + "patient"]}, "identifier": [CID, CID]}, "", ["Patient.identifier profile-max error"]),
        (PATIENT | {"meta": {"profile": [TH + "patient"]}, "identifier": [CID, CID], "bogus": 1}, "", ["Patient.bogus unknown error"]),  # structure first
    ],
)  # fmt: skip
def test_profiles_by_name_and_by_meta(resource: dict[str, Any], profile: str, expected: list[str]) -> None:
    """Asked for, an unknown profile is an error; named in meta, a warning."""
    assert told(resource, *([profile] if profile else [])) == expected


MALI = {"reference": "Patient/mali"}
A1C = {"coding": [{"system": "http://loinc.org", "code": "4548-4"}], "text": "HbA1c"}
ATC = {"coding": [{"system": "http://www.whocc.no/atc", "code": "A10BA02"}], "text": "metformin"}
SEEN = {
    "resourceType": "Encounter",
    "status": "finished",
    "class": {"code": "AMB"},
    "subject": MALI,
    "period": {"start": "2026-11-01"},
    "location": [{"location": {"identifier": {"value": "1"}}}],
}
MEASURED = {
    "resourceType": "Observation",
    "status": "final",
    "code": A1C,
    "subject": MALI,
    "effectiveDateTime": "2026-11-01",
}
REPORTED = {"resourceType": "DiagnosticReport", "status": "final", "code": A1C, "subject": MALI}
FOUND = {
    "resourceType": "Condition",
    "clinicalStatus": {
        "coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "active"}]
    },
    "code": {"text": "เบาหวาน"},
    "subject": MALI,
}
ORDERED = {
    "resourceType": "MedicationRequest",
    "status": "active",
    "intent": "order",
    "medicationCodeableConcept": ATC,
    "subject": MALI,
    "authoredOn": "2026-11-01",
    "dosageInstruction": [{"text": "1x2 pc"}],
}
GIVEN = {
    "resourceType": "Immunization",
    "status": "completed",
    "vaccineCode": {"text": "flu"},
    "patient": MALI,
    "occurrenceDateTime": "2026-11-01",
}
DONE = {"resourceType": "Procedure", "status": "completed", "subject": MALI, "performedDateTime": "2026-11-01"}
BOOKED = {
    "resourceType": "Appointment",
    "status": "booked",
    "start": "2026-12-01T09:00:00+07:00",
    "end": "2026-12-01T09:10:00+07:00",
    "participant": [{"status": "accepted", "actor": {"type": "Patient", "reference": "Patient/mali"}}],
}
WORKS = {
    "resourceType": "PractitionerRole",
    "practitioner": {"reference": "Practitioner/a"},
    "organization": {"reference": "Organization/b"},
}
ALLERGIC = {
    "resourceType": "AllergyIntolerance",
    "patient": MALI,
    "code": {"text": "penicillin"},
    "clinicalStatus": {
        "coding": [{"system": "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical", "code": "active"}]
    },
}
FAMILY = {"resourceType": "FamilyMemberHistory", "status": "completed", "patient": MALI, "relationship": {"text": "แม่"}}
HCODE = {
    "type": {"coding": [{"system": TYPES, "code": "hcode"}]},
    "system": "https://terms.sil-th.org/id/th-moph-hcode",
    "value": "99801",
}


@pytest.mark.parametrize(
    ("resource", "removed", "changed", "expected"),
    [
        (PATIENT, (), {"gender": "female"}, []),
        (PATIENT, (), {}, ["Patient.gender profile-min error"]),
        (PATIENT, ("birthDate",), {"gender": "female"}, ["Patient.birthDate profile-min error"]),
        (PATIENT, ("name",), {"gender": "female"}, ["Patient.name profile-min error"]),
        (PATIENT, (), {"gender": "female", "identifier": [CID, HN, HN]}, ["Patient.identifier profile-max error"]),  # TH Core takes many HN, this guide one
        (PATIENT, (), {"gender": "female", "telecom": [{"system": "phone", "value": "0"}] * 4}, ["Patient.telecom profile-max error"]),
        (PATIENT, (), {"gender": "female", "telecom": [{"system": "phone", "value": "0"}] * 3 + [{"system": "email", "value": "x"}] * 4}, []),
        ({"resourceType": "Practitioner", "identifier": [CID]}, (), {}, []),
        ({"resourceType": "Practitioner", "identifier": [CID, CID]}, (), {}, ["Practitioner.identifier profile-max error"]),
        ({"resourceType": "Organization", "identifier": [HCODE]}, (), {}, []),
        ({"resourceType": "Organization", "identifier": [HCODE | {"system": "urn:x:y"}]}, (), {}, ["Organization.identifier[0].system profile-fixed error"]),
        (WORKS, (), {}, []),
        (WORKS, ("organization",), {}, ["PractitionerRole.organization profile-min error"]),
        (SEEN, (), {}, []),
        (SEEN, (), {"subject": {"reference": "Group/1"}}, []),
        (SEEN, ("location",), {}, ["Encounter.location profile-min error"]),
        (SEEN, (), {"period": {"end": "2026-11-01"}}, ["Encounter.period.start profile-min error"]),
        (SEEN, ("period",), {}, []),  # a start is asked of a period that is there
        (SEEN, (), {"participant": [{"individual": {"reference": "RelatedPerson/1"}}]}, ["Encounter.participant[0].individual profile-target error"]),
        (FOUND, (), {}, []),
        (FOUND, (), {"code": A1C | {"text": None}}, ["Condition.code.text profile-min error"]),
        (ALLERGIC, (), {}, []),
        (ALLERGIC, (), {"recorder": {"reference": "PractitionerRole/1"}}, ["AllergyIntolerance.recorder profile-target error"]),
        (MEASURED, (), {}, []),
        (MEASURED, ("effectiveDateTime",), {}, ["Observation.effective profile-min error"]),
        (MEASURED, ("subject",), {}, ["Observation.subject profile-min error"]),
        (MEASURED, (), {"code": {"coding": A1C["coding"] * 2}}, ["Observation.code.coding profile-max error"]),
        (MEASURED, (), {"code": {"coding": [{"system": "http://loinc.org"}]}}, ["Observation.code.coding[0].code profile-min error"]),
        (REPORTED, (), {}, []),
        (REPORTED, (), {"code": {"coding": A1C["coding"]}}, ["DiagnosticReport.code.text profile-min error"]),
        (DONE, (), {}, []),
        (DONE, ("performedDateTime",), {"performedAge": {"value": 40, "system": "http://unitsofmeasure.org", "code": "a"}}, ["Procedure.performedAge profile-type error"]),
        (GIVEN, (), {}, []),
        (GIVEN, (), {"status": "not-done"}, ["Immunization.status profile-fixed error"]),
        (GIVEN, ("occurrenceDateTime",), {"occurrenceString": "เดือนก่อน"}, ["Immunization.occurrenceString profile-type error"]),
        (ORDERED, (), {}, []),
        (ORDERED, ("authoredOn",), {}, ["MedicationRequest.authoredOn profile-min error"]),
        (ORDERED, ("medicationCodeableConcept",), {"medicationReference": {"reference": "Medication/1"}}, ["MedicationRequest.medicationReference profile-type error"]),
        (ORDERED, (), {"dosageInstruction": [{"sequence": 1}]}, ["MedicationRequest.dosageInstruction[0].text profile-min error"]),
        (BOOKED, (), {}, []),
        (BOOKED, (), {"participant": [{"status": "accepted", "actor": {"type": "Practitioner", "reference": "Practitioner/1"}}]}, ["Appointment.participant profile-min error"]),
        (BOOKED, (), {"participant": [{"status": "accepted", "actor": MALI}]}, ["Appointment.participant[0].actor.type profile-min error", "Appointment.participant profile-min error"]),
        (FAMILY, (), {}, []),  # it asks for nothing more than R4
    ],
)  # fmt: skip
def test_moph_ncd(
    resource: dict[str, Any], removed: tuple[str, ...], changed: dict[str, Any], expected: list[str]
) -> None:
    """The guide for the care of diabetes and hypertension, a profile for each of its 14 types."""
    found = {name: part for name, part in {**resource, **changed}.items() if name not in removed}
    if isinstance(found.get("code"), dict):
        found["code"] = {name: part for name, part in found["code"].items() if part is not None}
    assert told(found, NCD.format(found["resourceType"].lower())) == expected


def test_a_profile_named_often_is_checked_once() -> None:
    """One fault, told once."""
    meta = {"profile": [TH + "patient"] * 1000}
    assert told(PATIENT | {"meta": meta, "identifier": [CID, CID]}) == ["Patient.identifier profile-max error"]


SECTIONS = {"11450-4": "Condition", "48765-2": "AllergyIntolerance", "10160-0": "MedicationStatement"}


def summary() -> dict[str, Any]:
    """The smallest International Patient Summary: three sections that must be there, each with a reason for emptiness."""
    unknown = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/list-empty-reason", "code": "unavailable"}]}
    sections = [
        {
            "title": code,
            "code": {"coding": [{"system": "http://loinc.org", "code": code}]},
            "text": {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml">ไม่มีข้อมูล</div>'},
            "emptyReason": unknown,
        }
        for code in SECTIONS
    ]
    composition = {
        "resourceType": "Composition",
        "status": "final",
        "type": {"coding": [{"system": "http://loinc.org", "code": "60591-5"}]},
        "subject": {"reference": "urn:uuid:6a1f6e3e-0d0e-4d59-8bb0-1f3d1f6d2a12"},
        "date": "2026-11-22T10:00:00+07:00",
        "author": [{"display": "สุขศาลา"}],
        "title": "สรุปสุขภาพ",
        "section": sections,
    }
    return {
        "resourceType": "Bundle",
        "meta": {"profile": [IPS + "Bundle-uv-ips"]},
        "identifier": {"system": "urn:ietf:rfc:3986", "value": "urn:uuid:6a1f6e3e-0d0e-4d59-8bb0-1f3d1f6d2a10"},
        "type": "document",
        "timestamp": "2026-11-22T10:00:00+07:00",
        "entry": [
            {"fullUrl": "urn:uuid:6a1f6e3e-0d0e-4d59-8bb0-1f3d1f6d2a11", "resource": composition},
            {"fullUrl": "urn:uuid:6a1f6e3e-0d0e-4d59-8bb0-1f3d1f6d2a12", "resource": PATIENT | {"identifier": [CID]}},
        ],
    }


def without(owner: dict[str, Any], *path: str | int) -> dict[str, Any]:
    """A copy without one part."""
    found = copy.deepcopy(owner)
    inner: Any = found
    for step in path[:-1]:
        inner = inner[step]
    del inner[path[-1]]
    return found


@pytest.mark.parametrize(
    ("removed", "expected"),
    [
        ((), []),
        (("entry", 1, "resource", "birthDate"), ["Bundle.entry[1].resource.birthDate profile-min error"]),
        (("entry", 0, "resource", "section", 1), ["Bundle.entry[0].resource.section profile-min error"] * 2),
        (("entry", 0, "resource", "section", 1, "emptyReason"), ["Bundle.entry[0].resource.section[1] ips-comp-1 error"]),
        (("entry", 1), ["Bundle.entry profile-min error", "Bundle.entry profile-min error"]),  # two entries at least, one a Patient
    ],
)  # fmt: skip
def test_an_international_patient_summary(removed: tuple[str | int, ...], expected: list[str]) -> None:
    """A Bundle whose slices are told apart by type and by profile of their resources."""
    bundle = summary()
    assert told(without(bundle, *removed) if removed else bundle) == expected


def test_a_name_in_meta_buys_no_minutes() -> None:
    """Entries are sorted by profile up to a limit, and the answer says so."""
    bundle = summary()
    one = {
        "resourceType": "Observation",
        "status": "final",
        "code": {"text": "x"},
        "subject": {"reference": "Patient/a"},
    }
    bundle["entry"] += [{"fullUrl": f"urn:x:{n}", "resource": dict(one)} for n in range(2000)]
    assert told(bundle) == ["Bundle profile-limit warning"]


FAULTY = PATIENT | {"identifier": [CID, CID]}
CLAIMS = {"meta": {"profile": [TH + "patient"]}}


def holding(kind: str, *resources: dict[str, Any]) -> dict[str, Any]:
    """A Bundle of resources without more."""
    return {"resourceType": "Bundle", "type": kind, "entry": [{"resource": one} for one in resources]}


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        (holding("collection", PATIENT | CLAIMS, FAULTY), []),  # the second claims nothing
        (holding("collection", PATIENT | CLAIMS, FAULTY | CLAIMS), ["Bundle.entry[1].resource.identifier profile-max error"]),
        (holding("collection", holding("collection", FAULTY | CLAIMS)), ["Bundle.entry[0].resource.entry[0].resource.identifier profile-max error"]),
        ({"resourceType": "Parameters", "parameter": [{"name": "a", "part": [{"name": "b", "resource": FAULTY | CLAIMS}]}]}, ["Parameters.parameter[0].part[0].resource.identifier profile-max error"]),
        ({"resourceType": "Encounter", "status": "finished", "class": {"code": "AMB"}, "subject": {"reference": "#p"}, "contained": [FAULTY | CLAIMS | {"id": "p"}]}, ["Encounter.contained[0].identifier profile-max error"]),
        (holding("collection", *[PATIENT | {"meta": {"profile": ["https://example.org/none"]}}] * 3), ["Bundle.entry[0].resource.meta.profile[0] profile-unknown warning"]),  # told once
        (holding("collection", PATIENT | {"meta": {"profile": [TH + "encounter"]}}), ["Bundle.entry[0].resource profile-type error"]),
        (holding("collection", FAULTY | CLAIMS, PATIENT | {"bogus": 1}), ["Bundle.entry[1].resource.bogus unknown error"]),  # structure first
    ],
)  # fmt: skip
def test_each_resource_inside_is_judged_by_the_profiles_that_it_claims(resource: Any, expected: list[str]) -> None:
    """Entries, parameters and what is contained, as each would be alone."""
    assert told(resource) == expected


def test_a_fault_that_two_profiles_see_is_told_once() -> None:
    """The Patient of a summary that claims the IPS profile which the summary's own profile asks of it."""
    bundle = without(summary(), "entry", 1, "resource", "birthDate")
    bundle["entry"][1]["resource"]["meta"] = {"profile": [IPS + "Patient-uv-ips"]}
    assert told(bundle) == ["Bundle.entry[1].resource.birthDate profile-min error"]


def test_many_entries_with_many_claims_buy_no_minutes() -> None:
    """4,000 entries that each name every profile for an Observation: as quick as their number allows."""
    named = [url for url in validation.profile_urls() if "observation" in url.lower()]
    one = {"resourceType": "Observation", "status": "final", "code": {"text": "x"}, "meta": {"profile": named}}
    began = time.process_time()
    assert len(told(holding("collection", *[copy.deepcopy(one) for _ in range(4000)]))) == 50
    assert time.process_time() - began < 10


CATEGORIES = "http://terminology.hl7.org/CodeSystem/condition-category"


@pytest.mark.parametrize(
    ("system", "code", "expected"),
    [
        (CATEGORIES, "problem-list-item", []),
        (CATEGORIES, "encounter-diagnosis", ["Condition.category[0] profile-extensible warning"]),
        ("urn:hospital:category", "chronic", []),
    ],
)
def test_an_extensible_binding_of_a_profile(system: str, code: str, expected: list[str]) -> None:
    """IPS asks for the problem list's category where that is meant."""
    condition = {
        "resourceType": "Condition",
        "clinicalStatus": {"coding": [{"system": CATEGORIES.replace("category", "clinical"), "code": "active"}]},
        "category": [{"coding": [{"system": system, "code": code}]}],
        "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": "E11.9"}]},
        "subject": {"reference": "Patient/mali"},
    }
    assert told(condition, IPS + "Condition-uv-ips") == expected


def definition(*elements: dict[str, Any], snapshot: bool = False) -> Profile:
    """A profile of Observation from its elements, by differential or by snapshot."""
    parts = {"snapshot" if snapshot else "differential": {"element": list(elements)}}
    names = {"url": "https://example.org/p", "name": "P", "type": "Observation"}
    return Profile({**names, "baseDefinition": "http://hl7.org/fhir/StructureDefinition/Observation", **parts}, {})


def sliced(kind: str, path: str, *slices: dict[str, Any], rules: str = "open") -> list[dict[str, Any]]:
    """A slicing of component by one discriminator."""
    by = {"discriminator": [{"type": kind, "path": path}], "rules": rules}
    return [{"id": "Observation.component", "slicing": by}, *slices]


A = {"code": {"coding": [{"system": "http://loinc.org", "code": "a"}]}, "valueQuantity": {"value": 1}}
B = {"code": {"coding": [{"system": "http://loinc.org", "code": "b"}]}, "valueString": "x"}
ONE = {"id": "Observation.component:a", "min": 1, "max": "1"}


@pytest.mark.parametrize(
    ("elements", "components", "expected"),
    [
        (sliced("pattern", "code", ONE, {"id": "Observation.component:a.code", "min": 1, "patternCodeableConcept": A["code"]}), [A, B], []),
        (sliced("pattern", "code", ONE, {"id": "Observation.component:a.code", "min": 1, "patternCodeableConcept": A["code"]}), [B], ["profile-min"]),
        (sliced("pattern", "code", ONE, {"id": "Observation.component:a.code", "min": 1, "patternCodeableConcept": A["code"]}), [A, A], ["profile-max"]),
        (sliced("pattern", "code", ONE, {"id": "Observation.component:a.code", "min": 1, "patternCodeableConcept": A["code"]}, rules="closed"), [A, B], ["profile-closed"]),
        (sliced("value", "code.coding.code", ONE, {"id": "Observation.component:a.code.coding.code", "min": 1, "fixedCode": "a"}), [A, B], []),
        (sliced("value", "code.coding.code", ONE, {"id": "Observation.component:a.code.coding.code", "min": 1, "fixedCode": "a"}), [B], ["profile-min"]),
        (sliced("exists", "value", ONE, {"id": "Observation.component:a.value[x]", "min": 0, "max": "0"}), [A], ["profile-min"]),
        (sliced("exists", "value", ONE, {"id": "Observation.component:a.value[x]", "min": 0, "max": "0"}), [A, {"code": {"text": "c"}}], []),
        (sliced("type", "value", ONE, {"id": "Observation.component:a.value[x]", "type": [{"code": "Quantity"}]}), [A, B], []),
        (sliced("type", "value", ONE, {"id": "Observation.component:a.value[x]", "type": [{"code": "Quantity"}]}), [B], ["profile-min"]),
    ],
)  # fmt: skip
def test_discriminators(elements: list[dict[str, Any]], components: list[dict[str, Any]], expected: list[str]) -> None:
    """Each kind on both sides; a snapshot says the same as a differential."""
    resource = {"resourceType": "Observation", "status": "final", "code": {"text": "x"}, "component": components}
    for snapshot in (False, True):
        found = definition(*elements, snapshot=snapshot).check(resource, Around(resource)) or []
        assert [problem.rule for problem in found] == expected


def test_every_shipped_profile_can_be_laid_over_anything_of_its_type() -> None:
    """And each is listed by its canonical."""
    assert len(validation.profile_urls()) == 81
    for url in validation.profile_urls():
        for resource in (PATIENT, summary(), {"resourceType": "Observation", "status": "final", "code": {"text": "x"}}):
            validation.check(resource, profiles=[url])
