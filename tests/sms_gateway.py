"""An SMS gateway on this machine that behaves as it is told to: takes texts, is slow, fails, sends elsewhere."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

TOKEN = "a-made-up-secret-of-the-gateway"


class FakeGateway(ThreadingHTTPServer):
    """What it was handed, and how it answers.

    status  of the next answers
    drip    seconds between the letters of an answer that never ends; 0: an answer at once
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status, self.drip = 200, 0.0
        self.texts: list[dict[str, str]] = []
        self.raw: list[tuple[dict[str, str], bytes]] = []

    @property
    def address(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.server_port}/send"

    def code(self) -> str:
        """The code that was handed over last."""
        found = [code for one in self.texts for code in re.findall(r"\b[0-9]{6}\b", one["text"])]
        return str(found[-1])


class _Handler(BaseHTTPRequestHandler):
    server: FakeGateway

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.raw.append((dict(self.headers), body))
        if self.server.drip:
            self._drip()
            return
        if self.server.status == 200:
            self.server.texts.append(json.loads(body))
        self.send_response(self.server.status)
        self.send_header("Location", f"http://127.0.0.1:{self.server.server_port}/elsewhere")
        self.end_headers()
        self.wfile.write(b'{"sent": "yes, to another number"' * 3)  # what it says is not read

    def _drip(self) -> None:
        try:
            for letter in b"HTTP/1.1 200 OK\r\nX: " + b"x" * 1000:
                self.wfile.write(bytes([letter]))
                self.wfile.flush()
                time.sleep(self.server.drip)
        except OSError:
            self.close_connection = True

    def log_message(self, *_: Any) -> None:
        """Quiet."""


@contextmanager
def served() -> Iterator[FakeGateway]:
    """A gateway that answers."""
    gateway = FakeGateway()
    Thread(target=gateway.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield gateway
    finally:
        gateway.shutdown()
        gateway.server_close()
