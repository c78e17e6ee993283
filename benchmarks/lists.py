"""Line lists of a crisis: taking in a list of 100,000 rows, one sighting after that, and what callers open.

`python -m benchmarks lists`; SUKSALA_BENCH_ROWS names the number of rows. Rows are a made-up outbreak's of six agencies
with their errors (suksala simulate --labelled), as if it had lasted until now; one in a hundred is held back and sent
by itself afterwards, as a call to 1330 would be.
"""

from __future__ import annotations

import csv
import io
import os
import statistics
import time
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Any

from benchmarks.exchange import backend_cpu, cluster, tell

ROWS = int(os.environ.get("SUKSALA_BENCH_ROWS", "100000"))
PER_PERSON = 2.4  # rows of somebody who falls ill, a little less than they are
HELD_BACK = 100  # one row in so many
ASKED = 300
BAR_IMPORT_S, BAR_SIGHTING_MS = 300, 100  # for 100,000 rows; at 1,000,000 people
COLUMNS = ("row", "given", "family", "number", "phone", "age", "district", "history")
BY = "system:bench"


def main() -> None:
    """Take the list in, train on it, then send and open one by one."""
    with cluster():
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        rows = _made_up()
        known = [row for number, row in enumerate(rows) if number % HELD_BACK]
        _import(known)
        _settle_down()
        _sightings(rows[::HELD_BACK][:ASKED])
        _open()


def _made_up() -> list[list[str]]:
    """Cells of the rows, the newest status now."""
    from suksala.foundation import clock
    from suksala.simulation import labelled_outbreak

    cases = list(islice(labelled_outbreak(int(ROWS / PER_PERSON) + 1000, 1), ROWS * HELD_BACK // (HELD_BACK - 1) + 1))
    shift = clock.now() - max(one.at for case in cases for one in case.history)
    return [
        [
            f"{case.agency}-{case.row}", case.given, case.family, case.number, case.phone, case.age, case.district,
            "; ".join(f"{status} {(at + shift).isoformat(timespec='minutes')}" for status, at in case.history),
        ]
        for case in cases
    ]  # fmt: skip


def _file(rows: Sequence[Sequence[str]]) -> io.BytesIO:
    text = io.StringIO()
    csv.writer(text).writerows([COLUMNS, *rows])
    return io.BytesIO(text.getvalue().encode())


def _import(rows: Sequence[Sequence[str]]) -> None:
    from suksala import lists

    source, cpu, server, began = _file(rows), time.process_time(), backend_cpu(), time.perf_counter()
    found = lists.import_file(source, "bench", "outbreak", actor=BY)
    took = time.perf_counter() - began
    tell(
        f"a list of {found.rows:,} rows taken in", f"{took:,.0f} s", f"bar {BAR_IMPORT_S} s",
        f"CPU s: Python {time.process_time() - cpu:.0f} + PostgreSQL {backend_cpu() - server:.0f}; "
        f"{found.set_aside:,} set aside",
    )  # fmt: skip
    began = time.perf_counter()
    learned = lists.learn_if_due()
    tell("training on it, all linked anew", f"{time.perf_counter() - began:,.0f} s", "", f"learned: {learned}")
    began = time.perf_counter()
    lists.make_report()
    tell("the report of the day", f"{time.perf_counter() - began:,.1f} s", "")


def _settle_down() -> None:
    """As autovacuum does within minutes."""
    from suksala.foundation import database

    tables = "lists_row, lists_status, lists_key, lists_edge, lists_decision, lists_call, lists_held"
    database.execute(f"VACUUM (ANALYZE) {tables}")


def _sightings(rows: Sequence[Sequence[str]]) -> None:
    from suksala import lists

    def send(row: Sequence[str]) -> None:
        lists.import_file(_file([row]), "bench", "sightings", actor=BY)

    _tell("one sighting taken in and joined", f"p99 {BAR_SIGHTING_MS} ms", rows, send)


def _open() -> None:
    """The page of a district, that of everybody, and the sheets of those on top."""
    from suksala import lists

    found = lists.missing(actor=BY)
    [(district,)] = _busiest()
    some = lists.missing(actor=BY, district=district)

    def look(at: str | None) -> None:
        lists.missing(actor=BY, district=at)

    _tell(f"the list of everybody ({len(found):,} missing)", "", [None] * 5, look)
    _tell(f"the list of a district ({len(some):,} missing)", "", [district] * 20, look)
    _tell("the page of a person", "", some[:100], lambda one: lists.sheet(one.person, actor=BY, district=district))
    _tell("an answer", "", some[:100], lambda one: lists.answer(one.person, "reached", actor=BY, district=district))


def _busiest() -> list[Any]:
    from suksala.foundation import database

    return database.rows(
        "SELECT district FROM lists_row WHERE district <> '' GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1"
    )


def _tell(name: str, bar: str, asked: Sequence[Any], do: Callable[[Any], object]) -> None:
    times, python, server = [], time.process_time(), backend_cpu()
    for one in asked:
        began = time.perf_counter()
        do(one)
        times.append((time.perf_counter() - began) * 1e3)
    cpu = [(time.process_time() - python) / len(asked) * 1e3, (backend_cpu() - server) / len(asked) * 1e3]
    cuts = statistics.quantiles(times, n=100)
    tell(
        name, f"p50 {cuts[49]:,.0f} p99 {cuts[98]:,.0f} ms", bar,
        f"CPU ms: Python {cpu[0]:,.1f} + PostgreSQL {cpu[1]:,.1f}",
    )  # fmt: skip


if __name__ == "__main__":
    main()
