"""No officer judges an emergency opening that is about themselves, as reader or as patient, under whichever account."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from suksala import audit, consent, identity, privacy, signin
from suksala.consent import Grant, GrantProblem, vault_keys
from suksala.foundation import clock, settings
from suksala.privacy import PrivacyProblem
from tests.people import mali, number
from tests.record import HOSPITAL, person
from tests.staff import practitioner
from tests.unit.privacy.test_own_matters import COLLEAGUE, NURSE, OFFICER, SUDA, account, mali_here, nurse_and_officer

__all__ = ["mali_here", "nurse_and_officer"]
pytestmark = pytest.mark.django_db
WORDS = "ตรวจกับทะเบียนห้องฉุกเฉินแล้ว ตรงกัน"


@dataclass(frozen=True)
class Doctor:
    """A clinician as sign-in knows them."""

    actor: str = "account:doctor"
    role: str = "clinician"
    hospcode: str = HOSPITAL
    display_th: str = "พญ.เวรดึก"
    practitioner: int | None = None


@pytest.fixture
def keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("SUKSALA_EPOCH_KEYS", str(tmp_path / "epoch-keys"))
    settings.forget()
    yield
    vault_keys.destroy_all()
    monkeypatch.undo()
    settings.forget()


def opened(reader: str, number: str) -> Grant:
    """An emergency opening that has ended."""
    tied = signin.accounts_named({reader.removeprefix("account:")}).get(reader.removeprefix("account:"))
    doctor = Doctor(reader, practitioner=tied.practitioner if tied else practitioner(HOSPITAL))
    need = consent.Need("ucep-1", "หมดสติ ไม่มีญาติ ต้องรู้ว่าแพ้ยาอะไร", "ER-1", "ว.12345", attested=True)
    return consent.end_grant(consent.break_glass(doctor, number, need).id, doctor)


def refused(grant: Grant, officer: str) -> None:
    """Neither judged nor put off: the opening stays as it was, and the log tells of nothing."""
    for act in (
        lambda: privacy.review_opening(grant.id, "justified", WORDS, actor=officer),
        lambda: privacy.delay_opening_notice(
            grant.id, clock.now() + timedelta(days=1), WORDS, facility=None, actor=officer
        ),
        lambda: privacy.tell_patient(grant.id, "letter", clock.today(), actor=officer),
    ):
        with pytest.raises(PrivacyProblem, match="SKL-PRIV-003"):
            act()
    assert consent.grant(grant.id) == grant
    kinds = ("grant.reviewed", "grant.notice-delayed", "grant.patient-told")
    assert [fact for kind in kinds for fact in audit.facts(kind)] == []


def test_the_opening_of_the_own_record_is_another_officers(nurse_and_officer: int, keys: None) -> None:
    """Suda, an officer, was a patient in an emergency: her number in the two registers says so."""
    identity.link(HOSPITAL, [mali("2", number=SUDA, given="สุดา", family="มั่นคง")])
    grant = opened("account:doctor", SUDA)
    refused(grant, OFFICER)
    assert privacy.review_opening(grant.id, "justified", WORDS, actor=COLLEAGUE).reviewed_by == COLLEAGUE


def test_an_account_of_a_citizen_tells_whose_record_it_is(nurse_and_officer: int, keys: None) -> None:
    """An officer whose account is known by the own person, not by a practitioner's number."""
    identity.link(HOSPITAL, [mali("2", number=SUDA, given="สุดา", family="มั่นคง")])
    account("third", "privacy", person=person("2"))
    refused(opened("account:doctor", SUDA), "account:third")


def test_who_opened_it_does_not_judge_it_as_officer(nurse_and_officer: int, keys: None) -> None:
    identity.link(HOSPITAL, [mali("2", number=SUDA, given="สุดา", family="มั่นคง")])
    refused(opened(NURSE, SUDA), OFFICER)


@pytest.mark.parametrize("facility", [HOSPITAL, ""])
def test_no_facilitys_officer_keeps_an_opening_from_its_patient(
    nurse_and_officer: int, keys: None, facility: str
) -> None:
    """The plan gives that to the exchange's officer alone, for whose facility it is may want it untold."""
    identity.link(HOSPITAL, [mali("2", number=SUDA, given="สุดา", family="มั่นคง")])
    grant = opened("account:doctor", SUDA)
    until = clock.now() + timedelta(days=1)
    with pytest.raises(PrivacyProblem, match="SKL-PRIV-012"):
        privacy.delay_opening_notice(grant.id, until, WORDS, facility=facility, actor=COLLEAGUE)
    assert (consent.veils_of(grant.persons), list(audit.facts("grant.notice-delayed"))) == ((), [])
    privacy.delay_opening_notice(grant.id, until, WORDS, facility=None, actor=COLLEAGUE)
    assert len(consent.veils_of(grant.persons)) == 1


