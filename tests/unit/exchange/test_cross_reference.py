"""Patient/$ihe-pix: identifiers of one human in other domains (IHE PIXm ITI-83; issue D, point 6)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

import orjson
import pytest

from suksala import audit, identity, signin
from suksala.exchange.cross_reference import HUMAN
from tests.people import events, number
from tests.record import HOSPITAL, UNIT, Called
from tests.unit.exchange.test_writing import FHIR

GUIDE = Path(__file__).parents[3] / "docs/how-to/ask-who-somebody-is.md"
pytestmark = pytest.mark.django_db

CID = "https://terms.sil-th.org/id/th-cid"
HN = "https://terms.sil-th.org/hcode/5/{}/HN"


@pytest.fixture
def exchange_wide() -> str:
    """A system of the exchange itself: every registration is open to it."""
    return signin.issue_token("mpi", None, ["system/*.cruds"], 30)


def registered(hospcode: str, hn: str, **changes: Any) -> str:
    """Mali as a facility's own system feeds her, by her HN (ITI-104); the id of the Patient."""
    token = signin.issue_token(f"his-{hospcode}", hospcode, ["system/*.cruds"], 30)
    system = HN.format(hospcode)
    body = {
        "resourceType": "Patient",
        "identifier": [{"system": system, "value": hn}, {"system": CID, "value": number(1)}],
        "name": [{"family": "ใจดี", "given": ["มาลี"]}],
        "birthDate": "1970-05-05",
        **changes,
    }
    made = Called(
        "PUT", f"/fhir/Patient?identifier={quote(f'{system}|{hn}')}", token=token, body=orjson.dumps(body), **FHIR
    )
    assert made.status in (200, 201)
    return str(made.json["id"])


def asked(token: str, system: str, value: str, *targets: str) -> Called:
    """Ask for the other identifiers of one."""
    wanted = "".join(f"&targetSystem={quote(target)}" for target in targets)
    return Called("GET", f"/fhir/Patient/$ihe-pix?sourceIdentifier={quote(f'{system}|{value}')}{wanted}", token=token)


def told(answer: Called) -> list[str]:
    """What an answer tells: identifiers as system|value, Patients as their address."""
    found = []
    for part in answer.json.get("parameter", []):
        one = part.get("valueIdentifier")
        found.append(f"{one['system']}|{one['value']}" if one else part["valueReference"]["reference"])
    return found


def outside_id(*, hospcode: str = HOSPITAL) -> str:
    """The id of the human of the only registration of a facility."""
    [own] = [row for row in identity.memberships().to_pylist() if row["hospcode"] == hospcode]
    return identity.public_id(own["human"])


def test_the_identifiers_of_one_human_in_every_domain(exchange_wide: str) -> None:
    here, there = registered(HOSPITAL, "1"), registered(UNIT, "A7")
    answer = asked(exchange_wide, HN.format(HOSPITAL), "1")
    expected = {f"{HUMAN}|{outside_id()}", f"{CID}|{number(1)}", f"{HN.format(UNIT)}|A7"}
    assert (answer.status, set(told(answer))) == (200, expected | {f"Patient/{here}", f"Patient/{there}"})
    assert len(told(answer)) == 5


def test_one_domain_that_is_asked_for(exchange_wide: str) -> None:
    """And an empty answer for a domain in which the human has none."""
    registered(HOSPITAL, "1")
    there = registered(UNIT, "A7")
    assert told(asked(exchange_wide, CID, number(1), HN.format(UNIT))) == [f"Patient/{there}", f"{HN.format(UNIT)}|A7"]
    assert told(asked(exchange_wide, CID, number(1), HUMAN)) == [f"{HUMAN}|{outside_id()}"]
    answer = asked(exchange_wide, CID, number(1), HN.format("99803"))
    assert (answer.status, answer.json.get("parameter")) == (200, None)


def test_an_old_id_of_the_exchange_answers_with_the_present_one(exchange_wide: str) -> None:
    """Before the two were one human each had an id of its own; the younger one's leads on, until they part again."""
    registered(HOSPITAL, "1")
    registered(UNIT, "A7", identifier=[{"system": HN.format(UNIT), "value": "A7"}])
    present, old = outside_id(), outside_id(hospcode=UNIT)
    assert present != old
    registered(UNIT, "A7")
    assert told(asked(exchange_wide, HUMAN, old, HUMAN)) == [f"{HUMAN}|{present}"]
    assert told(asked(exchange_wide, HUMAN, present, HUMAN)) == []
    identity.undo(events()[-1], actor="account:steward")
    assert told(asked(exchange_wide, HUMAN, old, HUMAN)) == []
    assert told(asked(exchange_wide, HUMAN, old, HN.format(UNIT)))[1:] == [f"{HN.format(UNIT)}|A7"]


