"""What waits for a privacy officer, in a browser: every matter's page is accessible and fits a phone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from suksala import audit, consent, identity, privacy
from suksala.consent import grants_storage
from suksala.foundation import clock, database
from suksala.portals import looked
from tests.deposits import HOSPITAL
from tests.journeys.pages import World
from tests.journeys.test_pages_browser import sign_in, test_the_world_is_served

__all__ = ["test_the_world_is_served"]  # asks for the test database before a browser is there
pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("pages")]
TABLES = (
    "consent_notice",
    "consent_grant",
    "consent_lock",
    "privacy_case",
    "privacy_request",
    "privacy_alert",
    "privacy_look",
    "identity_protected",
)


@pytest.fixture(scope="module", autouse=True)
def desk(pages_world: World, django_db_blocker: Any) -> Iterator[list[tuple[str, str]]]:
    """Who opens which page; what was made for them is gone for the tests of other files."""
    with django_db_blocker.unblock():
        made = _desk(pages_world)
    yield made
    with django_db_blocker.unblock():
        for table in TABLES:
            database.execute(f"DELETE FROM {table}")


def _desk(world: World) -> list[tuple[str, str]]:
    """An alert, a case, an opening with its two forms, a locked facility, and where the citizen reports a look."""
    at = clock.now() - timedelta(days=1)
    read = audit.Fact(at, "read", "account:clinician", "TREAT", world.mali, HOSPITAL, {"operation": "timeline"})
    audit.record_many([read])
    on = at.astimezone(clock.BANGKOK).date()
    case = privacy.open_case([world.mali], read.actor, HOSPITAL, on, "ไม่ได้ไปวันนั้น", actor="account:citizen-1")
    asked = [
        privacy.make_request([world.mali], right, None, "ที่อยู่ในประวัติไม่ใช่บ้านของฉันแล้ว", actor="account:citizen-1")
        for right in ("correction", "erasure")
    ]
    privacy.close_request(asked[1].id, None, "refused", "กฎหมายให้เก็บเวชระเบียนไว้ จึงยังลบไม่ได้", actor="account:officer")
    identity.protect(world.mali, "บุคคลสมมติ", actor="account:privacy")
    privacy.look(on)
    [alert] = privacy.alerts(HOSPITAL)
    opening = f"/privacy/openings/{_opening(world).id}/"
    database.execute("INSERT INTO consent_lock (facility, since) VALUES (%s, now())", [HOSPITAL])
    [look] = looked.gather([read], own="account:citizen-1")
    matters = [f"/privacy/alerts/{alert.id}/", f"/privacy/cases/{case.id}/", opening]
    own = ["/privacy/", *matters, f"{opening}end/", f"{opening}delay/", "/privacy/notices/"]
    return [
        *(("privacy", path) for path in own),
        ("privacy-exchange", "/privacy/locks/"),
        ("privacy-exchange", "/privacy/"),
        ("privacy-exchange", f"/privacy/requests/{asked[0].id}/"),
        ("privacy-exchange", "/privacy/done/"),
        ("citizen-1", "/account/requests/"),
        ("citizen-1", "/account/requests/new/"),
        ("citizen-1", "/me/"),
        ("citizen-1", f"/me/who-looked/{on}/{look.key}/"),
    ]


def _opening(world: World) -> consent.Grant:
    """One that goes on, of which patient and officers were told; no key is made, for nothing is read."""
    need = consent.Need("ucep-1", "หมดสติ ไม่มีญาติมาด้วย", "ER-1", "ว.12345", attested=True)
    wanted = consent.Grant(
        uuid4(), world.mali, frozenset({world.mali}), "account:clinician", "แพทย์สมมติ", HOSPITAL, need
    )
    grant = replace(wanted, state=consent.GrantState.ACTIVE, started_at=clock.now())
    grants_storage.keep(grant)
    for receiver, facility in (("citizen", ""), ("facility-officer", HOSPITAL)):
        grants_storage.queue_notice(grant, receiver, grant.began, facility=facility, told=True)
    consent.deliver_notices()
    return grant


def test_what_waits_for_an_officer_is_accessible_and_fits(
    desk: list[tuple[str, str]], chromium: Browser, pages_world: World
) -> None:
    for login in dict(desk):
        page = chromium.new_context(viewport={"width": 420, "height": 900}).new_page()
        sign_in(page, pages_world, login)
        for path in [path for who, path in desk if who == login]:
            for language, width in (("th", 1280), ("th", 420), ("en", 420)):
                page.set_viewport_size({"width": width, "height": 900})
                page.goto(f"{pages_world.address}/language/{language}?next={quote(path, safe='')}")
                assert page.url.endswith(path)
                assert page.locator("h1").count() == 1
                assert page.evaluate("document.documentElement.scrollWidth") <= width, path
                broken = Axe().run(page).response["violations"] if language == "th" else []
                assert [(path, v["id"], v["nodes"][0]["target"]) for v in broken] == []
