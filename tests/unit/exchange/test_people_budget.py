"""The budget of people on every surface: whoever is asked for, told of, pushed or opened on a page counts (T04, T05).

Each number asked for costs one, found or not; the tables and the suspension of a stolen key stand in
tests/unit/signin/test_budgets.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from django.test import Client

from suksala import audit, identity, signin
from suksala.exchange import exporting, live, query, service, subscription_storage, subscriptions
from suksala.exchange.guessing import is_one_number, people_asked_for
from suksala.foundation import clock, database, settings
from suksala.signin import budget_storage, budgets
from suksala.signin.budget_rules import HOUR
from tests import smart_app as app
from tests.budgets import so_much
from tests.people import mali as row
from tests.people import number
from tests.record import HOSPITAL, UNIT, Called, one_human, send
from tests.unit.exchange.test_matching import match
from tests.unit.exchange.test_subscriptions import Receiver, receiver, subscribed, told, wanted
from tests.unit.exchange.test_writing import MALI, post, put, versions

__all__ = ["receiver"]

pytestmark = pytest.mark.django_db
BY = "system:operator"
MOST = 5


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    """No memory of another test."""
    with so_much():
        yield


@pytest.fixture
def his() -> str:
    """A system of the hospital that may do everything there and ask of five people in an hour."""
    return limited("his")


def limited(name: str, most: int = MOST, **limits: int) -> str:
    """A client's token, with a budget of people."""
    made = signin.issue_token(name, HOSPITAL, ["system/*.cruds"], 1)
    signin.limit_client(name, rate=0, patients=most, actor=BY, **limits)
    return made


def spent(who: str = "his") -> int:
    """How many people count against somebody now."""
    return budget_storage.used(who, clock.now() - HOUR)


def patients(count: int) -> list[str]:
    """Patients of the hospital with numbers of their own, by id, written by another system."""
    writer = signin.issue_token("writer", HOSPITAL, ["system/*.cruds"], 1)
    made = [f"p{n}" for n in range(count)]
    for n, rid in enumerate(made):
        body = {**MALI, "id": rid, "identifier": [{"system": "urn:hn", "value": str(n)}]}
        assert put(writer, body).status == 201
    return made


# ---- what a search asks for -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rtype", "asked", "people"),
    [
        ("Patient", "identifier=x|1", 1),
        ("Patient", "identifier=x|1,x|2,x|1", 2),
        ("Patient", "identifier:missing=true", 0),
        ("Patient", "identifier:not=x|1", 1),
        ("Patient", "identifier=x|1&name=mali&birthdate=1970-05-05", 2),
        ("Patient", "name=mali&birthdate=1970-05-05", 1),
        ("Patient", "name=mali,mala&birthdate=1970-05-05", 2),
        ("Patient", "gender=male", 0),
        ("Patient", "_filter=identifier eq x|1 or identifier eq x|2", 2),
        ("Patient", "_has:Encounter:patient:identifier=v|1", 1),
        ("Observation", "patient.identifier=x|1,x|2", 2),
        ("Observation", "patient:identifier=x|1", 1),
        ("Observation", "patient.name=mali", 1),
        ("Observation", "code=x|1", 0),
        ("Encounter", "practitioner.identifier=licence|1", 0),
        ("Practitioner", "identifier=licence|1", 0),
        ("Organization", "identifier=h|1,h|2", 0),
    ],
)
def test_whom_a_search_asks_for(db: None, rtype: str, asked: str, people: int) -> None:
    """By number, or by name and birth date together; wherever it stands; registers name no patients."""
    pairs = [tuple(part.split("=", 1)) for part in asked.split("&")]
    assert len(people_asked_for(query.read(rtype, pairs))) == people  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("asked", "one"),
    [
        ([("identifier", "x|1")], True),
        ([("identifier", "x|1,x|2")], False),
        ([("identifier:not", "x|1")], False),
        ([("identifier", "x|1"), ("_revinclude", "Observation:patient")], False),
        ([("identifier", "x|1"), ("gender", "male")], False),
    ],
)
def test_what_is_paid_by_one_number(db: None, asked: list[tuple[str, str]], one: bool) -> None:
    """Only what can tell of nobody but who bears it."""
    assert is_one_number(query.read("Patient", asked)) is one


