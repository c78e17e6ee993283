"""A permit as a value: it can be compared, it cannot be changed, and it does not open by mistake."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from datetime import UTC, datetime

import pytest

from suksala.consent import Permit, Purpose, domain

NOW = datetime(2026, 11, 21, 5, 0, tzinfo=UTC)


def test_a_permit_cannot_be_widened() -> None:
    """It is what it was given as."""
    permit = domain.treatment("account:a", {1}, 99801, NOW)
    with pytest.raises(FrozenInstanceError):
        permit.persons = None  # type: ignore[misc]
    assert permit == domain.treatment("account:a", [1, 1], 99801, NOW)
    assert isinstance(permit.persons, frozenset)


@pytest.mark.parametrize(("person", "inside"), [(1, True), (2, False)])
def test_a_permit_covers_its_persons(person: int, inside: bool) -> None:
    """None covers every person of the organizations."""
    assert domain.own_record("account:a", {1}, NOW).covers(person) is inside
    assert domain.team_list("account:a", {99801}, NOW).covers(person)


def test_a_facility_without_number_zero_is_not_no_facility() -> None:
    """Organization 0 is a bound; None is none."""
    assert domain.client_call("client:a", 0, NOW).organizations == {0}
    assert domain.client_call("client:a", None, NOW).organizations is None
    assert Permit("client:a", Purpose.SYSTEM, None, None, NOW).covers(1)
