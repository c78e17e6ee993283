"""Take a picture of every page at phone and desktop width, in Thai, from a running demo.

    python tools/screenshots.py http://localhost:8000 FOLDER [--language en] [--only me,receipt]

The pages are found by following the demo itself: sign in as each demo person, open what the pages link to.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

WIDTHS = (420, 1280)
CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@dataclass(frozen=True)
class Shot:
    """A page to take: its name and how to reach it from a signed-in browser."""

    name: str
    role: str | None
    reach: Callable[[Page, str], None]


def _at(path: str) -> Callable[[Page, str], None]:
    def reach(page: Page, base: str) -> None:
        page.goto(base + path)

    return reach


def _follow(path: str, *links: str) -> Callable[[Page, str], None]:
    """Open `path`, then the first link of `main` whose address matches each pattern."""

    def reach(page: Page, base: str) -> None:
        page.goto(base + path)
        for pattern in links:
            addresses = page.eval_on_selector_all("main a[href]", "found => found.map(a => a.href)")
            page.goto(next(a for a in addresses if re.search(pattern, a)))

    return reach


def _search(page: Page, base: str) -> None:
    page.goto(base + "/care/")
    page.fill("input[name=text]", "สม")
    page.click("main button[type=submit]")
    page.wait_for_selector("#found table, #found p")


def _patient(page: Page, base: str) -> None:
    _search(page, base)
    page.click("#found a")


def _asked(page: Page, base: str) -> None:
    page.goto(base + "/developers")
    page.click("main button[type=submit], main form button")


SHOTS = (
    Shot("landing", None, _at("/")),
    Shot("sign-in", None, _at("/demo-signin")),
    Shot("developers", None, _at("/developers")),
    Shot("developers-answer", None, _asked),
    Shot("me", "citizen", _at("/me/")),
    Shot("me-lab", "citizen", _at("/me/?kind=lab")),
    Shot("who-looked", "citizen", _at("/me/who-looked/")),
    Shot("find", "clinician", _search),
    Shot("patient", "clinician", _patient),
    Shot("district", "district", _at("/district/")),
    Shot("indicator", "district", _follow("/district/", r"/district/dm-controlled/")),
    Shot("facility", "district", _follow("/district/", r"/district/dm-controlled/", r"/district/[^/]+/\d{5}/")),
    Shot("people", "district", _follow("/district/", r"/dm-controlled/", r"/district/[^/]+/\d{5}/", r"/people/")),
    Shot("deposits", "steward", _at("/steward/")),
    Shot("receipt", "steward", _follow("/steward/", r"/steward/deposits/\d+/")),
    Shot("problems", "steward", _at("/steward/problems/")),
    Shot("data-age", "steward", _at("/steward/age/")),
    Shot("send", "steward", _at("/steward/send/")),
    Shot("forbidden", "citizen", _at("/steward/")),
    Shot("not-found", None, _at("/no-such-page")),
)


def sign_in(page: Page, base: str, role: str) -> None:
    """Become the first demo person of a role."""
    page.goto(base + "/demo-signin")
    page.click(f"section[aria-labelledby=g-{role}] button")


def take(browser: Browser, base: str, folder: Path, shots: tuple[Shot, ...], language: str) -> Iterator[Path]:
    """Take every shot at every width; yields the files written."""
    for width in WIDTHS:
        for role in {shot.role for shot in shots}:
            page = browser.new_page(viewport={"width": width, "height": 900})
            page.goto(f"{base}/language/{language}")
            if role:
                sign_in(page, base, role)
            for shot in [s for s in shots if s.role == role]:
                shot.reach(page, base)
                page.evaluate("document.fonts.ready")
                path = folder / f"{shot.name}-{width}-{language}.png"
                page.screenshot(path=path, full_page=True)
                yield path
            page.close()


def main() -> None:
    """Read the command line and take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("base")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--language", default="th", choices=["th", "en"])
    parser.add_argument("--only", default="")
    asked = parser.parse_args()
    wanted = set(filter(None, asked.only.split(",")))
    shots = tuple(s for s in SHOTS if not wanted or s.name in wanted)
    asked.folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        executable = CHROMIUM if CHROMIUM.exists() else None
        browser = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        for path in take(browser, asked.base.rstrip("/"), asked.folder, shots, asked.language):
            print(path)
        browser.close()


if __name__ == "__main__":
    main()
