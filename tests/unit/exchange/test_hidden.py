"""What a reader may not see decides nothing: no chain, no _has, no total, no modifier that looks into a body (S1.28, X4)."""
# ruff: noqa: E501 - a row of a table reads best on one line

from __future__ import annotations

from unittest import mock

import pytest

from suksala import audit, exchange, registry
from suksala.consent import Permit
from suksala.exchange.mapping.base import identifier, patient_id
from suksala.foundation import database
from tests.record import HOSPITAL, UNIT, bundle, keep, of_facility, permit, person, resources, send

pytestmark = pytest.mark.django_db

MALI, DAM = patient_id(HOSPITAL, "1"), patient_id(HOSPITAL, "2")
VISIT = identifier("sv", HOSPITAL, "1", "10")


@pytest.fixture(autouse=True)
def record() -> None:
    """Mali and Dam at the hospital, each with a visit; Dam alone has a cause to hide."""
    send("PERSON", {"pid": "1", "name": "มาลี", "sex": "2"}, {"pid": "2", "name": "ดำ", "sex": "1"})
    send("SERVICE", {"pid": "1", "seq": "10", "date_serv": "2026-01-05", "pr": 70},
         {"pid": "2", "seq": "20", "date_serv": "2026-01-06", "typein": "5", "pr": 90})  # fmt: skip
    send("DIAGNOSIS_OPD", {"pid": "2", "seq": "20", "date_serv": "2026-01-06", "diagcode": "B20"})


def ids(permit_: Permit, rtype: str, asked: str) -> list[str]:
    """What is found, by id; the total must agree."""
    pairs = [(name, value) for name, _, value in (part.partition("=") for part in asked.split("&"))]
    answer = bundle(exchange.search(permit_, rtype, [*pairs, ("_total", "accurate")]))
    found = [entry["resource"]["id"] for entry in answer.get("entry", [])]
    counted = bundle(exchange.search(permit_, rtype, [*pairs, ("_summary", "count")]))["total"]
    assert answer["total"] == counted == len(found)
    return found


ACROSS = [
    ("Organization", "_has:Patient:organization:gender=male", [HOSPITAL], "whether the facility has a man"),
    ("Organization", "_has:Patient:organization:name=ดำ", [HOSPITAL], "whether somebody of a name is known there"),
    ("Organization", "_has:Encounter:service-provider:class=VR", [HOSPITAL], "whether somebody came by telemedicine"),
    ("Organization", "_has:Patient:organization:_has:Condition:patient:code=B20", [HOSPITAL], "whether somebody has a disease"),
    ("Organization", "_has:Encounter:service-provider:class:not=AMB", [HOSPITAL], "by exclusion"),
    ("Organization", "_has:Patient:organization:phone:missing=true&_has:Patient:organization:name:exact=ดำ", [HOSPITAL], "by the body"),
    ("Encounter", f"_id={VISIT}&service-provider._has:Patient:organization:gender=male", [VISIT], "from the own visit through the facility to others"),
]  # fmt: skip


@pytest.mark.parametrize(("rtype", "asked", "opened", "what"), ACROSS, ids=[r[3] for r in ACROSS])  # fmt: skip
def test_other_people_do_not_show_through_a_facility(rtype: str, asked: str, opened: list[str], what: str) -> None:
    """Who may read the facility's records finds it; who may read Mali's finds nothing, as if Dam did not exist."""
    assert ids(of_facility(HOSPITAL), rtype, asked) == opened, what
    assert ids(permit(person("1")), rtype, asked) == [], what


WITHIN = [
    ("Observation", "encounter.class=AMB"),
    ("Observation", "encounter.class:not=VR"),
    ("Observation", "encounter.type:missing=true"),
    ("Observation", f"encounter._id={VISIT}"),
    ("Observation", "encounter.patient.gender=female"),
    ("Patient", "_has:Encounter:patient:class=AMB"),
    ("Patient", "_has:Encounter:patient:_has:Observation:encounter:code=8867-4"),
    ("Patient", "_has:Observation:patient:encounter.status=finished"),
]


