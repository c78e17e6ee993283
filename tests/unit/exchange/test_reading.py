"""What a permit opens and what it does not: reads, the whole record, the timeline, provenance; every opening is
logged.
"""
# ruff: noqa: E501 - a row of a table reads best on one line

from __future__ import annotations

from types import SimpleNamespace
from unittest import mock

import orjson
import pytest

from suksala import audit, consent, exchange, identity, registry
from suksala.consent import NoPermit, Permit
from suksala.exchange import SearchProblem
from suksala.exchange.mapping.base import identifier, patient_id
from suksala.exchange.predicate import Clause
from suksala.foundation import clock, database
from tests.record import HOSPITAL, UNIT, bundle, of_facility, one_human, permit, person, reads_logged, resources, send

pytestmark = pytest.mark.django_db

VISIT = {
    "pid": "1",
    "seq": "10",
    "date_serv": "2026-01-05",
    "time_serv": "090000",
    "chiefcomp": "ไข้",
    "sbp": 130,
    "dbp": 80,
}
MALI, DAM = patient_id(HOSPITAL, "1"), patient_id(HOSPITAL, "2")
RID = identifier("sv", HOSPITAL, "1", "10")


@pytest.fixture(autouse=True)
def record() -> None:
    """Mali at the hospital and at the unit (one human), Dam at the hospital."""
    one_human((HOSPITAL, "1"), (UNIT, "9"))
    send("PERSON", {"pid": "1", "name": "มาลี"}, {"pid": "2", "name": "ดำ"})
    send("PERSON", {"pid": "9", "name": "มาลี"}, hospcode=UNIT)
    send("SERVICE", VISIT, {**VISIT, "pid": "2", "seq": "20"})
    send(
        "LABFU",
        {"pid": "9", "date_serv": "2026-03-01", "labtest": "0531601", "labresult": "<6.9", "labnum": 6.9},
        hospcode=UNIT,
    )


def mali() -> tuple[int, int]:
    """Both registrations of Mali."""
    return person("1"), person("9", UNIT)


# --- read


def test_read_gives_the_stored_bytes() -> None:
    """The resource as it is served."""
    found = orjson.loads(exchange.read(permit(*mali()), "Patient", MALI) or b"")
    assert (found["resourceType"], found["id"], found["meta"]["versionId"]) == ("Patient", MALI, "1")


def own_record() -> Permit:
    """Leave for Mali, who is known by the registration at the hospital."""
    account = SimpleNamespace(actor="account:mali", role="citizen")
    return consent.permit_for_own_record(account, person("1"), clock.now())


def reads() -> list[audit.Fact]:
    """The facts of reading, oldest first."""
    return list(audit.facts("read"))


def test_an_own_record_is_read_in_one_statement() -> None:
    """Who the human is, the row, and the fact in the log: what the unit recorded, by the hospital's registration."""
    leave = own_record()
    [lab] = resources(exchange.search(leave, "Observation", [("code", "0531601")]))
    assert exchange.read(leave, "Observation", lab["id"]) is not None
    before = len(reads())
    with mock.patch.object(database, "rows", wraps=database.rows) as asked:
        found = exchange.read(leave, "Observation", lab["id"])
    assert orjson.loads(found or b"")["id"] == lab["id"]
    statements = [call.args[0] for call in asked.call_args_list if "identity_membership" in call.args[0]]
    assert len(statements) == 1
    assert "INSERT INTO audit" in statements[0]
    [fact] = reads()[before:]
    assert (fact.actor, fact.purpose, fact.person) == ("account:mali", "PATRQT", person("9", UNIT))


def test_a_link_that_is_undone_closes_what_is_read_next() -> None:
    """Even by a permit that was given before; the reading of nothing is in the log."""
    leave, theirs = own_record(), patient_id(UNIT, "9")
    assert exchange.read(leave, "Patient", theirs) is not None
    [(seq, _)] = [e for e in identity.explain(*mali()).events if e[1] == "link"]
    identity.undo(seq, actor="account:steward")
    before = len(reads())
    assert exchange.read(leave, "Patient", theirs) is None
    assert exchange.read(leave, "Patient", MALI) is not None
    assert [r["id"] for r in resources(exchange.search(own_record(), "Patient", []))] == [MALI]
    assert [fact.person for fact in reads()[before:]] == [None, person("1"), person("1")]


HIDDEN = [
    ("another person", "Patient", DAM),
    ("another person's visit", "Encounter", identifier("sv", HOSPITAL, "2", "20")),
    ("nobody", "Patient", "pt-000000000000000000000000"),
    ("another type", "Observation", MALI),
    ("a type that FHIR does not have", "Nothing", MALI),
    ("an unknown type", "Nonsense", MALI),
]


