"""SQL of lists: rows with their versions and statuses, calls, and how each person stands."""

from __future__ import annotations

import json
import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from suksala.foundation import database, keys

from .call_rules import Answer, Calls, Held, calls
from .domain import CLOSED, Line, Standing, Status, StatusAt, standing

REF = "lists.row"  # purpose of the keyed hash of an agency's own id of a row
_KEPT = ("row", "given", "family", "number", "passport", "phone", "birth_year", "district", "risk")


class Kept(NamedTuple):
    """A row as it is kept: its number, the sealed content and its version."""

    id: int
    said: bytes
    version: int


def seal(line: Line) -> bytes:
    """The content of a row, sealed; equal contents give equal bytes."""
    return keys.seal(json.dumps([getattr(line, name) for name in _KEPT], ensure_ascii=False, separators=(",", ":")))


def unseal(said: bytes) -> Line:
    """The content of a row without its history."""
    return Line(**dict(zip(_KEPT, json.loads(keys.unseal(said)), strict=True)))


def list_id(agency: str, name: str) -> int:
    """The number of a list; made if it is new."""
    database.execute(
        "INSERT INTO lists_list (agency, name) VALUES (%s, %s) ON CONFLICT (agency, name) DO NOTHING", [agency, name]
    )
    [(found,)] = database.rows("SELECT id FROM lists_list WHERE agency = %s AND name = %s", [agency, name])
    return int(found)


def ref_of(line: Line) -> bytes:
    """By what a row is found when it is sent again."""
    return keys.keyed_hash(REF, line.row)


def rows_of(of_list: int, refs: Collection[bytes]) -> dict[bytes, Kept]:
    """The rows of a list that are known already."""
    sql = "SELECT ref, id, said, version FROM lists_row WHERE list = %s AND ref = ANY(%s)"
    return {
        bytes(ref): Kept(row, bytes(said), version)
        for ref, row, said, version in database.rows(sql, [of_list, [*refs]])
    }


def insert_rows(of_list: int, lines: Sequence[Line], at: datetime) -> list[int]:
    """Keep new rows, each a person of its own; their numbers."""
    sql = "SELECT nextval(pg_get_serial_sequence('lists_row', 'id')) FROM generate_series(1, %s)"
    numbers = sorted(int(number) for (number,) in database.rows(sql, [len(lines)]))
    columns = [
        numbers, [ref_of(line) for line in lines], [uuid.uuid4() for _ in lines], [seal(line) for line in lines],
        [line.birth_year for line in lines], [line.district for line in lines], [line.risk for line in lines],
    ]  # fmt: skip
    database.execute(
        "INSERT INTO lists_row (id, list, ref, public, said, version, sent_at, birth_year, district, risk, human) "
        "SELECT id, %s, ref, public, said, 1, %s, birth_year, district, risk, id "
        "FROM unnest(%s::bigint[], %s::bytea[], %s::uuid[], %s::bytea[], %s::smallint[], %s::text[], %s::bool[]) "
        "AS t (id, ref, public, said, birth_year, district, risk)",
        [of_list, at, *columns],
    )
    return numbers


def save_versions(changed: Mapping[int, Line], at: datetime) -> None:
    """Keep the new content of rows, and what they said before."""
    lines = list(changed.values())
    columns = [
        [*changed], [seal(line) for line in lines], [line.birth_year for line in lines],
        [line.district for line in lines], [line.risk for line in lines],
    ]  # fmt: skip
    database.execute(
        "INSERT INTO lists_version (row, version, said, sent_at) "
        "SELECT id, version, said, sent_at FROM lists_row WHERE id = ANY(%s)",
        [[*changed]],
    )
    database.execute(
        "UPDATE lists_row r SET said = t.said, version = r.version + 1, sent_at = %s, birth_year = t.birth_year, "
        "district = t.district, risk = t.risk FROM unnest(%s::bigint[], %s::bytea[], %s::smallint[], %s::text[], "
        "%s::bool[]) AS t (id, said, birth_year, district, risk) WHERE r.id = t.id",
        [at, *columns],
    )


