"""The audit log: how far sealing is behind while records are read, what it costs, and what verifying a million facts
costs.

`python -m benchmarks audit_log`; SUKSALA_BENCH_FACTS sets how many facts are verified, SUKSALA_BENCH_SECONDS for how
long records are read, SUKSALA_BENCH_VISITS how many visits they hold.
"""

from __future__ import annotations

import os
import threading
import time
from datetime import timedelta

from benchmarks.exchange import HOSPITAL, cluster, imports, make_persons

FACTS = int(os.environ.get("SUKSALA_BENCH_FACTS", "1000000"))
READERS, LOAD_SECONDS = 8, float(os.environ.get("SUKSALA_BENCH_SECONDS", "10"))
BAR_READS, BAR_LAG, BAR_VERIFY = 1_000, 2.0, 60.0  # reads/s, longest seconds, seconds for a million


def main() -> None:
    """Print the figures."""
    with cluster():
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        imports(make_persons())
        _sustained()
        _seal_and_verify()


def _sustained() -> None:
    """Reads by 8 threads, each with its permit and its fact as a facility's client gets one over FHIR, while another
    seals every second: the longest wait of a fact for its leaf. Every read is in the log, or this fails.
    """
    from django.db import connections

    from suksala import audit, exchange, signin
    from suksala.exchange.asking import permit_of
    from suksala.foundation import clock, database

    audit.seal()  # what the import told
    database.execute("ANALYZE")  # as autovacuum does on a machine that runs
    names = [rid for (rid,) in database.rows("SELECT rid FROM resource WHERE rid LIKE 'lb-%%' ORDER BY rid LIMIT 2000")]
    client = signin.Client("bench", HOSPITAL, frozenset({"system/*.rs"}), clock.now() + timedelta(hours=1))
    before, until = _facts(), time.monotonic() + LOAD_SECONDS
    done = [0] * READERS

    def read(number: int) -> None:
        while time.monotonic() < until:
            rid = names[(done[number] * READERS + number) % len(names)]
            exchange.read(permit_of(client, "r"), "Observation", rid)
            done[number] += 1
        connections.close_all()

    def seal() -> None:
        while not lags or time.monotonic() < until:  # once at least, however late a busy machine begins this thread
            lags.append(audit.lag()[1])
            audit.seal()
            time.sleep(1.0)
        connections.close_all()

    lags: list[float] = []
    began = clock.now()
    threads = [threading.Thread(target=read, args=(n,)) for n in range(READERS)] + [threading.Thread(target=seal)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = (clock.now() - began) / timedelta(seconds=1)
    assert _facts() - before == sum(done), "every read is in the log, and nothing else"
    rate, worst = sum(done) / seconds, max(lags)
    within = "within" if rate >= BAR_READS and worst <= BAR_LAG else "over"
    print(
        f"audited reads, {READERS} readers in one process: {rate:,.0f}/s; longest wait for a leaf {worst:.2f} s "
        f"({within} the bars {BAR_READS:,}/s, {BAR_LAG:.0f} s)"
    )


def _facts() -> int:
    """How many facts of reads the log holds."""
    from suksala.foundation import database

    return int(database.rows("SELECT count(*) FROM audit WHERE kind = 'read'")[0][0])


def _seal_and_verify() -> None:
    from suksala import audit
    from suksala.foundation import database

    database.execute(
        "INSERT INTO audit (kind, actor, purpose, person, facility, rtype, rid, detail) "
        "SELECT 'read', 'account:bench', 'TREAT', i, '99801', 'Observation', i::text, '{\"n\": 1}' "
        "FROM generate_series(1, %s) i",
        [FACTS],
    )
    database.execute("ANALYZE audit")
    began = time.process_time()
    wall = time.monotonic()
    sealed = audit.seal()
    print(
        f"sealed {sealed:,} facts: {sealed / (time.monotonic() - wall):,.0f}/s, "
        f"{(time.process_time() - began) / sealed * 1e6:.1f} us CPU in Python each"
    )
    began, wall = time.process_time(), time.monotonic()
    report = audit.verify()
    seconds, cpu = time.monotonic() - wall, (time.process_time() - began) / report.size * 1e6
    within = "within" if seconds * 1e6 / report.size <= BAR_VERIFY else "over"
    print(
        f"verified {report.size:,} facts in {seconds:.1f} s, whole: {report.whole} ({within} the bar "
        f"{BAR_VERIFY:.0f} s for a million); {cpu:.1f} us CPU in Python each"
    )
    wall = time.monotonic()
    persons = list(range(1, 201))
    document = audit.document_of(persons)
    print(f"proofs of {len(document['facts'])} facts in a log of {report.size:,}: {time.monotonic() - wall:.2f} s")


if __name__ == "__main__":
    main()
