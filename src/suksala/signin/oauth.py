"""The OAuth 2.0 server: oauthlib's endpoints over our tables (RFC 6749, 7009, 7523, 7662, 9700; decision 0118).

oauthlib reads requests, knows the order of the checks and words the answers; `Rules` says what holds here. Access
tokens are opaque and kept as digests, in the one table in which every bearer token stands.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlencode

from oauthlib.oauth2 import (
    BearerToken,
    ClientCredentialsGrant,
    IntrospectEndpoint,
    OAuth2Error,
    RequestValidator,
    RevocationEndpoint,
    TokenEndpoint,
)

from suksala import audit, registry
from suksala.foundation import clock, database

from . import assertions, domain, oauth_storage, scopes, service
from .oauth_storage import NewToken, Registered

SYSTEM_SECONDS = 300  # SMART Backend Services asks for 5 minutes at most; an hour is the bound of UDAP
MOST_FIELDS = 20


class Reply(NamedTuple):
    """What goes back: a status, headers and JSON, or nothing."""

    status: int
    headers: dict[str, str]
    body: str


class Rules(RequestValidator):  # type: ignore[misc]
    """What holds here, in the words in which oauthlib asks. `request` is oauthlib's, `client` becomes `Registered`."""

    # ---- who asks ---------------------------------------------------------------------------------------------------

    def client_authentication_required(self, request: Any, *args: Any, **kwargs: Any) -> bool:
        """Every client that there is proves itself with its key."""
        return True

    def authenticate_client(self, request: Any, *args: Any, **kwargs: Any) -> bool:
        """private_key_jwt, and nothing else: no secret is ever shared."""
        assertion = getattr(request, "client_assertion", "")
        if not assertion or getattr(request, "client_assertion_type", "") != assertions.TYPE:
            return False
        name = None
        try:
            name = assertions.claimed_client(assertion)
            client = oauth_storage.registered(name) if domain.is_name(name) else None
            self._prove(request, client, assertion)
        except assertions.BadAssertion as refusal:
            _tell_refused(name, refusal.reason)
            return False
        return True

    def _prove(self, request: Any, client: Registered | None, assertion: str) -> None:
        if client is None or client.jwks is None or request.client_id not in (None, client.name):
            raise assertions.BadAssertion("client")
        now = clock.now()
        said = assertions.verified(assertion, client.jwks, audience=request.uri, now=now.timestamp())
        if client.hospcode is not None and registry.is_barred(client.hospcode):
            raise assertions.BadAssertion("suspended")
        if not set(said.purposes) <= client.purposes:
            raise assertions.BadAssertion("purpose")
        until = datetime.fromtimestamp(said.exp, UTC)
        used = hashlib.sha256(f"{client.name}\0{said.jti}".encode()).digest()
        if not oauth_storage.use_assertion(used, until + timedelta(seconds=assertions.SKEW_SECONDS), now):
            raise assertions.BadAssertion("replay")
        request.client, request.client_id = client, client.name
        request.purposes = " ".join(sorted(set(said.purposes))) or None

    # ---- what for ---------------------------------------------------------------------------------------------------

    def validate_grant_type(
        self, client_id: str, grant_type: str, client: Registered, request: Any, *args: Any, **kwargs: Any
    ) -> bool:
        """A system gets tokens by its key."""
        return grant_type == "client_credentials" and client.jwks is not None

    def get_default_scopes(self, client_id: str, request: Any, *args: Any, **kwargs: Any) -> list[str]:
        """Asked for nothing, nothing is given: SMART wants the scopes said."""
        return []

    def validate_scopes(
        self, client_id: str, wanted: list[str], client: Registered, request: Any, *args: Any, **kwargs: Any
    ) -> bool:
        """Each scope lies within what the client is registered for."""
        return bool(wanted) and all(scopes.is_within(scope, client.scopes) for scope in wanted)

    # ---- tokens -----------------------------------------------------------------------------------------------------

    def save_bearer_token(self, token: dict[str, Any], request: Any, *args: Any, **kwargs: Any) -> None:
        """Keep the digest and tell the log, together or not at all."""
        client: Registered = request.client
        now = clock.now()
        kept = NewToken(
            domain.digest(token["access_token"]),
            client.number,
            token["scope"],
            request.purposes,
            now + timedelta(seconds=token["expires_in"]),
        )
        with database.transaction():
            oauth_storage.add_token(kept, now)
            audit.record(
                "signin.token-issued",
                actor=f"client:{client.name}",
                facility=client.hospcode,
                detail={"client": client.name, "seconds": token["expires_in"], "scopes": token["scope"]},
            )

    def revoke_token(self, token: str, token_type_hint: str, request: Any, *args: Any, **kwargs: Any) -> None:
        """A client ends its own token; of another's it learns nothing and ends nothing."""
        if oauth_storage.told(domain.digest(token), request.client.number, clock.now()):
            service.revoke_token(token, actor=f"client:{request.client.name}")

    def introspect_token(self, token: str, token_type_hint: str, request: Any, *args: Any, **kwargs: Any) -> Any:
        """What a client may know of its own token; of any other, that it does not count."""
        found = oauth_storage.told(domain.digest(token), request.client.number, clock.now())
        if found is None:
            return None
        return {
            "client_id": found.client,
            "scope": found.scopes,
            "exp": int(found.until.timestamp()),
            "iat": int(found.issued.timestamp()),
            "token_type": "Bearer",
        }


