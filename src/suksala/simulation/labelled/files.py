"""The labelled rows as files, for whoever measures a matcher of their own on them."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from suksala.foundation.progress import Progress, silent

from ..output import clear, require_people
from .outbreak import LabelledCase, labelled_outbreak
from .registrations import LabelledRow, labelled_registrations

REGISTRATIONS, CASES = "registrations.csv", "cases.csv"
_FLAGS: Final = {True: "1", False: "0"}
_Row = TypeVar("_Row", LabelledRow, LabelledCase)


@dataclass(frozen=True, slots=True)
class LabelledSummary:
    """What was written: people, and the rows of registrations.csv and cases.csv."""

    out: Path
    people: int
    registrations: int
    cases: int


def write_labelled(*, people: int, seed: int = 1, out: Path, progress: Progress | None = None) -> LabelledSummary:
    """Write registrations.csv and cases.csv of the same people: in the second, all of them fall ill.

    people  100 to 3,000,000
    out     a folder; an earlier run there is replaced

    Both files are UTF-8 with a header, in the order of the fields of LabelledRow and LabelledCase; flags are 1 and 0,
    a history is "status time" joined by "; ". Raises TooFewPeople, OutputInUse; nothing is written then.
    """
    require_people(people)
    clear(out, known={REGISTRATIONS, CASES})
    told = progress or silent()
    told.start("ทะเบียนสมมติพร้อมเฉลย / labelled registrations", people)
    rows = _write(out / REGISTRATIONS, LabelledRow._fields, _told(labelled_registrations(people, seed), told))
    told.finish()
    told.start("รายชื่อผู้ป่วยสมมติพร้อมเฉลย / labelled line lists", people)
    cases = _write(out / CASES, LabelledCase._fields, map(_flat, _told(labelled_outbreak(people, seed), told)))
    told.finish()
    return LabelledSummary(out, people, rows, cases)


def _write(path: Path, header: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> int:
    count = 0
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(header)
        for row in rows:
            writer.writerow([_FLAGS[cell] if isinstance(cell, bool) else cell for cell in row])
            count += 1
    return count


def _told(rows: Iterable[_Row], progress: Progress) -> Iterator[_Row]:
    """The same rows; a person is counted with his or her first row."""
    human = ""
    for row in rows:
        if row.human != human:
            human = row.human
            progress.advance()
        yield row


def _flat(case: LabelledCase) -> tuple[object, ...]:
    history = "; ".join(f"{status} {at.isoformat(timespec='minutes')}" for status, at in case.history)
    return tuple(history if name == "history" else cell for name, cell in zip(case._fields, case, strict=True))
