"""Three at night in a far hospital, on a phone without script: the woman's record, and what the browser keeps of it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db import connections
from playwright.sync_api import Browser, Page

from suksala import consent, signin
from suksala.foundation import database
from tests.journeys.conftest import ARGUMENTS, CHROMIUM
from tests.journeys.pages import FAR, World
from tests.journeys.test_breaking_the_glass import TABLES, WORDS, fill
from tests.journeys.test_pages_browser import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("pages")]
MARKER = b"PENICILLIN"
TOLD_WITHIN = 60.0  # seconds


@pytest.mark.django_db
def test_the_world_is_served(pages_world: World) -> None:
    """Asks for the test database, which the other tests of this file see through the server only."""
    with urlopen(f"{pages_world.address}/health") as answer:
        assert json.load(answer)["database"]["ok"] is True


@pytest.fixture(scope="module", autouse=True)
def swept(pages_world: World, django_db_blocker: Any) -> Iterator[None]:
    """What these tests opened is gone for the tests of other files."""
    yield
    with django_db_blocker.unblock():
        consent.shred_now(actor="system:test")
        for table in TABLES:
            database.execute(f"DELETE FROM {table}")


def check(page: Page, width: int = 420) -> None:
    """Accessible, and no sideways scroll."""
    assert [(v["id"], v["nodes"][0]["target"]) for v in Axe().run(page).response["violations"]] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_from_the_declaration_to_the_end(chromium: Browser, pages_world: World) -> None:
    """A far hospital that never saw her: allergy first, three confirmations, her notice in time, closed for good."""
    night = chromium.new_context(java_script_enabled=False, viewport={"width": 420, "height": 900}).new_page()
    sign_in(night, pages_world, "doctor")
    night.click("nav >> text=เปิดข้อมูลฉุกเฉิน")
    fill(night)
    began = time.monotonic()
    night.click("main form button")
    assert night.locator("h1").inner_text() == "นาย มะลิ ใจดี"
    assert night.locator("#allergy").is_visible()
    assert "PENICILLIN V" in night.locator(".skl-allergy").inner_text()
    assert "71 ชม. 59 นาที" in night.locator(".skl-glass").inner_text()
    record = night.url

    citizen = chromium.new_context(viewport={"width": 420, "height": 900}).new_page()
    sign_in(citizen, pages_world, "citizen-1")
    citizen.click(".nhsuk-notification-banner a")
    assert time.monotonic() - began < TOLD_WITHIN
    assert WORDS in citizen.locator("main").inner_text()
    check(citizen)

    night.check("#full")
    night.click(".skl-confirm button")
    assert "ทั้งประวัติ" in night.locator(".skl-glass").inner_text()
    night.check("input[name=labels][value='1']")
    night.fill("#label_words", "อาจสัมผัสเลือด ต้องรู้เพื่อให้ยาป้องกัน")
    night.check("#third")
    night.click(".skl-confirm button")
    assert night.is_checked("input[name=labels][value='1']")
    citizen.reload()
    assert "เอชไอวี" in citizen.locator("main").inner_text()

    night.click("text=ไม่ใช้แล้ว ปิดและทำลาย")
    assert "สำเนาและกุญแจถูกทำลายทันที" in night.locator("main").inner_text()
    night.goto(record)
    assert "PENICILLIN" not in night.content()
    citizen.reload()
    with citizen.expect_download() as certificate:
        citizen.click("text=ใบรับรองการทำลายสำเนา")
    assert "Suksala deletion certificate" in Path(certificate.value.path()).read_text()


def test_pages_fit_and_are_accessible(chromium: Browser, pages_world: World) -> None:
    """The form with every fault, and its twin in English, on a phone and on a desk."""
    page = chromium.new_context(viewport={"width": 420, "height": 900}).new_page()
    sign_in(page, pages_world, "clinician")
    for language, width in (("th", 420), ("en", 420), ("th", 1280)):
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(f"{pages_world.address}/language/{language}?next=/care/emergency/")
        page.click("main form button")
        assert page.locator(".nhsuk-error-summary li").count() == 5
        check(page, width)


Apart = Callable[[Callable[[], object]], None]


@pytest.fixture
def apart(pages_world: World, django_db_blocker: Any) -> Apart:
    """Does something to the database in a thread of its own: the browser's has a loop, in which Django asks none."""

    def do(work: Callable[[], object]) -> None:
        work()
        connections.close_all()

    def started(work: Callable[[], object]) -> None:
        with ThreadPoolExecutor(1) as pool, django_db_blocker.unblock():
            pool.submit(do, work).result()

    return started