@pytest.mark.parametrize(("what", "rtype", "rid"), HIDDEN)
def test_hidden_is_absent(what: str, rtype: str, rid: str) -> None:
    """One answer for what is not there and what is not for this reader (X4)."""
    assert exchange.read(permit(*mali()), rtype, rid) is None, what


def test_a_permit_for_one_facility_opens_only_what_it_sent() -> None:
    """Treatment: own facility (S1.28)."""
    own = permit(*mali(), hospcode=HOSPITAL)
    assert exchange.read(own, "Patient", MALI) is not None
    assert exchange.read(own, "Patient", patient_id(UNIT, "9")) is None
    assert {e.facility for e in exchange.timeline(own)} == {HOSPITAL}


def test_a_facility_is_public_to_every_permit() -> None:
    """Organization is about no person."""
    assert exchange.read(permit(person("2")), "Organization", UNIT) is not None
    assert resources(exchange.search(permit(person("2")), "Organization", [("identifier", UNIT)]))[0]["id"] == UNIT


def test_an_empty_permit_opens_nothing() -> None:
    """No person, no row."""
    assert exchange.read(permit(), "Patient", MALI) is None
    assert exchange.timeline(permit()) == []
    assert resources(exchange.everything(permit())) == []


def test_a_permit_that_ended_opens_nothing_and_logs_no_reading() -> None:
    """Refused before any row is touched."""
    before, ended = reads_logged(), permit(*mali(), minutes=-1)
    with pytest.raises(NoPermit):
        exchange.read(ended, "Patient", MALI)
    with pytest.raises(NoPermit):
        exchange.search(ended, "Patient", [("gender", "female")])
    with pytest.raises(NoPermit):
        exchange.everything(ended)
    with pytest.raises(NoPermit):
        exchange.timeline(ended)
    assert reads_logged() == before


# --- the log


def facts() -> list[tuple[int | None, str | None, str | None]]:
    """(person, type, id) of every reading, oldest first."""
    return [(f.person, f.rtype, f.rid) for f in audit.facts("read")]


def test_a_read_is_one_fact_about_the_person_read() -> None:
    """Who, why, whose, what."""
    exchange.read(permit(*mali()), "Patient", MALI)
    [fact] = audit.facts("read")
    assert (fact.actor, fact.purpose, fact.person, fact.rtype, fact.rid) == (
        "test:reader",
        "TREAT",
        person("1"),
        "Patient",
        MALI,
    )


def test_a_read_of_something_hidden_is_a_fact_about_nobody() -> None:
    """Probing is seen; it names no person, for nobody's record was opened."""
    exchange.read(permit(*mali()), "Patient", DAM)
    assert facts() == [(None, "Patient", DAM)]


def test_a_search_is_a_fact_for_each_person_on_the_page_and_for_no_other() -> None:
    """The row that only tells whether a next page exists is nobody's reading."""
    exchange.search(of_facility(HOSPITAL), "Patient", [("_count", "1")])
    assert len(facts()) == 1
    exchange.search(of_facility(HOSPITAL), "Patient", [])
    assert sorted(p for p, _, _ in facts()[1:] if p) == sorted([person("1"), person("2")])
    [*_, last] = audit.facts("read")
    assert last.detail == {"operation": "search", "parameters": []}


def test_a_search_keeps_names_of_parameters_and_never_their_values() -> None:
    """The log is no second copy of the record."""
    exchange.search(of_facility(None), "Patient", [("name", "มาลี")])
    assert {str(f.detail["parameters"]) for f in audit.facts("read")} == {"['name']"}
    assert "มาลี" not in str(list(audit.facts("read")))


def test_the_whole_record_is_a_fact_for_each_registration() -> None:
    """The person sees it, from whichever side."""
    exchange.everything(permit(*mali()))
    assert sorted(p for p, _, _ in facts() if p) == sorted(mali())


def test_a_refused_search_reads_and_logs_nothing() -> None:
    """Unknown parameters are refused before the database is asked."""
    with pytest.raises(SearchProblem):
        exchange.search(of_facility(None), "Patient", [("bogus", "1")])
    assert reads_logged() == 0


OF_A_NAME = [
    ("Encounter", "service-provider.name=โรงพยาบาลสมมุติ", 2),
    ("Encounter", "service-provider.name:contains=สมมุติ", 2),
    ("Encounter", "service-provider.name=สมมุติ", 0),
    ("Encounter", "service-provider:Organization.type=prov", 2),
    ("Patient", "organization.name=โรงพยาบาล&name=มาลี", 1),
    ("Observation", "patient.organization.name:exact=โรงพยาบาลสมมุติ", 2),
    ("Organization", "name:exact=โรงพยาบาลสมมุติ&_has:Patient:organization:name=ดำ", 1),
    ("Organization", "type:missing=true", 1),
]


