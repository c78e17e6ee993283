"""SQL of the record: a batch of drafts in, the changed ones written; reads by id, by search, by person."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Any, NamedTuple

import orjson

from suksala.foundation import database

from . import copying as pack
from . import dates
from .domain import NUMBER, Draft, ImportResult
from .indexing import indexer, words
from .parameters import STORED, STRING_NUMBER

CONTENT_BYTES = 16  # of body_sha; the rest tells meta.source apart
SOURCE_BYTES = 8
ID_BLOCK = 1000  # as the sequence resource_id is declared

_INDEXED = "code, date, date_hi, org, enc, status, str, toks"
_ALL = f"person, id, rtype, rid, vid, upd, deleted, {_INDEXED}, label, body, body_sha"

_STAGE = """
CREATE TEMP TABLE IF NOT EXISTS resource_stage (
    n int, person bigint, rtype smallint, rid text COLLATE "C", code bigint, date timestamptz, date_hi timestamptz,
    org bigint,
    enc bigint, status smallint, str text, toks bigint[], head bytea, tail bytea, sha bytea
) ON COMMIT DELETE ROWS
"""
_STAGE_STRING = """
CREATE TEMP TABLE IF NOT EXISTS resource_string_stage (
    person bigint, rtype smallint, rid text COLLATE "C", n smallint, param smallint, value text
) ON COMMIT DELETE ROWS
"""
# A temp table has no statistics: left alone, the planner reads the whole of `resource` for every batch.
_PLAN = "SELECT set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true)"

_REPLACE = f"""
WITH changed AS MATERIALIZED (
    SELECT r.id AS old, s.* FROM resource_stage s
    JOIN resource r ON r.person = s.person AND r.rtype = s.rtype AND r.rid = s.rid
    WHERE CASE WHEN s.tail IS NULL THEN NOT r.deleted
               ELSE r.deleted OR substr(r.body_sha, 1, %(compared)s) <> substr(s.sha, 1, %(compared)s) END
), kept AS (
    INSERT INTO resource_history ({_ALL})
    SELECT {", ".join("r." + name for name in _ALL.split(", "))}
    FROM changed c JOIN resource r ON r.person = c.person AND r.id = c.old
)
UPDATE resource r SET
    vid = r.vid + 1, upd = %(now)s, deleted = c.tail IS NULL,
    code = c.code, date = c.date, date_hi = c.date_hi, org = c.org, enc = c.enc,
    status = c.status, str = c.str, toks = c.toks, body_sha = c.sha,
    body = CASE WHEN c.tail IS NULL THEN ''::bytea ELSE c.head || convert_to((r.vid + 1)::text, 'UTF8') || c.tail END
