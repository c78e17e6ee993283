"""What PERSON, ADDRESS, HOME and DEATH of one facility make of a Patient.

Sources: TH Core Patient (identifier, name and address slices; city is the sub-district), SIL-TH extensions; docs/decisions/0031.
"""
# ruff: noqa: E501 - a row of a table reads best on one line

from __future__ import annotations

from typing import Any

import pytest

from suksala.exchange.mapping.base import patient_id
from suksala.exchange.mapping.people import Parts, patient
from tests.record import faults

CORE = "https://terms.sil-th.org/core/CodeSystem/"
LOCAL = "https://terms.sil-th.org/hcode/5/99801"
EXTENSION = "https://fhir-ig.sil-th.org/th/extensions/StructureDefinition/"
HL7 = "http://hl7.org/fhir/StructureDefinition/"
BARE = {"hospcode": "99801", "pid": "12"}
HOME = {
    "house": "12/3",
    "village": "07",
    "tambon": "01",
    "ampur": "01",
    "changwat": "19",
    "latitude": 14.5,
    "longitude": 100.9,
}


def body(person: dict[str, Any] | None = None, **parts: Any) -> dict[str, Any]:
    """The Patient of a registration with these PERSON fields and other parts."""
    rid, found = patient(Parts({**BARE, **(person or {})}, **parts))
    assert rid == patient_id("99801", "12")
    assert faults({"resourceType": "Patient", "id": rid, **found}) == []  # type: ignore[dict-item]
    return found  # type: ignore[return-value]


def identifier_type(code: str, display: str) -> dict[str, Any]:
    """A type of SIL-TH's identifier list."""
    return {"coding": [{"system": CORE + "cs-th-identifier-type", "code": code, "display": display}]}


def test_a_whole_person() -> None:
    """Every field of PERSON that the Patient shows, and nothing of father, mother and spouse."""
    person = {
        "cid": "3990000000017", "hn": "HN7", "prename": "004", "name": "มาลี", "lname": "ใจดี", "sex": "2", "birth": "1970-05-05",
        "mstatus": "2", "nation": "099", "typearea": "1", "discharge": "9", "mobile": "0810000000", "telephone": "020000000",
        "father": "3990000000025", "mother": "3990000000033", "couple": "3990000000041",
    }  # fmt: skip
    assert body(person) == {
        "extension": [
            {
                "url": HL7 + "patient-nationality",
                "extension": [{"url": "code", "valueCodeableConcept": {
                    "coding": [{"system": CORE + "cs-thcc-nationality", "code": "099", "display": "ไทย"}], "text": "ไทย"}}],
            },
            {"url": EXTENSION + "ex-patient-person-status", "valueCodeableConcept": {
                "coding": [{"system": CORE + "cs-thcc-person-status", "code": "1",
                            "display": "มีชื่ออยู่ตามทะเบียนบ้านในเขตรับผิดชอบและอยู่จริง"}],
                "text": "มีชื่ออยู่ตามทะเบียนบ้านในเขตรับผิดชอบและอยู่จริง"}},
            {"url": EXTENSION + "ex-patient-pid-remove-reason", "valueCodeableConcept": {
                "coding": [{"system": CORE + "cs-43file-pid-remove-reason", "code": "9", "display": "ไม่จำหน่าย"}], "text": "ไม่จำหน่าย"}},
        ],
        "identifier": [
            {"use": "official", "type": identifier_type("cid", "เลขประจำตัวประชาชนไทย"), "system": "https://terms.sil-th.org/id/th-cid",
             "value": "3990000000017"},
            {"use": "secondary", "type": identifier_type("localPid", "รหัสประจำตัวบุคคลของหน่วยบริการ"), "system": LOCAL + "/PID", "value": "12"},
            {"use": "usual", "type": identifier_type("localHn", "เลข Hospital Number (HN) ของหน่วยบริการ"), "system": LOCAL + "/HN", "value": "HN7"},
        ],
        "active": True,
        "name": [{
            "extension": [{"url": HL7 + "language", "valueCode": "th"}],
            "use": "official", "text": "น.ส.มาลี ใจดี", "family": "ใจดี", "given": ["มาลี"], "prefix": ["น.ส."],
        }],
        "telecom": [
            {"system": "phone", "value": "0810000000", "use": "mobile"},
            {"system": "phone", "value": "020000000", "use": "home"},
        ],
        "gender": "female",
        "birthDate": "1970-05-05",
        "maritalStatus": {
            "coding": [
                {"system": "http://terminology.hl7.org/CodeSystem/v3-MaritalStatus", "code": "M", "display": "Married"},
                {"system": CORE + "cs-thcc-marital", "code": "2", "display": "คู่"},
            ],
            "text": "คู่",
        },
        "managingOrganization": {"reference": "Organization/99801"},
    }  # fmt: skip


