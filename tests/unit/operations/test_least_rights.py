"""What answers requests reads and writes rows, and changes no table: tried on a real server (ASVS V13.2.2)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from django.db import connection as django_connection
from psycopg import sql

from suksala import audit
from suksala.foundation import database, settings
from suksala.operations import Verdict, doctor, supervise
from suksala.operations.cluster import WEB_ROLE
from suksala.operations.database import may_change_tables
from suksala.operations.errors import OwnerServes
from suksala.operations.least_rights import grant, limit_web

pytestmark = pytest.mark.django_db


def web_address() -> str:
    """The database of this test, under the role of the web processes."""
    told = django_connection.settings_dict
    return f"postgresql:///{told['NAME']}?host={told['HOST']}&user={WEB_ROLE}"


@contextmanager
def as_web() -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """A line of its own under the role, with its rights; what it does is taken back."""
    with psycopg.connect(web_address()) as line:
        yield line
        line.rollback()


@pytest.fixture(scope="module")
def granted(django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> None:
    """The rights, kept: another line sees only what is committed."""
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        grant(WEB_ROLE)


REFUSED = [
    "CREATE TABLE public.mine (a int)",
    "CREATE FUNCTION public.f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE SCHEMA mine",
    "ALTER TABLE resource ADD COLUMN a int",
    "ALTER TABLE audit DISABLE TRIGGER ALL",
    "DROP TABLE resource",
    "TRUNCATE resource",
    "UPDATE audit SET actor = 'x'",
    "DELETE FROM audit",
    "DELETE FROM audit_default",
    "UPDATE consent_proxy_history SET proof = 'x'",
    "DELETE FROM django_migrations",
    "INSERT INTO django_migrations (app, name, applied) VALUES ('a', 'b', now())",
    "SELECT setval('resource_id', 1); CREATE ROLE other",
    "SET ROLE suksala",
    "SET ROLE postgres",
    "COPY resource TO '/tmp/x'",
    "COPY resource TO PROGRAM 'true'",
    "SELECT pg_read_file('/etc/passwd')",
    "SELECT rolpassword FROM pg_authid",
    "ALTER DATABASE suksala SET work_mem = '1GB'",
]


@pytest.mark.usefixtures("granted")
@pytest.mark.parametrize("statement", REFUSED)
def test_what_is_no_part_of_answering_is_refused(statement: str) -> None:
    """By PostgreSQL, whatever the application asks."""
    with as_web() as line, pytest.raises(psycopg.errors.InsufficientPrivilege):
        line.execute(statement)  # type: ignore[arg-type]


@pytest.mark.usefixtures("granted")
def test_rows_are_read_and_written() -> None:
    """Every table of ours can be read; rows come and go where answering needs it; temporary tables too."""
    with as_web() as line:
        names = line.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
            " AND NOT relispartition"
        ).fetchall()
        assert len(names) > 80
        for (name,) in names:
            line.execute(sql.SQL("SELECT FROM {} LIMIT 0").format(sql.Identifier(str(name))))
        line.execute("INSERT INTO signin_cache (cache_key, value, expires) VALUES ('a', 'b', now())")
        assert line.execute("DELETE FROM signin_cache WHERE cache_key = 'a'").rowcount == 1
        line.execute("CREATE TEMP TABLE stage (a int) ON COMMIT DROP")
        assert line.execute("SELECT nextval('resource_id') > 0").fetchone() == (True,)


@pytest.mark.usefixtures("granted")
def test_facts_are_added_to_the_log_and_a_month_is_made_for_them() -> None:
    """The partition by its owner's function, which looks names up in our schema whatever the caller's path is."""
    with as_web() as line:
        line.execute("SET search_path = pg_temp")
        assert line.execute("SELECT public.audit_ensure_month('2014-03-05')").fetchone() == (True,)
        assert line.execute("SELECT to_regclass('public.audit_2014_03') IS NOT NULL").fetchone() == (True,)


@pytest.mark.usefixtures("granted")
def test_writes_of_other_roles_are_seen_to_run() -> None:
    """An export waits for writes that began before it; without this right it would not see when they did."""
    with as_web() as line:
        before = line.execute("SELECT count(*) FROM pg_stat_activity WHERE xact_start IS NOT NULL").fetchone()
        database.rows("SELECT 1 FROM resource LIMIT 1")  # a transaction of the owner runs
        line.rollback()
        now = line.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE xact_start IS NOT NULL AND usename = 'suksala'"
        ).fetchone()
    assert before is not None
    assert now is not None
    assert int(str(now[0])) >= 1


def test_rights_of_before_are_taken_back() -> None:
    """What an older version granted, or somebody by hand; and granting again changes nothing."""
    database.rows(f"GRANT TRUNCATE, UPDATE ON audit TO {WEB_ROLE}")
    grant(WEB_ROLE)
    asked = "SELECT has_table_privilege(%s, 'audit', %s)"
    held = [database.rows(asked, [WEB_ROLE, right])[0][0] for right in ("SELECT", "INSERT", "UPDATE", "TRUNCATE")]
    assert held == [True, True, False, False]


# ---- where the operator has a server ---------------------------------------------------------------------------------


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Settings of this test's own."""
    yield monkeypatch
    monkeypatch.undo()
    settings.forget()


@pytest.mark.parametrize(
    "address", ["postgresql:///suksala?host=/run/x&user=suksala", "postgresql:///suksala?host=/run/x"]
)
def test_the_owner_does_not_answer_requests(told: pytest.MonkeyPatch, address: str) -> None:
    """A second address with the same role, or none, would be a wall of paper."""
    told.setenv("SUKSALA_WEB_DATABASE_URL", address)
    settings.forget()
    with pytest.raises(OwnerServes):
        limit_web(None)


def test_a_role_of_the_operator_gets_its_rights(told: pytest.MonkeyPatch) -> None:
    """Without a second address the web processes go on as the owner, and `suksala doctor` warns."""
    told.delenv("SUKSALA_WEB_DATABASE_URL", raising=False)
    settings.forget()
    assert limit_web(None) is None
    assert doctor._web_role().verdict is Verdict.WARN
    told.setenv("SUKSALA_WEB_DATABASE_URL", web_address())
    settings.forget()
    assert limit_web(None) == web_address()
    assert doctor._web_role().verdict is Verdict.OK
    told.setenv("SUKSALA_WEB_DATABASE_URL", os.environ["DATABASE_URL"])
    settings.forget()
    assert doctor._web_role().verdict is Verdict.BAD


def test_both_sides_of_the_look() -> None:
    """The owner may change tables; the role may not."""
    assert may_change_tables(os.environ["DATABASE_URL"])
    assert not may_change_tables(web_address())


def test_only_what_answers_requests_gets_the_lesser_address(told: pytest.MonkeyPatch) -> None:
    """Workers import, make partitions and migrate: they keep the owner's."""
    told.setenv("DATABASE_URL", "postgresql:///owner")
    server = supervise.Server(settings.current().data_dir, websocket_port=8001, job_workers=1)
    children = {child.name: child._env["DATABASE_URL"] for child in supervise._children(server, "postgresql:///web")}
    assert children == {
        "web": "postgresql:///web",
        "sockets": "postgresql:///web",
        "worker-1": "postgresql:///owner",
    }
    alone = {child._env["DATABASE_URL"] for child in supervise._children(server, None)}
    assert alone == {"postgresql:///owner"}


def test_the_log_is_written_as_before() -> None:
    """The owner's partitions stand."""
    assert audit.ensure_partitions() == []
