"""Who counts where: the resident of the period, the disease register, services done anywhere (indicators 0.3; R-40)."""

from __future__ import annotations

from datetime import datetime

import pytest

from tests.unit.warehouse.population import Population, count, told

OLD = "2015-06-01"


def with_diabetes(people: Population, *pids: str) -> Population:
    """Everybody has had diabetes for years, so that the universe of dm-controlled is everybody."""
    rows = "\n".join(f"{pid} | E11 | {OLD} | 03" for pid in pids)
    return people.add("chronic", f"pid | dx3 | date_diag | typedisch\n{rows}")


@pytest.mark.parametrize(
    ("row", "told_at_q4"),
    [
        ("typearea=1", "B"),  # registered here and lives here
        ("typearea=2", "not-in-area"),  # registered here, lives elsewhere
        ("typearea=3", "B"),  # lives here, registered elsewhere
        ("typearea=4", "not-in-area"),  # came for care
        ("typearea=5", "not-in-area"),  # no house registration
        ("typearea=-", "not-in-area"),
        ("discharge=1 ddischarge=2025-09-30", "dead"),  # the last day of the period
        ("discharge=1 ddischarge=2025-10-01", "B"),  # the day after: was alive in the period
        ("discharge=1 ddischarge=-", "dead"),
        ("discharge=2 ddischarge=2025-09-30", "gone"),  # moved
        ("discharge=2 ddischarge=2025-10-01", "B"),
        ("discharge=3 ddischarge=2020-01-01", "gone"),  # lost
        ("discharge=3 ddischarge=-", "gone"),
        ("discharge=-", "gone"),
        ("movein=2025-09-30", "B"),
        ("movein=2025-10-01", "not-yet"),
        ("birth=2025-10-01", "not-yet"),
        ("nation=048", "B"),  # care indicators count every nationality
    ],
)
def test_the_resident_of_the_period(row: str, told_at_q4: str) -> None:
    """One registration, one thing changed at a time; dates are compared with the last day of the period."""
    cells = dict(cell.split("=") for cell in row.split())
    names, values = " | ".join(["pid", *cells]), " | ".join(["a", *cells.values()])
    people = with_diabetes(Population().add("person", f"{names}\n{values}"), "a")
    assert told(people, "dm-controlled", "2568Q4") == {"a": told_at_q4}


def test_a_citizen_number_that_can_be_trusted_is_needed() -> None:
    """Without one nobody can say that this human is not counted elsewhere too (identity judges the number)."""
    people = with_diabetes(Population().people("a", "b"), "a", "b")
    people.untrusted.add("b")
    assert told(people, "dm-controlled", "2568Q4") == {"a": "B", "b": "no-citizen-number"}


def test_a_death_known_anywhere_ends_residence() -> None:
    """The DEATH file of any facility, on or before the last day; one registration that is dead is enough."""
    people = with_diabetes(Population().people("a", "b", "c", "d"), "a", "b", "c", "d")
    people.add(
        "death",
        """
        pid | hospcode | ddeath
        a   | 00002    | 2025-09-30
        b   | 00002    | 2025-10-01
        d   | 00001    | -            # no date: nobody can say when
        """,
    ).add(
        "person",
        """
        pid | hospcode | typearea | discharge | ddischarge
        c   | 00002    | 4        | 1         | 2025-01-01
        """,
    )
    assert told(people, "dm-controlled", "2568Q4") == {"a": "dead", "b": "B", "c": "dead", "d": "B"}
    assert told(people, "dm-controlled", "2568Q3") == {"a": "B", "b": "B", "c": "dead", "d": "B"}


@pytest.mark.parametrize(
    ("second", "responsible"),
    [
        ("typearea=3 d_update=2025-06-01", "00001"),  # 1 goes before 3, however new
        ("typearea=1 d_update=2025-06-01", "00002"),  # the newest update of two with 1
        ("typearea=1 d_update=2025-01-15T09:00", "00001"),  # a tie: the smaller code
        ("typearea=1 d_update=2025-06-01 discharge=2 ddischarge=2025-01-01", "00001"),  # moved away from there
        ("typearea=1 d_update=2025-06-01 movein=2025-10-01", "00001"),  # will move in there
        ("typearea=4 d_update=2025-06-01", "00001"),
    ],
)
def test_two_facilities_claim_one_human(second: str, responsible: str) -> None:
    """The human counts once, at the responsible facility; the first registration is TYPEAREA 1 of 00001."""
    cells = dict(cell.split("=") for cell in second.split())
    cells["d_update"] = datetime.fromisoformat(cells["d_update"]).isoformat()
    people = with_diabetes(Population().people("a"), "a")
    people.add("person", f"pid | hospcode | {' | '.join(cells)}\na | 00002 | {' | '.join(cells.values())}")
    (facility,) = count(people, "dm-controlled", "2568Q4")
    assert (facility.hospcode, facility.counts["B"]) == (responsible, 1)
    claims = cells["typearea"] in "13" and not {"discharge", "movein"} & set(cells)
    assert facility.contested == int(claims)


def test_the_register_is_told_by_any_file_of_any_facility() -> None:
    """E10 to E14 in CHRONIC or a diagnosis, known by the last day of the period."""
    people = (
        Population()
        .people("a", "b", "c", "d", "e", "f", "g", "h")
        .add(
            "chronic",
            """
            pid | hospcode | dx3 | date_diag  | typedisch
            a   | 00002    | E10 | 2025-09-30 | 06         # lost to treatment: still in the register
            b   | 00001    | E14 | 2025-10-01 | 03         # a day too late
            c   | 00001    | E15 | 2015-01-01 | 03
            d   | 00001    | E09 | 2015-01-01 | 03
            """,
        )
        .add("diagnosis_opd", "pid | hospcode | dx3 | date_serv\ne | 00003 | E11 | 2025-09-30")
        .add(
            "diagnosis_ipd",
            """
            pid | hospcode | dx3 | datetime_admit
            f   | 00003    | E11 | 2025-09-30
            g   | 00003    | I10 | 2025-09-30
            """,
        )
    )
    assert told(people, "dm-controlled", "2568Q4") == {"a": "B", "e": "B", "f": "B"}
    assert told(people, "ht-controlled", "2568Q4") == {"g": "B"}


def test_services_done_anywhere_count_for_the_responsible_facility() -> None:
    """A resident of 00001 was tested at hospital 00009, where the human is registered as a visitor."""
    people = with_diabetes(Population().people("a"), "a")
    people.people("a", hospcode="00009", typearea="4").add(
        "labfu", "pid | hospcode | labtest | labnum | date_serv\na | 00009 | 0531601 | 6.5 | 2025-03-01"
    )
    (facility,) = count(people, "dm-controlled", "2568Q4")
    assert (facility.hospcode, facility.counts) == ("00001", {"A": 1, "B": 1, "C": 1})


def test_somebody_without_a_person_row_is_nobody_yet() -> None:
    """An orphan: rows of a PID that no PERSON row explains count nowhere; data quality tells how many there are."""
    assert told(with_diabetes(Population(), "orphan"), "dm-controlled", "2568Q4") == {}
