"""Use cases of codes by SMS that sign in: asked for without a word of who it is, used on the browser that asked.

The token of a settled device says which account; nothing is typed that could be tried for somebody else. Whoever asks
without one is answered by the same statements and the same page (decisions 0175, 0182).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from suksala.foundation import clock, database, keys, settings

from . import devices, enrolment_storage, sms_gateway, sms_rules, sms_storage
from .sms_rules import LIVES, Kind
from .sms_storage import Code

if TYPE_CHECKING:
    from django.http import HttpRequest

    from .models import Account

NOBODY = (0, 0, b"")


def ask_code(request: HttpRequest, shown: str) -> None:
    """Have a code sent to whoever's settled device this browser is, if they have a number and few were sent lately; a
    former one ends then, and only then. Says nothing of what came of it.

    shown  what this browser is to show again with the code
    """
    now, request_digest, code = clock.now(), sms_rules.request_digest(shown), sms_rules.new_code()
    digest = sms_rules.code_digest(request_digest, code)
    words = keys.seal(sms_rules.words_of(Kind.SIGN_IN, code))
    with database.transaction():
        account, device, number = sms_storage.asking(devices.shown_digests(request), now) or NOBODY
        sms_storage.lock(account)
        sent = sms_storage.sent_lately(account, device, number, now)
        asker = account if sms_rules.may_send(sent, settings.current().sms_per_hour) else 0
        kept = Code(asker, device, Kind.SIGN_IN, request_digest, digest, words)
        sms_storage.keep_code(kept, number, now, now + LIVES)


def account_of(request: HttpRequest, shown: str, code: str) -> Account | None:
    """The account whose code this is, used up; None for anything else, also without a gateway."""
    asked = sms_rules.request_digest(shown)
    digest = sms_rules.code_digest(asked, code)
    used = sms_storage.use_code(asked, digest, Kind.SIGN_IN, devices.shown_digests(request), clock.now())
    if used is None or not sms_gateway.is_set_up():
        return None
    return enrolment_storage.active_account(used.account)
