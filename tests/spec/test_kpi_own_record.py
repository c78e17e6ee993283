"""KPI 068.1 and 068.2: citizens who can open their own record (requirements S1.1-S1.60; readings R-44, R-45)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from suksala.foundation import clock
from suksala.standards.thai_codes import dates
from suksala.warehouse import definition
from suksala.warehouse.domain import FacilityCount, MeasureReport, Run, report
from tests.unit.warehouse.population import Population, count, told


def judged(code: str, period: str, a: int, b: int, facilities: int = 1) -> MeasureReport:
    """The report over facilities that each counted a and b."""
    subject = definition(code)
    version = subject.version(dates.period(period).fiscal_year)
    counts = [FacilityCount(f"{n:05d}", {"A": a, "B": b, "C": b}, {}, 0) for n in range(facilities)]
    return report(subject, version, Run(code, version.name, period, "", "", clock.now()), "19", counts)


@pytest.mark.parametrize(
    ("quarter", "target", "passed", "official"),
    [
        (1, None, None, False),  # no threshold: shown, not judged
        (2, "0.5", True, True),  # S1.50, S1.54: 0.8 passes; March is an evaluation month
        (3, "1.0", False, False),  # S1.51: shown and compared, but no evaluation month lies in it
        (4, "1.5", False, True),  # S1.52, S1.49: August lies in quarter 4 and does not end it
    ],
)
def test_the_sheets_own_example(quarter: int, target: str | None, passed: bool | None, official: bool) -> None:
    """S1.54: 1,200 of 150,000 is 0.8 percent."""
    found = judged("068.1", f"2561Q{quarter}", 1_200, 150_000)
    assert found.score == Decimal("0.80") == found.exact
    assert (found.target, found.passed, found.official) == (target and Decimal(target), passed, official)
    assert found.year_target == Decimal("1.5")


@pytest.mark.parametrize(("a", "passed"), [(7_499, False), (7_500, True), (7_501, True)])
def test_the_edge_of_the_threshold(a: int, passed: bool) -> None:
    """Exactly 1.5 percent passes; the exact value is judged, so 1.4998, shown as 1.50, does not (decision 0042)."""
    found = judged("068.1", "2561Q4", a, 500_000)
    assert (found.score, found.passed) == (Decimal("1.50"), passed)


def test_the_second_sheets_example() -> None:
    """S1.60: 220 of 450 is 48.888... percent; the document prints 48. Below the 50 of quarter 2 under either."""
    found = judged("068.2", "2561Q2", 220, 450)
    assert found.score == Decimal("48.89")
    assert str(found.exact).startswith("48.888888888888888888")
    assert (found.target, found.passed) == (Decimal(50), False)
    assert judged("068.2", "2561Q2", 225, 450).passed is True
    assert judged("068.2", "2561Q4", 314, 450).passed is False  # 69.8 of 70
    assert judged("068.2", "2561Q4", 315, 450).passed is True


def test_the_nation_is_a_sum_over_sums() -> None:
    """S1.48: people of the provinces are added, then divided."""
    subject = definition("068.1")
    version = subject.version(2561)
    run = Run("068.1", version.name, "2561Q4", "", "", clock.now())
    provinces = [FacilityCount("00001", {"A": 10, "B": 100}, {}, 0), FacilityCount("00002", {"A": 0, "B": 900}, {}, 0)]
    assert report(subject, version, run, None, provinces).score == Decimal("1.00")  # the mean of percentages is 5


def test_nobody_to_reach_is_not_nobody_reached() -> None:
    """B = 0 has no score and no verdict."""
    found = judged("068.1", "2561Q4", 0, 0)
    assert (found.score, found.exact, found.passed) == (None, None, None)


@pytest.mark.parametrize(
    ("a", "b", "small"),
    [(0, 0, False), (0, 5, False), (1, 50, True), (4, 50, True), (5, 50, False), (46, 50, True), (0, 4, True)],
)
def test_small_cells_are_marked_for_public_pages(a: int, b: int, small: bool) -> None:
    """One to four people in A, in B or in the rest of B (decision 0042)."""
    assert judged("068.1", "2561Q4", a, b).small_cell is small


def test_who_counts() -> None:
    """S1.42-S1.45: Thai residents of 15 to 59 on the last day of the quarter; each row is one way in or out."""
    people = (
        Population()
        .add(
            "person",
            """
            pid | birth      | nation | typearea
            a   | 2003-03-31 | 099    | 1          # 15 today
            b   | 2003-04-01 | 099    | 1          # 15 tomorrow
            c   | 1958-04-01 | 099    | 3          # 60 tomorrow
            d   | 1958-03-31 | 099    | 3          # 60 today
            e   | 1990-01-01 | 048    | 1          # Myanmar national
            f   | 1990-01-01 | 099    | 4          # came for care, lives elsewhere
            """,
        )
        .with_facts(
            """
            pid | kind | on_date
            a   | open | 2018-03-31
            b   | open | 2018-03-31
            d   | open | 2018-03-31
            e   | open | 2018-03-31
            f   | open | 2018-03-31
            """
        )
    )
    assert told(people, "068.1", "2561Q2") == {
        "a": "A", "b": "age", "c": "B", "d": "age", "e": "not-thai", "f": "not-in-area",
    }  # fmt: skip


def test_opened_once_counts_for_ever() -> None:
    """S1.53: cumulative since the launch to the end of the quarter; a demonstration is no opening (S1.59)."""
    people = (
        Population()
        .people("a", "b", "c", "d", "e")
        .with_facts(
            """
            pid | kind     | on_date    | demonstration
            a   | login    | 2018-03-31 |
            b   | login    | 2018-04-01 |
            c   | login    | 2017-11-01 | yes
            d   | register | 2017-11-01 |
            """
        )
        .add("service", "pid | date_serv\na | 2018-03-31\nb | 2018-04-01")
    )
    assert told(people, "068.1", "2561Q2") == {"a": "A", "b": "B", "c": "B", "d": "B", "e": "B"}
    assert told(people, "068.1", "2561Q3")["b"] == "A"
    (q2,), (q3,) = count(people, "068.1", "2561Q2"), count(people, "068.1", "2561Q3")
    assert (q2.counts["C"], q3.counts["C"]) == (1, 2)  # S1.47: ever served, the other reading of the target group


def test_used_more_than_once() -> None:
    """S1.57-S1.59: of those registered at the unit, more than one login besides the demonstration."""
    people = (
        Population()
        .people("a", "b", "c", "d")
        .with_facts(
            """
            pid | kind     | on_date    | hospcode | demonstration
            a   | register | 2018-01-10 | 00001    |
            a   | login    | 2018-01-10 | 00001    | yes
            a   | login    | 2018-01-11 |          |
            a   | login    | 2018-03-31 |          |      # the second, on the last day
            b   | register | 2018-01-10 | 00001    |
            b   | login    | 2018-01-10 | 00001    | yes
            b   | login    | 2018-01-11 |          |      # once only
            b   | login    | 2018-04-01 |          |      # the second, a day too late
            c   | login    | 2018-01-11 |          |      # never registered
            c   | login    | 2018-01-12 |          |
            d   | register | 2018-04-01 | 00001    |      # a day too late
            d   | register | 2018-01-10 | 00002    |      # at another unit
            """
        )
    )
    found = {f.hospcode: f.counts for f in count(people, "068.2", "2561Q2")}
    assert found == {"00001": {"A": 1, "B": 2}, "00002": {"A": 0, "B": 1}}
    assert {f.hospcode: f.counts for f in count(people, "068.2", "2561Q3")} == {
        "00001": {"A": 2, "B": 3},
        "00002": {"A": 0, "B": 1},
    }


def test_the_sheet_as_data() -> None:
    """S1.1-S1.24: what the ministry's sheet of fiscal year 2561 says, field by field."""
    kpi = definition("068.1")
    version = kpi.version(2561)
    assert kpi.name.th == "ร้อยละของประชาชนเข้าถึงข้อมูลสุขภาพตนเองได้"  # S1.1
    assert kpi.number == "068.1"  # S1.6: a text
    assert (kpi.level, kpi.unit.th, kpi.formula, kpi.max_value) == (
        "country",
        "ร้อยละ",
        "(A/B)x100",
        100,
    )  # S1.5, 8, 11, 14
    assert [(o.name, o.unit.th) for o in kpi.operands] == [("A", "คน"), ("B", "คน"), ("C", "คน")]  # S1.9, S1.10
    assert (version.operator, version.target, version.direction) == (">=", Decimal("1.5"), "higher")  # S1.12, S1.13
    assert version.evaluation_months == (3, 8)  # S1.49
    assert kpi.area_base == {"province_code": "0", "region_code": "0"}  # S1.22: 0 is all
    assert (kpi.last_update.year, kpi.last_update.month, kpi.last_update.day) == (2021, 3, 24)  # S1.24
    assert date(2018, 3, 31) == dates.period("2561Q2").end  # S1.4
    assert kpi.processor.th.startswith("ศูนย์เทคโนโลยีสารสนเทศ")  # S1.20
    assert {c.role.th for c in kpi.contacts} == {"ผู้ประสานงานตัวชี้วัด", "ผู้รับผิดชอบการรายงานผล"}  # S1.19: roles only
    assert definition("068.2").parent == "068.1"  # S1.3, S1.55
