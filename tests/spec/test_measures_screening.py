"""Screening for diabetes and hypertension from 35 years on (indicators 3; R-43)."""

from __future__ import annotations

from tests.unit.warehouse.population import Population, count, told


def test_who_should_be_screened() -> None:
    """Thai residents of 35 on 1 October 2567 (2024-10-01) who were not known to be ill before that day."""
    people = (
        Population()
        .add(
            "person",
            """
            pid | birth      | nation
            a   | 1989-10-01 | 099      # 35 on the day
            b   | 1989-10-02 | 099      # 35 the day after
            c   | 1989-10-01 | 048      # not Thai
            d   | 1989-10-01 | -        # nationality unknown
            e   | -          | 099
            f   | 1960-02-29 | 099
            g   | 1960-02-29 | 099
            h   | 1960-02-29 | 099
            """,
        )
        .add(
            "chronic",
            """
            pid | dx3 | date_diag  | typedisch
            f   | E11 | 2024-09-30 | 03         # known before the year
            g   | E11 | 2024-10-01 | 03         # found in the year: screening found it
            h   | I10 | 2015-01-01 | 03         # hypertension is no reason not to screen for diabetes
            """,
        )
    )
    common = {"a": "B", "b": "age", "c": "not-thai", "d": "not-thai", "e": "no-birth"}
    assert told(people, "dm-screened", "2568Q4") == {**common, "f": "known-disease", "g": "B", "h": "B"}
    assert told(people, "ht-screened", "2568Q4") == {**common, "f": "B", "g": "B", "h": "known-disease"}
    assert told(people, "dm-screened", "2568Q1")["b"] == told(people, "dm-screened", "2568Q4")["b"]  # one day a year


def test_born_on_29_february() -> None:
    """35 on 1 March of a common year; the reference day is 1 October, so the year of birth decides."""
    people = Population().add("person", "pid | birth\na | 1988-02-29\nb | 1992-02-29")
    assert told(people, "dm-screened", "2568Q4") == {"a": "B", "b": "age"}


def test_screened_for_diabetes_is_a_glucose_value() -> None:
    """BSTEST 1 to 4 with a possible value in the year; asked only (9) is told apart as C."""
    people = (
        Population()
        .people(*"abcdefghijk")
        .add(
            "ncdscreen",
            """
            pid | bstest | bslevel | date_serv
            a   | 1      | 95.0    | 2024-10-01   # first day of the year
            b   | 4      | 180.0   | 2025-09-30   # last day
            c   | 3      | 95.0    | 2024-09-30   # too early
            d   | 3      | 95.0    | 2025-10-01   # too late
            e   | 9      | -       | 2025-03-01   # asked only
            f   | 9      | 95.0    | 2025-03-01   # contradicts itself: asked only
            g   | 2      | -       | 2025-03-01   # no value
            h   | -      | 95.0    | 2025-03-01   # how it was measured is not said
            i   | 1      | 19.9    | 2025-03-01   # impossible
            j   | 1      | 1000.0  | 2025-03-01   # the highest that counts
            k   | 9      | -       | 2025-03-01
            k   | 1      | 95.0    | 2025-04-01   # asked first, measured later
            """,
        )
    )
    assert told(people, "dm-screened", "2568Q4") == dict(zip("abcdefghijk", "AABBBBBBBAA", strict=True))
    (facility,) = count(people, "dm-screened", "2568Q4")
    assert facility.counts == {"A": 4, "B": 11, "C": 2}


def test_screened_for_hypertension_is_a_first_reading() -> None:
    """SBP_1 and DBP_1, both possible; a screening at another facility counts for the own one."""
    people = (
        Population()
        .people("a", "b", "c", "d", "e")
        .people("e", hospcode="00009", typearea="4")
        .add(
            "ncdscreen",
            """
            pid | hospcode | sbp_1 | dbp_1 | sbp_2 | dbp_2 | date_serv
            a   | 00001    | 120   | 80    | -     | -     | 2025-03-01
            b   | 00001    | 120   | -     | -     | -     | 2025-03-01
            c   | 00001    | 0     | 0     | -     | -     | 2025-03-01
            d   | 00001    | -     | -     | 120   | 80    | 2025-03-01   # only a second reading
            e   | 00009    | 150   | 95    | -     | -     | 2025-03-01
            """,
        )
    )
    assert told(people, "ht-screened", "2568Q4") == {"a": "A", "b": "B", "c": "B", "d": "B", "e": "A"}


def test_a_screening_reported_by_two_facilities_counts_once() -> None:
    """NCDSCREEN is half-survey data: both rows are one human."""
    people = Population().people("a").people("a", hospcode="00002", typearea="4")
    people.add(
        "ncdscreen",
        """
        pid | hospcode | bstest | bslevel | sbp_1 | dbp_1 | date_serv
        a   | 00001    | 1      | 95.0    | 120   | 80    | 2025-03-01
        a   | 00002    | 1      | 95.0    | 120   | 80    | 2025-03-01
        """,
    )
    for code in ("dm-screened", "ht-screened"):
        assert [f.counts["A"] for f in count(people, code, "2568Q4")] == [1]
