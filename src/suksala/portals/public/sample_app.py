"""A sample SMART app, served beside the demo so that one can try what an app is asked and given.

It does what an app elsewhere does, over the same endpoints and with no right of its own: it sends the browser to the
question, hands the code in, and asks with the token that it got. Registered by `suksala demo`.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_GET

from suksala import signin
from suksala.foundation import settings
from suksala.portals.pages import page

from . import trying

if TYPE_CHECKING:
    from joserfc.jwk import ECKey

NAME = "sample"
SCOPES = "patient/*.rs openid fhirUser launch/patient offline_access"
KEPT = "sample_app"  # in the browser's session: state, verifier, and where the answer is to come from


def _base(request: HttpRequest) -> str:
    return settings.current().public_url or f"{request.scheme}://{request.get_host()}"


def _require_demo() -> None:
    if not settings.current().demo:
        raise Http404


@require_GET
def begin(request: HttpRequest) -> HttpResponse:
    """Ask somebody: with `launch` as a page of a patient began it, else by itself."""
    _require_demo()
    state, verifier = secrets.token_urlsafe(24), secrets.token_urlsafe(48)
    request.session[KEPT] = {"state": state, "verifier": verifier}
    asked = {
        "response_type": "code",
        "client_id": NAME,
        "redirect_uri": f"{_base(request)}/developers/app/back",
        "scope": SCOPES,
        "state": state,
        "aud": f"{_base(request)}/fhir",
        "code_challenge": base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    }
    launch = request.GET.get("launch", "")
    if launch:
        asked |= {"launch": launch, "scope": SCOPES.replace("launch/patient", "launch")}
    return HttpResponseRedirect(f"/oauth/authorize?{urlencode(asked)}")


@require_GET
def back(request: HttpRequest) -> HttpResponse:
    """Take the answer: check that it is ours, hand the code in, and show what the token tells and opens."""
    _require_demo()
    kept = request.session.pop(KEPT, {})
    ours = bool(kept) and request.GET.get("state") == kept["state"] and request.GET.get("iss") == _base(request)
    if not ours or "code" not in request.GET:
        return page(request, "public/sample_app.jinja", {"told": None})
    form = {
        "grant_type": "authorization_code",
        "client_id": NAME,
        "code": request.GET["code"],
        "redirect_uri": f"{_base(request)}/developers/app/back",
        "code_verifier": kept["verifier"],
    }
    from joserfc.jwk import ECKey  # takes 0.1 s to load, which only the sample pays

    key, endpoint = ECKey.generate_key("P-256"), f"{_base(request)}/oauth/token"
    told = json.loads(signin.grant(urlencode(form), endpoint, _proof(key, "POST", endpoint)).body)
    shown = {"told": told, "answer": _asked(request, told, key)}
    answer = page(request, "public/sample_app.jinja", shown)
    answer.headers["Cache-Control"] = "no-store, private"  # it shows what the token opened
    return answer


def _asked(request: HttpRequest, told: dict[str, str], key: ECKey) -> trying.Shown | None:
    if "patient" not in told:
        return None
    asked, token = trying.read(f"Patient/{told['patient']}", told["access_token"]), told["access_token"]
    return trying.ask(asked, request.META, _proof(key, "GET", f"{_base(request)}/fhir/{asked.address}", token))


def _proof(key: ECKey, method: str, address: str, token: str = "") -> str:
    """That this app holds the key which its token is bound to (RFC 9449, 4.2), for one request."""
    from joserfc import jwt

    said: dict[str, object] = {"jti": secrets.token_urlsafe(16), "htm": method, "htu": address, "iat": int(time.time())}
    if token:
        said["ath"] = base64.urlsafe_b64encode(hashlib.sha256(token.encode()).digest()).rstrip(b"=").decode()
    head = {"typ": "dpop+jwt", "alg": "ES256", "jwk": key.as_dict(private=False)}
    return jwt.encode(head, said, key, algorithms=["ES256"])
