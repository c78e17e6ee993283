"""The steward's review of staff over HTTP: answer, end, sign, add."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client

from suksala import registry
from suksala.foundation import clock
from suksala.registry import ProviderRow
from tests.deposits import HOSPITAL, OTHER
from tests.journeys.pages import World
from tests.journeys.visiting import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("pages")]


@pytest.fixture(autouse=True)
def staff(pages_world: World) -> None:
    """A nurse who began last week at the hospital, and one at the unit whose licence ran out yesterday."""
    today = clock.today()
    new = ProviderRow("", given_th="มะลิ", family_th="งามตา", codes=("03",), since=today - timedelta(days=7))
    registry.keep_practitioner(HOSPITAL, new, actor="system:test")
    out = ProviderRow(
        "", "02", "990020001", given_th="ปราณี", family_th="สุขใจ", codes=("03",), licence_until=today - timedelta(days=1)
    )
    registry.keep_practitioner(OTHER, out, actor="system:test")


def keys(client: Client) -> list[str]:
    """The questions on the page, in their order."""
    return re.findall(r'name="key" value="([^"]+)"', client.get("/steward/staff/").content.decode())


def test_the_review_asks_gravest_first_and_is_signed_when_answered() -> None:
    """Both languages; signing with open questions is refused and changes nothing."""
    client = signed_in("steward")
    asked = keys(client)
    assert [key.partition(":")[0] for key in asked] == ["licence-out", "joined"]
    refused = client.post("/steward/staff/sign/")
    assert refused.status_code == 409
    assert "ยังมี 2 ข้อที่ยังไม่ตอบ" in refused.content.decode()
    assert client.post("/steward/staff/answer/", {"key": asked[0], "verdict": "end"}).status_code == 302
    assert client.post("/steward/staff/answer/", {"key": asked[1], "verdict": "confirm"}).status_code == 302
    assert client.post("/steward/staff/sign/").status_code == 302
    [role] = registry.roles_at(OTHER)
    assert role.last_day == clock.today()
    client.get("/language/en")
    assert "Last signed" in client.get("/steward/staff/").content.decode()


def test_an_answer_to_nothing_is_refused() -> None:
    client = signed_in("steward")
    assert client.post("/steward/staff/answer/", {"key": "joined:0:x", "verdict": "end"}).status_code == 409
    assert len(keys(client)) == 2


def test_a_steward_of_one_facility_sees_and_ends_only_its_staff() -> None:
    """steward-2 is the unit's."""
    own = signed_in("steward-2")
    assert [key.partition(":")[0] for key in keys(own)] == ["licence-out"]
    joined = next(key for key in keys(signed_in("steward")) if key.startswith("joined"))
    assert own.post("/steward/staff/answer/", {"key": joined, "verdict": "end"}).status_code == 409
    assert "งามตา" not in own.get(f"/steward/staff/people/?facility={HOSPITAL}").content.decode()
    assert registry.roles_at(HOSPITAL)[0].last_day is None


def test_one_more_practitioner() -> None:
    """A form of a facility without PROVIDER file; what is wrong is told with what was written."""
    client = signed_in("steward")
    told = {"hospcode": OTHER, "given_th": "สมศรี", "family_th": "ใจงาม", "code": "01", "council": "01", "licence": ""}
    assert client.post("/steward/staff/new/", {**told, "since": "2026-01-01"}).status_code == 302
    shown = client.get(f"/steward/staff/people/?facility={OTHER}").content.decode()
    assert "สมศรี ใจงาม" in shown
    assert "หมดอายุ" in shown  # the nurse's licence
    wrong = client.post("/steward/staff/new/", {**told, "given_th": "อีกคน", "licence": "?"})
    assert wrong.status_code == 422
    assert 'value="อีกคน"' in wrong.content.decode()
    assert len(registry.roles_at(OTHER)) == 2


@pytest.mark.parametrize("path", ["/steward/staff/", "/steward/staff/people/", "/steward/staff/new/"])
def test_other_roles_stay_outside(path: str) -> None:
    assert signed_in("clinician").get(path).status_code == 403
    assert Client().get(path).status_code == 302
