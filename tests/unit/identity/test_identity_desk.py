"""The review desk: what waits in which order, what an answer does, who must agree, and how it is taken back."""

from __future__ import annotations

import base64
import zlib
from datetime import date, timedelta
from typing import ClassVar

import orjson
import pytest

from suksala import audit, identity
from suksala.commands import weighing_words
from suksala.foundation import clock, database, keys
from suksala.identity import (
    Answer,
    Judgement,
    NoSuchQuestion,
    NotJudged,
    Reviewer,
    Signs,
    judging,
    locking,
    modelling,
    telephones,
)
from tests.matching import approve_model, told
from tests.people import CLINIC, HOSPITAL, UNIT, humans, mali, number, questions

pytestmark = pytest.mark.django_db

APART = {frozenset({(HOSPITAL, "1")}), frozenset({(UNIT, "A7")})}
ONE = {frozenset({(HOSPITAL, "1"), (UNIT, "A7")})}
ASKED = {("possible", frozenset({(HOSPITAL, "1"), (UNIT, "A7")}))}
ANONG, BOON = Reviewer("account:anong"), Reviewer("account:boon")
WORDS = "โทรถามแล้ว"
OTHERS = ("สมชาย", "อารี", "ประเสริฐ", "วันเพ็ญ", "ธนกร", "จันทร์", "บุญมี", "กมล")


@pytest.fixture(autouse=True)
def model(monkeypatch: pytest.MonkeyPatch) -> None:
    """The made-up model, approved; no pair is in the sample unless a test says so."""
    approve_model()
    monkeypatch.setattr(judging, "is_in_sample", lambda _a, _b: False)


def ask(**changes: object) -> tuple[int, int]:
    """Two registrations of 9 bits: a question. Returns the two persons, the older first."""
    identity.link(HOSPITAL, [mali("1", number=None)])
    identity.link(UNIT, [mali("A7", **{"birth": date(1970, 5, 6), "number": None} | changes)])
    return identity.person_of(HOSPITAL, "1"), identity.person_of(UNIT, "A7")


def judge(pair: tuple[int, int], answer: str, who: Reviewer = ANONG, kind: str = "possible") -> identity.Judged:
    return identity.judge(kind, pair, Judgement(answer, WORDS, 42), who)


def answers() -> list[tuple[str, str, bool]]:
    """Who said what, and whether it was carried out."""
    return [
        (who, answer, event is not None)
        for who, answer, event in database.rows("SELECT reviewer, answer, event FROM identity_answer ORDER BY seq")
    ]


