"""Which web pages of others may read our answers (CORS, Fetch standard): those of registered apps, and of no others.

Only the FHIR API and the OAuth endpoints that programs call. Never with cookies: a page of an app shows a token.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from suksala import signin

_SHARED = ("/fhir/", "/oauth/token", "/oauth/revoke", "/oauth/introspect", "/oauth/jwks", "/.well-known/")
_TOLD = "Date, ETag, Location, Content-Location, Last-Modified, Retry-After, WWW-Authenticate"
_ASKED = "Authorization, DPoP, Content-Type, Accept, Prefer, If-Match, If-None-Match, If-Modified-Since, Purpose-Of-Use"

StartResponse = Callable[..., Any]


def is_shared(path: str) -> bool:
    """Whether pages of apps may read what is answered at this address."""
    return path.startswith(_SHARED)


def _allowed(origin: str) -> list[tuple[str, str]]:
    varying = [("Vary", "Origin")]
    if origin not in signin.app_origins():
        return varying
    return [("Access-Control-Allow-Origin", origin), ("Access-Control-Expose-Headers", _TOLD), *varying]


def preflight(origin: str, start_response: StartResponse) -> Iterable[bytes]:
    """Answer the question that a browser asks before a page's request."""
    headers = _allowed(origin)
    if len(headers) > 1:
        headers += [
            ("Access-Control-Allow-Methods", "GET, HEAD, POST"),
            ("Access-Control-Allow-Headers", _ASKED),
            ("Access-Control-Max-Age", "600"),
        ]
    start_response("204 No Content", [*headers, ("Content-Length", "0")])
    return [b""]


def telling(origin: str, start_response: StartResponse) -> StartResponse:
    """`start_response` that also says whether the page of an origin may read the answer."""

    def started(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
        return start_response(status, [*headers, *_allowed(origin)], *rest)

    return started
