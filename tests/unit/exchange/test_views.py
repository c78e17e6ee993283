"""ViewDefinition $run: which rows, in which form, under whose permit, what stays in the log, and what is refused."""

from __future__ import annotations

import base64
import csv
import io
import os
from decimal import Decimal
from pathlib import Path
from typing import Any
from unittest import mock

import orjson
import pyarrow.parquet as pq
import pytest

from suksala import audit, signin
from suksala.exchange import exporting, view_formats
from suksala.exchange.mapping.base import patient_id
from suksala.foundation import settings
from tests.record import HOSPITAL, UNIT, Called, keep, person, reads_logged, send

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("data_dir")]

FHIR = {"CONTENT_TYPE": "application/fhir+json"}
PULSES: dict[str, Any] = {
    "resourceType": "ViewDefinition",
    "status": "active",
    "resource": "Observation",
    "where": [{"path": "code.coding.exists(code = '8867-4')"}],
    "select": [
        {
            "column": [
                {"name": "patient", "path": "subject.getReferenceKey(Patient)", "type": "string"},
                {"name": "day", "path": "effective.ofType(dateTime)", "type": "dateTime"},
                {"name": "pulse", "path": "value.ofType(Quantity).value", "type": "decimal"},
            ]
        }
    ],
}
PATIENTS = {
    "resource": "Patient",
    "select": [{"column": [{"name": "id", "path": "getResourceKey()"}, {"name": "gender", "path": "gender"}]}],
}


@pytest.fixture(autouse=True)
def record() -> None:
    """Mali and Dam at the hospital, Chai at the unit."""
    send("PERSON", {"pid": "1", "name": "มะลิ", "sex": "2"}, {"pid": "2", "name": "ดำ", "sex": "1"})
    send("PERSON", {"pid": "9", "name": "ชัย", "sex": "1"}, hospcode=UNIT)
    send("SERVICE", {"pid": "1", "seq": "10", "date_serv": "2026-01-05", "pr": 70},
         {"pid": "2", "seq": "20", "date_serv": "2026-01-06", "pr": 90})  # fmt: skip
    send("SERVICE", {"pid": "9", "seq": "90", "date_serv": "2026-01-07", "pr": 60}, hospcode=UNIT)


@pytest.fixture
def token() -> str:
    """A system of the hospital that may read everything there."""
    return signin.issue_token("his", HOSPITAL, ["system/*.rs"], 30)


def run(token: str, view: Any = PULSES, query: str = "", **given: Any) -> Called:
    """Run a view; `given` are further parameters, each a dict with its value[x]."""
    parameters = [{"name": "viewResource", "resource": view}] if view is not None else []
    parameters += [{"name": name, **value} for name, value in given.items()]
    body = orjson.dumps({"resourceType": "Parameters", "parameter": parameters})
    return Called("POST", f"/fhir/ViewDefinition/$run{query}", token=token, body=body, **FHIR)


def pulses(called: Called) -> list[tuple[str, str]]:
    """Day and pulse of each row."""
    assert called.status == 200, called.raw
    return sorted((row["day"][:10], str(row["pulse"])) for row in orjson.loads(called.raw))


def files() -> list[Path]:
    """What lies in the folder of answers."""
    return list((settings.current().data_dir / "views").glob("*"))


def test_rows_of_what_the_permit_opens(token: str) -> None:
    """The hospital's two, not the unit's; both addresses; nothing is left on the disk."""
    answer = run(token)
    assert answer.headers["Content-Type"] == "application/json"
    assert pulses(answer) == [("2026-01-05", "70"), ("2026-01-06", "90")]
    body = orjson.dumps({"resourceType": "Parameters", "parameter": [{"name": "viewResource", "resource": PULSES}]})
    again = Called("POST", "/fhir/$viewdefinition-run", token=token, body=body, **FHIR)
    assert (again.raw, files()) == (answer.raw, [])


def test_every_person_read_is_a_fact(token: str) -> None:
    """One for Mali and one for Dam, none for Chai, also where the view leaves their rows out."""
    nobody = {**PULSES, "where": [{"path": "false"}]}
    assert orjson.loads(run(token, nobody).raw) == []
    facts = [fact for fact in audit.facts(kind="read") if (fact.detail or {}).get("operation") == "run-view"]
    assert sorted(fact.person or 0 for fact in facts) == sorted([person("1"), person("2")])
    assert {fact.rtype for fact in facts} == {"Observation"}


