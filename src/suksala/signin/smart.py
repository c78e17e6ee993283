"""SMART apps: what somebody allows a program to read in their name, for how long, and how they take it back.

Speaks SMART App Launch 2.2 (standalone and EHR launch), PKCE S256, RFC 9207 (`iss`), RFC 9700.
"""

from __future__ import annotations

import re
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from suksala import audit
from suksala.foundation import SuksalaError, clock, database

from . import domain, scopes, service, smart_storage
from .domain import TokenProblem
from .smart_storage import Allowed, AppWish, Context

if TYPE_CHECKING:
    from .models import Account

LAUNCH_MINUTES = 5
ORIGIN_SECONDS = 10.0
MOST_URIS = 8
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[::1\]")


class NoApp(SuksalaError):
    """No app of this name can be launched, or this launch does not count. Nothing was opened."""

    code = "SKL-SIGNIN-021"
    http_status = 404

    def __init__(self) -> None:
        super().__init__("ไม่มีแอปนี้ หรือการเปิดแอปนี้หมดเวลาแล้ว", "there is no such app, or this launch has ended")


# ---- registering ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class App:
    """An app as its operator registers it.

    scopes        what it may ask: SMART scopes of patient/ and user/ that read, openid, fhirUser, launch and the like
    redirects     where it takes its code, letter for letter; https, or http of this machine alone
    origins       web origins from which its pages ask
    launch        where a launch from a patient's page begins; empty: it begins by itself only
    jwks          public keys, of an app that can keep a secret; None: it proves itself by PKCE alone
    dpop_bound    whether its tokens count only with a proof of the key that they are bound to (RFC 9449, 5.2); None: as
                  it is, of a new app that can keep no secret: yes (decision 0181)
    """

    name: str
    title_th: str
    title_en: str
    scopes: tuple[str, ...]
    redirects: tuple[str, ...]
    origins: tuple[str, ...] = ()
    launch: str = ""
    jwks: str | None = None
    dpop_bound: bool | None = None


def add_app(app: App, *, actor: str) -> bool:
    """Register an app, or change what it may. What people allowed it ends when it may ask for other things than before.

    Returns whether its tokens are bound to a key.
    Raises TokenProblem, and nothing is registered: also when a system bears the name.
    """
    _require_app(app)
    from . import assertions, oauth_storage

    before = oauth_storage.registered(app.name)
    if before is not None and not before.is_app:
        raise TokenProblem("ชื่อนี้เป็นของระบบที่ลงทะเบียนไว้แล้ว", "a system bears this name")
    kept = assertions.require_jwks(app.jwks) if app.jwks else None
    asked = " ".join(sorted(set(app.scopes)))
    usual = before.dpop_bound if before is not None else kept is None
    bound = usual if app.dpop_bound is None else app.dpop_bound
    wish = AppWish(
        *(app.name, app.title_th, app.title_en, asked, " ".join(app.redirects), " ".join(app.origins)),
        *(app.launch, kept, bound),
    )
    with database.transaction():
        if before is not None and before.scopes != set(app.scopes):
            smart_storage.end_all(app.name, "changed", clock.now())
        smart_storage.save_app(wish)
        detail = {"client": app.name, "scopes": asked, "dpop_bound": bound}
        audit.record("signin.app-registered", actor=actor, detail=detail)
        service.tell_changed()
    _origins.clear()  # this process knows at once, the others within ORIGIN_SECONDS
    return bound


def _require_app(app: App) -> None:
    domain.require_name(app.name)
    if not (0 < len(app.title_th) <= 80 and 0 < len(app.title_en) <= 80):
        raise TokenProblem(
            "ต้องมีชื่อแอปภาษาไทยและอังกฤษ ไม่เกิน 80 ตัว", "an app has a Thai and an English name, 80 letters at most"
        )
    if not app.scopes or not all(is_of_app(scope) for scope in app.scopes):
        raise TokenProblem(
            "ขอบเขตของแอปเป็น patient/ หรือ user/ ที่อ่านอย่างเดียว หรือ openid fhirUser launch launch/patient "
            "launch/encounter offline_access",
            "an app's scopes are patient/ or user/ ones that read, openid, fhirUser, launch, launch/patient, "
            "launch/encounter, offline_access",
        )
    uris = [*app.redirects, *([app.launch] if app.launch else [])]
    if not 1 <= len(app.redirects) <= MOST_URIS or not all(_is_sound(uri) for uri in uris):
        raise TokenProblem(
            "ที่อยู่รับรหัสต้องเป็น https หรือ http ของเครื่องตนเอง ไม่มี # ไม่มีชื่อผู้ใช้ 1 ถึง 8 แห่ง",
            "a redirect is https, or http of the own machine, without fragment and user name; 1 to 8 of them",
        )
    if len(app.origins) > MOST_URIS or not all(_is_origin(origin) for origin in app.origins):
        raise TokenProblem("origin เขียนแบบ https://app.example", "an origin is written as https://app.example")


