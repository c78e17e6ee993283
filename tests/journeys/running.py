"""A running Suksala for journeys: `suksala demo` in a folder of its own, used as a browser and a shell would."""

from __future__ import annotations

import csv
import http.cookiejar
import io
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Any

START_SECONDS = 600


def free_port() -> int:
    """A loopback port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Browser:
    """One visitor with cookies; pages come back as text whatever their status."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.status = 0
        jar = http.cookiejar.CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))

    def get(self, path: str, **headers: str) -> str:
        """The body at `path`; `status` tells how it went."""
        return self._open(urllib.request.Request(self.address + path, headers=headers))

    def post(self, path: str, **fields: str) -> str:
        """Fill in the form at `path` and send it."""
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.get(path))
        data = {**fields, "csrfmiddlewaretoken": token[1] if token else ""}
        body = urllib.parse.urlencode(data).encode()
        return self._open(urllib.request.Request(self.address + path, data=body, headers={"Referer": self.address}))

    def send(self, path: str, **fields: str) -> str:
        """Send a form to an endpoint that shows none."""
        return self._open(urllib.request.Request(self.address + path, data=urllib.parse.urlencode(fields).encode()))

    def table(self, path: str) -> list[dict[str, str]]:
        """A CSV download as rows."""
        return list(csv.DictReader(io.StringIO(self.get(path).removeprefix("\ufeff"))))

    def _open(self, request: urllib.request.Request) -> str:
        try:
            with self._opener.open(request, timeout=60) as answer:
                self.status = answer.status
                return str(answer.read().decode())
        except urllib.error.HTTPError as error:
            self.status = error.code
            return error.read().decode()


class Suksala:
    """`suksala demo` on a free port with an embedded cluster of its own; stopped and gone afterwards."""

    def __init__(self, folder: Path, *, people: int, seed: int) -> None:
        self.folder = folder
        self.people = people
        self.seed = seed
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.truth = folder / "demo" / "truth"
        self.zips = folder / "demo" / "zips"
        self.printed = folder.with_suffix(".printed")

    def __enter__(self) -> Suksala:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Build what is not built yet and serve; returns when the pages answer."""
        command = ["demo", "--people", str(self.people), "--seed", str(self.seed), "--port", str(self.port)]
        with self.printed.open("a") as out:
            self.process = subprocess.Popen(
                [*self._suksala, *command, "--data", str(self.folder)],
                env=self._env,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._wait()

    def stop(self) -> None:
        """Ask it to stop, as Ctrl-C does, and wait."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(60)

    def run(self, *arguments: str) -> tuple[int, Any]:
        """Run a verb with --json beside the running server; returns its exit code and its document."""
        done = subprocess.run(
            [*self._suksala, *arguments, "--json"],
            env=self._env,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        return done.returncode, json.loads(done.stdout) if done.stdout.strip() else done.stderr

    def signed_in(self, login: str) -> Browser:
        """A browser in which the made-up person `login` has signed in."""
        browser = Browser(self.address)
        browser.post("/demo-signin", login=login)
        assert browser.status == 200, login
        return browser

    def token(self) -> str:
        """The demo FHIR token that the start printed."""
        found = re.findall(r"Bearer (\S+)'", self.printed.read_text())
        return str(found[-1])

    def logins(self, role: str) -> list[str]:
        """Made-up people of a role, as the start printed them."""
        return re.findall(rf"^  {role} +(\S+)", self.printed.read_text(), re.MULTILINE)

    def expected(self, name: str) -> list[dict[str, str]]:
        """A table of truth/."""
        with (self.truth / name).open(encoding="utf-8", newline="") as lines:
            return list(csv.DictReader(lines))

    @property
    def _suksala(self) -> list[str]:
        return [sys.executable, "-m", "suksala"]

    @property
    def _env(self) -> dict[str, str]:
        """This process's environment without what points to the other tests' database."""
        ours = {"DATABASE_URL", "DJANGO_SETTINGS_MODULE", "SUKSALA_MASTER_KEY", "SUKSALA_TEST_ROOT", "SUKSALA_DEMO"}
        kept = {name: value for name, value in os.environ.items() if name not in ours}
        return {**kept, "SUKSALA_DATA": str(self.folder), "PYTHONUNBUFFERED": "1"}

    def _wait(self) -> None:
        until = time.monotonic() + START_SECONDS
        browser = Browser(self.address)
        while time.monotonic() < until:
            assert self.process.poll() is None, self.printed.read_text()[-4000:]
            try:
                browser.get("/health")
            except OSError:
                time.sleep(0.3)
                continue
            if browser.status == 200 and "Ctrl-C" in self.printed.read_text():
                return
            time.sleep(0.3)
        raise AssertionError(f"not serving after {START_SECONDS} s:\n{self.printed.read_text()[-4000:]}")