def test_a_facility_is_told_of_its_own_registrations_only() -> None:
    """Another's number, and one of nobody, are one answer, byte for byte."""
    own = registered(HOSPITAL, "1")
    registered(UNIT, "A7")
    his = signin.issue_token("his", HOSPITAL, ["system/Patient.rs"], 30)
    expected = {f"Patient/{own}", f"{HUMAN}|{outside_id()}", f"{CID}|{number(1)}"}
    assert set(told(asked(his, HN.format(HOSPITAL), "1"))) == expected
    hidden, nobody = asked(his, HN.format(UNIT), "A7"), asked(his, HN.format(UNIT), "A8")
    assert (hidden.status, hidden.issue) == (404, "not-found")
    assert hidden.raw == nobody.raw
    assert asked(his, HUMAN, identity.public_id(4711)).raw == nobody.raw
    assert asked(his, HUMAN, "nonsense").raw == nobody.raw


def test_an_identifier_of_two_humans_names_nobody(exchange_wide: str) -> None:
    registered(HOSPITAL, "1")
    registered(UNIT, "A7", birthDate="1950-01-02", name=[{"family": "รักไทย", "given": ["อารี"]}])
    answer = asked(exchange_wide, CID, number(1))
    assert (answer.status, answer.issue) == (409, "multiple-matches")


def test_whose_identifiers_were_told_is_in_the_log(exchange_wide: str) -> None:
    registered(HOSPITAL, "1")
    registered(UNIT, "A7")
    asked(exchange_wide, HN.format(HOSPITAL), "1")
    [mine] = [row["person"] for row in identity.memberships().to_pylist() if row["hospcode"] == UNIT]
    assert [fact.actor for fact in audit.facts("read") if fact.person == mine] == ["client:mpi"]


WRONG = [
    ("", "code-invalid"),
    ("sourceIdentifier=1", "code-invalid"),
    ("sourceIdentifier=|1", "code-invalid"),
    ("sourceIdentifier=x|", "code-invalid"),
    ("sourceIdentifier=x|1&sourceIdentifier=x|2", "code-invalid"),
    ("sourceIdentifier=x|1&name=y", "not-supported"),
]


@pytest.mark.parametrize(("query", "issue"), WRONG)
def test_a_question_that_cannot_be_answered(exchange_wide: str, query: str, issue: str) -> None:
    answer = Called("GET", f"/fhir/Patient/$ihe-pix?{query}", token=exchange_wide)
    assert (answer.status, answer.issue) == (400, issue)


def test_the_feed_makes_and_then_updates_one_patient() -> None:
    """ITI-104: 201, then 200 for the same identifier, and the index follows what it says now."""
    first = registered(HOSPITAL, "1")
    assert registered(HOSPITAL, "1", birthDate="1971-05-05") == first
    [own] = identity.registrations([row["person"] for row in identity.memberships().to_pylist()])
    assert str(own.birth) == "1971-05-05"


@pytest.mark.parametrize("kind", ["replaced-by", "replaces"])
def test_a_feed_joins_nobody_by_a_link(kind: str) -> None:
    """Refused, and nothing of it was kept; a link that only points elsewhere is taken."""
    other = registered(HOSPITAL, "1")
    token = signin.issue_token("his", HOSPITAL, ["system/*.cruds"], 30)
    body = {
        "resourceType": "Patient",
        "id": "second",
        "link": [{"other": {"reference": f"Patient/{other}"}, "type": kind}],
    }
    answer = Called("PUT", "/fhir/Patient/second", token=token, body=orjson.dumps(body), **FHIR)
    assert (answer.status, answer.issue) == (422, "business-rule")
    assert Called("GET", "/fhir/Patient/second", token=token).status == 404
    assert len(identity.memberships()) == 1
    body["link"] = [{"other": {"reference": f"Patient/{other}"}, "type": "seealso"}]
    assert Called("PUT", "/fhir/Patient/second", token=token, body=orjson.dumps(body), **FHIR).status == 201


