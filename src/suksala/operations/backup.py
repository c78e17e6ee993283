"""A copy of everything for a third place: made here, encrypted for a key that is not here, restored somewhere else.

What a copy never holds: keys of emergency copies (they lie outside the data folder), so what they sealed and has ended
stays unreadable; what somebody may have ended or taken back since the copy was made is closed when it comes back
(operations.closing).
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from suksala.foundation import clock, copies, settings
from suksala.foundation.copies import Copy

from . import archive, closing, dumping
from .archive import Manifest
from .cluster import Cluster, make_folder
from .database import running_database
from .errors import AlreadyCopying, BackupFailed, BadArchive, NotEmpty, RestoredOtherwise
from .sealed_stream import Opening, Sealing, private_key, public_key

ACTOR = "system:operator"
HERE = 3  # archives that wait on this machine; who fetches them keeps more


@dataclass(frozen=True)
class Restored:
    """What a restore brought back.

    manifest  what the copy says of itself
    files     of the data folder
    rows      of all tables
    facts     leaves of the audit log, proven against the checkpoint in the copy
    closed    how many of what was closed, by the names of operations.closing; one that the copy had no table for is not
              there
    grants    emergency openings that were ended
    """

    manifest: Manifest
    files: int
    rows: int
    facts: int
    closed: dict[str, int]
    grants: int


def make_key(private: Path) -> str:
    """Make a pair of keys for copies: the private half into a new file (0600), the public half returned as PEM.

    Raises FileExistsError: a private key is never written over.
    """
    key = X25519PrivateKey.generate()
    descriptor = os.open(private, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        out.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        out.flush()
        os.fsync(out.fileno())
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def copy(data: Path, to: Path, key: Path, *, address: str, made_by: int | None) -> Copy:
    """Make a copy of the running installation, encrypted for `key`, in the folder `to`.

    address  of its database; made_by  the major version of the embedded one
    Raises BadBackupKey, AlreadyCopying and BackupFailed; then no archive is left.
    """
    public = public_key(key)
    _require_apart(data, to)
    make_folder(data / "tmp")
    # the dump is not encrypted, and another machine reads the folder of copies
    with (
        _alone(to),
        tempfile.TemporaryDirectory(prefix="backup-", dir=data / "tmp") as dumped,
        tempfile.TemporaryDirectory(prefix=".making-", dir=to) as making,
    ):
        made = _archive(data, Path(dumped) / "dump", Path(making) / "archive", public, address, made_by)
        (Path(making) / "archive").rename(to / made.name)
        made.write(to / f"{made.name}.json")
        _sync(to)
        _tidy(to, made)
    return made


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """The folder of copies, for one that makes a copy: what was half made when the machine stopped is removed, and
    what somebody makes now is not. Raises AlreadyCopying.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o750)
    with (folder / ".lock").open("wb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyCopying(
                "กำลังทำสำเนาอยู่แล้วในโฟลเดอร์นี้: รอให้เสร็จก่อน",
                "a copy is being made in this folder already: wait for its end",
            ) from None
        for left in folder.glob(".making-*"):
            shutil.rmtree(left, ignore_errors=True)
        yield


def _require_apart(data: Path, to: Path) -> None:
    """Raises BackupFailed where a copy would hold the copies before it, or the keys that no copy may hold."""
    for folder, name in ((to, "SUKSALA_BACKUPS"), (settings.current().epoch_keys_dir, "SUKSALA_EPOCH_KEYS")):
        if folder.resolve().is_relative_to(data.resolve()):
            raise BackupFailed(
                f"{name} อยู่ในโฟลเดอร์ข้อมูล สำเนาจะเก็บไปด้วย: ตั้งไว้นอกโฟลเดอร์ข้อมูล",
                f"{name} lies in the data folder, so the copy would take it too: set it to a folder outside",
            )


def _archive(data: Path, dump: Path, path: Path, public: X25519PublicKey, address: str, made_by: int | None) -> Copy:
    from suksala import audit

    audit.record("backup.copy", actor=ACTOR, at=clock.now())
    audit.seal()
    checkpoint, now = audit.newest_checkpoint(), clock.now()
    with dumping.one_moment(address) as moment:
        dumping.dump(address, moment.snapshot, dump, made_by)
    manifest = Manifest(now, _own_version(), made_by, moment.tables, checkpoint)
    with path.open("xb") as out:
        with Sealing(out, public) as sealed:
            archive.write(sealed, manifest, dump, data)
        out.flush()
        os.fsync(out.fileno())
    digest = sha256(path)
    return Copy(copies.name_of(now, digest), path.stat().st_size, digest, now)


def _tidy(to: Path, made: Copy) -> None:
    """Leave the newest archives. One of later than the one just made, by a clock that stood wrong, ends first."""
    for old in sorted(copies.labelled(to), key=lambda copy: (copy.at <= made.at, copy.at))[:-HERE]:
        (to / f"{old.name}.json").unlink()
        (to / old.name).unlink()


