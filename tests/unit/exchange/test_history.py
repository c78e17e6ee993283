"""Former versions: vread, and the history of a resource, a type and everything; a deletion is told to those who could
read what was deleted, and to nobody else (decision 0039).
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from unittest import mock
from urllib.parse import parse_qs, urlsplit

import orjson
import pytest

from suksala import audit, exchange, signin
from suksala.consent import NoPermit
from suksala.exchange import service, versions
from suksala.exchange.mapping.base import identifier
from suksala.exchange.predicate import Clause
from suksala.foundation.clock import BANGKOK
from tests.record import HOSPITAL, UNIT, Called, permit, person, reads_logged, rebuild, send

pytestmark = pytest.mark.django_db

VISIT = {"pid": "1", "seq": "10", "date_serv": "2026-01-05", "pr": 70}
RID = identifier("sv", HOSPITAL, "1", "10")
PULSE = f"/fhir/Observation/{RID}-hr"
GONE = f"/fhir/Encounter/{identifier('sv', UNIT, '9', '90')}"


@contextmanager
def on(day: int) -> Iterator[None]:
    """What is written inside is written at nine on this day of February 2026."""
    moment = datetime(2026, 2, day, 9, tzinfo=BANGKOK)
    with mock.patch("suksala.exchange.importing.clock.now", return_value=moment):
        yield


@pytest.fixture
def token() -> str:
    """A pulse of 70 on the 1st, 80 on the 2nd; the unit's visit is deleted on the 3rd. The token is the hospital's."""
    with on(1):
        send("PERSON", {"pid": "1", "name": "มาลี"})
        send("SERVICE", VISIT)
        send("SERVICE", {"pid": "9", "seq": "90", "date_serv": "2026-01-05"}, hospcode=UNIT)
    with on(2):
        send("SERVICE", {**VISIT, "pr": 80})
    with on(3):
        rebuild("SERVICE", hospcode=UNIT)
    return signin.issue_token("his", HOSPITAL, ["system/*.rs"], 30)


@pytest.fixture
def unit() -> str:
    """A token of the unit."""
    return signin.issue_token("unit", UNIT, ["system/*.rs"], 30)


def get(target: str, token: str, **headers: str) -> Called:
    """GET."""
    return Called("GET", target, token=token, **headers)


def told(answer: Called) -> list[tuple[str, str, str, object]]:
    """Method, status, version and pulse of each entry."""
    return [
        (
            e["request"]["method"],
            e["response"]["status"],
            e["response"]["etag"],
            e.get("resource", {}).get("valueQuantity", {}).get("value"),
        )
        for e in answer.json.get("entry", [])
    ]


def of(answer: Called) -> list[str]:
    """What each entry is about, with its version."""
    return [
        f"{e['request']['url'].partition('/')[0]}#{e['response']['etag'][3:-1]}" for e in answer.json.get("entry", [])
    ]


# --- one version


def test_a_former_version_is_read_as_it_was_served(token: str) -> None:
    """vread: body, ETag and moment of that version."""
    first, second, present = (get(target, token) for target in (f"{PULSE}/_history/1", f"{PULSE}/_history/2", PULSE))
    assert first.json["valueQuantity"]["value"] == 70
    assert first.json["meta"]["versionId"] == "1"
    assert first.json["meta"]["lastUpdated"] == "2026-02-01T09:00:00.000+07:00"
    assert (first.headers["ETag"], first.headers["Last-Modified"]) == ('W/"1"', "Sun, 01 Feb 2026 02:00:00 GMT")
    assert (second.status, second.raw, second.headers) == (200, present.raw, present.headers)


def test_a_version_that_the_client_has_is_not_sent_again(token: str) -> None:
    """As for a read."""
    assert get(f"{PULSE}/_history/1", token, HTTP_IF_NONE_MATCH='W/"1"').status == 304
    assert get(f"{PULSE}/_history/1", token, HTTP_IF_NONE_MATCH='W/"2"').status == 200
    assert get(f"{PULSE}/_history/1", token, HTTP_IF_MODIFIED_SINCE="Sun, 01 Feb 2026 02:00:00 GMT").status == 304


@pytest.mark.parametrize("vid", ["3", "0", "01", "x", "99999999999", "2147483648", "-1", "²"])
def test_a_version_that_never_was(token: str, vid: str) -> None:
    """One answer, and nobody's reading."""
    answer = get(f"{PULSE}/_history/{vid}".encode().decode("latin-1"), token)
    assert (answer.status, answer.issue) == (404, "not-found")
    assert [f.person for f in audit.facts("read") if f.person] == []


