"""DPoP (RFC 9449): a token that is bound to a key is worth nothing without it, and a proof counts once, for one request
(T09; threats of its section 11, one test each or more).
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import django.db
import pytest
from django.test import Client
from joserfc.jwk import RSAKey

from suksala import audit, identity, registry, signin
from suksala.exchange.mapping.base import patient_id
from suksala.foundation import clock, database
from suksala.signin import dpop_rules
from suksala.signin.dpop import spend
from suksala.signin.dpop_rules import Proof
from suksala.signin.strict_jwt import BadJwt
from tests import dpop_proofs as dpop
from tests import smart_app as app
from tests.dpop_proofs import FHIR, proof, shown
from tests.oauth_clients import TOKEN, form, jwks, one_facility, post, registered, signed
from tests.oauth_clients import claims as assertion
from tests.oauth_clients import key as client_key
from tests.record import HOSPITAL, Called, one_human, reads_logged, send
from tests.unit.signin.test_jwt_tricks import b64, raw
from tests.unit.signin.test_rfc9700 import headers_of

pytestmark = pytest.mark.django_db
MALI = patient_id(HOSPITAL, "1")


@pytest.fixture
def mali(db: None) -> Any:
    """Somebody with a record, and an app that gets bound tokens only."""
    signin.forget_cache()
    one_human((HOSPITAL, "1"))
    send("PERSON", {"pid": "1", "name": "มาลี"})
    send("SERVICE", {"pid": "1", "seq": "1", "date_serv": "2026-01-01", "pr": 70})
    app.add_app(dpop_bound=True)
    return app.account(person=identity.person_of(HOSPITAL, "1"))


def code_in(code: str, made: str | None = None, **changed: Any) -> Any:
    """Hand a code in with a proof."""
    said = {"grant_type": "authorization_code", "client_id": "growth", "code": code, "redirect_uri": app.BACK}
    fields = {**said, "code_verifier": app.VERIFIER, **changed}
    return post({n: v for n, v in fields.items() if v is not None}, DPoP=proof() if made is None else made)


def renew(token: str, made: str | None = None, **changed: Any) -> Any:
    """Renew with a proof."""
    fields = {"grant_type": "refresh_token", "client_id": "growth", "refresh_token": token, **changed}
    return post(fields, DPoP=proof() if made is None else made)


def got(mali: Any, **changed: Any) -> dict[str, Any]:
    """What the app is told when it hands a good code in with a good proof."""
    answer = code_in(app.code_of(app.browser(mali), **changed))
    assert answer.status_code == 200, answer.content
    told: dict[str, Any] = answer.json()
    return told


def tokens() -> int:
    """How many access tokens there are."""
    return int(database.rows("SELECT count(*) FROM signin_token")[0][0])


def spent() -> int:
    """How many proofs and assertions are noted as used."""
    return int(database.rows("SELECT count(*) FROM signin_assertion")[0][0])


# ---- what is as it should be ----------------------------------------------------------------------------------------


def test_a_bound_token_reads_with_its_key(mali: Any) -> None:
    """Told as DPoP, kept with its key's thumbprint; each request has a proof of its own, of a search too."""
    told = got(mali)
    assert (told["token_type"], told["expires_in"], told["patient"]) == ("DPoP", 900, MALI)
    assert database.rows("SELECT jkt FROM signin_token") == [(dpop.jkt(),)]
    read = shown(told["access_token"], f"Patient/{MALI}")
    assert (read.status, read.json["id"]) == (200, MALI)
    found = shown(told["access_token"], f"Observation?patient={MALI}&_count=1")
    assert (found.status, len(found.json["entry"])) == (200, 1)
    assert {fact.actor for fact in audit.facts("read")} == {"account:mali"}


def test_every_surface_takes_it(mali: Any) -> None:
    """GraphQL, $everything, a posted search, the log: one place looks at tokens."""
    token = got(mali)["access_token"]
    for path, method in (
        (f"Patient/{MALI}/$everything", "GET"),
        ("Observation/_search", "POST"),
        (f"Patient/{MALI}/$graphql?query=%7Bid%7D", "GET"),
        ("CodeSystem", "GET"),
    ):
        made = proof(method, f"{FHIR}/{path.partition('?')[0]}", token)
        headers = {"CONTENT_TYPE": "application/x-www-form-urlencoded"} if method == "POST" else {}
        assert shown(token, path, made, method=method, **headers).status == 200, path
        assert Called(method, f"/fhir/{path}", token=token, **headers).status == 401, path


