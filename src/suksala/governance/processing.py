"""The records of processing (PDPA s.39): every purpose for which the exchange handles personal data. Pure data.

A contract test holds them to the code: each purpose of a permit, each flow of an agreement and each table that keeps
personal data is in one of them, and the times below are those that the code goes by.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import NamedTuple

from suksala.registry import Flow


class Term(NamedTuple):
    """The same in Thai and English."""

    th: str
    en: str


@dataclass(frozen=True)
class Processing:
    """One purpose for which personal data are handled.

    code        by which it is known
    bases       sections of the Act on which it rests, of registry.BASES
    subjects    whose data
    data        what of them
    recipients  who gets them
    kept        how long
    where       in which part of the system
    purposes    the purposes of permits that it covers, HL7 ActReason codes
    flows       the flows between parties that it covers
    tables      patterns of the tables that keep its data; the first record that names a table has it
    """

    code: str
    name: Term
    bases: tuple[str, ...]
    subjects: Term
    data: Term
    recipients: Term
    kept: Term
    where: str
    purposes: frozenset[str] = frozenset()
    flows: frozenset[Flow] = frozenset()
    tables: tuple[str, ...] = field(default=())

    def keeps(self, table: str) -> bool:
        """Whether a table holds data of this purpose."""
        return any(re.fullmatch(pattern, table) for pattern in self.tables)


PATIENTS = Term("ผู้รับบริการ", "patients")
RECORD = Term("ประวัติการรักษาพยาบาลและข้อมูลระบุตัว", "health record and demographics")
RECORD_KEPT = Term(
    "เท่าที่หน่วยบริการต้นทางส่งและยังไม่ถอน เวชระเบียนเก็บ 5 ถึง 10 ปีที่ต้นทาง",
    "as long as the sending facility lets it stand; facilities keep records 5 to 10 years",
)
NOT_KEPT = Term("ไม่เก็บสำเนา อ่านจากระเบียนทุกครั้ง", "no copy is kept: read from the record each time")

PROCESSING: tuple[Processing, ...] = (
    Processing(
        "deposit",
        Term("รับแฟ้มมาตรฐานและข้อมูล FHIR จากหน่วยบริการ", "Taking in 43-file deposits and FHIR from facilities"),
        ("24-4", "26-5-a"),
        PATIENTS,
        RECORD,
        Term("ระบบแลกเปลี่ยนเอง", "the exchange itself"),
        Term("zip ต้นฉบับเก็บตามเวชระเบียน แถวที่พักไว้ 30 วัน", "zips as long as records; refused rows for 30 days"),
        "ingest, lake, identity, exchange",
        flows=frozenset({Flow.DEPOSIT}),
        tables=("ingest_.*", "identity_.*", "resource.*", "patient_part", "home_part", "locator", "search_parameter"),
    ),
    Processing(
        "own-record",
        Term("ให้เจ้าของข้อมูลดูและรับสำเนาประวัติของตน", "Letting people read and take a copy of their own record"),
        ("24-6", "26"),
        PATIENTS,
        RECORD,
        Term("เจ้าของข้อมูลและผู้แทนโดยชอบธรรม", "the person and legal representatives"),
        NOT_KEPT,
        "phr, portals.citizen",
        purposes=frozenset({"PATRQT"}),
    ),
    Processing(
        "treatment",
        Term("การรักษาพยาบาลโดยหน่วยบริการที่ดูแล", "Care by the facilities that treat the person"),
        ("24-4", "26-5-a"),
        PATIENTS,
        RECORD,
        Term("ผู้ประกอบวิชาชีพของหน่วยบริการที่ดูแล", "health professionals of the treating facility"),
        NOT_KEPT,
        "consent, exchange, portals.clinician",
        purposes=frozenset({"TREAT"}),
    ),
    Processing(
        "registration",
        Term("การลงทะเบียนผู้รับบริการและตรวจสิทธิการรักษา", "Registering patients and looking up what covers their care"),
        ("24-4", "26-5-a"),
        PATIENTS,
        Term(
            "ข้อมูลบุคคล ผู้เกี่ยวข้อง และสิทธิการรักษา ไม่มีข้อมูลการรักษา",
            "who they are, who is related, what covers care; nothing clinical",
        ),
        Term("เจ้าหน้าที่เวชระเบียนของหน่วยบริการนั้น", "registration clerks of that facility"),
        NOT_KEPT,
        "consent, portals.clerk",
        purposes=frozenset({"PATADMIN"}),
    ),
    Processing(
        "emergency",
        Term("การเปิดดูฉุกเฉินเมื่อชีวิตเป็นอันตราย", "Emergency opening when life is in danger"),
        ("24-2", "26-1"),
        PATIENTS,
        Term("ชุดข้อมูลฉุกเฉิน หรือทั้งหมดเมื่อยืนยันซ้ำ", "the emergency set, or all of it when confirmed again"),
        Term("แพทย์ผู้ขอเปิดเพียงผู้เดียว", "the one professional who opened it"),
        Term("72 ชั่วโมง แล้วทำลายกุญแจ", "72 hours, then the key is destroyed"),
        "consent, portals.clinician",
        purposes=frozenset({"ETREAT"}),
        tables=("consent_(grant|copy|notice|lock)",),
    ),
    Processing(
        "team",
        Term("การจัดระบบดูแลของทีมสุขภาพอำเภอ", "Managing care by district health teams"),
        ("24-4", "26-5-a"),
        PATIENTS,
        Term("รายชื่อผู้ต้องติดตามและตัวชี้วัด ไม่รวมข้อมูลอ่อนไหวพิเศษ", "people to follow and figures, sensitive classes left out"),
        Term("ทีมสุขภาพของอำเภอนั้น", "the health team of that district"),
        NOT_KEPT,
        "warehouse, portals.district",
        purposes=frozenset({"HOPERAT"}),
        tables=("warehouse_.*",),
    ),
    Processing(
        "public-health",
        Term("การเฝ้าระวังและควบคุมโรคติดต่อ", "Surveillance and control of communicable disease"),
        ("24-4", "26-5-b"),
        PATIENTS,
        Term("รายงานโรคตามกฎหมาย", "reports of disease that the law names"),
        Term("เจ้าพนักงานควบคุมโรคติดต่อ", "communicable disease control officers"),
        NOT_KEPT,
        "consent, exchange",
        purposes=frozenset({"PUBHLTH"}),
    ),
    Processing(
        "line-lists",
        Term("รวมรายชื่อผู้ติดเชื้อของหลายหน่วยงานในภาวะวิกฤต", "Joining agencies' line lists in a crisis"),
        ("24-4", "26-5-b"),
        PATIENTS,
        Term("ชื่อ เลขประจำตัว โทรศัพท์ อายุ อำเภอ และสถานะ", "names, numbers, telephones, ages, districts and statuses"),
        Term(
            "ทีมอำเภอที่โทรตาม และหน่วยงานเจ้าของแถวซึ่งได้เพียงแถวของตน",
            "district teams that call, and each agency its own rows only",
        ),
        Term("เท่าเวชระเบียน 5 ถึง 10 ปี", "as records of care are, 5 to 10 years"),
        "lists, portals.district",
        flows=frozenset({Flow.LINE_LISTS, Flow.CARE_STATUS}),
        tables=("lists_.*",),
    ),
    Processing(
        "exchange",
        Term("แลกเปลี่ยนกับระบบของหน่วยบริการผ่าน FHIR", "Exchange with facilities' systems over FHIR"),
        ("24-4", "26-5-a"),
        PATIENTS,
        RECORD,
        Term("ระบบของหน่วยบริการที่มีข้อตกลงมีผล", "systems of facilities with an agreement in force"),
        Term("แฟ้มส่งออก 24 ชั่วโมง นอกนั้นไม่เก็บสำเนา", "export files for 24 hours, else no copy"),
        "exchange, signin",
        purposes=frozenset({"HSYSADMIN"}),
        flows=frozenset({Flow.EXCHANGE}),
        tables=("bulk_.*", "subscription.*", "signin_(client|token|assertion).*", "signin_oauth.*", "client_usage"),
    ),
    Processing(
        "release",
        Term("ชุดข้อมูลสถิติและวิจัยที่ระบุตัวบุคคลไม่ได้", "Data sets for statistics and research that identify nobody"),
        ("24-1", "26-5-d"),
        PATIENTS,
        Term("ค่ารวมที่ผ่านเกณฑ์จำนวนขั้นต่ำ", "aggregates above the least cell size"),
        Term("ผู้รับตามข้อตกลง", "receivers of an agreement"),
        Term("ไม่มีข้อมูลส่วนบุคคลในชุดข้อมูล", "no personal data in what is released"),
        "warehouse",
        flows=frozenset({Flow.RELEASE}),
    ),
    Processing(
        "sharing",
        Term("ความยินยอมและตัวแทนของเจ้าของข้อมูล", "Consents of people, and who acts for them"),
        ("19", "26"),
        Term("เจ้าของข้อมูลและผู้แทน", "people and their representatives"),
        Term("สิ่งที่ยินยอมหรือไม่ยินยอม ความสัมพันธ์", "what they agreed to or not; relationship"),
        Term("ผู้ที่ความยินยอมระบุ", "those whom the consent names"),
        Term("ทุกรุ่นตลอดอายุเวชระเบียน เพื่อพิสูจน์", "every version as long as the record, as proof"),
        "consent, phr",
        tables=("consent_.*", "phr_.*"),
    ),
    Processing(
        "staff",
        Term("ทะเบียนผู้ประกอบวิชาชีพและที่ทำงาน", "The register of practitioners and where they work"),
        ("24-4",),
        Term("บุคลากรสาธารณสุข", "health personnel"),
        Term("ชื่อ ใบอนุญาต ตำแหน่ง เลขประจำตัวแบบปิดผนึก", "names, licences, roles; national number sealed"),
        Term("ชื่อและคุณวุฒิเปิดเผย เลขใดๆ ไม่เปิดเผย", "names and qualifications are public, numbers are not"),
        Term("ตลอดเวลาที่บันทึกการเข้าถึงอ้างถึง", "as long as the audit log refers to them"),
        "registry",
        tables=("registry_.*",),
    ),
    Processing(
        "sign-in",
        Term("การพิสูจน์ตัวผู้เข้าใช้", "Knowing who signs in"),
        ("24-4", "24-6"),
        Term("ผู้ใช้ทุกบทบาท", "users of every role"),
        Term(
            "ชื่อเข้าใช้ บทบาท การเข้าใช้ อุปกรณ์ยืนยันตัว เบอร์มือถือที่ประชาชนลงไว้",
            "login, role, sessions, authenticators, the mobile number that a citizen left",
        ),
        Term(
            "ผู้ให้บริการ SMS ของผู้ดูแลระบบ (ถ้าตั้งไว้) ได้รับเบอร์กับข้อความ นอกนั้นไม่ส่งให้ผู้ใด",
            "the operator's SMS gateway, where one is set up: the number and the text; otherwise nobody",
        ),
        Term(
            "ตลอดเวลาที่บัญชีใช้งาน การเข้าใช้ครั้งหนึ่งไม่เกิน 12 ชั่วโมง ข้อความ SMS จนส่งแล้ว ว่าเคยส่ง 1 วัน",
            "while the account is used; a session for 12 hours at most; a text until it is sent, that it was for a day",
        ),
        "signin",
        tables=("signin_.*", "account_.*", "mfa_.*", "socialaccount_.*", "django_session"),
    ),
    Processing(
        "audit",
        Term("บันทึกว่าใครเปิดดูอะไร และตรวจการแอบดู", "Logging who opened what, and looking for curiosity"),
        ("24-6", "26-5-a"),
        Term("ผู้รับบริการและผู้ใช้", "patients and users"),
        Term("ผู้กระทำ การกระทำ เวลา เหตุผล ไม่มีเนื้อหาทางคลินิก", "actor, act, moment, reason; nothing clinical"),
        Term(
            "เจ้าของข้อมูล เจ้าหน้าที่คุ้มครองข้อมูล พยานได้เฉพาะค่าแฮช", "the person, privacy officers; witnesses get hashes only"
        ),
        Term("11 ปี", "11 years"),
        "audit, privacy",
        tables=("audit.*", "privacy_.*"),
    ),
    Processing(
        "duties",
        Term("ทะเบียนเหตุละเมิดและหน้าที่ตามกฎหมาย", "The breach register and duties of the Act"),
        ("24-6",),
        Term("ผู้บันทึก", "who registered it"),
        Term("เหตุการณ์ เวลา จำนวน ไม่มีชื่อผู้เสียหาย", "what happened, when, how many; no names of those affected"),
        Term("สำนักงานคณะกรรมการคุ้มครองข้อมูลส่วนบุคคล", "the Personal Data Protection Committee's office"),
        Term("ถาวร", "for good"),
        "governance",
        tables=("governance_.*",),
    ),
)

# What s.39 asks for once for all purposes: rights and how to use them, and the measures of s.37(1).
RIGHTS = Term(
    "ดูได้ทันทีที่หน้าประวัติของฉัน (ม.30) ขอสำเนา โอนย้าย คัดค้าน ระงับ แก้ไข หรือลบ ยื่นที่หน้าบัญชีของฉัน ตอบภายใน 30 วัน (ม.30 ถึง 36)",
    "reading at once on the page My record (s.30); copy, portability, objection, restriction, correction, erasure: "
    "asked for on the page My account, answered within 30 days (s.30-36)",
)
MEASURES = Term(
    "เปิดได้เมื่อมีสิทธิเท่านั้น ทุกการเปิดบันทึกในบันทึกที่แก้ไม่ได้ เลขประจำตัวปิดผนึก ยืนยันตัวซ้ำก่อนงานสำคัญ",
    "nothing opens without a permit; every opening is in a log that nobody can rewrite; numbers are sealed; step-up",
)


def covering(table: str) -> Processing | None:
    """The purpose for which a table is kept; None for one that no record names."""
    return next((record for record in PROCESSING if record.keeps(table)), None)
