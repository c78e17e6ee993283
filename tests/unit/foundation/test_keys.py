"""Keys: equal texts are found by their hash, sealed text is read again with the same key only."""

from __future__ import annotations

import base64
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag

from suksala.foundation import keys, settings

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
    for kept in (keys._key, keys._cipher, keys._ring):
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


# ---- turning the master key -----------------------------------------------------------------------------------------


def test_what_was_sealed_before_a_turn_opens_after_it_and_new_text_is_under_the_new_key(another: Path) -> None:
    """Both keys lie in the folder; the text says which one it needs."""
    before = keys.seal(NUMBER)
    assert (keys.newest(), keys.version_of(before)) == (1, 1)
    assert keys.turn() == 2
    after = keys.seal(NUMBER)
    assert (keys.version_of(after), after != before) == (2, True)
    assert (keys.unseal(before), keys.unseal(after)) == (NUMBER, NUMBER)
    assert keys.resealed(before) == keys.resealed(after) == after
    made = another / "keys" / "master-2.key"
    assert (len(made.read_bytes()), stat.S_IMODE(made.stat().st_mode)) == (64, 0o600)
    assert made.read_bytes() != (another / "keys" / "master.key").read_bytes()


def test_an_old_backup_opens_with_the_old_key_and_a_new_one_not(another: Path) -> None:
    """Both sides: the key that leaked opens what was sealed under it, and nothing from after the turn."""
    old = keys.seal(NUMBER)
    keys.turn()
    new = keys.seal(NUMBER)
    (another / "keys" / "master-2.key").unlink()
    forget()
    assert keys.unseal(old) == NUMBER
    with pytest.raises(InvalidTag):
        keys.unseal(new)


def test_hashes_and_ids_survive_a_turn_and_sessions_do_not(another: Path) -> None:
    """What others keep hangs on the first key; who is signed in signs in anew."""
    found, secret = keys.keyed_int("identity.number", NUMBER), keys.django_secret()
    keys.turn()
    assert keys.keyed_int("identity.number", NUMBER) == found
    assert keys.django_secret() != secret


def test_a_process_that_ran_before_the_turn_opens_what_came_after(another: Path) -> None:
    """It seals under the key that it knew until it starts again."""
    keys.seal(NUMBER)
    known = dict(keys._ring())
    keys.turn()
    new = keys.seal(NUMBER)
    forget()
    keys._ring().clear()
    keys._ring().update(known)  # as in the process of before
    assert keys.newest() == 1
    assert keys.unseal(new) == NUMBER


def test_a_turn_that_was_cut_off_leaves_no_half_key(another: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing bears the name of a key before all of its bytes are on disk; the next turn makes it."""
    sealed = keys.seal(NUMBER)

    def cut(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(keys.os, "link", cut)
    with pytest.raises(KeyboardInterrupt):
        keys.turn()
    monkeypatch.undo()
    monkeypatch.delenv("SUKSALA_MASTER_KEY")
    monkeypatch.setenv("SUKSALA_DATA", str(another))
    settings.forget()
    forget()
    assert sorted(path.name for path in (another / "keys").iterdir()) == ["master.key"]
    assert (keys.newest(), keys.unseal(sealed)) == (1, NUMBER)
    assert keys.turn() == 2


def test_keys_of_the_environment_are_turned_there(monkeypatch: pytest.MonkeyPatch, data_dir: Path) -> None:
    """A second text behind the first; the command refuses, and makes nothing."""
    first, second = (base64.b64encode(bytes([n]) * 64).decode() for n in (1, 2))
    monkeypatch.setenv("SUKSALA_MASTER_KEY", first)
    forget()
    old = keys.seal(NUMBER)
    with pytest.raises(keys.KeyIsGiven):
        keys.turn()
    assert not (data_dir / "keys").exists()
    monkeypatch.setenv("SUKSALA_MASTER_KEY", f"{first} {second}")
    forget()
    assert (keys.newest(), keys.version_of(keys.seal(NUMBER)), keys.unseal(old)) == (2, 2, NUMBER)
    monkeypatch.undo()
    forget()


@pytest.mark.parametrize("text", [" ", "not base64!", "AAAA %%%"])
def test_a_master_key_that_is_none_is_told(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Without the text itself."""
    monkeypatch.setenv("SUKSALA_MASTER_KEY", text)
    forget()
    with pytest.raises(keys.BadMasterKey) as caught:
        keys.seal(NUMBER)
    assert text.strip() == "" or text not in f"{caught.value.th} {caught.value.en}"
    monkeypatch.undo()
    forget()


def test_text_that_looks_like_a_later_key_by_chance_opens(another: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One text in 2^40: it is tried under both, whether there is such a key or not."""
    sealed = keys.seal(NUMBER)
    monkeypatch.setattr(keys, "version_of", lambda _: 9)
    assert keys.unseal(sealed) == NUMBER
    keys.turn()
    monkeypatch.setattr(keys, "version_of", lambda _: 2)
    assert keys.unseal(sealed) == NUMBER
