"""The embedded cluster on a real PostgreSQL: made, shared, stopped by the last, back after a kill."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from suksala.operations import Cluster
from suksala.operations.cluster import SOCKET_PATH_MAX, refuse_c_locale
from suksala.operations.errors import ClosedFolder, OtherMajor, UnsafeFolder, WrongLocale

pytestmark = pytest.mark.usefixtures("without_server")


def answer(url: str, sql: str) -> object:
    """The first value of the first row."""
    with psycopg.connect(url) as connection:
        row = connection.execute(sql).fetchone()
    return row[0] if row else None


def postmaster(data: Path) -> int:
    """The process number of the running server."""
    return int((data / "postgres" / "data" / "postmaster.pid").read_text().split("\n")[0])


def test_the_first_start_makes_a_cluster_fit_for_thai(reachable: Path) -> None:
    """UTF-8, C.UTF-8, checksums, no network; our role owns its database and is no superuser."""
    with Cluster(reachable) as cluster:
        found = [
            answer(cluster.url, sql)
            for sql in (
                "SHOW server_encoding",
                "SELECT datctype FROM pg_database WHERE datname = 'suksala'",
                "SHOW data_checksums",
                "SHOW listen_addresses",
                "SHOW synchronous_commit",
                "SELECT rolsuper FROM pg_roles WHERE rolname = current_user",
                "SELECT current_user || ' ' || current_database()",
            )
        ]
        assert found == ["UTF8", "C.UTF-8", "on", "", "on", False, "suksala suksala"]
        with psycopg.connect(cluster.url) as connection:
            connection.execute("CREATE EXTENSION pg_trgm")
            assert connection.execute("SELECT cardinality(show_trgm('สมชาย'))").fetchone() == (6,)
    assert not cluster.running()


def test_only_its_user_reaches_the_data_and_the_socket(made: Path) -> None:
    """Folder rights are the only lock, so they are exact."""
    with Cluster(made) as cluster:
        for folder in (made / "postgres" / "data", cluster.socket_folder):
            found = folder.stat()
            assert stat.S_IMODE(found.st_mode) == 0o700
            assert found.st_uid == cluster.user.uid
        assert cluster.user.uid != 0


def test_a_second_holder_attaches_and_the_last_one_stops_the_server(made: Path) -> None:
    """`suksala ingest` beside a running `suksala up` uses the same server and leaves it running."""
    first = Cluster(made).start()
    server = postmaster(made)
    second = Cluster(made).start()
    assert postmaster(made) == server
    first.stop()
    assert second.running()
    assert answer(second.url, "SELECT 1") == 1
    second.stop()
    assert not second.running()


def test_stopping_twice_is_harmless(made: Path) -> None:
    """A signal handler and a context manager may both stop."""
    cluster = Cluster(made).start()
    cluster.stop()
    cluster.stop()
    assert not cluster.running()


def test_an_acknowledged_row_survives_a_killed_server(made: Path) -> None:
    """kill -9 of the postmaster; `ensure_running` recovers from the log and the row is there (X6)."""
    with Cluster(made) as cluster:
        with psycopg.connect(cluster.url) as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS kept (n int)")
            connection.execute("INSERT INTO kept VALUES (7)")
        os.kill(postmaster(made), signal.SIGKILL)
        until = time.monotonic() + 10
        while cluster.running() and time.monotonic() < until:
            time.sleep(0.05)
        assert cluster.ensure_running() is True
        assert cluster.ensure_running() is False
        assert answer(cluster.url, "SELECT max(n) FROM kept") == 7


def test_a_killed_holder_leaves_nothing_to_clean_up(made: Path) -> None:
    """The kernel frees its lock: the next holder attaches to the orphan server and stops it as the last one."""
    program = (
        "import sys, pathlib, time; from suksala.operations import Cluster; "
        "Cluster(pathlib.Path(sys.argv[1])).start(); print('up', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", program, str(made)], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"up\n"
        orphan = postmaster(made)
        holder.kill()
    cluster = Cluster(made)
    assert cluster.running()
    cluster.start()
    assert postmaster(made) == orphan
    cluster.stop()
    assert not cluster.running()


def test_a_stale_process_number_is_not_believed(made: Path) -> None:
    """After a container restart number 1 is somebody else: the file is forgotten, the server starts."""
    (made / "postgres" / "data" / "postmaster.pid").write_text(f"{os.getpid()}\n")
    cluster = Cluster(made)
    assert not cluster.running()
    with cluster:
        assert answer(cluster.url, "SELECT 1") == 1


def test_a_half_made_cluster_is_made_anew(reachable: Path) -> None:
    """A kill during initdb leaves only the folder beside; the next start does not trip over it."""
    half = reachable / "postgres" / "data.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    with Cluster(reachable) as cluster:
        assert answer(cluster.url, "SELECT 1") == 1
    assert not half.exists()


def test_another_major_version_is_refused_and_the_data_stay_as_they_are(made: Path) -> None:
    """The message names both versions and the way out."""
    version = made / "postgres" / "data" / "PG_VERSION"
    before = version.read_text()
    version.write_text("9\n")
    try:
        with pytest.raises(OtherMajor, match=r"made by PostgreSQL 9.*SUKSALA_PG_BIN.*pg_dump") as caught:
            Cluster(made).start()
        assert "PostgreSQL 9" in caught.value.th
        assert not Cluster(made).running()
    finally:
        version.write_text(before)


def test_a_database_with_the_c_locale_is_refused(made: Path) -> None:
    """There `show_trgm('สมชาย')` is empty, and name search would find nobody without an error."""
    with Cluster(made) as cluster:
        with psycopg.connect(cluster.address("postgres", "postgres"), autocommit=True) as connection:
            connection.execute("DROP DATABASE IF EXISTS plain")
            connection.execute("CREATE DATABASE plain LOCALE 'C' TEMPLATE template0")
            with pytest.raises(WrongLocale, match=r"C\.UTF-8"):
                refuse_c_locale(connection, "plain")
        with psycopg.connect(cluster.url) as connection:
            refuse_c_locale(connection)


def test_a_long_path_gets_a_short_socket_of_its_own(reachable: Path) -> None:
    """Both sides of the edge: a path that just fits stays, one byte more moves to /tmp, private and always the same."""
    room = SOCKET_PATH_MAX - len(os.fsencode(reachable / "postgres" / "socket" / ".s.PGSQL.5432")) - 1
    fits, over = reachable / ("d" * room), reachable / ("d" * (room + 1))
    assert Cluster(fits).socket_folder == fits / "postgres" / "socket"
    moved = Cluster(over).socket_folder
    assert str(moved.parent) == "/tmp"  # noqa: S108
    assert moved == Cluster(over).socket_folder
    try:
        with Cluster(over) as cluster:
            assert answer(cluster.url, "SELECT 1") == 1
            assert stat.S_IMODE(moved.stat().st_mode) == 0o700
    finally:
        moved.rmdir()


def test_a_short_folder_that_somebody_else_made_is_refused(reachable: Path) -> None:
    """The folder for all is open: one waiting there under our name could hand the socket to its maker."""
    cluster = Cluster(reachable / ("d" * 90))
    cluster.socket_folder.mkdir(mode=0o777)
    cluster.socket_folder.chmod(0o777)
    try:
        with pytest.raises(UnsafeFolder):
            cluster.start()
        assert not cluster.pgdata.exists()
    finally:
        cluster.socket_folder.rmdir()


def test_a_folder_closed_to_the_servers_user_is_refused_and_stays_closed(reachable: Path) -> None:
    """Parents are never opened: the message says where to go instead. Root passes everywhere, so its wall is 0700."""
    closed, mode = reachable / "closed", 0o700 if os.geteuid() == 0 else 0o500
    closed.mkdir()
    closed.chmod(mode)
    with pytest.raises(ClosedFolder, match="choose another --data"):
        Cluster(closed / "data").start()
    assert stat.S_IMODE(closed.stat().st_mode) == mode
    assert not (closed / "data" / "postgres" / "data").exists()


def test_a_file_in_the_place_of_the_data_folder_is_refused(reachable: Path) -> None:
    """And stays what it was."""
    (reachable / "file").write_text("mine")
    with pytest.raises(ClosedFolder, match="cannot be made"):
        Cluster(reachable / "file").start()
    assert (reachable / "file").read_text() == "mine"


def test_local_settings_survive_a_start(made: Path) -> None:
    """Our own settings are written anew each time; the machine's own win and are never touched."""
    with Cluster(made):
        pass
    (made / "postgres" / "data" / "local.conf").write_text("work_mem = '5MB'\n")
    with Cluster(made) as cluster:
        assert answer(cluster.url, "SHOW work_mem") == "5MB"
