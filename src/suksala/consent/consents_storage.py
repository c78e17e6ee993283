"""SQL of consents: what stands, and every version of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from suksala.foundation import database, keys

from . import choices
from .consents import Channel, Consent, State

_COLUMNS = "person, id, version, state, rule, giver, relation, channel, evidence, text, since, until, decided, source"
_WRITTEN = f"{_COLUMNS}, receivers"
_PLACES = ", ".join(["%s"] * 15)


def save(consent: Consent) -> None:
    """Keep a version: as what stands now, and in the history."""
    values = _values(consent)
    update = ", ".join(f"{c} = excluded.{c}" for c in _WRITTEN.split(", ")[2:])
    database.execute(
        f"INSERT INTO consent_given ({_WRITTEN}) VALUES ({_PLACES}) ON CONFLICT (person, id) DO UPDATE SET {update}",
        values,
    )
    database.execute(f"INSERT INTO consent_history ({_WRITTEN}) VALUES ({_PLACES})", values)


def lock_human(persons: Collection[int]) -> None:
    """Let the decisions of one human follow each other until the transaction ends."""
    database.rows("SELECT pg_advisory_xact_lock(%s)", [keys.keyed_int("consent", str(min(persons)))])


def locked(persons: Collection[int], number: int) -> Consent | None:
    """A consent of one of these registrations, locked until the transaction ends."""
    found = database.rows(
        f"SELECT {_COLUMNS} FROM consent_given WHERE person = ANY(%s::bigint[]) AND id = %s FOR UPDATE",
        [sorted(persons), number],
    )
    return _consent(found[0]) if found else None


def counting(persons: Collection[int], now: datetime) -> list[Consent]:
    """What has an effect at this moment, oldest first."""
    found = database.rows(
        f"SELECT {_COLUMNS} FROM consent_given WHERE person = ANY(%s::bigint[]) AND state IN ('given', 'refused') "
        "AND since <= %s AND (until IS NULL OR until > %s) ORDER BY since, id",
        [sorted(persons), now, now],
    )
    return [_consent(row) for row in found]


def paused(persons: Collection[int], now: datetime) -> list[Consent]:
    """What came back with a copy of the database and was not decided anew, its own end left aside, oldest first."""
    found = database.rows(
        f"SELECT {_COLUMNS} FROM consent_given WHERE person = ANY(%s::bigint[]) AND state = 'paused' "
        "AND (until IS NULL OR until > %s) ORDER BY since, id",
        [sorted(persons), now],
    )
    return [_consent(row) for row in found]


def paused_after(person: int, number: int, limit: int) -> list[Consent]:
    """What is paused, of everybody, a page after this one in the order of its key."""
    found = database.rows(
        f"SELECT {_COLUMNS} FROM consent_given WHERE state = 'paused' AND (person, id) > (%s, %s) "
        "ORDER BY person, id LIMIT %s",
        [person, number, limit],
    )
    return [_consent(row) for row in found]


def note_paused() -> int:
    """Keep the versions that a restore wrote among the others; returns how many are new there."""
    return database.execute(
        f"INSERT INTO consent_history ({_WRITTEN}) SELECT {_WRITTEN} FROM consent_given WHERE state = 'paused' "
        "ON CONFLICT DO NOTHING"
    )


def history(persons: Collection[int], limit: int) -> list[Consent]:
    """Every version of every consent, newest first."""
    found = database.rows(
        f"SELECT {_COLUMNS} FROM consent_history WHERE person = ANY(%s::bigint[]) "
        "ORDER BY decided DESC, id, version DESC LIMIT %s",
        [sorted(persons), limit],
    )
    return [_consent(row) for row in found]


def decided_by_others(persons: Collection[int], source: str, sender: str) -> datetime | None:
    """When anybody but its sender last decided about what was sent under this name; the clock decides nothing."""
    [(found,)] = database.rows(
        "SELECT max(decided) FROM consent_history WHERE person = ANY(%s::bigint[]) AND source = %s "
        "AND giver <> %s AND state <> 'expired'",
        [sorted(persons), source, sender],
    )
    return found  # type: ignore[no-any-return]


def naming(receivers: Collection[str], now: datetime, limit: int) -> list[Consent]:
    """Consents of anybody that name one of these receivers and count at this moment, newest first."""
    found = database.rows(
        f"SELECT {_COLUMNS} FROM consent_given WHERE state = 'given' AND receivers && %s::text[] "
        "AND since <= %s AND (until IS NULL OR until > %s) ORDER BY decided DESC, id LIMIT %s",
        [sorted(receivers), now, now, limit],
    )
    return [_consent(row) for row in found]


def decided_since(since: datetime, limit: int) -> list[Consent]:
    """What stands of consents decided from this moment on, of every person, oldest first."""
    found = database.rows(
        f"SELECT {_COLUMNS} FROM consent_given WHERE decided >= %s ORDER BY decided, id LIMIT %s", [since, limit]
    )
    return [_consent(row) for row in found]


def ended(now: datetime, limit: int) -> list[Consent]:
    """Consents whose end has come and is not written down, locked; those that another process holds are left to it."""
    found = database.rows(
        f"SELECT {_COLUMNS} FROM consent_given WHERE state IN ('given', 'refused') AND until <= %s "
        "ORDER BY until LIMIT %s FOR UPDATE SKIP LOCKED",
        [now, limit],
    )
    return [_consent(row) for row in found]


def _values(c: Consent) -> list[Any]:
    rule = {"base": choices.to_json(c.base), "exceptions": [choices.to_json(e) for e in c.exceptions]}
    named = sorted(f"{r.kind}:{r.code}" for r in c.base.receivers)
    who = [c.giver, c.relation, c.channel.value, c.evidence, c.text]
    return [c.person, c.id, c.version, c.state.value, Jsonb(rule), *who, c.since, c.until, c.decided, c.source, named]


def _consent(row: Sequence[Any]) -> Consent:
    person, number, version, state, rule, giver, relation, channel, evidence, text, since, until, decided, source = row
    return Consent(
        person,
        number,
        version,
        State(state),
        choices.of_json(rule["base"]),
        tuple(choices.of_json(e) for e in rule["exceptions"]),
        giver,
        relation,
        Channel(channel),
        evidence,
        text,
        since,
        until,
        decided,
        source,
    )
