"""Searches as the record grows: time and CPU of each kind of parameter at some numbers of Observations, in one run.

SUKSALA_BENCH_GROWTH names the largest number, 1,000,000 by default; 100,000 and 1,000,000 are passed on the way. Rows
are made-up visits with vital signs and laboratory results. On a machine that others use too, CPU and the least time say
more than p50.
"""

from __future__ import annotations

import os
import random
import statistics
import time
from datetime import date, timedelta
from functools import partial
from typing import Any

import pyarrow as pa

from benchmarks.exchange import HOSPITAL, SEARCH_BAR_MS, backend_cpu, cluster, tell, timed

LARGEST = int(os.environ.get("SUKSALA_BENCH_GROWTH", "1000000"))
STEPS = [*(n for n in (100_000, 1_000_000) if n < LARGEST), LARGEST]
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
            database.execute("VACUUM (ANALYZE) resource, resource_string")  # as autovacuum does within minutes
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


_HBA1C = "code=http://loinc.org|4548-4"
_PERCENT = "http://unitsofmeasure.org|%25"
ASKED: dict[str, tuple[str, str]] = {
    "token": ("Observation", _HBA1C),
    "token without its system": ("Observation", "code=4548-4"),
    "token and date range": ("Observation", f"{_HBA1C}&date=ge2024-03-01&date=lt2024-04-01"),
    "date of a day": ("Observation", "date=2024-03-03"),
    "reference": ("Observation", "patient={patient}"),
    "reference, token, sorted": ("Observation", f"patient={{patient}}&{_HBA1C}&_sort=-date"),
    "sorted by date": ("Observation", f"{_HBA1C}&_sort=date"),
    "chain": ("Observation", f"patient.identifier={{pid}}&{_HBA1C}"),
    "_has": ("Patient", "_id={patient}&_has:Observation:patient:code=4548-4"),
    "string, one in 40": ("Patient", "given=มะลิ1"),
    "string, one in 30": ("Patient", "family=มีสุข7"),
    "string, one in 5": ("Patient", "name=มะลิ"),
    "string, everybody": ("Patient", "name=ม,ส,บ,อ,ป"),
    "string, nobody": ("Patient", "family=ไม่มี"),
    "quantity of any unit": ("Observation", f"{_HBA1C}&value-quantity=gt7"),
    "quantity of any unit, rare": ("Observation", f"{_HBA1C}&value-quantity=gt13.95"),
    "quantity with its unit": ("Observation", f"{_HBA1C}&value-quantity=gt7|{_PERCENT}"),
    "quantity with its unit, rare": ("Observation", f"{_HBA1C}&value-quantity=gt13.95|{_PERCENT}"),
    "quantity converted, rare": ("Observation", f"{_HBA1C}&value-quantity=gt0.1395|http://unitsofmeasure.org|1"),
    "quantity in a unit of another kind": (
        "Observation", f"{_HBA1C}&value-quantity=gt7|http://unitsofmeasure.org|mmol/L"
    ),
    "quantity with a code alone, rare": ("Observation", f"{_HBA1C}&value-quantity=gt13.95||%25"),
    "quantity with a unit as it is read": ("Observation", "code=http://loinc.org|8310-5&value-quantity=gt38||°C"),
    "quantity without a code": ("Observation", f"value-quantity=gt7|{_PERCENT}"),
    "quantity without a code, rare": ("Observation", f"value-quantity=gt13.95|{_PERCENT}"),
    "quantity without a code, one in 100": ("Observation", f"value-quantity=gt12|{_PERCENT}"),
    "quantity without a code, one in 300": ("Observation", f"value-quantity=gt13.3|{_PERCENT}"),
}  # fmt: skip


def searches(persons: dict[str, int]) -> None:
    """Each question under a facility's permit."""
    from urllib.parse import parse_qsl

    from benchmarks.exchange import system_permit
    from suksala import exchange
    from suksala.exchange.mapping.base import patient_id

    permit = system_permit()
    pids = random.sample(sorted(persons), QUESTIONS)
    for name, (rtype, text) in ASKED.items():
        asked = [parse_qsl(text.format(patient=patient_id(HOSPITAL, pid), pid=pid)) for pid in pids]
        python, server = time.process_time(), backend_cpu()
        times = [timed(partial(exchange.search, permit, rtype, pairs)) for pairs in asked]
        cpu = [
            (after - before) / QUESTIONS * 1e3
            for after, before in ((time.process_time(), python), (backend_cpu(), server))
        ]
        over = "" if statistics.median(times) <= SEARCH_BAR_MS else "  over the bar"
        tell(
            f"search: {name}",
            f"p50 {statistics.median(times):.2f} ms",
            f"bar {SEARCH_BAR_MS} ms",
            f"least {min(times):.2f} ms, CPU ms: Python {cpu[0]:.2f} + PostgreSQL {cpu[1]:.2f}{over}",
        )


if __name__ == "__main__":
    main()
