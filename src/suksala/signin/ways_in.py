"""Use cases of signing in: by passkey, by password and code, by enrolment code. Each try is counted and told.

A refusal says the same whatever was wrong, and counts against the name that was typed whether it exists or not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from suksala import audit
from suksala.foundation import clock, database, settings

from . import enrolling, enrolment_storage, passkeys, passwords, service, sessions, sms_codes
from .proofs import NotProved, TooManyTries
from .session_rules import OPENS_ONLY, Proof
from .sms_rules import WrongCode

if TYPE_CHECKING:
    from django.http import HttpRequest

    from .models import Account

# Per address: a hospital has one for all of its wards. Per name: what a forgetful person needs, not a machine.
# Of one mobile operator's address come thousands: a code by SMS is kept from guessing by its own five tries.
LIMITS = {
    "passkey": "120/5m/ip",
    "password": "60/5m/ip,5/5m/key",
    "code": "20/5m/ip",
    "sms": "120/5m/ip",
    "sms-ask": "60/5m/ip",
}


def by_passkey(request: HttpRequest, credential: str) -> Account:
    """Sign in whoever's passkey signed the challenge. Raises NotProved, TooManyTries; then nobody is signed in."""
    count_try(request, "passkey")
    return _enter(request, passkeys.account_of(credential), "passkey")


def by_password(request: HttpRequest, login: str, password: str, code: str) -> Account:
    """Sign in by name, password and code of the app. Raises NotProved, TooManyTries; then nobody is signed in."""
    name = login.strip()[:64]
    count_try(request, "password", name)
    account = enrolment_storage.account_of(name)
    fits = len(password) <= passwords.LONGEST
    right = passwords.is_right(account, password if fits else "", code)
    return _enter(request, account if right and fits else None, "password")


def by_code(request: HttpRequest, code: str) -> Account:
    """Open the session in which a first passkey is made; nothing else can be done in it.

    Raises NotProved, TooManyTries; then nobody is signed in.
    """
    count_try(request, "code")
    return _enter(request, enrolling.use_enrolment(code), "code")


def ask_sms(request: HttpRequest, shown: str) -> None:
    """Have a code sent to who this browser is bound to, if to anybody. Raises TooManyTries, of the address alone."""
    count_try(request, "sms-ask")
    sms_codes.ask_code(request, shown)


def by_sms(request: HttpRequest, shown: str, code: str) -> Account:
    """Sign in by a code that this browser asked for: to look, for it proves nothing for what is dangerous.

    shown  what the browser was given when it asked
    Raises WrongCode, TooManyTries; then nobody is signed in.
    """
    count_try(request, "sms")
    try:
        return _enter(request, sms_codes.account_of(request, shown, code), "sms")
    except NotProved as refused:
        raise WrongCode from refused


def prove_by_passkey(request: HttpRequest, credential: str) -> None:
    """Prove again who sits there. Raises NotProved for anything but a passkey of the signed-in account."""
    count_try(request, "passkey")
    _prove(request, passkeys.account_of(credential, _who(request)) is not None, "passkey")


def prove_by_password(request: HttpRequest, password: str, code: str) -> None:
    """Prove again who sits there. Raises NotProved unless both are the signed-in account's."""
    account = _who(request)
    count_try(request, "password", account.login)
    fits = len(password) <= passwords.LONGEST
    right = passwords.is_right(account, password if fits else "", code)
    _prove(request, right and fits, "password")


def count_try(request: HttpRequest, way: str, name: str = "") -> None:
    """Count a try from this address and, where there is one, for this name. Raises TooManyTries."""
    from allauth.core.internal import ratelimit

    key = f"{way}:{name.strip().lower()[:200]}"
    if not ratelimit.consume(request, app="suksala.signin", action=way, config=LIMITS, key=key):
        raise TooManyTries


def _who(request: HttpRequest) -> Account:
    """The signed-in account: pages ask only behind their doors."""
    account = request.user
    assert account.is_authenticated  # noqa: S101
    return account


def _enter(request: HttpRequest, account: Account | None, proof: str) -> Account:
    if account is None or not account.is_active or (account.demo and not settings.current().demo):
        audit.record("signin.refused", actor="system:signin", detail={"proof": proof})
        raise NotProved
    service.open_session(request, account, Proof(proof, None if proof in OPENS_ONLY else clock.now()))
    return account


def _prove(request: HttpRequest, right: bool, proof: str) -> None:
    if not right:
        audit.record("signin.refused", actor=_who(request).actor, detail={"proof": proof})
        raise NotProved
    sessions.step_up(request, proof)


def add_passkey(request: HttpRequest, credential: str, name: str) -> None:
    """Keep a passkey of the signed-in account, and count it as a proof. Raises NotProved: the browser made none."""
    account = _who(request)
    with database.transaction():
        if not passkeys.add(account, credential, name.strip()[:40]):
            raise NotProved
        audit.record(
            "signin.passkey-added", actor=account.actor, detail={"passkeys": len(passkeys.passkeys_of(account))}
        )
        sessions.step_up(request, "passkey")


def remove_passkey(account: Account, number: int) -> None:
    """Take a passkey away, but never the last way in. Raises NotProved when there is none of this number."""
    with database.transaction():
        if len(passkeys.passkeys_of(account)) < 2 and not passwords.has_password(account):
            raise NotProved
        if not passkeys.remove(account, number):
            raise NotProved
        audit.record(
            "signin.passkey-removed", actor=account.actor, detail={"passkeys": len(passkeys.passkeys_of(account))}
        )


def keep_password(request: HttpRequest, password: str, code: str) -> list[str]:
    """Let staff also sign in by password and app; returns recovery codes, shown this once.

    Raises WeakPassword with what is wrong with it; NotProved when the code is not what the app should show.
    """
    account = _who(request)
    passwords.require_strong(account, password)
    if not passwords.is_new_code_right(code.strip()):
        raise NotProved
    with database.transaction():
        codes = passwords.keep(account, password, code.strip())
        audit.record("signin.password-kept", actor=account.actor)
        _go_on_alone(request, account)
        sessions.step_up(request, "password")
    return codes


def drop_password(request: HttpRequest) -> None:
    """End the way in by password. Raises NotProved when it is the only one."""
    account = _who(request)
    if not passkeys.passkeys_of(account):
        raise NotProved
    with database.transaction():
        passwords.drop(account)
        audit.record("signin.password-dropped", actor=account.actor)
        _go_on_alone(request, account)


def _go_on_alone(request: HttpRequest, account: Account) -> None:
    """A changed password ends every other session of the account (ASVS V7.4.3); this one goes on."""
    from django.contrib.auth import update_session_auth_hash

    sessions.end_other_sessions(request, account)
    update_session_auth_hash(request, account)