class TestAnswers:
    """What each of the four answers does."""

    def test_same_joins_and_stays(self) -> None:
        pair = ask()
        assert questions() == ASKED
        judged = judge(pair, Answer.SAME)
        assert (humans(), questions(), judged.waits) == (ONE, set(), False)
        assert identity.relink() == identity.LinkResult()
        told = identity.explain(*pair)
        assert (told.decision, told.joins, told.stays) == ("must", False, "")  # the answer is why, not their 9 bits
        row = database.rows("SELECT reviewer, answer, reason, seconds, weight, event FROM identity_answer")
        assert row == [("account:anong", "same", WORDS, 42, 9.0, judged.event)]
        facts = [(fact.person, fact.detail) for fact in audit.facts("identity.judged")]
        assert facts == [(p, {"kind": "possible", "answer": "same", "event": judged.event}) for p in pair]

    def test_different_keeps_apart_whatever_comes(self) -> None:
        """The unit sends the birth date that would have joined them by weight: they stay two."""
        pair = ask()
        judge(pair, Answer.DIFFERENT)
        assert (humans(), questions()) == (APART, set())
        identity.link(UNIT, [mali("A7", number=None)])
        assert (humans(), questions()) == (APART, set())

    def test_two_after_all_take_their_own_along_and_it_can_be_taken_back(self) -> None:
        """Two registrations of each place; since the unit changed its rows 2 bits hold the places together."""
        identity.link(HOSPITAL, [mali("1", number=None), mali("2", number=None)])
        identity.link(UNIT, [mali("A7", number=None), mali("A8", number=None)])
        one = {frozenset({(HOSPITAL, "1"), (HOSPITAL, "2"), (UNIT, "A7"), (UNIT, "A8")})}
        assert humans() == one
        changed = {"number": None, "birth": date(1970, 5, 6), "sex": "1"}
        identity.link(UNIT, [mali("A7", **changed), mali("A8", **changed)])
        assert humans() == one
        [asked] = identity.questions(ANONG)
        assert (asked.kind, asked.weight) == ("split", 2.0)
        judged = judge((asked.person, asked.other), Answer.DIFFERENT, kind="split")
        assert humans() == {frozenset({(HOSPITAL, "1"), (HOSPITAL, "2")}), frozenset({(UNIT, "A7"), (UNIT, "A8")})}
        assert (questions(), identity.relink()) == (set(), identity.LinkResult())
        assert judged.event is not None
        identity.undo(judged.event, actor="account:steward")
        assert (humans(), {kind for kind, _ in questions()}) == (one, {"split"})
        judge((asked.person, asked.other), Answer.SAME, kind="split")
        assert (humans(), questions(), identity.relink()) == (one, set(), identity.LinkResult())

    @pytest.mark.parametrize("answer", [Answer.CANNOT_TELL, Answer.WRONG_NUMBER])
    def test_what_nobody_can_tell_comes_back_with_new_data_alone(self, answer: Answer) -> None:
        pair = ask()
        judged = identity.judge("possible", pair, Judgement(answer, WORDS, 1, pair[1]), ANONG)
        assert (judged, humans(), questions()) == (identity.Judged(), APART, set())
        identity.relink()
        assert questions() == set()
        identity.link(UNIT, [mali("A7", number=None, birth=date(1970, 5, 6), phone="0890012457")])
        assert questions() == ASKED
        judge(pair, Answer.SAME)  # whoever could not tell before may answer now
        assert humans() == ONE

    def test_a_wrong_number_goes_to_the_facility_until_it_sends_the_row_again(self) -> None:
        pair = ask()
        identity.judge("possible", pair, Judgement(Answer.WRONG_NUMBER, WORDS, 1, pair[1]), ANONG)
        [asked] = identity.questions_to_source([UNIT])
        assert (asked.registration.pid, asked.reason) == ("A7", WORDS)
        assert identity.questions_to_source([HOSPITAL]) == []
        identity.link(HOSPITAL, [mali("1", number=None, phone="0890012457")])
        assert len(identity.questions_to_source()) == 1  # the other row says nothing of this number
        identity.link(UNIT, [mali("A7", number=number(1))])
        assert identity.questions_to_source() == []

    @pytest.mark.parametrize("answer", [Answer.SAME, Answer.DIFFERENT])
    def test_an_answer_is_taken_back_exactly(self, answer: Answer) -> None:
        pair = ask()
        judged = judge(pair, answer)
        assert judged.event is not None
        assert [p.judged for p in identity.quality().precisions] == [1]
        undone = identity.undo(judged.event, actor="account:steward")
        assert (humans(), questions()) == (APART, ASKED)
        assert identity.quality().precisions == ()  # what was taken back is no label
        assert identity.explain(*pair).decision is None
        assert identity.relink() == identity.LinkResult()
        with pytest.raises(identity.NotUndoable):
            identity.undo(judged.event, actor="account:steward")
        later = judge(pair, Answer.SAME, BOON).event
        with pytest.raises(identity.LaterEvents, match=str(later)):
            identity.undo(undone, actor="account:steward")
        assert humans() == ONE

    @pytest.mark.parametrize(("answer", "then"), [(Answer.SAME, ONE), (Answer.DIFFERENT, APART)])
    def test_what_took_an_answer_back_is_taken_back_too(self, answer: Answer, then: object) -> None:
        """In any number of turns; the label counts while the answer does."""
        pair = ask()
        turns = [judge(pair, answer).event]
        for odd in (True, False, True, False):
            assert turns[-1] is not None
            turns.append(identity.undo(turns[-1], actor="account:steward"))
            assert (humans(), questions()) == ((APART, ASKED) if odd else (then, set()))
            assert [p.judged for p in identity.quality().precisions] == ([] if odd else [1])
            assert identity.relink() == identity.LinkResult()
        listed = [seq for seq, kind in identity.explain(*pair).events if kind in {"judge", "undo"}]
        assert listed == turns

    def test_an_answer_that_was_decided_upon_again_is_taken_back_after_it(self) -> None:
        pair = ask()
        judged = judge(pair, Answer.SAME)
        [(joined,)] = database.rows("SELECT seq FROM identity_event WHERE kind = 'link'")
        later = identity.undo(joined, actor="account:steward")
        assert judged.event is not None
        with pytest.raises(identity.LaterEvents, match=str(later)):
            identity.undo(judged.event, actor="account:steward")
        assert humans() == APART

    def test_an_older_judgement_is_undone_before_it_is_contradicted(self) -> None:
        """The two were told apart; a third registration asks about one of them again."""
        pair = ask()
        judge(pair, Answer.DIFFERENT)
        identity.link(UNIT, [mali("A7", number=None, birth=date(1970, 5, 6), phone="0890012457")])
        identity.link(HOSPITAL, [mali("2", number=None, birth=date(1970, 5, 6), phone="0890012457")])
        third = identity.person_of(HOSPITAL, "2")
        kind = next(q.kind for q in identity.questions(ANONG) if {q.person, q.other} == {pair[0], third})
        with pytest.raises(NotJudged) as refused:
            judge((pair[0], third), Answer.SAME, kind=kind)
        assert refused.value.code == "SKL-ID-027"
        [(event,)] = database.rows("SELECT seq FROM identity_event WHERE kind = 'judge'")
        assert f"undo event {event} first" in refused.value.en
        identity.undo(event, actor="account:steward")
        assert judge((pair[0], third), Answer.SAME, kind=kind).event is not None


