"""Everything at once that has to hold at the 72nd hour: a page in a browser, the servers behind it, what lies on the
disk, what was logged, what was backed up in hour 1 and restored (T03).

`suksala up` serves; only the clocks are the test's, of every process of ours and of the database.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus
from urllib.request import urlopen

import psycopg
import pytest
from playwright.sync_api import BrowserContext, Page, sync_playwright

from suksala.consent import EMERGENCY_LASTS
from suksala.operations import Cluster
from tests.journeys.conftest import ARGUMENTS, CHROMIUM
from tests.journeys.running import free_port
from tests.journeys.served_life import JOINED, UNIT
from tests.journeys.test_breaking_the_glass import fill
from tests.journeys.test_emergency_backup import hits, restore, take_backup

pytestmark = [pytest.mark.journey, pytest.mark.browser]
ROOT = Path(__file__).parents[2]
START_SECONDS = 120.0
SWEPT_WITHIN_SECONDS = 300.0
# Found before PostgreSQL's own, so the database too says what time the test wants.
TURNED = (
    "CREATE SCHEMA turned",
    "CREATE TABLE turned.moment (at timestamptz)",
    "CREATE FUNCTION turned.clock_timestamp() RETURNS timestamptz LANGUAGE sql AS "
    "'SELECT coalesce((SELECT at FROM turned.moment), pg_catalog.clock_timestamp())'",
    "GRANT USAGE ON SCHEMA turned TO PUBLIC",
    "GRANT SELECT ON turned.moment TO PUBLIC",
    "ALTER DATABASE suksala SET search_path = turned, pg_catalog, public",
)


class Site:
    """A machine: data, keys beside them, temporary files, a browser's profile, a place for backups."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.cluster = Cluster(home / "data")
        self.address = ""
        (home / "tmp").mkdir()

    def env(self, data: str = "data", keys: str = "keys", **more: str) -> dict[str, str]:
        """The environment of every process of ours."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("SUKSALA_", "DATABASE_"))}
        return kept | {
            "SUKSALA_DATA": str(self.home / data),
            "SUKSALA_EPOCH_KEYS": str(self.home / keys),
            "SUKSALA_TEST_CLOCK": str(self.home / "moment"),
            "SUKSALA_DEMO": "1",
            "TMPDIR": str(self.home / "tmp"),
            "PYTHONPATH": f"{Path(__file__).parent / 'turned'}:{ROOT / 'src'}:{ROOT}",
            "PYTHONUNBUFFERED": "1",
            "DJANGO_SETTINGS_MODULE": "suksala.foundation.django_settings",
            **more,
        }

    def steps(self, *names: str, **where: str) -> list[Any]:
        """Steps of `served_life` in a process of its own."""
        run = [sys.executable, "-m", "tests.journeys.served_life", *names]
        done = subprocess.run(
            run, env=self.env(**where), cwd=ROOT, capture_output=True, text=True, check=False, timeout=300
        )
        assert done.returncode == 0, done.stderr[-3000:]
        told: list[Any] = json.loads(done.stdout.splitlines()[-1])
        return told

    def asked(self, *statements: str) -> list[tuple[Any, ...]]:
        """Statements as the superuser; the rows of the last."""
        with psycopg.connect(self.cluster.address("suksala", "postgres"), autocommit=True) as connection:
            for statement in statements:
                found = connection.execute(statement.encode())
            return found.fetchall() if found.description else []

    def turn(self, moment: datetime) -> None:
        """All clocks of the machine stand at this moment."""
        self.asked("DELETE FROM turned.moment", f"INSERT INTO turned.moment VALUES ('{moment.isoformat()}')")
        self.turn_ours(moment)

    def turn_ours(self, moment: datetime) -> None:
        """The clock of every process of ours stands at this moment."""
        new = self.home / "moment.new"
        new.write_text(moment.isoformat())
        new.replace(self.home / "moment")

    @contextmanager
    def served(self) -> Iterator[None]:
        """`suksala up`, as an operator has it; what it prints is kept."""
        port = free_port()
        self.address = f"http://127.0.0.1:{port}"
        run = [sys.executable, "-m", "suksala", "up", "--port", str(port), "--data", str(self.home / "data")]
        with (self.home / "printed").open("ab") as out:
            server = subprocess.Popen(run, env=self.env(), cwd=ROOT, stdout=out, stderr=out, start_new_session=True)
        try:
            self._wait(server)
            yield
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(60)

    def _wait(self, server: subprocess.Popen[bytes]) -> None:
        until = time.monotonic() + START_SECONDS
        while "serving on" not in (self.home / "printed").read_text():
            assert server.poll() is None, (self.home / "printed").read_text()[-3000:]
            assert time.monotonic() < until, "not serving"
            time.sleep(0.2)
        with urlopen(f"{self.address}/health") as answer:
            assert json.load(answer)["database"]["ok"] is True


@pytest.fixture
def site() -> Iterator[Site]:
    """A machine of its own; the database's user may pass."""
    home = Path(tempfile.mkdtemp(prefix="suksala-72h-"))
    home.chmod(0o755)
    yield Site(home)
    for data in (home / "data", home / "restored"):
        cluster = Cluster(data)
        if cluster.running():
            cluster.start().stop()
    shutil.rmtree(home, ignore_errors=True)


