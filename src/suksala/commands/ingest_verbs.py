"""The verbs of `suksala ingest`: names, options and help."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from typer.core import TyperGroup

from .options import Data, Json


class _FilesUnlessNamed(TyperGroup):
    """`ingest PATH...` means `ingest files PATH...`; only a known verb in first place is a verb."""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]
        if args and args[0] not in {*self.commands, "--help"}:
            args = ["files", *args]
        return super().parse_args(ctx, args)


ingest = typer.Typer(
    cls=_FilesUnlessNamed,
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Receive and apply 43-file zips (`ingest PATH...`), or void one (`ingest void`). นำเข้าแฟ้ม 43 แฟ้ม",
)


@ingest.command("files")
def ingest_files(
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH...", help="Zips, or folders of zips. แฟ้ม zip หรือโฟลเดอร์")
    ],
    sender: Annotated[str | None, typer.Option("--sender", metavar="HCODE", help="Who sends. รหัสหน่วยบริการผู้ส่ง")] = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Receive and apply; a receipt per zip. The word `files` may be left out.

    Exit 1 if any zip was refused whole. รับและประมวลผล ได้ใบรับต่อแฟ้ม
    """
    from .ingesting import ingest as run

    raise typer.Exit(run(paths, sender=sender, data=data, as_json=as_json))


@ingest.command("void")
def ingest_void(
    deposit: Annotated[int, typer.Argument(metavar="DEPOSIT", help="Number on the receipt. เลขที่ใบรับ")],
    reason: Annotated[str, typer.Option("--reason", help="Why; kept in the audit log. เหตุผล")],
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Undo a deposit as if it had never been sent; it may be sent again.

    ยกเลิกชุดข้อมูลที่ส่ง
    """
    from .ingesting import void as run

    run(deposit, reason=reason, data=data, as_json=as_json)
