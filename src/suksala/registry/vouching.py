"""Practitioners for whom an identity provider vouches when they sign in: by licences that their councils confirmed."""

from __future__ import annotations

from collections.abc import Mapping

from suksala import audit
from suksala.foundation import clock, database

from . import practitioner_storage as storage
from .practitioners import Licence, Practitioner, ProviderRow, Role, Source, bare_number, is_same_name


def keep_vouched(told: Mapping[str, ProviderRow], *, actor: str) -> int | None:
    """The practitioner whom a provider vouches for, made where the registry knows none of these licences; with a role
    where they work, for a facility of which the registry knows none.

    told  what the provider says by facility (HOSPCODE); a row without a licence is a place of work, nothing more
    None: no row has a licence, or the licences are two people's or of another name. Nothing is kept then, and nothing
    that others told is changed: neither names, nor roles, nor another number of the same council.
    """
    licences = {row.licensed: row for row in told.values() if row.licensed}
    if not licences:
        return None
    with database.advisory_lock(storage.LOCK):
        known = {one.id: one for licence in licences for one in storage.of_licence(*licence)}
        first = next(iter(licences.values()))
        if len(known) > 1 or not all(is_same_name(first, one) for one in known.values()):
            return None
        who = next(iter(known.values()), None)
        key = storage.add(first, None) if who is None else who.id
        for row in licences.values():
            _keep_licence(key, who, row)
        roles = _keep_roles(key, told)
        if who is None or roles:
            detail = {"roles": roles, "lists": 0, "source": Source.PROVIDER_ID.value}
            audit.record("registry.practitioners", actor=actor, detail=detail)
    return key


def _keep_licence(key: int, who: Practitioner | None, row: ProviderRow) -> None:
    """Its last day as the provider tells it; its number as it was written first."""
    held = who.licence(row.council) if who is not None else None
    if held is None:
        storage.give_licence(key, Licence(row.council, row.licence, row.licence_since, row.licence_until))
    elif bare_number(held.number) == bare_number(row.licence) and row.licence_until not in {None, held.until}:
        storage.give_licence(key, Licence(row.council, held.number, row.licence_since, row.licence_until))


def _keep_roles(key: int, told: Mapping[str, ProviderRow]) -> int:
    """How many were new. One that is known stays as it is told, an ended one ended."""
    known = {role.hospcode for role in storage.roles_of([key])}
    new = {hospcode: row for hospcode, row in told.items() if hospcode not in known}
    for hospcode, row in new.items():
        storage.save_role(Role(0, key, hospcode, "", row.codes, None, None, Source.PROVIDER_ID), clock.today())
    return len(new)
