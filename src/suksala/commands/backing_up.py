"""`suksala backup`: copies for a third place, and back from there."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from pathlib import Path

from suksala import operations
from suksala.foundation import clock, log, settings

from .console import print_json, say
from .failures import EXIT_REFUSED, BadUsage
from .serving import data_folder, quiet_database


def make_key(out: Path) -> None:
    """A pair of keys: the private half in a file, the public half on stdout."""
    try:
        public = operations.backup.make_key(out)
    except OSError as error:
        raise BadUsage(
            f"สร้างแฟ้ม {out.name} ไม่ได้: มีอยู่แล้ว หรือเขียนที่นั่นไม่ได้",
            f"{out.name} cannot be made: it exists, or the folder cannot be written",
        ) from error
    say(
        f"เก็บ {out.name} ไว้นอกเซิร์ฟเวอร์สองแห่ง ส่งเฉพาะข้อความนี้ไปตั้งเป็น SUKSALA_BACKUP_KEY\n"
        f"keep {out.name} in two places, none of them the server; only what follows goes there, as the file of "
        "SUKSALA_BACKUP_KEY:"
    )
    print(public, end="")


def copy(*, data: Path | None, as_json: bool) -> None:
    """Make a copy now."""
    folder = data_folder(data)
    key = settings.current().backup_key
    if key is None:
        raise BadUsage(
            "ตั้ง SUKSALA_BACKUP_KEY เป็นแฟ้มกุญแจสาธารณะก่อน (suksala backup key)",
            "set SUKSALA_BACKUP_KEY to the file of the public key first (`suksala backup key`)",
        )
    with quiet_database(folder) as cluster:
        ours = settings.current()
        made = operations.backup.copy(
            folder, ours.backups_dir, key, address=str(ours.database_url), made_by=cluster.made_by if cluster else None
        )
    path = ours.backups_dir / made.name
    if as_json:
        print_json({"file": path, "bytes": made.size, "sha256": made.sha256, "made_at": made.at.isoformat()})
    else:
        print(path)
        say(f"{made.size:,} ไบต์ รอเครื่องที่สามมาดึง · bytes, for the third machine to fetch")


def keep(source: Path, store: Path, *, days: int, hours: int, as_json: bool) -> int:
    """One round of the third machine."""
    done = operations.keep(source, store, days=days, now=clock.now())
    is_late = done.newest is None or done.newest >= timedelta(hours=hours)
    if as_json:
        newest = None if done.newest is None else round(done.newest.total_seconds())
        fetched = [copy.name for copy in done.fetched]
        print_json({"fetched": fetched, "refused": done.refused, "ended": done.ended, "newest_seconds": newest})
    else:
        print(f"ดึงใหม่ · fetched: {len(done.fetched)}\nสิ้นอายุ · ended: {len(done.ended)}")
    for name in done.refused:
        say(f"✗ {name}: ไม่ตรงกับป้าย ไม่ได้เก็บ · is not what its label says, and was not taken")
    if is_late:
        say(
            f"✗ สำเนาใหม่สุดเก่าเกิน {hours} ชั่วโมง: ดูเซิร์ฟเวอร์ · the newest copy is older than {hours} hours: "
            "look at the server"
        )
    return EXIT_REFUSED if is_late or done.refused else 0


def verify(archive: Path, opens: Path | None, *, as_json: bool) -> None:
    """Look at a copy."""
    label, manifest, files = operations.backup.verify(archive, opens)
    inside = {} if manifest is None else {"rows": sum(manifest.tables.values()), "files": files}
    if as_json:
        print_json({"file": label.name, "sha256": label.sha256, **inside})
        return
    print("ตรงกับป้าย · as its label says")
    if manifest is not None:
        print(f"{manifest.made_at.isoformat()} {inside['rows']:,} แถว · rows, {files:,} แฟ้ม · files")


def restore(archive: Path, opens: Path, *, nothing_lost: bool, data: Path | None, as_json: bool) -> None:
    """Bring a copy back."""
    log.quiet()
    done = operations.backup.restore(archive, opens, data_folder(data), nothing_lost=nothing_lost)
    if as_json:
        print_json(
            {
                "made_at": done.manifest.made_at.isoformat(),
                "rows": done.rows,
                "files": done.files,
                "facts": done.facts,
                "sessions_ended": done.closed.get("sessions", 0),
                "apps_ended": done.closed.get("apps", 0),
                "openings_ended": done.grants,
                "closed": done.closed,
            }
        )
        return
    print(f"{done.rows:,} แถว · rows, {done.files:,} แฟ้ม · files, {done.facts:,} เหตุการณ์ในบันทึก · facts of the log")
    say(
        "จำนวนแถวและบันทึกตรงกับสำเนา ทุกคนต้องเข้าใช้ใหม่ ก่อน suksala up อ่านหัวข้อ a restored backup "
        "ใน how-to/prove-the-audit-log.md\n"
        "rows and log are those of the copy; everybody signs in anew. Before `suksala up` read `a restored backup` in "
        "how-to/prove-the-audit-log.md: the log must not go on under its old name"
    )
    if not nothing_lost:
        _tell_closed(Counter(done.closed), done.manifest.made_at.astimezone(clock.BANGKOK).strftime("%Y-%m-%d %H:%M"))


def _tell_closed(closed: Counter[str], moment: str) -> None:
    """What waits for its people, what the operator lets in again, and what nobody but they can put right."""
    say(
        f"สิ่งที่ถูกถอนหลัง {moment} หายไปกับสำเนา จึงพักไว้จนเจ้าของยืนยันใหม่: ความยินยอม {closed['consents']:,} "
        f"ผู้แทน {closed['representatives']:,} และตัดเบอร์โทรศัพท์ {closed['telephones']:,} เบอร์\n"
        f"ระบบ {closed['systems']:,} ระบบถูกกักไว้ ดูทีละระบบแล้วเปิดด้วย suksala client limit ชื่อ --lift\n"
        "ทำเอง: ปิดบัญชี ตำแหน่ง ข้อตกลง และพาสคีย์ของเครื่องที่หาย ซึ่งปิดไปหลังเวลานั้น (how-to/keep-a-third-copy.md ข้อ 5)\n"
        f"what was taken back after {moment} is lost, so these wait for their people: {closed['consents']:,} consents, "
        f"{closed['representatives']:,} representatives; {closed['telephones']:,} telephone numbers were taken away\n"
        f"{closed['systems']:,} systems are held: look at each, then suksala client limit NAME --lift\n"
        "yours to end again: accounts, roles, agreements, and passkeys of lost telephones that were ended after that "
        "moment (how-to/keep-a-third-copy.md, 5)"
    )
