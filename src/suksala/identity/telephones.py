"""Telephones that many share: a factory's, a shelter's, the clerk's own. They say nothing about who is one human.

Equal telephones are sealed to equal bytes (foundation.keys), so bearers are counted without opening any. While the
master key is being turned, some lie under the old one and some under the new: a telephone may count too few until then.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection
from datetime import date

from suksala.foundation import database

from .matching.comparing import FAR_TOO_MANY, LARGEST_BLOCK

Visible = Callable[[Collection[int]], Collection[int]]  # of some persons those that count for who asks
BEARERS = 8  # birth dates, or given names, under one telephone: more are not one household (design, section 2)

# Registrations are counted by what tells people apart, not by humans: who is one human would otherwise depend on who
# is one human, and so on the order of arrival. Somebody whom five facilities know is one birth date, or two mistyped.
# As many as LARGEST_BLOCK are too many whatever they say: no more are read, and which of more must not matter.
_TOO_MANY = (
    f"count(*) >= {LARGEST_BLOCK} OR count(DISTINCT birth) > {BEARERS} OR count(DISTINCT nullif(given, '')) > {BEARERS}"
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
    beyond = {phone for phone, count in read.items() if count > FAR_TOO_MANY}
    told = [(bytes(phone), *rest) for phone, *rest in found if bytes(phone) not in beyond]
    counting = set(visible({person for _, person, *_ in told}))
    births: dict[bytes, set[date]] = defaultdict(set)
    names: dict[bytes, set[str]] = defaultdict(set)
    seen: Counter[bytes] = Counter()
    for phone, person, birth, given in told:
        if person in counting:
            births[phone].update({birth} - {None})
            names[phone].update({given} - {""})
            seen[phone] += 1
    return frozenset(beyond | {phone for phone in seen if _is_shared(seen[phone], births[phone], names[phone])})


def _is_shared(count: int, births: Collection[date], names: Collection[str]) -> bool:
    """_TOO_MANY, of rows that were read."""
    return count >= LARGEST_BLOCK or max(len(births), len(names)) > BEARERS


def humans_of_common(one: int, other: int) -> int:
    """How many humans give the telephone that both of these registrations give; 0 where they have none in common."""
    [(count,)] = database.rows(
        "SELECT count(DISTINCT m.human) FROM identity_demographics a "
        "JOIN identity_demographics b ON b.phone_sealed = a.phone_sealed AND b.person = %s "
        "JOIN identity_demographics o ON o.phone_sealed = a.phone_sealed "
        "JOIN identity_membership m ON m.person = o.person AND m.closed_by IS NULL "
        "WHERE a.person = %s AND a.person <> b.person",
        [other, one],
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
