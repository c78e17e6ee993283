"""The plain pages that say what went wrong."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from .pages import page
from .texts import Text

_WORDS = {
    400: (
        Text("ระบบอ่านคำขอนี้ไม่ได้", "The request could not be read"),
        Text(
            "ยังไม่มีอะไรถูกบันทึก กลับไปหน้าก่อน พิมพ์ข้อความใหม่แทนการวาง แล้วลองอีกครั้ง",
            "Nothing was kept. Go back to the page before, type the text anew instead of pasting it, and try again.",
        ),
    ),
    403: (
        Text("ท่านไม่มีสิทธิเปิดหน้านี้", "You may not open this page"),
        Text("หน้านี้เป็นของผู้ใช้อีกบทบาทหนึ่ง ระบบไม่ได้เปิดข้อมูลใดให้ดู", "It belongs to another role. Nothing was opened."),
    ),
    404: (
        Text("ไม่พบหน้านี้", "Page not found"),
        Text("ที่อยู่อาจพิมพ์ผิด หรือไม่มีข้อมูลนี้สำหรับท่าน", "The address may be wrong, or there is nothing here for you."),
    ),
    429: (
        Text("ท่านเปิดข้อมูลของคนจำนวนมากเกินกำหนดในหนึ่งชั่วโมง", "You opened the data of more people than an hour allows"),
        Text(
            "ยังไม่มีข้อมูลใดถูกเปิดเพิ่ม ลองใหม่ภายหลัง หากมีผู้ป่วยฉุกเฉินใช้ทางเปิดฉุกเฉินได้ตามปกติ",
            "Nothing more was opened. Try again later; an emergency opening is counted by itself.",
        ),
    ),
    500: (
        Text("ระบบขัดข้อง", "Something went wrong"),
        Text(
            "ข้อมูลที่บันทึกแล้วไม่หาย ลองใหม่ในอีกสักครู่ หากยังพบปัญหาแจ้งผู้ดูแลระบบ",
            "Nothing that was saved is lost. Try again in a moment, or tell the operator.",
        ),
    ),
    503: (
        Text("ยังเปิดข้อมูลให้ดูไม่ได้ในขณะนี้", "Nothing can be shown right now"),
        Text(
            "ระบบเปิดข้อมูลเฉพาะเมื่อบันทึกการเข้าถึงได้ครบและมีผู้รับรอง ยังไม่มีข้อมูลใดถูกเปิด ลองใหม่ภายหลังหรือแจ้งผู้ดูแลระบบ",
            "Records open only while every opening can be written down and is vouched for. Nothing was opened. "
            "Try again later, or tell the operator.",
        ),
    ),
}


DOWNLOADS = (
    Text("ดาวน์โหลดรายการนี้ครบจำนวนครั้งของวันนี้แล้ว", "This list was downloaded as often as a day allows"),
    Text("ไม่มีอะไรถูกส่ง ใช้แฟ้มที่มีอยู่ หรือลองใหม่พรุ่งนี้", "Nothing was sent. Use the file you have, or try again tomorrow."),
)


def message(request: HttpRequest, status: int, told: tuple[Text, Text] | None = None) -> HttpResponse:
    """A plain page for an error, in both languages; its body is the same for every reason of one status, but for what
    is told.

    told  heading and words in place of those of the status
    """
    heading, words = told or _WORDS[status]
    other = Text(f"{heading.en}. {words.en}", f"{heading.th} {words.th}")
    shown: dict[str, object] = {"heading": heading, "lines": [words], "other": other}
    if status >= 500:  # the database may be what failed: do not ask it who the reader is
        shown |= {"account": None, "role": None}
    return page(request, "public/message.jinja", shown, status=status)
