"""Bundles that do: batch, where each entry stands for itself, and transaction, where all entries stand together.

Source: FHIR R4 http, batch/transaction; bundle, transaction and batch rules.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from io import BytesIO
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

import orjson

from suksala import signin
from suksala.foundation import database

from . import alike, dates, exact, naming, outcome, patching, requests, usage, writing
from .answers import Answer, Refusal
from .definitions import resource_types
from .outcome import Issue
from .requests import Environ
from .writes import Resource, Write, WriteProblem, Writer, Written, refused

MOST_ENTRIES = 10_000
_TYPES = frozenset(resource_types())
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"})
_HEADERS = {
    "ifMatch": "HTTP_IF_MATCH",
    "ifNoneMatch": "HTTP_IF_NONE_MATCH",
    "ifNoneExist": "HTTP_IF_NONE_EXIST",
    "ifModifiedSince": "HTTP_IF_MODIFIED_SINCE",
}
# An entry is asked by whom the Bundle is, for the same purpose, and is no request more of its budget.
_WHO = ("HTTP_AUTHORIZATION", signin.PROVEN, "HTTP_PURPOSE_OF_USE", "suksala.client")
_HANDED_ON = ("HTTP_HOST", "SERVER_NAME", "wsgi.url_scheme", "HTTP_ACCEPT", *_WHO)
Respond = Callable[[Environ], Answer]


def placed(problem: WriteProblem) -> list[Issue]:
    """The issues of a problem, in a transaction with the entry that they are about."""
    if problem.entry is None:
        return problem.issues
    return [issue._replace(expression=_place(problem.entry, issue.expression)) for issue in problem.issues]


def _place(entry: int, expression: str | None) -> str:
    _, _, rest = (expression or "").partition(".")
    return f"Bundle.entry[{entry}]" + (f".resource.{rest}" if rest else "")


def run(environ: Environ, bundle: Resource, writer: Writer, raising: Respond, answering: Respond) -> bytes:
    """Do what a Bundle asks, and answer with a Bundle of the same order.

    raising    answers one request and raises its problems: a read inside a transaction
    answering  answers one request, problems included: an entry of a batch
    """
    entries = _entries(bundle)
    if bundle["type"] == "batch":
        answers = [_response(_alone(environ, entry, answering)) for entry in entries]
        return _bundle("batch-response", answers)
    return _bundle("transaction-response", _transaction(environ, entries, writer, raising))


def _entries(bundle: Resource) -> list[dict[str, Any]]:
    """The entries, each with a request that can be read. Raises Refusal."""
    if bundle.get("resourceType") != "Bundle" or bundle.get("type") not in ("batch", "transaction"):
        raise Refusal(
            400, "invalid", "ต้องเป็น Bundle ชนิด batch หรือ transaction", "send a Bundle of type batch or transaction"
        )
    entries = bundle.get("entry", [])
    if not isinstance(entries, list):
        raise _wrong(0)
    if len(entries) > MOST_ENTRIES:
        raise Refusal(413, "too-long", f"มีเกิน {MOST_ENTRIES:,} รายการ", f"it has more than {MOST_ENTRIES:,} entries")
    for number, entry in enumerate(entries):
        asked = entry.get("request") if isinstance(entry, dict) else None
        texts = isinstance(asked, dict) and all(isinstance(asked.get(name, ""), str) for name in ("url", *_HEADERS))
        if not (texts and asked and asked.get("method") in _METHODS and asked.get("url")):
            raise _wrong(number)
        if not isinstance(entry.get("resource", {}), dict) or not isinstance(entry.get("fullUrl", ""), str):
            raise _wrong(number)
    return entries


def _wrong(number: int) -> Refusal:
    return Refusal(
        400,
        "structure",
        f"Bundle.entry[{number}] ต้องมี request.method และ request.url",
        f"Bundle.entry[{number}] needs request.method and request.url",
    )


def _environ(environ: Environ, entry: Mapping[str, Any]) -> Environ:
    """An entry as a request of its own, of the same client."""
    asked = entry["request"]
    url = _address(asked["url"])
    raw = exact.dumps(entry["resource"]) if "resource" in entry else b""
    made = {name: environ[name] for name in _HANDED_ON if name in environ}
    made |= {header: asked[name] for name, header in _HEADERS.items() if name in asked}
    kind = "application/fhir+json"
    if asked["method"] == "PATCH" and entry.get("resource", {}).get("resourceType") == "Binary":
        kind, raw = str(entry["resource"].get("contentType", "")), patching.unpacked(entry["resource"])
    return {
        **made,
        "REQUEST_METHOD": asked["method"],
        "PATH_INFO": requests.PREFIX + "/" + unquote(url.path).encode().decode("latin-1"),
        "QUERY_STRING": url.query,
        "CONTENT_TYPE": kind,
        "CONTENT_LENGTH": str(len(raw)),
        "wsgi.input": BytesIO(raw),
    }


def _alone(environ: Environ, entry: Mapping[str, Any], answering: Respond) -> Answer:
    """The answer to an entry that stands for itself; one that is no request has its own problem."""
    try:
        made = _environ(environ, entry)
    except WriteProblem as problem:
        return Answer(problem.http_status, outcome.of(problem.issues))
    except Refusal as refusal:
        return refusal.answer
    found = answering(made)
    return found._replace(body=b"") if entry["request"]["method"] == "HEAD" and found.status < 400 else found


def _address(text: str) -> SplitResult:
    try:
        return urlsplit(text)
    except ValueError as error:
        raise Refusal(400, "value", "request.url ไม่ใช่ที่อยู่", "request.url is not an address") from error


def _transaction(
    environ: Environ, entries: list[dict[str, Any]], writer: Writer, raising: Respond
) -> list[dict[str, Any]]:
    """All writes together, then the reads, in one transaction."""
    writes = {
        n: _write(n, entry) for n, entry in enumerate(entries) if entry["request"]["method"] not in ("GET", "HEAD")
    }
    usage.pay(naming.people_asked_for(list(writes.values())))
    named = [write.full_url for write in writes.values() if write.full_url]
    if len(set(named)) < len(named):
        raise refused(400, "invalid", "fullUrl ซ้ำกัน", "a fullUrl is given twice")
    if len(writes) == len(entries):
        return _all_written(writing.apply(writer, list(writes.values())), writer, environ)
    with database.transaction():
        answers = _all_written(writing.apply(writer, list(writes.values())), writer, environ)
        done = dict(zip(writes, answers, strict=True))
        return [
            done[n] if n in done else _response(raising(_environ(environ, entry))) for n, entry in enumerate(entries)
        ]


def _write(number: int, entry: Mapping[str, Any]) -> Write:
    """An entry of a transaction as a write. Raises WriteProblem with the entry's place."""
    try:
        return _read(entry)
    except WriteProblem as problem:
        problem.entry = number
        raise


