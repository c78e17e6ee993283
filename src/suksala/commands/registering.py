"""`suksala registry import|practitioners`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from .console import print_json
from .failures import BadUsage
from .serving import data_folder, quiet_database

if TYPE_CHECKING:
    from suksala import registry


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
    """The facilities of a CSV into the registry, and what FHIR tells of them into the exchange. Returns how many."""
    from suksala import exchange, registry

    count = registry.import_facilities(file)
    exchange.publish_facilities()
    return count


def import_practitioners(file: Path, *, data: Path | None, as_json: bool) -> None:
    """Take in the practitioners of a CSV, and tell the exchange of them."""
    require_file(file)
    with quiet_database(data_folder(data)):
        done = take_practitioners(file, "system:operator")
    if as_json:
        print_json(asdict(done))
        return
    print(
        f"บุคลากรใหม่ {done.practitioners} คน บันทึก {done.roles} ตำแหน่ง ไม่เปลี่ยน {done.unchanged} · "
        f"{done.practitioners} new practitioners, {done.roles} roles kept, {done.unchanged} as before"
    )


def take_practitioners(file: Path, actor: str) -> registry.TakenProviders:
    """The practitioners of a CSV into the registry, and their roles into the exchange."""
    from suksala import exchange, registry

    done = registry.import_practitioners(file, actor=actor)
    for hospcode in done.facilities:
        exchange.publish_staff(hospcode)
    return done


def require_file(path: Path) -> None:
    """Raise BadUsage when there is no readable file."""
    if not path.is_file():
        raise BadUsage(f"ไม่พบแฟ้ม {path}", f"there is no file {path}")
