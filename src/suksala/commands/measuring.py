"""`suksala measure`."""

from __future__ import annotations

import csv
import sys
from dataclasses import asdict
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .console import print_json
from .failures import BadUsage
from .serving import data_folder, quiet_database

if TYPE_CHECKING:
    from suksala.standards.thai_codes import Period


def measure(code: str, *, period: str, area: str | None, data: Path | None, as_json: bool, as_csv: bool) -> None:
    """Print one figure, computed and published now if it never was."""
    asked = _period(period)
    with quiet_database(data_folder(data)):
        from suksala import warehouse

        report = asdict(warehouse.measure(code, asked, area=area))
    if as_json:
        print_json({name: _plain(value) for name, value in report.items()})
    elif as_csv:
        _print_csv([_flat(report)])
    else:
        _print_lines(report)


def release(code: str, *, period: str, area: str | None, data: Path | None, as_json: bool, as_csv: bool) -> None:
    """Print what may be shown to anybody of an area and of those directly below it."""
    asked = _period(period)
    with quiet_database(data_folder(data)):
        from suksala import warehouse

        figures = warehouse.released(code, asked)
        wanted = [area or warehouse.COUNTRY, *warehouse.areas_below(area)]
        if wanted[0] not in figures:
            raise warehouse.UnknownArea("ไม่มีหน่วยบริการในพื้นที่นี้", "no facility is registered in this area")
        percent_from = figures[wanted[0]].percent_from
        found = [asdict(figures[one]) | {"hidden": figures[one].is_hidden} for one in wanted]
    if as_json:
        print_json({"figures": [{name: _plain(value) for name, value in one.items()} for one in found]})
    elif as_csv:
        _print_csv(found)
    else:
        _print_release(found, percent_from)


def _period(text: str) -> Period:
    from suksala.standards.thai_codes import dates

    try:
        return dates.period(text)
    except ValueError:
        raise BadUsage(
            f"ช่วงเวลา {text} ไม่ถูกต้อง: เขียนเป็นปีงบประมาณหรือไตรมาส เช่น 2568 หรือ 2568Q4",
            f"{text} is not a period: write a fiscal year or a quarter, such as 2568 or 2568Q4",
        ) from None


def _plain(value: Any) -> Any:
    """A number stays a number in JSON; the exact score keeps its digits as text."""
    if isinstance(value, Decimal):
        return float(value) if len(value.as_tuple().digits) < 15 else str(value)
    return value


def _flat(report: dict[str, Any]) -> dict[str, Any]:
    flat = {name: value for name, value in report.items() if not isinstance(value, dict)}
    return flat | {f"excluded_{reason}": people for reason, people in report["excluded"].items()}


def _print_csv(rows: list[dict[str, Any]]) -> None:
    writer = csv.DictWriter(sys.stdout, rows[0].keys(), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)


def _print_lines(report: dict[str, Any]) -> None:
    score = "-" if report["score"] is None else f"{report['score']} %"
    print(f"{report['code']} {report['period']} {report['area']}: {score}  (A {report['a']:,} / B {report['b']:,})")
    if report["target"] is not None:
        print(f"เป้าหมาย · target {report['target']}: {_VERDICT[report['passed']]}")
    for reason, people in sorted(report["excluded"].items()):
        print(f"ไม่นับ · not counted, {reason}: {people:,}")
    print(f"{report['definition_hash'][:16]} · {report['snapshot']} · {report['as_of']:%Y-%m-%d %H:%M} UTC")
    if (event := report["identity_event"]) is not None:
        print(
            f"นับคนเดียวกันตามการเชื่อมถึงเหตุการณ์ {event} · one human as of identity event {event}: "
            f"suksala identity show HOSPCODE/PID --event {event}"
        )


def _print_release(figures: list[dict[str, Any]], percent_from: int) -> None:
    for one in figures:
        counts = "ไม่แสดง · not shown" if one["hidden"] else f"A {one['a']:,} / B {one['b']:,}"
        score = "-" if one["score"] is None else f"{one['score']} %"
        print(f"{one['code']} {one['period']} {one['area']}: {score}  ({counts})")
    least = figures[0]["minimum"]
    print(
        f"ปัดเป็นจำนวนเต็ม {least} คน ผลรวมจึงอาจไม่ตรงกัน · rounded to {least} people, so sums may differ\n"
        f"ร้อยละแสดงเมื่อมีตั้งแต่ {percent_from} คน · percentages are made of {percent_from} people or more\n"
        f"ไม่แสดง: น้อยกว่า {least} คน หรือทำให้คำนวณย้อนถึงกลุ่มที่น้อยกว่า {least} คนได้ · "
        f"not shown: fewer than {least} people, or would give away fewer than {least} elsewhere"
    )
    print(f"{figures[0]['definition_hash'][:16]} · {figures[0]['snapshot']} · {figures[0]['as_of']:%Y-%m-%d %H:%M} UTC")


_VERDICT = {True: "ผ่าน · met", False: "ไม่ผ่าน · not met", None: "ไม่ตัดสิน · not judged"}


def list_measures(*, as_json: bool) -> None:
    """Print the code and the name of every measure; no database is needed."""
    from suksala import warehouse

    found = [(measure.code, measure.name) for measure in warehouse.definitions()]
    if as_json:
        print_json([{"code": code, "th": name.th, "en": name.en} for code, name in found])
        return
    for code, name in found:
        print(f"{code:<20} {name.th} · {name.en}")
