"""Which files `suksala ingest` takes, and what its exit code and receipts say."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.http import JsonResponse

from suksala.commands import console, receipts
from suksala.commands.failures import BadUsage
from suksala.commands.ingesting import Taken, zips
from suksala.foundation import SuksalaError
from suksala.ingest import Deposit, FileReceipt, Problem, Receipt, Rule, receipt_document


def receipt(state: Any, files: tuple[FileReceipt, ...] = (), **more: Any) -> Receipt:
    """The receipt of a deposit in a state."""
    at = datetime(2026, 11, 22, tzinfo=UTC)
    return Receipt(Deposit(7, "ab" * 32, "F43_99011.zip", "99011", state, at, 10, **more), files)


def test_folders_give_their_zips_and_files_are_taken_as_they_are(tmp_path: Path) -> None:
    """A file that is named is sent even without .zip: ingest says what is wrong with it."""
    (tmp_path / "in" / "deep").mkdir(parents=True)
    for name in ("in/b.zip", "in/a.ZIP", "in/deep/c.zip", "in/notes.txt", "odd.dat"):
        (tmp_path / name).touch()
    found = zips([tmp_path / "odd.dat", tmp_path / "in"])
    assert [path.relative_to(tmp_path).as_posix() for path in found] == [
        "odd.dat",
        "in/a.ZIP",
        "in/b.zip",
        "in/deep/c.zip",
    ]


def test_nothing_to_send_is_bad_input(tmp_path: Path) -> None:
    """A folder without zips, a path that is not there."""
    with pytest.raises(BadUsage, match="no zip"):
        zips([tmp_path])
    with pytest.raises(BadUsage, match=r"gone\.zip"):
        zips([tmp_path / "gone.zip"])


@pytest.mark.parametrize(
    ("states", "turned_away", "code"),
    [
        (["applied", "applied"], 0, 0),
        (["applied", "refused"], 0, 1),
        (["applied"], 1, 1),
        (["refused", "applying"], 0, 70),
        (["received"], 0, 70),
        (["void"], 0, 0),
    ],
)
def test_exit_codes(states: list[str], turned_away: int, code: int) -> None:
    """1 if any was refused whole; 70 if one waits still, which is no fault of the sender."""
    away = [(Path("big.zip"), SuksalaError("ใหญ่ไป", "too large"))] * turned_away
    assert Taken([receipt(state) for state in states], away).exit_code == code


def test_a_receipt_in_lines_shows_counts_and_the_commonest_rules_but_no_value() -> None:
    """Values are for the sender's page and CSV."""
    problems = tuple(Problem(Rule("PERSON", f"C{n}", "width", "flag"), n) for n in range(1, 8))
    files = (
        FileReceipt("PERSON", "person.txt", "accepted", read=100, accepted=97, refused=3, flagged=9, problems=problems),
        FileReceipt("", "x.exe", "ignored", code="SKL-FILE-011", th="ไม่รู้จัก", en="unknown"),
    )
    lines = list(receipts.lines(Taken([receipt("applied", files)], [])))
    assert lines[0].startswith("F43_99011.zip  #7  99011")
    assert "100 แถว" in lines[1]
    assert "97 accepted" in lines[1]
    assert lines[2] == "    x.exe: ไม่รู้จัก · unknown [SKL-FILE-011]"
    assert lines[3] == "    PERSON.C7.width: 7"
    assert lines[8] == "    อีก 2 กฎ · 2 more rules"


def test_the_json_of_the_command_and_of_the_page_are_one(capsys: pytest.CaptureFixture[str]) -> None:
    """Key by key and moment by moment; what was not kept stands beside the receipts."""
    files = (FileReceipt("PERSON", "person.txt", "accepted", read=2, accepted=2),)
    at = datetime(2026, 11, 1, 9, tzinfo=UTC)
    known = receipt("applied", files, exported_at=at.replace(tzinfo=None), applied_at=at)
    away = (Path("big.zip"), SuksalaError("ใหญ่ไป", "too large", code="SKL-ZIP-009"))
    console.print_json(receipts.document(Taken([known], [away])))
    told = json.loads(capsys.readouterr().out)
    assert told["deposits"] == [json.loads(JsonResponse(receipt_document(known)).content)]
    assert told["deposits"][0]["exported_at"] == "2026-11-01T09:00:00"
    assert told["turned_away"] == [{"file_name": "big.zip", "code": "SKL-ZIP-009", "th": "ใหญ่ไป", "en": "too large"}]


def test_the_json_of_a_refused_deposit_says_why() -> None:
    """The code is stable, the sentences are for people."""
    taken = Taken([receipt("refused", code="SKL-ZIP-001", th="ว่าง", en="empty")], [])
    [told] = receipts.document(taken)["deposits"]
    assert (told["id"], told["state"], told["code"], told["files"]) == (7, "refused", "SKL-ZIP-001", [])
    assert list(receipts.lines(taken))[1:] == ["    ว่าง", "    empty [SKL-ZIP-001]"]
