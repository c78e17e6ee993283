"""Our own reading of a zip's directory: what a zip may claim, and what it may not.

Python's zipfile up to 3.11.7 accepts overlapping entries (CVE-2024-0450): 38 kB that claim 5 GB open without a word.
So the directory is read here, every entry must lie alone inside the file and agree with its local header, and bytes
are inflated against a running limit, whatever the directory says.
Source: PKWARE APPNOTE 6.3.10, sections 4.3 to 4.5.
"""

from __future__ import annotations

import io
import struct
import unicodedata
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from .errors import ZipRefused
from .limits import Limits

END = struct.Struct("<4s4H2LH")  # end of central directory
LOCATOR = struct.Struct("<4sLQL")  # zip64 locator
END64 = struct.Struct("<4sQ2H2L4Q")
CENTRAL = struct.Struct("<4s6H3L5H2L")
LOCAL = struct.Struct("<4s5H3L2H")
FOUR_GB = 0xFFFFFFFF
STORED, DEFLATED = 0, 8
ENCRYPTED, DESCRIPTOR, UTF8_NAME = 0x1, 0x8, 0x800
SYMLINK = 0o120000
LOOKS_LIKE = {
    b"Rar!": "RAR",
    b"7z\xbc\xaf": "7z",
    b"\x1f\x8b": "gzip",
    b"%PDF": "PDF",
    b"\xd0\xcf\x11\xe0": "Excel (.xls)",
    b"<htm": "HTML",
    b"<!DO": "HTML",
    b"HOSP": "text",
    b"\xef\xbb\xbfH": "text",
}


@dataclass(frozen=True)
class Entry:
    """One file inside a zip, as its directory and its local header agree that it is."""

    name: str
    method: int
    crc: int
    packed: int
    size: int
    header: int  # where its local header begins
    start: int  # where its bytes begin

    def same_name_key(self) -> str:
        """Names that a person or a file system would take for the same."""
        return unicodedata.normalize("NFC", self.name).casefold()


def entries(path: Path, limits: Limits) -> list[Entry]:
    """Every file of the zip at `path`, after every check that needs no unpacking. Raises ZipRefused."""
    size = path.stat().st_size
    if size == 0:
        raise ZipRefused("001")
    if size > limits.zip_bytes:
        raise ZipRefused("009", limit=limits.zip_bytes >> 20)
    with path.open("rb") as stream:
        _require_magic(stream)
        found = _directory(stream, size, limits)
        listed = [_checked(stream, raw, size) for raw in found if not raw.name.endswith("/")]
    _require_apart(listed)
    _require_quota(listed, limits)
    _require_distinct(listed)
    if not listed:
        raise ZipRefused("004")
    return listed


@dataclass(frozen=True)
class _Raw:
    name: str
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    offset: int
    mode: int


def _require_magic(stream: BinaryIO) -> None:
    head = stream.read(4)
    if head == b"PK\x05\x06":
        raise ZipRefused("004")
    if head == b"PK\x03\x04":
        return
    kind = next((kind for magic, kind in LOOKS_LIKE.items() if head.startswith(magic[:4])), None)
    raise ZipRefused("002", kind=kind or "?")


def _directory(stream: BinaryIO, size: int, limits: Limits) -> list[_Raw]:
    where = _end_record(stream, size)
    stream.seek(where)
    (_, disk, first_disk, here, count, length, offset, comment) = END.unpack(stream.read(END.size))
    if where + END.size + comment != size:
        raise ZipRefused("016")
    directory_end = where
    if FOUR_GB in (length, offset) or 0xFFFF in (here, count):
        disk, first_disk, here, count, length, offset, directory_end = _zip64(stream, where)
    if disk or first_disk or here != count:
        raise ZipRefused("015")
    if count > limits.entries:
        raise ZipRefused("013", limit=limits.entries)
    if offset + length != directory_end:
        raise ZipRefused("003")
    stream.seek(offset)
    return _parse(stream.read(length), count)


