"""Under which id each write stands, and what leads from one of them to another.

Source: FHIR R4 http: conditional create, update, patch and delete, conditional references, transaction processing.
"""

from __future__ import annotations

import re
import uuid
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from urllib.parse import parse_qsl

from . import guessing, links, query, searching, standing
from .domain import NUMBER, SearchProblem
from .plans import Entry, Plan
from .writes import Write, WriteProblem, Writer, gone, refused

MOST_SEARCHES = 200  # conditional references in one request
_ID = re.compile(r"[A-Za-z0-9.-]{1,64}")


def is_id(text: str) -> bool:
    """Whether a text can be the id of a resource."""
    return _ID.fullmatch(text) is not None


def name(writer: Writer, plans: list[Plan]) -> None:
    """Give every write its id and resolve what leads from one to another."""
    held = [f"{p.write.rtype}?{sorted(p.write.criteria)}" for p in plans if p.write.criteria is not None]
    standing.hold(writer.hospcode or "", held)
    for number, plan in enumerate(plans):
        with Entry(number, plan):
            _target(writer, plan)
    _require_once(plans)
    known = _known(writer, plans)
    for plan in plans:
        if plan.body is not None and known:
            plan.body = links.resolved(plan.body, known)


def _require_once(plans: list[Plan]) -> None:
    keys = Counter(plan.key for plan in plans if not plan.found)
    for number, plan in enumerate(plans):
        if not plan.found and keys[plan.key] > 1:
            with Entry(number, plan):
                raise refused(400, "invalid", "ข้อมูลเดียวกันถูกเขียนสองครั้ง", "the same resource is written twice")


def _known(writer: Writer, plans: list[Plan]) -> dict[str, str]:
    """Where each link leads that is another entry's fullUrl or a search."""
    known = {plan.write.full_url: "/".join(plan.key) for plan in plans if plan.write.full_url}
    searched = 0
    for number, plan in enumerate(plans):
        with Entry(number, plan):
            for text in set(links.searches(plan.body)) - known.keys():
                searched += 1
                if searched > MOST_SEARCHES:
                    raise _too_many()
                known[text] = _one(writer, text)
    return known


def _too_many() -> WriteProblem:
    th = f"อ้างอิงด้วยเงื่อนไขได้ไม่เกิน {MOST_SEARCHES} แบบ"
    return refused(413, "too-costly", th, f"at most {MOST_SEARCHES} conditional references at once")


def _target(writer: Writer, plan: Plan) -> None:
    write = plan.write
    plan.body = write.body
    plan.rid = write.rid or str(uuid.uuid4())
    if write.criteria is None:
        return
    matches = _matches(writer, write.rtype, write.criteria)
    if len(matches) > 1:
        raise refused(412, "multiple-matches", "เงื่อนไขตรงกับหลายรายการ", "the criteria match more than one")
    plan.matched = bool(matches)
    if write.method == "POST":
        plan.found = matches[0] if matches else None
    elif write.method == "PUT":
        own = (write.body or {}).get("id")
        if own is not None and not (isinstance(own, str) and is_id(own)):
            raise refused(400, "value", "id ไม่ถูกรูปแบบ", "the id is not an id", f"{write.rtype}.id")
        if matches and own not in (None, matches[0]):
            raise refused(400, "invalid", "id ไม่ตรงกับที่ค้นพบ", "the id is not that of the one found", f"{write.rtype}.id")
        plan.rid = matches[0] if matches else own or plan.rid
    elif matches:
        plan.rid = matches[0]
    else:
        raise gone()


def _matches(writer: Writer, rtype: str, criteria: Sequence[tuple[str, str]]) -> list[str]:
    """Ids of up to two resources that the writer may see; what it may not see decides nothing."""
    asked = _read(rtype, criteria)
    for name in asked.types:
        writer.require(name, "s")
    return [row.rid for row in searching.run(writer.permit, asked).rows]


def _read(rtype: str, criteria: Sequence[tuple[str, str]]) -> query.Query:
    if not criteria or any(name.startswith("_") and name not in ("_id", "_tag", "_profile") for name, _ in criteria):
        raise SearchProblem("เงื่อนไขใช้ได้เฉพาะพารามิเตอร์ค้น", "criteria are search parameters only")
    return query.read(rtype, [*criteria, ("_count", "2")])


def people_asked_for(writes: Sequence[Write]) -> frozenset[int]:
    """Whom the criteria and the conditional references of these writes ask for. What cannot be read asks for nobody:
    its own write is refused for it.
    """
    asked = [(write.rtype, write.criteria) for write in writes if write.criteria is not None]
    asked += [_split(text) for write in writes for text in links.searches(write.body)]
    found: set[int] = set()
    for rtype, criteria in asked:
        with suppress(SearchProblem):
            found |= guessing.people_asked_for(_read(rtype, criteria)) if rtype in NUMBER else set()
    return frozenset(found)


def _split(text: str) -> tuple[str, list[tuple[str, str]]]:
    rtype, _, criteria = text.partition("?")
    return rtype, parse_qsl(criteria, keep_blank_values=True)


def _one(writer: Writer, text: str) -> str:
    rtype, criteria = _split(text)
    if rtype not in NUMBER:
        raise refused(400, "value", "การอ้างอิงด้วยเงื่อนไขต้องเป็น ชนิด?เงื่อนไข", "a conditional reference is Type?criteria")
    matches = _matches(writer, rtype, criteria)
    if len(matches) != 1:
        raise refused(
            412,
            "multiple-matches" if matches else "not-found",
            "การอ้างอิงด้วยเงื่อนไขต้องพบหนึ่งรายการพอดี",
            f"a conditional reference must find exactly one {rtype}",
        )
    return f"{rtype}/{matches[0]}"
