"""Use cases of consent. A refusal is a fact in the audit log, and opens nothing."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from suksala import audit, identity, registry

from . import domain
from .domain import CitizenReader, ClientReader, Place, StaffReader, TeamReader
from .permits import NoPermit, Permit, Purpose


def permit_for_own_record(account: CitizenReader, person: int | None, now: datetime) -> Permit:
    """Leave for a citizen to read the own record, over all registrations of the same human and all facilities (PATRQT).

    person  one registration of the citizen, proven at sign-in; None: none is proven yet
    Raises NoPermit for another role or without a proven registration.
    """
    try:
        domain.require_role(account.role, "citizen")
        return domain.own_record(account.actor, _persons_like(domain.require_proven(person)), now)
    except NoPermit as refusal:
        _tell(refusal, account.actor, Purpose.OWN_RECORD)
        raise


def permit_for_treatment(account: StaffReader, person: int, now: datetime) -> Permit:
    """Leave for a clinician to read what the own facility recorded about its own patient (TREAT).

    person  any registration of the patient; the patient, as a human, must be registered at the clinician's facility
    Raises NoPermit otherwise: the same for somebody unknown and for somebody registered elsewhere.
    """
    try:
        domain.require_role(account.role, "clinician")
        persons = _persons_like(person)
        if not account.hospcode or not _registered_at(account.hospcode, persons):
            domain.refuse_stranger()
        return domain.treatment(account.actor, persons, _place(account.hospcode), now)
    except NoPermit as refusal:
        _tell(refusal, account.actor, Purpose.TREATMENT, account.hospcode)
        raise


def permit_for_team(account: TeamReader, now: datetime) -> Permit:
    """Leave for a district team's member to read the lists of the district's own units (HOPERAT). Raises NoPermit."""
    try:
        domain.require_role(account.role, "district")
        units = registry.facilities(district=account.district) if account.district else []
        return domain.team_list(account.actor, {registry.org_number(f.hospcode) for f in units}, now)
    except NoPermit as refusal:
        _tell(refusal, account.actor, Purpose.OPERATIONS)
        raise


def permit_for_client(client: ClientReader, now: datetime) -> Permit:
    """Leave for a system with a valid token: its facility's records, or all if it is bound to none, for the purpose
    that it states.
    """
    place = None if client.hospcode is None else _place(client.hospcode)
    return domain.client_call(client.actor, place, now, Purpose(client.purpose))


def permit_for_system(part: str, now: datetime) -> Permit:
    """Leave for a part of the exchange itself to do its own housekeeping (HSYSADMIN)."""
    return domain.client_call(f"system:{part}", None, now)


def _place(hospcode: str) -> Place:
    return Place(hospcode, registry.org_number(hospcode))


def _persons_like(person: int) -> Collection[int]:
    """All registrations of the same human; none for a person that does not exist."""
    try:
        return identity.persons_of(identity.human_of(person))
    except identity.NoSuchPerson as error:
        raise domain.not_registered_here() from error


def _registered_at(hospcode: str, persons: Collection[int]) -> bool:
    return any(r.hospcode == hospcode for r in identity.registrations(persons))


def _tell(refusal: NoPermit, actor: str, purpose: Purpose, facility: str | None = None) -> None:
    audit.record(
        "permit.refused", actor=actor, purpose=purpose, facility=facility or None, detail={"code": refusal.code}
    )
