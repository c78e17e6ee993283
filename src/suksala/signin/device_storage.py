"""SQL of citizens' devices."""

from __future__ import annotations

from datetime import datetime

from suksala.foundation import database

from .device_rules import Device

_COLUMNS = "id, account_id, name, first_at, settled_at, answered"


def find(account: int, digest: bytes) -> Device | None:
    """The account's device that shows this token; one that was cut off is none."""
    found = database.rows(
        f"SELECT {_COLUMNS} FROM signin_device WHERE account_id = %s AND digest = %s AND answered <> 'unknown'",
        [account, digest],
    )
    return Device(*found[0]) if found else None


def of(account: int) -> list[Device]:
    """An account's devices that count, the oldest first."""
    found = database.rows(
        f"SELECT {_COLUMNS} FROM signin_device WHERE account_id = %s AND answered <> 'unknown' ORDER BY first_at, id",
        [account],
    )
    return [Device(*row) for row in found]


def insert(account: int, digest: bytes, name: str, now: datetime, settled_at: datetime, answered: str) -> int:
    """Keep a new device; returns its number."""
    [(number,)] = database.rows(
        "INSERT INTO signin_device (account_id, digest, name, first_at, settled_at, answered) "
        "VALUES (%s, %s, %s, %s, %s, %s) RETURNING id",
        [account, digest, name, now, settled_at, answered],
    )
    return int(number)


def answer(account: int, number: int, answered: str) -> bool:
    """Keep what another device said of this one."""
    return bool(
        database.execute(
            "UPDATE signin_device SET answered = %s WHERE account_id = %s AND id = %s AND answered <> 'unknown'",
            [answered, account, number],
        )
    )


def bind(session: int, device: int) -> None:
    """The session is held on this device."""
    database.execute("UPDATE signin_session SET bound_id = %s WHERE id = %s", [device, session])


def of_session(session: int) -> Device | None:
    """The device on which a session is held."""
    found = database.rows(
        "SELECT d.id, d.account_id, d.name, d.first_at, d.settled_at, d.answered FROM signin_session s "
        "JOIN signin_device d ON d.id = s.bound_id WHERE s.id = %s",
        [session],
    )
    return Device(*found[0]) if found else None


def sessions_on(device: int) -> list[int]:
    """The open sessions held on a device."""
    found = database.rows("SELECT id FROM signin_session WHERE bound_id = %s AND ended_at IS NULL", [device])
    return [int(number) for (number,) in found]
