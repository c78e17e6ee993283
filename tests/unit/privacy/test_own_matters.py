"""Nobody judges an own matter, under whichever account: neither who looked nor whose record was looked at (T01)."""

from __future__ import annotations

from datetime import date

import pytest

from suksala import audit, identity, privacy, registry
from suksala.foundation import clock, database
from suksala.privacy import CaseState, PrivacyProblem, Verdict
from suksala.privacy.domain import Parties, Who, require_other
from suksala.registry import ProviderRow
from tests.people import mali, number
from tests.record import HOSPITAL, person
from tests.unit.privacy.test_looking import DAY, NOON, NURSE, WORDS

pytestmark = pytest.mark.django_db

OFFICER, COLLEAGUE = "account:officer", "account:colleague"
SUDA, ANAN = number(2), number(3)  # the nurse who is the officer of her hospital too; another officer


def practitioner(local: str, given: str, bears: str) -> int:
    """Somebody of the hospital's list, by the number of the registry."""
    row = ProviderRow(
        local, "02", f"9801000{local}", bears, "นาง", given, "มั่นคง", codes=("03",), since=date(2024, 1, 1)
    )
    registry.take_providers(HOSPITAL, [row])
    return next(role.practitioner for role in registry.roles_at(HOSPITAL) if role.local == local)


@pytest.fixture
def nurse_and_officer(mali_here: int) -> int:
    """Suda nurses under one account and is privacy officer under another; Anan is the other officer."""
    database.execute(
        "INSERT INTO registry_facility (hospcode, name_th, name_en, kind, province, district, subdistrict, network) "
        "VALUES (%s, 'ก', 'A', 'hospital', '19', '1901', '', '') ON CONFLICT DO NOTHING",
        [HOSPITAL],
    )
    registry.forget_cache()
    suda, anan = practitioner("P1", "สุดา", SUDA), practitioner("P2", "อนันต์", ANAN)
    for login, role, who in [
        ("nurse", "clinician", suda), ("officer", "privacy", suda), ("colleague", "privacy", anan),
    ]:  # fmt: skip
        account(login, role, practitioner=who)
    return mali_here


@pytest.fixture
def mali_here() -> int:
    """Mali, registered at the hospital."""
    identity.link(HOSPITAL, [mali("1")])
    return person("1")


def account(login: str, role: str, **told: int) -> None:
    from suksala.signin import Account

    Account.objects.create_account(
        login, display_th=login, display_en=login, role=role, hospcode=HOSPITAL, demo=True, **told
    )


def looked(reader: str, who: int) -> None:
    audit.record_many([audit.Fact(NOON, "read", reader, "TREAT", who, HOSPITAL, {"operation": "timeline"})])


def case_about(reader: str, who: int) -> privacy.Case:
    looked(reader, who)
    return privacy.open_case([who], reader, HOSPITAL, DAY, "ไม่เคยไปที่นั่น", actor="account:mali")


def alert_about(reader: str, who: int) -> privacy.Alert:
    found = privacy.domain.Alert(7, who, reader, HOSPITAL, DAY, ("no-care",), made_at=clock.now())
    assert privacy.storage.insert_alerts([found]) == 1
    [kept] = privacy.alerts(HOSPITAL)
    return kept


def told() -> set[str]:
    """What the log says was done with cases and alerts."""
    done = ("privacy.case-taken", "privacy.case-answered", "privacy.alert-judged")
    return {kind for (kind,) in database.rows("SELECT kind FROM audit WHERE kind = ANY(%s)", [list(done)])}


def test_a_case_about_the_nurse_is_not_taken_up_or_answered_by_her_as_officer(nurse_and_officer: int) -> None:
    case = case_about(NURSE, nurse_and_officer)
    for act in (
        lambda: privacy.take_up(case.id, HOSPITAL, actor=OFFICER),
        lambda: privacy.answer(case.id, HOSPITAL, "justified", WORDS, actor=OFFICER),
    ):
        with pytest.raises(PrivacyProblem, match="SKL-PRIV-003"):
            act()
    assert (privacy.cases(HOSPITAL), told()) == ([case], set())
    assert privacy.take_up(case.id, HOSPITAL, actor=COLLEAGUE).state is CaseState.LOOKING
    assert privacy.answer(case.id, HOSPITAL, "justified", WORDS, actor=COLLEAGUE).verdict is Verdict.JUSTIFIED


def test_an_alert_about_the_nurse_is_not_judged_by_her_as_officer(nurse_and_officer: int) -> None:
    alert = alert_about(NURSE, nurse_and_officer)
    with pytest.raises(PrivacyProblem, match="SKL-PRIV-003"):
        privacy.judge(alert.id, HOSPITAL, "justified", WORDS, actor=OFFICER)
    assert (privacy.alerts(HOSPITAL), told()) == ([alert], set())
    assert privacy.judge(alert.id, HOSPITAL, "justified", WORDS, actor=COLLEAGUE).officer == COLLEAGUE


def test_the_own_complaint_is_another_officers_too(nurse_and_officer: int) -> None:
    """Suda is a patient of her hospital as well: her number in the two registers says so."""
    identity.link(HOSPITAL, [mali("2", number=SUDA, given="สุดา", family="มั่นคง")])
    case = case_about(COLLEAGUE, person("2"))
    with pytest.raises(PrivacyProblem, match="SKL-PRIV-003"):
        privacy.take_up(case.id, HOSPITAL, actor=OFFICER)
    with pytest.raises(PrivacyProblem, match="SKL-PRIV-003"):
        privacy.take_up(case.id, HOSPITAL, actor=COLLEAGUE)  # it is about him
    assert (privacy.cases(HOSPITAL), told()) == ([case], set())
    account("third", "privacy")
    assert privacy.take_up(case.id, HOSPITAL, actor="account:third").officer == "account:third"


def test_a_citizens_account_names_its_human(nurse_and_officer: int) -> None:
    """Who reads as a citizen, for somebody else, is found by the own person of the account."""
    identity.link(HOSPITAL, [mali("2", number=SUDA, given="สุดา", family="มั่นคง")])
    account("suda-at-home", "citizen", person=person("2"))
    case = case_about("account:suda-at-home", nurse_and_officer)
    with pytest.raises(PrivacyProblem, match="SKL-PRIV-003"):
        privacy.take_up(case.id, HOSPITAL, actor=OFFICER)
    assert privacy.cases(HOSPITAL) == [case]


@pytest.mark.parametrize(
    ("officer", "own"),
    [
        (Who("account:a"), True),  # the very account
        (Who("account:b"), False),  # nothing is known of either: two accounts are two humans
        (Who("account:b", practitioner=1), True),
        (Who("account:b", practitioner=2), False),
        (Who("account:b", humans=frozenset({10})), True),
        (Who("account:b", humans=frozenset({20})), True),  # the patient
        (Who("account:b", practitioner=2, humans=frozenset({30})), False),
    ],
)
def test_who_is_one_human(officer: Who, own: bool) -> None:
    reader = Who("account:a", practitioner=1, humans=frozenset({10}))
    parties = Parties(reader, patient=frozenset({20}))
    if not own:
        require_other(parties, officer)
        return
    with pytest.raises(PrivacyProblem, match="SKL-PRIV-003"):
        require_other(parties, officer)


def test_nothing_known_is_no_likeness() -> None:
    """Two accounts without an entry in a register are two humans; a system is nobody but itself."""
    assert not Who("account:a").is_one_with(Who("account:b"))
    assert not Who("client:his").is_one_with(Who("account:officer", practitioner=1))
    assert Who("client:his").is_one_with(Who("client:his"))
