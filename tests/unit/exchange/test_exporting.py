"""Bulk export: what is in it, for whom, what it leaves in the log, and what a kill, an end or another client change."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import orjson
import pytest

from suksala import audit, exchange, signin
from suksala.exchange import bulk, bulk_storage, exporting
from suksala.foundation import clock, database
from tests.record import HOSPITAL, UNIT, Called, keep, person, send

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("data_dir")]

ASYNC = {"HTTP_PREFER": "respond-async"}
FHIR = {"CONTENT_TYPE": "application/fhir+json"}


@pytest.fixture(autouse=True)
def record() -> None:
    """Mali and Dam at the hospital, Chai at the unit; a Group of Mali, of Chai and of somebody who is not here."""
    send("PERSON", {"pid": "1", "name": "มะลิ", "sex": "2"}, {"pid": "2", "name": "ดำ", "sex": "1"})
    send("PERSON", {"pid": "9", "name": "ชัย", "sex": "1"}, hospcode=UNIT)
    send("SERVICE", {"pid": "1", "seq": "10", "date_serv": "2026-01-05", "pr": 70},
         {"pid": "2", "seq": "20", "date_serv": "2026-01-06", "pr": 90})  # fmt: skip
    send("SERVICE", {"pid": "9", "seq": "90", "date_serv": "2026-01-07", "pr": 60}, hospcode=UNIT)
    members = [{"entity": {"reference": f"Patient/{rid}"}} for rid in (patient("1"), patient("9", UNIT), "nobody")]
    keep({"resourceType": "Group", "id": "g", "type": "person", "actual": True, "member": members})


def patient(pid: str, hospcode: str = HOSPITAL) -> str:
    """The id of a Patient from a deposit."""
    from suksala.exchange.mapping.base import patient_id

    return patient_id(hospcode, pid)


@pytest.fixture
def token() -> str:
    """A system of the hospital that may read everything there."""
    return signin.issue_token("his", HOSPITAL, ["system/*.rs"], 30)


def kick_off(token: str, query: str = "", place: str = "", **headers: str) -> Called:
    """Ask for an export."""
    return Called("GET", f"/fhir/{place}$export{query}", token=token, **{**ASYNC, **headers})


def address(called: Called) -> str:
    """The status address of an accepted kick-off, without scheme and host."""
    assert called.status == 202, called.raw
    return called.headers["Content-Location"].removeprefix("https://suksala.test")


def job_of(where: str) -> str:
    """The id in a status address."""
    return where.partition("job=")[2]


def exported(token: str, query: str = "", place: str = "") -> tuple[dict[str, Any], dict[str, list[dict[str, Any]]]]:
    """The manifest of a finished export, and the lines of its files by type; deletions under `deleted`."""
    where = address(kick_off(token, query, place))
    assert exporting.run(job_of(where))
    told = Called("GET", where, token=token)
    assert told.status == 200, told.raw
    return told.json, {**fetched(token, told.json["output"]), "deleted": lines(token, told.json.get("deleted", []))}


def fetched(token: str, files: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """Every line of the files, by type; each file has as many lines as it says."""
    found: dict[str, list[dict[str, Any]]] = {}
    for file in files:
        rows = lines(token, [file])
        assert file["count"] == len(rows)
        assert {row["resourceType"] for row in rows} == {file["type"]}
        found.setdefault(file["type"], []).extend(rows)
    return found


def lines(token: str, files: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The lines of files."""
    rows = []
    for file in files:
        got = Called("GET", file["url"].removeprefix("https://suksala.test"), token=token)
        assert (got.status, got.headers["Content-Type"]) == (200, "application/fhir+ndjson")
        assert got.headers["Content-Length"] == str(len(got.raw))
        rows += [orjson.loads(line) for line in got.raw.splitlines()]
    return rows


def ids(found: dict[str, list[dict[str, Any]]]) -> dict[str, set[str]]:
    """Ids by type; a resource that is there twice fails."""
    told = {rtype: {row["id"] for row in rows} for rtype, rows in found.items() if rtype != "deleted"}
    assert all(len(told[rtype]) == len(found[rtype]) for rtype in told)
    return told


