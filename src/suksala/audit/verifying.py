"""Proving the log: every fact against its leaf, every leaf against what was signed, here and by others.

What each way of tampering leaves behind: an edited fact no longer hashes to its leaf; a deleted one leaves a leaf
without a fact; an edited or inserted leaf changes the roots of later checkpoints, which are signed; a shortened or
restored log is shorter than a checkpoint that lies outside the database; two histories cannot both have the roots that
the witnesses signed.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import struct
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from suksala.foundation import clock

from . import merkle, storage, tree_storage
from .domain import Veil, kept_until
from .leaves import Sealed, as_document, of_document
from .merkle import Peaks
from .notes import COSIGNATURE, Checkpoint, Note, NoteProblem, Verifier
from .sealing import outside, signer
from .tree_storage import Kept
from .witnesses import own_witnesses

PAGE = 2_000  # of more at a time Python's garbage collection costs a fifth
SEALED_WITHIN = timedelta(minutes=1)  # sealing takes a second; a minute allows for a restart
LATE = timedelta(hours=1)
RETIRED = "audit.retired"
SHOWN = 20  # findings of one kind; the rest is counted


@dataclass(frozen=True)
class Finding:
    """Something that is not as it must be.

    code   stable: altered, gone, inserted, unsealed, gap, root, signature, shorter, history, block, proof
    where  place in the tree, or size of the checkpoint
    """

    code: str
    where: int
    th: str
    en: str


_SAYS = {
    "altered": ("เหตุการณ์ถูกแก้ไขหลังบันทึก", "this fact was changed after it was sealed"),
    "gone": ("เหตุการณ์ถูกลบโดยไม่มีบันทึกการสิ้นอายุ", "this fact was removed, and no end of keeping tells of it"),
    "inserted": ("มีเหตุการณ์แทรกด้วยลำดับที่มีอยู่แล้ว", "a fact was put in under a number that is taken"),
    "unsealed": ("มีเหตุการณ์ที่ยังไม่ถูกผนึกเกินหนึ่งนาที", "facts older than a minute are not sealed"),
    "gap": ("ใบของต้นไม้ขาดหายตั้งแต่ตำแหน่งนี้", "leaves are missing from this place on"),
    "root": ("รากของต้นไม้ไม่ตรงกับจุดตรวจสอบที่ลงนามไว้", "the tree's root is not the one that was signed at this size"),
    "signature": ("ลายเซ็นของจุดตรวจสอบไม่ถูกต้อง", "the signature of this checkpoint is wrong"),
    "shorter": (
        "บันทึกสั้นกว่าจุดตรวจสอบที่เคยเห็น: ถูกตัดหรือกู้จากสำเนาเก่า",
        "the log is shorter than a checkpoint seen before: cut, or set back to an old copy",
    ),
    "history": ("ประวัติต่างจากที่เคยลงนามหรือมีพยานเห็น", "this is another history than the one that was signed or witnessed"),
    "block": (
        "รากของกลุ่มใบที่เก็บไว้ไม่ตรงกับใบ หลักฐานที่ดาวน์โหลดจะใช้ไม่ได้",
        "a root kept over these leaves is not theirs: proofs made with it do not hold",
    ),
    "proof": ("หลักฐานไม่ตรงกับจุดตรวจสอบ", "the proof does not lead to the checkpoint"),
}


@dataclass
class Report:
    """What a look at the log found.

    size         leaves looked at
    retired      facts whose time of keeping had ended, as the log itself tells
    checkpoints  signed roots that were compared
    witnesses    others whose co-signatures are right on the newest checkpoint that any has signed
    late         facts told more than an hour after their moment, by kind (usage logs of applications are)
    counts       findings by code
    findings     the first of each code
    """

    size: int = 0
    retired: int = 0
    checkpoints: int = 0
    witnesses: int = 0
    late: Counter[str] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        """Nothing was found."""
        return not self.counts

    def found(self, code: str, where: int, times: int = 1) -> None:
        """Keep a finding."""
        self.counts[code] += times
        if self.counts[code] - times < SHOWN:
            self.findings.append(Finding(code, where, *_SAYS[code]))


def verify(
    seen: Iterable[Note] = (), *, told: Callable[[int], None] | None = None, keys: Sequence[Verifier] = ()
) -> Report:
    """Look at the whole log in the database.

    seen  checkpoints that others kept of it, such as a witness's
    told  called with the number of leaves looked at, for progress
    keys  verifier keys of the witnesses whose signatures count, those of the settings when empty; and of this log as it
          was called before, when its key or name was changed
    """
    report = Report()
    own = signer().verifier()
    last = tree_storage.last_number()  # facts told during the look are sealed during the look, or after it
    kept = _kept(report)
    elsewhere = [*_file_checkpoint(report), *seen]
    roots = _Roots(report, [own, *keys], kept, elsewhere)
    gone = _walk(report, roots, told)
    roots.end()
    _account_for(report, gone)
    unsealed = tree_storage.unsealed_before(clock.now() - SEALED_WITHIN, last)
    if unsealed:
        report.found("unsealed", report.size, unsealed)
    cosigners = [key for key in keys if key.kind == COSIGNATURE] or [witness.verifier for witness in own_witnesses()]
    report.witnesses = _witnesses(kept, {key for key in cosigners if key.public != own.public})
    return report


def _kept(report: Report) -> list[Note]:
    """The checkpoints of the database, the smallest first."""
    found = []
    for kept in tree_storage.checkpoints():
        try:
            note = Note.read(kept.note)
            Checkpoint.read(note.text)
            found.append(note)
        except NoteProblem:
            report.found("signature", kept.size)
    return found


def _witnesses(kept: Sequence[Note], others: Set[Verifier]) -> int:
    """How many others have signed the newest checkpoint that any of them has signed."""
    counts = (sum(note.cosigned_at(key) is not None for key in others) for note in reversed(kept))
    return next((count for count in counts if count), 0)


class _Roots:
    """Compares the growing tree with everything that was signed about it."""

    def __init__(self, report: Report, keys: Sequence[Verifier], kept: Iterable[Note], outside: Iterable[Note]) -> None:
        self.report = report
        self.wanted: dict[int, list[tuple[str, bytes]]] = {}
        self.peaks = Peaks()
        for code, notes in (("root", kept), ("history", outside)):
            for note in notes:
                self._want(code, note, keys)
        self.compare()

    def _want(self, code: str, note: Note, keys: Sequence[Verifier]) -> None:
        checkpoint = Checkpoint.read(note.text)
        self.report.checkpoints += 1
        if not _signed(note, checkpoint, keys):
            self.report.found("signature", checkpoint.size)
        else:
            self.wanted.setdefault(checkpoint.size, []).append((code, checkpoint.root))

    def add(self, leaf: bytes) -> None:
        self.peaks.append(leaf)
        if self.peaks.size in self.wanted:
            self.compare()

    def compare(self) -> None:
        for code, root in self.wanted.pop(self.peaks.size, []):
            if root != self.peaks.root():
                self.report.found(code, self.peaks.size)

    def end(self) -> None:
        """What is left was signed about a longer log."""
        for size in self.wanted:
            self.report.found("shorter", size)


class _Blocks:
    """Compares the roots over blocks that are kept for proofs with those of the leaves."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.levels: list[list[bytes]] = []  # what waits for its block to be full, leaves first
        self.compared: list[int] = []  # blocks so far, by level

    def add(self, found: bytes, level: int = 0) -> None:
        if level == len(self.levels):
            self.levels.append([])
            self.compared.append(0)
        self.levels[level].append(found)
        if len(self.levels[level]) == tree_storage.BLOCK:
            root, number = tree_storage.root_over(self.levels[level]), self.compared[level]
            if tree_storage.hashes(level + 1, number, 1) != [root]:
                self.report.found("block", number * tree_storage.BLOCK ** (level + 1))
            self.levels[level], self.compared[level] = [], number + 1
            self.add(root, level + 1)


