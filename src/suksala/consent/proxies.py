"""Who acts for whom: parents for children, guardians for wards, whom a person asked to. Pure: time is an argument.

A representative has an account of their own and acts under its name. What they may do ends by itself: on its day, with
the child's 20th birthday, with death; on the 15th birthday the child is asked again (S1.31; PDPA s.20).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from suksala.foundation import SuksalaError, clock

from .ages import ALONE, MAJORITY, birthday, has_completed
from .permits import SENSITIVE, Label

LONGEST = timedelta(days=5 * 366)  # of a delegation or guardianship; then it is asked for again
MOST_LETTERS = 40  # of a document's number
RESTORED = "system:restored"  # who ended it when the database came back from a copy (decision 0198)


class ProxyProblem(SuksalaError):
    """A representation that cannot be made, used or changed so. What stood before stands."""

    code = "SKL-PROXY-001"
    http_status = 422


class NoSuchProxy(ProxyProblem):
    """There is none of this number for this reader."""

    code = "SKL-PROXY-002"
    http_status = 404

    def __init__(self) -> None:
        super().__init__("ไม่พบการเป็นผู้แทนนี้", "there is no such representation")


class Relation(StrEnum):
    """As what somebody acts for another."""

    CHILD = "child"  # a parent for a child below 20
    WARD = "ward"  # a guardian or curator whom a court named
    DELEGATE = "delegate"  # whom an adult asked to


class Right(StrEnum):
    """What a representative may do."""

    VIEW = "view"
    BOOK = "book"
    CONSENT = "consent"


class Proof(StrEnum):
    """What shows it. A delegation is shown by the person's own press."""

    BIRTH_CERTIFICATE = "birth-certificate"
    HOUSE_REGISTRATION = "house-registration"
    COURT_ORDER = "court-order"
    ADOPTION = "adoption-registration"
    OWN_PRESS = "own-press"


PROOFS: dict[Relation, frozenset[Proof]] = {
    Relation.CHILD: frozenset({Proof.BIRTH_CERTIFICATE, Proof.HOUSE_REGISTRATION, Proof.ADOPTION, Proof.COURT_ORDER}),
    Relation.WARD: frozenset({Proof.COURT_ORDER}),
    Relation.DELEGATE: frozenset({Proof.OWN_PRESS}),
}


class Standing(StrEnum):
    """Whether a representation counts at a moment, and if not, why."""

    COUNTS = "counts"
    ASK_AGAIN = "ask-again"  # the child is 15: paused until it says yes
    RESTORED = "restored"  # it came back with a copy of the database, and may have been ended since
    ENDED = "ended"
    EXPIRED = "expired"
    OF_AGE = "of-age"
    DEATH = "death"


@dataclass(frozen=True, slots=True)
class Proxy:
    """One person acting for another, in one version.

    person          a registration of whom they act for; it speaks for every registration of the same human
    representative  the account that acts, as the audit log names it
    own_person      a registration of the representative, by which the other side learns the name
    proof, document what shows it, and the document's number (sealed where it is stored)
    confirmed       when whom they act for, or an officer with the document in hand, last said yes
    ended           when somebody ended it before its day; None: nobody did
    by              who decided this version
    """

    person: int
    id: int
    version: int
    representative: str
    own_person: int
    relation: Relation
    rights: frozenset[Right]
    proof: Proof
    document: str = field(repr=False)
    since: datetime
    until: datetime
    confirmed: datetime
    ended: datetime | None
    by: str
    decided: datetime

    def standing(self, birth: date | None, *, dead: bool, now: datetime) -> Standing:
        """Whether it counts at this moment; `birth` and `dead` tell of whom they act for."""
        if dead:
            return Standing.DEATH
        if self.ended is not None and not self.is_paused:
            return Standing.ENDED
        if now < self.since or now >= self.until:
            return Standing.EXPIRED
        found = self._by_age(birth, now) if self.relation is Relation.CHILD else Standing.COUNTS
        return Standing.RESTORED if self.is_paused and found is not Standing.OF_AGE else found

    @property
    def is_paused(self) -> bool:
        """Whether a restore ended it, and nobody said anything since."""
        return self.ended is not None and self.by == RESTORED

    def is_asked(self, standing: Standing, birth: date | None, now: datetime) -> bool:
        """Whether whom they act for may say yes again themself: at 15, and who asked for it. After a restore a guardian
        shows the document again, and a parent of a younger child.
        """
        if standing is Standing.RESTORED:
            grown = birth is not None and has_completed(birth, ALONE, now)
            return self.relation is Relation.DELEGATE or (self.relation is Relation.CHILD and grown)
        return standing is Standing.ASK_AGAIN

    def _by_age(self, birth: date | None, now: datetime) -> Standing:
        if birth is None:
            return Standing.COUNTS
        if has_completed(birth, MAJORITY, now):
            return Standing.OF_AGE
        if has_completed(birth, ALONE, now) and not has_completed(birth, ALONE, self.confirmed):
            return Standing.ASK_AGAIN
        return Standing.COUNTS


