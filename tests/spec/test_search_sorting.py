"""`_sort` by every kind of parameter, row by row: what is asked, in which order it comes, and why; pages of one hold the
same under writes. Made-up people and things.

Source of the sentences: FHIR R4 (4.0.1), Search, https://hl7.org/fhir/R4/search.html#sort, shortened; "ours" marks a decision of ours (0075).
S4.23 (one API for all).
"""
# ruff: noqa: E501 - a row of a table reads best on one line

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl

import pytest
from pytest_django import DjangoDbBlocker

from suksala import exchange
from suksala.exchange.mapping.base import patient_id
from suksala.foundation import database
from tests.record import HOSPITAL, UNIT, bundle, keep, of_facility, person, resources, rolled_back, send

pytestmark = pytest.mark.django_db

UCUM = "http://unitsofmeasure.org"
MALI = patient_id(HOSPITAL, "1")


def concept(*codes: str) -> dict[str, Any]:
    """A CodeableConcept."""
    return {"coding": [{"system": f"http://example.org/{n}", "code": code} for n, code in enumerate(codes)]}


def amount(value: Any, code: str) -> dict[str, Any]:
    """A Quantity in UCUM."""
    return {"value": value, "system": UCUM, "code": code}


def practitioner(rid: str, *words: str, **more: Any) -> dict[str, Any]:
    """A Practitioner whose name has these words."""
    return {"resourceType": "Practitioner", "id": rid, "name": [{"given": list(words)}], **more}


def observation(rid: str, **more: Any) -> dict[str, Any]:
    """An Observation of Mali."""
    return {
        "resourceType": "Observation",
        "id": rid,
        "status": "final",
        "subject": {"reference": f"Patient/{MALI}"},
        **more,
    }


