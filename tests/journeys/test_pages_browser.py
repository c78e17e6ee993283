"""Every page in Chromium, phone and desktop: accessible, no sideways scroll, light, and working without script."""

from __future__ import annotations

import json
from collections.abc import Iterator
from urllib.parse import quote
from urllib.request import urlopen

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page

from suksala.exchange import usage
from tests.deposits import HOSPITAL
from tests.journeys.pages import World

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("pages")]

WIDTHS = (420, 1280)
FIRST_LOAD_BYTES = 100_000  # the citizen page on a country line
PAGES: dict[str, tuple[str | None, str]] = {
    "landing": (None, "/"),
    "sign-in": (None, "/demo-signin"),
    "not-found": (None, "/no-such-page"),
    "developers": (None, "/developers"),
    "usage": (None, "/developers/usage"),
    "account": ("clinician", "/account/"),
    "account-citizen": ("citizen-1", "/account/"),
    "identity": ("citizen-1", "/account/identity/"),
    "enrol-citizen": ("clinician", "/care/{patient}/enrol/"),
    "prove": ("clinician", "/account/prove/"),
    "me": ("citizen-1", "/me/"),
    "me-lab": ("citizen-1", "/me/?kind=lab"),
    "sharing": ("citizen-1", "/me/sharing/"),
    "sharing-give": ("citizen-1", "/me/sharing/give/?find=ไกล"),
    "sharing-give-what": ("citizen-1", f"/me/sharing/give/?facility={HOSPITAL}"),
    "sharing-hide": ("citizen-1", "/me/sharing/hide/"),
    "sharing-desk": ("citizen-1", f"/me/sharing/desk/?facility={HOSPITAL}"),
    "proxy-code": ("citizen-1", "/me/sharing/people/code/"),
    "care-consent": ("clinician", "/care/consent/"),
    "registrations": ("citizen-1", "/me/registrations/"),
    "who-looked": ("citizen-1", "/me/who-looked/"),
    "forbidden": ("citizen-1", "/steward/"),
    "find": ("clinician", "/care/"),
    "patient": ("clinician", "/care/{patient}/"),
    "desk": ("clerk", "/desk/"),
    "desk-registration": ("clerk", "/desk/{patient}/"),
    "emergency": ("clinician", "/care/emergency/"),
    "emergency-openings": ("citizen-1", "/me/emergency/"),
    "district": ("district-1901", "/district/"),
    "indicator": ("district-1901", "/district/dm-controlled/"),
    "indicator-068": ("district-1901", "/district/068.1/"),
    "facility": ("district-1901", f"/district/dm-controlled/{HOSPITAL}/"),
    "people": ("district-1901", f"/district/dm-controlled/{HOSPITAL}/people/"),
    "people-excluded": ("district-1901", f"/district/dm-controlled/{HOSPITAL}/people/?group=excluded"),
    "missing": ("district-1901", "/district/missing/"),
    "missing-person": ("district-1901", "/district/missing/{waiting}/"),
    "deposits": ("steward", "/steward/"),
    "receipt": ("steward", "/steward/deposits/{receipt}/"),
    "refused": ("steward", "/steward/deposits/{refused}/"),
    "problems": ("steward", "/steward/problems/"),
    "data-age": ("steward", "/steward/age/"),
    "network": ("steward", "/steward/network/"),
    "matching": ("steward", "/steward/matching/"),
    "matching-quality": ("steward", "/steward/matching/quality/"),
    "matching-corrections": ("steward", "/steward/matching/corrections/"),
    "matching-answers": ("steward", "/steward/matching/answers/"),
    "matching-whole": ("steward", "/steward/matching/person/{patient}/?on=2026-11-01"),
    "staff-review": ("steward", "/steward/staff/"),
    "staff": ("steward", "/steward/staff/people/"),
    "new-staff": ("steward", "/steward/staff/new/"),
    "staff-accounts": ("steward", f"/steward/staff/accounts/?facility={HOSPITAL}"),
    "staff-account": ("steward", "/steward/staff/accounts/{colleague}/"),
    "send": ("steward", "/steward/send/"),
    "privacy": ("privacy", "/privacy/"),
    "processing": ("privacy", "/privacy/processing/"),
    "breaches": ("privacy", "/privacy/breaches/"),
    "breach": ("privacy", "/privacy/breaches/1/"),
    "new-breach": ("privacy", "/privacy/breaches/new/"),
    "privacy-done": ("privacy", "/privacy/done/"),
    "privacy-protected": ("privacy", "/privacy/protected/"),
    "privacy-notices": ("privacy", "/privacy/notices/"),
}


