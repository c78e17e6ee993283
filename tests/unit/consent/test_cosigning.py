"""A new need takes another person: a colleague opens, or co-signs. What the system ended goes on for what was left."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import django.db
import pytest

from suksala import consent, registry
from suksala.consent import (
    Cosigner,
    GrantProblem,
    GrantState,
    NoKey,
    grants_cosigning,
    grants_moment,
    grants_storage,
    vault_keys,
)
from suksala.foundation import clock, database
from suksala.registry import Licence, Practitioner, Role, Source
from tests.people import number

from .emergency import BEGAN, NEED, WORDS, Doctor, Turned, facts

pytestmark = pytest.mark.django_db

DOCTOR = Doctor(practitioner=1)
SECOND_ACCOUNT = replace(DOCTOR, actor="account:p-0123456789abcdef")
NURSE = Doctor("account:nurse", display_th="พว.สมใจ เวรดึก · สมมติ", practitioner=3)
FAR = Doctor("account:far", hospcode="99805", display_th="นพ.ไกล เมืองอื่น", practitioner=4)
ENDED, UNLICENSED, UNKNOWN = 2, 5, 9


@pytest.fixture(autouse=True)
def register(monkeypatch: pytest.MonkeyPatch) -> dict[int, list[Role]]:
    """The register knows 1, 3 and 4 with a licence, 2 with one that ended yesterday; 4 works at 99805."""
    told = Licence("01", "12345")
    known = {n: Practitioner(n, "พญ.", "ก", "ข", licences=(told,)) for n in (1, 3, 4)}
    known[ENDED] = Practitioner(ENDED, "นพ.", "ก", "ข", licences=(replace(told, until=date(2026, 11, 21)),))
    known[UNLICENSED] = Practitioner(UNLICENSED, "นพ.", "ก", "ข")
    roles = {4: [Role(1, 4, "99805", "", (), None, None, Source.DEPOSIT)]}
    monkeypatch.setattr(registry, "practitioner", known.get)
    monkeypatch.setattr(registry, "roles_of", lambda key, _on=None: roles.get(key, []))
    monkeypatch.setattr(registry, "same_human_number", lambda key: number(1) if key == 4 and roles.get(-4) else None)
    return roles


def opened(patient: str) -> consent.Grant:
    grant = consent.break_glass(DOCTOR, patient, NEED)
    consent.keep_copy(grant.id, DOCTOR, b"copied")
    return grant


def asked(patient: str, reader: Doctor = DOCTOR) -> consent.Grant:
    """What a doctor asks a co-signer for, who closed the first opening."""
    consent.end_grant(opened(patient).id, DOCTOR)
    return consent.break_glass(reader, patient, NEED, with_cosigner=True)


def nothing_opened(grants_there: int = 1) -> None:
    """No key, no notice, no fact of an opening beyond those of the first."""
    assert vault_keys.left() == 0
    assert len(facts("grant.opened")) == grants_there
    assert facts("grant.cosigned") == []


def test_a_co_signer_confirms_and_the_reader_reads_for_72_hours(patient: str, turned: Turned) -> None:
    """A mistaken close: another clinician, 72 hours from then, told to the patient, the log and both officers."""
    request = asked(patient)
    assert (request.state, request.started_at, vault_keys.left()) == (GrantState.REQUESTED, None, 0)
    turned.go(minutes=3)
    [waiting] = consent.requests_to_cosign(NURSE)
    grant = consent.cosign(waiting.id, NURSE)
    assert (grant.id, grant.state, grant.until) == (request.id, GrantState.ACTIVE, clock.now() + timedelta(hours=72))
    assert grant.cosigner == Cosigner("account:nurse", "พว.สมใจ เวรดึก", "99803", "12345", 3)
    assert consent.grant(grant.id) == grant
    consent.keep_copy(grant.id, DOCTOR, b"again")
    assert consent.read_copy(grant.id, DOCTOR)[1] == b"again"
    assert next(g.id for g in consent.openings_of(grant.persons)) == grant.id
    assert facts("grant.opened")[-1].detail["cosigner"] == "account:nurse"
    [signed] = facts("grant.cosigned")
    assert (signed.actor, signed.purpose, signed.person) == ("account:nurse", "ETREAT", grant.person)
    assert [n.grant_id for n in consent.officer_notices()] == [grant.id]  # the exchange's, at once
    assert grant.flags == ("cosigned",)
    assert consent.requests_to_cosign(NURSE) == []


def test_the_co_signer_sees_nothing_of_it(patient: str) -> None:
    grant = consent.cosign(asked(patient).id, NURSE)
    consent.keep_copy(grant.id, DOCTOR, b"again")
    for step in (consent.read_copy, consent.permit_for_grant, consent.end_grant):
        with pytest.raises(GrantProblem, match="SKL-GRANT-010"):
            step(grant.id, NURSE)  # type: ignore[operator]
    assert facts("read.copy") == []


def test_before_somebody_signed_a_request_opens_nothing(patient: str) -> None:
    """Neither page nor officer nor patient knows it as an opening, and the reader only as a request."""
    request = asked(patient)
    for step in (consent.read_copy, consent.permit_for_grant, consent.end_grant):
        with pytest.raises(GrantProblem, match="SKL-GRANT-010"):
            step(request.id, DOCTOR)  # type: ignore[operator]
    assert consent.grant(request.id) is None
    assert request.id not in {g.id for g in [*consent.openings_of(request.persons), *consent.grants_to_review()]}
    assert consent.own_request(request.id, DOCTOR) == request
    assert consent.own_request(request.id, NURSE) is None
    nothing_opened()


@pytest.mark.parametrize(
    ("cosigner", "code"),
    [
        (DOCTOR, "SKL-GRANT-027"),
        (SECOND_ACCOUNT, "SKL-GRANT-027"),
        (replace(NURSE, practitioner=None), "SKL-GRANT-026"),
        (replace(NURSE, practitioner=UNKNOWN), "SKL-GRANT-026"),
        (replace(NURSE, practitioner=UNLICENSED), "SKL-GRANT-028"),
        (replace(NURSE, practitioner=ENDED), "SKL-GRANT-009"),
        (replace(FAR, hospcode="99806"), "SKL-GRANT-028"),  # works at 99805, as the register tells
    ],
)
def test_who_does_not_co_sign(patient: str, cosigner: Doctor, code: str) -> None:
    """Not the reader under any account, nobody whom the register does not prove; each refusal is in the log."""
    request = asked(patient)
    with pytest.raises(GrantProblem, match=code):
        consent.cosign(request.id, cosigner)
    nothing_opened()
    assert consent.own_request(request.id, DOCTOR) == request
    refused = facts("grant.refused")[-1]
    assert (refused.actor, refused.detail) == (cosigner.actor, {"code": code})


def test_only_a_clinician_co_signs(patient: str) -> None:
    request = asked(patient)
    with pytest.raises(consent.NoPermit):
        consent.cosign(request.id, replace(NURSE, role="privacy"))
    nothing_opened()


def test_the_patient_co_signs_nothing_about_themselves(patient: str, register: dict[int, list[Role]]) -> None:
    """Mali is a doctor elsewhere: her number in the two registers says so."""
    request = asked(patient)
    register[-4] = register[4]
    with pytest.raises(GrantProblem, match="SKL-GRANT-027"):
        consent.cosign(request.id, FAR)
    nothing_opened()


def test_a_colleague_elsewhere_finds_it_by_its_reference_only(patient: str) -> None:
    """One doctor alone at night: a colleague of another hospital, told the reference by telephone."""
    request = asked(patient)
    assert consent.requests_to_cosign(FAR) == []
    for wrong in ("", "00000000", request.reference[:7], str(request.id)):
        if wrong != str(request.id):
            with pytest.raises(GrantProblem, match="SKL-GRANT-030"):
                consent.request_named(wrong, FAR)
    assert consent.request_named(f" {request.reference.lower()} ", FAR) == request
    with pytest.raises(GrantProblem, match="SKL-GRANT-030"):
        consent.request_named(request.reference, DOCTOR)
    assert consent.cosign(request.id, FAR).is_open(clock.now())


@pytest.mark.parametrize(("seconds", "signs"), [(899, True), (900, False)])
def test_a_request_waits_for_15_minutes(patient: str, turned: Turned, seconds: int, signs: bool) -> None:
    request = asked(patient)
    turned.go(seconds=seconds)
    assert (consent.requests_to_cosign(NURSE) != []) is signs
    if signs:
        assert consent.cosign(request.id, NURSE).is_open(clock.now())
        return
    with pytest.raises(GrantProblem, match="SKL-GRANT-030"):
        consent.cosign(request.id, NURSE)
    nothing_opened()
    consent.expire_grants()
    assert database.rows("SELECT count(*) FROM consent_grant WHERE state = 'requested'") == [(0,)]


def test_a_request_is_signed_once_and_the_newest_counts(patient: str) -> None:
    former = asked(patient)
    request = consent.break_glass(DOCTOR, patient, NEED, with_cosigner=True)
    with pytest.raises(GrantProblem, match="SKL-GRANT-030"):
        consent.cosign(former.id, NURSE)
    consent.cosign(request.id, NURSE)
    for number_ in (request.id, uuid4()):
        with pytest.raises(GrantProblem, match="SKL-GRANT-030"):
            consent.cosign(number_, FAR)
    assert len(facts("grant.cosigned")) == 1


def test_a_locked_facility_is_not_opened_by_a_co_signer(patient: str) -> None:
    request = asked(patient)
    database.execute("INSERT INTO consent_lock (facility, since) VALUES ('99803', now())")
    with pytest.raises(GrantProblem, match="SKL-GRANT-021"):
        consent.cosign(request.id, FAR)
    nothing_opened()


def test_a_first_need_takes_no_co_signer(patient: str) -> None:
    """Asking for one costs a patient no minute: it opens at once."""
    grant = consent.break_glass(DOCTOR, patient, NEED, with_cosigner=True)
    assert (grant.state, grant.cosigner, grant.flags) == (GrantState.ACTIVE, None, ())


def test_a_reader_without_a_proven_licence_asks_nobody(patient: str) -> None:
    """The register knows no licence of theirs, so it could not prove who signs for whom; a colleague opens."""
    unknown = replace(DOCTOR, practitioner=UNLICENSED)
    consent.end_grant(consent.break_glass(unknown, patient, NEED).id, unknown)
    with pytest.raises(GrantProblem, match="SKL-GRANT-028"):
        consent.break_glass(unknown, patient, NEED, with_cosigner=True)
    assert consent.requests_to_cosign(NURSE) == []
    assert consent.break_glass(NURSE, patient, NEED).is_open(clock.now())


def test_who_co_signed_neither_reviews_nor_delays(patient: str) -> None:
    grant = consent.cosign(asked(patient).id, NURSE)
    consent.end_grant(grant.id, DOCTOR)
    for actor, practitioner in (("account:nurse", None), ("account:privacy", 3)):
        with pytest.raises(GrantProblem, match="SKL-GRANT-011"):
            consent.review_grant(grant.id, "justified", "", actor=actor, practitioner=practitioner)
        with pytest.raises(GrantProblem, match="SKL-GRANT-011"):
            consent.delay_notice(grant.id, grant.until, WORDS, actor=actor, practitioner=practitioner)
    assert (facts("grant.reviewed"), facts("grant.notice-delayed")) == ([], [])
    assert consent.review_grant(grant.id, "justified", "", actor="account:privacy").verdict == "justified"


def test_after_a_co_signed_one_the_same_reader_needs_somebody_again(patient: str, turned: Turned) -> None:
    grant = consent.cosign(asked(patient).id, NURSE)
    turned.to(grant.until)
    consent.expire_grants()
    with pytest.raises(GrantProblem, match="SKL-GRANT-023"):
        consent.break_glass(DOCTOR, patient, NEED)


# ---- what the system ended ------------------------------------------------------------------------------------------


def test_a_lost_key_ends_the_grant_and_its_reader_goes_on_for_what_is_left(patient: str, turned: Turned) -> None:
    """No key is made anew for the old grant: another grant, whose end is the first one's to the second."""
    first = opened(patient)
    turned.go(hours=70)
    vault_keys.destroy_all()
    with pytest.raises(NoKey):
        consent.read_copy(first.id, DOCTOR)
    ended = consent.grant(first.id)
    assert ended is not None
    assert (ended.state, ended.flags, ended.ended_at) == (GrantState.SHREDDED, ("key-lost",), clock.now())
    second = consent.break_glass(DOCTOR, patient, NEED)
    assert (second.id != first.id, second.until, second.cosigner) == (True, first.until, None)
    consent.keep_copy(second.id, DOCTOR, b"pulled again")
    turned.to(first.until - timedelta(seconds=1))
    assert consent.read_copy(second.id, DOCTOR)[1] == b"pulled again"
    turned.go(seconds=1)
    with pytest.raises(GrantProblem, match="SKL-GRANT-010"):
        consent.read_copy(second.id, DOCTOR)
    with pytest.raises(GrantProblem, match="SKL-GRANT-023"):
        consent.break_glass(DOCTOR, patient, NEED)


