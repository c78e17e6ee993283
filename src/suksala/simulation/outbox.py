"""Rows on their way: each becomes one line of one file of one facility, in the history zip or in the later one.

Nothing is kept but finished lines, so the memory of a run is that of one chunk of people.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import repeat
from random import Random
from typing import Final

from suksala.standards import file43

from . import faults
from .calendar import CUT, HISTORY_SENT, LATER_SENT, ymd
from .places import Facility

HISTORY: Final = 0
LATER: Final = 1
Row = dict[str, str]
_VERSIONS: Final = {
    "2.3": {"2.0", "2.1", "2.2", "2.2-2.3", "2.3"},
    "2.4": {"2.0", "2.1", "2.2", "2.2-2.3", "2.3", "2.4"},
    "2.4.1": {"2.0", "2.1", "2.2", "2.2-2.3", "2.3", "2.4", "2.4.1"},
}
COLUMNS: Final = {
    version: {
        name: tuple(f.name for f in spec.fields if f.since_version in since) for name, spec in file43.FILES.items()
    }
    for version, since in _VERSIONS.items()
}


def _twins(spec: file43.FileSpec) -> tuple[tuple[str, str], ...]:
    """Pairs of a nine-character facility column and its five-digit twin."""
    nines = [f.name for f in spec.fields if f.vocabulary == "hcode9"]
    return tuple((nine, next(five for five in faults.five_of(nine) if spec.field(five))) for nine in nines)


_NINE: Final = {name: _twins(spec) for name, spec in file43.FILES.items()}
_CLOCKS: Final = tuple(f"{8 + n % 9:02d}{n * 7 % 60:02d}{n * 13 % 60:02d}" for n in range(4096))
_BLANKS: Final = repeat("")


@dataclass(slots=True)
class Line:
    """Where an injected error stands: the line is counted from the first row of this chunk."""

    facility: int
    stage: int
    file: str
    line: int
    column: str
    kind: str
    verdict: str
    rule: str


@dataclass(slots=True)
class Outbox:
    """The lines of one chunk, by facility, zip and file."""

    rng: Random
    codes9: dict[str, str]
    lines: dict[tuple[int, int, str], list[str]] = field(default_factory=lambda: defaultdict(list))
    errors: list[Line] = field(default_factory=list)
    clock: int = 0

    def send(self, facility: Facility, file: str, row: Row, day: int, *, updated: int = 0, clean: bool = False,
             stage: int | None = None) -> Row | None:  # fmt: skip
        """Write one row; the answer is the row as a correct receiver keeps it, None when it must refuse it.

        day      decides the zip: after the cut it goes to the later one
        updated  day of D_UPDATE; `day` plus up to two days when not given
        clean    no error may be put into this row
        """
        if stage is None:
            stage = HISTORY if day <= CUT else LATER
        row["HOSPCODE"] = facility.hospcode
        row["D_UPDATE"] = self.stamp(updated or day + self.clock % 3, stage)
        if facility.habit.version == "2.4.1":
            for nine, five in _NINE[file]:
                code = row.get(five, "")
                row[nine] = self.codes9.get(code, "")
        columns = COLUMNS[facility.habit.version][file]
        lines = self.lines[facility.number, stage, file]
        # a broken first row of a file without header would hide the columns of the whole file
        if clean or not lines or self.rng.random() >= faults.RATE:
            lines.append("|".join(map(row.get, columns, _BLANKS)))
            return row
        return self._send_faulty(facility, file, row, stage)

    def blame(self, facility: Facility, stage: int, file: str, column: str, what: tuple[str, str, str]) -> None:
        """Note that the last line of a file was wrong in one column: kind, verdict and rule."""
        line = len(self.lines[facility.number, stage, file])
        self.errors.append(Line(facility.number, stage, file, line, column, *what))

    def again(self, facility: Facility, file: str, row: Row) -> None:
        """The same row once more, in the later zip, unchanged."""
        columns = COLUMNS[facility.habit.version][file]
        self.lines[facility.number, LATER, file].append("|".join(map(row.get, columns, _BLANKS)))

    def stamp(self, day: int, stage: int) -> str:
        """A moment of D_UPDATE on that day, never after the zip was made."""
        self.clock += 1
        last = HISTORY_SENT if stage == HISTORY else LATER_SENT
        return ymd(day if day < last else last - 1) + _CLOCKS[self.clock % 4096]

    def _send_faulty(self, facility: Facility, file: str, row: Row, stage: int) -> Row | None:
        columns = COLUMNS[facility.habit.version][file]
        lines = self.lines[facility.number, stage, file]
        broken = faults.inject(self.rng, file, row, columns)
        if broken is None:
            lines.append("|".join(row.get(c, "") for c in columns))
            return row
        for text in broken.lines:
            lines.append(text)
        here = len(lines) - len(broken.lines) + 1 + broken.at
        self.errors.append(
            Line(facility.number, stage, file, here, broken.column, broken.kind, broken.verdict, broken.rule)
        )
        return broken.kept
