"""The desk of those who call: the list, a person with what settles who they are, what an answer does (S4.30, S4.31)."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client

from suksala import audit, lists
from suksala.foundation import clock, database
from suksala.portals.district import callers
from suksala.standards.thai_codes import thai_date
from tests.journeys.pages import World
from tests.journeys.visiting import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("pages")]
PERSON = r"/district/missing/([0-9a-f-]{36})/"


@pytest.fixture
def caller() -> Client:
    return signed_in("district-1901")


def listed(client: Client, query: str = "") -> list[str]:
    """The people of the list, in its order."""
    page = client.get(f"/district/missing/{query}").content.decode()
    return re.findall(PERSON, page.partition("ผู้โทรตอบว่าเป็นคนเดียวกันใน 3 วันนี้")[0])


def candidate(client: Client, person: str) -> str:
    """The two rows that the page shows beside each other, as it posts them."""
    [found] = re.findall(
        r'value="same:([0-9a-f-]{36}:[0-9a-f-]{36})"', client.get(f"/district/missing/{person}/").content.decode()
    )
    return str(found)


def answered() -> list[str]:
    return [fact.detail["answer"] for fact in audit.facts("lists.answered")]


def test_the_list_says_where_everybody_stopped_and_names_nobody(pages_world: World, caller: Client) -> None:
    page = caller.get("/district/missing/").content.decode()
    assert "รอหน่วยรับดูแล (1)" in page
    assert "ยังติดต่อไม่ได้ (1)" in page
    assert "เสี่ยง" in page  # 71 years old
    assert "รอดทุกข์" not in page
    assert listed(caller)[0] == pages_world.waiting
    assert len(listed(caller)) == 2
    assert listed(caller, "?kind=no-unit") == [pages_world.waiting]
    assert listed(caller, "?kind=no-report") == []


def test_the_page_of_a_person_asks_one_question(pages_world: World, caller: Client) -> None:
    page = caller.get(f"/district/missing/{pages_world.waiting}/").content.decode()
    assert "วารี รอดทุกข์" in page
    assert 'href="tel:0008362957">0008362957</a>' in page, "one press rings"
    assert page.count("ถามข้อเดียว") == 1
    since = thai_date((clock.now() - timedelta(days=9)).astimezone(clock.BANGKOK).date())
    assert f"hospital ตั้งแต่ {since}" in page


def test_each_look_is_in_the_log(pages_world: World, caller: Client) -> None:
    caller.get("/district/missing/")
    caller.get(f"/district/missing/{pages_world.waiting}/")
    *_, listing = audit.facts("lists.missing-read")
    *_, opening = audit.facts("lists.person-read")
    assert (listing.actor, listing.detail) == ("account:district-1901", {"count": 2})
    assert (opening.actor, opening.detail) == ("account:district-1901", {"person": pages_world.waiting})


def test_the_same_person_leaves_the_list(pages_world: World, caller: Client) -> None:
    person, pair = pages_world.waiting, candidate(caller, pages_world.waiting)
    answer = caller.post(f"/district/missing/{person}/", {"answer": f"same:{pair}"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/district/missing/")
    assert person not in listed(caller)
    assert answered() == ["same"]


def test_not_the_same_person_is_on_top_and_says_why(pages_world: World, caller: Client) -> None:
    caller.post(
        f"/district/missing/{pages_world.waiting}/", {"answer": f"different:{candidate(caller, pages_world.waiting)}"}
    )
    assert listed(caller)[0] == pages_world.waiting
    assert "ไม่ใช่คนเดียวกัน โทรก่อน" in caller.get("/district/missing/").content.decode()
    page = caller.get(f"/district/missing/{pages_world.waiting}/").content.decode()
    assert "ถามข้อเดียว" not in page
    assert "account:district-1901" in page


def test_a_same_is_taken_back_on_the_page(pages_world: World, caller: Client) -> None:
    """The person has left the list, but a link below it opens the page: it says who said so, and takes it back."""
    person, pair = pages_world.waiting, candidate(caller, pages_world.waiting)
    caller.post(f"/district/missing/{person}/", {"answer": f"same:{pair}"})
    below = caller.get("/district/missing/").content.decode().partition("ผู้โทรตอบว่าเป็นคนเดียวกันใน 3 วันนี้")[2]
    assert re.findall(PERSON, below) == [person]
    assert "account:district-1901" in below
    page = caller.get(f"/district/missing/{person}/").content.decode()
    assert "ผู้โทรบอกว่าเป็นคนเดียวกัน" in page
    assert page.count("<li>วารีย์ รอดทุข · ") == 1
    [offered] = re.findall(r'value="(different:[0-9a-f-]{36}:[0-9a-f-]{36})"', page)
    assert caller.post(f"/district/missing/{person}/", {"answer": offered}).status_code == 302
    assert listed(caller)[0] == person
    assert answered() == ["same", "different"]
    assert "ผู้โทรบอกว่าเป็นคนเดียวกัน" not in caller.get(f"/district/missing/{person}/").content.decode()


def test_the_year_of_birth_is_of_the_readers_era(pages_world: World, caller: Client) -> None:
    address = f"/district/missing/{pages_world.waiting}/"
    thai = re.search(r"เกิดราว (\d{4})", caller.get(address).content.decode())
    caller.get("/language/en")
    english = re.search(r"born about (\d{4})", caller.get(address).content.decode())
    assert thai is not None
    assert english is not None
    assert int(thai[1]) - int(english[1]) == 543


def test_whom_a_caller_kept_apart_stands_on_the_page(pages_world: World, caller: Client) -> None:
    """It says that nothing but an answer joins them again, and takes that answer."""
    person, pair = pages_world.waiting, candidate(caller, pages_world.waiting)
    assert "ผู้โทรบอกว่าเป็นคนละคน" not in caller.get(f"/district/missing/{person}/").content.decode()
    caller.post(f"/district/missing/{person}/", {"answer": f"different:{pair}"})
    page = caller.get(f"/district/missing/{person}/").content.decode()
    for words in ("ผู้โทรบอกว่าเป็นคนละคน", "ไม่รวมเป็นคนเดียวกันอีกไม่ว่ารายชื่อจะบอกอะไร", "<li>วารีย์ รอดทุข · "):
        assert words in page, words
    offered = candidate(caller, person)
    assert sorted(offered.split(":")) == sorted(pair.split(":"))
    assert caller.post(f"/district/missing/{person}/", {"answer": f"same:{offered}"}).status_code == 302
    assert person not in listed(caller)


def test_reached_and_unreachable(pages_world: World, caller: Client) -> None:
    for said in ("unreachable", "reached"):
        assert caller.post(f"/district/missing/{pages_world.waiting}/", {"answer": said}).status_code == 302
    assert answered() == ["unreachable", "reached"]
    [one] = [m for m in lists.missing(actor="system:test") if m.person == pages_world.waiting]
    assert (one.kind, one.call) == (lists.Kind.NO_UNIT, "reached")


def test_pages_of_the_list_keep_their_kind(pages_world: World, caller: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """One a page: the second leads back, and a page that is none is the last."""
    monkeypatch.setattr(callers, "PER_PAGE", 1)
    first, second = caller.get("/district/missing/").content.decode(), listed(caller, "?page=2")
    assert 'href="?page=2"' in first
    assert "แสดงคนที่ 1 ถึง 1" in first
    assert [*listed(caller), *second] == [pages_world.waiting, *second]
    assert second != [pages_world.waiting]
    assert 'href="?page=1"' in caller.get("/district/missing/?page=2").content.decode()
    assert listed(caller, "?page=99") == second
    database.execute("UPDATE lists_status SET status = 'waiting' WHERE status = 'positive'")
    assert 'href="?kind=no-unit&amp;page=2"' in caller.get("/district/missing/?kind=no-unit").content.decode()


def test_whoever_was_called_makes_room_on_the_page(pages_world: World, caller: Client) -> None:
    caller.post(f"/district/missing/{pages_world.waiting}/", {"answer": "unreachable"})
    assert listed(caller)[-1] == pages_world.waiting
    page = caller.get("/district/missing/").content.decode()
    assert page.count("โทรอีกตั้งแต่") == 1
    assert "account:district-1901" in page


def test_another_caller_sees_who_is_at_it(pages_world: World, caller: Client) -> None:
    """On the list and on the page, with minutes; the page still takes an answer."""
    database.execute(
        "INSERT INTO lists_held (human, caller, until) SELECT human, 'account:somebody', %s FROM lists_row "
        "WHERE public = %s ON CONFLICT (human) DO UPDATE SET caller = excluded.caller, until = excluded.until",
        [clock.now() + timedelta(minutes=7), pages_world.waiting],
    )
    assert "account:somebody กำลังโทร อีก 7 นาที" in caller.get("/district/missing/").content.decode()
    assert listed(caller)[-1] == pages_world.waiting
    page = caller.get(f"/district/missing/{pages_world.waiting}/").content.decode()
    assert "account:somebody เปิดหน้านี้อยู่และอาจกำลังโทร อีก 7 นาที" in page
    assert caller.post(f"/district/missing/{pages_world.waiting}/", {"answer": "reached"}).status_code == 302


def test_asked_for_no_calls(pages_world: World, caller: Client) -> None:
    caller.post(f"/district/missing/{pages_world.waiting}/", {"answer": "do-not-call"})
    assert "ขอไม่ให้โทร ให้คนไปเยี่ยม" in caller.get("/district/missing/").content.decode()
    assert "ขอไม่ให้โทร ให้คนไปเยี่ยม" in caller.get(f"/district/missing/{pages_world.waiting}/").content.decode()


@pytest.mark.parametrize(
    "said", ["", "perhaps", "same", "same:x", "same:x:y", "different:00000000-0000-0000-0000-000000000000", "same:::"]
)
def test_an_answer_that_makes_no_sense_is_told_and_not_kept(pages_world: World, caller: Client, said: str) -> None:
    page = caller.post(f"/district/missing/{pages_world.waiting}/", {"answer": said})
    assert page.status_code == 422
    assert "ยังบันทึกไม่ได้" in page.content.decode()
    assert answered() == []
    assert database.rows("SELECT count(*) FROM lists_call") == [(0,)]


def test_another_districts_person_does_not_exist(pages_world: World, caller: Client) -> None:
    database.execute("UPDATE lists_row SET district = '1902'")
    assert listed(caller) == []
    for method in (caller.get, caller.post):
        assert method(f"/district/missing/{pages_world.waiting}/", {"answer": "reached"}).status_code == 404
    assert answered() == []


@pytest.mark.parametrize("login", ["citizen-1", "clinician", "steward", "privacy"])
def test_no_other_role_opens_them(pages_world: World, login: str) -> None:
    client = signed_in(login)
    assert client.get("/district/missing/").status_code == 403
    assert client.post(f"/district/missing/{pages_world.waiting}/", {"answer": "reached"}).status_code == 403
    assert answered() == []
