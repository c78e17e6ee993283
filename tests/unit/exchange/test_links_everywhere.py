"""The others of one human stand in Patient.link wherever a Patient is shown, under the permit of who asks (decision
0184); and what If-None-Match means for a Patient that shows them.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest import mock
from urllib.parse import quote, unquote

import orjson
import pytest

from suksala import identity, signin
from suksala.exchange import alike, exporting, loading, subscriptions, web_operations
from suksala.foundation import clock, database
from tests.record import HOSPITAL, UNIT, Called
from tests.unit.exchange.test_alike import NUMBERED, feed, joined, registered_twice, seealso
from tests.unit.exchange.test_subscriptions import Receiver, receiver, subscribed, wanted
from tests.unit.exchange.test_writing import FHIR, put

__all__ = ["receiver"]  # a fixture
pytestmark = pytest.mark.django_db

Links = dict[str, list[dict[str, Any]]]  # what each Patient of an answer shows
ASYNC = {"HTTP_PREFER": "respond-async"}
WHOLE = {"HTTP_PREFER": "return=representation"}


@pytest.fixture
def mpi(data_dir: Path) -> str:
    """A system of the exchange itself: every registration is open to it."""
    return signin.issue_token("mpi", None, ["system/*.cruds"], 30)


@pytest.fixture
def his() -> str:
    """A system of the hospital alone."""
    return signin.issue_token("his", HOSPITAL, ["system/*.cruds"], 30)


def of(resources: Any) -> Links:
    """What the Patients among these show."""
    return {one["id"]: one.get("link", []) for one in resources if one.get("resourceType", "Patient") == "Patient"}


def entries(answer: Called) -> Links:
    """Of a Bundle."""
    assert answer.status == 200, answer.raw
    return of(entry["resource"] for entry in answer.json.get("entry", []) if "resource" in entry)


def bundle(token: str, kind: str, *asked: dict[str, Any], **headers: str) -> Links:
    """Of the answer to a batch or a transaction."""
    sent = {"resourceType": "Bundle", "type": kind, "entry": list(asked)}
    return entries(Called("POST", "/fhir", token=token, body=orjson.dumps(sent), **FHIR, **headers))


def stored(token: str) -> dict[str, Any]:
    """The Patient of the hospital as its system has it."""
    found: dict[str, Any] = Called("GET", "/fhir/Patient/here", token=token).json
    return found


def again(token: str) -> dict[str, Any]:
    """The entry of a transaction that puts it back."""
    return {"request": {"method": "PUT", "url": "Patient/here"}, "resource": stored(token)}


def made(token: str, answer: Called) -> list[bytes]:
    """The lines of the files of a bulk job."""
    assert answer.status == 202, answer.raw
    where = answer.headers["Content-Location"].removeprefix("https://suksala.test")
    exporting.run(where.rpartition("=")[2])
    told = Called("GET", where, token=token).json["output"]
    files = [Called("GET", one["url"].removeprefix("https://suksala.test"), token=token).raw for one in told]
    return [line for raw in files for line in raw.splitlines()]


HN = {"system": "urn:hospital:hn", "value": "HN-1"}


def around() -> None:
    """What leads to her at the hospital: a measurement, a Group, a number of the hospital's own."""
    own = signin.issue_token("his", HOSPITAL, ["system/*.cruds"], 30)
    feed(HOSPITAL, "here", identifier=[*NUMBERED["identifier"], HN])
    put(own, {"resourceType": "Observation", "id": "w", "status": "final", "code": {"text": "น้ำหนัก"},
              "subject": {"reference": "Patient/here"}})  # fmt: skip
    member = {"entity": {"reference": "Patient/here"}}
    put(own, {"resourceType": "Group", "id": "g", "type": "person", "actual": True, "member": [member]})


def by_include(token: str) -> Links:
    return entries(Called("GET", "/fhir/Observation?_id=w&_include=Observation:patient", token=token))


def by_match(token: str) -> Links:
    asked = orjson.dumps({"resourceType": "Patient", "identifier": [HN], "birthDate": "1970-05-05"})
    return entries(Called("POST", "/fhir/Patient/$match", token=token, body=asked, **FHIR))


def by_graph(query: str) -> Callable[[str], Links]:
    def ask(token: str) -> Links:
        asked = quote(query.replace("PATIENT", "{id link {id other {reference} type}}"))
        data = Called("GET", f"/fhir/$graphql?query={asked}", token=token).json["data"]
        [found] = data.values()
        found = found["subject"]["resource"] if "subject" in found else found
        return {one["id"]: one["link"] or [] for one in (found if isinstance(found, list) else [found])}

    return ask