# --- a resource's history


def test_every_version_newest_first(token: str) -> None:
    """With what made it and when; the address is without a version."""
    answer = get(f"{PULSE}/_history", token)
    assert (answer.status, answer.json["type"], "total" in answer.json) == (200, "history", False)
    assert told(answer) == [("PUT", "200 OK", 'W/"2"', 80), ("PUT", "201 Created", 'W/"1"', 70)]
    entry = answer.json["entry"][1]
    assert entry["fullUrl"] == "https://suksala.test" + PULSE
    assert entry["request"]["url"] == PULSE.removeprefix("/fhir/")
    assert entry["response"]["lastModified"] == entry["resource"]["meta"]["lastUpdated"]
    assert answer.json["link"] == [{"relation": "self", "url": f"https://suksala.test{PULSE}/_history"}]


NARROWED = [
    ("_since=2026-02-02", ["200 OK"]),
    ("_since=2026-02-02T09:00:00%2B07:00", ["200 OK"]),  # at that moment or later
    ("_since=2026-02-02T09:00:00+07:00", ["200 OK"]),  # the plus sign as a client often sends it
    ("_since=2026-02-03", []),
    ("_at=2026-02-01T08:59:59Z", ["201 Created"]),  # the first one alone was there
    ("_at=2026-02-02", ["200 OK", "201 Created"]),  # both, on that day
    ("_at=2026-02-02T09:00:00%2B07:00", ["200 OK"]),
    ("_at=2026-03", ["200 OK"]),
    ("_at=2026-01", []),
    ("_since=2026-02-02&_at=2026-02-02", ["200 OK"]),
    ("_format=json&_pretty=true", ["200 OK", "201 Created"]),
]


@pytest.mark.parametrize(("asked", "found"), NARROWED)
def test_history_narrowed(token: str, asked: str, found: list[str]) -> None:
    """An empty page of something that is there is a Bundle, not a 404."""
    answer = get(f"{PULSE}/_history?{asked}", token)
    assert (answer.status, [status for _, status, *_ in told(answer)]) == (200, found)


def test_pages_stay_whole_while_others_write(token: str) -> None:
    """A version written between two pages neither repeats nor hides one of those that were there."""
    first = get(f"{PULSE}/_history?_count=1", token)
    with on(4):
        send("SERVICE", {**VISIT, "pr": 90})
    [following] = [link["url"] for link in first.json["link"] if link["relation"] == "next"]
    second = get(following.removeprefix("https://suksala.test"), token)
    assert [told(first), told(second)] == [
        [("PUT", "200 OK", 'W/"2"', 80)],
        [("PUT", "201 Created", 'W/"1"', 70)],
    ]
    assert [link["relation"] for link in second.json["link"]] == ["self"]


def test_a_cursor_tells_nothing(token: str) -> None:
    """It holds the number of a row, by which a reader would count what everybody writes: it is sealed."""
    [following] = [
        link["url"] for link in get(f"{PULSE}/_history?_count=1", token).json["link"] if link["relation"] == "next"
    ]
    [cursor] = parse_qs(urlsplit(following).query)["_cursor"]
    assert versions.read_mark(cursor).vid == 2
    with pytest.raises(orjson.JSONDecodeError):
        orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))


def test_a_history_printed_for_people(token: str) -> None:
    """The same, indented."""
    plain, pretty = (get(f"{PULSE}/_history{ending}", token) for ending in ("", "?_pretty=true"))
    assert pretty.raw.startswith(b'{\n  "resourceType": "Bundle"')
    assert pretty.json["entry"] == plain.json["entry"]


# --- deletions


def test_a_deletion_is_told_to_those_who_could_read(token: str, unit: str) -> None:
    """410 for a read, an entry without a resource in the history; the former version is still to be read."""
    read = get(GONE, unit)
    assert (read.status, read.issue) == (410, "deleted")
    assert " · " in read.json["issue"][0]["details"]["text"]
    assert told(get(f"{GONE}/_history", unit)) == [
        ("DELETE", "204 No Content", 'W/"2"', None),
        ("PUT", "201 Created", 'W/"1"', None),
    ]
    assert ["resource" in e for e in get(f"{GONE}/_history", unit).json["entry"]] == [False, True]
    assert (get(f"{GONE}/_history/1", unit).status, get(f"{GONE}/_history/2", unit).status) == (200, 410)


