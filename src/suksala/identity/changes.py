"""SQL of what changes: events, memberships, decisions and questions. Sets travel as arrays or by COPY."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from suksala.foundation import clock, database

from .arrays import column, ints
from .components import SPLIT, Outcome, Pair
from .judging import ASKED_BY_PEOPLE


@dataclass(frozen=True, slots=True)
class Review:
    """A question for a reviewer: `kind` is whose-card (two persons, one number), dummy-number (person = other), split
    (one human so far: two after all?), or why the weight of two does not join them.
    """

    kind: str
    person: int
    other: int
    state: str
    at: datetime


# What both rows of a question say, to see whether either was corrected; `r` is the question.
DIGESTS = (
    "(SELECT string_agg(d.content, ''::bytea ORDER BY d.person) FROM identity_demographics d "
    "WHERE d.person IN (r.person, r.other))"
)


def add_event(kind: str, actor: str, evidence: Mapping[str, Any], undoes: int | None = None) -> int:
    """Append one event; returns its number."""
    sql = "INSERT INTO identity_event (at, kind, actor, undoes, evidence) VALUES (%s, %s, %s, %s, %s) RETURNING seq"
    [(seq,)] = database.rows(sql, [clock.now(), kind, actor, undoes, Jsonb(dict(evidence))])
    return int(seq)


def add_events(kinds: Sequence[str], actor: str, evidences: Sequence[Mapping[str, Any]]) -> list[int]:
    """Append many events; returns their numbers in the same order."""
    told = [{"kind": kind, "evidence": dict(evidence)} for kind, evidence in zip(kinds, evidences, strict=True)]
    return column(
        "INSERT INTO identity_event (at, kind, actor, evidence) SELECT %s, e ->> 'kind', %s, e -> 'evidence' "
        "FROM jsonb_array_elements(%s) WITH ORDINALITY AS told (e, place) ORDER BY place RETURNING seq",
        [clock.now(), actor, Jsonb(told)],
    )


def places(count: int) -> list[int]:
    """Numbers in the order of events, never given twice."""
    return column(
        "SELECT nextval(pg_get_serial_sequence('identity_event', 'seq')) FROM generate_series(1, %s)", [count]
    )


def move(moves: Sequence[tuple[int, int, int]]) -> None:
    """Close the open membership of each person and open another: (person, new human, event). That they moved waits to
    be told, in the same transaction.
    """
    if not moves:
        return
    arrays = [ints(column) for column in zip(*moves, strict=True)]
    database.execute(
        "WITH moves AS (SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[]) AS g(person, human, event)), "
        "closed AS (UPDATE identity_membership m SET closed_by = g.event FROM moves g "
        "  WHERE m.person = g.person AND m.closed_by IS NULL RETURNING g.person, g.human, g.event) "
        "INSERT INTO identity_membership (person, human, opened_by) SELECT person, human, event FROM closed",
        arrays,
    )
    database.execute(
        "INSERT INTO identity_untold (event) SELECT DISTINCT unnest(%s::bigint[]) ON CONFLICT DO NOTHING", [arrays[2]]
    )


def decide(pairs: Mapping[Pair, str], event: int) -> None:
    """Append decisions about pairs, made by one event."""
    with database.cursor() as cur, cur.copy("COPY identity_override (person, other, event, kind) FROM STDIN") as copy:
        for (person, other), kind in pairs.items():
            copy.write_row((person, other, event, kind))


def ask(outcome: Outcome, pool: Collection[int]) -> int:
    """Make the open questions about this pool equal to the outcome's doubts. Returns how many are new.

    A question that nobody could answer waits until one of its two rows says something else. What a citizen or a
    clinician asked is answered by a reviewer alone.
    """
    standing = {
        (kind, person, other): holds
        for kind, person, other, holds in database.rows(
            f"SELECT kind, person, other, state = 'open' OR seen = {DIGESTS} FROM identity_review r "
            "WHERE state IN ('open', 'parked') AND kind <> ALL(%s) "
            "AND (person = ANY(%s::bigint[]) OR other = ANY(%s::bigint[]))",
            [sorted(ASKED_BY_PEOPLE), ints(pool), ints(pool)],
        )
    }
    for kind, person, other in standing.keys() - outcome.doubts:
        settle_question(kind, person, other)
    fresh = sorted(outcome.doubts - {question for question, holds in standing.items() if holds})
    if fresh:
        open_questions(fresh)
    return len(fresh)


def proposed(persons: Collection[int]) -> set[Pair]:
    """The pairs of these persons that are one human and may be two: whether they are waits for an answer."""
    found = database.rows(
        "SELECT person, other FROM identity_review WHERE kind = %s AND state IN ('open', 'parked') "
        "AND person = ANY(%s::bigint[]) AND other = ANY(%s::bigint[])",
        [SPLIT, ints(persons), ints(persons)],
    )
    return {(person, other) for person, other in found}


def withdraw_proposals(persons: Collection[int]) -> None:
    """Whoever says something else now is weighed by that: no older question holds them to others."""
    database.execute(
        "UPDATE identity_review SET state = 'settled', at = %s WHERE kind = %s AND state IN ('open', 'parked') "
        "AND (person = ANY(%s::bigint[]) OR other = ANY(%s::bigint[]))",
        [clock.now(), SPLIT, ints(persons), ints(persons)],
    )


def settle_question(kind: str, person: int, other: int) -> None:
    """Nobody has to answer it any more."""
    database.execute(
        "UPDATE identity_review SET state = 'settled', at = %s WHERE kind = %s AND person = %s AND other = %s",
        [clock.now(), kind, person, other],
    )


def open_questions(questions: Sequence[tuple[str, int, int]]) -> None:
    """Ask these, anew where they were asked before: (kind, person, other). What a citizen asks goes first."""
    kinds, persons, others = (list(column) for column in zip(*questions, strict=True))
    [place] = places(1)
    database.execute(
        "INSERT INTO identity_review (kind, person, other, state, at, event, danger, gain) "
        "SELECT k, p, o, 'open', %s, %s, CASE k WHEN 'disputed' THEN 9 ELSE 0 END, 0 "
        "FROM unnest(%s::text[], %s::bigint[], %s::bigint[]) AS g(k, p, o) "
        "ON CONFLICT (person, other, kind) DO UPDATE SET state = 'open', at = excluded.at, event = excluded.event, "
        "danger = excluded.danger, gain = 0, ranked_on = NULL, seen = NULL",
        [clock.now(), place, kinds, persons, others],
    )


def decided_by(seq: int) -> tuple[dict[Pair, str], list[int]]:
    """What held, before an event decided, for each pair that it decided about ("open": nobody had); and the events that
    decided about one of these pairs since, newest first.
    """
    found = database.rows(
        "SELECT o.person, o.other, b.kind, l.event FROM identity_override o "
        "LEFT JOIN LATERAL (SELECT kind FROM identity_override e WHERE e.person = o.person AND e.other = o.other "
        "  AND e.event < o.event ORDER BY e.event DESC LIMIT 1) AS b ON true "
        "LEFT JOIN identity_override l ON l.person = o.person AND l.other = o.other AND l.event > o.event "
        "WHERE o.event = %s",
        [seq],
    )
    before = {(person, other): kind or "open" for person, other, kind, _ in found}
    return before, sorted({later for *_, later in found if later is not None}, reverse=True)


def event(seq: int) -> tuple[str, bool] | None:
    """Kind of an event and whether it was undone, or None."""
    found = database.rows(
        "SELECT kind, EXISTS (SELECT FROM identity_event u WHERE u.undoes = e.seq) "
        "FROM identity_event e WHERE seq = %s",
        [seq],
    )
    return (found[0][0], found[0][1]) if found else None


def judgement_of(seq: int) -> int | None:
    """The reviewer's judgement that an event is, or that it takes back or restores in any number of steps; or None."""
    found = database.rows(
        "WITH RECURSIVE undone AS (SELECT seq, kind, undoes FROM identity_event WHERE seq = %s "
        "UNION ALL SELECT e.seq, e.kind, e.undoes FROM undone u JOIN identity_event e ON e.seq = u.undoes) "
        "SELECT seq FROM undone WHERE kind = 'judge'",
        [seq],
    )
    return int(found[0][0]) if found else None