def add_statuses(histories: Mapping[int, Iterable[StatusAt]], teller: str, at: datetime) -> set[int]:
    """Keep what is new of histories; the rows that had something new."""
    told = [(row, one.status.value, one.at) for row, history in histories.items() for one in history]
    sql = (
        "INSERT INTO lists_status (row, status, at, told_at, teller) SELECT DISTINCT ON (row, status, at) row, status, "
        "at, %s::timestamptz, %s FROM unnest(%s::bigint[], %s::text[], %s::timestamptz[]) AS t (row, status, at) "
        "ON CONFLICT (row, status, at) DO NOTHING RETURNING row"
    )
    columns = [list(column) for column in zip(*told, strict=True)] if told else [[], [], []]
    return {int(row) for (row,) in database.rows(sql, [at, teller, *columns])}


def lines(rows: Collection[int]) -> dict[int, Line]:
    """What rows say, without their histories."""
    sql = "SELECT id, said FROM lists_row WHERE id = ANY(%s)"
    return {row: unseal(said) for row, said in database.rows(sql, [[*rows]])}


def all_rows() -> list[int]:
    """Every row, the oldest first."""
    return [row for (row,) in database.rows("SELECT id FROM lists_row ORDER BY id")]


def count_rows() -> int:
    """How many rows there are, over all lists."""
    [(found,)] = database.rows("SELECT count(*) FROM lists_row")
    return int(found)


def count_persons() -> int:
    """How many persons they are: each is named by the oldest row of theirs."""
    [(found,)] = database.rows("SELECT count(*) FROM lists_row WHERE human = id")
    return int(found)


# ---- how persons stand ----------------------------------------------------------------------------------------------


class Person(NamedTuple):
    """A person over all lists: id outside, how they stand, and what a caller goes by.

    agencies  agency and list of each row; districts without the unknown
    """

    human: int
    public: str
    standing: Standing
    birth_year: int | None
    risk: bool
    lists: int
    districts: tuple[str, ...]


_HISTORY = "array_agg(s.status ORDER BY s.at, s.status), array_agg(s.at ORDER BY s.at, s.status)"
# What a call left in the history of a row is not its agency's word.
_OF_THE_AGENCY = "NOT EXISTS (SELECT FROM lists_call c WHERE c.row = s.row AND c.at = s.at AND c.caller = s.teller)"
_PERSONS = """
SELECT p.human, o.public, p.birth_year, p.risk, p.lists, p.districts, h.statuses, h.moments
FROM (SELECT human, min(birth_year), bool_or(risk), count(DISTINCT list),
             coalesce(array_agg(DISTINCT district) FILTER (WHERE district <> ''), '{}')
      FROM lists_row r WHERE %(wanted)s GROUP BY human) p (human, birth_year, risk, lists, districts)
JOIN (SELECT r.human, %(history)s FROM lists_row r JOIN lists_status s ON s.row = r.id WHERE %(wanted)s
      GROUP BY r.human) h (human, statuses, moments) USING (human)
JOIN lists_row o ON o.id = p.human"""
_OF = "r.human = ANY(%(humans)s)"
_FOR = (
    "r.human IN (SELECT human FROM lists_row WHERE district = %(district)s UNION ALL "
    "SELECT human FROM lists_row GROUP BY human HAVING bool_and(district = ''))"
)
_NOT_CLOSED = " WHERE h.statuses[cardinality(h.statuses)] <> ALL(%(closed)s)"


def persons(humans: Collection[int]) -> list[Person]:
    """How these persons stand."""
    return _persons(_PERSONS % {"wanted": _OF, "history": _HISTORY}, {"humans": [*humans]})


def open_persons(district: str | None = None) -> list[Person]:
    """How all persons stand but those who recovered or died.

    district  those with a row there, and those of whom no row tells where they live; None: all
    """
    sql = _PERSONS % {"wanted": "true" if district is None else _FOR, "history": _HISTORY} + _NOT_CLOSED
    found = _persons(sql, {"district": district, "closed": [*CLOSED]})
    return [one for one in found if not one.standing.is_closed]