@pytest.mark.parametrize(("rtype", "asked", "count"), OF_A_NAME, ids=[f"{r[0]}?{r[1]}" for r in OF_A_NAME])
def test_chains_to_a_facility_by_its_name(rtype: str, asked: str, count: int) -> None:
    """The hospital stands in the facility list, the unit does not."""
    hospital = registry.Facility(HOSPITAL, "โรงพยาบาลสมมุติ", "", "hospital", "99", "9901")
    with mock.patch("suksala.registry.facilities", return_value=[hospital]):
        exchange.publish_facilities()
    pairs = [(name, value) for name, _, value in (part.partition("=") for part in asked.split("&"))]
    assert len(resources(exchange.search(of_facility(None), rtype, pairs))) == count


def test_a_facility_is_found_by_its_nine_characters_and_its_agency() -> None:
    """The agency that it belongs to is an Organization too."""
    hospital = registry.Facility(
        HOSPITAL, "โรงพยาบาลสมมุติ", "", "hospital", "19", "1901", hospcode9="EA0099801", affiliation="moph"
    )
    with mock.patch("suksala.registry.facilities", return_value=[hospital]):
        exchange.publish_facilities()
    of_agency = [("partof", "Organization/moph")]
    by_code = [("identifier", "https://terms.sil-th.org/hcode/9|EA0099801")]
    for asked in (of_agency, by_code):
        [found] = resources(exchange.search(of_facility(None), "Organization", asked))
        assert found["id"] == HOSPITAL
    [agency] = resources(exchange.search(of_facility(None), "Organization", [("_id", "moph")]))
    assert (agency["name"], agency["alias"]) == ("กระทรวงสาธารณสุข", ["Ministry of Public Health"])


SLOW = Clause("pg_sleep(0.3)::text IS NOT NULL")


@pytest.mark.parametrize("asked", ["patient.name=มาลี", "code:not=x", "code=x|", "encounter:missing=true"])
def test_a_search_that_takes_too_long_is_stopped(asked: str) -> None:
    """It is told how to ask, nothing is logged, and the next one is answered."""
    name, _, value = asked.partition("=")
    with (
        mock.patch("suksala.exchange.searching.MOST_MILLISECONDS", 50),
        mock.patch("suksala.exchange.searching.condition", return_value=SLOW),
        pytest.raises(SearchProblem) as refusal,
    ):
        exchange.search(of_facility(None), "Observation", [(name, value)])
    assert (refusal.value.issue, reads_logged()) == ("too-costly", 0)
    assert resources(exchange.search(of_facility(None), "Patient", [("name:contains", "าลี")]))


# --- the whole record


def test_everything_is_everything_of_the_human() -> None:
    """Patients and events of all registrations."""
    found = resources(exchange.everything(permit(*mali())))
    kinds = sorted(r["resourceType"] for r in found)
    assert kinds == ["Encounter", "Observation", "Observation", "Patient", "Patient"]


def test_everything_about_one_registration_covers_the_others_of_the_same_human() -> None:
    """A system with leave for all asks about one."""
    assert len(resources(exchange.everything(of_facility(None), person("9", UNIT)))) == 5
    assert len(resources(exchange.everything(of_facility(HOSPITAL), person("1")))) == 3


def test_everything_of_somebody_the_permit_does_not_name_is_empty() -> None:
    """Not an error that tells."""
    assert bundle(exchange.everything(permit(*mali()), person("2"))).get("entry") is None


# --- provenance


def test_provenance_names_deposit_file_and_line() -> None:
    """Any line of a record can be followed to its row."""
    [found] = resources(exchange.search(permit(*mali()), "Provenance", [("target", f"Encounter/{RID}")]))
    assert found["target"] == [{"reference": f"Encounter/{RID}"}]
    assert found["agent"][0]["who"] == {"reference": f"Organization/{HOSPITAL}"}
    assert found["entity"][0]["what"] == {
        "identifier": {"system": "urn:suksala:deposit", "value": "1" * 16},
        "display": "SERVICE แถว 2 · SERVICE row 2",
    }
    assert orjson.loads(exchange.read(permit(*mali()), "Provenance", found["id"]) or b"") == found


@pytest.mark.parametrize("target", [f"Patient/{DAM}", "Patient/none", f"Organization/{HOSPITAL}", "x"])
def test_provenance_of_what_is_hidden_or_came_with_no_deposit(target: str) -> None:
    """The provenance is as hidden as its target."""
    assert resources(exchange.search(permit(*mali()), "Provenance", [("target", target)])) == []


