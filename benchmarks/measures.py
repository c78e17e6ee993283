"""One indicator over a million people: CPU seconds, and the ratio to counting all rows (architecture, section 8).

The silver layer is made once per state of the data and shared by all indicators; its cost stands in a row of its own.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import duckdb

from suksala.standards.thai_codes import Period, dates
from suksala.warehouse.definitions import definitions
from suksala.warehouse.engine import DuckDbEngine
from suksala.warehouse.workbench import Workbench

PEOPLE = 1_000_000
BAR_SECONDS = 2.0
PERIOD = dates.period("2568Q4")

# Made-up people: 8 % diabetes, 20 % hypertension, 8 % registered at a second facility, two fiscal years of services.
POPULATION = """
CREATE TABLE person AS SELECT
  lpad((i % 100 + 1)::VARCHAR, 5, '0') AS hospcode, i::VARCHAR AS pid, (i % 2 + 1)::VARCHAR AS sex,
  DATE '1930-01-01' + (hash(i) % 33000)::INTEGER AS birth, '099' AS nation,
  CASE WHEN i >= {people} THEN '4' WHEN hash(i, 1) % 10 < 8 THEN '1' ELSE '3' END AS typearea,
  CASE WHEN hash(i, 2) % 50 = 0 THEN '2' ELSE '9' END AS discharge, DATE '2024-01-01' AS ddischarge,
  NULL::DATE AS movein, TIMESTAMP '2025-01-01' + INTERVAL (hash(i, 3) % 200) DAY AS d_update
FROM range({people} * 108 // 100) AS t(i);
CREATE TABLE membership AS
SELECT hospcode, pid, pid::BIGINT AS person, pid::BIGINT % {people} AS human, 1 AS numbered FROM person;
CREATE TABLE phr_fact AS
SELECT human, person, hospcode, 'login' AS kind, DATE '2025-03-01' AS on_date, 0 AS demonstration
FROM membership WHERE hash(human, 4) % 20 = 0;
CREATE TABLE death AS SELECT hospcode, pid, DATE '2024-06-01' AS ddeath FROM person WHERE hash(pid, 5) % 100 = 0;
CREATE TABLE chronic AS
SELECT hospcode, pid, 'E11' AS dx3, DATE '2018-01-01' AS date_diag, '03' AS typedisch
FROM person WHERE hash(pid, 6) % 100 < 8
UNION ALL
SELECT hospcode, pid, 'I10', DATE '2018-01-01', '03' FROM person WHERE hash(pid, 7) % 100 < 20;
CREATE TABLE visit AS SELECT hospcode, pid, DATE '2023-10-01' + (hash(pid, n) % 730)::INTEGER AS date_serv, n
FROM person, range(6) AS v(n);
CREATE TABLE diagnosis_opd AS SELECT hospcode, pid, date_serv,
  CASE hash(pid, n, 8) % 20 WHEN 0 THEN 'E11' WHEN 1 THEN 'I10' ELSE 'J06' END AS dx3 FROM visit;
CREATE TABLE diagnosis_ipd AS SELECT hospcode, pid, date_serv::TIMESTAMP AS datetime_admit, 'E11' AS dx3 FROM visit
WHERE n = 0 AND hash(pid, 9) % 200 = 0;
CREATE TABLE labfu AS SELECT hospcode, pid, date_serv, CASE WHEN n = 0 THEN '0531601' ELSE '0531002' END AS labtest,
  4.0 + hash(pid, n, 10) % 90 / 10.0 AS labnum FROM visit WHERE n < 5;
CREATE TABLE chronicfu AS SELECT hospcode, pid, date_serv,
  100 + hash(pid, n, 11) % 80 AS sbp, 60 + hash(pid, n, 12) % 40 AS dbp FROM visit WHERE n < 2;
CREATE TABLE service AS SELECT hospcode, pid, date_serv, '093000' AS time_serv,
  100 + hash(pid, n, 13) % 80 AS sbp, 60 + hash(pid, n, 14) % 40 AS dbp FROM visit;
CREATE TABLE ncdscreen AS SELECT hospcode, pid, date_serv, 120 AS sbp_1, 80 AS dbp_1,
  NULL::BIGINT AS sbp_2, NULL::BIGINT AS dbp_2, 100.0 AS bslevel, '1' AS bstest
FROM visit WHERE n = 0 AND hash(pid, 15) % 2 = 0;
DROP TABLE visit;
"""


@dataclass(frozen=True)
class Cost:
    """What one step took: CPU seconds of the whole process."""

    label: str
    seconds: float
    ratio: float | None = None


def main() -> None:
    """Print the cost of the silver layer, of each indicator, and of counting rows, over the same million people."""
    people = int(os.environ.get("SUKSALA_BENCH_PEOPLE", PEOPLE))
    engine = DuckDbEngine(duckdb.connect(config={"threads": 2}))
    for statement in POPULATION.format(people=people).split(";\n"):
        if statement.strip():
            engine.rows(statement)
    floor = _floor(engine)
    print(f"{people:,} people, {_rows(engine):,} rows, DuckDB {duckdb.__version__}, CPU s, bar {BAR_SECONDS} each")
    print(f"{'count(*) of every table, grouped by facility':<64}{floor:8.2f}")
    worst = 0.0
    for cost in _indicators(Workbench(engine), PERIOD, floor):
        print(f"{cost.label:<64}{cost.seconds:8.2f}" + ("" if cost.ratio is None else f"{cost.ratio:8.2f} x"))
        worst = max(worst, cost.seconds if cost.ratio is not None else 0.0)
    print(f"slowest indicator {worst:.2f} s: {'within' if worst <= BAR_SECONDS else 'ABOVE'} the bar")
    if worst > BAR_SECONDS:
        sys.exit(1)


def _indicators(bench: Workbench, period: Period, floor: float) -> list[Cost]:
    found = []
    for measure in definitions():
        version = measure.version(period.fiscal_year)
        made = _cpu(partial(bench.prepare, version, period))
        found.append(Cost(f"silver tables first needed by {measure.code}", made))
        # The rows of every human, and their sums by facility and reason.
        counted = min(_cpu(partial(bench.count, version, period)) for _ in range(3))
        found.append(Cost(measure.code, counted, counted / floor))
    return found


def _floor(engine: DuckDbEngine) -> float:
    tables = [row[0] for row in engine.rows("SELECT table_name FROM duckdb_tables()") if row[0] != "phr_fact"]
    queries = [f"SELECT hospcode, count(*) FROM {table} GROUP BY 1" for table in tables]
    return min(_cpu(lambda: [engine.rows(query) for query in queries]) for _ in range(3))


def _rows(engine: DuckDbEngine) -> int:
    return int(engine.rows("SELECT sum(estimated_size) FROM duckdb_tables()")[0][0])


def _cpu(work: Callable[[], object]) -> float:
    before = time.process_time()
    work()
    return time.process_time() - before


if __name__ == "__main__":
    main()