def test_pages_lose_nothing_and_repeat_nothing(token: str) -> None:
    """One resource a page, by number or by size, gives the same rows."""
    whole = run(token).raw
    for limit in ("views.PAGE", "views.PAGE_BYTES", "view_formats.BATCH"):
        with mock.patch(f"suksala.exchange.{limit}", 1):
            assert run(token).raw == whole


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"_limit": {"valueInteger": 1}}, 1),
        ({"_since": {"valueInstant": "2001-01-01T00:00:00Z"}}, 2),
        ({"_since": {"valueInstant": "2999-01-01T00:00:00Z"}}, 0),
        ({"patient": {"valueReference": {"reference": f"Patient/{patient_id(HOSPITAL, '1')}"}}}, 1),
        ({"patient": {"valueReference": {"reference": f"Patient/{patient_id(UNIT, '9')}"}}}, 0),  # not this reader's
    ],
)
def test_narrower(token: str, given: dict[str, Any], expected: int) -> None:
    """By number of rows, by change, by patient."""
    assert len(pulses(run(token, **given))) == expected


def test_ndjson_and_csv(token: str) -> None:
    """A line each; with names first, unless they are not wanted."""
    lines = run(token, query="?_format=ndjson").raw.splitlines()
    assert [orjson.loads(line)["pulse"] for line in lines] == [70, 90]
    table = list(csv.reader(io.StringIO(run(token, query="?_format=text/csv").raw.decode())))
    assert (table[0], [row[2] for row in table[1:]]) == (["patient", "day", "pulse"], ["70", "90"])
    assert len(run(token, query="?_format=csv&header=false").raw.splitlines()) == 2


def test_parquet(token: str) -> None:
    """Typed as the view says."""
    answer = run(token, query="?_format=parquet")
    table = pq.read_table(io.BytesIO(answer.raw))
    assert answer.headers["Content-Type"] == "application/vnd.apache.parquet"
    assert [str(field.type) for field in table.schema] == ["string", "string", "decimal128(38, 12)"]
    assert sorted(table.column("pulse").to_pylist()) == [Decimal(70), Decimal(90)]


def test_resources_sent_along_need_no_record(token: str) -> None:
    """A view is tried out on one's own resources: nothing is read, every digit is kept, formulas are defused."""
    before = reads_logged()
    weight = {"resourceType": "Patient", "gender": "female", "name": [{"text": "=1+1"}]}
    view = {"resource": "Patient", "select": [{"column": [
        {"name": "name", "path": "name.text"}, {"name": "ratio", "path": "1.10", "type": "decimal"},
        {"name": "all", "path": "name.text", "collection": True}]}]}  # fmt: skip
    told = run(token, view, "?_format=csv", resource={"resource": weight})
    assert told.raw.decode().splitlines()[1] == '\'=1+1,1.10,"[""=1+1""]"'
    assert run(token, view, resource={"resource": weight}).raw == b'[{"name":"=1+1","ratio":1.10,"all":["=1+1"]}]'
    assert reads_logged() == before


def test_a_view_that_lies_in_a_binary(token: str) -> None:
    """R4 has no ViewDefinition: it is kept as a Binary, read under the permit."""
    data = base64.b64encode(orjson.dumps(PATIENTS)).decode()
    keep({"resourceType": "Binary", "id": "v", "contentType": "application/fhir+json", "data": data})
    given = {"viewReference": {"valueReference": {"reference": "Binary/v"}}}
    assert len(orjson.loads(run(token, None, **given).raw)) == 2
    narrow = signin.issue_token("narrow", HOSPITAL, ["system/Patient.rs"], 30)
    assert run(narrow, None, **given).status == 403


@pytest.mark.parametrize(
    ("view", "given", "status", "code"),
    [
        (None, {}, 400, "SKL-FHIR-400"),
        ({}, {}, 422, "SKL-FHIR-VIEW"),
        ({**PATIENTS, "resource": "Nonsense"}, {}, 422, "SKL-FHIR-VIEW"),
        ({**PATIENTS, "select": [{"column": [{"name": "a", "path": "nmae"}]}]}, {}, 422, "SKL-FHIR-VIEW"),
        ({**PATIENTS, "select": [{"column": [{"name": "a", "path": "name"}]}]}, {}, 422, "SKL-FHIR-VIEW"),
        (PATIENTS, {"_format": {"valueCode": "xlsx"}}, 400, "SKL-FHIR-400"),
        (PATIENTS, {"_format": {"valueCoding": {}}}, 400, "SKL-FHIR-400"),
        (PATIENTS, {"_limit": {"valueInteger": 0}}, 400, "SKL-FHIR-400"),
        (PATIENTS, {"_since": {"valueInstant": "soon"}}, 400, "SKL-FHIR-400"),
        (PATIENTS, {"source": {"valueString": "s3"}}, 400, "SKL-FHIR-400"),
        (None, {"viewReference": {"valueReference": {"reference": "ViewDefinition/v"}}}, 400, "SKL-FHIR-400"),
        (None, {"viewReference": {"valueReference": {"reference": "Binary/nowhere"}}}, 400, "SKL-FHIR-400"),
    ],
)
def test_what_is_refused(token: str, view: Any, given: dict[str, Any], status: int, code: str) -> None:
    """In Thai and English, without a value, and no file is left."""
    answer = run(token, view, **given)
    assert answer.status == status, answer.raw
    [issue] = answer.json["issue"]
    assert issue["details"]["coding"][0]["code"] == code
    assert any("\u0e00" <= sign <= "\u0e7f" for sign in issue["details"]["text"])
    assert files() == []


