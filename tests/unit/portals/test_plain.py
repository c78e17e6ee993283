"""The careful words beside a reading; both sides of each limit."""

from __future__ import annotations

import pytest

from suksala.portals import plain, record
from tests.unit.portals.lines import line, pressure


def reading(value: str) -> record.Reading:
    return record.readings([pressure("2026-10-05", value)], record.is_pressure)[0]


def sugar(value: str) -> record.Reading:
    return record.readings([line("2026-10-05", "lab", "HbA1c", value)], record.is_hba1c)[0]


@pytest.mark.parametrize(
    ("value", "begins"),
    [
        ("180/90", "Very high"),
        ("179/110", "Very high"),
        ("179/109", "Above 140/90"),
        ("140/80", "Above 140/90"),
        ("139/90", "Above 140/90"),
        ("139/89", "Below 140/90"),
        ("90/55", "Below 140/90"),  # a low lower number alone is no reason to frighten anybody
        ("89/60", "Rather low"),
        ("120", "The reading is incomplete"),
    ],
)
def test_pressure(value: str, begins: str) -> None:
    assert plain.pressure(reading(value)).en.startswith(begins)


def test_a_very_high_pressure_names_the_emergency_number_in_both_languages() -> None:
    words = plain.pressure(reading("190/100"))
    assert "1669" in words.th
    assert "1669" in words.en


@pytest.mark.parametrize(
    ("value", "says"), [("6.9 %", "below 7%"), ("7 %", "above 7%"), ("8.9 %", "above 7%"), ("9 %", "very high")]
)
def test_hba1c(value: str, says: str) -> None:
    assert says in plain.hba1c(sugar(value)).en


def test_nothing_tells_anybody_to_change_medicines() -> None:
    assert "do not change medicines" in plain.hba1c(sugar("11 %")).en


@pytest.mark.parametrize(
    ("now", "before", "says"),
    [("61.5", "62.0", "Down 0.5 kg"), ("62.4", "62.0", "About the same"), ("63", "62.0", "Up 1.0 kg")],
)
def test_weight(now: str, before: str, says: str) -> None:
    both = [line(f"2026-0{m}-01", "vital", "Weight", f"{v} kg", rid=f"sv-{m}-wt") for m, v in ((1, before), (2, now))]
    earlier, later = record.readings(both, record.is_weight)
    assert says in plain.weight(later, earlier).en
    assert plain.weight(later, None).en == "No earlier value to compare with."
