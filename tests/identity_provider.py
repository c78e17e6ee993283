"""A made-up identity provider over real HTTP: ThaiD and hospitals (OpenID Connect), Health ID and Provider ID."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey

CLIENT, SECRET, API_KEY = "suksala", "a secret of a test", "an API key of a test"
_FILE = """
[[provider]]
id = "thaid"
kind = "thaid"
name_th = "ThaiD"
name_en = "ThaiD"
issuer = "{address}"
client_id = "{client}"
client_secret = "{secret}"
api_key = "{api_key}"

[[provider]]
id = "hospital"
kind = "oidc"
name_th = "โรงพยาบาลสมมติ"
name_en = "Made-up Hospital"
issuer = "{address}"
client_id = "{client}"
client_secret = "{secret}"
api_key = "{api_key}"

[[provider]]
id = "provider-id"
kind = "provider-id"
name_th = "Provider ID"
name_en = "Provider ID"
issuer = "{address}"
second = "{address}"
client_id = "{client}"
client_secret = "{secret}"
second_client_id = "second"
second_secret = "second secret"
"""


@dataclass
class FakeProvider:
    """What it says, and how it misbehaves.

    claims   of who signs in; changes to the ID token's own claims too
    profile  of Provider ID; a number instead: that HTTP status
    down     answers 503 everywhere
    """

    address: str = ""
    claims: dict[str, Any] = field(default_factory=dict)
    profile: dict[str, Any] | int = 400
    down: bool = False
    algorithm: str = "ES256"
    sign_with: ECKey | None = None
    promises_iss: bool = True
    key: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256", {"kid": "k1", "use": "sig", "alg": "ES256"}))
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    calls: list[tuple[str, dict[str, str], dict[str, str]]] = field(default_factory=list)

    def set_up(self) -> str:
        """The operator's file of providers: all three kinds, at this address."""
        return _FILE.format(address=self.address, client=CLIENT, secret=SECRET, api_key=API_KEY)

    def approve(self, address: str) -> dict[str, str]:
        """The person says yes: what the browser carries back for the address that it was sent to."""
        asked = dict(parse_qsl(urlsplit(address).query))
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        return {"code": code, "state": asked["state"], **({"iss": self.address} if self.promises_iss else {})}

    def answer(self, path: str, form: dict[str, str], headers: dict[str, str]) -> tuple[int, Any]:
        """One call."""
        self.calls.append((path, form, headers))
        if self.down:
            return 503, "down"
        if path == "/.well-known/openid-configuration":
            return 200, {
                "issuer": self.address,
                "authorization_endpoint": f"{self.address}/authorize",
                "token_endpoint": f"{self.address}/token",
                "jwks_uri": f"{self.address}/jwks",
                "authorization_response_iss_parameter_supported": self.promises_iss,
            }
        if path == "/jwks":
            return 200, {"keys": [self.key.as_dict(private=False)]}
        if path == "/token":
            return self._id_token(form, headers)
        return self._health_id(path, form, headers)

    def _id_token(self, form: dict[str, str], headers: dict[str, str]) -> tuple[int, Any]:
        asked = self.codes.pop(form.get("code", ""), None)
        right = f"Basic {base64.b64encode(f'{CLIENT}:{SECRET}'.encode()).decode()}"
        verifier = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        known = headers.get("authorization") == right and headers.get("x-api-key") == API_KEY
        if asked is None or not known or verifier.rstrip(b"=").decode() != asked["code_challenge"]:
            return 400, {"error": "invalid_grant"}
        now = int(time.time())
        own = {"iss": self.address, "aud": CLIENT, "exp": now + 60, "iat": now, "nonce": asked["nonce"], "sub": "s-1"}
        told = {"auth_time": now} if "max_age" in asked else {}
        claims = {k: v for k, v in {**own, **told, **self.claims}.items() if v is not None}
        header = {"alg": self.algorithm, "kid": "k1"}
        token = jwt.encode(header, claims, self.sign_with or self.key, algorithms=[self.algorithm])
        return 200, {"access_token": "x", "token_type": "Bearer", "id_token": token}

    def _health_id(self, path: str, form: dict[str, str], headers: dict[str, str]) -> tuple[int, Any]:
        if path == "/api/v1/token":
            known = self.codes.pop(form.get("code", ""), None)
            return (200, {"data": {"access_token": "health"}}) if known else (422, {"message": "code was used"})
        if path == "/api/v1/services/token":
            right = form.get("token") == "health" and form.get("token_by") == "Health ID"
            if isinstance(self.profile, int) or not right:
                return 400, {"message": "This user is not a provider"}
            return 200, {"data": {"access_token": "provider"}}
        if path == "/api/v1/services/profile" and headers.get("authorization") == "Bearer provider":
            return 200, {"data": self.profile}
        return 404, {}


@contextmanager
def served(provider: FakeProvider) -> Iterator[FakeProvider]:
    """The provider on a port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer({})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            self._answer({name: values[0] for name, values in parse_qs(body).items()})

        def _answer(self, form: dict[str, str]) -> None:
            if urlsplit(self.path).path == "/authorize":  # a browser comes itself: whoever it is says yes
                asked = dict(parse_qsl(urlsplit(self.path).query))
                self.send_response(302)
                self.send_header("Location", f"{asked['redirect_uri']}?{urlencode(provider.approve(self.path))}")
                self.end_headers()
                return
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, told = provider.answer(urlsplit(self.path).path, form, headers)
            body = json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    provider.address = f"http://127.0.0.1:{server.server_port}"
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
