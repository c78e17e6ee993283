"""The people behind a figure, those to visit first on top."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from urllib.parse import urlencode

from suksala import consent, warehouse
from suksala.foundation import clock
from suksala.portals.record import age
from suksala.portals.texts import Text, t
from suksala.standards.thai_codes import Period

from .figures import reason

PER_PAGE = 50
OUT, IN, EXCLUDED = "out", "in", "excluded"
GROUPS = {
    OUT: Text("ยังไม่เข้าตัวตั้ง (ควรไปหาก่อน)", "Not in A (visit first)"),
    IN: Text("เข้าตัวตั้งแล้ว", "In A"),
    EXCLUDED: Text("ไม่นับในตัวหาร", "Not in B"),
}


@dataclass(frozen=True)
class Row:
    """One person of a list."""

    name: str = field(repr=False)
    pid: str = field(repr=False)
    years: int | None = field(repr=False)
    value: str = field(repr=False)
    value_on: date | None = field(repr=False)
    words: str


@dataclass(frozen=True)
class Tab:
    """One group of people and how many it holds."""

    code: str
    words: Text
    count: int


def shown(
    permit: consent.Permit, report: warehouse.MeasureReport, period: Period, asked: Mapping[str, str]
) -> dict[str, object]:
    """What the page of a list shows; `asked` holds group and page. Each person's own log tells of the reading."""
    group = asked.get("group", OUT) if asked.get("group") in GROUPS else OUT
    read = warehouse.excluded if group == EXCLUDED else warehouse.members
    found = list(read(permit, report.code, period, report.area))
    if group != EXCLUDED:
        found = [m for m in found if m.in_a == (group == IN)]
    found.sort(key=urgency)
    number = min(_number(asked.get("page", "")), max(1, -(-len(found) // PER_PAGE)))
    return {
        "tabs": tabs(report),
        "group": group,
        "members": [row(m) for m in found[(number - 1) * PER_PAGE : number * PER_PAGE]],
        "caption": t("{n} คน ไม่มีค่าวัดก่อน แล้วค่าสูงก่อน", "{n} people: no value first, then the highest", n=len(found)),
        "previous": _link(str(period), group, number - 1) if number > 1 else None,
        "next": _link(str(period), group, number + 1) if number * PER_PAGE < len(found) else None,
    }


def tabs(report: warehouse.MeasureReport) -> list[Tab]:
    """The groups with the counts of the published figure."""
    counts = {OUT: report.b - report.a, IN: report.a, EXCLUDED: sum(report.excluded.values())}
    return [Tab(code, words, counts[code]) for code, words in GROUPS.items()]


def urgency(member: warehouse.Member) -> tuple[bool, float, str]:
    """Nobody measured comes first, then the highest value, then by name."""
    head = member.value.partition("/")[0]
    return bool(head), -float(head) if head else 0.0, member.name


def row(member: warehouse.Member) -> Row:
    """One member in words."""
    if member.reason:
        words = reason(member.reason)
    elif member.in_a:
        words = t("เข้าตัวตั้ง", "In A")
    else:
        words = t("ยังไม่เข้าตัวตั้ง", "Not in A") if member.value else t("ยังไม่มีค่าวัด", "No value yet")
    years = age(member.birth, clock.today())
    return Row(member.name, member.pid, years, member.value, member.value_on, words)


def _number(text: str) -> int:
    return max(int(text), 1) if text.isascii() and text.isdigit() and len(text) < 6 else 1


def _link(period: str, group: str, number: int) -> str:
    return "?" + urlencode({"period": period, "group": group, "page": number})
