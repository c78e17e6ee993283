"""What a row of each file becomes, field by field: the row as it stands in the lake, the resource as it is served.

Ids and references are keyed hashes of the row's key, so they are named here by the functions that make them.
Sources: SIL-TH 43fileplus guide (file -> resource, profiles); FHIR R4 4.0.1; docs/decisions/0031. S1.30 (the record), S3.29.
"""
# ruff: noqa: E501 - a row of a table reads best on one line

from __future__ import annotations

from typing import Any

import pytest

from suksala.exchange.mapping import MAPPINGS
from suksala.exchange.mapping.base import identifier, patient_id
from tests.record import faults

CORE = "https://terms.sil-th.org/core/CodeSystem/"
LOCAL = "https://terms.sil-th.org/hcode/5/99801"
EXTENSION = "https://fhir-ig.sil-th.org/th/extensions/StructureDefinition/"
HL7 = "http://terminology.hl7.org/CodeSystem/"
LOINC = "http://loinc.org"
UCUM = "http://unitsofmeasure.org"
FIELD = "urn:suksala:file43"

WHO = {"hospcode": "99801", "pid": "12"}
VISIT = {**WHO, "seq": "6900000001", "date_serv": "2026-01-05"}
STAY = {**WHO, "an": "690000001", "datetime_admit": "2026-01-05T22:10:00+07:00"}
PATIENT = {"reference": "Patient/" + patient_id("99801", "12")}
ENCOUNTER = {"reference": "Encounter/" + identifier("sv", "99801", "12", "6900000001")}
INPATIENT = {"reference": "Encounter/" + identifier("ad", "99801", "12", "690000001")}
HERE, THERE = {"reference": "Organization/99801"}, {"reference": "Organization/99802"}
ASSERTER = {
    "reference": "PractitionerRole/" + identifier("pr", "99801", "D7"),
    "identifier": {"system": LOCAL + "/Provider", "value": "D7"},
}


def mapped(file: str, row: dict[str, Any]) -> list[tuple[str, str, dict[str, object]]]:
    """(type, id suffix, content) of everything a row gives."""
    mapping = MAPPINGS[file]
    rid = mapping.row_id(row)
    found = [tuple(draft) for draft in mapping.resources(row)]
    assert all(draft_id.startswith(rid) for _, draft_id, _ in found)
    for rtype, draft_id, body in found:  # what we make passes what we ask of others
        assert faults({"resourceType": rtype, "id": draft_id, **body}) == []
    return [(rtype, draft_id.removeprefix(rid), body) for rtype, draft_id, body in found]


def only(file: str, row: dict[str, Any]) -> dict[str, Any]:
    """The content of the one resource a row gives."""
    [(_, suffix, body)] = mapped(file, row)
    assert suffix == ""
    return body


def coded(system: str, code: str, display: str, text: str | None = None) -> dict[str, Any]:
    """A CodeableConcept with one coding; the text of Thai tables is the display."""
    return {"coding": [{"system": system, "code": code, "display": display}], "text": display if text is None else text}


def hl7(system: str, code: str, display: str) -> dict[str, Any]:
    """A code of HL7's own terminology."""
    return {"coding": [{"system": HL7 + system, "code": code, "display": display}]}


def quantity(value: float, unit: str, code: str) -> dict[str, Any]:
    """A quantity in UCUM."""
    return {"value": value, "unit": unit, "system": UCUM, "code": code}


def observation(category: str, display: str, code: dict[str, Any], **rest: Any) -> dict[str, Any]:
    """An Observation of the visit of 5 January at the sending facility."""
    return {
        "status": "final",
        "category": [hl7("observation-category", category, display)],
        "code": code,
        "subject": PATIENT,
        "encounter": ENCOUNTER,
        "effectiveDateTime": "2026-01-05",
        "performer": [HERE],
        **rest,
    }


VITAL, LAB, SOCIAL = ("vital-signs", "Vital Signs"), ("laboratory", "Laboratory"), ("social-history", "Social History")
EXAM, SURVEY = ("exam", "Exam"), ("survey", "Survey")
WEIGHT = coded(LOINC, "29463-7", "Body weight", "น้ำหนัก")
HEIGHT = coded(LOINC, "8302-2", "Body height", "ส่วนสูง")
WAIST = coded(LOINC, "8280-0", "Waist Circumference at umbilicus by Tape measure", "รอบเอว")
PRESSURE = coded(LOINC, "85354-9", "Blood pressure panel with all children optional", "ความดันโลหิต")
SYSTOLIC = coded(LOINC, "8480-6", "Systolic blood pressure", "ความดันตัวบน")
DIASTOLIC = coded(LOINC, "8462-4", "Diastolic blood pressure", "ความดันตัวล่าง")


def pressure(high: int, low: int) -> list[dict[str, Any]]:
    """The two components of a blood pressure."""
    return [
        {"code": SYSTOLIC, "valueQuantity": quantity(high, "mmHg", "mm[Hg]")},
        {"code": DIASTOLIC, "valueQuantity": quantity(low, "mmHg", "mm[Hg]")},
    ]