def turns(given: str) -> str:
    """SQL of a table `turns` of events, each with how often it was taken back and restored: an odd number of times, and
    it counts no more. `given`: SQL that tells which events.
    """
    return (
        f"WITH RECURSIVE turns AS (SELECT seq AS first, seq, 0 AS count FROM identity_event WHERE seq IN ({given}) "
        "UNION ALL SELECT t.first, e.seq, t.count + 1 FROM turns t JOIN identity_event e ON e.undoes = t.seq) "
    )


def stands(seq: int) -> bool:
    """Whether an event counts: it was not taken back, or what took it back was."""
    [(count,)] = database.rows(f"{turns('%s')} SELECT max(count) FROM turns", [seq])
    return count is not None and count % 2 == 0


def deciding(pairs: Collection[Pair]) -> list[int]:
    """The events whose decisions about these pairs stand, newest first."""
    if not pairs:
        return []
    firsts, others = zip(*sorted(pairs), strict=True)
    return column(
        "SELECT DISTINCT d.event FROM unnest(%s::bigint[], %s::bigint[]) AS g(person, other), LATERAL ("
        "SELECT event, kind FROM identity_override o WHERE o.person = g.person AND o.other = g.other "
        "ORDER BY event DESC LIMIT 1) AS d WHERE d.kind <> 'open' ORDER BY 1 DESC",
        [ints(firsts), ints(others)],
    )


