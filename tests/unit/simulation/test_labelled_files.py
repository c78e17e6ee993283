"""`suksala simulate --labelled`: two tables that anybody can measure a matcher on."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from suksala import simulation
from suksala.commands import running
from suksala.simulation import LabelledCase, LabelledRow


def table(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV."""
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_what_is_written(tmp_path: Path) -> None:
    """registrations.csv and cases.csv with the fields of the two rows, flags as 1 and 0."""
    made = simulation.write_labelled(people=150, seed=3, out=tmp_path / "x")
    assert {path.name for path in (tmp_path / "x").iterdir()} == {"registrations.csv", "cases.csv"}
    rows, cases = table(tmp_path / "x" / "registrations.csv"), table(tmp_path / "x" / "cases.csv")
    assert (made.people, made.registrations, made.cases) == (150, len(rows), len(cases))
    assert tuple(rows[0]) == LabelledRow._fields
    assert tuple(cases[0]) == LabelledCase._fields
    assert {row["card_read"] for row in rows} == {row["truly_missing"] for row in cases} == {"0", "1"}
    truth = list(simulation.labelled_registrations(150, 3))
    assert [row["given"] for row in rows] == [row.given for row in truth]
    assert [row["day"] for row in rows] == [row.day.isoformat() for row in truth]


def test_both_files_are_of_the_same_people(tmp_path: Path) -> None:
    """So that line lists can be joined to registers, too."""
    simulation.write_labelled(people=150, seed=3, out=tmp_path)
    rows, cases = table(tmp_path / "registrations.csv"), table(tmp_path / "cases.csv")
    assert {row["human"] for row in rows} == {row["human"] for row in cases}
    assert len({row["human"] for row in rows}) == 150


def test_a_history_in_one_cell(tmp_path: Path) -> None:
    """Status and time, joined by a semicolon."""
    simulation.write_labelled(people=150, seed=3, out=tmp_path)
    first = next(simulation.labelled_outbreak(150, 3))
    cell = table(tmp_path / "cases.csv")[0]["history"]
    assert cell.split("; ")[0] == f"{first.history[0].status} {first.history[0].at.isoformat(timespec='minutes')}"
    assert cell.count("; ") == len(first.history) - 1


def test_an_earlier_run_is_replaced_and_other_files_are_left_alone(tmp_path: Path) -> None:
    """Somebody's own file is never cleared away, and nothing is added beside it."""
    simulation.write_labelled(people=300, seed=1, out=tmp_path)
    made = simulation.write_labelled(people=100, seed=1, out=tmp_path)
    assert len(table(tmp_path / "registrations.csv")) == made.registrations
    (tmp_path / "thesis.txt").write_text("mine", encoding="utf-8")
    before = (tmp_path / "registrations.csv").read_bytes()
    with pytest.raises(simulation.OutputInUse):
        simulation.write_labelled(people=200, seed=1, out=tmp_path)
    assert (tmp_path / "registrations.csv").read_bytes() == before
    assert (tmp_path / "thesis.txt").read_text(encoding="utf-8") == "mine"


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    """A clear answer, and the file stays."""
    (tmp_path / "x").write_text("mine", encoding="utf-8")
    with pytest.raises(simulation.OutputInUse):
        simulation.write_labelled(people=100, seed=1, out=tmp_path / "x")
    assert (tmp_path / "x").read_text(encoding="utf-8") == "mine"


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Counts in two languages, or one JSON document."""
    assert running.run(["simulate", "--labelled", str(tmp_path / "x"), "--people", "120"]) == 0
    assert "120 คน · people" in capsys.readouterr().out
    assert running.run(["simulate", "--labelled", str(tmp_path / "x"), "--people", "120", "--json"]) == 0
    made = json.loads(capsys.readouterr().out)
    assert made["registrations"] == len(table(tmp_path / "x" / "registrations.csv"))
    assert made["cases"] == len(table(tmp_path / "x" / "cases.csv"))


@pytest.mark.parametrize("folders", [[], ["--out", "a", "--labelled", "b"]])
def test_one_of_the_two_folders_is_asked_for(
    folders: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither or both: exit code 2, two sentences, nothing written."""
    monkeypatch.chdir(tmp_path)
    assert running.run(["simulate", *folders]) == 2
    assert "--labelled" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_progress_counts_people(tmp_path: Path) -> None:
    """Two steps, each to the number of people."""
    done: list[int] = []

    class Watcher:
        def start(self, label: str, total: int | None = None) -> None:
            assert label
            assert total == 130
            done.append(0)

        def advance(self, step: int = 1) -> None:
            done[-1] += step

        def finish(self) -> None: ...

    simulation.write_labelled(people=130, seed=1, out=tmp_path, progress=Watcher())
    assert done == [130, 130]
