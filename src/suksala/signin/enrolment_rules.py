"""Enrolment codes: given face to face, good once, to make the first passkey. Pure."""

from __future__ import annotations

import re
import secrets
from datetime import timedelta

from suksala.foundation import SuksalaError, keys

LIVES = {
    True: timedelta(minutes=60),
    False: timedelta(hours=24),
}  # a citizen stands at the desk; a colleague may be away
LENGTH = 12
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford base 32: no I, L, O, U to misread; 60 bits in 12
_MISREAD = str.maketrans("ILO", "110")
_CODE = re.compile(f"[{_LETTERS}]{{{LENGTH}}}")
_LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{2,62}")


class AccountProblem(SuksalaError):
    """An account cannot be made or changed so. Nothing was."""

    code = "SKL-SIGNIN-006"


class NoAccount(SuksalaError):
    """There is no account of this name. Nothing was done."""

    code = "SKL-SIGNIN-007"

    def __init__(self) -> None:
        super().__init__(
            "ไม่มีบัญชีชื่อนี้: ดูรายชื่อด้วย suksala account list", "no account of this name: see suksala account list"
        )


def new_code() -> str:
    """A code to read out or to print, in three groups."""
    drawn = "".join(secrets.choice(_LETTERS) for _ in range(LENGTH))
    return "-".join(drawn[i : i + 4] for i in range(0, LENGTH, 4))


def digest(code: str) -> bytes | None:
    """What is kept of a code, however it was typed; None for what is no code.

    >>> digest("abcd-efgh-jkmn") == digest(" ABCD EFGH JKMN "), digest("ABCD-EFGH-JKM")
    (True, None)
    """
    typed = re.sub(r"[\s-]", "", code[:64]).upper().translate(_MISREAD)
    return keys.keyed_hash("signin.enrolment", typed, 32) if _CODE.fullmatch(typed) else None


def require_login(login: str) -> None:
    """A name to sign in with stands in the log: small letters, digits, dots, dashes, 3 to 63."""
    if not _LOGIN.fullmatch(login):
        raise AccountProblem(
            "ชื่อเข้าใช้ใช้ a-z 0-9 จุด ขีด ยาว 3 ถึง 63 ตัว เช่น somchai.k",
            "a login is a-z, 0-9, dots and dashes, 3 to 63 of them, such as somchai.k",
        )


def require_place(role: str, facility: str, district: str) -> None:
    """Clinicians and clerks work at a facility, a district team in a district; others may be everywhere."""
    if role == "citizen":
        raise AccountProblem(
            "บัญชีประชาชนเปิดที่หน่วยบริการต่อหน้าเจ้าตัว หรือด้วย ThaiD",
            "a citizen's account is opened at a facility, face to face, or by ThaiD",
        )
    if role in ("clinician", "clerk") and not facility:
        raise AccountProblem("บทบาทนี้ต้องระบุหน่วยบริการ (--facility)", "this role needs a facility (--facility)")
    if role == "district" and not re.fullmatch(r"[0-9]{4}", district, re.ASCII):
        raise AccountProblem(
            "บทบาทนี้ต้องระบุรหัสอำเภอ 4 หลัก (--district)", "this role needs a district of 4 digits (--district)"
        )