@pytest.mark.parametrize(("rtype", "asked"), WITHIN)
def test_a_hidden_row_of_the_same_person_is_no_step_of_a_chain(rtype: str, asked: str) -> None:
    """The visit is another facility's, or gone: what it would have led to is not found."""
    reader = permit(person("1"), hospcode=HOSPITAL)
    assert len(ids(reader, rtype, asked)) == 1
    database.execute("UPDATE resource SET org = %s WHERE rid = %s", [registry.org_number(UNIT), VISIT])
    assert ids(reader, rtype, asked) == []
    database.execute("UPDATE resource SET org = %s, deleted = true, body = '' WHERE rid = %s", [registry.org_number(HOSPITAL), VISIT])  # fmt: skip
    assert ids(reader, rtype, asked) == []


def test_a_tombstone_has_no_body_to_look_into() -> None:
    """Modifiers that read bodies pass it by, under any permit."""
    database.execute("UPDATE resource SET deleted = true, body = '' WHERE rid = %s", [DAM])
    for asked in (
        "phone:missing=true",
        "phone:missing=false",
        "name:exact=ดำ",
        "identifier=https://terms.sil-th.org/hcode/5/99801/PID|",
        "deceased:missing=false",
    ):
        assert DAM not in ids(of_facility(None), "Patient", asked)


ALONG = [
    ("Organization", f"_id={HOSPITAL}&_revinclude=Patient:organization", {HOSPITAL, MALI, DAM}, {HOSPITAL, MALI}),
    ("Organization", f"_id={HOSPITAL}&_revinclude=Encounter:service-provider&_include:iterate=Encounter:patient&_revinclude:iterate=Condition:encounter", {HOSPITAL, MALI, DAM}, {HOSPITAL, MALI}),
    ("Encounter", f"_id={VISIT}&_include=Encounter:service-provider&_revinclude:iterate=Patient:organization", {HOSPITAL, MALI, DAM}, {HOSPITAL, MALI}),
]  # fmt: skip


@pytest.mark.parametrize(("rtype", "asked", "of_the_facility", "of_mali"), ALONG)
def test_only_what_the_reader_may_see_comes_along(
    rtype: str, asked: str, of_the_facility: set[str], of_mali: set[str]
) -> None:
    """And everybody who came along finds the reading in the log, nobody else."""
    pairs = [(name, value) for name, _, value in (part.partition("=") for part in asked.split("&"))]
    for reader, opened in ((permit(person("1")), of_mali), (of_facility(HOSPITAL), of_the_facility)):
        before = len(list(audit.facts("read")))
        found = {
            r["id"]
            for r in resources(exchange.search(reader, rtype, pairs))
            if r["resourceType"] in {"Patient", "Organization"}
        }
        assert found == opened
        logged = {fact.person for fact in list(audit.facts("read"))[before:]} - {None}
        assert logged == {person(pid) for pid, rid in (("1", MALI), ("2", DAM)) if rid in opened}


def test_what_is_cut_was_not_read() -> None:
    """The row beyond the limit is nobody's reading, and the answer says that something is missing."""
    asked = [("_id", HOSPITAL), ("_revinclude", "Patient:organization")]
    with mock.patch("suksala.exchange.searching.MOST_INCLUDED", 1):
        answer = bundle(exchange.search(of_facility(HOSPITAL), "Organization", asked))
    assert [entry["search"]["mode"] for entry in answer["entry"]] == ["match", "include", "outcome"]
    [issue] = answer["entry"][-1]["resource"]["issue"]
    assert (issue["severity"], issue["code"]) == ("warning", "incomplete")
    assert len({fact.person for fact in audit.facts("read")} - {None}) == 1


