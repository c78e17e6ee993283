"""SQL and ORM of sign-in."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from suksala.foundation import database

from .domain import Client, ClientState

if TYPE_CHECKING:
    from .models import Account


def client_of_digest(digest: bytes, now: datetime) -> Client | None:
    """The client whose token has this digest, if the token counts at this moment."""
    found = database.rows(
        "SELECT c.name, c.hospcode, c.scopes, c.lenient, t.expires_at FROM signin_token t "
        "JOIN signin_client c ON c.id = t.client_id "
        "WHERE t.digest = %s AND t.revoked_at IS NULL AND t.expires_at > %s AND c.active",
        [digest, now],
    )
    if not found:
        return None
    name, hospcode, scopes, lenient, until = found[0]
    return Client(name, hospcode, frozenset(scopes.split()), until, lenient)


def client_of_name(name: str, now: datetime) -> Client | None:
    """The client of this name, if one of its tokens counts at this moment."""
    found = database.rows(
        "SELECT c.hospcode, c.scopes, c.lenient, max(t.expires_at) FROM signin_token t "
        "JOIN signin_client c ON c.id = t.client_id "
        "WHERE c.name = %s AND t.revoked_at IS NULL AND t.expires_at > %s AND c.active GROUP BY 1, 2, 3",
        [name, now],
    )
    if not found:
        return None
    hospcode, scopes, lenient, until = found[0]
    return Client(name, hospcode, frozenset(scopes.split()), until, lenient)


def clients(now: datetime) -> list[ClientState]:
    """Every client by name, with the tokens that count at this moment."""
    found = database.rows(
        "SELECT c.name, c.hospcode, c.scopes, c.lenient, count(t.digest), max(t.expires_at) FROM signin_client c "
        "LEFT JOIN signin_token t ON t.client_id = c.id AND t.revoked_at IS NULL AND t.expires_at > %s AND c.active "
        "GROUP BY c.id ORDER BY c.name",
        [now],
    )
    return [
        ClientState(name, hospcode, tuple(scopes.split()), lenient, tokens, until)
        for name, hospcode, scopes, lenient, tokens, until in found
    ]


def save_token(client: Client, digest: bytes, now: datetime) -> None:
    """Keep a token's digest; the client is made, or its facility and scopes replaced.

    Rights stand with the client, so its older tokens end when they change: none may see more than it was given for.
    """
    scopes = " ".join(sorted(client.scopes))
    database.execute(
        "UPDATE signin_token t SET revoked_at = %s FROM signin_client c WHERE c.id = t.client_id AND c.name = %s "
        "AND t.revoked_at IS NULL AND (c.hospcode, c.scopes, c.active) IS DISTINCT FROM (%s, %s, true)",
        [now, client.name, client.hospcode, scopes],
    )
    [(number,)] = database.rows(
        "INSERT INTO signin_client (name, hospcode, scopes, lenient, active) VALUES (%s, %s, %s, %s, true) "
        "ON CONFLICT (name) DO UPDATE SET hospcode = excluded.hospcode, scopes = excluded.scopes, "
        "lenient = excluded.lenient, active = true RETURNING id",
        [client.name, client.hospcode, scopes, client.lenient],
    )
    database.execute(
        "INSERT INTO signin_token (digest, client_id, issued_at, expires_at) VALUES (%s, %s, %s, %s)",
        [digest, number, now, client.until],
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


def accounts() -> Any:
    """Django's user model, asked for only when Django is ready."""
    from django.contrib.auth import get_user_model

    return get_user_model()


def demo_accounts() -> list[Account]:
    """Active demo accounts, by role and login."""
    return list(accounts().objects.filter(demo=True, is_active=True).order_by("role", "login"))


def demo_account(login: str) -> Account | None:
    """An active demo account by its login."""
    return cast("Account | None", accounts().objects.filter(login=login, demo=True, is_active=True).first())


def save_demo_account(login: str, fields: dict[str, Any]) -> Account:
    """Make or replace a demo account; an account of a real user with that login is never touched."""
    from django.contrib.auth.hashers import make_password

    values = {**fields, "demo": True, "is_active": True, "password": make_password(None)}
    account, _ = accounts().objects.filter(demo=True).update_or_create(login=login, defaults=values)
    return cast("Account", account)


def is_real(login: str) -> bool:
    """Whether an account that is not a demo bears this login."""
    return bool(accounts().objects.filter(login=login, demo=False).exists())
