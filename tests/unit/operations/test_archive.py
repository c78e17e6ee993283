"""What lies in a backup: what is to be kept, nothing that was made to be deleted, and nothing that leads out."""

from __future__ import annotations

import fcntl
import io
import os
import socket
import tarfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from unittest import mock

import pytest

from suksala.foundation import settings
from suksala.operations import archive, backup
from suksala.operations.archive import Manifest
from suksala.operations.errors import AlreadyCopying, BackupFailed, BadArchive
from suksala.operations.sealed_stream import Sealing, public_key

MANIFEST = Manifest(datetime(2026, 11, 22, 3, 15, tzinfo=UTC), "0.1.0", 18, {"deposit": 2, "resource": 7}, "note")


def stream(data: Path, dump: Path) -> bytes:
    out = io.BytesIO()
    archive.write(out, MANIFEST, dump, data)  # type: ignore[arg-type]
    return out.getvalue()


def test_what_is_kept_and_what_is_not(tmp_path: Path) -> None:
    """The manifest first, the database, then the folder: the log of a Delta table before the files that it names."""
    data, dump, into = tmp_path / "data", tmp_path / "dump", tmp_path / "into"
    kept = [
        "deposits/ab/abc.zip",
        "keys/master.key",
        "lake/person/_delta_log/0.json",
        "lake/person/hospcode=1/a.parquet",
    ]
    left = [
        "postgres/data/base/1",
        "logs/web.log",
        "tmp/x",
        "exports/1/Patient.ndjson",
        "imports/1/a",
        "views/v",
        "deposits/.1.part",
    ]
    for name in (*kept, *left):
        (data / name).parent.mkdir(parents=True, exist_ok=True)
        (data / name).write_text(name)
    (data / "keys" / "master.key").chmod(0o600)
    (data / "lake" / "link").symlink_to("/etc/hostname.of.nobody")
    dump.write_bytes(b"PGDMP")
    with tarfile.open(fileobj=io.BytesIO(stream(data, dump))) as tar:
        assert tar.getnames() == ["manifest.json", "database.dump", *(f"data/{name}" for name in kept)]
    assert archive.read(io.BytesIO(stream(data, dump)), into) == (MANIFEST, 4)  # type: ignore[arg-type]
    assert {name: (into / "data" / name).read_text() for name in kept} == {name: name for name in kept}
    assert (into / "data" / "keys" / "master.key").stat().st_mode & 0o777 == 0o600
    assert (into / "database.dump").read_bytes() == b"PGDMP"


def test_a_folder_that_is_a_link_is_refused(tmp_path: Path) -> None:
    """What lies behind it would be missing, and nobody would know before the day of the restore."""
    data, disk = tmp_path / "data", tmp_path / "disk"
    (data / "tmp").mkdir(parents=True)
    disk.mkdir()
    (disk / "a.zip").write_text("a")
    (tmp_path / "dump").write_bytes(b"PGDMP")
    (data / "tmp" / "away").symlink_to(disk)  # of what is left out anyway
    assert stream(data, tmp_path / "dump")
    (data / "deposits").symlink_to(disk)
    with pytest.raises(BackupFailed, match="deposits"):
        stream(data, tmp_path / "dump")


def pipe(path: Path) -> None:
    os.mkfifo(path)


def a_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(str(path))


def link_to_a_device(path: Path) -> None:
    path.symlink_to("/dev/zero")  # without an end


@pytest.mark.parametrize("put", [pipe, a_socket, link_to_a_device])
def test_what_is_no_file_is_refused_at_once(tmp_path: Path, put: Callable[[Path], None]) -> None:
    """It is waited for by nobody, and read by nobody; what is left out anyway is not looked at."""
    data = tmp_path / "data"
    (data / "tmp").mkdir(parents=True)
    (tmp_path / "dump").write_bytes(b"PGDMP")
    put(data / "tmp" / "odd")
    assert stream(data, tmp_path / "dump")
    put(data / "odd")
    with pytest.raises(BackupFailed, match="data/odd"):
        stream(data, tmp_path / "dump")


def test_a_pipe_that_takes_a_files_place_is_not_waited_for(tmp_path: Path) -> None:
    """Between the look at it and its opening."""
    os.mkfifo(tmp_path / "odd")
    regular = os.stat_result((0o100600, *[0] * 9))
    with (
        mock.patch.object(Path, "stat", return_value=regular),
        tarfile.open(fileobj=io.BytesIO(), mode="w") as tar,
        pytest.raises(BackupFailed, match="odd"),
    ):
        archive._add(tar, tmp_path / "odd", "odd")


def test_two_copies_are_not_made_at_once(tmp_path: Path) -> None:
    """The second is told so, and what the first has half made stays; what was left by one that died is removed."""
    data, to, public = tmp_path / "data", tmp_path / "copies", tmp_path / "public.pem"
    data.mkdir()
    (to / ".making-1").mkdir(parents=True)
    public.write_text(backup.make_key(tmp_path / "private.pem"))
    told = replace(settings.current(), data_dir=data, epoch_keys=tmp_path / "keys")
    with mock.patch.object(settings, "current", return_value=told), mock.patch.object(backup, "_archive") as made:
        made.side_effect = BackupFailed("หยุด", "stop")
        with (to / ".lock").open("wb") as first:
            fcntl.flock(first, fcntl.LOCK_EX)
            with pytest.raises(AlreadyCopying) as refused:
                backup.copy(data, to, public, address="postgresql://nowhere", made_by=None)
            assert (refused.value.code, made.called, (to / ".making-1").is_dir()) == ("SKL-BAK-006", False, True)
        with pytest.raises(BackupFailed, match="stop"):
            backup.copy(data, to, public, address="postgresql://nowhere", made_by=None)
    assert [path.name for path in to.iterdir()] == [".lock"]


