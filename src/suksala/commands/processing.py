"""`suksala registry processing`: the records of processing (PDPA s.39)."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from suksala import governance

from .console import print_json
from .serving import data_folder, quiet_database


def show(*, data: Path | None, as_json: bool) -> None:
    """Print every purpose with what the database keeps for it."""
    with quiet_database(data_folder(data)):
        stored = governance.stored_by()
    if as_json:
        print_json([_document(record, stored[record.code]) for record in governance.PROCESSING])
        return
    for record in governance.PROCESSING:
        print(f"{record.code}: {record.name.th} · {record.name.en}")
        print(f"  ฐาน · basis     {' '.join(record.bases)}")
        for label, term in (
            ("ข้อมูล · data   ", record.data),
            ("ผู้รับ · to     ", record.recipients),
            ("เก็บ · kept     ", record.kept),
        ):
            print(f"  {label}{term.th} · {term.en}")
        print(f"  ที่ใด · where   {record.where}: {' '.join(stored[record.code].tables) or '-'}")


def _document(record: governance.Processing, stored: governance.Stored) -> dict[str, Any]:
    terms = ("name", "subjects", "data", "recipients", "kept")
    return {
        "code": record.code,
        "bases": record.bases,
        **{name: getattr(record, name)._asdict() for name in terms},
        "where": record.where,
        "purposes": sorted(record.purposes),
        "flows": sorted(record.flows),
        "stored": asdict(stored),
    }
