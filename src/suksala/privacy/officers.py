"""Who stands behind an account: the register of practitioners and that of persons tell one human under two accounts."""

from __future__ import annotations

from collections.abc import Collection

from suksala import identity, registry, signin

from .domain import Parties, Who


def parties(reader: str, person: int) -> Parties:
    """Whom a matter is about: who read, and the human whose registration was read."""
    return Parties(who(reader), frozenset(identity.humans_of([person]).values()))


def who(actor: str) -> Who:
    """The human behind a name of the audit log, as far as it is known; a system is nobody but itself."""
    login = actor.removeprefix("account:")
    account = signin.accounts_named({login}).get(login) if login != actor else None
    if account is None:
        return Who(actor)
    humans = identity.humans_of(registrations_of(account)).values()
    return Who(actor, account.practitioner, frozenset(humans))


def registrations_of(account: signin.Account) -> frozenset[int]:
    """Where an account's holder is a patient: by the number of a practitioner, or the own person of a citizen."""
    number = registry.same_human_number(account.practitioner) if account.practitioner is not None else None
    practising = identity.persons_of_number(number) if number else frozenset()
    return practising if account.person is None else practising | {account.person}


def registered_at(persons: Collection[int], facility: str | None) -> int | None:
    """The registration by which somebody is known at a facility, or, for None, by which they are known at all; None
    where they are not.
    """
    found = [one.person for one in identity.registrations(persons) if facility in {None, one.hospcode}]
    return found[0] if found else None
