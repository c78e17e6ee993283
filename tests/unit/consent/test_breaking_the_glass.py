"""Breaking the glass: grant, log and notices together; a copy that nobody reads after 72 hours (S2.58-S2.60, T03)."""

from __future__ import annotations

import itertools
import os
import stat
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from suksala import audit, consent, identity, registry
from suksala.consent import (
    SENSITIVE,
    GrantFaults,
    GrantProblem,
    GrantState,
    Label,
    Need,
    NoKey,
    Rows,
    Scope,
    grants_moment,
    grants_notices,
    grants_storage,
    vault_keys,
)
from suksala.consent.grants_notices import TEXT
from suksala.foundation import clock, database, settings
from suksala.registry import Licence, Practitioner
from tests.people import HOSPITAL, UNIT, mali, number

from .emergency import BEGAN, NEED, WORDS, Doctor, Turned, facts

pytestmark = pytest.mark.django_db

DOCTOR = Doctor(practitioner=1)
COLLEAGUE = Doctor("account:colleague", display_th="นพ.สมชาย อีกคน", practitioner=3)
MARKER = b"MARKER-penicillin-anaphylaxis"


@pytest.fixture(autouse=True)
def licences(monkeypatch: pytest.MonkeyPatch) -> dict[int, Practitioner]:
    """The registry knows four doctors: 1 and 3 with a licence, 2 with one that ended yesterday, of 4 it knows none."""
    known = {
        1: Practitioner(1, "พญ.", "สมหญิง", "รักเรียน", licences=(Licence("01", "12345", until=None),)),
        2: Practitioner(2, "นพ.", "สมชาย", "ช้า", licences=(Licence("01", "54321", until=date(2026, 11, 21)),)),
        3: Practitioner(3, "นพ.", "สมชาย", "อีกคน", licences=(Licence("01", "67890", until=None),)),
        4: Practitioner(4, "พญ.", "สมหญิง", "มาใหม่"),
    }
    monkeypatch.setattr(registry, "practitioner", known.get)
    return known


def rows(table: str) -> int:
    return int(database.rows(f"SELECT count(*) FROM {table}")[0][0])


def opened(patient: str, doctor: Doctor = DOCTOR) -> consent.Grant:
    grant = consent.break_glass(doctor, patient, NEED)
    consent.keep_copy(grant.id, doctor, MARKER)
    return grant


def test_an_opening_is_granted_told_and_logged_in_one(patient: str) -> None:
    """Both registrations of the woman, 72 hours, one fact, a notice to her and one to the facility's officer."""
    grant = consent.break_glass(DOCTOR, patient, NEED)
    assert (grant.state, grant.began, grant.until) == (GrantState.ACTIVE, BEGAN, BEGAN + timedelta(hours=72))
    assert len(grant.persons) == 2
    assert grant == consent.grant(grant.id)
    [fact] = facts("grant.opened")
    assert (fact.actor, fact.purpose, fact.person, fact.facility) == (DOCTOR.actor, "ETREAT", grant.person, "99803")
    assert fact.detail == {"grant": str(grant.id), "criterion": "ucep-1", "flags": []}
    told = database.rows("SELECT receiver, facility, due_at, sent_at FROM consent_notice ORDER BY 1")
    assert told == [("citizen", "", BEGAN, None), ("facility-officer", "99803", BEGAN, BEGAN)]  # hers is not read yet
    assert WORDS not in str(facts("grant.opened"))


def test_the_permit_of_a_grant_ends_with_it(patient: str) -> None:
    grant = consent.break_glass(DOCTOR, patient, NEED)
    _, permit = consent.permit_for_grant(grant.id, DOCTOR)
    assert (permit.purpose, permit.until, permit.ground) == ("ETREAT", grant.until, "emergency")
    assert (permit.persons, permit.organizations) == (grant.persons, None)


def test_what_each_confirmation_opens(patient: str, turned: Turned) -> None:
    """The emergency set with medicines of 12 months; the record without sensitive classes; those that were named."""

    def scopes() -> tuple[Scope, ...]:
        return consent.permit_for_grant(grant.id, DOCTOR)[1].scopes

    grant = consent.break_glass(DOCTOR, patient, NEED)
    lately = scopes()[1].rows.since
    assert lately is not None
    assert abs(lately - (turned.wall - timedelta(days=365))) < timedelta(minutes=1)
    assert {scope.without for scope in scopes()} == {(Rows(labels=SENSITIVE),)}
    assert all("Immunization" not in (scope.rows.types or ()) for scope in scopes())
    consent.widen_grant(grant.id, DOCTOR)
    assert scopes() == (Scope(Rows(persons=grant.persons), (Rows(labels=SENSITIVE),)),)
    consent.widen_grant(grant.id, DOCTOR, labels=Label.HIV, words=WORDS)
    assert scopes() == (Scope(Rows(persons=grant.persons), (Rows(labels=SENSITIVE & ~Label.HIV),)),)


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"words": "เร่งด่วน"}, ["words"]),
        ({"attested": False, "encounter": ""}, ["encounter", "attested"]),
    ],
)
def test_a_faulty_declaration_opens_nothing(patient: str, change: dict[str, str], fields: list[str]) -> None:
    with pytest.raises(GrantFaults) as refused:
        consent.break_glass(DOCTOR, patient, replace(NEED, **change))  # type: ignore[arg-type]
    assert [f.field for f in refused.value.faults] == fields
    assert (rows("consent_grant"), rows("consent_notice"), vault_keys.left()) == (0, 0, 0)
    assert facts("grant.sought") == []
    assert [f.detail for f in facts("grant.refused")] == [{"code": "SKL-GRANT-001"}]


def test_the_licence_is_the_registrys(patient: str) -> None:
    """Whatever the form says; one that has ended opens nothing."""
    assert consent.break_glass(DOCTOR, patient, replace(NEED, licence="")).need.licence == "12345"
    with pytest.raises(GrantProblem, match="SKL-GRANT-009"):
        consent.break_glass(replace(COLLEAGUE, practitioner=2), patient, NEED)
    assert rows("consent_grant") == 1


