"""Tests of dates: a stored span of time against the asked one."""

from __future__ import annotations

from datetime import datetime, timedelta

from suksala.foundation import clock

from . import dates, tokens
from .at import EVERYTHING, At, beside_rows, tagged
from .domain import SearchProblem
from .filters import Filter, prefix
from .parameters import stored
from .predicate import Clause, either
from .referring import is_known

_AP = 10  # "approximately" is 10 % of the gap between the date and now (FHIR R4, prefixes)


def spans(at: At, test: Filter) -> Clause:
    """In the columns, in `resource_span`, or, for a second name of the columns, in either."""
    asked = [_span(test.name, *prefix(value)) for value in test.values]
    names = stored(at.rtype).dates
    if test.name not in names:
        return beside_rows(
            at, "resource_span", test.name, either([_period("t", *one, ("low", "high")) for one in asked])
        )
    found = _has_date(at, test.name) & either([_period(at.alias, *one) for one in asked])
    if test.name == names[0] and not (stored(at.rtype).open and is_known([tokens.beside(test.name)])):
        return found
    rows = beside_rows(at, "resource_span", test.name, either([_period("t", *one, ("low", "high")) for one in asked]))
    beside = tagged(at, [tokens.beside(test.name)]) & rows
    return either([Clause(f"({one.sql})", one.values) for one in (found, beside)])


def updated(at: At, test: Filter) -> Clause:
    """`_lastUpdated`, an instant."""
    return either([_moment(at.alias, *_span(test.name, *prefix(value))) for value in test.values])


def _has_date(at: At, name: str) -> Clause:
    names = stored(at.rtype).dates
    if name not in names:
        return beside_rows(at, "resource_span", name, EVERYTHING)
    present = Clause(f"{at.alias}.date_hi IS NOT NULL")
    if len(names) > 1:  # they share the column; a token tells which it is
        present &= Clause(f"{at.alias}.toks @> %s::bigint[]", ([tokens.has(name)],))
    return Clause(f"({present.sql})", present.values)


def _span(name: str, operator: str, text: str) -> tuple[str, datetime, datetime]:
    try:
        low, high = dates.span(text)
    except (ValueError, OverflowError) as error:
        raise SearchProblem(
            f"{name} ไม่ใช่วันที่ ใช้ ค.ศ. เช่น 2026-01-31",
            f"{name} is not a date; write for example 2026-01-31 (Gregorian year)",
        ) from error
    return operator, low, high


def _period(
    alias: str, operator: str, low: datetime, high: datetime, columns: tuple[str, str] = ("date", "date_hi")
) -> Clause:
    """A stored span [date, date_hi) against the asked span [low, high), both half open.

    A span that ends by a moment also starts by it: said aloud, because only `date` is in the indexes, and without an
    upper bound a day three years ago reads everything since (48,000 visits: 89 ms, 1 ms with it).
    """
    start, end = (f"{alias}.{column}" for column in columns)
    inside = Clause(f"({start} BETWEEN %s AND %s AND {end} <= %s)", (low, high, high))
    near, far = widened(low, high)
    conditions = {
        "eq": inside,
        "ne": Clause(f"NOT {inside.sql}", inside.values),
        "gt": Clause(f"{end} > %s", (high,)),
        "lt": Clause(f"{start} < %s", (low,)),
        "ge": Clause(f"({end} > %s OR {inside.sql})", (high, *inside.values)),
        "le": Clause(f"({start} < %s OR {inside.sql})", (low, *inside.values)),
        "sa": Clause(f"{start} >= %s", (high,)),
        "eb": Clause(f"({start} <= %s AND {end} <= %s)", (low, low)),
        "ap": Clause(f"({start} < %s AND {end} > %s)", (far, near)),
    }
    return conditions[operator]


def widened(low: datetime, high: datetime) -> tuple[datetime, datetime]:
    """The asked span, wider on both sides by a tenth of its distance from now."""
    gap = abs(clock.now() - low) / _AP
    earliest, latest = dates.LONG_AGO + timedelta(days=1), dates.FAR_AHEAD
    return (
        (low - gap) if low - earliest > gap else earliest,
        (high + gap) if latest - high > gap else latest,
    )


def _moment(alias: str, operator: str, low: datetime, high: datetime) -> Clause:
    """The stored instant `upd` against the asked span."""
    near, far = widened(low, high)
    at = f"{alias}.upd"
    conditions = {
        "ap": Clause(f"({at} >= %s AND {at} < %s)", (near, far)),
        "eq": Clause(f"({at} >= %s AND {at} < %s)", (low, high)),
        "ne": Clause(f"NOT ({at} >= %s AND {at} < %s)", (low, high)),
        "gt": Clause(f"{at} >= %s", (high,)),
        "sa": Clause(f"{at} >= %s", (high,)),
        "ge": Clause(f"{at} >= %s", (low,)),
        "lt": Clause(f"{at} < %s", (low,)),
        "eb": Clause(f"{at} < %s", (low,)),
        "le": Clause(f"{at} < %s", (high,)),
    }
    return conditions[operator]


def has_span(at: At, name: str) -> Clause:
    """Some date of this name, in the columns or beside them."""
    if name not in stored(at.rtype).dates[1:]:
        return _has_date(at, name)
    return either([_has_date(at, name), tagged(at, [tokens.beside(name)])])
