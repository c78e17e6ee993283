"""Protected persons: whose record many would like to see, such as a known face or a victim of violence."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from suksala import audit
from suksala.foundation import SuksalaError, clock, database, keys
from suksala.standards.thai_codes import folded

SHORTEST = 5  # letters of a reason


class ProtectionProblem(SuksalaError):
    """Nothing was added to or taken from the list of protected persons."""

    code = "SKL-ID-010"
    http_status = 422


@dataclass(frozen=True, slots=True)
class Protection:
    """That somebody is protected.

    person    a registration of the human
    facility  HOSPCODE whose officer added it, "" for the exchange
    """

    person: int
    since: datetime
    reason: str = field(repr=False)
    facility: str
    actor: str


def protect(person: int, reason: str, *, facility: str = "", actor: str) -> None:
    """Put somebody on the list of a facility's officers, or with "" of the exchange's, for a reason in words.

    Who is on another officer's list is put on this one too: nobody learns from the answer that they are.
    Raises ProtectionProblem: no reason, or on this list already.
    """
    words = " ".join(reason.split())[:500]
    if len(words) < SHORTEST:
        raise ProtectionProblem("บอกเหตุผลอย่างน้อย 5 ตัวอักษร", "tell the reason, in 5 letters or more")
    with database.transaction():
        known = "SELECT 1 FROM identity_protected WHERE person = %s AND facility = %s AND until IS NULL FOR UPDATE"
        if database.rows(known, [person, facility]):
            raise ProtectionProblem("อยู่ในรายชื่อแล้ว", "this person is on the list already", code="SKL-ID-011")
        database.execute(
            "INSERT INTO identity_protected (person, since, reason, facility, actor) VALUES (%s, %s, %s, %s, %s)",
            [person, clock.now(), words, facility, actor],
        )
        audit.record("protection.made", actor=actor, person=person, facility=facility or None)


def unprotect(person: int, *, facility: str | None = None, actor: str) -> None:
    """Take somebody off the list of a facility's officers; None: off every list. Raises ProtectionProblem when they are
    on none of these.
    """
    with database.transaction():
        done = database.execute(
            "UPDATE identity_protected SET until = %s WHERE person = %s AND until IS NULL "
            "AND (%s::text IS NULL OR facility = %s)",
            [clock.now(), person, facility, facility],
        )
        if not done:
            raise ProtectionProblem("ไม่อยู่ในรายชื่อ", "this person is not on the list", code="SKL-ID-012")
        audit.record("protection.ended", actor=actor, person=person)


def protections(facility: str | None = None) -> list[Protection]:
    """Who is protected now, newest first; of one facility's officers, or all."""
    found = database.rows(
        "SELECT person, since, reason, facility, actor FROM identity_protected WHERE until IS NULL "
        "AND (%s::text IS NULL OR facility = %s) ORDER BY since DESC",
        [facility, facility],
    )
    return [Protection(*row) for row in found]


def protected_among(persons: Collection[int]) -> frozenset[int]:
    """Those of these registrations that are on the list themselves."""
    found = database.rows(
        "SELECT person FROM identity_protected WHERE until IS NULL AND person = ANY(%s)", [sorted(persons)]
    )
    return frozenset(person for (person,) in found)


def surname_keys(persons: Collection[int]) -> dict[int, int]:
    """A keyed value of each registration's surname, equal for equal ones however they are spelled."""
    found = database.rows(
        "SELECT person, family FROM identity_demographics WHERE person = ANY(%s) AND family <> ''", [sorted(persons)]
    )
    return {person: surname_key(family) for person, family in found}


def surname_key(family: str) -> int:
    """A keyed value of a surname."""
    return keys.keyed_int("identity.surname", folded(family))


def household_in_common(one: Collection[int], other: Collection[int]) -> frozenset[str]:
    """What ties two humans together: "address" (house and sub-district) and "phone"; neither is told.

    one, other  all registrations of each
    """
    homes, phones = _households(one)
    others_homes, others_phones = _households(other)
    shared = {"address": homes & others_homes, "phone": phones & others_phones}
    return frozenset(name for name, found in shared.items() if found)


def _households(persons: Collection[int]) -> tuple[set[tuple[str, str]], set[str]]:
    found = database.rows(
        "SELECT area, house, phone_sealed FROM identity_demographics WHERE person = ANY(%s)", [sorted(persons)]
    )
    homes = {(area, folded(house)) for area, house, _ in found if area and house}
    return homes, {keys.unseal(sealed) for *_, sealed in found if sealed}  # as identity keeps them: national digits