# ---- what is in it --------------------------------------------------------------------------------------------------


def test_a_system_export_is_what_the_facility_recorded(token: str) -> None:
    """Both patients with their visits and results, the Group, the register of facilities; nothing of the unit."""
    manifest, found = exported(token)
    assert ids(found)["Patient"] == {patient("1"), patient("2")}
    assert len(found["Encounter"]) == len(found["Observation"]) == 2
    assert ids(found)["Group"] == {"g"}
    assert ids(found)["Organization"] == {HOSPITAL, UNIT}
    assert (manifest["requiresAccessToken"], manifest["error"]) == (True, [])
    assert manifest["request"] == "https://suksala.test/fhir/$export"
    moment = datetime.fromisoformat(manifest["transactionTime"])
    assert timedelta() < clock.now() - moment < timedelta(minutes=1)


def test_a_line_is_the_resource_as_a_read_gives_it(token: str) -> None:
    """Byte for byte."""
    _, found = exported(token, "?_type=Patient")
    raw = Called("GET", f"/fhir/Patient/{patient('1')}", token=token).json
    assert [row for row in found["Patient"] if row["id"] == patient("1")] == [raw]


WISHES = [
    ("?_type=Patient", "", {"Patient": 2}),
    ("?_type=Patient,Encounter&_type=Encounter", "", {"Patient": 2, "Encounter": 2}),
    ("", "Patient/", {"Patient": 2, "Encounter": 2, "Observation": 2}),
    ("?_type=Organization", "Patient/", {}),
    ("", "Group/g/", {"Patient": 1, "Encounter": 1, "Observation": 1}),
    ("?_typeFilter=Encounter%3Fdate%3D2026-01-05&_type=Encounter,Patient", "", {"Encounter": 1, "Patient": 2}),
    ("?_type=Encounter&_typeFilter=Encounter?date=2026-01-05&_typeFilter=Encounter?class=AMB", "", {"Encounter": 2}),
    ("?_typeFilter=Encounter%3Fdate%3D2026-01-05%26status%3Dcancelled&_type=Encounter", "", {}),
    ("?_outputFormat=ndjson&_type=Group", "", {"Group": 1}),
    ("?_since=2999-01-01&_type=Patient", "", {}),
    ("?_until=2000-01-01&_type=Patient", "", {}),
    ("?_since=2000-01-01T00:00:00%2B07:00&_until=2999-01-01&_type=Patient", "", {"Patient": 2}),
]  # fmt: skip


@pytest.mark.parametrize(("query", "place", "counts"), WISHES, ids=[place + query for query, place, _ in WISHES])
def test_what_was_asked_for(token: str, query: str, place: str, counts: dict[str, int]) -> None:
    """Type, level, time and criteria narrow; types about no person are not in a patient's record."""
    _, found = exported(token, query, place)
    assert {rtype: len(rows) for rtype, rows in found.items() if rows} == counts


def test_patients_by_post(token: str) -> None:
    """`patient` in a Parameters resource: one of ours is taken alone; one of another facility is not there at all."""

    def post(rid: str) -> Called:
        parameters = [{"name": "patient", "valueReference": {"reference": f"Patient/{rid}"}}]
        body = orjson.dumps({"resourceType": "Parameters", "parameter": parameters})
        return Called("POST", "/fhir/Patient/$export", token=token, body=body, **ASYNC, **FHIR)

    where = address(post(patient("2")))
    exporting.run(job_of(where))
    found = fetched(token, Called("GET", where, token=token).json["output"])
    assert ids(found)["Patient"] == {patient("2")}
    hidden, unknown = post(patient("9", UNIT)), post("never")
    assert (hidden.status, hidden.raw) == (404, unknown.raw)


