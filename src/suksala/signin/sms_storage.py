"""SQL of text messages, of the codes in them, and of the numbers that they go to."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from suksala.foundation import database, keys

from .sms_rules import DAY, HOUR, LEDGER, SHORT, TRIES, Kind, NumberNews, Sent, Telephone

CODES = (Kind.SIGN_IN.value, Kind.NUMBER.value)


@dataclass(frozen=True, slots=True)
class Code:
    """A code to keep, with the text that carries it.

    account  whose it is; 0: nobody's, and nothing is kept
    number   where it goes, sealed; None: to the account's own number
    """

    account: int
    device: int
    kind: Kind
    request: bytes
    digest: bytes = field(repr=False)
    words: bytes = field(repr=False)
    number: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Due:
    """A text that is to be handed over now."""

    id: int
    kind: str
    tries: int
    number: bytes = field(repr=False)
    words: bytes = field(repr=False)


# ---- numbers ------------------------------------------------------------------------------------------------------


def telephone(account: int) -> Telephone | None:
    """The account's number, or that it was taken away; None where there never was one."""
    found = database.rows("SELECT number, at, device_id FROM signin_telephone WHERE account_id = %s", [account])
    return Telephone(keys.unseal(found[0][0]) if found[0][0] else "", *found[0][1:]) if found else None


def keep_telephone(account: int, sealed: bytes | None, digest: bytes | None, device: int | None, now: datetime) -> None:
    """Keep a number in place of a former one; None takes it away."""
    database.execute(
        "INSERT INTO signin_telephone (account_id, number, digest, at, device_id) VALUES (%s, %s, %s, %s, %s) "
        "ON CONFLICT (account_id) DO UPDATE SET number = excluded.number, digest = excluded.digest, at = excluded.at, "
        "device_id = excluded.device_id",
        [account, sealed, digest, now, device],
    )


def changed_elsewhere(account: int, device: int, since: datetime) -> NumberNews | None:
    """What was done to the account's number since that moment, and not on this device."""
    found = database.rows(
        "SELECT at, number IS NULL AND device_id IS NULL FROM signin_telephone "
        "WHERE account_id = %s AND at > %s AND device_id IS DISTINCT FROM %s",
        [account, since, device],
    )
    return NumberNews(*found[0]) if found else None


def numbers_of(persons: Collection[int]) -> list[bytes]:
    """The numbers, sealed, of citizens whose own record is one of these persons'; made-up accounts have none."""
    found = database.rows(
        "SELECT DISTINCT t.number FROM signin_telephone t JOIN signin_account a ON a.id = t.account_id "
        "WHERE a.own_person = ANY(%s::bigint[]) AND a.role = 'citizen' AND a.is_active AND NOT a.demo "
        "AND t.number IS NOT NULL",
        [sorted(persons)],
    )
    return [number for (number,) in found]


# ---- codes --------------------------------------------------------------------------------------------------------


def asking(devices: Collection[bytes], now: datetime) -> tuple[int, int, bytes] | None:
    """Account, device and digest of the number that a code may go to: of the settled devices whose tokens a browser
    shows, the one on which somebody signed in last.
    """
    found = database.rows(
        "SELECT d.account_id, d.id, t.digest FROM signin_device d "
        "JOIN signin_account a ON a.id = d.account_id AND a.role = 'citizen' AND a.is_active AND NOT a.demo "
        "JOIN signin_telephone t ON t.account_id = a.id AND t.number IS NOT NULL "
        "WHERE d.digest = ANY(%s::bytea[]) AND d.answered <> 'unknown' AND d.settled_at <= %s "
        "ORDER BY (SELECT max(s.id) FROM signin_session s WHERE s.bound_id = d.id) DESC NULLS LAST, d.id DESC "
        "LIMIT 1",
        [list(devices), now],
    )
    return (found[0][0], found[0][1], found[0][2]) if found else None


def lock(account: int) -> None:
    """Let who asks for a code of this account at the same time wait: each counts what the other sent."""
    database.rows("SELECT 1 FROM signin_account WHERE id = %s FOR NO KEY UPDATE", [account])


def sent_lately(account: int, device: int, digest: bytes, now: datetime) -> Sent:
    """What was sent within the last day, as far as it counts."""
    [row] = database.rows(
        "SELECT count(*) FILTER (WHERE device = %(device)s AND asked_at > %(short)s), "
        "count(*) FILTER (WHERE account_id = %(account)s AND asked_at > %(short)s), "
        "count(*) FILTER (WHERE account_id = %(account)s), "
        "count(*) FILTER (WHERE digest = %(digest)s AND asked_at > %(short)s), "
        "count(*) FILTER (WHERE digest = %(digest)s), "
        "count(*) FILTER (WHERE asked_at > %(hour)s) "
        "FROM signin_sms WHERE asked_at > %(day)s AND kind = ANY(%(codes)s)",
        {
            "account": account,
            "device": device,
            "digest": digest,
            "short": now - SHORT,
            "hour": now - HOUR,
            "day": now - DAY,
            "codes": list(CODES),
        },
    )
    return Sent(*row)


