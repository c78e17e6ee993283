"""Use cases of sign-in. Every sign-in and every token made or ended is a fact in the audit log."""

from __future__ import annotations

import time
from collections.abc import Collection
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from suksala import audit, registry
from suksala.foundation import clock, database, settings

from . import domain, storage
from .domain import Client, ClientState, LoginTaken, NoClient, NoDemo, TokenProblem
from .session_rules import Ending

if TYPE_CHECKING:
    from django.http import HttpRequest

    from .models import Account

CACHE_SECONDS = 30.0  # a look-up with each request would be a second round trip of every read
CACHE_ENTRIES = 10_000
DEMO_DAYS = 30
BACKEND = "suksala.signin.backend.AccountBackend"

_cache: dict[bytes, tuple[float, Client]] = {}


def issue_token(
    client_name: str,
    hospcode: str | None,
    scopes: Collection[str],
    days: int,
    *,
    lenient: bool = False,
    actor: str = "system:signin",
) -> str:
    """Make an access token for a system, shown this once; only its digest is kept.

    hospcode  the facility whose data the client sees; None: all data, for the exchange's own systems
    scopes    SMART system scopes, such as system/*.rs
    days      1 to 366
    lenient   the client's policy: faults of what it writes are told, not refused
    Raises TokenProblem.
    """
    domain.require_days(days)
    now = clock.now()
    token = domain.new_token()
    client = Client(client_name, hospcode, frozenset(scopes), now + timedelta(days=days), lenient)
    with database.transaction():
        storage.save_token(client, domain.digest(token), now)
        audit.record(
            "signin.token-issued", actor=actor, facility=hospcode, detail={"client": client_name, "days": days}
        )
    forget_cache()
    return token


def add_client(
    client_name: str, hospcode: str | None, scopes: Collection[str], days: int, *, lenient: bool = False, actor: str
) -> str:
    """Make a client, or one more token of a client that is there, for its operator; arguments as of `issue_token`.

    Other rights than before end its older tokens; the same rights leave them, so a token can be changed without a gap.
    Raises TokenProblem: a name, a scope or a facility that cannot be; registry.NoAgreement: none in force lets that
    facility exchange (S4.40). Nothing was made.
    """
    domain.require_name(client_name)
    domain.require_scopes(scopes)
    if hospcode is not None and registry.facility(hospcode) is None:
        raise TokenProblem(
            "ไม่มีหน่วยบริการรหัสนี้ในทะเบียน: นำเข้าด้วย suksala registry import",
            "no facility of this code is in the registry: see suksala registry import",
        )
    if hospcode is not None:
        registry.require_agreement(hospcode, registry.Flow.EXCHANGE, clock.today())
    with database.transaction():
        token = issue_token(client_name, hospcode, scopes, days, lenient=lenient, actor=actor)
        if hospcode is not None:
            registry.told_connection(hospcode, actor=actor)
    return token


def clients() -> list[ClientState]:
    """Every client that was ever made, by name, with how many of its tokens count."""
    return storage.clients(clock.now())


def end_client(client_name: str, *, actor: str) -> int:
    """End every token of a client, for its operator; returns how many. Raises NoClient when none counted."""
    ended = revoke_client(client_name, actor=actor)
    if not ended:
        raise NoClient
    return ended


def authenticate_bearer(header: str | None) -> Client | None:
    """The client that sent this Authorization header, or None: no token, unknown, ended, revoked, or of a facility that
    is suspended.

    An answer is kept 30 s in this process; a token revoked in another process works that much longer, at most to its
    end.
    """
    token = domain.bearer(header)
    if token is None:
        return None
    digest = domain.digest(token)
    now = clock.now()
    kept = _cache.get(digest)
    if kept and time.monotonic() - kept[0] < CACHE_SECONDS:
        return kept[1] if now < kept[1].until else None
    client = storage.client_of_digest(digest, now)
    if client is None or _is_barred(client):
        _cache.pop(digest, None)
        return None
    if client.hospcode is not None:
        registry.told_exchange(client.hospcode, clock.today())
    if len(_cache) >= CACHE_ENTRIES:
        _cache.clear()
    _cache[digest] = (time.monotonic(), client)
    return client


