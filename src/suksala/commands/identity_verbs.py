"""The verbs of `suksala identity`: names, options and help."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from .options import Data, Json

identity = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Who is one human. การเชื่อมการลงทะเบียน")


Told = str | None


@identity.command("match")
def identity_match(
    file: Annotated[
        Path | None,
        typer.Argument(metavar="[FILE.json]", help="One JSON object; - for stdin. แฟ้ม JSON", show_default=False),
    ] = None,
    number: Annotated[
        Told, typer.Option("--number", help="National number; better in a file. เลขประจำตัวประชาชน")
    ] = None,
    given: Annotated[Told, typer.Option("--given", help="Given name. ชื่อ")] = None,
    family: Annotated[Told, typer.Option("--family", help="Family name. นามสกุล")] = None,
    birth: Annotated[Told, typer.Option("--birth", help="Birth date, YYYY-MM-DD. วันเกิด ค.ศ.")] = None,
    sex: Annotated[Told, typer.Option("--sex", help="1 male, 2 female. เพศ")] = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Which humans a described person may be, and why; nothing is linked.

    ค้นว่าคนที่บอกลักษณะมาอาจเป็นบุคคลใดในทะเบียน พร้อมเหตุผล ไม่เชื่อมอะไร
    """
    from .describing import match

    told = {"number": number, "given": given, "family": family, "birth": birth, "sex": sex}
    match(file, told, data=data, as_json=as_json)


@identity.command("explain")
def identity_explain(
    a: Annotated[str, typer.Argument(metavar="A", help="HOSPCODE/PID. การลงทะเบียนหนึ่ง")],
    b: Annotated[str, typer.Argument(metavar="B", help="HOSPCODE/PID. อีกการลงทะเบียนหนึ่ง")],
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Why two registrations are, or are not, one human: rules, weight, decisions; and the events that can be undone.

    อธิบายว่าเหตุใดจึงเป็นหรือไม่เป็นคนเดียวกัน
    """
    from .identifying import explain

    explain(a, b, data=data, as_json=as_json)


@identity.command("show")
def identity_show(
    registration: Annotated[str, typer.Argument(metavar="A", help="HOSPCODE/PID. การลงทะเบียน")],
    on: Annotated[
        datetime | None, typer.Option("--on", formats=["%Y-%m-%d"], help="A day, YYYY-MM-DD. ณ วันใด ค.ศ.")
    ] = None,
    event: Annotated[
        int | None, typer.Option("--event", help="An event that a figure tells. เหตุการณ์ที่ตัวชี้วัดบอกไว้", show_default=False)
    ] = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Which registrations are one human with this one; or were, at the end of a day or when a figure was made.

    แสดงทะเบียนทั้งหมดของคนเดียวกัน วันนี้ วันที่ระบุ หรือเมื่อคำนวณตัวชี้วัด
    """
    from .identifying import show

    show(registration, on, event=event, data=data, as_json=as_json)


@identity.command("undo")
def identity_undo(
    event: Annotated[int, typer.Argument(metavar="EVENT", help="Number shown by explain. เลขที่เหตุการณ์")],
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Take a link or a parting back, exactly and for good.

    ย้อนการเชื่อมหรือการแยก
    """
    from .identifying import undo

    undo(event, data=data, as_json=as_json)


@identity.command("relink")
def identity_relink(data: Data = None, as_json: Json = False) -> None:
    """Evaluate everybody anew; on sound data nothing changes.

    ประเมินการเชื่อมใหม่ทั้งหมด
    """
    from .identifying import relink

    relink(data=data, as_json=as_json)


@identity.command("train")
def identity_train(
    shipped: Annotated[
        bool, typer.Option("--shipped", help="The model that ships, names counted here. แบบจำลองที่ให้มากับระบบ")
    ] = False,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Learn from the registrations here what each agreement weighs; the model joins nobody until it is approved.

    ฝึกแบบจำลองจากการลงทะเบียนที่มีอยู่ ยังไม่เชื่อมใครจนกว่าจะอนุมัติ
    """
    from .matching import train

    train(shipped=shipped, data=data, as_json=as_json)


@identity.command("approve-model")
def identity_approve_model(
    yes: Annotated[bool, typer.Option("--yes", help="Approve it. อนุมัติ")] = False,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """What the model that waits would do to everybody here; with --yes it weighs from now on.

    ดูผลที่จะเกิดถ้าอนุมัติแบบจำลอง และอนุมัติด้วย --yes
    """
    from .matching import approve_model

    approve_model(yes=yes, data=data, as_json=as_json)


@identity.command("weigh")
def identity_weigh(
    everybody: Annotated[bool, typer.Option("--all", help="Everybody, not only who waits. ทุกการลงทะเบียน")] = False,
    anyway: Annotated[
        bool, typer.Option("--anyway", help="Even if --all changes more than 1 in 200 humans. แม้เปลี่ยนเกินกำหนด")
    ] = False,
    spark: Annotated[
        str | None,
        typer.Option("--spark", metavar="FOLDER", help="Everybody, on a Spark cluster. ทุกคน บนคลัสเตอร์ Spark"),
    ] = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Compare the registrations that wait with everybody's, as is done every night.

    เปรียบเทียบการลงทะเบียนที่รออยู่กับทั้งหมด เหมือนที่ทำทุกคืน
    """
    from .matching import weigh

    weigh(everybody=everybody, anyway=anyway, spark=spark, data=data, as_json=as_json)


@identity.command("simulate-threshold")
def identity_simulate_threshold(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV: registrations with their true human. แฟ้มพร้อมเฉลย")],
    threshold: Annotated[
        list[float] | None, typer.Option("--threshold", help="Bits from which a pair joins. เกณฑ์การเชื่อมอัตโนมัติ (บิต)")
    ] = None,
    as_json: Json = False,
) -> None:
    """What a threshold of automatic linking would do to people whose humans are known, before it is set.

    ลองเกณฑ์การเชื่อมอัตโนมัติกับทะเบียนที่รู้คำตอบแล้ว ก่อนใช้จริง
    """
    from .identifying import simulate_threshold

    simulate_threshold(file, threshold or [], as_json=as_json)
