"""Figures are computed over one state of the data, published once, summed over areas and followed to their people."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from suksala import audit, identity, registry, warehouse
from suksala.consent import Permit, Purpose, Rows, Scope
from suksala.foundation import clock, database, settings
from suksala.identity import PersonRow
from suksala.standards.thai_codes import dates
from suksala.warehouse import storage
from tests.unit.warehouse.installing import deposit, install, link, merge, register
from tests.unit.warehouse.population import Population

pytestmark = pytest.mark.django_db
Q4 = dates.period("2568Q4")


def districts() -> Population:
    """Diabetes at four facilities: controlled of all 2/3, 0/1, 1/2 and 3/3."""
    homes = {"00001": "abc", "00002": "d", "00003": "ef", "00004": "ghi"}
    controlled = set("abeghi")
    people = Population()
    for hospcode, pids in homes.items():
        for pid in pids:
            people.people(pid, hospcode=hospcode)
            people.files["chronic"].append(
                {"hospcode": hospcode, "pid": pid, "dx3": "E11", "date_diag": date(2015, 6, 1), "typedisch": "03"}
            )
            percent = 6.5 if pid in controlled else 9.0
            people.files["labfu"].append(
                {
                    "hospcode": hospcode,
                    "pid": pid,
                    "labtest": "0531601",
                    "labnum": percent,
                    "date_serv": date(2025, 3, 1),
                }
            )
    return people


@pytest.fixture(scope="module")
def lake_of_districts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The lake of the districts above, made once: it knows facilities and PIDs, and no database."""
    folder = tmp_path_factory.mktemp("districts")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SUKSALA_DATA", str(folder))
        settings.forget()
        deposit(districts(), folder)
        yield folder / "lake"
    settings.forget()


@pytest.fixture
def installed(lake_of_districts: Path, data_dir: Path) -> Path:
    """The districts above, received and linked."""
    shutil.copytree(lake_of_districts, data_dir / "lake")
    register(data_dir)
    link(districts())
    return data_dir


def team(*hospcodes: str) -> Permit:
    """Leave of a district team over these facilities."""
    units = frozenset(registry.org_number(h) for h in hospcodes)
    scopes = (Scope(Rows(organizations=units)),)
    return Permit("account:team", Purpose.HOPERAT, scopes, clock.now() + timedelta(hours=1), "team")


@pytest.mark.usefixtures("installed")
def test_areas_are_sums_over_sums() -> None:
    """S1.48: the province is the sum of its facilities' people, never the mean of their percentages."""
    figure = {
        area: warehouse.measure("dm-controlled", Q4, area=area) for area in ("00001", "1902", "1905", "19", "14", None)
    }
    assert {area: (f.a, f.b, f.score) for area, f in figure.items()} == {
        "00001": (2, 3, Decimal("66.67")),
        "1902": (2, 4, Decimal("50.00")),
        "1905": (1, 2, Decimal("50.00")),
        "19": (3, 6, Decimal("50.00")),
        "14": (3, 3, Decimal("100.00")),
        None: (6, 9, Decimal("66.67")),
    }
    assert [figure[a].level for a in figure] == ["facility", "district", "district", "province", "province", "country"]
    below = warehouse.breakdown("dm-controlled", Q4, area="19")
    assert [(f.area, f.a, f.b) for f in below] == [("1902", 2, 4), ("1905", 1, 2)]
    assert [f.area for f in warehouse.breakdown("dm-controlled", Q4)] == ["14", "19"]
    assert [(f.area, f.b) for f in warehouse.breakdown("dm-controlled", Q4, area="1902")] == [
        ("00001", 3),
        ("00002", 1),
    ]
    assert warehouse.breakdown("dm-controlled", Q4, area="00001") == []


@pytest.mark.usefixtures("installed")
def test_a_report_carries_its_proof() -> None:
    """What was counted, on which state, when, by which rule, and who was left out."""
    report = warehouse.measure("dm-controlled", Q4)
    assert report.passed is True
    assert report.official is True
    assert report.target == Decimal(40) == report.year_target
    assert len(report.definition_hash) == 32
    assert report.snapshot.count("-") == 2
    assert report.basis == "typearea"
    assert report.version == "2564"
    assert report.facilities == 4
    assert clock.now() - report.as_of < timedelta(minutes=5)
    assert warehouse.measure("dm-controlled", dates.period("2568")) == report  # a whole year is judged as its quarter 4
    assert warehouse.measure("dm-controlled", dates.period("2568Q2")).target is None


