"""Search parameters of the operator's own: defined over FHIR, indexed at once and backwards, retired, refused when they
could not be answered right (S4.23). Made-up people.

Source: FHIR R4 SearchParameter; decision 0074.
"""

# ruff: noqa: E501 - a row of a table reads best on one line

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from suksala import exchange, signin
from suksala.exchange import own_parameters, parameter_storage, reindexing
from suksala.exchange.writes import WriteProblem
from suksala.foundation import database
from tests.record import HOSPITAL, Called, person, send

pytestmark = pytest.mark.django_db

FHIR = {"CONTENT_TYPE": "application/fhir+json"}
RACE = "http://example.org/fhir/StructureDefinition/blood-donor"


@pytest.fixture(autouse=True)
def _look_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reindexing, "LOOK_SECONDS", -1.0)
    monkeypatch.setattr(parameter_storage, "LOOK_SECONDS", -1.0)


@pytest.fixture(autouse=True)
def _forget() -> Iterator[None]:
    """What a test put to work is rolled back in the database; this process forgets it too."""
    yield
    own_parameters.install(0, [])


@pytest.fixture
def admin() -> str:
    """A system of the exchange itself."""
    return signin.issue_token("admin", None, ["system/*.cruds"], 30)


@pytest.fixture
def hospital() -> str:
    """A system of a hospital."""
    return signin.issue_token("his", HOSPITAL, ["system/*.cruds"], 30)


def parameter(code: str = "blood-donor", **more: Any) -> dict[str, Any]:
    """A SearchParameter over an extension of Patient."""
    return {
        "resourceType": "SearchParameter",
        "id": code,
        "url": f"http://example.org/fhir/SearchParameter/{code}",
        "name": "Own",
        "status": "active",
        "description": "made up",
        "code": code,
        "base": ["Patient"],
        "type": "token",
        "expression": f"Patient.extension('{RACE}').value.ofType(CodeableConcept)",
        **more,
    }


def put(resource: dict[str, Any], token: str, method: str = "PUT") -> Called:
    """Write it."""
    return Called(
        method,
        f"/fhir/{resource['resourceType']}/{resource['id']}",
        token=token,
        body=orjson.dumps(resource) if method == "PUT" else b"",
        **FHIR,
    )


def patient(rid: str, code: str, **more: Any) -> dict[str, Any]:
    """A Patient with the extension."""
    value = {"coding": [{"system": "http://example.org/donor", "code": code}]}
    return {
        "resourceType": "Patient",
        "id": rid,
        "extension": [{"url": RACE, "valueCodeableConcept": value}],
        **more,
    }


def found(target: str, token: str) -> tuple[list[str], list[str]]:
    """Ids that are found, and codes of what is told beside them."""
    answer = Called("GET", f"/fhir/{target}", token=token)
    if answer.status != 200:
        return [], [str(answer.status)]
    entries = answer.json.get("entry", [])
    told = [
        e["resource"]["issue"][0]["details"]["coding"][0]["code"] for e in entries if e["search"]["mode"] == "outcome"
    ]
    return sorted(e["resource"]["id"] for e in entries if e["search"]["mode"] == "match"), told


def test_what_is_written_after_it_is_found_at_once_and_the_rest_when_the_walk_is_done(
    admin: str, hospital: str
) -> None:
    """Until then every search of its types says that it may lack something; searches of other types do not."""
    assert put(patient("before", "yes"), hospital).status == 201
    assert found("Patient?blood-donor=yes", hospital) == ([], ["400"])
    assert put(parameter(), admin).status == 201
    assert found("Patient?blood-donor=yes", hospital) == ([], ["SKL-FHIR-207"])
    assert put(patient("after", "yes"), hospital).status == 201
    assert found("Patient?blood-donor=yes", hospital) == (["after"], ["SKL-FHIR-207"])
    assert found("Practitioner", hospital) == ([], [])
    reindexing.run()
    assert found("Patient?blood-donor=yes", hospital) == (["after", "before"], [])
    assert found("Patient?blood-donor=http://example.org/donor|yes", hospital) == (["after", "before"], [])
    assert found("Patient?blood-donor:not=yes", hospital) == ([], [])
    assert found("Patient?blood-donor=no", hospital) == ([], [])