@pytest.mark.django_db
def test_the_world_is_served(pages_world: World) -> None:
    """Asks for the test database, which the other tests of this file see through the server only."""
    with urlopen(f"{pages_world.address}/health") as answer:
        assert json.load(answer)["database"]["ok"] is True


def path_of(world: World, path: str) -> str:
    places = {"receipt": world.receipt, "refused": world.refused, "waiting": world.waiting}
    return path.format(patient=world.patient, colleague=world.colleague, **places)


def sign_in(page: Page, world: World, login: str) -> None:
    page.goto(f"{world.address}/demo-signin")
    page.click(f"form:has(input[value={login}]) button")


@pytest.fixture
def visitor(chromium: Browser, pages_world: World) -> Iterator[BrowserContext]:
    """A browser with nothing in it, that may speak with our server only."""
    context = chromium.new_context(viewport={"width": 420, "height": 900})
    yield context
    context.close()


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_accessible_fits_and_asks_nobody_else(pages_world: World, visitor: BrowserContext, name: str) -> None:
    """0 axe violations, one h1, no sideways scroll, no breach of the content policy, no request to another site.

    In Thai at both widths; the English twin, whose words are longer, must fit the phone.
    """
    login, path = PAGES[name]
    page = visitor.new_page()
    errors: list[str] = []
    asked: list[str] = []
    if login:
        sign_in(page, pages_world, login)
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    page.on("request", lambda request: asked.append(request.url))
    for language, width in (("th", 1280), ("th", 420), ("en", 420)):
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(f"{pages_world.address}/language/{language}?next={quote(path_of(pages_world, path), safe='')}")
        assert page.get_attribute("html", "lang") == language
        assert page.locator("h1").count() == 1
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        if language == "th":
            broken = Axe().run(page).response["violations"]
            assert [(v["id"], v["nodes"][0]["target"]) for v in broken] == []
    assert [url for url in asked if not url.startswith((pages_world.address, "data:"))] == []
    assert [e for e in errors if "status of 40" not in e] == []  # the 403 and 404 pages are meant


def test_the_citizen_page_is_light_at_first_load(pages_world: World, visitor: BrowserContext) -> None:
    """All bytes over the line for a first visit to the record: page, style, fonts, script, icon (≤ 100 kB)."""
    page = visitor.new_page()
    sign_in(page, pages_world, "citizen-1")
    cookies = visitor.cookies()
    fresh = visitor.browser.new_context(viewport={"width": 420, "height": 900})  # type: ignore[union-attr]
    fresh.add_cookies(cookies)  # type: ignore[arg-type]
    page = fresh.new_page()
    wire = fresh.new_cdp_session(page)
    sizes: list[int] = []
    wire.on("Network.loadingFinished", lambda event: sizes.append(int(event["encodedDataLength"])))
    wire.send("Network.enable")
    page.goto(f"{pages_world.address}/me/", wait_until="networkidle")
    page.evaluate("document.fonts.ready")
    fresh.close()
    assert len(sizes) >= 6  # page, style, script, four fonts less those a page does not need
    assert sum(sizes) <= FIRST_LOAD_BYTES, sizes


def test_the_citizens_page_works_without_script(chromium: Browser, pages_world: World) -> None:
    """Sign in, filter, open a source, turn the page, switch the language, sign out."""
    context = chromium.new_context(java_script_enabled=False, viewport={"width": 420, "height": 900})
    page = context.new_page()
    sign_in(page, pages_world, "citizen-1")
    assert page.url == f"{pages_world.address}/me/"
    page.click("a[rel=next]")
    assert "page=2" in page.url
    page.select_option("#kind", "lab")
    page.click("form.skl-filters button")
    assert "kind=lab" in page.url
    page.locator(".skl-timeline summary").first.click()
    assert page.locator(".skl-timeline details[open] li").first.is_visible()
    page.click("text=English")
    assert page.locator("h1").inner_text() == "My health record"
    page.click("text=Sign out")
    assert page.url == f"{pages_world.address}/"
    context.close()


