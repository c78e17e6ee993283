"""The registration desk: who somebody is and what covers their care, thirty people an hour, nothing clinical."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

import pytest
from django.test import Client

from suksala import consent, identity, signin
from suksala.foundation import clock, database
from suksala.signin import AppUser
from suksala.signin.service import usual_budgets
from tests.budgets import so_much
from tests.deposits import HOSPITAL, OTHER
from tests.journeys.pages import World
from tests.journeys.test_pages_access import facts, plain
from tests.journeys.visiting import signed_in
from tests.people import mali
from tests.record import keep

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("pages")]


@pytest.fixture
def desk(pages_world: World) -> Client:
    """A clerk of the hospital; Mali is covered by two schemes there and one elsewhere."""
    own = identity.persons_of(identity.human_of_public(pages_world.patient))
    at = {r.hospcode: r.person for r in identity.registrations(own)}
    for rid, hospcode, words, period in (
        ("c1", HOSPITAL, "สิทธิข้าราชการ", {"start": "2026-01-01"}),
        ("c2", HOSPITAL, "สิทธิประกันสังคม", {"start": "2013-03-13", "end": "2025-12-31"}),
        ("c4", HOSPITAL, "สิทธิข้าราชการ", {"start": "2026-01-01"}),
        ("c3", OTHER, "สิทธิที่อื่นบันทึก", {"start": "2026"}),
    ):
        body = {"resourceType": "Coverage", "id": rid, "status": "active", "type": {"text": words}, "period": period}
        keep(body, person=at[hospcode], hospcode=hospcode)
    return signed_in("clerk")


@pytest.fixture
def one_an_hour() -> Iterator[None]:
    with so_much("clerk=1 person=50"):
        yield


@pytest.fixture
def five_an_hour() -> Iterator[None]:
    with so_much("clerk=5 person=50"):
        yield


def test_a_clerk_sees_the_person_and_the_coverage_of_the_own_facility(desk: Client, pages_world: World) -> None:
    page = desk.get(f"/desk/{pages_world.patient}/").content.decode()
    assert "มะลิ ใจดี" in page
    told = [re.sub("<[^>]+>", "", one) for one in re.findall(r"<li>(.*?)</li>", page) if "สิทธิ" in one]
    assert told == [
        "สิทธิข้าราชการ · ตั้งแต่ 1\u00a0ม.ค.\u00a02569",
        "สิทธิประกันสังคม · ตั้งแต่ 13\u00a0มี.ค.\u00a02556 · ถึง 31\u00a0ธ.ค.\u00a02568 หมดแล้ว",
    ]
    assert not re.search(r"\b\d{13}\b", page)


def test_nothing_clinical_is_on_the_page_that_is_on_the_clinicians(desk: Client, pages_world: World) -> None:
    """The words of her diagnoses, medicines, results and visits: all on the one page, none on the other."""
    clinical = ("โรคประจำตัว", "HbA1c", "ความดันโลหิต", "METFORMIN", "PENICILLIN")
    seen = signed_in("clinician").get(f"/care/{pages_world.patient}/").content.decode()
    page = desk.get(f"/desk/{pages_world.patient}/").content.decode()
    assert [word for word in clinical if word in seen] == list(clinical)
    assert [word for word in clinical if word in page] == []


def test_a_clerk_finds_the_own_facilitys_people_only(desk: Client, pages_world: World) -> None:
    found = desk.post("/desk/", {"text": "มะลิ"}).content.decode()
    assert f"/desk/{pages_world.patient}/" in found
    assert "/care/" not in found
    assert "นิรันดร์" not in desk.post("/desk/", {"text": "นิรันดร์"}).content.decode().partition('id="found"')[2]
    assert database.rows("SELECT purpose FROM audit WHERE kind = 'search' ORDER BY seq DESC LIMIT 1") == [("PATADMIN",)]


def test_another_facilitys_patient_is_like_nobody_at_the_desk_too(desk: Client, pages_world: World) -> None:
    before = facts()
    answers = [desk.get(f"/desk/{who}/") for who in (pages_world.stranger, "aaaaaaaaaaaaa", "1", "x" * 200)]
    assert [a.status_code for a in answers] == [404] * 4
    assert len({plain(a.content) for a in answers}) == 1
    assert facts() == before


def test_what_a_clinician_does_is_closed_to_a_clerk(desk: Client, pages_world: World) -> None:
    """No record, no emergency, no code that opens somebody's own record, nothing at the desk of consent."""
    before, who = facts(), pages_world.patient
    for address in (f"/care/{who}/enrol/", "/care/emergency/", "/care/consent/", f"/care/{who}/representative/"):
        assert desk.get(address).status_code == 403, address
        sent = desk.post(address, {"seen": "yes", "digits": "123456"})
        assert sent.status_code in (403, 405), address  # a page without a form takes none from anybody
    assert facts() == before
    assert database.rows("SELECT count(*) FROM signin_enrolment") == [(0,)]


def test_no_emergency_opens_for_a_clerk(desk: Client, pages_world: World) -> None:
    """Past the pages too: the service refuses, and there is no grant."""
    need = consent.Need("ucep-1", "หมดสติ ไม่มีญาติ ต้องรู้ว่าแพ้ยาอะไร", "ER-1", "ว.12345", attested=True)
    number = next(iter(identity.registrations([pages_world.mali]))).number
    with pytest.raises(consent.NoPermit):
        consent.break_glass(signin.demo_account("clerk"), number or "", need)
    assert database.rows("SELECT count(*) FROM consent_grant WHERE reader = 'account:clerk'") == [(0,)]


