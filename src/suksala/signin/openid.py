"""OpenID Connect, as much as SMART needs: an id_token that tells an app who signed in.

Its key follows from one of this installation (`foundation.keys.own_key`), so that every web process signs alike and
none stores it; an id_token opens nothing here.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from cryptography.hazmat.primitives import serialization as form
from cryptography.hazmat.primitives.asymmetric import ec
from joserfc import jws, jwt
from joserfc.jwk import ECKey

from suksala.foundation import clock, keys

from .smart_storage import Authorization

ALGORITHM = "ES384"
SECONDS = 300
MESSAGE = "suksala-message"  # typ of the signature of what is sent unasked
_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973  # of P-384


def id_token(base: str, allowed: Authorization, asked: list[str]) -> str:
    """A signed statement for one app: who allowed it. `sub` is the same for all apps and tells nothing."""
    now = int(clock.now().timestamp())
    claims: dict[str, Any] = {
        "iss": base,
        "sub": keys.keyed_hash("openid-subject", str(allowed.account), 16).hex(),
        "aud": allowed.app,
        "iat": now,
        "exp": now + SECONDS,
    }
    if allowed.nonce:
        claims["nonce"] = allowed.nonce
    if allowed.context.fhir_user and "fhirUser" in asked:
        claims["fhirUser"] = f"{base}/fhir/{allowed.context.fhir_user}"
    return jwt.encode({"alg": ALGORITHM, "kid": _key().kid}, claims, _key(), algorithms=[ALGORITHM])


def sign_message(content: bytes) -> str:
    """A detached signature (JWS, RFC 7515 appendix F) of what this server sends unasked, under the same published key.

    Its `typ` keeps it from being taken for an id_token, whose content it could never be either: that is JSON.
    """
    header = {"alg": ALGORITHM, "kid": _key().kid, "typ": MESSAGE}
    return jws.detach_content(jws.serialize_compact(header, content, _key(), algorithms=[ALGORITHM]))


def webhook_headers(name: str, body: bytes) -> dict[str, str]:
    """Headers by which a receiver knows that it is we who tell, when, and whether it was told before.

    name  of the message, the same each time it is tried
    """
    at = int(clock.now().timestamp())
    return {
        "Webhook-Id": name,
        "Webhook-Timestamp": str(at),
        "Webhook-Signature": sign_message(f"{name}.{at}.".encode() + body),
    }


def jwks() -> dict[str, Any]:
    """The public key with which apps check an id_token."""
    return {"keys": [{**_key().as_dict(private=False), "use": "sig", "alg": ALGORITHM}]}


@lru_cache(maxsize=1)
def _key() -> ECKey:
    secret = int.from_bytes(keys.own_key("openid"), "big") % (_ORDER - 1) + 1
    private = ec.derive_private_key(secret, ec.SECP384R1())
    found = ECKey.import_key(_pem(private))
    kid = found.thumbprint()
    return ECKey.import_key(_pem(private), {"kid": kid})


def _pem(private: ec.EllipticCurvePrivateKey) -> bytes:
    return private.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption())