def test_service_is_an_encounter_and_its_vital_signs() -> None:
    """SERVICE -> Encounter + 85354-9, 8310-5, 8867-4, 9279-1 (43fileplus file 14)."""
    row = {
        **VISIT, "time_serv": "093015", "intime": "1", "typein": "3", "referinhosp": "99802", "chiefcomp": "ไข้ 2 วัน", "servplace": "1",
        "btemp": 38.2, "sbp": 132, "dbp": 84, "pr": 88, "rr": 20, "typeout": "1",
    }  # fmt: skip
    assert mapped("SERVICE", row) == [
        ("Encounter", "", {
            "identifier": [{"system": LOCAL + "/VN", "value": "6900000001"}],
            "status": "finished",
            "class": {"system": HL7 + "v3-ActCode", "code": "AMB", "display": "ambulatory"},
            "subject": PATIENT,
            "period": {
                "start": "2026-01-05T09:30:15+07:00",
                "end": "2026-01-05",
                "extension": [{
                    "url": EXTENSION + "ex-encounter-service-hour",
                    "valueCodeableConcept": coded(CORE + "cs-thcc-service-hour", "1", "ในเวลาราชการ"),
                }],
            },
            "serviceProvider": HERE,
            "reasonCode": [{"text": "ไข้ 2 วัน"}],
            "hospitalization": {
                "origin": THERE,
                "admitSource": coded(CORE + "cs-thcc-admit-source", "3", "ได้รับการส่งต่อจากหน่วยบริการอื่น"),
                "dischargeDisposition": coded(CORE + "cs-thcc-discharge-status", "1", "จำหน่ายกลับบ้าน"),
            },
        }),
        ("Observation", "-bp", observation(*VITAL, PRESSURE, component=pressure(132, 84))),
        ("Observation", "-temp", observation(*VITAL, coded(LOINC, "8310-5", "Body temperature", "อุณหภูมิร่างกาย"),
                                             valueQuantity=quantity(38.2, "°C", "Cel"))),
        ("Observation", "-hr", observation(*VITAL, coded(LOINC, "8867-4", "Heart rate", "ชีพจร"), valueQuantity=quantity(88, "/min", "/min"))),
        ("Observation", "-rr", observation(*VITAL, coded(LOINC, "9279-1", "Respiratory rate", "อัตราการหายใจ"),
                                           valueQuantity=quantity(20, "/min", "/min"))),
    ]  # fmt: skip


CLASSES = [
    ({"typein": "1", "servplace": "1"}, "AMB"),
    ({"typein": "2", "servplace": "2"}, "FLD"),
    ({"typein": "4", "servplace": "1"}, "EMER"),
    ({"typein": "5", "servplace": "1"}, "VR"),
    ({"typein": "5", "servplace": "2"}, "VR"),
    ({}, "AMB"),
]


@pytest.mark.parametrize(("row", "code"), CLASSES)
def test_class_of_a_visit(row: dict[str, str], code: str) -> None:
    """TYPEIN 5 telemedicine, 4 emergency services; SERVPLACE 2 outside the facility; else an outpatient visit."""
    [(_, _, body), *_] = mapped("SERVICE", {**VISIT, **row})
    assert body["class"]["code"] == code  # type: ignore[index]


TIMES = [
    ("000000", "2026-01-05T00:00:00+07:00"),
    ("235959", "2026-01-05T23:59:59+07:00"),
    ("240000", "2026-01-05"),
    ("096000", "2026-01-05"),
    ("0930", "2026-01-05"),
    ("", "2026-01-05"),
]


@pytest.mark.parametrize(("time", "start"), TIMES)
def test_start_of_a_visit(time: str, start: str) -> None:
    """A time that is none leaves the day."""
    [(_, _, body), *_] = mapped("SERVICE", {**VISIT, "time_serv": time})
    assert body["period"] == {"start": start, "end": "2026-01-05"}


def test_a_row_without_measurements_is_the_visit_alone() -> None:
    """Absent fields give nothing; 0 means not measured."""
    assert [suffix for _, suffix, _ in mapped("SERVICE", {**VISIT, "sbp": 0, "dbp": 0, "pr": 0})] == [""]


def test_one_reading_of_a_blood_pressure_stands_alone() -> None:
    """A systolic without a diastolic keeps the panel with one component."""
    [_, (_, suffix, body)] = mapped("SERVICE", {**VISIT, "sbp": 140})
    assert (suffix, body["component"]) == ("-bp", pressure(140, 0)[:1])


