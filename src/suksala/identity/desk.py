"""Use cases of the review desk: what waits, one question with all that it is judged by, and the answer.

An answer decides by an event that `undo` takes back exactly. Until as many humans as are needed gave it, nothing
changes but that it was said.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from suksala import audit
from suksala.foundation import clock

from . import changes, desk_storage, judging, linking, locking, service, storage
from .components import SPLIT, Pair, pair
from .confirming import confirmed_with
from .desk_storage import Given
from .domain import Registration
from .errors import NoSuchEvent, NoSuchPerson, NoSuchQuestion, NotJudged
from .judging import ASKED_BY_PEOPLE, DISPUTED, UNCONFIRMED, Answer, Precision, Question, Reviewer, Signs

QUEUE_LIMIT = 50
DECIDED_LIMIT = 100
RANKED_AT_ONCE = 500
SYSTEM = "system:identity"
PURPOSE = "HOPERAT"

Facilities = Collection[str] | None  # those that a reviewer serves; None: all


class Judgement(NamedTuple):
    """An answer as it was sent.

    seconds  how long the reviewer looked
    wrong    the registration whose number is wrong, for that answer
    """

    answer: str
    reason: str
    seconds: int = 0
    wrong: int | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of an answer: the event that carried it out, or None; whether another reviewer is waited for."""

    event: int | None = None
    waits: bool = False


@dataclass(frozen=True, slots=True)
class ToSource:
    """A question to the facility that registered somebody: is the number right? It goes when the row is corrected."""

    registration: Registration
    reason: str = field(repr=False)
    at: datetime


@dataclass(frozen=True, slots=True)
class Quality:
    """How well reviewers and weights do.

    waiting    kind -> how many questions are open
    answers    given by reviewers, and the median of the seconds they took
    doubled    questions that two reviewers answered; kappa: how far they agree beyond chance
    precisions of each weight band
    """

    waiting: tuple[tuple[str, int], ...]
    answers: int
    seconds: float | None
    doubled: int
    kappa: float | None
    precisions: tuple[Precision, ...]


def questions(reviewer: Reviewer, facilities: Facilities = None, *, limit: int = QUEUE_LIMIT) -> list[Question]:
    """What waits for a reviewer, most dangerous first, then what joins most, then the oldest.

    facilities  those that the reviewer serves: both registrations of a question are theirs; None: all
    What the reviewer answered and waits for another is left out, and what is about themselves.
    """
    most = limit
    while True:
        found = desk_storage.queue(facilities, most)
        left = [asked for asked in _not_about(reviewer, found) if not _is_answered_by(reviewer, asked)]
        if len(left) >= limit or len(found) < most:
            return left[:limit]
        most *= 2  # what they answered stands before what still waits for them


def open_questions(facilities: Facilities = None) -> int:
    """How many questions are open, whoever may answer them; `facilities` as for `questions`."""
    return desk_storage.count_open(facilities)


def _not_about(reviewer: Reviewer, asked: Sequence[Question]) -> list[Question]:
    if not reviewer.humans:
        return list(asked)
    humans = storage.humans(sorted({person for one in asked for person in (one.person, one.other)}))
    return [one for one in asked if reviewer.humans.isdisjoint((humans[one.person], humans[one.other]))]


def _is_answered_by(reviewer: Reviewer, asked: Question) -> bool:
    return any(reviewer.is_one_with(said.reviewer) for said in asked.asked)


def question(kind: str, one: int, other: int, facilities: Facilities = None) -> Question:
    """One open question. Raises NoSuchQuestion, for one about people served elsewhere too."""
    found = desk_storage.question(kind, *pair(one, other))
    if found is None or not _is_served(found, facilities):
        raise NoSuchQuestion
    return found


def _is_served(asked: Question, facilities: Facilities) -> bool:
    places = {found.hospcode for found in storage.select_registrations([asked.person, asked.other])}
    return facilities is None or places <= set(facilities)


