"""What a Subscription keeps to itself: its receiver's secret is sealed wherever its bytes may go (S4.23)."""

from __future__ import annotations

import importlib
import socket
import threading
import time
from typing import Any

import orjson
import pytest
from django.db import connection

from suksala import signin
from suksala.exchange import delivering, exact, service, subscription_storage, topics
from suksala.foundation import database, reaching, settings
from tests.record import HOSPITAL, Called
from tests.unit.exchange.test_exporting import exported
from tests.unit.exchange.test_subscriptions import Receiver, receiver, subscribed, token, told, wanted, weight
from tests.unit.exchange.test_writing import FHIR, MALI, post, put

pytestmark = pytest.mark.django_db

__all__ = ["receiver", "token"]  # fixtures

SECRET = b"of-the-receiver"


def ask(token: str, target: str) -> bytes:
    """What a GET answers."""
    return Called("GET", target, token=token).raw


def bodies() -> bytes:
    """Every byte that is kept of Subscriptions, present and former."""
    found = database.rows("SELECT body FROM resource UNION ALL SELECT body FROM resource_history")
    return b"".join(bytes(body) for (body,) in found)


def test_nobody_reads_the_secret(token: str, receiver: Receiver) -> None:
    """Read, search, version, history, batch, and the answer to the write: the value is sealed; its receiver gets it."""
    put(token, MALI)
    made = post(token, wanted(receiver))
    rid = made.json["id"]
    service.deliver(rid)
    put(token, {**wanted(receiver), "id": rid, "reason": "another"})
    colleague = signin.issue_token("his2", HOSPITAL, ["system/*.rs"], 30)
    batch = {
        "resourceType": "Bundle",
        "type": "batch",
        "entry": [{"request": {"method": "GET", "url": "Subscription"}}],
    }
    answers = [
        made.raw,
        ask(token, f"/fhir/Subscription/{rid}"),
        *(
            ask(colleague, f"/fhir/Subscription{path}")
            for path in (f"/{rid}", f"/{rid}/_history", f"/{rid}/_history/1", "/_history", "?status=requested")
        ),
        Called("POST", "/fhir", token=colleague, body=orjson.dumps(batch), **FHIR).raw,
    ]
    for raw in answers:
        assert rid.encode() in raw
        assert b"Authorization: sealed:" in raw
        assert SECRET not in raw
    assert SECRET not in bodies()
    assert b"sealed:" in bodies()
    weight(token, "w1")
    told(rid)
    assert receiver.got[-1][0]["Authorization"] == "Bearer of-the-receiver"


@pytest.mark.usefixtures("data_dir")
def test_an_export_holds_no_secret(token: str, receiver: Receiver) -> None:
    """Bulk files are made of the kept bytes."""
    rid = subscribed(token, wanted(receiver))
    _, found = exported(token, "?_type=Subscription")
    assert [line["id"] for line in found["Subscription"]] == [rid]
    assert found["Subscription"][0]["channel"]["header"][0].startswith("Authorization: sealed:")
    assert SECRET not in orjson.dumps(found)


def test_a_sealed_value_written_back_is_no_change(token: str, receiver: Receiver) -> None:
    """A client reads its Subscription and puts it back, or puts the same secret again: the same version stands."""
    rid = subscribed(token, wanted(receiver))
    stands = Called("GET", f"/fhir/Subscription/{rid}", token=token)
    assert put(token, stands.json).headers["ETag"] == stands.headers["ETag"]
    plain = {**stands.json, "channel": {**stands.json["channel"], "header": ["Authorization: Bearer of-the-receiver"]}}
    assert put(token, plain).headers["ETag"] == stands.headers["ETag"]


def test_a_sealed_value_of_another_client_is_refused(token: str, receiver: Receiver) -> None:
    """It would send their secret to an endpoint of ours. Nothing is kept; nor of a value that nobody sealed."""
    rid = subscribed(token, wanted(receiver))
    sealed = Called("GET", f"/fhir/Subscription/{rid}", token=token).json["channel"]
    thief = signin.issue_token("thief", HOSPITAL, ["system/*.cruds"], 30)
    for channel in (sealed, {**sealed, "header": ["Authorization: sealed:AAAA"]}, {**sealed, "header": ["A: sealed:"]}):
        answer = post(thief, {**wanted(receiver), "channel": channel})
        assert (answer.status, answer.issue) == (422, "not-supported")
    assert [state.rid for state in subscription_storage.states()] == [rid]


