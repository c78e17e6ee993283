"""Words of the rights that the Act gives a person, for the page that asks and the desk that answers."""

from __future__ import annotations

from suksala import privacy

from .texts import Text

NAMES: dict[str, Text] = {
    privacy.Right.COPY: Text("ขอดูหรือขอสำเนาข้อมูล", "A copy of my data"),
    privacy.Right.CORRECTION: Text("ขอแก้ไขข้อมูลให้ถูกต้อง", "Correction"),
    privacy.Right.PORTABILITY: Text("ขอรับหรือโอนข้อมูลในรูปแบบที่คอมพิวเตอร์อ่านได้", "Portability: data a computer can read"),
    privacy.Right.OBJECTION: Text("คัดค้านการใช้ข้อมูล", "Objection to a use"),
    privacy.Right.RESTRICTION: Text("ขอให้ระงับการใช้ข้อมูล", "Restriction of use"),
    privacy.Right.ERASURE: Text("ขอให้ลบหรือทำลายข้อมูล", "Erasure"),
}
HINTS: dict[str, Text] = {
    privacy.Right.COPY: Text("รวมถึงว่าข้อมูลมาจากที่ใด", "and where the data came from"),
    privacy.Right.CORRECTION: Text(
        "เวชระเบียนแก้โดยบันทึกเพิ่ม ข้อความเดิมยังอยู่", "a medical record is corrected by a note beside the old entry"
    ),
    privacy.Right.PORTABILITY: Text("ให้ท่าน หรือส่งไปที่อื่นที่ท่านเลือก", "for you, or sent to whom you choose"),
    privacy.Right.OBJECTION: Text("เช่น การใช้เพื่อวิจัยหรือสถิติ", "such as research or statistics"),
    privacy.Right.RESTRICTION: Text(
        "เก็บไว้แต่ยังไม่ใช้ เช่น ระหว่างตรวจว่าถูกต้อง", "kept but not used, such as while it is checked"
    ),
    privacy.Right.ERASURE: Text(
        "เวชระเบียนที่กฎหมายให้เก็บอาจลบไม่ได้ ท่านจะได้คำตอบพร้อมเหตุผล",
        "records that the law keeps may have to stay; you are told why",
    ),
}
STATES: dict[str, Text] = {
    privacy.RequestState.RECEIVED: Text("รับคำขอแล้ว", "Received"),
    privacy.RequestState.DOING: Text("กำลังดำเนินการ", "Being done"),
    privacy.RequestState.ANSWERED: Text("ดำเนินการแล้ว", "Answered"),
    privacy.RequestState.REFUSED: Text("ปฏิเสธ", "Refused"),
}
EXCHANGE = Text("ระบบแลกเปลี่ยน", "The exchange")