def rank_questions(signs: Callable[[Collection[int]], Mapping[int, Signs]], *, limit: int = RANKED_AT_ONCE) -> int:
    """Work out the order of questions that are new, or that no one ranked today. Returns how many.

    signs  tells of registrations what makes a wrong answer dangerous; the record is not identity's
    """
    if reopened := desk_storage.asked_to_reopen():
        changes.open_questions(reopened)
    today = clock.today()
    waiting = desk_storage.unranked(today, limit)
    sides = {person: storage.persons_like(person) for asked in waiting for person in (asked.person, asked.other)}
    told = signs({person for side in sides.values() for person in side}) if sides else {}

    def ranked(asked: Question) -> tuple[Question, int, float]:
        one, other = sides[asked.person], sides[asked.other]
        danger = judging.danger([told[p] for p in one if p in told], [told[p] for p in other if p in told], asked.kind)
        return asked, danger, judging.expected_gain((len(one), len(other)), asked.weight)

    desk_storage.keep_ranks(map(ranked, waiting), today)
    return len(waiting)


# ---- answers --------------------------------------------------------------------------------------------------------


def judge(kind: str, both: Pair, judgement: Judgement, reviewer: Reviewer, facilities: Facilities = None) -> Judged:
    """Take a reviewer's answer to an open question, and carry it out once enough humans gave it.

    same joins the two humans, different keeps them apart (or takes the disputed registration out), for good: later
    linking obeys, and `undo` takes it back. cannot-tell and wrong-number let the question rest until one of the rows
    says something else; wrong-number asks the facility that sent the row.
    Two reviewers are needed for a human of more than LARGE registrations, for two humans that are each known by a
    number, and for one question in IN_SAMPLE. Raises NoSuchQuestion, NotJudged; nothing is changed then.
    """
    persons = pair(*both)
    given = _read(judgement, persons)

    with locking.around((), lambda: linking.reached(persons).values()):
        asked = question(kind, *persons, facilities)
        sides = [storage.persons_like(person) for person in persons]
        _require_may(asked, sides, reviewer, given.answer)
        in_sample = judging.is_in_sample(*persons)
        said = judging.Said(reviewer.actor, Answer(given.answer), given.wrong)
        is_enough = judging.holds([*asked.asked, said], _needed(said.answer, sides, in_sample=in_sample))
        event = _carry_out(asked, said.answer, sides, reviewer.actor) if is_enough else None
        kept = given._replace(reviewer=reviewer.actor, sampled=in_sample, event=event)
        desk_storage.add_answer(kind, persons, kept)
        _tell("identity.judged", reviewer.actor, asked, {"answer": given.answer, "event": event})
    return Judged(event, waits=not is_enough)


def _read(judgement: Judgement, persons: Pair) -> Given:
    """The answer, if it is one."""
    words = " ".join(judgement.reason.split())[:500]
    if judgement.answer not in set(Answer):
        raise NotJudged("เลือกคำตอบหนึ่งข้อ", "choose one of the answers")
    if len(words) < judging.SHORTEST:
        raise NotJudged("บอกเหตุผลอย่างน้อย 5 ตัวอักษร", "tell the reason, in 5 letters or more", code="SKL-ID-023")
    is_wrong = judgement.answer == Answer.WRONG_NUMBER
    if is_wrong and judgement.wrong not in persons:
        raise NotJudged("เลือกว่าเลขของทะเบียนใดผิด", "choose whose number is wrong", code="SKL-ID-024")
    seconds = max(0, min(judgement.seconds, 86_400))
    return Given("", judgement.answer, words, seconds, judgement.wrong if is_wrong else None)


def _require_may(asked: Question, sides: list[list[int]], reviewer: Reviewer, answer: str) -> None:
    if _is_about(reviewer, asked.person, asked.other):
        raise _about_yourself()
    if _is_answered_by(reviewer, asked):
        raise NotJudged(
            "ท่านตอบแล้ว ต้องให้อีกคนหนึ่งตอบ", "you answered already; it waits for another reviewer", code="SKL-ID-025"
        )
    if asked.person == asked.other and answer in {Answer.SAME, Answer.DIFFERENT}:
        raise NotJudged("คำถามนี้มีทะเบียนเดียว", "this question is about one registration", code="SKL-ID-026")
    apart = _cross(sides) & storage.decisions(sides[0])[1] if answer == Answer.SAME else set()
    if apart:
        events = ", ".join(map(str, changes.deciding(apart)))
        raise NotJudged(
            f"เคยตัดสินว่าเป็นคนละคน ต้องยกเลิกเหตุการณ์ {events} ก่อน",
            f"these were judged to be two people before; undo event {events} first",
            code="SKL-ID-027",
        )


