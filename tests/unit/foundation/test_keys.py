"""Keys: equal texts are found by their hash, sealed text is read again with the same key only."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag

from suksala.foundation import keys

NUMBER = "1100000000017"


@pytest.fixture
def another(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An installation of its own: its master key is made at the first use."""
    monkeypatch.delenv("SUKSALA_MASTER_KEY")
    forget()
    yield data_dir
    monkeypatch.undo()
    forget()


def forget() -> None:
    for kept in (keys._key, keys._cipher, keys._master):
        kept.cache_clear()


def test_a_hash_is_of_its_purpose_and_its_key() -> None:
    """No table of all numbers finds it without the key; what one purpose tells, another does not."""
    assert keys.keyed_hash("identity.number", NUMBER) == keys.keyed_hash("identity.number", NUMBER)
    assert keys.keyed_hash("identity.number", NUMBER) != keys.keyed_hash("registry.number", NUMBER)
    assert -(2**63) <= keys.keyed_int("identity.number", NUMBER) < 2**63


def test_sealed_text_hides_its_text_and_opens_again() -> None:
    """A bit more or less opens nothing."""
    sealed = keys.seal(NUMBER)
    assert NUMBER.encode() not in sealed
    assert keys.unseal(sealed) == NUMBER
    with pytest.raises(InvalidTag):
        keys.unseal(sealed[:-1] + bytes([sealed[-1] ^ 1]))


def test_another_installation_reads_and_finds_nothing(another: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stolen dump without its master key: 64 random bytes, for the server's user alone."""
    sealed, found = keys.seal(NUMBER), keys.keyed_hash("identity.number", NUMBER)
    file = another / "keys" / "master.key"
    assert (len(file.read_bytes()), stat.S_IMODE(file.stat().st_mode)) == (64, 0o600)
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    file.unlink()
    forget()
    assert keys.keyed_hash("identity.number", NUMBER) != found
    with pytest.raises(InvalidTag):
        keys.unseal(sealed)


def test_a_key_of_its_own_is_made_once(another: Path) -> None:
    """It does not follow from the master key."""
    made = keys.own_key("audit")
    assert keys.own_key("audit") == made == (another / "keys" / "audit.key").read_bytes()
    assert keys.own_key("openid") != made