def test_admission_is_an_inpatient_encounter() -> None:
    """ADMISSION -> Encounter (mophpc-encounter-ipd) with the weight and height taken then."""
    row = {
        **STAY, "datetime_disch": "2026-01-08T11:00:00+07:00", "typein": "1", "dischstatus": "2", "dischtype": "1", "actlos": 3,
        "admitweight": 61.5, "admitheight": 160,
    }  # fmt: skip
    [(_, _, stay), (_, _, weight), (_, _, height)] = mapped("ADMISSION", row)
    assert stay == {
        "identifier": [{"system": LOCAL + "/AN", "value": "690000001"}],
        "status": "finished",
        "class": {"system": HL7 + "v3-ActCode", "code": "IMP", "display": "inpatient encounter"},
        "subject": PATIENT,
        "period": {"start": "2026-01-05T22:10:00+07:00", "end": "2026-01-08T11:00:00+07:00"},
        "serviceProvider": HERE,
        "hospitalization": {
            "admitSource": coded(CORE + "cs-thcc-admit-source", "1", "มารับบริการเอง"),
            "dischargeDisposition": coded(CORE + "cs-thcc-ipd-discharge-status", "2", "ทุเลา/ดีขึ้น"),
            "extension": [{
                "url": EXTENSION + "ex-encounter-ipd-discharge-type",
                "valueCodeableConcept": coded(CORE + "cs-thcc-ipd-discharge-type", "1", "จำหน่ายโดยแพทย์อนุญาต"),
            }],
        },
        "length": quantity(3, "d", "d"),
    }  # fmt: skip
    at_admission = {"encounter": INPATIENT, "effectiveDateTime": "2026-01-05T22:10:00+07:00"}
    assert weight == observation(*VITAL, WEIGHT, valueQuantity=quantity(61.5, "kg", "kg")) | at_admission
    assert height == observation(*VITAL, HEIGHT, valueQuantity=quantity(160, "cm", "cm")) | at_admission


def test_a_stay_that_goes_on_is_in_progress() -> None:
    """No discharge yet."""
    assert only("ADMISSION", STAY)["status"] == "in-progress"


CONFIRMED = hl7("condition-ver-status", "confirmed", "Confirmed")
OF_ENCOUNTER = hl7("condition-category", "encounter-diagnosis", "Encounter Diagnosis")
ROLE = CORE + "cs-43plus-encounter-diagnosis-role"


def icd(code: str, international: str | None, text: str) -> dict[str, Any]:
    """An ICD-10-TM code, and the international one beside it."""
    first = {"system": CORE + "cs-th-icd10tm", "code": code} | ({} if text == code else {"display": text})
    second = [{"system": "http://hl7.org/fhir/sid/icd-10", "code": international}] if international else []
    return {"coding": [first, *second], "text": text}


def test_diagnosis_opd_is_a_condition_of_the_visit() -> None:
    """DIAGNOSIS_OPD -> Condition; the role of the diagnosis is a second category."""
    row = {**VISIT, "diagtype": "1", "diagcode": "E119", "provider": "D7"}
    assert only("DIAGNOSIS_OPD", row) == {
        "verificationStatus": CONFIRMED,
        "category": [OF_ENCOUNTER, coded(ROLE, "1", "PRINCIPLE DX (การวินิจฉัยโรคหลัก)")],
        "code": icd("E119", "E11.9", "เบาหวานชนิดที่ 2 ไม่มีภาวะแทรกซ้อน"),
        "subject": PATIENT,
        "encounter": ENCOUNTER,
        "recordedDate": "2026-01-05",
        "asserter": ASSERTER,
    }


def test_diagnosis_ipd_is_a_condition_of_the_stay() -> None:
    """DIAGNOSIS_IPD -> Condition."""
    row = {**STAY, "diagtype": "2", "diagcode": "I10"}
    assert only("DIAGNOSIS_IPD", row) == {
        "verificationStatus": CONFIRMED,
        "category": [OF_ENCOUNTER, coded(ROLE, "2", "CO-MORBIDITY (การวินิจฉัยโรคร่วม)")],
        "code": icd("I10", "I10", "ความดันโลหิตสูง"),
        "subject": PATIENT,
        "encounter": INPATIENT,
        "recordedDate": "2026-01-05T22:10:00+07:00",
    }


ICD_CODES = [
    ("E11", icd("E11", "E11", "เบาหวานชนิดที่ 2")),
    ("E1165", icd("E1165", None, "เบาหวานชนิดที่ 2")),  # a fifth digit is ICD-10-TM's own
    ("U5700", icd("U5700", None, "โรคระบบกล้ามเนื้อตามแพทย์แผนไทย")),
    ("U57", icd("U57", None, "โรคระบบกล้ามเนื้อตามแพทย์แผนไทย")),  # chapter U is not the international one
    ("Q999", icd("Q999", "Q99.9", "Q999")),  # no plain name: the code itself
    ("i10", icd("I10", "I10", "ความดันโลหิตสูง")),
]


@pytest.mark.parametrize(("code", "concept"), ICD_CODES)
def test_disease_codes(code: str, concept: dict[str, Any]) -> None:
    """The international code only where it is surely the same one."""
    assert only("DIAGNOSIS_OPD", {**VISIT, "diagcode": code})["code"] == concept


