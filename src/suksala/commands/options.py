"""Options that many commands take."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Data = Annotated[
    Path | None,
    typer.Option("--data", metavar="DIR", help="Data folder; default $SUKSALA_DATA. โฟลเดอร์ข้อมูล", show_default=False),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else. พิมพ์ผลเป็น JSON")]