def test_numbers_asked_for_together_cost_as_much_as_one_by_one(his: str) -> None:
    """Five in one list are the hour; a sixth is refused, and suspends the key."""
    five = ",".join(f"x|{n}" for n in range(5))
    assert Called("GET", f"/fhir/Patient?identifier={five}", token=his).status == 200
    assert Called("GET", "/fhir/Patient?identifier=x|4", token=his).status == 200
    assert Called("GET", "/fhir/Patient?identifier=x|5", token=his).status == 429
    assert Called("GET", "/fhir/Patient?identifier=x|4", token=his).status == 401


def test_who_is_found_costs_one_not_two() -> None:
    """By number, by name, by id: the same person counts once; of a list of three with one found, three count."""
    [known] = patients(1)
    his = limited("his")
    for asked in ("Patient?identifier=urn:hn|0", f"Patient/{known}", "Patient?name=ใจดี&identifier=urn:hn|0"):
        assert Called("GET", f"/fhir/{asked}", token=his).status == 200
    assert spent() == 1 + 1  # the last asks for two, and finds one
    assert Called("GET", "/fhir/Patient?identifier=urn:hn|0,urn:hn|1,urn:hn|2", token=his).status == 200
    assert spent() == 1 + 1 + 2


def test_one_that_is_found_makes_no_other_free(his: str) -> None:
    """In a batch each search counts by itself."""
    patients(1)
    entries = [{"request": {"method": "GET", "url": f"Patient?identifier=urn:hn|{n}"}} for n in range(MOST + 1)]
    answer = post(his, {"resourceType": "Bundle", "type": "batch", "entry": entries}, "/fhir")
    assert [e["response"]["status"][:3] for e in answer.json["entry"]] == ["200"] * MOST + ["429"]


@pytest.mark.parametrize("asked", ["name=x{n}&birthdate=1970-05-05", "name=x&birthdate=1970-05-0{n}"])
def test_counting_by_name_and_birth_costs(his: str, asked: str) -> None:
    """Whether somebody of this name and birthday is a patient here is told by a count."""
    answers = [
        Called("GET", f"/fhir/Patient?{asked.format(n=n)}&_summary=count", token=his).status for n in range(1, MOST + 2)
    ]
    assert answers == [200] * MOST + [429]


def test_numbers_in_graphql_cost(his: str) -> None:
    """As in a search; the answer is refused whole."""
    asked = '/fhir/$graphql?query={{PatientList(identifier:"x|{n}"){{id}}}}'
    answers = [Called("GET", asked.format(n=n), token=his).status for n in range(MOST + 1)]
    assert answers == [200] * MOST + [429]


def test_a_match_that_finds_nobody_costs(his: str) -> None:
    """Patient/$match answers who is not there as a search does."""
    cid = "https://terms.sil-th.org/id/th-cid"
    answers = [
        match(his, {"identifier": [{"system": cid, "value": f"{n:013}"}]}, onlyCertainMatches={"valueBoolean": True})
        for n in range(MOST + 1)
    ]
    assert [answer.status for answer in answers] == [200] * MOST + [429]


def test_whoever_asks_the_person_index_alone_pays(his: str) -> None:
    """A given name with a telephone, under one identifier that is asked for again and again."""
    answers = [
        match(
            his,
            {
                "identifier": [{"system": "x", "value": "1"}],
                "name": [{"given": ["มะลิ"]}],
                "telecom": [{"system": "phone", "value": f"08123456{n:02}"}],
            },
        ).status
        for n in range(MOST)
    ]
    assert answers == [200] * (MOST - 1) + [429]  # the identifier counts once


# ---- writes that ask ------------------------------------------------------------------------------------------------


def test_numbers_in_conditional_writes_cost_before_anything_is_written(his: str) -> None:
    """Delete, update and create: the sixth number is refused, and nothing of it happened."""
    for n in range(3):
        assert Called("DELETE", f"/fhir/Patient?identifier=x|{n}", token=his).status == 404
    body = orjson.dumps({k: v for k, v in MALI.items() if k != "id"})
    made = post(his, body, HTTP_IF_NONE_EXIST="identifier=x|3")
    assert made.status == 201
    assert post(his, body, HTTP_IF_NONE_EXIST="identifier=x|4").status == 201
    before = versions()
    assert post(his, body, HTTP_IF_NONE_EXIST="identifier=x|5").status == 429
    assert versions() == before
    assert [fact.detail["why"] for fact in audit.facts("signin.client-quarantined")] == ["patients"]