def test_chronic_is_a_condition_on_the_problem_list() -> None:
    """CHRONIC -> Condition with the status that TYPEDISCH tells."""
    row = {**WHO, "date_diag": "2015-03-01", "chronic": "I10", "typedisch": "01", "date_disch": "2020-03-01"}
    assert only("CHRONIC", row) == {
        "extension": [
            {"url": EXTENSION + "ex-condition-is-chronic", "valueBoolean": True},
            {
                "url": EXTENSION + "ex-condition-chronic-discharge-reason",
                "valueCodeableConcept": coded(CORE + "cs-thcc-chronic-discharge-reason", "01", "หาย"),
            },
        ],
        "clinicalStatus": hl7("condition-clinical", "resolved", "Resolved"),
        "verificationStatus": CONFIRMED,
        "category": [hl7("condition-category", "problem-list-item", "Problem List Item")],
        "code": icd("I10", "I10", "ความดันโลหิตสูง"),
        "subject": PATIENT,
        "onsetDateTime": "2015-03-01",
        "abatementDateTime": "2020-03-01",
    }


STATUSES = [
    ("01", "resolved", True), ("02", "inactive", True), ("03", "active", False), ("04", "active", False), ("05", "active", False),
    ("06", "active", False), ("07", "resolved", True), ("08", "remission", True), ("09", "active", False), ("10", "active", False),
    ("11", "relapse", False), (None, "active", False),
]  # fmt: skip


@pytest.mark.parametrize(("typedisch", "status", "abated"), STATUSES)
def test_clinical_status_of_a_chronic_disease(typedisch: str | None, status: str, abated: bool) -> None:
    """Only what is inactive, resolved or in remission may have an end (invariant con-4)."""
    row = {**WHO, "date_diag": "2015-03-01", "chronic": "I10", "date_disch": "2020-03-01"}
    body = only("CHRONIC", row | ({"typedisch": typedisch} if typedisch else {}))
    assert (body["clinicalStatus"]["coding"][0]["code"], "abatementDateTime" in body) == (status, abated)


def test_drug_opd_is_a_dispense() -> None:
    """DRUG_OPD -> MedicationDispense: AMOUNT is what was handed over; there is no order in the file."""
    row = {**VISIT, "didstd": "1234", "dname": "Metformin 500 mg", "amount": 60}
    assert only("DRUG_OPD", row) == {
        "status": "completed",
        "category": hl7("medicationdispense-category", "outpatient", "Outpatient"),
        "medicationCodeableConcept": {
            "coding": [{"system": LOCAL + "/Drug", "code": "1234"}],
            "text": "Metformin 500 mg",
        },
        "subject": PATIENT,
        "context": ENCOUNTER,
        "performer": [{"actor": HERE}],
        "quantity": {"value": 60},
        "whenHandedOver": "2026-01-05",
    }


DRUGS = [
    ("1" * 24, CORE + "cs-th-24drug"),
    ("662525", CORE + "cs-th-tmt"),
    ("1070912", CORE + "cs-th-tmt"),
    ("12345", LOCAL + "/Drug"),
    ("A" * 24, LOCAL + "/Drug"),
]


@pytest.mark.parametrize(("code", "system"), DRUGS)
def test_system_of_a_drug_code(code: str, system: str) -> None:
    """24 digits, TMT, or the facility's own list."""
    concept = only("DRUG_OPD", {**VISIT, "didstd": code})["medicationCodeableConcept"]
    assert concept == {"coding": [{"system": system, "code": code}], "text": code}


def test_drug_ipd_tells_the_days_and_what_was_taken_home() -> None:
    """TYPEDRUG 2 is taken home; DATESTART and DATEFINISH bound the use."""
    row = {
        **STAY,
        "typedrug": "2",
        "didstd": "1234",
        "datestart": "2026-01-05",
        "datefinish": "2026-01-08",
        "amount": 3,
    }
    body = only("DRUG_IPD", row)
    assert body["category"]["coding"][0]["code"] == "discharge"
    assert body["context"] == INPATIENT
    assert body["whenHandedOver"] == "2026-01-05"
    assert body["dosageInstruction"] == [
        {"timing": {"repeat": {"boundsPeriod": {"start": "2026-01-05", "end": "2026-01-08"}}}}
    ]
    assert only("DRUG_IPD", row | {"typedrug": "1"})["category"]["coding"][0]["code"] == "inpatient"


