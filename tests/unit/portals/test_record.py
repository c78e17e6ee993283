"""What the record pages work out from the lines of a timeline."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from suksala.portals import record
from tests.unit.portals.lines import line, pressure

TODAY = date(2026, 11, 21)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-11-21T23:59:00+07:00", date(2026, 11, 21)),
        ("2026-11-21T17:00:00Z", date(2026, 11, 22)),  # midnight in Bangkok
        ("2026-11-21T16:59:59.999Z", date(2026, 11, 21)),
        ("2026-11-21", date(2026, 11, 21)),
        ("2026-11", date(2026, 11, 1)),  # a bare month counts from its first day
        ("2026", date(2026, 1, 1)),
        ("", None),  # FHIR asks for no day of an allergy
        ("soon", None),
    ],
)
def test_the_day_of_a_line(written: str, meant: date | None) -> None:
    assert record.day_of(line(written, "visit")) == meant


def test_a_line_without_a_day_is_shown_last_and_counts_for_no_year() -> None:
    """An allergy of a system that keeps no dates is still the first thing to know (S2.59)."""
    entries = [
        line("", "allergy", "Penicillin"),
        line("2026-01-05", "visit"),
        line("", "appointment"),
        pressure("", "150/92"),
    ]
    assert [(v.on, len(v.entries)) for v in record.visits(entries)] == [(date(2026, 1, 5), 1), (None, 3)]
    assert record.years(entries) == [2026]
    summary = record.summarise(entries, TODAY)
    assert [e.title_en for e in summary.allergies] == ["Penicillin"]
    assert (summary.appointment, summary.pressure) == (None, None)
    drugs = record.summarise([line("", "drug", "Metformin"), line("", "drug", "Aspirin")], TODAY)
    assert (len(drugs.medicines), drugs.medicines_on) == (2, None)


def test_the_summary_takes_the_newest_of_each() -> None:
    entries = [
        pressure("2026-01-05", "150/92"),
        pressure("2026-10-05", "138/84"),
        line("2026-03-01", "lab", "HbA1c", "7.4 %"),
        line("2025-03-01", "lab", "HbA1c", "9 %"),
        line("2026-10-05", "vital", "Body weight", "61.5 kg", rid="sv-a-wt"),
    ]
    summary = record.summarise(entries, TODAY)
    assert summary.pressure is not None
    assert (summary.pressure.on, summary.pressure.numbers) == (date(2026, 10, 5), (138.0, 84.0))
    assert summary.hba1c is not None
    assert summary.hba1c.numbers == (7.4,)
    assert summary.weight is not None
    assert summary.weight.numbers == (61.5,)


def test_a_result_without_a_number_is_no_reading() -> None:
    assert record.summarise([line("2026-03-01", "lab", "HbA1c", "ส่งตรวจ")], TODAY).hba1c is None


def test_other_observations_of_the_same_visit_are_not_taken_for_pressure_or_weight() -> None:
    pulse = line("2026-10-05", "vital", "Heart rate", "80 /min", rid="sv-a-hr")
    assert record.summarise([pulse], TODAY) == record.Summary()


def test_medicines_are_those_of_the_last_visit_that_gave_any() -> None:
    entries = [
        line("2026-10-05", "visit"),
        line("2026-08-05", "drug", "Metformin", "180 เม็ด"),
        line("2026-08-05", "drug", "Amlodipine", "90 เม็ด"),
        line("2026-08-05", "drug", "Paracetamol", facility="99002"),
        line("2026-05-05", "drug", "Glipizide"),
    ]
    summary = record.summarise(entries, TODAY)
    assert [e.title_en for e in summary.medicines] == ["Metformin", "Amlodipine"]
    assert summary.medicines_on == date(2026, 8, 5)


def test_the_next_appointment_is_the_first_that_has_not_passed() -> None:
    days = ["2026-11-20", "2026-12-24", "2026-11-21"]  # yesterday, later, today
    summary = record.summarise([line(day, "appointment") for day in days], TODAY)
    assert summary.appointment is not None
    assert summary.appointment.date == "2026-11-21"
    assert record.summarise([line("2026-11-20", "appointment")], TODAY).appointment is None


def test_two_facilities_that_tell_one_allergy_give_one_line() -> None:
    entries = [
        line("2020-01-01", "allergy", "Penicillin"),
        line("2024-01-01", "allergy", "Penicillin", facility="99002"),
    ]
    summary = record.summarise(entries, TODAY)
    assert [(e.title_en, e.facility) for e in summary.allergies] == [("Penicillin", "99002")]


def test_visits_gather_a_day_at_a_facility_newest_first() -> None:
    entries = [line("2026-01-05", "visit"), line("2026-10-05", "drug"), line("2026-10-05T08:00:00+07:00", "visit")]
    found = record.visits([*entries, line("2026-10-05", "visit", facility="99002")])
    assert [(v.on.isoformat(), v.facility, len(v.entries)) for v in found] == [
        ("2026-10-05", "99002", 1),
        ("2026-10-05", "99001", 2),
        ("2026-01-05", "99001", 1),
    ]
    assert [kind for kind, _ in found[1].shelves] == ["visit", "drug"]


def test_years_and_kinds_are_those_the_record_holds() -> None:
    entries = [line("2026-01-05", "drug"), line("2024-01-05", "visit")]
    assert record.years(entries) == [2026, 2024]
    assert [kind for kind, _ in record.kinds(entries)] == ["visit", "drug"]


@pytest.mark.parametrize(
    ("birth", "years"),
    [(date(1955, 11, 21), 71), (date(1955, 11, 22), 70), (None, None)],  # birthday today, tomorrow, unknown
)
def test_age_is_in_completed_years(birth: date | None, years: int | None) -> None:
    assert record.age(birth, TODAY) == years


def test_what_somebody_surely_said_is_told_by_them_and_not_by_a_doubtful_registration() -> None:
    """The doubtful one is newer; what it alone says comes after."""
    sure = replace(line("2026-01-01", "allergy", "PENICILLIN"), person=1)
    again = replace(line("2026-05-01", "allergy", "PENICILLIN"), person=2)
    alone = replace(line("2026-06-01", "allergy", "ASPIRIN"), person=2)
    entries = [alone, again, sure]
    assert record.summarise(entries, TODAY, {2}).allergies == (sure, alone)
    assert record.summarise(entries, TODAY).allergies == (alone, again)
