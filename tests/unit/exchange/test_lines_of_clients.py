"""The timeline of what clients wrote: whatever R4 allows has a line, and no page fails on what is left out."""

from __future__ import annotations

from typing import Any

import pytest

from suksala import exchange, signin
from suksala.foundation import database
from tests.record import HOSPITAL, permit
from tests.unit.exchange.test_writing import MALI, put

pytestmark = pytest.mark.django_db

ABOUT = {"subject": {"reference": "Patient/mali"}}
PATIENT = {"patient": {"reference": "Patient/mali"}}
LOINC = {"coding": [{"system": "http://loinc.org", "code": "4548-4"}]}
AMBULATORY = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"}
RESULT = {"resourceType": "Observation", "status": "final", **ABOUT}
DISPENSE = {"resourceType": "MedicationDispense", "status": "completed", **ABOUT}
ACTIVE = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical", "code": "active"}]}
VACCINE = {"resourceType": "Immunization", "status": "completed", "vaccineCode": {"text": "วัคซีน"}, **PATIENT}
LINES: list[tuple[dict[str, Any], tuple[str, str, str, str]]] = [
    ({**RESULT, "code": {"text": "ค่า"}}, ("lab", "ค่า", "", "")),
    ({**RESULT, "code": LOINC, "valueQuantity": {"unit": "%"}}, ("lab", "4548-4", "%", "")),
    ({**RESULT, "code": LOINC, "effectivePeriod": {"start": "2026-01-02"}}, ("lab", "4548-4", "", "2026-01-02")),
    ({"resourceType": "Condition", **ABOUT}, ("diagnosis", "", "", "")),
    ({"resourceType": "Condition", "code": {"text": "ไข้"}, **ABOUT}, ("diagnosis", "ไข้", "", "")),
    ({**DISPENSE, "medicationReference": {"display": "ยา ก"}}, ("drug", "ยา ก", "", "")),
    ({"resourceType": "Procedure", "status": "completed", **ABOUT}, ("procedure", "", "", "")),
    ({"resourceType": "AllergyIntolerance", "clinicalStatus": ACTIVE, **PATIENT}, ("allergy", "", "", "")),
    ({**VACCINE, "occurrenceString": "ตอนเด็ก"}, ("vaccine", "วัคซีน", "", "")),
    ({"resourceType": "Encounter", "status": "finished", "class": AMBULATORY, **ABOUT}, ("visit", "ผู้ป่วยนอก", "", "")),
]


@pytest.mark.parametrize(("resource", "line"), LINES)
def test_a_line_of_what_a_client_wrote(resource: dict[str, Any], line: tuple[str, str, str, str]) -> None:
    """Kind, Thai title, value, date."""
    token = signin.issue_token("his", HOSPITAL, ["system/*.cruds"], 30)
    put(token, MALI)
    answer = put(token, {**resource, "id": "x"})
    assert answer.status == 201, answer.raw
    [(person,)] = database.rows("SELECT person FROM locator WHERE rid = 'mali'")
    [entry] = exchange.timeline(permit(person))
    assert (entry.kind, entry.title_th, entry.value, entry.date) == line
