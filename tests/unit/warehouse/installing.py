"""A made-up population put into a real installation: lake, identity, registry and audit log."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time
from itertools import count
from pathlib import Path

import duckdb

from suksala import audit, identity, lake, registry
from suksala.foundation import clock
from suksala.identity import PersonRow
from suksala.standards.thai_codes import citizen_number
from tests.unit.warehouse.population import Population, Row

# Made-up facility codes in real districts: Kaeng Khoi (19) has two, Ban Mo (19) one, Bang Pa-in (14) one.
DISTRICTS = {"00001": "1902", "00002": "1902", "00003": "1905", "00004": "1406"}
LIST = "hospcode,name_th,name_en,kind,province,district\n" + "".join(
    f"{code},หน่วยบริการสมมติ {code},Made-up unit {code},subdistrict-unit,{district[:2]},{district}\n"
    for code, district in DISTRICTS.items()
)
_deposits = count(1)


def install(population: Population, folder: Path) -> None:
    """Everything the population tells becomes rows that were received and linked, and facts that were kept."""
    register(folder)
    deposit(population, folder)
    link(population)


def deposit(population: Population, folder: Path) -> None:
    """The rows of the population lie in the lake."""
    hospcodes = sorted({str(row["hospcode"]) for rows in population.files.values() for row in rows})
    for hospcode in hospcodes:
        for name, rows in population.files.items():
            mine = [row for row in rows if row["hospcode"] == hospcode]
            if mine:
                merge(name.upper(), hospcode, mine, folder)


def link(population: Population) -> None:
    """The registrations of the population become persons and humans, and what they did with their record facts."""
    for hospcode in sorted({str(row["hospcode"]) for rows in population.files.values() for row in rows}):
        _link(population, hospcode)
    _keep_facts(population)


def register(folder: Path) -> None:
    """The made-up facilities become known."""
    path = folder / "facilities.csv"
    path.write_text(LIST, encoding="utf-8")
    registry.import_facilities(path)


def merge(file: str, hospcode: str, rows: Sequence[Row], folder: Path) -> None:
    """Rows of one file into the facility's partition, through the lake's own merging."""
    columns = [c for c in lake.columns(file) if c.name != "hospcode"]
    number = next(_deposits)
    staged = folder / f"{number}.parquet"
    con = duckdb.connect(config={"threads": 1})
    shape = ", ".join(f'"{c.name}" {c.sql_type}' for c in columns)
    con.execute(f"CREATE TABLE staged ({shape}, _errs UBIGINT, _refused BOOLEAN)").fetchall()
    marks = ", ".join("?" for _ in columns)
    values = [[_full(row, file, i).get(c.name) for c in columns] for i, row in enumerate(rows)]
    con.executemany(f"INSERT INTO staged VALUES ({marks}, 0, false)", values)
    con.execute(f"COPY staged TO '{staged}' (FORMAT parquet)").fetchall()
    con.close()
    lake.merge(file, hospcode, staged, number)


def _full(row: Row, file: str, line: int) -> Row:
    """A row with the key columns that the tables of the tests do not need."""
    code = {"CHRONIC": "chronic", "DIAGNOSIS_OPD": "diagcode", "DIAGNOSIS_IPD": "diagcode"}.get(file)
    usual: Row = {"seq": f"{line:06d}", "an": f"{line:06d}", "d_update": datetime.fromisoformat("2025-01-15T09:00")}
    return {**usual, **({code: row["dx3"]} if code else {}), **row}


def _link(population: Population, hospcode: str) -> None:
    names = {pid: n for n, pid in population.names().items()}
    identity.link(
        hospcode,
        [
            PersonRow(
                pid=row["pid"],
                number=None if row["pid"] in population.untrusted else citizen_number.synthetic(names[row["pid"]], 5),
                given=f"สมมติ{names[row['pid']]}",
                family="ทดสอบ",
                birth=row.get("birth"),
                sex=row.get("sex"),
                d_update=row["d_update"].replace(tzinfo=clock.BANGKOK),
            )
            for row in population.files["person"]
            if row["hospcode"] == hospcode
        ],
    )
    orphans = {row["pid"] for rows in population.files.values() for row in rows if row["hospcode"] == hospcode}
    identity.persons(hospcode, orphans)


def _keep_facts(population: Population) -> None:
    home = {row["pid"]: row["hospcode"] for row in population.files["person"]}
    kinds = {"open": "read", "login": "phr.login", "register": "phr.register"}
    for fact in population.facts:
        hospcode = fact.get("hospcode") or home[fact["pid"]]
        at = datetime.combine(fact["on_date"], time(23, 30), clock.BANGKOK)
        audit.record_many(
            [
                audit.Fact(
                    at,
                    kinds[fact["kind"]],
                    "account:demo",
                    "PATRQT",
                    identity.persons(hospcode, [fact["pid"]])[fact["pid"]],
                    fact.get("hospcode"),
                    {"demonstration": fact.get("demonstration") == "yes"},
                )
            ]
        )