def test_a_licence_that_the_registry_does_not_know_is_told_to_the_exchanges_officer(patient: str) -> None:
    """The patient is not left without help because a list is old; somebody looks at once."""
    grant = consent.break_glass(replace(DOCTOR, practitioner=4), patient, NEED)
    assert (grant.need.licence, grant.flags) == ("ว.12345", ("licence-unproven",))
    assert len(consent.officer_notices()) == 1


@pytest.mark.parametrize("practitioner", [None, 99])
@pytest.mark.parametrize("licence", ["", "ว.12345"])
def test_an_account_that_is_no_practitioners_opens_nothing(
    patient: str, practitioner: int | None, licence: str
) -> None:
    """Tied to nobody, or to somebody whom the registry does not know: whatever is typed, nothing is sought or told."""
    with pytest.raises(GrantProblem, match="SKL-GRANT-026"):
        consent.break_glass(replace(DOCTOR, practitioner=practitioner), patient, replace(NEED, licence=licence))
    assert (rows("consent_grant"), rows("consent_notice"), vault_keys.left(), facts("grant.sought")) == (0, 0, 0, [])
    [fact] = facts("grant.refused")
    assert (fact.person, fact.detail) == (None, {"code": "SKL-GRANT-026"})


def test_a_licence_of_the_registry_is_taken_as_its_council_writes_it(
    patient: str, licences: dict[int, Practitioner]
) -> None:
    """What is typed has to look like one; what the registry knows does not."""
    licences[1] = replace(licences[1], licences=(Licence("02", "9801000P1"),))
    assert consent.break_glass(DOCTOR, patient, replace(NEED, licence="")).need.licence == "9801000P1"
    with pytest.raises(GrantFaults) as refused:
        consent.break_glass(replace(COLLEAGUE, practitioner=4), patient, replace(NEED, licence="9801000P1"))
    assert [f.code for f in refused.value.faults] == ["SKL-GRANT-005"]


@pytest.mark.parametrize("known", [True, False])
def test_what_is_said_of_a_faulty_declaration_is_the_same_for_known_and_unknown(patient: str, known: bool) -> None:
    """Before a doctor has declared a need, no answer says whether somebody has a record (T05)."""
    with pytest.raises(GrantFaults) as refused:
        consent.break_glass(
            replace(DOCTOR, practitioner=4),
            patient if known else number(99),
            Need("", "", "", "", attested=False),
        )
    assert [f.field for f in refused.value.faults] == ["criterion", "words", "encounter", "licence", "attested"]


@pytest.mark.parametrize("wrong", ["", "123", "3990100000012345", "มาลี", "0000000000000"])
def test_only_an_exact_national_number_is_sought(patient: str, wrong: str) -> None:
    with pytest.raises(GrantFaults) as refused:
        consent.break_glass(DOCTOR, wrong, NEED)
    assert [f.code for f in refused.value.faults] == ["SKL-GRANT-007"]
    assert facts("grant.sought") == []


def test_an_unknown_number_is_told_and_counted(patient: str) -> None:
    with pytest.raises(GrantProblem, match="SKL-GRANT-008"):
        consent.break_glass(DOCTOR, number(99), NEED)
    assert (len(facts("grant.sought")), rows("consent_grant")) == (1, 0)


def test_only_a_clinician_breaks_the_glass(patient: str) -> None:
    with pytest.raises(consent.NoPermit):
        consent.break_glass(replace(DOCTOR, role="district"), patient, NEED)
    assert (rows("consent_grant"), facts("grant.sought")) == (0, [])


def test_five_patients_an_hour_and_no_sixth(patient: str, turned: Turned) -> None:
    """Unknown numbers count too, or the budget could be used to search (T05)."""
    for n in range(90, 95):
        with pytest.raises(GrantProblem, match="SKL-GRANT-008"):
            consent.break_glass(DOCTOR, number(n), NEED)
    with pytest.raises(GrantProblem, match="SKL-GRANT-022") as refused:
        consent.break_glass(DOCTOR, patient, NEED)
    assert (refused.value.http_status, rows("consent_grant")) == (429, 0)
    consent.break_glass(COLLEAGUE, patient, NEED)
    turned.go(hours=1, seconds=1)
    assert consent.break_glass(DOCTOR, patient, NEED).is_open(clock.now())


def test_asking_twice_gives_the_same_grant_and_no_minute_more(patient: str, turned: Turned) -> None:
    """A double click, or the next morning."""
    first = consent.break_glass(DOCTOR, patient, NEED)
    turned.go(hours=10)
    again = consent.break_glass(DOCTOR, patient, NEED)
    assert (again.id, again.until) == (first.id, first.until)
    assert (rows("consent_grant"), rows("consent_notice")) == (1, 2)


def test_after_a_restore_the_same_reader_opens_anew(patient: str, turned: Turned) -> None:
    """The key was in no copy, so nobody had the use of what stood open: it ends, is told, and is reviewed as any."""
    first = opened(patient)
    turned.go(hours=1)
    assert consent.end_what_was_restored(actor="system:operator") == 1
    ended = consent.grant(first.id)
    assert ended is not None
    assert (ended.state, ended.ended_at, ended.flags[-1:]) == (GrantState.REVOKED, clock.now(), ("restored",))
    [fact] = audit.facts("grant.ended")
    assert fact.detail == {"grant": str(first.id), "how": "revoked", "why": "restored"}
    with pytest.raises(GrantProblem):
        consent.read_copy(first.id, DOCTOR)
    assert consent.end_what_was_restored(actor="system:operator") == 0
    second = consent.break_glass(DOCTOR, patient, NEED)
    assert (second.id != first.id, second.is_open(clock.now())) == (True, True)
    consent.end_grant(second.id, DOCTOR)
    with pytest.raises(GrantProblem, match="SKL-GRANT-023"):  # that one was of use
        consent.break_glass(DOCTOR, patient, NEED)
    consent.expire_grants()
    gone = consent.grant(first.id)
    assert gone is not None
    assert gone.state is GrantState.SHREDDED


@pytest.mark.parametrize("early", [True, False])
def test_a_new_need_is_a_new_grant_by_somebody_else(patient: str, turned: Turned, early: bool) -> None:
    """Ended early or by time: the same reader would only lengthen it. After another 72 hours it is a new need."""
    first = opened(patient)
    turned.go(hours=71 if early else 73)
    if early:
        consent.end_grant(first.id, DOCTOR)
    consent.expire_grants()
    with pytest.raises(GrantProblem, match="SKL-GRANT-023"):
        consent.break_glass(DOCTOR, patient, NEED)
    assert consent.break_glass(COLLEAGUE, patient, NEED).is_open(clock.now())
    turned.go(hours=72)
    assert consent.break_glass(DOCTOR, patient, NEED).id != first.id


