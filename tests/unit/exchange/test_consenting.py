"""Consents over FHIR: what a system sends is a rule at once, or refused with its place; nobody opens to others, nobody
changes what a person decided (S1.28, S1.29; IHE PCF).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from suksala import consent, exchange, identity, phr, registry, signin
from suksala.consent import Channel, Choice, Receiver, Right, Section, consents, fhir_reading
from suksala.exchange import parameters
from suksala.exchange.whose import local_number
from suksala.foundation import clock, database
from suksala.operations import closing
from tests.people import mali as mali_row
from tests.record import HOSPITAL, UNIT, Called, keep, resources
from tests.unit.exchange.test_writing import FHIR, MALI, put

pytestmark = pytest.mark.django_db
FACILITIES = f"""hospcode,name_th,name_en,kind,province,district,subdistrict,network
{HOSPITAL},โรงพยาบาล,Hospital,hospital,19,1901,,
{UNIT},รพ.สต.,Unit,subdistrict-unit,19,1901,,
"""
TREAT = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "TREAT"}
IRCP = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ParticipationType", "code": "IRCP"}]}
PRIVACY = {"system": "http://terminology.hl7.org/CodeSystem/consentscope", "code": "patient-privacy"}


@pytest.fixture(autouse=True)
def registered(tmp_path: Path) -> Iterator[None]:
    (tmp_path / "f.csv").write_text(FACILITIES, encoding="utf-8")
    registry.import_facilities(tmp_path / "f.csv")
    yield
    registry.forget_cache()


@pytest.mark.parametrize("code", ["BTG", "ETREAT"])
def test_a_denial_of_emergency_openings_is_refused_and_nothing_is_stored(token: str, code: str) -> None:
    """Neither the resource nor a rule; the answer says which purpose to take out, and why."""
    body = sent(kind="deny", to=None)
    body["provision"]["purpose"] = [TREAT, {**TREAT, "code": code}]
    answer = put(token, body)
    assert answer.status == 422
    assert all(told in answer.raw.decode() for told in ("SKL-CONSENT-020", "Consent.provision.purpose", "s.26(1)"))
    assert database.rows("SELECT count(*) FROM consent_given") == [(0,)]
    assert Called("GET", "/fhir/Consent/paper-1", token=token).status == 404


@pytest.fixture
def token() -> str:
    """A system of the hospital, with Mali sent."""
    made = signin.issue_token("his", HOSPITAL, ["system/*.cruds"], 30)
    assert put(made, MALI).status == 201
    return made


def sent(*, to: str | None = HOSPITAL, kind: str = "permit", **more: Any) -> dict[str, Any]:
    """A consent of Mali's, to one facility."""
    provision: dict[str, Any] = {"type": kind, "purpose": [TREAT]}
    if to is not None:
        provision["actor"] = [{"role": IRCP, "reference": {"reference": f"Organization/{to}"}}]
    return {
        "resourceType": "Consent",
        "id": "paper-1",
        "status": "active",
        "scope": {"coding": [PRIVACY]},
        "category": [{"coding": [{"system": "http://loinc.org", "code": "59284-0"}]}],
        "patient": {"reference": "Patient/mali"},
        "dateTime": "2026-11-01",
        "performer": [{"reference": "Patient/mali"}],
        "policy": [{"uri": "urn:made-up:policy"}],
        "provision": {**provision, **more},
    }


def in_force() -> list[consent.Consent]:
    person = identity.persons(HOSPITAL, [local_number("mali")])[local_number("mali")]
    return consent.consents_of([person], clock.now())


def kept() -> int:
    return int(database.rows("SELECT count(*) FROM consent_history")[0][0])


def test_a_consent_that_is_sent_is_a_rule_at_once(token: str) -> None:
    assert put(token, sent()).status == 201
    [found] = in_force()
    assert found.base.receivers == {Receiver("facility", HOSPITAL)}
    assert (found.giver, found.channel, found.source, found.relation) == (
        "client:his",
        Channel.FHIR,
        "Consent/paper-1",
        "self",
    )


def test_sent_again_it_is_the_same_and_changed_it_takes_the_place(token: str) -> None:
    put(token, sent())
    put(token, sent())
    assert kept() == 1
    assert put(token, sent(dataPeriod={"start": "2026"})).status == 200
    [found] = in_force()
    assert found.base.data_since is not None
    assert kept() == 3  # given, withdrawn, given


