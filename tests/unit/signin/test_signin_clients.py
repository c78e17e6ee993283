"""Clients as their operator sees them: added with care, listed, ended."""

from __future__ import annotations

from datetime import timedelta

import pytest

from suksala import audit, registry, signin
from suksala.foundation import clock, database

pytestmark = pytest.mark.django_db

BY = "system:operator"


@pytest.fixture(autouse=True)
def fresh_caches(db: None) -> None:
    """One facility, and no answer of another test."""
    signin.forget_cache()
    registry.forget_cache()
    database.execute(
        "INSERT INTO registry_facility (hospcode, name_th, name_en, kind, province, district, subdistrict, network) "
        "VALUES ('99801', 'ก', 'A', 'hospital', '19', '1901', '', '') ON CONFLICT DO NOTHING"
    )
    database.execute(
        "INSERT INTO registry_agreement (number, kind, title, parties, flows, basis, signed, since) "
        "VALUES ('D', 'dsa', 'D', '{99801}', '{exchange}', '26-5-a', '2026-01-01', '2026-01-01')"
    )


def test_a_client_is_added_listed_and_ended() -> None:
    """The list tells rights and how many tokens count, never a token."""
    token = signin.add_client("his-99801", "99801", ["system/*.rs"], 10, lenient=True, actor=BY)
    signin.add_client("his-99801", "99801", ["system/*.rs"], 20, lenient=True, actor=BY)
    [one] = signin.clients()
    assert (one.name, one.hospcode, one.scopes, one.lenient) == ("his-99801", "99801", ("system/*.rs",), True)
    assert one.tokens == 2
    assert one.until is not None
    assert timedelta(minutes=19) < one.until - clock.now() <= timedelta(minutes=20)
    assert [fact.detail for fact in audit.facts("signin.token-issued")] == [
        {"client": "his-99801", "minutes": minutes} for minutes in (10, 20)
    ]
    assert token not in str(one)
    assert signin.end_client("his-99801", actor=BY) == 2
    assert signin.authenticate_bearer(f"Bearer {token}") is None
    assert [(c.tokens, c.until) for c in signin.clients()] == [(0, None)]
    assert [fact.actor for fact in audit.facts("signin.token-revoked")] == [BY]


def test_a_client_with_no_token_cannot_be_ended() -> None:
    """A typing error in the name is told: somebody believes that a leaked token is dead."""
    with pytest.raises(signin.NoClient):
        signin.end_client("his-9980l", actor=BY)
    assert list(audit.facts("signin.token-revoked")) == []


def test_a_token_that_is_handed_over_ends_within_the_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    """To the moment: sixty minutes at most, as UDAP has it for systems."""
    token = signin.add_client("his-99801", "99801", ["system/*.rs"], 60, actor=BY)
    began = clock.now()
    for minutes, counts in ((59, True), (60, False)):
        at = began + timedelta(minutes=minutes)
        monkeypatch.setattr(clock, "now", lambda at=at: at)
        signin.forget_cache()
        assert (signin.authenticate_bearer(f"Bearer {token}") is not None) is counts


@pytest.mark.parametrize(
    ("name", "sender", "scopes", "minutes"),
    [
        ("His", None, ["system/*.rs"], 1),
        ("", None, ["system/*.rs"], 1),
        ("a" * 65, None, ["system/*.rs"], 1),
        ("his", "00000", ["system/*.rs"], 1),  # no such facility
        ("his", None, [], 1),
        ("his", None, ["system/*."], 1),
        ("his", None, ["system/*.sr"], 1),  # SMART v2: in the order c r u d s
        ("his", None, ["user/*.rs"], 1),  # people have no tokens here
        ("his", None, ["system/*.rs", "patient/*.read"], 1),
        ("his", None, ["system/*.rs"], 0),
        ("his", None, ["system/*.rs"], 61),
    ],
)
def test_what_could_never_work_is_refused(name: str, sender: str | None, scopes: list[str], minutes: int) -> None:
    """No client, no token, no fact."""
    with pytest.raises(signin.TokenProblem):
        signin.add_client(name, sender, scopes, minutes, actor=BY)
    assert signin.clients() == []
    assert list(audit.facts("signin.token-issued")) == []