def is_of_app(text: str) -> bool:
    """Whether an app may be registered for a scope: it reads for a person, or is about the launch."""
    found = scopes.parse(text)
    if found is None:
        return text in scopes.LAUNCH
    return found.context in ("patient", "user") and bool(found.rights) and found.rights <= {"r", "s"}


def _is_sound(uri: str) -> bool:
    if not re.fullmatch(r"[!-~]{1,400}", uri) or any(char in uri for char in '#\\"<>^`{|}*'):
        return False
    parts = urlsplit(uri)
    if not _HOST.fullmatch(
        re.sub(r":[0-9]{1,5}$", "", parts.netloc)
    ):  # no user name, nothing that a parser could forgive
        return False
    safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    ours = {name for name, _ in parse_qsl(parts.query)} & {"code", "state", "iss", "error"}
    return safe and "/." not in parts.path and not ours


def _is_origin(origin: str) -> bool:
    parts = urlsplit(origin)
    return _is_sound(origin) and not parts.path and not parts.query


# ---- what is granted ------------------------------------------------------------------------------------------------


def granted(asked: Collection[str], held: Collection[str]) -> list[str]:
    """Of what an app asks, what it gets: what it is registered for, and of that only what reads. In the order asked.

    >>> granted(["patient/*.cruds", "openid", "system/*.rs", "patient/Patient.c"], {"patient/*.rs", "openid"})
    ['patient/*.rs', 'openid']
    """
    found: list[str] = []
    for text in asked:
        reading = _reading(text)
        if reading is not None and scopes.is_within(reading, held) and reading not in found:
            found.append(reading)
    return found


def _reading(text: str) -> str | None:
    scope = scopes.parse(text)
    if scope is None:
        return text if text in scopes.LAUNCH else None
    rights = "".join(right for right in "rs" if right in scope.rights)
    if not rights:
        return None
    if scope.rights <= {"r", "s"}:
        return text
    query = text.partition("?")[2]
    return f"{scope.context}/{scope.rtype}.{rights}" + (f"?{query}" if query else "")


def needs_patient(asked: Collection[str]) -> bool:
    """Whether an app asks to be told whose record is open, or to read one."""
    return "launch/patient" in asked or "launch" in asked or any(scopes.data_scopes(asked))


def app_origins() -> frozenset[str]:
    """Web origins from which pages of apps ask this server; what others ask, their browsers keep from them (CORS)."""
    kept = _origins.get("all")
    if kept is None or time.monotonic() - kept[0] > ORIGIN_SECONDS:
        kept = _origins["all"] = (time.monotonic(), smart_storage.origins())
    return kept[1]


_origins: dict[str, tuple[float, frozenset[str]]] = {}


# ---- launches -------------------------------------------------------------------------------------------------------


def launch_app(app: str, account: Account, context: Context) -> str:
    """Begin a launch of an app from a patient's page; returns the token that the app hands back within five minutes.

    Raises NoApp.
    """
    token = domain.new_token()
    until = clock.now() + timedelta(minutes=LAUNCH_MINUTES)
    with database.transaction():
        if not smart_storage.add_launch(domain.digest(token), app, account.pk, context, until):
            raise NoApp
        audit.record(
            "signin.app-launched",
            actor=account.actor,
            person=context.person,
            facility=account.hospcode or None,
            detail={"client": app},
        )
    return token


def launchable_apps() -> Sequence[tuple[str, str, str, str]]:
    """Apps that begin from a patient's page: name, Thai and English title, and where each begins."""
    return smart_storage.launchable()


# ---- what somebody allowed ------------------------------------------------------------------------------------------


def allowed_apps(account: Account) -> Sequence[Allowed]:
    """The apps that somebody allows at this moment, newest first."""
    return smart_storage.allowed(account.pk, clock.now())


def end_app(account: Account, number: int) -> bool:
    """Take back what somebody allowed an app: its tokens stop at once. False: it was not theirs, or had ended."""
    return smart_storage.is_own(number, account.pk) and end_authorization(number, "taken-back")


def end_authorization(number: int, why: str, *, actor: str = "") -> bool:
    """End an authorization with every token of it. False: it had ended before.

    why  taken-back, code-reused, refresh-reused, app, left, account-closed, device-cut-off
    actor  who ended it; without it whoever allowed it
    """
    with database.transaction():
        found = smart_storage.end(number, why, clock.now())
        if found is not None:
            login, app = found
            audit.record("signin.app-ended", actor=actor or f"account:{login}", detail={"client": app, "why": why})
            service.tell_changed()
    return found is not None