SECOND_ACCOUNT = replace(DOCTOR, actor="account:p-0123456789abcdef")  # of the same practitioner, by Provider ID


def test_one_clinician_under_two_accounts_opens_no_longer_grant(patient: str, turned: Turned) -> None:
    """While it is open, the account that opened it is named as the way; then it is too soon, for either."""
    consent.break_glass(DOCTOR, patient, NEED)
    with pytest.raises(GrantProblem, match="SKL-GRANT-025") as refused:
        consent.break_glass(SECOND_ACCOUNT, patient, NEED)
    assert refused.value.http_status == 403
    turned.go(hours=72)
    consent.expire_grants()
    for account in (DOCTOR, SECOND_ACCOUNT):
        with pytest.raises(GrantProblem, match="SKL-GRANT-023"):
            consent.break_glass(account, patient, NEED)
    assert (rows("consent_grant"), vault_keys.left(), len(facts("grant.opened"))) == (1, 0, 1)
    turned.go(hours=72)
    assert consent.break_glass(SECOND_ACCOUNT, patient, NEED).is_open(clock.now())


def test_what_a_clinician_seeks_counts_for_all_of_their_accounts(patient: str) -> None:
    for n in range(90, 95):
        with pytest.raises(GrantProblem, match="SKL-GRANT-008"):
            consent.break_glass(SECOND_ACCOUNT if n % 2 else DOCTOR, number(n), NEED)
    with pytest.raises(GrantProblem, match="SKL-GRANT-022"):
        consent.break_glass(DOCTOR, patient, NEED)
    assert consent.break_glass(COLLEAGUE, patient, NEED).is_open(clock.now())


def test_nobody_judges_or_delays_an_own_opening_under_another_account(patient: str) -> None:
    """A doctor of a small hospital who is its privacy officer too."""
    grant = opened(patient)
    with pytest.raises(GrantProblem, match="SKL-GRANT-011"):
        consent.delay_notice(grant.id, BEGAN + timedelta(days=7), WORDS, actor="account:privacy", practitioner=1)
    assert (len(consent.openings_of(grant.persons)), facts("grant.notice-delayed")) == (1, [])
    consent.end_grant(grant.id, DOCTOR)
    with pytest.raises(GrantProblem, match="SKL-GRANT-011"):
        consent.review_grant(grant.id, "justified", "", actor="account:privacy", practitioner=1)
    assert consent.review_grant(grant.id, "justified", "", actor="account:privacy", practitioner=3).reviewed_at


def test_a_copy_is_read_until_72_hours_and_not_a_second_longer(patient: str, turned: Turned) -> None:
    """71:59:59 gives it; 72:00:00 does not, chore or no chore; and a clock turned back gives it no more."""
    grant = opened(patient)
    turned.to(BEGAN + timedelta(hours=71, minutes=59, seconds=59))
    assert consent.read_copy(grant.id, DOCTOR)[1] == MARKER
    turned.go(seconds=1)
    with pytest.raises(GrantProblem, match="SKL-GRANT-010"):
        consent.read_copy(grant.id, DOCTOR)
    assert consent.grant(grant.id).state is GrantState.SHREDDED  # type: ignore[union-attr]
    assert (rows("consent_copy"), vault_keys.left()) == (0, 0)
    turned.to(BEGAN + timedelta(hours=72, seconds=-20))
    with pytest.raises(GrantProblem, match="SKL-GRANT-010"):
        consent.read_copy(grant.id, DOCTOR)


def test_every_reading_of_the_copy_is_a_fact_that_the_patient_sees(patient: str) -> None:
    grant = opened(patient)
    for _ in range(2):
        consent.read_copy(grant.id, DOCTOR)
    assert [f.kind for f in audit.of_persons(grant.persons) if f.kind.startswith("read")] == ["read.copy"] * 2


@pytest.mark.parametrize("reader", [COLLEAGUE, replace(DOCTOR, actor="account:other")])
def test_a_grant_is_nobody_elses(patient: str, reader: Doctor) -> None:
    grant = opened(patient)
    for step in (consent.read_copy, consent.end_grant, consent.permit_for_grant, consent.widen_grant):
        with pytest.raises(GrantProblem, match="SKL-GRANT-010"):
            step(grant.id, reader)  # type: ignore[operator]
    with pytest.raises(GrantProblem, match="SKL-GRANT-010"):
        consent.read_copy(uuid4(), DOCTOR)
    assert facts("read.copy") == []
    assert consent.grant(grant.id).state is GrantState.ACTIVE  # type: ignore[union-attr]


def test_what_is_kept_of_a_copy_says_nothing_without_its_key(patient: str) -> None:
    """Neither the row nor a copy of the row in a backup; the key lies in a file that only we may read."""
    grant = opened(patient)
    [[sealed]] = database.rows("SELECT sealed FROM consent_copy")
    assert MARKER not in bytes(sealed)
    [key] = vault_keys.folder().glob("*.key")
    assert key.name == f"20261125T031500Z-{grant.id.hex}.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert stat.S_IMODE(vault_keys.folder().stat().st_mode) == 0o700
    key.unlink()
    with pytest.raises(NoKey):
        consent.read_copy(grant.id, DOCTOR)


def test_a_row_put_back_after_the_end_stays_closed(patient: str, turned: Turned) -> None:
    """A backup of hour 1: rows as they were, grant and copy; the key is gone, so nobody reads them."""
    grant = opened(patient)
    [copy] = database.rows("SELECT person, grant_id, pulled_at, sealed FROM consent_copy")
    turned.go(hours=72)
    assert consent.expire_grants() == 1
    database.execute("UPDATE consent_grant SET state = 'active', ended_at = NULL, shredded_at = NULL")
    database.execute("INSERT INTO consent_copy VALUES (%s, %s, %s, %s)", copy)
    turned.to(BEGAN + timedelta(hours=1))  # and the clock set to hour 1 with it
    with pytest.raises(consent.ClockProblem):
        consent.read_copy(grant.id, DOCTOR)
    with pytest.raises((GrantProblem, NoKey)):
        consent.read_copy(grant.id, DOCTOR)


