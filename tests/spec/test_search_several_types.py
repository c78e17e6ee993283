"""Search over several types at once, row by row: what is asked, what is found, and why. Made-up people.

Source of the sentences: FHIR R4 (4.0.1), http.html#search and search.html (`_type`), shortened; "ours" marks a decision of ours.
S4.23 (one API for all).
"""
# ruff: noqa: E501 - a row of a table reads best on one line

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlencode

import orjson
import pytest
from pytest_django import DjangoDbBlocker

from suksala import exchange, signin
from suksala.exchange.mapping.base import patient_id
from suksala.foundation import database
from tests.record import HOSPITAL, UNIT, Called, keep, of_facility, person, reads_logged, resources, rolled_back, send

pytestmark = pytest.mark.django_db

MALI = patient_id(HOSPITAL, "1")
SUBJECT = {"subject": {"reference": f"Patient/{MALI}"}}
TAGGED = {
    "meta": {
        "tag": [{"system": "urn:tags", "code": "blue"}],
        "source": "urn:elsewhere",
        "profile": ["http://example.org/p"],
    }
}
OF_MALI: list[dict[str, Any]] = [
    {"resourceType": "Observation", "id": "o1", "status": "final", "code": {"coding": [{"code": "x"}]}, "effectiveDateTime": "2026-01-01", **SUBJECT, **TAGGED},
    {"resourceType": "Observation", "id": "o2", "status": "final", "code": {"coding": [{"code": "y"}]}, "effectiveDateTime": "2026-02-01", **SUBJECT},
    {"resourceType": "Condition", "id": "c1", "code": {"coding": [{"code": "x"}]}, **SUBJECT, **TAGGED},
    {"resourceType": "Procedure", "id": "p1", "status": "completed", "code": {"coding": [{"code": "x"}]}, "performedDateTime": "2026-01-01", **SUBJECT},
    {"resourceType": "List", "id": "l1", "status": "current", "mode": "working", "entry": [{"item": {"reference": "Observation/o2"}}, {"item": {"reference": "Condition/c1"}}], **SUBJECT},
]  # fmt: skip
OPEN = [{"resourceType": "Organization", "id": "branch", "name": "สาขา", **TAGGED}]


