"""While nobody co-signs the audit log for four hours, what crosses facilities stands still; the rest goes on (T17)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from suksala import audit, consent, registry, signin
from suksala.audit import tree_storage
from suksala.consent import NotWitnessed, Permit, Purpose, Rows, Scope
from suksala.foundation import clock, settings
from suksala.portals.public.health import health_report
from tests.record import HOSPITAL, UNIT, Called, reads_logged, send

pytestmark = pytest.mark.django_db

GREW = datetime(2026, 11, 22, 1, tzinfo=UTC)
LAST_SECOND, FOUR_HOURS = timedelta(hours=3, minutes=59, seconds=59), timedelta(hours=4)
Later = Callable[[timedelta], None]


@pytest.fixture
def after(monkeypatch: pytest.MonkeyPatch) -> Iterator[Later]:
    """A log that grew at `GREW`, and a witness that is configured and has not signed it."""
    monkeypatch.setenv("SUKSALA_AUDIT_WITNESSES", "http://127.0.0.1:1#witness.example+00000000+AA==")
    settings.forget()
    tree_storage.keep_checkpoint(1_000, GREW, "signed by us alone")

    def at(moment: timedelta) -> None:
        monkeypatch.setattr(clock, "now", lambda: GREW + moment)
        audit.forget_silence()

    yield at
    monkeypatch.undo()
    settings.forget()
    audit.forget_silence()


def permit(*organizations: str, purpose: Purpose = Purpose.TREATMENT, facility: str | None = HOSPITAL) -> Permit:
    numbers = frozenset(map(registry.org_number, organizations)) if organizations else None
    scopes = (Scope(Rows(persons=frozenset({7}), organizations=numbers)),)
    return Permit("account:doctor", purpose, scopes, GREW + timedelta(days=1), "test", facility)


@pytest.mark.parametrize(("moment", "stopped"), [(LAST_SECOND, False), (FOUR_HOURS, True)])
def test_four_hours_to_the_second(after: Later, moment: timedelta, stopped: bool) -> None:
    after(moment)
    assert (audit.silence(), consent.is_stopped()) == (moment, stopped)
    everything = permit()
    if stopped:
        assert consent.witnessed(everything).organizations == {registry.org_number(HOSPITAL)}
    else:
        assert consent.witnessed(everything) is everything


# Whose rows, for what, on behalf of whom -> which facilities' rows stay open; None: the permit as it was; (): refused.
@pytest.mark.parametrize(
    ("asked", "left"),
    [
        (permit(HOSPITAL), {HOSPITAL}),
        (permit(HOSPITAL, UNIT), {HOSPITAL}),
        (permit(), {HOSPITAL}),
        (permit(UNIT), ()),
        (permit(HOSPITAL, UNIT, facility=None), ()),
        (permit(purpose=Purpose.PUBLIC_HEALTH, facility=None), ()),
        (permit(purpose=Purpose.OWN_RECORD, facility=None), None),
        (permit(purpose=Purpose.EMERGENCY), None),
    ],
)
def test_what_goes_on(after: Later, asked: Permit, left: set[str] | tuple[()] | None) -> None:
    """The own facility's rows, one's own record, and a life in danger; a part of the system does its housekeeping."""
    after(FOUR_HOURS)
    if left == ():
        with pytest.raises(NotWitnessed):
            consent.witnessed(asked)
        return
    expected = asked.organizations if left is None else set(map(registry.org_number, left))
    assert consent.witnessed(asked).organizations == expected


def test_what_is_left_is_never_more(after: Later) -> None:
    """What a scope leaves out stays out."""
    hidden = Rows(labels=consent.SENSITIVE)
    asked = Permit(
        "account:d",
        Purpose.TREATMENT,
        (Scope(Rows(frozenset({7})), (hidden,)),),
        GREW + timedelta(days=1),
        "x",
        HOSPITAL,
    )
    after(FOUR_HOURS)
    [scope] = consent.witnessed(asked).scopes
    assert (scope.rows.persons, scope.without) == ({7}, (hidden,))


def test_over_the_api(after: Later) -> None:
    """A system of one hospital reads on; one that sees all facilities is told 503, and nothing was read."""
    after(timedelta())
    send("PERSON", {"pid": "1", "name": "มาลี"})
    near = signin.issue_token("his", HOSPITAL, ["system/*.rs"], 30)
    far = signin.issue_token("hub", None, ["system/*.rs"], 30)
    after(LAST_SECOND)
    assert [Called("GET", "/fhir/Patient", token=one).status for one in (near, far)] == [200, 200]
    after(FOUR_HOURS)
    before = reads_logged()
    refused = Called("GET", "/fhir/Patient", token=far)
    assert (refused.status, refused.json["issue"][0]["details"]["coding"][0]["code"]) == (503, "SKL-PERMIT-003")
    assert reads_logged() == before
    assert Called("GET", "/fhir/Patient", token=near).status == 200


def test_a_co_signature_opens_again(after: Later) -> None:
    after(FOUR_HOURS)
    kept = tree_storage.newest_checkpoint()
    assert kept is not None
    tree_storage.keep_cosigned(kept._replace(witnesses=1))
    audit.forget_silence()
    assert (audit.silence(), consent.is_stopped()) == (timedelta(), False)


@pytest.mark.parametrize(
    ("told", "signed", "stopped"),
    [("", 1, True), ("", 2, False), ("1", 0, True), ("1", 1, False), ("3", 2, True), ("3", 3, False), ("4", 3, True)],
)
def test_as_many_of_three_as_the_operator_says_or_more_than_half(
    after: Later, monkeypatch: pytest.MonkeyPatch, told: str, signed: int, stopped: bool
) -> None:
    three = " ".join(f"http://127.0.0.1:{n}#witness-{n}.example+00000000+AA==" for n in (1, 2, 3))
    monkeypatch.setenv("SUKSALA_AUDIT_WITNESSES", three)
    monkeypatch.setenv("SUKSALA_AUDIT_QUORUM", told)
    settings.forget()
    after(FOUR_HOURS)
    kept = tree_storage.newest_checkpoint()
    assert kept is not None
    tree_storage.keep_cosigned(kept._replace(witnesses=signed))
    audit.forget_silence()
    assert consent.is_stopped() is stopped


def test_without_witnesses_nothing_ever_stops(after: Later, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SUKSALA_AUDIT_WITNESSES")
    settings.forget()
    after(timedelta(days=400))
    assert not consent.is_stopped()


def test_the_health_page_tells(after: Later) -> None:
    after(FOUR_HOURS)
    told = health_report()["audit"]
    assert (told["ok"], told["uncosigned_seconds"], told["exchange_stopped"]) == (False, 14_400.0, True)


def test_doctor_tells(after: Later) -> None:
    from suksala.operations import doctor

    after(LAST_SECOND)
    assert doctor._witnesses().verdict is doctor.Verdict.WARN
    after(FOUR_HOURS)
    found = doctor._witnesses()
    lacks = "the log has grown for 14400 s without 1 co-signatures of 1"
    assert (found.verdict, found.found) == (doctor.Verdict.BAD, lacks)


def test_doctor_tells_of_more_than_there_are(after: Later, monkeypatch: pytest.MonkeyPatch) -> None:
    from suksala.operations import doctor

    monkeypatch.setenv("SUKSALA_AUDIT_QUORUM", "2")
    settings.forget()
    after(timedelta())
    found = doctor._witnesses()
    assert (found.verdict, found.found) == (doctor.Verdict.BAD, "2 co-signatures are asked of 1 witnesses")