def test_a_refresh_takes_the_place_of_the_former_copy(patient: str) -> None:
    grant = opened(patient)
    consent.keep_copy(grant.id, DOCTOR, b"newer")
    assert consent.read_copy(grant.id, DOCTOR)[1] == b"newer"
    assert (rows("consent_copy"), len(facts("grant.pulled"))) == (1, 2)


def test_a_pull_that_comes_too_late_keeps_nothing(patient: str, turned: Turned) -> None:
    grant = consent.break_glass(DOCTOR, patient, NEED)
    turned.go(hours=72)
    with pytest.raises(GrantProblem, match="SKL-GRANT-010"):
        consent.keep_copy(grant.id, DOCTOR, MARKER)
    assert rows("consent_copy") == 0


def test_a_wider_grant_pulls_anew_and_ends_when_it_did(patient: str, turned: Turned) -> None:
    grant = opened(patient)
    turned.go(hours=5)
    more = consent.widen_grant(grant.id, DOCTOR)
    assert (more.extent, more.until) == ("full-record", grant.until)
    assert consent.read_copy(grant.id, DOCTOR)[1] is None
    consent.widen_grant(grant.id, DOCTOR, labels=2, words=WORDS)
    assert [f.detail["labels"] for f in facts("grant.widened")] == [0, 2]


def test_the_chore_ends_what_is_over_and_leaves_the_rest(patient: str, turned: Turned) -> None:
    over = opened(patient)
    turned.go(hours=30)
    young = opened(patient, COLLEAGUE)
    turned.to(over.until)
    assert (consent.expire_grants(), consent.expire_grants()) == (1, 0)
    found = consent.grant(over.id)
    assert found is not None
    assert (found.state, found.ended_at, found.shredded_at) == (GrantState.SHREDDED, over.until, over.until)
    assert [f.detail["how"] for f in facts("grant.ended")] == ["expired"]
    assert consent.read_copy(young.id, COLLEAGUE)[1] == MARKER


def test_keys_die_on_time_without_the_database(patient: str, turned: Turned, monkeypatch: pytest.MonkeyPatch) -> None:
    """The database is away, or set back to hour 1: the name of the key says when."""
    grant = opened(patient)
    turned.to(grant.until - timedelta(seconds=1))
    monkeypatch.setattr(database, "rows", None)
    assert consent.destroy_ended_keys() == 0
    turned.go(seconds=1)
    assert consent.destroy_ended_keys() == 1
    assert vault_keys.left() == 0


@pytest.mark.parametrize("off", ["database away", "clocks apart"])
def test_the_chore_destroys_keys_whatever_else_is_off(
    patient: str, turned: Turned, monkeypatch: pytest.MonkeyPatch, off: str
) -> None:
    """Nothing else is done then; with the database back the rest follows."""
    grant = opened(patient)
    turned.to(grant.until)
    with monkeypatch.context() as away:
        if off == "database away":
            away.setattr(database, "rows", None)
            away.setattr(grants_storage, "database_now", None)
            with pytest.raises(TypeError):
                consent.expire_grants()
        else:
            turned.database -= timedelta(seconds=31)
            assert consent.expire_grants() == 0
        assert vault_keys.left() == 0
    turned.database = turned.wall
    assert (consent.expire_grants(), rows("consent_copy")) == (1, 0)