def test_a_walk_that_is_killed_goes_on(admin: str, hospital: str) -> None:
    """Each step keeps its place; only resources of the parameter's types are walked."""
    person("1")
    send("SERVICE", *({"pid": "1", "seq": str(n), "date_serv": "2026-01-01"} for n in range(3)))
    for n in range(5):
        put(patient(f"p{n}", "yes"), hospital)
    put(parameter(), admin)
    assert reindexing.step(2)
    assert exchange.index_state() == (2, False)
    exchange.keep_index()  # a restart
    while reindexing.step(2):
        pass
    assert exchange.index_state() == (5, True)
    assert found("Patient?blood-donor=yes", hospital) == ([f"p{n}" for n in range(5)], [])


def test_a_second_parameter_begins_the_walk_again_for_both(admin: str, hospital: str) -> None:
    """What the first walk had done is done again, for the second needs it."""
    put(patient("a", "yes", active=True, name=[{"text": "ก", "use": "nickname"}]), hospital)
    put(parameter(), admin)
    assert reindexing.step(1)
    put(parameter("nickname", type="string", expression="Patient.name.where(use='nickname').text"), admin)
    assert exchange.index_state() == (0, False)
    reindexing.run()
    assert found("Patient?nickname=ก&blood-donor=yes", hospital) == (["a"], [])


KINDS: list[tuple[str, str, dict[str, Any], str, str]] = [
    ("string", "Patient.contact.name", {"contact": [{"name": {"family": "ใจดี"}}]}, "ใจ", "ไม่"),
    ("date", "Patient.contact.period", {"contact": [{"name": {"text": "x"}, "period": {"start": "2026-01-01"}}]}, "ge2026", "lt2026"),
    ("number", "Patient.multipleBirth.ofType(integer)", {"multipleBirthInteger": 2}, "gt1", "gt2"),
    ("reference", "Patient.contact.organization", {"contact": [{"organization": {"reference": "Organization/x"}}]}, "Organization/x", "Organization/y"),
    ("uri", "Patient.photo.url", {"photo": [{"url": "http://example.org/a"}]}, "http://example.org/a", "http://example.org/b"),
    ("token", "(Patient.multipleBirth as boolean)", {"multipleBirthBoolean": True}, "true", "false"),
    ("quantity", "Patient.extension.where(url='urn:w').value.ofType(Quantity)", {"extension": [{"url": "urn:w", "valueQuantity": {"value": 3, "system": "http://unitsofmeasure.org", "code": "kg"}}]}, "3000|http://unitsofmeasure.org|g", "3|http://unitsofmeasure.org|g"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "expression", "content", "hit", "miss"), KINDS, ids=[row[0] for row in KINDS])
def test_every_kind(kind: str, expression: str, content: dict[str, Any], hit: str, miss: str, admin: str) -> None:
    """Its values are indexed and searched as those of R4's own."""
    more = {"target": ["Organization"]} if kind == "reference" else {}
    assert put(parameter("own", type=kind, expression=expression, **more), admin).status == 201
    put({"resourceType": "Patient", "id": "a", **content}, admin)
    reindexing.run()
    assert found(f"Patient?own={hit}", admin) == (["a"], [])
    assert found(f"Patient?own={miss}", admin) == ([], [])
    assert found("Patient?own:missing=false&_sort=-own", admin) == (["a"], [])


