"""Who takes part in the exchange, and by which agreement. Pure rules; a day is an argument."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from suksala.foundation import SuksalaError

EXCHANGING_DAYS = 30  # a party that exchanged nothing for a month is connected, not exchanging (S3.26)
_NUMBER = re.compile(r"[A-Za-z0-9ก-๙][A-Za-z0-9ก-๙./_-]{0,39}")


class Flow(StrEnum):
    """What an agreement lets flow."""

    DEPOSIT = "deposit"  # 43-file deposits that a facility's own people send (decision 0206)
    EXCHANGE = "exchange"  # the FHIR API, both ways
    RELEASE = "release"  # data sets of the city, which identify nobody
    LINE_LISTS = "line-lists"  # line lists of a crisis sent, and own rows read back
    CARE_STATUS = "care-status"  # with own rows, whether somebody cares for the person


class Kind(StrEnum):
    """What kind of agreement it is: of intent, on sharing data, or with somebody who processes them for us."""

    MOU = "mou"
    DSA = "dsa"
    DPA = "dpa"


# Sections of the Personal Data Protection Act B.E. 2562 on which a flow can rest (../domain/hie_phr.md section 8).
BASES = ("19", "24-1", "24-2", "24-4", "24-6", "26", "26-1", "26-5-a", "26-5-b", "26-5-d")


class State(StrEnum):
    """How far a party has come; whether it exchanges is seen from what it did last, see `Membership.is_exchanging`."""

    INVITED = "invited"
    AGREED = "agreed"
    CONNECTED = "connected"
    SUSPENDED = "suspended"
    LEFT = "left"


MOVES: dict[State | None, frozenset[State]] = {
    None: frozenset({State.INVITED}),
    State.INVITED: frozenset({State.AGREED, State.LEFT}),
    State.AGREED: frozenset({State.CONNECTED, State.SUSPENDED, State.LEFT}),
    State.CONNECTED: frozenset({State.SUSPENDED, State.LEFT}),
    State.SUSPENDED: frozenset({State.AGREED, State.LEFT}),
    State.LEFT: frozenset({State.INVITED}),
}
NEED_AGREEMENT = frozenset({State.AGREED, State.CONNECTED})
BARRED = frozenset({State.SUSPENDED, State.LEFT})


class AgreementProblem(SuksalaError):
    """An agreement cannot be kept as written. Nothing was."""

    code = "SKL-REG-002"


class NoAgreement(SuksalaError):
    """No agreement in force lets this party take part in this flow; nothing flowed (S3.18, S4.40)."""

    code = "SKL-REG-003"
    http_status = 403

    def __init__(self, flow: Flow) -> None:
        super().__init__(
            f"หน่วยงานนี้ยังไม่มีข้อตกลงที่มีผลบังคับสำหรับ {flow}: บันทึกด้วย suksala registry agree",
            f"this party has no agreement in force for {flow}: keep one with suksala registry agree",
        )


class MembershipProblem(SuksalaError):
    """A party cannot go to that state from where it is. It stays."""

    code = "SKL-REG-004"
    http_status = 409


@dataclass(frozen=True, slots=True)
class Agreement:
    """What parties have signed.

    number   by which it is known, such as DSA-2569-001
    kind     Kind
    parties  codes of agencies, or HOSPCODEs
    flows    what it lets flow; none for an agreement of intent
    basis    the section of the Act that the flows rest on, one of BASES; "" without flows
    signed, since, until  days; `until` is its last day, None: open
    """

    number: str
    kind: Kind
    title: str
    parties: tuple[str, ...]
    flows: frozenset[Flow]
    basis: str
    signed: date
    since: date
    until: date | None = None

    def is_in_force(self, on: date) -> bool:
        """Whether it counts on this day; its first and last day do."""
        return self.since <= on and (self.until is None or on <= self.until)

    def covers(self, party: str, flow: Flow, on: date) -> bool:
        """Whether it lets this party take part in this flow on this day."""
        return party in self.parties and flow in self.flows and self.is_in_force(on)


def require_sound(agreement: Agreement) -> None:
    """Raises AgreementProblem for one that says nothing clear."""
    if not _NUMBER.fullmatch(agreement.number):
        raise AgreementProblem(
            "เลขที่ข้อตกลงมีได้ 1 ถึง 40 ตัว เป็นตัวอักษร ตัวเลข . / _ -",
            "an agreement's number has 1 to 40 letters, digits and . / _ -",
        )
    if not agreement.title.strip() or not agreement.parties:
        raise AgreementProblem("ข้อตกลงต้องมีชื่อและคู่สัญญา", "an agreement has a title and parties")
    if agreement.until is not None and agreement.until < agreement.since:
        raise AgreementProblem("วันสิ้นสุดต้องไม่ก่อนวันเริ่ม", "it cannot end before it begins")
    if agreement.kind is Kind.MOU and agreement.flows:
        raise AgreementProblem(
            "บันทึกความเข้าใจ (MOU) ไม่ให้สิทธิส่งข้อมูล ใช้ข้อตกลงแบ่งปันข้อมูล (DSA)",
            "an MOU lets no data flow; that needs a data sharing agreement (dsa)",
        )
    if agreement.flows and agreement.basis not in BASES:
        raise AgreementProblem(
            f"ต้องระบุฐานกฎหมายตาม พ.ร.บ. คุ้มครองข้อมูลส่วนบุคคล: {', '.join(BASES)}",
            f"a flow rests on a section of the Personal Data Protection Act: {', '.join(BASES)}",
        )


@dataclass(frozen=True, slots=True)
class Membership:
    """Where a party stands.

    party      code of an agency, or HOSPCODE
    since      day of the present state
    exchanged  last day on which data flowed, None: never
    """

    party: str
    state: State
    since: date
    exchanged: date | None = None

    def is_exchanging(self, on: date) -> bool:
        """Connected, and data flowed in the last 30 days."""
        recent = self.exchanged is not None and on - self.exchanged <= timedelta(days=EXCHANGING_DAYS)
        return self.state is State.CONNECTED and recent


def require_move(present: State | None, to: State, *, agreed: bool) -> None:
    """Raises MembershipProblem unless a party may go from `present` (None: not a member) to `to`.

    agreed  whether an agreement in force lets any of its data flow
    """
    if to not in MOVES[present]:
        said = present or "-"
        raise MembershipProblem(
            f"เปลี่ยนสถานะจาก {said} เป็น {to} ไม่ได้ ได้เฉพาะ {', '.join(sorted(MOVES[present]))}",
            f"a party cannot go from {said} to {to}, only to {', '.join(sorted(MOVES[present]))}",
        )
    if to in NEED_AGREEMENT and not agreed:
        raise MembershipProblem(
            f"เป็น {to} ได้เมื่อมีข้อตกลงที่มีผลบังคับเท่านั้น: บันทึกด้วย suksala registry agree",
            f"only a party with an agreement in force can be {to}: keep one with suksala registry agree",
        )


@dataclass(frozen=True, slots=True)
class NetworkCounts:
    """The two counters of S3.26, and the rest.

    connected   parties whose link works, exchanging or not
    exchanging  those of them between whom and us data flowed in the last 30 days
    """

    invited: int = 0
    agreed: int = 0
    connected: int = 0
    exchanging: int = 0
    suspended: int = 0
    left: int = 0


def counts(members: Iterable[Membership], on: date) -> NetworkCounts:
    """How many parties stand where."""
    found = list(members)
    by_state = {state.value: sum(m.state is state for m in found) for state in State}
    return NetworkCounts(**by_state, exchanging=sum(m.is_exchanging(on) for m in found))
