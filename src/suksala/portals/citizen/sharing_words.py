"""What the sharing pages say: parts of the record, sensitive classes and decisions, in words that everybody knows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from suksala import consent
from suksala.consent import Consent, Proof, Relation, Right, Section, Standing, State
from suksala.portals import facilities
from suksala.portals.texts import Text, t

SECTIONS: dict[Section, Text] = {
    Section.VISITS: Text("ไปหาหมอที่ไหน เมื่อไร", "Visits and admissions"),
    Section.CONDITIONS: Text("โรคและการวินิจฉัย", "Conditions and diagnoses"),
    Section.MEDICINES: Text("ยาที่ได้รับ", "Medicines"),
    Section.ALLERGIES: Text("แพ้ยา แพ้อาหาร", "Allergies"),
    Section.RESULTS: Text("ผลตรวจเลือด ความดัน เอกซเรย์", "Test results and measurements"),
    Section.VACCINES: Text("วัคซีน", "Vaccines"),
    Section.PROCEDURES: Text("การผ่าตัดและหัตถการ", "Operations and procedures"),
    Section.APPOINTMENTS: Text("นัดหมายและแผนการดูแล", "Appointments and care plans"),
}
LABELS: dict[str, Text] = {
    "MENTAL_HEALTH": Text("สุขภาพจิต", "Mental health"),
    "HIV": Text("เอชไอวี", "HIV"),
    "SEXUAL_VIOLENCE": Text("ความรุนแรงทางเพศและในครอบครัว", "Sexual and domestic violence"),
    "ADOLESCENT": Text("เรื่องเฉพาะของวัยรุ่น", "Confidential adolescent care"),
    "ADDICTION": Text("สุราและสารเสพติด", "Alcohol and substance use"),
}
STATES: dict[State, Text] = {
    State.GIVEN: Text("ให้ดู", "Opened"),
    State.REFUSED: Text("ปิด", "Closed"),
    State.WITHDRAWN: Text("เลิก", "Ended"),
    State.EXPIRED: Text("หมดเวลา", "Ran out"),
    State.PAUSED: Text("พักไว้", "Paused"),
}
RELATIONS: dict[str, Text] = {
    "self": Text("ท่านเอง", "You"),
    Relation.CHILD: Text("บิดา มารดา หรือผู้ปกครอง", "A parent"),
    Relation.WARD: Text("ผู้อนุบาลหรือผู้พิทักษ์ตามคำสั่งศาล", "A guardian named by a court"),
    Relation.DELEGATE: Text("ผู้ที่ได้รับมอบให้ดูแลแทน", "Somebody asked to help"),
}
RIGHTS: dict[Right, Text] = {
    Right.VIEW: Text("ดูประวัติ", "See the record"),
    Right.BOOK: Text("นัดหมายแทน", "Make appointments"),
    Right.CONSENT: Text("ตัดสินใจแทนว่าให้ใครดู", "Decide who else may see"),
}
PROOFS: dict[Proof, Text] = {
    Proof.BIRTH_CERTIFICATE: Text("สูติบัตร", "Birth certificate"),
    Proof.HOUSE_REGISTRATION: Text("ทะเบียนบ้าน", "House registration"),
    Proof.ADOPTION: Text("ทะเบียนรับบุตรบุญธรรม", "Adoption registration"),
    Proof.COURT_ORDER: Text("คำสั่งศาล", "Court order"),
}
STANDINGS: dict[Standing, Text] = {
    Standing.COUNTS: Text("มีผล", "In force"),
    Standing.ASK_AGAIN: Text("พักไว้ รอเจ้าของประวัติซึ่งอายุครบ 15 ปีตอบ", "Paused: the person is 15 and has to agree"),
    Standing.RESTORED: Text(
        "พักไว้เพราะกู้คืนระบบ รอเจ้าของประวัติยืนยัน หรือแสดงเอกสารที่หน่วยบริการอีกครั้ง",
        "Paused, for the system was restored: the person has to agree, or a document is shown at a facility again",
    ),
    Standing.ENDED: Text("เลิกแล้ว", "Ended"),
    Standing.EXPIRED: Text("หมดเวลาแล้ว", "Ran out"),
    Standing.OF_AGE: Text("สิ้นสุดเมื่ออายุครบ 20 ปี", "Ended at the age of 20"),
    Standing.DEATH: Text("สิ้นสุดเมื่อเจ้าของประวัติเสียชีวิต", "Ended with the person's death"),
}


@dataclass(frozen=True)
class Told:
    """One consent or refusal as the page tells it."""

    consent: Consent
    who: str
    what: str
    hidden: tuple[str, ...]
    opened: tuple[str, ...]

    @property
    def number(self) -> int:
        """Its number."""
        return self.consent.id

    @property
    def name(self) -> str:
        """Its id in the log and over FHIR."""
        return consent.resource_id_of(self.consent)


def may_tell(found: Consent, unseen: frozenset[str]) -> bool:
    """Whether a decision is told to somebody who does not see these sensitive classes: a closing that names one tells
    that there is something.
    """
    return found.base.permit or not found.base.labels & unseen


def told(found: Consent, unseen: frozenset[str] = frozenset()) -> Told:
    """A decision in plain words: who, what, what is left out, which sensitive classes are opened.

    unseen  classes of which the reader is not told
    """
    base = found.base
    hidden = [str(SECTIONS[s]) for e in found.exceptions for s in _named(e)]
    unnamed = {label for e in found.exceptions if not e.permit for label in e.labels}
    hidden += [label_name(label) for label in sorted(unnamed - unseen)]
    opened = [label_name(label) for label in sorted(base.labels - unnamed - unseen)] if base.permit else []
    return Told(found, _who(found), _what(found), tuple(hidden), tuple(opened))


def opens_more(found: Consent, seen: Iterable[Section], labels: Iterable[str]) -> bool:
    """Whether a change of what a consent leaves out would show something that is hidden now."""
    hidden = {s for e in found.exceptions for s in _named(e)}
    unnamed = {label for e in found.exceptions if not e.permit for label in e.labels}
    return bool(hidden & set(seen) or unnamed & set(labels))


def _named(choice: consent.Choice) -> list[Section]:
    """The parts that an exception closes; none for one about sensitive classes."""
    return [s for s in Section if choice.types and not choice.permit and choice.types & consent.TYPES[s]]


def _who(found: Consent) -> str:
    if not found.base.receivers:
        return t("ทุกแห่งนอกจากที่รักษาท่านอยู่", "Every other facility")
    names = [str(facilities.name(r.code)) if r.kind == "facility" else r.code for r in sorted(found.base.receivers)]
    return ", ".join(names)


def _what(found: Consent) -> str:
    base = found.base
    if base.labels and not base.permit:
        return ", ".join(label_name(label) for label in sorted(base.labels))
    if not base.types:
        return t("ประวัติทั้งหมด", "The whole record")
    return ", ".join(str(SECTIONS[s]) for s in Section if s in base.sections)


def label_name(label: str) -> str:
    """A sensitive class in words."""
    return str(LABELS.get(label, Text(label, label)))
