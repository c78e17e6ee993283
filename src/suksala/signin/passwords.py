"""The fallback of staff: a password of 15 characters or more and a code of an authenticator app, never one alone.

Django keeps and checks passwords, django-allauth codes. Wrong name, wrong password, wrong code, no password: one answer
in the same time, so that nobody learns which names exist (security T05).
"""

from __future__ import annotations

import secrets
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from django.contrib.auth.hashers import BasePasswordHasher, check_password, make_password

from . import second_factor
from .password_rules import is_guessable, known_words
from .proofs import WeakPassword
from .second_factor import ITERATIONS, LANES, MEMORY_KIB

if TYPE_CHECKING:
    from .models import Account

LONGEST = 256  # characters: a longer one is a try to keep us busy


class Argon2idHasher(BasePasswordHasher):
    """Argon2id (RFC 9106) of the `cryptography` package, in its own PHC text."""

    algorithm = "argon2id"

    def encode(self, password: str, salt: str) -> str:
        """The text that is kept."""
        made = Argon2id(
            salt=salt.encode(), length=32, iterations=ITERATIONS, lanes=LANES, memory_cost=MEMORY_KIB
        ).derive_phc_encoded(password.encode())
        return f"{self.algorithm}{made}"

    def verify(self, password: str, encoded: str) -> bool:
        """Whether this is the password, in time that does not depend on how wrong it is."""
        try:
            Argon2id.verify_phc_encoded(password.encode(), encoded.removeprefix(self.algorithm))
        except InvalidKey:
            return False
        return True

    def decode(self, encoded: str) -> dict[str, Any]:
        """Its parts; the figures tell whether it is to be made anew."""
        _, _, _, figures, salt, digest = encoded.split("$")
        return {"algorithm": self.algorithm, "figures": figures, "salt": salt, "hash": digest}

    def must_update(self, encoded: str) -> bool:
        """Whether it was made with other figures than today's."""
        return bool(self.decode(encoded)["figures"] != f"m={MEMORY_KIB},t={ITERATIONS},p={LANES}")

    def safe_summary(self, encoded: str) -> Any:
        """What may be shown of it."""
        return {"algorithm": self.algorithm, "figures": self.decode(encoded)["figures"]}

    def harden_runtime(self, password: str, encoded: str) -> None:
        """Nothing to add: the figures are fixed."""


def is_right(account: Account | None, password: str, code: str) -> bool:
    """Whether password and code are this account's. Both are looked at whatever the first says."""
    known = account if account is not None and account.has_usable_password() else None
    nobodys = _nobodys()  # made by the first who asks, whoever that is
    kept = known.password if known is not None else nobodys
    right = check_password(password, kept) and known is not None
    return second_factor.is_right(known, code, use=right) and right


_kept_for_nobody: list[str] = []


def _nobodys() -> str:
    """A password that nobody has, to be checked where there is none: it takes as long."""
    if not _kept_for_nobody:
        _kept_for_nobody.append(make_password(secrets.token_urlsafe(32)))
    return _kept_for_nobody[0]


def has_password(account: Account) -> bool:
    """Whether the account can be entered by password: only with a code too."""
    from allauth.mfa.models import Authenticator

    kept = Authenticator.objects.filter(user_id=account.pk, type=Authenticator.Type.TOTP).exists()
    return account.has_usable_password() and bool(kept)


def require_strong(account: Account, password: str) -> None:
    """Refuse what is short, long, or guessable (password_rules). Raises WeakPassword."""
    from django.contrib.auth.password_validation import validate_password
    from django.core.exceptions import ValidationError

    if len(password) > LONGEST:
        raise WeakPassword
    try:
        validate_password(password, account)
    except ValidationError as weak:
        raise WeakPassword from weak


class WordsValidator:
    """Refuses what is made of one or two common words, words of this place, or what its owner is called."""

    def validate(self, password: str, user: Account | None = None) -> None:
        """Django's question of a validator. Raises ValidationError."""
        from django.core.exceptions import ValidationError

        own = (user.login, user.display_th, user.display_en) if user is not None else ()
        if is_guessable(password, known_words(_common(), own)):
            raise ValidationError("guessable", code="guessable")

    def get_help_text(self) -> str:
        """Nothing: our pages say it in both languages."""
        return ""


@cache
def _common() -> frozenset[str]:
    """The 20,000 passwords that Django's own list holds."""
    from django.contrib.auth.password_validation import CommonPasswordValidator

    return frozenset(CommonPasswordValidator().passwords)


def totp_picture(account: Account) -> tuple[str, str]:
    """A new secret for this browser's authenticator app: as text, and as a picture to photograph (SVG)."""
    from allauth.mfa.adapter import get_adapter
    from allauth.mfa.totp.internal.auth import get_totp_secret

    secret = get_totp_secret(regenerate=True)
    adapter = get_adapter()
    return secret, cast("str", adapter.build_totp_svg(adapter.build_totp_url(account, secret)))


def is_new_code_right(code: str) -> bool:
    """Whether the app shows what the secret of `totp_picture` says."""
    from allauth.mfa.totp.internal.auth import get_totp_secret

    return second_factor.step_of(get_totp_secret(), code) is not None


def keep(account: Account, password: str, code: str) -> list[str]:
    """Give the account this password and the app of `totp_picture`; returns ten recovery codes, shown this once.

    code  what the app showed: it is used up
    """
    from allauth.core import context
    from allauth.mfa.totp.internal.auth import clear_totp_secret, get_totp_secret

    account.set_password(password)
    account.save(update_fields=["password"])
    second_factor.keep_app(account, get_totp_secret(), code)
    clear_totp_secret(context.request)
    return second_factor.make_recovery_codes(account)


def drop(account: Account) -> None:
    """Take the password, the app and the recovery codes away."""
    account.set_unusable_password()
    account.save(update_fields=["password"])
    second_factor.drop(account)
