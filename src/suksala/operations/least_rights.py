"""What answers requests has a role of its own in the database: it reads and writes rows, and changes no table.

A hole in a page or in a search then adds no function, drops no table and takes nothing out of the log (ASVS 5 V13.2.2;
decision 0161). Workers and commands keep the owner's role: they import, make partitions and migrate.
"""

from __future__ import annotations

from collections.abc import Collection

from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from suksala.foundation import database, settings

from .cluster import WEB_ROLE, Cluster
from .database import check_server
from .errors import OwnerServes

APPEND_ONLY = frozenset({"audit", "consent_proxy_history"})
READ_ONLY = frozenset({"django_migrations"})
_TABLES = """
SELECT relname FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
  AND pg_has_role(relowner, 'USAGE')
ORDER BY relname"""
GRANT_LOCK = 0x53554B4752  # "SUKGR": one process grants, the others wait


def limit_web(cluster: Cluster | None) -> str | None:
    """The address by which processes that answer requests reach the database, with the rights that they need granted.

    None where DATABASE_URL is set and SUKSALA_WEB_DATABASE_URL is not: the operator made no second role.
    Raises OwnerServes when that address names the owner's role, or none.
    """
    if cluster is not None:
        grant(WEB_ROLE)
        return cluster.web_url
    address = settings.current().web_database_url
    if address is None:
        return None
    role = str(conninfo_to_dict(address).get("user") or "")
    [(owner,)] = database.rows("SELECT current_user::text")
    if role in ("", owner):
        raise OwnerServes(
            "SUKSALA_WEB_DATABASE_URL ต้องมีชื่อผู้ใช้ฐานข้อมูลของตนเอง ไม่ใช่ผู้ใช้ใน DATABASE_URL",
            "SUKSALA_WEB_DATABASE_URL needs a database role of its own, not that of DATABASE_URL",
        )
    check_server(address)
    grant(role)
    return address


def grant(role: str) -> None:
    """Give a role the rows of every table of ours and nothing more; what it had is taken back. Safe to repeat."""
    who = sql.Identifier(role)
    names = {str(name) for (name,) in database.rows(_TABLES)}
    with database.transaction():
        database.rows("SELECT pg_advisory_xact_lock(%s)", [GRANT_LOCK])
        _do(sql.SQL("REVOKE CREATE ON SCHEMA public FROM PUBLIC"))
        _do(sql.SQL("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {}").format(who))
        read, added = _listed(names & READ_ONLY), _listed(names & APPEND_ONLY)
        _do(sql.SQL("GRANT SELECT ON {} TO {}").format(read, who))
        _do(sql.SQL("GRANT SELECT, INSERT ON {} TO {}").format(added, who))
        rest = _listed(names - READ_ONLY - APPEND_ONLY)
        _do(sql.SQL("GRANT SELECT, INSERT, UPDATE, DELETE ON {} TO {}").format(rest, who))
        _do(sql.SQL("GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA public TO {}").format(who))


def _listed(tables: Collection[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, sorted(tables)))


def _do(statement: sql.SQL | sql.Composed) -> None:
    with database.cursor() as cur:
        cur.execute(statement)
