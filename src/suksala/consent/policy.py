"""The one decision: who may read whose rows, why, and what of them. Pure: time and every fact is an argument.

What it goes by, in this order (decision 0094; ../shared/trust/security.md sections 1 and 5):

    citizen      the own record, all of it; a represented one without the classes that its representatives do not see
    clinician    treating: all that the own facility recorded, sensitive classes too, and of other facilities what a
                 consent opens. Registered at the facility but not seen there for a year: the same without the own
                 facility's sensitive classes, and by consents that name the facility only. Otherwise: what a consent
                 that names the facility opens, else nothing
    emergency    what the grant opens
    clerk        at the registration desk: who somebody registered at the own facility is and what covers their care, as
                 that facility recorded it. Nothing clinical: no appointment either, which bears its diagnosis; and
                 nothing by a consent or in an emergency (decision 0179)
    team         lists of the district's own units, without sensitive classes
    system       its facility's rows; all, if it is of the exchange itself
    privacy      nobody's record: who looked is told by the log

A consent opens sensitive classes only where it names them, and a denial, of whichever consent, goes before every
permission of one. No denial closes a facility's own record to the facility: the duty to treat rests on the law
(PDPA s.26(5)(a)), not on consent. No reason tells that there is a denial; what a person decided is read by them, and by
the facility that sent it.
"""

from __future__ import annotations

from collections.abc import Iterable, Set
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from . import domain
from .domain import Place
from .permits import SENSITIVE, Label, NoPermit, Permit, Purpose, Rows, Scope, one_scope
from .rules import ConsentRule, Provision

# What somebody closed tells what there is: nobody reads it by a consent, and no representative.
_DECISIONS = frozenset({"Consent"})
DECISIONS = Rows(types=_DECISIONS)
CLERICAL = frozenset({"Patient", "RelatedPerson", "Coverage"})
SEEN_WITHIN = timedelta(days=365)  # a visit or referral so recent makes the facility a treating one


class Role(StrEnum):
    """As whom somebody asks."""

    CITIZEN = "citizen"
    PROXY = "proxy"
    CLINICIAN = "clinician"
    CLERK = "clerk"
    TEAM = "district"
    SYSTEM = "system"
    PRIVACY = "privacy"


class Relation(StrEnum):
    """What binds somebody to the person whose record it is."""

    SELF = "self"
    PROXY = "proxy"
    TREATING = "treating"
    SAME_FACILITY = "same-facility"
    PANEL = "panel"
    EMERGENCY = "emergency"
    NONE = "none"


