"""What a person reads before deciding, in both languages, kept by its digest for ever: a consent names the text it was
given to (PDPA s.19: in plain words, apart from other matters). Pure.

A text is never changed in place: a new wording is a new version, and the old one stays below it.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256


@dataclass(frozen=True, slots=True)
class ConsentText:
    """One wording.

    name     what it asks: `share` (open to a facility), `refuse` (open to nobody), `represent` (let somebody act)
    version  from 1
    """

    name: str
    version: int
    th: str
    en: str

    @property
    def digest(self) -> str:
        """SHA-256 over both wordings, 64 hexadecimal digits: what a consent keeps."""
        return sha256(f"{self.name}\n{self.version}\n{self.th}\n{self.en}".encode()).hexdigest()


TEXTS = (
    ConsentText(
        "share",
        1,
        "ข้าพเจ้ายินยอมให้หน่วยบริการที่เลือกเปิดดูประวัติสุขภาพของข้าพเจ้าเฉพาะส่วนที่เลือก เพื่อการรักษาข้าพเจ้าเท่านั้น "
        "ทุกครั้งที่มีการเปิดดูจะบันทึกไว้และข้าพเจ้าดูได้ ข้าพเจ้าเลิกให้ดูได้ทุกเมื่อด้วยการกดครั้งเดียว มีผลทันที "
        "การไม่ยินยอมหรือเลิกยินยอมไม่ทำให้ข้าพเจ้าเสียสิทธิการรักษา",
        "I consent to the chosen facility opening the chosen parts of my health record, only to treat me. Every "
        "opening is recorded and I can see it. I can stop this at any time with one press, at once. Refusing or "
        "stopping does not take away my right to care.",
    ),
    ConsentText(
        "refuse",
        1,
        "ข้าพเจ้าไม่ให้หน่วยบริการอื่นเปิดดูข้อมูลที่เลือก หน่วยบริการที่รักษาข้าพเจ้ายังเห็นข้อมูลที่ตนเองบันทึก "
        "และแพทย์ยังเปิดดูได้เมื่อข้าพเจ้าฉุกเฉินถึงชีวิตและบอกไม่ได้ ซึ่งข้าพเจ้าจะได้รับแจ้งทุกครั้ง",
        "I do not let other facilities open the chosen data. A facility that treats me still sees what it recorded "
        "itself, and a doctor may still open it when my life is in danger and I cannot answer, of which I am told "
        "every time.",
    ),
    ConsentText(
        "represent",
        1,
        "ข้าพเจ้าให้บุคคลที่ระบุดูและจัดการประวัติสุขภาพแทนข้าพเจ้าตามที่เลือก จนถึงวันที่กำหนด ข้าพเจ้าเห็นทุกครั้งที่เขาเปิดดู "
        "และเลิกได้ทุกเมื่อด้วยการกดครั้งเดียว",
        "I let the named person see and manage my health record for me as chosen, until the given day. I see every "
        "time they open it and can end this at any time with one press.",
    ),
)


def newest(name: str) -> ConsentText:
    """The wording that is shown now.

    >>> newest("share").version
    1
    """
    return max((text for text in TEXTS if text.name == name), key=lambda text: text.version)


def of_digest(digest: str) -> ConsentText | None:
    """The wording that a consent was given to; None for a text kept elsewhere (a paper, another system)."""
    return next((text for text in TEXTS if text.digest == digest), None)