@pytest.mark.parametrize("status", ["inactive", "entered-in-error"])
def test_what_is_not_active_any_more_ends(token: str, status: str) -> None:
    put(token, sent())
    assert put(token, {**sent(), "status": status}).status == 200
    assert in_force() == []


def test_what_is_deleted_ends(token: str) -> None:
    put(token, sent())
    assert Called("DELETE", "/fhir/Consent/paper-1", token=token).status == 204
    assert in_force() == []


@pytest.mark.parametrize(
    ("body", "place"),
    [
        (sent(to=UNIT), "Consent.provision.actor"),  # opens to another
        (sent(to=None), "Consent.provision.actor"),  # opens to everybody
        (sent(data=[{"meaning": "instance", "reference": {"reference": "Observation/1"}}]), "Consent.provision.data"),
        (
            sent(kind="deny", provision=[{"type": "permit", "actor": [{"role": IRCP, "reference": {"display": "x"}}]}]),
            "Consent.provision.provision.actor",
        ),
    ],
)
def test_what_opens_too_much_or_cannot_be_carried_out_is_refused(token: str, body: dict[str, Any], place: str) -> None:
    """With its place; neither resource nor rule is kept."""
    called = put(token, body)
    assert (called.status, called.json["issue"][0]["expression"]) == (422, [place])
    assert kept() == 0
    assert Called("GET", "/fhir/Consent/paper-1", token=token).status == 404


def test_a_denial_may_speak_of_everybody(token: str) -> None:
    assert put(token, sent(to=None, kind="deny")).status == 201
    [found] = in_force()
    assert not found.base.permit


def test_a_system_of_the_exchange_opens_to_whom_a_patient_names(token: str) -> None:
    central = signin.issue_token("central", None, ["system/*.cruds"], 30)
    assert put(central, sent(to=UNIT)).status == 201
    [found] = in_force()
    assert found.base.receivers == {Receiver("facility", UNIT)}


def test_what_a_person_decided_is_theirs(token: str) -> None:
    """No client writes, patches or takes away under the ids of what people decided here."""
    body = {**sent(), "id": consent.resource_id(7)}
    assert put(token, body).status == 422
    assert kept() == 0


def test_in_a_transaction_all_or_nothing(token: str) -> None:
    """One consent that opens too much, and nothing of the others is kept."""
    entries = [
        {"resource": each, "request": {"method": "PUT", "url": f"Consent/{each['id']}"}}
        for each in (sent(), {**sent(to=UNIT), "id": "paper-2"})
    ]
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
    assert Called("POST", "/fhir", token=token, body=orjson.dumps(bundle), **FHIR).status == 422
    assert kept() == 0


def test_it_is_read_and_searched_as_any_resource(token: str) -> None:
    put(token, sent())
    found = Called("GET", "/fhir/Consent?patient=Patient/mali&status=active", token=token).json
    assert [e["resource"]["id"] for e in found["entry"]] == ["paper-1"]


def test_what_is_decided_here_is_shown_in_the_record(token: str) -> None:
    """Given, then withdrawn: the same resource in two versions, which the person reads and no facility does."""
    person = identity.persons(HOSPITAL, [local_number("mali")])[local_number("mali")]
    by = consent.Decider("account:mali")
    choice = consent.Choice(True, frozenset({Receiver("facility", UNIT)}), frozenset({consent.Purpose.TREATMENT}))
    given = consent.give(person, choice, by, clock.now(), text=consent.newest("share").digest)
    rid = exchange.show_consent(given)
    assert rid == consent.resource_id(given.id)
    permit = consent.permit_for_system("test", clock.now())
    shown = orjson.loads(exchange.read(permit, "Consent", rid) or b"")
    assert (shown["status"], shown["patient"]) == ("active", {"reference": "Patient/mali"})
    assert shown["provision"]["actor"][0]["reference"] == {"reference": f"Organization/{UNIT}"}
    assert exchange.show_consent(given) == rid  # again: nothing new
    ended = consent.withdraw([person], given.id, by, clock.now())
    exchange.show_consent(ended)
    shown = orjson.loads(exchange.read(permit, "Consent", rid) or b"")
    assert (shown["status"], shown["meta"]["versionId"]) == ("inactive", "2")
    assert Called("GET", f"/fhir/Consent/{rid}", token=token).status == 404  # what somebody closed tells something
    assert in_force() == []  # shown is not taken in again


