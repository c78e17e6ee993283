"""SQL of people's sessions."""

from __future__ import annotations

from datetime import datetime

from suksala.foundation import database

from .session_rules import ABSOLUTE, Proof, Session

_COLUMNS = "id, account_id, opened_at, seen_at, proved_at, proof, device, facility, ended_at"


def insert(account: int, now: datetime, proof: Proof, device: str, facility: str) -> int:
    """Keep a session that opens now; returns its number."""
    [(number,)] = database.rows(
        "INSERT INTO signin_session (account_id, opened_at, seen_at, proved_at, proof, device, facility, ended_why) "
        "VALUES (%s, %s, %s, %s, %s, %s, %s, '') RETURNING id",
        [account, now, now, proof.at, proof.how, device, facility],
    )
    return int(number)


def find(number: int, account: int) -> Session | None:
    """A session of this account."""
    found = database.rows(f"SELECT {_COLUMNS} FROM signin_session WHERE id = %s AND account_id = %s", [number, account])
    return Session(*found[0]) if found else None


def open_of(account: int, now: datetime) -> list[Session]:
    """An account's sessions that are not over, the one used last first."""
    found = database.rows(
        f"SELECT {_COLUMNS} FROM signin_session WHERE account_id = %s AND ended_at IS NULL AND opened_at > %s "
        "ORDER BY seen_at DESC, id DESC",
        [account, now - ABSOLUTE],
    )
    return [Session(*row) for row in found]


def seen(number: int, now: datetime) -> None:
    """Somebody asked for a page."""
    database.execute("UPDATE signin_session SET seen_at = %s WHERE id = %s", [now, number])


def proved(number: int, now: datetime, proof: Proof) -> None:
    """Its holder proved again who they are."""
    database.execute(
        "UPDATE signin_session SET proved_at = %s, seen_at = %s, proof = %s WHERE id = %s",
        [proof.at, now, proof.how, number],
    )


def end(account: int, number: int | None, now: datetime, why: str) -> int:
    """End one session of an account, or every one; returns how many were open."""
    return database.execute(
        "UPDATE signin_session SET ended_at = %s, ended_why = %s "
        "WHERE account_id = %s AND ended_at IS NULL AND (%s::bigint IS NULL OR id = %s::bigint)",
        [now, why, account, number, number],
    )
