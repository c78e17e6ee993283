"""Sending notifications to endpoints: what was not answered yet, in order, again with growing pauses.

To `host[:port]` that the operator named, at the address that was looked at (`reaching`), signed, without following
redirects, within 10 s (decision 0068).
"""

from __future__ import annotations

from suksala import signin
from suksala.consent import Permit
from suksala.foundation import SuksalaError, jobs, log, reaching, settings

from . import notifications
from . import subscription_storage as storage
from .subscription_storage import State
from .subscriptions import DELIVER
from .topics import Wanted

TRIES = 5  # failures in a row until a subscription is in error; it is tried on
LONGEST_PAUSE = 3600  # seconds
_log = log.get("exchange")


def deliver(rid: str) -> str | None:
    """Send a subscription what its receiver has not answered yet; a first time a handshake. Safe to repeat: a receiver
    may get a notification twice, and knows it by its numbers. Returns the status that the subscription has then.
    """
    while True:
        found = storage.states([rid])
        if not found or found[0].status == "off" or not _send(found[0]):
            return next((state.status for state in storage.states([rid])), None)


def _send(state: State) -> bool:
    """Send one notification. False when there is nothing to send, or it could not be sent."""
    permit = notifications.permit_of(state)
    if permit is None:
        storage.failed(state, "no-permit", 1)
        return False
    try:
        wanted = notifications.wanted_of(state)
    except SuksalaError:
        storage.failed(state, "cannot-be-read", 1)
        return False
    if not wanted.endpoint:
        storage.delivered(state, state.delivered, handshake=True)
        return False
    if state.status == "requested":
        return _sent(state, wanted, notifications.bundle(permit, state, wanted, [], "handshake"), state.delivered)
    return _tell(state, wanted, permit)


def _tell(state: State, wanted: Wanted, permit: Permit) -> bool:
    """Send what is new, as much of it as the client's hour of people holds."""
    waiting = storage.events(state.rid, state.delivered, state.last, notifications.MOST_EVENTS)
    if not waiting:
        return False
    found = notifications.seen(permit, wanted, waiting)
    told, wait = notifications.within_budget(state, found)
    if found and not told:
        return _wait(state, wait)
    number = waiting[-1].number if len(told) == len(found) else told[-1].event.number
    return _sent(state, wanted, notifications.bundle(permit, state, wanted, told, "event-notification"), number)


def _sent(state: State, wanted: Wanted, body: bytes, number: int) -> bool:
    """Send a notification; taken, everything up to this number was told."""
    error = _post(wanted, f"{state.rid}-{state.begun}-{number}", body)
    if error is not None:
        return _try_again(state, error)
    storage.delivered(state, number, handshake=state.status == "requested")
    return True


def _wait(state: State, seconds: float) -> bool:
    """The hour holds no more people for this client: what is new waits, no failure of the receiver's."""
    _log.warning("subscription.waits", subscription=state.rid, reason="over-budget")
    pause = min(max(int(seconds) + 1, 1), LONGEST_PAUSE)
    jobs.enqueue(DELIVER, lock=f"subscription-{state.rid}", once=True, after=pause, subscription=state.rid)
    return False


def _try_again(state: State, error: str) -> bool:
    """Count a failure and ask for the next try. True: it was written meanwhile, so what it says now is looked at."""
    failures = storage.failed(state, error, TRIES)
    if not failures:
        return True
    _log.warning("subscription.not-delivered", subscription=state.rid, reason=error, failures=failures)
    pause = min(2**failures, LONGEST_PAUSE)
    jobs.enqueue(DELIVER, lock=f"subscription-{state.rid}", once=True, after=pause, subscription=state.rid)
    return False


def _post(wanted: Wanted, name: str, body: bytes) -> str | None:
    """POST a notification; what went wrong as a stable word, None when it was taken."""
    headers = {**dict(wanted.headers), "Content-Type": "application/fhir+json", **signin.webhook_headers(name, body)}
    return reaching.post(wanted.endpoint, settings.current().webhook_hosts, body, headers)