def test_what_a_restore_paused_is_shown_inactive_and_not_given_again_by_the_next_sync(token: str) -> None:
    """Decision 0198: one decided here and one that a system sent. A document that was signed before opens nothing, and
    its sender is told why; one signed since does.
    """
    put(token, sent())
    [paper] = in_force()
    to_unit = replace(paper.base, receivers=frozenset({Receiver("facility", UNIT)}))
    app, text = consent.Decider("account:mali"), consent.newest("share").digest
    here = consent.give(paper.person, to_unit, app, clock.now(), text=text)
    ids = ["paper-1", exchange.show_consent(here), consent.resource_id(paper.id)]
    database.execute(closing.UNLESS_NOTHING_WAS_LOST["consents"])
    consent.note_what_was_paused()
    phr.show_paused()
    permit = consent.permit_for_system("test", clock.now())
    shown = [orjson.loads(exchange.read(permit, "Consent", rid or "") or b"{}").get("status") for rid in ids]
    assert shown == ["inactive"] * 3
    refused = put(token, sent())
    assert (refused.status, refused.json["issue"][0]["expression"]) == (422, ["Consent.dateTime"])
    assert in_force() == []
    assert put(token, {**sent(), "dateTime": clock.now().isoformat()}).status == 200
    assert [each.source for each in in_force()] == ["Consent/paper-1"]


def test_what_is_shown_means_what_was_decided(token: str) -> None:
    """Read back as another system would, it is the same choice."""
    person = identity.persons(HOSPITAL, [local_number("mali")])[local_number("mali")]
    types = consent.types_of([consent.Section.MEDICINES])
    to_unit = frozenset({Receiver("facility", UNIT)})
    choice = consent.Choice(True, to_unit, frozenset({consent.Purpose.TREATMENT}), types, frozenset({"HIV"}))
    closed = consent.Choice(False, labels=frozenset({"MENTAL_HEALTH"}))
    by = consent.Decider("account:mali")
    text = consent.newest("share").digest
    given = consent.give(person, choice, by, clock.now(), exceptions=(closed,), text=text)
    sent_back = fhir_reading.read(consent.body_of(given, "Patient/mali"))
    assert sent_back is not None
    since = given.since.replace(microsecond=0)
    assert sent_back == fhir_reading.Sent(replace(choice, since=since), (closed,), None)


def stopped() -> None:
    """The patient stops, in the app, what the hospital sent."""
    [found] = in_force()
    phr.stop(mali(), found.id, clock.now())


def mali() -> phr.Whose:
    person = identity.persons(HOSPITAL, [local_number("mali")])[local_number("mali")]
    return phr.Whose(person, (person,), "account:mali", "self", frozenset(Right), "มาลี")


def test_what_the_person_ended_is_not_given_again_by_the_next_sync(
    token: str, django_capture_on_commit_callbacks: Any
) -> None:
    """The document is shown inactive at once; its sender, who has it active still, is told why it does not count."""
    put(token, sent())
    with django_capture_on_commit_callbacks(execute=True):
        stopped()
    assert Called("GET", "/fhir/Consent/paper-1", token=token).json["status"] == "inactive"
    for again in (sent(), {**sent(), "policy": [{"uri": "urn:made-up:policy:2"}]}, sent(dataPeriod={"start": "2026"})):
        called = put(token, again)
        assert (called.status, called.json["issue"][0]["expression"]) == (422, ["Consent.dateTime"])
    assert in_force() == []
    assert put(token, {**sent(), "status": "inactive", "dateTime": "2026-11-02"}).status == 200


@pytest.mark.parametrize(
    ("after", "status", "counting"),
    [
        (timedelta(seconds=-1), 422, 0),
        (timedelta(0), 422, 0),
        (timedelta(seconds=1), 200, 1),
        (timedelta(days=1), 422, 0),
    ],
)
def test_a_document_signed_after_that_gives_again(token: str, after: timedelta, status: int, counting: int) -> None:
    """Not the one signed before, and none that is dated ahead."""
    put(token, sent())
    [given] = in_force()
    moment = clock.now().replace(microsecond=0) - timedelta(hours=1)
    consent.withdraw([given.person], given.id, consent.Decider("account:mali"), moment)
    assert put(token, {**sent(), "dateTime": (moment + after).isoformat()}).status == status
    assert len(in_force()) == counting


def test_what_the_person_narrowed_is_not_widened_by_the_next_sync(token: str) -> None:
    put(token, sent())
    [given] = in_force()
    phr.change(mali(), given.id, [s for s in Section if s is not Section.MEDICINES], [], clock.now())
    assert put(token, {**sent(), "policy": [{"uri": "urn:made-up:policy:2"}]}).status == 422
    [left] = in_force()
    assert left.exceptions[0].types == consent.hidden_types([Section.MEDICINES])
    # The sender's resource shows it until it is decided anew here.
    assert [consent.resource_id_of(each) for each in (given, left)] == ["paper-1", consent.resource_id(given.id)]


