"""The verbs of `suksala client`: names, options and help."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .failures import BadUsage
from .options import Data, Json

client = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Programs that may ask over FHIR. ระบบที่เชื่อมต่อผ่าน FHIR"
)
Name = Annotated[str, typer.Argument(metavar="NAME", help="Name of the client, such as his-99011. ชื่อระบบ")]


@client.command("add")
def client_add(  # noqa: PLR0913, PLR0917 - one option each
    name: Name,
    scope: Annotated[
        list[str],
        typer.Option("--scope", help="SMART system scope such as system/*.rs; may be repeated. ขอบเขตสิทธิ ใส่ซ้ำได้"),
    ],
    sender: Annotated[
        str | None,
        typer.Option("--sender", metavar="HCODE", help="Facility whose data it sees; without it: all. รหัสหน่วยบริการ"),
    ] = None,
    lenient: Annotated[
        bool, typer.Option("--lenient", help="Faults of what it writes are told, not refused. เตือนแทนการไม่รับ")
    ] = False,
    purpose: Annotated[
        list[str] | None,
        typer.Option("--purpose", help="For what it may ask: TREAT, HOPERAT, PUBHLTH, HSYSADMIN. เหตุผลที่ใช้ข้อมูล"),
    ] = None,
    jwks: Annotated[
        Path | None,
        typer.Option("--jwks", help="Its public keys, by which it makes its own tokens. กุญแจสาธารณะของระบบ"),
    ] = None,
    dpop: Annotated[
        bool | None,
        typer.Option("--dpop/--no-dpop", help="With --jwks: only tokens bound to a key (RFC 9449). โทเค็นต้องผูกกับกุญแจ"),
    ] = None,
    token: Annotated[
        bool, typer.Option("--token", help="No key: print one token, to try something. ออกโทเค็นเดียวเพื่อลองใช้")
    ] = False,
    minutes: Annotated[
        int, typer.Option("--minutes", min=1, max=60, help="Minutes until that token ends. อายุโทเค็น (นาที)")
    ] = 60,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Make a client by its public keys, or change its rights or keys; what it had before ends then.

    With --token one token is printed instead, once, and kept nowhere. เพิ่มระบบด้วยกุญแจ หรือออกโทเค็นเพื่อลองใช้
    """
    from .clients import Wanted, add, add_keys

    wanted = Wanted(sender, tuple(scope), tuple(purpose or ()), lenient)
    if token == (jwks is not None):
        raise BadUsage(
            "บอกอย่างใดอย่างหนึ่ง: --jwks แฟ้มกุญแจสาธารณะของระบบ หรือ --token เพื่อลองใช้ไม่เกิน 60 นาที "
            "(ดู docs/how-to/connect-a-backend-service.md)",
            "say one of --jwks, the file of its public keys, and --token, to try it for 60 minutes at most "
            "(see docs/how-to/connect-a-backend-service.md)",
        )
    if jwks is not None:
        add_keys(name, wanted, jwks, dpop_bound=dpop, data=data, as_json=as_json)
    elif dpop is not None:
        raise BadUsage("--dpop ใช้คู่กับ --jwks", "--dpop goes with --jwks: a token made by hand is bound to no key")
    else:
        add(name, wanted, minutes=minutes, data=data, as_json=as_json)


