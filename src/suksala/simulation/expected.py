"""What the indicators must show, from the events themselves: as sent, and as it truly was.

Definitions are those of the measures (docs/reference/indicators.md), computed here a second time without SQL:
a resident is a human whose responsible registration is TYPEAREA 1 or 3, active, with a trusted national number.
Humans as sent are registrations that share a trusted number; humans in truth are people.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from . import numbers
from .calendar import END, FISCAL_YEARS, START, fiscal_start, quarter_end, years_before
from .ledger import Known, PersonRow
from .world import Registration

_AREA_ORDER: Final = {"1": 0, "3": 1, "2": 2, "5": 3, "4": 4}
_THAI: Final = "099"


class Period(NamedTuple):
    """A quarter of a fiscal year, counted from the first day of that year, and who has which age in it."""

    name: str
    start: int
    end: int
    born_for_35: int  # born on this day or earlier: 35 or older on the first day of the fiscal year
    born_for_15: int  # 15 or older on the last day of the quarter
    born_for_60: int


def _period(year: int, quarter: int) -> Period:
    start, end = fiscal_start(year), quarter_end(year, quarter)
    return Period(
        f"{year}Q{quarter}", start, end, years_before(start, 35), years_before(end, 15), years_before(end, 60)
    )


PERIODS: Final = tuple(_period(year, quarter) for year in FISCAL_YEARS for quarter in (1, 2, 3, 4))


class Count(NamedTuple):
    """One human in one indicator: the responsible facility and whether he or she is in A."""

    code: str
    period: str
    hospcode: str
    pid: str
    in_a: bool


@dataclass(slots=True)
class Human:
    """Registrations that belong together, with their facts put together."""

    registrations: list[tuple[str, str, PersonRow]]  # hospcode, pid, row
    facts: list[Known]
    logins: list[int]
    registered: list[tuple[str, str, int]]  # hospcode, pid, day
    died: int | None = None
    trusted: bool = False

    def first(self, disease: str) -> int | None:
        """First day in the register of "dm" or "ht"."""
        days = [day for known in self.facts if (day := getattr(known, disease)) is not None]
        return min(days) if days else None


def is_as_it_was(registrations: list[Registration]) -> bool:
    """Was nothing wrong with this person's registrations, and does a number join them?"""
    row = registrations[0].true.row
    return (
        row is not None and all(reg.wrong is None for reg in registrations) and numbers.trusted(row.number, row.birth)
    )


def humans_as_sent(registrations: Iterable[Registration]) -> Iterator[Human]:
    """Group by trusted number; a number on the card of somebody else joins nobody."""
    groups: dict[tuple[str, int], list[Registration]] = {}
    for reg in registrations:
        row = reg.sent.row
        if row and numbers.trusted(row.number, row.birth):
            groups.setdefault((row.number, id(reg.person)), []).append(reg)
        else:
            groups[f"{reg.facility.hospcode}/{reg.pid}", 0] = [reg]
    for (number, owner), group in groups.items():
        yield _human(group, sent=True, trusted=bool(owner and number))


def humans_in_truth(registrations: Iterable[Registration]) -> Iterator[Human]:
    """Group by person."""
    groups: dict[int, list[Registration]] = {}
    for reg in registrations:
        groups.setdefault(id(reg.person), []).append(reg)
    for group in groups.values():
        yield _human(group, sent=False, trusted=bool(group[0].person.number))


def _human(group: list[Registration], *, sent: bool, trusted: bool) -> Human:
    pairs = [(reg, reg.sent if sent else reg.true) for reg in group]
    human = Human(
        registrations=[(reg.facility.hospcode, reg.pid, known.row) for reg, known in pairs if known.row],
        facts=[known for _, known in pairs],
        logins=sorted(day for reg, _ in pairs for day in reg.logins),
        registered=[(reg.facility.hospcode, reg.pid, day) for reg, _ in pairs for day in reg.registered],
        trusted=trusted,
    )
    deaths = [known.died for _, known in pairs if known.died]
    deaths += [row.discharged or 1 for _, _, row in human.registrations if row.discharge == "1"]
    human.died = min(deaths) if deaths else None
    return human


def count(human: Human) -> Iterator[Count]:
    """Every indicator and period in whose denominator this human stands."""
    yield from _returned(human)
    if not human.trusted or not human.registrations:
        return
    dm, ht = human.first("dm"), human.first("ht")
    if dm is None and ht is None and _is_child(human):
        return
    readings = _readings(human)
    steady = _responsible(human, END) if _is_steady(human) else None
    for period in PERIODS:
        responsible = steady or _responsible(human, period.end)
        if responsible is None:
            continue
        for code, in_a in _measures(human, responsible[2], period, (dm, ht), readings):
            yield Count(code, period.name, responsible[0], responsible[1], in_a)


