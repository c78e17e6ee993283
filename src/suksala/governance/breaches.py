"""Personal data breaches and their clocks (PDPA s.37(4)). Pure; the moment is an argument.

Sources: PDPA B.E. 2562 s.37(4): the Office is told without delay and within 72 hours of knowing as far as can be done,
unless there is no risk to rights and freedoms; persons are told too, with the remedy, where the risk is high.
PDPC notification on breaches B.E. 2565: what the notice holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from suksala.foundation import SuksalaError

TELL_WITHIN = timedelta(hours=72)
LEAST_WORDS = 10
MOST_WORDS = 4000


class BreachProblem(SuksalaError):
    """What was told of a breach cannot be kept. Nothing was."""

    code = "SKL-GOV-001"


class Risk(StrEnum):
    """To the rights and freedoms of persons: decides who is told."""

    UNKNOWN = "unknown"
    NONE = "none"  # nobody is told, the reason is kept
    RISK = "risk"  # the Office
    HIGH = "high"  # the Office and the persons


@dataclass(frozen=True, slots=True)
class Breach:
    """One breach.

    noticed_at   when the controller came to know: the clock of 72 hours starts
    began_at, ended_at  when it happened, as far as is known
    what         what happened, in words; no name of a patient
    persons      how many people, None: not known yet
    data         which data of theirs
    measures     what was done against it
    facility     HOSPCODE where it happened, "": the exchange
    actor        whose doing stands in the audit log (account:..., client:...), "": nobody's known
    no_risk_reason  why nobody has to be told, with Risk.NONE
    late_reason  why the Office was told after 72 hours
    """

    what: str
    noticed_at: datetime
    risk: Risk = Risk.UNKNOWN
    began_at: datetime | None = None
    ended_at: datetime | None = None
    persons: int | None = None
    data: str = ""
    measures: str = ""
    facility: str = ""
    actor: str = ""
    no_risk_reason: str = ""
    late_reason: str = ""
    office_told_at: datetime | None = None
    persons_told_at: datetime | None = None
    id: int = 0

    def clock(self, now: datetime) -> Clock:
        """How the duty to tell stands at this moment."""
        return Clock(self, now)


@dataclass(frozen=True, slots=True)
class Clock:
    """How the duty to tell of a breach stands at a moment."""

    of: Breach
    now: datetime

    @property
    def until(self) -> datetime:
        """Until when the Office is to be told."""
        return self.of.noticed_at + TELL_WITHIN

    @property
    def must_tell_office(self) -> bool:
        """Whether the Office is still to be told."""
        return self.of.risk is not Risk.NONE and self.of.office_told_at is None

    @property
    def must_tell_persons(self) -> bool:
        """Whether those affected are still to be told."""
        return self.of.risk is Risk.HIGH and self.of.persons_told_at is None

    @property
    def is_overdue(self) -> bool:
        """The Office was not told and the 72 hours are over; at that moment they are."""
        return self.must_tell_office and self.now >= self.until

    @property
    def was_late(self) -> bool:
        """The Office was told, after the 72 hours."""
        return self.of.office_told_at is not None and self.of.office_told_at >= self.until

    @property
    def left(self) -> timedelta:
        """Time left to tell the Office, nothing below zero."""
        return max(self.until - self.now, timedelta())

    @property
    def is_open(self) -> bool:
        """Whether somebody is still to be told."""
        return self.must_tell_office or self.must_tell_persons


def require_sound(breach: Breach, now: datetime) -> None:
    """Raises BreachProblem for one that says nothing clear, or that cannot be."""
    if not LEAST_WORDS <= len(breach.what.strip()) <= MOST_WORDS:
        raise BreachProblem(
            f"บอกว่าเกิดอะไรขึ้น {LEAST_WORDS} ถึง {MOST_WORDS} ตัวอักษร",
            f"say what happened in {LEAST_WORDS} to {MOST_WORDS} characters",
        )
    moments = (breach.noticed_at, breach.began_at, breach.ended_at, breach.office_told_at, breach.persons_told_at)
    if any(moment is not None and moment > now for moment in moments):
        raise BreachProblem("เวลาต้องไม่อยู่ในอนาคต", "no moment lies in the future")
    if breach.began_at is not None and breach.began_at > (breach.ended_at or breach.noticed_at):
        raise BreachProblem(
            "เวลาที่เริ่มต้องไม่หลังเวลาที่จบหรือทราบเหตุ", "it cannot begin after its end, or after it was noticed"
        )
    if breach.persons is not None and breach.persons < 0:
        raise BreachProblem("จำนวนคนต้องไม่ติดลบ", "the number of persons is not below 0")
    _require_reasons(breach)


def _require_reasons(breach: Breach) -> None:
    if breach.risk is Risk.NONE and len(breach.no_risk_reason.strip()) < LEAST_WORDS:
        raise BreachProblem(
            "ถ้าไม่มีความเสี่ยง ต้องบอกเหตุผลที่ไม่ต้องแจ้ง", "say why there is no risk: it is the reason that nobody is told"
        )
    late = breach.office_told_at is not None and breach.office_told_at >= breach.noticed_at + TELL_WITHIN
    if late and len(breach.late_reason.strip()) < LEAST_WORDS:
        raise BreachProblem(
            "แจ้งหลัง 72 ชั่วโมงต้องบอกเหตุผลที่ล่าช้า", "told after 72 hours: say why it was late, the Office asks for it"
        )
    told = (breach.office_told_at, breach.persons_told_at)
    if any(moment is not None and moment < breach.noticed_at for moment in told):
        raise BreachProblem("แจ้งก่อนทราบเหตุไม่ได้", "nobody is told before it was noticed")
