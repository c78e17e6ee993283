"""`suksala identity match` and `explain`: what is read, printed and refused."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from suksala import audit, identity
from suksala.commands import describing, identifying, running, weighing_words
from suksala.commands.failures import BadUsage
from suksala.identity.matching.comparisons import POPULATIONS
from tests.matching import approve_model
from tests.people import HOSPITAL, UNIT, humans, mali, number

NAMED = {"given": "มาลี", "family": "ใจดี", "birth": "1970-05-05", "sex": "2"}


@contextmanager
def running_database(_data: Path) -> Iterator[None]:
    """The database of the tests."""
    yield None


@pytest.fixture
def registered(db: None, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mali in the hospital, and the made-up model."""
    for module in (describing, identifying):
        monkeypatch.setattr(module, "quiet_database", running_database)
    approve_model()
    identity.link(HOSPITAL, [mali("1")])


def match(capsys: pytest.CaptureFixture[str], told: dict[str, Any]) -> Any:
    """The JSON document about a described person."""
    describing.match(None, told, data=None, as_json=True)
    return json.loads(capsys.readouterr().out)


@pytest.mark.usefixtures("registered")
class TestMatch:
    """With somebody registered."""

    def test_the_waterfall_is_printed_in_words(self, capsys: pytest.CaptureFixture[str]) -> None:
        describing.match(None, NAMED, data=None, as_json=False)
        assert capsys.readouterr().out.splitlines() == [
            "เป็นบุคคลที่มีอยู่แล้ว · this is a human who is here: น้ำหนักถึงเกณฑ์ · its weight is enough",
            "1. แน่นอน · certain, 15.00 บิต · bits, p = 1.0000: 99801/1",
            "  น้ำหนักถึงเกณฑ์ · its weight is enough",
            "    -16.00  ก่อนเทียบ · before: ผู้ใหญ่ · adults (แบบจำลอง · model "
            f"{identity.match(mali('', number=None)).candidates[0].waterfall.model})",  # type: ignore[union-attr]
            "    +10.00  ชื่อ · given name: ตรงกัน · equal",
            "    +10.00  นามสกุล · family name: ตรงกัน · equal",
            "    +10.00  วันเกิด · birth date: ตรงกัน · equal",
            "     +1.00  เพศ · sex: ตรงกัน · equal",
            "     15.00  รวม (บิต) · bits in all",
        ]

    def test_json_tells_the_same(self, capsys: pytest.CaptureFixture[str]) -> None:
        found = match(capsys, NAMED)
        assert (found["verdict"], found["reason"]) == ("link", "weight")
        [one] = found["candidates"]
        assert (one["grade"], one["bits"], one["prior"], one["registrations"]) == ("certain", 15.0, -16.0, ["99801/1"])
        assert one["parts"][1] == {
            "comparison": "given", "level": "equal", "weight": 10.0, "rarity": 0.0, "place": 0, "one_in": 1 << 20,
        }  # fmt: skip

    def test_nobody_is_a_sentence_too(self, capsys: pytest.CaptureFixture[str]) -> None:
        describing.match(None, {"given": "อารี"}, data=None, as_json=False)
        assert capsys.readouterr().out == (
            "เป็นบุคคลใหม่ · this is somebody new: ไม่พบใครที่ใกล้เคียง · nobody here is like it\n"
        )

    def test_a_file_tells_more_and_options_win(
        self, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """From a file or from stdin; the number stays out of the shell's history."""
        told = json.dumps({**NAMED, "number": number(1), "family": "อื่น", "mother": None, "dead": False})
        file = tmp_path / "asked.json"
        file.write_text(told, encoding="utf-8")
        describing.match(file, {"family": "ใจดี"}, data=None, as_json=True)
        assert json.loads(capsys.readouterr().out)["reason"] == "birth"
        monkeypatch.setattr("sys.stdin", io.StringIO(told))
        describing.match(Path("-"), {"family": "ใจดี"}, data=None, as_json=True)
        assert json.loads(capsys.readouterr().out)["candidates"][0]["bits"] == 35.0

    def test_that_somebody_looked_is_recorded_and_nothing_else(self, capsys: pytest.CaptureFixture[str]) -> None:
        before = humans()
        match(capsys, NAMED)
        [fact] = audit.facts("search")
        assert (fact.actor, fact.detail) == ("system:operator", {"operation": "match", "found": 1})
        assert humans() == before

    def test_explain_tells_the_weight_and_who_stands_how(self, capsys: pytest.CaptureFixture[str]) -> None:
        identity.link(UNIT, [mali("A7", number=None)])
        identifying.explain("99801/1", "99802/A7", data=None, as_json=False)
        lines = capsys.readouterr().out.splitlines()
        assert "น้ำหนัก · weight: ถึงเกณฑ์เชื่อม · enough to join" in lines
        assert "     15.00  รวม (บิต) · bits in all" in lines
        assert any(line.endswith(": 99801/1, 99802/A7") for line in lines)
        identifying.explain("99801/1", "99802/A7", data=None, as_json=True)
        told = json.loads(capsys.readouterr().out)
        assert (told["joins"], told["veto"], told["waterfall"]["weight"]) == (True, "", 15.0)
        assert list(told["registrations"].values()) == [["99801/1", "99802/A7"]]

    @pytest.mark.parametrize(
        ("changes", "why"),
        [
            ({}, None),
            ({"birth": date(1970, 5, 6)}, "one human already: what is one stays one from 2 bits on"),
            ({"birth": date(1970, 5, 6), "sex": "1"}, "one human until a reviewer answers whether they are two"),
        ],
    )
    def test_explain_says_why_few_bits_keep_them_together(
        self, capsys: pytest.CaptureFixture[str], changes: dict[str, Any], why: str | None
    ) -> None:
        identity.link(UNIT, [mali("A7", number=None)])
        identity.link(UNIT, [mali("A7", number=None, **changes)])
        identifying.explain("99801/1", "99802/A7", data=None, as_json=False)
        lines = capsys.readouterr().out.splitlines()
        assert lines[0] == "บุคคลเดียวกัน · one human"
        assert ("น้ำหนัก · weight: ไม่ถึงเกณฑ์เชื่อม 10 บิต · less than the 10 bits that join" in lines) is bool(why)
        assert [line.rpartition(" · ")[2] for line in lines if "why they stay together" in line] == (
            [why] if why else []
        )

    @pytest.mark.parametrize(
        ("both", "row", "said"),
        [
            ({}, {"given": "มาลัย"}, "they may be twins"),
            (
                {"nation": "048", "passport": "AB123456"},
                {"given": "สมชาย", "birth": date(1990, 5, 5)},
                "born a generation apart",
            ),
        ],
    )
    def test_explain_says_what_is_against_bits_enough(
        self, capsys: pytest.CaptureFixture[str], both: dict[str, Any], row: dict[str, Any], said: str
    ) -> None:
        """By the pair, or by what parts two humans; it told of 10 bits that 10 were not reached."""
        both = {"number": None, "phone": "0890012457", **both}
        identity.link(HOSPITAL, [mali("1", **both)])
        identity.link(UNIT, [mali("A7", **both, **row)])
        identifying.explain("99801/1", "99802/A7", data=None, as_json=False)
        lines = capsys.readouterr().out.splitlines()
        assert lines[0] == "คนละบุคคล · two humans"
        [weight] = [line for line in lines if "weight: " in line]
        assert weight.startswith("น้ำหนัก · weight: ถึงเกณฑ์เชื่อม · enough to join: ")
        assert weight.endswith(f" · {said}")

    def test_show_tells_whom_we_took_them_for_then_and_now(self, capsys: pytest.CaptureFixture[str]) -> None:
        """Numbers of facilities alone, no name; that somebody looked is a fact about each."""
        identity.link(UNIT, [mali("A7", number=None)])
        identifying.show("99802/A7", None, data=None, as_json=False)
        assert capsys.readouterr().out.split() == ["99801/1", "99802/A7"]
        identifying.show("99802/A7", datetime(2026, 3, 3), data=None, as_json=False)  # noqa: DTZ001 - a day, as typed
        assert "it was not registered yet on 2026-03-03" in capsys.readouterr().out
        identifying.show("99801/1", None, data=None, as_json=True)
        assert json.loads(capsys.readouterr().out)["registrations"] == ["99801/1", "99802/A7"]
        seen = [fact.detail for fact in audit.facts("identity.question-seen")]
        assert seen == [{"as": "whole"}] * 6

    def test_show_tells_whom_a_figure_took_them_for(self, capsys: pytest.CaptureFixture[str]) -> None:
        """By the event that the figure keeps; one that has not been is refused, and nobody looked at anybody."""
        birth = identity.last_event()
        identity.persons(UNIT, ["A7"])
        apart = identity.last_event()
        identity.link(UNIT, [mali("A7", number=None)])
        identifying.show("99802/A7", None, event=apart, data=None, as_json=False)
        assert capsys.readouterr().out.split() == ["99802/A7"]
        identifying.show("99802/A7", None, event=identity.last_event(), data=None, as_json=True)
        told = json.loads(capsys.readouterr().out)
        assert (told["event"], told["on"], told["registrations"]) == (
            identity.last_event(),
            None,
            ["99801/1", "99802/A7"],
        )
        identifying.show("99802/A7", None, event=birth, data=None, as_json=False)
        assert f"it was not registered yet at event {birth}" in capsys.readouterr().out
        seen = len(list(audit.facts("identity.question-seen")))
        for wrong in (identity.last_event() + 1, -1):
            with pytest.raises(identity.NoSuchEvent):
                identifying.show("99802/A7", None, event=wrong, data=None, as_json=False)
        with pytest.raises(BadUsage, match="either --on or --event"):
            identifying.show("99802/A7", datetime(2026, 3, 3), event=apart, data=None, as_json=False)  # noqa: DTZ001
        assert len(list(audit.facts("identity.question-seen"))) == seen

    def test_explain_says_when_little_speaks_for_it(self, capsys: pytest.CaptureFixture[str]) -> None:
        identity.link(UNIT, [mali("A7", number=None, given="อารี", sex="1")])
        identifying.explain("99801/1", "99802/A7", data=None, as_json=False)
        assert "less than 2 bits, or not weighed" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('{"givn": "มาลี"}', "givn"),
        ('{"pid": "1"}', "pid"),
        ('{"given": 1}', "given"),
        ('{"dead": "yes"}', "dead"),
        ('{"birth": "5/5/1970"}', "birth is YYYY-MM-DD"),
        ("[]", "one JSON object"),
        ("{", "one JSON object"),
        ("{}", "--given"),
        ('{"given": null}', "--given"),
    ],
)
def test_a_bad_description_is_refused_without_its_values(
    text: str, named: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 2; what is named are fields. Nothing is started."""
    file = tmp_path / "asked.json"
    file.write_text(text, encoding="utf-8")
    assert running.run(["identity", "match", str(file)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert named in err
    assert err.endswith("[SKL-CLI-002]\n")
    assert "มาลี" not in err


def test_no_file_and_nothing_told_is_refused() -> None:
    for file in (None, Path("no-such.json")):
        with pytest.raises(BadUsage):
            describing.described(file, {"given": None})


def test_every_comparison_and_level_has_words() -> None:
    """What the model can say, a person can read."""
    compared = {comparison for comparisons in POPULATIONS.values() for comparison in comparisons}
    assert {comparison.name for comparison in compared} == weighing_words.COMPARISONS.keys()
    levels = {level.name for comparison in compared for level in comparison.levels}
    assert levels | {"unknown"} == weighing_words.LEVELS.keys()
    assert weighing_words.POPULATIONS.keys() == POPULATIONS.keys()
