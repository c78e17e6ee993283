"""SQL of lists: rows with their versions and statuses, calls, and how each person stands."""

from __future__ import annotations

import json
import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from suksala.foundation import database, keys

from .domain import CARE, CLOSED, Answer, Line, Standing, Status, StatusAt

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
    """How many persons they are."""
    [(found,)] = database.rows("SELECT count(DISTINCT human) FROM lists_row")
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


_STANDING = """
SELECT r.human, (SELECT public FROM lists_row o WHERE o.id = r.human),
       (array_agg(s.status ORDER BY s.at DESC, s.status DESC))[1], max(s.at),
       (array_agg(s.status ORDER BY s.at DESC, s.status DESC) FILTER (WHERE s.status = ANY(%(care)s)))[1],
       max(s.at) FILTER (WHERE s.status = ANY(%(care)s)),
       max(s.at) FILTER (WHERE s.status = ANY(%(closed)s)),
       (array_agg(s.status ORDER BY s.at DESC, s.status DESC) FILTER (WHERE s.status <> ALL(%(other)s)))[1],
       max(s.at) FILTER (WHERE s.status <> ALL(%(other)s)), min(s.at) FILTER (WHERE s.status <> ALL(%(other)s)),
       min(r.birth_year), bool_or(r.risk), count(DISTINCT r.list),
       coalesce(array_agg(DISTINCT r.district) FILTER (WHERE r.district <> ''), '{}')
FROM lists_row r JOIN lists_status s ON s.row = r.id"""
_SETS = {"care": [*CARE], "closed": [*CLOSED], "other": [*CARE, *CLOSED]}


def persons(humans: Collection[int] | None = None, *, open_only: bool = False) -> list[Person]:
    """How persons stand, all of them or these.

    open_only  without those who are recovered or dead, and in nobody's care since
    """
    where = " WHERE r.human = ANY(%(humans)s)" if humans is not None else ""
    having = (
        " HAVING max(s.at) FILTER (WHERE s.status = ANY(%(closed)s)) IS NULL "
        "OR max(s.at) FILTER (WHERE s.status = ANY(%(care)s)) > max(s.at) FILTER (WHERE s.status = ANY(%(closed)s))"
    )
    sql = f"{_STANDING}{where} GROUP BY r.human{having if open_only else ''}"
    values: dict[str, Any] = {**_SETS, **({"humans": [*humans]} if humans is not None else {})}
    return [_person(row) for row in database.rows(sql, values)]


def _person(row: Sequence[Any]) -> Person:
    human, public, status, at, care, care_at, closed_at, intake, intake_at, first, year, risk, lists, districts = row
    in_care = StatusAt(Status(care), care_at) if care else None
    last = StatusAt(Status(intake), intake_at) if intake else None
    found = Standing(Status(status), at, in_care, closed_at, last, first)
    return Person(human, str(public), found, year, risk, lists, tuple(districts))


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


def own_rows(agency: str, name: str, after: int, most: int) -> list[tuple[int, Line, int]]:
    """Rows of one list of one agency by their numbers, from `after` on: number, content, person."""
    found = database.rows(
        "SELECT r.id, r.said, r.human FROM lists_row r JOIN lists_list l ON l.id = r.list "
        "WHERE l.agency = %s AND l.name = %s AND r.id > %s ORDER BY r.id LIMIT %s",
        [agency, name, after, most],
    )
    return [(row, unseal(said), human) for row, said, human in found]


# ---- calls ----------------------------------------------------------------------------------------------------------


class Call(NamedTuple):
    """The newest call of a person."""

    answer: Answer
    caller: str
    at: datetime


def add_call(row: int, answer: Answer, caller: str, at: datetime) -> None:
    """Keep a call."""
    database.execute(
        "INSERT INTO lists_call (row, answer, caller, at) VALUES (%s, %s, %s, %s)", [row, answer.value, caller, at]
    )


def last_calls() -> dict[int, Call]:
    """The newest call of each person that was called."""
    found = database.rows(
        "SELECT DISTINCT ON (r.human) r.human, c.answer, c.caller, c.at FROM lists_call c "
        "JOIN lists_row r ON r.id = c.row ORDER BY r.human, c.id DESC"
    )
    return {human: Call(Answer(answer), caller, at) for human, answer, caller, at in found}
