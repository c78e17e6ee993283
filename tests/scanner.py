"""A stand-in for ClamAV's clamd that speaks INSTREAM as clamd(8) describes it, and knows the specimen of EICAR only."""

from __future__ import annotations

import socketserver
import struct
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from suksala.foundation.scanning import SPECIMEN


class Clamd(socketserver.ThreadingUnixStreamServer):
    """What it was given, and what it says instead of a verdict."""

    daemon_threads = True

    def __init__(self, place: Path) -> None:
        self.place = place
        self.got: list[bytes] = []
        self.says: bytes | None = None
        super().__init__(str(place), _Line)


class _Line(socketserver.StreamRequestHandler):
    server: Clamd

    def handle(self) -> None:
        assert self.rfile.read(10) == b"zINSTREAM\0"
        content = b""
        while size := struct.unpack("!L", self.rfile.read(4))[0]:
            content += self.rfile.read(size)
        self.server.got.append(content)
        verdict = b"stream: Eicar-Test-Signature FOUND\0" if content.startswith(SPECIMEN) else b"stream: OK\0"
        self.wfile.write(verdict if self.server.says is None else self.server.says)


@contextmanager
def clamd() -> Iterator[Clamd]:
    """A running one; its folder is short, as the path of a socket must be."""
    with tempfile.TemporaryDirectory(prefix="clamd-") as folder, Clamd(Path(folder) / "ctl") as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()
