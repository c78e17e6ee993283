"""The words of the review desk's pages."""

from __future__ import annotations

from suksala.identity import Answer
from suksala.portals.texts import Text

KINDS: dict[str, Text] = {
    "disputed": Text("เจ้าของประวัติบอกว่าไม่ใช่ตน", "The citizen says it is somebody else"),
    "unconfirmed": Text("แพทย์ขอให้ยืนยันว่าเป็นผู้ป่วยคนเดียวกัน", "A clinician asks whether it is the same patient"),
    "possible": Text("อาจเป็นคนเดียวกัน", "Possibly the same person"),
    "whose-card": Text("เลขเดียวกันแต่ดูเป็นคนละคน (บัตรของใคร)", "One number, two people by the look (whose card?)"),
    "two-numbers": Text("คล้ายกันมากแต่เลขประชาชนต่างกัน", "Very alike, yet two valid numbers"),
    "two-cards": Text(
        "คล้ายกันมากแต่เลขบัตรต่างกัน (ออกบัตรใหม่ หรือคนละคน?)",
        "Very alike, yet two card numbers (a card issued again, or two people?)",
    ),
    "twin": Text("อาจเป็นฝาแฝดหรือคนในบ้านเดียวกัน", "Twins, or people of one house"),
    "two-pids": Text(
        "หน่วยบริการเดียวกันมีสองทะเบียน เกิดวันเดียวกัน ชื่อต่างกัน (แฝด หรือลงซ้ำ?)",
        "One facility registers two, born on one day, called differently (twins, or entered twice?)",
    ),
    "generation": Text(
        "ปีเกิดห่างกันหนึ่งชั่วคน (พ่อแม่กับลูก หรือปีเกิดผิด?)",
        "Born a generation apart (parent and child, or a wrong year of birth?)",
    ),
    "newborn": Text("ทารกที่ยังไม่มีชื่อ อาจเป็นได้หลายคน", "A newborn who may be one of several children"),
    "sex-and-birth": Text("เพศและวันเกิดไม่ตรง", "Sex and birth date both differ"),
    "dead": Text("ฝั่งหนึ่งแจ้งว่าเสียชีวิต", "One side is recorded as dead"),
    "decided": Text("คล้ายกัน แต่ผู้ตรวจเคยตัดสินทั้งสองฝั่งไว้แล้ว", "Alike, yet reviewers decided about both sides before"),
    "split": Text(
        "เป็นคนเดียวกันอยู่ แต่หลักฐานตอนนี้อ่อน หรือมีเลขบัตรสองเลข (ควรแยกหรือไม่)",
        "One person so far, yet little speaks for it now, or with two card numbers (two after all?)",
    ),
    "dummy-number": Text("เลขที่ใช้กับหลายคน", "A number that many people share"),
}
# Why two registrations are one person although their weight does not join them today (decision 0195).
STAYS: dict[str, Text] = {
    "kept": Text(
        "น้ำหนักนี้ไม่พอจะเชื่อม แต่สองทะเบียนนี้เป็นคนเดียวกันอยู่แล้ว ระบบไม่แยกเองเมื่อเหลือตั้งแต่ 2 บิต เพราะการแก้ข้อมูลเพียงเล็กน้อย"
        "ก็ลดได้หลายบิต",
        "This weight would not join them. They are one person already, and what is one stays one from 2 bits on: a "
        "small correction can cost several bits.",
    ),
    "asked": Text(
        "สองทะเบียนนี้เคยเชื่อมเป็นคนเดียวกัน แต่วันนี้เหลือหลักฐานน้อย ไม่เหลือเลย หรือมีข้อห้าม ยังเป็นคนเดียวกันจนกว่าผู้ตรวจจะตอบ",
        "These two were joined once; today little or nothing speaks for it, or a veto speaks against it. They stay one "
        "person until a reviewer answers.",
    ),
}
ANSWERS: dict[str, Text] = {
    Answer.SAME: Text("คนเดียวกัน", "The same person"),
    Answer.DIFFERENT: Text("คนละคน", "Different people"),
    Answer.CANNOT_TELL: Text("บอกไม่ได้ (ถามใหม่เมื่อมีข้อมูลใหม่)", "Cannot tell (asks again when new data come)"),
    Answer.WRONG_NUMBER: Text("เลขประจำตัวผิด (ถามหน่วยต้นทาง)", "A number is wrong (asks the facility that sent it)"),
}
BECAME: dict[str, Text] = {
    "kept": Text("บันทึกคำตอบแล้ว", "Your answer was kept and holds."),
    "waits": Text(
        "บันทึกคำตอบแล้ว ยังไม่มีผล รอผู้ตัดสินอีกคนตอบเหมือนกัน",
        "Your answer was kept. It holds when a second reviewer gives the same.",
    ),
    "late": Text(
        "มีผู้ตอบเรื่องนี้ไปก่อนแล้ว คำตอบของท่านไม่ได้บันทึก",
        "Somebody else settled this question first. Your answer was not kept.",
    ),
}
COMPARISONS: dict[str, Text] = {
    "number": Text("เลขประจำตัว", "Number"),
    "given": Text("ชื่อ", "Given name"),
    "family": Text("นามสกุล", "Family name"),
    "birth": Text("วันเกิด", "Birth date"),
    "sex": Text("เพศ", "Sex"),
    "phone": Text("โทรศัพท์", "Telephone"),
    "address": Text("ที่อยู่", "Address"),
    "mother": Text("เลขของมารดา", "Mother's number"),
    "passport": Text("หนังสือเดินทาง", "Passport"),
}
LEVELS: dict[str, Text] = {
    "equal": Text("ตรงกัน", "equal"),
    "differs": Text("ต่างกัน", "differs"),
    "unknown": Text("ไม่มีข้อมูลให้เทียบ", "nothing to compare"),
    "mistyped": Text("น่าจะพิมพ์ผิด", "probably mistyped"),
    "fails": Text("เลขหนึ่งไม่ผ่านหลักตรวจสอบ", "one fails its check digit"),
    "swapped": Text("สลับที่กัน", "swapped"),
    "reading": Text("อ่านได้อีกแบบแล้วตรงกัน", "equal in another reading"),
    "near": Text("ใกล้เคียงมาก", "very near"),
    "sounds": Text("ออกเสียงเหมือนกัน", "sounds the same"),
    "alike": Text("คล้ายกัน", "alike"),
    "year-known": Text("ปีเดียวกัน รู้แค่ปี", "same year, only the year is known"),
    "two-parts": Text("ตรงกันสองในสามส่วน", "two of three parts equal"),
    "house": Text("บ้านเดียวกัน", "same house"),
    "area": Text("ตำบลเดียวกัน", "same sub-district"),
    "district": Text("อำเภอเดียวกัน", "same district"),
}
# A difference of two numbers that both pass the check digit is another thing than one that was mistyped.
BOTH_PASS = Text("ต่างกัน (ผ่านหลักตรวจสอบทั้งคู่)", "differs (both pass the check)")
DANGERS: dict[int, Text] = {
    9: Text("ประชาชนโต้แย้ง", "Disputed by the citizen"),
    3: Text("แพ้ยาหรือยาอยู่ฝั่งเดียว และมาวันนี้", "Allergy or medicine on one side only, and here today"),
    2: Text("แพ้ยาหรือยาอยู่ฝั่งเดียว", "Allergy or medicine on one side only"),
    1: Text("มาหรือนัดวันนี้", "Here or expected today"),
}
