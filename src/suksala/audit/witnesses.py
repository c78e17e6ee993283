"""Co-signing: other nodes sign that they have seen this log at this length, and that it only grew.

Who rewrites a log can sign it anew, but not in the name of the others. A node is a witness for the logs that its
operator lists, and has its own log witnessed by others; both by C2SP tlog-witness: POST <address>/add-checkpoint with
`old <size>`, a consistency proof, and the checkpoint.
"""

from __future__ import annotations

import base64
import binascii
import http.client
import re
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from suksala.foundation import SuksalaError, clock, database, keys, log, settings
from suksala.foundation.transport import is_safe

from . import merkle, tree_storage
from .notes import LARGEST, Checkpoint, Note, NoteProblem, Verifier
from .sealing import signer

TIMEOUT = 5.0  # seconds; the next try comes soon
LOOK_SECONDS = 5.0
PROOF_LONGEST = 63  # hashes: enough for 2^63 leaves

_log = log.get("audit")


class WitnessRefusal(SuksalaError):
    """This node does not co-sign what it was sent; it keeps what it had.

    body  what the protocol wants as answer, where it wants more than the status
    """

    code = "SKL-AUDIT-003"

    def __init__(self, status: int, th: str, en: str, body: str = "") -> None:
        super().__init__(th, en)
        self.http_status = status
        self.body = body


@dataclass(frozen=True)
class Witness:
    """A node that co-signs this log.

    address   where it takes checkpoints, without /add-checkpoint
    verifier  by what its co-signatures are checked
    """

    address: str
    verifier: Verifier

    @classmethod
    def read(cls, text: str) -> Witness:
        """ADDRESS#VERIFIER-KEY. Raises NoteProblem."""
        address, _, key = text.partition("#")
        if not is_safe(address):
            raise NoteProblem(
                "SUKSALA_AUDIT_WITNESSES: ที่อยู่พยานต้องเป็น https เว้นแต่อยู่ในเครื่องนี้เอง",
                "SUKSALA_AUDIT_WITNESSES: the address of a witness is https, unless it is on this very machine",
            )
        return cls(address.rstrip("/"), Verifier.read(key))


def own_witnesses() -> list[Witness]:
    """The nodes that co-sign this log, as the settings say. Raises NoteProblem."""
    return [Witness.read(text) for text in settings.current().audit_witnesses]


def quorum() -> int:
    """Of how many witnesses a checkpoint has to be co-signed: as many as the settings say, or more than half. Where the
    settings ask for more than there are, no checkpoint ever is (`suksala doctor` says so).
    """
    told = settings.current()
    return told.audit_quorum or len(told.audit_witnesses) // 2 + 1


def gather() -> int:
    """Ask every witness for its co-signature on the newest checkpoint; returns how many have signed it.

    A witness that does not answer is asked again at the next time; what it has seen last it says itself.
    """
    kept = tree_storage.newest_checkpoint()
    asked = own_witnesses()
    if kept is None or not asked:
        return 0
    note = Note.read(kept.note)
    for witness in asked:
        if note.cosigned_at(witness.verifier) is None:
            note = _with(note, _ask(witness, note), witness)
    signed = sum(note.cosigned_at(witness.verifier) is not None for witness in asked)
    if signed > kept.witnesses:
        tree_storage.keep_cosigned(kept._replace(note=str(note), witnesses=signed))
    return signed


def silence() -> timedelta:
    """For how long the log has grown without the co-signatures of a quorum; nothing where no witness is configured.

    Asked with every read, so each process looks every few seconds only.
    """
    if not settings.current().audit_witnesses:
        return timedelta()
    began = _looked.get("since")
    if began is None or time.monotonic() - _looked["at"] > LOOK_SECONDS:
        began = tree_storage.uncosigned_since(quorum()) or datetime.max.replace(tzinfo=UTC)
        _looked.update(since=began, at=time.monotonic())
    return max(timedelta(), clock.now() - began)


def forget_silence() -> None:
    """Look again at the next question."""
    _looked.clear()


_looked: dict[str, Any] = {}


def _with(note: Note, answer: str, witness: Witness) -> Note:
    """With the lines of the answer that are the witness's own and right; others are dropped unread."""
    try:
        lines = Note.read(f"{note.text}\n{answer}").signatures if answer else ()
    except NoteProblem:
        return note
    return note.cosigned_too(lines, witness.verifier)


def _ask(witness: Witness, note: Note) -> str:
    """The co-signature lines, or nothing. The first try guesses that it saw nothing; 409 tells what it saw."""
    size = Checkpoint.read(note.text).size
    old = 0
    for _ in range(2):
        status, body = _post(witness.address, request(old, size, note))
        if status == http.client.OK:
            return body
        seen = re.fullmatch(r"([0-9]{1,18})\n?", body)
        if status != http.client.CONFLICT or seen is None or int(seen[1]) > size:
            _log.warning("witness refused", witness=witness.verifier.name, status=status)
            return ""
        old = int(seen[1])
    return ""


