"""Bulk import: an NDJSON file becomes resources by the rules of every other write, each line for itself.

The file is gone through twice, first for its Patients, so their order does not matter. A batch, the place after it and
the end of the verdict file are one transaction: a load that was killed goes on there, and no line is done twice. It is
done when a search finds everything.
Source: HL7 Bulk Data `$import` (draft), FHIR R4 http (update as create); decision 0065.
"""

from __future__ import annotations

import hashlib
import os
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from functools import cache, partial
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, TypeVar

import orjson
import psycopg

from suksala.foundation import SuksalaError, clock, database, memory
from suksala.foundation.progress import Progress, silent

from . import bulk, bulk_storage, exact, outcome, requests, storage, writing
from .answers import Refusal
from .bulk import Acting, BulkProblem
from .bulk_storage import BulkTask, File
from .outcome import Issue
from .parameters import STORED
from .plans import Plan
from .writes import Resource, Write, WriteProblem, Writer

BATCH_LINES = 2000
BATCH_BYTES = 4 * 1024 * 1024
MOST_FILE = 16 * 1024**3
MOST_LINE = requests.MOST_RESOURCE
INPUT, VERDICTS = "input.ndjson", "verdicts.ndjson"
PASSES = 2
BEGINNING: Mapping[str, Any] = {
    "pass": 0, "offset": 0, "line": 0, "verdicts": 0, "said": 0,
    "written": 0, "unchanged": 0, "refused": 0, "types": {},
}  # fmt: skip
In = TypeVar("In")
Out = TypeVar("Out")
_PATIENT = b'"Patient"'
# What PostgreSQL or the printer refuses in one resource, where no rule before it did.
_OF_ONE = (SuksalaError, psycopg.DataError, psycopg.errors.ProgramLimitExceeded)


class Line(NamedTuple):
    """A line of the file: what is to be written and the warnings of it, or the faults for which it is not."""

    number: int
    write: Write | None
    issues: Sequence[Issue] = ()


class Raw(NamedTuple):
    """A line as it stands in the file; too long: None."""

    number: int
    text: bytes | None


class Chunk(NamedTuple):
    """Some lines, and where the file goes on."""

    lines: list[Raw]
    offset: int
    line: int


def run(job: str, watch: Progress | None = None, *, seconds: float = bulk.SLICE_SECONDS) -> bool:
    """Go on with a load; True when it is over."""
    told = watch or silent()
    with memory.collecting_paused(then_collect=True):  # refusals leave circles
        return bulk.carry_on(job, lambda found: _stretch(found, told, seconds), seconds=seconds)


def done(job: BulkTask) -> int:
    """How many bytes were gone through, in all passes."""
    at = {**BEGINNING, **job.place}
    return min(int(at["pass"]), PASSES) * (job.total or 0) + int(at["offset"])


def _stretch(job: BulkTask, watch: Progress, seconds: float) -> bool:
    """Do batches of one pass until it ends or the time is over; True when all is done and can be searched."""
    at = {**BEGINNING, **job.place}
    if at["pass"] == PASSES:
        storage.settle()  # what was written can be found before the status says that all is done
        _close(job, at)
        return True
    ends = clock.now() + timedelta(seconds=seconds)
    folder, name, turn = bulk.folder(job.id, "import"), job.id, int(at["pass"])
    with (folder / INPUT).open("rb") as source, _appending(folder / VERDICTS) as verdicts:
        before = bulk.acting(job)
        check = _writer(before, job)
        for chunk, made, go_on in _ahead(
            lambda chunk: _lines(name, turn, chunk, check), chunks(source, at["offset"], at["line"])
        ):
            watch.advance(chunk.offset - at["offset"])
            who = bulk.acting(job)
            writer = _writer(who, job)
            lines = made if who.same_rights(before) else _lines(name, turn, chunk, writer)
            moved = _batch(job, (chunk, lines), verdicts, partial(_write, writer, go_on))
            if moved is None:
                return False
            job, at = moved, dict(moved.place)
            if clock.now() >= ends:
                return False
    with database.transaction():
        bulk_storage.advance(job, {**at, "pass": at["pass"] + 1, "offset": 0, "line": 0})
    return False


def _ahead(work: Callable[[In], Out], given: Iterator[In]) -> Iterator[tuple[In, Out, Callable[[], None]]]:
    """Each thing given, the work on it, and how to begin with the next one in another thread: when only the database
    works, for Python does one thing at a time (measured: a fifth faster than beginning at once).
    """
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="loading") as pool:
        waiting: list[tuple[In, Future[Out]]] = []

        def begin() -> None:
            if not waiting and (item := next(given, None)) is not None:
                waiting.append((item, pool.submit(work, item)))

        begin()
        while waiting:
            item, done = waiting.pop()
            yield item, done.result(), begin
            begin()


