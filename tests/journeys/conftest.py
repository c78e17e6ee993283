"""The small world of the pages, made once for all tests that look at pages, and a browser to look with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, sync_playwright

from tests.journeys import pages

CHROMIUM = Path("/usr/bin/chromium")  # Debian's; elsewhere Playwright finds its own
ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@pytest.fixture(scope="session")
def pages_world(django_db_setup: None, django_db_blocker: Any) -> Iterator[pages.World]:
    """Three facilities, a grandmother with diabetes, and a web server."""
    with django_db_blocker.unblock(), pages.world() as made:
        yield made


@pytest.fixture(scope="session", autouse=True)
def whole_pages() -> Iterator[None]:
    """A click that leads to another page ends when that page is there. Playwright's own ends when its first byte is,
    and whoever then reads the page, or goes back from it, is sometimes too early (seen twice in 400 journeys).
    """
    click_page, click_part = Page.click, Locator.click

    def on_page(self: Page, *args: Any, **named: Any) -> None:
        click_page(self, *args, **named)
        self.wait_for_load_state()

    def on_part(self: Locator, *args: Any, **named: Any) -> None:
        click_part(self, *args, **named)
        self.page.wait_for_load_state()

    with pytest.MonkeyPatch.context() as changed:
        changed.setattr(Page, "click", on_page)
        changed.setattr(Locator, "click", on_part)
        yield


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One Chromium for a module whose tests leave the database alone: Playwright's loop and Django's do not mix."""
    with sync_playwright() as playwright:
        executable = CHROMIUM if CHROMIUM.exists() else None
        browser = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        yield browser
        browser.close()