def _responsible(human: Human, end: int) -> tuple[str, str, PersonRow] | None:
    """The registration that answers for the human on that day; None when not a resident."""
    if human.died and human.died <= end:
        return None
    newest_first = sorted(human.registrations, key=lambda r: (r[0], r[1]))
    newest_first.sort(key=lambda r: r[2].updated, reverse=True)
    eligible = [r for r in newest_first if _eligible(r[2], end)]
    return min(eligible, key=lambda r: _AREA_ORDER.get(r[2].typearea, 9)) if eligible else None


def _is_child(human: Human) -> bool:
    """Too young for every denominator, also on the last day."""
    youngest = PERIODS[-1].born_for_15
    return all(row.birth is None or row.birth > youngest for _, _, row in human.registrations)


def _is_steady(human: Human) -> bool:
    """Nothing about the residence of this human changes inside the simulated years."""
    return human.died is None and all(
        row.discharge == "9" and (row.moved_in or 0) < START and (row.birth or 0) < START
        for _, _, row in human.registrations
    )


def _eligible(row: PersonRow, end: int) -> bool:
    gone = row.discharge != "9" and not (row.discharge in {"1", "2", "3"} and row.discharged and row.discharged > end)
    not_yet = (row.moved_in or 0) > end or (row.birth or 0) > end
    return row.typearea in {"1", "3"} and not gone and not not_yet


class _Readings(NamedTuple):
    a1c: dict[int, float]  # the highest of a day
    pressure: dict[int, tuple[str, int, int]]  # the last of a day
    glucose: list[int]  # days of screening for diabetes
    cuff: list[int]  # days of screening for hypertension


def _readings(human: Human) -> _Readings:
    a1c: dict[int, float] = {}
    pressure: dict[int, tuple[str, int, int]] = {}
    for known in human.facts:
        for day, value in known.a1c:
            a1c[day] = max(value, a1c.get(day, 0.0))
        for day, time, high, low in known.pressures:
            pressure[day] = max((time, high, low), pressure.get(day, ("", 0, 0)))
    glucose = [day for known in human.facts for day in known.glucose]
    return _Readings(a1c, pressure, glucose, [day for known in human.facts for day in known.cuff])


def _measures(
    human: Human, row: PersonRow, period: Period, onset: tuple[int | None, int | None], readings: _Readings
) -> Iterator[tuple[str, bool]]:
    dm, ht = onset
    if dm is not None and dm <= period.end:
        values = [readings.a1c[day] for day in sorted(readings.a1c) if period.start <= day <= period.end]
        yield "dm-controlled", bool(values) and values[-1] < 7.0
        yield "hba1c-tested", bool(values)
    if ht is not None and ht <= period.end:
        days = [day for day in sorted(readings.pressure) if period.start <= day <= period.end]
        calm = [readings.pressure[day][1] < 140 and readings.pressure[day][2] < 90 for day in days]
        yield "ht-controlled", bool(calm) and calm[-1]
        if any(day <= period.end for known in human.facts for day in known.care):
            yield "ht-controlled-two-visits", len(calm) > 1 and calm[-1] and calm[-2]
    if row.nation == _THAI and row.birth is not None:
        if row.birth <= period.born_for_35:
            yield from _screened(period, onset, readings)
        if period.born_for_60 < row.birth <= period.born_for_15:
            yield "068.1", bool(human.logins) and human.logins[0] <= period.end


def _returned(human: Human) -> Iterator[Count]:
    """KPI 068.2: of those registered at a facility, who has logged in more than once."""
    for hospcode, pid, day in human.registered:
        for period in PERIODS:
            if day <= period.end:
                back = len(human.logins) > 1 and human.logins[1] <= period.end
                yield Count("068.2", period.name, hospcode, pid, back)


def _screened(period: Period, onset: tuple[int | None, int | None], readings: _Readings) -> Iterator[tuple[str, bool]]:
    for code, known_since, days in (
        ("dm-screened", onset[0], readings.glucose),
        ("ht-screened", onset[1], readings.cuff),
    ):
        if known_since is None or known_since >= period.start:
            yield code, any(period.start <= day <= period.end for day in days)


@dataclass(slots=True)
class Tally:
    """A and B by indicator, period and facility: as sent, and true."""

    sent_a: Counter[tuple[str, str, str]]
    sent_b: Counter[tuple[str, str, str]]
    true_a: Counter[tuple[str, str, str]]
    true_b: Counter[tuple[str, str, str]]

    @classmethod
    def empty(cls) -> Tally:
        """Nothing counted yet."""
        return cls(Counter(), Counter(), Counter(), Counter())

    def add(self, found: Iterable[Count], *, sent: bool) -> None:
        """Count some humans."""
        a, b = (self.sent_a, self.sent_b) if sent else (self.true_a, self.true_b)
        for item in found:
            key = item.code, item.period, item.hospcode
            b[key] += 1
            a[key] += item.in_a

    def join(self, other: Tally) -> None:
        """Add the counts of another chunk."""
        self.sent_a.update(other.sent_a)
        self.sent_b.update(other.sent_b)
        self.true_a.update(other.true_a)
        self.true_b.update(other.true_b)
