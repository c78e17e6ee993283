"""Use cases of sign-in. Every sign-in and every token made or ended is a fact in the audit log."""

from __future__ import annotations

import json
import time
from collections.abc import Collection
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from suksala import audit, registry
from suksala.foundation import clock, database, notices, settings

from . import budget_rules, domain, sessions, smart_storage, storage
from .budget_rules import Budgets
from .domain import Client, ClientState, LoginTaken, NoClient, NoDemo, TokenProblem
from .session_rules import Ending, Proof

if TYPE_CHECKING:
    from django.http import HttpRequest

    from .models import Account

CACHE_SECONDS = 30.0  # a look-up with each request would be a second round trip of every read
CACHE_ENTRIES = 10_000
DEMO_DAYS = 30
DEAF_SECONDS = 1.0
CHANNEL = "suksala_signin"
BACKEND = "suksala.signin.backend.AccountBackend"

_cache: dict[bytes, tuple[float, Client]] = {}


def issue_token(
    client_name: str,
    hospcode: str | None,
    scopes: Collection[str],
    days: int,
    *,
    lenient: bool = False,
    purposes: Collection[str] = (domain.SYSTEM,),
    actor: str = "system:signin",
) -> str:
    """Make an access token over made-up data, for days; no command or page leads here. Operators: `add_client`.

    days  1 to 366; the other arguments are those of `add_client`. Raises TokenProblem.
    """
    domain.require_days(days)
    until = clock.now() + timedelta(days=days)
    client = Client(client_name, hospcode, frozenset(scopes), until, lenient, frozenset(purposes))
    return _issue(client, actor, {"days": days})


def _issue(client: Client, actor: str, life: dict[str, int]) -> str:
    domain.require_purposes(client.purposes)
    token = domain.new_token()
    with database.transaction():
        storage.save_token(client, domain.digest(token), clock.now())
        detail = {"client": client.name, **life}
        audit.record("signin.token-issued", actor=actor, facility=client.hospcode, detail=detail)
        tell_changed()  # other rights than before may have ended older tokens
    return token


def add_client(
    client_name: str,
    hospcode: str | None,
    scopes: Collection[str],
    minutes: int,
    *,
    lenient: bool = False,
    purposes: Collection[str] = (domain.SYSTEM,),
    actor: str,
) -> str:
    """Make a client, or one more token of a client that is there, for its operator: shown this once, to try something
    for an hour. A system that goes on asking has a key and makes its own tokens (`add_keys`).

    hospcode  the facility whose data the client sees; None: all data, for the exchange's own systems
    scopes    SMART system scopes, such as system/*.rs
    minutes   1 to 60
    lenient   the client's policy: faults of what it writes are told, not refused
    purposes  for what it may ask, HL7 ActReason codes
    Other rights than before end its older tokens; the same rights leave them, so a token can be changed without a gap.
    Raises TokenProblem: a name, a scope, a purpose, a time or a facility that cannot be, or a client whose tokens are
    bound to keys; registry.NoAgreement: none in force lets that facility exchange (S4.40). Nothing was made.
    """
    _require_client(client_name, hospcode, scopes)
    domain.require_minutes(minutes)
    if storage.is_dpop_bound(client_name):
        raise TokenProblem(
            "โทเค็นของระบบนี้ต้องผูกกับกุญแจ ระบบขอเองที่ /oauth/token พร้อมหลักฐาน DPoP",
            "tokens of this client are bound to a key: it asks for them at /oauth/token, with a proof (DPoP)",
        )
    until = clock.now() + timedelta(minutes=minutes)
    client = Client(client_name, hospcode, frozenset(scopes), until, lenient, frozenset(purposes))
    with database.transaction():
        token = _issue(client, actor, {"minutes": minutes})
        if hospcode is not None:
            registry.told_connection(hospcode, actor=actor)
    return token


