"""The guides for developers, run as they stand: their code blocks, against a running server."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser as Chromium

from tests.journeys.running import Suksala

ROOT = Path(__file__).parents[2]
GUIDES = ROOT / "docs" / "how-to"
NODE_CLIENTS = ROOT / "build" / "node-clients" / "node_modules"
FHIRCLIENT = NODE_CLIENTS / "fhirclient" / "build" / "fhir-client.js"
NAMES = ("from-python", "from-javascript", "with-curl")
BACKEND = "connect-a-backend-service"
SMART = "make-a-smart-app"
_ADDING = re.compile(r"^suksala (client add .+)$", re.MULTILINE)


def blocks(guide: str, language: str) -> list[str]:
    """The code blocks of a guide in one language, in order."""
    name = guide if guide in {BACKEND, SMART} else f"use-fhir-{guide}"
    text = (GUIDES / f"{name}.md").read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def run(served: Suksala, command: list[str], program: Path, text: str) -> str:
    """Run a program of a guide, which must succeed, with a token made by the guide's own command; what it printed.

    The guides in Python and JavaScript hold assertions of their own and print nothing.
    """
    [adding] = _ADDING.findall(blocks(NAMES[0], "sh")[0])
    code, made = served.run(*[word.strip("'") for word in adding.split()])
    assert code == 0, made
    program.write_text(text, encoding="utf-8")
    done = subprocess.run(
        [*command, str(program)],
        env={**os.environ, "FHIR": f"{served.address}/fhir", "TOKEN": made["token"]},
        cwd=program.parent,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, (done.stdout[-2000:], done.stderr[-4000:])
    return done.stdout


def run_backend(served: Suksala, folder: Path) -> dict[str, object]:
    """The guide for backend services: the key is made, registered by the operator, and used; what registering said."""
    making, *using = blocks(BACKEND, "python")
    _python(served, folder, making)
    [adding] = _ADDING.findall(blocks(BACKEND, "sh")[0])
    words = [word.strip("'") for word in adding.replace("public.json", str(folder / "public.json")).split()]
    code, made = served.run(*words)
    assert code == 0, made
    _python(served, folder, "\n".join(using))
    return made


def _python(served: Suksala, folder: Path, text: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", text],
        env={**os.environ, "FHIR": f"{served.address}/fhir"},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, (done.stdout[-2000:], done.stderr[-4000:])


def run_smart(served: Suksala, chromium: Chromium, login: str) -> list[dict[str, Any]]:
    """The guide for SMART apps: registered by the operator, allowed by somebody in a browser; the weights it reads.

    Only the two addresses of the guide are changed to those of here.
    """
    first, second, _ = blocks(SMART, "js")
    with _app({"/": first, "/back": f"{second}\nglobalThis.weights = weights;"}, served.address) as app:
        command = _here(blocks(SMART, "sh")[0], app, served.address).replace("\\\n", " ")
        code, made = served.run(*shlex.split(command)[1:])
        assert code == 0, made
        page = chromium.new_page()
        page.goto(f"{served.address}/demo-signin")
        page.click(f'form:has(input[value="{login}"]) button')
        page.goto(app)
        page.wait_for_url(f"{served.address}/oauth/authorize?*")
        page.click('form:has(input[value="allow"]) button')
        page.wait_for_function("globalThis.weights !== undefined")
        found: list[dict[str, Any]] = page.evaluate("globalThis.weights")
        page.close()
    return found


def prove_in_page(chromium: Chromium, method: str, address: str, token: str) -> str:
    """A proof of a key, made in a page by the block of the guide for SMART apps."""
    _, _, proving = blocks(SMART, "js")
    page = chromium.new_page()
    page.route("https://app.example/", lambda route: route.fulfill(body="<title>app</title>", content_type="text/html"))
    page.goto("https://app.example/")
    made: str = page.evaluate(f"async (said) => {{ {proving}\nreturn proof(...said); }}", [method, address, token])
    page.close()
    return made


def _here(text: str, app: str, server: str) -> str:
    return text.replace("https://app.example", app).replace("https://health.example.go.th", server)


@contextmanager
def _app(pages: Mapping[str, str], server: str) -> Iterator[str]:
    """The origin of an app whose pages load fhirclient as it is on npm and run a block of the guide.

    Truly served: what Playwright answers itself counts as from afar, and may then not ask this machine.
    """

    class Pages(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = urlsplit(self.path).path
            if path == "/fhir-client.js":
                return self._answer("text/javascript", FHIRCLIENT.read_text(encoding="utf-8"))
            block = _here(pages.get(path, ""), app, server)
            library = '<!doctype html><title>app</title><script src="/fhir-client.js"></script>'
            return self._answer("text/html", f'{library}<script type="module">{block}</script>')

        def _answer(self, kind: str, text: str) -> None:
            self.send_response(200)
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: object) -> None:
            """Nothing on the terminal."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Pages) as running:
        app = f"http://127.0.0.1:{running.server_port}"
        thread = Thread(target=running.serve_forever)
        thread.start()
        try:
            yield app
        finally:
            running.shutdown()
            thread.join()
