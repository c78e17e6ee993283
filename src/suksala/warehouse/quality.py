"""Data quality beside every KPI: a figure is no better than the rows under it (indicators, section 15)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from suksala import ingest
from suksala.foundation import clock
from suksala.standards.thai_codes import dates

from . import formula, service, silver, snapshots
from .engine import Engine
from .workbench import Workbench

TIMELY_DAYS = 30  # a visit entered within 30 days is in time for the monthly cut (indicators 0.10)
_PERCENT = formula.parse("(A/B)x100")
_CARED_FOR = ("service", "diagnosis_opd", "diagnosis_ipd", "labfu", "chronicfu", "ncdscreen", "chronic")

_TIMELY = f"""SELECT hospcode, count(*) AS visits,
  sum(CASE WHEN d_update < date_serv + {TIMELY_DAYS + 1} THEN 1 ELSE 0 END) AS timely
FROM service WHERE date_serv IS NOT NULL AND d_update IS NOT NULL GROUP BY hospcode"""
_ORPHANS = """SELECT r.hospcode, count(*) FROM (SELECT DISTINCT hospcode, pid FROM ({rows}) AS cared) AS r
LEFT JOIN person AS p ON p.hospcode = r.hospcode AND p.pid = r.pid WHERE p.pid IS NULL GROUP BY r.hospcode"""
_RESIDENTS = "SELECT hospcode, reason, contested, count(*) FROM {aged} GROUP BY hospcode, reason, contested"
_STILL_ACTIVE = """SELECT r.hospcode, count(*) FROM registration AS r JOIN (
  SELECT human FROM death_of UNION SELECT human FROM registration WHERE discharge = '1') AS d ON d.human = r.human
WHERE r.discharge = '9' GROUP BY r.hospcode"""


@dataclass(frozen=True)
class Share:
    """A part of a whole, in rows or people; `percent` by two decimals half up, None where the whole is 0."""

    part: int
    whole: int

    @property
    def percent(self) -> Decimal | None:
        """100 part / whole."""
        return formula.shown(formula.evaluate(_PERCENT, {"A": self.part, "B": self.whole}))


@dataclass(frozen=True)
class DataQuality:
    """How far a facility's figures can be trusted today.

    timely      visits entered (D_UPDATE) within TIMELY_DAYS of the visit, of all visits with both dates
    orphans     PIDs with care and without a PERSON row: they count in no indicator
    contested   residents whom another facility claims too, of all residents
    numberless  people who live here and have no citizen number to trust: they count in no indicator
    dead_active registrations still active of people whom some facility knows to be dead
    refused     rows of applied deposits that were set aside, of all rows sent
    """

    hospcode: str
    timely: Share
    orphans: int
    contested: Share
    numberless: int
    dead_active: int
    refused: Share


def quality(area: str | None = None) -> list[DataQuality]:
    """Data quality of each facility of an area today, in order of code. Raises UnknownArea."""
    wanted = service.facilities_of(area)
    sent = refused_rows()
    with snapshots.opened() as (bench, engine, _snapshot):
        found = measured(bench, engine, sent)
    return [q for q in found if wanted is None or q.hospcode in wanted]


def refused_rows() -> dict[str, Share]:
    """Rows set aside and rows sent, by sender, over all applied deposits."""
    totals: dict[str, tuple[int, int]] = {}
    for deposit in ingest.deposits(state="applied", limit=100_000):
        receipt = ingest.receipt(deposit.id)
        part, whole = totals.get(deposit.hospcode or "", (0, 0))
        totals[deposit.hospcode or ""] = (part + receipt.refused, whole + receipt.read)
    return {hospcode: Share(*pair) for hospcode, pair in totals.items()}


def measured(bench: Workbench, engine: Engine, sent: Mapping[str, Share]) -> list[DataQuality]:
    """The figures of every facility that the lake or the deposits know."""
    residents = _residents(bench, engine)
    rows = " UNION ALL ".join(f"SELECT hospcode, pid FROM {file}" for file in _CARED_FOR)
    timely = {str(h): Share(int(part), int(whole)) for h, whole, part in engine.rows(_TIMELY)}
    orphans = {str(h): int(n) for h, n in engine.rows(_ORPHANS.format(rows=rows))}
    active = {str(h): int(n) for h, n in engine.rows(_STILL_ACTIVE)}
    nothing = Share(0, 0)
    codes = sorted({*residents, *timely, *orphans, *active, *sent} - {""})
    return [
        DataQuality(
            hospcode=code,
            timely=timely.get(code, nothing),
            orphans=orphans.get(code, 0),
            contested=residents.get(code, (nothing, 0))[0],
            numberless=residents.get(code, (nothing, 0))[1],
            dead_active=active.get(code, 0),
            refused=sent.get(code, nothing),
        )
        for code in codes
    ]


def _residents(bench: Workbench, engine: Engine) -> dict[str, tuple[Share, int]]:
    """Contested of all residents, and residents without a number, by facility, today."""
    today = clock.today()
    bench.prepare_residents(dates.month_of(today))
    people: dict[str, tuple[int, int, int]] = {}
    for hospcode, reason, contested, count in engine.rows(_RESIDENTS.format(aged=silver.AGED)):
        part, whole, numberless = people.get(str(hospcode), (0, 0, 0))
        if reason is None:
            part, whole = part + int(count) * int(contested), whole + int(count)
        elif reason == "no-citizen-number":
            numberless += int(count)
        people[str(hospcode)] = (part, whole, numberless)
    return {code: (Share(part, whole), numberless) for code, (part, whole, numberless) in people.items()}
