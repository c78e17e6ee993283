"""Clients and tokens: values and rules."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from suksala.foundation import SuksalaError, keys

from .budget_rules import UNBOUND, Budget
from .scopes import parse

PREFIX = "skl_"  # so that a leaked token is recognised by scanners of source code
_SHOWN = re.compile(r"(Bearer|DPoP) +([A-Za-z0-9_-]{20,200})", re.IGNORECASE)
PROOF_ALGORITHMS = ("ES256", "ES384")  # ES256 is all that the key stores of telephones make (decision 0180)
MAX_DAYS = 366  # of made-up data, in a demo or a test
MAX_MINUTES = 60  # UDAP Security: an access token of a system (security.md section 3)
SYSTEM = "HSYSADMIN"
PURPOSES = ("TREAT", "HOPERAT", "PUBHLTH", SYSTEM)  # HL7 ActReason codes for which a system may be registered


class NoDemo(SuksalaError):
    """A demo account was asked for where demo mode is off, or there is none of that name. Nobody was signed in."""

    code = "SKL-SIGNIN-001"
    http_status = 403

    def __init__(self) -> None:
        super().__init__(
            "เข้าใช้แบบสาธิตได้เฉพาะเมื่อเปิดโหมดสาธิต และใช้ชื่อที่มีอยู่เท่านั้น",
            "demo sign-in works only in demo mode and with one of its names",
        )


class LoginTaken(SuksalaError):
    """A real account bears the login that a demo account was to have. The account is untouched."""

    code = "SKL-SIGNIN-003"
    http_status = 409

    def __init__(self) -> None:
        super().__init__(
            "ชื่อเข้าใช้นี้เป็นของบัญชีจริง บัญชีสาธิตต้องใช้ชื่ออื่น",
            "a real account bears this login; the demo account needs another",
        )


class TokenProblem(SuksalaError):
    """A token cannot be made so. None was made."""

    code = "SKL-SIGNIN-002"


class NoClient(SuksalaError):
    """No client of this name has a token that counts. Nothing was ended."""

    code = "SKL-SIGNIN-004"

    def __init__(self) -> None:
        super().__init__(
            "ไม่มีระบบชื่อนี้ที่มีโทเค็นใช้งานอยู่: ดูรายชื่อด้วย suksala client list",
            "no client of this name has a token that counts: see suksala client list",
        )


class TokenRefused(SuksalaError):
    """A request shows no token that counts, or not as that token must be shown. Nothing was read.

    challenge  what the answer asks for, for its header WWW-Authenticate (RFC 6750, 3; RFC 9449, 7.1)
    """

    code = "SKL-SIGNIN-034"
    http_status = 401

    def __init__(self, challenge: str, th: str = "", en: str = "") -> None:
        super().__init__(
            th or "ต้องแสดงโทเค็นที่ใช้ได้ ถ้าผูกกับกุญแจ ต้องแสดงแบบ DPoP ด้วยกุญแจนั้น",
            en or "show a token that counts: Authorization: Bearer, or DPoP with the key that it is bound to",
        )
        self.challenge = challenge


class NoPurpose(SuksalaError):
    """A system did not say why it asks, or says what it is not registered for. Nothing was read."""

    code = "SKL-SIGNIN-020"
    http_status = 403

    def __init__(self) -> None:
        super().__init__(
            "ต้องบอกเหตุผลที่ขอข้อมูล เป็นเหตุผลที่ระบบนี้ลงทะเบียนไว้ ในหัวข้อ Purpose-Of-Use เช่น TREAT",
            "say why you ask, as one of the purposes of this client, in the header Purpose-Of-Use, such as TREAT",
        )


@dataclass(frozen=True, slots=True)
class AppUser:
    """The person in whose name an app asks, as far as permits need to know.

    hospcode the facility on whose behalf it was allowed, "" for none
    person   a citizen's own registration
    patient  a registration of the patient whose record the app may read; None: it may read none
    authorization  number of what the person allowed
    practitioner   who a clinician is in the register
    patient_id     by which id the app was told of that patient (the launch context)
    """

    login: str
    role: str
    hospcode: str
    district: str
    person: int | None
    patient: int | None
    authorization: int
    practitioner: int | None = None
    patient_id: str | None = None

    @property
    def actor(self) -> str:
        """The account's name in the audit log."""
        return f"account:{self.login}"


@dataclass(frozen=True, slots=True)
class Client:
    """A system that showed a valid token, or an app that somebody allowed.

    hospcode  the facility whose data it sees; None: all
    scopes    what it may ask, SMART system scopes such as system/*.rs
    until     when this token ends
    lenient   faults of a resource that it writes are told as warnings, where others are refused
    purposes  for what it may ask, HL7 ActReason codes
    user      in whose name an app asks; None: a system by itself
    budget    how much it may ask
    jkt       thumbprint of the key without which its token is worth nothing (RFC 9449); None: whoever bears it may ask
    """

    name: str
    hospcode: str | None
    scopes: frozenset[str]
    until: datetime
    lenient: bool = False
    purposes: frozenset[str] = frozenset({SYSTEM})
    user: AppUser | None = None
    budget: Budget = UNBOUND
    jkt: str | None = None

    @property
    def actor(self) -> str:
        """The client's name in the audit log."""
        return f"client:{self.name}"

    @property
    def purpose(self) -> str:
        """Why it asks: what it said, or the one purpose it has. Work that the exchange does for a client of several
        purposes, with nobody there to say, is the system's own.
        """
        return next(iter(self.purposes)) if len(self.purposes) == 1 else SYSTEM

    def asking_for(self, stated: str | None) -> Client:
        """The client as it asks now, for the purpose that it states or the one that it has. Raises NoPurpose."""
        if stated is None and len(self.purposes) == 1:
            return self
        return replace(self, purposes=frozenset({stated_purpose(self.purposes, stated)}))


