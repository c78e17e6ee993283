"""`suksala audit`: is the log whole, by which keys is it checked, and the end of keeping."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .console import print_json, progress, say
from .failures import EXIT_REFUSED, BadUsage
from .serving import data_folder, quiet_database

if TYPE_CHECKING:
    from suksala.audit import Note, Report, Verifier

ACTOR = "system:operator"
LARGEST = 64 << 20  # bytes of a file with proofs: some 100,000 facts


def verify(file: Path | None, *, keys: Sequence[str], seen: Sequence[Path], data: Path | None, as_json: bool) -> int:
    """Look at the whole log, or at a file with proofs; exit 1 when something is not as it must be."""
    from suksala import audit

    trusted = [audit.Verifier.read(key) for key in keys]
    if file is not None:
        report = audit.verify_document(_json(file), trusted)
    else:
        report = _whole_log(trusted, [audit.Note.read(_text(path)) for path in seen], data, as_json=as_json)
    if as_json:
        print_json(_document(report))
    else:
        _tell(report)
    return 0 if report.whole else EXIT_REFUSED


def _whole_log(keys: Sequence[Verifier], seen: Sequence[Note], data: Path | None, *, as_json: bool) -> Report:
    with quiet_database(data_folder(data)):
        from suksala import audit

        audit.seal()  # what was told in the last second, or just before the server stopped
        bar = progress(quiet=as_json)
        bar.start("ตรวจบันทึกการเข้าถึง · looking at the log")
        done = 0

        def told(size: int) -> None:
            nonlocal done
            bar.advance(size - done)
            done = size

        report = audit.verify(seen, told=told, keys=keys)
        bar.finish()
    return report


def show_keys(*, data: Path | None, as_json: bool) -> None:
    """Print the verifier keys of this node: of its log, and of it as a witness of others."""
    with quiet_database(data_folder(data)):
        from suksala import audit

        log, witness = audit.own_keys()
    if as_json:
        print_json({"log": str(log), "witness": str(witness)})
        return
    say("กุญแจของบันทึก แล้วกุญแจของโหนดนี้ในฐานะพยาน · key of the log, then of this node as a witness:")
    print(log)
    print(witness)


def show_checkpoint(*, data: Path | None) -> None:
    """Print the newest signed checkpoint: keep it elsewhere, and `verify --seen` will compare."""
    with quiet_database(data_folder(data)):
        from suksala import audit

        audit.seal()
        print(audit.newest_checkpoint(), end="")


def retire(month: str, *, data: Path | None, as_json: bool) -> None:
    """End the keeping of a month of facts."""
    try:
        first = date.fromisoformat(f"{month}-01")
    except ValueError as error:
        raise BadUsage("เดือนต้องเขียนแบบ 2015-01", "a month is written 2015-01") from error
    with quiet_database(data_folder(data)):
        from suksala import audit

        audit.seal()
        gone = audit.retire(first, actor=ACTOR)
    if as_json:
        print_json({"month": month, "facts": gone})
    else:
        print(f"สิ้นอายุแล้ว {gone:,} เหตุการณ์ · {gone:,} facts ended")


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST:
            raise BadUsage(f"แฟ้มใหญ่เกินไป: {path.name}", f"the file is too large: {path.name}")
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadUsage(f"อ่านแฟ้ม {path.name} ไม่ได้", f"{path.name} cannot be read") from error


def _json(path: Path) -> Any:
    try:
        return json.loads(_text(path))
    except (ValueError, RecursionError) as error:
        raise BadUsage(f"{path.name} ไม่ใช่ JSON", f"{path.name} is no JSON") from error


def _document(report: Report) -> dict[str, Any]:
    return {
        "whole": report.whole,
        "size": report.size,
        "retired": report.retired,
        "checkpoints": report.checkpoints,
        "witnesses": report.witnesses,
        "late": dict(report.late),
        "counts": dict(report.counts),
        "findings": [{"code": f.code, "where": f.where, "th": f.th, "en": f.en} for f in report.findings],
    }


def _tell(report: Report) -> None:
    print(f"เหตุการณ์ · facts: {report.size:,}")
    print(f"จุดตรวจสอบที่เทียบแล้ว · checkpoints compared: {report.checkpoints:,}")
    print(f"ลายเซ็นพยาน · witnesses: {report.witnesses}")
    if report.retired:
        print(f"สิ้นอายุการเก็บ · retired: {report.retired:,}")
    for kind, count in sorted(report.late.items()):
        print(f"บันทึกย้อนหลังเกินหนึ่งชั่วโมง · told more than an hour late: {kind} {count:,}")
    for finding in report.findings:
        print(f"✗ {finding.code} @{finding.where:,}: {finding.th} · {finding.en}")
    hidden = sum(report.counts.values()) - len(report.findings)
    if hidden:
        print(f"  … และอีก {hidden:,} แห่ง · and {hidden:,} more")
    print("ครบถ้วน ไม่ถูกแก้ไข · whole" if report.whole else "ไม่ครบถ้วน · not whole")


def snooping(day: str | None, *, data: Path | None, as_json: bool) -> None:
    """Look at a day, or at those that are over and were not looked at; what is found waits on /privacy/."""
    on = _day(day) if day else None
    with quiet_database(data_folder(data)):
        from suksala import privacy

        looks = [privacy.look(on)] if on else privacy.look_at_what_is_over()
    if as_json:
        told = [{"day": one.on.isoformat(), "openings": one.openings, "alerts": one.alerts} for one in looks]
        print_json({"looks": told})
        return
    for one in looks:
        say(f"{one.on}: {one.openings:,} การเปิดดู {one.alerts:,} เรื่องที่ควรตรวจ · openings, to look at")
    if not looks:
        say("ตรวจครบทุกวันแล้ว · every day that is over was looked at")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadUsage("--day ต้องเป็นวันที่ เช่น 2026-11-20", "--day is a day such as 2026-11-20") from error
