"""Proofs of keys (DPoP, RFC 9449) as a good app makes them; each test changes one thing. All made up."""

from __future__ import annotations

import base64
import hashlib
import time
from functools import lru_cache
from typing import Any
from uuid import uuid4

from joserfc import jwt
from joserfc.jwk import ECKey

from .oauth_clients import TOKEN
from .record import Called

FHIR = "https://suksala.test/fhir"  # where `Called` asks


def key(name: str = "own", curve: str = "P-256") -> Any:
    """A private key by name, the same for the whole run."""
    return _key(name, curve)


@lru_cache(maxsize=8)
def _key(name: str, curve: str) -> Any:
    return ECKey.generate_key(curve)


def jkt(of: Any = None) -> str:
    """The thumbprint of a key."""
    return str((of or key()).thumbprint())


def ath(token: str) -> str:
    """What a proof says of the token that it comes with."""
    return base64.urlsafe_b64encode(hashlib.sha256(token.encode()).digest()).rstrip(b"=").decode()


def claims(method: str = "POST", address: str = TOKEN, token: str = "", **changed: Any) -> dict[str, Any]:
    """What a good proof says; None leaves a claim out."""
    said = {"jti": uuid4().hex, "htm": method, "htu": address, "iat": int(time.time()), **changed}
    if token:
        said = {"ath": ath(token), **said}
    return {claim: value for claim, value in said.items() if value is not None}


def signed(said: dict[str, Any], by: Any = None, **header: Any) -> str:
    """Claims under a key, which travels with them."""
    by = by or key()
    said = {claim: value for claim, value in said.items() if value is not None}
    alg = {"P-256": "ES256", "P-384": "ES384"}[by.curve_name]
    head = {"typ": "dpop+jwt", "alg": alg, "jwk": by.as_dict(private=False), **header}
    return jwt.encode(head, said, by, algorithms=[alg])


def proof(method: str = "POST", address: str = TOKEN, token: str = "", *, by: Any = None, **changed: Any) -> str:
    """A good proof, or one with another claim."""
    return signed(claims(method, address, token, **changed), by)


def shown(token: str, path: str, made: str | None = None, *, method: str = "GET", **headers: Any) -> Called:
    """Ask the FHIR API with a token and a proof; without one given, a good one of the usual key."""
    made = proof(method, f"{FHIR}/{path.partition('?')[0]}", token) if made is None else made
    head = {"HTTP_AUTHORIZATION": f"DPoP {token}", "HTTP_DPOP": made, **headers}
    return Called(method, f"/fhir/{path}", **head)