@pytest.mark.parametrize("variable", ["SUKSALA_BACKUPS", "SUKSALA_EPOCH_KEYS"])
def test_a_copy_takes_neither_copies_nor_keys(tmp_path: Path, variable: str) -> None:
    """Inside the data folder both would be copied; nothing is made then."""
    data, public = tmp_path / "data", tmp_path / "public.pem"
    data.mkdir()
    public.write_text(backup.make_key(tmp_path / "private.pem"))
    inside = {"SUKSALA_BACKUPS": data / "copies", "SUKSALA_EPOCH_KEYS": data / "keys"}[variable]
    to = inside if variable == "SUKSALA_BACKUPS" else tmp_path / "copies"
    keys = inside if variable == "SUKSALA_EPOCH_KEYS" else tmp_path / "keys"
    told = replace(settings.current(), data_dir=data, epoch_keys=keys)
    with mock.patch.object(settings, "current", return_value=told), pytest.raises(BackupFailed, match=variable):
        backup.copy(data, to, public, address="postgresql://nowhere", made_by=None)
    assert (list(data.iterdir()), to.exists()) == ([], False)


def test_a_look_writes_nothing(tmp_path: Path) -> None:
    (tmp_path / "dump").write_bytes(b"PGDMP")
    before = sorted(tmp_path.rglob("*"))
    assert archive.read(io.BytesIO(stream(tmp_path / "none", tmp_path / "dump")), None)[1] == 0  # type: ignore[arg-type]
    assert sorted(tmp_path.rglob("*")) == before


def crafted(*entries: tuple[str, bytes, bytes]) -> io.BytesIO:
    """A tar with (name, kind, content) as somebody else would write it."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name, kind, content in entries:
            entry = tarfile.TarInfo(name)
            entry.type, entry.size, entry.linkname = kind, len(content), "/etc/passwd"
            tar.addfile(entry, io.BytesIO(content))
    return io.BytesIO(out.getvalue())


FIRST = ("manifest.json", tarfile.REGTYPE, MANIFEST.as_bytes())


@pytest.mark.parametrize(
    "entries",
    [
        [],
        [("manifest.json", tarfile.REGTYPE, b"{}")],
        [("manifest.json", tarfile.REGTYPE, b"[" * 100_000)],
        [("manifest.json", tarfile.SYMTYPE, b"")],
        [FIRST, ("data/../../out", tarfile.REGTYPE, b"x")],
        [FIRST, ("/data/out", tarfile.REGTYPE, b"x")],
        [FIRST, ("data/link", tarfile.SYMTYPE, b"")],
        [FIRST, ("data/hard", tarfile.LNKTYPE, b"")],
        [FIRST, ("other", tarfile.REGTYPE, b"x")],
        [FIRST, ("data/twice", tarfile.REGTYPE, b"x"), ("data/twice", tarfile.REGTYPE, b"y")],
        [FIRST, FIRST],
        [FIRST, ("data/postgres/data/recovery.signal", tarfile.REGTYPE, b"")],
        [FIRST, ("data/./postgres", tarfile.REGTYPE, b"")],
        [FIRST, ("data/Postgres/data/local.conf", tarfile.REGTYPE, b"x")],
        [FIRST, ("data/logs/web.log", tarfile.REGTYPE, b"x")],
    ],
)
def test_what_we_do_not_write_is_not_taken(tmp_path: Path, entries: list[tuple[str, bytes, bytes]]) -> None:
    """Whoever has the public key can make an archive: nothing in it leads out of the folder."""
    with pytest.raises(BadArchive, match="SKL-BAK-002"):
        archive.read(crafted(*entries), tmp_path / "into")  # type: ignore[arg-type]
    assert {path.name for path in tmp_path.rglob("*")} <= {"into", "data", "twice"}


def test_an_archive_that_somebody_else_sealed_starts_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who took the server holds the public half. Settings of a database in an archive would run a command as soon as
    that database is started: it is not started, and nothing is left.
    """
    forged, public, data = tmp_path / "forged", tmp_path / "public.pem", tmp_path / "data"
    public.write_text(backup.make_key(tmp_path / "private.pem"), encoding="ascii")
    told = [
        ("data/postgres/data/local.conf", tarfile.REGTYPE, b"restore_command = 'touch /tmp/ran'"),
        ("data/postgres/data/recovery.signal", tarfile.REGTYPE, b""),
        ("database.dump", tarfile.REGTYPE, b"PGDMP"),
    ]
    with forged.open("wb") as out, Sealing(out, public_key(public)) as stream:
        stream.write(crafted(FIRST, *told).getvalue())
    started: list[Path] = []
    monkeypatch.setattr(backup, "Cluster", started.append)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    with pytest.raises(BadArchive, match="SKL-BAK-002"):
        backup.restore(forged, tmp_path / "private.pem", data)
    assert started == []
    assert list(data.iterdir()) == []