@pytest.mark.parametrize("step", ["keep", "permit", "open"])
def test_a_lost_key_is_noticed_on_every_way(patient: str, step: str) -> None:
    first = opened(patient)
    vault_keys.destroy_all()
    if step == "keep":
        with pytest.raises(NoKey):
            consent.keep_copy(first.id, DOCTOR, b"x")
    elif step == "permit":
        with pytest.raises(NoKey):
            consent.permit_for_grant(first.id, DOCTOR)
    second = consent.break_glass(DOCTOR, patient, NEED)
    assert (second.id != first.id, second.until, vault_keys.left()) == (True, first.until, 1)
    assert [f.detail.get("why") for f in facts("grant.ended")] == ["key-lost"]


def test_a_clock_stepped_back_costs_the_reader_nothing_and_gives_nothing(patient: str, turned: Turned) -> None:
    """40 s by a time server at hour 10, as the machine itself counts: 62 hours are left, in the clock as it is now."""
    consent.expire_grants()
    opened(patient)
    turned.go(hours=10)
    turned.up += 36_000
    consent.expire_grants()
    turned.go(seconds=-40)
    with pytest.raises(consent.ClockProblem):
        consent.break_glass(DOCTOR, patient, NEED)
    second = consent.break_glass(DOCTOR, patient, NEED)
    assert (second.lasts, second.until) == (timedelta(hours=62), clock.now() + timedelta(hours=62))
    consent.end_grant(second.id, DOCTOR)
    with pytest.raises(GrantProblem, match="SKL-GRANT-023"):  # that was the reader's own
        consent.break_glass(DOCTOR, patient, NEED)


