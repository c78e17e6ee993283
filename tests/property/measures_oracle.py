"""The indicators counted a second time, in plain Python, from the sentences of the definitions and not from their SQL.

One function a sentence; dates are compared as dates, rows are walked one by one. Slow and plain on purpose.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

Row = Mapping[str, Any]
RANKS = {"1": 1, "3": 2, "2": 3, "5": 4, "4": 5}
DIABETES, HYPERTENSION = ("E10", "E14"), ("I10", "I15")


@dataclass
class Human:
    """All rows of one human from all facilities, by file, and what was done with the own record."""

    rows: dict[str, list[Row]] = field(default_factory=dict)
    facts: list[Row] = field(default_factory=list)
    trusted: bool = True

    def of(self, file: str) -> list[Row]:
        """The rows of one file."""
        return self.rows.get(file, [])


@dataclass(frozen=True)
class Verdict:
    """Where a human stands in a measure: facility, in A, and the reason why not in B."""

    hospcode: str
    in_a: bool
    reason: str | None


def verdicts(human: Human, code: str, start: date, end: date) -> Iterator[Verdict]:
    """The human's place in a measure; nothing when outside its universe."""
    if code == "068.2":
        yield from _second_kpi(human, end)
        return
    if not human.of("person"):
        return
    hospcode, row, reason = resident(human, end)
    if code in {"dm-screened", "ht-screened", "068.1"}:
        reason = reason or _population_reason(human, code, row, start, end)
    else:
        known = first_day(human, DIABETES if code in {"dm-controlled", "hba1c-tested"} else HYPERTENSION)
        if known is None or known > end:
            return
        if code == "ht-controlled-two-visits":
            reason = reason or (None if _under_care(human, end) else "not-under-care")
    yield Verdict(hospcode, reason is None and _reached(human, code, start, end), reason)


def resident(human: Human, end: date) -> tuple[str, Row, str | None]:
    """The responsible facility and registration, and why the human is not a resident on that day."""
    best = min(
        human.of("person"),
        key=lambda r: (
            not _eligible(r, end),
            RANKS.get(r["typearea"], 6),
            -r["d_update"].timestamp(),
            r["hospcode"],
            r["pid"],
        ),
    )
    dead = any(
        r["discharge"] == "1" and (r["ddischarge"] is None or r["ddischarge"] <= end) for r in human.of("person")
    ) or any(r["ddeath"] and r["ddeath"] <= end for r in human.of("death"))
    reasons = {
        "dead": dead,
        "gone": _gone(best, end),
        "not-yet": _not_yet(best, end),
        "not-in-area": best["typearea"] not in {"1", "3"},
        "no-citizen-number": not human.trusted,
    }
    return best["hospcode"], best, next((reason for reason, holds in reasons.items() if holds), None)


def _eligible(row: Row, end: date) -> bool:
    return row["typearea"] in {"1", "3"} and not _gone(row, end) and not _not_yet(row, end)


def _gone(row: Row, end: date) -> bool:
    if row["discharge"] == "9":
        return False
    return not (row["discharge"] in {"1", "2", "3"} and row["ddischarge"] is not None and row["ddischarge"] > end)


def _not_yet(row: Row, end: date) -> bool:
    return any(row[day] is not None and row[day] > end for day in ("movein", "birth"))


def first_day(human: Human, codes: tuple[str, str]) -> date | None:
    """The first day in the disease register, from any file of any facility."""
    days = [r["date_diag"] for r in human.of("chronic") if codes[0] <= r["dx3"] <= codes[1]]
    days += [r["date_serv"] for r in human.of("diagnosis_opd") if codes[0] <= r["dx3"] <= codes[1]]
    days += [r["datetime_admit"].date() for r in human.of("diagnosis_ipd") if codes[0] <= r["dx3"] <= codes[1]]
    return min(days, default=None)


def _under_care(human: Human, end: date) -> bool:
    return any(
        "I10" <= r["dx3"] <= "I15" and r["typedisch"] in {"03", "05", "11"} and r["date_diag"] <= end
        for r in human.of("chronic")
    )


