"""`suksala keys`: what is sealed comes under a new master key, and nothing is ever unreadable on the way."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.db import models

from suksala import audit, identity, operations, signin
from suksala.commands import turning
from suksala.foundation import database, keys, sealed
from tests.conftest import TEST_KEY
from tests.people import HOSPITAL, mali

pytestmark = pytest.mark.django_db
NUMBERS = "identity_demographics.number_sealed"
SECRET = "JBSWY3DPEHPK3PXP"
NEXT = base64.b64encode(bytes(range(100, 164))).decode()


def forget() -> None:
    for kept in (keys._key, keys._cipher, keys._ring):
        kept.cache_clear()


@pytest.fixture
def stored() -> Authenticator:
    """Three registrations with a national number, and an account with an authenticator app: all under the first key."""
    for number in ("1", "2", "3"):
        identity.link(HOSPITAL, [mali(number)])
    signin.add_account("somchai.k", role="steward", display_th="สมชาย", display_en="Somchai", actor="system:operator")
    account = signin.Account.objects.get(login="somchai.k").pk
    return Authenticator.objects.create(
        user_id=account, type=Authenticator.Type.TOTP, data={"secret": get_adapter().encrypt(SECRET)}
    )


@pytest.fixture
def second(stored: Authenticator, monkeypatch: pytest.MonkeyPatch) -> Iterator[Authenticator]:
    """The operator gave a second key."""
    monkeypatch.setenv("SUKSALA_MASTER_KEY", f"{TEST_KEY} {NEXT}")
    forget()
    yield stored
    monkeypatch.undo()
    forget()


def numbers() -> list[tuple[int, str]]:
    """(number of the key, text) of every sealed national number."""
    found = database.rows("SELECT number_sealed FROM identity_demographics ORDER BY person")
    return [(keys.version_of(bytes(one)), keys.unseal(one)) for (one,) in found]


def test_every_column_that_is_sealed_is_gone_through() -> None:
    """A new one is added here on purpose; what django-allauth keeps comes beside them. Copies of emergency openings
    have keys of their own, which end.
    """
    assert sorted(sealed.columns()) == [
        ("consent_proxy", "document"),
        ("consent_proxy_history", "document"),
        ("identity_demographics", "mother_sealed"),
        ("identity_demographics", "number_sealed"),
        ("identity_demographics", "passport_sealed"),
        ("identity_demographics", "phone_sealed"),
        ("identity_model", "told_sealed"),
        ("lists_model", "told"),
        ("lists_row", "said"),
        ("lists_version", "said"),
        ("registry_practitioner", "number_sealed"),
        ("signin_identity", "sealed"),
        ("signin_sms", "number"),
        ("signin_sms", "words"),
        ("signin_sms_code", "number"),
        ("signin_telephone", "number"),
    ]
    told = {
        (model._meta.db_table, field.column)
        for model in apps.get_models()
        for field in model._meta.local_fields
        if isinstance(field, models.BinaryField) and re.search("sealed|encrypted", field.db_comment or "")
    }
    assert told - set(sealed.columns()) == {("consent_copy", "sealed")}


def test_all_comes_under_the_new_key_and_says_the_same(second: Authenticator) -> None:
    """Counted, told to the log, and nothing is left for a second run."""
    before = numbers()
    assert {number for number, _ in before} == {1}
    done = operations.reseal()
    assert (done.number, done.resealed[NUMBERS], done.resealed["mfa_authenticator.data"]) == (2, len(before), 1)
    assert numbers() == [(2, text) for _, text in before]
    second.refresh_from_db()
    assert get_adapter().decrypt(second.data["secret"]) == SECRET
    assert set(operations.reseal().resealed.values()) == {0}
    assert [fact.detail["number"] for fact in audit.facts("keys.reseal")] == [2, 2]


def test_broken_off_everything_opens_and_the_next_run_does_the_rest(
    second: Authenticator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After one row of several: some under the new key, some under the old, all the same text."""
    before = [text for _, text in numbers()]
    whole, calls = sealed._batch, []

    def cut(table: str, column: str) -> int:
        if table == "identity_demographics":
            calls.append(column)
            if len(calls) == 2:
                raise KeyboardInterrupt
        return whole(table, column)

    monkeypatch.setattr(sealed, "BATCH", 1)
    monkeypatch.setattr(sealed, "_batch", cut)
    with pytest.raises(KeyboardInterrupt):
        operations.reseal()
    assert sorted(number for number, _ in numbers()) == [1, 1, 2]
    assert [text for _, text in numbers()] == before
    monkeypatch.setattr(sealed, "_batch", whole)
    assert operations.reseal().resealed[NUMBERS] == len(before) - 1
    assert numbers() == [(2, text) for text in before]


def test_without_a_new_key_nothing_is_touched(stored: Authenticator) -> None:
    """And a key that the environment gives is not turned here: no fact, no file."""
    assert set(operations.reseal().resealed.values()) == {0}
    with pytest.raises(keys.KeyIsGiven):
        operations.turn_keys()
    assert {number for number, _ in numbers()} == {1}
    assert list(audit.facts("keys.turn")) == []


def test_the_command_turns_the_keys_of_a_data_folder(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """From master.key to master-2.key, told as one document and as words."""

    @contextmanager
    def running(_data: Path) -> Iterator[None]:
        yield None

    monkeypatch.setattr(turning, "quiet_database", running)
    monkeypatch.delenv("SUKSALA_MASTER_KEY")
    forget()
    identity.link(HOSPITAL, [mali("1")])
    turning.turn(data=data_dir, as_json=True)
    told = json.loads(capsys.readouterr().out)
    assert (told["number"], told["resealed"][NUMBERS]) == (2, 1)
    assert numbers()[0][0] == 2
    assert sorted(path.name for path in (data_dir / "keys").glob("*.key")) == ["master-2.key", "master.key"]
    turning.reseal(data=data_dir, as_json=False)
    assert "master key 2 is in use" in capsys.readouterr().out
    monkeypatch.undo()
    forget()
