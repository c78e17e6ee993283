"""SQL of apps that people allow: what they allowed, codes, refresh tokens, launches."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from suksala.foundation import database


class Context(NamedTuple):
    """What is open when an app is allowed: the person whose record it may read, and how FHIR names it.

    person     a registration of that person
    patient    id of the Patient; encounter: of the visit
    fhir_user  reference to who allowed it, such as Patient/pt-1
    """

    person: int | None = None
    patient: str | None = None
    encounter: str | None = None
    fhir_user: str | None = None


class Approval(NamedTuple):
    """What somebody allowed an app, before it has a token.

    facility  on whose behalf, "" for none
    device    the citizen's device on which it was allowed
    jkt       thumbprint of the key that the app said its code is bound to (dpop_jkt, RFC 9449, 10)
    """

    client: int
    account: int
    scopes: str
    context: Context
    ends: datetime
    redirect_uri: str
    challenge: str
    nonce: str | None
    facility: str = ""
    device: int | None = None
    jkt: str | None = None


class Authorization(NamedTuple):
    """What somebody allowed an app, as its tokens need to know.

    jkt  thumbprint of the key to which its code is bound, and what renews it for an app that can keep no secret
    """

    number: int
    client: int
    app: str
    account: int
    login: str
    scopes: str
    context: Context
    ends: datetime
    redirect_uri: str
    challenge: str
    nonce: str | None
    facility: str
    practitioner: int | None
    jkt: str | None


def add(approval: Approval, code: bytes, code_until: datetime, now: datetime) -> int:
    """Keep what was allowed and the digest of its code; returns its number."""
    context = approval.context
    [(number,)] = database.rows(
        "INSERT INTO signin_authorization (client_id, account_id, scopes, patient_person, patient, encounter, "
        "fhir_user, approved_at, ends_at, ended_why, code, code_until, redirect_uri, challenge, nonce, facility, "
        "device_id, jkt) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, '', %s, %s, %s, %s, %s, %s, %s, %s) RETURNING id",
        [
            *(approval.client, approval.account, approval.scopes, context.person, context.patient, context.encounter),
            *(context.fhir_user, now, approval.ends, code, code_until),
            *(approval.redirect_uri, approval.challenge, approval.nonce, approval.facility, approval.device),
            approval.jkt,
        ],
    )
    return int(number)


_AUTHORIZATION = (
    "a.id, a.client_id, (SELECT name FROM signin_client WHERE id = a.client_id), a.account_id, u.login, a.scopes, "
    "a.patient_person, a.patient, a.encounter, a.fhir_user, a.ends_at, a.redirect_uri, a.challenge, a.nonce, "
    "a.facility, u.practitioner, a.jkt"
)
_STANDS = "a.ended_at IS NULL AND a.ends_at > %s AND u.is_active AND (%s OR NOT u.demo)"


def _read(row: Sequence[object]) -> Authorization:
    return Authorization._make([*row[:6], Context(*row[6:10]), *row[10:]])  # type: ignore[arg-type]


def use_code(code: bytes, client: int, now: datetime, *, demo: bool) -> Authorization | None:
    """Use up a code of an app; None when it does not count, or not any more. One of two at once has it."""
    found = database.rows(
        "UPDATE signin_authorization a SET code_used_at = %s FROM signin_account u WHERE u.id = a.account_id "
        f"AND a.code = %s AND a.client_id = %s AND a.code_used_at IS NULL AND a.code_until > %s AND {_STANDS} "
        f"RETURNING {_AUTHORIZATION}",
        [now, code, client, now, now, demo],
    )
    return _read(found[0]) if found else None


def of_used_code(code: bytes) -> int | None:
    """Number of the authorization whose code this was, if it was used: somebody uses it again."""
    found = database.rows("SELECT id FROM signin_authorization WHERE code = %s AND code_used_at IS NOT NULL", [code])
    return int(found[0][0]) if found else None


def add_refresh(digest: bytes, authorization: int, now: datetime) -> None:
    """Keep a refresh token's digest."""
    database.execute(
        "INSERT INTO signin_refresh (digest, authorization_id, issued_at) VALUES (%s, %s, %s)",
        [digest, authorization, now],
    )


