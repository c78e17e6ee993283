"""The verbs of `suksala grants`: names, options and help."""

from __future__ import annotations

from typing import Annotated

import typer

from .options import Data, Json

grants = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Emergency openings. การเปิดข้อมูลฉุกเฉิน")


@grants.command("list")
def grants_list(data: Data = None, as_json: Json = False) -> None:
    """List the emergency openings that run or wait for review: by reference, without patient and reason.

    แสดงการเปิดข้อมูลฉุกเฉินที่ยังเปิดอยู่หรือรอทบทวน
    """
    from .granting import show

    show(data=data, as_json=as_json)


@grants.command("end")
def grants_end(
    number: Annotated[str, typer.Argument(help="Id of the opening, as the list prints it.")],
    reason: Annotated[str, typer.Option(help="Why, in 15 characters or more; kept in the log as a fact.")],
    data: Data = None,
    as_json: Json = False,
) -> None:
    """End one emergency opening now; its key and its copy are destroyed.

    ปิดการเปิดฉุกเฉินหนึ่งรายการและทำลายสำเนาทันที
    """
    from .granting import end

    end(number, reason, data=data, as_json=as_json)


@grants.command("shred-now")
def grants_shred_now(data: Data = None, as_json: Json = False) -> None:
    """End every emergency opening now and destroy every key, where a machine must be given away or is attacked.

    ปิดการเปิดฉุกเฉินทั้งหมดและทำลายกุญแจทุกดอก
    """
    from .granting import shred_now

    shred_now(data=data, as_json=as_json)