def test_a_composite_of_one_element(admin: str) -> None:
    """Both parts are of one and the same contact."""
    parts = [
        {"definition": "urn:a", "expression": "relationship"},
        {"definition": "urn:b", "expression": "organization"},
    ]
    own = parameter("contact-of", type="composite", expression="Patient.contact", component=parts)
    assert put(own, admin).status == 201
    contact = {"relationship": [{"coding": [{"code": "N"}]}], "organization": {"reference": "Organization/x"}}
    other = {"relationship": [{"coding": [{"code": "E"}]}], "organization": {"reference": "Organization/y"}}
    put({"resourceType": "Patient", "id": "a", "contact": [contact, other]}, admin)
    reindexing.run()
    assert found("Patient?contact-of=N$Organization/x", admin) == (["a"], [])
    assert found("Patient?contact-of=N$Organization/y", admin) == ([], [])


def test_several_types_chains_and_what_comes_along(admin: str) -> None:
    """One parameter of two types; a reference of it is followed like any other."""
    own = parameter(
        "helper",
        base=["Patient", "Person"],
        type="reference",
        target=["Practitioner"],
        expression="Patient.extension('urn:h').value.ofType(Reference) | Person.extension('urn:h').value.ofType(Reference)",
    )
    assert put(own, admin).status == 201
    put({"resourceType": "Practitioner", "id": "doc", "gender": "female"}, admin)
    leads = {"extension": [{"url": "urn:h", "valueReference": {"reference": "Practitioner/doc"}}]}
    put({"resourceType": "Patient", "id": "a", **leads}, admin)
    put({"resourceType": "Person", "id": "b", **leads}, admin)
    assert found("Patient?helper.gender=female", admin)[0] == ["a"]
    assert found("Person?helper.gender=female", admin)[0] == ["b"]
    assert found("Practitioner?_has:Patient:helper:_id=a", admin)[0] == ["doc"]
    entries = Called("GET", "/fhir/Patient?_include=Patient:helper", token=admin).json["entry"]
    assert [e["resource"]["id"] for e in entries if e["search"]["mode"] == "include"] == ["doc"]


def test_it_is_printed(admin: str) -> None:
    """In the CapabilityStatement with its url, and in the OpenAPI description; not after it is retired."""

    def told() -> list[Any]:
        rest = Called("GET", "/fhir/metadata").json["rest"][0]["resource"]
        [of_patient] = [found for found in rest if found["type"] == "Patient"]
        described = Called("GET", "/fhir/openapi.json?_type=Patient").json["paths"]["/Patient"]["get"]["parameters"]
        return [
            *(p["definition"] for p in of_patient["searchParam"] if p["name"] == "blood-donor"),
            *(p["name"] for p in described if p.get("name") == "blood-donor"),
        ]

    assert told() == []
    put(parameter(), admin)
    assert told() == [parameter()["url"], "blood-donor"]
    put(parameter(status="retired"), admin)
    assert told() == []


ENDS = [("PUT", {"status": "retired"}), ("PUT", {"status": "draft"}), ("DELETE", {})]


@pytest.mark.parametrize(("method", "change"), ENDS, ids=["retired", "draft", "deleted"])
def test_it_ends_cleanly(method: str, change: dict[str, Any], admin: str, hospital: str) -> None:
    """It is unknown again, and what was kept for it is taken away by the walk that begins."""
    put(patient("a", "yes"), hospital)
    before = database.rows("SELECT id, toks FROM resource WHERE rid = 'a'")
    put(parameter(), admin)
    reindexing.run()
    assert database.rows("SELECT id, toks FROM resource WHERE rid = 'a'") != before
    assert put(parameter(**change), admin, method).status in (200, 204)
    assert found("Patient?blood-donor=yes", hospital) == ([], ["400"])
    assert found("Patient", hospital) == (["a"], ["SKL-FHIR-207"])
    reindexing.run()
    assert database.rows("SELECT id, toks FROM resource WHERE rid = 'a'") == before
    assert found("Patient", hospital) == (["a"], [])


def test_the_same_again_begins_nothing(admin: str) -> None:
    """An update that changes nothing is no new generation."""
    put(parameter(), admin)
    reindexing.run()
    generation = own_parameters.generation()
    assert put(parameter(), admin).status == 200
    assert exchange.index_state().ready
    assert database.rows("SELECT generation FROM reindex") == [(generation,)]