@dataclass(frozen=True, slots=True)
class ClientState:
    """How a client stands, for its operator.

    tokens  how many of its tokens count at this moment
    until   when the last of them ends; None when none counts
    kids    its registered public keys by name; such a client makes its own tokens
    limits  its own rate, burst, patients, exports and rows, None where it has the usual one
    suspended  since when it is in quarantine for going over a budget
    dpop_bound  it gets tokens that are bound to a key, and no others
    """

    name: str
    hospcode: str | None
    scopes: tuple[str, ...]
    lenient: bool
    tokens: int
    until: datetime | None
    purposes: tuple[str, ...] = ()
    kids: tuple[str, ...] = ()
    limits: tuple[int | None, ...] = ()
    suspended: datetime | None = None
    dpop_bound: bool = False


def new_token() -> str:
    """A token of 256 random bits."""
    return PREFIX + secrets.token_urlsafe(32)


def demo_token() -> str:
    """The one token of demo mode in this installation."""
    return PREFIX + base64.urlsafe_b64encode(keys.keyed_hash("signin", "demo-token", 32)).rstrip(b"=").decode()


def digest(token: str) -> bytes:
    """What is kept of a token. SHA-256 is enough: the token is random, not chosen by a person."""
    return hashlib.sha256(token.encode()).digest()


def shown(header: str | None) -> tuple[str, str]:
    """How an Authorization header shows a token, "bearer" or "dpop", and the token; two empty texts for anything else.

    >>> shown("Bearer skl_abcdefghijklmnopqrst"), shown("Basic eDp5")
    (('bearer', 'skl_abcdefghijklmnopqrst'), ('', ''))
    """
    found = _SHOWN.fullmatch(header.strip()) if header else None
    return (found[1].lower(), found[2]) if found else ("", "")


_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


def is_name(name: str) -> bool:
    """Whether a client could bear this name."""
    return bool(_NAME.fullmatch(name))


def require_name(name: str) -> None:
    """A client's name stands in the log and in addresses: small letters, digits, dots, dashes, 64 at most."""
    if not is_name(name):
        raise TokenProblem(
            "ชื่อระบบใช้ a-z 0-9 จุด และขีด ไม่เกิน 64 ตัว เช่น his-99011",
            "a client's name is a-z, 0-9, dots and dashes, 64 at most, such as his-99011",
        )


def require_scopes(scopes: Collection[str]) -> None:
    """At least one SMART system scope, and nothing that would never give a right.

    >>> require_scopes(["system/*.rs", "system/Observation.cruds", "system/Patient.read"])
    """
    found = [parse(scope) for scope in scopes]
    if not found or any(scope is None or scope.context != "system" for scope in found):
        raise TokenProblem(
            "ขอบเขตต้องเป็นแบบ SMART system เช่น system/*.rs หรือ system/Observation.cruds (c r u d s ตามลำดับ)",
            "a scope is a SMART system scope, such as system/*.rs or system/Observation.cruds (c, r, u, d, s in order)",
        )


def require_days(days: int) -> None:
    """A token of a demo or a test lives from 1 to 366 days; one that never ends is never missed when it leaks."""
    if not 1 <= days <= MAX_DAYS:
        raise TokenProblem(f"อายุโทเค็นต้องเป็น 1 ถึง {MAX_DAYS} วัน", f"a token lives 1 to {MAX_DAYS} days")


def require_minutes(minutes: int) -> None:
    """A token that is handed over lives an hour at most: who needs more makes tokens by a key of their own."""
    if not 1 <= minutes <= MAX_MINUTES:
        raise TokenProblem(
            f"อายุโทเค็นต้องเป็น 1 ถึง {MAX_MINUTES} นาที ระบบที่ใช้ต่อเนื่องให้ลงทะเบียนกุญแจ (--jwks)",
            f"a token lives 1 to {MAX_MINUTES} minutes; a system that goes on asking registers its key (--jwks)",
        )


def require_purposes(purposes: Collection[str]) -> None:
    """At least one purpose for which systems may ask; an emergency is a person's, never a system's."""
    if not purposes or not set(purposes) <= set(PURPOSES):
        raise TokenProblem(
            f"เหตุผลของระบบเป็นรหัส HL7 ActReason: {' '.join(PURPOSES)}",
            f"a purpose of a system is one of the HL7 ActReason codes {', '.join(PURPOSES)}",
        )


def stated_purpose(allowed: Collection[str], stated: str | None) -> str:
    """Why a client asks: what it states, or the single purpose that it has. Raises NoPurpose.

    >>> stated_purpose({"TREAT", "PUBHLTH"}, "TREAT"), stated_purpose({"PUBHLTH"}, None)
    ('TREAT', 'PUBHLTH')
    """
    purpose = stated if stated is not None else next(iter(allowed)) if len(allowed) == 1 else None
    if purpose is None or purpose not in allowed:
        raise NoPurpose
    return purpose