def test_late_data_changes_the_next_run_only(installed: Path) -> None:
    """A published figure stands; the next run is added beside it, and an unchanged one is not."""
    first = warehouse.compute([Q4], ["dm-controlled"])
    assert (first.published, first.unchanged) == (1, 0)
    assert warehouse.compute([Q4], ["dm-controlled"]) == replace(first, published=0, unchanged=1)
    before = warehouse.measure("dm-controlled", Q4)
    late = {"pid": "c", "labtest": "0531601", "labnum": 6.0, "date_serv": date(2025, 9, 1)}
    merge("LABFU", "00001", [late], installed)
    assert warehouse.measure("dm-controlled", Q4) == before
    second = warehouse.compute([Q4], ["dm-controlled"])
    assert second.published == 1
    assert second.snapshot != first.snapshot
    assert warehouse.measure("dm-controlled", Q4).a == before.a + 1
    old = database.rows("SELECT r.counts FROM warehouse_result r JOIN warehouse_run w ON w.id = r.run_id "
                        "WHERE w.snapshot = %s AND hospcode = '00001'", [first.snapshot])  # fmt: skip
    assert old == [({"A": 2, "B": 3, "C": 3},)]


@pytest.mark.usefixtures("installed")
def test_a_state_that_comes_back_is_published_again() -> None:
    """Undoing a correction restores an older state: its figures are the newest again, under a numbered name."""
    first = warehouse.compute([Q4], ["hba1c-tested"])
    person = identity.persons("00001", ["a"])["a"]
    database.execute("UPDATE identity_demographics SET trusted = false WHERE person = %s", [person])
    assert warehouse.compute([Q4], ["hba1c-tested"]).published == 1
    assert warehouse.measure("hba1c-tested", Q4).excluded == {"no-citizen-number": 1}
    database.execute("UPDATE identity_demographics SET trusted = true WHERE person = %s", [person])
    assert warehouse.compute([Q4], ["hba1c-tested"]).published == 1
    again = warehouse.measure("hba1c-tested", Q4)
    assert (again.snapshot, again.excluded, again.b) == (f"{first.snapshot}.1", {}, 9)


@pytest.mark.usefixtures("installed")
def test_a_figure_keeps_whom_it_counted_as_one() -> None:
    """Whom did we take for one human when this figure was made? Answered exactly, whatever was linked since."""
    first = warehouse.measure("dm-controlled", Q4)
    a, d = (identity.person_of(*one) for one in (("00001", "a"), ("00002", "d")))
    before, told = identity.memberships(), identity.registration(a)
    assert first.identity_event == identity.last_event()
    identity.link("00002", [PersonRow("d", told.number, told.given, told.family, told.birth, told.sex)])
    assert warehouse.measure("dm-controlled", Q4) == first
    warehouse.compute([Q4], ["dm-controlled"])
    second = warehouse.measure("dm-controlled", Q4)
    assert (first.b, second.b, second.identity_event) == (9, 8, identity.last_event())
    identity.undo(identity.last_event(), actor="account:steward")
    took = [identity.humans_as_of([a, d], r.identity_event or 0) for r in (first, second)]
    assert took == [{a: a, d: d}, {a: a, d: a}]
    then = identity.memberships(first.identity_event)
    assert then.drop(["trusted"]).sort_by("pid") == before.drop(["trusted"]).sort_by("pid")


@pytest.mark.usefixtures("installed")
def test_a_figure_from_before_it_was_kept_says_so() -> None:
    warehouse.compute([Q4], ["dm-controlled"])
    database.execute("UPDATE warehouse_run SET identity_event = NULL")
    assert warehouse.measure("dm-controlled", Q4).identity_event is None


@pytest.mark.usefixtures("installed")
def test_trend_shows_every_quarter_that_was_computed() -> None:
    """Cumulative within the fiscal year: the March result counts from quarter 2 on, and not in the next year."""
    quarters = [dates.period(text) for text in ("2568Q1", "2568Q2", "2568Q4", "2569Q1")]
    warehouse.compute(quarters, ["hba1c-tested"])
    assert [(r.period, r.a, r.b) for r in warehouse.trend("hba1c-tested", "14")] == [
        ("2568Q1", 0, 3),
        ("2568Q2", 3, 3),
        ("2568Q4", 3, 3),
        ("2569Q1", 0, 3),
    ]
    assert [str(p) for p in warehouse.periods()] == ["2568Q1", "2568Q2", "2568Q4", "2569Q1"]


@pytest.mark.usefixtures("installed")
def test_from_a_figure_to_its_people() -> None:
    """The team sees who, the uncontrolled first; each person's own log tells of it (X4)."""
    warehouse.compute([Q4], ["dm-controlled"])
    found = warehouse.members(team("00001"), "dm-controlled", Q4, "00001")
    assert [(m.pid, m.in_a, m.value, m.value_on) for m in found] == [
        ("c", False, "9", date(2025, 3, 1)),
        ("a", True, "6.5", date(2025, 3, 1)),
        ("b", True, "6.5", date(2025, 3, 1)),
    ]
    assert all(m.name.endswith("ทดสอบ") and m.in_b and m.reason is None for m in found)
    assert len(found) == warehouse.measure("dm-controlled", Q4, area="00001").b
    facts = list(audit.facts("panel.read"))
    assert {f.person for f in facts} == {m.person for m in found}
    assert {(f.actor, f.purpose, f.facility) for f in facts} == {("account:team", "HOPERAT", "00001")}
    assert "value" not in repr(found[0])
    assert "name" not in repr(found[0])


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize("wrong", ["other-facility", "other-purpose", "ended", "whole-country"])
def test_nobody_else_sees_the_list(wrong: str) -> None:
    """A permit for another facility, for another purpose or that has ended opens nothing and writes nothing."""
    good = team("00001")
    permit = {
        "other-facility": team("00002"),
        "other-purpose": replace(good, purpose=Purpose.PUBHLTH),
        "ended": replace(good, until=clock.now()),
        "whole-country": replace(good, scopes=(Scope(Rows(persons=frozenset({1}))),)),
    }[wrong]
    warehouse.compute([Q4], ["dm-controlled"])
    for opening in (warehouse.members, warehouse.excluded):
        with pytest.raises(warehouse.NotYourPanel):
            opening(permit, "dm-controlled", Q4, "00001")
    assert list(audit.facts("panel.read")) == []


