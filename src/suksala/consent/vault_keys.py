"""Keys of emergency copies, as files that no backup takes: who destroys one has destroyed the copy, wherever it lies.

    <folder>/20261125T031500Z-<grant>.key      32 random bytes; the name bears the moment at which it dies
    <folder>/clock                             its time of change is the latest moment ever seen here; it holds when
                                               this run of the machine began

A key is one grant's, so it dies with that grant to the second, or earlier when the grant does. By its name it is
refused and destroyed on time without asking the database, which may be away or set back. The folder lies beside the
data folder, never inside: what a backup takes must not hold a key (decision 0100).
"""

from __future__ import annotations

import os
import re
import secrets
import stat
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple
from uuid import UUID, uuid4

from suksala.foundation import SuksalaError, settings

LENGTH = 32
_STAMP = "%Y%m%dT%H%M%SZ"
_SUFFIX = ".key"
_NAMED = re.compile(r"[0-9]{8}T[0-9]{6}Z-[0-9a-f]{32}\.key")
_MARK = "clock"


class NoKey(SuksalaError):
    """The key of an emergency copy is destroyed, or was never made here: the copy cannot be read by anybody."""

    code = "SKL-GRANT-013"
    http_status = 410

    def __init__(self) -> None:
        super().__init__(
            "กุญแจของสำเนานี้หายไป ไม่มีใครอ่านได้อีก การเปิดครั้งนี้จึงสิ้นสุด เปิดใหม่ได้ทันทีสำหรับเวลาที่เหลือ",
            "the key of this copy is gone and nobody can read it, so this opening is over; open anew for the time that "
            "is left",
        )


class KeyFolderProblem(SuksalaError):
    """The folder of keys cannot be made or written, so no copy could be sealed. Nothing was opened."""

    code = "SKL-GRANT-024"
    http_status = 503

    def __init__(self) -> None:
        super().__init__(
            "ระบบเก็บกุญแจของสำเนาฉุกเฉินไม่ได้ จึงเปิดข้อมูลฉุกเฉินไม่ได้ แจ้งผู้ดูแลระบบ ให้ใช้คำสั่ง suksala doctor",
            "the server cannot keep the key of an emergency copy, so emergency records stay closed; tell the operator: "
            "suksala doctor says what to do",
        )


def folder() -> Path:
    """Where keys lie; made when there is none, closed to everybody else. Raises KeyFolderProblem."""
    path = settings.current().epoch_keys_dir
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        if stat.S_IMODE(path.stat().st_mode) != 0o700:
            path.chmod(0o700)
    except OSError as error:
        raise KeyFolderProblem from error
    return path


def make(grant: UUID, until: datetime) -> bytes:
    """A new key that dies at `until`; on the disk before this returns. Raises KeyFolderProblem."""
    key = secrets.token_bytes(LENGTH)
    try:
        _write(folder(), _name(grant, until), key)
    except OSError as error:
        raise KeyFolderProblem from error
    return key


def _write(home: Path, name: str, key: bytes) -> None:
    descriptor = os.open(home / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        out.write(key)
        out.flush()
        os.fsync(out.fileno())
    _sync(home)


def read(grant: UUID, until: datetime, now: datetime) -> bytes:
    """The key of a grant. Raises NoKey when it is destroyed, and from `until` on whether it is destroyed or not."""
    if now >= _whole(until):
        raise NoKey
    try:
        return (folder() / _name(grant, until)).read_bytes()
    except FileNotFoundError as error:
        raise NoKey from error


def is_kept(grant: UUID, until: datetime) -> bool:
    """Whether the key of a grant lies here."""
    return (folder() / _name(grant, until)).exists()


def destroy(grant: UUID, until: datetime) -> None:
    """Overwrite and remove the key of a grant; nothing when it is gone already."""
    home = folder()
    _wipe(home / _name(grant, until))
    _sync(home)


def destroy_ended(now: datetime) -> int:
    """Destroy every key whose moment has come; returns how many."""
    return _destroy([path for path in _keys() if _end_of(path) <= now])


def destroy_all() -> int:
    """Destroy every key, when how much time has passed is not known any more; returns how many."""
    return _destroy(_keys())


def left() -> int:
    """How many keys there are."""
    return len(_keys())


class Noted(NamedTuple):
    """How late it was when somebody looked last.

    mark     the latest moment ever seen here
    run      names the run of the machine in which it was noted; "" where that is not known
    started  when that run began, by the clock
    """

    mark: datetime
    run: str
    started: datetime


def noted() -> Noted | None:
    """What was noted last; None before the first time."""
    path = folder() / _MARK
    try:
        mark = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        run, _, started = path.read_text(encoding="ascii").partition(" ")
        return Noted(mark, run, datetime.fromisoformat(started))
    except FileNotFoundError:
        return None
    except ValueError:  # cut off, or of a former version: its time of change counts all the same
        return Noted(mark, "", mark)


def note(found: Noted) -> None:
    """Note the present moment; also one earlier than the last, after everything was destroyed because of it.

    Raises KeyFolderProblem.
    """
    path = folder() / _MARK
    new = path.with_name(f"{_MARK}.{uuid4().hex}")
    try:
        new.touch(mode=0o600)
        new.write_text(f"{found.run} {found.started.isoformat()}", encoding="ascii")
        os.utime(new, (found.mark.timestamp(), found.mark.timestamp()))
        new.replace(path)
    except OSError as error:
        raise KeyFolderProblem from error


def _name(grant: UUID, until: datetime) -> str:
    return f"{_whole(until):{_STAMP}}-{grant.hex}{_SUFFIX}"


def _whole(until: datetime) -> datetime:
    """The second at which it dies: never a fraction later than the grant."""
    return until.astimezone(UTC).replace(microsecond=0)


def _end_of(path: Path) -> datetime:
    return datetime.strptime(path.name.partition("-")[0], _STAMP).replace(tzinfo=UTC)


def _keys() -> list[Path]:
    """The keys there are; a file of another name is none of ours."""
    return sorted(path for path in folder().iterdir() if _NAMED.fullmatch(path.name))


def _destroy(paths: list[Path]) -> int:
    """Destroy each; one that cannot be destroyed keeps none of the others. Raises the first OSError, at the end."""
    problems = []
    for path in paths:
        try:
            _wipe(path)
        except OSError as error:
            problems.append(error)
    if paths:
        _sync(folder())
    if problems:
        raise problems[0]
    return len(paths)


def _wipe(path: Path) -> None:
    """Overwritten in place, on the disk, and only then removed."""
    with suppress(FileNotFoundError):
        with path.open("r+b") as file:
            file.write(secrets.token_bytes(max(LENGTH, path.stat().st_size)))
            file.flush()
            os.fsync(file.fileno())
        path.unlink()


def _sync(home: Path) -> None:
    descriptor = os.open(home, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
