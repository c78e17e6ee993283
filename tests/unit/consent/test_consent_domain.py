"""A permit as a value: it can be compared, it cannot be changed, and it does not open by mistake."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from datetime import UTC, datetime

import pytest

from suksala.consent import Label, Permit, Purpose, Rows, Scope, domain
from suksala.consent.domain import Place

NOW = datetime(2026, 11, 21, 5, 0, tzinfo=UTC)


def test_a_permit_cannot_be_widened() -> None:
    """It is what it was given as."""
    permit = domain.own_record("account:a", {1}, NOW)
    with pytest.raises(FrozenInstanceError):
        permit.scopes = ()  # type: ignore[misc]
    assert permit == domain.own_record("account:a", [1, 1], NOW)
    assert isinstance(permit.persons, frozenset)


@pytest.mark.parametrize(("person", "inside"), [(1, True), (2, False)])
def test_a_permit_covers_its_persons(person: int, inside: bool) -> None:
    """None covers every person of the organizations."""
    assert domain.own_record("account:a", {1}, NOW).covers(person) is inside
    assert domain.team_list("account:a", {99801}, NOW).covers(person)


def test_a_facility_without_number_zero_is_not_no_facility() -> None:
    """Organization 0 is a bound; None is none."""
    assert domain.client_call("client:a", Place("00000", 0), NOW).organizations == {0}
    assert domain.client_call("client:a", None, NOW).organizations is None
    assert domain.client_call("client:a", None, NOW).covers(1)


@pytest.mark.parametrize(
    ("scopes", "persons", "organizations", "unbounded"),
    [
        ((Scope(Rows(persons=frozenset({1}))), Scope(Rows(persons=frozenset({2})))), {1, 2}, None, False),
        ((Scope(Rows(organizations=frozenset({7}))), Scope(Rows(persons=frozenset({2})))), None, None, False),
        ((Scope(Rows()),), None, None, True),
        ((Scope(Rows(), (Rows(labels=Label.HIV),)),), None, None, False),  # all but some is not all
        ((), frozenset(), frozenset(), False),
    ],
)
def test_what_a_permit_of_several_scopes_reaches(
    scopes: tuple[Scope, ...], persons: set[int] | None, organizations: set[int] | None, unbounded: bool
) -> None:
    """The union: a bound counts only where every scope has it."""
    permit = Permit("client:a", Purpose.SYSTEM, scopes, NOW, "system")
    assert (permit.persons, permit.organizations, permit.is_unbounded) == (persons, organizations, unbounded)


@pytest.mark.parametrize(
    ("rows", "lists"),
    [
        (Rows(organizations=frozenset({7})), True),
        (Rows(organizations=frozenset({8})), False),
        (Rows(organizations=frozenset({7}), persons=frozenset({1})), False),  # of one person only
        (Rows(organizations=frozenset({7}), types=frozenset({"Patient"})), False),
        (Rows(), False),  # a system of the exchange cares for nobody
    ],
)
def test_who_sees_lists_of_a_facility(rows: Rows, lists: bool) -> None:
    """Only leave that names the facility, and nobody in particular."""
    assert Permit("client:a", Purpose.SYSTEM, (Scope(rows),), NOW, "system").lists(7) is lists
