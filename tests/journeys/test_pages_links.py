"""What people are told of links: a citizen says "this is not me", a clinician sees what probability alone joined."""

from __future__ import annotations

import re
from datetime import date

import pytest

from suksala import audit, identity
from suksala.identity import Judgement, Reviewer
from tests.deposits import HOSPITAL, OTHER
from tests.journeys.pages import FAR, World
from tests.journeys.visiting import signed_in
from tests.matching import approve_model
from tests.people import mali
from tests.record import condition, keep

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("pages")]

HOME = "/me/registrations/"
MARK = "รอยืนยันตัวบุคคล"


def test_a_citizen_says_that_a_registration_is_somebody_else(pages_world: World) -> None:
    """Known at the hospital by the account, at the unit by the same number: the unit's is doubted, nothing changes."""
    doubted = identity.person_of(OTHER, "77")
    client = signed_in("citizen-1")
    form = f"{HOME}{identity.public_id(doubted)}/"
    assert form in client.get(HOME).content.decode()
    assert HOME in client.get("/me/").content.decode()
    assert "รพ.สต.สมมติ" in client.get(form).content.decode()
    before = identity.persons_like(doubted)
    assert client.post(form, {"words": "ไม่เคยไปที่นั่น"}).headers["Location"] == HOME
    assert "แจ้งแล้ว รอตรวจสอบ" in client.get(HOME).content.decode()
    assert identity.persons_like(doubted) == before
    first = identity.questions(Reviewer("system:test"))[0]
    assert (first.kind, first.danger, {first.person, first.other}) == ("disputed", 9, {pages_world.mali, doubted})
    assert [fact.person for fact in audit.facts("identity.disputed")] == [doubted]


def test_nobody_doubts_what_is_not_in_their_record(pages_world: World) -> None:
    """Not the registration by which one is known, not another person's, not one that does not exist."""
    client = signed_in("citizen-1")
    stranger = identity.person_of(FAR, "9")
    for person in (pages_world.mali, stranger, 7_000_000):
        assert client.post(f"{HOME}{identity.public_id(person)}/", {"words": ""}).status_code == 404
    assert client.post(f"{HOME}nonsense/").status_code == 404
    assert signed_in("clinician").get(HOME).status_code == 403
    assert list(audit.facts("identity.disputed")) == []
    assert [q for q in identity.questions(Reviewer("system:test")) if q.kind == "disputed"] == []


def test_a_clinician_is_told_of_a_link_by_probability_until_a_reviewer_confirms_it(pages_world: World) -> None:
    """15 bits by name, birth date and sex; a reviewer's word ends the mark. Links by number never had it."""
    approve_model()
    row = {"number": None, "family": "มั่นคง", "birth": date(1971, 5, 5)}
    identity.link(HOSPITAL, [mali("h9", **row)])
    identity.link(HOSPITAL, [mali("u9", **row)])
    here, there = identity.person_of(HOSPITAL, "h9"), identity.person_of(HOSPITAL, "u9")
    client = signed_in("clinician")
    page = f"/care/{identity.public_id(identity.human_of(here))}/"
    assert "เชื่อมด้วยความน่าจะเป็น" not in client.get(page).content.decode()  # it has no line here
    keep(condition("c9", "E119"), person=there, hospcode=HOSPITAL)
    shown = client.get(page).content.decode()
    assert "เชื่อมด้วยความน่าจะเป็น" in shown
    assert "15.0 บิต" in shown
    assert shown.count(MARK) >= 2  # the warning, and the line
    assert "เชื่อมด้วยความน่าจะเป็น" not in client.get(f"/care/{pages_world.patient}/").content.decode()
    identity.dispute(here, there, "", actor="account:mali")
    identity.judge("disputed", (here, there), Judgement("same", "ดูบัตรแล้ว"), Reviewer("account:a"))
    if identity.linked_by_weight(here):  # the pair is one of the sample: a second human is asked
        identity.judge("disputed", (here, there), Judgement("same", "ดูบัตรแล้ว"), Reviewer("account:b"))
    assert "เชื่อมด้วยความน่าจะเป็น" not in client.get(page).content.decode()


