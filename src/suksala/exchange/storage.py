"""SQL of the record: a batch of drafts in, the changed ones written; reads by id, by search, by person."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import orjson

from suksala.foundation import database

from . import copying as pack
from . import dates, exact, labelling, narratives, own_parameters, parameter_storage, subscription_storage
from .domain import NUMBER, Draft, ImportResult, Side
from .indexing import indexer

CONTENT_BYTES = 16  # of body_sha; the rest tells meta.source apart
SOURCE_BYTES = 8
ID_BLOCK = 1000  # as the sequence resource_id is declared

_KEYED = "rtype, rid"
_INDEXED = "code, date, date_hi, org, enc, status, label, str, toks, num, unit"
_ENCODED = f"{_KEYED}, {_INDEXED}, body_sha"  # what Encoded.columns holds, in its order
_ALL = f"{_ENCODED}, person, id, vid, upd, deleted, body"

_STAGE = """
CREATE TEMP TABLE IF NOT EXISTS resource_stage (
    rtype smallint, rid text COLLATE "C", code bigint, date timestamptz, date_hi timestamptz, org bigint, enc bigint,
    status smallint, label smallint, str text, toks bigint[], num float8, unit bigint, body_sha bytea,
    person bigint, head bytea, tail bytea
) ON COMMIT DELETE ROWS
"""
# A temp table has no statistics: left alone, the planner reads the whole of `resource` for every batch.
_PLAN = "SELECT set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true)"

_THERE = "SELECT rid FROM locator WHERE rtype = %s AND rid = ANY(%s::text[])"
_REPLACE = f"""
WITH changed AS MATERIALIZED (
    SELECT r.id AS old, s.* FROM resource_stage s
    JOIN resource r ON r.person = s.person AND r.rtype = s.rtype AND r.rid = s.rid
    WHERE CASE WHEN s.tail IS NULL THEN NOT r.deleted
               ELSE r.deleted OR substr(r.body_sha, 1, %(compared)s) <> substr(s.body_sha, 1, %(compared)s) END
), kept AS (
    INSERT INTO resource_history ({_ALL})
    SELECT {", ".join("r." + name for name in _ALL.split(", "))}
    FROM changed c JOIN resource r ON r.person = c.person AND r.id = c.old
)
UPDATE resource r SET
    vid = r.vid + 1, upd = %(now)s, deleted = c.tail IS NULL,
    code = c.code, org = c.org,
    -- A deletion keeps what decides who learns of it: a permit may be bound to moments and to labels, its visit's too.
    enc = CASE WHEN c.tail IS NULL THEN r.enc ELSE c.enc END,
    date = CASE WHEN c.tail IS NULL THEN r.date ELSE c.date END,
    date_hi = CASE WHEN c.tail IS NULL THEN r.date_hi ELSE c.date_hi END,
    label = CASE WHEN c.tail IS NULL THEN r.label ELSE c.label END,
    status = c.status, str = c.str, toks = c.toks, num = c.num, unit = c.unit, body_sha = c.body_sha,
    body = CASE WHEN c.tail IS NULL THEN ''::bytea ELSE c.head || convert_to((r.vid + 1)::text, 'UTF8') || c.tail END
