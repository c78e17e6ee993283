"""From the audit log to an alert and its verdict, and from a citizen's doubt to an answer (T01)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from suksala import audit, consent, identity, privacy, signin
from suksala.foundation import clock, database, settings
from suksala.privacy import CaseState, PrivacyProblem, Reason, Verdict
from tests.people import mali, number
from tests.record import HOSPITAL, UNIT, person, send
from tests.staff import practitioner

pytestmark = pytest.mark.django_db

DAY = date(2026, 11, 19)
NOON = datetime(2026, 11, 19, 12, tzinfo=clock.BANGKOK)
NURSE, OFFICER = "account:nurse", "account:officer"
WORDS = "ผู้เปิดดูเป็นญาติ ไม่ได้ให้การรักษา ตักเตือนแล้ว"
NEED = consent.Need("ucep-1", "หมดสติ ไม่มีญาติมาด้วย", "ER-1", "ว.12345", attested=True)


def opening(who: int, *, reader: str = NURSE, facility: str | None = HOSPITAL, at: datetime = NOON) -> None:
    audit.record_many([audit.Fact(at, "read", reader, "TREAT", who, facility, {"operation": "timeline"})])


def account(login: str, name: str) -> None:
    from suksala.signin import Account

    Account.objects.create_account(
        login, display_th=name, display_en=name, role="clinician", hospcode=HOSPITAL, demo=True
    )


@pytest.fixture
def mali_here() -> int:
    """Mali Jaidee, registered at the hospital, never seen there; a nurse of the same surname works there."""
    identity.link(HOSPITAL, [mali("1")])
    send("PERSON", {"pid": "1", "name": "มะลิ", "lname": "ใจดี"})
    account("nurse", "สมศรี ใจดี · พยาบาล")
    return person("1")


def test_a_relative_without_a_visit_raises_an_alert(mali_here: int) -> None:
    opening(mali_here)
    assert privacy.look(DAY) == privacy.Look(DAY, openings=1, alerts=1)
    [alert] = privacy.alerts(HOSPITAL)
    assert (alert.reader, alert.person, alert.on) == (NURSE, mali_here, DAY)
    assert set(alert.reasons) == {Reason.NO_CARE, Reason.SURNAME}


def test_a_visit_explains_it(mali_here: int) -> None:
    send("SERVICE", {"pid": "1", "seq": "1", "date_serv": "2026-11-01"})
    opening(mali_here)
    assert privacy.look(DAY).alerts == 0


def test_a_protected_person_is_looked_at_first(mali_here: int) -> None:
    identity.protect(mali_here, "บุคคลสาธารณะ", facility=HOSPITAL, actor=OFFICER)
    account("clerk", "บุญมี ขยัน · เวชระเบียน")
    opening(mali_here, reader="account:clerk")
    privacy.look(DAY)
    [alert] = privacy.alerts(HOSPITAL)
    assert set(alert.reasons) == {Reason.NO_CARE, Reason.PROTECTED}
    identity.unprotect(mali_here, actor=OFFICER)
    assert identity.protections() == []


def test_looking_again_changes_nothing(mali_here: int) -> None:
    opening(mali_here)
    privacy.look(DAY)
    [before] = privacy.alerts(HOSPITAL)
    assert privacy.look(DAY).alerts == 0
    assert privacy.alerts(HOSPITAL) == [before]


def test_a_citizen_and_a_system_are_not_looked_at(mali_here: int) -> None:
    opening(mali_here, reader="client:his")
    opening(mali_here, facility=None)
    assert privacy.look(DAY) == privacy.Look(DAY, openings=0, alerts=0)


@pytest.mark.parametrize(
    ("kind", "openings"),
    [("read.copy", 1), ("panel.read", 1), ("privacy.opening-seen", 1), ("grant.opened", 0), ("search", 0)],
)
def test_every_way_of_seeing_somebody_is_looked_at(mali_here: int, kind: str, openings: int) -> None:
    """A list of the district's team and a copy read on a later day too; a step that shows nothing is none."""
    audit.record_many([audit.Fact(NOON, kind, NURSE, "HOPERAT", mali_here, HOSPITAL)])
    assert privacy.look(DAY) == privacy.Look(DAY, openings=openings, alerts=0)


