"""What somebody might try with a write: take, see, stop or spoil what is not theirs (X4, S4.23)."""

from __future__ import annotations

import base64
from typing import Any

import orjson
import pytest

from suksala import audit, signin
from suksala.exchange import matching, service, standing, subscription_storage, subscriptions
from suksala.foundation import database, settings
from tests.record import HOSPITAL, UNIT, Called
from tests.unit.exchange.test_subscriptions import Receiver, receiver, told, wanted
from tests.unit.exchange.test_writing import (
    FHIR,
    MALI,
    PATCH,
    WEIGHT,
    entry,
    post,
    put,
    transaction,
    versions,
)

__all__ = ["receiver"]
pytestmark = pytest.mark.django_db

DEVICE = {"resourceType": "Device", "id": "d1", "lotNumber": "1"}


@pytest.fixture
def token() -> str:
    """A system of the hospital that may do everything there."""
    return signin.issue_token("his", HOSPITAL, ["system/*.cruds"], 30)


@pytest.fixture
def other() -> str:
    """A system of another unit."""
    return signin.issue_token("unit", UNIT, ["system/*.cruds"], 30)


def patch(token: str, *operations: dict[str, Any]) -> Called:
    """A JSON Patch of Mali."""
    return Called("PATCH", "/fhir/Patient/mali", token=token, body=orjson.dumps(list(operations)), **PATCH)


