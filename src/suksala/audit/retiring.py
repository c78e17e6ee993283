"""The end of keeping: a month of facts is dropped, the proof about all others stays."""

from __future__ import annotations

from datetime import date

from suksala.foundation import SuksalaError, clock, database

from . import service, tree_storage
from .verifying import RETIRED, digest

# The log outlives the record it tells of: hospitals keep out-patient records 5 and in-patient records 10 years, the
# Computer Crime Act asks for traffic data of 90 days (../domain/hie_phr.md section 8).
KEEP_YEARS = 11


class TooYoung(SuksalaError):
    """The month must still be kept, is no month of the log, or has facts that are not sealed. Nothing was dropped."""

    code = "SKL-AUDIT-005"


def retire(month: date, *, actor: str) -> int:
    """Drop the facts of a month (its first day, Bangkok) whose time of keeping has ended; returns how many.

    Their leaves stay, and a fact tells which they were: so the tree is still whole, and `verify` knows them as retired.
    Raises TooYoung.
    """
    today = clock.today()
    if month.day != 1 or month.replace(year=month.year + KEEP_YEARS) > today.replace(day=1):
        raise _too_young()
    with database.transaction():
        indexes = tree_storage.month_leaves(month)
        if not tree_storage.is_apart(month) or tree_storage.facts_of_month(month) != len(indexes):
            raise _too_young()
        service.record(
            RETIRED,
            actor=actor,
            detail={"month": month.isoformat(), "facts": len(indexes), "indexes": digest(indexes)},
        )
        tree_storage.drop_month(month)
    return len(indexes)


def _too_young() -> TooYoung:
    return TooYoung(
        f"ลบได้เฉพาะเดือนที่เก็บครบ {KEEP_YEARS} ปี มีอยู่ในบันทึก และผนึกครบแล้ว: ระบุวันที่ 1 ของเดือน",
        f"only a month that was kept for {KEEP_YEARS} years, is in the log and is sealed can end: give its first day",
    )
