"""A person shares, hides and stops in Thai, a doctor elsewhere sees it, and it is told (S1.28, S1.29)."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from suksala.portals.qr import picture
from tests.journeys.pages import FAR, World
from tests.journeys.test_pages_browser import sign_in, test_the_world_is_served

__all__ = ["test_the_world_is_served"]  # asks for the test database before a browser is there
pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("pages")]
FAR_NAME = "โรงพยาบาลไกลสมมติ"
LOW_SPIRITS = re.compile("ซึมเศร้า|F32|[Dd]epress")


def looks(doctor: Page, world: World) -> str:
    """What the doctor sees of her now; "" where she is nobody."""
    answer = doctor.goto(f"{world.address}/care/{world.patient}/?all=1")
    assert answer is not None
    return doctor.content() if answer.status == 200 else ""


def fits(page: Page) -> None:
    """Nothing for a screen reader to stumble over, and no sideways scroll."""
    assert [v["id"] for v in Axe().run(page).response["violations"]] == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_share_hide_stop_and_who_looked(chromium: Browser, pages_world: World) -> None:
    """On a phone without script; the doctor at a desk. What is stopped is closed for the very next request."""
    phone = chromium.new_context(viewport={"width": 420, "height": 900}, java_script_enabled=False).new_page()
    doctor = chromium.new_context(viewport={"width": 1280, "height": 900}).new_page()
    sign_in(phone, pages_world, "citizen-1")
    sign_in(doctor, pages_world, "clinician-far")
    assert looks(doctor, pages_world) == ""

    phone.click("text=ใครดูได้บ้าง")
    phone.click("main >> text=ให้โรงพยาบาลดู")
    phone.fill("#find", "ไกล")
    phone.click("main button >> text=ค้นหา")
    phone.click(f"main >> text={FAR_NAME}")
    phone.check("text=สุขภาพจิต")
    phone.check("text=จนกว่าฉันจะเลิก")
    phone.click("main button >> text=ยินยอมให้ดู")
    assert FAR_NAME in phone.inner_text("[aria-labelledby=now]")

    doctor.goto(f"{pages_world.address}/care/consent/")
    fits(doctor)
    doctor.click("[aria-labelledby=letting] a")
    everything = looks(doctor, pages_world)
    assert "PENICILLIN" in everything
    assert LOW_SPIRITS.search(everything)

    phone.click("main >> text=ให้ดูน้อยลงหรือเปลี่ยน")
    phone.uncheck("text=สุขภาพจิต")
    phone.click("main button >> text=บันทึก")
    assert "สุขภาพจิต" in phone.inner_text("[aria-labelledby=now]")
    less = looks(doctor, pages_world)
    assert "PENICILLIN" in less
    assert not LOW_SPIRITS.search(less)

    phone.click("main button >> text=หยุดให้ดู")
    assert looks(doctor, pages_world) == ""
    assert "เลิก" in phone.inner_text("table")

    phone.click("text=ใครเปิดดูบ้าง")
    told = phone.inner_text("main")
    assert FAR_NAME in told
    assert "ตามความยินยอมที่ให้ไว้เมื่อ" in told
    phone.context.close()
    doctor.context.close()
    for width in (420, 1280):
        page = chromium.new_context(viewport={"width": width, "height": 900}).new_page()
        sign_in(page, pages_world, "citizen-1")
        page.goto(f"{pages_world.address}/me/who-looked/")
        fits(page)
        page.context.close()


def test_a_scanner_at_the_desk_types_the_code(chromium: Browser, pages_world: World) -> None:
    """It is a keyboard: what it reads goes into the field that waits for it. The patient still has the last word."""
    phone = chromium.new_context(viewport={"width": 420, "height": 900}).new_page()
    doctor = chromium.new_context(viewport={"width": 1280, "height": 900}).new_page()
    sign_in(phone, pages_world, "citizen-1")
    sign_in(doctor, pages_world, "clinician-far")
    phone.goto(f"{pages_world.address}/me/sharing/desk/?facility={FAR}")
    phone.click("main button")
    digits = phone.inner_text("strong.skl-mono").replace(" ", "")
    assert phone.get_attribute("img.skl-qr", "src") == picture(digits)
    fits(phone)
    doctor.goto(f"{pages_world.address}/care/consent/")
    doctor.keyboard.type(digits)
    doctor.keyboard.press("Enter")
    doctor.wait_for_url("**/care/consent/*/")
    assert "รอผู้รับบริการกดยืนยัน" in doctor.inner_text("main")
    assert looks(doctor, pages_world) == ""
    phone.context.close()
    doctor.context.close()
