"""The lake: one winner per key, whatever the order; sending again changes nothing; every state has a name."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import pytest

from suksala import lake
from tests.unit.lake.staged import FACILITY, FILE, at, held, staged


@pytest.fixture(autouse=True)
def empty(data_dir: Path) -> None:
    """A lake without a table."""
    lake.forget()


def put(
    tmp: Path, deposit: int, rows: list[tuple[str, str, datetime, str]], exported: datetime | None = None
) -> lake.Merge:
    """Merge rows as a deposit."""
    return lake.merge(FILE, FACILITY, staged(tmp / f"{deposit}.parquet", rows), deposit, exported)


def test_a_table_that_nobody_sent_is_empty_and_typed() -> None:
    """Measures may ask for any of the 52 files on the first day."""
    con = lake.connect(["SERVICE", "LABFU"])
    assert con.execute("SELECT count(*) FROM service").fetchall() == [(0,)]
    described = {name: kind for name, kind, *_ in con.execute("DESCRIBE labfu").fetchall()}
    assert described["hospcode"] == "VARCHAR"
    assert (described["date_serv"], described["labnum"], described["fy"]) == ("DATE", "DOUBLE", "INTEGER")
    assert (described["d_update"], described["_deposit"], described["_errs"]) == ("TIMESTAMP", "BIGINT", "BIGINT")
    assert lake.snapshot().versions == {}


def test_the_newest_d_update_wins_in_either_order(tmp_path: Path) -> None:
    """An old zip that comes late changes nothing."""
    assert put(tmp_path, 1, [("1", "a", at(2), "new")]).changed == 1
    late = put(tmp_path, 2, [("1", "a", at(1), "old"), ("1", "b", at(1), "other")])
    assert (late.changed, late.older, late.rows) == (1, 1, 2)
    assert [r[3] for r in held()] == ["new", "other"]


def test_equal_d_update_goes_to_the_later_export(tmp_path: Path) -> None:
    """NULL, a zip whose name does not say, is the oldest."""
    put(tmp_path, 1, [("1", "a", at(1), "unknown")], None)
    assert put(tmp_path, 2, [("1", "a", at(1), "second")], at(20)).changed == 1
    assert put(tmp_path, 3, [("1", "a", at(1), "first")], at(10)).older == 1
    assert [r[3] for r in held()] == ["second"]


def test_sending_again_changes_nothing_but_the_export_time(tmp_path: Path) -> None:
    """The row keeps the deposit and the line it first came with."""
    rows = [("1", "a", at(1), "x"), ("2", "b", at(1), "y")]
    put(tmp_path, 1, rows, at(5))
    same = put(tmp_path, 2, rows, at(6))
    assert (same.changed, same.unchanged) == (0, 2)
    found = lake.rows(FILE, FACILITY).read_all().to_pylist()
    assert {(r["_deposit"], r["_exported_at"]) for r in found} == {(1, at(6))}
    before = lake.snapshot()
    assert put(tmp_path, 3, rows, at(6)).unchanged == 2
    assert lake.snapshot() == before


def test_one_file_that_repeats_a_key(tmp_path: Path) -> None:
    """The newest of its rows counts, the others are told as duplicates; equal rows are one."""
    merge = put(
        tmp_path, 1, [("1", "a", at(1), "x"), ("1", "a", at(3), "z"), ("1", "a", at(2), "y"), ("2", "b", at(1), "w")]
    )
    assert (merge.rows, merge.changed, merge.duplicates) == (2, 2, 2)
    assert [(r["chiefcomp"], r["_line"]) for r in lake.rows(FILE, FACILITY).read_all().to_pylist()] == [
        ("z", 3),
        ("w", 5),
    ]


def test_facilities_do_not_meet(tmp_path: Path) -> None:
    """The same PID and SEQ at two facilities are two rows; a replaced partition leaves the other alone."""
    put(tmp_path, 1, [("1", "a", at(1), "here")])
    lake.merge(FILE, "99902", staged(tmp_path / "o.parquet", [("1", "a", at(1), "there")]), 2)
    put(tmp_path, 3, [("1", "a", at(2), "here again")])
    con = lake.connect([FILE])
    assert con.execute("SELECT hospcode, chiefcomp FROM service ORDER BY 1").fetchall() == [
        ("99901", "here again"),
        ("99902", "there"),
    ]


def test_rows_of_a_deposit_are_those_that_still_win(tmp_path: Path) -> None:
    """What a later deposit replaced is not the earlier one's any more."""
    put(tmp_path, 1, [("1", "a", at(1), "x"), ("2", "b", at(1), "y")])
    put(tmp_path, 2, [("1", "a", at(2), "z")])
    assert lake.rows(FILE, FACILITY, deposit=1).read_all().column("pid").to_pylist() == ["2"]
    assert lake.rows(FILE, FACILITY, deposit=2).read_all().column("pid").to_pylist() == ["1"]
    assert lake.rows(FILE, FACILITY, pids=["2"]).read_all().column("chiefcomp").to_pylist() == ["y"]


def test_a_rebuilt_partition_knows_only_what_it_is_given(tmp_path: Path) -> None:
    """As if the other deposits had never come; without any the facility has no row."""
    first = staged(tmp_path / "1.parquet", [("1", "a", at(1), "x")])
    lake.merge(FILE, FACILITY, first, 1)
    put(tmp_path, 2, [("1", "a", at(2), "z"), ("9", "q", at(2), "only here")])
    lake.rebuild(FILE, FACILITY, [lake.Staged(first, 1)])
    assert [r[3] for r in held()] == ["x"]
    lake.rebuild(FILE, FACILITY, [])
    assert held() == []


def test_a_snapshot_names_what_was_read(tmp_path: Path) -> None:
    """A figure can say on which rows it stands."""
    put(tmp_path, 1, [("1", "a", at(1), "x")])
    first = lake.snapshot()
    put(tmp_path, 2, [("1", "a", at(2), "y")])
    second = lake.snapshot()
    assert set(first.versions) == {"SERVICE"}
    assert second.versions["SERVICE"] > first.versions["SERVICE"]
    assert first.id != second.id


def test_rebuilding_replaces_what_another_process_wrote_meanwhile(tmp_path: Path) -> None:
    """A web worker that knows the table from before a deposit takes that deposit back: nothing of it stays."""
    lake.merge(FILE, "99902", staged(tmp_path / "other.parquet", [("9", "z", at(1), "other")]), 1)
    assert held() == []  # this thread has seen the table now, without the facility
    with ThreadPoolExecutor(1) as another:
        another.submit(put, tmp_path, 2, [("1", "a", at(1), "taken back")]).result()
    kept = lake.Staged(staged(tmp_path / "kept.parquet", [("2", "b", at(1), "kept")]), 3)
    assert lake.rebuild(FILE, FACILITY, [kept]).rows == 1
    with lake.connect([FILE]) as con:
        found = con.execute("SELECT pid, chiefcomp FROM service WHERE hospcode = ?", [FACILITY]).fetchall()
    assert found == [("2", "kept")]
