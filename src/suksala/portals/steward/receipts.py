"""A receipt as the steward's pages show it and as files carry it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from suksala import ingest, registry
from suksala.foundation import clock
from suksala.portals import dates, facilities
from suksala.portals.texts import ENGLISH, Text, language, t
from suksala.standards.file43 import FILES

STATES: dict[str, tuple[Text, str]] = {
    "received": (Text("รับแล้ว รอตรวจ", "Received, waiting"), "blue"),
    "applying": (Text("กำลังตรวจและนำเข้า", "Being checked"), "blue"),
    "applied": (Text("นำเข้าแล้ว", "Taken in"), "green"),
    "refused": (Text("ไม่รับทั้งชุด", "Refused whole"), "red"),
    "voiding": (Text("กำลังยกเลิก", "Being voided"), "orange"),
    "void": (Text("ยกเลิกแล้ว", "Void"), "grey"),
}
WORKING = ("received", "applying", "voiding")
SAMPLES_SHOWN = 5
EFFECTS: dict[str, Text] = {
    "refuse": Text("พักแถวไว้", "Row set aside"),
    "empty": Text("รับแถว เว้นช่องนี้ว่าง", "Row in, this field left empty"),
    "flag": Text("รับแถว นับไว้ให้ทราบ", "Row in, counted for you"),
}


@dataclass(frozen=True)
class Line:
    """One deposit in the list, or the head of its receipt."""

    id: int
    file_name: str
    sender_name: Text
    received_at: datetime
    state_words: Text
    state_colour: str
    working: bool
    problem: Text | None
    accepted: int | None
    refused: int | None


@dataclass(frozen=True)
class File:
    """One file of a receipt."""

    name: str
    rows: int
    accepted: int
    refused: int
    changed: int
    note: Text | None


@dataclass(frozen=True)
class Fault:
    """One rule that was broken: where, how often, in words with what to do, what became of the rows."""

    file: str
    column: str
    rule: str
    rows: int
    words: Text
    effect: Text
    samples: tuple[ingest.Sample, ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class Total:
    """One rule broken over all deposits of a facility."""

    place: Text
    file: str
    column: str
    rule: str
    rows: int
    words: Text


@dataclass(frozen=True)
class Age:
    """How fresh the data of one sender are."""

    place: Text
    received_at: datetime
    exported_at: datetime | None
    days: int
    deposits: int


def line(deposit: ingest.Deposit) -> Line:
    """One deposit with its counts."""
    return head(ingest.receipt(deposit.id))


def head(receipt: ingest.Receipt) -> Line:
    """The deposit of a receipt in words."""
    d = receipt.deposit
    words, colour = STATES[d.state]
    counted = d.state in {"applied", "void"}
    return Line(
        id=d.id,
        file_name=d.file_name,
        sender_name=sender(d.sender),
        received_at=d.received_at,
        state_words=words,
        state_colour=colour,
        working=d.state in WORKING,
        problem=Text(d.th, d.en) if d.state == "refused" else None,
        accepted=receipt.accepted if counted else None,
        refused=receipt.refused if counted else None,
    )


def sender(hospcode: str | None) -> Text:
    """The sender's name, or that it is not known yet."""
    return facilities.name(hospcode) if hospcode else Text("ยังไม่ทราบ", "Not known yet")


def shown(receipt: ingest.Receipt) -> dict[str, Any]:
    """What the receipt page shows."""
    deposit = head(receipt)
    until = receipt.deposit.refused_until
    named_faults = [fault(f.file, p) for f in receipt.files for p in f.problems]
    return {
        "d": deposit,
        "facts": facts(receipt),
        "files": [file(f) for f in receipt.files],
        "kept": _kept(until) if receipt.refused else "",
        "can_download": until is not None and until > clock.now(),
        "problems": sorted(named_faults, key=lambda p: (-p.rows, p.rule)),
        "other_problem": other(deposit.problem) if deposit.problem else "",
        "shown_samples": SAMPLES_SHOWN,
    }


def _kept(until: datetime | None) -> str:
    """Until when the refused rows can be downloaded, or that they cannot any more and where they still are."""
    if until and until > clock.now():
        return t(
            "ดาวน์โหลดแถวที่พักไว้ได้ถึง {moment}",
            "Rows set aside can be downloaded until {moment}",
            moment=dates.moment(until),
        )
    return t(
        "แถวที่พักไว้เก็บให้ดาวน์โหลด {n} วัน ชุดนี้พ้นกำหนดแล้ว แต่ยังอยู่ครบในแฟ้มที่ท่านส่ง",
        "Rows set aside can be downloaded for {n} days, which are over; all of them stay in the file you sent",
        n=ingest.REFUSED_KEPT.days,
    )