def touched(seq: int) -> dict[int, tuple[int, int]]:
    """Every person of the humans that event `seq` changed: its human before and after it."""
    return touched_by([seq])[seq]


_TOUCHED = """
WITH asked AS ({asked}),
moved AS (SELECT a.seq, m.person FROM asked a JOIN identity_membership m ON m.opened_by = a.seq),
humans AS (SELECT DISTINCT v.seq, m.human FROM moved v JOIN identity_membership m USING (person)
    WHERE v.seq IN (m.opened_by, m.closed_by)),
near AS (SELECT DISTINCT h.seq, m.person FROM humans h JOIN identity_membership m USING (human)
    WHERE m.opened_by <= h.seq AND (m.closed_by IS NULL OR m.closed_by >= h.seq))
SELECT n.seq, n.person, b.human AS before, a.human AS after FROM near n
JOIN identity_membership b ON b.person = n.person AND b.opened_by < n.seq
    AND (b.closed_by IS NULL OR b.closed_by >= n.seq)
JOIN identity_membership a ON a.person = n.person AND a.opened_by <= n.seq
    AND (a.closed_by IS NULL OR a.closed_by > n.seq)
"""


def touched_by(seqs: Collection[int]) -> dict[int, dict[int, tuple[int, int]]]:
    """As `touched`, of several events."""
    found: dict[int, dict[int, tuple[int, int]]] = {seq: {} for seq in seqs}
    sql = _TOUCHED.format(asked="SELECT unnest(%s::bigint[]) AS seq")
    for seq, person, before, after in database.rows(sql, [ints(sorted(seqs))]):
        found[seq][person] = before, after
    return found


