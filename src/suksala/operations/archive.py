"""What lies in a backup: one tar stream with what was counted, the database, and the data folder."""

from __future__ import annotations

import io
import json
import os
import shutil
import stat
import tarfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import IO, cast

from .errors import BackupFailed, BadArchive

MANIFEST, DATABASE, DATA = "manifest.json", "database.dump", "data"
LARGEST_MANIFEST = 1 << 20
# Not in a copy: the database's own files (it is dumped), what is made anew, and what was made to be deleted soon
# (results of exports, uploads of imports, runs of views). Keys of emergency copies lie outside the data folder.
LEFT_OUT = frozenset({"postgres", "logs", "tmp", "exports", "imports", "views"})


@dataclass(frozen=True)
class Manifest:
    """What a backup says of itself.

    made_at     the moment of the database that it holds
    suksala     version that made it
    postgresql  major version of the database, None where its server is not ours
    tables      rows of each table at that moment
    checkpoint  newest signed checkpoint of the audit log before that moment, "" for none
    """

    made_at: datetime
    suksala: str
    postgresql: int | None
    tables: dict[str, int]
    checkpoint: str

    def as_bytes(self) -> bytes:
        """As JSON."""
        return json.dumps({**asdict(self), "made_at": self.made_at.isoformat()}).encode()


def write(out: io.RawIOBase, manifest: Manifest, dump: Path, data: Path) -> None:
    """Write the stream. Files that end while it is written are passed over; those that grow are cut at their length.

    Raises BackupFailed for what no copy can hold: a folder that is a link, a pipe, a socket or a device.
    """
    with tarfile.open(fileobj=cast(IO[bytes], out), mode="w|", format=tarfile.PAX_FORMAT) as tar:
        told = manifest.as_bytes()
        entry = tarfile.TarInfo(MANIFEST)
        entry.size = len(told)
        tar.addfile(entry, io.BytesIO(told))
        _add(tar, dump, DATABASE)
        for path in _files(data):
            _add(tar, path, f"{DATA}/{path.relative_to(data).as_posix()}")


def read(source: io.RawIOBase, into: Path | None) -> tuple[Manifest, int]:
    """What a stream says of itself, and how many files of the data folder it holds.

    into  an empty folder for the database's dump and the folder `data`; None to look only
    Raises BadArchive for whatever `write` does not write: a path that leads out, a link, a second manifest, files of
    the database, which would run what they say. Whoever has the public half of the key can make an archive.
    """
    try:
        with tarfile.open(fileobj=cast(IO[bytes], source), mode="r|") as tar:
            entries = iter(tar)
            manifest = _manifest(tar, next(entries, None))
            files = sum(_take(tar, entry, into) for entry in entries)
    except (tarfile.TarError, EOFError, FileExistsError) as error:
        raise _odd() from error
    return manifest, files


def _files(data: Path) -> Iterator[Path]:
    """Every file that is kept. By name: the log of a Delta table (`_delta_log`) comes before the files that it names,
    so each of those is there, or newer ones are. Raises BackupFailed for a folder that is a link: what lies behind it
    would be missing from the copy, and nobody would know before they need it.
    """
    for folder, below, names in os.walk(data):
        if Path(folder) == data:
            below[:] = [name for name in below if name not in LEFT_OUT]
        below.sort()
        linked = next((name for name in below if (Path(folder) / name).is_symlink()), None)
        if linked is not None:
            raise BackupFailed(
                f"โฟลเดอร์ {linked} ในโฟลเดอร์ข้อมูลเป็นลิงก์ สำเนาจะขาดข้อมูลข้างใน: เมานต์ดิสก์ไว้ตรงนั้นแทนลิงก์",
                f"the folder {linked} in the data folder is a link, and the copy would lack what lies behind it: "
                "mount the disk there instead",
            )
        yield from (Path(folder) / name for name in sorted(names) if not name.endswith(".part"))


def _add(tar: tarfile.TarFile, path: Path, name: str) -> None:
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise _no_file(name)
        # not waiting: a pipe that took the file's place since would wait for somebody who writes into it
        source = os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb")
    except FileNotFoundError:
        return
    with source:
        found = os.fstat(source.fileno())
        if not stat.S_ISREG(found.st_mode):
            raise _no_file(name)
        entry = tarfile.TarInfo(name)
        entry.size, entry.mode, entry.mtime = found.st_size, stat.S_IMODE(found.st_mode), int(found.st_mtime)
        tar.addfile(entry, source)


def _no_file(name: str) -> BackupFailed:
    """Nothing of ours is a pipe, a socket or a device: who put it there must say what it is. Passed over, it would be
    missing, and nobody would know before they need it.
    """
    return BackupFailed(
        f"{name} ในโฟลเดอร์ข้อมูลไม่ใช่แฟ้ม (ท่อ ซ็อกเก็ต หรืออุปกรณ์) ทำสำเนาไม่ได้: ย้ายออกจากโฟลเดอร์ข้อมูล",
        f"{name} in the data folder is no file but a pipe, a socket or a device, which no copy can hold: move it away",
    )


def _manifest(tar: tarfile.TarFile, entry: tarfile.TarInfo | None) -> Manifest:
    source = tar.extractfile(entry) if entry is not None and entry.isreg() and entry.name == MANIFEST else None
    if source is None:
        raise _odd()
    try:
        told = json.loads(source.read(LARGEST_MANIFEST))
        return Manifest(**{**told, "made_at": datetime.fromisoformat(told["made_at"])})
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise _odd() from error


def _take(tar: tarfile.TarFile, entry: tarfile.TarInfo, into: Path | None) -> int:
    """Write one file where it belongs; 1 for one of the data folder."""
    parts = PurePosixPath(entry.name).parts
    in_data = len(parts) > 1 and parts[0] == DATA and parts[1].casefold() not in LEFT_OUT
    source = tar.extractfile(entry) if entry.isreg() else None
    if source is None or ".." in parts or not (in_data or parts == (DATABASE,)):
        raise _odd()
    if into is not None:
        target = into.joinpath(*parts)
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, entry.mode & 0o700)
        with source, os.fdopen(descriptor, "wb") as out:
            shutil.copyfileobj(source, out, 1 << 20)
    else:
        while source.read(1 << 20):
            pass
    return int(in_data)


def _odd() -> BadArchive:
    return BadArchive("ภายในสำเนาสำรองไม่เป็นไปตามรูปแบบ", "what lies in the backup is not what Suksala writes")
