"""A SMART app of the tests, which does what a good one does; each test changes one thing. All made up."""

from __future__ import annotations

import base64
import hashlib
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from django.test import Client

from suksala import signin

from .oauth_clients import BY, post

SITE = "http://localhost"
BACK = "https://app.example/back"
SCOPES = (
    "patient/*.rs",
    "user/*.rs",
    "openid",
    "fhirUser",
    "launch",
    "launch/patient",
    "launch/encounter",
    "offline_access",
)
VERIFIER = "v" * 43
STATE = "state-1234"


def challenge(verifier: str = VERIFIER) -> str:
    """The S256 challenge of a verifier."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def add_app(name: str = "growth", **changed: Any) -> None:
    """Register the app."""
    said: dict[str, Any] = {
        "title_th": "แอปกราฟการเติบโต",
        "title_en": "Growth chart",
        "scopes": SCOPES,
        "redirects": (BACK,),
        "origins": ("https://app.example",),
        "launch": "https://app.example/launch",
        "dpop_bound": False,
        **changed,
    }
    signin.add_app(signin.App(name, **said), actor=BY)


def account(login: str = "mali", **fields: Any) -> Any:
    """Somebody with an account."""
    from django.contrib.auth import get_user_model

    values = {"display_th": "มาลี", "display_en": "Mali", "role": "citizen", "ial": "2.3", **fields}
    return get_user_model().objects.create_account(login, **values)


def browser(who: Any) -> Client:
    """A browser in which somebody is signed in."""
    found = Client(headers={"Host": "localhost"})
    found.force_login(who, backend="suksala.signin.backend.AccountBackend")
    return found


def asked(**changed: Any) -> dict[str, str]:
    """The parameters of a good request; None leaves one out."""
    said = {
        "response_type": "code",
        "client_id": "growth",
        "redirect_uri": BACK,
        "scope": "patient/*.rs openid fhirUser launch/patient offline_access",
        "state": STATE,
        "aud": f"{SITE}/fhir",
        "code_challenge": challenge(),
        "code_challenge_method": "S256",
        **changed,
    }
    return {name: value for name, value in said.items() if value is not None}


def ask(client: Client, fields: dict[str, str] | str | None = None, **form: str) -> Any:
    """Open the question, or answer it with a form."""
    query = fields if isinstance(fields, str) else urlencode(fields or asked())
    address = f"/oauth/authorize?{query}"
    return client.post(address, form) if form else client.get(address)


def told(answer: Any) -> dict[str, str]:
    """What an answer tells the app in its address."""
    return dict(parse_qsl(urlsplit(answer.headers["Location"]).query))


def code_of(client: Client, **changed: Any) -> str:
    """Allow the app and take its code."""
    answer = ask(client, asked(**changed), do="allow")
    assert answer.status_code == 303, answer.content.decode()[-1500:]
    assert answer.headers["Location"].startswith(f"{BACK}?")
    found = parse_qs(urlsplit(answer.headers["Location"]).query)
    assert (found["state"], found["iss"]) == ([STATE], [SITE])
    return found["code"][0]


def exchange(code: str, **changed: Any) -> Any:
    """Hand the code in for tokens."""
    said = {
        "grant_type": "authorization_code",
        "client_id": "growth",
        "code": code,
        "redirect_uri": BACK,
        "code_verifier": VERIFIER,
        **changed,
    }
    return post({name: value for name, value in said.items() if value is not None})


def refresh(token: str, **changed: Any) -> Any:
    """Renew."""
    return post({"grant_type": "refresh_token", "client_id": "growth", "refresh_token": token, **changed})
