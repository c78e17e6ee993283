"""Whom the program speaks with of its own accord, and how fast its packages are mended, as lists. Pure data.

Printed into docs/reference (`make docs`); a contract test finds every place in the code that opens a connection and
fails for one that stands nowhere here. Source: ASVS 5 V13.1.1, V15.1.1; decisions 0145, 0148.
"""

from __future__ import annotations

from dataclasses import dataclass

from .processing import Term


@dataclass(frozen=True)
class Peer:
    """Somebody outside this process whom it connects to.

    code      by which it is known
    who       what it is, and what it is told or asked
    protocol  how it is spoken with, and by what it proves itself
    when      what makes the program connect
    address   who says where it is: nobody else can
    limit     how long is waited, with the code's own numbers
    without   what happens while it does not answer
    places    the modules that open the connection, below suksala
    """

    code: str
    who: Term
    protocol: str
    when: Term
    address: str
    limit: str
    without: Term
    places: tuple[str, ...]


@dataclass(frozen=True)
class Mending:
    """Within how many days of its publication a weakness of a package is mended where Suksala runs.

    lowest  the lowest score of the severity, of 10 (CVSS 4.0); the highest is below that of the one before
    days    until the mended version is pinned and installed, or the weakness is shown not to be reached
    """

    severity: str
    lowest: float
    days: int


