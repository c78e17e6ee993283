"""The sharing pages over HTTP: what is pressed is so at once, what is refused changes nothing (S1.28, S1.29)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import Client

from suksala import audit, consent, identity, signin
from suksala.audit import Fact
from suksala.foundation import clock, database
from suksala.operations import closing
from suksala.portals import dates, looked
from tests.deposits import HOSPITAL
from tests.journeys.pages import FAR, World
from tests.journeys.visiting import came_in, text

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("pages")]
ALL = ["visits", "conditions", "medicines", "allergies", "results", "vaccines", "procedures", "appointments"]


@pytest.fixture(autouse=True)
def undecided(pages_world: World) -> Iterator[None]:
    """Every test begins with nothing decided."""
    yield
    for table in ("consent_given", "consent_history", "consent_code", "consent_code_try", "consent_proxy"):
        database.execute(f"DELETE FROM {table}")


def persons(world: World) -> list[int]:
    return sorted(identity.persons_of(identity.human_of(world.mali)))


def in_force(world: World) -> list[consent.Consent]:
    return consent.consents_of(persons(world), clock.now())


def given(client: Client, **more: object) -> int:
    """Give through the form, as a browser sends it; the status."""
    shown = text(client, f"/me/sharing/give/?facility={FAR}")
    digest = re.search(r'name="text_digest" value="(\w{64})"', shown)
    assert digest
    sent = {"facility": FAR, "section": ALL, "period": "standing", "text_digest": digest[1], **more}
    return client.post("/me/sharing/give/", sent).status_code


def test_the_page_begins_with_who_treats_and_nobody_else(pages_world: World) -> None:
    shown = text(came_in("citizen-1"), "/me/sharing/")
    assert "โรงพยาบาลสมมติ" in shown
    assert "ยังไม่ได้ให้แห่งอื่นดู" in shown


def test_after_a_restore_a_hospital_sees_nothing_until_it_is_let_again(pages_world: World) -> None:
    """Decision 0198: the page says why and leads to the form; what is given again takes the place of what waited."""
    client = came_in("citizen-1")
    assert given(client) == 302
    database.execute(closing.UNLESS_NOTHING_WAS_LOST["consents"])
    consent.note_what_was_paused()
    shown = text(client, "/me/sharing/")
    assert in_force(pages_world) == []
    assert "ยังไม่ได้ให้แห่งอื่นดู" in shown
    assert "พักไว้ รอท่านยืนยัน" in shown
    assert f'href="/me/sharing/give/?facility={FAR}"' in shown
    assert "ระบบ เมื่อกู้คืนจากสำเนา" in shown
    assert given(client) == 302
    assert [each.base.permit for each in in_force(pages_world)] == [True]
    assert consent.paused_consents(persons(pages_world), clock.now()) == []
    assert "พักไว้ รอท่านยืนยัน" not in text(client, "/me/sharing/")


def test_a_consent_that_waits_after_a_restore_is_ended_by_one_press(pages_world: World) -> None:
    client = came_in("citizen-1")
    given(client)
    database.execute(closing.UNLESS_NOTHING_WAS_LOST["consents"])
    [paused] = consent.paused_consents(persons(pages_world), clock.now())
    assert client.get(f"/me/sharing/{paused.id}/").status_code == 404
    assert client.post(f"/me/sharing/{paused.id}/stop/").status_code == 302
    assert (consent.paused_consents(persons(pages_world), clock.now()), in_force(pages_world)) == ([], [])


def test_a_hospital_is_found_by_a_part_of_its_name(pages_world: World) -> None:
    shown = text(came_in("citizen-1"), "/me/sharing/give/?find=ไกล")
    assert f"?facility={FAR}" in shown
    assert "โรงพยาบาลไกลสมมติ" in shown


def test_given_is_in_force_and_stopped_is_not(pages_world: World) -> None:
    """One press to give after reading, one press to stop."""
    client = came_in("citizen-1")
    assert given(client) == 302
    [found] = in_force(pages_world)
    assert (found.base.permit, found.base.types, found.until) == (True, frozenset(), None)
    assert "โรงพยาบาลไกลสมมติ" in text(client, "/me/sharing/")
    assert client.post(f"/me/sharing/{found.id}/stop/").status_code == 302
    assert in_force(pages_world) == []
    assert client.post(f"/me/sharing/{found.id}/stop/").status_code == 302  # a second press
    shown = text(client, "/me/sharing/")
    assert "เลิก" in shown.partition('id="history"')[2]


def test_who_lets_a_hospital_look_reads_that_its_list_named_them(pages_world: World) -> None:
    """Each time the page of the desk lists who lets it look: a fact about each; an empty list names nobody."""
    far, mali = came_in("clinician-far"), came_in("citizen-1")
    text(far, "/care/consent/")
    assert [f.person for f in audit.facts("search") if f.actor == "account:clinician-far"] == [None]
    given(mali)
    text(far, "/care/consent/")
    *_, fact = (f for f in audit.facts("search") if f.actor == "account:clinician-far")
    assert (fact.person in persons(pages_world), fact.facility) == (True, FAR)
    assert "ชื่อของท่านขึ้นในรายการ" in text(mali, "/me/who-looked/?show=staff")


def test_one_visit_ends_after_a_day(pages_world: World) -> None:
    given(came_in("citizen-1"), period="visit")
    [found] = in_force(pages_world)
    assert found.until == found.since + consent.VISIT


def test_giving_again_takes_the_place_of_the_former(pages_world: World) -> None:
    client = came_in("citizen-1")
    given(client)
    given(client, section=["allergies"])
    [found] = in_force(pages_world)
    assert found.base.sections == {consent.Section.ALLERGIES}


def test_hiding_and_opening_again(pages_world: World) -> None:
    client = came_in("citizen-1")
    digest = consent.newest("refuse").digest
    client.post("/me/sharing/hide/", {"section": ["medicines"], "label": ["HIV"], "text_digest": digest})
    found = in_force(pages_world)
    assert [c.base.permit for c in found] == [False, False]
    assert "ยาที่ได้รับ" in text(client, "/me/sharing/").partition('id="closed"')[2]
    for each in found:
        client.post(f"/me/sharing/{each.id}/stop/")
    assert in_force(pages_world) == []


def test_showing_less_and_more_again(pages_world: World) -> None:
    client = came_in("citizen-1")
    given(client, label=["MENTAL_HEALTH"])
    [found] = in_force(pages_world)
    address = f"/me/sharing/{found.id}/"
    assert "checked" in text(client, address)
    client.post(address, {"section": [s for s in ALL if s != "medicines"]})
    [less] = in_force(pages_world)
    assert [c.permit for c in less.exceptions] == [False, False]
    assert "ไม่ให้ดู" in text(client, "/me/sharing/")
    client.post(address, {"section": ALL, "label": ["MENTAL_HEALTH"]})
    [again] = in_force(pages_world)
    assert again.exceptions == ()


@pytest.mark.parametrize(
    "sent",
    [
        {"section": []},
        {"facility": "00000"},
        {"facility": ""},
        {"text_digest": "0" * 64},
        {"section": ["everything"]},
    ],
)
def test_what_cannot_be_given_gives_nothing(pages_world: World, sent: dict[str, object]) -> None:
    assert given(came_in("citizen-1"), **sent) == 422
    assert in_force(pages_world) == []


@pytest.mark.parametrize("address", ["/me/sharing/1/", "/me/sharing/desk/1/"])
def test_what_is_not_there_is_not_there(pages_world: World, address: str) -> None:
    assert came_in("citizen-1").get(address).status_code == 404


def test_anothers_consent_is_as_none(pages_world: World) -> None:
    given(came_in("citizen-1"))
    [found] = in_force(pages_world)
    for role in ("clinician", "district-1901", "steward"):
        assert came_in(role).post(f"/me/sharing/{found.id}/stop/").status_code == 403
    assert len(in_force(pages_world)) == 1


def shown_code(client: Client, facility: str) -> tuple[str, str]:
    """The digits and the number of a code for the desk."""
    digest = consent.newest("share").digest
    sent = {"facility": facility, "section": ALL, "period": "visit", "text_digest": digest}
    shown = client.post("/me/sharing/desk/", sent).content.decode()
    digits, number = re.search(r"(\d{3}) (\d{3})</strong>", shown), re.search(r"/me/sharing/desk/(\d+)/", shown)
    assert digits
    assert number
    return digits[1] + digits[2], number[1]


def test_at_the_desk_the_patient_has_the_last_word(pages_world: World) -> None:
    """Code, typed, told what would be opened, yes on the phone; the clinician is led to the record."""
    patient, doctor = came_in("citizen-1"), came_in("clinician")
    digits, number = shown_code(patient, HOSPITAL)
    assert "รอเจ้าหน้าที่พิมพ์รหัส" in text(patient, f"/me/sharing/desk/{number}/")
    answer = doctor.post("/care/consent/", {"digits": digits})
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/care/consent/{number}/")
    waiting = text(doctor, f"/care/consent/{number}/")
    assert "รอผู้รับบริการกดยืนยัน" in waiting
    assert "ใจดี" not in waiting  # the family name waits for the yes
    assert in_force(pages_world) == []
    assert "ให้ที่นี่ดูประวัติใช่ไหม" in text(patient, f"/me/sharing/desk/{number}/")
    patient.post(f"/me/sharing/desk/{number}/answer/", {"answer": "yes"})
    [found] = in_force(pages_world)
    assert (found.channel, found.evidence) == (consent.Channel.DESK, f"code:{number}")
    assert f"/care/{pages_world.patient}/" in text(doctor, f"/care/consent/{number}/")


def test_a_no_at_the_desk_opens_nothing(pages_world: World) -> None:
    patient, doctor = came_in("citizen-1"), came_in("clinician")
    digits, number = shown_code(patient, HOSPITAL)
    doctor.post("/care/consent/", {"digits": digits})
    patient.post(f"/me/sharing/desk/{number}/answer/", {"answer": "no"})
    assert "ไม่ได้เปิด" in text(doctor, f"/care/consent/{number}/")
    assert patient.post(f"/me/sharing/desk/{number}/answer/", {"answer": "yes"}).status_code == 422
    assert in_force(pages_world) == []


def test_a_code_for_another_facility_is_as_none(pages_world: World) -> None:
    digits, _ = shown_code(came_in("citizen-1"), FAR)
    answer = came_in("clinician").post("/care/consent/", {"digits": digits})
    assert (answer.status_code, "รหัสนี้ใช้ไม่ได้" in answer.content.decode()) == (422, True)


def test_nobody_answers_before_it_is_typed(pages_world: World) -> None:
    patient = came_in("citizen-1")
    _, number = shown_code(patient, HOSPITAL)
    assert patient.post(f"/me/sharing/desk/{number}/answer/", {"answer": "yes"}).status_code == 422
    assert in_force(pages_world) == []


def test_six_wrong_codes_are_too_many(pages_world: World) -> None:
    doctor = came_in("clinician")
    answers = [doctor.post("/care/consent/", {"digits": "00000"}).status_code for _ in range(6)]
    assert answers == [422] * 5 + [429]
    assert len(list(audit.facts("consent.code-refused"))) >= 5


def test_a_new_device_closes_and_opens_nothing(pages_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stolen code signs in; for a day it can only close (T12). Demo devices need not wait: made here."""
    given(came_in("citizen-1"), label=["HIV"])
    [found] = in_force(pages_world)
    new = came_in("citizen-1")
    monkeypatch.setattr(signin, "device_is_settled", lambda _: False)
    assert given(new, period="visit") == 422
    less = {"section": [s for s in ALL if s != "medicines"], "label": ["HIV"]}
    assert new.post(f"/me/sharing/{found.id}/", less).status_code == 302
    assert new.post(f"/me/sharing/{found.id}/", {"section": ALL, "label": ["HIV"]}).status_code == 403
    assert (
        new.post("/me/sharing/hide/", {"all": "yes", "text_digest": consent.newest("refuse").digest}).status_code == 302
    )
    refused = next(c for c in in_force(pages_world) if not c.base.permit)
    assert new.post(f"/me/sharing/{refused.id}/stop/").status_code == 403
    assert new.post(f"/me/sharing/{found.id}/stop/").status_code == 302
    assert [c.id for c in in_force(pages_world)] == [refused.id]


