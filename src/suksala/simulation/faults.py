"""Errors of files, as data officers meet them: put into a row on purpose, with the answer a good receiver gives.

Kinds come from the field notes on the 43 files. A rule is `<FILE>.<COLUMN>.<rule>` as receipts print it; a verdict is
refused                the row is set aside
field-null             the row goes in, the field does not
suspicious             the row goes in as it is, the fault is counted
accepted               nothing in the row itself tells
accepted-older-loses   a second row of the same key with an older D_UPDATE; the newer one stays
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from itertools import repeat
from random import Random
from typing import Final, NamedTuple

from suksala.standards import file43

from .calendar import day_of, ordinal, ymd

RATE: Final = 0.0045  # of all rows
Row = dict[str, str]
_NUMBER_TEXT: Final = ("ไม่ได้วัด", "N/A", "-", "n/a", "วัดไม่ได้")
_ORPHAN: Final = "999999"  # begins the PIDs that no PERSON row has
_FUTURE: Final = ordinal(2029, 2, 14)
_NEVER_BLANK: Final = frozenset({"HOSPCODE", "HOSPCODE9", "D_UPDATE"})
_OLDER_VALUES: Final = {"SBP": "199", "DBP": "111", "LABRESULT": "13.9", "BSLEVEL": "301", "AMOUNT": "999"}


@dataclass(frozen=True, slots=True)
class Broken:
    """The lines instead of one row; `at` is the place of the wrong one; `kept` is what a receiver keeps."""

    lines: list[str]
    at: int
    column: str
    kind: str
    verdict: str
    rule: str
    kept: Row | None


class _Target(NamedTuple):
    """The row that is to be spoilt."""

    file: str
    row: Row
    columns: tuple[str, ...]

    @property
    def spec(self) -> file43.FileSpec:
        return file43.FILES[self.file]

    @property
    def service_date(self) -> str:
        """The column of the service date when this row fills it, else an empty text."""
        column = self.spec.service_date
        return column if column and self.row.get(column) else ""

    def filled(self, names: tuple[str, ...]) -> list[str]:
        return [name for name in names if self.row.get(name) and name in self.columns]

    def text(self, **cells: str) -> str:
        return "|".join(map((self.row | cells).get, self.columns, repeat("")))

    def changed(self, column: str, value: str, kind: str, verdict: str, rule: str) -> Broken:
        kept: Row | None = self.row | {column: "" if verdict == "field-null" else value}
        if verdict == "refused":
            kept = None
        name = f"{self.file}.{column}.{rule}" if rule else ""
        return Broken([self.text(**{column: value})], 0, column, kind, verdict, name, kept)


def five_of(nine: str) -> tuple[str, ...]:
    """Candidates for the five-digit twin of a nine-character column, best first."""
    stem = nine.replace("HOSP9_", "").replace("HOSPCODE9", "HOSPCODE")
    return (stem, f"HOSP_{stem}", f"HOSP{stem}", f"H{stem}", nine.removesuffix("9"), "HOSPCODE")


def inject(rng: Random, file: str, row: Row, columns: tuple[str, ...]) -> Broken | None:
    """One error into one row; None when the drawn kind does not fit this file."""
    kind = rng.choices(_KINDS, _WEIGHTS)[0]
    return kind(rng, _Target(file, row, columns))


@cache
def _coded(file: str) -> tuple[str, ...]:
    """Columns whose code table is closed: another value is a fault."""
    fields = file43.FILES[file].fields
    return tuple(f.name for f in fields if f.code_table and not f.is_key and file43.code_table(f.code_table).closed)


@cache
def _numeric(file: str) -> tuple[str, ...]:
    return tuple(f.name for f in file43.FILES[file].fields if f.type in {"num", "decimal"})


@cache
def _required(file: str) -> tuple[str, ...]:
    return tuple(f.name for f in file43.FILES[file].fields if f.required and f.name not in _NEVER_BLANK)


def _buddhist(rng: Random, at: _Target) -> Broken | None:
    column = at.service_date
    if not column:
        return None
    value = f"{int(at.row[column][:4]) + 543}{at.row[column][4:]}"
    return at.changed(column, value, "buddhist-year", "refused", "buddhist-year")


def _word_in_number(rng: Random, at: _Target) -> Broken | None:
    choice = at.filled(_numeric(at.file))
    if not choice:
        return None
    return at.changed(rng.choice(choice), rng.choice(_NUMBER_TEXT), "text-in-number", "field-null", "type")


def _short_number(rng: Random, at: _Target) -> Broken | None:
    if "CID" not in at.columns or len(at.row.get("CID", "")) != 13 or at.file == "PERSON":
        return None
    # only PERSON speaks for a number; elsewhere it is a copy and no receiver counts it
    return at.changed("CID", at.row["CID"][:-1], "number-of-12-digits", "accepted", "")


def _unknown_code(rng: Random, at: _Target) -> Broken | None:
    choice = at.filled(_coded(at.file))
    if not choice or at.file == "PERSON":
        return None
    column = rng.choice(choice)
    return at.changed(column, "X" * len(at.row[column]), "code-not-in-table", "suspicious", "code")


def _missing(rng: Random, at: _Target) -> Broken | None:
    choice = at.filled(_required(at.file))
    if not choice:
        return None
    column = rng.choice(choice)
    if column in at.spec.key:
        return at.changed(column, "", "missing-key", "refused", "key")
    return at.changed(column, "", "missing-required", "suspicious", "required")


def _orphan(rng: Random, at: _Target) -> Broken | None:
    if "PID" not in at.columns or not at.row.get("PID") or at.file == "PERSON":
        return None
    broken = at.changed("PID", f"{_ORPHAN}{at.row['PID'][-6:]}", "orphan", "suspicious", "orphan")
    return replace(broken, kept=None)  # the receiver keeps the row, but it speaks of nobody


def _stray_bar(rng: Random, at: _Target) -> Broken | None:
    cells = [at.row.get(c, "") for c in at.columns]
    cells[rng.randrange(2, len(cells) - 1)] += "|"  # a bar at the very end of a line is only a habit of some programs
    return Broken(["|".join(cells)], 0, "*", "stray-delimiter", "refused", f"{at.file}.*.columns", None)


def _older_twin(rng: Random, at: _Target) -> Broken | None:
    day = day_of(at.row["D_UPDATE"])
    if day is None or "D_UPDATE" in at.spec.key or at.file in {"PERSON", "DATA_CORRECT", "POLICY"}:
        return None
    older = {c: v for c, v in _OLDER_VALUES.items() if at.row.get(c) and c not in at.spec.key}
    older["D_UPDATE"] = ymd(day - rng.randint(2, 30)) + at.row["D_UPDATE"][8:]
    lines, rule = [at.text(), at.text(**older)], f"{at.file}.*.duplicate"
    return Broken(lines, 1, "*", "older-duplicate", "accepted-older-loses", rule, at.row)


def _wrong_facility(rng: Random, at: _Target) -> Broken | None:
    return at.changed("HOSPCODE", "99990", "other-facility", "refused", "hospcode")


def _pressure(rng: Random, at: _Target) -> Broken | None:
    column = "SBP_1" if at.file == "NCDSCREEN" else "SBP"
    if column not in at.columns or not at.row.get(column):
        return None
    return at.changed(column, rng.choice(("8", "13", "30", "999")), "implausible-pressure", "suspicious", "range")


def _future(rng: Random, at: _Target) -> Broken | None:
    column = at.service_date
    if not column:
        return None
    value = ymd(_FUTURE + rng.randrange(200)) + at.row[column][8:]
    return at.changed(column, value, "future-date", "suspicious", "future")


def _bad_stamp(rng: Random, at: _Target) -> Broken | None:
    return at.changed("D_UPDATE", "00000000000000", "bad-d-update", "refused", "date")


_Kind = Callable[[Random, _Target], Broken | None]
_MIX: Final[tuple[tuple[_Kind, int], ...]] = (
    (_buddhist, 14), (_word_in_number, 12), (_short_number, 14), (_unknown_code, 12), (_missing, 10), (_orphan, 8),
    (_stray_bar, 8), (_older_twin, 10), (_wrong_facility, 4), (_pressure, 8), (_future, 4), (_bad_stamp, 3),
)  # fmt: skip
_KINDS: Final = [kind for kind, _ in _MIX]
_WEIGHTS: Final = [weight for _, weight in _MIX]