def hidden_from(relation: Relation) -> Label:
    """The sensitive classes that a representative does not see: a parent, what a young person told in confidence; whom
    one asked to help, any of them.
    """
    return SENSITIVE if relation is Relation.DELEGATE else Label.ADOLESCENT


def classes_unseen_by(relation: Relation) -> frozenset[str]:
    """`hidden_from` by name, as a Choice names sensitive classes."""
    return frozenset(label.name for label in hidden_from(relation) if label.name)


def end_of(relation: Relation, wished: date | None, birth: date | None, now: datetime) -> datetime:
    """When it ends: the wished day's last moment, at most the 20th birthday of a child, at most five years.

    Raises ProxyProblem for a day that has passed, and for a child who is of age.
    """
    latest = now + LONGEST
    if relation is Relation.CHILD and birth is not None:
        latest = _midnight(birthday(birth, MAJORITY))
        if latest <= now:
            raise ProxyProblem(
                "ผู้มีอายุครบ 20 ปีตัดสินใจเอง ให้ใช้การมอบให้ดูแลแทน",
                "from the age of 20 people decide themselves; they may ask somebody to act for them",
                code="SKL-PROXY-003",
            )
    if wished is None:
        return latest
    end = _midnight(wished + timedelta(days=1))
    if end <= now:
        raise ProxyProblem("วันสิ้นสุดผ่านไปแล้ว", "the last day has passed", code="SKL-PROXY-004")
    return min(end, latest)


def require_sound(relation: Relation, proof: Proof, document: str, rights: Collection[Right]) -> None:
    """Raises ProxyProblem for a proof that does not show the relation, and for one who may do nothing."""
    if proof not in PROOFS[relation]:
        raise ProxyProblem(
            "เอกสารชนิดนี้แสดงความสัมพันธ์นี้ไม่ได้", "this document does not show that relation", code="SKL-PROXY-005"
        )
    if proof is not Proof.OWN_PRESS and not 0 < len(document.strip()) <= MOST_LETTERS:
        raise ProxyProblem(
            f"ใส่เลขที่เอกสาร ไม่เกิน {MOST_LETTERS} ตัว",
            f"give the document's number, {MOST_LETTERS} characters at most",
            code="SKL-PROXY-006",
        )
    if Right.VIEW not in rights:
        raise ProxyProblem("เลือกอย่างน้อย ดูประวัติ", "choose at least to see the record", code="SKL-PROXY-007")


def ended(proxy: Proxy, by: str, now: datetime) -> Proxy:
    """The version that ends it; ending twice is ending once. One that is paused ends for good."""
    if proxy.ended is not None and not proxy.is_paused:
        return proxy
    return replace(proxy, version=proxy.version + 1, ended=now, by=by, decided=now)


def confirmed(proxy: Proxy, by: str, now: datetime) -> Proxy:
    """The version in which whom they act for said yes again."""
    return replace(proxy, version=proxy.version + 1, confirmed=now, ended=None, by=by, decided=now)


def officers_yes(relation: Relation, birth: date | None, now: datetime) -> datetime:
    """Up to when an officer with the document in hand says yes for a child: its last moment below 15. From then on the
    yes is the young person's own, so that a representation made later begins as a question to them.
    """
    if relation is not Relation.CHILD or birth is None:
        return now
    return min(now, _midnight(birthday(birth, ALONE)) - timedelta(seconds=1))


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=clock.BANGKOK)