@pytest.mark.parametrize("curve", ["P-256", "P-384"])
def test_both_published_algorithms(mali: Any, curve: str) -> None:
    """Those of the metadata, and the challenge of an answer names them."""
    by = dpop.key("either", curve)
    answer = code_in(app.code_of(app.browser(mali)), proof(by=by))
    token = answer.json()["access_token"]
    assert database.rows("SELECT jkt FROM signin_token") == [(dpop.jkt(by),)]
    read = shown(token, f"Patient/{MALI}", proof("GET", f"{FHIR}/Patient/{MALI}", token, by=by))
    assert read.status == 200
    told = app.browser(mali).get("/.well-known/smart-configuration").json()
    assert told["dpop_signing_alg_values_supported"] == ["ES256", "ES384"]
    assert Called("GET", "/fhir/Patient").headers["WWW-Authenticate"].endswith('DPoP algs="ES256 ES384"')


def test_the_example_of_the_rfc() -> None:
    """RFC 9449, figures 2, 3 and 12: a proof for a token request, one for a resource, and the thumbprint of 6.1."""
    asking = (
        "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0Rs"
        "cEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2"
        "In19.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2Vu"
        "IiwiaWF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZ"
        "T3Lg"
    )
    found = dpop_rules.verified(asking, method="POST", address="https://server.example.com/token", now=1562262616)
    assert (found.jkt, found.jti) == ("0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I", "-BwC3ESc6acc2lTc")


def test_a_system_may_prove_a_key_too(db: None) -> None:
    """client_credentials: bound when it comes with a proof; refused without one where it is registered so."""
    one_facility()
    registered("his")
    plain = post(form(signed(assertion()))).json()
    bound = post(form(signed(assertion())), DPoP=proof()).json()
    assert (plain["token_type"], bound["token_type"]) == ("Bearer", "DPoP")
    assert Called("GET", "/fhir/Patient", token=plain["access_token"]).status == 200
    assert Called("GET", "/fhir/Patient", token=bound["access_token"]).status == 401
    assert shown(bound["access_token"], "Patient").status == 200
    registered("his", dpop_bound=True)
    assert post(form(signed(assertion()))).json()["error"] == "invalid_dpop_proof"
    assert post(form(signed(assertion())), DPoP=proof()).json()["token_type"] == "DPoP"


def test_a_bundle_is_one_request(db: None) -> None:
    """Its entries bring no proof of their own, and none of them can be asked for with another token."""
    one_facility()
    registered("his")
    token = post(form(signed(assertion())), DPoP=proof()).json()["access_token"]
    entries = [{"request": {"method": "GET", "url": "Patient"}}, {"request": {"method": "GET", "url": "Patient?_id=x"}}]
    body = json.dumps({"resourceType": "Bundle", "type": "batch", "entry": entries}).encode()
    kind = {"CONTENT_TYPE": "application/fhir+json", "body": body}
    answer = shown(token, "", proof("POST", f"{FHIR}/", token), method="POST", **kind)
    assert [entry["response"]["status"] for entry in answer.json["entry"]] == ["200", "200"]
    assert spent() == 3  # the assertion, the proof for the token, and one for the Bundle


# ---- proofs that do not hold ----------------------------------------------------------------------------------------


def header(**changed: Any) -> dict[str, Any]:
    """A good header, changed; None leaves a member out."""
    said = {"typ": "dpop+jwt", "alg": "ES256", "jwk": dpop.key().as_dict(private=False), **changed}
    return {name: value for name, value in said.items() if value is not None}


def public(**changed: Any) -> dict[str, Any]:
    """The public key, changed."""
    return {**dpop.key().as_dict(private=False), **changed}


def now() -> int:
    return int(time.time())


