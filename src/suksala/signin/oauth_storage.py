"""SQL of the OAuth server: keys of clients, their tokens, and what was signed to count once."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from suksala.foundation import database


class Registered(NamedTuple):
    """A client as the OAuth server knows it: what it proves itself with, and what it may ask for.

    dpop_bound  it gets tokens that are bound to a key, and no others (dpop_bound_access_tokens, RFC 9449, 5.2)
    """

    number: int
    name: str
    hospcode: str | None
    jwks: str | None
    scopes: frozenset[str]
    purposes: frozenset[str]
    title_th: str | None
    title_en: str | None
    redirect_uris: frozenset[str]
    dpop_bound: bool

    @property
    def is_app(self) -> bool:
        """Whether it asks in the name of people who allow it."""
        return self.title_th is not None

    @property
    def is_public(self) -> bool:
        """Whether it can keep no secret, as a page in a browser."""
        return self.is_app and self.jwks is None

    @property
    def client_id(self) -> str:
        """Its name, as OAuth calls it."""
        return self.name


def registered(name: str) -> Registered | None:
    """The active client of this name."""
    found = database.rows(
        "SELECT id, name, hospcode, jwks, scopes, purposes, title_th, title_en, redirect_uris, dpop_bound "
        "FROM signin_client WHERE name = %s AND active AND suspended_at IS NULL",
        [name],
    )
    if not found:
        return None
    number, name, hospcode, jwks, scopes, purposes, th, en, uris, bound = found[0]
    rights = (frozenset(scopes.split()), frozenset(purposes.split()))
    return Registered(number, name, hospcode, jwks, *rights, th, en, frozenset(uris.split()), bound)


_ENDED = "SELECT digest FROM signin_assertion WHERE expires_at < %s LIMIT 100 FOR UPDATE SKIP LOCKED"


def use_once(digest: bytes, until: datetime, now: datetime) -> bool:
    """Note that something signed was used: an assertion, a proof. False: it was used before, here or on another server.

    Those that ended go, a hundred at a time and none that another server is at: proofs come with every request.
    """
    database.execute(f"DELETE FROM signin_assertion WHERE digest = ANY(ARRAY({_ENDED}))", [now])
    return bool(
        database.execute(
            "INSERT INTO signin_assertion (digest, expires_at) VALUES (%s, %s) ON CONFLICT DO NOTHING", [digest, until]
        )
    )


class NewToken(NamedTuple):
    """An access token to be kept: its digest, whose it is, what it may, when it ends, who allowed it, to which key (by
    its thumbprint) it is bound.
    """

    digest: bytes
    client: int
    scopes: str
    purposes: str | None
    until: datetime
    authorization: int | None = None
    jkt: str | None = None


def add_token(token: NewToken, now: datetime) -> None:
    """Keep an access token. Those that ended a day ago go: what they did stands in the log."""
    database.execute(
        "DELETE FROM signin_token WHERE client_id = %s AND scopes IS NOT NULL AND expires_at < %s - interval '1 day'",
        [token.client, now],
    )
    database.execute(
        "INSERT INTO signin_token (digest, client_id, issued_at, expires_at, scopes, purposes, "
        "authorization_id, jkt) VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
        [
            *(token.digest, token.client, now, token.until, token.scopes, token.purposes),
            *(token.authorization, token.jkt),
        ],
    )


class Told(NamedTuple):
    """What introspection tells of a token."""

    client: str
    scopes: str
    until: datetime
    issued: datetime
    patient: str | None
    fhir_user: str | None
    practitioner: int | None
    facility: str | None
    jkt: str | None


def told(digest: bytes, client: int, now: datetime, *, demo: bool) -> Told | None:
    """A token of this client, if it counts at this moment.

    demo  whether accounts of the demo count
    """
    found = database.rows(
        "SELECT c.name, coalesce(t.scopes, c.scopes), t.expires_at, t.issued_at, a.patient, a.fhir_user, "
        "u.practitioner, a.facility, t.jkt "
        "FROM signin_token t JOIN signin_client c ON c.id = t.client_id "
        "LEFT JOIN signin_authorization a ON a.id = t.authorization_id "
        "LEFT JOIN signin_account u ON u.id = a.account_id "
        "WHERE t.digest = %s AND c.id = %s AND c.active AND t.revoked_at IS NULL AND t.expires_at > %s "
        "AND (a.id IS NULL OR a.ended_at IS NULL AND a.ends_at > %s AND u.is_active AND (%s OR NOT u.demo))",
        [digest, client, now, now, demo],
    )
    return Told(*found[0]) if found else None
