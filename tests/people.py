"""Made-up people for the tests of identity, consent, sign-in and the own record."""

from __future__ import annotations

from datetime import date
from typing import Any

from suksala import identity
from suksala.foundation import database
from suksala.identity import PersonRow
from suksala.standards.thai_codes import citizen_number

HOSPITAL, UNIT, CLINIC = "99801", "99802", "99803"  # made-up codes


def number(n: int, first_digit: int = 3) -> str:
    """The n-th made-up national number; class 3 is of those born before June 1984."""
    return citizen_number.synthetic(n, first_digit)


def mali(pid: str, **changes: Any) -> PersonRow:
    """A row of PERSON about Mali Jaidee, born 5 May 1970, with any field changed."""
    fields = {"number": number(1), "given": "มาลี", "family": "ใจดี", "birth": date(1970, 5, 5), "sex": "2"} | changes
    return PersonRow(pid, **fields)


def humans() -> set[frozenset[tuple[str, str]]]:
    """Who is one human now: sets of (hospcode, pid), whatever the ids."""
    groups: dict[int, set[tuple[str, str]]] = {}
    for row in identity.memberships().to_pylist():
        groups.setdefault(row["human"], set()).add((row["hospcode"], row["pid"]))
    return {frozenset(group) for group in groups.values()}


def events() -> list[int]:
    """Numbers of the events that can be undone, oldest first."""
    return [seq for (seq,) in database.rows("SELECT seq FROM identity_event WHERE kind <> 'new' ORDER BY seq")]


def questions() -> set[tuple[str, frozenset[tuple[str, str]]]]:
    """Open questions to reviewers, by registration."""
    found = set()
    for review in identity.reviews(limit=10_000):
        both = identity.registrations({review.person, review.other})
        found.add((review.kind, frozenset((r.hospcode, r.pid) for r in both)))
    return found