RSA = RSAKey.generate_key(2048)
# What makes a proof, of the claims that would be good for the request that it comes with.
FORGERIES: dict[str, Callable[[dict[str, Any]], str]] = {
    "empty": lambda _: "",
    "no JWT": lambda _: "x.y.z",
    "another method": lambda said: dpop.signed({**said, "htm": "PUT"}),
    "method in small letters": lambda said: dpop.signed({**said, "htm": said["htm"].lower()}),
    "no method": lambda said: dpop.signed({**said, "htm": None}),
    "another address": lambda said: dpop.signed({**said, "htu": said["htu"] + "x"}),
    "another host": lambda said: dpop.signed({**said, "htu": "https://evil.example/oauth/token"}),
    "another scheme": lambda said: dpop.signed({**said, "htu": said["htu"].replace("http", "ftp", 1)}),
    "another port": lambda said: dpop.signed({**said, "htu": said["htu"].replace("/", ":8443/", 3)}),
    "port no number": lambda said: dpop.signed({**said, "htu": "https://suksala.test:x/"}),
    "a user name": lambda said: dpop.signed({**said, "htu": said["htu"].replace("://", "://a@")}),
    "a path alone": lambda said: dpop.signed({**said, "htu": "/oauth/token"}),
    "an address with a blank": lambda said: dpop.signed({**said, "htu": said["htu"] + " "}),
    "an address with a line": lambda said: dpop.signed({**said, "htu": "\n" + said["htu"]}),
    "address a list": lambda said: dpop.signed({**said, "htu": [said["htu"]]}),
    "no address": lambda said: dpop.signed({**said, "htu": None}),
    "301 s old": lambda said: dpop.signed({**said, "iat": now() - 302}),
    "301 s ahead": lambda said: dpop.signed({**said, "iat": now() + 304}),
    "no time": lambda said: dpop.signed({**said, "iat": None}),
    "time a text": lambda said: dpop.signed({**said, "iat": str(now())}),
    "time true": lambda said: dpop.signed({**said, "iat": True}),
    "time a fraction": lambda said: dpop.signed({**said, "iat": now() + 0.5}),
    "no jti": lambda said: dpop.signed({**said, "jti": None}),
    "jti empty": lambda said: dpop.signed({**said, "jti": ""}),
    "jti of 256": lambda said: dpop.signed({**said, "jti": "j" * 256}),
    "jti a number": lambda said: dpop.signed({**said, "jti": 7}),
    "typ JWT": lambda said: dpop.signed(said, typ="JWT"),
    "typ of an access token": lambda said: dpop.signed(said, typ="at+jwt"),
    "no typ": lambda said: raw(header(typ=None), said),
    "alg none": lambda said: raw(header(alg="none"), said, b""),
    "alg None": lambda said: raw(header(alg="None"), said, b""),
    "no alg": lambda said: raw(header(alg=None), said),
    "alg a list": lambda said: raw(header(alg=["ES256"]), said),
    "HS256 under the public key": lambda said: raw(header(alg="HS256"), said),
    "HS256 under an own secret": lambda said: raw(header(alg="HS256", jwk={"kty": "oct"}), said),
    "RS256": lambda said: dpop.jwt.encode(
        header(alg="RS256", jwk=RSA.as_dict(private=False)), said, RSA, algorithms=["RS256"]
    ),
    "an RSA key under ES256": lambda said: raw(header(jwk=RSA.as_dict(private=False)), said),
    "ES384 with a key of P-256": lambda said: raw(header(alg="ES384"), said, b"\0" * 96),
    "no key": lambda said: raw(header(jwk=None), said),
    "key a text": lambda said: raw(header(jwk="x"), said),
    "key without y": lambda said: raw(header(jwk={n: v for n, v in public().items() if n != "y"}), said),
    "key off its curve": lambda said: raw(header(jwk=public(x=b64(b"\1" * 32))), said, b"\1" * 64),
    "key of zeros": lambda said: raw(header(jwk=public(x=b64(b"\0" * 32), y=b64(b"\0" * 32))), said, b"\1" * 64),
    "key with its private half": lambda said: dpop.signed(said, jwk=dpop.key().as_dict(private=True)),
    "key with a secret of another kind": lambda said: dpop.signed(said, jwk=public(k="AA")),
    "key from an address": lambda said: dpop.signed(said, jku="http://127.0.0.1:1/jwks"),
    "key in a certificate": lambda said: dpop.signed(said, x5c=["AA=="]),
    "crit unknown": lambda said: raw(header(crit=["exp"], exp=1), said),
    "b64 false": lambda said: raw(header(b64=False, crit=["b64"]), said),
    "signature of another key": lambda said: dpop.signed(said, dpop.key("other"), jwk=public()),
    "signature of zeros": lambda said: raw(header(), said, b"\0" * 64),
    "signature cut": lambda said: dpop.signed(said)[:-8],
    "claims changed": lambda said: ".".join(
        [*dpop.signed(said).split(".")[:1], *dpop.signed({**said, "jti": "x"}).split(".")[1:2], "AA"]
    ),
    "claims a list": lambda _: raw(header(), []),
    "claims twice": lambda said: raw(header(), json.dumps(said)[:-1] + ', "htm": "GET"}'),
    "huge": lambda said: dpop.signed({**said, "pad": "x" * 9000}),
    "two in one header": lambda said: f"{dpop.signed(said)},{dpop.signed({**said, 'jti': 'second'})}",
    "two headers of a careless server": lambda said: f"{dpop.signed(said)}, {dpop.signed(said)}",
    "blanks around": lambda said: f" {dpop.signed(said)} ",
    "Thai": lambda _: "ไทย",
}


