"""Many registrations weighed together: the same edges and humans as one by one, nothing lost when others go on."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from suksala import audit, identity
from suksala.foundation import database
from suksala.identity import (
    Judgement,
    LinkResult,
    Reviewer,
    Run,
    batch,
    edges,
    everybody,
    judging,
    modelling,
    nightly,
    service,
)
from suksala.identity.errors import AlreadyWeighing, NoSpark
from suksala.identity.matching import vetoes
from suksala.identity.matching.comparisons import POPULATIONS
from suksala.operations import Verdict, doctor
from tests.labelled import register
from tests.matching import approve_model, told
from tests.people import CLINIC, HOSPITAL, UNIT, humans, mali, number, questions

pytestmark = pytest.mark.django_db
ONE = {frozenset({(HOSPITAL, "1"), (UNIT, "A7")})}
SAME = "person, other, model, levels, veto, newborn"


def open_edges(columns: str = "weight") -> list[Any]:
    return database.rows(f"SELECT {columns} FROM identity_edge WHERE until IS NULL ORDER BY person, other")


def wait_all() -> None:
    database.execute(
        "INSERT INTO identity_waiting (person, since) SELECT person, now() FROM identity_demographics "
        "ON CONFLICT DO NOTHING"
    )


def approve_lighter(bits: float, **other: int) -> None:
    """Another model, by which a pair of 15 bits weighs this; `other` fields weigh so much more or less where equal."""
    models = {population: told(population) for population in POPULATIONS}
    for one in models.values():
        one["settings"]["probability_two_random_records_match"] = 1 / (1 + 2 ** (31 - bits))
        for comparison in one["settings"]["comparisons"]:
            equal = comparison["comparison_levels"][1]
            equal["m_probability"] *= 2.0 ** other.get(comparison["output_column_name"], 0)
    modelling.keep(models, actor="account:steward")
    modelling.approve(actor="account:steward")


def weigh_one_by_one() -> None:
    while service.weigh_waiting().changed:
        pass


WEIGHED = {
    "one by one": weigh_one_by_one,
    "in bulk": lambda: batch.weigh_waiting(actor="system:test"),
    "with everybody": lambda: identity.weigh(everybody=True, anyway=True),
}


def test_edges_and_humans_are_those_of_one_by_one() -> None:
    """300 made-up people with the errors of registers, under the model that ships."""
    register(300)
    identity.make_model(actor="account:steward", only_shipped=True)
    identity.approve_model(actor="account:steward")
    weigh_one_by_one()
    edges, weights, found, asked = open_edges(SAME), open_edges("weight, rarities"), humans(), questions()
    assert len(edges) > 300
    assert {veto for *_, veto, _ in edges} >= {"", "newborn"}
    database.execute("DELETE FROM identity_edge")
    identity.relink()
    assert humans() != found
    wait_all()
    run = batch.weigh_waiting(actor="account:steward")
    assert (run.weighed, run.later, run.applied) == (everybody.count(), 0, True)
    assert open_edges(SAME) == edges
    for (weight, rarities), (other, others) in zip(weights, open_edges("weight, rarities"), strict=True):
        assert abs(weight - other) < 1e-9
        assert rarities == pytest.approx(others, abs=1e-9)
    assert (humans(), questions()) == (found, asked)
    assert database.rows("SELECT count(*) FROM identity_waiting") == [(0,)]
    again = batch.weigh_everybody(actor="account:steward")
    assert (again[2:5], again.partings) == ((0, 0, 0), 0)
    assert database.rows("SELECT count(*) FROM identity_edge WHERE until IS NOT NULL") == [(0,)]


def test_two_whom_one_facility_registered_are_asked_about_in_bulk_too() -> None:
    """Names a sign apart, 11 bits: those who wait, and everybody on Sundays, as one by one."""
    identity.link(HOSPITAL, [mali("1", number=None, given="มานะชัย"), mali("2", number=None, given="มานะชย")])
    approve_model()
    wait_all()
    asked = {("two-pids", frozenset({(HOSPITAL, "1"), (HOSPITAL, "2")}))}
    assert batch.weigh_waiting(actor="a")[2:5] == (0, 0, 1)
    assert (len(humans()), open_edges("weight, veto"), questions()) == (2, [(11.0, "")], asked)
    assert identity.weigh(everybody=True, anyway=True)[2:5] == (0, 0, 0)
    assert identity.relink().linked == 0
    assert (len(humans()), questions()) == (2, asked)


def test_without_a_model_nothing_happens_and_all_wait_on() -> None:
    identity.link(HOSPITAL, [mali("1", number=None)])
    wait_all()
    assert batch.weigh_waiting(actor="a") == Run(applied=False)
    assert identity.weigh(everybody=True) == Run(applied=False)
    assert database.rows("SELECT count(*) FROM identity_waiting") == [(1,)]


def test_who_changes_while_others_are_weighed_waits_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pair was one human when the run began. Meanwhile the facility says something else: that counts."""
    identity.link(HOSPITAL, [mali("1", number=None)])
    identity.link(UNIT, [mali("A7")])
    approve_model()
    wait_all()
    weigh = batch._weigh

    def and_then(*, everyone: bool) -> bool:
        weighed = weigh(everyone=everyone)
        identity.link(UNIT, [mali("A7", given="อารี", birth=date(1951, 2, 3))])
        return weighed

    monkeypatch.setattr(batch, "_weigh", and_then)
    run = batch.weigh_waiting(actor="a")
    assert (run.weighed, run.later, run.linked) == (1, 1, 0)
    assert open_edges() == []
    assert database.rows("SELECT count(*) FROM identity_waiting") == [(1,)]


