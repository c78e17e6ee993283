"""Bulk import: each line by the rules of every write, faults kept apart, the same end after a kill."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any
from unittest import mock

import orjson
import pytest

from suksala import audit, signin
from suksala.exchange import bulk, bulk_storage, loading, storage
from suksala.foundation import database
from tests.record import HOSPITAL, UNIT, Called, send, stored

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("data_dir")]

LINES = {"CONTENT_TYPE": "application/fhir+ndjson", "HTTP_PREFER": "respond-async"}
MALI = {"resourceType": "Patient", "id": "mali", "name": [{"family": "ใจดี", "given": ["มะลิ"]}]}
CHAI = {"resourceType": "Patient", "id": "chai", "name": [{"family": "มีสุข", "given": ["ชัย"]}]}


def weight(rid: str | None = "w1", patient: str = "mali", **more: Any) -> dict[str, Any]:
    """A body weight of a patient."""
    found = {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "29463-7"}]},
        "subject": {"reference": f"Patient/{patient}"},
        "effectiveDateTime": "2026-11-01T09:00:00+07:00",
        **more,
    }
    return {**found, "id": rid} if rid else found


@pytest.fixture
def token() -> str:
    """A system of the hospital that may do everything there."""
    return signin.issue_token("his", HOSPITAL, ["system/*.cruds"], 30)


def ndjson(*lines: dict[str, Any] | bytes) -> bytes:
    """Resources, or bytes as they are, a line each."""
    return b"\n".join(line if isinstance(line, bytes) else orjson.dumps(line) for line in lines) + b"\n"


def kick_off(token: str, body: bytes, **headers: str) -> Called:
    """Send a file."""
    return Called("POST", "/fhir/$import", token=token, body=body, **{**LINES, **headers})


def asked(token: str, *lines: dict[str, Any] | bytes) -> str:
    """The status address of an accepted file."""
    called = kick_off(token, ndjson(*lines))
    assert called.status == 202, called.raw
    return called.headers["Content-Location"].removeprefix("https://suksala.test")


def job_of(where: str) -> str:
    """The id in a status address."""
    return where.partition("job=")[2]


def loaded(token: str, *lines: dict[str, Any] | bytes) -> tuple[dict[str, Any], dict[int, list[str]]]:
    """The counts of a finished load, and the kinds of issue of every line that has one."""
    where = asked(token, *lines)
    assert loading.run(job_of(where))
    return told(token, where)


def told(token: str, where: str) -> tuple[dict[str, Any], dict[int, list[str]]]:
    """As `loaded`, of a status address."""
    manifest = Called("GET", where, token=token)
    assert manifest.status == 200, manifest.raw
    issues = {int(v["id"].removeprefix("line-")): [i["code"] for i in v["issue"]] for v in verdicts(token, manifest)}
    return manifest.json["extension"], issues


def verdicts(token: str, manifest: Called) -> list[dict[str, Any]]:
    """The lines of the verdict file."""
    found = []
    for file in manifest.json["error"]:
        got = Called("GET", file["url"].removeprefix("https://suksala.test"), token=token)
        rows = [orjson.loads(line) for line in got.raw.splitlines()]
        assert (file["type"], file["count"]) == ("OperationOutcome", len(rows))
        found += rows
    return found


def test_a_file_becomes_the_record(token: str) -> None:
    """What a line says can be read, searched and is in the log; nothing is said about lines that are right."""
    counts, issues = loaded(
        token, MALI, weight(), weight(None), {"resourceType": "Basic", "id": "b", "code": {"text": "x"}}
    )
    assert counts == {
        "written": 4, "unchanged": 0, "refused": 0, "types": {"Patient": 1, "Observation": 2, "Basic": 1},
    }  # fmt: skip
    assert issues == {}
    assert Called("GET", "/fhir/Observation/w1", token=token).json["meta"]["versionId"] == "1"
    assert Called("GET", "/fhir/Observation?patient=mali&_total=accurate", token=token).json["total"] == 2
    assert Called("GET", "/fhir/Patient?name=ใจดี&_total=accurate", token=token).json["total"] == 1
    facts = [(f.rtype, f.actor, f.facility) for f in audit.facts("create")]
    assert sorted(facts) == [(t, "client:his", HOSPITAL) for t in ("Basic", "Observation", "Observation", "Patient")]


def test_the_order_of_lines_does_not_matter(token: str) -> None:
    """A Patient may come after what is about it, in whatever batch."""
    with mock.patch.object(loading, "BATCH_LINES", 1):
        counts, issues = loaded(token, weight("w1"), weight("w2", "chai"), CHAI, MALI)
    assert (counts["written"], counts["refused"], issues) == (4, 0, {})


def test_the_same_file_again_changes_nothing(token: str) -> None:
    """An update with the same content makes no version and no fact."""
    loaded(token, MALI, weight())
    before = len(list(audit.facts("create"))), len(list(audit.facts("update")))
    counts, _ = loaded(token, MALI, weight())
    assert (counts["written"], counts["unchanged"]) == (0, 2)
    assert (len(list(audit.facts("create"))), len(list(audit.facts("update")))) == before


def test_a_line_updates_what_stands_there_and_a_later_line_counts(token: str) -> None:
    """The same id twice in a file: two versions, in the order of the lines."""
    loaded(token, MALI, weight())
    counts, _ = loaded(token, weight(status="amended"), weight(status="corrected"))
    assert counts["written"] == 2
    found = Called("GET", "/fhir/Observation/w1", token=token).json
    assert (found["status"], found["meta"]["versionId"]) == ("corrected", "3")


BARE = {"resourceType": "Observation", "id": "o", "subject": {"reference": "Patient/mali"}}
HUGE = (
    b'{"resourceType":"Basic","id":"big","code":{"text":"x"},'
    b'"extension":[{"url":"urn:x","valueDecimal":123456789012345678901234567890}]}'
)
FAULTS: list[tuple[bytes | dict[str, Any], list[str], str]] = [
    (b"{", ["structure"], "not JSON"),
    (b'{"resourceType":"Patient","resourceType":"Patient"}', ["structure"], "a key twice, in a line of a Patient"),
    (b"[1]", ["structure"], "no resource"),
    (b'{"resourceType":"Dragon"}', ["structure"], "no such type"),
    (b'{"resourceType":"Basic","id":"x","code":{"text":"\\u0000"}}', ["structure"], "NUL"),
    (BARE, ["required", "required"], "faults of content"),
    ({"resourceType": "Basic", "id": "a b", "code": {"text": "x"}}, ["value"], "an id that is none"),
    ({"resourceType": "Basic", "id": 7, "code": {"text": "x"}}, ["structure"], "an id that is a number"),
    (weight("o", "nobody"), ["not-found"], "an unknown patient"),
    ({"resourceType": "Organization", "id": "o", "name": "ใหม่"}, ["forbidden"], "the register of facilities"),
    (HUGE, ["processing"], "a number that no printer holds"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "kinds", "why"), FAULTS, ids=[row[2] for row in FAULTS])
def test_a_faulty_line_is_set_aside_and_the_others_go_on(
    token: str, line: bytes | dict[str, Any], kinds: list[str], why: str
) -> None:
    """Its number and what is wrong with it, in both languages; nothing of it is kept, all else is."""
    counts, issues = loaded(token, weight("w1"), b"", line, weight("w2"), MALI)
    assert issues == {3: kinds}, why
    assert (counts["written"], counts["refused"]) == (3, 1)
    assert set(stored()) == {("Patient", "mali"), ("Observation", "w1"), ("Observation", "w2")}


def test_a_verdict_says_where_and_what_but_no_value(token: str) -> None:
    """An OperationOutcome with the line, a stable code, Thai and English."""
    where = asked(token, MALI, weight("w", birthPlace="ที่ลับ"))
    loading.run(job_of(where))
    [verdict] = verdicts(token, Called("GET", where, token=token))
    [issue] = verdict["issue"]
    assert (verdict["id"], issue["diagnostics"], issue["severity"]) == ("line-2", "line 2", "error")
    assert issue["details"]["coding"][0]["code"] == "SKL-FHIR-422"
    assert "ที่ลับ" not in orjson.dumps(verdict).decode()


def test_a_line_may_be_long_but_not_that_long(token: str) -> None:
    """Beyond the limit it is passed over, byte by byte, and the next one is read."""
    with mock.patch.object(loading, "MOST_LINE", 300):
        long = weight("long", note=[{"text": "ก" * 200}])
        counts, issues = loaded(token, long, MALI, weight("w1"))
    assert issues == {1: ["too-long"]}
    assert counts["written"] == 2


def test_what_is_not_this_clients_to_write_is_refused(token: str) -> None:
    """An id of another facility (nothing is told), a row of a deposit, a lost scope: each line for itself."""
    send("PERSON", {"pid": "1", "name": "ดำ"})
    [(rid,)] = database.rows(
        "SELECT rid FROM resource WHERE rtype = (SELECT max(rtype) FROM resource WHERE person <> 0)"
    )
    other = signin.issue_token("unit", UNIT, ["system/*.cruds"], 1)
    loaded(other, CHAI, weight("theirs", "chai"))
    before = stored()
    counts, issues = loaded(
        token, MALI, CHAI, weight("theirs"), weight("w", "chai"), {"resourceType": "Patient", "id": rid}
    )
    assert issues == {2: ["conflict"], 3: ["conflict"], 4: ["not-found"], 5: ["business-rule"]}
    assert (counts["written"], counts["refused"]) == (1, 4)
    assert {key: body for key, body in stored().items() if key != ("Patient", "mali")} == before


def test_scopes_count_line_by_line() -> None:
    """A token for Patients alone writes those of the file."""
    some = signin.issue_token("some", HOSPITAL, ["system/Patient.cu"], 1)
    counts, issues = loaded(some, MALI, weight())
    assert (counts["types"], issues) == ({"Patient": 1}, {2: ["forbidden"]})
    assert kick_off(signin.issue_token("none", HOSPITAL, ["system/*.rs"], 1), ndjson(MALI)).status == 403


def test_a_lenient_client_is_told_and_taken() -> None:
    """Unknown patients and broken rules are warnings in the verdict file."""
    lenient = signin.issue_token("his", HOSPITAL, ["system/*.cruds"], 1, lenient=True)
    counts, issues = loaded(lenient, weight("w1", "later"), weight("w2", status=None))
    assert issues[1] == ["not-found"]
    assert counts["written"] + counts["refused"] == 2


REFUSED = [
    ({"HTTP_PREFER": ""}, b"{}\n", 400, "invalid"),
    ({"CONTENT_TYPE": "text/csv"}, b"{}\n", 415, "not-supported"),
    ({"CONTENT_TYPE": "application/fhir+json"}, b'{"resourceType":"Parameters"}', 400, "not-supported"),
    ({"HTTP_CONTENT_ENCODING": "gzip"}, b"{}\n", 415, "not-supported"),
    ({}, b"", 400, "required"),
    ({"CONTENT_LENGTH": "9"}, b"{}\n", 400, "incomplete"),
    ({"CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked"}, b"{}\n", 411, "required"),
    ({"CONTENT_LENGTH": str(2**40)}, b"{}\n", 413, "too-long"),
]


@pytest.mark.parametrize(("headers", "body", "status", "issue"), REFUSED)
def test_a_refused_kick_off_keeps_nothing(
    token: str, headers: dict[str, str], body: bytes, status: int, issue: str
) -> None:
    """No job, no file."""
    answer = kick_off(token, body, **headers)
    assert (answer.status, answer.issue) == (status, issue)
    assert database.rows("SELECT count(*) FROM bulk_job") == [(0,)]
    folder = bulk.folder("x", "import").parent
    assert not folder.exists() or list(folder.iterdir()) == []


def test_nothing_is_fetched(token: str) -> None:
    """A manifest of addresses gets a sentence of its own."""
    body = b'{"resourceType":"Parameters","parameter":[{"name":"input","part":[{"name":"url","valueUrl":"https://x.test"}]}]}'
    told = kick_off(token, body, CONTENT_TYPE="application/fhir+json").json["issue"][0]["details"]["text"]
    assert "fetches no addresses" in told


def test_the_file_is_kept_as_it_came(token: str) -> None:
    """Byte for byte, with its digest."""
    where = asked(token, MALI)
    raw = (bulk.folder(job_of(where), "import") / loading.INPUT).read_bytes()
    job = bulk_storage.find(job_of(where))
    assert job is not None
    assert (raw, job.wish["sha256"], job.total) == (ndjson(MALI), hashlib.sha256(raw).hexdigest(), len(raw))


def test_to_another_client_it_does_not_exist(token: str) -> None:
    """Neither its status nor its verdicts."""
    where = asked(token, MALI, b"{")
    other = signin.issue_token("other", HOSPITAL, ["system/*.cruds"], 1)
    absent = Called("GET", "/fhir/$bulk-status?job=none", token=other)
    loading.run(job_of(where))
    assert Called("GET", where, token=other).raw == absent.raw
    [file] = Called("GET", where, token=token).json["error"]
    assert Called("GET", file["url"].removeprefix("https://suksala.test"), token=other).raw == absent.raw


def test_an_ended_client_stops_it(token: str) -> None:
    """Nothing is written after its token ended."""
    where = asked(token, MALI, weight())
    signin.revoke_client("his", actor="test")
    assert loading.run(job_of(where))
    assert stored() == {}


@pytest.mark.parametrize("revoked", [False, True])
def test_rights_that_change_in_the_middle_count_from_the_next_batch(token: str, *, revoked: bool) -> None:
    """Lines that were read ahead under the former rights are read again under the new ones, or not written at all."""
    where = asked(token, weight("a"), MALI, weight("b"))
    real, calls = bulk_storage.advance, []

    def advance(*args: Any, **named: Any) -> bool:
        calls.append(args)
        if len(calls) == 5:  # three batches and the end of the first pass, then the first line of the second
            signin.revoke_client("his", actor="test")
            if not revoked:
                signin.issue_token("his", HOSPITAL, ["system/Patient.cruds"], 1)
        return real(*args, **named)

    with mock.patch.object(loading, "BATCH_LINES", 1), mock.patch.object(bulk_storage, "advance", advance):
        assert loading.run(job_of(where))
    assert set(stored()) == {("Patient", "mali"), ("Observation", "a")}
    job = bulk_storage.find(job_of(where))
    assert job is not None
    assert job.state == ("failed" if revoked else "done")


# ---- kill -----------------------------------------------------------------------------------------------------------

FILE = [
    *(weight("w1"), MALI, b"{", weight(None), CHAI, weight("w2", "chai"), weight("w3", "nobody")),
    weight("w1", status="amended"),
]


@pytest.fixture
def small_batches() -> Iterator[None]:
    """Two lines a batch: four batches in each pass."""
    with mock.patch.object(loading, "BATCH_LINES", 2):
        yield


class Killed(BaseException):
    """What a kill does: nothing after it runs."""


@pytest.mark.usefixtures("small_batches")
@pytest.mark.parametrize("place", ["advance", "write"])
@pytest.mark.parametrize("step", range(8))
def test_a_kill_in_the_middle_ends_in_the_same_record(token: str, step: int, place: str) -> None:
    """Killed before or after a batch was written, the load goes on there: the same versions, verdicts and facts."""
    where = asked(token, *FILE)
    owner: Any = bulk_storage if place == "advance" else storage.Batch
    real, steps = getattr(owner, place), 0

    def killed(*args: Any, **named: Any) -> Any:
        nonlocal steps
        steps += 1
        found = real(*args, **named)
        if steps > step:
            raise Killed
        return found

    with mock.patch.object(owner, place, killed):
        try:
            loading.run(job_of(where))
        except Killed:
            assert Called("GET", where, token=token).status == 202
    assert loading.run(job_of(where))
    counts, issues = told(token, where)
    assert counts == {"written": 6, "unchanged": 0, "refused": 2, "types": {"Patient": 2, "Observation": 4}}
    assert issues == {3: ["structure"], 7: ["not-found"]}
    found = [(key[1], body.get("status")) for key, body in stored().items() if key[0] == "Observation"]
    assert sorted(status for _, status in found) == ["amended", "final", "final"]
    [(versions,)] = database.rows("SELECT count(*) FROM resource_history")
    assert (versions, len(list(audit.facts("create"))), len(list(audit.facts("update")))) == (1, 5, 1)


@pytest.mark.usefixtures("small_batches")
def test_a_worker_with_an_old_view_does_nothing(token: str) -> None:
    """Taken for dead and overtaken, it writes neither resources nor verdicts."""
    where = asked(token, *FILE)
    stale = bulk_storage.find(job_of(where))
    assert stale is not None
    loading.run(job_of(where))
    before = stored(), told(token, where)
    assert loading._stretch(stale, mock.Mock(), 30) is False
    assert (stored(), told(token, where)) == before


def test_it_is_not_done_before_a_search_finds_everything(token: str) -> None:
    """The index is brought up to date before the status says 200."""
    where = asked(token, MALI, weight())
    seen = []
    look = mock.Mock(side_effect=lambda: seen.append(Called("GET", where, token=token).status))
    with mock.patch.object(storage, "settle", look):
        loading.run(job_of(where))
    assert seen == [202]
    assert Called("GET", where, token=token).status == 200
