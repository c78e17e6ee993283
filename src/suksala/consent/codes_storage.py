"""SQL of codes and of tries."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from suksala.foundation import database, keys

from .codes import Code, CodeKind, CodeState

_COLUMNS = "person, id, kind, facility, offer, made_by, made, until, state, seen_by, digest"


def add(code: Code) -> None:
    """Keep a new code; an earlier one of the same account and kind that nobody typed ends."""
    database.execute(
        "UPDATE consent_code SET until = least(until, %s) "
        "WHERE person = %s AND made_by = %s AND kind = %s AND state IN ('shown', 'seen')",
        [code.made, code.person, code.made_by, code.kind.value],
    )
    values: list[Any] = [code.person, code.id, code.kind.value, code.facility, Jsonb(dict(code.offer)), code.made_by]
    values += [code.made, code.until, code.state.value, code.seen_by, code.digest]
    database.execute(f"INSERT INTO consent_code ({_COLUMNS}) VALUES ({', '.join(['%s'] * 11)})", values)


def is_taken(digest: bytes, now: datetime) -> bool:
    """Whether a code of these digits is open."""
    return bool(_open(digest, now))


def locked_by_digest(digest: bytes, now: datetime) -> Code | None:
    """The open code of these digits, locked until the transaction ends."""
    found = _open(digest, now)
    return found[0] if found else None


def _open(digest: bytes, now: datetime) -> list[Code]:
    found = database.rows(
        f"SELECT {_COLUMNS} FROM consent_code WHERE digest = %s AND until > %s AND state = 'shown' FOR UPDATE",
        [digest, now],
    )
    return [_code(row) for row in found]


def locked(number: int) -> Code | None:
    """One code by its number, locked until the transaction ends."""
    found = database.rows(f"SELECT {_COLUMNS} FROM consent_code WHERE id = %s FOR UPDATE", [number])
    return _code(found[0]) if found else None


def change(code: Code) -> None:
    """Keep where it stands now."""
    database.execute(
        "UPDATE consent_code SET state = %s, seen_by = %s, until = %s WHERE person = %s AND id = %s",
        [code.state.value, code.seen_by, code.until, code.person, code.id],
    )


def lock_tries(who: str) -> None:
    """Let the tries of one account follow each other, over all processes, until the transaction ends."""
    database.rows("SELECT pg_advisory_xact_lock(%s)", [keys.keyed_int("consent-tries", who)])


def tries(who: str, since: datetime) -> int:
    """How many codes that count for nothing this account typed."""
    return int(database.rows("SELECT count(*) FROM consent_code_try WHERE who = %s AND at > %s", [who, since])[0][0])


def add_try(who: str, at: datetime) -> None:
    """Count one."""
    database.execute("INSERT INTO consent_code_try (who, at) VALUES (%s, %s)", [who, at])


def sweep(before: datetime) -> int:
    """Take away what ended before this moment; returns how many codes."""
    database.execute("DELETE FROM consent_code_try WHERE at < %s", [before])
    return database.execute("DELETE FROM consent_code WHERE until < %s", [before])


def _code(row: Sequence[Any]) -> Code:
    person, number, kind, facility, offer, made_by, made, until, state, seen_by, digest = row
    return Code(
        person, number, CodeKind(kind), facility, offer, made_by, made, until, CodeState(state), seen_by, bytes(digest)
    )
