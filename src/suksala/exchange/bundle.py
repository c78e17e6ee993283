"""Bundles put together from stored bytes: nothing is parsed, so a page costs what its bytes cost."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import urlencode

import orjson

from . import outcome, provenance, reindexing
from .domain import NAME
from .query import Query, write_cursor
from .searching import MOST_INCLUDED, Found, Row


def searchset(entries: Iterable[bytes], *, links: Sequence[tuple[str, str]], total: int | None = None) -> bytes:
    """A Bundle of type searchset."""
    head: dict[str, object] = {"resourceType": "Bundle", "type": "searchset"}
    if total is not None:
        head["total"] = total
    head["link"] = [{"relation": relation, "url": url} for relation, url in links]
    listed = b",".join(entries)
    return orjson.dumps(head)[:-1] + (b',"entry":[' + listed + b"]}" if listed else b"}")


def entry(base: str, rtype: str, rid: str, body: bytes, mode: str = "match") -> bytes:
    """One entry with its full address."""
    address = orjson.dumps(f"{base}/{rtype}/{rid}")
    return b'{"fullUrl":' + address + b',"resource":' + body + b',"search":{"mode":"' + mode.encode() + b'"}}'


def of_search(base: str, query: Query, found: Found, made: Sequence[tuple[str, bytes]] = ()) -> bytes:
    """The answer of a search: its rows, what came along, a link to itself and, where more follow, to more.

    made  id and body of matches that are stored nowhere, but made when they are asked for
    """
    address = base if query.among else f"{base}/{query.rtype}"
    links = [("self", _url(address, query.asked))]
    if found.more and found.rows:
        links.append(("next", _next(address, query, found.rows[-1])))
    entries = [entry(base, query.rtype, rid, query.shape.cut(query.rtype, body)) for rid, body in made]
    total = None if found.total is None else found.total + len(made)
    return query.shape.printed(searchset([*entries, *_entries(base, query, found)], links=links, total=total))


def _entries(base: str, query: Query, found: Found) -> Iterator[bytes]:
    for row in found.rows:
        yield entry(base, NAME[row.rtype], row.rid, query.shape.cut(NAME[row.rtype], row.body))
    for row in found.included:
        rtype = NAME[row.rtype]
        yield entry(base, rtype, row.rid, query.shape.cut(rtype, row.body, included=True), "include")
    for row in found.rows if query.provenance else ():
        made = provenance.of(query.rtype, row.rid, row.body)
        if made:
            yield entry(base, "Provenance", made[0], query.shape.cut("Provenance", made[1], included=True), "include")
    if not reindexing.is_ready(query.types):
        yield b'{"resource":' + _NOT_READY + b',"search":{"mode":"outcome"}}'
    if found.cut:
        yield b'{"resource":' + _CUT + b',"search":{"mode":"outcome"}}'


_NOT_READY = outcome.outcome(
    "SKL-FHIR-207",
    "incomplete",
    "กำลังสร้างดัชนีใหม่ คำตอบอาจยังไม่ครบ",
    "the index is being made anew; the answer may lack something",
    severity="warning",
)
_CUT = outcome.outcome(
    "SKL-FHIR-206",
    "incomplete",
    f"แสดงข้อมูลที่ดึงมาด้วยเพียง {MOST_INCLUDED} รายการ ลด _count หรือค้นชนิดนั้นโดยตรง",
    f"only {MOST_INCLUDED} of what comes along is here; lower _count, or search that type itself",
    severity="warning",
)


def _next(address: str, query: Query, last: Row) -> str:
    kept = [(name, value) for name, value in query.asked if name != "_cursor"]
    return _url(address, [*kept, ("_cursor", write_cursor(*last.last, order=query.order))])


def _url(address: str, pairs: Sequence[tuple[str, str]]) -> str:
    return f"{address}?{urlencode(pairs)}" if pairs else address