def test_two_ties_with_somebody_on_a_list_raise_an_alert(mali_here: int) -> None:
    """A protected person of the own surname, never seen there: told by the ties, for the list chose."""
    audit.record_many([audit.Fact(NOON, "panel.read", NURSE, "HOPERAT", mali_here, HOSPITAL)])
    identity.protect(mali_here, "บุคคลสาธารณะ", facility=HOSPITAL, actor=OFFICER)
    assert privacy.look(DAY).alerts == 1
    [alert] = privacy.alerts(HOSPITAL)
    assert set(alert.reasons) == {Reason.SURNAME, Reason.PROTECTED}


def test_days_that_are_over_are_looked_at_once(mali_here: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOON + timedelta(days=1))
    opening(mali_here)
    looked = privacy.look_at_what_is_over()
    assert (looked[-1].on, looked[-1].alerts, len(looked)) == (DAY, 1, 7)
    assert privacy.look_at_what_is_over() == []


def test_another_facilitys_officer_sees_nothing_of_it(mali_here: int) -> None:
    opening(mali_here)
    privacy.look(DAY)
    [alert] = privacy.alerts(None)  # the exchange's officer sees all
    assert privacy.alerts(UNIT) == []
    assert privacy.alert(alert.id, UNIT) is None
    with pytest.raises(PrivacyProblem):
        privacy.judge(alert.id, UNIT, Verdict.UNCLEAR, WORDS, actor=OFFICER)
    assert privacy.alerts(HOSPITAL) == [alert]


def test_a_verdict_is_given_once_and_by_somebody_else(mali_here: int) -> None:
    opening(mali_here)
    privacy.look(DAY)
    [alert] = privacy.alerts(HOSPITAL)
    wrong: list[dict[str, Any]] = [
        {"verdict": "fine", "note": WORDS, "actor": OFFICER},
        {"verdict": "unclear", "note": "สั้นไป", "actor": OFFICER},
        {"verdict": "justified", "note": WORDS, "actor": NURSE},
    ]
    for told in wrong:
        with pytest.raises(PrivacyProblem):
            privacy.judge(alert.id, HOSPITAL, **told)
    assert privacy.alerts(HOSPITAL) == [alert]
    done = privacy.judge(alert.id, HOSPITAL, "unjustified", WORDS, actor=OFFICER)
    assert (done.verdict, done.officer, privacy.alerts(HOSPITAL)) == (Verdict.UNJUSTIFIED, OFFICER, [])
    with pytest.raises(PrivacyProblem, match="already"):
        privacy.judge(alert.id, HOSPITAL, "justified", WORDS, actor=OFFICER)
    [(actor, about)] = database.rows("SELECT actor, person FROM audit WHERE kind = 'privacy.alert-judged'")
    assert (actor, about) == (OFFICER, mali_here)


@pytest.mark.parametrize(("named", "alerts"), [(60, 1), (59, 0)])
def test_searches_that_name_many_strangers_are_an_alert_of_the_day(named: int, alerts: int) -> None:
    """From the facts of searches: sixty people of the register, none a patient now, none opened. One alert, with how
    many; whoever of them was opened besides is looked at as an opening.
    """
    identity.link(HOSPITAL, [mali(str(n), number=number(n), given=f"ก{n}", family=f"ข{n}") for n in range(60)])
    people = list(identity.persons(HOSPITAL, [str(n) for n in range(60)]).values())
    audit.record_many(
        [audit.Fact(NOON, "search", NURSE, "TREAT", who, HOSPITAL, {"found": 5, "told": 5}) for who in people[:named]]
    )
    privacy.look(DAY)
    found = privacy.alerts(HOSPITAL)
    assert [(one.reader, one.reasons, one.strangers) for one in found] == [(NURSE, ("no-care", "listed"), 60)] * alerts


SECOND = "account:nurse-2"


def strangers(count: int) -> list[int]:
    """So many people of the register whom nobody treats."""
    rows = [mali(str(n), number=number(n), given=f"ก{n}", family=f"ข{n}") for n in range(count)]
    identity.link(HOSPITAL, rows)
    return list(identity.persons(HOSPITAL, [str(n) for n in range(count)]).values())


@pytest.fixture
def two_accounts() -> int:
    """A nurse with two accounts, tied to one practitioner by the returned number."""
    who = practitioner(HOSPITAL)
    for login in ("nurse", "nurse-2"):
        account(login, "สมศรี ขยัน · พยาบาล")
        signin.tie_account(login, who, actor="system:operator")
    return who


