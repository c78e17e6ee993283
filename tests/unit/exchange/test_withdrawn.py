"""What is read by a consent: a withdrawal ends it at the next page, step and piece (T13, decision 0144), and the log
names the consent (decision 0154).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from suksala import audit, consent, exchange, identity, phr, registry, signin
from suksala.consent import Right, Section
from suksala.exchange.mapping.base import patient_id
from suksala.foundation import clock
from suksala.signin import domain, oauth_storage, smart_storage
from suksala.signin.oauth_storage import NewToken
from suksala.signin.smart_storage import Approval, Context
from suksala.standards import fhir
from tests import smart_app as app
from tests.people import mali
from tests.record import HOSPITAL, UNIT, Called, send
from tests.unit.exchange.test_exporting import exported

pytestmark = pytest.mark.django_db
FACILITIES = f"""hospcode,name_th,name_en,kind,province,district,subdistrict
{HOSPITAL},โรงพยาบาล,Hospital,hospital,19,1901,
{UNIT},รพ.สต.,Unit,subdistrict-unit,19,1901,
"""


@dataclass(frozen=True)
class Doctor:
    """Somebody who treats."""

    actor: str
    hospcode: str
    role: str = "clinician"


EVERYTHING = phr.Offer(frozenset(Section), frozenset())


@pytest.fixture
def whose(tmp_path: Path) -> Iterator[phr.Whose]:
    """Mali, who was seen at the hospital three times, and never at the unit."""
    (tmp_path / "f.csv").write_text(FACILITIES, encoding="utf-8")
    registry.import_facilities(tmp_path / "f.csv")
    signin.forget_cache()
    identity.link(HOSPITAL, [mali("1")])
    send("PERSON", {"pid": "1", "name": "มะลิ"})
    for seq in ("1", "2", "3"):
        send("SERVICE", {"pid": "1", "seq": seq, "date_serv": f"2026-01-0{seq}", "pr": 70})
    person = identity.person_of(HOSPITAL, "1")
    yield phr.Whose(person, (person,), "account:mali", "self", frozenset(Right), "มาลี")
    registry.forget_cache()


def shared(whose: phr.Whose) -> int:
    """Mali lets the unit read everything; the number of that consent."""
    return phr.share(whose, UNIT, EVERYTHING, consent.newest("share").digest, clock.now()).id


def token_of_app(whose: phr.Whose) -> str:
    """A token of an app that the unit's doctor allowed for this patient, kept as the server keeps it."""
    doctor = app.account("far", role="clinician", hospcode=UNIT, display_th="หมอ", display_en="Doctor")
    app.add_app()
    client = oauth_storage.registered("growth")
    assert client is not None
    now, token = clock.now(), domain.new_token()
    until = now + timedelta(minutes=15)
    context = Context(whose.person, patient_id(HOSPITAL, "1"))
    approval = Approval(client.number, doctor.pk, "patient/*.rs", context, until, app.BACK, "x", None, UNIT)
    allowed = smart_storage.add(approval, domain.digest(token + "c"), until, now)
    oauth_storage.add_token(NewToken(domain.digest(token), client.number, "patient/*.rs", None, until, allowed), now)
    return token


def next_of(called: Called) -> str:
    """The address of the next page, without scheme and host."""
    [link] = [one["url"] for one in called.json["link"] if one["relation"] == "next"]
    return str(link).removeprefix("https://suksala.test")


@pytest.mark.parametrize("question", ["Patient/{patient}/$everything?_count=1", "Encounter?_count=1"])
def test_the_next_page_of_an_app_asks_anew(whose: phr.Whose, question: str) -> None:
    """Between two pages Mali withdraws: the second is what somebody without leave gets, and nobody's row is read."""
    number, token = shared(whose), token_of_app(whose)
    first = Called("GET", "/fhir/" + question.format(patient=patient_id(HOSPITAL, "1")), token=token)
    assert (first.status, len(first.json["entry"])) == (200, 1)
    phr.stop(whose, number, clock.now())
    reads = len(list(audit.facts("read")))
    second = Called("GET", next_of(first), token=token)
    assert (second.status, second.json["resourceType"]) == (403, "OperationOutcome")
    assert len(list(audit.facts("read"))) == reads


