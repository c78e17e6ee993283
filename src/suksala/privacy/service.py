"""Use cases of privacy: a citizen's doubt, its answer, what becomes of an alert. Every act is in the audit log."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from suksala import audit, consent
from suksala.foundation import clock, database

from . import domain, officers, storage
from .domain import Alert, Case, PrivacyProblem

MOST = 200


def open_case(persons: Collection[int], reader: str, facility: str | None, on: date, words: str, *, actor: str) -> Case:
    """A citizen says that an opening was not for their care: a case for the officer of that facility.

    persons  the citizen's own registrations
    on       the day of the opening; there must be one in the log by this reader on this day
    Raises PrivacyProblem: no such opening, or a case about it that waits for its answer.
    """
    with database.transaction():
        person = _opened(persons, reader, facility, on)
        case = Case(storage.new_number(), person, clock.now(), reader, facility, on, " ".join(words.split())[:500])
        if not storage.insert_case(case):
            raise PrivacyProblem(
                "เรื่องนี้แจ้งแล้วและกำลังรอคำตอบ", "this was reported already and waits for its answer", code="SKL-PRIV-005"
            )
        audit.record("privacy.case-opened", actor=actor, purpose="PATRQT", person=person, facility=facility)
    return case


def _opened(persons: Collection[int], reader: str, facility: str | None, on: date) -> int:
    """The registration that this reader opened on this day. Raises PrivacyProblem when there was no opening."""
    found = audit.opened_on(persons, reader, on)
    matching = [person for person, where in found if where == facility]
    if not matching:
        raise PrivacyProblem("ไม่พบการเปิดดูนี้", "there is no such opening", code="SKL-PRIV-006")
    return matching[0]


def cases_of(persons: Collection[int]) -> list[Case]:
    """A citizen's cases with state and answer, the newest first."""
    return storage.cases_of(persons) if persons else []


def cases(facility: str | None, *, answered: bool = False) -> list[Case]:
    """Cases that wait for an officer, the oldest first; or those answered.

    facility  of a facility's own officer; None: all, for the exchange's
    """
    return storage.cases(facility, answered=answered, limit=MOST)


def alerts(facility: str | None, *, judged: bool = False) -> list[Alert]:
    """Alerts that wait for an officer, the newest day first; or those judged."""
    return storage.alerts(facility, judged=judged, limit=MOST)


def case(number: int, facility: str | None) -> Case | None:
    """One case, None when there is none or it is another facility's."""
    return storage.case(number, facility)


def alert(number: int, facility: str | None) -> Alert | None:
    """One alert, None when there is none or it is another facility's."""
    return storage.alert(number, facility)


def take_up(number: int, facility: str | None, *, actor: str) -> Case:
    """An officer begins to look at a case. Raises PrivacyProblem: it is about themselves, or answered."""
    with database.transaction():
        found = _case(number, facility)
        _require_other(found, actor)
        changed = domain.take_up(found, actor)
        storage.save_case(changed)
        audit.record("privacy.case-taken", actor=actor, person=changed.person, facility=changed.facility)
    return changed


def answer(number: int, facility: str | None, verdict: str, words: str, *, actor: str) -> Case:
    """Answer a citizen; the answer is theirs to read at once. Raises PrivacyProblem, as `take_up` and for its words."""
    with database.transaction():
        found = _case(number, facility)
        _require_other(found, actor)
        changed = domain.answer(found, verdict, words, actor, clock.now())
        storage.save_case(changed)
        detail = {"verdict": changed.verdict}
        audit.record(
            "privacy.case-answered", actor=actor, person=changed.person, facility=changed.facility, detail=detail
        )
    return changed


def judge(number: int, facility: str | None, verdict: str, note: str, *, actor: str) -> Alert:
    """Say what came of an alert. Raises PrivacyProblem: it is about themselves, judged already, or the words."""
    with database.transaction():
        found = storage.alert(number, facility, lock=True)
        if found is None:
            raise _none()
        _require_other(found, actor)
        changed = domain.judge(found, verdict, note, actor, clock.now())
        storage.save_alert(changed)
        detail = {"verdict": changed.verdict, **matter_of(changed)}
        audit.record(
            "privacy.alert-judged", actor=actor, person=changed.person, facility=changed.facility, detail=detail
        )
    return changed


def matter_of(alert: Alert) -> dict[str, str]:
    """What a fact about an alert bears in its detail: the emergency opening behind it, if there was one.

    By that number the fact is left out of what the citizen reads until the opening is told.
    """
    opening = consent.opening_behind(alert.reader, alert.person, alert.on)
    return {"grant": str(opening.id)} if opening else {}


def _require_other(matter: Case | Alert, actor: str) -> None:
    """Raises PrivacyProblem where an officer would judge an own matter: accounts differ, the human may not."""
    domain.require_other(officers.parties(matter.reader, matter.person), officers.who(actor))


def _case(number: int, facility: str | None) -> Case:
    found = storage.case(number, facility, lock=True)
    if found is None:
        raise _none()
    return found


def _none() -> PrivacyProblem:
    return PrivacyProblem("ไม่พบเรื่องนี้", "there is no such case", code="SKL-PRIV-007")
