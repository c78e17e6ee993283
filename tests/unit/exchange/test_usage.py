"""What is counted of the use of the API, for whom, and that a count is never in the way (S4.23; decision 0079)."""

from __future__ import annotations

import threading
from datetime import date, timedelta

import orjson
import pytest

from suksala import audit, exchange, signin
from suksala.exchange import usage, usage_storage
from suksala.exchange.answers import Answer, no_address
from suksala.exchange.mapping.base import patient_id
from suksala.exchange.usage import Day, Kind
from suksala.exchange.usage_storage import Key, Line
from suksala.foundation import clock, database
from tests.budgets import so_much
from tests.record import HOSPITAL, UNIT, Called, send

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 22)
MALI = patient_id(HOSPITAL, "1")
FHIR = {"CONTENT_TYPE": "application/fhir+json"}


@pytest.fixture(autouse=True)
def _nothing_counted() -> None:
    usage._counts.clear()


@pytest.fixture
def token() -> str:
    """A system of the hospital, which knows one patient with three visits."""
    send("PERSON", {"pid": "1", "name": "มาลี", "birth": "1970-05-05"})
    send("SERVICE", *({"pid": "1", "seq": str(n), "date_serv": f"2026-01-{n:02}"} for n in range(1, 4)))
    return signin.issue_token("his", HOSPITAL, ["system/*.cruds"], 30)


def told(client: str = "his") -> list[tuple[str, str, int, int, int]]:
    """What was written of a client: interaction, type, requests, refused, resources."""
    usage.flush()
    return sorted(kind[:5] for kind in exchange.usage_of_client(client, 1).kinds)


def ask(token: str, *targets: str) -> None:
    """GET each."""
    for target in targets:
        Called("GET", f"/fhir/{target}", token=token)


ASKED = [
    ((f"Patient/{MALI}",), [("read", "Patient", 1, 0, 1)]),
    (("Encounter?patient=" + MALI,), [("search-type", "Encounter", 1, 0, 3)]),
    (("Encounter?_include=Encounter:patient",), [("search-type", "Encounter", 1, 0, 4)]),
    (("Encounter?_summary=count",), [("search-type", "Encounter", 1, 0, 0)]),
    ((f"Patient/{MALI}/_history/1",), [("vread", "Patient", 1, 0, 1)]),
    ((f"Patient/{MALI}/_history",), [("history-instance", "Patient", 1, 0, 1)]),
    (("Patient/_history",), [("history-type", "Patient", 1, 0, 1)]),
    ((f"Patient/{MALI}/$everything",), [("$everything", "Patient", 1, 0, 4)]),
    (("Patient/nobody", "Patient/nobody2"), [("read", "Patient", 2, 2, 0)]),
    (("Patient?nonsense=1",), [("search-type", "Patient", 1, 1, 0)]),
    (("Mali-Jaidee/1", "Patient/$mali", "$mali"), [("unknown", "", 2, 2, 0), ("unknown", "Patient", 1, 1, 0)]),
    (("metadata",), []),
]


@pytest.mark.parametrize(("targets", "expected"), ASKED)
def test_what_is_counted(token: str, targets: tuple[str, ...], expected: list[tuple[str, str, int, int, int]]) -> None:
    """Interaction and type as the CapabilityStatement names them, the resources read; of an address that we do not
    have nothing is kept, for it may hold a name.
    """
    ask(token, *targets)
    assert told() == expected
    assert "mali" not in repr(database.rows("SELECT * FROM client_usage")).lower()


