"""Writes over HTTP: which address and headers mean which write, and how what became of it is told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC
from email.utils import format_datetime

from suksala import audit
from suksala.consent import Permit
from suksala.signin import Client

from . import alike, exact, naming, outcome, patching, requests, transactions, usage, writing
from .answers import Answer, Refusal, no_address
from .definitions import resource_types
from .requests import Environ
from .writes import Resource, Write, WriteProblem, Writer, Written

_FHIR = ("application/fhir+json", "application/json")
_METHODS = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_TYPES = frozenset(resource_types())
Respond = Callable[[Environ], Answer]


def is_write(method: str, parts: list[str]) -> bool:
    """Whether a request writes: POST to the base or to a type, the others to a type or to one resource."""
    if method not in _METHODS or not parts:
        return method == "POST"
    known = parts[0] in _TYPES and not parts[-1].startswith(("_", "$"))
    return known and len(parts) <= (1 if method == "POST" else 2)


def writer(environ: Environ, client: Client, permit: Permit) -> Writer:
    """Who writes. A token without a right is refused where the right is asked for."""

    def require(rtype: str, right: str) -> None:
        requests.require_scope(client.scopes, rtype, right)

    return Writer(permit, client.hospcode, require, requests.base_of(environ), client.lenient)


def answer(environ: Environ, method: str, parts: list[str], who: Writer, reading: tuple[Respond, Respond]) -> Answer:
    """Do what a request asks to write.

    reading  how an entry of a Bundle is answered: with problems raised, and with problems answered
    """
    try:
        return _done(environ, method, parts, who, reading)
    except WriteProblem as problem:  # a refusal answers a question too, and what was rolled back tells of nothing
        _tell_refused(who, method, parts, problem)
        raise


def _tell_refused(who: Writer, method: str, parts: list[str], problem: WriteProblem) -> None:
    detail = {"method": method, "address": "/".join(parts), "status": problem.http_status}
    reader, purpose = who.permit.reader, str(who.permit.purpose)
    audit.record("write.refused", actor=reader, purpose=purpose, facility=who.hospcode, detail=detail)


def _done(environ: Environ, method: str, parts: list[str], who: Writer, reading: tuple[Respond, Respond]) -> Answer:
    if not parts:
        return Answer(200, transactions.run(environ, _resource(environ), who, *reading))
    write = _write(environ, method, parts)
    usage.pay(naming.people_asked_for([write]))
    try:
        [done] = writing.apply(who, [write])
    except WriteProblem as problem:
        problem.entry = None  # it is the whole request
        raise
    return told(environ.get("HTTP_PREFER", ""), done, who)


def _write(environ: Environ, method: str, parts: list[str]) -> Write:
    rtype, *rest = parts
    rid = requests.resource_id(rest[0]) if rest else None
    pairs = [p for p in requests.query_pairs(environ.get("QUERY_STRING", "")) if p[0] not in ("_format", "_pretty")]
    match = requests.if_match(environ.get("HTTP_IF_MATCH"))
    if method == "POST":
        only = environ.get("HTTP_IF_NONE_EXIST")
        if pairs:
            raise no_address()
        criteria = requests.query_pairs(only) if only is not None else None
        return Write("POST", rtype, body=of_type(rtype, None, _resource(environ)), criteria=criteria)
    if rid is None and not pairs:
        raise Refusal(400, "required", "ต้องระบุ id หรือเงื่อนไข", "name an id, or criteria for a conditional write")
    if rid is not None and pairs:
        raise no_address()
    criteria = pairs if rid is None else None
    if method == "DELETE":
        return Write("DELETE", rtype, rid, criteria=criteria, if_match=match)
    if method == "PATCH":
        kind = environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
        raw = requests.posted(environ, patching.JSON_PATCH, *_FHIR, most=requests.MOST_RESOURCE)
        patch = patching.read(exact.loads(raw), is_json_patch=kind == patching.JSON_PATCH)
        return Write("PATCH", rtype, rid, patch=patch, criteria=criteria, if_match=match)
    absent = requests.if_none_match(environ.get("HTTP_IF_NONE_MATCH"))
    body = of_type(rtype, rid, _resource(environ))
    return Write("PUT", rtype, rid, body, criteria=criteria, if_match=match, absent=absent)


def _resource(environ: Environ) -> Resource:
    raw = requests.posted(environ, *_FHIR, most=requests.MOST_RESOURCE)
    found = exact.loads(raw) if raw else None
    if not isinstance(found, dict):
        raise Refusal(400, "structure", "เนื้อหาต้องเป็นทรัพยากร FHIR หนึ่งรายการ", "the body is one FHIR resource")
    return found


def of_type(rtype: str, rid: str | None, body: Resource) -> Resource:
    """The resource, of the type and the id that its address says."""
    if body.get("resourceType") != rtype:
        raise Refusal(400, "invalid", f"resourceType ต้องเป็น {rtype}", f"resourceType is {rtype}, as in the address")
    if rid is not None and body.get("id") != rid:
        raise Refusal(400, "invalid", "id ในเนื้อหาต้องตรงกับที่อยู่", "the id in the body is the one in the address")
    return body


def told(prefer: str, done: Written, who: Writer) -> Answer:
    """What became of a write, as much of it as `Prefer: return` asks for: the resource when it says nothing, and only
    to a client that may read it.
    """
    headers = [("ETag", f'W/"{done.vid}"')] if done.vid else []
    if done.vid:
        headers.append(("Last-Modified", format_datetime(done.changed.astimezone(UTC), usegmt=True)))
    if done.status == 201:
        headers.append(("Location", f"{who.base}/{done.rtype}/{done.rid}/_history/{done.vid}"))
    if done.status == 204:
        return Answer(204, b"", tuple(headers))
    wanted = prefer.replace(" ", "").lower()
    if "return=minimal" in wanted or not who.may_read(done.rtype):
        return Answer(done.status, b"", tuple(headers))
    if "return=operationoutcome" in wanted:
        return Answer(done.status, outcome.of(done.warnings or [_FINE]), tuple(headers))
    [(_, _, body)] = alike.shown_rows(who.permit, [(done.rtype, done.rid, done.body)])
    return Answer(done.status, body, tuple(headers))


_FINE = outcome.Issue("SKL-FHIR-200", "informational", "รับแล้ว", "it was taken", "information")
