"""SQL of the tree of hashes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from suksala.foundation import database

from .leaves import Sealed
from .merkle import Peaks, complete_subtrees, fold, node_hash
from .storage import fact_of_row

BLOCK = 256  # leaves under one kept root, and so on upwards: a proof reads at most 255 hashes a level
_HEIGHT = BLOCK.bit_length() - 1
SETTLE_SECONDS = 5  # between drawing a number and showing in a snapshot a transaction passes microseconds

_FACT = "a.at, a.kind, a.actor, a.purpose, a.person, a.facility, a.rtype, a.rid, a.detail, a.seq"

# The one who grows the tree. Facts show in another order than they were numbered, so every fact above `low` without a
# leaf is looked for; `low` rises to a number only when all transactions that might bear a smaller one have ended.
_LOCK = """
SELECT size, peaks, low, next_low, next_xid <= pg_snapshot_xmin(pg_current_snapshot())::text::bigint
         AND next_at < now() - make_interval(secs => %s),
       next_xid > pg_snapshot_xmax(pg_current_snapshot())::text::bigint
FROM audit_tree WHERE id = 1 FOR UPDATE"""

_UNSEALED = f"""
SELECT {_FACT}, a.salt FROM audit a
WHERE a.seq > %s AND NOT EXISTS (SELECT FROM audit_leaf l WHERE l.seq = a.seq) ORDER BY a.seq LIMIT %s"""

_NOTE_LOW = """
UPDATE audit_tree SET low = %s, next_low = (SELECT last_value FROM audit_seq), next_at = clock_timestamp(),
       next_xid = pg_snapshot_xmax(pg_current_snapshot())::text::bigint WHERE id = 1"""


@dataclass
class Growing:
    """The tree while it is locked for growing.

    low       every fact up to this seq has its leaf
    next_low  what low becomes, once noted
    settled   whether the transactions that were at work when next_low was noted have ended
    foreign   the noted transaction is none of this cluster: the data were restored into another
    """

    peaks: Peaks
    low: int
    next_low: int | None
    settled: bool
    foreign: bool

    @property
    def may_note(self) -> bool:
        """Whether `low` may be noted anew, after all facts above it were looked at."""
        return self.settled or self.foreign or self.next_low is None

    @property
    def reached(self) -> int:
        """What `low` is then."""
        return self.next_low if self.settled and self.next_low is not None else self.low


def is_waiting() -> bool:
    """Whether there may be something to do; costs no write."""
    [(waiting,)] = database.rows(
        "SELECT t.low IS NULL OR t.next_low IS DISTINCT FROM t.low OR EXISTS (SELECT FROM audit a WHERE a.seq > t.low "
        "AND NOT EXISTS (SELECT FROM audit_leaf l WHERE l.seq = a.seq)) "
        "FROM (SELECT 1 AS id) one LEFT JOIN audit_tree t USING (id)"
    )
    return bool(waiting)


def lock() -> Growing:
    """Lock the tree until the transaction ends."""
    database.execute("INSERT INTO audit_tree (id) VALUES (1) ON CONFLICT DO NOTHING")
    [(size, peaks, low, next_low, settled, foreign)] = database.rows(_LOCK, [SETTLE_SECONDS])
    return Growing(Peaks.of_bytes(size, bytes(peaks)), low, next_low, bool(settled), bool(foreign))


def unsealed(low: int, most: int) -> list[Sealed]:
    """Facts above `low` that have no leaf yet, oldest number first."""
    return [_sealed(row) for row in database.rows(_UNSEALED, [low, most])]


def note_low(low: int) -> None:
    """Every fact up to `low` has its leaf; note what is next to become so."""
    database.execute(_NOTE_LOW, [low])


def look_back(since: datetime) -> None:
    """Look again for facts since this moment that were passed over."""
    database.execute(
        "UPDATE audit_tree SET low = least(low, coalesce((SELECT min(seq) - 1 FROM audit WHERE at >= %s), low)) "
        "WHERE id = 1",
        [since],
    )


def append(peaks: Peaks, sealed: Sequence[Sealed]) -> None:
    """Add leaves, the blocks that they complete, and the tree's new peaks."""
    first = peaks.size
    hashes = [one.leaf() for one in sealed]
    with database.cursor() as cur, cur.copy("COPY audit_leaf (index, seq, month, hash) FROM STDIN") as copy:
        for index, (one, found) in enumerate(zip(sealed, hashes, strict=True), start=first):
            copy.write_row((index, one.fact.seq, one.month, found))
    for found in hashes:
        peaks.append(found)
    database.execute("UPDATE audit_tree SET size = %s, peaks = %s WHERE id = 1", [peaks.size, peaks.to_bytes()])
    _keep_blocks(first, peaks.size)


