"""Use cases of the co-signer: a second clinician confirms that the same reader opens the same patient again.

They use an account of their own, see nothing of the record, and are told to the patient and to the reviewer. The
register of practitioners proves that they are somebody else, may practise, and where they work; there is no roster of
who is on duty, so whoever works at the facility may sign, and elsewhere whoever is told the reference (decision 0188).
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from suksala import identity, registry
from suksala.foundation import SuksalaError, clock, database, keys

from . import domain, grants, grants_service
from . import grants_storage as storage
from .grants import Cosigner, Grant

if TYPE_CHECKING:
    from .grants_service import EmergencyReader


def requests_to_cosign(cosigner: EmergencyReader) -> list[Grant]:
    """What waits for a co-signer at one's own facility, the oldest first; nothing that one asked oneself."""
    found = storage.requests(cosigner.hospcode, None, clock.now() - grants.COSIGN_WITHIN)
    return [one for one in found if not _is_reader(cosigner, one)]


def request_named(reference: str, cosigner: EmergencyReader) -> Grant:
    """What waits under a reference that its reader told, at whichever facility. Raises GrantProblem (404)."""
    found = storage.requests(None, reference.strip().upper()[:8], clock.now() - grants.COSIGN_WITHIN)
    if len(found) != 1 or _is_reader(cosigner, found[0]):
        raise grants.no_request()
    return found[0]


def request_to_cosign(number: UUID, cosigner: EmergencyReader) -> Grant:
    """What somebody else asks a co-signer for. Raises GrantProblem (404) where nothing waits under this number."""
    found = storage.one(number)
    if found is None or not found.waits(clock.now()) or _is_reader(cosigner, found):
        raise grants.no_request()
    return found


def own_request(number: UUID, reader: EmergencyReader) -> Grant | None:
    """What a reader themselves asks a co-signer for, while it waits; None: nothing does under this number."""
    found = storage.one(number)
    waits = found is not None and found.reader == reader.actor and found.waits(clock.now())
    return found if waits else None


def cosign(number: UUID, cosigner: EmergencyReader) -> Grant:
    """Confirm that somebody opens a record again: it is open from now on for 72 hours, for them alone.

    Grant, key, log and notices together, or none of them. Raises NoPermit for another role; GrantProblem: nothing waits
    under this number, the co-signer is the reader or the patient, the register proves too little of them, the facility
    is locked; ClockProblem; vault_keys.KeyFolderProblem.
    """
    try:
        domain.require_role(cosigner.role, "clinician")
        signs, now = _proven(cosigner), grants_service.moment()
        asked = storage.one(number)
        if asked is None:
            raise grants.no_request()
        # The human first, as who asks again has it: they drop this very request.
        human = grants_service.human_of(asked.reader, asked.practitioner)
        with database.advisory_lock(keys.keyed_int("consent.grant", human)):
            found = storage.one(number, lock=True)
            if found is None:
                raise grants.no_request()
            _require_place(signs, found)
            return _begin(grants.cosign(found, signs, now), found)
    except SuksalaError as refusal:
        grants_service.tell_refusal(cosigner, refusal)
        raise


def _begin(grant: Grant, asked: Grant) -> Grant:
    refused = grants_service.locked(grant.facility)
    if refused is not None:
        raise refused
    if grant.cosigner is not None and _is_patient(grant.cosigner, grant):
        raise grants.own_request()
    before = grants_service.opened_before(grant.reader, grant.practitioner, grant.persons, grant.began)
    if any(one.is_open(grant.began) for one in before):
        raise grants.no_request()  # it is open already, by another way
    storage.drop(asked)
    grants_service.begin(grant, before)
    if grant.cosigner is not None:
        grants_service.record("grant.cosigned", grant, actor=grant.cosigner.actor)
    return grant


def _proven(cosigner: EmergencyReader) -> Cosigner:
    """The co-signer as the register of practitioners knows them. Raises GrantProblem where it does not."""
    number, licence = cosigner.practitioner, grants_service.licence_of(cosigner)
    if number is None or not licence:
        raise grants.unproven()
    return Cosigner(cosigner.actor, grants_service.name_of(cosigner), cosigner.hospcode, licence, number)


def _require_place(cosigner: Cosigner, grant: Grant) -> None:
    """Raises GrantProblem unless they work at the facility itself, or the register tells that they do at their own."""
    places = {role.hospcode for role in registry.roles_of(cosigner.practitioner, clock.today())}
    if cosigner.facility not in {grant.facility, *places}:
        raise grants.unproven()


def _is_reader(cosigner: EmergencyReader, grant: Grant) -> bool:
    practises = cosigner.practitioner is not None and cosigner.practitioner == grant.practitioner
    return practises or cosigner.actor == grant.reader


def _is_patient(cosigner: Cosigner, grant: Grant) -> bool:
    """Whether the co-signer's own number is the patient's."""
    number = registry.same_human_number(cosigner.practitioner)
    return bool(number) and not grant.persons.isdisjoint(identity.persons_of_number(number or ""))
