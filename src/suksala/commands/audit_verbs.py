"""The verbs of `suksala audit`: names, options and help."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .options import Data, Json

audit = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="The log of who looked. บันทึกการเข้าถึง")


@audit.command("verify")
def audit_verify(
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="A downloaded proof; without it: the whole log. แฟ้มหลักฐาน")
    ] = None,
    key: Annotated[
        list[str] | None, typer.Option("--key", metavar="VKEY", help="A key that you trust. กุญแจที่เชื่อถือ ใส่ซ้ำได้")
    ] = None,
    seen: Annotated[
        list[Path] | None,
        typer.Option("--seen", metavar="NOTE", help="A checkpoint kept elsewhere. จุดตรวจสอบที่เก็บไว้ที่อื่น ใส่ซ้ำได้"),
    ] = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Prove that nobody rewrote the log; a FILE is checked without any server. Exit 1 if it is not whole.

    พิสูจน์ว่าบันทึกการเข้าถึงไม่ถูกแก้ไข
    """
    from .auditing import verify

    raise typer.Exit(verify(file, keys=key or (), seen=seen or (), data=data, as_json=as_json))


@audit.command("key")
def audit_key(data: Data = None, as_json: Json = False) -> None:
    """Print the keys by which others check this node's log and its co-signatures.

    แสดงกุญแจตรวจลายเซ็น
    """
    from .auditing import show_keys

    show_keys(data=data, as_json=as_json)


@audit.command("checkpoint")
def audit_checkpoint(data: Data = None) -> None:
    """Print the newest signed checkpoint, to be kept elsewhere.

    แสดงจุดตรวจสอบล่าสุด เพื่อเก็บไว้ที่อื่น
    """
    from .auditing import show_checkpoint

    show_checkpoint(data=data)


@audit.command("retire")
def audit_retire(
    month: Annotated[str, typer.Argument(metavar="MONTH", help="Such as 2015-01. เดือน")],
    data: Data = None,
    as_json: Json = False,
) -> None:
    """End the keeping of a month of facts that was kept for 11 years; the proof of the others stays.

    สิ้นอายุการเก็บบันทึกของเดือนที่เก็บครบ 11 ปี
    """
    from .auditing import retire

    retire(month, data=data, as_json=as_json)


@audit.command("snooping")
def audit_snooping(
    day: Annotated[str | None, typer.Option("--day", metavar="DAY", help="Such as 2026-11-20. วันที่ต้องการตรวจ")] = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Look for openings that look like curiosity, on a day or on those that are over; the nightly job does the same.

    ตรวจหาการเปิดดูที่ผิดปกติ
    """
    from .auditing import snooping

    snooping(day, data=data, as_json=as_json)
