"""The OAuth endpoints over HTTP: what programs call. The pages that people see are the portals'."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from suksala.foundation import bodies, settings

from . import assertions, domain, oauth, openid, scopes
from .oauth import Reply

MOST_FORM = 32 * 1024
_PUBLIC = "public, max-age=3600"


def base_of(request: HttpRequest) -> str:
    """Where this server is reached: its public address, or, where none is set, an allowed host as it was asked."""
    return settings.current().public_url or f"{request.scheme}://{request.get_host()}"


def issuer_of(request: HttpRequest) -> str:
    """The name of this authorization server (RFC 8414)."""
    return base_of(request)


def _posted(request: HttpRequest, answer: Callable[[str, str, str | None], Reply]) -> HttpResponse:
    """A posted form of small size, answered; a query string is never read, for addresses stand in logs."""
    kind = request.content_type
    raw = request.read(MOST_FORM + 1)
    is_form = kind == "application/x-www-form-urlencoded" and bodies.is_whole(request.META, raw)
    form = raw.decode("latin-1") if len(raw) <= MOST_FORM and is_form else "&"
    address = base_of(request) + request.path
    told = answer("&" if request.META.get("QUERY_STRING") else form, address, request.headers.get("DPoP"))
    return HttpResponse(told.body, status=told.status, headers={"Content-Type": "application/json", **told.headers})


@csrf_exempt
@require_POST
def token(request: HttpRequest) -> HttpResponse:
    """Access tokens for clients that prove who they are."""
    return _posted(request, oauth.grant)


@csrf_exempt
@require_POST
def introspect(request: HttpRequest) -> HttpResponse:
    """What a client's own token still says."""
    return _posted(request, oauth.introspect)


@csrf_exempt
@require_POST
def revoke(request: HttpRequest) -> HttpResponse:
    """A client ends its own token."""
    return _posted(request, oauth.revoke)


@require_GET
def metadata(request: HttpRequest) -> JsonResponse:
    """What this authorization server does: RFC 8414 and SMART's smart-configuration, which agree."""
    return JsonResponse(described(base_of(request)), headers={"Cache-Control": _PUBLIC})


def described(base: str) -> dict[str, Any]:
    """The metadata of the authorization server at an address."""
    return {
        "issuer": base,
        "jwks_uri": f"{base}/oauth/jwks",
        "authorization_endpoint": f"{base}/oauth/authorize",
        "token_endpoint": f"{base}/oauth/token",
        "introspection_endpoint": f"{base}/oauth/introspect",
        "revocation_endpoint": f"{base}/oauth/revoke",
        "management_endpoint": f"{base}/me/apps/",
        "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
        "token_endpoint_auth_methods_supported": ["private_key_jwt", "none"],
        "token_endpoint_auth_signing_alg_values_supported": list(assertions.ALGORITHMS),
        "dpop_signing_alg_values_supported": list(domain.PROOF_ALGORITHMS),
        "id_token_signing_alg_values_supported": [openid.ALGORITHM],
        "subject_types_supported": ["public"],
        "claims_supported": ["sub", "iss", "aud", "exp", "iat", "nonce", "fhirUser"],
        "scopes_supported": [*sorted(scopes.LAUNCH), "patient/*.rs", "user/*.rs", "system/*.rs", "system/*.cruds"],
        "capabilities": [
            *("launch-ehr", "launch-standalone", "client-public", "client-confidential-asymmetric"),
            *("sso-openid-connect", "context-standalone-patient", "context-ehr-patient", "context-ehr-encounter"),
            *("permission-offline", "permission-patient", "permission-user", "permission-v1", "permission-v2"),
        ],
    }


@require_GET
def jwks(request: HttpRequest) -> JsonResponse:
    """The public key of id_tokens."""
    return JsonResponse(openid.jwks(), headers={"Cache-Control": _PUBLIC})
