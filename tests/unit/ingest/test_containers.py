"""What a zip may claim: every trick is found in its directory, before a byte is unpacked (CVE-2024-0450)."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from suksala.ingest.containers import EntryReader, entries
from suksala.ingest.errors import ZipRefused
from suksala.ingest.limits import Limits
from tests.deposits import zipped

BODY = b"HOSPCODE|PID\r\n99901|1\r\n"


def refusal(tmp: Path, body: bytes, limits: Limits | None = None) -> str:
    """The code with which these bytes are refused, "" when they are not."""
    path = tmp / "x.zip"
    path.write_bytes(body)
    try:
        entries(path, limits or Limits())
    except ZipRefused as problem:
        return problem.code
    return ""


def good() -> bytes:
    """A zip of two files in a folder."""
    return zipped({"F43/PERSON.txt": BODY, "F43/SERVICE.txt": BODY * 50})


def local(name: bytes, data: bytes, crc: int) -> bytes:
    """A stored entry with its local header."""
    return struct.pack("<4s5H3L2H", b"PK\3\4", 20, 0, 0, 0, 33, crc, len(data), len(data), len(name), 0) + name + data


def central(
    name: bytes, data: bytes, crc: int, offset: int, *, flags: int = 0, method: int = 0, mode: int = 0
) -> bytes:
    """The directory record of a stored entry."""
    fixed = (
        b"PK\1\2",
        20,
        20,
        flags,
        method,
        0,
        33,
        crc,
        len(data),
        len(data),
        len(name),
        0,
        0,
        0,
        0,
        mode << 16,
        offset,
    )
    return struct.pack("<4s6H3L5H2L", *fixed) + name


def end(count: int, length: int, offset: int) -> bytes:
    """The end record."""
    return struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, count, count, length, offset, 0)


def built(change: Callable[[bytes, bytes], tuple[bytes, bytes]] = lambda a, b: (a, b), records: int = 1) -> bytes:
    """One stored entry PERSON.txt, its local part and its directory record changed."""
    crc = zlib.crc32(BODY)
    first, record = change(local(b"PERSON.txt", BODY, crc), central(b"PERSON.txt", BODY, crc, 0))
    return first + record * records + end(records, len(record) * records, len(first))


def test_what_programs_make_is_read(tmp_path: Path) -> None:
    """Names in a folder, stored or deflated; directory entries are no files."""
    path = tmp_path / "a.zip"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.mkdir("F43")
        made.writestr("F43/PERSON.txt", BODY, zipfile.ZIP_STORED)
        made.writestr("F43/SERVICE.txt", BODY * 50, zipfile.ZIP_DEFLATED)
    path.write_bytes(out.getvalue())
    found = entries(path, Limits())
    assert [(e.name, e.size) for e in found] == [("F43/PERSON.txt", len(BODY)), ("F43/SERVICE.txt", 50 * len(BODY))]
    for entry, body in zip(found, (BODY, BODY * 50), strict=True):
        with EntryReader(path, entry) as stream:
            assert stream.read(5) == body[:5]
            stream.seek(0)
            assert b"".join(iter(lambda: stream.read(7), b"")) == body


def test_a_zip_that_was_streamed_is_read(tmp_path: Path) -> None:
    """Sizes in a data descriptor behind the data: the directory has them."""

    class Unseekable(io.BytesIO):
        def seekable(self) -> bool:
            return False

        def tell(self) -> int:
            raise io.UnsupportedOperation

    out = Unseekable()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("PERSON.txt", BODY)
    assert refusal(tmp_path, out.getvalue()) == ""


def test_every_truncation_is_told(tmp_path: Path) -> None:
    """Cut anywhere: never read as if it were whole, never an exception of ours."""
    body = good()
    codes = {refusal(tmp_path, body[:n]) for n in range(len(body))}
    assert codes == {"SKL-ZIP-001", "SKL-ZIP-002", "SKL-ZIP-003"}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (built(), ""),
        (built(records=2), "SKL-ZIP-007"),
        (built(lambda a, b: (a, b[:8] + b"\1\0" + b[10:])), "SKL-ZIP-005"),
        (built(lambda a, b: (a, b[:10] + struct.pack("<H", 99) + b[12:])), "SKL-ZIP-005"),
        (built(lambda a, b: (a, b[:10] + struct.pack("<H", 14) + b[12:])), "SKL-ZIP-006"),
        (built(lambda a, b: (a, b[:38] + struct.pack("<L", 0o120777 << 16) + b[42:])), "SKL-ZIP-014"),
        (built(lambda a, b: (a, b[:24] + struct.pack("<L", 5_000_000) + b[28:])), "SKL-ZIP-007"),
        (built(lambda a, b: (a.replace(b"PERSON", b"DEATHS"), b)), "SKL-ZIP-007"),
        (built(lambda a, b: (a, b[:42] + struct.pack("<L", 0xFFFFFF00))), "SKL-ZIP-003"),
        (built()[:-22] + end(1, 0, 0), "SKL-ZIP-003"),
        (built() + b"trailing", "SKL-ZIP-016"),
        (b"MZ" + built(), "SKL-ZIP-002"),
        (b"PK\3\4" + built(), "SKL-ZIP-003"),
    ],
    ids=[
        "good",
        "overlap",
        "locked",
        "aes",
        "lzma",
        "link",
        "lie",
        "rename",
        "far",
        "elsewhere",
        "tail",
        "exe",
        "head",
    ],
)
def test_a_directory_that_lies_is_not_believed(tmp_path: Path, body: bytes, code: str) -> None:
    """Overlaps, other names, other sizes, locked or linked entries: one code each."""
    assert refusal(tmp_path, body) == code


def test_quotas_hold_on_what_the_directory_promises(tmp_path: Path) -> None:
    """Both sides of each edge: entries, size, ratio."""
    body = good()
    total = 51 * len(BODY)
    assert refusal(tmp_path, body, Limits(entries=2)) == ""
    assert refusal(tmp_path, body, Limits(entries=1)) == "SKL-ZIP-013"
    assert refusal(tmp_path, body, Limits(unpacked_bytes=total)) == ""
    assert refusal(tmp_path, body, Limits(unpacked_bytes=total - 1)) == "SKL-ZIP-010"
    assert refusal(tmp_path, body, Limits(zip_bytes=len(body) - 1)) == "SKL-ZIP-009"
    assert refusal(tmp_path, body, Limits(ratio=2, ratio_from=1)) == "SKL-ZIP-010"
    assert refusal(tmp_path, body, Limits(ratio=2, ratio_from=total)) == ""


def drained(stream: EntryReader) -> None:
    """Read to the end in pieces."""
    while stream.read(1 << 20):
        pass


def test_bytes_are_counted_while_they_are_unpacked(tmp_path: Path) -> None:
    """A deflate stream that holds more than it promised, or other bytes than its checksum, ends with 012."""
    path = tmp_path / "a.zip"
    path.write_bytes(zipped({"PERSON.txt": b"0" * 50_000_000}))
    (entry,) = entries(path, Limits(ratio=2000))
    lies = [
        entry.__class__(**{**vars(entry), "size": 1000}),
        entry.__class__(**{**vars(entry), "crc": entry.crc ^ 1}),
        entry.__class__(**{**vars(entry), "packed": entry.packed - 9}),
    ]
    for lie in lies:
        with EntryReader(path, lie) as stream, pytest.raises(ZipRefused) as refused:
            drained(stream)
        assert refused.value.code == "SKL-ZIP-012"
