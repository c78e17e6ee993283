"""Whom to call first, when, and what a call leaves behind. Pure: the present moment is an argument."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from itertools import takewhile
from typing import NamedTuple

from suksala.foundation.clock import BANGKOK
from suksala.standards.thai_codes import english_date, thai_date

from .domain import LIMITS, Kind, Line, Standing, Status


class Answer(StrEnum):
    """What a caller found out."""

    SAME = "same"
    DIFFERENT = "different"
    REACHED = "reached"
    UNREACHABLE = "unreachable"
    DO_NOT_CALL = "do-not-call"


class Calls(NamedTuple):
    """What came of the calls to a person.

    answer, caller, at  the newest: what came of it, who called and when
    attempts     how often nobody was reached since somebody last was
    do_not_call  they asked for no more calls, and nobody reached them since
    """

    answer: Answer
    caller: str
    at: datetime
    attempts: int = 0
    do_not_call: bool = False


def calls(answers: Sequence[Answer], caller: str, at: datetime) -> Calls:
    """All calls of a person as they stand; the oldest answer first, caller and moment of the last.

    >>> from datetime import UTC
    >>> calls([Answer.DO_NOT_CALL, Answer.UNREACHABLE], "account:a", datetime(2026, 7, 1, tzinfo=UTC))[3:]
    (1, True)
    """
    since = [*takewhile(lambda one: one != Answer.REACHED, reversed(answers))]
    attempts = sum(one == Answer.UNREACHABLE for one in since)
    return Calls(answers[-1], caller, at, attempts, Answer.DO_NOT_CALL in since)


# Nobody is rung before 8 or from 20 o'clock, the hours that the law sets to telephone debtors (Debt Collection Act B.E.
# 2558 section 9), but those in danger: quiet hours spare nobody's life.
CALLS_FROM, CALLS_UNTIL = 8, 20
TRY_AGAIN = {  # how long a caller waits after an answer
    Answer.UNREACHABLE: timedelta(hours=4),  # of the 6 within which a first contact is due, 4 have warned
    Answer.REACHED: LIMITS[Kind.NO_UNIT],  # within which a unit takes them
    Answer.DO_NOT_CALL: LIMITS[Kind.NO_UNIT],
}


def is_calling_hour(at: datetime) -> bool:
    """Whether people may be rung at this moment in Bangkok."""
    return CALLS_FROM <= at.astimezone(BANGKOK).hour < CALLS_UNTIL


def _within_hours(at: datetime) -> datetime:
    if is_calling_hour(at):
        return at
    local = at.astimezone(BANGKOK)
    return datetime.combine(local.date() + timedelta(days=local.hour >= CALLS_UNTIL), time(CALLS_FROM), BANGKOK)


def next_try(last: Calls | None, now: datetime, *, at_once: bool, put_back: bool) -> datetime:
    """From when on somebody is to be called; `now` for at once.

    at_once   in danger: at any hour
    put_back  a caller just found that nobody cares for them: whatever was answered
    """
    if put_back:
        return now
    due = max(now, last.at + TRY_AGAIN.get(last.answer, timedelta(0))) if last else now
    return due if at_once else _within_hours(due)


class Held(NamedTuple):
    """Who has somebody's page open to call them, and until when others leave that person to them."""

    caller: str
    until: datetime

    def minutes(self, now: datetime) -> int:
        """Left, begun ones counted."""
        return max(1, -(-int((self.until - now).total_seconds()) // 60))


HELD_FOR = timedelta(minutes=10)  # a call and its answer; without a script no page could tell that it is still open


@dataclass(frozen=True, slots=True)
class Missing:
    """Somebody who is missing, or of whom a caller is to ask.

    person    the person's id: stable as long as its oldest row is
    hours     waiting
    age       None: no list tells
    lists     on how many lists
    calls     what came of the calls to them; None: nobody called
    put_back  a caller just said that the person in care is somebody else
    next_try  from when on they are to be called; None: at once
    held      another caller has their page open
    """

    person: str
    kind: Kind
    hours: int
    age: int | None = field(repr=False)
    risk: bool
    lists: int
    calls: Calls | None = None
    put_back: bool = False
    next_try: datetime | None = None
    held: Held | None = None

    @property
    def is_at_risk(self) -> bool:
        """Old, or marked by an agency."""
        return is_at_risk(self.risk, self.age)

    @property
    def call(self) -> str:
        """What came of the last call; "" where nobody called."""
        return self.calls.answer.value if self.calls else ""

    @property
    def caller(self) -> str:
        """Who called last; "" where nobody did."""
        return self.calls.caller if self.calls else ""

    @property
    def turn(self) -> int:
        """0: to call now; 1: another caller is at it; 2: later; 3: they asked for no calls, somebody goes there."""
        if self.calls is not None and self.calls.do_not_call:
            return 3
        return 2 if self.next_try else 1 if self.held else 0


OLD_AGE = 60


def is_at_risk(risk: bool, age: int | None) -> bool:
    """Old, or marked by an agency."""
    return risk or (age is not None and age >= OLD_AGE)


_NEVER = datetime.min.replace(tzinfo=UTC)


def first_to_call(found: Iterable[Missing]) -> list[Missing]:
    """Those whose turn it is before all others: who was put back, then by danger, hours of waiting and the last call,
    whoever nobody called first; whom two agencies care for after whom none does. Later ones by when they are due.
    """
    return sorted(
        found,
        key=lambda one: (
            one.turn,
            one.next_try or _NEVER,
            not one.put_back,
            one.kind == Kind.TWO_AGENCIES,
            not one.is_at_risk,
            -one.hours,
            one.calls.at if one.calls else _NEVER,
            one.person,
        ),
    )


def noted_by(answer: Answer, one: Standing) -> Status | None:
    """What a call leaves in the history: reached in care is a report, else a contact that waits for a unit. Of whoever
    recovered or died it leaves nothing: a call makes nobody ill again.
    """
    if one.is_closed:
        return None
    if answer == Answer.UNREACHABLE:
        return Status.UNREACHABLE  # whoever asks for no more calls was reached
    return one.care.status if one.care else Status.WAITING


class Question(NamedTuple):
    """The one question that settles whether two rows are one person, and what the caller listens for."""

    th: str
    en: str
    expects: str = ""


def question(own: Sequence[Line], other: Line, agency: str, since: date) -> Question:
    """What to ask somebody on the lists who may be `other`, in the care of an agency since a day.

    The end of the national number settles it where only the other row has one; a number that both have said all that it
    can already. Else the person is asked where they are registered: nothing of the other row is told to them.
    """
    if len(other.number) == NUMBER_DIGITS and not any(line.number for line in own):
        return Question(
            "เลขประจำตัวประชาชน 4 ตัวท้ายคืออะไร",
            "What are the last four digits of your national number?",
            other.number[-4:],
        )
    return Question(
        f"ท่านลงทะเบียนหรือได้รับการดูแลจาก {agency} ตั้งแต่ {thai_date(since)} ใช่หรือไม่",
        f"Are you registered with or cared for by {agency} since {english_date(since)}?",
    )


NUMBER_DIGITS = 13
