"""What a weight is made of, in words: Thai first, then English."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from suksala.identity import Waterfall

COMPARISONS = {
    "number": "เลขประจำตัว · number",
    "given": "ชื่อ · given name",
    "family": "นามสกุล · family name",
    "birth": "วันเกิด · birth date",
    "sex": "เพศ · sex",
    "phone": "โทรศัพท์ · telephone",
    "address": "ที่อยู่ · address",
    "mother": "เลขของมารดา · mother's number",
    "passport": "หนังสือเดินทาง · passport",
}
LEVELS = {
    "equal": "ตรงกัน · equal",
    "mistyped": "น่าจะพิมพ์ผิด · mistyped",
    "fails": "เลขไม่ผ่านการตรวจสอบ · a number fails its check",
    "swapped": "สลับที่กัน · swapped",
    "reading": "อ่านอีกแบบแล้วตรงกัน · equal in another reading",
    "near": "ใกล้กันมาก · nearly equal",
    "sounds": "ออกเสียงเหมือนกัน · sounds equal",
    "alike": "คล้ายกัน · alike",
    "year-known": "รู้แค่ปีและตรงกัน · only the year is known, and equal",
    "two-parts": "ตรงกันสองในสามส่วน · two parts of three equal",
    "house": "บ้านเดียวกัน · one house",
    "area": "ตำบลเดียวกัน · one sub-district",
    "district": "อำเภอเดียวกัน · one district",
    "differs": "ต่างกัน · differs",
    "unknown": "ไม่ทราบ · not known",
}
RULES = {
    "birth": "เลขประจำตัวและวันเกิดตรงกัน · number and birth date are equal",
    "given-spelling": "เลขประจำตัวตรงกัน ชื่อสะกดใกล้กัน · number equal, given name spelled alike",
    "given-sound": "เลขประจำตัวตรงกัน ชื่อออกเสียงเหมือนกัน · number equal, given name sounds equal",
    "year-family": "เลขประจำตัว นามสกุล และปีเกิดตรงกัน · number, family name and birth year are equal",
    "weight": "น้ำหนักถึงเกณฑ์ · its weight is enough",
    "newborn": "เป็นทารกคนเดียวที่เป็นไปได้ · the only newborn it may be",
    "kept": "เป็นคนเดียวกันอยู่แล้ว และน้ำหนักยังพอ · one human already, and its weight still keeps them",
}
VETOES = {
    "possible": "อาจเป็นคนเดียวกัน · it may be",
    "runner-up": "มีอีกคนที่ใกล้เคียงพอกัน · another human is nearly as likely",
    "whose-card": "เลขตรงกันแต่คนไม่เหมือนกัน บัตรของใคร · one number, yet unlike people: whose card?",
    "twin": "อาจเป็นฝาแฝด · they may be twins",
    "two-pids": "หน่วยบริการหนึ่งลงทะเบียนไว้สองคน · one facility has registered two people",
    "generation": "ปีเกิดห่างกันหนึ่งชั่วคน · born a generation apart",
    "sex-and-birth": "เพศและวันเกิดต่างกัน · sex and birth date differ",
    "two-numbers": "จะมีเลขประจำตัวสองเลข · one human would have two numbers",
    "two-cards": "เลขบัตรที่อาจออกใหม่ได้ต่างกัน · two card numbers; a card may have been issued again",
    "newborn": "ทารกมีมากกว่าหนึ่งคนที่เป็นไปได้ · more than one newborn may be it",
    "dead": "อีกทะเบียนแจ้งว่าเสียชีวิต · one register tells of the death",
    "decided": "ผู้ตรวจเคยตัดสินทั้งสองฝั่งไว้แล้ว · reviewers decided about both sides before",
    "not-approved": "แบบจำลองยังไม่ได้รับอนุมัติ · its model joins nobody yet",
}
# Why two registrations are one human although nothing joins them today (decision 0195).
STAYS = {
    "kept": "เป็นคนเดียวกันอยู่แล้ว ไม่แยกเองตั้งแต่ 2 บิต · one human already: what is one stays one from 2 bits on",
    "asked": "เป็นคนเดียวกันจนกว่าผู้ตรวจจะตอบว่าควรแยกหรือไม่ · one human until a reviewer answers whether they are two",
}
REASONS = {
    **VETOES,
    "several": "ตรงกับมากกว่าหนึ่งคน · more than one human is certain",
    "weak": "หลักฐานอ่อน · too little speaks for it",
    "none": "ไม่พบใครที่ใกล้เคียง · nobody here is like it",
}
VERDICTS = {
    "link": "เป็นบุคคลที่มีอยู่แล้ว · this is a human who is here",
    "review": "ต้องให้คนตัดสิน · somebody must look",
    "new": "เป็นบุคคลใหม่ · this is somebody new",
}
GRADES = {"certain": "แน่นอน · certain", "probable": "น่าจะใช่ · probable", "possible": "เป็นไปได้ · possible"}
POPULATIONS = {"adult": "ผู้ใหญ่ · adults", "child": "เด็ก · children", "foreigner": "คนต่างชาติ · foreigners"}


def waterfall_lines(waterfall: Waterfall) -> Iterator[str]:
    """A line for the bits before anything is compared, one for each field that said something, and the sum."""
    named = POPULATIONS[waterfall.population]
    yield f"  {waterfall.prior:+8.2f}  ก่อนเทียบ · before: {named} (แบบจำลอง · model {waterfall.model})"
    for part in waterfall.parts:
        if part.level != "unknown":
            rare = f" (ความหายาก · rarity {part.rarity:+.2f})" if part.rarity else ""
            name, level = COMPARISONS.get(part.comparison, part.comparison), LEVELS.get(part.level, part.level)
            yield f"  {part.bits:+8.2f}  {name}: {level}{rare}"
    yield f"  {waterfall.weight:8.2f}  รวม (บิต) · bits in all"