def _appending(path: Path) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b")


def _writer(who: Acting, job: BulkTask) -> Writer:
    allows = cache(who.allows)

    def require(rtype: str, right: str) -> None:
        if not allows(rtype, right):
            raise BulkProblem(
                "โทเค็นนี้ไม่มีขอบเขตสำหรับการนี้", "the token has no scope for this", issue="forbidden", status=403
            )

    return Writer(who.permit, who.hospcode, require, job.base, who.lenient)


# ---- reading --------------------------------------------------------------------------------------------------------


def chunks(source: BinaryIO, offset: int, line: int) -> Iterator[Chunk]:
    """The lines of a file from a place on, in batches; empty ones are passed over, their numbers are not."""
    source.seek(offset)
    lines: list[Raw] = []
    size = 0
    while text := source.readline(MOST_LINE + 2):
        line += 1
        offset += len(text)
        if len(text) > MOST_LINE + 1 and not text.endswith(b"\n"):
            offset += _skip(source)
            lines.append(Raw(line, None))
        elif stripped := text.strip():
            lines.append(Raw(line, stripped))
        size += len(text)
        if len(lines) >= BATCH_LINES or size >= BATCH_BYTES:
            yield Chunk(lines, offset, line)
            lines, size = [], 0
    if size:
        yield Chunk(lines, offset, line)


def _skip(source: BinaryIO) -> int:
    """Pass over the rest of a line; how many bytes it had."""
    count = 0
    while text := source.readline(1024 * 1024):
        count += len(text)
        if text.endswith(b"\n"):
            break
    return count


def _lines(job: str, turn: int, chunk: Chunk, writer: Writer) -> list[Line]:
    """The lines that are this pass's to do, read and checked. Needs no database: another thread does it ahead."""
    return [line for raw in chunk.lines if (line := _line(job, turn, raw, writer)) is not None]


def _line(job: str, turn: int, raw: Raw, writer: Writer) -> Line | None:
    first = raw.text is not None and _PATIENT in raw.text  # a Patient written otherwise is done in the second pass
    if turn == 0 and not first:
        return None
    body, fault = _read(raw)
    if (turn == 0) != (first and body is not None and body["resourceType"] == "Patient"):
        return None
    if body is None:
        return Line(raw.number, None, [fault] if fault else [])
    rtype, rid = body["resourceType"], body.get("id")
    if rid is None:
        write = Write("POST", rtype, str(uuid.uuid5(uuid.UUID(job), str(raw.number))), body)
    else:
        write = Write("PUT", rtype, rid if isinstance(rid, str) else "", body)
    try:
        return Line(raw.number, write, writing.prepare(writer, write))
    except SuksalaError as problem:
        return Line(raw.number, None, issues_of(problem))


def _read(raw: Raw) -> tuple[Resource | None, Issue | None]:
    """The resource on a line, or what is wrong with the line itself."""
    if raw.text is None:
        most = f"{MOST_LINE:,}"
        return None, Issue(
            "SKL-FHIR-413", "too-long", f"บรรทัดยาวเกิน {most} ไบต์", f"the line is longer than {most} bytes"
        )
    try:
        body = exact.loads(raw.text)
    except exact.NotJson as problem:
        return None, Issue(problem.code, "structure", problem.th, problem.en)
    if not isinstance(body, dict) or body.get("resourceType") not in STORED:
        return None, Issue(
            "SKL-FHIR-400", "structure", "แต่ละบรรทัดต้องเป็นทรัพยากร FHIR R4", "each line is a resource of FHIR R4"
        )
    return body, None


def issues_of(problem: BaseException) -> list[Issue]:
    """Why a line was set aside, without anything from it."""
    if isinstance(problem, WriteProblem):
        return problem.issues
    if isinstance(problem, SuksalaError):
        return [Issue(problem.code, getattr(problem, "issue", "processing"), problem.th, problem.en)]
    th, en = "ฐานข้อมูลเก็บทรัพยากรนี้ไม่ได้", "the database cannot hold this resource"
    return [Issue("SKL-FHIR-422", "processing", th, en)]


# ---- writing --------------------------------------------------------------------------------------------------------


def _batch(
    job: BulkTask,
    part: tuple[Chunk, list[Line]],
    verdicts: BinaryIO,
    write: Callable[[Sequence[Line]], dict[int, Plan]],
) -> BulkTask | None:
    """Write the lines of a chunk; the job as it stands then. None when it is over, or somebody else went on with it."""
    chunk, lines = part
    at = {**BEGINNING, **job.place}
    for attempt in range(1, writing.MOST_TRIES + 1):
        try:
            with database.transaction():
                if not bulk_storage.hold(job):
                    return None
                told = _told(at, write(lines), lines)
                place = {**told.place, "offset": chunk.offset, "line": chunk.line}
                _append(verdicts, at["verdicts"], told.text)
                bulk_storage.advance(job, place)
            return replace(job, place=place)
        except writing.RACES:
            if attempt == writing.MOST_TRIES:
                raise
    raise AssertionError("unreachable")  # pragma: no cover


