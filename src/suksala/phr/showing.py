"""What people decide shows up as a FHIR Consent in their record, for whoever may read it there (IHE PCF)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from suksala import consent, exchange
from suksala.consent import Consent
from suksala.foundation import SuksalaError, log

LOOK_BACK = timedelta(minutes=10)  # of the chore: what a process did not show because it was stopped is shown then
_log = log.get("phr")


def show(decided: Iterable[Consent]) -> None:
    """Show these decisions. A decision counts whether it is shown or not, so a failure here ends none; the chore tries
    again.
    """
    for each in decided:
        try:
            exchange.show_consent(each)
        except SuksalaError as problem:
            _log.error("consent.not-shown", code=problem.code)


def show_paused() -> None:
    """Show, once after a restore, every consent that it paused as inactive: those that systems sent, too."""
    show(consent.all_paused())


def show_recent(now: datetime) -> int:
    """Show what was decided lately, ends that came by the clock among it; what is shown already stays as it is. Returns
    how many decisions were looked at.
    """
    found = consent.decided_since(now - LOOK_BACK)
    show(found)
    return len(found)