def _needed(answer: Answer, sides: list[list[int]], *, in_sample: bool) -> int:
    together = {*sides[0], *sides[1]}
    is_merge = set(sides[0]).isdisjoint(sides[1])
    both_verified = is_merge and all(any(r.trusted for r in storage.select_registrations(side)) for side in sides)
    return judging.needed(answer, len(together) if is_merge else 1, both_verified=both_verified, in_sample=in_sample)


def _carry_out(asked: Question, answer: Answer, sides: list[list[int]], actor: str) -> int | None:
    """Decide, and let the humans follow. Returns the event, which `undo` takes back; None for a question that rests."""
    persons = (asked.person, asked.other)
    if answer in {Answer.CANNOT_TELL, Answer.WRONG_NUMBER}:
        desk_storage.park(asked)
        return None
    decided = {persons: "must"} if answer is Answer.SAME else dict.fromkeys(_apart(asked, sides), "cannot")
    event = changes.add_event("judge", actor, {"answer": answer, "kind": asked.kind, "pairs": len(decided)})
    changes.decide(decided, event)
    if asked.kind in ASKED_BY_PEOPLE:
        changes.settle_question(asked.kind, *persons)
    linking.settle([*sides[0], *sides[1]], actor, because=event)
    return event


def _apart(asked: Question, sides: list[list[int]]) -> set[Pair]:
    """The pairs that may not be one human: of the two humans each with each; of one human the one that is disputed,
    with all others. Of one that a clinician doubted what numbers and reviewers tie to either of the two, or the one
    they doubted where these have come to be one; of one that weight hardly holds together, those who go with either.
    """
    if asked.kind == SPLIT:
        return _cross(linking.parted((asked.person, asked.other)))
    if set(sides[0]).isdisjoint(sides[1]):
        return _cross(sides)
    persons = (asked.person, asked.other)
    if asked.kind == UNCONFIRMED:
        tied = [confirmed_with(one, sides[0]) for one in persons]
        if tied[0].isdisjoint(tied[1]):
            return _cross([sorted(group) for group in tied])
    kind = UNCONFIRMED if asked.kind == UNCONFIRMED else DISPUTED
    out = desk_storage.disputed([asked.person], kind=kind).get(persons, asked.other)
    return {pair(out, other) for other in sides[0] if other != out}


def _cross(sides: list[list[int]]) -> set[Pair]:
    return {pair(a, b) for a in sides[0] for b in sides[1] if a != b}


def _tell(kind: str, actor: str, asked: Question, detail: Mapping[str, object]) -> None:
    for person in sorted({asked.person, asked.other}):
        audit.record(kind, actor=actor, purpose=PURPOSE, person=person, detail={"kind": asked.kind, **detail})


@dataclass(frozen=True, slots=True)
class Decided:
    """An answer that was carried out and holds.

    event  the one that `undo` takes back: the answer's own, or the newest that restored it
    place  its place among the answers
    """

    event: int
    place: int
    kind: str
    person: int
    other: int
    answer: str
    reviewer: str
    at: datetime
    reason: str = field(repr=False)


def decided(
    reviewer: Reviewer, facilities: Facilities = None, *, before: int | None = None, limit: int = DECIDED_LIMIT
) -> tuple[list[Decided], int | None]:
    """The answers that hold, newest first, but for those about the reader; of one facility's steward those about
    registrations of its own. And before which place there may be more, or None.

    before  only older ones than the answer of this place
    """
    found = [Decided(*row) for row in desk_storage.decided(facilities, before, limit)]
    older = found[-1].place if len(found) == limit else None
    return [one for one in found if not _is_about(reviewer, one.person, one.other)], older


def take_back(event: int, reviewer: Reviewer, facilities: Facilities = None) -> int:
    """Take an answer back that holds. Returns the undoing event. Raises NoSuchEvent, for one about people served
    elsewhere too; NotJudged for one about the reviewer; and what `undo` raises.
    """
    found = desk_storage.decided_by(event, facilities)
    if found is None:
        raise NoSuchEvent
    if _is_about(reviewer, *found):
        raise _about_yourself()
    return service.undo(event, actor=reviewer.actor)


