"""SQL of requests about one's own data."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from suksala.foundation import database

from .rights import DataRequest, RequestState, Right

_COLUMNS = "id, person, kind, asked_at, asked_by, facility, words, state, officer, answer, answered_at"
_WAITS = "state IN ('received', 'doing')"


def insert(request: DataRequest, persons: Collection[int]) -> bool:
    """Keep a request; False where the human, of these registrations, waits for an answer to the same one.

    One after the other: two of a human at the same moment would not see each other.
    """
    database.rows("SELECT pg_advisory_xact_lock(hashtextextended('privacy_request', %s))", [min(persons)])
    return bool(
        database.execute(
            f"INSERT INTO privacy_request ({_COLUMNS}) "
            "SELECT %s, %s, %s, %s, %s, %s, %s, %s, '', '', NULL WHERE NOT EXISTS (SELECT FROM privacy_request "
            f"WHERE person = ANY(%s) AND kind = %s AND facility IS NOT DISTINCT FROM %s AND {_WAITS})",
            [
                request.id, request.person, request.right.value, request.asked_at, request.asked_by, request.facility,
                request.words, request.state.value, sorted(persons), request.right.value, request.facility,
            ],
        )
    )  # fmt: skip


def save(request: DataRequest) -> None:
    """Keep how a request stands."""
    database.execute(
        "UPDATE privacy_request SET state = %s, officer = %s, answer = %s, answered_at = %s "
        "WHERE person = %s AND id = %s",
        [
            request.state.value, request.officer, request.answer, request.answered_at, request.person, request.id,
        ],
    )  # fmt: skip


def one(number: int, facility: str | None, *, lock: bool = False) -> DataRequest | None:
    """One request, if it is this officer's to see."""
    end = " FOR UPDATE" if lock else ""
    found = database.rows(
        f"SELECT {_COLUMNS} FROM privacy_request WHERE id = %s AND (%s::text IS NULL OR facility = %s){end}",
        [number, facility, facility],
    )
    return _request(found[0]) if found else None


def listed(facility: str | None, *, closed: bool, limit: int) -> list[DataRequest]:
    """Requests that wait, those due first at the top; or those answered, the newest first."""
    order = f"NOT {_WAITS} ORDER BY answered_at DESC, id" if closed else f"{_WAITS} ORDER BY asked_at, id"
    found = database.rows(
        f"SELECT {_COLUMNS} FROM privacy_request WHERE (%s::text IS NULL OR facility = %s) AND {order} LIMIT %s",
        [facility, facility, limit],
    )
    return [_request(row) for row in found]


def of_persons(persons: Collection[int]) -> list[DataRequest]:
    """Somebody's requests, the newest first."""
    found = database.rows(
        f"SELECT {_COLUMNS} FROM privacy_request WHERE person = ANY(%s) ORDER BY asked_at DESC, id", [sorted(persons)]
    )
    return [_request(row) for row in found]


def _request(row: Sequence[Any]) -> DataRequest:
    number, person, kind, asked, by, facility, words, state, officer, answer, answered = row
    right, stands = Right(kind), RequestState(state)
    return DataRequest(number, person, right, asked, by, facility, words, stands, officer, answer, answered)
