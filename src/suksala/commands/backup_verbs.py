"""The verbs of `suksala backup`: names, options and help."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .options import Data, Json

backup = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Copies for a third place. สำเนาสำรองไว้อีกแห่ง")

Archive = Annotated[
    Path, typer.Argument(exists=True, dir_okay=False, help="A file *.backup beside its label. แฟ้มสำเนา")
]
Opens = typer.Option(
    "--opens-with", metavar="PEM", exists=True, dir_okay=False, help="Private half of the pair. กุญแจครึ่งลับ"
)


@backup.command("key")
def backup_key(
    out: Annotated[Path, typer.Option("--out", metavar="PEM", help="New file for the private half. แฟ้มกุญแจครึ่งลับ")],
) -> None:
    """Make a pair of keys, on a machine that is not the server; prints the public half.

    ทำคู่กุญแจบนเครื่องอื่นที่ไม่ใช่เซิร์ฟเวอร์ แล้วพิมพ์ครึ่งสาธารณะ
    """
    from .backing_up import make_key

    make_key(out)


@backup.command("copy")
def backup_copy(data: Data = None, as_json: Json = False) -> None:
    """Make an encrypted copy of everything in $SUKSALA_BACKUPS, for another machine to fetch.

    ทำสำเนาเข้ารหัสของทั้งระบบ รอเครื่องอื่นมาดึงไปเก็บ
    """
    from .backing_up import copy

    copy(data=data, as_json=as_json)


@backup.command("keep")
def backup_keep(
    source: Annotated[
        Path,
        typer.Argument(exists=True, file_okay=False, help="The server's folder of copies. โฟลเดอร์สำเนา"),
    ],
    store: Annotated[Path, typer.Option("--in", metavar="DIR", help="Where they are kept. โฟลเดอร์เก็บ")],
    days: Annotated[int, typer.Option("--days", min=1, max=3660, help="How long. เก็บกี่วัน")] = 90,
    hours: Annotated[
        int, typer.Option("--hours", min=1, max=744, help="How old the newest may be. สำเนาใหม่สุดเก่าได้กี่ชั่วโมง")
    ] = 26,
    as_json: Json = False,
) -> None:
    """On the third machine: fetch new copies, never write over one, end old ones; exit 1 when the newest is too old.

    บนเครื่องที่สาม: ดึงสำเนาใหม่มาเก็บ ไม่ทับของเดิม และเตือนเมื่อสำเนาใหม่สุดเก่าเกินกำหนด
    """
    from .backing_up import keep

    raise typer.Exit(keep(source, store, days=days, hours=hours, as_json=as_json))


@backup.command("verify")
def backup_verify(archive: Archive, opens: Annotated[Path | None, Opens] = None, as_json: Json = False) -> None:
    """Compare a copy with its label; with the private half, look at every byte inside.

    ตรวจสำเนากับป้าย และเมื่อมีกุญแจครึ่งลับ ตรวจทุกไบต์ภายใน
    """
    from .backing_up import verify

    verify(archive, opens, as_json=as_json)


@backup.command("restore")
def backup_restore(
    archive: Archive,
    opens: Annotated[Path, Opens],
    nothing_lost: Annotated[
        bool,
        typer.Option(
            "--nothing-lost",
            help="The server was stopped before this copy was made: nothing was decided after it. "
            "หยุดเซิร์ฟเวอร์ก่อนทำสำเนา ไม่มีอะไรเกิดขึ้นหลังจากนั้น",
        ),
    ] = False,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Bring a copy back into an empty data folder and an empty database, and prove rows and log. What may have been
    taken back since the copy was made opens nothing: consents, representatives, numbers for SMS, systems.

    กู้คืนลงโฟลเดอร์และฐานข้อมูลว่าง แล้วพิสูจน์จำนวนแถวและบันทึก สิ่งที่อาจถูกถอนหลังทำสำเนาจะพักไว้จนเจ้าของยืนยัน
    """
    from .backing_up import restore

    restore(archive, opens, nothing_lost=nothing_lost, data=data, as_json=as_json)
