"""The certificate of the public address as a stranger sees it: whether an issuer trusted here vouches for it."""

from __future__ import annotations

import socket
import ssl
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

SECONDS = 10.0


class Untrusted(Exception):
    """Nobody vouches for the certificate, it is another host's or it has ended; the text says which."""


def time_left(public_url: str, now: datetime) -> timedelta:
    """For how long the certificate of an https address still holds.

    Raises Untrusted; OSError when nothing answers there by TLS 1.2 or newer.
    """
    try:
        ends = _end(public_url)
    except ssl.SSLCertVerificationError as error:
        raise Untrusted(error.verify_message) from None
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(ends), UTC) - now


def _end(public_url: str) -> str:
    parts = urlsplit(public_url)
    host = parts.hostname or ""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    with (
        socket.create_connection((host, parts.port or 443), timeout=SECONDS) as line,
        context.wrap_socket(line, server_hostname=host) as secured,
    ):
        return str((secured.getpeercert() or {})["notAfter"])