def request(old: int, size: int, note: Note) -> str:
    """What is posted to a witness that last saw `old` leaves."""
    proof = merkle.consistency_proof(old, size, tree_storage.Subtrees())
    return "".join([f"old {old}\n", *(f"{base64.b64encode(h).decode()}\n" for h in proof), "\n", str(note)])


def add_checkpoint(body: str) -> str:
    """Be a witness: check that another log only grew, remember it, and return the co-signature line.

    Raises WitnessRefusal: 400 for what is not written as the protocol says, 404 for a log not listed here, 403 when
    its own signature is missing or wrong, 409 when it begins from another size than this node saw last, 422 when the
    proof does not show that it only grew.
    """
    old, proof, note, checkpoint = _read(body)
    log_key = next((v for v in map(Verifier.read, settings.current().audit_logs) if v.name == checkpoint.origin), None)
    if log_key is None:
        raise WitnessRefusal(404, "ไม่รู้จักบันทึกชื่อนี้", "this node is no witness of a log of that name")
    if not note.signed_by(log_key):
        raise WitnessRefusal(403, "ลายเซ็นของเจ้าของบันทึกไม่ถูกต้อง", "the log's own signature is missing or wrong")
    if old > checkpoint.size:
        raise _bad_request()
    with database.advisory_lock(keys.keyed_int("audit.witness", checkpoint.origin)):
        _take(old, proof, checkpoint)
    return signer().cosign(note.text, clock.now()) + "\n"


def _take(old: int, proof: Sequence[bytes], new: Checkpoint) -> None:
    size, root = tree_storage.witnessed(new.origin) or (0, merkle.EMPTY_ROOT)
    if old != size:
        raise WitnessRefusal(409, "จำนวนเดิมไม่ตรงกับที่เคยเห็น", "the old size is not what this node saw last", f"{size}\n")
    if old == new.size and root != new.root:  # two histories of one length
        raise WitnessRefusal(409, "รากไม่ตรงกับที่เคยเห็น", "another root of this size was seen before", f"{size}\n")
    if not merkle.consistent(old, new.size, root, new.root, proof):
        raise WitnessRefusal(422, "หลักฐานไม่แสดงว่าบันทึกเพียงยาวขึ้น", "the proof does not show that the log only grew")
    tree_storage.keep_witnessed(new.origin, new.size, new.root, clock.now())


def _read(body: str) -> tuple[int, list[bytes], Note, Checkpoint]:
    head, gap, note = body.partition("\n\n")
    first, *lines = head.split("\n")
    old = re.fullmatch(r"old (0|[1-9][0-9]{0,17})", first)
    if len(body) > LARGEST or not gap or old is None or len(lines) > PROOF_LONGEST:
        raise _bad_request()
    try:
        proof = [base64.b64decode(line, validate=True) for line in lines]
        signed = Note.read(note)
        return int(old[1]), proof, signed, Checkpoint.read(signed.text)
    except (binascii.Error, ValueError, NoteProblem) as error:
        raise _bad_request() from error


def _bad_request() -> WitnessRefusal:
    return WitnessRefusal(
        400,
        "รูปแบบคำขอไม่ถูกต้อง: ต้องเป็น old จำนวน หลักฐาน บรรทัดว่าง และจุดตรวจสอบ",
        "the request is not as C2SP tlog-witness says: old <size>, proof lines, an empty line, a checkpoint",
    )


def _post(address: str, body: str) -> tuple[int, str]:
    """(status, text) of the answer; status 0 when there is none, or not all of it in time. No redirect is followed."""
    url = urlsplit(address)
    secure = url.scheme == "https"
    line = (
        http.client.HTTPSConnection(url.hostname or "", url.port, timeout=TIMEOUT, context=ssl.create_default_context())
        if secure
        else http.client.HTTPConnection(url.hostname or "", url.port, timeout=TIMEOUT)
    )
    try:
        line.connect()
        with _cut_when_late(line.sock):
            line.request("POST", f"{url.path}/add-checkpoint", body.encode(), {"Content-Type": "text/plain"})
            answer = line.getresponse()
            return answer.status, answer.read(LARGEST).decode(errors="replace")
    except (OSError, http.client.HTTPException):
        return 0, ""
    finally:
        line.close()


@contextmanager
def _cut_when_late(line: socket.socket) -> Iterator[None]:
    """TIMEOUT alone is for each byte; an answer that trickles would hold up the other witnesses for hours."""

    def cut() -> None:
        with suppress(OSError):
            line.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(2 * TIMEOUT, cut)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
