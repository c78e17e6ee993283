"""The review desk over HTTP: what waits, one question on one screen, the answer; and who does not get there."""

from __future__ import annotations

import re
import sys
from datetime import date

import pytest

from suksala import audit, identity, signin
from suksala.foundation import database
from suksala.identity import Judgement, Reviewer
from tests.deposits import HOSPITAL, OTHER
from tests.journeys.pages import World
from tests.journeys.visiting import came_in, signed_in, text
from tests.matching import approve_model
from tests.people import mali

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("pages")]

SECRET = "0890012457"
ANYBODY = Reviewer("system:test")


@pytest.fixture
def asked(pages_world: World, monkeypatch: pytest.MonkeyPatch) -> identity.Question:
    """Hospital and unit know two registrations that differ in one letter and in the day of birth: 3 bits, or 9."""
    monkeypatch.setattr("suksala.identity.judging.is_in_sample", lambda _a, _b: False)
    approve_model()
    row = {"number": None, "family": "มั่นคง", "birth": date(1971, 5, 5)}
    identity.link(HOSPITAL, [mali("h9", **row, phone=SECRET)])
    identity.link(OTHER, [mali("u9", **(row | {"birth": date(1971, 5, 6)}))])
    persons = {identity.person_of(HOSPITAL, "h9"), identity.person_of(OTHER, "u9")}
    return next(q for q in identity.questions(Reviewer("system:test")) if {q.person, q.other} == persons)


def address(asked: identity.Question) -> str:
    return f"/steward/matching/{asked.kind}/{identity.public_id(asked.person)}/{identity.public_id(asked.other)}/"


@pytest.fixture(autouse=True)
def nothing_seen(pages_world: World) -> None:
    """What other tests looked at through the running server stands in the log of this process's database."""
    _SEEN.clear()
    _SEEN.append(len(list(audit.facts("identity.question-seen"))))


_SEEN: list[int] = []


def opened() -> list[int | None]:
    """Whom questions were opened about in this test."""
    return [fact.person for fact in audit.facts("identity.question-seen")][_SEEN[0] :]


def test_from_the_queue_to_an_answer(asked: identity.Question) -> None:
    """The queue names nobody; the page shows both, what differs, and where 9 bits come from."""
    desk = came_in("steward")
    listed = text(desk, "/steward/matching/")
    assert address(asked) in listed
    assert "มั่นคง" not in listed
    assert opened() == []
    shown = text(desk, address(asked))
    assert opened() == [asked.person, asked.other]
    assert "<mark><u>5</u></mark>\u00a0พ.ค.\u00a02514" in shown
    for words in ("รวม 9.0 บิต", "-16.0", "ตรงกันสองในสามส่วน", "มี 1 ใน 1,048,576", SECRET):
        assert words in shown, words
    assert desk.post(address(asked), {"answer": "same", "words": "สั้น"}).status_code == 422
    assert identity.human_of(asked.other) != identity.human_of(asked.person)
    done = desk.post(address(asked), {"answer": "same", "words": "โทรถามแล้วเป็นคนเดียวกัน"})
    assert done.headers["Location"] == "/steward/matching/"
    assert "บันทึกคำตอบแล้ว" in text(desk, "/steward/matching/")
    assert "บันทึกคำตอบแล้ว" not in text(desk, "/steward/matching/")
    assert identity.human_of(asked.other) == identity.human_of(asked.person)
    assert address(asked) not in text(desk, "/steward/matching/")
    assert "1 / 1" in text(desk, "/steward/matching/quality/")
    assert desk.get(address(asked)).status_code == 404
    desk.get("/language/en")
    assert "Quality of answers" in text(desk, "/steward/matching/quality/")