def use_refresh(digest: bytes, client: int, now: datetime, *, demo: bool) -> Authorization | None:
    """Use up a refresh token of an app; None when it does not count, or not any more. One of two at once has it."""
    found = database.rows(
        "UPDATE signin_refresh r SET used_at = %s FROM signin_authorization a, signin_account u "
        "WHERE a.id = r.authorization_id AND u.id = a.account_id AND r.digest = %s AND r.used_at IS NULL "
        f"AND a.client_id = %s AND {_STANDS} RETURNING {_AUTHORIZATION}",
        [now, digest, client, now, demo],
    )
    return _read(found[0]) if found else None


def of_used_refresh(digest: bytes) -> int | None:
    """Number of the authorization that this refresh token renewed, if it was used: somebody uses it again."""
    sql = "SELECT authorization_id FROM signin_refresh WHERE digest = %s AND used_at IS NOT NULL"
    found = database.rows(sql, [digest])
    return int(found[0][0]) if found else None


def key_of_refresh(digest: bytes) -> str | None:
    """Thumbprint of the key to which a refresh token, used or not, is bound; None: to none, or nobody has it."""
    found = database.rows(
        "SELECT a.jkt FROM signin_refresh r JOIN signin_authorization a ON a.id = r.authorization_id "
        "WHERE r.digest = %s",
        [digest],
    )
    return found[0][0] if found else None


def bind(authorization: int, jkt: str) -> None:
    """Bind what renews an authorization to a key, if it is bound to none."""
    database.execute("UPDATE signin_authorization SET jkt = %s WHERE id = %s AND jkt IS NULL", [jkt, authorization])


def of_refresh(digest: bytes, client: int) -> int | None:
    """Number of the authorization that a refresh token of an app renews."""
    found = database.rows(
        "SELECT r.authorization_id FROM signin_refresh r JOIN signin_authorization a ON a.id = r.authorization_id "
        "WHERE r.digest = %s AND a.client_id = %s",
        [digest, client],
    )
    return int(found[0][0]) if found else None


def of_token(digest: bytes) -> int | None:
    """Number of the authorization of an access token; None for a system's."""
    found = database.rows("SELECT authorization_id FROM signin_token WHERE digest = %s", [digest])
    return None if not found or found[0][0] is None else int(found[0][0])


def end(authorization: int, why: str, now: datetime) -> tuple[str, str] | None:
    """End an authorization, and with it every token; returns login and app, None when it had ended before."""
    found = database.rows(
        "UPDATE signin_authorization a SET ended_at = %s, ended_why = %s FROM signin_account u, signin_client c "
        "WHERE a.id = %s AND a.ended_at IS NULL AND u.id = a.account_id AND c.id = a.client_id "
        "RETURNING u.login, c.name",
        [now, why, authorization],
    )
    return (found[0][0], found[0][1]) if found else None


def standing_of(*, account: int | None = None, device: int | None = None) -> list[int]:
    """Numbers of what an account, or a device, allowed and nobody ended."""
    found = database.rows(
        "SELECT id FROM signin_authorization "
        "WHERE ended_at IS NULL AND (account_id = %s OR device_id = %s) ORDER BY id",
        [account, device],
    )
    return [int(number) for (number,) in found]


def end_all(app: str, why: str, now: datetime) -> int:
    """End what everybody allowed an app; returns how many had."""
    return database.execute(
        "UPDATE signin_authorization a SET ended_at = %s, ended_why = %s FROM signin_client c "
        "WHERE c.id = a.client_id AND c.name = %s AND a.ended_at IS NULL",
        [now, why, app],
    )


class Allowed(NamedTuple):
    """An app that somebody allowed, for that person to see.

    bound  what it got is worth nothing without the app's own key; False: whoever steals it may read
    """

    number: int
    title_th: str
    title_en: str
    scopes: tuple[str, ...]
    approved: datetime
    ends: datetime
    used: datetime | None
    bound: bool


