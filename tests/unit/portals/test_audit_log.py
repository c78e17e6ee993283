"""The audit log towards other nodes, over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client

from suksala import audit
from suksala.audit import sealing, witnesses
from suksala.foundation import settings
from tests.unit.audit.helpers import empty_log

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def key(data_dir: Path, transactional_db: None) -> Iterator[None]:
    """A key of this test's own, and an empty log."""
    empty_log()
    sealing.signer.cache_clear()
    yield
    sealing.signer.cache_clear()


def test_the_newest_checkpoint_is_public(client: Client) -> None:
    """Not there before the first fact; then three lines and a signature, and nothing about anybody."""
    assert client.get("/audit/checkpoint").status_code == 404
    audit.record("read", actor="account:mali", person=1)
    audit.seal()
    answer = client.get("/audit/checkpoint")
    assert answer.status_code == 200
    assert audit.Note.read(answer.content.decode()).signed_by(audit.signer().verifier())
    assert "mali" not in answer.content.decode()


def test_another_node_gets_its_cosignature(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then 409 and the size when it asks from another; 404 for a log that is not listed."""
    audit.record("read", actor="account:mali", person=1)
    audit.seal()
    note = audit.Note.read(audit.newest_checkpoint())
    body = witnesses.request(0, 1, note)

    def post(text: str | bytes) -> tuple[int, str, str]:
        answer = client.post("/audit/add-checkpoint", text, content_type="text/plain")
        return answer.status_code, answer.headers["Content-Type"].split(";")[0], answer.content.decode()

    assert post(body)[:2] == (404, "text/plain")
    monkeypatch.setenv("SUKSALA_AUDIT_LOGS", str(audit.signer().verifier()))
    settings.forget()
    status, _, line = post(body)
    assert status == 200
    assert note.also(line.splitlines()).cosigned_at(audit.own_keys()[1]) is not None
    assert post(body) == (409, "text/x.tlog.size", "1\n")
    assert post(b"\xff")[0] == 400
    assert post("x" * 30_000)[0] == 400
    assert client.get("/audit/add-checkpoint").status_code == 405