def test_a_clock_set_back_destroys_keys_without_the_database(
    patient: str, turned: Turned, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Set back by an hour at hour 40: how much is left is not known, and nothing asks the database for it."""
    opened(patient)
    turned.go(hours=40)
    consent.expire_grants()
    turned.wall -= timedelta(hours=1)
    monkeypatch.setattr(database, "rows", None)
    assert (consent.destroy_ended_keys(), vault_keys.left()) == (1, 0)


def test_a_process_that_was_off_believes_the_machine_and_not_a_clock_set_back(patient: str, turned: Turned) -> None:
    """Killed at hour 1, started again 79 hours later with the clock at hour 2: the machine has run on meanwhile."""
    grant = opened(patient)
    turned.go(hours=1)
    turned.up += 3600
    consent.expire_grants()
    turned.go(hours=1)
    turned.up += 79 * 3600
    with pytest.raises(consent.ClockProblem):
        consent.read_copy(grant.id, DOCTOR)
    assert (vault_keys.left(), rows("consent_copy")) == (0, 0)
    assert consent.break_glass(COLLEAGUE, patient, NEED).is_open(clock.now())  # and once, not for ever


def test_after_a_start_of_the_machine_the_moment_noted_last_counts(
    patient: str, turned: Turned, monkeypatch: pytest.MonkeyPatch
) -> None:
    grant = opened(patient)
    turned.go(hours=2)
    turned.up += 7200
    consent.expire_grants()
    monkeypatch.setattr(grants_moment, "run_of_machine", lambda: "another")
    turned.up = 5.0
    assert consent.read_copy(grant.id, DOCTOR)[1] == MARKER
    turned.wall -= timedelta(seconds=31)
    with pytest.raises(consent.ClockProblem):
        consent.read_copy(grant.id, DOCTOR)


@pytest.mark.parametrize("content", ["", "...", "run 2026-13-99"])
def test_a_note_that_is_cut_off_still_tells_its_moment(turned: Turned, content: str) -> None:
    """A crash in the middle of writing, or what a former version left."""
    mark = vault_keys.folder() / "clock"
    mark.write_text(content)
    os.utime(mark, (BEGAN.timestamp(), BEGAN.timestamp()))
    found = vault_keys.noted()
    assert found is not None
    assert (found.mark, found.run) == (BEGAN, "")
    turned.wall -= timedelta(seconds=31)
    assert grants_moment.readings_here().set_back


def test_one_key_that_cannot_be_destroyed_keeps_no_other(
    patient: str, turned: Turned, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that a fault of the disk holds; and one that is no key of ours is left alone."""
    first, second = opened(patient), opened(patient, COLLEAGUE)
    foreign = vault_keys.folder() / "mail-server.key"
    foreign.write_text("somebody else's")
    turned.to(second.until)
    wipe = vault_keys._wipe

    def stuck(path: Path) -> None:
        if first.id.hex in path.name:
            raise PermissionError
        wipe(path)

    with monkeypatch.context() as held:
        held.setattr(vault_keys, "_wipe", stuck)
        assert consent.expire_grants() == 2
    found = {g.id: g.state for g in (consent.grant(first.id), consent.grant(second.id)) if g}
    assert found == {first.id: GrantState.EXPIRED, second.id: GrantState.SHREDDED}
    consent.expire_grants()
    assert consent.grant(first.id).state is GrantState.SHREDDED  # type: ignore[union-attr]
    assert (vault_keys.left(), foreign.read_text()) == (0, "somebody else's")


def test_a_process_killed_between_end_and_shredding_is_made_good(patient: str, turned: Turned) -> None:
    grant = opened(patient)
    database.execute("UPDATE consent_grant SET state = 'closed-early', ended_at = %s", [turned.wall])
    with pytest.raises(GrantProblem):
        consent.read_copy(grant.id, DOCTOR)
    consent.expire_grants()
    assert consent.grant(grant.id).state is GrantState.SHREDDED  # type: ignore[union-attr]
    assert (rows("consent_copy"), vault_keys.left()) == (0, 0)


def test_a_key_without_a_grant_dies_too(turned: Turned) -> None:
    """A process killed after the key and before the grant."""
    vault_keys.make(UUID(int=1), BEGAN + timedelta(hours=72))
    turned.go(hours=72)
    consent.expire_grants()
    assert vault_keys.left() == 0


@pytest.mark.parametrize("seconds", [31, 3600, 86_400])
def test_a_clock_set_back_ends_every_grant(patient: str, turned: Turned, seconds: int) -> None:
    """How much of the 72 hours is left is not known any more. A new grant may be opened at once (T24)."""
    grant = opened(patient)
    turned.go(hours=40)
    consent.expire_grants()
    turned.go(seconds=-seconds)
    with pytest.raises(consent.ClockProblem):
        consent.read_copy(grant.id, DOCTOR)
    assert consent.grant(grant.id).state is GrantState.SHREDDED  # type: ignore[union-attr]
    assert vault_keys.left() == 0
    assert consent.break_glass(COLLEAGUE, patient, NEED).is_open(clock.now())


def test_a_clock_set_back_and_right_again_gives_the_same_reader_nothing(patient: str, turned: Turned) -> None:
    """The grant ended at hour 1, as the machine knows it, and not 79 hours before it began."""
    grant = consent.break_glass(DOCTOR, patient, NEED)
    turned.go(hours=1)
    consent.expire_grants()
    turned.wall -= timedelta(hours=80)
    consent.expire_grants()
    ended = consent.grant(grant.id)
    assert ended is not None
    assert ended.ended_at == BEGAN + timedelta(hours=1)
    turned.to(BEGAN + timedelta(hours=72, minutes=59))
    with pytest.raises(GrantProblem, match="SKL-GRANT-023"):
        consent.break_glass(DOCTOR, patient, NEED)
    turned.to(BEGAN + timedelta(hours=73))
    assert consent.break_glass(DOCTOR, patient, NEED).id != grant.id


def test_thirty_seconds_are_forgiven_and_lengthen_nothing(patient: str, turned: Turned) -> None:
    """The mark that was seen counts, not the clock that is slow."""
    grant = opened(patient)
    turned.to(grant.until - timedelta(seconds=1))
    consent.expire_grants()
    turned.go(seconds=-30)
    assert consent.read_copy(grant.id, DOCTOR)[1] == MARKER
    turned.go(seconds=30)
    turned.wall += timedelta(seconds=1)
    with pytest.raises(GrantProblem):
        consent.read_copy(grant.id, DOCTOR)


def test_clocks_apart_close_the_door_and_end_nothing(patient: str, turned: Turned) -> None:
    grant = opened(patient)
    turned.database += timedelta(seconds=31)
    with pytest.raises(consent.ClockProblem):
        consent.read_copy(grant.id, DOCTOR)
    with pytest.raises(consent.ClockProblem):
        consent.break_glass(COLLEAGUE, patient, NEED)
    turned.database = turned.wall
    assert consent.read_copy(grant.id, DOCTOR)[1] == MARKER


def test_ended_early_is_gone_at_once(patient: str) -> None:
    """Not after the rest of the 72 hours: its key is its own."""
    grant = opened(patient)
    ended = consent.end_grant(grant.id, DOCTOR)
    assert (ended.state, vault_keys.left(), rows("consent_copy")) == (GrantState.SHREDDED, 0, 0)
    with pytest.raises(GrantProblem, match="SKL-GRANT-010"):
        consent.read_copy(grant.id, DOCTOR)


def test_an_officer_revokes_with_a_reason(patient: str) -> None:
    grant = opened(patient)
    with pytest.raises(GrantProblem, match="SKL-GRANT-003"):
        consent.revoke_grant(grant.id, actor="account:privacy", words="หยุด")
    assert consent.grant(grant.id).state is GrantState.ACTIVE  # type: ignore[union-attr]
    assert consent.revoke_grant(grant.id, actor="account:privacy", words=WORDS).state is GrantState.SHREDDED
    assert [(f.actor, f.detail["how"]) for f in facts("grant.ended")] == [("account:privacy", "revoked")]


def test_the_operator_ends_all(patient: str) -> None:
    opened(patient)
    opened(patient, COLLEAGUE)
    assert consent.shred_now(actor="system:operator") == 2
    assert (vault_keys.left(), rows("consent_copy")) == (0, 0)


# ---- telling ------------------------------------------------------------------------------------------------------


def test_the_patient_is_told_in_words_that_say_nothing(patient: str, monkeypatch: pytest.MonkeyPatch) -> None:
    phone = consent.Collected()
    monkeypatch.setattr("suksala.consent.grants_notices.CHANNELS", [phone])
    grant = opened(patient)
    assert (consent.deliver_notices(), consent.deliver_notices()) == (1, 0)
    assert phone.told == [(grant.person, "มีการเปิดดูข้อมูลฉุกเฉิน เข้าแอปเพื่อดู")]
    assert phone.told[0][1] == TEXT
    assert [g.id for g in consent.openings_of(grant.persons)] == [grant.id]
    assert [n.grant_id for n in consent.officer_notices("99803")] == [grant.id]
    assert consent.officer_notices() == consent.officer_notices("99802") == []


class Failing(consent.Collected):
    """A channel that takes nothing; it counts how often it was tried."""

    def __init__(self, name: str, error: Exception) -> None:
        super().__init__(name)
        self.error, self.tried = error, 0

    def tell(self, person: int, text: str, name: str) -> None:
        self.tried += 1
        raise self.error


def broken_sql(person: int, text: str, name: str) -> None:
    database.rows("SELECT 1 / 0")


@pytest.fixture
def channels(monkeypatch: pytest.MonkeyPatch) -> list[consent.NoticeChannel]:
    """The channels of this installation, none at first."""
    found: list[consent.NoticeChannel] = []
    monkeypatch.setattr(grants_notices, "CHANNELS", found)
    return found


def test_a_channel_that_fails_is_tried_again_after_pauses_that_grow(
    patient: str, turned: Turned, channels: list[consent.NoticeChannel]
) -> None:
    """5 s, 10 s, 20 s..., 15 minutes at most; within the first minute four times (T02)."""
    sms = Failing("sms", ConnectionError())
    channels.append(sms)
    opened(patient)
    tried = []
    for _ in range(60):
        consent.deliver_notices()
        tried.append(sms.tried)
        turned.go(seconds=1)
    assert [tried.index(n) for n in range(1, 5)] == [0, 5, 15, 35]
    turned.go(hours=1)
    assert [consent.deliver_notices() for _ in range(3)] == [0, 0, 0]
    assert sms.tried == 5
    channels[:] = [consent.Collected("sms")]
    turned.go(minutes=15)
    assert (consent.deliver_notices(), consent.deliver_notices()) == (1, 0)


@pytest.mark.parametrize("error", [ConnectionError(), RuntimeError("a fault of an adapter"), KeyError("token")])
def test_a_person_is_told_once_by_the_channel_that_works(
    patient: str, turned: Turned, channels: list[consent.NoticeChannel], error: Exception
) -> None:
    """Whatever the other one raises, and in whichever order they stand."""
    line = consent.Collected("line")
    channels += [Failing("sms", error), line, Failing("post", error)]
    grant = consent.break_glass(DOCTOR, patient, NEED)
    for _ in range(5):
        consent.deliver_notices()
        turned.go(minutes=1)
    assert line.told == [(grant.person, TEXT)]


def test_what_a_channel_breaks_in_the_database_stays_its_own(
    patient: str, channels: list[consent.NoticeChannel], monkeypatch: pytest.MonkeyPatch
) -> None:
    sms, line = consent.Collected("sms"), consent.Collected("line")
    monkeypatch.setattr(sms, "tell", broken_sql)
    channels += [sms, line]
    opened(patient)
    assert (consent.deliver_notices(), len(line.told)) == (1, 1)
    left = "SELECT channel, tries FROM consent_notice WHERE sent_at IS NULL AND channel <> ''"
    assert database.rows(left) == [("sms", 1)]


@pytest.mark.parametrize("error", [ConnectionError(), RuntimeError()])
def test_no_channel_keeps_an_opening_from_officers(
    patient: str, channels: list[consent.NoticeChannel], error: Exception
) -> None:
    """They are told in the transaction that opens, before anything is sent."""
    channels.append(Failing("sms", error))
    grant = consent.break_glass(DOCTOR, patient, NEED)
    assert [n.grant_id for n in consent.officer_notices("99803")] == [grant.id]
    assert consent.deliver_notices() == 0


def test_notices_that_nobody_takes_stand_in_nobodys_way(
    patient: str, turned: Turned, channels: list[consent.NoticeChannel]
) -> None:
    """100 older ones whose addressee cannot be reached; the next patient is told within the minute (T02)."""
    sms = consent.Collected("sms")
    channels.append(sms)
    grant = consent.break_glass(DOCTOR, patient, NEED)
    unreachable = replace(grant, person=grant.person + 1_000)
    for _ in range(grants_notices.AT_ONCE):
        grants_storage.queue_notice(unreachable, "citizen", BEGAN - timedelta(minutes=1), channel="sms")
    telling = sms.tell

    def tell(person: int, text: str, name: str) -> None:
        if person != grant.person:
            raise ConnectionError
        telling(person, text, name)

    sms.tell = tell  # type: ignore[method-assign]
    for _ in range(2):
        consent.deliver_notices()
        turned.go(seconds=5)
    assert sms.told == [(grant.person, TEXT)]


def test_a_channel_that_takes_its_time_to_fail_is_left_alone_until_the_next_time(
    patient: str, channels: list[consent.NoticeChannel], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that answers nothing for four seconds each time would keep everybody else waiting."""
    seconds = itertools.count(0, 4)
    monkeypatch.setattr("suksala.consent.grants_notices.monotonic", lambda: float(next(seconds)))
    sms, line = Failing("sms", TimeoutError()), consent.Collected("line")
    channels += [sms, line]
    grant = consent.break_glass(DOCTOR, patient, NEED)
    for name in ("sms", "line"):
        for _ in range(9):
            grants_storage.queue_notice(grant, "citizen", BEGAN, channel=name)
    assert (consent.deliver_notices(), sms.tried, len(line.told)) == (10, 3, 10)


def test_a_delayed_notice_goes_out_when_its_day_has_come(
    patient: str, turned: Turned, channels: list[consent.NoticeChannel]
) -> None:
    """Not a second before, though the officer delayed it after the message went out; then once more."""
    sms = consent.Collected("sms")
    channels.append(sms)
    grant = opened(patient)
    assert consent.deliver_notices() == 1
    consent.delay_notice(grant.id, BEGAN + timedelta(days=7), WORDS, actor="account:privacy")
    turned.to(BEGAN + timedelta(days=7, seconds=-1))
    assert consent.deliver_notices() == 0
    turned.go(seconds=1)
    assert (consent.deliver_notices(), consent.deliver_notices()) == (1, 0)


def test_the_exchanges_officer_is_told_of_the_fourth_in_a_day(patient: str, turned: Turned) -> None:
    for n in range(2, 6):
        identity.link(HOSPITAL, [mali(str(n), number=number(n), given=f"ก{n}ก", family="อื่น")])
        turned.go(minutes=20)
        consent.break_glass(DOCTOR, number(n), NEED)
    flags = [g.flags for g in consent.grants_to_review()]
    assert flags == [(), (), (), ("often",)]
    assert len(consent.officer_notices()) == 1


@pytest.mark.parametrize(("family", "flags"), [("ใจดี", ("same-family",)), ("รักเรียน", ())])
def test_the_family_name_is_the_registers_and_not_the_accounts(
    patient: str, licences: dict[int, Practitioner], family: str, flags: tuple[str, ...]
) -> None:
    """Mali is called ใจดี; the exchange's officer is told of a name in common."""
    licences[1] = replace(licences[1], family_th=family)
    other = "รักเรียน" if family == "ใจดี" else "ใจดี"
    assert consent.break_glass(replace(DOCTOR, display_th=f"พญ.หมอ {other}"), patient, NEED).flags == flags


HOME: dict[str, str | None] = {"area": "190101", "house": "12/3 หมู่ 4", "phone": "089-001-2457"}


@pytest.mark.parametrize(
    ("own", "flags"),
    [
        ({}, ("same-address", "same-phone")),
        ({"phone": "02 123 4567"}, ("same-address",)),
        ({"phone": "+66 89 001 2457", "house": "12/4 หมู่ 4"}, ("same-phone",)),
        ({"phone": None, "area": "190102"}, ()),  # the same house number in another sub-district
        ({"phone": "0", "house": ""}, ()),
    ],
)
def test_the_exchanges_officer_is_told_of_a_house_or_telephone_in_common(
    turned: Turned, monkeypatch: pytest.MonkeyPatch, own: dict[str, str | None], flags: tuple[str, ...]
) -> None:
    """The doctor is a patient elsewhere, as the number in both registers says; neither value is in the log."""
    identity.link(HOSPITAL, [mali("1", **HOME)])
    identity.link(UNIT, [mali("5", number=number(5), given="สมหญิง", family="รักเรียน", **{**HOME, **own})])
    monkeypatch.setattr(registry, "same_human_number", {1: number(5)}.get)
    grant = consent.break_glass(DOCTOR, number(1), NEED)
    assert grant.flags == flags
    assert len(consent.officer_notices()) == bool(flags)
    [fact] = facts("grant.opened")
    assert not any(value and value in str(fact) for value in HOME.values())


def test_a_reader_who_is_no_patient_anywhere_shares_no_house(turned: Turned, monkeypatch: pytest.MonkeyPatch) -> None:
    identity.link(HOSPITAL, [mali("1", **HOME)])
    monkeypatch.setattr(registry, "same_human_number", {1: number(5)}.get)
    assert consent.break_glass(DOCTOR, number(1), NEED).flags == ()


def test_the_exchanges_officer_is_told_when_a_protected_person_is_opened(patient: str) -> None:
    """Somebody known to many, as an officer put on the list; any of their registrations."""
    person = identity.person_of(UNIT, "7")
    identity.protect(person, "บุคคลที่มีผู้รู้จักมาก", actor="account:privacy")
    assert consent.break_glass(DOCTOR, patient, NEED).flags == ("protected",)
    assert len(consent.officer_notices()) == 1


def test_only_an_officer_delays_a_notice_for_seven_days_at_most(patient: str, turned: Turned) -> None:
    grant = opened(patient)
    with pytest.raises(GrantProblem, match="SKL-GRANT-015"):
        consent.delay_notice(grant.id, BEGAN + timedelta(days=7, seconds=1), WORDS, actor="account:privacy")
    assert len(consent.openings_of(grant.persons)) == 1
    consent.delay_notice(grant.id, BEGAN + timedelta(days=7), WORDS, actor="account:privacy")
    consent.deliver_notices()
    assert consent.openings_of(grant.persons) == []
    turned.go(days=7)
    assert len(consent.openings_of(grant.persons)) == 1
    assert [f.actor for f in facts("grant.notice-delayed")] == ["account:privacy"]


def test_nothing_in_the_patients_log_tells_of_an_opening_before_its_notice(patient: str, turned: Turned) -> None:
    """Reads, steps and the officer's own look are left out of list and proof, and all of them are there on the day."""
    grant = opened(patient)
    consent.read_copy(grant.id, DOCTOR)
    persons = sorted(grant.persons)
    seen = audit.Fact(clock.now(), "read", DOCTOR.actor, "TREAT", grant.person, "99803")
    audit.record_many([replace(seen, purpose="ETREAT"), seen])
    audit.seal()
    every = audit.of_persons(persons)
    assert consent.veils_of(persons) == ()
    consent.delay_notice(grant.id, BEGAN + timedelta(days=7), WORDS, actor="account:privacy")
    audit.seal()
    veils = consent.veils_of(persons)
    told = audit.of_persons(persons, veils=veils)
    assert [(f.kind, f.purpose) for f in told] == [("read", "TREAT")]
    assert audit.facts_wanted(audit.Wanted(tuple(persons), veils=veils)) == told
    assert [one["fact"]["purpose"] for one in audit.document_of(persons, veils=veils)["facts"]] == ["TREAT"]
    turned.go(days=7)
    assert consent.veils_of(persons) == ()
    assert len(audit.of_persons(persons)) == len(every) + 1  # and that it was delayed
    assert len(audit.document_of(persons)["facts"]) == len(every) + 1


def test_another_opening_of_the_same_reader_is_told_meanwhile(patient: str, turned: Turned) -> None:
    """One opening is told later; what its reader did under another, or after the end of this one, is told now."""
    grant = opened(patient)
    consent.delay_notice(grant.id, BEGAN + timedelta(days=7), WORDS, actor="account:privacy")
    during = audit.Fact(BEGAN + timedelta(minutes=5), "read", DOCTOR.actor, "ETREAT", grant.person, "99803")
    other = replace(during, kind="read.copy", detail={"grant": "another"})
    turned.go(minutes=20)
    consent.end_grant(grant.id, DOCTOR)
    audit.record_many([during, other, replace(during, at=turned.wall)])
    told = audit.of_persons(sorted(grant.persons), veils=consent.veils_of(grant.persons))
    assert [(f.kind, f.at) for f in told] == [("read", turned.wall), ("read.copy", other.at)]


def test_a_key_that_cannot_be_kept_opens_nothing(patient: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder is a file: a sentence with a code for the doctor, no grant and no notice."""
    (tmp_path / "file").touch()
    monkeypatch.setenv("SUKSALA_EPOCH_KEYS", str(tmp_path / "file" / "keys"))
    settings.forget()
    with pytest.raises(consent.KeyFolderProblem, match="SKL-GRANT-024") as refused:
        consent.break_glass(DOCTOR, patient, NEED)
    assert refused.value.http_status == 503
    assert str(tmp_path) not in str(refused.value)
    assert (rows("consent_grant"), rows("consent_notice"), facts("grant.opened")) == (0, 0, [])
    assert [f.detail for f in facts("grant.refused")] == [{"code": "SKL-GRANT-024"}]
    monkeypatch.undo()
    settings.forget()


# ---- review -------------------------------------------------------------------------------------------------------


def test_every_opening_is_reviewed_once_after_its_end(patient: str, turned: Turned) -> None:
    grant = opened(patient)
    assert grant.review_due == BEGAN + timedelta(days=7)
    with pytest.raises(GrantProblem, match="SKL-GRANT-012"):
        consent.review_grant(grant.id, "justified", "", actor="account:privacy")
    assert [g.id for g in consent.grants_to_review("99803")] == [grant.id]
    consent.end_grant(grant.id, DOCTOR)
    done = consent.review_grant(grant.id, "unjustified", WORDS, actor="account:privacy")
    assert (done.state, done.verdict, done.reviewed_by) == (GrantState.REVIEWED, "unjustified", "account:privacy")
    assert (consent.grants_to_review(), [g.id for g in consent.grants_to_review(done=True)]) == ([], [grant.id])
    with pytest.raises(GrantProblem, match="SKL-GRANT-012"):
        consent.review_grant(grant.id, "justified", "", actor="account:privacy")
    for wrong in ("", "fine"):
        with pytest.raises(GrantProblem, match="SKL-GRANT-014"):
            consent.review_grant(grant.id, wrong, "", actor="account:privacy")


def _keep_old(openings: int, reviewed: int, facility: str = "99803") -> None:
    """Openings of 15 days ago, some of them reviewed."""
    for n in range(openings):
        grant = consent.Grant(uuid4(), n + 1, frozenset({n + 1}), "account:x", "x", facility, NEED)
        grant = consent.grants.activate(grant, BEGAN - timedelta(days=15))  # type: ignore[attr-defined]
        state = GrantState.REVIEWED if n < reviewed else GrantState.SHREDDED
        grants_storage.keep(replace(grant, state=state))


@pytest.mark.parametrize(("openings", "reviewed", "locked"), [(20, 19, []), (19, 18, ["99803"]), (1, 0, ["99803"])])
def test_a_facility_with_more_than_five_percent_unreviewed_is_locked(
    patient: str, openings: int, reviewed: int, locked: list[str]
) -> None:
    """1 of 20 is 5 percent and allowed, 1 of 19 is more."""
    _keep_old(openings, reviewed)
    assert consent.lock_overdue() == locked
    if locked:
        with pytest.raises(GrantProblem, match="SKL-GRANT-021"):
            consent.break_glass(DOCTOR, patient, NEED)
        assert facts("grant.sought") == []
        assert consent.break_glass(replace(COLLEAGUE, hospcode="99804"), patient, NEED)


def test_an_officer_clears_a_lock_and_old_openings_do_not_lock_again(patient: str, turned: Turned) -> None:
    _keep_old(1, 0)
    assert consent.lock_overdue() == ["99803"]
    assert [lock.facility for lock in consent.facility_locks()] == ["99803"]
    with pytest.raises(GrantProblem, match="SKL-GRANT-003"):
        consent.clear_lock("99803", "ok", actor="account:privacy")
    consent.clear_lock("99803", WORDS, actor="account:privacy")
    assert (consent.lock_overdue(), consent.facility_locks()) == ([], [])
    grant = consent.break_glass(DOCTOR, patient, NEED)
    consent.end_grant(grant.id, DOCTOR)
    turned.go(days=14, seconds=1)
    assert consent.lock_overdue() == ["99803"]


def test_the_limits_are_the_installations(patient: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _keep_old(2, 1)
    monkeypatch.setenv("SUKSALA_REVIEW_PERCENT", "50")
    settings.forget()
    assert consent.lock_overdue() == []
    monkeypatch.setenv("SUKSALA_REVIEW_PERCENT", "all")
    settings.forget()
    with pytest.raises(settings.BadNumber):
        settings.current()


# ---- the certificate ----------------------------------------------------------------------------------------------


def test_the_patient_gets_a_signed_proof_that_the_copy_is_destroyed(patient: str, turned: Turned) -> None:
    """Nobody is named in it, and `suksala audit verify` checks it without a server."""
    grant = opened(patient)
    assert consent.certificate(grant.id, grant.persons) is None  # it is not destroyed
    turned.to(grant.until)
    consent.expire_grants()
    audit.seal()
    document = consent.certificate(grant.id, grant.persons)
    assert document is not None
    note = audit.Note.read(document["certificate"])
    assert note.signed_by(audit.Verifier.read(document["log"]))
    assert note.text.splitlines() == [
        "Suksala deletion certificate v1",
        f"grant {grant.id}",
        "opened 2026-11-22T03:15:00Z",
        "ended 2026-11-25T03:15:00Z",
        "destroyed 2026-11-25T03:15:00Z",
    ]
    assert [one["fact"]["kind"] for one in document["facts"]] == ["grant.shredded"]
    report = audit.verify_document(document, [audit.signer().verifier()])
    assert (report.whole, report.size) == (True, 1)
    assert consent.certificate(grant.id, [grant.person + 1000]) is None


def test_the_key_folder_is_made_closed_whatever_the_mask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUKSALA_EPOCH_KEYS", str(tmp_path / "keys"))
    settings.forget()
    before = os.umask(0)
    try:
        assert stat.S_IMODE(vault_keys.folder().stat().st_mode) == 0o700
    finally:
        os.umask(before)
        settings.forget()
