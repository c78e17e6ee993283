"""Use cases of a citizen's mobile number: kept once a code proved it, changed, taken away; the others are told.

Only by who proved themselves just now by more than a text message, on a device that has settled (security T12).
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from suksala import audit
from suksala.foundation import clock, database, keys, settings

from . import devices, enrolment_storage, sessions, sms, sms_gateway, sms_rules, sms_storage
from .proofs import NotProved
from .session_rules import OPENS_ONLY, Ending, Standing, standing
from .sms_rules import LIVES, DeviceIsNew, Kind, NumberNews, Telephone, TooManyTexts, WrongCode

if TYPE_CHECKING:
    from django.http import HttpRequest

    from .device_rules import Device
    from .models import Account


def may_have_telephone(account: Account) -> bool:
    """Whether an account may have a number: citizens, where the operator has a gateway; staff get no code by SMS, and a
    made-up account, which is everybody's, would send texts to anybody.
    """
    return sms_gateway.is_set_up() and account.role == "citizen" and not account.demo


def telephone_of(account: Account) -> Telephone | None:
    """The account's number; None where it has none."""
    found = sms_storage.telephone(account.pk)
    return found if found is not None and found.number else None


def changed_number(request: HttpRequest) -> NumberNews | None:
    """When the number was kept, changed or taken away on another device than this one, or by a restore, for a week."""
    account = request.user
    here = devices.current_device(request) if account.is_authenticated and may_have_telephone(account) else None
    if not account.is_authenticated or here is None:
        return None
    return sms_storage.changed_elsewhere(account.pk, here.id, clock.now() - sms_rules.NEWS_DAYS)


def ask_number(request: HttpRequest, typed: str) -> None:
    """Have a code sent to a number, to prove whose it is. Raises NotANumber, DeviceIsNew, TooManyTexts; NotProved."""
    account, device = _who(request)
    _require_fresh(request)
    number = sms_rules.mobile(typed)
    now, asked, code = clock.now(), _of_session(request), sms_rules.new_code()
    digest, counted = sms_rules.code_digest(asked, code), sms_rules.number_digest(number)
    words = keys.seal(sms_rules.words_of(Kind.NUMBER, code))
    with database.transaction():
        sms_storage.lock(account.pk)
        sent = sms_storage.sent_lately(account.pk, device.id, counted, now)
        if not sms_rules.may_send(sent, settings.current().sms_per_hour):
            raise TooManyTexts
        kept = sms_storage.Code(account.pk, device.id, Kind.NUMBER, asked, digest, words, keys.seal(number))
        sms_storage.keep_code(kept, counted, now, now + LIVES)


def prove_number(request: HttpRequest, code: str) -> None:
    """Keep the number that the code went to; codes to the former one end, and it is told.

    Raises WrongCode: not this session's, or the sixth try; DeviceIsNew; NotProved: an account or a session without one.
    """
    account, device = _who(request)
    asked, now = _of_session(request), clock.now()
    digest = sms_rules.code_digest(asked, code)
    used = sms_storage.use_code(asked, digest, Kind.NUMBER, devices.shown_digests(request), now)
    if used is None or used.account != account.pk or used.number is None:
        audit.record("signin.refused", actor=account.actor, detail={"proof": "sms"})
        raise WrongCode
    _replace(account, device, keys.unseal(used.number), now)


def remove_number(request: HttpRequest) -> None:
    """Take the number away; codes end, and it is told. Raises NotProved where there is none; DeviceIsNew."""
    account, device = _who(request)
    _require_fresh(request)
    if telephone_of(account) is None:
        raise NotProved
    _replace(account, device, "", clock.now())


def _replace(account: Account, device: Device, number: str, now: datetime) -> None:
    """One number in place of another, in one transaction with what is told of it."""
    with database.transaction():
        enrolment_storage.lock(account)
        former = telephone_of(account)
        if former is not None and former.number != number:
            sms.tell(account.pk, Kind.CHANGED, to=former.number)
        sealed, digest = (keys.seal(number), sms_rules.number_digest(number)) if number else (None, None)
        sms_storage.keep_telephone(account.pk, sealed, digest, device.id, now)
        sms_storage.end_codes(account.pk, now)
        for one in sessions.sessions_of(account):
            if one.proof in OPENS_ONLY:  # whoever reads the former number may be in (ASVS V7.4.3)
                sessions.end_session(account, one.id, Ending.KILLED)
        kind = "signin.telephone-kept" if number else "signin.telephone-removed"
        audit.record(kind, actor=account.actor, detail={"device": device.id, "changed": former is not None})


def _who(request: HttpRequest) -> tuple[Account, Device]:
    """The signed-in citizen on a settled device, in a session that is open. Raises NotProved, DeviceIsNew."""
    account, session = request.user, sessions.current_session(request)
    if not account.is_authenticated or session is None or not may_have_telephone(account):
        raise NotProved
    if standing(session, clock.now()) is not Standing.OPEN:
        raise NotProved
    device = devices.current_device(request)
    if device is None or not devices.device_is_settled(request):
        raise DeviceIsNew
    return account, device


def _require_fresh(request: HttpRequest) -> None:
    """A proof of the last minutes; a code by SMS is none (session_rules.OPENS_ONLY)."""
    if not sessions.is_stepped_up(request):
        raise NotProved


def _of_session(request: HttpRequest) -> bytes:
    """A code that proves a number counts in the session that asked for it."""
    session = sessions.current_session(request)
    return sms_rules.request_digest(f"session {session.id}" if session is not None else "")
