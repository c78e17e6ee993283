"""The doors, as the landing page and the demo sign-in show them."""

from __future__ import annotations

from dataclasses import dataclass

from suksala.portals.texts import Text


@dataclass(frozen=True)
class Door:
    """One way in: the role, its address, what it is called and what it is for."""

    role: str
    href: str
    title: Text
    words: Text


DOORS = (
    Door(
        "citizen",
        "/me/",
        Text("ประชาชน", "Citizen"),
        Text(
            "เปิดดูประวัติสุขภาพของตนเองจากทุกหน่วยบริการ และดูว่าใครเปิดดูบ้าง",
            "Open your own record from every facility, and see who looked at it.",
        ),
    ),
    Door(
        "clinician",
        "/care/",
        Text("ผู้ให้การรักษา", "Clinician"),
        Text(
            "ดูประวัติผู้รับบริการของหน่วยตนเอง เริ่มที่การแพ้ยา แนวโน้มความดันและน้ำตาล",
            "See the record of patients of your own facility: allergies first, then trends of pressure and sugar.",
        ),
    ),
    Door(
        "clerk",
        "/desk/",
        Text("งานเวชระเบียน", "Registration desk"),
        Text(
            "ค้นหาผู้รับบริการของหน่วยตนเอง ดูข้อมูลบุคคลและสิทธิการรักษา โดยไม่เห็นข้อมูลการรักษา",
            "Find patients of your own facility: who they are and what covers their care, nothing clinical.",
        ),
    ),
    Door(
        "district",
        "/district/",
        Text("ทีมสุขภาพอำเภอ", "District team"),
        Text(
            "ตัวชี้วัดเบาหวานและความดัน แนวโน้ม รายหน่วย และรายชื่อคนที่ควรไปหาก่อน",
            "Diabetes and hypertension figures, trends, each facility, and whom to visit first.",
        ),
    ),
    Door(
        "steward",
        "/steward/",
        Text("ผู้ดูแลข้อมูล", "Data officer"),
        Text(
            "ส่งชุด 43 แฟ้ม ดูใบรับ แถวที่ต้องแก้ และวิธีแก้",
            "Send 43-file zips, read the receipt, see which rows to mend and how.",
        ),
    ),
    Door(
        "privacy",
        "/privacy/",
        Text("เจ้าหน้าที่คุ้มครองข้อมูล", "Privacy officer"),
        Text(
            "ตรวจการเปิดดูที่ผิดปกติ ตอบข้อร้องเรียนของเจ้าของข้อมูล โดยไม่เห็นข้อมูลสุขภาพ",
            "Look into unusual openings and answer what citizens report, without seeing anybody's health data.",
        ),
    ),
)
