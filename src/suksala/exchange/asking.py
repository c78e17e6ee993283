"""Who asks over HTTP, as a permit: a system by itself, or an app in somebody's name (SMART; T10).

What an app may is the intersection of what the person may read (consent) and what its token's scopes name: for the
right that the request needs, their types, and their conditions as tokens that a row must bear.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache

from suksala import consent, identity, signin
from suksala.consent import Permit, Reach
from suksala.foundation import clock
from suksala.signin import AppUser, Client, SmartScope
from suksala.standards import fhir

from . import tokens
from .answers import Refusal
from .parameters import answered
from .seen import seen_at

# What an app may call beside reading and searching; the rest is for systems: jobs, subscriptions, what writes.
APP_OPERATIONS = frozenset({"$everything", "$summary", "$graphql", "$validate", "$expand", "$lookup", "$translate",
                            "$validate-code", "$subsumes"})  # fmt: skip


def permit_of(client: Client, needs: str) -> Permit:
    """What a client may read now.

    needs  the rights that the request needs of a scope: r, s or both
    Raises consent.NoPermit.
    """
    now = clock.now()
    if client.user is None:
        return consent.permit_for_client(client, now)
    reaches = list(_reaches(client.scopes, needs))
    return consent.permit_for_app(client.user, reaches, now, seen=_seen(client.user, now))


def _seen(user: AppUser, now: datetime) -> bool:
    """Whether a clinician's facility saw the patient whose record is open, as a page asks before it shows one."""
    if user.role != "clinician" or user.patient is None or not user.hospcode:
        return False
    persons = identity.persons_like(user.patient)
    return seen_at(user.hospcode, persons, now - consent.SEEN_WITHIN)


def needs_of(parts: list[str]) -> str:
    """The rights that a request needs of an app's scope: reading one r, searching s, what finds and reads both."""
    if parts and (parts[-1].startswith("$") or (parts[-1] == "_history" and len(parts) < 3)):
        return "rs"
    return "r" if len(parts) > 1 and parts[1] != "_search" else "s"


def require_reading(method: str, parts: list[str]) -> None:
    """Refuse an app that wants more than to read."""
    last = parts[-1] if parts else ""
    if last.startswith("$"):
        allowed = last in APP_OPERATIONS
    else:
        allowed = method in ("GET", "HEAD") or (method == "POST" and last == "_search")
    if not allowed:
        raise Refusal(403, "forbidden", "แอปอ่านได้เท่านั้น", "an app may read, and nothing else")


def _reaches(scopes: frozenset[str], needs: str) -> Iterator[Reach]:
    """What the scopes reach that give every right needed; those without conditions together, for one predicate."""
    giving = [scope for scope in signin.data_scopes(scopes) if set(needs) <= scope.rights]
    plain = [scope for scope in giving if not scope.conditions]
    if any(scope.rtype == "*" for scope in plain):
        yield Reach()
        return
    if plain:
        yield Reach(frozenset(scope.rtype for scope in plain))
    for scope in giving:
        if scope.conditions:
            yield Reach(frozenset({scope.rtype}), bearing_of(scope))


@lru_cache(maxsize=1024)
def bearing_of(scope: SmartScope) -> tuple[frozenset[int], ...]:
    """The conditions of a scope as numbers that a row must bear, one of each set; of what cannot be asked so: none
    bears it, for a condition that is not understood must not let everything through.
    """
    return tuple(frozenset(_numbers(scope.rtype, name, value)) for name, value in scope.conditions)


def _numbers(rtype: str, name: str, value: str) -> Iterator[int]:
    found = answered(rtype).get(name)
    if found is None or found.kind != "token" or "\\" in value:
        return
    for part in value.split(","):
        system, bar, code = part.rpartition("|")
        if code:
            yield tokens.token(name, fhir.canonical(system) if system else "" if bar else tokens.ANY, code)
