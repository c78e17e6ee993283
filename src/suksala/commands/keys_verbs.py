"""The verbs of `suksala keys`: names, options and help."""

from __future__ import annotations

import typer

from .options import Data, Json

keys = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="The master key. กุญแจหลัก")


@keys.command("turn")
def keys_turn(data: Data = None, as_json: Json = False) -> None:
    """Make a new master key and bring under it what is sealed; then start Suksala again.

    เปลี่ยนกุญแจหลัก และผนึกของเดิมใหม่ด้วยกุญแจใหม่
    """
    from .turning import turn

    turn(data=data, as_json=as_json)


@keys.command("reseal")
def keys_reseal(data: Data = None, as_json: Json = False) -> None:
    """Bring what is still sealed under an older master key under the newest; safe to repeat.

    ผนึกสิ่งที่ยังอยู่ใต้กุญแจเก่าใหม่ด้วยกุญแจล่าสุด
    """
    from .turning import reseal

    reseal(data=data, as_json=as_json)
