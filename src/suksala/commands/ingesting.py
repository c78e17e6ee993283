"""`suksala ingest`: receive, apply with a process per core, print a receipt per zip."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from suksala import operations
from suksala.foundation import SuksalaError
from suksala.foundation.progress import Progress
from suksala.foundation.scanning import Malicious, NotScanned

from .console import print_json, progress, say
from .failures import EXIT_OUR_FAULT, EXIT_REFUSED, BadUsage
from .serving import data_folder, quiet_database

if TYPE_CHECKING:
    from suksala.ingest import Receipt

OPEN = ("received", "applying")
MANY = 1_000_000
WRONG_SENDER = "SKL-DEP-009"


def ingest(paths: Iterable[Path], *, sender: str | None, data: Path | None, as_json: bool) -> int:
    """Receive and apply; 1 when a deposit was refused whole, 70 when one could not be applied, else 0."""
    from .receipts import document, lines

    files = zips(paths)
    folder = data_folder(data)
    with quiet_database(folder):
        taken = receive_and_apply(files, sender, folder, progress(quiet=as_json))
    if as_json:
        print_json(document(taken))
    else:
        print("\n".join(lines(taken)))
    return taken.exit_code


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


@dataclass
class Taken:
    """What became of the files: receipts of those that were kept, and the answers to those that were not."""

    receipts: list[Receipt]
    turned_away: list[tuple[Path, SuksalaError]]

    @property
    def exit_code(self) -> int:
        """70 when a deposit waits still, 1 when one was refused whole, else 0."""
        states = {receipt.deposit.state for receipt in self.receipts}
        if states & set(OPEN):
            return EXIT_OUR_FAULT
        return EXIT_REFUSED if self.turned_away or "refused" in states else 0


def receive_and_apply(files: Sequence[Path], sender: str | None, data: Path, watch: Progress) -> Taken:
    """Keep every file, then have all of them applied by a process per core; the database must be running.

    All are received before the first is applied: a kill later loses nothing, the jobs are in the queue.
    """
    from suksala import ingest as door

    numbers, turned_away = _receive(files, sender, watch)
    left = _apply(numbers, data, watch) if numbers else 0
    if left:
        say(
            f"ยังประมวลผลไม่เสร็จ {left} ชุด ระบบเก็บไว้ครบและจะทำต่อเมื่อเริ่ม suksala up (ดู {data}/logs)\n"
            f"{left} deposits are not applied yet; they are kept, `suksala up` goes on with them (see {data}/logs)"
        )
    return Taken([door.receipt(number) for number in numbers], turned_away)


def _receive(
    files: Sequence[Path], sender: str | None, watch: Progress
) -> tuple[list[int], list[tuple[Path, SuksalaError]]]:
    from suksala import ingest as door

    numbers: list[int] = []
    turned_away: list[tuple[Path, SuksalaError]] = []
    watch.start("รับแฟ้ม · receiving", len(files))
    for file in files:
        try:
            numbers.append(door.receive(file, file_name=file.name, sender=sender).id)
        except (door.ZipRefused, door.DepositRefused, Malicious, NotScanned) as problem:
            if problem.code == WRONG_SENDER:
                raise
            turned_away.append((file, problem))
        watch.advance()
    watch.finish()
    return list(dict.fromkeys(numbers)), turned_away


def _apply(numbers: Sequence[int], data: Path, watch: Progress) -> int:
    waiting = set(numbers)
    shown = 0

    def pending() -> int:
        nonlocal shown
        waiting.intersection_update(_still_open())
        done = len(numbers) - len(waiting)
        watch.advance(done - shown)
        shown = done
        return len(waiting)

    watch.start("ตรวจ เก็บ เชื่อมคน · applying", len(numbers))
    left = operations.drain(data, min(len(numbers), os.cpu_count() or 2), pending)
    watch.finish()
    return left


def _still_open() -> set[int]:
    from suksala import ingest as door

    return {deposit.id for state in OPEN for deposit in door.deposits(state=state, limit=MANY)}


def void(deposit: int, *, reason: str, data: Path | None, as_json: bool) -> None:
    """Undo a deposit as if it had never been sent."""
    with quiet_database(data_folder(data)):
        from suksala import ingest as door

        door.void(deposit, reason)
    if as_json:
        print_json({"deposit": deposit, "state": "void"})
    else:
        print(f"ยกเลิกชุดข้อมูลเลขที่ {deposit} แล้ว · deposit {deposit} is void")
