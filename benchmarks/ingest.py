"""Deposits: CPU of checking against writing the same text unchecked, memory, and rows a second from zip to lake.

The floor is DuckDB alone: all columns as text, to Parquet with its default zstd. Ours types, checks every rule and
marks faults in the same kind of file. Each figure is taken in a process of its own; only ratios of one run compare.
Run it apart with `python -m benchmarks.ingest --rows 200000`.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
import zipfile
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from suksala.ingest.compiler import Judge

ROWS = 2_000_000
ROUNDS = 5
FACILITY = "99901"
FAULTY = 170  # every 170th row has a fault: the 0.6 % of ../analytics/experiment.md
BAR_RATIO, BAR_RSS_MB = 1.25, 700

_PICK = "(hash(i, {n}) % {of})::INTEGER"
_DAY = "(DATE '2025-10-01' + (hash(i, 99) % 360)::INTEGER)"
SERVICE = {
    "HOSPCODE": "'99901'",
    "PID": "printf('%07d', {pid})",
    "HN": "printf('%07d', {pid})",
    "SEQ": "printf('%012d', i)",
    "DATE_SERV": "strftime({day}, '%Y%m%d')",
    "TIME_SERV": "printf('%02d%02d00', 8 + i % 8, i % 60)",
    "LOCATION": "(1 + {p1})::VARCHAR",
    "INTIME": "(1 + {p2})::VARCHAR",
    "INSTYPE": "'0100'",
    "INSID": "printf('%010d', {pid})",
    "MAIN": "'99901'",
    "TYPEIN": "(1 + {p3})::VARCHAR",
    "REFERINHOSP": "NULL",
    "CAUSEIN": "NULL",
    "CHIEFCOMP": "['มารับยาตามนัด', 'ปวดศีรษะ มึนงง 2 วัน', 'ไข้ ไอ มีน้ำมูก', 'ติดตามความดันโลหิตสูง'][1 + {p4}]",
    "SERVPLACE": "'1'",
    "BTEMP": "printf('%.1f', 36 + {p5} / 10.0)",
    "SBP": "CASE WHEN i % {faulty} = 0 THEN 'ปกติ' ELSE (95 + {p6})::VARCHAR END",
    "DBP": "(45 + {p7})::VARCHAR",
    "PR": "(60 + {p7})::VARCHAR",
    "RR": "(14 + {p4})::VARCHAR",
    "TYPEOUT": "'1'",
    "REFEROUTHOSP": "NULL",
    "CAUSEOUT": "NULL",
    "COST": "printf('%d.00', 20 + {p6})",
    "PRICE": "printf('%d.00', 50 + {p6})",
    "PAYPRICE": "'0.00'",
    "ACTUALPAY": "'0.00'",
    "D_UPDATE": "strftime({day} + INTERVAL 9 HOUR, '%Y%m%d%H%M%S')",
    "HSUB": "'99901'",
    "CID": "NULL",
}
LABFU = {
    "HOSPCODE": "'99901'",
    "PID": "printf('%07d', {pid})",
    "SEQ": "printf('%012d', i)",
    "DATE_SERV": "strftime({day}, '%Y%m%d')",
    "LABTEST": "printf('%07d', 500000 + i % 9000)",
    "LABRESULT": "CASE WHEN i % {faulty} = 0 THEN NULL ELSE printf('%.1f', 4 + {p6} / 10.0) END",
    "D_UPDATE": "strftime({day} + INTERVAL 9 HOUR, '%Y%m%d%H%M%S')",
    "LABPLACE": "'99901'",
    "CID": "NULL",
    "PROVIDER": "printf('D%02d', {p5})",
}
TEMPLATES = {"SERVICE": SERVICE, "LABFU": LABFU}


def make(file: str, rows: int, target: Path) -> None:
    """Write made-up rows of a file as its sender would."""
    import duckdb

    words = {f"p{n}": _PICK.format(n=n, of=of) for n, of in enumerate((7, 2, 2, 4, 4, 20, 95, 45))}
    words |= {"pid": "(hash(i, 98) % 300000)::INTEGER", "day": _DAY, "faulty": str(FAULTY)}
    select = ", ".join(f"{value.format(**words)} AS {name}" for name, value in TEMPLATES[file].items())
    out = "(FORMAT csv, DELIM '|', QUOTE '', ESCAPE '', HEADER, NULLSTR '')"
    with duckdb.connect() as con:
        con.execute(f"COPY (SELECT {select} FROM range({rows}) t(i)) TO '{target}' {out}").fetchall()


def _figures(started: float, wall: float) -> dict[str, float]:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "cpu": used.ru_utime + used.ru_stime - started,
        "wall": time.monotonic() - wall,
        "rss": used.ru_maxrss / 1024,
    }


def _begin() -> tuple[float, float]:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime, time.monotonic()


def step(kind: str, file: str, text: Path, folder: Path) -> dict[str, float]:
    """One measured step, in a process of its own: floor, checked or lake."""
    os.environ["SUKSALA_DATA"] = str(folder / "data")
    from suksala import lake
    from suksala.ingest import compiler
    from suksala.standards.file43 import FILES, read_layout

    with text.open(encoding="utf-8") as stream:
        layout = read_layout(stream.readline(), FILES[file])
    program = compiler.Program(file, layout.columns)
    judge = compiler.Judge(FACILITY, date(2026, 11, 22))
    con = lake.session()
    con.execute("SELECT 1").fetchall()
    begun = _begin()
    if kind == "floor":
        reading = (
            compiler.reading(program)
            .replace(compiler.TEXT, compiler.literal(str(text)))
            .replace("header=false", "header=true")
        )
        con.execute(f"COPY ({reading}) TO '{folder}/floor.parquet' (FORMAT parquet, COMPRESSION zstd)").fetchall()
    elif kind == "checked":
        checking = compiler.staging(program, str(text), judge).replace("header=false", "header=true")
        con.execute(f"COPY ({checking}) TO '{folder}/checked.parquet' {lake.PARQUET}").fetchall()
    else:
        _zip_to_lake(file, folder, judge)
    return _figures(*begun)


def _zip_to_lake(file: str, folder: Path, judge: Judge) -> None:
    from suksala import lake
    from suksala.ingest import containers, staging
    from suksala.ingest.limits import Limits
    from suksala.standards.file43 import FILES

    place = staging.Place(folder / "work", folder / "staged", folder / "refused")
    for made in (place.work, place.staged, place.refused):
        made.mkdir(exist_ok=True)
    (entry,) = containers.entries(folder / f"{file}.zip", Limits())
    done = staging.stage(
        lake.session(),
        folder / f"{file}.zip",
        entry,
        FILES[file],
        judge=judge,
        place=place,
        limits=Limits(),
    )
    assert done.path is not None, "rows were accepted"
    lake.merge(file, FACILITY, done.path, 1, first_line=done.first_line)


def measured(kind: str, file: str, text: Path, folder: Path) -> dict[str, float]:
    """The step in a fresh process."""
    command = [sys.executable, "-m", "benchmarks.ingest", "--step", kind, file, str(text), str(folder)]
    found: dict[str, float] = json.loads(
        subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1]
    )
    return found


HEAD = ("file", "rows", "floor CPU s", "checked CPU s", "ratio", "RSS MB", "zip to lake rows/CPU-s")


def suite(rows: int) -> None:
    """Print the figures of every file."""
    print(" | ".join(HEAD))
    for file in TEMPLATES:
        with tempfile.TemporaryDirectory() as name:
            floor, checked, rss, speed = _of_file(file, rows, Path(name))
        verdict = "" if checked / floor <= BAR_RATIO and rss <= BAR_RSS_MB else " | over the bar"
        shown = (
            file,
            f"{rows:,}",
            f"{floor:.2f}",
            f"{checked:.2f}",
            f"{checked / floor:.2f}",
            f"{rss:.0f}",
            f"{speed:,.0f}",
        )
        print(" | ".join(shown) + verdict, flush=True)
    print(f"bars: ratio {BAR_RATIO}, RSS {BAR_RSS_MB} MB (at {ROWS:,} rows)")


def _of_file(file: str, rows: int, folder: Path) -> tuple[float, float, float, float]:
    """(CPU of the floor, CPU of checking, RSS in MB, rows a CPU second from zip to lake), the best of some rounds."""
    text = folder / f"{file}.txt"
    make(file, rows, text)
    with zipfile.ZipFile(folder / f"{file}.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as made:
        made.write(text, f"{file}.txt")
    floors, checks = [], []
    for _ in range(ROUNDS):
        floors.append(measured("floor", file, text, folder)["cpu"])
        checks.append(measured("checked", file, text, folder))
    whole = measured("lake", file, text, folder)
    rss = max(whole["rss"], *(c["rss"] for c in checks))
    return min(floors), min(c["cpu"] for c in checks), rss, rows / whole["cpu"]


def main(arguments: list[str] | None = None) -> None:
    """Print the figures; `make bench` gives no arguments."""
    parser = argparse.ArgumentParser(description="figures of ingest")
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--step", nargs=4, help=argparse.SUPPRESS)
    given = parser.parse_args(arguments if arguments is not None else [])
    if given.step:
        kind, file, text, folder = given.step
        print(json.dumps(step(kind, file, Path(text), Path(folder))))
    else:
        suite(given.rows)


if __name__ == "__main__":
    main(sys.argv[1:])
