"""`suksala lists show` and `answer`: what an operator reads, without a name, and answers that count as on the page."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from suksala import audit, lists
from suksala.commands import listing
from suksala.foundation import database
from tests.unit.lists.test_callers import missing, row, send

pytestmark = pytest.mark.django_db


@contextmanager
def running_database(_data: Path) -> Iterator[None]:
    """The database of the tests."""
    yield None


@pytest.fixture(autouse=True)
def waiting(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Mali waits; in hospital is one whose name sounds like hers. Her id."""
    monkeypatch.setattr(listing, "quiet_database", running_database)
    send("1330", row("1", "waiting", 30))
    send("hospital", row("H", "in-hospital", 3, given="มะลิ", phone="", rest=",1901,"))
    [one] = missing()
    return one.person


def shown(capsys: pytest.CaptureFixture[str], person: str) -> Any:
    listing.show(person, data=None, as_json=True)
    return json.loads(capsys.readouterr().out)


def test_show_tells_whom_an_answer_may_be_about_and_no_name(waiting: str, capsys: pytest.CaptureFixture[str]) -> None:
    listing.show(waiting, data=None, as_json=False)
    printed = capsys.readouterr().out
    told = shown(capsys, waiting)
    assert (told["kind"], [one["agency"] for one in told["rows"]]) == ("no-unit", ["1330"])
    [candidate] = told["candidates"]
    assert candidate["agency"] == "hospital"
    assert printed.splitlines()[0] == f"{waiting} no-unit"
    assert f"may be the same: {' '.join(candidate['rows'])} ({candidate['bits']:.1f} " in printed
    assert [secret for secret in ("มาลี", "มะลิ", "ใจดี", "0812345671") if secret in printed] == []


def test_an_answer_counts_as_on_the_page_and_the_last_one_stands(
    waiting: str, capsys: pytest.CaptureFixture[str]
) -> None:
    pair = shown(capsys, waiting)["candidates"][0]["rows"]
    listing.answer(waiting, "same", pair, data=None, as_json=False)
    assert capsys.readouterr().out == "บันทึกคำตอบแล้ว · kept: same\n"
    assert missing() == []
    [said] = shown(capsys, waiting)["said_same"]
    assert (said["rows"], said["caller"]) == (pair, "system:operator")
    listing.answer(waiting, "different", pair, data=None, as_json=True)
    assert json.loads(capsys.readouterr().out) == {"person": waiting, "answer": "different", "rows": pair}
    assert [one.person for one in missing()] == [waiting]
    told = shown(capsys, waiting)
    assert (told["said_same"], told["candidates"]) == ([], [])
    listing.show(waiting, data=None, as_json=False)
    assert "a caller said different: " in capsys.readouterr().out
    assert [fact.actor for fact in audit.facts("lists.answered")] == ["system:operator"] * 2


@pytest.mark.parametrize(("said", "rows"), [("perhaps", []), ("same", []), ("same", ["x", "y"])])
def test_an_answer_that_makes_no_sense_is_refused_and_not_kept(waiting: str, said: str, rows: list[str]) -> None:
    with pytest.raises(lists.ListProblem):
        listing.answer(waiting, said, rows, data=None, as_json=False)
    with pytest.raises(lists.ListProblem):
        listing.show("00000000-0000-0000-0000-000000000000", data=None, as_json=False)
    assert database.rows("SELECT count(*) FROM lists_call") == [(0,)]
    assert list(audit.facts("lists.answered")) == []
