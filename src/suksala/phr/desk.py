"""Use cases at a facility's desk: the patient shows a code, the clinician types it and sees what would be opened, the
patient says yes on the own phone (S1.29).
"""

from __future__ import annotations

from datetime import datetime

from suksala import consent
from suksala.consent import Code, CodeKind, CodeProblem, CodeState, Right, Section
from suksala.foundation import database

from . import sharing
from .sharing import Offer, Whose


def offer_at_desk(whose: Whose, facility: str, offer: Offer, text: str, now: datetime) -> tuple[Code, str]:
    """A code of six digits for the desk of one facility, and what it offers there; it opens nothing by itself.

    text  digest of the wording that was shown
    Raises consent.NoPermit.
    """
    whose.require(Right.CONSENT)
    told = {
        "sections": sorted(offer.sections),
        "labels": sorted(offer.labels),
        "visit": offer.visit,
        "text": text,
        "patient": whose.relation,
    }
    return consent.show_code(whose.person, CodeKind.DESK, whose.actor, now, facility=facility, offer=told)


def offer_of(code: Code) -> Offer:
    """What a code offers."""
    return Offer(frozenset(map(Section, code.offer["sections"])), frozenset(code.offer["labels"]), code.offer["visit"])


def answer_at_desk(whose: Whose, number: int, now: datetime, *, yes: bool) -> Code:
    """The patient's answer on the phone: yes opens what the code offered to its facility, once.

    Raises consent.CodeProblem for a code that was not typed, is over, or is another's; consent.ConsentProblem.
    """
    with database.transaction():
        code = consent.answer_code(number, CodeKind.DESK, whose.actor, now, yes=yes)
        if code.person not in whose.persons:
            raise CodeProblem
        if code.state is CodeState.USED:
            offer = offer_of(code)
            sharing.share(whose, code.facility, offer, code.offer["text"], now, evidence=f"code:{code.id}")
    return code
