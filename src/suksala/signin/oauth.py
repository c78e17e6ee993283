"""The OAuth 2.0 server: oauthlib's endpoints over our tables (RFC 6749, 7009, 7523, 7662, 9449, 9700; decision 0118).

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
    AuthorizationCodeGrant,
    AuthorizationEndpoint,
    BearerToken,
    ClientCredentialsGrant,
    IntrospectEndpoint,
    OAuth2Error,
    RefreshTokenGrant,
    RequestValidator,
    RevocationEndpoint,
    TokenEndpoint,
)

from suksala import audit, registry
from suksala.foundation import clock, database, settings

from . import assertions, domain, dpop, oauth_storage, openid, scopes, service, sessions, smart, smart_storage
from .oauth_storage import NewToken, Registered, Told
from .smart_storage import Approval, Authorization
from .strict_jwt import BadJwt

SYSTEM_SECONDS = 300  # SMART Backend Services asks for 5 minutes at most; an hour is the bound of UDAP
APP_SECONDS = 900
CODE_SECONDS = 60
OFFLINE = timedelta(days=30)  # from when it was allowed, however often it is renewed
MOST_FIELDS = 20


class BadProof(OAuth2Error):  # type: ignore[misc]
    """No proof where one is asked for, or one that does not hold (RFC 9449, 5). Nothing was spent but the proof."""

    error = "invalid_dpop_proof"


class Reply(NamedTuple):
    """What goes back: a status, headers and JSON, or nothing."""

    status: int
    headers: dict[str, str]
    body: str


class Rules(RequestValidator):  # type: ignore[misc]
    """What holds here, in the words in which oauthlib asks. `request` is oauthlib's, `client` becomes `Registered`."""

    # ---- who asks ---------------------------------------------------------------------------------------------------

    def client_authentication_required(self, request: Any, *args: Any, **kwargs: Any) -> bool:
        """Every client with a key proves itself with it; only an app that can keep no secret goes by PKCE alone."""
        client = self._named(request.client_id)
        return bool(getattr(request, "client_assertion", "")) or client is None or not client.is_public

    def authenticate_client_id(self, client_id: str, request: Any, *args: Any, **kwargs: Any) -> bool:
        """An app without a key."""
        return self.validate_client_id(client_id, request) and request.client.is_public

    def validate_client_id(self, client_id: str, request: Any, *args: Any, **kwargs: Any) -> bool:
        """An app that is registered and not closed."""
        client = self._named(client_id)
        request.client = client
        return client is not None and client.is_app

    def _named(self, name: str | None) -> Registered | None:
        return oauth_storage.registered(name) if name and domain.is_name(name) else None

    def authenticate_client(self, request: Any, *args: Any, **kwargs: Any) -> bool:
        """private_key_jwt, and nothing else: no secret is ever shared."""
        assertion = getattr(request, "client_assertion", "")
        if not assertion or getattr(request, "client_assertion_type", "") != assertions.TYPE:
            return False
        name = None
        try:
            name = assertions.claimed_client(assertion)
            self._prove(request, self._named(name), assertion)
        except BadJwt as refusal:
            _tell_refused(name, refusal.reason)
            return False
        return True

    def _prove(self, request: Any, client: Registered | None, assertion: str) -> None:
        if client is None or client.jwks is None or request.client_id not in (None, client.name):
            raise BadJwt("client")
        now = clock.now()
        said = assertions.verified(assertion, client.jwks, audience=token_endpoint(request.uri), now=now.timestamp())
        if client.hospcode is not None and registry.is_barred(client.hospcode):
            raise BadJwt("suspended")
        if not set(said.purposes) <= client.purposes:
            raise BadJwt("purpose")
        until = datetime.fromtimestamp(said.exp, UTC)
        used = hashlib.sha256(f"{client.name}\0{said.jti}".encode()).digest()
        if not oauth_storage.use_once(used, until + timedelta(seconds=assertions.SKEW_SECONDS), now):
            raise BadJwt("replay")
        request.client, request.client_id = client, client.name
        request.purposes = " ".join(sorted(set(said.purposes))) or None

    # ---- what for ---------------------------------------------------------------------------------------------------

    def validate_grant_type(
        self, client_id: str, grant_type: str, client: Registered, request: Any, *args: Any, **kwargs: Any
    ) -> bool:
        """A system gets tokens by its key, an app by a code or what renews it. This is asked last before a code or a
        refresh token is used up, so here it is where a proof of a key has to hold.
        """
        own = {"authorization_code", "refresh_token"} if client.is_app else {"client_credentials"}
        if grant_type not in own or not (client.is_app or client.jwks):
            return False
        request.jkt = _proven_key(request)
        if client.dpop_bound and request.jkt is None:
            raise BadProof(request=request)
        return True

    def get_default_scopes(self, client_id: str, request: Any, *args: Any, **kwargs: Any) -> list[str]:
        """Asked for nothing, nothing is given: SMART wants the scopes said."""
        return []

    def validate_scopes(
        self, client_id: str, wanted: list[str], client: Registered, request: Any, *args: Any, **kwargs: Any
    ) -> bool:
        """A system is refused what it is not registered for; an app gets less than it asks, as its answer says."""
        if client.is_app:
            request.scopes = smart.granted(wanted, client.scopes)
            return any(scope in scopes.SIGNS_IN or scopes.parse(scope) for scope in request.scopes)
        return bool(wanted) and all(scopes.is_within(scope, client.scopes) for scope in wanted)

    # ---- codes (RFC 6749, 4.1; RFC 7636) ----------------------------------------------------------------------------

    def validate_redirect_uri(self, client_id: str, redirect_uri: str, request: Any, *args: Any, **kwargs: Any) -> bool:
        """Letter for letter one of those registered."""
        return redirect_uri in request.client.redirect_uris

    def get_default_redirect_uri(self, client_id: str, request: Any, *args: Any, **kwargs: Any) -> None:
        """None: an app says where its code goes."""

    def validate_response_type(
        self, client_id: str, response_type: str, client: Registered, request: Any, *args: Any, **kwargs: Any
    ) -> bool:
        """A code; no token ever travels through the browser's address."""
        return response_type == "code"

    def is_pkce_required(self, client_id: str, request: Any) -> bool:
        """Of every app, also of one with a key."""
        return True

    def save_authorization_code(
        self, client_id: str, code: dict[str, str], request: Any, *args: Any, **kwargs: Any
    ) -> None:
        """Keep what was allowed, with the digest of its code, and tell the log."""
        now = clock.now()
        lasts = OFFLINE if "offline_access" in request.scopes else timedelta(seconds=CODE_SECONDS + APP_SECONDS)
        account, context = request.user, request.context
        approval = Approval(
            *(request.client.number, account.pk, " ".join(request.scopes), context, now + lasts),
            *(request.redirect_uri, request.code_challenge, request.nonce, account.hospcode, request.device),
            getattr(request, "dpop_jkt", None),
        )
        with database.transaction():
            until = now + timedelta(seconds=CODE_SECONDS)
            smart_storage.add(approval, domain.digest(code["code"]), until, now)
            audit.record(
                "signin.app-allowed",
                actor=account.actor,
                person=context.person,
                facility=account.hospcode or None,
                detail={"client": client_id, "scopes": approval.scopes},
            )

    def validate_code(
        self, client_id: str, code: str, client: Registered, request: Any, *args: Any, **kwargs: Any
    ) -> bool:
        """Use the code up, before anything else of the request is looked at: a wrong verifier, or a wrong key, has one
        try. Somebody who uses it again ends all that came of it.
        """
        digest = domain.digest(code)
        request.authorization = smart_storage.use_code(digest, client.number, clock.now(), demo=settings.current().demo)
        if request.authorization is None:
            again = smart_storage.of_used_code(digest)
            if again is not None:
                smart.end_authorization(again, "code-reused")
            return False
        if request.authorization.jkt not in (None, request.jkt):  # RFC 9449, 10
            _tell_refused(client.name, "dpop-key")
            return False
        if _has_left(request.authorization):
            return False
        request.scopes = request.authorization.scopes.split()
        return True

    def get_code_challenge(self, code: str, request: Any) -> str:
        """What the verifier must hash to."""
        return str(request.authorization.challenge)

    def get_code_challenge_method(self, code: str, request: Any) -> str:
        """The only one there is."""
        return "S256"

    def confirm_redirect_uri(
        self, client_id: str, code: str, redirect_uri: str, client: Registered, request: Any, *args: Any, **kwargs: Any
    ) -> bool:
        """The one that the code was sent to."""
        return bool(redirect_uri == request.authorization.redirect_uri)

    def invalidate_authorization_code(self, client_id: str, code: str, request: Any, *args: Any, **kwargs: Any) -> None:
        """It was used up when it came."""

    # ---- refresh tokens (RFC 9700, 4.14.2) --------------------------------------------------------------------------

    def validate_refresh_token(
        self, refresh_token: str, client: Registered, request: Any, *args: Any, **kwargs: Any
    ) -> bool:
        """Use it up; somebody who uses it again, thief or owner, ends all that came of what was allowed.

        What is bound to a key is worth nothing to who has another: it is left as it is (decision 0180). An app with a
        registered key has proven that one, and may change the other (RFC 9449, 5).
        """
        digest = domain.digest(refresh_token)
        if client.is_public and smart_storage.key_of_refresh(digest) not in (None, request.jkt):
            _tell_refused(client.name, "dpop-key")
            return False
        found = smart_storage.use_refresh(digest, client.number, clock.now(), demo=settings.current().demo)
        if found is None:
            again = smart_storage.of_used_refresh(digest)
            if again is not None:
                smart.end_authorization(again, "refresh-reused")
            return False
        if _has_left(found):
            return False
        request.authorization = found
        return True

    def get_original_scopes(self, refresh_token: str, request: Any, *args: Any, **kwargs: Any) -> list[str]:
        """What was allowed; less may be asked."""
        return [str(scope) for scope in request.authorization.scopes.split()]

    # ---- tokens -----------------------------------------------------------------------------------------------------

    def save_bearer_token(self, token: dict[str, Any], request: Any, *args: Any, **kwargs: Any) -> None:
        """Keep digests and tell the log, together or not at all."""
        client: Registered = request.client
        allowed: Authorization | None = getattr(request, "authorization", None)
        now = clock.now()
        until = now + timedelta(seconds=token["expires_in"])
        if allowed is not None:
            until = min(until, allowed.ends)
            token["expires_in"] = max(0, int((until - now).total_seconds()))
        if request.jkt is not None:
            token |= {"token_type": "DPoP"}
        with database.transaction():
            digest = domain.digest(token["access_token"])
            kept = NewToken(digest, client.number, token["scope"], None, until, jkt=request.jkt)
            if allowed is None:
                oauth_storage.add_token(kept._replace(purposes=request.purposes), now)
            else:
                oauth_storage.add_token(kept._replace(authorization=allowed.number), now)
                if client.is_public and request.jkt is not None:
                    smart_storage.bind(allowed.number, request.jkt)
                _tell_context(token, allowed, request)
            audit.record(
                "signin.token-issued",
                actor=f"client:{client.name}" if allowed is None else f"account:{allowed.login}",
                facility=client.hospcode,
                detail={"client": client.name, "seconds": token["expires_in"], "scopes": token["scope"]},
            )

    def revoke_token(self, token: str, token_type_hint: str, request: Any, *args: Any, **kwargs: Any) -> None:
        """A client ends its own token; of another's it learns nothing and ends nothing."""
        digest = domain.digest(token)
        number = smart_storage.of_refresh(digest, request.client.number)
        if number is None and _counting(digest, request.client):
            number = smart_storage.of_token(digest)
            if number is None:
                service.revoke_token(token, actor=f"client:{request.client.name}")
        if number is not None:  # of an app: what was allowed ends as a whole (RFC 7009, 2.1)
            smart.end_authorization(number, "app")

    def introspect_token(self, token: str, token_type_hint: str, request: Any, *args: Any, **kwargs: Any) -> Any:
        """What a client may know of its own token; of any other, that it does not count. An app that can keep no secret
        is known by its token alone, so it proves the key of one that is bound.
        """
        jkt = _proven_key(request)
        found = _counting(domain.digest(token), request.client)
        if found is None or (request.client.is_public and found.jkt not in (None, jkt)):
            return None
        return {
            "client_id": found.client,
            "scope": found.scopes,
            "exp": int(found.until.timestamp()),
            "iat": int(found.issued.timestamp()),
            "token_type": "DPoP" if found.jkt else "Bearer",
            **({"cnf": {"jkt": found.jkt}} if found.jkt else {}),
            **({"patient": found.patient} if found.patient else {}),
            **({"fhirUser": f"{_base(request.uri)}/fhir/{found.fhir_user}"} if found.fhir_user else {}),
        }


