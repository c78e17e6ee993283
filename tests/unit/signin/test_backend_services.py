"""SMART Backend Services: a system proves itself with its key and gets a token for minutes (T09, T11; RFC 7523)."""

from __future__ import annotations

import io
import json
import time
from datetime import timedelta
from typing import Any

import pytest
from joserfc.jwk import ECKey, OctKey, RSAKey

from suksala import audit, registry, signin
from suksala.foundation import clock, database
from suksala.portals.wsgi import application
from suksala.signin import oauth
from tests.oauth_clients import BY, claims, form, jwks, key, one_facility, post, registered, signed

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def facility(db: None) -> None:
    """One facility that may exchange."""
    one_facility()


def tokens() -> int:
    """How many tokens are kept."""
    return int(database.rows("SELECT count(*) FROM signin_token")[0][0])


@pytest.mark.parametrize("alg", ["ES384", "RS384"])
def test_a_key_gets_a_token_for_five_minutes(alg: str) -> None:
    """Opaque, kept as digest, bound to what was asked; the log tells of it."""
    registered("his", key(alg=alg))
    answer = post(form(signed(claims(), alg=alg)))
    told = answer.json()
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    assert {name: told[name] for name in ("token_type", "expires_in", "scope")} == {
        "token_type": "Bearer",
        "expires_in": 300,
        "scope": "system/Patient.rs",
    }
    client = signin.authenticate_bearer(f"Bearer {told['access_token']}")
    assert client is not None
    assert (client.name, client.hospcode, client.scopes) == ("his", "99801", {"system/Patient.rs"})
    assert timedelta(minutes=4) < client.until - clock.now() <= timedelta(minutes=5)
    assert told["access_token"] not in str(database.rows("SELECT t::text FROM signin_token t"))
    [fact] = audit.facts("signin.token-issued")
    assert (fact.actor, fact.facility) == ("client:his", "99801")
    assert fact.detail == {"client": "his", "seconds": 300, "scopes": "system/Patient.rs"}


def test_a_client_asks_for_no_more_than_it_is_registered_for() -> None:
    """Less is given as asked, more is refused whole, nothing asked is nothing given."""
    registered(scopes=("system/Observation.rs", "system/Patient.r"))
    for scope, status in [
        ("system/Patient.r", 200),
        ("system/Observation.s system/Patient.read", 400),
        ("system/Observation.rs?category=laboratory", 200),
        ("system/Patient.rs", 400),
        ("system/*.r", 400),
        ("system/Observation.read", 200),
        ("user/Observation.rs", 400),
        ("openid", 400),
        ("", 400),
        (None, 400),
    ]:
        answer = post(form(signed(claims()), scope=scope))
        assert (scope, answer.status_code) == (scope, status)
        if status == 400:
            assert (answer.json()["error"], answer.json()["code"]) == ("invalid_scope", "SKL-OAUTH-invalid-scope")


def test_an_assertion_counts_once() -> None:
    """The second time it is refused, whoever asks, and is a fact; another jti counts."""
    registered()
    once = signed(claims())
    assert [post(form(once)).status_code for _ in range(3)] == [200, 401, 401]
    assert post(form(signed(claims()))).status_code == 200
    assert [fact.detail["reason"] for fact in audit.facts("signin.client-refused")] == ["replay", "replay"]
    assert tokens() == 2


def test_used_assertions_are_forgotten_when_they_have_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """And not before: the cache holds minutes, not months."""
    registered()
    post(form(signed(claims())))
    now = clock.now()
    monkeypatch.setattr(oauth.clock, "now", lambda: now + timedelta(minutes=6))
    assert post(form(signed(claims(exp=int(time.time()) + 600)))).status_code == 200
    assert database.rows("SELECT count(*) FROM signin_assertion") == [(1,)]


def test_a_key_is_changed_without_a_gap() -> None:
    """Old and new together, then the new alone; what the old one got ends with it."""
    old, new = key("2026-a"), key("2026-b")
    registered("his", old)
    got = post(form(signed(claims(), old))).json()["access_token"]
    registered("his", old, new)
    assert signin.authenticate_bearer(f"Bearer {got}") is None
    assert [post(form(signed(claims(), by))).status_code for by in (old, new)] == [200, 200]
    registered("his", new)
    assert [post(form(signed(claims(), by))).status_code for by in (old, new)] == [401, 200]
    assert [c.kids for c in signin.clients()] == [("2026-b",)]
    assert [f.detail["keys"] for f in audit.facts("signin.keys-registered")] == [
        ["2026-a"],
        ["2026-a", "2026-b"],
        ["2026-b"],
    ]