def test_two_equal_denials_are_two(token: str) -> None:
    """Deleting one leaves the other in force."""
    put(token, sent(kind="deny", to=None))
    put(token, {**sent(kind="deny", to=None), "id": "paper-2"})
    assert Called("DELETE", "/fhir/Consent/paper-1", token=token).status == 204
    [left] = in_force()
    assert left.source == "Consent/paper-2"
    assert consent.resource_id_of(left) == "paper-2"


def test_no_sender_takes_a_persons_room(token: str) -> None:
    """The most that one sender brings is 100; the person closes the record all the same."""
    for year in range(100):
        each = {**sent(kind="deny", to=None, dataPeriod={"end": f"{1900 + year}"}), "id": f"n{year}"}
        assert put(token, each).status == 201
    assert put(token, {**sent(kind="deny", to=None), "id": "n100"}).status == 422
    phr.hide_all(mali(), consent.newest("refuse").digest, clock.now())
    assert len(in_force()) == 101


def test_showing_less_keeps_what_the_form_does_not_tell(token: str) -> None:
    """The paper keeps a unit's rows out; the patient hides medicines, shows them again, and the unit stays out."""
    aut = {"coding": [{**IRCP["coding"][0], "code": "AUT"}]}
    inner = {"type": "deny", "actor": [{"role": aut, "reference": {"reference": f"Organization/{UNIT}"}}]}
    assert put(token, sent(provision=[inner])).status == 201
    [given] = in_force()
    kept_out = given.exceptions[0]
    assert kept_out.sources == {UNIT}
    phr.change(mali(), given.id, [s for s in Section if s is not Section.MEDICINES], [], clock.now())
    [less] = in_force()
    assert less.exceptions == (kept_out, Choice(False, types=consent.hidden_types([Section.MEDICINES])))
    phr.change(mali(), given.id, list(Section), [], clock.now())
    [more] = in_force()
    assert more.exceptions == (kept_out,)


AUT = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ParticipationType", "code": "AUT"}]}


def _kind(code: str) -> dict[str, Any]:
    return {"class": [{"system": "http://hl7.org/fhir/resource-types", "code": code}]}


def _source(code: str) -> dict[str, Any]:
    return {"actor": [{"role": AUT, "reference": {"reference": f"Organization/{code}"}}]}


@pytest.mark.parametrize(
    ("what", "place"),
    [
        (_source("9" * 20), "Consent"),
        (_source("nobody"), "Consent"),
        ({"purpose": [{"system": "http://hl7.org/fhir/v3/ActReason", "code": "TREAT"}]}, "Consent.provision.purpose"),
        (_kind("Observaton"), "Consent.provision.class"),
        ({"period": {"start": "0001-01-01"}}, "Consent.provision"),
    ],
)
def test_a_denial_that_would_deny_nothing_is_refused(token: str, what: dict[str, Any], place: str) -> None:
    """With its place; nothing is kept, and the record is read as before."""
    answer = put(token, sent(kind="deny", to=None, **what))
    assert (answer.status, answer.json["issue"][0]["expression"]) == (422, [place])
    assert (in_force(), kept()) == ([], 0)
    assert Called("GET", "/fhir/Patient/mali", token=token).status == 200


def test_a_consent_about_nobody_is_refused(token: str) -> None:
    """It would be kept as active and close nothing."""
    body = {name: value for name, value in sent(kind="deny", to=None).items() if name not in ("patient", "performer")}
    answer = put(token, body)
    assert (answer.status, answer.json["issue"][0]["expression"], kept()) == (422, ["Consent.patient"], 0)


@pytest.mark.parametrize("kind", ["Resource", "DomainResource"])
def test_what_every_type_is_bounds_nothing(token: str, kind: str) -> None:
    """A denial of Resource is a denial of everything."""
    assert put(token, sent(kind="deny", to=None, **_kind(kind))).status == 201
    assert in_force()[0].base.types == frozenset()


@pytest.mark.parametrize("end", ["9999", "9999-12-31", "9999-12-31T23:59:59+07:00"])
def test_the_end_of_all_days_is_no_end(token: str, end: str) -> None:
    """As many systems write that something has none."""
    assert put(token, sent(period={"start": "2026-01-01", "end": end})).status == 201
    assert in_force()[0].until is None


