"""Made-up Thai names: put together from our own syllables, so that no list of real people is shipped.

4,000 given names of each sex (young and old fashions) and more than 60,000 family names. Real families share a
given name with many and a family name with few; the two draws below keep that shape.
"""

from __future__ import annotations

from random import Random
from typing import Final


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_WOMEN_HEAD: Final = _words(
    "กมล กรรณิ กัลยา จันทิ จารุ จิรา ชนิ ชลธิ ชุติ ญาณิ ณัฐ ดวง ทิพย์ ธนิ ธิดา นภัส นวล นิร นันท ปณิ ปภา "
    "ปรี ปวีณ์ ปิย พชร พนิ พรพิ พัชร พิม เพ็ญ ภัทร มณี มนัส มาลิ รวิ รัช ลลิ วรร วราง วิภา ศศิ ศิริ สิริ "
    "สุกัญ สุชา สุดา สุนิ สุภา อภิ อมร อร อริ อัญ อุไร อาทิ ไพลิ กฤษ ขวัญ ชม ดาริ"
)
_WOMEN_TAIL: Final = _words(
    "กานต์ จิต ชนก ญา ณี ดา ทิพย์ ธิดา นันท์ นารี นุช เนตร ปภา พร พรรณ ภรณ์ ภัทร มาศ ยา รัตน์ ลักษณ์ ลดา "
    "วดี วรรณ วลี ศรี ษา สรา สินี สุดา อร โสภา กร ชา ธร นภา บุญ มล รินทร์ วัลย์"
)
_MEN_HEAD: Final = _words(
    "กฤต กิตติ เกรียง ขจร คม จตุ จักร จิร เจษ ชัย ชาญ ชิน ณรงค์ ณัฐ เดช ทวี ทศ ธน ธีร นที นพ นรา นิติ บัณ "
    "ปกร ประ ปรี ปัญ พงศ์ พชร พล พิชิต พีร ไพ ภัทร ภู มงคล มานะ ยุทธ รณ ราเชน วร วัช วิชัย วิทย์ วีร "
    "ศักดิ์ ศุภ สม สรร สิทธิ สุร เสก อดิ อนุ อภิ อรรถ อาทิตย์ เอก โอภาส"
)
_MEN_TAIL: Final = _words(
    "กร กฤช กานต์ กิจ เกียรติ ชัย ชาติ ชิต ฑูรย์ เดช ทัต เทพ ธร ธัช นนท์ นันท์ นัย พงษ์ พจน์ พล พัฒน์ ภพ "
    "ภาส ภูมิ มนต์ ยศ ราช ฤทธิ์ วงศ์ วัฒน์ วิทย์ วุฒิ ศักดิ์ ศิษฐ์ สรณ์ สิทธิ์ สิน อนันต์ โรจน์ ไกร"
)
_OLD_HEAD: Final = _words("บุญ ทอง คำ แก้ว จันทร์ เงิน พวง พลอย มะลิ ละ สาย สม สำ ใจ ชื่น แสง ลำ เพียร หนู อิ่ม")
_OLD_WOMEN: Final = _words("มา มี เรือน ศรี หอม หวาน ดวง พันธ์ ใบ ย้อย เยื้อน เลี่ยม วน สุข เอียด แฉล้ม")
_OLD_MEN: Final = _words("ชู ช่วย ดี เกิด เติม ทวน ปลั่ง เพ็ง มั่น ยืน รอด ล้อม เลิศ หมาย ส่ง เฮง")
_FAMILY_HEAD: Final = _words(
    "กล้า กอง แก่น ขุน เขียว คง ครุฑ งาม จง เจริญ ชื่น ชู เชื้อ ดง เดือน ตรง ตั้ง ถาวร ทรง ทอง ธรรม นา "
    "นิล บัว บุญ ปาน เปรม พ่วง พูล เพชร แพร ฟัก มั่น มี ยิ่ง รุ่ง เรือง ลาภ วัง ศรี สง สิงห์ สุข แสง หงส์ "
    "หอม อยู่ อ่อน อินทร์ เอี่ยม"
)
_FAMILY_MIDDLE: Final = _words(
    "กลาง แก้ว ขจร คีรี จันทร์ ชล เดช ถิ่น ทรัพย์ ธานี นคร บาง ประ ผล พง ไพร ภักดี มงคล รักษ์ ลักษณ์ วัน สกุล สวน หาญ อุดม"
)
_FAMILY_TAIL: Final = _words(
    "กิจ กุล เกษม ขันธ์ คาม จินดา ชัย ชาติ โชติ ดี เดช ทอง ธาร นนท์ นาค นิล บุตร ประภา ผล พงษ์ พันธุ์ "
    "พิทักษ์ ไพศาล ภูมิ มาศ เมือง ยนต์ ยา รัตน์ ราช ฤกษ์ ลาภ เลิศ วงศ์ วัฒนา วารี วิจิตร เวช ศักดิ์ ศิลป์ "
    "สกุล สถิต สมบัติ สิน สุข เสถียร หิรัญ อารี อำไพ โอภาส"
)
_MIGRANT: Final = _words(
    "aung aye hla htun kyaw khin lin maung min moe myint naing nyunt phyo san sein soe su than thein "
    "thida thu tin tun win yi zaw zin ei nu wai hnin"
)
# what three desks hear and write of the same 32 syllables, in the same order
MIGRANT_SPELLINGS: Final = (
    _words("อ่อง เอ หล่า ทุน จ่อ ขิ่น ลิน หม่อง มิน โม มิ้น ไนง์ ยุ้น เพียว ซาน เซ่ง โซ ซู ตัน เต็ง ติดา ตู ติน ทูน วิน ยี ซอ ซิน เอ่ นู ไว นิน"),
    _words(
        "ออง เอย์ ลา ฮตุน จอว์ คิน ลินน์ มอง มินน์ โมย์ มยิน นาย ญุ้น พโย ซัน เส่ง โซย์ สุ ทาน เตง "
        " ทิดา ธู ทิน ตุน วินน์ หยี่ ซอว์ ซินน์ อี หนู เว หนิ่น"
    ),
    _words(
        "อาว เอ๋ หละ ทุ่น จ่อว์ ขิน ลิ่น เมือง หมิน โม่ หมิ่น หน่าย ยุ่น ผิว สาน แสง โส่ ซุ ถั่น เถ่ง ตีดา ทู ถิ่น ถุน หวิน อี่ ส่อ สิน เอ๊ะ นุ ไหว หนิน"
    ),
)
_OLD_FASHION: Final = 1958  # people born before this year carry the older names


