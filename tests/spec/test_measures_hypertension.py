"""Hypertension under control: the last blood pressure, and before FY2566 the last two visits (indicators 7; R-42)."""

from __future__ import annotations

from tests.unit.warehouse.population import Population, count, told


def hypertensives(*pids: str) -> Population:
    """Usual residents who have been treated for hypertension for years."""
    rows = "\n".join(f"{pid} | I10 | 2015-06-01 | 03" for pid in pids)
    return Population().people(*pids).add("chronic", f"pid | dx3 | date_diag | typedisch\n{rows}")


def test_controlled_is_below_140_over_90_at_the_last_reading() -> None:
    """Both numbers must be below; the untested stay in the denominator."""
    people = hypertensives("a", "b", "c", "d", "e", "f", "g", "h").add(
        "chronicfu",
        """
        pid | sbp | dbp | date_serv
        a   | 139 | 89  | 2025-03-01   # just below
        b   | 140 | 89  | 2025-03-01   # 140 is not below 140
        c   | 139 | 90  | 2025-03-01   # 90 is not below 90
        d   | 180 | 95  | 2024-10-01
        d   | 130 | 80  | 2025-09-30   # the last day of the fiscal year decides
        e   | 130 | 80  | 2024-09-30   # a day too early
        f   | 130 | 80  | 2025-10-01   # a day too late
        g   | 130 | -   | 2025-03-01   # half a reading is none
        """,
    )
    assert told(people, "ht-controlled", "2568Q4") == {
        "a": "A", "b": "B", "c": "B", "d": "A", "e": "B", "f": "B", "g": "B", "h": "B",
    }  # fmt: skip
    (facility,) = count(people, "ht-controlled", "2568Q4")
    assert facility.counts == {"A": 2, "B": 8, "C": 4}


def test_impossible_readings_do_not_count() -> None:
    """60-300 over 30-200, and the upper number above the lower; the newest possible reading decides."""
    people = hypertensives("a", "b", "c", "d", "e", "f", "g").add(
        "chronicfu",
        """
        pid | sbp | dbp | date_serv
        a   | 150 | 95  | 2025-02-01
        a   | 0   | 0   | 2025-03-01   # not a measurement: February's reading stays the last
        b   | 60  | 30  | 2025-03-01   # the lowest that counts
        c   | 59  | 30  | 2025-03-01
        d   | 60  | 29  | 2025-03-01
        e   | 80  | 80  | 2025-03-01   # the upper is not above the lower
        f   | 300 | 200 | 2025-03-01   # the highest that counts
        g   | 301 | 80  | 2025-03-01
        """,
    )
    (facility,) = count(people, "ht-controlled", "2568Q4")
    assert facility.counts == {"A": 1, "B": 7, "C": 3}
    assert told(people, "ht-controlled", "2568Q4")["b"] == "A"


def test_which_reading_of_a_day_is_the_last() -> None:
    """The latest time of the visits; a file without a time is earliest; at one moment the higher reading counts."""
    people = (
        hypertensives("a", "b", "c", "d", "e")
        .add(
            "service",
            """
            pid | hospcode | sbp | dbp | date_serv  | time_serv
            a   | 00001    | 150 | 95  | 2025-03-01 | 080000
            a   | 00002    | 130 | 80  | 2025-03-01 | 140000   # the afternoon, at another facility
            b   | 00001    | 130 | 80  | 2025-03-01 | 080000
            c   | 00001    | 130 | 80  | 2025-03-01 | -
            d   | 00001    | 130 | 80  | 2025-03-01 | 080000
            d   | 00002    | 145 | 80  | 2025-03-01 | 080000   # the same moment: the higher
            """,
        )
        .add(
            "chronicfu",
            """
            pid | sbp | dbp | date_serv
            b   | 160 | 95  | 2025-03-01   # no time: the visit at eight came after it
            c   | 160 | 95  | 2025-03-01   # neither has a time: the higher
            """,
        )
        .add(
            "ncdscreen",
            """
            pid | sbp_1 | dbp_1 | sbp_2 | dbp_2 | date_serv
            e   | 138   | 88    | 141   | 88    | 2025-03-01   # each pair is a reading: the higher
            """,
        )
    )
    assert told(people, "ht-controlled", "2568Q4") == {"a": "A", "b": "A", "c": "B", "d": "B", "e": "B"}


def test_the_definition_changed_with_fiscal_year_2566() -> None:
    """FY2565 asks for the last two visits of people under care, FY2566 for the last reading of the whole register."""
    people = hypertensives("a", "b", "c", "d").people("e", "f")
    people.add(
        "chronic",
        """
        pid | dx3 | date_diag  | typedisch
        e   | I11 | 2015-06-01 | 08         # inactive: not under care
        """,
    ).add("diagnosis_opd", "pid | dx3 | date_serv\nf | I10 | 2020-01-05  # known by a diagnosis only")
    for day in ("2021-11", "2022-11"):
        people.add(
            "chronicfu",
            f"""
            pid | sbp | dbp | date_serv
            a   | 130 | 80  | {day}-01
            a   | 135 | 85  | {day}-20
            b   | 150 | 80  | {day}-01    # the visit before the last was high
            b   | 130 | 80  | {day}-20
            c   | 130 | 80  | {day}-20    # one visit only
            d   | 150 | 80  | {day}-10    # three visits: the first does not matter
            d   | 130 | 80  | {day}-20
            d   | 130 | 80  | {day}-21
            e   | 130 | 80  | {day}-20
            f   | 130 | 80  | {day}-20
            """,
        )
    care = {"e": "not-under-care", "f": "not-under-care"}
    assert told(people, "ht-controlled", "2565Q4") == {"a": "A", "b": "B", "c": "B", "d": "A", **care}
    assert told(people, "ht-controlled", "2566Q4") == dict.fromkeys("abcdef", "A")
    assert told(people, "ht-controlled-two-visits", "2566Q4") == {"a": "A", "b": "B", "c": "B", "d": "A", **care}
    (facility,) = count(people, "ht-controlled-two-visits", "2566Q4")
    assert (facility.counts, facility.excluded) == ({"A": 2, "B": 4, "C": 3}, {"not-under-care": 2})


def test_two_readings_of_one_day_are_one_visit() -> None:
    """A repeated measurement, or the same visit reported by two files, is not a second visit."""
    people = (
        hypertensives("a", "b")
        .add(
            "chronicfu",
            """
            pid | sbp | dbp | date_serv
            a   | 130 | 80  | 2025-03-01
            b   | 130 | 80  | 2025-02-01
            b   | 130 | 80  | 2025-03-01
            """,
        )
        .add("service", "pid | sbp | dbp | date_serv | time_serv\na | 130 | 80 | 2025-03-01 | 090000")
    )
    assert told(people, "ht-controlled-two-visits", "2568Q4") == {"a": "B", "b": "A"}


def test_care_that_began_after_the_period_does_not_count_yet() -> None:
    """Both edges of the day of entering the register."""
    people = (
        Population()
        .people("a", "b", "c")
        .add(
            "chronic",
            """
            pid | dx3 | date_diag  | typedisch
            a   | I10 | 2025-03-31 | 05
            b   | I10 | 2025-04-01 | 03
            c   | I15 | 2024-01-01 | 11
            """,
        )
    )
    assert told(people, "ht-controlled-two-visits", "2568Q2") == {"a": "B", "c": "B"}
    assert told(people, "ht-controlled-two-visits", "2568Q3") == {"a": "B", "b": "B", "c": "B"}
