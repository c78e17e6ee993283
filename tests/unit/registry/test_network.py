"""The network: who takes part, by which agreement; connected and exchanging are two counters (S3.18, S3.26, S4.40)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import product

import pytest

from suksala import audit, registry, signin
from suksala.foundation import clock, database
from suksala.registry import Agreement, Flow, Kind, Membership, State

pytestmark = pytest.mark.django_db

BY = "system:operator"
DAY = date(2026, 11, 22)
FLOWS = frozenset({Flow.DEPOSIT, Flow.EXCHANGE})


@pytest.fixture(autouse=True)
def two_hospitals(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """99801 and 99802, on one day."""
    monkeypatch.setattr(clock, "today", lambda: DAY)
    registry.forget_cache()
    signin.forget_cache()
    database.execute(
        "INSERT INTO registry_facility (hospcode, name_th, name_en, kind, province, district, subdistrict, network) "
        "SELECT code, 'ก', 'A', 'hospital', '19', '1901', '', '' FROM unnest(ARRAY['99801', '99802']) code"
    )
    yield
    registry.forget_cache()
    signin.forget_cache()


def agreement(**changes: object) -> Agreement:
    """A data sharing agreement of 99801, in force from 1 to 30 November, with any field changed."""
    about: dict[str, object] = {
        "number": "DSA-2569-001",
        "kind": Kind.DSA,
        "title": "แบ่งปันข้อมูลเพื่อการรักษา",
        "parties": ("99801", "moph"),
        "flows": FLOWS,
        "basis": "26-5-a",
        "signed": date(2026, 10, 31),
        "since": date(2026, 11, 1),
        "until": date(2026, 11, 30),
    }
    return Agreement(**(about | changes))  # type: ignore[arg-type]


def test_the_twelve_agencies() -> None:
    """Those of 17 March 2565, each with both names."""
    assert len(registry.AGENCIES) == 12
    assert registry.AGENCIES["bma"].name_th == "กรุงเทพมหานคร"
    assert all(a.name_th and a.name_en and a.code == code for code, a in registry.AGENCIES.items())


def test_health_regions() -> None:
    """77 provinces in 13 regions, Bangkok alone in the thirteenth (S3.35)."""
    codes = [f"{n:02}" for n in range(100)]
    regions = [registry.health_region(code) for code in codes]
    assert sum(r is not None for r in regions) == 77
    assert set(regions) - {None} == set(range(1, 14))
    assert [c for c in codes if registry.health_region(c) == 13] == ["10"]
    assert (registry.health_region("19"), registry.health_region("14"), registry.health_region("00")) == (4, 4, None)


@pytest.mark.parametrize(
    ("on", "counts"),
    [(date(2026, 10, 31), False), (date(2026, 11, 1), True), (date(2026, 11, 30), True), (date(2026, 12, 1), False)],
)
def test_an_agreement_counts_from_its_first_to_its_last_day(on: date, counts: bool) -> None:
    """Both included; for its parties and flows only."""
    registry.keep_agreement(agreement(), actor=BY)
    assert agreement().covers("99801", Flow.EXCHANGE, on) is counts
    if counts:
        assert registry.require_agreement("99801", Flow.EXCHANGE, on).number == "DSA-2569-001"
    else:
        with pytest.raises(registry.NoAgreement):
            registry.require_agreement("99801", Flow.EXCHANGE, on)


@pytest.mark.parametrize(("party", "flow"), [("99802", Flow.EXCHANGE), ("99801", Flow.RELEASE)])
def test_another_party_or_flow_is_not_covered(party: str, flow: Flow) -> None:
    """With the reason and what to do, in both languages."""
    registry.keep_agreement(agreement(), actor=BY)
    with pytest.raises(registry.NoAgreement) as raised:
        registry.require_agreement(party, flow, DAY)
    assert (raised.value.code, raised.value.http_status) == ("SKL-REG-003", 403)
    assert "suksala registry agree" in raised.value.th


@pytest.mark.parametrize(
    "changes",
    [
        {"number": ""},
        {"number": "a" * 41},
        {"number": "A B"},
        {"title": " "},
        {"parties": ()},
        {"parties": ("99801", "00000")},
        {"until": date(2026, 10, 31)},
        {"kind": Kind.MOU},
        {"basis": ""},
        {"basis": "27"},
    ],
)
def test_an_agreement_that_says_nothing_clear_is_not_kept(changes: dict[str, object]) -> None:
    """No row, no fact."""
    with pytest.raises(registry.AgreementProblem):
        registry.keep_agreement(agreement(**changes), actor=BY)
    assert registry.agreements() == []
    assert list(audit.facts("registry.agreement")) == []


def test_an_agreement_is_kept_replaced_and_ended() -> None:
    """One number, one agreement; the log tells each time."""
    registry.keep_agreement(agreement(), actor=BY)
    registry.keep_agreement(agreement(until=None), actor=BY)
    assert registry.agreements("99801") == [agreement(until=None)]
    assert registry.agreements("99802") == []
    ended = registry.end_agreement("DSA-2569-001", DAY, actor=BY)
    assert ended.until == DAY
    assert registry.agreements() == [ended]
    with pytest.raises(registry.AgreementProblem):
        registry.end_agreement("DSA-2569-001", DAY + timedelta(days=1), actor=BY)
    with pytest.raises(registry.AgreementProblem):
        registry.end_agreement("DSA-2569-002", DAY, actor=BY)
    assert registry.agreements() == [ended]
    assert [f.actor for f in audit.facts("registry.agreement")] == [BY, BY]


def test_an_agreement_of_intent_lets_nothing_flow() -> None:
    """It is kept, and covers nothing."""
    mou = agreement(kind=Kind.MOU, flows=frozenset(), basis="")
    registry.keep_agreement(mou, actor=BY)
    assert registry.agreements() == [mou]
    with pytest.raises(registry.NoAgreement):
        registry.require_agreement("99801", Flow.DEPOSIT, DAY)
    registry.move_member("99801", State.INVITED, actor=BY)
    with pytest.raises(registry.MembershipProblem):
        registry.move_member("99801", State.AGREED, actor=BY)


# From where (None: never invited) to where a party may go.
ALLOWED = {
    (None, State.INVITED),
    (State.INVITED, State.AGREED),
    (State.INVITED, State.LEFT),
    (State.AGREED, State.CONNECTED),
    (State.AGREED, State.SUSPENDED),
    (State.AGREED, State.LEFT),
    (State.CONNECTED, State.SUSPENDED),
    (State.CONNECTED, State.LEFT),
    (State.SUSPENDED, State.AGREED),
    (State.SUSPENDED, State.LEFT),
    (State.LEFT, State.INVITED),
}


@pytest.mark.parametrize(("present", "to"), list(product([None, *State], State)))
def test_every_move_of_a_member(present: State | None, to: State) -> None:
    """The whole table; what is not allowed changes nothing."""
    registry.keep_agreement(agreement(), actor=BY)
    if present:
        database.execute(
            "INSERT INTO registry_member (party, state, since) VALUES ('99801', %s, '2026-11-02')", [present.value]
        )
    before = registry.members()
    if (present, to) in ALLOWED:
        assert registry.move_member("99801", to, actor=BY) == Membership("99801", to, DAY)
        assert registry.members() == [Membership("99801", to, DAY)]
    else:
        with pytest.raises(registry.MembershipProblem) as raised:
            registry.move_member("99801", to, actor=BY)
        assert raised.value.code == "SKL-REG-004"
        assert registry.members() == before


@pytest.mark.parametrize(("present", "to"), [(State.INVITED, State.AGREED), (State.AGREED, State.CONNECTED)])
def test_without_an_agreement_in_force_nobody_goes_on(present: State, to: State) -> None:
    """None at all, or one that has ended."""
    registry.keep_agreement(agreement(until=DAY - timedelta(days=1)), actor=BY)
    database.execute("INSERT INTO registry_member (party, state, since) VALUES ('99801', %s, %s)", [present.value, DAY])
    with pytest.raises(registry.MembershipProblem):
        registry.move_member("99801", to, actor=BY)
    assert registry.members()[0].state is present


def test_nobody_unknown_is_invited() -> None:
    """A code that no list names."""
    with pytest.raises(registry.MembershipProblem):
        registry.move_member("00000", State.INVITED, actor=BY)
    assert registry.members() == []


@pytest.mark.parametrize(("days", "exchanging"), [(0, True), (30, True), (31, False), (None, False)])
def test_connected_and_exchanging_are_two_counters(days: int | None, exchanging: bool) -> None:
    """Data in the last 30 days, the thirtieth included; a suspended party is neither."""
    registry.keep_agreement(agreement(), actor=BY)
    for state in (State.INVITED, State.AGREED, State.CONNECTED):
        registry.move_member("99801", state, actor=BY)
    if days is not None:
        registry.told_exchange("99801", DAY - timedelta(days=days))
    found = registry.network_counts(DAY)
    assert (found.connected, found.exchanging) == (1, int(exchanging))
    registry.move_member("99801", State.SUSPENDED, actor=BY)
    found = registry.network_counts(DAY)
    assert (found.connected, found.exchanging, found.suspended) == (0, 0, 1)


def test_an_exchange_is_kept_by_day_and_only_of_members() -> None:
    """The last day stays; an older one told later does not replace it."""
    registry.told_exchange("99801", DAY)
    assert registry.members() == []
    registry.move_member("99801", State.INVITED, actor=BY)
    registry.told_exchange("99801", DAY)
    registry.told_exchange("99801", DAY - timedelta(days=3))
    assert registry.members()[0].exchanged == DAY


def test_a_client_needs_an_agreement_and_connects_its_facility() -> None:
    """PDPA section 40: a gateway without one is not enabled; refused, no client and no token is made."""
    with pytest.raises(registry.NoAgreement):
        signin.add_client("his-99801", "99801", ["system/*.rs"], 10, actor=BY)
    assert signin.clients() == []
    registry.keep_agreement(agreement(), actor=BY)
    registry.move_member("99801", State.INVITED, actor=BY)
    registry.move_member("99801", State.AGREED, actor=BY)
    signin.add_client("his-99801", "99801", ["system/*.rs"], 10, actor=BY)
    assert registry.members()[0].state is State.CONNECTED


def test_a_suspended_facilitys_clients_are_nobody() -> None:
    """At once where the token was not seen yet, within 30 s elsewhere; back again when it is agreed anew."""
    registry.keep_agreement(agreement(), actor=BY)
    for state in (State.INVITED, State.AGREED):
        registry.move_member("99801", state, actor=BY)
    token = f"Bearer {signin.add_client('his-99801', '99801', ['system/*.rs'], 10, actor=BY)}"
    assert signin.authenticate_bearer(token) is not None
    assert signin.client_named("his-99801") is not None
    assert registry.members()[0].exchanged == DAY
    registry.move_member("99801", State.SUSPENDED, actor=BY)
    signin.forget_cache()
    assert signin.authenticate_bearer(token) is None
    assert signin.client_named("his-99801") is None  # nor is it told of changes any more
    registry.move_member("99801", State.AGREED, actor=BY)
    assert signin.authenticate_bearer(token) is not None
