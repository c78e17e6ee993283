"""SQL of the tree of hashes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

import psycopg

from suksala.foundation import clock, database

from .domain import Veil
from .leaves import Sealed, leaf_of
from .merkle import Peaks, complete_subtrees, fold, node_hash
from .storage import fact_of_row, unveiling

BLOCK = 256  # leaves under one kept root, and so on upwards: a proof reads at most 255 hashes a level
_HEIGHT = BLOCK.bit_length() - 1
DROP_WAIT_SECONDS = 2
SETTLE_SECONDS = 5  # between drawing a number and showing in a snapshot a transaction passes microseconds

_FACT = "a.at, a.kind, a.actor, a.purpose, a.person, a.facility, a.rtype, a.rid, a.detail, a.origin, a.seq"

# The one who grows the tree. Facts show in another order than they were numbered, so every fact above `low` without a
# leaf is looked for; `low` rises to a number only when all transactions that might bear a smaller one have ended.
_LOCK = """
SELECT size, peaks, low, next_low, next_xid <= pg_snapshot_xmin(pg_current_snapshot())::text::bigint
         AND next_at < now() - make_interval(secs => %s),
       next_xid > pg_snapshot_xmax(pg_current_snapshot())::text::bigint
FROM audit_tree WHERE id = 1 FOR UPDATE"""

# DISTINCT: two facts under one number, which only a forger makes, must not stop the sealing of all others. `l.seq` is
# bounded too, or a merge of both would begin at the log's first leaf, every second.
_NO_LEAF = "a.seq > t.low AND NOT EXISTS (SELECT FROM audit_leaf l WHERE l.seq = a.seq AND l.seq > t.low)"

_UNSEALED = f"""
SELECT DISTINCT ON (a.seq) {_FACT}, a.salt FROM audit a, (SELECT %s::bigint AS low) t
WHERE {_NO_LEAF} ORDER BY a.seq LIMIT %s"""

_NOTE_LOW = """
UPDATE audit_tree SET low = %s, next_low = %s, next_at = clock_timestamp(),
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
        f"SELECT t.low IS NULL OR t.next_low IS DISTINCT FROM t.low OR EXISTS (SELECT FROM audit a WHERE {_NO_LEAF}) "
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
    next_low = last_number()  # read before the snapshot of the other statement: who begins between them is above it
    database.execute(_NOTE_LOW, [low, next_low])


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
    with database.cursor() as cur, cur.copy("COPY audit_leaf (index, seq, month, digest) FROM STDIN") as copy:
        for index, one in enumerate(sealed, start=first):
            month, digest = one.month, one.digest()
            copy.write_row((index, one.fact.seq, month, digest))
            peaks.append(leaf_of(month, digest))
    database.execute("UPDATE audit_tree SET size = %s, peaks = %s WHERE id = 1", [peaks.size, peaks.to_bytes()])
    _keep_blocks(first, peaks.size)


