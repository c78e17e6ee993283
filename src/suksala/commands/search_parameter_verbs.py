"""The verbs of `suksala fhir search-parameter`: names, options and help."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .options import Data, Json

search_parameter = typer.Typer(
    help="Search parameters of your own, beside those of FHIR R4. พารามิเตอร์ค้นเพิ่มเติม", no_args_is_help=True
)


@search_parameter.command("add")
def search_parameter_add(
    file: Annotated[Path, typer.Argument(help="SearchParameter of status active, JSON. แฟ้มนิยาม", show_default=False)],
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Put a search parameter to work, or replace the one with its url; what is stored is indexed in the background.

    เพิ่มพารามิเตอร์ค้น หรือแทนที่อันที่ url เดียวกัน ข้อมูลเดิมถูกทำดัชนีเบื้องหลัง
    """
    from .search_parameters import add

    add(file, data=data, as_json=as_json)


@search_parameter.command("list")
def search_parameter_list(data: Data = None, as_json: Json = False) -> None:
    """Show every search parameter that was added, and whether everything stored is found by it.

    รายการพารามิเตอร์ค้นที่เพิ่มไว้ และสถานะดัชนี
    """
    from .search_parameters import show

    show(data=data, as_json=as_json)


@search_parameter.command("retire")
def search_parameter_retire(
    name: Annotated[str, typer.Argument(help="Its id or url, as `list` shows. รหัสหรือ url", show_default=False)],
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Answer a search parameter no more; its resource stays, retired.

    เลิกใช้พารามิเตอร์ค้น ตัวนิยามยังอยู่
    """
    from .search_parameters import retire

    retire(name, data=data, as_json=as_json)
