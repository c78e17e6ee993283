"""The verbs of `suksala lists`: names, options and help."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .options import Data, Json

lists = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Line lists of a crisis. รายชื่อในภาวะวิกฤต")


@lists.command("import")
def lists_import(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV or XLSX. แฟ้มรายชื่อ")],
    agency: Annotated[str, typer.Option("--agency", help="Code of the agency: lab, or a facility's 99801. รหัสหน่วยงาน")],
    name: Annotated[str, typer.Option("--list", help="What the agency calls the list. ชื่อรายชื่อ")],
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Take in a line list of an agency; rows sent again change nothing. Exit 1 if a row was set aside.

    นำเข้ารายชื่อของหน่วยงาน ส่งซ้ำได้
    """
    from .listing import import_list

    raise typer.Exit(import_list(file, agency, name, data=data, as_json=as_json))


@lists.command("missing")
def lists_missing(
    district: Annotated[
        str | None, typer.Option("--district", help="Of this district only. เฉพาะอำเภอนี้ (4 หลัก)")
    ] = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Who is missing, those to call first on top: ids and hours, no names.

    ผู้ที่ตกหล่น เรียงตามที่ควรโทรก่อน
    """
    from .listing import missing

    missing(district, data=data, as_json=as_json)


@lists.command("show")
def lists_show(
    person: Annotated[str, typer.Argument(metavar="PERSON", help="Id that `missing` prints. รหัสบุคคล")],
    data: Data = None,
    as_json: Json = False,
) -> None:
    """One person: rows, whom they may be, what callers said; ids, agencies and statuses, no names.

    บุคคลหนึ่ง: แถวในรายชื่อ ผู้ที่อาจเป็นคนเดียวกัน และคำตอบของผู้โทร ไม่แสดงชื่อ
    """
    from .listing import show

    show(person, data=data, as_json=as_json)


@lists.command("answer")
def lists_answer(
    person: Annotated[str, typer.Argument(metavar="PERSON", help="Id that `missing` prints. รหัสบุคคล")],
    said: Annotated[
        str,
        typer.Argument(metavar="ANSWER", help="same, different, reached, unreachable or do-not-call. คำตอบ"),
    ],
    rows: Annotated[
        list[str] | None,
        typer.Argument(metavar="[ROW ROW]", help="The two rows that same or different is about. สองแถวที่ตอบ"),
    ] = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Keep what a caller found out: it counts like an answer on the page, and the last answer stands.

    บันทึกคำตอบของผู้โทร มีผลเหมือนตอบในหน้าเว็บ คำตอบล่าสุดมีผล
    """
    from .listing import answer

    answer(person, said, rows or [], data=data, as_json=as_json)


@lists.command("report")
def lists_report(data: Data = None, as_json: Json = False) -> None:
    """Count today what linking did: duplicates avoided, people it may hide; then the days before.

    รายงานวันนี้: รายชื่อซ้ำที่ลดได้ และจำนวนคนที่อาจถูกซ่อน
    """
    from .listing import report

    report(data=data, as_json=as_json)
