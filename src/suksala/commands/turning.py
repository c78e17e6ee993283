"""`suksala keys`: the master key is turned."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from .console import print_json
from .serving import data_folder, quiet_database

if TYPE_CHECKING:
    from suksala.operations import Turned


def turn(*, data: Path | None, as_json: bool) -> None:
    """Make a new master key; what is sealed comes under it."""
    with quiet_database(data_folder(data)):
        from suksala import operations

        _tell(operations.turn_keys(), as_json=as_json)


def reseal(*, data: Path | None, as_json: bool) -> None:
    """Bring the rest under the newest."""
    with quiet_database(data_folder(data)):
        from suksala import operations

        _tell(operations.reseal(), as_json=as_json)


def _tell(done: Turned, *, as_json: bool) -> None:
    if as_json:
        print_json({"number": done.number, "resealed": done.resealed})
        return
    for place, count in done.resealed.items():
        print(f"{place}: {count:,}")
    print(
        f"กุญแจหลักที่ใช้คือหมายเลข {done.number} เริ่ม suksala up ใหม่ แล้วเรียก suksala keys reseal อีกครั้ง "
        "สำรอง <data>/keys ทันที\n"
        f"master key {done.number} is in use; start `suksala up` again, then run `suksala keys reseal` once more, and "
        "back up <data>/keys now: old keys still open old backups"
    )
