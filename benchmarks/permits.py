"""What a read costs by leave: permit, predicate and fact in the log, against the same read without, in one run.

CPU of this process and of its PostgreSQL backend together; rounds of both kinds take turns, so that what else the
machine does falls on both. Runs on a throw-away cluster, on made-up rows: `python -m benchmarks permits`.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from unittest import mock

import pyarrow as pa

from benchmarks.exchange import HOSPITAL, backend_cpu, cluster, imports, make_persons, tell

BAR_US = 150.0
LINKS_BAR = 2.5
CHAIN_BAR = 10.0  # it was 30, and grew with the Patients there are, when each was asked whom its links show
UNIT = "99802"
ROUNDS, READS = 5, int(os.environ.get("SUKSALA_BENCH_READS", "4000"))
BARE = """
SELECT r.vid, r.upd, r.body, r.deleted, r.person FROM locator l
JOIN resource r ON r.person = l.person AND r.rtype = l.rtype AND r.rid = l.rid
WHERE l.rtype = %s AND l.rid = %s AND NOT r.deleted"""
EVENT = "INSERT INTO identity_event (at, kind, actor, evidence) VALUES (now(), 'link', 'bench', '{}') RETURNING seq"
CLOSED = "UPDATE identity_membership SET closed_by = %s WHERE person = ANY(%s::bigint[])"
TOGETHER = """
INSERT INTO identity_membership (person, human, opened_by)
SELECT person, human, %s FROM unnest(%s::bigint[], %s::bigint[]) AS p (person, human)"""


def main() -> None:
    """Print the cost of a bare read, and what each kind of leave adds to it."""
    with cluster():
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        imports(make_persons())
        _compare()
        _with_links()


def _compare() -> None:
    from suksala.foundation import database

    database.execute("ANALYZE")  # as autovacuum does on a machine that runs
    keys = database.rows("SELECT rid, person FROM resource WHERE rid LIKE 'lb-%%' ORDER BY rid LIMIT 2000")
    bare = _bare()
    [(facts,)] = database.rows("SELECT count(*) FROM audit")
    for name, read in (("a facility's client", _as_client()), ("somebody's own record", _as_owner())):
        without, with_leave = _rounds(bare, read, keys)
        added = statistics.median(b - a for a, b in zip(without, with_leave, strict=True))
        tell(
            f"one read for {name}", f"{added:.0f} µs more", f"bar {BAR_US:.0f} µs",
            f"CPU µs: {statistics.median(without):.0f} bare, {statistics.median(with_leave):.0f} by leave and logged",
        )  # fmt: skip
    [(after,)] = database.rows("SELECT count(*) FROM audit")
    assert after - facts == 2 * (ROUNDS * READS + len(keys)), "every read by leave is in the log, no other"


def _bare() -> Callable[[str, int], object]:
    """The same row by the same keys, and nothing else."""
    from suksala.exchange.domain import NUMBER, Version
    from suksala.foundation import database

    number = NUMBER["Observation"]
    return lambda rid, _: Version.of(database.rows(BARE, [number, rid])[0])


def _as_client() -> Callable[[str, int], object]:
    """A permit for each read, as each request over FHIR makes one."""
    from suksala import exchange, signin
    from suksala.exchange.asking import permit_of
    from suksala.foundation import clock

    until = clock.now() + timedelta(hours=1)
    client = signin.Client("bench", HOSPITAL, frozenset({"system/*.rs"}), until)
    return lambda rid, _: exchange.read(permit_of(client, "r"), "Observation", rid)


def _as_owner() -> Callable[[str, int], object]:
    """Somebody's own record; that all of their registrations are asked for is a part of it."""
    from suksala import consent, exchange
    from suksala.foundation import clock

    account = SimpleNamespace(actor="account:bench", role="citizen")

    def read(rid: str, person: int) -> object:
        return exchange.read(consent.permit_for_own_record(account, person, clock.now()), "Observation", rid)

    return read