def _proven_key(request: Any) -> str | None:
    """Thumbprint of the key whose proof a request carries; None without one. Raises BadProof."""
    text = request.headers.get("DPoP")
    if text is None:
        return None
    try:
        proof = dpop.verified(text, method=request.http_method, address=request.uri)
        dpop.spend(proof)
    except BadJwt as problem:
        raise BadProof(request=request) from problem
    return proof.jkt


def _has_left(allowed: Authorization) -> bool:
    """Whether a clinician left the facility for which they allowed an app; then it ends for good."""
    left = sessions.has_left(allowed.practitioner, allowed.facility)
    if left:
        smart.end_authorization(allowed.number, "left", actor="system:signin")
    return left


def _counting(digest: bytes, client: Registered) -> Told | None:
    """A client's own token as it counts now, by the same rules as where it is shown."""
    found = oauth_storage.told(digest, client.number, clock.now(), demo=settings.current().demo)
    left = found is not None and sessions.has_left(found.practitioner, found.facility or "")
    return None if left else found


def _tell_context(token: dict[str, Any], allowed: Authorization, request: Any) -> None:
    """What SMART puts beside a token: the patient and the visit, who signed in, and what renews it."""
    asked = token["scope"].split()
    context = allowed.context
    if context.patient is not None:
        token |= {"patient": context.patient, "need_patient_banner": True}
    if context.encounter is not None and ("launch/encounter" in asked or "launch" in asked):
        token["encounter"] = context.encounter
    if "openid" in asked:
        token["id_token"] = openid.id_token(_base(request.uri), allowed, asked)
    if "offline_access" in allowed.scopes.split():
        smart_storage.add_refresh(domain.digest(token["refresh_token"]), allowed.number, clock.now())
    else:
        token.pop("refresh_token", None)


