"""Subscriptions: who may see a change is told of it, in order, without a gap, also after a day without a receiver
(S4.23, X4).
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import orjson
import pytest

from suksala import signin
from suksala.exchange import service, subscription_storage, subscriptions
from suksala.foundation import database, settings
from tests.record import HOSPITAL, UNIT, Called, person, send
from tests.unit.exchange.test_writing import FHIR, MALI, WEIGHT, post, put

pytestmark = pytest.mark.django_db

SINCE = "events-since-subscription-start"


class Receiver(HTTPServer):
    """Somebody who is told, and answers as `status` says."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status = 200
        self.got: list[tuple[dict[str, str], dict[str, Any]]] = []
        self.raw: list[bytes] = []

    @property
    def kinds(self) -> list[str]:
        """What kinds of notification came."""
        return [parameters(bundle)["type"] for _, bundle in self.got]

    @property
    def numbers(self) -> list[str]:
        """The numbers of the events that came."""
        return [number for _, bundle in self.got for number in event_numbers(bundle)]


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers["Content-Length"]))
        if self.server.status == 200:
            self.server.got.append((dict(self.headers), orjson.loads(raw)))
            self.server.raw.append(raw)
        self.send_response(self.server.status)
        self.send_header("Location", "http://127.0.0.1:9/")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Quiet."""


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """A receiver that the operator allows."""
    server = Receiver()
    monkeypatch.setenv("SUKSALA_WEBHOOK_HOSTS", f"127.0.0.1:{server.server_port}")
    settings.forget()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    monkeypatch.undo()
    settings.forget()


@pytest.fixture
def token() -> str:
    """A system of the hospital that may do everything there."""
    return signin.issue_token("his", HOSPITAL, ["system/*.cruds"], 30)


def wanted(
    receiver: Receiver, criteria: str = "urn:suksala:topic:Observation", content: str = "", *filters: str
) -> dict[str, Any]:
    """A Subscription."""
    backport = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/"
    channel: dict[str, Any] = {
        "type": "rest-hook",
        "endpoint": f"http://127.0.0.1:{receiver.server_port}/hook",
        "payload": "application/fhir+json",
        "header": ["Authorization: Bearer of-the-receiver"],
    }
    if content:
        channel["_payload"] = {"extension": [{"url": backport + "backport-payload-content", "valueCode": content}]}
    made: dict[str, Any] = {
        "resourceType": "Subscription",
        "status": "requested",
        "reason": "ทดสอบ",
        "criteria": criteria,
        "channel": channel,
    }
    if filters:
        extensions = [{"url": backport + "backport-filter-criteria", "valueString": text} for text in filters]
        made["_criteria"] = {"extension": extensions}
    return made


def parameters(bundle: dict[str, Any]) -> dict[str, Any]:
    """The first entry of a notification: name to value."""
    listed = bundle["entry"][0]["resource"]["parameter"]
    return {p["name"]: next(v for k, v in p.items() if k != "name") for p in listed if "part" not in p}


def event_numbers(bundle: dict[str, Any]) -> list[str]:
    """The numbers of the events in a notification."""
    listed = bundle["entry"][0]["resource"]["parameter"]
    return [p["part"][0]["valueString"] for p in listed if p["name"] == "notification-event"]


def subscribed(token: str, resource: dict[str, Any]) -> str:
    """Create a Subscription and shake hands; its id."""
    made = post(token, resource)
    assert made.status == 201, made.raw
    rid = str(made.json["id"])
    service.deliver(rid)
    return rid


def told(rid: str) -> None:
    """What the worker does after a change."""
    subscriptions.dispatch()
    service.deliver(rid)


def weight(token: str, rid: str) -> None:
    """A result of the patient."""
    assert put(token, {**WEIGHT, "id": rid}).status in (200, 201)


def test_a_change_is_told(token: str, receiver: Receiver) -> None:
    """A handshake makes it active; then each change comes with its number, its address and the receiver's header."""
    put(token, MALI)
    rid = subscribed(token, wanted(receiver))
    assert Called("GET", f"/fhir/Subscription/{rid}", token=token).json["status"] == "active"
    weight(token, "w1")
    weight(token, "w2")
    told(rid)
    assert (receiver.kinds, receiver.numbers) == (["handshake", "event-notification"], ["1", "2"])
    headers, bundle = receiver.got[1]
    assert headers["Authorization"] == "Bearer of-the-receiver"
    assert parameters(bundle)[SINCE] == "2"
    assert [e["request"]["url"] for e in bundle["entry"][1:]] == ["Observation/w1", "Observation/w2"]
    assert "resource" not in bundle["entry"][1]
    told(rid)
    assert len(receiver.got) == 2  # nothing is told twice


