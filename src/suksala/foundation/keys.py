"""Keys: keyed hashes for equality, sealed text for secrets that must be read again.

The master key lies in `<data>/keys/master.key` (0600, made at the first start) or in SUKSALA_MASTER_KEY (base64).
It is never in the database, so a stolen dump holds no citizen number that could be searched for
(plain hashes of 10^12 numbers are searched in minutes).

The master key is turned by a further one beside it (`master-2.key`, ...; decision 0159): what is sealed from then on is
sealed under the newest and says so, what was sealed before opens under its own. Hashes stay those of the first, for
ids that others keep hang on them; the secret of sessions is the newest's.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
import secrets
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from . import settings
from .errors import SuksalaError

_LENGTH = 64
# What is sealed under a later key begins with these bytes and the key's number. What is sealed under the first begins
# with 16 bytes that look random: one in 2^40 of them looks like this too, and is tried under both.
_MARK = b"\xf1suk"


class KeyIsGiven(SuksalaError):
    """The master key comes from the environment, so whoever gives it turns it there."""

    code = "SKL-KEYS-001"


class BadMasterKey(SuksalaError):
    """SUKSALA_MASTER_KEY is not one or more texts of base64."""

    code = "SKL-KEYS-002"


def keyed_hash(purpose: str, text: str, size: int = 16, *, newest_key: bool = False) -> bytes:
    """A keyed BLAKE2b digest of `text`, `size` bytes; another purpose gives another, unrelated digest.

    newest_key  of the newest master key: for what ends by itself and may end with a turn. Others are the first's
    """
    key = _key(purpose, newest() if newest_key else 1)
    return hashlib.blake2b(text.encode(), key=key, digest_size=size).digest()


def keyed_int(purpose: str, text: str) -> int:
    """`keyed_hash` as a signed 64-bit number, the width of a PostgreSQL bigint."""
    return int.from_bytes(keyed_hash(purpose, text, 8), "big", signed=True)


def seal(text: str) -> bytes:
    """Encrypt `text` for storage under the newest master key (AES-SIV, deterministic: equal texts, equal bytes)."""
    number = newest()
    return mark(number) + _cipher(number).encrypt(text.encode(), None)


def unseal(sealed: bytes) -> str:
    """The text that `seal` was given. Raises cryptography.exceptions.InvalidTag for another key or changed bytes."""
    sealed = bytes(sealed)
    number = version_of(sealed)
    if number > 1:
        try:
            return _cipher(number).decrypt(sealed[len(_MARK) + 1 :], None).decode()
        except InvalidTag:
            pass  # sealed under the first key, and looks like this by chance
    return _cipher(1).decrypt(sealed, None).decode()


def mark(number: int) -> bytes:
    """What a text sealed under the master key of this number begins with; nothing for the first."""
    return _MARK + bytes([number]) if number > 1 else b""


def version_of(sealed: bytes) -> int:
    """The number of the master key that a text says it is sealed under."""
    return sealed[len(_MARK)] if sealed[: len(_MARK)] == _MARK and len(sealed) > len(_MARK) else 1


def resealed(sealed: bytes) -> bytes:
    """The same text under the newest master key. Raises InvalidTag as `unseal` does."""
    return bytes(sealed) if version_of(bytes(sealed)) == newest() else seal(unseal(sealed))


def newest() -> int:
    """The number of the newest master key, from 1."""
    return max(_ring())


def turn() -> int:
    """Make a further master key and return its number; what runs already learns of it when it starts again, and opens
    what is sealed under it at once. Raises KeyIsGiven.
    """
    if os.environ.get("SUKSALA_MASTER_KEY"):
        raise KeyIsGiven(
            "กุญแจหลักมาจาก SUKSALA_MASTER_KEY: เติมกุญแจใหม่ (openssl rand -base64 64) ต่อท้ายโดยเว้นวรรค "
            "แล้วเรียก suksala keys reseal",
            "the master key comes from SUKSALA_MASTER_KEY: write a new one (openssl rand -base64 64) behind it after a "
            "blank, then run `suksala keys reseal`",
        )
    _ring.cache_clear()
    number = newest() + 1
    _read_or_make(_folder() / f"master-{number}.key")
    _ring.cache_clear()
    return number


def own_key(name: str) -> bytes:
    """64 random bytes of this installation for one use, in `<data>/keys/<name>.key`: made at the first use, then kept.

    For keys that must not follow from the master key, such as one that signs what others rely on.
    """
    return _read_or_make(_folder() / f"{name}.key")


def django_secret() -> str:
    """The secret that signs sessions and forms: after a turn everybody signs in anew."""
    return keyed_hash("django", "secret", 32, newest_key=True).hex()


@lru_cache(maxsize=64)
def _key(purpose: str, number: int) -> bytes:
    return hashlib.blake2b(purpose.encode(), key=_secret(number), digest_size=32, person=b"suksala-key-v1").digest()


@lru_cache(maxsize=16)
def _cipher(number: int) -> AESSIV:
    return AESSIV(hashlib.blake2b(b"seal", key=_secret(number), digest_size=64).digest())


def _secret(number: int) -> bytes:
    """The master key of a number. Raises InvalidTag where it is not there: what it sealed stays shut."""
    if number not in _ring():
        _ring.cache_clear()  # another process turned it since
    try:
        return _ring()[number]
    except KeyError:
        raise InvalidTag from None


@lru_cache(maxsize=1)
def _ring() -> dict[int, bytes]:
    """Every master key by its number."""
    given = os.environ.get("SUKSALA_MASTER_KEY")
    if given:
        return _given(given)
    folder = _folder()
    found = {1: _read_or_make(folder / "master.key")}
    for path in folder.glob("master-*.key"):
        if told := re.fullmatch(r"master-([1-9][0-9]{0,2})\.key", path.name):
            found[int(told[1])] = path.read_bytes()
    return found


def _given(text: str) -> dict[int, bytes]:
    try:
        listed = [base64.b64decode(one, validate=True) for one in text.split()]
    except ValueError:
        listed = []
    if not listed or not all(listed):
        raise BadMasterKey(
            "SUKSALA_MASTER_KEY ต้องเป็น base64 หนึ่งข้อความต่อกุญแจ เว้นวรรคระหว่างกัน",
            "SUKSALA_MASTER_KEY is base64, a text for each key with blanks between them",
        )
    return dict(enumerate(listed, 1))


def _folder() -> Path:
    return settings.current().data_dir / "keys"


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
        _keep_names(path.parent)
        return path.read_bytes()


def _keep_names(folder: Path) -> None:
    """What is sealed under a key must not outlive the key's name in a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
