"""Bulk data over HTTP: kick-off, status, files.

A job is told of, and its files are given, only to the client that asked for it, while that client still sees the same
facility; to everybody else it does not exist.
Source: HL7 Bulk Data Access 2.0.0; FHIR R4 asynchronous pattern.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlencode

import orjson

from suksala import signin
from suksala.foundation import bodies, clock

from . import bulk, bulk_storage, dates, exact, exporting, loading, outcome, requests, view_formats, views
from .answers import Answer, Refusal, not_found
from .bulk import Asker
from .bulk_storage import BulkTask, File, Kind
from .calls import Call
from .exporting import Level, Wish
from .parameters import STORED

RETRY_SECONDS = 2


def export_system(call: Call) -> Answer:
    """Everything that the client may read."""
    return _export(call, "system")


def export_patients(call: Call) -> Answer:
    """The records of all patients."""
    return _export(call, "Patient")


def export_group(call: Call) -> Answer:
    """The records of the patients in a Group."""
    call.require("Group", "r")
    return _export(call, "Group")


def export_view(call: Call) -> Answer:
    """The rows of a ViewDefinition, as many as there are."""
    _require_async(call)
    asked = views.read_wish(call.permit, call.pairs, call.posted(most=requests.MOST_RESOURCE), call.require)
    if asked.resources or asked.limit is not None or asked.format == "json":
        raise Refusal(
            400,
            "not-supported",
            "$export ของ ViewDefinition ไม่รับ resource และ _limit และ _format ต้องเป็น ndjson csv หรือ parquet",
            "$export of a ViewDefinition takes neither resource nor _limit; _format is ndjson, csv or parquet",
        )
    wish = Wish(
        types=[asked.view.resource],
        since=dates.instant(asked.since) if asked.since else "",
        patients=asked.patients,
        view=exact.dumps(asked.definition).decode(),
        format=asked.format or "ndjson",
        header=asked.header,
    )
    exporting.persons(call.permit, wish)  # a patient that is not there is told now
    return _accepted(call, _begin(call, wish))


def _export(call: Call, level: Level) -> Answer:
    _require_async(call)
    pairs = [*call.pairs, *_posted(call)]
    wish = exporting.read_wish(pairs, level, call.rid, lenient="handling=lenient" in _prefer(call))
    exporting.require(wish, lambda rtype, right: signin.has_scope(call.client.scopes, rtype, right))
    exporting.persons(call.permit, wish)  # a Group or a patient that is not there is told now
    return _accepted(call, _begin(call, wish))


def _begin(call: Call, wish: Wish) -> BulkTask:
    bulk.purge()
    require_room(call, "export")
    signin.begin_export(call.client)
    query = call.environ.get("QUERY_STRING", "")
    place = "/".join(part for part in (("Patient" if wish.level == "Patient" else call.rtype), call.rid) if part)
    request = f"{call.base}/{place}{'/' if place else ''}$export{'?' if query else ''}{query}"
    return bulk.begin("export", exporting.as_wish(wish), _asker(call, request))


def _asker(call: Call, request: str) -> Asker:
    return Asker(call.client.name, call.client.hospcode, call.base, request)


def require_room(call: Call, kind: Kind) -> None:
    """Refuse a client that has too many jobs at work."""
    if len(bulk_storage.open_jobs(call.client.name, kind)) >= bulk.MOST_OPEN:
        raise Refusal(
            429,
            "throttled",
            f"มีงานค้างอยู่ {bulk.MOST_OPEN} งานแล้ว รอให้เสร็จหรือยกเลิกก่อน",
            f"{bulk.MOST_OPEN} jobs are at work; wait for one, or cancel it",
            ("Retry-After", "60"),
        )


def _prefer(call: Call) -> str:
    return str(call.environ.get("HTTP_PREFER", "")).replace(" ", "").lower()


def _require_async(call: Call) -> None:
    if "respond-async" not in _prefer(call):
        raise Refusal(400, "invalid", "ต้องส่ง Prefer: respond-async", "send Prefer: respond-async")


def _posted(call: Call) -> list[tuple[str, str]]:
    """The parameters of a posted Parameters resource as pairs."""
    raw = call.posted()
    if not raw:
        return []
    body = exact.loads(raw)
    if not isinstance(body, dict) or body.get("resourceType") != "Parameters":
        raise Refusal(400, "structure", "เนื้อหาต้องเป็น Parameters", "the body is a Parameters resource")
    return [_pair(part) for part in body.get("parameter", [])]


def _pair(part: Any) -> tuple[str, str]:
    values = [value for name, value in part.items() if name.startswith("value")] if isinstance(part, dict) else []
    value = values[0].get("reference") if len(values) == 1 and isinstance(values[0], dict) else next(iter(values), None)
    if len(values) != 1 or not isinstance(value, str) or not isinstance(part.get("name"), str):
        raise Refusal(400, "structure", "พารามิเตอร์ต้องมีชื่อและค่าหนึ่งค่า", "a parameter has a name and one value")
    return part["name"], value


# ---- import ---------------------------------------------------------------------------------------------------------

_NDJSON = frozenset({"application/fhir+ndjson", "application/ndjson", "application/x-ndjson"})


def load(call: Call) -> Answer:
    """Take an NDJSON file and ask for it to be written."""
    _require_async(call)
    if not any(signin.has_scope(call.client.scopes, rtype, right) for rtype in STORED for right in "cu"):
        call.require("*", "c")
    kind = call.environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
    if kind not in _NDJSON:
        raise _not_lines(call)
    if call.environ.get("HTTP_CONTENT_ENCODING", "identity").lower() != "identity":
        raise Refusal(415, "not-supported", "ส่งโดยไม่บีบอัด", "send it without Content-Encoding")
    bulk.purge()
    require_room(call, "import")
    job = bulk.new_id()
    try:
        sha256, size = loading.receive(_reader(call), job, loading.MOST_FILE)
    except BaseException:
        shutil.rmtree(bulk.folder(job, "import"), ignore_errors=True)
        raise
    begun = bulk.begin("import", {"sha256": sha256}, _asker(call, f"{call.base}/$import"), job=job, total=size)
    return _accepted(call, begun)


def _not_lines(call: Call) -> Refusal:
    """A manifest of addresses is refused by its own sentence: this server fetches nothing."""
    if call.environ.get("CONTENT_TYPE", "").lower().startswith(("application/fhir+json", "application/json")):
        return Refusal(
            400,
            "not-supported",
            "ระบบไม่ดึงแฟ้มจากที่อยู่ใด ส่ง NDJSON มาในเนื้อหาของคำขอนี้ (application/fhir+ndjson)",
            "this server fetches no addresses; post the NDJSON itself (application/fhir+ndjson)",
        )
    return Refusal(415, "not-supported", "ต้องเป็น application/fhir+ndjson", "send application/fhir+ndjson")


def _reader(call: Call) -> Callable[[int], bytes]:
    """The body in pieces, as much as Content-Length says. A file in chunks is refused: where it broke off between two
    lines, the web server tells its end as that of a whole one.
    """
    source = call.environ["wsgi.input"]
    length = call.environ.get("CONTENT_LENGTH", "")
    if not length:
        if bodies.is_chunked(call.environ):
            raise Refusal(
                411, "required", "ส่งพร้อม Content-Length ไม่แบ่งเป็นชิ้น", "send it with Content-Length, not in chunks"
            )
        return lambda _: b""
    if not (length.isascii() and length.isdigit()) or int(length) > loading.MOST_FILE:
        raise Refusal(
            413,
            "too-long",
            f"แฟ้มใหญ่เกิน {loading.MOST_FILE:,} ไบต์",
            f"the file is larger than {loading.MOST_FILE:,} bytes",
        )
    left = int(length)

    def read(most: int) -> bytes:
        nonlocal left
        block = bytes(source.read(min(most, left))) if left else b""
        if left and not block:
            raise Refusal(400, "incomplete", "แฟ้มมาไม่ครบ ส่งใหม่", "the file broke off; send it again")
        left -= len(block)
        return block

    return read


def _accepted(call: Call, job: BulkTask) -> Answer:
    return Answer(202, b"", (("Content-Location", f"{call.base}/$bulk-status?{urlencode({'job': job.id})}"),))


# ---- what became of it ----------------------------------------------------------------------------------------------


def _mine(call: Call) -> BulkTask:
    """The job that the address names, if this client asked for it."""
    found = bulk_storage.find(dict(call.pairs).get("job", ""))
    if found is None or (found.client, found.hospcode) != (call.client.name, call.client.hospcode):
        raise not_found()
    if found.until <= clock.now():
        raise not_found()
    return found


def status(call: Call) -> Answer:
    """202 while it works, then what it made; DELETE ends it and takes its files away."""
    job = _mine(call)
    if call.method == "DELETE":
        bulk.cancel(job)
        return Answer(202, b"")
    if job.is_open:
        return Answer(202, b"", (("X-Progress", progress(job)), ("Retry-After", str(RETRY_SECONDS))))
    if job.problem:
        told = job.problem
        body = outcome.outcome(told["code"], "processing", told["th"], told["en"])
        return Answer(int(told["status"]), body)
    until = format_datetime(job.until.astimezone(UTC), usegmt=True)
    return Answer(200, orjson.dumps(manifest(job)), (("Content-Type", "application/json"), ("Expires", until)))


def progress(job: BulkTask) -> str:
    """How far a job is, in a few words for people."""
    if job.state == "waiting" or not job.total:
        return "waiting" if job.state == "waiting" else "choosing resources"
    if job.kind == "import":
        return f"{min(99, 100 * loading.done(job) // (loading.PASSES * job.total))}%"
    return f"{100 * int(job.place.get('page', 0)) // job.total}%"


def manifest(job: BulkTask) -> dict[str, Any]:
    """What a job made, as the implementation guide names it; of an import, how many lines became what."""
    files = bulk_storage.files(job.id)
    found: dict[str, Any] = {
        "transactionTime": dates.instant(job.moment),
        "request": job.request,
        "requiresAccessToken": True,
        "output": [_told(job, file) for file in files if file.kind == "output"],
        "error": [_told(job, file) for file in files if file.kind == "error"],
    }
    if job.kind == "import":
        counted = {name: job.place[name] for name in ("written", "unchanged", "refused")}
        return {**found, "extension": {**counted, "types": job.place["types"]}}
    deleted = [_told(job, file) for file in files if file.kind == "deleted"]
    return {**found, "deleted": deleted} if deleted else found


def _told(job: BulkTask, file: File) -> dict[str, Any]:
    address = urlencode({"job": job.id, "name": file.name})
    return {"type": file.rtype, "url": f"{job.base}/$bulk-file?{address}", "count": file.lines}


def file(call: Call) -> Answer:
    """A finished file, for the rights that the client has now."""
    job = _mine(call)
    name = dict(call.pairs).get("name", "")
    found = next((one for one in bulk_storage.files(job.id) if one.name == name), None)
    path = bulk.folder(job.id, job.kind) / name
    if found is None or job.state != "done" or not path.is_file():
        raise not_found()
    if found.kind == "output":
        call.require(found.rtype, "r")
    of_view = bool(job.wish.get("view")) and path.suffix[1:] in view_formats.MEDIA
    media = view_formats.MEDIA[path.suffix[1:]] if of_view else "application/fhir+ndjson"
    return Answer(200, b"", (("Content-Type", media),), path)
