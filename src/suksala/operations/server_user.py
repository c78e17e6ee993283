"""Who runs the database process, and what that user can reach.

PostgreSQL refuses to run as root. Then an existing unprivileged user runs it; we never add users and never change the
rights of a folder that we did not make (decision 0003).
"""

from __future__ import annotations

import os
import pwd
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .errors import NoServerUser

FALLBACK = "nobody"


@dataclass(frozen=True)
class ServerUser:
    """The operating-system user of the database process; `other` when it is not the present one."""

    name: str
    uid: int
    gid: int
    other: bool

    def run(
        self, command: Sequence[str | Path], *, env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a program to its end as this user, in `/` and in its own session, where our Ctrl-C does not reach it."""
        return subprocess.run(
            [str(part) for part in command],
            cwd="/",
            env=clean_environment() if env is None else dict(env),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            start_new_session=True,
            user=self.uid if self.other else None,
            group=self.gid if self.other else None,
            extra_groups=[] if self.other else None,
        )

    def reaches(self, path: Path) -> bool:
        """Whether this user may enter the folder or run the program `path`."""
        if not self.other:
            return os.access(path, os.X_OK)
        return self.run(["test", "-x", path]).returncode == 0

    def own_folder(self, path: Path) -> None:
        """Make `path`, open to this user (and root) only; an existing folder stays as it is, whoever made it."""
        try:
            path.mkdir(mode=0o700)
        except FileExistsError:
            return  # never chown what we did not make: in /tmp it could be a link to anything
        if self.other:
            os.chown(path, self.uid, self.gid)


def server_user(existing: Path) -> ServerUser:
    """The present user; for root the owner of the `existing` data folder, else SUKSALA_PG_USER, else nobody."""
    if os.geteuid() != 0:
        return _named(pwd.getpwuid(os.geteuid()), other=False)
    asked = os.environ.get("SUKSALA_PG_USER")
    if not asked and existing.exists():
        return _named(pwd.getpwuid(existing.stat().st_uid), other=True)
    try:
        found = pwd.getpwnam(asked or FALLBACK)
    except KeyError:
        raise NoServerUser(
            f"ไม่มีผู้ใช้ระบบชื่อ {asked or FALLBACK}: ตั้ง SUKSALA_PG_USER เป็นผู้ใช้ที่มีอยู่และไม่มีสิทธิพิเศษ",
            f"there is no system user {asked or FALLBACK}: set SUKSALA_PG_USER to an existing unprivileged user",
        ) from None
    if found.pw_uid == 0:
        raise NoServerUser(
            "PostgreSQL ไม่ยอมทำงานด้วยสิทธิ root: ตั้ง SUKSALA_PG_USER เป็นผู้ใช้ที่ไม่มีสิทธิพิเศษ",
            "PostgreSQL does not run as root: set SUKSALA_PG_USER to an unprivileged user",
        )
    return _named(found, other=True)


def clean_environment() -> dict[str, str]:
    """Our environment without what would steer PostgreSQL's programs, messages in English."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PG") and key != "DATABASE_URL"}
    return {**kept, "LC_ALL": "C", "PGCONNECT_TIMEOUT": "5"}


def _named(entry: pwd.struct_passwd, *, other: bool) -> ServerUser:
    return ServerUser(entry.pw_name, entry.pw_uid, entry.pw_gid, other)
