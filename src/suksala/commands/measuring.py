"""`suksala measure`."""

from __future__ import annotations

import csv
import sys
from dataclasses import asdict
from decimal import Decimal
from pathlib import Path
from typing import Any

from .console import print_json
from .failures import BadUsage
from .serving import data_folder, quiet_database


def measure(code: str, *, period: str, area: str | None, data: Path | None, as_json: bool, as_csv: bool) -> None:
    """Print one figure, computed and published now if it never was."""
    from suksala.standards.thai_codes import dates

    try:
        asked = dates.period(period)
    except ValueError:
        raise BadUsage(
            f"ช่วงเวลา {period} ไม่ถูกต้อง: เขียนเป็นปีงบประมาณหรือไตรมาส เช่น 2568 หรือ 2568Q4",
            f"{period} is not a period: write a fiscal year or a quarter, such as 2568 or 2568Q4",
        ) from None
    with quiet_database(data_folder(data)):
        from suksala import warehouse

        report = asdict(warehouse.measure(code, asked, area=area))
    if as_json:
        print_json({name: _plain(value) for name, value in report.items()})
    elif as_csv:
        _print_csv(report)
    else:
        _print_lines(report)


def _plain(value: Any) -> Any:
    """A number stays a number in JSON; the exact score keeps its digits as text."""
    if isinstance(value, Decimal):
        return float(value) if len(value.as_tuple().digits) < 15 else str(value)
    return value


def _print_csv(report: dict[str, Any]) -> None:
    flat = {name: value for name, value in report.items() if not isinstance(value, dict)}
    flat |= {f"excluded_{reason}": people for reason, people in report["excluded"].items()}
    writer = csv.DictWriter(sys.stdout, flat.keys(), lineterminator="\n")
    writer.writeheader()
    writer.writerow(flat)


def _print_lines(report: dict[str, Any]) -> None:
    score = "-" if report["score"] is None else f"{report['score']} %"
    print(f"{report['code']} {report['period']} {report['area']}: {score}  (A {report['a']:,} / B {report['b']:,})")
    if report["target"] is not None:
        print(f"เป้าหมาย · target {report['target']}: {_VERDICT[report['passed']]}")
    for reason, people in sorted(report["excluded"].items()):
        print(f"ไม่นับ · not counted, {reason}: {people:,}")
    print(f"{report['definition_hash'][:16]} · {report['snapshot']} · {report['as_of']:%Y-%m-%d %H:%M} UTC")


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
