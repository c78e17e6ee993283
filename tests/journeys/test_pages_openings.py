"""The privacy officer ends an opening, puts off its notice, clears a facility; the patient's log says nothing early."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client

from suksala import audit, consent, identity, privacy, signin
from suksala.consent import vault_keys
from suksala.foundation import clock, database, settings
from suksala.portals.privacy import wording
from tests.deposits import HOSPITAL
from tests.journeys.pages import CID, FAR, World
from tests.journeys.test_breaking_the_glass import SAID
from tests.journeys.visiting import came_in, signed_in, text

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("pages")]

REASON = "ผู้ป่วยย้ายไปแล้ว ไม่มีเหตุให้อ่านต่อ"


@pytest.fixture
def grant(pages_world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[consent.Grant]:
    """The hospital's clinician has opened Mali's record in an emergency and read it."""
    monkeypatch.setenv("SUKSALA_EPOCH_KEYS", str(tmp_path / "epoch-keys"))
    settings.forget()
    doctor = signed_in("clinician")
    opened = doctor.post("/care/emergency/open", {**SAID, "number": CID})
    assert doctor.get(opened.headers["Location"]).status_code == 200
    [found] = consent.own_grants(signin.demo_account("clinician"))
    yield found
    vault_keys.destroy_all()
    monkeypatch.undo()
    settings.forget()


def test_the_reviewer_sees_all_that_was_declared_and_opened(grant: consent.Grant) -> None:
    """Criterion, licence and how it was proved, extent, classes with their reasons, why to look twice; in both
    languages, and nothing of the record.
    """
    doctor, desk, address = signed_in("clinician"), came_in("privacy"), f"/privacy/openings/{grant.id}/"
    before = text(desk, address)
    assert all(told in before for told in ("หมดสติ ไม่รู้สึกตัว ไม่หายใจ", "ชุดฉุกเฉิน", "ไม่ได้เปิดเรื่องอ่อนไหว"))
    licensed = "licence-unproven" not in grant.flags
    assert ("ตรงกับทะเบียนผู้ประกอบวิชาชีพ" in before, "ทะเบียนไม่รู้จักใบอนุญาตนี้" in before) == (licensed, not licensed)
    more = f"/care/emergency/{grant.id}/more"
    assert doctor.post(more, {"more": "full", "confirmed": "yes"}).status_code == 302
    why = "อาจสัมผัสเลือด ต้องรู้เพื่อให้ยาป้องกัน"
    labels = {"more": "labels", "confirmed": "yes", "labels": ["1"], "label_words": why}
    assert doctor.post(more, labels).status_code == 302
    after = text(desk, address)
    assert all(told in after for told in ("ทั้งประวัติ (ยืนยันครั้งที่สอง)", "เอชไอวี", why))
    assert "PENICILLIN" not in after
    desk.get("/language/en?next=/privacy/")
    english = text(desk, address)
    assert all(told in english for told in ("The whole record (second confirmation)", "HIV", "Unconscious"))


@pytest.mark.parametrize("flags", [[], ["cosigned", "often", "key-lost"], ["same-address", "same-phone", "protected"]])
def test_every_flag_is_told_in_words(grant: consent.Grant, flags: list[str]) -> None:
    """And who co-signed, with where they work and their licence."""
    database.execute("UPDATE consent_grant SET flags = %s WHERE id = %s", [flags, grant.id])
    signer = ("account:x", "พว.สมใจ เวรดึก", FAR, "77777", 9) if "cosigned" in flags else ("", "", "", "", None)
    database.execute(
        "UPDATE consent_grant SET cosigner = %s, cosigner_name = %s, cosigner_facility = %s, cosigner_licence = %s, "
        "cosigner_practitioner = %s, lasts = 3600 WHERE id = %s",
        [*signer, grant.id],
    )
    shown = text(came_in("privacy"), f"/privacy/openings/{grant.id}/")
    assert [flag for flag, words in wording.FLAGS.items() if words.th in shown] == sorted(
        flags, key=list(wording.FLAGS).index
    )
    assert all(told in shown for told in ("พว.สมใจ เวรดึก", "77777")) is ("cosigned" in flags)
    assert "เปิดต่อสำหรับเวลาที่เหลือ" in shown


def state(grant: consent.Grant) -> consent.GrantState:
    found = consent.grant(grant.id)
    assert found is not None
    return found.state


def test_an_officer_ends_an_opening_and_its_copy_is_gone(grant: consent.Grant) -> None:
    desk, address = came_in("privacy"), f"/privacy/openings/{grant.id}/end/"
    assert address in text(desk, f"/privacy/openings/{grant.id}/")
    assert desk.get(address).status_code == 200
    assert desk.post(address, {"words": "หยุด"}).status_code == 422
    assert (state(grant), vault_keys.left()) == (consent.GrantState.ACTIVE, 1)
    assert desk.post(address, {"words": REASON}).status_code == 302
    assert (state(grant), vault_keys.left()) == (consent.GrantState.SHREDDED, 0)
    assert signed_in("clinician").get(f"/care/emergency/{grant.id}/").status_code == 410
    assert [f.actor for f in audit.facts("grant.ended")][-1] == "account:privacy"
    assert desk.post(address, {"words": REASON}).status_code == 410


def test_nothing_of_a_delayed_opening_is_seen_before_its_day(grant: consent.Grant) -> None:
    """Page, proof and the opening's own page; the officer who delayed it is in the log, and told with the rest."""
    mali, desk = signed_in("citizen-1"), came_in("privacy-exchange")
    assert "กรณีฉุกเฉิน" in text(mali, "/me/who-looked/?show=staff")
    address = f"/privacy/openings/{grant.id}/delay/"
    for wrong in ({"days": "8", "words": REASON}, {"days": "7", "words": "สั้น"}, {"words": REASON}):
        assert desk.post(address, wrong).status_code == 422
    assert consent.veils_of(grant.persons) == ()
    assert desk.post(address, {"days": "7", "words": REASON}).status_code == 302
    assert "เจ้าของข้อมูลจะเห็นการเปิดครั้งนี้ตั้งแต่" in text(desk, f"/privacy/openings/{grant.id}/")
    assert "กรณีฉุกเฉิน" not in text(mali, "/me/who-looked/?show=staff")
    assert grant.need.words not in text(mali, "/me/emergency/")
    assert str(grant.id) not in text(mali, "/me/emergency/")
    audit.seal()
    assert _emergencies(mali, grant) == []
    database.execute("UPDATE consent_notice SET due_at = %s WHERE grant_id = %s", [clock.now(), grant.id])
    assert "กรณีฉุกเฉิน" in text(mali, "/me/who-looked/?show=staff")
    assert {"grant.opened", "grant.notice-delayed", "privacy.opening-seen"} <= set(_emergencies(mali, grant))


