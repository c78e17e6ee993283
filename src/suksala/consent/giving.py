"""Use cases of a person's consents: given, refused, narrowed, withdrawn, ended. Each is one transaction with its fact.

Nothing is cached: what was withdrawn is closed for the next question of any process (S1.29; PDPA s.19).
"""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from suksala import audit, identity, registry
from suksala.foundation import database

from . import ages, choices, compiling, consents, consents_storage, texts
from .consents import Channel, Choice, Consent, ConsentProblem, NoSuchConsent, Receiver, State
from .permits import Purpose
from .rules import ConsentRule

MOST_COUNTING = 100  # consents of one human at a time, by the same giver
MOST_HISTORY = 200
_MOST_AT_ONCE = 500  # ends written down in one go


@dataclass(frozen=True, slots=True)
class Decider:
    """Who decides about a record.

    actor     as the audit log names them
    relation  "self", or as what a representative decides (consent.Relation)
    channel, evidence  through what, and how it is known to be theirs
    source    the system that sent it, where one did
    """

    actor: str
    relation: str = "self"
    channel: Channel = Channel.APP
    evidence: str = "session"
    source: str = ""


def give(
    person: int,
    choice: Choice,
    by: Decider,
    now: datetime,
    *,
    exceptions: tuple[Choice, ...] = (),
    text: str,
    until: datetime | None = None,
) -> Consent:
    """Let somebody see, or (a choice that denies) not see; the same again is the same consent.

    person  a registration of whom it is about
    text    digest of the text that was shown (`texts.newest`), or of the signed document that another system holds
    until   when it ends; None: until it is withdrawn
    Raises ConsentProblem: nothing was kept.
    """
    persons = identity.persons_like(person)
    _require_shown(choice, by, text)
    consents.require_sound(choice, exceptions, now, until)
    require_meaning(choice, exceptions)
    if choice.permit and by.relation == "self":
        ages.require_may_consent_alone(ages.birth_of(persons), now)
    state = State.GIVEN if choice.permit else State.REFUSED
    made = Consent(
        person, secrets.randbits(52), 1, state, choice, exceptions, by.actor, by.relation, by.channel, by.evidence,
        text, now, until, now, by.source,
    )  # fmt: skip
    with database.transaction():
        consents_storage.lock_human(persons)
        return _kept_once(made, consents_storage.counting(persons, now))


_SAME = ("base", "exceptions", "until", "giver", "source")  # a second press, or the same document again


def _kept_once(made: Consent, standing: list[Consent]) -> Consent:
    for each in standing:
        if all(getattr(each, name) == getattr(made, name) for name in _SAME):
            return each
    # Counted by giver, so that no sender takes a person's room; and nobody is kept from closing their own record.
    closing = made.relation == "self" and made.channel is not Channel.FHIR and not made.base.permit
    if not closing and sum(each.giver == made.giver for each in standing) >= MOST_COUNTING:
        raise ConsentProblem(
            f"มีคำยินยอมที่ยังใช้อยู่ครบ {MOST_COUNTING} รายการ เลิกรายการที่ไม่ใช้แล้วก่อน",
            f"there are {MOST_COUNTING} consents already; withdraw one first",
            code="SKL-CONSENT-009",
        )
    _keep(made)
    return made


def withdraw(persons: Collection[int], number: int, by: Decider, now: datetime) -> Consent:
    """End a consent, or lift a refusal, at once. Raises NoSuchConsent, or ConsentProblem when it has ended already."""
    with database.transaction():
        ended = consents.withdrawn(_standing(persons, number), by.actor, now, relation=by.relation)
        _keep(ended)
        return ended


def narrow(
    persons: Collection[int], number: int, exceptions: tuple[Choice, ...], by: Decider, now: datetime
) -> Consent:
    """Change what a consent leaves out. Raises NoSuchConsent, ConsentProblem."""
    for each in exceptions:
        _require_known({*each.receivers, *(Receiver("facility", code) for code in each.sources)})
    with database.transaction():
        before = _standing(persons, number)
        choices.require_flat(before.base, exceptions)
        if before.exceptions == exceptions:  # a second press
            return before
        changed = consents.narrowed(before, exceptions, by.actor, now, relation=by.relation)
        _keep(changed, kind="consent.narrowed")
        return changed