@pytest.mark.parametrize("rid", ["pv-1-x", "pv-x-y", "pv", "nonsense", "pv-9999-a", f"pv-102-{DAM}"])
def test_provenance_that_does_not_exist(rid: str) -> None:
    """Made-up ids lead nowhere."""
    assert exchange.read(permit(*mali()), "Provenance", rid) is None


# --- the timeline


def test_timeline_lines_newest_first_with_their_source() -> None:
    """What the pages show."""
    lines = exchange.timeline(permit(*mali()))
    assert [(e.date, e.kind, e.title_th, e.title_en, e.value, e.facility) for e in lines] == [
        ("2026-03-01", "lab", "น้ำตาลสะสม (HbA1c)", "HbA1c", "<6.9 %", UNIT),
        ("2026-01-05T09:00:00+07:00", "visit", "ผู้ป่วยนอก", "Outpatient visit", "ไข้", HOSPITAL),
        ("2026-01-05", "vital", "ความดันโลหิต", "Blood pressure", "130/80 mmHg", HOSPITAL),
    ]
    assert [(e.source.file, e.source.line) for e in lines if e.source] == [("LABFU", 2), ("SERVICE", 2), ("SERVICE", 2)]
    assert [e.visit for e in lines] == [None, RID, RID]


def test_timeline_stops_at_its_limit() -> None:
    """The newest."""
    assert [e.kind for e in exchange.timeline(permit(*mali()), limit=1)] == ["lab"]


EVENTS = [
    ("DIAGNOSIS_OPD", {"seq": "10", "date_serv": "2026-01-05", "diagcode": "E119"}, "diagnosis", "Type 2 diabetes without complication", "E119"),
    ("CHRONIC", {"date_diag": "2015-01-01", "chronic": "I10", "typedisch": "03"}, "chronic", "Hypertension", "I10"),
    ("DRUG_OPD", {"seq": "10", "date_serv": "2026-01-05", "didstd": "M", "dname": "Metformin", "amount": 60}, "drug", "Metformin", "60"),
    ("DRUGALLERGY", {"drugallergy": "P", "dname": "Penicillin", "symptom": "27"}, "allergy", "Penicillin", "Allergic urticaria"),
    ("EPI", {"date_serv": "2026-01-05", "vaccinetype": "010"}, "vaccine", "BCG", ""),
    ("PROCEDURE_OPD", {"seq": "10", "date_serv": "2026-01-05", "procedcode": "9357"}, "procedure", "93.57", ""),
    ("APPOINTMENT", {"seq": "10", "date_serv": "2026-01-05", "apdate": "2026-02-05", "aptype": "010"}, "appointment", "BCG", ""),
    ("CARD", {"instype_new": "0100"}, "coverage", "หลักประกันสุขภาพ", ""),
    ("NCDSCREEN", {"date_serv": "2026-01-05", "smoke": "1"}, "screening", "Smoking", "ไม่สูบ"),
    ("CHRONICFU", {"date_serv": "2026-01-05", "foot": "1"}, "screening", "Diabetic foot examination", "ตรวจ ผลปกติ"),
    ("ANC", {"date_serv": "2026-01-05", "gravida": "2"}, "pregnancy", "Pregnancy number", "2"),
    ("NUTRITION", {"date_serv": "2026-01-05", "weight": 12.5}, "vital", "Body weight", "12.5 kg"),
    ("ADMISSION", {"an": "7", "datetime_admit": "2026-01-05T10:00:00"}, "admission", "Inpatient stay", ""),
    ("LABFU", {"date_serv": "2026-01-05", "labtest": "0440203", "labresult": "2", "labnum": 2.0}, "lab", "Albumin [Presence] in Urine", "ผลบวก"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "row", "kind", "title", "value"), EVENTS, ids=[e[0] for e in EVENTS])
def test_a_line_of_each_file(file: str, row: dict[str, object], kind: str, title: str, value: str) -> None:
    """Kind, title and value as an English reader sees them."""
    send(file, {"pid": "77", **row})
    [line] = exchange.timeline(permit(person("77")))
    assert (line.kind, line.title_en, line.value) == (kind, title, value)
    assert line.title_th


def test_an_appointment_is_shown_on_its_day() -> None:
    """Not at midnight."""
    send("APPOINTMENT", {"pid": "77", "seq": "1", "date_serv": "2026-01-05", "apdate": "2026-02-05", "aptype": "010"})
    [line] = exchange.timeline(permit(person("77")))
    assert line.date == "2026-02-05"
