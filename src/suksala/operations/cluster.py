"""The embedded PostgreSQL cluster: made at the first start, shared by the processes on one data folder.

Every holder keeps a shared lock on a file; who can take it alone is the last one and stops the server. The kernel
frees the locks of a killed process, so nothing is left to clean up after `kill -9`: the next start attaches to the
server that still runs, or starts it again.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import IO
from urllib.parse import quote

import psycopg

from . import binaries as programs
from . import cluster_settings
from .errors import ClosedFolder, ClusterFailed, UnsafeFolder, WrongLocale
from .server_user import ServerUser, server_user

DATABASE = "suksala"
ROLE = "suksala"  # owns the database, may create databases (tests, restore drills), is not a superuser
WEB_ROLE = "suksala_web"  # owns nothing: what answers requests (operations.least_rights)
SUPERUSER = "postgres"
SOCKET_PATH_MAX = 100  # sockaddr_un holds 108 bytes on Linux, 104 on macOS; the file is .s.PGSQL.5432
START_SECONDS = 120  # recovery after a power cut replays at most max_wal_size
STOP_SECONDS = 60
PROCESSES = Path("/proc")
ORPHANS_SECONDS = 20  # children of a killed server notice its death within seconds


class Cluster:
    """The cluster of one data folder. Use as a context manager, or call `start` and `stop`.

    data_dir  Suksala's data folder; the cluster lies in `<data_dir>/postgres`
    Raises subclasses of OperationsError, each of which says what to do.
    """

    def __init__(self, data_dir: Path) -> None:
        self.home = data_dir.resolve() / "postgres"
        self.pgdata = self.home / "data"
        self.user: ServerUser = server_user(self.pgdata)
        self.socket_folder = _socket_folder(self.home / "socket")
        self._users_lock: IO[bytes] | None = None
        self._binaries: programs.Binaries | None = None

    @property
    def url(self) -> str:
        """The address for DATABASE_URL and psycopg."""
        return self.address(DATABASE, ROLE)

    @property
    def web_url(self) -> str:
        """The same database for processes that answer requests."""
        return self.address(DATABASE, WEB_ROLE)

    @property
    def made_by(self) -> int | None:
        """The major version of PostgreSQL that made the data folder, None while there is none."""
        try:
            return int((self.pgdata / "PG_VERSION").read_text().strip())
        except FileNotFoundError:
            return None

    def address(self, database: str, role: str) -> str:
        """The address of a database of this cluster for a role."""
        return f"postgresql:///{database}?host={quote(str(self.socket_folder), safe='/')}&user={role}"

    def __enter__(self) -> Cluster:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> Cluster:
        """Make the cluster if there is none, start it or attach to the running one, and make the database."""
        self._make_folders()
        with self._alone():
            self._hold()
            try:
                if not self.running():
                    self._launch()
                self._prepare_database()
            except BaseException:
                self._release_and_stop()
                raise
        return self

    def stop(self) -> None:
        """Let go of the cluster; the last holder stops the server (its clients are disconnected, nothing is lost)."""
        if self._users_lock is None:
            return
        with self._alone():
            self._release_and_stop()

    def ensure_running(self) -> bool:
        """Start the server again if it died. Returns whether it had to."""
        if self.running():
            return False
        with self._alone():
            if self.running():
                return False
            self._launch()
        return True

    def running(self) -> bool:
        """Whether this data folder's server process lives."""
        process = self._process()
        return process is not None and _is_postgres(process)

    def _process(self) -> int | None:
        try:
            return int((self.pgdata / "postmaster.pid").read_text().split("\n", 1)[0])
        except (FileNotFoundError, ValueError):
            return None

    def _make_folders(self) -> None:
        make_folder(self.home)
        if not self.user.reaches(self.home):
            raise ClosedFolder(
                f"ผู้ใช้ {self.user.name} ซึ่งเป็นผู้รันฐานข้อมูลเข้าโฟลเดอร์ {self.home} ไม่ได้: "
                "เลือก --data อื่น เช่น /var/lib/suksala หรือตั้ง SUKSALA_PG_USER เป็นผู้ใช้ที่เข้าได้",
                f"the user {self.user.name}, who runs the database, cannot enter {self.home}: "
                "choose another --data such as /var/lib/suksala, or set SUKSALA_PG_USER to a user who can",
            )
        self.user.own_folder(self.socket_folder)
        _require_private(self.socket_folder, self.user)

    def _launch(self) -> None:
        found = programs.find(self.made_by)
        self._binaries = programs.within_reach(found, self.user, self.home)
        if not self.pgdata.exists():
            self._initialise(self._binaries)
        self._configure()
        self._clear_after_crash()
        self._start_server(self._binaries)

    def _start_server(self, found: programs.Binaries) -> None:
        done = self.user.run(
            [found.folder / "pg_ctl", "start", "-D", self.pgdata, "-w", "-t", str(START_SECONDS), "-s",
             "-l", self.pgdata / "start.log"]
        )  # fmt: skip
        if done.returncode != 0:
            raise _failed("pg_ctl start", self._last_words() or done.stderr)

    def _initialise(self, found: programs.Binaries) -> None:
        """Make the cluster in a folder beside its place and rename it: a kill in the middle leaves no half cluster."""
        fresh = self.home / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        self.user.own_folder(fresh)
        done = self.user.run(
            [found.folder / "initdb", "-D", fresh, "-U", SUPERUSER, "--locale=C.UTF-8", "--encoding=UTF8",
             "--data-checksums", "--auth=trust", "--no-instructions"]
        )  # fmt: skip
        if done.returncode != 0:
            raise _failed("initdb", done.stderr)
        with (fresh / "postgresql.conf").open("a") as conf:
            conf.write("\ninclude 'suksala.conf'\n")
        fresh.rename(self.pgdata)

    def _configure(self) -> None:
        local = self.pgdata / "local.conf"
        texts = {
            self.pgdata / "suksala.conf": cluster_settings.text(self.socket_folder, self.pgdata / "log"),
            self.pgdata / "pg_hba.conf": cluster_settings.ACCESS,
            local: local.read_text() if local.exists() else "# Settings of this machine; they win over suksala.conf.\n",
        }
        for path, text in texts.items():
            path.write_text(text)
            if self.user.other:
                os.chown(path, self.user.uid, self.user.gid)

    def _clear_after_crash(self) -> None:
        """Forget the lock files of a killed server once nothing of it is left.

        PostgreSQL judges them by the process number alone: a zombie, or a stranger after a container's restart, would
        stop the start for ever. A child of the killed server may still write, so none may be left before they go.
        """
        if self._process() is None or not PROCESSES.exists():
            return
        until = time.monotonic() + ORPHANS_SECONDS
        while _works_in(self.pgdata):
            if time.monotonic() > until:
                raise _failed("pg_ctl start", "processes of a killed server do not end")
            time.sleep(0.1)
        for left in (self.pgdata / "postmaster.pid", *self.socket_folder.glob(".s.PGSQL.*")):
            left.unlink(missing_ok=True)

    def _prepare_database(self) -> None:
        with _connect(self.address("postgres", SUPERUSER)) as connection:
            if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE]).fetchone():
                connection.execute(f"CREATE ROLE {ROLE} LOGIN CREATEDB")
            if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [WEB_ROLE]).fetchone():
                # Exports wait for writes that run: pg_read_all_stats tells of those of other roles.
                connection.execute(f"CREATE ROLE {WEB_ROLE} LOGIN IN ROLE pg_read_all_stats")
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
                connection.execute(f"CREATE DATABASE {DATABASE} OWNER {ROLE}")
            refuse_c_locale(connection, DATABASE)

    def _release_and_stop(self) -> None:
        lock, self._users_lock = self._users_lock, None
        if lock is None:
            return
        with lock:
            if _try_alone(lock) and self.running():
                self._shut_down()

    def _shut_down(self) -> None:
        found = self._binaries or programs.within_reach(programs.find(self.made_by), self.user, self.home)
        done = self.user.run(
            [found.folder / "pg_ctl", "stop", "-D", self.pgdata, "-m", "fast", "-w", "-t", str(STOP_SECONDS), "-s"]
        )
        if done.returncode != 0 and self.running():
            raise _failed("pg_ctl stop", done.stderr)

    def _hold(self) -> None:
        if self._users_lock is None:
            self._users_lock = (self.home / "users.lock").open("wb")
            fcntl.flock(self._users_lock, fcntl.LOCK_SH)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One process at a time starts or stops this cluster."""
        with (self.home / "start.lock").open("wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _last_words(self) -> str:
        """The end of the server's newest log; it holds no values of the data (cluster_settings)."""
        logs = [self.pgdata / "start.log", *(self.pgdata / "log").glob("*.log")]
        newest = max((log for log in logs if log.exists()), key=lambda log: log.stat().st_mtime, default=None)
        return "" if newest is None else "\n".join(newest.read_text(errors="replace").splitlines()[-5:])


