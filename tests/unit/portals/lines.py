"""Made-up timeline lines for tests of the pages."""

from __future__ import annotations

from suksala.exchange import Entry, Source

SOURCE = Source("0123456789abcdef", "SERVICE", 42)


def line(
    date: str, kind: str, title: str = "", value: str = "", *, facility: str = "99001", rid: str = "sv-x"
) -> Entry:
    """One line; an Observation when its id has a part such as -bp, else what its kind says."""
    rtype = "Observation" if kind in {"vital", "lab"} else "Condition"
    return Entry(date, kind, title, title, value, facility, SOURCE, rtype, rid)


def pressure(date: str, value: str) -> Entry:
    """A blood pressure of a visit."""
    return line(date, "vital", "Blood pressure", f"{value} mmHg", rid=f"sv-{date}-bp")
