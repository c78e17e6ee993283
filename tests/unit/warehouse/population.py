"""Small made-up populations told in tables: the lake's columns, who is whom, and the facts of the own record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from functools import cache
from typing import Any

import duckdb
import pyarrow as pa

from suksala.standards.thai_codes import Period, dates
from suksala.warehouse.definitions import definition
from suksala.warehouse.domain import FacilityCount
from suksala.warehouse.engine import DuckDbEngine
from suksala.warehouse.snapshots import FACTS, bring
from suksala.warehouse.workbench import ROWS, Workbench

Row = dict[str, Any]

# The columns of the lake that the silver layer reads, with their DuckDB types.
LAKE: Mapping[str, Mapping[str, str]] = {
    "person": {
        "hospcode": "VARCHAR", "pid": "VARCHAR", "cid": "VARCHAR", "sex": "VARCHAR", "birth": "DATE",
        "nation": "VARCHAR",
        "typearea": "VARCHAR", "discharge": "VARCHAR", "ddischarge": "DATE", "movein": "DATE", "d_update": "TIMESTAMP",
    },
    "death": {"hospcode": "VARCHAR", "pid": "VARCHAR", "ddeath": "DATE"},
    "chronic": {"hospcode": "VARCHAR", "pid": "VARCHAR", "dx3": "VARCHAR", "date_diag": "DATE", "typedisch": "VARCHAR"},
    "diagnosis_opd": {"hospcode": "VARCHAR", "pid": "VARCHAR", "dx3": "VARCHAR", "date_serv": "DATE"},
    "diagnosis_ipd": {"hospcode": "VARCHAR", "pid": "VARCHAR", "dx3": "VARCHAR", "datetime_admit": "TIMESTAMP"},
    "labfu": {"hospcode": "VARCHAR", "pid": "VARCHAR", "labtest": "VARCHAR", "labnum": "DOUBLE", "date_serv": "DATE"},
    "chronicfu": {"hospcode": "VARCHAR", "pid": "VARCHAR", "sbp": "BIGINT", "dbp": "BIGINT", "date_serv": "DATE"},
    "service": {
        "hospcode": "VARCHAR", "pid": "VARCHAR", "date_serv": "DATE", "time_serv": "VARCHAR",
        "sbp": "BIGINT", "dbp": "BIGINT", "d_update": "TIMESTAMP",
    },
    "ncdscreen": {
        "hospcode": "VARCHAR", "pid": "VARCHAR", "date_serv": "DATE", "sbp_1": "BIGINT", "dbp_1": "BIGINT",
        "sbp_2": "BIGINT", "dbp_2": "BIGINT", "bslevel": "DOUBLE", "bstest": "VARCHAR",
    },
}  # fmt: skip

ARROW = {
    "VARCHAR": pa.string(),
    "DATE": pa.date32(),
    "TIMESTAMP": pa.timestamp("us"),
    "BIGINT": pa.int64(),
    "DOUBLE": pa.float64(),
}

USUAL_PERSON: Row = {
    "sex": "1",
    "birth": date(1970, 5, 20),
    "nation": "099",
    "typearea": "1",
    "discharge": "9",
    "d_update": datetime.fromisoformat("2025-01-15T09:00"),
}
MEMBERS = pa.schema(
    [
        ("hospcode", pa.string()),
        ("pid", pa.string()),
        ("person", pa.int64()),
        ("human", pa.int64()),
        ("trusted", pa.bool_()),
    ]
)


def table(text: str) -> list[Row]:
    """Rows of a table drawn with `|`; `#` opens a remark; an empty cell is absent, `-` is NULL."""
    lines = [line.split("#")[0].rstrip() for line in text.strip().splitlines()]
    names = [name.strip() for name in lines[0].split("|")]
    found = []
    for line in lines[1:]:
        cells = [cell.strip() for cell in line.split("|")]
        found.append({n: _value(n, c) for n, c in zip(names, cells, strict=True) if c})
    return found


def _value(name: str, cell: str) -> Any:
    if cell == "-":
        return None
    if name == "d_update":
        return datetime.fromisoformat(cell)
    if name == "datetime_admit":
        return datetime.combine(date.fromisoformat(cell), time(8))
    dated = name in {"birth", "ddischarge", "movein", "ddeath", "date_diag", "date_serv", "on_date"}
    if dated:
        return date.fromisoformat(cell)
    number = name in {"sbp", "dbp", "sbp_1", "dbp_1", "sbp_2", "dbp_2", "bslevel", "labnum"}
    return float(cell) if number and "." in cell else int(cell) if number else cell


class Population:
    """A made-up population: rows by file. Each registration is its own person; one PID everywhere is one human."""

    def __init__(self) -> None:
        self.files: dict[str, list[Row]] = {name: [] for name in LAKE}
        self.facts: list[Row] = []
        self.untrusted: set[str] = set()

    def add(self, file: str, text: str) -> Population:
        """Rows of one file as a table; PERSON rows get the usual values where the table is silent."""
        usual = USUAL_PERSON if file == "person" else {}
        self.files[file] += [{**usual, "hospcode": "00001", **row} for row in table(text)]
        return self

    def people(self, *pids: str, **values: Any) -> Population:
        """Usual residents of facility 00001."""
        self.files["person"] += [{**USUAL_PERSON, "hospcode": "00001", "pid": pid, **values} for pid in pids]
        return self

    def with_facts(self, text: str) -> Population:
        """What people did with their own record: pid, kind, on_date, and optionally hospcode and demonstration."""
        self.facts += table(text)
        return self

    def workbench(self) -> Workbench:
        """A workbench over this population."""
        engine = DuckDbEngine(_connection())
        for name, rows in self.files.items():
            _create(engine, name, rows)
        bring(engine, self._members(), self._facts())
        return Workbench(engine)

    def _registrations(self) -> list[tuple[str, str]]:
        return sorted({(str(r["hospcode"]), str(r["pid"])) for rows in self.files.values() for r in rows})

    def _humans(self) -> dict[str, int]:
        named = {pid for _, pid in self._registrations()} | {f["pid"] for f in self.facts}
        return {pid: 1000 + i for i, pid in enumerate(sorted(named))}

    def _members(self) -> pa.Table:
        humans = self._humans()
        rows = [
            {"hospcode": h, "pid": p, "person": i + 1, "human": humans[p], "trusted": p not in self.untrusted}
            for i, (h, p) in enumerate(self._registrations())
        ]
        return pa.Table.from_pylist(rows, schema=MEMBERS)

    def _facts(self) -> pa.Table:
        humans = self._humans()
        rows = [
            {
                "human": humans[f["pid"]],
                "person": humans[f["pid"]],
                "hospcode": f.get("hospcode"),
                "kind": f["kind"],
                "on_date": f["on_date"],
                "demonstration": int(f.get("demonstration") == "yes"),
            }
            for f in self.facts
        ]
        return pa.Table.from_pylist(rows, schema=FACTS)

    def names(self) -> dict[int, str]:
        """Human to the PID that names it in the tables."""
        return {human: pid for pid, human in self._humans().items()}


@cache
def _connection() -> duckdb.DuckDBPyConnection:
    """One connection for all populations, which follow one another: making one costs more than counting one."""
    return duckdb.connect(config={"threads": 1})


def _create(engine: DuckDbEngine, name: str, rows: Sequence[Row]) -> None:
    columns = LAKE[name]
    fields = [(column, ARROW[sql_type]) for column, sql_type in columns.items()]
    found = pa.Table.from_pylist([{c: row.get(c) for c in columns} for row in rows], schema=pa.schema(fields))
    engine.register(name, found)


def count(population: Population, code: str, period: str) -> list[FacilityCount]:
    """What a measure counts at each facility of a population."""
    when = dates.period(period)
    return population.workbench().count(definition(code).version(when.fiscal_year), when)


def told(population: Population, code: str, period: str | Period) -> dict[str, str]:
    """For each human of the universe: "A", "B" (in B and not in A) or the reason of exclusion."""
    when = dates.period(period) if isinstance(period, str) else period
    bench = population.workbench()
    bench.make_rows(definition(code).version(when.fiscal_year), when)
    names = population.names()
    found = bench.engine.rows(f"SELECT human, in_a, in_b, reason FROM {ROWS} ORDER BY human")
    return {names[human]: "A" if in_a else "B" if in_b else str(reason) for human, in_a, in_b, reason in found}