@pytest.mark.parametrize(
    ("content", "entries", "resources"), [("empty", 1, 1), ("id-only", 2, 1), ("full-resource", 2, 2)]
)
def test_how_much_is_told(token: str, receiver: Receiver, content: str, entries: int, resources: int) -> None:
    """Payload content of the back-port: nothing, the address, the resource."""
    put(token, MALI)
    rid = subscribed(token, wanted(receiver, content=content))
    weight(token, "w1")
    told(rid)
    found = receiver.got[1][1]["entry"]
    assert (len(found), sum("resource" in entry for entry in found)) == (entries, resources)


FILTERS = [
    ("urn:suksala:topic:Observation", ("Observation?patient=mali&code=29463-7",), 1),
    ("urn:suksala:topic:Observation", ("Observation?code=4548-4",), 0),
    ("urn:suksala:topic:Observation", ("Observation?patient=mali", "Observation?date=ge2030"), 0),
    ("Observation?status=final", (), 1),
    ("Observation?status=cancelled", (), 0),
    ("urn:suksala:topic:Condition", (), 0),
]


@pytest.mark.parametrize(("criteria", "filters", "count"), FILTERS)
def test_filters(token: str, receiver: Receiver, criteria: str, filters: tuple[str, ...], count: int) -> None:
    """Searches of the topic's type; several must all find the change. R4's own criteria are one of them."""
    put(token, MALI)
    rid = subscribed(token, wanted(receiver, criteria, "", *filters))
    weight(token, "w1")
    told(rid)
    assert len(receiver.numbers) == count


def test_only_who_may_see_it_is_told(token: str, receiver: Receiver) -> None:
    """Another facility's changes are no event, not even a number; a token that ended gets nothing more."""
    put(token, MALI)
    other = signin.issue_token("unit", UNIT, ["system/*.cruds"], 30)
    rid = subscribed(other, wanted(receiver))
    weight(token, "w1")
    told(rid)
    assert (
        receiver.numbers,
        parameters(Called("GET", f"/fhir/Subscription/{rid}/$status", token=other).json)[SINCE],
    ) == ([], "0")
    hospital = subscribed(token, wanted(receiver))
    weight(token, "w2")
    signin.revoke_client("his", actor="test")
    told(hospital)
    assert receiver.numbers == []


def test_deletions_are_told_where_no_content_is_asked_for(token: str, receiver: Receiver) -> None:
    """A deletion has a person and nothing else."""
    put(token, MALI)
    plain, by_patient, by_code = (
        subscribed(token, wanted(receiver, "urn:suksala:topic:Observation", "", *filters))
        for filters in ((), ("Observation?patient=mali",), ("Observation?code=29463-7",))
    )
    weight(token, "w1")
    for rid in (plain, by_patient, by_code):
        told(rid)
    receiver.got.clear()
    Called("DELETE", "/fhir/Observation/w1", token=token)
    for rid, count in ((plain, 1), (by_patient, 2), (by_code, 2)):
        told(rid)
        assert len(receiver.got) == count
    assert receiver.got[0][1]["entry"][1]["request"]["method"] == "DELETE"


def test_a_receiver_that_was_down_misses_nothing(token: str, receiver: Receiver) -> None:
    """Tried again with growing pauses, in error after five, all in order when it is back."""
    put(token, MALI)
    rid = subscribed(token, wanted(receiver))
    receiver.status = 503
    for n in range(3):
        weight(token, f"w{n}")
        told(rid)
    for _ in range(2):
        service.deliver(rid)
    status = parameters(Called("GET", f"/fhir/Subscription/{rid}/$status", token=token).json)
    assert (status["status"], status[SINCE], status["error"]) == ("error", "3", {"text": "answered-503"})
    assert Called("GET", f"/fhir/Subscription/{rid}", token=token).json["status"] == "error"
    waits = database.rows(
        "SELECT ceil(extract(epoch FROM scheduled_at - clock_timestamp()))::int FROM procrastinate_jobs "
        "WHERE scheduled_at IS NOT NULL ORDER BY id"
    )
    assert len(waits) == 1  # one next try at a time, the first: 2 seconds after its failure
    assert waits[0][0] <= 2
    receiver.status = 200
    service.deliver(rid)
    assert receiver.numbers == ["1", "2", "3"]
    assert Called("GET", f"/fhir/Subscription/{rid}", token=token).json["status"] == "active"


def test_a_redirect_is_not_followed(token: str, receiver: Receiver) -> None:
    """It could lead anywhere."""
    put(token, MALI)
    receiver.status = 302
    rid = subscribed(token, wanted(receiver))
    assert subscription_storage.states([rid])[0].error == "answered-302"


