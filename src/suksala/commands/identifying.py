"""`suksala identity`: why two registrations are one human, taking an event back, evaluating everybody anew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import weighing_words
from .console import print_json
from .failures import BadUsage
from .serving import data_folder, quiet_database

if TYPE_CHECKING:
    from suksala.identity import Explanation

ACTOR = "system:operator"


def explain(a: str, b: str, *, data: Path | None, as_json: bool) -> None:
    """Print what joins or parts two registrations, each given as HOSPCODE/PID."""
    wanted = [_registration(text) for text in (a, b)]
    with quiet_database(data_folder(data)):
        from suksala import identity

        persons = [identity.person_of(hospcode, pid) for hospcode, pid in wanted]
        told = identity.explain(*persons)
        named = {identity.public_id(human): keys for human, keys in told.registrations.items()}
    if as_json:
        print_json(_document(told, named))
        return
    print("บุคคลเดียวกัน · one human" if told.same_human else "คนละบุคคล · two humans")
    print(f"เลขประจำตัวที่เชื่อถือได้ตรงกัน · same trusted number: {'ใช่ · yes' if told.same_number else 'ไม่ · no'}")
    print(f"กฎที่เข้าเงื่อนไข · rule that holds: {told.rule or 'ไม่มี · none'}")
    print(f"คำตัดสินของคน · decision: {told.decision or 'ไม่มี · none'}")
    _print_weight(told)
    for human, keys in named.items():
        print(f"  บุคคล · human {human}: {', '.join(f'{hospcode}/{pid}' for hospcode, pid in keys)}")
    for seq, kind in told.events:
        print(f"  เหตุการณ์ · event {seq}: {kind}")


def _document(told: Explanation, named: Mapping[str, list[tuple[str, str]]]) -> dict[str, Any]:
    """The parts of the weight by name; `named`: the registrations of each human by its public id."""
    weighed = told.waterfall
    return {
        **asdict(told),
        "waterfall": {**weighed._asdict(), "weight": weighed.weight, "parts": [p._asdict() for p in weighed.parts]}
        if weighed
        else None,
        "registrations": {human: [f"{hospcode}/{pid}" for hospcode, pid in keys] for human, keys in named.items()},
    }


def _print_weight(told: Explanation) -> None:
    if told.waterfall is None:
        print("น้ำหนัก · weight: น้อยกว่า 2 บิต หรือยังไม่ได้ชั่ง · less than 2 bits, or not weighed")
    else:
        less = f"ไม่ถึงเกณฑ์เชื่อม {told.threshold:g} บิต · less than the {told.threshold:g} bits that join"
        is_enough = told.waterfall.weight >= told.threshold
        against = told.veto or ("not-approved" if is_enough and not told.joins else "")
        enough = "ถึงเกณฑ์เชื่อม · enough to join" if is_enough else less
        print(f"น้ำหนัก · weight: {enough}{': ' + weighing_words.VETOES[against] if against else ''}")
    if told.stays:
        print(f"เหตุที่ยังอยู่ด้วยกัน · why they stay together: {weighing_words.STAYS[told.stays]}")
    if told.waterfall is None:
        return
    for line in weighing_words.waterfall_lines(told.waterfall):
        print(line)


def show(text: str, on: datetime | None, *, event: int | None = None, data: Path | None, as_json: bool) -> None:
    """Print the registrations of a registration's human, by facility and local number: no names.

    on, event  as they were at the end of a day, or after an event that a figure keeps; neither: now
    """
    hospcode, pid = _registration(text)
    if on and event is not None:
        raise BadUsage("ระบุได้อย่างเดียว: --on หรือ --event", "give either --on or --event")
    earlier = on is not None or event is not None
    with quiet_database(data_folder(data)):
        from suksala import identity

        person = identity.person_of(hospcode, pid)
        found = identity.show_whole(person, on.date() if on else None, event=event, actor=ACTOR)
    listed = [f"{one.hospcode}/{one.pid}" for one in (found.then if earlier else found.now)]
    if as_json:
        when = {"on": on and f"{on:%Y-%m-%d}", "event": event}
        print_json({"human": identity.public_id(found.view.human), **when, "registrations": listed})
        return
    if not listed:
        th, en = (f"วันที่ {on:%Y-%m-%d}", f"on {on:%Y-%m-%d}") if on else (f"ถึงเหตุการณ์ {event}", f"at event {event}")
        print(f"{th} ยังไม่มีทะเบียนนี้ · it was not registered yet {en}")
    for one in listed:
        print(one)


def undo(event: int, *, data: Path | None, as_json: bool) -> None:
    """Take one event back; print the number of the undoing, and whom to correct."""
    with quiet_database(data_folder(data)):
        from suksala import exchange, identity

        undoing = identity.undo(event, actor=ACTOR)
        found = exchange.corrections(undoing)
    told, readers = (found.told, found.readers) if found else ((), ())
    if as_json:
        listed = {"told": [asdict(one) for one in told], "read": [asdict(one) for one in readers]}
        print_json({"undone": event, "by": undoing, **listed})
        return
    print(f"ย้อนเหตุการณ์ {event} แล้ว ด้วยเหตุการณ์ {undoing} · event {event} is undone, by event {undoing}")
    for one in told:
        taken = "รับแจ้งแล้ว · took the notice" if one.answered else "ยังไม่ยืนยัน · not confirmed"
        print(f"  แจ้งแก้ระบบ · correct client {one.client} (Subscription/{one.subscription}): {taken}")
    for reader in readers:
        print(f"  แจ้งผู้ที่เปิดดูทั้งสองฝั่ง · tell who read both: {reader.actor} {reader.facility or ''} × {reader.openings}")


def relink(*, data: Path | None, as_json: bool) -> None:
    """Evaluate everybody anew and print what changed; on sound data nothing does."""
    with quiet_database(data_folder(data)):
        from suksala import identity

        result = identity.relink(actor=ACTOR)
    if as_json:
        print_json(asdict(result))
    else:
        print(
            f"เชื่อมเพิ่ม {result.linked} แยกออก {result.unlinked} คำถามใหม่ {result.reviews} · "
            f"{result.linked} joined, {result.unlinked} parted, {result.reviews} new questions"
        )


def simulate_threshold(file: Path, thresholds: Sequence[float], *, as_json: bool) -> None:
    """Train on the registrations of a file, link them at each threshold and print how right that is."""
    from suksala import identity

    effects = identity.simulate_thresholds(file, thresholds or identity.USUAL_THRESHOLDS)
    if as_json:
        print_json([{**e._asdict(), "precision": e.precision, "recall": e.recall} for e in effects])
        return
    print("เกณฑ์(บิต) ความแม่น ความครบ เชื่อมผิด(คู่) พลาด(คู่) คำถาม · threshold precision recall wrong missed questions")
    for e in effects:
        print(f"{e.threshold:9.1f} {e.precision:9.5f} {e.recall:6.4f} {e.wrong:12,} {e.missed:8,} {e.questions:6,}")


def _registration(text: str) -> tuple[str, str]:
    hospcode, slash, pid = text.partition("/")
    if not (slash and len(hospcode) == 5 and pid):
        raise BadUsage(
            "ระบุการลงทะเบียนเป็น HOSPCODE/PID เช่น 99011/0000001",
            "name a registration as HOSPCODE/PID, such as 99011/0000001",
        )
    return hospcode, pid
