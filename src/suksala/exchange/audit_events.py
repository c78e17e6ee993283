"""GET /fhir/AuditEvent: the audit log as FHIR, for those who may see it, made from its facts when it is asked for.

A system sees what was done on behalf of its own facility, one that is bound to none sees all, a person the facts about
the own record. A fact is of the log, not of the record: whose it is stands as a Patient that the permit opens, else as
the opaque id of the human (decision 0136). To look is a fact too.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import orjson

from suksala import audit, consent, identity
from suksala.audit import Fact, Wanted
from suksala.consent import NotWitnessed, Permit, Purpose
from suksala.foundation import clock, database

from . import balp, bundle, conditions, dates, searching
from .domain import NUMBER, SearchProblem
from .predicate import Clause, permitted
from .query import DEFAULT_COUNT, MOST_COUNT, read_cursor, write_cursor

TYPE = "AuditEvent"
PARAMETERS = {
    "_id": "token",
    "action": "token",
    "agent": "reference",
    "date": "date",
    "entity": "reference",
    "outcome": "token",
    "patient": "reference",
    "subtype": "token",
    "type": "token",
}
_IGNORED = ("_format", "_pretty", "_sort", "_total")
_ORDER = "AuditEvent?-date"
_PREFIXES = ("ge", "gt", "le", "lt", "eq")


@dataclass
class Wish:
    """What is asked of the log.

    wanted  which facts, as far as SQL decides
    codes   what the shape of a fact must say: action, outcome, type, subtype
    """

    wanted: Wanted
    codes: dict[str, str] = field(default_factory=dict)
    patient: str | None = None
    asked: list[tuple[str, str]] = field(default_factory=list)


def answers(rest: list[str], method: str) -> bool:
    """Whether an address is of the log: a search, or one fact. AuditEvents that clients sent are resources."""
    return method in {"GET", "HEAD"} and (not rest or (len(rest) == 1 and balp.seq_of(rest[0]) is not None))


def search(permit: Permit, pairs: list[tuple[str, str]], base: str) -> bytes:
    """A page of the log, newest first, as a searchset. Raises SearchProblem."""
    wish = read_wish(pairs)
    bounded = _bounded(permit, wish)
    try:
        with database.time_limit(searching.MOST_MILLISECONDS):
            _tell(permit, wish, bounded)
            found = audit.facts_wanted(replace(bounded, limit=bounded.limit + 1)) if bounded else []
            page = found[: wish.wanted.limit]
            bodies = _events(permit, page, base)
    except database.TookTooLong as error:
        raise SearchProblem(
            "ใช้เวลานานเกินไป จำกัดให้แคบลงด้วย date หรือ patient",
            "this took too long; narrow it by date or patient",
            issue="too-costly",
        ) from error
    links = [("self", _url(base, wish.asked))]
    if len(found) > len(page):
        cursor = write_cursor(page[-1].at, page[-1].seq, order=_ORDER)
        links.append(("next", _url(base, [*((n, v) for n, v in wish.asked if n != "_cursor"), ("_cursor", cursor)])))
    entries = [bundle.entry(base, TYPE, body["id"], orjson.dumps(body)) for body in bodies]
    return bundle.searchset(entries, links=links)


def read(permit: Permit, rid: str, base: str) -> bytes | None:
    """One event; None when there is none, or not for this reader."""
    wish = Wish(Wanted(seqs=(balp.seq_of(rid) or 0,)))
    bounded = _bounded(permit, wish)
    with database.transaction():
        _tell(permit, wish, bounded)
        found = audit.facts_wanted(bounded) if bounded else []
    return orjson.dumps(_events(permit, found, base)[0]) if found else None


def read_wish(pairs: list[tuple[str, str]]) -> Wish:
    """Read the parameters. Raises SearchProblem for one that the log does not answer."""
    wish = Wish(Wanted(limit=DEFAULT_COUNT))
    for name, value in pairs:
        if name in _IGNORED:
            _require_newest(name, value)
            continue
        reader = _READERS.get(name)
        if reader is None or "\x00" in value:
            raise _problem(
                f"บันทึกการเข้าถึงค้นด้วย {name} ไม่ได้", f"the log is not searched by {name}; it takes {', '.join(PARAMETERS)}"
            )
        reader(wish, value)
        wish.asked.append((name, value))
    return wish


def _require_newest(name: str, value: str) -> None:
    if name == "_sort" and value != "-date":
        raise _problem("บันทึกเรียงใหม่สุดก่อนเท่านั้น", "the log is given newest first: _sort=-date")


def _problem(th: str, en: str, issue: str = "not-supported") -> SearchProblem:
    return SearchProblem(th, en, issue=issue)


def _date(wish: Wish, value: str) -> None:
    prefix = value[:2] if value[:2] in _PREFIXES else "eq"
    try:
        low, high = dates.span(value.removeprefix(prefix))
    except ValueError as error:
        raise _problem(
            "date ต้องเป็นวันที่ของ FHIR มี ge gt le lt นำหน้าได้", "date is a FHIR date, with ge, gt, le or lt", "invalid"
        ) from error
    since = {"ge": low, "eq": low, "gt": high}.get(prefix)
    until = {"le": high, "eq": high, "lt": low}.get(prefix)
    before = wish.wanted
    wish.wanted = replace(before, since=_latest(before.since, since, max), until=_latest(before.until, until, min))


def _latest(a: datetime | None, b: datetime | None, of: Callable[..., datetime]) -> datetime | None:
    known = [one for one in (a, b) if one is not None]
    return of(known) if known else None


def _patient(wish: Wish, value: str) -> None:
    wish.patient = value.removeprefix("Patient/")


def _agent(wish: Wish, value: str) -> None:
    """`agent:identifier=urn:suksala:account|doctor`, or the name that stands in the log: `account:doctor`."""
    system, bar, name = value.rpartition("|")
    wish.wanted = replace(wish.wanted, actor=f"{system.removeprefix('urn:suksala:')}:{name}" if bar else value)


def _entity(wish: Wish, value: str) -> None:
    rtype, _, rid = value.partition("/")
    if rtype not in NUMBER or not rid:
        raise _problem("entity ต้องเป็น ชนิด/id", "entity is Type/id", "invalid")
    if rtype == "Patient":
        _patient(wish, value)
    elif rtype == "Consent":  # what rested on it names it too
        wish.wanted = replace(wish.wanted, consent=rid)
    else:
        wish.wanted = replace(wish.wanted, rtype=rtype, rid=rid)


def _code(name: str) -> Callable[[Wish, str], None]:
    def read_code(wish: Wish, value: str) -> None:
        wish.codes[name] = value.rpartition("|")[2]

    return read_code


def _id(wish: Wish, value: str) -> None:
    seqs = (balp.seq_of(one) for one in value.split(","))
    wish.wanted = replace(wish.wanted, seqs=tuple(seq for seq in seqs if seq is not None))


def _count(wish: Wish, value: str) -> None:
    if not (value.isascii() and value.isdigit() and len(value) < 10 and int(value)):
        raise _problem("_count ต้องเป็นจำนวนเต็มตั้งแต่ 1", "_count is a whole number from 1", "invalid")
    wish.wanted = replace(wish.wanted, limit=min(int(value), MOST_COUNT))


def _cursor(wish: Wish, value: str) -> None:
    at, seq = read_cursor(value, _ORDER)
    wish.wanted = replace(wish.wanted, before=(at, seq))


_READERS: dict[str, Callable[[Wish, str], None]] = {
    "_id": _id,
    "_count": _count,
    "_cursor": _cursor,
    "agent": _agent,
    "agent:identifier": _agent,
    "date": _date,
    "entity": _entity,
    "patient": _patient,
    **{name: _code(name) for name in ("action", "outcome", "type", "subtype")},
}


def _bounded(permit: Permit, wish: Wish) -> Wanted | None:
    """What of the log is asked for and open to this reader; None when that is nothing."""
    permit.require_open(clock.now())
    bounded = wish.wanted
    if permit.facility is not None:
        bounded = replace(bounded, facility=permit.facility)
    persons = permit.persons
    if wish.patient is not None:
        found = conditions.persons_named(permit, [wish.patient])
        persons = frozenset(found) if persons is None else persons & frozenset(found)
    elif persons is None and permit.facility is None and permit.purpose is not Purpose.SYSTEM:
        return None
    if persons is not None:
        bounded = replace(bounded, persons=tuple(sorted(persons)))
    if permit.purpose is Purpose.OWN_RECORD:
        bounded = replace(bounded, veils=consent.veils_of(permit.persons or ()))
    return _narrowed(bounded, wish.codes)


def _narrowed(wanted: Wanted, codes: dict[str, str]) -> Wanted | None:
    if not codes:
        return wanted
    fits = balp.fitting(audit.kinds(), codes)
    return replace(wanted, kinds=fits.kinds, parts=fits.parts) if fits.kinds else None


def _tell(permit: Permit, wish: Wish, bounded: Wanted | None) -> None:
    """That somebody looked into the log: about the person it was asked for, where it was about one. This fact is shown
    at once, so it is about registrations that the reader may know of.
    """
    named = _known(permit, bounded.persons or ()) if bounded and wish.patient is not None else []
    about: list[int | None] = [*named] or [None]
    detail = {"operation": "search", "parameters": sorted({name for name, _ in wish.asked})}
    now = clock.now()
    audit.record_now(
        [
            Fact(now, "audit.read", permit.reader, str(permit.purpose), person, permit.facility, detail, TYPE)
            for person in about
        ]
    )


def _known(permit: Permit, persons: Collection[int]) -> list[int]:
    """Of these registrations of one human those of which the reader may know: in the own record all, else those whose
    Patient the permit opens. How many more there are elsewhere is not told.
    """
    if permit.purpose is Purpose.OWN_RECORD:
        return sorted(persons)
    return sorted({person for person, _ in database.rows(*_open_patients(permit, persons))})


def _events(permit: Permit, facts: Collection[Fact], base: str) -> list[dict[str, Any]]:
    patients = _patients(permit, {fact.person for fact in facts if fact.person is not None})
    node = audit.own_keys()[0].name
    return [
        balp.event(fact, patient=patients.get(fact.person) if fact.person else None, base=base, node=node)
        for fact in facts
    ]


def _patients(permit: Permit, persons: Collection[int]) -> dict[int, dict[str, Any]]:
    """A reference to each person's Patient, if the permit opens it; who has none that it opens is named by the opaque
    id of the human, so that no row that is hidden decides what is told.
    """
    found = database.rows(*_open_patients(permit, persons))
    references: dict[int, dict[str, Any]] = {person: {"reference": f"Patient/{rid}"} for person, rid in found}
    for person, human in identity.humans_of(set(persons) - set(references)).items():
        value = identity.public_id(human)
        references[person] = {"type": "Patient", "identifier": {"system": "urn:suksala:human", "value": value}}
    return references


def _open_patients(permit: Permit, persons: Collection[int]) -> tuple[str, list[Any]]:
    """The query for person and id of their Patients; none while nobody vouches for the log, which itself stays open:
    that is when an operator reads it.
    """
    try:
        allowed = permitted(permit, "r", "Patient")
    except NotWitnessed:
        allowed = Clause("false")
    where = f"r.person = ANY(%s) AND r.rtype = %s AND {allowed.sql}"
    values = [sorted(persons), NUMBER["Patient"], *allowed.values]
    return f"SELECT r.person, min(r.rid) FROM resource r WHERE {where} GROUP BY 1", values


def _url(base: str, pairs: list[tuple[str, str]]) -> str:
    return f"{base}/{TYPE}" + (f"?{urlencode(pairs)}" if pairs else "")