@pytest.fixture
def untied(apart: Apart) -> Iterator[str]:
    """A clinician whose account is nobody's of the register."""
    names = {"role": "clinician", "display_th": "แพทย์ใหม่", "display_en": "New doctor"}
    apart(lambda: signin.save_demo_account("untied", **names, hospcode=FAR))
    yield "untied"
    apart(lambda: database.execute("UPDATE signin_account SET is_active = false WHERE login = 'untied'"))


def six_minutes_pass() -> None:
    """Since anybody proved who they are."""
    database.execute("UPDATE signin_session SET proved_at = proved_at - interval '6 minutes'")


def test_who_is_nobody_of_the_register_reads_what_to_do(chromium: Browser, pages_world: World, untied: str) -> None:
    """In place of the form, in both languages, on a phone and on a desk."""
    page = chromium.new_context(viewport={"width": 420, "height": 900}).new_page()
    sign_in(page, pages_world, untied)
    for language, width, told in (
        ("th", 420, "Provider ID"),
        ("en", 1280, "ask your facility's data steward to tie yours"),
    ):
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(f"{pages_world.address}/language/{language}?next=/care/emergency/")
        assert told in page.locator(".nhsuk-inset-text").inner_text()
        assert page.locator("#number").count() == 0
        check(page, width)


@pytest.mark.parametrize("width", [420, 1280])
def test_a_form_that_took_long_is_sent_after_a_proof_without_a_script(
    chromium: Browser, pages_world: World, apart: Apart, width: int
) -> None:
    """Filled in beside a patient for six minutes: one press proves it, one more sends what was typed."""
    page = chromium.new_context(java_script_enabled=False, viewport={"width": width, "height": 900}).new_page()
    sign_in(page, pages_world, "clinician-far")
    page.goto(f"{pages_world.address}/care/emergency/")
    fill(page)
    apart(six_minutes_pass)
    page.click("main form button")
    assert "/account/prove/" in page.url
    page.click("main >> text=ฉันยังเป็นคนนี้")
    assert page.locator("h1").inner_text() == "ยังไม่ได้ส่ง"
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.click("main form button")
    assert "PENICILLIN V" in page.content()
    page.goto(f"{pages_world.address}/account/kept/")
    assert page.url.endswith("/care/")


def test_a_kept_form_is_accessible(chromium: Browser, pages_world: World, apart: Apart) -> None:
    """In both languages."""
    page = chromium.new_context(viewport={"width": 420, "height": 900}).new_page()
    sign_in(page, pages_world, "clinician-far")
    for language in ("th", "en"):
        page.goto(f"{pages_world.address}/language/{language}?next=/care/emergency/")
        apart(six_minutes_pass)
        page.click("main form button")
        page.click("section form button")
        check(page)


def test_a_browser_keeps_nothing_of_a_record(chromium: Browser, pages_world: World, tmp_path: Path) -> None:
    """The whole profile of a Chromium that showed it, looked through byte by byte after it was closed (T03)."""
    context = chromium.browser_type.launch_persistent_context(
        tmp_path / "profile", executable_path=CHROMIUM if CHROMIUM.exists() else None, args=ARGUMENTS
    )
    page = context.new_page()
    sign_in(page, pages_world, "clinician")
    page.goto(f"{pages_world.address}/care/emergency/")
    fill(page)
    page.click("main form button")
    assert "PENICILLIN V" in page.content()
    check(page, 1280)
    page.click("text=ไม่ใช้แล้ว ปิดและทำลาย")
    page.go_back()
    assert "PENICILLIN" not in page.content()
    context.close()
    files = [path for path in (tmp_path / "profile").rglob("*") if path.is_file()]
    assert len(files) > 10
    assert [path.name for path in files if MARKER in path.read_bytes()] == []
