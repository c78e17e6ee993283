"""DPoP: with each request a program proves that it holds the key to which its token is bound (RFC 9449).

A proof brings its own public key, so it says nothing about who signs: only that it is who holds that key, now, for this
request and this token. Whether it was used before is the caller's to ask.
"""

from __future__ import annotations

import hashlib
import re
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

from joserfc.jwk import ECKey

from . import strict_jwt
from .domain import PROOF_ALGORITHMS
from .strict_jwt import BadJwt

WINDOW_SECONDS = 300  # either way: the clock of a small unit's computer is minutes off, as Kerberos has it too
MOST_JTI = 255
JKT = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)  # a thumbprint by SHA-256 (RFC 7638), as base64url
_HEADERS = frozenset({"alg", "jwk", "kid", "typ"})
_CURVES = {  # and a coordinate of each as base64url
    "ES256": ("P-256", re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)),
    "ES384": ("P-384", re.compile(r"[A-Za-z0-9_-]{64}", re.ASCII)),
}
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Proof:
    """What a good proof shows.

    jkt    thumbprint of the key that made it (RFC 7638)
    jti    makes it count once
    until  the second of the epoch after which it is too old
    """

    jkt: str
    jti: str
    until: int


def verified(text: str, *, method: str, address: str, now: float, token: str | None = None) -> Proof:
    """What a proof shows, once everything holds that RFC 9449, 4.3 asks for.

    method   of the request that carries it
    address  of that request, as we publish it
    now      seconds of the epoch
    token    the access token that it comes with; None: it asks for one
    Raises BadJwt.
    """
    header, claims = strict_jwt.parts(text)
    key = _key(header)
    strict_jwt.require_signature(text, key, header["alg"])
    if claims.get("htm") != method:
        raise BadJwt("method")
    if not is_same_address(claims.get("htu"), address):
        raise BadJwt("address")
    iat = strict_jwt.moment(claims, "iat")
    if iat is None or not now - WINDOW_SECONDS <= iat <= now + WINDOW_SECONDS:
        raise BadJwt("time")
    jti = claims.get("jti")
    if not isinstance(jti, str) or not 1 <= len(jti) <= MOST_JTI:
        raise BadJwt("jti")
    if token is not None and claims.get("ath") != _digest(token):
        raise BadJwt("token")
    return Proof(key.thumbprint(), jti, iat + WINDOW_SECONDS)


def is_same_address(said: Any, address: str) -> bool:
    """Whether two addresses lead to the same here, query and fragment aside (RFC 9449, 4.3; RFC 3986, 6.2.2 and 6.2.3).

    Dot segments stand as they are: who resolves them does so before it asks.

    >>> is_same_address("HTTPS://Health.example:443/fhir/Patient/%24everything?x=1", "https://health.example/fhir/Patient/$everything")
    True
    >>> is_same_address("https://health.example/fhir/Patient/", "https://health.example/fhir/Patient")
    False
    """
    if not isinstance(said, str) or not said.isascii() or not said.isprintable() or " " in said:
        return False
    try:
        return _address(said) == _address(address)
    except ValueError:  # a port that is no number, brackets that do not close
        return False


def _address(text: str) -> tuple[str, str | None, int | None, bool, bytes]:
    parts = urlsplit(text)
    port = parts.port or _PORTS.get(parts.scheme)
    return parts.scheme, parts.hostname, port, "@" in parts.netloc, unquote_to_bytes(parts.path) or b"/"


def _key(header: dict[str, Any]) -> ECKey:
    """The public key that a proof brings. Raises BadJwt, also for one that tells its private half."""
    if not set(header) <= _HEADERS:
        raise BadJwt("header")
    if header.get("typ") != "dpop+jwt":
        raise BadJwt("type")
    if header.get("alg") not in PROOF_ALGORITHMS:
        raise BadJwt("algorithm")
    jwk = header.get("jwk")
    if not isinstance(jwk, dict) or strict_jwt.PRIVATE & set(jwk):
        raise BadJwt("key")
    curve, coordinate = _CURVES[header["alg"]]
    known = {name: str(jwk.get(name)) for name in ("kty", "crv", "x", "y")}
    if (known["kty"], known["crv"]) != ("EC", curve) or not all(coordinate.fullmatch(known[name]) for name in "xy"):
        raise BadJwt("key")
    try:
        return ECKey.import_key(dict(known))
    except ValueError as error:  # no point of the curve
        raise BadJwt("key") from error


def _digest(token: str) -> str:
    return urlsafe_b64encode(hashlib.sha256(token.encode("ascii")).digest()).rstrip(b"=").decode()
