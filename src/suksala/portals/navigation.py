"""The menu of each role: its own doors and no others."""

from __future__ import annotations

from .texts import Text

MENUS: dict[str, tuple[tuple[str, Text], ...]] = {
    "citizen": (
        ("/me/", Text("ประวัติของฉัน", "My record")),
        ("/me/sharing/", Text("ใครดูได้บ้าง", "Who may see")),
        ("/me/who-looked/", Text("ใครเปิดดูบ้าง", "Who looked")),
        ("/me/apps/", Text("แอปของฉัน", "My apps")),
    ),
    "clinician": (
        ("/care/", Text("ค้นหาผู้รับบริการ", "Find a patient")),
        ("/care/consent/", Text("รหัสจากผู้รับบริการ", "A patient's code")),
        ("/care/emergency/", Text("เปิดข้อมูลฉุกเฉิน", "Break the glass")),
    ),
    "clerk": (("/desk/", Text("ค้นหาผู้รับบริการ", "Find a patient")),),
    "district": (
        ("/district/", Text("ตัวชี้วัด", "Figures")),
        ("/district/missing/", Text("ผู้ตกหล่น", "Missing people")),
    ),
    "steward": (
        ("/steward/", Text("ชุดข้อมูลที่ส่ง", "Deposits")),
        ("/steward/problems/", Text("ข้อผิดพลาด", "Problems")),
        ("/steward/age/", Text("ความเป็นปัจจุบัน", "Data age")),
        ("/steward/network/", Text("เครือข่าย", "Network")),
        ("/steward/staff/", Text("บุคลากร", "Staff")),
        ("/steward/matching/", Text("คนเดียวกันหรือไม่", "Same person?")),
        ("/steward/send/", Text("ส่งข้อมูล", "Send a zip")),
    ),
    "privacy": (
        ("/privacy/", Text("งานวันนี้", "Today")),
        ("/privacy/breaches/", Text("เหตุละเมิด", "Breaches")),
        ("/privacy/processing/", Text("กิจกรรมประมวลผล", "Processing")),
        ("/privacy/protected/", Text("บุคคลคุ้มครอง", "Protected persons")),
        ("/privacy/done/", Text("ตัดสินแล้ว", "Decided")),
    ),
}


def navigation(role: str | None) -> tuple[tuple[str, Text], ...]:
    """The links of this role's menu; none for a visitor."""
    return MENUS.get(role or "", ())
