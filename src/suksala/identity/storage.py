"""SQL of identity: look-ups, and the writes of a linking. Sets travel as arrays or by COPY, never row by row."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from suksala.foundation import clock, database, keys

from .components import Member, Outcome, Pair
from .domain import Evidence, Registration

LOCK = 0x53554B_1D  # one linking at a time over all processes: no human is made twice
MANY = 1000


@dataclass(frozen=True, slots=True)
class Review:
    """A question for a reviewer: `kind` is whose-card (two persons, one number) or dummy-number (person = other)."""

    kind: str
    person: int
    other: int
    state: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Move:
    """One person goes from a human to another, by one event."""

    person: int
    before: int
    after: int


# ---- births -------------------------------------------------------------------------------------------------------


def persons_of_pids(hospcode: str, pids: Sequence[str]) -> dict[str, int]:
    """The persons already born among these local numbers."""
    sql = "SELECT pid, person FROM identity_registration WHERE hospcode = %s AND pid = ANY(%s)"
    return dict(database.rows(sql, [hospcode, list(pids)]))


def contents(hospcode: str, pids: Sequence[str]) -> dict[str, bytes | None]:
    """The digest of what stands for each registered local number; None for one that no PERSON row told of."""
    sql = "SELECT pid, content FROM identity_registration LEFT JOIN identity_demographics USING (person)"
    # A large batch is most of a facility: reading all of it is cheaper than naming each.
    if len(pids) > MANY:
        return dict(database.rows(f"{sql} WHERE hospcode = %s", [hospcode]))
    return dict(database.rows(f"{sql} WHERE hospcode = %s AND pid = ANY(%s)", [hospcode, list(pids)]))


def give_birth(hospcode: str, pids: Sequence[str], actor: str) -> int:
    """Make a person, its own human, for each local number that has none yet. Returns how many."""
    born = [
        person
        for (person,) in database.rows(
            "INSERT INTO identity_registration (hospcode, pid) SELECT %s, p FROM unnest(%s::text[]) p "
            "WHERE NOT EXISTS (SELECT FROM identity_registration r WHERE r.hospcode = %s AND r.pid = p) "
            "ORDER BY p ON CONFLICT DO NOTHING RETURNING person",
            [hospcode, list(pids), hospcode],
        )
    ]
    if born:
        event = add_event("new", actor, {"hospcode": hospcode, "persons": len(born)})
        database.execute(
            "INSERT INTO identity_membership (person, human, opened_by) SELECT p, p, %s FROM unnest(%s::bigint[]) p",
            [event, ints(born)],
        )
    return len(born)


# ---- demographics -------------------------------------------------------------------------------------------------

_FIELDS = (
    "number_sealed, number_key, number_class, trusted, title, given, family, sort_key, search_key, birth, sex, "
    "newborn, d_update, content"
)


def stage(hospcode: str, rows: Iterable[Sequence[Any]]) -> None:
    """COPY prepared rows (pid, then the fields) and keep those that differ from what stands, as temp table `moved`."""
    with database.cursor() as cur:
        cur.execute("DROP TABLE IF EXISTS incoming, moved")
        cur.execute(
            "CREATE TEMP TABLE incoming ON COMMIT DROP AS "
            f"SELECT ''::text AS pid, {_FIELDS} FROM identity_demographics WITH NO DATA"
        )
        with cur.copy(f"COPY incoming (pid, {_FIELDS}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        cur.execute(
            "CREATE TEMP TABLE moved ON COMMIT DROP AS "
            "SELECT r.person, i.*, d.number_key AS old_key, coalesce(d.trusted, false) AS old_trusted, "
            "ROW(d.number_key, d.trusted, d.given, d.family, d.birth, d.newborn) IS DISTINCT FROM "
            "ROW(i.number_key, i.trusted, i.given, i.family, i.birth, i.newborn) AS matters FROM incoming i "
            "JOIN identity_registration r ON r.hospcode = %s AND r.pid = i.pid "
            "LEFT JOIN identity_demographics d USING (person) WHERE d.content IS DISTINCT FROM i.content",
            [hospcode],
        )
        cur.execute("ANALYZE moved")


def stage_gone(hospcode: str, pids: Sequence[str]) -> None:
    """As `stage`, for registrations whose PERSON row was withdrawn: nothing is known of them any more."""
    with database.cursor() as cur:
        cur.execute("DROP TABLE IF EXISTS moved")
        cur.execute(
            "CREATE TEMP TABLE moved ON COMMIT DROP AS "
            "SELECT person, NULL::bigint AS number_key, false AS trusted, true AS matters, "
            "d.number_key AS old_key, d.trusted AS old_trusted "
            "FROM identity_registration r JOIN identity_demographics d USING (person) "
            "WHERE r.hospcode = %s AND r.pid = ANY(%s)",
            [hospcode, list(pids)],
        )


def apply_staged() -> int:
    """Replace the demographics of the staged rows. Returns how many changed."""
    update = ", ".join(f"{name} = excluded.{name}" for name in _FIELDS.split(", "))
    return database.execute(
        f"INSERT INTO identity_demographics (person, {_FIELDS}) SELECT person, {_FIELDS} FROM moved "
        f"ON CONFLICT (person) DO UPDATE SET {update}"
    )


def apply_gone() -> int:
    """Forget the demographics of the staged persons. Returns how many there were."""
    return database.execute("DELETE FROM identity_demographics d USING moved m WHERE d.person = m.person")


def staged_persons() -> list[int]:
    """Persons whose humans may change: those that share a trusted number, old or new, with a staged row, and itself.

    A new number that nobody shares changes nobody.
    """
    return _column(
        "WITH fresh AS ("
        "  SELECT d.number_key FROM identity_demographics d JOIN (SELECT DISTINCT number_key FROM moved "
        "  WHERE trusted AND matters) m USING (number_key) WHERE d.trusted GROUP BY d.number_key HAVING count(*) > 1), "
        "numbers AS (SELECT number_key AS k FROM fresh UNION SELECT old_key FROM moved WHERE old_trusted AND matters) "
        "SELECT d.person FROM identity_demographics d JOIN numbers n ON d.number_key = n.k WHERE d.trusted "
        "UNION SELECT person FROM moved WHERE old_trusted AND matters"
    )


# ---- the pool that one evaluation looks at ------------------------------------------------------------------------


def neighbours(persons: Sequence[int]) -> list[int]:
    """Persons that share a human, a trusted number or a decision with one of these; the persons themselves included."""
    return _column(
        "WITH given AS (SELECT unnest(%s::bigint[]) AS person), "
        "numbers AS (SELECT DISTINCT number_key FROM identity_demographics JOIN given USING (person) WHERE trusted), "
        "humans AS (SELECT DISTINCT human FROM identity_membership JOIN given USING (person) WHERE closed_by IS NULL) "
        "SELECT person FROM given "
        "UNION SELECT person FROM identity_demographics JOIN numbers USING (number_key) WHERE trusted "
        "UNION SELECT person FROM identity_membership JOIN humans USING (human) WHERE closed_by IS NULL "
        "UNION SELECT other FROM identity_override JOIN given USING (person) "
        "UNION SELECT o.person FROM identity_override o JOIN given g ON o.other = g.person",
        [ints(persons)],
    )


def members(persons: Sequence[int]) -> list[Member]:
    """What the evaluation needs to know of these persons."""
    found = database.rows(
        "SELECT person, r.hospcode, r.pid, CASE WHEN d.trusted THEN d.number_key END, d.birth, coalesce(d.given, ''), "
        "coalesce(d.family, ''), coalesce(d.newborn, false), m.human "
        "FROM unnest(%s::bigint[]) AS g(person) JOIN identity_registration r USING (person) "
        "JOIN identity_membership m USING (person) LEFT JOIN identity_demographics d USING (person) "
        "WHERE m.closed_by IS NULL",
        [ints(persons)],
    )
    return [
        Member(person, (hospcode, pid), number, Evidence(birth, given, family, newborn), human)
        for person, hospcode, pid, number, birth, given, family, newborn, human in found
    ]


def decisions(persons: Sequence[int]) -> tuple[set[Pair], set[Pair]]:
    """The pairs that must, and that cannot, be one human; of several decisions about a pair the newest counts."""
    found = database.rows(
        "SELECT DISTINCT ON (person, other) person, other, kind FROM identity_override "
        "WHERE person = ANY(%s::bigint[]) OR other = ANY(%s::bigint[]) ORDER BY person, other, event DESC",
        [ints(persons), ints(persons)],
    )
    must = {(a, b) for a, b, kind in found if kind == "must"}
    return must, {(a, b) for a, b, kind in found if kind == "cannot"}


def any_decisions() -> bool:
    """Whether anybody ever decided about a pair."""
    return bool(database.rows("SELECT 1 FROM identity_override LIMIT 1"))


# ---- events and what they change ----------------------------------------------------------------------------------


def add_event(kind: str, actor: str, evidence: Mapping[str, Any], undoes: int | None = None) -> int:
    """Append one event; returns its number."""
    sql = "INSERT INTO identity_event (at, kind, actor, undoes, evidence) VALUES (%s, %s, %s, %s, %s) RETURNING seq"
    [(seq,)] = database.rows(sql, [clock.now(), kind, actor, undoes, Jsonb(dict(evidence))])
    return int(seq)


def add_events(kinds: Sequence[str], actor: str, evidences: Sequence[Mapping[str, Any]]) -> list[int]:
    """Append many events; returns their numbers in the same order."""
    numbers = _column(
        "SELECT nextval(pg_get_serial_sequence('identity_event', 'seq')) FROM generate_series(1, %s)", [len(kinds)]
    )
    now = clock.now()
    with (
        database.cursor() as cur,
        cur.copy("COPY identity_event (seq, at, kind, actor, evidence) FROM STDIN") as copy,
    ):
        for seq, kind, evidence in zip(numbers, kinds, evidences, strict=True):
            copy.write_row((seq, now, kind, actor, Jsonb(dict(evidence))))
    return numbers


def move(moves: Sequence[tuple[int, int, int]]) -> None:
    """Close the open membership of each person and open another: (person, new human, event)."""
    if not moves:
        return
    arrays = [ints(column) for column in zip(*moves, strict=True)]
    database.execute(
        "UPDATE identity_membership m SET closed_by = g.event "
        "FROM unnest(%s::bigint[], %s::bigint[]) AS g(person, event) WHERE m.person = g.person AND m.closed_by IS NULL",
        [arrays[0], arrays[2]],
    )
    database.execute(
        "INSERT INTO identity_membership (person, human, opened_by) "
        "SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[])",
        arrays,
    )


def decide(pairs: Mapping[Pair, str], event: int) -> None:
    """Append decisions about pairs, made by one event."""
    with database.cursor() as cur, cur.copy("COPY identity_override (person, other, event, kind) FROM STDIN") as copy:
        for (person, other), kind in pairs.items():
            copy.write_row((person, other, event, kind))


def ask(outcome: Outcome, pool: Collection[int]) -> int:
    """Make the open questions about this pool equal to the outcome's doubts. Returns how many are new."""
    standing = {
        (kind, person, other)
        for kind, person, other in database.rows(
            "SELECT kind, person, other FROM identity_review "
            "WHERE state = 'open' AND (person = ANY(%s::bigint[]) OR other = ANY(%s::bigint[]))",
            [ints(pool), ints(pool)],
        )
    }
    for kind, person, other in standing - outcome.doubts:
        database.execute(
            "UPDATE identity_review SET state = 'settled', at = %s WHERE kind = %s AND person = %s AND other = %s",
            [clock.now(), kind, person, other],
        )
    fresh = sorted(outcome.doubts - standing)
    if fresh:
        kinds, persons, others = (list(column) for column in zip(*fresh, strict=True))
        database.execute(
            "INSERT INTO identity_review (kind, person, other, state, at) "
            "SELECT k, p, o, 'open', %s FROM unnest(%s::text[], %s::bigint[], %s::bigint[]) AS g(k, p, o) "
            "ON CONFLICT (person, other, kind) DO UPDATE SET state = 'open', at = excluded.at",
            [clock.now(), kinds, persons, others],
        )
    return len(fresh)