def _end_record(stream: BinaryIO, size: int) -> int:
    """Where the end record stands; two candidates are a trick and none is a truncated file."""
    span = min(size, END.size + 0xFFFF)
    stream.seek(size - span)
    tail = stream.read(span)
    found = []
    at = tail.find(b"PK\x05\x06")
    while at >= 0:
        if at + END.size <= len(tail) and at + END.size + END.unpack_from(tail, at)[7] <= len(tail):
            found.append(size - span + at)
        at = tail.find(b"PK\x05\x06", at + 1)
    if not found:
        raise ZipRefused("003")
    if len(found) > 1:
        raise ZipRefused("016")
    return found[0]


def _zip64(stream: BinaryIO, where: int) -> tuple[int, int, int, int, int, int, int]:
    at = where - LOCATOR.size
    if at < 0:
        raise ZipRefused("003")
    stream.seek(at)
    magic, disk, end_at, disks = LOCATOR.unpack(stream.read(LOCATOR.size))
    if magic != b"PK\x06\x07" or disk or disks > 1 or end_at + END64.size > at:
        raise ZipRefused("003")
    stream.seek(end_at)
    head = END64.unpack(stream.read(END64.size))
    if head[0] != b"PK\x06\x06" or end_at + 12 + head[1] != at:
        raise ZipRefused("003")
    _, _, _, _, number, first, here, count, length, offset = head
    return number, first, here, count, length, offset, end_at


def _parse(block: bytes, count: int) -> list[_Raw]:
    found, at = [], 0
    for _ in range(count):
        if at + CENTRAL.size > len(block):
            raise ZipRefused("003")
        fields = CENTRAL.unpack_from(block, at)
        if fields[0] != b"PK\x01\x02":
            raise ZipRefused("003")
        name_end = at + CENTRAL.size + fields[10]
        extra_end = name_end + fields[11]
        end = extra_end + fields[12]
        if end > len(block):
            raise ZipRefused("003")
        found.append(_raw(fields, block[at + CENTRAL.size : name_end], block[name_end:extra_end]))
        at = end
    if at != len(block):
        raise ZipRefused("003")
    return found


def _raw(fields: tuple[int, ...], name: bytes, extra: bytes) -> _Raw:
    flags, method, crc, packed, size = fields[3], fields[4], fields[7], fields[8], fields[9]
    if fields[13]:
        raise ZipRefused("015")
    offset = fields[16]
    size, packed, offset = _widened(extra, size, packed, offset)
    return _Raw(_text(name, flags), flags, method, crc, packed, size, offset, fields[15] >> 16)


def _text(name: bytes, flags: int) -> str:
    if b"\0" in name:
        raise ZipRefused("003")
    if flags & UTF8_NAME:
        return name.decode("utf-8", "replace")
    for encoding in ("utf-8", "cp874"):
        try:
            return name.decode(encoding)
        except UnicodeDecodeError:
            continue
    return name.decode("cp437")


def _widened(extra: bytes, size: int, packed: int, offset: int) -> tuple[int, int, int]:
    """Replace 32-bit fields that overflow by their 64-bit values from the zip64 extra field."""
    wanted = [value == FOUR_GB for value in (size, packed, offset)]
    if not any(wanted):
        return size, packed, offset
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<2H", extra, at)
        body = extra[at + 4 : at + 4 + length]
        if kind == 1 and len(body) >= 8 * sum(wanted):
            wide = iter(struct.unpack_from(f"<{sum(wanted)}Q", body))
            found = [next(wide) if w else v for w, v in zip(wanted, (size, packed, offset), strict=True)]
            return found[0], found[1], found[2]
        at += 4 + length
    raise ZipRefused("003")


def _checked(stream: BinaryIO, raw: _Raw, size: int) -> Entry:
    """The entry, if its local header tells the same story as the directory."""
    if raw.flags & ENCRYPTED or raw.method == 99:
        raise ZipRefused("005")
    if raw.method not in (STORED, DEFLATED):
        raise ZipRefused("006", method=raw.method)
    if raw.mode & 0o170000 == SYMLINK:
        raise ZipRefused("014")
    if raw.method == STORED and raw.packed != raw.size:
        raise ZipRefused("007")
    start = _start(stream, raw, size)
    if start + raw.packed > size:
        raise ZipRefused("003")
    if raw.name.lower().endswith((".zip", ".7z", ".rar", ".gz")):
        raise ZipRefused("008")
    return Entry(raw.name, raw.method, raw.crc, raw.packed, raw.size, raw.offset, start)