@pytest.mark.parametrize(("tied", "alerts"), [(True, [(NURSE, ("no-care", "many"), 10)]), (False, [])])
def test_ten_strangers_in_a_day_count_over_all_accounts_of_a_human(
    two_accounts: int, tied: bool, alerts: list[tuple[str, tuple[str, ...], int]]
) -> None:
    """Five under each account, where colleagues open one: one human opened ten, or two people five each (0190)."""
    if not tied:
        signin.tie_account("nurse-2", None, actor="system:operator")
    for n, who in enumerate(strangers(10)):
        opening(who, reader=NURSE if n < 5 else SECOND)
        if n < 2:
            opening(who, reader=f"account:colleague-{n}")
    assert privacy.look(DAY).openings == 12
    assert [(one.reader, one.reasons, one.strangers) for one in privacy.alerts(HOSPITAL)] == alerts


@pytest.mark.parametrize("last", [NURSE, SECOND])
def test_the_same_stranger_on_a_third_day_counts_over_all_accounts(two_accounts: int, last: str) -> None:
    """Two days under one account, the third under the other; the alert names the account of that day."""
    [who] = strangers(1)
    for days, reader in ((3, NURSE), (1, SECOND), (0, last)):
        opening(who, reader=reader, at=NOON - timedelta(days=days))
    privacy.look(DAY)
    [alert] = privacy.alerts(HOSPITAL)
    assert (alert.reader, alert.reasons) == (last, ("no-care", "again"))


def test_one_record_opened_by_two_accounts_of_a_human_in_a_day_is_one_opening(two_accounts: int) -> None:
    """Nor is a colleague one with them: the third opening is somebody else's."""
    account("colleague", "อื่น คนละคน")
    signin.tie_account("colleague", practitioner(HOSPITAL, "67890", given="วันดี"), actor="system:operator")
    [who] = strangers(1)
    for reader in (NURSE, SECOND, "account:colleague"):
        opening(who, reader=reader)
    assert privacy.look(DAY) == privacy.Look(DAY, openings=2, alerts=0)


def test_each_facility_is_told_of_the_account_that_was_used_on_its_behalf(two_accounts: int) -> None:
    """One protected stranger opened from two places: its officer is told by each, and of no account of the other's."""
    [who] = strangers(1)
    identity.protect(who, "บุคคลสาธารณะ", actor=OFFICER)
    opening(who, reader=NURSE)
    opening(who, reader=SECOND, facility=UNIT)
    assert privacy.look(DAY) == privacy.Look(DAY, openings=2, alerts=2)
    told = {place: [(one.reader, one.reasons) for one in privacy.alerts(place)] for place in (HOSPITAL, UNIT)}
    reasons = ("no-care", "protected")
    assert told == {HOSPITAL: [(NURSE, reasons)], UNIT: [(SECOND, reasons)]}


def test_one_account_of_two_facilities_is_told_to_both() -> None:
    [who] = strangers(1)
    identity.protect(who, "บุคคลสาธารณะ", actor=OFFICER)
    opening(who, reader=NURSE)
    opening(who, reader=NURSE, facility=UNIT)
    assert privacy.look(DAY) == privacy.Look(DAY, openings=2, alerts=2)
    assert [len(privacy.alerts(place)) for place in (HOSPITAL, UNIT)] == [1, 1]
    assert privacy.look(DAY).alerts == 0