def test_a_conditional_write_that_finds_costs_one(his: str) -> None:
    """Its number was counted before; who bears it is the same person."""
    patients(1)
    body = {**MALI, "identifier": [{"system": "urn:hn", "value": "0"}]}
    del body["id"]
    answer = Called("PUT", "/fhir/Patient?identifier=urn:hn|0", token=his, body=orjson.dumps(body),
                    CONTENT_TYPE="application/fhir+json")  # fmt: skip
    assert (answer.status, spent()) == (200, 1)


def test_a_transaction_that_is_rolled_back_was_an_answer_all_the_same(his: str) -> None:
    """412 says that nobody bears the number: each try counts, and the one over the budget suspends the key."""
    answers = []
    for n in range(MOST + 1):
        body = {"resourceType": "Observation", "status": "final", "code": {"text": "x"},
                "subject": {"reference": f"Patient?identifier=x|{n}"}}  # fmt: skip
        entry = {"resource": body, "request": {"method": "POST", "url": "Observation"}}
        answers.append(post(his, {"resourceType": "Bundle", "type": "transaction", "entry": [entry]}, "/fhir").status)
    assert answers == [412] * MOST + [429]
    assert Called("GET", "/fhir/Patient", token=his).status == 401


def test_a_read_inside_a_transaction_suspends_too() -> None:
    """What goes over inside is rolled back; the suspension is not."""
    ids = patients(MOST + 1)
    his = limited("his")
    entries: list[dict[str, Any]] = [{"request": {"method": "GET", "url": f"Patient/{rid}"}} for rid in ids]
    entries.append({"resource": MALI, "request": {"method": "PUT", "url": f"Patient/{MALI['id']}"}})
    answer = post(his, {"resourceType": "Bundle", "type": "transaction", "entry": entries}, "/fhir")
    assert answer.status == 429
    assert Called("GET", "/fhir/Patient", token=his).status == 401


# ---- what is pushed -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("content", ["id-only", "full-resource"])
def test_people_told_by_a_webhook_count_and_the_rest_waits(receiver: Receiver, content: str, monkeypatch: Any) -> None:
    """Three in an hour; the others an hour later, none lost and nobody suspended; the hour of asking is another."""
    his = limited("his", 3)
    rid = subscribed(his, wanted(receiver, "urn:suksala:topic:Patient", content))
    patients(8)
    told(rid)
    assert receiver.numbers == ["1", "2", "3"]
    assert Called("GET", "/fhir/Patient/p7", token=his).status == 200
    told(rid)
    assert receiver.numbers == ["1", "2", "3"]
    now = clock.now()
    for hours, numbers in ((1, 6), (2, 8)):
        monkeypatch.setattr(clock, "now", lambda hours=hours: now + hours * HOUR)
        budgets.forget()
        told(rid)
        assert receiver.numbers == [str(n + 1) for n in range(numbers)]
    assert Called("GET", f"/fhir/Subscription/{rid}", token=his).json["status"] == "active"


def test_a_webhook_that_names_nobody_costs_nothing(receiver: Receiver) -> None:
    """`empty` says that something changed, not of whom."""
    his = limited("his", 3)
    rid = subscribed(his, wanted(receiver, "urn:suksala:topic:Patient", "empty"))
    patients(8)
    told(rid)
    assert receiver.numbers == [str(n) for n in range(1, 9)]


def test_events_that_are_asked_for_again_count_as_asking(receiver: Receiver) -> None:
    """`$events` tells ids too: over the budget nothing of it leaves, and the key is suspended."""
    his = limited("his", 3)
    rid = subscribed(his, wanted(receiver, "urn:suksala:topic:Patient", "id-only"))
    patients(4)
    subscriptions.dispatch()
    assert Called("GET", f"/fhir/Subscription/{rid}/$events?eventsUntilNumber=3", token=his).status == 200
    answer = Called("GET", f"/fhir/Subscription/{rid}/$events", token=his)
    assert answer.status == 429
    assert b"Patient/p" not in answer.raw
    assert Called("GET", "/fhir/Patient", token=his).status == 401


