"""Made-up ThaiD and Provider ID, so that a visitor of the demo can go the whole way of signing in through them.

They speak as the real ones do (OpenID Connect with PKCE; the two tokens and the profile of Provider ID), and ask
nothing: the visitor chooses which made-up person to be. Each page says that it is made up.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey

CLIENT = "suksala-demo"
CODE_SECONDS = 60.0
MOST_CODES = 1_000
NAMES = {"/authorize": "ThaiD", "/oauth/redirect": "Provider ID"}
_JSON, _HTML = "application/json", "text/html; charset=utf-8"
_STYLE = "body{font:18px/1.6 sans-serif;max-width:40rem;margin:2rem auto;padding:0 1rem;color:#212b32;background:#fff}"


@dataclass(frozen=True, slots=True)
class MadeUpIdentity:
    """Somebody whom one can be.

    name  as the page shows it
    told  what the provider says of them: claims of ThaiD, or the profile of Provider ID
    """

    name: str
    told: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer: to a program JSON, to a browser a page or the way back."""

    status: int
    body: bytes = b""
    kind: str = _JSON
    location: str = ""


@dataclass(frozen=True, slots=True)
class _Code:
    """What a visitor allowed, once and for a minute."""

    asked: Mapping[str, str]
    told: Mapping[str, Any] = field(repr=False)
    until: float


