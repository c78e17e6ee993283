"""From nothing to a migrated database: the embedded cluster or DATABASE_URL's server, then Django, then the schema."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from suksala.foundation import log, settings
from suksala.foundation.transport import is_safe_database

from .cluster import Cluster, make_folder, refuse_c_locale
from .errors import NoServer, OpenLine

MIGRATION_LOCK = 0x53554B53414C41  # "SUKSALA": one process migrates, the others wait
OLDEST_SERVER = 15

_log = log.get("operations")


@contextmanager
def running_database(data: Path, *, demo: bool = False) -> Iterator[Cluster | None]:
    """Have the database of `data` up, Django set up and the schema current.

    Yields the embedded cluster, None with DATABASE_URL. Sets the environment of this process (and of its children)
    and reads the settings anew.
    """
    data = data.absolute()
    make_folder(data)
    address = os.environ.get("DATABASE_URL")
    if address:
        check_server(address, demo=demo)
        set_environment(data, address, demo=demo)
        yield _ready(None)
        return
    with Cluster(data) as cluster:
        set_environment(data, cluster.url, demo=demo)
        try:
            yield _ready(cluster)
        finally:
            _disconnect()
            del os.environ["DATABASE_URL"]
            settings.forget()


def set_environment(data: Path, address: str, *, demo: bool = False) -> None:
    """Tell this process and its children where data and database are."""
    os.environ.update(
        SUKSALA_DATA=str(data),
        DATABASE_URL=address,
        DJANGO_SETTINGS_MODULE="suksala.foundation.django_settings",
    )
    if demo:
        os.environ["SUKSALA_DEMO"] = "1"
    settings.forget()


def migrate() -> bool:
    """Bring the schema up to date, one process at a time. Returns whether there was anything to do."""
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [MIGRATION_LOCK])
    try:
        executor = MigrationExecutor(connection)
        waiting = bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))
        if waiting:
            call_command("migrate", verbosity=0, interactive=False)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [MIGRATION_LOCK])
    return waiting


def waiting_migrations() -> list[str]:
    """The migrations that this version has and the database has not, as app.name."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    return [str(migration) for migration, _ in executor.migration_plan(executor.loader.graph.leaf_nodes())]


def keep_house() -> None:
    """What a running server does every few seconds: jobs of killed workers back to the queue, audit months made ahead,
    changes that wait for subscriptions looked at, keys of emergency copies destroyed on time.

    A database that is away for a moment is no reason to stop: the connection is closed, the next call tries anew.
    """
    from django.db import DatabaseError as DjangoDatabaseError

    from suksala import audit, consent, exchange
    from suksala.foundation import jobs

    try:
        consent.destroy_ended_keys()  # asks no database: emergency copies end on time without one
    except (
        OSError,
        consent.KeyFolderProblem,
    ) as error:  # a folder that cannot be made or read: told, and the rest of the house is kept
        _log.error("the key folder cannot be used", error_type=type(error).__name__)
    try:
        rescued = jobs.rescue()
        audit.ensure_partitions()
        exchange.keep_house()
    except (psycopg.Error, DjangoDatabaseError) as error:
        _disconnect()
        _log.warning("housekeeping failed", error_type=type(error).__name__)
    else:
        if rescued:
            _log.warning("jobs given back", count=rescued)


def _ready(cluster: Cluster | None) -> Cluster | None:
    import django

    django.setup()
    migrate()

    from suksala import audit, exchange

    audit.ensure_partitions()
    exchange.keep_index()
    return cluster


def _disconnect() -> None:
    from django.db import connections

    connections.close_all()


def check_server(url: str, *, demo: bool = False) -> None:
    """Raise OpenLine, NoServer or WrongLocale when the server of DATABASE_URL cannot be used.

    demo  made-up data, which may travel in clear
    """
    if not (demo or not settings.current().secure_cookies or is_safe_database(url, os.environ)):
        raise OpenLine(
            "DATABASE_URL ชี้ไปเครื่องอื่นโดยไม่เข้ารหัสหรือไม่ตรวจใบรับรอง: เติม sslmode=verify-full และ sslrootcert",
            "DATABASE_URL leads to another machine without TLS, or without a look at the server's certificate: add "
            "sslmode=verify-full and sslrootcert",
        )
    try:
        connection = psycopg.connect(url, connect_timeout=10)
    except psycopg.OperationalError:
        # The driver's words may hold the address and the user, never the password; still they stay off the log.
        raise NoServer(
            "ติดต่อเซิร์ฟเวอร์ฐานข้อมูลตาม DATABASE_URL ไม่ได้: ตรวจที่อยู่ ชื่อฐานข้อมูล ผู้ใช้ รหัสผ่าน และว่าเซิร์ฟเวอร์เปิดอยู่",
            "the database server of DATABASE_URL does not let us in: check address, database, user, password, "
            "and that it runs",
        ) from None
    with connection:
        if connection.info.server_version < OLDEST_SERVER * 10_000:
            raise NoServer(
                f"ต้องใช้ PostgreSQL {OLDEST_SERVER} ขึ้นไป: ปรับรุ่นเซิร์ฟเวอร์ หรือเอา DATABASE_URL ออกเพื่อใช้ฐานข้อมูลในตัว",
                f"PostgreSQL {OLDEST_SERVER} or newer is needed: upgrade the server, or unset DATABASE_URL "
                "for the embedded one",
            )
        refuse_c_locale(connection)


def may_change_tables(url: str) -> bool:
    """Whether a role may make tables there or owns any: one that answers requests may not.

    Raises psycopg.OperationalError.
    """
    with psycopg.connect(url, connect_timeout=10) as connection:
        row = connection.execute(
            "SELECT rolsuper OR has_schema_privilege(current_user, 'public', 'CREATE') OR EXISTS (SELECT FROM pg_class"
            " WHERE relnamespace = 'public'::regnamespace AND pg_has_role(relowner, 'USAGE'))"
            " FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
    return row is None or bool(row[0])
