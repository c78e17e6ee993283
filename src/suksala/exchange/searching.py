"""A search as SQL: ids first with LIMIT, bodies of the page only, everything through the permit's predicate."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from suksala import identity, registry
from suksala.consent import Permit
from suksala.foundation import clock, database
from suksala.standards import fhir

from . import dates, tokens
from .domain import NUMBER, STATUS_NUMBER, SearchProblem
from .indexing import fold
from .parameters import STORED, STRING_NUMBER
from .predicate import Clause, permitted
from .query import Filter, Kind, Query, prefix, reference, split
from .reads import audited

NOTHING = Clause("false")
EVERYTHING = Clause("true")
_AP = 10  # "approximately" is 10 % of the gap between the date and now (FHIR R4, prefixes)

# Elements of type `code` and `boolean` have no system in the body; the one their definition implies may be asked for.
_IMPLIED = {
    "gender": "http://hl7.org/fhir/administrative-gender",
    "criticality": "http://hl7.org/fhir/allergy-intolerance-criticality",
    "active": "http://terminology.hl7.org/CodeSystem/special-values",
    "deceased": "http://terminology.hl7.org/CodeSystem/special-values",
}
_STATUS_SYSTEM = {
    "Encounter": "http://hl7.org/fhir/encounter-status",
    "Observation": "http://hl7.org/fhir/observation-status",
    "Condition": "http://terminology.hl7.org/CodeSystem/condition-clinical",
    "AllergyIntolerance": "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical",
    "MedicationDispense": "http://terminology.hl7.org/CodeSystem/medicationdispense-status",
    "Procedure": "http://hl7.org/fhir/event-status",
    "Immunization": "http://hl7.org/fhir/event-status",
    "Appointment": "http://hl7.org/fhir/appointmentstatus",
    "Coverage": "http://hl7.org/fhir/fm-status",
}


class Row(NamedTuple):
    """One found resource and what the next page begins after."""

    rtype: int
    rid: str
    at: datetime
    id: int
    body: bytes


class Found(NamedTuple):
    """One page: at most `count` rows, whether more follow, and the total where it was asked for."""

    rows: list[Row]
    more: bool
    total: int | None


def run(permit: Permit, query: Query) -> Found:
    """Answer a search; the audit log holds a fact per person on the page before a row is given."""
    where = permitted(permit, "r", query.rtype) & Clause("r.rtype = %s", (NUMBER[query.rtype],))
    for filter_ in query.filters:
        where &= condition(permit, query.rtype, filter_)
    detail: dict[str, object] = {"operation": "search", "parameters": sorted({name for name, _ in query.asked})}
    if query.only_count:
        return _count(permit, query, where, detail)
    ids, order = _page(query, where)
    total = Clause("NULL::bigint")
    if query.total:
        total = Clause(f"(SELECT count(*) FROM resource r WHERE {where.sql})", where.values)
    outer = Clause(
        f"SELECT b.rtype, b.rid, p.at, p.id, b.body, p.ahead, {total.sql} FROM page p "
        f"JOIN resource b ON b.person = p.person AND b.id = p.id ORDER BY {order}",
        total.values,
    )
    found = audited(permit, ids, outer, rtype=query.rtype, detail=detail)
    rows = [Row(rtype, rid, at, number, bytes(body)) for rtype, rid, at, number, body, *_ in found]
    ahead, counted = found[0][5:] if found else (0, 0)
    return Found(rows, ahead > query.count, counted if query.total else None)


def _page(query: Query, where: Clause) -> tuple[Clause, str]:
    """The ids of a page and whether a row follows, and the order of the answer. The row ahead is nobody's business:
    only the page's
    persons are logged as read."""
    column, descending = query.sort
    way = " DESC" if descending else ""
    if query.cursor:
        after = f"(r.{column}, r.id) {'<' if descending else '>'} (%s, %s)"
        where &= Clause(after, tuple(query.cursor))
    order = f"p.at{way}, p.id{way}"
    inner = (
        f"SELECT r.person, r.id, r.{column} AS at FROM resource r WHERE {where.sql} "
        f"ORDER BY r.{column}{way}, r.id{way} LIMIT %s"
    )
    sql = f"SELECT p.* FROM (SELECT q.*, count(*) OVER () AS ahead FROM ({inner}) q) p ORDER BY {order} LIMIT %s"
    return Clause(sql, (*where.values, query.count + 1, query.count)), order


def _count(permit: Permit, query: Query, where: Clause, detail: dict[str, object]) -> Found:
    nobody = Clause("SELECT NULL::bigint AS person WHERE false")
    outer = Clause(f"SELECT count(*) FROM resource r WHERE {where.sql}", where.values)
    found = audited(permit, nobody, outer, rtype=query.rtype, detail={**detail, "operation": "count"})
    return Found([], False, found[0][0])


def condition(permit: Permit, rtype: str, filter_: Filter) -> Clause:
    """One parameter as a condition on the alias `r`."""
    makers: dict[Kind, Callable[[], Clause]] = {
        "patient": lambda: _patient(permit, filter_),
        "string": lambda: _strings(filter_),
        "token": lambda: _tokens(rtype, filter_),
        "date": lambda: _dates(rtype, filter_),
        "updated": lambda: _dates(rtype, filter_),
        "id": lambda: located(rtype, filter_.values),
        "encounter": lambda: _encounter(filter_),
        "organization": lambda: _organization(filter_),
    }
    return makers[filter_.kind]()


def located(rtype: str, rids: Sequence[str]) -> Clause:
    """The resources of a type with one of these ids."""
    found = "SELECT l.person, l.rtype, l.rid FROM locator l WHERE l.rtype = %s AND l.rid = ANY(%s::text[])"
    return Clause(f"(r.person, r.rtype, r.rid) IN ({found})", (NUMBER[rtype], list(rids)))


def _encounter(filter_: Filter) -> Clause:
    wanted = [tokens.reference("Encounter/" + reference(filter_, value, "Encounter")) for value in filter_.values]
    return Clause("r.enc = ANY(%s::bigint[])", (wanted,))


def _organization(filter_: Filter) -> Clause:
    numbers = [registry.org_number(reference(filter_, value, "Organization")) for value in filter_.values]
    return Clause("r.org = ANY(%s::bigint[])", (numbers,))


def _patient(permit: Permit, filter_: Filter) -> Clause:
    """Every registration of the same human that the permit opens (one person, many facilities)."""
    rids = [reference(filter_, value, "Patient") for value in filter_.values]
    persons = persons_of(permit, rids)
    return Clause("r.person = ANY(%s::bigint[])", (persons,)) if persons else NOTHING


def persons_of(permit: Permit, patient_ids: list[str]) -> list[int]:
    """The persons behind Patient ids that the permit opens, with the other registrations of the same humans. Gives
    no data out.
    """
    where = located("Patient", patient_ids) & permitted(permit, "r", "Patient")
    sql = f"SELECT r.person FROM resource r WHERE r.rtype = %s AND {where.sql}"
    named = [person for (person,) in database.rows(sql, [NUMBER["Patient"], *where.values])]
    found = set(named)
    for human in identity.humans_of(named).values():
        found |= identity.persons_of(human)
    return sorted(person for person in found if permit.covers(person))


def same_human(permit: Permit, person: int | None) -> list[int] | None:
    """The registrations of one person's human that the permit names; None: no narrower than the permit."""
    if person is None:
        return None
    humans = identity.humans_of([person])
    return sorted(p for human in humans.values() for p in identity.persons_of(human) if permit.covers(p))


