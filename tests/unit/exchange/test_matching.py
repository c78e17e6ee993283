"""Patient/$match: grades by numbers, names and weights, only what the permit opens (S4.10; issue D, point 6)."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from suksala import signin
from tests.matching import approve_model
from tests.people import number
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
    return [grades_of(entry) for entry in answer.json.get("entry", [])]


def grades_of(entry: dict[str, Any]) -> str:
    """The grade of one entry."""
    return str(entry["search"]["extension"][0]["valueCode"])


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


class TestByThePersonIndex:
    """What is found by the number and by weight, with the made-up model of tests.matching."""

    @pytest.fixture(autouse=True)
    def model(self) -> None:
        """The made-up model, approved."""
        approve_model()

    def test_the_score_is_the_probability_of_its_bits(self, token: str) -> None:
        """-16 bits before, 10 each for given and family name and birth date, 1 for the sex: 15."""
        [entry] = match(token, {"name": NAME, "birthDate": "1970-05-05", "gender": "female"}).json["entry"]
        assert (grades_of(entry), entry["search"]["score"]) == ("certain", round(1 / (1 + 2**-15), 6))
        assert entry["resource"]["id"] == "mali"

    def test_another_spelling_is_found(self, token: str) -> None:
        """A search by family name and birth date finds nobody; the keys of the index do: -16 + 10 + 5 + 10 + 1."""
        [entry] = match(
            token, {"name": [{"family": "ใจดีย์", "given": ["มะลิ"]}], "birthDate": "1970-05-05", "gender": "female"}
        ).json["entry"]
        assert entry["resource"]["id"] == "mali"

    def test_a_national_number_is_certain_by_the_guard_only(self, token: str) -> None:
        """With the name of somebody else it is somebody's question whose card it was."""
        cid = [{"system": "https://terms.sil-th.org/id/th-cid", "value": number(1)}]
        put(token, {**MALI, "identifier": cid})
        assert grades(match(token, {"identifier": cid, "name": NAME})) == ["certain"]
        other = {"identifier": cid, "name": [{"family": "รักไทย", "given": ["อารี"]}], "birthDate": "1950-01-02"}
        assert grades(match(token, other)) == ["probable"]

    def test_one_entry_for_a_human_of_two_registrations(self, token: str) -> None:
        """The better of the two."""
        put(token, {**MALI, "id": "again", "telecom": [{"system": "phone", "value": "0890012457"}]})
        described = {
            "name": NAME,
            "birthDate": "1970-05-05",
            "gender": "female",
            "telecom": [{"system": "phone", "value": "0890012457"}],
        }
        [entry] = match(token, described).json["entry"]
        assert entry["resource"]["id"] == "again"

    def test_only_the_best_where_one_is_asked_for(self, token: str) -> None:
        """Two humans may be it; onlySingleMatch tells the first."""
        twin = {**MALI, "id": "twin", "name": [{"family": "ใจดี", "given": ["อารี"]}]}
        del twin["identifier"]
        assert put(token, twin).status == 201
        described = {"name": NAME, "birthDate": "1970-05-05", "identifier": [HN]}
        assert grades(match(token, described)) == ["certain", "possible"]
        assert grades(match(token, described, onlySingleMatch={"valueBoolean": True})) == ["certain"]

    def test_what_another_facility_registered_changes_no_byte(self, token: str) -> None:
        """Neither as a candidate nor as one that is nearly as likely."""
        described = {"name": NAME, "birthDate": "1970-05-05", "gender": "female"}
        before = match(token, described).raw
        other = signin.issue_token("unit", UNIT, ["system/*.cruds"], 30)
        made = put(other, {**MALI, "id": "theirs", "telecom": [{"system": "phone", "value": "0890012457"}]})
        assert made.status == 201
        assert match(token, described).raw == before

    @pytest.mark.parametrize(
        "patient", [{"identifier": [HN], "name": "x"}, {"identifier": [HN], "address": 1, "telecom": "y"}]
    )
    def test_a_description_of_odd_shape_is_no_failure(self, token: str, patient: dict[str, Any]) -> None:
        assert match(token, patient).status == 200