def age_on(birth: date, day: date) -> int:
    """Completed years; a birthday on 29 February is had on 1 March of a common year."""
    return day.year - birth.year - ((birth.month, birth.day) > (day.month, day.day))


def _population_reason(human: Human, code: str, row: Row, start: date, end: date) -> str | None:
    if row["nation"] != "099":
        return "not-thai"
    if row["birth"] is None:
        return "no-birth"
    if code == "068.1":
        return None if 15 <= age_on(row["birth"], end) <= 59 else "age"
    if age_on(row["birth"], start) < 35:
        return "age"
    known = first_day(human, DIABETES if code == "dm-screened" else HYPERTENSION)
    return "known-disease" if known and known < start else None


def _reached(human: Human, code: str, start: date, end: date) -> bool:
    if code == "068.1":
        return any(f["on_date"] <= end and f["kind"] != "register" and not f["demonstration"] for f in human.facts)
    if code in {"dm-controlled", "hba1c-tested"}:
        found = _hba1c(human, start, end)
        return bool(found) and (code == "hba1c-tested" or found[max(found)] < 7.0)
    if code == "dm-screened":
        return any(
            start <= r["date_serv"] <= end and r["bstest"] in set("1234") and _within(r["bslevel"], 20, 1000)
            for r in human.of("ncdscreen")
        )
    if code == "ht-screened":
        rows = [r for r in human.of("ncdscreen") if start <= r["date_serv"] <= end]
        return any(_possible(r["sbp_1"], r["dbp_1"]) for r in rows)
    days = _pressures(human, start, end)
    last = sorted(days)[-2:] if code == "ht-controlled-two-visits" else sorted(days)[-1:]
    needed = 2 if code == "ht-controlled-two-visits" else 1
    return len(last) == needed and all(days[d][1] < 140 and days[d][2] < 90 for d in last)


def _hba1c(human: Human, start: date, end: date) -> dict[date, float]:
    """The highest possible result of each day."""
    found: dict[date, float] = {}
    for r in human.of("labfu"):
        if r["labtest"] in {"0531601", "05"} and start <= r["date_serv"] <= end and _within(r["labnum"], 3, 20):
            found[r["date_serv"]] = max(found.get(r["date_serv"], 0), r["labnum"])
    return found


def _pressures(human: Human, start: date, end: date) -> dict[date, tuple[str, int, int]]:
    """The last possible reading of each day as (time, upper, lower); of one moment the higher."""
    found: dict[date, tuple[str, int, int]] = {}
    for on, reading in _readings(human):
        if start <= on <= end and _possible(*reading[1:]):
            found[on] = max(found.get(on, ("", 0, 0)), reading)
    return found


def _readings(human: Human) -> Iterator[tuple[date, tuple[str, Any, Any]]]:
    for r in human.of("service"):
        yield r["date_serv"], (r["time_serv"] or "", r["sbp"], r["dbp"])
    for r in human.of("chronicfu"):
        yield r["date_serv"], ("", r["sbp"], r["dbp"])
    for r in human.of("ncdscreen"):
        yield r["date_serv"], ("", r["sbp_1"], r["dbp_1"])
        yield r["date_serv"], ("", r["sbp_2"], r["dbp_2"])


def _possible(upper: int | None, lower: int | None) -> bool:
    return _within(upper, 60, 300) and _within(lower, 30, 200) and (upper or 0) > (lower or 0)


def _within(value: float | None, low: float, high: float) -> bool:
    return value is not None and low <= value <= high


def _second_kpi(human: Human, end: date) -> Iterator[Verdict]:
    past = [f for f in human.facts if f["on_date"] <= end]
    logins = sum(f["kind"] == "login" and not f["demonstration"] for f in past)
    for hospcode in sorted({f["hospcode"] for f in past if f["kind"] == "register" and f["hospcode"]}):
        yield Verdict(hospcode, logins > 1, None)
