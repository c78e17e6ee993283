"""The end of keeping: a month of facts is dropped, the proof about all others stays."""

from __future__ import annotations

from datetime import date

from suksala.foundation import SuksalaError, clock, database

from . import service, tree_storage
from .domain import KEEP_YEARS, kept_until
from .verifying import RETIRED, digest


class TooYoung(SuksalaError):
    """The month must still be kept, is no month of the log, or has facts that are not sealed. Nothing was dropped."""

    code = "SKL-AUDIT-005"


def retire(month: date, *, actor: str) -> int:
    """Drop the facts of a month (its first day, Bangkok) whose time of keeping has ended; returns how many.

    Their leaves stay, and a fact tells which they were: so the tree is still whole, and `verify` knows them as retired.
    Raises TooYoung; SKL-AUDIT-006 when a long transaction is at work on the log.
    """
    if month.day != 1 or clock.today() < kept_until(month) or not tree_storage.is_apart(month):
        raise _too_young()
    try:
        return _retire(month, actor)
    except database.TookTooLong as error:
        raise _in_use() from error


def _retire(month: date, actor: str) -> int:
    with database.transaction():
        tree_storage.close_month(month)
        indexes = tree_storage.month_leaves(month)
        if tree_storage.facts_of_month(month) != len(indexes):
            raise _too_young()
        service.record(
            RETIRED,
            actor=actor,
            detail={"month": month.isoformat(), "facts": len(indexes), "indexes": digest(indexes)},
        )
        tree_storage.drop_month(month)
    return len(indexes)


def _in_use() -> SuksalaError:
    return SuksalaError(
        "บันทึกกำลังถูกเขียนโดยงานที่ยาว จึงยังไม่ได้ลบ ลองใหม่เมื่องานนั้นเสร็จ",
        "long work is writing to the log, so nothing was dropped: try again when it has ended",
        code="SKL-AUDIT-006",
    )


def _too_young() -> TooYoung:
    return TooYoung(
        f"ลบได้เฉพาะเดือนที่เก็บครบ {KEEP_YEARS} ปี มีอยู่ในบันทึก และผนึกครบแล้ว: ระบุวันที่ 1 ของเดือน",
        f"only a month that was kept for {KEEP_YEARS} years, is in the log and is sealed can end: give its first day",
    )
