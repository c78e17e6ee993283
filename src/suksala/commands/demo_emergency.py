"""The demo's emergency: one opening that has ended, for its patient to read and an officer to review. All made up."""

from __future__ import annotations

WORDS = "ผู้ป่วยหมดสติ ไม่มีญาติมาด้วย ต้องรู้ว่าแพ้ยาอะไร (เหตุการณ์สมมติ)"


def make_emergency(login: str, person: int) -> None:
    """Let a demo clinician open a made-up citizen's record once, and close it; again does nothing."""
    from suksala import consent, exchange, identity, signin
    from suksala.foundation import clock

    doctor, number = signin.demo_account(login), identity.registration(person).number or ""
    persons = identity.persons_of_number(number)
    if not persons or consent.openings_of(persons):
        return
    need = consent.Need("ucep-1", WORDS, "ER-2569/0001", "ว.00000", attested=True)
    opened = consent.break_glass(doctor, number, need)
    _, permit = consent.permit_for_grant(opened.id, doctor)
    consent.keep_copy(opened.id, doctor, exchange.emergency_copy(permit, clock.now(), full=False))
    consent.read_copy(opened.id, doctor)
    consent.end_grant(opened.id, doctor)