class Reason(NamedTuple):
    """Why something is open, or why not, for whoever asks: a stable code, Thai, English."""

    code: str
    th: str
    en: str


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks: as the audit log names them, in which role, on whose behalf."""

    actor: str
    role: Role
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose rows are asked for, and what binds the asker to them.

    persons   registrations of one human; none: of nobody in particular
    panel     facilities whose lists are asked for
    hidden    sensitive classes that a representative does not see
    granted   what an emergency grant opens, until its end
    consents  those in force about these persons
    """

    relation: Relation
    persons: Set[int] = frozenset()
    panel: frozenset[int] = frozenset()
    hidden: Label = Label.ADOLESCENT
    granted: tuple[Scope, ...] = ()
    until: datetime | None = None
    consents: tuple[ConsentRule, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """A permit, or none; and the reasons, which may be shown to whoever asked."""

    permit: Permit | None
    reasons: tuple[Reason, ...]

    def granted(self) -> Permit:
        """The permit. Raises NoPermit with the reason where there is none."""
        if self.permit is None:
            raise NoPermit(self.reasons[0].th, self.reasons[0].en)
        return self.permit


OWN = Reason("own-record", "นี่คือข้อมูลสุขภาพของท่านเอง", "This is your own record")
REPRESENTED = Reason(
    "represented",
    "ท่านเป็นผู้แทนของเจ้าของข้อมูล เรื่องที่บอกแพทย์เป็นการส่วนตัวไม่แสดงแก่ผู้แทน",
    "You represent this person; what was told in confidence is not shown to representatives",
)
TREATING = Reason(
    "treating",
    "ผู้ป่วยมารับบริการที่หน่วยของท่านในรอบ 12 เดือน ท่านจึงเห็นทุกอย่างที่หน่วยของท่านบันทึก",
    "The patient was seen at your facility within 12 months: you see all that your facility recorded",
)
REGISTERED = Reason(
    "registered",
    "ผู้ป่วยอยู่ในทะเบียนของหน่วยท่าน แต่ไม่มีบันทึกว่ามารับบริการในรอบ 12 เดือน จึงเห็นสิ่งที่หน่วยของท่านบันทึก ยกเว้นข้อมูลอ่อนไหว",
    "The patient is registered at your facility but was not recorded there within 12 months: you see what your "
    "facility recorded, except sensitive classes",
)
CONSENTED = Reason(
    "consent",
    "ผู้ป่วยยินยอมให้หน่วยของท่านเห็นข้อมูลจากหน่วยอื่นตามที่เลือกไว้",
    "The patient consented that your facility sees what others recorded, as far as they chose",
)
NO_CONSENT = Reason(
    "no-consent",
    "ข้อมูลของหน่วยอื่นยังไม่เปิด เพราะไม่มีความยินยอมของผู้ป่วยที่ให้หน่วยของท่านเห็น",
    "What other facilities recorded is closed: no consent of the patient lets your facility see it",
)
SENSITIVE_ELSEWHERE = Reason(
    "sensitive-elsewhere",
    "ข้อมูลอ่อนไหวของหน่วยอื่น (เอชไอวี สุขภาพจิต ความรุนแรงทางเพศ เรื่องของวัยรุ่น การเสพติด) เปิดเฉพาะเรื่องที่ผู้ป่วยระบุในความยินยอม",
    "Sensitive classes of other facilities (HIV, mental health, sexual violence, adolescents, addiction) open only "
    "where the patient's consent names them",
)
REGISTRATION = Reason(
    "registration",
    "งานเวชระเบียน: เห็นเพียงข้อมูลบุคคลและสิทธิการรักษาที่หน่วยของท่านบันทึก ไม่เห็นข้อมูลการรักษา",
    "Registration desk: you see who the person is and what covers their care, as your facility recorded it; nothing "
    "clinical",
)
EMERGENCY = Reason(
    "emergency",
    "เปิดฉุกเฉิน 72 ชั่วโมงโดยระบุเหตุผล ผู้ป่วยได้รับแจ้งและจะมีการทบทวน",
    "Opened in an emergency for 72 hours, with a reason; the patient is told and it will be reviewed",
)
PANEL = Reason(
    "panel",
    "รายชื่อของหน่วยบริการในอำเภอของท่าน ไม่รวมข้อมูลอ่อนไหว",
    "Lists of the units of your district, without sensitive classes",
)
NO_PANEL = Reason("no-panel", "ไม่มีหน่วยบริการในอำเภอของบัญชีนี้", "there is no facility in the district of this account")
SYSTEM = Reason("system", "ระบบที่ลงทะเบียนไว้ เห็นข้อมูลของหน่วยที่ผูกไว้", "A registered system sees the facility it is bound to")
WRONG_PURPOSE = Reason("purpose", "เหตุที่ขอเปิดไม่ตรงกับบทบาท", "The purpose is not one of this role")
NO_RELATION = Reason(
    "no-relation",
    "ไม่พบผู้ป่วยนี้ในทะเบียนของหน่วยบริการของท่าน",
    "this patient is not registered at your facility",
)
OFFICER = Reason(
    "privacy-officer",
    "เจ้าหน้าที่คุ้มครองข้อมูลตรวจบันทึกการเข้าถึง ไม่เปิดเวชระเบียน",
    "A privacy officer examines who looked, and opens no record",
)

_PURPOSES: dict[Role, frozenset[Purpose]] = {
    Role.CITIZEN: frozenset({Purpose.OWN_RECORD}),
    Role.PROXY: frozenset({Purpose.OWN_RECORD}),
    Role.CLINICIAN: frozenset({Purpose.TREATMENT, Purpose.EMERGENCY}),
    Role.CLERK: frozenset({Purpose.REGISTRATION}),
    Role.TEAM: frozenset({Purpose.OPERATIONS}),
    Role.SYSTEM: frozenset({Purpose.SYSTEM}),
    Role.PRIVACY: frozenset(),
}


def decide(principal: Principal, subject: Subject, purpose: Purpose, now: datetime) -> Decision:
    """Whether somebody may read, what of it, and why. Refuses whatever no rule opens."""
    if principal.role is Role.PRIVACY:
        return Decision(None, (OFFICER,))
    if purpose not in _PURPOSES[principal.role]:
        return Decision(None, (WRONG_PURPOSE,))
    return _RULES[principal.role](principal, subject, purpose, now)


def _citizen(principal: Principal, subject: Subject, purpose: Purpose, now: datetime) -> Decision:
    if subject.relation is not Relation.SELF:
        return Decision(None, (NO_RELATION,))
    return Decision(domain.own_record(principal.actor, subject.persons, now), (OWN,))


def _proxy(principal: Principal, subject: Subject, purpose: Purpose, now: datetime) -> Decision:
    if subject.relation is not Relation.PROXY or not subject.persons:
        return Decision(None, (NO_RELATION,))
    scopes = one_scope(subject.persons, None, (Rows(labels=subject.hidden), DECISIONS))
    return Decision(Permit(principal.actor, purpose, scopes, now + domain.OWN_RECORD, "proxy"), (REPRESENTED,))


def _team(principal: Principal, subject: Subject, purpose: Purpose, now: datetime) -> Decision:
    if subject.relation is not Relation.PANEL or not subject.panel:
        return Decision(None, (NO_PANEL,))
    return Decision(domain.team_list(principal.actor, subject.panel, now), (PANEL,))


def _system(principal: Principal, subject: Subject, purpose: Purpose, now: datetime) -> Decision:
    return Decision(domain.client_call(principal.actor, principal.place, now), (SYSTEM,))


def _clinician(principal: Principal, subject: Subject, purpose: Purpose, now: datetime) -> Decision:
    if principal.place is None or not subject.persons:
        return Decision(None, (NO_RELATION,))
    if (subject.relation is Relation.EMERGENCY) is not (purpose is Purpose.EMERGENCY):
        return Decision(None, (WRONG_PURPOSE,))
    if subject.relation is Relation.EMERGENCY:
        return _emergency(principal, subject, now)
    own = _own_rows(subject, principal.place)
    opened = _consented(subject, principal.place, purpose, now)
    if not own and not opened:
        return Decision(None, (NO_RELATION,))
    hospcode, until = principal.place.hospcode, now + domain.TREATMENT
    ground = "treatment" if own else "consent"
    scopes = (*own, *(scope for _, scope in opened))
    consents = tuple(dict.fromkeys(name for name, _ in opened))
    permit = Permit(principal.actor, purpose, scopes, until, ground, hospcode, consents)
    return Decision(permit, tuple(_reasons(subject.relation, bool(opened))))


def _clerk(principal: Principal, subject: Subject, purpose: Purpose, now: datetime) -> Decision:
    here = subject.relation in (Relation.TREATING, Relation.SAME_FACILITY)
    if principal.place is None or not subject.persons or not here:
        return Decision(None, (NO_RELATION,))
    return Decision(
        domain.registration(principal.actor, subject.persons, principal.place, CLERICAL, now), (REGISTRATION,)
    )


def _emergency(principal: Principal, subject: Subject, now: datetime) -> Decision:
    if not subject.granted or principal.place is None or subject.until is None or subject.until <= now:
        return Decision(None, (NO_RELATION,))
    hospcode = principal.place.hospcode
    permit = Permit(principal.actor, Purpose.EMERGENCY, subject.granted, subject.until, "emergency", hospcode)
    return Decision(permit, (EMERGENCY,))


_RULES = {
    Role.CITIZEN: _citizen,
    Role.PROXY: _proxy,
    Role.CLINICIAN: _clinician,
    Role.CLERK: _clerk,
    Role.TEAM: _team,
    Role.SYSTEM: _system,
}


def _own_rows(subject: Subject, place: Place) -> tuple[Scope, ...]:
    """What the own facility recorded."""
    if subject.relation is Relation.TREATING:
        return one_scope(subject.persons, {place.organization})
    if subject.relation is Relation.SAME_FACILITY:
        return one_scope(subject.persons, {place.organization}, (Rows(labels=SENSITIVE),))
    return ()


def _consented(subject: Subject, place: Place, purpose: Purpose, now: datetime) -> tuple[tuple[str, Scope], ...]:
    """What consents open to a facility, each scope with the name of the consent that opens it.

    One that speaks of every facility counts only for one that treats the person: for whoever merely knows a name, it is
    no reason to look.
    """
    holding = [
        (rule.name, rows, provision)
        for rule in subject.consents
        for provision in rule.provisions
        if provision.holds(place.hospcode, purpose, now) and (rows := _about(subject.persons, rule, provision))
    ]
    denied = tuple(rows for _, rows, provision in holding if not provision.permit)
    return tuple(
        (name, Scope(rows, (*_unnamed(rows), *_decisions(rows), *denied)))
        for name, rows, provision in holding
        if provision.permit
        and (provision.receivers is not None or subject.relation is Relation.TREATING)
        and not any(_everything_of(left_out, rows) for left_out in denied)
    )


def _about(persons: Set[int], rule: ConsentRule, provision: Provision) -> Rows | None:
    """The rows of a provision, bound to the persons asked for; None: it is about somebody else."""
    rows = provision.rows
    bound = rule.persons & persons if rows.persons is None else rule.persons & persons & rows.persons
    if not bound:
        return None
    return replace(rows, persons=bound)


def _everything_of(denied: Rows, rows: Rows) -> bool:
    """Whether a denial speaks of whatever there is of these persons: then it is as if nobody had permitted anything."""
    return denied == Rows(denied.persons) and (denied.persons or frozenset()) >= (rows.persons or frozenset())


def _unnamed(rows: Rows) -> tuple[Rows, ...]:
    """What bears a sensitive class that a permission does not name."""
    unnamed = SENSITIVE & ~(rows.labels or Label(0))
    return (Rows(labels=unnamed),) if unnamed else ()


def _decisions(rows: Rows) -> tuple[Rows, ...]:
    return (DECISIONS,) if rows.types is None or _DECISIONS & rows.types else ()


def _reasons(relation: Relation, opened: bool) -> Iterable[Reason]:
    if relation is Relation.TREATING:
        yield TREATING
    elif relation is Relation.SAME_FACILITY:
        yield REGISTERED
    yield CONSENTED if opened else NO_CONSENT
    yield SENSITIVE_ELSEWHERE
