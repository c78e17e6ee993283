"""Use cases of citizens' devices: a browser is known again by a token of its own; a new one is told to the others."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from django import conf

from suksala import audit
from suksala.foundation import clock, database, keys, settings

from . import device_storage, sessions, smart, smart_storage, sms
from .device_rules import Device, is_settled, settles_at
from .session_rules import Ending, NoSession
from .sms_rules import Kind

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from .models import Account

NEW = "signin_new_device"  # on the request: what this browser is to show from now on
TOKEN_DAYS = 400  # the longest that browsers keep a cookie
MOST_SHOWN = 8  # accounts of one family on one telephone
_COOKIE = "suksala_device_"


def recognise(request: HttpRequest, account: Account, session: int, name: str, proof: str) -> None:
    """Bind a citizen's new session to the browser it is held in; one that the account does not know is a new device.

    A browser never chooses its token: an unknown one is replaced, so that nobody can plant theirs.
    """
    now = clock.now()
    shown = request.COOKIES.get(cookie_name(account), "")
    known = device_storage.find(account.pk, _digest(shown)) if shown else None
    if known is not None:
        device_storage.bind(session, known.id)
        return
    token, others = secrets.token_urlsafe(32), device_storage.of(account.pk)
    settled_at = settles_at(now, proof, is_first=not others)
    answered = "" if others and proof != "demo" else "mine"  # the first one has nobody to ask
    number = device_storage.insert(account.pk, _digest(token), name, now, settled_at, answered)
    device_storage.bind(session, number)
    audit.record("signin.new-device", actor=account.actor, detail={"device": number, "settled": settled_at.isoformat()})
    if not answered:
        sms.tell(account.pk, Kind.DEVICE)
    setattr(request, NEW, (cookie_name(account), token))


def keep_token(request: HttpRequest, response: HttpResponse) -> None:
    """Give the browser the token of a device that was met with this request."""
    found = getattr(request, NEW, None)
    if found is not None:
        name, token = found
        age, secure = TOKEN_DAYS * 24 * 3600, conf.settings.SESSION_COOKIE_SECURE  # as the session's own cookie
        response.set_cookie(name, token, max_age=age, httponly=True, samesite="Lax", secure=secure)


def shown_digests(request: HttpRequest) -> list[bytes]:
    """Digests of the tokens that a browser shows, of whichever accounts; of none that of an empty one."""
    prefix = settings.cookie_name(_COOKIE, secure=conf.settings.SESSION_COOKIE_SECURE)
    shown = [token for name, token in request.COOKIES.items() if name.startswith(prefix)]
    return [_digest(token) for token in shown[:MOST_SHOWN] or [""]]


def device_is_settled(request: HttpRequest) -> bool:
    """Whether who asks may change who sees the record: not within 24 hours on a device that is new to the account.

    Asked before changes of consent, of proxies and of ways to be reached. Of staff nothing is asked: their sessions are
    bound to passkeys and short.
    """
    if request.user.is_authenticated and request.user.role != "citizen":
        return True
    device = current_device(request)
    return device is not None and is_settled(device, clock.now())


def current_device(request: HttpRequest) -> Device | None:
    """The device on which a citizen asks; None for a visitor and for staff."""
    session = sessions.current_session(request)
    return device_storage.of_session(session.id) if session is not None else None


def devices_of(account: Account) -> list[Device]:
    """An account's devices, the oldest first."""
    return device_storage.of(account.pk)


def devices_to_answer(request: HttpRequest) -> list[Device]:
    """New devices of who asks that no other device has spoken of yet; asked from a settled device only."""
    account, here = request.user, current_device(request)
    if not account.is_authenticated or here is None or not is_settled(here, clock.now()):
        return []
    return [one for one in device_storage.of(account.pk) if one.answered == "" and one.id != here.id]


def answer_device(request: HttpRequest, number: int, *, mine: bool) -> None:
    """Say of a new device that it is one's own, or cut it off: its sessions end, and the apps that were allowed on it;
    it must be enrolled anew.

    Raises NoSession unless a settled device speaks of another one of the same account.
    """
    account = request.user
    if not account.is_authenticated or number not in {one.id for one in devices_to_answer(request)}:
        raise NoSession
    with database.transaction():
        device_storage.answer(account.pk, number, "mine" if mine else "unknown")
        for session in [] if mine else device_storage.sessions_on(number):
            sessions.end_session(account, session, Ending.KILLED)
        for allowed in [] if mine else smart_storage.standing_of(device=number):
            smart.end_authorization(allowed, "device-cut-off")
        kind = "signin.device-known" if mine else "signin.device-cut-off"
        audit.record(kind, actor=account.actor, detail={"device": number})


def cookie_name(account: Account) -> str:
    """One token per account and browser: a family shares a telephone."""
    account_part = keys.keyed_hash("signin.device-cookie", str(account.pk), 6).hex()
    return settings.cookie_name(f"{_COOKIE}{account_part}", secure=conf.settings.SESSION_COOKIE_SECURE)


def _digest(token: str) -> bytes:
    return keys.keyed_hash("signin.device", token[:100], 32)
