"""$validate as clients meet it: 200 and an OperationOutcome, whatever the resource; nothing is kept or logged."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from suksala import signin
from suksala.exchange.models import Resource
from tests.record import HOSPITAL, Called, reads_logged

pytestmark = pytest.mark.django_db

JSON = {"CONTENT_TYPE": "application/fhir+json"}
PATIENT: dict[str, Any] = {"resourceType": "Patient", "id": "a", "name": [{"text": "สมหญิง ทดสอบ"}]}
GOAL: list[tuple[str, str | None]] = [("error", f"Goal.{x}") for x in ("description", "lifecycleStatus", "subject")]
WRONG = {**PATIENT, "gender": "woman"}


@pytest.fixture
def token() -> str:
    """A system that may read; $validate asks no more."""
    return signin.issue_token("his", HOSPITAL, ["system/*.rs"], 30)


def posted(token: str, target: str, body: object) -> Called:
    """One call with a JSON body."""
    return Called("POST", target, token=token, body=orjson.dumps(body), **JSON)


def parameters(resource: object, **others: str) -> dict[str, Any]:
    """The same in a Parameters resource."""
    more = [{"name": name, "valueCode": value} for name, value in others.items()]
    return {"resourceType": "Parameters", "parameter": [{"name": "resource", "resource": resource}, *more]}


@pytest.mark.parametrize(
    ("target", "body", "expected"),
    [
        ("/fhir/Patient/$validate", PATIENT, [("information", None)]),
        ("/fhir/$validate", PATIENT, [("information", None)]),
        ("/fhir/Patient/$validate", WRONG, [("error", "Patient.gender")]),
        ("/fhir/Patient/$validate", parameters(WRONG), [("error", "Patient.gender")]),
        ("/fhir/$validate", parameters(PATIENT, mode="update"), [("information", None)]),
        ("/fhir/$validate?mode=update", {"resourceType": "Patient"}, [("error", "id")]),
        ("/fhir/$validate", {"resourceType": "Patient"}, [("information", None)]),
        ("/fhir/Observation/$validate", PATIENT, [("error", "Observation.resourceType")]),
        ("/fhir/Parameters/$validate", {"resourceType": "Parameters"}, [("information", None)]),  # itself
        ("/fhir/Goal/$validate", {"resourceType": "Goal"}, GOAL),
        ("/fhir/Patient/$validate", [1], [("error", "Patient")]),
    ],
)  # fmt: skip
def test_what_is_answered(token: str, target: str, body: object, expected: list[tuple[str, str | None]]) -> None:
    """By address or in Parameters, of any R4 type."""
    before = Resource.objects.count()
    answer = posted(token, target, body)
    assert (answer.status, answer.json["resourceType"]) == (200, "OperationOutcome")
    assert [(i["severity"], i.get("expression", [None])[0]) for i in answer.json["issue"]] == expected
    assert (Resource.objects.count(), reads_logged()) == (before, 0)


def test_an_issue_has_a_code_and_both_languages(token: str) -> None:
    """And no value from the resource."""
    [issue] = posted(token, "/fhir/Patient/$validate", WRONG).json["issue"]
    assert issue == {
        "severity": "error",
        "code": "code-invalid",
        "details": {
            "coding": [{"system": "urn:suksala:problem", "code": "binding"}],
            "text": "ต้องเป็นรหัสหนึ่งใน: female male other unknown · must be one of: female male other unknown",
        },
        "expression": ["Patient.gender"],
    }


@pytest.mark.parametrize(
    ("target", "body", "status", "issue"),
    [
        ("/fhir/Patient/$validate", b"{", 400, "structure"),
        ("/fhir/Patient/$validate", b"", 400, "structure"),
        ("/fhir/Patient/$validate?mode=delete", b"{}", 400, "not-supported"),
        ("/fhir/Patient/$validate?mode=create&mode=update", b"{}", 400, "not-supported"),
        ("/fhir/Patient/$validate?mode=profile", b"{}", 400, "required"),
        ("/fhir/Patient/$validate?bogus=1", b"{}", 400, "not-supported"),
        ("/fhir/$validate", b'{"resourceType":"Parameters"}', 400, "required"),
        ("/fhir/$validate", orjson.dumps(parameters(PATIENT, bogus="1")), 400, "not-supported"),
        ("/fhir/Human/$validate", b"{}", 404, "not-supported"),
        ("/fhir/Patient/a/$validate", b"{}", 404, "not-supported"),
    ],
)
def test_refusals(token: str, target: str, body: bytes, status: int, issue: str) -> None:
    """What cannot be asked."""
    answer = Called("POST", target, token=token, body=body, **JSON)
    assert (answer.status, answer.issue) == (status, issue)


def test_the_door(token: str) -> None:
    """A token, POST, JSON, a sane size."""
    assert Called("POST", "/fhir/$validate", body=b"{}", **JSON).status == 401
    assert Called("GET", "/fhir/$validate", token=token).status == 405
    assert Called("POST", "/fhir/$validate", token=token, body=b"{}", CONTENT_TYPE="text/plain").status == 415
    assert Called("POST", "/fhir/$validate", token=token, body=b" " * (16 * 1024 * 1024 + 1), **JSON).status == 413
