"""Text messages and the codes in them: what they say, how long they count, how many are sent. Pure.

A text says nothing of illness, person or place, and fits one SMS: 70 characters of UCS-2 (3GPP TS 23.040).
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from suksala.foundation import SuksalaError, keys
from suksala.standards.thai_codes import phones

DIGITS = 6
LIVES = timedelta(minutes=5)  # of a code; ASVS 5.0 V6.5.5 allows 10
TRIES = 5  # of a code, over all processes
NEWS_LIVES = timedelta(hours=24)  # what is told without a code may come later
NEWS_DAYS = timedelta(days=7)  # so long the other devices are told of a changed number
LEDGER = timedelta(days=1)  # that a text was sent is remembered for the limits
LONGEST = 70  # characters of one SMS in Thai
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=2), timedelta(minutes=15)
DOUBLINGS = 20  # after which the pause is the longest anyway


class Kind(StrEnum):
    """What a text is for."""

    SIGN_IN = "sign-in"  # a code that opens a session
    NUMBER = "number"  # a code that proves whose number it is
    CHANGED = "changed"  # to the former number: it is none any more
    DEVICE = "device"  # a new device signed in


TEXTS = {
    Kind.SIGN_IN: "Suksala {code} รหัสเข้าสุขศาลา ใช้ได้ 5 นาที อย่าบอกใคร แม้เจ้าหน้าที่",
    Kind.NUMBER: "Suksala {code} รหัสยืนยันเบอร์ ใช้ได้ 5 นาที อย่าบอกใคร แม้เจ้าหน้าที่",
    Kind.CHANGED: "เบอร์นี้เลิกรับรหัสสุขศาลาแล้ว ถ้าไม่ใช่ท่าน แจ้งหน่วยบริการทันที",
    Kind.DEVICE: "มีเครื่องใหม่เข้าบัญชีสุขศาลา ถ้าไม่ใช่ท่าน เข้าแอปเพื่อตัดออก",
}


class NotANumber(SuksalaError):
    """No Thai mobile number. Nothing was kept, nothing was sent."""

    code = "SKL-SIGNIN-040"
    http_status = 422

    def __init__(self) -> None:
        super().__init__(
            "ไม่ใช่เบอร์มือถือไทย: พิมพ์ 10 หลัก เช่น 081-234-5670",
            "not a Thai mobile number: type its 10 digits, such as 081-234-5670",
        )


class TooManyTexts(SuksalaError):
    """So many codes were sent lately that no more are. Nothing was sent; a code sent before still counts."""

    code = "SKL-SIGNIN-041"
    http_status = 429
    seconds = 900  # until some of those that count are older than SHORT

    def __init__(self) -> None:
        super().__init__(
            "ขอรหัสบ่อยเกินไป ใช้รหัสที่ได้รับแล้ว หรือรอ 15 นาทีแล้วขอใหม่",
            "too many codes were asked for: use the one you have, or wait 15 minutes and ask again",
        )


class DeviceIsNew(SuksalaError):
    """A device that is new to the account changes no number that codes go to. Nothing was changed."""

    code = "SKL-SIGNIN-042"
    http_status = 403

    def __init__(self) -> None:
        super().__init__(
            "เครื่องนี้เพิ่งใช้กับบัญชีนี้ ยังเปลี่ยนเบอร์ไม่ได้ รอ 24 ชั่วโมงหรือใช้เครื่องเดิม",
            "this device is new to the account and changes no number yet: wait 24 hours or use the former one",
        )


class WrongCode(SuksalaError):
    """A code by SMS that counts for nothing: the same words whatever was wrong. Nobody is in, nothing was kept."""

    code = "SKL-SIGNIN-043"
    http_status = 422

    def __init__(self) -> None:
        super().__init__(
            "รหัสนี้ใช้ไม่ได้ อาจพิมพ์ผิด หมดเวลา ใช้ไปแล้ว หรือขอจากเครื่องอื่น ดูรหัสใน SMS ล่าสุดแล้วลองใหม่ หรือขอรหัสใหม่",
            "this code does not count: mistyped, over, used, or asked for elsewhere; look at the last SMS and try "
            "again, or ask for a new one",
        )


class NumberNews(NamedTuple):
    """That an account's number changed elsewhere.

    at    when
    lost  a restore took it away (decision 0198); else another device did something
    """

    at: datetime
    lost: bool


@dataclass(frozen=True, slots=True)
class Telephone:
    """The number of an account, or that it had one.

    number  as people dial it, 0812345670; "" when it was taken away
    at      when that was
    device  on which; None: it is not known any more
    """

    number: str
    at: datetime
    device: int | None

    @property
    def ending(self) -> str:
        """The last four digits, by which its owner knows it."""
        return self.number[-4:]


@dataclass(frozen=True, slots=True)
class Sent:
    """How many codes were sent lately: of a device, an account, to a number, within 15 minutes and a day; to all within
    an hour.
    """

    device: int
    account: int
    account_day: int
    number: int
    number_day: int
    everybody: int


SHORT, DAY, HOUR = timedelta(minutes=15), timedelta(days=1), timedelta(hours=1)
PER_DEVICE, PER_ACCOUNT, PER_ACCOUNT_DAY, PER_NUMBER, PER_NUMBER_DAY = 3, 5, 10, 5, 15


def may_send(sent: Sent, per_hour: int) -> bool:
    """Whether one more code may go out."""
    return (
        sent.device < PER_DEVICE
        and sent.account < PER_ACCOUNT
        and sent.account_day < PER_ACCOUNT_DAY
        and sent.number < PER_NUMBER
        and sent.number_day < PER_NUMBER_DAY
        and sent.everybody < per_hour
    )


def words_of(kind: Kind, code: str = "") -> str:
    """What a text says."""
    return TEXTS[kind].replace("{code}", code)


def new_code() -> str:
    """Six digits by the system's own generator."""
    return f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"


