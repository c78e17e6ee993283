"""What is open when an app is launched, as FHIR names it."""

from __future__ import annotations

from suksala.consent import Permit
from suksala.foundation import database

from .domain import NUMBER
from .predicate import permitted


def patient_id_of(permit: Permit, person: int) -> str | None:
    """The id of the Patient of one registration, if the permit opens it. Nothing of it is read but the id."""
    allowed = permitted(permit, "r", "Patient")
    sql = f"SELECT r.rid FROM resource r WHERE r.rtype = %s AND r.person = %s AND {allowed.sql} LIMIT 1"
    found = database.rows(sql, [NUMBER["Patient"], person, *allowed.values])
    return str(found[0][0]) if found else None
