"""A person asks for what the Act gives them: requests as values, their clock, and the steps they may take. Pure.

Sources: PDPA B.E. 2562 s.30 (a copy, and where data came from: without delay and within 30 days of the request), s.31
(portability), s.32 (objection), s.33 (erasure), s.34 (restriction), s.35 and 36 (correction; what is refused is kept
with its reason), s.39(7) (the record of what was refused, with reasons). The 30 days stand in s.30 only; here every
request is answered within them (decision 0156).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from .domain import ANSWER_WITHIN, PrivacyProblem, answered_already, require_words

ASKED_LONGEST = 1_000


class Right(StrEnum):
    """What a person asks for."""

    COPY = "copy"
    PORTABILITY = "portability"
    OBJECTION = "objection"
    ERASURE = "erasure"
    RESTRICTION = "restriction"
    CORRECTION = "correction"


SECTION = {
    Right.COPY: "30",
    Right.PORTABILITY: "31",
    Right.OBJECTION: "32",
    Right.ERASURE: "33",
    Right.RESTRICTION: "34",
    Right.CORRECTION: "36",
}
PLAIN = frozenset({Right.COPY, Right.PORTABILITY})  # asked for as a whole; the others say of what, and why


class RequestState(StrEnum):
    """Where a request stands."""

    RECEIVED = "received"
    DOING = "doing"
    ANSWERED = "answered"
    REFUSED = "refused"


CLOSED = frozenset({RequestState.ANSWERED, RequestState.REFUSED})


@dataclass(frozen=True, slots=True)
class DataRequest:
    """One request of a person about their own data.

    person    a registration of the person
    asked_by  the account that asked, as the audit log names it
    facility  whom it asks: HOSPCODE, None: the exchange
    words     what it is about, in the person's words
    answer    what was done, or why it is refused, in words for the person
    """

    id: int
    person: int
    right: Right
    asked_at: datetime
    asked_by: str
    facility: str | None = None
    words: str = field(default="", repr=False)
    state: RequestState = RequestState.RECEIVED
    officer: str = ""
    answer: str = field(default="", repr=False)
    answered_at: datetime | None = None

    @property
    def due(self) -> datetime:
        """Until when the person is owed an answer."""
        return self.asked_at + ANSWER_WITHIN

    @property
    def section(self) -> str:
        """The section of the Act that gives the right."""
        return SECTION[self.right]

    @property
    def is_closed(self) -> bool:
        """Whether it has its answer."""
        return self.state in CLOSED

    def is_late(self, now: datetime) -> bool:
        """Whether the time is over without an answer; at the very moment it is not yet."""
        return not self.is_closed and now > self.due

    def days_left(self, now: datetime) -> int:
        """Days until the answer is due, one begun counts; nothing below zero."""
        return max(-((now - self.due) // timedelta(days=1)), 0)


def read_right(text: str) -> Right:
    """The right that a form names. Raises PrivacyProblem."""
    if text not in set(Right):
        raise PrivacyProblem("เลือกว่าต้องการใช้สิทธิใด", "choose what you ask for", code="SKL-PRIV-008")
    return Right(text)


def require_asked(right: Right, words: str) -> str:
    """The person's words. Raises PrivacyProblem where nobody could act: what to change or to stop must be said."""
    told = " ".join(words.split())
    if len(told) > ASKED_LONGEST:
        raise PrivacyProblem(f"เขียนไม่เกิน {ASKED_LONGEST:,} ตัวอักษร", f"write at most {ASKED_LONGEST:,} letters")
    return told if right in PLAIN else require_words(told)


def take_up(request: DataRequest, officer: str) -> DataRequest:
    """An officer begins to work on it. Raises PrivacyProblem once it is answered."""
    if request.is_closed:
        raise answered_already()
    return replace(request, state=RequestState.DOING, officer=officer)


def close(request: DataRequest, outcome: str, words: str, officer: str, now: datetime) -> DataRequest:
    """Tell the person what was done, or why it is refused. Raises PrivacyProblem."""
    taken = take_up(request, officer)
    if outcome not in CLOSED:
        raise PrivacyProblem("เลือกว่าทำแล้วหรือปฏิเสธ", "choose whether it was done or is refused", code="SKL-PRIV-009")
    told = require_words(words)
    return replace(taken, state=RequestState(outcome), answer=told, answered_at=now)
