"""SQL of emergency grants, their copies, notices and locks."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from suksala.foundation import database

from .grants import ClassReason, Cosigner, Extent, Grant, GrantState, Need, Told, Verdict

_COLUMNS = (
    "person, id, persons, reader, practitioner, name, facility, licence, criterion, words, encounter, extent, reasons, "
    "flags, state, started_at, ended_at, shredded_at, verdict, note, reviewed_by, reviewed_at, lasts, asked_at, "
    "cosigner, cosigner_name, cosigner_facility, cosigner_licence, cosigner_practitioner, followed_by, rest_until"
)
_PLACES = ", ".join(["%s"] * len(_COLUMNS.split(", ")))
_SELECT = f"SELECT {_COLUMNS} FROM consent_grant"


def keep(grant: Grant) -> None:
    """Keep a grant that begins, or one that waits for a co-signer."""
    database.execute(f"INSERT INTO consent_grant ({_COLUMNS}) VALUES ({_PLACES})", _values(grant))


def drop(grant: Grant) -> None:
    """Take a request away."""
    database.execute("DELETE FROM consent_grant WHERE person = %s AND id = %s", [grant.person, grant.id])


def drop_requests(asked_before: datetime) -> int:
    """Take away what waited for a co-signer too long; returns how many."""
    return database.execute("DELETE FROM consent_grant WHERE state = 'requested' AND asked_at <= %s", [asked_before])


def requests(facility: str | None, reference: str | None, since: datetime) -> list[Grant]:
    """What waits for a co-signer, the oldest first: at a facility, or by its reference."""
    sql = (
        f"{_SELECT} WHERE state = 'requested' AND asked_at > %s AND (%s::text IS NULL OR facility = %s) "
        "AND (%s::text IS NULL OR upper(left(id::text, 8)) = %s) ORDER BY asked_at, id"
    )
    return [_grant(row) for row in database.rows(sql, [since, facility, facility, reference, reference])]


def void_rests() -> None:
    """Leave nothing of what the system ended before: by which clock it would be counted is not known any more."""
    database.execute("UPDATE consent_grant SET rest_until = NULL WHERE rest_until IS NOT NULL AND followed_by IS NULL")


def requests_of(reader: str, persons: Collection[int]) -> list[Grant]:
    """What a reader asked a co-signer for, about these persons."""
    sql = f"{_SELECT} WHERE state = 'requested' AND reader = %s AND persons && %s::bigint[]"
    return [_grant(row) for row in database.rows(sql, [reader, sorted(persons)])]


def follow(former: Collection[Grant], grant: Grant) -> None:
    """Note which grant came after these."""
    database.execute(
        "UPDATE consent_grant SET followed_by = %s WHERE id = ANY(%s) AND followed_by IS NULL",
        [grant.id, [one.id for one in former]],
    )


def replace(grant: Grant) -> None:
    """Keep what became of a grant; who, whose, why and since when stay as they were written."""
    changed = (
        "extent, reasons, flags, state, ended_at, shredded_at, verdict, note, reviewed_by, reviewed_at, rest_until"
    )
    values = dict(zip(_COLUMNS.split(", "), _values(grant), strict=True))
    sets = ", ".join(f"{name} = %s" for name in changed.split(", "))
    database.execute(
        f"UPDATE consent_grant SET {sets} WHERE person = %s AND id = %s",
        [*(values[name] for name in changed.split(", ")), grant.person, grant.id],
    )


def one(number: UUID, *, lock: bool = False) -> Grant | None:
    """A grant by its number; `lock` holds it until the transaction ends."""
    found = database.rows(f"{_SELECT} WHERE id = %s{' FOR UPDATE' if lock else ''}", [number])
    return _grant(found[0]) if found else None


def active() -> list[UUID]:
    """Numbers of the grants that have begun and not ended."""
    return [number for (number,) in database.rows("SELECT id FROM consent_grant WHERE state = 'active'")]


def ended() -> list[UUID]:
    """Numbers of the grants that have ended and whose copy still is to be destroyed."""
    sql = "SELECT id FROM consent_grant WHERE state IN ('closed-early', 'expired', 'revoked')"
    return [number for (number,) in database.rows(sql)]


def of_reader(reader: str, practitioner: int | None, since: datetime) -> list[Grant]:
    """What somebody opened since then, newest first: by this account, or as this practitioner by any."""
    sql = f"{_SELECT} WHERE (reader = %s OR practitioner = %s) AND started_at >= %s ORDER BY started_at DESC"
    return [_grant(row) for row in database.rows(sql, [reader, practitioner, since])]


def of_account(reader: str, persons: Collection[int]) -> list[Grant]:
    """What an account ever opened of these persons, newest first."""
    sql = f"{_SELECT} WHERE reader = %s AND persons && %s::bigint[] AND state <> 'requested' ORDER BY started_at DESC"
    return [_grant(row) for row in database.rows(sql, [reader, sorted(persons)])]


def of_persons(persons: Collection[int], limit: int) -> list[Grant]:
    """Openings of these persons' records, newest first, whichever of them they are filed under."""
    sql = f"{_SELECT} WHERE person = ANY(%s) AND state <> 'requested' ORDER BY started_at DESC LIMIT %s"
    return [_grant(row) for row in database.rows(sql, [sorted(persons), limit])]


