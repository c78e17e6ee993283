"""The KPI template: every field of the ministry's sheet (S1.1-S1.25), and one version per run of fiscal years."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property

from .errors import NoVersion
from .formula import Node, parse
from .portable import PortableSql

LEVELS = ("country", "ministry", "region", "province", "district", "facility")
OPERATORS = (">=", "<=", "between", "none")
DIRECTIONS = ("higher", "lower", "band", "none")
AGE_REFERENCES = ("fiscal-year-start", "period-end", "none")
BASES: Mapping[str, tuple[str, str]] = {
    "typearea": (
        "ประชากรตามทะเบียน: หน่วยบริการที่รับผิดชอบ TYPEAREA 1 ก่อน 3 แล้วการปรับปรุงล่าสุด",
        "register of residents: the responsible facility by TYPEAREA 1 over 3, then the newest update",
    ),
    "registered-at": ("หน่วยบริการที่ลงทะเบียน", "the facility of registration"),
}


@dataclass(frozen=True)
class Text:
    """One thing said in Thai and in English."""

    th: str
    en: str


@dataclass(frozen=True)
class OperandText:
    """What one of A to F counts, and in which unit (S1.9, S1.10)."""

    name: str
    text: Text
    unit: Text


@dataclass(frozen=True)
class Contact:
    """Who answers questions: a role in an organisation, never a person (S1.19)."""

    role: Text
    organisation: Text


@dataclass(frozen=True)
class MeasureVersion:
    """How a measure is counted and judged in the fiscal years first_year to last_year (Buddhist era).

    thresholds         quarter (1-4) to target; a quarter that is not here is shown and not judged
    target, target_high  the year's target, and the upper end where the operator is `between`
    evaluation_months  calendar months of official evaluation; they need not end a quarter (S1.49)
    age_reference      the day on which age is completed years
    basis              by which rule a person counts in a facility; key of BASES
    """

    name: str
    first_year: int
    last_year: int | None
    operator: str
    direction: str
    target: Decimal | None
    target_high: Decimal | None
    target_text: Text
    thresholds: Mapping[int, Decimal]
    evaluation_months: tuple[int, ...]
    age_reference: str
    basis: str
    changes: Text
    sql: PortableSql

    def covers(self, fiscal_year: int) -> bool:
        """Whether the measure is counted this way in that fiscal year."""
        return self.first_year <= fiscal_year and (self.last_year is None or fiscal_year <= self.last_year)

    def is_official(self, quarter: int) -> bool:
        """Whether the quarter holds a month of official evaluation; quarter 1 is October to December."""
        return any((month + 2) // 3 % 4 + 1 == quarter for month in self.evaluation_months)

    def passed(self, value: Decimal | None, quarter: int) -> bool | None:
        """The verdict on the exact value by the quarter's threshold; None where there is nothing to judge."""
        target = self.thresholds.get(quarter)
        if value is None or target is None or self.operator == "none":
            return None
        if self.operator == "between":
            return target <= value <= (self.target_high or target)
        return value >= target if self.operator == ">=" else value <= target


@dataclass(frozen=True)
class Measure:
    """One KPI as data: the sheet's fields, and its versions, newest first.

    code        the name in addresses and on the command line
    number      the sheet's number, a text with dots and leading zeros ("068.1"), or "" (S1.6)
    parent      code of the KPI above it, or "" (S1.3)
    max_value   a score above it is an error of the definition (S1.14)
    criteria    target text by fiscal year, may be empty (S1.18); baseline: value by fiscal year (S1.17)
    flags       at which levels the KPI is used (S1.15); area_base: province and region code, "0" for all (S1.22)
    """

    code: str
    number: str
    sort_order: int
    parent: str
    level: str
    name: Text
    definition: Text
    unit: Text
    operands: tuple[OperandText, ...]
    formula: str
    max_value: Decimal | None
    target_population: Text
    collection: Text
    sources: tuple[str, ...]
    evaluation_method: Text
    processor: Text
    remarks: Text
    tags: tuple[str, ...]
    documents: tuple[str, ...]
    flags: Mapping[str, bool]
    area_base: Mapping[str, str]
    criteria: Mapping[int, str]
    baseline: Mapping[int, Decimal]
    contacts: tuple[Contact, ...]
    last_update: date | datetime
    history: tuple[tuple[date, Text], ...]
    versions: tuple[MeasureVersion, ...]

    @cached_property
    def expression(self) -> Node:
        """The formula, read."""
        return parse(self.formula)

    def version(self, fiscal_year: int) -> MeasureVersion:
        """The way it was counted in a fiscal year. Raises NoVersion."""
        for version in self.versions:
            if version.covers(fiscal_year):
                return version
        raise NoVersion(
            f"ตัวชี้วัด {self.code} ไม่มีนิยามสำหรับปีงบประมาณ {fiscal_year}",
            f"the indicator {self.code} has no definition for fiscal year {fiscal_year}",
        )

    def hash(self, version: MeasureVersion, silver: str) -> str:
        """32 hex digits that change whenever the counting could: formula, SQL, age rule, basis or silver layer."""
        parts = (self.code, self.formula, version.name, version.age_reference, version.basis, version.sql.text, silver)
        return hashlib.blake2b("\x1f".join(parts).encode(), digest_size=16).hexdigest()