def test_what_was_kept_open_is_sealed_by_the_upgrade(token: str, receiver: Receiver) -> None:
    """The migration seals what stands and every former version; what they mean stays."""
    rid = subscribed(token, wanted(receiver))
    for table in ("resource", "resource_history"):
        for vid, raw in database.rows(f"SELECT vid, body FROM {table} WHERE rid = %s", [rid]):
            body = exact.loads(bytes(raw))
            body["channel"]["header"] = ["Authorization: Bearer of-the-receiver"]
            values = [exact.dumps(body), rid, vid]
            database.execute(f"UPDATE {table} SET body = %s WHERE rid = %s AND vid = %s", values)
    assert SECRET in bodies()
    importlib.import_module("suksala.exchange.migrations.0010_sealed_headers").seal(
        None, type("Editor", (), {"connection": connection})
    )
    assert SECRET not in bodies()
    body = Called("GET", f"/fhir/Subscription/{rid}", token=token).json
    assert topics.read(body, "his", settings.current().webhook_hosts).headers == (
        ("Authorization", "Bearer of-the-receiver"),
    )


def test_a_handshake_under_way_counts_for_its_endpoint_only(
    token: str, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The client moves its endpoint while the first one shakes hands: the second is asked too, before any event."""
    asked: list[str] = []
    send = delivering._post

    def moved_meanwhile(wish: topics.Wanted, name: str, body: bytes) -> str | None:
        asked.append(wish.endpoint.rpartition("/")[2])
        if len(asked) == 1:
            moved = wanted(receiver)
            moved["channel"]["endpoint"] += "-moved"
            assert put(token, {**moved, "id": rid}).status == 200
        return send(wish, name, body)

    rid = post(token, wanted(receiver)).json["id"]
    monkeypatch.setattr(delivering, "_post", moved_meanwhile)
    service.deliver(rid)
    assert (asked, receiver.kinds) == (["hook", "hook-moved"], ["handshake", "handshake"])
    assert subscription_storage.states([rid])[0].status == "active"


def test_a_failure_of_the_former_endpoint_is_no_failure_of_the_new_one(
    token: str, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first endpoint does not answer while the client moves away from it: the new one is asked at once."""
    asked: list[str] = []

    def moved_meanwhile(wish: topics.Wanted, name: str, body: bytes) -> str | None:
        asked.append(wish.endpoint.rpartition("/")[2])
        if len(asked) > 1:
            return None
        moved = wanted(receiver)
        moved["channel"]["endpoint"] += "-moved"
        put(token, {**moved, "id": rid})
        return "timeout"

    rid = post(token, wanted(receiver)).json["id"]
    monkeypatch.setattr(delivering, "_post", moved_meanwhile)
    service.deliver(rid)
    [state] = subscription_storage.states([rid])
    assert (asked, state.status, state.failures) == (["hook", "hook-moved"], "active", 0)


class Trickler:
    """A receiver that answers a letter at a time and never ends."""

    def __init__(self) -> None:
        self.line = socket.create_server(("127.0.0.1", 0))
        self.port = self.line.getsockname()[1]
        self.sent = 0
        self.hung_up = threading.Event()
        threading.Thread(target=self._trickle, daemon=True).start()

    def _trickle(self) -> None:
        caller, _ = self.line.accept()
        with caller:
            try:
                while self.sent < 600:
                    caller.sendall(b"HTTP/1.1 200 OK\r\nX: "[self.sent : self.sent + 1] or b"x")
                    self.sent += 1
                    time.sleep(0.02)
            except OSError:
                self.hung_up.set()


def test_a_receiver_that_trickles_is_hung_up_on(token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """No single reading takes too long, so the time-out never comes: the whole delivery has a deadline (10 s; here
    0.3 s).
    """
    assert reaching.DEADLINE == 10.0
    monkeypatch.setattr(reaching, "DEADLINE", 0.3)
    slow = Trickler()
    monkeypatch.setenv("SUKSALA_WEBHOOK_HOSTS", f"127.0.0.1:{slow.port}")
    settings.forget()
    resource: dict[str, Any] = wanted(type("At", (), {"server_port": slow.port}))  # type: ignore[arg-type]
    rid = post(token, resource).json["id"]
    began = time.monotonic()
    service.deliver(rid)
    took = time.monotonic() - began
    slow.line.close()
    monkeypatch.undo()
    settings.forget()
    [state] = subscription_storage.states([rid])
    assert 0.25 < took < 5
    assert (slow.hung_up.wait(5), slow.sent > 3, state.status, state.error) == (True, True, "requested", "timeout")
