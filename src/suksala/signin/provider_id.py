"""Staff of the ministry: Health ID says who somebody is, Provider ID where they give care and under which licence.

Source: the interface of Health ID and Provider ID as documented by the ministry (two tokens, then the profile).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from . import provider_http
from .proofs import NotProved
from .provider_rules import NoPlace, Provider, ProviderDown


def address_to_ask(provider: Provider, callback: str, asked: Mapping[str, str]) -> str:
    """Where the browser is sent."""
    query = {
        "client_id": provider.client_id,
        "redirect_uri": callback,
        "response_type": "code",
        "state": asked["state"],
    }
    return f"{provider.issuer}/oauth/redirect?{urlencode(query)}"


def profile_of(provider: Provider, callback: str, answer: Mapping[str, str]) -> dict[str, Any]:
    """The profile: provider_id, names, organization[]. Raises NotProved: no code, or one that was used (422); NoPlace:
    the person is no provider (400); ProviderDown.
    """
    if "code" not in answer:
        raise NotProved
    form = {
        "grant_type": "authorization_code",
        "code": answer["code"],
        "redirect_uri": callback,
        "client_id": provider.client_id,
        "client_secret": provider.client_secret,
    }
    health = _token(*provider_http.ask("POST", f"{provider.issuer}/api/v1/token", form=form))
    second = {
        "client_id": provider.second_client_id,
        "secret_key": provider.second_secret,
        "token_by": "Health ID",
        "token": health,
    }
    status, answered = provider_http.ask("POST", f"{provider.second}/api/v1/services/token", form=second)
    if status == 400:
        raise NoPlace
    headers = {
        "Authorization": f"Bearer {_token(status, answered)}",
        "client-id": provider.second_client_id,
        "secret-key": provider.second_secret,
    }
    address = f"{provider.second}/api/v1/services/profile?position_type=1"
    status, answered = provider_http.ask("GET", address, headers=headers)
    if status == 400:
        raise NoPlace
    profile = answered.get("data")
    if status != 200 or not isinstance(profile, dict) or not isinstance(profile.get("provider_id"), str):
        raise ProviderDown
    return profile


def _token(status: int, answered: Mapping[str, Any]) -> str:
    data = answered.get("data")
    token = data.get("access_token") if isinstance(data, dict) else None
    if status not in {200, 201} or not isinstance(token, str):
        raise NotProved
    return token
