"""The demo's visit of a sensitive class: what a consent with it opens, and one without it does not. All made up."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Collection
from datetime import date, timedelta
from pathlib import Path
from typing import Any

AGO = timedelta(days=45)
ICD10 = "http://hl7.org/fhir/sid/icd-10"


def make_visit(login: str, avoiding: Collection[str] = ()) -> str | None:
    """Let a facility that knows a demo citizen send a visit for depression; again sends the same.

    avoiding  facilities that do not send it while another knows the citizen: those of whom the demo can be
    Returns the facility (HOSPCODE), None when none that knows the citizen has a Patient.
    """
    from suksala import consent, exchange, identity, signin
    from suksala.foundation import clock

    citizen = signin.demo_account(login)
    permit = consent.permit_for_own_record(citizen, citizen.person, clock.now())
    known = identity.registrations(list(permit.persons or ()))
    for registration in sorted(known, key=lambda r: (r.hospcode in avoiding, r.hospcode, r.person)):
        patient = exchange.patient_id_of(permit, registration.person)
        if patient is not None:
            _send(_visit(patient, registration.hospcode, clock.today() - AGO), registration.hospcode)
            return registration.hospcode
    return None


def _visit(patient: str, hospcode: str, day: date) -> list[dict[str, Any]]:
    """A visit, why, and what was given: the diagnosis makes all of it a matter of mental health."""
    subject = {"reference": f"Patient/{patient}"}
    rid = f"demo-visit-{hospcode}"
    visit = {"reference": f"Encounter/{rid}"}
    ward = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"}
    why = {"coding": [{"system": ICD10, "code": "F32.1"}], "text": "โรคซึมเศร้า ระดับปานกลาง (สมมติ)"}
    given = {"text": "SERTRALINE 50 mg tab (สมมติ)"}
    facility = {"reference": f"Organization/{hospcode}"}
    active = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "active"}]}
    return [
        {"resourceType": "Encounter", "id": rid, "status": "finished", "class": ward, "subject": subject,
         "period": {"start": day.isoformat(), "end": day.isoformat()}, "serviceProvider": facility},
        {"resourceType": "Condition", "id": f"demo-condition-{hospcode}", "clinicalStatus": active, "code": why,
         "subject": subject, "encounter": visit, "recordedDate": day.isoformat()},
        {"resourceType": "MedicationDispense", "id": f"demo-medicine-{hospcode}", "status": "completed",
         "subject": subject, "medicationCodeableConcept": given, "context": visit, "whenHandedOver": day.isoformat()},
    ]  # fmt: skip


def _send(resources: list[dict[str, Any]], hospcode: str) -> None:
    from suksala import exchange

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "visit.ndjson"
        path.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in resources), encoding="utf-8")
        exchange.load_file(path, sender=hospcode)