def _is_about(reviewer: Reviewer, *persons: int) -> bool:
    return not reviewer.humans.isdisjoint(storage.humans(sorted(set(persons))).values())


def _about_yourself() -> NotJudged:
    return NotJudged(
        "เรื่องนี้เกี่ยวกับท่านเอง ต้องให้ผู้อื่นตัดสิน", "this is about yourself; somebody else must judge", code="SKL-ID-022"
    )


# ---- what citizens doubt --------------------------------------------------------------------------------------------


def dispute(own: int, person: int, words: str, *, actor: str) -> None:
    """Somebody says of a registration in their record that it is not theirs: a question before all others. Nothing else
    changes until a reviewer judged.

    own  the registration by which they are known; person  the one they doubt, of the same human
    Said again while the question waits for a reviewer, nothing is added; after one who could not tell, it is asked
    anew. Raises NoSuchPerson for any other.
    """
    both = pair(own, person)

    def humans() -> set[int]:
        return {member.human for member in linking.closed_pool(both)}

    with locking.around((), humans):
        if person == own or person not in storage.persons_like(own):
            raise NoSuchPerson
        if person in desk_storage.disputed([person], ["open"]).values():
            return
        changes.open_questions([(DISPUTED, *both)])
        desk_storage.add_answer(DISPUTED, both, Given(actor, DISPUTED, " ".join(words.split())[:500], 0, person))
        audit.record("identity.disputed", actor=actor, purpose="PATRQT", person=person)


def ask_to_confirm(own: int, person: int, words: str, *, actor: str) -> None:
    """A clinician asks reviewers whether a registration that is in a record by probability alone is this patient's.
    Until one judged, the mark stays and nothing else changes.

    own  the registration under which the patient is here; person  the one by probability
    words  what the patient says of it
    Asked again while it waits, nothing is added. Raises NoSuchPerson for one that is not there by probability.
    """

    def humans() -> set[int]:
        return {member.human for member in linking.closed_pool((own, person))}

    with locking.around((), humans):
        persons = storage.persons_like(own)
        ours = confirmed_with(own, persons)
        if person not in set(persons) - ours:
            raise NoSuchPerson
        theirs = confirmed_with(person, persons)
        if _cross([sorted(ours), sorted(theirs)]) & desk_storage.open_pairs(UNCONFIRMED, theirs):
            return
        both = pair(own, person)
        changes.open_questions([(UNCONFIRMED, *both)])
        desk_storage.add_answer(UNCONFIRMED, both, Given(actor, DISPUTED, " ".join(words.split())[:500], 0, person))
        audit.record("identity.asked", actor=actor, purpose="TREAT", person=person)


def asked_to_confirm(own: int) -> frozenset[int]:
    """The registrations of this person's human about which a clinician's question waits, as seen from this one: those
    that numbers and reviewers tie to the one that was asked about come with it.
    """
    persons = storage.persons_like(own)
    found = {person for both in desk_storage.open_pairs(UNCONFIRMED, persons) for person in both}
    ours = confirmed_with(own, persons) if found else set()
    return frozenset(one for person in found - ours for one in confirmed_with(person, persons))


def disputed(persons: Collection[int]) -> frozenset[int]:
    """Those of these registrations of which a citizen said that they are somebody else's, until a reviewer judged."""
    return frozenset(desk_storage.disputed(persons).values()) & set(persons)


# ---- what follows from answers --------------------------------------------------------------------------------------


def questions_to_source(facilities: Facilities = None) -> list[ToSource]:
    """Registrations whose number a reviewer calls wrong: the facility looks at the card, and sends the row again."""
    found = desk_storage.to_source(facilities)
    known = {one.person: one for one in storage.select_registrations([person for person, *_ in found])}
    return [ToSource(known[person], reason, at) for person, reason, at in found]


def quality() -> Quality:
    """Agreement of reviewers, precision of each weight band, and what waits."""
    doubled = [both for said in desk_storage.sampled() for both in judging.doubled(said)]
    answers, seconds = desk_storage.pace()
    return Quality(
        tuple(desk_storage.open_by_kind()),
        answers,
        seconds,
        len(doubled),
        judging.kappa(doubled),
        tuple(judging.precisions(desk_storage.labels())),
    )