def test_people_told_over_a_websocket_count_and_the_rest_waits(receiver: Receiver, monkeypatch: Any) -> None:
    """A socket's position stays before what it was not told."""
    monkeypatch.setenv("SUKSALA_WEBSOCKET_PORT", "9")
    settings.forget()
    his = limited("his", 3)
    body = wanted(receiver, "urn:suksala:topic:Patient", "id-only")
    body["channel"] = {"type": "websocket", "_payload": body["channel"]["_payload"]}
    rid = str(post(his, body).json["id"])
    service.deliver(rid)
    [state] = subscription_storage.states([rid])
    patients(8)
    subscriptions.dispatch()
    position = live.Position(rid, "his", 0, state.begun)
    [first] = live.news([position])
    assert first.now is not None
    assert first.now.number == 2  # of eight half of half, as many as surely fit
    [second] = live.news([first.now])
    assert second.now is not None
    assert second.now.number == 3
    assert live.news([second.now]) == []


# ---- exports and pages ----------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("data_dir")
@pytest.mark.parametrize(("rows", "status"), [(4, 200), (3, 422)])
def test_rows_of_one_export(rows: int, status: int) -> None:
    """As many as the budget holds; one more, and no line is written."""
    patients(4)
    his = limited("his", 0, rows=rows)
    begun = Called("GET", "/fhir/Patient/$export?_type=Patient", token=his, HTTP_PREFER="respond-async")
    where = begun.headers["Content-Location"].removeprefix("https://suksala.test")
    exporting.run(where.partition("job=")[2])
    answer = Called("GET", where, token=his)
    assert answer.status == status
    if status == 200:
        assert [file["count"] for file in answer.json["output"]] == [4]
    else:
        assert "at most 3 resources" in answer.raw.decode()
        assert answer.json["resourceType"] == "OperationOutcome"


@pytest.fixture
def doctor(monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    """A clinician of the hospital who may open the records of two people in an hour."""
    monkeypatch.setenv("SUKSALA_BUDGETS", "person=2")
    settings.forget()
    yield app.browser(app.account("doctor", role="clinician", hospcode=HOSPITAL))
    monkeypatch.undo()
    settings.forget()


def people(count: int) -> list[str]:
    """Patients of the hospital with records, by the id of their page; the first is known in two facilities."""
    one_human((HOSPITAL, "0"), (UNIT, "9"))
    for n in range(1, count):
        identity.link(HOSPITAL, [row(str(n), number=number(100 + n), given=f"สมมติ{n}")])
    send("PERSON", *({"pid": str(n), "name": f"สมมติ{n}"} for n in range(count)))
    return [identity.public_id(identity.human_of(identity.person_of(HOSPITAL, str(n)))) for n in range(count)]


def test_records_opened_on_pages_count_by_human(doctor: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two people, opened as often as needed, one of them with two registrations; the third waits, told in both
    languages, and nothing of the record is on that page.
    """
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now)  # what is left of the hour is told to the second
    ids = people(3)
    assert [doctor.get(f"/care/{one}/").status_code for one in (ids[0], ids[1], ids[0])] == [200] * 3
    assert spent("account:doctor") == 2
    answer = doctor.get(f"/care/{ids[2]}/")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "3600")
    text = answer.content.decode()
    assert "เกินกำหนดในหนึ่งชั่วโมง" in text
    assert "more people than an hour allows" in text
    assert "สมมติ2" not in text
    assert doctor.get(f"/care/{ids[0]}/").status_code == 200


def test_apps_and_pages_share_the_hour_of_their_reader(doctor: Client) -> None:
    """Who read two people on pages reads no third through an app."""
    ids = people(3)
    app.add_app()
    code = app.told(app.ask(doctor, app.asked(), do="allow", patient=ids[2]))["code"]
    token = app.exchange(code).json()["access_token"]
    for one in ids[:2]:
        doctor.get(f"/care/{one}/")
    assert Called("GET", "/fhir/Patient", token=token).status == 429
    assert Called("GET", "/fhir/metadata", token=token).status == 200
    assert list(audit.facts("signin.client-quarantined")) == []


def test_a_citizen_has_no_such_hour(doctor: Client) -> None:
    """The own record is opened as often as somebody likes."""
    people(1)
    mali = app.account(person=identity.person_of(HOSPITAL, "0"))
    assert app.browser(mali).get("/me/").status_code == 200
    assert database.rows("SELECT 1 FROM signin_reach WHERE who = 'account:mali'") == []
