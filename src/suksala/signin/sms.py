"""Use cases of text messages: asked for in the transaction of what they tell of, handed over by a chore, told of a
citizen's own record.

The chore and not a job hands them over: a job waits behind an import of minutes, and a code counts for five.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from suksala.foundation import clock, keys, log

from . import sms_gateway, sms_storage
from .sms_rules import NEWS_LIVES, Kind, number_digest, pause, words_of

AT_ONCE = 50

_log = log.get("signin")


class NotHandedOver(Exception):
    """The gateway did not take a text; the word that says why."""


@dataclass(frozen=True, slots=True)
class SmsState:
    """How texts go, for the operator.

    failing  that wait after a try that failed
    sent     within a day
    codes    asked for within an hour
    """

    failing: int
    sent: int
    codes: int


def tell(account: int, kind: Kind, *, to: str = "") -> None:
    """Have a text without a code sent within the present transaction.

    to  the number; "": the account's own, and nothing where it has none
    """
    if not sms_gateway.is_set_up():
        return
    now = clock.now()
    where = (keys.seal(to), number_digest(to)) if to else (None, None)
    sms_storage.queue(account, kind, keys.seal(words_of(kind)), now, now + NEWS_LIVES, to=where)


def tell_owner(persons: Collection[int], words: str, name: str) -> None:
    """Hand a text over at once to whoever's own record is one of these persons'; to nobody where no number is known.

    name  the same each time this text is tried
    Raises NotHandedOver: it may be tried again. A number that the gateway will never take is left out.
    """
    failed = ""
    for sealed in sms_storage.numbers_of(persons) if sms_gateway.is_set_up() else []:
        number = keys.unseal(sealed)
        problem = sms_gateway.hand_over(f"{name}-{number_digest(number).hex()[:8]}", number, words)
        if problem is not None:
            _log.warning("sms.not-sent", kind="notice", status=problem)
        if problem is not None and problem not in sms_gateway.FINAL:
            failed = problem
    if failed:
        raise NotHandedOver(failed)


def send_due() -> int:
    """Hand over what is due, what is over first going first; returns how many were taken.

    A gateway that fails is left alone until the next time. A text is noted as tried before it is handed over: who is
    killed in between sends it once more after the pause, under the same name.
    """
    if not sms_gateway.is_set_up():
        return 0
    taken, over = 0, sms_storage.sweep(clock.now())
    if over:
        _log.error("sms.given-up", count=over)
    for _ in range(AT_ONCE):
        due = sms_storage.next_due(clock.now())
        if due is None or not _sent(due):
            break
        taken += 1
    return taken


def sms_state() -> SmsState:
    """How texts go."""
    return SmsState(*sms_storage.state(clock.now()))


def _sent(due: sms_storage.Due) -> bool:
    sms_storage.tried(due.id, clock.now() + pause(due.tries))
    problem = sms_gateway.hand_over(f"sms-{due.id}", keys.unseal(due.number), keys.unseal(due.words))
    if problem is None:
        sms_storage.done(due.id, clock.now())
        return True
    _log.warning("sms.not-sent", kind=due.kind, status=problem, attempt=due.tries + 1)
    if problem in sms_gateway.FINAL:
        sms_storage.done(due.id, None)
        return True
    return False
