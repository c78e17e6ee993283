"""An unconscious woman at three in the morning, from the declaration to the review, in a browser (S2.58-S2.60, T02,
T03).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.test import Client
from playwright.sync_api import Page

from suksala import audit, consent, identity, signin
from suksala.consent import grants_storage, vault_keys
from suksala.foundation import clock, database, settings
from suksala.portals.clinician import emergency_copy
from tests.journeys.pages import CID, FAR, World
from tests.journeys.visiting import came_in
from tests.matching import approve_model
from tests.people import mali
from tests.record import condition, keep

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("pages")]

WORDS = "หมดสติ ไม่มีญาติมาด้วย ไม่ทราบว่าแพ้ยาอะไร"
SAID = {
    "number": CID,
    "criterion": "ucep-1",
    "words": WORDS,
    "encounter": "ER-2569/0012",
    "licence": "ว.12345",
    "attested": "yes",
}
TABLES = ("consent_grant", "consent_copy", "consent_notice", "consent_lock")


@pytest.fixture
def keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Keys in a folder of this test; what it opened is forgotten afterwards."""
    monkeypatch.setenv("SUKSALA_EPOCH_KEYS", str(tmp_path / "epoch-keys"))
    settings.forget()
    yield tmp_path / "epoch-keys"
    monkeypatch.undo()
    settings.forget()
    vault_keys.destroy_all()


