"""SQL of a write: what stands under some ids, locked, and what the writer may see of it."""

from __future__ import annotations

from collections.abc import Collection

from suksala.consent import Permit
from suksala.foundation import database

from .domain import NAME, NUMBER
from .predicate import Clause, opened
from .tokens import number_of
from .writes import Standing

Key = tuple[str, str]  # type and id

_UNDER = """
SELECT l.rtype, l.rid, r.person, r.vid, r.upd, r.org, r.deleted, r.body, {open}
FROM unnest(%s::smallint[], %s::text[]) AS k (rtype, rid)
JOIN locator l ON l.rtype = k.rtype AND l.rid = k.rid
JOIN resource r ON r.person = l.person AND r.rtype = l.rtype AND r.rid = l.rid
"""


def lock(permit: Permit, keys: Collection[Key]) -> dict[Key, Standing]:
    """What stands under these ids, nobody else's to change until the transaction ends. Always in one order, so that
    two transactions never wait for each other.
    """
    found = _under(permit, keys, " ORDER BY l.rtype, l.rid FOR UPDATE OF r", only_open=True)
    # What is hidden is looked at and never locked: to wait for it would tell that it is there.
    return found | _under(permit, [key for key in keys if key not in found], "")


_PATIENTS = """
SELECT r.rid, r.person FROM locator l
JOIN resource r ON r.person = l.person AND r.rtype = l.rtype AND r.rid = l.rid
WHERE l.rtype = {rtype} AND l.rid {among} AND NOT r.deleted AND {open} ORDER BY l.rid FOR KEY SHARE OF r
"""


def patients(permit: Permit, rids: Collection[str]) -> dict[str, int]:
    """The person of each living Patient that the permit opens, by id. Nobody deletes one of them until the transaction
    ends.
    """
    if not rids:
        return {}
    allowed = opened(permit, "r")
    among, wanted = ("= %s::text", next(iter(rids))) if len(rids) == 1 else ("= ANY(%s::text[])", sorted(rids))
    sql = _PATIENTS.format(rtype=NUMBER["Patient"], among=among, open=allowed.sql)
    return dict(database.rows(sql, [wanted, *allowed.values]))


def patient_of(person: int) -> str | None:
    """The id of the living Patient of a registration; None while no row or resource told of one."""
    found = database.rows(
        "SELECT rid FROM resource WHERE person = %s AND rtype = %s AND NOT deleted ORDER BY id LIMIT 1",
        [person, NUMBER["Patient"]],
    )
    return found[0][0] if found else None


def _under(permit: Permit, keys: Collection[Key], end: str, *, only_open: bool = False) -> dict[Key, Standing]:
    if not keys:
        return {}
    ordered = sorted((NUMBER[rtype], rid) for rtype, rid in keys)
    allowed = _open(permit)
    told, where = (Clause("true"), allowed) if only_open else (allowed, Clause("true"))
    sql = f"{_UNDER.format(open=told.sql)} WHERE {where.sql}{end}"
    values = [*told.values, [number for number, _ in ordered], [rid for _, rid in ordered], *where.values]
    return {
        (NAME[number], rid): Standing(person, vid, upd, org, deleted, bytes(body), is_open)
        for number, rid, person, vid, upd, org, deleted, body, is_open in database.rows(sql, values)
    }


def _open(permit: Permit) -> Clause:
    """Whether a row of any type is open to the permit."""
    bounds = opened(permit, "r")
    public = opened(permit, "r", "Organization")
    sql = f"CASE WHEN r.rtype = {NUMBER['Organization']} THEN {public.sql} ELSE coalesce({bounds.sql}, false) END"
    return Clause(sql, public.values + bounds.values)


def has_data(person: int, org: int | None) -> bool:
    """Whether a registration has living resources beside its Patient.

    org  of this facility; None: of anybody. What a person decided is not a facility's, and none is told of it
    """
    sql = """
    SELECT EXISTS (SELECT FROM resource
        WHERE person = %s AND rtype <> %s AND NOT deleted AND (%s::bigint IS NULL OR org = %s::bigint))
    """
    ((found,),) = database.rows(sql, [person, NUMBER["Patient"], org, org])
    return bool(found)


MOST_HELD = 64  # a lock each; PostgreSQL's room for locks is shared by all facilities


def hold(facility: str, searches: Collection[str]) -> None:
    """Let one transaction of a facility at a time decide whether a conditional write finds its target; many at once
    hold the facility's only. Another facility's searches find other rows, so nobody waits for them.
    """
    if not searches:
        return
    whole = number_of(f"conditional\x1f{facility}")
    few = len(searches) <= MOST_HELD
    database.rows(f"SELECT pg_advisory_xact_lock{'_shared' * few}(%s)", [whole])
    for number in sorted({number_of(f"conditional\x1f{facility}\x1f{text}") for text in searches}) if few else ():
        database.rows("SELECT pg_advisory_xact_lock(%s)", [number])