def test_a_name_keeps_its_number(admin: str) -> None:
    """Rows of a former parameter are never taken for those of another."""
    numbers = []
    for code, status in (
        ("one", "active"),
        ("two", "active"),
        ("one", "retired"),
        ("three", "active"),
        ("one", "active"),
    ):
        put(parameter(code, type="string", expression="Patient.name.text", status=status), admin)
        numbers.append(database.rows("SELECT number FROM search_parameter WHERE code = %s", [code])[0][0])
    assert numbers == [10_000, 10_001, 10_000, 10_002, 10_000]


REFUSED = [
    ({"code": "_own"}, "SearchParameter.code", "a letter"),
    ({"code": "own:x"}, "SearchParameter.code", "a letter"),
    ({"code": "birthdate"}, "SearchParameter.code", "already"),
    ({"url": "own"}, "SearchParameter.url", "absolute"),
    ({"type": "special"}, "SearchParameter.type", "composite"),
    ({"base": ["Resource"]}, "SearchParameter.base", "concrete"),
    ({"expression": "Patient.nickname"}, "SearchParameter.expression", "no element nickname"),
    ({"expression": "Observation.code"}, "SearchParameter.expression", "begins with a type of base"),
    ({"expression": "Patient.extension.value"}, "SearchParameter.expression", "ofType"),
    ({"expression": "Patient.name.given.first()"}, "SearchParameter.expression", "made of"),
    ({"expression": "Patient.name.where(given.exists()).family"}, "SearchParameter.expression", "made of"),
    ({"expression": "Patient.name.where(use='a|b').family"}, "SearchParameter.expression", "no | in a literal"),
    ({"expression": "Patient." + "name." * 500 + "text"}, "SearchParameter.expression", "characters"),
    ({"expression": "Patient.name["}, "SearchParameter.expression", "FHIRPath"),
    ({"expression": "Patient.birthDate"}, "SearchParameter.type", "token reads"),
    ({"type": "date"}, "SearchParameter.type", "date reads"),
    ({"type": "reference", "expression": "Patient.managingOrganization"}, "SearchParameter.target", "target"),
    ({"type": "composite", "expression": "Patient.contact"}, "SearchParameter.component", "components"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "path", "word"), REFUSED, ids=[str(row[0])[:40] for row in REFUSED])
def test_what_could_not_be_answered_right_is_refused(change: dict[str, Any], path: str, word: str, admin: str) -> None:
    """In Thai and English, with the place; nothing is kept and no walk begins."""
    answer = put({**parameter(), **change}, admin)
    issue = answer.json["issue"][0]
    assert (answer.status, issue["expression"]) == (422, [path])
    assert word in issue["details"]["text"]
    assert database.rows("SELECT count(*) FROM resource") == [(0,)]
    assert database.rows("SELECT count(*) FROM search_parameter") == [(0,)]
    assert exchange.index_state() == (0, True)


def test_two_in_force_are_not_confused(admin: str) -> None:
    """Neither by url nor by name of one type; the same name of another type is another parameter."""
    put(parameter(), admin)
    same_url = {**parameter(), "id": "second", "code": "other"}
    same_code = {**parameter(), "id": "second", "url": "urn:second"}
    of_other = {**same_code, "base": ["Person"], "expression": f"Person.extension('{RACE}').value.ofType(Coding)"}
    assert [put(p, admin).status for p in (same_url, same_code, of_other)] == [422, 422, 201]
    both = [{"resource": {**parameter("twice"), "id": rid, "url": f"urn:{rid}"}, "request": {"method": "PUT", "url": f"SearchParameter/{rid}"}} for rid in ("x", "y")]  # fmt: skip
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": both}
    assert Called("POST", "/fhir", token=admin, body=orjson.dumps(bundle), **FHIR).status == 422
    assert [row.rid for row in exchange.list_search_parameters()] == ["blood-donor", "second"]


