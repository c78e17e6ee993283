"""The front door: what it makes, what it refuses, and that a refusal writes nothing."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from suksala import simulation
from suksala.foundation.errors import SuksalaError
from suksala.standards import file43

MADE = {"zips", "truth", "facilities.csv"}


def test_what_is_made(tmp_path: Path) -> None:
    """Two zips for each facility, a list of facilities, and truth/; nothing of the work in between stays."""
    summary = simulation.simulate(people=300, districts=2, seed=1, out=tmp_path / "x")
    assert {path.name for path in (tmp_path / "x").iterdir()} == MADE
    assert len(summary.zips) == 24
    assert sorted(path.name for path in (tmp_path / "x" / "zips").iterdir()) == sorted(p.name for p in summary.zips)
    assert {path.name for path in (tmp_path / "x" / "truth").iterdir()} == {
        "people.csv", "registrations.csv", "injected_errors.csv", "indicators.csv", "indicator_members.csv.gz",
        "phr_usage.csv",
    }  # fmt: skip
    assert summary.people == 300
    assert summary.registrations > 390
    assert summary.rows["PERSON"] >= summary.registrations


def test_the_number_of_people_is_exact(tmp_path: Path) -> None:
    """Whatever the households, as many humans as were asked for; each with one number or none."""
    simulation.simulate(people=431, districts=3, seed=2, out=tmp_path / "x")
    with (tmp_path / "x" / "truth" / "people.csv").open(encoding="utf-8", newline="") as stream:
        people = list(csv.DictReader(stream))
    assert len(people) == 431
    assert len({row["human"] for row in people}) == 431
    numbers = [row["number"] for row in people if row["number"]]
    assert len(set(numbers)) == len(numbers)


def test_facilities(tmp_path: Path) -> None:
    """A hospital, four units and a clinic in each district; codes 99<district><place>; names say they are made up."""
    simulation.simulate(people=100, districts=3, seed=1, out=tmp_path / "x")
    with (tmp_path / "x" / "facilities.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["hospcode"] for row in rows[:7]] == ["99011", "99012", "99013", "99014", "99015", "99016", "99021"]
    assert [row["kind"] for row in rows[:6]] == ["hospital", *["subdistrict-unit"] * 4, "clinic"]
    assert sorted({row["district"] for row in rows}) == ["1003", "1413", "1907"]
    assert all("สมมติ" in row["name_th"] and "made up" in row["name_en"] for row in rows)
    assert {row["network"] for row in rows[:6]} == {"99011"}


def test_zip_names_tell_sender_and_time(tmp_path: Path) -> None:
    """In both calendars; the history zip of a facility is older than its later zip."""
    summary = simulation.simulate(people=100, districts=1, seed=1, out=tmp_path / "x")
    for history, later in zip(summary.zips[::2], summary.zips[1::2], strict=True):
        first, second = file43.zip_name(history.name), file43.zip_name(later.name)
        assert first.hospcode == second.hospcode
        assert first.exported_at is not None
        assert second.exported_at is not None
        assert (first.exported_at.year, second.exported_at.year) == (2026, 2026)
        assert first.exported_at < second.exported_at


@pytest.mark.parametrize(("people", "districts"), [(99, 3), (3_000_001, 3), (500, 0), (500, 13)])
def test_impossible_sizes_are_refused_before_anything_is_written(tmp_path: Path, people: int, districts: int) -> None:
    """Exit code 2, one sentence in Thai and one in English, an empty folder."""
    with pytest.raises((simulation.TooFewPeople, simulation.TooManyDistricts)) as refused:
        simulation.simulate(people=people, districts=districts, seed=1, out=tmp_path / "x")
    assert isinstance(refused.value, SuksalaError)
    assert refused.value.exit_code == 2
    assert refused.value.th
    assert not (tmp_path / "x").exists()


def test_a_folder_in_use_is_left_alone(tmp_path: Path) -> None:
    """Somebody's own file is never cleared away, and nothing is added beside it."""
    (tmp_path / "thesis.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(simulation.OutputInUse):
        simulation.simulate(people=100, districts=1, seed=1, out=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_an_earlier_run_is_replaced(tmp_path: Path) -> None:
    """The second run leaves no zip of the first."""
    simulation.simulate(people=100, districts=2, seed=1, out=tmp_path / "x")
    simulation.simulate(people=100, districts=1, seed=1, out=tmp_path / "x")
    assert len(list((tmp_path / "x" / "zips").iterdir())) == 12


def test_progress_is_told(tmp_path: Path) -> None:
    """Two steps: people, then zips; each advances to its total."""
    told: list[tuple[str, int | None]] = []
    done: list[int] = []

    class Watcher:
        def start(self, label: str, total: int | None = None) -> None:
            told.append((label, total))
            done.append(0)

        def advance(self, step: int = 1) -> None:
            done[-1] += step

        def finish(self) -> None: ...

    simulation.simulate(people=250, districts=1, seed=1, out=tmp_path / "x", progress=Watcher())
    assert [total for _, total in told] == done == [250, 12]
