"""SQL of usage counts: one row per client, day, interaction, type, answer and slot of latency."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from suksala.foundation import database


class Key(NamedTuple):
    """What is counted together. `slot`: the latency, as a place in `usage.SLOTS_MS`."""

    client: str
    day: date
    interaction: str
    rtype: str
    code: str
    slot: int


class Line(NamedTuple):
    """So many requests, and resources read for them."""

    key: Key
    requests: int
    rows: int


def add(lines: Sequence[Line]) -> None:
    """Add counts to those that stand. In one order, so that two processes never wait for each other in a circle."""
    ordered = sorted(lines)
    columns = [list(column) for column in zip(*(line.key for line in ordered), strict=True)]
    database.execute(
        "INSERT INTO client_usage AS u (client, day, interaction, rtype, code, slot, requests, disclosed) "
        "SELECT * FROM unnest(%s::text[], %s::date[], %s::text[], %s::text[], %s::text[], %s::smallint[], "
        "%s::bigint[], %s::bigint[]) ON CONFLICT (client, day, interaction, rtype, code, slot) DO UPDATE SET "
        "requests = u.requests + excluded.requests, disclosed = u.disclosed + excluded.disclosed",
        [*columns, [line.requests for line in ordered], [line.rows for line in ordered]],
    )


def lines(client: str, first: date, last: date) -> list[Line]:
    """The counts of a client from one day to another, both among them."""
    found = database.rows(
        "SELECT client, day, interaction, rtype, code, slot, requests, disclosed FROM client_usage "
        "WHERE client = %s AND day BETWEEN %s AND %s",
        [client, first, last],
    )
    return [Line(Key(*row[:6]), row[6], row[7]) for row in found]


def clients(first: date, last: date) -> list[str]:
    """Who asked in these days, by name."""
    sql = "SELECT DISTINCT client FROM client_usage WHERE day BETWEEN %s AND %s ORDER BY 1"
    return [client for (client,) in database.rows(sql, [first, last])]


def drop_before(day: date) -> int:
    """Drop what was counted before a day."""
    return database.execute("DELETE FROM client_usage WHERE day < %s", [day])
