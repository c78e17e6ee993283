"""`suksala registry import`."""

from __future__ import annotations

from pathlib import Path

from .console import print_json
from .failures import BadUsage
from .serving import data_folder, quiet_database


def import_file(file: Path, *, data: Path | None, as_json: bool) -> None:
    """Take over the facilities of a CSV."""
    require_file(file)
    with quiet_database(data_folder(data)):
        count = import_facilities(file)
    if as_json:
        print_json({"facilities": count})
    else:
        print(f"นำเข้าหน่วยบริการ {count} แห่ง · {count} facilities imported")


def import_facilities(file: Path) -> int:
    """The facilities of a CSV into the registry, and their Organizations into the exchange. Returns how many."""
    from suksala import exchange, registry

    count = registry.import_facilities(file)
    exchange.publish_organizations()
    return count


def require_file(path: Path) -> None:
    """Raise BadUsage when there is no readable file."""
    if not path.is_file():
        raise BadUsage(f"ไม่พบแฟ้ม {path}", f"there is no file {path}")