def test_since_tells_deletions(token: str) -> None:
    """A deletion after `_since` is named in a Bundle, to those who could read it; without `_since` nothing is."""
    writer = signin.issue_token("w", HOSPITAL, ["system/*.cruds"], 1)
    made = Called("POST", "/fhir/Basic", token=writer, body=b'{"resourceType":"Basic","code":{"text":"x"}}', **FHIR)
    rid = made.json["id"]
    assert Called("DELETE", f"/fhir/Basic/{rid}", token=writer).status == 204
    assert exported(token, "?_type=Basic")[1] == {"deleted": []}
    _, found = exported(token, "?_type=Basic&_since=2020-01-01")
    entry = {"request": {"method": "DELETE", "url": f"Basic/{rid}"}}
    assert found["deleted"] == [{"resourceType": "Bundle", "type": "transaction", "entry": [entry]}]
    elsewhere = signin.issue_token("unit", UNIT, ["system/*.rs"], 1)
    assert exported(elsewhere, "?_type=Basic&_since=2020-01-01")[1] == {"deleted": []}
    assert exported(token, "?_type=Basic&_since=2999-01-01")[1] == {"deleted": []}


def test_nothing_written_until_the_transaction_time_is_missing(token: str) -> None:
    """The next export since then holds what changed while the first was at work, even when that held it too."""
    where = address(kick_off(token, "?_type=Patient"))
    send("PERSON", {"pid": "3", "name": "ขาว", "sex": "2"})
    exporting.run(job_of(where))
    manifest = Called("GET", where, token=token).json
    first = ids(fetched(token, manifest["output"]))["Patient"]
    since = manifest["transactionTime"].replace("+", "%2B")
    assert patient("3") in first | ids(exported(token, f"?_type=Patient&_since={since}")[1])["Patient"]


def test_one_fact_for_each_person(token: str) -> None:
    """However many resources and files; nobody of another facility; the empty export leaves one about nobody."""
    exported(token)
    facts = [f for f in audit.facts("read") if f.detail.get("operation") == "export"]
    assert sorted((f.person or 0, f.actor) for f in facts) == sorted(
        (number, "client:his") for number in (0, person("1"), person("2"))
    )


# ---- what is refused ------------------------------------------------------------------------------------------------

REFUSED = [
    ("?_type=Dragon", "", 400, "not-supported", "no such type"),
    ("?_type=Patient&_since=yesterday", "", 400, "invalid", "not a date"),
    ("?_outputFormat=csv", "", 400, "not-supported", "NDJSON only"),
    ("?_typeFilter=Patient", "", 400, "invalid", "no criteria"),
    ("?_typeFilter=Patient%3F_sort%3Dname", "", 400, "invalid", "an order is no test"),
    ("?_typeFilter=Patient%3Fbogus%3D1", "", 400, "not-supported", "an unknown parameter"),
    ("?_type=Patient&_typeFilter=Encounter%3Fdate%3D2026", "", 400, "invalid", "a filter of a type not asked for"),
    ("?_elements=id", "", 400, "not-supported", "not taken"),
    ("?patient=Patient/1", "", 400, "not-supported", "patients at the system level"),
    ("", "Group/none/", 404, "not-found", "no such Group"),
    ("", "Encounter/", 404, "not-supported", "no such operation"),
]


@pytest.mark.parametrize(("query", "place", "status", "issue", "why"), REFUSED, ids=[row[4] for row in REFUSED])
def test_a_refused_kick_off_starts_nothing(
    token: str, query: str, place: str, status: int, issue: str, why: str
) -> None:
    """One OperationOutcome; no job, no fact."""
    answer = kick_off(token, query, place)
    assert (answer.status, answer.issue) == (status, issue), why
    assert database.rows("SELECT count(*) FROM bulk_job") == [(0,)]
    assert [f for f in audit.facts("read") if f.detail.get("operation") == "export"] == []


def test_it_is_asynchronous_only(token: str) -> None:
    """Without the header nothing is started; lenient handling passes over what is unknown."""
    assert Called("GET", "/fhir/$export", token=token).status == 400
    assert database.rows("SELECT count(*) FROM bulk_job") == [(0,)]
    assert kick_off(token, "?_elements=id", HTTP_PREFER="respond-async, handling=lenient").status == 202


