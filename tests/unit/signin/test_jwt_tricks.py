"""Forged, stretched and replayed assertions: every one is refused and nothing is issued (T11; RFC 8725, RFC 9700)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from suksala.foundation import database
from tests.oauth_clients import TOKEN, claims, form, key, one_facility, post, registered, signed

pytestmark = pytest.mark.django_db


def b64(raw: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def raw(header: Any, said: Any, signature: bytes = b"\0" * 96) -> str:
    """A token of any header and claims with any signature; strings are taken as they are."""
    parts = [part if isinstance(part, str) else json.dumps(part) for part in (header, said)]
    return ".".join([*(b64(part.encode()) for part in parts), b64(signature)])


def honest(header: str, said: str) -> str:
    """Any header and claims, as text, under the right key."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, utils

    signing = f"{b64(header.encode())}.{b64(said.encode())}"
    der = key().private_key.sign(signing.encode(), ec.ECDSA(hashes.SHA384()))
    r, s = utils.decode_dss_signature(der)
    return f"{signing}.{b64(r.to_bytes(48, 'big') + s.to_bytes(48, 'big'))}"


def head(**changed: Any) -> dict[str, Any]:
    """A good header, changed."""
    return {"alg": "ES384", "kid": "2026-a", "typ": "JWT", **changed}


def confused(alg: str, digest: Any) -> str:
    """HMAC under the text of the public key."""
    pem = key("rsa", "RS384").public_key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    signing = f"{b64(json.dumps(head(alg=alg, kid='rsa')).encode())}.{b64(json.dumps(claims()).encode())}"
    return f"{signing}.{b64(hmac.new(pem, signing.encode(), digest).digest())}"


def tampered() -> str:
    """Other claims under a good signature."""
    header, _, signature = signed(claims()).split(".")
    return f"{header}.{b64(json.dumps(claims(exp=int(time.time()) + 200)).encode())}.{signature}"


def now() -> int:
    """Seconds of the epoch."""
    return int(time.time())


NESTED = '{"a":' * 2000 + "1" + "}" * 2000

TRICKS: dict[str, Callable[[], str]] = {
    "alg none, no signature": lambda: raw(head(alg="none"), claims(), b""),
    "alg None": lambda: raw(head(alg="None"), claims(), b""),
    "alg nOnE with a signature": lambda: raw(head(alg="nOnE"), claims()),
    "alg empty": lambda: raw(head(alg=""), claims()),
    "no alg": lambda: raw({"kid": "2026-a"}, claims()),
    "alg a list": lambda: raw(head(alg=["ES384"]), claims()),
    "HS256 under the public key": lambda: confused("HS256", hashlib.sha256),
    "HS384 under the public key": lambda: confused("HS384", hashlib.sha384),
    "RS256, not on the list": lambda: signed(claims(), key("rsa", "RS384"), alg="RS256"),
    "RS384 named for the EC key": lambda: signed(claims(), key("rsa", "RS384"), alg="RS384", kid="2026-a"),
    "ES384 named for the RSA key": lambda: signed(claims(), kid="rsa"),
    "PS384": lambda: signed(claims(), key("rsa", "RS384"), alg="PS384"),
    "r and s of zero": lambda: raw(head(), claims(), b"\0" * 96),
    "r and s of the order": lambda: raw(
        head(),
        claims(),
        bytes.fromhex(
            "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973"
        )
        * 2,
    ),
    "signature cut": lambda: signed(claims())[:-8],
    "signature empty": lambda: signed(claims()).rpartition(".")[0] + ".",
    "claims changed": tampered,
    "a stranger's key of the same name": lambda: signed(claims(), ECKey.generate_key("P-384", {"kid": "2026-a"})),
    "kid unknown": lambda: signed(claims(), kid="2026-z"),
    "kid a path": lambda: signed(claims(), kid="../../dev/null"),
    "kid SQL": lambda: signed(claims(), kid="' OR 1=1 --"),
    "kid an address": lambda: signed(claims(), kid="http://127.0.0.1/key"),
    "kid a number": lambda: raw(head(kid=1), claims()),
    "no kid": lambda: honest(json.dumps({"alg": "ES384"}), json.dumps(claims())),
    "jku to loopback": lambda: signed(claims(), jku="http://127.0.0.1:1/jwks"),
    "x5u to loopback": lambda: signed(claims(), x5u="http://127.0.0.1:1/x"),
    "jwk inside": lambda: signed(claims(), jwk=key().as_dict(private=False)),
    "x5c inside": lambda: signed(claims(), x5c=["AA=="]),
    "crit unknown": lambda: honest(json.dumps(head(crit=["exp"], exp=1)), json.dumps(claims())),
    "b64 false": lambda: honest(json.dumps(head(b64=False, crit=["b64"])), json.dumps(claims())),
    "zip": lambda: honest(json.dumps(head(zip="DEF")), json.dumps(claims())),
    "cty nested": lambda: honest(json.dumps(head(cty="JWT")), json.dumps(claims())),
    "typ of an access token": lambda: signed(claims(), typ="at+jwt"),
    "aud of another server": lambda: signed(claims(aud="https://other.example/oauth/token")),
    "aud the issuer only": lambda: signed(claims(aud="http://localhost")),
    "aud with a slash": lambda: signed(claims(aud=TOKEN + "/")),
    "aud in capitals": lambda: signed(claims(aud=TOKEN.replace("localhost", "LOCALHOST"))),
    "aud among others": lambda: signed(claims(aud=[TOKEN, "https://other.example/"])),
    "no aud": lambda: signed(claims(aud=None)),
    "exp gone": lambda: signed(claims(exp=now() - 1)),
    "exp in a day": lambda: signed(claims(exp=now() + 86_400)),
    "exp in 306 s": lambda: signed(claims(exp=now() + 307)),
    "exp a text": lambda: signed(claims(exp=str(now() + 100))),
    "exp true": lambda: honest(json.dumps(head()), json.dumps(claims(exp=True))),
    "exp a fraction": lambda: honest(json.dumps(head()), json.dumps(claims(exp=now() + 100.5))),
    "exp huge": lambda: honest(json.dumps(head()), json.dumps(claims(exp=10**30))),
    "exp infinite": lambda: honest(json.dumps(head()), json.dumps(claims(exp=float("inf")))),
    "no exp": lambda: signed(claims(exp=None)),
    "nbf to come": lambda: signed(claims(nbf=now() + 60)),
    "iat to come": lambda: signed(claims(iat=now() + 60)),
    "no jti": lambda: signed(claims(jti=None)),
    "jti empty": lambda: signed(claims(jti="")),
    "jti of 256": lambda: signed(claims(jti="j" * 256)),
    "jti a number": lambda: signed(claims(jti=7)),
    "sub another": lambda: signed(claims(sub="lab")),
    "iss another": lambda: signed(claims(iss="lab")),
    "no sub": lambda: signed(claims(sub=None)),
    "iss a list": lambda: signed(claims(iss=["his"], sub=["his"])),
    "iss unknown": lambda: signed(claims("nobody")),
    "iss with a zero byte": lambda: signed(claims("his\0")),
    "iss twice": lambda: honest(json.dumps(head()), json.dumps(claims())[:-1] + ', "iss": "his"}'),
    "alg twice": lambda: honest('{"alg":"none","alg":"ES384","kid":"2026-a"}', json.dumps(claims())),
    "claims a list": lambda: honest(json.dumps(head()), "[]"),
    "claims no JSON": lambda: honest(json.dumps(head()), "x"),
    "claims nested 2,000 deep": lambda: honest(json.dumps(head()), NESTED),
    "8 KiB and more": lambda: signed(claims(pad="x" * 9000)),
    "five parts, encrypted": lambda: "eyJhbGciOiJkaXIifQ..AA.AA.AA",
    "two parts": lambda: ".".join(signed(claims()).split(".")[:2]),
    "padding": lambda: signed(claims()) + "==",
    "other letters of base64": lambda: signed(claims()).replace(".", ".+", 1),
    "blanks around": lambda: f" {signed(claims())} ",
    "purpose an object": lambda: signed(claims(extensions={"hl7-b2b": {"purpose_of_use": {"a": 1}}})),
    "purpose not registered": lambda: signed(claims(extensions={"hl7-b2b": {"purpose_of_use": ["ETREAT"]}})),
}


