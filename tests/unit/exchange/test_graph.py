"""GraphQL over FHIR: what a query gets, what it may cost, and that no other right or log is passed by (S4.23; 0083)."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlencode

import orjson
import psycopg
import pytest

from suksala import audit, signin
from suksala.exchange import graph, service
from suksala.exchange.mapping.base import patient_id
from tests.record import HOSPITAL, UNIT, Called, send
from tests.unit.exchange.test_writing import put

pytestmark = pytest.mark.django_db

MALI, FAR = patient_id(HOSPITAL, "1"), patient_id(UNIT, "9")
PATIENT = {
    "resourceType": "Patient",
    "id": "nok",
    "active": True,
    "name": [
        {"use": "official", "family": "ใจดี", "given": ["นก", "น้อย"]},
        {"use": "nickname", "given": ["นก"]},
        {"use": "old", "family": "ใจงาม", "given": ["นก"]},
    ],
    "birthDate": "1970-05-05",
    "_birthDate": {"extension": [{"url": "urn:x", "valueDateTime": "1970-05-05T10:00:00+07:00"}]},
}
WEIGHT = {
    "resourceType": "Observation",
    "id": "w1",
    "status": "final",
    "code": {"coding": [{"system": "http://loinc.org", "code": "29463-7"}]},
    "subject": {"reference": "Patient/nok"},
    "effectiveDateTime": "2026-01-05",
    "valueQuantity": {"value": 70.50, "unit": "kg", "system": "http://unitsofmeasure.org", "code": "kg"},
}


@pytest.fixture
def token() -> str:
    """A system of the hospital with a patient and three weights; the unit has another patient."""
    send("PERSON", {"pid": "1", "name": "มาลี", "birth": "1970-05-05"})
    send("PERSON", {"pid": "9", "name": "ชัย"}, hospcode=UNIT)
    token = signin.issue_token("his", HOSPITAL, ["system/*.cruds"], 30)
    put(token, PATIENT)
    for number in (1, 2, 3):
        put(token, {**WEIGHT, "id": f"w{number}", "effectiveDateTime": f"2026-01-0{number}"})
    return token


def ask(token: str, query: str, place: str = "", **variables: Any) -> Called:
    """POST a query as JSON."""
    body = orjson.dumps({"query": query, "variables": variables})
    return Called("POST", f"/fhir/{place}$graphql", token=token, body=body, CONTENT_TYPE="application/json")


def data(token: str, query: str, place: str = "", **variables: Any) -> Any:
    """What a query gets."""
    answer = ask(token, query, place, **variables)
    assert answer.status == 200, answer.raw.decode()
    return answer.json["data"]


NOK = "Patient/nok/"
OFFICIAL = {"family": "ใจดี", "given": ["นก", "น้อย"]}
GETS: list[tuple[str, str, Any]] = [
    (NOK, "{ active birthDate }", {"active": True, "birthDate": "1970-05-05"}),
    (NOK, "{ name(use: official) { family given } }", {"name": [OFFICIAL]}),
    (NOK, '{ name(use: "official", family: "nobody") { family } }', {"name": []}),
    (NOK, "{ name(_offset: 1, _count: 1) { use } }", {"name": [{"use": "nickname"}]}),
    (NOK, "{ name(_offset: 9) { use } }", {"name": []}),
    (NOK, "{ n: name(use: nickname) { family } }", {"n": [{"family": None}]}),
    (NOK, "{ _birthDate { extension { url valueDateTime } } }", {"_birthDate": PATIENT["_birthDate"]}),
    (NOK, "{ photo { url } deceasedBoolean }", {"photo": None, "deceasedBoolean": None}),
    (NOK, "{ ...F } fragment F on Patient { resourceType id }", {"resourceType": "Patient", "id": "nok"}),
    (NOK, "query($w: Boolean!) { id active @include(if: $w) birthDate @skip(if: true) }", {"id": "nok"}),
    ("Observation/w1/", "{ valueQuantity { value unit } }", {"valueQuantity": {"value": 70.5, "unit": "kg"}}),
    (
        "Observation/w1/",
        "{ subject { reference resource { __typename id ... on Patient { birthDate } ... on Group { quantity } } } }",
        {
            "subject": {
                "reference": "Patient/nok",
                "resource": {"__typename": "Patient", "id": "nok", "birthDate": "1970-05-05"},
            }
        },
    ),
    (
        "Observation/w1/",
        "{ subject { resource { id resourceType } } }",
        {"subject": {"resource": {"id": "nok", "resourceType": "Patient"}}},
    ),
    ("Observation/w1/", "{ subject { resource(type: Group) { id } } }", {"subject": {"resource": None}}),
    (
        NOK,
        "{ ObservationList(_reference: subject, _sort: date) { id } }",
        {"ObservationList": [{"id": f"w{n}"} for n in (1, 2, 3)]},
    ),
    ("", "{ Patient(id: nok) { id } }", {"Patient": {"id": "nok"}}),
    ("", '{ ObservationList(patient: nok, date: [ge2026-01-03, "2026-01-01"]) { id } }', None),
    ("", '{ ObservationList(code: "4548-4") { id } }', {"ObservationList": []}),
    ("", '{ ObservationList(_filter: "date ge 2026-01-03") { id } }', {"ObservationList": [{"id": "w3"}]}),
    ("", '{ ObservationList(_count: 1, _sort: "-date") { id } }', {"ObservationList": [{"id": "w3"}]}),
    (
        "",
        "{ ObservationConnection(patient: nok) { count edges { mode resource { id } } next } }",
        {
            "ObservationConnection": {
                "count": 3,
                "edges": [{"mode": "match", "resource": {"id": f"w{n}"}} for n in (3, 2, 1)],
                "next": None,
            }
        },
    ),
]


@pytest.mark.parametrize(("place", "query", "expected"), GETS)
def test_what_a_query_gets(token: str, place: str, query: str, expected: Any) -> None:
    """Elements by their JSON names, chosen among many; references; lists forwards and backwards; pages."""
    if expected is None:  # a value with a prefix needs quotation marks in GraphQL
        query = query.replace("ge2026-01-03", '"ge2026-01-03"')
        expected = {"ObservationList": [{"id": "w3"}, {"id": "w1"}]}
    variables = {"w": False} if "$w" in query else {}
    assert data(token, query, place, **variables) == expected


def test_digits_are_kept(token: str) -> None:
    """70.50 is not 70.5."""
    raw = Called(
        "PUT", "/fhir/Observation/w1", token=token, CONTENT_TYPE="application/fhir+json",
        body=orjson.dumps(WEIGHT).replace(b"70.5", b"70.50"),
    )  # fmt: skip
    assert raw.status == 200
    assert b"70.50" in ask(token, "{ valueQuantity { value } }", "Observation/w1/").raw


def test_the_next_page_is_a_cursor(token: str) -> None:
    """It holds the search, and stands alone, at the root only."""
    query = "{ ObservationConnection(patient: nok, _count: 2) { pagesize next edges { resource { id } } } }"
    first = data(token, query)["ObservationConnection"]
    query = "query($c: Word) { ObservationConnection(_cursor: $c) { next edges { resource { id } } } }"
    second = data(token, query, c=first["next"])["ObservationConnection"]
    assert [edge["resource"]["id"] for page in (first, second) for edge in page["edges"]] == ["w3", "w2", "w1"]
    assert (first["pagesize"], second["next"]) == (2, None)
    for bad in ("AAAA", "ก", "e30="):
        assert ask(token, query, c=bad).status == 400
    assert ask(token, query.replace("$c)", "$c, patient: nok)"), c=first["next"]).status == 400
    assert ask(token, "{ ObservationConnection(_reference: subject, _cursor: x) { next } }", NOK).status == 400


def test_how_a_query_is_sent(token: str) -> None:
    """In the address, as a body of GraphQL, or as JSON; the answer is JSON, not FHIR."""
    query = "query Q($id: Word!) { Patient(id: $id) { id } } query R { PatientList { id } }"
    which = {"operationName": "Q", "variables": '{"id": "nok"}'}
    alone, whole = urlencode(which), urlencode({"query": query, **which})
    kind = {"CONTENT_TYPE": "application/graphql"}
    for answer in (
        Called("GET", f"/fhir/$graphql?{whole}", token=token),
        Called("POST", f"/fhir/$graphql?{alone}", token=token, body=query.encode(), **kind),
    ):
        assert (answer.status, answer.headers["Content-Type"]) == (200, "application/json")
        assert answer.json == {"data": {"Patient": {"id": "nok"}}}
    assert Called("GET", f"/fhir/{NOK}$graphql?query={quote('{id}')}", token=token).json["data"] == {"id": "nok"}


REFUSED = [
    ("{", 400, "invalid"),
    ("", 400, "required"),
    ("{ nonsense }", 400, "invalid"),
    ("{ PatientList { nonsense } }", 400, "invalid"),
    ("{ PatientList(nonsense: 1) { id } }", 400, "invalid"),
    ("{ PatientList { id @flatten } }", 400, "invalid"),
    ("mutation { PatientDelete(id: nok) { id } }", 400, "invalid"),
    ("subscription { Patient(id: nok) { id } }", 400, "invalid"),
    ("{ __schema { types { name } } }", 400, "not-supported"),
    ('{ PatientList(birthdate: "nonsense") { id } }', 400, "invalid"),
    ("{ Patient(id: nobody) { id } }", 404, "not-found"),
    ("{ ...F } fragment F on Query { ...F }", 400, "invalid"),
    ("{ PatientList { name(_offset: -1) { use } } }", 400, "invalid"),
    ("query($a: Word!) { Patient(id: $a) { id } }", 400, "invalid"),
]


@pytest.mark.parametrize(("query", "status", "issue"), REFUSED)
def test_what_is_refused(token: str, query: str, status: int, issue: str) -> None:
    """No data, a message, and an OperationOutcome in extensions, as the specification says."""
    answer = ask(token, query)
    [error] = [answer.json["errors"][0]] if "errors" in answer.json else [{}]
    if not query:  # not yet GraphQL: an OperationOutcome as of any operation
        assert (answer.status, answer.issue) == (status, issue)
        return
    [told] = error["extensions"]["resource"]["issue"]
    assert (answer.status, answer.json["data"], told["code"]) == (status, None, issue)
    assert error["message"]


def test_a_reference_that_cannot_be_had(token: str) -> None:
    """Refuses the query, unless it may be empty; hidden and absent are answered alike, byte for byte."""
    answers = []
    for number, target in enumerate((FAR, "nobody")):
        basic = {
            "resourceType": "Basic",
            "id": f"b{number}",
            "code": {"text": "x"},
            "subject": {"reference": f"Patient/{target}"},
        }
        put(signin.issue_token(f"lenient{number}", HOSPITAL, ["system/*.cruds"], 30, lenient=True), basic)
        asked = ask(token, "{ subject { resource { id } } }", f"Basic/b{number}/")
        answers.append((asked.status, asked.raw))
        assert data(token, "{ subject { resource(optional: true) { id } } }", f"Basic/b{number}/") == {
            "subject": {"resource": None}
        }
    assert answers[0] == answers[1]
    assert answers[0][0] == 400


def test_hidden_and_absent_are_alike(token: str) -> None:
    """A patient of another facility is not there: read, at the instance, in a list."""
    for query, place in (
        ("{ Patient(id: ID) { id } }", ""),
        ("{ id }", "Patient/ID/"),
        ("{ PatientList(_id: ID) { id } }", ""),
    ):
        hidden, absent = (
            ask(token, query.replace("ID", f'"{rid}"'), place.replace("ID", rid)) for rid in (FAR, "nobody")
        )
        assert (hidden.status, hidden.raw) == (absent.status, absent.raw)


def test_the_scopes_of_the_token(token: str) -> None:
    """r to read, s to search, of each type that the query touches."""
    narrow = signin.issue_token("narrow", HOSPITAL, ["system/Patient.r", "system/Observation.s"], 30)
    assert data(narrow, "{ Patient(id: nok) { id } ObservationList { id } }")["Patient"] == {"id": "nok"}
    for query, place in (
        ("{ PatientList { id } }", ""),
        ("{ Observation(id: w1) { id } }", ""),
        ("{ id }", "Observation/w1/"),
        ("{ ConditionList(_reference: subject) { id } }", NOK),
        ('{ ObservationList(_filter: "patient.name eq x") { id } }', ""),
        ("{ ObservationList { subject { resource { ... on Device { id } } } } GroupList { id } }", ""),
    ):
        assert ask(narrow, query, place).status == 403, query
    assert Called("POST", "/fhir/$graphql", body=b"{id}").status == 401


def test_what_is_read_is_in_the_log(token: str) -> None:
    """Each read and each search as over REST; a refused query shows what it read before."""
    data(token, "{ Patient(id: nok) { id } ObservationList(patient: nok) { subject { resource { id } } } }")
    found = [(fact.rtype, fact.rid) for fact in audit.facts("read") if fact.rtype]
    assert found == [("Patient", "nok"), ("Observation", None), *[("Patient", "nok")] * 3]
    assert {fact.actor for fact in audit.facts("read")} == {"client:his"}


LIMITS = [
    ("MOST_SEARCHES", 1, "{ a: PatientList { id } b: PatientList { id } }", 2),
    ("MOST_RESOURCES", 4, "{ ObservationList(patient: nok) { subject { resource { id } } } }", 6),
    ("MOST_VALUES", 5, "{ ObservationList(patient: nok) { id status } }", 6),
    ("MOST_DEPTH", 3, "{ ObservationList(patient: nok) { code { coding { code } } } }", 4),
    (
        "MOST_DEPTH",
        2,
        "{ ...A } fragment A on Query { PatientList { ...B } } fragment B on Patient { name { use } }",
        3,
    ),
    ("MOST_TYPES", 1, "{ PatientList { id } GroupConnection { next } }", 2),
    ("MOST_SECONDS", -1.0, "{ PatientList { id } }", 20.0),
    ("LIST_MOST", 2, "{ ObservationList(patient: nok) { id } }", 3),
]


@pytest.mark.parametrize(("limit", "less", "query", "enough"), LIMITS)
def test_what_a_query_may_cost(
    token: str, monkeypatch: pytest.MonkeyPatch, limit: str, less: float, query: str, enough: float
) -> None:
    """Searches, resources, elements, depth; a list is whole or refused. Both edges."""
    monkeypatch.setattr(graph, limit, enough)
    assert ask(token, query).status == 200
    monkeypatch.setattr(graph, limit, less)
    answer = ask(token, query)
    assert (answer.status, answer.json["data"]) == (400, None)
    assert answer.json["errors"][0]["extensions"]["resource"]["issue"][0]["code"] == "too-costly"


def test_a_query_of_too_many_words(token: str) -> None:
    """Aliases and fragments multiply nothing: the words of a query are bounded, and each fragment is looked at once."""
    many = " ".join(f"a{n}: id" for n in range(350))
    assert ask(token, f"{{ PatientList {{ {many} }} }}").status == 400
    doubling = " ".join(f"fragment F{n} on Patient {{ ...F{n + 1} ...F{n + 1} }}" for n in range(50))
    assert ask(token, f"{{ PatientList {{ ...F0 }} }} {doubling} fragment F50 on Patient {{ id }}").status == 200


def test_a_failure_of_the_server_is_not_the_querys(token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """503 with Retry-After while the database is away, as over REST; nothing of the failure is told."""

    def away(*_: Any, **__: Any) -> bytes:
        raise psycopg.OperationalError("secret")

    monkeypatch.setattr(service, "search", away)
    answer = ask(token, "{ PatientList { id } }")
    assert (answer.status, "Retry-After" in answer.headers, b"secret" in answer.raw) == (503, True, False)