def test_scopes_narrow_and_refuse() -> None:
    """Without _type the types of the scopes; one type beyond them, or a chain into it: 403."""
    some = signin.issue_token("some", HOSPITAL, ["system/Patient.rs", "system/Encounter.r"], 1)
    assert {k for k, rows in exported(some)[1].items() if rows} == {"Patient"}
    for query in ("?_type=Encounter", "?_type=Patient&_typeFilter=Patient%3F_has:Condition:patient:code%3DI10"):
        assert kick_off(some, query).status == 403
    none = signin.issue_token("none", HOSPITAL, ["system/*.c"], 1)
    assert kick_off(none).status == 403


def test_a_client_has_so_many_jobs_at_a_time(token: str) -> None:
    """The sixth waits: 429 with Retry-After."""
    answers = [kick_off(token) for _ in range(6)]
    assert [a.status for a in answers] == [202] * 5 + [429]
    assert answers[-1].headers["Retry-After"] == "60"


# ---- whose it is ----------------------------------------------------------------------------------------------------


def test_to_another_client_it_does_not_exist(token: str) -> None:
    """Status, file and cancelling answer as for a job that never was, byte for byte, even within the facility."""
    where = address(kick_off(token, "?_type=Patient"))
    exporting.run(job_of(where))
    [file] = Called("GET", where, token=token).json["output"]
    other = signin.issue_token("other", HOSPITAL, ["system/*.cruds"], 1)
    absent = Called("GET", "/fhir/$bulk-status?job=none", token=other)
    for method, target in (
        ("GET", where),
        ("DELETE", where),
        ("GET", file["url"].removeprefix("https://suksala.test")),
    ):
        assert (Called(method, target, token=other).status, Called(method, target, token=other).raw) == (
            404,
            absent.raw,
        )
    assert Called("GET", where, token=token).status == 200
    assert Called("GET", where).status == 401
    outside = file["url"].removeprefix("https://suksala.test").replace("Patient.", "..%2F")
    assert Called("GET", outside, token=token).status == 404


def test_a_client_that_moved_to_another_facility_has_no_files_of_the_former(token: str) -> None:
    """Its rights changed, so what was made under the old ones is not there any more."""
    where = address(kick_off(token, "?_type=Patient"))
    exporting.run(job_of(where))
    moved = signin.issue_token("his", UNIT, ["system/*.rs"], 1)
    assert Called("GET", where, token=moved).status == 404


@pytest.mark.parametrize("pages_before", [0, 1])
def test_an_ended_client_stops_it(token: str, pages_before: int) -> None:
    """Before the choice, and in the middle: nothing more is written, the status says why to nobody but a new token."""
    where = address(kick_off(token))
    if pages_before:
        exporting.run(job_of(where), seconds=-1)
        exporting._step(found(where), mock.Mock())
    signin.revoke_client("his", actor="test")
    assert exporting.run(job_of(where))
    assert found(where).state == "failed"
    again = signin.issue_token("his", HOSPITAL, ["system/*.rs"], 1)
    answer = Called("GET", where, token=again)
    assert (answer.status, answer.json["issue"][0]["details"]["coding"][0]["code"]) == (403, "SKL-PERMIT-001")


def found(where: str) -> bulk_storage.BulkTask:
    """The job behind a status address."""
    job = bulk_storage.find(job_of(where))
    assert job is not None
    return job


def test_what_is_hidden_when_it_is_read_stays_out(token: str) -> None:
    """The permit counts at the moment of the page, not only at the choice: a resource that moved away is left out."""
    where = address(kick_off(token, "?_type=Encounter"))
    exporting._step(found(where), mock.Mock())
    database.execute("UPDATE resource SET org = 1 WHERE person = %s", [person("2")])
    exporting.run(job_of(where))
    [file] = Called("GET", where, token=token).json["output"]
    assert file["count"] == 1


# ---- kill, cancel, purge --------------------------------------------------------------------------------------------


@pytest.fixture
def small_pages() -> Iterator[None]:
    """One line a page, one page a file: many steps."""
    with mock.patch.multiple(exporting, PAGE_LINES=1, FILE_LINES=1):
        yield


class Killed(BaseException):
    """What a kill does: nothing after it runs."""