class MadeUpProvider:
    """ThaiD for citizens and Provider ID for staff at one address.

    address   where it is served, without a path
    callers   the addresses of the demo: nobody is sent anywhere else
    """

    def __init__(
        self,
        address: str,
        callers: Sequence[str],
        *,
        citizens: Sequence[MadeUpIdentity] = (),
        staff: Sequence[MadeUpIdentity] = (),
    ) -> None:
        self.address = address
        self._callers = tuple(callers)
        self._people = {"/authorize": tuple(citizens), "/oauth/redirect": tuple(staff)}
        self._secret = secrets.token_urlsafe(24)
        self._key = ECKey.generate_key("P-256", {"kid": "demo", "use": "sig", "alg": "ES256"})
        self._codes: dict[str, _Code] = {}
        self._profiles: dict[str, Mapping[str, Any]] = {}

    def set_up(self) -> str:
        """The operator's file of providers (TOML), marked as made up: nothing but a demo takes it."""
        about = {"issuer": self.address, "client_id": CLIENT, "client_secret": self._secret}
        second = {"second": self.address, "second_client_id": CLIENT, "second_secret": self._secret}
        thaid = {"id": "thaid", "kind": "thaid", "name_th": "ThaiD (ตัวอย่าง)", "name_en": "ThaiD (made up)", **about}
        staff = {"id": "provider-id", "kind": "provider-id", "name_th": "Provider ID (ตัวอย่าง)"}
        staff |= {"name_en": "Provider ID (made up)", **about, **second}
        return "\n".join(
            "\n".join(
                ["[[provider]]", *(f"{name} = {json.dumps(text, ensure_ascii=False)}" for name, text in one.items())]
            )
            + "\nmade_up = true\n"
            for one in (thaid, staff)
        )

    def answer(self, method: str, target: str, form: Mapping[str, str], headers: Mapping[str, str]) -> Reply:
        """One request; headers by lower-case name."""
        parts = urlsplit(target)
        query = dict(parse_qsl(parts.query))
        if method == "GET" and parts.path in NAMES:
            return self._ask(parts.path, query)
        if method == "GET" and parts.path == "/.well-known/openid-configuration":
            return _told(200, self._configuration())
        if method == "GET" and parts.path == "/jwks":
            return _told(200, {"keys": [self._key.as_dict(private=False)]})
        if method == "POST" and parts.path == "/token":
            return self._id_token(form, headers)
        return self._provider_id(method, parts.path, form, headers)

    def _configuration(self) -> dict[str, Any]:
        ends = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "jwks"}
        own = {name: f"{self.address}/{path}" for name, path in ends.items()}
        return {"issuer": self.address, **own, "authorization_response_iss_parameter_supported": True}

    def _ask(self, path: str, query: Mapping[str, str]) -> Reply:
        """The page on which the visitor chooses; with `who`, the way back with a code."""
        back = query.get("redirect_uri", "")
        if query.get("client_id") != CLIENT or not back.startswith(
            tuple(f"{one}/signin/with/" for one in self._callers)
        ):
            return _page(400, "ที่อยู่นี้ไม่ใช่ของระบบสาธิต · not an address of the demo", "")
        people, who = self._people[path], query.get("who", "")
        if who.isascii() and who.isdigit() and int(who) < len(people):
            code = self._allow(query, people[int(who)].told)
            told = {"code": code, "state": query.get("state", ""), "iss": self.address}
            return Reply(302, location=f"{back}?{urlencode(told)}")
        links = "".join(
            f'<li><a href="{_choice(path, query, n)}">{escape(one.name)}</a></li>' for n, one in enumerate(people)
        )
        return _page(200, f"{NAMES[path]} (ตัวอย่าง)", f"<p>เลือกว่าจะเข้าเป็นใคร · choose whom to be</p><ul>{links}</ul>")

    def _allow(self, asked: Mapping[str, str], told: Mapping[str, Any]) -> str:
        now = time.monotonic()
        self._codes = dict([(c, one) for c, one in self._codes.items() if one.until > now][-MOST_CODES:])
        code = secrets.token_urlsafe(16)
        self._codes[code] = _Code(dict(asked), told, now + CODE_SECONDS)
        return code

    def _allowed(self, form: Mapping[str, str]) -> _Code | None:
        """What a code stands for, once, for a minute, and for the address that it was sent to."""
        found = self._codes.pop(form.get("code", ""), None)
        right = found is not None and found.until > time.monotonic()
        return found if found and right and form.get("redirect_uri") == found.asked.get("redirect_uri") else None

    def _id_token(self, form: Mapping[str, str], headers: Mapping[str, str]) -> Reply:
        pair = base64.b64encode(f"{CLIENT}:{self._secret}".encode()).decode()
        verifier = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(verifier).rstrip(b"=").decode()
        found = self._allowed(form)
        known = headers.get("authorization") == f"Basic {pair}"
        if found is None or not known or challenge != found.asked.get("code_challenge"):
            return _told(400, {"error": "invalid_grant"})
        now = int(time.time())
        own = {"iss": self.address, "aud": CLIENT, "iat": now, "exp": now + 60, "auth_time": now}
        claims = {**found.told, **own, "nonce": found.asked.get("nonce", "")}
        token = jwt.encode({"alg": "ES256", "kid": "demo"}, claims, self._key, algorithms=["ES256"])
        return _told(200, {"access_token": "made-up", "token_type": "Bearer", "id_token": token})

    def _provider_id(self, method: str, path: str, form: Mapping[str, str], headers: Mapping[str, str]) -> Reply:
        """Health ID's token, Provider ID's token for it, and the profile: each token opens the next, once."""
        if (method, path) == ("POST", "/api/v1/token") and form.get("client_secret") == self._secret:
            found = self._allowed(form)
            return self._handed(found.told) if found else _told(422, {"message": "code was used"})
        if (method, path) == ("POST", "/api/v1/services/token") and form.get("secret_key") == self._secret:
            told = self._profiles.pop(form.get("token", ""), None)
            return self._handed(told) if told else _told(400, {"message": "This user is not a provider"})
        told = self._profiles.pop(headers.get("authorization", "").removeprefix("Bearer "), None)
        if (method, path) == ("GET", "/api/v1/services/profile") and told is not None:
            return _told(200, {"data": dict(told)})
        return _told(404, {"message": "not found"})

    def _handed(self, told: Mapping[str, Any]) -> Reply:
        token = secrets.token_urlsafe(16)
        self._profiles = {**dict([*self._profiles.items()][-MOST_CODES:]), token: told}
        return _told(200, {"data": {"access_token": token}})


def _choice(path: str, query: Mapping[str, str], number: int) -> str:
    return escape(f"{path}?{urlencode({**query, 'who': number})}")


def _told(status: int, document: Mapping[str, Any]) -> Reply:
    return Reply(status, json.dumps(document).encode())


def _page(status: int, title: str, body: str) -> Reply:
    said = "หน้านี้สมมติขึ้นในระบบสาธิต ไม่ใช่ของจริง ไม่ต้องใส่รหัสผ่านหรือเลขประจำตัว"
    english = "This page is made up for the demo. It is not the real one: type no password and no number."
    html = (
        f'<!doctype html><html lang="th"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style><main><h1>{escape(title)}</h1>"
        f'<p><strong>{said}</strong></p><p lang="en">{english}</p>{body}</main></html>'
    )
    return Reply(status, html.encode(), _HTML)
