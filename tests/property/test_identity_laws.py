"""Laws of identity, on random histories of three facilities, a few people, shared numbers and corrections."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from unittest.mock import patch

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from suksala import identity
from suksala.foundation import database
from suksala.identity import Judgement, LinkResult, PersonRow, Reviewer, judging
from suksala.identity.components import Member, evaluate
from suksala.identity.domain import Evidence, guard
from tests.matching import approve_model
from tests.people import CLINIC, HOSPITAL, UNIT, events, humans, number, questions

LAW = settings(
    max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
GIVEN = st.sampled_from(["มาลี", "มาลัย", "สมชาย", "อรุณ", "บุตร นางมาลี"])
FAMILY = st.sampled_from(["ใจดี", "รักไทย", ""])
BIRTH = st.sampled_from([date(1970, 5, 5), date(1970, 1, 1), date(1971, 1, 1), date(1951, 2, 3), None])
NUMBER = st.sampled_from([number(1), number(1), number(2), None])
ROW = st.builds(PersonRow, st.sampled_from("12"), NUMBER, GIVEN, FAMILY, BIRTH)
SEND = st.tuples(st.sampled_from([HOSPITAL, UNIT, CLINIC]), ROW)
HISTORY = st.lists(SEND, min_size=1, max_size=8)
ONCE = st.lists(SEND, min_size=1, max_size=6, unique_by=lambda sent: (sent[0], sent[1].pid))  # nothing is corrected


@contextmanager
def clean_slate(weighed: bool) -> Iterator[None]:
    """An example leaves nothing behind. `weighed` if a model joins registrations by weight too."""
    with transaction.atomic():
        if weighed:
            approve_model()
        with patch.object(judging, "is_in_sample", return_value=False):
            yield
        transaction.set_rollback(True)


@pytest.mark.django_db
@pytest.mark.parametrize("weighed", [False, True])
@LAW
@given(data=st.data())
def test_only_the_last_word_counts_not_the_order(data: st.DataObject, weighed: bool) -> None:
    """Any order of deposits, in any batches, gives the same humans and the same questions; by numbers corrections too.
    By weight a correction may leave one human who would not have become one: the law after this one.
    """
    history = data.draw(ONCE if weighed else HISTORY)
    last = {(hospcode, row.pid): row for hospcode, row in history}
    with clean_slate(weighed):
        for hospcode, row in history:
            identity.link(hospcode, [row])
        one_way = humans(), questions()
    shuffled = data.draw(st.permutations(sorted(last)))
    with clean_slate(weighed):
        for hospcode, pid in shuffled:
            identity.link(hospcode, [last[hospcode, pid]])
        assert (humans(), questions()) == one_way
    with clean_slate(weighed):
        for hospcode in (CLINIC, UNIT, HOSPITAL):
            identity.link(hospcode, [row for (h, _), row in last.items() if h == hospcode])
        assert (humans(), questions()) == one_way


@pytest.mark.django_db
@LAW
@given(history=HISTORY)
def test_a_correction_parts_nobody_whom_weight_keeps_and_joins_nobody_by_less(
    history: list[tuple[str, PersonRow]],
) -> None:
    """Whom the last words alone make one human is one human after any history. Who is one beside them was so before,
    and a chain of pairs of 2 bits or more still holds them together.
    """
    last = {(hospcode, row.pid): row for hospcode, row in history}
    with clean_slate(weighed=True):
        for (hospcode, _), row in sorted(last.items(), key=str):
            identity.link(hospcode, [row])
        fresh = humans()
    with clean_slate(weighed=True):
        for hospcode, row in history:
            identity.link(hospcode, [row])
        found = humans()
        assert all(any(one <= human for human in found) for one in fresh)
        for human in found:
            assert is_held_together(human, [one for one in fresh if one <= human])


def is_held_together(human: frozenset[tuple[str, str]], parts: list[frozenset[tuple[str, str]]]) -> bool:
    """Whether open edges tie the parts of a human to each other, in any number of steps."""
    of = {identity.person_of(*key): place for place, part in enumerate(parts) for key in part}
    tied = database.rows("SELECT person, other FROM identity_edge WHERE until IS NULL AND weight >= 2 AND veto = ''")
    steps = [{of[a], of[b]} for a, b in tied if a in of and b in of]
    reached = {0}
    while more := [step for step in steps if step & reached and step - reached]:
        reached.update(*more)
    return reached == set(range(len(parts)))


@pytest.mark.django_db
@pytest.mark.parametrize("weighed", [False, True])
@LAW
@given(history=HISTORY, undone=st.lists(st.integers(0, 30), max_size=3))
def test_relinking_finds_nothing_to_do(history: list[tuple[str, PersonRow]], undone: list[int], weighed: bool) -> None:
    """Humans are a function of demographics and decisions, after links, corrections and undos."""
    with clean_slate(weighed):
        for hospcode, row in history:
            identity.link(hospcode, [row])
        for pick in undone:
            undo_if_possible(pick)
        before = humans()
        assert identity.relink() == LinkResult()
        assert humans() == before


@pytest.mark.django_db
@pytest.mark.parametrize("weighed", [False, True])
@LAW
@given(history=HISTORY, undone=st.lists(st.integers(0, 30), max_size=4), after=SEND)
def test_undoing_a_step_restores_exactly_what_was(
    history: list[tuple[str, PersonRow]], undone: list[int], after: tuple[str, PersonRow], weighed: bool
) -> None:
    """Whatever came before, and the undo itself can be undone; memberships are compared by their ids too."""
    with clean_slate(weighed):
        for hospcode, row in history:
            identity.link(hospcode, [row])
        for pick in undone:
            undo_if_possible(pick)
        hospcode, row = after
        identity.persons(hospcode, [row.pid])
        before, known = ids(), set(events())
        identity.link(hospcode, [row])
        changed = ids()
        undoings = [identity.undo(seq, actor="system:test") for seq in reversed(events()) if seq not in known]
        assert ids() == before
        for seq in reversed(undoings):
            identity.undo(seq, actor="system:test")
        assert ids() == changed


ANSWER = st.sampled_from(["same", "different"])
REVIEWERS = [Reviewer("account:anong"), Reviewer("account:boon"), Reviewer("account:chai")]


def judged(kind: str, one: int, other: int, answer: str) -> int | None:
    """Reviewers answer until it is carried out; the event, None where somebody decided otherwise before."""
    for reviewer in REVIEWERS:
        try:
            if (said := identity.judge(kind, (one, other), Judgement(answer, "โทรถามแล้ว"), reviewer)).event:
                return said.event
        except identity.NotJudged as refused:
            if refused.code != "SKL-ID-027":  # judged to be two people before
                raise
            return None
    raise AssertionError("three reviewers who agree are enough")


@pytest.mark.django_db
@pytest.mark.parametrize("weighed", [False, True])
@LAW
@given(history=HISTORY, answers=st.lists(st.tuples(st.integers(0, 30), ANSWER), max_size=3))
def test_a_judgement_holds_and_is_taken_back_exactly(
    history: list[tuple[str, PersonRow]], answers: list[tuple[int, str]], weighed: bool
) -> None:
    """After any history the two are, or are not, one human, linking again changes nothing, and undoing the newest
    answers one by one gives humans, by their ids, and questions as they were.
    """
    with clean_slate(weighed):
        for hospcode, row in history:
            identity.link(hospcode, [row])
        before = []
        for pick, answer in answers:
            waiting = [q for q in identity.questions(REVIEWERS[0]) if q.person != q.other]
            if not waiting:
                break
            asked = waiting[pick % len(waiting)]
            stood = ids(), questions()
            if (event := judged(asked.kind, asked.person, asked.other, answer)) is None:
                assert (ids(), questions()) == stood
                continue
            assert (ids()[asked.person] == ids()[asked.other]) is (answer == "same")
            assert identity.relink() == LinkResult()
            before.append((event, stood))
        for event, stood in reversed(before):
            identity.undo(event, actor="system:test")
            assert (ids(), questions()) == stood
            assert identity.relink() == LinkResult()


@pytest.mark.django_db
@pytest.mark.parametrize("weighed", [False, True])
@LAW
@given(history=HISTORY, pick=st.integers(0, 30), answer=ANSWER)
def test_a_doubt_changes_nobody_until_a_reviewer_takes_the_one_out(
    history: list[tuple[str, PersonRow]], pick: int, answer: str, weighed: bool
) -> None:
    """Only the registration that a citizen doubts leaves, or it stays; taken back, all is as it was and waits again."""
    with clean_slate(weighed):
        for hospcode, row in history:
            identity.link(hospcode, [row])
        before = ids()
        pairs = [(a, b) for a in before for b in before if a != b and before[a] == before[b]]
        if not pairs:
            return
        own, doubted = pairs[pick % len(pairs)]
        identity.dispute(own, doubted, "ไม่เคยไปที่นั่น", actor="account:citizen")
        assert ids() == before
        event = judged("disputed", min(own, doubted), max(own, doubted), answer)
        rest = {person for person, human in before.items() if human == before[own]} - {doubted}
        assert (doubted in identity.persons_of(identity.human_of(own))) is (answer == "same")
        if answer == "same":
            assert ids() == before
        assert all(identity.human_of(p) == h for p, h in before.items() if p not in {*rest, doubted})
        assert identity.relink() == LinkResult()
        assert event is not None
        identity.undo(event, actor="system:test")
        assert ids() == before
        assert identity.disputed([doubted]) == {doubted}


@pytest.mark.django_db
@pytest.mark.parametrize("weighed", [False, True])
@LAW
@given(history=ONCE, data=st.data())
def test_what_is_withdrawn_says_nothing_any_more(
    history: list[tuple[str, PersonRow]], data: st.DataObject, weighed: bool
) -> None:
    """Who was withdrawn is alone; by numbers the others are whom they would be had it never been sent, by weight too,
    or more of them. All withdrawn, nothing is left: no pair, no question.
    """
    gone = data.draw(st.sets(st.sampled_from([(hospcode, row.pid) for hospcode, row in history])))
    with clean_slate(weighed):
        for hospcode, row in history:
            if (hospcode, row.pid) not in gone:
                identity.link(hospcode, [row])
        others = humans()
    with clean_slate(weighed):
        for hospcode, row in history:
            identity.link(hospcode, [row])
        for hospcode, pid in sorted(gone):
            identity.link(hospcode, [], gone=[pid])
        found = humans()
        assert {frozenset({key}) for key in gone} <= found
        assert all(any(one <= human for human in found) for one in others)
        if not weighed:
            assert found == others | {frozenset({key}) for key in gone}
        for hospcode, row in history:
            identity.link(hospcode, [], gone=[row.pid])
        assert humans() == {frozenset({(hospcode, row.pid)}) for hospcode, row in history}
        assert questions() == set()
        assert database.rows("SELECT count(*) FROM identity_edge WHERE until IS NULL") == [(0,)]


@pytest.mark.django_db
@pytest.mark.parametrize("weighed", [False, True])
@LAW
@given(history=HISTORY, undone=st.lists(st.integers(0, 30), max_size=3), answer=ANSWER)
def test_every_reference_follows_and_old_ids_answer(
    history: list[tuple[str, PersonRow]], undone: list[int], answer: str, weighed: bool
) -> None:
    """Whatever was linked, judged and undone: each registration leads to its human and back, an id that was ever given
    for a human leads to whoever holds its oldest registration, and each earlier moment is told as it was.
    """
    with clean_slate(weighed):
        moments = []
        for hospcode, row in history:
            identity.link(hospcode, [row])
            moments.append((identity.last_event(), ids()))
        for asked in identity.questions(REVIEWERS[0])[:1]:
            if asked.person != asked.other:
                judged(asked.kind, asked.person, asked.other, answer)
                moments.append((identity.last_event(), ids()))
        for pick in undone:
            undo_if_possible(pick)
            moments.append((identity.last_event(), ids()))
        now = ids()
        for person, human in now.items():
            group = {other for other, of in now.items() if of == human}
            assert identity.human_of(person) == human == min(group)
            assert identity.persons_of(human) == identity.persons_like(person) == identity.SameHuman(person) == group
        for seq, stood in moments:
            assert identity.humans_as_of(list(now), seq) == stood
            for person, human in stood.items():
                old = identity.human_of_public(identity.public_id(human))
                assert old == human
                assert identity.human_of(old) == now[human]
                assert person in identity.persons_as_of(human, seq)


def ids() -> dict[int, int]:
    """person -> human, as they stand."""
    table = identity.memberships()
    return dict(zip(table["person"].to_pylist(), table["human"].to_pylist(), strict=True))


def undo_if_possible(pick: int) -> None:
    """Undo one of the events; a refusal changes nothing."""
    candidates = events()
    if not candidates:
        return
    before = ids()
    try:
        identity.undo(candidates[pick % len(candidates)], actor="system:test")
    except (identity.LaterEvents, identity.NotUndoable):
        assert ids() == before


EVIDENCE = st.builds(Evidence, BIRTH, GIVEN, FAMILY, st.booleans())


@given(a=EVIDENCE, b=EVIDENCE)
def test_the_guard_looks_the_same_from_both_sides(a: Evidence, b: Evidence) -> None:
    """Neither registration comes first."""
    assert guard(a, b) == guard(b, a)


MEMBERS = st.lists(st.tuples(st.sampled_from([7, 7, 8, None]), EVIDENCE), min_size=1, max_size=9)
PAIRS = st.sets(st.tuples(st.integers(0, 8), st.integers(0, 8)).filter(lambda p: p[0] < p[1]), max_size=4)


@given(found=MEMBERS, must=PAIRS, cannot=PAIRS)
def test_a_forbidden_pair_is_never_one_human(
    found: list[tuple[int | None, Evidence]], must: set[tuple[int, int]], cannot: set[tuple[int, int]]
) -> None:
    """Neither directly nor through a third; every human bears the name of its oldest person."""
    members = [Member(n, ("99801", str(n)), number, evidence, n) for n, (number, evidence) in enumerate(found)]
    human_of = evaluate(members, must, cannot).human_of
    assert not [p for p in cannot if p[1] < len(members) and human_of[p[0]] == human_of[p[1]]]
    for human in set(human_of.values()):
        assert human == min(person for person, of in human_of.items() if of == human)


@given(found=MEMBERS)
def test_the_short_cut_gives_what_all_pairs_give(found: list[tuple[int | None, Evidence]]) -> None:
    """Without decisions only unlike registrations are compared; with a far decision, all pairs are."""
    members = [Member(n, ("99801", str(n)), number, evidence, n) for n, (number, evidence) in enumerate(found)]
    far = {(n, 1000 + n) for n in range(len(members))}
    assert evaluate(members).human_of == evaluate(members, (), far).human_of
