"""A stream that one key encrypts and another opens: who makes copies cannot read them.

    suksala-backup-1\n                         this format
    80 bytes                                   the key of this stream, sealed by HPKE (RFC 9180: X25519, HKDF-SHA256,
                                               AES-256-GCM) for the public key of who restores
    pieces of 1 MiB, each 16 bytes longer      AES-256-GCM; the nonce is the piece's number and whether it is the last

No piece can be changed, moved, left out or cut off at the end: each is bound to its place (STREAM, Hoang et al. 2015).
"""

from __future__ import annotations

import io
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from .errors import BadArchive, BadBackupKey

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

MAGIC = b"suksala-backup-1\n"
PIECE = 1 << 20
TAG = 16
_KEY = 32
_SEALED_KEY = 32 + _KEY + TAG
_SUITE = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)


class Sealing(io.RawIOBase):
    """Writes what it is given, encrypted for `public`, to `out`; whole once it is closed."""

    def __init__(self, out: BinaryIO, public: X25519PublicKey) -> None:
        key = secrets.token_bytes(_KEY)
        self._out, self._cipher, self._number, self._waiting = out, AESGCM(key), 0, bytearray()
        out.write(MAGIC + _SUITE.encrypt(key, public, MAGIC))

    def writable(self) -> bool:
        """Yes."""
        return True

    def write(self, data: ReadableBuffer, /) -> int:
        """Take bytes; the last piece is kept back, for it must be marked as the last."""
        self._waiting += data
        while len(self._waiting) > PIECE:
            self._piece(bytes(self._waiting[:PIECE]), last=False)
            del self._waiting[:PIECE]
        return memoryview(data).nbytes

    def close(self) -> None:
        """Write the last piece. `out` stays open."""
        if not self.closed:
            self._piece(bytes(self._waiting), last=True)
            super().close()

    def _piece(self, clear: bytes, *, last: bool) -> None:
        self._out.write(self._cipher.encrypt(_nonce(self._number, last=last), clear, None))
        self._number += 1


class Opening(io.RawIOBase):
    """Reads what `Sealing` wrote. Raises BadArchive at once for another format or another key, and later for a piece
    that was changed or is missing.
    """

    def __init__(self, source: BinaryIO, private: X25519PrivateKey) -> None:
        self._source, self._number, self._clear = source, 0, b""
        if source.read(len(MAGIC)) != MAGIC:
            raise BadArchive("แฟ้มนี้ไม่ใช่สำเนาสำรองของ Suksala", "this file is no backup of Suksala")
        try:
            self._cipher = AESGCM(_SUITE.decrypt(source.read(_SEALED_KEY), private, MAGIC))
        except (InvalidTag, ValueError) as error:
            raise BadArchive(
                "กุญแจนี้ไม่ใช่คู่ของกุญแจที่ทำสำเนา หรือแฟ้มเสียหาย",
                "this key is not the other half of the one that the copy was made for, or the file is damaged",
            ) from error
        self._next = source.read(PIECE + TAG)
        if not self._next:
            raise _changed()

    def readable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, into: WriteableBuffer, /) -> int:
        """Fill a buffer; 0 at the end."""
        view = memoryview(into).cast("B")
        while not self._clear and self._next:
            self._clear = self._piece()
        taken = min(len(view), len(self._clear))
        view[:taken], self._clear = self._clear[:taken], self._clear[taken:]
        return taken

    def _piece(self) -> bytes:
        sealed, self._next = self._next, self._source.read(PIECE + TAG)
        try:
            clear = self._cipher.decrypt(_nonce(self._number, last=not self._next), sealed, None)
        except (InvalidTag, ValueError) as error:
            raise _changed() from error
        self._number += 1
        return clear


def public_key(path: Path) -> X25519PublicKey:
    """The public key in a PEM file. Raises BadBackupKey, for a private one too: it does not belong on this machine."""
    try:
        key = load_pem_public_key(path.read_bytes())
    except (OSError, ValueError) as error:
        raise _bad_key(path) from error
    if not isinstance(key, X25519PublicKey):
        raise _bad_key(path)
    return key


def private_key(path: Path) -> X25519PrivateKey:
    """The private key in a PEM file without a password. Raises BadBackupKey."""
    try:
        key = load_pem_private_key(path.read_bytes(), None)
    except (OSError, ValueError, TypeError) as error:
        raise _bad_key(path) from error
    if not isinstance(key, X25519PrivateKey):
        raise _bad_key(path)
    return key


def _bad_key(path: Path) -> BadBackupKey:
    return BadBackupKey(
        f"แฟ้ม {path.name} ไม่ใช่กุญแจที่ต้องใช้ (X25519, PEM): ทำคู่กุญแจด้วย suksala backup key บนเครื่องอื่น ใช้ครึ่งสาธารณะทำสำเนา "
        "ใช้ครึ่งลับกู้คืน",
        f"{path.name} is not the key that is needed (X25519, PEM): make a pair with `suksala backup key` on another "
        "machine; its public half makes copies, its private half restores",
    )


def _changed() -> BadArchive:
    return BadArchive("สำเนาสำรองถูกแก้ไขหรือขาดหาย: ใช้สำเนาอื่น", "the backup was changed or cut short: take another copy")


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])