def _read(entry: Mapping[str, Any]) -> Write:
    asked, body = entry["request"], entry.get("resource")
    full_url = entry.get("fullUrl")
    if full_url and not full_url.startswith(("urn:", "http:", "https:")):
        raise refused(400, "value", "fullUrl ต้องเป็น urn: หรือ URL", "a fullUrl is a urn or an address")
    url = _address(asked["url"])
    rtype, _, rest = unquote(url.path).strip("/").partition("/")
    if rtype not in _TYPES or "/" in rest or (rest and url.query) or (asked["method"] == "POST" and rest):
        raise refused(
            400, "not-supported", "request.url ใช้ในการทำ transaction ไม่ได้", "a transaction cannot do this request.url"
        )
    if asked["method"] != "POST" and not rest and not url.query:
        raise refused(400, "required", "request.url ต้องมี id หรือเงื่อนไข", "request.url needs an id or criteria")
    rid = requests.resource_id(rest) if rest else None
    criteria = requests.query_pairs(url.query) if url.query else None
    if asked["method"] == "POST" and asked.get("ifNoneExist") is not None:
        criteria = requests.query_pairs(asked["ifNoneExist"])
    write = Write(
        asked["method"],
        rtype,
        rid,
        criteria=criteria,
        if_match=requests.if_match(asked.get("ifMatch")),
        absent=requests.if_none_match(asked.get("ifNoneMatch")),
        full_url=full_url,
    )
    if write.method == "DELETE":
        return write
    if body is None:
        raise refused(400, "required", "รายการนี้ต้องมี resource", "this entry needs a resource")
    if write.method == "PATCH":
        write.patch = patching.of_entry(body)
        return write
    if body.get("resourceType") != rtype:
        raise refused(400, "invalid", "resourceType ไม่ตรงกับ request.url", "resourceType is not that of request.url")
    if rid is not None and body.get("id") != rid:
        raise refused(400, "invalid", "id ไม่ตรงกับ request.url", "the id is not that of request.url")
    write.body = body
    return write


def _all_written(done: list[Written], writer: Writer, environ: Environ) -> list[dict[str, Any]]:
    """The entries of the answer to writes: bare unless the resources were asked for."""
    entries = [_written(one, writer) for one in done]
    if "return=representation" in environ.get("HTTP_PREFER", "").replace(" ", "").lower():
        told = [n for n, one in enumerate(done) if one.body and writer.may_read(one.rtype)]
        shown = alike.shown_rows(writer.permit, ((done[n].rtype, done[n].rid, done[n].body) for n in told))
        for n, (_, _, body) in zip(told, shown, strict=True):
            entries[n]["resource"] = orjson.Fragment(body)
    return entries


def _written(done: Written, writer: Writer) -> dict[str, Any]:
    """What became of one write."""
    found: dict[str, Any] = {"status": str(done.status)}
    if done.vid:
        found |= {"etag": f'W/"{done.vid}"', "lastModified": dates.instant(done.changed)}
    if done.status == 201:
        found["location"] = f"{writer.base}/{done.rtype}/{done.rid}/_history/{done.vid}"
    elif done.status == 200:
        found["location"] = f"{writer.base}/{done.rtype}/{done.rid}"
    if done.warnings:
        found["outcome"] = outcome.resource(done.warnings)
    return {"response": found}


def _response(answer: Answer) -> dict[str, Any]:
    headers = dict(answer.headers)
    if answer.file or "Content-Type" in headers:  # a file or a description is no resource and has no place in a Bundle
        if answer.file and answer.passing:
            answer.file.unlink(missing_ok=True)
        answer, headers = _ALONE.answer, {}
    found: dict[str, Any] = {"status": str(answer.status)}
    if "ETag" in headers:
        found["etag"] = headers["ETag"]
    if "Location" in headers:
        found["location"] = headers["Location"]
    if answer.status >= 400:
        return {"response": {**found, "outcome": orjson.Fragment(answer.body)}}
    return {"resource": orjson.Fragment(answer.body), "response": found} if answer.body else {"response": found}


_ALONE = Refusal(400, "not-supported", "ขอที่อยู่นี้นอก Bundle", "ask for this address by itself, not in a Bundle")


def _bundle(kind: str, entries: list[dict[str, Any]]) -> bytes:
    head: dict[str, Any] = {"resourceType": "Bundle", "type": kind}
    return orjson.dumps({**head, "entry": entries} if entries else head)
