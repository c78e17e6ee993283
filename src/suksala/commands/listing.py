"""`suksala lists`: take line lists in, say who is missing, report what linking did."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .console import print_json, progress
from .failures import EXIT_REFUSED, BadUsage
from .serving import data_folder, quiet_database

if TYPE_CHECKING:
    from suksala.lists import Missing

ACTOR = "system:operator"


def import_list(file: Path, agency: str, name: str, *, data: Path | None, as_json: bool) -> int:
    """Take a list in, train on the lists if they have grown enough, and tell what became of the rows; the exit code."""
    if not file.is_file():
        raise BadUsage(f"ไม่พบแฟ้ม {file}", f"there is no file {file}")
    with quiet_database(data_folder(data)), file.open("rb") as source:
        from suksala import lists

        found = lists.import_file(source, agency, name, actor=ACTOR, progress=progress(quiet=as_json))
        lists.learn_if_due(progress(quiet=as_json))
    if as_json:
        print_json({**found._asdict(), "problems": [problem._asdict() for problem in found.problems]})
    else:
        for problem in found.problems:
            print(f"{problem.th}\n{problem.en}\n[{problem.code}]")
        print(
            f"รับ {found.rows:,} แถว: ใหม่ {found.new:,} เปลี่ยน {found.changed:,} เหมือนเดิม {found.unchanged:,} "
            f"พักไว้ {found.set_aside:,} · {found.rows:,} rows: {found.new:,} new, {found.changed:,} changed, "
            f"{found.unchanged:,} as before, {found.set_aside:,} set aside"
        )
    return EXIT_REFUSED if found.set_aside else 0


def missing(district: str | None, *, data: Path | None, as_json: bool) -> None:
    """Print who is missing, without names."""
    with quiet_database(data_folder(data)):
        from suksala import lists

        found = lists.missing(actor=ACTOR, district=district)
    if as_json:
        print_json([_told(one) for one in found])
        return
    print("ชนิด ชั่วโมง รายชื่อ บุคคล · kind hours lists person")
    for one in found:
        print(f"{one.kind.value:14} {one.hours:6,} {one.lists:3} {one.person}")


def _told(one: Missing) -> dict[str, Any]:
    calls = one.calls
    return {
        "person": one.person,
        "kind": one.kind.value,
        "hours": one.hours,
        "age": one.age,
        "risk": one.risk,
        "lists": one.lists,
        "caller": one.caller,
        "call": one.call,
        "called_at": calls.at if calls else None,
        "attempts": calls.attempts if calls else 0,
        "do_not_call": bool(calls and calls.do_not_call),
        "next_try": one.next_try,
        "put_back": one.put_back,
    }


def report(*, data: Path | None, as_json: bool) -> None:
    """Count today and print it with the days before."""
    with quiet_database(data_folder(data)):
        from suksala import lists

        lists.make_report()
        found = lists.reports()
    if as_json:
        print_json([{**asdict(one), "avoided": one.avoided} for one in found])
        return
    print("วันที่ แถว คน ต้องโทร เลี่ยงได้ อาจถูกซ่อน ถาม · day rows persons calls avoided hidden asked")
    for one in found:
        print(
            f"{one.on} {one.rows:9,} {one.persons:9,} {one.calls:8,} {one.avoided:8,} {one.hidden:7.2f} {one.asked:6,}"
        )