@contextmanager
def browser(site: Site) -> Iterator[BrowserContext]:
    """A Chromium that keeps its profile on the disk."""
    with sync_playwright() as playwright:
        executable = CHROMIUM if CHROMIUM.exists() else None
        context = playwright.chromium.launch_persistent_context(
            site.home / "profile", executable_path=executable, args=ARGUMENTS, env=site.env()
        )
        yield context
        context.close()


def signed_in(page: Page, site: Site) -> None:
    """The doctor proves who they are: no session lasts for 72 hours."""
    page.goto(f"{site.address}/demo-signin")
    page.click("form:has(input[value=doctor]) button")


def wait_until_swept(site: Site) -> None:
    """No copy is left in the database, and no key: the chore ends the one before the other, and notes a moment then."""
    until = time.monotonic() + SWEPT_WITHIN_SECONDS
    while site.asked("SELECT count(*) FROM consent_copy") != [(0,)] or list((site.home / "keys").glob("*.key")):
        assert time.monotonic() < until
        time.sleep(0.5)


def opened_in_hour_one(site: Site, page: Page, number: str) -> tuple[datetime, str]:
    """She is opened and shown; an hour later the operator takes a backup. When it began, and the key as it lies."""
    signed_in(page, site)
    page.goto(f"{site.address}/care/emergency/")
    fill(page, number)
    page.click("main form button")
    assert JOINED in page.content()
    [(began,)] = site.asked("SELECT started_at FROM consent_grant")
    site.turn(began + timedelta(hours=1))
    take_backup(site.home, "hour-1")
    [key] = (site.home / "keys").glob("*.key")
    return began, key.read_bytes().hex()


def shown_until(site: Site, page: Page, end: datetime) -> None:
    """At 71:59:59 the page shows her; at 72:00:00 it is refused, told to forget, and everything is destroyed."""
    record = page.url
    site.turn(end - timedelta(seconds=1))
    signed_in(page, site)
    page.goto(record)
    assert JOINED in page.content()
    site.turn(end)
    over = page.goto(record)
    assert over is not None
    assert (over.status, over.header_value("clear-site-data")) == (410, '"cache", "storage"')
    assert UNIT not in page.content()
    page.go_back()
    assert UNIT not in page.content()
    wait_until_swept(site)


def everywhere(home: Path, what: str) -> dict[str, list[str]]:
    """The files that hold a text, as browsers and servers write it, by place."""
    spelt = (what.encode(), what.encode("utf-16-le"), quote(what).encode(), quote_plus(what).encode())
    places = [path for path in home.iterdir() if path.is_dir()]
    found = {place.name: sorted({name for one in spelt for name in hits(place, one)}) for place in places}
    return {"printed": [UNIT] if UNIT in (home / "printed").read_text() else [], **found}


def test_at_72_hours_nothing_of_what_was_shown_is_anywhere(site: Site) -> None:
    """Opened, backed up in hour 1, shown at 71:59:59, refused at 72:00:00; looked for in every byte; restored."""
    [number] = site.steps("fill")
    site.cluster.start()
    try:
        site.asked(*TURNED)
        with site.served(), browser(site) as context:
            page = context.new_page()
            began, key = opened_in_hour_one(site, page, number)
            shown_until(site, page, began + EMERGENCY_LASTS)
        site.asked("CHECKPOINT", "SELECT pg_switch_wal()")
        take_backup(site.home, "hour-72")
    finally:
        site.cluster.stop()

    joined, apart = everywhere(site.home, JOINED), everywhere(site.home, UNIT)
    assert set(joined) == {"printed", "data", "keys", "tmp", "profile", "hour-1", "hour-72"}
    assert {place: files for place, files in joined.items() if files} == {}
    # What the hospital itself sent stays in its record, so the look does find things: there, and nowhere else.
    assert [place for place, files in sorted(apart.items()) if files] == ["data", "hour-1", "hour-72"]
    for logs in (site.home / "data" / "logs", site.cluster.pgdata / "log"):
        assert (bool(list(logs.iterdir())), hits(logs, UNIT.encode())) == (True, [])
    assert len([path for path in (site.home / "profile").rglob("*") if path.is_file()]) > 10

    restore(site.home, "hour-1")
    site.turn_ours(began + timedelta(hours=1))  # as the restored database's stands: whoever restores sets them all back
    opened, said = site.steps("unseal", "read", data="restored", SUKSALA_TEST_KEY=key)
    assert opened is True  # the sealed copy did come back: its key alone is gone
    [elsewhere] = site.steps("read", data="restored", keys="of-another-machine")
    assert {said, elsewhere} <= {"SKL-GRANT-010", "SKL-GRANT-013"}