def event(seq: int) -> tuple[str, bool] | None:
    """Kind of an event and whether it was undone, or None."""
    found = database.rows(
        "SELECT kind, EXISTS (SELECT FROM identity_event u WHERE u.undoes = e.seq) "
        "FROM identity_event e WHERE seq = %s",
        [seq],
    )
    return (found[0][0], found[0][1]) if found else None


def touched(seq: int) -> dict[int, tuple[int, int]]:
    """Every person of the humans that event `seq` changed: its human before and after it."""
    found = database.rows(
        "WITH moved AS (SELECT person FROM identity_membership WHERE opened_by = %(seq)s), "
        "humans AS (SELECT DISTINCT human FROM identity_membership JOIN moved USING (person) "
        "  WHERE opened_by = %(seq)s OR closed_by = %(seq)s), "
        "near AS (SELECT DISTINCT person FROM identity_membership JOIN humans USING (human) "
        "  WHERE opened_by <= %(seq)s AND (closed_by IS NULL OR closed_by >= %(seq)s)) "
        "SELECT n.person, b.human, a.human FROM near n "
        "JOIN identity_membership b ON b.person = n.person AND b.opened_by < %(seq)s"
        "  AND (b.closed_by IS NULL OR b.closed_by >= %(seq)s) "
        "JOIN identity_membership a ON a.person = n.person AND a.opened_by <= %(seq)s"
        "  AND (a.closed_by IS NULL OR a.closed_by > %(seq)s)",
        {"seq": seq},
    )
    return {person: (before, after) for person, before, after in found}


