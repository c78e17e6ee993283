"""Make districts: chunks of people in two processes, their lines to zips, the truth beside them."""

from __future__ import annotations

import csv
import gzip
import io
import multiprocessing
import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final, TypeVar

from suksala.foundation.progress import Progress, silent

from . import packing, truth
from .chunks import Chunk, Made, make
from .expected import Tally
from .outbox import HISTORY, LATER, Line
from .output import clear, require_people
from .packing import Spool
from .places import District, Facility, districts

_LEAST_CHUNK: Final = 600
_MOST_CHUNKS: Final = 900
_FEW_CHUNKS: Final = 5
_T = TypeVar("_T")
_SHARES: Final = (0.30, 0.30, 0.40)  # of the people, for each three districts


@dataclass(slots=True)
class Summary:
    """What was made. `rows` counts the rows of each of the 52 files over all zips."""

    out: Path
    zips: list[Path]
    people: int
    registrations: int
    visits: int
    errors: int
    rows: Counter[str] = field(default_factory=Counter)


def simulate(*, people: int, districts: int = 3, seed: int = 1, out: Path, progress: Progress | None = None) -> Summary:
    """Make districts of made-up people, their 43-file zips, and the truth behind them.

    people     humans in all, births of the three years included; 100 to 3,000,000
    districts  1 to 12; each has a hospital, four units and a clinic
    seed       the same seed gives the same bytes
    out        becomes out/zips, out/facilities.csv and out/truth; an earlier run there is replaced

    Raises TooFewPeople, TooManyDistricts, OutputInUse; nothing is written then.
    """
    return _Run(people, districts, seed, Path(out), progress or silent()).go()


class _Run:
    def __init__(self, people: int, count: int, seed: int, out: Path, progress: Progress) -> None:
        require_people(people)
        self.districts: tuple[District, ...] = districts(count)
        self.facilities: list[Facility] = [f for d in self.districts for f in d.facilities]
        self.people, self.seed, self.out, self.progress = people, seed, out, progress
        self.spool = Spool(out / ".spool")
        self.tally = Tally.empty()
        self.summary = Summary(out, [], people, 0, 0, 0)

    def go(self) -> Summary:
        clear(self.out, known={"zips", "truth", "facilities.csv", ".spool"})
        chunks = _chunks(self.people, len(self.districts), self.seed)
        self.progress.start("จำลองประชากร / simulating people", self.people)
        with _workers(len(chunks)) as pool:
            with ExitStack() as stack:
                tables = _Tables(self.out / "truth", stack)
                for chunk, made in zip(chunks, _in_order(pool, chunks), strict=True):
                    self._take(made, tables)
                    self.progress.advance(chunk.people)
            self.progress.finish()
            self.spool.flush()
            self._pack(pool)
        _write_indicators(self.out / "truth" / "indicators.csv", self.tally, self.facilities)
        _write_facilities(self.out / "facilities.csv", self.facilities)
        shutil.rmtree(self.spool.folder)
        return self.summary

    def _take(self, made: Made, tables: _Tables) -> None:
        tables.errors.writerows(self._placed(made.errors))
        for key, (rows, text) in made.files.items():
            self.spool.add(key, rows, text)
            self.summary.rows[key[2]] += rows
        tables.people.writerows(made.people)
        tables.registrations.writerows(made.registrations)
        tables.members.writerows(made.members)
        tables.usage.writerows(made.usage)
        self.tally.join(made.tally)
        self.summary.registrations += len(made.registrations)
        self.summary.visits += made.visits
        self.summary.errors += len(made.errors)

    def _placed(self, errors: Iterable[Line]) -> Iterator[tuple[str | int, ...]]:
        """Lines counted in the file: after the header and the rows of earlier chunks."""
        for error in errors:
            facility = self.facilities[error.facility]
            before = packing.header_lines(facility) + self.spool.rows[error.facility, error.stage, error.file]
            name = packing.zip_name(facility, error.stage)
            yield name, error.file, before + error.line, error.column, error.kind, error.verdict, error.rule

    def _pack(self, pool: ProcessPoolExecutor | _Here) -> None:
        (self.out / "zips").mkdir()
        self.progress.start("เขียนไฟล์ zip / writing zips", len(self.facilities) * 2)
        waiting: list[Future[Path]] = []
        for facility in self.facilities:
            for stage in (HISTORY, LATER):
                files = [name for number, s, name in self.spool.rows if (number, s) == (facility.number, stage)]
                folder = self.spool.path((facility.number, stage, "x")).parent
                waiting.append(pool.submit(packing.pack, facility, stage, folder, files, self.out / "zips"))
        for done in waiting:
            self.summary.zips.append(done.result())
            self.progress.advance()
        self.progress.finish()


