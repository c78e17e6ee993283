"""OpenID Connect as a relying party: authorization code with PKCE, state and nonce, an ID token whose signature counts.

django-allauth's client checks neither nonce nor issuer of the answer, nor the signature of a token it fetched itself,
and keeps all claims in the clear; so this one is ours, over joserfc (decision 0115).
"""

from __future__ import annotations

import base64
import hashlib
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from suksala.foundation.transport import is_safe

from . import provider_http
from .proofs import NotProved
from .provider_rules import ALGORITHMS, Provider, ProviderDown, are_claims_right, is_of_issuer

SCOPES = {"thaid": "openid pid given_name family_name birthdate ial", "oidc": "openid profile"}
KEPT_SECONDS = 600.0
_kept: dict[str, tuple[float, dict[str, Any]]] = {}


def address_to_ask(provider: Provider, callback: str, asked: Mapping[str, str]) -> str:
    """Where the browser is sent. Raises ProviderDown."""
    challenge = hashlib.sha256(asked["verifier"].encode()).digest()
    query = {
        "response_type": "code",
        "client_id": provider.client_id,
        "redirect_uri": callback,
        "scope": SCOPES[provider.kind],
        "state": asked["state"],
        "nonce": asked["nonce"],
        "code_challenge": base64.urlsafe_b64encode(challenge).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
        "max_age": asked["max_age"],
    }
    return f"{_configuration(provider)['authorization_endpoint']}?{urlencode(query)}"


def claims_of(
    provider: Provider, callback: str, asked: Mapping[str, str], answer: Mapping[str, str], now: datetime
) -> dict[str, Any]:
    """What the provider says of who signed in. Raises NotProved for anything that is not right, ProviderDown."""
    told = _configuration(provider)
    promised = told.get("authorization_response_iss_parameter_supported") is True
    if "code" not in answer or not is_of_issuer(answer, provider.issuer, promised=promised):
        raise NotProved
    form = {
        "grant_type": "authorization_code",
        "code": answer["code"],
        "redirect_uri": callback,
        "code_verifier": asked["verifier"],
    }
    status, token = provider_http.ask("POST", told["token_endpoint"], form=form, headers=_headers(provider))
    if status != 200 or not isinstance(token.get("id_token"), str):
        raise NotProved
    return _read(provider, token["id_token"], asked["nonce"], now)


def _read(provider: Provider, id_token: str, nonce: str, now: datetime) -> dict[str, Any]:
    claims = _signed(provider, id_token, fresh=False) or _signed(provider, id_token, fresh=True)
    right = claims is not None and are_claims_right(
        claims, issuer=provider.issuer, client=provider.client_id, nonce=nonce, now=now
    )
    if claims is None or not right:
        raise NotProved
    return claims


def _signed(provider: Provider, id_token: str, *, fresh: bool) -> dict[str, Any] | None:
    """The claims under a signature of the provider's keys; `fresh`: asked for anew, for keys change."""
    keys = _get(_configuration(provider)["jwks_uri"], fresh=fresh)
    try:
        return dict(jwt.decode(id_token, KeySet.import_key_set(keys), algorithms=list(ALGORITHMS)).claims)  # type: ignore[arg-type]
    except (JoseError, ValueError, TypeError, KeyError):
        return None


def _configuration(provider: Provider) -> dict[str, Any]:
    """The provider's own description; it must name itself and only places where secrets may go. Raises ProviderDown."""
    told = _get(f"{provider.issuer}/.well-known/openid-configuration", fresh=False)
    ends = [told.get(name) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")]
    if told.get("issuer") != provider.issuer or not all(isinstance(end, str) and is_safe(end) for end in ends):
        raise ProviderDown
    return told


def _get(address: str, *, fresh: bool) -> dict[str, Any]:
    kept = _kept.get(address)
    if kept is not None and not fresh and time.monotonic() - kept[0] < KEPT_SECONDS:
        return kept[1]
    status, told = provider_http.ask("GET", address)
    if status != 200:
        raise ProviderDown
    _kept[address] = (time.monotonic(), told)
    return told


def _headers(provider: Provider) -> dict[str, str]:
    pair = f"{provider.client_id}:{provider.client_secret}".encode()
    found = {"Authorization": f"Basic {base64.b64encode(pair).decode()}", "Accept": "application/json"}
    return {**found, provider.api_key_header: provider.api_key} if provider.api_key else found


def forget() -> None:
    """Ask every provider anew for its description and keys."""
    _kept.clear()