FROM changed c WHERE r.person = c.person AND r.id = c.old
RETURNING c.tail IS NULL
"""
_ADD = f"""
WITH fresh AS (
    INSERT INTO resource ({_ALL})
    SELECT person, (%(blocks)s::bigint[])[n / {ID_BLOCK} + 1] - {ID_BLOCK - 1} + n %% {ID_BLOCK}, rtype, rid,
           1, %(now)s, false, {_INDEXED}, 0, head || '1'::bytea || tail, sha
    FROM resource_stage WHERE tail IS NOT NULL
    ON CONFLICT (person, rtype, rid) DO NOTHING
    RETURNING rtype, rid, person
), located AS (
    INSERT INTO locator (rtype, rid, person) SELECT rtype, rid, person FROM fresh ON CONFLICT (rtype, rid) DO NOTHING
)
SELECT count(*) FROM fresh
"""
_DROP_STRINGS = """
DELETE FROM resource_string t USING resource r, (SELECT DISTINCT person, rtype, rid FROM resource_string_stage) s
WHERE r.person = s.person AND r.rtype = s.rtype AND r.rid = s.rid AND t.person = r.person AND t.id = r.id
"""
_ADD_STRINGS = """
INSERT INTO resource_string (person, id, n, param, value)
SELECT r.person, r.id, s.n, s.param, s.value FROM resource_string_stage s
JOIN resource r ON r.person = s.person AND r.rtype = s.rtype AND r.rid = s.rid
"""


class Item(NamedTuple):
    """A draft with whose it is and where it came from."""

    person: int
    draft: Draft
    source: str


@dataclass
class Batch:
    """Resources to be written together, and those that must not be there any more.

    org       number of the sending facility
    exact     a resource whose content is the same but whose source differs is written again (after a void)
    """

    org: int
    now: datetime
    exact: bool = False

    def __post_init__(self) -> None:
        self.items: dict[tuple[int, str], Item] = {}
        self.absent: set[tuple[int, int, str]] = set()
        self.encoded: bytes | None = None

    def add(self, item: Item) -> None:
        """Stage a resource. Two rows with one id (a visit number used twice) leave the one whose content sorts last."""
        key = (NUMBER[item.draft.rtype], item.draft.rid)
        before = self.items.get(key)
        if before is None or _content(before.draft) < _content(item.draft):
            self.items[key] = item

    def forbid(self, person: int, rtype: str, rid: str) -> None:
        """Say that this resource must not exist (any more)."""
        self.absent.add((person, NUMBER[rtype], rid))

    def encode(self) -> None:
        """Turn everything staged into COPY's bytes; needs no database, so another thread may do it while a batch is
        written.
        """
        if self.encoded is None:
            self.encoded = b"".join(self._stage_rows())

    def write(self) -> ImportResult:
        """Write what changed, in the present transaction."""
        if not self.items and not self.absent:
            return ImportResult()
        self.encode()
        with database.cursor() as cur:
            cur.execute(_STAGE, prepare=True)
            cur.execute(_PLAN, prepare=True)
            with cur.copy("COPY resource_stage FROM STDIN (FORMAT BINARY)") as copy:
                copy.write(self.encoded or b"")
            values = {"now": self.now, "compared": CONTENT_BYTES + SOURCE_BYTES * self.exact}
            cur.execute(_REPLACE, values, prepare=True, binary=True)
            gone = [row[0] for row in cur.fetchall()]
            cur.execute(_ADD, {"now": self.now, "blocks": blocks(len(self.items))}, prepare=True, binary=True)
            (added,) = cur.fetchone() or (0,)
            self._write_strings(cur)
            cur.execute("TRUNCATE resource_stage", prepare=True)
        changed = len(gone) - sum(gone)
        return ImportResult(added + changed, len(self.items) - added - changed, sum(gone))

    def _stage_rows(self) -> Iterable[bytes]:
        yield pack.HEADER
        updated = dates.instant(self.now)
        org = pack.int8(self.org)
        for position, item in enumerate(self.items.values()):
            yield staged(position, item, org, updated)
        for person, rtype, rid in self.absent:
            if (rtype, rid) not in self.items:
                keys = [pack.int4(0), pack.int8(person), pack.int2(rtype), pack.text(rid)]
                yield pack.row([*keys, pack.NULL, pack.moment(dates.LONG_AGO), pack.NULL, org, *_NO_INDEX])
        yield pack.TRAILER

    def _write_strings(self, cur: Any) -> None:
        spoken = [item for item in self.items.values() if STORED[item.draft.rtype].strings]
        if not spoken:
            return
        cur.execute(_STAGE_STRING, prepare=True)
        with cur.copy("COPY resource_string_stage FROM STDIN (FORMAT BINARY)") as copy:
            copy.write(b"".join(_string_rows(spoken)))
        cur.execute(_DROP_STRINGS, prepare=True)
        cur.execute(_ADD_STRINGS, prepare=True)
        cur.execute("TRUNCATE resource_string_stage", prepare=True)


# enc, status, str, toks, head, tail and sha of a resource that must not be there.
_NO_INDEX = (*[pack.NULL] * 3, pack.int8_array([]), *[pack.NULL] * 2, pack.data(b""))


def _content(draft: Draft) -> bytes:
    return orjson.dumps(draft.body)


def staged(position: int, item: Item, org: bytes, updated: str) -> bytes:
    """One resource as a row of the staging table: its index columns, the bytes around its version, its digest."""
    person, (rtype, rid, body), source = item
    rest = orjson.dumps(body)
    index = indexer(rtype)(rid, body)
    head = f'{{"resourceType":"{rtype}","id":"{rid}","meta":{{"versionId":"'
    tail = f'","lastUpdated":"{updated}","source":"{source}"}},'.encode() + rest[1:]
    sha = (
        blake2b(rest, digest_size=CONTENT_BYTES).digest() + blake2b(source.encode(), digest_size=SOURCE_BYTES).digest()
    )
    fields = [pack.int4(position), pack.int8(person), pack.int2(NUMBER[rtype]), pack.text(rid)]
    fields += [pack.int8(index.code), pack.moment(index.date), pack.moment(index.date_hi), org, pack.int8(index.enc)]
    fields += [pack.int2(index.status), pack.text(index.str), pack.int8_array(index.toks)]
    fields += [pack.data(head.encode()), pack.data(tail), pack.data(sha)]
    return pack.row(fields)


def _string_rows(items: list[Item]) -> Iterable[bytes]:
    yield pack.HEADER
    for person, (rtype, rid, body), _ in items:
        keys = [pack.int8(person), pack.int2(NUMBER[rtype]), pack.text(rid)]
        for n, (name, word) in enumerate(dict.fromkeys(words(rtype, body))):
            yield pack.row([*keys, pack.int2(n), pack.int2(STRING_NUMBER[name]), pack.text(word)])
    yield pack.TRAILER


def blocks(count: int) -> list[int]:
    """The tops of as many blocks of new ids as `count` resources need: one round trip per batch."""
    sql = "SELECT nextval('resource_id') FROM generate_series(1, %s::int)"
    return [top for (top,) in database.rows(sql, [-(-count // ID_BLOCK)])]


def ids_of_file(org: int, rtypes: Sequence[str], letters: str) -> list[tuple[int, int, str]]:
    """(person, type number, id) of every live resource that a facility's rows of one file gave."""
    return [
        (person, rtype, rid)
        for person, rtype, rid in database.rows(
            "SELECT person, rtype, rid FROM resource "
            "WHERE rtype = ANY(%s::smallint[]) AND org = %s AND rid LIKE %s AND NOT deleted",
            [[NUMBER[name] for name in rtypes], org, letters + "-%"],
        )
    ]