def test_only_a_system_of_the_exchange_changes_what_is_searched_by(admin: str, hospital: str) -> None:
    """A hospital may keep a draft, which changes nothing, and may not touch what is in force."""
    assert put(parameter(), hospital).status == 403
    assert put(parameter("draft", status="draft"), hospital).status == 201
    assert found("Patient?draft=x", hospital) == ([], ["400"])
    assert put(parameter("draft"), hospital).status == 403
    put(parameter(), admin)
    assert put(parameter(status="draft"), hospital).status in (403, 409)
    assert put(parameter(), hospital, "DELETE").status in (403, 404)
    assert [(row.rid, row.active) for row in exchange.list_search_parameters()] == [("blood-donor", True)]
    reader = signin.issue_token("reader", None, ["system/*.rs"], 30)
    assert put(parameter("third"), reader).status == 403


def test_it_asks_only_about_what_may_be_seen(admin: str, hospital: str) -> None:
    """A parameter of the operator's stands under the permit like every other."""
    put(parameter(), admin)
    put(patient("hidden", "yes"), signin.issue_token("other", "10954", ["system/*.cruds"], 30))
    reindexing.run()
    assert found("Patient?blood-donor=yes", hospital) == ([], [])
    assert found("Patient?blood-donor=yes", admin) == (["hidden"], [])


def test_another_process_follows(admin: str, hospital: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that knows an older generation asks again before it refuses a name, and before it writes anything."""
    put(parameter(), admin)
    monkeypatch.setattr(parameter_storage, "LOOK_SECONDS", 3600.0)
    parameter_storage.look(now=True)
    own_parameters.install(0, [])
    assert put(patient("a", "yes"), hospital).status == 201  # indexed by the parameters of now
    own_parameters.install(0, [])
    assert found("Patient?blood-donor=yes", hospital)[0] == ["a"]


def test_what_was_encoded_by_older_parameters_is_encoded_again(admin: str) -> None:
    """A deposit maps ahead in another thread; a parameter that came meanwhile counts all the same."""
    from suksala.exchange.domain import Draft
    from suksala.exchange.storage import Batch, Item
    from suksala.foundation import clock

    batch = Batch(None, clock.now())
    content = {key: value for key, value in patient("a", "yes").items() if key not in ("resourceType", "id")}
    batch.add(Item(0, Draft("Patient", "a", content), "urn:suksala:test"))
    batch.encode()
    put(parameter(), admin)
    with database.transaction():
        batch.write()
    assert found("Patient?blood-donor=yes", admin)[0] == ["a"]


def test_one_that_a_release_cannot_read_is_left_out(admin: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The others are answered."""
    put(parameter(), admin)
    put(parameter("nickname", type="string", expression="Patient.name.text"), admin)
    database.execute(
        "UPDATE resource SET body = convert_to(replace(convert_from(body, 'UTF8'), 'Patient.name.t', 'Patient.n'), 'UTF8')"
    )
    own_parameters.install(-1, [])
    assert found("Patient?nickname=x", admin)[1] == ["400"]
    assert found("Patient?blood-donor=x", admin)[1] == ["SKL-FHIR-207"]


def test_the_operator_adds_lists_and_retires() -> None:
    """Without a token: by the url the one that stands is replaced."""
    numbers = itertools.count()
    rid, first = exchange.add_search_parameter(parameter())
    again = {**parameter(description="other"), "id": f"other-{next(numbers)}"}
    assert exchange.add_search_parameter(again) == (rid, 2)
    assert first == 1
    [row] = exchange.list_search_parameters()
    assert (row.rid, row.code, row.types, row.active) == ("blood-donor", "blood-donor", ("Patient",), True)
    assert exchange.retire_search_parameter(row.url) == rid
    assert [row.active for row in exchange.list_search_parameters()] == [False]
    with pytest.raises(WriteProblem):
        exchange.retire_search_parameter(rid)
    with pytest.raises(WriteProblem):
        exchange.add_search_parameter({"resourceType": "Patient"})
