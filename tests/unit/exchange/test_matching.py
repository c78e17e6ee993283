"""Patient/$match: grades by numbers, names and weights, only what the permit opens (S4.10; issue D, point 6)."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from suksala import audit, identity, signin
from suksala.foundation import database
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


PARAMETERS = [
    ([{"name": "onlyCertainMatch", "valueBoolean": True}], "not-supported"),  # misspelt: it would be taken for not said
    ([{"name": "count", "valueInteger": 1}, {"name": "count", "valueInteger": 2}], "not-supported"),
    ([{"name": "resource", "resource": {"resourceType": "Patient"}}], "not-supported"),
    ([{"name": "onlyCertainMatches", "valueString": "true"}], "invalid"),
    ([{"name": "onlySingleMatch", "valueInteger": 1}], "invalid"),
    ([{"name": "count", "valueInteger": True}], "invalid"),
    ([{"name": "count", "valueString": "3"}], "invalid"),
    ([{"name": ["count"], "valueInteger": 3}], "not-supported"),
    (["nonsense"], "not-supported"),
]


@pytest.mark.parametrize(("more", "issue"), PARAMETERS)
def test_a_parameter_that_is_not_understood(token: str, more: list[Any], issue: str) -> None:
    """Refused, and nobody was looked at."""
    before = len(list(audit.facts("read")))
    parts = [{"name": "resource", "resource": {"resourceType": "Patient", "identifier": [HN]}}, *more]
    body = orjson.dumps({"resourceType": "Parameters", "parameter": parts})
    answer = Called("POST", "/fhir/Patient/$match", token=token, body=body, **FHIR)
    assert (answer.status, answer.issue, len(list(audit.facts("read")))) == (400, issue, before)


@pytest.mark.parametrize("asked", ["count=1", "onlyCertainMatches=true", "_format=xml", "_summary=true"])
def test_the_address_takes_no_parameter_but_the_format(token: str, asked: str) -> None:
    body = orjson.dumps({"resourceType": "Patient", "identifier": [HN]})
    answer = Called("POST", f"/fhir/Patient/$match?{asked}", token=token, body=body, **FHIR)
    assert (answer.status, answer.issue) == (400, "not-supported")
    pretty = Called("POST", "/fhir/Patient/$match?_format=json&_pretty=true", token=token, body=body, **FHIR)
    assert (pretty.status, pretty.raw[:2]) == (200, b"{\n")


ILL_SHAPED: list[dict[str, Any]] = [
    {"gender": ["female"]},
    {"gender": {"x": 1}},
    {"birthDate": 19700505},
    {"birthDate": ["1970-05-05"]},
    {"name": "ใจดี"},
    {"name": [{"family": ["ใจดี"]}]},
    {"name": [{"given": "มะลิ"}]},
    {"telecom": [{"system": 1, "value": 2}]},
    {"telecom": "08"},
    {"address": [[]]},
    {"extension": {"url": 3}},
    {"identifier": {"system": "x"}},
    {"identifier": [HN, {"system": 1, "value": 2}]},
    {"deceasedBoolean": "yes"},
]


@pytest.mark.parametrize("wrong", ILL_SHAPED, ids=str)
def test_what_is_not_shaped_as_a_patient(token: str, wrong: dict[str, Any]) -> None:
    """Every fault with its place, never a failure; nobody was looked at."""
    before = len(list(audit.facts("read")))
    answer = match(token, {**MALI, **wrong})
    assert (answer.status, len(list(audit.facts("read")))) == (422, before)
    assert answer.json["issue"][0]["expression"][0].startswith("Patient.")


# Impossible, out of range, no date, or a date of another form. A year and a month alone are dates of FHIR.
NO_DATES = ["1990-02-30", "1990-13", "1990-00-01", "0000-01-01", "1990-1-1", "19900101", "1990-01-01T00:00:00Z",
            "1990-01-01 ", "ge1970", "1970-05-05,1970-05-06", "๑๙๙๐-๐๑-๐๑", ""]  # fmt: skip


@pytest.mark.parametrize("birth", NO_DATES)
def test_an_impossible_birth_date_is_told(token: str, birth: str) -> None:
    """Of what is looked for, and of what is to be kept: 422 at its place, and nothing was read or kept."""
    before = len(list(audit.facts("read")))
    answers = [
        match(token, {**MALI, "birthDate": birth}),
        put(token, {**MALI, "id": "second", "birthDate": birth}),
        Called("POST", "/fhir/Patient", token=token, body=orjson.dumps({**MALI, "birthDate": birth}), **FHIR),
        put(token, {"resourceType": "Patient", "id": "third", "birthDate": birth}),
    ]
    assert [(a.status, a.json["issue"][0]["expression"]) for a in answers] == [(422, ["Patient.birthDate"])] * 4
    assert {a.json["issue"][0]["details"]["coding"][0]["code"] for a in answers} == {"SKL-FHIR-422"}
    assert len(list(audit.facts("read"))) == before
    assert database.rows("SELECT count(*) FROM locator WHERE rid IN ('second', 'third')") == [(0,)]
    assert len(identity.memberships()) == 1


@pytest.mark.parametrize("birth", ["1970", "1970-05"])
def test_a_year_or_a_month_is_a_birth_date(token: str, birth: str) -> None:
    """It is kept, found, and compared as far as it goes."""
    assert put(token, {**MALI, "id": "second", "birthDate": birth}).status == 201
    assert match(token, {**MALI, "birthDate": birth}).status == 200


def test_a_name_of_which_an_extension_alone_tells(token: str) -> None:
    """A null in a list of names, titles or lines, as FHIR writes it: kept, and compared by what is there."""
    absent = {
        "extension": [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}]
    }
    known = {"family": "ใจดี", "given": [None, "มะลิ"], "_given": [absent, None], "prefix": [None], "_prefix": [absent]}
    asked = {**MALI, "name": [known], "address": [{"line": [None], "_line": [absent]}]}
    assert put(token, {**asked, "id": "second"}).status == 201
    assert grades(match(token, {"name": [known], "birthDate": "1970-05-05"})) == ["probable", "probable"]


def test_at_most_ten_identifiers(token: str) -> None:
    numbers = [{**HN, "value": str(n)} for n in range(11)]
    assert (match(token, {"identifier": numbers}).status, match(token, {"identifier": numbers[:10]}).status) == (
        400,
        200,
    )


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

    def test_who_has_no_family_name_is_found(self, token: str) -> None:
        """A worker from Myanmar: a given name, a birth date and a telephone are -16 + 10 + 10 + 10 + 1 bits."""
        phone = [{"system": "phone", "value": "0890012457"}]
        aung = {"name": [{"given": ["AUNG"]}], "birthDate": "1990-03-04", "gender": "male", "telecom": phone}
        put(token, {"resourceType": "Patient", "id": "aung", **aung})
        [entry] = match(token, aung).json["entry"]
        assert (entry["resource"]["id"], grades_of(entry)) == ("aung", "certain")
        assert match(token, {"name": aung["name"], "telecom": phone}).status == 200
        assert match(token, {"name": aung["name"]}).issue == "required"

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
