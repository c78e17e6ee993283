"""The audit log: what sealing costs, what verifying a million facts costs, and how far sealing is behind under load.

`python -m benchmarks audit_log`; SUKSALA_BENCH_FACTS sets how many facts are verified.
"""

from __future__ import annotations

import os
import threading
import time
from datetime import timedelta

from benchmarks.exchange import cluster

FACTS = int(os.environ.get("SUKSALA_BENCH_FACTS", "1000000"))
WRITERS, LOAD_SECONDS = 8, 10.0
BAR_READS, BAR_LAG, BAR_VERIFY = 1_000, 2.0, 60.0  # facts/s, seconds p99, seconds for a million


def main() -> None:
    """Print the figures."""
    with cluster():
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        _sustained()
        _seal_and_verify()


def _sustained() -> None:
    """Facts written by 8 threads while another seals every second: the longest wait of a fact for its leaf."""
    from suksala import audit
    from suksala.foundation import clock, database

    until = time.monotonic() + LOAD_SECONDS
    written = [0] * WRITERS

    def write(number: int) -> None:
        sql = audit.READ_CTE + "SELECT 1"
        while time.monotonic() < until:
            with database.transaction():
                database.rows(sql, audit.read_values("account:bench", purpose="TREAT", person=written[number]))
            written[number] += 1

    def seal() -> None:
        while time.monotonic() < until:
            lags.append(audit.lag()[1])
            audit.seal()
            time.sleep(1.0)

    lags: list[float] = []
    began = clock.now()
    threads = [threading.Thread(target=write, args=(n,)) for n in range(WRITERS)] + [threading.Thread(target=seal)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = (clock.now() - began) / timedelta(seconds=1)
    rate, worst = sum(written) / seconds, max(lags)
    within = "within" if rate >= BAR_READS and worst <= BAR_LAG else "over"
    print(
        f"audited statements, {WRITERS} writers: {rate:,.0f}/s; longest wait for a leaf {worst:.2f} s "
        f"({within} the bars {BAR_READS:,}/s, {BAR_LAG:.0f} s)"
    )


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
