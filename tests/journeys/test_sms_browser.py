"""A grandmother leaves her number, loses her passkey, and looks into her record by a code, in Chromium, without script
where none is needed (S1.28, T12).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest
from django.db import connections
from playwright.sync_api import Browser, BrowserContext, CDPSession

from suksala import identity, signin
from suksala.foundation import settings
from suksala.signin import sms
from tests.deposits import HOSPITAL
from tests.journeys.pages import World
from tests.journeys.test_sign_in import look, test_the_world_is_served
from tests.people import mali, number
from tests.sms_gateway import TOKEN, FakeGateway, served

__all__ = ["test_the_world_is_served"]  # asks for the test database before a browser is there
pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("pages")]
Beside = Callable[[Callable[[], Any]], Any]


@pytest.fixture
def beside(django_db_blocker: Any) -> Beside:
    """Do something with the database in a thread of its own: Playwright's loop holds this one."""

    def do(what: Callable[[], Any]) -> Any:
        def done() -> Any:
            with django_db_blocker.unblock():
                try:
                    return what()
                finally:
                    connections.close_all()

        with ThreadPoolExecutor(1) as thread:
            return thread.submit(done).result()

    return do


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeGateway]:
    """One that the operator set up."""
    with served() as running:
        monkeypatch.setenv("SUKSALA_SMS_GATEWAY", running.address)
        monkeypatch.setenv("SUKSALA_SMS_TOKEN", TOKEN)
        settings.forget()
        yield running
    monkeypatch.undo()
    settings.forget()


@pytest.fixture
def telephone(chromium: Browser) -> Iterator[BrowserContext]:
    """Hers."""
    context = chromium.new_context(viewport={"width": 420, "height": 900})
    yield context
    context.close()


def enrolled() -> str:
    """At the desk, with her card; the code that she is given."""
    grandmother = mali("sms-1", number=number(88), given="ทองคำ", family="สุขใจ", birth=date(1950, 3, 4))
    identity.link(HOSPITAL, [grandmother])
    return signin.enrol_citizen(identity.person_of(HOSPITAL, "sms-1"), by=signin.demo_account("clinician"))


def passkeys(wire: CDPSession) -> str:
    """A device that verifies its user by finger; its number, to take it away by."""
    wire.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    made = wire.send(
        "WebAuthn.addVirtualAuthenticator",
        {"options": {**options, "isUserVerified": True, "automaticPresenceSimulation": True}},
    )
    return str(made["authenticatorId"])


def test_a_number_is_left_and_a_code_opens_the_record(
    pages_world: World, telephone: BrowserContext, gateway: FakeGateway, beside: Beside
) -> None:
    """From the desk to the record without a passkey; to share she is asked for more."""
    page, address = telephone.new_page(), pages_world.address.replace("127.0.0.1", "localhost")
    refused: list[str] = []
    page.on("console", lambda said: refused.append(said.text) if "Content Security Policy" in said.text else None)
    wire = telephone.new_cdp_session(page)
    passkey = passkeys(wire)
    page.goto(f"{address}/signin/code")
    page.fill("#code", beside(enrolled))
    page.click("main button")
    page.fill("#name", "โทรศัพท์ของยาย")
    page.click("main button")
    page.wait_for_url(f"{address}/account/")
    look(page)
    page.click("text=ลงเบอร์มือถือ")
    look(page)
    page.fill("#number", "02-280-3432")
    page.click("main button")
    assert "ไม่ใช่เบอร์มือถือไทย" in page.locator(".nhsuk-error-summary").inner_text()
    look(page)
    page.fill("#number", "000-415-2635")
    page.click("main button")
    page.wait_for_url(f"{address}/account/telephone/code")
    look(page)
    beside(sms.send_due)
    page.fill("#code", gateway.code())
    page.click("main button")
    assert "ลงท้ายด้วย 2635" in page.locator("[aria-labelledby=telephone]").inner_text()
    look(page)
    page.click("header >> text=ออกจากระบบ")
    wire.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": passkey})

    page.goto(f"{address}/signin")
    look(page)
    page.click("text=รับรหัสทาง SMS")
    look(page)
    page.click("text=ส่งรหัสให้ฉัน")
    page.wait_for_url(f"{address}/signin/sms/code")
    look(page)
    page.fill("#code", "12")
    page.click("main button >> text=เข้าสู่ระบบ")
    assert "รหัสนี้ใช้ไม่ได้" in page.locator(".nhsuk-error-summary").inner_text()
    look(page)
    beside(sms.send_due)
    page.fill("#code", gateway.code().translate(str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙")))
    page.click("main button >> text=เข้าสู่ระบบ")
    page.wait_for_url(f"{address}/me/")
    page.goto(f"{address}/account/passkeys/add")
    assert "/account/prove/" in page.url
    assert "ท่านเข้าด้วยรหัส SMS" in page.inner_text("main")
    look(page)
    assert refused == []


def test_without_script_a_stranger_sees_the_same_page(
    chromium: Browser, pages_world: World, gateway: FakeGateway
) -> None:
    """Forms alone; nobody is bound to this browser, and no text goes out."""
    context = chromium.new_context(java_script_enabled=False, viewport={"width": 420, "height": 900})
    page = context.new_page()
    page.goto(f"{pages_world.address}/signin/sms")
    page.click("text=ส่งรหัสให้ฉัน")
    assert page.url == f"{pages_world.address}/signin/sms/code"
    assert "ถ้าเครื่องนี้รับรหัสได้" in page.inner_text("main")
    page.fill("#code", "123456")
    page.click("main button >> text=เข้าสู่ระบบ")
    assert "รหัสนี้ใช้ไม่ได้" in page.locator(".nhsuk-error-summary").inner_text()
    page.click("main button >> text=ขอรหัสใหม่")
    assert page.url == f"{pages_world.address}/signin/sms/code"
    assert gateway.raw == []
    context.close()