VIEW = {"resource": "Patient", "select": [
    {"column": [{"name": "id", "path": "getResourceKey()"}]},
    {"forEachOrNull": "link", "column": [{"name": name, "path": path} for name, path in (
        ("link", "id"), ("other", "other.reference"), ("type", "type"))]},
]}  # fmt: skip
RUN = orjson.dumps({"resourceType": "Parameters", "parameter": [{"name": "viewResource", "resource": VIEW}]})


def rows(told: list[dict[str, Any]]) -> Links:
    """Of the rows of a view."""
    found: Links = {}
    for row in told:
        one = {"id": row["link"], "other": {"reference": row["other"]}, "type": row["type"]}
        found.setdefault(row["id"].rpartition("/")[2], []).extend([one] if row["link"] else [])
    return found


def by_view(token: str) -> Links:
    return rows(Called("POST", "/fhir/ViewDefinition/$run", token=token, body=RUN, **FHIR).json)


def by_view_export(token: str) -> Links:
    answer = Called("POST", "/fhir/ViewDefinition/$export", token=token, body=RUN, **FHIR, **ASYNC)
    return rows([orjson.loads(line) for line in made(token, answer)])


def by_export(target: str) -> Callable[[str], Links]:
    return lambda token: of(map(orjson.loads, made(token, Called("GET", target, token=token, **ASYNC))))


def by_get(target: str) -> Callable[[str], Links]:
    """A Bundle at an address."""
    return lambda token: entries(Called("GET", target, token=token))


def alone(answer: Called) -> Links:
    """Of one Patient."""
    assert answer.status in (200, 201), answer.raw
    return of([answer.json])


# Every way to see a Patient, by who asks; each gives the one of the hospital, and with it, or not, the one of the unit.
SURFACES: dict[str, Callable[[str], Links]] = {
    "read": lambda token: alone(Called("GET", "/fhir/Patient/here", token=token)),
    "search": by_get("/fhir/Patient?family=ใจดี"),
    "search by form": lambda token: entries(
        Called("POST", "/fhir/Patient/_search", token=token, body=b"_id=here",
               CONTENT_TYPE="application/x-www-form-urlencoded")),
    "search of several types": by_get("/fhir?_type=Patient,Group&_count=9"),
    "_include": by_include,
    "$everything": by_get("/fhir/Patient/here/$everything"),
    "$summary": by_get("/fhir/Patient/here/$summary"),
    "$match": by_match,
    "$graphql": by_graph('{Patient(id: "here") PATIENT}'),
    "$graphql list": by_graph("{PatientList PATIENT}"),
    "$graphql reference": by_graph('{Observation(id: "w") {subject {resource {... on Patient PATIENT}}}}'),
    "batch": lambda token: bundle(token, "batch", {"request": {"method": "GET", "url": "Patient/here"}}),
    "transaction": lambda token: bundle(token, "transaction", {"request": {"method": "GET", "url": "Patient/here"}}),
    "written in a transaction": lambda token: bundle(token, "transaction", again(token), **WHOLE),
    "written": lambda token: alone(put(token, stored(token), **WHOLE)),
    "changed": lambda token: alone(put(token, {**stored(token), "language": "th"})),
    "$export": by_export("/fhir/$export?_type=Patient"),
    "Patient/$export": by_export("/fhir/Patient/$export?_type=Patient"),
    "Group/$export": by_export("/fhir/Group/g/$export?_type=Patient"),
    "$viewdefinition-run": by_view,
    "ViewDefinition/$export": by_view_export,
}  # fmt: skip


@pytest.mark.parametrize("surface", SURFACES)
def test_every_surface_shows_the_same_links(mpi: str, his: str, surface: str) -> None:
    """To who sees both registrations while they are one human; to who sees one, never."""
    registered_twice()
    around()
    event = joined()
    assert SURFACES[surface](mpi)["here"] == seealso("there")
    assert SURFACES[surface](his) == {"here": []}
    identity.undo(event, actor="account:steward")
    assert SURFACES[surface](mpi)["here"] == []


def test_a_notice_shows_them_too(mpi: str, receiver: Receiver) -> None:
    """Asked for again (`$events`); what is pushed is the same Bundle (test_alike)."""
    registered_twice()
    rid = subscribed(mpi, wanted(receiver, "urn:suksala:topic:Patient", "full-resource"))
    joined()
    subscriptions.dispatch()
    told = entries(Called("GET", f"/fhir/Subscription/{rid}/$events", token=mpi))
    assert {one: told[one] for one in ("here", "there")} == {"here": seealso("there"), "there": seealso("here")}