@pytest.fixture(autouse=True)
def his(db: None) -> None:
    """A client with one key of each family."""
    one_facility()
    registered("his", key(), key("rsa", "RS384"))


@pytest.mark.parametrize("trick", TRICKS)
@pytest.mark.filterwarnings("ignore")
def test_a_trick_gets_nothing(trick: str) -> None:
    """401 and one sentence, the same for all; no token, and no assertion is noted as used."""
    answer = post(form(TRICKS[trick]()))
    assert answer.status_code == 401, trick
    assert answer.json() == post(form("x.y.z")).json()
    assert answer.json()["error"] == "invalid_client"
    assert database.rows("SELECT count(*) FROM signin_token") == [(0,)]
    assert database.rows("SELECT count(*) FROM signin_assertion") == [(0,)]


def test_there_are_forty_and_they_fail_for_their_own_reason() -> None:
    """What they are made from is good: untouched it gets a token."""
    assert len(TRICKS) >= 40
    for good in (signed(claims()), honest(json.dumps(head()), json.dumps(claims())), signed(claims(aud=[TOKEN]))):
        assert post(form(good)).status_code == 200
    rsa = jwt.encode({"alg": "RS384", "kid": "rsa"}, claims(), key("rsa", "RS384"), algorithms=["RS384"])
    assert isinstance(key("rsa", "RS384"), RSAKey)
    assert post(form(rsa)).status_code == 200


FORMS: dict[str, Any] = {
    "a secret": {"client_id": "his", "client_secret": "x", "client_assertion": None, "client_assertion_type": None},
    "a client_id alone": {"client_id": "his", "client_assertion": None},
    "another client_id": {"client_id": "lab"},
    "another assertion type": {"client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:saml2-bearer"},
    "a client put in by name": {"client": "his", "client_assertion": None},
}


@pytest.mark.parametrize("why", FORMS)
def test_no_other_proof_is_taken(why: str) -> None:
    """No secret, no name alone, nothing that the server keeps for itself."""
    assert post(form(signed(claims()), **FORMS[why])).status_code == 401
    assert database.rows("SELECT count(*) FROM signin_token") == [(0,)]


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ("", "invalid_request"),
        ("grant_type=password&username=a&password=b", "unsupported_grant_type"),
        ("grant_type=client_credentials&grant_type=client_credentials", "invalid_request"),
        ("grant_type=%ff", "invalid_request"),
        ("grant_type=client_credentials&scope=a%0aInjected", "invalid_request"),
        ("grant_type", "invalid_request"),
        ("&".join(f"a{n}=1" for n in range(50)), "invalid_request"),
        ("grant_type=" + "x" * 40_000, "invalid_request"),
    ],
)
def test_a_form_that_is_none(body: str, error: str) -> None:
    """One clear error in both languages, never a 500."""
    answer = post(body)
    assert (answer.status_code, answer.json()["error"]) == (400, error)
    assert answer.json()["message_th"]
    assert post({}, "/oauth/token?grant_type=client_credentials").json()["error"] == "invalid_request"
