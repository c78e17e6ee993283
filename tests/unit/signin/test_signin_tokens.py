"""Tokens of systems: shown once, kept as digests, ended by time or by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from suksala import audit, signin
from suksala.foundation import clock, database
from suksala.signin import domain, service

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh_cache() -> Iterator[None]:
    """No answer of another test."""
    signin.forget_cache()
    yield
    signin.forget_cache()


def test_a_token_speaks_for_its_client() -> None:
    """Facility, scopes and end travel with it; every way to write the header's scheme is read."""
    token = signin.issue_token("lab", "99801", ["system/Observation.rs", "system/Patient.r"], 30)
    client = signin.authenticate_bearer(f"Bearer {token}")
    assert client == signin.authenticate_bearer(f"  bearer   {token} ")
    assert client is not None
    assert (client.name, client.hospcode, client.actor) == ("lab", "99801", "client:lab")
    assert client.scopes == {"system/Observation.rs", "system/Patient.r"}
    assert timedelta(days=29, hours=23) < client.until - clock.now() <= timedelta(days=30)


def test_only_its_digest_is_kept() -> None:
    """A stolen table holds no token, and neither does the log."""
    token = signin.issue_token("lab", None, ["system/*.rs"], 1)
    kept = str(database.rows("SELECT t::text, c::text FROM signin_token t JOIN signin_client c ON c.id = t.client_id"))
    [fact] = audit.facts("signin.token-issued")
    assert token not in kept
    assert token not in str(fact)
    assert fact.detail == {"client": "lab", "days": 1}
    assert signin.issue_token("lab", None, ["system/*.rs"], 1) != token


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer ", "Bearer x", "Basic eDp5", "Bearer skl_" + "a" * 43, "Bearer " + "a" * 300]
)
def test_anything_else_is_nobody(header: str | None) -> None:
    """No header, no token, another scheme, an unknown token, one too long; none is remembered."""
    signin.issue_token("lab", None, ["system/*.rs"], 1)
    assert signin.authenticate_bearer(header) is None
    assert service._cache == {}


def test_a_revoked_token_is_nobody_at_once_here() -> None:
    """And told in the log; revoking it again changes nothing."""
    token = signin.issue_token("lab", None, ["system/*.rs"], 1)
    other = signin.issue_token("lab", None, ["system/*.rs"], 1)
    assert signin.authenticate_bearer(f"Bearer {token}")
    assert signin.revoke_token(token, actor="account:steward")
    assert signin.authenticate_bearer(f"Bearer {token}") is None
    assert signin.authenticate_bearer(f"Bearer {other}")
    assert not signin.revoke_token(token, actor="account:steward")
    assert not signin.revoke_token("skl_unknown", actor="account:steward")
    assert [f.detail for f in audit.facts("signin.token-revoked")] == [{"client": "lab", "tokens": 1}]
    assert signin.revoke_client("lab", actor="account:steward") == 1
    assert signin.authenticate_bearer(f"Bearer {other}") is None
    assert signin.revoke_client("lab", actor="account:steward") == 0


def test_an_answer_is_kept_thirty_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    """What another process revoked works that long and no longer; both edges."""
    token = signin.issue_token("lab", None, ["system/*.rs"], 1)
    moment = 1000.0
    monkeypatch.setattr(service.time, "monotonic", lambda: moment)
    assert signin.authenticate_bearer(f"Bearer {token}")
    database.execute("UPDATE signin_token SET revoked_at = now()")
    moment = 1029.999
    assert signin.authenticate_bearer(f"Bearer {token}")
    moment = 1030.0
    assert signin.authenticate_bearer(f"Bearer {token}") is None


def test_no_answer_outlives_its_token(monkeypatch: pytest.MonkeyPatch) -> None:
    """The end counts even while the answer is kept; both edges."""
    token = signin.issue_token("lab", None, ["system/*.rs"], 1)
    client = signin.authenticate_bearer(f"Bearer {token}")
    assert client is not None
    monkeypatch.setattr(service.clock, "now", lambda: client.until - timedelta(microseconds=1))
    assert signin.authenticate_bearer(f"Bearer {token}") == client
    monkeypatch.setattr(service.clock, "now", lambda: client.until)
    assert signin.authenticate_bearer(f"Bearer {token}") is None
    signin.forget_cache()
    assert signin.authenticate_bearer(f"Bearer {token}") is None


def test_a_closed_clients_tokens_do_not_count() -> None:
    """Whatever their own end."""
    token = signin.issue_token("lab", None, ["system/*.rs"], 1)
    database.execute("UPDATE signin_client SET active = false")
    assert signin.authenticate_bearer(f"Bearer {token}") is None


@pytest.mark.parametrize(("days", "made"), [(0, False), (1, True), (366, True), (367, False), (-1, False)])
def test_a_token_lives_a_day_to_a_year(days: int, made: bool) -> None:
    """Both edges; a refused one leaves nothing."""
    if made:
        assert signin.issue_token("lab", None, [], days)
        return
    with pytest.raises(signin.TokenProblem):
        signin.issue_token("lab", None, [], days)
    assert database.rows("SELECT 1 FROM signin_client") == []
    assert list(audit.facts("signin.token-issued")) == []


def test_the_memory_of_tokens_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A flood of tokens does not fill the process."""
    monkeypatch.setattr(service, "CACHE_ENTRIES", 2)
    tokens = [signin.issue_token("lab", None, [], 1) for _ in range(3)]
    for token in tokens:
        assert signin.authenticate_bearer(f"Bearer {token}")
    assert len(service._cache) <= 2


def test_a_token_is_long_and_of_letters_a_header_may_carry() -> None:
    """256 random bits, with a prefix that scanners of source code know."""
    token = domain.new_token()
    assert token.startswith("skl_")
    assert len(token) == 47
    assert domain.shown(f"Bearer {token}") == ("bearer", token)


def test_changed_rights_end_the_older_tokens() -> None:
    """An older, narrower token must not come to see more because its client was given more."""
    narrow = signin.issue_token("lab", "99801", ["system/Observation.r"], 30)
    same = signin.issue_token("lab", "99801", ["system/Observation.r"], 30)
    assert signin.authenticate_bearer(f"Bearer {narrow}") is not None
    signin.forget_cache()
    wide = signin.issue_token("lab", None, ["system/*.rs"], 30)
    assert [signin.authenticate_bearer(f"Bearer {t}") for t in (narrow, same)] == [None, None]
    assert signin.authenticate_bearer(f"Bearer {wide}") is not None
