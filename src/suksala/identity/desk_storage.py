"""SQL of the review desk: the queue in its order, answers, and what the figures of quality are counted from."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple

from suksala.foundation import clock, database, keys

from . import changes
from .arrays import column, ints
from .changes import DIGESTS
from .components import SPLIT, Pair
from .edges import Edge
from .judging import ASKED_BY_PEOPLE, DISPUTED, Answer, Question, Said

_COLUMNS = "kind, person, other, at, danger, gain, event"
_ORDER = "danger DESC, gain DESC, at, person, other"  # that of the index identity_review_queue
_SERVED = (
    "AND NOT EXISTS (SELECT FROM identity_registration g "
    "WHERE g.person IN (r.person, r.other) AND g.hospcode <> ALL(%s))"
)


# What the row says of which somebody said something; `r` is what they said.
_WRONG = "(SELECT d.content FROM identity_demographics d WHERE d.person = r.wrong)"


class Given(NamedTuple):
    """An answer to be kept; the meaning of the fields stands in models.AnswerRow."""

    reviewer: str
    answer: str
    reason: str
    seconds: int
    wrong: int | None = None
    sampled: bool = False
    event: int | None = None


class Details(NamedTuple):
    """What only a reviewer needs of a registration, beside what every page shows."""

    phone: str
    mother: str
    passport: str
    nation: str
    area: str
    house: str
    dead: bool


def queue(facilities: Collection[str] | None, limit: int) -> list[Question]:
    """Open questions in the order of the queue; of these facilities alone, or all."""
    served, values = ("", []) if facilities is None else (_SERVED, [sorted(facilities)])
    found = database.rows(
        f"SELECT {_COLUMNS} FROM identity_review r WHERE state = 'open' {served} ORDER BY {_ORDER} LIMIT %s",
        [*values, limit],
    )
    return _questions(found)


def count_open(facilities: Collection[str] | None) -> int:
    """How many questions are open; of these facilities alone, or all."""
    served, values = ("", []) if facilities is None else (_SERVED, [sorted(facilities)])
    return int(database.rows(f"SELECT count(*) FROM identity_review r WHERE state = 'open' {served}", values)[0][0])


def question(kind: str, person: int, other: int) -> Question | None:
    """One open question."""
    found = database.rows(
        f"SELECT {_COLUMNS} FROM identity_review WHERE state = 'open' AND kind = %s AND person = %s AND other = %s",
        [kind, person, other],
    )
    return _questions(found)[0] if found else None


def unranked(today: date, limit: int) -> list[Question]:
    """Open questions whose danger was not worked out today: who comes today is known on the day."""
    found = database.rows(
        f"SELECT {_COLUMNS} FROM identity_review WHERE state = 'open' AND ranked_on IS DISTINCT FROM %s "
        "ORDER BY ranked_on NULLS FIRST, at LIMIT %s",
        [today, limit],
    )
    return _questions(found)


def _questions(found: Sequence[Sequence[Any]]) -> list[Question]:
    pairs = [(person, other) for _, person, other, *_ in found]
    weights, said = _weights(pairs), _said(pairs)
    return [
        Question(
            kind, person, other, at, danger, gain, weights.get((person, other)),
            tuple(one for where, seq, one in said if where == (kind, person, other) and seq > (event or 0)),
        )
        for kind, person, other, at, danger, gain, event in found
    ]  # fmt: skip


def _arrays(pairs: Collection[Pair]) -> list[str]:
    return [ints(person for person, _ in pairs), ints(other for _, other in pairs)]


def _weights(pairs: Collection[Pair]) -> dict[Pair, float]:
    found = database.rows(
        "SELECT e.person, e.other, e.weight FROM unnest(%s::bigint[], %s::bigint[]) AS g(person, other) "
        "JOIN identity_edge e ON e.person = g.person AND e.other = g.other AND e.until IS NULL",
        _arrays(pairs),
    )
    return {(person, other): weight for person, other, weight in found}


def _said(pairs: Collection[Pair]) -> list[tuple[tuple[str, int, int], int, Said]]:
    found = database.rows(
        "SELECT a.kind, a.person, a.other, a.seq, a.reviewer, a.answer, a.wrong "
        "FROM (SELECT DISTINCT * FROM unnest(%s::bigint[], %s::bigint[]) AS g(person, other)) AS g "
        "JOIN identity_answer a ON a.person = g.person AND a.other = g.other "
        "WHERE a.answer <> 'disputed' ORDER BY a.seq",
        _arrays(pairs),
    )
    return [
        ((kind, person, other), seq, Said(reviewer, Answer(answer), wrong))
        for kind, person, other, seq, reviewer, answer, wrong in found
    ]


def keep_ranks(ranked: Iterable[tuple[Question, int, float]], today: date) -> None:
    """Write danger and gain of questions."""
    for asked, danger, gain in ranked:
        database.execute(
            "UPDATE identity_review SET danger = %s, gain = %s, ranked_on = %s "
            "WHERE kind = %s AND person = %s AND other = %s AND state = 'open'",
            [danger, gain, today, asked.kind, asked.person, asked.other],
        )


def park(asked: Question) -> None:
    """Ask no more until one of the two rows says something else."""
    database.execute(
        f"UPDATE identity_review r SET state = 'parked', at = %s, seen = {DIGESTS} "
        "WHERE kind = %s AND person = %s AND other = %s",
        [clock.now(), asked.kind, asked.person, asked.other],
    )


def asked_to_reopen() -> list[tuple[str, int, int]]:
    """Questions of citizens and clinicians that nobody could answer, of which a row says something else now."""
    return [
        (kind, person, other)
        for kind, person, other in database.rows(
            "SELECT kind, person, other FROM identity_review r "
            f"WHERE state = 'parked' AND kind = ANY(%s) AND seen IS DISTINCT FROM {DIGESTS}",
            [sorted(ASKED_BY_PEOPLE)],
        )
    ]


def not_asked_by_itself(event: int) -> list[tuple[str, int, int]]:
    """Questions that an event answered and that no evaluation asks again: of citizens and clinicians, and whether one
    human is two.
    """
    found = database.rows(
        "SELECT DISTINCT kind, person, other FROM identity_answer WHERE event = %s AND kind = ANY(%s)",
        [event, sorted({*ASKED_BY_PEOPLE, SPLIT})],
    )
    return [(kind, person, other) for kind, person, other in found]


def add_answer(kind: str, pair: Pair, given: Given) -> None:
    """Append what somebody said of a question: with what both rows said then, or the one of which they said it."""
    [seq] = changes.places(1)
    database.execute(
        "INSERT INTO identity_answer (person, other, wrong, seq, kind, at, reviewer, answer, reason, seconds, weight, "
        "seen, sampled, event) SELECT r.person, r.other, r.wrong, %s, %s, %s, %s, %s, %s, %s, "
        "(SELECT weight FROM identity_edge e WHERE e.person = r.person AND e.other = r.other AND e.until IS NULL), "
        f"coalesce({_WRONG}, {DIGESTS}), %s, %s "
        "FROM (VALUES (%s::bigint, %s::bigint, %s::bigint)) AS r(person, other, wrong)",
        [
            seq, kind, clock.now(), given.reviewer, given.answer, given.reason, given.seconds,
            given.sampled, given.event, *pair, given.wrong,
        ],
    )  # fmt: skip


def disputed(
    persons: Collection[int], states: Sequence[str] = ("open", "parked"), *, kind: str = DISPUTED
) -> dict[Pair, int]:
    """Pairs with one of these persons about which a citizen asks (or a clinician, by the kind), and which of the two is
    said to be somebody else; of questions in these states.
    """
    found = database.rows(
        "SELECT DISTINCT ON (a.person, a.other) a.person, a.other, a.wrong FROM identity_answer a "
        "JOIN identity_review r ON r.person = a.person AND r.other = a.other AND r.kind = a.kind "
        "WHERE a.kind = %s AND a.answer = 'disputed' AND r.state = ANY(%s) "
        "AND (a.person = ANY(%s::bigint[]) OR a.other = ANY(%s::bigint[])) ORDER BY a.person, a.other, a.seq DESC",
        [kind, list(states), ints(persons), ints(persons)],
    )
    return {(person, other): wrong for person, other, wrong in found}


def words_of_asking(kind: str, pair: Pair) -> str:
    """What the citizen, or the clinician, wrote last who asked."""
    found = database.rows(
        "SELECT reason FROM identity_answer WHERE kind = %s AND person = %s AND other = %s AND answer = 'disputed' "
        "ORDER BY seq DESC LIMIT 1",
        [kind, *pair],
    )
    return str(found[0][0]) if found else ""


def open_pairs(kind: str, persons: Collection[int]) -> set[Pair]:
    """The pairs with one of these persons about which a question of this kind is open."""
    found = database.rows(
        "SELECT person, other FROM identity_review WHERE kind = %s AND state = 'open' "
        "AND (person = ANY(%s::bigint[]) OR other = ANY(%s::bigint[]))",
        [kind, ints(persons), ints(persons)],
    )
    return {(person, other) for person, other in found}


def to_source(facilities: Collection[str] | None) -> list[tuple[int, str, Any]]:
    """Registrations whose number reviewers call wrong and that were not corrected since: person, reason, when. Answers
    of before migration 0010 kept what both rows said.
    """
    served = None if facilities is None else sorted(facilities)
    found = database.rows(
        "SELECT DISTINCT ON (r.wrong) r.wrong, r.reason, r.at FROM identity_answer r "
        "JOIN identity_registration g ON g.person = r.wrong "
        f"WHERE r.answer = 'wrong-number' AND r.seen IN ({_WRONG}, {DIGESTS}) "
        "AND (%s::text[] IS NULL OR g.hospcode = ANY(%s)) "
        "ORDER BY r.wrong, r.seq DESC LIMIT 500",
        [served, served],
    )
    return [(person, reason, at) for person, reason, at in found]


def details(persons: Collection[int]) -> dict[int, Details]:
    """What a reviewer sees of these registrations."""
    found = database.rows(
        "SELECT person, phone_sealed, mother_sealed, passport_sealed, nation, area, house, dead "
        "FROM identity_demographics WHERE person = ANY(%s::bigint[])",
        [ints(persons)],
    )
    return {
        person: Details(_open(phone), _open(mother), _open(passport), *rest)
        for person, phone, mother, passport, *rest in found
    }


def household(persons: Collection[int], facilities: Collection[str] | None, limit: int) -> list[int]:
    """Registrations of others who live where these live: one sub-district, house and village."""
    return column(
        "SELECT o.person FROM (SELECT DISTINCT area, house FROM identity_demographics "
        "WHERE person = ANY(%s::bigint[]) AND area <> '' AND house <> '') AS d "
        "JOIN identity_demographics o ON o.area = d.area AND o.house = d.house AND o.house <> '' "
        "JOIN identity_registration r ON r.person = o.person "
        "WHERE o.person <> ALL(%s::bigint[]) AND (%s::text[] IS NULL OR r.hospcode = ANY(%s)) "
        "ORDER BY r.hospcode, r.pid LIMIT %s",
        [ints(persons), ints(persons), *[None if facilities is None else list(facilities)] * 2, limit],
    )


def _open(sealed: bytes | None) -> str:
    return keys.unseal(sealed) if sealed else ""


def edge(pair: Pair) -> Edge | None:
    """The edge that holds between two persons."""
    found = database.rows(
        "SELECT person, other, model, population, weight, levels, rarities, veto, newborn FROM identity_edge "
        "JOIN identity_model USING (model) WHERE until IS NULL AND person = %s AND other = %s",
        list(pair),
    )
    return Edge(*found[0]) if found else None


# ---- quality --------------------------------------------------------------------------------------------------------


def open_by_kind() -> list[tuple[str, int]]:
    """How many questions of each kind wait, most first."""
    found = database.rows(
        "SELECT kind, count(*) FROM identity_review WHERE state = 'open' GROUP BY kind ORDER BY count(*) DESC, kind"
    )
    return [(kind, count) for kind, count in found]


_HOLD = (
    f"{changes.turns('SELECT event FROM identity_answer WHERE event IS NOT NULL')} "
    "SELECT t.last, r.seq, r.kind, r.person, r.other, r.answer, r.reviewer, r.at, r.reason FROM identity_answer r "
    "JOIN (SELECT first, max(seq) AS last FROM turns GROUP BY first HAVING max(count) %% 2 = 0) AS t "
    "ON t.first = r.event WHERE true "
)


def decided(facilities: Collection[str] | None, before: int | None, limit: int) -> list[Sequence[Any]]:
    """Answers that were carried out and hold, newest first; the fields are those of desk.Decided."""
    served, values = ("", []) if facilities is None else (_SERVED, [sorted(facilities)])
    return list(
        database.rows(
            f"{_HOLD} {served} AND (%s::bigint IS NULL OR r.seq < %s) ORDER BY r.seq DESC LIMIT %s",
            [*values, before, before, limit],
        )
    )


def decided_by(event: int, facilities: Collection[str] | None) -> Pair | None:
    """The pair of the answer that holds by this event, about registrations of these facilities; or None."""
    served, values = ("", []) if facilities is None else (_SERVED, [sorted(facilities)])
    found = database.rows(f"{_HOLD} AND t.last = %s {served}", [event, *values])
    return (found[0][3], found[0][4]) if found else None


def labels() -> list[tuple[float, bool]]:
    """Of each pair that was judged: its bits then, and whether it is one human; the newest counts that stands."""
    found = database.rows(
        f"{changes.turns('SELECT event FROM identity_answer WHERE event IS NOT NULL')} "
        "SELECT DISTINCT ON (person, other) weight, answer = 'same' FROM identity_answer a "
        "WHERE event IN (SELECT first FROM turns GROUP BY first HAVING max(count) %% 2 = 0) "
        "AND weight IS NOT NULL AND answer IN ('same', 'different') "
        "ORDER BY person, other, seq DESC"
    )
    return [(weight, same) for weight, same in found]


def sampled() -> list[list[Said]]:
    """The answers to each question of the sample, in their order."""
    found: dict[tuple[str, int, int], list[Said]] = {}
    for kind, person, other, reviewer, answer, wrong in database.rows(
        "SELECT kind, person, other, reviewer, answer, wrong FROM identity_answer WHERE sampled ORDER BY seq"
    ):
        found.setdefault((kind, person, other), []).append(Said(reviewer, Answer(answer), wrong))
    return list(found.values())


def pace() -> tuple[int, float | None]:
    """How many answers reviewers gave, and the median of the seconds they took."""
    [(count, seconds)] = database.rows(
        "SELECT count(*), percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) FROM identity_answer "
        "WHERE answer <> 'disputed'"
    )
    return count, seconds