def test_the_owner_reads_that_a_clerk_looked_and_why(desk: Client, pages_world: World) -> None:
    desk.get(f"/desk/{pages_world.patient}/")
    page = signed_in("citizen-1").get("/me/who-looked/").content.decode()
    assert "เพื่อลงทะเบียนและตรวจสิทธิการรักษา" in page
    assert "เจ้าหน้าที่เวชระเบียน" in page


def test_a_clerk_meets_so_many_people_an_hour(desk: Client, pages_world: World, one_an_hour: None) -> None:
    """Thirty by the usual budget, one here: a second is not shown, the first still is; clinicians have theirs."""
    assert usual_budgets().clerk == 1
    numbers = [n for (n,) in database.rows("SELECT person FROM identity_registration WHERE hospcode = %s", [HOSPITAL])]
    humans = {identity.public_id(r.human) for r in identity.registrations(numbers)} - {pages_world.patient}
    first, second = pages_world.patient, min(humans)
    assert [desk.get(f"/desk/{who}/").status_code for who in (first, second, first)] == [200, 429, 200]
    assert signed_in("clinician").get(f"/care/{second}/").status_code == 200


def found_by(client: Client, text: str) -> tuple[int, int]:
    """The status of a search at the desk, and how many people it showed."""
    answer = client.post("/desk/", {"text": text})
    return answer.status_code, len(set(re.findall(r'href="/desk/(\w+)/"', answer.content.decode())))


def test_whom_a_search_shows_counts_as_whom_a_clerk_opens(desk: Client, pages_world: World, one_an_hour: None) -> None:
    """By one counter: the first may be found and opened again, a second neither; a clinician has an own hour."""
    assert found_by(desk, "000001") == (200, 1)
    assert found_by(desk, "มะลิ") == (200, 1)
    assert desk.get(f"/desk/{pages_world.patient}/").status_code == 200
    refused = desk.post("/desk/", {"text": "000002"})
    assert (refused.status_code, "000002" in refused.content.decode()) == (429, False)
    assert int(refused.headers["Retry-After"]) > 0
    assert found_by(desk, "ไม่มีผู้นี้") == (200, 0)
    doctor = signed_in("clinician")
    assert [doctor.post("/care/", {"text": text}).status_code for text in ("000001", "000002")] == [200, 200]
    who = f"practitioner:{signin.demo_account('clinician').practitioner}"
    assert database.rows("SELECT count(*) FROM signin_reach WHERE who = %s", [who]) == [(2,)]


def test_a_search_that_finds_many_names_nobody_and_costs_nothing(
    desk: Client, pages_world: World, five_an_hour: None
) -> None:
    """Five of one name are shown, of six none: whoever stands at the desk can say more. Five fill this hour."""
    rows = [
        mali(f"many-{n}", number=None, given="สมหมาย", family=f"คนที่{n}", birth=date(1960 + n, 1, 1)) for n in range(6)
    ]
    identity.link(HOSPITAL, rows)
    assert found_by(desk, "สมหมาย") == (200, 0)
    doctor = signed_in("clinician")
    for who, address in ((desk, "/desk/"), (doctor, "/care/")):
        page = who.post(address, {"text": "สมหมาย"}).content.decode()
        assert ("พบมากกว่า 5 คน" in page, "คนที่4" in page) == (True, False)
    assert database.rows("SELECT count(*) FROM signin_reach WHERE who = 'account:clerk'") == [(0,)]
    identity.link(HOSPITAL, [mali("many-5", number=None, given="สมชาย", family="อื่นไป", birth=date(1999, 1, 1))])
    assert [found_by(desk, "สมหมาย"), found_by(desk, "สมหมาย")] == [(200, 5)] * 2
    assert desk.post("/desk/", {"text": "สมชาย"}).status_code == 429
    assert "คนที่4" in doctor.post("/care/", {"text": "สมหมาย"}).content.decode()


def test_a_clerk_sees_whom_to_call(desk: Client, pages_world: World) -> None:
    """Name, relation and telephone of who is related, as the own facility recorded it; of another facility none."""
    own = identity.persons_of(identity.human_of_public(pages_world.patient))
    at = {r.hospcode: r.person for r in identity.registrations(own)}
    for rid, hospcode, given in (("r1", HOSPITAL, "สายใจ"), ("r2", OTHER, "คนอื่นบันทึก")):
        body = {
            "resourceType": "RelatedPerson",
            "id": rid,
            "patient": {"reference": "Patient/x"},
            "name": [{"prefix": ["นาง"], "given": [given], "family": "ใจดี"}],
            "relationship": [{"coding": [{"code": "DAU", "display": "บุตรสาว"}]}],
            "telecom": [{"system": "phone", "value": "0000001234"}],
        }
        keep(body, person=at[hospcode], hospcode=hospcode)
    page = desk.get(f"/desk/{pages_world.patient}/").content.decode()
    related = re.sub(r"<[^>]+>|\s+|\u200b", "", page.partition('id="related"')[2].partition("</section>")[0])
    assert "นางสายใจใจดี·บุตรสาว·0000001234" in related
    assert "คนอื่นบันทึก" not in page


def test_an_app_reads_nothing_in_a_clerks_name(pages_world: World) -> None:
    reader = AppUser("clerk", "clerk", HOSPITAL, "", None, pages_world.mali, 1)
    with pytest.raises(consent.NoPermit):
        consent.permit_for_app(reader, [consent.Reach()], clock.now())
