"""SQL of agreements and memberships."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from suksala.foundation import database

from .network import Agreement, Flow, Kind, Membership, State

_AGREEMENT = "number, kind, title, parties, flows, basis, signed, since, until"
_MEMBER = "party, state, since, exchanged"


def save_agreement(agreement: Agreement) -> None:
    """Keep it in the place of one with its number."""
    update = ", ".join(f"{c} = excluded.{c}" for c in _AGREEMENT.split(", ")[1:])
    database.execute(
        f"INSERT INTO registry_agreement ({_AGREEMENT}) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s) "
        f"ON CONFLICT (number) DO UPDATE SET {update}",
        [
            agreement.number,
            agreement.kind.value,
            agreement.title,
            list(agreement.parties),
            sorted(flow.value for flow in agreement.flows),
            agreement.basis,
            agreement.signed,
            agreement.since,
            agreement.until,
        ],
    )


def agreement(number: str) -> Agreement | None:
    """The agreement of this number, locked until the transaction ends."""
    found = database.rows(f"SELECT {_AGREEMENT} FROM registry_agreement WHERE number = %s FOR UPDATE", [number])
    return _agreement(found[0]) if found else None


def agreements() -> list[Agreement]:
    """Every agreement, by number."""
    return [_agreement(row) for row in database.rows(f"SELECT {_AGREEMENT} FROM registry_agreement ORDER BY number")]


def save_member(member: Membership) -> None:
    """Keep where a party stands."""
    database.execute(
        f"INSERT INTO registry_member ({_MEMBER}) VALUES (%s, %s, %s, %s) "
        "ON CONFLICT (party) DO UPDATE SET state = excluded.state, since = excluded.since",
        [member.party, member.state.value, member.since, member.exchanged],
    )


def note_exchange(party: str, on: date) -> None:
    """Keep the last day on which data flowed; writes once a day."""
    database.execute(
        "UPDATE registry_member SET exchanged = %s WHERE party = %s AND (exchanged IS NULL OR exchanged < %s)",
        [on, party, on],
    )


def member(party: str, *, lock: bool = False) -> Membership | None:
    """Where a party stands, None: it was never invited."""
    found = database.rows(
        f"SELECT {_MEMBER} FROM registry_member WHERE party = %s {'FOR UPDATE' if lock else ''}", [party]
    )
    return _member(found[0]) if found else None


def members() -> list[Membership]:
    """Every party, by code."""
    return [_member(row) for row in database.rows(f"SELECT {_MEMBER} FROM registry_member ORDER BY party")]


def _agreement(row: Sequence[Any]) -> Agreement:
    number, kind, title, parties, flows, basis, signed, since, until = row
    return Agreement(
        number, Kind(kind), title, tuple(parties), frozenset(map(Flow, flows)), basis, signed, since, until
    )


def _member(row: Sequence[Any]) -> Membership:
    party, state, since, exchanged = row
    return Membership(party, State(state), since, exchanged)
