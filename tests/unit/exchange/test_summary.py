"""Patient/$summary: an International Patient Summary that the IPS profiles accept, in Thai and English."""

from __future__ import annotations

from typing import Any

import pytest

from suksala import signin
from suksala.exchange.mapping.base import patient_id
from suksala.standards import fhir
from tests.record import HOSPITAL, UNIT, Called, one_human, reads_logged, send

pytestmark = pytest.mark.django_db

MALI = patient_id(HOSPITAL, "1")
IPS = "http://hl7.org/fhir/uv/ips/StructureDefinition/Bundle-uv-ips"
SECTIONS = ["48765-2", "11450-4", "10160-0", "11369-6", "30954-2", "8716-3", "47519-4"]


@pytest.fixture
def token() -> str:
    """A system that sees every facility; one human, registered at two."""
    one_human((HOSPITAL, "1"), (UNIT, "9"))
    send("PERSON", {"pid": "1", "name": "มาลี", "lname": "ใจดี", "birth": "1970-05-05", "sex": "2"})
    send("PERSON", {"pid": "9", "name": "มาลี", "lname": "ใจดี", "birth": "1970-05-05", "sex": "2"}, hospcode=UNIT)
    return signin.issue_token("hub", None, ["system/*.rs"], 30)


def summary(token: str) -> Called:
    """Ask for it."""
    return Called("GET", f"/fhir/Patient/{MALI}/$summary", token=token)


def sections(bundle: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The sections by their LOINC code."""
    composition = bundle["entry"][0]["resource"]
    return {section["code"]["coding"][0]["code"]: section for section in composition["section"]}


def test_an_empty_record_says_so(token: str) -> None:
    """Every section is there, with a reason and a sentence; the document is a valid IPS."""
    bundle = summary(token).json
    assert (bundle["type"], list(sections(bundle))) == ("document", SECTIONS)
    assert {s["emptyReason"]["coding"][0]["code"] for s in sections(bundle).values()} == {"unavailable"}
    assert "ไม่มีข้อมูลในระบบ · Nothing is recorded here" in sections(bundle)["48765-2"]["text"]["div"]
    errors = [i for i in fhir.validation.check(bundle, profiles=[IPS]) if i.severity == "error"]
    assert errors == []


def test_what_is_in_it(token: str) -> None:
    """The newest of each kind, from every registration; what is over or long ago is left out."""
    send("SERVICE", *({"pid": "1", "seq": f"{n}", "date_serv": f"2026-0{n}-01", "pr": 70 + n} for n in (1, 2)))
    send("CHRONIC", {"pid": "9", "chronic": "E119", "date_diag": "2020-01-01"}, hospcode=UNIT)
    send("DRUGALLERGY", {"pid": "1", "drugallergy": "P1", "dname": "Penicillin", "daterecord": "2025-01-01"})
    lab = {"pid": "1", "seq": "1", "labtest": "0531601"}
    send(
        "LABFU",
        {**lab, "date_serv": "2026-01-01", "labresult": "7.1", "labnum": 7.1},
        {**lab, "seq": "2", "date_serv": "2026-02-01", "labresult": "6.9", "labnum": 6.9},
    )
    bundle = summary(token).json
    found = sections(bundle)
    counts = {code: len(section.get("entry", [])) for code, section in found.items()}
    assert counts == {"48765-2": 1, "11450-4": 1, "10160-0": 0, "11369-6": 0, "30954-2": 1, "8716-3": 1, "47519-4": 0}
    assert "6.9" in found["30954-2"]["text"]["div"]
    assert "7.1" not in found["30954-2"]["text"]["div"]
    whole = {entry["fullUrl"] for entry in bundle["entry"]}
    assert {e["reference"] for section in found.values() for e in section.get("entry", [])} <= whole
    errors = [i for i in fhir.validation.check(bundle) if i.severity == "error"]
    assert errors == []


def test_a_facility_tells_of_its_own_only(token: str) -> None:
    """The permit of a hospital's system does not open what the unit recorded; a unit's system finds no patient."""
    send("CHRONIC", {"pid": "9", "chronic": "E119", "date_diag": "2020-01-01"}, hospcode=UNIT)
    hospital = signin.issue_token("his", HOSPITAL, ["system/*.rs"], 30)
    assert "entry" not in sections(summary(hospital).json)["11450-4"]
    unit = signin.issue_token("unit", UNIT, ["system/*.rs"], 30)
    assert summary(unit).status == 404


def test_it_is_logged_and_needs_every_type(token: str) -> None:
    """A fact per registration; a token for one type is not enough."""
    before = reads_logged()
    summary(token)
    assert reads_logged() == before + 2
    narrow = signin.issue_token("narrow", None, ["system/Patient.rs"], 30)
    assert summary(narrow).status == 403
