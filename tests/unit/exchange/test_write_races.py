"""Conditional writes of two sessions at once: what a search found and somebody deletes before it is locked (S4.23)."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import orjson
import pytest
from django.db import connection

from suksala import signin
from suksala.exchange import keeping, standing, transactions
from suksala.foundation import database
from tests.record import HOSPITAL, Called
from tests.unit.exchange.test_writing import FHIR, entry, post, put, transaction

pytestmark = pytest.mark.django_db(transaction=True)

PUMP = {"resourceType": "Device", "id": "pump", "identifier": [{"system": "urn:x", "value": "7"}], "lotNumber": "1"}
ANEW = {name: value for name, value in PUMP.items() if name != "id"} | {"lotNumber": "2"}
CRITERIA = "identifier=urn:x|7"
_WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"


@pytest.fixture
def token() -> str:
    """A system of the hospital that may do everything there."""
    return signin.issue_token("his", HOSPITAL, ["system/*.cruds"], 30)


def living() -> list[tuple[Any, ...]]:
    """Id and version of every device that is there."""
    return database.rows("SELECT rid, vid FROM resource WHERE NOT deleted ORDER BY rid")


def during_deletion(token: str, write: Callable[[], Called]) -> Called:
    """Ask for a write in another session while this one has deleted the pump and not yet committed: it finds the pump,
    waits for its lock, and then it is gone.
    """

    def alone() -> Called:
        try:
            return write()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as other:
        with database.transaction():
            assert Called("DELETE", "/fhir/Device/pump", token=token).status == 204
            answer = other.submit(alone)
            ends = time.monotonic() + 20
            while database.rows(_WAITING) == [(0,)] and time.monotonic() < ends:
                time.sleep(0.01)
        return answer.result(30)


def test_a_conditional_create_after_a_delete_creates(token: str) -> None:
    """The search is asked again, finds nothing, and the resource is made under an id of its own."""
    put(token, PUMP)
    answer = during_deletion(token, lambda: post(token, ANEW, HTTP_IF_NONE_EXIST=CRITERIA))
    assert answer.status == 201
    assert living() == [(answer.json["id"], 1)]
    assert answer.json["id"] != "pump"


def test_a_conditional_update_after_a_delete_creates(token: str) -> None:
    """It does not wake the deleted one, which its criteria no longer find."""
    put(token, PUMP)

    def update() -> Called:
        return Called("PUT", f"/fhir/Device?{CRITERIA}", token=token, body=orjson.dumps(ANEW), **FHIR)

    answer = during_deletion(token, update)
    assert (answer.status, living()) == (201, [(answer.json["id"], 1)])
    assert answer.json["id"] != "pump"


def test_a_conditional_delete_after_a_delete_finds_nothing(token: str) -> None:
    """As it answers when there was nothing to begin with."""
    put(token, PUMP)
    answer = during_deletion(token, lambda: Called("DELETE", f"/fhir/Device?{CRITERIA}", token=token))
    assert (answer.status, living()) == (404, [])


def test_a_transaction_that_reads_too_tries_again_inside(token: str) -> None:
    """Its writes stand in a larger database transaction, which cannot begin anew."""
    put(token, PUMP)
    entries = [entry("POST", "Device", ANEW, ifNoneExist=CRITERIA), entry("GET", f"Device?{CRITERIA}")]
    answer = during_deletion(token, lambda: transaction(token, *entries))
    statuses = [one["response"]["status"] for one in answer.json["entry"]]
    assert (statuses, len(living())) == (["201", "200"], 1)


def test_who_loses_every_time_is_told_to_try_again(token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """After three tries: 409, and nothing was written."""
    put(token, PUMP)
    looks: list[int] = []

    def gone_again(*_: object) -> dict[Any, Any]:
        looks.append(1)
        return {}

    monkeypatch.setattr(standing, "lock", gone_again)
    answer = post(token, ANEW, HTTP_IF_NONE_EXIST=CRITERIA)
    monkeypatch.undo()
    assert (answer.status, answer.issue, len(looks)) == (409, "transient", 3)
    assert living() == [("pump", 1)]


def test_a_201_means_that_its_commit_waits_for_the_disk(token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reads let theirs go on without; criteria that are searched and entries that are read inside a write may not."""
    put(token, PUMP)
    seen: list[str] = []

    def watched(module: Any, name: str) -> None:
        before = getattr(module, name)

        def look(*values: Any) -> Any:
            [(setting,)] = database.rows("SHOW synchronous_commit")
            seen.append(setting)
            return before(*values)

        monkeypatch.setattr(module, name, look)

    watched(keeping, "answer")  # everything is written, nothing committed
    watched(transactions, "_response")  # a read inside a transaction was answered
    assert post(token, ANEW).status == 201
    assert post(token, ANEW, HTTP_IF_NONE_EXIST="identifier=urn:x|8").status == 201
    entries = [entry("POST", "Device", ANEW, ifNoneExist="identifier=urn:x|9"), entry("GET", "Device/pump")]
    assert transaction(token, *entries, entry("GET", "Device?identifier=urn:x|7")).status == 200
    assert seen == ["on"] * 5


MALI = {"resourceType": "Patient", "id": "mali"}
VISIT = {"subject": {"reference": "Patient/mali"}, "encounter": {"reference": "Encounter/visit"}}
DIAGNOSIS = {
    "resourceType": "Condition",
    "id": "diagnosis",
    "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": "B24"}]},
    **VISIT,
}
MEDICINE = {
    "resourceType": "MedicationRequest",
    "id": "medicine",
    "status": "active",
    "intent": "order",
    "medicationCodeableConcept": {"text": "Co-trimoxazole"},
    **VISIT,
}


@pytest.mark.parametrize(("first", "second"), [(DIAGNOSIS, MEDICINE), (MEDICINE, DIAGNOSIS)])
def test_a_medicine_written_beside_its_diagnosis_bears_its_label(first: dict[str, Any], second: dict[str, Any]) -> None:
    """Neither sees what the other has not committed: who comes second waits, and settles with both."""
    token = signin.issue_token("his", HOSPITAL, ["system/*.cruds"], 30, lenient=True)
    for body in (MALI, {"resourceType": "Encounter", "id": "visit", "subject": VISIT["subject"]}):
        assert put(token, body).status == 201

    def alone() -> Called:
        try:
            return put(token, second)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as other:
        with database.transaction():
            assert put(token, first).status == 201
            answer = other.submit(alone)
            ends = time.monotonic() + 20
            while database.rows(_WAITING) == [(0,)] and time.monotonic() < ends:
                time.sleep(0.01)
        assert answer.result(30).status == 201
    found = dict(database.rows("SELECT rid, label & 31 FROM resource WHERE rid = ANY(%s)", [["diagnosis", "medicine"]]))
    assert found == {"diagnosis": 1, "medicine": 1}