def _write(writer: Writer, meanwhile: Callable[[], None], lines: Sequence[Line]) -> dict[int, Plan]:
    """What became of every line that has something to write, by its number."""
    done: dict[int, Plan] = {}
    for some in _without_repeats(lines):
        plans = {number: writing.apart(write, issues) for number, write, issues in some if write}
        try:
            with database.transaction():
                writing.apply_apart(writer, list(plans.values()), meanwhile)
        except _OF_ONE:
            plans = {line.number: _alone(writer, line) for line in some}
        done |= plans
    return done


def _without_repeats(lines: Sequence[Line]) -> Iterator[list[Line]]:
    """The lines that write something, in order, cut before an id that stands in the present piece already."""
    some: list[Line] = []
    keys: set[tuple[str, str | None]] = set()
    for line in lines:
        if line.write is None:
            continue
        key = line.write.rtype, line.write.rid
        if key in keys:
            yield some
            some, keys = [], set()
        some.append(line)
        keys.add(key)
    if some:
        yield some


def _alone(writer: Writer, line: Line) -> Plan:
    """One line of a piece of which some line cannot be held."""
    assert line.write is not None  # noqa: S101 - the caller chose those
    plan = writing.apart(line.write, line.issues)
    try:
        with database.transaction():
            writing.apply_apart(writer, [plan])
    except _OF_ONE as problem:
        plan = writing.apart(line.write, ())
        plan.problem = WriteProblem(422, issues_of(problem))
    return plan


class Told(NamedTuple):
    """The counts after a batch, and its verdicts as NDJSON."""

    place: dict[str, Any]
    text: bytes


def _told(at: Mapping[str, Any], done: Mapping[int, Plan], lines: Sequence[Line]) -> Told:
    counts: Counter[str] = Counter()
    types = Counter(at["types"])
    text: list[bytes] = []
    for number, _, issues in lines:
        plan = done.get(number)
        said = issues if plan is None else issues_of(plan.problem) if plan.problem else plan.warnings
        became = "refused" if plan is None or plan.problem else "written" if plan.vid else "unchanged"
        counts[became] += 1
        if became == "written" and plan:
            types[plan.write.rtype] += 1
        if said:
            text.append(_verdict(number, said))
    raw = b"".join(text)
    sums = {name: at[name] + counts[name] for name in ("written", "unchanged", "refused")}
    sums |= {"said": at["said"] + len(text), "verdicts": at["verdicts"] + len(raw)}
    return Told({**at, **sums, "types": dict(types)}, raw)


def _verdict(number: int, issues: Sequence[Issue]) -> bytes:
    told = outcome.resource(issues)
    for issue in told["issue"]:
        issue["diagnostics"] = f"line {number}"
    return orjson.dumps({"resourceType": "OperationOutcome", "id": f"line-{number}", "issue": told["issue"]}) + b"\n"


def _append(verdicts: BinaryIO, end: int, text: bytes) -> None:
    """Put the verdicts of a batch where those before it end; what a killed batch left there is cut off."""
    verdicts.seek(end)
    verdicts.truncate()
    if text:
        verdicts.write(text)
        verdicts.flush()
        os.fsync(verdicts.fileno())


def _close(job: BulkTask, at: Mapping[str, Any]) -> None:
    said = [File(VERDICTS, 0, "error", "OperationOutcome", at["said"], at["verdicts"])] if at["said"] else []
    with database.transaction():
        bulk_storage.advance(job, {**at, "pass": PASSES + 1}, said)


# ---- asking for it --------------------------------------------------------------------------------------------------


def receive(read: Callable[[int], bytes], job: str, most: int) -> tuple[str, int]:
    """Keep the file of a load; (SHA-256, bytes). It is on the disk when this returns. Raises Refusal, nothing is kept.

    read  gives up to so many bytes, none at the end
    """
    digest, size = hashlib.sha256(), 0
    with bulk.durable(bulk.make_folder(job, "import") / INPUT) as out:
        while block := read(1024 * 1024):
            size += len(block)
            if size > most:
                raise Refusal(413, "too-long", f"แฟ้มใหญ่เกิน {most:,} ไบต์", f"the file is larger than {most:,} bytes")
            digest.update(block)
            out.write(block)
        if not size:
            raise Refusal(400, "required", "แฟ้มว่าง", "the file is empty")
    return digest.hexdigest(), size
