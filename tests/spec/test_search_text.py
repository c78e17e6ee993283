"""`_text` and `_content`, row by row: what is asked, what is found, and why. Made-up people and notes.

Source of the sentences: FHIR R4 (4.0.1), Search, text search parameters, shortened; "ours" marks a decision of ours (0076).
S4.23 (one API for all).
"""
# ruff: noqa: E501 - a row of a table reads best on one line

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pytest_django import DjangoDbBlocker

from suksala import exchange
from suksala.exchange import narratives, reindexing
from suksala.exchange.domain import NUMBER
from suksala.exchange.mapping.base import patient_id
from suksala.foundation import database
from tests.record import HOSPITAL, UNIT, keep, of_facility, person, reads_logged, resources, rolled_back, send

pytestmark = pytest.mark.django_db

MALI = patient_id(HOSPITAL, "1")
SUBJECT = {"subject": {"reference": f"Patient/{MALI}"}}


def told(div: str) -> dict[str, Any]:
    """A narrative."""
    return {"text": {"status": "generated", "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{div}</div>'}}


OF_MALI: list[dict[str, Any]] = [
    {"resourceType": "Condition", "id": "diabetes", "note": [{"text": "Metastases of the liver were ruled out."}], **SUBJECT, **told("<p>ผู้ป่วยเป็นโรคเบาหวานชนิดที่สอง</p><p>HbA1c&#160;7.2 &amp; stable</p>")},
    {"resourceType": "Condition", "id": "bone", "code": {"text": "Bone <b>pain</b>"}, **SUBJECT, **told("Metastases in the <b>bone</b>, no diabetes. น้ำหนักลด")},
    {"resourceType": "Condition", "id": "liver", **SUBJECT, **told("Liver metastases; heart normal")},
    {"resourceType": "Condition", "id": "silent", "code": {"coding": [{"system": "http://example.org", "code": "x-ray", "display": "ภาพถ่าย 100% ปกติ"}]}, **SUBJECT},
    {"resourceType": "DocumentReference", "id": "scan", "status": "current", "content": [{"attachment": {"data": "liverLIVER" * 20, "title": "Scan of the kidney"}}], **SUBJECT},
]  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def record(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Written once."""
    with django_db_blocker.unblock(), rolled_back():
        send("PERSON", {"pid": "1", "name": "มาลี", "sex": "2"})
        keep(*OF_MALI, person=person("1"))
        keep(
            {"resourceType": "Condition", "id": "hidden", **told("เบาหวาน bone liver")},
            person=person("9", UNIT),
            hospcode=UNIT,
        )
        yield


def found(rtype: str | None, *asked: tuple[str, str]) -> list[str]:
    """Ids for a system of the hospital."""
    return sorted(r["id"] for r in resources(exchange.search(of_facility(HOSPITAL), rtype, asked)))


TABLE = [
    # --- _text: the narrative
    ("_text", "เบาหวาน", "diabetes", "ours: a Thai word wherever it stands, for Thai has no blanks between words"),
    ("_text", "หวานชนิด", "diabetes", "so also across two of its words"),
    ("_text", "โรคเบาหวาน สอง", "diabetes", "several words: all of them"),
    ("_text", "น้ำหนัก", "bone", "folded as names are: the tone mark"),
    ("_text", "นำหนัก", "bone", "does not matter"),
    ("_text", "METASTASES", "bone, liver", "nor do capitals; the note of another is no narrative"),
    ("_text", "(bone OR liver) and metastases", "bone, liver", 'the specification\'s own example: "metastases" and either "bone" or "liver"'),
    ("_text", "bone OR diabetes", "bone", "OR; the Thai word is another word than the English one"),
    ("_text", "metastases NOT bone", "liver", "NOT"),
    ("_text", '"in the bone"', "bone", "a phrase, over tags"),
    ("_text", '"the in bone"', "", "in its order"),
    ("_text", "meta", "bone, liver", "the beginning of a word"),
    ("_text", "art", "", "not the middle of one: heart"),
    ("_text", "7.2", "diabetes", "digits and signs"),
    ("_text", "stable", "diabetes", "entities are read: &amp; is a sign, &#160; a blank"),
    ("_text", "xmlns", "", "tags and their attributes are no text"),
    ("_text", "bone,liver", "bone, liver", "a comma is OR, as everywhere"),
    ("_text", "b%ne", "", "% is a sign like others, and parts two words"),
    ("_text", "มะเร็ง", "", "what nobody wrote"),
    # --- _content: everything
    ("_content", "เบาหวาน", "diabetes", "the narrative is content"),
    ("_content", "metastases", "bone, diabetes, liver", "and so is a note"),
    ("_content", "ruled liver", "diabetes", "both words, in one resource"),
    ("_content", "kidney", "", "of the type that is searched"),
    ("_content", "100%", "silent", "signs as they are written"),
    ("_content", "x-ray", "silent", "a code"),
    ("_content", "<b>pain", "bone", "an element that is no narrative is read as it stands"),
    ("_content", "xmlns", "", "the tags of a narrative are no content"),
    ("_content", "metastases NOT (bone OR ruled)", "liver", "an expression"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value", "expected", "sentence"),
    TABLE,
    ids=[f"{r[0]}={r[1]}".encode("unicode_escape").decode() for r in TABLE],
)
def test_found(name: str, value: str, expected: str, sentence: str) -> None:
    """Each row finds exactly what it says."""
    wanted = [part.strip() for part in expected.split(",") if part.strip()]
    assert found("Condition", (name, value)) == wanted, sentence


def test_what_is_packed_in_base64_says_nothing() -> None:
    """Its title does."""
    assert found("DocumentReference", ("_content", "liver")) == []
    assert found("DocumentReference", ("_content", "kidney")) == ["scan"]


def test_with_other_parameters_and_over_several_types() -> None:
    """As any other test, also where no type is named."""
    assert found("Condition", ("_text", "metastases"), ("patient", MALI), ("_id", "bone")) == ["bone"]
    assert found("Condition", ("_text", "metastases"), ("patient.gender", "male")) == []
    assert found(None, ("_content", "kidney OR เบาหวาน")) == ["diabetes", "scan"]
    assert found(None, ("_text", "liver"), ("_type", "Condition,Observation")) == ["liver"]


REFUSED = [
    ("Condition", "_text", "", "invalid", "an empty value"),
    ("Condition", "_text", "(bone", "invalid", "a parenthesis that stays open"),
    ("Condition", "_text", "bone)", "invalid", "or was never opened"),
    ("Condition", "_text", 'the "bone', "invalid", "a quote that stays open"),
    ("Condition", "_text", "bone AND", "invalid", "half an expression"),
    ("Condition", "_text", "OR bone", "invalid", "the other half"),
    ("Condition", "_text", "NOT", "invalid", "NOT what"),
    ("Condition", "_text", "& | !", "invalid", "signs alone; no other language of queries is spoken"),
    ("Condition", "_content", "---", "invalid", "signs alone"),
    ("Condition", "_text", "a " * 61, "invalid", "too many words"),
    ("Condition", "_text", "(" * 40, "invalid", "too deep"),
    ("Condition", "_text:exact", "bone", "not-supported", "no modifier"),
    ("Bundle", "_text", "bone", "not-supported", "a type without a narrative"),
    ("Condition", "_query", "x", "not-supported", "named queries are not kept"),
    ("Condition", "_sort", "_text", "not-supported", "no order"),
]


@pytest.mark.parametrize(
    ("rtype", "name", "value", "issue", "sentence"), REFUSED, ids=[f"{r[1]}={r[2][:12]}" for r in REFUSED]
)
def test_refused(rtype: str, name: str, value: str, issue: str, sentence: str) -> None:
    """Before anything is read, in two languages."""
    before = reads_logged()
    with pytest.raises(exchange.SearchProblem) as refusal:
        found(rtype, (name, value))
    assert (refusal.value.issue, reads_logged()) == (issue, before), sentence
    assert refusal.value.th != refusal.value.en


def test_it_follows_a_change_and_a_reindex() -> None:
    """A narrative that was taken away is not found; those stored before it was searched are, after the walk."""
    with rolled_back():
        rows = "SELECT count(*) FROM resource_text"
        assert database.rows(rows) == [(4,)]
        keep({"resourceType": "Condition", "id": "bone", **SUBJECT}, person=person("1"))
        assert (found("Condition", ("_text", "bone")), database.rows(rows)) == ([], [(3,)])
        database.execute("DELETE FROM resource_text")
        database.execute("UPDATE reindex SET layout = 3")
        exchange.keep_index()
        reindexing.run()
        assert (found("Condition", ("_text", "liver")), database.rows(rows)) == (["liver"], [(3,)])


def test_deposits_bring_no_narrative() -> None:
    """So that this costs an import nothing."""
    sql = "SELECT count(*) FROM resource_text t JOIN resource r USING (person, id) WHERE r.rtype = %s"
    [(count,)] = database.rows(sql, [NUMBER["Patient"]])
    assert count == 0


@pytest.mark.parametrize("div", [None, 7, "", "<div/>", "<div>!!</div>"])
def test_what_is_no_narrative(div: Any) -> None:
    """Nothing to be found by."""
    assert narratives.of({"text": {"div": div}}) is None
    assert narratives.of({"text": "plain"}) is None
    assert narratives.of({}) is None