def _strings(filter_: Filter) -> Clause:
    pattern = "%{}%" if filter_.modifier == "contains" else "{}%"
    wanted = [pattern.format(folded) for value in filter_.values if (folded := fold(value))]
    if not wanted:
        return NOTHING
    return Clause(
        "EXISTS (SELECT FROM resource_string t WHERE t.person = r.person AND t.id = r.id AND t.param = %s "
        "AND t.value LIKE ANY(%s::text[]))",
        (STRING_NUMBER[filter_.name], wanted),
    )


def _tokens(rtype: str, filter_: Filter) -> Clause:
    stored = STORED[rtype]
    if filter_.name == stored.status:
        found = _status(rtype, filter_)
    elif filter_.name in stored.unions:
        parts = [_tokens(rtype, filter_._replace(name=name, modifier="")) for name in stored.unions[filter_.name]]
        found = Clause(f"({' OR '.join(part.sql for part in parts)})", tuple(v for part in parts for v in part.values))
    else:
        found = _hashed(filter_, coded=filter_.name == stored.code)
    return Clause(f"NOT coalesce({found.sql}, false)", found.values) if filter_.modifier == "not" else found


def _hashed(filter_: Filter, *, coded: bool) -> Clause:
    wanted = [_hash(filter_.name, value) for value in filter_.values]
    if coded:  # the first coding is in the column, the others and the codes without system among the tokens
        return Clause("(r.code = ANY(%s::bigint[]) OR r.toks && %s::bigint[])", (wanted, wanted))
    return Clause("r.toks && %s::bigint[]", (wanted,))


