"""Measure reports as the pages show them: places and periods in words, trend points, definition, exclusions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from suksala import warehouse
from suksala.portals import charts, dates, facilities
from suksala.portals.texts import Text, t
from suksala.standards.thai_codes import Area, Period, district, province

OPERATOR_SIGNS = {">=": "≥", "<=": "≤", "between": "≥"}
QUARTER_MONTHS = {
    1: Text("ต.ค.–ธ.ค.", "Oct–Dec"),
    2: Text("ม.ค.–มี.ค.", "Jan–Mar"),
    3: Text("เม.ย.–มิ.ย.", "Apr–Jun"),
    4: Text("ก.ค.–ก.ย.", "Jul–Sep"),
}
BANGKOK_PROVINCE = "10"


@dataclass(frozen=True)
class Figure:
    """One indicator for one area and one quarter, ready to be drawn."""

    code: str
    name: Text
    unit: Text
    area: str
    place: Text
    period: str
    a: int
    b: int
    score: Decimal | None
    target: Decimal | None
    operator: str
    passed: bool | None
    points: tuple[charts.Point, ...] = ()


@dataclass(frozen=True)
class Wider:
    """What the team may see of areas wider than its own district.

    minimum       counts are rounded to it, and no smaller one is shown
    percent_from  people from whom a percentage is made
    as_of         the state of the data
    """

    places: tuple[tuple[Text, warehouse.ReleasedFigure], ...]
    minimum: int
    percent_from: int
    as_of: datetime


@dataclass(frozen=True)
class Quarter:
    """A quarter as a choice: its code (2568Q4) and its words."""

    code: str
    words: Text
    period: Period


@dataclass(frozen=True)
class Definition:
    """How a figure is counted: A and B in words, and everything needed to check it."""

    a: Text
    b: Text
    rows: tuple[tuple[str, str], ...]


def quarters() -> list[Quarter]:
    """The quarters that have figures, newest first."""
    found = [p for p in warehouse.periods() if p.quarter]
    return [Quarter(str(p), quarter_words(p.fiscal_year, p.quarter or 0), p) for p in reversed(found)]


def quarter_words(year: int, number: int) -> Text:
    """A fiscal quarter in words, with its months."""
    months = QUARTER_MONTHS[number]
    western = year - dates.BUDDHIST_ERA
    return Text(
        f"ไตรมาส {number} ปีงบประมาณ {year} ({months.th})", f"Quarter {number} of fiscal year {western} ({months.en})"
    )


def figure(report: warehouse.MeasureReport, trend: Sequence[warehouse.MeasureReport] = ()) -> Figure:
    """One report in words; `trend` gives the points of its sparkline."""
    measure = warehouse.definition(report.code)
    version = next((v for v in measure.versions if v.name == report.version), measure.versions[0])
    return Figure(
        code=report.code,
        name=Text(measure.name.th, measure.name.en),
        unit=Text(measure.unit.th, measure.unit.en),
        area=report.area,
        place=place(report.area),
        period=report.period,
        a=report.a,
        b=report.b,
        score=report.score,
        target=report.target,
        operator=OPERATOR_SIGNS.get(version.operator, ""),
        passed=report.passed,
        points=points(trend),
    )


def wider(code: str, period: Period, district: str) -> Wider:
    """The province and the country, which hold people whom the team may not see."""
    released = warehouse.released(code, period)
    found = [released[area] for area in (district[:2], warehouse.COUNTRY)]
    return Wider(tuple((place(f.area), f) for f in found), found[0].minimum, found[0].percent_from, found[0].as_of)


def points(trend: Sequence[warehouse.MeasureReport]) -> tuple[charts.Point, ...]:
    """A trend as points of a chart, oldest first; a quarter without anybody in B leaves a gap."""
    quarterly = [r for r in trend if "Q" in r.period]
    return tuple(charts.Point(axis(r.period), None if r.score is None else float(r.score)) for r in quarterly)


def axis(code: str) -> str:
    """A quarter on an axis: 2568Q4, or 2025Q4 on an English page."""
    year, _, number = code.partition("Q")
    return f"{dates.year(int(year) - dates.BUDDHIST_ERA)}Q{number}"


def place(area: str) -> Text:
    """The name of a facility (5 characters), district (4), province (2) or the country."""
    if area == warehouse.COUNTRY:
        return Text("ทั้งประเทศ", "The whole country")
    if len(area) == 5:
        return facilities.name(area)
    found = district(area) if len(area) == 4 else province(area)
    if found is None:
        return Text(area, area)
    return _district(found) if len(area) == 4 else _province(found)


def _district(found: Area) -> Text:
    label = "เขต" if found.code.startswith(BANGKOK_PROVINCE) else "อำเภอ"
    return Text(label + found.th.removeprefix(label), f"{found.en} district")


def _province(found: Area) -> Text:
    thai = found.th if found.code == BANGKOK_PROVINCE else f"จังหวัด{found.th}"
    return Text(thai, f"{found.en} province" if found.code != BANGKOK_PROVINCE else found.en)


def definition(report: warehouse.MeasureReport) -> Definition:
    """The definition behind one report."""
    measure = warehouse.definition(report.code)
    version = next((v for v in measure.versions if v.name == report.version), measure.versions[0])
    words = {o.name: Text(o.text.th, o.text.en) for o in measure.operands}
    basis = warehouse.BASES.get(report.basis, (report.basis, report.basis))
    nobody = Text("", "")
    rows = (
        (t("นิยาม", "Definition"), str(Text(measure.definition.th, measure.definition.en))),
        (t("เป้าหมายของปี", "Target of the year"), str(Text(version.target_text.th, version.target_text.en))),
        (t("สูตร", "Formula"), measure.formula),
        (t("แฟ้มที่ใช้", "Files used"), ", ".join(measure.sources)),
        (t("นับคนเข้าหน่วยตาม", "A person counts at"), t(*basis)),
        (t("คำนวณเมื่อ", "Computed"), dates.moment(report.as_of)),
        (t("รุ่นของนิยาม", "Version of the definition"), f"{report.version} · {report.definition_hash}"),
        (t("สภาพข้อมูลที่อ่าน", "State of the data"), report.snapshot),
        (t("มีหลายหน่วยอ้างว่าดูแล", "Claimed by several facilities"), t("{n} คน", "{n} people", n=report.contested)),
    )
    return Definition(words.get("A", nobody), words.get("B", nobody), rows)


def excluded(reasons: Mapping[str, int]) -> list[tuple[str, int]]:
    """Why people were left out of the denominator, in words, most frequent first."""
    return [(reason(code), people) for code, people in reasons.items()]


def reason(code: str) -> str:
    """One reason in words."""
    return t(*warehouse.REASONS.get(code, (code, code)))