FROM changed c WHERE r.person = c.person AND r.id = c.old
RETURNING r.person, r.id, r.rtype, r.rid, r.deleted, r.vid
"""
_SIDE_TABLES = ("resource_text", "resource_string", "resource_span", "resource_quantity", "resource_reference")
_DROP = """
DELETE FROM {} t USING unnest(%s::bigint[], %s::bigint[]) AS c (person, id)
WHERE t.person = c.person AND t.id = c.id
"""


class Item(NamedTuple):
    """A draft with whose it is and where it came from. `meta` is what else a client said in meta."""

    person: int
    draft: Draft
    source: str
    meta: Mapping[str, object] | None = None


class Encoded(NamedTuple):
    """A resource as bytes: packed columns, and the body around its version. Without a tail it must not be there."""

    columns: bytes
    person: bytes
    head: bytes
    tail: bytes | None
    side: Side | None = None
    narrative: str | None = None


@dataclass
class Batch:
    """Resources to be written together, and those that must not be there any more.

    org       number of the sending facility; None for a system of the exchange itself
    exact     a resource whose content is the same but whose source differs is written again (after a void)

    The caller holds the sender's lock (ingest), so nobody else writes a resource with one of these ids meanwhile.
    """

    org: int | None
    now: datetime
    exact: bool = False

    def __post_init__(self) -> None:
        self.items: dict[tuple[int, str], Item] = {}
        self.absent: dict[tuple[int, str], int] = {}
        self.new: set[tuple[int, str]] = set()
        self.versions: dict[tuple[int, str], int] = {}  # of what `write` changed
        self.encoded: dict[tuple[int, str], Encoded] | None = None
        self.settled: dict[tuple[int, str], bytes] = {}  # bodies that tell other labels than they were written with
        self.generation = -1  # of the search parameters that it was encoded by

    def add(self, item: Item, *, new: bool = False) -> None:
        """Stage a resource. Two rows with one id (a visit number used twice) leave the one whose content sorts last.

        new  its id was given just now, so the store need not be asked for it
        """
        key = (NUMBER[item.draft.rtype], item.draft.rid)
        if new:
            self.new.add(key)
        before = self.items.get(key)
        if before is None or _content(before.draft) < _content(item.draft):
            self.items[key] = item

    def forbid(self, person: int, rtype: int, rid: str) -> None:
        """Say that this resource must not exist (any more); one that is staged as well stays."""
        self.absent[rtype, rid] = person

    def encode(self) -> None:
        """Turn everything staged into COPY's bytes; needs no database, so another thread may do it while a batch is
        written.
        """
        if self.encoded is None:
            self.generation = own_parameters.generation()
            updated, org = dates.instant(self.now), pack.int8(self.org)
            self.encoded = {key: encoded(item, org, updated) for key, item in self.items.items()}

    def write(self) -> ImportResult:
        """Write what changed, in the present transaction."""
        if not self.items and not self.absent:
            return ImportResult()
        if parameter_storage.hold() != self.generation:  # encoded by parameters that are not those of now
            self.encoded = None
        self.encode()
        labelling.hold({*(item.person for item in self.items.values()), *self.absent.values()}, self.org)
        there = self._there()
        fresh = [key for key in self.items if key not in there]
        with database.cursor() as cur:
            changed, gone = self._replace(cur, there) if there else (0, 0)
            self._add(cur, fresh)
        self._settle()
        self._note()
        return ImportResult(len(fresh) + changed, len(self.items) - len(fresh) - changed, gone)

    def _settle(self) -> None:
        """Let labels follow from what was written; a change of one row may label, or free, a whole visit."""
        changed = {key for key in self.versions if key in self.items}
        persons = {self.items[key].person for key in changed} | {
            self.absent[key] for key in self.versions if key in self.absent
        }
        self.settled = {(one.rtype, one.rid): one.body for one in labelling.settle(persons)}

    def _note(self) -> None:
        """Tell subscriptions of what changed."""
        changes = [
            (self.items[key].person, *key, vid, False) if key in self.items else (self.absent[key], *key, vid, True)
            for key, vid in self.versions.items()
        ]
        if changes:
            subscription_storage.note(changes, self.now)

    def body(self, rtype: int, rid: str) -> bytes:
        """The resource as it is served after `write` changed it."""
        assert self.encoded is not None  # noqa: S101 - write encoded
        if (rtype, rid) in self.settled:
            return self.settled[rtype, rid]
        found = self.encoded[rtype, rid]
        return found.head + str(self.versions[rtype, rid]).encode() + (found.tail or b"")

    def _there(self) -> set[tuple[int, str]]:
        """Which of these ids the store knows already, living or deleted."""
        asked: dict[int, list[str]] = {}
        for rtype, rid in {**self.items, **self.absent}.keys() - self.new:
            asked.setdefault(rtype, []).append(rid)
        return {
            (rtype, rid) for rtype, rids in asked.items() for (rid,) in database.rows(_THERE, [rtype, sorted(rids)])
        }

    def _add(self, cur: Any, fresh: list[tuple[int, str]]) -> None:
        """Copy resources that are new straight into the tables: half the work of going through a staging table."""
        assert self.encoded is not None  # noqa: S101 - write encoded
        if not fresh:
            return
        ids = dict(zip(fresh, numbers(len(fresh)), strict=True))
        # Version 1, changed now, not deleted.
        version = pack.int4(1) + pack.moment(self.now) + pack.boolean(False)
        rows = (_new_row(self.encoded[key], number, version) for key, number in ids.items())
        _copy(cur, f"resource ({_ALL})", rows)
        self.versions.update(dict.fromkeys(fresh, 1))
        located = (pack.row([pack.int2(t), pack.text(rid), self.encoded[t, rid].person]) for t, rid in fresh)
        _copy(cur, "locator (rtype, rid, person)", located)
        self._copy_parts(cur, ids)

    def _replace(self, cur: Any, there: set[tuple[int, str]]) -> tuple[int, int]:
        """(changed, deleted) among the resources that are there."""
        assert self.encoded is not None  # noqa: S101 - write encoded
        stage(cur, self._known(there))
        values = {"now": self.now, "compared": CONTENT_BYTES + SOURCE_BYTES * self.exact}
        cur.execute(_REPLACE, values, prepare=True, binary=True)
        touched = cur.fetchall()
        unstage(cur)
        if touched:
            _drop_parts(cur, [(row[0], row[1]) for row in touched])
            self._copy_parts(
                cur, {(rtype, rid): number for _, number, rtype, rid, deleted, _ in touched if not deleted}
            )
        gone = sum(row[4] for row in touched)
        self.versions.update({(row[2], row[3]): row[5] for row in touched})
        return len(touched) - gone, gone

    def _copy_parts(self, cur: Any, ids: dict[tuple[int, str], int]) -> None:
        """Write what the side tables hold of resources: words, and what has no column."""
        assert self.encoded is not None  # noqa: S101 - write encoded
        _copy_found(cur, [(self.encoded[key], number) for key, number in ids.items()])

    def _known(self, there: set[tuple[int, str]]) -> Iterator[Encoded]:
        assert self.encoded is not None  # noqa: S101 - write encoded
        nothing = pack.moment(dates.LONG_AGO) + pack.NULL + pack.int8(self.org) + _NO_INDEX
        for key in there:
            if key in self.encoded:
                yield self.encoded[key]
            else:
                columns = pack.int2(key[0]) + pack.text(key[1]) + pack.NULL + nothing
                yield Encoded(columns, pack.int8(self.absent[key]), b"", None)


# enc, status, label, str, toks, num, unit and digest of a resource that must not be there.
_NO_INDEX = pack.NULL * 2 + pack.int2(0) + pack.NULL + pack.int8_array([]) + pack.NULL * 2 + pack.data(b"")


def _content(draft: Draft) -> bytes:
    return exact.dumps(draft.body)


def encoded(item: Item, org: bytes, updated: str) -> Encoded:
    """One resource as bytes."""
    person, (rtype, rid, body), source, meta = item = _sent(item)
    rest = exact.dumps(body)
    label = labelling.own_label(rtype, rest, meta)
    index = indexer(rtype)(rid, _searched(item), pack.of_int8(org))
    head = f'{{"resourceType":"{rtype}","id":"{rid}","meta":{{"versionId":"'
    tail = b'","lastUpdated":"' + updated.encode() + b'"' + (b',"source":' + orjson.dumps(source) if source else b"")
    more = exact.dumps(meta)[1:] if meta else b"}"
    tail += (b"," if meta else b"") + more + (b"," if body else b"") + rest[1:]
    content = rest + more if meta else rest
    sha = (
        blake2b(content, digest_size=CONTENT_BYTES).digest()
        + blake2b(source.encode(), digest_size=SOURCE_BYTES).digest()
    )
    columns = (
        pack.int2(NUMBER[rtype]), pack.text(rid), pack.int8(index.code), pack.moment(index.date),
        pack.moment(index.date_hi), org, pack.int8(index.enc), pack.int2(index.status), pack.int2(label),
        pack.text(index.str), pack.int8_array(index.toks), pack.float8(index.num), pack.int8(index.unit),
        pack.data(sha),
    )  # fmt: skip
    return Encoded(b"".join(columns), pack.int8(person), head.encode(), tail, index.side, narratives.of(body))


def _sent(item: Item) -> Item:
    """The resource as its sender sent it: without the labels that were added here and came back."""
    if not item.meta or "security" not in item.meta:
        return item
    kept = labelling.sent(item.meta)
    rest = {name: value for name, value in item.meta.items() if name != "security"}
    return item._replace(meta={**rest, "security": kept} if kept else rest or None)


_NEW_COLUMNS = pack.count(len(_ALL.split(", ")))
_STAGE_COLUMNS = pack.count(len(_ENCODED.split(", ")) + 3)


def stage(cur: Any, found: Iterable[Encoded]) -> None:
    """Lay encoded resources beside the table, to be joined with it."""
    cur.execute(_STAGE, prepare=True)
    cur.execute(_PLAN, prepare=True)
    _copy(cur, "resource_stage", (_staged_row(one) for one in found))


def unstage(cur: Any) -> None:
    """Take them away again."""
    cur.execute("TRUNCATE resource_stage", prepare=True)


def replace_parts(cur: Any, numbered: Sequence[tuple[int, Item, Encoded]]) -> None:
    """Write anew what the side tables hold of resources that stand under these numbers."""
    _drop_parts(cur, [(item.person, number) for number, item, _ in numbered])
    _copy_found(cur, [(found, number) for number, _, found in numbered])


def _drop_parts(cur: Any, keys: Sequence[tuple[int, int]]) -> None:
    for table in _SIDE_TABLES:
        cur.execute(_DROP.format(table), [[person for person, _ in keys], [number for _, number in keys]])


def _new_row(found: Encoded, number: int, version: bytes) -> bytes:
    body = pack.data(found.head + b"1" + (found.tail or b""))
    return b"".join((_NEW_COLUMNS, found.columns, found.person, pack.int8(number), version, body))


def _staged_row(found: Encoded) -> bytes:
    return b"".join((_STAGE_COLUMNS, found.columns, found.person, pack.data(found.head), pack.data(found.tail)))


def _copy(cur: Any, into: str, rows: Iterable[bytes]) -> None:
    with cur.copy(f"COPY {into} FROM STDIN (FORMAT BINARY)") as copy:
        copy.write(b"".join((pack.HEADER, *rows, pack.TRAILER)))


def _searched(item: Item) -> dict[str, Any]:
    """What the search parameters of a resource are read from."""
    return {**item.draft.body, "meta": item.meta} if item.meta else item.draft.body


def _copy_found(cur: Any, numbered: Sequence[tuple[Encoded, int]]) -> None:
    """Write what is kept beside resources to be found by: rows of their parameters, and narratives."""
    _copy_sides(cur, [(found.person, number, found.side) for found, number in numbered if found.side])
    told = [(found.person, number, found.narrative) for found, number in numbered if found.narrative]
    if told:
        rows = (pack.row([person, pack.int8(number), pack.text(text)]) for person, number, text in told)
        _copy(cur, "resource_text (person, id, value)", rows)


def _copy_sides(cur: Any, numbered: Iterable[tuple[bytes, int, Side]]) -> None:
    """Write words, second dates, quantities and references of resources."""
    words: list[bytes] = []
    spans: list[bytes] = []
    measures: list[bytes] = []
    references: list[bytes] = []
    for person, number, found in numbered:
        keys = [person, pack.int8(number)]
        for n, (name, low, high) in enumerate(dict.fromkeys(found.spans)):
            spans.append(pack.row([*keys, pack.int2(n), pack.int2(name), pack.moment(low), pack.moment(high)]))
        for n, (name, least, most, *units) in enumerate(dict.fromkeys(found.quantities)):
            ends = [pack.float8(least), pack.float8(most), *map(pack.int8, units)]
            measures.append(pack.row([*keys, pack.int2(n), pack.int2(name), *ends]))
        for n, (name, rtype, rid) in enumerate(dict.fromkeys(found.references)):
            references.append(pack.row([*keys, pack.int2(n), pack.int2(name), pack.int2(rtype), pack.text(rid)]))
        for n, (name, word) in enumerate(dict.fromkeys(found.words)):
            words.append(pack.row([*keys, pack.int2(n), pack.int2(name), pack.text(word)]))
    for into, rows in ((_WORDS, words), (_SPANS, spans), (_QUANTITIES, measures), (_REFERENCES, references)):
        if rows:
            _copy(cur, into, rows)


_WORDS = "resource_string (person, id, n, param, value)"
_SPANS = "resource_span (person, id, n, param, low, high)"
_QUANTITIES = "resource_quantity (person, id, n, param, low, high, unit, code, text)"
_REFERENCES = "resource_reference (person, id, n, param, rtype, rid)"


# What each connection has not used of its last block: 999 of 1,000 single creates ask the sequence for nothing. Kept by
# connection, so neither a thread nor a process that forks shares it.
numbers_left: WeakKeyDictionary[Any, list[int]] = WeakKeyDictionary()


def numbers(count: int) -> list[int]:
    """As many new row numbers: what is left of the connection's last block, else blocks anew in one round trip."""
    connection = database.connection()
    left = numbers_left.pop(connection, [])
    if len(left) < count:
        sql = "SELECT nextval('resource_id') FROM generate_series(1, %s::int)"
        tops = [top for (top,) in database.rows(sql, [-(-count // ID_BLOCK)])]
        left = [number for top in tops for number in range(top - ID_BLOCK + 1, top + 1)]
    numbers_left[connection] = left[count:]
    return left[:count]


def settle() -> None:
    """Move the tokens that imports left in the index's waiting list into the index, for all of them at once: a search
    would read that list from end to end.
    """
    database.rows("SELECT gin_clean_pending_list('resource_toks')")


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
