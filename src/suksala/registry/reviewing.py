"""Use cases of the review of who may still act."""

from __future__ import annotations

from datetime import date

from suksala import audit
from suksala.foundation import clock, database

from . import practising, review_storage
from .practitioner_storage import roles_of
from .reviews import QUARTER, Change, Question, Review, ReviewProblem, Verdict, questions, require_answered

ORDER = list(Change)


def questions_to_review(hospcode: str | None = None) -> list[Question]:
    """What a steward has to look at, of one facility or all, gravest first."""
    today = clock.today()
    since = _since(hospcode, today)
    concerned = review_storage.practitioners_at(hospcode)
    people = practising.practitioners(concerned)
    found = [q for q in questions(roles_of(concerned), people, since, today) if hospcode in {None, q.role.hospcode}]
    answered = review_storage.answered([q.key for q in found])
    left = [q for q in found if q.key not in answered]
    return sorted(left, key=lambda q: (ORDER.index(q.change), q.day, q.role.hospcode, q.role.id))


def answer_question(key: str, verdict: Verdict, *, actor: str, hospcode: str | None = None) -> Question:
    """Keep a steward's answer; with END the role ends today.

    hospcode  the facility that the steward is bound to, None: all
    Raises ReviewProblem when it is not asked (any more).
    """
    with database.transaction():
        asked = next((q for q in questions_to_review(hospcode) if q.key == key), None)
        if asked is None or (verdict is Verdict.END and not asked.can_end):
            raise ReviewProblem("ข้อนี้ตอบแล้วหรือไม่มีแล้ว", "this is answered already, or not asked any more")
        if verdict is Verdict.END:
            practising.end_role(asked.role.id, clock.today(), actor=actor)
        review_storage.add_answer(key, verdict, actor, clock.today())
        audit.record(
            "registry.review-answer",
            actor=actor,
            facility=asked.role.hospcode,
            detail={"change": asked.change.value, "role": asked.role.id, "verdict": verdict.value},
        )
    return asked


def sign_review(hospcode: str | None, *, actor: str) -> Review:
    """Record that everything was looked at. Raises ReviewProblem while a question is open."""
    with database.transaction():
        require_answered(len(questions_to_review(hospcode)))
        today = clock.today()
        since = _since(hospcode, today)
        review = Review(hospcode or "", actor, today, review_storage.answers_since(since))
        review_storage.add_review(review)
        detail = {"answered": review.answered}
        audit.record("registry.review", actor=actor, facility=hospcode, detail=detail)
    return review


def last_review(hospcode: str | None = None) -> Review | None:
    """The last signed review of one facility, or of all."""
    return review_storage.last_review(hospcode or "")


def _since(hospcode: str | None, today: date) -> date:
    last = last_review(hospcode)
    return last.signed_on if last else today - QUARTER