def later_events(seq: int, persons: Sequence[int], humans: Sequence[int]) -> list[int]:
    """Events after `seq` that moved one of these persons or touched one of these humans, newest first."""
    found = _column(
        "SELECT DISTINCT s FROM identity_membership m, LATERAL (VALUES (m.opened_by), (m.closed_by)) AS v(s) "
        "WHERE s > %s AND (m.person = ANY(%s::bigint[]) OR m.human = ANY(%s::bigint[])) ORDER BY s",
        [seq, ints(persons), ints(humans)],
    )
    return found[::-1]


# ---- look-ups -----------------------------------------------------------------------------------------------------

_REGISTRATION = (
    "SELECT r.person, m.human, r.hospcode, r.pid, coalesce(d.given, ''), coalesce(d.family, ''), "
    "coalesce(d.title, ''), d.birth, coalesce(d.sex, ''), d.number_sealed, coalesce(d.trusted, false) "
    "FROM identity_registration r JOIN identity_membership m ON m.person = r.person AND m.closed_by IS NULL "
    "LEFT JOIN identity_demographics d ON d.person = r.person "
)


def select_registrations(persons: Sequence[int]) -> list[Registration]:
    """Registrations by person, in no order."""
    return [
        _registration(row)
        for row in database.rows(f"{_REGISTRATION} WHERE r.person = ANY(%s::bigint[])", [ints(persons)])
    ]