@client.command("app")
def client_app(  # noqa: PLR0913, PLR0917 - one option each
    name: Name,
    title_th: Annotated[str, typer.Option("--title-th", help="What people read, Thai. ชื่อที่ประชาชนเห็น")],
    title_en: Annotated[str, typer.Option("--title-en", help="The same in English. ชื่อภาษาอังกฤษ")],
    redirect: Annotated[
        list[str], typer.Option("--redirect", help="Where it takes its code, letter for letter. ที่อยู่รับรหัส ใส่ซ้ำได้")
    ],
    scope: Annotated[
        list[str], typer.Option("--scope", help="SMART scope such as patient/*.rs, openid. ขอบเขตสิทธิ ใส่ซ้ำได้")
    ],
    origin: Annotated[
        list[str] | None, typer.Option("--origin", help="Web origin from which its pages ask. ที่มาของหน้าเว็บ")
    ] = None,
    launch: Annotated[str, typer.Option("--launch", help="Where a launch from a patient's page begins. จุดเริ่ม")] = "",
    jwks: Annotated[
        Path | None, typer.Option("--jwks", help="Its public keys, if it can keep a secret. กุญแจสาธารณะ ถ้าเก็บความลับได้")
    ] = None,
    dpop: Annotated[
        bool | None,
        typer.Option(
            "--dpop/--no-dpop",
            help="Only tokens bound to a key of the app (RFC 9449); new without --jwks: yes. โทเค็นต้องผูกกับกุญแจของแอป",
        ),
    ] = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Register an app that people may allow to read in their name (SMART App Launch).

    What they allowed ends when it may ask for other things than before. ลงทะเบียนแอปของประชาชนหรือผู้ให้การรักษา
    """
    from .clients import AppWanted, add_app

    wanted = AppWanted(title_th, title_en, tuple(scope), tuple(redirect), tuple(origin or ()), launch)
    add_app(name, wanted, jwks, dpop_bound=dpop, data=data, as_json=as_json)


@client.command("list")
def client_list(data: Data = None, as_json: Json = False) -> None:
    """List the clients: facility, scopes, tokens that count and until when.

    แสดงรายชื่อระบบ
    """
    from .clients import show

    show(data=data, as_json=as_json)


@client.command("end")
def client_end(name: Name, data: Data = None, as_json: Json = False) -> None:
    """End every token of a client, and what its keys could do; a running server follows within a second.

    ยกเลิกโทเค็นทั้งหมดของระบบ
    """
    from .clients import end

    end(name, data=data, as_json=as_json)


@client.command("limit")
def client_limit(  # noqa: PLR0913, PLR0917 - one option each
    name: Name,
    rate: Annotated[
        int | None, typer.Option("--rate", min=0, help="Requests a second; 0: no bound. คำขอต่อวินาที")
    ] = None,
    burst: Annotated[int | None, typer.Option("--burst", min=1, help="Requests at once. คำขอพร้อมกัน")] = None,
    patients: Annotated[
        int | None,
        typer.Option("--patients", min=0, help="Different people within an hour; 0: no bound. จำนวนคนต่อชั่วโมง"),
    ] = None,
    exports: Annotated[
        int | None, typer.Option("--exports", min=0, help="Bulk exports within a day; 0: no bound. ส่งออกต่อวัน")
    ] = None,
    rows: Annotated[
        int | None, typer.Option("--rows", min=0, help="Resources in one export; 0: no bound. รายการต่อการส่งออก")
    ] = None,
    lift: Annotated[bool, typer.Option("--lift", help="End its quarantine. ยกเลิกการกักกัน")] = False,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Give a client its own limits, or lift the quarantine of one that went over them.

    กำหนดงบการใช้งานของระบบ หรือยกเลิกการกักกัน
    """
    from .clients import limit

    wanted = {"rate": rate, "burst": burst, "patients": patients, "exports": exports, "rows": rows}
    limit(name, wanted, lift=lift, data=data, as_json=as_json)


@client.command("usage")
def client_usage(
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="Name of the client; without it: all. ชื่อระบบ ไม่ใส่คือทุกระบบ")
    ] = None,
    days: Annotated[int, typer.Option("--days", min=1, max=366, help="How many days up to today. จำนวนวัน")] = 30,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Show what a client asked by day, interaction and type, what was refused, and how soon it was answered.

    สถิติการใช้งานของระบบที่เชื่อมต่อ
    """
    from .client_usage import show

    show(name, days=days, data=data, as_json=as_json)
