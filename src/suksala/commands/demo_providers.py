"""The demo's made-up ThaiD and Provider ID: served on this machine beside the demo, and gone with it."""

from __future__ import annotations

import csv
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from suksala import operations
from suksala.foundation import clock, settings

if TYPE_CHECKING:
    from suksala.simulation import MadeUpIdentity, MadeUpProvider

MOST_FORM = 64 * 1024
SECONDS = 10.0  # for a caller to send its request


@contextmanager
def made_up_providers(server: operations.Server, world: Path) -> Iterator[None]:
    """While it lasts one can sign in through made-up ThaiD and Provider ID; settings name them.

    Not where the operator set up providers of their own, or where browsers come from other machines: it listens here.
    """
    now = settings.current()
    if not now.demo or now.identity_providers is not None or now.public_url:
        yield
        return
    path = world / "providers.toml"
    callers = (server.address, f"http://127.0.0.1:{server.port}")
    with _serving(callers, _citizens(world), _staff()) as provider:
        path.unlink(missing_ok=True)
        path.touch(mode=0o600)  # it holds a secret, though a made-up one
        path.write_text(provider.set_up(), encoding="utf-8")
        os.environ["SUKSALA_PROVIDERS"] = str(path)
        settings.forget()
        try:
            yield
        finally:
            del os.environ["SUKSALA_PROVIDERS"]
            settings.forget()
            path.unlink(missing_ok=True)


@contextmanager
def _serving(
    callers: tuple[str, ...], citizens: list[MadeUpIdentity], staff: list[MadeUpIdentity]
) -> Iterator[MadeUpProvider]:
    from suksala.simulation import MadeUpProvider

    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as listening:
        address = f"http://127.0.0.1:{listening.server_port}"
        _Handler.provider = MadeUpProvider(address, callers, citizens=citizens, staff=staff)
        thread = threading.Thread(target=listening.serve_forever, name="made-up providers", daemon=True)
        thread.start()
        try:
            yield _Handler.provider
        finally:
            listening.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    """Hands requests to the provider."""

    provider: MadeUpProvider
    timeout = SECONDS

    def do_GET(self) -> None:
        self._answer("GET", {})

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "0")
        if not (length.isascii() and length.isdigit()) or int(length) > MOST_FORM:
            return self.send_error(413)
        return self._answer("POST", dict(parse_qsl(self.rfile.read(int(length)).decode("latin-1"))))

    def _answer(self, method: str, form: dict[str, str]) -> None:
        headers = {name.lower(): text for name, text in self.headers.items()}
        reply = self.provider.answer(method, self.path, form, headers)
        self.send_response(reply.status)
        if reply.location:
            self.send_header("Location", reply.location)
        self.send_header("Content-Type", reply.kind)
        self.send_header("Content-Length", str(len(reply.body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(reply.body)

    def log_message(self, *_: Any) -> None:
        """Nothing: addresses bear codes."""


def _citizens(world: Path) -> list[MadeUpIdentity]:
    """The citizens of the demo, with the numbers that the made-up world gave them; and somebody without a record."""
    from suksala import identity, signin
    from suksala.simulation import MadeUpIdentity
    from suksala.standards.thai_codes import citizen_number

    own = [a for a in signin.demo_accounts() if a.role == "citizen" and a.person is not None]
    known = {(r.hospcode, r.pid): r.person for r in identity.registrations([a.person for a in own if a.person])}
    numbers: dict[int, str] = {}
    with (world / "truth" / "registrations.csv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            person = known.get((row["hospcode"], row["pid"]))
            if person is not None:
                numbers[person] = row["true_number"]
    people = [(a.display_th, numbers[a.person]) for a in own if a.person in numbers]
    people.append(("นายใหม่ ไม่มีประวัติ · ยังไม่มีข้อมูลในระบบ", citizen_number.synthetic(999_999)))
    return [MadeUpIdentity(name, _claims(name, number)) for name, number in people]


def _claims(name: str, number: str) -> dict[str, Any]:
    given, _, family = name.partition(" · ")[0].partition(" ")
    return {"sub": f"demo-{number}", "pid": number, "given_name": given, "family_name": family, "ial": "2.3"}


def _staff() -> list[MadeUpIdentity]:
    """A doctor of one hospital, one of two, and one whose licence ended yesterday."""
    from suksala import registry
    from suksala.simulation import MadeUpIdentity

    hospitals = [one for one in registry.facilities() if one.kind == "hospital"][:2] or registry.facilities()[:2]
    until = clock.today() + timedelta(days=365)
    ended = clock.today() - timedelta(days=1)
    told = [
        ("พญ. อรุณ ตัวอย่าง", "แพทย์ หนึ่งโรงพยาบาล", hospitals[:1], until),
        ("นพ. สองแห่ง ตัวอย่าง", "แพทย์ สองโรงพยาบาล เลือกก่อนเข้า", hospitals, until),
        ("นพ. หมดอายุ ตัวอย่าง", "ใบอนุญาตหมดอายุเมื่อวาน เข้าไม่ได้", hospitals[:1], ended),
    ]
    return [
        MadeUpIdentity(
            f"{name} · {about}",
            {
                "provider_id": f"DEMO-{number}",
                **dict(zip(("title_th", "firstname_th", "lastname_th"), name.split(" "), strict=True)),
                "organization": [
                    {
                        "hcode": one.hospcode,
                        "position": "แพทย์",
                        "license_id": f"ว.{90000 + number}",
                        "license_id_verify": True,
                        "license_expired_date": last.isoformat(),
                    }
                    for one in places
                ],
            },
        )
        for number, (name, about, places, last) in enumerate(told, 1)
    ]