def unreviewed(facility: str | None, limit: int) -> list[Grant]:
    """What no officer has looked at yet, the oldest first."""
    bound = "AND facility = %s" if facility else "AND %s::text IS NULL"
    sql = f"{_SELECT} WHERE state NOT IN ('requested', 'reviewed') {bound} ORDER BY started_at, id LIMIT %s"
    return [_grant(row) for row in database.rows(sql, [facility, limit])]


def reviewed(facility: str | None, limit: int) -> list[Grant]:
    """What officers have looked at, the newest first."""
    bound = "AND facility = %s" if facility else "AND %s::text IS NULL"
    sql = f"{_SELECT} WHERE state = 'reviewed' {bound} ORDER BY reviewed_at DESC, id LIMIT %s"
    return [_grant(row) for row in database.rows(sql, [facility, limit])]


def shares(since: datetime, until: datetime) -> list[tuple[str, int, int]]:
    """(facility, openings, unreviewed among them) of those that began in since <= t < until."""
    sql = (
        "SELECT facility, count(*)::int, (count(*) FILTER (WHERE state <> 'reviewed'))::int FROM consent_grant "
        "WHERE started_at >= %s AND started_at < %s GROUP BY 1 ORDER BY 1"
    )
    return [(facility, openings, left) for facility, openings, left in database.rows(sql, [since, until])]


# ---- copies -------------------------------------------------------------------------------------------------------


def keep_copy(grant: Grant, sealed: bytes, at: datetime) -> None:
    """Keep a copy in place of the former one."""
    database.execute(
        "INSERT INTO consent_copy (person, grant_id, pulled_at, sealed) VALUES (%s, %s, %s, %s) "
        "ON CONFLICT (person, grant_id) DO UPDATE SET pulled_at = excluded.pulled_at, sealed = excluded.sealed",
        [grant.person, grant.id, at, sealed],
    )


def copy_of(grant: Grant) -> tuple[bytes, datetime] | None:
    """The sealed copy and when it was made."""
    sql = "SELECT sealed, pulled_at FROM consent_copy WHERE person = %s AND grant_id = %s"
    found = database.rows(sql, [grant.person, grant.id])
    return (bytes(found[0][0]), found[0][1]) if found else None


def drop_copy(grant: Grant) -> int:
    """Take the copy away; returns how many there were."""
    return database.execute("DELETE FROM consent_copy WHERE person = %s AND grant_id = %s", [grant.person, grant.id])


# ---- notices ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Notice:
    """Somebody is to be told of a grant, from `due_at` on.

    receiver  citizen, facility-officer (of `facility`) or exchange-officer
    channel   by which it goes out; "": on their page, without sending
    tries     how often it was not taken
    """

    id: UUID
    person: int
    grant_id: UUID
    receiver: str
    facility: str
    due_at: datetime
    sent_at: datetime | None = None
    channel: str = ""
    tries: int = 0


_NOTICE = "SELECT id, person, grant_id, receiver, facility, due_at, sent_at, channel, tries FROM consent_notice"


def queue_notice(
    grant: Grant, receiver: str, due: datetime, *, facility: str = "", channel: str = "", told: bool = False
) -> None:
    """Have somebody told; `told`: their page does so from `due` on, nothing is sent."""
    database.execute(
        "INSERT INTO consent_notice (person, id, grant_id, receiver, facility, due_at, channel, sent_at, try_at) "
        "VALUES (%s, gen_random_uuid(), %s, %s, %s, %s, %s, %s, %s)",
        [grant.person, grant.id, receiver, facility, due, channel, due if told else None, due],
    )


