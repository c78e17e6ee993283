"""Checkpoints as signed notes: a few lines of text that say how long the log is and what its root is, and who says so.

Source: C2SP signed-note, tlog-checkpoint and tlog-cosignature (v1). A note is text, an empty line, and one line
`— name base64` for each signature; a signature that nobody knows is passed over, so that more may sign later.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from suksala.foundation import SuksalaError

from .merkle import HASH_BYTES

ED25519, COSIGNATURE = 0x01, 0x04
NAME = re.compile(r"[^\s+]{1,120}")
_SIGNATURE = re.compile(r"— ([^\s+]{1,120}) ([A-Za-z0-9+/=]{1,200})")
_LAST_SECOND = int(datetime(9999, 12, 31, tzinfo=UTC).timestamp())
LARGEST = 20_000  # characters of a note; a checkpoint with a dozen co-signatures has 2,000


class NoteProblem(SuksalaError):
    """A checkpoint or a verifier key is not written as it should be, or its signature is wrong. Nothing was taken."""

    code = "SKL-AUDIT-002"


@dataclass(frozen=True)
class Verifier:
    """By what a signature is checked.

    name    of the log or the witness
    kind    ED25519 for a log, COSIGNATURE for a witness
    public  the 32 bytes of the Ed25519 key
    """

    name: str
    kind: int
    public: bytes

    @property
    def key_id(self) -> bytes:
        """The four bytes that stand before a signature."""
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:4]

    def __str__(self) -> str:
        """The verifier key in its usual form, `name+hash+base64`."""
        return f"{self.name}+{self.key_id.hex()}+{_encoded(bytes([self.kind]) + self.public)}"

    @classmethod
    def read(cls, text: str) -> Verifier:
        """The verifier key that was printed. Raises NoteProblem."""
        name, _, rest = text.strip().partition("+")
        key_id, _, key = rest.partition("+")
        raw = _decoded(key)
        if not NAME.fullmatch(name) or len(raw) != 1 + HASH_BYTES or raw[0] not in (ED25519, COSIGNATURE):
            raise _no_key()
        found = cls(name, raw[0], raw[1:])
        if found.key_id.hex() != key_id:
            raise _no_key()
        return found


@dataclass(frozen=True)
class Signer:
    """Who signs, as a log and, when asked, as a witness of others."""

    name: str
    private: Ed25519PrivateKey

    def verifier(self, kind: int = ED25519) -> Verifier:
        """By what its signatures are checked."""
        return Verifier(self.name, kind, self.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))

    def sign(self, text: str) -> str:
        """The signature line of a log under this text."""
        return _line(self.verifier(), self.private.sign(text.encode()))

    def cosign(self, text: str, at: datetime) -> str:
        """The signature line of a witness: at this second it had seen this text and nothing that contradicts it."""
        seconds = int(at.timestamp())
        signed = self.private.sign(_cosigned(text, seconds))
        return _line(self.verifier(COSIGNATURE), seconds.to_bytes(8, "big") + signed)


@dataclass(frozen=True)
class Checkpoint:
    """How long a log is, and the root over all of it.

    origin  the name of the log
    size    leaves
    root    32 bytes
    """

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """What is signed."""
        return f"{self.origin}\n{self.size}\n{_encoded(self.root)}\n"

    @classmethod
    def read(cls, text: str) -> Checkpoint:
        """The checkpoint of a note's text; further lines are allowed and passed over. Raises NoteProblem."""
        lines = text.split("\n")
        if len(lines) < 4 or not lines[0] or not re.fullmatch(r"0|[1-9][0-9]{0,17}", lines[1]):
            raise _no_checkpoint()
        root = _decoded(lines[2])
        if len(root) != HASH_BYTES:
            raise _no_checkpoint()
        return cls(lines[0], int(lines[1]), root)


@dataclass(frozen=True)
class Note:
    """A text and the lines that sign it."""

    text: str
    signatures: tuple[str, ...]

    def __str__(self) -> str:
        return self.text + "\n" + "".join(f"{line}\n" for line in self.signatures)

    @classmethod
    def read(cls, note: str) -> Note:
        """Raises NoteProblem for anything but text, an empty line, and signature lines."""
        text, gap, signed = note.rpartition("\n\n")
        lines = signed.splitlines()
        if len(note) > LARGEST or not gap or not text or not lines or not note.endswith("\n"):
            raise _no_checkpoint()
        if not all(_SIGNATURE.fullmatch(line) for line in lines):
            raise _no_checkpoint()
        return cls(text + "\n", tuple(lines))

    def signed_by(self, verifier: Verifier) -> bool:
        """Whether this log signed it. A line that bears its name and key but is wrong makes the note wrong."""
        found = [self._checks(verifier, signed) for signed in self._of(verifier)]
        return bool(found) and all(found)

    def cosigned_at(self, verifier: Verifier) -> datetime | None:
        """When this witness signed it; None when it did not, or wrongly."""
        if verifier.kind != COSIGNATURE:
            return None
        for signed in self._of(verifier):
            seconds = int.from_bytes(signed[:8], "big")
            if seconds < _LAST_SECOND and self._checks(verifier, signed):
                return datetime.fromtimestamp(seconds, UTC)
        return None

    def also(self, lines: Iterable[str]) -> Note:
        """With more signature lines, each once."""
        return Note(self.text, tuple(dict.fromkeys((*self.signatures, *lines))))

    def cosigned_too(self, lines: Iterable[str], verifier: Verifier) -> Note:
        """With those of these lines that are right co-signatures of this witness."""
        return self.also(line for line in lines if Note(self.text, (line,)).cosigned_at(verifier))

    def _of(self, verifier: Verifier) -> list[bytes]:
        found = []
        for line in self.signatures:
            _, name, signature = line.split(" ")
            raw = _decoded(signature)
            if name == verifier.name and raw[:4] == verifier.key_id:
                found.append(raw[4:])
        return found

    def _checks(self, verifier: Verifier, signed: bytes) -> bool:
        text, signature = self.text.encode(), signed
        if verifier.kind == COSIGNATURE:
            if len(signed) != 72:
                return False
            text, signature = _cosigned(self.text, int.from_bytes(signed[:8], "big")), signed[8:]
        try:
            Ed25519PublicKey.from_public_bytes(verifier.public).verify(signature, text)
        except InvalidSignature:
            return False
        return True


def _cosigned(text: str, seconds: int) -> bytes:
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()


def _line(verifier: Verifier, signed: bytes) -> str:
    return f"— {verifier.name} {_encoded(verifier.key_id + signed)}"


def _encoded(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _decoded(text: str) -> bytes:
    """The bytes, or none for what is not base64."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _no_checkpoint() -> NoteProblem:
    return NoteProblem(
        "ไม่ใช่จุดตรวจสอบของบันทึก: ต้องมีชื่อ จำนวน ค่าราก บรรทัดว่าง และลายเซ็น",
        "this is not a checkpoint of a log: name, size, root, an empty line and signatures are expected",
    )


def _no_key() -> NoteProblem:
    return NoteProblem(
        "ไม่ใช่กุญแจตรวจลายเซ็น: ต้องเป็น ชื่อ+รหัส+base64 ตามที่ suksala audit key พิมพ์",
        "this is not a verifier key: name+hash+base64 is expected, as suksala audit key prints it",
    )
