"""Matching one registration, taking one in, and weighing all of them, at a million registrations and more.

`python -m benchmarks identity`; SUKSALA_BENCH_REGISTRATIONS names the largest number (1,000,000; steps below it are
passed on the way). Registrations are made-up people's with their errors (suksala simulate --labelled), copied into the
tables as `link` would leave them, each human known.
"""

from __future__ import annotations

import os
import random
import resource
import statistics
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from itertools import islice
from typing import Any

from benchmarks.exchange import backend_cpu, cluster, tell

LARGEST = int(os.environ.get("SUKSALA_BENCH_REGISTRATIONS", "1000000"))
STEPS = [*(n for n in (100_000, 1_000_000, 2_000_000) if n < LARGEST), LARGEST]
PER_PERSON = 2.2  # registrations of a made-up human
ASKED = 1000
BAR_MATCH_MS, BAR_LINK_MS, BAR_QUEUE_MS, BAR_BATCH_S, BAR_BATCH_MB = 5, 15, 1000, 90, 2048
CHUNK = 20_000
PIECES = 10  # of settling


def main() -> None:
    """Load up to each number, then ask; at a million, or the largest below, weigh everybody."""
    with cluster():
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        held_back: list[tuple[str, str, Any]] = []
        rows = _but(held_back, _made_up(LARGEST))
        done = 0
        for step in STEPS:
            began = time.perf_counter()
            done += _load(islice(rows, step - done))
            _settle_down()
            _approve()
            took = time.perf_counter() - began
            tell(f"== {done:,} registrations ==", f"{took:,.0f} s", "", "to read and copy them")
            new = random.Random(step).sample(held_back, min(ASKED, len(held_back)))
            _match(new)
            _link(new, step)
        _weigh_all()
        _open_queue()


def _made_up(count: int) -> Iterator[tuple[str, str, Any]]:
    """(human, hospcode, row), household by household."""
    from suksala.identity import PersonRow
    from suksala.simulation import labelled_registrations

    for r in labelled_registrations(int(count / PER_PERSON * 1.07) + 1000, 1):
        birth = _day(r.birth)
        house = f"{r.house}/{r.village}" if r.house else None
        yield (
            r.human,
            r.hospcode,
            PersonRow(
                r.pid, r.number or None, r.given, r.family, birth, r.sex, r.title, phone=r.phone,
                mother=r.mother_number, passport=r.passport, nation=r.nation or None, area=r.tambon, house=house,
            ),
        )  # fmt: skip


def _but(held_back: list[tuple[str, str, Any]], rows: Iterable[tuple[str, str, Any]]) -> Iterator[Any]:
    """Every row but one in a hundred, which is asked for: most of those have registrations among the others."""
    for number, row in enumerate(rows):
        if number % 100:
            yield row
        else:
            held_back.append(row)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _load(rows: Iterable[tuple[str, str, Any]]) -> int:
    """Copy registrations into the tables; the rows of one human follow each other, so its oldest person names it."""
    from suksala.foundation import database

    humans: dict[str, int] = {}
    [(last,)] = database.rows("SELECT coalesce(max(person), 0) FROM identity_registration")
    count, rows = 0, iter(rows)
    while chunk := list(islice(rows, CHUNK)):
        _copy(chunk, last + count + 1, humans)
        count += len(chunk)
    return count


def _copy(chunk: list[tuple[str, str, Any]], first: int, humans: dict[str, int]) -> None:
    from suksala.foundation import clock, database
    from suksala.identity import reading, storage

    today, numbered = clock.today(), list(enumerate(chunk, first))
    prepared = [(person, reading.prepare(row, reading.content(row), today)) for person, (_, _, row) in numbered]
    with database.transaction(), database.cursor() as cur:
        if first == 1:
            cur.execute(
                "INSERT INTO identity_event (at, kind, actor, evidence) VALUES (now(), 'new', 'system:bench', '{}')"
            )
        _into(cur, "identity_registration (person, hospcode, pid)", ((n, h, row.pid) for n, (_, h, row) in numbered))
        members = ((n, humans.setdefault(human, n), 1) for n, (human, _, _) in numbered)
        _into(cur, "identity_membership (person, human, opened_by)", members)
        kept = ((person, *one.columns) for person, one in prepared)
        _into(cur, f"identity_demographics (person, {storage.FIELDS})", kept)
        blocks = ((key, person) for person, one in prepared for key in one.blocks)
        _into(cur, "identity_block_key (key, person)", blocks)
        cur.execute("SELECT setval(pg_get_serial_sequence('identity_registration', 'person'), %s)", [numbered[-1][0]])


