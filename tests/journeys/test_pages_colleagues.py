"""Whose account is whose, over HTTP: a facility's steward ties its accounts to its practitioners (decision 0190).

In the world the hospital has a clinician (tied), a clerk and a privacy officer; the unit's only account is steward-2's.
"""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client

from suksala import audit, signin
from suksala.foundation import clock, database, settings
from tests.deposits import HOSPITAL, OTHER
from tests.journeys.pages import FAR
from tests.journeys.test_pages_access import plain
from tests.journeys.visiting import signed_in
from tests.staff import practitioner

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("pages"), pytest.mark.usefixtures("pages_world")]


def page_of(login: str) -> str:
    return f"/steward/staff/accounts/{signin.demo_account(login).pk}/"


def who_is(login: str) -> int | None:
    return signin.accounts_named({login})[login].practitioner


def facts() -> list[dict[str, object]]:
    """What was told of ties in this test."""
    return [dict(fact.detail) for fact in audit.facts("signin.practitioner-tied")]


def shown(client: Client, facility: str = HOSPITAL) -> list[tuple[str, str]]:
    """Login and whose it is, in the order of the page."""
    body = client.get(f"/steward/staff/accounts/?facility={facility}").content.decode()
    rows = re.findall(r'skl-mono">([^<]+)</span>.*?</th><td class="skl-wide">.*?</td><td>(.*?)</td>', body, re.DOTALL)
    return [(login, " ".join(re.sub(r"<[^>]+>", " ", who).split())) for login, who in rows]


def test_the_accounts_of_a_facility_and_who_each_one_is() -> None:
    """With council and licence; clinicians whom nobody can name come first, and the page says what they cannot do."""
    client = signed_in("steward")
    assert [(login, who.split()[0]) for login, who in shown(client)] == [
        ("clerk", "ยังไม่ผูก"),
        ("clinician", "พญ.สมชาย"),
        ("privacy", "ยังไม่ผูก"),
    ]
    assert "แพทยสภา ว.12345" in dict(shown(client))["clinician"]
    assert client.post(page_of("clinician"), {"end": "yes", "why": "wrong"}).status_code == 302
    assert shown(client)[0] == ("clinician", "ยังไม่ผูก")
    assert "1 บัญชียังไม่ผูก" in client.get(f"/steward/staff/accounts/?facility={HOSPITAL}").content.decode()
    client.get("/language/en")
    assert "are tied to nobody and cannot break the glass: 1" in client.get("/steward/staff/accounts/").content.decode()


def test_a_tie_is_made_and_ended_with_a_reason_and_is_in_the_log() -> None:
    """The clinician of a wrong tie opens no emergency record until it is put right."""
    client, colleague = signed_in("steward"), practitioner(HOSPITAL, "77001", given="อรุณ", family="สมมติ")
    before, doctor = who_is("clinician"), signed_in("clinician")
    assert client.post(page_of("clinician"), {"end": "yes", "why": "wrong"}).headers["Location"] == (
        f"/steward/staff/accounts/?facility={HOSPITAL}"
    )
    assert who_is("clinician") is None
    assert 'name="number"' not in doctor.get("/care/emergency/").content.decode()
    form = client.get(page_of("clinician")).content.decode()
    assert "ผู้ให้การรักษา · โรงพยาบาลสมมติ" in form
    assert f'<option value="{colleague}">พญ.อรุณ สมมติ · แพทยสภา 77001</option>' in form
    told = {"practitioner": str(colleague), "why": "licence-seen"}
    assert client.post(page_of("clinician"), told).status_code == 302
    assert who_is("clinician") == colleague
    assert 'name="number"' in doctor.get("/care/emergency/").content.decode()
    assert facts() == [
        {"account": "clinician", "practitioner": None, "before": before, "why": "wrong"},
        {"account": "clinician", "practitioner": colleague, "before": None, "why": "licence-seen"},
    ]
    assert [fact.actor for fact in audit.facts("signin.practitioner-tied")] == ["account:steward"] * 2
    assert client.post(page_of("clinician"), told).status_code == 302, "again changes nothing"
    assert len(facts()) == 2


def test_whoever_uses_an_account_reads_whose_it_is_said_to_be() -> None:
    """A wrong tie is seen by the one whom it concerns, and a missing one before the first night on duty."""
    steward, doctor = signed_in("steward"), signed_in("clinician")
    assert "พญ.สมชาย ในเมือง" in doctor.get("/account/").content.decode()
    steward.post(page_of("clinician"), {"end": "yes", "why": "wrong"})
    assert "จึงเปิดข้อมูลฉุกเฉินไม่ได้ แจ้งผู้ดูแลข้อมูล" in doctor.get("/account/").content.decode()
    for login in ("clerk", "citizen-1"):
        assert "ทะเบียนบุคลากร" not in signed_in(login).get("/account/").content.decode()


def test_one_person_may_have_several_accounts_of_any_role() -> None:
    who = who_is("clinician")
    told = {"practitioner": str(who), "why": "personnel-file"}
    assert signed_in("steward").post(page_of("privacy"), told).status_code == 302
    assert who_is("privacy") == who