def test_without_spark_nothing_is_weighed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Asked to weigh on a cluster where pyspark is not installed."""
    monkeypatch.setitem(sys.modules, "pyspark.sql", None)
    identity.link(HOSPITAL, [mali("1", number=None)])
    identity.link(UNIT, [mali("A7")])
    approve_model()
    with pytest.raises(NoSpark, match="match-on-a-cluster"):
        identity.weigh(everybody=True, anyway=True, spark=f"file://{tmp_path}/rows")
    assert (open_edges(), list(audit.facts("identity.weighed")), list(tmp_path.iterdir())) == ([], [], [])


def test_one_run_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch.database, "rows", lambda *_: [(False,)])
    with pytest.raises(AlreadyWeighing):
        batch.weigh_waiting(actor="a")


class TestEverybody:
    """Weighing everybody anew."""

    @pytest.fixture(autouse=True)
    def two(self) -> None:
        identity.link(HOSPITAL, [mali("1", number=None)])
        identity.link(UNIT, [mali("A7")])
        approve_model()

    def test_too_much_changes_nothing_and_is_told(self) -> None:
        """One of two humans would go: far more than 1 in 200."""
        before = humans()
        run = identity.weigh(everybody=True)
        assert (run.linked, run.humans, run.applied, run.changes_too_many) == (1, 2, False, True)
        assert (humans(), open_edges()) == (before, [])
        assert [fact.detail["applied"] for fact in audit.facts("identity.weighed")] == [False]

    def test_what_was_held_back_is_told_until_a_weighing_was_carried_out(self) -> None:
        """By the doctor, with what to do; the steward's page asks for the same."""
        assert identity.last_weighing() is None
        assert doctor._matching().verdict is Verdict.OK
        identity.weigh(everybody=True)
        last, check = identity.last_weighing(), doctor._matching()
        assert last is not None
        assert (last.run.linked, last.run.humans, last.is_held_back) == (1, 2, True)
        assert check.verdict is Verdict.WARN
        assert "nothing changed: 1 would join and 0 be asked about, of 2 people" in check.found
        assert "weigh --all" in check.en
        assert "weigh --all" in check.th
        identity.weigh(everybody=True, anyway=True)
        last, check = identity.last_weighing(), doctor._matching()
        assert last is not None
        assert (last.is_held_back, check.verdict) == (False, Verdict.OK)

    @pytest.mark.parametrize(("more", "crowded"), [(0, {}), (1, {"birth-area": 1})])
    def test_keys_too_common_to_compare_by_are_counted_by_their_rule(self, more: int, crowded: dict[str, int]) -> None:
        """500 born on one day in one sub-district, of one sex, are compared with each other; 501 are not."""
        rows = [
            mali(f"x{n}", number=None, given=None, family=None, birth=date(1960, 1, 2), area="990101")
            for n in range(500 + more)
        ]
        identity.link(CLINIC, rows)
        identity.weigh(everybody=True)
        last = identity.last_weighing()
        assert last is not None
        assert last.crowded == crowded
        assert f"compare by: {'birth-area 1' if more else 'none'}" in doctor._matching().found

    @pytest.mark.parametrize(("more", "crowded"), [(0, {}), (1, {"birth-phone": 1})])
    def test_keys_of_a_telephone_that_many_share_are_counted_too(self, more: int, crowded: dict[str, int]) -> None:
        """A factory gives its telephone for all who were born on the first of January: nine names, so it is shared."""
        names = ("สมชาย", "อารี", "ประเสริฐ", "วันเพ็ญ", "ธนกร", "จันทร์", "บุญมี", "กมล", "วิภา")
        told = {"number": None, "family": None, "birth": date(1990, 1, 1), "phone": "0890012457"}
        identity.link(CLINIC, [mali(f"x{n}", given=names[n % 9], **told) for n in range(500 + more)])
        identity.weigh(everybody=True)
        last = identity.last_weighing()
        assert last is not None
        assert last.crowded == crowded

    def test_it_goes_on_when_somebody_says_so(self) -> None:
        assert identity.weigh(everybody=True, anyway=True).linked == 1
        assert open_edges() == [(15.0,)]
        assert len(humans()) == 1

    def test_humans_that_people_decided_about_are_left_to_people(self) -> None:
        """Each of the two holds a registration that an officer joined to it."""
        persons = [identity.person_of(HOSPITAL, "1"), identity.person_of(UNIT, "A7")]
        others = [*identity.persons(HOSPITAL, ["2"]).values(), *identity.persons(UNIT, ["B8"]).values()]
        for person, other in zip(persons, others, strict=True):
            database.execute("INSERT INTO identity_override VALUES (%s, %s, 1, 'must')", [person, other])
        identity.relink()
        run = identity.weigh(everybody=True, anyway=True)
        assert (run.linked, run.reviews) == (0, 1)
        assert {kind for kind, _ in questions()} == {"decided"}

    @pytest.mark.parametrize(("parted", "too_many"), [(0, False), (1, True)])
    def test_one_in_two_hundred_is_the_most(self, parted: int, too_many: bool) -> None:
        assert Run(linked=1, partings=parted, humans=200).changes_too_many is too_many