def test_drug_allergy() -> None:
    """DRUGALLERGY -> AllergyIntolerance with certainty, seriousness and source as SIL-TH's extensions."""
    row = {
        **WHO, "daterecord": "2019-02-03", "drugallergy": "P1", "dname": "Penicillin", "typedx": "2", "alevel": "3", "symptom": "27",
        "informant": "4", "provider": "D7",
    }  # fmt: skip
    body = only("DRUGALLERGY", row)
    extensions = {
        e["url"].rpartition("allergy-")[2]: e["valueCodeableConcept"]["coding"][0] for e in body.pop("extension")
    }
    assert {name: coding["code"] for name, coding in extensions.items()} == {
        "certainty": "2",
        "severity": "3",
        "assert-type": "4",
    }
    assert body == {
        "clinicalStatus": hl7("allergyintolerance-clinical", "active", "Active"),
        "verificationStatus": hl7("allergyintolerance-verification", "unconfirmed", "Unconfirmed"),
        "type": "allergy",
        "category": ["medication"],
        "criticality": "high",
        "code": {"coding": [{"system": LOCAL + "/Drug", "code": "P1"}], "text": "Penicillin"},
        "patient": PATIENT,
        "recordedDate": "2019-02-03",
        "recorder": ASSERTER,
        "reaction": [{"manifestation": [coded(CORE + "cs-thcc-allergy-manifest", "27", "Allergic urticaria")]}],
    }


def test_only_a_certain_allergy_is_confirmed_and_only_a_slight_one_is_low() -> None:
    """TYPEDX 1 certain; ALEVEL 1 not serious; nothing told, nothing said."""
    slight = only("DRUGALLERGY", {**WHO, "drugallergy": "P1", "typedx": "1", "alevel": "1"})
    assert (slight["verificationStatus"]["coding"][0]["code"], slight["criticality"]) == ("confirmed", "low")
    bare = only("DRUGALLERGY", {**WHO, "drugallergy": "P1"})
    assert "criticality" not in bare
    assert "extension" not in bare


def test_procedure() -> None:
    """PROCEDURE_OPD -> Procedure, done by the provider for the facility."""
    assert only("PROCEDURE_OPD", {**VISIT, "procedcode": "9357", "provider": "D7"}) == {
        "status": "completed",
        "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-9-cm", "code": "93.57"}], "text": "93.57"},
        "subject": PATIENT,
        "encounter": ENCOUNTER,
        "performedDateTime": "2026-01-05",
        "performer": [{"actor": ASSERTER, "onBehalfOf": HERE}],
    }


PROCEDURES = [
    ("93", "http://hl7.org/fhir/sid/icd-9-cm", "93"),
    ("935", "http://hl7.org/fhir/sid/icd-9-cm", "93.5"),
    ("93.57", "http://hl7.org/fhir/sid/icd-9-cm", "93.57"),
    ("2330011", CORE + "cs-th-icd10tm", "2330011"),
    ("X1", LOCAL + "/Procedure", "X1"),
]


@pytest.mark.parametrize(("sent", "system", "code"), PROCEDURES)
def test_system_of_a_procedure_code(sent: str, system: str, code: str) -> None:
    """ICD-9-CM with its dot, ICD-10-TM procedures with seven digits, else local."""
    assert only("PROCEDURE_OPD", {**VISIT, "procedcode": sent})["code"]["coding"] == [{"system": system, "code": code}]


def test_vaccine_given_elsewhere_is_not_the_primary_source() -> None:
    """EPI -> Immunization; VACCINEPLACE names who gave it."""
    body = only("EPI", {**VISIT, "vaccinetype": "010", "vaccineplace": "99802"})
    assert body == {
        "status": "completed",
        "vaccineCode": coded(CORE + "cs-thcc-vaccine-code", "010", "บีซีจี"),
        "patient": PATIENT,
        "encounter": ENCOUNTER,
        "occurrenceDateTime": "2026-01-05",
        "primarySource": False,
        "performer": [{"actor": THERE}],
    }
    here = only("EPI", {**VISIT, "vaccinetype": "010"})
    assert (here["primarySource"], here["performer"]) == (True, [{"actor": HERE}])


def test_appointment_spans_its_day() -> None:
    """APPOINTMENT -> Appointment; the file has no time of day."""
    body = only("APPOINTMENT", {**VISIT, "apdate": "2026-02-05", "aptype": "010", "apdiag": "I10"})
    assert body == {
        "status": "booked",
        "serviceType": [{"coding": [{"system": CORE + "cs-thcc-appoint-service-type", "code": "010", "display": "BCG"}], "text": "BCG"}],
        "reasonCode": [icd("I10", "I10", "ความดันโลหิตสูง")],
        "supportingInformation": [HERE, ENCOUNTER],
        "start": "2026-02-05T00:00:00+07:00",
        "end": "2026-02-05T23:59:59+07:00",
        "created": "2026-01-05",
        "participant": [{"actor": PATIENT, "status": "accepted"}],
    }  # fmt: skip


def test_an_appointment_without_a_day_is_a_proposal() -> None:
    """Invariant app-3: a booked one has a start."""
    body = only("APPOINTMENT", {**VISIT, "aptype": "010"})
    assert (body["status"], "start" in body) == ("proposed", False)


