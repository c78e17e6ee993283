"""What comes with a search: resources brought along, and how much of each is served.

The record is that of test_search.py. Source of the sentences: FHIR R4 (4.0.1), Search, shortened; "ours" marks a decision of ours.
S2.48, S4.23.
"""
# ruff: noqa: E501 - a row of a table reads best on one line

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from pytest_django import DjangoDbBlocker

from suksala import exchange
from tests.record import HOSPITAL, bundle, of_facility, rolled_back
from tests.spec.test_search import DAM, MALI, VISIT, make_record, short

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module", autouse=True)
def record(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Made once, nobody writes."""
    with django_db_blocker.unblock(), rolled_back():
        make_record()
        yield


def asked_of(rtype: str, asked: str) -> dict[str, Any]:
    """The Bundle of a search."""
    pairs = [(name, value) for name, _, value in (part.partition("=") for part in asked.split("&"))]
    return bundle(exchange.search(of_facility(None), rtype, pairs))


def told(resource: dict[str, Any]) -> str:
    """`Encounter mali`, `Organization 99801`."""
    kind = resource["resourceType"]
    return kind if kind == "Provenance" else f"{kind} {resource['id'] if kind == 'Organization' else short(resource)}"


FACILITY = f"Organization {HOSPITAL}"
ALONG = [
    # type, asked, what comes along, the sentence
    ("Observation", "code=8867-4&_include=Observation:patient", "Patient mali", "_include: what the match refers to"),
    ("Observation", "code=8867-4&_include=Observation:subject:Patient", "Patient mali", "the type of the target may be named"),
    ("Observation", "category=vital-signs&_include=Observation:patient", "Patient mali", "each resource once"),
    ("Observation", "code=4548-4&_include=Observation:patient", "Patient mali, Patient mali@unit", "ours: the registration that is referred to"),
    ("Observation", "code=8867-4&_include=Observation:encounter", "Encounter mali", "by another reference"),
    ("Observation", "code=1558-6&_include=Observation:encounter", "", "no reference, nothing comes"),
    ("Observation", "code=nothing&_include=Observation:patient", "", "no match, nothing comes"),
    ("Observation", "code=8867-4&_include=Observation:encounter&_include=Observation:patient", "Encounter mali, Patient mali", "the parameter may be repeated"),
    ("Observation", "code=8867-4&_include=Observation:encounter&_include:iterate=Encounter:service-provider", f"Encounter mali, {FACILITY}", ":iterate goes on from what came along"),
    ("Observation", "code=8867-4&_include:iterate=Encounter:service-provider&_include=Observation:encounter", f"Encounter mali, {FACILITY}", "in any order"),
    ("Observation", "code=8867-4&_include:iterate=Observation:encounter&_include:iterate=Encounter:patient&_include:iterate=Patient:organization", f"Encounter mali, Patient mali, {FACILITY}", "as far as it leads"),
    ("Encounter", "class=VR&_include=Encounter:patient&_include=Encounter:service-provider", f"Patient dam, {FACILITY}", "from the encounter"),
    ("Patient", f"_id={DAM}&_include=Patient:organization", FACILITY, "from the patient"),
    ("MedicationDispense", "_include=MedicationDispense:context&_include=MedicationDispense:performer", f"Encounter mali, {FACILITY}", "from a dispense"),
    ("Patient", f"_id={MALI}&_revinclude=Observation:patient", "Observation mali bp, Observation mali pulse, Observation mali hba1c", "_revinclude: what refers to the match"),
    ("Patient", "gender=male&_revinclude=Encounter:patient&_revinclude=Condition:subject", "Encounter dam, Condition dam, Condition dam", "two of them"),
    ("Encounter", f"_id={VISIT}&_revinclude=Observation:encounter", "Observation mali bp, Observation mali pulse, Observation mali hba1c", "what belongs to a visit"),
    ("Patient", f"_id={DAM}&_revinclude=Encounter:patient&_revinclude:iterate=Condition:encounter", "Encounter dam, Condition dam", "backwards and on"),
    ("Patient", f"_id={DAM}&_revinclude=Encounter:patient&_include:iterate=Encounter:patient", "Encounter dam", "a match does not come along"),
    ("Patient", f"_id={DAM}&_revinclude:iterate=Encounter:patient&_include:iterate=Encounter:service-provider&_revinclude:iterate=Patient:organization", f"Encounter dam, Encounter mali, Patient mali, {FACILITY}", "a ring ends when nothing new comes"),
    ("Condition", "code=I10&clinical-status=resolved&_revinclude=Provenance:target", "Provenance", "where it came from"),
]  # fmt: skip


@pytest.mark.parametrize(("rtype", "asked", "expected", "sentence"), ALONG, ids=[f"{r[0]}?{r[1]}" for r in ALONG])
def test_what_comes_along(rtype: str, asked: str, expected: str, sentence: str) -> None:
    """Each row brings exactly this, marked as included, after the matches."""
    entries = asked_of(rtype, asked).get("entry", [])
    modes = [entry["search"]["mode"] for entry in entries]
    assert modes == sorted(modes, reverse=True), "matches first"
    assert {entry["resource"]["resourceType"] for entry in entries if entry["search"]["mode"] == "match"} <= {rtype}
    brought = sorted(told(entry["resource"]) for entry in entries if entry["search"]["mode"] == "include")
    assert brought == sorted(part.strip() for part in expected.split(",") if part.strip()), sentence


def test_pages_and_totals_count_matches() -> None:
    """_count and total are about matches; each page brings along its own."""
    answer = asked_of("Observation", "category=laboratory&_count=2&_total=accurate&_include=Observation:patient")
    assert answer["total"] == 3
    found = [told(entry["resource"]) for entry in answer["entry"]]
    assert found[:2] == ["Observation mali@unit hba1c", "Observation dam fbs"]
    assert sorted(found[2:]) == ["Patient dam", "Patient mali@unit"]
    [following] = [link["url"] for link in answer["link"] if link["relation"] == "next"]
    assert "_include=Observation%3Apatient" in following


def test_a_count_brings_nothing_along() -> None:
    """_summary=count."""
    answer = asked_of("Observation", "_summary=count&_include=Observation:patient")
    assert (answer["total"], answer.get("entry")) == (5, None)


CUT = [
    ("_summary=true", {"identifier", "status", "class", "subject"}, "the elements marked as summary"),
    ("_summary=text", {"status", "class"}, "text, id, meta and what is mandatory"),
    ("_elements=period", {"status", "class", "period"}, "mandatory elements are always there"),
    ("_elements=status,class", {"status", "class"}, "several elements"),
]
WHOLE = {"identifier", "status", "class", "subject", "period", "hospitalization", "serviceProvider"}


@pytest.mark.parametrize(("asked", "kept", "sentence"), CUT, ids=[row[0] for row in CUT])
def test_how_much_is_served(asked: str, kept: set[str], sentence: str) -> None:
    """What is left out is said by the tag SUBSETTED."""
    [entry] = asked_of("Encounter", f"_id={VISIT}&{asked}")["entry"]
    assert set(entry["resource"]) - {"resourceType", "id", "meta"} == kept, sentence
    assert [tag["code"] for tag in entry["resource"]["meta"]["tag"]] == ["SUBSETTED"]


@pytest.mark.parametrize("asked", ["_summary=false", "_summary=data", "_elements=" + ",".join(sorted(WHOLE))])
def test_nothing_is_left_out(asked: str) -> None:
    """Then there is no tag; there are no texts to leave out."""
    [entry] = asked_of("Encounter", f"_id={VISIT}&{asked}")["entry"]
    assert set(entry["resource"]) - {"resourceType", "id", "meta"} == WHOLE
    assert "tag" not in entry["resource"]["meta"]


def test_a_summary_is_for_all_and_elements_for_the_matches() -> None:
    """`_elements` names elements of the type that is searched."""
    cut = asked_of("Encounter", f"_id={VISIT}&_summary=true&_include=Encounter:patient")["entry"]
    assert ["tag" in entry["resource"]["meta"] for entry in cut] == [True, True]
    named = asked_of("Encounter", f"_id={VISIT}&_elements=period&_include=Encounter:patient")["entry"]
    assert ["tag" in entry["resource"]["meta"] for entry in named] == [True, False]


def test_printed_for_people() -> None:
    """_pretty changes spaces only."""
    plain = exchange.search(of_facility(None), "Patient", [("gender", "male")])
    pretty = exchange.search(of_facility(None), "Patient", [("gender", "male"), ("_pretty", "true")])
    assert pretty.startswith(b'{\n  "resourceType": "Bundle"')
    assert orjson.loads(pretty)["entry"] == orjson.loads(plain)["entry"]
