"""SQL that looks for facts: each kind from its own index, newest first, merged; a person's from the person's index."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

from suksala.foundation import database

from .domain import Fact, Opening, Wanted
from .kinds import CHOSEN, NAMED, READINGS
from .storage import COLUMNS, fact_of_row, unveiling

# One step through the index a kind: a DISTINCT would read the whole log.
_KINDS = """
WITH RECURSIVE k AS (
    SELECT min(kind) AS kind FROM audit
    UNION ALL SELECT (SELECT min(a.kind) FROM audit a WHERE a.kind > k.kind) FROM k WHERE k.kind IS NOT NULL
)
SELECT kind FROM k WHERE kind IS NOT NULL"""

_PART = "coalesce(a.detail->>'operation', a.detail->>'method', '')"


def kinds() -> list[str]:
    """Every kind in the log, by name."""
    return [kind for (kind,) in database.rows(_KINDS)]


def select(wanted: Wanted) -> list[Fact]:
    """Facts newest first."""
    where, values = _where(wanted)
    if wanted.persons is not None or wanted.seqs is not None:
        sql = f"SELECT {COLUMNS}, seq FROM audit a WHERE {where} ORDER BY at DESC, seq DESC LIMIT %s"
        return [fact_of_row(row) for row in database.rows(sql, [*values, wanted.limit], own_plan=True)]
    sql = (
        f"SELECT f.* FROM unnest(%s::text[]) AS k(kind) CROSS JOIN LATERAL (SELECT {COLUMNS}, seq FROM audit a "
        f"WHERE a.kind = k.kind AND {where} ORDER BY a.at DESC, a.seq DESC LIMIT %s) f "
        "ORDER BY f.at DESC, f.seq DESC LIMIT %s"
    )
    named = kinds() if wanted.kinds is None else list(wanted.kinds)
    found = database.rows(sql, [named, *values, wanted.limit, wanted.limit], own_plan=True)
    return [fact_of_row(row) for row in found]


_TESTS = {
    "persons": "a.person = ANY(%s::bigint[])",
    "seqs": "a.seq = ANY(%s::bigint[])",
    "kinds": "a.kind = ANY(%s::text[])",
    "facility": "a.facility = %s",
    "actor": "a.actor = %s",
    "rtype": "a.rtype = %s",
    "rid": "a.rid = %s",
    "since": "a.at >= %s",
    "until": "a.at < %s",
}


def _where(wanted: Wanted) -> tuple[str, list[Any]]:
    asked = {name: getattr(wanted, name) for name in _TESTS}
    tests = [sql for name, sql in _TESTS.items() if asked[name] is not None]
    values = [list(one) if isinstance(one, tuple) else one for one in asked.values() if one is not None]
    if wanted.consent is not None:
        tests.append("(a.detail->'consents' @> to_jsonb(%s::text) OR a.rtype = 'Consent' AND a.rid = %s)")
        values += [wanted.consent, wanted.consent]
    if wanted.before is not None:
        tests.append("(a.at, a.seq) < (%s, %s)")
        values += wanted.before
    unveiled, veiled = unveiling(wanted.veils, "a")
    tests.append(unveiled)
    values += veiled
    for kind, (fitting, known, others) in wanted.parts.items():
        tests.append(
            f"(a.kind <> %s OR CASE WHEN {_PART} = ANY(%s::text[]) THEN {_PART} = ANY(%s::text[]) ELSE %s END)"
        )
        values += [kind, known, fitting, others]
    return " AND ".join(tests), values


_OPENINGS = """
SELECT a.actor, a.person, a.facility, (a.at AT TIME ZONE 'Asia/Bangkok')::date,
       array_agg(DISTINCT extract(hour FROM a.at AT TIME ZONE 'Asia/Bangkok')::int), count(*),
       bool_or(a.kind = ANY(%s::text[]))
FROM audit a
WHERE a.kind = ANY(%s::text[]) AND a.at >= %s AND a.at < %s AND a.actor LIKE 'account:%%' AND a.person IS NOT NULL
  AND a.facility IS NOT NULL
GROUP BY 1, 2, 3, 4 ORDER BY 4, 1, 2"""


def openings(since: datetime, until: datetime) -> list[Opening]:
    """Whose record staff opened, the oldest day first."""
    values = [sorted(CHOSEN), sorted(READINGS), since, until]
    return [
        Opening(reader, person, facility, on, frozenset(hours), times, chosen)
        for reader, person, facility, on, hours, times, chosen in database.rows(_OPENINGS, values)
    ]


_LISTINGS = """
SELECT DISTINCT a.actor, a.person, a.facility, (a.at AT TIME ZONE 'Asia/Bangkok')::date
FROM audit a
WHERE a.kind = 'search' AND a.at >= %s AND a.at < %s AND a.actor LIKE 'account:%%' AND a.person IS NOT NULL
  AND a.facility IS NOT NULL AND a.detail->>'operation' IS NULL
ORDER BY 4, 1, 2"""


def listings(since: datetime, until: datetime) -> list[Opening]:
    """Whom searches by name or number named to staff, the oldest day first. Lists that nobody sought in, such as of
    those who let a facility look, are none of them.
    """
    found = database.rows(_LISTINGS, [since, until])
    return [Opening(actor, person, facility, on, frozenset(), 0, chosen=True) for actor, person, facility, on in found]


_OPENED_ON = """
SELECT DISTINCT person, facility FROM audit
WHERE person = ANY(%s) AND actor = %s AND kind = ANY(%s::text[])
  AND at >= %s::date::timestamp AT TIME ZONE 'Asia/Bangkok'
  AND at < (%s::date + 1)::timestamp AT TIME ZONE 'Asia/Bangkok'
ORDER BY 1"""


def opened_on(persons: Sequence[int], actor: str, on: date) -> list[tuple[int, str | None]]:
    """(person, facility) of what one actor opened, or had named in a list, on a day in Bangkok."""
    values = [list(persons), actor, sorted(READINGS | NAMED), on, on]
    return [(person, facility) for person, facility in database.rows(_OPENED_ON, values)]


_ACROSS = """
SELECT a.actor, a.facility, count(*), max(a.at) FROM audit a
JOIN unnest(%s::bigint[], %s::int[]) AS g(person, side) USING (person)
WHERE a.kind = ANY(%s::text[]) AND a.person = ANY(%s::bigint[]) AND a.at >= %s AND a.at < %s
GROUP BY a.actor, a.facility HAVING count(DISTINCT g.side) > 1 ORDER BY a.actor, a.facility"""


def readers_across(
    sides: Sequence[Collection[int]], since: datetime, until: datetime
) -> list[tuple[str, str | None, int, datetime]]:
    """(reader, facility, how often, when last) of those who read persons of several sides."""
    pairs = [(person, side) for side, persons in enumerate(sides) for person in sorted(persons)]
    persons, numbers = [person for person, _ in pairs], [side for _, side in pairs]
    found = database.rows(_ACROSS, [persons, numbers, sorted(READINGS), persons, since, until], own_plan=True)
    return [(actor, facility, count, last) for actor, facility, count, last in found]