def test_card_is_a_coverage() -> None:
    """CARD -> Coverage; the file names the scheme, so the payor is a display."""
    row = {**WHO, "instype_new": "0100", "insid": "55", "startdate": "2020-01-01", "main": "99801", "sub": "99802"}
    body = only("CARD", row)
    extensions = body.pop("extension")
    assert [e["extension"][0]["valueReference"] for e in extensions] == [HERE, THERE]
    assert body == {
        "identifier": [{"system": LOCAL + "/Inv", "value": "55"}],
        "status": "active",
        "type": coded(CORE + "cs-thcc-coverage-type", "0100", "หลักประกันสุขภาพ"),
        "beneficiary": PATIENT,
        "period": {"start": "2020-01-01"},
        "payor": [{"display": "หลักประกันสุขภาพ"}],
    }


LAB_CODE = CORE + "cs-th-icd10tm-lab"


def test_lab_result_with_loinc_and_unit() -> None:
    """LABFU -> Observation: LOINC first where sure, then the code as sent; LABPLACE did it."""
    row = {**VISIT, "labtest": "0531601", "labresult": "7.20", "labnum": 7.2, "labplace": "99802"}
    body = only("LABFU", row)
    assert body["code"] == {
        "coding": [
            {"system": LOINC, "code": "4548-4", "display": "Hemoglobin A1c/Hemoglobin.total in Blood"},
            {"system": LAB_CODE, "code": "0531601", "display": "การตรวจหา glycosylated hemoglobin ในเลือด"},
        ],
        "text": "น้ำตาลสะสม (HbA1c)",
    }
    assert body == observation(*LAB, body["code"], valueQuantity=quantity(7.2, "%", "%"), performer=[THERE])


RESULTS = [
    # the code, the text as sent, the number the lake read from it, and value[x]
    ("0531601", "7.2", 7.2, {"valueQuantity": quantity(7.2, "%", "%")}),
    (
        "0531601",
        "<4",
        4.0,
        {"valueQuantity": {"value": 4, "comparator": "<", "unit": "%", "system": UCUM, "code": "%"}},
    ),
    (
        "0531601",
        " >= 14",
        14.0,
        {"valueQuantity": {"value": 14, "comparator": ">=", "unit": "%", "system": UCUM, "code": "%"}},
    ),
    (
        "0531601",
        "≤4.5",
        4.5,
        {"valueQuantity": {"value": 4.5, "comparator": "<=", "unit": "%", "system": UCUM, "code": "%"}},
    ),
    ("0531601", "not enough blood", None, {"valueString": "not enough blood"}),
    ("0531601", None, None, {"dataAbsentReason": hl7("data-absent-reason", "unknown", "Unknown")}),
    (
        "0440203",
        "2",
        2.0,
        {"valueCodeableConcept": hl7("v3-ObservationInterpretation", "POS", "Positive") | {"text": "ผลบวก"}},
    ),
    (
        "0440203",
        "0",
        0.0,
        {"valueCodeableConcept": hl7("v3-ObservationInterpretation", "NEG", "Negative") | {"text": "ผลลบ"}},
    ),
    ("0440203", "1", 1.0, {"valueCodeableConcept": {"text": "พบเล็กน้อย (trace)"}}),
    ("0440203", "7", 7.0, {"valueQuantity": {"value": 7}}),
    ("0999999", "12", 12.0, {"valueQuantity": {"value": 12}}),  # a test nobody knows: a number without a unit
]


@pytest.mark.parametrize(("code", "text", "number", "value"), RESULTS)
def test_lab_values(code: str, text: str | None, number: float | None, value: dict[str, Any]) -> None:
    """A number with its comparator and unit, a coded result, or the text as sent."""
    row = (
        {**VISIT, "labtest": code}
        | ({"labresult": text} if text else {})
        | ({} if number is None else {"labnum": number})
    )
    body = only("LABFU", row)
    assert {key: body[key] for key in body if key.startswith(("value", "dataAbsent"))} == value


LAB_CODES = [
    ("05", ["4548-4", "05"]),  # the old two digits
    ("0531601", ["4548-4", "0531601"]),
    ("0531004", ["0531004"]),  # sources disagree whether it is fasting: no LOINC
    ("0290201", ["0290201"]),  # in the code table, not among the tests of chronic care
    ("XX", ["XX"]),
]


@pytest.mark.parametrize(("sent", "codes"), LAB_CODES)
def test_lab_codes(sent: str, codes: list[str]) -> None:
    """LOINC only where the map is sure."""
    assert [coding["code"] for coding in only("LABFU", {**VISIT, "labtest": sent})["code"]["coding"]] == codes