NO_PATIENT = {"$ihe-pix", "$validate", "$import", "$bulk-status", "$bulk-file", "$status", "$get-ws-binding-token"}


def test_no_operation_is_forgotten() -> None:
    """An operation that shows a Patient stands among the surfaces above; another is named here."""
    looked = {word for name in SURFACES for word in name.replace("/", " ").split() if word.startswith("$")}
    known = looked | {"$run", "$events"} | NO_PATIENT
    assert {name for _, _, name in web_operations.OPERATIONS} == known


def test_a_page_of_patients_asks_once(mpi: str) -> None:
    """However many Patients it holds."""
    registered_twice()
    for n in range(5):
        feed(HOSPITAL, f"other-{n}", birthDate=f"1980-01-0{n + 1}")
    joined()
    with mock.patch.object(alike.database, "rows", wraps=database.rows) as asked:
        found = entries(Called("GET", "/fhir/Patient?_count=20", token=mpi))
    assert len(found) == 7
    assert sum("identity_membership" in str(call.args[0]) for call in asked.call_args_list) == 1


# ---- versions -------------------------------------------------------------------------------------------------------


def test_a_version_is_what_was_stored(mpi: str) -> None:
    """No link stands in a history: who was taken for whom is told by notices and the register, not by versions."""
    registered_twice()
    joined()
    for target in ("Patient/here/_history", "Patient/_history", "_history"):
        assert entries(Called("GET", f"/fhir/{target}", token=mpi))["here"] == []
    assert alone(Called("GET", "/fhir/Patient/here/_history/1", token=mpi)) == {"here": []}


def test_what_was_exported_is_taken_back_without_them(mpi: str) -> None:
    """An import of an export stores no link that was only shown."""
    registered_twice()
    joined()
    lines = made(mpi, Called("GET", "/fhir/$export?_type=Patient", token=mpi, **ASYNC))
    assert all(b"same-human-" in line for line in lines)
    answer = Called(
        "POST",
        "/fhir/$import",
        token=mpi,
        body=b"\n".join(lines) + b"\n",
        CONTENT_TYPE="application/fhir+ndjson",
        **ASYNC,
    )
    assert answer.status == 202, answer.raw
    loading.run(answer.headers["Content-Location"].rpartition("=")[2])
    assert database.rows("SELECT count(*) FROM resource WHERE position('same-human-'::bytea IN body) > 0") == [(0,)]


# ---- validators -----------------------------------------------------------------------------------------------------


def conditional(token: str, **headers: str) -> int:
    """The status of a read by who has version 1 already."""
    answer = Called("GET", "/fhir/Patient/here", token=token, **(headers or {"HTTP_IF_NONE_MATCH": 'W/"1"'}))
    assert answer.headers["ETag"] == 'W/"1"'  # the version that is stored, whatever is shown
    assert (answer.raw == b"") == (answer.status == 304)
    return answer.status


SINCE = {"HTTP_IF_MODIFIED_SINCE": "Thu, 01 Jan 2099 00:00:00 GMT"}


def test_a_patient_of_one_registration_is_not_sent_again(mpi: str) -> None:
    registered_twice()
    assert (conditional(mpi), conditional(mpi, **SINCE), conditional(mpi, HTTP_IF_NONE_MATCH="*")) == (304, 304, 304)
    assert conditional(mpi, HTTP_IF_NONE_MATCH='W/"2"') == 200


def test_a_patient_that_shows_or_showed_a_link_is_sent_whole(mpi: str, his: str) -> None:
    """A link that came is news; so is one that went, above all when it was wrong. Who saw none has what there is."""
    registered_twice()
    event = joined()
    assert (conditional(mpi), conditional(mpi, **SINCE), conditional(his), conditional(his, **SINCE)) == (
        200,
        200,
        304,
        304,
    )
    identity.undo(event, actor="account:steward")
    assert (conditional(mpi), conditional(mpi, **SINCE), conditional(his), conditional(his, **SINCE)) == (
        200,
        200,
        304,
        304,
    )


def test_a_link_that_went_with_its_patient_is_news(mpi: str) -> None:
    """The other registration was deleted: who has it linked must hear."""
    registered_twice()
    joined()
    assert Called("DELETE", "/fhir/Patient/there", token=mpi).status == 204
    assert SURFACES["read"](mpi) == {"here": []}
    assert conditional(mpi) == 200


def test_a_version_is_its_own_validator(mpi: str) -> None:
    """It never changes, whoever it is."""
    registered_twice()
    joined()
    answer = Called("GET", "/fhir/Patient/here/_history/1", token=mpi, HTTP_IF_NONE_MATCH='W/"1"')
    assert answer.status == 304


