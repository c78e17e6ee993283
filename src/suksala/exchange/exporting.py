"""Bulk export: which resources, chosen once, and then written page by page as they are when they are read.

The choice is one statement under the permit: it keeps pages of up to 2,000 keys and writes one fact for every person in
the audit log. Each page is read later under the permit of that moment, so what was hidden or deleted meanwhile is left
out. Nothing changed until `transactionTime` is missing; what changed later may be in already, and is in the next export
again.
Source: HL7 Bulk Data Access 2.0.0, export; decision 0064.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, BinaryIO, Literal
from urllib.parse import parse_qsl

import orjson

from suksala.consent import Permit
from suksala.foundation import database
from suksala.foundation.progress import Progress, silent
from suksala.standards import fhir

from . import alike, bulk, bulk_storage, conditions, dates, exact, query, reads, service, view_formats
from .bulk import Acting, BulkProblem
from .bulk_storage import BulkTask, File
from .conditions import At, open_rows
from .domain import NAME, NUMBER, OPEN_TYPES, PUBLIC_PERSON
from .formats import is_format
from .parameters import STORED
from .predicate import Clause, either, opened, permitted
from .writes import Resource

Level = Literal["system", "Patient", "Group"]
PAGE_LINES = 2000
PAGE_BYTES = 8 * 1024 * 1024  # a page ends here too: letters with scans in them are large
FILE_LINES = 50_000
FILE_BYTES = 256 * 1024 * 1024
MOST_MILLISECONDS = 30 * 60_000  # of the choice
_NDJSON = {"application/fhir+ndjson", "application/ndjson", "ndjson"}
_FILTERS = frozenset({"_id", "_tag", "_profile", "_security", "_source", "_lastUpdated", "_filter", "_has", "_list"})


@dataclass
class Wish:
    """What is asked.

    group     id of the Group, at its level
    types     empty: every type that the client may read
    filters   (type, criteria as in a search)
    patients  ids; empty: all
    view      a ViewDefinition as JSON: its rows are exported, in `format`, instead of resources
    """

    level: Level = "system"
    group: str = ""
    types: list[str] = field(default_factory=list)
    since: str = ""
    until: str = ""
    filters: list[tuple[str, str]] = field(default_factory=list)
    patients: list[str] = field(default_factory=list)
    view: str = ""
    format: str = ""
    header: bool = True

    def moment(self, name: Literal["since", "until"]) -> datetime | None:
        """One end of the time asked for."""
        text = getattr(self, name)
        return dates.span(text)[0] if text else None


def read_wish(pairs: Iterable[tuple[str, str]], level: Level, group: str = "", *, lenient: bool = False) -> Wish:
    """Read the parameters of $export. Raises BulkProblem and SearchProblem.

    lenient  `Prefer: handling=lenient`: unknown parameters and types are passed over
    """
    wish = Wish(level, group)
    for name, value in pairs:
        if name == "_type":
            wish.types += _types(value, lenient=lenient)
        elif name in {"_since", "_until"}:
            _moment(wish, name, value)
        elif name == "_outputFormat":
            if value.replace(" ", "+") not in _NDJSON:
                raise BulkProblem(
                    "_outputFormat ใช้ได้เฉพาะ application/fhir+ndjson",
                    "_outputFormat is application/fhir+ndjson",
                    issue="not-supported",
                )
        elif name == "_typeFilter":
            wish.filters.append(_filter(value))
        elif name == "patient" and level != "system":
            wish.patients.append(value.removeprefix("Patient/"))
        elif not is_format(name, value) and not lenient:
            raise BulkProblem(
                "$export ใช้ได้เฉพาะ _type, _since, _until, _typeFilter, _outputFormat และ patient (ยกเว้นทั้งระบบ)",
                "$export takes _type, _since, _until, _typeFilter, _outputFormat, and patient below the system level",
                issue="not-supported",
            )
    asked = set(wish.types)
    if asked and any(rtype not in asked for rtype, _ in wish.filters):
        raise BulkProblem("_typeFilter ต้องเป็นชนิดที่อยู่ใน _type", "each type of _typeFilter stands in _type too")
    wish.types = sorted(asked)
    return wish


def _types(value: str, *, lenient: bool) -> list[str]:
    names = [name for name in value.split(",") if name]
    known = [name for name in names if name in STORED]
    if len(known) < len(names) and not lenient:
        raise BulkProblem("_type มีชนิดที่ระบบไม่เก็บ", "_type names a type that is not kept here", issue="not-supported")
    return known


def _moment(wish: Wish, name: str, value: str) -> None:
    text = value.replace(" ", "+")  # a plus sign that became a blank in the address
    try:
        dates.span(text)
    except (ValueError, OverflowError) as error:
        raise BulkProblem(f"{name} ไม่ใช่วันเวลา", f"{name} is not an instant") from error
    setattr(wish, name.removeprefix("_"), text)


def _filter(value: str) -> tuple[str, str]:
    """One `_typeFilter`: a type, a question mark and criteria, which are tests only: no order, no page, no include."""
    rtype, _, criteria = value.partition("?")
    pairs = parse_qsl(criteria, keep_blank_values=True)
    names = {name.partition(":")[0] for name, _ in pairs}
    if rtype not in STORED or not pairs or any(n.startswith("_") and n not in _FILTERS for n in names):
        raise BulkProblem(
            "_typeFilter ต้องเป็น ชนิด?เงื่อนไขค้น", "_typeFilter is a type, a question mark and search criteria"
        )
    query.read(rtype, pairs)
    return rtype, criteria


def require(wish: Wish, allows: Any) -> None:
    """Refuse what the client may not read: rights r and s on every type asked for. Raises BulkProblem."""
    looked_into = {
        name for rtype, criteria in wish.filters for name in query.read(rtype, _pairs(criteria)).types
    } - set(wish.types)
    missing = [t for t in wish.types if not (allows(t, "r") and allows(t, "s"))]
    missing += [t for t in looked_into if not allows(t, "s")]
    if missing or not types_of(wish, allows):
        raise BulkProblem("โทเค็นนี้ไม่มีขอบเขตสำหรับการนี้", "the token has no scope for this", issue="forbidden", status=403)


def types_of(wish: Wish, allows: Any) -> list[str]:
    """The types of the export: those asked for, else all, as far as the client may read them."""
    return [t for t in wish.types or sorted(STORED) if allows(t, "r") and allows(t, "s")]


def _pairs(criteria: str) -> list[tuple[str, str]]:
    return parse_qsl(criteria, keep_blank_values=True)


# ---- whom it is about -----------------------------------------------------------------------------------------------


def persons(permit: Permit, wish: Wish) -> list[int] | None:
    """The registrations that a Group or a list of patients names, as far as the permit opens them; None: no narrower.

    Raises BulkProblem where the Group or one of the patients is not there, or not for this reader.
    """
    members = _members(permit, wish.group) if wish.level == "Group" else None
    found = None if members is None else set(conditions.persons_of(permit, members))
    if wish.patients:
        named: set[int] = set()
        for rid in wish.patients:
            one = set(conditions.persons_of(permit, [rid]))
            if not one:
                raise absent()
            named |= one
        found = named if found is None else found & named
    return None if found is None else sorted(found)


def _members(permit: Permit, group: str) -> list[str]:
    raw = service.read(permit, "Group", group)
    if raw is None:
        raise absent()
    body: Resource = exact.loads(raw)
    references = [
        member.get("entity", {}).get("reference", "") for member in body.get("member", []) if not member.get("inactive")
    ]
    return [text.rpartition("Patient/")[2] for text in references if "Patient/" in text]


def absent() -> BulkProblem:
    """The one answer for what is not there or not for this reader."""
    return BulkProblem("ไม่พบข้อมูลนี้", "there is no such resource", issue="not-found", status=404)


# ---- the work -------------------------------------------------------------------------------------------------------


def run(job: str, watch: Progress | None = None, *, seconds: float = bulk.SLICE_SECONDS) -> bool:
    """Go on with an export; True when it is over."""
    return bulk.carry_on(job, lambda found: _step(found, watch or silent()), seconds=seconds)


def _step(job: BulkTask, watch: Progress) -> bool:
    who = bulk.acting(job)
    wish = Wish(**{**job.wish, "filters": [tuple(one) for one in job.wish["filters"]]})
    require(wish, who.allows)
    if job.total is None:
        _choose(job, who, wish)
        return False
    page = int(job.place["page"])
    if page >= job.total:
        return True
    _write(job, wish, page, watch)
    return False


def _choose(job: BulkTask, who: Acting, wish: Wish) -> None:
    """Keep the keys of everything that the export holds, and tell the audit log whose data go out."""
    people = persons(who.permit, wish)
    parts = _parts(who, wish, _bounds(wish, people), people)
    page = Clause(" UNION ALL ".join(part.sql for part in parts), sum((part.values for part in parts), ()))
    try:
        with database.time_limit(MOST_MILLISECONDS):
            detail = {"operation": "export", "export": job.id}
            kept = Clause(_KEEP, (PAGE_LINES, PAGE_BYTES, job.id))
            [(total, rows)] = reads.audited(who.permit, page, kept, detail=detail)
            _require_within(who, rows)
            bulk_storage.advance(job, {"page": 0, "lines": 0}, total=total)
    except database.TookTooLong as error:
        raise BulkProblem(
            "เลือกข้อมูลนานเกินไป จำกัดให้แคบลงด้วย _type หรือ _typeFilter",
            "choosing the resources took too long; narrow it by _type or by another _typeFilter",
            issue="too-costly",
            status=422,
        ) from error


_SELECT = "SELECT r.person, r.id, r.rtype, r.deleted, octet_length(r.body)::bigint AS size FROM resource r WHERE "
_KEEP = """, numbered AS (
    SELECT person, id, rtype, deleted, (row_number() OVER w - 1) / %s AS lines,
           ((sum(size) OVER w)::bigint - size) / %s AS bytes
    FROM page WINDOW w AS (PARTITION BY deleted, rtype ORDER BY person, id)
), kept AS (
    INSERT INTO bulk_page (job, n, rtype, deleted, persons, ids)
    SELECT %s, row_number() OVER (ORDER BY deleted, rtype, lines, bytes) - 1, rtype, deleted,
           array_agg(person ORDER BY person, id), array_agg(id ORDER BY person, id)
    FROM numbered GROUP BY deleted, rtype, lines, bytes RETURNING cardinality(ids) AS rows
) SELECT count(*), coalesce(sum(rows), 0)::bigint FROM kept"""


def _require_within(who: Acting, rows: int) -> None:
    """Refuse an export of more than its client may have in one, before a line of it is written."""
    most = who.most_rows
    if most and rows > most:
        raise BulkProblem(
            f"ส่งออกได้ครั้งละไม่เกิน {most:,} รายการ จำกัดให้แคบลงด้วย _type, _since หรือ patient",
            f"one export holds at most {most:,} resources; narrow it by _type, _since or patient",
            issue="too-costly",
            status=422,
        )


def _bounds(wish: Wish, people: list[int] | None) -> Clause:
    """What every chosen row passes, of whatever type: whose it is and until when it changed."""
    where = Clause("true") if wish.level == "system" else Clause(f"r.person <> {PUBLIC_PERSON}")
    if people is not None:
        where &= Clause("r.person = ANY(%s::bigint[])", (people,))
    if until := wish.moment("until"):
        where &= Clause("r.upd < %s", (until,))
    return where


def _parts(who: Acting, wish: Wish, bounds: Clause, people: list[int] | None) -> list[Clause]:
    """Each row in one part: types about no person, types as they are, filtered types; since a moment also deletions,
    and Patients of whom other links alone are shown than before it (decision 0201).
    """
    types, since = types_of(wish, who.allows), wish.moment("since")
    parts = _living(who, wish, types)
    if since is not None:
        changed = Clause("r.upd >= %s", (since,))
        parts = [part & changed for part in parts]
        if "Patient" in types and (relinked := alike.relinked(who.permit, since, people)):
            [patients] = _living(who, wish, ["Patient"])
            parts.append(patients & Clause("r.upd < %s AND r.person = ANY(%s::bigint[])", (since, relinked)))
        if not wish.view:
            numbers = [NUMBER[name] for name in types if name not in OPEN_TYPES]
            gone = opened(who.permit) & Clause("r.deleted AND r.rtype = ANY(%s::smallint[])", (numbers,))
            parts.append(gone & changed)
    return [Clause(_SELECT + (part & bounds).sql, (part & bounds).values) for part in parts]


def _living(who: Acting, wish: Wish, types: Sequence[str]) -> list[Clause]:
    """The resources of these types, those that are filtered by what they pass."""
    filtered = {rtype for rtype, _ in wish.filters} & set(types)
    plain = [NUMBER[name] for name in types if name not in filtered and name not in OPEN_TYPES]
    clauses = [
        permitted(who.permit, "r", name) & Clause("r.rtype = %s", (NUMBER[name],))
        for name in types
        if name in OPEN_TYPES and name not in filtered
    ]
    if plain:
        clauses.append(permitted(who.permit) & Clause("r.rtype = ANY(%s::smallint[])", (plain,)))
    for rtype in sorted(filtered):
        at = At(who.permit, rtype)
        clauses.append(open_rows(at) & either([_criteria(at, text) for name, text in wish.filters if name == rtype]))
    return clauses


def _criteria(at: At, criteria: str) -> Clause:
    """Every test of one `_typeFilter`."""
    tests = [conditions.condition(at, test) for test in query.read(at.rtype, _pairs(criteria)).tests]
    found = tests[0]
    for test in tests[1:]:
        found &= test
    return Clause(f"({found.sql})", found.values)


def _write(job: BulkTask, wish: Wish, page: int, watch: Progress) -> None:
    """Write the pages of one file, and say in one transaction that they are written."""
    _, rtype, deleted = _page(job, page)
    name = NAME[rtype]
    title = f"deleted.{name}" if deleted else name
    path = bulk.make_folder(job.id, "export") / f"{title}.{page}.{uuid.uuid4().hex[:8]}.{wish.format or 'ndjson'}"
    lines = 0
    with bulk.durable(path) as out:
        with _sink(job, wish, name, deleted, out) as add:
            while page < (job.total or 0) and lines < FILE_LINES and out.tell() < FILE_BYTES:
                if _page(job, page)[1:] != (rtype, deleted):
                    break
                count = add(page)
                lines += count
                page += 1
                watch.advance(count)
        size = out.tell()
    file = File(path.name, page, "deleted" if deleted else "output", "Bundle" if deleted else name, lines, size)
    place = {"page": page, "lines": int(job.place["lines"]) + lines}
    with database.transaction():
        kept = bulk_storage.advance(job, place, [file] if lines else ())
    if not kept or not lines:
        path.unlink(missing_ok=True)


@contextmanager
def _sink(job: BulkTask, wish: Wish, rtype: str, deleted: bool, out: BinaryIO) -> Iterator[Callable[[int], int]]:
    """What writes a page into a file and says how many lines it made."""
    if not wish.view:
        lines = _deletions if deleted else _resources

        def add(page: int) -> int:
            count, raw = lines(job, page, rtype)
            out.write(raw)
            return count

        yield add
        return
    view = fhir.views.View(exact.loads(wish.view.encode()))
    writer = view_formats.writer(wish.format, out, view.columns, header=wish.header)

    def rows(page: int) -> int:
        count = 0
        made: list[view_formats.Row] = []
        for body in _bodies(job, page, rtype):
            made += view.rows(exact.loads(body))
            if len(made) >= view_formats.BATCH:
                writer.rows(made)
                count += len(made)
                made = []
        writer.rows(made)
        return count + len(made)

    try:
        yield rows
    finally:
        writer.end()


def _bodies(job: BulkTask, page: int, rtype: str) -> list[bytes]:
    """The resources of a page."""
    permit = bulk.acting(job).permit
    where = permitted(permit, "r", rtype)
    sql = f"SELECT r.rid, r.body {_READ}{where.sql} ORDER BY r.person, r.id"
    found = database.rows(sql, [job.id, page, *where.values])
    return [body for _, _, body in alike.shown_rows(permit, ((rtype, rid, bytes(body)) for rid, body in found))]


def _page(job: BulkTask, page: int) -> tuple[int, int, bool]:
    """Number, type and kind of a page."""
    found = database.rows("SELECT n, rtype, deleted FROM bulk_page WHERE job = %s AND n = %s", [job.id, page])
    if not found:  # the job was cancelled
        raise FileNotFoundError
    return tuple(found[0])


_READ = (
    "FROM bulk_page p CROSS JOIN LATERAL unnest(p.persons, p.ids) AS k (person, id) "
    "JOIN resource r ON r.person = k.person AND r.id = k.id WHERE p.job = %s AND p.n = %s AND "
)


def _resources(job: BulkTask, page: int, rtype: str) -> tuple[int, bytes]:
    """The resources of a page, a line each: bodies hold no line break. The database puts them together where nothing
    is shown with them.
    """
    if rtype == "Patient":
        patients = _bodies(job, page, rtype)
        return len(patients), b"".join(body + b"\n" for body in patients)
    where = permitted(bulk.acting(job).permit, "r", rtype)
    sql = f"SELECT count(*), string_agg(r.body, '\\x0a'::bytea) {_READ}{where.sql}"
    [(count, raw)] = database.rows(sql, [job.id, page, *where.values])
    return count, bytes(raw) + b"\n" if count else b""


def _deletions(job: BulkTask, page: int, rtype: str) -> tuple[int, bytes]:
    """The deletions of a page, as one Bundle on a line. The count is that of lines."""
    where = opened(bulk.acting(job).permit, "r", rtype) & Clause("r.deleted")
    found = database.rows(f"SELECT r.rid {_READ}{where.sql} ORDER BY r.rid", [job.id, page, *where.values])
    if not found:
        return 0, b""
    entries = [{"request": {"method": "DELETE", "url": f"{rtype}/{rid}"}} for (rid,) in found]
    return 1, orjson.dumps({"resourceType": "Bundle", "type": "transaction", "entry": entries}) + b"\n"


def as_wish(wish: Wish) -> dict[str, Any]:
    """A wish as it is kept."""
    return asdict(wish)
