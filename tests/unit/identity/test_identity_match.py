"""identity.match: which humans a described person may be, and what to do, with nothing written (issue D, point 6)."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from suksala import identity
from suksala.foundation import database
from suksala.identity import Decision, PersonRow
from tests.matching import approve_model, keep_model
from tests.people import CLINIC, HOSPITAL, UNIT, events, humans, mali, number, questions

GUIDE = Path(__file__).parents[3] / "docs/how-to/ask-who-somebody-is.md"
pytestmark = pytest.mark.django_db


def asked(**changes: Any) -> PersonRow:
    """Mali without a number, as a desk describes her; any field changed."""
    return mali("", **{"number": None, **changes})


def told(decision: Decision) -> tuple[str, str, list[tuple[str, str, str, float | None]]]:
    """Verdict, reason, and of each candidate grade, rule, veto and bits."""
    found = [(one.grade, one.rule, one.veto, one.weight) for one in decision.candidates]
    return decision.verdict, decision.reason, found


def everything() -> list[list[tuple[Any, ...]]]:
    """All that identity keeps of who is who."""
    tables = ("registration", "demographics", "block_key", "edge", "membership", "event", "override", "review")
    return [database.rows(f"SELECT * FROM identity_{name} ORDER BY 1, 2") for name in tables]


class TestByNumber:
    """Without a model a trusted number and the guard decide."""

    @pytest.mark.parametrize(
        ("changes", "rule"),
        [
            ({}, "birth"),
            ({"birth": None, "given": "มาลีย์"}, "given-spelling"),
            ({"birth": date(1971, 1, 1), "given": "อารี"}, "year-family"),
        ],
    )
    def test_a_number_that_the_guard_lets_through_is_certain(self, changes: dict[str, Any], rule: str) -> None:
        identity.link(HOSPITAL, [mali("1")])
        found = identity.match(asked(number=number(1), **changes))
        assert told(found) == ("link", rule, [("certain", rule, "", None)])
        assert found.candidates[0].probability == 0.9999
        assert found.candidates[0].persons == {identity.person_of(HOSPITAL, "1")}

    def test_a_number_that_the_guard_stops_is_asked_about(self) -> None:
        """Whose card is it? Nobody weighed it: even odds."""
        identity.link(HOSPITAL, [mali("1")])
        found = identity.match(asked(number=number(1), given="อารี", family="ใจงาม", birth=date(1952, 3, 4)))
        assert told(found) == ("review", "whose-card", [("probable", "", "whose-card", None)])
        assert found.candidates[0].probability == 0.5

    def test_two_humans_whom_somebody_parted_are_both_certain(self) -> None:
        """Then nobody is linked: which of the two it is, a person must say."""
        identity.link(HOSPITAL, [mali("1")])
        identity.link(UNIT, [mali("A7")])
        identity.undo(events()[-1], actor="account:steward")
        verdict, reason, found = told(identity.match(asked(number=number(1))))
        assert (verdict, reason, [one[0] for one in found]) == ("review", "several", ["certain", "certain"])

    def test_a_number_of_nobody_joins_nobody(self) -> None:
        """Nine birth dates under one number, the asked one among them; eight are still one number."""
        rows = [mali(str(n), birth=date(1950 + n, 2, 3), given=f"ก{n}", family=f"ข{n}") for n in range(8)]
        identity.link(HOSPITAL, rows[:7])
        assert identity.match(asked(number=number(1))).verdict == "review"
        identity.link(HOSPITAL, rows)
        assert told(identity.match(asked(number=number(1)))) == ("new", "none", [])

    def test_without_a_number_and_a_model_nothing_can_be_said(self) -> None:
        identity.link(HOSPITAL, [mali("1")])
        assert told(identity.match(asked())) == ("new", "none", [])


class TestByWeight:
    """With the made-up model: -16 bits before; given, family, birth 10 each, sex 1."""

    @pytest.fixture(autouse=True)
    def model(self) -> None:
        """The made-up model, approved."""
        approve_model()

    def test_enough_bits_are_certain(self) -> None:
        identity.link(HOSPITAL, [mali("1")])
        found = identity.match(asked())
        assert told(found) == ("link", "weight", [("certain", "weight", "", 15.0)])
        assert found.candidates[0].probability == pytest.approx(2**15 / (1 + 2**15))

    def test_the_waterfall_adds_up(self) -> None:
        identity.link(HOSPITAL, [mali("1")])
        [one] = identity.match(asked()).candidates
        assert one.waterfall is not None
        assert (one.waterfall.population, one.waterfall.prior) == ("adult", -16.0)
        assert [(p.comparison, p.level, p.weight) for p in one.waterfall.parts] == [
            ("number", "unknown", 0.0), ("given", "equal", 10.0), ("family", "equal", 10.0), ("birth", "equal", 10.0),
            ("sex", "equal", 1.0), ("phone", "unknown", 0.0), ("address", "unknown", 0.0),
        ]  # fmt: skip

    @pytest.mark.parametrize(
        ("changes", "told_of"),
        [
            ({"birth": date(1970, 5, 6)}, ("review", "possible", [("probable", "", "", 9.0)])),
            ({"birth": date(1970, 5, 6), "sex": "1"}, ("review", "possible", [("probable", "", "", 2.0)])),
            ({"birth": date(1951, 2, 3), "sex": None}, ("new", "none", [])),
            ({"given": "อารี", "sex": None}, ("new", "weak", [("possible", "", "twin", 0.0)])),
            ({"given": "อารี", "birth": date(1970, 5, 6), "phone": "0890012457"}, ("new", "none", [])),
            ({"given": "อารี", "sex": "1"}, ("new", "none", [])),
        ],
    )
    def test_less_is_probable_or_possible(self, changes: dict[str, Any], told_of: object) -> None:
        """From 2 bits on somebody is asked; from 0 on it is told; below nobody is named."""
        identity.link(HOSPITAL, [mali("1")])
        assert told(identity.match(asked(**changes))) == told_of

    def test_a_twin_is_asked_about(self) -> None:
        home = {"phone": "0890012457", "area": "990101", "house": "1/2"}
        identity.link(HOSPITAL, [mali("1", **home)])
        found = identity.match(asked(given="อารี", **home))
        assert told(found) == ("review", "twin", [("probable", "", "twin", 21.0)])

    def test_the_whole_human_stands_against_it(self) -> None:
        """Its best registration bears no number, another one of it bears one that is not the record's."""
        home = {"phone": "0890012457", "area": "990101", "house": "1/2"}
        identity.link(HOSPITAL, [mali("1", **home, number=None)])
        identity.link(UNIT, [mali("A7")])
        found = identity.match(asked(number=number(2), **home))
        assert told(found) == ("review", "two-numbers", [("probable", "", "two-numbers", 35.0)])
        assert len(found.candidates[0].persons) == 2

    def test_the_dead_are_asked_about(self) -> None:
        identity.link(HOSPITAL, [mali("1", dead=True)])
        assert told(identity.match(asked()))[:2] == ("review", "dead")

    @pytest.mark.parametrize(
        ("phone", "verdict", "second"),
        [("0890012457", "link", 15.0), (None, "review", 15.0)],
    )
    def test_the_second_must_be_lighter(self, phone: str | None, verdict: str, second: float) -> None:
        """25 bits against 15 is clear; 15 against 15 is not. The two were parted by somebody."""
        identity.link(HOSPITAL, [mali("1", number=None, phone="0890012457")])
        identity.link(UNIT, [mali("A7")])
        identity.undo(events()[-1], actor="account:steward")
        found = identity.match(asked(phone=phone))
        assert found.verdict == verdict
        assert found.candidates[1].weight == second
        assert found.candidates[1].veto == "runner-up"
        assert found.reason == ("weight" if verdict == "link" else "runner-up")

    def test_one_human_of_two_registrations_is_told_once(self) -> None:
        identity.link(HOSPITAL, [mali("1")])
        identity.link(UNIT, [mali("A7", phone="0890012457")])
        [one] = identity.match(asked(phone="0890012457")).candidates
        assert (one.person, one.weight, len(one.persons)) == (identity.person_of(UNIT, "A7"), 25.0, 2)

    def test_a_newborn_finds_the_only_child_it_may_be(self) -> None:
        born = {"birth": date(2025, 3, 3), "phone": "0890012457"}
        identity.link(HOSPITAL, [mali("1", given="บุตร น.ส.มาลี", number=None, **born)])
        found = identity.match(asked(given="ปิ่น", **born))
        assert told(found)[:2] == ("link", "newborn")
        identity.link(UNIT, [mali("A7", given="ปิ่น", number=None, **born)])
        assert identity.match(asked(given="ปอ", **born)).verdict == "review"
        identity.link(CLINIC, [mali("c", given="ปอ", number=None, **born)])
        found = identity.match(asked(given="บุตร น.ส.มาลี", **born))
        assert (found.verdict, found.reason) == ("review", "newborn")
        assert [one.veto for one in found.candidates] == ["newborn"] * 3  # two children and the placeholder of before

    def test_a_newborn_of_twins_is_asked_about(self) -> None:
        """The only child there may be the other one; linking asks too."""
        born = {"birth": date(2025, 3, 3), "phone": "0890012457"}
        identity.link(HOSPITAL, [mali("1", given="บุตร น.ส.มาลี 2", number=None, **born)])
        found = identity.match(asked(given="ปิ่น", **born))
        assert (found.verdict, found.reason) == ("review", "newborn")
        identity.link(UNIT, [mali("A7", given="ปิ่น", number=None, **born)])
        assert len(humans()) == 2
        assert questions() == {("newborn", frozenset({(HOSPITAL, "1"), (UNIT, "A7")}))}

    def test_it_says_what_link_then_does(self) -> None:
        """And itself changes nothing."""
        identity.link(HOSPITAL, [mali("1")])
        before = everything()
        found = identity.match(asked())
        assert everything() == before
        identity.link(UNIT, [asked()])
        assert identity.human_of(identity.person_of(UNIT, "")) == found.candidates[0].human

    def test_whom_the_asker_may_not_see_changes_nothing(self) -> None:
        """Neither as a candidate, nor as a runner-up, nor by a number that it bears."""
        identity.link(HOSPITAL, [mali("1", number=None)])
        own = identity.person_of(HOSPITAL, "1")

        def visible(persons: Collection[int]) -> set[int]:
            return set(persons) & {own}

        alone = identity.match(asked(), visible=visible)
        assert alone.verdict == "link"
        identity.link(UNIT, [mali("A7", phone="0890012457"), mali("A8", number=number(2), dead=True)])
        assert identity.match(asked(), visible=visible) == alone
        assert identity.match(asked(), visible=lambda _: ()) == Decision("new", "none")


def test_a_model_in_shadow_links_nobody() -> None:
    """Its weight is told, and somebody must look."""
    keep_model()
    identity.link(HOSPITAL, [mali("1")])
    assert told(identity.match(asked())) == ("review", "not-approved", [("probable", "", "not-approved", 15.0)])


def test_the_guide_in_python_runs(capsys: pytest.CaptureFixture[str]) -> None:
    """docs/how-to/ask-who-somebody-is.md, as it is printed."""
    approve_model()
    identity.link(HOSPITAL, [mali("1")])
    [shown] = re.findall(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    exec(shown, {})  # noqa: S102 - our own page
    assert capsys.readouterr().out == f"link weight\ncertain 1.0 [{identity.person_of(HOSPITAL, '1')}]\n"


def test_of_nothing_nothing_is_found() -> None:
    approve_model()
    identity.link(HOSPITAL, [mali("1")])
    assert identity.match(PersonRow("")) == Decision("new", "none")
