"""The FHIR API as a plain WSGI function: in front of Django, in the same process, on the same connection (decision
0034).

`/fhir/` never enters the middleware: parse strictly, ask signin who it is, ask consent for a permit, call one
function, send bytes.
Every refusal is an OperationOutcome; what a reader may not see is answered as what does not exist, byte for byte.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

import psycopg
from django.db import connection as django_connection

from suksala import consent, signin
from suksala.consent import Permit
from suksala.foundation import SuksalaError, clock, log, settings

from . import capability, outcome, query, service, shape, terminology, whole_record
from .domain import SearchProblem, Version
from .formats import is_format
from .parameters import STORED
from .shape import Shape

Environ = dict[str, Any]
StartResponse = Callable[[str, list[tuple[str, str]]], Any]

PREFIX = "/fhir"
MOST_QUERY = 8 * 1024
MOST_FORM = 64 * 1024
SERVED = frozenset({*STORED, "Provenance"})

_ID = re.compile(r"[A-Za-z0-9.-]{1,64}")
_HOST = re.compile(r"[A-Za-z0-9.:\[\]-]{1,255}")
_JSON = ("*/*", "application/*", "json")
_REASONS = {
    200: "OK",
    304: "Not Modified",
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    406: "Not Acceptable",
    410: "Gone",
    413: "Content Too Large",
    414: "URI Too Long",
    415: "Unsupported Media Type",
    500: "Internal Server Error",
    503: "Service Unavailable",
}
_ISSUES = {403: "forbidden", 404: "not-found", 410: "deleted"}  # the issue-type of the house's own errors
_log = log.get("exchange")


class Answer(NamedTuple):
    """What goes back."""

    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()


class Refusal(Exception):
    """A request that is answered with an OperationOutcome."""

    def __init__(self, status: int, issue: str, th: str, en: str, *headers: tuple[str, str]) -> None:
        super().__init__(en)
        code = f"SKL-FHIR-{status}"
        self.answer = Answer(status, outcome.outcome(code, issue, th, en), headers)


def fhir_application(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    """Serve FHIR R4 under /fhir/ to a WSGI server."""
    try:
        answer = _respond(environ)
    except Refusal as refusal:
        answer = refusal.answer
    except SearchProblem as problem:
        answer = Answer(problem.http_status, outcome.outcome(problem.code, problem.issue, problem.th, problem.en))
    except SuksalaError as problem:
        issue = _ISSUES.get(problem.http_status, "processing")
        answer = Answer(problem.http_status, outcome.outcome(problem.code, issue, problem.th, problem.en))
    except psycopg.OperationalError:
        answer = _unavailable()
    except Exception as error:  # the caller gets an OperationOutcome, never a traceback
        _log.error("fhir.failed", error_type=type(error).__name__)
        answer = Answer(
            500,
            outcome.outcome(
                "SKL-FHIR-500", "exception", "ระบบขัดข้อง กรุณาแจ้งผู้ดูแล", "the server failed; tell its operator"
            ),
        )
    headers = [
        ("Content-Type", "application/fhir+json; charset=utf-8"),
        ("Content-Length", str(len(answer.body))),
        ("Cache-Control", "private, no-store"),
        ("X-Content-Type-Options", "nosniff"),
        *answer.headers,
    ]
    start_response(f"{answer.status} {_REASONS[answer.status]}", headers)
    return [b"" if environ["REQUEST_METHOD"] == "HEAD" else answer.body]


def _unavailable() -> Answer:
    """The database went away: the broken connection is closed, the next request opens another."""
    django_connection.close()
    _log.error("fhir.database-unavailable")
    body = outcome.outcome(
        "SKL-FHIR-503", "transient", "ฐานข้อมูลยังไม่พร้อม ลองใหม่อีกครั้ง", "the database is not ready; try again"
    )
    return Answer(503, body, (("Retry-After", "5"),))


def _respond(environ: Environ) -> Answer:
    parts = _path(environ)
    method = environ["REQUEST_METHOD"]
    _require_json(environ)
    if parts == ["metadata"]:
        _require_method(method, "GET", "HEAD")
        return _metadata(environ)
    client = signin.authenticate_bearer(environ.get("HTTP_AUTHORIZATION"))
    if client is None:
        raise Refusal(
            401,
            "login",
            "ต้องแสดงโทเค็น",
            "show a token: Authorization: Bearer",
            ("WWW-Authenticate", 'Bearer realm="fhir"'),
        )
    rtype = parts[0] if parts else ""
    if rtype in terminology.TYPES:
        return _terminology(environ, method, parts)
    permit = consent.permit_for_client(client, clock.now())
    if rtype == "_history" and len(parts) == 1:
        return _history(environ, method, permit, client.scopes, (None, None))
    if rtype not in SERVED:
        raise Refusal(
            404, "not-supported", "ไม่มีทรัพยากรชนิดนี้ ดู /fhir/metadata", "no such resource type here; see /fhir/metadata"
        )
    return _route(environ, method, parts, permit, client.scopes)


def _metadata(environ: Environ) -> Answer:
    """The CapabilityStatement, or with mode=terminology the TerminologyCapabilities."""
    pairs = _pairs(environ.get("QUERY_STRING", ""))
    _require_format(pairs)
    mode = dict(pairs).get("mode", "full")
    statements = {"full": capability.statement, "terminology": capability.terminology}
    if mode not in statements:
        raise Refusal(400, "not-supported", "mode ต้องเป็น full หรือ terminology", "mode is full or terminology")
    return _printed(statements[mode](_base(environ)), pairs)


def _printed(body: bytes, pairs: list[tuple[str, str]]) -> Answer:
    """An answer that is not cut, on one line or, with `_pretty=true`, indented for people."""
    return Answer(200, Shape(pretty=("_pretty", "true") in pairs).printed(body))


def _route(environ: Environ, method: str, parts: list[str], permit: Permit, scopes: frozenset[str]) -> Answer:
    rtype, rest = parts[0], parts[1:]
    if not rest:
        _require_method(method, "GET", "HEAD")
        _require_scope(scopes, rtype, "s")
        return _search(environ, permit, scopes, rtype, _pairs(environ.get("QUERY_STRING", "")))
    if rest == ["_search"]:
        _require_method(method, "POST")
        _require_scope(scopes, rtype, "s")
        return _search(environ, permit, scopes, rtype, [*_pairs(environ.get("QUERY_STRING", "")), *_form(environ)])
    if rtype == "Patient" and rest[1:] == ["$everything"]:
        _require_method(method, "GET", "HEAD", "POST")
        _require_scope(scopes, "*", "s")
        return _everything(environ, permit, _id(rest[0]), method)
    if rest[-1] == "_history" and len(rest) < 3 and rtype in STORED:
        return _history(environ, method, permit, scopes, (rtype, _id(rest[0]) if rest[1:] else None))
    if rest[1:2] == ["_history"] and len(rest) == 3 and rtype in STORED:
        _require_method(method, "GET", "HEAD")
        _require_scope(scopes, rtype, "r")
        wanted = _shape(environ, rtype)
        return _sent(environ, rtype, service.read_version(permit, rtype, _id(rest[0]), rest[2]), wanted)
    if len(rest) > 1 or rest == ["_history"]:
        raise Refusal(404, "not-supported", "ไม่มีที่อยู่นี้ ดู /fhir/metadata", "no such address here; see /fhir/metadata")
    _require_method(method, "GET", "HEAD")
    _require_scope(scopes, rtype, "r")
    rid, wanted = _id(rest[0]), _shape(environ, rtype)
    return _sent(environ, rtype, service.read_versioned(permit, rtype, rid), wanted)


def _sent(environ: Environ, rtype: str, found: Version | None, wanted: Shape) -> Answer:
    """A version that was read, as much of it as is wanted, or 304 where the client has it. `Prefer: return` is about
    writes and changes nothing.
    """
    if found is None:
        raise not_found()
    tag = f'"{found.vid}"'
    headers = (("ETag", "W/" + tag), ("Last-Modified", format_datetime(found.changed.astimezone(UTC), usegmt=True)))
    if _has(environ, tag, found.changed):
        return Answer(304, b"", headers)
    return Answer(200, wanted.printed(wanted.cut(rtype, found.body)), headers)


def _has(environ: Environ, tag: str, changed: datetime) -> bool:
    """Whether the client has this version. If-None-Match decides; If-Modified-Since counts only without it, and only
    when it is a date (RFC 9110, 13.1.3 and 13.2.2).
    """
    known = environ.get("HTTP_IF_NONE_MATCH")
    if known is not None:
        return known.strip() == "*" or tag in {part.strip().removeprefix("W/") for part in known.split(",")}
    asked = environ.get("HTTP_IF_MODIFIED_SINCE")
    if asked is None:
        return False
    try:
        since = datetime.strptime(asked.replace("GMT", "+0000"), "%a, %d %b %Y %H:%M:%S %z")
    except ValueError:
        return False
    return changed.replace(microsecond=0) <= since


def _history(
    environ: Environ, method: str, permit: Permit, scopes: frozenset[str], of: tuple[str | None, str | None]
) -> Answer:
    """Of one resource under r; of a type or of everything under r and s, for it finds resources as a search does."""
    rtype, rid = of
    _require_method(method, "GET", "HEAD")
    for right in "r" if rid else "rs":
        _require_scope(scopes, rtype or "*", right)
    pairs = _pairs(environ.get("QUERY_STRING", ""))
    body = service.history(permit, rtype, rid, pairs, base=_base(environ))
    if body is None:
        raise not_found()
    return _printed(body, pairs)


def not_found() -> Refusal:
    """The one answer for what is not there, not any more, or not for this reader."""
    return Refusal(404, "not-found", "ไม่พบข้อมูลนี้", "there is no such resource")


def _search(
    environ: Environ, permit: Permit, scopes: frozenset[str], rtype: str, pairs: list[tuple[str, str]]
) -> Answer:
    lenient = "handling=lenient" in environ.get("HTTP_PREFER", "").replace(" ", "").lower()

    def require(name: str) -> None:  # a chain or an include needs the scope of the other type too
        _require_scope(scopes, name, "s")

    found = service.search(permit, rtype, pairs, base=_base(environ), lenient=lenient, require=require)
    return Answer(200, found)


def _everything(environ: Environ, permit: Permit, rid: str, method: str) -> Answer:
    pairs = _pairs(environ.get("QUERY_STRING", ""))
    if method == "POST":
        pairs += _form(environ)
    _require_format(pairs)
    body = whole_record.answer(permit, _base(environ), whole_record.read_wish(pairs), patient=rid)
    if body is None:
        raise not_found()
    return _printed(body, pairs)


def _terminology(environ: Environ, method: str, parts: list[str]) -> Answer:
    """Public content: a valid token, no permit, no fact in the log."""
    pairs = _pairs(environ.get("QUERY_STRING", ""))
    rtype, *rest = parts
    if len(rest) == 1 and (rtype, rest[0]) in terminology.OPERATIONS:
        _require_method(method, "GET", "HEAD", "POST")
        posted = _body(environ, "application/fhir+json", "application/json") if method == "POST" else b""
        return _printed(terminology.run((rtype, rest[0]), pairs, posted), pairs)
    if rtype != "CodeSystem" or len(rest) > 1 or rest[0:1] == ["_search"]:
        raise Refusal(404, "not-supported", "ไม่มีที่อยู่นี้ ดู /fhir/metadata", "no such address here; see /fhir/metadata")
    _require_method(method, "GET", "HEAD")
    if rest:
        wanted = _shape(environ, rtype)
        return Answer(200, wanted.printed(wanted.cut(rtype, terminology.read(_id(rest[0])))))
    return _printed(terminology.search(_base(environ), pairs), pairs)


def _path(environ: Environ) -> list[str]:
    try:
        path = environ.get("PATH_INFO", "").encode("latin-1").decode("utf-8")
    except UnicodeError as error:
        raise Refusal(400, "invalid", "ที่อยู่ไม่ใช่ UTF-8", "the address is not UTF-8") from error
    return [part for part in path.removeprefix(PREFIX).split("/") if part]


def _id(text: str) -> str:
    if not _ID.fullmatch(text):
        raise not_found()
    return text


def _pairs(text: str) -> list[tuple[str, str]]:
    if len(text) > MOST_QUERY:
        raise Refusal(414, "too-long", "คำค้นยาวเกินไป ใช้ POST _search", "the query is too long; use POST _search")
    return _decoded(text)


def _decoded(text: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=2 * query.MOST_PARAMETERS)
    except ValueError as error:
        raise Refusal(
            400, "invalid", "คำค้นไม่ใช่ UTF-8 หรือมีมากเกินไป", "the query is not UTF-8, or has too many parameters"
        ) from error


def _body(environ: Environ, *kinds: str) -> bytes:
    """What was posted, of one of these media types and of a sane size; empty when nothing was."""
    kind = environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
    length = environ.get("CONTENT_LENGTH") or "0"
    if not (length.isascii() and length.isdigit()) or int(length) > MOST_FORM:
        raise Refusal(413, "too-long", "แบบฟอร์มใหญ่เกินไป", f"the form is larger than {MOST_FORM} bytes")
    if int(length) and kind not in kinds:
        raise Refusal(415, "not-supported", f"ต้องเป็น {kinds[0]}", f"send {kinds[0]}")
    return bytes(environ["wsgi.input"].read(int(length))) if int(length) else b""


def _form(environ: Environ) -> list[tuple[str, str]]:
    try:
        return _decoded(_body(environ, "application/x-www-form-urlencoded").decode("ascii"))
    except UnicodeDecodeError as error:
        raise Refusal(400, "invalid", "แบบฟอร์มต้องเข้ารหัสแบบ percent", "percent-encode the form") from error


def _base(environ: Environ) -> str:
    """Where links lead: to the public address, for behind a proxy with TLS the request does not know it."""
    public = settings.current().public_url
    if public:
        return public + PREFIX
    host = environ.get("HTTP_HOST") or environ.get("SERVER_NAME", "localhost")
    if not _HOST.fullmatch(host):
        raise Refusal(400, "invalid", "ชื่อ Host ไม่ถูกต้อง", "the Host header is not a host")
    return f"{environ.get('wsgi.url_scheme', 'http')}://{host}{PREFIX}"


def _require_json(environ: Environ) -> None:
    accepted = environ.get("HTTP_ACCEPT", "*/*").lower()
    if not any(kind in accepted for kind in _JSON):
        raise Refusal(406, "not-supported", "รองรับเฉพาะ JSON", "only application/fhir+json is served")


def _require_format(pairs: list[tuple[str, str]]) -> None:
    for name, value in pairs:
        is_format(name, value)


def _shape(environ: Environ, rtype: str) -> Shape:
    return shape.of_read(rtype, _pairs(environ.get("QUERY_STRING", "")))


def _require_method(method: str, *allowed: str) -> None:
    if method not in allowed:
        raise Refusal(
            405,
            "not-supported",
            "ที่อยู่นี้ไม่รับวิธีนี้",
            f"this address takes {', '.join(allowed)}",
            ("Allow", ", ".join(allowed)),
        )


def _require_scope(scopes: frozenset[str], rtype: str, right: str) -> None:
    """SMART v2 system scopes: system/Observation.rs, system/*.r; and v1's .read and .*, which mean r and s."""
    for scope in scopes:
        context, _, rest = scope.partition("/")
        named, _, rights = rest.partition(".")
        granted = rights in {"read", "*"} or (set(rights) <= set("cruds") and right in rights)
        if context == "system" and named in {"*", rtype} and granted:
            return
    raise Refusal(403, "forbidden", "โทเค็นนี้ไม่มีขอบเขตสำหรับการอ่านนี้", "the token has no scope for this")