def test_who_has_an_account_hides_nobody_who_has_none(
    nurse_and_officer: int, keys: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many of them are asked for first: here one at a time."""
    monkeypatch.setattr("suksala.privacy.openings.AT_ONCE", 1)
    with_account = opened("account:doctor", number(1))
    identity.link(HOSPITAL, [mali("2", number=SUDA, given="สุดา", family="มั่นคง")])
    without = opened("account:doctor", SUDA)
    account("citizen-1", "citizen", person=with_account.person)
    assert {one.id for one in consent.untold(HOSPITAL)} == {with_account.id, without.id}
    assert [one.id for one in privacy.openings_nobody_hears_of(HOSPITAL)] == [without.id]


def test_whom_nothing_tells_is_listed_until_somebody_told_them(nurse_and_officer: int, keys: None) -> None:
    """Suda has no account: her officer writes a letter and notes it; once, on a day that can be."""
    identity.link(HOSPITAL, [mali("2", number=SUDA, given="สุดา", family="มั่นคง")])
    grant = opened("account:doctor", SUDA)
    assert [one.id for one in privacy.openings_nobody_hears_of(HOSPITAL)] == [grant.id]
    assert privacy.openings_nobody_hears_of("99999") == []
    today = clock.today()
    for how, on, code in (
        ("pigeon", today, "SKL-GRANT-018"),
        ("letter", today + timedelta(days=1), "SKL-GRANT-019"),
        ("letter", today - timedelta(days=1), "SKL-GRANT-019"),
    ):
        with pytest.raises(GrantProblem, match=code):
            privacy.tell_patient(grant.id, how, on, actor=COLLEAGUE)
    assert (list(audit.facts("grant.patient-told")), consent.told_how(grant)) == ([], None)
    told = privacy.tell_patient(grant.id, "letter", today, actor=COLLEAGUE)
    assert consent.told_how(grant) == told == consent.Told("letter", today, COLLEAGUE)
    [fact] = audit.facts("grant.patient-told")
    assert (fact.actor, fact.person, fact.detail["how"], fact.detail["on"]) == (
        COLLEAGUE, grant.person, "letter", today.isoformat(),
    )  # fmt: skip
    assert privacy.openings_nobody_hears_of(HOSPITAL) == []
    with pytest.raises(GrantProblem, match="SKL-GRANT-029"):
        privacy.tell_patient(grant.id, "visit", today, actor=COLLEAGUE)


def test_who_has_an_account_is_told_by_their_page(nurse_and_officer: int, keys: None) -> None:
    """Told when they have read it; nobody's letter before or after."""
    identity.link(HOSPITAL, [mali("2", number=SUDA, given="สุดา", family="มั่นคง")])
    grant = opened("account:doctor", SUDA)
    account("suda", "citizen", person=person("2"))
    assert privacy.openings_nobody_hears_of(None) == []
    assert [one.id for one in consent.untold()] == [grant.id]
    assert [one.id for one in consent.openings_read(grant.persons)] == [grant.id]
    assert consent.untold() == []
    with pytest.raises(GrantProblem, match="SKL-GRANT-029"):
        privacy.tell_patient(grant.id, "letter", clock.today(), actor=COLLEAGUE)


def test_a_channel_that_took_a_message_told_nobody_and_a_delayed_notice_waits(
    nurse_and_officer: int, keys: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    identity.link(HOSPITAL, [mali("2", number=SUDA, given="สุดา", family="มั่นคง")])
    monkeypatch.setattr("suksala.consent.grants_notices.CHANNELS", [consent.Collected("sms")])
    grant = opened("account:doctor", SUDA)
    assert [one.id for one in privacy.openings_nobody_hears_of(None)] == [grant.id]
    consent.deliver_notices()  # taken, and nobody left a number
    assert [one.id for one in privacy.openings_nobody_hears_of(None)] == [grant.id]
    privacy.delay_opening_notice(grant.id, clock.now() + timedelta(days=1), WORDS, facility=None, actor=COLLEAGUE)
    assert privacy.openings_nobody_hears_of(None) == []
    with pytest.raises(GrantProblem, match="SKL-GRANT-029"):
        privacy.tell_patient(grant.id, "letter", clock.today(), actor=COLLEAGUE)


def test_an_opening_that_there_is_not_is_told_as_before(nurse_and_officer: int) -> None:
    from uuid import UUID

    with pytest.raises(GrantProblem, match="SKL-GRANT-017"):
        privacy.review_opening(UUID(int=0), "justified", WORDS, actor=OFFICER)
