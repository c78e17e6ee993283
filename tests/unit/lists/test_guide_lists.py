"""The guide for line lists, done as it stands: its file and its commands, in order."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner

from suksala.commands import listing
from suksala.commands.app import app
from suksala.lists import domain
from suksala.lists.columns import COLUMNS, STATUSES

pytestmark = pytest.mark.django_db
TEXT = (Path(__file__).parents[3] / "docs" / "how-to" / "keep-line-lists.md").read_text(encoding="utf-8")


@pytest.fixture(autouse=True)
def running(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test's own database stands for the running one."""

    @contextmanager
    def here(data: Path) -> Iterator[None]:
        yield

    monkeypatch.setattr(listing, "quiet_database", here)


def run(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, list(words))
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.stdout


def test_the_guide(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two rows come in, one without its age; both are missing, and the report counts two calls."""
    monkeypatch.chdir(tmp_path)
    [table] = re.findall(r"```csv\n(.*?)```", TEXT, re.DOTALL)
    Path("lab.csv").write_text(table, encoding="utf-8")
    commands = [line.split()[1:] for line in re.findall(r"^suksala .+$", TEXT, re.MULTILINE)]
    (code, imported), (_, missing), (_, report) = [run(*words) for words in commands]
    assert code == 0
    told = json.loads(imported)
    assert (told["new"], told["set_aside"]) == (2, 0)
    assert [problem["code"] for problem in told["problems"]] == ["SKL-LST-107"]
    assert [one["kind"] for one in json.loads(missing)] == ["no-contact", "no-contact"]
    assert "มาลี" not in missing
    assert [(one["rows"], one["calls"], one["avoided"]) for one in json.loads(report)] == [(2, 2, 0)]


def test_without_json_people_read_it(tmp_path: Path) -> None:
    """A row that is set aside is told in both languages, and the command ends with 1."""
    file = tmp_path / "x.csv"
    file.write_text("row,given,status,at\n,มาลี,positive,2026-07-01\n2,มาลี,positive,2026-07-01\n", encoding="utf-8")
    code, said = run("lists", "import", str(file), "--agency", "lab", "--list", "july")
    assert code == 1
    assert said.splitlines()[2] == "[SKL-LST-101]"
    assert "2 rows: 1 new, 0 changed, 0 as before, 1 set aside" in said
    assert "no-contact" in run("lists", "missing")[1]
    assert len(run("lists", "report")[1].splitlines()) == 2


def test_the_guide_names_every_column_status_and_kind() -> None:
    shown = set(re.findall(r"`([a-z_-]+)`", TEXT))
    assert set(COLUMNS) <= shown
    assert {status.value for status in domain.Status} <= shown
    assert {kind.value for kind in domain.LIMITS} <= shown
    for word in re.findall(r"\(([฀-๿]+)\)", TEXT.partition("Statuses:")[2].partition("\n\n")[0]):
        assert word in STATUSES
