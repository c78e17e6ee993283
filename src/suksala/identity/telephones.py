"""Telephones that many share: a factory's, a shelter's, the clerk's own. They say nothing about who is one human.

Equal telephones are sealed to equal bytes (foundation.keys), so bearers are counted without opening any. While the
master key is being turned, some lie under the old one and some under the new: a telephone may count too few until then.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable
from typing import Generic, NamedTuple, TypeVar

from suksala.foundation import database

from .matching.comparing import FAR_TOO_MANY, LARGEST_BLOCK

Phone = TypeVar("Phone", str, bytes)
Visible = Callable[[Collection[int]], Collection[int]]  # of some persons those that count for who asks
BEARERS = 8  # birth dates, or given names, under one telephone: more are not one household (design, section 2)

# Registrations are counted by what tells people apart, not by humans: who is one human would otherwise depend on who
# is one human, and so on the order of arrival. Somebody whom five facilities know is one birth date, or two mistyped.
# As many as LARGEST_BLOCK are too many whatever they say: no more are read, and which of more must not matter.


def too_many_bearers(birth: str, given: str) -> str:
    """SQL: whether the rows of one telephone in a group, LARGEST_BLOCK of them at most, are more than one household's;
    `birth` and `given` tell of each when it was born and its given name, NULL where they are not known.
    """
    distinct = f"count(DISTINCT {birth}) > {BEARERS} OR count(DISTINCT {given}) > {BEARERS}"
    return f"count(*) >= {LARGEST_BLOCK} OR {distinct}"


_TOO_MANY = too_many_bearers("birth", "nullif(given, '')")


class Bearer(NamedTuple, Generic[Phone]):
    """One registration, or row of a list, that gives a telephone; `born` is its birth date, or as much of it as is
    known, None for nothing; `given` its given name, or nothing.
    """

    phone: Phone
    born: Hashable
    given: str | None


def shared_by(told: Iterable[Bearer[Phone]]) -> frozenset[Phone]:
    """Of the telephones that these give those that more bear than one household (`too_many_bearers`)."""
    births: dict[Phone, set[Hashable]] = defaultdict(set)
    names: dict[Phone, set[str]] = defaultdict(set)
    seen: Counter[Phone] = Counter()
    for one in told:
        births[one.phone].update({one.born} - {None})
        names[one.phone].update([one.given] if one.given else [])
        seen[one.phone] += 1
    return frozenset(
        phone
        for phone, count in seen.items()
        if count >= LARGEST_BLOCK or max(len(births[phone]), len(names[phone])) > BEARERS
    )


def shared(phones: Collection[bytes]) -> frozenset[bytes]:
    """Those of these sealed telephones that more bear than one household."""
    if not phones:
        return frozenset()
    found = database.rows(
        "SELECT phone FROM (SELECT DISTINCT unnest(%s::bytea[]) AS phone) AS p CROSS JOIN LATERAL "
        f"(SELECT birth, given FROM identity_demographics WHERE phone_sealed = p.phone LIMIT {LARGEST_BLOCK}) AS d "
        f"GROUP BY phone HAVING {_TOO_MANY}",
        [list(phones)],
    )
    return frozenset(bytes(phone) for (phone,) in found)


def all_shared() -> frozenset[bytes]:
    """Every telephone that more bear than one household."""
    found = database.rows(
        "SELECT phone_sealed FROM identity_demographics WHERE phone_sealed IS NOT NULL "
        f"GROUP BY phone_sealed HAVING {_TOO_MANY}"
    )
    return frozenset(bytes(phone) for (phone,) in found)


def shared_among(phones: Collection[bytes], visible: Visible | None) -> frozenset[bytes]:
    """As `shared`, counting only the registrations that count for who asks: nobody learns from it how many others
    there are. One that more than FAR_TOO_MANY bear is shared for everybody: so many are not read.
    """
    if visible is None or not phones:
        return shared(phones)
    found = database.rows(
        "SELECT p.phone, d.person, d.birth, d.given FROM (SELECT DISTINCT unnest(%s::bytea[]) AS phone) AS p "
        "CROSS JOIN LATERAL (SELECT person, birth, given FROM identity_demographics WHERE phone_sealed = p.phone "
        "LIMIT %s) AS d",
        [list(phones), FAR_TOO_MANY + 1],
    )
    read = Counter(bytes(phone) for phone, *_ in found)
    beyond = frozenset(phone for phone, count in read.items() if count > FAR_TOO_MANY)
    told = [(bytes(phone), *rest) for phone, *rest in found if bytes(phone) not in beyond]
    counting = set(visible({person for _, person, *_ in told}))
    return beyond | shared_by(Bearer(phone, birth, given) for phone, person, birth, given in told if person in counting)


def humans_of_common(one: int, other: int, facilities: Collection[str] | None = None) -> int:
    """How many humans give the telephone that both of these registrations give; 0 where they have none in common.

    facilities  whose registrations are counted, those that the reader serves; None: all
    """
    served, values = ("", []) if facilities is None else ("AND g.hospcode = ANY(%s)", [sorted(facilities)])
    [(count,)] = database.rows(
        "SELECT count(DISTINCT m.human) FROM identity_demographics a "
        "JOIN identity_demographics b ON b.phone_sealed = a.phone_sealed AND b.person = %s "
        "JOIN identity_demographics o ON o.phone_sealed = a.phone_sealed "
        "JOIN identity_registration g ON g.person = o.person "
        "JOIN identity_membership m ON m.person = o.person AND m.closed_by IS NULL "
        f"WHERE a.person = %s AND a.person <> b.person {served}",
        [other, one, *values],
    )
    return int(count)


def given_by(hospcode: str, pids: Collection[str]) -> list[bytes]:
    """The sealed telephones that these local numbers of a facility give now."""
    found = database.rows(
        "SELECT DISTINCT phone_sealed FROM identity_registration JOIN identity_demographics USING (person) "
        "WHERE hospcode = %s AND pid = ANY(%s) AND phone_sealed IS NOT NULL",
        [hospcode, list(pids)],
    )
    return [bytes(phone) for (phone,) in found]


def bearers(phones: Collection[bytes]) -> list[int]:
    """The registrations that bear one of these telephones."""
    found = database.rows(
        "SELECT person FROM identity_demographics WHERE phone_sealed = ANY(%s::bytea[])", [list(phones)]
    )
    return [person for (person,) in found]
