"""A stream that its maker cannot read: what was written comes back whole, and nothing else comes back at all."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from suksala.operations import backup
from suksala.operations.errors import BadArchive, BadBackupKey
from suksala.operations.sealed_stream import MAGIC, PIECE, TAG, Opening, Sealing, private_key, public_key

KEY = X25519PrivateKey.generate()
HEAD = len(MAGIC) + 80


def sealed(clear: bytes) -> bytes:
    out = io.BytesIO()
    with Sealing(out, KEY.public_key()) as stream:
        stream.write(clear)
    return out.getvalue()


def opened(stream: bytes, key: X25519PrivateKey = KEY) -> bytes:
    return Opening(io.BytesIO(stream), key).readall() or b""


@pytest.mark.parametrize("length", [0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE])
def test_what_was_written_comes_back(length: int) -> None:
    """Every length around a piece; each piece is 16 bytes longer, and an empty stream has one."""
    clear = bytes(range(256)) * (length // 256 + 1)
    stream = sealed(clear[:length])
    assert opened(stream) == clear[:length]
    assert len(stream) == HEAD + length + TAG * max(1, -(-length // PIECE))


def test_another_key_opens_nothing() -> None:
    with pytest.raises(BadArchive, match="SKL-BAK-002: this key is not the other half"):
        opened(sealed(b"secret"), X25519PrivateKey.generate())


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("one bit", lambda s: s[:-1] + bytes([s[-1] ^ 1])),
        ("the last piece is cut off", lambda s: s[: HEAD + PIECE + TAG]),
        ("the last byte is cut off", lambda s: s[:-1]),
        ("two pieces change places", lambda s: s[:HEAD] + s[HEAD + PIECE + TAG :] + s[HEAD : HEAD + PIECE + TAG]),
        ("a piece is put behind", lambda s: s + s[HEAD : HEAD + PIECE + TAG]),
        ("no piece at all", lambda s: s[:HEAD]),
    ],
)
def test_a_changed_stream_is_noticed(name: str, change: object) -> None:
    """Each piece is bound to its place, and the last to being the last."""
    stream = sealed(b"x" * (2 * PIECE))
    assert callable(change)
    with pytest.raises(BadArchive, match="SKL-BAK-002"):
        opened(change(stream))


@pytest.mark.parametrize("stream", [b"", b"PK\x03\x04", MAGIC, MAGIC + b"x" * 79])
def test_another_file_is_told_at_once(stream: bytes) -> None:
    with pytest.raises(BadArchive, match="SKL-BAK-002"):
        Opening(io.BytesIO(stream), KEY)


def test_the_halves_of_a_pair_are_not_mixed_up(tmp_path: Path) -> None:
    """The private half does not belong on the server: there it is refused, as is a file that is no key."""
    private, public, other = tmp_path / "private.pem", tmp_path / "public.pem", tmp_path / "other.pem"
    public.write_text(backup.make_key(private), encoding="ascii")
    other.write_text("no key", encoding="ascii")
    assert private.stat().st_mode & 0o777 == 0o600
    assert private_key(private).public_key() == public_key(public)
    for read, path in (
        (public_key, private),
        (private_key, public),
        (public_key, other),
        (private_key, tmp_path / "-"),
    ):
        with pytest.raises(BadBackupKey, match="SKL-BAK-001"):
            read(path)
    with pytest.raises(FileExistsError):
        backup.make_key(private)