def _with_links() -> None:
    """What it costs to show who else is the same human: with a Patient that is read, and with a page of a search."""
    from suksala import exchange, signin
    from suksala.exchange import alike, reads
    from suksala.exchange.asking import permit_of
    from suksala.foundation import clock

    client = signin.Client("bench", None, frozenset({"system/*.rs"}), clock.now() + timedelta(hours=1))
    page = [("_count", "100"), ("gender", "female")]

    def searched(rid: str, _: int) -> object:
        return exchange.search(permit_of(client, "s"), "Patient", page)

    def unlinked(rid: str, _: int) -> object:
        with mock.patch.object(alike, "shown", lambda _, patients: patients):
            return exchange.search(permit_of(client, "s"), "Patient", page)

    for name, keys in (("alone", _patients(together=False)), ("of two registrations", _patients(together=True))):
        without, with_links = _rounds(
            lambda rid, _: reads.by_id(permit_of(client, "r"), "Patient", rid),
            lambda rid, _: exchange.read(permit_of(client, "r"), "Patient", rid),
            keys,
        )
        _tell_ratio(f"one read of a Patient {name}, with links", without, with_links)
    without, with_links = _rounds(unlinked, searched, keys[:1], max(1, READS // 50))
    _tell_ratio("a page of 100 Patients of two registrations, with links", without, with_links)
    own, along = _rounds(
        lambda rid, _: exchange.search(permit_of(client, "s"), "Patient", [("_id", rid)]),
        lambda rid, _: exchange.search(permit_of(client, "s"), "Patient", [("link:Patient._id", rid)]),
        keys,
        max(1, READS // 20),
    )
    _tell_ratio("a search along links, to one by id", own, along, CHAIN_BAR)


def _tell_ratio(name: str, without: list[float], with_links: list[float], bar: float = LINKS_BAR) -> None:
    ratio = statistics.median(b / a for a, b in zip(without, with_links, strict=True))
    cpu = f"CPU µs: {statistics.median(without):.0f} without, {statistics.median(with_links):.0f} with links"
    tell(name, f"{ratio:.2f} times", f"bar {bar}", cpu)


def _patients(*, together: bool) -> list[tuple[str, int]]:
    """1,000 people whom two facilities registered, as two humans each or as one; those of the first."""
    from suksala import exchange, identity
    from suksala.foundation import database

    pids = [f"{'t' if together else 'a'}{n:04}" for n in range(1000)]
    one = {"name": ["มาลี"] * 1000, "lname": ["ใจดี"] * 1000, "sex": ["2"] * 1000, "_deposit": [1] * 1000}
    table = pa.table({"pid": pids, **one, "_line": list(range(2, 1002)), "_errs": [0] * 1000})
    persons = {hospcode: identity.persons(hospcode, pids) for hospcode in (HOSPITAL, UNIT)}
    for hospcode, known in persons.items():
        rows = table.append_column("hospcode", pa.array([hospcode] * 1000))
        exchange.import_rows(exchange.DepositRef(3, "c" * 64), hospcode, "PERSON", rows, known)
    if together:
        humans, others = ([persons[hospcode][pid] for pid in pids] for hospcode in (HOSPITAL, UNIT))
        [(event,)] = database.rows(EVENT)
        database.execute(CLOSED, [event, others])
        database.execute(TOGETHER, [event, others, humans])
    database.execute("ANALYZE")
    found = list(persons[HOSPITAL].values())
    return database.rows(
        "SELECT rid, person FROM locator WHERE person = ANY(%s::bigint[]) AND rid LIKE 'pt-%%'", [found]
    )


def _rounds(
    bare: Callable[[str, int], object],
    read: Callable[[str, int], object],
    keys: list[tuple[str, int]],
    times: int = READS,
) -> tuple[list[float], list[float]]:
    """CPU µs of one read, of every round: without what is measured, and with it."""
    for work in (bare, read):
        assert all(work(*key) for key in keys), "each read finds its row"
    found = [(_cpu(bare, keys, times), _cpu(read, keys, times)) for _ in range(ROUNDS)]
    return [a for a, _ in found], [b for _, b in found]


def _cpu(work: Callable[[str, int], object], keys: list[tuple[str, int]], times: int) -> float:
    python, server = time.process_time(), backend_cpu()
    for number in range(times):
        work(*keys[number % len(keys)])
    return (time.process_time() - python + backend_cpu() - server) / times * 1e6


if __name__ == "__main__":
    main()