def test_a_clinician_asks_reviewers_to_confirm(pages_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once, whatever is pressed; nothing changes meanwhile. The reviewer's word ends the mark, or parts the two."""
    monkeypatch.setattr("suksala.identity.judging.is_in_sample", lambda _a, _b: False)
    approve_model()
    row = {"number": None, "family": "มั่นคง", "birth": date(1971, 5, 5)}
    identity.link(HOSPITAL, [mali("h9", **row)])
    identity.link(HOSPITAL, [mali("u9", **row)])
    here, there = identity.person_of(HOSPITAL, "h9"), identity.person_of(HOSPITAL, "u9")
    keep(condition("c9", "E119"), person=there, hospcode=HOSPITAL)
    client, page = signed_in("clinician"), f"/care/{identity.public_id(identity.human_of(here))}/"
    assert f"{page}confirm/" in client.get(page).content.decode()
    for _ in range(2):
        asking = client.post(f"{page}confirm/", {"words": "ผู้ป่วยว่าเคยไปที่นั่น"})
        assert asking.headers["Location"] == page
    shown = client.get(page).content.decode()
    assert "ขอให้ยืนยันแล้ว รอตรวจสอบ" in shown
    assert f"{page}confirm/" not in shown
    assert [fact.person for fact in audit.facts("identity.asked")] == [there]
    [asked] = [q for q in identity.questions(Reviewer("account:a")) if q.kind == "unconfirmed"]
    told = identity.show("unconfirmed", asked.person, asked.other, actor="account:a")
    assert (told.words, told.disputed) == ("ผู้ป่วยว่าเคยไปที่นั่น", None)
    assert identity.disputed([here, there]) == frozenset()  # no citizen said so
    identity.relink()
    event = identity.judge("unconfirmed", (here, there), Judgement("same", "ดูบัตรแล้ว"), Reviewer("account:a")).event
    assert "เชื่อมด้วยความน่าจะเป็น" not in client.get(page).content.decode()
    assert event is not None
    identity.undo(event, actor="account:a")
    assert [q.kind for q in identity.questions(Reviewer("account:a"))].count("unconfirmed") == 1
    identity.judge("unconfirmed", (here, there), Judgement("different", "ดูบัตรแล้ว"), Reviewer("account:a"))
    assert identity.human_of(here) != identity.human_of(there)


def test_nothing_is_asked_where_nothing_is_by_probability(pages_world: World) -> None:
    """Her own record, linked by the number; and somebody of another facility."""
    client = signed_in("clinician")
    assert client.post(f"/care/{pages_world.patient}/confirm/", {"words": ""}).status_code == 302
    far = identity.public_id(identity.human_of(identity.person_of(FAR, "9")))
    assert client.post(f"/care/{far}/confirm/", {"words": ""}).status_code == 404
    assert signed_in("citizen-1").post(f"/care/{pages_world.patient}/confirm/").status_code == 403
    assert list(audit.facts("identity.asked")) == []
    with pytest.raises(identity.NoSuchPerson):
        identity.ask_to_confirm(pages_world.mali, pages_world.mali, "", actor="account:a")


def test_a_facility_of_which_no_line_is_open_is_not_named(pages_world: World) -> None:
    """The name of where somebody was treated for the mind tells what the closed line would."""
    approve_model()
    known = identity.registration(pages_world.mali)
    row = mali("f8", number=None, given=known.given, family=known.family, birth=known.birth, sex=known.sex)
    identity.link(FAR, [row])
    there = identity.person_of(FAR, "f8")
    assert there in {one.person for one in identity.linked_by_weight(pages_world.mali)}
    client, page = signed_in("clinician"), f"/care/{pages_world.patient}/"
    keep(condition("f8", "F329"), person=there, hospcode=FAR)
    assert "โรงพยาบาลไกลสมมติ" not in client.get(page).content.decode()
    shown = client.get(page).content.decode()
    assert ("PENICILLIN" in shown, "เชื่อมด้วยความน่าจะเป็น" in shown) == (True, False)


def test_each_line_that_probability_brought_bears_a_mark(pages_world: World) -> None:
    """A second registration without number, joined to Mali's: seen from it, what is told of hers is not confirmed."""
    approve_model()
    known, client = identity.registration(pages_world.mali), signed_in("clinician")
    page = f"/care/{pages_world.patient}/"
    assert MARK not in client.get(page).content.decode()
    row = mali("000000", number=None, given=known.given, family=known.family, birth=known.birth, sex=known.sex)
    identity.link(HOSPITAL, [row])
    assert {one.person for one in identity.linked_by_weight(identity.person_of(HOSPITAL, "000000"))} >= {known.person}
    shown = client.get(page).content.decode()
    [allergy] = re.findall(r"<section class=\"skl-allergy\".*?</section>", shown, re.DOTALL)
    assert MARK in allergy.partition("PENICILLIN")[2]
    assert shown.count(MARK) > 20
    client.get("/language/en")
    assert "link not confirmed" in client.get(page).content.decode()