def test_events_again(token: str, receiver: Receiver) -> None:
    """$events closes a gap by numbers; another client's subscription is not there."""
    put(token, MALI)
    rid = subscribed(token, wanted(receiver))
    for n in range(3):
        weight(token, f"w{n}")
    subscriptions.dispatch()
    address = f"/fhir/Subscription/{rid}/$events"
    assert event_numbers(Called("GET", address, token=token).json) == ["1", "2", "3"]
    part = Called("GET", f"{address}?eventsSinceNumber=2&eventsUntilNumber=2", token=token).json
    assert (event_numbers(part), parameters(part)["type"]) == (["2"], "query-event")
    same_house = signin.issue_token("his2", HOSPITAL, ["system/*.cruds"], 30)
    for ending in ("$events", "$status"):
        assert Called("GET", f"/fhir/Subscription/{rid}/{ending}", token=same_house).status == 404
    assert Called("GET", f"{address}?nonsense=1", token=token).status == 400


def test_an_ended_subscription_is_told_nothing(token: str, receiver: Receiver) -> None:
    """off, or deleted; begun again, its numbers go on."""
    put(token, MALI)
    rid = subscribed(token, wanted(receiver))
    weight(token, "w1")
    told(rid)
    put(token, {**wanted(receiver), "id": rid, "status": "off"})
    weight(token, "w2")
    told(rid)
    assert receiver.numbers == ["1"]
    put(token, {**wanted(receiver), "id": rid})
    service.deliver(rid)
    weight(token, "w3")
    told(rid)
    assert receiver.numbers == ["1", "2"]
    Called("DELETE", f"/fhir/Subscription/{rid}", token=token)
    weight(token, "w4")
    told(rid)
    assert receiver.numbers == ["1", "2"]


def test_what_a_deposit_brings_is_told_too(token: str, receiver: Receiver) -> None:
    """The outbox is filled by every write of the record."""
    rid = subscribed(token, wanted(receiver, "urn:suksala:topic:Encounter"))
    person("1")
    send("SERVICE", {"pid": "1", "seq": "1", "date_serv": "2026-01-01"})
    told(rid)
    assert receiver.numbers == ["1"]


def test_a_write_that_fails_tells_nothing(token: str, receiver: Receiver) -> None:
    """The outbox is part of the transaction."""
    put(token, MALI)
    subscribed(token, wanted(receiver))
    assert post(token, {**WEIGHT, "status": "nonsense"}).status == 422
    assert database.rows("SELECT count(*) FROM subscription_outbox") == [(0,)]


def test_nobody_is_watching_nothing_is_put_out(token: str) -> None:
    """A record without subscriptions pays for none."""
    put(token, MALI)
    assert database.rows("SELECT count(*) FROM subscription_outbox") == [(0,)]


BAD = [
    {"criteria": "urn:suksala:topic:Nothing"},
    {"criteria": "urn:suksala:topic:AuditEvent"},
    {"criteria": "Observation?nonsense=1"},
    {"channel": {"type": "email"}},
    {"channel": {"type": "rest-hook", "endpoint": "http://169.254.169.254/"}},
    {"channel": {"type": "rest-hook", "endpoint": "http://localhost:1/"}},
    {"channel": {"type": "rest-hook", "endpoint": "file:///etc/passwd"}},
    {"channel": {"type": "rest-hook", "header": ["Host: elsewhere"]}},
    {"channel": {"type": "rest-hook", "header": ["no colon"]}},
]


@pytest.mark.parametrize("change", BAD)
def test_a_subscription_that_cannot_be_carried_out(token: str, receiver: Receiver, change: dict[str, Any]) -> None:
    """Refused when it is written; nothing is kept."""
    answer = post(token, {**wanted(receiver), **change})
    assert (answer.status in (400, 422), subscription_storage.states()) == (True, [])


def test_an_endpoint_under_another_name_is_refused(token: str, receiver: Receiver) -> None:
    """The host must be one that the operator named, spelt so, without a user in front."""
    for endpoint in (f"http://127.1:{receiver.server_port}/", f"http://x@127.0.0.1:{receiver.server_port}/"):
        channel = {"type": "rest-hook", "endpoint": endpoint}
        assert post(token, {**wanted(receiver), "channel": channel}).status == 422


def test_a_subscription_needs_the_right_to_read_what_it_watches(receiver: Receiver) -> None:
    """To write Subscriptions is not to read Observations."""
    token = signin.issue_token("his", HOSPITAL, ["system/Subscription.cruds"], 30)
    assert Called("POST", "/fhir/Subscription", token=token, body=orjson.dumps(wanted(receiver)), **FHIR).status == 403