def test_the_queue_tells_how_many_wait_beyond_what_it_shows(
    asked: identity.Question, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, every = came_in("steward"), identity.open_questions()
    monkeypatch.setattr(identity, "questions", lambda *_: [asked])
    monkeypatch.setattr(identity, "open_questions", lambda _: every)
    assert f"รอตัดสิน {every} เรื่อง" in text(desk, "/steward/matching/")
    assert ("แสดง 1 เรื่องที่ท่านควรตอบก่อน" in text(desk, "/steward/matching/")) is (every > 1)
    monkeypatch.setattr(identity, "open_questions", lambda _: 51)
    told = text(desk, "/steward/matching/")
    assert "รอตัดสิน 51 เรื่อง" in told
    assert "แสดง 1 เรื่องที่ท่านควรตอบก่อน" in told


def test_the_page_says_why_they_are_still_one(pages_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Joined by 15 bits; the unit changed its row, 2 are left and would join nobody."""
    del pages_world
    monkeypatch.setattr("suksala.identity.judging.is_in_sample", lambda _a, _b: False)
    approve_model()
    row = {"number": None, "family": "มั่นคง", "birth": date(1972, 5, 5)}
    identity.link(HOSPITAL, [mali("h8", **row)])
    identity.link(OTHER, [mali("u8", **row)])
    identity.link(OTHER, [mali("u8", **(row | {"birth": date(1972, 5, 6), "sex": "1"}))])
    persons = {identity.person_of(HOSPITAL, "h8"), identity.person_of(OTHER, "u8")}
    [split] = [q for q in identity.questions(ANYBODY) if {q.person, q.other} == persons]
    desk = came_in("steward")
    shown = text(desk, address(split))
    assert "รวม 2.0 บิต เชื่อมเองตั้งแต่ 10 บิต" in shown
    assert "สองทะเบียนนี้เคยเชื่อมเป็นคนเดียวกัน" in shown
    desk.get("/language/en")
    assert "They stay one person until a reviewer" in text(desk, address(split))


def test_a_weighing_that_was_held_back_is_told_to_the_exchanges_steward(pages_world: World) -> None:
    """In plain words, with what to do; not to the steward of one facility; no more once it was carried out."""
    del pages_world
    found = {"weighed": 9, "linked": 3, "humans": 400, "partings": 2, "applied": False}
    assert "weigh --all" not in text(came_in("steward"), "/steward/matching/")
    audit.record("identity.weighed", actor="system:identity", detail=found)
    told = text(came_in("steward"), "/steward/matching/")
    for words in ("การเทียบทุกคนครั้งล่าสุดยังไม่มีผล", "จะเชื่อมเพิ่ม 3 ทะเบียน", "ควรแยกหรือไม่ 2 คน จาก 400 คน", "weigh --all"):
        assert words in told, words
    assert "weigh --all" not in text(came_in("steward-2"), "/steward/matching/")
    audit.record("identity.weighed", actor="system:identity", detail=found | {"applied": True})
    assert "weigh --all" not in text(came_in("steward"), "/steward/matching/")


def test_a_telephone_that_both_give_is_told_with_how_many_give_it(asked: identity.Question) -> None:
    """Two people of whom it is not known whether they are one; nothing is said where they give none in common."""
    assert "ยิ่งมากยิ่งบอกอะไรได้น้อย" not in text(came_in("steward"), address(asked))
    place = identity.registration(asked.other)
    row = {"number": None, "family": "มั่นคง", "birth": date(1951, 2, 3), "phone": SECRET}
    identity.link(place.hospcode, [mali(place.pid, **row)])
    again = next(q for q in identity.questions(Reviewer("system:test")) if q.person == asked.person)
    assert "มีผู้ใช้ 2 คนในทะเบียนที่ท่านดูแล" in text(came_in("steward"), address(again))


def test_a_wrong_number_is_asked_of_its_sender(asked: identity.Question) -> None:
    desk = came_in("steward")
    sent = {"answer": "wrong-number", "wrong": "other", "words": "เลขของมารดา"}
    assert desk.post(address(asked), {**sent, "wrong": ""}).status_code == 422
    assert desk.post(address(asked), sent).status_code == 302
    pid = identity.registration(asked.other).pid
    place = identity.registration(asked.other).hospcode
    assert f"PID {pid}" in text(desk, "/steward/matching/")
    assert (f"PID {pid}" in text(came_in("steward-2"), "/steward/matching/")) is (place == OTHER)


def test_a_steward_of_one_facility_sees_no_question_about_another(asked: identity.Question) -> None:
    """Nothing is told, nothing is logged, nothing is changed."""
    own = came_in("steward-2")
    assert address(asked) not in text(own, "/steward/matching/")
    assert own.get(address(asked)).status_code == 404
    own.post(address(asked), {"answer": "same", "words": "คนเดียวกันแน่นอน"})
    assert opened() == []
    assert identity.human_of(asked.other) != identity.human_of(asked.person)
    assert database.rows("SELECT count(*) FROM identity_answer") == [(0,)]


@pytest.mark.parametrize("login", ["citizen-1", "clinician", "district-1901", "privacy"])
def test_the_desk_is_the_stewards(asked: identity.Question, login: str) -> None:
    client = signed_in(login)
    assert client.get("/steward/matching/").status_code == 403
    assert client.get(address(asked)).status_code == 403
    assert opened() == []


def test_an_address_that_names_no_question_is_not_found(asked: identity.Question) -> None:
    desk = came_in("steward")
    one, other = identity.public_id(asked.person), identity.public_id(asked.other)
    for wrong in (f"twin/{one}/{other}", f"possible/{one}/{one}", "possible/x/y", f"possible/{one}/aaaaaaaaaaaaa"):
        assert desk.get(f"/steward/matching/{wrong}/").status_code == 404, wrong


def test_two_accounts_of_one_human_are_one_reviewer(asked: identity.Question, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sample wants two; the steward answers under a second account of the same person."""
    monkeypatch.setattr("suksala.identity.judging.is_in_sample", lambda _a, _b: True)
    words = "โทรถามแล้วเป็นคนเดียวกัน"
    mine = identity.person_of(HOSPITAL, "000001")
    for login in ("steward-a", "steward-b"):
        signin.save_demo_account(login, role="steward", display_th="ผู้ดูแล", display_en="Steward", person=mine)
    first = Judgement("same", words)
    assert identity.judge(asked.kind, (asked.person, asked.other), first, Reviewer("account:steward-a")).waits
    desk = came_in("steward-b")
    assert address(asked) not in text(desk, "/steward/matching/")
    refused = desk.post(address(asked), {"answer": "same", "words": words})
    assert refused.status_code == 422
    assert "ท่านตอบแล้ว" in refused.content.decode()
    assert "รอผู้ตัดสินอีกคน" not in text(desk, "/steward/matching/")
    assert identity.human_of(asked.other) != identity.human_of(asked.person)
    assert came_in("steward").post(address(asked), {"answer": "same", "words": words}).status_code == 302
    assert identity.human_of(asked.other) == identity.human_of(asked.person)


def test_whom_to_correct_after_a_parting(asked: identity.Question, monkeypatch: pytest.MonkeyPatch) -> None:
    """The exchange's steward sees who opened both while they were one, by facility and number."""
    desk = came_in("steward")
    desk.post(address(asked), {"answer": "same", "words": "โทรถามแล้วเป็นคนเดียวกัน"})
    for person in (asked.person, asked.other):
        audit.record("read", actor="account:somebody", purpose="TREAT", person=person, facility=HOSPITAL)
    [(judged,)] = database.rows("SELECT max(seq) FROM identity_event WHERE kind = 'judge'")
    assert "somebody" not in text(desk, "/steward/matching/corrections/")
    identity.undo(judged, actor="account:steward")
    shown = text(desk, "/steward/matching/corrections/")
    for words in ("somebody", "PID h9", "PID u9", "2 ครั้ง"):
        assert words in shown, words
    assert "มั่นคง" not in shown
    database.execute(
        "INSERT INTO identity_event (at, kind, actor, evidence) "
        "SELECT now(), 'unlink', 'x', '{}' FROM generate_series(1, 50)"
    )
    monkeypatch.setattr(sys.modules["suksala.exchange.corrections"], "MOST_LOOKED", 50)
    first = text(desk, "/steward/matching/corrections/")
    assert ("somebody" in first, "ช่วงนี้ไม่มีใครต้องแจ้งแก้" in first) == (False, True)
    [further] = re.findall(r'href="(\?before=\d+)"', first)
    assert "somebody" in text(desk, f"/steward/matching/corrections/{further}")
    for odd in ("?before=x", "?before=-1", f"?before={'9' * 40}"):
        assert "ช่วงนี้ไม่มีใครต้องแจ้งแก้" in text(desk, f"/steward/matching/corrections/{odd}")
    assert "somebody" not in text(came_in("steward-2"), "/steward/matching/corrections/")
    assert signed_in("clinician").get("/steward/matching/corrections/").status_code == 403


def test_who_comes_too_late_is_told(asked: identity.Question) -> None:
    """The page was open while another steward answered: nothing is kept, and the page says so."""
    late, sent = came_in("steward"), {"answer": "different", "words": "คนละคนแน่นอน"}
    text(late, address(asked))
    identity.judge(asked.kind, (asked.person, asked.other), Judgement("same", "โทรถามแล้ว"), Reviewer("account:other"))
    assert late.post(address(asked), sent).status_code == 302
    assert "คำตอบของท่านไม่ได้บันทึก" in text(late, "/steward/matching/")
    assert database.rows("SELECT reviewer, answer FROM identity_answer") == [("account:other", "same")]


def test_the_first_of_two_is_told_to_wait(asked: identity.Question, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("suksala.identity.judging.is_in_sample", lambda _a, _b: True)
    desk = came_in("steward")
    assert desk.post(address(asked), {"answer": "same", "words": "โทรถามแล้ว"}).status_code == 302
    assert "รอผู้ตัดสินอีกคน" in text(desk, "/steward/matching/")
    assert identity.human_of(asked.other) != identity.human_of(asked.person)


def test_an_answer_is_taken_back_on_its_page(asked: identity.Question) -> None:
    """By a steward who serves both facilities; one of one facility neither sees it nor takes it back."""
    desk, own = came_in("steward"), came_in("steward-2")
    desk.post(address(asked), {"answer": "same", "words": "โทรถามแล้ว"})
    [held], _ = identity.decided(ANYBODY)
    assert f"เหตุการณ์ {held.event}" in text(desk, "/steward/matching/answers/")
    assert f"เหตุการณ์ {held.event}" not in text(own, "/steward/matching/answers/")
    assert own.post("/steward/matching/answers/", {"event": held.event}).status_code == 404
    for nonsense in ("", "x", "-1", "9" * 40, "0"):
        assert desk.post("/steward/matching/answers/", {"event": nonsense}).status_code == 404, nonsense
    assert identity.human_of(asked.other) == identity.human_of(asked.person)
    assert desk.post("/steward/matching/answers/", {"event": held.event}).status_code == 302
    assert identity.human_of(asked.other) != identity.human_of(asked.person)
    assert identity.decided(ANYBODY) == ([], None)
    assert address(asked) in text(desk, "/steward/matching/")


def test_what_was_restored_is_taken_back_by_what_restored_it(asked: identity.Question) -> None:
    """Taken back and restored at the command line: the page's button works again."""
    desk = came_in("steward")
    desk.post(address(asked), {"answer": "same", "words": "โทรถามแล้ว"})
    [first], _ = identity.decided(ANYBODY)
    restored = identity.undo(identity.undo(first.event, actor="account:other"), actor="account:other")
    [held], _ = identity.decided(ANYBODY)
    assert (held.event, held.place) == (restored, first.place)
    assert desk.post("/steward/matching/answers/", {"event": first.event}).status_code == 404
    assert desk.post("/steward/matching/answers/", {"event": restored}).status_code == 302
    assert identity.decided(ANYBODY) == ([], None)


def test_nobody_takes_back_an_answer_about_themselves(asked: identity.Question) -> None:
    """They are not shown it either, nor who gave it and why."""
    signin.save_demo_account("steward-a", role="steward", display_th="ผู้ดูแล", display_en="Steward", person=asked.other)
    identity.judge(asked.kind, (asked.person, asked.other), Judgement("different", "โทรถามแล้ว"), ANYBODY)
    [held], _ = identity.decided(ANYBODY)
    own = came_in("steward-a")
    assert f"เหตุการณ์ {held.event}" not in text(own, "/steward/matching/answers/")
    refused = own.post("/steward/matching/answers/", {"event": held.event})
    assert (refused.status_code, identity.decided(ANYBODY)[0]) == (422, [held])
    assert "เกี่ยวกับท่านเอง" in refused.content.decode()


def test_older_answers_stand_on_the_next_page(asked: identity.Question, monkeypatch: pytest.MonkeyPatch) -> None:
    identity.judge(asked.kind, (asked.person, asked.other), Judgement("same", "โทรถามแล้ว"), ANYBODY)
    [held], older = identity.decided(ANYBODY, limit=1)
    assert older == held.place
    assert identity.decided(ANYBODY, before=older, limit=1) == ([], None)
    for wrong in ("x", "", "-1"):
        assert came_in("steward").get(f"/steward/matching/answers/?before={wrong}").status_code == 404


def test_what_later_answers_built_on_is_not_taken_back(asked: identity.Question) -> None:
    desk = came_in("steward")
    desk.post(address(asked), {"answer": "same", "words": "โทรถามแล้ว"})
    [held], _ = identity.decided(ANYBODY)
    [(joined,)] = database.rows("SELECT seq FROM identity_event WHERE kind = 'link' ORDER BY seq DESC LIMIT 1")
    identity.undo(joined, actor="account:other")
    refused = desk.post("/steward/matching/answers/", {"event": held.event})
    assert (refused.status_code, identity.decided(ANYBODY)[0]) == (422, [held])
    assert "ยังไม่ได้ยกเลิก" in refused.content.decode()


def test_somebody_of_all_registrations_now_and_before(asked: identity.Question) -> None:
    """Each value with who says it; one facility's steward is told of its own alone, and each registration logged."""
    desk, own, one = came_in("steward"), came_in("steward-2"), identity.public_id(asked.other)
    desk.post(address(asked), {"answer": "same", "words": "โทรถามแล้ว"})
    both = sorted((asked.person, asked.other))
    before = len(opened())
    shown = text(desk, f"/steward/matching/person/{one}/?on=2026-01-01")
    assert f"{HOSPITAL}/h9" in shown
    assert SECRET in shown
    assert "ยังไม่มีทะเบียนนี้" in shown
    assert opened()[before:] == both
    ours = text(own, f"/steward/matching/person/{one}/")
    assert SECRET not in ours
    assert "และอีก 1 ทะเบียนที่หน่วยอื่น" in ours
    assert opened()[before + 2 :] == [asked.other]
    elsewhere = identity.public_id(asked.person)
    assert own.get(f"/steward/matching/person/{elsewhere}/").status_code == 404
    assert desk.get("/steward/matching/person/aaaaaaaaaaaaa/").status_code == 404
    assert len(opened()) == before + 3
