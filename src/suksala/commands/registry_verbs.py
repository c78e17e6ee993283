"""The verbs of `suksala registry`: names, options and help."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .options import Data, Json

registry = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Facilities that may send. ทะเบียนหน่วยบริการ")


@registry.command("import")
def registry_import(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="facilities.csv. แฟ้มรายชื่อหน่วยบริการ")],
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Take over a list of facilities (CSV).

    นำเข้ารายชื่อหน่วยบริการ
    """
    from .registering import import_file as run

    run(file, data=data, as_json=as_json)


@registry.command("practitioners")
def registry_practitioners(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="practitioners.csv. แฟ้มรายชื่อบุคลากร")],
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Take in a list of practitioners: licences, English names, roles (docs/how-to/keep-practitioners.md).

    นำเข้ารายชื่อผู้ประกอบวิชาชีพ ใบอนุญาต และที่ทำงาน
    """
    from .registering import import_practitioners as run

    run(file, data=data, as_json=as_json)


@registry.command("agree")
def registry_agree(
    file: Annotated[Path, typer.Argument(metavar="FILE.toml", help="The agreement. แฟ้มข้อตกลง")],
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Keep a signed agreement (docs/how-to/join-the-network.md); the same number again replaces it.

    บันทึกข้อตกลงที่ลงนามแล้ว ไม่มีข้อตกลงที่มีผล ข้อมูลส่งไม่ได้
    """
    from .networking import agree

    agree(file, data=data, as_json=as_json)


@registry.command("end-agreement")
def registry_end_agreement(
    number: Annotated[str, typer.Argument(metavar="NUMBER", help="Its number. เลขที่ข้อตกลง")],
    last: Annotated[str, typer.Option("--last-day", metavar="DAY", help="Such as 2026-12-31. วันสุดท้าย")],
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Let an agreement end sooner than it says.

    ให้ข้อตกลงสิ้นสุดก่อนกำหนด
    """
    from .networking import end

    end(number, last, data=data, as_json=as_json)


@registry.command("member")
def registry_member(
    party: Annotated[str, typer.Argument(metavar="CODE", help="Agency or HCODE. หน่วยงาน")],
    state: Annotated[str, typer.Argument(metavar="STATE", help="invited, agreed, connected, suspended, left. สถานะ")],
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Bring a party of the network to a state; a suspended one can neither send nor ask.

    เปลี่ยนสถานะสมาชิกเครือข่าย
    """
    from .networking import move

    move(party, state, data=data, as_json=as_json)


@registry.command("network")
def registry_network(data: Data = None, as_json: Json = False) -> None:
    """Show who is connected and who exchanges, and the agreements.

    แสดงสมาชิก ผู้ที่เชื่อมต่อแล้ว ผู้ที่แลกเปลี่ยนจริง และข้อตกลง
    """
    from .networking import show

    show(data=data, as_json=as_json)


@registry.command("processing")
def registry_processing(data: Data = None, as_json: Json = False) -> None:
    """Print the records of processing: each purpose, its legal basis, what is kept and for how long (PDPA s.39).

    พิมพ์บันทึกรายการกิจกรรมประมวลผลข้อมูลส่วนบุคคล
    """
    from .processing import show

    show(data=data, as_json=as_json)
