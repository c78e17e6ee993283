"""Taking back who is who: exactly, once, newest first, and for good."""

from __future__ import annotations

from datetime import date

import pytest

from suksala import audit, identity
from suksala.foundation import database
from suksala.identity import Answer, Judgement, LinkResult, Reviewer, judging
from tests.matching import approve_model
from tests.people import CLINIC, HOSPITAL, UNIT, events, humans, mali, number, questions

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


SPELLINGS = {"มะลิ": "twin", "มาลิ": "twin", "มาลี ก": "two-pids"}


@pytest.mark.parametrize(
    ("given", "veto"), SPELLINGS.items(), ids=["another", "sounds equal", "two numbers, two names"]
)
def test_undoing_a_parting_by_a_veto_keeps_them_one(given: str, veto: str) -> None:
    """One patient whom a hospital entered twice: a name that it sends anew does not part them again (design 8)."""
    approve_model()
    told = {"number": None, "phone": "0890012457"}
    identity.link(HOSPITAL, [mali("1", **told), mali("2", **told)])
    one = humans()
    assert len(one) == 1
    identity.link(HOSPITAL, [mali("2", **told | {"given": given})])
    assert (len(humans()), [kind for kind, _ in questions()]) == (2, [veto])
    identity.undo(events()[-1], actor="account:steward")
    assert (humans(), questions(), kinds()[-2:]) == (one, set(), ["unlink", "undo"])
    assert identity.relink() == LinkResult()


def test_undoing_a_judgement_parts_whom_it_alone_joined(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two humans, each made by reviewers, whom a third answer joined: nothing but that answer held them together."""
    approve_model()
    monkeypatch.setattr(judging, "is_in_sample", lambda _a, _b: False)
    nearly, other = {"number": None, "birth": date(1970, 5, 6)}, {"number": None, "given": "อารี"}
    identity.link(HOSPITAL, [mali("1", number=None), mali("2", **nearly)])
    judge("possible", (HOSPITAL, "1"), (HOSPITAL, "2"))
    identity.link(UNIT, [mali("A7", **other)])
    identity.link(CLINIC, [mali("c", **other | nearly)])
    judge("possible", (UNIT, "A7"), (CLINIC, "c"))
    identity.link(UNIT, [mali("A7", number=None)])
    two, asked = humans(), questions()
    assert (len(two), [kind for kind, _ in asked]) == (2, ["decided"])
    event = judge("decided", (HOSPITAL, "1"), (UNIT, "A7"))
    assert len(humans()) == 1
    identity.undo(event, actor="account:steward")
    assert (humans(), questions()) == (two, asked)
    assert identity.relink() == LinkResult()


def judge(kind: str, one: tuple[str, str], other: tuple[str, str]) -> int:
    """A reviewer says that they are one; the event that says so."""
    persons = sorted(identity.person_of(*both) for both in (one, other))
    said = Judgement(Answer.SAME, "โทรถามแล้ว", 9)
    found = identity.judge(kind, (persons[0], persons[1]), said, Reviewer("account:anong"))
    assert found.event is not None
    return found.event


def kinds() -> list[str]:
    """What happened, oldest first."""
    return [kind for (kind,) in database.rows("SELECT kind FROM identity_event ORDER BY seq")]


def test_a_judgement_taken_back_parts_them_though_an_older_third_moved_both_since(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The two weigh 9 bits: enough to stay one, and they are one only because a reviewer said so. The third joined
    the one by its number, is older, and so gave all three its name.
    """
    monkeypatch.setattr(judging, "is_in_sample", lambda _a, _b: False)
    approve_model()
    identity.persons(CLINIC, ["c"])
    identity.link(HOSPITAL, [mali("1")])
    identity.link(UNIT, [mali("A7", number=None, birth=date(1970, 5, 6))])
    pair = (identity.person_of(HOSPITAL, "1"), identity.person_of(UNIT, "A7"))
    judged = identity.judge("possible", pair, Judgement(Answer.SAME, "โทรถามแล้ว"), Reviewer("account:anong"))
    identity.link(CLINIC, [mali("c", given="มาลัย", family="รักไทย")])
    assert len(humans()) == 1
    assert judged.event is not None
    identity.undo(judged.event, actor="account:steward")
    assert humans() == {frozenset({(HOSPITAL, "1"), (CLINIC, "c")}), frozenset({(UNIT, "A7")})}
    assert ("possible", frozenset({(HOSPITAL, "1"), (UNIT, "A7")})) in questions()
    assert identity.relink() == LinkResult()
