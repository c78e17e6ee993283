"""The FHIR API as a plain WSGI function: in front of Django, in the same process, on the same connection (decision
0034).

`/fhir/` never enters the middleware: parse strictly, ask signin who it is, ask consent for a permit, call one
function, send bytes.
Every refusal is an OperationOutcome; what a reader may not see is answered as what does not exist, byte for byte.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Any, BinaryIO

import psycopg
from django.db import connection as django_connection

from suksala import signin
from suksala.consent import Permit
from suksala.foundation import SuksalaError, database, log

from . import (
    asking,
    audit_events,
    capability,
    openapi,
    outcome,
    parameter_storage,
    requests,
    service,
    terminology,
    transactions,
    usage,
    web_operations,
    web_writing,
)
from .answers import Answer, Refusal, no_address, not_found
from .bulk import BulkProblem
from .domain import SearchProblem, Version
from .parameters import STORED
from .requests import Environ
from .shape import Shape
from .writes import WriteProblem

StartResponse = Callable[[str, list[tuple[str, str]]], Any]

SERVED = frozenset(STORED)

_REASONS = {
    200: "OK",
    201: "Created",
    202: "Accepted",
    204: "No Content",
    304: "Not Modified",
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    406: "Not Acceptable",
    409: "Conflict",
    410: "Gone",
    411: "Length Required",
    412: "Precondition Failed",
    413: "Content Too Large",
    414: "URI Too Long",
    415: "Unsupported Media Type",
    422: "Unprocessable Content",
    429: "Too Many Requests",
    500: "Internal Server Error",
    503: "Service Unavailable",
}
_ISSUES = {
    400: "structure",
    403: "forbidden",
    404: "not-found",
    410: "deleted",
    429: "throttled",
    503: "transient",
}  # the issue-type of the house's own errors
_log = log.get("exchange")


def fhir_application(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    """Serve FHIR R4 under /fhir/ to a WSGI server."""
    answer = _counted(environ)
    if answer.file:
        return _file(environ, start_response, answer, answer.file)
    start_response(f"{answer.status} {_REASONS[answer.status]}", _headers(answer, len(answer.body)))
    return [b"" if environ["REQUEST_METHOD"] == "HEAD" else answer.body]


_OPERATIONS = frozenset(name for _, _, name in web_operations.OPERATIONS) | {n for _, n in terminology.OPERATIONS}


def _counted(environ: Environ) -> Answer:
    """The answer, counted for its client. What is in a batch counts as one request."""
    began = time.perf_counter()
    with usage.tallied() as tally:
        answer = answered(environ)
    if "suksala.client" in environ:
        parts = [part for part in str(environ.get("PATH_INFO", "")).removeprefix(requests.PREFIX).split("/") if part]
        named = usage.interaction(environ["REQUEST_METHOD"], parts, _OPERATIONS)
        usage.note(environ["suksala.client"], named, answer, tally.rows, time.perf_counter() - began)
    return answer


def _headers(answer: Answer, length: int) -> list[tuple[str, str]]:
    """Those of every answer; what the answer itself says counts before them."""
    usual = {
        "Content-Type": "application/fhir+json; charset=utf-8",
        "Content-Length": str(length),
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return [*{**usual, **dict(answer.headers)}.items()]


_BLOCK = 256 * 1024


def _file(environ: Environ, start_response: StartResponse, answer: Answer, path: Path) -> Iterable[bytes]:
    """A file of a bulk job or of a view, never whole in memory."""
    source = path.open("rb")
    size = path.stat().st_size
    if answer.passing:
        path.unlink()  # what is open can be read to its end
    start_response(f"{answer.status} {_REASONS[answer.status]}", _headers(answer, size))
    return _blocks(source, wanted=environ["REQUEST_METHOD"] != "HEAD")


def _blocks(source: BinaryIO, *, wanted: bool) -> Iterator[bytes]:
    with source:
        while wanted and (block := source.read(_BLOCK)):
            yield block


def answered(environ: Environ) -> Answer:
    """The answer to one request; every problem becomes an OperationOutcome."""
    try:
        return _respond(environ)
    except Refusal as refusal:
        return refusal.answer
    except signin.OverBudget as problem:
        usage.went_over(problem)
        return Answer(429, _told(problem), (("Retry-After", str(problem.seconds)),))
    except SuksalaError as problem:
        return Answer(problem.http_status, _told(problem))
    except psycopg.Error as error:
        return _failed(error)
    except Exception as error:  # the caller gets an OperationOutcome, never a traceback
        _log.error("fhir.failed", error_type=type(error).__name__)
        return _SERVER_FAILED


_SERVER_FAILED = Answer(
    500,
    outcome.outcome("SKL-FHIR-500", "exception", "ระบบขัดข้อง กรุณาแจ้งผู้ดูแล", "the server failed; tell its operator"),
)


def _told(problem: SuksalaError) -> bytes:
    if isinstance(problem, WriteProblem):
        return outcome.of(transactions.placed(problem))
    issue = _ISSUES.get(problem.http_status, "processing")
    if isinstance(problem, SearchProblem | BulkProblem):
        issue = problem.issue
    return outcome.outcome(problem.code, issue, problem.th, problem.en)


def _failed(error: psycopg.Error) -> Answer:
    """The database is away, or its log takes no more facts: no event, no answer. Anything else is our own fault."""
    if database.is_unavailable(error):
        return _unavailable()
    _log.error("fhir.failed", error_type=type(error).__name__)
    return _SERVER_FAILED


def _unavailable() -> Answer:
    """The database went away: the broken connection is closed, the next request opens another."""
    django_connection.close()
    _log.error("fhir.database-unavailable")
    body = outcome.outcome(
        "SKL-FHIR-503", "transient", "ฐานข้อมูลยังไม่พร้อม ลองใหม่อีกครั้ง", "the database is not ready; try again"
    )
    return Answer(503, body, (("Retry-After", "5"),))


def _respond(environ: Environ) -> Answer:
    parts = requests.path_parts(environ)
    method = environ["REQUEST_METHOD"]
    requests.require_json(environ)
    if len(parts) == 1 and parts[0] in _OPEN:
        requests.require_method(method, "GET", "HEAD")
        return _OPEN[parts[0]](environ)
    client = _asking(environ)
    if "suksala.client" not in environ:  # what is in a batch is one request
        usage.asks(client)
    environ["suksala.client"] = client.name
    client = client.asking_for(environ.get("HTTP_PURPOSE_OF_USE"))
    rtype = parts[0] if parts else ""
    if client.user is not None:
        asking.require_reading(method, parts)
    if web_operations.is_operation(parts) and (rtype, parts[-1]) not in terminology.OPERATIONS:
        return web_operations.answer(environ, client, parts)
    permit = asking.permit_of(client, asking.needs_of(parts))
    if web_writing.is_write(method, parts):
        writer = web_writing.writer(environ, client, permit)
        return web_writing.answer(environ, method, parts, writer, (_respond, answered))
    kept_by_us = _of_the_server(environ, method, parts, permit, client.scopes)
    if kept_by_us is not None:
        return kept_by_us
    if rtype in _OF_EVERYTHING and len(parts) < 2:
        return _OF_EVERYTHING[rtype](environ, method, permit, client.scopes)
    if rtype not in SERVED:
        raise Refusal(
            404, "not-supported", "ไม่มีทรัพยากรชนิดนี้ ดู /fhir/metadata", "no such resource type here; see /fhir/metadata"
        )
    return _route(environ, method, parts, permit, client.scopes)


def _asking(environ: Environ) -> signin.Client:
    """Who asks. A key that was proven holds for every entry of a Bundle: they came in one request."""
    try:
        client = signin.authenticate(environ)
    except signin.TokenRefused as problem:
        raise Refusal(401, "login", problem.th, problem.en, ("WWW-Authenticate", problem.challenge)) from problem
    if client.jkt:
        environ[signin.PROVEN] = client.jkt
    return client


def _of_the_server(
    environ: Environ, method: str, parts: list[str], permit: Permit, scopes: frozenset[str]
) -> Answer | None:
    """What is no stored resource: code systems of the server, and its log. None for another address."""
    rtype, rest = (parts[0], parts[1:]) if parts else ("", [])
    pairs = requests.query_pairs(environ.get("QUERY_STRING", ""))
    if rtype in terminology.TYPES and terminology.answers(rtype, rest, pairs):
        return _terminology(environ, method, parts)
    if rtype == audit_events.TYPE and audit_events.answers(rest, method):
        return _audit_events(environ, rest, permit, scopes)
    return None


def _metadata(environ: Environ) -> Answer:
    """The CapabilityStatement, or with mode=terminology the TerminologyCapabilities."""
    pairs = requests.query_pairs(environ.get("QUERY_STRING", ""))
    requests.require_format(pairs)
    mode = dict(pairs).get("mode", "full")
    parameter_storage.look()
    statements: dict[str, Callable[[str], bytes]] = {
        "full": capability.statement,
        "terminology": capability.terminology,
    }
    if mode not in statements:
        raise Refusal(400, "not-supported", "mode ต้องเป็น full หรือ terminology", "mode is full or terminology")
    return _printed(statements[mode](requests.base_of(environ)), pairs)


def _described(environ: Environ) -> Answer:
    """The OpenAPI description, of all types or of those that `_type` names."""
    pairs = requests.query_pairs(environ.get("QUERY_STRING", ""))
    parameter_storage.look()
    base = requests.base_of(environ)
    wanted = [rtype for name, value in pairs if name == "_type" for rtype in value.split(",")]
    if any(name != "_type" for name, _ in pairs) or not SERVED.issuperset(wanted):
        raise Refusal(
            400, "not-supported", "ใช้ได้เฉพาะ _type ที่เป็นชนิดของ FHIR R4", "only _type is taken, with types of FHIR R4"
        )
    kept = (
        ("Content-Type", "application/json"),
        ("Cache-Control", "public, max-age=3600"),
        ("Vary", "Accept-Encoding"),
    )
    if wanted:
        return Answer(200, openapi.described_types(base, set(wanted)), kept)
    if "gzip" in environ.get("HTTP_ACCEPT_ENCODING", ""):
        return Answer(200, openapi.packed(base), (*kept, ("Content-Encoding", "gzip")))
    return Answer(200, openapi.described(base), kept)


# What is told without a token: what this server is, never what it holds.
_OPEN: dict[str, Callable[[Environ], Answer]] = {"metadata": _metadata, "openapi.json": _described}


def _printed(body: bytes, pairs: list[tuple[str, str]]) -> Answer:
    """An answer that is not cut, on one line or, with `_pretty=true`, indented for people."""
    return Answer(200, Shape(pretty=("_pretty", "true") in pairs).printed(body))


def _route(environ: Environ, method: str, parts: list[str], permit: Permit, scopes: frozenset[str]) -> Answer:
    rtype, rest = parts[0], parts[1:]
    if not rest:
        requests.require_method(method, "GET", "HEAD")
        requests.require_scope(scopes, rtype, "s")
        return _search(environ, permit, scopes, rtype, requests.query_pairs(environ.get("QUERY_STRING", "")))
    if rest == ["_search"]:
        requests.require_method(method, "POST")
        requests.require_scope(scopes, rtype, "s")
        pairs = [*requests.query_pairs(environ.get("QUERY_STRING", "")), *requests.form_pairs(environ)]
        return _search(environ, permit, scopes, rtype, pairs)
    if rest[-1] == "_history" and len(rest) < 3:
        return _history(environ, method, permit, scopes, (rtype, requests.resource_id(rest[0]) if rest[1:] else None))
    if rest[1:2] == ["_history"] and len(rest) == 3:
        requests.require_method(method, "GET", "HEAD")
        requests.require_scope(scopes, rtype, "r")
        wanted = requests.read_shape(environ, rtype)
        return _sent(
            environ, rtype, service.read_version(permit, rtype, requests.resource_id(rest[0]), rest[2]), wanted
        )
    if len(rest) > 1 or rest == ["_history"]:
        raise no_address()
    requests.require_method(method, "GET", "HEAD")
    requests.require_scope(scopes, rtype, "r")
    rid, wanted = requests.resource_id(rest[0]), requests.read_shape(environ, rtype)
    return _sent(environ, rtype, service.read_versioned(permit, rtype, rid), wanted)


def _sent(environ: Environ, rtype: str, found: Version | None, wanted: Shape) -> Answer:
    """A version that was read, as much of it as is wanted, or 304 where the client has it. `Prefer: return` is about
    writes and changes nothing. A Patient that shows, or showed, others of the same human is always sent: such links
    come and go without a new version, and one that went must not be kept (decision 0184).
    """
    if found is None:
        raise not_found()
    tag = f'"{found.vid}"'
    headers = (("ETag", "W/" + tag), ("Last-Modified", format_datetime(found.changed.astimezone(UTC), usegmt=True)))
    if not found.linked and _has(environ, tag, found.changed):
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
    requests.require_method(method, "GET", "HEAD")
    for right in "r" if rid else "rs":
        requests.require_scope(scopes, rtype or "*", right)
    pairs = requests.query_pairs(environ.get("QUERY_STRING", ""))
    body = service.history(permit, rtype, rid, pairs, base=requests.base_of(environ))
    if body is None:
        raise not_found()
    return _printed(body, pairs)


def _search_all(environ: Environ, method: str, permit: Permit, scopes: frozenset[str]) -> Answer:
    """A search of several types: each of those named needs the scope, all of them where none is."""
    requests.require_method(method, "GET", "HEAD")
    return _search(environ, permit, scopes, None, requests.query_pairs(environ.get("QUERY_STRING", "")))


def _search_all_posted(environ: Environ, method: str, permit: Permit, scopes: frozenset[str]) -> Answer:
    requests.require_method(method, "POST")
    pairs = [*requests.query_pairs(environ.get("QUERY_STRING", "")), *requests.form_pairs(environ)]
    return _search(environ, permit, scopes, None, pairs)


def _history_of_all(environ: Environ, method: str, permit: Permit, scopes: frozenset[str]) -> Answer:
    return _history(environ, method, permit, scopes, (None, None))


_OF_EVERYTHING: dict[str, Callable[[Environ, str, Permit, frozenset[str]], Answer]] = {
    "": _search_all,
    "_search": _search_all_posted,
    "_history": _history_of_all,
}


def _search(
    environ: Environ, permit: Permit, scopes: frozenset[str], rtype: str | None, pairs: list[tuple[str, str]]
) -> Answer:
    lenient = "handling=lenient" in environ.get("HTTP_PREFER", "").replace(" ", "").lower()

    def require(name: str) -> None:  # a chain or an include needs the scope of the other type too
        requests.require_scope(scopes, name, "s")

    found = service.search(permit, rtype, pairs, base=requests.base_of(environ), lenient=lenient, require=require)
    return Answer(200, found)


def _audit_events(environ: Environ, rest: list[str], permit: Permit, scopes: frozenset[str]) -> Answer:
    """The log, or one fact of it: what clients sent as AuditEvent is a resource like others."""
    requests.require_scope(scopes, audit_events.TYPE, "r" if rest else "s")
    pairs, base = requests.query_pairs(environ.get("QUERY_STRING", "")), requests.base_of(environ)
    requests.require_format(pairs)
    body = audit_events.read(permit, rest[0], base) if rest else audit_events.search(permit, pairs, base)
    if body is None:
        raise not_found()
    return _printed(body, pairs)


def _terminology(environ: Environ, method: str, parts: list[str]) -> Answer:
    """Public content: a valid token, no permit, no fact in the log."""
    pairs = requests.query_pairs(environ.get("QUERY_STRING", ""))
    rtype, *rest = parts
    if len(rest) == 1 and (rtype, rest[0]) in terminology.OPERATIONS:
        requests.require_method(method, "GET", "HEAD", "POST")
        posted = requests.posted(environ, "application/fhir+json", "application/json") if method == "POST" else b""
        return _printed(terminology.run((rtype, rest[0]), pairs, posted), pairs)
    requests.require_method(method, "GET", "HEAD")
    if rest:
        wanted = requests.read_shape(environ, rtype)
        return Answer(200, wanted.printed(wanted.cut(rtype, terminology.read(requests.resource_id(rest[0])))))
    return _printed(terminology.search(requests.base_of(environ), pairs), pairs)
