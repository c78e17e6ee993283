"""Passkeys (WebAuthn level 2): made, used, taken away. django-allauth keeps them, python-fido2 checks them.

User verification is always required: the device asks for a finger, a face or its PIN. The challenge lies in the session
of the browser that asked, and is used once.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from allauth.mfa.models import Authenticator

    from .models import Account

LONGEST = 20_000  # characters of what a browser sends; a real one has about 1,500

Options = dict[str, Any]

# What python-fido2 and django-allauth raise for bytes that no authenticator made.
_GARBAGE = (ValueError, TypeError, LookupError, AttributeError, OverflowError, RecursionError, NotImplementedError)


def options_to_use(account: Account | None) -> Options:
    """What a browser needs to use a passkey of this account; None: whichever it has for us. Starts a new challenge."""
    from allauth.mfa.webauthn.internal import auth

    return cast("Options", _plain(auth.begin_authentication(account)))


def options_to_make(account: Account) -> Options:
    """What a browser needs to make a passkey that is found without a name. Starts a new challenge."""
    from allauth.mfa.webauthn.internal import auth

    return cast("Options", _plain(auth.begin_registration(account, True)))


def account_of(credential: str, account: Account | None = None) -> Account | None:
    """The account whose passkey signed the challenge; None for anything else, and for another than `account`.

    credential  JSON as the browser made it
    """
    try:
        return _account_of(_read(credential), account)
    except _refusals():
        return None


def add(account: Account, credential: str, name: str) -> bool:
    """Keep a passkey that the browser made for the challenge. False: it is none, or belongs to somebody already."""
    from allauth.mfa.webauthn.internal import auth

    try:
        read = _read(credential)
        auth.parse_registration_response(read)
        made = auth.complete_registration(read)
    except _refusals():
        return False
    if not made.is_user_verified() or made.credential_data is None or _is_known(made.credential_data.credential_id):
        return False
    kept = auth.WebAuthn.add(account, name, read).instance
    kept.data["counter"] = made.counter
    kept.save(update_fields=["data"])
    return True


def passkeys_of(account: Account) -> list[Authenticator]:
    """The account's passkeys, oldest first."""
    from allauth.mfa.models import Authenticator

    return list(Authenticator.objects.filter(user_id=account.pk, type=Authenticator.Type.WEBAUTHN).order_by("pk"))


def remove(account: Account, number: int) -> bool:
    """Take a passkey away. False: the account has none of this number."""
    found = [one for one in passkeys_of(account) if one.pk == number]
    for one in found:
        one.delete()
    return bool(found)


def _account_of(read: dict[str, Any], expected: Account | None) -> Account | None:
    from allauth.mfa.webauthn.internal import auth

    response = auth.parse_authentication_response(read)
    account = expected or auth.extract_user_from_response(read)
    used = auth.complete_authentication(account, read)
    counter = response.response.authenticator_data.counter
    if 0 < counter <= used.data.get("counter", 0) or (counter == 0 and used.data.get("counter", 0) > 0):
        return None  # the device counts its signatures: one that counts backwards is a copy
    used.data["counter"] = counter
    used.save(update_fields=["data"])
    used.record_usage()
    return cast("Account", account)


def _is_known(credential_id: bytes) -> bool:
    """Whether some account has this credential already."""
    from allauth.mfa.models import Authenticator
    from fido2.utils import websafe_encode

    known = Authenticator.objects.filter(
        type=Authenticator.Type.WEBAUTHN, data__credential__rawId=websafe_encode(credential_id)
    )
    return bool(known.exists())


def _read(credential: str) -> dict[str, Any]:
    if len(credential) > LONGEST:
        raise ValueError
    read = json.loads(credential)
    text = json.dumps(read, ensure_ascii=False).encode()  # half a character (a lone surrogate) is no text: ValueError
    if not isinstance(read, dict) or b"\\u0000" in text:
        raise TypeError
    return read


def _refusals() -> tuple[type[Exception], ...]:
    from django.core.exceptions import ValidationError

    return (ValidationError, *_GARBAGE)


def _plain(options: Any) -> Any:
    """Only what JSON has."""
    if hasattr(options, "items"):
        return {key: _plain(value) for key, value in options.items() if value is not None}
    return [_plain(one) for one in options] if isinstance(options, (list, tuple)) else options
