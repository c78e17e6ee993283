"""SQL of the OAuth server: keys of clients, their tokens, and assertions that were used."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from suksala.foundation import database


class Registered(NamedTuple):
    """A client as the OAuth server knows it: what it proves itself with, and what it may ask for."""

    number: int
    name: str
    hospcode: str | None
    jwks: str | None
    scopes: frozenset[str]
    purposes: frozenset[str]

    @property
    def client_id(self) -> str:
        """Its name, as OAuth calls it."""
        return self.name


def registered(name: str) -> Registered | None:
    """The active client of this name."""
    found = database.rows(
        "SELECT id, name, hospcode, jwks, scopes, purposes FROM signin_client WHERE name = %s AND active", [name]
    )
    if not found:
        return None
    number, name, hospcode, jwks, scopes, purposes = found[0]
    return Registered(number, name, hospcode, jwks, frozenset(scopes.split()), frozenset(purposes.split()))


def use_assertion(digest: bytes, until: datetime, now: datetime) -> bool:
    """Note that an assertion was used. False: it was used before, here or on another server."""
    database.execute("DELETE FROM signin_assertion WHERE expires_at < %s", [now])
    return bool(
        database.execute(
            "INSERT INTO signin_assertion (digest, expires_at) VALUES (%s, %s) ON CONFLICT DO NOTHING", [digest, until]
        )
    )


class NewToken(NamedTuple):
    """An access token to be kept: its digest, whose it is, what it may, and when it ends."""

    digest: bytes
    client: int
    scopes: str
    purposes: str | None
    until: datetime


def add_token(token: NewToken, now: datetime) -> None:
    """Keep an access token. Those that ended a day ago go: what they did stands in the log."""
    database.execute(
        "DELETE FROM signin_token WHERE client_id = %s AND scopes IS NOT NULL AND expires_at < %s - interval '1 day'",
        [token.client, now],
    )
    database.execute(
        "INSERT INTO signin_token (digest, client_id, issued_at, expires_at, scopes, purposes) "
        "VALUES (%s, %s, %s, %s, %s, %s)",
        [token.digest, token.client, now, token.until, token.scopes, token.purposes],
    )


class Told(NamedTuple):
    """What introspection tells of a token."""

    client: str
    scopes: str
    until: datetime
    issued: datetime


def told(digest: bytes, client: int, now: datetime) -> Told | None:
    """A token of this client, if it counts at this moment."""
    found = database.rows(
        "SELECT c.name, coalesce(t.scopes, c.scopes), t.expires_at, t.issued_at FROM signin_token t "
        "JOIN signin_client c ON c.id = t.client_id "
        "WHERE t.digest = %s AND c.id = %s AND c.active AND t.revoked_at IS NULL AND t.expires_at > %s",
        [digest, client, now],
    )
    return Told(*found[0]) if found else None