@pytest.mark.usefixtures("small_pages")
@pytest.mark.parametrize("step", range(6))
def test_a_kill_in_the_middle_repeats_and_loses_no_line(token: str, step: int) -> None:
    """Killed between file and database in any step; the next run ends with each resource once, orphans unseen."""
    where = address(kick_off(token, "?_type=Patient,Encounter,Observation"))
    steps = 0
    advance = bulk_storage.advance

    def killed(*args: Any, **named: Any) -> bool:
        nonlocal steps
        steps += 1
        if steps > step:
            raise Killed
        return advance(*args, **named)

    with mock.patch.object(bulk_storage, "advance", killed), pytest.raises(Killed):
        exporting.run(job_of(where))
    assert Called("GET", where, token=token).status == 202
    assert exporting.run(job_of(where))
    told = ids(fetched(token, Called("GET", where, token=token).json["output"]))
    assert {rtype: len(rows) for rtype, rows in told.items()} == {"Patient": 2, "Encounter": 2, "Observation": 2}
    facts = [f for f in audit.facts("read") if f.detail.get("operation") == "export"]
    assert len(facts) == 2


@pytest.mark.usefixtures("small_pages")
def test_two_workers_at_one_job_write_each_line_once(token: str) -> None:
    """A worker taken for dead goes on with an old view of the job: its step counts for nothing, its file is gone."""
    where = address(kick_off(token, "?_type=Patient"))
    exporting._step(found(where), mock.Mock())
    stale = found(where)
    exporting._step(stale, mock.Mock())
    exporting._step(stale, mock.Mock())
    exporting.run(job_of(where))
    told = fetched(token, Called("GET", where, token=token).json["output"])
    assert len(ids(told)["Patient"]) == 2
    assert len(list(folder(where).iterdir())) == 2


def folder(where: str) -> Path:
    """Where the files of a job lie."""
    return bulk.folder(job_of(where), "export")


@pytest.mark.usefixtures("small_pages")
def test_cancelling_takes_everything_away(token: str) -> None:
    """202, then 404; the files are gone, the worker stops at its next step and leaves nothing."""
    where = address(kick_off(token, "?_type=Patient"))
    exporting._step(found(where), mock.Mock())
    exporting._step(found(where), mock.Mock())
    assert len(list(folder(where).iterdir())) == 1
    assert Called("GET", where, token=token).headers["X-Progress"] == "50%"
    assert Called("DELETE", where, token=token).status == 202
    assert not folder(where).exists()
    assert exporting.run(job_of(where))
    assert not folder(where).exists()
    assert [Called(method, where, token=token).status for method in ("GET", "DELETE")] == [404, 404]
    for table in ("bulk_job", "bulk_page", "bulk_file"):
        assert database.rows(f"SELECT count(*) FROM {table}") == [(0,)]


def test_files_are_kept_for_a_day(token: str) -> None:
    """Nothing before 24 hours, everything after; at once unreachable when the time is over."""
    where = address(kick_off(token, "?_type=Patient"))
    exporting.run(job_of(where))
    until = found(where).until
    assert bulk.purge(until - timedelta(seconds=1)) == 0
    database.execute("UPDATE bulk_job SET until = %s", [datetime(2026, 1, 1, tzinfo=UTC)])
    assert Called("GET", where, token=token).status == 404
    assert bulk.purge() == 1
    assert not folder(where).exists()


def test_a_failing_job_is_given_up_and_says_so(token: str) -> None:
    """Four times it is tried again; the fifth failure is told to the client, without what went wrong inside."""
    where = address(kick_off(token))
    broken = mock.Mock(side_effect=RuntimeError("secret"))
    for _ in range(4):
        with pytest.raises(RuntimeError):
            bulk.guarded(job_of(where), broken)
    bulk.guarded(job_of(where), broken)
    answer = Called("GET", where, token=token)
    assert answer.status == 500
    assert b"secret" not in answer.raw


def test_a_job_that_killed_its_workers_is_given_up(token: str) -> None:
    """While a worker will take it up it is left alone; when the queue has given up, its client is told."""
    where = address(kick_off(token))
    exchange.keep_house()
    assert Called("GET", where, token=token).status == 202
    database.execute("UPDATE procrastinate_jobs SET status = 'failed'")
    exchange.keep_house()
    assert Called("GET", where, token=token).status == 500
