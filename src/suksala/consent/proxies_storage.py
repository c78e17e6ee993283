"""SQL of representations: what stands, and every version of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from suksala.foundation import database, keys

from .proxies import RESTORED, Proof, Proxy, Relation, Right

_COLUMNS = (
    "person, id, version, representative, own_person, relation, rights, proof, document, since, until, confirmed, "
    "ended, by, decided"
)
_PLACES = ", ".join(["%s"] * 15)


def save(proxy: Proxy) -> None:
    """Keep a version: as what stands now, and in the history."""
    values = _values(proxy)
    update = ", ".join(f"{c} = excluded.{c}" for c in _COLUMNS.split(", ")[2:])
    database.execute(
        f"INSERT INTO consent_proxy ({_COLUMNS}) VALUES ({_PLACES}) ON CONFLICT (person, id) DO UPDATE SET {update}",
        values,
    )
    database.execute(f"INSERT INTO consent_proxy_history ({_COLUMNS}) VALUES ({_PLACES})", values)


def of_persons(persons: Collection[int]) -> list[Proxy]:
    """Everybody who acts or acted for one of these registrations, newest first."""
    found = database.rows(
        f"SELECT {_COLUMNS} FROM consent_proxy WHERE person = ANY(%s::bigint[]) ORDER BY since DESC, id",
        [sorted(persons)],
    )
    return [_proxy(row) for row in found]


def of_representative(actor: str) -> list[Proxy]:
    """Everybody for whom this account acts or acted, newest first."""
    found = database.rows(
        f"SELECT {_COLUMNS} FROM consent_proxy WHERE representative = %s ORDER BY since DESC, id", [actor]
    )
    return [_proxy(row) for row in found]


def note_paused() -> int:
    """Keep the versions that a restore wrote among the others; returns how many are new there."""
    return database.execute(
        f"INSERT INTO consent_proxy_history ({_COLUMNS}) SELECT {_COLUMNS} FROM consent_proxy WHERE by = %s "
        "ON CONFLICT DO NOTHING",
        [RESTORED],
    )


def locked(number: int) -> Proxy | None:
    """One representation, locked until the transaction ends."""
    found = database.rows(f"SELECT {_COLUMNS} FROM consent_proxy WHERE id = %s FOR UPDATE", [number])
    return _proxy(found[0]) if found else None


def _values(p: Proxy) -> list[Any]:
    what = [p.relation.value, sorted(p.rights), p.proof.value, keys.seal(p.document)]
    when = [p.since, p.until, p.confirmed, p.ended]
    return [p.person, p.id, p.version, p.representative, p.own_person, *what, *when, p.by, p.decided]


def _proxy(row: Sequence[Any]) -> Proxy:
    person, number, version, representative, own, relation, rights, proof, document, *rest = row
    return Proxy(
        person,
        number,
        version,
        representative,
        own,
        Relation(relation),
        frozenset(map(Right, rights)),
        Proof(proof),
        keys.unseal(document),
        *rest,
    )