def test_writes_and_what_is_in_a_batch(token: str) -> None:
    """A batch is one request, with all that its entries read."""
    body = {"resourceType": "Basic", "code": {"text": "x"}}
    made = Called("POST", "/fhir/Basic", token=token, body=orjson.dumps(body), **FHIR).json
    Called("PUT", f"/fhir/Basic/{made['id']}", token=token, body=orjson.dumps({**body, "id": made["id"]}), **FHIR)
    Called("DELETE", f"/fhir/Basic/{made['id']}", token=token)
    entries = [{"request": {"method": "GET", "url": f"Patient/{MALI}"}}] * 2
    bundle = {"resourceType": "Bundle", "type": "batch", "entry": entries}
    Called("POST", "/fhir", token=token, body=orjson.dumps(bundle), **FHIR)
    assert [(name, rtype, requests) for name, rtype, requests, _, _ in told()] == [
        ("batch", "", 1),
        ("create", "Basic", 1),
        ("delete", "Basic", 1),
        ("update", "Basic", 1),
    ]
    assert next(kind.rows for kind in exchange.usage_of_client("his", 1).kinds if kind.interaction == "batch") == 2


READS = {"type": "batch", "entry": [{"request": {"method": "GET", "url": "Patient?_id=nobody"}}] * 60}


def test_what_is_in_a_batch_takes_nothing_more_of_the_budget() -> None:
    """Sixty reads where fifty requests are let through at once: each is answered, and one request was spent."""
    with so_much("rate=1 burst=50"):
        token = signin.issue_token("many", None, ["system/*.rs"], 1)
        bundle = orjson.dumps({"resourceType": "Bundle", **READS})
        answer = Called("POST", "/fhir", token=token, body=bundle, **FHIR)
        assert [entry["response"]["status"] for entry in answer.json["entry"]] == ["200"] * 60
        assert Called("GET", "/fhir/Patient?_id=nobody", token=token).status == 200


@pytest.mark.parametrize("kind", ["batch", "transaction"])
def test_the_purpose_of_a_bundle_is_that_of_its_entries(token: str, kind: str) -> None:
    """A system of two purposes says once why it asks; without a word nothing of it is answered."""
    two = signin.issue_token("two", None, ["system/*.rs"], 1, purposes=("TREAT", "HOPERAT"))
    entries = [{"request": {"method": "GET", "url": f"Patient/{MALI}"}}]
    bundle = orjson.dumps({"resourceType": "Bundle", "type": kind, "entry": entries})
    answer = Called("POST", "/fhir", token=two, body=bundle, HTTP_PURPOSE_OF_USE="TREAT", **FHIR)
    assert [entry["response"]["status"] for entry in answer.json["entry"]] == ["200"]
    assert [fact.purpose for fact in audit.facts("read") if fact.actor == "client:two"] == ["TREAT"]
    assert Called("POST", "/fhir", token=two, body=bundle, **FHIR).status == 403


def test_refusals_by_code(token: str) -> None:
    """The stable code of the OperationOutcome."""
    ask(token, "Patient/nobody", "Patient/nobody", "Patient?nonsense=1", "Patient/1/2/3")
    usage.flush()
    assert exchange.usage_of_client("his", 1).refusals == [("SKL-FHIR-404", 3), ("SKL-FHIR-400", 1)]


def test_each_client_has_its_own_and_a_stranger_none(token: str) -> None:
    """Without a token that counts nothing is counted: there is nobody to count it for."""
    other = signin.issue_token("unit", UNIT, ["system/*.rs"], 30)
    ask(token, f"Patient/{MALI}")
    ask(other, f"Patient/{MALI}", "Patient")
    ask("skl_nobody-knows-this-token-at-all", "Patient")
    assert told("his") == [("read", "Patient", 1, 0, 1)]
    assert told("unit") == [("read", "Patient", 1, 1, 0), ("search-type", "Patient", 1, 0, 0)]
    assert exchange.usage_clients(1) == ["his", "unit"]


def test_counts_of_two_processes_add_up(token: str) -> None:
    """Each writes what it counted since the last time; writing again adds nothing."""
    for _ in range(2):
        ask(token, f"Patient/{MALI}")
        usage.flush()
        usage.flush()
    assert told() == [("read", "Patient", 2, 0, 2)]


