"""Figures for readers who may not see the people behind them: rounded, without small counts, anew once a month.

One release of an indicator and a period is the same for every reader, from the country down to each facility, so that
nothing can be told from two of them side by side.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal
from types import MappingProxyType

from suksala import registry
from suksala.foundation import clock
from suksala.standards.fhir import may_be_sensitive
from suksala.standards.thai_codes import Period, dates

from . import disclosure, domain, formula, service, silver, storage
from .definitions import definition
from .disclosure import AreaCounts
from .domain import COUNTRY, SMALL_CELL, FacilityCount, Run
from .template import Measure, MeasureVersion

Release = Mapping[str, "ReleasedFigure"]  # by area

RELEASES_KEPT = 16  # a country's takes 4 MB: the present quarter of all indicators, and some older ones
_kept: dict[tuple[Run, str, str], Release] = {}
_making = threading.Lock()  # one at a time: however many ask, the server makes one release once, on one core


@dataclass(frozen=True, slots=True)
class ReleasedFigure:
    """One figure that may be shown to anybody.

    a, b      people in numerator and denominator to the nearest multiple of `minimum`; None: not shown
    score     by the formula from a and b as they are shown; None where they are too few to make a percentage of
    minimum   no fewer people than this are told of, none apart; 10 for sensitive topics, else 5
    as_of     when it was computed; it stands until the end of the month at least
    """

    code: str
    version: str
    period: str
    level: str
    area: str
    a: int | None
    b: int | None
    score: Decimal | None
    minimum: int
    definition_hash: str
    snapshot: str
    as_of: datetime

    @property
    def is_hidden(self) -> bool:
        """A count of the area is small, or would give away a small one elsewhere."""
        return self.b is None

    @property
    def percent_from(self) -> int:
        """From how many people on a percentage is made: of fewer, rounding would move it too far."""
        return disclosure.PERCENT_FROM * self.minimum


def released(code: str, period: Period) -> Release:
    """What may be shown of an indicator in every area that has a facility, by area.

    The state of the data is the last one before this calendar month (Bangkok); a period that was computed for the first
    time in this month shows that first state. Made once by each process, and anew when another state is to be shown, or
    the definition or the places of facilities have changed. Raises UnknownMeasure and NoVersion.
    """
    subject = definition(code)
    version = subject.version(period.fiscal_year)
    run = _released_run(code, period)
    facilities = registry.facilities()
    key = (run, subject.hash(version, silver.digest()), _places(facilities))
    found = _kept.get(key)
    if found is None:
        with _making:
            found = _kept.get(key)
            if found is None:
                found = _kept[key] = _release(subject, version, run, facilities)
                if len(_kept) > RELEASES_KEPT:
                    del _kept[next(iter(_kept))]
    return found


def _release(subject: Measure, version: MeasureVersion, run: Run, facilities: Iterable[registry.Facility]) -> Release:
    areas, unnamed = areas_of(storage.counts([run.id])[run.id], facilities)
    minimum = minimum_of(version)
    gone = disclosure.hidden(areas, minimum, everybody=minimum > SMALL_CELL, unnamed=unnamed)
    named = sorted(areas.counts.keys() - unnamed)
    return MappingProxyType(
        {area: _figure(subject, run, area, None if area in gone else areas.counts[area], minimum) for area in named}
    )


def _places(facilities: Iterable[registry.Facility]) -> str:
    """Changes when a facility comes, goes or moves to another district or province."""
    lines = "\n".join(f"{f.hospcode} {f.district} {f.province}" for f in facilities)
    return hashlib.blake2b(lines.encode(), digest_size=16).hexdigest()


def minimum_of(version: MeasureVersion) -> int:
    """From how many people a count of a measure is told: 10 where its SQL, or a table that it reads, names a code of a
    sensitive class (HIV, mental health, sexual violence, addiction, reproductive health), else 5.
    """
    read = [version.sql, *(silver.statements()[table] for table in silver.needed(version.sql.tables))]
    codes = {text for sql in read for text in sql.texts if any(sign.isdigit() for sign in text)}
    return disclosure.SENSITIVE_MINIMUM if any(map(may_be_sensitive, codes)) else SMALL_CELL


def areas_of(
    counts: Iterable[FacilityCount], facilities: Iterable[registry.Facility]
) -> tuple[AreaCounts, frozenset[str]]:
    """The counts of A, and of B without A, over country, provinces, districts and facilities; and the facilities that
    no list names, which count in the country alone.
    """
    known = {f.hospcode: f for f in facilities}
    found = {c.hospcode: (c.counts.get("A", 0), c.counts.get("B", 0) - c.counts.get("A", 0)) for c in counts}
    above: dict[str, str] = {}
    for hospcode in {*known, *found}:
        facility = known.get(hospcode)
        above[hospcode] = facility.district if facility else COUNTRY
        if facility:
            above[facility.district], above[facility.province] = facility.province, COUNTRY
    leaves = {hospcode: found.get(hospcode, (0, 0)) for hospcode in {*known, *found}}
    return AreaCounts(above, leaves or {COUNTRY: (0, 0)}), frozenset(found.keys() - known.keys())


def _released_run(code: str, period: Period) -> Run:
    name = domain.period_text(period)
    month = datetime.combine(clock.today().replace(day=1), time(), clock.BANGKOK)
    run = storage.standing_on(code, name, month)
    if run is None:
        service.compute([dates.period(name)], [code])
        run = storage.standing_on(code, name, month)
    assert run is not None  # noqa: S101  compute publishes, or raises
    return run


def _figure(subject: Measure, run: Run, area: str, counts: tuple[int, ...] | None, minimum: int) -> ReleasedFigure:
    a, b = (disclosure.rounded(people, minimum) for people in (counts[0], sum(counts))) if counts else (None, None)
    enough = b is not None and b >= disclosure.PERCENT_FROM * minimum
    exact = formula.evaluate(subject.expression, {"A": a, "B": b}) if enough else None
    return ReleasedFigure(
        code=run.code,
        version=run.version,
        period=run.period,
        level=domain.level_of(area),
        area=area,
        a=a,
        b=b,
        score=formula.shown(exact),
        minimum=minimum,
        definition_hash=run.definition_hash,
        snapshot=run.snapshot,
        as_of=run.as_of,
    )