def test_a_person_of_whom_nothing_is_known_but_the_number() -> None:
    """Absent fields are absent; gender is required by nobody but told as unknown."""
    assert body() == {
        "identifier": [
            {"use": "secondary", "type": identifier_type("localPid", "รหัสประจำตัวบุคคลของหน่วยบริการ"), "system": LOCAL + "/PID", "value": "12"}
        ],
        "active": True,
        "gender": "unknown",
        "managingOrganization": {"reference": "Organization/99801"},
    }  # fmt: skip


GONE = [
    ({"discharge": "9"}, None, True, {}),
    ({}, None, True, {}),
    ({"discharge": "2"}, None, False, {}),
    ({"discharge": "3"}, None, False, {}),
    ({"discharge": "1"}, None, False, {"deceasedBoolean": True}),
    ({"discharge": "9"}, {"ddeath": "2026-01-09"}, False, {"deceasedDateTime": "2026-01-09"}),
    (
        {"discharge": "1", "ddischarge": "2026-01-20"},
        {"ddeath": "2026-01-09"},
        False,
        {"deceasedDateTime": "2026-01-09"},
    ),
    ({"discharge": "1"}, {}, False, {"deceasedBoolean": True}),
]


@pytest.mark.parametrize(("person", "death", "active", "deceased"), GONE)
def test_gone(person: dict[str, str], death: dict[str, str] | None, active: bool, deceased: dict[str, object]) -> None:
    """DDISCHARGE is when the register was left, so only DEATH gives a date of death."""
    found = body(person, death=death)
    assert found["active"] is active
    assert {key: found[key] for key in found if key.startswith("deceased")} == deceased


def test_the_house_of_the_household() -> None:
    """HOME -> Address as TH Core has it, with the code of the place and where it lies."""
    assert body(home=HOME)["address"] == [
        {
            "extension": [
                {"url": HL7 + "geolocation", "extension": [{"url": "latitude", "valueDecimal": 14.5}, {"url": "longitude", "valueDecimal": 100.9}]},
                {"url": EXTENSION + "ex-address-address-code", "valueCodeableConcept": {"coding": [
                    {"system": CORE + "cs-dopa-location", "code": "190101", "display": "ตำบลปากเพรียว อำเภอเมืองสระบุรี จังหวัดสระบุรี"}]}},
            ],
            "use": "home",
            "text": "12/3 หมู่ที่ 7 ตำบลปากเพรียว อำเภอเมืองสระบุรี จังหวัดสระบุรี",
            "line": ["12/3 หมู่ที่ 7"],
            "city": "ปากเพรียว",
            "district": "เมืองสระบุรี",
            "state": "สระบุรี",
            "country": "TH",
        }
    ]  # fmt: skip


def test_register_and_contact_addresses() -> None:
    """ADDRESSTYPE 1 is the house register, 2 where the person can be reached; Bangkok has khet and khwaeng."""
    bangkok = {"houseno": "9", "road": "ราชดำเนิน", "tambon": "01", "ampur": "01", "changwat": "10"}
    found = body(addresses={"2": bangkok, "1": {"houseno": "1", "tambon": "99", "ampur": "99", "changwat": "99"}})[
        "address"
    ]
    assert [(a["use"], a["text"], a.get("state")) for a in found] == [
        ("home", "1", None),
        ("temp", "9 ถนนราชดำเนิน แขวงพระบรมมหาราชวัง เขตพระนคร กรุงเทพมหานคร", "กรุงเทพมหานคร"),
    ]


MARITAL = [("1", "S"), ("2", "M"), ("3", "W"), ("4", "D"), ("5", "L"), ("6", "6"), ("9", "UNK")]


@pytest.mark.parametrize(("code", "first"), MARITAL)
def test_marital_status(code: str, first: str) -> None:
    """The international code where there is one; a monk or nun (6) has none."""
    assert body({"mstatus": code})["maritalStatus"]["coding"][0]["code"] == first