def _walk(report: Report, roots: _Roots, told: Callable[[int], None] | None) -> dict[date, list[int]]:
    """Every leaf in order; returns the places of those without a fact, by month."""
    gone: dict[date, list[int]] = {}
    latest: datetime | None = None
    blocks = _Blocks(report)
    while page := tree_storage.leaves(report.size, PAGE):
        for leaf in page:
            if leaf.index != report.size:
                report.found("inserted" if leaf.index < report.size else "gap", report.size)
                if leaf.index < report.size:
                    continue
                return gone
            if leaf.sealed is None:
                gone.setdefault(leaf.month, []).append(leaf.index)
            else:
                if leaf.sealed.leaf() != leaf.hash:
                    report.found("altered", leaf.index)
                at = leaf.sealed.fact.at
                latest = at if latest is None else max(latest, at)
                if latest - at > LATE:
                    report.late[leaf.sealed.fact.kind] += 1
            roots.add(leaf.hash)
            blocks.add(leaf.hash)
            report.size += 1
        if told:
            told(report.size)
    return gone


def _account_for(report: Report, gone: Mapping[date, list[int]]) -> None:
    """Facts that are gone must have been retired, month by month, when of age, as a fact of the log tells."""
    told = {
        tuple(str(f.detail.get(name)) for name in ("month", "facts", "indexes")): f.at.astimezone(clock.BANGKOK).date()
        for f in storage.select(RETIRED, None, None)
        if f.at <= clock.now()
    }
    for month, indexes in sorted(gone.items()):
        ended = told.get((month.isoformat(), str(len(indexes)), digest(indexes)))
        if ended is not None and ended >= kept_until(month):
            report.retired += len(indexes)
        else:
            for index in indexes:
                report.found("gone", index)


