"""SQL of identity: look-ups, and the writes of a linking. Sets travel as arrays or by COPY, never row by row."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from suksala.foundation import clock, database, keys
from suksala.standards.thai_codes import NumberClass, dates

from .arrays import column, ints
from .components import Member, Pair
from .domain import Evidence, Registration
from .matching import vetoes
from .reading import Prepared

MANY = 1000


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
    return database.execute(
        "WITH born AS (INSERT INTO identity_registration (hospcode, pid) SELECT %(hospcode)s::text, p "
        "  FROM unnest(%(pids)s::text[]) p "
        "  WHERE NOT EXISTS (SELECT FROM identity_registration r WHERE r.hospcode = %(hospcode)s::text AND r.pid = p) "
        "  ORDER BY p ON CONFLICT DO NOTHING RETURNING person), "
        "event AS (INSERT INTO identity_event (at, kind, actor, evidence) "
        "  SELECT %(now)s::timestamptz, 'new', %(actor)s::text, "
        "  jsonb_build_object('hospcode', %(hospcode)s::text, 'persons', count(*)) FROM born HAVING count(*) > 0 "
        "  RETURNING seq) "
        "INSERT INTO identity_membership (person, human, opened_by) SELECT person, person, seq FROM born, event",
        {"hospcode": hospcode, "pids": list(pids), "now": clock.now(), "actor": actor},
    )


# ---- demographics -------------------------------------------------------------------------------------------------

FIELDS = (
    "number_sealed, number_key, number_class, trusted, title, given, family, sort_key, search_key, birth, sex, "
    "newborn, readings, phone_sealed, mother_sealed, passport_sealed, nation, area, house, twin_order, dead, "
    "d_update, content"
)
# What the comparisons see (reading.comparable).
COMPARED = (
    "number_sealed, number_class, given, family, readings, birth, sex, newborn, phone_sealed, mother_sealed, "
    "passport_sealed, nation, area, house, twin_order, dead"
)


def stage(hospcode: str, rows: Iterable[Prepared]) -> None:
    """COPY prepared rows, and keep those that differ from what stands in `moved`, with their blocking keys."""
    rows = list(rows)
    _make_staging()
    with database.cursor() as cur:
        with cur.copy(f"COPY pg_temp.incoming (pid, {FIELDS}, blocks) FROM STDIN") as copy:
            for row in rows:
                copy.write_row((row.pid, *row.columns, ints(row.blocks)))
        cur.execute(f"INSERT INTO moved {_differing()}", [hospcode])
        if len(rows) > MANY:
            cur.execute("ANALYZE moved")


def _make_staging() -> None:
    """Empty temporary tables, made once in a session: to make them for each linking took half of its time."""
    with database.cursor() as cur:  # in one go: without values a statement may be several
        cur.execute(
            f"CREATE TEMP TABLE IF NOT EXISTS incoming ON COMMIT DELETE ROWS AS "
            f"SELECT ''::text AS pid, {FIELDS}, '{{}}'::bigint[] AS blocks FROM identity_demographics WITH NO DATA; "
            f"CREATE TEMP TABLE IF NOT EXISTS moved ON COMMIT DELETE ROWS AS "
            f"{_differing().replace('%s', chr(39) * 2)} WITH NO DATA; "
            "DELETE FROM incoming; DELETE FROM moved"
        )


def _differing() -> str:
    return (
        "SELECT r.person, i.*, d.number_key AS old_key, coalesce(d.trusted, false) AS old_trusted, "
        "ROW(d.number_key, d.trusted, d.given, d.family, d.birth, d.newborn) IS DISTINCT FROM "
        "ROW(i.number_key, i.trusted, i.given, i.family, i.birth, i.newborn) AS matters, "
        f"ROW({_each('d', COMPARED)}) IS DISTINCT FROM ROW({_each('i', COMPARED)}) AS weighs FROM incoming i "
        "JOIN identity_registration r ON r.hospcode = %s AND r.pid = i.pid "
        "LEFT JOIN identity_demographics d USING (person) WHERE d.content IS DISTINCT FROM i.content"
    )


def _each(table: str, columns: str) -> str:
    return ", ".join(f"{table}.{name}" for name in columns.split(", "))


def stage_gone(hospcode: str, pids: Sequence[str]) -> None:
    """As `stage`, for registrations whose PERSON row was withdrawn: nothing is known of them any more."""
    _make_staging()
    database.execute(
        "INSERT INTO moved (person, number_key, trusted, matters, weighs, old_key, old_trusted) "
        "SELECT person, NULL, false, true, true, d.number_key, d.trusted "
        "FROM identity_registration r JOIN identity_demographics d USING (person) "
        "WHERE r.hospcode = %s AND r.pid = ANY(%s)",
        [hospcode, list(pids)],
    )


def apply_staged(*, all_new: bool = False) -> int:
    """Replace the demographics of the staged rows, and their blocking keys. Returns how many changed.

    all_new  nothing stood of any of them
    """
    if not all_new:
        _keep_former_names()
        database.execute("DELETE FROM identity_block_key b USING moved m WHERE b.person = m.person AND m.weighs")
    update = ", ".join(f"{name} = excluded.{name}" for name in FIELDS.split(", "))
    changed = database.execute(
        f"INSERT INTO identity_demographics (person, {FIELDS}) SELECT person, {FIELDS} FROM moved "
        f"ON CONFLICT (person) DO UPDATE SET {update}"
    )
    database.execute(
        "INSERT INTO identity_block_key (key, person) SELECT unnest(blocks), person FROM moved WHERE weighs"
    )
    return changed


def _keep_former_names() -> None:
    """A name that is replaced by another, not one that was never told."""
    database.execute(
        "INSERT INTO identity_former_name (person, seq, title, given, family, until) "
        "SELECT person, nextval(pg_get_serial_sequence('identity_event', 'seq')), d.title, d.given, d.family, %s "
        "FROM identity_demographics d JOIN moved m USING (person) "
        "WHERE (d.given, d.family) <> (m.given, m.family) AND d.given <> ''",
        [clock.now()],
    )


def apply_gone() -> int:
    """Forget the demographics, keys and former names of the staged persons. Returns how many there were."""
    database.execute("DELETE FROM identity_former_name f USING moved m WHERE f.person = m.person")
    database.execute("DELETE FROM identity_block_key b USING moved m WHERE b.person = m.person")
    return database.execute("DELETE FROM identity_demographics d USING moved m WHERE d.person = m.person")


def staged_to_weigh() -> list[int]:
    """Persons of whom a staged row says something else than before that comparisons look at."""
    return column("SELECT person FROM moved WHERE weighs")


def staged_phones() -> list[bytes]:
    """Sealed telephones that a staged row tells, or told until now."""
    found = database.rows(
        "SELECT phone_sealed FROM moved WHERE weighs AND phone_sealed IS NOT NULL "
        "UNION SELECT d.phone_sealed FROM moved JOIN identity_demographics d USING (person) "
        "WHERE weighs AND d.phone_sealed IS NOT NULL"
    )
    return [bytes(phone) for (phone,) in found]


def staged_persons() -> list[int]:
    """Persons whose humans may change: those that share a trusted number, old or new, with a staged row, and itself.

    A new number that nobody shares changes nobody.
    """
    return column(
        "WITH fresh AS ("
        "  SELECT d.number_key FROM identity_demographics d JOIN (SELECT DISTINCT number_key FROM moved "
        "  WHERE trusted AND matters) m USING (number_key) WHERE d.trusted GROUP BY d.number_key HAVING count(*) > 1), "
        "numbers AS (SELECT number_key AS k FROM fresh UNION SELECT old_key FROM moved WHERE old_trusted AND matters) "
        "SELECT d.person FROM identity_demographics d JOIN numbers n ON d.number_key = n.k WHERE d.trusted "
        "UNION SELECT person FROM moved WHERE old_trusted AND matters"
    )


# ---- the pool that one evaluation looks at ------------------------------------------------------------------------


def neighbours(persons: Sequence[int]) -> dict[int, int]:
    """Persons that share a human, a trusted number, an edge or a decision with one of these, and these themselves,
    with the human of each.
    """
    found = database.rows(
        "WITH given AS (SELECT unnest(%s::bigint[]) AS person), "
        "numbers AS (SELECT DISTINCT number_key FROM identity_demographics JOIN given USING (person) WHERE trusted), "
        "humans AS (SELECT DISTINCT human FROM identity_membership JOIN given USING (person) WHERE closed_by IS NULL) "
        "SELECT person, m.human FROM (SELECT person FROM given "
        "UNION SELECT person FROM identity_demographics JOIN numbers USING (number_key) WHERE trusted "
        "UNION SELECT person FROM identity_membership JOIN humans USING (human) WHERE closed_by IS NULL "
        "UNION SELECT other FROM identity_edge JOIN given USING (person) WHERE until IS NULL "
        "UNION SELECT e.person FROM identity_edge e JOIN given g ON e.other = g.person WHERE e.until IS NULL "
        "UNION SELECT other FROM identity_override JOIN given USING (person) "
        "UNION SELECT o.person FROM identity_override o JOIN given g ON o.other = g.person) AS near "
        "JOIN identity_membership m USING (person) WHERE m.closed_by IS NULL",
        [ints(persons)],
    )
    return dict(found)


def members(persons: Sequence[int]) -> list[Member]:
    """What the evaluation needs to know of these persons."""
    found = database.rows(
        "SELECT person, r.hospcode, r.pid, CASE WHEN d.trusted THEN d.number_key END, coalesce(d.number_class, ''), "
        "d.birth, coalesce(d.given, ''), coalesce(d.family, ''), coalesce(d.newborn, false), d.twin_order, "
        "coalesce(d.dead, false), m.human, coalesce(d.readings, '{}') "
        "FROM unnest(%s::bigint[]) AS g(person) JOIN identity_registration r USING (person) "
        "JOIN identity_membership m USING (person) LEFT JOIN identity_demographics d USING (person) "
        "WHERE m.closed_by IS NULL",
        [ints(persons)],
    )
    return [_member(row) for row in found]


def _member(row: Sequence[Any]) -> Member:
    person, hospcode, pid, number, cls, birth, given, family, newborn, order, dead, human, readings = row
    own_number = number if cls == NumberClass.T1.value and not newborn else None
    replaceable = number if cls == NumberClass.T2.value and not newborn else None
    read = dates.read_birth(birth, clock.today())
    year = read.day.year if read else None
    cluster = vetoes.one(own_number, year, replaceable=replaceable, newborn=newborn, order=order, dead=dead)
    told = vetoes.registered(hospcode, read.day if read else None, given, family, readings)
    cluster = cluster._replace(registered=told)
    return Member(person, (hospcode, pid), number, Evidence(birth, given, family, newborn), human, cluster)


def decisions(persons: Sequence[int]) -> tuple[set[Pair], set[Pair]]:
    """The pairs that must, and that cannot, be one human; of several decisions about a pair the newest counts."""
    found = database.rows(
        "SELECT DISTINCT ON (person, other) person, other, kind FROM identity_override "
        "WHERE person = ANY(%s::bigint[]) OR other = ANY(%s::bigint[]) ORDER BY person, other, event DESC",
        [ints(persons), ints(persons)],
    )
    must = {(a, b) for a, b, kind in found if kind == "must"}
    return must, {(a, b) for a, b, kind in found if kind == "cannot"}


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
    return column("SELECT person FROM identity_membership WHERE human = %s AND closed_by IS NULL", [human])


def persons_of_humans(humans: Iterable[int]) -> list[int]:
    """The persons that are one of these humans now."""
    sql = "SELECT person FROM identity_membership WHERE human = ANY(%s::bigint[]) AND closed_by IS NULL"
    return column(sql, [ints(sorted(set(humans)))])


PERSONS_LIKE = (
    "SELECT other.person FROM identity_membership one JOIN identity_membership other USING (human) "
    "WHERE one.person = %s AND one.closed_by IS NULL AND other.closed_by IS NULL"
)
"""The persons that are the same human as a person now, alone or inside a statement."""


def persons_like(person: int) -> list[int]:
    """The persons that are the same human as this one now; none for one that does not exist."""
    return column(PERSONS_LIKE, [person])


def humans_of_number(number_key: int) -> list[int]:
    """The humans of whom a registration carries this number and is trusted with it."""
    return column(
        "SELECT DISTINCT m.human FROM identity_demographics d JOIN identity_membership m ON m.person = d.person "
        "AND m.closed_by IS NULL WHERE d.number_key = %s AND d.trusted",
        [number_key],
    )


def bearers(number_keys: Collection[int]) -> list[int]:
    """The persons trusted with one of these numbers."""
    return column(
        "SELECT person FROM identity_demographics WHERE trusted AND number_key = ANY(%s::bigint[])", [ints(number_keys)]
    )


def linkable_persons() -> list[int]:
    """Persons that share a trusted number with another, share a human with another, or are part of a decision."""
    return column(
        "SELECT d.person FROM identity_demographics d JOIN (SELECT number_key FROM identity_demographics WHERE trusted "
        "GROUP BY number_key HAVING count(*) > 1) n USING (number_key) WHERE d.trusted "
        "UNION SELECT person FROM identity_membership WHERE closed_by IS NULL AND human IN ("
        "  SELECT human FROM identity_membership WHERE closed_by IS NULL GROUP BY human HAVING count(*) > 1) "
        "UNION SELECT person FROM identity_edge WHERE until IS NULL "
        "UNION SELECT other FROM identity_edge WHERE until IS NULL "
        "UNION SELECT person FROM identity_override UNION SELECT other FROM identity_override"
    )


def copy_memberships(event: int | None) -> bytes:
    """hospcode, pid, person, human, trusted (true or false) of every registration, as CSV: who is whom after an event,
    or now.
    """
    holds = (
        "closed_by IS NULL" if event is None else f"opened_by <= {event:d} AND coalesce(closed_by > {event:d}, true)"
    )
    with (
        database.cursor() as cur,
        cur.copy(
            "COPY (SELECT hospcode, pid, person, human, coalesce(d.trusted, false)::text FROM identity_registration "
            "JOIN identity_membership USING (person) LEFT JOIN identity_demographics d USING (person) "
            f"WHERE {holds}) TO STDOUT (FORMAT csv)"
        ) as copy,
    ):
        return b"".join(bytes(part) for part in copy)