def test_what_was_not_chosen_or_is_not_so_is_told_and_changes_nothing() -> None:
    """Nobody, no reason, one for something else, somebody of another facility, somebody who left, and no number."""
    client, before = signed_in("steward"), who_is("clinician")
    near = practitioner(HOSPITAL, "77001", given="อรุณ", family="สมมติ")
    far = practitioner(FAR, "77002", given="วันดี", family="ไกล")
    yesterday = clock.today() - timedelta(days=1)
    left = practitioner(HOSPITAL, "77003", given="เก่า", family="แล้ว", works_until=yesterday)
    for sent, words in [
        ({"practitioner": "", "why": "licence-seen"}, "เลือกว่าบัญชีนี้เป็นของใคร"),
        ({"practitioner": str(near)}, "เลือกเหตุผลก่อน"),
        ({"practitioner": str(near), "why": "because"}, "เลือกเหตุผลก่อน"),
        ({"practitioner": str(near), "why": "left"}, "เลือกเหตุผลที่ตรงกับการผูก"),
        ({"end": "yes", "why": "licence-seen"}, "เลือกเหตุผลที่ตรงกับการผูก"),
        ({"practitioner": str(far), "why": "licence-seen"}, "เลือกได้เฉพาะบุคลากรอื่น"),
        ({"practitioner": str(left), "why": "licence-seen"}, "เลือกได้เฉพาะบุคลากรอื่น"),
        ({"practitioner": "9" * 18, "why": "licence-seen"}, "เลือกได้เฉพาะบุคลากรอื่น"),
        ({"practitioner": "๑๒", "why": "licence-seen"}, "เลือกว่าบัญชีนี้เป็นของใคร"),
    ]:
        answer = client.post(page_of("clinician"), sent)
        assert (answer.status_code, words in answer.content.decode()) == (422, True), sent
    assert who_is("clinician") == before
    assert facts() == []


def test_another_facilitys_account_is_like_none_at_all() -> None:
    """For a steward of the unit: the hospital's, a citizen's, one without a facility and no number answer alike."""
    own, before = signed_in("steward-2"), who_is("clinician")
    assert shown(own, HOSPITAL) == shown(own, OTHER) == [("steward-2", "ยังไม่ผูก")]
    told = {"practitioner": str(before), "why": "licence-seen"}
    pages = [page_of(login) for login in ("clinician", "citizen-1", "steward")]
    for address in (*pages, "/steward/staff/accounts/0/", f"/steward/staff/accounts/{'9' * 30}/"):
        for method in (own.get, own.post):
            answer = method(address, told if method == own.post else {})
            assert answer.status_code == 404, address
            assert plain(answer.content) == plain(own.get("/steward/staff/accounts/0/").content)
    assert who_is("clinician") == before
    assert facts() == []


def test_nobody_says_who_they_are_themselves() -> None:
    """Neither of the own account, nor of another that is theirs; nor is a further one tied to them."""
    mine = practitioner(OTHER, "11223", given="นิด", family="ตนเอง")
    other = practitioner(OTHER, "44556", given="คน", family="อื่น")
    signin.save_demo_account("second", role="clinician", display_th="นิด", display_en="N", hospcode=OTHER)
    signin.save_demo_account("third", role="clinician", display_th="ค", display_en="K", hospcode=OTHER)
    for login in ("steward-2", "second"):
        signin.tie_account(login, mine, actor="system:operator")
    client, told = signed_in("steward-2"), facts()
    for login in ("steward-2", "second"):
        assert "บัญชีของท่าน" in client.get(page_of(login)).content.decode()
        for sent in ({"practitioner": str(other), "why": "licence-seen"}, {"end": "yes", "why": "wrong"}):
            answer = client.post(page_of(login), sent)
            assert answer.status_code == 403
            assert "บอกไม่ได้ว่าตนเองเป็นใคร" in answer.content.decode()
    assert f'value="{mine}"' not in client.get(page_of("third")).content.decode()
    assert client.post(page_of("third"), {"practitioner": str(mine), "why": "licence-seen"}).status_code == 422
    assert (who_is("steward-2"), who_is("second"), who_is("third")) == (mine, mine, None)
    assert facts() == told
    assert client.post(page_of("third"), {"practitioner": str(other), "why": "licence-seen"}).status_code == 302


def test_a_tie_wants_a_fresh_proof() -> None:
    """Five minutes after the last one the steward is asked who sits there, and nothing has happened."""
    client, before = signed_in("steward"), who_is("clinician")
    database.execute("UPDATE signin_session SET proved_at = %s", [clock.now() - timedelta(minutes=5, seconds=1)])
    answer = client.post(page_of("clinician"), {"end": "yes", "why": "wrong"})
    assert answer.headers["Location"].startswith("/account/prove/")
    assert (who_is("clinician"), facts()) == (before, [])


def test_other_roles_stay_outside() -> None:
    for address in ("/steward/staff/accounts/", page_of("clinician")):
        assert signed_in("clinician").get(address).status_code == 403
        assert Client().get(address).status_code == 302


def test_made_up_accounts_are_a_demos_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Outside a demo nobody signs in with them, and no steward is shown them."""
    steward = signin.demo_account("steward")
    assert [one.login for one in signin.colleagues(steward, HOSPITAL)] == ["clerk", "clinician", "privacy"]
    actor = "system:operator"
    signin.add_account("real", role="clerk", display_th="ก", display_en="A", facility=HOSPITAL, actor=actor)
    monkeypatch.setenv("SUKSALA_DEMO", "0")
    settings.forget()
    assert [one.login for one in signin.colleagues(steward, HOSPITAL)] == ["real"]
    monkeypatch.undo()
    settings.forget()