def test_a_clock_set_back_over_a_start_of_the_machine_leaves_nothing(
    patient: str, turned: Turned, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody counted how long it was off, so the rest of the 72 hours is not known: another person decides."""
    opened(patient)
    turned.go(hours=10)
    consent.expire_grants()
    monkeypatch.setattr(grants_moment, "run_of_machine", lambda: "another")
    turned.up = 5.0
    turned.go(hours=-5)
    with pytest.raises(consent.ClockProblem):
        consent.break_glass(DOCTOR, patient, NEED)
    with pytest.raises(GrantProblem, match="SKL-GRANT-023"):
        consent.break_glass(DOCTOR, patient, NEED)
    request = consent.break_glass(DOCTOR, patient, NEED, with_cosigner=True)
    assert consent.cosign(request.id, NURSE).lasts == timedelta(hours=72)


@pytest.mark.parametrize(("hours", "left"), [(71, timedelta(hours=1)), (72, None)])
def test_a_restore_gives_what_was_left_and_no_more(
    patient: str, turned: Turned, hours: int, left: timedelta | None
) -> None:
    first = opened(patient)
    turned.go(hours=hours)
    consent.end_what_was_restored(actor="system:operator")
    if left is None:
        with pytest.raises(GrantProblem, match="SKL-GRANT-023"):
            consent.break_glass(DOCTOR, patient, NEED)
        return
    assert consent.break_glass(DOCTOR, patient, NEED).until == first.until == BEGAN + timedelta(hours=72)


@pytest.mark.parametrize("by", ["reader", "officer", "operator"])
def test_an_end_by_reader_officer_or_operator_is_not_the_systems(patient: str, by: str) -> None:
    first = opened(patient)
    if by == "reader":
        consent.end_grant(first.id, DOCTOR)
    elif by == "officer":
        consent.revoke_grant(first.id, actor="account:privacy", words=WORDS)
    else:
        consent.shred_now(actor="system:operator")
    with pytest.raises(GrantProblem, match="SKL-GRANT-023"):
        consent.break_glass(DOCTOR, patient, NEED)
    nothing_opened()


@pytest.mark.django_db(transaction=True)
def test_who_asks_again_while_a_colleague_confirms_waits_for_nobody_who_waits(
    patient: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both take the human first and the request after: one of them finds it done, neither ends in a deadlock."""
    waiting = asked(patient)
    met = threading.Barrier(2, timeout=1)

    def meet(real: Callable[..., Any]) -> Callable[..., Any]:
        def with_the_other(*args: Any, **more: Any) -> Any:
            found = real(*args, **more)
            with suppress(threading.BrokenBarrierError):
                met.wait()
            return found

        return with_the_other

    monkeypatch.setattr(grants_cosigning, "_require_place", meet(grants_cosigning._require_place))
    monkeypatch.setattr(grants_storage, "requests_of", meet(grants_storage.requests_of))
    ended: dict[str, str] = {}

    def run(name: str, do: Callable[[], consent.Grant]) -> None:
        try:
            ended[name] = str(do().state)
        except GrantProblem as refused:
            ended[name] = refused.code
        finally:
            django.db.connections.close_all()

    both = [
        threading.Thread(target=run, args=("cosign", lambda: consent.cosign(waiting.id, NURSE))),
        threading.Thread(target=run, args=("again", lambda: asked_again(patient))),
    ]
    for one in both:
        one.start()
    for one in both:
        one.join(20)
    assert set(ended) == {"cosign", "again"}


def asked_again(patient: str) -> consent.Grant:
    return consent.break_glass(DOCTOR, patient, NEED, with_cosigner=True)
