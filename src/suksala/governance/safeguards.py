"""What an auditor asks for as lists: privacy classes and what each demands, every key, every log. Pure data.

Printed into docs/reference (`make docs`); contract tests hold the lists to the code: a purpose that a key is derived
for, a key file, a log or a class of a column that stands nowhere here fails them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from .processing import Term


@dataclass(frozen=True)
class Demand:
    """What storing or showing a column of a class asks for.

    code  by which the tests that prove it are found (tests/contracts/test_safeguards.py)
    """

    code: str
    says: Term


@dataclass(frozen=True)
class PrivacyClass:
    """A class that stands in the comment of a column, `<code>: meaning`.

    adds  what it demands beyond the classes before it
    """

    code: str
    means: Term
    adds: tuple[Demand, ...]


@dataclass(frozen=True)
class Key:
    """A key or secret of an installation.

    code    by which it is known
    kind    algorithm and length
    guards  what is lost with it, or open to who has it
    place   where it lies, and who may read it
    turned  how it is replaced, and what that costs; when it ends by itself
    """

    code: str
    kind: str
    guards: Term
    place: str
    turned: Term


@dataclass(frozen=True)
class Log:
    """A place where events are written down.

    holds    what of an event
    place    where it lies
    kept     how long
    readers  who reads it, and by which door
    """

    code: str
    holds: Term
    place: str
    kept: Term
    readers: Term


CLASSES: tuple[PrivacyClass, ...] = (
    PrivacyClass(
        "technical",
        Term("ไม่บอกอะไรเกี่ยวกับบุคคล", "says nothing about a person: counters, moments, states of our own"),
        (
            Demand(
                "inside", Term("ฐานข้อมูลไม่ฟังเครือข่าย โฟลเดอร์ปิด", "the database listens on no network, folders are closed")
            ),
            Demand(
                "no-log-value", Term("ล็อกมีเฉพาะรหัสและจำนวน", "logs of the programs hold codes and counts, no value")
            ),
        ),
    ),
    PrivacyClass(
        "key",
        Term("รหัสที่ชี้ถึงบุคคลในระบบนี้เท่านั้น", "points to a person, within this installation only"),
        (
            Demand(
                "opaque", Term("ภายนอกเห็นเพียงรหัสทึบที่เดาไม่ได้", "outside only an opaque id is seen, which is not guessed")
            ),
        ),
    ),
    PrivacyClass(
        "quasi",
        Term("ร่วมกับข้อมูลอื่นอาจบอกตัวบุคคล", "may tell a person together with other facts: facility, birth date, sex, area"),
        (
            Demand(
                "permit", Term("อ่านได้เมื่อมีสิทธิเท่านั้น", "read by a permit only; what it hides changes no byte of an answer")
            ),
            Demand("small-cells", Term("ค่าที่น้อยเกินไปไม่เปิดเผย", "small counts are kept from public pages")),
        ),
    ),
    PrivacyClass(
        "direct",
        Term("บอกตัวบุคคลได้เอง", "tells a person by itself: name, number, address, login"),
        (
            Demand(
                "sealed",
                Term(
                    "เลขประจำตัวปิดผนึก ค้นด้วยแฮชมีกุญแจ", "a national number in a column is sealed, and found by keyed hash"
                ),
            ),
            Demand("no-address", Term("ไม่อยู่ในที่อยู่เว็บ ไม่อยู่ในแคช", "not in addresses of pages, kept by no cache")),
            Demand(
                "audited",
                Term("ทุกการอ่านอยู่ในบันทึกก่อนส่งคำตอบ", "every reading of a record is in the log before the answer leaves"),
            ),
        ),
    ),
    PrivacyClass(
        "sensitive",
        Term("สุขภาพ (ม.26) หรือความลับที่ใช้เข้าระบบ", "health (s.26), words about a person, or a secret that opens a door"),
        (
            Demand(
                "labels", Term("กลุ่มโรคอ่อนไหวเปิดเมื่อระบุเท่านั้น", "sensitive classes open only where a permit names them")
            ),
            Demand(
                "secret",
                Term("ความลับเก็บเป็นแฮชหรือปิดผนึก", "a secret is kept as digest, keyed digest or sealed, never as it is"),
            ),
            Demand(
                "shredded",
                Term("สำเนาฉุกเฉินถูกทำลายพร้อมกุญแจ", "a copy of an emergency is unreadable once its key is destroyed"),
            ),
            Demand(
                "purpose",
                Term("มีบันทึกวัตถุประสงค์และเวลาเก็บ", "a record of processing names its purpose and how long it is kept"),
            ),
        ),
    ),
)

# Tables of libraries, whose columns bear no comment; each class covers all columns of the tables that match.
LIBRARY_TABLES = (
    (re.compile(r"django_(migrations|content_type|session)"), "technical"),
    (re.compile(r"auth_(group|permission|group_permissions)"), "technical"),
    (re.compile(r"procrastinate_\w+"), "technical"),
    (re.compile(r"account_email(address|confirmation)"), "technical"),  # django-allauth's; empty: no e-mail is sent
    (re.compile(r"mfa_authenticator"), "sensitive"),  # django-allauth's: public keys, sealed secrets
    (re.compile(r"signin_account_(groups|user_permissions)"), "technical"),
)
WITHOUT_MODEL = ("auth_group_permissions", "django_migrations", "signin_cache")  # technical, every column

MASTER_TURNED = Term(
    "suksala keys turn สิ่งที่ปิดผนึกอยู่ใต้กุญแจใหม่ ผู้ใช้เข้าใช้ใหม่ ส่วนแฮชและรหัสคงเดิมตามกุญแจแรก",
    "`suksala keys turn`: what is sealed comes under the new key, everybody signs in anew; hashes and ids stay those "
    "of the first key (how-to/turn-the-master-key.md). Where the first leaked together with a copy of the database, "
    "restore into a new installation from the deposits: every id changes",
)
KEYS: tuple[Key, ...] = (
    Key(
        "master",
        "64 random bytes; from the first BLAKE2b keys of 32 bytes a purpose, from each one AES-SIV-512 key that seals",
        Term(
            "เลขประจำตัวที่ปิดผนึก แฮชสำหรับค้น รหัส FHIR คุกกี้และแบบฟอร์ม",
            "sealed numbers and secrets, hashes that find people, FHIR ids, sessions and forms (table below)",
        ),
        "`<data>/keys/master.key`, then `master-2.key` ... (0600), or SUKSALA_MASTER_KEY; in no backup of the database",
        MASTER_TURNED,
    ),
    Key(
        "audit",
        "Ed25519, the first 32 of 64 random bytes",
        Term(
            "จุดตรวจสอบของบันทึกการเข้าถึง", "checkpoints of the audit log, co-signatures for others, deletion certificates"
        ),
        "`<data>/keys/audit.key` (0600)",
        Term(
            "ย้ายแฟ้มไปเก็บ เริ่มใหม่ภายใต้ SUKSALA_AUDIT_NAME ใหม่ แจ้งพยาน",
            "move the file away, start under a new name, tell the witnesses (how-to/prove-the-audit-log.md)",
        ),
    ),
    Key(
        "openid",
        "ES384 (P-384), from 64 random bytes; its kid is its thumbprint",
        Term(
            "id_token ของแอป และคำแจ้งเตือนที่ส่งออก",
            "id_tokens, by which apps know who signed in, and notifications, by which receivers know who tells",
        ),
        "`<data>/keys/openid.key` (0600); its public half at the address jwks_uri of the discovery document",
        Term("ย้ายแฟ้มแล้วเริ่มใหม่ แอปอ่านกุญแจใหม่เอง", "move the file away and start again: apps read the new public key"),
    ),
    Key(
        "emergency",
        "AES-256-GCM, 32 random bytes for each emergency opening",
        Term("สำเนาของการเปิดฉุกเฉินหนึ่งครั้ง", "the copy of one emergency opening"),
        "`<data>-epoch-keys/` beside the data folder, or SUKSALA_EPOCH_KEYS (0700, files 0600); in no backup at all",
        Term(
            "สิ้นสุดเองใน 72 ชั่วโมง ทำลายทั้งหมดด้วย suksala grants shred-now",
            "ends by itself after 72 hours; all at once by `suksala grants shred-now`",
        ),
    ),
    Key(
        "backup",
        "X25519; each copy has an AES-256-GCM key of its own, sealed by HPKE (RFC 9180) for the public half",
        Term("สำเนาสำรองทั้งหมดที่เครื่องที่สามเก็บไว้", "every copy that the third machine keeps: the whole record"),
        "the public half in the file of SUKSALA_BACKUP_KEY; the private half in two safes, on no server",
        Term(
            "ทำคู่ใหม่ด้วย suksala backup key สำเนาเก่าอ่านด้วยกุญแจเก่า",
            "`suksala backup key` makes a new pair; older copies open with the older one (how-to/keep-a-third-copy.md)",
        ),
    ),
    Key(
        "client-public",
        "ES384 or RS384 public keys (JWK), RSA of 2048 bits or more",
        Term(
            "ระบบที่พิสูจน์ตัวด้วย private_key_jwt",
            "programs that prove themselves by signed assertions; public, but must not be swapped",
        ),
        "column signin_client.jwks; the private half is the program's own",
        Term(
            "suksala client add --jwks อีกครั้ง", "`suksala client add --jwks` again replaces them; `suksala client end`"
        ),
    ),
    Key(
        "tokens",
        "256 random bits; kept as SHA-256",
        Term("สิ่งที่โทเค็นเปิดได้", "what a client's or an app's token opens"),
        "columns named digest and code of signin_*; the token itself is kept nowhere",
        Term(
            "โทเค็นระบบ 5 นาทีด้วยกุญแจ ที่ออกให้ลองใช้ไม่เกิน 60 นาที แอป 15 นาที รีเฟรชใช้ครั้งเดียว",
            "clients' 5 minutes by a key, 60 at most without; apps' 15 minutes; refresh tokens count once; "
            "`suksala client end`",
        ),
    ),
    Key(
        "passwords",
        "Argon2id (RFC 9106) with a salt each, figures of the OWASP sheet inside the text",
        Term("บัญชีที่ใช้รหัสผ่านกับรหัสครั้งเดียว", "accounts that sign in by password and one-time code"),
        "column signin_account.password",
        Term("ผู้ใช้เปลี่ยนเอง แฮชใหม่เมื่อค่ากำหนดเปลี่ยน", "by the user; hashed anew at sign-in when the figures changed"),
    ),
    Key(
        "authenticators",
        "passkeys: public keys; one-time codes: secrets sealed by the master key",
        Term("การเข้าใช้ของบัญชี", "sign-in of one account"),
        "table mfa_authenticator",
        Term(
            "เพิ่มและลบที่หน้าบัญชี suksala account enrol", "added and removed on the account's page; `suksala account enrol`"
        ),
    ),
    Key(
        "providers",
        "client secrets that ThaiD, Provider ID and hospitals' providers gave",
        Term("การเข้าใช้ผ่านผู้ให้บริการภายนอก", "sign-in through providers"),
        "the file of SUKSALA_PROVIDERS (not readable by others: `suksala doctor`)",
        Term(
            "ขอใหม่จากผู้ให้บริการ เขียนลงแฟ้ม เริ่มใหม่", "asked anew from the provider, written into the file, then a restart"
        ),
    ),
    Key(
        "webhooks",
        "headers that a subscriber gave for its own endpoint, sealed by the master key",
        Term("ปลายทางของระบบที่ขอรับแจ้ง", "the receiver of a subscription"),
        "inside the Subscription's body",
        Term("ระบบเขียน Subscription ใหม่", "the client writes its Subscription anew"),
    ),
    Key(
        "sms-gateway",
        "the secret that the operator's SMS service gave, sent to it as a bearer token",
        Term("การส่ง SMS ในชื่อของระบบ", "texts in our name, at our cost"),
        "a file that a store of secrets writes (SUKSALA_SMS_TOKEN_FILE), or the environment of the service",
        Term("ขอใหม่จากผู้ให้บริการ เขียนลงแฟ้ม เริ่มใหม่", "asked anew from the service, written into the file, then a restart"),
    ),
    Key(
        "database",
        "the passwords in DATABASE_URL and SUKSALA_WEB_DATABASE_URL; none for the embedded database: a closed socket",
        Term("ทุกตาราง", "every table"),
        "a file that a store of secrets writes (DATABASE_URL_FILE), or the environment of the service",
        Term("ALTER ROLE แล้วเริ่มใหม่", "ALTER ROLE, then a restart"),
    ),
    Key(
        "tls",
        "the certificate of the web server in front",
        Term("ทางระหว่างเบราว์เซอร์กับเซิร์ฟเวอร์", "the line between browsers, programs and the server"),
        "the web server in front (how-to/run-on-a-server.md); Suksala holds none",
        Term("ตามผู้ออกใบรับรอง", "as its issuer says, by the operator"),
    ),
)

# Why a key is derived from the master key: the purposes that the code names. `*` stands for a part that varies.
DERIVED: dict[str, str] = {
    "django": "sessions, forms, signed values of Django",
    "identity.number": "national numbers, to find who is one human",
    "identity.content": "what a registration said when it was last evaluated",
    "identity.block": "what registrations are compared by",
    "identity.pid": "a lock of the database, no secret",
    "identity.phone": "a lock of the database, no secret",
    "identity.weighing": "a lock of the database, no secret",
    "identity.public": "opaque ids of humans outside the database",
    "identity.sample": "which pairs go to two reviewers, so that nobody can foresee it",
    "identity.surname": "family names in common, for the look for curiosity",
    "registry.number": "national numbers of practitioners, apart from patients'",
    "registry.org": "numbers of organizations without a code of their own",
    "fhir-id": "ids of resources made from rows",
    "exchange.address": "addresses in common, for the look for curiosity",
    "exchange.phone": "telephones in common, for the look for curiosity",
    "signin": "the token of the demo",
    "signin.enrolment": "enrolment codes",
    "signin.identity.*": "who somebody is at a provider",
    "signin.device": "devices that an account settled on",
    "signin.device-cookie": "the name of a device's cookie",
    "signin.sms-code": "codes sent by SMS, each under its request",
    "signin.sms-request": "the browser that asked for a code by SMS",
    "signin.telephone": "mobile numbers, to count the codes that go to one",
    "openid-subject": "who somebody is towards apps",
    "consent-code": "the six digits shown at a desk",
    "portals.look": "ids of lines on the page of who looked",
    "audit.witness": "a lock of the database, no secret",
    "consent": "a lock of the database, no secret",
    "consent-tries": "a lock of the database, no secret",
    "consent.grant": "a lock of the database, no secret",
    "ingest.facility": "a lock of the database, no secret",
    "lists.row": "agencies' own ids of rows of line lists",
    "lists": "a lock of the database, no secret",
    "ticks": "a lock of the database, no secret",
}

OPERATOR = Term("ผู้ดูแลเครื่อง", "the operator of the machine")
LOGS: tuple[Log, ...] = (
    Log(
        "audit",
        Term(
            "ใคร ทำอะไร กับข้อมูลของใคร เมื่อใด เพราะเหตุใด จากที่ใด การปฏิเสธและการเข้าใช้ ไม่มีเนื้อหาทางคลินิก",
            "who did what to whose record, when, why and from where; refusals, sign-ins, decisions; nothing clinical",
        ),
        "table audit (a partition a month), sealed into a signed tree: audit_leaf, audit_block, audit_checkpoint",
        Term(
            "11 ปี แล้วลบรายเดือนโดยต้นไม้ยังพิสูจน์ได้",
            "11 years, then by month (`suksala audit retire`); the tree goes on proving",
        ),
        Term(
            "เจ้าของข้อมูลเห็นส่วนของตน เจ้าหน้าที่คุ้มครองข้อมูลของหน่วย ระบบที่มีสิทธิผ่าน FHIR AuditEvent",
            "people their own part, privacy officers their facility's, programs with a permit as FHIR AuditEvent",
        ),
    ),
    Log(
        "events",
        Term(
            "เหตุการณ์ของโปรแกรม: ชื่อ รหัส จำนวน ไม่มีค่าจากข้อมูล",
            "events of the programs as JSON lines: names, codes, counts; no value",
        ),
        "stderr of `suksala up` (systemd's journal), and `<data>/logs/<process>.log` with one `.1.log` (folder 0700)",
        Term("สองแฟ้ม แฟ้มละ 20 MB ต่อโปรเซส", "two files of 20 MB a process; the journal as the operator says"),
        OPERATOR,
    ),
    Log(
        "errors",
        Term("ชนิดของข้อผิดพลาดและตำแหน่งในโค้ด ไม่มีข้อความของข้อผิดพลาด", "kinds of errors and places in the code, no message"),
        "`<data>/logs/error-*.log` (0600)",
        Term("จนกว่าผู้ดูแลจะลบ", "until the operator removes them"),
        Term("ผู้ดูแลเครื่อง ส่งต่อผู้พัฒนาได้", "the operator, who may send them to the maintainers"),
    ),
    Log(
        "postgres",
        Term("การทำงานของฐานข้อมูล ไม่มีคำสั่งและค่า", "how the database runs; neither statements nor values"),
        "`<data>/postgres/data/log/postgres-<day>.log` of the embedded database; elsewhere as its operator says",
        Term("7 วัน", "7 days, each overwrites that of the week before"),
        OPERATOR,
    ),
    Log(
        "usage",
        Term("จำนวนคำขอต่อวันของแต่ละระบบ", "requests of each client by day, interaction, type and answer; counts only"),
        "table client_usage",
        Term("400 วัน", "400 days"),
        Term(
            "ระบบเห็นของตนที่หน้านักพัฒนา ผู้ดูแลเห็นทั้งหมด",
            "clients their own (developers' page), the operator all (`suksala client usage`)",
        ),
    ),
    Log(
        "jobs",
        Term("งานเบื้องหลังที่รอ ทำอยู่ หรือล้มเหลว", "background jobs that wait, run or failed, with their numbers"),
        "tables procrastinate_*",
        Term("จนงานสำเร็จ งานที่ล้มเหลวคงอยู่", "until the job is done; failed ones stay"),
        OPERATOR,
    ),
)
