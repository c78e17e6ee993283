"""Use cases of the warehouse: compute, publish, read and compare figures."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from suksala import identity, registry
from suksala.foundation import clock, database, progress
from suksala.standards.thai_codes import Period, dates

from . import domain, silver, snapshots, storage
from .definitions import definition, definitions
from .domain import FacilityCount, MeasureReport, Run
from .engine import DuckDbEngine
from .errors import UnknownArea
from .template import Measure, MeasureVersion
from .workbench import ROWS, Workbench


@dataclass(frozen=True)
class Computation:
    """What `compute` did: runs published, runs that stood already, and the state that was read."""

    published: int
    unchanged: int
    snapshot: str


def compute(
    periods: Iterable[Period], codes: Collection[str] | None = None, watch: progress.Progress | None = None
) -> Computation:
    """Count measures for periods over the present data and publish the result of every facility.

    All periods and measures read one state of the data. A figure that stands for the same definition and state is
    left alone; a new one is added beside the older, which is never changed.
    codes  which measures, all when not given; one that was not defined in a fiscal year is passed over
    """
    watch = watch or progress.silent()
    wanted = [definition(code) for code in codes] if codes is not None else list(definitions())
    work = [(p, m, v) for p in periods for m in wanted for v in m.versions if v.covers(p.fiscal_year)]
    watch.start("warehouse.compute", len(work))
    published = 0
    event = identity.settled_event()
    with snapshots.opened(event) as (bench, engine, snapshot):
        for period, measure, version in work:
            published += _publish(bench, engine, (snapshot, event), (measure, version, period))
            watch.advance()
    watch.finish()
    return Computation(published, len(work) - published, snapshot)


def measure(code: str, period: Period, *, area: str | None = None) -> MeasureReport:
    """The published figure of an area; computed and published now if it never was.

    area  None or "TH" the country, 2 digits a province, 4 a district, 5 characters a facility
    Raises UnknownMeasure, NoVersion and UnknownArea. Later data changes the next run, never a published one.
    """
    subject = definition(code)
    version = subject.version(period.fiscal_year)
    facilities = facilities_of(area)
    run = newest_run(code, period)
    return domain.report(subject, version, run, area, storage.counts([run.id], facilities)[run.id])


def breakdown(code: str, period: Period, *, area: str | None = None) -> list[MeasureReport]:
    """The published figures of the areas directly below one: provinces, districts or facilities, in order of code."""
    subject = definition(code)
    version = subject.version(period.fiscal_year)
    run = newest_run(code, period)
    counts = storage.counts([run.id], facilities_of(area))[run.id]
    groups: dict[str, list[FacilityCount]] = {below: [] for below in areas_below(area)}
    for count in counts:
        groups.setdefault(_child_of(count.hospcode, area), []).append(count)
    return [domain.report(subject, version, run, below, groups[below]) for below in sorted(groups) if below]


def trend(code: str, area: str | None = None) -> list[MeasureReport]:
    """The published figures of an area over all quarters that were computed, oldest first."""
    subject = definition(code)
    runs = storage.newest_of_each_period(code)
    counts = storage.counts([run.id for run in runs], facilities_of(area))
    covered = [(run, dates.period(run.period).fiscal_year) for run in runs]
    return [domain.report(subject, subject.version(year), run, area, counts[run.id]) for run, year in covered]


def periods() -> list[Period]:
    """Periods with a published figure, oldest first."""
    return [dates.period(text) for text in storage.periods()]


def facilities_of(area: str | None) -> list[str] | None:
    """Codes of an area's facilities; None for the country, whose sums also hold facilities that no list names.

    Raises UnknownArea.
    """
    level = domain.level_of(area)
    if area is None or level == "country":
        return None
    if level == "facility":
        return [area]
    found = [f.hospcode for f in registry.facilities(**{level: area})]
    if not found:
        raise UnknownArea("ไม่มีหน่วยบริการในพื้นที่นี้", "no facility is registered in this area")
    return found


def areas_below(area: str | None) -> Sequence[str]:
    """Codes of the areas directly below one that have a facility. Raises UnknownArea."""
    level = domain.level_of(area)
    if level == "facility":
        return ()
    own = None if level == "country" else {level: str(area)}
    return sorted({_next(f, level) for f in registry.facilities(**(own or {}))})


def newest_run(code: str, period: Period) -> Run:
    """The run whose figures are shown; computed and published now if there is none."""
    run = storage.newest(code, domain.period_text(period))
    if run is None:
        compute([period], [code])
        run = storage.newest(code, domain.period_text(period))
    assert run is not None  # noqa: S101  compute publishes, or raises
    return run


def _publish(
    bench: Workbench, engine: DuckDbEngine, state: tuple[str, int], work: tuple[Measure, MeasureVersion, Period]
) -> int:
    """Count and publish one measure for one period. Returns 1, or 0 when the figure stands already.

    state  its name, and the newest event of identity in it
    """
    (snapshot, event), (subject, version, period) = state, work
    digest, name = subject.hash(version, silver.digest()), domain.period_text(period)
    newest = storage.newest(subject.code, name)
    if newest and newest.definition_hash == digest and newest.snapshot.split(".")[0] == snapshot:
        return 0
    counts = bench.count(version, period)
    before = storage.times_run(digest, name, snapshot)
    named = f"{snapshot}.{before}" if before else snapshot
    run = Run(subject.code, version.name, name, digest, named, clock.now(), identity_event=event)
    with database.transaction():
        number = storage.add(run, counts)
        if number is not None:
            engine.export(f"SELECT * FROM {ROWS} ORDER BY hospcode, person", storage.rows_file(number))
            database.on_commit(lambda: storage.forget_rows_before(run.code, run.period, number))
    return int(number is not None)


def _next(facility: registry.Facility, level: str) -> str:
    return {"country": facility.province, "province": facility.district}.get(level, facility.hospcode)


def _child_of(hospcode: str, area: str | None) -> str:
    """The area below `area` that a facility belongs to, or "" for one that no list names."""
    facility = registry.facility(hospcode)
    level = domain.level_of(area)
    if level == "facility":
        return ""
    return _next(facility, level) if facility else ""
