"""Words of the privacy officer's pages."""

from __future__ import annotations

from suksala import consent, privacy
from suksala.portals.texts import Text

REASONS: dict[str, Text] = {
    privacy.Reason.NO_CARE: Text("ไม่มีการรับบริการที่หน่วยนี้ใน 30 วัน", "No visit at this facility within 30 days"),
    privacy.Reason.SURNAME: Text("นามสกุลเดียวกับผู้เปิดดู", "Same surname as the reader"),
    privacy.Reason.ADDRESS: Text("บ้านเดียวกับผู้เปิดดู", "Same house as the reader"),
    privacy.Reason.PHONE: Text("โทรศัพท์เดียวกับผู้เปิดดู", "Same telephone as the reader"),
    privacy.Reason.OWN: Text("เปิดประวัติของตนเองด้วยบัญชีเจ้าหน้าที่", "The reader's own record, by a staff account"),
    privacy.Reason.PROTECTED: Text("เป็นบุคคลที่ต้องคุ้มครองเป็นพิเศษ", "On the list of protected persons"),
    privacy.Reason.AGAIN: Text("เปิดซ้ำหลายวันโดยไม่มีการรับบริการ", "Opened on several days without a visit"),
    privacy.Reason.MANY: Text("เปิดคนที่ไม่ได้มารับบริการมากกว่าเพื่อนร่วมงาน", "Many more strangers than colleagues"),
    privacy.Reason.LISTED: Text(
        "ค้นให้ขึ้นชื่อคนจำนวนมากโดยไม่ได้เปิดดู", "Searches named many strangers of whom none was opened"
    ),
    privacy.Reason.NIGHT: Text("เปิดกลางคืนทั้งที่ปกติไม่ทำงานกลางคืน", "At night, by who does not work at night"),
}
FLAGS: dict[str, Text] = {
    "often": Text("เปิดฉุกเฉินเกิน 3 รายใน 24 ชั่วโมง", "More than 3 emergency openings in 24 hours"),
    "same-family": Text("นามสกุลเดียวกับผู้ป่วย", "Same surname as the patient"),
    "same-address": Text("บ้านเดียวกับผู้ป่วย", "Same house as the patient"),
    "same-phone": Text("โทรศัพท์เดียวกับผู้ป่วย", "Same telephone as the patient"),
    "protected": Text("ผู้ป่วยเป็นบุคคลที่ต้องคุ้มครองเป็นพิเศษ", "The patient is on the list of protected persons"),
    "licence-unproven": Text(
        "ทะเบียนไม่รู้จักใบอนุญาตนี้ ให้ตรวจกับสภาวิชาชีพ", "The registry does not know the licence: check it"
    ),
    "cosigned": Text("เปิดผู้ป่วยรายเดิมอีกครั้ง โดยมีผู้ร่วมลงนาม", "Opened the same patient again, with a co-signer"),
    "restored": Text("ระบบปิดเอง: กู้คืนฐานข้อมูล", "Ended by the system: the database was restored"),
    "key-lost": Text("ระบบปิดเอง: กุญแจของสำเนาหาย", "Ended by the system: the key of the copy was lost"),
    "clock-set-back": Text("ระบบปิดเอง: นาฬิกาถูกตั้งย้อน", "Ended by the system: a clock was set back"),
}
WAYS: dict[str, Text] = {
    consent.Way.LETTER: Text("จดหมาย", "By letter"),
    consent.Way.VISIT: Text("บอกเมื่อมารับบริการ", "In person, at a visit"),
    consent.Way.PHONE: Text("โทรศัพท์", "By telephone"),
}
VERDICTS: dict[str, Text] = {
    "justified": Text("มีเหตุอันควร", "Justified"),
    "unjustified": Text("ไม่มีเหตุอันควร", "Not justified"),
    "unclear": Text("ยังสรุปไม่ได้", "Unclear"),
}
STATES: dict[str, Text] = {
    privacy.CaseState.OPEN: Text("ใหม่", "New"),
    privacy.CaseState.LOOKING: Text("กำลังตรวจสอบ", "Being looked into"),
    privacy.CaseState.ANSWERED: Text("ตอบแล้ว", "Answered"),
}
