"""One human as a set of registrations: asked for when it is looked into, or found by the statement that reads."""

from __future__ import annotations

from typing import Any
from unittest import mock

import pytest

from suksala import identity
from suksala.foundation import database
from suksala.identity import SameHuman
from tests.people import CLINIC, HOSPITAL, UNIT, events, mali, number

pytestmark = pytest.mark.django_db


@pytest.fixture
def registered() -> dict[str, int]:
    """Mali at the hospital and the unit, one human; Somchai at the clinic."""
    identity.link(HOSPITAL, [mali("1")])
    identity.link(UNIT, [mali("A7")])
    identity.link(CLINIC, [mali("9", number=number(2), given="สมชาย")])
    return {
        hospcode: identity.person_of(hospcode, pid) for hospcode, pid in ((HOSPITAL, "1"), (UNIT, "A7"), (CLINIC, "9"))
    }


def found(human: SameHuman) -> set[int]:
    """The registrations that a statement finds for itself."""
    test, values = human.among("r.person")
    return {person for (person,) in database.rows(f"SELECT r.person FROM identity_registration r WHERE {test}", values)}


def test_it_is_every_registration_of_the_human_by_either(registered: dict[str, int]) -> None:
    both = {registered[HOSPITAL], registered[UNIT]}
    for person in both:
        human = SameHuman(person)
        assert human == both == found(human)
        assert (hash(human), len(human), sorted(human)) == (hash(frozenset(both)), 2, sorted(both))
        assert registered[CLINIC] not in human
    assert SameHuman(registered[CLINIC]) == {registered[CLINIC]}


def test_of_a_registration_that_there_is_not_there_are_none(registered: dict[str, int]) -> None:
    nobody = SameHuman(max(registered.values()) + 1)
    assert (set(nobody), bool(nobody), found(nobody)) == (set(), False, set())


def test_nothing_is_asked_before_it_is_looked_into_and_then_once(registered: dict[str, int]) -> None:
    with mock.patch.object(identity.same_human.storage, "persons_like", wraps=identity.storage.persons_like) as asked:
        human = SameHuman(registered[UNIT])
        assert (repr(human), human.among("x")[1], asked.call_count) == (
            f"SameHuman({registered[UNIT]})",
            (registered[UNIT],),
            0,
        )
        assert registered[HOSPITAL] in human
        assert len(human) == 2
        assert asked.call_count == 1


@pytest.mark.parametrize("made", [lambda h: h | {0}, lambda h: {0} | h, lambda h: frozenset({0}) | h])
def test_what_set_operations_make_of_it_is_a_plain_set(registered: dict[str, int], made: Any) -> None:
    union = made(SameHuman(registered[UNIT]))
    assert (type(union), union) == (frozenset, {0, registered[HOSPITAL], registered[UNIT]})


def test_a_statement_finds_who_it_is_then_whatever_was_found_before(registered: dict[str, int]) -> None:
    """What Python looked into stays as it was seen; what reads rows goes by the present."""
    human = SameHuman(registered[HOSPITAL])
    assert registered[UNIT] in human
    identity.undo(events()[-1], actor="account:steward")
    assert (registered[UNIT] in human, found(human)) == (True, {registered[HOSPITAL]})
