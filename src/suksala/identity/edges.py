"""SQL of weighing: candidates by blocking keys, what is compared, and the edges that comparisons leave behind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from psycopg.types.json import Jsonb

from suksala.foundation import clock, database

from . import reading, storage, telephones
from .arrays import column, ints
from .components import Pair
from .matching.blocking import rule_of_key
from .matching.comparing import FAR_TOO_MANY, LARGEST_BLOCK
from .matching.demographics import Demographics
from .telephones import Visible


class Edge(NamedTuple):
    """What a model said of a pair.

    model     its number; population: whom it weighs
    levels    the level of each of its comparisons, -1 where nothing is known
    rarities  bits that the rarity of the agreeing value added to each
    veto      why the weight does not decide, or ""
    newborn   the rule for newborns may join the pair
    """

    person: int
    other: int
    model: int
    population: str
    weight: float
    levels: tuple[int, ...]
    rarities: tuple[float, ...]
    veto: str
    newborn: bool


_SHARING = (
    "CROSS JOIN LATERAL (SELECT array_agg(person) AS them FROM (SELECT person FROM identity_block_key b "
    f"WHERE b.key = k.key LIMIT {LARGEST_BLOCK + 1}) AS few HAVING count(*) <= {LARGEST_BLOCK}) AS block "
    "CROSS JOIN LATERAL unnest(block.them) AS other"
)


def candidates(persons: Collection[int]) -> set[Pair]:
    """Pairs, the older first, of these persons with any that share a key; a key that too many share says nothing."""
    found = database.rows(
        f"SELECT DISTINCT least(k.person, other), greatest(k.person, other) FROM identity_block_key k {_SHARING} "
        "WHERE k.person = ANY(%s::bigint[]) AND other <> k.person",
        [ints(persons)],
    )
    return {(a, b) for a, b in found}


def sharing(keys: Collection[int]) -> list[int]:
    """Persons that share one of these keys."""
    return column(
        f"SELECT DISTINCT other FROM unnest(%s::bigint[]) AS k(key) {_SHARING}",
        [ints(keys)],
    )


def meeting(hospcode: str, pids: Collection[str], keys: Collection[int], numbers: Collection[int]) -> list[int]:
    """The persons of these local numbers, those that share one of these keys and those trusted with one of these
    numbers.
    """
    return column(
        "SELECT person FROM identity_registration WHERE hospcode = %s AND pid = ANY(%s) "
        f"UNION SELECT other FROM unnest(%s::bigint[]) AS k(key) {_SHARING} "
        "UNION SELECT person FROM identity_demographics WHERE trusted AND number_key = ANY(%s::bigint[])",
        [hospcode, list(pids), ints(keys), ints(numbers)],
    )


def shared(keys: Collection[int]) -> list[tuple[int, int]]:
    """(key, person) of those that share one of these keys, for who may not see everybody: no key is left out by how
    many share it, unless by far too many.
    """
    found = database.rows(
        "SELECT k.key, few.person FROM unnest(%s::bigint[]) AS k(key) CROSS JOIN LATERAL "
        f"(SELECT person FROM identity_block_key b WHERE b.key = k.key LIMIT {FAR_TOO_MANY}) AS few",
        [ints(keys)],
    )
    return [(key, person) for key, person in found]


def crowded() -> dict[str, int]:
    """Of each rule of blocking how many keys more registrations share than are compared with each other."""
    today = clock.today()
    holder_of: dict[int, int] = dict(
        database.rows(
            "SELECT key, min(person) FROM identity_block_key GROUP BY key HAVING count(*) > %s", [LARGEST_BLOCK]
        )
    )
    # with telephones that many share: they make keys too
    told = {
        person: reading.comparable(columns, today, shared=frozenset())
        for person, _, *columns in _told(holder_of.values())
    }
    rules = (rule_of_key(key, told[holder]) for key, holder in holder_of.items() if holder in told)
    return dict(sorted(Counter(rule for rule in rules if rule).items()))


def people(persons: Collection[int], today: date, visible: Visible | None = None) -> dict[int, Demographics]:
    """What is compared of each of these persons; those of whom nothing is known are left out.

    visible  of some persons those that count for who asks: by these it is told which telephones many share
    """
    found = _told(persons)
    shared = telephones.shared_among({bytes(phone) for _, phone, *_ in found if phone is not None}, visible)
    return {person: reading.comparable(columns, today, shared) for person, _, *columns in found}


def _told(persons: Iterable[int]) -> list[tuple[Any, ...]]:
    """Person, sealed telephone and storage.COMPARED of each of these of whom something is known."""
    return database.rows(
        f"SELECT person, phone_sealed, {storage.COMPARED} FROM identity_demographics WHERE person = ANY(%s::bigint[])",
        [ints(set(persons))],
    )


def replace(persons: Collection[int], edges: Iterable[Edge]) -> set[int]:
    """Close the open edges of these persons and open others. Returns the persons at the far end of those closed."""
    now = clock.now()
    closed = database.rows(
        "UPDATE identity_edge SET until = %s WHERE until IS NULL AND "
        "(person = ANY(%s::bigint[]) OR other = ANY(%s::bigint[])) RETURNING person, other",
        [now, ints(persons), ints(persons)],
    )
    if found := list(edges):
        _open(found, now)
    return {person for both in closed for person in both} - set(persons)


def _open(edges: list[Edge], now: datetime) -> None:
    database.execute(
        "INSERT INTO identity_edge (person, other, model, weight, levels, rarities, veto, newborn, seq, since) "
        "SELECT e.*, nextval(pg_get_serial_sequence('identity_event', 'seq')), %s FROM jsonb_to_recordset(%s) AS e "
        "(person bigint, other bigint, model bigint, weight float8, levels smallint[], rarities float8[], veto text, "
        "newborn boolean)",
        [now, Jsonb([e._asdict() for e in edges])],
    )


def between(persons: Sequence[int]) -> list[Edge]:
    """The open edges of which both ends are among these persons."""
    found = database.rows(
        "SELECT person, other, model, population, weight, levels, rarities, veto, newborn FROM identity_edge "
        "JOIN identity_model USING (model) "
        "WHERE until IS NULL AND person = ANY(%s::bigint[]) AND other = ANY(%s::bigint[])",
        [ints(persons), ints(persons)],
    )
    return [Edge(*row) for row in found]


# ---- registrations that came in bulk --------------------------------------------------------------------------------


def wait(persons: Collection[int], *, spoke: bool = False) -> None:
    """Remember persons that are still to be weighed; `spoke` if their own rows say something else."""
    database.execute(
        "INSERT INTO identity_waiting AS w (person, since, spoke) SELECT p, %s, %s FROM unnest(%s::bigint[]) p "
        "ON CONFLICT (person) DO UPDATE SET spoke = true WHERE excluded.spoke AND NOT w.spoke",
        [clock.now(), spoke, ints(persons)],
    )


def waiting(limit: int) -> list[int]:
    """Persons that wait to be weighed, the longest waiting first."""
    return column("SELECT person FROM identity_waiting ORDER BY since, person LIMIT %s", [limit])


def no_longer_waiting(persons: Collection[int]) -> list[int]:
    """Forget that these wait. Returns those of whom a row says something else since."""
    found = database.rows(
        "DELETE FROM identity_waiting WHERE person = ANY(%s::bigint[]) RETURNING person, spoke", [ints(persons)]
    )
    return [person for person, spoke in found if spoke]