def _tell_refused(name: str | None, reason: str) -> None:
    """A failed proof of a client that there is stands in the log; a name that nobody has is no fact."""
    if name is not None and domain.is_name(name) and (client := oauth_storage.registered(name)) is not None:
        audit.record(
            "signin.client-refused",
            actor=f"client:{client.name}",
            facility=client.hospcode,
            detail={"client": client.name, "reason": reason},
        )


class _Server(TokenEndpoint, IntrospectEndpoint, RevocationEndpoint):  # type: ignore[misc]
    """Only the grants that are used here; implicit and password do not exist (RFC 9700, 2.1.2 and 2.4)."""

    def __init__(self) -> None:
        rules = Rules()
        bearer = BearerToken(rules, _new_token, SYSTEM_SECONDS)
        grants = {"client_credentials": ClientCredentialsGrant(rules)}
        TokenEndpoint.__init__(self, "client_credentials", bearer, grants)
        IntrospectEndpoint.__init__(self, rules)
        RevocationEndpoint.__init__(self, rules)


def _new_token(request: Any, refresh_token: bool = False) -> str:
    return domain.new_token()


@lru_cache(maxsize=1)
def _server() -> _Server:
    return _Server()


# ---- use cases ------------------------------------------------------------------------------------------------------


def grant(form: str, token_endpoint: str) -> Reply:
    """Answer the token endpoint (RFC 6749, 3.2).

    form            the posted body, percent-encoded
    token_endpoint  its own address, which an assertion must name
    """
    return _answer("create_token_response", form, token_endpoint)


def introspect(form: str, token_endpoint: str) -> Reply:
    """Tell a client about its own token (RFC 7662)."""
    return _answer("create_introspect_response", form, token_endpoint)


def revoke(form: str, token_endpoint: str) -> Reply:
    """Let a client end its own token (RFC 7009)."""
    return _answer("create_revocation_response", form, token_endpoint)


def _answer(endpoint: str, form: str, token_endpoint: str) -> Reply:
    fields = _fields(form)
    if fields is None:
        return _refused("invalid_request")
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    try:
        told, body, status = getattr(_server(), endpoint)(token_endpoint, "POST", urlencode(fields), headers)
    except OAuth2Error as error:
        told, body, status = error.headers, error.json, error.status_code
    if status >= 400:
        return _refused(json.loads(body)["error"], status, told)
    return Reply(status, {**told, **_PRIVATE}, body)


def _fields(form: str) -> dict[str, str] | None:
    """The fields of a form that OAuth knows. None: not percent-encoded ASCII of printable values, or a field twice
    (RFC 6749, 3.2). Others are ignored, as it says; oauthlib's request would take them for its own members.
    """
    try:
        pairs = parse_qsl(
            form, keep_blank_values=True, strict_parsing=True, errors="strict", max_num_fields=MOST_FIELDS
        )
    except ValueError:
        return None
    printable = all(" " <= char <= "~" for _, value in pairs for char in value)
    if not form.isascii() or not printable or len({name for name, _ in pairs}) != len(pairs):
        return None
    return {name: value for name, value in pairs if name in _FIELDS}


_FIELDS = frozenset(
    {"grant_type", "scope", "client_id", "client_assertion", "client_assertion_type", "token", "token_type_hint"}
)
_PRIVATE = {"Cache-Control": "no-store", "Pragma": "no-cache"}
_WORDS = {
    "invalid_request": ("คำขอไม่ครบหรือเขียนไม่ถูกต้อง", "a field is missing, there twice, or not written as RFC 6749 says"),
    "invalid_client": (
        "ระบบนี้พิสูจน์ตัวไม่สำเร็จ: ดูกุญแจ aud เวลา และ jti",
        "the client is not proven: see key, aud, times and jti",
    ),
    "invalid_scope": ("ขอสิทธิเกินกว่าที่ลงทะเบียนไว้", "more is asked than the client is registered for"),
    "unsupported_grant_type": ("ไม่รองรับวิธีขอโทเค็นนี้", "this grant type is not served"),
    "unauthorized_client": ("ระบบนี้ใช้วิธีขอโทเค็นนี้ไม่ได้", "this client may not use this grant type"),
    "invalid_grant": ("รหัสหรือโทเค็นนี้ใช้ไม่ได้แล้ว", "the code or token does not count, or not for this client"),
    "unsupported_token_type": ("ไม่รู้จักชนิดของโทเค็นนี้", "this kind of token is not known"),
}


def _refused(error: str, status: int = 400, headers: dict[str, str] | None = None) -> Reply:
    """An error as RFC 6749 words it, 5.2, with a stable code and Thai beside it."""
    th, en = _WORDS.get(error, _WORDS["invalid_request"])
    told = {"error": error, "error_description": en, "code": f"SKL-OAUTH-{error.replace('_', '-')}", "message_th": th}
    kept = {"Content-Type": "application/json", **_PRIVATE}
    if "WWW-Authenticate" in (headers or {}):
        kept["WWW-Authenticate"] = 'Bearer realm="oauth"'
    return Reply(status, kept, json.dumps(told, ensure_ascii=False))