class TestPartingNobody:
    """The model is trained anew, and two that it joined weigh less: nobody said anything new, so nobody is parted."""

    @pytest.fixture(autouse=True)
    def one(self, monkeypatch: pytest.MonkeyPatch) -> tuple[int, int]:
        """Two registrations of one human, by 15 bits; no question is in the sample."""
        monkeypatch.setattr(judging, "is_in_sample", lambda _a, _b: False)
        approve_model()
        identity.link(HOSPITAL, [mali("1", number=None)])
        identity.link(UNIT, [mali("A7")])
        assert humans() == ONE
        return identity.person_of(HOSPITAL, "1"), identity.person_of(UNIT, "A7")

    @pytest.mark.parametrize(
        ("bits", "run", "asked"),
        [
            (10.0, (0, 0, 0, 0), set()),
            (4.0, (0, 0, 0, 0), set()),
            (3.0, (0, 0, 1, 0), {"split"}),
            (1.0, (0, 0, 1, 1), {"split"}),
            (-30.0, (0, 0, 1, 1), {"split"}),
        ],
    )
    def test_whom_weight_no_longer_holds_together_is_asked_about(
        self, bits: float, run: tuple[int, int, int, int], asked: set[str]
    ) -> None:
        """Linked, unlinked, questions, and those whom nothing but the question holds together."""
        approve_lighter(bits)
        found = identity.weigh(everybody=True, anyway=True)
        assert (found.linked, found.unlinked, found.reviews, found.partings) == run
        assert found.applied
        assert (humans(), {kind for kind, _ in questions()}) == (ONE, asked)
        assert [weight for (weight,) in open_edges()] == ([bits] if bits >= 2 else [])
        assert identity.relink() == LinkResult()
        again = identity.weigh(everybody=True)
        assert (again[2:5], again.partings, again.applied) == ((0, 0, 0), 0, True)
        assert humans() == ONE

    def test_two_people_is_an_answer_that_can_be_taken_back(self, one: tuple[int, int]) -> None:
        approve_lighter(1.0)
        identity.weigh(everybody=True, anyway=True)
        judged = identity.judge("split", one, Judgement("different", "โทรถามแล้ว"), Reviewer("account:anong"))
        assert (len(humans()), questions()) == (2, set())
        assert judged.event is not None
        identity.undo(judged.event, actor="account:steward")
        assert (humans(), {kind for kind, _ in questions()}) == (ONE, {"split"})
        identity.judge("split", one, Judgement("same", "โทรถามแล้ว"), Reviewer("account:anong"))
        assert (humans(), questions(), identity.relink()) == (ONE, set(), LinkResult())

    def test_who_cannot_be_told_stays_one(self, one: tuple[int, int]) -> None:
        approve_lighter(1.0)
        identity.weigh(everybody=True, anyway=True)
        identity.judge("split", one, Judgement("cannot-tell", "โทรแล้วไม่รับ"), Reviewer("account:anong"))
        assert identity.relink() == LinkResult()
        assert (humans(), questions()) == (ONE, set())

    def test_a_parent_and_a_child_who_were_joined_before_are_asked_about(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Joined by one passport while no veto knew a generation: the question says what speaks against them."""
        child = {"number": None, "phone": "0890012457", "family": "ตามพ่อ", "nation": "048", "passport": "AB123456"}
        with monkeypatch.context() as before:
            before.setattr(vetoes, "GENERATION", 100)
            identity.link(HOSPITAL, [mali("f", **child, birth=date(1960, 1, 1))])
            identity.link(UNIT, [mali("s", **child, given="สมชาย", birth=date(1990, 1, 1))])
        pair = identity.person_of(HOSPITAL, "f"), identity.person_of(UNIT, "s")
        told = identity.explain(*pair)
        assert (told.same_human, told.joins, told.veto, told.stays) == (True, False, "generation", "")
        run = identity.weigh(everybody=True, anyway=True)
        assert (run.unlinked, run.partings) == (0, 1)
        assert questions() == {("split", frozenset({(HOSPITAL, "f"), (UNIT, "s")}))}
        told, shown = identity.explain(*pair), identity.show("split", *pair, actor="account:anong")
        assert (told.same_human, told.joins, told.veto, told.stays) == (True, False, "generation", "asked")
        assert shown.waterfall is not None
        assert (shown.waterfall.weight, shown.threshold) == (15.0, 12.0)
        assert (shown.veto, shown.stays) == ("generation", "asked")
        identity.judge("split", pair, Judgement("same", "โทรถามแล้ว"), Reviewer("account:anong"))
        told = identity.explain(*pair)
        assert (told.same_human, told.decision, told.stays) == (True, "must", "")

    @pytest.mark.parametrize("withdrawn", [False, True])
    def test_the_facilitys_own_word_parts_them(self, withdrawn: bool) -> None:
        """Who says something else, or nothing any more, is held to nobody by an older question."""
        approve_lighter(1.0)
        identity.weigh(everybody=True, anyway=True)
        if withdrawn:
            assert identity.link(UNIT, [], gone=["A7"]).unlinked == 1
        else:
            assert identity.link(UNIT, [mali("A7", phone="0890012457")]).unlinked == 1
        assert (len(humans()), questions()) == (2, set())

    @pytest.mark.parametrize("how", WEIGHED)
    @pytest.mark.parametrize("others", [0, service.FEW], ids=["alone", "among many"])
    def test_who_comes_among_many_is_parted_by_no_older_weight(self, others: int, how: str) -> None:
        """A question alone holds them together; the facility corrects a row, and by that they weigh 5 bits. Whoever
        links them before they are weighed parts nobody.
        """
        identity.link(HOSPITAL, [mali("1", number=None, phone="0890012457")])
        approve_lighter(1.0, phone=-6)
        identity.weigh(everybody=True, anyway=True)
        assert {kind for kind, _ in questions()} == {"split"}
        crowd = [mali(f"x{n}", number=None, given=None, family=None, birth=None) for n in range(others)]
        identity.link(UNIT, [mali("A7", phone="0890012457"), *crowd])
        identity.relink()
        one = frozenset({(HOSPITAL, "1"), (UNIT, "A7")})
        assert one in humans()
        WEIGHED[how]()
        assert (one in humans(), questions()) == (True, set())
        assert open_edges() == [(5.0,)]

    @pytest.mark.parametrize("how", WEIGHED)
    def test_the_facilitys_own_word_among_many_parts_them_when_it_is_weighed(self, how: str) -> None:
        """Also by a run of everybody: of whoever waits with a new word its weights are the first."""
        approve_lighter(1.0)
        identity.weigh(everybody=True, anyway=True)
        crowd = [mali(f"x{n}", number=None, given=None, family=None, birth=None) for n in range(service.FEW)]
        identity.link(UNIT, [mali("A7", phone="0890012457"), *crowd])
        assert humans() >= ONE
        WEIGHED[how]()
        assert (humans() >= ONE, questions()) == (False, set())

    def test_who_waits_for_a_telephone_and_said_nothing_new_is_parted_by_nothing(self, one: tuple[int, int]) -> None:
        approve_lighter(1.0)
        identity.weigh(everybody=True, anyway=True)
        edges.wait(one)
        weigh_one_by_one()
        assert (humans(), {kind for kind, _ in questions()}) == (ONE, {"split"})

    def test_two_whom_a_heavier_pair_would_part_stay_one_until_somebody_answers(self) -> None:
        """A third bears another number than the first, weighs 13 with the second, and was born a day later: with
        equal birth dates worth 6 bits less, that is more than the 9 of the first.
        """
        identity.link(HOSPITAL, [mali("1", given="มานี")])
        identity.link(UNIT, [mali("A7", number=None, given="มานี", area="990101", house="1/2")])
        other = {"number": number(2), "given": "มานี", "birth": date(1970, 5, 6), "area": "990101", "house": "9/9"}
        identity.link(CLINIC, [mali("c", **other)])
        before = humans()
        assert frozenset({(HOSPITAL, "1"), (UNIT, "A7")}) in before
        approve_lighter(15.0, birth=-6)
        run = identity.weigh(everybody=True, anyway=True)
        assert (run.unlinked, run.partings, humans()) == (0, 1, before)
        assert ("split", frozenset({(HOSPITAL, "1"), (UNIT, "A7")})) in questions()
        assert identity.relink() == LinkResult()

    def test_more_than_one_in_two_hundred_are_not_even_asked_about(self) -> None:
        """One human of 200 is not too many; one of 199 is."""
        identity.persons(HOSPITAL, [f"x{n}" for n in range(198)])
        approve_lighter(1.0)
        run = identity.weigh(everybody=True)
        assert (run.humans, run.partings, run.applied, questions()) == (199, 1, False, set())
        identity.persons(HOSPITAL, ["x198"])
        run = identity.weigh(everybody=True)
        assert (run.humans, run.partings, run.applied, len(questions())) == (200, 1, True, 1)


@pytest.mark.parametrize("size", [1, 5000], ids=["a piece each", "all in one piece"])
def test_what_a_piece_of_a_run_joined_the_next_may_part(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    """Registered before a model stood. Until the second child is weighed, the first is the only one that the newborn
    may be: nobody saw them as one, so the question is which child it is, as one by one, and not whether they are two.
    """
    monkeypatch.setattr(batch, "PIECE", size)
    born = {"birth": date(2025, 3, 3), "number": None, "phone": "0890012457"}
    for facility, row in ((UNIT, mali("A7", given="ปิ่น", **born)), (HOSPITAL, mali("1", given="บุตร น.ส.มาลี", **born)),
                          (CLINIC, mali("c", given="ปอ", **born))):  # fmt: skip
        identity.link(facility, [row])
    approve_model()
    identity.weigh(everybody=True, anyway=True)
    assert (len(humans()), {kind for kind, _ in questions()}) == (3, {"newborn", "twin"})


class TestNight:
    """What is done while few are at work."""

    @pytest.fixture(autouse=True)
    def waiting(self) -> None:
        identity.link(HOSPITAL, [mali("1", number=None)])
        identity.link(UNIT, [mali("A7")])
        approve_model()
        wait_all()

    @pytest.mark.parametrize(
        ("hour", "weighed"), [(17, False), (18, True), (21, True), (22, False)], ids=["00:59", "01", "04", "05"]
    )
    def test_between_one_and_five_in_bangkok(self, hour: int, weighed: bool) -> None:
        """A Monday evening in UTC is Tuesday's night in Bangkok."""
        nightly.when_few_are_at_work(datetime(2026, 11, 23, hour, 59, tzinfo=UTC))
        assert (database.rows("SELECT count(*) FROM identity_waiting") == [(0,)]) is weighed

    def test_everybody_once_on_a_sunday(self) -> None:
        sunday = datetime(2026, 11, 21, 18, tzinfo=UTC)
        nightly.when_few_are_at_work(sunday)
        assert len(list(audit.facts("identity.weighed"))) == 1
