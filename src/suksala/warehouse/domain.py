"""What a figure is: counts of one facility, sums over areas, and the report that carries its own proof."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from suksala.standards.thai_codes import Period, dates

from . import formula
from .errors import UnknownArea
from .template import Measure, MeasureVersion

SMALL_CELL = 5  # 1 to 4 people could be told by those who know them (decision 0042)
COUNTRY = "TH"
LEVEL_BY_LENGTH = {2: "province", 4: "district", 5: "facility"}

# Why somebody in the universe of a measure is not in B, as pages say it.
REASONS: Mapping[str, tuple[str, str]] = {
    "dead": ("เสียชีวิตแล้ว", "has died"),
    "gone": ("จำหน่ายออกจากทะเบียนแล้ว (ย้าย สาบสูญ หรือไม่ทราบ)", "left the register (moved, lost or unknown)"),
    "not-yet": ("ยังไม่ย้ายเข้าหรือยังไม่เกิดในวันนั้น", "had not moved in or was not born yet"),
    "not-in-area": (
        "ไม่ได้อาศัยในเขตรับผิดชอบ (TYPEAREA ไม่ใช่ 1 หรือ 3)",
        "does not live in the area (TYPEAREA is not 1 or 3)",
    ),
    "no-citizen-number": ("ไม่มีเลขประจำตัวประชาชนที่เชื่อถือได้", "has no citizen number that can be trusted"),
    "not-thai": ("ไม่ใช่สัญชาติไทย", "is not a Thai national"),
    "no-birth": ("ไม่ทราบวันเกิด", "date of birth is not known"),
    "age": ("อายุไม่อยู่ในช่วง", "age is outside the range"),
    "known-disease": ("ป่วยอยู่แล้วก่อนเริ่มปีงบประมาณ", "was known to be ill before the fiscal year"),
    "not-under-care": ("ไม่อยู่ระหว่างรักษา", "is not under care"),
}


@dataclass(frozen=True)
class FacilityCount:
    """What one measure counted at one facility in one period.

    counts    operand A to F to people; excluded: reason to people
    contested people of B whom more than one facility claims as resident
    """

    hospcode: str
    counts: Mapping[str, int]
    excluded: Mapping[str, int]
    contested: int


@dataclass(frozen=True)
class Run:
    """One computation of one measure for one period over one snapshot; never changed once it stands."""

    code: str
    version: str
    period: str
    definition_hash: str
    snapshot: str
    as_of: datetime
    id: int = 0
    identity_event: int | None = None


@dataclass(frozen=True)
class MeasureReport:
    """One figure, with all that is needed to follow it to its rows.

    a, b         people in numerator and denominator; operands: all of A to F
    score        100 A / B by the formula, two decimals half up, None when B is 0; exact: 50 digits, judged by this
    target       of this quarter, None where the sheet has none; year_target: of the whole year
    passed       the verdict of the quarter, None where there is nothing to judge
    official     the quarter holds a month of official evaluation
    definition_hash, snapshot, as_of  what was counted, on which state of the lake, when
    identity_event  who was whom: as it was after this event of identity; None where it was computed before it was kept.
                    Its number counts what everybody links, so the operator alone is told it
    basis        by which rule a person counts at a facility; key of template.BASES
    excluded     people of the universe who are not in B, by reason
    contested    people of B whom more than one facility claims
    small_cell   A, B or the rest of B is 1 to 4 people: shown by `released` to nobody else
    facilities   how many facilities the sums cover
    """

    code: str
    version: str
    period: str
    level: str
    area: str
    a: int
    b: int
    score: Decimal | None
    exact: Decimal | None
    target: Decimal | None
    year_target: Decimal | None
    passed: bool | None
    official: bool
    definition_hash: str
    snapshot: str
    as_of: datetime
    basis: str
    excluded: Mapping[str, int]
    operands: Mapping[str, int]
    contested: int
    small_cell: bool
    facilities: int
    identity_event: int | None = None


@dataclass(frozen=True)
class Member:
    """One person behind a figure, for the team that cares for them.

    in_b, in_a  counted in the denominator, in the numerator
    reason      why not in B, or None
    value       what was measured, as a page shows it ("6.9", "135/85"), or ""; value_on: when
    """

    hospcode: str
    pid: str
    person: int
    in_b: bool
    in_a: bool
    reason: str | None
    value: str = field(default="", repr=False)
    value_on: date | None = field(default=None, repr=False)
    name: str = field(default="", repr=False)
    birth: date | None = field(default=None, repr=False)
    sex: str = field(default="", repr=False)


def window(period: Period) -> tuple[date, date]:
    """First and last day that count: from 1 October of the fiscal year to the end of the period."""
    return dates.period(str(period.fiscal_year)).start, period.end


def quarter_of(period: Period) -> int | None:
    """The quarter whose threshold judges the period: the whole year is judged as quarter 4, a month is not judged."""
    return period.quarter or (None if period.month else 4)


def period_text(period: Period) -> str:
    """The name under which results are kept: a whole year is its quarter 4."""
    return str(period) if period.quarter or period.month else f"{period.fiscal_year}Q4"


def level_of(area: str | None) -> str:
    """country for None or TH, province for 2 digits, district for 4, facility for 5 characters. Raises UnknownArea."""
    if area is None or area == COUNTRY:
        return "country"
    found = LEVEL_BY_LENGTH.get(len(area))
    if found is None:
        raise UnknownArea(
            "รหัสพื้นที่ต้องเป็นจังหวัด 2 หลัก อำเภอ 4 หลัก หรือหน่วยบริการ 5 ตัว",
            "an area is a province (2 digits), a district (4 digits) or a facility (5 characters)",
        )
    return found


def report(
    measure: Measure, version: MeasureVersion, run: Run, area: str | None, counts: Iterable[FacilityCount]
) -> MeasureReport:
    """Sum the facilities of an area and judge the sum: sums over sums, never a mean of percentages (S1.48)."""
    covered = list(counts)
    sums = {o.name: sum(c.counts.get(o.name, 0) for c in covered) for o in measure.operands}
    exact = formula.evaluate(measure.expression, sums)
    quarter = quarter_of(dates.period(run.period))
    a, b = sums.get("A", 0), sums.get("B", 0)
    return MeasureReport(
        code=measure.code,
        version=run.version,
        period=run.period,
        level=level_of(area),
        area=area or COUNTRY,
        a=a,
        b=b,
        score=formula.shown(exact),
        exact=exact,
        target=version.thresholds.get(quarter) if quarter else None,
        year_target=version.target,
        passed=version.passed(exact, quarter) if quarter else None,
        official=quarter is not None and version.is_official(quarter),
        definition_hash=run.definition_hash,
        snapshot=run.snapshot,
        as_of=run.as_of,
        basis=version.basis,
        excluded=_added(c.excluded for c in covered),
        operands=sums,
        contested=sum(c.contested for c in covered),
        small_cell=is_small(a, b, b - a),
        facilities=len(covered),
        identity_event=run.identity_event,
    )


def is_small(*people: int) -> bool:
    """Whether one of these counts is 1 to 4 people."""
    return any(0 < n < SMALL_CELL for n in people)


def shown_value(value: float | None, second: float | None) -> str:
    """A measured value as a page shows it: "6.9", or "135/85" for a pair."""
    if value is None:
        return ""
    return f"{value:g}" if second is None else f"{value:g}/{second:g}"


def _added(parts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for part in parts:
        for reason, people in part.items():
            total[reason] = total.get(reason, 0) + people
    return {reason: total[reason] for reason in sorted(total, key=lambda r: (-total[r], r))}