class _Tables:
    """The growing files of truth/."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        folder.mkdir(parents=True)

        def table(name: str, header: tuple[str, ...]) -> Any:
            out: IO[str]
            if name.endswith(".gz"):
                raw = stack.enter_context((folder / name).open("wb"))
                packed = stack.enter_context(gzip.GzipFile("", "wb", 5, raw, mtime=0))
                out = stack.enter_context(io.TextIOWrapper(packed, encoding="utf-8", newline=""))
            else:
                out = stack.enter_context((folder / name).open("w", encoding="utf-8", newline=""))
            writer = csv.writer(out, lineterminator="\n")
            writer.writerow(header)
            return writer

        self.people = table("people.csv", truth.PEOPLE)
        self.registrations = table("registrations.csv", truth.REGISTRATIONS)
        self.errors = table("injected_errors.csv", truth.ERRORS)
        self.members = table("indicator_members.csv.gz", truth.MEMBERS)
        self.usage = table("phr_usage.csv", truth.USAGE)


def _chunks(people: int, count: int, seed: int) -> list[Chunk]:
    """Equal chunks of a district's people, the districts in turn so that work is spread."""
    shares = [_SHARES[n % 3] for n in range(count)]
    parts = [round(people * share / sum(shares)) for share in shares]
    parts[-1] = people - sum(parts[:-1])
    size = max(_LEAST_CHUNK, people // _MOST_CHUNKS + 1)
    sizes = [
        (district, min(size, part - begun)) for district, part in enumerate(parts) for begun in range(0, part, size)
    ]
    firsts = {district: number for number, (district, _) in reversed(list(enumerate(sizes)))}
    return [
        Chunk(seed, number, district, count, size, first=firsts[district] == number)
        for number, (district, size) in enumerate(sizes)
    ]


def _in_order(pool: ProcessPoolExecutor | _Here, chunks: list[Chunk]) -> Iterator[Made]:
    """Results in the order of the chunks, few of them waiting in memory at once."""
    ahead: list[Future[Made]] = []
    for chunk in chunks:
        ahead.append(pool.submit(make, chunk))
        if len(ahead) > 4:
            yield ahead.pop(0).result()
    for future in ahead:
        yield future.result()


class _Here:
    """A pool of this process alone: small runs need no other."""

    def __enter__(self) -> _Here:
        return self

    def __exit__(self, *_: object) -> None: ...

    def submit(self, work: Callable[..., _T], *args: object) -> Future[_T]:
        done: Future[_T] = Future()
        done.set_result(work(*args))
        return done


def _workers(chunks: int) -> ProcessPoolExecutor | _Here:
    """One process for each core; "spawn", because the caller may have threads and database connections."""
    if chunks <= _FEW_CHUNKS:
        return _Here()
    workers = min(os.process_cpu_count() if hasattr(os, "process_cpu_count") else os.cpu_count() or 1, 8)
    return ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"))


def _write_indicators(path: Path, tally: Tally, facilities: list[Facility]) -> None:
    area = {f.hospcode: f.area.code for f in facilities}
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(truth.INDICATORS)
        for key in sorted(set(tally.sent_b) | set(tally.true_b)):
            code, period, hospcode = key
            counts = (tally.sent_a[key], tally.sent_b[key], tally.true_a[key], tally.true_b[key])
            writer.writerow((code, period, hospcode, area[hospcode], area[hospcode][:2], *counts))


def _write_facilities(path: Path, facilities: list[Facility]) -> None:
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(
            (
                *("hospcode", "hospcode9", "name_th", "name_en", "kind", "province", "district", "subdistrict"),
                *("network", "latitude", "longitude"),
            )
        )
        for f in facilities:
            network = facilities[f.number - f.number % 6].hospcode
            kind = "subdistrict-unit" if f.kind == "unit" else f.kind  # the registry's word
            writer.writerow((f.hospcode, f.hospcode9, f.name_th, f.name_en, kind, f.area.code[:2], f.area.code,
                             f.area.code + f.tambon, network, *_place(f)))  # fmt: skip


def _place(facility: Facility) -> tuple[str, str]:
    """A made-up place in the district, the units some kilometres around the hospital."""
    turn = facility.number % 6
    north, east = ((0, 0), (0.03, 0.01), (-0.02, 0.03), (0.01, -0.03), (-0.03, -0.01), (0.005, 0.005))[turn]
    return f"{facility.area.latitude + north:.4f}", f"{facility.area.longitude + east:.4f}"