def add_keys(
    client_name: str,
    hospcode: str | None,
    scopes: Collection[str],
    jwks: str,
    *,
    lenient: bool = False,
    purposes: Collection[str] = (domain.SYSTEM,),
    dpop_bound: bool | None = None,
    actor: str,
) -> list[str]:
    """Register the public keys with which a client makes its own tokens (SMART Backend Services), or change them.

    jwks  a JSON Web Key Set; it replaces the keys that were there, so a key is changed without a gap by registering
          both, then the new one alone
    dpop_bound  whether it gets tokens that are bound to a key, and no others (RFC 9449, 5.2); None: as it is, of a new
                client no
    Returns the keys' names. Raises as `add_client`.
    """
    from . import assertions  # joserfc takes 0.1 s to load, which only those who sign pay

    _require_client(client_name, hospcode, scopes)
    domain.require_purposes(purposes)
    kept = assertions.require_jwks(jwks)
    kids = [key["kid"] for key in json.loads(kept)["keys"]]
    now = clock.now()
    with database.transaction():
        client = Client(client_name, hospcode, frozenset(scopes), now, lenient, frozenset(purposes))
        storage.save_client(client, now, kept, dpop_bound)
        storage.revoke_all(client_name, now)  # a key is changed because it leaked, as often as not
        detail = {"client": client_name, "keys": kids, "dpop_bound": storage.is_dpop_bound(client_name)}
        audit.record("signin.keys-registered", actor=actor, facility=hospcode, detail=detail)
        if hospcode is not None:
            registry.told_connection(hospcode, actor=actor)
        tell_changed()
    return kids


def _require_client(client_name: str, hospcode: str | None, scopes: Collection[str]) -> None:
    domain.require_name(client_name)
    domain.require_scopes(scopes)
    if storage.is_app(client_name):
        raise TokenProblem("ชื่อนี้เป็นของแอปที่ลงทะเบียนไว้แล้ว", "an app bears this name")
    if hospcode is not None and registry.facility(hospcode) is None:
        raise TokenProblem(
            "ไม่มีหน่วยบริการรหัสนี้ในทะเบียน: นำเข้าด้วย suksala registry import",
            "no facility of this code is in the registry: see suksala registry import",
        )
    if hospcode is not None:
        registry.require_agreement(hospcode, registry.Flow.EXCHANGE, clock.today())


def clients() -> list[ClientState]:
    """Every client that was ever made, by name, with how many of its tokens count."""
    return storage.clients(clock.now())


def end_client(client_name: str, *, actor: str) -> int:
    """End every token of a client and let its keys make no more, for its operator; returns how many tokens counted.
    Raises NoClient when none counted and it has no key.
    """
    with database.transaction():
        keyed = storage.close_keys(client_name)
        smart_storage.end_all(client_name, "app-ended", clock.now())
        ended = revoke_client(client_name, actor=actor)
        if keyed:
            audit.record("signin.keys-ended", actor=actor, detail={"client": client_name})
    if not ended and not keyed:
        raise NoClient
    return ended


def authenticate_bearer(header: str | None) -> Client | None:
    """The client that sent this Authorization header, or None: no token, one that does not count, or one that is bound
    to a key, which whoever bears it has not proven to hold (RFC 9449, 7.2).
    """
    scheme, token = domain.shown(header)
    client = client_of_token(token) if scheme == "bearer" else None
    return None if client is None or client.jkt else client


def client_of_token(token: str) -> Client | None:
    """Whose token it is, however it was shown; None: unknown, ended, revoked, of a facility that is suspended, or of an
    app whose user left the facility that it was allowed for.

    An answer is kept 30 s in this process. A web process hears of what others end (`listen`) within a second; one that
    cannot hear just now keeps answers for a second. A role ends by its date, of which nobody tells: it is asked anew.
    """
    client = _of_token(domain.digest(token), clock.now())
    if client is not None and client.user and sessions.has_left(client.user.practitioner, client.user.hospcode):
        return None
    return client


