"""Search over every type of R4 and every kind of parameter, row by row: what is asked, what is found, and why.

Nothing here comes from a deposit: the resources are stored as a client writes them. Made-up people and things.
Source of the sentences: FHIR R4 (4.0.1), Search, https://hl7.org/fhir/R4/search.html, shortened; "ours" marks a decision of ours.
S2.48 (records of individuals by one exchange), S4.23 (one API for all).
"""
# ruff: noqa: E501 - a row of a table reads best on one line

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from pytest_django import DjangoDbBlocker

from suksala import exchange
from suksala.exchange import SearchProblem
from suksala.exchange.definitions import parameters, resource_types
from suksala.exchange.indexing import indexer
from suksala.exchange.mapping.base import patient_id
from suksala.exchange.parameters import STORED, answered
from suksala.exchange.walkers import compile_expression, json_paths
from suksala.foundation import database
from tests.record import HOSPITAL, UNIT, keep, of_facility, person, resources, rolled_back, send

pytestmark = pytest.mark.django_db

UCUM = "http://unitsofmeasure.org"
LOINC = "http://loinc.org"
MALI = patient_id(HOSPITAL, "1")


def concept(code: str, system: str = "http://example.org/codes", text: str | None = None) -> dict[str, Any]:
    """A CodeableConcept of one code."""
    found: dict[str, Any] = {"coding": [{"system": system, "code": code, "display": f"Display {code}"}]}
    return {**found, "text": text} if text else found


def amount(value: Any, code: str, unit: str | None = None) -> dict[str, Any]:
    """A Quantity in UCUM."""
    return {"value": value, "system": UCUM, "code": code, "unit": unit or code}


def observation(rid: str, **more: Any) -> dict[str, Any]:
    """An Observation of Mali."""
    subject = {"subject": {"reference": f"Patient/{MALI}"}}
    return {"resourceType": "Observation", "id": rid, "status": "final", **subject, **more}