def test_a_value_of_another_type_than_told(token: str) -> None:
    """Parquet holds what the column says, or nothing is answered."""
    view = {"resource": "Patient", "select": [{"column": [{"name": "a", "path": "gender", "type": "integer"}]}]}
    answer = run(token, view, "?_format=parquet")
    assert (answer.status, answer.issue, files()) == (422, "processing", [])


def test_too_many_rows_are_refused_rather_than_cut(token: str) -> None:
    """Who wants the first rows asks for them."""
    with mock.patch("suksala.exchange.views.MOST_ROWS", 1):
        assert (run(token).status, run(token).issue) == (400, "too-costly")
    with mock.patch("suksala.exchange.views.MOST_SECONDS", -1):
        assert (run(token).status, run(token).issue, files()) == (400, "too-costly", [])


def test_what_a_kill_left_behind_is_taken_away(token: str) -> None:
    """An hour later, by the next run; a file of a run that is at work stays."""
    run(token)
    folder = settings.current().data_dir / "views"
    (folder / "old").write_bytes(b"x")
    (folder / "young").write_bytes(b"x")
    os.utime(folder / "old", (1, 1))
    run(token)
    assert [path.name for path in files()] == ["young"]


def test_the_token_needs_the_type(token: str) -> None:
    """403 and nothing is read."""
    narrow = signin.issue_token("narrow", HOSPITAL, ["system/Patient.rs"], 30)
    before = reads_logged()
    assert (run(narrow).status, reads_logged()) == (403, before)
    assert run(narrow, PATIENTS).status == 200


def kick_off(token: str, view: Any = PULSES, **given: Any) -> Called:
    """Ask for the rows of a view as a bulk job."""
    parameters = [{"name": "viewResource", "resource": view}, *({"name": name, **one} for name, one in given.items())]
    body = orjson.dumps({"resourceType": "Parameters", "parameter": parameters})
    headers = {**FHIR, "HTTP_PREFER": "respond-async"}
    return Called("POST", "/fhir/ViewDefinition/$export", token=token, body=body, **headers)


@pytest.mark.parametrize("kind", ["csv", "parquet", None])
def test_export_of_a_view(token: str, kind: str | None) -> None:
    """As any bulk export: chosen once, a fact for each person, files for this client only."""
    asked = kick_off(token, **({"_format": {"valueCode": kind}} if kind else {}))
    assert asked.status == 202, asked.raw
    where = asked.headers["Content-Location"].removeprefix("https://suksala.test")
    with mock.patch.multiple(exporting, PAGE_LINES=1), mock.patch("suksala.exchange.view_formats.BATCH", 1):
        assert exporting.run(where.partition("job=")[2])
    told = Called("GET", where, token=token).json
    [output] = told["output"]
    assert (output["type"], output["count"]) == ("Observation", 2)
    file = Called("GET", output["url"].removeprefix("https://suksala.test"), token=token)
    assert file.headers["Content-Type"] == view_formats.MEDIA[kind or "ndjson"]
    if kind == "parquet":
        assert sorted(pq.read_table(io.BytesIO(file.raw)).column("pulse").to_pylist()) == [70, 90]
    else:
        assert len(file.raw.splitlines()) == 2 + (kind == "csv")
    facts = [fact for fact in audit.facts(kind="read") if (fact.detail or {}).get("operation") == "export"]
    assert sorted(fact.person or 0 for fact in facts) == sorted([person("1"), person("2")])
    other = signin.issue_token("other", HOSPITAL, ["system/*.rs"], 30)
    assert Called("GET", where, token=other).status == 404


def test_an_export_of_a_view_that_fails_says_why(token: str) -> None:
    """A view that does not fit the resources ends the job with its sentence; what is asked wrongly is told at once."""
    several = {"resource": "Patient", "select": [{"column": [{"name": "a", "path": "gender | 'x' | 'y'"}]}]}
    where = kick_off(token, several).headers["Content-Location"].removeprefix("https://suksala.test")
    assert exporting.run(where.partition("job=")[2])
    failed = Called("GET", where, token=token)
    assert (failed.status, failed.json["issue"][0]["details"]["coding"][0]["code"]) == (422, "SKL-FHIR-VIEW")
    for given in ({"_limit": {"valueInteger": 1}}, {"_format": {"valueCode": "json"}}):
        assert kick_off(token, **given).status == 400
    assert kick_off(token, {}).status == 422
    narrow = signin.issue_token("narrow", HOSPITAL, ["system/Patient.rs"], 30)
    assert kick_off(narrow).status == 403