def digest(indexes: Sequence[int]) -> str:
    """One number for a list of places in the tree."""
    return hashlib.sha256(struct.pack(f">{len(indexes)}q", *indexes)).hexdigest()


def _signed(note: Note, checkpoint: Checkpoint, keys: Iterable[Verifier]) -> bool:
    """Whether a log of this name, by one of these keys, signed it."""
    return any(key.kind != COSIGNATURE and key.name == checkpoint.origin and note.signed_by(key) for key in keys)


def _file_checkpoint(report: Report) -> list[Note]:
    try:
        note = outside()
    except NoteProblem:
        report.found("signature", 0)
        return []
    return [note] if note else []


def document_of(persons: Sequence[int], most: int = 1000, veils: Sequence[Veil] = ()) -> dict[str, Any]:
    """What was done to these persons' records, with the proof that it stands in the log: for the person to keep.

    Newest first, at most `most`; facts of the last second, of the last minute where others co-sign, are not in it yet;
    nor is what a veil covers.
    """
    kept = _shown()
    size = kept.size if kept else 0
    subtree = tree_storage.Subtrees()
    facts = [leaf for leaf in tree_storage.leaves_of_persons(persons, most, veils) if leaf.sealed and leaf.index < size]
    return {
        "log": str(signer().verifier()),
        "checkpoint": kept.note if kept else "",
        "facts": [_with_proof(leaf.index, leaf.sealed, size, subtree) for leaf in facts if leaf.sealed],
    }


def _shown() -> Kept | None:
    """The newest checkpoint that others have signed too; the newest of all when that is more than a minute old."""
    cosigned = tree_storage.newest_checkpoint(witnesses=1)
    if cosigned and cosigned.at > clock.now() - SEALED_WITHIN:
        return cosigned
    return tree_storage.newest_checkpoint()


def _with_proof(index: int, sealed: Sealed, size: int, subtree: merkle.Subtree) -> dict[str, Any]:
    proof = merkle.inclusion_proof(index, size, subtree)
    return {
        "fact": as_document(sealed.fact),
        "salt": sealed.salt.hex,
        "index": index,
        "proof": [base64.b64encode(step).decode() for step in proof],
    }


def verify_document(document: Any, keys: Sequence[Verifier] = ()) -> Report:
    """Check a document of `document_of` without any database.

    keys  verifier keys that the reader trusts: of logs, of which one must have signed it (without any, the key is taken
          from the document itself, which a forger writes too), and of witnesses, whose right co-signatures are counted
    Raises NoteProblem when it is no such document.
    """
    try:
        note = Note.read(document["checkpoint"])
        checkpoint = Checkpoint.read(note.text)
        logs = [k for k in keys if k.kind != COSIGNATURE] or [Verifier.read(document["log"])]
        facts = list(document["facts"])
    except (KeyError, TypeError, AttributeError) as error:
        raise no_document() from error
    report = Report(checkpoints=1, witnesses=sum(note.cosigned_at(k) is not None for k in set(keys) - set(logs)))
    if not _signed(note, checkpoint, logs):
        report.found("signature", checkpoint.size)
    for number, one in enumerate(facts):
        report.size += 1
        if not _is_proven(one, checkpoint):
            report.found("proof", number)
    return report


def _is_proven(one: Any, checkpoint: Checkpoint) -> bool:
    try:
        sealed = Sealed(of_document(one["fact"]), UUID(hex=one["salt"]))
        proof = [base64.b64decode(step, validate=True) for step in one["proof"]]
        return merkle.includes(sealed.leaf(), int(one["index"]), checkpoint.size, proof, checkpoint.root)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, binascii.Error):
        return False


def no_document() -> NoteProblem:
    """The file is not what `document_of` makes."""
    return NoteProblem(
        "แฟ้มนี้ไม่ใช่หลักฐานการเข้าถึงที่ดาวน์โหลดจากสุขศาลา",
        "this file is not a proof of access downloaded from Suksala",
        code="SKL-AUDIT-004",
    )