def _keep_blocks(first: int, size: int) -> None:
    level = 1
    while made := range(first // BLOCK, size // BLOCK):
        roots = [(level, number, root_over(hashes(level - 1, number * BLOCK, BLOCK))) for number in made]
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
            self._blocks[level, block] = hashes(level, block * BLOCK, BLOCK)
        return root_over(self._blocks[level, block][start : start + (1 << above)])


def hashes(level: int, first: int, count: int) -> list[bytes]:
    """Those of neighbouring leaves (level 0) or kept roots over blocks, in order."""
    if level == 0:
        sql = "SELECT month, digest FROM audit_leaf WHERE index >= %s AND index < %s ORDER BY index"
        return [leaf_of(month, bytes(digest)) for month, digest in database.rows(sql, [first, first + count])]
    sql = "SELECT root FROM audit_block WHERE level = %s AND index >= %s AND index < %s ORDER BY index"
    return [bytes(root) for (root,) in database.rows(sql, [level, first, first + count])]


def root_over(nodes: list[bytes]) -> bytes:
    """The root over a power of two of hashes."""
    while len(nodes) > 1:
        nodes = [node_hash(left, right) for left, right in zip(nodes[::2], nodes[1::2], strict=True)]
    return nodes[0]


@dataclass(frozen=True, slots=True)
class Leaf:
    """A leaf, and the fact it was made from, None when that is gone."""

    index: int
    seq: int
    month: date
    hash: bytes
    sealed: Sealed | None


def leaves(first: int, most: int) -> list[Leaf]:
    """Leaves from `first` on with their facts, in order; several with one index where facts share a number.

    The facts are looked for in the parts of the leaves' months only: a log of years has more than a hundred.
    """
    found = database.rows(
        "SELECT index, seq, month, digest FROM audit_leaf WHERE index >= %s ORDER BY index LIMIT %s", [first, most]
    )
    if not found:
        return []
    months = [month for _, _, month, _ in found]
    facts: dict[int, list[Sealed | None]] = {}
    values = [[seq for _, seq, _, _ in found], *_bounds(min(months), max(months))]
    sql = f"SELECT {_FACT}, a.salt FROM audit a WHERE a.seq = ANY(%s) AND a.at >= %s AND a.at < %s"
    for row in database.rows(sql, values, own_plan=True):
        one = _sealed(row)
        facts.setdefault(one.fact.seq, []).append(one)
    gone: list[Sealed | None] = [None]
    return [_leaf(row, fact) for row in found for fact in facts.get(row[1], gone)]


def _bounds(first: date, last: date) -> tuple[datetime, datetime]:
    """The moments between which these months lie, in Bangkok."""
    following = (last + timedelta(days=31)).replace(day=1)
    start, end = (datetime.combine(day, time.min, clock.BANGKOK) for day in (first, following))
    return start, end


def leaves_of_persons(persons: Sequence[int], most: int, veils: Sequence[Veil] = ()) -> list[Leaf]:
    """The newest leaves about these persons, newest first, without what is not told yet."""
    unveiled, values = unveiling(veils, "a")
    found = database.rows(
        f"SELECT l.index, l.seq, l.month, l.digest, {_FACT}, a.salt FROM audit a JOIN audit_leaf l ON l.seq = a.seq "
        f"WHERE a.person = ANY(%s) AND {unveiled} ORDER BY a.at DESC, a.seq DESC LIMIT %s",
        [list(persons), *values, most],
    )
    return [_leaf(row[:4], _sealed(row[4:])) for row in found]


def last_number() -> int:
    """The number that a fact was given last."""
    [(seq,)] = database.rows("SELECT last_value FROM audit_seq")
    return int(seq)


def unsealed_before(moment: datetime, last: int) -> int:
    """How many facts older than this moment, numbered up to `last`, have no leaf, or one of another month only."""
    [(count,)] = database.rows(
        "SELECT count(*) FROM audit a WHERE a.at < %s AND a.seq <= %s "
        "AND NOT EXISTS (SELECT FROM audit_leaf l WHERE l.seq = a.seq "
        "AND l.month = date_trunc('month', a.at AT TIME ZONE 'Asia/Bangkok')::date)",
        [moment, last],
    )
    return int(count)


def lag(now: datetime) -> tuple[int, float]:
    """(facts without a leaf, age of the oldest of them in seconds), as far back as the tree looks."""
    [(count, oldest)] = database.rows(
        "SELECT count(a.seq), min(a.at) FROM (SELECT coalesce((SELECT low FROM audit_tree), 0) AS low) t, "
        f"LATERAL (SELECT a.seq, a.at FROM audit a WHERE {_NO_LEAF}) a"
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


def thin_checkpoints(before: datetime) -> None:
    """Of checkpoints before this moment keep one an hour, the one that most have co-signed; and the newest of all."""
    database.execute(
        "DELETE FROM audit_checkpoint c USING audit_checkpoint d "
        "WHERE c.at < %s AND date_trunc('hour', c.at) = date_trunc('hour', d.at) "
        "AND (d.witnesses, d.size) > (c.witnesses, c.size) AND c.size < (SELECT max(size) FROM audit_checkpoint)",
        [before],
    )


def newest_checkpoint(*, witnesses: int = 0) -> Kept | None:
    """The newest checkpoint with at least so many co-signatures."""
    found = database.rows(
        "SELECT size, at, note, witnesses FROM audit_checkpoint WHERE witnesses >= %s ORDER BY size DESC LIMIT 1",
        [witnesses],
    )
    return Kept(*found[0]) if found else None


def uncosigned_since(quorum: int) -> datetime | None:
    """When the log first grew after what so many have co-signed last; None while they have co-signed everything."""
    [(since,)] = database.rows(
        "SELECT min(at) FROM audit_checkpoint "
        "WHERE size > coalesce((SELECT max(size) FROM audit_checkpoint WHERE witnesses >= %s), -1)",
        [quorum],
    )
    return since if isinstance(since, datetime) else None


def checkpoints() -> Iterator[Kept]:
    """Every checkpoint, the smallest first."""
    for row in database.rows("SELECT size, at, note, witnesses FROM audit_checkpoint ORDER BY size"):
        yield Kept(*row)


def keep_cosigned(kept: Kept) -> None:
    """A checkpoint has won co-signatures: it stays, though a newer one of its minute may have taken its place."""
    database.execute(
        "INSERT INTO audit_checkpoint (size, at, note, witnesses) VALUES (%s, %s, %s, %s) "
        "ON CONFLICT (size) DO UPDATE SET note = excluded.note, witnesses = excluded.witnesses",
        list(kept),
    )


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


def close_month(month: date) -> None:
    """Let nothing more be written into the part of one month until the transaction ends."""
    database.execute(f'LOCK TABLE "audit_{month:%Y_%m}" IN SHARE MODE')


def drop_month(month: date) -> None:
    """Drop the part of the log of one month; the leaves stay.

    Every reading of a record writes to the log and would queue behind this, so it does not wait for long transactions.
    Raises TookTooLong.
    """
    database.execute(f"SET LOCAL lock_timeout = {DROP_WAIT_SECONDS * 1000:.0f}")
    try:
        database.execute(f'DROP TABLE "audit_{month:%Y_%m}"')
    except psycopg.errors.LockNotAvailable as error:
        raise database.TookTooLong from error


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
    return Sealed(fact_of_row(row[:-1]), row[-1])


def _leaf(row: Sequence[Any], fact: Sealed | None) -> Leaf:
    index, seq, month, digest = row
    return Leaf(index, seq, month, leaf_of(month, bytes(digest)), fact)
