"""Use cases of the network: agreements, memberships, and the facts that data flowed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from suksala import audit
from suksala.foundation import clock, database

from . import network_storage, service
from .agencies import AGENCIES
from .network import (
    BARRED,
    Agreement,
    AgreementProblem,
    Flow,
    Membership,
    MembershipProblem,
    NetworkCounts,
    NoAgreement,
    State,
    counts,
    require_move,
    require_sound,
)


def keep_agreement(agreement: Agreement, *, actor: str) -> None:
    """Keep a signed agreement; its number again replaces it, and the log tells that it did.

    Raises AgreementProblem for one that says nothing clear, or names a party that no list names.
    """
    require_sound(agreement)
    unknown = [party for party in agreement.parties if not is_party(party)]
    if unknown:
        raise AgreementProblem(
            f"ไม่พบคู่สัญญา {', '.join(unknown)} ในทะเบียน: นำเข้าด้วย suksala registry import",
            f"no list names the parties {', '.join(unknown)}: see suksala registry import",
        )
    with database.transaction():
        network_storage.save_agreement(agreement)
        audit.record(
            "registry.agreement",
            actor=actor,
            detail={"number": agreement.number, "flows": sorted(agreement.flows), "parties": len(agreement.parties)},
        )


def end_agreement(number: str, last_day: date, *, actor: str) -> Agreement:
    """Let an agreement end with this day, sooner than it says. Raises AgreementProblem when there is none."""
    with database.transaction():
        found = network_storage.agreement(number)
        if found is None or (found.until is not None and found.until < last_day):
            raise AgreementProblem(
                "ไม่มีข้อตกลงเลขที่นี้ หรือสิ้นสุดก่อนวันนั้นแล้ว", "there is no such agreement, or it has ended before that day"
            )
        ended = replace(found, until=last_day)
        network_storage.save_agreement(ended)
        audit.record("registry.agreement-ended", actor=actor, detail={"number": number, "until": last_day.isoformat()})
    return ended


def agreements(party: str | None = None) -> list[Agreement]:
    """All agreements, or those of a party, by number."""
    return [a for a in network_storage.agreements() if party is None or party in a.parties]


def require_agreement(party: str, flow: Flow, on: date) -> Agreement:
    """The agreement that lets this flow start. Raises NoAgreement: without one, nothing may flow."""
    for agreement in agreements(party):
        if agreement.covers(party, flow, on):
            return agreement
    raise NoAgreement(flow)


def move_member(party: str, to: State, *, actor: str) -> Membership:
    """Bring a party to a state. Raises MembershipProblem: no such party, or not from where it is."""
    if not is_party(party):
        raise MembershipProblem("ไม่มีหน่วยงานนี้ในทะเบียน", "no list names this party")
    today = clock.today()
    with database.transaction():
        present = network_storage.member(party, lock=True)
        require_move(present.state if present else None, to, agreed=_is_agreed(party, today))
        moved = Membership(party, to, today, present.exchanged if present else None)
        network_storage.save_member(moved)
        audit.record("registry.member", actor=actor, detail={"party": party, "state": to.value})
    return moved


def told_connection(party: str, *, actor: str) -> None:
    """A party's link was made: agreed becomes connected. Others stay where they are."""
    present = network_storage.member(party)
    if present is not None and present.state is State.AGREED and _is_agreed(party, clock.today()):
        move_member(party, State.CONNECTED, actor=actor)


def told_exchange(party: str, on: date) -> None:
    """Data flowed between a party and us on this day; nothing is kept of somebody who is no member."""
    network_storage.note_exchange(party, on)


def is_barred(party: str) -> bool:
    """Whether a party was suspended or has left: nothing is taken from it or given to it."""
    present = network_storage.member(party)
    return present is not None and present.state in BARRED


def members() -> list[Membership]:
    """Every party that was ever invited, by code."""
    return network_storage.members()


def network_counts(on: date) -> NetworkCounts:
    """How many parties stand where on this day; connected and exchanging apart (S3.26)."""
    return counts(members(), on)


def is_party(code: str) -> bool:
    """Whether this is an agency, or a facility that a list named."""
    return code in AGENCIES or service.facility(code) is not None


def _is_agreed(party: str, on: date) -> bool:
    return any(a.flows and a.is_in_force(on) for a in agreements(party))