def test_the_questions_of_the_guide_are_answered(exchange_wide: str) -> None:
    """docs/how-to/ask-who-somebody-is.md, as they are printed."""
    registered(HOSPITAL, "12345")
    shown = re.findall(r"^GET (/fhir/\S+)$", GUIDE.read_text(encoding="utf-8"), re.MULTILINE)
    answers = [Called("GET", address, token=exchange_wide) for address in shown]
    assert [answer.status for answer in answers] == [200, 200]
    assert all(told(answer) for answer in answers)
    [posted] = re.findall(r"```json\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    found = Called("POST", "/fhir/Patient/$match", token=exchange_wide, body=posted.encode(), **FHIR)
    assert [entry["search"]["extension"][0]["valueCode"] for entry in found.json["entry"]] == ["probable"]


def test_the_operations_are_told_to_programs() -> None:
    """In the CapabilityStatement and in OpenAPI, with what $ihe-pix takes."""
    rest = Called("GET", "/fhir/metadata").json["rest"][0]["resource"]
    [patient] = [one for one in rest if one["type"] == "Patient"]
    assert {"match", "ihe-pix"} <= {one["name"] for one in patient["operation"]}
    described = Called("GET", "/fhir/openapi.json?_type=Patient").json["paths"]["/Patient/$ihe-pix"]["get"]
    assert [one["name"] for one in described["parameters"]] == ["sourceIdentifier", "targetSystem"]


def test_the_scope_to_search_patients_is_needed() -> None:
    other = signin.issue_token("lab", HOSPITAL, ["system/Observation.rs"], 30)
    assert asked(other, CID, number(1)).status == 403
    assert Called("POST", "/fhir/Patient/$ihe-pix", token=other, body=b"{}", **FHIR).status == 403
    assert Called("PUT", "/fhir/Patient/$ihe-pix", token=other, body=b"{}", **FHIR).status in (404, 405)


def posted(token: str, *parts: Any, **headers: str) -> Called:
    """Ask by POST, so that no number stands in an address."""
    body = orjson.dumps({"resourceType": "Parameters", "parameter": list(parts)})
    return Called("POST", "/fhir/Patient/$ihe-pix", token=token, body=body, **{**FHIR, **headers})


SOURCE = {"name": "sourceIdentifier", "valueString": f"{CID}|{number(1)}"}


def test_it_is_asked_by_post_as_by_get(exchange_wide: str) -> None:
    registered(HOSPITAL, "1")
    registered(UNIT, "A7")
    assert posted(exchange_wide, SOURCE).raw == asked(exchange_wide, CID, number(1)).raw
    wanted = [{"name": "targetSystem", "valueUri": system} for system in (HUMAN, HN.format(UNIT))]
    by_get = asked(exchange_wide, CID, number(1), HUMAN, HN.format(UNIT))
    assert posted(exchange_wide, SOURCE, *wanted).raw == by_get.raw
    assert len(told(by_get)) == 3


POSTED_WRONG = [
    ([], {}, 400, "code-invalid"),
    ([SOURCE, SOURCE], {}, 400, "code-invalid"),
    ([{"name": "sourceIdentifier", "valueBoolean": True}], {}, 400, "invalid"),
    ([{"name": "sourceIdentifier", "valueString": 1}], {}, 400, "invalid"),
    ([{"name": "sourceIdentifier"}], {}, 400, "invalid"),
    ([SOURCE, {"name": "count", "valueString": "1"}], {}, 400, "not-supported"),
    (["nonsense"], {}, 400, "invalid"),
    ([SOURCE], {"CONTENT_TYPE": "text/plain"}, 415, "not-supported"),
]


@pytest.mark.parametrize(("parts", "headers", "status", "issue"), POSTED_WRONG)
def test_what_is_posted_wrongly(
    exchange_wide: str, parts: list[Any], headers: dict[str, str], status: int, issue: str
) -> None:
    """Refused before anything is read."""
    registered(HOSPITAL, "1")
    before = len(list(audit.facts("read")))
    answer = posted(exchange_wide, *parts, **headers)
    assert (answer.status, answer.issue) == (status, issue)
    assert len(list(audit.facts("read"))) == before


def test_only_the_exchange_names_its_humans(exchange_wide: str) -> None:
    """A feed that bears an id of another human, or an old one of its own, misleads nobody."""
    registered(UNIT, "A7")
    others = outside_id(hospcode=UNIT)
    lie = [{"system": HN.format(HOSPITAL), "value": "1"}, {"system": HUMAN, "value": others}]
    registered(HOSPITAL, "1", identifier=lie)
    assert told(asked(exchange_wide, HN.format(HOSPITAL), "1", HUMAN)) == [f"{HUMAN}|{outside_id()}"]
    assert others != outside_id()
    by_id = told(asked(exchange_wide, HUMAN, others))
    assert f"{HN.format(HOSPITAL)}|1" not in by_id
    assert f"{HN.format(UNIT)}|A7" in by_id


def test_who_asks_for_an_id_of_nobody_is_in_the_log() -> None:
    """As who asks for a number of nobody."""
    his = signin.issue_token("his", HOSPITAL, ["system/Patient.rs"], 30)
    for system, value in ((HUMAN, identity.public_id(4711)), (HUMAN, "nonsense"), (CID, number(2))):
        assert asked(his, system, value).status == 404
    assert [(fact.actor, fact.person) for fact in audit.facts("read")] == [("client:his", None)] * 3