def _hash(name: str, value: str) -> int:
    parts = list(split(value, "|"))
    if len(parts) == 1:
        return tokens.token(name, tokens.ANY, parts[0])
    if len(parts) != 2 or not parts[1]:
        raise SearchProblem(
            f"{name} ต้องเป็น code, system|code หรือ |code",
            f"{name} takes code, system|code or |code",
            issue="not-supported",
        )
    system = "" if parts[0] == _IMPLIED.get(name) else fhir.canonical(parts[0])
    return tokens.token(name, system, parts[1])


def _status(rtype: str, filter_: Filter) -> Clause:
    numbers = []
    for value in filter_.values:
        system, _, code = value.rpartition("|")
        if code in STATUS_NUMBER and system in {"", _STATUS_SYSTEM.get(rtype)}:
            numbers.append(STATUS_NUMBER[code])
    return Clause("r.status = ANY(%s::smallint[])", (numbers,))


def _dates(rtype: str, filter_: Filter) -> Clause:
    compare = _moment if filter_.kind == "updated" else _period
    found = [compare(*_span(filter_.name, *prefix(value))) for value in filter_.values]
    either = Clause(f"({' OR '.join(part.sql for part in found)})", tuple(v for part in found for v in part.values))
    if filter_.kind == "updated":
        return either
    present = Clause("r.date_hi IS NOT NULL")
    if len(STORED[rtype].dates) > 1:
        present &= Clause("r.toks @> %s::bigint[]", ([tokens.token("has", "", filter_.name)],))
    return present & either


def _span(name: str, operator: str, text: str) -> tuple[str, datetime, datetime]:
    try:
        low, high = dates.span(text)
    except (ValueError, OverflowError) as error:
        raise SearchProblem(
            f"{name} ไม่ใช่วันที่ ใช้ ค.ศ. เช่น 2026-01-31",
            f"{name} is not a date; write for example 2026-01-31 (Gregorian year)",
        ) from error
    return operator, low, high


def _period(operator: str, low: datetime, high: datetime) -> Clause:
    """A stored span [date, date_hi) against the asked span [low, high), both half open."""
    inside = Clause("(r.date >= %s AND r.date_hi <= %s)", (low, high))
    near, far = widened(low, high)
    conditions = {
        "eq": inside,
        "ne": Clause(f"NOT {inside.sql}", inside.values),
        "gt": Clause("r.date_hi > %s", (high,)),
        "lt": Clause("r.date < %s", (low,)),
        "ge": Clause(f"(r.date_hi > %s OR {inside.sql})", (high, *inside.values)),
        "le": Clause(f"(r.date < %s OR {inside.sql})", (low, *inside.values)),
        "sa": Clause("r.date >= %s", (high,)),
        "eb": Clause("r.date_hi <= %s", (low,)),
        "ap": Clause("(r.date < %s AND r.date_hi > %s)", (far, near)),
    }
    return conditions[operator]


def widened(low: datetime, high: datetime) -> tuple[datetime, datetime]:
    """The asked span, wider on both sides by a tenth of its distance from now."""
    gap = abs(clock.now() - low) / _AP
    earliest, latest = dates.LONG_AGO + timedelta(days=1), dates.FAR_AHEAD
    return (
        (low - gap) if low.astimezone(UTC) - earliest > gap else earliest,
        (high + gap) if latest - high.astimezone(UTC) > gap else latest,
    )


def _moment(operator: str, low: datetime, high: datetime) -> Clause:
    """The stored instant `upd` against the asked span."""
    near, far = widened(low, high)
    conditions = {
        "ap": Clause("(r.upd >= %s AND r.upd < %s)", (near, far)),
        "eq": Clause("(r.upd >= %s AND r.upd < %s)", (low, high)),
        "ne": Clause("NOT (r.upd >= %s AND r.upd < %s)", (low, high)),
        "gt": Clause("r.upd >= %s", (high,)),
        "sa": Clause("r.upd >= %s", (high,)),
        "ge": Clause("r.upd >= %s", (low,)),
        "lt": Clause("r.upd < %s", (low,)),
        "eb": Clause("r.upd < %s", (low,)),
        "le": Clause("r.upd < %s", (high,)),
    }
    return conditions[operator]