REFUSALS = [
    (Judgement("maybe", WORDS), ANONG, "SKL-ID-020"),
    (Judgement(Answer.SAME, "ใช่"), ANONG, "SKL-ID-023"),
    (Judgement(Answer.WRONG_NUMBER, WORDS), ANONG, "SKL-ID-024"),
    (Judgement(Answer.WRONG_NUMBER, WORDS, wrong=7_000_000), ANONG, "SKL-ID-024"),
]


@pytest.mark.parametrize(("judgement", "who", "code"), REFUSALS)
def test_what_is_no_answer_changes_nothing(judgement: Judgement, who: Reviewer, code: str) -> None:
    pair = ask()
    with pytest.raises(NotJudged) as refused:
        identity.judge("possible", pair, judgement, who)
    assert refused.value.code == code
    assert (humans(), questions(), answers(), list(audit.facts("identity.judged"))) == (APART, ASKED, [], [])


def test_nobody_judges_about_themselves() -> None:
    pair = ask()
    own = Reviewer("account:anong", humans=frozenset({identity.human_of(pair[1])}))
    with pytest.raises(NotJudged) as refused:
        judge(pair, Answer.SAME, own)
    assert (refused.value.code, humans(), answers()) == ("SKL-ID-022", APART, [])


def test_nobody_opens_a_question_about_themselves() -> None:
    """The other side may be a stranger."""
    pair = ask()
    own = frozenset({identity.human_of(pair[1])})
    with pytest.raises(identity.NoSuchQuestion):
        identity.show("possible", *pair, actor="account:anong", humans=own)
    assert list(audit.facts("identity.question-seen")) == []
    assert identity.show("possible", *pair, actor="account:anong", humans={pair[1] + 1000}).question.person == pair[0]


def test_only_who_serves_both_facilities_is_asked() -> None:
    pair = ask()
    here, both = [HOSPITAL], [HOSPITAL, UNIT]
    assert identity.questions(ANONG, here) == []
    assert [identity.open_questions(served) for served in (here, both, None)] == [0, 1, 1]
    assert [(q.person, q.other) for q in identity.questions(ANONG, both)] == [pair]
    with pytest.raises(NoSuchQuestion):
        identity.show("possible", *pair, here, actor=ANONG.actor)
    with pytest.raises(NoSuchQuestion):
        identity.judge("possible", pair, Judgement(Answer.SAME, WORDS), ANONG, here)
    assert (humans(), answers(), list(audit.facts("identity.question-seen"))) == (APART, [], [])


def test_a_doubt_about_who_became_one_by_number_takes_out_the_one() -> None:
    """B was there by weight; meanwhile its facility sent the number of A and A2: "different" parts B alone."""
    identity.link(HOSPITAL, [mali("1"), mali("2")])
    identity.link(UNIT, [mali("A7", number=None)])
    a, a2, b = (identity.person_of(*key) for key in ((HOSPITAL, "1"), (HOSPITAL, "2"), (UNIT, "A7")))
    assert len(humans()) == 1
    identity.ask_to_confirm(a, b, "", actor="account:doctor")
    identity.link(UNIT, [mali("A7")])
    assert identity.linked_by_weight(a) == []
    assert judge((a, b), Answer.DIFFERENT, kind="unconfirmed").event is not None
    assert identity.human_of(a) == identity.human_of(a2)
    assert identity.human_of(b) != identity.human_of(a)


