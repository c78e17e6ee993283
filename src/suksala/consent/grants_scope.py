"""Which rows an emergency grant opens. Pure.

The emergency set: allergies, problems, medicines of 12 months, results of 12 months and blood group, the last five
visits, devices, advance directives. What of results and visits lies further back is left out by the reading
(`exchange.emergency_copy`), for "the last five" is no property of a row.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from .grants import Extent, Grant
from .permits import SENSITIVE, Label, Rows, Scope

MEDICINES_LAST = timedelta(days=365)
MEDICINES = frozenset({"MedicationDispense", "MedicationRequest", "MedicationStatement", "MedicationAdministration"})
EMERGENCY_SET = frozenset(
    {"AllergyIntolerance", "Condition", "Observation", "Encounter", "Device", "DeviceUseStatement", "DocumentReference"}
)


def scopes(grant: Grant, now: datetime) -> tuple[Scope, ...]:
    """What the grant opens at this moment, without sensitive classes that were not confirmed one by one."""
    closed = SENSITIVE & ~Label(grant.labels)
    without = (Rows(labels=closed),) if closed else ()
    if grant.extent is Extent.FULL_RECORD:
        return (Scope(Rows(persons=grant.persons), without),)
    return (
        Scope(Rows(persons=grant.persons, types=EMERGENCY_SET), without),
        Scope(Rows(persons=grant.persons, types=MEDICINES, since=now - MEDICINES_LAST), without),
    )