def search(hospcode: str, where: str, values: Sequence[Any], limit: int) -> list[Registration]:
    """Registrations of one facility that satisfy a condition on r (registration) or d (demographics), by name."""
    sql = f"{_REGISTRATION} WHERE r.hospcode = %s AND {where} ORDER BY d.sort_key NULLS LAST, r.pid LIMIT %s"
    return [_registration(row) for row in database.rows(sql, [hospcode, *values, limit])]


def _registration(row: Sequence[Any]) -> Registration:
    person, human, hospcode, pid, given, family, title, birth, sex, sealed, trusted = row
    number = keys.unseal(sealed) if sealed else None
    return Registration(person, human, hospcode, pid, given, family, title, birth, sex, number, trusted)


def humans(persons: Sequence[int]) -> dict[int, int]:
    """The human of each of these persons."""
    sql = "SELECT person, human FROM identity_membership WHERE person = ANY(%s::bigint[]) AND closed_by IS NULL"
    return dict(database.rows(sql, [ints(persons)]))


def persons_of_human(human: int) -> list[int]:
    """The persons that are this human now."""
    return _column("SELECT person FROM identity_membership WHERE human = %s AND closed_by IS NULL", [human])


def linkable_persons() -> list[int]:
    """Persons that share a trusted number with another, share a human with another, or are part of a decision."""
    return _column(
        "SELECT d.person FROM identity_demographics d JOIN (SELECT number_key FROM identity_demographics WHERE trusted "
        "GROUP BY number_key HAVING count(*) > 1) n USING (number_key) WHERE d.trusted "
        "UNION SELECT person FROM identity_membership WHERE closed_by IS NULL AND human IN ("
        "  SELECT human FROM identity_membership WHERE closed_by IS NULL GROUP BY human HAVING count(*) > 1) "
        "UNION SELECT person FROM identity_override UNION SELECT other FROM identity_override"
    )


def select_reviews(state: str, limit: int) -> list[Review]:
    """Questions in one state, newest first."""
    sql = (
        "SELECT kind, person, other, state, at FROM identity_review WHERE state = %s "
        "ORDER BY at DESC, person, other LIMIT %s"
    )
    return [Review(*row) for row in database.rows(sql, [state, limit])]


def events_of(persons: Sequence[int]) -> list[tuple[int, str]]:
    """Number and kind of the events that moved these persons, oldest first."""
    found = database.rows(
        "SELECT DISTINCT e.seq, e.kind FROM identity_membership m "
        "JOIN identity_event e ON e.seq IN (m.opened_by, m.closed_by) "
        "WHERE m.person = ANY(%s::bigint[]) ORDER BY e.seq",
        [ints(persons)],
    )
    return [(seq, kind) for seq, kind in found]


def copy_memberships() -> bytes:
    """hospcode, pid, person, human, trusted (true or false) of every registration, as CSV."""
    with (
        database.cursor() as cur,
        cur.copy(
            "COPY (SELECT hospcode, pid, person, human, coalesce(d.trusted, false)::text FROM identity_registration "
            "JOIN identity_membership USING (person) LEFT JOIN identity_demographics d USING (person) "
            "WHERE closed_by IS NULL) TO STDOUT (FORMAT csv)"
        ) as copy,
    ):
        return b"".join(bytes(part) for part in copy)


def ints(numbers: Iterable[int]) -> str:
    """A bigint[] literal: psycopg takes 3 µs to write one number of a list, this 0.1; the SQL casts it."""
    return f"{{{','.join(map(str, numbers))}}}"


def _column(sql: str, values: Sequence[Any] | dict[str, Any] = ()) -> list[int]:
    return [row[0] for row in database.rows(sql, values)]