def test_only_the_exchanges_officer_has_a_patient_told_later(grant: consent.Grant) -> None:
    """A facility's own officer is offered nothing of it, and refused."""
    desk, address = came_in("privacy"), f"/privacy/openings/{grant.id}/delay/"
    assert address not in text(desk, f"/privacy/openings/{grant.id}/")
    assert [desk.get(address).status_code, desk.post(address, {"days": "7", "words": REASON}).status_code] == [403, 403]
    assert (consent.veils_of(grant.persons), list(audit.facts("grant.notice-delayed"))) == ((), [])
    assert address in text(came_in("privacy-exchange"), f"/privacy/openings/{grant.id}/")


def test_whom_nothing_tells_is_on_the_desk_until_it_is_noted(grant: consent.Grant) -> None:
    """Mali's account is closed: a letter, noted with its day; the opening says so."""
    desk, address = came_in("privacy"), f"/privacy/openings/{grant.id}/told/"
    assert grant.reference not in text(desk, "/privacy/untold/")
    database.execute("UPDATE signin_account SET is_active = false WHERE role = 'citizen'")
    assert "/privacy/untold/" in text(desk, "/privacy/")
    assert address in text(desk, "/privacy/untold/")
    shown = text(desk, address)
    assert ("มะลิ" in shown, "PENICILLIN" in shown) == (True, False)
    today = clock.today().isoformat()
    for wrong in ({"how": "", "on": today}, {"how": "letter", "on": "เมื่อวาน"}):
        assert desk.post(address, wrong).status_code == 422
    assert list(audit.facts("grant.patient-told")) == []
    assert desk.post(address, {"how": "letter", "on": today}).status_code == 302
    assert grant.reference not in text(desk, "/privacy/untold/")
    assert "แจ้งเจ้าของข้อมูลแล้ว: จดหมาย" in text(desk, f"/privacy/openings/{grant.id}/")
    assert desk.post(address, {"how": "visit", "on": today}).status_code == 409
    signin.save_demo_account("privacy-3", role="privacy", display_th="จ", display_en="O", hospcode=FAR)
    assert came_in("privacy-3").get(address).status_code == 404


def test_a_copy_read_on_a_later_day_is_doubted_as_the_first_reading_is(grant: consent.Grant) -> None:
    """The second day's only fact is `read.copy`: the page shows it, the form takes it, the officer has a case."""
    tomorrow = clock.now() + timedelta(days=1)
    audit.record_many([audit.Fact(tomorrow, "read.copy", grant.reader, "ETREAT", grant.person, HOSPITAL)])
    mali, on = signed_in("citizen-1"), tomorrow.astimezone(clock.BANGKOK).date()
    [address] = set(re.findall(rf'href="(/me/who-looked/{on}/[0-9a-f]{{24}}/)"', text(mali, "/me/who-looked/")))
    assert mali.post(address, {"words": "วันนั้นไม่ได้อยู่โรงพยาบาลแล้ว"}).status_code == 302
    [case] = [one for one in privacy.cases(HOSPITAL) if one.on == on]
    assert (case.reader, case.facility) == (grant.reader, HOSPITAL)