def test_ncd_screen() -> None:
    """NCDSCREEN -> sizes, both blood pressures, glucose by its method, risks (43fileplus file 31)."""
    row = {
        **VISIT, "weight": 70.5, "height": 160, "waist_cm": 95, "sbp_1": 142, "dbp_1": 92, "sbp_2": 138, "dbp_2": 88, "bslevel": 118.0,
        "bstest": "3", "smoke": "4", "alcohol": "9", "dmfamily": "1", "htfamily": "2", "screenplace": "99801",
    }  # fmt: skip
    glucose = coded(LOINC, "1556-0", "Fasting glucose [Mass/volume] in Capillary blood", "น้ำตาลปลายนิ้ว หลังอดอาหาร")
    method = coded(CORE + "cs-thcc-ncd-fbs-method", "3", "ตรวจน้ำตาลในเลือด จากเส้นเลือดฝอย หลังอดอาหาร")
    family_ht = coded(FIELD, "NCDSCREEN.HTFAMILY", "Family history of hypertension", "ประวัติความดันโลหิตสูงในครอบครัว")
    assert mapped("NCDSCREEN", row) == [
        ("Observation", "-wt", observation(*VITAL, WEIGHT, valueQuantity=quantity(70.5, "kg", "kg"))),
        ("Observation", "-ht", observation(*VITAL, HEIGHT, valueQuantity=quantity(160, "cm", "cm"))),
        ("Observation", "-waist", observation(*VITAL, WAIST, valueQuantity=quantity(95, "cm", "cm"))),
        ("Observation", "-bp1", observation(*VITAL, PRESSURE, component=pressure(142, 92))),
        ("Observation", "-bp2", observation(*VITAL, PRESSURE, component=pressure(138, 88))),
        ("Observation", "-glu", observation(*LAB, glucose, valueQuantity=quantity(118.0, "mg/dL", "mg/dL"), method=method)),
        ("Observation", "-smoke", observation(*SOCIAL, coded(LOINC, "72166-2", "Tobacco smoking status", "การสูบบุหรี่"),
                                              valueCodeableConcept=coded(CORE + "cs-thcc-ncd-smoking", "4", "สูบเป็นประจำ"))),
        ("Observation", "-fdm", observation(*SOCIAL, coded(LOINC, "97063-2", "Family history of Diabetes", "ประวัติเบาหวานในครอบครัว"),
                                            valueCodeableConcept=coded(FIELD, "dmfamily:1", "มีประวัติเบาหวานในญาติสายตรง"))),
        ("Observation", "-fht", observation(*SOCIAL, family_ht, valueCodeableConcept=coded(FIELD, "htfamily:2", "ไม่มี"))),
    ]  # fmt: skip


GLUCOSE = [("1", "1558-6"), ("2", "2345-7"), ("3", "1556-0"), ("4", "32016-8"), ("9", "2339-0"), (None, "2339-0")]


@pytest.mark.parametrize(("method", "loinc"), GLUCOSE)
def test_glucose_by_its_method(method: str | None, loinc: str) -> None:
    """Without a method only "in blood" is sure."""
    row = {**VISIT, "bslevel": 100.0} | ({"bstest": method} if method else {})
    assert only_observation("NCDSCREEN", row)["code"]["coding"][0]["code"] == loinc


def only_observation(file: str, row: dict[str, Any]) -> dict[str, Any]:
    """The one Observation of a row."""
    [(_, _, body)] = mapped(file, row)
    return body


def test_chronic_follow_up() -> None:
    """CHRONICFU -> sizes, blood pressure, foot and retina."""
    row = {**VISIT, "weight": 60.0, "sbp": 128, "dbp": 76, "foot": "3", "retina": "2", "chronicfuplace": "99802"}
    foot = coded(FIELD, "CHRONICFU.FOOT", "Diabetic foot examination", "การตรวจเท้า")
    eye = coded(FIELD, "CHRONICFU.RETINA", "Retina examination", "การตรวจจอประสาทตา")
    there: dict[str, Any] = {"performer": [THERE]}
    assert mapped("CHRONICFU", row) == [
        ("Observation", "-wt", observation(*VITAL, WEIGHT, valueQuantity=quantity(60.0, "kg", "kg")) | there),
        ("Observation", "-bp", observation(*VITAL, PRESSURE, component=pressure(128, 76)) | there),
        ("Observation", "-foot", observation(*EXAM, foot, valueCodeableConcept=coded(CORE + "cs-thcc-ncd-foot-exam", "3", "ตรวจ ผลไม่ปกติ")) | there),
        ("Observation", "-eye", observation(*EXAM, eye, valueCodeableConcept=coded(
            CORE + "cs-thcc-ncd-retina-exam", "2", "ตรวจด้วย fundus camera ผลปกติ")) | there),
    ]  # fmt: skip


SILENT = [
    ("CHRONICFU", "foot", "2"), ("CHRONICFU", "foot", "9"), ("CHRONICFU", "retina", "8"), ("CHRONICFU", "retina", "9"),
    ("NCDSCREEN", "smoke", "9"), ("NCDSCREEN", "htfamily", "9"), ("ANC", "ancresult", "9"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "column", "code"), SILENT)
