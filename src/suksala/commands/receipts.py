"""A receipt on the terminal and as JSON. Values of the data stay on the sender's page and in the CSV."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from suksala.ingest import Receipt

    from .ingesting import Taken

PROBLEMS_SHOWN = 5
STATES = {
    "received": "รับแล้ว รอประมวลผล · received, waits",
    "applying": "กำลังประมวลผล · being applied",
    "applied": "ประมวลผลแล้ว · applied",
    "refused": "ไม่รับทั้งชุด · refused whole",
    "voiding": "กำลังยกเลิก · being voided",
    "void": "ยกเลิกแล้ว · void",
}


def document(taken: Taken) -> dict[str, Any]:
    """The one document of `ingest --json`: each receipt as its sender downloads it, and what was not even kept."""
    from suksala import ingest

    return {
        "deposits": [ingest.receipt_document(receipt) for receipt in taken.receipts],
        "turned_away": [
            {"file_name": path.name, "code": problem.code, "th": problem.th, "en": problem.en}
            for path, problem in taken.turned_away
        ],
    }


def lines(taken: Taken) -> Iterator[str]:
    """All receipts, and last what was not even kept."""
    for receipt in taken.receipts:
        yield from receipt_lines(receipt)
    for path, problem in taken.turned_away:
        yield f"{path.name}  {STATES['refused']}"
        yield f"    {problem.th}"
        yield f"    {problem.en} [{problem.code}]"


def receipt_lines(receipt: Receipt) -> Iterator[str]:
    """A receipt in a few lines: what became of the zip, and the commonest faults."""
    deposit = receipt.deposit
    yield f"{deposit.file_name}  #{deposit.id}  {deposit.hospcode or '-'}  {STATES[deposit.state]}"
    if deposit.state == "refused":
        yield f"    {deposit.th}"
        yield f"    {deposit.en} [{deposit.code}]"
        return
    yield (
        f"    {receipt.read:,} แถว · rows, รับ {receipt.accepted:,} accepted, "
        f"พัก {receipt.refused:,} set aside, มีข้อสังเกต {receipt.flagged:,} with a fault"
    )
    for file in receipt.files:
        if file.state != "accepted":
            yield f"    {file.entry}: {file.th} · {file.en} [{file.code}]"
    found = sorted((p for file in receipt.files for p in file.problems), key=lambda p: -p.count)
    for problem in found[:PROBLEMS_SHOWN]:
        yield f"    {problem.rule.id}: {problem.count:,}"
    if len(found) > PROBLEMS_SHOWN:
        yield f"    อีก {len(found) - PROBLEMS_SHOWN} กฎ · {len(found) - PROBLEMS_SHOWN} more rules"
