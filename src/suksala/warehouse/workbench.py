"""The workbench: one engine, one state of the data, the silver tables made so far, and measures counted on them."""

from __future__ import annotations

from datetime import date

from suksala.standards.thai_codes import Period

from . import domain, silver
from .domain import FacilityCount
from .engine import Engine
from .errors import BrokenMeasure
from .formula import OPERANDS
from .template import MeasureVersion

ROWS = "measure_rows"
_COLUMNS = {"value": "DOUBLE", "value_2": "DOUBLE", "value_on": "DATE"}


class Workbench:
    """Counts measures over one snapshot; silver tables are made when first needed and then shared.

    engine  holds the lake's files as views, and `membership` and `phr_fact` as tables
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._made: set[str] = set()
        self._window: tuple[date, date] | None = None

    def count(self, version: MeasureVersion, period: Period) -> list[FacilityCount]:
        """What the measure counts at each facility, in order of code. Raises BrokenMeasure."""
        self.make_rows(version, period)
        return self._counted(version)

    def make_rows(self, version: MeasureVersion, period: Period) -> None:
        """Compute the rows of the measure, one per human, and keep them as the table `measure_rows`."""
        self.prepare(version, period)
        start, end = domain.window(period)
        self.engine.make(ROWS, _complete(version, version.sql.bound({"period_start": start, "period_end": end})))

    def prepare(self, version: MeasureVersion, period: Period) -> None:
        """Make the silver tables that the measure reads, as far as they are not there."""
        self._make(version.sql.tables, period)
        if "resident" in version.sql.tables:
            self.engine.view("resident", silver.resident_view(version.age_reference))

    def prepare_residents(self, period: Period) -> None:
        """Make `resident_aged`, one row per human at the end of the period, and what it is made from."""
        self._make(frozenset({silver.AGED}), period)

    def _make(self, tables: frozenset[str], period: Period) -> None:
        start, end = domain.window(period)
        if self._window != (start, end):
            self._made.discard(silver.AGED)
            self._window = (start, end)
        for name in silver.needed(tables):
            if name not in self._made:
                statement = silver.statements()[name]
                self.engine.make(name, statement.bound({"period_start": start, "period_end": end}))
                self._made.add(name)

    def _counted(self, version: MeasureVersion) -> list[FacilityCount]:
        letters = [o for o in OPERANDS if f"in_{o.lower()}" in version.sql.columns]
        sums = ", ".join(f"SUM(in_{letter.lower()})" for letter in letters)
        found = self.engine.rows(
            f"SELECT hospcode, reason, COUNT(*), SUM(in_b * contested), "
            f"SUM(CASE WHEN in_a > in_b THEN 1 ELSE 0 END), {sums} FROM {ROWS} GROUP BY hospcode, reason"
        )
        if any(outside for _, _, _, _, outside, *_ in found):
            raise BrokenMeasure(
                "ผลของตัวชี้วัดผิดกฎ: มีคนในตัวตั้งที่ไม่อยู่ในตัวหาร",
                "the measure breaks its law: somebody in the numerator is not in the denominator",
            )
        return _by_facility(letters, found)


def _by_facility(letters: list[str], found: list[tuple[object, ...]]) -> list[FacilityCount]:
    counts: dict[str, dict[str, int]] = {}
    excluded: dict[str, dict[str, int]] = {}
    contested: dict[str, int] = {}
    for hospcode, reason, people, claimed, _outside, *sums in found:
        code = str(hospcode)
        mine = counts.setdefault(code, dict.fromkeys(letters, 0))
        for letter, value in zip(letters, sums, strict=True):
            mine[letter] += _int(value)
        contested[code] = contested.get(code, 0) + _int(claimed)
        if reason is not None:
            excluded.setdefault(code, {})[str(reason)] = _int(people)
    return [FacilityCount(c, counts[c], excluded.get(c, {}), contested[c]) for c in sorted(counts)]


def _int(value: object) -> int:
    return int(value) if isinstance(value, int | float) else int(str(value or 0))


def _complete(version: MeasureVersion, sql: str) -> str:
    """The statement with the optional columns that it does not give as typed NULLs, so that all rows have one shape."""
    given = set(version.sql.columns)
    flags = [f"in_{o.lower()}" for o in OPERANDS]
    columns = ["human", "hospcode", "person", "reason", "contested"]
    columns += [flag for flag in flags if flag in given]
    columns += [f"CAST({n if n in given else 'NULL'} AS {t}) AS {n}" for n, t in _COLUMNS.items()]
    return f"SELECT {', '.join(columns)} FROM ({sql}) AS counted"
