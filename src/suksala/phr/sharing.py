"""Use cases of a citizen who decides who sees a record: the own, or that of somebody they act for (S1.28, S1.29)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime

import orjson

from suksala import consent, exchange, identity
from suksala.consent import Channel, Choice, Consent, Decider, Purpose, Receiver, Right, Section
from suksala.foundation import database

from . import showing
from .citizens import Citizen

FOR_TREATMENT = frozenset({Purpose.TREATMENT})
EVERYTHING_CLOSED = Choice(False, purposes=FOR_TREATMENT)


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose record somebody deals with, and as what.

    person    a registration of whom; persons: every one of the same human
    actor     the account that acts
    relation  "self", or as what it acts for them (consent.Relation)
    rights    what it may do with this record
    name      of whom, as registered
    unseen    sensitive classes by name that they do not see here, and so open to nobody
    """

    person: int
    persons: tuple[int, ...]
    actor: str
    relation: str
    rights: frozenset[Right]
    name: str = field(repr=False)
    unseen: frozenset[str] = frozenset()

    def require_to_open(self, labels: Collection[str]) -> None:
        """Raises consent.NoPermit for a class that this representative does not see themself."""
        if self.unseen & set(labels):
            raise consent.NoPermit(
                "เรื่องนี้ไม่แสดงแก่ผู้แทน เปิดให้ผู้อื่นดูได้เฉพาะเจ้าของประวัติ",
                "this is not shown to representatives: only the person opens it",
                code="SKL-PHR-002",
            )

    def require_own_hand(self, decided: Consent) -> None:
        """Raises consent.NoPermit for a representative who would open what the person closed themself."""
        if self.relation != "self" and decided.relation == "self":
            raise consent.NoPermit(
                "เจ้าของประวัติปิดเรื่องนี้ไว้เอง เปิดได้เฉพาะเจ้าของประวัติ",
                "the person closed this themself: only they open it again",
                code="SKL-PHR-003",
            )

    def require(self, right: Right) -> None:
        """Raises consent.NoPermit for a representative without this right."""
        if right not in self.rights:
            raise consent.NoPermit(
                "ท่านเป็นผู้แทนที่ดูได้ แต่ตัดสินใจแทนไม่ได้", "you may see for them, but not decide", code="SKL-PHR-004"
            )

    def decider(self, channel: Channel = Channel.APP, evidence: str = "session") -> Decider:
        """Who decides, as a consent keeps it."""
        return Decider(self.actor, self.relation, channel, evidence)


@dataclass(frozen=True, slots=True)
class Offer:
    """What a person lets be seen.

    sections  parts of the record; all of them: everything
    labels    sensitive classes by name (consent.Label); what is not named stays closed
    visit     for this visit only, 24 hours; otherwise until it is withdrawn
    """

    sections: frozenset[Section]
    labels: frozenset[str]
    visit: bool = False

    def choice(self, facility: str) -> Choice:
        """As a permission for one facility to treat."""
        types = consent.types_of(self.sections)
        return Choice(True, frozenset({Receiver("facility", facility)}), FOR_TREATMENT, types, self.labels)


def own_record_of(account: Citizen) -> Whose:
    """The citizen's own record. Raises consent.NoPermit while none is proven, and for another role."""
    if account.role != "citizen" or account.person is None:
        raise consent.NoPermit("บัญชีนี้ยังไม่ผูกกับข้อมูลสุขภาพของท่าน", "this account is not connected to a record yet")
    return _whose(account.person, account.actor, "self", frozenset(Right))


def record_of(account: Citizen, patient: str, now: datetime) -> Whose:
    """The record of somebody whom this citizen acts for.

    patient  the public id of whom; "": the own record
    Raises consent.NoPermit, the same for nobody's and for a representation that has ended.
    """
    if not patient:
        return own_record_of(account)
    person = _named(patient)
    permit_to_represent(account, person, now)
    found = next(
        r for r in consent.representatives(_human(person), now) if r.proxy.representative == account.actor and _views(r)
    )
    unseen = consent.classes_unseen_by(found.proxy.relation)
    return _whose(person, account.actor, found.proxy.relation.value, found.proxy.rights, unseen)


def _named(patient: str) -> int:
    """A registration of whom a public id names; 0 for nobody, who is answered as somebody whom they do not act for."""
    try:
        return min(identity.persons_of(identity.human_of_public(patient)))
    except identity.NoSuchHuman:
        return 0


def permit_for(account: Citizen, whose: Whose, now: datetime) -> consent.Permit:
    """Leave to read this record: all of the own one; of another's, what their representative may see."""
    if whose.relation == "self":
        return consent.permit_for_own_record(account, whose.person, now)
    return permit_to_represent(account, whose.person, now)


def permit_to_represent(account: Citizen, person: int, now: datetime) -> consent.Permit:
    """Leave for a representative, who loses it with the death of whom they act for. Raises consent.NoPermit."""
    permit = consent.permit_for_represented(account, person, now)
    if _tells_of_death(permit):
        return consent.permit_for_represented(account, person, now, dead=True)
    return permit