def test_what_officers_find_about_a_delayed_opening_waits_for_its_day_too(grant: consent.Grant) -> None:
    """An alert of the nightly look: opened and judged by an officer, and not in the proof before the opening is."""
    on = grant.began.astimezone(clock.BANGKOK).date()
    person = grant.person
    database.execute(
        "INSERT INTO privacy_alert (id, person, reader, facility, on_day, reasons, strangers, made_at, note, officer) "
        "VALUES (77, %s, %s, %s, %s, '[\"no-care\"]', 0, %s, '', '')",
        [person, grant.reader, HOSPITAL, on, clock.now()],
    )
    mali, desk = signed_in("citizen-1"), came_in("privacy")
    consent.delay_notice(grant.id, grant.began + timedelta(days=7), REASON, actor="account:privacy")
    address = "/privacy/alerts/77/"
    assert desk.get(address).status_code == 200
    assert desk.post(address, {"verdict": "unclear", "words": REASON}).status_code == 302
    audit.seal()
    assert _emergencies(mali, grant) == []
    database.execute("UPDATE consent_notice SET due_at = %s WHERE grant_id = %s", [clock.now(), grant.id])
    assert {"privacy.alert-opened", "privacy.alert-judged"} <= set(_emergencies(mali, grant))


def _emergencies(mali: Client, grant: consent.Grant) -> list[str]:
    """Kinds of the facts in the proof that tell of this opening."""
    facts = [one["fact"] for one in json.loads(mali.get("/me/who-looked/proof.json").content)["facts"]]
    began = grant.began.isoformat()
    return [
        fact["kind"]
        for fact in facts
        if str(grant.id) in json.dumps(fact) or (fact["purpose"] == "ETREAT" and fact["at"] >= began)
    ]


@pytest.mark.parametrize("step", ["end", "delay"])
def test_another_facilitys_officer_ends_and_delays_nothing(grant: consent.Grant, step: str) -> None:
    signin.save_demo_account("privacy-3", role="privacy", display_th="จ", display_en="O", hospcode=FAR)
    other, address = came_in("privacy-3"), f"/privacy/openings/{grant.id}/{step}/"
    assert other.get(address).status_code == 404
    assert other.post(address, {"words": REASON, "days": "7"}).status_code == 404
    assert (state(grant), consent.veils_of(grant.persons)) == (consent.GrantState.ACTIVE, ())
    assert str(grant.id) not in text(other, "/privacy/notices/")


@pytest.mark.parametrize("step", ["end", "delay"])
def test_who_has_not_just_proved_who_they_are_ends_and_delays_nothing(grant: consent.Grant, step: str) -> None:
    desk, address = came_in("privacy-exchange"), f"/privacy/openings/{grant.id}/{step}/"
    database.execute("UPDATE signin_session SET proved_at = proved_at - interval '5 minutes 1 second'")
    for answer in (desk.get(address), desk.post(address, {"words": REASON, "days": "7"})):
        assert (answer.status_code, answer.headers["Location"].split("?")[0]) == (302, "/account/prove/")
    assert (state(grant), consent.veils_of(grant.persons)) == (consent.GrantState.ACTIVE, ())


@pytest.fixture
def protected(pages_world: World) -> None:
    """Mali is on the list of protected persons: the exchange's officer is told of each opening."""
    identity.protect(min(identity.persons_of_number(CID)), "บุคคลที่มีผู้รู้จักมาก", actor="account:privacy")


def test_what_an_officer_was_told_is_listed_by_reference(protected: None, grant: consent.Grant) -> None:
    consent.deliver_notices()
    shown = text(came_in("privacy"), "/privacy/notices/")
    assert grant.reference in shown
    assert grant.need.words not in shown
    assert grant.reference in text(came_in("privacy-exchange"), "/privacy/notices/")


def test_only_the_exchanges_officer_clears_a_locked_facility(pages_world: World) -> None:
    """With a reason; the facility's own officer does not clear the own."""
    database.execute("INSERT INTO consent_lock (facility, since) VALUES (%s, now())", [HOSPITAL])
    address = f"/privacy/locks/{HOSPITAL}/clear/"
    own = came_in("privacy")
    assert own.get("/privacy/locks/").status_code == 403
    assert own.post(address, {"words": REASON}).status_code == 403
    exchange = came_in("privacy-exchange")
    assert "/privacy/locks/" in text(exchange, "/privacy/")
    assert "โรงพยาบาลสมมติ" in text(exchange, "/privacy/locks/")
    assert exchange.post(address, {"words": "สั้น"}).status_code == 422
    assert [lock.facility for lock in consent.facility_locks()] == [HOSPITAL]
    assert exchange.post(address, {"words": REASON}).status_code == 302
    assert consent.facility_locks() == []
    assert exchange.post(address, {"words": REASON}).status_code == 404
    assert [f.actor for f in audit.facts("grant.facility-cleared")] == ["account:privacy-exchange"]
