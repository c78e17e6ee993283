"""What stands beside a password: a code of an authenticator app (RFC 6238), or a recovery code. Each counts once.

A code of the app counts for 90 seconds, because telephones' clocks differ; the half minute that was used last is kept,
so that neither it nor an earlier one counts again. Recovery codes are kept as slow digests only (ASVS 5.0 V6.5.1,
V6.5.2).
"""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from suksala.foundation import clock, database

from . import recovery_storage

if TYPE_CHECKING:
    from .models import Account

MEMORY_KIB, ITERATIONS, LANES = 19_456, 2, 1  # OWASP Password Storage Cheat Sheet: Argon2id, 19 MiB, 2, 1
RECOVERY_CODES = 10
RECOVERY_DIGITS = 12  # 40 bits: a stolen table is 2,000 years of a processor away from a code
LONGEST = 20  # characters of a code with dashes and spaces
_NOBODYS = b"a salt of no one"


def is_right(account: Account | None, code: str, *, use: bool) -> bool:
    """Whether a code of the app, or a recovery code, is this account's; it is used up only with `use`.

    What looks like a recovery code is hashed for everybody, and the database is asked the same where there is nobody
    or the password was wrong, so that the time tells neither.
    """
    number, typed = account.pk if account is not None else 0, re.sub(r"[\s-]", "", code[:LONGEST])
    if not (typed.isascii() and typed.isdigit()):
        return False
    if len(typed) == RECOVERY_DIGITS:
        digest = _digest(typed, recovery_storage.salt_of(number) or _NOBODYS)
        return recovery_storage.use(number if use else 0, digest, clock.now())
    return _use_app(number if use else 0, typed)


def step_of(secret: str, code: str) -> int | None:
    """The half minute, now or one beside it, for which an app with this secret shows this code."""
    from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time

    shown = {format_hotp_value(hotp_value(secret, step)): step for step in yield_hotp_counters_from_time()}
    return next((step for value, step in shown.items() if secrets.compare_digest(value.encode(), code.encode())), None)


def keep_app(account: Account, secret: str, code: str) -> None:
    """Keep the app's secret, sealed; the code that proved it is used."""
    from allauth.mfa.models import Authenticator
    from allauth.mfa.totp.internal.auth import TOTP

    Authenticator.objects.filter(user_id=account.pk, type=Authenticator.Type.TOTP).delete()
    kept = TOTP.activate(account, secret).instance
    kept.data["last_step"] = step_of(secret, code)
    kept.save(update_fields=["data"])


def make_recovery_codes(account: Account) -> list[str]:
    """Ten new codes, shown this once; earlier ones end."""
    drawn = [f"{secrets.randbelow(10**RECOVERY_DIGITS):0{RECOVERY_DIGITS}}" for _ in range(RECOVERY_CODES)]
    salt = secrets.token_bytes(16)
    recovery_storage.replace(account.pk, salt, [_digest(code, salt) for code in drawn])
    return [f"{code[:4]}-{code[4:8]}-{code[8:]}" for code in drawn]


def recovery_codes_left(account: Account) -> int:
    """How many of them were not used yet."""
    return recovery_storage.left(account.pk)


def drop(account: Account) -> None:
    """Take the app and the recovery codes away."""
    from allauth.mfa.models import Authenticator

    Authenticator.objects.filter(user_id=account.pk).exclude(type=Authenticator.Type.WEBAUTHN).delete()
    recovery_storage.replace(account.pk, b"", [])


def _use_app(account: int, code: str) -> bool:
    """Whether the app shows this code for a half minute after the one used last; of two that come at once one wins."""
    from allauth.mfa.models import Authenticator
    from allauth.mfa.utils import decrypt

    with database.transaction():
        found = Authenticator.objects.select_for_update().filter(user_id=account, type=Authenticator.Type.TOTP)
        kept = found.first()
        step = step_of(decrypt(kept.data["secret"]), code) if kept is not None else None
        if kept is None or step is None or step <= kept.data.get("last_step", 0):
            return False
        kept.data["last_step"] = step
        kept.save(update_fields=["data"])
    return True


def _digest(code: str, salt: bytes) -> bytes:
    slow = Argon2id(salt=salt, length=32, iterations=ITERATIONS, lanes=LANES, memory_cost=MEMORY_KIB)
    return slow.derive(code.encode())
