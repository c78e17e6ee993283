"""Searches as the record grows: p50 of each kind of parameter at some numbers of Observations, in one run.

SUKSALA_BENCH_GROWTH names the numbers, 100,000 and 1,000,000 by default. Rows are made-up visits with vital signs and
laboratory results; a result of a year is spread over 40 codes.
"""

from __future__ import annotations

import os
import random
import statistics
import time
from datetime import date, timedelta
from typing import Any

import pyarrow as pa

from benchmarks.exchange import HOSPITAL, SEARCH_BAR_MS, cluster, tell, timed

STEPS = [int(n) for n in os.environ.get("SUKSALA_BENCH_GROWTH", "100000,1000000").split(",")]
CHUNK = 20_000  # visits of one deposit; each gives an Encounter, four vital signs and a result
PATIENTS = 20_000
QUESTIONS = 100


def main() -> None:
    """Import up to each number, then ask."""
    with cluster():
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        from suksala import identity
        from suksala.foundation import database

        persons = identity.persons(HOSPITAL, [f"{n:06}" for n in range(PATIENTS)])
        patients(persons)
        done = 0
        for step in STEPS:
            began, count = time.perf_counter(), 0
            while 5 * done < step:
                count += deposit(done, persons)
                done += CHUNK
            from suksala import exchange

            exchange.settle()
            took = time.perf_counter() - began
            database.execute("ANALYZE resource")
            tell(f"== {5 * done:,} Observations ==", f"{count / took:,.0f}/s", "", f"{took:,.0f} s to import {count:,}")
            searches(persons)


def patients(persons: dict[str, int]) -> None:
    """A Patient for every person."""
    n = len(persons)
    random.seed(1)
    columns: dict[str, Any] = {
        "hospcode": [HOSPITAL] * n,
        "pid": sorted(persons),
        "name": [random.choice(("มะลิ", "สมชาย", "บุญมี", "อารี", "ประเสริฐ")) + str(i % 97) for i in range(n)],
        "lname": [random.choice(("ใจดี", "มีสุข", "รักไทย", "แสงทอง")) + str(i % 89) for i in range(n)],
        "birth": [str(date(1935, 1, 1) + timedelta(days=random.randrange(30000))) for _ in range(n)],
    }
    _import("PERSON", {**columns, **_places(n, 0)}, persons)


def deposit(first: int, persons: dict[str, int]) -> int:
    """Visits with numbers from `first` on; how many resources they gave."""
    random.seed(first)
    n, start = CHUNK, date(2020, 1, 1)
    pids = [f"{random.randrange(PATIENTS):06}" for _ in range(n)]
    common = {
        "hospcode": [HOSPITAL] * n,
        "pid": pids,
        "seq": [f"{first + i:010}" for i in range(n)],
        "date_serv": pa.array([start + timedelta(days=random.randrange(2300)) for _ in range(n)], pa.date32()),
        **_places(n, first),
    }
    visit = {"typein": ["1"] * n, "servplace": ["1"] * n, "typeout": ["1"] * n}
    vitals = {
        "sbp": [random.randrange(100, 180) for _ in range(n)],
        "dbp": [random.randrange(60, 110) for _ in range(n)],
        "pr": [random.randrange(55, 110) for _ in range(n)],
        "rr": [random.randrange(14, 24) for _ in range(n)],
        "btemp": [round(random.uniform(36, 39), 1) for _ in range(n)],
    }
    values = [round(random.uniform(4, 14), 1) for _ in range(n)]
    codes = [random.choice(("0531601", "0531002", "0541402", "0581902")) for _ in range(n)]
    made = _import("SERVICE", {**common, **visit, **vitals}, persons)
    lab = {"labtest": codes, "labresult": [str(v) for v in values], "labnum": values}
    return made + _import("LABFU", {**common, **lab}, persons)


def _places(n: int, first: int) -> dict[str, Any]:
    return {
        "_deposit": pa.array([1 + first // CHUNK] * n, pa.int64()),
        "_line": pa.array(range(2, n + 2), pa.int64()),
        "_errs": pa.array([0] * n, pa.uint64()),
    }


def _import(file: str, columns: dict[str, Any], persons: dict[str, int]) -> int:
    from suksala.exchange import DepositRef, import_rows

    return import_rows(DepositRef(1, "a" * 64), HOSPITAL, file, pa.table(columns), persons).written


ASKED: dict[str, str] = {
    "token": "code=http://loinc.org|4548-4",
    "token and date range": "code=http://loinc.org|4548-4&date=ge2024-03-01&date=lt2024-04-01",
    "date of a day": "date=2024-03-03",
    "reference": "patient={patient}",
    "reference, token, sorted": "patient={patient}&code=http://loinc.org|4548-4&_sort=-date",
    "sorted by date": "code=http://loinc.org|4548-4&_sort=date",
    "quantity, a common number": "code=http://loinc.org|4548-4&value-quantity=gt7",
    "quantity, a rare number": "code=http://loinc.org|4548-4&value-quantity=gt13.95",
    "quantity with its unit": "code=http://loinc.org|4548-4&value-quantity=gt7|http://unitsofmeasure.org|%25",
    "quantity with its unit, rare": "code=http://loinc.org|4548-4&value-quantity=gt13.95|http://unitsofmeasure.org|%25",
    "quantity of no code": "value-quantity=gt13.95|http://unitsofmeasure.org|%25",
    "chain": "patient.identifier={pid}&code=http://loinc.org|4548-4",
}


def searches(persons: dict[str, int]) -> None:
    """p50 of each question under a facility's permit."""
    from urllib.parse import parse_qsl

    from benchmarks.exchange import _system_permit
    from suksala import exchange
    from suksala.exchange.mapping.base import patient_id

    permit = _system_permit()
    pids = random.sample(sorted(persons), QUESTIONS)
    for name, text in ASKED.items():
        times = []
        for pid in pids:
            pairs = parse_qsl(text.format(patient=patient_id(HOSPITAL, pid), pid=pid))
            times.append(timed(lambda pairs=pairs: exchange.search(permit, "Observation", pairs)))
        over = "" if statistics.median(times) <= SEARCH_BAR_MS else "  over the bar"
        tell(
            f"search: {name}",
            f"p50 {statistics.median(times):.2f} ms",
            f"bar {SEARCH_BAR_MS} ms",
            f"p95 {sorted(times)[int(QUESTIONS * 0.95)]:.2f} ms{over}",
        )
    for name, text in {
        "string, common": "name=มะลิ",
        "string": "family=มีสุข7",
        "_has": "_id={patient}&_has:Observation:patient:code=4548-4",
    }.items():
        times = []
        for pid in pids:
            pairs = parse_qsl(text.format(patient=patient_id(HOSPITAL, pid)))
            times.append(timed(lambda pairs=pairs: exchange.search(permit, "Patient", pairs)))
        tell(f"search: {name}", f"p50 {statistics.median(times):.2f} ms", f"bar {SEARCH_BAR_MS} ms")


if __name__ == "__main__":
    main()
