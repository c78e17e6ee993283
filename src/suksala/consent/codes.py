"""Codes that one person shows and another types: six digits, five minutes, one use, five tries. Pure.

They bind two people who stand at one desk: a patient to a facility, a representative to whom they act for.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from suksala.foundation import SuksalaError, keys

LIFE = timedelta(minutes=5)
ANSWER = timedelta(minutes=5)  # from the moment somebody typed it, for the yes on the phone
TRIES = 5
WINDOW = timedelta(minutes=5)
DIGITS = 6


class CodeProblem(SuksalaError):
    """A code that counts for nothing; the same answer whatever is wrong with it."""

    code = "SKL-CODE-001"
    http_status = 422

    def __init__(self) -> None:
        super().__init__(
            "รหัสนี้ใช้ไม่ได้ อาจพิมพ์ผิด หมดเวลา หรือใช้ไปแล้ว ขอรหัสใหม่จากโทรศัพท์ของเจ้าของ",
            "this code does not count: mistyped, over, or used; ask for a new one from the owner's phone",
        )


class TooManyTries(SuksalaError):
    """Five codes that count for nothing in five minutes: no more are looked at for a while."""

    code = "SKL-CODE-002"
    http_status = 429

    def __init__(self) -> None:
        super().__init__(
            f"พิมพ์รหัสผิดครบ {TRIES} ครั้ง รอ 5 นาทีแล้วลองใหม่", f"{TRIES} wrong codes; wait five minutes, then try again"
        )


class CodeKind(StrEnum):
    """What a code is for."""

    DESK = "desk"  # a patient lets the facility see
    REPRESENT = "represent"  # somebody is to act for another


class CodeState(StrEnum):
    """Where a code stands. No edge leads back."""

    SHOWN = "shown"
    SEEN = "seen"  # typed at the desk: waits for the yes on the phone
    USED = "used"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True)
class Code:
    """One code.

    person    a registration of who shows it
    facility  where it counts; "" anywhere
    offer     what it offers, as JSON
    made_by   the account that shows it
    until     when it ends; when it was typed, when the answer is due
    seen_by   the account that typed it
    """

    person: int
    id: int
    kind: CodeKind
    facility: str
    offer: Mapping[str, Any]
    made_by: str
    made: datetime
    until: datetime
    state: CodeState = CodeState.SHOWN
    seen_by: str = ""
    digest: bytes = field(default=b"", repr=False)

    def is_open(self, now: datetime) -> bool:
        """Whether it can still be typed or answered."""
        return now < self.until and self.state in (CodeState.SHOWN, CodeState.SEEN)


def new_digits() -> str:
    """Six digits by the system's own generator."""
    return f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"


def digest(kind: CodeKind, facility: str, digits: str) -> bytes:
    """What is kept of a code: a keyed hash, for six digits are guessed from a plain one."""
    return keys.keyed_hash("consent-code", f"{kind} {facility} {digits}", 16)


def clean(text: str) -> str:
    """The digits as typed, spaces and hyphens left out, Thai digits read; "" for what is no code.

    >>> clean("๑๒๓ 456"), clean("12345")
    ('123456', '')
    """
    digits = text.translate(str.maketrans("๐๑๒๓๔๕๖๗๘๙", "0123456789", " -\u00a0"))
    return digits if len(digits) == DIGITS and digits.isascii() and digits.isdigit() else ""


def seen(code: Code, by: str, now: datetime) -> Code:
    """Typed at the desk: now the one who showed it answers."""
    if code.state is not CodeState.SHOWN or not code.is_open(now):
        raise CodeProblem
    return replace(code, state=CodeState.SEEN, seen_by=by, until=now + ANSWER)


def answered(code: Code, now: datetime, *, yes: bool) -> Code:
    """The answer on the phone: it counts once."""
    if code.state is not CodeState.SEEN or not code.is_open(now):
        raise CodeProblem
    return replace(code, state=CodeState.USED if yes else CodeState.DECLINED)