def test_a_developer_asks_without_script(chromium: Browser, pages_world: World) -> None:
    """The base of the API in a browser is the page; an example, the demo token, the answer; no token in any address."""
    context = chromium.new_context(java_script_enabled=False, viewport={"width": 420, "height": 900})
    page = context.new_page()
    addresses: list[str] = []
    page.on("request", lambda request: addresses.append(request.url))
    page.goto(f"{pages_world.address}/fhir")
    assert page.locator("h1").inner_text() == "สำหรับนักพัฒนา"
    page.click("text=ความดันโลหิต")
    assert page.input_value("#address").startswith("Observation?code=85354-9")
    page.click("main button")
    assert "200 OK" in page.locator("#answer").inner_text()
    assert '"resourceType": "Bundle"' in page.locator(".skl-code >> nth=1").inner_text()
    page.click("text=English")
    assert page.locator("h1").inner_text() == "For developers"
    assert [url for url in addresses if "skl_" in url] == []
    context.close()


def test_an_answer_is_accessible_and_fits(pages_world: World, visitor: BrowserContext) -> None:
    """With long lines and a long body, by keyboard too: what scrolls can be focused."""
    page = visitor.new_page()
    page.goto(f"{pages_world.address}/developers")
    page.click("main button")
    assert Axe().run(page).response["violations"] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 420


def test_the_use_of_a_client_is_accessible_and_fits(
    pages_world: World, chromium: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After its token, on a phone and on a desk, in both languages; a table beside the chart."""
    monkeypatch.setattr(usage.Seconds, "until_written", 0.05)
    for width in WIDTHS:
        context = chromium.new_context(viewport={"width": width, "height": 900})
        page = context.new_page()
        page.goto(f"{pages_world.address}/developers")
        page.click("main button")  # one request to be counted
        page.wait_for_timeout(500)
        for language in ("th", "en"):
            page.goto(f"{pages_world.address}/language/{language}?next=/developers/usage")
            page.click("main button")
            assert page.locator("svg").count() > 0
            assert page.locator("#kinds").count() == 1
            page.locator("main details summary").click()
            assert page.locator("main details tbody tr").count() == 30
            assert Axe().run(page).response["violations"] == []
            assert page.evaluate("document.documentElement.scrollWidth") <= width
        context.close()


def test_the_search_works_without_script(chromium: Browser, pages_world: World) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    sign_in(page, pages_world, "clinician")
    page.fill("#text", "มะลิ")
    page.click("main button")
    page.click("#found a")
    assert page.locator("h1").inner_text() == "นาย มะลิ ใจดี"  # PRENAME 003
    context.close()


def test_with_script_the_search_shows_its_answer_in_place(pages_world: World, visitor: BrowserContext) -> None:
    page = visitor.new_page()
    sign_in(page, pages_world, "clinician")
    page.fill("#text", "มะลิ")
    page.click("main button")
    page.wait_for_selector("#found a")
    assert page.url == f"{pages_world.address}/care/"
    page.fill("#text", "ม")
    page.click("main button")
    page.wait_for_selector("#found .nhsuk-error-message")


def test_a_name_that_is_a_script_does_not_run(pages_world: World, visitor: BrowserContext) -> None:
    page = visitor.new_page()
    opened: list[str] = []
    page.on("dialog", lambda dialog: opened.append(dialog.message))
    sign_in(page, pages_world, "clinician")
    page.fill("#text", "000002")
    page.click("main button")
    page.wait_for_selector("#found a")
    assert "<script>" in page.locator("#found").inner_text().lower()  # Latin letters of names are kept as capitals
    assert opened == []


def test_thai_is_set_in_our_own_font(pages_world: World, visitor: BrowserContext) -> None:
    page = visitor.new_page()
    page.goto(f"{pages_world.address}/")
    page.evaluate("document.fonts.ready")
    loaded = page.evaluate("JSON.stringify([...document.fonts].filter(f => f.status == 'loaded').map(f => f.family))")
    assert '"Noto Sans Thai Looped"' in {json.dumps(name) for name in json.loads(loaded)} or "Noto" in loaded
    assert page.evaluate("getComputedStyle(document.body).fontFamily").startswith('"Noto Sans Thai Looped"')
