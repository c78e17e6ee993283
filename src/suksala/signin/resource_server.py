"""The one place where a request's token is looked at: as a bearer token (RFC 6750), or as one that is bound to a key
and comes with a proof of it (DPoP, RFC 9449, 7).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from suksala import audit
from suksala.foundation import settings

from . import domain, service
from .domain import Client, TokenRefused

PROVEN = "suksala.jkt"  # in the WSGI environ: the key that was proven for the request of which this one is an entry
_ALGORITHMS = f'algs="{" ".join(domain.PROOF_ALGORITHMS)}"'
_EITHER = f'Bearer realm="suksala", DPoP {_ALGORITHMS}'


def authenticate(environ: Mapping[str, Any]) -> Client:
    """The client that sent a request, by its headers Authorization and DPoP.

    environ  of WSGI, which is also Django's `request.META`
    Raises TokenRefused.
    """
    scheme, token = domain.shown(environ.get("HTTP_AUTHORIZATION"))
    if scheme == "dpop":
        return _bound(environ, token)
    client = service.client_of_token(token) if scheme else None
    if client is None or client.jkt:
        _tell(client)
        raise TokenRefused(_EITHER)
    return client


def _bound(environ: Mapping[str, Any], token: str) -> Client:
    """The client whose token comes with a proof of its key. The proof is looked at before the token is known, so that
    who found one learns nothing of it, and noted as used only with a token that counts.
    """
    from . import dpop  # joserfc takes 0.1 s to load, which only those who prove a key pay
    from .strict_jwt import BadJwt

    try:
        proof = None
        if PROVEN not in environ:
            asked = {"method": str(environ["REQUEST_METHOD"]), "address": _address(environ)}
            proof = dpop.verified(environ.get("HTTP_DPOP", ""), **asked, token=token)
        client = service.client_of_token(token)
        if client is None or client.jkt is None or client.jkt != (proof.jkt if proof else environ[PROVEN]):
            _tell(client)
            raise TokenRefused(f'DPoP {_ALGORITHMS}, error="invalid_token"')
        if proof is not None:
            dpop.spend(proof)
    except BadJwt as problem:
        raise _bad_proof() from problem
    return client


def _bad_proof() -> TokenRefused:
    return TokenRefused(
        f'DPoP {_ALGORITHMS}, error="invalid_dpop_proof"',
        "หลักฐานกุญแจ (หัวข้อ DPoP) ใช้ไม่ได้: ดู htm htu ath iat jti และกุญแจ ใช้ได้ครั้งเดียว",
        "the proof in the header DPoP does not hold: see htm, htu, ath, iat, jti and key; it counts once",
    )


def _tell(client: Client | None) -> None:
    """A token that counts, shown without its key, stands in the log: somebody may have stolen it."""
    if client is not None and client.jkt:
        detail = {"client": client.name, "reason": "dpop-key"}
        audit.record("signin.client-refused", actor=client.actor, facility=client.hospcode, detail=detail)


def _address(environ: Mapping[str, Any]) -> str:
    """Where the request came, as we publish it: a proxy with TLS changes what the request itself knows."""
    here = f"{environ.get('wsgi.url_scheme', 'http')}://{environ.get('HTTP_HOST') or environ.get('SERVER_NAME', '')}"
    return (settings.current().public_url or here) + quote(str(environ.get("PATH_INFO", "")).encode("latin-1"))
