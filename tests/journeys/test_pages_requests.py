"""A citizen asks for what the Act gives them, an officer answers within 30 days, the citizen is told (PDPA s.30-36)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from suksala import privacy, signin
from suksala.foundation import clock, database
from tests.deposits import HOSPITAL
from tests.journeys.pages import World
from tests.journeys.test_pages_privacy import CLINICAL
from tests.journeys.visiting import came_in, signed_in, text

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("pages")]

ABOUT = "ที่อยู่ในประวัติไม่ใช่บ้านของฉันแล้ว"
ANSWER = "แก้ที่อยู่ในทะเบียนของโรงพยาบาลแล้ว"
ASKED = {"right": "correction", "facility": HOSPITAL, "words": ABOUT}


def waiting() -> privacy.DataRequest:
    """The one request that waits at the hospital."""
    [found] = privacy.data_requests(HOSPITAL)
    return found


def test_from_asking_to_the_answer(pages_world: World) -> None:
    mali = came_in("citizen-1")
    assert "/account/requests/" in text(mali, "/account/")
    assert "ยื่นคำขอใหม่" in text(mali, "/account/requests/")
    assert "โรงพยาบาลสมมติ" in text(mali, "/account/requests/new/")
    sent = mali.post("/account/requests/new/", ASKED)
    assert (sent.status_code, sent.headers["Location"]) == (302, "/account/requests/")
    shown = text(mali, "/account/requests/")
    assert "รับคำขอแล้ว" in shown
    assert ABOUT in shown
    desk, request = came_in("privacy"), waiting()
    address = f"/privacy/requests/{request.id}/"
    assert address in text(desk, "/privacy/")
    shown = text(desk, address)
    assert ABOUT in shown
    assert "ม.36" in shown
    assert not [word for word in CLINICAL if word in shown]
    assert desk.post(f"{address}take/").status_code == 302
    assert "กำลังดำเนินการ" in text(mali, "/account/requests/")
    assert "คำขอเกี่ยวกับข้อมูลของท่านได้รับคำตอบแล้ว" not in text(mali, "/me/")
    assert desk.post(address, {"verdict": "answered", "words": ANSWER}).status_code == 302
    assert "คำขอเกี่ยวกับข้อมูลของท่านได้รับคำตอบแล้ว" in text(mali, "/me/")
    assert ANSWER in text(mali, "/account/requests/")
    assert ANSWER in text(desk, "/privacy/done/")
    assert privacy.data_requests(HOSPITAL) == []


def test_a_refusal_tells_its_reason_and_where_to_complain(pages_world: World) -> None:
    mali, desk = came_in("citizen-1"), came_in("privacy")
    mali.post("/account/requests/new/", {**ASKED, "right": "erasure"})
    address = f"/privacy/requests/{waiting().id}/"
    for sent in ({"verdict": "", "words": ANSWER}, {"verdict": "refused", "words": "ไม่ได้"}):
        assert desk.post(address, sent).status_code == 422
    assert waiting().state is privacy.RequestState.RECEIVED
    reason = "กฎหมายให้เก็บเวชระเบียนไว้อย่างน้อยห้าปี จึงยังลบไม่ได้"
    assert desk.post(address, {"verdict": "refused", "words": reason}).status_code == 302
    shown = text(mali, "/account/requests/")
    assert reason in shown
    assert "สคส." in shown


def test_an_answer_is_news_for_ten_days(pages_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    mali, desk = came_in("citizen-1"), came_in("privacy")
    mali.post("/account/requests/new/", ASKED)
    desk.post(f"/privacy/requests/{waiting().id}/", {"verdict": "answered", "words": ANSWER})
    [done] = privacy.data_requests(HOSPITAL, closed=True)
    assert done.answered_at is not None
    for days, told in ((timedelta(days=10), True), (timedelta(days=10, seconds=1), False)):
        moment = done.answered_at + days
        with monkeypatch.context() as then:
            then.setattr("suksala.portals.account.requests.clock.now", lambda moment=moment: moment)
            assert ("ได้รับคำตอบแล้ว" in text(came_in("citizen-1"), "/me/")) is told


def test_what_cannot_be_asked_is_told_and_kept_nowhere(pages_world: World) -> None:
    mali = came_in("citizen-1")
    for wrong in ({"right": ""}, {"words": "สั้น"}, {"facility": "99903"}, {"facility": "x"}):
        answer = mali.post("/account/requests/new/", {**ASKED, **wrong})
        assert answer.status_code == 422, wrong
        assert "ยังไม่ได้ยื่นคำขอ" in answer.content.decode()
    assert privacy.data_requests(None) == []
    assert mali.post("/account/requests/new/", ASKED).status_code == 302
    assert mali.post("/account/requests/new/", ASKED).status_code == 422  # it waits already
    assert len(privacy.data_requests(None)) == 1


def test_only_the_citizen_asks_and_only_their_officer_answers(pages_world: World) -> None:
    came_in("citizen-1").post("/account/requests/new/", ASKED)
    request = waiting()
    address = f"/privacy/requests/{request.id}/"
    for login in ("clinician", "steward", "privacy"):
        assert signed_in(login).get("/account/requests/").status_code == 403
        assert signed_in(login).post("/account/requests/new/", ASKED).status_code == 403
    assert signed_in("citizen-1").get(address).status_code == 403
    assert Client().get("/account/requests/").status_code == 302
    signin.save_demo_account("privacy-2", role="privacy", display_th="จ", display_en="O", hospcode="99903")
    other = came_in("privacy-2")
    assert address not in text(other, "/privacy/")
    assert [other.get(address).status_code, other.post(f"{address}take/").status_code] == [404, 404]
    assert other.post(address, {"verdict": "answered", "words": ANSWER}).status_code == 404
    assert address in text(came_in("privacy-exchange"), "/privacy/")
    assert privacy.data_requests(None) == [request]


def test_overdue_requests_stand_first_and_say_so(pages_world: World) -> None:
    mali = came_in("citizen-1")
    for right in ("erasure", "copy"):
        mali.post("/account/requests/new/", {**ASKED, "right": right})
    late = next(one for one in privacy.data_requests(HOSPITAL) if one.right is privacy.Right.COPY)
    before = clock.now() - timedelta(days=31)
    database.execute("UPDATE privacy_request SET asked_at = %s WHERE id = %s", [before, late.id])
    shown = text(came_in("privacy"), "/privacy/")
    first, second = (shown.index(f"/privacy/requests/{one.id}/") for one in privacy.data_requests(HOSPITAL))
    assert f"/privacy/requests/{late.id}/" in shown[first:second]
    assert "เลยกำหนด" in shown[first:second]
    assert "เลยกำหนด" not in shown[second : second + 400]


def test_six_minutes_later_one_proves_again_who_one_is(pages_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A computer that was left open asks for nothing."""
    mali, later = came_in("citizen-1"), clock.now() + timedelta(minutes=6)
    monkeypatch.setattr(clock, "now", lambda: later)
    for answer in (mali.get("/account/requests/new/"), mali.post("/account/requests/new/", ASKED)):
        assert (answer.status_code, answer.headers["Location"].split("?")[0]) == (302, "/account/prove/")
    assert privacy.data_requests(None) == []
