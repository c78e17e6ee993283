"""private_key_jwt: a client proves who it is with a signed assertion (RFC 7523, SMART App Launch 2.2, UDAP).

The keys are those that its operator registered, nothing else: no `jku`, `x5u`, `jwk` or `x5c` of the assertion is
looked at, an assertion that carries one is refused. Signatures are joserfc's; what is around them is checked first,
because a parser that forgives (duplicate members, unknown headers, wide types) is what forgeries live on (RFC 8725).
"""

from __future__ import annotations

import binascii
import json
import re
from dataclasses import dataclass
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, RSAKey
from joserfc.util import urlsafe_b64decode

from .domain import TokenProblem

ALGORITHMS = ("ES384", "RS384")  # what SMART asks every server for; one of each family is enough
TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LIFE_SECONDS = 300
SKEW_SECONDS = 5
MOST_BYTES = 8 * 1024
MOST_KEYS = 8
_HEADERS = frozenset({"alg", "kid", "typ"})
_KTY = {"ES384": "EC", "RS384": "RSA"}
_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_KID = re.compile(r"[A-Za-z0-9._~:=-]{1,128}", re.ASCII)


class BadAssertion(Exception):
    """An assertion that proves nothing. `reason` is a word for the log, never a value of the assertion."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


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
    """Whose assertion it says it is, so that the right keys are tried. Nothing is proven yet. Raises BadAssertion."""
    _, claims = _parts(assertion)
    client = claims.get("iss")
    if not isinstance(client, str) or claims.get("sub") != client:
        raise BadAssertion("issuer")
    return client


def verified(assertion: str, jwks: str, *, audience: str, now: float) -> Assertion:
    """What the assertion says, once signature, audience and times hold.

    jwks      the registered public keys of the client that it claims to be
    audience  the address of the token endpoint, letter for letter
    now       seconds of the epoch
    Raises BadAssertion. Whether its jti was seen before is the caller's to ask.
    """
    header, claims = _parts(assertion)
    key = _key(header, jwks)
    try:
        jws.deserialize_compact(assertion, key, algorithms=[header["alg"]])
    except (JoseError, ValueError, binascii.Error) as error:
        raise BadAssertion("signature") from error
    audiences = claims.get("aud")
    if audiences not in (audience, [audience]):
        raise BadAssertion("audience")
    exp = _moment(claims, "exp")
    if exp is None or not now < exp <= now + LIFE_SECONDS + SKEW_SECONDS:
        raise BadAssertion("expiry")
    if any((_moment(claims, name) or 0) > now + SKEW_SECONDS for name in ("nbf", "iat")):
        raise BadAssertion("not-yet")
    jti = claims.get("jti")
    if not isinstance(jti, str) or not 1 <= len(jti) <= 255:
        raise BadAssertion("jti")
    return Assertion(claims["iss"], jti, exp, _purposes(claims))


def _parts(assertion: str) -> tuple[dict[str, Any], dict[str, Any]]:
    if len(assertion) > MOST_BYTES or not assertion.isascii() or assertion.count(".") != 2:
        raise BadAssertion("form")
    header, payload, _ = assertion.split(".")
    return _headers(_object(header)), _object(payload)


def _headers(header: dict[str, Any]) -> dict[str, Any]:
    if not set(header) <= _HEADERS:
        raise BadAssertion("header")
    if header.get("alg") not in ALGORITHMS:
        raise BadAssertion("algorithm")
    if header.get("typ", "JWT") != "JWT":
        raise BadAssertion("type")
    if not isinstance(header.get("kid"), str) or not _KID.fullmatch(header["kid"]):
        raise BadAssertion("key")
    return header


def _object(part: str) -> dict[str, Any]:
    try:
        found = json.loads(urlsafe_b64decode(part.encode()), object_pairs_hook=_once, parse_constant=_no_constant)
    except (ValueError, RecursionError, binascii.Error) as error:
        raise BadAssertion("form") from error
    if not isinstance(found, dict):
        raise BadAssertion("form")
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a member twice")
    return found


def _no_constant(name: str) -> Any:
    raise ValueError("not a number")


def _moment(claims: dict[str, Any], name: str) -> int | None:
    value = claims.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 2**53:
        raise BadAssertion("time")
    return value


def _purposes(claims: dict[str, Any]) -> tuple[str, ...]:
    """The codes of extensions.hl7-b2b.purpose_of_use, with or without their code system before a #."""
    extensions = claims.get("extensions", {})
    b2b = extensions.get("hl7-b2b", {}) if isinstance(extensions, dict) else None
    codes = b2b.get("purpose_of_use", []) if isinstance(b2b, dict) else None
    if not isinstance(codes, list) or len(codes) > 8 or not all(isinstance(code, str) for code in codes):
        raise BadAssertion("purpose")
    return tuple(code.rpartition("#")[2] for code in codes)


def _key(header: dict[str, Any], jwks: str) -> RSAKey | ECKey:
    for key in KeySet.import_key_set(json.loads(jwks)).keys:
        if key.kid == header["kid"] and key.key_type == _KTY[header["alg"]] and isinstance(key, RSAKey | ECKey):
            return key
    raise BadAssertion("key")


# ---- registering keys -----------------------------------------------------------------------------------------------


def require_jwks(text: str) -> str:
    """A JSON Web Key Set fit to be registered, as it is kept: public keys only, each with its own kid, P-384 for ES384
    or RSA of 2,048 to 4,096 bits for RS384. Raises TokenProblem, which never quotes a key.
    """
    try:
        keys = json.loads(text, object_pairs_hook=_once)["keys"]
        _require_sound(keys)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, JoseError, binascii.Error) as error:
        raise TokenProblem(
            "แฟ้มกุญแจต้องเป็น JWKS ที่มีเฉพาะกุญแจสาธารณะ 1-8 ดอก แต่ละดอกมี kid ของตน เป็น EC P-384 หรือ RSA 2048-4096 บิต",
            "the key file is a JWKS of 1 to 8 public keys, each with its own kid, EC P-384 or RSA of 2048 to 4096 bits",
        ) from error
    return json.dumps({"keys": keys}, separators=(",", ":"))


def _require_sound(keys: Any) -> None:
    if not isinstance(keys, list) or not 1 <= len(keys) <= MOST_KEYS or _PRIVATE & {n for k in keys for n in k}:
        raise ValueError("keys")
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
