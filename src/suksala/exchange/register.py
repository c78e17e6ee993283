"""The registry as resources: facilities, agencies, networks, places, services, practitioners and their roles. Only what
changed is written.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from suksala import registry
from suksala.foundation import clock, database

from .domain import NUMBER, PUBLIC_PERSON, Draft, ImportResult
from .mapping import facilities, staff
from .parameters import NUMBER_OF
from .storage import Batch, Item

SOURCE = "urn:suksala:registry"
LOCK = 0x53554B_2B  # a practitioner may be published for two facilities: one at a time
TURN_DAYS = 31  # as long as a server may have stood still without a role being shown wrong

_STALE = """
SELECT r.rid FROM resource r
JOIN resource_reference x ON x.person = r.person AND x.id = r.id
WHERE r.person = %s AND r.org IS NULL AND NOT r.deleted AND r.rtype = %s
AND x.param = %s AND x.rtype = %s AND x.rid = %s AND r.rid <> ALL(%s)
"""


def publish_facilities() -> ImportResult:
    """Write the Organizations of every facility, agency and network of the registry, and the facilities' Location and
    HealthcareService.
    """
    listed = registry.facilities()
    by_code = {facility.hospcode: facility for facility in listed}
    networks = sorted({facility.network for facility in listed} - {""})
    total = ImportResult()
    with database.advisory_lock(LOCK):
        for code, agency in registry.AGENCIES.items():
            total += _write([facilities.agency(agency)], registry.org_number(code))
        total += _write(facilities.network(name, by_code.get(name)) for name in networks)
        for facility in listed:
            total += _write([facilities.organization(facility)], registry.org_number(facility.hospcode))
        total += _write(draft for facility in listed for draft in _place(facility))
    return total


def publish_staff(hospcode: str) -> ImportResult:
    """Write the PractitionerRole of everybody who works or worked at a facility and the Practitioners whose they are;
    a role that the registry does not know any more is deleted.
    """
    today = clock.today()
    with database.advisory_lock(LOCK):
        roles = registry.roles_at(hospcode)
        people = registry.practitioners({role.practitioner for role in roles})
        everywhere = registry.roles_of_all(people)
        drafts = [staff.practitioner(who, everywhere[who.id], today) for who in people.values()]
        told = [staff.role(role, today) for role in roles]
        batch = _batch([*drafts, *told])
        rtype = NUMBER["PractitionerRole"]
        place = [NUMBER_OF["organization"], NUMBER["Organization"], hospcode]
        for (rid,) in database.rows(_STALE, [PUBLIC_PERSON, rtype, *place, [draft.rid for draft in told]]):
            batch.forbid(PUBLIC_PERSON, rtype, rid)
        return batch.write()


def turn_roles() -> None:
    """Publish anew the staff of facilities where a role began or ended in the last days: `active` follows the day."""
    today = clock.today()
    for hospcode in registry.facilities_of_turning_roles(today - timedelta(days=TURN_DAYS), today):
        publish_staff(hospcode)


def _place(facility: registry.Facility) -> tuple[Draft, Draft]:
    return facilities.location(facility), facilities.service(facility)


def _write(drafts: Iterable[Draft], org: int | None = None) -> ImportResult:
    return _batch(drafts, org).write()


def _batch(drafts: Iterable[Draft], org: int | None = None) -> Batch:
    batch = Batch(org, clock.now())
    for draft in drafts:
        batch.add(Item(PUBLIC_PERSON, draft, SOURCE))
    return batch