def test_not_examined_and_unknown_are_no_findings(file: str, column: str, code: str) -> None:
    """They stay in the lake; the record holds what was found."""
    assert mapped(file, {**VISIT, column: code}) == []


def test_nutrition() -> None:
    """NUTRITION -> growth and feeding."""
    row = {**VISIT, "weight": 12.4, "height": 88.5, "headcircum": 48.0, "childdevelop": "1", "food": "5", "bottle": "2"}
    found = {suffix: body for _, suffix, body in mapped("NUTRITION", row)}
    head = coded(LOINC, "9843-4", "Head Occipital-frontal circumference", "รอบศีรษะ")
    development = coded(FIELD, "NUTRITION.CHILDDEVELOP", "Child development level", "พัฒนาการเด็ก")
    assert list(found) == ["-wt", "-ht", "-head", "-dev", "-food", "-bottle"]
    assert found["-head"] == observation(*VITAL, head, valueQuantity=quantity(48.0, "cm", "cm"))
    assert found["-dev"] == observation(
        *EXAM, development, valueCodeableConcept=coded(CORE + "cs-thcc-child-dev-level", "1", "ปกติ")
    )


def test_antenatal_visit() -> None:
    """ANC -> Observations of the visit's Encounter (43fileplus file 34)."""
    row = {**VISIT, "gravida": "2", "ancno": "3", "ga": "24", "ancresult": "1", "weight": 58.0}
    found = {suffix: body for _, suffix, body in mapped("ANC", row)}
    assert list(found) == ["-wt", "-gravida", "-ga", "-ancno", "-result"]
    assert found["-gravida"] == observation(
        *SURVEY, coded(LOINC, "11996-6", "[#] Pregnancies", "ครรภ์ที่"), valueInteger=2
    )
    weeks = coded(LOINC, "57714-8", "Obstetric estimation of gestational age", "อายุครรภ์")
    assert found["-ga"] == observation(*EXAM, weeks, valueQuantity=quantity(24, "wk", "wk"))
    assert [suffix for _, suffix, _ in mapped("ANC", {**VISIT, "gravida": "?", "ga": "N/A"})] == []


def test_special_pp_is_an_observation_whose_code_says_all() -> None:
    """SPECIALPP -> Observation (mophpc-observation-special-pp)."""
    label = "ตรวจคัดกรองความเสี่ยง/โรคมะเร็งเต้านมได้ผลปกติ ผู้รับบริการเคยตรวจด้วยตนเองได้ผลปกติ"
    body = only("SPECIALPP", {**VISIT, "ppspecial": "1B0030", "ppsplace": "99801"})
    assert body == observation(*SURVEY, coded(CORE + "cs-thcc-special-pp-service", "1B0030", label))


def test_death() -> None:
    """DEATH -> one Condition per line of the certificate, place and timing as Observations."""
    row = {**WHO, "ddeath": "2026-01-09", "cdeath": "I219", "cdeath_a": "I469", "pdeath": "1", "pregdeath": "2"}
    found = {suffix: body for _, suffix, body in mapped("DEATH", row)}
    assert list(found) == ["-cause", "-a", "-place", "-preg"]
    assert found["-cause"] == {
        "verificationStatus": CONFIRMED,
        "category": [coded(FIELD, "DEATH.CDEATH", "Underlying cause of death", "สาเหตุการตาย")],
        "code": icd("I219", "I21.9", "กล้ามเนื้อหัวใจตายเฉียบพลัน"),
        "subject": PATIENT,
        "recordedDate": "2026-01-09",
    }
    assert found["-place"]["valueCodeableConcept"] == coded(CORE + "cs-thcc-death-location-type", "1", "ในหน่วยบริการ")  # type: ignore[index]


PLACES = [("00000", HERE), ("99999", HERE), (None, HERE), ("99802", THERE)]


@pytest.mark.parametrize(("code", "performer"), PLACES)
def test_who_did_it(code: str | None, performer: dict[str, str]) -> None:
    """An unknown place (00000, 99999) is not another facility."""
    row = {**VISIT, "labtest": "0531601", "labresult": "7"} | ({"labplace": code} if code else {})
    assert only("LABFU", row)["performer"] == [performer]


def test_a_row_without_a_visit_number_refers_to_no_encounter() -> None:
    """SEQ is optional in registers and screenings."""
    assert "encounter" not in only("LABFU", {**WHO, "date_serv": "2026-01-05", "labtest": "0531601", "labresult": "7"})


def test_every_output_is_declared() -> None:
    """What a row may give is what a change must be able to take away."""
    full = {
        "SERVICE": {**VISIT, "sbp": 1, "dbp": 1, "btemp": 1.0, "pr": 1, "rr": 1},
        "DEATH": {**WHO, "ddeath": "2026-01-01"},
    }
    for file, row in full.items():
        given = {(rtype, suffix) for rtype, suffix, _ in mapped(file, row)}
        assert given <= set(MAPPINGS[file].outputs)
