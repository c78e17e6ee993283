"""Use cases of consent. A refusal is a fact in the audit log, and opens nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from itertools import islice

from suksala import audit, identity, registry

from . import domain, fhir_writing, giving, policy
from .consents import Consent
from .domain import CitizenReader, ClientReader, Place, StaffReader, TeamReader
from .permits import NoPermit, Permit, Purpose
from .policy import Decision, Principal, Relation, Role, Subject

_READ_FOR_ONE = 10  # consents that name a facility, for each that is listed: few of them are closed by another decision


def permit_for_own_record(account: CitizenReader, person: int | None, now: datetime) -> Permit:
    """Leave for a citizen to read the own record, over all registrations of the same human and all facilities (PATRQT).

    person  one registration of the citizen, proven at sign-in; None: none is proven yet
    Who the human is, is asked when it is needed (identity.SameHuman); a registration that there is not opens nothing.
    Raises NoPermit for another role or without a proven registration.
    """
    with _told(account.actor, Purpose.OWN_RECORD):
        domain.require_role(account.role, "citizen")
        subject = Subject(Relation.SELF, identity.SameHuman(domain.require_proven(person)))
        return policy.decide(Principal(account.actor, Role.CITIZEN), subject, Purpose.OWN_RECORD, now).granted()


def decision_for_treatment(account: StaffReader, person: int, now: datetime, *, seen: bool) -> Decision:
    """What a clinician may read of a patient to treat them, with the reasons to show (TREAT).

    person  any registration of the patient
    seen    whether the own facility saw the patient within policy.SEEN_WITHIN
    Raises NoPermit where nothing opens: the same for somebody unknown and for somebody registered elsewhere.
    """
    with _told(account.actor, Purpose.TREATMENT, account.hospcode):
        domain.require_role(account.role, "clinician")
        persons = _persons_like(person)
        relation = _relation(account.hospcode, persons, seen=seen)
        subject = Subject(relation, persons, consents=giving.rules_for(persons, now))
        principal = Principal(account.actor, Role.CLINICIAN, _place(account.hospcode) if account.hospcode else None)
        decision = policy.decide(principal, subject, Purpose.TREATMENT, now)
        _tell_consents(decision.granted(), person)
        return decision


def permit_for_treatment(account: StaffReader, person: int, now: datetime, *, seen: bool = False) -> Permit:
    """The permit of `decision_for_treatment`. Raises NoPermit."""
    return decision_for_treatment(account, person, now, seen=seen).granted()


def patients_who_let(account: StaffReader, now: datetime, *, limit: int) -> list[Consent]:
    """The consents that name a clinician's facility and open something to it now, newest first: whom they may look for
    beside the facility's own patients. What a later decision closed again is not among them.

    limit  how many at most; so many times _READ_FOR_ONE are looked at
    That somebody looked at the list is a fact for each of them, and for nobody where it is empty; it takes nothing of
    the reader's hour, for these people let the facility look. Raises NoPermit for another role.
    """
    with _told(account.actor, Purpose.TREATMENT, account.hospcode):
        domain.require_role(account.role, "clinician")
    listed = list(islice(_opening(account, now, limit * _READ_FOR_ONE), limit)) if account.hospcode else []
    detail = {"operation": "consents", "found": len(listed)}
    named: list[int | None] = [*dict.fromkeys(each.person for each in listed)]
    audit.record_now(
        [
            audit.Fact(now, "search", account.actor, Purpose.TREATMENT, person, account.hospcode, detail)
            for person in named or [None]
        ]
    )
    return listed


def _opening(account: StaffReader, now: datetime, most: int) -> Iterator[Consent]:
    """Consents that name a facility and open something by themselves, whether or not it knows the person."""
    principal = Principal(account.actor, Role.CLINICIAN, _place(account.hospcode))
    opened: dict[int, tuple[str, ...]] = {}
    for each in giving.consents_naming(account.hospcode, now, most):
        if each.person not in opened:
            persons = _persons_like(each.person)
            subject = Subject(Relation.NONE, persons, consents=giving.rules_for(persons, now))
            permit = policy.decide(principal, subject, Purpose.TREATMENT, now).permit
            opened[each.person] = permit.consents if permit else ()
        if fhir_writing.resource_id_of(each) in opened[each.person]:
            yield each


def decision_for_registration(account: StaffReader, person: int, now: datetime) -> Decision:
    """What a clerk of a facility's registration desk may read of somebody registered there (PATADMIN).

    person  any registration of theirs
    Raises NoPermit: the same for somebody unknown and for somebody registered elsewhere.
    """
    with _told(account.actor, Purpose.REGISTRATION, account.hospcode):
        domain.require_role(account.role, "clerk")
        persons = _persons_like(person)
        subject = Subject(_relation(account.hospcode, persons, seen=False), persons)
        place = _place(account.hospcode) if account.hospcode else None
        decision = policy.decide(Principal(account.actor, Role.CLERK, place), subject, Purpose.REGISTRATION, now)
        decision.granted()
        return decision


def permit_for_team(account: TeamReader, now: datetime) -> Permit:
    """Leave for a district team's member to read the lists of the district's own units (HOPERAT). Raises NoPermit."""
    with _told(account.actor, Purpose.OPERATIONS):
        domain.require_role(account.role, "district")
        units = registry.facilities(district=account.district) if account.district else []
        subject = Subject(Relation.PANEL, panel=frozenset(registry.org_number(unit.hospcode) for unit in units))
        return policy.decide(Principal(account.actor, Role.TEAM), subject, Purpose.OPERATIONS, now).granted()


def permit_for_client(client: ClientReader, now: datetime) -> Permit:
    """Leave for a system with a valid token: its facility's records, or all if it is bound to none, for the purpose
    that it states, which is one of those that it was registered for (signin).
    """
    return _client_call(client.actor, client.hospcode, client.purpose, now.replace(second=0, microsecond=0))


@lru_cache(maxsize=1024)
def _client_call(actor: str, hospcode: str | None, purpose: str, minute: datetime) -> Permit:
    """Decided once a minute for all calls of a client: nothing else goes into it, and it ends the earlier for that."""
    principal = Principal(actor, Role.SYSTEM, None if hospcode is None else _place(hospcode))
    granted = policy.decide(principal, Subject(Relation.NONE), Purpose.SYSTEM, minute).granted()
    return replace(granted, purpose=Purpose(purpose))


def permit_for_system(part: str, now: datetime) -> Permit:
    """Leave for a part of the exchange itself to do its own housekeeping (HSYSADMIN)."""
    principal = Principal(f"system:{part}", Role.SYSTEM)
    return policy.decide(principal, Subject(Relation.NONE), Purpose.SYSTEM, now).granted()


def _tell_consents(permit: Permit, person: int) -> None:
    """That consents let somebody read is a fact of its own, whether anything is read or not (IHE PCF, BALP)."""
    if permit.consents:
        audit.record(
            "permit.decided", actor=permit.reader, purpose=permit.purpose, person=person, facility=permit.facility,
            detail={"consents": list(permit.consents)},
        )  # fmt: skip


@contextmanager
def _told(actor: str, purpose: Purpose, facility: str | None = None) -> Iterator[None]:
    """A refusal is a fact in the log."""
    try:
        yield
    except NoPermit as refusal:
        detail = {"code": refusal.code}
        audit.record("permit.refused", actor=actor, purpose=purpose, facility=facility or None, detail=detail)
        raise


def _relation(hospcode: str, persons: Collection[int], *, seen: bool) -> Relation:
    if not hospcode or not _registered_at(hospcode, persons):
        return Relation.NONE
    return Relation.TREATING if seen else Relation.SAME_FACILITY


def _place(hospcode: str) -> Place:
    return Place(hospcode, registry.org_number(hospcode))


def _persons_like(person: int) -> frozenset[int]:
    """All registrations of the same human; none for a person that does not exist."""
    try:
        return identity.persons_like(person)
    except identity.NoSuchPerson as error:
        raise domain.not_registered_here() from error


def _registered_at(hospcode: str, persons: Collection[int]) -> bool:
    return any(r.hospcode == hospcode for r in identity.registrations(persons))
