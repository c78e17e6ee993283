"""SQL of practitioners, their licences and roles."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from suksala.foundation import database

from .practitioners import Clash, Conflict, Licence, Practitioner, ProviderRow, Role, Source, bare_number

LOCK = 0x53554B_2A  # one taking-in at a time over all processes: no practitioner is made twice
_NAMES = "title, given_th, family_th, given_en, family_en"
_PRACTITIONER = f"SELECT p.id, {_NAMES}, p.number_key, p.named_at FROM registry_practitioner p"
_ROLE = "SELECT id, practitioner_id, hospcode, local, codes, since, until, source, told, ended FROM registry_role"
_CONFLICT = "SELECT hospcode, local, clash, practitioner_id, other_id, found, id FROM registry_conflict"


@dataclass(frozen=True, slots=True)
class Number:
    """A national number as it is kept."""

    key: int
    sealed: bytes


def practitioners(ids: Collection[int]) -> dict[int, Practitioner]:
    """These practitioners with their licences."""
    return _with_licences(database.rows(f"{_PRACTITIONER} WHERE p.id = ANY(%s)", [list(ids)]))


def known_by(numbers: Collection[int], licences: Iterable[tuple[str, str]], hospcode: str) -> dict[int, Practitioner]:
    """Those who have one of these national numbers (keyed) or licences, or any role at this facility."""
    councils, of = zip(*licences, strict=True) if (licences := list(licences)) else ((), ())
    found = database.rows(
        f"{_PRACTITIONER} WHERE p.number_key = ANY(%s) OR p.id IN (SELECT practitioner_id FROM registry_licence "
        "WHERE (council, number) IN (SELECT * FROM unnest(%s::text[], %s::text[]))) "
        "OR p.id IN (SELECT practitioner_id FROM registry_role WHERE hospcode = %s)",
        [list(numbers), list(councils), list(of), hospcode],
    )
    return _with_licences(found)


def of_licence(council: str, number: str) -> list[Practitioner]:
    """Whose licence of this council has this number, with or without the letters before it."""
    found = database.rows(
        f"{_PRACTITIONER} WHERE p.id IN (SELECT practitioner_id FROM registry_licence WHERE council = %s AND "
        "(number = %s OR %s <> '' AND regexp_replace(number, '^[^0-9]+', '') = %s)) ORDER BY p.id",
        [council, number, bare_number(number), bare_number(number)],
    )
    return list(_with_licences(found).values())


def _with_licences(found: Sequence[Sequence[Any]]) -> dict[int, Practitioner]:
    held: dict[int, list[Licence]] = {row[0]: [] for row in found}
    for who, council, number, since, until in database.rows(
        "SELECT practitioner_id, council, number, since, until FROM registry_licence WHERE practitioner_id = ANY(%s) "
        "ORDER BY council, number",
        [list(held)],
    ):
        held[who].append(Licence(council, number, since, until))
    return {row[0]: _practitioner(row, tuple(held[row[0]])) for row in found}


def add(row: ProviderRow, number: Number | None) -> int:
    """A new practitioner by the names of a row."""
    [(made,)] = database.rows(
        f"INSERT INTO registry_practitioner ({_NAMES}, number_key, number_sealed, named_at) "
        "VALUES (%s, %s, %s, %s, %s, %s, %s, %s) RETURNING id",
        [*_named(row), *_number(number), row.named_at],
    )
    return int(made)


def rename(practitioner: int, row: ProviderRow) -> None:
    """Keep the names of a row; English ones stand where it tells none."""
    database.execute(
        "UPDATE registry_practitioner SET title = %s, given_th = %s, family_th = %s, "
        "given_en = coalesce(nullif(%s, ''), given_en), family_en = coalesce(nullif(%s, ''), family_en), "
        "named_at = %s WHERE id = %s",
        [*_named(row), row.named_at, practitioner],
    )


def give_number(practitioner: int, number: Number) -> None:
    """Keep a national number."""
    database.execute(
        "UPDATE registry_practitioner SET number_key = %s, number_sealed = %s WHERE id = %s",
        [*_number(number), practitioner],
    )


def give_licence(practitioner: int, licence: Licence) -> None:
    """Keep a licence in the place of another of its council; days that are not told stay."""
    database.execute(
        "DELETE FROM registry_licence WHERE practitioner_id = %s AND council = %s AND number <> %s",
        [practitioner, licence.council, licence.number],
    )
    database.execute(
        "INSERT INTO registry_licence AS held (practitioner_id, council, number, since, until) "
        "VALUES (%s, %s, %s, %s, %s) ON CONFLICT (council, number) DO UPDATE SET "
        "since = coalesce(excluded.since, held.since), until = coalesce(excluded.until, held.until)",
        [practitioner, licence.council, licence.number, licence.since, licence.until],
    )


def role(key: int, *, lock: bool = False) -> Role | None:
    """One role."""
    found = database.rows(f"{_ROLE} WHERE id = %s {'FOR UPDATE' if lock else ''}", [key])
    return _role(found[0]) if found else None


def roles_of(practitioners: Collection[int]) -> list[Role]:
    """Every role of these practitioners, newest first."""
    sql = f"{_ROLE} WHERE practitioner_id = ANY(%s) ORDER BY since DESC NULLS LAST, id"
    return [_role(row) for row in database.rows(sql, [list(practitioners)])]


def roles_at(hospcode: str) -> list[Role]:
    """Every role at one facility."""
    return [_role(row) for row in database.rows(f"{_ROLE} WHERE hospcode = %s ORDER BY local, id", [hospcode])]


def facilities_of_turning_roles(since: date, until: date) -> list[str]:
    """Where a role begins, was first told, or has just ended, between these days."""
    found = database.rows(
        "SELECT DISTINCT hospcode FROM registry_role "
        "WHERE since BETWEEN %(a)s AND %(b)s OR recorded BETWEEN %(a)s AND %(b)s "
        "OR least(until, ended) + 1 BETWEEN %(a)s AND %(b)s ORDER BY 1",
        {"a": since, "b": until},
    )
    return [code for (code,) in found]


def roles_elsewhere(ids: Collection[int]) -> dict[int, int]:
    """How many roles each of these practitioners has, wherever."""
    return dict(
        database.rows(
            "SELECT practitioner_id, count(*) FROM registry_role WHERE practitioner_id = ANY(%s) GROUP BY 1",
            [list(ids)],
        )
    )


def save_role(of: Role, today: date) -> int:
    """Keep a role in the place of the facility's one with its number (or of the practitioner's without one there).

    A steward's end stands until the role is told to begin after it.
    """
    target = "(hospcode, local) WHERE local <> ''" if of.local else "(hospcode, practitioner_id) WHERE local = ''"
    [(kept,)] = database.rows(
        "INSERT INTO registry_role AS r "
        "(practitioner_id, hospcode, local, codes, since, until, source, told, recorded) "
        f"VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT {target} DO UPDATE SET "
        "practitioner_id = excluded.practitioner_id, codes = excluded.codes, since = excluded.since, "
        "until = excluded.until, source = excluded.source, told = coalesce(excluded.told, r.told), "
        "ended = CASE WHEN excluded.since > r.ended THEN NULL ELSE r.ended END, "
        "recorded = CASE WHEN r.practitioner_id = excluded.practitioner_id THEN r.recorded ELSE excluded.recorded END "
        "RETURNING id",
        [of.practitioner, of.hospcode, of.local, list(of.codes), of.since, of.until, of.source.value, of.told, today],
    )
    return int(kept)


def give_local(key: int, local: str) -> None:
    """A deposit tells the facility's own number of a role that a list had told."""
    database.execute("UPDATE registry_role SET local = %s WHERE id = %s", [local, key])


