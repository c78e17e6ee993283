"""Whether a facility saw somebody: a fact that the policy asks for before there is a permit. Gives no data out."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from suksala import registry
from suksala.foundation import database

from . import tokens
from .domain import NUMBER

_SEEN = f"""
SELECT EXISTS (SELECT FROM resource r
    WHERE r.person = ANY(%(persons)s::bigint[]) AND r.rtype = {NUMBER["Encounter"]} AND r.date >= %(since)s
    AND r.org = %(org)s AND NOT r.deleted)
OR EXISTS (SELECT FROM resource r
    WHERE r.person = ANY(%(persons)s::bigint[]) AND r.rtype = {NUMBER["ServiceRequest"]} AND r.date >= %(since)s
    AND r.toks @> %(sent_here)s::bigint[] AND NOT r.deleted)
"""


def seen_at(hospcode: str, persons: Collection[int], since: datetime) -> bool:
    """Whether these registrations of one human have a visit at a facility, or were referred to it, at this moment or
    later.
    """
    sent_here = tokens.leads("performer", f"Organization/{hospcode}")
    values = {
        "persons": sorted(persons),
        "since": since,
        "org": registry.org_number(hospcode),
        "sent_here": [sent_here],
    }
    [(found,)] = database.rows(_SEEN, values)
    return bool(found)