def keep_code(code: Code, digest: bytes, now: datetime, until: datetime) -> None:
    """Keep a code in place of a former one of its account or its request, and the text that carries it; of nobody
    nothing.

    digest  of the number
    """
    database.execute(
        "UPDATE signin_sms_code SET ended_at = %s WHERE request = %s AND kind = %s AND account_id <> %s AND %s > 0 "
        "AND ended_at IS NULL",
        [now, code.request, code.kind.value, code.account, code.account],
    )
    database.execute(
        "INSERT INTO signin_sms_code "
        "(account_id, kind, device_id, request, digest, number, asked_at, expires_at, tries) "
        "SELECT id, %s, %s, %s, %s, %s, %s, %s, 0 FROM signin_account WHERE id = %s "
        "ON CONFLICT (account_id, kind) DO UPDATE SET device_id = excluded.device_id, request = excluded.request, "
        "digest = excluded.digest, number = excluded.number, asked_at = excluded.asked_at, "
        "expires_at = excluded.expires_at, tries = 0, ended_at = NULL",
        [code.kind.value, code.device, code.request, code.digest, code.number, now, until, code.account],
    )
    queue(code.account, code.kind, code.words, now, until, device=code.device, to=(code.number, digest))


def use_code(request: bytes, digest: bytes, kind: Kind, devices: Collection[bytes], now: datetime) -> Code | None:
    """Compare a code with the one that this browser asked for, on one of the devices whose tokens it shows: a try is
    counted, and a right one is used up. Of two that come at once one wins.
    """
    found = database.rows(
        "UPDATE signin_sms_code c SET tries = tries + 1, ended_at = CASE WHEN c.digest = %(digest)s THEN %(now)s END "
        "FROM signin_device d WHERE d.id = c.device_id AND d.digest = ANY(%(devices)s::bytea[]) "
        "AND d.answered <> 'unknown' AND c.request = %(request)s AND c.kind = %(kind)s AND c.ended_at IS NULL "
        "AND c.expires_at > %(now)s AND c.tries < %(most)s "
        "RETURNING c.account_id, c.device_id, c.number, c.ended_at IS NOT NULL",
        {
            "digest": digest,
            "now": now,
            "devices": list(devices),
            "request": request,
            "kind": kind.value,
            "most": TRIES,
        },
    )
    if not found or not found[0][3]:
        return None
    account, device, number, _ = found[0]
    return Code(account, device, kind, request, digest, b"", number)


def end_codes(account: int, now: datetime) -> None:
    """No code of this account counts any more, and none is sent."""
    database.execute(
        "UPDATE signin_sms_code SET ended_at = %s WHERE account_id = %s AND ended_at IS NULL", [now, account]
    )
    database.execute(
        "UPDATE signin_sms SET number = NULL, words = NULL WHERE account_id = %s AND kind = ANY(%s)",
        [account, list(CODES)],
    )


# ---- texts --------------------------------------------------------------------------------------------------------


def queue(
    account: int,
    kind: Kind,
    words: bytes,
    now: datetime,
    until: datetime,
    *,
    device: int | None = None,
    to: tuple[bytes | None, bytes | None] = (None, None),
) -> None:
    """Have a text sent, within this transaction.

    to  number, sealed, and its digest; None: the account's own, and nothing where it has none
    """
    database.execute(
        "INSERT INTO signin_sms (account_id, device, kind, digest, number, words, asked_at, due_at, until) "
        "SELECT a.id, %s, %s, coalesce(%s::bytea, t.digest), coalesce(%s::bytea, t.number), %s, %s, %s, %s "
        "FROM signin_account a LEFT JOIN signin_telephone t ON t.account_id = a.id "
        "WHERE a.id = %s AND coalesce(%s::bytea, t.number) IS NOT NULL",
        [device, kind.value, to[1], to[0], words, now, now, until, account, to[0]],
    )


def next_due(now: datetime) -> Due | None:
    """The text that is over first of those that are due."""
    found = database.rows(
        "SELECT id, kind, tries, number, words FROM signin_sms WHERE words IS NOT NULL AND due_at <= %s AND until > %s "
        "ORDER BY until, id LIMIT 1",
        [now, now],
    )
    return Due(*found[0]) if found else None


def tried(number: int, again: datetime) -> None:
    """It is handed over now; whatever comes of that, not once more before then."""
    database.execute("UPDATE signin_sms SET tries = tries + 1, due_at = %s WHERE id = %s", [again, number])


def done(number: int, sent_at: datetime | None) -> None:
    """It was taken, or will never be: number and words are gone."""
    database.execute("UPDATE signin_sms SET number = NULL, words = NULL, sent_at = %s WHERE id = %s", [sent_at, number])


def sweep(now: datetime) -> int:
    """Take number and words from texts that are over, and whole rows after a day; returns how many were over."""
    database.execute("DELETE FROM signin_sms WHERE asked_at <= %s AND until <= %s", [now - LEDGER, now])
    database.execute("DELETE FROM signin_sms_code WHERE expires_at <= %s", [now - LEDGER])
    return database.execute(
        "UPDATE signin_sms SET number = NULL, words = NULL WHERE words IS NOT NULL AND until <= %s", [now]
    )


def state(now: datetime) -> tuple[int, int, int]:
    """For the operator: texts that wait after a failed try, that were sent within a day, codes of the last hour."""
    [row] = database.rows(
        "SELECT count(*) FILTER (WHERE words IS NOT NULL AND tries > 0), count(sent_at), "
        "count(*) FILTER (WHERE asked_at > %s AND kind = ANY(%s)) FROM signin_sms",
        [now - HOUR, list(CODES)],
    )
    return row[0], row[1], row[2]