def make_folder(folder: Path) -> None:
    """Make a folder that other users may pass but not list, and its parents. Raises ClosedFolder."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True, mode=0o711)
        folder.mkdir(exist_ok=True, mode=0o711)
    except OSError as error:
        raise ClosedFolder(
            f"สร้างโฟลเดอร์ {folder} ไม่ได้ ({error.strerror}): เลือก --data อื่นที่เขียนได้",
            f"the folder {folder} cannot be made ({error.strerror}): choose another --data that can be written",
        ) from None


def _connect(address: str, patience: float = START_SECONDS) -> psycopg.Connection[tuple[object, ...]]:
    """Connect; wait while the server recovers from a crash."""
    until = time.monotonic() + patience
    while True:
        try:
            return psycopg.connect(address, autocommit=True)
        except psycopg.OperationalError as error:
            if time.monotonic() > until:
                raise _failed("postgres", str(error)) from None
            time.sleep(0.2)


def refuse_c_locale(connection: psycopg.Connection[tuple[object, ...]], database: str | None = None) -> None:
    """Refuse a database whose character type is C or POSIX.

    There pg_trgm finds no letter in Thai text: `show_trgm('สมชาย')` is empty and every name search finds nobody,
    without an error.
    """
    row = connection.execute(
        "SELECT datctype, datcollate FROM pg_database WHERE datname = coalesce(%s, current_database())", [database]
    ).fetchone()
    if row is None or str(row[0]).upper() in {"C", "POSIX"}:
        raise WrongLocale(
            'ฐานข้อมูลใช้ locale "C" ซึ่งค้นชื่อภาษาไทยไม่พบ: '
            "สร้างใหม่ด้วย CREATE DATABASE … LOCALE 'C.UTF-8' TEMPLATE template0",
            'the database has the locale "C", where Thai names are never found: '
            "make it anew with CREATE DATABASE … LOCALE 'C.UTF-8' TEMPLATE template0",
        )


def _socket_folder(wanted: Path) -> Path:
    """`wanted`, or a short folder named after it when its path is too long for a unix socket."""
    if len(os.fsencode(wanted / ".s.PGSQL.5432")) <= SOCKET_PATH_MAX:
        return wanted
    name = hashlib.blake2b(os.fsencode(wanted), digest_size=8).hexdigest()
    return Path("/tmp") / f"suksala-{name}"  # noqa: S108 - checked by _require_private; TMPDIR may be long or differ


def _require_private(folder: Path, user: ServerUser) -> None:
    """A short folder lies where anybody may create one: take it only if it is really the database user's own."""
    found = folder.lstat()
    if stat.S_ISDIR(found.st_mode) and found.st_uid == user.uid and stat.S_IMODE(found.st_mode) & 0o077 == 0:
        return
    raise UnsafeFolder(
        f"โฟลเดอร์ {folder} ต้องเป็นของผู้ใช้ {user.name} และปิดต่อผู้อื่น (0700): ลบทิ้งแล้วเริ่มใหม่",
        f"the folder {folder} must belong to {user.name} and be closed to others (0700): remove it and start again",
    )


def _is_postgres(process: int) -> bool:
    """Whether `process` lives (a zombie does not) and is a PostgreSQL server."""
    try:
        name, state = (PROCESSES / str(process) / "stat").read_text().split("(", 1)[1].rsplit(")", 1)
    except FileNotFoundError:
        return not PROCESSES.exists() and _answers_signals(process)
    return state.split()[0] != "Z" and name.startswith("postgres")


def _answers_signals(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _works_in(folder: Path) -> bool:
    """Whether a live process has `folder` as its working directory, as every process of a PostgreSQL server does."""
    for entry in PROCESSES.glob("[0-9]*"):
        with suppress(OSError):  # it ended, or is another user's
            if (entry / "cwd").readlink() == folder:
                return True
    return False


def _try_alone(lock: IO[bytes]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _failed(program: str, said: str) -> ClusterFailed:
    last = " / ".join(line.strip() for line in said.strip().splitlines()[-3:])
    return ClusterFailed(f"{program} ไม่สำเร็จ: {last}", f"{program} failed: {last}")