@pytest.fixture
def turn(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """Turns the clocks of the server and of the database to a moment."""

    def to(moment: datetime) -> None:
        monkeypatch.setattr(clock, "now", lambda: moment)
        monkeypatch.setattr(grants_storage, "database_now", lambda: moment)

    return to


def count(table: str) -> int:
    return int(database.rows(f"SELECT count(*) FROM {table}")[0][0])


def opened(client: Client) -> str:
    """The address of a record just opened."""
    answer = client.post("/care/emergency/open", SAID)
    assert answer.status_code == 302, re.sub(r"<[^>]+>", " ", answer.content.decode())[-2000:]
    return str(answer.headers["Location"])


def grant_of(address: str) -> consent.Grant:
    found = consent.grant(consent.own_grants(signin.demo_account("clinician"))[0].id)
    assert found is not None
    assert str(found.id) in address
    return found


def test_the_declaration_comes_first_and_nothing_before_it(pages_world: World, keys: Path) -> None:
    """Known and unknown numbers are answered alike until a need is declared; a refusal opens and tells nothing."""
    client = came_in("clinician")
    assert client.get("/care/emergency/").status_code == 200
    answers = [
        client.post("/care/emergency/open", {"number": number}).content.decode()
        for number in (CID, "3990100000999", "3890000000993")
    ]
    plain = {re.sub(r'name="csrfmiddlewaretoken" value="\w+"|value="\d{13}"', "", page) for page in answers}
    assert len({page for page in plain if "ครบและถูกต้อง" not in page}) <= 1
    assert [count(table) for table in TABLES] == [0] * 4
    assert list(keys.glob("*.key")) == []


def test_who_has_not_just_proved_who_they_are_is_asked_first(pages_world: World, keys: Path) -> None:
    """Within five minutes, for the page with the form and for what it sends."""
    client = came_in("clinician")
    database.execute("UPDATE signin_session SET proved_at = proved_at - interval '5 minutes 1 second'")
    answer = client.get("/care/emergency/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/account/prove/?next=%2Fcare%2Femergency%2F")
    assert client.post("/care/emergency/open", SAID).headers["Location"].startswith("/account/prove/")
    assert count("consent_grant") == 0


@pytest.mark.parametrize("login", ["citizen-1", "district-1901", "steward", "privacy"])
def test_only_clinicians_come_to_this_door(pages_world: World, keys: Path, login: str) -> None:
    client = came_in(login)
    assert client.get("/care/emergency/").status_code == 403
    assert client.post("/care/emergency/open", SAID).status_code == 403
    assert count("consent_grant") == 0


def test_a_record_is_open_for_72_hours_and_not_a_second_longer(
    pages_world: World, keys: Path, turn: Callable[[datetime], None]
) -> None:
    """200 at 71:59:59 and 410 at 72:00:00, where the browser is told to forget and key and copy are gone."""
    client = came_in("clinician")
    address = opened(client)
    page = client.get(address)
    assert "PENICILLIN V" in page.content.decode()
    assert page.headers["Cache-Control"] == "no-store, private"
    assert 259_190 < int(page.headers["Refresh"]) <= 259_201
    grant = grant_of(address)
    turn(grant.until - timedelta(seconds=1))
    still = consent.read_copy(grant.id, signin.demo_account("clinician"))
    assert b"PENICILLIN V" in (still[1] or b"")
    turn(grant.until)
    over = came_in("clinician").get(address)
    assert (over.status_code, over.headers["Clear-Site-Data"]) == (410, '"cache", "storage"')
    assert "PENICILLIN" not in over.content.decode()
    assert (count("consent_copy"), list(keys.glob("*.key"))) == (0, [])


def test_the_first_confirmation_names_no_facility_whose_lines_are_closed(pages_world: World, keys: Path) -> None:
    """Joined by probability, and all it told so far is of the mind: its name waits for what opens a line of it."""
    approve_model()
    known = identity.registration(pages_world.mali)
    row = mali("p1", number=None, given=known.given, family=known.family, birth=known.birth, sex=known.sex)
    identity.link(FAR, [row])
    there = identity.person_of(FAR, "p1")
    assert there in {one.person for one in identity.linked_by_weight(pages_world.mali)}
    keep(condition("p1", "F329"), person=there, hospcode=FAR)
    client = came_in("clinician")
    address = opened(client)
    page = client.get(address).content.decode()
    assert ("PENICILLIN V" in page, "โรงพยาบาลไกลสมมติ" in page) == (True, False)
    keep(condition("p2", "E119"), person=there, hospcode=FAR)
    assert client.post(f"{address}refresh").status_code == 302
    assert "โรงพยาบาลไกลสมมติ" in client.get(address).content.decode().partition("เชื่อมด้วยความน่าจะเป็น")[2]


def medicine(n: int, name: str) -> dict[str, object]:
    """A medicine handed over so many days ago."""
    given = (clock.now() - timedelta(days=n)).date().isoformat()
    body = {"status": "completed", "medicationCodeableConcept": {"text": name}, "whenHandedOver": given}
    return {"resourceType": "MedicationDispense", "id": f"many-{n}", **body}


def copy_of(address: str) -> bytes:
    return consent.read_copy(grant_of(address).id, signin.demo_account("clinician"))[1] or b""


@pytest.mark.parametrize("beyond", [0, 1])
def test_no_medicine_is_left_out(pages_world: World, keys: Path, beyond: int) -> None:
    """Twenty are seen at once; the 21st is folded, with how many there are: it may be warfarin."""
    client = came_in("clinician")
    address = opened(client)
    client.get(address)
    had = len(emergency_copy.medicines(emergency_copy.read(copy_of(address))[1]))
    names = [f"MADE-UP MEDICINE {n:02}" for n in range(20 + beyond - had)]
    keep(*(medicine(n, name) for n, name in enumerate(names)), person=pages_world.mali)
    assert client.post(f"{address}refresh").status_code == 302
    page = client.get(address).content.decode()
    assert [name for name in names if name not in page] == []
    folded = re.findall(r"<details.*?อีก (\d+) รายการ(.*?)</details>", page, re.DOTALL)
    assert [(int(count), text.count("<li>")) for count, text in folded] == [(1, 1)] * beyond


def test_pages_read_the_copy_and_never_the_record_again(pages_world: World, keys: Path) -> None:
    """One reading of the record; what the hospital sends later shows only when the copy is made anew."""
    client = came_in("clinician")
    address = opened(client)
    client.get(address)
    before = len(list(audit.facts("read")))
    for _ in range(3):
        assert client.get(address).status_code == 200
    assert len(list(audit.facts("read"))) == before
    assert len(list(audit.facts("read.copy"))) == 4
    assert client.post(f"{address}refresh").status_code == 302
    assert len(list(audit.facts("read"))) == before + 1 or len(list(audit.facts("read"))) == before + 2


def test_the_patient_is_told_at_once_and_gets_the_proof(pages_world: World, keys: Path) -> None:
    """On her own page: who, where, why, in the doctor's words; after the end the certificate. Nobody else's."""
    doctor, mali = came_in("clinician"), came_in("citizen-1")
    assert "เปิดดูข้อมูลฉุกเฉินของท่าน" not in mali.get("/me/").content.decode()
    address = opened(doctor)
    assert "เปิดดูข้อมูลฉุกเฉินของท่าน" in mali.get("/me/").content.decode()
    page = mali.get("/me/emergency/").content.decode()
    assert all(word in page for word in (WORDS, "โรงพยาบาลสมมติ", "ว.12345", "หมดสติ ไม่รู้สึกตัว ไม่หายใจ"))
    grant = grant_of(address)
    file = f"/me/emergency/{grant.id}/certificate.json"
    assert mali.get(file).status_code == 404  # nothing is destroyed yet
    assert doctor.post(f"{address}end").headers["Clear-Site-Data"] == '"cache", "storage"'
    document = json.loads(mali.get(file).content)
    assert str(grant.id) in document["certificate"]
    assert doctor.get(file).status_code == 403
    assert doctor.get(address).status_code == 410


def test_officers_find_every_opening_to_review(pages_world: World, keys: Path) -> None:
    address = opened(came_in("clinician"))
    grant = grant_of(address)
    assert [g.id for g in consent.grants_to_review(grant.facility)] == [grant.id]
    consent.deliver_notices()
    assert [n.grant_id for n in consent.officer_notices(grant.facility)] == [grant.id]
    consent.end_grant(grant.id, signin.demo_account("clinician"))
    done = consent.review_grant(grant.id, "justified", "", actor="account:privacy")
    assert done.verdict == "justified"
    assert "เจ้าหน้าที่เห็นว่ามีเหตุอันควร" in came_in("citizen-1").get("/me/emergency/").content.decode()


def test_three_confirmations(pages_world: World, keys: Path) -> None:
    """Each opens more, none without its tick, the third not without classes and a reason."""
    client = came_in("clinician")
    address = opened(client)
    more = f"{address}more"
    assert client.post(more, {"more": "full"}).status_code == 422
    assert client.post(more, {"more": "full", "confirmed": "yes"}).status_code == 302
    assert grant_of(address).extent == "full-record"
    third = {"more": "labels", "confirmed": "yes", "label_words": WORDS}
    assert client.post(more, third).status_code == 422
    assert client.post(more, {**third, "labels": ["64", "x"]}).status_code == 422
    assert client.post(more, {**third, "labels": ["1"], "label_words": "อยากรู้"}).status_code == 422
    assert grant_of(address).labels == 0
    assert client.post(more, {**third, "labels": ["1", "2"]}).status_code == 302
    assert grant_of(address).reasons == (consent.ClassReason(3, WORDS),)


@pytest.mark.parametrize(
    ("text", "statuses"),
    [
        ("\x00" * 20, {400}),  # no page takes what no text holds
        ("\u202e" * 20, {302, 422}),
        ("<script>alert(1)</script> เหตุฉุกเฉิน", {302, 422}),
        ("ก็็็็็็็็็็็็็็็็็ เหตุ", {302, 422}),
        ("x" * 5000, {302, 422}),
    ],
)
def test_any_text_is_taken_as_text_or_refused(pages_world: World, keys: Path, text: str, statuses: set[int]) -> None:
    """Never a 500, never a tag (T15)."""
    client = came_in("clinician")
    answer = client.post("/care/emergency/open", {**SAID, "words": text})
    assert answer.status_code in statuses
    assert "<script>alert" not in came_in("citizen-1").get("/me/emergency/").content.decode()


@pytest.mark.parametrize("address", ["/care/emergency/00000000-0000-4000-8000-000000000000/"])
def test_a_grant_that_never_was_is_like_one_that_is_over(pages_world: World, keys: Path, address: str) -> None:
    client = came_in("clinician")
    assert [client.get(address).status_code, client.post(f"{address}end").status_code] == [410, 410]
    assert client.get("/care/emergency/not-a-number/").status_code == 404


def fill(page: Page, number: str = CID) -> None:
    page.fill("#number", number)
    page.check("input[value='ucep-1']")
    page.fill("#words", WORDS)
    page.fill("#encounter", "ER-2569/0012")
    if page.locator("#licence").count():
        page.fill("#licence", "ว.12345")
    page.check("input[name='attested']")