def _persons(sql: str, values: dict[str, Any]) -> list[Person]:
    return [
        Person(human, str(public), _standing(statuses, moments), year, risk, lists, tuple(districts))
        for human, public, year, risk, lists, districts, statuses, moments in database.rows(sql, values, own_plan=True)
    ]


def _standing(statuses: Iterable[str], moments: Iterable[datetime]) -> Standing:
    return standing(StatusAt(Status(one), at) for one, at in zip(statuses, moments, strict=True))


def noted_by_agencies(humans: Collection[int]) -> dict[int, list[tuple[str, list[StatusAt]]]]:
    """What agencies noted themselves of these persons, a row each: the agency and its statuses, oldest first."""
    found = database.rows(
        f"SELECT r.human, l.agency, {_HISTORY} FROM lists_row r JOIN lists_list l ON l.id = r.list "
        f"JOIN lists_status s ON s.row = r.id WHERE r.human = ANY(%(humans)s) AND {_OF_THE_AGENCY} "
        "GROUP BY r.human, l.agency, r.id",
        {"humans": [*humans]},
        own_plan=True,
    )
    noted: dict[int, list[tuple[str, list[StatusAt]]]] = {}
    for human, agency, statuses, moments in found:
        history = [StatusAt(Status(one), at) for one, at in zip(statuses, moments, strict=True)]
        noted.setdefault(human, []).append((agency, history))
    return noted


def row_standings(humans: Collection[int] | None = None) -> dict[int, Standing]:
    """How each row stands by itself, as if it were a person; of these persons or of all."""
    sql = (
        f"SELECT s.row, {_HISTORY} FROM lists_status s JOIN lists_row r ON r.id = s.row "
        f"WHERE {'true' if humans is None else _OF} GROUP BY s.row"
    )
    found = database.rows(sql, {"humans": [*(humans or ())]}, own_plan=True)
    return {row: _standing(statuses, moments) for row, statuses, moments in found}


class Named(NamedTuple):
    """Whom an id outside names: the row that first bore it, and whose it is now."""

    row: int
    human: int


def named(public: str) -> Named | None:
    """The person that an id outside stands for, also after their rows went to an older one; None for none."""
    try:
        wanted = uuid.UUID(public)
    except ValueError:
        return None
    found = database.rows("SELECT id, human FROM lists_row WHERE public = %s", [wanted])
    return Named(*found[0]) if found else None


def public_ids(rows: Collection[int]) -> dict[int, str]:
    """What outside stands for these rows."""
    found = database.rows("SELECT id, public FROM lists_row WHERE id = ANY(%s)", [[*rows]])
    return {row: str(public) for row, public in found}


class Told(NamedTuple):
    """A row on a caller's page; `agency` is its code, without the kind."""

    id: int
    agency: str
    list: str
    line: Line
    history: tuple[StatusAt, ...]


def told(human: int) -> list[Told]:
    """The rows of a person with their histories, the oldest first."""
    sql = (
        "SELECT r.id, split_part(l.agency, ':', 2), l.name, r.said, array_agg(s.status ORDER BY s.at, s.status), "
        "array_agg(s.at ORDER BY s.at, s.status) FROM lists_row r JOIN lists_list l ON l.id = r.list "
        "JOIN lists_status s ON s.row = r.id WHERE r.human = %s GROUP BY r.id, l.agency, l.name, r.said ORDER BY r.id"
    )
    return [
        Told(row, agency, name, unseal(said), tuple(StatusAt(Status(s), at) for s, at in zip(words, ats, strict=True)))
        for row, agency, name, said, words, ats in database.rows(sql, [human])
    ]


class Placed(NamedTuple):
    """A row and whose it is."""

    human: int
    told: Told


