"""`suksala grants`: what an operator sees of emergency openings, and can end."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from suksala import consent, identity
from suksala.commands import granting
from suksala.commands.failures import BadUsage
from suksala.consent import GrantProblem, GrantState, Need, vault_keys
from tests.people import HOSPITAL, mali, number
from tests.staff import practitioner
from tests.unit.consent.emergency import NEED, WORDS, Doctor

pytestmark = pytest.mark.django_db


@pytest.fixture
def opened(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[consent.Grant]:
    """One opening, on the database of the tests."""

    @contextmanager
    def running(_data: Path) -> Iterator[None]:
        yield None

    monkeypatch.setattr(granting, "quiet_database", running)
    monkeypatch.setenv("SUKSALA_EPOCH_KEYS", str(data_dir / "keys"))
    from suksala.foundation import settings

    settings.forget()
    identity.link(HOSPITAL, [mali("1")])
    doctor = Doctor(practitioner=practitioner("99803"))
    yield consent.break_glass(doctor, number(1), Need("ucep-1", WORDS, "ER-1", NEED.licence, attested=True))
    vault_keys.destroy_all()


def test_the_list_names_neither_patient_nor_reason(opened: consent.Grant, capsys: pytest.CaptureFixture[str]) -> None:
    granting.show(data=None, as_json=True)
    printed = capsys.readouterr().out
    [row] = json.loads(printed)
    assert (row["id"], row["state"], row["facility"]) == (str(opened.id), "active", "99803")
    assert WORDS not in printed
    granting.show(data=None, as_json=False)
    plain = capsys.readouterr().out
    assert opened.reference in plain
    assert WORDS not in plain


def test_one_is_ended_with_a_reason(opened: consent.Grant, capsys: pytest.CaptureFixture[str]) -> None:
    for wrong in ("x", "12345"):
        with pytest.raises(BadUsage):
            granting.end(wrong, WORDS, data=None, as_json=False)
    with pytest.raises(GrantProblem, match="SKL-GRANT-003"):
        granting.end(str(opened.id), "stop", data=None, as_json=False)
    assert consent.grant(opened.id).state is GrantState.ACTIVE  # type: ignore[union-attr]
    granting.end(str(opened.id), WORDS, data=None, as_json=True)
    assert json.loads(capsys.readouterr().out)["state"] == "shredded"


def test_all_are_ended(opened: consent.Grant, capsys: pytest.CaptureFixture[str]) -> None:
    granting.shred_now(data=None, as_json=True)
    assert json.loads(capsys.readouterr().out) == {"ended": 1}
    assert vault_keys.left() == 0
    assert consent.grant(opened.id).state is GrantState.SHREDDED  # type: ignore[union-attr]