def _keep_blocks(first: int, size: int) -> None:
    level = 1
    while made := range(first // BLOCK, size // BLOCK):
        roots = [(level, number, _over(_hashes(level - 1, number * BLOCK, BLOCK))) for number in made]
        with database.cursor() as cur:
            cur.executemany("INSERT INTO audit_block (level, index, root) VALUES (%s, %s, %s)", roots)
        first, size, level = first // BLOCK, size // BLOCK, level + 1


class Subtrees:
    """The roots over ranges of leaves, for proofs. Each block is read once: many proofs share most of theirs."""

    def __init__(self) -> None:
        self._blocks: dict[tuple[int, int], list[bytes]] = {}

    def __call__(self, first: int, end: int) -> bytes:
        """The root over the leaves first <= i < end."""
        return fold([self._complete(height, number) for height, number in complete_subtrees(first, end)])

    def _complete(self, height: int, number: int) -> bytes:
        level, above = divmod(height, _HEIGHT)
        block, start = divmod(number << above, BLOCK)
        if (level, block) not in self._blocks:
            self._blocks[level, block] = _hashes(level, block * BLOCK, BLOCK)
        return _over(self._blocks[level, block][start : start + (1 << above)])


def _hashes(level: int, first: int, count: int) -> list[bytes]:
    if level == 0:
        sql, values = "SELECT hash FROM audit_leaf WHERE index >= %s AND index < %s ORDER BY index", []
    else:
        sql = "SELECT root FROM audit_block WHERE level = %s AND index >= %s AND index < %s ORDER BY index"
        values = [level]
    return [bytes(found) for (found,) in database.rows(sql, [*values, first, first + count])]


def _over(hashes: list[bytes]) -> bytes:
    """The root over a power of two of hashes."""
    while len(hashes) > 1:
        hashes = [node_hash(left, right) for left, right in zip(hashes[::2], hashes[1::2], strict=True)]
    return hashes[0]


@dataclass(frozen=True, slots=True)
class Leaf:
    """A leaf, and the fact it was made from, None when that is gone."""

    index: int
    seq: int
    month: date
    hash: bytes
    sealed: Sealed | None


def leaves(first: int, most: int) -> list[Leaf]:
    """Leaves from `first` on with their facts, in order."""
    found = database.rows(
        f"SELECT l.index, l.seq, l.month, l.hash, {_FACT}, a.salt FROM audit_leaf l "
        "LEFT JOIN audit a ON a.seq = l.seq WHERE l.index >= %s ORDER BY l.index LIMIT %s",
        [first, most],
    )
    return [_leaf(row) for row in found]


def leaves_of_persons(persons: Sequence[int], most: int) -> list[Leaf]:
    """The newest leaves about these persons, newest first."""
    found = database.rows(
        f"SELECT l.index, l.seq, l.month, l.hash, {_FACT}, a.salt FROM audit a JOIN audit_leaf l ON l.seq = a.seq "
        "WHERE a.person = ANY(%s) ORDER BY a.at DESC, a.seq DESC LIMIT %s",
        [list(persons), most],
    )
    return [_leaf(row) for row in found]


def unsealed_before(moment: datetime) -> int:
    """How many facts older than this moment have no leaf."""
    [(count,)] = database.rows(
        "SELECT count(*) FROM audit a WHERE a.at < %s AND NOT EXISTS (SELECT FROM audit_leaf l WHERE l.seq = a.seq)",
        [moment],
    )
    return int(count)


def lag(now: datetime) -> tuple[int, float]:
    """(facts without a leaf, age of the oldest of them in seconds), as far back as the tree looks."""
    [(count, oldest)] = database.rows(
        "SELECT count(*), min(a.at) FROM audit a WHERE a.seq > coalesce((SELECT low FROM audit_tree), 0) "
        "AND NOT EXISTS (SELECT FROM audit_leaf l WHERE l.seq = a.seq)"
    )
    return int(count), (now - oldest).total_seconds() if oldest else 0.0


class Kept(NamedTuple):
    """A checkpoint as it is kept."""

    size: int
    at: datetime
    note: str
    witnesses: int


def keep_checkpoint(size: int, at: datetime, note: str) -> None:
    """Keep a checkpoint in the place of those of the same minute that nobody co-signed."""
    database.execute(
        "DELETE FROM audit_checkpoint WHERE witnesses = 0 AND size < %s "
        "AND at >= date_trunc('minute', %s::timestamptz)",
        [size, at],
    )
    database.execute(
        "INSERT INTO audit_checkpoint (size, at, note) VALUES (%s, %s, %s) ON CONFLICT (size) DO NOTHING",
        [size, at, note],
    )


def newest_checkpoint(*, witnesses: int = 0) -> Kept | None:
    """The newest checkpoint with at least so many co-signatures."""
    found = database.rows(
        "SELECT size, at, note, witnesses FROM audit_checkpoint WHERE witnesses >= %s ORDER BY size DESC LIMIT 1",
        [witnesses],
    )
    return Kept(*found[0]) if found else None


def checkpoints() -> Iterator[Kept]:
    """Every checkpoint, the smallest first."""
    for row in database.rows("SELECT size, at, note, witnesses FROM audit_checkpoint ORDER BY size"):
        yield Kept(*row)


def keep_cosigned(size: int, note: str, witnesses: int) -> None:
    """A checkpoint has won co-signatures."""
    database.execute("UPDATE audit_checkpoint SET note = %s, witnesses = %s WHERE size = %s", [note, witnesses, size])


def witnessed(origin: str) -> tuple[int, bytes] | None:
    """(size, root) of another log as this node last co-signed it, locked until the transaction ends."""
    found = database.rows("SELECT size, root FROM audit_witnessed WHERE origin = %s FOR UPDATE", [origin])
    return (found[0][0], bytes(found[0][1])) if found else None


def keep_witnessed(origin: str, size: int, root: bytes, at: datetime) -> None:
    """Remember what was co-signed."""
    database.execute(
        "INSERT INTO audit_witnessed (origin, size, root, at) VALUES (%s, %s, %s, %s) "
        "ON CONFLICT (origin) DO UPDATE SET size = excluded.size, root = excluded.root, at = excluded.at",
        [origin, size, root, at],
    )


def drop_month(month: date) -> None:
    """Drop the part of the log of one month; the leaves stay."""
    database.execute(f'DROP TABLE "audit_{month:%Y_%m}"')


def is_apart(month: date) -> bool:
    """Whether the month has a part of the log of its own."""
    [(found,)] = database.rows("SELECT to_regclass(%s) IS NOT NULL", [f"audit_{month:%Y_%m}"])
    return bool(found)


def facts_of_month(month: date) -> int:
    """How many facts lie in the month's own part."""
    [(count,)] = database.rows(f'SELECT count(*) FROM "audit_{month:%Y_%m}"')
    return int(count)


def month_leaves(month: date) -> list[int]:
    """Places in the tree of a month's facts, in order."""
    return [i for (i,) in database.rows("SELECT index FROM audit_leaf WHERE month = %s ORDER BY index", [month])]


def _sealed(row: Sequence[Any]) -> Sealed:
    return Sealed(fact_of_row(row[:-1]), UUID(bytes=row[-1].bytes))


def _leaf(row: Sequence[Any]) -> Leaf:
    index, seq, month, found, *fact = row
    return Leaf(index, seq, month, bytes(found), _sealed(fact) if fact[-1] is not None else None)
