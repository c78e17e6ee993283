"""`suksala registry agree|end-agreement|member|network`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from suksala import registry
from suksala.commands import networking
from suksala.commands.failures import BadUsage

pytestmark = pytest.mark.django_db

GUIDE = Path(__file__).parents[3] / "docs" / "how-to" / "join-the-network.md"


@pytest.fixture(autouse=True)
def running(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test's own database stands for the running one."""

    @contextmanager
    def here(data: Path) -> Iterator[None]:
        yield

    monkeypatch.setattr(networking, "quiet_database", here)
    registry.forget_cache()


def written(tmp_path: Path, text: str) -> Path:
    """An agreement's file."""
    file = tmp_path / "agreement.toml"
    file.write_text(text, encoding="utf-8")
    return file


def guides() -> str:
    """The agreement of the guide, between agencies, so that no list of facilities is needed."""
    found = re.search(r"```toml\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    assert found
    return re.sub(r"parties = .*", 'parties = ["moph", "bma"]', found[1])


def test_the_guides_agreement_is_kept_shown_and_ended(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """From file to network and back."""
    networking.agree(written(tmp_path, guides()), data=None, as_json=True)
    kept = json.loads(capsys.readouterr().out)
    assert (kept["number"], kept["flows"], kept["until"]) == ("DSA-2569-001", ["deposit", "exchange"], "2028-12-31")
    networking.move("bma", "invited", data=None, as_json=False)
    networking.move("bma", "agreed", data=None, as_json=False)
    assert capsys.readouterr().out.splitlines()[1].startswith("bma: agreed")
    networking.show(data=None, as_json=True)
    told = json.loads(capsys.readouterr().out)
    assert (told["counts"]["agreed"], told["counts"]["connected"], told["counts"]["exchanging"]) == (1, 0, 0)
    assert [(m["party"], m["exchanging"]) for m in told["members"]] == [("bma", False)]
    networking.end("DSA-2569-001", "2027-06-30", data=None, as_json=False)
    networking.show(data=None, as_json=False)
    assert "2026-01-01 - 2027-06-30  deposit exchange" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("number = ", "nummer = ", "nummer"),
        ('kind = "dsa"', "kind = 3", "kind"),
        ("since = 2026-01-01", 'since = "2026-01-01"', "since"),
        ("since = 2026-01-01", "since = 2026-01-01T00:00:00", "since"),
        ('parties = ["moph", "bma"]', 'parties = "moph"', "parties"),
        ('kind = "dsa"', 'kind = "nda"', "mou, dsa, dpa"),
        ('"deposit"', '"everything"', "deposit, exchange, release"),
        ("number = ", "number ", "TOML"),
    ],
)
def test_a_file_that_says_something_else_is_refused(tmp_path: Path, old: str, new: str, named: str) -> None:
    """The sentence names the field or what was expected; nothing is kept."""
    text = guides()
    assert old in text
    with pytest.raises(BadUsage) as raised:
        networking.agree(written(tmp_path, text.replace(old, new, 1)), data=None, as_json=False)
    assert named in raised.value.en
    assert named in raised.value.th
    assert registry.agreements() == []


def test_days_and_states_are_written_as_told() -> None:
    """Not in the Buddhist era, not by another word."""
    with pytest.raises(BadUsage):
        networking.end("DSA-2569-001", "31/12/2569", data=None, as_json=False)
    with pytest.raises(BadUsage):
        networking.move("bma", "gone", data=None, as_json=False)
    assert registry.members() == []