@pytest.mark.parametrize("forgery", FORGERIES)
@pytest.mark.filterwarnings("ignore")
def test_a_forged_proof_gets_no_token_and_spends_no_code(mali: Any, forgery: str) -> None:
    """400 invalid_dpop_proof in one sentence, the same for all; the code counts still, for the app that has the key."""
    code = app.code_of(app.browser(mali))
    answer = code_in(code, FORGERIES[forgery](dpop.claims()))
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_dpop_proof")
    assert answer.json() == code_in(code, "x.y.z").json()
    assert (tokens(), spent()) == (0, 0)
    assert code_in(code).status_code == 200


@pytest.mark.parametrize("forgery", FORGERIES)
@pytest.mark.filterwarnings("ignore")
def test_a_forged_proof_reads_nothing(bound: str, forgery: str) -> None:
    """401 with the challenge of RFC 9449, 7.1; the token counts still."""
    address = f"{FHIR}/Patient/{MALI}"
    before = (reads_logged(), spent())
    answer = shown(bound, f"Patient/{MALI}", FORGERIES[forgery](dpop.claims("GET", address, bound)))
    assert (answer.status, answer.issue) == (401, "login")
    assert answer.headers["WWW-Authenticate"] == 'DPoP algs="ES256 ES384", error="invalid_dpop_proof"'
    assert (reads_logged(), spent()) == before
    assert shown(bound, f"Patient/{MALI}").status == 200


@pytest.fixture
def bound(mali: Any) -> str:
    """A bound access token."""
    return str(got(mali)["access_token"])


def test_there_are_fifty_and_they_fail_for_their_own_reason(bound: str) -> None:
    """What they are made from is good: untouched it is taken, also at both edges of its time, and written otherwise."""
    assert len(FORGERIES) >= 50
    address = f"{FHIR}/Patient/{MALI}"
    capitals = address.replace("suksala.test", "SUKSALA.test:443").replace("https", "HTTPS")
    escaped = address.replace("Patient", "%50atient")
    for said in (
        {"iat": now() - 298},
        {"iat": now() + 300},
        {"htu": f"{address}?_format=json#x"},
        {"htu": capitals},
        {"htu": escaped},
        {"jti": "j" * 255},
        {"nonce": "not ours"},
    ):
        made = dpop.signed({**dpop.claims("GET", address, bound), **said})
        assert shown(bound, f"Patient/{MALI}", made).status == 200, said
    named = dpop.signed(
        dpop.claims("GET", address, bound), kid="a", jwk=public(use="sig", ext=True, key_ops=["verify"])
    )
    assert shown(bound, f"Patient/{MALI}", named).status == 200


def test_both_edges_of_its_time() -> None:
    """300 seconds either way, to the second; as long is it remembered."""
    made = dpop.signed(dpop.claims(iat=1_000_000))
    for moment, holds in ((999_699.9, False), (999_700, True), (1_000_300, True), (1_000_300.1, False)):
        if holds:
            found = dpop_rules.verified(made, method="POST", address=TOKEN, now=moment)
            assert found.until == 1_000_300
        else:
            with pytest.raises(BadJwt, match="time"):
                dpop_rules.verified(made, method="POST", address=TOKEN, now=moment)


# ---- replay (11.1) --------------------------------------------------------------------------------------------------


def test_a_proof_counts_once(bound: str) -> None:
    """Seen again it reads nothing, whoever sends it; no value of it is kept."""
    made = proof("GET", f"{FHIR}/Patient/{MALI}", bound, jti="seen-on-the-way")
    assert shown(bound, f"Patient/{MALI}", made).status == 200
    before = reads_logged()
    again = shown(bound, f"Patient/{MALI}", made)
    assert (again.status, again.headers["WWW-Authenticate"]) == (
        401,
        'DPoP algs="ES256 ES384", error="invalid_dpop_proof"',
    )
    assert reads_logged() == before
    kept = str(database.rows("SELECT a::text FROM signin_assertion a"))
    assert "seen-on-the-way" not in kept
    assert dpop.jkt() not in kept


