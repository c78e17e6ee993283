"""Whether a facility saw somebody: a fact that the policy asks for before there is a permit. Gives no data out."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from suksala import registry
from suksala.foundation import clock, database

from . import tokens
from .domain import NUMBER, STATUS_NUMBER
from .values import token_numbers

# What did not happen, not yet, or was never sent.
_NO_VISIT = sorted(STATUS_NUMBER[code] for code in ("planned", "cancelled", "entered-in-error"))
_NO_REFERRAL = [n for code in ("draft", "revoked", "entered-in-error") for n in token_numbers("status", code)]
AHEAD = timedelta(days=365)  # a referral for a day to come counts from when it is written
_SEEN = f"""
SELECT EXISTS (SELECT FROM resource r
    WHERE r.person = ANY(%(persons)s::bigint[]) AND r.rtype = {NUMBER["Encounter"]} AND r.date >= %(since)s
    AND r.date < %(now)s AND r.org = %(org)s AND NOT r.deleted
    AND (r.status IS NULL OR r.status <> ALL(%(no_visit)s::smallint[])))
OR EXISTS (SELECT FROM resource r
    WHERE r.person = ANY(%(persons)s::bigint[]) AND r.rtype = {NUMBER["ServiceRequest"]} AND r.date >= %(since)s
    AND r.date < %(ahead)s AND r.toks @> %(sent_here)s::bigint[] AND NOT r.deleted
    AND NOT r.toks && %(no_referral)s::bigint[])
"""


def seen_at(hospcode: str, persons: Collection[int], since: datetime) -> bool:
    """Whether these registrations of one human had a visit at a facility, or were referred to it, at this moment or
    later: a visit that took place or goes on, a referral that was sent.
    """
    now = clock.now()
    sent_here = tokens.leads("performer", f"Organization/{hospcode}")
    values = {
        "persons": sorted(persons),
        "since": since,
        "now": now,
        "ahead": now + AHEAD,
        "no_visit": _NO_VISIT,
        "no_referral": _NO_REFERRAL,
        "org": registry.org_number(hospcode),
        "sent_here": [sent_here],
    }
    [(found,)] = database.rows(_SEEN, values)
    return bool(found)
