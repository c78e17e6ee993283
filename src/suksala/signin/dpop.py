"""Use cases of DPoP: a proof is looked at, and counts once over all servers of this database (RFC 9449, 11.1)."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

from suksala.foundation import clock

from . import dpop_rules, oauth_storage
from .dpop_rules import Proof
from .strict_jwt import BadJwt


def verified(text: str, *, method: str, address: str, token: str | None = None) -> Proof:
    """What a proof shows at this moment; arguments as of `dpop_rules.verified`. Raises BadJwt."""
    return dpop_rules.verified(text, method=method, address=address, now=clock.now().timestamp(), token=token)


def spend(proof: Proof) -> None:
    """Note that a proof was used, until it is too old by itself. Raises BadJwt when it was used before."""
    used = hashlib.sha256(f"dpop\0{proof.jkt}\0{proof.jti}".encode()).digest()
    if not oauth_storage.use_once(used, datetime.fromtimestamp(proof.until + 1, UTC), clock.now()):
        raise BadJwt("replay")
