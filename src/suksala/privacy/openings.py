"""Emergency openings as officers' matters: nobody judges one about themselves, as reader, co-signer or patient."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from suksala import consent, signin
from suksala.foundation import clock

from . import domain, officers
from .domain import PrivacyProblem

AT_ONCE, MOST = 500, 500  # openings that are asked for, and shown


def review_opening(number: UUID, verdict: str, note: str, *, actor: str) -> consent.Grant:
    """Say what came of looking at an opening, as consent.review_grant. Raises PrivacyProblem: it is about the officer,
    under whichever account; and GrantProblem as that does.
    """
    practitioner = _require_other(number, actor)
    return consent.review_grant(number, verdict, note, actor=actor, practitioner=practitioner)


def delay_opening_notice(number: UUID, until: datetime, words: str, *, facility: str | None, actor: str) -> None:
    """Have the patient told later, as consent.delay_notice. Raises as `review_opening`.

    facility  of the officer; only the exchange's, who has none, keeps something from a patient
    """
    if facility is not None:
        raise PrivacyProblem(
            "เลื่อนการแจ้งเจ้าของข้อมูลได้เฉพาะเจ้าหน้าที่คุ้มครองข้อมูลของระบบแลกเปลี่ยน",
            "only the exchange's officer has a patient told later",
            code="SKL-PRIV-012",
        )
    practitioner = _require_other(number, actor)
    consent.delay_notice(number, until, words, actor=actor, practitioner=practitioner)


def openings_nobody_hears_of(facility: str | None) -> list[consent.Grant]:
    """Openings of which nothing can tell the patient: no account, their own or of who acts for them, and so no
    number that they confirmed. The oldest first; of a facility, or with None of all.
    """
    found: list[consent.Grant] = []
    waiting = consent.untold(facility, limit=AT_ONCE)
    while waiting and len(found) < MOST:  # those with an account, whom their page tells, may stand before all others
        found += _unreachable(waiting)
        waiting = consent.untold(facility, after=waiting[-1], limit=AT_ONCE) if len(waiting) == AT_ONCE else []
    return found[:MOST]


def _unreachable(waiting: Sequence[consent.Grant]) -> list[consent.Grant]:
    account_of = signin.persons_with_account({person for one in waiting for person in one.persons})
    now = clock.now()
    return [
        one
        for one in waiting
        if account_of.isdisjoint(one.persons)
        and not any(each.may(consent.Right.VIEW) for each in consent.representatives(one.persons, now))
    ]


def tell_patient(number: UUID, how: str, on: date, *, actor: str) -> consent.Told:
    """Keep that an officer told the patient, as consent.tell_patient. Raises as `review_opening`."""
    practitioner = _require_other(number, actor)
    return consent.tell_patient(number, how, on, actor=actor, practitioner=practitioner)


def _require_other(number: UUID, actor: str) -> int | None:
    """Who the officer is in the register; an opening that there is not is told by consent."""
    officer, found = officers.who(actor), consent.grant(number)
    if found is not None:
        signed = [found.cosigner.actor] if found.cosigner else []
        for actor_behind in (found.reader, *signed):
            domain.require_other(officers.parties(actor_behind, found.person), officer)
    return officer.practitioner