def _of_token(digest: bytes, now: datetime) -> Client | None:
    kept = _cache.get(digest)
    if kept and time.monotonic() - kept[0] < _kept_seconds():
        return kept[1] if now < kept[1].until else None
    client = storage.client_of_digest(digest, now, demo=settings.current().demo, usual=usual_budgets())
    if client is None or _is_barred(client):
        _cache.pop(digest, None)
        return None
    if client.hospcode is not None:
        registry.told_exchange(client.hospcode, clock.today())
    if len(_cache) >= CACHE_ENTRIES:
        _cache.clear()
    _cache[digest] = (time.monotonic(), client)
    return client


def usual_budgets() -> Budgets:
    """The budgets of this installation, of whom nothing else is said."""
    return _read_budgets(settings.current().budgets)


@lru_cache(maxsize=4)
def _read_budgets(text: str) -> Budgets:
    return budget_rules.read(text)


def client_named(name: str) -> Client | None:
    """A client by its name, with the rights it has now; None when it was ended, no token of it counts, or its facility
    is suspended.
    """
    client = storage.client_of_name(name, clock.now(), usual_budgets())
    return None if client is None or _is_barred(client) else client


def _is_barred(client: Client) -> bool:
    return client.hospcode is not None and registry.is_barred(client.hospcode)


def revoke_token(token: str, *, actor: str) -> bool:
    """End one token. False: it did not count any more."""
    with database.transaction():
        client = storage.revoke_digest(domain.digest(token), clock.now())
        if client is not None:
            audit.record("signin.token-revoked", actor=actor, detail={"client": client, "tokens": 1})
            tell_changed()
    return client is not None


def revoke_client(client_name: str, *, actor: str) -> int:
    """End every token of a client; returns how many counted."""
    with database.transaction():
        ended = storage.revoke_all(client_name, clock.now())
        if ended:
            audit.record("signin.token-revoked", actor=actor, detail={"client": client_name, "tokens": ended})
        tell_changed()
    return ended


def forget_cache() -> None:
    """Ask the database again for every token."""
    _cache.clear()


def tell_changed() -> None:
    """Let every process ask again for every token: they are ended too seldom to say which."""
    forget_cache()
    notices.tell(CHANNEL)


_listener = notices.Listener(CHANNEL, lambda _: forget_cache())


def listen() -> None:
    """Hear from now on of tokens that other processes end; for processes that serve, called once."""
    _listener.start()


def _kept_seconds() -> float:
    return CACHE_SECONDS if _listener.is_live or not _listener.is_started else DEAF_SECONDS


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


def accounts_named(logins: Collection[str]) -> dict[str, Account]:
    """The accounts that bear these logins, for who reads the log: the account of `account:<login>`."""
    return storage.accounts_named(logins)


def persons_with_account(persons: Collection[int]) -> set[int]:
    """Those of these persons who can sign in and read their own page."""
    return storage.persons_with_account(persons)


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


def logins_of(practitioners: Collection[int]) -> dict[int, list[str]]:
    """The accounts under which these practitioners sign in; none for one who has no account."""
    found: dict[int, list[str]] = {}
    for number, login in storage.logins_of(practitioners):
        found.setdefault(number, []).append(login)
    return found


def open_session(request: HttpRequest, account: Account, proof: Proof | None = None) -> None:
    """Sign an account in for this browser: a new session id, a session of ours, and a fact in the log.

    proof  how they proved who they are; None: as a made-up person, now
    Raises NoDemo for a demo account outside demo mode.
    """
    from django.contrib.auth import login

    from .apps import PROOF

    if account.demo and not settings.current().demo:
        raise NoDemo
    with database.transaction():
        close_session(request, Ending.REPLACED)
        setattr(request, PROOF, proof or Proof("demo", clock.now()))
        login(request, account, backend=BACKEND)


def close_session(request: HttpRequest, why: Ending) -> None:
    """Sign whoever sits at this browser out, if anybody does."""
    from django.contrib.auth import logout

    from .apps import ENDING

    setattr(request, ENDING, why)
    logout(request)