def next_notice(channels: Sequence[str], now: datetime) -> Notice | None:
    """A notice for one of these channels, held until the transaction ends: new ones first, then what waited longest."""
    sql = (
        f"{_NOTICE} WHERE sent_at IS NULL AND channel = ANY(%s::text[]) AND due_at <= %s AND try_at <= %s "
        "ORDER BY tries, try_at LIMIT 1 FOR UPDATE SKIP LOCKED"
    )
    found = database.rows(sql, [list(channels), now, now])
    return Notice(*found[0]) if found else None


def sent(notice: Notice, now: datetime) -> None:
    """It was told."""
    database.execute(
        "UPDATE consent_notice SET sent_at = %s WHERE person = %s AND id = %s", [now, notice.person, notice.id]
    )


def try_again(notice: Notice, at: datetime) -> None:
    """It was not taken: not tried before that moment again."""
    database.execute(
        "UPDATE consent_notice SET tries = tries + 1, try_at = %s WHERE person = %s AND id = %s",
        [at, notice.person, notice.id],
    )


def notices_of(receiver: str, facility: str | None, limit: int) -> list[Notice]:
    """What an officer was told, newest first."""
    bound = "AND facility = %s" if facility else "AND %s::text IS NULL"
    sql = f"{_NOTICE} WHERE receiver = %s {bound} AND sent_at IS NOT NULL ORDER BY due_at DESC LIMIT %s"
    return [Notice(*row) for row in database.rows(sql, [receiver, facility, limit])]


def citizen_due(number: UUID) -> datetime | None:
    """From when on the patient is told."""
    found = database.rows("SELECT due_at FROM consent_notice WHERE grant_id = %s AND receiver = 'citizen'", [number])
    return found[0][0] if found else None


def delayed(numbers: Sequence[UUID], now: datetime) -> set[UUID]:
    """Those of these grants whose patient is not told yet."""
    sql = "SELECT grant_id FROM consent_notice WHERE receiver = 'citizen' AND grant_id = ANY(%s) AND due_at > %s"
    return {number for (number,) in database.rows(sql, [list(numbers), now])}


def delayed_of_persons(persons: Collection[int], now: datetime) -> list[Grant]:
    """Openings of these persons' records of which the patient is not told yet."""
    sql = (
        f"{_SELECT} g WHERE g.person = ANY(%s) AND EXISTS (SELECT 1 FROM consent_notice n WHERE n.person = g.person "
        "AND n.grant_id = g.id AND n.receiver = 'citizen' AND n.due_at > %s)"
    )
    return [_grant(row) for row in database.rows(sql, [sorted(persons), now])]


def delay(grant: Grant, until: datetime, actor: str, words: str) -> int:
    """Have the patient told later, by every channel, also by those that told already; returns how many notices."""
    return database.execute(
        "UPDATE consent_notice SET due_at = %s, try_at = %s, tries = 0, delayed_by = %s, delay_words = %s, "
        "sent_at = NULL WHERE person = %s AND grant_id = %s AND receiver = 'citizen'",
        [until, until, actor, words, grant.person, grant.id],
    )


_PAGE = "receiver = 'citizen' AND channel = ''"


def read_by_patient(persons: Collection[int], now: datetime) -> int:
    """Note that these persons' page told them of what was due; returns of how many openings."""
    return database.execute(
        f"UPDATE consent_notice SET sent_at = %s WHERE {_PAGE} AND sent_at IS NULL AND due_at <= %s "
        "AND person = ANY(%s::bigint[])",
        [now, now, sorted(persons)],
    )


def told_otherwise(grant: Grant, told: Told, now: datetime) -> int:
    """Note that an officer told the patient; 0 where the patient knows already, or is not to be told yet."""
    return database.execute(
        f"UPDATE consent_notice SET sent_at = %s, told_by = %s, told_on = %s, told_how = %s WHERE {_PAGE} "
        "AND sent_at IS NULL AND due_at <= %s AND person = %s AND grant_id = %s",
        [now, told.by, told.on, told.how, now, grant.person, grant.id],
    )


def told_how(grant: Grant) -> Told | None:
    """How an officer told the patient; None: nobody did."""
    sql = f"SELECT told_how, told_on, told_by FROM consent_notice WHERE {_PAGE} AND grant_id = %s AND told_how <> ''"
    found = database.rows(sql, [grant.id])
    return Told(*found[0]) if found else None


