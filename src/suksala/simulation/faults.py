"""Errors of files, as data officers meet them: put into a row on purpose, with the answer a good receiver gives.

Kinds come from the field notes on the 43 files; verdict and rule follow the ingest rules (`<FILE>.<COLUMN>.<rule>`):
refused                the row is set aside
field-null             the row goes in, the field does not
suspicious             the row goes in as it is, the fault is counted
accepted-older-loses   a second row of the same key with an older D_UPDATE; the newer one stays
accepted               nothing forbids it, though no careful person would have sent it
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
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


def five_of(nine: str) -> tuple[str, ...]:
    """Candidates for the five-digit twin of a nine-character column."""
    stem = nine.replace("HOSP9_", "").replace("HOSPCODE9", "HOSPCODE")
    plain = nine.removesuffix("9")
    return (stem, f"HOSP_{stem}", f"HOSP{stem}", f"H{stem}", plain, "HOSPCODE")


def inject(rng: Random, file: str, row: Row, columns: tuple[str, ...]) -> Broken | None:
    """One error into one row; None when the drawn kind does not fit this file."""
    kind = rng.choices(_KINDS, _WEIGHTS)[0]
    return kind(rng, _Target(file, row, columns))


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

    def text(self, **cells: str) -> str:
        return "|".join(map((self.row | cells).get, self.columns, repeat("")))

    def changed(self, column: str, value: str, *, kind: str, verdict: str, rule: str) -> Broken:
        kept = {"refused": None, "field-null": self.row | {column: ""}}.get(verdict, self.row | {column: value})
        return Broken([self.text(**{column: value})], 0, column, kind, verdict, f"{self.file}.{column}.{rule}", kept)


def _buddhist(rng: Random, at: _Target) -> Broken | None:
    column = at.service_date
    if not column:
        return None
    value = f"{int(at.row[column][:4]) + 543}{at.row[column][4:]}"
    return at.changed(column, value, kind="buddhist-year", verdict="refused", rule="buddhist-year")


def _word_in_number(rng: Random, at: _Target) -> Broken | None:
    numeric = {"num", "decimal"}
    choice = [f.name for f in at.spec.fields if f.type in numeric and at.row.get(f.name) and f.name in at.columns]
    if not choice:
        return None
    value = rng.choice(_NUMBER_TEXT)
    return at.changed(rng.choice(choice), value, kind="text-in-number", verdict="field-null", rule="type")


def _short_number(rng: Random, at: _Target) -> Broken | None:
    if "CID" not in at.columns or len(at.row.get("CID", "")) != 13 or at.file == "PERSON":
        return None
    return at.changed("CID", at.row["CID"][:-1], kind="number-of-12-digits", verdict="suspicious", rule="check-digit")


def _unknown_code(rng: Random, at: _Target) -> Broken | None:
    column = _CODED.get(at.file)
    if column is None or not at.row.get(column):
        return None
    value = "X" * len(at.row[column])
    return at.changed(column, value, kind="code-not-in-table", verdict="suspicious", rule="code")


def _missing(rng: Random, at: _Target) -> Broken | None:
    choice = [f.name for f in at.spec.fields if f.required and at.row.get(f.name) and f.name not in _NEVER_BLANK: Final = frozenset({"HOSPCODE", "HOSPCODE9", "D_UPDATE"})
_CODED: Final = {
    "SERVICE": "TYPEIN", "DIAGNOSIS_OPD": "DIAGTYPE", "LABFU": "LABTEST", "CHRONICFU": "FOOT", "NCDSCREEN": "SMOKE",
    "CHRONIC": "TYPEDISCH", "EPI": "VACCINETYPE", "SPECIALPP": "PPSPECIAL", "PERSON": "OCCUPATION_NEW",
    "CARD": "INSTYPE_NEW", "HOME": "TOILET", "ANC": "ANCRESULT", "CHARGE_OPD": "CHARGEITEM",
}  # fmt: skip
_OLDER_VALUES: Final = {
    "SBP": "199",
    "DBP": "111",
    "LABRESULT": "13.9",
    "BSLEVEL": "301",
    "NAME": "ชื่อเดิม",
    "AMOUNT": "999",
}
_Kind = Callable[[Random, _Target], Broken | None]
_MIX: Final[tuple[tuple[_Kind, int], ...]] = (
    (_buddhist, 14), (_word_in_number, 12), (_short_number, 14), (_unknown_code, 12), (_missing, 10), (_orphan, 8),
    (_stray_bar, 8), (_older_twin, 10), (_wrong_facility, 4), (_pressure, 8), (_future, 4), (_bad_stamp, 3),
)  # fmt: skip
_KINDS: Final = [kind for kind, _ in _MIX]
_WEIGHTS: Final = [weight for _, weight in _MIX]
