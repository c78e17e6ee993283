"""Use cases of representation: made, agreed to again, ended by either side, and the permit that it gives (S1.31)."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from suksala import audit, identity
from suksala.foundation import database

from . import ages, policy, proxies, proxies_storage
from .domain import CitizenReader
from .permits import NoPermit, Permit, Purpose
from .policy import Principal, Role, Subject
from .proxies import NoSuchProxy, Proof, Proxy, ProxyProblem, Relation, Right, Standing


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms somebody is to act for another.

    proof, document  what shows it, and the document's number; a delegation needs none
    last_day         wished; None: as long as the law lets it
    """

    relation: Relation
    rights: frozenset[Right]
    proof: Proof = Proof.OWN_PRESS
    document: str = ""
    last_day: date | None = None


@dataclass(frozen=True, slots=True)
class Represented:
    """A representation with how it stands at a moment.

    asked  whom they act for is asked to say yes again
    """

    proxy: Proxy
    standing: Standing
    asked: bool = False

    def may(self, right: Right) -> bool:
        """Whether it counts and gives this right."""
        return self.standing is Standing.COUNTS and right in self.proxy.rights


def appoint(
    person: int, representative: str, own_person: int, terms: Terms, by: str, now: datetime, *, facility: str = ""
) -> Proxy:
    """Let an account act for somebody; the same again, on other terms, takes its place.

    person      a registration of whom it acts for
    own_person  a registration of the representative
    by          who decided: the person themself for a delegation, an officer with the document in hand for the others
    A child of 15 or more is asked before its parent's representation counts. Raises ProxyProblem: nothing was kept.
    """
    proxies.require_sound(terms.relation, terms.proof, terms.document, terms.rights)
    persons = identity.persons_like(person)
    if own_person in persons:
        raise ProxyProblem("เป็นผู้แทนของตนเองไม่ได้", "nobody represents themself", code="SKL-PROXY-008")
    birth = ages.birth_of(persons)
    if terms.relation is Relation.DELEGATE:
        ages.require_may_consent_alone(birth, now)
    until = proxies.end_of(terms.relation, terms.last_day, birth, now)
    confirmed = proxies.officers_yes(terms.relation, birth, now)
    made = Proxy(
        person, secrets.randbits(52), 1, representative, own_person, terms.relation, terms.rights, terms.proof,
        terms.document.strip(), now, until, confirmed, None, by, now,
    )  # fmt: skip
    with database.transaction():
        for former in proxies_storage.of_persons(persons):
            if former.representative == representative and (former.ended is None or former.is_paused):
                proxies_storage.save(proxies.ended(former, by, now))
        proxies_storage.save(made)
        _tell("proxy.appointed", made, facility)
    return made


def representatives(persons: Collection[int], now: datetime, *, dead: bool = False) -> list[Represented]:
    """Who acts or acted for one human, newest first."""
    found = proxies_storage.of_persons(persons)  # asked of nobody too: who is nobody is answered as anybody is
    birth = ages.birth_of(persons) if found else None
    return [_represented(p, birth, dead=dead, now=now) for p in found]


def represented_by(actor: str, now: datetime) -> list[Represented]:
    """For whom an account acts or acted, newest first; death is the caller's to look for (the record tells it)."""
    return [
        _represented(p, ages.birth_of(_persons(p.person)), dead=False, now=now)
        for p in proxies_storage.of_representative(actor)
    ]


def _represented(proxy: Proxy, birth: date | None, *, dead: bool, now: datetime) -> Represented:
    standing = proxy.standing(birth, dead=dead, now=now)
    return Represented(proxy, standing, proxy.is_asked(standing, birth, now))


def end_representation(number: int, by: CitizenReader, own: Collection[int], now: datetime) -> Proxy:
    """Either side ends it, at once and without a reason.

    own  the registrations of who ends it
    Raises NoSuchProxy for one of others.
    """
    with database.transaction():
        found = _known(number, by.actor, own)
        over = proxies.ended(found, by.actor, now)
        if over is not found:
            proxies_storage.save(over)
            _tell("proxy.ended", over)
    return over


def agree_again(number: int, by: str, own: Collection[int], now: datetime) -> Proxy:
    """A young person of 15, or after a restore who asked for it, says yes again from their own account.

    Raises NoSuchProxy, ProxyProblem.
    """
    with database.transaction():
        found = _known(number, "", own)
        birth = ages.birth_of(_persons(found.person))
        if not _represented(found, birth, dead=False, now=now).asked:
            raise ProxyProblem("ไม่มีคำขอที่รอคำตอบ", "nothing waits for an answer", code="SKL-PROXY-009")
        again = proxies.confirmed(found, by, now)
        proxies_storage.save(again)
        _tell("proxy.agreed", again)
    return again


def permit_for_represented(account: CitizenReader, person: int, now: datetime, *, dead: bool = False) -> Permit:
    """Leave for a representative to read the record of whom they act for (PATRQT), but for what was told in confidence.

    person  a registration of whom they act for
    dead    whether the record tells of a death: that ends every representation
    Raises NoPermit, the same for nobody's and for an ended one.
    """
    try:
        persons = _persons(person)
    except identity.NoSuchPerson:
        persons = frozenset()
    mine = [p for p in representatives(persons, now, dead=dead) if p.proxy.representative == account.actor]
    found = next((p for p in mine if p.may(Right.VIEW)), None)
    if found is None or account.role != "citizen":
        audit.record("permit.refused", actor=account.actor, purpose=Purpose.OWN_RECORD, detail={"code": NoPermit.code})
        raise NoPermit(
            "ท่านไม่ได้เป็นผู้แทนของบุคคลนี้ หรือการเป็นผู้แทนสิ้นสุดแล้ว",
            "you do not represent this person, or your representation has ended",
        )
    subject = Subject(policy.Relation.PROXY, frozenset(persons), hidden=proxies.hidden_from(found.proxy.relation))
    decision = policy.decide(Principal(account.actor, Role.PROXY), subject, Purpose.OWN_RECORD, now)
    return decision.granted()


def _known(number: int, actor: str, own: Collection[int]) -> Proxy:
    found = proxies_storage.locked(number)
    if found is None or (found.person not in own and found.representative != actor):
        raise NoSuchProxy
    return found


def _persons(person: int) -> Collection[int]:
    return identity.persons_like(person)


def _tell(kind: str, proxy: Proxy, facility: str = "") -> None:
    audit.record(
        kind,
        actor=proxy.by,
        purpose=Purpose.OWN_RECORD,
        person=proxy.person,
        facility=facility or None,
        detail={
            "proxy": str(proxy.id),
            "representative": proxy.representative,
            "relation": proxy.relation.value,
            "rights": sorted(proxy.rights),
            "proof": proxy.proof.value,
        },
        at=proxy.decided,
    )