@pytest.mark.usefixtures("installed")
def test_who_was_left_out_and_why() -> None:
    """The excluded of a facility, each with a reason that pages can say in Thai and in English."""
    warehouse.compute([Q4], ["dm-screened"])
    found = warehouse.excluded(team("00001"), "dm-screened", Q4, "00001")
    assert [(m.pid, m.reason) for m in found] == [
        ("a", "known-disease"),
        ("b", "known-disease"),
        ("c", "known-disease"),
    ]
    report = warehouse.measure("dm-screened", Q4, area="00001")
    assert report.excluded == {"known-disease": 3}
    assert set(report.excluded) <= set(warehouse.REASONS)
    assert (report.b, report.score, report.passed) == (0, None, None)


@pytest.mark.usefixtures("installed")
def test_rows_of_older_runs_are_forgotten(data_dir: Path, django_capture_on_commit_callbacks: Any) -> None:
    """Rows about people are kept for the newest run only, in a folder that other users cannot open."""
    with django_capture_on_commit_callbacks(execute=True):
        warehouse.compute([Q4], ["dm-controlled"])
        merge("CHRONIC", "00002", [{"pid": "d", "dx3": "E14", "date_diag": date(2014, 1, 1)}], data_dir)
        warehouse.compute([Q4], ["dm-controlled"])
    run = storage.newest("dm-controlled", "2568Q4")
    assert run is not None
    folder = data_dir / "warehouse"
    assert folder.stat().st_mode & 0o077 == 0
    assert [p.name for p in folder.iterdir()] == [f"{run.id}.parquet"]


def test_an_empty_installation_has_figures_too(data_dir: Path) -> None:
    """Nobody to treat is not nobody treated: no score, no verdict, no error."""
    report = warehouse.measure("068.1", Q4)
    assert (report.a, report.b, report.score, report.passed, report.facilities) == (0, 0, None, None, 0)
    assert warehouse.trend("068.1")[0] == report


@pytest.mark.usefixtures("installed")
def test_clear_refusals() -> None:
    """An unknown code, year or area is one clear sentence, and nothing is computed."""
    for error, call in (
        (warehouse.UnknownMeasure, lambda: warehouse.measure("dm", Q4)),
        (warehouse.NoVersion, lambda: warehouse.measure("068.1", dates.period("2560Q4"))),
        (warehouse.UnknownArea, lambda: warehouse.measure("068.1", Q4, area="190")),
        (warehouse.UnknownArea, lambda: warehouse.measure("068.1", Q4, area="50")),
    ):
        with pytest.raises(error) as refusal:
            call()
        assert refusal.value.th
        assert refusal.value.en
    assert database.rows("SELECT count(*) FROM warehouse_run") == [(0,)]


def test_own_record_facts_count_once_per_human(data_dir: Path) -> None:
    """068.1 and 068.2 read the facts that the own record left: Bangkok days, demonstrations apart (S1.53, S1.59)."""
    people = Population().people("a", "b", "c").people("a", hospcode="00002", typearea="4")
    people.with_facts(
        """
        pid | kind     | on_date    | hospcode | demonstration
        a   | register | 2025-01-05 | 00001    |
        a   | login    | 2025-01-05 | 00001    | yes
        a   | login    | 2025-03-31 | 00001    |      # 23:30 in Bangkok: still in quarter 2
        a   | login    | 2025-03-31 | 00002    |
        b   | register | 2025-01-05 | 00001    |
        b   | login    | 2025-01-05 | 00001    | yes
        b   | login    | 2025-02-01 | 00001    |
        c   | open     | 2025-04-01 |          |      # quarter 3
        """
    )
    install(people, data_dir)
    q2, q3 = dates.period("2568Q2"), dates.period("2568Q3")
    assert [(r.a, r.b) for r in (warehouse.measure("068.1", q2), warehouse.measure("068.1", q3))] == [(2, 3), (3, 3)]
    unit = warehouse.measure("068.2", q2, area="00001")
    assert (unit.a, unit.b, unit.score, unit.basis, unit.passed) == (1, 2, Decimal("50.00"), "registered-at", True)
