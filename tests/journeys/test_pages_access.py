"""Doors: each role its own, another facility's patient like nobody's; and a refusal reads nothing (T05, T07)."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from suksala import signin
from suksala.foundation import database
from tests.deposits import HOSPITAL, OTHER
from tests.journeys.pages import EVIL, FAR, World
from tests.journeys.visiting import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("pages")]

DOORS = {
    "citizen-1": "/me/",
    "clinician": "/care/",
    "clerk": "/desk/",
    "district-1901": "/district/",
    "steward": "/steward/",
    "privacy": "/privacy/",
}


def facts() -> int:
    """How many facts the log holds: a page that read somebody's record adds one."""
    return int(database.rows("SELECT count(*) FROM audit")[0][0])


def plain(body: bytes) -> str:
    """A page without the parts that differ from one answer to the next."""
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"|next=[^"]*', "", body.decode())


@pytest.mark.parametrize("login", DOORS)
def test_each_role_opens_its_own_door_and_no_other(pages_world: World, login: str) -> None:
    client = signed_in(login)
    opened = {door: client.get(door).status_code for door in DOORS.values()}
    assert opened == {door: 200 if door == DOORS[login] else 403 for door in DOORS.values()}


@pytest.mark.parametrize("login", DOORS)
def test_a_closed_door_reads_nothing(pages_world: World, login: str) -> None:
    client, before = signed_in(login), facts()
    addresses = [
        "/me/who-looked/",
        f"/care/{pages_world.patient}/",
        f"/desk/{pages_world.patient}/",
        f"/district/dm-controlled/{HOSPITAL}/people/",
        f"/steward/deposits/{pages_world.receipt}/",
        f"/steward/deposits/{pages_world.receipt}/refused/PERSON.csv",
    ]
    for address in [a for a in addresses if not a.startswith(DOORS[login])]:
        assert client.get(address).status_code == 403, address
    assert facts() == before


@pytest.mark.parametrize("door", [*DOORS.values(), "/me/who-looked/", "/steward/send/"])
def test_a_visitor_is_led_to_sign_in_and_back(pages_world: World, door: str) -> None:
    answer = Client().get(door)
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/demo-signin?next={door.replace('/', '%2F')}")


def test_another_facilitys_patient_is_like_nobody(pages_world: World) -> None:
    """Known far away, never made, and no id at all: one answer, byte for byte. Nothing is read; a refusal is told."""
    client, before = signed_in("clinician"), facts()
    answers = [client.get(f"/care/{who}/") for who in (pages_world.stranger, "aaaaaaaaaaaaa", "1", "x" * 200)]
    assert [a.status_code for a in answers] == [404] * 4
    assert len({plain(a.content) for a in answers}) == 1
    assert facts() == before + 1  # permit.refused, of the one who is known elsewhere


def test_a_search_finds_the_own_facilitys_people_only(pages_world: World) -> None:
    client = signed_in("clinician")
    assert "มะลิ ใจดี" in client.post("/care/", {"text": "มะลิ"}).content.decode()
    assert "นิรันดร์" not in client.post("/care/", {"text": "นิรันดร์"}).content.decode().partition('id="found"')[2]


def test_a_search_leaves_no_word_in_an_address_and_a_fact_without_words(pages_world: World) -> None:
    client = signed_in("clinician")
    answer = client.post("/care/", {"text": "มะลิ"})
    assert answer.status_code == 200
    assert "มะลิ" not in answer.wsgi_request.get_full_path()
    [[detail]] = database.rows("SELECT detail FROM audit WHERE kind = 'search' ORDER BY seq DESC LIMIT 1")
    assert detail == {"found": 1, "told": 1}


