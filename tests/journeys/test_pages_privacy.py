"""A citizen doubts an opening, an officer looks and answers; who sees what, and nothing clinical on the way (T01)."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client

from suksala import audit, privacy, signin
from suksala.foundation import clock, database
from tests.deposits import HOSPITAL
from tests.journeys.pages import World
from tests.journeys.visiting import came_in, signed_in, text

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("pages")]

ANSWER = "ผู้เปิดดูเป็นพยาบาลเวรที่โทรนัดท่าน จึงต้องดูประวัติ"
CLINICAL = ("PENICILLIN", "METFORMIN", "เบาหวาน", "HbA1c")


@pytest.fixture
def opened(pages_world: World) -> str:
    """The clinician has opened Mali's record; where Mali reports it."""
    signed_in("clinician").get(f"/care/{pages_world.patient}/")
    shown = text(signed_in("citizen-1"), "/me/who-looked/?show=staff")
    found = re.search(r'href="(/me/who-looked/[\d-]+/[0-9a-f]{24}/)"', shown)
    assert found
    return found[1]


def test_from_a_doubt_to_an_answer(opened: str) -> None:
    mali = signed_in("citizen-1")
    assert "ภายใน 30 วัน" in text(mali, opened)
    assert mali.post(opened, {"words": "ไม่ได้ไปหาหมอวันนั้น"}).status_code == 302
    assert "รอเจ้าหน้าที่รับเรื่อง" in text(mali, "/me/who-looked/")
    desk = came_in("privacy")
    [case] = privacy.cases(HOSPITAL)
    assert f"/privacy/cases/{case.id}/" in text(desk, "/privacy/")
    shown = text(desk, f"/privacy/cases/{case.id}/")
    assert "ไม่ได้ไปหาหมอวันนั้น" in shown
    assert not [word for word in CLINICAL if word in shown]
    assert desk.post(f"/privacy/cases/{case.id}/take/").status_code == 302
    assert "กำลังตรวจสอบ" in text(mali, "/me/who-looked/")
    assert desk.post(f"/privacy/cases/{case.id}/", {"verdict": "justified", "words": "สั้น"}).status_code == 422
    assert privacy.cases(HOSPITAL) != []
    answered = desk.post(f"/privacy/cases/{case.id}/", {"verdict": "justified", "words": ANSWER})
    assert answered.status_code == 302
    assert ANSWER in text(mali, "/me/who-looked/")
    assert ANSWER in text(desk, "/privacy/done/")
    assert privacy.cases(HOSPITAL) == []


def test_the_address_tells_no_login_and_no_other_opening_can_be_named(opened: str, pages_world: World) -> None:
    assert "clinician" not in opened
    mali, before = signed_in("citizen-1"), privacy.cases(None)
    wrong = opened[:-2] + ("0/" if opened[-2] != "0" else "1/")
    for address in (wrong, "/me/who-looked/2026-13-01/x/", "/me/who-looked/2020-01-01/" + opened.split("/")[-2] + "/"):
        assert mali.post(address).status_code == 404
    assert privacy.cases(None) == before


def test_an_officer_who_has_not_proved_it_is_asked_first(opened: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Six minutes after signing in nothing is shown or decided before they prove again who they are."""
    signed_in("citizen-1").post(opened, {"words": ""})
    [case, *_] = privacy.cases(HOSPITAL)
    client = Client()
    client.force_login(signin.demo_account("privacy"))
    assert client.get("/privacy/").status_code == 200
    later = clock.now() + timedelta(minutes=6)
    monkeypatch.setattr(clock, "now", lambda: later)
    for answer in (
        client.get(f"/privacy/cases/{case.id}/"),
        client.post(f"/privacy/cases/{case.id}/", {"verdict": "justified", "words": ANSWER}),
        client.get("/privacy/protected/"),
    ):
        assert (answer.status_code, answer.headers["Location"].split("?")[0]) == (302, "/account/prove/")
    assert case in privacy.cases(HOSPITAL)


def test_an_officer_of_another_facility_is_told_of_nothing(opened: str) -> None:
    signed_in("citizen-1").post(opened, {"words": ""})
    [case, *_] = privacy.cases(HOSPITAL)
    signin.save_demo_account("privacy-2", role="privacy", display_th="จ", display_en="O", hospcode="99903")
    other = came_in("privacy-2")
    assert str(case.id) not in text(other, "/privacy/")
    assert other.get(f"/privacy/cases/{case.id}/").status_code == 404
    assert other.post(f"/privacy/cases/{case.id}/", {"verdict": "justified", "words": ANSWER}).status_code == 404
    assert str(case.id) in text(came_in("privacy-exchange"), "/privacy/")


def test_an_alert_is_judged_with_a_reason(pages_world: World) -> None:
    yesterday = clock.now() - timedelta(days=1)
    signin.save_demo_account(
        "nurse", role="clinician", display_th="สมศรี ใจดี · พยาบาล", display_en="N", hospcode=HOSPITAL
    )
    fact = audit.Fact(
        yesterday, "read", "account:nurse", "TREAT", pages_world.mali, HOSPITAL, {"operation": "timeline"}
    )
    audit.record_many([fact])
    privacy.look(yesterday.astimezone(clock.BANGKOK).date())
    desk = came_in("privacy")
    [alert] = [one for one in privacy.alerts(HOSPITAL) if one.reader == "account:nurse"]
    shown = text(desk, f"/privacy/alerts/{alert.id}/")
    assert "นามสกุลเดียวกับผู้เปิดดู" in shown
    assert not [word for word in CLINICAL if word in shown]
    address = f"/privacy/alerts/{alert.id}/"
    assert desk.post(address, {"verdict": "", "words": ANSWER}).status_code == 422
    assert desk.post(address, {"verdict": "unclear", "words": ANSWER}).status_code == 302
    assert alert.id not in {one.id for one in privacy.alerts(HOSPITAL)}


def test_somebody_is_protected_and_no_longer(pages_world: World) -> None:
    desk = came_in("privacy")
    assert desk.post("/privacy/protected/", {"pid": "999999", "reason": "ดาราละครสมมติ"}).status_code == 422
    assert desk.post("/privacy/protected/", {"pid": "000001", "reason": ""}).status_code == 422
    assert desk.post("/privacy/protected/", {"pid": "000001", "reason": "ดาราละครสมมติ"}).status_code == 302
    assert "ดาราละครสมมติ" in text(desk, "/privacy/protected/")
    [(person,)] = database.rows("SELECT person FROM identity_protected WHERE until IS NULL")
    assert came_in("privacy-exchange").post(f"/privacy/protected/{person}/end/").status_code == 302
    assert "ดาราละครสมมติ" not in text(desk, "/privacy/protected/")


def test_machines_are_told_by_what_set_them_going(pages_world: World) -> None:
    audit.record_many(
        [
            audit.Fact(
                clock.now(), "read", "client:his", "HSYSADMIN", pages_world.mali, HOSPITAL, {"operation": "export"}
            ),
            audit.Fact(
                clock.now(), "read", "client:his", "HSYSADMIN", pages_world.mali, HOSPITAL, {"operation": "search"}
            ),
        ]
    )
    shown = text(signed_in("citizen-1"), "/me/who-looked/?show=machine")
    assert "ส่งออกข้อมูลเป็นชุดตามข้อตกลง" in shown
    assert "ระบบของหน่วยบริการปรับข้อมูลให้ตรงกัน" in shown
    assert "ไม่ใช่การดูแลของฉัน" not in shown
