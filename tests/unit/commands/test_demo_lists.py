"""The demo's outbreak goes on until now, in the demo's own districts, and leaves somebody to call."""

from __future__ import annotations

import csv
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from suksala import lists
from suksala.commands.demo_lists import DAYS, make_lists
from suksala.foundation import clock, database

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, 15, 30, tzinfo=clock.BANGKOK)
DISTRICTS = ["1901", "1907"]


@pytest.fixture(autouse=True)
def at_half_past_three(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def rows(folder: Path) -> list[dict[str, str]]:
    return [row for file in folder.glob("*.csv") for row in csv.DictReader(file.open(encoding="utf-8"))]


def test_six_agencies_tell_of_the_last_days_until_now(tmp_path: Path) -> None:
    make_lists(tmp_path / "lists", DISTRICTS, seed=1)
    files = {file.stem for file in (tmp_path / "lists").iterdir()}
    assert files == {"lab", "1330", "ems", "isolation", "hospital", "civil"}
    told = rows(tmp_path / "lists")
    moments = [datetime.fromisoformat(part.split()[1]) for row in told for part in row["history"].split("; ")]
    assert NOW - timedelta(days=DAYS) <= min(moments) <= max(moments) <= NOW
    assert NOW - max(moments) < timedelta(days=1)
    assert {row["district"] for row in told} == {*DISTRICTS, ""}
    assert database.rows("SELECT count(*) FROM lists_row") == [(len(told),)]


def test_somebody_is_missing_in_each_district_and_a_link_is_reported(tmp_path: Path) -> None:
    make_lists(tmp_path / "lists", DISTRICTS, seed=1)
    found = lists.missing(actor="account:district")
    kinds = {one.kind for one in found}
    assert {lists.Kind.NO_CONTACT, lists.Kind.NO_UNIT, lists.Kind.NOT_RECEIVED, lists.Kind.NO_REPORT} <= kinds
    assert all(lists.missing(actor="account:district", district=district) for district in DISTRICTS)
    assert len(found) < len(rows(tmp_path / "lists")) / 2
    [report] = lists.reports()
    assert report.avoided > 0


def test_again_changes_nothing(tmp_path: Path) -> None:
    """After a kill the step is done again: the lists are those that were written, and each row is in once."""
    make_lists(tmp_path / "lists", DISTRICTS, seed=1)
    before = database.rows("SELECT row, status, at FROM lists_status ORDER BY 1, 3, 2")
    make_lists(tmp_path / "lists", DISTRICTS, seed=1)
    assert database.rows("SELECT row, status, at FROM lists_status ORDER BY 1, 3, 2") == before