def test_a_new_device_says_no_at_the_desk_and_not_yes(pages_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A code that the former device shows is answered there."""
    digits, number = shown_code(came_in("citizen-1"), HOSPITAL)
    came_in("clinician").post("/care/consent/", {"digits": digits})
    new = came_in("citizen-1")
    monkeypatch.setattr(signin, "device_is_settled", lambda _: False)
    answer = f"/me/sharing/desk/{number}/answer/"
    assert new.post(answer, {"answer": "yes"}).status_code == 422
    assert in_force(pages_world) == []
    assert new.post(answer, {"answer": "no"}).status_code == 302


def test_every_page_without_sign_in_leads_to_it(pages_world: World) -> None:
    for address in ("/me/sharing/", "/me/sharing/give/", "/me/sharing/hide/", "/me/sharing/people/", "/care/consent/"):
        assert Client().get(address).status_code == 302


def seen(world: World) -> str:
    """What the doctor of the far hospital, where Mali is not registered, sees of her; "" where she is nobody."""
    answer = came_in("clinician-far").get(f"/care/{world.patient}/?all=1")
    return answer.content.decode() if answer.status_code == 200 else ""


def test_give_see_hide_stop_and_be_told(pages_world: World) -> None:
    """The whole way: nobody's patient, everything, less, nobody's again; and the person reads who looked."""
    patient = came_in("citizen-1")
    assert seen(pages_world) == ""
    given(patient)
    assert f"/care/{pages_world.patient}/" in text(came_in("clinician-far"), "/care/consent/")
    everything = seen(pages_world)
    assert "METFORMIN" in everything
    assert "PENICILLIN" in everything
    assert "โรงพยาบาลสมมติ" in everything  # what another facility recorded
    digest = consent.newest("refuse").digest
    patient.post("/me/sharing/hide/", {"section": ["medicines"], "text_digest": digest})
    less = seen(pages_world)
    assert "METFORMIN" not in less
    assert "PENICILLIN" in less
    for each in in_force(pages_world):
        patient.post(f"/me/sharing/{each.id}/stop/")
    assert seen(pages_world) == ""
    looked = text(patient, "/me/who-looked/")
    assert "โรงพยาบาลไกลสมมติ" in looked
    assert looked.count(f"ตามความยินยอมที่ให้ไว้เมื่อ {dates.day(clock.now())}") == 1


def test_each_consent_leads_to_who_looked_by_it(pages_world: World) -> None:
    """The far doctor looked by it, her own hospital by no consent; a consent that there is not shows everything."""
    patient = came_in("citizen-1")
    given(patient)
    assert seen(pages_world)
    came_in("clinician").get(f"/care/{pages_world.patient}/")
    [each] = in_force(pages_world)
    address = f"/me/who-looked/?consent={consent.resource_id_of(each)}"
    assert address in text(patient, "/me/sharing/")
    by_it, everything = text(patient, address), text(patient, "/me/who-looked/?consent=own-0")
    places = ("เจ้าหน้าที่ของ โรงพยาบาลไกลสมมติ", "เจ้าหน้าที่ของ โรงพยาบาลสมมติ")
    assert [place in by_it for place in places] == [True, False]
    assert [place in everything for place in places] == [True, True]
    assert "เฉพาะที่เปิดตามความยินยอม" in by_it
    assert "เฉพาะที่เปิดตามความยินยอม" not in everything


def test_who_looked_by_a_consent_stands_behind_no_newer_openings(
    pages_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More newer facts than a page takes: the far doctor is found by the consent, and through the pages without it."""
    patient = came_in("citizen-1")
    given(patient)
    assert seen(pages_world)
    [each] = in_force(pages_world)
    monkeypatch.setattr(looked, "MOST_FACTS", 3)
    newer = Fact(clock.now() + timedelta(seconds=1), "read", "account:clinician", "TREAT", pages_world.mali, HOSPITAL)
    audit.record_many([newer] * 4)
    own, far = "เจ้าหน้าที่ของ โรงพยาบาลสมมติ", "เจ้าหน้าที่ของ โรงพยาบาลไกลสมมติ"
    by_it = text(patient, f"/me/who-looked/?consent={consent.resource_id_of(each)}")
    assert (own in by_it, far in by_it, "ยังไม่มีใครเปิดดู" in by_it) == (False, True, False)
    shown = text(patient, "/me/who-looked/?show=machine")
    assert "ยังไม่มีใครเปิดดู" not in shown  # nobody among the newest, which says nothing of the older
    assert re.search(r'href="\?show=machine&(amp;)?before=', shown)


def test_a_consent_to_everybody_else_never_makes_a_patient(pages_world: World) -> None:
    """Closing everything wins over what was given, whichever came first."""
    patient = came_in("citizen-1")
    given(patient)
    patient.post("/me/sharing/hide/", {"all": "yes", "text_digest": consent.newest("refuse").digest})
    assert seen(pages_world) == ""
    assert "PENICILLIN" in text(came_in("clinician"), f"/care/{pages_world.patient}/")  # its own record stays


def test_a_representative_opens_the_record_under_the_own_name(pages_world: World) -> None:
    """A delegate: code, terms, choice of record, what they see told to the person, one press to end (S1.31)."""
    patient, helper = came_in("citizen-1"), came_in("citizen-2")
    shown = helper.post("/me/sharing/people/code/").content.decode()
    found = re.search(r"(\d{3}) (\d{3})</strong>", shown)
    assert found
    typed = patient.post("/me/sharing/people/", {"digits": found[1] + found[2]}).content.decode()
    assert "บุตรสาว" in typed
    number = re.search(r'name="number" value="(\d+)"', typed)
    assert number
    sent = {"number": number[1], "right": ["view"], "last_day": "2099-01-01"}
    assert patient.post("/me/sharing/people/", sent).status_code == 302
    assert "PENICILLIN" not in text(helper, "/me/")
    helper.post("/me/sharing/whose/", {"patient": pages_world.patient})
    assert "PENICILLIN" in text(helper, "/me/")
    assert helper.get("/me/sharing/give/").status_code == 403  # to see is not to decide
    assert text(helper, "/me/sharing/")
    [appointed] = consent.representatives(persons(pages_world), clock.now())
    assert patient.post(f"/me/sharing/people/{appointed.proxy.id}/end/").status_code == 302
    assert "PENICILLIN" not in text(helper, "/me/")
    reads = [f for f in audit.of_persons(persons(pages_world)) if f.actor == "account:citizen-2" and f.kind == "read"]
    assert reads  # whose record, in whose name


def test_who_is_nobodys_representative_stays_with_the_own_record(pages_world: World) -> None:
    helper = came_in("citizen-2")
    assert helper.post("/me/sharing/whose/", {"patient": pages_world.patient}).status_code == 403
    assert "PENICILLIN" not in text(helper, "/me/")


def test_an_officer_notes_a_parent_with_the_document_in_hand(pages_world: World) -> None:
    mother, officer = came_in("citizen-2"), came_in("clinician")
    found = re.search(r"(\d{3}) (\d{3})</strong>", mother.post("/me/sharing/people/code/").content.decode())
    assert found
    address = f"/care/{pages_world.patient}/representative/"
    typed = officer.post(address, {"digits": found[1] + found[2]}).content.decode()
    number = re.search(r'name="number" value="(\d+)"', typed)
    assert number
    sent = {
        "number": number[1],
        "relation": "ward",
        "proof": "birth-certificate",
        "document": "ร.1/2569",
        "right": ["view"],
    }
    assert officer.post(address, sent).status_code == 422  # no birth certificate makes a ward
    assert consent.representatives(persons(pages_world), clock.now()) == []
    assert officer.post(address, {**sent, "proof": "court-order"}).status_code == 302
    [noted] = consent.representatives(persons(pages_world), clock.now())
    assert (noted.proxy.relation, noted.proxy.by, noted.proxy.document) == ("ward", "account:clinician", "ร.1/2569")


def test_who_acts_for_another_ends_nobody_elses_representation(pages_world: World) -> None:
    """Not even while the other's record is chosen; nor is the button there."""
    made = []
    for name, terms in (
        ("guardian", consent.Terms(consent.Relation.WARD, frozenset(consent.Right), consent.Proof.COURT_ORDER, "1")),
        ("citizen-2", consent.Terms(consent.Relation.DELEGATE, frozenset({consent.Right.VIEW}))),
    ):
        account = f"account:{name}"
        made.append(consent.appoint(pages_world.mali, account, pages_world.helper, terms, "account:x", clock.now()))
    helper = came_in("citizen-2")
    assert helper.post("/me/sharing/whose/", {"patient": pages_world.patient}).status_code == 302
    guardian, own = (f"/me/sharing/people/{each.id}/end/" for each in made)
    shown = text(helper, "/me/sharing/")
    assert (guardian in shown, own in shown) == (False, True)
    assert helper.post(guardian).status_code == 404
    assert [r.standing for r in consent.representatives(persons(pages_world), clock.now())] == ["counts", "counts"]
    assert helper.post(own).status_code == 302
    standing = {r.proxy.id: r.standing for r in consent.representatives(persons(pages_world), clock.now())}
    assert [standing[each.id] for each in made] == ["counts", "ended"]


def test_a_code_for_representatives_is_no_code_for_a_desk(pages_world: World) -> None:
    patient, helper = came_in("citizen-1"), came_in("citizen-2")
    found = re.search(r"(\d{3}) (\d{3})</strong>", helper.post("/me/sharing/people/code/").content.decode())
    assert found
    typed = patient.post("/me/sharing/people/", {"digits": found[1] + found[2]}).content.decode()
    number = re.search(r'name="number" value="(\d+)"', typed)
    assert number
    assert patient.get(f"/me/sharing/desk/{number[1]}/").status_code == 404


def test_who_closed_everything_is_as_who_never_decided(pages_world: World) -> None:
    """To a doctor elsewhere: the same status and as many bytes."""
    patient, far = came_in("citizen-1"), came_in("clinician-far")
    address = f"/care/{pages_world.patient}/"
    unknown = far.get(address)
    given(patient)
    assert far.get(address).status_code == 200
    patient.post("/me/sharing/hide/", {"all": "yes", "text_digest": consent.newest("refuse").digest})
    closed = far.get(address)
    assert (closed.status_code, unknown.status_code) == (404, 404)
    assert len(closed.content) == len(unknown.content)