def note_told(hospcode: str, locals_: Collection[str], on: date) -> None:
    """A deposit named these on this day."""
    database.execute(
        "UPDATE registry_role SET told = %s WHERE hospcode = %s AND local = ANY(%s) AND (told IS NULL OR told < %s)",
        [on, hospcode, list(locals_), on],
    )


def end_role(key: int, last_day: date) -> None:
    """A steward's end."""
    database.execute("UPDATE registry_role SET ended = %s WHERE id = %s", [last_day, key])


def drop_untold(hospcode: str, locals_: Collection[str]) -> int:
    """Take away the roles from deposits whose row is gone; returns how many."""
    return database.execute(
        "DELETE FROM registry_role WHERE hospcode = %s AND source = 'deposit' AND local <> ALL(%s)",
        [hospcode, list(locals_)],
    )


def save_conflicts(hospcode: str, found: Sequence[Conflict]) -> None:
    """Keep what contradicts at a facility now: one that was seen stays as it was settled, one that is gone goes."""
    with database.cursor() as cur:
        cur.executemany(
            "INSERT INTO registry_conflict (hospcode, local, clash, practitioner_id, other_id, found, settled_by) "
            "VALUES (%s, %s, %s, %s, %s, %s, '') ON CONFLICT DO NOTHING",
            [[c.hospcode, c.local, c.clash.value, c.practitioner, c.other, c.found] for c in found],
        )
    still = [f"{c.local}\x1f{c.clash}\x1f{c.practitioner}\x1f{c.other}" for c in found]
    database.execute(
        "DELETE FROM registry_conflict WHERE hospcode = %s AND settled_by = '' "
        "AND concat_ws(chr(31), local, clash, practitioner_id, other_id) <> ALL(%s)",
        [hospcode, still],
    )


def conflicts(hospcode: str | None) -> list[Conflict]:
    """What waits for a steward, of one facility or all, oldest first."""
    rows = database.rows(
        f"{_CONFLICT} WHERE settled_by = '' AND (%s::text IS NULL OR hospcode = %s) ORDER BY found, id",
        [hospcode, hospcode],
    )
    return [_conflict(row) for row in rows]


def settle_conflict(key: int, by: str) -> bool:
    """Somebody looked at it; False when nothing of this number waits."""
    return bool(
        database.execute("UPDATE registry_conflict SET settled_by = %s WHERE id = %s AND settled_by = ''", [by, key])
    )


def _named(row: ProviderRow) -> tuple[str, ...]:
    return row.title, row.given_th, row.family_th, row.given_en, row.family_en


def _number(number: Number | None) -> tuple[int | None, bytes | None]:
    return (number.key, number.sealed) if number else (None, None)


def _practitioner(row: Sequence[Any], licences: tuple[Licence, ...]) -> Practitioner:
    key, title, given_th, family_th, given_en, family_en, number, named_at = row
    return Practitioner(key, title, given_th, family_th, given_en, family_en, licences, number, named_at)


def _role(row: Sequence[Any]) -> Role:
    key, practitioner, hospcode, local, codes, since, until, source, told, ended = row
    return Role(key, practitioner, hospcode, local, tuple(codes), since, until, Source(source), told, ended)


def _conflict(row: Sequence[Any]) -> Conflict:
    return Conflict(row[0], row[1], Clash(row[2]), *row[3:])


def sealed_number(key: int) -> bytes | None:
    """The sealed national number of a practitioner."""
    found = database.rows("SELECT number_sealed FROM registry_practitioner WHERE id = %s", [key])
    return bytes(found[0][0]) if found and found[0][0] is not None else None
