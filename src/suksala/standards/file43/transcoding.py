"""Any text file of a sender to UTF-8 with LF line ends, or a refusal that says what to do.

One decision per file, never per field: strict UTF-8 when the whole file is that, else strict CP874 (TIS-620 with
Microsoft's additions; Python's own tis_620 lets damaged bytes through), else refused. 806 pairs of Thai letters in
TIS-620 are also valid UTF-8, so a decision on a part of the file would be a guess.

Control characters carry no health data and break databases (PostgreSQL stores no NUL): VT and FF, the soft line
breaks of old programs, become a blank; other C0 characters and DEL, except TAB, are removed and counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO, Literal

from .errors import FileRefused

BLOCK = 1 << 20  # bytes read at once; also the longest line accepted
HEAD = 1 << 16  # bytes looked at before reading
UTF8_BOM = b"\xef\xbb\xbf"
_SOFT_BREAKS = bytes.maketrans(b"\x0b\x0c", b"  ")
_REMOVED = bytes(c for c in [*range(32), 127] if c not in b"\t\n\r\x0b\x0c")
_ABOVE_ASCII = bytes(range(128, 256))
_NOT_TEXT = {
    b"PK\x03\x04": "Excel (.xlsx) or zip",
    b"\xd0\xcf\x11\xe0": "Excel (.xls)",
    b"%PDF": "PDF",
    b"\x1f\x8b": "gzip",
    b"Rar!": "RAR",
    b"7z\xbc\xaf": "7z",
}


@dataclass(frozen=True)
class Encoding:
    """How a file was written, as far as its bytes tell.

    name      utf-8, utf-8-sig (with a byte order mark) or cp874
    lines     line ends written, that is lines of the file
    removed   control characters left out
    ascii     no byte above 127: the choice of encoding made no difference
    """

    name: Literal["utf-8", "utf-8-sig", "cp874"]
    lines: int
    removed: int
    ascii: bool


def transcode(src: BinaryIO, dst: BinaryIO) -> Encoding:
    """Copy a text file as UTF-8, LF line ends, last line ended, no byte order mark.

    Both streams must be seekable: a file that turns out not to be UTF-8 is read again from its start. Each write
    holds whole lines; memory stays at a few blocks.
    Raises FileRefused (SKL-FILE-001 to 005, 009); what `dst` then holds is of no use.
    """
    target = dst.tell()

    def restart() -> None:
        dst.seek(target)
        dst.truncate()

    return _decide(src, dst.write, restart)


def detect_encoding(src: BinaryIO) -> Encoding:
    """What `transcode` would do with this whole file. Raises FileRefused."""
    return _decide(src, len, lambda: None)


def _decide(src: BinaryIO, write: Callable[[bytes], object], restart: Callable[[], None]) -> Encoding:
    start = src.tell()
    head = src.read(HEAD)
    _refuse_what_is_not_text(head)
    _refuse_what_was_converted_twice(head)
    src.seek(start)
    try:
        return _copy(src, write, _check_utf8)
    except UnicodeDecodeError:
        src.seek(start)
        restart()
    return _copy_cp874(src, write)


def _check_utf8(block: bytes) -> bytes:
    block.decode("utf-8")
    return block


def _from_cp874(block: bytes) -> bytes:
    return block.decode("cp874").encode("utf-8")


def _copy(src: BinaryIO, write: Callable[[bytes], object], to_utf8: Callable[[bytes], bytes]) -> Encoding:
    lines = removed = 0
    plain, bom = True, False
    for first, raw in enumerate(_blocks(src)):
        block = raw
        if first == 0 and block.startswith(UTF8_BOM):
            bom, block = True, block[len(UTF8_BOM) :]
        kept = block.translate(_SOFT_BREAKS, _REMOVED)
        removed += len(block) - len(kept)
        clean = _whole_lines(kept)
        plain = plain and clean.isascii()
        write(to_utf8(clean))
        lines += clean.count(b"\n")
    return Encoding("utf-8-sig" if bom else "utf-8", lines, removed, plain)


def _whole_lines(block: bytes) -> bytes:
    """LF line ends, the last line of a file ended too."""
    if b"\r" in block:
        block = block.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return block if not block or block.endswith(b"\n") else block + b"\n"


def _copy_cp874(src: BinaryIO, write: Callable[[bytes], object]) -> Encoding:
    start = src.tell()
    if _is_damaged_utf8(src):
        raise FileRefused(
            "แฟ้มนี้เป็น UTF-8 แต่มีบางตัวอักษรเสียหายหรือปนรหัสอื่น ให้ส่งออกใหม่เป็น UTF-8 ทั้งแฟ้ม",
            "This file is UTF-8 with damaged characters or other encodings mixed in. Export it again, all in UTF-8.",
            code="SKL-FILE-002",
        )
    src.seek(start)
    try:
        found = _copy(src, write, _from_cp874)
    except UnicodeDecodeError as error:
        raise FileRefused(
            "อ่านแฟ้มนี้ไม่ได้ทั้งแบบ UTF-8 และ TIS-620 ให้ส่งออกใหม่เป็น UTF-8",
            "This file is neither UTF-8 nor TIS-620 throughout. Export it again as UTF-8.",
            code="SKL-FILE-003",
        ) from error
    return Encoding("cp874", found.lines, found.removed, found.ascii)


def _is_damaged_utf8(src: BinaryIO) -> bool:
    """In Thai UTF-8 a third of the high bytes are E0 before B8 or B9; in TIS-620 that is เ before ธ or น, and rare.

    The first megabytes tell: a file in two encodings fails as CP874 later, where UTF-8 letters have bytes 81 to 90.
    """
    high = pairs = 0
    for block in islice(_blocks(src), 8):
        high += len(block) - len(block.translate(None, _ABOVE_ASCII))
        pairs += block.count(b"\xe0\xb8") + block.count(b"\xe0\xb9")
    return pairs * 3 * 2 > high > 0


def _refuse_what_is_not_text(head: bytes) -> None:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) or head.count(0) * 4 > len(head) > 0:
        raise FileRefused(
            "แฟ้มนี้เป็น UTF-16 (Notepad เรียกว่า Unicode) ให้บันทึกใหม่โดยเลือก Encoding เป็น UTF-8",
            "This file is UTF-16 (Notepad calls it Unicode). Save it again with the encoding UTF-8.",
            code="SKL-FILE-001",
        )
    for magic, kind in _NOT_TEXT.items():
        if head.startswith(magic):
            raise FileRefused(
                f"แฟ้มนี้ไม่ใช่ข้อความ แต่เป็น {kind} ที่เปลี่ยนนามสกุล ให้ส่งออกเป็นข้อความคั่นด้วย |",
                f"This is not text but {kind} under another name. Export text separated by |.",
                code="SKL-FILE-004",
            )


def _refuse_what_was_converted_twice(head: bytes) -> None:
    """UTF-8 read as TIS-620 and written as UTF-8 again: every Thai letter has become เธ or เน and one more."""
    pairs = head.count("เธ".encode()) + head.count("เน".encode())
    high = len(head) - len(head.translate(None, _ABOVE_ASCII))
    if pairs >= 20 and pairs * 9 * 2 > high:  # three letters of three bytes each; in real text one pair in a hundred
        raise FileRefused(
            "ตัวอักษรไทยในแฟ้มนี้ถูกแปลงรหัสซ้ำสองครั้ง (เห็นเป็น เธเธ...) ให้ส่งออกใหม่เป็น UTF-8 จากระบบต้นทาง",
            "The Thai letters of this file were converted twice (read as เธเธ...). Export it again from its source.",
            code="SKL-FILE-009",
        )


def _blocks(src: BinaryIO) -> Iterator[bytes]:
    """The file in pieces that end at a line end, so that no character or CR LF is cut in two."""
    rest = b""
    while chunk := src.read(BLOCK):
        rest += chunk
        cut = rest.rfind(b"\n") + 1 or rest.rfind(b"\r", 0, -1) + 1
        if cut:
            yield rest[:cut]
            rest = rest[cut:]
        elif len(rest) > BLOCK:
            raise FileRefused(
                "พบบรรทัดที่ยาวเกิน 1 MB แฟ้มนี้อาจไม่ใช่ข้อความหรือไม่มีการขึ้นบรรทัดใหม่",
                "A line is longer than 1 MB: this may not be text, or its line ends are missing.",
                code="SKL-FILE-005",
            )
    if rest:
        yield rest
