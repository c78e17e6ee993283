"""Patients of one human: the links that a Patient shows of it, and the news of those that came or went.

A Patient is stored as its sender wrote it. Which others are the same human is added when it is read, as
`Patient.link` of type seealso, as far as the permit opens them: both are in use, so nobody is `replaced-by`.
Source: FHIR R4 Patient.link; IHE PIXm and PMIR, merge and link; decision 0174.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from suksala import identity
from suksala.consent import Permit
from suksala.foundation import database

from . import exact
from .cross_reference import patients_of
from .domain import NUMBER, Version
from .predicate import Clause, either, opened
from .subscription_storage import MOST_TAKEN, Change, Event, watched
from .writes import Resource

SHOWN = "same-human-"  # how the ids of links begin that the server shows and nobody wrote
_PATIENT = NUMBER["Patient"]


# ---- links of what is read ------------------------------------------------------------------------------------------


def shown(permit: Permit, patients: Mapping[str, bytes]) -> dict[str, bytes]:
    """These Patients (id to content), which the permit opens, with a link to each other of the same human that it
    opens too: one statement for all of them.
    """
    links = _links(permit, patients)
    return {rid: _with(body, links.get(rid, ())) for rid, body in patients.items()}


def shown_rows(permit: Permit, found: Iterable[tuple[str, str, bytes]]) -> list[tuple[str, str, bytes]]:
    """As `shown`, of resources of any type as (type, id, content), in their order."""
    rows = list(found)
    patients = shown(permit, {rid: body for rtype, rid, body in rows if rtype == "Patient"})
    return [(rtype, rid, patients[rid] if rtype == "Patient" else body) for rtype, rid, body in rows]


def shown_version(permit: Permit, rid: str, found: Version) -> Version:
    """As `shown`, of one Patient as it was read, and whether its version alone tells what is served."""
    links = _links(permit, [rid])
    return found._replace(body=_with(found.body, links[rid]), linked=True) if rid in links else found


def relinked(permit: Permit, since: datetime, persons: Collection[int] | None = None) -> list[int]:
    """The persons whose Patient shows other links than before a moment, as far as the permit opens whom these lead or
    led to; of these persons, or of all. The Patient's own version and moment tell nothing of that: whoever follows by
    `_since` would keep a wrong link for ever (decision 0201).
    """
    moved, values = identity.joined_or_parted(since, persons)
    open_ = opened(permit, "o", "Patient")
    of, named = ("true", ()) if persons is None else ("p.person = ANY(%s::bigint[])", (sorted(persons),))
    sql = (
        f"SELECT p.person FROM ({moved}) p JOIN resource o ON o.person = p.other AND o.rtype = {_PATIENT} "
        f"WHERE {open_.sql} UNION "
        f"SELECT p.person FROM resource o JOIN ({identity.EVER_TOGETHER}) p ON p.now AND p.other = o.person "
        f"WHERE o.rtype = {_PATIENT} AND o.upd >= %s AND (o.deleted OR o.vid = 1 OR EXISTS (SELECT FROM "
        "resource_history v WHERE v.person = o.person AND v.id = o.id AND v.deleted)) "
        f"AND {of} AND {open_.sql}"
    )
    found = database.rows(sql, [*values, *open_.values, since, *named, *open_.values], own_plan=True)
    return [int(person) for (person,) in found]


def changed_since(permit: Permit, since: datetime, persons: Collection[int] | None = None) -> Clause:
    """On the alias r: what changed since a moment, and the Patients that show other links than before it."""
    others = relinked(permit, since, persons)
    changed = Clause("r.upd >= %s", (since,))
    if not others:
        return changed
    return either([changed, Clause(f"(r.rtype = {_PATIENT} AND r.person = ANY(%s::bigint[]))", (others,))])


_OTHERS = f"""
SELECT l.rid, o.rid, p.now AND NOT o.deleted FROM locator l
JOIN ({identity.EVER_TOGETHER}) p ON p.person = l.person
JOIN resource o ON o.person = p.other AND o.rtype = l.rtype
WHERE l.rtype = {_PATIENT} AND l.rid = ANY(%s::text[]) AND """


def _links(permit: Permit, rids: Collection[str]) -> dict[str, list[str]]:
    """The others of the same human now, in order, of each of these Patients for which the permit opens one, or the
    deletion of one, that was so once: what was shown then may be shown no more.
    """
    if not rids:
        return {}
    open_ = opened(permit, "o", "Patient", one_row=True)
    found: dict[str, set[str]] = {}
    for rid, other, now in database.rows(_OTHERS + open_.sql, [sorted(rids), *open_.values]):
        found.setdefault(rid, set()).update([other] if now else [])
    return {rid: sorted(others) for rid, others in found.items()}


def _persons(rids: Collection[str]) -> dict[str, int]:
    sql = "SELECT rid, person FROM locator WHERE rtype = %s AND rid = ANY(%s::text[])"
    return dict(database.rows(sql, [_PATIENT, sorted(rids)])) if rids else {}


def _with(body: bytes, others: Collection[str]) -> bytes:
    """The content with links to these Patients; one that its sender linked already is not told twice. Where they
    linked nobody, nothing is parsed.
    """
    told: list[dict[str, Any]] = [
        {"id": f"{SHOWN}{n}", "other": {"reference": f"Patient/{rid}"}, "type": "seealso"}
        for n, rid in enumerate(others, start=1)
    ]
    if not told:
        return body
    if b'"link":' not in body:
        return body[:-1] + b',"link":' + exact.dumps(told) + b"}"
    found = exact.loads(body)
    own = found.get("link", [])
    named = {str((link.get("other") or {}).get("reference", "")) for link in own}
    told = [link for link in told if link["other"]["reference"] not in named]
    return exact.dumps({**found, "link": [*own, *told]}) if told else body


def written(patient: Resource) -> None:
    """Take out of a Patient that is to be written the links that were only shown: who puts back what they read says
    nothing by them.
    """
    links = patient.get("link")
    if not isinstance(links, list):
        return
    kept = [one for one in links if not (isinstance(one, dict) and str(one.get("id", "")).startswith(SHOWN))]
    if kept:
        patient["link"] = kept
    else:
        del patient["link"]


# ---- links that came or went ----------------------------------------------------------------------------------------


def changes() -> list[Change]:
    """Take up the oldest events of identity that nobody was told of: a change of each Patient whose human changed.

    They count as told when the transaction commits. Where nobody watches Patients they are forgotten.
    """
    if not watched([_PATIENT]):
        identity.forget_moves()
        return []
    moves = identity.take_moves(MOST_TAKEN)
    sql = "SELECT person, rid, vid FROM resource WHERE rtype = %s AND person = ANY(%s::bigint[]) AND NOT deleted"
    found = database.rows(sql, [_PATIENT, sorted({move.person for move in moves})]) if moves else []
    patients = {person: (rid, vid) for person, rid, vid in found}
    return [
        Change(0, "Patient", *patients[move.person], False, move.at, move.event, move.others)
        for move in moves
        if move.person in patients
    ]


def open_to(permit: Permit, told: Collection[Change]) -> set[tuple[int | None, str]]:
    """Of these changes, as (cause, id), those of which the permit opens another Patient too: who sees one alone is
    told nothing.
    """
    others = {other for change in told for other in change.others}
    opened = patients_of(permit, others).keys()
    return {(change.cause, change.rid) for change in told if not opened.isdisjoint(change.others)}


def still_open(permit: Permit, events: Iterable[Event]) -> list[Event]:
    """These events without those about who is one human of which the permit opens one Patient alone now."""
    waiting = list(events)
    causes = {event.cause for event in waiting if event.cause is not None}
    if not causes:
        return waiting
    persons = _persons([event.rid for event in waiting if event.cause is not None])
    others = {(move.event, move.person): move.others for move in identity.moves_of(causes)}
    opened = patients_of(permit, {other for group in others.values() for other in group}).keys()
    return [
        event
        for event in waiting
        if event.cause is None
        or not opened.isdisjoint(others.get((event.cause, persons.get(event.rid, 0)), frozenset()))
    ]
