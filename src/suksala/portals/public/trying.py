"""One question to the FHIR API on behalf of a reader of the developers' page, and its answer made readable."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

from suksala import exchange
from suksala.portals.texts import Text

MOST_ADDRESS = 2000
MOST_SHOWN = 200_000  # characters; a browser is slow with more, and nobody reads it
_TOKEN = re.compile(r"[A-Za-z0-9_-]{20,200}")
_AS_IT_STANDS = "/?&=:;,@!$'()*+|~._-%"  # of a query; everything else is percent-encoded, as a browser does
_PASSED_ON = ("HTTP_HOST", "SERVER_NAME", "SERVER_PORT", "wsgi.url_scheme")
_MARK = "\ue000"
_BAD_TOKEN = Text("โทเค็นไม่ครบ ให้คัดลอกทั้งหมดตั้งแต่ skl_", "The token is not whole. Copy all of it, from skl_ on.")
_BAD_ADDRESS = Text("ใส่ที่อยู่ใต้ /fhir เช่น Patient?_count=3", "Give an address below /fhir, such as Patient?_count=3.")


@dataclass(frozen=True)
class Asked:
    """A question as read from the form.

    address  below /fhir, without a slash in front
    problem  why it cannot be asked, None when it can; `at` is the field at fault
    """

    address: str
    token: str = field(repr=False)
    problem: Text | None = None
    at: str = ""


@dataclass
class Shown:
    """An answer as the page shows it.

    next  the address of the next page below /fhir, "" when there is none
    """

    status: str = ""
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: str = ""
    cut: bool = False
    next: str = ""

    def start(self, status: str, headers: list[tuple[str, str]]) -> None:
        """WSGI's start_response."""
        self.status, self.headers = status, headers


def read(address: str, token: str) -> Asked:
    """What was asked: an address with or without /fhir and the site in front, a token with or without Bearer.

    >>> read("https://x.go.th/fhir/Patient?_count=3", "").address
    'Patient?_count=3'
    """
    whole = urlsplit(address.strip()[:MOST_ADDRESS])
    path = re.sub(r"^/?fhir(?=/|$)", "", whole.path).lstrip("/")
    below = f"{path}?{whole.query}" if whole.query else path
    bare = re.sub(r"^(?:authorization: *)?bearer +", "", token.strip(), flags=re.IGNORECASE)
    if not path:
        return Asked(below, bare, _BAD_ADDRESS, "address")
    if bare and not _TOKEN.fullmatch(bare):
        return Asked(below, bare, _BAD_TOKEN, "token")
    return Asked(below, bare)


def ask(asked: Asked, meta: Mapping[str, Any], proof: str = "") -> Shown:
    """The answer to a GET, as any client would have it.

    meta   the page's own request, for its host
    proof  of the key that the token is bound to (DPoP); "": it is bound to none
    """
    path, _, query = asked.address.partition("?")
    environ: dict[str, Any] = {
        **{name: meta[name] for name in _PASSED_ON if name in meta},
        "REQUEST_METHOD": "GET",
        "PATH_INFO": "/fhir/" + path.encode().decode("latin-1"),
        "QUERY_STRING": quote(query, safe=_AS_IT_STANDS),
        "HTTP_ACCEPT": "application/fhir+json",
        "wsgi.input": io.BytesIO(),
    }
    if proof:
        environ |= {"HTTP_AUTHORIZATION": f"DPoP {asked.token}", "HTTP_DPOP": proof}
    elif asked.token:
        environ["HTTP_AUTHORIZATION"] = f"Bearer {asked.token}"
    shown = Shown()
    raw = _beginning(exchange.fhir_application(environ, shown.start))
    text = _readable(raw)
    shown.next = _next(raw)
    shown.body, shown.cut = text[:MOST_SHOWN], len(text) > MOST_SHOWN
    return shown


def _beginning(blocks: Iterable[bytes]) -> bytes:
    """As much of an answer as can be shown: a file of a bulk export may be very long."""
    found = b""
    for block in blocks:
        found += block
        if len(found) > 4 * MOST_SHOWN:
            break
    return found


def _next(raw: bytes) -> str:
    """Where a Bundle says that its next page is."""
    try:
        found = json.loads(raw)
    except ValueError:
        return ""
    links = found.get("link", []) if isinstance(found, dict) and found.get("resourceType") == "Bundle" else []
    return next((read(link["url"], "").address for link in links if link.get("relation") == "next"), "")


def _readable(raw: bytes) -> str:
    """JSON indented, every digit as it came; anything else as it is."""
    try:
        # JSON's printer would round a decimal, so it travels as a marked text.
        found = json.loads(raw, parse_float=lambda digits: _MARK + digits)
    except ValueError:
        return raw.decode("utf-8", errors="replace")
    return re.sub(f'"{_MARK}([^"]*)"', r"\1", json.dumps(found, indent=2, ensure_ascii=False))
