"""Packages past their days are told by `make check`: both sides of every edge (ASVS V15.2.1)."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from tools.check_packages import DAYS, Weakness, overdue, read

ROOT = Path(__file__).parents[3]
TODAY = date(2026, 11, 22)
WEAK = Weakness("django", "CVE-2026-0001", "high", date(2026, 11, 15))
PINNED = {"django", "orjson"}


@pytest.mark.parametrize(("days", "late"), [(0, False), (90, False), (91, True), (-1, True)])
def test_packages_are_brought_up_to_date_every_90_days(days: int, late: bool) -> None:
    """A day in the future is a wrong clock, not a good one."""
    assert bool(list(overdue(TODAY, TODAY - timedelta(days=days), [], PINNED))) is late


@pytest.mark.parametrize(
    ("severity", "days", "exploited"),
    [
        ("critical", 2, False),
        ("high", 7, False),
        ("medium", 30, False),
        ("low", 90, False),
        ("low", 2, True),
        ("critical", 2, True),
    ],
)
def test_a_weakness_is_mended_within_the_days_of_its_severity(severity: str, days: int, exploited: bool) -> None:
    """On the last day nothing is said; on the day after it is, unless what is weak is never called."""
    published = TODAY - timedelta(days=days)
    one = replace(WEAK, severity=severity, published=published, exploited=exploited)
    assert list(overdue(TODAY, TODAY, [one], PINNED)) == []
    [told] = overdue(TODAY + timedelta(days=1), TODAY, [one], PINNED)
    assert told.startswith(f"CVE-2026-0001: django was to be mended by {TODAY}")
    excused = replace(one, unreached="we parse no such header")
    assert list(overdue(TODAY + timedelta(days=1), TODAY, [excused], PINNED)) == []


def test_an_entry_of_a_package_that_is_gone_is_told() -> None:
    """The list holds what is open, nothing else."""
    [told] = overdue(TODAY, TODAY, [replace(WEAK, package="left-behind")], PINNED)
    assert "not pinned any more" in told


def test_the_file_is_read_to_the_letter() -> None:
    """An entry with too little, too much, another severity or no day stops the check."""
    entry = '[[weakness]]\npackage = "django"\nid = "CVE-2026-0001"\nseverity = "high"\npublished = 2026-11-15\n'
    assert read(entry) == [WEAK]
    assert read("") == []
    for wrong in (
        entry.replace('severity = "high"\n', ""),
        entry + 'by = "me"\n',
        entry.replace('"high"', '"bad"'),
        entry.replace("2026-11-15", '"2026-11-15"'),
        entry.replace("2026-11-15", "2026-11-15T00:00:00Z"),
    ):
        with pytest.raises(ValueError, match=r"weaknesses\.toml"):
            read(wrong)


def test_the_check_runs_where_everybody_checks_and_locking_writes_the_day() -> None:
    """The days are those that are printed; what stands in the house now can be read."""
    makefile = (ROOT / "Makefile").read_text()
    assert "-m tools.check_packages" in re.split(r"^check:", makefile, flags=re.MULTILINE)[1].split("\n\n")[0]
    assert "requirements/locked.day" in re.split(r"^lock:", makefile, flags=re.MULTILINE)[1].split("\n\n")[0]
    page = (ROOT / "docs" / "reference" / "packages.md").read_text()
    assert all(f"| {severity} |" in page and f"| {days} |" in page for severity, days in DAYS.items())
    date.fromisoformat((ROOT / "requirements" / "locked.day").read_text().strip())
    read((ROOT / "requirements" / "weaknesses.toml").read_text())