def test_a_deletion_is_told_to_nobody_else(token: str) -> None:
    """Deleted elsewhere, hidden and absent are the same bytes."""
    absent = "/fhir/Encounter/nobody"
    for ending in ("", "/_history", "/_history/1", "/_history/2", "/_history?_since=2020"):
        gone, none = get(GONE + ending, token), get(absent + ending, token)
        assert (gone.status, gone.headers, gone.raw) == (404, none.headers, none.raw), ending
    assert [f.person for f in audit.facts("read") if f.person] == []


def test_what_came_back_after_its_deletion(unit: str, token: str) -> None:
    """It is read again; the deletion stays in its history."""
    with on(5):
        send("SERVICE", {"pid": "9", "seq": "90", "date_serv": "2026-01-05"}, hospcode=UNIT)
    assert get(GONE, unit).status == 200
    assert [method for method, *_ in told(get(f"{GONE}/_history", unit))] == ["PUT", "DELETE", "PUT"]


def test_inside_the_house_deleted_is_not_there(token: str) -> None:
    """Pages ask exchange.read, and get None."""
    assert exchange.read(permit(person("9", UNIT)), "Encounter", GONE.rpartition("/")[2]) is None


# --- a type, everything


def test_the_history_of_a_type(token: str, unit: str) -> None:
    """Of what the own facility sent; deletions too."""
    assert of(get("/fhir/Observation/_history", token)) == ["Observation#2", "Observation#1"]
    assert of(get("/fhir/Encounter/_history", token)) == ["Encounter#1"]
    assert of(get("/fhir/Encounter/_history", unit)) == ["Encounter#2", "Encounter#1"]
    assert of(get("/fhir/Coverage/_history", token)) == []


def test_the_history_of_everything_in_pages(token: str) -> None:
    """Over both tables, every version once, newest first."""
    target, seen = "/fhir/_history?_count=2&_since=2026-02-01", []
    while target:
        answer = get(target, token)
        seen += [(e["response"]["lastModified"], e["fullUrl"], e["response"]["etag"]) for e in answer.json["entry"]]
        links = {link["relation"]: link["url"] for link in answer.json["link"]}
        target = links.get("next", "").removeprefix("https://suksala.test")
    kinds = sorted(url.split("/")[-2] for _, url, _ in seen)
    assert kinds == ["Encounter", "Observation", "Observation", "Organization", "Patient"]
    assert len(set(seen)) == len(seen)
    assert [moment for moment, *_ in seen] == sorted((moment for moment, *_ in seen), reverse=True)


def test_former_versions_of_another_person_or_facility_stay_hidden(token: str) -> None:
    """A permit for named persons, and one for another facility."""

    def versions(*persons: int, hospcode: str | None = None) -> list[Any]:
        raw = service.history(permit(*persons, hospcode=hospcode), "Observation", None, [])
        return list(orjson.loads(raw or b"").get("entry", []))

    mali = person("1")
    assert [len(versions(mali)), len(versions(mali, hospcode=HOSPITAL))] == [2, 2]
    assert [versions(), versions(person("9", UNIT)), versions(mali, hospcode=UNIT)] == [[], [], []]
    for vid in ("1", "2"):
        assert service.read_version(permit(mali, hospcode=UNIT), "Observation", f"{RID}-hr", vid) is None


# --- who may ask

SCOPES = [
    (["system/*.rs"], (200, 200, 200, 200)),
    (["system/Observation.r"], (200, 200, 403, 403)),
    (["system/Observation.s"], (403, 403, 403, 403)),
    (["system/Observation.rs"], (200, 200, 200, 403)),
    (["system/*.read"], (200, 200, 200, 200)),
    (["system/Patient.rs"], (403, 403, 403, 403)),
]


@pytest.mark.parametrize(("scopes", "statuses"), SCOPES)
def test_scopes(token: str, scopes: list[str], statuses: tuple[int, ...]) -> None:
    """r for a version and a resource's history, r and s for a type, `*` for everything; refused is not logged."""
    narrow = signin.issue_token("narrow", HOSPITAL, scopes, 30)
    targets = (f"{PULSE}/_history/1", f"{PULSE}/_history", "/fhir/Observation/_history", "/fhir/_history")
    before = reads_logged()
    assert tuple(get(target, narrow).status for target in targets) == statuses
    assert (reads_logged() > before) == (200 in statuses)


