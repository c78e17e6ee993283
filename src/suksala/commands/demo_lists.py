"""The demo's outbreak: the line lists of six agencies up to this hour, so that somebody is missing. All made up."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from suksala.simulation import CaseStatus, LabelledCase

LIST = "outbreak"
PEOPLE, DAYS = 600, 10  # who fall ill in two months, of whom those of the last days are on the lists
ISOLATED = ("home-isolation", "community-isolation")
LOST = 10  # one row in so many of the isolated is never heard of again
COLUMNS = ("row", "given", "family", "number", "phone", "age", "district", "history")


def make_lists(folder: Path, districts: Sequence[str], seed: int) -> None:
    """Write the lists into a folder and take them in; what is there already is taken in as it is, and changes nothing.

    districts  codes of those that the demo has; the made-up people live there
    """
    from suksala import lists
    from suksala.foundation import clock

    if not folder.is_dir():
        _write(folder, _recent(seed, clock.now(), districts))
    for file in sorted(folder.glob("*.csv")):
        with file.open("rb") as source:
            lists.import_file(source, file.stem, LIST, actor="system:demo")
    lists.make_report()


def _write(folder: Path, cases: Iterable[LabelledCase]) -> None:
    """A file for each agency; the folder is there when all of them are."""
    half = folder.with_name(f"{folder.name}.half")
    half.mkdir(exist_ok=True)
    for agency, rows in groupby(sorted(cases, key=lambda case: case.agency), key=lambda case: case.agency):
        with (half / f"{agency.lower()}.csv").open("w", encoding="utf-8", newline="") as out:
            writer = csv.writer(out)
            writer.writerow(COLUMNS)
            writer.writerows(_cells(case) for case in rows)
    half.rename(folder)


def _cells(case: LabelledCase) -> list[str]:
    history = "; ".join(f"{status} {at.isoformat(timespec='minutes')}" for status, at in case.history)
    return [history if name == "history" else str(getattr(case, name)) for name in COLUMNS]


def _recent(seed: int, now: datetime, districts: Sequence[str]) -> Iterator[LabelledCase]:
    """The outbreak as if it had lasted until now: the people of its last days, with what was noted so far."""
    from suksala.simulation import labelled_outbreak

    people = [list(rows) for _, rows in groupby(labelled_outbreak(PEOPLE, seed), key=lambda case: case.human)]
    since = [min(case.history[0].at for case in rows) for rows in people]
    shift = timedelta(days=(now - max(since)).days)
    places = sorted({case.district for rows in people for case in rows if case.district})
    home = {place: districts[n % len(districts)] for n, place in enumerate(places)}
    for rows, first in zip(people, since, strict=True):
        if first + shift < now - timedelta(days=DAYS):
            continue
        for case in rows:
            is_lost = int(case.row) % LOST == 0
            if history := tuple(_so_far(case.history, shift, now, is_lost=is_lost)):
                yield case._replace(district=home.get(case.district, ""), history=history)


def _so_far(history: Sequence[CaseStatus], shift: timedelta, now: datetime, *, is_lost: bool) -> Iterator[CaseStatus]:
    """What was noted until now; most of those in isolation are heard of each day."""
    known = [one._replace(at=one.at + shift) for one in history if one.at + shift <= now]
    yield from known
    if known and known[-1].status in ISOLATED and not is_lost:
        yield from (
            known[-1]._replace(at=known[-1].at + timedelta(days=n)) for n in range(1, (now - known[-1].at).days)
        )