def test_an_ended_client_gets_nothing_any_more() -> None:
    """Its token ends at once, its key makes no other; registering it again lets it in."""
    registered()
    got = post(form(signed(claims()))).json()["access_token"]
    assert signin.end_client("his", actor=BY) == 1
    assert signin.authenticate_bearer(f"Bearer {got}") is None
    assert signin.client_named("his") is None
    assert post(form(signed(claims()))).status_code == 401
    with pytest.raises(signin.NoClient):
        signin.end_client("his", actor=BY)
    registered()
    assert post(form(signed(claims()))).status_code == 200


def test_a_client_with_a_key_keeps_its_subscriptions_between_tokens() -> None:
    """Rights of work that goes on hang on the client, not on a token of five minutes."""
    registered()
    assert tokens() == 0
    client = signin.client_named("his")
    assert client is not None
    assert client.scopes == {"system/*.rs"}


def test_a_suspended_facilitys_client_gets_nothing() -> None:
    """Nothing is issued, and the log says why."""
    registered()
    for state in (registry.State.INVITED, registry.State.AGREED, registry.State.CONNECTED, registry.State.SUSPENDED):
        registry.move_member("99801", state, actor=BY)
    assert post(form(signed(claims()))).status_code == 401
    assert [fact.detail["reason"] for fact in audit.facts("signin.client-refused")] == ["suspended"]


def test_a_client_without_agreement_is_not_registered() -> None:
    """As with tokens that the operator makes (S4.40)."""
    database.execute("DELETE FROM registry_agreement")
    registry.forget_cache()
    with pytest.raises(registry.NoAgreement):
        registered()
    assert signin.clients() == []


def test_purposes_are_those_registered() -> None:
    """An assertion may say why (UDAP's hl7-b2b); what is not registered is refused."""
    registered(purposes=("TREAT", "PUBHLTH"))
    b2b = {"hl7-b2b": {"version": "1", "purpose_of_use": ["urn:oid:2.16.840.1.113883.5.8#TREAT"]}}
    got = post(form(signed(claims(extensions=b2b)))).json()["access_token"]
    client = signin.authenticate_bearer(f"Bearer {got}")
    assert client is not None
    assert client.purposes == {"TREAT"}
    b2b["hl7-b2b"]["purpose_of_use"] = ["ETREAT"]
    assert post(form(signed(claims(extensions=b2b)))).status_code == 401
    every = post(form(signed(claims()))).json()["access_token"]
    client = signin.authenticate_bearer(f"Bearer {every}")
    assert client is not None
    assert client.purposes == {"TREAT", "PUBHLTH"}


def test_a_client_knows_and_ends_its_own_tokens_only() -> None:
    """Introspection and revocation by a stranger: inactive, and nothing ended (RFC 7662, 7009)."""
    registered("his")
    registered("lab", key("lab"))

    def asked(path: str, token: str, name: str, by: Any) -> Any:
        fields = form(signed(claims(name), by), token=token, grant_type=None, scope=None)
        return post(fields, path)

    mine = post(form(signed(claims()))).json()["access_token"]
    assert asked("/oauth/introspect", mine, "lab", key("lab")).json() == {"active": False}
    told = asked("/oauth/introspect", mine, "his", key()).json()
    assert (told["active"], told["client_id"], told["scope"]) == (True, "his", "system/Patient.rs")
    assert 290 < told["exp"] - told["iat"] <= 300
    assert asked("/oauth/revoke", mine, "lab", key("lab")).status_code == 200
    assert signin.authenticate_bearer(f"Bearer {mine}") is not None
    assert asked("/oauth/revoke", mine, "his", key()).status_code == 200
    assert signin.authenticate_bearer(f"Bearer {mine}") is None
    assert asked("/oauth/introspect", mine, "his", key()).json() == {"active": False}
    assert post({"token": mine}, "/oauth/introspect").status_code == 401