def consents_of(persons: Collection[int], now: datetime) -> list[Consent]:
    """The consents and refusals of these registrations that have an effect now, oldest first."""
    return consents_storage.counting(persons, now) if persons else []


def rules_for(persons: Collection[int], now: datetime) -> tuple[ConsentRule, ...]:
    """What one human decided, as the rules that the policy weighs: read anew at each question, oldest first.

    persons  every registration of the human
    """
    found = consents_of(persons, now)
    named = {
        r.code for c in found for choice in (c.base, *c.exceptions) for r in choice.receivers if r.kind == "network"
    }
    networks: dict[str, frozenset[str]] = {
        name: frozenset(f.hospcode for f in registry.facilities() if f.network == name) for name in named
    }
    return tuple(compiling.rule_of(c, persons, networks) for c in found)


def consents_naming(hospcode: str, now: datetime, limit: int) -> list[Consent]:
    """The consents that name a facility, or its network, and count now, newest first."""
    found = registry.facility(hospcode)
    receivers = [f"facility:{hospcode}", *([f"network:{found.network}"] if found and found.network else [])]
    return consents_storage.naming(receivers, now, limit)


def consent_history(persons: Collection[int]) -> list[Consent]:
    """Every decision ever taken about these registrations' sharing, newest first."""
    return consents_storage.history(persons, MOST_HISTORY) if persons else []


def decided_since(since: datetime) -> list[Consent]:
    """What people decided here from this moment on, as it stands, oldest first; what systems sent is left out."""
    return [c for c in consents_storage.decided_since(since, _MOST_AT_ONCE) if c.channel is not Channel.FHIR]


def consent_of(persons: Collection[int], number: int, now: datetime) -> Consent:
    """One consent that has an effect now. Raises NoSuchConsent."""
    for found in consents_of(persons, now):
        if found.id == number:
            return found
    raise NoSuchConsent


def write_down_ends(now: datetime) -> int:
    """Record the ends that have come: they count from their moment on, written down or not. Returns how many."""
    with database.transaction():
        found = consents_storage.ended(now, _MOST_AT_ONCE)
        for each in found:
            _keep(consents.expired(each, now))
    return len(found)


def _standing(persons: Collection[int], number: int) -> Consent:
    found = consents_storage.locked(persons, number)
    if found is None:
        raise NoSuchConsent
    return found


def _keep(consent: Consent, *, kind: str = "") -> None:
    consents_storage.save(consent)
    named = sorted(f"{r.kind}:{r.code}" for r in consent.base.receivers)
    audit.record(
        kind or f"consent.{consent.state.value}",
        actor=consent.giver,
        purpose=Purpose.OWN_RECORD,
        person=consent.person,
        detail={
            "consent": str(consent.id),
            "version": consent.version,
            "relation": consent.relation,
            "channel": consent.channel.value,
            "receivers": named,
        },
        at=consent.decided,
    )


def require_meaning(choice: Choice, exceptions: tuple[Choice, ...]) -> None:
    """Raises ConsentProblem for a choice that cannot be told without order, or that names nobody known."""
    choices.require_flat(choice, exceptions)
    for each in (choice, *exceptions):
        _require_known({*each.receivers, *(Receiver("facility", code) for code in each.sources)})


def _require_shown(choice: Choice, by: Decider, text: str) -> None:
    """A person agrees to what stands on the page now; a text of another system is kept by its digest."""
    if by.channel is Channel.FHIR:
        return
    if text != texts.newest("share" if choice.permit else "refuse").digest:
        problem = ConsentProblem(
            "ข้อความยินยอมเปลี่ยนไปแล้ว อ่านข้อความใหม่แล้วตัดสินใจอีกครั้ง",
            "the text of the consent has changed; read it and decide again",
            code="SKL-CONSENT-007",
        )
        problem.http_status = 409
        raise problem


def _require_known(receivers: Collection[Receiver]) -> None:
    networks = {f.network for f in registry.facilities() if f.network} if receivers else set()
    for receiver in receivers:
        known = (
            registry.facility(receiver.code) is not None
            if receiver.kind == "facility"
            else receiver.kind == "network" and receiver.code in networks
        )
        if not known:
            raise ConsentProblem(
                "ไม่มีหน่วยบริการหรือเครือข่ายนี้ในทะเบียน เลือกจากรายชื่อ",
                "no such facility or network is in the registry; choose one from the list",
                code="SKL-CONSENT-008",
            )
