"""SQL of reviews."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from suksala.foundation import database

from .reviews import Review, Verdict


def practitioners_at(hospcode: str | None) -> list[int]:
    """Everybody who has or had a role at a facility, or anywhere."""
    sql = "SELECT DISTINCT practitioner_id FROM registry_role WHERE %s::text IS NULL OR hospcode = %s ORDER BY 1"
    return [number for (number,) in database.rows(sql, [hospcode, hospcode])]


def answered(keys: Collection[str]) -> set[str]:
    """Which of these questions were answered."""
    sql = "SELECT question FROM registry_review_answer WHERE question = ANY(%s)"
    return {key for (key,) in database.rows(sql, [list(keys)])}


def add_answer(key: str, verdict: Verdict, by: str, on: date) -> None:
    """Keep an answer."""
    database.execute(
        "INSERT INTO registry_review_answer (question, verdict, answered_by, answered_on) VALUES (%s, %s, %s, %s)",
        [key, verdict.value, by, on],
    )


def answers_since(day: date) -> int:
    """How many questions were answered from this day on."""
    [(found,)] = database.rows("SELECT count(*) FROM registry_review_answer WHERE answered_on >= %s", [day])
    return int(found)


def add_review(review: Review) -> None:
    """Keep a signed review."""
    database.execute(
        "INSERT INTO registry_review (hospcode, signed_by, signed_on, answered) VALUES (%s, %s, %s, %s)",
        [review.hospcode, review.signed_by, review.signed_on, review.answered],
    )


def last_review(hospcode: str) -> Review | None:
    """The newest of a facility, "" for those of all."""
    found = database.rows(
        "SELECT hospcode, signed_by, signed_on, answered FROM registry_review WHERE hospcode = %s "
        "ORDER BY signed_on DESC, id DESC LIMIT 1",
        [hospcode],
    )
    return Review(*found[0]) if found else None