def test_what_was_asked_of_a_sender_before_stays_asked() -> None:
    """Answers of earlier versions kept the digest of both rows."""
    pair = ask()
    identity.judge("possible", pair, Judgement(Answer.WRONG_NUMBER, WORDS, 1, pair[1]), ANONG)
    both = "(SELECT string_agg(content, ''::bytea ORDER BY person) FROM identity_demographics)"
    database.execute(f"UPDATE identity_answer SET seen = {both}")
    assert [one.registration.pid for one in identity.questions_to_source()] == ["A7"]


class TestTwoReviewers:
    """When one answer is not enough."""

    def test_two_humans_known_by_numbers_want_another_human(self) -> None:
        """Another account of the first reviewer is the first reviewer."""
        home = {"phone": "0890012457", "area": "990101", "house": "1/2", "birth": date(1970, 5, 5)}
        identity.link(HOSPITAL, [mali("1", **home)])
        identity.link(UNIT, [mali("A7", number=number(2), **home)])
        pair = identity.person_of(HOSPITAL, "1"), identity.person_of(UNIT, "A7")
        assert judge(pair, Answer.SAME, kind="two-numbers") == identity.Judged(waits=True)
        assert (humans(), answers()) == (APART, [("account:anong", "same", False)])
        again = Reviewer("account:anong-2", is_also={"account:anong"}.__contains__)
        assert identity.questions(again) == []
        with pytest.raises(NotJudged) as refused:
            judge(pair, Answer.SAME, again, kind="two-numbers")
        assert (refused.value.code, humans()) == ("SKL-ID-025", APART)
        assert judge(pair, Answer.SAME, BOON, kind="two-numbers").event is not None
        assert humans() == ONE

    @pytest.mark.parametrize(("registrations", "waits"), [(5, False), (6, True)])
    def test_a_human_of_more_than_five_registrations(self, registrations: int, waits: bool) -> None:
        """One at the unit, the others at the hospital with one number."""
        identity.link(HOSPITAL, [mali(str(n)) for n in range(1, registrations)])
        identity.link(UNIT, [mali("A7", number=None, birth=date(1970, 5, 6))])
        [asked] = identity.questions(ANONG)
        assert judge((asked.person, asked.other), Answer.SAME).waits is waits
        assert len(humans()) == (2 if waits else 1)

    def test_the_sample_goes_to_two_and_a_third_settles(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(judging, "is_in_sample", lambda _a, _b: True)
        pair = ask()
        assert judge(pair, Answer.SAME).waits
        assert judge(pair, Answer.DIFFERENT, BOON).waits
        assert (humans(), questions()) == (APART, ASKED)
        assert judge(pair, Answer.SAME, Reviewer("account:chai")).event is not None
        assert humans() == ONE
        found = identity.quality()
        assert (found.doubled, found.kappa) == (1, 0.0)
        assert [(p.low, p.high, p.same, p.judged) for p in found.precisions] == [(8.0, 10.0, 1, 1)]

    def test_one_who_answers_twice_is_not_two_reviewers(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The first answer went with the row; the question is asked anew, and answered by the same and by another."""
        monkeypatch.setattr(judging, "is_in_sample", lambda _a, _b: True)
        pair = ask()
        assert judge(pair, Answer.SAME).waits
        identity.link(UNIT, [mali("A7", number=None, given="สมศักดิ์", family="มั่นคง")])
        assert questions() == set()
        identity.link(UNIT, [mali("A7", number=None, birth=date(1970, 5, 6))])
        assert judge(pair, Answer.DIFFERENT).waits
        assert (identity.quality().doubled, identity.quality().kappa) == (0, None)
        assert judge(pair, Answer.DIFFERENT, BOON).event is not None
        assert identity.quality().doubled == 1

    def test_the_sample_is_5_percent_and_the_same_for_good(self) -> None:
        sampled = [pair for pair in ((1, n) for n in range(2, 4002)) if judging.keys.keyed_int(
            "identity.sample", f"{pair[0]} {pair[1]}") % judging.IN_SAMPLE == 0]  # fmt: skip
        assert 150 <= len(sampled) <= 250


class TestQueue:
    """What waits first."""

    def test_what_is_about_oneself_is_not_shown(self) -> None:
        pair = ask()
        [shown] = identity.questions(ANONG)
        assert (shown.person, shown.other) == pair
        for person in pair:
            own = Reviewer("account:anong", humans=frozenset({identity.human_of(person)}))
            assert identity.questions(own) == []

    def test_what_was_answered_hides_nothing_that_waits(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The first of two answers was given: the question after it is shown, on a page of one."""
        monkeypatch.setattr(judging, "is_in_sample", lambda _a, _b: True)
        first = ask()
        identity.link(CLINIC, [mali("x", number=None, given="สมศักดิ์", family="มั่นคง", sex="1")])
        identity.link(CLINIC, [mali("y", number=None, given="สมศักดิ์", family="มั่นคง", sex="1", birth=date(1970, 5, 6))])
        [shown] = identity.questions(ANONG, limit=1)
        both = shown.person, shown.other
        assert judge(both, Answer.SAME).waits
        [after] = identity.questions(ANONG, limit=1)
        assert {both, (after.person, after.other)} > {first}
        assert (after.person, after.other) != both

    def test_danger_then_gain_then_age(self) -> None:
        first = ask()
        identity.link(CLINIC, [mali("x", number=None, given="สมศักดิ์", family="มั่นคง", sex="1")])
        identity.link(CLINIC, [mali("y", number=None, given="สมศักดิ์", family="มั่นคง", sex="1", birth=date(1970, 5, 6))])
        second = identity.person_of(CLINIC, "x"), identity.person_of(CLINIC, "y")
        assert identity.rank_questions(lambda _persons: {}) == 2
        assert [(q.person, q.other) for q in identity.questions(ANONG)] == [first, second]
        database.execute("UPDATE identity_review SET ranked_on = NULL")
        assert identity.rank_questions(lambda _persons: {second[1]: Signs(allergy=True)}) == 2
        found = identity.questions(ANONG)
        assert [(q.person, q.other, q.danger) for q in found] == [(*second, 2), (*first, 0)]
        assert [round(q.gain, 3) for q in found] == [0.998, 0.998]  # 1 x 1 x 2^9 / (1 + 2^9)
        assert identity.rank_questions(lambda _persons: {}) == 0  # once a day

    @pytest.mark.parametrize(
        ("one", "other", "danger"),
        [
            (Signs(), Signs(), 0),
            (Signs(allergy=True), Signs(allergy=True), 0),
            (Signs(allergy=True), Signs(), 2),
            (Signs(drug=True), Signs(visit=True), 3),
            (Signs(visit=True), Signs(visit=True), 1),
        ],
    )
    def test_danger_is_what_one_side_alone_knows(self, one: Signs, other: Signs, danger: int) -> None:
        assert judging.danger([one], [other], "possible") == danger
        assert judging.danger([one], [other], "disputed") == 9


class TestDisputes:
    """A citizen says: this registration is not me."""

    @pytest.fixture
    def own(self) -> tuple[int, int, int]:
        """Three registrations with one number; the citizen is known by the first and doubts the second."""
        identity.link(HOSPITAL, [mali("1")])
        identity.link(UNIT, [mali("A7")])
        identity.link(CLINIC, [mali("c")])
        return tuple(identity.person_of(*key) for key in ((HOSPITAL, "1"), (UNIT, "A7"), (CLINIC, "c")))  # type: ignore[return-value]

    def test_nothing_changes_until_a_reviewer_judges(self, own: tuple[int, int, int]) -> None:
        mine, doubted, _ = own
        before = humans()
        identity.dispute(mine, doubted, "ไม่เคยไปที่นั่น", actor="account:mali")
        assert (humans(), identity.disputed(own)) == (before, {doubted})
        [asked] = identity.questions(ANONG)
        assert (asked.kind, asked.danger) == ("disputed", 9)
        assert [fact.person for fact in audit.facts("identity.disputed")] == [doubted]
        identity.relink()
        assert len(identity.questions(ANONG)) == 1
        shown = identity.show("disputed", mine, doubted, actor=ANONG.actor)
        assert (shown.words, shown.disputed) == ("ไม่เคยไปที่นั่น", doubted)

    def test_said_again_while_it_waits_adds_nothing(self, own: tuple[int, int, int]) -> None:
        """Whoever of the human says it, and by whichever registration; another registration is another question."""
        mine, doubted, third = own
        identity.dispute(mine, doubted, "ไม่เคยไปที่นั่น", actor="account:mali")
        said = database.rows("SELECT * FROM identity_answer"), database.rows("SELECT * FROM identity_review")
        for known_by in (mine, third):
            identity.dispute(known_by, doubted, "ไม่เคยไปจริงๆ", actor="account:daughter")
        now = database.rows("SELECT * FROM identity_answer"), database.rows("SELECT * FROM identity_review")
        assert (now, len(list(audit.facts("identity.disputed")))) == (said, 1)
        identity.dispute(mine, third, "", actor="account:mali")
        assert identity.disputed(own) == {doubted, third}

    def test_it_is_asked_anew_once_a_reviewer_answered(self, own: tuple[int, int, int]) -> None:
        mine, doubted, _ = own
        identity.dispute(mine, doubted, "", actor="account:mali")
        judge((mine, doubted), Answer.SAME, kind="disputed")
        identity.dispute(mine, doubted, "ยังไม่ใช่ฉัน", actor="account:mali")
        assert identity.disputed(own) == {doubted}
        assert [fact.person for fact in audit.facts("identity.disputed")] == [doubted, doubted]

    def test_it_is_asked_anew_after_cannot_tell(self, own: tuple[int, int, int]) -> None:
        """The reviewer reads the new words."""
        mine, doubted, _ = own
        identity.dispute(mine, doubted, "", actor="account:mali")
        judge((mine, doubted), Answer.CANNOT_TELL, kind="disputed")
        assert identity.questions(ANONG) == []
        identity.dispute(mine, doubted, "มีหลักฐานใหม่", actor="account:mali")
        assert [asked.kind for asked in identity.questions(ANONG)] == ["disputed"]
        assert identity.show("disputed", mine, doubted, actor=ANONG.actor).words == "มีหลักฐานใหม่"

    def test_nobody_else_waits_for_it(self, own: tuple[int, int, int]) -> None:
        """The lock of everybody is held shared, that of the human alone: others link meanwhile."""
        identity.dispute(own[0], own[1], "", actor="account:mali")
        held = database.rows(
            "SELECT objid::bigint, mode FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid() "
            "AND classid = 0 AND objsubid = 1 AND objid = %s", [locking.LOCK],
        )  # fmt: skip
        assert held == [(locking.LOCK, "ShareLock")]

    def test_a_reviewer_takes_it_out_and_undo_puts_it_back(self, own: tuple[int, int, int]) -> None:
        mine, doubted, _ = own
        before = humans()
        identity.dispute(mine, doubted, "", actor="account:mali")
        judged = judge((mine, doubted), Answer.DIFFERENT, kind="disputed")
        assert humans() == {frozenset({(HOSPITAL, "1"), (CLINIC, "c")}), frozenset({(UNIT, "A7")})}
        assert (identity.disputed(own), identity.questions(ANONG)) == (frozenset(), [])
        assert judged.event is not None
        [(parted,)] = database.rows("SELECT max(seq) FROM identity_event WHERE kind = 'unlink'")
        assert parted > judged.event
        identity.undo(judged.event, actor="account:steward")
        assert (humans(), len(identity.questions(ANONG))) == (before, 1)

    def test_a_reviewer_may_find_it_is_the_citizen(self, own: tuple[int, int, int]) -> None:
        mine, doubted, _ = own
        before = humans()
        identity.dispute(mine, doubted, "", actor="account:mali")
        assert judge((mine, doubted), Answer.SAME, kind="disputed").event is not None
        assert (humans(), identity.questions(ANONG), identity.disputed(own)) == (before, [], frozenset())

    def test_only_what_is_in_the_own_record_can_be_doubted(self, own: tuple[int, int, int]) -> None:
        identity.link(CLINIC, [mali("z", number=number(9), given="อื่น", birth=date(1950, 1, 2))])
        for person in (own[0], identity.person_of(CLINIC, "z"), 7_000_000):
            with pytest.raises(identity.NoSuchPerson):
                identity.dispute(own[0], person, "", actor="account:mali")
        assert (questions(), answers(), list(audit.facts("identity.disputed"))) == (set(), [], [])


class TestShowing:
    """What the page of a question is drawn from."""

    @pytest.mark.parametrize(("theirs", "others", "humans"), [("0890012457", 0, 2), ("0890012457", 3, 5), ("", 3, 0)])
    def test_how_many_give_the_telephone_of_both_is_told(self, theirs: str, others: int, humans: int) -> None:
        """Of humans, not of registrations; nothing where one of the two gives none."""
        phone = "0890012457"
        pair = ask(birth=date(1972, 6, 7), phone=theirs, given="มาลา")
        identity.link(HOSPITAL, [mali("1", number=None, phone=phone)])
        for n in range(others):
            for hospcode in (CLINIC, UNIT):
                told = {"number": number(n + 5), "given": OTHERS[n], "family": OTHERS[n], "birth": date(1960 + n, 3, 4)}
                identity.link(hospcode, [mali(f"t{n}", **told, phone=phone)])
        assert telephones.humans_of_common(*pair) == humans

    def test_a_reviewer_is_told_of_those_whom_their_facilities_registered(self) -> None:
        """Two at the hospital give one telephone, and one at the clinic, of whom its reviewer alone learns."""
        phone = "0890012457"
        identity.link(
            HOSPITAL, [mali("1", number=None, phone=phone), mali("2", number=number(2), given="ดำ", phone=phone)]
        )
        identity.link(CLINIC, [mali("z", number=number(3), given="แดง", birth=date(1960, 3, 4), phone=phone)])
        pair = identity.person_of(HOSPITAL, "1"), identity.person_of(HOSPITAL, "2")
        told = {
            place: telephones.humans_of_common(*pair, place) for place in ((HOSPITAL,), (HOSPITAL, CLINIC), (UNIT,))
        }
        assert told == {(HOSPITAL,): 2, (HOSPITAL, CLINIC): 3, (UNIT,): 0}
        assert telephones.humans_of_common(*pair) == 3

    def test_the_waterfall_is_that_of_the_stored_edge(self) -> None:
        """-16 before; given, family 10 each (one registration in 2^20 bears them), two parts of the birth 4, sex 1."""
        pair = ask()
        shown = identity.show("possible", *pair, actor=ANONG.actor)
        fall = shown.waterfall
        assert fall is not None
        assert (round(fall.prior, 6), round(fall.weight, 6), shown.threshold, shown.veto) == (-16.0, 9.0, 10.0, "")
        said = {part.comparison: (part.level, part.bits) for part in fall.parts if part.level != "unknown"}
        assert said == {
            "given": ("equal", 10.0), "family": ("equal", 10.0), "birth": ("two-parts", 4.0), "sex": ("equal", 1.0),
        }  # fmt: skip
        assert {part.comparison: part.one_in for part in fall.parts if part.one_in} == {
            "given": 1 << 20, "family": 1 << 20,
        }  # fmt: skip
        assert [fact.person for fact in audit.facts("identity.question-seen")] == list(pair)

    def test_a_model_of_other_comparisons_is_shown_as_it_was(self) -> None:
        """A later version compares otherwise: the edge keeps its words, the desk judges, and nothing weighs by it."""
        pair = ask()
        before = identity.show("possible", *pair, actor=ANONG.actor).waterfall
        file = told("adult")
        for one in file["settings"]["comparisons"]:
            one["output_column_name"] = f"old-{one['output_column_name']}"
        sealed = keys.seal(base64.b85encode(zlib.compress(orjson.dumps(file))).decode())
        database.execute("UPDATE identity_model SET told_sealed = %s WHERE population = 'adult'", [sealed])
        modelling.model_of.cache_clear()
        modelling.outline_of.cache_clear()
        [(number,)] = database.rows("SELECT model FROM identity_model WHERE population = 'adult'")
        with pytest.raises(identity.ModelRefused):
            modelling.model_of(number)
        for shown in (identity.show("possible", *pair, actor=ANONG.actor).waterfall, identity.explain(*pair).waterfall):
            assert before is not None
            assert shown is not None
            assert [part.comparison for part in shown.parts] == [f"old-{part.comparison}" for part in before.parts]
            assert (shown.prior, [part[1:] for part in shown.parts]) == (before.prior, [p[1:] for p in before.parts])
            assert "old-given: ตรงกัน · equal" in "".join(weighing_words.waterfall_lines(shown))
        assert judge(pair, Answer.SAME).event is not None
        assert humans() == ONE
        modelling.model_of.cache_clear()
        modelling.outline_of.cache_clear()

    def test_registrations_elsewhere_are_counted_not_shown(self) -> None:
        identity.link(HOSPITAL, [mali("1")])
        identity.link(CLINIC, [mali("c")])
        identity.link(UNIT, [mali("A7", number=None, birth=date(1970, 5, 6))])
        [asked] = identity.questions(ANONG)
        places = {identity.registration(p).hospcode for p in (asked.person, asked.other)}
        shown = identity.show("possible", asked.person, asked.other, places, actor=ANONG.actor)
        assert ([len(side.registrations) for side in (shown.one, shown.other)], shown.one.elsewhere) == ([1, 1], 1)

    def test_a_link_by_weight_is_told_until_somebody_confirms_it(self) -> None:
        """By weight alone: 15 bits. A reviewer's word, or a common number, ends it."""
        pair = ask(birth=date(1970, 5, 5))
        assert humans() == ONE
        assert [(one.person, one.hospcode, one.bits) for one in identity.linked_by_weight(pair[0])] == [
            (pair[1], UNIT, 15.0)
        ]
        assert [one.person for one in identity.linked_by_weight(pair[1])] == [pair[0]]
        identity.link(HOSPITAL, [mali("1")])
        assert len(identity.linked_by_weight(pair[0])) == 1
        identity.link(UNIT, [mali("A7")])
        assert identity.linked_by_weight(pair[0]) == []
        with pytest.raises(identity.NoSuchPerson):
            identity.linked_by_weight(7_000_000)

    def test_a_number_that_is_nobodys_confirms_nobody(self) -> None:
        """Eight birth dates may share it by mistyping; with a ninth it is a dummy, and weight alone holds the two."""
        identity.link(HOSPITAL, [mali("1")])
        identity.link(UNIT, [mali("A7")])
        pair = identity.person_of(HOSPITAL, "1"), identity.person_of(UNIT, "A7")
        others = [mali(f"x{n}", given=name, family="อื่น", birth=date(1950 + n, 1, 2)) for n, name in enumerate(OTHERS)]
        identity.link(CLINIC, others[:7])
        assert (len(others), identity.linked_by_weight(pair[0])) == (8, [])
        identity.link(CLINIC, others)
        assert identity.human_of(pair[0]) == identity.human_of(pair[1])
        assert [one.person for one in identity.linked_by_weight(pair[0])] == [pair[1]]


def test_wilson_and_kappa_at_their_edges() -> None:
    assert judging.wilson(0, 0) == (0.0, 1.0)
    assert [round(end, 4) for end in judging.wilson(100, 100)] == [0.963, 1.0]
    assert judging.kappa([]) is None
    assert judging.kappa([("same", "same")]) is None
    assert judging.kappa([("same", "different"), ("different", "same")]) == -1.0
    bands = judging.precisions([(1.9, False), (2.0, True), (3.99, False), (14.0, True)])
    assert [(p.low, p.high, p.same, p.judged) for p in bands] == [
        (float("-inf"), 2.0, 0, 1), (2.0, 4.0, 1, 2), (14.0, float("inf"), 1, 1),
    ]  # fmt: skip


def test_what_was_ranked_yesterday_is_ranked_again() -> None:
    ask()
    yesterday = clock.today() - timedelta(days=1)
    database.execute("UPDATE identity_review SET ranked_on = %s", [yesterday])
    assert identity.rank_questions(lambda _persons: {}) == 1


class TestHousehold:
    """Who lives in the house of a human, beside the question about them."""

    HOME: ClassVar = {"area": "990101", "house": "1/2", "number": None}

    def test_others_of_the_house_stand_beside_each_side(self) -> None:
        """By sub-district, house and village, oldest first, each human once; neither side itself."""
        pair = ask(**self.HOME)
        son = self.HOME | {"given": "บุญ", "birth": date(2001, 2, 3), "sex": "1"}
        identity.link(
            UNIT, [mali("B1", **son), mali("B2", **(self.HOME | {"given": "ทวด", "birth": date(1930, 1, 2)}))]
        )
        identity.link(HOSPITAL, [mali("b", **son), mali("c", **(son | {"given": "ข้างบ้าน", "house": "1/3"}))])
        shown = identity.show("possible", *pair, actor="account:anong")
        assert shown.one.household == ()  # nobody told where the first lives
        assert [one.given for one in shown.other.household] == ["ทวด", "บุญ"]
        seen = [fact.detail for fact in audit.facts("identity.question-seen")]
        housemate = {"kind": "possible", "as": "household"}
        assert seen == [{"kind": "possible"}, {"kind": "possible"}, housemate, housemate]

    def test_only_registrations_that_the_reviewer_serves_count(self) -> None:
        pair = ask(**self.HOME)
        identity.link(CLINIC, [mali("c", **(self.HOME | {"given": "บุญ", "birth": date(2001, 2, 3)}))])
        shown = identity.show("possible", *pair, [HOSPITAL, UNIT], actor="account:anong")
        assert shown.other.household == ()
        assert {fact.person for fact in audit.facts("identity.question-seen")} == set(pair)