def test_a_race_for_an_id_takes_nothing(token: str, other: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Written between the look and the write, the other facility's resource stays as it is."""
    put(token, DEVICE)
    monkeypatch.setattr(standing, "lock", lambda *_: {})
    assert put(other, {**DEVICE, "lotNumber": "evil"}).status == 409
    monkeypatch.undo()
    assert Called("GET", "/fhir/Device/d1", token=token).json["lotNumber"] == "1"


def test_a_patch_that_doubles_itself_is_stopped(token: str) -> None:
    """copy can double a list each time: 22 times were 1.5 GB."""
    put(token, MALI)
    start = {"op": "add", "path": "/extension", "value": [{"url": "urn:x", "valueString": "y"}] * 100}
    double = {"op": "copy", "from": "/extension", "path": "/extension/-"}
    assert patch(token, start, *[double] * 30).status == 422
    assert versions() == 1


def test_what_is_patched_can_be_read_and_deleted_again(token: str) -> None:
    """Depth beyond what a body may have is refused by PATCH too."""
    put(token, MALI)
    deep: Any = {"url": "urn:x", "valueString": "y"}
    for _ in range(40):
        deep = {"url": "urn:x", "extension": [deep]}
    assert patch(token, {"op": "add", "path": "/extension", "value": [deep]}).status == 400
    assert Called("DELETE", "/fhir/Patient/mali", token=token).status == 204


def test_many_conditional_writes_hold_one_lock(token: str) -> None:
    """PostgreSQL's room for locks is everybody's."""
    entries = [entry("POST", "Device", {"resourceType": "Device"}, ifNoneExist=f"identifier={n}") for n in range(80)]
    assert transaction(token, *entries).status == 200
    [(held,)] = database.rows("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()")
    assert held <= 2


def test_a_write_that_answers_is_a_reading(token: str) -> None:
    """Without the right to read no body comes back; what comes back is in the log, and so is a refusal."""
    put(token, MALI)
    writer = signin.issue_token("writer", HOSPITAL, ["system/Patient.u"], 30)
    same = {"op": "test", "path": "/birthDate", "value": "1970-05-05"}
    answer = patch(writer, same)
    assert (answer.status, answer.raw) == (200, b"")
    reads = len(list(audit.facts("read")))
    assert patch(token, same).json["id"] == "mali"
    assert len(list(audit.facts("read"))) == reads + 1
    assert patch(writer, {**same, "value": "1971-05-05"}).status == 422
    [fact] = audit.facts("write.refused")
    assert (fact.actor, fact.detail) == (
        "client:writer",
        {"method": "PATCH", "address": "Patient/mali", "status": 422},
    )


def test_only_its_client_changes_a_subscription(token: str, receiver: Receiver) -> None:
    """A wider client would lend its rights to another one's endpoint."""
    rid = str(post(token, wanted(receiver)).json["id"])
    hub = signin.issue_token("hub", None, ["system/*.cruds"], 30)
    same_house = signin.issue_token("his2", HOSPITAL, ["system/*.cruds"], 30)
    for somebody in (hub, same_house):
        assert put(somebody, {**wanted(receiver), "id": rid, "reason": "mine"}).status == 403
        assert Called("DELETE", f"/fhir/Subscription/{rid}", token=somebody).status == 403
    assert subscription_storage.states([rid])[0].client == "his"


def test_one_subscription_that_cannot_be_read_stops_no_other(
    token: str, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The operator took a host away."""
    put(token, MALI)
    gone = str(post(token, wanted(receiver)).json["id"])
    here = {"type": "rest-hook", "payload": "application/fhir+json"}
    asking = str(post(token, {**wanted(receiver), "channel": here}).json["id"])
    monkeypatch.setenv("SUKSALA_WEBHOOK_HOSTS", "")
    settings.forget()
    put(token, {**WEIGHT, "id": "w1"})
    subscriptions.dispatch()
    states = {state.rid: state for state in subscription_storage.states([gone, asking])}
    assert (states[asking].last, states[gone].error) == (1, "cannot-be-read")
    service.deliver(gone)
    assert database.rows("SELECT count(*) FROM subscription_outbox") == [(0,)]


def test_a_receiver_that_is_away_is_tried_by_its_pauses(token: str, receiver: Receiver) -> None:
    """New changes start no new tries."""
    put(token, MALI)
    rid = str(post(token, wanted(receiver)).json["id"])
    service.deliver(rid)
    receiver.status = 503
    for n in range(4):
        put(token, {**WEIGHT, "id": f"w{n}"})
        told(rid)
    later = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = %s AND scheduled_at > now()"
    assert database.rows(later, [subscriptions.DELIVER]) == [(1,)]


BAD_ENTRIES = [
    {"request": {"method": "GET", "url": "//["}},
    {"request": {"method": "PATCH", "url": "Patient/mali"}, "resource": {"resourceType": "Binary", "data": "*"}},
]


@pytest.mark.parametrize("bad", BAD_ENTRIES)
def test_an_entry_that_is_no_request_hides_nothing_of_its_batch(token: str, bad: dict[str, Any]) -> None:
    """Its own 400; what the others did is told. In a transaction it refuses all."""
    good = entry("PUT", "Patient/mali", MALI)
    answer = transaction(token, good, bad, kind="batch").json["entry"]
    assert [e["response"]["status"] for e in answer] == ["201", "400"]
    before = versions()
    assert transaction(token, entry("POST", "Patient", MALI), bad).status == 400
    assert versions() == before


def test_a_full_url_is_no_word_of_a_resource(token: str) -> None:
    """fullUrl `final` would replace every status."""
    put(token, MALI)
    assert transaction(token, {**entry("POST", "Observation", WEIGHT), "fullUrl": "final"}).status == 400


@pytest.mark.parametrize("reference", ["Nothing?x=1", "Patient?nonsense=1"])
def test_conditional_references_that_cannot_be_searched(token: str, reference: str) -> None:
    """400, and not more than 200 at once."""
    weight = {**WEIGHT, "subject": {"reference": reference}}
    assert transaction(token, entry("POST", "Observation", weight)).status == 400
    many = [{"reference": f"Patient?birthdate=gt{1000 + n}"} for n in range(201)]
    put(token, MALI)
    weight = {**WEIGHT, "performer": many}
    assert transaction(token, entry("POST", "Observation", weight)).status == 413


@pytest.mark.parametrize("rid", [{}, ["x"], "a b"])
def test_an_id_that_is_none(token: str, rid: Any) -> None:
    """By criteria, with a body whose id is no id."""
    body = orjson.dumps({**MALI, "id": rid})
    assert Called("PUT", "/fhir/Patient?birthdate=1970-05-05", token=token, body=body, **FHIR).status in (400, 422)
    assert versions() == 0


def test_the_servers_own_code_system_by_criteria(token: str) -> None:
    """Its id is refused whichever way it comes."""
    body = {"resourceType": "CodeSystem", "id": "cs-thcc-person-status", "status": "draft", "content": "complete"}
    address = "/fhir/CodeSystem?url=urn:none"
    assert Called("PUT", address, token=token, body=orjson.dumps(body), **FHIR).status == 422


NOT_SAME = [
    {"identifier": [{}], "birthDate": "1970-05-05"},
    {"identifier": [{"value": "12345"}], "birthDate": "1970-05-05"},
    {"identifier": [{"system": "urn:hn", "value": "12345", "use": "old"}], "birthDate": "1970-05-05"},
]


@pytest.mark.parametrize("asked", NOT_SAME)
def test_identifiers_that_say_nothing_match_nobody(asked: dict[str, Any]) -> None:
    """No value, no system, no longer in use."""
    known = {"identifier": [{"system": "urn:hn", "value": "12345"}, {}], "birthDate": "1970-05-05"}
    assert matching._grade(asked, known) != "certain"


def test_what_was_taken_back_is_in_no_summary(token: str) -> None:
    """entered-in-error and not-done are no facts about a patient."""
    put(token, MALI)
    about = {"patient": {"reference": "Patient/mali"}}
    vaccine = {"resourceType": "Immunization", "vaccineCode": {"text": "MMR"}, "occurrenceDateTime": "2026-01-01"}
    put(token, {**vaccine, "id": "no", "status": "not-done", **about})
    put(token, {**vaccine, "id": "yes", "status": "completed", **about})
    put(token, {**WEIGHT, "id": "sp-2", "status": "entered-in-error"})
    put(token, {**WEIGHT, "id": "sp-3"})
    document = Called("GET", "/fhir/Patient/mali/$summary", token=token).json
    found = {e["resource"].get("id") for e in document["entry"]}
    assert found >= {"yes", "sp-3"}  # letters of an id that a client chose mean nothing
    assert not found & {"no", "sp-2"}


def test_a_binary_patch_is_base64(token: str) -> None:
    """In a transaction: 400 with its place."""
    put(token, MALI)
    data = base64.b64encode(b"[]").decode()
    binary = {"resourceType": "Binary", "contentType": "application/json-patch+json", "data": data}
    assert transaction(token, entry("PATCH", "Patient/mali", binary)).status == 400


def test_a_patient_goes_with_all_of_its_data_or_not_at_all(token: str) -> None:
    """In one transaction too: what is written beside the deletion counts, what is deleted beside it does not."""
    put(token, MALI)
    gone = entry("DELETE", "Patient/mali")
    assert transaction(token, gone, entry("POST", "Observation", WEIGHT)).status == 409
    rid = post(token, WEIGHT).json["id"]
    assert transaction(token, gone).status == 409
    assert transaction(token, gone, entry("DELETE", f"Observation/{rid}")).status == 200
    assert Called("GET", "/fhir/Patient/mali", token=token).status == 410


def test_a_handshake_is_never_skipped(token: str, receiver: Receiver) -> None:
    """However often it failed, the first thing that is answered is the handshake."""
    put(token, MALI)
    receiver.status = 503
    rid = str(post(token, wanted(receiver)).json["id"])
    put(token, {**WEIGHT, "id": "w1"})
    subscriptions.dispatch()
    for _ in range(6):
        service.deliver(rid)
    receiver.status = 200
    service.deliver(rid)
    assert receiver.kinds == ["handshake", "event-notification"]


def test_a_client_that_moved_is_told_nothing_of_before(token: str, receiver: Receiver) -> None:
    """Events are numbered under the rights of then, and told under those of now."""
    put(token, MALI)
    rid = str(post(token, wanted(receiver)).json["id"])
    service.deliver(rid)
    put(token, {**WEIGHT, "id": "w1"})
    subscriptions.dispatch()
    moved = signin.issue_token("his", UNIT, ["system/*.cruds"], 30)
    assert b"w1" not in Called("GET", f"/fhir/Subscription/{rid}/$events", token=moved).raw
    service.deliver(rid)
    assert not any("w1" in str(bundle) for _, bundle in receiver.got)


def test_what_is_no_resource_has_no_place_in_a_bundle(token: str) -> None:
    """A description or a file, asked in a batch, leaves the answer one that can be read, and no file behind."""
    put(token, MALI)
    select = [{"column": [{"name": "id", "path": "id"}]}]
    view = {"resourceType": "ViewDefinition", "resource": "Patient", "status": "active", "select": select}
    parts = [{"name": "viewResource", "resource": view}, {"name": "_format", "valueCode": "csv"}]
    run = entry("POST", "ViewDefinition/$run", {"resourceType": "Parameters", "parameter": parts})
    described = entry("GET", "openapi.json?_type=Patient")
    answer = transaction(token, run, described, entry("GET", "Patient/mali"), kind="batch")
    assert [e["response"]["status"] for e in answer.json["entry"]] == ["400", "400", "200"]
    assert list((settings.current().data_dir / "views").iterdir()) == []
