"""Clients of the tests: their keys, the assertions they sign, and one facility with an agreement. All made up."""

from __future__ import annotations

import json
import time
from functools import lru_cache
from typing import Any
from uuid import uuid4

from django.test import Client
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey

from suksala import registry, signin
from suksala.foundation import database

BY = "system:operator"
TOKEN = "http://localhost/oauth/token"
TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def key(kid: str = "2026-a", alg: str = "ES384") -> Any:
    """A private key by name, the same for the whole run."""
    return _key(kid, alg)


@lru_cache(maxsize=8)
def _key(kid: str, alg: str) -> Any:
    named = {"kid": kid, "use": "sig"}
    return ECKey.generate_key("P-384", named) if alg == "ES384" else RSAKey.generate_key(2048, named)


def jwks(*keys: Any) -> str:
    """The public halves as a key set."""
    return json.dumps(KeySet(list(keys)).as_dict(private=False))


def claims(name: str = "his", **changed: Any) -> dict[str, Any]:
    """What a good assertion says; None leaves a claim out."""
    said = {"iss": name, "sub": name, "aud": TOKEN, "exp": int(time.time()) + 240, "jti": uuid4().hex, **changed}
    return {claim: value for claim, value in said.items() if value is not None}


def signed(said: dict[str, Any], by: Any = None, *, alg: str = "ES384", **header: Any) -> str:
    """An assertion under a key."""
    by = by or key(alg=alg)
    return jwt.encode({"alg": alg, "kid": by.kid, "typ": "JWT", **header}, said, by, algorithms=[alg])


def form(assertion: str, **changed: Any) -> dict[str, str]:
    """The fields of a good token request."""
    fields = {
        "grant_type": "client_credentials",
        "scope": "system/Patient.rs",
        "client_assertion_type": TYPE,
        "client_assertion": assertion,
        **changed,
    }
    return {name: value for name, value in fields.items() if value is not None}


def post(fields: dict[str, str] | str, path: str = "/oauth/token", **headers: str) -> Any:
    """Ask an endpoint over HTTP."""
    from urllib.parse import urlencode

    body = fields if isinstance(fields, str) else urlencode(fields)
    return Client().post(
        path, body, content_type="application/x-www-form-urlencoded", headers={"Host": "localhost", **headers}
    )


def one_facility(hospcode: str = "99801") -> None:
    """A facility that may exchange, and no memory of another test."""
    signin.forget_cache()
    registry.forget_cache()
    database.execute(
        "INSERT INTO registry_facility (hospcode, name_th, name_en, kind, province, district, subdistrict, network) "
        "VALUES (%s, 'ก', 'A', 'hospital', '19', '1901', '', '') ON CONFLICT DO NOTHING",
        [hospcode],
    )
    database.execute(
        "INSERT INTO registry_agreement (number, kind, title, parties, flows, basis, signed, since) "
        "VALUES (%s, 'dsa', 'D', %s, '{exchange}', '26-5-a', '2026-01-01', '2026-01-01')",
        [f"D-{hospcode}", [hospcode]],
    )


def registered(name: str = "his", *keys: Any, scopes: tuple[str, ...] = ("system/*.rs",), **more: Any) -> None:
    """A client with keys at the facility."""
    signin.add_keys(name, "99801", scopes, jwks(*(keys or (key(),))), actor=BY, **more)