ABOUT_NOBODY: list[dict[str, Any]] = [
    practitioner("p1", "กา", gender="male"), practitioner("p2", "ขา", gender="female"), practitioner("p3", "เกา"), practitioner("p4", "แก", gender="female"),
    {"resourceType": "Practitioner", "id": "p5"}, practitioner("p6", "ฮา", "กก", gender="other"),
    {"resourceType": "Questionnaire", "id": "q1", "url": "http://b.example/q", "date": "2026", "status": "active", "effectivePeriod": {"end": "2020"}},
    {"resourceType": "Questionnaire", "id": "q2", "url": "http://a.example/q", "status": "draft", "effectivePeriod": {"start": "2025-03"}},
    {"resourceType": "Questionnaire", "id": "q3", "date": "2025-06", "status": "retired"},
    {"resourceType": "Substance", "id": "s1", "instance": [{"quantity": amount(5, "g")}, {"quantity": amount(900, "mg")}]},
    {"resourceType": "Substance", "id": "s2", "instance": [{"quantity": amount(2, "g")}]},
    {"resourceType": "Substance", "id": "s3", "code": concept("salt")},
]  # fmt: skip
OF_MALI: list[dict[str, Any]] = [
    observation("o1", code=concept("b", "z"), valueQuantity=amount(70, "kg"), effectiveDateTime="2026-01-01", category=[concept("vital")], performer=[{"reference": "Practitioner/p2"}]),
    observation("o2", code=concept("a"), valueQuantity=amount(80000, "g"), effectiveDateTime="2026-01-03", performer=[{"reference": "Practitioner/p1"}], derivedFrom=[{"reference": "Observation/o1"}]),
    observation("o3", code=concept("c"), valueQuantity=amount(75, "kg"), status="amended", component=[{"code": concept("s"), "valueQuantity": amount(120, "mm[Hg]")}, {"code": concept("d"), "valueQuantity": amount(80, "mm[Hg]")}]),
    observation("o4", code=concept("a"), effectiveDateTime="2026-01-02", component=[{"code": concept("s"), "valueQuantity": amount(12, "kPa")}], note=[{"text": "x"}]),
    {"resourceType": "Condition", "id": "c1", "subject": {"reference": f"Patient/{MALI}"}, "onsetDateTime": "2020-01-01", "recordedDate": "2026-01-01"},
    {"resourceType": "Condition", "id": "c2", "subject": {"reference": f"Patient/{MALI}"}, "recordedDate": "2025-01-01"},
    {"resourceType": "Condition", "id": "c3", "subject": {"reference": f"Patient/{MALI}"}, "onsetDateTime": "2019-01-01"},
    {"resourceType": "RiskAssessment", "id": "r1", "status": "final", "subject": {"reference": f"Patient/{MALI}"}, "prediction": [{"probabilityDecimal": 0.9}, {"probabilityDecimal": 0.1}]},
    {"resourceType": "RiskAssessment", "id": "r2", "status": "final", "subject": {"reference": f"Patient/{MALI}"}, "prediction": [{"probabilityDecimal": 0.5}]},
    {"resourceType": "MedicationRequest", "id": "m1", "status": "active", "intent": "order", "subject": {"reference": f"Patient/{MALI}"}, "dosageInstruction": [{"timing": {"event": ["2026-06-09"]}}, {"timing": {"event": ["2026-06-01"]}}]},
    {"resourceType": "MedicationRequest", "id": "m2", "status": "active", "intent": "order", "subject": {"reference": f"Patient/{MALI}"}, "dosageInstruction": [{"timing": {"event": ["2026-06-05"]}}]},
    {"resourceType": "CarePlan", "id": "cp", "status": "active", "intent": "plan", "subject": {"reference": f"Patient/{MALI}"}},
]  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def record(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Written once."""
    with django_db_blocker.unblock(), rolled_back():
        send("PERSON", {"pid": "1", "name": "มาลี", "sex": "2"})
        keep(*ABOUT_NOBODY, hospcode=None)
        keep(*OF_MALI, person=person("1"))
        yield


def found(rtype: str, asked: str) -> list[str]:
    """Ids in the order of the answer."""
    return [r["id"] for r in resources(exchange.search(of_facility(None), rtype, parse_qsl(asked)))]


def paged(rtype: str, asked: str, between: Any = lambda: None) -> list[str]:
    """Ids on pages of one, doing something between the pages."""
    ids: list[str] = []
    following = [*parse_qsl(asked), ("_count", "1")]
    while following:
        answer = bundle(exchange.search(of_facility(None), rtype, following))
        ids += [entry["resource"]["id"] for entry in answer.get("entry", [])]
        links = {link["relation"]: link["url"] for link in answer["link"]}
        following = parse_qsl(links["next"].partition("?")[2]) if "next" in links else []
        between()
    return ids


TABLE = [
    # --- string
    ("Practitioner", "_sort=given", "p6, p1, p3, p4, p2, p5", "กก กา เกา แก ขา: Thai dictionary order; of several words the first; none comes last"),
    ("Practitioner", "_sort=-given", "p6, p2, p4, p3, p1, p5", "descending: of several words the last (ฮา); none still comes last (ours)"),
    ("Practitioner", "_sort=name", "p6, p1, p3, p4, p2, p5", "name is every part of it"),
    # --- token
    ("Practitioner", "_sort=gender,given", "p4, p2, p1, p6, p3, p5", "female, male, other; the second key orders what the first leaves equal"),
    ("Practitioner", "_sort=-gender,given", "p6, p1, p4, p2, p3, p5", "each key with its own direction"),
    ("Observation", "_sort=code,_id", "o2, o4, o1, o3", "a, a, b, c: the code, whatever its system"),
    ("Observation", "_sort=-code,_id", "o1, o3, o2, o4", "z, c, a, a: of two codings the one that comes first in this order"),
    ("Observation", "_sort=status,_id", "o3, o1, o2, o4", "amended before final"),
    ("Observation", "_sort=category,_id", "o1, o2, o3, o4", "what has none comes last"),
    ("Observation", "_sort=component-code,_id", "o3, o4, o1, o2", "d, s"),
    ("Substance", "_sort=code,_id", "s3, s1, s2", "a token of a type that no deposit brings"),
    # --- quantity
    ("Observation", "_sort=value-quantity", "o1, o3, o2, o4", "ours: 70 kg, 75 kg, 80,000 g"),
    ("Observation", "_sort=-value-quantity", "o2, o3, o1, o4", "descending, none last"),
    ("Observation", "_sort=component-value-quantity,_id", "o3, o4, o1, o2", "80 mmHg is less than 12 kPa"),
    ("Observation", "_sort=-component-value-quantity,_id", "o3, o4, o1, o2", "120 mmHg is more than 12 kPa"),
    ("Observation", "_sort=combo-value-quantity&_id=o1,o2,o3", "o3, o1, o2", "value or component, the least of them; of another kind only the number counts: 80 mmHg is 10,666 Pa, 70 kg are 70,000 g"),
    ("Substance", "_sort=quantity", "s1, s2, s3", "900 mg, 2 g"),
    ("Substance", "_sort=-quantity", "s1, s2, s3", "5 g, 2 g"),
    # --- number
    ("RiskAssessment", "_sort=probability", "r1, r2", "0.1, 0.5"),
    ("RiskAssessment", "_sort=-probability", "r1, r2", "0.9, 0.5"),
    # --- date
    ("Observation", "_sort=date", "o1, o4, o2, o3", "the type's first date; none comes last, ascending too"),
    ("Observation", "_sort=-date", "o2, o4, o1, o3", "and descending"),
    ("Condition", "_sort=onset-date", "c3, c1, c2", "one of two dates that share a column"),
    ("Condition", "_sort=recorded-date", "c2, c1, c3", "and the other"),
    ("Condition", "_sort=-recorded-date,onset-date", "c1, c2, c3", "both"),
    ("Questionnaire", "_sort=date", "q3, q1, q2", "June 2025, 2026, none"),
    ("Questionnaire", "_sort=effective,_id", "q1, q2, q3", "a second date by its first moment; one without a beginning begins long ago"),
    ("MedicationRequest", "_sort=date", "m1, m2", "June 1, June 5: of several dates the first"),
    ("MedicationRequest", "_sort=-date", "m1, m2", "June 9, June 5: of several dates the last"),
    # --- uri, reference
    ("Questionnaire", "_sort=url", "q2, q1, q3", "letter for letter"),
    ("Observation", "_sort=performer,_id", "o2, o1, o3, o4", "where it leads, as it is written"),
    ("Observation", "_sort=derived-from,-_id", "o2, o4, o3, o1", "a reference beside"),
    ("Observation", "_sort=subject,_id", "o1, o2, o3, o4", "all of one patient"),
    # --- every type
    ("Observation", "_sort=_source,_id", "o1, o2, o3, o4", "_source"),
    ("Observation", "_sort=-_id", "o4, o3, o2, o1", "_id"),
    ("Observation", "_sort=code,-date,status&code:missing=false", "o2, o4, o1, o3", "three keys"),
]  # fmt: skip


@pytest.mark.parametrize(("rtype", "asked", "expected", "sentence"), TABLE, ids=[f"{row[0]} {row[1]}" for row in TABLE])
def test_order(rtype: str, asked: str, expected: str, sentence: str) -> None:
    """On one page, and on pages of one."""
    wanted = [part.strip() for part in expected.split(",")]
    assert found(rtype, asked) == wanted, sentence
    assert paged(rtype, asked) == wanted, sentence


@pytest.mark.parametrize("asked", ["_sort=given", "_sort=-given", "_sort=gender,-given,_id"])
def test_pages_stay_in_order_while_others_write(asked: str) -> None:
    """What was there all the time comes once; what came before the place reached does not come, what came after it does."""
    with rolled_back():
        wanted = found("Practitioner", asked)
        steps = iter(range(100))

        def write() -> None:
            n = next(steps)
            keep(practitioner(f"new{n}", "ก"), hospcode=None)  # the first word of all
            database.execute("UPDATE resource SET deleted = true WHERE rid = %s", [f"new{n - 1}"])

        assert [rid for rid in paged("Practitioner", asked, write) if not rid.startswith("new")] == wanted


def test_an_order_tells_nothing_of_what_may_not_be_seen() -> None:
    """A page under a permit is the order of what it opens; a value in a cursor is sealed."""
    with rolled_back():
        keep(observation("hidden", code=concept("aa")), person=person("9", UNIT), hospcode=UNIT)
        keep(observation("mine", code=concept("ab")), person=person("1"))
        pairs = [("_sort", "code"), ("_count", "1")]
        raw = exchange.search(of_facility(HOSPITAL), "Observation", pairs)
        assert [r["id"] for r in resources(raw)] == ["o2"]
        assert [r["id"] for r in resources(exchange.search(of_facility(UNIT), "Observation", pairs))] == ["hidden"]
        cursor = dict(parse_qsl(bundle(raw)["link"][1]["url"].partition("?")[2]))["_cursor"]
        answer = exchange.search(of_facility(UNIT), "Observation", [*pairs, ("_cursor", cursor)])
        assert [r["id"] for r in resources(answer)] == ["hidden"]  # a cursor of somebody else opens nothing


@pytest.mark.parametrize("other", ["_sort=-code", "_sort=code,_id", "_sort=status", ""])
def test_a_cursor_belongs_to_its_order(other: str) -> None:
    """Of another order it is refused, before anything is read."""
    raw = exchange.search(of_facility(None), "Observation", [("_sort", "code"), ("_count", "1")])
    cursor = dict(parse_qsl(bundle(raw)["link"][1]["url"].partition("?")[2]))["_cursor"]
    with pytest.raises(exchange.SearchProblem):
        exchange.search(of_facility(None), "Observation", [*parse_qsl(other), ("_cursor", cursor)])


@pytest.mark.parametrize("name", ["code-value-quantity", "near", "_list", "_has:x", "encounter.date"])
def test_what_has_no_order_is_refused(name: str) -> None:
    """Composites and places have none; chains are not followed for an order."""
    rtype = "Location" if name == "near" else "Observation"
    with pytest.raises(exchange.SearchProblem) as refusal:
        exchange.search(of_facility(None), rtype, [("_sort", name)])
    assert refusal.value.issue == "not-supported"
