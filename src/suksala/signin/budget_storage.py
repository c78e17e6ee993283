"""SQL of budgets, shared by all processes. The two tables survive no crash and need not: a budget begins anew."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from suksala.foundation import database

from .budget_rules import Budget

_FULL = "least(%(burst)s, tokens + %(rate)s * greatest(0, extract(epoch FROM %(now)s - at)))"
_LEASE = f"""
WITH found AS (SELECT client, {_FULL} AS full FROM signin_bucket WHERE client = %(client)s FOR UPDATE)
UPDATE signin_bucket b SET tokens = f.full - least(%(share)s, floor(f.full)), at = %(now)s FROM found f
WHERE b.client = f.client RETURNING least(%(share)s, floor(f.full))::int, f.full::float8"""


def lease(client: str, budget: Budget, now: datetime) -> tuple[int, float]:
    """Take requests out of a client's bucket: how many, its share at most, and how full it was before."""
    values = {"client": client, "burst": budget.burst, "rate": budget.rate, "share": budget.share, "now": now}
    found = database.rows(_LEASE, values)
    if not found:
        database.execute(
            "INSERT INTO signin_bucket (client, tokens, at) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
            [client, budget.burst, now],
        )
        found = database.rows(_LEASE, values)
    return int(found[0][0]), float(found[0][1])


def spend(who: str, numbers: Collection[int], most: int, window: timedelta, now: datetime) -> datetime | None:
    """Note that `who` was told of these numbers, if that makes no more than `most` different ones within a window.

    Returns None when noted; else when the next one leaves the window, and nothing is noted.
    """
    with database.transaction():
        database.rows("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [who])
        known = {
            number
            for (number,) in database.rows(
                "SELECT number FROM signin_reach WHERE who = %s AND at > %s AND number = ANY(%s::bigint[])",
                [who, now - window, sorted(numbers)],
            )
        }
        [(used, oldest)] = database.rows(
            "SELECT count(*), min(at) FROM signin_reach WHERE who = %s AND at > %s", [who, now - window]
        )
        fresh = sorted(set(numbers) - known)
        if used + len(fresh) > most:
            return (oldest or now) + window
        database.execute(
            "INSERT INTO signin_reach (who, number, at) SELECT %s, unnest(%s::bigint[]), %s "
            "ON CONFLICT (who, number) DO UPDATE SET at = excluded.at",
            [who, fresh, now],
        )
        database.execute("DELETE FROM signin_reach WHERE who = %s AND at <= %s", [who, now - window])
    return None


def practitioner_of(login: str) -> int | None:
    """Who of the registry gives care under an account; None: nobody said."""
    found = database.rows("SELECT practitioner FROM signin_account WHERE login = %s", [login])
    return found[0][0] if found else None


def used(who: str, since: datetime) -> int:
    """How many different numbers were noted since a moment."""
    return int(database.rows("SELECT count(*) FROM signin_reach WHERE who = %s AND at > %s", [who, since])[0][0])


def quarantine(client: str, why: str, now: datetime) -> bool:
    """Suspend a client. False: it was before."""
    return bool(
        database.execute(
            "UPDATE signin_client SET suspended_at = %s, suspended_why = %s WHERE name = %s AND suspended_at IS NULL",
            [now, why, client],
        )
    )


def set_limits(client: str, limits: dict[str, int | None], *, lift: bool) -> bool:
    """Keep a client's own limits (None leaves one as it is), and lift a quarantine. False: no such client."""
    database.execute(
        "UPDATE signin_client SET suspended_at = NULL, suspended_why = '' WHERE name = %s AND %s", [client, lift]
    )
    if lift:
        database.execute("DELETE FROM signin_reach WHERE who = %s", [client])
    return bool(
        database.execute(
            "UPDATE signin_client SET rate = coalesce(%s, rate), burst = coalesce(%s, burst), "
            "patients = coalesce(%s, patients), exports = coalesce(%s, exports), rows = coalesce(%s, rows) "
            "WHERE name = %s",
            [*(limits.get(name) for name in ("rate", "burst", "patients", "exports", "rows")), client],
        )
    )