@pytest.fixture(scope="module", autouse=True)
def record(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Written once."""
    with django_db_blocker.unblock(), rolled_back():
        send("PERSON", {"pid": "1", "name": "มาลี", "sex": "2"})
        keep(*OF_MALI, person=person("1"))
        keep(*OPEN, hospcode=None)
        keep(
            {
                "resourceType": "Observation",
                "id": "hidden",
                "status": "final",
                "code": {"coding": [{"code": "x"}]},
                **TAGGED,
            },
            person=person("9", UNIT),
            hospcode=UNIT,
        )
        yield


def found(asked: str) -> list[str]:
    """Ids, in order, for a system of the hospital."""
    return [r["id"] for r in resources(exchange.search(of_facility(HOSPITAL), None, parse_qsl(asked)))]


TABLE = [
    ("_tag=blue", "branch, c1, o1", "all types; a facility is open to every reader, another facility's Observation is not"),
    ("_tag=urn:tags|blue&_type=Observation,Condition", "c1, o1", "_type: only these types"),
    ("_tag:not=blue&_type=Observation,Condition", "o2", "a modifier"),
    ("_id=o1,c1,branch,hidden", "branch, c1, o1", "_id in any type"),
    ("_id=o1&_type=Condition", "", "an id of another type"),
    ("_source=urn:elsewhere&_type=Observation,Organization,Patient", "branch, o1", "_source"),
    ("_profile=http://example.org/p&_type=Observation", "o1", "_profile, one type"),
    ("_lastUpdated=gt2000&_type=Condition,Procedure", "c1, p1", "_lastUpdated"),
    ("_lastUpdated=lt2000", "", "nothing is so old"),
    ("_list=l1", "c1, o2", "what a List names, of whatever type"),
    (f"patient={MALI}&_type=Observation,Condition", "c1, o1, o2", "a parameter that each named type has"),
    ("code=x&_type=Observation,Condition,Procedure", "c1, o1, p1", "kept in each type's own way"),
    ("code=x&date=2026-01-01&_type=Observation,Procedure", "o1, p1", "two of them: AND"),
    ("patient.gender=female&_type=Observation,Condition", "c1, o1, o2", "a chain that each of them knows"),
    ("patient.gender=male&_type=Observation,Condition", "", "and finds nothing"),
    ("_filter=_tag eq blue and code eq x&_type=Observation,Condition", "c1, o1", "_filter"),
    ("_type=Observation&_sort=-_id&_count=5", "o2, o1", "an order"),
    ("_type=Patient,List&_elements=status", f"l1, {MALI}", "_elements that one of the types has"),
]  # fmt: skip


@pytest.mark.parametrize(("asked", "expected", "sentence"), TABLE, ids=[row[0] for row in TABLE])
def test_found(asked: str, expected: str, sentence: str) -> None:
    """Each row finds exactly what it says."""
    wanted = [part.strip() for part in expected.split(",") if part.strip()]
    assert (found(asked) if "_sort" in asked else sorted(found(asked))) == wanted, sentence


REFUSED = [
    ("code=x", "not-supported", "not a parameter of every type"),
    ("gender=male&_type=Patient,Observation", "not-supported", "not a parameter of each named type"),
    ("_type=Nothing", "invalid", "no type of R4"),
    ("_type=", "invalid", "no type"),
    ("_type=Patient&_type=Observation", "invalid", "twice"),
    ("_type=Patient&_sort=name", "not-supported", "an order by what not every type has"),
    ("_type=Observation&_include=Observation:patient", "not-supported", "what comes along goes with one type"),
    ("_type=Patient&_elements=nonsense", "invalid", "no element of any of them"),
    ("bogus=1&_type=Patient", "not-supported", "unknown"),
]


@pytest.mark.parametrize(("asked", "issue", "sentence"), REFUSED, ids=[row[0] for row in REFUSED])
def test_refused(asked: str, issue: str, sentence: str) -> None:
    """Before anything is read, and nothing is logged as read."""
    before = reads_logged()
    with pytest.raises(exchange.SearchProblem) as refusal:
        exchange.search(of_facility(HOSPITAL), None, parse_qsl(asked, keep_blank_values=True))
    assert (refusal.value.issue, reads_logged()) == (issue, before), sentence


def test_pages_and_links() -> None:
    """Newest change first; `next` leads through everything once; the links are of the base."""
    answer = orjson.loads(exchange.search(of_facility(HOSPITAL), None, [("_count", "2"), ("_total", "accurate")]))
    total, ids = answer["total"], []
    while True:
        ids += [entry["fullUrl"] for entry in answer["entry"]]
        links = {link["relation"]: link["url"] for link in answer["link"]}
        assert links["self"].startswith("/fhir?")
        if "next" not in links:
            break
        answer = orjson.loads(exchange.search(of_facility(HOSPITAL), None, parse_qsl(links["next"].partition("?")[2])))
    assert len(ids) == len(set(ids)) == total
    assert {"/fhir/Observation/o1", "/fhir/Organization/branch", f"/fhir/Patient/{MALI}"} <= set(ids)
    assert "/fhir/Observation/hidden" not in ids


def test_over_http_a_token_needs_the_scope_of_every_type() -> None:
    """Of those that are named; of all where none is. In the log as any search."""
    everything = signin.issue_token("all", HOSPITAL, ["system/*.rs"], 1)
    some = signin.issue_token("some", HOSPITAL, ["system/Observation.rs", "system/Condition.rs"], 1)
    assert Called("GET", "/fhir?_tag=blue", token=everything).status == 200
    assert Called("GET", "/fhir/?_tag=blue", token=everything).status == 200
    assert Called("GET", "/fhir?_tag=blue", token=some).status == 403
    assert Called("GET", "/fhir?_tag=blue&_type=Observation,Condition", token=some).status == 200
    assert Called("GET", "/fhir?_tag=blue&_type=Observation,Patient", token=some).status == 403
    assert Called("GET", "/fhir?patient.gender=female&_type=Observation,Condition", token=some).status == 403
    assert Called("GET", "/fhir?_tag=blue").status == 401
    form = {"CONTENT_TYPE": "application/x-www-form-urlencoded"}
    body = urlencode({"_type": "Observation", "_tag": "blue"}).encode()
    posted = Called("POST", "/fhir/_search", token=some, body=body, **form)
    assert [e["resource"]["id"] for e in posted.json["entry"]] == ["o1"]
    assert Called("GET", "/fhir/_search?_type=Observation", token=some).status == 405
    [(kinds,)] = database.rows("SELECT array_agg(DISTINCT kind) FROM audit WHERE actor = 'client:some'")
    assert kinds == ["read"]


def test_it_is_told() -> None:
    """search-system, and the parameters of every type."""
    [rest] = Called("GET", "/fhir/metadata").json["rest"]
    assert {"code": "search-system"} in rest["interaction"]
    assert {"_id", "_lastUpdated", "_tag", "_profile", "_security", "_source"} <= {
        p["name"] for p in rest["searchParam"]
    }
    assert "get" in Called("GET", "/fhir/openapi.json?_type=Patient").json["paths"]["/"]