@pytest.mark.parametrize("text", ["", "ม", "มะ", "%%%"])
def test_a_few_letters_name_nobody(pages_world: World, text: str) -> None:
    """Fewer than three of a name: what to type instead; the search is in the log, and names nobody."""
    client = signed_in("clinician")
    answer = client.post("/care/", {"text": text})
    assert (answer.status_code, "อย่างน้อย 3 ตัวอักษร" in answer.content.decode()) == (422, True)
    [[person, detail]] = database.rows(
        "SELECT person, detail FROM audit WHERE kind = 'search' ORDER BY seq DESC LIMIT 1"
    )
    assert (person, detail) == (None, {"found": 0, "told": 0})


def test_a_number_is_shown_masked(pages_world: World) -> None:
    page = signed_in("clinician").get(f"/care/{pages_world.patient}/").content.decode()
    assert not re.search(r"\b\d{13}\b", page)


def test_a_facility_of_another_district_does_not_exist(pages_world: World) -> None:
    client, before = signed_in("district-1901"), facts()
    for address in (f"/district/dm-controlled/{FAR}/", f"/district/dm-controlled/{FAR}/people/", "/district/nothing/"):
        assert client.get(address).status_code == 404, address
    assert facts() == before


def test_a_steward_of_one_facility_sees_that_facilitys_receipts(pages_world: World) -> None:
    client = signed_in("steward-2")
    listed = re.findall(r"/steward/deposits/(\d+)/", client.get("/steward/").content.decode())
    assert len(listed) == 1
    assert client.get(f"/steward/deposits/{pages_world.receipt}/").status_code == 404
    assert client.get(f"/steward/deposits/{pages_world.far_receipt}/receipt.csv").status_code == 404


def test_opening_a_record_is_told_to_its_owner(pages_world: World) -> None:
    signed_in("clinician").get(f"/care/{pages_world.patient}/")
    page = signed_in("citizen-1").get("/me/who-looked/").content.decode()
    assert "เจ้าหน้าที่ของ โรงพยาบาลสมมติ" in page
    assert "เพื่อการรักษา" in page


def test_opening_a_list_is_told_to_each_person_on_it(pages_world: World) -> None:
    for where in (HOSPITAL, OTHER):  # one of them is responsible for Mali
        assert signed_in("district-1901").get(f"/district/dm-controlled/{where}/people/").status_code == 200
    page = signed_in("citizen-1").get("/me/who-looked/").content.decode()
    team = signin.demo_account("district-1901").display_th.partition(" · ")[0]
    told = (team, "อำเภอเมืองสระบุรี", "รายชื่อผู้ที่ต้องดูแลของหน่วยบริการ", "เพื่อวางแผนดูแลและติดตามเยี่ยม")
    assert [words for words in told if words not in page] == []


@pytest.mark.parametrize("login", DOORS)
def test_nothing_a_signed_in_reader_sees_is_kept_by_a_cache(pages_world: World, login: str) -> None:
    assert signed_in(login).get(DOORS[login]).headers["Cache-Control"] == "no-store, private"


def test_a_form_without_its_token_is_refused(pages_world: World) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(signin.demo_account("steward"))
    before = facts()
    assert client.post("/steward/send/").status_code == 403
    assert client.post("/sign-out").status_code == 403
    assert client.get("/steward/").status_code == 200  # still signed in
    assert facts() == before


def test_signing_out_ends_the_session(pages_world: World) -> None:
    client = signed_in("citizen-1")
    assert client.post("/sign-out").status_code == 302
    assert client.get("/me/").status_code == 302


def test_only_demo_people_can_be_chosen(pages_world: World) -> None:
    client = Client()
    assert client.post("/demo-signin", {"login": "nobody"}).status_code == 403
    assert client.get("/me/").status_code == 302
    answer = client.post("/demo-signin", {"login": "citizen-1", "next": "https://example.org/"})
    assert answer.headers["Location"] == "/me/"


def test_what_a_sender_wrote_is_never_run(pages_world: World) -> None:
    """A name that is a script is shown as text; a cell that is a formula is quoted (T15)."""
    page = signed_in("clinician").post("/care/", {"text": "000002"}).content.decode()
    assert EVIL not in page.lower()
    assert "&lt;script&gt;" in page.lower()