def test_the_tag_of_what_was_read_guards_a_write(mpi: str) -> None:
    """If-Match names the stored version: the links that were shown with it are no part of it."""
    registered_twice()
    joined()
    read = Called("GET", "/fhir/Patient/here", token=mpi)
    changed = put(mpi, {**read.json, "language": "th"}, HTTP_IF_MATCH=read.headers["ETag"])
    assert (changed.status, changed.headers["ETag"]) == (200, 'W/"2"')
    assert put(mpi, read.json, HTTP_IF_MATCH=read.headers["ETag"]).status == 412


# ---- followed by _since ---------------------------------------------------------------------------------------------

YESTERDAY = (clock.now() - timedelta(days=1)).isoformat().replace("+", "%2B")


def long_ago() -> None:
    """What was sent and found out until now was so two days before."""
    for table, column in (("resource", "upd"), ("resource_history", "upd"), ("identity_event", "at")):
        database.execute(f"UPDATE {table} SET {column} = {column} - interval '2 days'")


def exported_since(level: str) -> Callable[[str], Links]:
    def ask(token: str) -> Links:
        asked = f"/fhir/{level}$export?_type=Patient&_since={YESTERDAY}"
        return of(orjson.loads(line) for line in made(token, Called("GET", asked, token=token, **ASYNC)))

    return ask


def everything_since(token: str) -> Links:
    return entries(Called("GET", f"/fhir/Patient/here/$everything?_type=Patient&_since={YESTERDAY}", token=token))


def viewed_since(token: str) -> Links:
    asked = orjson.loads(RUN)
    asked["parameter"].append({"name": "_since", "valueInstant": unquote(YESTERDAY)})
    return rows(Called("POST", "/fhir/ViewDefinition/$run", token=token, body=orjson.dumps(asked), **FHIR).json)


FOLLOWED = {
    "$export": exported_since(""),
    "Patient/$export": exported_since("Patient/"),
    "Patient/[id]/$everything": everything_since,
    "ViewDefinition/$run": viewed_since,
}


@pytest.mark.parametrize("way", FOLLOWED)
def test_who_follows_by_since_is_told_of_a_link_that_came_or_went_alone(mpi: str, his: str, way: str) -> None:
    """The hospital's Patient itself is as it was two days ago. Whoever does not see the other is told nothing of it."""
    registered_twice()
    long_ago()
    assert FOLLOWED[way](mpi) == {}
    event = joined()
    assert FOLLOWED[way](mpi) == {"here": seealso("there"), "there": seealso("here")}
    assert FOLLOWED[way](his) == {}
    long_ago()
    assert FOLLOWED[way](mpi) == {}
    identity.undo(event, actor="account:steward")
    nobody_else = {"here": []} if way == "Patient/[id]/$everything" else {"here": [], "there": []}
    assert FOLLOWED[way](mpi) == nobody_else
    assert FOLLOWED[way](his) == {}
    long_ago()
    assert FOLLOWED[way](mpi) == {}


@pytest.mark.parametrize("way", FOLLOWED)
def test_a_link_that_came_and_went_since_is_told_too(mpi: str, way: str) -> None:
    """An export in between may have shown it."""
    registered_twice()
    event = joined()
    long_ago()
    again = identity.undo(event, actor="account:steward")
    identity.undo(again, actor="account:steward")
    assert FOLLOWED[way](mpi) == {"here": seealso("there"), "there": seealso("here")}


@pytest.mark.parametrize("way", FOLLOWED)
def test_who_came_to_two_that_stay_together_changes_no_byte_for_who_does_not_see_them(
    mpi: str, his: str, way: str
) -> None:
    """The hospital knows her twice; the unit's registration is older, so that both come under its human's number."""
    feed(UNIT, "there")
    feed(HOSPITAL, "here", **NUMBERED)
    feed(HOSPITAL, "twice", **NUMBERED)
    long_ago()
    feed(UNIT, "there", **NUMBERED)
    assert identity.human_of(person_of("here")) == person_of("there")
    assert FOLLOWED[way](his) == {}
    assert FOLLOWED[way](mpi).keys() == {"here", "there", "twice"}


def person_of(rid: str) -> int:
    [(person,)] = database.rows("SELECT person FROM locator WHERE rid = %s", [rid])
    return int(person)


