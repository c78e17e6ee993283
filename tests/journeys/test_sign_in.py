"""Joining, a passkey, the lock and a shared computer in Chromium, whose virtual authenticator plays the telephone."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.request import urlopen

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db import connections
from playwright.sync_api import Browser, BrowserContext, Page

from suksala import signin
from suksala.foundation import settings
from suksala.signin import oidc
from tests.deposits import HOSPITAL
from tests.identity_provider import FakeProvider, served
from tests.journeys.pages import World

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("pages")]


@pytest.fixture(scope="module")
def code(pages_world: World, django_db_blocker: Any) -> str:
    """What the operator gives a new colleague; in a thread of its own, for Playwright's loop holds this one."""

    def join() -> str:
        with django_db_blocker.unblock():
            try:
                return signin.add_account(
                    "somchai.k",
                    role="clinician",
                    display_th="นพ.สมชาย สมมติ",
                    display_en="Dr Somchai",
                    facility=HOSPITAL,
                    actor="system:operator",
                )
            finally:
                connections.close_all()

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(join).result()


@pytest.fixture(scope="module")
def provider(pages_world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A hospital's own provider, at which everybody says yes."""
    with served(FakeProvider()) as made, pytest.MonkeyPatch.context() as changed:
        path = tmp_path_factory.mktemp("providers") / "providers.toml"
        path.write_text(made.set_up(), encoding="utf-8")
        changed.setenv("SUKSALA_PROVIDERS", str(path))
        settings.forget()
        oidc.forget()
        yield
    settings.forget()
    oidc.forget()


@pytest.fixture
def visitor(chromium: Browser) -> Iterator[BrowserContext]:
    """A browser with nothing in it."""
    context = chromium.new_context(viewport={"width": 420, "height": 900})
    yield context
    context.close()


@pytest.mark.django_db
def test_the_world_is_served(pages_world: World) -> None:
    """Asks for the test database, which the other tests of this file see through the server only."""
    with urlopen(f"{pages_world.address}/signin") as answer:
        assert answer.status == 200


def with_telephone(page: Page) -> None:
    """A device that verifies its user by finger, as the browser sees it."""
    wire = page.context.new_cdp_session(page)
    wire.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    wire.send(
        "WebAuthn.addVirtualAuthenticator",
        {"options": {**options, "isUserVerified": True, "automaticPresenceSimulation": True}},
    )


def look(page: Page) -> None:
    """0 axe violations and no sideways scroll, on a telephone and on a desk."""
    for width in (1280, 420):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        broken = Axe().run(page).response["violations"]
        assert [(v["id"], v["nodes"][0]["target"]) for v in broken] == []


def test_a_colleague_joins_signs_in_and_hands_the_computer_over(
    pages_world: World, visitor: BrowserContext, code: str, provider: None
) -> None:
    """Code, passkey, an outside account that is connected, work; signed out and in by one touch; the shared computer
    changes hands.
    """
    page, address = visitor.new_page(), pages_world.address.replace("127.0.0.1", "localhost")
    refused: list[str] = []
    page.on("console", lambda said: refused.append(said.text) if "Content Security Policy" in said.text else None)
    with_telephone(page)
    page.goto(f"{address}/signin")
    look(page)
    page.click("text=ใส่รหัสลงทะเบียน")
    look(page)
    page.fill("#code", code.lower())
    page.click("main button")
    assert page.url == f"{address}/account/passkeys/add"
    look(page)
    page.goto(f"{address}/care/")
    assert page.url == f"{address}/account/passkeys/add"
    page.fill("#name", "โทรศัพท์ของฉัน")
    page.click("main button")
    page.wait_for_url(f"{address}/account/")
    assert page.locator("text=โทรศัพท์ของฉัน").is_visible()
    look(page)
    page.click("[aria-label='เชื่อม โรงพยาบาลสมมติ']")
    look(page)
    page.click("text=ไปที่ โรงพยาบาลสมมติ")
    page.wait_for_url(f"{address}/account/")
    assert page.locator("[aria-label='ยกเลิกการเชื่อม โรงพยาบาลสมมติ']").is_visible()
    look(page)
    page.goto(f"{address}/account/prove/?next=/account/identity/")
    look(page)
    page.click("text=ยืนยันด้วย โรงพยาบาลสมมติ")
    page.wait_for_url(f"{address}/account/identity/")
    page.goto(f"{address}/account/password")
    look(page)
    page.goto(f"{address}/account/prove/?next=/care/")
    look(page)
    page.click("form[data-passkey] button")
    page.wait_for_url(f"{address}/care/")
    page.goto(f"{address}/account/")
    page.click("text=เปลี่ยนผู้ใช้เครื่องนี้")
    page.goto(f"{address}/signin")
    page.click("form[data-passkey] button")
    page.wait_for_url(f"{address}/care/")
    assert refused == []


def test_without_a_telephone_the_page_says_so_and_nobody_is_in(pages_world: World, visitor: BrowserContext) -> None:
    """The answer of the browser is shown in words; without script there is a sentence too."""
    page, address = visitor.new_page(), pages_world.address.replace("127.0.0.1", "localhost")
    page.add_init_script("navigator.credentials.get = () => Promise.reject(new Error('cancelled'))")
    page.goto(f"{address}/signin")
    page.click("form[data-passkey] button")
    page.locator("[data-passkey-none]").wait_for(state="visible")
    look(page)
    assert page.url == f"{address}/signin"


def test_a_password_is_pasted(pages_world: World, visitor: BrowserContext) -> None:
    """From a password manager or the clipboard (ASVS V6.2.7); browsers are told which field holds what."""
    page, address = visitor.new_page(), pages_world.address.replace("127.0.0.1", "localhost")
    page.goto(f"{address}/signin")
    page.click("details summary")
    page.fill("#login", "four words of a manager")
    page.press("#login", "Control+A")
    page.press("#login", "Control+C")
    page.press("#password", "Control+V")
    assert page.input_value("#password") == "four words of a manager"
    told = [page.get_attribute(f"#{name}", "autocomplete") for name in ("login", "password", "code")]
    assert told == ["username", "current-password", "one-time-code"]


def test_the_forms_work_without_script(chromium: Browser, pages_world: World) -> None:
    """A refusal is a sentence at the head of the page."""
    context = chromium.new_context(java_script_enabled=False, viewport={"width": 420, "height": 900})
    page, address = context.new_page(), pages_world.address.replace("127.0.0.1", "localhost")
    page.goto(f"{address}/signin")
    assert page.locator("noscript").count() == 1
    page.click("details summary")
    page.fill("#login", "nobody")
    page.fill("#password", "nothing at all like it")
    page.fill("#code", "123456")
    page.click("details button")
    assert "ยืนยันตัวตนไม่สำเร็จ" in page.locator(".nhsuk-error-summary").inner_text()
    context.close()