def test_a_proof_for_a_token_counts_once(mali: Any) -> None:
    """A second code with the same proof: refused, and the code is not spent."""
    made, browser = proof(), app.browser(mali)
    assert code_in(app.code_of(browser), made).status_code == 200
    second = app.code_of(browser)
    assert code_in(second, made).json()["error"] == "invalid_dpop_proof"
    assert tokens() == 1
    assert code_in(second).status_code == 200


def test_two_keys_may_use_one_name(bound: str) -> None:
    """A jti is its key's: nobody can use up the proofs of another by guessing their names."""
    other = dpop.key("other")
    assert shown(bound, "Patient", proof("GET", f"{FHIR}/Patient", bound, by=other, jti="same")).status == 401
    assert shown(bound, "Patient", proof("GET", f"{FHIR}/Patient", bound, jti="same")).status == 200


def test_what_is_too_old_by_itself_is_forgotten(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its row goes with another proof that comes later than the second in which it could still be taken; a hundred go
    at a time.
    """
    ends = clock.now().replace(microsecond=0)
    until = int(ends.timestamp()) - 1
    spend(Proof("key", "first", until))
    monkeypatch.setattr(clock, "now", lambda: ends)
    spend(Proof("key", "second", until + 600))
    assert spent() == 2
    with pytest.raises(BadJwt, match="replay"):
        spend(Proof("key", "first", until))
    monkeypatch.setattr(clock, "now", lambda: ends + timedelta(milliseconds=1))
    spend(Proof("key", "third", until + 600))
    assert spent() == 2
    database.execute(
        "INSERT INTO signin_assertion (digest, expires_at) "
        "SELECT sha256(n::text::bytea), %s FROM generate_series(1, 101) n",
        [ends],
    )
    spend(Proof("key", "fourth", until + 600))
    assert spent() == 4


@pytest.mark.django_db(transaction=True)
def test_one_of_two_at_once_is_read(transactional_db: None) -> None:
    """Four with the same proof, on connections of their own."""
    signin.forget_cache()
    one_human((HOSPITAL, "1"))
    send("PERSON", {"pid": "1", "name": "มาลี"})
    app.add_app(dpop_bound=True)
    token = got(app.account(person=identity.person_of(HOSPITAL, "1")))["access_token"]
    made = proof("GET", f"{FHIR}/Patient/{MALI}", token)
    statuses: list[int] = []

    def read() -> None:
        statuses.append(shown(token, f"Patient/{MALI}", made).status)
        django.db.connections.close_all()

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200, 401, 401, 401]
    signin.forget_cache()


# ---- stolen tokens --------------------------------------------------------------------------------------------------


def test_a_stolen_token_is_worth_nothing_without_its_key(bound: str) -> None:
    """As Bearer, with the thief's key, with the owner's proof of another token or request: 401, nothing read, and the
    log knows that it was shown.
    """
    address, thief = f"{FHIR}/Patient/{MALI}", dpop.key("thief")
    before = reads_logged()
    as_bearer = Called("GET", f"/fhir/Patient/{MALI}", token=bound)
    with_own_key = shown(bound, f"Patient/{MALI}", proof("GET", address, bound, by=thief))
    of_another = shown(bound, f"Patient/{MALI}", proof("GET", address, "skl_" + "x" * 43))
    without_ath = shown(bound, f"Patient/{MALI}", proof("GET", address))
    elsewhere = shown(bound, f"Patient/{MALI}", proof("GET", f"{FHIR}/Observation", bound))
    written = shown(bound, f"Patient/{MALI}", proof("PUT", address, bound))
    assert {a.status for a in (as_bearer, with_own_key, of_another, without_ath, elsewhere, written)} == {401}
    assert reads_logged() == before
    assert as_bearer.headers["WWW-Authenticate"] == 'Bearer realm="suksala", DPoP algs="ES256 ES384"'
    assert with_own_key.headers["WWW-Authenticate"] == 'DPoP algs="ES256 ES384", error="invalid_token"'
    assert [(f.actor, f.detail) for f in audit.facts("signin.client-refused")] == [
        ("client:growth", {"client": "growth", "reason": "dpop-key"})
    ] * 2
    assert shown(bound, f"Patient/{MALI}").status == 200


def test_who_found_a_token_learns_nothing_of_it(bound: str) -> None:
    """One that counts, with another key, is answered as one that nobody has, byte for byte; so is it as Bearer."""
    nobodys, thief = "skl_" + "x" * 43, dpop.key("thief")
    with_key = [shown(t, "Patient", proof("GET", f"{FHIR}/Patient", t, by=thief)) for t in (bound, nobodys)]
    as_bearer = [Called("GET", "/fhir/Patient", token=t) for t in (bound, nobodys)]
    for one, other in (with_key, as_bearer):
        assert (one.status, one.raw, one.headers) == (other.status, other.raw, other.headers)
        assert one.status == 401


def test_a_bearer_token_is_not_shown_as_bound(mali: Any) -> None:
    """Nor the other way round: each in its own way (RFC 9449, 7.2). A proof beside a bearer token changes nothing."""
    app.add_app("plain", dpop_bound=False)
    token = app.exchange(app.code_of(app.browser(mali), client_id="plain"), client_id="plain").json()["access_token"]
    assert shown(token, "Patient").status == 401
    assert Called("GET", "/fhir/Patient", token=token).status == 200
    assert Called("GET", "/fhir/Patient", token=token, HTTP_DPOP="x.y.z").status == 200
    assert Called("GET", "/fhir/Patient", HTTP_AUTHORIZATION=f"Bearer {token},DPoP {token}").status == 401


def test_lists_take_bound_tokens_with_their_key_only(db: None) -> None:
    """The other door for systems asks in the same place."""
    one_facility()
    database.execute("UPDATE registry_agreement SET flows = %s", [["exchange", registry.Flow.LINE_LISTS.value]])
    registered("his", scopes=("system/Patient.cr",), purposes=("PUBHLTH",))
    asked = form(signed(assertion()), scope="system/Patient.r")
    token = post(asked, DPoP=proof()).json()["access_token"]

    def ask(**headers: str) -> Any:
        return Client().get("/lists/flood", headers={"Host": "localhost", **headers})

    address = "http://localhost/lists/flood"
    assert ask(Authorization=f"DPoP {token}", DPoP=proof("GET", address, token)).status_code == 200
    refused = ask(Authorization=f"Bearer {token}")
    assert (refused.status_code, refused.json()["code"]) == (401, "SKL-LST-301")
    assert ask(Authorization=f"DPoP {token}", DPoP=proof("POST", address, token)).status_code == 401


# ---- what renews ----------------------------------------------------------------------------------------------------


def test_what_renews_is_bound_too(mali: Any) -> None:
    """By another key or none it is refused, and not spent: a thief cannot end what the owner has (decision 0180)."""
    first = got(mali)["refresh_token"]
    for made in (proof(by=dpop.key("thief")), None):
        fields = {"grant_type": "refresh_token", "client_id": "growth", "refresh_token": first}
        answer = post(fields, **({"DPoP": made} if made else {}))
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant" if made else "invalid_dpop_proof")
    assert tokens() == 1
    assert [f.detail["reason"] for f in audit.facts("signin.client-refused")] == ["dpop-key"]
    second = renew(first).json()
    assert (second["token_type"], second["patient"]) == ("DPoP", MALI)
    assert shown(second["access_token"], f"Patient/{MALI}").status == 200


def test_used_again_by_its_key_it_ends_everything_and_by_another_nothing(mali: Any) -> None:
    """Who has the key and an old token may have both from the app: the family ends, as without a key."""
    first = got(mali)
    second = renew(first["refresh_token"]).json()
    assert renew(first["refresh_token"], proof(by=dpop.key("thief"))).json()["error"] == "invalid_grant"
    assert shown(second["access_token"], f"Patient/{MALI}").status == 200
    assert renew(first["refresh_token"]).json()["error"] == "invalid_grant"
    assert shown(second["access_token"], f"Patient/{MALI}").status == 401
    assert [f.detail["why"] for f in audit.facts("signin.app-ended")] == ["refresh-reused"]


def test_an_app_that_need_not_is_bound_once_it_proves_a_key(mali: Any) -> None:
    """From then on it renews with that key alone, and its owner sees the difference."""
    app.add_app(dpop_bound=False)
    browser = app.browser(mali)
    first = app.exchange(app.code_of(browser)).json()
    assert first["token_type"] == "Bearer"
    assert "ไม่ผูกกับเครื่องของท่าน" in browser.get("/me/apps/").content.decode()
    second = renew(first["refresh_token"]).json()
    assert second["token_type"] == "DPoP"
    assert "ไม่ผูกกับเครื่องของท่าน" not in browser.get("/me/apps/").content.decode()
    assert app.refresh(second["refresh_token"]).json()["error"] == "invalid_grant"
    assert renew(second["refresh_token"]).status_code == 200


def test_an_app_with_a_registered_key_may_change_the_other(mali: Any) -> None:
    """What renews is bound to the key that it signs assertions with (RFC 9449, 5)."""
    app.add_app(dpop_bound=None, jwks=jwks(client_key()))
    code = app.code_of(app.browser(mali))
    by_key = {
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": signed(assertion("growth")),
    }
    first = code_in(code, client_id=None, **by_key).json()
    by_key["client_assertion"] = signed(assertion("growth"))
    other = dpop.key("other")
    second = renew(first["refresh_token"], proof(by=other), **by_key).json()
    assert database.rows("SELECT jkt FROM signin_token ORDER BY issued_at") == [(dpop.jkt(),), (dpop.jkt(other),)]
    assert second["token_type"] == "DPoP"


# ---- codes bound to a key (10) --------------------------------------------------------------------------------------


def test_a_code_is_bound_to_the_key_that_was_named_for_it(mali: Any) -> None:
    """By another key it has one try, as with a wrong verifier; by the named one it is handed in."""
    browser, thief = app.browser(mali), dpop.key("thief")
    stolen = app.code_of(browser, dpop_jkt=dpop.jkt())
    assert code_in(stolen, proof(by=thief)).json()["error"] == "invalid_grant"
    assert code_in(stolen).json()["error"] == "invalid_grant"
    assert tokens() == 0
    assert code_in(app.code_of(browser, dpop_jkt=dpop.jkt())).status_code == 200


@pytest.mark.parametrize("named", ["", "short", "x" * 44, "x" * 42 + "=", "x" * 42 + "é"])
def test_a_named_key_is_one(mali: Any, named: str) -> None:
    """Anything else is no thumbprint by SHA-256; nobody is asked."""
    answer = app.ask(app.browser(mali), app.asked(dpop_jkt=named), do="allow")
    assert "code=" not in answer.headers.get("Location", "")
    assert database.rows("SELECT 1 FROM signin_authorization") == []


# ---- introspection, revocation --------------------------------------------------------------------------------------


def test_introspection_tells_the_key_to_who_has_it(bound: str) -> None:
    """An app that keeps no secret is known by its token alone, so a bound one is told of with a proof."""
    address, fields = "http://localhost/oauth/introspect", {"token": bound, "client_id": "growth"}
    told = post(fields, "/oauth/introspect", DPoP=proof("POST", address)).json()
    assert (told["active"], told["token_type"], told["cnf"]) == (True, "DPoP", {"jkt": dpop.jkt()})
    assert told["patient"] == MALI
    assert post(fields, "/oauth/introspect").json() == {"active": False}
    thief = post(fields, "/oauth/introspect", DPoP=proof("POST", address, by=dpop.key("thief")))
    assert thief.json() == {"active": False}
    forged = post(fields, "/oauth/introspect", DPoP=proof("POST", TOKEN))
    assert (forged.status_code, forged.json()["error"]) == (400, "invalid_dpop_proof")


def test_a_system_is_told_by_its_own_proof(db: None) -> None:
    """It proved itself by its registered key."""
    one_facility()
    registered("his")
    token = post(form(signed(assertion())), DPoP=proof()).json()["access_token"]
    told = post(form(signed(assertion()), token=token), "/oauth/introspect").json()
    assert (told["active"], told["cnf"]) == (True, {"jkt": dpop.jkt()})


def test_who_finds_a_token_may_end_it(bound: str) -> None:
    """Nobody but the thief is hurt by that."""
    assert post({"token": bound, "client_id": "growth"}, "/oauth/revoke").status_code == 200
    assert shown(bound, "Patient").status == 401


# ---- registering ----------------------------------------------------------------------------------------------------


def test_without_a_proof_a_bound_app_gets_nothing_and_spends_nothing(mali: Any) -> None:
    """dpop_bound_access_tokens (5.2)."""
    code = app.code_of(app.browser(mali))
    answer = app.exchange(code)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_dpop_proof")
    assert answer.json()["code"] == "SKL-OAUTH-invalid-dpop-proof"
    assert tokens() == 0
    assert code_in(code).status_code == 200


def test_a_new_app_that_keeps_no_secret_is_bound_unless_its_operator_says_no(db: None) -> None:
    """And stays as it is when it is registered again without a word about it (decision 0181)."""
    said: dict[str, dict[str, Any]] = {"new": {}, "loose": {"dpop_bound": False}, "keyed": {"jwks": jwks(client_key())}}
    for name, more in said.items():
        app.add_app(name, **{"dpop_bound": None, **more})
    assert bounds() == {"new": True, "loose": False, "keyed": False}
    for name, more in said.items():
        app.add_app(name, **{**more, "dpop_bound": None})
    assert bounds() == {"new": True, "loose": False, "keyed": False}
    app.add_app("new", dpop_bound=False)
    app.add_app("loose", dpop_bound=True)
    assert bounds() == {"new": False, "loose": True, "keyed": False}


def bounds() -> dict[str, bool]:
    """Which clients get bound tokens only."""
    return dict(database.rows("SELECT name, dpop_bound FROM signin_client"))


def test_the_log_says_which_tokens_an_operator_wanted(db: None) -> None:
    """An app that is let off is a choice that somebody made; the list of clients shows what holds."""
    one_facility()
    app.add_app("loose", dpop_bound=False)
    app.add_app("tight", dpop_bound=None)
    registered("his", dpop_bound=True)
    said = [
        (fact.detail["client"], fact.detail["dpop_bound"])
        for kind in ("signin.app-registered", "signin.keys-registered")
        for fact in audit.facts(kind)
    ]
    assert sorted(said) == [("his", True), ("loose", False), ("tight", True)]
    assert {one.name: one.dpop_bound for one in signin.clients()} == {"his": True, "loose": False, "tight": True}


def test_an_app_that_is_bound_later_renews_by_a_proof(mali: Any) -> None:
    """What people allowed stands, and is bound from the next renewal on; without a proof nothing is spent."""
    app.add_app(dpop_bound=False)
    first = app.exchange(app.code_of(app.browser(mali))).json()
    app.add_app(dpop_bound=True)
    assert app.refresh(first["refresh_token"]).json()["error"] == "invalid_dpop_proof"
    second = renew(first["refresh_token"]).json()
    assert (second["token_type"], shown(second["access_token"], f"Patient/{MALI}").status) == ("DPoP", 200)
    assert renew(second["refresh_token"], proof(by=dpop.key("thief"))).json()["error"] == "invalid_grant"


def test_a_page_of_an_app_may_send_proofs(mali: Any) -> None:
    """Browsers ask first (CORS), and let the page read why it was refused, and what time it is here; also where another
    origin was asked about a second before the app was registered.
    """
    app.add_app("other", origins=("https://other.example",))
    assert "Access-Control-Allow-Headers" not in headers_of("OPTIONS", "/fhir/Patient", "https://late.example")
    app.add_app("late", origins=("https://late.example",))
    assert "DPoP" in headers_of("OPTIONS", "/fhir/Patient", "https://late.example")["Access-Control-Allow-Headers"]
    told = headers_of("OPTIONS", "/fhir/Patient", "https://app.example")
    assert "DPoP" in told["Access-Control-Allow-Headers"].split(", ")
    assert {"WWW-Authenticate", "Date"} <= set(told["Access-Control-Expose-Headers"].split(", "))


def test_by_hand_a_bound_token_shows_no_usage(bound: str) -> None:
    """The developers' page takes a token out of a form: there is no proof in a form."""
    answer = Client(headers={"Host": "localhost"}).post("/developers/usage", {"token": bound})
    assert answer.status_code == 422
    assert "ผูกกับกุญแจ" in answer.content.decode()


def test_who_allows_an_app_is_told_that_its_tokens_are_not_bound(mali: Any) -> None:
    """At the question and in the list; of a bound one nothing is said."""
    browser = app.browser(mali)
    assert "ไม่ผูกกับเครื่องของท่าน" not in app.ask(browser).content.decode()
    assert code_in(app.code_of(browser)).status_code == 200
    assert "ไม่ผูกกับเครื่องของท่าน" not in browser.get("/me/apps/").content.decode()
    app.add_app("plain", dpop_bound=False)
    assert "ไม่ผูกกับเครื่องของท่าน" in app.ask(browser, app.asked(client_id="plain")).content.decode()
    app.exchange(app.code_of(browser, client_id="plain"), client_id="plain")
    assert "ไม่ผูกกับเครื่องของท่าน" in browser.get("/me/apps/").content.decode()


def test_a_system_without_keys_cannot_be_bound(db: None) -> None:
    """Its token is made by hand and has no key; one that is bound gets none so."""
    one_facility()
    registered("his", dpop_bound=True)
    with pytest.raises(signin.TokenProblem):
        signin.add_client("his", "99801", ["system/*.rs"], 1, actor="system:operator")
    assert tokens() == 0
