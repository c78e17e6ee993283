"""What stands beside a KPI: timeliness, orphans, contested residents, refused rows (indicators 15; S1.30)."""

from __future__ import annotations

from decimal import Decimal

from suksala.warehouse import DataQuality, Share
from suksala.warehouse.quality import measured
from tests.unit.warehouse.population import Population


def figures(people: Population, sent: dict[str, Share] | None = None) -> dict[str, DataQuality]:
    """Data quality by facility."""
    bench = people.workbench()
    return {q.hospcode: q for q in measured(bench, bench.engine, sent or {})}


def test_a_visit_is_timely_within_thirty_days() -> None:
    """Both sides of the edge; the day of the visit is day 0, the time of entry does not matter."""
    people = (
        Population()
        .people("a")
        .add(
            "service",
            """
            pid | date_serv  | d_update
            a   | 2025-03-01 | 2025-03-31T23:59   # day 30
            a   | 2025-03-01 | 2025-04-01T00:00   # day 31
            a   | 2025-03-01 | 2025-03-01T09:00
            a   | 2025-03-01 | -                  # cannot be told
            """,
        )
    )
    timely = figures(people)["00001"].timely
    assert (timely, timely.percent) == (Share(2, 3), Decimal("66.67"))


def test_orphans_are_pids_with_care_and_without_a_person() -> None:
    """Each PID once, however many rows it has, at the facility that sent them."""
    people = Population().people("a").add("service", "pid | date_serv\na | 2025-03-01\nx | 2025-03-01\nx | 2025-03-02")
    people.add("labfu", "pid | hospcode | date_serv\nx | 00001 | 2025-03-01\na | 00002 | 2025-03-01")
    found = figures(people)
    assert (found["00001"].orphans, found["00002"].orphans) == (1, 1)


def test_residents_claimed_twice_and_residents_without_a_number() -> None:
    """Contested people count at the responsible facility; those without a number are told apart."""
    people = Population().people("a", "b", "c").people("b", hospcode="00002", typearea="3")
    people.untrusted.add("c")
    found = figures(people)
    assert (found["00001"].contested, found["00001"].numberless) == (Share(1, 2), 1)
    assert "00002" not in found  # it is responsible for nobody and sent no care


def test_the_dead_who_are_still_active() -> None:
    """Some facility knows of the death, another still has the person as active."""
    people = Population().people("a", "b").people("a", hospcode="00002", discharge="1", typearea="4")
    people.add("death", "pid | ddeath\nb | 2025-01-01")
    assert figures(people)["00001"].dead_active == 2


def test_rows_that_were_set_aside() -> None:
    """A sender whose every row was refused stands in the list too; nothing sent has no percentage."""
    found = figures(Population().people("a"), {"00003": Share(10, 10)})
    assert found["00003"].refused.percent == Decimal("100.00")
    assert found["00001"].refused == Share(0, 0)
    assert found["00001"].refused.percent is None
