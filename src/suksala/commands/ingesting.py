"""`suksala ingest`: receive, apply with a process per core, print a receipt per zip."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from suksala import operations
from suksala.foundation.progress import Progress

from .console import print_json, progress, say
from .failures import EXIT_OUR_FAULT, EXIT_REFUSED, BadUsage
from .serving import data_folder

if TYPE_CHECKING:
    from suksala.ingest import Receipt

OPEN = ("received", "applying")
SAMPLE_PROBLEMS = 5


def ingest(paths: Iterable[Path], *, sender: str | None, data: Path | None, as_json: bool) -> int:
    """Receive and apply; 1 when a deposit was refused whole, 70 when one could not be applied, else 0."""
    from .receipts import as_document, lines

    files = zips(paths)
    folder = data_folder(data)
    with operations.running_database(folder):
        receipts = receive_and_apply(files, sender, folder, progress(quiet=as_json))
    if as_json:
        print_json({"deposits": [as_document(receipt) for receipt in receipts]})
    else:
        for receipt in receipts:
            print("\n".join(lines(receipt)))
    states = [receipt.deposit.state for receipt in receipts]
    return EXIT_OUR_FAULT if any(state in OPEN for state in states) else EXIT_REFUSED if "refused" in states else 0


def zips(paths: Iterable[Path]) -> list[Path]:
    """The files named, and every zip below the folders named, in order. Raises BadUsage when there is none."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += sorted(inner for inner in path.rglob("*") if inner.suffix.lower() == ".zip" and inner.is_file())
        elif path.is_file():
            found.append(path)
        else:
            raise BadUsage(f"ไม่พบแฟ้มหรือโฟลเดอร์ {path}", f"there is no file or folder {path}")
    if not found:
        raise BadUsage("ไม่พบแฟ้ม zip ในโฟลเดอร์ที่ระบุ", "no zip was found in the folders named")
    return found


def receive_and_apply(files: Sequence[Path], sender: str | None, data: Path, watch: Progress) -> list[Receipt]:
    """Keep every file, then have all of them applied by a process per core; the database must be running.

    All are received before the first is applied: a kill later loses nothing, the jobs are in the queue.
    """
    from suksala import ingest as door

    watch.start("รับแฟ้ม · receiving", len(files))
    numbers = []
    for file in files:
        numbers.append(door.receive(file, file_name=file.name, sender=sender).id)
        watch.advance()
    watch.finish()
    left = _apply(numbers, data, watch)
    if left:
        say(
            f"ยังประมวลผลไม่เสร็จ {left} ชุด ระบบเก็บไว้ครบและจะทำต่อเมื่อเริ่ม suksala up (ดู {data}/logs)\n"
            f"{left} deposits are not applied yet; they are kept, `suksala up` goes on with them (see {data}/logs)"
        )
    return [door.receipt(number) for number in numbers]


def _apply(numbers: Sequence[int], data: Path, watch: Progress) -> int:
    waiting = set(numbers)
    shown = 0

    def pending() -> int:
        nonlocal shown
        waiting.difference_update(_closed(waiting))
        done = len(numbers) - len(waiting)
        watch.advance(done - shown)
        shown = done
        return len(waiting)

    watch.start("ตรวจ เก็บ เชื่อมคน · applying", len(numbers))
    left = operations.drain(data, min(len(numbers), os.cpu_count() or 2), pending)
    watch.finish()
    return left


def _closed(numbers: Iterable[int]) -> list[int]:
    from suksala import ingest as door

    return [number for number in numbers if door.deposit(number).state not in OPEN]


def void(deposit: int, *, reason: str, data: Path | None, as_json: bool) -> None:
    """Undo a deposit as if it had never been sent."""
    with operations.running_database(data_folder(data)):
        from suksala import ingest as door

        door.void(deposit, reason)
    if as_json:
        print_json({"deposit": deposit, "state": "void"})
    else:
        print(f"ยกเลิกชุดข้อมูลเลขที่ {deposit} แล้ว · deposit {deposit} is void")
