"""SQL of recovery codes: slow digests under one salt per account."""

from __future__ import annotations

from datetime import datetime

from suksala.foundation import database


def replace(account: int, salt: bytes, digests: list[bytes]) -> None:
    """Keep these codes of an account, and no others."""
    database.execute("DELETE FROM signin_recovery WHERE account_id = %s", [account])
    for digest in digests:
        database.execute(
            "INSERT INTO signin_recovery (account_id, salt, digest) VALUES (%s, %s, %s)", [account, salt, digest]
        )


def salt_of(account: int) -> bytes | None:
    """With what an account's codes were hashed; None where it has none."""
    found = database.rows("SELECT salt FROM signin_recovery WHERE account_id = %s LIMIT 1", [account])
    return bytes(found[0][0]) if found else None


def use(account: int, digest: bytes, now: datetime) -> bool:
    """Use a code up. False when the account has none such, or had; of two that come at once one wins."""
    return bool(
        database.execute(
            "UPDATE signin_recovery SET used_at = %s WHERE account_id = %s AND digest = %s AND used_at IS NULL",
            [now, account, digest],
        )
    )


def left(account: int) -> int:
    """How many codes of an account were not used yet."""
    [(number,)] = database.rows(
        "SELECT count(*) FROM signin_recovery WHERE account_id = %s AND used_at IS NULL", [account]
    )
    return int(number)
