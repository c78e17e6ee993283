"""The demo's made-up ThaiD and Provider ID: right answers to right questions, on this machine, for this start."""

from __future__ import annotations

import base64
import hashlib
import json
import time
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from suksala.signin.provider_rules import read_providers
from suksala.simulation import MadeUpIdentity, MadeUpProvider

HERE, DEMO = "http://127.0.0.1:8999", "http://localhost:8000"
BACK = f"{DEMO}/signin/with/thaid/back"
VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
ASKED = {"client_id": "suksala-demo", "redirect_uri": BACK, "state": "s", "nonce": "n", "code_challenge": CHALLENGE}
MALI = MadeUpIdentity("มะลิ <ตัวอย่าง>", {"sub": "1", "pid": "1234567890121", "ial": "2.3"})
DOCTOR = MadeUpIdentity("พญ. อรุณ ตัวอย่าง", {"provider_id": "DEMO-1", "organization": []})


@pytest.fixture
def made() -> MadeUpProvider:
    return MadeUpProvider(HERE, (DEMO,), citizens=[MALI], staff=[DOCTOR])


def secret(made: MadeUpProvider) -> str:
    return read_providers(made.set_up())["thaid"].client_secret


def asked(made: MadeUpProvider, path: str = "/authorize", **changes: str) -> Any:
    return made.answer("GET", f"{path}?{urlencode({**ASKED, **changes})}", {}, {})


def code(made: MadeUpProvider, path: str = "/authorize", **changes: str) -> str:
    told = parse_qs(urlsplit(asked(made, path, who="0", **changes).location).query)
    assert (told["state"], told["iss"]) == (["s"], [HERE])
    return told["code"][0]


def token(made: MadeUpProvider, code: str, **changes: str) -> Any:
    form = {"code": code, "code_verifier": VERIFIER, "redirect_uri": BACK, **changes}
    pair = base64.b64encode(f"suksala-demo:{secret(made)}".encode()).decode()
    return made.answer("POST", "/token", form, {"authorization": f"Basic {pair}"})


@pytest.mark.parametrize(("path", "name"), [("/authorize", "ThaiD"), ("/oauth/redirect", "Provider ID")])
def test_the_page_says_that_it_is_made_up_and_offers_its_people(made: MadeUpProvider, path: str, name: str) -> None:
    """In both languages; a name is text, not markup."""
    reply = asked(made, path)
    shown = reply.body.decode()
    assert (reply.status, reply.location) == (200, "")
    for words in (f"<h1>{name} (ตัวอย่าง)</h1>", "ไม่ใช่ของจริง", "not the real one", 'lang="th"'):
        assert words in shown
    assert ("มะลิ &lt;ตัวอย่าง&gt;" in shown) is (path == "/authorize")
    assert ("อรุณ" in shown) is (path != "/authorize")


@pytest.mark.parametrize(
    "changes",
    [
        {"redirect_uri": "https://evil.example/signin/with/thaid/back"},
        {"redirect_uri": f"{DEMO}.evil.example/signin/with/thaid/back"},
        {"redirect_uri": f"{DEMO}/me/"},
        {"redirect_uri": ""},
        {"client_id": "another"},
    ],
)
def test_nobody_is_sent_anywhere_else(made: MadeUpProvider, changes: dict[str, str]) -> None:
    reply = asked(made, who="0", **changes)
    assert (reply.status, reply.location) == (400, "")


@pytest.mark.parametrize("who", ["1", "-1", "x", ""])
def test_nobody_who_is_not_offered(made: MadeUpProvider, who: str) -> None:
    assert asked(made, who=who).location == ""


def test_thaid_vouches_for_whom_was_chosen_once(made: MadeUpProvider) -> None:
    """A signed ID token for the nonce; the code counts once."""
    allowed = code(made)
    reply = token(made, allowed)
    assert reply.status == 200
    keys = KeySet.import_key_set(json.loads(made.answer("GET", "/jwks", {}, {}).body))
    claims = jwt.decode(json.loads(reply.body)["id_token"], keys, algorithms=["ES256"]).claims
    assert {name: claims[name] for name in ("iss", "aud", "nonce", "pid", "ial")} == {
        "iss": HERE, "aud": "suksala-demo", "nonce": "n", "pid": "1234567890121", "ial": "2.3",
    }  # fmt: skip
    assert claims["exp"] - claims["iat"] == 60
    assert token(made, allowed).status == 400


@pytest.mark.parametrize(
    "changes", [{"code_verifier": "w" * 43}, {"redirect_uri": f"{DEMO}/signin/with/hospital/back"}, {"code": "x"}]
)
def test_a_wrong_question_gets_no_token(made: MadeUpProvider, changes: dict[str, str]) -> None:
    assert token(made, **{"code": code(made), **changes}).status == 400


def test_a_stranger_gets_no_token(made: MadeUpProvider) -> None:
    form = {"code": code(made), "code_verifier": VERIFIER, "redirect_uri": BACK}
    assert made.answer("POST", "/token", form, {"authorization": "Basic eDp5"}).status == 400


@pytest.mark.parametrize(("seconds", "status"), [(59.0, 200), (60.0, 400)])
def test_a_code_lives_a_minute(
    made: MadeUpProvider, monkeypatch: pytest.MonkeyPatch, seconds: float, status: int
) -> None:
    began = time.monotonic()
    monkeypatch.setattr("suksala.simulation.identity_provider.time.monotonic", lambda: began)
    allowed = code(made)
    monkeypatch.setattr("suksala.simulation.identity_provider.time.monotonic", lambda: began + seconds)
    assert token(made, allowed).status == status


def test_provider_id_hands_out_the_profile_by_two_tokens(made: MadeUpProvider) -> None:
    back = f"{DEMO}/signin/with/provider-id/back"
    own = {"client_secret": secret(made), "secret_key": secret(made)}
    form = {"code": code(made, "/oauth/redirect", redirect_uri=back), "redirect_uri": back, **own}
    assert made.answer("POST", "/api/v1/token", {**form, "client_secret": "x"}, {}).status == 404
    health = json.loads(made.answer("POST", "/api/v1/token", form, {}).body)["data"]["access_token"]
    assert made.answer("POST", "/api/v1/token", form, {}).status == 422
    second = {"token": health, **own}
    provider = json.loads(made.answer("POST", "/api/v1/services/token", second, {}).body)["data"]["access_token"]
    assert made.answer("POST", "/api/v1/services/token", second, {}).status == 400
    bearer = {"authorization": f"Bearer {provider}"}
    profile = made.answer("GET", "/api/v1/services/profile?position_type=1", {}, bearer)
    assert json.loads(profile.body) == {"data": {"provider_id": "DEMO-1", "organization": []}}
    assert made.answer("GET", "/api/v1/services/profile", {}, bearer).status == 404


def test_its_file_is_marked_and_its_secret_is_of_this_start(made: MadeUpProvider) -> None:
    found = read_providers(made.set_up())
    assert {name: (one.kind, one.made_up, one.issuer) for name, one in found.items()} == {
        "thaid": ("thaid", True, HERE), "provider-id": ("provider-id", True, HERE),
    }  # fmt: skip
    assert all("(ตัวอย่าง)" in one.name_th for one in found.values())
    assert secret(made) != secret(MadeUpProvider(HERE, (DEMO,)))