def new_request() -> str:
    """What a browser shows again to use the code that it asked for: 256 random bits."""
    return secrets.token_urlsafe(32)


def request_digest(shown: str) -> bytes:
    """What is kept of it."""
    return keys.keyed_hash("signin.sms-request", shown[:100], 32)


def code_digest(request: bytes, typed: str) -> bytes:
    """What is kept of a code: of this request alone, under a key, for six digits are guessed from a plain hash.

    However it was typed: Thai digits, blanks and hyphens.

    >>> code_digest(b"r", "๑๒๓ 456") == code_digest(b"r", "123456"), code_digest(b"r", "12345") == code_digest(b"r", "")
    (True, True)
    """
    digits = typed[:64].translate(_TYPED)
    digits = digits if _CODE.fullmatch(digits) else ""
    return keys.keyed_hash("signin.sms-code", f"{request.hex()} {digits}", 32)


_TYPED = str.maketrans("๐๑๒๓๔๕๖๗๘๙", "0123456789", " -\u00a0\t")
_CODE = re.compile(rf"[0-9]{{{DIGITS}}}", re.ASCII)


_MOBILE = re.compile(r"0(?:[689][0-9]|00)[0-9]{7}", re.ASCII)  # those of the numbering plan, and made-up ones


def mobile(typed: str) -> str:
    """A Thai mobile number as people dial it. Raises NotANumber: abroad would let others earn by our texts.

    >>> mobile("+66 81-234 5670"), mobile("๐๘๑ ๒๓๔ ๕๖๗๐")
    ('0812345670', '0812345670')
    """
    number = phones.national(typed[:64])
    if not _MOBILE.fullmatch(number):
        raise NotANumber
    return number


def number_digest(number: str) -> bytes:
    """By what codes to one number are counted."""
    return keys.keyed_hash("signin.telephone", number, 16)


def international(number: str) -> str:
    """As E.164 writes it.

    >>> international("0812345670")
    '+66812345670'
    """
    return f"+66{number[1:]}"


def pause(tries: int) -> timedelta:
    """Until a text that was not taken is tried again: 2 s, doubled each time, 15 minutes at most."""
    return min(FIRST_PAUSE * int(2 ** min(tries, DOUBLINGS)), LONGEST_PAUSE)
