"""Many registrations weighed together: the same edges and humans as one by one, nothing lost when others go on."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from suksala import audit, identity
from suksala.foundation import database
from suksala.identity import Run, batch, everybody, nightly, service
from suksala.identity.errors import AlreadyWeighing, NoSpark
from tests.labelled import register
from tests.matching import approve_model
from tests.people import HOSPITAL, UNIT, humans, mali, questions

pytestmark = pytest.mark.django_db
SAME = "person, other, model, levels, veto, newborn"


def open_edges(columns: str = "weight") -> list[Any]:
    return database.rows(f"SELECT {columns} FROM identity_edge WHERE until IS NULL ORDER BY person, other")


def wait_all() -> None:
    database.execute(
        "INSERT INTO identity_waiting SELECT person, now() FROM identity_demographics ON CONFLICT DO NOTHING"
    )


def weigh_one_by_one() -> None:
    while service.weigh_waiting().changed:
        pass


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
    assert batch.weigh_everybody(actor="account:steward")[2:5] == (0, 0, 0)
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
        assert Run(linked=1, unlinked=parted, humans=200).changes_too_many is too_many


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