def test_counts_wait_for_a_database_that_is_away(token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are written the next time, together with what came meanwhile."""
    ask(token, f"Patient/{MALI}")
    with monkeypatch.context() as away:
        away.setattr(usage_storage, "add", lambda _: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            usage.flush()
    ask(token, f"Patient/{MALI}")
    assert told() == [("read", "Patient", 2, 0, 2)]


def test_counts_are_written_by_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    """After some seconds, once for all that came in them; the thread that asked does not wait."""
    written = threading.Event()
    times: list[str] = []
    monkeypatch.setattr(usage.Seconds, "until_written", 0.05)
    monkeypatch.setattr(usage, "flush", lambda: times.append(threading.current_thread().name))
    monkeypatch.setattr(usage, "_forget", written.set)
    for _ in range(3):
        usage.note("his", ("read", "Patient"), Answer(200, b""), 1, 0.001)
    assert written.wait(5)
    assert len(times) == 1
    assert times[0] != threading.current_thread().name


def test_old_counts_are_dropped() -> None:
    """After 400 days; both edges."""
    today = clock.today()
    for days in (400, 401):
        usage_storage.add([Line(Key("his", today - timedelta(days=days), "read", "Patient", "200", 0), 1, 1)])
    usage._swept.clear()
    usage._forget()
    assert database.rows("SELECT day FROM client_usage") == [(today - timedelta(days=400),)]


def line(on: date, interaction: str, code: str, slot: int, requests: int) -> Line:
    """One line of a client."""
    return Line(Key("his", on, interaction, "Patient", code, slot), requests, requests if code == "200" else 0)


def test_the_sums_of_some_days() -> None:
    """Every day stands in the list, also one without a request."""
    lines = [line(TODAY, "read", "200", 0, 3), line(TODAY - timedelta(days=2), "read", "SKL-FHIR-404", 0, 1)]
    found = usage.summed("his", TODAY - timedelta(days=2), TODAY, lines)
    assert found.days == [
        Day(TODAY - timedelta(days=2), 1, 1, 0),
        Day(TODAY - timedelta(days=1), 0, 0, 0),
        Day(TODAY, 3, 0, 3),
    ]
    assert (found.requests, found.refused, found.rows) == (4, 1, 3)
    assert found.kinds == [Kind("read", "Patient", 4, 1, 3, 1, 1)]


WITHIN = [
    ([(0, 100)], (1, 1)),
    ([(0, 50), (3, 50)], (1, 10)),
    ([(0, 49), (3, 51)], (10, 10)),
    ([(0, 95), (12, 5)], (1, 1)),
    ([(0, 94), (12, 6)], (1, 10_000)),
    ([(0, 94), (13, 6)], (1, None)),  # longer than the longest that is told apart
]


@pytest.mark.parametrize(("slots", "expected"), WITHIN)
def test_latency_is_an_upper_end(slots: list[tuple[int, int]], expected: tuple[int | None, int | None]) -> None:
    """p50 and p95 as the end of the slot in which that request lies: never better than it was."""
    lines = [line(TODAY, "read", "200", slot, requests) for slot, requests in slots]
    [kind] = usage.summed("his", TODAY, TODAY, lines).kinds
    assert (kind.p50_ms, kind.p95_ms) == expected


@pytest.mark.parametrize(("seconds", "slot"), [(0.0, 0), (0.001, 0), (0.0011, 1), (10.0, 12), (10.001, 13)])
def test_the_slot_of_a_latency(seconds: float, slot: int) -> None:
    """Both edges."""
    usage.note("his", ("read", "Patient"), no_address().answer, 0, seconds)
    [key] = usage._counts
    assert (key.slot, key.code) == (slot, "SKL-FHIR-404")


def test_what_a_client_may_have_at_a_time(token: str) -> None:
    """Of five export jobs one is at work."""
    Called("GET", "/fhir/$export", token=token, HTTP_PREFER="respond-async")
    assert [(limit.name, limit.used, limit.left) for limit in exchange.usage_limits("his")] == [
        ("export", 1, 4),
        ("import", 0, 5),
    ]