def untold(facility: str | None, after: Grant | None, now: datetime, limit: int) -> list[Grant]:
    """Openings that the patient has not read of, though it is due, the oldest first. A channel that took a message says
    nothing of whether there was anybody to send it to.
    """
    sql = (
        f"{_SELECT} g WHERE (%s::text IS NULL OR g.facility = %s) AND EXISTS (SELECT FROM consent_notice n "
        f"WHERE n.person = g.person AND n.grant_id = g.id AND n.{_PAGE} AND n.sent_at IS NULL AND n.due_at <= %s) "
        "AND (%s::uuid IS NULL OR (g.started_at, g.id) > (%s, %s)) ORDER BY g.started_at, g.id LIMIT %s"
    )
    began, number = (after.started_at, after.id) if after else (None, None)
    return [_grant(row) for row in database.rows(sql, [facility, facility, now, number, began, number, limit])]


# ---- locks --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Lock:
    """A facility that may not break the glass since then, or that an officer let again."""

    facility: str
    since: datetime
    cleared_at: datetime | None
    cleared_by: str
    words: str


def locks() -> dict[str, Lock]:
    """The locks that ever were, the newest of each facility."""
    found = database.rows("SELECT facility, since, cleared_at, cleared_by, words FROM consent_lock")
    return {row[0]: Lock(*row) for row in found}


def keep_lock(facility: str, since: datetime) -> None:
    """Lock a facility."""
    database.execute(
        "INSERT INTO consent_lock (facility, since) VALUES (%s, %s) "
        "ON CONFLICT (facility) DO UPDATE SET since = excluded.since, cleared_at = NULL, cleared_by = '', words = ''",
        [facility, since],
    )


def clear_lock(facility: str, now: datetime, actor: str, words: str) -> int:
    """Let a facility again; returns how many locks there were."""
    return database.execute(
        "UPDATE consent_lock SET cleared_at = %s, cleared_by = %s, words = %s "
        "WHERE facility = %s AND cleared_at IS NULL",
        [now, actor, words, facility],
    )


def database_now() -> datetime:
    """The database's clock, not the beginning of the transaction."""
    [(now,)] = database.rows("SELECT clock_timestamp()")
    return now  # type: ignore[no-any-return]


def _values(grant: Grant) -> list[Any]:
    need = grant.need
    return [
        grant.person, grant.id, sorted(grant.persons), grant.reader, grant.practitioner, grant.name, grant.facility,
        need.licence, need.criterion, need.words, need.encounter, grant.extent.value,
        Jsonb([[one.labels, one.words] for one in grant.reasons]), list(grant.flags), grant.state.value,
        grant.started_at, grant.ended_at, grant.shredded_at,
        grant.verdict.value if grant.verdict else None, grant.note, grant.reviewed_by, grant.reviewed_at,
        int(grant.lasts.total_seconds()), grant.asked_at, *_cosigner_values(grant.cosigner), grant.followed_by,
        grant.rest_until,
    ]  # fmt: skip


def _cosigner_values(one: Cosigner | None) -> list[Any]:
    return ["", "", "", "", None] if one is None else [one.actor, one.name, one.facility, one.licence, one.practitioner]


def _grant(row: Sequence[Any]) -> Grant:
    found = dict(zip(_COLUMNS.split(", "), row, strict=True))
    need = Need(found["criterion"], found["words"], found["encounter"], found["licence"], attested=True)
    return Grant(
        found["id"], found["person"], frozenset(found["persons"]), found["reader"], found["name"], found["facility"],
        need, GrantState(found["state"]), Extent(found["extent"]), tuple(ClassReason(*one) for one in found["reasons"]),
        tuple(found["flags"]), found["started_at"], found["ended_at"], found["shredded_at"],
        Verdict(found["verdict"]) if found["verdict"] else None, found["note"], found["reviewed_by"],
        found["reviewed_at"], found["practitioner"], timedelta(seconds=found["lasts"]), found["asked_at"],
        _cosigner(found), found["followed_by"], found["rest_until"],
    )  # fmt: skip


def _cosigner(row: dict[str, Any]) -> Cosigner | None:
    names = ("cosigner", "cosigner_name", "cosigner_facility", "cosigner_licence", "cosigner_practitioner")
    return Cosigner(*(row[name] for name in names)) if row["cosigner"] else None