ABOUT_NOBODY: list[dict[str, Any]] = [
    {"resourceType": "Practitioner", "id": "doc", "name": [{"family": "ใจงาม", "given": ["สมศรี"]}], "gender": "female", "telecom": [{"system": "phone", "value": "0-2000"}]},
    {"resourceType": "Practitioner", "id": "nurse", "name": [{"text": "Somchai Example"}], "gender": "male"},
    {"resourceType": "Location", "id": "clinic", "name": "คลินิกกลาง", "position": {"latitude": Decimal("13.75"), "longitude": Decimal("100.50")}, "address": {"city": "กรุงเทพ", "postalCode": "10100"}},
    {"resourceType": "Location", "id": "north", "name": "North", "position": {"latitude": 18.79, "longitude": 98.98}},
    {"resourceType": "Medication", "id": "met", "code": concept("860975", "http://www.nlm.nih.gov/research/umls/rxnorm"), "status": "active",
     "meta": {"tag": [{"system": "http://example.org/tags", "code": "teaching"}], "security": [{"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}], "profile": ["http://example.org/profile/medication"]}},
    {"resourceType": "Substance", "id": "salt", "instance": [{"quantity": amount(5, "g")}, {"expiry": "2027-01-01", "quantity": amount(20, "mg")}], "code": concept("salt")},
    {"resourceType": "Questionnaire", "id": "phq", "url": "http://example.org/q/phq9/thai", "version": "2", "status": "active", "title": "PHQ-9", "effectivePeriod": {"start": "2025-01-01", "end": "2025-12-31"}, "date": "2024-06-01", "useContext": [{"code": {"code": "age"}, "valueRange": {"low": amount(18, "a"), "high": amount(60, "a")}}, {"code": {"code": "focus"}, "valueCodeableConcept": concept("dep")}]},
    {"resourceType": "Questionnaire", "id": "cage", "url": "http://example.org/q/cage", "status": "draft", "useContext": [{"code": {"code": "focus"}, "valueCodeableConcept": concept("alc")}, {"code": {"code": "venue"}, "valueCodeableConcept": concept("dep")}]},
    {"resourceType": "NamingSystem", "id": "oid", "uniqueId": [{"type": "oid", "value": "1.2.3"}], "name": "n", "status": "active", "kind": "codesystem", "date": "2020"},
    {"resourceType": "Bundle", "id": "doc-bundle", "type": "document", "timestamp": "2026-05-01T10:00:00Z", "entry": [{"resource": {"resourceType": "Composition", "id": "inside"}}]},
    {"resourceType": "Group", "id": "herd", "type": "person", "actual": True, "characteristic": [{"code": concept("sex"), "valueCodeableConcept": concept("f"), "exclude": False}, {"code": concept("area"), "valueCodeableConcept": concept("m"), "exclude": False}]},
    {"resourceType": "Organization", "id": "branch", "name": "สาขา", "partOf": {"reference": f"Organization/{HOSPITAL}"}},
    {"resourceType": "RiskAssessment", "id": "risk", "status": "final", "subject": {"reference": "Group/herd"}, "prediction": [{"probabilityDecimal": Decimal("0.80")}]},
    {"resourceType": "MessageHeader", "id": "msg", "eventUri": "http://example.org/event", "source": {"endpoint": "http://example.org/in", "name": "S"}},
]  # fmt: skip
OF_MALI: list[dict[str, Any]] = [
    observation("weight", code=concept("29463-7", LOINC), effectiveDateTime="2026-01-01", valueQuantity=amount(Decimal("70.0"), "kg"), performer=[{"reference": "Practitioner/doc"}]),
    observation("sugar", code=concept("1558-6", LOINC, "ระดับน้ำตาล"), effectivePeriod={"start": "2026-02-01"}, valueQuantity=amount(Decimal("5.40"), "mmol/L"), performer=[{"reference": f"Organization/{HOSPITAL}"}], device={"reference": "Device/meter"}),
    observation("protein", code=concept("2885-2", LOINC), valueQuantity=amount(7, "g/dL"), performer=[{"reference": f"Organization/{UNIT}"}], method=concept("m1")),
    observation("length", code=concept("8302-2", LOINC), valueQuantity={"value": 160, "unit": "centimetres"}),
    observation("pressure", code=concept("85354-9", LOINC), effectiveDateTime="2026-03-01", component=[
        {"code": concept("8480-6", LOINC), "valueQuantity": amount(150, "mm[Hg]", "mmHg")}, {"code": concept("8462-4", LOINC), "valueQuantity": amount(80, "mm[Hg]", "mmHg")}]),
    observation("answers", code=concept("form"), component=[{"code": concept("q1"), "valueCodeableConcept": concept("high")}, {"code": concept("q2"), "valueCodeableConcept": concept("low")}]),
    observation("note", code=concept("note"), valueString="Normal findings", hasMember=[{"reference": "Observation/weight"}], focus=[{"identifier": {"system": "urn:x", "value": "77"}}]),
    observation("when", code=concept("when"), valueDateTime="2025-12-24", effectiveTiming={"event": ["2026-04-01", "2026-04-03"]}),
    {"resourceType": "DiagnosticReport", "id": "report", "status": "final", "code": concept("lab"), "subject": {"reference": f"Patient/{MALI}"}, "result": [{"reference": "Observation/sugar"}, {"reference": "Observation/protein/_history/1"}], "issued": "2026-02-02T08:00:00+07:00", "effectiveDateTime": "2026-02-01", "performer": [{"reference": "Practitioner/doc"}], "resultsInterpreter": [{"reference": "https://other.example/fhir/Practitioner/9"}]},
    {"resourceType": "Condition", "id": "both", "subject": {"reference": f"Patient/{MALI}"}, "code": concept("E11.9", "http://hl7.org/fhir/sid/icd-10"), "onsetDateTime": "2020-01-01", "recordedDate": "2021-01-01", "abatementAge": amount(50, "a"), "clinicalStatus": concept("active", "http://terminology.hl7.org/CodeSystem/condition-clinical")},
    {"resourceType": "MedicationRequest", "id": "rx", "status": "active", "intent": "order", "subject": {"reference": f"Patient/{MALI}"}, "medicationReference": {"reference": "Medication/met"}, "requester": {"reference": "Practitioner/doc"}, "authoredOn": "2026-05-05", "dosageInstruction": [{"timing": {"event": ["2026-06-01", "2026-06-09"]}}], "identifier": [{"system": "urn:rx", "value": "R1", "type": concept("PLAC", "http://terminology.hl7.org/CodeSystem/v2-0203")}]},
    {"resourceType": "Task", "id": "task", "status": "requested", "intent": "order", "for": {"reference": f"Patient/{MALI}"}, "authoredOn": "2026-07-01", "executionPeriod": {"start": "2026-07-02", "end": "2026-07-05"}, "focus": {"reference": "MedicationRequest/rx"}, "basedOn": [{"reference": "urn:uuid:1b7c0d7e-0000-4000-8000-000000000000"}]},
    {"resourceType": "List", "id": "favourites", "status": "current", "mode": "working", "subject": {"reference": f"Patient/{MALI}"}, "entry": [{"item": {"reference": "Observation/weight"}}, {"item": {"reference": "Observation/note"}}, {"item": {"reference": "DiagnosticReport/report"}}]},
    {"resourceType": "CarePlan", "id": "plan", "status": "active", "intent": "plan", "subject": {"reference": f"Patient/{MALI}"}, "activity": [{"detail": {"status": "scheduled", "scheduledString": "every day"}}, {"detail": {"status": "scheduled", "scheduledPeriod": {"start": "2026-08-01", "end": "2026-08-02"}}}]},
    {"resourceType": "Encounter", "id": "stay", "status": "finished", "class": {"code": "IMP"}, "subject": {"reference": f"Patient/{MALI}"}, "length": amount(2, "d"), "serviceProvider": {"reference": f"Organization/{UNIT}"}},
]  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def record(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Written once; nobody changes it."""
    with django_db_blocker.unblock(), rolled_back():
        send("PERSON", {"pid": "1", "name": "มาลี", "sex": "2"})
        keep(*ABOUT_NOBODY, hospcode=None)
        keep({"resourceType": "Organization", "id": UNIT, "name": "หน่วย"}, hospcode=UNIT)
        keep(*OF_MALI, person=person("1"))
        yield


def found(rtype: str, asked: str) -> list[str]:
    """The ids of what a search finds."""
    pairs = [(name, value) for name, _, value in (part.partition("=") for part in asked.split("&") if part)]
    return [r["id"] for r in resources(exchange.search(of_facility(None), rtype, pairs))]


TABLE = [
    # --- number
    ("RiskAssessment", "probability=0.8", "risk", "0.8 means from 0.75 to below 0.85"),
    ("RiskAssessment", "probability=0.80", "risk", "0.80 means from 0.795 to below 0.805"),
    ("RiskAssessment", "probability=0.9", "", "0.9 begins at 0.85"),
    ("RiskAssessment", "probability=gt0.8", "", "gt: the digits asked do not matter"),
    ("RiskAssessment", "probability=ge0.8", "risk", "ge"),
    ("RiskAssessment", "probability=ne0.8", "", "ne"),
    ("RiskAssessment", "probability=ap0.75", "risk", "ap: 10 % of the value"),
    ("RiskAssessment", "probability:missing=false", "risk", ":missing"),
    # --- quantity
    ("Observation", "value-quantity=5.4", "sugar", "no unit: whatever the unit is"),
    ("Observation", "value-quantity=5.4|http://unitsofmeasure.org|mmol/L", "sugar", "number|system|code"),
    ("Observation", "value-quantity=5.40||mmol/L", "sugar", "number||code"),
    ("Observation", "value-quantity=5.3", "", "5.3 ends below 5.35"),
    ("Observation", "value-quantity=5400|http://unitsofmeasure.org|umol/L", "sugar", "ours: units of one kind are converted"),
    ("Observation", "value-quantity=gt69999|http://unitsofmeasure.org|g", "weight", "70 kg is more than 69,999 g"),
    ("Observation", "value-quantity=gt70000|http://unitsofmeasure.org|g", "", "and is not more than 70,000 g"),
    ("Observation", "value-quantity=ge70|http://unitsofmeasure.org|kg", "weight", "ge on the edge"),
    ("Observation", "value-quantity=lt70|http://unitsofmeasure.org|kg", "", "lt on the edge"),
    ("Observation", "value-quantity=70|http://unitsofmeasure.org|g/L", "protein", "7 g/dL is 70 g/L; mass is no concentration"),
    ("Observation", "value-quantity=160||centimetres", "length", "a unit as people read it"),
    ("Observation", "value-quantity=160||cm", "", "which is not its code"),
    ("Observation", "value-quantity=gt100&_sort=_id", "length", "any unit; components are not the value"),
    ("Observation", "combo-value-quantity=gt100&_sort=_id", "length, pressure", "combo: value or component"),
    ("Observation", "component-value-quantity=80||mmHg", "pressure", "a component's unit as people read it"),
    ("Observation", "value-quantity:missing=false", "weight, sugar, protein, length", ":missing"),
    ("Observation", "value-quantity=5.4,7", "sugar, protein", "a comma is OR"),
    ("Substance", "quantity=lt1|http://unitsofmeasure.org|g", "salt", "one of several: 20 mg is below 1 g"),
    ("Substance", "quantity=gt5|http://unitsofmeasure.org|g", "", "5 g is not above 5 g, nor are 20 mg"),
    ("Substance", "quantity=20||mg", "salt", "||code"),
    ("Substance", "quantity=5||mg", "", "number and unit are of one quantity"),
    ("Condition", "abatement-age=50|http://unitsofmeasure.org|a", "both", "an Age"),
    ("Condition", "abatement-age=600|http://unitsofmeasure.org|mo", "both", "in months"),
    ("Encounter", "length=48|http://unitsofmeasure.org|h", "stay", "two days are 48 hours"),
    ("Questionnaire", "context-quantity=ge60|http://unitsofmeasure.org|a", "phq", "a Range: its top"),
    ("Questionnaire", "context-quantity=sa18|http://unitsofmeasure.org|a", "", "sa: the whole range is above"),
    ("Questionnaire", "context-quantity=sa17|http://unitsofmeasure.org|a", "phq", "sa: the whole range is above"),
    # --- date
    ("DiagnosticReport", "date=2026-02-01", "report", "the type's first date"),
    ("DiagnosticReport", "issued=2026-02-02", "report", "its second date: a day in Bangkok"),
    ("DiagnosticReport", "issued=2026-02-01", "", "not the first"),
    ("DiagnosticReport", "issued=ge2026-02-03", "", "ge"),
    ("DiagnosticReport", "issued:missing=false", "report", ":missing"),
    ("Task", "authored-on=2026-07-01", "task", "authored-on"),
    ("Task", "period=gt2026-07-04", "task", "a Period: its end"),
    ("Task", "period=gt2026-07-05", "", "nothing of it lies above"),
    ("Task", "period=sa2026-07-01", "task", "sa: it starts after"),
    ("Task", "period=2026-07-03", "", "eq: the asked day does not contain the period"),
    ("Task", "modified:missing=true", "task", "a date that is not there"),
    ("Condition", "onset-date=2020-01-01", "both", "two dates that share the column: the first"),
    ("Condition", "recorded-date=2021-01-01", "both", "and the second"),
    ("Condition", "recorded-date=2020-01-01", "", "are not confused"),
    ("Condition", "recorded-date:missing=false", "both", "and both are there"),
    ("Observation", "date=gt2026-04-02&_id=when", "when", "a Timing reaches from its first to its last event"),
    ("Observation", "date=2026-04", "when", "and lies in the month"),
    ("Observation", "value-date=2025-12-24", "when", "value[x] as a date"),
    ("MedicationRequest", "authoredon=2026-05-05", "rx", "authoredon"),
    ("MedicationRequest", "date=2026-06-09", "rx", "each event of a Timing that is a list of dates"),
    ("CarePlan", "activity-date=2026-08-01", "", "eq does not contain the period"),
    ("CarePlan", "activity-date=ge2026-08-01", "plan", "a text among dates is passed over"),
    ("Questionnaire", "effective=2025", "phq", "a Period in a year"),
    ("Bundle", "timestamp=2026-05-01T10:00:00Z", "doc-bundle", "an instant"),
    # --- string
    ("Practitioner", "name=สมศรี", "doc", "a HumanName"),
    ("Practitioner", "family=ใจ", "doc", "begins with"),
    ("Practitioner", "name:contains=EXAMPLE", "nurse", ":contains, without regard to case"),
    ("Practitioner", "name:exact=somchai example", "", ":exact minds case"),
    ("Location", "address=10100", "clinic", "any part of an Address"),
    ("Location", "address-city=กรุง", "clinic", "one part"),
    ("Location", "address-city:missing=true", "north", ":missing"),
    ("Observation", "value-string=normal", "note", "value[x] as a text"),
    ("Questionnaire", "title:contains=hq", "phq", "a title"),
    # --- token
    ("Practitioner", "gender=female", "doc", "a code"),
    ("Practitioner", "phone=0-2000", "doc", "a ContactPoint"),
    ("Medication", "code=http://www.nlm.nih.gov/research/umls/rxnorm|860975", "met", "a CodeableConcept"),
    ("Medication", "code=860975", "met", "irrespective of the system"),
    ("Medication", "status=active", "met", "a code"),
    ("Task", "status:not=requested", "", ":not"),
    ("Observation", "method=m1", "protein", "a token that no deposit gives"),
    ("Observation", "method:missing=false", "protein", ":missing"),
    ("Observation", "code:text=ระดับ", "sugar", ":text: the text of the concept begins so"),
    ("Observation", "code:text=display 1558", "sugar", ":text: the display of a coding, without regard to case"),
    ("Observation", "code:text=.*", "", ":text is no pattern"),
    ("MedicationRequest", "identifier:of-type=http://terminology.hl7.org/CodeSystem/v2-0203|PLAC|R1", "rx", ":of-type"),
    ("MedicationRequest", "identifier:of-type=http://terminology.hl7.org/CodeSystem/v2-0203|MR|R1", "", "another type of identifier"),
    ("Condition", "code:below=http://hl7.org/fhir/sid/icd-10|E11", "both", ":below: what the code subsumes"),
    ("Condition", "code:below=E11", "both", "ours: ICD-10 when no system is named"),
    ("Condition", "code:below=http://hl7.org/fhir/sid/icd-10|E10", "", "another category"),
    ("Condition", "code:above=http://hl7.org/fhir/sid/icd-10|E11.9", "both", ":above holds the code itself"),
    ("Condition", "code:in=http://hl7.org/fhir/sid/icd-10?fhir_vs", "both", ":in a value set that is here"),
    ("Observation", "code:not-in=http://loinc.org/vs&_id=note,sugar", "note", ":not-in"),
    ("MessageHeader", "event=http://example.org/event", "msg", "a choice of Coding or uri"),
    ("Observation", "component-value-concept=high", "answers", "a token of a component"),
    ("Observation", "combo-value-concept=http://example.org/codes|high", "answers", "of either"),
    ("Observation", "component-value-concept=http://example.org/other|high", "", "of another system"),
    ("Observation", "component-code-value-concept=q1$high", "answers", "code and concept of one component"),
    ("Observation", "component-code-value-concept=q2$high", "", "of different components"),
    # --- reference
    ("DiagnosticReport", f"patient={MALI}", "report", "whose it is"),
    ("DiagnosticReport", "result=Observation/sugar", "report", "Type/id"),
    ("DiagnosticReport", "result=sugar", "report", "id"),
    ("DiagnosticReport", "result=protein", "report", "a reference to a version is one to the resource"),
    ("DiagnosticReport", "performer:Practitioner=doc", "report", ":[type]"),
    ("DiagnosticReport", "performer:Organization=doc", "", "of another type"),
    ("DiagnosticReport", "results-interpreter=https://other.example/fhir/Practitioner/9", "report", "an address elsewhere"),
    ("DiagnosticReport", "specimen:missing=true", "report", ":missing"),
    ("Observation", "performer=Practitioner/doc", "weight", "somebody else than the sender"),
    ("Observation", f"performer=Organization/{HOSPITAL}", "sugar", "the sender, which a column says"),
    ("Observation", f"performer=Organization/{UNIT}", "protein", "another facility"),
    ("Observation", "performer:missing=true&_sort=_id", "answers, length, note, pressure, when", "the column of the sender is no performer"),
    ("Observation", "focus:identifier=urn:x|77", "note", ":identifier"),
    ("Observation", "focus:identifier=78", "", "another identifier"),
    ("Encounter", f"service-provider={UNIT}", "stay", "a facility that is not the sender"),
    ("Encounter", f"service-provider={HOSPITAL}", "", "the sender gave no service here"),
    ("RiskAssessment", "subject=Group/herd", "risk", "a subject that is no Patient"),
    ("Task", "based-on=urn:uuid:1b7c0d7e-0000-4000-8000-000000000000", "task", "an address that is no URL"),
    ("Bundle", "composition=Composition/inside", "doc-bundle", "the first entry"),
    ("Organization", f"partof={HOSPITAL}", "branch", "a part of"),
    # --- uri
    ("Questionnaire", "url=http://example.org/q/phq9/thai", "phq", "the whole address"),
    ("Questionnaire", "url=http://example.org/q/PHQ9/thai", "", "case and all"),
    ("Questionnaire", "url:below=http://example.org/q/&_sort=_id", "cage, phq", ":below"),
    ("Questionnaire", "url:above=http://example.org/q/phq9/thai/deeper", "phq", ":above"),
    ("Questionnaire", "url:below=http://example.org/q/%", "", "signs of SQL have no meaning"),
    ("NamingSystem", "value=1.2.3", "oid", "a text"),
    # --- composite
    ("Observation", f"code-value-quantity={LOINC}|1558-6$gt5|http://unitsofmeasure.org|mmol/L", "sugar", "of the resource"),
    ("Observation", f"code-value-quantity={LOINC}|29463-7$gt80", "", "the code is there, the number is not"),
    ("Observation", "component-code-value-quantity=8480-6$gt140", "pressure", "of one component"),
    ("Observation", "component-code-value-quantity=8462-4$gt140", "", "code and number of different components"),
    ("Observation", f"component-code-value-quantity={LOINC}|8480-6$ge20|http://unitsofmeasure.org|kPa", "", "150 mmHg is 19.998 kPa"),
    ("Observation", f"component-code-value-quantity={LOINC}|8480-6$ge19.9|http://unitsofmeasure.org|kPa", "pressure", "converted exactly"),
    ("Observation", "combo-code-value-quantity=8480-6$150,29463-7$70&_sort=_id", "pressure, weight", "of either, OR"),
    ("Observation", "code-value-string=note$Normal", "note", "code and text"),
    ("Observation", "code-value-date=when$2025-12-24", "when", "code and date"),
    ("Questionnaire", "context-type-value=focus$dep", "phq", "both of one useContext"),
    ("Questionnaire", "context-type-quantity=age$60||a", "", "eq: a range is not one number"),
    ("Group", "characteristic-value=sex$f", "herd", "both of one characteristic"),
    ("Group", "characteristic-value=sex$m", "", "of different ones"),
    # --- special
    ("Location", "near=13.75|100.51|5|km", "clinic", "within 5 km"),
    ("Location", "near=13.75|100.51|500|m", "", "not within 500 m"),
    ("Location", "near=13.75|100.51|700|km&_sort=_id", "clinic, north", "within 700 km"),
    ("Observation", "_list=favourites&_sort=_id", "note, weight", "what a List names of the type"),
    ("DiagnosticReport", "_list=favourites", "report", "and of another"),
    ("Observation", "_list=no-such", "", "a List that is not there"),
    ("Observation", "_source=urn:suksala:test&_id=note", "note", "where it came from"),
    ("Observation", "_source:below=urn:suksala&_id=note", "note", ":below"),
    ("Observation", "_source=urn:suksala", "", "the whole address"),
    ("Medication", "_tag=http://example.org/tags|teaching", "met", "_tag"),
    ("Medication", "_security=R", "met", "_security"),
    ("Medication", "_profile=http://example.org/profile/medication", "met", "_profile"),
    ("Medication", "_profile:below=http://example.org/profile", "met", "_profile, a uri"),
    ("Medication", "_tag:not=teaching", "", "_tag with :not"),
    ("Practitioner", "_tag:missing=true", "doc, nurse", "_tag with :missing"),
    # --- _filter
    ("Observation", "_filter=value-quantity gt 6|http://unitsofmeasure.org|g/dL", "protein", "a prefix"),
    ("Observation", "_filter=code eq 1558-6 or code eq 29463-7", "sugar, weight", "or"),
    ("Observation", "_filter=code eq 1558-6 or code eq 29463-7 and date ge 2026-01-02", "sugar", "and binds closer than or"),
    ("Observation", "_filter=(code eq 1558-6 or code eq 29463-7) and date le 2026-01-02", "weight", "parentheses"),
    ("Practitioner", "_filter=not (gender eq female)", "nurse", "not"),
    ("Practitioner", '_filter=name co "CHAI EX"', "nurse", "co, quoted"),
    ("Practitioner", '_filter=family eq "ใจ"', "", "eq is the whole text"),
    ("Practitioner", "_filter=family sw ใจ", "doc", "sw"),
    ("Practitioner", "_filter=phone pr true", "doc", "pr"),
    ("DiagnosticReport", "_filter=result.code eq 1558-6", "report", "a chain"),
    ("Condition", "_filter=code ss http://hl7.org/fhir/sid/icd-10|E11", "both", "ss: subsumed by"),
    # --- chains and _has through references that no column holds
    ("DiagnosticReport", "result.code=1558-6", "report", "a chain"),
    ("DiagnosticReport", "result:Observation.value-quantity=gt5.3", "report", "to a quantity"),
    ("DiagnosticReport", "performer:Practitioner.family=ใจงาม", "report", "to one type of several"),
    ("DiagnosticReport", "performer.name=สมศรี", "report", "ours: to any type that answers it"),
    ("MedicationRequest", "medication.code=860975&requester:Practitioner.gender=female", "rx", "two chains"),
    ("Observation", "_has:DiagnosticReport:result:status=final&_sort=_id", "protein, sugar", "_has"),
    ("Practitioner", "_has:Observation:performer:code=29463-7", "doc", "_has of a deposit's type"),
    ("Task", "focus:MedicationRequest.requester:Practitioner.family=ใจงาม", "task", "two hops"),
    ("Observation", "performer:Organization.name=x&_id=weight", "", "the sender of a resource is not its performer"),
]  # fmt: skip


@pytest.mark.parametrize(("rtype", "asked", "expected", "sentence"), TABLE, ids=[f"{t}?{a}" for t, a, _, _ in TABLE])
def test_found(rtype: str, asked: str, expected: str, sentence: str) -> None:
    """Each row finds exactly what it says."""
    wanted = [part.strip() for part in expected.split(",") if part.strip()]
    answer = found(rtype, asked)
    assert sorted(answer) == sorted(wanted), sentence


REFUSED = [
    ("RiskAssessment", "probability=high", "invalid", "not a number"),
    ("RiskAssessment", "probability=NaN", "invalid", "not a number in FHIR"),
    ("RiskAssessment", "probability=1e999", "invalid", "an exponent beyond any measurement"),
    ("Observation", "value-quantity=5.4||", "invalid", "a unit without a code"),
    ("Observation", "value-quantity=5.4|http://unitsofmeasure.org|", "invalid", "a system without a code"),
    ("Observation", "value-quantity=5.4|mg", "invalid", "two parts of three"),
    ("Observation", "code-value-quantity=8480-6", "invalid", "a composite with a part missing"),
    ("Observation", "code-value-quantity=8480-6$", "invalid", "an empty part"),
    ("Observation", "code-value-quantity=8480-6$gt1$2", "invalid", "a part too many"),
    ("Observation", "component-code-value-quantity=8480-6$high", "invalid", "a part of another form"),
    ("Location", "near=13.75", "invalid", "a place is two numbers"),
    ("Location", "near=91|0", "invalid", "no such latitude"),
    ("Location", "near=13|100|5|kg", "invalid", "a distance is a length"),
    ("Medication", "bogus=1", "not-supported", "an unknown parameter"),
    ("Medication", "code:bogus=1", "not-supported", "an unknown modifier"),
    ("Medication", "code:of-type=a|b|c", "not-supported", ":of-type is for identifiers"),
    ("MedicationRequest", "identifier:of-type=a|b", "invalid", ":of-type has three parts"),
    ("Condition", "code:in=http://example.org/private", "not-supported", "a value set that is not here"),
    ("Condition", "code:below=http://loinc.org|1558-6", "not-supported", "a system without a hierarchy"),
    ("DiagnosticReport", "result=Patient/1", "not-supported", "a type that the reference does not lead to"),
    ("DiagnosticReport", "result:Patient=1", "not-supported", "and as a modifier"),
    ("Observation", "_filter=code", "invalid", "a test has three words"),
    ("Observation", "_filter=code eq 1 or", "invalid", "or without a second"),
    ("Observation", "_filter=(code eq 1", "invalid", "not closed"),
    ("Observation", "_filter=code ew 1", "invalid", "ours: no index follows the end of a text"),
    ("Observation", "_filter=bogus eq 1", "not-supported", "an unknown parameter"),
    ("Observation", "_filter=" + "(" * 10 + "code eq 1" + ")" * 10, "too-costly", "nested too deep"),
    ("Observation", "_filter=" + " or ".join(["code eq 1"] * 21), "too-costly", "too many tests"),
    ("Bogus", "code=1", "not-supported", "no type of R4"),
]  # fmt: skip


@pytest.mark.parametrize(("rtype", "asked", "issue", "sentence"), REFUSED, ids=[f"{t}?{a}" for t, a, _, _ in REFUSED])
def test_refused(rtype: str, asked: str, issue: str, sentence: str) -> None:
    """Each row is refused before anything is read, in two languages."""
    with pytest.raises(SearchProblem) as refusal:
        found(rtype, asked)
    assert refusal.value.issue == issue, sentence
    assert refusal.value.th
    assert refusal.value.en


ALONG = [
    ("DiagnosticReport", "_include=DiagnosticReport:result", "report, sugar, protein", "what no column holds"),
    ("DiagnosticReport", "_include=DiagnosticReport:performer:Practitioner", "report, doc", "one type"),
    ("DiagnosticReport", "_include=*", f"report, sugar, protein, doc, {MALI}", "*: every reference"),
    ("MedicationRequest", "_include=MedicationRequest:medication&_include=MedicationRequest:requester", "rx, met, doc", "two"),
    ("Observation", "_id=sugar&_revinclude=DiagnosticReport:result", "sugar, report", "backwards"),
    ("Task", "_include=Task:focus&_include:iterate=MedicationRequest:medication", "task, rx, met", ":iterate"),
    ("Observation", "_id=protein&_include=Observation:performer", f"protein, {UNIT}", "a facility that is not the sender"),
    ("Observation", "_id=sugar&_include=Observation:performer", f"sugar, {HOSPITAL}", "the sender"),
]  # fmt: skip


@pytest.mark.parametrize(("rtype", "asked", "expected", "sentence"), ALONG, ids=[f"{t}?{a}" for t, a, _, _ in ALONG])
def test_brought_along(rtype: str, asked: str, expected: str, sentence: str) -> None:
    """Over references of every type."""
    assert sorted(found(rtype, asked)) == sorted(part.strip() for part in expected.split(",")), sentence


def test_every_expression_of_every_type_compiles() -> None:
    """All of R4: to a walker, to the paths of the database, and the functions that use them."""
    count = 0
    for rtype in resource_types():
        for definition in parameters(rtype).values():
            compile_expression(definition.expression)
            assert json_paths(definition.expression)
            count += 1
        index = indexer(rtype)("x", {})
        assert (index.code, index.date_hi) == (None, None)
        assert not any(index.side or ())
    assert count > 2500


def test_every_type_is_searched_by_every_parameter_of_its_definition() -> None:
    """146 types; only free text is refused, with a sentence of its own."""
    assert len(resource_types()) == 146
    for rtype in STORED:
        assert set(parameters(rtype)) - set(answered(rtype)) == {"_content", "_query"}


def test_a_changed_resource_is_found_by_what_it_says_now() -> None:
    """Rows beside the resource are those of its present version, and go with it."""
    plan = {
        "resourceType": "Substance",
        "id": "changing",
        "instance": [{"expiry": "2027-01-01", "quantity": amount(1, "g")}],
    }
    keep(plan)
    assert found("Substance", "expiry=2027-01-01&_id=changing") == ["changing"]
    keep({**plan, "instance": [{"expiry": "2028-01-01"}]})
    assert found("Substance", "expiry=2027-01-01&_id=changing") == []
    assert found("Substance", "expiry=2028-01-01&quantity:missing=true&_id=changing") == ["changing"]


def test_a_deposit_writes_no_rows_beside_its_resources() -> None:
    """Their parameters are in the columns, so that an import costs what it did (decision 0061)."""
    before = _beside()
    send("SERVICE", {"pid": "1", "seq": "10", "date_serv": "2026-01-05", "sbp": 130, "dbp": 80, "pr": 72})
    send("LABFU", {"pid": "1", "date_serv": "2026-01-05", "labtest": "0531601", "labresult": "7.2", "labnum": 7.2})
    send("DIAGNOSIS_OPD", {"pid": "1", "seq": "10", "date_serv": "2026-01-05", "diagtype": "1", "diagcode": "E119"})
    assert _beside() == before
    assert len(found("Observation", "value-quantity=7.2||%&code=4548-4")) == 1


def _beside() -> list[int]:
    tables = ("resource_span", "resource_quantity", "resource_reference")
    return [database.rows(f"SELECT count(*) FROM {table}")[0][0] for table in tables]