def share(whose: Whose, facility: str, offer: Offer, text: str, now: datetime, *, evidence: str = "") -> Consent:
    """Let a facility see, in the place of what it was allowed before, paused or not.

    text      digest of the wording that was shown
    evidence  the code that a patient showed at the desk; "": a press in the app
    Raises consent.ConsentProblem, consent.NoPermit.
    """
    whose.require(Right.CONSENT)
    whose.require_to_open(offer.labels)
    by = whose.decider(Channel.DESK, evidence) if evidence else whose.decider()
    choice = offer.choice(facility)
    until = now + consent.VISIT if offer.visit else None
    with database.transaction():
        made = consent.give(whose.person, choice, by, now, text=text, until=until)
        former = [
            each
            for each in (*consent.consents_of(whose.persons, now), *consent.paused_consents(whose.persons, now))
            if each.id != made.id and each.base.permit and each.base.receivers == choice.receivers
        ]
        ended = [consent.withdraw(whose.persons, each.id, by, now) for each in former]
    database.on_commit(lambda: showing.show([*ended, made]))
    return made


def hide(whose: Whose, sections: Iterable[Section], labels: Iterable[str], text: str, now: datetime) -> list[Consent]:
    """Close parts of the record, or sensitive classes, to every other facility; one refusal each, so that each can be
    lifted alone. Raises consent.ConsentProblem, consent.NoPermit.
    """
    whose.require(Right.CONSENT)
    wanted = [Choice(False, purposes=FOR_TREATMENT, types=consent.hidden_types([s])) for s in sorted(sections)]
    wanted += [Choice(False, purposes=FOR_TREATMENT, labels=frozenset({label})) for label in sorted(labels)]
    return _refuse(whose, wanted, text, now)


def hide_all(whose: Whose, text: str, now: datetime) -> list[Consent]:
    """Close the whole record to every other facility."""
    whose.require(Right.CONSENT)
    return _refuse(whose, [EVERYTHING_CLOSED], text, now)


def stop(whose: Whose, number: int, now: datetime) -> Consent:
    """Withdraw a consent, or lift a refusal, at once.

    Raises consent.NoSuchConsent, consent.ConsentProblem, and consent.NoPermit for a representative who would open what
    the person closed, or what representatives do not see.
    """
    whose.require(Right.CONSENT)
    for found in consent.consents_of(whose.persons, now):
        if found.id == number and not found.base.permit:
            whose.require_own_hand(found)
            whose.require_to_open(found.base.labels)
    ended = consent.withdraw(whose.persons, number, whose.decider(), now)
    database.on_commit(lambda: showing.show([ended]))
    return ended


def change(whose: Whose, number: int, seen: Collection[Section], labels: Collection[str], now: datetime) -> Consent:
    """Let a facility see these parts and sensitive classes, of those that the consent opens, and no others.

    What the consent leaves out otherwise, by facility, time or purpose, stays left out.
    Raises consent.NoSuchConsent, consent.ConsentProblem, consent.NoPermit.
    """
    whose.require(Right.CONSENT)
    found = consent.consent_of(whose.persons, number, now)
    closed = found.base.sections - frozenset(seen)
    exceptions = [each for each in found.exceptions if not _is_of_form(each, found.base)]
    exceptions += [Choice(False, types=consent.hidden_types(closed))] if closed else []
    unnamed = found.base.labels - frozenset(labels)
    exceptions += [Choice(False, labels=unnamed)] if unnamed else []
    left_out = frozenset(label for each in found.exceptions for label in each.labels)
    whose.require_to_open(left_out & found.base.labels - unnamed)
    changed = consent.narrow(whose.persons, number, tuple(exceptions), whose.decider(), now)
    database.on_commit(lambda: showing.show([changed]))
    return changed


def _is_of_form(exception: Choice, base: Choice) -> bool:
    """Whether an exception says no more than the form does: whole parts, or classes that the consent opens."""
    parts = [s for s in Section if exception.types & consent.TYPES[s]]
    if exception == Choice(False, types=consent.hidden_types(parts)):
        return bool(parts)
    return exception == Choice(False, labels=exception.labels & base.labels)


def _tells_of_death(permit: consent.Permit) -> bool:
    found = orjson.loads(exchange.search(permit, "Patient", [("deceased", "true"), ("_count", "1")]))
    return bool(found.get("entry"))


def _refuse(whose: Whose, choices: list[Choice], text: str, now: datetime) -> list[Consent]:
    with database.transaction():
        made = [consent.give(whose.person, choice, whose.decider(), now, text=text) for choice in choices]
    database.on_commit(lambda: showing.show(made))
    return made


def _views(found: consent.Represented) -> bool:
    return found.may(Right.VIEW)


def _human(person: int) -> Collection[int]:
    return identity.persons_like(person)


def _whose(
    person: int, actor: str, relation: str, rights: frozenset[Right], unseen: frozenset[str] = frozenset()
) -> Whose:
    persons = tuple(sorted(_human(person)))
    named = next((r.name for r in identity.registrations(persons) if r.name), "")
    return Whose(person, persons, actor, relation, rights, named, unseen)


def in_force(whose: Whose, now: datetime) -> list[Consent]:
    """What is decided now about this record, oldest first."""
    return consent.consents_of(whose.persons, now)


def paused(whose: Whose, now: datetime) -> list[Consent]:
    """What opens nothing since the exchange was restored from a copy, until it is given again, oldest first."""
    return consent.paused_consents(whose.persons, now)


def decisions(whose: Whose) -> list[Consent]:
    """Every decision about this record, newest first."""
    return consent.consent_history(whose.persons)