def client_named(name: str) -> Client | None:
    """A client by its name, with the rights it has now; None when it was ended, no token of it counts, or its facility
    is suspended.
    """
    client = storage.client_of_name(name, clock.now())
    return None if client is None or _is_barred(client) else client


def _is_barred(client: Client) -> bool:
    return client.hospcode is not None and registry.is_barred(client.hospcode)


def revoke_token(token: str, *, actor: str) -> bool:
    """End one token. False: it did not count any more."""
    with database.transaction():
        client = storage.revoke_digest(domain.digest(token), clock.now())
        if client is not None:
            audit.record("signin.token-revoked", actor=actor, detail={"client": client, "tokens": 1})
    forget_cache()
    return client is not None


def revoke_client(client_name: str, *, actor: str) -> int:
    """End every token of a client; returns how many counted."""
    with database.transaction():
        ended = storage.revoke_all(client_name, clock.now())
        if ended:
            audit.record("signin.token-revoked", actor=actor, detail={"client": client_name, "tokens": ended})
    forget_cache()
    return ended


def forget_cache() -> None:
    """Ask the database again for every token."""
    _cache.clear()


def renew_demo_token(client_name: str) -> str:
    """Let the token of demo mode count for another 30 days: it reads everything made up and writes nothing.

    It is derived from the master key, not drawn, so that every web process can offer it and it is still kept nowhere.
    Raises NoDemo outside demo mode.
    """
    if not settings.current().demo:
        raise NoDemo
    token = domain.demo_token()
    client = Client(client_name, None, frozenset(["system/*.rs"]), clock.now() + timedelta(days=DEMO_DAYS))
    with database.transaction():
        storage.forget_digest(domain.digest(token))
        storage.save_token(client, domain.digest(token), clock.now())
        audit.record("signin.token-issued", actor="system:demo", detail={"client": client_name, "days": DEMO_DAYS})
    forget_cache()
    return token


def demo_token() -> str | None:
    """The token of demo mode, for pages that let one try; None outside demo mode, or when it does not count now."""
    if not settings.current().demo:
        return None
    token = domain.demo_token()
    return token if authenticate_bearer(f"Bearer {token}") else None


def demo_accounts() -> list[Account]:
    """The made-up people one can be in demo mode; nobody outside it."""
    return storage.demo_accounts() if settings.current().demo else []


def demo_account(login: str) -> Account:
    """One of the made-up people. Raises NoDemo outside demo mode or for any other name."""
    account = storage.demo_account(login) if settings.current().demo else None
    if account is None:
        raise NoDemo
    return account


def save_demo_account(login: str, *, role: str, display_th: str, display_en: str, **where: Any) -> Account:
    """Make or replace a demo account; it has no password.

    role   citizen, clinician, district, steward or privacy
    where  hospcode, practitioner, district or person, as the role needs
    Raises NoDemo outside demo mode, LoginTaken when a real account bears the login.
    """
    if not settings.current().demo:
        raise NoDemo
    if storage.is_real(login):
        raise LoginTaken
    return storage.save_demo_account(login, {"role": role, "display_th": display_th, "display_en": display_en, **where})


def open_session(request: HttpRequest, account: Account, proof: str = "demo") -> None:
    """Sign an account in for this browser: a new session id, a session of ours, and a fact in the log.

    proof  how they proved who they are: demo, passkey, password, provider, code
    Raises NoDemo for a demo account outside demo mode.
    """
    from django.contrib.auth import login

    from .apps import PROOF

    if account.demo and not settings.current().demo:
        raise NoDemo
    with database.transaction():
        close_session(request, Ending.REPLACED)
        setattr(request, PROOF, proof)
        login(request, account, backend=BACKEND)


def close_session(request: HttpRequest, why: Ending) -> None:
    """Sign whoever sits at this browser out, if anybody does."""
    from django.contrib.auth import logout

    from .apps import ENDING

    setattr(request, ENDING, why)
    logout(request)