@pytest.mark.parametrize("way", FOLLOWED)
def test_a_link_that_went_or_came_with_the_other_patient_is_told(mpi: str, his: str, way: str) -> None:
    """They stay one human; the unit's Patient is deleted, and written again the day after."""
    registered_twice()
    joined()
    long_ago()
    unit = signin.issue_token("feed-unit", UNIT, ["system/*.cruds"], 30)
    assert Called("DELETE", "/fhir/Patient/there", token=unit).status == 204
    assert FOLLOWED[way](mpi) == {"here": []}
    assert FOLLOWED[way](his) == {}
    long_ago()
    feed(UNIT, "there", **NUMBERED)
    assert FOLLOWED[way](mpi) == {"here": seealso("there"), "there": seealso("here")}
    assert FOLLOWED[way](his) == {}


def test_an_export_of_some_patients_or_of_filtered_ones_holds_no_others(mpi: str) -> None:
    """A filter and a list of patients bound those whose links changed as they bound all."""
    registered_twice()
    long_ago()
    joined()

    def ask(more: str) -> list[str]:
        asked = f"/fhir/Patient/$export?_type=Patient&_since={YESTERDAY}&{more}"
        return sorted(of(orjson.loads(line) for line in made(mpi, Called("GET", asked, token=mpi, **ASYNC))))

    assert ask("_typeFilter=Patient%3F_id%3Dhere") == ["here"]
    assert ask("_typeFilter=Patient%3Fbirthdate%3D1999") == []
    assert ask(f"_until={YESTERDAY}") == ["here"]


# ---- searched by ----------------------------------------------------------------------------------------------------


def ids(token: str, asked: str) -> list[str]:
    """The Patients that a search finds and that come along, by id."""
    return sorted(entries(Called("GET", f"/fhir/Patient?{asked}", token=token)))


FOUND = {
    "link=Patient/here": ["there"],
    "link=here": ["there"],
    "link:Patient=here": ["there"],
    "link=Patient/here,Patient/there": ["here", "there"],
    "link=Patient/nobody": [],
    "link:missing=false": ["here", "there"],
    "link:missing=true": ["else", "sent"],
    "link:not=x": None,
    "link:Patient._id=there": ["here"],
    "link.family=ใจดี": ["here", "there"],
    "_has:Patient:link:_id=there": ["here"],
    "_filter=link eq Patient/here": ["there"],
    "_id=here&_include=Patient:link": ["here", "there"],
    "_id=here&_include=*": ["here", "there"],
    "_id=there&_revinclude=Patient:link": ["here", "there"],
    "_id=here&_include:iterate=Patient:link": ["here", "there"],
    "_id=else&_include=Patient:link": ["else"],
}


@pytest.mark.parametrize("asked", FOUND)
def test_what_is_shown_is_found(mpi: str, asked: str) -> None:
    """By the parameter, along a chain, and what comes along."""
    registered_twice()
    feed(HOSPITAL, "else", birthDate="1980-01-01")
    feed(HOSPITAL, "sent", birthDate="1980-01-02")
    joined()
    if FOUND[asked] is None:
        assert Called("GET", f"/fhir/Patient?{asked}", token=mpi).status == 400
    else:
        assert ids(mpi, quote(asked, safe="=&:,._*/")) == FOUND[asked]


def test_what_a_sender_linked_is_found_too(mpi: str) -> None:
    """Beside whom the register knows; each once."""
    registered_twice()
    link = [{"other": {"reference": "Patient/there"}, "type": "seealso"}]
    feed(HOSPITAL, "else", birthDate="1980-01-01", link=link)
    joined()
    assert ids(mpi, "link=there") == ["else", "here"]
    assert ids(mpi, "link:missing=false") == ["else", "here", "there"]
    assert ids(mpi, "link:Patient._id=there") == ["else", "here"]
    assert ids(mpi, "_has:Patient:link:_id=else") == ["there"]
    assert ids(mpi, "_id=there&_revinclude=Patient:link") == ["else", "here", "there"]
    assert ids(mpi, "_id=else,here&_include=Patient:link") == ["else", "here", "there"]


def test_what_is_not_shown_is_not_found(mpi: str, his: str) -> None:
    """Who sees one of two finds nothing by it, and nobody does after they parted."""
    registered_twice()
    event = joined()
    for asked in (
        "link=there",
        "link=here",
        "link:missing=false",
        "link:Patient.family=ใจดี",
        "_has:Patient:link:_id=there",
    ):
        assert ids(his, asked) == [], asked
    assert ids(his, "_id=here&_include=Patient:link&_revinclude=Patient:link") == ["here"]
    identity.undo(event, actor="account:steward")
    assert ids(mpi, "link=here") == ids(mpi, "link:missing=false") == []