def verify(path: Path, key: Path | None) -> tuple[Copy, Manifest | None, int]:
    """Look at an archive beside its label; with the private key, at every byte inside it. Raises BadArchive.

    Returns the label, what it says of itself, and its files; the last two only with the key.
    """
    label = copies.read(path.with_name(f"{path.name}.json"))
    if label is None or label.name != path.name or label.sha256 != sha256(path):
        raise BadArchive(
            "แฟ้มไม่ตรงกับป้ายของมัน (.json): ถูกแก้ไข ขาดหาย หรือถูกเปลี่ยนชื่อ",
            "the file is not the one of its label (.json): it was changed, cut short or renamed",
        )
    if key is None:
        return label, None, 0
    manifest, files = _read(path, key, None)
    return label, manifest, files


def _read(path: Path, key: Path, into: Path | None) -> tuple[Manifest, int]:
    private = private_key(key)
    with path.open("rb") as source:
        opening = Opening(source, private)
        found = archive.read(opening, into)
        while opening.read(1 << 20):
            pass  # to the end: a missing last piece is told
    return found


def restore(path: Path, key: Path, data: Path, *, nothing_lost: bool = False) -> Restored:
    """Bring a copy back into an empty data folder and an empty database, and prove that it is the same.

    nothing_lost  the operator's word, kept in the log: the server was stopped before the copy was made, so that nothing
                  was decided after it. Otherwise whatever may have been taken back since opens nothing (decision 0198)
    Raises BadBackupKey, BadArchive, NotEmpty and BackupFailed; then the folder is empty again. RestoredOtherwise where
    the log is not the one that was copied: then everything is left to be looked at.
    """
    if data.exists() and any(data.iterdir()):
        raise NotEmpty(
            "โฟลเดอร์ข้อมูลปลายทางมีแฟ้มอยู่แล้ว: กู้คืนลงโฟลเดอร์ว่างเท่านั้น",
            "the data folder holds files already: restore into an empty one",
        )
    make_folder(data)
    try:
        back = _bring_back(path, key, data, nothing_lost=nothing_lost)
    except BaseException:
        _empty(data)
        raise
    return _prove(back, data, nothing_lost=nothing_lost)


class _Back(NamedTuple):
    """What was brought back, before it is proven."""

    manifest: Manifest
    files: int
    closed: dict[str, int]


def _bring_back(path: Path, key: Path, data: Path, *, nothing_lost: bool) -> _Back:
    with tempfile.TemporaryDirectory(prefix=".restoring-", dir=data) as folder:
        manifest, files = _read(path, key, Path(folder))
        for found in sorted((Path(folder) / archive.DATA).glob("*")):
            found.rename(data / found.name)
        closes = closing.statements(manifest.tables, nothing_lost=nothing_lost)
        counts = _database_back(data, Path(folder) / archive.DATABASE, manifest, list(closes.values()))
    return _Back(manifest, files, dict(zip(closes, counts, strict=True)))


def _database_back(data: Path, dump: Path, manifest: Manifest, last: list[str]) -> list[int]:
    """The tables, before any migration of this version touches them, and these statements; how many rows each changed.
    Raises RestoredOtherwise.
    """
    address = os.environ.get("DATABASE_URL")
    if address:
        return _tables_back(address, dump, manifest, None, last)
    with Cluster(data) as cluster:
        return _tables_back(cluster.url, dump, manifest, cluster.made_by, last)


def _tables_back(address: str, dump: Path, manifest: Manifest, made_by: int | None, last: list[str]) -> list[int]:
    ended = dumping.restore(address, dump, made_by, last)
    if dumping.counts(address) != manifest.tables:
        raise RestoredOtherwise(
            "จำนวนแถวหลังกู้คืนไม่ตรงกับตอนทำสำเนา: ใช้สำเนาอื่น แล้วแจ้งผู้พัฒนา",
            "the restored tables have other numbers of rows than the copy: take another copy, and tell the maintainers",
        )
    return ended


def _prove(back: _Back, data: Path, *, nothing_lost: bool) -> Restored:
    manifest = back.manifest
    with running_database(data):
        from suksala import audit, consent, phr, signin

        # first: whatever is found below, none of them lives on
        signin.tell_restored(back.closed.get("sessions", 0), back.closed.get("apps", 0), actor=ACTOR)
        consent.note_what_was_paused()
        opened = consent.end_what_was_restored(actor=ACTOR)
        seen = [audit.Note.read(manifest.checkpoint)] if manifest.checkpoint else []
        report = audit.verify(seen)
        if not report.whole:
            raise RestoredOtherwise(
                "บันทึกการเข้าถึงที่กู้คืนไม่ตรงกับจุดตรวจสอบในสำเนา: ดู suksala audit verify",
                "the restored audit log does not fit the checkpoint of the copy: see `suksala audit verify`",
            )
        phr.show_paused()
        detail = {"made_at": manifest.made_at.isoformat(), "nothing_lost": nothing_lost, "closed": back.closed}
        audit.record("backup.restore", actor=ACTOR, detail=detail, at=clock.now())
        audit.seal()
    rows = sum(manifest.tables.values())
    return Restored(manifest, back.files, rows, report.size, back.closed, opened)


def _empty(data: Path) -> None:
    for path in data.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def sha256(path: Path) -> str:
    """The digest of a file, in hexadecimal."""
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _own_version() -> str:
    try:
        return version("suksala")
    except PackageNotFoundError:  # run from a source tree that was not installed
        return "source"