def given(rng: Random, sex: str, birth_year: int) -> str:
    """A given name of the fashion of the year of birth; popular names come back often."""
    if birth_year < _OLD_FASHION:
        tail = _OLD_WOMEN if sex == "2" else _OLD_MEN
        return _pick(rng, _OLD_HEAD, 1.3) + _pick(rng, tail, 1.3)
    head, tail = (_WOMEN_HEAD, _WOMEN_TAIL) if sex == "2" else (_MEN_HEAD, _MEN_TAIL)
    return _pick(rng, head, 1.4) + _pick(rng, tail, 1.4)


def family(rng: Random) -> str:
    """A family name; by Thai law nearly every family has its own."""
    return rng.choice(_FAMILY_HEAD) + rng.choice(_FAMILY_MIDDLE) + rng.choice(_FAMILY_TAIL)


def migrant(rng: Random) -> tuple[str, str]:
    """A name of a neighbouring country as one desk wrote it: Latin or Thai letters, the family name often a dash."""
    return written(rng, syllables(rng), MIGRANT_SPELLINGS[0])


def syllables(rng: Random) -> list[int]:
    """The name of a neighbouring country as its bearer says it: two or three of 32 syllables, by their place."""
    return [rng.randrange(len(_MIGRANT)) for _ in range(rng.randint(2, 3))]


def written(rng: Random, said: list[int], thai: tuple[str, ...]) -> tuple[str, str]:
    """Given and family name as one desk wrote what it heard: 35 % in Latin letters, or in this Thai spelling."""
    words = [_MIGRANT[n].upper() for n in said] if rng.random() < 0.35 else [thai[n] for n in said]
    if rng.random() < 0.5:
        return " ".join(words), rng.choice(("-", "."))
    return words[0], "".join(words[1:])


def place(rng: Random) -> str:
    """A made-up village or facility name."""
    return rng.choice(_FAMILY_HEAD) + rng.choice(_FAMILY_MIDDLE)


def _pick(rng: Random, words: tuple[str, ...], skew: float) -> str:
    return words[int(len(words) * rng.random() ** skew)]