def told_row(row: int) -> Placed:
    """One row with its history, and whose it is."""
    human = human_of(row)
    return Placed(human, next(one for one in told(human) if one.id == row))


def rows_of_human(human: int) -> list[int]:
    """The rows of a person, the oldest first."""
    return [row for (row,) in database.rows("SELECT id FROM lists_row WHERE human = %s ORDER BY id", [human])]


def human_of(row: int) -> int:
    """Whose a row is."""
    [(human,)] = database.rows("SELECT human FROM lists_row WHERE id = %s", [row])
    return int(human)


class Own(NamedTuple):
    """A row for the agency that sent it: its place in the list, from 1; `noted` is what it noted last of it."""

    place: int
    line: Line
    human: int
    noted: StatusAt


def own_rows(agency: str, name: str, after: int, most: int) -> list[Own]:
    """Rows of one list of one agency in the order in which they first came, those after a place. Not by the rows' own
    numbers: these count what every agency sends.
    """
    found = database.rows(
        "SELECT r.place, r.said, r.human, own.status, own.at FROM (SELECT x.id, x.said, x.human, "
        "row_number() OVER (ORDER BY x.id) AS place FROM lists_row x JOIN lists_list l ON l.id = x.list "
        "WHERE l.agency = %s AND l.name = %s) r "
        f"CROSS JOIN LATERAL (SELECT s.status, s.at FROM lists_status s WHERE s.row = r.id AND {_OF_THE_AGENCY} "
        "ORDER BY s.at DESC, s.status DESC LIMIT 1) own WHERE r.place > %s ORDER BY r.place LIMIT %s",
        [agency, name, after, most],
    )
    return [Own(place, unseal(said), human, StatusAt(Status(status), at)) for place, said, human, status, at in found]


# ---- calls ----------------------------------------------------------------------------------------------------------


def add_call(row: int, answer: Answer, caller: str, at: datetime) -> None:
    """Keep a call."""
    database.execute(
        "INSERT INTO lists_call (row, answer, caller, at) VALUES (%s, %s, %s, %s)", [row, answer.value, caller, at]
    )


def calls_of(humans: Collection[int]) -> dict[int, Calls]:
    """What came of the calls to those of these persons who were called."""
    found = database.rows(
        "SELECT r.human, array_agg(c.answer ORDER BY c.id), (array_agg(c.caller ORDER BY c.id DESC))[1], "
        "(array_agg(c.at ORDER BY c.id DESC))[1] FROM lists_call c JOIN lists_row r ON r.id = c.row "
        "WHERE r.human = ANY(%s) GROUP BY r.human",
        [[*humans]],
        own_plan=True,
    )
    return {human: calls([*map(Answer, answers)], caller, at) for human, answers, caller, at in found}


# ---- who has whose page open ----------------------------------------------------------------------------------------


def hold(human: int, caller: str, now: datetime, until: datetime) -> None:
    """Let a caller hold a person until a moment, if nobody else does; of two at once one does."""
    database.execute("DELETE FROM lists_held WHERE until <= %s", [now])
    database.execute(
        "INSERT INTO lists_held (human, caller, until) VALUES (%s, %s, %s) ON CONFLICT (human) DO UPDATE SET "
        "until = excluded.until WHERE lists_held.caller = excluded.caller",
        [human, caller, until],
    )


def release(human: int, caller: str) -> None:
    """The caller is done with a person."""
    database.execute("DELETE FROM lists_held WHERE human = %s AND caller = %s", [human, caller])


def held(humans: Collection[int], but: str, now: datetime) -> dict[int, Held]:
    """Whom of these persons callers hold, other than this one. A person is held under each row that was theirs."""
    found = database.rows(
        "SELECT r.human, h.caller, h.until FROM lists_held h JOIN lists_row r ON r.id = h.human "
        "WHERE r.human = ANY(%s) AND h.caller <> %s AND h.until > %s ORDER BY h.until",
        [[*humans], but, now],
        own_plan=True,
    )
    return {human: Held(caller, until) for human, caller, until in found}