def joined_or_parted(since: datetime, persons: Collection[int] | None = None) -> tuple[str, tuple[Any, ...]]:
    """SQL of a table (person, other), and its values: each two registrations that an event since a moment joined, or
    parted; of these persons, or of all. Who stayed together through an event, whoever came or left, is no such pair.
    """
    asked, values = "SELECT seq FROM identity_event WHERE at >= %s AND kind <> 'new'", (since,)
    if persons is None:
        return _JOINED_OR_PARTED.format(touched=_TOUCHED.format(asked=asked), of="true"), values
    theirs = (
        "SELECT v.seq FROM identity_membership o CROSS JOIN LATERAL (VALUES (o.opened_by), (o.closed_by)) AS v (seq) "
        "WHERE o.human IN (SELECT human FROM identity_membership WHERE person = ANY(%s::bigint[]))"
    )
    touched = _TOUCHED.format(asked=f"{asked} AND seq IN ({theirs})")
    of = ints(sorted(persons))
    return _JOINED_OR_PARTED.format(touched=touched, of="t.person = ANY(%s::bigint[])"), (*values, of, of)


_JOINED_OR_PARTED = """
WITH touched AS MATERIALIZED ({touched})
SELECT DISTINCT t.person, o.person AS other FROM touched t JOIN touched o ON o.seq = t.seq AND o.person <> t.person
AND (o.before = t.before) <> (o.after = t.after) WHERE {of}
"""


def before_what_followed(seq: int, persons: Sequence[int]) -> dict[int, int]:
    """Of these persons those whom an event that followed from event `seq` moved last, with their human before it."""
    found = database.rows(
        "SELECT m.person, b.human FROM identity_membership m JOIN identity_event e ON e.seq = m.opened_by "
        "JOIN identity_membership b ON b.person = m.person AND b.closed_by = m.opened_by "
        "WHERE m.person = ANY(%s::bigint[]) AND m.closed_by IS NULL AND e.evidence ->> 'because' = %s",
        [ints(persons), str(seq)],
    )
    return dict(found)


def humans_before(seq: int, persons: Sequence[int]) -> dict[int, int]:
    """The human of each of these persons before event `seq`; who was not yet registered is left out."""
    found = database.rows(
        "SELECT person, human FROM identity_membership WHERE person = ANY(%s::bigint[]) AND opened_by < %s "
        "AND (closed_by IS NULL OR closed_by >= %s)",
        [ints(persons), seq, seq],
    )
    return dict(found)


def later_events(seq: int, persons: Sequence[int], humans: Sequence[int]) -> list[int]:
    """Events after `seq` that moved one of these persons or touched one of these humans, newest first."""
    found = column(
        "SELECT DISTINCT s FROM identity_membership m, LATERAL (VALUES (m.opened_by), (m.closed_by)) AS v(s) "
        "WHERE s > %s AND (m.person = ANY(%s::bigint[]) OR m.human = ANY(%s::bigint[])) ORDER BY s",
        [seq, ints(persons), ints(humans)],
    )
    return found[::-1]


def select_reviews(state: str, limit: int) -> list[Review]:
    """Questions in one state, newest first."""
    sql = (
        "SELECT kind, person, other, state, at FROM identity_review WHERE state = %s "
        "ORDER BY at DESC, person, other LIMIT %s"
    )
    return [Review(*row) for row in database.rows(sql, [state, limit])]


def events_of(persons: Sequence[int]) -> list[tuple[int, str]]:
    """Number and kind of the events that moved these persons or decided about a pair with one of them, oldest first."""
    found = database.rows(
        "WITH given AS (SELECT unnest(%s::bigint[]) AS person), numbers AS ("
        "SELECT v.seq FROM given JOIN identity_membership m USING (person), "
        "LATERAL (VALUES (m.opened_by), (m.closed_by)) AS v(seq) "
        "UNION SELECT o.event FROM given g JOIN identity_override o ON g.person IN (o.person, o.other)) "
        "SELECT seq, kind FROM numbers JOIN identity_event USING (seq) ORDER BY seq",
        [ints(persons)],
    )
    return [(seq, kind) for seq, kind in found]