@pytest.mark.parametrize(("elsewhere", "alerts"), [(10, [(SECOND, 10)]), (9, [])])
def test_many_strangers_are_counted_and_told_at_the_facility_where_they_were_opened(
    two_accounts: int, elsewhere: int, alerts: list[tuple[str, int]]
) -> None:
    """Ten at the hospital; the unit is told of its ten too, and not of nine, whatever the same human did elsewhere."""
    for n, who in enumerate(strangers(20 if elsewhere == 10 else 19)):
        opening(who, reader=NURSE if n >= elsewhere else SECOND, facility=HOSPITAL if n >= elsewhere else UNIT)
    for n, colleague in enumerate(strangers(4)):
        opening(colleague, reader=f"account:colleague-{n % 2}", facility=(HOSPITAL, UNIT)[n // 2])
    privacy.look(DAY)
    assert [(one.reader, one.strangers) for one in privacy.alerts(HOSPITAL)] == [(NURSE, 10)]
    assert [(one.reader, one.strangers) for one in privacy.alerts(UNIT)] == alerts


def test_searches_under_two_accounts_are_one_humans(two_accounts: int) -> None:
    """Thirty people named to each account: sixty strangers, one alert."""
    facts = [
        audit.Fact(NOON, "search", NURSE if n < 30 else SECOND, "TREAT", who, HOSPITAL, {"found": 5, "told": 5})
        for n, who in enumerate(strangers(60))
    ]
    audit.record_many(facts)
    privacy.look(DAY)
    assert [(one.reasons, one.strangers) for one in privacy.alerts(HOSPITAL)] == [(("no-care", "listed"), 60)]


@dataclass(frozen=True)
class Doctor:
    """A clinician elsewhere who breaks the glass."""

    actor: str = NURSE
    role: str = "clinician"
    hospcode: str = HOSPITAL
    display_th: str = "สมศรี ใจดี · พยาบาล"
    practitioner: int | None = None


@pytest.fixture
def own_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A key folder of this test: clocks that it turns put no other's in doubt."""
    monkeypatch.setenv("SUKSALA_EPOCH_KEYS", str(tmp_path / "keys"))
    settings.forget()
    yield tmp_path / "keys"
    monkeypatch.undo()
    settings.forget()


@pytest.mark.parametrize(
    ("began", "bears"),
    [
        (NOON, True),
        (NOON - timedelta(hours=83, minutes=59), True),  # it ended a minute after midnight
        (NOON - timedelta(hours=84), False),  # at midnight
        (NOON + timedelta(hours=12), False),  # the next day
    ],
)
def test_what_is_told_of_an_alert_bears_the_emergency_opening_of_that_day(
    mali_here: int, own_keys: Path, monkeypatch: pytest.MonkeyPatch, began: datetime, bears: bool
) -> None:
    """By its number a fact is left out of the citizen's log while the opening is not told to them."""
    identity.link(UNIT, [mali("7")])
    who = practitioner(HOSPITAL)
    with monkeypatch.context() as then:
        then.setattr(clock, "now", lambda: began)
        then.setattr("suksala.consent.grants_storage.database_now", lambda: began)
        grant = consent.break_glass(Doctor(practitioner=who), number(1), NEED)
    opening(identity.person_of(UNIT, "7"))
    privacy.look(DAY)
    [alert] = privacy.alerts(HOSPITAL)
    assert privacy.matter_of(alert) == ({"grant": str(grant.id)} if bears else {})
    privacy.judge(alert.id, HOSPITAL, "unjustified", WORDS, actor=OFFICER)
    [fact] = [fact for fact in audit.facts("privacy.alert-judged") if fact.actor == OFFICER]
    assert ("grant" in fact.detail) is bears


# ---- cases -----------------------------------------------------------------------------------------------------------


def doubted(who: int) -> privacy.Case:
    return privacy.open_case([who], NURSE, HOSPITAL, DAY, "ไม่เคยไปที่นั่น", actor="account:mali")


def test_a_doubt_becomes_a_case_with_a_clock(mali_here: int) -> None:
    opening(mali_here)
    case = doubted(mali_here)
    assert (case.state, case.due - case.opened_at) == (CaseState.OPEN, timedelta(days=30))
    assert (case.is_late(case.due), case.is_late(case.due + timedelta(seconds=1))) == (False, True)
    assert privacy.cases(HOSPITAL) == privacy.cases(None) == privacy.cases_of([mali_here]) == [case]
    assert privacy.cases(UNIT) == []


@pytest.mark.parametrize("kind", sorted(audit.READINGS))
def test_whatever_showed_somebody_can_be_doubted(mali_here: int, kind: str) -> None:
    """The copy of an emergency opening, read on its second day, as well as a list."""
    audit.record_many([audit.Fact(NOON, kind, NURSE, "ETREAT", mali_here, HOSPITAL)])
    assert doubted(mali_here).reader == NURSE


def test_a_step_that_showed_nothing_is_not_doubted(mali_here: int) -> None:
    audit.record_many([audit.Fact(NOON, "grant.ended", NURSE, "ETREAT", mali_here, HOSPITAL)])
    with pytest.raises(PrivacyProblem, match="SKL-PRIV-006"):
        doubted(mali_here)
    assert privacy.cases(None) == []


def test_nobody_doubts_what_did_not_happen(mali_here: int) -> None:
    opening(mali_here)
    for reader, facility, on in [
        ("account:other", HOSPITAL, DAY), (NURSE, UNIT, DAY), (NURSE, HOSPITAL, DAY + timedelta(days=1)),
    ]:  # fmt: skip
        with pytest.raises(PrivacyProblem, match="no such opening"):
            privacy.open_case([mali_here], reader, facility, on, "", actor="account:mali")
    with pytest.raises(PrivacyProblem):
        privacy.open_case([mali_here + 1], NURSE, HOSPITAL, DAY, "", actor="account:somchai")
    assert privacy.cases(None) == []


def test_one_doubt_one_case(mali_here: int) -> None:
    opening(mali_here)
    case = doubted(mali_here)
    with pytest.raises(PrivacyProblem, match="waits"):
        doubted(mali_here)
    assert privacy.cases(None) == [case]


def test_the_citizen_reads_the_answer(mali_here: int) -> None:
    opening(mali_here)
    case = doubted(mali_here)
    assert privacy.take_up(case.id, HOSPITAL, actor=OFFICER).state is CaseState.LOOKING
    privacy.answer(case.id, HOSPITAL, "unjustified", WORDS, actor=OFFICER)
    [told] = privacy.cases_of([mali_here])
    assert (told.state, told.verdict, told.answer) == (CaseState.ANSWERED, Verdict.UNJUSTIFIED, WORDS)
    with pytest.raises(PrivacyProblem, match="already"):
        privacy.answer(case.id, HOSPITAL, "justified", WORDS, actor=OFFICER)
    kinds = [
        kind for (kind,) in database.rows("SELECT kind FROM audit WHERE starts_with(kind, 'privacy.case') ORDER BY seq")
    ]
    assert kinds == ["privacy.case-opened", "privacy.case-taken", "privacy.case-answered"]


def test_another_facilitys_officer_answers_nothing(mali_here: int) -> None:
    opening(mali_here)
    case = doubted(mali_here)
    with pytest.raises(PrivacyProblem):
        privacy.answer(case.id, UNIT, "justified", WORDS, actor=OFFICER)
    assert privacy.cases_of([mali_here]) == [case]


# ---- protected persons -----------------------------------------------------------------------------------------------


def test_each_officer_has_a_list_of_their_own(mali_here: int) -> None:
    """Who is on another's list is put on this one too, and the answer does not tell; each takes off their own."""
    reason = "ผู้เสียหายจากความรุนแรง"
    for facility in ("", HOSPITAL):
        identity.protect(mali_here, reason, facility=facility, actor=OFFICER)
    assert [one.facility for one in identity.protections()] == [HOSPITAL, ""]
    identity.unprotect(mali_here, facility=HOSPITAL, actor=OFFICER)
    assert [one.facility for one in identity.protections()] == [""]
    with pytest.raises(identity.ProtectionProblem, match="SKL-ID-012"):
        identity.unprotect(mali_here, facility=HOSPITAL, actor=OFFICER)
    identity.protect(mali_here, reason, facility=HOSPITAL, actor=OFFICER)
    identity.unprotect(mali_here, actor="account:privacy-exchange")
    assert (identity.protections(), identity.protected_among([mali_here])) == ([], frozenset())


def test_the_list_needs_a_reason_and_holds_each_once(mali_here: int) -> None:
    with pytest.raises(identity.ProtectionProblem):
        identity.protect(mali_here, " x ", actor=OFFICER)
    assert identity.protections() == []
    identity.protect(mali_here, "ผู้เสียหายจากความรุนแรง", facility=HOSPITAL, actor=OFFICER)
    with pytest.raises(identity.ProtectionProblem, match="SKL-ID-011"):
        identity.protect(mali_here, "อีกครั้งหนึ่ง", facility=HOSPITAL, actor=OFFICER)
    [one] = identity.protections(HOSPITAL)
    assert (one.person, identity.protected_among([mali_here]), identity.protections(UNIT)) == (
        mali_here, frozenset({mali_here}), [],
    )  # fmt: skip
    with pytest.raises(identity.ProtectionProblem):
        identity.unprotect(mali_here + 1, actor=OFFICER)
