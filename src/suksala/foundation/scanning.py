"""Files are looked at for malicious software before they are taken, by the operator's ClamAV (clamd's INSTREAM).

Twenty lines of protocol instead of a package: those on PyPI wrap the same lines and add their own errors. Source:
clamd(8), ASVS 5 V5.4.3; decision 0160.
"""

from __future__ import annotations

import io
import socket
import struct
from typing import BinaryIO

from . import settings
from .errors import SuksalaError

SECONDS = 10.0  # for each step; a scan of the largest body takes about one
PIECE = 256 * 1024
LONGEST_ANSWER = 4096
# What every scanner must call malicious though it does nothing (EICAR); in pieces, so that none finds it in this file.
SPECIMEN = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}" + b"$EICAR-STANDARD-" + b"ANTIVIRUS-TEST-FILE!$H+H*"


class Malicious(SuksalaError):
    """A file holds malicious software. Nothing of what it came with was kept."""

    code = "SKL-SCAN-001"
    http_status = 422


class NotScanned(SuksalaError):
    """A file could not be looked at: the scanner is away, or gave no verdict. Nothing was kept; try again."""

    code = "SKL-SCAN-002"
    http_status = 503


def is_on() -> bool:
    """Whether the operator named a scanner (SUKSALA_CLAMD)."""
    return settings.current().clamd is not None


def scan(content: bytes) -> None:
    """Have a file looked at; nothing happens without a scanner. Raises Malicious, NotScanned."""
    scan_stream(io.BytesIO(content))


def scan_stream(stream: BinaryIO, seconds: float = SECONDS) -> None:
    """Have a file looked at that is read piece by piece, as `scan` does.

    seconds  for each step: what unpacks slowly takes longer
    """
    if not is_on():
        return
    verdict = _ask(stream, seconds)
    if verdict == "stream: OK":
        return
    if verdict.endswith(" FOUND"):  # the name of what was found is the scanner's, and says nothing to a sender
        raise Malicious(
            "ไฟล์ที่ส่งมามีโปรแกรมที่เป็นอันตราย จึงไม่รับข้อมูลนี้: ตรวจเครื่องต้นทาง แล้วส่งใหม่โดยไม่มีไฟล์นี้",
            "a file that was sent holds malicious software, so nothing was taken: look at the machine that it came "
            "from, and send again without it",
        )
    raise NotScanned(
        "ตรวจหาโปรแกรมอันตรายในไฟล์ที่ส่งมาไม่ได้ในขณะนี้ จึงยังไม่รับ: ลองใหม่อีกครั้ง",
        "a file that was sent could not be scanned for malicious software just now, so nothing was taken: try again",
    )


def _ask(content: BinaryIO, seconds: float) -> str:
    """What clamd says of a file; "" when it says nothing in time."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
            line.settimeout(seconds)
            line.connect(str(settings.current().clamd))
            line.sendall(b"zINSTREAM\0")
            while piece := content.read(PIECE):
                line.sendall(struct.pack("!L", len(piece)) + piece)
            line.sendall(struct.pack("!L", 0))
            return _answer(line)
    except OSError:
        return ""


def _answer(line: socket.socket) -> str:
    found = b""
    while b"\0" not in found and len(found) < LONGEST_ANSWER and (more := line.recv(LONGEST_ANSWER)):
        found += more
    told, ended, _ = found.partition(b"\0")
    return told.decode(errors="replace") if ended else ""
