"""Use cases of people's sessions: opened, seen, locked, proved again, ended. Each change is a fact in the log.

Django keeps the cookie and what belongs to the browser; the row of a session says whether it still counts, so that it
can be ended from elsewhere at once.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from suksala import audit, registry
from suksala.foundation import clock, database

from . import enrolment_storage, session_storage
from .session_rules import (
    MOST,
    OPENS_ONLY,
    STEP_UP,
    Ending,
    NoSession,
    Proof,
    Session,
    Standing,
    device_name,
    is_proved,
    standing,
)

if TYPE_CHECKING:
    from django.http import HttpRequest

    from .models import Account

_ALIVE = (Standing.OPEN, Standing.ENROLLING)
KEY = "signin_session"  # in Django's session: the number of ours


def opened(request: HttpRequest, account: Account, proof: Proof) -> None:
    """Keep that an account signed in with this browser, whichever way it came in (Django's signal calls this)."""
    device = device_name(request.META.get("HTTP_USER_AGENT", ""))
    with database.transaction():
        if not account.demo:  # everybody who tries the demo is the same few people
            _make_room(account)
        number = session_storage.insert(account.pk, clock.now(), proof, device, account.hospcode)
        audit.record(
            "signin.session",
            actor=account.actor,
            facility=account.hospcode or None,
            detail={"role": account.role, "demo": account.demo, "proof": proof.how, "session": number},
        )
        if account.role == "citizen":
            from . import devices  # its own use cases end sessions

            devices.recognise(request, account, number, device, proof.how)
    request.session[KEY] = number


def _make_room(account: Account) -> None:
    """End the sessions used longest ago, so that one more stays within what may be open side by side."""
    enrolment_storage.lock(account)  # of two sign-ins at once the later one counts the earlier
    for crowded in sessions_of(account)[MOST - 1 :]:
        end_session(account, crowded.id, Ending.CROWDED)


def current_session(request: HttpRequest) -> Session | None:
    """The session of who asks; None for a visitor."""
    account, number = request.user, request.session.get(KEY)
    return session_storage.find(number, account.pk) if account.is_authenticated and number else None


def touch(request: HttpRequest) -> Standing:
    """What the session of a signed-in request is good for; an open one counts as used now."""
    session, now = current_session(request), clock.now()
    found = Standing.OVER if session is None else standing(session, now)
    if session is None or found is Standing.OVER:
        return Standing.OVER
    account = request.user
    if account.is_authenticated and session.facility:
        account.hospcode = session.facility  # the one that was chosen for this session
        if has_left(account.practitioner, account.hospcode):
            end_session(account, session.id, Ending.DISABLED)
            return Standing.OVER
    if found in _ALIVE:
        session_storage.seen(session.id, now)
    return found


def has_left(practitioner: int | None, hospcode: str) -> bool:
    """Whether the register of staff knew somebody at this facility, and does not any more."""
    if practitioner is None:
        return False
    here = [role for role in registry.roles_of(practitioner) if role.hospcode == hospcode]
    return bool(here) and not any(role.is_in_force(clock.today()) for role in here)


def is_locked(request: HttpRequest) -> bool:
    """Whether the session of who asks was left alone for too long."""
    session = current_session(request)
    return session is not None and standing(session, clock.now()) is Standing.LOCKED


def only_looks(request: HttpRequest) -> bool:
    """Whether who asks came in by a proof that opens nothing further to anybody (session_rules.OPENS_ONLY)."""
    session = current_session(request)
    return session is not None and session.proof in OPENS_ONLY


def is_stepped_up(request: HttpRequest) -> bool:
    """Whether who sits there proved just now who they are; never for a session that is locked or over."""
    session, now = current_session(request), clock.now()
    return session is not None and standing(session, now) in _ALIVE and is_proved(session, STEP_UP, now)


def step_up(request: HttpRequest, proof: str, *, at: datetime | None = None) -> None:
    """Keep that who sits there proved again who they are: unlocks, under a new session id (ASVS V7.2.4).

    at  when they did; None: now
    """
    session = current_session(request)
    if session is None or standing(session, clock.now()) is Standing.OVER:
        raise NoSession
    with database.transaction():
        session_storage.proved(session.id, clock.now(), Proof(proof, at or clock.now()))
        _tell("signin.step-up", request.user, session.id, {"proof": proof})
    request.session.cycle_key()


def end_other_sessions(request: HttpRequest, account: Account) -> None:
    """End every session of an account but this browser's: a way in has changed (ASVS V7.4.3)."""
    current = current_session(request)
    for one in sessions_of(account):
        if current is None or one.id != current.id:
            end_session(account, one.id, Ending.KILLED)


def sessions_of(account: Account) -> list[Session]:
    """An account's sessions that are not over, the one used last first."""
    return session_storage.open_of(account.pk, clock.now())


def end_session(account: Account, number: int, why: Ending) -> None:
    """End one session of an account; its next request is a visitor's. Raises NoSession when it is not open."""
    with database.transaction():
        if not session_storage.end(account.pk, number, clock.now(), why.value):
            raise NoSession
        _tell("signin.session-ended", account, number, {"why": why.value})


def end_all_sessions(account: Account, why: Ending, *, actor: str | None = None) -> int:
    """End every session of an account; returns how many were open."""
    with database.transaction():
        ended = session_storage.end(account.pk, None, clock.now(), why.value)
        if ended:
            detail = {"why": why.value, "sessions": ended, "account": account.pk}
            audit.record("signin.session-ended", actor=actor or account.actor, detail=detail)
    return ended


def tell_restored(sessions: int, apps: int, *, actor: str) -> None:
    """Tell the log how many sessions and apps' authorizations of a restored database ended: those that were ended after
    the copy was made would stand again. They end in the transaction that restores them (operations.backup).
    """
    audit.record("signin.session-ended", actor=actor, detail={"why": "restored", "sessions": sessions, "apps": apps})


def _tell(kind: str, account: Any, number: int, detail: dict[str, Any]) -> None:
    audit.record(kind, actor=account.actor, facility=account.hospcode or None, detail={"session": number, **detail})
