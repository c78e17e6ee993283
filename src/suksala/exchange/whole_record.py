"""Patient/$everything: the whole permitted record of a human, over all registrations, in pages.

Source: FHIR R4 OperationDefinition Patient-everything (start, end, _since, _type, _count).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from suksala.consent import Permit

from . import alike, bundle, dates, provenance, reads
from .conditions import persons_of
from .domain import NAME, NUMBER, SearchProblem
from .filters import MOST_VALUES, split
from .parameters import STORED
from .predicate import Clause
from .query import MOST_COUNT, read_cursor, write_cursor

# start and end are days of care: who the patient is belongs to every answer, and so does what has no date.
_NO_FACILITY = f"r.rtype <> {NUMBER['Organization']}"
_ALWAYS = f"r.rtype = {NUMBER['Patient']} OR r.date_hi IS NULL"
TYPES = tuple(sorted(set(STORED) - {"Organization"}))


@dataclass
class Wish:
    """What is asked of $everything.

    start, end  only what happened in these days (a resource without a date is always in)
    since       only what changed since
    """

    types: tuple[str, ...] = TYPES
    provenance: bool = False
    start: datetime | None = None
    end: datetime | None = None
    since: datetime | None = None
    count: int = MOST_COUNT
    cursor: tuple[Any, ...] | None = None
    asked: list[tuple[str, str]] = field(default_factory=list)


def read_wish(pairs: Iterable[tuple[str, str]]) -> Wish:
    """Read the parameters of the operation. Raises SearchProblem."""
    wish = Wish()
    for name, value in pairs:
        if name == "_type":
            _types(wish, value)
        elif name in {"start", "end", "_since"}:
            low, high = _days(name, value)
            setattr(wish, name.lstrip("_"), high if name == "end" else low)
        elif name == "_count":
            wish.count = _count(value)
        elif name == "_cursor":
            wish.cursor = read_cursor(value)
            continue
        elif name not in {"_format", "_pretty"}:
            raise SearchProblem(
                "ใช้ได้เฉพาะ start, end, _since, _type, _count", "$everything takes start, end, _since, _type and _count",
                issue="not-supported",
            )  # fmt: skip
        wish.asked.append((name, value))
    return wish


def _types(wish: Wish, value: str) -> None:
    names = list(split(value, ","))
    if not set(names) <= set(TYPES) or len(names) > MOST_VALUES:
        raise SearchProblem(
            "_type ต้องเป็นชนิดทรัพยากรของ R4 ที่ไม่ใช่ Organization",
            "_type takes resource types of R4, but not Organization",
            issue="not-supported",
        )
    wish.types = tuple(names)
    wish.provenance = "Provenance" in names


def _days(name: str, value: str) -> tuple[datetime, datetime]:
    try:
        return dates.span(value.replace(" ", "+"))
    except (ValueError, OverflowError) as error:
        raise SearchProblem(f"{name} ไม่ใช่วันที่", f"{name} is not a date") from error


def _count(value: str) -> int:
    if not (value.isascii() and value.isdigit() and 0 < len(value) < 10 and int(value)):
        raise SearchProblem("_count ต้องเป็นจำนวนเต็มตั้งแต่ 1", "_count is a whole number from 1")
    return min(int(value), MOST_COUNT)


def answer(
    permit: Permit, base: str, wish: Wish, *, patient: str | None = None, persons: list[int] | None = None
) -> bytes | None:
    """A page of the record; None when the patient is not there, or not for this reader.

    patient  id of one of the human's registrations; or `persons` directly; neither: everybody the permit names
    """
    if patient is not None:
        persons = persons_of(permit, [patient])
        if not persons:
            return None
    where = _narrower(permit, wish, persons)
    rows = reads.record(
        permit,
        () if wish.types == TYPES else wish.types,
        where,
        order="r.upd, r.id",
        limit=wish.count + 1,
        detail={"operation": "everything"},
    )
    page = rows[: wish.count]
    address = f"{base}/Patient/{patient}/$everything" if patient else f"{base}/Patient/$everything"
    links = [("self", _url(address, wish.asked))]
    if len(rows) > wish.count:
        links.append(("next", _url(address, [*wish.asked, ("_cursor", write_cursor(page[-1][2], page[-1][5]))])))
    found = alike.shown_rows(permit, ((NAME[rtype], rid, bytes(body)) for rtype, rid, *_, body in page))
    return bundle.searchset(_entries(base, wish, found), links=links)


def _narrower(permit: Permit, wish: Wish, persons: list[int] | None) -> Clause:
    where = Clause(_NO_FACILITY)
    if persons is not None:
        where &= Clause("r.person = ANY(%s::bigint[])", (persons,))
    if wish.start:
        where &= Clause(f"({_ALWAYS} OR r.date_hi > %s)", (wish.start,))
    if wish.end:
        where &= Clause(f"({_ALWAYS} OR r.date < %s)", (wish.end,))
    if wish.since:
        where &= alike.changed_since(permit, wish.since, persons)
    if wish.cursor:
        where &= Clause("(r.upd, r.id) > (%s, %s)", wish.cursor)
    return where


def _entries(base: str, wish: Wish, found: Iterable[tuple[str, str, bytes]]) -> Iterable[bytes]:
    for name, rid, raw in found:
        yield bundle.entry(base, name, rid, raw)
        if wish.provenance:
            made = provenance.of(name, rid, raw)
            if made:
                yield bundle.entry(base, "Provenance", made[0], made[1], "include")


def _url(address: str, pairs: list[tuple[str, str]]) -> str:
    return f"{address}?{urlencode(pairs)}" if pairs else address
