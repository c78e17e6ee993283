"""What tests of the log share."""

from __future__ import annotations

from collections.abc import Callable

from suksala.foundation import database

Tell = Callable[[int], None]

PARTS = """
SELECT 'audit' UNION ALL
SELECT i.inhrelid::regclass::text FROM pg_inherits i WHERE i.inhparent = 'audit'::regclass"""


def as_superuser(sql: str) -> int:
    """Do to the log what its rules forbid, as somebody with all rights could."""
    with database.transaction():
        for (part,) in database.rows(PARTS):
            for rule in ("audit_no_update", "audit_no_delete"):
                database.execute(f"ALTER TABLE {part} DISABLE RULE {rule}")
        done = database.execute(sql)
        for (part,) in database.rows(PARTS):
            for rule in ("audit_no_update", "audit_no_delete"):
                database.execute(f"ALTER TABLE {part} ENABLE RULE {rule}")
    return done


def empty_log() -> None:
    """Forget what tests before this one left: some let their facts stand."""
    database.execute("TRUNCATE audit, audit_leaf, audit_block, audit_tree, audit_checkpoint, audit_witnessed")