def allowed(account: int, now: datetime) -> list[Allowed]:
    """What an account allows at this moment, newest first; `used` is when a token was last given."""
    found = database.rows(
        "SELECT a.id, c.title_th, c.title_en, a.scopes, a.approved_at, a.ends_at, max(t.issued_at), "
        "a.jkt IS NOT NULL OR c.jwks IS NOT NULL "
        "FROM signin_authorization a JOIN signin_client c ON c.id = a.client_id "
        "LEFT JOIN signin_token t ON t.authorization_id = a.id "
        "WHERE a.account_id = %s AND a.ended_at IS NULL AND a.ends_at > %s AND a.code_used_at IS NOT NULL AND c.active "
        "GROUP BY a.id, c.id ORDER BY a.approved_at DESC",
        [account, now],
    )
    return [Allowed(n, th, en, tuple(scopes.split()), *rest) for n, th, en, scopes, *rest in found]


def is_own(authorization: int, account: int) -> bool:
    """Whether an account gave this authorization."""
    sql = "SELECT 1 FROM signin_authorization WHERE id = %s AND account_id = %s"
    return bool(database.rows(sql, [authorization, account]))


def add_launch(digest: bytes, app: str, account: int, context: Context, until: datetime) -> bool:
    """Keep a launch; those that ended go. False: no such app can be launched."""
    database.execute("DELETE FROM signin_launch WHERE expires_at < %s - interval '1 day'", [until])
    return bool(
        database.execute(
            "INSERT INTO signin_launch (digest, client_id, account_id, patient_person, patient, encounter, expires_at) "
            "SELECT %s, id, %s, %s, %s, %s, %s FROM signin_client WHERE name = %s AND active AND launch_uri <> ''",
            [digest, account, context.person, context.patient, context.encounter, until, app],
        )
    )


def launch(digest: bytes, client: int, account: int, now: datetime) -> Context | None:
    """What was open when this account launched this app."""
    found = database.rows(
        "SELECT patient_person, patient, encounter FROM signin_launch "
        "WHERE digest = %s AND client_id = %s AND account_id = %s AND expires_at > %s",
        [digest, client, account, now],
    )
    return Context(*found[0]) if found else None


def use_launch(digest: bytes) -> bool:
    """Use up a launch. False: it was used before."""
    return bool(database.execute("DELETE FROM signin_launch WHERE digest = %s", [digest]))


class AppWish(NamedTuple):
    """An app as its operator registers it."""

    name: str
    title_th: str
    title_en: str
    scopes: str
    redirect_uris: str
    origins: str
    launch_uri: str
    jwks: str | None
    dpop_bound: bool


def save_app(app: AppWish) -> None:
    """Keep an app, or replace what is known of it. A system of that name is left as it is: nothing is kept then."""
    database.execute(
        "INSERT INTO signin_client (name, scopes, active, purposes, title_th, title_en, redirect_uris, origins, "
        "launch_uri, jwks, dpop_bound) VALUES (%s, %s, true, 'PATRQT', %s, %s, %s, %s, %s, %s, %s) "
        "ON CONFLICT (name) DO UPDATE SET dpop_bound = excluded.dpop_bound, "
        "scopes = excluded.scopes, active = true, title_th = excluded.title_th, title_en = excluded.title_en, "
        "redirect_uris = excluded.redirect_uris, origins = excluded.origins, launch_uri = excluded.launch_uri, "
        "jwks = excluded.jwks WHERE signin_client.title_th IS NOT NULL",
        [
            *(app.name, app.scopes, app.title_th, app.title_en, app.redirect_uris, app.origins, app.launch_uri),
            *(app.jwks, app.dpop_bound),
        ],
    )


def origins() -> frozenset[str]:
    """Web origins from which active apps ask."""
    found = database.rows("SELECT origins FROM signin_client WHERE active AND origins <> ''")
    return frozenset(origin for (listed,) in found for origin in listed.split())


def launchable() -> list[tuple[str, str, str, str]]:
    """Active apps that can be launched: name, titles, where."""
    return [
        (name, th, en, uri)
        for name, th, en, uri in database.rows(
            "SELECT name, title_th, title_en, launch_uri FROM signin_client "
            "WHERE active AND launch_uri <> '' ORDER BY name"
        )
    ]