def _into(cur: Any, table: str, rows: Iterable[tuple[Any, ...]]) -> None:
    with cur.copy(f"COPY {table} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _settle_down() -> None:
    """As autovacuum does within minutes."""
    from suksala.foundation import database

    tables = "identity_registration, identity_membership, identity_demographics, identity_block_key, identity_edge"
    database.execute(f"VACUUM (ANALYZE) {tables}")


def _approve() -> None:
    from suksala import identity

    identity.make_model(actor="system:bench", only_shipped=True)
    identity.approve_model(actor="system:bench")


def _match(new: list[tuple[str, str, Any]]) -> None:
    from suksala import identity

    found = 0

    def ask(row: Any) -> None:
        nonlocal found
        found += len(identity.match(row).candidates)

    _tell("match (identity.match)", BAR_MATCH_MS, [row for _, _, row in new], ask)
    print(f"  {found / len(new):.1f} humans for each", flush=True)


def _link(new: list[tuple[str, str, Any]], step: int) -> None:
    from dataclasses import replace

    from suksala import identity

    fresh = [(hospcode, replace(row, pid=f"x{step // 1000}-{n}")) for n, (_, hospcode, row) in enumerate(new)]
    _tell("match and insert (identity.link)", BAR_LINK_MS, fresh, lambda one: identity.link(one[0], [one[1]]))


def _weigh_all() -> None:
    """Everybody, as on a Sunday: reading, candidates, weights, copying what was found; then some pieces of settling,
    taken back as in a rehearsal, for which who links would wait.
    """
    from suksala.foundation import database
    from suksala.identity import batch, everybody

    count, cpu, began = everybody.count(), time.process_time(), time.perf_counter()
    with batch._alone():
        told = batch._weigh(everyone=True)
        assert told is not None
        [(edges,)] = database.rows("SELECT count(*) FROM weighed")
        tell(
            f"weighing {count:,} together", f"{time.process_time() - cpu:.0f} CPU s",
            f"bar {BAR_BATCH_S} CPU s, {BAR_BATCH_MB} MB a million",
            f"{time.perf_counter() - began:.0f} s, peak {peak_mb():,.0f} MB, {edges:,} edges",
        )  # fmt: skip
        cpu, server, began = time.process_time(), backend_cpu(), time.perf_counter()
        some = told._replace(persons=told.persons[: PIECES * batch.PIECE])
        batch._settle(some, "system:bench", rehearse=True)
        tell(
            f"settling {len(some.persons):,} of them", f"{(time.perf_counter() - began) / PIECES:.1f} s a piece", "",
            f"CPU s: Python {time.process_time() - cpu:.1f} + PostgreSQL {backend_cpu() - server:.1f}",
        )  # fmt: skip
        database.execute(_DOUBTS)


# What nobody decided: pairs under the weight that joins by itself, and more than that of two humans.
_DOUBTS = """
INSERT INTO identity_review (kind, person, other, state, at, event, danger, gain)
SELECT 'possible', w.person, w.other, 'open', now(), 1, w.person %% 10, w.weight
FROM weighed w JOIN identity_membership a ON a.person = w.person JOIN identity_membership b ON b.person = w.other
WHERE a.human <> b.human AND a.closed_by IS NULL AND b.closed_by IS NULL AND w.veto <> 'newborn'
ON CONFLICT DO NOTHING"""


def _open_queue() -> None:
    """The page's questions with what it shows of them, for who serves everybody and for who serves one hospital."""
    from suksala import identity
    from suksala.foundation import database

    database.execute("ANALYZE identity_review")
    [(waiting,)] = database.rows("SELECT count(*) FROM identity_review")
    [(busiest,)] = database.rows(
        "SELECT hospcode FROM identity_registration GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1"
    )
    reviewer = identity.Reviewer("account:bench")

    def look(facilities: list[str] | None) -> None:
        asked = identity.questions(reviewer, facilities)
        identity.registrations({person for one in asked for person in (one.person, one.other)})
        identity.questions_to_source(facilities)
        identity.quality()

    for name, facilities in (("everybody", None), ("one hospital", [busiest])):
        _tell(f"review queue of {waiting:,} for {name}", BAR_QUEUE_MS, [facilities] * 50, look)


def _tell(name: str, bar: float, asked: list[Any], do: Callable[[Any], object]) -> None:
    times, python, server = [], time.process_time(), backend_cpu()
    for one in asked:
        began = time.perf_counter()
        do(one)
        times.append((time.perf_counter() - began) * 1e3)
    cpu = [(time.process_time() - python) / len(asked) * 1e3, (backend_cpu() - server) / len(asked) * 1e3]
    cuts = statistics.quantiles(times, n=100)
    tell(
        name, f"p50 {cuts[49]:.2f} p95 {cuts[94]:.2f} ms", f"bar {bar} ms",
        f"p99 {cuts[98]:.1f} ms, CPU ms: Python {cpu[0]:.2f} + PostgreSQL {cpu[1]:.2f}",
    )  # fmt: skip


def peak_mb() -> float:
    """The largest this process was, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