def facts(receipt: ingest.Receipt) -> list[tuple[str, object]]:
    """The head of the receipt as label and value."""
    d = receipt.deposit
    told: list[tuple[str, object]] = [
        (t("ผู้ส่ง", "Sender"), sender(d.sender)),
        (t("ชื่อแฟ้ม", "File name"), d.file_name),
        (t("รับเมื่อ", "Received"), dates.moment(d.received_at)),
        (t("ส่งออกจากโปรแกรมเมื่อ", "Exported by the sender"), dates.moment(d.exported_at)),
        (t("ตรวจเสร็จเมื่อ", "Checked"), dates.moment(d.applied_at)),
        (t("ลายนิ้วมือของแฟ้ม (SHA-256)", "Fingerprint (SHA-256)"), d.sha256),
    ]
    if receipt.linked:
        people = t("{n} คนใหม่ในหน่วยนี้", "{n} new people at this facility", n=receipt.linked.get("created", 0))
        told.append((t("บุคคล", "People"), people))
    if d.state == "void":
        told.append((t("เหตุผลที่ยกเลิก", "Why it was voided"), d.void_reason))
    return told


def file(receipt: ingest.FileReceipt) -> File:
    """One file in words."""
    return File(
        receipt.file or receipt.entry, receipt.read, receipt.accepted, receipt.refused, receipt.won, note(receipt)
    )


def note(f: ingest.FileReceipt) -> Text | None:
    """What is worth saying about how the file was read, or why it was not."""
    if f.state != "accepted":
        return Text(f.th, f.en)
    said = []
    if f.encoding and f.encoding != "utf-8":
        said.append(Text(f"รหัสอักขระ {f.encoding}", f"encoding {f.encoding}"))
    if not f.has_header:
        said.append(Text("ไม่มีบรรทัดหัว อ่านตามลำดับมาตรฐาน", "no header, read in the standard's order"))
    if missing := ", ".join(expected(f)):
        said.append(Text(f"ไม่มีช่อง {missing}", f"without {missing}"))
    if f.withdrawn:
        said.append(Text(f"ถอนแถวเดิม {f.withdrawn:,} แถว", f"{f.withdrawn:,} earlier rows withdrawn"))
    return Text(" · ".join(s.th for s in said), " · ".join(s.en for s in said)) if said else None


def expected(f: ingest.FileReceipt) -> list[str]:
    """Missing columns that every version of the standard has; those of later versions are no fault of the sender."""
    spec = FILES.get(f.file)
    fields = [(name, spec.field(name) if spec else None) for name in f.missing]
    return [name for name, known in fields if known is None or not known.since_version]


def fault(name: str, problem: ingest.Problem) -> Fault:
    """One broken rule in words."""
    rule = problem.rule
    return Fault(
        file=name,
        column=rule.column.replace("*", t("ทั้งแถว", "whole row")),
        rule=rule.id,
        rows=problem.count,
        words=words(rule),
        effect=EFFECTS[rule.severity],
        samples=problem.samples[:SAMPLES_SHOWN],
    )


def words(rule: ingest.Rule) -> Text:
    """What a rule says when it is broken: where, what, and what to do."""
    return Text(*ingest.sentences(rule))


def total(hospcode: str, file: str, column: str, kind: str, rows: int) -> Total:
    """One broken rule of a facility over all its deposits."""
    rule = next((r for r in ingest.rules_of(file) if (r.column, r.kind) == (column, kind)), None)
    said = words(rule) if rule else Text("", "")  # a rule that an older release counted
    return Total(facilities.name(hospcode), file, column, f"{file}.{column}.{kind}", rows, said)


def age(found: ingest.SenderAge) -> Age:
    """One sender's age in words."""
    place = facilities.name(found.hospcode)
    return Age(place, found.last_received_at, found.last_exported_at, found.age_days, found.deposits)


def silent(own: str | None) -> list[Text]:
    """Registered facilities that never sent anything."""
    senders = {a.hospcode for a in ingest.ages()}
    quiet = [f for f in registry.facilities() if f.hospcode not in senders and own in {None, f.hospcode}]
    return [Text(f.name_th, f.name_en or f.name_th) for f in quiet]


def other(text: Text) -> str:
    """The same text in the language that the page is not in."""
    return text.th if language() == ENGLISH else text.en
