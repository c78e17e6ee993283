"""An app asks somebody for leave to read: its request is read, answered by a page, and told back to the app.

RFC 6749, 4.1.1; SMART App Launch 2.2; RFC 9207. The pages are the portals'; codes and tokens are `oauth`'s.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlencode

from oauthlib.oauth2 import FatalClientError, OAuth2Error

from suksala.foundation import SuksalaError, clock

from . import domain, oauth, smart, smart_storage
from .device_rules import Device
from .dpop_rules import JKT
from .oauth_storage import Registered
from .smart_storage import Context


class BadAppRequest(SuksalaError):
    """An app asks in a way that nobody can be asked about: which app it is, or where its answer goes, is not known.

    Nobody is sent anywhere: an address that was not registered may be a thief's (RFC 9700, 4.11).
    """

    code = "SKL-SIGNIN-022"

    def __init__(self) -> None:
        super().__init__(
            "แอปนี้ไม่ได้ลงทะเบียนไว้ หรือส่งคำขอมาไม่ถูกต้อง จึงไม่มีการให้สิทธิใด",
            "this app is not registered, or asks in a wrong way; nothing was allowed",
        )


class Redirect(Exception):
    """An app's request that is answered at once, by sending the browser back to it with an error."""

    def __init__(self, uri: str) -> None:
        super().__init__("redirect")
        self.uri = uri


class AppRequest(NamedTuple):
    """What an app asks somebody for.

    query   the request as it came, for the answer
    scopes  what it would get
    launch  token of a launch from a patient's page; empty: it began by itself
    """

    query: str
    app: Registered
    scopes: tuple[str, ...]
    launch: str
    redirect_uri: str

    @property
    def needs_patient(self) -> bool:
        """Whether it wants to know whose record is open, or to read one."""
        return smart.needs_patient(self.scopes)


_ASKED = frozenset(
    {
        *("response_type", "client_id", "redirect_uri", "scope", "state", "aud", "launch", "nonce"),
        *("code_challenge", "code_challenge_method", "dpop_jkt"),
    }
)
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)


def read_app_request(query: str, base: str) -> AppRequest:
    """An app's request to somebody (RFC 6749, 4.1.1; SMART App Launch 2.2).

    query  of the address, percent-encoded
    base   where this server is reached
    Raises BadAppRequest, and Redirect with what the app is to be told.
    """
    fields = oauth.fields_of(query, _ASKED)
    if fields is None:
        raise BadAppRequest
    uri = f"{base}/oauth/authorize?{urlencode(fields)}"
    try:
        found, credentials = oauth.server().validate_authorization_request(uri, "GET")
    except FatalClientError as error:
        raise BadAppRequest from error
    except OAuth2Error as error:
        raise Redirect(_with_issuer(error.in_uri(fields["redirect_uri"]), base)) from error
    refused = _refused_request(fields, base)
    if refused is not None:
        raise Redirect(_with_issuer(_error_uri(fields, refused), base))
    app = credentials["request"].client
    return AppRequest(urlencode(fields), app, tuple(found), fields.get("launch", ""), fields["redirect_uri"])


def _refused_request(fields: dict[str, str], base: str) -> str | None:
    """What SMART asks for beside OAuth: state, the audience, a challenge of the right length; and a key that is one."""
    if not fields.get("state") or len(fields["state"]) > 500 or not _CHALLENGE.fullmatch(fields["code_challenge"]):
        return "invalid_request"
    if fields.get("aud") not in (f"{base}/fhir", f"{base}/fhir/"):
        return "invalid_request"
    if not JKT.fullmatch(fields.get("dpop_jkt", "0" * 43)):
        return "invalid_request"
    if ("launch" in fields) != ("launch" in fields["scope"].split()):
        return "invalid_request"
    return None


def _error_uri(fields: dict[str, str], error: str) -> str:
    told = {"error": error, **({"state": fields["state"]} if fields.get("state") else {})}
    return fields["redirect_uri"] + ("&" if "?" in fields["redirect_uri"] else "?") + urlencode(told)


def _with_issuer(uri: str, base: str) -> str:
    """With the name of this server, so that an app never takes another's answer for ours (RFC 9207)."""
    return f"{uri}{'&' if '?' in uri else '?'}{urlencode({'iss': base})}"


def launched(request: AppRequest, account: Any) -> Context | None:
    """What was open when somebody launched the app from a page; None: this launch is not theirs, or has ended."""
    return smart_storage.launch(domain.digest(request.launch), request.app.number, account.pk, clock.now())


def allow(request: AppRequest, base: str, account: Any, context: Context, device: Device | None = None) -> str:
    """Let an app read what it asks for, in somebody's name; returns where the browser goes with the code.

    account  with the facility of the session, for which a clinician's app reads
    context  whose record, as the page proved it: a citizen's own, or a patient of the clinician
    device   the citizen's; what was allowed on it ends when it is cut off
    Raises Redirect when the launch was used before.
    """
    if request.launch and not smart_storage.use_launch(domain.digest(request.launch)):
        raise Redirect(refuse(request, base))
    uri = f"{base}/oauth/authorize?{request.query}"
    credentials = {"user": account, "context": context, "device": device.id if device else None}
    headers, _, _ = oauth.server().create_authorization_response(
        uri, "GET", scopes=list(request.scopes), credentials=credentials
    )
    return _with_issuer(headers["Location"], base)


def refuse(request: AppRequest, base: str) -> str:
    """Let the app know that somebody did not allow it; returns where the browser goes."""
    return _with_issuer(_error_uri(dict(parse_qsl(request.query)), "access_denied"), base)
