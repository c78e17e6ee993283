"""Patient/$match: deterministic grades, only what the permit opens (S4.10, issue D deepens it)."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from suksala import signin
from tests.record import HOSPITAL, UNIT, Called
from tests.unit.exchange.test_writing import FHIR, put

pytestmark = pytest.mark.django_db

HN = {"system": "https://terms.sil-th.org/hcode/5/99801/HN", "value": "12345"}
NAME = [{"family": "ใจดี", "given": ["มะลิ"]}]
MALI: dict[str, Any] = {
    "resourceType": "Patient", "id": "mali", "identifier": [HN], "name": NAME, "birthDate": "1970-05-05",
    "gender": "female",
}  # fmt: skip


@pytest.fixture
def token() -> str:
    """A system of the hospital, where one patient is registered."""
    made = signin.issue_token("his", HOSPITAL, ["system/*.cruds"], 30)
    put(made, MALI)
    return made


def match(token: str, patient: dict[str, Any], **more: Any) -> Called:
    """Ask for a match."""
    parts = [{"name": "resource", "resource": {"resourceType": "Patient", **patient}}]
    parts += [{"name": name, **value} for name, value in more.items()]
    body = orjson.dumps({"resourceType": "Parameters", "parameter": parts})
    return Called("POST", "/fhir/Patient/$match", token=token, body=body, **FHIR)


def grades(answer: Called) -> list[str]:
    """The grades of an answer, best first."""
    return [entry["search"]["extension"][0]["valueCode"] for entry in answer.json.get("entry", [])]


ASKED = [
    ({"identifier": [HN]}, ["probable"]),
    ({"identifier": [HN], "birthDate": "1970-05-05"}, ["certain"]),
    ({"identifier": [HN], "birthDate": "1971-05-05"}, ["possible"]),
    ({"name": NAME, "birthDate": "1970-05-05"}, ["probable"]),
    ({"name": NAME, "birthDate": "1970-05-05", "gender": "male"}, []),
    ({"name": [{"family": "ใจดี", "given": ["มาลี"]}], "birthDate": "1970-05-05"}, ["possible"]),
    ({"name": NAME, "birthDate": "1970-05-06"}, []),
    ({"identifier": [{**HN, "value": "1,2|3$"}]}, []),
]


@pytest.mark.parametrize(("patient", "found"), ASKED)
def test_grades(token: str, patient: dict[str, Any], found: list[str]) -> None:
    """A number and a birth date are certain, a name and a birth date probable, less is possible."""
    answer = match(token, patient)
    assert (answer.status, grades(answer)) == (200, found)


def test_only_certain_matches_promise_one_human(token: str) -> None:
    """Two certain ones are none; probable ones are left out."""
    only = {"valueBoolean": True}
    certain = {"identifier": [HN], "birthDate": "1970-05-05"}
    assert grades(match(token, certain, onlyCertainMatches=only)) == ["certain"]
    assert grades(match(token, {"name": NAME, "birthDate": "1970-05-05"}, onlyCertainMatches=only)) == []
    put(token, {**MALI, "id": "twin"})
    assert grades(match(token, certain)) == ["certain", "certain"]
    assert grades(match(token, certain, onlyCertainMatches=only)) == []
    assert grades(match(token, certain, count={"valueInteger": 1})) == ["certain"]


def test_another_facility_finds_nobody(token: str) -> None:
    """What it may not see is not there."""
    other = signin.issue_token("unit", UNIT, ["system/*.cruds"], 30)
    assert match(other, {"identifier": [HN]}).json == {"resourceType": "Bundle", "type": "searchset", "total": 0}


@pytest.mark.parametrize("patient", [{}, {"name": NAME}, {"birthDate": "1970-05-05"}, {"identifier": [{"value": "1"}]}])
def test_too_little_said(token: str, patient: dict[str, Any]) -> None:
    """400 with a sentence: a search for everybody is no match."""
    answer = match(token, patient)
    assert (answer.status, answer.issue) == (400, "required")


def test_not_a_patient_or_a_bad_count(token: str) -> None:
    """Refused."""
    for body in (b"", b"{}", b'{"resourceType":"Observation"}', b"[1]"):
        assert Called("POST", "/fhir/Patient/$match", token=token, body=body, **FHIR).status == 400
    assert match(token, {"identifier": [HN]}, count={"valueInteger": 0}).status == 400
    assert Called("GET", "/fhir/Patient/$match", token=token).status == 405