def _base(address: str) -> str:
    return address.rpartition("/oauth/")[0]


def token_endpoint(address: str) -> str:
    """The address of the token endpoint, which every assertion names, beside that of another endpoint."""
    return f"{_base(address)}/oauth/token"


def _tell_refused(name: str | None, reason: str) -> None:
    """A failed proof of a client that there is stands in the log; a name that nobody has is no fact."""
    if name is not None and domain.is_name(name) and (client := oauth_storage.registered(name)) is not None:
        audit.record(
            "signin.client-refused",
            actor=f"client:{client.name}",
            facility=client.hospcode,
            detail={"client": client.name, "reason": reason},
        )


class _Server(AuthorizationEndpoint, TokenEndpoint, IntrospectEndpoint, RevocationEndpoint):  # type: ignore[misc]
    """Only the grants that are used here; implicit and password do not exist (RFC 9700, 2.1.2 and 2.4)."""

    def __init__(self) -> None:
        rules = Rules()
        bearer = BearerToken(rules, _new_token, _seconds)
        code = AuthorizationCodeGrant(rules)
        code._code_challenge_methods = {"S256": code._code_challenge_methods["S256"]}
        grants = {
            "authorization_code": code,
            "refresh_token": RefreshTokenGrant(rules),
            "client_credentials": ClientCredentialsGrant(rules),
        }
        AuthorizationEndpoint.__init__(self, "code", bearer, {"code": code})
        TokenEndpoint.__init__(self, "authorization_code", bearer, grants)
        IntrospectEndpoint.__init__(self, rules)
        RevocationEndpoint.__init__(self, rules)