def test_what_is_left_out_meanwhile_is_not_on_the_next_page(whose: phr.Whose) -> None:
    """Narrowed, not withdrawn: the page that follows is made under what is left."""
    number, token = shared(whose), token_of_app(whose)
    first = Called("GET", "/fhir/Encounter?_count=1", token=token)
    phr.change(whose, number, [s for s in Section if s is not Section.VISITS], [], clock.now())
    second = Called("GET", next_of(first), token=token)
    assert (second.status, second.json.get("entry", [])) == (200, [])


def told_of_consents(kind: str) -> list[tuple[str, str | None, int | None, str | None, object]]:
    """What facts of a kind say: who, why, whose, for whom, by which consents."""
    return [(f.actor, f.purpose, f.person, f.facility, f.detail.get("consents")) for f in audit.facts(kind)]


def test_the_log_names_the_consent_of_a_decision_and_of_a_disclosure(whose: phr.Whose) -> None:
    """Found and read one by one; as AuditEvents both name the Consent, in the shapes of BALP."""
    number, token = shared(whose), token_of_app(whose)
    [visit] = Called("GET", "/fhir/Encounter?_count=1", token=token).json["entry"]
    assert Called("GET", f"/fhir/Encounter/{visit['resource']['id']}", token=token).status == 200
    told = ("account:far", "TREAT", whose.person, UNIT, [f"own-{number}"])
    assert told_of_consents("permit.decided") == told_of_consents("read") == [told, told]
    officer = signin.issue_token("unit", UNIT, ["system/AuditEvent.rs"], 30)
    events = [e["resource"] for e in Called("GET", "/fhir/AuditEvent?agent=account:far", token=officer).json["entry"]]
    shapes = [event["meta"]["profile"][0].rpartition(".")[2] for event in events]
    assert shapes == ["PatientRead", "AuthZconsent", "PatientQuery", "AuthZconsent"]
    for event in events:
        named = [e["what"]["reference"] for e in event["entity"] if e["type"]["code"] == "Consent"]
        assert named == [f"Consent/own-{number}"]
        assert [i for i in fhir.validation.check(event) if i.severity == "error"] == []


def test_what_rests_on_no_consent_names_none(whose: phr.Whose) -> None:
    """The hospital's own doctor; and after a withdrawal nobody has decided or read anything more."""
    number = shared(whose)
    leave = consent.permit_for_treatment(Doctor("account:near", HOSPITAL), whose.person, clock.now(), seen=True)
    assert exchange.read(leave, "Patient", patient_id(HOSPITAL, "1")) is not None
    phr.stop(whose, number, clock.now())
    with pytest.raises(consent.NoPermit):
        consent.permit_for_treatment(Doctor("account:far", UNIT), whose.person, clock.now())
    assert (leave.consents, told_of_consents("permit.decided")) == ((), [])
    assert told_of_consents("read") == [("account:near", "TREAT", whose.person, HOSPITAL, None)]


def test_no_system_reads_by_a_consent(whose: phr.Whose) -> None:
    """So no export, table or subscription has one to outlive: with Mali's consent a program sees what it saw before."""
    token = signin.issue_token("unit", UNIT, ["system/*.rs"], 30)
    client = signin.client_named("unit")
    assert client is not None
    before = consent.permit_for_client(client, clock.now())
    shared(whose)
    assert consent.permit_for_client(client, clock.now()).scopes == before.scopes
    assert Called("GET", "/fhir/Encounter", token=token).json.get("entry", []) == []
    _, found = exported(token)
    assert "Encounter" not in found
