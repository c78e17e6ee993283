"""Signed checkpoints: the notes of C2SP, read and written exactly."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from suksala.audit.notes import COSIGNATURE, ED25519, Checkpoint, Note, NoteProblem, Signer, Verifier

LOG = Signer("saraburi.example/audit", Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
WITNESS = Signer("ayutthaya.example/witness", Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33))))
ROOT = hashlib.sha256(b"made up").digest()
TEXT = f"saraburi.example/audit\n7\n{base64.b64encode(ROOT).decode()}\n"
NOON = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)


def note() -> Note:
    """A checkpoint signed by its log."""
    return Note(TEXT, (LOG.sign(TEXT),))


def test_a_checkpoint_is_three_lines() -> None:
    """Name, size, root; read back the same, further lines passed over."""
    checkpoint = Checkpoint("saraburi.example/audit", 7, ROOT)
    assert checkpoint.text == TEXT
    assert Checkpoint.read(TEXT) == checkpoint
    assert Checkpoint.read(TEXT + "more\n") == checkpoint


def test_a_note_is_read_back_and_its_signature_holds() -> None:
    """Text, an empty line, a line for each signature."""
    text = str(note())
    assert text.startswith(TEXT + "\n— saraburi.example/audit ")
    assert Note.read(text) == note()
    assert note().signed_by(LOG.verifier())


def test_a_signature_of_another_text_or_key_does_not_hold() -> None:
    """One changed digit, another key of the same name, and none at all."""
    changed = Note(TEXT.replace("\n7\n", "\n8\n"), note().signatures)
    assert not changed.signed_by(LOG.verifier())
    assert not note().signed_by(Signer(LOG.name, WITNESS.private).verifier())
    assert not Note(TEXT, (WITNESS.sign(TEXT),)).signed_by(LOG.verifier())


def test_a_wrong_line_beside_the_right_one_spoils_the_note() -> None:
    """Two lines of one key, one of them wrong: the specification takes the note as invalid."""
    wrong = LOG.sign(TEXT + "x\n")
    assert not note().also([wrong]).signed_by(LOG.verifier())


def test_a_witness_says_when() -> None:
    """To the second; an unknown line is no obstacle; the time is signed too."""
    signed = note().also([WITNESS.cosign(TEXT, NOON)])
    key = WITNESS.verifier(COSIGNATURE)
    assert signed.cosigned_at(key) == NOON
    assert signed.signed_by(LOG.verifier())
    assert note().cosigned_at(key) is None
    name, line = WITNESS.name, WITNESS.cosign(TEXT, NOON).split(" ")[2]
    raw = bytearray(base64.b64decode(line))
    raw[11] ^= 1  # the last byte of the time, after four of the key
    assert note().also([f"— {name} {base64.b64encode(raw).decode()}"]).cosigned_at(key) is None


def test_a_moment_that_is_none_is_no_cosignature() -> None:
    """Signed rightly, but no calendar has the year: what a witness sends stops nobody."""
    text = f"cosignature/v1\ntime {2**63}\n{TEXT}"
    key = WITNESS.verifier(COSIGNATURE)
    signed = base64.b64encode(key.key_id + (2**63).to_bytes(8, "big") + WITNESS.private.sign(text.encode()))
    assert note().also([f"— {WITNESS.name} {signed.decode()}"]).cosigned_at(key) is None


@pytest.mark.parametrize("kind", [ED25519, COSIGNATURE])
def test_a_verifier_key_is_printed_and_read(kind: int) -> None:
    """name+hash+base64; the hash is the first four bytes over name, kind and key."""
    key = LOG.verifier(kind)
    name, key_id, _ = str(key).split("+", 2)
    expected = hashlib.sha256(f"{name}\n".encode() + bytes([kind]) + key.public).hexdigest()[:8]
    assert (name, key_id) == ("saraburi.example/audit", expected)
    assert Verifier.read(f" {key}\n") == key


@pytest.mark.parametrize("text", ["", "name", "name+00000000+AA==", "a b+1+AQ==", "name+zz+" + "A" * 44, "+1+2"])
def test_what_is_no_verifier_key_is_refused(text: str) -> None:
    """With a sentence in both languages and a stable code."""
    with pytest.raises(NoteProblem) as raised:
        Verifier.read(text)
    assert raised.value.code == "SKL-AUDIT-002"
    assert "suksala audit key" in raised.value.th


@pytest.mark.parametrize(
    "text",
    [
        "",
        TEXT,
        TEXT + "\n",
        TEXT + "\nunsigned\n",
        TEXT + "\n— two words here AAAA\n",
        str(note())[:-1],
        str(note()) + "x" * 20_000,
    ],
)
def test_what_is_no_note_is_refused(text: str) -> None:
    """No text, no gap, no signature, no end of line, too long."""
    with pytest.raises(NoteProblem):
        Note.read(text)


@pytest.mark.parametrize(
    "text", ["", "name\n", "name\n07\n" + "A" * 44, "name\n-1\nAA==\n", "name\n1\nAA==\n", "\n1\nAA==\n"]
)
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    """Lines missing, a size that is no number, a root of another length."""
    with pytest.raises(NoteProblem):
        Checkpoint.read(text)