def _new_token(request: Any, refresh_token: bool = False) -> str:
    return domain.new_token()


def _seconds(request: Any) -> int:
    return SYSTEM_SECONDS if request.grant_type == "client_credentials" else APP_SECONDS


@lru_cache(maxsize=1)
def server() -> _Server:
    """The endpoints of oauthlib, under the rules that hold here."""
    return _Server()


# ---- use cases ------------------------------------------------------------------------------------------------------


def grant(form: str, address: str, proof: str | None = None) -> Reply:
    """Answer the token endpoint (RFC 6749, 3.2).

    form     the posted body, percent-encoded
    address  of the endpoint that was asked
    proof    the header DPoP, None without one
    """
    return _answer("create_token_response", form, address, proof)


def introspect(form: str, address: str, proof: str | None = None) -> Reply:
    """Tell a client about its own token (RFC 7662)."""
    return _answer("create_introspect_response", form, address, proof)


def revoke(form: str, address: str, proof: str | None = None) -> Reply:
    """Let a client end its own token (RFC 7009); who found it may too, so no proof is asked for."""
    return _answer("create_revocation_response", form, address, proof)


def _answer(endpoint: str, form: str, address: str, proof: str | None) -> Reply:
    fields = fields_of(form, _FIELDS)
    if fields is None:
        return _refused("invalid_request")
    headers = {"Content-Type": "application/x-www-form-urlencoded", **({} if proof is None else {"DPoP": proof})}
    try:
        told, body, status = getattr(server(), endpoint)(address, "POST", urlencode(fields), headers)
    except OAuth2Error as error:
        told, body, status = error.headers, error.json, error.status_code
    if status >= 400:
        return _refused(json.loads(body)["error"], status, told)
    return Reply(status, {**told, **_PRIVATE}, body)


def fields_of(form: str, known: frozenset[str]) -> dict[str, str] | None:
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
    return {name: value for name, value in pairs if name in known}


_FIELDS = frozenset(
    {
        *("grant_type", "scope", "client_id", "client_assertion", "client_assertion_type", "token", "token_type_hint"),
        *("code", "redirect_uri", "code_verifier", "refresh_token"),
    }
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
    "invalid_dpop_proof": (
        "ต้องมีหลักฐานกุญแจ (หัวข้อ DPoP) หนึ่งหัวข้อที่ใช้ได้: ดู htm htu iat jti และกุญแจ ใช้ได้ครั้งเดียว",
        "one header DPoP with a proof that holds is needed: see htm, htu, iat, jti and key; it counts once",
    ),
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