@pytest.fixture
def references() -> None:
    """What only rows beside resources connect: a report of Dam's on an Observation of Mali's, a List of his, a device."""
    mali, dam = person("1"), person("2")
    keep(
        {
            "resourceType": "Observation",
            "id": "mine",
            "status": "final",
            "subject": {"reference": f"Patient/{MALI}"},
            "code": {"coding": [{"code": "c"}]},
            "valueQuantity": {"value": 5, "unit": "x"},
        },
        person=mali,
    )
    keep(
        {
            "resourceType": "DiagnosticReport",
            "id": "his",
            "status": "final",
            "subject": {"reference": f"Patient/{DAM}"},
            "code": {"coding": [{"code": "secret"}]},
            "issued": "2026-01-01T00:00:00Z",
            "result": [{"reference": "Observation/mine"}],
        },
        person=dam,
    )
    keep(
        {
            "resourceType": "List",
            "id": "his-list",
            "status": "current",
            "mode": "working",
            "subject": {"reference": f"Patient/{DAM}"},
            "entry": [{"item": {"reference": "Observation/mine"}}],
        },
        person=dam,
    )
    keep(
        {
            "resourceType": "Task",
            "id": "my-task",
            "status": "requested",
            "intent": "order",
            "for": {"reference": f"Patient/{MALI}"},
            "focus": {"reference": "DiagnosticReport/his"},
            "executionPeriod": {"start": "2026-01-01"},
        },
        person=mali,
    )


BESIDE = [
    ("Observation", "_has:DiagnosticReport:result:code=secret", ["mine"], "whether another's report refers to one's own"),
    ("Observation", "_has:DiagnosticReport:result:issued=2026-01-01", ["mine"], "by a date beside the row"),
    ("Observation", "_has:DiagnosticReport:result:status:not=draft", ["mine"], "by exclusion"),
    ("Observation", "_list=his-list", ["mine"], "whether it is in another's List"),
    ("Observation", "_id=mine&_filter=_has:DiagnosticReport:result:code eq secret", ["mine"], "by _filter"),
    ("Task", "focus:DiagnosticReport.code=secret", ["my-task"], "along one's own reference to another's report"),
    ("Task", "focus.issued=2026-01-01", ["my-task"], "along a reference that may lead to many types"),
    ("Task", "_filter=focus:DiagnosticReport.code eq secret", ["my-task"], "by _filter"),
]  # fmt: skip


@pytest.mark.usefixtures("references")
@pytest.mark.parametrize(("rtype", "asked", "opened", "what"), BESIDE, ids=[r[3] for r in BESIDE])  # fmt: skip
def test_other_people_do_not_show_through_rows_beside(rtype: str, asked: str, opened: list[str], what: str) -> None:
    """Who may read everything finds it; who may read Mali's finds nothing; nor is a deleted row a step."""
    assert ids(of_facility(None), rtype, asked) == opened, what
    assert ids(permit(person("1")), rtype, asked) == [], what
    database.execute("UPDATE resource SET deleted = true, body = '' WHERE rid IN ('his', 'his-list')")
    assert ids(of_facility(None), rtype, asked) == [], what


@pytest.mark.usefixtures("references")
def test_values_beside_are_under_the_permit() -> None:
    """A number, a date and a composite of another's resource match nothing for this reader."""
    for rtype, asked in (
        ("DiagnosticReport", "issued=2026-01-01"),
        ("DiagnosticReport", "result=Observation/mine"),
        ("DiagnosticReport", "code:text=secret"),
        ("List", "item=Observation/mine"),
    ):
        assert ids(permit(person("1")), rtype, asked) == []
    for asked in ("value-quantity=5", "value-quantity=5||x", "code-value-quantity=c$5", "value-quantity:missing=false"):
        assert ids(permit(person("2")), "Observation", f"_id=mine&{asked}") == []


@pytest.mark.usefixtures("references")
@pytest.mark.parametrize(
    ("rtype", "asked", "opened"),
    [
        ("Task", "_include=Task:focus", {"my-task"}),
        ("Task", "_include=*", {"my-task", MALI}),
        ("Observation", "_id=mine&_revinclude=DiagnosticReport:result", {"mine"}),
        ("Observation", "_id=mine&_revinclude=List:item", {"mine"}),
        ("Observation", "_id=mine&_revinclude:iterate=DiagnosticReport:*", {"mine"}),
    ],
)
def test_rows_beside_bring_nobody_else_along(rtype: str, asked: str, opened: set[str]) -> None:
    """And only who came along finds the reading in the log."""
    pairs = [(name, value) for name, _, value in (part.partition("=") for part in asked.split("&"))]
    before = len(list(audit.facts("read")))
    assert {r["id"] for r in resources(exchange.search(permit(person("1")), rtype, pairs))} == opened
    assert {fact.person for fact in list(audit.facts("read"))[before:]} - {None} == {person("1")}
