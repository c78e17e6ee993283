"""ViewDefinition $run: rows of the record under the permit, read page by page and written to a file as they come.

Every page is an audited read: a fact for each person on it. Nothing is kept of the view; R4 has no type for it, so it
is sent along, or lies in a Binary.
Source: SQL on FHIR v2, ViewDefinition $run; decision 0070.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from suksala.consent import Permit
from suksala.foundation import database, settings
from suksala.standards import fhir

from . import alike, dates, exact, patching, reads, service, view_formats
from .at import At, open_rows
from .domain import SearchProblem
from .parameters import STORED
from .predicate import Clause
from .referring import persons_of

PAGE = 2000  # resources read at a time
PAGE_BYTES = 8 * 1024 * 1024  # or fewer: letters with scans in them are large
MOST_ROWS = 200_000  # of one run
MOST_SECONDS = 120
MOST_MILLISECONDS = 20_000  # of one page
Row = view_formats.Row


@dataclass
class Wish:
    """What is asked of $run.

    definition  the view as it came
    format      a name of view_formats.MEDIA; "" where none is asked for
    resources   those that were sent along; then nothing is read
    patients    ids; empty: all
    """

    view: fhir.views.View
    definition: Any = None
    format: str = ""
    header: bool = True
    limit: int | None = None
    since: datetime | None = None
    patients: list[str] = field(default_factory=list)
    resources: list[Any] = field(default_factory=list)


def read_wish(
    permit: Permit, pairs: Sequence[tuple[str, str]], posted: bytes, require: Callable[[str, str], None]
) -> Wish:
    """Read the parameters of $run.

    require  called with a type and a SMART right; raises where the token does not have it
    Raises SearchProblem, NotJson, and ViewProblem for a view that cannot be run.
    """
    body = exact.loads(posted) if posted else None
    if not isinstance(body, dict) or body.get("resourceType") != "Parameters":
        raise SearchProblem("เนื้อหาต้องเป็น Parameters", "the body is a Parameters resource", issue="structure")
    parameters = body.get("parameter", [])
    if not isinstance(parameters, list) or not all(isinstance(one, dict) for one in parameters):
        raise SearchProblem("Parameters.parameter ต้องเป็นอาร์เรย์", "Parameters.parameter is an array", issue="structure")
    named = [(str(one.get("name")), one) for one in parameters]
    views = [one for name, one in named if name in ("viewResource", "viewReference")]
    if len(views) != 1:
        raise SearchProblem(
            "ต้องมี viewResource หรือ viewReference หนึ่งอย่าง", "give one viewResource or viewReference", issue="required"
        )
    definition = views[0].get("resource")
    if views[0].get("name") == "viewReference":
        require("Binary", "r")
        definition = _stored(permit, views[0])
    wish = Wish(fhir.views.View(definition), definition)
    for name, part in [*((name, {"valueString": value}) for name, value in pairs), *named]:
        if name not in ("viewResource", "viewReference", "_pretty"):
            _read(wish, name, part)
    if not wish.resources:
        for right in "rs":
            require(wish.view.resource, right)
    return wish


def _stored(permit: Permit, part: dict[str, Any]) -> Any:
    """The view that lies in a Binary."""
    reference = part.get("valueReference")
    text = reference.get("reference") if isinstance(reference, dict) else None
    if not isinstance(text, str) or not text.startswith("Binary/"):
        raise SearchProblem(
            "viewReference ต้องชี้ถึง Binary ที่มี ViewDefinition เพราะ R4 ไม่มีชนิดนี้",
            "viewReference leads to a Binary that holds the ViewDefinition, for R4 has no such type",
            issue="not-supported",
        )
    raw = service.read(permit, "Binary", text.removeprefix("Binary/"))
    if raw is None:
        raise SearchProblem("ไม่พบ viewReference", "there is no such viewReference", issue="not-found")
    return exact.loads(patching.unpacked(exact.loads(raw)))


def _read(wish: Wish, name: str, part: dict[str, Any]) -> None:
    """One parameter. Raises SearchProblem."""
    values = [value for key, value in part.items() if key.startswith("value")]
    value = values[0] if len(values) == 1 else None
    if name == "resource" and isinstance(part.get("resource"), dict):
        wish.resources.append(part["resource"])
    elif name == "_format" and isinstance(value, str) and value.lower() in _FORMATS:
        wish.format = _FORMATS[value.lower()]
    elif name == "header" and str(value).lower() in ("true", "false"):
        wish.header = str(value).lower() == "true"
    elif name == "_limit" and str(value).isascii() and str(value).isdigit() and 0 < int(str(value)[:12]) <= MOST_ROWS:
        wish.limit = int(str(value))
    elif name == "_since" and isinstance(value, str):
        wish.since = _moment(value)
    elif name == "patient":
        text = value.get("reference") if isinstance(value, dict) else value
        if not isinstance(text, str):
            raise _wrong(name)
        wish.patients.append(text.removeprefix("Patient/"))
    else:
        raise _wrong(name)


def _moment(text: str) -> datetime:
    try:
        return dates.span(text.replace(" ", "+"))[0]
    except (ValueError, OverflowError) as error:
        raise _wrong("_since") from error


_FORMATS = {
    **{name: name for name in view_formats.MEDIA},
    **{media.partition(";")[0]: name for name, media in view_formats.MEDIA.items()},
    "application/ndjson": "ndjson",
    "application/fhir+json": "json",
}
_TAKES = {
    "_format": ("json ndjson csv parquet", "json, ndjson, csv or parquet"),
    "header": ("true หรือ false", "true or false"),
    "_limit": (f"1 ถึง {MOST_ROWS}", f"1 to {MOST_ROWS}"),
    "_since": ("วันเวลา", "an instant"),
    "patient": ("การอ้างอิง Patient", "a reference to a Patient"),
    "resource": ("ทรัพยากร", "a resource"),
}


def _wrong(name: str) -> SearchProblem:
    if name in _TAKES:
        th, en = _TAKES[name]
        return SearchProblem(f"{name} ต้องเป็น {th}", f"{name} is {en}")
    listed = " ".join(_TAKES)
    return SearchProblem(
        f"$run ใช้ได้เฉพาะ viewResource viewReference {listed}",
        f"$run takes viewResource, viewReference, {', '.join(_TAKES)}",
        issue="not-supported",
    )


def run(permit: Permit, wish: Wish) -> Path:
    """Write the rows of a view to a file of its own, which the caller takes away.

    Raises ViewProblem and SearchProblem: then there is no file; what had been read by then stays in the log.
    """
    folder = settings.current().data_dir / "views"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    _tidy(folder)
    with tempfile.NamedTemporaryFile(dir=folder, delete=False) as out:
        path = Path(out.name)
        try:
            writer = view_formats.writer(wish.format or "json", out, wish.view.columns, header=wish.header)
            try:
                for rows in _limited(_batches(permit, wish), wish.limit):
                    writer.rows(rows)
            finally:
                writer.end()
        except BaseException:
            path.unlink(missing_ok=True)
            raise
    return path


def _tidy(folder: Path) -> None:
    """Take away what a process left behind that was killed before it could send its file."""
    for path in folder.iterdir():
        with suppress(FileNotFoundError):
            if time.time() - path.stat().st_mtime > 10 * MOST_SECONDS:
                path.unlink()


def _limited(batches: Iterator[list[Row]], limit: int | None) -> Iterator[list[Row]]:
    """The first rows up to `limit`; without one, MOST_ROWS are refused rather than cut."""
    left = MOST_ROWS if limit is None else limit
    for rows in batches:
        if len(rows) > left and limit is None:
            raise _too_costly()
        yield rows[:left]
        left -= len(rows)
        if left <= 0 and limit is not None:
            return


def _too_costly() -> SearchProblem:
    most = f"{MOST_ROWS:,}"
    return SearchProblem(
        f"ได้เกิน {most} แถวหรือ {MOST_SECONDS} วินาที จำกัดด้วย _limit _since หรือ patient",
        f"it gives more than {most} rows, or takes {MOST_SECONDS} s; narrow it by _limit, _since or patient",
        issue="too-costly",
    )


def _batches(permit: Permit, wish: Wish) -> Iterator[list[Row]]:
    """Rows, some thousand at a time."""
    rows: list[Row] = []
    ends = time.monotonic() + MOST_SECONDS
    for page in _pages(permit, wish):
        for resource in page:
            rows += wish.view.rows(resource)
            if time.monotonic() > ends:
                raise _too_costly()
            if len(rows) >= view_formats.BATCH:
                yield rows
                rows = []
        if rows:
            yield rows
            rows = []


def _pages(permit: Permit, wish: Wish) -> Iterator[Iterable[Any]]:
    """The resources, some at a time: those sent along, or those of the record that the permit opens."""
    if wish.resources:
        yield wish.resources
        return
    where = _where(permit, wish)
    after: tuple[int, int] | None = None
    while True:
        rows = _page(permit, wish.view.resource, where, after)
        shown = alike.shown_rows(permit, ((wish.view.resource, rid, bytes(body)) for _, _, rid, body, _ in rows))
        yield (exact.loads(body) for _, _, body in shown)
        if not rows or len(rows) == rows[0][4] < PAGE:
            return
        after = rows[-1][:2]


def _where(permit: Permit, wish: Wish) -> Clause:
    if wish.view.resource not in STORED:
        raise SearchProblem("ระบบไม่เก็บทรัพยากรชนิดนี้", "resources of this type are not kept here", issue="not-supported")
    where = open_rows(At(permit, wish.view.resource))
    persons = persons_of(permit, wish.patients) if wish.patients else None
    if wish.since:
        shows = wish.view.resource == "Patient"
        where &= alike.changed_since(permit, wish.since, persons) if shows else Clause("r.upd >= %s", (wish.since,))
    if persons is not None:
        where &= Clause("r.person = ANY(%s::bigint[])", (sorted(persons),))
    return where


_PAGE = (
    "SELECT q.person, q.id, q.rid, q.body, q.n FROM (SELECT k.*, count(*) OVER () AS n, "
    "sum(octet_length(k.body)) OVER (ORDER BY k.person, k.id) - octet_length(k.body) AS before FROM ("
    "SELECT r.person, r.id, r.rid, r.body FROM resource r WHERE {where} ORDER BY r.person, r.id LIMIT %s"
    ") k) q WHERE q.before < %s"
)


def _page(
    permit: Permit, rtype: str, where: Clause, after: tuple[int, int] | None
) -> list[tuple[int, int, str, bytes, int]]:
    """The next resources as (person, number, id, body, how many there were before the limit of bytes), in the order of
    persons, so that few persons stand on two pages and have two facts.
    """
    if after is not None:
        where &= Clause("(r.person, r.id) > (%s, %s)", after)
    page = Clause(_PAGE.format(where=where.sql), (*where.values, PAGE, PAGE_BYTES))
    outer = Clause("SELECT person, id, rid, body, n FROM page ORDER BY person, id")
    try:
        with database.time_limit(MOST_MILLISECONDS):
            found = reads.audited(permit, page, outer, rtype=rtype, detail={"operation": "run-view"})
    except database.TookTooLong as error:
        raise SearchProblem(
            "อ่านนานเกินไป จำกัดด้วย _since หรือ patient",
            "reading takes too long; narrow it by _since or patient",
            issue="too-costly",
        ) from error
    return [(person, number, rid, body, count) for person, number, rid, body, count in found]
