"""Emergency openings as officers' matters: nobody judges one about themselves, as reader, co-signer or patient."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from suksala import consent

from . import domain, officers


def review_opening(number: UUID, verdict: str, note: str, *, actor: str) -> consent.Grant:
    """Say what came of looking at an opening, as consent.review_grant. Raises PrivacyProblem: it is about the officer,
    under whichever account; and GrantProblem as that does.
    """
    practitioner = _require_other(number, actor)
    return consent.review_grant(number, verdict, note, actor=actor, practitioner=practitioner)


def delay_opening_notice(number: UUID, until: datetime, words: str, *, actor: str) -> None:
    """Have the patient told later, as consent.delay_notice. Raises as `review_opening`."""
    practitioner = _require_other(number, actor)
    consent.delay_notice(number, until, words, actor=actor, practitioner=practitioner)


def _require_other(number: UUID, actor: str) -> int | None:
    """Who the officer is in the register; an opening that there is not is told by consent."""
    officer, found = officers.who(actor), consent.grant(number)
    if found is not None:
        signed = [found.cosigner.actor] if found.cosigner else []
        for actor_behind in (found.reader, *signed):
            domain.require_other(officers.parties(actor_behind, found.person), officer)
    return officer.practitioner
