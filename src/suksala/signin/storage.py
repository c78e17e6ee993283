"""SQL and ORM of sign-in."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import astuple, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from suksala.foundation import database

from .budget_rules import Budget, Budgets
from .domain import AppUser, Client, ClientState
from .proofing_rules import GIVES
from .scopes import of_context

if TYPE_CHECKING:
    from .models import Account


_CLIENT = (
    "c.name, c.hospcode, coalesce(t.scopes, c.scopes), c.lenient, coalesce(t.purposes, c.purposes), t.expires_at, t.jkt"
)
_LIMITS = "c.rate, c.burst, c.patients, c.exports, c.rows"
_USER = "u.login, u.role, a.facility, u.district, u.own_person, a.patient_person, a.id, u.practitioner, a.patient"


def client_of_digest(digest: bytes, now: datetime, *, demo: bool, usual: Budgets) -> Client | None:
    """The client whose token has this digest, if the token counts at this moment.

    demo   whether accounts of the demo count
    usual  budgets of clients that have none of their own
    """
    found = database.rows(
        f"SELECT {_CLIENT}, {_LIMITS}, {_USER} FROM signin_token t JOIN signin_client c ON c.id = t.client_id "
        "LEFT JOIN signin_authorization a ON a.id = t.authorization_id "
        "LEFT JOIN signin_account u ON u.id = a.account_id "
        "WHERE t.digest = %s AND t.revoked_at IS NULL AND t.expires_at > %s AND c.active "
        "AND c.suspended_at IS NULL "
        "AND (a.id IS NULL OR a.ended_at IS NULL AND a.ends_at > %s AND u.is_active AND (%s OR NOT u.demo))",
        [digest, now, now, demo],
    )
    if not found:
        return None
    own, jkt, limits, user = found[0][:6], found[0][6], found[0][7:12], found[0][12:]
    budget = _budget(usual.system, limits)
    if user[0] is None:
        return replace(_client(*own), budget=budget, jkt=jkt)
    name, _, scopes, _, _, until = own
    return Client(
        name,
        None,
        frozenset(of_context(scopes.split(), {"patient", "user"})),
        until,
        user=AppUser(*user),
        budget=usual.of_app(budget),
        jkt=jkt,
    )


def _budget(usual: Budget, own: Iterable[int | None]) -> Budget:
    """A client's own limits, the usual ones where it has none."""
    return Budget(*(given if mine is None else mine for mine, given in zip(own, astuple(usual), strict=True)))


def _client(name: str, hospcode: str | None, scopes: str, lenient: bool, purposes: str, until: datetime) -> Client:
    own = of_context(scopes.split(), {"system"})
    return Client(name, hospcode, frozenset(own), until, lenient, frozenset(purposes.split()))


def client_of_name(name: str, now: datetime, usual: Budgets) -> Client | None:
    """The client of this name, if it has a key, or one of its tokens counts at this moment. With a key it has rights
    until it is ended, told as `datetime.max`.
    """
    found = database.rows(
        "SELECT c.name, c.hospcode, c.scopes, c.lenient, c.purposes, "
        "CASE WHEN c.jwks IS NULL THEN max(t.expires_at) ELSE '9999-12-31 00:00+00' END, "
        f"{_LIMITS} FROM signin_client c "
        "LEFT JOIN signin_token t ON t.client_id = c.id AND t.revoked_at IS NULL AND t.expires_at > %s "
        "WHERE c.name = %s AND c.active AND c.suspended_at IS NULL "
        "GROUP BY c.id HAVING c.jwks IS NOT NULL OR count(t.digest) > 0",
        [now, name],
    )
    return replace(_client(*found[0][:6]), budget=_budget(usual.system, found[0][6:])) if found else None


def clients(now: datetime) -> list[ClientState]:
    """Every client by name, with the tokens that count at this moment."""
    found = database.rows(
        "SELECT c.name, c.hospcode, c.scopes, c.lenient, count(t.digest), max(t.expires_at), c.purposes, "
        f"CASE WHEN c.active THEN c.jwks END, {_LIMITS}, c.suspended_at, c.dpop_bound FROM signin_client c "
        "LEFT JOIN signin_token t ON t.client_id = c.id AND t.revoked_at IS NULL AND t.expires_at > %s AND c.active "
        "GROUP BY c.id ORDER BY c.name",
        [now],
    )
    return [
        ClientState(
            name, hospcode, tuple(scopes.split()), lenient, tokens, until, tuple(purposes.split()), *_rest(*rest)
        )
        for name, hospcode, scopes, lenient, tokens, until, purposes, *rest in found
    ]


def _rest(jwks: str | None, *rest: Any) -> tuple[tuple[str, ...], tuple[int | None, ...], datetime | None, bool]:
    *limits, suspended, bound = rest
    return _kids(jwks), tuple(limits), suspended, bound


def _kids(jwks: str | None) -> tuple[str, ...]:
    return tuple(key["kid"] for key in json.loads(jwks)["keys"]) if jwks else ()