@pytest.mark.parametrize("path", ["/.well-known/smart-configuration", "/fhir/.well-known/smart-configuration"])
def test_where_everything_is(path: str) -> None:
    """SMART asks below the base of the FHIR API; what is told is what is served."""
    asked = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
    }
    told = json.loads(b"".join(application(asked, lambda *_: None)))
    assert told["token_endpoint"].endswith("/oauth/token")
    assert told["token_endpoint_auth_signing_alg_values_supported"] == ["ES384", "RS384"]
    assert "client-confidential-asymmetric" in told["capabilities"]


BAD_SETS: list[tuple[str, Any]] = [
    ("not JSON", "{"),
    ("no keys", json.dumps({"keys": []})),
    ("a list", "[]"),
    ("no kid", json.dumps({"keys": [{"kty": "EC", "crv": "P-384", "x": "AA", "y": "AA"}]})),
    ("twice the same kid", lambda: json.dumps({"keys": [json.loads(jwks(key()))["keys"][0]] * 2})),
    ("a private key", lambda: json.dumps({"keys": [key().as_dict(private=True)]})),
    ("a shared secret", lambda: json.dumps({"keys": [OctKey.generate_key(256, {"kid": "s"}).as_dict(private=True)]})),
    ("P-256", lambda: jwks(ECKey.generate_key("P-256", {"kid": "a"}))),
    ("RSA of 1024", lambda: jwks(RSAKey.generate_key(1024, {"kid": "a"}))),
    ("a member twice", '{"keys": [], "keys": []}'),
    ("nine keys", lambda: jwks(*(ECKey.generate_key("P-384", {"kid": str(n)}) for n in range(9)))),
    ("a kid that is a path", lambda: jwks(ECKey.generate_key("P-384", {"kid": "../../dev/null"}))),
]


@pytest.mark.parametrize(("why", "text"), BAD_SETS, ids=[why for why, _ in BAD_SETS])
@pytest.mark.filterwarnings("ignore")
def test_only_sound_public_keys_are_registered(why: str, text: Any) -> None:
    """Nothing is registered, and no key is quoted."""
    text = text() if callable(text) else text
    with pytest.raises(signin.TokenProblem) as refused:
        signin.add_keys("his", None, ["system/*.rs"], text, actor=BY)
    assert signin.clients() == []
    assert list(audit.facts("signin.keys-registered")) == []
    assert len(text) < 3 or text not in str(refused.value)


def test_why_a_client_asks_stands_in_the_log() -> None:
    """The purpose that it states, or its single one; none of several, or another, is refused before a read."""
    from suksala.exchange.mapping.base import patient_id
    from tests.record import Called, one_human, send

    one_human(("99801", "1"))
    send("PERSON", {"pid": "1", "name": "มาลี"}, hospcode="99801")
    path = f"/fhir/Patient/{patient_id('99801', '1')}"
    token = signin.add_client("his", "99801", ["system/*.rs"], 1, purposes=("TREAT", "PUBHLTH"), actor=BY)
    for stated, status in [("TREAT", 200), ("PUBHLTH", 200), (None, 403), ("ETREAT", 403), ("treat", 403), ("", 403)]:
        headers = {} if stated is None else {"HTTP_PURPOSE_OF_USE": stated}
        answer = Called("GET", path, token=token, **headers)
        assert (stated, answer.status) == (stated, status)
        if status == 403:
            assert answer.json["issue"][0]["details"]["coding"][0]["code"] == "SKL-SIGNIN-020"
    assert [fact.purpose for fact in audit.facts("read")] == ["TREAT", "PUBHLTH"]
    one = signin.add_client("lab", "99801", ["system/*.rs"], 1, purposes=("TREAT",), actor=BY)
    assert Called("GET", path, token=one).status == 200
    assert [fact.purpose for fact in audit.facts("read")] == ["TREAT", "PUBHLTH", "TREAT"]


@pytest.mark.parametrize("purposes", [(), ("ETREAT",), ("PATRQT", "TREAT"), ("x",)])
def test_a_system_has_no_persons_purposes(purposes: tuple[str, ...]) -> None:
    """An emergency is a person's, one's own record a citizen's."""
    with pytest.raises(signin.TokenProblem):
        signin.add_client("his", "99801", ["system/*.rs"], 1, purposes=purposes, actor=BY)
    assert signin.clients() == []
