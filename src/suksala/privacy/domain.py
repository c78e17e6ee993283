"""Cases and alerts as values, and the steps that they may take. Time is an argument."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from suksala.foundation import SuksalaError

ANSWER_WITHIN = timedelta(days=30)  # as PDPA s.30 gives for a request of the person
JUDGE_WITHIN = timedelta(days=7)  # as for an emergency opening
WORDS_SHORTEST, WORDS_LONGEST = 15, 1_000


class PrivacyProblem(SuksalaError):
    """A case or an alert cannot be handled so. Nothing was changed."""

    code = "SKL-PRIV-001"
    http_status = 422


class CaseState(StrEnum):
    """Where a case stands."""

    OPEN = "open"
    LOOKING = "looking"
    ANSWERED = "answered"


class Verdict(StrEnum):
    """What an officer found."""

    JUSTIFIED = "justified"
    UNJUSTIFIED = "unjustified"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Case:
    """A citizen says of an opening: this was not for my care.

    person    a registration of the citizen
    reader    who opened, as the audit log names them
    facility  on whose behalf; None: no facility's, so the exchange's officer answers
    on        the day of the opening
    words     what the citizen adds
    answer    what the citizen reads
    """

    id: int
    person: int
    opened_at: datetime
    reader: str
    facility: str | None
    on: date
    words: str = field(default="", repr=False)
    state: CaseState = CaseState.OPEN
    officer: str = ""
    verdict: Verdict | None = None
    answer: str = field(default="", repr=False)
    answered_at: datetime | None = None

    @property
    def due(self) -> datetime:
        """Until when the citizen is owed an answer."""
        return self.opened_at + ANSWER_WITHIN

    def is_late(self, now: datetime) -> bool:
        """Whether the time is over without an answer; at the very moment it is not yet."""
        return self.state is not CaseState.ANSWERED and now > self.due


@dataclass(frozen=True, slots=True)
class Alert:
    """What the nightly look found: an opening that looks like curiosity.

    person   a registration of the human looked at
    reasons  of snooping.Reason
    """

    id: int
    person: int
    reader: str
    facility: str
    on: date
    reasons: tuple[str, ...]
    strangers: int = 0
    made_at: datetime | None = None
    verdict: Verdict | None = None
    note: str = field(default="", repr=False)
    officer: str = ""
    judged_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Who:
    """One human who reads or judges, by all that tells them from others.

    actor         the account in the audit log
    practitioner  their entry in the register of practitioners; None: none is known
    humans        who they are among the patients; empty: not known
    """

    actor: str
    practitioner: int | None = None
    humans: frozenset[int] = frozenset()

    def is_one_with(self, other: Who) -> bool:
        """Whether both are one human, under whichever accounts."""
        practises = self.practitioner is not None and self.practitioner == other.practitioner
        return self.actor == other.actor or practises or bool(self.humans & other.humans)


@dataclass(frozen=True, slots=True)
class Parties:
    """Whom a case or an alert is about: nobody judges it who is one of them.

    reader   who opened the record
    patient  whose record it is, as a human
    """

    reader: Who
    patient: frozenset[int]


def require_other(parties: Parties, officer: Who) -> None:
    """Raises PrivacyProblem where the officer is the reader or the patient, under whichever account."""
    if parties.reader.is_one_with(officer) or parties.patient & officer.humans:
        raise PrivacyProblem(
            "เรื่องนี้เกี่ยวกับท่านเอง ต้องให้เจ้าหน้าที่คนอื่นตรวจ",
            "this is about yourself; another officer must look",
            code="SKL-PRIV-003",
        )


def take_up(case: Case, officer: str) -> Case:
    """An officer begins to look. Raises PrivacyProblem once it is answered."""
    if case.state is CaseState.ANSWERED:
        raise answered_already()
    return replace(case, state=CaseState.LOOKING, officer=officer)


def answer(case: Case, verdict: str, words: str, officer: str, now: datetime) -> Case:
    """Answer the citizen: what was found, in words that they understand. Raises PrivacyProblem."""
    taken = take_up(case, officer)
    found, told = _verdict(verdict), require_words(words)
    return replace(taken, state=CaseState.ANSWERED, verdict=found, answer=told, answered_at=now)


def judge(alert: Alert, verdict: str, note: str, officer: str, now: datetime) -> Alert:
    """Say what came of an alert, with a reason. Raises PrivacyProblem."""
    if alert.judged_at is not None:
        raise answered_already()
    return replace(alert, verdict=_verdict(verdict), note=require_words(note), officer=officer, judged_at=now)


def require_words(words: str) -> str:
    """Words of an officer: 15 to 1,000 letters, for "ok" tells a citizen nothing."""
    told = " ".join(words.split())
    if not WORDS_SHORTEST <= len(told) <= WORDS_LONGEST:
        raise PrivacyProblem(
            f"เขียนเหตุผล {WORDS_SHORTEST} ถึง {WORDS_LONGEST:,} ตัวอักษร",
            f"write {WORDS_SHORTEST} to {WORDS_LONGEST:,} letters",
        )
    return told


def _verdict(text: str) -> Verdict:
    if text not in set(Verdict):
        raise PrivacyProblem("เลือกผลการตรวจสอบ", "choose what was found", code="SKL-PRIV-002")
    return Verdict(text)


def answered_already() -> PrivacyProblem:
    """Nobody changes an answer that a citizen has read."""
    return PrivacyProblem("ตอบไปแล้ว เปลี่ยนไม่ได้", "this was answered already", code="SKL-PRIV-004")