def _start(stream: BinaryIO, raw: _Raw, size: int) -> int:
    if raw.offset + LOCAL.size > size:
        raise ZipRefused("003")
    stream.seek(raw.offset)
    local = LOCAL.unpack(stream.read(LOCAL.size))
    if local[0] != b"PK\x03\x04":
        raise ZipRefused("003")
    name = stream.read(local[9])
    told = local[2] & DESCRIPTOR or (local[6] == raw.crc and local[7] in (raw.packed, FOUR_GB))
    if local[3] != raw.method or local[2] & ENCRYPTED or _text(name, raw.flags) != raw.name or not told:
        raise ZipRefused("007")
    return raw.offset + LOCAL.size + int(local[9]) + int(local[10])


def _require_apart(listed: Sequence[Entry]) -> None:
    """No two entries share a byte: that is how a small zip unpacks to terabytes."""
    reached = 0
    for entry in sorted(listed, key=lambda e: e.header):
        if entry.header < reached:
            raise ZipRefused("007")
        reached = entry.start + entry.packed


def _require_quota(listed: Sequence[Entry], limits: Limits) -> None:
    total = sum(entry.size for entry in listed)
    packed = sum(entry.packed for entry in listed)
    if total > limits.unpacked_bytes or any(entry.size > limits.file_bytes for entry in listed):
        raise ZipRefused("010", limit=limits.unpacked_bytes >> 20)
    if total > limits.ratio_from and total > limits.ratio * max(packed, 1):
        raise ZipRefused("010", limit=limits.unpacked_bytes >> 20)


def _require_distinct(listed: Sequence[Entry]) -> None:
    names = [entry.same_name_key() for entry in listed]
    if len(set(names)) != len(names):
        raise ZipRefused("011")


class EntryReader(io.RawIOBase):
    """The bytes of one entry, inflated as they are read, never more than the directory promised. Seekable to 0 only.

    Raises ZipRefused 012 when the bytes are damaged: wrong checksum, wrong length, broken deflate stream.
    """

    def __init__(self, path: Path, entry: Entry) -> None:
        super().__init__()
        self._stream = path.open("rb")
        self._entry = entry
        self._restart()

    def _restart(self) -> None:
        self._stream.seek(self._entry.start)
        self._left = self._entry.packed
        self._inflate = zlib.decompressobj(-15) if self._entry.method == DEFLATED else None
        self._crc = self._given = 0
        self._pending = b""

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._given - len(self._pending)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        if whence != io.SEEK_SET or offset > self.tell():
            raise io.UnsupportedOperation("only a restart")
        if offset < self.tell():
            self._restart()
        while self.tell() < offset:
            self.read(min(1 << 16, offset - self.tell()))
        return offset

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]
        data = self.read(len(view))
        view[: len(data)] = data
        return len(data)

    def read(self, size: int = -1) -> bytes:
        wanted = self._entry.size if size < 0 else size
        while len(self._pending) < wanted and self._more():
            pass
        out, self._pending = self._pending[:wanted], self._pending[wanted:]
        return out

    def _more(self) -> bool:
        """Inflate one more block; False at the end, where the checksum and the length must agree."""
        block, plain = self._stored() if self._inflate is None else self._deflated(self._inflate)
        self._crc = zlib.crc32(plain, self._crc)
        self._given += len(plain)
        if self._given > self._entry.size:
            raise ZipRefused("012")
        self._pending += plain
        if block or plain:
            return True
        if self._left or self._given != self._entry.size or self._crc != self._entry.crc:
            raise ZipRefused("012")
        return False

    def _stored(self) -> tuple[bytes, bytes]:
        block = self._stream.read(min(self._left, 1 << 18))
        self._left -= len(block)
        return block, block

    def _deflated(self, inflate: zlib._Decompress) -> tuple[bytes, bytes]:
        """Some packed bytes and what they held: at most one byte more than was promised, so a lie is seen at once."""
        block = inflate.unconsumed_tail
        if not block:
            block = self._stream.read(min(self._left, 1 << 18))
            self._left -= len(block)
        try:
            return block, inflate.decompress(block, min(self._entry.size - self._given + 1, 1 << 22))
        except zlib.error as error:
            raise ZipRefused("012") from error

    def close(self) -> None:
        self._stream.close()
        super().close()
