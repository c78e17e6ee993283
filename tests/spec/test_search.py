"""How a search is answered, row by row: what is asked, what is found, and the sentence of the standard it comes from.

The record: two registrations of one woman (Mali, at a hospital and at a unit) and one of a man (Dam, at the hospital).
Source of the sentences: FHIR R4 (4.0.1), Search, https://hl7.org/fhir/R4/search.html, shortened; "ours" marks a decision of ours.
S2.48 (records of individuals by one exchange), S4.23 (one API for all), S1.28 (access under consent).
"""
# ruff: noqa: E501 - a row of a table reads best on one line

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_django import DjangoDbBlocker

from suksala import exchange
from suksala.exchange import SearchProblem
from suksala.exchange.mapping.base import identifier, patient_id
from tests.record import HOSPITAL, UNIT, bundle, of_facility, one_human, resources, rolled_back, send

pytestmark = pytest.mark.django_db

MALI, MALI_AT_UNIT, DAM = patient_id(HOSPITAL, "1"), patient_id(UNIT, "9"), patient_id(HOSPITAL, "2")
VISIT = identifier("sv", HOSPITAL, "1", "100")
LOINC = "http://loinc.org"
CID = "https://terms.sil-th.org/id/th-cid"


@pytest.fixture(scope="module", autouse=True)
def record(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The rows behind every line of the tables below; made once, nobody writes."""
    with django_db_blocker.unblock(), rolled_back():
        make_record()
        yield


def make_record() -> None:
    """Two women's registrations of one human, and a man."""
    one_human((HOSPITAL, "1"), (UNIT, "9"))
    mali = {"prename": "004", "name": "มาลี", "lname": "ใจดี", "sex": "2", "birth": "1970-05-05", "discharge": "9"}
    dam = {"prename": "003", "name": "ดำ", "lname": "น้ำใส", "sex": "1", "birth": "1990-12-31", "mobile": "0810000000"}
    send("PERSON", {"pid": "1", "cid": "3990000000017", **mali}, {"pid": "2", **dam, "discharge": "2"})
    send("PERSON", {"pid": "9", **mali}, hospcode=UNIT)
    visit = {
        "pid": "1",
        "seq": "100",
        "date_serv": "2026-01-05",
        "time_serv": "003000",
        "typein": "1",
        "servplace": "1",
    }
    send(
        "SERVICE",
        {**visit, "sbp": 130, "dbp": 80, "pr": 72},
        {**visit, "pid": "2", "seq": "200", "typein": "5", "date_serv": "2026-02-01", "time_serv": None},
    )
    send("SERVICE", {**visit, "pid": "9", "seq": "300", "date_serv": "2026-03-01", "time_serv": None}, hospcode=UNIT)
    send("DIAGNOSIS_OPD", {"pid": "1", "seq": "100", "date_serv": "2026-01-05", "diagtype": "1", "diagcode": "E119"},
         {"pid": "2", "seq": "200", "date_serv": "2026-02-01", "diagtype": "4", "diagcode": "I10"})  # fmt: skip
    send("CHRONIC", {"pid": "1", "date_diag": "2020-06-15", "chronic": "E119", "typedisch": "03"},
         {"pid": "2", "date_diag": "2021-01-01", "chronic": "I10", "typedisch": "01", "date_disch": "2022-01-01"})  # fmt: skip
    send("LABFU", {"pid": "1", "seq": "100", "date_serv": "2026-01-05", "labtest": "0531601", "labresult": "7.2", "labnum": 7.2},
         {"pid": "2", "date_serv": "2026-02-01", "labtest": "0531002", "labresult": "98", "labnum": 98.0})  # fmt: skip
    send(
        "LABFU",
        {"pid": "9", "date_serv": "2026-03-01", "labtest": "0531601", "labresult": "6.9", "labnum": 6.9},
        hospcode=UNIT,
    )
    send(
        "DRUG_OPD",
        {"pid": "1", "seq": "100", "date_serv": "2026-01-05", "didstd": "M1", "dname": "Metformin", "amount": 60},
    )
    send("EPI", {"pid": "2", "date_serv": "2026-02-01", "vaccinetype": "815"})
    send(
        "DRUGALLERGY",
        {
            "pid": "1",
            "daterecord": "2019-01-01",
            "drugallergy": "P1",
            "dname": "Penicillin",
            "typedx": "1",
            "alevel": "3",
        },
    )
    send(
        "APPOINTMENT",
        {
            "pid": "1",
            "seq": "100",
            "date_serv": "2026-01-05",
            "apdate": "2026-04-05",
            "aptype": "010",
            "apdiag": "E119",
        },
    )
    send("CARD", {"pid": "1", "instype_new": "0100", "insid": "5|5,5"})
    send("PROCEDURE_OPD", {"pid": "2", "seq": "200", "date_serv": "2026-02-01", "procedcode": "9357"})


def found(rtype: str, asked: str) -> list[str]:
    """Short names of what a search finds, in order: whose, and what it is."""
    pairs = [(name, value) for name, _, value in (part.partition("=") for part in asked.split("&") if part)]
    return [short(r) for r in resources(exchange.search(of_facility(None), rtype, pairs))]


OWNERS = {MALI: "mali", MALI_AT_UNIT: "mali@unit", DAM: "dam"}


def short(resource: dict[str, object]) -> str:
    """`mali`, `mali hba1c`: the owner, and for an Observation what was measured."""
    text = str({name: value for name, value in resource.items() if name != "link"})  # which tells of others
    owner = next(name for rid, name in OWNERS.items() if rid in text)
    marks = {"85354-9": "bp", "8867-4": "pulse", "4548-4": "hba1c", "1558-6": "fbs"}
    what = next(
        (name for code, name in marks.items() if resource["resourceType"] == "Observation" and code in text), ""
    )
    return f"{owner} {what}".strip()


TOKEN = "token"
TABLE = [
    # type, asked, found (any order unless _sort is given), the sentence
    # --- token
    ("Observation", f"code={LOINC}|4548-4", "mali hba1c, mali@unit hba1c", "[system]|[code]: the value has this code and this system"),
    ("Observation", "code=4548-4", "mali hba1c, mali@unit hba1c", "[code]: matches irrespective of the system"),
    ("Observation", "code=|4548-4", "", "|[code]: the coding has no system"),
    ("Observation", "code=http://example.org|4548-4", "", "the system is part of the match"),
    ("Observation", "code=https://terms.sil-th.org/core/CodeSystem/cs-th-icd10tm-lab|0531601", "mali hba1c, mali@unit hba1c", "any coding of a CodeableConcept may match"),
    ("Observation", f"code={LOINC}|4548-4,{LOINC}|1558-6", "mali hba1c, mali@unit hba1c, dam fbs", "a comma is OR"),
    ("Observation", f"code={LOINC}|4548-4&code={LOINC}|1558-6", "", "repeating a parameter is AND"),
    ("Observation", "code=4548-4&status=final", "mali hba1c, mali@unit hba1c", "several parameters are AND"),
    ("Observation", "code:not=4548-4&category=laboratory", "dam fbs", ":not returns what does not have the code"),
    ("Observation", "category=vital-signs&patient=" + MALI, "mali bp, mali pulse", "category is a token"),
    ("Observation", "category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory&date=2026-02", "dam fbs", "token and date together"),
    ("Observation", "status=final&code=8867-4", "mali pulse", "status is a token on a code"),
    ("Observation", "status=http://hl7.org/fhir/observation-status|final&code=8867-4", "mali pulse", "a code has the system its definition implies"),
    ("Observation", "status=amended", "", "a status nobody has"),
    ("Observation", "status=no-such-status", "", "a code outside the list matches nothing"),
    ("Observation", "status:not=final", "", ":not on status"),
    ("Observation", "component-code=8480-6", "mali bp", "component-code looks into components"),
    ("Observation", "code=8480-6", "", "code does not look into components"),
    ("Observation", "combo-code=8480-6", "mali bp", "combo-code looks into both"),
    ("Observation", "combo-code=4548-4", "mali hba1c, mali@unit hba1c", "combo-code looks into both"),
    ("Condition", "code=http://hl7.org/fhir/sid/icd-10|E11.9", "mali, mali", "the international code stands beside the Thai one"),
    ("Condition", "code=E119", "mali, mali", "the code as the facility sent it"),
    ("Condition", "code=e119", "", "codes are case sensitive unless their system says otherwise"),
    ("Condition", "clinical-status=active", "mali", "clinical-status: the chronic register says so"),
    ("Condition", "clinical-status=resolved", "dam", "TYPEDISCH 01 is resolved"),
    ("Condition", "clinical-status=active,resolved", "mali, dam", "a comma is OR"),
    ("Condition", "clinical-status=http://terminology.hl7.org/CodeSystem/condition-clinical|active", "mali", "[system]|[code] on a CodeableConcept"),
    ("Condition", "category=encounter-diagnosis", "mali, dam", "one category of several"),
    ("Condition", "category=problem-list-item", "mali, dam", "the chronic register is the problem list"),
    ("Condition", "verification-status=confirmed&category=problem-list-item", "mali, dam", "AND over two token parameters"),
    ("Encounter", "class=AMB", "mali, mali@unit", "class is a Coding"),
    ("Encounter", "class=VR", "dam", "TYPEIN 5 is telemedicine"),
    ("Encounter", "class=http://terminology.hl7.org/CodeSystem/v3-ActCode|VR", "dam", "[system]|[code] on a Coding"),
    ("Encounter", f"identifier=https://terms.sil-th.org/hcode/5/{HOSPITAL}/VN|100", "mali", "identifier is a token on Identifier.system and value"),
    ("Encounter", "identifier=200", "dam", "[code] matches Identifier.value"),
    ("Encounter", "status=finished&class=VR", "dam", "AND"),
    ("Patient", f"identifier={CID}|3990000000017", "mali", "identifier, the system this platform writes"),
    ("Patient", "identifier=https://www.dopa.go.th|3990000000017", "mali", "ours: the other official system of the same number is accepted"),
    ("Patient", "identifier=3990000000017", "mali", "[code] without a system"),
    ("Patient", "identifier=399000000001", "", "tokens match whole values only"),
    ("Patient", f"identifier=https://terms.sil-th.org/hcode/5/{HOSPITAL}/PID|2", "dam", "the facility's own number"),
    ("Patient", "gender=female", "mali, mali@unit", "gender is a token on a code"),
    ("Patient", "gender=http://hl7.org/fhir/administrative-gender|male", "dam", "a code has the system its definition implies"),
    ("Patient", "gender=Female", "", "codes are case sensitive"),
    ("Patient", "active=false", "dam", "a boolean is a token; DISCHARGE 2 moved away"),
    ("Patient", "deceased=false", "mali, mali@unit, dam", "deceased is whether there is a deceased[x] other than false"),
    ("Patient", "phone=0810000000", "dam", "phone is telecom with the system phone"),
    ("MedicationDispense", "code=M1", "mali", "code of the medication"),
    ("MedicationDispense", "status=completed", "mali", "status"),
    ("Immunization", "vaccine-code=815", "dam", "vaccine-code"),
    ("Immunization", "vaccine-code=010", "", "another vaccine"),
    ("AllergyIntolerance", "code=P1", "mali", "code of the substance"),
    ("AllergyIntolerance", "clinical-status=active&criticality=high", "mali", "criticality is a token on a code"),
    ("AllergyIntolerance", "verification-status=confirmed", "mali", "TYPEDX 1 is certain"),
    ("AllergyIntolerance", "category=medication", "mali", "category is a token on a code"),
    ("Coverage", "type=0100", "mali", "type is the scheme's code"),
    ("Coverage", r"identifier=5\|5\,5", "mali", "a backslash takes the meaning from a bar and a comma"),
    ("Coverage", r"identifier=no,5\|5\,5", "mali", "but not from the next comma"),
    ("Coverage", rf"identifier=https://terms.sil-th.org/hcode/5/{HOSPITAL}/Inv|5\|5\,5", "mali", "nor from the next bar"),
    ("Appointment", "service-type=010", "mali", "service-type"),
    ("Appointment", "reason-code=E119", "mali", "reason-code"),
    ("Procedure", "code=http://hl7.org/fhir/sid/icd-9-cm|93.57", "dam", "code in its original system"),
    # --- reference
    ("Observation", f"patient={MALI}", "mali bp, mali pulse, mali hba1c, mali@unit hba1c", "ours: every registration of the same human"),
    ("Observation", f"patient=Patient/{MALI_AT_UNIT}", "mali bp, mali pulse, mali hba1c, mali@unit hba1c", "[type]/[id], from either registration"),
    ("Observation", f"subject=https://suksala.test/fhir/Patient/{DAM}", "dam fbs", "an absolute URL"),
    ("Observation", f"subject:Patient={DAM}", "dam fbs", ":[type] names the type of the target"),
    ("Observation", f"patient={MALI},{DAM}&category=laboratory", "mali hba1c, mali@unit hba1c, dam fbs", "a comma is OR"),
    ("Observation", "patient=no-such-patient", "", "a reference to nobody matches nothing"),
    ("Observation", f"encounter={VISIT}", "mali bp, mali pulse, mali hba1c", "encounter"),
    ("Observation", f"encounter=Encounter/{VISIT}&code=8867-4", "mali pulse", "encounter AND code"),
    ("Condition", f"encounter={VISIT}", "mali", "encounter of a diagnosis"),
    ("MedicationDispense", f"context=Encounter/{VISIT}", "mali", "context is the encounter of a dispense"),
    ("Coverage", f"beneficiary={MALI}", "mali", "beneficiary is the patient"),
    ("Appointment", f"actor=Patient/{MALI}", "mali", "actor, a Patient"),
    ("Encounter", f"service-provider=Organization/{UNIT}", "mali@unit", "service-provider"),
    ("Patient", f"organization={HOSPITAL}", "mali, dam", "the organisation that keeps the registration"),
    # --- date: a day is a day in Bangkok
    ("Observation", "date=2026-01-05", "mali bp, mali pulse, mali hba1c", "eq: the asked range contains the stored one"),
    ("Observation", "date=eq2026-01-05&code=8867-4", "mali pulse", "eq is the default"),
    ("Observation", "date=2026-01", "mali bp, mali pulse, mali hba1c", "partial dates are ranges"),
    ("Observation", "date=2026&category=laboratory", "mali hba1c, mali@unit hba1c, dam fbs", "a year is a range"),
    ("Observation", "date=ne2026-01-05", "dam fbs, mali@unit hba1c", "ne: the ranges are not so"),
    ("Observation", "date=gt2026-02-01", "mali@unit hba1c", "gt: something lies above the asked range"),
    ("Observation", "date=gt2026-01", "dam fbs, mali@unit hba1c", "gt a month: after the end of the month"),
    ("Observation", "date=ge2026-02-01", "dam fbs, mali@unit hba1c", "ge"),
    ("Observation", "date=lt2026-01-05", "", "lt: nothing before"),
    ("Observation", "date=lt2026-01-06&code=8867-4", "mali pulse", "lt the next day"),
    ("Observation", "date=le2026-01-05&category=laboratory", "mali hba1c", "le"),
    ("Observation", "date=sa2026-01-05", "dam fbs, mali@unit hba1c", "sa: starts after"),
    ("Observation", "date=eb2026-02-01&category=laboratory", "mali hba1c", "eb: ends before"),
    ("Observation", "date=ge2026-01-05&date=le2026-02-01&category=laboratory", "mali hba1c, dam fbs", "a range is two parameters"),
    ("Observation", "date=2026-01-05,2026-02-01&category=laboratory", "mali hba1c, dam fbs", "a comma is OR"),
    ("Encounter", "date=2026-01-05", "mali", "00:30 in Bangkok is still 4 January in UTC; the Thai day counts"),
    ("Encounter", "date=2026-01-04", "", "the UTC day does not count"),
    ("Encounter", "date=ge2026-01-05T00:30:00%2B07:00&date=lt2026-01-06", "mali", "a time with a zone"),
    ("Encounter", "date=gt2026-01-04T17:30:00Z&date=lt2026-01-06", "mali", "the same moment in another zone; the period goes on"),
    ("Encounter", "date=lt2026-02", "mali", "lt a month"),
    ("Condition", "onset-date=2020-06-15", "mali", "the chronic register has an onset"),
    ("Condition", "onset-date=ge2020", "mali, dam", "onset-date finds no diagnosis that only has a recorded date"),
    ("Condition", "recorded-date=2026-01-05", "mali", "a diagnosis has a recorded date"),
    ("Condition", "recorded-date=lt2026", "", "recorded-date finds no register entry"),
    ("MedicationDispense", "whenhandedover=2026-01-05", "mali", "whenhandedover"),
    ("AllergyIntolerance", "date=2019", "mali", "date is recordedDate"),
    ("Immunization", "date=ge2026-02-01&date=lt2026-02-02", "dam", "date is occurrence"),
    ("Procedure", "date=2026-02-01", "dam", "date is performed"),
    ("Appointment", "date=2026-04-05", "mali", "ours: a day without a time is that whole day"),
    ("Appointment", "date=2026-01-05", "", "not the day it was made on"),
    ("Patient", "birthdate=1970-05-05", "mali, mali@unit", "birthdate"),
    ("Patient", "birthdate=1990", "dam", "birthdate in a year"),
    ("Patient", "birthdate=lt1980", "mali, mali@unit", "birthdate before"),
    ("Patient", "birthdate=ap1990-12-31", "dam", "ap: within a tenth of the distance from now"),
    # --- string
    ("Patient", "family=ใจดี", "mali, mali@unit", "a string matches the whole value"),
    ("Patient", "family=ใจ", "mali, mali@unit", "a string matches the beginning"),
    ("Patient", "family=จดี", "", "a string does not match inside"),
    ("Patient", "family:contains=จดี", "mali, mali@unit", ":contains matches inside"),
    ("Patient", "family=นำใส", "dam", "case, accents and (ours) tone marks do not matter"),
    ("Patient", "given=มา", "mali, mali@unit", "given"),
    ("Patient", "given=ใจดี", "", "given does not look into family"),
    ("Patient", "name=มาลี", "mali, mali@unit", "name looks into every part"),
    ("Patient", "name=น้ำ", "dam", "name looks into family too"),
    ("Patient", "name=นายดำ", "dam", "name looks into the text"),
    ("Patient", "name=ดำ,มาลี&gender=male", "dam", "OR inside, AND outside"),
    ("Patient", "name=%", "", "signs of SQL have no meaning"),
    # --- :missing
    ("Observation", "encounter:missing=true", "mali@unit hba1c, dam fbs", ":missing=true has no value"),
    ("Observation", "encounter:missing=false", "mali bp, mali pulse, mali hba1c", ":missing=false has one"),
    ("Observation", "component-code:missing=false", "mali bp", "a token of a deeper element"),
    ("Observation", "component-code:missing=true&category=laboratory", "mali hba1c, mali@unit hba1c, dam fbs", "and without it"),
    ("Observation", "code:missing=true", "", "every Observation has a code"),
    ("Observation", "combo-code:missing=false&category=vital-signs", "mali bp, mali pulse", "either of two elements"),
    ("Observation", "date:missing=true", "", "every Observation here has a day"),
    ("Observation", "patient:missing=true", "", "everything here is about somebody"),
    ("Condition", "clinical-status:missing=true", "mali, dam", "a diagnosis says nothing of it"),
    ("Condition", "onset-date:missing=true", "mali, dam", "a diagnosis has no onset"),
    ("Condition", "onset-date:missing=false&clinical-status=active", "mali", "the register has one"),
    ("Patient", "phone:missing=true", "mali, mali@unit", "no telephone"),
    ("Patient", "phone:missing=false", "dam", "telecom with the system phone"),
    ("Patient", "deceased:missing=true", "", "deceased is always true or false"),
    ("Patient", "family:missing=true", "", "a string"),
    ("Patient", "name:missing=false&gender=male", "dam", "AND"),
    ("Encounter", "service-provider:missing=false", "mali, mali@unit, dam", "a reference"),
    ("AllergyIntolerance", "manifestation:missing=true", "mali", "an element inside another"),
    # --- :exact
    ("Patient", "family:exact=น้ำใส", "dam", ":exact matches the whole value"),
    ("Patient", "family:exact=นำใส", "", ":exact minds accents and tone marks"),
    ("Patient", "family:exact=น้ำ", "", ":exact does not match the beginning"),
    ("Patient", "name:exact=น้ำใส", "dam", "some part of the name"),
    ("Patient", "given:exact=น้ำใส", "", "given is not family"),
    ("Patient", "given:exact=ดำ,มาลี", "mali, mali@unit, dam", "a comma is OR"),
    ("Patient", "name:exact=!", "", "a text without a letter"),
    # --- [system]|
    ("Observation", f"code={LOINC}|&category=vital-signs", "mali bp, mali pulse", "[system]|: any code of the system"),
    ("Observation", "code=http://example.org|", "", "a system nobody uses"),
    ("Observation", f"code:not={LOINC}|", "", ":not of a system"),
    ("Observation", f"code={LOINC}|&date=2026-02", "dam fbs", "AND"),
    ("Observation", f"code=http://example.org|,{LOINC}|1558-6,8867-4", "mali pulse, dam fbs", "OR of all three forms"),
    ("Observation", f"component-code={LOINC}|", "mali bp", "of a deeper element"),
    ("Observation", "combo-code=https://terms.sil-th.org/core/CodeSystem/cs-th-icd10tm-lab|", "mali hba1c, mali@unit hba1c, dam fbs", "the second coding too"),
    ("Observation", "status=http://hl7.org/fhir/observation-status|&code=8867-4", "mali pulse", "the implied system of a code"),
    ("Observation", "status=http://example.org|", "", "a status of another system"),
    ("Condition", "code=http://hl7.org/fhir/sid/icd-10|", "mali, mali, dam, dam", "the international code stands beside the Thai one"),
    ("Encounter", "class=http://terminology.hl7.org/CodeSystem/v3-ActCode|", "mali, mali@unit, dam", "a Coding"),
    ("Patient", f"identifier={CID}|", "mali", "an Identifier: who has a citizen number"),
    ("Patient", "identifier=https://www.dopa.go.th|", "mali", "ours: the other official system of the same number"),
    ("Patient", "gender=http://hl7.org/fhir/administrative-gender|", "mali, mali@unit, dam", "the implied system of a code"),
    ("Patient", "telecom=phone|", "dam", "a ContactPoint's system"),
    # --- chains
    ("Observation", f"patient.identifier={CID}|3990000000017", "mali bp, mali pulse, mali hba1c", "ours: a chain follows the reference as it stands, to one registration"),
    ("Observation", f"patient._id={MALI}", "mali bp, mali pulse, mali hba1c", "_id at the end of a chain"),
    ("Observation", "subject:Patient.birthdate=1990-12-31", "dam fbs", "[parameter]:[type].[parameter]"),
    ("Observation", "patient.name=มาลี&category=laboratory", "mali hba1c, mali@unit hba1c", "a chain and a parameter"),
    ("Observation", "patient.name:exact=ดำ", "dam fbs", "a modifier at the end of a chain"),
    ("Observation", "patient.gender=male,female&patient.name=ดำ", "dam fbs", "two chains are AND"),
    ("Observation", "patient.phone:missing=false", "dam fbs", ":missing at the end of a chain"),
    ("Observation", "encounter.class=AMB", "mali bp, mali pulse, mali hba1c", "through the encounter"),
    ("Observation", "encounter.class:not=VR", "mali bp, mali pulse, mali hba1c", "what has no encounter is not led to one"),
    ("Observation", "encounter.class=VR", "", "an encounter without observations"),
    ("Observation", "encounter:Encounter.patient.gender=female", "mali bp, mali pulse, mali hba1c", "two hops"),
    ("Observation", f"patient.organization={UNIT}", "mali@unit hba1c", "a reference at the end of a chain"),
    ("Observation", f"patient.organization.identifier={UNIT}", "mali@unit hba1c", "two hops, to a facility"),
    ("Condition", "encounter.class=VR", "dam", "through the encounter"),
    ("Encounter", f"service-provider.identifier={UNIT}", "mali@unit", "through the facility"),
    ("Encounter", "service-provider.name=ไม่มี", "", "a facility of another name"),
    ("MedicationDispense", "context.class=AMB", "mali", "through the context"),
    ("MedicationDispense", f"performer.identifier={HOSPITAL}", "mali", "through the performer"),
    ("Appointment", "actor:Patient.gender=female", "mali", "through the participant"),
    # --- _has
    ("Patient", "_has:Observation:patient:code=4548-4", "mali, mali@unit", "_has: an Observation that refers to it"),
    ("Patient", f"_has:Observation:patient:code={LOINC}|1558-6", "dam", "with a system"),
    ("Patient", "_has:Observation:patient:code=4548-4&gender=male", "", "AND"),
    ("Patient", "_has:Observation:patient:code:not=4548-4", "mali, dam", "some Observation with another code"),
    ("Patient", "_has:Observation:subject:date=ge2026-02", "mali@unit, dam", "a date inside"),
    ("Patient", "_has:Encounter:patient:_has:Observation:encounter:code=8867-4", "mali", "nested"),
    ("Patient", "_has:Observation:patient:encounter.class=AMB", "mali", "a chain inside"),
    ("Patient", "_has:Coverage:beneficiary:type=0100&_lastUpdated=gt2026-01-01", "mali", "with _lastUpdated"),
    ("Encounter", "_has:Observation:encounter:code=8867-4", "mali", "of an encounter"),
    ("Encounter", "_has:Condition:encounter:code=I10", "dam", "of an encounter"),
    ("Observation", "patient._has:Condition:patient:clinical-status=resolved", "dam fbs", "at the end of a chain"),
    # --- every type
    ("Patient", f"_id={MALI}", "mali", "_id"),
    ("Patient", f"_id={MALI},{DAM}", "mali, dam", "_id with a comma"),
    ("Patient", f"_id={VISIT}", "", "_id of another type"),
    ("Patient", "_lastUpdated=gt2026-01-01", "mali, mali@unit, dam", "_lastUpdated"),
    ("Patient", "_lastUpdated=lt2026-01-01", "", "_lastUpdated before"),
    ("Patient", "", "mali, mali@unit, dam", "no parameter: everything of the type"),
]  # fmt: skip


@pytest.mark.parametrize(("rtype", "asked", "expected", "sentence"), TABLE, ids=[f"{t}?{a}" for t, a, _, _ in TABLE])
def test_found(rtype: str, asked: str, expected: str, sentence: str) -> None:
    """Each row finds exactly what it says."""
    wanted = sorted(part.strip() for part in expected.split(",") if part.strip())
    assert sorted(found(rtype, asked.replace("%2B", "+"))) == wanted, sentence


ORDERED = [
    ("Observation", "category=laboratory&_sort=date", "mali hba1c, dam fbs, mali@unit hba1c", "_sort ascending"),
    ("Observation", "category=laboratory&_sort=-date", "mali@unit hba1c, dam fbs, mali hba1c", "_sort descending"),
    (
        "Observation",
        "category=laboratory",
        "mali@unit hba1c, dam fbs, mali hba1c",
        "ours: newest first when no order is asked",
    ),
    ("Patient", "_sort=birthdate&gender=female,male&organization=" + HOSPITAL, "mali, dam", "_sort by the type's date"),
    ("Patient", "_sort=-birthdate&organization=" + HOSPITAL, "dam, mali", "_sort by the type's date, newest first"),
    ("Patient", "_sort=_lastUpdated", "mali, dam, mali@unit", "_sort by _lastUpdated; ids break ties"),
    (
        "Observation",
        "category=laboratory&_sort=_lastUpdated,date",
        "mali hba1c, dam fbs, mali@unit hba1c",
        "several keys: the second orders what the first leaves equal",
    ),
    (
        "Observation",
        "category=laboratory&_sort=_lastUpdated,-date",
        "dam fbs, mali hba1c, mali@unit hba1c",
        "each key with its own direction",
    ),
    ("Observation", "category=laboratory&_count=2", "mali@unit hba1c, dam fbs", "_count is the most a page holds"),
]


@pytest.mark.parametrize(("rtype", "asked", "expected", "sentence"), ORDERED, ids=[row[3] for row in ORDERED])
def test_order(rtype: str, asked: str, expected: str, sentence: str) -> None:
    """Each row finds this, in this order."""
    assert found(rtype, asked) == [part.strip() for part in expected.split(",")], sentence


REFUSED = [
    ("Observation", "bogus=1", "not-supported", "an unknown parameter is an error unless handling is lenient"),
    ("Observation", "patient.bogus=x", "not-supported", "an unknown parameter at the end of a chain"),
    ("Observation", "code.name=x", "not-supported", "a chain through what is no reference"),
    ("Observation", "subject:Group.name=x", "not-supported", "a chain to a type that is not kept"),
    ("Observation", "patient.name:bogus=x", "not-supported", "a modifier that is not supported at the end of a chain"),
    ("Observation", "_has:Condition:patient:code=1", "not-supported", "_has by a reference to another type"),
    ("Patient", "_has:Observation:patient=x", "not-supported", "_has without a parameter"),
    ("Patient", "_has:Observation:code:code=x", "not-supported", "_has by what is no reference"),
    ("Patient", "_has:Medication:patient:code=x", "not-supported", "_has by a parameter that the type does not have"),
    ("Patient", "_has:Observation:patient:bogus=x", "not-supported", "_has with an unknown parameter"),
    (
        "Observation",
        "patient._has:Observation:patient:encounter.patient.gender=male",
        "too-costly",
        "more than three references",
    ),
    ("Observation", "_include=Observation:code", "not-supported", "_include by what is no reference"),
    ("Observation", "_include=Bogus:patient", "not-supported", "_include from a type that is not kept"),
    ("Observation", "_include=Observation", "not-supported", "_include without a parameter"),
    ("Observation", "_include=Observation:patient:Group", "not-supported", "_include to another type"),
    ("Observation", "_include=Encounter:patient", "not-supported", "_include from another type needs :iterate"),
    ("Observation", "_revinclude=Encounter:patient", "not-supported", "_revinclude by a reference to another type"),
    ("Observation", "_include:recurse=Observation:patient", "not-supported", "the modifier of an older FHIR"),
    (
        "Observation",
        "_summary=text&_include=Observation:patient",
        "invalid",
        "_include cannot be mixed with _summary=text",
    ),
    ("Observation", "_elements=code,bogus", "invalid", "_elements names elements of the type"),
    ("Observation", "_elements=code&_summary=true", "invalid", "ours: one way of cutting"),
    ("Patient", "name:missing=maybe", "invalid", ":missing is true or false"),
    ("Patient", "name:missing=true,false", "invalid", ":missing has one value"),
    ("Patient", "_id:missing=true", "not-supported", "every resource has an id"),
    ("Observation", "code:in=x", "not-supported", "a modifier that is not supported is an error"),
    ("Observation", "code=|", "not-supported", "neither system nor code"),
    ("Observation", "status=a|b|c", "not-supported", "a token has one bar"),
    ("Observation", "code=a|b|c", "not-supported", "a token has one bar"),
    ("Observation", "code=", "invalid", "a parameter needs a value"),
    ("Observation", "code=a,,b", "invalid", "an empty alternative"),
    ("Observation", "date=yesterday", "invalid", "not a date"),
    ("Observation", "date=2026-13", "invalid", "no such month"),
    ("Observation", "date=2026-02-30", "invalid", "no such day"),
    ("Observation", "date=xx2026-01-01", "invalid", "no such prefix"),
    ("Observation", "date=2026-01-01T25:00:00Z", "invalid", "no such hour"),
    ("Observation", "date=0000-01-01", "invalid", "no such year"),
    ("Observation", "patient=Group/1", "not-supported", "a reference to another type"),
    ("Observation", "patient=a b", "not-supported", "not an id"),
    ("Observation", "_count=-1", "invalid", "_count is not negative"),
    ("Observation", "_count=x", "invalid", "_count is a number"),
    ("Observation", "_count=1&_count=2", "invalid", "a result parameter is given once"),
    ("Observation", "_sort=bogus", "not-supported", "no parameter of the type"),
    ("Observation", "_sort=date,code-value-quantity", "not-supported", "one key of two that has no order"),
    ("Observation", "_sort=", "not-supported", "no key"),
    ("Patient", "_sort=deceased", "not-supported", "a question, not an element"),
    ("Observation", "_sort=date,code,status,category,encounter,performer", "not-supported", "more than five keys"),
    ("Observation", "_sort=date,-date", "not-supported", "a key twice"),
    ("Observation", "_total=maybe", "invalid", "_total has three values"),
    ("Observation", "_summary=some", "invalid", "_summary has five values"),
    ("Observation", "_pretty=yes", "invalid", "_pretty is true or false"),
    ("Observation", "_format=xml", "not-supported", "JSON only"),
    (
        "Observation",
        "_sort=_id&_cursor=WyIyMDI2LTAxLTAxVDAwOjAwOjAwKzAwOjAwIiwieCIsMV0",
        "invalid",
        "a cursor of another order",
    ),
    ("Observation", "_cursor=abc", "invalid", "a cursor that is not ours"),
    ("Observation", "code=\x00", "invalid", "NUL is refused"),
    ("Nothing", "code=x", "not-supported", "no type of FHIR"),
]


@pytest.mark.parametrize(("rtype", "asked", "issue", "sentence"), REFUSED, ids=[f"{r[0]}?{r[1]}".encode("unicode_escape").decode() for r in REFUSED])  # fmt: skip
def test_refused(rtype: str, asked: str, issue: str, sentence: str) -> None:
    """Each row is refused before anything is read, and says why in two languages."""
    with pytest.raises(SearchProblem) as refusal:
        found(rtype, asked)
    assert refusal.value.issue == issue, sentence
    assert refusal.value.th
    assert refusal.value.en


def test_lenient_handling_leaves_an_unknown_parameter_out_and_says_so() -> None:
    """The self link shows what was really used."""
    asked = [("bogus", "1"), ("gender", "male")]
    answer = bundle(exchange.search(of_facility(None), "Patient", asked, lenient=True))
    assert answer["link"] == [{"relation": "self", "url": "/fhir/Patient?gender=male"}]
    assert [short(entry["resource"]) for entry in answer["entry"]] == ["dam"]


@pytest.mark.parametrize(
    "sort",
    [
        "",
        "date",
        "-date",
        "_lastUpdated",
        "-_lastUpdated",
        "_id",
        "-_id",
        "date,_id",
        "-date,_lastUpdated",
        "_lastUpdated,-date,_id",
    ],
)
def test_pages_hold_everything_once(sort: str) -> None:
    """Following `next` from page to page of one gives every match once, in the order of one long page."""
    asked = [("_sort", sort)] if sort else []
    whole = [r["id"] for r in resources(exchange.search(of_facility(None), "Observation", asked))]
    paged: list[str] = []
    following = [*asked, ("_count", "1")]
    while following:
        answer = bundle(exchange.search(of_facility(None), "Observation", following))
        paged += [entry["resource"]["id"] for entry in answer["entry"]]
        links = {link["relation"]: link["url"] for link in answer["link"]}
        cursor = links.get("next", "").partition("_cursor=")[2]
        following = [*asked, ("_count", "1"), ("_cursor", cursor)] if cursor else []
    assert paged == whole
    assert len(whole) == 5


TOTALS = [
    ("_total=accurate&_count=1", 1, 5),
    ("_total=estimate&_count=1", 1, 5),
    ("_total=none&_count=1", 1, None),
    ("_count=1", 1, None),
    ("_summary=count", 0, 5),
    ("_count=0", 0, 5),
    ("_total=accurate&code=nothing", 0, 0),
]


@pytest.mark.parametrize(("asked", "entries", "total"), TOTALS)
def test_totals(asked: str, entries: int, total: int | None) -> None:
    """A total only when asked for: counting costs."""
    pairs = [(name, value) for name, _, value in (part.partition("=") for part in asked.split("&"))]
    answer = bundle(exchange.search(of_facility(None), "Observation", pairs))
    assert (len(answer.get("entry", [])), answer.get("total")) == (entries, total)
