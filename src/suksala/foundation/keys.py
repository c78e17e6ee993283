"""Keys: keyed hashes for equality, sealed text for secrets that must be read again.

The master key lies in `<data>/keys/master.key` (0600, made at the first start) or in SUKSALA_MASTER_KEY (base64).
It is never in the database, so a stolen dump holds no citizen number that could be searched for
(plain hashes of 10^12 numbers are searched in minutes).
"""

from __future__ import annotations

import base64
import hashlib
import os
import secrets
from functools import lru_cache
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from . import settings

_LENGTH = 64


def keyed_hash(purpose: str, text: str, size: int = 16) -> bytes:
    """A keyed BLAKE2b digest of `text`, `size` bytes; another purpose gives another, unrelated digest."""
    return hashlib.blake2b(text.encode(), key=_key(purpose), digest_size=size).digest()


def keyed_int(purpose: str, text: str) -> int:
    """`keyed_hash` as a signed 64-bit number, the width of a PostgreSQL bigint."""
    return int.from_bytes(keyed_hash(purpose, text, 8), "big", signed=True)


def seal(text: str) -> bytes:
    """Encrypt `text` (AES-SIV, deterministic: equal texts give equal bytes) for storage."""
    return _cipher().encrypt(text.encode(), None)


def unseal(sealed: bytes) -> str:
    """The text that `seal` was given. Raises cryptography.exceptions.InvalidTag for another key or changed bytes."""
    return _cipher().decrypt(bytes(sealed), None).decode()


def own_key(name: str) -> bytes:
    """64 random bytes of this installation for one use, in `<data>/keys/<name>.key`: made at the first use, then kept.

    For keys that must not follow from the master key, such as one that signs what others rely on.
    """
    return _read_or_make(settings.current().data_dir / "keys" / f"{name}.key")


def django_secret() -> str:
    """The secret that signs sessions and forms."""
    return keyed_hash("django", "secret", 32).hex()


@lru_cache(maxsize=64)
def _key(purpose: str) -> bytes:
    return hashlib.blake2b(purpose.encode(), key=_master(), digest_size=32, person=b"suksala-key-v1").digest()


@lru_cache(maxsize=1)
def _cipher() -> AESSIV:
    return AESSIV(hashlib.blake2b(b"seal", key=_master(), digest_size=64).digest())


@lru_cache(maxsize=1)
def _master() -> bytes:
    given = os.environ.get("SUKSALA_MASTER_KEY")
    if given:
        return base64.b64decode(given)
    return _read_or_make(settings.current().data_dir / "keys" / "master.key")


def _read_or_make(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Two processes may start together: the link succeeds once, and both then read the same key.
        fresh = path.with_name(f".{secrets.token_hex(8)}")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as out:
            out.write(secrets.token_bytes(_LENGTH))
            out.flush()
            os.fsync(out.fileno())
        try:
            os.link(fresh, path)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
        return path.read_bytes()
