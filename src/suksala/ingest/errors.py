"""Whole-deposit and whole-file answers: a stable code, a sentence in Thai and one in English.

Row faults are not errors: they are counted in the receipt (words.py).
"""

from __future__ import annotations

from suksala.foundation import SuksalaError

SEND_AGAIN = (
    "ให้ส่งออกจากโปรแกรมโรงพยาบาลใหม่แล้วส่งอีกครั้ง",
    "Export it again from the hospital system and send it once more.",
)

ZIP_SAYINGS: dict[str, tuple[str, str]] = {
    "001": ("แฟ้ม zip ว่างเปล่า (0 ไบต์) {again_th}", "The zip is empty (0 bytes). {again_en}"),
    "002": (
        "แฟ้มนี้ไม่ใช่ zip (ดูเหมือน {kind}) ให้บีบอัดแฟ้ม .txt ของ 43 แฟ้มเป็น .zip แล้วส่งใหม่",
        "This is not a zip (it looks like {kind}). Pack the .txt files of the 43-file set as .zip and send that.",
    ),
    "003": (
        "แฟ้ม zip ขาดหรือเสียหาย ส่วนท้ายไม่ครบ มักเกิดจากการส่งไม่จบ ให้ส่งแฟ้มเดิมอีกครั้ง",
        "The zip is cut off or damaged: its directory is not complete, often because sending stopped half-way. Send the file again.",
    ),
    "004": ("แฟ้ม zip ไม่มีแฟ้มอยู่ข้างใน {again_th}", "There is no file inside the zip. {again_en}"),
    "005": (
        "แฟ้ม zip ใส่รหัสผ่านไว้ ให้บีบอัดใหม่โดยไม่ใส่รหัสผ่าน",
        "The zip is locked with a password. Pack it again without one.",
    ),
    "006": (
        "แฟ้ม zip ใช้วิธีบีบอัดหมายเลข {method} ที่ไม่รองรับ ให้เลือกแบบปกติ (Deflate)",
        "The zip uses compression method {method}, which is not accepted. Choose the normal one (Deflate).",
    ),
    "007": (
        "สารบัญของแฟ้ม zip ขัดกับเนื้อแฟ้ม จึงไม่เปิดอ่านเพื่อความปลอดภัย {again_th}",
        "The directory of the zip contradicts its content, so it was not opened. {again_en}",
    ),
    "008": (
        "ในแฟ้ม zip มีแฟ้มบีบอัดซ้อนอยู่ ให้ส่งแฟ้ม .zip ชั้นในโดยตรง",
        "There is a packed file inside the zip. Send the inner .zip itself.",
    ),
    "009": (
        "แฟ้ม zip ใหญ่เกิน {limit} MB ให้แบ่งส่งเป็นหลายแฟ้ม",
        "The zip is larger than {limit} MB. Send it in several parts.",
    ),
    "010": (
        "แฟ้ม zip คลายออกแล้วใหญ่เกินกำหนด ({limit} MB) ให้แบ่งส่งเป็นหลายแฟ้ม",
        "Unpacked, the zip is larger than allowed ({limit} MB). Send it in several parts.",
    ),
    "011": (
        "ในแฟ้ม zip มีแฟ้มชื่อซ้ำกัน จึงไม่รู้ว่าใช้แฟ้มใด ให้เหลือแฟ้มละหนึ่งชื่อ",
        "Two files inside the zip are the same file of the standard, so it is not clear which one counts. Keep one of each.",
    ),
    "012": (
        "ข้อมูลในแฟ้ม zip เสียหาย (ค่าตรวจสอบ CRC ไม่ตรง) ให้ส่งแฟ้มเดิมอีกครั้ง",
        "The content of the zip is damaged (its checksum does not agree). Send the file again.",
    ),
    "013": ("ในแฟ้ม zip มีแฟ้มเกิน {limit} แฟ้ม", "There are more than {limit} files inside the zip."),
    "014": (
        "ในแฟ้ม zip มีทางลัด (symbolic link) ให้ใส่แฟ้มจริง",
        "There is a symbolic link inside the zip. Put the file itself in.",
    ),
    "015": ("แฟ้ม zip ถูกแบ่งเป็นหลายส่วน ให้รวมเป็นแฟ้มเดียว", "The zip is one part of several. Send it as one file."),
    "016": (
        "มีข้อมูลอื่นต่อหัวหรือท้ายแฟ้ม zip จึงไม่เปิดอ่านเพื่อความปลอดภัย {again_th}",
        "There is something else before or after the zip's content, so it was not opened. {again_en}",
    ),
}

