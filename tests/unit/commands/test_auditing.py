"""`suksala audit`: what it prints and how it exits."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from suksala import audit
from suksala.audit import sealing
from suksala.commands import auditing
from suksala.commands.failures import BadUsage
from suksala.foundation import database
from tests.unit.audit.helpers import empty_log

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def running(monkeypatch: pytest.MonkeyPatch, data_dir: Path, transactional_db: None) -> Iterator[None]:
    """The test's own database stands for the running one."""

    @contextmanager
    def here(data: Path) -> Iterator[None]:
        yield

    monkeypatch.setattr(auditing, "quiet_database", here)
    sealing.signer.cache_clear()
    empty_log()
    for person in (1, 2, 1):
        audit.record("read", actor="account:mali", person=person)
    yield
    sealing.signer.cache_clear()


def look(capsys: pytest.CaptureFixture[str], file: Path | None = None, **options: Any) -> tuple[int, dict[str, Any]]:
    """Exit code and document of `suksala audit verify --json`."""
    given = {"keys": (), "seen": (), "data": None, "as_json": True} | options
    code = auditing.verify(file, **given)
    return code, json.loads(capsys.readouterr().out)


def test_a_whole_log(capsys: pytest.CaptureFixture[str]) -> None:
    """Three facts, sealed by the look itself; exit 0."""
    code, told = look(capsys)
    assert code == 0
    assert (told["whole"], told["size"], told["counts"]) == (True, 3, {})


def test_a_log_that_was_cut(capsys: pytest.CaptureFixture[str]) -> None:
    """Exit 1, the place, and both languages for people; the fact, sealed anew at the end, does not hide it."""
    look(capsys)
    database.execute("DELETE FROM audit_leaf WHERE index = 2")
    assert auditing.verify(None, keys=(), seen=(), data=None, as_json=False) == 1
    told = capsys.readouterr().out
    assert "✗ gap @2" in told
    assert told.endswith("ไม่ครบถ้วน · not whole\n")


def test_a_checkpoint_kept_elsewhere_is_compared(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """What `suksala audit checkpoint` printed."""
    auditing.show_checkpoint(data=None)
    kept = tmp_path / "kept"
    kept.write_text(capsys.readouterr().out, encoding="utf-8")
    code, told = look(capsys, seen=[kept])
    assert (code, told["checkpoints"]) == (0, 3)


def test_a_downloaded_proof_is_checked_by_a_key_from_elsewhere(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """The key that `suksala audit key` prints; a changed file exits 1."""
    audit.seal()
    auditing.show_keys(data=None, as_json=True)
    key = json.loads(capsys.readouterr().out)["log"]
    file = tmp_path / "proof.json"
    file.write_text(json.dumps(audit.document_of([1])), encoding="utf-8")
    code, told = look(capsys, file, keys=[key])
    assert (code, told["size"]) == (0, 2)
    file.write_text(file.read_text(encoding="utf-8").replace("account:mali", "account:nobody"), encoding="utf-8")
    code, told = look(capsys, file, keys=[key])
    assert (code, told["counts"]) == (1, {"proof": 2})


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"[" * 100_000])
def test_a_file_that_is_no_proof_is_refused(tmp_path: Path, content: bytes) -> None:
    """One sentence in both languages."""
    file = tmp_path / "proof.json"
    file.write_bytes(content)
    with pytest.raises(BadUsage):
        auditing.verify(file, keys=(), seen=(), data=None, as_json=False)


def test_a_month_is_written_with_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    """And a young one does not end."""
    with pytest.raises(BadUsage):
        auditing.retire("01/2015", data=None, as_json=False)
    with pytest.raises(audit.TooYoung):
        auditing.retire("2025-01", data=None, as_json=False)
    assert look(capsys)[1]["size"] == 3