def test_a_permit_that_ended_opens_no_version(token: str) -> None:
    """Nothing is read or logged."""
    ended, before = permit(person("1"), minutes=-1), reads_logged()
    with pytest.raises(NoPermit):
        service.read_version(ended, "Observation", f"{RID}-hr", "1")
    with pytest.raises(NoPermit):
        service.history(ended, "Observation", None, [])
    assert reads_logged() == before


REFUSED = [
    ("GET", "?_count=0", 400, "invalid"),
    ("GET", "?_count=two", 400, "invalid"),
    ("GET", "?_count=1&_count=2", 400, "invalid"),
    ("GET", "?_since=soon", 400, "invalid"),
    ("GET", "?_at=2569-13", 400, "invalid"),
    ("GET", "?_cursor=x", 400, "invalid"),
    ("GET", "?_cursor=WzEsMiwzXQ", 400, "invalid"),
    ("GET", "?_cursor=WyIyMDI2LTExLTIxVDA1OjAwOjAwKzAwOjAwIiw4OTk5MDAxLDJd", 400, "invalid"),  # not sealed by us
    ("GET", "?_format=xml", 400, "not-supported"),
    ("GET", "?_pretty=1", 400, "invalid"),
    ("GET", "?_sort=_lastUpdated", 400, "not-supported"),
    ("GET", "?bogus=1", 400, "not-supported"),
    ("POST", "", 405, "not-supported"),
    ("DELETE", "", 405, "not-supported"),
    ("GET", "/1/2", 404, "not-supported"),
    ("GET", "/1?_format=xml", 400, "not-supported"),
]


@pytest.mark.parametrize(("method", "ending", "status", "issue"), REFUSED)
def test_refusals(token: str, method: str, ending: str, status: int, issue: str) -> None:
    """Whatever is not understood is refused, in two languages; nothing is read."""
    before = reads_logged()
    answer = Called(method, f"{PULSE}/_history{ending}", token=token)
    assert (answer.status, answer.issue) == (status, issue)
    assert " · " in answer.json["issue"][0]["details"]["text"]
    assert reads_logged() == before


@pytest.mark.parametrize("target", ["/fhir/Observation/_history", "/fhir/_history"])
def test_a_history_that_takes_too_long_is_stopped(token: str, target: str) -> None:
    """It is told how to ask, nothing is logged, and the next one is answered."""
    slow = Clause("pg_sleep(1) IS NOT NULL")
    before = reads_logged()
    with (
        mock.patch("suksala.exchange.searching.MOST_MILLISECONDS", 50),
        mock.patch("suksala.exchange.versions._narrower", return_value=slow),
    ):
        answer = get(target, token)
    assert (answer.status, answer.issue, reads_logged()) == (400, "too-costly", before)
    assert get(target, token).status == 200


@pytest.mark.parametrize("target", ["/fhir/Nothing/_history", "/fhir/_history/1"])
def test_histories_that_are_not_kept(token: str, target: str) -> None:
    """What is no type has none."""
    assert (get(target, token).status, get(target, token).issue) == (404, "not-supported")


def test_no_token_no_history(token: str) -> None:
    """401, nothing read."""
    before = reads_logged()
    targets = ("/fhir/_history", f"{PULSE}/_history", f"{PULSE}/_history/1")
    assert [Called("GET", target).status for target in targets] == [401, 401, 401]
    assert reads_logged() == before


# --- the log


def test_a_history_is_a_fact_for_each_person_on_the_page(token: str) -> None:
    """The row that only tells that a page follows is nobody's reading; a resource's history names the resource."""
    with on(6):
        send("PERSON", {"pid": "2", "name": "ดำ"})
    get("/fhir/Patient/_history?_count=1", token)
    [fact] = audit.facts("read")
    assert (fact.person, fact.rtype, fact.rid) == (person("2"), "Patient", None)
    assert fact.detail == {"operation": "history", "parameters": ["_count"]}
    get(f"{PULSE}/_history?_since=2099", token)
    *_, fact = audit.facts("read")
    assert (fact.person, fact.rtype, fact.rid) == (person("1"), "Observation", f"{RID}-hr")


def test_reading_a_version_and_a_deletion_are_facts(token: str, unit: str) -> None:
    """That something was deleted is told, so it is logged."""
    get(f"{PULSE}/_history/1", token)
    get(GONE, unit)
    first, second = audit.facts("read")
    assert (first.person, first.detail) == (person("1"), {"operation": "vread", "version": 1})
    assert (second.person, second.rtype) == (person("9", UNIT), "Encounter")
