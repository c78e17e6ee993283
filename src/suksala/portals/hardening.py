"""What every answer tells a browser, whoever made it: pages, /fhir/, static files, refusals before any of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from suksala.foundation import settings

StartResponse = Callable[..., Any]
_NOSNIFF = ("X-Content-Type-Options", "nosniff")


def telling(start_response: StartResponse) -> StartResponse:
    """`start_response` that also says: believe the content type (Fetch, nosniff), and come by TLS alone (RFC 6797)."""
    strict = settings.current().strict_transport
    always = [_NOSNIFF, ("Strict-Transport-Security", strict)] if strict else [_NOSNIFF]

    def started(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
        own = {name.lower() for name, _ in headers}
        return start_response(status, [*headers, *(one for one in always if one[0].lower() not in own)], *rest)

    return started
