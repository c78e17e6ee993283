"""What `suksala backup restore` says to who stands before an empty machine: what waits, and what is theirs to do."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from suksala import operations
from suksala.commands import backing_up
from suksala.operations.archive import Manifest
from suksala.operations.backup import Restored

MADE = datetime(2026, 11, 22, 20, 15, tzinfo=UTC)  # 03:15 of the 23rd in Bangkok
CLOSED = {"sessions": 3, "apps": 1, "systems": 2, "consents": 1200, "representatives": 40, "telephones": 7}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A restore that did its work; what it was asked."""
    said: dict[str, Any] = {}

    def restore(*_: Path, nothing_lost: bool) -> Restored:
        said["nothing_lost"] = nothing_lost
        closed = {"sessions": 3, "apps": 1} if nothing_lost else CLOSED
        return Restored(Manifest(MADE, "1", 15, {"a": 5}, ""), 4, 5, 6, closed, 1)

    monkeypatch.setattr(operations.backup, "restore", restore)
    return said


def told(capsys: pytest.CaptureFixture[str], *, nothing_lost: bool) -> str:
    place = Path("x")
    backing_up.restore(place, place, nothing_lost=nothing_lost, data=place, as_json=False)
    return capsys.readouterr().err


def test_who_restores_after_a_loss_reads_what_waits_and_what_to_do(
    asked: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    """In Thai and English: the moment of the copy, how many wait for their people, and what nobody else can end."""
    said = told(capsys, nothing_lost=False)
    assert asked == {"nothing_lost": False}
    for words in (
        "สิ่งที่ถูกถอนหลัง 2026-11-23 03:15 หายไปกับสำเนา",
        "ความยินยอม 1,200 ผู้แทน 40",
        "ทำเอง: ปิดบัญชี ตำแหน่ง ข้อตกลง และพาสคีย์ของเครื่องที่หาย",
        "what was taken back after 2026-11-23 03:15 is lost",
        "1,200 consents, 40 representatives; 7 telephone numbers were taken away",
        "2 systems are held: look at each, then suksala client limit NAME --lift",
        "yours to end again: accounts, roles, agreements, and passkeys of lost telephones",
    ):
        assert words in said


def test_after_a_planned_move_nothing_is_said_to_wait(
    asked: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    said = told(capsys, nothing_lost=True)
    assert asked == {"nothing_lost": True}
    assert "everybody signs in anew" in said
    assert "consents" not in said
    assert "พักไว้" not in said
