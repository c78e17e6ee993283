"""`suksala fhir`: load an NDJSON file, export NDJSON files."""

from __future__ import annotations

from pathlib import Path

from .console import print_json, progress
from .failures import EXIT_REFUSED
from .registering import require_file
from .serving import data_folder, quiet_database


def load(file: Path, *, client: str | None, sender: str | None, data: Path | None, as_json: bool) -> int:
    """Load a file; 1 when a line was refused, else 0."""
    require_file(file)
    with quiet_database(data_folder(data)):
        from suksala import exchange

        done = exchange.load_file(file, client=client, sender=sender, watch=progress(quiet=as_json))
    if as_json:
        print_json(done)
    else:
        print(
            f"เขียน {done['written']:,} ไม่เปลี่ยน {done['unchanged']:,} พักไว้ {done['refused']:,} บรรทัด\n"
            f"written {done['written']:,}, unchanged {done['unchanged']:,}, set aside {done['refused']:,} lines"
        )
        if done["verdicts"]:
            print(f"รายละเอียด · what was said: {done['verdicts']}")
    return EXIT_REFUSED if done["refused"] else 0


def export(
    out: Path, *, types: str, since: str, client: str | None, sender: str | None, data: Path | None, as_json: bool
) -> None:
    """Export into a folder."""
    with quiet_database(data_folder(data)):
        from suksala import exchange

        watch = progress(quiet=as_json)
        done = exchange.export_files(out, types=types, since=since, client=client, sender=sender, watch=watch)
    if as_json:
        print_json(done)
        return
    for file in [*done["output"], *done["deleted"]]:
        print(f"{file['count']:>12,}  {file['file']}")
    print(f"transactionTime {done['transactionTime']}")
