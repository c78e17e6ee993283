"""The review of who may still act: joiners, movers, leavers, licences that run out. Pure rules; a day is an argument.

ISO 27001 A.5.18 asks that rights of access be reviewed at planned intervals; we sign one a quarter.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from suksala.foundation import SuksalaError

from .practitioners import Licence, Practitioner, Role, Source

QUARTER = timedelta(days=92)
SOON = timedelta(days=60)
UNTOLD = timedelta(days=365)


class ReviewProblem(SuksalaError):
    """A review cannot be signed, or a finding not answered, as asked. Nothing changed."""

    code = "SKL-REG-006"
    http_status = 409


class Change(StrEnum):
    """What a finding is about."""

    LEFT = "left"  # a role ended since the last review
    LICENCE_OUT = "licence-out"  # a licence ran out, and somebody still works under it
    LICENCE_SOON = "licence-soon"  # it runs out within 60 days
    UNTOLD = "untold"  # no deposit named the role for a year
    MOVED = "moved"  # began here since the last review, and works or worked elsewhere
    JOINED = "joined"  # began here since the last review


class Verdict(StrEnum):
    """What a steward says to a finding."""

    CONFIRM = "confirm"  # it is as it should be
    END = "end"  # the role ends today


@dataclass(frozen=True, slots=True)
class Question:
    """Something that a steward is asked: it stays until it is answered.

    day  the day that it is about: a role's first or last, a licence's last, the last on which a deposit named it
    """

    change: Change
    role: Role
    who: Practitioner
    day: date

    @property
    def key(self) -> str:
        """By which an answer is kept; another day is another question."""
        return f"{self.change}:{self.role.id}:{self.day.isoformat()}"

    @property
    def can_end(self) -> bool:
        """Whether the role may still be ended."""
        return self.change is not Change.LEFT


@dataclass(frozen=True, slots=True)
class Review:
    """A signed review.

    hospcode  of one facility, "": of all
    answered  how many questions were answered for it
    """

    hospcode: str
    signed_by: str
    signed_on: date
    answered: int

    @property
    def next_on(self) -> date:
        """When the next one is due."""
        return self.signed_on + QUARTER


def questions(roles: Sequence[Role], people: Mapping[int, Practitioner], since: date, on: date) -> Iterator[Question]:
    """What is to be looked at on a day.

    roles  every role of the practitioners concerned, wherever
    since  day of the last review
    """
    by_person: dict[int, list[Role]] = {}
    for role in roles:
        by_person.setdefault(role.practitioner, []).append(role)
    for role in roles:
        found = _question(role, people[role.practitioner], by_person[role.practitioner], since, on)
        if found:
            yield found


def _question(role: Role, who: Practitioner, own: Iterable[Role], since: date, on: date) -> Question | None:
    """The gravest that there is to ask of a role: each is asked one thing at a time."""
    last = role.last_day
    if last is not None and last < on:
        by_us = role.ended == last  # a steward ended it and need not be told
        return Question(Change.LEFT, role, who, last) if last >= since and not by_us else None
    licence = _first_to_end(who.licences)
    if licence is not None and licence <= on + SOON:
        return Question(Change.LICENCE_OUT if licence < on else Change.LICENCE_SOON, role, who, licence)
    if role.source is Source.DEPOSIT and role.told is not None and role.told < on - UNTOLD:
        return Question(Change.UNTOLD, role, who, role.told)
    if role.since is None or not since <= role.since <= on:
        return None
    elsewhere = any(other.hospcode != role.hospcode for other in own)
    return Question(Change.MOVED if elsewhere else Change.JOINED, role, who, role.since)


def _first_to_end(licences: Iterable[Licence]) -> date | None:
    return min((held.until for held in licences if held.until is not None), default=None)


def require_answered(open_questions: int) -> None:
    """Raises ReviewProblem while something is to be answered: who signs has looked at everything."""
    if open_questions:
        raise ReviewProblem(
            f"ยังมี {open_questions} ข้อที่ยังไม่ตอบ ตอบให้ครบก่อนลงนาม",
            f"{open_questions} questions are still open; answer them before signing",
        )
