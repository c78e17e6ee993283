"""Signed JWTs of strangers, read strictly: what is around a signature is checked before anybody looks at it.

A parser that forgives (members twice, unknown headers, wide types) is what forgeries live on (RFC 8725). Signatures are
joserfc's.
"""

from __future__ import annotations

import binascii
import json
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey
from joserfc.util import urlsafe_b64decode

MOST_BYTES = 8 * 1024
PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})  # members of a JWK that nobody may show


class BadJwt(Exception):
    """A JWT that proves nothing. `reason` is a word for the log, never a value of it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def parts(text: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims of a compact JWT (RFC 7515, 7.1), of which nothing is proven yet. Raises BadJwt."""
    if len(text) > MOST_BYTES or not text.isascii() or text.count(".") != 2:
        raise BadJwt("form")
    header, payload, _ = text.split(".")
    return _object(header), _object(payload)


def require_signature(text: str, key: RSAKey | ECKey, algorithm: str) -> None:
    """Raises BadJwt unless the JWT is signed by this key, by this algorithm."""
    try:
        jws.deserialize_compact(text, key, algorithms=[algorithm])
    except (JoseError, ValueError, binascii.Error) as error:
        raise BadJwt("signature") from error


def moment(claims: dict[str, Any], name: str) -> int | None:
    """A claim as a second of the epoch, None without it. Raises BadJwt for anything but a whole number."""
    value = claims.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 2**53:
        raise BadJwt("time")
    return value


def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of JSON (object_pairs_hook). Raises ValueError when it has a member twice."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a member twice")
    return found


def _object(part: str) -> dict[str, Any]:
    try:
        found = json.loads(urlsafe_b64decode(part.encode()), object_pairs_hook=once, parse_constant=_no_constant)
    except (ValueError, RecursionError, binascii.Error) as error:
        raise BadJwt("form") from error
    if not isinstance(found, dict):
        raise BadJwt("form")
    return found


def _no_constant(name: str) -> Any:
    raise ValueError("not a number")
