"""The verbs of `suksala fhir`: names, options and help."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .options import Data, Json
from .search_parameter_verbs import search_parameter

fhir = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Load and export resources as NDJSON. นำเข้าและส่งออก FHIR"
)
fhir.add_typer(search_parameter, name="search-parameter")
AsClient = Annotated[
    str | None, typer.Option("--client", metavar="NAME", help="In the name of a client. ในนามระบบที่ลงทะเบียน")
]
AsSender = Annotated[
    str | None, typer.Option("--sender", metavar="HCODE", help="In the name of a facility. ในนามหน่วยบริการ")
]


@fhir.command("import")
def fhir_import(
    file: Annotated[Path, typer.Argument(metavar="FILE.ndjson", help="One resource a line. แฟ้ม NDJSON")],
    client: AsClient = None,
    sender: AsSender = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Load an NDJSON file; the same file again goes on where a killed load stopped.

    Exit 1 if a line was set aside; FILE.ndjson.verdicts.ndjson says why. นำเข้าแฟ้ม FHIR
    """
    from .exchanging import load as run

    raise typer.Exit(run(file, client=client, sender=sender, data=data, as_json=as_json))


@fhir.command("export")
def fhir_export(
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Empty folder to write to. โฟลเดอร์ผลลัพธ์")],
    types: Annotated[str, typer.Option("--type", metavar="T,..", help="Types; default all. ชนิดทรัพยากร")] = "",
    since: Annotated[str, typer.Option("--since", help="Only what changed since. ตั้งแต่เวลา")] = "",
    client: AsClient = None,
    sender: AsSender = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Export resources as NDJSON files, one type a file, with a manifest.json.

    ส่งออกระเบียนเป็นแฟ้ม NDJSON
    """
    from .exchanging import export as run

    run(out, types=types, since=since, client=client, sender=sender, data=data, as_json=as_json)
