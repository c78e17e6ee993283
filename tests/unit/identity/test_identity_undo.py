"""Taking back who is who: exactly, once, newest first, and for good."""

from __future__ import annotations

from datetime import date

import pytest

from suksala import audit, identity
from suksala.identity import LinkResult
from tests.people import CLINIC, HOSPITAL, UNIT, events, humans, mali, number

pytestmark = pytest.mark.django_db


def test_an_undone_link_stays_undone() -> None:
    """Sending the rows again, or relinking everybody, does not bring it back."""
    identity.link(HOSPITAL, [mali("1")])
    identity.link(UNIT, [mali("A7")])
    identity.undo(events()[-1], actor="account:steward")
    apart = {frozenset({(HOSPITAL, "1")}), frozenset({(UNIT, "A7")})}
    assert humans() == apart
    assert identity.link(UNIT, [mali("A7")]) == identity.relink() == LinkResult()
    identity.link(UNIT, [mali("A7", family="ดีใจ")])
    assert humans() == apart


def test_a_third_registration_does_not_bring_two_parted_ones_together() -> None:
    """It goes with one of them, always the same: the first by facility and local number."""
    identity.link(HOSPITAL, [mali("1")])
    identity.link(UNIT, [mali("A7")])
    identity.undo(events()[-1], actor="account:steward")
    identity.link(CLINIC, [mali("c")])
    assert humans() == {frozenset({(HOSPITAL, "1"), (CLINIC, "c")}), frozenset({(UNIT, "A7")})}


def test_undoing_an_undo_brings_the_link_back() -> None:
    """The undoing is an event like any other."""
    identity.link(HOSPITAL, [mali("1")])
    identity.link(UNIT, [mali("A7")])
    undoing = identity.undo(events()[-1], actor="account:steward")
    identity.undo(undoing, actor="account:steward")
    assert len(humans()) == 1
    assert identity.relink() == LinkResult()


def test_undoing_a_parting_keeps_them_one_although_their_numbers_differ() -> None:
    """The facility corrected the number wrongly; the steward knows better until it is corrected again."""
    identity.link(HOSPITAL, [mali("1")])
    identity.link(UNIT, [mali("A7")])
    identity.link(UNIT, [mali("A7", number=number(2))])
    assert len(humans()) == 2
    identity.undo(events()[-1], actor="account:steward")
    assert len(humans()) == 1
    assert identity.relink() == LinkResult()


def test_later_events_are_to_be_undone_first() -> None:
    """The refusal names them, newest first, and changes nothing."""
    identity.link(HOSPITAL, [mali("1")])
    identity.link(UNIT, [mali("A7")])
    identity.link(CLINIC, [mali("c")])
    first, second = events()
    before = humans()
    with pytest.raises(identity.LaterEvents, match=f"newest first: {second};"):
        identity.undo(first, actor="account:steward")
    assert (humans(), events(), list(audit.facts("identity.undo"))) == (before, [first, second], [])
    identity.undo(second, actor="account:steward")
    with pytest.raises(identity.LaterEvents):
        identity.undo(first, actor="account:steward")


def test_what_cannot_be_undone() -> None:
    """A birth, an event undone before, an event that never was; nothing changes, nothing is told as done."""
    identity.link(HOSPITAL, [mali("1")])
    identity.link(UNIT, [mali("A7")])
    [link] = events()
    with pytest.raises(identity.NotUndoable):
        identity.undo(link - 1, actor="account:steward")
    with pytest.raises(identity.NoSuchEvent):
        identity.undo(link + 1, actor="account:steward")
    undoing = identity.undo(link, actor="account:steward")
    with pytest.raises(identity.NotUndoable):
        identity.undo(link, actor="account:steward")
    [fact] = audit.facts("identity.undo")
    assert (fact.actor, fact.detail) == ("account:steward", {"event": link, "by": undoing})


def test_an_undo_settles_its_question_and_explains_itself() -> None:
    """Nobody is asked again what somebody decided."""
    identity.link(HOSPITAL, [mali("1")])
    identity.link(UNIT, [mali("A7")])
    identity.undo(events()[-1], actor="account:steward")
    a, b = identity.persons(HOSPITAL, ["1"])["1"], identity.persons(UNIT, ["A7"])["A7"]
    told = identity.explain(a, b)
    assert (told.same_human, told.rule, told.decision) == (False, "birth", "cannot")
    identity.link(UNIT, [mali("A7", birth=date(1951, 2, 3), given="อารี", family="รักไทย")])
    assert identity.reviews() == []
