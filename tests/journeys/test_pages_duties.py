"""The privacy officer's register of breaches and records of processing, over HTTP in both languages."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from suksala import governance
from suksala.foundation import clock
from tests.deposits import HOSPITAL, OTHER
from tests.journeys.pages import World
from tests.journeys.visiting import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("pages")]

WHAT = "เปิดประวัติคนรู้จักโดยไม่ได้ดูแล"


def form(**told: str) -> dict[str, str]:
    """The form of a new breach, noticed two hours ago."""
    noticed = (clock.now() - timedelta(hours=2)).astimezone(clock.BANGKOK)
    return {"what": WHAT, "noticed_at": noticed.strftime("%Y-%m-%dT%H:%M"), "risk": "risk", **told}


def register(client: Client, **told: str) -> str:
    """The address of a breach that was just registered."""
    answer = client.post("/privacy/breaches/new/", form(**told))
    assert answer.status_code == 302
    return answer.headers["Location"]


def test_the_records_of_processing_tell_basis_and_tables(pages_world: World) -> None:
    """In Thai and in English, with the sections as readers write them."""
    client = signed_in("privacy")
    shown = client.get("/privacy/processing/").content.decode()
    assert "ม.26(5)(ก)" in shown
    assert "identity_demographics" in shown
    client.get("/language/en")
    assert "s.26(5)(a)" in client.get("/privacy/processing/").content.decode()


def test_a_breach_is_registered_and_told(pages_world: World) -> None:
    """The list shows the hours left, then that the Office was told; the draft can be taken away."""
    client = signed_in("privacy")
    address = register(client, persons="12")
    assert "เหลือ 69 ชั่วโมง" in client.get("/privacy/breaches/").content.decode()
    told = clock.now().astimezone(clock.BANGKOK).strftime("%Y-%m-%dT%H:%M")
    assert client.post(address, form(persons="12", office_told_at=told)).status_code == 302
    number = int(address.split("/")[-2])
    found = governance.breach(number)
    assert found is not None
    assert (found.facility, found.persons) == (HOSPITAL, 12)
    assert not found.clock(clock.now()).is_open
    draft = client.get(f"{address}draft.txt")
    assert draft.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert WHAT in draft.content.decode()


def test_an_overdue_breach_stands_first_and_says_so(pages_world: World) -> None:
    """72 hours after it was noticed."""
    late = governance.Breach(WHAT, clock.now() - timedelta(hours=72), governance.Risk.RISK, facility=HOSPITAL)
    kept = governance.register_breach(late, actor="system:test")
    shown = signed_in("privacy").get("/privacy/breaches/").content.decode()
    first = shown.index("/privacy/breaches/", shown.index("<tbody"))
    assert shown[first:].startswith(f"/privacy/breaches/{kept.id}/")
    assert "เกิน 72 ชั่วโมง ยังไม่แจ้ง" in shown


@pytest.mark.parametrize(
    "told",
    [
        {"what": "สั้น"},
        {"noticed_at": "now"},
        {"persons": "ten"},
        {"risk": "little"},
        {"persons": "-1"},
        {"risk": "none"},
    ],
)
def test_what_cannot_be_is_told_and_not_kept(pages_world: World, told: dict[str, str]) -> None:
    """422 with the reason; what was written stays in the form where it could be read."""
    before = governance.breaches()
    answer = signed_in("privacy").post("/privacy/breaches/new/", form(**told))
    assert answer.status_code == 422
    assert "ยังไม่ได้บันทึก" in answer.content.decode()
    assert governance.breaches() == before


def test_an_officer_of_one_facility_sees_only_its_breaches(pages_world: World) -> None:
    """Another facility's is answered as one that does not exist; the exchange's officer sees all."""
    told = governance.Breach(WHAT, clock.now() - timedelta(hours=1), facility=OTHER)
    other = governance.register_breach(told, actor="system:test")
    address = f"/privacy/breaches/{other.id}/"
    client = signed_in("privacy")
    assert address not in client.get("/privacy/breaches/").content.decode()
    for path in (address, f"{address}draft.txt"):
        assert client.get(path).status_code == 404
    assert client.post(address, form()).status_code == 404
    assert signed_in("privacy-exchange").get(address).status_code == 200


@pytest.mark.parametrize("path", ["/privacy/processing/", "/privacy/breaches/", "/privacy/breaches/new/"])
def test_other_roles_stay_outside(pages_world: World, path: str) -> None:
    """The door is the privacy officer's."""
    assert signed_in("steward").get(path).status_code == 403
    assert Client().get(path).status_code == 302
