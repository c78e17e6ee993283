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
    choice = [f.name for f in at.spec.fields if f.required and at.row.get(f.name) and f.name not in _NEVER_BLANK]
    choice = [name for name in choice if name in at.columns]
    if not choice:
        return None
    column = rng.choice(choice)
    if column in at.spec.key:
        return at.changed(column, "", kind="missing-key", verdict="refused", rule="required")
    return at.changed(column, "", kind="missing-required", verdict="suspicious", rule="required")


def _orphan(rng: Random, at: _Target) -> Broken | None:
    if "PID" not in at.columns or at.file == "PERSON":
        return None
    broken = at.changed("PID", f"{_ORPHAN}{at.row['PID'][-6:]}", kind="orphan", verdict="suspicious", rule="orphan")
    return replace(broken, kept=None)  # kept by the receiver, but known of nobody


def _stray_bar(rng: Random, at: _Target) -> Broken | None:
    cells = [at.row.get(c, "") for c in at.columns]
    cells[rng.randrange(2, len(cells))] += "|"
    return Broken(["|".join(cells)], 0, "", "stray-delimiter", "refused", f"{at.file}.*.columns", None)


def _older_twin(rng: Random, at: _Target) -> Broken | None:
    day = day_of(at.row["D_UPDATE"])
    if day is None or not at.spec.key or at.file in {"DATA_CORRECT", "POLICY"}:
        return None
    older = {c: _OLDER_VALUES[c] for c in _OLDER_VALUES if at.row.get(c) and c not in at.spec.key}
    older["D_UPDATE"] = ymd(day - rng.randint(2, 30)) + at.row["D_UPDATE"][8:]
    rule = f"{at.file}.D_UPDATE.duplicate"
    return Broken([at.text(), at.text(**older)], 1, "D_UPDATE", "older-duplicate", "accepted-older-loses", rule, at.row)


def _wrong_facility(rng: Random, at: _Target) -> Broken | None:
    return at.changed("HOSPCODE", "99990", kind="other-facility", verdict="refused", rule="hospcode")


def _pressure(rng: Random, at: _Target) -> Broken | None:
    column = "SBP_1" if at.file == "NCDSCREEN" else "SBP"
    if column not in at.columns or not at.row.get(column):
        return None
    value = rng.choice(("8", "13", "30", "999"))
    return at.changed(column, value, kind="implausible-pressure", verdict="accepted", rule="range")


def _future(rng: Random, at: _Target) -> Broken | None:
    column = at.service_date
    if not column:
        return None
    value = ymd(_FUTURE + rng.randrange(200)) + at.row[column][8:]
    return at.changed(column, value, kind="future-date", verdict="suspicious", rule="future")


def _bad_stamp(rng: Random, at: _Target) -> Broken | None:
    return at.changed("D_UPDATE", "00000000000000", kind="bad-d-update", verdict="refused", rule="date")


_NEVER_BLANK]
    choice = [name for name in choice if name in columns]
    if not choice:
        return None
    column = rng.choice(choice)
    if column in spec.key:
        return _changed(
            file, row, columns, column, "", kind="missing-key", verdict="refused", rule="required", kept=None
        )
    return _changed(file, row, columns, column, "", kind="missing-required", verdict="suspicious", rule="required",
                    kept=row | {column: ""})  # fmt: skip


def _orphan(rng: Random, file: str, row: Row, columns: tuple[str, ...]) -> Broken | None:
    if "PID" not in columns or file == "PERSON":
        return None
    value = f"{_ORPHAN}{row['PID'][-6:]}"
    return _changed(file, row, columns, "PID", value, kind="orphan", verdict="suspicious", rule="orphan", kept=None)


def _stray_bar(rng: Random, file: str, row: Row, columns: tuple[str, ...]) -> Broken | None:
    cells = [row.get(c, "") for c in columns]
    place = rng.randrange(2, len(cells))
    cells[place] = f"{cells[place]}|"
    return Broken(["|".join(cells)], 0, "", "stray-delimiter", "refused", f"{file}.*.columns", None)


def _older_twin(rng: Random, file: str, row: Row, columns: tuple[str, ...]) -> Broken | None:
    day = day_of(row["D_UPDATE"])
    if day is None or file in {"DATA_CORRECT", "POLICY"}:
        return None
    spec = file43.FILES[file]
    free = [c for c in _OLDER_VALUES if c in columns and row.get(c) and c not in spec.key]
    older = (
        row | {"D_UPDATE": ymd(day - rng.randint(2, 30)) + row["D_UPDATE"][8:]} | {c: _OLDER_VALUES[c] for c in free}
    )
    lines = [_text(row, columns), _text(older, columns)]
    return Broken(lines, 1, "D_UPDATE", "older-duplicate", "accepted-older-loses", f"{file}.D_UPDATE.duplicate", row)


def _wrong_facility(rng: Random, file: str, row: Row, columns: tuple[str, ...]) -> Broken | None:
    value = "99990"
    return _changed(file, row, columns, "HOSPCODE", value, kind="other-facility", verdict="refused", rule="hospcode",
                    kept=None)  # fmt: skip


def _pressure(rng: Random, file: str, row: Row, columns: tuple[str, ...]) -> Broken | None:
    column = "SBP_1" if file == "NCDSCREEN" else "SBP"
    if column not in columns or not row.get(column):
        return None
    value = rng.choice(("8", "13", "30", "999"))
    return _changed(file, row, columns, column, value, kind="implausible-pressure", verdict="accepted", rule="range",
                    kept=row | {column: value})  # fmt: skip


def _future(rng: Random, file: str, row: Row, columns: tuple[str, ...]) -> Broken | None:
    column = _service_date(file)
    if column is None or not row.get(column):
        return None
    value = ymd(_FUTURE + rng.randrange(200)) + row[column][8:]
    return _changed(file, row, columns, column, value, kind="future-date", verdict="suspicious", rule="future",
                    kept=row | {column: value})  # fmt: skip


def _bad_stamp(rng: Random, file: str, row: Row, columns: tuple[str, ...]) -> Broken | None:
    value = "00000000000000"
    return _changed(file, row, columns, "D_UPDATE", value, kind="bad-d-update", verdict="refused", rule="date",
                    kept=None)  # fmt: skip


_NEVER_BLANK: Final = frozenset({"HOSPCODE", "HOSPCODE9", "D_UPDATE"})
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
