"""The draft of a notice of a breach to the Office of the Personal Data Protection Committee, in Thai. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from suksala.foundation.clock import BANGKOK
from suksala.standards.thai_codes import thai_date

from .breaches import Breach, Risk

RISKS = {
    Risk.UNKNOWN: "อยู่ระหว่างประเมิน",
    Risk.NONE: "ไม่มีความเสี่ยงที่จะมีผลกระทบต่อสิทธิและเสรีภาพของบุคคล",
    Risk.RISK: "มีความเสี่ยงที่จะมีผลกระทบต่อสิทธิและเสรีภาพของบุคคล",
    Risk.HIGH: "มีความเสี่ยงสูงที่จะมีผลกระทบต่อสิทธิและเสรีภาพของบุคคล",
}
TO_FILL = "[กรอก]"


@dataclass(frozen=True)
class Told:
    """What the audit log tells of the time of a breach.

    kinds    facts by kind
    persons  distinct registrations whose records they tell of
    capped   there are more facts than were counted
    """

    since: datetime
    until: datetime
    kinds: Counter[str]
    persons: int
    capped: bool = False


def draft(breach: Breach, told: Told, now: datetime) -> str:
    """The notice with what is known; what a person has to fill in is marked."""
    state = breach.clock(now)
    lines = [
        "(ร่าง) หนังสือแจ้งเหตุการละเมิดข้อมูลส่วนบุคคล ตามมาตรา 37 (4) แห่งพระราชบัญญัติคุ้มครองข้อมูลส่วนบุคคล พ.ศ. 2562",
        "เรียน เลขาธิการคณะกรรมการคุ้มครองข้อมูลส่วนบุคคล",
        "",
        f"1. ผู้ควบคุมข้อมูลส่วนบุคคล: {TO_FILL}",
        f"2. เจ้าหน้าที่คุ้มครองข้อมูลส่วนบุคคลและช่องทางติดต่อ: {TO_FILL}",
        f"3. เลขที่เหตุในทะเบียน: {breach.id}  หน่วยบริการ: {breach.facility or 'ระบบแลกเปลี่ยนข้อมูล'}",
        f"4. ทราบเหตุเมื่อ {_moment(breach.noticed_at)}  ครบกำหนดแจ้ง 72 ชั่วโมงเมื่อ {_moment(state.until)}",
        f"5. เหตุเกิดระหว่าง {_moment(breach.began_at)} ถึง {_moment(breach.ended_at)}",
        f"6. ลักษณะของเหตุ: {breach.what}",
        f"7. ประเภทข้อมูล: {breach.data or TO_FILL}",
        f"8. จำนวนเจ้าของข้อมูลโดยประมาณ: {_count(breach.persons)}",
        f"9. ผลกระทบ: {RISKS[breach.risk]}",
        f"10. มาตรการที่ดำเนินการหรือจะดำเนินการ: {breach.measures or TO_FILL}",
        f"11. การแจ้งเจ้าของข้อมูล: {_moment(breach.persons_told_at)}",
    ]
    if breach.late_reason or state.is_overdue or state.was_late:
        lines.append(f"12. เหตุผลที่แจ้งเกิน 72 ชั่วโมง: {breach.late_reason or TO_FILL}")
    return "\n".join([*lines, "", *_facts(breach, told)]) + "\n"


def _facts(breach: Breach, told: Told) -> list[str]:
    """What the log tells, which nobody can have rewritten unseen."""
    if not told.kinds:
        return ["ข้อเท็จจริงจากบันทึกการเข้าถึง: ยังไม่ระบุผู้กระทำหรือหน่วยบริการ หรือไม่พบรายการในช่วงเวลานั้น"]
    who = breach.actor or "ทุกผู้ใช้ของหน่วยบริการ"
    more = " (มีมากกว่านี้ นับไว้เท่านี้)" if told.capped else ""
    lines = [
        f"ข้อเท็จจริงจากบันทึกการเข้าถึง {_moment(told.since)} ถึง {_moment(told.until)} ของ {who}{more}",
        f"- เกี่ยวกับระเบียนของบุคคล {told.persons:,} การลงทะเบียน",
    ]
    return lines + [f"- {kind}: {count:,} รายการ" for kind, count in sorted(told.kinds.items())]


def _moment(at: datetime | None) -> str:
    if at is None:
        return TO_FILL
    local = at.astimezone(BANGKOK)
    return f"{thai_date(local)} เวลา {local:%H:%M} น."


def _count(number: int | None) -> str:
    return "อยู่ระหว่างตรวจสอบ" if number is None else f"{number:,} ราย"