PEERS: tuple[Peer, ...] = (
    Peer(
        "database",
        Term("ฐานข้อมูล PostgreSQL ทุกอย่างที่เก็บ", "PostgreSQL: all that is stored"),
        "PostgreSQL by a unix socket (embedded), or as DATABASE_URL says; to another machine by `sslmode=verify-full`",
        Term("ตลอดเวลาที่ทำงาน", "always: each thread holds one connection"),
        "`suksala up` (embedded), or the operator: DATABASE_URL",
        "10 s for the first contact with the server of DATABASE_URL; searches end by a statement timeout",
        Term("ตอบ 503 ไม่เปิดเผยอะไร", "answers are 503, and nothing is opened"),
        ("foundation/django_settings.py", "operations/cluster.py", "operations/database.py", "operations/dumping.py"),
    ),
    Peer(
        "providers",
        Term(
            "ผู้ให้บริการยืนยันตัวตน ThaiD, Provider ID, โรงพยาบาล",
            "identity providers (ThaiD, Provider ID, hospitals): who signs in; told our client secret and a code",
        ),
        "HTTPS, OpenID Connect; certificates are checked, no redirect is followed",
        Term("เมื่อมีผู้เข้าใช้ผ่านผู้ให้บริการ", "when somebody signs in through one, and for its keys"),
        "the operator: the file of SUKSALA_PROVIDERS",
        "5 s to connect, 10 s for each read; at most 1,000,000 bytes",
        Term("บอกผู้ใช้ให้ลองใหม่ วิธีอื่นยังใช้ได้", "the reader is told to try again; other ways of signing in go on"),
        ("signin/provider_http.py",),
    ),
    Peer(
        "receivers",
        Term(
            "ระบบที่ขอรับแจ้งผ่าน Subscription",
            "receivers of subscriptions: told what changed, as far as the client may see",
        ),
        "HTTPS POST (HTTP within this machine), signed; certificates are checked, no redirect is followed; the address "
        "that was looked at",
        Term("เมื่อมีสิ่งที่ขอรับแจ้งเปลี่ยนแปลง", "when something changes that a Subscription watches"),
        "a client: its Subscription; only among the hosts and networks that the operator named: SUKSALA_WEBHOOK_HOSTS",
        "5 s for each step, 10 s in all",
        Term("ลองใหม่ เว้นช่วงยาวขึ้น", "tried again after longer and longer pauses; events stay in `$events`"),
        ("exchange/delivering.py", "foundation/reaching.py"),
    ),
    Peer(
        "sms-gateway",
        Term(
            "ผู้ให้บริการ SMS ของผู้ดูแลระบบ ได้รับเบอร์มือถือและข้อความที่ไม่บอกชื่อ โรค หรือหน่วยบริการ",
            "the operator's SMS gateway: told a mobile number and a text that names nobody, no illness, no facility",
        ),
        "HTTPS POST of JSON (HTTP within this machine), signed, with the secret that the gateway gave; certificates "
        "are checked, no redirect is followed; the address that was looked at",
        Term("เมื่อมีรหัสหรือข้อความแจ้ง", "when a code, or news of an account or a record, is to be sent"),
        "the operator: SUKSALA_SMS_GATEWAY, with the network of one that stands inside; without it none is sent",
        "5 s for each step, 10 s in all",
        Term(
            "ลองใหม่ เว้นช่วงยาวขึ้น รหัสเลิกส่งเมื่อครบ 5 นาที วิธีเข้าอื่นและหน้าเว็บใช้ได้ตามปกติ",
            "tried again after longer and longer pauses, a code for 5 minutes; other ways in and all pages go on",
        ),
        ("signin/sms_gateway.py",),
    ),
    Peer(
        "witnesses",
        Term(
            "พยานของบันทึกการเข้าถึง ได้รับจุดตรวจสอบเท่านั้น",
            "witnesses of the audit log: told checkpoints (a number and a hash), asked for a co-signature",
        ),
        "HTTPS POST (HTTP within this machine), C2SP tlog-witness; proven by Ed25519 keys, no redirect is followed",
        Term("เมื่อมีจุดตรวจสอบใหม่", "when the log has a new checkpoint"),
        "the operator: SUKSALA_AUDIT_WITNESSES",
        "5 s for each step, 10 s in all once connected",
        Term(
            "ลองใหม่ หลัง 4 ชั่วโมงหยุดเปิดข้อมูลข้ามหน่วยบริการ",
            "tried again; after 4 hours without a quorum of them, records of other facilities stay closed",
        ),
        ("audit/witnesses.py",),
    ),
    Peer(
        "scanner",
        Term(
            "โปรแกรมตรวจหาไวรัส ClamAV ของเครื่องนี้ ได้รับไฟล์ที่แนบในทรัพยากร",
            "this machine's ClamAV: told the files inside resources, asked whether they are malicious",
        ),
        "clamd's INSTREAM over a unix socket",
        Term("เมื่อมีการเขียนทรัพยากรที่มีไฟล์", "when a resource with a file in it is written"),
        "the operator: SUKSALA_CLAMD; without it nobody is asked",
        "10 s for each step",
        Term("ไม่รับทรัพยากรนั้น ตอบ 503", "the resource is not taken: 503"),
        ("foundation/scanning.py",),
    ),
    Peer(
        "front",
        Term(
            "ที่อยู่สาธารณะของตนเอง ผ่านเว็บเซิร์ฟเวอร์ด้านหน้า",
            "its own public address, through the web server in front: whether strangers trust its certificate",
        ),
        "TLS 1.2 or newer; nothing is asked",
        Term("เมื่อเรียก suksala doctor", "when `suksala doctor` looks"),
        "the operator: SUKSALA_PUBLIC_URL",
        "10 s for each step",
        Term("doctor เตือน", "`suksala doctor` warns"),
        ("operations/certificate.py",),
    ),
    Peer(
        "itself",
        Term("เว็บเซิร์ฟเวอร์ของตนเอง", "its own web server: whether it answers, and whether its port is free"),
        "HTTP on the address that it serves at",
        Term("เมื่อเริ่มทำงาน", "when `suksala up` starts"),
        "the operator: `--host`, `--port`",
        "10 s for each try",
        Term("บอกว่าเริ่มไม่ได้และดูได้ที่ใด", "it says that it does not start, and where to look"),
        ("operations/supervise.py",),
    ),
)

EXPLOITED_DAYS = 2  # used by attackers already, whatever its score
OTHERWISE_DAYS = 90  # every package is brought up to date so often, with or without a weakness
MENDED: tuple[Mending, ...] = (
    Mending("critical", 9.0, 2),
    Mending("high", 7.0, 7),
    Mending("medium", 4.0, 30),
    Mending("low", 0.1, 90),
)
