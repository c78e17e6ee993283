"""A deposited zip is looked at for malicious software before a byte of it is kept (ASVS V5.4.3; decision 0160)."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from suksala import ingest
from suksala.commands import ingesting
from suksala.foundation import database, progress, scanning, settings
from tests.deposits import HOSPITAL
from tests.scanner import Clamd, clamd

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("data_dir")]
NAME = f"F43_{HOSPITAL}_20260930.zip"
CLEAN, BAD = b"PK\x05\x06" + bytes(18), scanning.SPECIMEN  # what is inside is looked at later, by a worker


@pytest.fixture
def scanner(monkeypatch: pytest.MonkeyPatch, data_dir: Path) -> Iterator[Clamd]:
    """The operator named a scanner."""
    with clamd() as server:
        monkeypatch.setenv("SUKSALA_CLAMD", str(server.place))
        settings.forget()
        yield server
    monkeypatch.undo()
    settings.forget()


def receive(content: bytes) -> ingest.Deposit:
    return ingest.receive(io.BytesIO(content), file_name=NAME)


def kept(data: Path) -> tuple[int, int, int, list[str]]:
    """Deposits, jobs that wait, facts, and files in the store."""
    told = [
        database.rows(f"SELECT count(*) FROM {table}")[0][0]
        for table in ("ingest_deposit", "procrastinate_jobs", "audit")
    ]
    files = sorted(path.name for path in (data / "deposits").rglob("*") if path.is_file())
    return (*told, files)  # type: ignore[return-value]


def test_a_clean_zip_is_looked_at_and_kept(scanner: Clamd, data_dir: Path) -> None:
    """Byte for byte, once, also where it takes several pieces."""
    long = CLEAN + bytes(2 * scanning.PIECE)
    assert [receive(CLEAN).state, receive(long).state] == ["received", "received"]
    assert scanner.got == [CLEAN, long]
    assert len(kept(data_dir)[3]) == 2


def test_a_malicious_zip_is_refused_and_nothing_is_kept(scanner: Clamd, data_dir: Path) -> None:
    """No deposit, no job, no fact, no file, no part of one; and the sender may send a clean one at once."""
    before = kept(data_dir)
    with pytest.raises(scanning.Malicious, match="SKL-SCAN-001") as refused:
        receive(BAD)
    assert "อันตราย" in refused.value.th
    assert kept(data_dir) == before
    assert receive(CLEAN).state == "received"


@pytest.mark.parametrize("says", [b"", b"stream: OK", b"INSTREAM size limit exceeded. ERROR\0"])
def test_without_a_verdict_nothing_is_kept(scanner: Clamd, data_dir: Path, says: bytes) -> None:
    """A scanner that hangs up, or that takes less than the zip is long: the sender is told to try again."""
    scanner.says = says
    before = kept(data_dir)
    with pytest.raises(scanning.NotScanned, match="SKL-SCAN-002"):
        receive(CLEAN)
    assert kept(data_dir) == before
    scanner.says = None
    assert receive(CLEAN).state == "received"


def test_without_a_scanner_every_zip_is_taken(data_dir: Path) -> None:
    assert receive(BAD).state == "received"


def test_the_command_goes_on_with_the_others(
    scanner: Clamd, data_dir: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The malicious one is turned away under its name and code; the one behind it is taken."""
    folder = tmp_path_factory.mktemp("sent")
    bad, clean = folder / "bad.zip", folder / NAME
    bad.write_bytes(BAD)
    clean.write_bytes(CLEAN)
    numbers, turned_away = ingesting._receive([bad, clean], HOSPITAL, progress.silent())
    assert len(numbers) == 1
    assert [(path, problem.code) for path, problem in turned_away] == [(bad, "SKL-SCAN-001")]
