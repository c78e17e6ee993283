"""Sessions of people: how long they live, when they lock, how fresh a proof is. Pure; `now` is an argument."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from suksala.foundation import SuksalaError

LOCK_AFTER = timedelta(minutes=15)  # ASVS 5.0 V7.3.1: a shared computer of a ward is left often and for long
ABSOLUTE = timedelta(hours=12)  # ASVS 5.0 V7.3.2: the longest shift; a new day begins with a new sign-in
MOST = 5  # sessions of one account side by side (ASVS 5.0 V7.1.2): the one used longest ago ends for a sixth
STEP_UP = timedelta(minutes=5)  # ASVS 5.0 V7.5.3: what is dangerous is done by who proved themselves just now
OPENS_ONLY = frozenset({"sms"})  # proofs that open a session, and are none for what is dangerous (decision 0182)


class Standing(Enum):
    """What a session is good for at a moment."""

    OPEN = "open"
    ENROLLING = "enrolling"  # entered by an enrolment code: good for making a passkey, for nothing else
    LOCKED = "locked"  # left alone for too long: the same person proves who they are and goes on
    OVER = "over"  # ended or too old: sign in again


class Ending(Enum):
    """Why a session ended, as the log and the reader's own list say."""

    SIGNED_OUT = "signed-out"
    SWITCHED = "switched"  # another person took over a shared computer
    KILLED = "killed"  # by its owner, from another session
    DISABLED = "disabled"  # the account was closed, or a role of it ended
    REPLACED = "replaced"  # somebody signed in over it
    EXPIRED = "expired"  # twelve hours old
    RESTORED = "restored"  # the database is an older one: what was ended since would stand again
    CROWDED = "crowded"  # the account signed in at more places than may be open side by side


class NoSession(SuksalaError):
    """The account has no open session of this number. Nothing was ended."""

    code = "SKL-SIGNIN-005"
    http_status = 404

    def __init__(self) -> None:
        super().__init__("ไม่มีการเข้าใช้นี้ หรือจบไปแล้ว", "there is no such session, or it has ended already")


@dataclass(frozen=True, slots=True)
class Proof:
    """How who sits there proved who they are, and when.

    how  demo, passkey, password, provider, code, sms
    at   None: an outside provider did not say when it asked, or the proof is none for what is dangerous
    """

    how: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Session:
    """One sign-in of one person in one browser.

    seen_at    the last request; what the lock counts from
    proved_at  when who sits there last proved who they are; None: an outside provider did not say when it asked, or the
               proof is none for what is dangerous
    proof      how: demo, passkey, password, provider, code, sms
    device     what the browser calls itself, in two words
    facility   the facility on whose behalf its holder acts, "" for none
    """

    id: int
    account: int
    opened_at: datetime
    seen_at: datetime
    proved_at: datetime | None
    proof: str
    device: str
    facility: str
    ended_at: datetime | None = None


def standing(session: Session, now: datetime) -> Standing:
    """Open, locked or over: locked 15 minutes after the last request, over 12 hours after sign-in, to the moment."""
    if session.ended_at is not None or now - session.opened_at >= ABSOLUTE:
        return Standing.OVER
    if now - session.seen_at >= LOCK_AFTER:
        return Standing.LOCKED
    return Standing.ENROLLING if session.proof == "code" else Standing.OPEN


def is_proved(session: Session, within: timedelta, now: datetime) -> bool:
    """Whether the proof is fresh: at most so old, and of a known moment."""
    return session.proved_at is not None and now - session.proved_at <= within


_BROWSERS = {
    "Edg": "Edge",
    "OPR": "Opera",
    "SamsungBrowser": "Samsung Internet",
    "Line/": "LINE",
    "Firefox": "Firefox",
    "Chrome": "Chrome",
    "CriOS": "Chrome",
    "Safari": "Safari",
}
_SYSTEMS = {
    "Android": "Android",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Windows": "Windows",
    "Mac OS": "Mac",
    "CrOS": "ChromeOS",
    "Linux": "Linux",
}


def device_name(user_agent: str) -> str:
    """What a browser calls itself, in two words that its owner knows again; "" for what is not known.

    >>> device_name("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/141.0 Safari/537.36")
    'Chrome · Windows'
    """
    found = (next((name for mark, name in known.items() if mark in user_agent), "") for known in (_BROWSERS, _SYSTEMS))
    return " · ".join(word for word in found if word)
