"""private_key_jwt: a client proves who it is with a signed assertion (RFC 7523, SMART App Launch 2.2, UDAP).

The keys are those that its operator registered, nothing else: no `jku`, `x5u`, `jwk` or `x5c` of the assertion is
looked at, an assertion that carries one is refused. Signatures are joserfc's; what is around them is checked first
(`strict_jwt`).
"""

from __future__ import annotations

import binascii
import json
import re
from dataclasses import dataclass
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, RSAKey

from . import strict_jwt
from .domain import TokenProblem
from .strict_jwt import BadJwt

ALGORITHMS = ("ES384", "RS384")  # what SMART asks every server for; one of each family is enough
TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LIFE_SECONDS = 300
SKEW_SECONDS = 5
MOST_KEYS = 8
_HEADERS = frozenset({"alg", "kid", "typ"})
_KTY = {"ES384": "EC", "RS384": "RSA"}
_KID = re.compile(r"[A-Za-z0-9._~:=-]{1,128}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Assertion:
    """What a client said under its signature.

    jti       makes it count once
    exp       the second at which it ends
    purposes  why the client will ask, HL7 ActReason codes of its hl7-b2b extension (UDAP); empty: not said
    """

    client: str
    jti: str
    exp: int
    purposes: tuple[str, ...] = ()


def claimed_client(assertion: str) -> str:
    """Whose assertion it says it is, so that the right keys are tried. Nothing is proven yet. Raises BadJwt."""
    _, claims = _parts(assertion)
    client = claims.get("iss")
    if not isinstance(client, str) or claims.get("sub") != client:
        raise BadJwt("issuer")
    return client


def verified(assertion: str, jwks: str, *, audience: str, now: float) -> Assertion:
    """What the assertion says, once signature, audience and times hold.

    jwks      the registered public keys of the client that it claims to be
    audience  the address of the token endpoint, letter for letter
    now       seconds of the epoch
    Raises BadJwt. Whether its jti was seen before is the caller's to ask.
    """
    header, claims = _parts(assertion)
    strict_jwt.require_signature(assertion, _key(header, jwks), header["alg"])
    audiences = claims.get("aud")
    if audiences not in (audience, [audience]):
        raise BadJwt("audience")
    exp = strict_jwt.moment(claims, "exp")
    if exp is None or not now < exp <= now + LIFE_SECONDS + SKEW_SECONDS:
        raise BadJwt("expiry")
    if any((strict_jwt.moment(claims, name) or 0) > now + SKEW_SECONDS for name in ("nbf", "iat")):
        raise BadJwt("not-yet")
    jti = claims.get("jti")
    if not isinstance(jti, str) or not 1 <= len(jti) <= 255:
        raise BadJwt("jti")
    return Assertion(claims["iss"], jti, exp, _purposes(claims))


def _parts(assertion: str) -> tuple[dict[str, Any], dict[str, Any]]:
    header, claims = strict_jwt.parts(assertion)
    return _headers(header), claims


def _headers(header: dict[str, Any]) -> dict[str, Any]:
    if not set(header) <= _HEADERS:
        raise BadJwt("header")
    if header.get("alg") not in ALGORITHMS:
        raise BadJwt("algorithm")
    if header.get("typ", "JWT") != "JWT":
        raise BadJwt("type")
    if not isinstance(header.get("kid"), str) or not _KID.fullmatch(header["kid"]):
        raise BadJwt("key")
    return header


def _purposes(claims: dict[str, Any]) -> tuple[str, ...]:
    """The codes of extensions.hl7-b2b.purpose_of_use, with or without their code system before a #."""
    extensions = claims.get("extensions", {})
    b2b = extensions.get("hl7-b2b", {}) if isinstance(extensions, dict) else None
    codes = b2b.get("purpose_of_use", []) if isinstance(b2b, dict) else None
    if not isinstance(codes, list) or len(codes) > 8 or not all(isinstance(code, str) for code in codes):
        raise BadJwt("purpose")
    return tuple(code.rpartition("#")[2] for code in codes)


def _key(header: dict[str, Any], jwks: str) -> RSAKey | ECKey:
    for key in KeySet.import_key_set(json.loads(jwks)).keys:
        if key.kid == header["kid"] and key.key_type == _KTY[header["alg"]] and isinstance(key, RSAKey | ECKey):
            return key
    raise BadJwt("key")


# ---- registering keys -----------------------------------------------------------------------------------------------


def require_jwks(text: str) -> str:
    """A JSON Web Key Set fit to be registered, as it is kept: public keys only, each with its own kid, P-384 for ES384
    or RSA of 2,048 to 4,096 bits for RS384. Raises TokenProblem, which never quotes a key.
    """
    try:
        keys = json.loads(text, object_pairs_hook=strict_jwt.once)["keys"]
        _require_sound(keys)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, JoseError, binascii.Error) as error:
        raise TokenProblem(
            "แฟ้มกุญแจต้องเป็น JWKS ที่มีเฉพาะกุญแจสาธารณะ 1-8 ดอก แต่ละดอกมี kid ของตน เป็น EC P-384 หรือ RSA 2048-4096 บิต",
            "the key file is a JWKS of 1 to 8 public keys, each with its own kid, EC P-384 or RSA of 2048 to 4096 bits",
        ) from error
    return json.dumps({"keys": keys}, separators=(",", ":"))


def _require_sound(keys: Any) -> None:
    if not isinstance(keys, list) or not 1 <= len(keys) <= MOST_KEYS:
        raise ValueError("keys")
    if strict_jwt.PRIVATE & {name for key in keys for name in key}:
        raise ValueError("private")
    for key in KeySet.import_key_set({"keys": keys}).keys:
        _require_strong(key)
    kids = [key.get("kid") for key in keys]
    if len(set(kids)) != len(kids) or not all(isinstance(kid, str) and _KID.fullmatch(kid) for kid in kids):
        raise ValueError("kid")


def _require_strong(key: Any) -> None:
    if isinstance(key, RSAKey):
        numbers = key.public_key.public_numbers()
        if not (2048 <= numbers.n.bit_length() <= 4096 and numbers.e == 65537):
            raise ValueError("size")
    elif not (isinstance(key, ECKey) and key.curve_name == "P-384"):
        raise ValueError("kind")