@dataclass(frozen=True)
class Doctor:
    """A clinician of the unit, where Mali is not registered."""

    actor: str = "account:far"
    role: str = "clinician"
    hospcode: str = UNIT


def test_who_hides_every_part_shows_who_they_are_and_no_more(token: str) -> None:
    """Answers to a questionnaire and a discharge summary are parts of the record too."""
    whose = mali()
    subject = {"subject": {"reference": "Patient/mali"}}
    answers = {"resourceType": "QuestionnaireResponse", "id": "q1", "status": "completed", **subject}
    summary = {"resourceType": "Composition", "id": "c1", "status": "final", "title": "B24", "date": "2026-01-01"}
    summary |= {"type": {"text": "สรุป"}, "author": [{"display": "x"}], **subject}
    keep(answers, summary, person=whose.person)
    every = phr.Offer(frozenset(Section), frozenset())
    phr.share(whose, UNIT, every, consent.newest("share").digest, clock.now())
    assert types_open(whose) == {"Patient", "QuestionnaireResponse", "Composition"}
    phr.hide(whose, list(Section), [], consent.newest("refuse").digest, clock.now())
    assert types_open(whose) == {"Patient"}


def types_open(whose: phr.Whose) -> set[str]:
    """The types that the unit's doctor sees."""
    leave = consent.permit_for_treatment(Doctor(), whose.person, clock.now())
    return {each["resourceType"] for each in resources(exchange.everything(leave))}


def test_every_type_that_tells_of_a_patient_is_in_a_part() -> None:
    """Or in one of the sets that say why it is in none."""
    told = {
        name
        for name in parameters.STORED
        for found in [parameters.references(name)]
        if "patient" in found or "Patient" in found.get("subject", ())
    }
    parts = frozenset[str]().union(*consent.TYPES.values())
    named = parts | consents.IDENTITY_TYPES | consents.TRACES | consents.UNTOLD
    assert told - named == set()


def test_what_a_person_closed_is_not_read_by_those_it_is_closed_to(token: str) -> None:
    """A consent to everything opens the record, and no decision about it: neither theirs nor one that was sent."""
    whose = mali()
    person = whose.person
    now = clock.now()
    everything = phr.Offer(frozenset(consent.Section), frozenset())
    phr.share(whose, UNIT, everything, consent.newest("share").digest, now)
    phr.hide(whose, [], ["HIV"], consent.newest("refuse").digest, now)
    for each in phr.in_force(whose, now):
        exchange.show_consent(each)
    leave = consent.permit_for_treatment(Doctor(), person, clock.now())
    assert {one["resourceType"] for one in resources(exchange.everything(leave))} == {"Patient"}
    assert resources(exchange.search(leave, "Consent", [])) == []
    own = consent.permit_for_own_record(Doctor("account:mali", "citizen", ""), person, clock.now())
    assert len(resources(exchange.search(own, "Consent", []))) == 2


def test_a_representative_does_not_read_what_was_closed(token: str) -> None:
    """Which classes somebody hides tells of them."""
    whose = mali()
    person = whose.person
    now = clock.now()
    for each in phr.hide(whose, [], ["HIV"], consent.newest("refuse").digest, now):
        exchange.show_consent(each)
    identity.link(HOSPITAL, [mali_row("2", number=None, given="ดำ", family="ดี")])
    helper = identity.person_of(HOSPITAL, "2")
    terms = consent.Terms(consent.Relation.DELEGATE, frozenset({consent.Right.VIEW}))
    consent.appoint(person, "account:helper", helper, terms, "account:mali", now)
    leave = consent.permit_for_represented(Doctor("account:helper", "citizen", ""), person, clock.now())
    assert {one["resourceType"] for one in resources(exchange.everything(leave))} == {"Patient"}


def test_a_patient_goes_although_its_person_decided_something(token: str) -> None:
    """A facility is not told of it, not by a refusal to delete either; its own data still has to go first."""
    whose = mali()
    for each in phr.hide_all(whose, consent.newest("refuse").digest, clock.now()):
        exchange.show_consent(each)
    pulse = {"resourceType": "Flag", "id": "f", "status": "active", "code": {"text": "x"}}
    assert put(token, {**pulse, "subject": {"reference": "Patient/mali"}}).status == 201
    assert Called("DELETE", "/fhir/Patient/mali", token=token).status == 409
    assert Called("DELETE", "/fhir/Flag/f", token=token).status == 204
    assert Called("DELETE", "/fhir/Patient/mali", token=token).status == 204
