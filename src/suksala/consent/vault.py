"""A copy as it is kept: compressed, then sealed under its grant's own key. Pure.

AES-256-GCM with a random nonce before the bytes; the grant is bound in, so that one grant's copy is never read under
another's name.
"""

from __future__ import annotations

import secrets
import zlib
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE = 12


def seal(document: bytes, key: bytes, grant: UUID) -> bytes:
    """The sealed copy of a document."""
    nonce = secrets.token_bytes(NONCE)
    return nonce + AESGCM(key).encrypt(nonce, zlib.compress(document, 6), grant.bytes)


def unseal(sealed: bytes, key: bytes, grant: UUID) -> bytes:
    """The document. Raises cryptography.exceptions.InvalidTag for another key, another grant or changed bytes."""
    return zlib.decompress(AESGCM(key).decrypt(sealed[:NONCE], sealed[NONCE:], grant.bytes))