DEPOSIT_SAYINGS: dict[str, tuple[str, str]] = {
    "001": (
        "ไม่รู้จักรหัสหน่วยบริการ {hospcode} ในทะเบียน ให้ตรวจรหัสหรือแจ้งผู้ดูแลให้เพิ่มหน่วยบริการ ยังไม่รับข้อมูลใดไว้",
        "Facility code {hospcode} is not in the registry. Check the code or ask the steward to add the facility. Nothing was taken in.",
    ),
    "002": (
        "ไม่พบแฟ้มใดของ 43 แฟ้มในแฟ้ม zip นี้ ชื่อแฟ้มต้องเป็นชื่อมาตรฐาน เช่น PERSON.txt",
        "None of the 43 files was found in this zip. File names must be the standard's, such as PERSON.txt.",
    ),
    "003": (
        "ไม่รู้ว่าใครเป็นผู้ส่ง ชื่อ zip ไม่มีรหัสหน่วยบริการ และ HOSPCODE ในแฟ้มไม่ได้มีค่าเดียว ให้ระบุผู้ส่ง (--sender) หรือตั้งชื่อ F43_<HOSPCODE>_<เวลา>.zip",
        "The sender is not known: the zip's name has no facility code and the rows do not agree on one HOSPCODE. "
        "Name the sender (--sender) or call the zip F43_<HOSPCODE>_<time>.zip.",
    ),
    "004": (
        "ทุกแฟ้มในชุดนี้อ่านไม่ได้ ดูเหตุผลรายแฟ้มด้านล่าง",
        "Not one file of this deposit could be read; each file's reason stands below.",
    ),
    "005": ("ไม่พบการส่งหมายเลข {deposit}", "There is no deposit number {deposit}."),
    "006": (
        "การส่งหมายเลข {deposit} อยู่ในสถานะ {state} จึงทำรายการนี้ไม่ได้",
        "Deposit {deposit} is {state}, so this cannot be done.",
    ),
    "007": ("ต้องบอกเหตุผลอย่างน้อย {least} ตัวอักษร", "A reason of at least {least} characters is needed."),
    "008": ("ไม่พบแฟ้มที่จะรับ หรืออ่านไม่ได้", "The file to receive was not found or cannot be read."),
    "009": (
        "รหัสผู้ส่งต้องเป็นตัวเลข 5 หลัก",
        "The sender must be a 5-digit facility code.",
    ),
}

FILE_SAYINGS: dict[str, tuple[str, str]] = {
    "011": (
        "ไม่รู้จักแฟ้มนี้ ไม่ใช่แฟ้มใดของ 43 แฟ้ม จึงข้ามไป แฟ้มอื่นรับตามปกติ",
        "This is none of the 43 files, so it was left out; the other files were read as usual.",
    ),
    "012": (
        "แฟ้มนี้ไม่มีคอลัมน์หลัก {columns} จึงแยกแถวออกจากกันไม่ได้ ให้ส่งออกใหม่พร้อมคอลัมน์นี้",
        "This file has no column {columns}, part of its key, so its rows cannot be told apart. Export it again with that column.",
    ),
    "013": (
        "แฟ้มนี้ไม่มีคอลัมน์ D_UPDATE จึงไม่รู้ว่าแถวใดใหม่กว่า ให้ส่งออกใหม่พร้อมคอลัมน์นี้",
        "This file has no column D_UPDATE, so it is not known which row is newer. Export it again with that column.",
    ),
    "014": (
        "แถวส่วนใหญ่มีจำนวนคอลัมน์ไม่ตรงกับบรรทัดหัว จึงไม่รับแฟ้มนี้ ให้ตรวจตัวคั่น | และส่งออกใหม่",
        "Most rows do not have as many columns as the header, so the file was not taken in. Check the delimiter | and export it again.",
    ),
}


class ZipRefused(SuksalaError):
    """The zip itself cannot be used; nothing of it was taken in. Codes SKL-ZIP-001 to 016."""

    def __init__(self, number: str, **words: object) -> None:
        th, en = ZIP_SAYINGS[number]
        filled = {"again_th": SEND_AGAIN[0], "again_en": SEND_AGAIN[1], **words}
        super().__init__(th.format(**filled), en.format(**filled), code=f"SKL-ZIP-{number}")


class DepositRefused(SuksalaError):
    """A deposit that is not taken in, or something that cannot be done with one. Codes SKL-DEP-001 to 009."""

    def __init__(self, number: str, **words: object) -> None:
        th, en = DEPOSIT_SAYINGS[number]
        super().__init__(th.format(**words), en.format(**words), code=f"SKL-DEP-{number}")


class FileSetAside(SuksalaError):
    """One file of a deposit is set aside, the others go on. Codes SKL-FILE-011 to 014 (below: standards.file43)."""

    def __init__(self, number: str, **words: object) -> None:
        th, en = FILE_SAYINGS[number]
        super().__init__(th.format(**words), en.format(**words), code=f"SKL-FILE-{number}")
