"""SQL of privacy."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

from psycopg.types.json import Jsonb

from suksala.foundation import database

from .domain import Alert, Case, CaseState, Verdict

_CASE = "id, person, opened_at, reader, facility, on_day, words, state, officer, verdict, answer, answered_at"
_ALERT = "id, person, reader, facility, on_day, reasons, strangers, made_at, verdict, note, officer, judged_at"


def new_number() -> int:
    """A number of 52 random bits: those of cases are seen by citizens, and tell nobody how many there are."""
    return secrets.randbits(52)


def insert_case(case: Case) -> bool:
    """Keep a case; False where this opening has an unanswered one."""
    return bool(
        database.execute(
            "INSERT INTO privacy_case (id, person, opened_at, reader, facility, on_day, words, state, officer, answer) "
            "SELECT %s, %s, %s, %s, %s, %s, %s, %s, '', '' WHERE NOT EXISTS (SELECT FROM privacy_case "
            "WHERE person = %s AND reader = %s AND on_day = %s AND state <> 'answered')",
            [
                case.id, case.person, case.opened_at, case.reader, case.facility, case.on, case.words, case.state.value,
                case.person, case.reader, case.on,
            ],
        )
    )  # fmt: skip


def save_case(case: Case) -> None:
    """Keep how a case stands."""
    database.execute(
        "UPDATE privacy_case SET state = %s, officer = %s, verdict = %s, answer = %s, answered_at = %s "
        "WHERE person = %s AND id = %s",
        [case.state.value, case.officer, case.verdict, case.answer, case.answered_at, case.person, case.id],
    )


def case(number: int, facility: str | None, *, lock: bool = False) -> Case | None:
    """One case, if it is this officer's to see."""
    end = " FOR UPDATE" if lock else ""
    found = database.rows(
        f"SELECT {_CASE} FROM privacy_case WHERE id = %s AND (%s::text IS NULL OR facility = %s){end}",
        [number, facility, facility],
    )
    return _case(found[0]) if found else None


def cases(facility: str | None, *, answered: bool, limit: int) -> list[Case]:
    """Cases that wait, the oldest first; or those answered, the newest first."""
    sql = f"SELECT {_CASE} FROM privacy_case WHERE (%s::text IS NULL OR facility = %s) AND "
    sql += (
        "state = 'answered' ORDER BY answered_at DESC LIMIT %s"
        if answered
        else "state <> 'answered' ORDER BY opened_at LIMIT %s"
    )
    return [_case(row) for row in database.rows(sql, [facility, facility, limit])]


def cases_of(persons: Collection[int]) -> list[Case]:
    """A citizen's cases, the newest first."""
    found = database.rows(
        f"SELECT {_CASE} FROM privacy_case WHERE person = ANY(%s) ORDER BY opened_at DESC", [sorted(persons)]
    )
    return [_case(row) for row in found]


def _case(row: Sequence[Any]) -> Case:
    number, person, opened, reader, facility, on, words, state, officer, verdict, answer, answered = row
    found = Verdict(verdict) if verdict else None
    return Case(number, person, opened, reader, facility, on, words, CaseState(state), officer, found, answer, answered)


def insert_alerts(alerts: Collection[Alert]) -> int:
    """Keep alerts; one that is there from an earlier look at the day stays as it is. Returns how many are new."""
    return sum(
        database.execute(
            "INSERT INTO privacy_alert "
            "(id, person, reader, facility, on_day, reasons, strangers, made_at, note, officer) "
            "VALUES (%s, %s, %s, %s, %s, %s, %s, %s, '', '') ON CONFLICT (person, reader, facility, on_day) DO NOTHING",
            [
                one.id, one.person, one.reader, one.facility, one.on, Jsonb(list(one.reasons)), one.strangers,
                one.made_at,
            ],
        )
        for one in alerts
    )  # fmt: skip


def save_alert(alert: Alert) -> None:
    """Keep what came of an alert."""
    database.execute(
        "UPDATE privacy_alert SET verdict = %s, note = %s, officer = %s, judged_at = %s WHERE person = %s AND id = %s",
        [alert.verdict, alert.note, alert.officer, alert.judged_at, alert.person, alert.id],
    )


def alert(number: int, facility: str | None, *, lock: bool = False) -> Alert | None:
    """One alert, if it is this officer's to see."""
    end = " FOR UPDATE" if lock else ""
    found = database.rows(
        f"SELECT {_ALERT} FROM privacy_alert WHERE id = %s AND (%s::text IS NULL OR facility = %s){end}",
        [number, facility, facility],
    )
    return _alert(found[0]) if found else None


def alerts(facility: str | None, *, judged: bool, limit: int) -> list[Alert]:
    """Alerts that wait, or those judged, the newest day first."""
    found = database.rows(
        f"SELECT {_ALERT} FROM privacy_alert WHERE (%s::text IS NULL OR facility = %s) "
        "AND (judged_at IS NOT NULL) = %s ORDER BY on_day DESC, id LIMIT %s",
        [facility, facility, judged, limit],
    )
    return [_alert(row) for row in found]


def _alert(row: Sequence[Any]) -> Alert:
    number, person, reader, facility, on, reasons, strangers, made, verdict, note, officer, judged = row
    found = Verdict(verdict) if verdict else None
    return Alert(number, person, reader, facility, on, tuple(reasons), strangers, made, found, note, officer, judged)


def save_look(on: date, at: datetime, openings: int, made: int) -> None:
    """A day was looked at, perhaps once more."""
    database.execute(
        "INSERT INTO privacy_look (on_day, at, openings, alerts) VALUES (%s, %s, %s, %s) ON CONFLICT (on_day) "
        "DO UPDATE SET at = excluded.at, openings = excluded.openings, alerts = privacy_look.alerts + excluded.alerts",
        [on, at, openings, made],
    )


def newest_look() -> date | None:
    """The last day that was looked at."""
    [(found,)] = database.rows("SELECT max(on_day) FROM privacy_look")
    return found if isinstance(found, date) else None
