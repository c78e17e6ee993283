"""`suksala lists`: take line lists in, say who is missing, keep answers, report what linking did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .console import print_json, progress
from .failures import EXIT_REFUSED, BadUsage
from .serving import data_folder, quiet_database

if TYPE_CHECKING:
    from suksala.lists import Missing, Sheet

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


def show(person: str, *, data: Path | None, as_json: bool) -> None:
    """Print a person's rows and whom they may be, without names: what `answer` is given about."""
    with quiet_database(data_folder(data)):
        from suksala import lists

        told = _sheet(lists.sheet(person, actor=ACTOR))
    if as_json:
        print_json(told)
        return
    kind = told["kind"] or "ไม่ตกหล่น · not missing"
    print(f"{told['person']} {kind}")
    for row in told["rows"]:
        print(f"  {row['agency']} {row['list']}: {row['status']} {row['at']:%Y-%m-%d %H:%M} UTC")
    for name, words in _PAIRS.items():
        for one in told[name]:
            print(f"  {words}: {' '.join(one['rows'])}{_about(one)}")


_PAIRS = {
    "candidates": "อาจเป็นคนเดียวกัน · may be the same",
    "doubtful": "รวมไว้ด้วยคะแนนต่ำ · joined by a weak link",
    "said_same": "ผู้โทรบอกว่าเป็นคนเดียวกัน · a caller said the same",
    "said_different": "ผู้โทรบอกว่าคนละคน · a caller said different",
}


def _about(one: Mapping[str, Any]) -> str:
    if "caller" in one:
        return f" ({one['caller']} {one['at']:%Y-%m-%d %H:%M} UTC)"
    return f" ({one['bits']:.1f} บิต · bits, {one['agency']})" if "bits" in one else ""


def _sheet(found: Sheet) -> dict[str, Any]:
    """What the page of a person shows, without names, telephones and what settles a question."""
    return {
        "person": found.person,
        "kind": found.missing.kind.value if found.missing else None,
        "hours": found.missing.hours if found.missing else None,
        "rows": [
            {"agency": row.agency, "list": row.list, "status": row.history[-1].status, "at": row.history[-1].at}
            for row in found.rows
        ],
        "candidates": [
            {"person": c.person, "rows": c.pair, "bits": c.weight, "veto": c.veto, "agency": c.told.agency}
            for c in found.candidates
        ],
        "doubtful": [{"rows": found.doubtful.pair}] if found.doubtful else [],
        "said_same": [{"rows": s.pair, "caller": s.caller, "at": s.at} for s in found.said_same],
        "said_different": [{"rows": s.pair, "caller": s.caller, "at": s.at} for s in found.said_different],
    }


def answer(person: str, said: str, rows: Sequence[str], *, data: Path | None, as_json: bool) -> None:
    """Keep what a caller found out about a person."""
    with quiet_database(data_folder(data)):
        from suksala import lists

        lists.answer(person, said, rows, actor=ACTOR)
    if as_json:
        print_json({"person": person, "answer": said, "rows": rows})
    else:
        print(f"บันทึกคำตอบแล้ว · kept: {said}")


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