def save_client(client: Client, now: datetime, jwks: str | None = None, dpop_bound: bool | None = None) -> int:
    """Keep a client, or replace what it may; returns its number.

    Rights stand with the client, so its older tokens end when they change: none may see more than it was given for.

    jwks  its public keys from now on; None leaves those it has
    dpop_bound  whether its tokens must be bound to a key; None leaves it as it is, a new one may have others
    """
    scopes, purposes = " ".join(sorted(client.scopes)), " ".join(sorted(client.purposes))
    database.execute(
        "UPDATE signin_token t SET revoked_at = %s FROM signin_client c WHERE c.id = t.client_id AND c.name = %s "
        "AND t.revoked_at IS NULL "
        "AND (c.hospcode, c.scopes, c.purposes, c.active) IS DISTINCT FROM (%s, %s, %s, true)",
        [now, client.name, client.hospcode, scopes, purposes],
    )
    [(number,)] = database.rows(
        "INSERT INTO signin_client (name, hospcode, scopes, lenient, active, purposes, jwks, dpop_bound) "
        "VALUES (%s, %s, %s, %s, true, %s, %s, coalesce(%s, false)) "
        "ON CONFLICT (name) DO UPDATE SET hospcode = excluded.hospcode, scopes = excluded.scopes, "
        "lenient = excluded.lenient, active = true, purposes = excluded.purposes, "
        "jwks = coalesce(excluded.jwks, signin_client.jwks), "
        "dpop_bound = coalesce(%s, signin_client.dpop_bound) RETURNING id",
        [client.name, client.hospcode, scopes, client.lenient, purposes, jwks, dpop_bound, dpop_bound],
    )
    return int(number)


def save_token(client: Client, digest: bytes, now: datetime) -> None:
    """Keep a token's digest; the client is made, or its facility and rights replaced."""
    database.execute(
        "INSERT INTO signin_token (digest, client_id, issued_at, expires_at) VALUES (%s, %s, %s, %s)",
        [digest, save_client(client, now), now, client.until],
    )


def forget_digest(digest: bytes) -> None:
    """Drop a token as if it had never been made."""
    database.execute("DELETE FROM signin_token WHERE digest = %s", [digest])


def revoke_digest(digest: bytes, now: datetime) -> str | None:
    """End one token; returns the client's name, None if no such token counts."""
    found = database.rows(
        "UPDATE signin_token t SET revoked_at = %s FROM signin_client c "
        "WHERE c.id = t.client_id AND t.digest = %s AND t.revoked_at IS NULL RETURNING c.name",
        [now, digest],
    )
    return found[0][0] if found else None


def revoke_all(client_name: str, now: datetime) -> int:
    """End every token of a client; returns how many there were."""
    return database.execute(
        "UPDATE signin_token t SET revoked_at = %s FROM signin_client c "
        "WHERE c.id = t.client_id AND c.name = %s AND t.revoked_at IS NULL",
        [now, client_name],
    )


def is_dpop_bound(client_name: str) -> bool:
    """Whether a client gets no token but such as are bound to a key."""
    return bool(database.rows("SELECT 1 FROM signin_client WHERE name = %s AND dpop_bound", [client_name]))


def is_app(client_name: str) -> bool:
    """Whether an app bears this name."""
    return bool(database.rows("SELECT 1 FROM signin_client WHERE name = %s AND title_th IS NOT NULL", [client_name]))


def close_keys(client_name: str) -> bool:
    """Let a client with keys, or an app, get no more tokens. False: it is neither, or was closed before."""
    sql = "UPDATE signin_client SET active = false WHERE name = %s AND active"
    return bool(database.execute(f"{sql} AND (jwks IS NOT NULL OR title_th IS NOT NULL)", [client_name]))


def accounts() -> Any:
    """Django's user model, asked for only when Django is ready."""
    from django.contrib.auth import get_user_model

    return get_user_model()


def accounts_named(logins: Collection[str]) -> dict[str, Account]:
    """Accounts by login."""
    return {account.login: account for account in accounts().objects.filter(login__in=list(logins))}


def persons_with_account(persons: Collection[int]) -> set[int]:
    """Those of these persons to whom a citizen's account belongs that may sign in."""
    found = accounts().objects.filter(role="citizen", is_active=True, person__in=list(persons))
    return set(found.values_list("person", flat=True))


def demo_accounts() -> list[Account]:
    """Active demo accounts, by role and login."""
    return list(accounts().objects.filter(demo=True, is_active=True).order_by("role", "login"))


def demo_account(login: str) -> Account | None:
    """An active demo account by its login."""
    return cast("Account | None", accounts().objects.filter(login=login, demo=True, is_active=True).first())


def save_demo_account(login: str, fields: dict[str, Any]) -> Account:
    """Make or replace a demo account; an account of a real user with that login is never touched."""
    from django.contrib.auth.hashers import make_password

    proofed = {"ial": GIVES["demo"], "proofed_how": "demo"} if fields.get("role") == "citizen" else {}
    values = {**fields, **proofed, "demo": True, "is_active": True, "password": make_password(None)}
    account, _ = accounts().objects.filter(demo=True).update_or_create(login=login, defaults=values)
    return cast("Account", account)


def logins_of(practitioners: Collection[int]) -> list[tuple[int, str]]:
    """Practitioner and login of every account that is linked to one of these and may sign in."""
    found = accounts().objects.filter(practitioner__in=list(practitioners), is_active=True)
    return list(found.order_by("login").values_list("practitioner", "login"))


def is_real(login: str) -> bool:
    """Whether an account that is not a demo bears this login."""
    return bool(accounts().objects.filter(login=login, demo=False).exists())
